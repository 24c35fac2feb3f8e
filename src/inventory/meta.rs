//! Single facts about this file and its bench, by name.

use super::InventoryError;
use rusqlite::{Connection, OptionalExtension};
use uuid::Uuid;

/// '1' when the file was closed as it should be.
pub(super) const CLEAN_END: &str = "clean_end";
/// Which bench this is, for the fleet database and for the journal.
const BENCH_ID: &str = "bench_id";
/// From which backup the file was restored, and when: the journal forks there.
pub(super) const RESTORED: &str = "restored";
/// '1' when facts about a person were blanked and old pages and copies may still hold them.
pub(super) const UNTIDY: &str = "untidy";
/// Number of the last timeline entry from before the fleet database went back; there until everything was heard anew.
pub(super) const WENT_BACK: &str = "went_back_after";

/// Row after which searches may not know of rows yet; there only while they are behind.
pub(super) const INDEXED_TO: &str = "indexed_to";
/// Row of `base` after which units are kept and not shown yet, and when they were heard; there only while some are.
pub(super) const SHOWN_TO: &str = "shown_to";

pub(super) fn get(connection: &Connection, key: &str) -> Result<Option<String>, rusqlite::Error> {
    connection
        .prepare_cached("SELECT value FROM meta WHERE key = ?1")?
        .query_row([key], |row| row.get(0))
        .optional()
}

pub(super) fn set(connection: &Connection, key: &str, value: &str) -> Result<(), rusqlite::Error> {
    connection
        .prepare_cached("INSERT INTO meta (key, value) VALUES (?1, ?2) ON CONFLICT (key) DO UPDATE SET value = excluded.value")?
        .execute([key, value])
        .map(|_| ())
}

pub(super) fn forget(connection: &Connection, key: &str) -> Result<(), rusqlite::Error> {
    connection
        .prepare_cached("DELETE FROM meta WHERE key = ?1")?
        .execute([key])
        .map(|_| ())
}

/// Where a note of the caller stands, apart from our own facts.
pub(super) fn note_key(key: &str) -> String {
    format!("note:{key}")
}

/// The bench's number; made at the first start.
pub(super) fn bench_id(connection: &Connection) -> Result<Uuid, InventoryError> {
    if let Some(text) = get(connection, BENCH_ID)? {
        return text
            .parse()
            .map_err(|_| InventoryError::BadRow(format!("bench_id is '{text}'")));
    }
    let id = Uuid::now_v7();
    set(connection, BENCH_ID, &id.to_string())?;
    Ok(id)
}
