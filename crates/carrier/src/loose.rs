//! Texts that carriers write as texts or as numbers, read either way without losing digits.

use fleet::Secret;
use serde::{Deserialize, Deserializer};
use serde_json::Value;

/// Text, or a whole number that should have been text. A number with a fraction has already lost digits.
pub(crate) fn text<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    optional_text(deserializer)?.ok_or_else(|| serde::de::Error::custom("a text is missing"))
}

/// The same for a secret.
pub(crate) fn secret_text<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Secret, D::Error> {
    text(deserializer).map(Secret::new)
}

/// The same where it may be missing.
pub(crate) fn optional_text<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<String>, D::Error> {
    match Value::deserialize(deserializer)? {
        Value::Null => Ok(None),
        Value::String(text) => Ok(Some(text)),
        Value::Number(number) if number.is_u64() => Ok(Some(number.to_string())),
        _ => Err(serde::de::Error::custom("a text was expected")),
    }
}
