//! Jobs and their events: opened, continued, read back. What an event means is the job's business (`fleet::job`).

use super::chain::{self, CheckedEvents, FirstBad, StoredEvent};
use super::columns::{timestamp, unit_id, word};
use super::error::{Failure, InventoryError};
use super::registrations;
use fleet::job::Now;
use fleet::journal::{JobEvent, JobId};
use fleet::{Iccid, UnitId};
use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension, Row, params};
use sha2::{Digest, Sha256};
use uuid::Uuid;

/// A job about to begin.
#[derive(Debug, Clone)]
pub struct OpenJob {
    /// Its number.
    pub job: JobId,
    /// The unit it belongs to.
    pub unit: UnitId,
    /// The SIM in it.
    pub iccid: Option<Iccid>,
    /// Serial number that the unit tells.
    pub hardware_serial: Option<String>,
    /// Firmware.
    pub firmware: Option<String>,
    /// Profile.
    pub profile_id: String,
    /// Profile file.
    pub profile_sha256: String,
    /// State after `events`, in the job's own word. `done`, `failed` and `cancelled` are closed; everything else is open.
    pub state: String,
    /// First events.
    pub events: Vec<JobEvent>,
    /// When.
    pub now: Now,
}

/// Why a job could not begin.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum OpenJobError {
    /// Another job of this unit or this SIM is still open.
    #[error("job {existing} is still open for this {}", if *.same_unit { "unit" } else { "SIM" })]
    JobOpen {
        /// The open one.
        existing: JobId,
        /// Its unit.
        unit: UnitId,
        /// Same unit; otherwise only the same SIM.
        same_unit: bool,
    },
    /// The inventory could not write.
    #[error(transparent)]
    Inventory(#[from] InventoryError),
}

impl Failure for OpenJobError {
    fn inventory_error(&self) -> Option<&InventoryError> {
        match self {
            Self::Inventory(error) => Some(error),
            Self::JobOpen { .. } => None,
        }
    }
}

impl From<rusqlite::Error> for OpenJobError {
    fn from(error: rusqlite::Error) -> Self {
        Self::Inventory(error.into())
    }
}

/// A job as its row says, without events.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JobRow {
    /// Its number.
    pub job: JobId,
    /// The unit.
    pub unit: UnitId,
    /// The SIM.
    pub iccid: Option<Iccid>,
    /// Firmware at the start.
    pub firmware: Option<String>,
    /// Profile.
    pub profile_id: String,
    /// Profile file.
    pub profile_sha256: String,
    /// State as last written; the fold of the events wins where they differ.
    pub state: String,
    /// Code of the fault that it stands at.
    pub error: Option<String>,
    /// When it began.
    pub opened_at: Timestamp,
}

/// A job that has not ended, with everything to go on from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OpenJobRow {
    /// Its row.
    pub row: JobRow,
    /// Its events up to the first bad one.
    pub events: Vec<StoredEvent>,
    /// Whether the journal is whole. A job whose journal is not is for a person to decide.
    pub chain: Result<(), FirstBad>,
}

pub(super) fn open_job(
    connection: &Connection,
    boot_id: Uuid,
    request: &OpenJob,
) -> Result<(), OpenJobError> {
    if let Some((existing, unit)) =
        open_job_like(connection, &request.unit, request.iccid.as_ref())?
    {
        let same_unit = unit == request.unit;
        return Err(OpenJobError::JobOpen {
            existing,
            unit,
            same_unit,
        });
    }
    connection
        .prepare_cached(
            "INSERT INTO job (job_id, unit_kind, unit_id, iccid, hardware_serial, firmware, profile_id, profile_sha256, state,
                              opened_ms, last_n, last_hash)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, -1, ?11)",
        )?
        .execute(params![
            request.job.0.as_bytes(),
            request.unit.kind().as_str(),
            request.unit.as_str(),
            request.iccid.as_ref().map(Iccid::as_str),
            request.hardware_serial,
            request.firmware,
            request.profile_id,
            request.profile_sha256,
            request.state,
            request.now.wall.as_millisecond(),
            chain::BEGINNING
        ])?;
    append(
        connection,
        boot_id,
        request.job,
        &request.events,
        &request.state,
        request.now,
    )?;
    Ok(())
}

fn open_job_like(
    connection: &Connection,
    unit: &UnitId,
    iccid: Option<&Iccid>,
) -> Result<Option<(JobId, UnitId)>, InventoryError> {
    // The condition on `state` is worded as in the partial indexes, so that they answer.
    let by_unit = "SELECT job_id, unit_kind, unit_id FROM job
                   WHERE unit_kind = ?1 AND unit_id = ?2 AND state NOT IN ('done', 'failed', 'cancelled')";
    let by_sim = "SELECT job_id, unit_kind, unit_id FROM job
                  WHERE iccid = ?1 AND iccid IS NOT NULL AND state NOT IN ('done', 'failed', 'cancelled')";
    let read = |row: &Row<'_>| Ok((row.get(0)?, row.get(1)?, row.get(2)?));
    let mut found: Option<([u8; 16], String, String)> = connection
        .prepare_cached(by_unit)?
        .query_row([unit.kind().as_str(), unit.as_str()], read)
        .optional()?;
    if found.is_none()
        && let Some(iccid) = iccid
    {
        found = connection
            .prepare_cached(by_sim)?
            .query_row([iccid.as_str()], read)
            .optional()?;
    }
    found
        .map(|(job, kind, id)| Ok((JobId(Uuid::from_bytes(job)), unit_id(&kind, &id)?)))
        .transpose()
}

/// Appends in order and sets the job's state; the answer is the number of the last event.
pub(super) fn append(
    connection: &Connection,
    boot_id: Uuid,
    job: JobId,
    events: &[JobEvent],
    state: &str,
    now: Now,
) -> Result<u64, InventoryError> {
    let mut head = chain::last_of_job(connection, job)?
        .ok_or_else(|| InventoryError::NotFound(format!("job {job}")))?;
    for event in events {
        chain::write(connection, job, &mut head, event, boot_id, now)?;
        registrations::follow(connection, job, event, now.wall)?;
    }
    connection
        .prepare_cached("UPDATE job SET state = ?2, last_n = ?3, last_hash = ?4 WHERE job_id = ?1")?
        .execute(params![job.0.as_bytes(), state, head.n, head.hash])?;
    if let Some(error) = events.iter().rev().find_map(fault_standing) {
        connection
            .prepare_cached("UPDATE job SET error = ?2 WHERE job_id = ?1")?
            .execute(params![job.0.as_bytes(), error])?;
    }
    u64::try_from(head.n).map_err(|_| InventoryError::Other("a job needs a first event".to_owned()))
}

/// What an event says about the fault that the job stands at: a code, none any more, or nothing.
fn fault_standing(event: &JobEvent) -> Option<Option<&'static str>> {
    match event {
        JobEvent::NeedsPerson { fault, .. }
        | JobEvent::Failed { fault, .. }
        | JobEvent::RegistrationRefused { fault } => Some(Some(fault.code())),
        JobEvent::PersonDecided { .. } | JobEvent::Registered { .. } => Some(None),
        _ => None,
    }
}

/// Stores bytes under their own hash; a second time is no change.
pub(super) fn put_blob(
    connection: &Connection,
    sha256: &str,
    bytes: &[u8],
) -> Result<(), InventoryError> {
    let real = Sha256::digest(bytes)
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect::<String>();
    if !real.eq_ignore_ascii_case(sha256) {
        return Err(InventoryError::Other(
            "bytes do not have the hash they were given with".to_owned(),
        ));
    }
    connection
        .prepare_cached("INSERT INTO blob (sha256, bytes) VALUES (?1, ?2) ON CONFLICT DO NOTHING")?
        .execute(params![real, bytes])?;
    Ok(())
}

pub(super) fn blob(
    connection: &Connection,
    sha256: &str,
) -> Result<Option<Vec<u8>>, InventoryError> {
    let mut statement = connection.prepare_cached("SELECT bytes FROM blob WHERE sha256 = ?1")?;
    Ok(statement
        .query_row([sha256.to_ascii_lowercase()], |row| row.get(0))
        .optional()?)
}

const JOB_COLUMNS_OF_OPEN: &str = "SELECT job_id, unit_kind, unit_id, iccid, firmware, profile_id, profile_sha256, state, error, opened_ms
     FROM job WHERE state NOT IN ('done', 'failed', 'cancelled') ORDER BY job_id";
const JOB_COLUMNS_OF_UNIT: &str = "SELECT job_id, unit_kind, unit_id, iccid, firmware, profile_id, profile_sha256, state, error, opened_ms
     FROM job WHERE unit_kind = ?1 AND unit_id = ?2 ORDER BY job_id DESC";

const JOB_COLUMNS_SINCE: &str = "SELECT job_id, unit_kind, unit_id, iccid, firmware, profile_id, profile_sha256, state, error, opened_ms
     FROM job WHERE job_id >= ?1 ORDER BY job_id";

/// Numbers of jobs begin with the time, so that those of a day stand together.
pub(super) fn jobs_since(
    connection: &Connection,
    since: Timestamp,
) -> Result<Vec<JobRow>, InventoryError> {
    let ms = u64::try_from(since.as_millisecond()).unwrap_or_default();
    let first = Uuid::from_u128(u128::from(ms) << 80);
    let mut statement = connection.prepare_cached(JOB_COLUMNS_SINCE)?;
    let rows: Vec<RawJob> = statement
        .query_map([first.as_bytes()], raw_job)?
        .collect::<Result<_, _>>()?;
    rows.into_iter().map(RawJob::understand).collect()
}

pub(super) fn open_jobs(connection: &Connection) -> Result<Vec<OpenJobRow>, InventoryError> {
    let mut statement = connection.prepare_cached(JOB_COLUMNS_OF_OPEN)?;
    let rows: Vec<RawJob> = statement
        .query_map([], raw_job)?
        .collect::<Result<_, _>>()?;
    rows.into_iter()
        .map(|raw| {
            let row = raw.understand()?;
            let CheckedEvents { events, chain } = chain::read(connection, row.job)?;
            Ok(OpenJobRow { row, events, chain })
        })
        .collect()
}

/// Whether a job has ended; `None` when it is not in this file.
pub(super) fn has_ended(
    connection: &Connection,
    job: JobId,
) -> Result<Option<bool>, InventoryError> {
    Ok(connection
        .prepare_cached(
            "SELECT state IN ('done', 'failed', 'cancelled') FROM job WHERE job_id = ?1",
        )?
        .query_row([job.0.as_bytes()], |row| row.get(0))
        .optional()?)
}

pub(super) fn jobs_of(
    connection: &Connection,
    unit: &UnitId,
) -> Result<Vec<JobRow>, InventoryError> {
    let mut statement = connection.prepare_cached(JOB_COLUMNS_OF_UNIT)?;
    let rows: Vec<RawJob> = statement
        .query_map([unit.kind().as_str(), unit.as_str()], raw_job)?
        .collect::<Result<_, _>>()?;
    rows.into_iter().map(RawJob::understand).collect()
}

struct RawJob {
    job: [u8; 16],
    unit: (String, String),
    iccid: Option<String>,
    firmware: Option<String>,
    profile: (String, String),
    state: String,
    error: Option<String>,
    opened_ms: i64,
}

fn raw_job(row: &Row<'_>) -> Result<RawJob, rusqlite::Error> {
    Ok(RawJob {
        job: row.get(0)?,
        unit: (row.get(1)?, row.get(2)?),
        iccid: row.get(3)?,
        firmware: row.get(4)?,
        profile: (row.get(5)?, row.get(6)?),
        state: row.get(7)?,
        error: row.get(8)?,
        opened_ms: row.get(9)?,
    })
}

impl RawJob {
    fn understand(self) -> Result<JobRow, InventoryError> {
        let (profile_id, profile_sha256) = self.profile;
        Ok(JobRow {
            job: JobId(Uuid::from_bytes(self.job)),
            unit: unit_id(&self.unit.0, &self.unit.1)?,
            iccid: self.iccid.map(|text| word(&text)).transpose()?,
            firmware: self.firmware,
            profile_id,
            profile_sha256,
            state: self.state,
            error: self.error,
            opened_at: timestamp(self.opened_ms)?,
        })
    }
}
