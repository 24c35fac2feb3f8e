//! Which job is driven by this program just now. Leases of an earlier run mean nothing once we hold the file's lock.

use super::InventoryError;
use fleet::journal::JobId;
use jiff::Timestamp;
use rusqlite::{Connection, params};
use uuid::Uuid;

/// Notes that this program drives the job, on that port.
pub(super) fn take(
    connection: &Connection,
    job: JobId,
    port: Option<&str>,
    run: Uuid,
    now: Timestamp,
) -> Result<(), InventoryError> {
    connection
        .prepare_cached(
            "INSERT INTO lease (job_id, instance_id, pid, port, taken_ms) VALUES (?1, ?2, ?3, ?4, ?5)
             ON CONFLICT (job_id) DO UPDATE SET port = excluded.port, taken_ms = excluded.taken_ms",
        )?
        .execute(params![
            job.0.as_bytes(),
            run.to_string(),
            std::process::id(),
            port,
            now.as_millisecond()
        ])?;
    Ok(())
}

/// The job is no longer driven.
pub(super) fn release(connection: &Connection, job: JobId) -> Result<(), InventoryError> {
    connection
        .prepare_cached("DELETE FROM lease WHERE job_id = ?1")?
        .execute([job.0.as_bytes()])?;
    Ok(())
}

/// Forgets all; the answer is how many there were.
pub(super) fn clear(connection: &Connection) -> Result<usize, InventoryError> {
    Ok(connection.execute("DELETE FROM lease", [])?)
}
