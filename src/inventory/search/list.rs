//! A list of numbers against the inventory: each line has its own verdict, in the given order.

use super::rows_named;
use crate::inventory::InventoryError;
use crate::inventory::search::line::line_at;
use fleet::UnitId;
use fleet::ids::IdentifierError;
use fleet::pasted::{Meant, PastedLine};
use fleet::unit::UnitState;
use jiff::Timestamp;
use rusqlite::Connection;
use std::collections::HashMap;

/// The longest list that is looked up at once.
pub const MOST_LINES: usize = 100_000;
/// For so many wrong numbers the units that were probably meant are looked for.
const MOST_NEAR: usize = 500;

/// What a line of a list is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ListVerdict {
    /// This unit.
    Found {
        /// The unit.
        id: UnitId,
        /// Its model.
        model: Option<String>,
        /// Whose it is.
        customer: Option<String>,
        /// Vehicle or plate.
        vehicle: Option<String>,
        /// How far it has come.
        state: UnitState,
    },
    /// The same unit or number as that line.
    Double {
        /// Which line, from 1.
        of: u32,
    },
    /// No unit has this number.
    NotFound {
        /// Units whose number differs by a single digit.
        near: Vec<UnitId>,
    },
    /// The end of so many numbers.
    Several(u64),
    /// Its digits cannot be right.
    WrongDigit {
        /// Why not.
        error: IdentifierError,
        /// Units whose number differs by a single digit.
        near: Vec<UnitId>,
    },
    /// A spreadsheet has cut it off.
    CutOff,
    /// No number stands there.
    NoNumber,
}

/// Looks every line up.
pub(in crate::inventory) fn look_up(
    connection: &Connection,
    lines: &[PastedLine],
    _now: Timestamp,
    stop: &dyn Fn() -> bool,
) -> Result<Vec<ListVerdict>, InventoryError> {
    let mut units: HashMap<i64, u32> = HashMap::new();
    let mut unknown: HashMap<&str, u32> = HashMap::new();
    let mut near_left = MOST_NEAR;
    let mut verdicts = Vec::with_capacity(lines.len());
    for line in lines.iter().take(MOST_LINES) {
        if stop() {
            break;
        }
        let (number, error) = match &line.meant {
            Meant::Number(number) => (number, None),
            Meant::Wrong { number, error } => (number, Some(error)),
            Meant::CutOff => {
                verdicts.push(ListVerdict::CutOff);
                continue;
            }
            Meant::NoNumber => {
                verdicts.push(ListVerdict::NoNumber);
                continue;
            }
        };
        // A number with a wrong check digit is some unit's own; such units exist.
        let rows = rows_named(connection, number)?;
        verdicts.push(match (rows.as_slice(), error) {
            ([row], _) => match units.get(row) {
                Some(of) => ListVerdict::Double { of: *of },
                None => {
                    units.insert(*row, line.line);
                    found(connection, *row)?
                }
            },
            ([], error) => match unknown.get(number.as_str()) {
                Some(of) => ListVerdict::Double { of: *of },
                None => {
                    unknown.insert(number, line.line);
                    let near = if near_left > 0 {
                        near_left -= 1;
                        near(connection, number)?
                    } else {
                        Vec::new()
                    };
                    match error {
                        Some(error) => ListVerdict::WrongDigit {
                            error: error.clone(),
                            near,
                        },
                        None => ListVerdict::NotFound { near },
                    }
                }
            },
            (several, _) => ListVerdict::Several(several.len() as u64),
        });
    }
    Ok(verdicts)
}

fn found(connection: &Connection, row: i64) -> Result<ListVerdict, InventoryError> {
    let Some(line) = line_at(connection, row)? else {
        return Ok(ListVerdict::NotFound { near: Vec::new() });
    };
    Ok(ListVerdict::Found {
        id: line.unit.id,
        model: line.unit.model,
        customer: line.unit.customer,
        vehicle: line.unit.vehicle,
        state: line.unit.state,
    })
}

/// Units whose number is the given one but for a single digit: a slip of the finger.
fn near(connection: &Connection, number: &str) -> Result<Vec<UnitId>, InventoryError> {
    let digits = number.bytes().all(|each| each.is_ascii_digit());
    if !digits || !(10..=20).contains(&number.len()) {
        return Ok(Vec::new());
    }
    let mut statement = connection.prepare_cached(
        "SELECT id_kind, id FROM unit_number JOIN unit ON row = unit WHERE number = ?1 LIMIT 1",
    )?;
    let mut near = Vec::new();
    for (at, digit) in number.char_indices() {
        for other in '0'..='9' {
            if other == digit {
                continue;
            }
            let mut changed = number.to_owned();
            changed.replace_range(at..=at, &other.to_string());
            let mut rows = statement.query([&changed])?;
            if let Some(row) = rows.next()? {
                let (kind, id): (String, String) = (row.get(0)?, row.get(1)?);
                near.push(crate::inventory::columns::unit_id(&kind, &id)?);
            }
        }
    }
    near.truncate(3);
    Ok(near)
}
