//! Texts to units: kept before they are sent, so that a crash leaves a question and never a second text.

use super::columns::{as_word, timestamp, unit_id, word};
use super::{Inventory, InventoryError, Pending, units};
use fleet::unit::UnitEvent;
use fleet::{Iccid, Mdn, UnitId};
use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension, Row, params};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// Where a text stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MessageStanding {
    /// Kept; with attempts, whether it left is not known.
    Intended,
    /// Asked for; what came of it is not known.
    Unknown,
    /// The carrier took it over.
    Taken,
    /// The unit has it.
    Delivered,
    /// It will not arrive.
    Failed,
    /// Not sent.
    Refused,
}

impl MessageStanding {
    /// Whether it will not change any more.
    #[must_use]
    pub fn is_final(self) -> bool {
        matches!(self, Self::Delivered | Self::Failed | Self::Refused)
    }
}

/// A text as it is kept: everything but its words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeptMessage {
    /// Its number, the same for every attempt.
    pub client_reference: Uuid,
    /// Number of the call that it leaves with, as the carrier is told.
    pub call_reference: Uuid,
    /// Its place in that call.
    pub place: u32,
    /// Over which account.
    pub account: String,
    /// To which unit.
    pub unit: UnitId,
    /// Phone number that it goes to.
    pub mdn: Option<Mdn>,
    /// SIM that it goes to.
    pub iccid: Option<Iccid>,
    /// Characters.
    pub length: u32,
    /// Where it stands.
    pub standing: MessageStanding,
    /// What to follow it by.
    pub handle: Option<String>,
    /// What was seen last, in words.
    pub detail: String,
    /// Since when it is wanted.
    pub since: Timestamp,
    /// When it was asked for last.
    pub asked_at: Option<Timestamp>,
    /// How often it was asked for without a clear answer.
    pub attempts: u32,
}

/// A question after kept texts.
macro_rules! selected {
    ($rest:literal) => {
        concat!(
            "SELECT client_reference, call_reference, place, account, unit_kind, unit_id, mdn, iccid, length, state, handle, detail,
                    since_ms, asked_ms, attempts FROM carrier_message ",
            $rest
        )
    };
}

impl Inventory {
    /// Keeps texts before they are sent, each with an entry on its unit's timeline. One that is kept already stays as it is.
    pub fn intend_messages(&self, messages: Vec<(KeptMessage, UnitEvent)>) -> Pending<()> {
        self.write_units(move |connection| {
            messages
                .iter()
                .try_for_each(|(message, entry)| intend(connection, message, entry))
        })
    }

    /// Notes where texts stand, with what the timelines shall say.
    pub fn note_messages(
        &self,
        messages: Vec<(KeptMessage, Option<UnitEvent>)>,
        now: Timestamp,
    ) -> Pending<()> {
        self.write_units(move |connection| {
            messages
                .iter()
                .try_for_each(|(message, told)| note(connection, message, told.as_ref(), now))
        })
    }

    /// A text by its number.
    pub fn message(&self, reference: Uuid) -> Pending<Option<KeptMessage>> {
        self.read(move |connection| {
            let mut statement =
                connection.prepare_cached(selected!("WHERE client_reference = ?1"))?;
            let mut rows = statement.query([reference.to_string()])?;
            rows.next()?.map(understand).transpose()
        })
    }

    /// The texts of one call, in their places.
    pub fn messages_of_call(&self, call: Uuid) -> Pending<Vec<KeptMessage>> {
        self.read(move |connection| {
            let mut statement =
                connection.prepare_cached(selected!("WHERE call_reference = ?1 ORDER BY place"))?;
            let mut rows = statement.query([call.to_string()])?;
            let mut found = Vec::new();
            while let Some(row) = rows.next()? {
                found.push(understand(row)?);
            }
            Ok(found)
        })
    }

    /// Whether a number that the carrier gave for a text is known as another one's.
    pub fn is_handle_known(
        &self,
        account: impl Into<String>,
        handle: impl Into<String>,
    ) -> Pending<bool> {
        let (account, handle) = (account.into(), handle.into());
        self.read(move |connection| {
            let found: Option<i64> = connection
                .prepare_cached("SELECT 1 FROM carrier_message WHERE account = ?1 AND handle = ?2")?
                .query_row([account, handle], |row| row.get(0))
                .optional()?;
            Ok(found.is_some())
        })
    }
}

fn intend(
    connection: &Connection,
    message: &KeptMessage,
    entry: &UnitEvent,
) -> Result<(), InventoryError> {
    let since = message.since.as_millisecond();
    let added = connection
        .prepare_cached(
            "INSERT INTO carrier_message (client_reference, call_reference, place, account, unit_kind, unit_id, mdn, iccid, length,
                                          state, handle, detail, since_ms, last_ms)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?13) ON CONFLICT (client_reference) DO NOTHING",
        )?
        .execute(params![
            message.client_reference.to_string(),
            message.call_reference.to_string(),
            message.place,
            message.account,
            message.unit.kind().as_str(),
            message.unit.as_str(),
            message.mdn.as_ref().map(Mdn::as_str),
            message.iccid.as_ref().map(Iccid::as_str),
            message.length,
            as_word(&message.standing)?,
            message.handle,
            message.detail,
            since
        ])?;
    if added > 0
        && let Some(row) = units::row_of(connection, &message.unit)?
    {
        units::add_entry(connection, row, entry)?;
    }
    Ok(())
}

fn note(
    connection: &Connection,
    message: &KeptMessage,
    told: Option<&UnitEvent>,
    now: Timestamp,
) -> Result<(), InventoryError> {
    connection
        .prepare_cached(
            "UPDATE carrier_message SET state = ?2, handle = ?3, detail = ?4, attempts = ?5, asked_ms = ?6, last_ms = ?7
             WHERE client_reference = ?1",
        )?
        .execute(params![
            message.client_reference.to_string(),
            as_word(&message.standing)?,
            message.handle,
            message.detail,
            message.attempts,
            message.asked_at.map(|at| at.as_millisecond()),
            now.as_millisecond()
        ])?;
    if let Some(entry) = told
        && let Some(row) = units::row_of(connection, &message.unit)?
    {
        units::add_entry(connection, row, entry)?;
    }
    Ok(())
}

fn understand(row: &Row<'_>) -> Result<KeptMessage, InventoryError> {
    let reference = |index: usize| -> Result<Uuid, InventoryError> {
        let text: String = row.get(index)?;
        text.parse()
            .map_err(|_| InventoryError::BadRow(format!("carrier_message {text}")))
    };
    let text = |index: usize| row.get::<_, Option<String>>(index);
    Ok(KeptMessage {
        client_reference: reference(0)?,
        call_reference: reference(1)?,
        place: row.get(2)?,
        account: row.get(3)?,
        unit: unit_id(&row.get::<_, String>(4)?, &row.get::<_, String>(5)?)?,
        mdn: text(6)?.map(|text| word(&text)).transpose()?,
        iccid: text(7)?.map(|text| word(&text)).transpose()?,
        length: row.get(8)?,
        standing: word(&row.get::<_, String>(9)?)?,
        handle: text(10)?,
        detail: row.get(11)?,
        since: timestamp(row.get(12)?)?,
        asked_at: row.get::<_, Option<i64>>(13)?.map(timestamp).transpose()?,
        attempts: row.get(14)?,
    })
}
