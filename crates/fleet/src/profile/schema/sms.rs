//! The part of a profile that says how the same writes look as text messages, and how answers to them are understood.

use crate::profile::pattern::Pattern;
use schemars::JsonSchema;
use serde::Deserialize;
use std::collections::BTreeMap;

/// How writes look as text messages to units that are already in vehicles.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Sms {
    /// A positional command: `{command}` and `{fields*}`; `{login}` and `{password}` are the unit's own for messages.
    pub command: Option<Pattern>,
    /// Several parameters: `{pairs*}`, written as in `parameters.write`.
    pub pairs: Option<Pattern>,
    /// One parameter: `{parameter}` and `{value*}`.
    pub single: Option<Pattern>,
    /// Texts of fields that have no setting, by place (`1001.a`).
    #[serde(default)]
    pub fixed: BTreeMap<String, String>,
    /// Most characters of one message.
    #[serde(default = "default_length")]
    pub max_length: usize,
    /// The password that new units have for messages, where a wrong one costs nothing; `{variant}` may stand in it.
    pub factory_password: Option<Pattern>,
    /// What a person should know about that password ('0000 from the factory').
    pub password_note: Option<String>,
    /// Answers that say the write was taken; `{pairs*}` is what the unit repeats of it.
    #[serde(default)]
    pub taken: Vec<Pattern>,
    /// Answers that say no.
    #[serde(default)]
    pub refused: Vec<Pattern>,
    /// The question for what the unit holds: of one command (`{command}`) or of parameters (`{parameters*}`, or one `{parameter}`).
    pub ask: Option<Pattern>,
    /// Most parameters in one question, so that the answer fits into a message as well.
    #[serde(default = "default_ask_at_most")]
    pub ask_at_most: usize,
    /// Answers to it: `{fields*}` of a command, or `{parameter}` and `{value*}`, behind which more pairs may follow.
    #[serde(default)]
    pub shown: Vec<Pattern>,
    /// The message that restarts the unit, where it does not apply what was written by itself.
    pub restart: Option<Pattern>,
    /// What is only our conclusion about these messages, in words.
    pub unproven: Option<String>,
}

impl Sms {
    /// Whether the unit can be asked what it holds.
    #[must_use]
    pub fn can_ask(&self) -> bool {
        self.ask.is_some()
    }

    /// Every pattern of it with its key.
    pub(crate) fn patterns(&self) -> impl Iterator<Item = (&'static str, &Pattern)> {
        let one = [
            ("command", &self.command),
            ("pairs", &self.pairs),
            ("single", &self.single),
            ("ask", &self.ask),
            ("restart", &self.restart),
            ("factory_password", &self.factory_password),
        ];
        let many = [
            ("taken", &self.taken),
            ("refused", &self.refused),
            ("shown", &self.shown),
        ];
        one.into_iter()
            .filter_map(|(key, pattern)| Some((key, pattern.as_ref()?)))
            .chain(
                many.into_iter()
                    .flat_map(|(key, patterns)| patterns.iter().map(move |each| (key, each))),
            )
    }
}

fn default_length() -> usize {
    160
}

fn default_ask_at_most() -> usize {
    6
}
