//! When the other side is not what it was: a fleet database restored or swapped, a new schema, a copied data folder.

use super::super::{InventoryError, meta};
use super::ops::as_uuid;
use super::shown;
use jiff::Timestamp;
use rusqlite::{Connection, params};
use std::collections::{BTreeSet, HashSet};
use uuid::Uuid;

/// Numbers of all decided operations, oldest first.
pub(super) fn decided(connection: &Connection) -> Result<Vec<Uuid>, InventoryError> {
    let mut statement =
        connection.prepare_cached("SELECT op_id FROM op WHERE outcome IS NOT NULL ORDER BY seq")?;
    numbers(&mut statement)
}

fn numbers(statement: &mut rusqlite::Statement<'_>) -> Result<Vec<Uuid>, InventoryError> {
    let mut rows = statement.query([])?;
    let mut numbers = Vec::new();
    while let Some(row) = rows.next()? {
        numbers.push(as_uuid(&row.get::<_, Vec<u8>>(0)?)?);
    }
    Ok(numbers)
}

/// Numbers of the answered operations that no finished pull holds yet, oldest first.
pub(super) fn uncovered(connection: &Connection) -> Result<Vec<Uuid>, InventoryError> {
    let mut statement = connection.prepare_cached(
        "SELECT op_id FROM op WHERE outcome IS NOT NULL
         AND acked_pull >= (SELECT pulls_done FROM sync_state WHERE one = 1) ORDER BY seq",
    )?;
    numbers(&mut statement)
}

/// Another history: decided operations that this database does not know are undecided again, and everything is heard from the
/// beginning. What is shown stays shown until it was heard anew. Answers how many operations go out again.
pub(super) fn begin_anew(
    connection: &Connection,
    known: &HashSet<Uuid>,
    at: Timestamp,
) -> Result<u64, InventoryError> {
    let mut touched = BTreeSet::new();
    let mut again = 0;
    for op in decided(connection)? {
        if known.contains(&op) {
            continue;
        }
        connection
            .prepare_cached("DELETE FROM review WHERE op_id = ?1 AND decided IS NULL")?
            .execute([op.as_bytes()])?;
        let unit: Vec<u8> = connection
            .prepare_cached(
                "UPDATE op SET outcome = NULL, detail = NULL, acked_ms = NULL, acked_pull = NULL WHERE op_id = ?1 RETURNING unit_id",
            )?
            .query_row([op.as_bytes()], |row| row.get(0))?;
        touched.insert(as_uuid(&unit)?);
        again += 1;
    }
    hear_all_again(connection)?;
    if meta::get(connection, meta::WENT_BACK)?.is_none() {
        let last: i64 = connection
            .prepare_cached("SELECT coalesce(max(n), 0) FROM unit_event")?
            .query_row([], |row| row.get(0))?;
        meta::set(connection, meta::WENT_BACK, &last.to_string())?;
    }
    connection
        .prepare_cached("UPDATE sync_state SET purged_rev = 0 WHERE one = 1")?
        .execute([])?;
    for unit in touched {
        shown::refresh(connection, unit, at)?;
    }
    Ok(again)
}

/// Everything is heard from the beginning: the fleet database has columns that rows heard before do not show.
pub(super) fn hear_all_again(connection: &Connection) -> Result<(), InventoryError> {
    connection
        .prepare_cached("UPDATE base SET stale = 1 WHERE stale = 0")?
        .execute([])?;
    connection
        .prepare_cached(
            "UPDATE sync_state SET cursor = 0, tag = NULL, page_rev = NULL, page_id = NULL, page_head = NULL, page_tag = NULL WHERE one = 1",
        )?
        .execute([])?;
    Ok(())
}

/// Two benches work on copies of one data folder: this one takes a new number for itself and for the places of its operations in
/// the order. The operations keep their own numbers: what both copies hold is still done once.
pub(super) fn become_another_device(
    connection: &Connection,
    device: Uuid,
) -> Result<(), InventoryError> {
    connection
        .prepare_cached("UPDATE sync_state SET device_id = ?1 WHERE one = 1")?
        .execute(params![device.as_bytes()])?;
    let mut statement =
        connection.prepare_cached("SELECT op_id FROM op WHERE outcome IS NULL ORDER BY seq")?;
    let waiting: Vec<Vec<u8>> = statement
        .query_map([], |row| row.get(0))?
        .collect::<Result<_, _>>()?;
    let newest: i64 = connection
        .prepare_cached("SELECT coalesce(max(seq), 0) FROM op")?
        .query_row([], |row| row.get(0))?;
    let mut renumber = connection.prepare_cached("UPDATE op SET seq = ?2 WHERE op_id = ?1")?;
    for (seq, op) in (newest + 1..).zip(waiting) {
        renumber.execute(params![op, seq])?;
    }
    Ok(())
}
