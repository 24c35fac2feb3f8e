//! A unit as it is shown: what the fleet database said last, with the operations laid over it that it does not hold yet.
//!
//! The table `unit` is kept as the result, so that lists and searches need no arithmetic. Here stands the only arithmetic.

use super::super::units::{self, row_of};
use super::super::{InventoryError, columns::unit_id, search};
use super::body::{Body, Kind};
use super::wire::{self, Row};
use fleet::UnitId;
use fleet::unit::Unit;
use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension, params};
use serde_json::Value;
use uuid::Uuid;

/// What the fleet database said last of a unit.
pub(super) struct Base {
    /// `None` is a tombstone.
    pub row: Option<Row>,
}

pub(super) fn base(connection: &Connection, number: Uuid) -> Result<Option<Base>, InventoryError> {
    let found: Option<Option<String>> = connection
        .prepare_cached("SELECT row FROM base WHERE unit_id = ?1")?
        .query_row([number.as_bytes()], |row| row.get(0))
        .optional()?;
    found
        .map(|row| {
            Ok(Base {
                row: row.map(|row| serde_json::from_str(&row)).transpose()?,
            })
        })
        .transpose()
}

/// The row as shown, in the fleet database's words: what an edit made now was made upon. `None` when there is no such unit.
pub(super) fn row(connection: &Connection, number: Uuid) -> Result<Option<Row>, InventoryError> {
    let shown = base(connection, number)?.and_then(|base| base.row);
    laid_over(connection, number, shown)
}

fn laid_over(
    connection: &Connection,
    number: Uuid,
    mut shown: Option<Row>,
) -> Result<Option<Row>, InventoryError> {
    let mut statement = connection.prepare_cached(
        "SELECT body, outcome, detail FROM op
         WHERE unit_id = ?1 AND (outcome IS NULL OR (outcome IN ('applied', 'partial')
               AND acked_pull >= (SELECT pulls_done FROM sync_state WHERE one = 1))) ORDER BY seq",
    )?;
    let mut rows = statement.query([number.as_bytes()])?;
    while let Some(found) = rows.next()? {
        let body: Body = serde_json::from_str(&found.get::<_, String>(0)?)?;
        let partial = found.get::<_, Option<String>>(1)?.as_deref() == Some("partial");
        let clash = match (partial, found.get::<_, Option<String>>(2)?) {
            (true, Some(detail)) => super::body::clash(&serde_json::from_str(&detail)?),
            _ => Row::new(),
        };
        match body.kind {
            Kind::Delete => shown = None,
            Kind::Create | Kind::Set => {
                // A change to a unit that is gone shows nothing until a person adds it again.
                if shown.is_none() && body.kind == Kind::Set {
                    continue;
                }
                let shown = shown.get_or_insert_default();
                for (name, change) in body.fields {
                    if !clash.contains_key(&name) {
                        shown.insert(name, change.new);
                    }
                }
            }
        }
    }
    Ok(shown)
}

/// Writes the unit as it is now to be shown. `at` is when it changed, where it did. Answers its row, unless it is gone.
pub(super) fn refresh(
    connection: &Connection,
    number: Uuid,
    at: Timestamp,
) -> Result<Option<i64>, InventoryError> {
    match row(connection, number)? {
        None => {
            hide(connection, number)?;
            Ok(None)
        }
        Some(shown) => show(connection, number, &shown, at),
    }
}

fn show(
    connection: &Connection,
    number: Uuid,
    shown: &Row,
    at: Timestamp,
) -> Result<Option<i64>, InventoryError> {
    let Some((unit, unreadable)) = wire::unit_of(shown, at) else {
        tracing::warn!(unit = %number, "a row of the fleet database has no identity that can be one; it is kept and not shown");
        hide(connection, number)?;
        return Ok(None);
    };
    if !unreadable.is_empty() {
        tracing::warn!(unit = %number, ?unreadable, "columns of the fleet database hold what they cannot; they are kept and not shown");
    }
    match takes_its_place(connection, number, &unit.id)? {
        Place::Anothers => Ok(None),
        // Searches know it by its former number, also where nothing else of it has changed.
        Place::UnderANewName => write_whole(connection, number, &unit).map(Some),
        Place::Its => write(connection, number, &unit).map(Some),
    }
}

/// Whose row it is that has a unit's identity.
enum Place {
    /// This unit's.
    Its,
    /// This unit's, and until now it had another identity.
    UnderANewName,
    /// Another unit of the fleet database has it.
    Anothers,
}

/// Makes sure that the row with this identity is this unit's, unless another unit of the fleet database has it.
fn takes_its_place(
    connection: &Connection,
    number: Uuid,
    id: &UnitId,
) -> Result<Place, InventoryError> {
    let ours: Option<(i64, String, String, bool)> = connection
        .prepare_cached("SELECT row, id_kind, id, gone FROM unit WHERE unit_id = ?1")?
        .query_row([number.as_bytes()], |row| {
            Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?))
        })
        .optional()?;
    if let Some((_, kind, text, _)) = &ours
        && kind == id.kind().as_str()
        && text == id.as_str()
    {
        return Ok(Place::Its);
    }
    let named: Option<(i64, Option<Vec<u8>>)> = connection
        .prepare_cached("SELECT row, unit_id FROM unit WHERE id_kind = ?1 AND id = ?2")?
        .query_row([id.kind().as_str(), id.as_str()], |row| {
            Ok((row.get(0)?, row.get(1)?))
        })
        .optional()?;
    match (ours, named) {
        (_, Some((_, Some(other)))) if keeps(connection, &other, number)? => Ok(Place::Anothers),
        // One that was never there, or is no more, has its history for itself.
        (Some((former, .., true)), None) => {
            put_out_of_sight(connection, former)?;
            Ok(Place::Its)
        }
        // Its number was corrected: the history stays with the unit.
        (Some((row, ..)), None) => {
            connection
                .prepare_cached("UPDATE unit SET id_kind = ?2, id = ?3 WHERE row = ?1")?
                .execute(params![row, id.kind().as_str(), id.as_str()])?;
            Ok(Place::UnderANewName)
        }
        (ours, Some((row, _))) => {
            if let Some((former, ..)) = ours {
                put_out_of_sight(connection, former)?;
            }
            connection
                .prepare_cached("UPDATE unit SET unit_id = ?2 WHERE row = ?1")?
                .execute(params![row, number.as_bytes()])?;
            Ok(Place::Its)
        }
        (None, None) => Ok(Place::Its),
    }
}

/// Whether the unit that has a row keeps it: it does when the fleet database knows it and not the one that wants it.
fn keeps(connection: &Connection, holder: &[u8], wants: Uuid) -> Result<bool, InventoryError> {
    let alive = |number: &[u8]| -> Result<bool, rusqlite::Error> {
        connection
            .prepare_cached("SELECT EXISTS (SELECT 1 FROM base WHERE unit_id = ?1 AND row IS NOT NULL AND stale = 0)")?
            .query_row([number], |row| row.get(0))
    };
    Ok(holder != wants.as_bytes() && alive(holder)? && !alive(wants.as_bytes())?)
}

fn write(connection: &Connection, number: Uuid, unit: &Unit) -> Result<i64, InventoryError> {
    if let Some(row) = row_of(connection, &unit.id)? {
        let known: (bool, Option<Vec<u8>>) = connection
            .prepare_cached("SELECT gone, unit_id FROM unit WHERE row = ?1")?
            .query_row([row], |found| Ok((found.get(0)?, found.get(1)?)))?;
        let mut as_now = units::unit_at(connection, row)?;
        as_now.updated_at = unit.updated_at;
        // One's own edit that comes back is no change, and costs no work of the indexes.
        if known == (false, Some(number.as_bytes().to_vec())) && as_now == *unit {
            return Ok(row);
        }
    }
    write_whole(connection, number, unit)
}

fn write_whole(connection: &Connection, number: Uuid, unit: &Unit) -> Result<i64, InventoryError> {
    let row = units::write(connection, unit)?;
    connection
        .prepare_cached("UPDATE unit SET unit_id = ?2, gone = 0 WHERE row = ?1")?
        .execute(params![row, number.as_bytes()])?;
    Ok(row)
}

/// Takes a unit out of lists and searches; its row and history stay.
fn hide(connection: &Connection, number: Uuid) -> Result<(), InventoryError> {
    let row: Option<i64> = connection
        .prepare_cached("SELECT row FROM unit WHERE unit_id = ?1")?
        .query_row([number.as_bytes()], |row| row.get(0))
        .optional()?;
    if let Some(row) = row {
        connection
            .prepare_cached("UPDATE unit SET gone = 1 WHERE row = ?1")?
            .execute([row])?;
        search::forget(connection, row)?;
    }
    Ok(())
}

fn put_out_of_sight(connection: &Connection, row: i64) -> Result<(), InventoryError> {
    connection
        .prepare_cached("UPDATE unit SET gone = 1, unit_id = NULL WHERE row = ?1")?
        .execute([row])?;
    search::forget(connection, row)
}

/// The number of a unit in the fleet database, whether that knows it yet or not.
pub(super) fn number_of(connection: &Connection, id: &UnitId) -> Result<Uuid, InventoryError> {
    let known: Option<Option<Vec<u8>>> = match row_of(connection, id)? {
        Some(row) => connection
            .prepare_cached("SELECT unit_id FROM unit WHERE row = ?1")?
            .query_row([row], |row| row.get(0))
            .optional()?,
        None => None,
    };
    match known.flatten() {
        Some(bytes) => {
            Uuid::from_slice(&bytes).map_err(|error| InventoryError::BadRow(error.to_string()))
        }
        None => free_number(connection, id),
    }
}

/// The number that a unit is entered under: the one that is named after its identity, unless a unit has it whose identity was corrected since. Every
/// office finds the same one.
fn free_number(connection: &Connection, id: &UnitId) -> Result<Uuid, InventoryError> {
    let mut number = wire::number_of(id);
    while is_anothers(connection, number, id)? {
        number = Uuid::new_v5(&number, b"another");
    }
    Ok(number)
}

fn is_anothers(connection: &Connection, number: Uuid, id: &UnitId) -> Result<bool, InventoryError> {
    if unit_numbered(connection, number)?.is_some_and(|other| other != *id) {
        return Ok(true);
    }
    let there = base(connection, number)?.and_then(|base| base.row);
    Ok(there
        .as_ref()
        .and_then(wire::identity)
        .is_some_and(|other| other != *id))
}

/// The unit that has this number in the fleet database, where this bench has it.
pub(super) fn unit_numbered(
    connection: &Connection,
    number: Uuid,
) -> Result<Option<UnitId>, InventoryError> {
    let found: Option<(String, String)> = connection
        .prepare_cached("SELECT id_kind, id FROM unit WHERE unit_id = ?1")?
        .query_row([number.as_bytes()], |row| Ok((row.get(0)?, row.get(1)?)))
        .optional()?;
    found.map(|(kind, id)| unit_id(&kind, &id)).transpose()
}

/// Rows of units that have exactly this number in a column that they are not known by here: the MEID of a unit that is known by its IMEI, what SQL
/// users call it, the SIM's IMSI. Reads all that the fleet database told; for one question at a time.
pub(in crate::inventory) fn numbered_otherwise(
    connection: &Connection,
    number: &str,
) -> Result<Vec<i64>, InventoryError> {
    let mut statement = connection.prepare_cached(
        "SELECT u.row FROM base b JOIN unit u ON u.unit_id = b.unit_id WHERE u.gone = 0 AND instr(b.row, ?1) > 0
            AND ?2 IN (json_extract(b.row, '$.serial'), json_extract(b.row, '$.imei'), json_extract(b.row, '$.meid'), json_extract(b.row, '$.esn'),
                       json_extract(b.row, '$.imsi'), json_extract(b.row, '$.msid'), json_extract(b.row, '$.client_reference')) LIMIT 1000",
    )?;
    let rows = statement.query_map(params![Value::from(number).to_string(), number], |row| {
        row.get(0)
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}
