//! A unit's row in the fleet database's words: one JSON object of plain columns, and back.
//!
//! Going there, each value is written as PostgreSQL itself would write it, since an edit is compared with what stands there.
//! Coming back, a number that no check would let pass here is left out of the shown unit and stays in the kept row.

use super::InventoryError;
use super::plain::Plain;
use fleet::UnitId;
use fleet::ids::UnitIdKind;
use fleet::unit::Unit;
use jiff::{Timestamp, tz::TimeZone};
use serde::Deserialize;
use serde_json::{Map, Value};
use uuid::Uuid;

/// A row as the fleet database keeps it: column by column.
pub(super) type Row = Map<String, Value>;

/// What a unit is known by, once in the fleet.
const SERIAL: &str = "serial";
/// Columns for numbers of one kind, the one that a unit is known by first.
const KINDS: [UnitIdKind; 3] = [UnitIdKind::Imei, UnitIdKind::Meid, UnitIdKind::Esn];
/// The row's own number in the fleet database.
const NUMBER: &str = "id";
const REGISTRATION: &str = "carrier_state";
const PROVISIONED_AT: &str = "provisioned_at";
const SETTINGS: &str = "settings";
const STATE: &str = "state";

/// Names the numbers that units have in the fleet database after their identity: two offices that enter one unit enter one row.
const UNIT_NUMBERS: Uuid = Uuid::from_u128(0x6d1f_4d8e_0c5b_5b7e_9a3e_51c0_7e2d_4f11);

/// The number of a unit that is entered here.
pub(in crate::inventory) fn number_of(id: &UnitId) -> Uuid {
    Uuid::new_v5(
        &UNIT_NUMBERS,
        format!("{}:{}", id.kind().as_str(), id.as_str()).as_bytes(),
    )
}

/// What a column is called there that is called `name` here; `None` for what is told otherwise.
fn there(name: &str) -> Option<&str> {
    match name {
        "id" | "id_kind" | "updated_at" => None,
        "registration" => Some(REGISTRATION),
        other => Some(other),
    }
}

/// What a column is called here that is called `name` there.
fn here(name: &str) -> Option<&str> {
    match name {
        NUMBER => None,
        REGISTRATION => Some("registration"),
        other => Some(other),
    }
}

/// All of a unit but when its row changed, which the fleet database notes by itself.
pub(super) fn row_of(unit: &Unit) -> Result<Row, InventoryError> {
    let Value::Object(fields) = serde_json::to_value(unit)? else {
        return Err(InventoryError::BadRow("a unit is not an object".to_owned()));
    };
    let mut row = Row::new();
    row.insert(SERIAL.to_owned(), unit.id.as_str().into());
    for kind in KINDS {
        let number = (unit.id.kind() == kind).then(|| unit.id.as_str());
        row.insert(kind.as_str().to_owned(), number.into());
    }
    for (name, value) in fields {
        let Some(name) = there(&name) else { continue };
        let value = match unit.provisioned_at {
            Some(at) if name == PROVISIONED_AT => as_postgres(at).into(),
            _ => value,
        };
        row.insert(name.to_owned(), value);
    }
    Ok(row)
}

/// A moment as PostgreSQL writes it in JSON, in UTC: no zeros at the end of the fraction.
fn as_postgres(at: Timestamp) -> String {
    let at = at
        .round(jiff::Unit::Microsecond)
        .unwrap_or(at)
        .to_zoned(TimeZone::UTC);
    let fraction = at.strftime("%6f").to_string();
    let fraction = fraction.trim_end_matches('0');
    let dot = if fraction.is_empty() { "" } else { "." };
    format!("{}{dot}{fraction}+00:00", at.strftime("%Y-%m-%dT%H:%M:%S"))
}

/// The identity that a row has.
pub(super) fn identity(row: &Row) -> Option<UnitId> {
    let text = |name: &str| row.get(name).and_then(Value::as_str);
    identity_of(KINDS.map(|kind| text(kind.as_str())), text(SERIAL))
}

/// The identity of what has these numbers, in the order of [`KINDS`].
pub(super) fn identity_of(numbers: [Option<&str>; 3], serial: Option<&str>) -> Option<UnitId> {
    // A number that SQL users may enter and no unit here can have (a pseudo ESN) leaves the unit known by its serial.
    let known = KINDS
        .into_iter()
        .zip(numbers)
        .find_map(|(kind, number)| UnitId::from_stored(kind, number?).ok());
    known.or_else(|| serial.map(|serial| UnitId::Hardware(serial.to_owned())))
}

/// Whether the column is part of what a unit is known by.
pub(super) fn is_identity(column: &str) -> bool {
    column == SERIAL || KINDS.iter().any(|kind| kind.as_str() == column)
}

/// The unit that a row shows, where every column holds what a unit can have; [`unit_of`] takes its time with all others.
fn plain_unit(row: &Row, updated_at: Timestamp) -> Option<Unit> {
    Plain::deserialize(row).ok()?.into_unit(updated_at)
}

/// The unit that a row shows, and the columns whose values no unit can have.
pub(super) fn unit_of(row: &Row, updated_at: Timestamp) -> Option<(Unit, Vec<String>)> {
    if let Some(unit) = plain_unit(row, updated_at) {
        return Some((unit, Vec::new()));
    }
    let mut fields = serde_json::to_value(Unit::new(identity(row)?, updated_at)).ok()?;
    let blank = fields.clone();
    let known = fields.as_object_mut()?;
    for (name, value) in row {
        if let Some(name) = here(name).filter(|name| there(name).is_some())
            && let Some(field) = known.get_mut(name)
        {
            // A column that was never filled in holds nothing, not even an empty list of settings.
            if !(value.is_null() && matches!(name, SETTINGS | STATE)) {
                *field = value.clone();
            }
        }
    }
    if let Ok(unit) = serde_json::from_value(fields.clone()) {
        return Some((unit, Vec::new()));
    }
    let mut unreadable = Vec::new();
    let mut readable = blank;
    for (name, value) in fields.as_object()? {
        let before = readable.get(name).cloned();
        readable
            .as_object_mut()?
            .insert(name.clone(), value.clone());
        if serde_json::from_value::<Unit>(readable.clone()).is_err() {
            readable.as_object_mut()?.insert(name.clone(), before?);
            unreadable.push(there(name).unwrap_or(name).to_owned());
        }
    }
    Some((serde_json::from_value(readable).ok()?, unreadable))
}

/// What differs between two rows, with the value that stood there before: the columns that a person or a job can change.
pub(super) fn difference(before: Option<&Row>, after: &Row) -> Vec<(String, Value, Value)> {
    after
        .iter()
        .map(|(name, new)| {
            let base = before
                .and_then(|row| row.get(name))
                .cloned()
                .unwrap_or_default();
            (name.clone(), base, new.clone())
        })
        .filter(|(name, base, new)| base != new && name != NUMBER)
        .collect()
}

/// What changes when the unit of this row is to be as `after` says. What a row holds and no unit can show is no change by anybody here: it
/// stays as it is, and whoever enters something in its place saw nothing there. Otherwise the value that an editor saw is the row's own.
pub(super) fn changes(
    before: Option<&Row>,
    after: &Unit,
) -> Result<Vec<(String, Value, Value)>, InventoryError> {
    let wanted = row_of(after)?;
    let Some(before) = before else {
        return Ok(difference(None, &wanted));
    };
    // Moments are kept here to the millisecond. What SQL users write with now() is finer, and nobody's change for that.
    let kept = |unit: &Unit| unit.provisioned_at.map(|at| at.as_millisecond());
    let (seen, unseen, same_moment) = match unit_of(before, after.updated_at) {
        Some((unit, unreadable)) => (row_of(&unit)?, unreadable, kept(&unit) == kept(after)),
        None => (before.clone(), Vec::new(), false),
    };
    let changed = difference(Some(&seen), &wanted).into_iter();
    Ok(changed
        .filter(|(name, ..)| !(same_moment && name == PROVISIONED_AT))
        .map(|(name, seen, new)| {
            let base = match before.get(&name) {
                Some(base) if !unseen.contains(&name) => base.clone(),
                _ => seen,
            };
            (name, base, new)
        })
        .collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use fleet::ids::Imei;
    use fleet::unit::UnitState;

    fn unit() -> Unit {
        let imei = Imei::parse("356938035643809").unwrap();
        let mut unit = Unit::new(UnitId::Imei(imei), Timestamp::UNIX_EPOCH);
        unit.note = Some("under the seat".to_owned());
        unit.state = UnitState::Verified;
        unit.provisioned_at = Some("2026-11-22T21:48:06.123Z".parse().unwrap());
        unit
    }

    #[test]
    fn a_unit_comes_back_from_its_row_as_it_went_in() {
        let row = row_of(&unit()).unwrap();
        assert_eq!(row[SERIAL], "356938035643809");
        assert_eq!(row["imei"], "356938035643809");
        assert_eq!(row["notes"], "under the seat");
        assert_eq!(row[PROVISIONED_AT], "2026-11-22T21:48:06.123+00:00");
        assert_eq!(
            unit_of(&row, Timestamp::UNIX_EPOCH),
            Some((unit(), Vec::new()))
        );
    }

    #[test]
    fn both_ways_of_reading_a_row_read_the_same() {
        let mut full = unit();
        full.settings = serde_json::from_value(
            serde_json::json!({"server.host": "gps.example.net", "server.port": 5027}),
        )
        .unwrap();
        full.registration = Some(fleet::registration::RegistrationState::Active);
        full.iccid = Some(fleet::Iccid::parse("89012602221932400005").unwrap());
        full.template_version = Some(5);
        // Each field is filled, so that one that is forgotten shows.
        for field in fleet::edit::Field::ALL {
            if field.text(&full).is_empty() {
                let value = if field == fleet::edit::Field::Mdn {
                    "2065551234"
                } else {
                    "some text"
                };
                fleet::edit::Edit::new(field, value)
                    .unwrap()
                    .apply(&mut full);
            }
        }
        full.firmware = Some("1".to_owned());
        full.profile = Some("queclink".to_owned());
        full.template = Some("Van".to_owned());
        full.carrier_id = Some("77".to_owned());
        let row = row_of(&full).unwrap();
        assert_eq!(plain_unit(&row, full.updated_at), Some(full));
        for (column, value) in [
            ("iccid", serde_json::json!("x")),
            ("state", serde_json::json!(7)),
            ("template_version", serde_json::json!(-1)),
            ("provisioned_at", serde_json::json!("infinity")),
            ("settings", serde_json::json!("none")),
        ] {
            let mut odd = row.clone();
            odd.insert(column.to_owned(), value);
            assert_eq!(plain_unit(&odd, Timestamp::UNIX_EPOCH), None, "{column}");
            let (_, unreadable) = unit_of(&odd, Timestamp::UNIX_EPOCH).unwrap();
            assert_eq!(unreadable, [column]);
        }
    }

    #[test]
    fn what_no_unit_can_have_is_named_and_the_rest_is_shown() {
        let mut row = row_of(&unit()).unwrap();
        row.insert("iccid".to_owned(), "not a number".into());
        row.insert("a_new_column".to_owned(), 7.into());
        let (shown, unreadable) = unit_of(&row, Timestamp::UNIX_EPOCH).unwrap();
        assert_eq!(shown, unit());
        assert_eq!(unreadable, ["iccid"]);
        row.insert("imei".to_owned(), "12".into());
        let (by_serial, _) = unit_of(&row, Timestamp::UNIX_EPOCH).unwrap();
        assert_eq!(by_serial.id, UnitId::Hardware("356938035643809".to_owned()));
        row.remove(SERIAL);
        assert_eq!(unit_of(&row, Timestamp::UNIX_EPOCH), None);
    }

    #[test]
    fn what_no_unit_can_have_is_nobodys_change_until_it_is_entered_anew() {
        let mut row = row_of(&unit()).unwrap();
        row.insert(PROVISIONED_AT.to_owned(), "infinity".into());
        row.insert("mdn".to_owned(), "+4915112345678".into());
        let (shown, _) = unit_of(&row, Timestamp::UNIX_EPOCH).unwrap();
        let mut after = shown.clone();
        assert_eq!(changes(Some(&row), &after).unwrap(), []);
        after.customer = Some("Acme".to_owned());
        after.mdn = Some(fleet::Mdn::parse("2065551234").unwrap());
        let mut told = changes(Some(&row), &after).unwrap();
        told.sort_by(|one, other| one.0.cmp(&other.0));
        assert_eq!(
            told,
            [
                ("customer".to_owned(), Value::Null, "Acme".into()),
                // Nobody saw the number that stands there: the fleet database asks.
                ("mdn".to_owned(), Value::Null, "2065551234".into()),
            ]
        );
    }

    #[test]
    fn a_moment_finer_than_what_is_kept_here_is_nobodys_change() {
        let mut row = row_of(&unit()).unwrap();
        let mut after = unit();
        after.customer = Some("Acme".to_owned());
        let columns = |row: &Row, after: &Unit| -> Vec<String> {
            let told = changes(Some(row), after).unwrap();
            told.into_iter().map(|(name, ..)| name).collect()
        };
        row.insert(
            PROVISIONED_AT.to_owned(),
            "2026-11-22T21:48:06.123456+00:00".into(),
        );
        assert_eq!(columns(&row, &after), ["customer"]);
        after.provisioned_at = Some("2026-11-22T21:48:06.124Z".parse().unwrap());
        after.customer = None;
        assert_eq!(columns(&row, &after), [PROVISIONED_AT]);
    }

    #[test]
    fn moments_are_written_as_postgresql_writes_them() {
        let written = |text: &str| as_postgres(text.parse().unwrap());
        assert_eq!(written("2026-01-02T03:04:05Z"), "2026-01-02T03:04:05+00:00");
        assert_eq!(
            written("2026-01-02T03:04:05.120Z"),
            "2026-01-02T03:04:05.12+00:00"
        );
    }
}
