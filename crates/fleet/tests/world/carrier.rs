//! The carrier, with its ledger out of the program's reach. It is harsh: it accepts whatever arrives, twice if it is sent twice.

use fleet::registration::{
    CarrierUnit, FollowUp, LookUp, RegistrationIntent, RegistrationOutcome, Rejection,
    RejectionCause, SubscriptionState,
};
use std::collections::VecDeque;
use uuid::Uuid;

/// What becomes of one request to register.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Post {
    Ok,
    /// The name is not resolved: nothing left.
    NotSent,
    /// Lost on the way; the program sees a timeout.
    LostBefore,
    /// Carried out, the answer lost (timeout, 500, cut body: all the same to the program).
    LostAfter,
    /// Carried out that much later, the answer lost.
    LostLate(u64),
    /// 429.
    RetryAfter(u64),
    /// Refused for a value.
    Refused,
    /// Refused for the key.
    BadKey,
    /// 'Already active', without saying for whom.
    AlreadyActive,
}

/// What becomes of one look-up or following.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Get {
    Ok,
    Offline,
    Busy(u64),
    Forgotten,
}

pub struct Accepted {
    pub reference: Uuid,
    pub device: String,
    pub iccid: Option<String>,
    pub plan: String,
    pub at: u64,
}

#[derive(Default)]
pub struct CarrierModel {
    pub ledger: Vec<Accepted>,
    pub posts: VecDeque<Post>,
    pub gets: VecDeque<Get>,
    /// How long until a look-up shows what was accepted.
    pub lag_ms: u64,
    /// How long activation takes; `None`: for ever.
    pub activation_ms: Option<u64>,
    pub activation_fails: bool,
    /// A unit that somebody else registered.
    pub foreign: Option<CarrierUnit>,
    /// Answers 200 with a unit instead of 202 with a handle.
    pub answers_at_once: bool,
    pub requests: u32,
}

impl CarrierModel {
    fn accept(&mut self, intent: &RegistrationIntent, at: u64) {
        self.ledger.push(Accepted {
            reference: intent.client_reference,
            device: intent.unit.to_string(),
            iccid: intent.iccid.as_ref().map(ToString::to_string),
            plan: intent.plan_code.clone(),
            at,
        });
    }

    fn state_at(&self, accepted_at: u64, now: u64) -> SubscriptionState {
        match self.activation_ms {
            Some(time) if now >= accepted_at + time => {
                if self.activation_fails {
                    SubscriptionState::Error
                } else {
                    SubscriptionState::Active
                }
            }
            _ => SubscriptionState::Pending,
        }
    }

    fn unit(&self, accepted: &Accepted, now: u64) -> CarrierUnit {
        let state = self.state_at(accepted.at, now);
        CarrierUnit {
            remote_id: "U000017".to_owned(),
            client_reference: Some(accepted.reference),
            device_id: Some(accepted.device.clone()),
            iccid: accepted.iccid.clone(),
            mdn: None,
            plan_code: Some(accepted.plan.clone()),
            raw_state: format!("{state:?}"),
            state,
            reason: None,
        }
    }

    pub fn register(&mut self, intent: &RegistrationIntent, now: u64) -> RegistrationOutcome {
        self.requests += 1;
        let unknown = || RegistrationOutcome::Unknown {
            why: "no answer within 60 s".to_owned(),
        };
        let rejection = |cause, word: &str| Rejection {
            cause,
            word: word.to_owned(),
            message: "as the carrier words it".to_owned(),
            field: None,
        };
        match self.posts.pop_front().unwrap_or(Post::Ok) {
            Post::Ok => {
                self.accept(intent, now);
                let unit = self.ledger.last().map(|accepted| self.unit(accepted, now));
                match unit {
                    Some(unit) if self.answers_at_once => RegistrationOutcome::Done { unit },
                    unit => RegistrationOutcome::Accepted {
                        handle: "T1".to_owned(),
                        unit,
                        retry_after_s: Some(7),
                    },
                }
            }
            Post::NotSent => RegistrationOutcome::NotSent {
                why: "name not resolved".to_owned(),
            },
            Post::LostBefore => unknown(),
            Post::LostAfter => {
                self.accept(intent, now);
                unknown()
            }
            Post::LostLate(later) => {
                self.accept(intent, now + later);
                unknown()
            }
            Post::RetryAfter(seconds) => RegistrationOutcome::RetryAfter {
                seconds,
                quota_spent: false,
            },
            Post::Refused => {
                RegistrationOutcome::Rejected(rejection(RejectionCause::Value, "INVALID_VALUE"))
            }
            Post::BadKey => {
                RegistrationOutcome::Rejected(rejection(RejectionCause::Credentials, "INVALID_KEY"))
            }
            Post::AlreadyActive => RegistrationOutcome::Conflict {
                rejection: rejection(RejectionCause::Other, "DEVICE_CONFLICT"),
                existing: None,
            },
        }
    }

    pub fn look_up(&mut self, intent: &RegistrationIntent, now: u64) -> LookUp {
        match self.gets.pop_front().unwrap_or(Get::Ok) {
            Get::Offline => {
                return LookUp::Failed {
                    why: "no network".to_owned(),
                    offline: true,
                    retry_after_s: None,
                };
            }
            Get::Busy(seconds) => {
                return LookUp::Failed {
                    why: "503".to_owned(),
                    offline: false,
                    retry_after_s: Some(seconds),
                };
            }
            Get::Ok | Get::Forgotten => {}
        }
        if let Some(unit) = &self.foreign {
            return LookUp::Found { unit: unit.clone() };
        }
        let shown = self.ledger.iter().find(|accepted| {
            accepted.reference == intent.client_reference && now >= accepted.at + self.lag_ms
        });
        match shown {
            Some(accepted) => LookUp::Found {
                unit: self.unit(accepted, now),
            },
            None => LookUp::NotFound,
        }
    }

    pub fn follow(&mut self, now: u64) -> FollowUp {
        match self.gets.pop_front().unwrap_or(Get::Ok) {
            Get::Offline => {
                return FollowUp::Unanswered {
                    why: "no network".to_owned(),
                    retry_after_s: None,
                };
            }
            Get::Busy(seconds) => {
                return FollowUp::Pending {
                    retry_after_s: Some(seconds),
                };
            }
            Get::Forgotten => return FollowUp::Forgotten,
            Get::Ok => {}
        }
        let Some(accepted) = self.ledger.last() else {
            return FollowUp::Forgotten;
        };
        match self.state_at(accepted.at, now) {
            SubscriptionState::Active => FollowUp::Completed { at: None },
            SubscriptionState::Error => FollowUp::Failed(Rejection {
                cause: RejectionCause::Other,
                word: "ACTIVATION_FAILED".to_owned(),
                message: String::new(),
                field: None,
            }),
            _ => FollowUp::Pending {
                retry_after_s: None,
            },
        }
    }
}
