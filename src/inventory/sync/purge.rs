//! Facts about a person that the fleet database blanked for good: the same facts leave this bench's file, wherever they stand.
//!
//! The journal of jobs is not touched: its events are chained by hashes. It holds what a job read and asked for, never a customer, a
//! vehicle, an office or a note. Copies of the file from before are the business of [`super::super::tidy`].

use super::super::{InventoryError, meta, search, units};
use super::body::Body;
use super::shown;
use super::traces::{self, BLANK};
use fleet::edit::Field;
use fleet::unit::{UnitEvent, UnitEventKind, column_words};
use fleet_db::protocol::Purge;
use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension, params};
use serde_json::{Map, Value};
use std::collections::BTreeSet;
use uuid::Uuid;

/// Shorter values are no names: taking them out of texts would take out half of every word.
const SHORTEST_VALUE: usize = 3;
/// Title of the line that tells of it.
const REMOVED: &str = "Facts about a person were removed";

/// Blanks what these purges name. Answers how many units of this bench they touched.
pub(super) fn blank(
    connection: &Connection,
    purges: &[Purge],
    at: Timestamp,
) -> Result<u64, InventoryError> {
    let mut touched = 0;
    for purge in purges {
        connection
            .prepare_cached("INSERT INTO purging (unit_id) VALUES (?1) ON CONFLICT DO NOTHING")?
            .execute([purge.unit_id.as_bytes()])?;
        let any = blank_one(connection, purge, at)?;
        touched += u64::from(any);
        connection
            .prepare_cached("DELETE FROM purging")?
            .execute([])?;
    }
    if let Some(last) = purges.iter().map(|purge| purge.rev).max() {
        connection
            .prepare_cached("UPDATE sync_state SET purged_rev = max(purged_rev, ?1) WHERE one = 1")?
            .execute([last])?;
    }
    if touched > 0 {
        meta::set(connection, meta::UNTIDY, "1")?;
    }
    Ok(touched)
}

/// What is taken out: values, to find them again in texts.
#[derive(Default)]
struct Taken {
    any: bool,
    values: BTreeSet<String>,
}

impl Taken {
    fn note(&mut self, value: &Value) {
        match value {
            Value::Null => {}
            Value::String(text) if text.is_empty() => {}
            Value::String(text) => {
                self.any = true;
                if text.chars().count() >= SHORTEST_VALUE {
                    self.values.insert(text.clone());
                }
            }
            Value::Array(both) => both.iter().for_each(|value| self.note(value)),
            other => {
                self.any = true;
                self.values.insert(other.to_string());
            }
        }
    }

    /// Takes the fields out of an object, or leaves them there empty.
    fn take(&mut self, object: &mut Map<String, Value>, fields: &[String], leave_empty: bool) {
        for field in fields {
            let Some(value) = object.get_mut(field) else {
                continue;
            };
            self.note(value);
            if leave_empty {
                *value = Value::Null;
            } else {
                object.shift_remove(field);
            }
        }
    }
}

fn blank_one(
    connection: &Connection,
    purge: &Purge,
    at: Timestamp,
) -> Result<bool, InventoryError> {
    let (unit, fields) = (purge.unit_id, purge.fields.as_slice());
    let mut taken = Taken::default();
    base(connection, unit, fields, &mut taken)?;
    operations(connection, unit, fields, &mut taken)?;
    history(connection, unit, fields, &mut taken)?;
    // Shown anew from what is left; a deleted unit is shown no more, but its row stands here still.
    shown::refresh(connection, unit, at)?;
    let row: Option<(i64, bool)> = connection
        .prepare_cached("SELECT row, gone FROM unit WHERE unit_id = ?1")?
        .query_row([unit.as_bytes()], |row| Ok((row.get(0)?, row.get(1)?)))
        .optional()?;
    let Some((row, gone)) = row else {
        return Ok(traces::blank(connection, &taken.values)? || taken.any);
    };
    shown_row(connection, row, fields, &mut taken)?;
    if !gone {
        search::index(connection, row, &units::unit_at(connection, row)?)?;
    }
    let told =
        timeline(connection, row, fields, &taken)? | traces::blank(connection, &taken.values)?;
    if !taken.any && !told {
        return Ok(false);
    }
    let names: Vec<&str> = fields.iter().map(|field| column_words(field)).collect();
    let entry = UnitEvent {
        at,
        kind: UnitEventKind::Person,
        title: REMOVED.to_owned(),
        detail: names.join(", "),
        by: "office database".to_owned(),
    };
    units::add_entry(connection, row, &entry)?;
    Ok(true)
}

fn base(
    connection: &Connection,
    unit: Uuid,
    fields: &[String],
    taken: &mut Taken,
) -> Result<(), InventoryError> {
    let Some(mut row) = shown::base(connection, unit)?.and_then(|base| base.row) else {
        return Ok(());
    };
    taken.take(&mut row, fields, true);
    connection
        .prepare_cached("UPDATE base SET row = ?2 WHERE unit_id = ?1")?
        .execute(params![unit.as_bytes(), Value::Object(row).to_string()])?;
    Ok(())
}

/// What was done here and what was asked about it. An operation that was not sent and has nothing left to say is none.
fn operations(
    connection: &Connection,
    unit: Uuid,
    fields: &[String],
    taken: &mut Taken,
) -> Result<(), InventoryError> {
    let mut statement = connection.prepare_cached(
        "SELECT op_id, body, detail, sent FROM op WHERE unit_id = ?1 ORDER BY seq",
    )?;
    let ops: Vec<(Vec<u8>, String, Option<String>, bool)> = statement
        .query_map([unit.as_bytes()], |row| {
            Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?))
        })?
        .collect::<Result<_, _>>()?;
    let mut forget =
        connection.prepare_cached("DELETE FROM review WHERE op_id = ?1 AND field = ?2")?;
    let mut write =
        connection.prepare_cached("UPDATE op SET body = ?2, detail = ?3 WHERE op_id = ?1")?;
    for (op, body, detail, sent) in ops {
        let mut body: Body = serde_json::from_str(&body)?;
        for field in fields {
            if let Some(change) = body.fields.remove(field) {
                taken.note(&change.base);
                taken.note(&change.new);
            }
            forget.execute(params![op, field])?;
        }
        let mut detail: Option<Value> =
            detail.map(|text| serde_json::from_str(&text)).transpose()?;
        if let Some(detail) = detail.as_mut().and_then(Value::as_object_mut) {
            detail.shift_remove("message");
            if let Some(server) = detail.get_mut("server").and_then(Value::as_object_mut) {
                taken.take(server, fields, false);
            }
        }
        if body.fields.is_empty() {
            forget.execute(params![op, ""])?;
            if !sent {
                connection
                    .prepare_cached("DELETE FROM op WHERE op_id = ?1")?
                    .execute([&op])?;
                continue;
            }
        }
        write.execute(params![
            op,
            serde_json::to_string(&body)?,
            detail.map(|detail| detail.to_string())
        ])?;
    }
    Ok(())
}

fn history(
    connection: &Connection,
    unit: Uuid,
    fields: &[String],
    taken: &mut Taken,
) -> Result<(), InventoryError> {
    let mut statement =
        connection.prepare_cached("SELECT n, change FROM fleet_history WHERE unit_id = ?1")?;
    let entries: Vec<(i64, String)> = statement
        .query_map([unit.as_bytes()], |row| Ok((row.get(0)?, row.get(1)?)))?
        .collect::<Result<_, _>>()?;
    for (n, change) in entries {
        let mut change: Value = serde_json::from_str(&change)?;
        if let Some(object) = change.as_object_mut() {
            for whole in ["insert", "delete"] {
                if let Some(row) = object.get_mut(whole).and_then(Value::as_object_mut) {
                    taken.take(row, fields, true);
                }
            }
            taken.take(object, fields, false);
        }
        connection
            .prepare_cached("UPDATE fleet_history SET change = ?3 WHERE unit_id = ?1 AND n = ?2")?
            .execute(params![unit.as_bytes(), n, change.to_string()])?;
    }
    Ok(())
}

/// Columns of the shown row that can be blanked, and what the fleet table calls them.
const COLUMNS: &[(&str, &str, &str)] = &[
    (
        "serial_number",
        "SELECT serial_number FROM unit WHERE row = ?1",
        "UPDATE unit SET serial_number = NULL WHERE row = ?1",
    ),
    (
        "iccid",
        "SELECT iccid FROM unit WHERE row = ?1",
        "UPDATE unit SET iccid = NULL WHERE row = ?1",
    ),
    (
        "mdn",
        "SELECT mdn FROM unit WHERE row = ?1",
        "UPDATE unit SET mdn = NULL WHERE row = ?1",
    ),
    (
        "carrier_id",
        "SELECT carrier_id FROM unit WHERE row = ?1",
        "UPDATE unit SET carrier_id = NULL WHERE row = ?1",
    ),
    (
        "vehicle",
        "SELECT vehicle FROM unit WHERE row = ?1",
        "UPDATE unit SET vehicle = NULL WHERE row = ?1",
    ),
    (
        "customer",
        "SELECT customer FROM unit WHERE row = ?1",
        "UPDATE unit SET customer = NULL WHERE row = ?1",
    ),
    (
        "office",
        "SELECT office FROM unit WHERE row = ?1",
        "UPDATE unit SET office = NULL WHERE row = ?1",
    ),
    (
        "notes",
        "SELECT note FROM unit WHERE row = ?1",
        "UPDATE unit SET note = NULL WHERE row = ?1",
    ),
];

fn shown_row(
    connection: &Connection,
    row: i64,
    fields: &[String],
    taken: &mut Taken,
) -> Result<(), InventoryError> {
    for (_, look, clear) in COLUMNS
        .iter()
        .filter(|(name, ..)| fields.iter().any(|field| field == name))
    {
        let value: Option<String> = connection
            .prepare_cached(look)?
            .query_row([row], |found| found.get(0))?;
        taken.note(&value.map_or(Value::Null, Value::String));
        connection.prepare_cached(clear)?.execute([row])?;
    }
    Ok(())
}

/// Lines that tell of one of the fields lose what they tell; in all others the values themselves are taken out.
fn timeline(
    connection: &Connection,
    row: i64,
    fields: &[String],
    taken: &Taken,
) -> Result<bool, InventoryError> {
    let mut words: Vec<String> = fields
        .iter()
        .map(|field| column_words(field).to_lowercase())
        .collect();
    words.extend(
        Field::ALL
            .iter()
            .filter(|field| fields.iter().any(|name| name == field.key()))
            .map(|field| field.words().to_lowercase()),
    );
    let mut statement = connection
        .prepare_cached("SELECT n, kind, title, detail FROM unit_event WHERE unit = ?1")?;
    let lines: Vec<(i64, String, String, String)> = statement
        .query_map([row], |found| {
            Ok((found.get(0)?, found.get(1)?, found.get(2)?, found.get(3)?))
        })?
        .collect::<Result<_, _>>()?;
    let mut any = false;
    for (n, kind, title, detail) in lines {
        let edited = matches!(kind.as_str(), "edit" | "person");
        let lower = detail.to_lowercase();
        let told = edited && words.iter().any(|word| lower.contains(word.as_str()));
        // Our own line about a removal names the fields and nothing else.
        if title == REMOVED {
            continue;
        }
        let without = |text: &str| {
            taken
                .values
                .iter()
                .fold(text.to_owned(), |text, value| text.replace(value, BLANK))
        };
        let (new_title, new_detail) = (
            without(&title),
            if told {
                BLANK.to_owned()
            } else {
                without(&detail)
            },
        );
        if (&new_title, &new_detail) != (&title, &detail) {
            any = true;
            connection
                .prepare_cached("UPDATE unit_event SET title = ?2, detail = ?3 WHERE n = ?1")?
                .execute(params![n, new_title, new_detail])?;
        }
    }
    Ok(any)
}
