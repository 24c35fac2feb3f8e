//! The pretend Control Center: who may come in, which resource is meant, and refusals in that contract's form.

mod edits;
mod messages;
mod reads;
mod sims;

pub(super) use edits::decide as decide_edit;
pub(super) use messages::send as decide_message;
pub(super) use reads::Question;
pub(super) use sims::Sims;

use super::answer::Answer;
use super::switches::Switches;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use fleet::Secret;
use serde_json::json;

/// The service's code for too many calls.
const TOO_MANY_CALLS: &str = "40000029";

/// What a request is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Resource<'a> {
    Echo(&'a str),
    Devices,
    Device(&'a str),
    Session(&'a str),
    Audit(&'a str),
    Locations(&'a str),
    DeviceMessages(&'a str),
    Messages,
    Message(&'a str),
}

impl<'a> Resource<'a> {
    pub(super) fn of(path: &'a str) -> Option<Self> {
        let parts: Vec<&str> = path.trim_start_matches('/').split('/').collect();
        match parts.as_slice() {
            ["echo", text] => Some(Self::Echo(text)),
            ["devices"] => Some(Self::Devices),
            ["devices", iccid] => Some(Self::Device(iccid)),
            ["devices", iccid, "sessionInfo"] => Some(Self::Session(iccid)),
            ["devices", iccid, "auditTrails"] => Some(Self::Audit(iccid)),
            ["devices", iccid, "locationHistory"] => Some(Self::Locations(iccid)),
            ["devices", iccid, "smsMessages"] => Some(Self::DeviceMessages(iccid)),
            ["smsMessages"] => Some(Self::Messages),
            ["smsMessages", id] => Some(Self::Message(id)),
            _ => None,
        }
    }
}

/// Checks user name and key.
pub(super) fn admit(
    authorization: Option<&str>,
    account: (&str, &Secret),
    switches: &Switches,
) -> Result<(), Answer> {
    let Some(given) = authorization.and_then(|text| text.strip_prefix("Basic ")) else {
        return Err(error(
            401,
            "Full authentication is required to access this resource",
            None,
        ));
    };
    let expected = STANDARD.encode(format!("{}:{}", account.0, account.1.reveal()));
    if given.trim() != expected || switches.key_expired || switches.account_suspended {
        return Err(error(401, "Invalid credentials", Some("10000001")));
    }
    Ok(())
}

/// A refusal in this contract's form.
pub(super) fn error(status: u16, message: &str, code: Option<&str>) -> Answer {
    let mut body = json!({"errorMessage": message});
    if let (Some(code), Some(members)) = (code, body.as_object_mut()) {
        members.insert("errorCode".to_owned(), json!(code));
    }
    Answer::new(status, body)
}

/// A refusal that was worded for the other contract, in this one's form.
pub(super) fn in_own_words(answer: Answer, switches: &Switches) -> Answer {
    let translated = match answer.word() {
        None => return answer,
        Some("RATE_LIMITED" | "EXHAUSTED_DIPS") => error(
            switches.rate_limit_status,
            "Rate limit exceeded",
            Some(TOO_MANY_CALLS),
        ),
        Some("DEVICE_NOT_FOUND" | "MESSAGE_NOT_FOUND" | "NOT_IN_SANDBOX") => {
            error(404, "Resource not found", None)
        }
        Some("INVALID_PARAMETER") => {
            let field = answer
                .body
                .get("field")
                .and_then(|field| field.as_str())
                .unwrap_or("parameter");
            error(
                400,
                &format!("{field} is missing or wrong"),
                Some("10000003"),
            )
        }
        Some(_) => error(500, "Unknown server error", None),
    };
    Answer {
        headers: answer.headers,
        fate: answer.fate,
        ..translated
    }
}
