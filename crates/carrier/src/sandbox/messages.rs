//! Messages that the pretend carrier took over: on their way, then with the unit, or failed, by time.

use super::admission::to_the_second;
use super::answer::Answer;
use super::changes::{Decision, seen_before};
use super::ledger::LedgerLine;
use super::switches::Switches;
use super::validation::{self, bad, object, text};
use super::world::World;
use crate::sprint::signature::body_digest;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

/// One message as the ledger keeps it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct MessageLine {
    /// The carrier's number for it.
    pub tranno: String,
    /// To whom.
    pub mdn: String,
    /// Why it was refused; `None` when it was taken over.
    pub error: Option<String>,
    /// Whether it will not arrive.
    pub fails: bool,
}

/// One message that was taken over.
#[derive(Debug, Clone)]
pub(super) struct Message {
    pub(super) line: MessageLine,
    pub(super) text: String,
    pub(super) submitted_at: Timestamp,
    pub(super) due_at: Timestamp,
}

impl Message {
    /// Whether the unit has it.
    pub(super) fn has_arrived(&self, now: Timestamp) -> bool {
        self.due_at <= now && !self.line.fails
    }

    fn to_json(&self, now: Timestamp) -> Value {
        let on_its_way = now < self.due_at;
        let half_way = self.submitted_at + self.due_at.duration_since(self.submitted_at) / 2;
        let (state, changed_at) = match (on_its_way, now < half_way, self.line.fails) {
            (true, true, _) => ("QUEUED", self.submitted_at),
            (true, false, _) => ("SENT", half_way),
            (false, _, false) => ("DELIVERED", self.due_at),
            (false, _, true) => ("FAILED", self.due_at),
        };
        json!({"tranno": self.line.tranno, "mdn": self.line.mdn, "state": state,
            "submittedAt": to_the_second(self.submitted_at), "updatedAt": to_the_second(changed_at)})
    }
}

/// Decides `sms/send`.
pub(super) fn send(
    world: &World,
    request: &Value,
    switches: &Switches,
    now: Timestamp,
) -> Decision {
    decide(world, request, switches, now).unwrap_or_else(Decision::Refuse)
}

fn decide(
    world: &World,
    request: &Value,
    switches: &Switches,
    now: Timestamp,
) -> Result<Decision, Answer> {
    let members = object(request, &["clientRef", "mdns", "msg"])?;
    let client_ref = validation::client_ref(members)?;
    let mdns = members
        .get("mdns")
        .and_then(Value::as_array)
        .ok_or_else(|| bad("mdns"))?;
    let mdns: Option<Vec<&str>> = mdns.iter().map(Value::as_str).collect();
    let mdns = mdns
        .filter(|mdns| (1..=10).contains(&mdns.len()))
        .ok_or_else(|| bad("mdns"))?;
    let msg = text(members, "msg", 1, usize::MAX)?;
    if let Some(decision) = seen_before(world, client_ref, request) {
        return Ok(decision);
    }
    if msg.chars().count() > 160 {
        return Err(Answer::error(422, "MESSAGE_TOO_LONG").field("msg"));
    }
    if !mdns
        .iter()
        .all(|mdn| mdn.len() == 10 && mdn.bytes().all(|byte| byte.is_ascii_digit()))
    {
        return Err(Answer::error(422, "INVALID_MDN").field("mdns"));
    }
    let delay_ms = i64::try_from(switches.message_delay_ms).unwrap_or(i64::MAX);
    let messages = mdns
        .iter()
        .map(|&mdn| {
            let unit = world
                .units()
                .iter()
                .find(|unit| unit.is_live() && unit.has_number() && unit.mdn() == mdn);
            let digest = body_digest(format!("{client_ref}/{mdn}").as_bytes());
            MessageLine {
                tranno: digest.chars().take(12).collect(),
                mdn: mdn.to_owned(),
                error: unit.is_none().then(|| "MDN_NOTVALID".to_owned()),
                fails: switches.messages_fail.contains(mdn),
            }
        })
        .collect();
    let line = LedgerLine::MessagesTaken {
        at: now,
        client_ref,
        messages,
        due_at: now
            .checked_add(SignedDuration::from_millis(delay_ms))
            .unwrap_or(Timestamp::MAX),
        request: request.clone(),
    };
    Ok(Decision::Commit { line, client_ref })
}

/// The body of the answer to `sms/send`.
pub(super) fn taken(messages: &[MessageLine]) -> Value {
    let entries: Vec<Value> = messages
        .iter()
        .map(|message| match &message.error {
            None => json!({"status": "S", "tranno": message.tranno, "mdn": message.mdn, "gcode": "1000"}),
            Some(error) => {
                json!({"status": "F", "tranno": message.tranno, "mdn": message.mdn, "gcode": "9999", "error": error})
            }
        })
        .collect();
    json!({"MessagingResponse": entries})
}

/// Answers `sms/status`.
pub(super) fn status(world: &World, tranno: Option<&str>, now: Timestamp) -> Answer {
    let Some(tranno) = tranno else {
        return bad("tranno");
    };
    match world.message(tranno) {
        Some(message) => Answer::new(200, message.to_json(now)),
        None => Answer::error(404, "MESSAGE_NOT_FOUND"),
    }
}
