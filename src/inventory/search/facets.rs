//! The few values that most filters ask for, each combination once: which combinations fit, and how many units have them.

use crate::inventory::InventoryError;
use crate::inventory::columns::{as_word, word};
use fleet::setting::{SettingKey, ShownValue};
use fleet::unit::Unit;
use fleet::{Template, UnitId, drift};
use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension, params};
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;

/// One combination.
pub(super) struct Facet {
    pub number: i64,
    /// A unit with nothing but these values, so that the pure rules can judge it.
    pub unit: Unit,
    pub differs: bool,
    pub units: u64,
}

/// What searches keep in memory between two commits.
pub(super) struct Known {
    version: i64,
    pub facets: Vec<Facet>,
    /// Newest released version by template.
    pub newest: BTreeMap<String, u32>,
    /// What many numbers begin with.
    pub heads: Vec<String>,
}

impl Known {
    pub fn newest_of(&self, unit: &Unit) -> Option<u32> {
        self.newest.get(unit.template.as_deref()?).copied()
    }
}

thread_local! {
    /// Each inventory has a thread of its own for questions, with one connection.
    static KNOWN: RefCell<Option<(String, Rc<Known>)>> = const { RefCell::new(None) };
}

/// The combinations as they are now; read anew only after a commit.
pub(super) fn known(connection: &Connection) -> Result<Rc<Known>, InventoryError> {
    let version: i64 = connection.pragma_query_value(None, "data_version", |row| row.get(0))?;
    let file = connection.path().unwrap_or_default().to_owned();
    let kept = KNOWN.with_borrow(|kept| {
        kept.as_ref()
            .filter(|(of, known)| *of == file && known.version == version)
            .map(|(_, known)| Rc::clone(known))
    });
    if let Some(kept) = kept {
        return Ok(kept);
    }
    let known = Rc::new(read(connection, version)?);
    KNOWN.set(Some((file, Rc::clone(&known))));
    Ok(known)
}

fn read(connection: &Connection, version: i64) -> Result<Known, InventoryError> {
    let mut statement = connection.prepare_cached(
        "SELECT facet, office, template, template_version, state, registration, differs, units FROM facet WHERE units > 0",
    )?;
    let mut rows = statement.query([])?;
    let mut facets = Vec::new();
    while let Some(row) = rows.next()? {
        let nobody = UnitId::Hardware(String::new());
        let mut unit = Unit::new(nobody, Timestamp::UNIX_EPOCH);
        unit.office = row.get(1)?;
        unit.template = row.get(2)?;
        unit.template_version = row.get(3)?;
        unit.state = word(&row.get::<_, String>(4)?)?;
        let registration: Option<String> = row.get(5)?;
        unit.registration = registration.map(|text| word(&text)).transpose()?;
        facets.push(Facet {
            number: row.get(0)?,
            unit,
            differs: row.get(6)?,
            units: u64::try_from(row.get::<_, i64>(7)?).unwrap_or_default(),
        });
    }
    let mut newest = connection.prepare_cached(
        "SELECT name, max(version) FROM template WHERE released = 1 GROUP BY name",
    )?;
    let newest = newest
        .query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?
        .collect::<Result<_, _>>()?;
    let mut heads = connection.prepare_cached("SELECT head FROM number_head")?;
    let heads = heads
        .query_map([], |row| row.get(0))?
        .collect::<Result<_, _>>()?;
    Ok(Known {
        version,
        facets,
        newest,
        heads,
    })
}

/// Notes the combination of a unit that has none.
pub(super) fn enter(connection: &Connection, row: i64, unit: &Unit) -> Result<(), InventoryError> {
    let differs = differs(connection, unit)?;
    let registration = unit.registration.as_ref().map(as_word).transpose()?;
    let facet: i64 = connection
        .prepare_cached(
            "INSERT INTO facet (office, template, template_version, state, registration, differs, units) VALUES (?1, ?2, ?3, ?4, ?5, ?6, 1)
             ON CONFLICT DO UPDATE SET units = units + 1 RETURNING facet",
        )?
        .query_row(
            params![
                unit.office,
                unit.template,
                unit.template_version,
                as_word(&unit.state)?,
                registration,
                differs
            ],
            |row| row.get(0),
        )?;
    connection
        .prepare_cached("INSERT INTO unit_facet (unit, facet) VALUES (?1, ?2)")?
        .execute([row, facet])?;
    if let Some(set) = unit.provisioned_at {
        heard(connection, row, set.as_millisecond(), false)?;
    }
    Ok(())
}

/// Whether a unit has one.
pub(super) fn has(connection: &Connection, row: i64) -> Result<bool, InventoryError> {
    Ok(connection
        .prepare_cached("SELECT EXISTS (SELECT 1 FROM unit_facet WHERE unit = ?1)")?
        .query_row([row], |found| found.get(0))?)
}

/// Takes a unit out of its combination.
pub(super) fn leave(connection: &Connection, row: i64) -> Result<(), InventoryError> {
    connection
        .prepare_cached(
            "UPDATE facet SET units = units - 1 WHERE facet = (SELECT facet FROM unit_facet WHERE unit = ?1)",
        )?
        .execute([row])?;
    connection
        .prepare_cached("DELETE FROM unit_facet WHERE unit = ?1")?
        .execute([row])?;
    Ok(())
}

/// Notes a sign of life.
pub(in crate::inventory) fn heard(
    connection: &Connection,
    row: i64,
    at_ms: i64,
    report: bool,
) -> Result<(), InventoryError> {
    connection
        .prepare_cached(
            "INSERT INTO unit_sign (unit, seen_ms, report_ms) VALUES (?1, ?2, iif(?3, ?2, NULL))
             ON CONFLICT DO UPDATE SET seen_ms = max(seen_ms, excluded.seen_ms),
                report_ms = nullif(max(ifnull(report_ms, 0), ifnull(excluded.report_ms, 0)), 0)
             WHERE excluded.seen_ms > seen_ms OR (?3 AND excluded.report_ms > ifnull(report_ms, 0))",
        )?
        .execute(params![row, at_ms, report])?;
    Ok(())
}

/// Whether the last reading differs from the version of the template that the unit was given, where that is known here.
fn differs(connection: &Connection, unit: &Unit) -> Result<bool, InventoryError> {
    let (Some(name), Some(version)) = (&unit.template, unit.template_version) else {
        return Ok(false);
    };
    if unit.settings.is_empty() {
        return Ok(false);
    }
    let Some(wanted) = wanted(connection, name, version)? else {
        return Ok(false);
    };
    Ok(drift::differing(&unit.settings, &wanted).next().is_some())
}

type Settings = BTreeMap<SettingKey, ShownValue>;

thread_local! {
    /// Released templates never change; reading one costs more than writing a row.
    static WANTED: RefCell<Option<(String, Rc<Settings>)>> = const { RefCell::new(None) };
}

/// What a released version of a template sets.
fn wanted(
    connection: &Connection,
    name: &str,
    version: u32,
) -> Result<Option<Rc<Settings>>, InventoryError> {
    let toml: Option<String> = connection
        .prepare_cached("SELECT toml FROM template WHERE name = ?1 AND version = ?2")?
        .query_row(params![name, version], |row| row.get(0))
        .optional()?;
    let Some(toml) = toml else { return Ok(None) };
    let kept = WANTED.with_borrow(|kept| {
        kept.as_ref()
            .filter(|(of, _)| *of == toml)
            .map(|(_, settings)| Rc::clone(settings))
    });
    if let Some(kept) = kept {
        return Ok(Some(kept));
    }
    let Ok(template) = Template::from_toml_redacted(&toml) else {
        return Ok(None);
    };
    let settings: Settings = template
        .settings
        .iter()
        .map(|(key, value)| (key.clone(), ShownValue::from(value)))
        .collect();
    let settings = Rc::new(settings);
    WANTED.set(Some((toml, Rc::clone(&settings))));
    Ok(Some(settings))
}

/// A template came in: units that were given it before it was known here are compared with it now.
pub(in crate::inventory) fn template_came(
    connection: &Connection,
    name: &str,
    version: u32,
) -> Result<(), InventoryError> {
    let mut statement = connection.prepare_cached(
        "SELECT unit FROM unit_facet WHERE facet IN (SELECT facet FROM facet WHERE template = ?1 AND template_version = ?2)",
    )?;
    let rows: Vec<i64> = statement
        .query_map(params![name, version], |row| row.get(0))?
        .collect::<Result<_, _>>()?;
    for row in rows {
        let unit = crate::inventory::units::unit_at(connection, row)?;
        leave(connection, row)?;
        enter(connection, row, &unit)?;
    }
    Ok(())
}
