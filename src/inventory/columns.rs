//! Values as columns hold them: identities, words and times.

use super::InventoryError;
use fleet::UnitId;
use jiff::Timestamp;
use serde::Serialize;
use serde::de::DeserializeOwned;

/// A unit's identity from its two columns.
pub(super) fn unit_id(kind: &str, id: &str) -> Result<UnitId, InventoryError> {
    let bad = |why: String| InventoryError::BadRow(why);
    let kind = kind
        .parse()
        .map_err(|_| bad(format!("{kind} is no kind of identity")))?;
    UnitId::from_stored(kind, id).map_err(|error| bad(error.to_string()))
}

/// A value that files write as one word.
pub(super) fn word<T: DeserializeOwned>(text: &str) -> Result<T, InventoryError> {
    Ok(serde_json::from_value(serde_json::Value::String(
        text.to_owned(),
    ))?)
}

/// The one word that files write for a value.
pub(super) fn as_word<T: Serialize>(value: &T) -> Result<String, InventoryError> {
    match serde_json::to_value(value)? {
        serde_json::Value::String(text) => Ok(text),
        other => Err(InventoryError::BadRow(format!("{other} is not one word"))),
    }
}

pub(super) fn timestamp(milliseconds: i64) -> Result<Timestamp, InventoryError> {
    Timestamp::from_millisecond(milliseconds)
        .map_err(|error| InventoryError::BadRow(error.to_string()))
}
