//! A pretend fleet of any size in one transaction: for measurements and for a look at a large inventory. Nobody is told of these
//! units, so no operation is written for them.

use super::{Inventory, InventoryError, Pending, sync, units};
use fleet::unit::Unit;

impl Inventory {
    /// Writes units as if the fleet database had told them long ago.
    pub fn seed(&self, seeded: Vec<Unit>) -> Pending<()> {
        self.write(move |connection| {
            let mut number = connection.prepare("UPDATE unit SET unit_id = ?2 WHERE row = ?1")?;
            for unit in &seeded {
                let row = units::write(connection, unit)?;
                let id = sync::number_of(&unit.id);
                number
                    .execute(rusqlite::params![row, id.as_bytes()])
                    .map_err(InventoryError::from)?;
            }
            Ok(())
        })
    }
}
