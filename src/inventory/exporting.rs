//! Going through many units in the order in which they were entered, for lists and labels.

use super::pending::Pending;
use super::units::{unit, unit_at};
use super::{Inventory, InventoryError};
use fleet::UnitId;
use fleet::unit::Unit;

impl Inventory {
    /// Units behind a place, in the order in which they were entered, and the place of the last one; no place at the end.
    pub fn units_after(&self, place: i64, limit: u32) -> Pending<(Vec<Unit>, Option<i64>)> {
        self.read(move |connection| {
            let mut statement = connection.prepare_cached(
                "SELECT row FROM unit WHERE row > ?1 AND gone = 0 ORDER BY row LIMIT ?2",
            )?;
            let rows: Vec<i64> = statement
                .query_map((place, limit), |row| row.get(0))?
                .collect::<Result<_, _>>()?;
            let last = rows.last().copied();
            let units = rows
                .into_iter()
                .map(|row| unit_at(connection, row))
                .collect::<Result<Vec<_>, InventoryError>>()?;
            Ok((units, last))
        })
    }

    /// These units, in this order; those that are not in the inventory are left out.
    pub fn units_of(&self, ids: Vec<UnitId>) -> Pending<Vec<Unit>> {
        self.read(move |connection| {
            ids.iter()
                .filter_map(|id| unit(connection, id).transpose())
                .collect()
        })
    }
}
