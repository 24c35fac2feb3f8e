//! Units that this bench has never heard of, by the hundred thousand: kept without asking for each what is known of it already.
//!
//! What comes out is the same as by [`super::shown`], which takes every row that is not as plain as that.

use super::super::{InventoryError, indexing, units};
use super::wire;
use fleet_db::protocol::PulledUnit;
use jiff::Timestamp;
use rusqlite::{Connection, params};

/// Fewer new rows are indexed at once.
const MANY: usize = 1_000;

/// The way of a page.
pub(super) struct FirstLoad<'a> {
    connection: &'a Connection,
    any_ops: bool,
}

impl<'a> FirstLoad<'a> {
    /// For a page of so many rows; `None` when it is not worth it.
    pub fn of(connection: &'a Connection, rows: usize) -> Result<Option<Self>, InventoryError> {
        if rows < MANY {
            return Ok(None);
        }
        indexing::fall_behind(connection)?;
        let any_ops = connection
            .prepare_cached("SELECT EXISTS (SELECT 1 FROM op)")?
            .query_row([], |row| row.get(0))?;
        Ok(Some(Self {
            connection,
            any_ops,
        }))
    }

    /// Keeps the unit if nothing is known of it here. `false`: nothing was done.
    pub fn keep(&self, pulled: &PulledUnit, at: Timestamp) -> Result<bool, InventoryError> {
        let Some(unit) = pulled
            .unit
            .as_ref()
            .and_then(|row| wire::plain_unit(row, at))
        else {
            return Ok(false);
        };
        let number = pulled.unit_id.as_bytes();
        if self.any_ops {
            let known: bool = self
                .connection
                .prepare_cached("SELECT EXISTS (SELECT 1 FROM op WHERE unit_id = ?1)")?
                .query_row([number], |row| row.get(0))?;
            if known {
                return Ok(false);
            }
        }
        let row = pulled
            .unit
            .as_ref()
            .map(serde_json::to_string)
            .transpose()?;
        let kept = self
            .connection
            .prepare_cached(
                "INSERT INTO base (unit_id, rev, row) VALUES (?1, ?2, ?3) ON CONFLICT DO NOTHING",
            )?
            .execute(params![number, pulled.rev, row])?;
        if kept == 0 {
            return Ok(false);
        }
        if units::add_unindexed(self.connection, &unit, pulled.unit_id)? {
            return Ok(true);
        }
        // Another row has this identity: which of them is shown takes the usual way.
        self.connection
            .prepare_cached("DELETE FROM base WHERE unit_id = ?1")?
            .execute([number])?;
        Ok(false)
    }
}
