//! The one unit that a typed or scanned number names. Numbers that units are known by have an index; those that only the fleet table has of a unit
//! (the MEID of one that is known by its IMEI) are looked for row by row, where the number can be one.

use super::search::{self, Named};
use super::sync::numbered_otherwise;
use super::{InventoryError, units};
use fleet::ids::{Esn, Iccid, Imei, Meid};
use fleet::query::typed_number;
use rusqlite::Connection;

/// Shorter than that no second number is: it is the end of another one.
const SHORTEST: usize = 8;

/// By a whole number of any kind, whether the unit is known by it or not; failing that, by the end of one that it is known by.
pub(super) fn named(connection: &Connection, text: &str) -> Result<Named, InventoryError> {
    let number = typed_number(text);
    if !is_known_by(connection, &number)? && may_be_second(&number) {
        for written in writings(text, number) {
            match numbered_otherwise(connection, &written)?.as_slice() {
                [] => {}
                [row] => return Ok(Named::One(Box::new(units::unit_at(connection, *row)?))),
                several => return Ok(Named::Several(several.len() as u64)),
            }
        }
    }
    search::named(connection, text)
}

/// As [`named`]; failing that, by any part of a number that fits no other unit.
pub(super) fn named_by_part(connection: &Connection, text: &str) -> Result<Named, InventoryError> {
    match named(connection, text)? {
        Named::Nothing => search::named_by_part(connection, text),
        found => Ok(found),
    }
}

/// As it was typed, bare, and as the fleet table writes what labels write in decimal digits.
fn writings(text: &str, number: String) -> Vec<String> {
    let mut all = vec![text.trim().to_owned(), number];
    all.extend(Meid::parse(text).ok().map(|meid| meid.as_str().to_owned()));
    all.extend(Esn::parse(text).ok().map(|esn| esn.as_str().to_owned()));
    all.dedup();
    all
}

fn is_known_by(connection: &Connection, number: &str) -> Result<bool, InventoryError> {
    let known = connection
        .prepare_cached("SELECT EXISTS (SELECT 1 FROM unit_number WHERE number = ?1)")?
        .query_row([number], |row| row.get(0))?;
    Ok(known)
}

/// A unit that has an IMEI is known by it, and SIMs are in the index.
fn may_be_second(number: &str) -> bool {
    let is_of_the_index = Imei::parse(number).is_ok() || Iccid::parse(number).is_ok();
    number.chars().count() >= SHORTEST && !is_of_the_index
}
