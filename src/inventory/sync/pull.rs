//! What the fleet database tells: pages of changed units, each kept in one transaction with the place where it ended.

use super::super::{InventoryError, columns::timestamp, indexing, meta};
use super::first_load::{self, FirstLoad};
use super::ops::as_uuid;
use super::{history, shown};
use fleet_db::protocol::{Page, PageAfter, Position, UnitRow};
use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension, params};
use std::time::Duration;
use uuid::Uuid;

/// Decided operations repair a restore of the fleet database. Its backups reach back 35 days at most.
const KEEP_DECIDED: Duration = Duration::from_secs(60 * 24 * 3600);

/// How far this bench has heard.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SyncState {
    /// This bench for the fleet database; another one when the data folder was copied.
    pub device_id: Uuid,
    /// Where the last finished pull ended.
    pub position: Position,
    /// Where a pull that was cut off goes on.
    pub under_way: Option<PageAfter>,
    /// The head that its last page was told with: rows up to there may be kept already.
    pub heard_to: Option<Position>,
    /// Schema of the fleet database when it was last heard.
    pub schema_version: Option<i32>,
    /// Oldest client that may push, when it was last heard.
    pub min_client: Option<i32>,
    /// Operations that the fleet database did not answer yet.
    pub waiting: u64,
    /// Since when the oldest of them waits.
    pub waiting_since: Option<Timestamp>,
    /// Questions for a person.
    pub need_you: u64,
    /// When everything was last agreed, as far as it was noted.
    pub agreed_at: Option<Timestamp>,
    /// Revision of the newest removal of facts about a person that was carried out here, too.
    pub purged: i64,
    /// Old pages or copies of the file may still hold such facts.
    pub untidy: bool,
    /// Searches do not know of all units yet.
    pub behind: bool,
    /// The fleet database went back, and units that stood otherwise before are not told yet.
    pub went_back: bool,
    /// Answers that the next finished pull will make part of what is known.
    pub overlaid: u64,
    /// Answers that no finished pull holds: a fleet database that was restored meanwhile may not know them, and its place in the history
    /// does not show it.
    pub uncovered: u64,
}

/// A unit that a page brought a change of, and which base it had.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Changed {
    /// Its number in the fleet database.
    pub unit_id: Uuid,
    /// It was known here before.
    pub known: bool,
}

pub(super) fn state(connection: &Connection) -> Result<SyncState, InventoryError> {
    let count = |question: &'static str| -> Result<u64, InventoryError> {
        let found: i64 = connection
            .prepare_cached(question)?
            .query_row([], |row| row.get(0))?;
        Ok(u64::try_from(found).unwrap_or_default())
    };
    let since: Option<i64> = connection
        .prepare_cached("SELECT made_ms FROM op WHERE outcome IS NULL ORDER BY seq LIMIT 1")?
        .query_row([], |row| row.get(0))
        .optional()?;
    let mut statement = connection.prepare_cached(
        "SELECT device_id, cursor, tag, page_rev, page_id, schema_version, min_client, agreed_ms, purged_rev, page_head, page_tag
           FROM sync_state WHERE one = 1",
    )?;
    let mut rows = statement.query([])?;
    let Some(row) = rows.next()? else {
        return Err(InventoryError::NotFound(
            "how far this bench has heard".to_owned(),
        ));
    };
    let uuid = |index: usize| -> Result<Option<Uuid>, InventoryError> {
        row.get::<_, Option<Vec<u8>>>(index)?
            .map(|bytes| as_uuid(&bytes))
            .transpose()
    };
    let under_way = match (row.get::<_, Option<i64>>(3)?, uuid(4)?) {
        (Some(rev), Some(unit_id)) => Some(PageAfter { rev, unit_id }),
        _ => None,
    };
    Ok(SyncState {
        device_id: uuid(0)?.unwrap_or_default(),
        position: Position {
            cursor: row.get(1)?,
            tag: uuid(2)?,
        },
        under_way,
        heard_to: match (row.get::<_, Option<i64>>(9)?, uuid(10)?) {
            (Some(cursor), tag @ Some(_)) => Some(Position { cursor, tag }),
            _ => None,
        },
        schema_version: row.get(5)?,
        min_client: row.get(6)?,
        waiting: count("SELECT count(*) FROM op WHERE outcome IS NULL")?,
        waiting_since: since.map(timestamp).transpose()?,
        need_you: count("SELECT count(*) FROM review WHERE decided IS NULL")?,
        agreed_at: row.get::<_, Option<i64>>(7)?.map(timestamp).transpose()?,
        purged: row.get(8)?,
        untidy: meta::get(connection, meta::UNTIDY)?.as_deref() == Some("1"),
        behind: indexing::is_behind(connection)?,
        went_back: meta::get(connection, meta::WENT_BACK)?.is_some(),
        uncovered: count(
            "SELECT count(*) FROM op WHERE outcome IS NOT NULL AND acked_pull >= (SELECT pulls_done FROM sync_state WHERE one = 1)",
        )?,
        overlaid: count(
            "SELECT count(*) FROM op WHERE outcome IN ('applied', 'partial') AND acked_pull >= (SELECT pulls_done FROM sync_state WHERE one = 1)",
        )?,
    })
}

/// Makes the row that says how far this bench has heard, at the first start.
pub(super) fn prepare(connection: &Connection, bench_id: Uuid) -> Result<(), InventoryError> {
    connection
        .prepare_cached(
            "INSERT INTO sync_state (one, device_id) VALUES (1, ?1) ON CONFLICT DO NOTHING",
        )?
        .execute([bench_id.as_bytes()])?;
    Ok(())
}

/// Keeps a page and where it ended; `first` begins a pull. Pages come in the order of revisions, and what changes meanwhile gets a higher
/// one: behind the last page everything is known up to that page's own head. An earlier page's head would stand for less than what is
/// kept, and a database that was restored to a moment between the two would pass for the same.
pub(super) fn keep_page(
    connection: &Connection,
    page: &Page,
    first: bool,
    at: Timestamp,
) -> Result<Vec<Changed>, InventoryError> {
    if first {
        connection
            .prepare_cached(
                "UPDATE sync_state SET pulls_begun = pulls_begun + 1, schema_version = ?1, min_client = ?2 WHERE one = 1",
            )?
            .execute(params![page.schema_version, page.min_client])?;
    }
    connection
        .prepare_cached("UPDATE sync_state SET page_head = ?1, page_tag = ?2 WHERE one = 1")?
        .execute(params![page.head, page.head_tag.as_bytes()])?;
    let mut changed = Vec::new();
    let mut newest = connection.prepare_cached("SELECT rev, stale FROM base WHERE unit_id = ?1")?;
    let mut keep = connection.prepare_cached(
        "INSERT INTO base (unit_id, rev, row) VALUES (?1, ?2, ?3)
         ON CONFLICT (unit_id) DO UPDATE SET rev = excluded.rev, row = excluded.row, stale = 0",
    )?;
    let mut first_load = FirstLoad::of(connection, page.rows.len(), at)?;
    for pulled in &page.rows {
        if let Some(first_load) = &mut first_load
            && first_load.keep(pulled)?
        {
            changed.push(Changed {
                unit_id: pulled.unit_id,
                known: false,
            });
            continue;
        }
        let known: Option<(i64, bool)> = newest
            .query_row([pulled.unit_id.as_bytes()], |row| {
                Ok((row.get(0)?, row.get(1)?))
            })
            .optional()?;
        if known.is_some_and(|(rev, stale)| !stale && rev >= pulled.rev) {
            continue;
        }
        if known.is_some_and(|(_, stale)| stale) {
            history::note_if_gone_back(connection, pulled, at)?;
        }
        let row = pulled.unit.as_ref().map(UnitRow::json);
        keep.execute(params![pulled.unit_id.as_bytes(), pulled.rev, row])?;
        shown::refresh(connection, pulled.unit_id, at)?;
        changed.push(Changed {
            unit_id: pulled.unit_id,
            known: known.is_some_and(|(_, stale)| !stale),
        });
    }
    if let Some(last) = page.rows.last() {
        connection
            .prepare_cached("UPDATE sync_state SET page_rev = ?1, page_id = ?2 WHERE one = 1")?
            .execute(params![last.rev, last.unit_id.as_bytes()])?;
    }
    Ok(changed)
}

/// The last page is kept: what it told is known now, and answers from before this pull are part of it.
pub(super) fn end(connection: &Connection, at: Timestamp) -> Result<(), InventoryError> {
    let mut gone = connection.prepare_cached("SELECT unit_id FROM base WHERE stale = 1")?;
    let gone: Vec<Vec<u8>> = gone
        .query_map([], |row| row.get(0))?
        .collect::<Result<_, _>>()?;
    for unit in gone {
        // The whole fleet was heard, and this one was not in it: after a restore, it never was.
        history::note_never_was(connection, as_uuid(&unit)?, at)?;
        connection
            .prepare_cached("DELETE FROM base WHERE unit_id = ?1")?
            .execute([&unit])?;
        shown::refresh(connection, as_uuid(&unit)?, at)?;
    }
    let mut covered = connection.prepare_cached(
        "SELECT DISTINCT unit_id FROM op WHERE outcome IN ('applied', 'partial')
         AND acked_pull >= (SELECT pulls_done FROM sync_state WHERE one = 1)
         AND acked_pull < (SELECT pulls_begun FROM sync_state WHERE one = 1)",
    )?;
    let covered: Vec<Vec<u8>> = covered
        .query_map([], |row| row.get(0))?
        .collect::<Result<_, _>>()?;
    connection
        .prepare_cached(
            "UPDATE sync_state SET cursor = page_head, tag = page_tag, page_head = NULL, page_tag = NULL, page_rev = NULL,
                    page_id = NULL, pulls_done = pulls_begun, agreed_ms = ?1 WHERE one = 1 AND page_head IS NOT NULL",
        )?
        .execute([at.as_millisecond()])?;
    for unit in covered {
        shown::refresh(connection, as_uuid(&unit)?, at)?;
    }
    first_load::is_over(connection)?;
    forget_old(connection, at)
}

/// Operations that no restore can bring into question any more.
fn forget_old(connection: &Connection, at: Timestamp) -> Result<(), InventoryError> {
    let keep_ms = i64::try_from(KEEP_DECIDED.as_millis()).unwrap_or(i64::MAX);
    connection
        .prepare_cached(
            "DELETE FROM op WHERE op_id IN (SELECT o.op_id FROM op o WHERE o.outcome IS NOT NULL AND o.acked_ms < ?1
                 AND o.acked_pull < (SELECT pulls_done FROM sync_state WHERE one = 1) AND o.seq < (SELECT max(seq) FROM op)
                 AND NOT EXISTS (SELECT 1 FROM review r WHERE r.op_id = o.op_id AND r.decided IS NULL) LIMIT 500)",
        )?
        .execute([at.as_millisecond().saturating_sub(keep_ms)])?;
    Ok(())
}

/// An idle pull that told what was known already.
pub(super) fn nothing_new(connection: &Connection, page: &Page) -> Result<(), InventoryError> {
    connection
        .prepare_cached("UPDATE sync_state SET schema_version = ?1, min_client = ?2 WHERE one = 1")?
        .execute(params![page.schema_version, page.min_client])?;
    Ok(())
}
