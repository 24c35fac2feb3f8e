//! What stood in a unit's fields before: out of the operations of this bench and what the fleet database told of others'.

use super::super::InventoryError;
use super::super::columns::timestamp;
use super::super::life::FormerValue;
use super::body::Body;
use super::shown;
use fleet::UnitId;
use fleet::edit::Field;
use rusqlite::Connection;
use serde_json::Value;

/// Changes that are looked at.
const MOST: u32 = 500;

/// Newest change first.
pub(in crate::inventory) fn of(
    connection: &Connection,
    id: &UnitId,
) -> Result<Vec<FormerValue>, InventoryError> {
    let number = shown::number_of(connection, id)?;
    let mut former = Vec::new();
    let mut statement = connection.prepare_cached(
        "SELECT body, made_ms FROM op WHERE unit_id = ?1 ORDER BY seq DESC LIMIT ?2",
    )?;
    let mut rows = statement.query(rusqlite::params![number.as_bytes(), MOST])?;
    while let Some(row) = rows.next()? {
        let body: Body = serde_json::from_str(&row.get::<_, String>(0)?)?;
        let at = timestamp(row.get(1)?)?;
        if body.kind != super::body::Kind::Set {
            continue;
        }
        former.extend(body.fields.iter().filter_map(|(name, change)| {
            Some(FormerValue {
                at,
                field: entered(name)?,
                value: text(&change.base)?,
            })
        }));
    }
    let mut statement = connection.prepare_cached(
        "SELECT change, at_ms FROM fleet_history WHERE unit_id = ?1 AND ours = 0 ORDER BY n DESC LIMIT ?2",
    )?;
    let mut rows = statement.query(rusqlite::params![number.as_bytes(), MOST])?;
    while let Some(row) = rows.next()? {
        let change: Value = serde_json::from_str(&row.get::<_, String>(0)?)?;
        let at = timestamp(row.get(1)?)?;
        let fields = change.as_object().into_iter().flatten();
        former.extend(fields.filter_map(|(name, change)| {
            Some(FormerValue {
                at,
                field: entered(name)?,
                value: text(change.get(0)?)?,
            })
        }));
    }
    former.sort_by_key(|value| std::cmp::Reverse(value.at));
    Ok(former)
}

/// The field of a column that people enter; how far a unit has come is proved, not brought back.
fn entered(column: &str) -> Option<Field> {
    Field::of_key(column).filter(|field| *field != Field::State)
}

fn text(value: &Value) -> Option<String> {
    match value {
        Value::Null => Some(String::new()),
        Value::String(text) => Some(text.clone()),
        _ => None,
    }
}
