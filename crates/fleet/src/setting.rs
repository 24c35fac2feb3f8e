//! Settings as every family shares them: keys, kinds and values. How a value looks on the wire is the profile's business.

use crate::secret::{DOTS, Secret};
use serde::{Deserialize, Serialize};
use std::fmt;

/// Name of a setting: lower-case words joined by dots, with the unit in the last word (`report.moving_interval_s`).
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct SettingKey(String);

/// Why a text is no setting key.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "'{0}' is not a setting key: use lower-case words with digits and _ joined by dots, such as apn.name"
)]
pub struct SettingKeyError(String);

impl SettingKey {
    /// Checks the form of `text` and keeps it.
    ///
    /// # Errors
    /// When `text` is not two or more lower-case words joined by dots.
    pub fn new(text: impl Into<String>) -> Result<Self, SettingKeyError> {
        let text = text.into();
        let word = |word: &str| {
            word.starts_with(|c: char| c.is_ascii_lowercase())
                && word
                    .chars()
                    .all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_')
        };
        if text.len() <= 80 && text.contains('.') && text.split('.').all(word) {
            Ok(Self(text))
        } else {
            Err(SettingKeyError(text))
        }
    }

    /// The key as written in templates.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for SettingKey {
    type Error = SettingKeyError;
    fn try_from(text: String) -> Result<Self, Self::Error> {
        Self::new(text)
    }
}

impl From<SettingKey> for String {
    fn from(key: SettingKey) -> Self {
        key.0
    }
}

impl fmt::Display for SettingKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

/// What kind of value a setting takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum SettingKind {
    /// Printable text.
    Text,
    /// A whole number, in the unit that the key names.
    Integer,
    /// One of a few words.
    Choice,
    /// Text that is never shown.
    Secret,
}

/// A value of a setting, in the words of templates (seconds, `tcp`), not of the wire.
#[derive(Clone, PartialEq, Eq)]
pub enum Value {
    /// Text or the word of a choice.
    Text(String),
    /// A whole number.
    Integer(i64),
    /// A secret; prints as dots and is kept out of files.
    Secret(Secret),
}

impl fmt::Display for Value {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text(text) => formatter.write_str(text),
            Self::Integer(number) => write!(formatter, "{number}"),
            Self::Secret(_) => formatter.write_str(DOTS),
        }
    }
}

impl fmt::Debug for Value {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text(text) => write!(formatter, "{text:?}"),
            Self::Integer(number) => write!(formatter, "{number}"),
            Self::Secret(_) => formatter.write_str(DOTS),
        }
    }
}

/// A value as files and screens may see it: a secret is only known to be set or empty.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(untagged)]
pub enum ShownValue {
    /// A whole number.
    Integer(i64),
    /// Text or the word of a choice.
    Text(String),
    /// A secret: `true` when it holds something.
    Secret {
        /// Whether the secret holds something.
        secret_set: bool,
    },
}

impl From<&Value> for ShownValue {
    fn from(value: &Value) -> Self {
        match value {
            Value::Text(text) => Self::Text(text.clone()),
            Value::Integer(number) => Self::Integer(*number),
            Value::Secret(secret) => Self::Secret {
                secret_set: !secret.is_empty(),
            },
        }
    }
}

impl fmt::Display for ShownValue {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text(text) => formatter.write_str(text),
            Self::Integer(number) => write!(formatter, "{number}"),
            Self::Secret { secret_set: true } => formatter.write_str(DOTS),
            Self::Secret { secret_set: false } => formatter.write_str("empty"),
        }
    }
}
