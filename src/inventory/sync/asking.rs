//! When people are asked: what of an answer becomes a question, and which questions are answered by what was entered since.
//!
//! What a question shows is the business of [`super::review`].

use super::super::InventoryError;
use super::super::columns::unit_id;
use super::body::{Body, Kind};
use super::wire::{self, Row};
use fleet::unit::Unit;
use fleet_db::protocol::Outcome;
use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension, params};
use serde_json::Value;
use uuid::Uuid;

/// Notes what must be asked about an answer.
pub(super) fn note(
    connection: &Connection,
    op: Uuid,
    body: &Body,
    outcome: Outcome,
    server: &Row,
    at: Timestamp,
) -> Result<(), InventoryError> {
    let whole = body.atomic || body.kind == Kind::Delete;
    let entries: Vec<(&str, Option<String>)> = match outcome {
        Outcome::Applied | Outcome::Busy => Vec::new(),
        Outcome::Conflict | Outcome::Partial if !whole => server
            .iter()
            .map(|(field, theirs)| (field.as_str(), Some(theirs.to_string())))
            .collect(),
        // Later another unit of the fleet table may have its number, and nothing leads from this operation to it any more.
        Outcome::Gone => vec![("", numbers_of(connection, op)?)],
        _ => vec![("", None)],
    };
    let mut insert = connection.prepare_cached(
        "INSERT INTO review (op_id, field, theirs, found_ms) VALUES (?1, ?2, ?3, ?4) ON CONFLICT DO NOTHING",
    )?;
    for (field, theirs) in entries {
        insert.execute(params![op.as_bytes(), field, theirs, at.as_millisecond()])?;
        replace_older(connection, op, field, body)?;
    }
    Ok(())
}

/// Whoever wrote this value saw the older one of the same field, and wrote it in its place: where both clash, only the newer is a question.
fn replace_older(
    connection: &Connection,
    op: Uuid,
    field: &str,
    body: &Body,
) -> Result<(), InventoryError> {
    let Some(seen) = body.fields.get(field).map(|change| &change.base) else {
        return Ok(());
    };
    let mut statement = connection.prepare_cached(
        "SELECT o.op_id, o.body FROM op n JOIN op o ON o.unit_id = n.unit_id AND o.seq < n.seq JOIN review r ON r.op_id = o.op_id
          WHERE n.op_id = ?1 AND r.field = ?2 AND r.decided IS NULL",
    )?;
    let mut rows = statement.query(params![op.as_bytes(), field])?;
    let mut replaced = Vec::new();
    while let Some(row) = rows.next()? {
        let older: Body = serde_json::from_str(&row.get::<_, String>(1)?)?;
        if older
            .fields
            .get(field)
            .is_some_and(|change| change.new == *seen)
        {
            replaced.push(row.get::<_, Vec<u8>>(0)?);
        }
    }
    let mut forget =
        connection.prepare_cached("DELETE FROM review WHERE op_id = ?1 AND field = ?2")?;
    for older in replaced {
        forget.execute(params![older, field])?;
    }
    Ok(())
}

/// What the unit of an operation is known by, as the columns of its row.
fn numbers_of(connection: &Connection, op: Uuid) -> Result<Option<String>, InventoryError> {
    let found: Option<(String, String)> = connection
        .prepare_cached(
            "SELECT u.id_kind, u.id FROM op o JOIN unit u ON u.unit_id = o.unit_id WHERE o.op_id = ?1",
        )?
        .query_row([op.as_bytes()], |row| Ok((row.get(0)?, row.get(1)?)))
        .optional()?;
    let Some((kind, id)) = found else {
        return Ok(None);
    };
    let mut row = wire::row_of(&Unit::new(unit_id(&kind, &id)?, Timestamp::UNIX_EPOCH))?;
    row.retain(|column, _| wire::is_identity(column));
    Ok(Some(Value::Object(row).to_string()))
}

/// A refused entry of this unit is entered anew: its question is answered by that.
pub(super) fn entered_anew(
    connection: &Connection,
    number: Uuid,
    at: Timestamp,
) -> Result<(), InventoryError> {
    connection
        .prepare_cached(
            "UPDATE review SET decided = 'edited', decided_ms = ?2 WHERE decided IS NULL AND op_id IN
                 (SELECT op_id FROM op WHERE unit_id = ?1 AND outcome = 'rejected' AND json_extract(body, '$.kind') = 'create')",
        )?
        .execute(params![number.as_bytes(), at.as_millisecond()])?;
    Ok(())
}
