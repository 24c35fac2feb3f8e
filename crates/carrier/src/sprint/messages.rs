//! Operations 10 and 11 of the Sprint account API: SMS commands and how they fare.

use super::outcome::{self, Answer};
use super::wire::ErrorBody;
use super::{Account, Operation, parameter};
use crate::client::{Reply, SendError};
use crate::failure::CallFailure;
use crate::loose::{optional_moment, optional_text, text};
use crate::messages::{MessageRequest, MessageState, MessageStatus, SendOutcome, SentMessage};
use fleet::printable::printable;
use fleet::registration::{RegistrationOutcome, Rejection, RejectionCause};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// Numbers in one call.
pub(super) const MOST_TARGETS: usize = 10;
/// Characters of one message.
pub(super) const LONGEST_TEXT: usize = 160;

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct SendBody<'a> {
    client_ref: Uuid,
    mdns: Vec<&'a str>,
    msg: &'a str,
}

#[derive(Debug, Deserialize)]
struct SendResult {
    messagingresponse: Entries,
}

/// A list, or its only entry by itself.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum Entries {
    List(Vec<Entry>),
    One(Entry),
}

impl From<Entries> for Vec<Entry> {
    fn from(entries: Entries) -> Self {
        match entries {
            Entries::List(list) => list,
            Entries::One(entry) => vec![entry],
        }
    }
}

#[derive(Debug, Deserialize)]
struct Entry {
    #[serde(deserialize_with = "text")]
    status: String,
    #[serde(deserialize_with = "text")]
    tranno: String,
    #[serde(deserialize_with = "text")]
    mdn: String,
    #[serde(default, deserialize_with = "optional_text")]
    gcode: Option<String>,
    #[serde(default, deserialize_with = "optional_text")]
    error: Option<String>,
}

#[derive(Debug, Deserialize)]
struct Status {
    #[serde(deserialize_with = "text")]
    tranno: String,
    #[serde(deserialize_with = "text")]
    state: String,
    #[serde(rename = "submittedat", default, deserialize_with = "optional_moment")]
    submitted_at: Option<Timestamp>,
    #[serde(rename = "updatedat", default, deserialize_with = "optional_moment")]
    updated_at: Option<Timestamp>,
}

impl Account {
    /// Operation 10, sent once.
    pub(crate) async fn send_message(&self, request: &MessageRequest) -> SendOutcome {
        let body = match body_of(request) {
            Ok(body) => body,
            Err(rejection) => return SendOutcome::Rejected(rejection),
        };
        let answer = match self.write("/sms/send.json", &body).await {
            Operation::Sent(answer) => answer,
            Operation::Held(outcome) => return of_other(outcome),
        };
        of_send(answer, &body.mdns, |outcome| self.note_quota(outcome))
    }

    /// Operation 11.
    pub(crate) async fn message_status(&self, handle: &str) -> Result<MessageStatus, CallFailure> {
        let query = [parameter("tranno", handle)];
        let status: Status = self.line.ask("/sms/status.json", &query).await?;
        Ok(MessageStatus {
            handle: printable(&status.tranno),
            state: match status.state.trim().to_ascii_uppercase().as_str() {
                "QUEUED" | "SENT" => MessageState::Underway,
                "DELIVERED" => MessageState::Delivered,
                "FAILED" | "EXPIRED" => MessageState::Failed,
                _ => MessageState::Unclear,
            },
            raw_state: printable(&status.state),
            sent_at: status.submitted_at,
            changed_at: status.updated_at,
        })
    }
}

fn body_of(request: &MessageRequest) -> Result<SendBody<'_>, Rejection> {
    let length = request.text.chars().count();
    if !(1..=LONGEST_TEXT).contains(&length) {
        let message = format!("A message has 1 to {LONGEST_TEXT} characters, not {length}.");
        return Err(refused_here("msg", &message));
    }
    if !(1..=MOST_TARGETS).contains(&request.to.len()) {
        let message = format!("A message goes to 1 to {MOST_TARGETS} numbers in one call.");
        return Err(refused_here("mdns", &message));
    }
    let mdns: Option<Vec<&str>> = request
        .to
        .iter()
        .map(|target| target.mdn.as_ref().map(fleet::Mdn::as_str))
        .collect();
    let mdns = mdns.ok_or_else(|| refused_here("mdns", "The unit has no phone number yet."))?;
    Ok(SendBody {
        client_ref: request.client_reference,
        mdns,
        msg: &request.text,
    })
}

fn refused_here(field: &str, message: &str) -> Rejection {
    Rejection {
        cause: RejectionCause::Value,
        word: "NOT_SENT".to_owned(),
        message: message.to_owned(),
        field: Some(field.to_owned()),
    }
}

fn of_send(
    answer: Result<Reply, SendError>,
    mdns: &[&str],
    note: impl Fn(&RegistrationOutcome),
) -> SendOutcome {
    let answer = outcome::of_write(answer, outcome::Write::Message, |_, body| {
        let result = SendResult::deserialize(body).ok()?;
        in_order(&Vec::from(result.messagingresponse), mdns)
    });
    let answer = match answer {
        Ok(messages) => return SendOutcome::Answered { messages },
        Err(answer) => *answer,
    };
    match answer {
        Answer::Settled(outcome) => {
            note(&outcome);
            of_other(outcome)
        }
        Answer::Contradicts { rejection, .. } => SendOutcome::Rejected(rejection),
        Answer::Busy { .. } => SendOutcome::RetryAfter {
            seconds: outcome::BUSY_WAIT_S,
            quota_spent: false,
        },
    }
}

/// One entry for each number that was asked for, in that order; `None` when one is missing.
fn in_order(entries: &[Entry], mdns: &[&str]) -> Option<Vec<SentMessage>> {
    mdns.iter()
        .map(|mdn| {
            let entry = entries.iter().find(|entry| is_number(&entry.mdn, mdn))?;
            Some(match entry.status.trim().to_ascii_uppercase().as_str() {
                "S" if !entry.tranno.trim().is_empty() => SentMessage::Taken {
                    handle: printable(&entry.tranno),
                },
                "F" => SentMessage::Refused(refusal(entry)),
                // Neither taken nor refused: nothing is claimed.
                _ => return None,
            })
        })
        .collect()
}

/// Whether a number as the carrier writes it is ours: it may put the country before it, or write it in groups.
fn is_number(theirs: &str, ours: &str) -> bool {
    let digits: String = theirs.chars().filter(char::is_ascii_digit).collect();
    digits == ours || digits.strip_prefix('1') == Some(ours)
}

fn refusal(entry: &Entry) -> Rejection {
    let error = ErrorBody {
        error: entry
            .error
            .clone()
            .or_else(|| entry.gcode.clone())
            .unwrap_or_default(),
        message: Some("The carrier does not send to this number.".to_owned()),
        ..ErrorBody::default()
    };
    let cause = match error.word().as_str() {
        "MDN_NOTVALID" | "MDN_NOTOPTEDIN" => RejectionCause::Account,
        "INVALID_MDN" => RejectionCause::Value,
        _ => RejectionCause::Other,
    };
    error.rejection(cause)
}

fn of_other(outcome: RegistrationOutcome) -> SendOutcome {
    match outcome {
        RegistrationOutcome::RetryAfter {
            seconds,
            quota_spent,
        } => SendOutcome::RetryAfter {
            seconds,
            quota_spent,
        },
        RegistrationOutcome::Rejected(rejection)
        | RegistrationOutcome::Conflict { rejection, .. } => SendOutcome::Rejected(rejection),
        RegistrationOutcome::NotSent { why } => SendOutcome::NotSent { why },
        RegistrationOutcome::Unknown { why } => SendOutcome::Unknown { why },
        RegistrationOutcome::Done { .. } | RegistrationOutcome::Accepted { .. } => {
            SendOutcome::Unknown {
                why: "the answer is not about a message".to_owned(),
            }
        }
    }
}
