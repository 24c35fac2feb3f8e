//! Changes of subscriptions: kept before they are asked for, so that a crash leaves a question and never a second change.

use super::columns::{as_word, timestamp, unit_id, word};
use super::{Inventory, InventoryError, Pending, units};
use fleet::UnitId;
use fleet::unit::{Unit, UnitEvent};
use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension, params};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// Where a change stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ChangeStanding {
    /// Kept; whether it was asked for is not known.
    Intended,
    /// The carrier works on it.
    Accepted,
    /// Asked for; what came of it is not known.
    Unknown,
    /// As wanted.
    Done,
    /// Not done.
    Refused,
}

/// A change as it is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeptChange {
    /// Its number, the same for every attempt.
    pub client_reference: Uuid,
    /// At which account.
    pub account: String,
    /// Of which unit.
    pub unit: UnitId,
    /// One word for it.
    pub word: String,
    /// The whole request, as the asking side words it.
    pub request: String,
    /// Where it stands.
    pub standing: ChangeStanding,
    /// What to follow it by.
    pub handle: Option<String>,
    /// What was seen last, in words.
    pub detail: String,
    /// Since when it is wanted.
    pub since: Timestamp,
    /// How often it was asked for.
    pub attempts: u32,
}

impl Inventory {
    /// Keeps a change before it is asked for, with its timeline entry. Only one may be open for a unit.
    ///
    /// Answers `false`, and keeps nothing, when another one is open.
    pub fn intend_change(&self, change: KeptChange, entry: UnitEvent) -> Pending<bool> {
        self.write_units(move |connection| intend(connection, &change, &entry))
    }

    /// Notes what came of a change: where it stands, and where it is done the unit's row and its timeline.
    pub fn note_change(
        &self,
        change: KeptChange,
        told: Option<(Unit, UnitEvent)>,
        now: Timestamp,
    ) -> Pending<()> {
        self.write_units(move |connection| note(connection, &change, told.as_ref(), now))
    }

    /// Changes without a last word, longest first.
    pub fn open_changes(&self) -> Pending<Vec<KeptChange>> {
        self.read(open)
    }
}

fn intend(
    connection: &Connection,
    change: &KeptChange,
    entry: &UnitEvent,
) -> Result<bool, InventoryError> {
    let busy: Option<i64> = connection
        .prepare_cached("SELECT 1 FROM carrier_change WHERE unit_kind = ?1 AND unit_id = ?2 AND state IN ('intended', 'accepted', 'unknown')")?
        .query_row([change.unit.kind().as_str(), change.unit.as_str()], |row| row.get(0))
        .optional()?;
    if busy.is_some() {
        return Ok(false);
    }
    let since = change.since.as_millisecond();
    connection
        .prepare_cached(
            "INSERT INTO carrier_change (client_reference, account, unit_kind, unit_id, word, request, state, detail, since_ms, last_ms)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?9)",
        )?
        .execute(params![
            change.client_reference.to_string(),
            change.account,
            change.unit.kind().as_str(),
            change.unit.as_str(),
            change.word,
            change.request,
            as_word(&change.standing)?,
            change.detail,
            since
        ])?;
    if let Some(row) = units::row_of(connection, &change.unit)? {
        units::add_entry(connection, row, entry)?;
    }
    Ok(true)
}

fn note(
    connection: &Connection,
    change: &KeptChange,
    told: Option<&(Unit, UnitEvent)>,
    now: Timestamp,
) -> Result<(), InventoryError> {
    connection
        .prepare_cached(
            "UPDATE carrier_change SET state = ?2, handle = ?3, detail = ?4, attempts = ?5, last_ms = ?6 WHERE client_reference = ?1",
        )?
        .execute(params![
            change.client_reference.to_string(),
            as_word(&change.standing)?,
            change.handle,
            change.detail,
            change.attempts,
            now.as_millisecond()
        ])?;
    match told {
        Some((unit, entry)) => {
            units::write_with_entries(connection, unit, std::slice::from_ref(entry))
        }
        None => Ok(()),
    }
}

fn open(connection: &Connection) -> Result<Vec<KeptChange>, InventoryError> {
    let mut statement = connection.prepare_cached(
        "SELECT client_reference, account, unit_kind, unit_id, word, request, state, handle, detail, since_ms, attempts
         FROM carrier_change WHERE state IN ('intended', 'accepted', 'unknown') ORDER BY since_ms, client_reference",
    )?;
    let mut rows = statement.query([])?;
    let mut found = Vec::new();
    while let Some(row) = rows.next()? {
        let reference: String = row.get(0)?;
        found.push(KeptChange {
            client_reference: reference
                .parse()
                .map_err(|_| InventoryError::BadRow(format!("carrier_change {reference}")))?,
            account: row.get(1)?,
            unit: unit_id(&row.get::<_, String>(2)?, &row.get::<_, String>(3)?)?,
            word: row.get(4)?,
            request: row.get(5)?,
            standing: word(&row.get::<_, String>(6)?)?,
            handle: row.get(7)?,
            detail: row.get(8)?,
            since: timestamp(row.get(9)?)?,
            attempts: row.get(10)?,
        });
    }
    Ok(found)
}
