//! One question to a unit: what is sent, with its holes filled, and what must come back.
//!
//! How it is asked, waited for and asked again is left to `exchange`.

use super::talk::Known;
use crate::fault::Fault;
use crate::profile::{Access, Dump, Exchange, Pattern, Profile, Reply};
use crate::secret::{DOTS, Secret};
use std::borrow::Cow;
use std::collections::BTreeMap;

/// A text that fills a hole of a request, and how it is shown.
#[derive(Debug, Clone)]
pub(super) struct Given {
    pub(super) text: Secret,
    pub(super) shown: String,
}

impl Given {
    /// A text that anybody may see.
    pub(super) fn open(text: &str) -> Self {
        Self {
            text: Secret::new(text),
            shown: text.to_owned(),
        }
    }
}

/// What must come back.
#[derive(Debug, Clone)]
pub(super) enum Expect {
    /// These replies, in this order.
    Replies(Vec<Reply>),
    /// A list of parameters with its count.
    Dump(Box<Dump>),
}

/// One question.
#[derive(Debug, Clone)]
pub(super) struct Question {
    /// Name of the exchange, for faults and transcripts.
    pub(super) name: String,
    pub(super) request: Pattern,
    pub(super) given: BTreeMap<&'static str, Given>,
    pub(super) expect: Expect,
    pub(super) timeout_ms: u64,
    pub(super) tries: u32,
    pub(super) retry_pause_ms: u64,
    pub(super) pause_after_ms: u64,
    pub(super) refusals: Vec<Pattern>,
    /// Words that say no where they come in place of the first reply: that nothing is held.
    pub(super) nothing_held: Vec<Pattern>,
    /// How many pairs a batch carries: an answer that counts more belongs to another one.
    pub(super) pairs: Option<usize>,
    /// Is asked once only while it is not known who is there, because another question may tell more.
    pub(super) once_while_looking: bool,
    /// Is not asked again when part of the answer came.
    pub(super) is_optional: bool,
    /// Asks for less than the whole exchange.
    pub(super) is_short: bool,
    /// Must never be sent twice.
    pub(super) one_shot: bool,
    /// Factory passwords to be tried one after another; empty where the password is settled.
    pub(super) passwords: Vec<Secret>,
}

impl Question {
    /// The question that an exchange of the profile asks.
    pub(super) fn from_exchange(name: &str, exchange: &Exchange) -> Self {
        Self {
            name: name.to_owned(),
            request: exchange.request.clone(),
            given: BTreeMap::new(),
            expect: Expect::Replies(exchange.replies.clone()),
            timeout_ms: exchange.timeout_ms,
            tries: if exchange.one_shot {
                1
            } else {
                exchange.tries.max(1)
            },
            retry_pause_ms: exchange.retry_pause_ms,
            pause_after_ms: exchange.pause_after_ms,
            refusals: exchange.refusals.clone(),
            nothing_held: Vec::new(),
            pairs: None,
            once_while_looking: false,
            is_optional: false,
            is_short: false,
            one_shot: exchange.one_shot,
            passwords: Vec::new(),
        }
    }

    /// The exchange of that name, or the fault of a profile that lacks it.
    pub(super) fn named(profile: &Profile, name: &str) -> Result<Self, Fault> {
        profile
            .exchange
            .get(name)
            .map(|exchange| Self::from_exchange(name, exchange))
            .ok_or_else(|| Fault::Internal {
                detail: format!("the profile {} has no exchange '{name}'", profile.id),
            })
    }

    /// The request that brings every parameter.
    pub(super) fn dump(dump: &Dump) -> Self {
        Self {
            name: "dump".to_owned(),
            request: dump.request.clone(),
            given: BTreeMap::new(),
            expect: Expect::Dump(Box::new(dump.clone())),
            timeout_ms: dump.timeout_ms,
            tries: dump.tries.max(1),
            retry_pause_ms: 0,
            pause_after_ms: 0,
            refusals: Vec::new(),
            nothing_held: Vec::new(),
            pairs: None,
            once_while_looking: false,
            is_optional: false,
            is_short: false,
            one_shot: false,
            passwords: Vec::new(),
        }
    }

    /// The same with a hole filled.
    pub(super) fn with(mut self, name: &'static str, given: Given) -> Self {
        self.given.insert(name, given);
        self
    }

    /// Lets it try the family's factory passwords where no password is known and the request needs one.
    pub(super) fn with_factory_passwords(mut self, profile: &Profile, known: &Known) -> Self {
        if let Access::PasswordInRequest { factory } = &profile.access
            && known.password.is_none()
            && self.request.has("password")
        {
            self.passwords = factory.iter().map(Secret::new).collect();
        }
        self
    }

    /// The request as it is sent and as it is shown.
    pub(super) fn format(
        &self,
        known: &Known,
        serial: &str,
        password: Option<&Secret>,
    ) -> Result<(Secret, String), Fault> {
        let password = password.or(known.password.as_ref());
        let fill = |name: &str, shown: bool| -> Option<String> {
            let secret = |secret: &Secret| {
                if shown {
                    DOTS.to_owned()
                } else {
                    secret.reveal().to_owned()
                }
            };
            match name {
                "serial" => Some(serial.to_owned()),
                "password" => password.map(secret),
                "keyword" | "code" => known.keyword.as_ref().map(secret),
                _ => match self.given.get(name) {
                    Some(given) if shown => Some(given.shown.clone()),
                    Some(given) => Some(given.text.reveal().to_owned()),
                    None => known.fact(name),
                },
            }
        };
        let sent = self
            .request
            .format(|name| fill(name, false).map(Cow::Owned))
            .map_err(|hole| missing(&hole, &self.name))?;
        let shown = self
            .request
            .format(|name| fill(name, true).map(Cow::Owned))
            .map_err(|hole| missing(&hole, &self.name))?;
        Ok((Secret::new(sent), shown))
    }
}

fn missing(hole: &str, exchange: &str) -> Fault {
    match hole {
        "label" | "imei" | "meid" | "id" => Fault::LabelNeeded,
        "password" => Fault::WrongPassword,
        "keyword" | "code" => Fault::Locked { tries_left: None },
        _ => Fault::Internal {
            detail: format!("nothing fills '{{{hole}}}' in the request of '{exchange}'"),
        },
    }
}
