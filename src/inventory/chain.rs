//! Events as rows: each is hashed together with the one before it, so that a change, a gap or a swap shows.
//!
//! It proves tampering and damage, it does not prevent them: who can write the file can also make a new chain.

use super::InventoryError;
use fleet::job::Now;
use fleet::journal::{JobEvent, JobId, chain_hash};
use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension, params};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// What stands before the first event.
pub(super) const BEGINNING: [u8; 32] = [0; 32];

/// An event of a journal with its place and its times.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredEvent {
    /// Number within the job, from 0.
    pub n: u64,
    /// What happened.
    pub event: JobEvent,
    /// When, by the wall clock.
    pub wall: Timestamp,
    /// When, by the clock that `boot_id` names.
    pub mono_ms: u64,
    /// Which run of the program counted `mono_ms`.
    pub boot_id: Uuid,
}

/// The first event of a journal that is not what was written.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("event {n} of the journal is not what was written: {why}")]
pub struct FirstBad {
    /// Its number; one past the last when events are missing at the end.
    pub n: u64,
    /// What does not fit.
    pub why: &'static str,
}

/// A journal read back: what can be trusted, and where trust ends.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CheckedEvents {
    /// Events up to the first bad one.
    pub events: Vec<StoredEvent>,
    /// Whether that is all.
    pub chain: Result<(), FirstBad>,
}

/// What the hash covers.
#[derive(Serialize)]
struct BodyToWrite<'a> {
    boot_id: Uuid,
    event: &'a JobEvent,
    mono_ms: u64,
    wall_ms: i64,
}

#[derive(Deserialize)]
struct Body {
    boot_id: Uuid,
    event: JobEvent,
    mono_ms: u64,
    wall_ms: i64,
}

/// Where a chain stands.
pub(super) struct Head {
    /// Number of the last event, -1 before the first.
    pub n: i64,
    pub hash: [u8; 32],
}

/// Writes one event behind `head` and moves it on.
pub(super) fn write(
    connection: &Connection,
    job: JobId,
    head: &mut Head,
    event: &JobEvent,
    boot_id: Uuid,
    now: Now,
) -> Result<(), InventoryError> {
    let wall_ms = now.wall.as_millisecond();
    let body = serde_json::to_string(&BodyToWrite {
        boot_id,
        event,
        mono_ms: now.moment.0,
        wall_ms,
    })?;
    let n = head.n + 1;
    let hash = chain_hash(&head.hash, job, u64::try_from(n).unwrap_or_default(), &body);
    connection
        .prepare_cached(
            "INSERT INTO job_event (job_id, n, kind, body, wall_ms, mono_ms, boot_id, prev_hash, hash)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
        )?
        .execute(params![
            job.0.as_bytes(),
            n,
            kind_of(event)?,
            body,
            wall_ms,
            i64::try_from(now.moment.0).unwrap_or(i64::MAX),
            boot_id.to_string(),
            head.hash,
            hash
        ])?;
    *head = Head { n, hash };
    Ok(())
}

/// The word that stands in the column `kind`.
fn kind_of(event: &JobEvent) -> Result<String, InventoryError> {
    let value = serde_json::to_value(event)?;
    let kind = value.get("kind").and_then(serde_json::Value::as_str);
    kind.map(str::to_owned)
        .ok_or_else(|| InventoryError::BadRow("an event without a kind".to_owned()))
}

/// One row as it stands in the file.
struct Row {
    n: i64,
    kind: String,
    body: String,
    wall_ms: i64,
    mono_ms: i64,
    boot_id: String,
    previous: Vec<u8>,
    hash: Vec<u8>,
}

/// Reads a job's events and checks each against the chain, and the last against what the job's row says of it.
pub(super) fn read(connection: &Connection, job: JobId) -> Result<CheckedEvents, InventoryError> {
    let mut statement = connection.prepare_cached(
        "SELECT n, kind, body, wall_ms, mono_ms, boot_id, prev_hash, hash FROM job_event WHERE job_id = ?1 ORDER BY n",
    )?;
    let rows = statement.query_map([job.0.as_bytes()], |row| {
        Ok(Row {
            n: row.get(0)?,
            kind: row.get(1)?,
            body: row.get(2)?,
            wall_ms: row.get(3)?,
            mono_ms: row.get(4)?,
            boot_id: row.get(5)?,
            previous: row.get(6)?,
            hash: row.get(7)?,
        })
    })?;
    let mut events = Vec::new();
    let mut before = BEGINNING;
    for row in rows {
        let n = u64::try_from(events.len()).unwrap_or(u64::MAX);
        match check(job, n, &before, &row?) {
            Ok((event, hash)) => {
                events.push(event);
                before = hash;
            }
            Err(why) => {
                return Ok(CheckedEvents {
                    events,
                    chain: Err(FirstBad { n, why }),
                });
            }
        }
    }
    let n = u64::try_from(events.len()).unwrap_or(u64::MAX);
    let chain = match last_of_job(connection, job)? {
        None => return Err(InventoryError::NotFound(format!("job {job}"))),
        Some(head) if u64::try_from(head.n + 1) != Ok(n) => Err(FirstBad {
            n,
            why: "events are missing at the end",
        }),
        Some(head) if head.hash != before => Err(FirstBad {
            n: n.saturating_sub(1),
            why: "the job remembers another last event",
        }),
        Some(_) => Ok(()),
    };
    Ok(CheckedEvents { events, chain })
}

/// Where the job's own row says that its chain stands.
pub(super) fn last_of_job(
    connection: &Connection,
    job: JobId,
) -> Result<Option<Head>, rusqlite::Error> {
    connection
        .prepare_cached("SELECT last_n, last_hash FROM job WHERE job_id = ?1")?
        .query_row([job.0.as_bytes()], |row| {
            Ok(Head {
                n: row.get(0)?,
                hash: row.get(1)?,
            })
        })
        .optional()
}

fn check(
    job: JobId,
    n: u64,
    before: &[u8; 32],
    row: &Row,
) -> Result<(StoredEvent, [u8; 32]), &'static str> {
    if u64::try_from(row.n) != Ok(n) {
        return Err("its number is missing");
    }
    if row.previous != before {
        return Err("it does not follow the event before it");
    }
    let hash = chain_hash(before, job, n, &row.body);
    if row.hash != hash {
        return Err("its text was changed");
    }
    let body: Body =
        serde_json::from_str(&row.body).map_err(|_| "its text cannot be understood")?;
    let columns_fit = body.wall_ms == row.wall_ms
        && i64::try_from(body.mono_ms) == Ok(row.mono_ms)
        && body.boot_id.to_string() == row.boot_id
        && kind_of(&body.event).is_ok_and(|kind| kind == row.kind);
    if !columns_fit {
        return Err("its columns were changed");
    }
    let wall = Timestamp::from_millisecond(body.wall_ms).map_err(|_| "its time is not a time")?;
    Ok((
        StoredEvent {
            n,
            event: body.event,
            wall,
            mono_ms: body.mono_ms,
            boot_id: body.boot_id,
        },
        hash,
    ))
}
