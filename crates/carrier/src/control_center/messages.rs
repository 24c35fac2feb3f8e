//! SMS over Control Center: sent by SIM, found again after doubt, answered by the unit.

use super::{Account, LONGEST_TEXT, dates, path_of, read};
use crate::failure::CallFailure;
use crate::loose::{optional_text, text};
use crate::messages::{
    MessageRequest, MessageState, MessageStatus, Reply, SendOutcome, SentMessage,
};
use fleet::printable::printable;
use fleet::registration::{RegistrationOutcome, Rejection, RejectionCause};
use jiff::{SignedDuration, Timestamp};
use reqwest::Method;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// Pages of message numbers that one look-up reads at most.
const MOST_PAGES: u32 = 20;
/// The service's clock may be behind ours.
const CLOCK_SLACK: SignedDuration = SignedDuration::from_mins(5);

#[derive(Debug, Serialize)]
struct SendBody<'a> {
    #[serde(rename = "messageText")]
    message_text: &'a str,
}

#[derive(Debug, Deserialize)]
struct Sent {
    #[serde(rename = "smsmsgid", deserialize_with = "text")]
    id: String,
}

/// A page of message numbers. The name of its list is not published, so that any list will do; a page without one is no page, for
/// 'nothing was sent' must never be read out of it.
#[derive(Debug, Deserialize)]
#[serde(try_from = "Value")]
struct Numbers {
    ids: Vec<String>,
    last_page: Option<bool>,
}

impl TryFrom<Value> for Numbers {
    type Error = &'static str;

    fn try_from(page: Value) -> Result<Self, Self::Error> {
        let members = page.as_object().ok_or("a page of messages was expected")?;
        let list = members
            .get("smsmsgids")
            .or_else(|| members.values().find(|member| member.is_array()))
            .and_then(Value::as_array)
            .ok_or("the page lists no messages")?;
        // A number or a text: kept as text, because it may be longer than a float keeps.
        let id = |entry: &Value| match entry {
            Value::String(text) => Some(text.trim().to_owned()),
            Value::Number(number) if number.is_u64() => Some(number.to_string()),
            _ => None,
        };
        let ids: Option<Vec<String>> = list
            .iter()
            .map(|entry| id(entry.get("smsmsgid").unwrap_or(entry)))
            .collect();
        Ok(Self {
            ids: ids.ok_or("a message has no number")?,
            last_page: members.get("lastpage").and_then(crate::loose::flag_of),
        })
    }
}

#[derive(Debug, Deserialize)]
struct Details {
    #[serde(rename = "smsmsgid", deserialize_with = "text")]
    id: String,
    #[serde(deserialize_with = "text")]
    status: String,
    #[serde(rename = "messagetext", default, deserialize_with = "optional_text")]
    message_text: Option<String>,
    #[serde(rename = "datesent", default, deserialize_with = "optional_text")]
    date_sent: Option<String>,
    #[serde(rename = "datereceived", default, deserialize_with = "optional_text")]
    date_received: Option<String>,
}

impl Account {
    pub(crate) async fn send_message(&self, request: &MessageRequest) -> SendOutcome {
        let length = request.text.chars().count();
        if !(1..=LONGEST_TEXT).contains(&length) {
            return refused_here(&format!(
                "A message has 1 to {LONGEST_TEXT} characters, not {length}."
            ));
        }
        let [target] = request.to.as_slice() else {
            return refused_here("A message goes to one unit in one call.");
        };
        let Some(iccid) = &target.iccid else {
            return refused_here("This carrier sends by SIM; this unit has none.");
        };
        let Ok(path) = path_of(iccid.as_str()) else {
            return refused_here("A SIM number has 18 to 20 digits.");
        };
        let body = SendBody {
            message_text: &request.text,
        };
        match self
            .line
            .write(Method::POST, &format!("{path}/smsMessages"), &body)
            .await
        {
            Ok(answer) => match read::<Sent>(&answer) {
                Some(sent) => SendOutcome::Answered {
                    messages: vec![SentMessage::Taken {
                        handle: printable(&sent.id),
                    }],
                },
                None => SendOutcome::Unknown {
                    why: "the answer names no message".to_owned(),
                },
            },
            Err(outcome) => of_other(*outcome),
        }
    }

    /// Messages of this text to this SIM that the carrier took over since then, newest first; the read before a repeat.
    pub(crate) async fn sent_before(
        &self,
        request: &MessageRequest,
        since: Timestamp,
    ) -> Result<Vec<SentMessage>, CallFailure> {
        let Some(iccid) = request.to.first().and_then(|target| target.iccid.as_ref()) else {
            return Ok(Vec::new());
        };
        let mut found = Vec::new();
        for id in self.numbers(iccid.as_str(), "MT", since).await? {
            let details = self.details(&id).await?;
            if details.message_text.as_deref() == Some(request.text.as_str()) {
                found.push(SentMessage::Taken { handle: id });
            }
        }
        found.reverse();
        Ok(found)
    }

    pub(crate) async fn message_status(&self, handle: &str) -> Result<MessageStatus, CallFailure> {
        let details = self.details(handle).await?;
        let sent_at = details.date_sent.as_deref().and_then(dates::answered);
        Ok(MessageStatus {
            state: match details.status.trim().to_ascii_lowercase().as_str() {
                "pending" | "cancelpending" | "cancelfailed" => MessageState::Underway,
                "delivered" | "received" => MessageState::Delivered,
                "failed" | "cancelled" => MessageState::Failed,
                _ => MessageState::Unclear,
            },
            raw_state: printable(&details.status),
            handle: printable(&details.id),
            sent_at,
            changed_at: details
                .date_received
                .as_deref()
                .and_then(dates::answered)
                .or(sent_at),
        })
    }

    /// Numbers of the texts that the unit with this SIM sent since then, oldest first.
    pub(crate) async fn reply_handles(
        &self,
        iccid: &str,
        since: Timestamp,
    ) -> Result<Vec<String>, CallFailure> {
        self.numbers(iccid, "MO", since).await
    }

    /// One text that a unit sent.
    pub(crate) async fn reply(&self, handle: &str) -> Result<Reply, CallFailure> {
        let details = self.details(handle).await?;
        Ok(Reply {
            text: printable(details.message_text.as_deref().unwrap_or_default()),
            at: details
                .date_received
                .as_deref()
                .or(details.date_sent.as_deref())
                .and_then(dates::answered),
            handle: handle.to_owned(),
        })
    }

    async fn details(&self, id: &str) -> Result<Details, CallFailure> {
        if id.is_empty() || !id.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(CallFailure::NotFound {
                word: "not a message number".to_owned(),
            });
        }
        self.line.ask(&format!("/smsMessages/{id}"), &[]).await
    }

    async fn numbers(
        &self,
        iccid: &str,
        kind: &str,
        since: Timestamp,
    ) -> Result<Vec<String>, CallFailure> {
        let from = since.checked_sub(CLOCK_SLACK).unwrap_or(since);
        let mut found = Vec::new();
        for page in 1..=MOST_PAGES {
            let query = [
                ("iccid", iccid.to_owned()),
                ("fromDate", dates::asked(from)),
                ("msgType", kind.to_owned()),
                ("pageSize", super::PAGE_SIZE.to_string()),
                ("pageNumber", page.to_string()),
            ]
            .map(|(name, value)| (name.to_owned(), value));
            let numbers: Numbers = self.line.ask("/smsMessages", &query).await?;
            let full = numbers.ids.len() >= usize::try_from(super::PAGE_SIZE).unwrap_or(usize::MAX);
            let known = found.len();
            for id in numbers.ids {
                if !found.contains(&id) {
                    found.push(id);
                }
            }
            // A page that brings nothing new is the last one again, whatever it says of itself.
            if !numbers.last_page.map_or(full, |last| !last) || found.len() == known {
                return Ok(found);
            }
        }
        Err(CallFailure::Malformed {
            why: "the carrier lists more messages than a look-up reads".to_owned(),
        })
    }
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
        RegistrationOutcome::Rejected(rejection) => SendOutcome::Rejected(rejection),
        RegistrationOutcome::NotSent { why } => SendOutcome::NotSent { why },
        RegistrationOutcome::Unknown { why } => SendOutcome::Unknown { why },
        _ => SendOutcome::Unknown {
            why: "the answer is not about a message".to_owned(),
        },
    }
}

fn refused_here(message: &str) -> SendOutcome {
    SendOutcome::Rejected(Rejection {
        cause: RejectionCause::Value,
        word: "NOT_SENT".to_owned(),
        message: message.to_owned(),
        field: Some("messageText".to_owned()),
    })
}
