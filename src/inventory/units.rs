//! Unit rows and their timelines. Finding them is `search`'s business.

use super::columns::{as_word, timestamp, unit_id, word};
use super::{InventoryError, indexing, search, sync};
use fleet::UnitId;
use fleet::unit::{Unit, UnitEvent, UnitEventKind, UnitState};
use rusqlite::{Connection, OptionalExtension, Row, params};

/// The facets know it without counting, once searches know of all units.
const ALL_UNITS: &str = "SELECT ifnull(sum(units), 0) FROM facet";

/// How many units there are, and how many of what.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counts {
    /// Units, retired ones included.
    pub units: u64,
    /// Units whose last state is *Verified*.
    pub verified: u64,
    /// Units that a person must decide about.
    pub needs_person: u64,
    /// Units that stopped.
    pub stopped: u64,
    /// Jobs that have not ended.
    pub open_jobs: u64,
    /// Registrations that wait for us or for the carrier.
    pub registrations_waiting: u64,
    /// Changes that the fleet database does not know yet.
    pub outbox: u64,
}

/// A part of a list.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct UnitsPage {
    /// The rows asked for.
    pub rows: Vec<Unit>,
    /// How many there are in all.
    pub total: u64,
}

/// Number of a unit's row.
pub(super) fn row_of(connection: &Connection, id: &UnitId) -> Result<Option<i64>, rusqlite::Error> {
    connection
        .prepare_cached("SELECT row FROM unit WHERE id_kind = ?1 AND id = ?2")?
        .query_row([id.kind().as_str(), id.as_str()], |row| row.get(0))
        .optional()
}

pub(super) fn unit(connection: &Connection, id: &UnitId) -> Result<Option<Unit>, InventoryError> {
    let shown: Option<i64> = connection
        .prepare_cached("SELECT row FROM unit WHERE id_kind = ?1 AND id = ?2 AND gone = 0")?
        .query_row([id.kind().as_str(), id.as_str()], |row| row.get(0))
        .optional()?;
    shown.map(|row| unit_at(connection, row)).transpose()
}

/// The unit of a row that exists.
pub(super) fn unit_at(connection: &Connection, row: i64) -> Result<Unit, InventoryError> {
    let mut statement = connection.prepare_cached(
        "SELECT id_kind, id, model, firmware, serial_number, profile, iccid, mdn, template, template_version, settings, state,
                registration, plan_code, carrier_id, customer, vehicle, office, note, provisioned_ms, updated_ms
         FROM unit WHERE row = ?1",
    )?;
    let mut rows = statement.query([row])?;
    match rows.next()? {
        Some(row) => understand(row),
        None => Err(InventoryError::NotFound(format!("unit row {row}"))),
    }
}

pub(super) fn understand(row: &Row<'_>) -> Result<Unit, InventoryError> {
    let text = |index: usize| row.get::<_, Option<String>>(index);
    let id = unit_id(&row.get::<_, String>(0)?, &row.get::<_, String>(1)?)?;
    Ok(Unit {
        id,
        model: text(2)?,
        firmware: text(3)?,
        serial_number: text(4)?,
        profile: text(5)?,
        iccid: text(6)?.map(|text| word(&text)).transpose()?,
        mdn: text(7)?.map(|text| word(&text)).transpose()?,
        template: text(8)?,
        template_version: row.get(9)?,
        settings: serde_json::from_str(&row.get::<_, String>(10)?)?,
        state: word(&row.get::<_, String>(11)?)?,
        registration: text(12)?.map(|text| word(&text)).transpose()?,
        plan_code: text(13)?,
        carrier_id: text(14)?,
        customer: text(15)?,
        vehicle: text(16)?,
        office: text(17)?,
        note: text(18)?,
        provisioned_at: row.get::<_, Option<i64>>(19)?.map(timestamp).transpose()?,
        updated_at: timestamp(row.get(20)?)?,
    })
}

/// What the columns of `unit` hold, in their order.
macro_rules! columns_of {
    ($unit:expr) => {
        params![
            $unit.id.kind().as_str(),
            $unit.id.as_str(),
            $unit.model,
            $unit.firmware,
            $unit.serial_number,
            $unit.profile,
            $unit.iccid.as_ref().map(fleet::Iccid::as_str),
            $unit.mdn.as_ref().map(fleet::Mdn::as_str),
            $unit.template,
            $unit.template_version,
            serde_json::to_string(&$unit.settings)?,
            as_word(&$unit.state)?,
            $unit.registration.as_ref().map(as_word).transpose()?,
            $unit.plan_code,
            $unit.carrier_id,
            $unit.customer,
            $unit.vehicle,
            $unit.office,
            $unit.note,
            $unit.provisioned_at.map(|at| at.as_millisecond()),
            $unit.updated_at.as_millisecond()
        ]
    };
}

/// Writes the whole row as it is given, and what searches need of it. The answer is the row's number.
pub(super) fn write(connection: &Connection, unit: &Unit) -> Result<i64, InventoryError> {
    let row: i64 = connection
        .prepare_cached(
            "INSERT INTO unit (id_kind, id, model, firmware, serial_number, profile, iccid, mdn, template, template_version, settings,
                               state, registration, plan_code, carrier_id, customer, vehicle, office, note, provisioned_ms, updated_ms)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19, ?20, ?21)
             ON CONFLICT (id_kind, id) DO UPDATE SET
                model = excluded.model, firmware = excluded.firmware, serial_number = excluded.serial_number,
                profile = excluded.profile, iccid = excluded.iccid, mdn = excluded.mdn, template = excluded.template,
                template_version = excluded.template_version, settings = excluded.settings, state = excluded.state,
                registration = excluded.registration, plan_code = excluded.plan_code, carrier_id = excluded.carrier_id,
                customer = excluded.customer, vehicle = excluded.vehicle, office = excluded.office, note = excluded.note,
                provisioned_ms = excluded.provisioned_ms, updated_ms = excluded.updated_ms
             RETURNING row",
        )?
        .query_row(columns_of!(unit), |row| row.get(0))?;
    search::index(connection, row, unit)?;
    Ok(row)
}

/// Adds a row with its number in the fleet database, unless one is there that has this identity or this number. Searches do not know of it
/// until [`super::indexing`] comes to it.
pub(super) const ADD_UNINDEXED: &str =
    "INSERT INTO unit (id_kind, id, model, firmware, serial_number, profile, iccid, mdn, template, template_version, settings,
                       state, registration, plan_code, carrier_id, customer, vehicle, office, note, provisioned_ms, updated_ms, unit_id)
     VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19, ?20, ?21, ?22)
     ON CONFLICT DO NOTHING";

/// Adds to a unit's timeline.
pub(super) fn add_entry(
    connection: &Connection,
    row: i64,
    entry: &UnitEvent,
) -> Result<(), InventoryError> {
    connection
        .prepare_cached("INSERT INTO unit_event (unit, at_ms, kind, title, detail, by) VALUES (?1, ?2, ?3, ?4, ?5, ?6)")?
        .execute(params![row, entry.at.as_millisecond(), as_word(&entry.kind)?, entry.title, entry.detail, entry.by])?;
    let at_ms = entry.at.as_millisecond();
    match entry.kind {
        UnitEventKind::Report => search::facets::heard(connection, row, at_ms, true),
        UnitEventKind::Bench
        | UnitEventKind::Changed
        | UnitEventKind::Verified
        | UnitEventKind::Stopped => search::facets::heard(connection, row, at_ms, false),
        UnitEventKind::Person
        | UnitEventKind::Carrier
        | UnitEventKind::Edit
        | UnitEventKind::Label => Ok(()),
    }
}

/// Writes a row and what is to be said about it on the timeline; the fleet database is told what differs.
pub(super) fn write_with_entries(
    connection: &Connection,
    unit: &Unit,
    entries: &[UnitEvent],
) -> Result<(), InventoryError> {
    let doing = sync::Doing {
        actor: entries.first().map_or("", |entry| &entry.by),
        at: unit.updated_at,
        atomic: false,
        op_id: None,
    };
    sync::write(connection, unit, &doing)?;
    let row = row_of(connection, &unit.id)?
        .ok_or_else(|| InventoryError::NotFound(format!("unit {}", unit.id)))?;
    entries
        .iter()
        .try_for_each(|entry| add_entry(connection, row, entry))
}

/// Newest first.
pub(super) fn timeline(
    connection: &Connection,
    id: &UnitId,
    limit: u32,
) -> Result<Vec<UnitEvent>, InventoryError> {
    let mut statement = connection.prepare_cached(
        "SELECT at_ms, kind, title, detail, by FROM unit_event
         WHERE unit = (SELECT row FROM unit WHERE id_kind = ?1 AND id = ?2) ORDER BY at_ms DESC, n DESC LIMIT ?3",
    )?;
    let mut rows = statement.query(params![id.kind().as_str(), id.as_str(), limit])?;
    let mut entries = Vec::new();
    while let Some(row) = rows.next()? {
        entries.push(UnitEvent {
            at: timestamp(row.get(0)?)?,
            kind: word(&row.get::<_, String>(1)?)?,
            title: row.get(2)?,
            detail: row.get(3)?,
            by: row.get(4)?,
        });
    }
    entries.extend(sync::history_of(connection, id, limit)?);
    entries.sort_by_key(|entry| std::cmp::Reverse(entry.at));
    entries.truncate(usize::try_from(limit).unwrap_or(usize::MAX));
    Ok(entries)
}

/// All units, last changed first.
pub(super) fn page(
    connection: &Connection,
    limit: u32,
    offset: u32,
) -> Result<UnitsPage, InventoryError> {
    let mut statement = connection.prepare_cached(
        "SELECT row FROM unit WHERE gone = 0 ORDER BY updated_ms DESC, row DESC LIMIT ?1 OFFSET ?2",
    )?;
    let found: Vec<i64> = statement
        .query_map([limit, offset], |row| row.get(0))?
        .collect::<Result<_, _>>()?;
    let rows = found
        .into_iter()
        .map(|row| unit_at(connection, row))
        .collect::<Result<_, _>>()?;
    Ok(UnitsPage {
        rows,
        total: all_units(connection)?,
    })
}

fn all_units(connection: &Connection) -> Result<u64, InventoryError> {
    if indexing::is_behind(connection)? {
        return count(connection, "SELECT count(*) FROM unit WHERE gone = 0");
    }
    count(connection, ALL_UNITS)
}

pub(super) fn counts(connection: &Connection) -> Result<Counts, InventoryError> {
    let in_state = |state: UnitState| -> Result<u64, InventoryError> {
        let found: i64 = connection
            .prepare_cached("SELECT ifnull(sum(units), 0) FROM facet WHERE state = ?1")?
            .query_row([as_word(&state)?], |row| row.get(0))?;
        Ok(u64::try_from(found).unwrap_or_default())
    };
    Ok(Counts {
        units: all_units(connection)?,
        verified: in_state(UnitState::Verified)?,
        needs_person: in_state(UnitState::NeedsPerson)?,
        stopped: in_state(UnitState::Stopped)?,
        open_jobs: count(
            connection,
            "SELECT count(*) FROM job WHERE state NOT IN ('done', 'failed', 'cancelled')",
        )?,
        registrations_waiting: count(
            connection,
            "SELECT count(*) FROM registration WHERE state IN ('owed', 'pending')",
        )?,
        outbox: count(connection, "SELECT count(*) FROM op WHERE outcome IS NULL")?,
    })
}

fn count(connection: &Connection, question: &'static str) -> Result<u64, InventoryError> {
    let found: i64 = connection
        .prepare_cached(question)?
        .query_row([], |row| row.get(0))?;
    Ok(u64::try_from(found).unwrap_or_default())
}
