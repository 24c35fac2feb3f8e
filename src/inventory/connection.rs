//! Opening the SQLite file with the settings that keep its promises, and asking it whether it is whole.

use super::checking::CheckTold;
use super::error::{InventoryError, OpenError};
use super::{backup, migrations, place};
use rusqlite::config::DbConfig;
use rusqlite::{Connection, ErrorCode, OpenFlags, OptionalExtension};
use std::path::Path;
use std::time::Duration;

/// Marks the file as ours, so that no other program's database is taken for an inventory ('Flt1').
const APPLICATION_ID: i64 = 0x466c_7431;
/// Older ones can damage a file that two connections write and checkpoint.
const OLDEST_SQLITE: i32 = 3_051_003;
/// How long we wait for another program that holds the file.
const BUSY_TIMEOUT: Duration = Duration::from_secs(5);
/// Memory for pages that searches read again and again; a negative number is in KiB. More is of little use, since what is not here is in the
/// system's own memory of the file, and a window with a million units shall stay below 200 MB.
const SEARCH_CACHE_KIB: i64 = -16_384;
/// Memory for pages that are written again and again while a whole fleet is heard; a negative number is in KiB.
const WRITER_CACHE_KIB: i64 = -65_536;
/// Bytes in a page of a new file.
const PAGE_SIZE: i64 = 8192;

/// What a look at the file before its use showed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Health {
    /// No file yet.
    New,
    /// Closed as it should be.
    CleanEnd,
    /// Killed or cut off, and whole.
    UncleanEnd,
    /// Damaged.
    Damaged,
}

/// Refuses to work on a SQLite with the WAL-reset fault.
pub(super) fn check_version() -> Result<(), OpenError> {
    if rusqlite::version_number() < OLDEST_SQLITE {
        return Err(OpenError::SqliteTooOld(rusqlite::version().to_owned()));
    }
    Ok(())
}

/// The one connection that writes. The schema is not touched yet.
pub(super) fn open_writer(
    file: &Path,
    max_pages: Option<u32>,
) -> Result<Connection, rusqlite::Error> {
    let connection = Connection::open_with_flags(
        file,
        OpenFlags::SQLITE_OPEN_READ_WRITE
            | OpenFlags::SQLITE_OPEN_CREATE
            | OpenFlags::SQLITE_OPEN_NO_MUTEX,
    )?;
    connection.busy_timeout(BUSY_TIMEOUT)?;
    connection.pragma_update(None, "page_size", PAGE_SIZE)?;
    connection.pragma_update(None, "journal_mode", "WAL")?;
    connection.pragma_update(None, "synchronous", "FULL")?;
    connection.pragma_update(None, "fullfsync", true)?;
    connection.pragma_update(None, "checkpoint_fullfsync", true)?;
    connection.pragma_update(None, "foreign_keys", true)?;
    connection.pragma_update(None, "cache_size", WRITER_CACHE_KIB)?;
    // Else REPLACE would delete without asking the triggers that keep the journal append only.
    connection.pragma_update(None, "recursive_triggers", true)?;
    if let Some(pages) = max_pages {
        connection.pragma_update(None, "max_page_count", pages)?;
    }
    harden(&connection)?;
    Ok(connection)
}

/// A connection that cannot write.
pub(super) fn open_reader(file: &Path) -> Result<Connection, rusqlite::Error> {
    let connection = Connection::open_with_flags(
        file,
        OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX,
    )?;
    connection.busy_timeout(BUSY_TIMEOUT)?;
    harden(&connection)?;
    Ok(connection)
}

/// A connection that cannot write, with enough memory for the upper pages of all indexes of a large inventory.
pub(super) fn open_searcher(file: &Path) -> Result<Connection, rusqlite::Error> {
    let connection = open_reader(file)?;
    connection.pragma_update(None, "cache_size", SEARCH_CACHE_KIB)?;
    Ok(connection)
}

fn harden(connection: &Connection) -> Result<(), rusqlite::Error> {
    connection.pragma_update(None, "trusted_schema", false)?;
    connection.pragma_update(None, "mmap_size", 0)?;
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_DEFENSIVE, true)?;
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_DQS_DML, false)?;
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_DQS_DDL, false)?;
    connection.set_prepared_statement_cache_capacity(64);
    Ok(())
}

/// Looks whether the file is there, ours, and whole, and tells how far it is. A damaged file is a finding here, not an error.
pub(super) fn look(file: &Path, told: Option<&CheckTold>) -> Result<Health, OpenError> {
    if backup::is_unfinished(file) {
        return Ok(Health::Damaged);
    }
    if std::fs::metadata(file).map_or(0, |found| found.len()) == 0 {
        return Ok(Health::New);
    }
    match look_inside(file, told) {
        Ok(health) => Ok(health),
        Err(OpenError::Inventory(InventoryError::Corrupt)) => Ok(Health::Damaged),
        Err(other) => Err(other),
    }
}

fn look_inside(file: &Path, told: Option<&CheckTold>) -> Result<Health, OpenError> {
    // Opened for writing, so that SQLite can play back what a killed program left in the -wal file.
    let connection = Connection::open_with_flags(
        file,
        OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX,
    )?;
    connection.busy_timeout(BUSY_TIMEOUT)?;
    // A damaged file is kept as it is found, its -wal file included.
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true)?;
    harden(&connection)?;
    let tables: i64 =
        connection.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0))?;
    if tables == 0 {
        return Ok(Health::New);
    }
    check_is_ours(&connection, file)?;
    let clean_end: Option<String> = connection
        .query_row(
            "SELECT value FROM meta WHERE key = 'clean_end'",
            [],
            |row| row.get(0),
        )
        .optional()?;
    if clean_end.as_deref() == Some("1") {
        return Ok(Health::CleanEnd);
    }
    if let Some(told) = told {
        told.watch(&connection)?;
    }
    Ok(if is_whole(&connection, "quick_check")? {
        Health::UncleanEnd
    } else {
        Health::Damaged
    })
}

/// Whether the file is an inventory that this program can read.
pub(super) fn check_is_ours(connection: &Connection, file: &Path) -> Result<(), OpenError> {
    let application: i64 =
        connection.pragma_query_value(None, "application_id", |row| row.get(0))?;
    if application != APPLICATION_ID {
        return Err(OpenError::NotAnInventory(file.to_owned()));
    }
    let version: i64 = connection.pragma_query_value(None, "user_version", |row| row.get(0))?;
    if version > migrations::NEWEST_SCHEMA {
        return Err(OpenError::NewerSchema {
            found: version,
            known: migrations::NEWEST_SCHEMA,
        });
    }
    Ok(())
}

/// Runs `quick_check` or `integrity_check`.
pub(super) fn is_whole(connection: &Connection, check: &str) -> Result<bool, rusqlite::Error> {
    let answer = connection.pragma_query_value(None, check, |row| row.get::<_, String>(0));
    match answer {
        Ok(text) => Ok(text == "ok"),
        Err(error)
            if matches!(
                error.sqlite_error_code(),
                Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase)
            ) =>
        {
            Ok(false)
        }
        Err(error) => Err(error),
    }
}

/// Whether `file` is a whole inventory, checked to the last index.
pub(super) fn is_whole_inventory(file: &Path) -> Result<bool, rusqlite::Error> {
    let connection = Connection::open_with_flags(
        file,
        OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX,
    )?;
    harden(&connection)?;
    if !is_whole(&connection, "integrity_check")? {
        return Ok(false);
    }
    let application: i64 =
        connection.pragma_query_value(None, "application_id", |row| row.get(0))?;
    Ok(application == APPLICATION_ID)
}

/// Marks a new file as ours.
pub(super) fn mark_as_ours(connection: &Connection) -> Result<(), rusqlite::Error> {
    connection.pragma_update(None, "application_id", APPLICATION_ID)
}

/// Makes the file for its user only before SQLite opens it; the -wal and -shm files take over its rights.
pub(super) fn make_file(folder: &Path, file: &Path) -> Result<(), OpenError> {
    place::private_file(file).map_err(|error| OpenError::FolderNotWritable {
        folder: folder.to_owned(),
        detail: error.to_string(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sqlite_of_this_build_has_no_wal_reset_fault() {
        check_version().unwrap();
    }

    #[test]
    fn a_commit_waits_for_the_disk() {
        let folder = tempfile::tempdir().unwrap();
        let connection = open_writer(&folder.path().join("a.sqlite"), None).unwrap();
        let ask = |name: &str| {
            connection
                .pragma_query_value(None, name, |row| row.get::<_, rusqlite::types::Value>(0))
                .unwrap()
        };
        assert_eq!(ask("journal_mode"), "wal".to_owned().into());
        assert_eq!(ask("synchronous"), 2.into());
        assert_eq!(ask("foreign_keys"), 1.into());
        assert_eq!(ask("trusted_schema"), 0.into());
        assert_eq!(ask("fullfsync"), 1.into());
    }

    #[test]
    fn the_database_of_another_program_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("a.sqlite");
        Connection::open(&file)
            .unwrap()
            .execute_batch("CREATE TABLE bookmark(a)")
            .unwrap();
        assert!(matches!(
            look(&file, None),
            Err(OpenError::NotAnInventory(_))
        ));
    }
}
