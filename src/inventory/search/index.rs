//! What searches need to know of a row, kept beside it: numbers, fragments, words, facets.

use super::facets;
use crate::inventory::units::unit_at;
use crate::inventory::{InventoryError, meta};
use fleet::query::{bare, numbers, texts};
use fleet::unit::Unit;
use rusqlite::{Connection, params};

/// The way in which the indexes are filled; another number fills them anew when the file is opened.
const WAY: &str = "2";
/// Note in `meta` that says how they are filled.
const NOTE: &str = "search_index";

/// Writes what searches need to know of a row, in place of what they knew.
pub(in crate::inventory) fn index(
    connection: &Connection,
    row: i64,
    unit: &Unit,
) -> Result<(), InventoryError> {
    forget(connection, row)?;
    fill(connection, row, unit)
}

/// As [`index`], for a row that searches know nothing of.
fn fill(connection: &Connection, row: i64, unit: &Unit) -> Result<(), InventoryError> {
    let plate = unit.vehicle.as_deref().map(bare);
    let mut tails = String::new();
    for number in numbers(unit) {
        let is_plate = plate.as_ref() == Some(&number);
        let head = head(&number);
        if !head.is_empty() {
            connection
                .prepare_cached("INSERT INTO number_head (head, units) VALUES (?1, 1) ON CONFLICT DO UPDATE SET units = units + 1")?
                .execute([head])?;
        }
        if !is_plate {
            tails.push_str(number.get(head.len()..).unwrap_or_default());
            tails.push('\n');
        }
        let reversed: String = number.chars().rev().collect();
        connection
            .prepare_cached("INSERT INTO unit_number (unit, number, reversed, plate) VALUES (?1, ?2, ?3, ?4) ON CONFLICT DO NOTHING")?
            .execute(params![row, number, reversed, is_plate])?;
    }
    let mut lines: Vec<&str> = texts(unit).into_iter().flatten().collect();
    lines.extend(plate.as_deref());
    connection
        .prepare_cached("INSERT INTO unit_fragment (rowid, tails, texts) VALUES (?1, ?2, ?3)")?
        .execute(params![row, tails, lines.join("\n")])?;
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
            unit.customer,
            unit.vehicle,
            unit.office,
            unit.note,
            unit.model,
            unit.template,
            other.join("\n")
        ])?;
    facets::enter(connection, row, unit)
}

/// Takes out what searches know of a row.
pub(in crate::inventory) fn forget(
    connection: &Connection,
    row: i64,
) -> Result<(), InventoryError> {
    let mut known = connection.prepare_cached("SELECT number FROM unit_number WHERE unit = ?1")?;
    let numbers: Vec<String> = known
        .query_map([row], |found| found.get(0))?
        .collect::<Result<_, _>>()?;
    if numbers.is_empty() {
        // Every unit that is indexed has a number.
        return Ok(());
    }
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

/// Fills the indexes where an older program left the file. Answers how many units that took.
pub(in crate::inventory) fn prepare(connection: &Connection) -> Result<u64, InventoryError> {
    if meta::get(connection, NOTE)?.as_deref() == Some(WAY) {
        return Ok(0);
    }
    let mut filled = 0;
    let mut statement = connection
        .prepare("SELECT row FROM unit WHERE gone = 0 AND row > ?1 ORDER BY row LIMIT 1000")?;
    let mut last = i64::MIN;
    loop {
        let rows: Vec<i64> = statement
            .query_map([last], |row| row.get(0))?
            .collect::<Result<_, _>>()?;
        let Some(end) = rows.last() else { break };
        last = *end;
        for row in rows {
            fill(connection, row, &unit_at(connection, row)?)?;
            filled += 1;
        }
    }
    meta::set(connection, NOTE, WAY)?;
    Ok(filled)
}
