//! Which text of a push has which answer, so that no answer counts twice, in this run or the next. The texts themselves are
//! `carrier_messages`'; their words are kept nowhere.

use super::{Inventory, InventoryError, Pending};
use fleet::UnitId;
use fleet::push::PushId;
use jiff::Timestamp;
use rusqlite::{Connection, params};
use std::collections::BTreeMap;
use uuid::Uuid;

/// A text of a push.
#[derive(Debug, Clone)]
pub struct PushMessage {
    /// Its number, the same for every attempt to send it.
    pub client_reference: Uuid,
    /// Which push.
    pub push: PushId,
    /// To which unit.
    pub unit: UnitId,
    /// In which attempt.
    pub attempt: u32,
    /// Its place in the talk.
    pub part: u32,
    /// Whether it asks.
    pub reads: bool,
    /// SHA-256 of its words with dots for secrets.
    pub shown_sha256: String,
}

impl Inventory {
    /// Keeps a text of a push before it is sent. One that is kept already stays as it is.
    pub fn intend_push_message(&self, message: PushMessage, now: Timestamp) -> Pending<()> {
        self.write(move |connection| intend(connection, &message, now))
    }

    /// Notes which of the carrier's numbers answers a text.
    pub fn push_message_answered(
        &self,
        reference: Uuid,
        reply: String,
        now: Timestamp,
    ) -> Pending<()> {
        self.write(move |connection| {
            connection
                .prepare_cached("UPDATE push_message SET state = 'answered', handle = ?2, last_ms = ?3 WHERE client_reference = ?1")?
                .execute(params![reference.to_string(), reply, now.as_millisecond()])?;
            Ok(())
        })
    }

    /// Whether a text of this attempt that writes may have left: given to the carrier, and neither refused, nor lost on its way, nor certainly
    /// not sent.
    pub fn push_message_has_written(
        &self,
        push: PushId,
        unit: UnitId,
        attempt: u32,
    ) -> Pending<bool> {
        self.read(move |connection| {
            let found = connection
                .prepare_cached(
                    "SELECT EXISTS (SELECT 1 FROM push_message AS ours JOIN carrier_message AS sent USING (client_reference)
                                    WHERE ours.push_id = ?1 AND ours.unit_kind = ?2 AND ours.unit_id = ?3 AND ours.attempt = ?4
                                      AND ours.reads = 0 AND sent.asked_ms IS NOT NULL AND sent.state NOT IN ('failed', 'refused')
                                      AND NOT (sent.state = 'intended' AND sent.attempts = 0))",
                )?
                .query_row(
                    params![push.0.as_bytes().as_slice(), unit.kind().as_str(), unit.as_str(), attempt],
                    |row| row.get(0),
                )?;
            Ok(found)
        })
    }

    /// Answers of a unit that count already, by text.
    pub fn push_answers(&self, unit: UnitId) -> Pending<BTreeMap<Uuid, String>> {
        self.read(move |connection| {
            let mut statement = connection.prepare_cached(
                "SELECT client_reference, handle FROM push_message WHERE unit_kind = ?1 AND unit_id = ?2 AND handle IS NOT NULL",
            )?;
            let mut rows = statement.query([unit.kind().as_str(), unit.as_str()])?;
            let mut answers = BTreeMap::new();
            while let Some(row) = rows.next()? {
                let reference: String = row.get(0)?;
                let reference = reference
                    .parse()
                    .map_err(|_| InventoryError::BadRow(format!("push_message {reference}")))?;
                answers.insert(reference, row.get(1)?);
            }
            Ok(answers)
        })
    }
}

fn intend(
    connection: &Connection,
    message: &PushMessage,
    now: Timestamp,
) -> Result<(), InventoryError> {
    connection
        .prepare_cached(
            "INSERT INTO push_message (client_reference, push_id, unit_kind, unit_id, attempt, part, reads, text_sha256, state,
                                       intended_ms, last_ms)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, 'intended', ?9, ?9) ON CONFLICT (client_reference) DO NOTHING",
        )?
        .execute(params![
            message.client_reference.to_string(),
            message.push.0.as_bytes().as_slice(),
            message.unit.kind().as_str(),
            message.unit.as_str(),
            message.attempt,
            message.part,
            message.reads,
            message.shown_sha256,
            now.as_millisecond()
        ])?;
    Ok(())
}
