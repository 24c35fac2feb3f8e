//! What is known after a call to the Sprint account API: the tables of its contract, and nothing that they do not say.
//!
//! A write counts as refused only where the contract documents that nothing was processed. Everything else that is not a
//! clear answer is [`RegistrationOutcome::Unknown`].

use super::wire::{ChangeResult, ErrorBody, Transaction};
use crate::change::ChangeRequest;
use crate::client::{Reply, SendError};
use crate::content::{Broken, Content, Json};
use crate::failure::CallFailure;
use fleet::registration::{
    CarrierUnit, FollowUp, RegistrationIntent, RegistrationOutcome, Rejection, RejectionCause,
    SubscriptionState,
};
use reqwest::StatusCode;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

/// Longest wait that a carrier's `Retry-After` is believed, seconds; a day's quota is the exception.
const LONGEST_WAIT_S: u64 = 15 * 60;
/// Wait where the carrier names none.
const DEFAULT_WAIT_S: u64 = 5;
/// Wait while another change of the same unit runs.
pub(super) const BUSY_WAIT_S: u64 = 10;
/// Wait for a new day's quota where the carrier names none.
const DEFAULT_QUOTA_WAIT_S: u64 = 60 * 60;

/// What an answer to `unit/add` settles by itself, and what needs one more read.
#[derive(Debug)]
pub(super) enum Answer {
    /// All is known that can be known.
    Settled(RegistrationOutcome),
    /// It contradicts what the account holds; what that is must be read.
    Contradicts {
        rejection: Rejection,
        existing_unit_id: Option<String>,
    },
    /// Another change of the same unit runs; whether it is ours must be read.
    Busy { transaction_id: Option<String> },
}

/// Which write was asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Write {
    /// Of a unit that the account need not have: 'not found' is no refusal of it.
    Registration,
    /// Of a unit that the account has.
    Change,
    /// A message.
    Message,
}

/// Reads the answer to `unit/add`.
pub(super) fn of_registration(
    answer: Result<Reply, SendError>,
    intent: &RegistrationIntent,
) -> Answer {
    of_write(answer, Write::Registration, |reply, body| {
        Some(accepted(reply, body, intent))
    })
    .unwrap_or_else(|answer| *answer)
}

/// Reads the answer to a change of a unit that is registered.
pub(super) fn of_change(answer: Result<Reply, SendError>, request: &ChangeRequest) -> Answer {
    of_write(answer, Write::Change, |reply, body| {
        Some(changed(reply, body, request))
    })
    .unwrap_or_else(|answer| *answer)
}

/// Reads the answer to a write: `taken` reads a body that is no refusal, and gives `None` where it lacks what is promised.
pub(super) fn of_write<T>(
    answer: Result<Reply, SendError>,
    write: Write,
    taken: impl FnOnce(&Reply, &Value) -> Option<T>,
) -> Result<T, Box<Answer>> {
    let doubt = |why: String| Box::new(unknown(why));
    let reply = match answer {
        Ok(reply) => reply,
        Err(SendError::NotSent { why, .. }) => {
            return Err(Box::new(Answer::Settled(RegistrationOutcome::NotSent {
                why,
            })));
        }
        Err(error) => return Err(doubt(error.to_string())),
    };
    let status = reply.status;
    let body = match &reply.content {
        Content::Json(body) => body,
        Content::WebPage => {
            return Err(doubt(format!(
                "a web page came instead of an answer (status {status})"
            )));
        }
        Content::Empty => return Err(doubt(format!("the answer is empty (status {status})"))),
        Content::Other(why) | Content::Broken(Broken { why, .. }) => {
            return Err(doubt(format!("{why} (status {status})")));
        }
    };
    match ErrorBody::of(body) {
        Some(error) => Err(Box::new(refused(&reply, &error, write))),
        None if status == StatusCode::OK || status == StatusCode::ACCEPTED => taken(&reply, body)
            .ok_or_else(|| doubt("the answer lacks what the contract promises".to_owned())),
        None => Err(doubt(format!(
            "status {} without an error word",
            status.as_u16()
        ))),
    }
}

fn changed(reply: &Reply, body: &Value, request: &ChangeRequest) -> Answer {
    let Ok(change) = ChangeResult::deserialize(body) else {
        return unknown("the answer lacks what the contract promises".to_owned());
    };
    let unit = change.unit.into_carrier_unit();
    if unit.remote_id != request.unit.remote_id {
        return unknown("the answer is about another unit".to_owned());
    }
    let Some(transaction) = change.transaction else {
        return Answer::Settled(if request.change.is_reached(&unit) {
            RegistrationOutcome::Done { unit }
        } else {
            RegistrationOutcome::Unknown {
                why: "the carrier took the change and shows no sign of it".to_owned(),
            }
        });
    };
    let failure = transaction.failure.unwrap_or_default();
    Answer::Settled(match transaction.status.to_ascii_uppercase().as_str() {
        "PENDING" => RegistrationOutcome::Accepted {
            handle: transaction.transaction_id,
            unit: Some(unit),
            retry_after_s: bounded_wait(reply),
        },
        "COMPLETED" => RegistrationOutcome::Done { unit },
        "FAILED" => RegistrationOutcome::Rejected(failure.rejection(cause_of(&failure.word()))),
        _ => RegistrationOutcome::Unknown {
            why: "the transaction is in an unknown state".to_owned(),
        },
    })
}

fn unknown(why: String) -> Answer {
    Answer::Settled(RegistrationOutcome::Unknown { why })
}

fn accepted(reply: &Reply, body: &Value, intent: &RegistrationIntent) -> Answer {
    let Ok(change) = ChangeResult::deserialize(body) else {
        return unknown("the answer lacks what the contract promises".to_owned());
    };
    let result = change.result.to_ascii_uppercase();
    let unit = change.unit.into_carrier_unit();
    if !holds_our_values(&unit, intent) {
        if result == "ALREADY_REGISTERED" {
            let rejection = Rejection {
                cause: RejectionCause::Other,
                word: result,
                message: "The carrier already holds this unit with other values.".to_owned(),
                field: None,
            };
            return Answer::Settled(RegistrationOutcome::Conflict {
                rejection,
                existing: Some(Box::new(unit)),
            });
        }
        return unknown("the answer is about another unit".to_owned());
    }
    match (result.as_str(), change.transaction) {
        ("ACCEPTED" | "ALREADY_REGISTERED", Some(transaction)) => settled(reply, transaction, unit),
        // Without a handle an accepted change can only be followed by reading the unit.
        ("ACCEPTED" | "ALREADY_REGISTERED", None) => Answer::Settled(by_state(unit)),
        (word, _) => unknown(format!(
            "unknown result {}",
            fleet::printable::printable(word)
        )),
    }
}

fn settled(reply: &Reply, transaction: Transaction, unit: CarrierUnit) -> Answer {
    let failure = transaction.failure.unwrap_or_default();
    Answer::Settled(match transaction.status.to_ascii_uppercase().as_str() {
        "PENDING" => RegistrationOutcome::Accepted {
            handle: transaction.transaction_id,
            unit: Some(unit),
            retry_after_s: bounded_wait(reply),
        },
        "COMPLETED" => by_state(unit),
        "FAILED" => RegistrationOutcome::Rejected(failure.rejection(cause_of(&failure.word()))),
        _ => RegistrationOutcome::Unknown {
            why: "the transaction is in an unknown state".to_owned(),
        },
    })
}

/// A registration with our values that the carrier holds: its state decides whether that is what was wanted.
fn by_state(unit: CarrierUnit) -> RegistrationOutcome {
    let reason = unit.reason.clone().unwrap_or_default();
    match unit.state {
        SubscriptionState::Error => RegistrationOutcome::Rejected(Rejection {
            cause: cause_of(&reason),
            word: if reason.is_empty() {
                unit.raw_state
            } else {
                reason
            },
            message: "The carrier could not activate this unit.".to_owned(),
            field: None,
        }),
        SubscriptionState::Suspended | SubscriptionState::Held | SubscriptionState::Cancelled => {
            let rejection = Rejection {
                cause: RejectionCause::Other,
                word: unit.raw_state.clone(),
                message: "The carrier holds this unit, but not in service.".to_owned(),
                field: None,
            };
            RegistrationOutcome::Conflict {
                rejection,
                existing: Some(Box::new(unit)),
            }
        }
        _ => RegistrationOutcome::Done { unit },
    }
}

/// Whether the carrier's unit is the intent's: same device, SIM and plan. What the carrier leaves out does not contradict.
pub(super) fn holds_our_values(unit: &CarrierUnit, intent: &RegistrationIntent) -> bool {
    let same = |theirs: Option<&str>, ours: &str| {
        theirs.is_none_or(|theirs| theirs.eq_ignore_ascii_case(ours))
    };
    let same_sim = match (&unit.iccid, &intent.iccid) {
        (Some(theirs), Some(ours)) => theirs == ours.as_str(),
        (None, None) => true,
        // A SIM on one side only: another registration than ours.
        _ => false,
    };
    same(unit.device_id.as_deref(), intent.unit.as_str())
        && same_sim
        && same(unit.plan_code.as_deref(), &intent.plan_code)
}

/// A refusal of a write. Only what the contract documents as 'not processed' is one.
fn refused(reply: &Reply, error: &ErrorBody, write: Write) -> Answer {
    let word = error.word();
    let doubt = || unknown(format!("status {} {word}", reply.status.as_u16()));
    // The historic service answered refusals under 200: there the word alone decides.
    let plain = reply.status == StatusCode::OK;
    match reply.status.as_u16() {
        200 | 429 if word == "EXHAUSTED_DIPS" || word == "RATE_LIMITED" => {
            let (seconds, quota_spent) = wait_of(reply, &word);
            Answer::Settled(RegistrationOutcome::RetryAfter {
                seconds,
                quota_spent,
            })
        }
        200 | 409 if word == "TRANSACTION_IN_PROGRESS" => Answer::Busy {
            transaction_id: error.transaction_id.clone(),
        },
        200 | 409
            if matches!(
                word.as_str(),
                "DEVICE_CONFLICT" | "CLIENT_REF_REUSED" | "INVALID_STATE" | "PLAN_CHANGE_LIMIT"
            ) =>
        {
            Answer::Contradicts {
                rejection: error.rejection(RejectionCause::Other),
                existing_unit_id: error.existing_unit_id.clone(),
            }
        }
        200 | 409 if word == "DEVICE_OWNED_ELSEWHERE" => {
            rejected(error, RejectionCause::OwnedElsewhere)
        }
        401 => rejected(error, credentials_cause(&word)),
        403 => rejected(error, RejectionCause::Account),
        400 | 422 => rejected(error, cause_of(&word)),
        404 if write == Write::Change && word == "DEVICE_NOT_FOUND" => {
            rejected(error, RejectionCause::NotKnown)
        }
        200 if plain && is_documented(&word) => rejected(error, cause_of(&word)),
        _ => doubt(),
    }
}

fn rejected(error: &ErrorBody, cause: RejectionCause) -> Answer {
    Answer::Settled(RegistrationOutcome::Rejected(error.rejection(cause)))
}

fn credentials_cause(word: &str) -> RejectionCause {
    if word == "STALE_TIMESTAMP" {
        RejectionCause::Clock
    } else {
        RejectionCause::Credentials
    }
}

/// Which help a documented error word needs.
fn cause_of(word: &str) -> RejectionCause {
    match word {
        "INVALID_PARAMETER"
        | "INVALID_DEVICE_ID"
        | "INVALID_ICCID"
        | "INVALID_MDN"
        | "UNKNOWN_PLAN"
        | "PLAN_NOT_COMPATIBLE"
        | "SIM_NOT_COMPATIBLE"
        | "NO_COVERAGE"
        | "MESSAGE_TOO_LONG"
        | "CONFIRMATION_MISMATCH" => RejectionCause::Value,
        "DEVICE_NOT_IN_INVENTORY" | "SIM_NOT_AVAILABLE" => RejectionCause::NotKnown,
        "DEVICE_OWNED_ELSEWHERE" => RejectionCause::OwnedElsewhere,
        "INVALID_KEY" | "EXPIRED_KEY" | "INVALID_SIGNATURE" => RejectionCause::Credentials,
        "STALE_TIMESTAMP" => RejectionCause::Clock,
        "ACCOUNT_SUSPENDED" | "MDN_NOTOPTEDIN" | "MDN_NOTVALID" => RejectionCause::Account,
        _ => RejectionCause::Other,
    }
}

/// Whether the contract documents the word as a refusal; words of trouble are not among them.
fn is_documented(word: &str) -> bool {
    cause_of(word) != RejectionCause::Other
        || matches!(word, "DEVICE_NOT_ELIGIBLE" | "BODY_DIGEST_MISMATCH")
}

/// Seconds to wait and whether the quota is spent.
fn wait_of(reply: &Reply, word: &str) -> (u64, bool) {
    if word == "EXHAUSTED_DIPS" {
        let reset = reply
            .header_number("x-dips-reset")
            .or_else(|| reply.retry_after_s());
        (reset.unwrap_or(DEFAULT_QUOTA_WAIT_S), true)
    } else {
        (bounded_wait(reply).unwrap_or(DEFAULT_WAIT_S), false)
    }
}

fn bounded_wait(reply: &Reply) -> Option<u64> {
    reply
        .retry_after_s()
        .map(|seconds| seconds.min(LONGEST_WAIT_S))
}

/// Reads the answer to a question.
pub(super) fn of_read<T: DeserializeOwned>(
    answer: Result<Reply, SendError>,
) -> Result<T, CallFailure> {
    of_read_as(answer, Ways::default())
}

/// Other ways to read an answer than member by member, for answers that are long.
#[derive(Debug)]
pub(super) struct Ways<T> {
    /// Tried first on a body that may be an answer; `None` where anything in it is unusual.
    pub(super) usual: fn(&Json) -> Option<T>,
    /// Tried on a body that is no JSON as a whole; `None` where what must be known of it cannot be read.
    pub(super) broken: fn(&[u8]) -> Option<T>,
    /// Whether less can be asked for: an answer that is too long is then called so.
    pub(super) can_be_shorter: bool,
}

impl<T> Clone for Ways<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for Ways<T> {}

impl<T> Default for Ways<T> {
    fn default() -> Self {
        Self {
            usual: |_| None,
            broken: |_| None,
            can_be_shorter: false,
        }
    }
}

/// The same with other ways of reading.
pub(super) fn of_read_as<T: DeserializeOwned>(
    answer: Result<Reply, SendError>,
    ways: Ways<T>,
) -> Result<T, CallFailure> {
    let reply = match answer {
        Err(SendError::TooLong {
            status: 200,
            cap_bytes,
        }) if ways.can_be_shorter => return Err(CallFailure::TooLong { cap_bytes }),
        other => other?,
    };
    let status = reply.status;
    let in_trouble = |word: &str| CallFailure::Trouble {
        status: status.as_u16(),
        word: word.to_owned(),
        retry_after_s: bounded_wait(&reply),
    };
    let body = match &reply.content {
        // What stands before a service in trouble answers with a page; who wants a sign-in does so, too.
        Content::WebPage if status.is_server_error() && !reply.wants_sign_in() => {
            return Err(in_trouble("a web page"));
        }
        Content::WebPage => {
            return Err(not_the_carrier(
                &reply,
                "a web page came instead of an answer",
            ));
        }
        _ if reply.wants_sign_in() => {
            return Err(not_the_carrier(&reply, "the network wants a sign-in"));
        }
        _ if status.is_redirection() => {
            return Err(not_the_carrier(&reply, "the address points elsewhere"));
        }
        Content::Json(body) => body,
        _ if status.is_server_error() => {
            return Err(in_trouble("no error word"));
        }
        Content::Empty => return Err(malformed(status, "the answer is empty")),
        Content::Broken(broken) => return in_pieces(status, broken, ways),
        Content::Other(why) => return Err(malformed(status, why)),
    };
    if status == StatusCode::OK
        && let Some(found) = (ways.usual)(body)
    {
        return Ok(found);
    }
    if let Some(error) = ErrorBody::of(body) {
        return Err(failure_of(&reply, &error));
    }
    if status != StatusCode::OK {
        return Err(malformed(status, "no error word"));
    }
    // Given away rather than copied: a page of reports is long.
    let Content::Json(body) = reply.content else {
        return Err(malformed(status, "the answer is empty"));
    };
    match body.into_tree() {
        Ok(tree) => T::deserialize(tree).map_err(|error| malformed(status, &error.to_string())),
        Err(broken) => in_pieces(status, &broken, ways),
    }
}

/// What can be read of a body that is no JSON as a whole.
fn in_pieces<T>(status: StatusCode, body: &Broken, ways: Ways<T>) -> Result<T, CallFailure> {
    Some(&body.text)
        .filter(|_| status == StatusCode::OK)
        .and_then(|text| (ways.broken)(text))
        .ok_or_else(|| malformed(status, &body.why))
}

fn failure_of(reply: &Reply, error: &ErrorBody) -> CallFailure {
    let word = error.word();
    let status = reply.status.as_u16();
    match (status, word.as_str()) {
        (200 | 429, "EXHAUSTED_DIPS" | "RATE_LIMITED") => {
            let (seconds, quota_spent) = wait_of(reply, &word);
            CallFailure::RetryAfter {
                seconds,
                quota_spent,
            }
        }
        (429, _) => CallFailure::RetryAfter {
            seconds: bounded_wait(reply).unwrap_or(DEFAULT_WAIT_S),
            quota_spent: false,
        },
        (200 | 404, "DEVICE_NOT_FOUND" | "TRANSACTION_NOT_FOUND" | "MESSAGE_NOT_FOUND") => {
            CallFailure::NotFound { word }
        }
        (200 | 410, "CURSOR_EXPIRED") => CallFailure::CursorExpired {
            oldest_cursor: error.oldest_cursor.clone(),
        },
        (401, _) => CallFailure::Refused(error.rejection(credentials_cause(&word))),
        (403, _) => CallFailure::Refused(error.rejection(RejectionCause::Account)),
        (200 | 400..=499, _) => CallFailure::Refused(error.rejection(cause_of(&word))),
        _ => CallFailure::Trouble {
            status,
            word,
            retry_after_s: bounded_wait(reply),
        },
    }
}

fn malformed(status: StatusCode, why: &str) -> CallFailure {
    CallFailure::Malformed {
        why: format!(
            "{} (status {})",
            fleet::printable::printable(why),
            status.as_u16()
        ),
    }
}

fn not_the_carrier(reply: &Reply, why: &str) -> CallFailure {
    CallFailure::NotTheCarrier {
        why: format!("{why} (status {})", reply.status.as_u16()),
    }
}

/// Reads the answer to a question after a transaction.
pub(super) fn of_follow(answer: Result<Reply, SendError>) -> FollowUp {
    let retry_after_s = answer.as_ref().ok().and_then(bounded_wait);
    let transaction = match of_read::<Transaction>(answer) {
        Ok(transaction) => transaction,
        Err(CallFailure::NotFound { .. }) => return FollowUp::Forgotten,
        Err(failure) => {
            return FollowUp::Unanswered {
                retry_after_s: failure.retry_after_s(),
                why: failure.to_string(),
            };
        }
    };
    match transaction.status.to_ascii_uppercase().as_str() {
        "PENDING" => FollowUp::Pending { retry_after_s },
        "COMPLETED" => FollowUp::Completed {
            at: transaction.completed_at.and_then(|text| text.parse().ok()),
        },
        "FAILED" => {
            let failure = transaction.failure.unwrap_or_default();
            FollowUp::Failed(failure.rejection(cause_of(&failure.word())))
        }
        _ => FollowUp::Unanswered {
            why: "the transaction is in an unknown state".to_owned(),
            retry_after_s,
        },
    }
}
