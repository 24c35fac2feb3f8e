//! Units that this bench has never heard of, by the hundred thousand: kept without asking for each what is known of it already, and their
//! texts lent to the file as they came.
//!
//! What comes out is the same as by [`super::shown`], which takes every row that is not as plain as that.

use super::super::{InventoryError, columns, indexing, units};
use super::wire;
use fleet::registration::RegistrationState;
use fleet::setting::ShownValue;
use fleet::unit::UnitState;
use fleet::{Iccid, Mdn, SettingKey, UnitId, UnitIdKind};
use fleet_db::UnitRow;
use fleet_db::protocol::PulledUnit;
use jiff::Timestamp;
use rusqlite::{CachedStatement, Connection, params};
use serde::de::DeserializeOwned;
use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap};
use std::rc::Rc;

/// Fewer new rows are indexed at once.
const MANY: usize = 1_000;
/// Pages of the `-wal` file before they are brought home, 128 MiB: the upper pages of indexes change with every page of units.
const FAR_CHECKPOINT: u32 = 16_384;
/// The same at all other times.
const CHECKPOINT: u32 = 1_000;
/// Different settings that are remembered as they are shown. Most units of a fleet have the same few.
const MOST_SETTINGS: usize = 512;

/// Columns of the fleet table in the order in which [`FirstLoad::add`] takes them.
const COLUMNS: [&str; 22] = [
    wire::SERIAL,
    "imei",
    "meid",
    "esn",
    "model",
    "firmware",
    "serial_number",
    "profile",
    "iccid",
    "mdn",
    "template",
    "template_version",
    wire::SETTINGS,
    wire::STATE,
    wire::REGISTRATION,
    "plan_code",
    "carrier_id",
    "customer",
    "vehicle",
    "office",
    "notes",
    wire::PROVISIONED_AT,
];

/// The way of a page.
pub(super) struct FirstLoad<'page> {
    known_op: Option<CachedStatement<'page>>,
    keep: CachedStatement<'page>,
    forget: CachedStatement<'page>,
    add: CachedStatement<'page>,
    /// Where a row like this one has [`COLUMNS`].
    like: &'page UnitRow,
    places: [Option<usize>; COLUMNS.len()],
    settings: HashMap<String, Option<Rc<str>>>,
}

impl<'page> FirstLoad<'page> {
    /// For a page of these rows; `None` when it is not worth it.
    pub fn of(
        connection: &'page Connection,
        rows: &'page [PulledUnit],
    ) -> Result<Option<Self>, InventoryError> {
        let Some(like) = rows.iter().find_map(|row| row.unit.as_ref()) else {
            return Ok(None);
        };
        if rows.len() < MANY {
            return Ok(None);
        }
        indexing::fall_behind(connection)?;
        connection.pragma_update(None, "wal_autocheckpoint", FAR_CHECKPOINT)?;
        let any_ops: bool = connection
            .prepare_cached("SELECT EXISTS (SELECT 1 FROM op)")?
            .query_row([], |row| row.get(0))?;
        let known_op = "SELECT EXISTS (SELECT 1 FROM op WHERE unit_id = ?1)";
        let keep =
            "INSERT INTO base (unit_id, rev, row) VALUES (?1, ?2, ?3) ON CONFLICT DO NOTHING";
        Ok(Some(Self {
            known_op: any_ops
                .then(|| connection.prepare_cached(known_op))
                .transpose()?,
            keep: connection.prepare_cached(keep)?,
            forget: connection.prepare_cached("DELETE FROM base WHERE unit_id = ?1")?,
            add: connection.prepare_cached(units::ADD_UNINDEXED)?,
            like,
            places: COLUMNS.map(|column| like.place(column)),
            settings: HashMap::new(),
        }))
    }

    /// Keeps the unit if nothing is known of it here. `false`: nothing was done.
    pub fn keep(
        &mut self,
        pulled: &'page PulledUnit,
        at: Timestamp,
    ) -> Result<bool, InventoryError> {
        let Some(row) = &pulled.unit else {
            return Ok(false);
        };
        if let Some(known) = &mut self.known_op
            && known.query_row([pulled.unit_id.as_bytes()], |row| row.get(0))?
        {
            return Ok(false);
        }
        if !self.like.shares_places_with(row) {
            self.places = COLUMNS.map(|column| row.place(column));
            self.like = row;
        }
        self.add(row, pulled, at)
    }

    fn add(
        &mut self,
        row: &UnitRow,
        pulled: &PulledUnit,
        at: Timestamp,
    ) -> Result<bool, InventoryError> {
        let [
            serial,
            imei,
            meid,
            esn,
            model,
            firmware,
            serial_number,
            profile,
            iccid,
            mdn,
            template,
            template_version,
            settings,
            state,
            registration,
            plan_code,
            carrier_id,
            customer,
            vehicle,
            office,
            note,
            provisioned_at,
        ] = self
            .places
            .map(|place| place.and_then(|place| row.written(place)).unwrap_or("null"));
        let Some(id) = identity([imei, meid, esn], serial) else {
            return Ok(false);
        };
        let (Some(settings), Some(iccid), Some(mdn), Some(state), Some(registration)) = (
            self.shown_settings(settings)?,
            read::<Iccid>(iccid),
            read::<Mdn>(mdn),
            read::<UnitState>(state),
            read::<RegistrationState>(registration),
        ) else {
            return Ok(false);
        };
        let (Some(template_version), Some(provisioned_at)) = (
            read::<u32>(template_version),
            read::<Timestamp>(provisioned_at),
        ) else {
            return Ok(false);
        };
        let texts = [
            model,
            firmware,
            serial_number,
            profile,
            template,
            plan_code,
            carrier_id,
            customer,
            vehicle,
            office,
            note,
        ]
        .map(text);
        let [
            Some(model),
            Some(firmware),
            Some(serial_number),
            Some(profile),
            Some(template),
            Some(plan_code),
            Some(carrier_id),
            Some(customer),
            Some(vehicle),
            Some(office),
            Some(note),
        ] = texts
        else {
            return Ok(false);
        };
        let number = pulled.unit_id.as_bytes();
        if self.keep.execute(params![number, pulled.rev, row.json()])? == 0 {
            return Ok(false);
        }
        let state = columns::as_word(&state.unwrap_or(UnitState::Known))?;
        let added = self.add.execute(params![
            id.kind().as_str(),
            id.as_str(),
            model,
            firmware,
            serial_number,
            profile,
            iccid.as_ref().map(Iccid::as_str),
            mdn.as_ref().map(Mdn::as_str),
            template,
            template_version,
            settings,
            state,
            registration.as_ref().map(columns::as_word).transpose()?,
            plan_code,
            carrier_id,
            customer,
            vehicle,
            office,
            note,
            provisioned_at.map(|at| at.as_millisecond()),
            at.as_millisecond(),
            number
        ])?;
        if added == 0 {
            // Another row has this identity: which of them is shown takes the usual way.
            self.forget.execute([number])?;
        }
        Ok(added == 1)
    }

    /// Settings as the file keeps them; `None` when a unit cannot have them.
    fn shown_settings(&mut self, written: &str) -> Result<Option<Rc<str>>, InventoryError> {
        if let Some(known) = self.settings.get(written) {
            return Ok(known.clone());
        }
        let shown = read::<BTreeMap<SettingKey, ShownValue>>(written)
            .map(|shown| serde_json::to_string(&shown.unwrap_or_default()))
            .transpose()?
            .map(Rc::from);
        if self.settings.len() >= MOST_SETTINGS {
            self.settings.clear();
        }
        self.settings.insert(written.to_owned(), shown.clone());
        Ok(shown)
    }
}

/// The pages that came are brought home as often as at other times.
pub(super) fn is_over(connection: &Connection) -> Result<(), InventoryError> {
    Ok(connection.pragma_update(None, "wal_autocheckpoint", CHECKPOINT)?)
}

fn identity(numbers: [&str; 3], serial: &str) -> Option<UnitId> {
    let kinds = [UnitIdKind::Imei, UnitIdKind::Meid, UnitIdKind::Esn];
    let known = kinds
        .into_iter()
        .zip(numbers)
        .find_map(|(kind, number)| UnitId::from_stored(kind, &text(number)??).ok());
    known.or_else(|| Some(UnitId::Hardware(text(serial)??.into_owned())))
}

/// What a column of text holds, which may be nothing; `None` when it is another value.
fn text(written: &str) -> Option<Option<Cow<'_, str>>> {
    let Some(inside) = written.strip_prefix('"') else {
        return (written == "null").then_some(None);
    };
    match inside.strip_suffix('"') {
        Some(plain) if !plain.contains('\\') => Some(Some(Cow::Borrowed(plain))),
        _ => read(written),
    }
}

/// What a column holds, which may be nothing; `None` when no unit can have it.
fn read<T: DeserializeOwned>(written: &str) -> Option<Option<T>> {
    serde_json::from_str(written).ok()
}
