//! Search indexes of rows that came by the hundred thousand: filled after the rows are kept, in parts, beside all other work.
//!
//! A mark in the file says after which row searches may be behind, so that it goes on after any end. What the indexes are is the room
//! `search`'s business.

use super::error::InventoryError;
use super::pending::Pending;
use super::{Inventory, meta, search, sync, units};
use rusqlite::Connection;

/// Rows of one part: about as long as others can wait for the file.
const PART: usize = 4_000;

/// From now on rows are added that searches do not know of. The indexes take larger parts at once until they have caught up.
pub(super) fn fall_behind(connection: &Connection) -> Result<(), InventoryError> {
    if meta::get(connection, meta::INDEXED_TO)?.is_some() {
        return Ok(());
    }
    let last: i64 = connection
        .prepare_cached("SELECT coalesce(max(row), 0) FROM unit")?
        .query_row([], |row| row.get(0))?;
    meta::set(connection, meta::INDEXED_TO, &last.to_string())?;
    Ok(())
}

/// From now on searches may know nothing of any row.
pub(super) fn fall_behind_wholly(connection: &Connection) -> Result<(), InventoryError> {
    Ok(meta::set(connection, meta::INDEXED_TO, "0")?)
}

/// Whether rows may be there that searches do not know of.
pub(super) fn is_behind(connection: &Connection) -> Result<bool, InventoryError> {
    Ok(meta::get(connection, meta::INDEXED_TO)?.is_some())
}

/// How many rows may be there that searches do not know of; rows that are gone are counted too, and those that are not shown yet.
fn rows_behind(connection: &Connection) -> Result<u64, InventoryError> {
    let Some(after) = meta::get(connection, meta::INDEXED_TO)? else {
        return Ok(0);
    };
    let after: i64 = after.parse().unwrap_or(0);
    let last: i64 = connection
        .prepare_cached("SELECT coalesce(max(row), 0) FROM unit")?
        .query_row([], |row| row.get(0))?;
    let unknown = last.saturating_sub(after) + sync::rows_unshown(connection)?;
    Ok(u64::try_from(unknown).unwrap_or_default())
}

/// Fills the indexes of the next part, after all units are shown. `true` when nothing is left.
pub(super) fn catch_up(connection: &Connection) -> Result<bool, InventoryError> {
    if !sync::show_part(connection)? {
        return Ok(false);
    }
    let Some(after) = meta::get(connection, meta::INDEXED_TO)? else {
        return Ok(true);
    };
    let after: i64 = after.parse().unwrap_or(0);
    let mut statement = connection
        .prepare_cached("SELECT row, gone FROM unit WHERE row > ?1 ORDER BY row LIMIT ?2")?;
    let limit = i64::try_from(PART).unwrap_or(i64::MAX);
    let rows: Vec<(i64, bool)> = statement
        .query_map([after, limit], |row| Ok((row.get(0)?, row.get(1)?)))?
        .collect::<Result<_, _>>()?;
    for (row, gone) in &rows {
        if !gone {
            search::index(connection, *row, &units::unit_at(connection, *row)?)?;
        }
    }
    match rows.last() {
        Some((last, _)) if rows.len() == PART => {
            meta::set(connection, meta::INDEXED_TO, &last.to_string())?;
            Ok(false)
        }
        _ => {
            meta::forget(connection, meta::INDEXED_TO)?;
            Ok(true)
        }
    }
}

impl Inventory {
    /// Lets searches know of a part of the rows that they do not know of yet. `true` when they know of all; otherwise ask again, or leave it
    /// to the time when nothing else is written.
    pub fn catch_up(&self) -> Pending<bool> {
        self.write(catch_up)
    }

    /// Shows a part of the units that were kept by the hundred thousand. `true` when all are shown.
    pub fn show_part(&self) -> Pending<bool> {
        self.write(sync::show_part)
    }

    /// How many units searches may not know of yet, about. To be asked before a search whose answer it stands beside.
    pub fn searches_behind(&self) -> Pending<u64> {
        self.read(rows_behind)
    }

    /// Waits until searches know of every row: who acts on all that a search finds must miss none. Beside a program that has the file,
    /// only that one can see to it, and nothing is waited for.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub async fn caught_up(&self) -> Result<(), InventoryError> {
        while !self.is_read_only() && !self.catch_up().await? {}
        Ok(())
    }
}

#[cfg(test)]
impl Inventory {
    /// Searches know of no row any more, as after a fleet was heard for the first time.
    pub(crate) fn forget_searches(&self) -> Pending<()> {
        self.write(|connection| {
            connection.execute_batch(
                "DELETE FROM unit_number; DELETE FROM unit_fragment; DELETE FROM unit_word; DELETE FROM unit_facet",
            )?;
            fall_behind_wholly(connection)
        })
    }
}
