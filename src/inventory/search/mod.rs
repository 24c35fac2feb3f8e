//! Finding units by any fragment of any number, by plate, customer, office or words of the note, and by fields; best first.
//!
//! Beginnings and ends of numbers are ranges of two B-trees, their insides come from an index of pieces, fragments of texts from one of
//! trigrams, words from an index of their beginnings, filters from the few combinations of values that there are: nothing here goes through the whole table. The first
//! rows are told within a time that nobody feels; all rows, with their exact number, are found after them and can be stopped.

pub(super) mod facets;
mod index;
mod line;
mod list;
mod met;
mod pieces;
mod run;

pub(super) use index::{forget, index, prepare};
pub use line::UnitLine;
pub(super) use list::look_up;
pub use list::{ListVerdict, MOST_LINES};

use super::sync::numbered_otherwise;
use super::units::{UnitsPage, unit_at};
use super::{Inventory, InventoryError, Pending};
use facets::known;
use fleet::UnitId;
use fleet::query::{Query, typed_number, without_country_code};
use fleet::unit::Unit;
use jiff::Timestamp;
use run::{Found, after_all_that_begin_with, run};
use rusqlite::Connection;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// The first rows of a search are told after that long, whether or not there are more to find.
const FIRST_WITHIN: Duration = Duration::from_micros(4_500);

/// Units that are counted where a text should name one.
const MOST_NAMED: usize = 1_000;

/// What a text that should name one unit names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Named {
    /// Exactly this one.
    One(Box<Unit>),
    /// None.
    Nothing,
    /// So many.
    Several(u64),
}

/// How units were found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Group {
    /// A number ends with it.
    Ends,
    /// A number contains it.
    Contains,
    /// Plate, customer, note.
    Words,
    /// Nothing but fields was asked.
    Fields,
}

/// The first rows of a search.
#[derive(Debug, Clone, Default)]
pub struct FirstFound {
    /// Best first, groups in their order.
    pub lines: Vec<(Group, UnitLine)>,
    /// How many fit, as far as is known.
    pub total: u64,
    /// Whether these are all and the total is exact.
    pub complete: bool,
}

/// All rows of a search, as numbers; a page of them is asked for with [`Inventory::lines`].
#[derive(Debug, Clone, Default)]
pub struct AllFound {
    /// Groups in their order, with how many rows each has.
    pub groups: Vec<(Group, usize)>,
    rows: Arc<[i64]>,
}

impl AllFound {
    /// How many.
    #[must_use]
    pub fn len(&self) -> usize {
        self.rows.len()
    }

    /// Whether nothing fits.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// In which group a row of the list stands.
    #[must_use]
    pub fn group_of(&self, place: usize) -> Option<Group> {
        let mut end = 0;
        self.groups.iter().find_map(|(group, rows)| {
            end += rows;
            (place < end).then_some(*group)
        })
    }
}

impl Inventory {
    /// The first rows that fit a query, told within milliseconds; the rest is [`Self::search_all`]'s. Drop the answer to stop it.
    pub fn search_first(&self, query: Query, most: usize) -> Pending<FirstFound> {
        self.search(move |connection, stop| {
            let until = Instant::now() + FIRST_WITHIN;
            let stop = || stop() || Instant::now() >= until;
            first(connection, &query, Timestamp::now(), most, &stop)
        })
    }

    /// All rows that fit a query, best first. Drop the answer to stop it.
    pub fn search_all(&self, query: Query) -> Pending<AllFound> {
        self.search(move |connection, stop| {
            let found = best_reading(connection, &query, Timestamp::now(), usize::MAX, stop)?;
            Ok(all(&query, found))
        })
    }

    /// A page of what was found; units that were deleted since are left out.
    pub fn lines(&self, of: &AllFound, from: usize, most: usize) -> Pending<Vec<UnitLine>> {
        let rows: Vec<i64> = of.rows.iter().skip(from).take(most).copied().collect();
        self.search(move |connection, _| lines(connection, &rows, Timestamp::now()))
    }

    /// The identities of all units that fit a query, best first.
    pub fn select_units(&self, query: Query) -> Pending<Vec<UnitId>> {
        self.search(move |connection, stop| {
            let found = best_reading(connection, &query, Timestamp::now(), usize::MAX, stop)?;
            let mut statement =
                connection.prepare_cached("SELECT id_kind, id FROM unit WHERE row = ?1")?;
            let mut ids = Vec::new();
            for row in found.rows.iter().flatten() {
                let (kind, id): (String, String) =
                    statement.query_row([row], |row| Ok((row.get(0)?, row.get(1)?)))?;
                ids.push(super::columns::unit_id(&kind, &id)?);
            }
            Ok(ids)
        })
    }

    /// What stands in each line of a pasted list, in its order.
    pub fn look_up_list(&self, lines: Vec<fleet::pasted::PastedLine>) -> Pending<Vec<ListVerdict>> {
        self.search(move |connection, stop| look_up(connection, &lines, Timestamp::now(), stop))
    }

    /// Offices and templates that units have, with how many units; most first. For menus.
    pub fn menu_values(&self) -> Pending<MenuValues> {
        self.search(|connection, _| menu_values(connection))
    }

    /// Notes when units reported last, as the fleet database or a collector tells it.
    pub fn note_reports(&self, reports: Vec<(UnitId, Timestamp)>) -> Pending<()> {
        self.write_units(move |connection| {
            for (id, at) in &reports {
                if let Some(row) = super::units::row_of(connection, id)? {
                    facets::heard(connection, row, at.as_millisecond(), true)?;
                }
            }
            Ok(())
        })
    }
}

/// What the menus of a search offer.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct MenuValues {
    /// Offices with their units.
    pub offices: Vec<(String, u64)>,
    /// Templates with their units.
    pub templates: Vec<(String, u64)>,
    /// Units that are not as their template wants them.
    pub drifting: u64,
}

fn menu_values(connection: &Connection) -> Result<MenuValues, InventoryError> {
    let known = known(connection)?;
    let mut offices = std::collections::BTreeMap::new();
    let mut templates = std::collections::BTreeMap::new();
    let mut drifting = 0;
    for facet in &known.facets {
        if let Some(office) = &facet.unit.office {
            *offices.entry(office.clone()).or_default() += facet.units;
        }
        if let Some(template) = &facet.unit.template {
            *templates.entry(template.clone()).or_default() += facet.units;
        }
        let facts = fleet::query::Facts {
            unit: &facet.unit,
            seen: None,
            reported: None,
            newest_version: known.newest_of(&facet.unit),
            differs: facet.differs,
            now: Timestamp::UNIX_EPOCH,
        };
        if facts.drifts() {
            drifting += facet.units;
        }
    }
    let sorted = |values: std::collections::BTreeMap<String, u64>| {
        let mut values: Vec<(String, u64)> = values.into_iter().collect();
        values.sort_by_key(|(_, units)| std::cmp::Reverse(*units));
        values
    };
    Ok(MenuValues {
        offices: sorted(offices),
        templates: sorted(templates),
        drifting,
    })
}

/// The likeliest reading that anything fits.
fn best_reading(
    connection: &Connection,
    query: &Query,
    now: Timestamp,
    most: usize,
    stop: &dyn Fn() -> bool,
) -> Result<Found, InventoryError> {
    let mut best = Found::default();
    for reading in query.readings() {
        best = run(connection, &reading, now, most, stop)?;
        if best.len() > 0 || best.cut {
            break;
        }
    }
    Ok(best)
}

fn first(
    connection: &Connection,
    query: &Query,
    now: Timestamp,
    most: usize,
    stop: &dyn Fn() -> bool,
) -> Result<FirstFound, InventoryError> {
    let mut found = best_reading(connection, query, now, most, stop)?;
    let mut read = std::mem::take(&mut found.lines);
    let (complete, total) = match found.total {
        Some(total) => (!found.cut, total),
        None => (!found.cut, found.len() as u64),
    };
    let known = known(connection)?;
    let mut lines = Vec::new();
    for (group, rows) in groups(query, &found) {
        for row in rows {
            let line = match read.remove(row) {
                Some(line) => Some(line),
                None => line::line_at(connection, *row)?,
            };
            if let Some(line) = line {
                lines.push((group, UnitLine::of(line, &known, now)));
            }
        }
    }
    Ok(FirstFound {
        lines,
        total,
        complete,
    })
}

fn groups<'a>(
    query: &Query,
    found: &'a Found,
) -> impl Iterator<Item = (Group, &'a Vec<i64>)> + use<'a> {
    let last = if query.words.is_empty() {
        Group::Fields
    } else {
        Group::Words
    };
    let names = [Group::Ends, Group::Contains, Group::Contains, last];
    names.into_iter().zip(&found.rows)
}

fn all(query: &Query, found: Found) -> AllFound {
    let mut counts: Vec<(Group, usize)> = Vec::new();
    for (group, rows) in groups(query, &found) {
        match counts.last_mut() {
            Some((last, count)) if *last == group => *count += rows.len(),
            _ => counts.push((group, rows.len())),
        }
    }
    counts.retain(|(_, count)| *count > 0);
    AllFound {
        groups: counts,
        rows: found.rows.into_iter().flatten().collect(),
    }
}

fn lines(
    connection: &Connection,
    rows: &[i64],
    now: Timestamp,
) -> Result<Vec<UnitLine>, InventoryError> {
    let known = known(connection)?;
    let mut lines = Vec::with_capacity(rows.len());
    for row in rows {
        if let Some(line) = line::line_at(connection, *row)? {
            lines.push(UnitLine::of(line, &known, now));
        }
    }
    Ok(lines)
}

/// Units that fit a query, best first, with their settings.
pub(super) fn find(
    connection: &Connection,
    query: &Query,
    limit: u32,
    offset: u32,
    stop: &dyn Fn() -> bool,
) -> Result<UnitsPage, InventoryError> {
    if query.asks_for_all() {
        return super::units::page(connection, limit, offset);
    }
    let found = best_reading(connection, query, Timestamp::now(), usize::MAX, stop)?;
    let total = found.len() as u64;
    let skip = usize::try_from(offset).unwrap_or(usize::MAX);
    let take = usize::try_from(limit).unwrap_or(usize::MAX);
    let rows = found
        .rows
        .iter()
        .flatten()
        .skip(skip)
        .take(take)
        .map(|row| unit_at(connection, *row))
        .collect::<Result<_, _>>()?;
    Ok(UnitsPage { rows, total })
}

/// The one unit that has exactly this number; failing that, the one whose number ends with it.
pub(super) fn named(connection: &Connection, text: &str) -> Result<Named, InventoryError> {
    let number = typed_number(text);
    let mut rows = rows_named(connection, &number)?;
    if let Some(local) = without_country_code(&number).filter(|_| rows.is_empty()) {
        rows = rows_named(connection, local)?;
    }
    if rows.len() > 1 {
        rows = written_so(connection, rows, text.trim())?;
    }
    one_of(connection, &rows)
}

/// The one of several units that is known by exactly this text, where the others differ from it in capitals or marks only, as serials of SQL
/// users may. Else all.
fn written_so(
    connection: &Connection,
    rows: Vec<i64>,
    text: &str,
) -> Result<Vec<i64>, InventoryError> {
    let mut id_of = connection.prepare_cached("SELECT id FROM unit WHERE row = ?1")?;
    let ids: Vec<String> = rows
        .iter()
        .map(|row| id_of.query_row([row], |found| found.get(0)))
        .collect::<Result<_, _>>()?;
    let number = typed_number(text);
    if ids.iter().any(|id| typed_number(id) != number) {
        return Ok(rows);
    }
    let exact: Vec<i64> = rows
        .iter()
        .zip(&ids)
        .filter_map(|(row, id)| (id == text).then_some(*row))
        .collect();
    Ok(if exact.len() == 1 { exact } else { rows })
}

fn one_of(connection: &Connection, rows: &[i64]) -> Result<Named, InventoryError> {
    match rows {
        [] => Ok(Named::Nothing),
        [row] => Ok(Named::One(Box::new(unit_at(connection, *row)?))),
        several => Ok(Named::Several(several.len() as u64)),
    }
}

/// As [`named`]; failing that, the one that has exactly this number in another column of the fleet table; failing that, the one that has this in a
/// number of its own, at any place.
pub(super) fn named_by_part(connection: &Connection, text: &str) -> Result<Named, InventoryError> {
    let number = typed_number(text);
    let whole_or_end = named(connection, text)?;
    if whole_or_end != Named::Nothing || number.is_empty() {
        return Ok(whole_or_end);
    }
    let mut otherwise = numbered_otherwise(connection, text.trim())?;
    if otherwise.is_empty() {
        otherwise = numbered_otherwise(connection, &number)?;
    }
    if !otherwise.is_empty() {
        return one_of(connection, &otherwise);
    }
    let asked = Query {
        words: vec![number],
        filters: Vec::new(),
    };
    let found = run(connection, &asked, Timestamp::now(), MOST_NAMED, &|| false)?;
    // What only fits a plate or a text names no unit.
    let [ends, begins, contains, _] = &found.rows;
    let rows: Vec<i64> = [ends, begins, contains]
        .into_iter()
        .flatten()
        .copied()
        .collect();
    one_of(connection, &rows)
}

/// Rows that a bare number names.
fn rows_named(connection: &Connection, number: &str) -> Result<Vec<i64>, InventoryError> {
    if number.is_empty() {
        return Ok(Vec::new());
    }
    let exact = rows(
        connection,
        "SELECT DISTINCT unit FROM unit_number WHERE number = ?1 AND ?2 = '' LIMIT 1000",
        number,
        "",
    )?;
    if !exact.is_empty() {
        return Ok(exact);
    }
    let reversed: String = number.chars().rev().collect();
    let ends =
        "SELECT DISTINCT unit FROM unit_number WHERE reversed >= ?1 AND reversed < ?2 LIMIT 1000";
    rows(
        connection,
        ends,
        &reversed,
        &after_all_that_begin_with(&reversed),
    )
}

fn rows(
    connection: &Connection,
    question: &'static str,
    first: &str,
    second: &str,
) -> Result<Vec<i64>, InventoryError> {
    let mut statement = connection.prepare_cached(question)?;
    let rows = statement.query_map([first, second], |row| row.get(0))?;
    Ok(rows.collect::<Result<_, _>>()?)
}
