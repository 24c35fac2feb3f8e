//! What searches need to know of a row, kept beside it: numbers, fragments, words, facets.

use super::facets;
use super::pieces::add_pieces;
use crate::inventory::units::unit_at;
use crate::inventory::{InventoryError, indexing, meta};
use fleet::query::{SHORTEST_FRAGMENT, bare, numbers, searched, texts};
use fleet::unit::Unit;
use rusqlite::{Connection, params};
use std::borrow::Cow;

/// The way in which the indexes are filled; another number fills them anew when the file is opened.
const WAY: &str = "4";
/// So many units are made ready while the file is opened, in well under a second; more beside other work.
const AT_ONCE: usize = 1_000;
/// Note in `meta` that says how they are filled.
const NOTE: &str = "search_index";

/// Writes what searches need to know of a row, in place of what they knew.
pub(in crate::inventory) fn index(
    connection: &Connection,
    row: i64,
    unit: &Unit,
) -> Result<(), InventoryError> {
    forget(connection, row)?;
    let plate = unit.vehicle.as_deref().map(bare);
    let (mut pieces, mut tails) = (String::new(), String::new());
    for number in numbers(unit) {
        let is_plate = plate.as_ref() == Some(&number);
        let head = head(&number);
        if !head.is_empty() {
            connection
                .prepare_cached("INSERT INTO number_head (head, units) VALUES (?1, 1) ON CONFLICT DO UPDATE SET units = units + 1")?
                .execute([head])?;
        }
        let tail = number.get(head.len()..).unwrap_or_default();
        if !is_plate {
            add_pieces(&mut pieces, tail);
        }
        if !is_plate && has_a_word(tail) {
            tails.push_str(tail);
            tails.push('\n');
        }
        let reversed: String = number.chars().rev().collect();
        connection
            .prepare_cached("INSERT INTO unit_number (unit, number, reversed, plate) VALUES (?1, ?2, ?3, ?4) ON CONFLICT DO NOTHING")?
            .execute(params![row, number, reversed, is_plate])?;
    }
    connection
        .prepare_cached("INSERT INTO unit_piece (rowid, pieces) VALUES (?1, ?2)")?
        .execute(params![row, pieces])?;
    let mut lines: Vec<&str> = texts(unit).into_iter().flatten().collect();
    lines.extend(plate.as_deref());
    connection
        .prepare_cached("INSERT INTO unit_fragment (rowid, tails, texts) VALUES (?1, ?2, ?3)")?
        .execute(params![row, tails, searched(&lines.join("\n"))])?;
    let other: Vec<&str> = [&unit.firmware, &unit.profile, &unit.plan_code]
        .into_iter()
        .filter_map(|text| text.as_deref())
        .collect();
    connection
        .prepare_cached(
            "INSERT INTO unit_word (rowid, customer, vehicle, office, note, model, template, other)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
        )?
        .execute(params![
            row,
            plain(unit.customer.as_deref()),
            plain(unit.vehicle.as_deref()),
            plain(unit.office.as_deref()),
            plain(unit.note.as_deref()),
            plain(unit.model.as_deref()),
            plain(unit.template.as_deref()),
            searched(&other.join("\n"))
        ])?;
    facets::enter(connection, row, unit)
}

/// A text as it is looked for.
fn plain(text: Option<&str>) -> Option<Cow<'_, str>> {
    text.map(searched)
}

/// Whether a word without digits may stand in a number, so that it must be found together with words of texts.
fn has_a_word(tail: &str) -> bool {
    tail.split(|each: char| each.is_ascii_digit())
        .any(|letters| letters.chars().count() >= SHORTEST_FRAGMENT)
}

/// Takes out what searches know of a row.
pub(in crate::inventory) fn forget(
    connection: &Connection,
    row: i64,
) -> Result<(), InventoryError> {
    if !facets::has(connection, row)? {
        // Every unit that is indexed has one. A number it need not have: SQL users may call a unit "%".
        return Ok(());
    }
    let mut known = connection.prepare_cached("SELECT number FROM unit_number WHERE unit = ?1")?;
    let numbers: Vec<String> = known
        .query_map([row], |found| found.get(0))?
        .collect::<Result<_, _>>()?;
    for number in numbers {
        let head = head(&number);
        if !head.is_empty() {
            connection
                .prepare_cached("UPDATE number_head SET units = units - 1 WHERE head = ?1")?
                .execute([head])?;
            connection
                .prepare_cached("DELETE FROM number_head WHERE head = ?1 AND units <= 0")?
                .execute([head])?;
        }
    }
    for table in [
        "DELETE FROM unit_number WHERE unit = ?1",
        "DELETE FROM unit_piece WHERE rowid = ?1",
        "DELETE FROM unit_fragment WHERE rowid = ?1",
        "DELETE FROM unit_word WHERE rowid = ?1",
    ] {
        connection.prepare_cached(table)?.execute([row])?;
    }
    facets::leave(connection, row)
}

/// Digits of an IMEI or MEID that name its model.
const ID_HEAD: usize = 8;
/// Digits of an ICCID that name its issuer.
const SIM_HEAD: usize = 9;

/// What a number shares with thousands of others; empty where it is looked for whole. The rule needs nothing but the number, so
/// that it can be taken back.
fn head(number: &str) -> &str {
    let length = match number.len() {
        _ if !number.is_ascii() => 0,
        14 | 15 => ID_HEAD,
        19 | 20 if number.starts_with("89") => SIM_HEAD,
        _ => 0,
    };
    number.get(..length).unwrap_or_default()
}

/// Fills the indexes where an older program left the file: those of a small one at once, those of a large one beside other work. Answers
/// how many units were made ready.
pub(in crate::inventory) fn prepare(connection: &Connection) -> Result<usize, InventoryError> {
    if meta::get(connection, NOTE)?.as_deref() == Some(WAY) {
        return Ok(0);
    }
    meta::set(connection, NOTE, WAY)?;
    let limit = i64::try_from(AT_ONCE).unwrap_or(i64::MAX);
    let rows: Vec<i64> = connection
        .prepare("SELECT row FROM unit WHERE gone = 0 ORDER BY row LIMIT ?1 + 1")?
        .query_map([limit], |row| row.get(0))?
        .collect::<Result<_, _>>()?;
    if rows.len() > AT_ONCE {
        indexing::fall_behind_wholly(connection)?;
        return Ok(0);
    }
    for row in &rows {
        index(connection, *row, &unit_at(connection, *row)?)?;
    }
    Ok(rows.len())
}
