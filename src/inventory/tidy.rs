//! After facts about a person were blanked: nothing of them stays in free pages, in old parts of the search index, in the -wal
//! file or in copies of the file from before.
//!
//! What was blanked, and why, is decided in `sync::purge`; a mark in the file says that this is still to be done.

use super::backup;
use super::error::InventoryError;
use super::pending::Pending;
use super::{BackupThread, Inventory, meta};
use jiff::Zoned;
use rusqlite::Connection;
use std::sync::PoisonError;

/// Merges each index into one part: what was deleted is in none any more.
const MERGE: [&str; 2] = [
    "INSERT INTO unit_fragment (unit_fragment) VALUES ('optimize')",
    "INSERT INTO unit_word (unit_word) VALUES ('optimize')",
];

/// Writes the file anew from what it holds. `false` when somebody still reads the old -wal file: then later.
fn write_anew(connection: &Connection) -> Result<bool, InventoryError> {
    for statement in MERGE {
        connection.execute(statement, [])?;
    }
    connection.execute_batch("VACUUM")?;
    let busy: i64 =
        connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |row| row.get(0))?;
    Ok(busy == 0)
}

impl Inventory {
    /// Writes the file anew from what it holds, beside all other work but not while something else is written. Answers whether
    /// nothing of the old one is left; ask again later when not.
    pub fn write_anew(&self) -> Pending<bool> {
        match &self.shared.writer {
            Some(writer) => writer.ask_alone(write_anew),
            None => Pending::failed(InventoryError::ReadOnly),
        }
    }

    /// Makes a checked copy in the place of all that are there, if there are any.
    pub fn renew_backups(&self) -> Pending<()> {
        let (reply, pending) = Pending::channel();
        let (folder, file) = (self.shared.folder.clone(), self.shared.file.clone());
        let mut backups = self
            .shared
            .backups
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        if backups.iter().any(BackupThread::is_at_work) {
            return Pending::failed(InventoryError::Busy);
        }
        let thread = std::thread::Builder::new()
            .name("inventory-backup".to_owned())
            .spawn(move || {
                let renewed = backup::renew(&folder, &file, Zoned::now().date());
                let _nobody_waits = reply.send(renewed);
            });
        match thread {
            Ok(thread) => backups.push(BackupThread(Some(thread))),
            Err(error) => return Pending::failed(InventoryError::Other(error.to_string())),
        }
        pending
    }

    /// Notes that nothing is left to be tidied.
    pub fn note_tidy(&self) -> Pending<()> {
        self.write(|connection| Ok(meta::set(connection, meta::UNTIDY, "0")?))
    }
}
