//! What others did to a unit, as the fleet database tells it: offices by the name that they give, SQL users by their login.

use super::super::columns::{timestamp, unit_id};
use super::super::{InventoryError, meta, units};
use super::shown;
use super::wire::{self, Row};
use fleet::UnitId;
use fleet::unit::{UnitEvent, UnitEventKind};
use fleet_db::protocol::{HistoryEntry, PulledUnit};
use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension, params};
use serde_json::Value;
use uuid::Uuid;

/// Most fields that one line of a timeline names.
const MOST_NAMED: usize = 4;

/// Keeps all entries of a unit; those that are kept already do not change. One of our own operations is told by our own timeline. After the fleet
/// database went back its numbers come again, for other changes.
pub(super) fn keep(
    connection: &Connection,
    unit: Uuid,
    entries: &[HistoryEntry],
) -> Result<(), InventoryError> {
    let mut insert = connection.prepare_cached(
        "INSERT INTO fleet_history (unit_id, n, change, actor, login, at_ms, ours)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, EXISTS (SELECT 1 FROM op WHERE op_id = ?7)) ON CONFLICT (unit_id, n) DO UPDATE
            SET change = excluded.change, actor = excluded.actor, login = excluded.login, at_ms = excluded.at_ms, ours = excluded.ours
            WHERE at_ms <> excluded.at_ms",
    )?;
    for entry in entries {
        insert.execute(params![
            unit.as_bytes(),
            entry.n,
            entry.change.to_string(),
            entry.actor,
            entry.login,
            entry.at.as_millisecond(),
            entry.op_id.map(Uuid::into_bytes)
        ])?;
    }
    // A database that does not know the unit tells nothing of it: what is kept may be the last copy of a row that was deleted.
    let Some(last) = entries.iter().map(|entry| entry.n).max() else {
        return Ok(());
    };
    connection
        .prepare_cached("DELETE FROM fleet_history WHERE unit_id = ?1 AND n > ?2")?
        .execute(params![unit.as_bytes(), last])?;
    Ok(())
}

/// Number of the newest entry that is kept of a unit; 0 when there is none.
pub(super) fn newest(connection: &Connection, unit: Uuid) -> Result<i32, InventoryError> {
    Ok(connection
        .prepare_cached("SELECT coalesce(max(n), 0) FROM fleet_history WHERE unit_id = ?1")?
        .query_row([unit.as_bytes()], |row| row.get(0))?)
}

/// The row that was deleted last, where that is told: every column that can be written back.
pub(super) fn deleted_row(
    connection: &Connection,
    unit: Uuid,
) -> Result<Option<Row>, InventoryError> {
    let change: Option<String> = connection
        .prepare_cached(
            "SELECT change FROM fleet_history WHERE unit_id = ?1 AND json_type(change, '$.delete') = 'object' ORDER BY n DESC LIMIT 1",
        )?
        .query_row([unit.as_bytes()], |row| row.get(0))
        .optional()?;
    let Some(change) = change else {
        return Ok(None);
    };
    let mut change: Row = serde_json::from_str(&change)?;
    let Some(Value::Object(mut row)) = change.remove("delete") else {
        return Ok(None);
    };
    row.retain(|column, _| fleet_db::columns::column(column).is_some());
    Ok(Some(row))
}

/// Who last changed one of these fields, and when.
pub(super) fn last_change_of(
    connection: &Connection,
    unit: Uuid,
    fields: &[String],
) -> Result<Option<(String, Timestamp)>, InventoryError> {
    let mut statement = connection.prepare_cached(
        "SELECT change, actor, login, at_ms FROM fleet_history WHERE unit_id = ?1 AND ours = 0 ORDER BY n DESC",
    )?;
    let mut rows = statement.query([unit.as_bytes()])?;
    while let Some(row) = rows.next()? {
        let change: Value = serde_json::from_str(&row.get::<_, String>(0)?)?;
        let whole = change.get("insert").or(change.get("delete")).is_some();
        if whole || fields.iter().any(|field| change.get(field).is_some()) {
            let who = who(row.get(1)?, row.get(2)?);
            return Ok(Some((who, timestamp(row.get(3)?)?)));
        }
    }
    Ok(None)
}

/// An office by the name that it gives, a SQL user by the login.
fn who(actor: Option<String>, login: String) -> String {
    match actor.filter(|actor| !actor.is_empty()) {
        Some(actor) => actor,
        None => format!("{login} (SQL)"),
    }
}

/// What others did to a unit, newest first.
pub(in crate::inventory) fn of_unit(
    connection: &Connection,
    id: &UnitId,
    limit: u32,
) -> Result<Vec<UnitEvent>, InventoryError> {
    let number = shown::number_of(connection, id)?;
    let mut statement = connection.prepare_cached(
        "SELECT change, actor, login, at_ms FROM fleet_history WHERE unit_id = ?1 AND ours = 0 ORDER BY at_ms DESC, n DESC LIMIT ?2",
    )?;
    let mut rows = statement.query(params![number.as_bytes(), limit])?;
    let mut events = Vec::new();
    while let Some(row) = rows.next()? {
        let change: Value = serde_json::from_str(&row.get::<_, String>(0)?)?;
        let (title, detail) = words(&change);
        events.push(UnitEvent {
            at: timestamp(row.get(3)?)?,
            kind: UnitEventKind::Edit,
            title,
            detail,
            by: who(row.get(1)?, row.get(2)?),
        });
    }
    Ok(events)
}

/// What a change says on a timeline: title and detail.
fn words(change: &Value) -> (String, String) {
    if change.get("insert").is_some() {
        return ("Added to the fleet table".to_owned(), String::new());
    }
    if change.get("delete").is_some() {
        return ("Deleted from the fleet table".to_owned(), String::new());
    }
    let fields: Vec<(&String, &Value)> = change.as_object().into_iter().flatten().collect();
    let one = |(field, change): &(&String, &Value)| {
        let value = |index: usize| shown_value(change.get(index));
        // As this bench's own edits begin.
        let name = fleet::wording::sentence(fleet::unit::column_words(field));
        match field.as_str() {
            "settings" => name,
            _ => format!("{name} {} → {}", value(0), value(1)),
        }
    };
    let mut detail: Vec<String> = fields.iter().take(MOST_NAMED).map(one).collect();
    if fields.len() > MOST_NAMED {
        detail.push(format!("{} more", fields.len() - MOST_NAMED));
    }
    ("Edited".to_owned(), detail.join(", "))
}

fn shown_value(value: Option<&Value>) -> String {
    match value {
        None | Some(Value::Null) => "empty".to_owned(),
        Some(Value::String(text)) => fleet::printable::printable(text).to_string(),
        Some(other) => other.to_string(),
    }
}

/// A unit that stood otherwise before the fleet database went back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WentBack {
    /// The unit.
    pub unit: UnitId,
    /// What stood there before.
    pub before: String,
}

/// Title of such a line on a timeline.
const WENT_BACK: &str = "The office database went back";
const BEFORE: &str = "Before: ";

/// Units that stood otherwise before, once everything was heard anew; empty until then, and ever after.
pub(super) fn take_went_back(connection: &Connection) -> Result<Vec<WentBack>, InventoryError> {
    let after: Option<i64> = meta::get(connection, meta::WENT_BACK)?.and_then(|n| n.parse().ok());
    let heard: bool = connection
        .prepare_cached("SELECT cursor > 0 AND page_head IS NULL FROM sync_state WHERE one = 1")?
        .query_row([], |row| row.get(0))?;
    let (Some(after), true) = (after, heard) else {
        return Ok(Vec::new());
    };
    let mut statement = connection.prepare_cached(
        "SELECT u.id_kind, u.id, e.detail FROM unit_event e JOIN unit u ON u.row = e.unit
         WHERE e.n > ?1 AND e.title = ?2 ORDER BY e.n",
    )?;
    let mut rows = statement.query(params![after, WENT_BACK])?;
    let mut found = Vec::new();
    while let Some(row) = rows.next()? {
        found.push(WentBack {
            unit: unit_id(&row.get::<_, String>(0)?, &row.get::<_, String>(1)?)?,
            before: row
                .get::<_, String>(2)?
                .trim_start_matches(BEFORE)
                .to_owned(),
        });
    }
    meta::forget(connection, meta::WENT_BACK)?;
    Ok(found)
}

/// After a restore, tells on the unit's timeline what stood there before it and stands there no more.
pub(super) fn note_if_gone_back(
    connection: &Connection,
    pulled: &PulledUnit,
    at: Timestamp,
) -> Result<(), InventoryError> {
    let Some(former) = shown::base(connection, pulled.unit_id)? else {
        return Ok(());
    };
    // Revisions are used twice after a restore, so they do not tell which of two rows is the newer one: what differs is told.
    if meta::get(connection, meta::WENT_BACK)?.is_none() {
        return Ok(());
    }
    let lost = match (&former.row, &pulled.unit) {
        (None, None) => return Ok(()),
        (None, Some(_)) => "the unit was deleted".to_owned(),
        (Some(_), None) => "the unit was in the fleet table".to_owned(),
        (Some(old), Some(new)) => {
            let mut lost = wire::difference(Some(&new.to_map()), old);
            lost.retain(|(field, ..)| field != "settings");
            let lost: Vec<String> = lost
                .iter()
                .take(MOST_NAMED)
                .map(|(field, now, was)| {
                    let name = fleet::unit::column_words(field);
                    format!(
                        "{name} was {}, is {}",
                        shown_value(Some(was)),
                        shown_value(Some(now))
                    )
                })
                .collect();
            lost.join(", ")
        }
    };
    note(connection, pulled.unit_id, &lost, at)
}

/// After a restore, tells of a unit that the fleet database has never heard of.
pub(super) fn note_never_was(
    connection: &Connection,
    unit: Uuid,
    at: Timestamp,
) -> Result<(), InventoryError> {
    match shown::base(connection, unit)?.and_then(|base| base.row) {
        Some(_) => note(connection, unit, "the unit was in the fleet table", at),
        None => Ok(()),
    }
}

fn note(
    connection: &Connection,
    unit: Uuid,
    lost: &str,
    at: Timestamp,
) -> Result<(), InventoryError> {
    if lost.is_empty() {
        return Ok(());
    }
    let row: Option<i64> = connection
        .prepare_cached("SELECT row FROM unit WHERE unit_id = ?1")?
        .query_row([unit.as_bytes()], |row| row.get(0))
        .optional()?;
    let Some(row) = row else { return Ok(()) };
    let entry = UnitEvent {
        at,
        kind: UnitEventKind::Person,
        title: WENT_BACK.to_owned(),
        detail: format!("{BEFORE}{lost}"),
        by: "office database".to_owned(),
    };
    units::add_entry(connection, row, &entry)
}
