//! Units that this bench has never heard of, by the hundred thousand: kept one behind the other, without asking for each what is known of it
//! already. [`super::unshown`] shows them afterwards.

use super::super::{InventoryError, indexing};
use super::unshown;
use fleet_db::protocol::{PulledUnit, UnitRow};
use jiff::Timestamp;
use rusqlite::{CachedStatement, Connection, params};

/// Fewer new rows are shown and indexed at once.
const MANY: usize = 1_000;
/// Pages of the `-wal` file before they are brought home, 128 MiB: the upper pages of indexes change with every page of units.
const FAR_CHECKPOINT: u32 = 16_384;
/// The same at all other times.
const CHECKPOINT: u32 = 1_000;

/// The way of a page.
pub(super) struct FirstLoad<'page> {
    known_op: Option<CachedStatement<'page>>,
    keep: CachedStatement<'page>,
}

impl<'page> FirstLoad<'page> {
    /// For a page of so many rows that was heard at this moment; `None` when it is not worth it.
    pub fn of(
        connection: &'page Connection,
        rows: usize,
        at: Timestamp,
    ) -> Result<Option<Self>, InventoryError> {
        if rows < MANY {
            return Ok(None);
        }
        indexing::fall_behind(connection)?;
        unshown::begin(connection, at)?;
        connection.pragma_update(None, "wal_autocheckpoint", FAR_CHECKPOINT)?;
        let keep =
            "INSERT INTO base (unit_id, rev, row) VALUES (?1, ?2, ?3) ON CONFLICT DO NOTHING";
        Ok(Some(Self {
            known_op: unshown::known_op(connection)?,
            keep: connection.prepare_cached(keep)?,
        }))
    }

    /// Keeps the unit if nothing is known of it here. `false`: nothing was done.
    pub fn keep(&mut self, pulled: &PulledUnit) -> Result<bool, InventoryError> {
        let Some(json) = pulled.unit.as_ref().map(UnitRow::json) else {
            return Ok(false);
        };
        let number = pulled.unit_id.as_bytes();
        if let Some(known) = &mut self.known_op
            && known.exists([number])?
        {
            return Ok(false);
        }
        Ok(self.keep.execute(params![number, pulled.rev, json])? == 1)
    }
}

/// The pages that came are brought home as often as at other times.
pub(super) fn is_over(connection: &Connection) -> Result<(), InventoryError> {
    Ok(connection.pragma_update(None, "wal_autocheckpoint", CHECKPOINT)?)
}
