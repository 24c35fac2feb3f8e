//! Answers of the sandbox before they become HTTP, with the contract's error words and texts.

use serde_json::{Value, json};
use std::sync::Arc;

/// What is sent, and how far it comes.
#[derive(Debug, Clone)]
pub(super) struct Answer {
    pub(super) status: u16,
    /// Shared with the record of exchanges: pages are long.
    pub(super) body: Arc<Value>,
    /// The body where it was written without a tree of it; `body` is then nothing.
    pub(super) written: Option<Arc<str>>,
    pub(super) headers: Vec<(&'static str, String)>,
    pub(super) fate: Fate,
}

/// What happens to an answer on its way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fate {
    Sent,
    /// The connection closes without a byte.
    Lost,
    /// Half of the body, then the connection closes.
    Cut,
    /// A body without end in sight.
    Huge,
    /// A web page instead of the body.
    WebPage,
}

impl Answer {
    pub(super) fn new(status: u16, body: Value) -> Self {
        Self {
            status,
            body: Arc::new(body),
            written: None,
            headers: Vec::new(),
            fate: Fate::Sent,
        }
    }

    /// An answer whose body is long, as it leaves.
    pub(super) fn of_text(status: u16, body: String) -> Self {
        Self {
            written: Some(body.into()),
            ..Self::new(status, Value::Null)
        }
    }

    /// The body as it leaves.
    pub(super) fn text(&self) -> String {
        self.written
            .as_deref()
            .map_or_else(|| self.body.to_string(), str::to_owned)
    }

    pub(super) fn with(mut self, header: &'static str, value: impl ToString) -> Self {
        self.headers.push((header, value.to_string()));
        self
    }

    pub(super) fn lost() -> Self {
        Self {
            fate: Fate::Lost,
            ..Self::new(500, Value::Null)
        }
    }

    /// A refusal with the contract's text for its word.
    pub(super) fn error(status: u16, word: &str) -> Self {
        let retryable = matches!(status, 429 | 500 | 503)
            || matches!(word, "STALE_TIMESTAMP" | "TRANSACTION_IN_PROGRESS");
        // The request number is put in where the answer leaves.
        Self::new(
            status,
            json!({"error": word, "message": text_of(word), "requestId": "", "retryable": retryable}),
        )
    }

    /// The same refusal, naming the field at fault.
    pub(super) fn field(self, field: &str) -> Self {
        self.member("field", json!(field))
    }

    pub(super) fn member(mut self, name: &str, value: Value) -> Self {
        if let Some(members) = Arc::make_mut(&mut self.body).as_object_mut() {
            members.insert(name.to_owned(), value);
        }
        self
    }

    /// The error word, if this is a refusal.
    pub(super) fn word(&self) -> Option<&str> {
        self.body.get("error").and_then(Value::as_str)
    }
}

fn text_of(word: &str) -> &'static str {
    match word {
        "INVALID_PARAMETER" => "A parameter is missing or not of the required form.",
        "BODY_DIGEST_MISMATCH" => "bodyMd5 does not match the body.",
        "INVALID_CURSOR" => "The cursor is not one of ours.",
        "CURSOR_EXPIRED" => "The cursor is older than the retention time.",
        "INVALID_KEY" => "The key is not known.",
        "EXPIRED_KEY" => "The key has expired.",
        "INVALID_SIGNATURE" => "The signature does not match.",
        "STALE_TIMESTAMP" => "The timestamp is outside the accepted window.",
        "ACCOUNT_SUSPENDED" => "The account is suspended.",
        "DEVICE_NOT_FOUND" => "No unit with that identifier.",
        "TRANSACTION_NOT_FOUND" => "No transaction with that number.",
        "DEVICE_CONFLICT" => {
            "The device is registered on this account with a different SIM or plan."
        }
        "DEVICE_OWNED_ELSEWHERE" => "The device or SIM is not available to this account.",
        "CLIENT_REF_REUSED" => "This clientRef was used for a different request.",
        "TRANSACTION_IN_PROGRESS" => "An earlier change of this unit has not finished.",
        "INVALID_STATE" => "The unit's state forbids this change.",
        "PLAN_CHANGE_LIMIT" => "The plan was already changed in this billing period.",
        "CONFIRMATION_MISMATCH" => "confirmDeviceId is not this unit's device.",
        "INVALID_DEVICE_ID" => "The device identifier's check digit or range is wrong.",
        "INVALID_ICCID" => "The ICCID is not 19 or 20 digits starting with 89.",
        "MESSAGE_NOT_FOUND" => "No message with that number.",
        "MESSAGE_TOO_LONG" => "The message is longer than 160 characters.",
        "INVALID_MDN" => "The number is not ten digits.",
        "UNKNOWN_PLAN" => "The plan code is not orderable on this account.",
        "PLAN_NOT_COMPATIBLE" => "The plan does not fit this device type.",
        "SIM_NOT_AVAILABLE" => "The SIM is in use, lost or stolen, or unknown.",
        "DEVICE_NOT_IN_INVENTORY" => "The carrier does not know this device.",
        "NO_COVERAGE" => "No service area is defined for this postal code.",
        "RATE_LIMITED" => "Too many calls in one second.",
        "EXHAUSTED_DIPS" => "The daily quota is used up.",
        "UNEXPECTED_ERROR" => "Something went wrong.",
        "SERVICE_TEMPORARILY_UNAVAILABLE" => "Try again later.",
        "NOT_IN_SANDBOX" => "The sandbox does not serve this operation.",
        _ => "The request was refused.",
    }
}
