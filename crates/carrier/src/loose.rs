//! Texts that carriers write as texts or as numbers, read either way without losing digits.

use fleet::Secret;
use serde::{Deserialize, Deserializer};
use serde_json::Value;

/// Text, or a whole number that should have been text. A number with a fraction has already lost digits.
pub(crate) fn text<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    optional_text(deserializer)?.ok_or_else(|| serde::de::Error::custom("a text is missing"))
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

/// The same for a secret.
pub(crate) fn optional_secret<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<Secret>, D::Error> {
    optional_text(deserializer).map(|text| text.map(Secret::new))
}

/// Yes or no, also where it is written as a text.
pub(crate) fn flag_of(value: &Value) -> Option<bool> {
    match value {
        Value::Bool(flag) => Some(*flag),
        Value::String(text) => match text.trim().to_ascii_lowercase().as_str() {
            "true" | "y" | "yes" | "1" => Some(true),
            "false" | "n" | "no" | "0" => Some(false),
            _ => None,
        },
        Value::Number(number) => match number.as_u64() {
            Some(0) => Some(false),
            Some(1) => Some(true),
            _ => None,
        },
        _ => None,
    }
}

/// The same as a member that may be missing.
pub(crate) fn optional_flag<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<bool>, D::Error> {
    match Value::deserialize(deserializer)? {
        Value::Null => Ok(None),
        value => flag_of(&value)
            .map(Some)
            .ok_or_else(|| serde::de::Error::custom("yes or no was expected")),
    }
}

/// A flag that is 'no' where it is missing.
pub(crate) fn flag<'de, D: Deserializer<'de>>(deserializer: D) -> Result<bool, D::Error> {
    optional_flag(deserializer).map(Option::unwrap_or_default)
}

/// A whole number, also where it is written as a text.
pub(crate) fn optional_whole<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<i64>, D::Error> {
    let refused = || serde::de::Error::custom("a whole number was expected");
    match Value::deserialize(deserializer)? {
        Value::Null => Ok(None),
        Value::Number(number) => number.as_i64().map(Some).ok_or_else(refused),
        Value::String(text) => text.trim().parse().map(Some).map_err(|_| refused()),
        _ => Err(refused()),
    }
}

/// The same where it must be there.
pub(crate) fn whole<'de, D: Deserializer<'de>>(deserializer: D) -> Result<i64, D::Error> {
    optional_whole(deserializer)?.ok_or_else(|| serde::de::Error::custom("a number is missing"))
}

/// A moment; one that cannot be read is none, because nothing is decided by it.
pub(crate) fn optional_moment<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<jiff::Timestamp>, D::Error> {
    let value = Value::deserialize(deserializer)?;
    Ok(value.as_str().and_then(|text| text.trim().parse().ok()))
}
