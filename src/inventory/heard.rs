//! What the fleet database told of units in service: first reports, with their place on the timeline, and last reports for days offline.
//!
//! What reports look like is the asking side's business; here they are JSON.

use super::columns::{timestamp, unit_id, word};
use super::{Inventory, InventoryError, Pending, units};
use fleet::UnitId;
use fleet::registration::RegistrationState;
use fleet::unit::UnitEvent;
use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension, params};

/// A unit that was proved here or elsewhere and has not been heard since.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AwaitedUnit {
    /// Identity.
    pub id: UnitId,
    /// Model.
    pub model: Option<String>,
    /// When it was proved.
    pub provisioned_at: Timestamp,
    /// Where its registration stands.
    pub registration: Option<RegistrationState>,
}

/// What is kept of a unit's reports, as JSON.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeptReports {
    /// Its first report after its last proof, where it was heard.
    pub first: Option<String>,
    /// Its last reports, where they were asked for.
    pub reports: Option<String>,
    /// When the fleet database told that.
    pub told_at: Timestamp,
}

impl Inventory {
    /// Units proved since `since` whose first report is waited for, the last proved first.
    pub fn awaited_reports(&self, since: Timestamp, limit: u32) -> Pending<Vec<AwaitedUnit>> {
        self.read(move |connection| awaited(connection, since, limit))
    }

    /// Keeps a unit's first report after the proof of `provisioned_at`, with its entry on the timeline. Answers `false`, and keeps nothing, when
    /// it is known already or the unit was proved again since.
    pub fn note_first_report(
        &self,
        id: UnitId,
        provisioned_at: Timestamp,
        report: String,
        entry: UnitEvent,
        told_at: Timestamp,
    ) -> Pending<bool> {
        self.write(move |connection| {
            note_first(connection, &id, provisioned_at, &report, &entry, told_at)
        })
    }

    /// Keeps a unit's last reports in place of those kept before.
    pub fn keep_reports(&self, id: UnitId, reports: String, told_at: Timestamp) -> Pending<()> {
        self.write(move |connection| keep(connection, &id, &reports, told_at))
    }

    /// What is kept of a unit's reports.
    pub fn kept_reports(&self, id: UnitId) -> Pending<Option<KeptReports>> {
        self.read(move |connection| kept(connection, &id))
    }
}

fn awaited(
    connection: &Connection,
    since: Timestamp,
    limit: u32,
) -> Result<Vec<AwaitedUnit>, InventoryError> {
    let mut statement = connection.prepare_cached(
        "SELECT u.id_kind, u.id, u.model, u.provisioned_ms, u.registration FROM unit u
         WHERE u.provisioned_ms >= ?1 AND u.gone = 0 AND u.state IN ('verified', 'not_verified')
           AND NOT EXISTS (SELECT 1 FROM unit_heard h WHERE h.unit = u.row AND h.first_report IS NOT NULL AND h.provisioned_ms = u.provisioned_ms)
         ORDER BY u.provisioned_ms DESC LIMIT ?2",
    )?;
    let mut rows = statement.query(params![since.as_millisecond(), limit])?;
    let mut units = Vec::new();
    while let Some(row) = rows.next()? {
        units.push(AwaitedUnit {
            id: unit_id(&row.get::<_, String>(0)?, &row.get::<_, String>(1)?)?,
            model: row.get(2)?,
            provisioned_at: timestamp(row.get(3)?)?,
            registration: row
                .get::<_, Option<String>>(4)?
                .map(|text| word(&text))
                .transpose()?,
        });
    }
    Ok(units)
}

fn note_first(
    connection: &Connection,
    id: &UnitId,
    provisioned_at: Timestamp,
    report: &str,
    entry: &UnitEvent,
    told_at: Timestamp,
) -> Result<bool, InventoryError> {
    let provisioned_ms = provisioned_at.as_millisecond();
    let row: Option<i64> = connection
        .prepare_cached(
            "SELECT row FROM unit WHERE id_kind = ?1 AND id = ?2 AND provisioned_ms = ?3",
        )?
        .query_row(
            params![id.kind().as_str(), id.as_str(), provisioned_ms],
            |row| row.get(0),
        )
        .optional()?;
    let Some(row) = row else { return Ok(false) };
    let written = connection
        .prepare_cached(
            "INSERT INTO unit_heard (unit, provisioned_ms, first_report, told_ms) VALUES (?1, ?2, ?3, ?4)
             ON CONFLICT (unit) DO UPDATE SET provisioned_ms = excluded.provisioned_ms, first_report = excluded.first_report, told_ms = excluded.told_ms
             WHERE unit_heard.first_report IS NULL OR unit_heard.provisioned_ms IS NOT excluded.provisioned_ms",
        )?
        .execute(params![row, provisioned_ms, report, told_at.as_millisecond()])?;
    if written == 0 {
        return Ok(false);
    }
    units::add_entry(connection, row, entry)?;
    Ok(true)
}

fn keep(
    connection: &Connection,
    id: &UnitId,
    reports: &str,
    told_at: Timestamp,
) -> Result<(), InventoryError> {
    let Some(row) = units::row_of(connection, id)? else {
        return Ok(());
    };
    connection
        .prepare_cached(
            "INSERT INTO unit_heard (unit, reports, told_ms) VALUES (?1, ?2, ?3)
             ON CONFLICT (unit) DO UPDATE SET reports = excluded.reports, told_ms = excluded.told_ms",
        )?
        .execute(params![row, reports, told_at.as_millisecond()])?;
    Ok(())
}

fn kept(connection: &Connection, id: &UnitId) -> Result<Option<KeptReports>, InventoryError> {
    let found: Option<(Option<String>, Option<String>, i64)> = connection
        .prepare_cached(
            "SELECT CASE WHEN h.provisioned_ms = u.provisioned_ms THEN h.first_report END, h.reports, h.told_ms
             FROM unit u JOIN unit_heard h ON h.unit = u.row WHERE u.id_kind = ?1 AND u.id = ?2",
        )?
        .query_row([id.kind().as_str(), id.as_str()], |row| {
            Ok((row.get(0)?, row.get(1)?, row.get(2)?))
        })
        .optional()?;
    found
        .map(|(first, reports, told_ms)| {
            Ok(KeptReports {
                first,
                reports,
                told_at: timestamp(told_ms)?,
            })
        })
        .transpose()
}
