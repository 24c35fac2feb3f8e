//! Messages of the pretend Control Center, and what the unit answers.

use super::super::air::Arrived;
use super::super::answer::Answer;
use super::super::changes::Decision;
use super::super::ledger::LedgerLine;
use super::super::messages::MessageLine;
use super::super::switches::Switches;
use super::error;
use super::sims::{Sims, Sms, date};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use uuid::Uuid;

/// Longest text when no data coding is named.
const LONGEST_TEXT: usize = 320;

pub(in super::super) fn send(
    sims: &Sims,
    iccid: &str,
    request: &Value,
    switches: &Switches,
    now: Timestamp,
) -> Decision {
    let text = request
        .get("messageText")
        .and_then(Value::as_str)
        .unwrap_or_default();
    if !(1..=LONGEST_TEXT).contains(&text.chars().count()) {
        return Decision::Refuse(error(
            400,
            "messageText is missing or wrong",
            Some("10000003"),
        ));
    }
    if sims.find(iccid, switches, now).is_none() {
        return Decision::Refuse(error(404, "Resource not found", None));
    }
    let delay_ms = i64::try_from(switches.message_delay_ms).unwrap_or(i64::MAX);
    let line = LedgerLine::MessagesTaken {
        at: now,
        client_ref: Uuid::nil(),
        messages: vec![MessageLine {
            tranno: String::new(),
            mdn: iccid.to_owned(),
            error: None,
            fails: switches.messages_fail.contains(iccid),
        }],
        due_at: now
            .checked_add(SignedDuration::from_millis(delay_ms))
            .unwrap_or(Timestamp::MAX),
        request: request.clone(),
    };
    Decision::Commit {
        line,
        client_ref: Uuid::nil(),
    }
}

impl Sims {
    /// The answer to the message that was taken over last.
    pub(in super::super) fn last_message(&self) -> Answer {
        Answer::new(
            200,
            json!({"smsMsgId": self.messages.last().map_or(0, |message| message.id)}),
        )
    }

    /// Messages that units have, the oldest first.
    pub(in super::super) fn arrived(&self, now: Timestamp) -> Vec<Arrived> {
        let there = self.messages.iter();
        let there = there.filter(|message| message.due_at <= now && !message.line.fails);
        there.map(Sms::as_arrived).collect()
    }

    pub(super) fn message(&self, id: &str, switches: &Switches, now: Timestamp) -> Answer {
        let found = id.parse::<u64>().ok().and_then(|id| {
            let sent = self
                .messages
                .iter()
                .find(|message| message.id == id)
                .map(|message| message.details(now));
            sent.or_else(|| {
                let asked = self.messages.iter().find(|message| message.id + 1 == id)?;
                let (at, text) = asked.answered(switches, now)?;
                Some(asked.reply(at, text))
            })
        });
        found.map_or_else(
            || error(404, "Resource not found", None),
            |body| Answer::new(200, body),
        )
    }

    /// Numbers of messages in a window, oldest first.
    pub(super) fn message_numbers(
        &self,
        iccid: Option<&str>,
        kind: Option<&str>,
        (from, till): (Timestamp, Timestamp),
        switches: &Switches,
        now: Timestamp,
    ) -> Vec<u64> {
        let of_sim = self
            .messages
            .iter()
            .filter(|message| iccid.is_none_or(|iccid| message.line.mdn == iccid));
        let mut numbers = Vec::new();
        for message in of_sim {
            if kind != Some("MO") && (from..=till).contains(&message.sent_at) {
                numbers.push(message.id);
            }
            let answered = message.answered(switches, now);
            if kind != Some("MT") && answered.is_some_and(|(at, _)| (from..=till).contains(&at)) {
                numbers.push(message.id + 1);
            }
        }
        numbers
    }
}

impl Sms {
    /// What the unit answered, and when: its own words, or those that stand for every unit.
    fn answered<'a>(
        &'a self,
        switches: &'a Switches,
        now: Timestamp,
    ) -> Option<(Timestamp, &'a str)> {
        let own = self.answer.as_ref().map(|(at, text)| (*at, text.as_str()));
        let for_all = switches.message_reply.as_deref();
        let said = own.or_else(|| Some((self.due_at, for_all?)));
        said.filter(|(at, _)| !self.line.fails && *at <= now)
    }

    fn as_arrived(&self) -> Arrived {
        Arrived {
            number: self.id.to_string(),
            device_id: None,
            iccid: Some(self.line.mdn.clone()),
            text: self.text.clone(),
        }
    }

    fn details(&self, now: Timestamp) -> Value {
        let (status, received) = match (now < self.due_at, self.line.fails) {
            (true, _) => ("Pending", None),
            (false, true) => ("Failed", None),
            (false, false) => ("Delivered", Some(date(self.due_at))),
        };
        json!({"smsMsgId": self.id, "status": status, "messageText": self.text, "senderLogin": "fleetapi", "sentTo": self.line.mdn,
            "msgType": "MT", "dateSent": date(self.sent_at), "dateReceived": received})
    }

    fn reply(&self, at: Timestamp, text: &str) -> Value {
        json!({"smsMsgId": self.id + 1, "status": "Received", "messageText": text, "senderLogin": null, "sentTo": null,
            "msgType": "MO", "dateSent": date(at), "dateReceived": date(at)})
    }
}
