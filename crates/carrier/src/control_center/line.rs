//! The line to a Control Center account: one call at a time, and what an answer is when it is no answer.

use super::wire::ErrorBody;
use crate::account::{AccountSettings, SetupError};
use crate::client::{Client, Reply, SendError};
use crate::content::{Broken, Content};
use crate::failure::CallFailure;
use crate::limiter::{Limiter, Rule};
use fleet::printable::printable;
use fleet::registration::{RegistrationOutcome, Rejection, RejectionCause};
use reqwest::{Method, StatusCode};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use std::time::Duration;

/// The service's code for too many calls; it may come under any status.
const TOO_MANY_CALLS: &str = "40000029";
/// The service's code for a user and key that do not fit; nothing is processed then, whatever the status.
const WRONG_CREDENTIALS: &str = "10000001";
/// Wait after it, seconds: the service names none.
const DEFAULT_WAIT_S: u64 = 2;
const LONGEST_WAIT_S: u64 = 15 * 60;
/// Pauses before a question is asked again while the service is in trouble or too busy.
const LONGEST_READ_PAUSE: Duration = Duration::from_secs(10);

/// The line to one account.
pub(super) struct Line {
    pub(super) settings: AccountSettings,
    pub(super) limiter: Limiter,
    client: Client,
}

impl Line {
    pub(super) fn new(settings: AccountSettings) -> Result<Self, SetupError> {
        let rule = Rule {
            per_second: settings.limits.calls_per_second,
            one_at_a_time: true,
        };
        let client = Client::new(&settings)?.with_basic(&settings.key, &settings.secret);
        Ok(Self {
            limiter: Limiter::new(rule),
            client,
            settings,
        })
    }

    /// A question, asked again while the service is in trouble, for reading changes nothing.
    pub(super) async fn ask<T: DeserializeOwned>(
        &self,
        path: &str,
        query: &[(String, String)],
    ) -> Result<T, CallFailure> {
        let mut pause = Duration::from_millis(self.settings.limits.read_pause_ms);
        let mut repeats = self.settings.limits.read_repeats;
        loop {
            let answer = of_read(self.exchange(Method::GET, path, query, None).await);
            let wished_s = match &answer {
                Err(failure @ CallFailure::Trouble { .. }) => failure.retry_after_s().unwrap_or(0),
                Err(CallFailure::RetryAfter { seconds, .. }) => *seconds,
                _ => return answer,
            };
            let wished = pause.max(Duration::from_secs(wished_s));
            if repeats == 0 || wished > LONGEST_READ_PAUSE {
                return answer;
            }
            tokio::time::sleep(wished).await;
            repeats -= 1;
            pause *= 2;
        }
    }

    /// Sends a change or a message once; `Err` is what is known when it was not simply taken over.
    pub(super) async fn write<B: Serialize>(
        &self,
        method: Method,
        path: &str,
        body: &B,
    ) -> Result<Value, Box<RegistrationOutcome>> {
        let body = serde_json::to_vec(body).map_err(|error| {
            Box::new(RegistrationOutcome::NotSent {
                why: error.to_string(),
            })
        })?;
        of_write(self.exchange(method, path, &[], Some(body)).await)
    }

    pub(super) async fn exchange(
        &self,
        method: Method,
        path: &str,
        query: &[(String, String)],
        body: Option<Vec<u8>>,
    ) -> Result<Reply, SendError> {
        let _turn = self.limiter.turn(true).await;
        self.client.send(method, path, query, body).await
    }
}

/// Reads the answer to a question.
pub(super) fn of_read<T: DeserializeOwned>(
    answer: Result<Reply, SendError>,
) -> Result<T, CallFailure> {
    let reply = answer?;
    let status = reply.status;
    let malformed = |why: &str| CallFailure::Malformed {
        why: format!("{} (status {})", printable(why), status.as_u16()),
    };
    let body = match &reply.content {
        // What stands before a service in trouble answers with a page; who wants a sign-in does so, too.
        Content::WebPage if status.is_server_error() && !reply.wants_sign_in() => {
            return Err(CallFailure::Trouble {
                status: status.as_u16(),
                word: "a web page".to_owned(),
                retry_after_s: bounded_wait(&reply),
            });
        }
        Content::WebPage => {
            return Err(not_the_carrier(
                status,
                "a web page came instead of an answer",
            ));
        }
        _ if reply.wants_sign_in() => {
            return Err(not_the_carrier(status, "the network wants a sign-in"));
        }
        _ if status.is_redirection() => {
            return Err(not_the_carrier(status, "the address points elsewhere"));
        }
        Content::Json(body) => body,
        _ if status.is_server_error() => {
            return Err(CallFailure::Trouble {
                status: status.as_u16(),
                word: "no error text".to_owned(),
                retry_after_s: bounded_wait(&reply),
            });
        }
        Content::Empty => return Err(malformed("the answer is empty")),
        Content::Other(why) | Content::Broken(Broken { why, .. }) => return Err(malformed(why)),
    };
    match ErrorBody::of(body) {
        Some(error) => Err(failure_of(&reply, &error)),
        None if status == StatusCode::OK => {
            T::deserialize(&**body).map_err(|error| malformed(&error.to_string()))
        }
        None => Err(malformed("no error text")),
    }
}

fn failure_of(reply: &Reply, error: &ErrorBody) -> CallFailure {
    let status = reply.status.as_u16();
    let word = error.word(status);
    if word == TOO_MANY_CALLS || status == 429 {
        return CallFailure::RetryAfter {
            seconds: bounded_wait(reply).unwrap_or(DEFAULT_WAIT_S),
            quota_spent: false,
        };
    }
    let refused = |cause| CallFailure::Refused(rejection(error, status, cause));
    match status {
        _ if word == WRONG_CREDENTIALS => refused(RejectionCause::Credentials),
        401 => refused(RejectionCause::Credentials),
        403 => refused(RejectionCause::Account),
        404 => CallFailure::NotFound { word },
        200 | 400..=499 => refused(RejectionCause::Value),
        _ => CallFailure::Trouble {
            status,
            word,
            retry_after_s: bounded_wait(reply),
        },
    }
}

/// Reads the answer to a write. Refused is only what the contract documents; everything unclear is unknown.
fn of_write(answer: Result<Reply, SendError>) -> Result<Value, Box<RegistrationOutcome>> {
    let unknown = |why: String| Box::new(RegistrationOutcome::Unknown { why });
    let reply = match answer {
        Ok(reply) => reply,
        Err(SendError::NotSent { why, .. }) => {
            return Err(Box::new(RegistrationOutcome::NotSent { why }));
        }
        Err(error) => return Err(unknown(error.to_string())),
    };
    let status = reply.status.as_u16();
    let body = match &reply.content {
        Content::Json(body) => body,
        Content::WebPage => {
            return Err(unknown(format!(
                "a web page came instead of an answer (status {status})"
            )));
        }
        // The body of a taken change is not documented, so that nothing in it is relied on.
        Content::Empty if matches!(status, 200 | 202) => return Ok(Value::Null),
        Content::Empty => return Err(unknown(format!("the answer is empty (status {status})"))),
        Content::Other(why) | Content::Broken(Broken { why, .. }) => {
            return Err(unknown(format!("{why} (status {status})")));
        }
    };
    let Some(error) = ErrorBody::of(body) else {
        return match status {
            200 | 202 => Ok(Value::clone(body)),
            _ => Err(unknown(format!("status {status} without an error text"))),
        };
    };
    let word = error.word(status);
    let rejected = |cause| {
        Err(Box::new(RegistrationOutcome::Rejected(rejection(
            &error, status, cause,
        ))))
    };
    match status {
        _ if word == TOO_MANY_CALLS => Err(Box::new(RegistrationOutcome::RetryAfter {
            seconds: bounded_wait(&reply).unwrap_or(DEFAULT_WAIT_S),
            quota_spent: false,
        })),
        _ if word == WRONG_CREDENTIALS => rejected(RejectionCause::Credentials),
        400 => rejected(RejectionCause::Value),
        401 => rejected(RejectionCause::Credentials),
        404 => rejected(RejectionCause::NotKnown),
        _ => Err(unknown(format!("status {status} {word}"))),
    }
}

fn rejection(error: &ErrorBody, status: u16, cause: RejectionCause) -> Rejection {
    Rejection {
        cause,
        word: error.word(status),
        message: error.text(),
        field: None,
    }
}

fn not_the_carrier(status: StatusCode, why: &str) -> CallFailure {
    CallFailure::NotTheCarrier {
        why: format!("{why} (status {})", status.as_u16()),
    }
}

fn bounded_wait(reply: &Reply) -> Option<u64> {
    reply
        .retry_after_s()
        .map(|seconds| seconds.min(LONGEST_WAIT_S))
}

#[cfg(test)]
mod tests {
    use super::*;
    use reqwest::header::HeaderMap;

    fn write(status: u16, kind: &str, body: &str) -> Result<Value, Box<RegistrationOutcome>> {
        of_write(Ok(Reply {
            status: StatusCode::from_u16(status).unwrap(),
            headers: HeaderMap::new(),
            content: crate::content::read(Some(kind), body.as_bytes()),
        }))
    }

    #[test]
    fn only_what_the_contract_documents_is_refused_and_all_else_is_unknown() {
        let json = "application/json";
        let error = r#"{"errorMessage": "no", "errorCode": "10000003"}"#;
        for status in [200, 202] {
            assert!(write(status, json, r#"{"iccid": "8901"}"#).is_ok());
            assert!(
                write(status, json, "").is_ok(),
                "the body is not documented"
            );
        }
        for (status, cause) in [
            (400, RejectionCause::Value),
            (401, RejectionCause::Credentials),
            (404, RejectionCause::NotKnown),
        ] {
            assert!(
                matches!(*write(status, json, error).unwrap_err(), RegistrationOutcome::Rejected(ref rejection)
                    if rejection.cause == cause && rejection.word == "10000003"),
                "{status}"
            );
        }
        for status in [200, 403, 408, 409, 425, 429, 500, 502, 503] {
            assert!(
                matches!(
                    *write(status, json, error).unwrap_err(),
                    RegistrationOutcome::Unknown { .. }
                ),
                "{status}"
            );
        }
        for (status, kind, body) in [
            (200, "text/html", "<html>"),
            (200, json, "{\"iccid\""),
            (204, json, ""),
            (302, json, ""),
            (500, json, "[]"),
        ] {
            assert!(
                matches!(
                    *write(status, kind, body).unwrap_err(),
                    RegistrationOutcome::Unknown { .. }
                ),
                "{status} {body}"
            );
        }
        let busy = r#"{"errorMessage": "Rate limit exceeded", "errorCode": 40000029}"#;
        for status in [200, 400, 429, 500] {
            assert!(
                matches!(
                    *write(status, json, busy).unwrap_err(),
                    RegistrationOutcome::RetryAfter {
                        quota_spent: false,
                        ..
                    }
                ),
                "{status}"
            );
        }
    }
}
