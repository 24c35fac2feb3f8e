//! Registrations by client reference: what is owed or pending at a carrier, kept up from the journal's own events.

use super::InventoryError;
use super::columns::{as_word, timestamp, word};
use fleet::journal::{JobEvent, JobId};
use fleet::registration::{
    CarrierUnit, RegistrationIntent, RegistrationOutcome, RegistrationState, SubscriptionState,
};
use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension, params};
use uuid::Uuid;

/// A registration that waits for us or for the carrier.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WaitingRegistration {
    /// What is to be registered.
    pub intent: RegistrationIntent,
    /// Job that wants it.
    pub job: JobId,
    /// `Owed` or `Pending`.
    pub state: RegistrationState,
    /// The carrier's transaction to follow, where it gave one.
    pub handle: Option<String>,
    /// Since when it waits.
    pub since: Timestamp,
    /// When it was first intended to be sent; `None` when it never was.
    pub first_intent_at: Option<Timestamp>,
    /// When it was last intended to be sent.
    pub last_attempt_at: Option<Timestamp>,
    /// How many times it was intended to be sent.
    pub attempts: u32,
}

/// Takes from an event what it says about the job's registration.
pub(super) fn follow(
    connection: &Connection,
    job: JobId,
    event: &JobEvent,
    wall: Timestamp,
) -> Result<(), InventoryError> {
    match event {
        JobEvent::RegistrationIntended { intent, attempt } => {
            intended(connection, job, intent, *attempt, wall)
        }
        JobEvent::RegistrationAnswered {
            answer: RegistrationOutcome::Accepted { handle, unit, .. },
        } => {
            let remote = unit.as_ref().map(|unit| unit.remote_id.as_str());
            stand(
                connection,
                job,
                RegistrationState::Pending,
                remote,
                Some(handle),
            )
        }
        JobEvent::RegistrationAnswered {
            answer: RegistrationOutcome::Done { unit },
        }
        | JobEvent::Registered { unit, .. } => {
            stand(connection, job, state_of(unit), Some(&unit.remote_id), None)
        }
        JobEvent::RegistrationRefused { .. } => {
            stand(connection, job, RegistrationState::Refused, None, None)
        }
        _ => Ok(()),
    }
}

fn state_of(unit: &CarrierUnit) -> RegistrationState {
    match unit.state {
        SubscriptionState::Pending => RegistrationState::Pending,
        SubscriptionState::Error | SubscriptionState::Cancelled => RegistrationState::Refused,
        _ => RegistrationState::Active,
    }
}

fn intended(
    connection: &Connection,
    job: JobId,
    intent: &RegistrationIntent,
    attempt: u32,
    wall: Timestamp,
) -> Result<(), InventoryError> {
    owe(connection, job, intent, wall)?;
    connection
        .prepare_cached(
            "UPDATE registration SET state = 'owed', job_id = ?2, attempts = max(attempts, ?3), last_attempt_ms = ?4,
                    first_intent_ms = coalesce(first_intent_ms, ?4)
             WHERE client_reference = ?1",
        )?
        .execute(params![intent.client_reference.to_string(), job.0.as_bytes(), attempt, wall.as_millisecond()])?;
    Ok(())
}

/// Notes that it is wanted, if it is not known yet.
fn owe(
    connection: &Connection,
    job: JobId,
    intent: &RegistrationIntent,
    wall: Timestamp,
) -> Result<(), InventoryError> {
    connection
        .prepare_cached(
            "INSERT INTO registration (client_reference, account, unit_kind, unit_id, iccid, job_id, intent, state, since_ms)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, 'owed', ?8)
             ON CONFLICT (client_reference) DO NOTHING",
        )?
        .execute(params![
            intent.client_reference.to_string(),
            intent.account,
            intent.unit.kind().as_str(),
            intent.unit.as_str(),
            intent.iccid.as_ref().map(fleet::Iccid::as_str),
            job.0.as_bytes(),
            serde_json::to_string(intent)?,
            wall.as_millisecond()
        ])?;
    Ok(())
}

fn stand(
    connection: &Connection,
    job: JobId,
    state: RegistrationState,
    remote_id: Option<&str>,
    handle: Option<&str>,
) -> Result<(), InventoryError> {
    connection
        .prepare_cached(
            "UPDATE registration SET state = ?2, remote_id = coalesce(?3, remote_id), handle = coalesce(?4, handle) WHERE job_id = ?1",
        )?
        .execute(params![job.0.as_bytes(), as_word(&state)?, remote_id, handle])?;
    Ok(())
}

/// A record says where the registration stands: it is owed from then on, or it is what the record says.
pub(super) fn recorded(
    connection: &Connection,
    job: JobId,
    state: RegistrationState,
    wall: Timestamp,
) -> Result<(), InventoryError> {
    if matches!(state, RegistrationState::Owed | RegistrationState::Pending)
        && let Some(intent) = wanted_by(connection, job)?
    {
        owe(connection, job, &intent, wall)?;
        connection
            .prepare_cached("UPDATE registration SET job_id = ?2 WHERE client_reference = ?1")?
            .execute(params![
                intent.client_reference.to_string(),
                job.0.as_bytes()
            ])?;
    }
    stand(connection, job, state, None, None)
}

/// What the job wanted to register when it was opened.
fn wanted_by(
    connection: &Connection,
    job: JobId,
) -> Result<Option<RegistrationIntent>, InventoryError> {
    let intent: Option<Option<String>> = connection
        .prepare_cached("SELECT json_extract(body, '$.event.registration') FROM job_event WHERE job_id = ?1 AND kind = 'opened' ORDER BY n LIMIT 1")?
        .query_row([job.0.as_bytes()], |row| row.get(0))
        .optional()?;
    Ok(intent
        .flatten()
        .map(|text| serde_json::from_str(&text))
        .transpose()?)
}

/// All that waits, longest first.
pub(super) fn waiting(connection: &Connection) -> Result<Vec<WaitingRegistration>, InventoryError> {
    let mut statement = connection.prepare_cached(
        "SELECT intent, job_id, state, handle, since_ms, first_intent_ms, last_attempt_ms, attempts
         FROM registration WHERE state IN ('owed', 'pending') ORDER BY since_ms, client_reference",
    )?;
    let mut rows = statement.query([])?;
    let mut found = Vec::new();
    while let Some(row) = rows.next()? {
        let time = |index: usize| -> Result<Option<Timestamp>, InventoryError> {
            row.get::<_, Option<i64>>(index)?.map(timestamp).transpose()
        };
        found.push(WaitingRegistration {
            intent: serde_json::from_str(&row.get::<_, String>(0)?)?,
            job: JobId(Uuid::from_bytes(row.get(1)?)),
            state: word(&row.get::<_, String>(2)?)?,
            handle: row.get(3)?,
            since: timestamp(row.get(4)?)?,
            first_intent_at: time(5)?,
            last_attempt_at: time(6)?,
            attempts: row.get(7)?,
        });
    }
    Ok(found)
}
