//! What the rows of one file say of each other: units that stand there twice, and numbers given to two units.
//!
//! It keeps a few numbers for each row, not the row, so that a long file needs little memory.

use super::{Known, ReadRow, Refusal};
use crate::ids::UnitId;
use sha2::{Digest, Sha256};
use std::collections::{HashMap, HashSet};

/// A short stand-in for a text.
type Print = [u8; 16];

/// What was seen of a file. Every row goes through [`Self::add`] before any is judged, then [`Self::finish`] is called.
#[derive(Debug, Default)]
pub struct Survey {
    units: HashMap<Print, UnitSeen>,
    numbers: HashMap<Print, NumberSeen>,
    /// Rows that give a unit what another one has in the inventory: the unit, what it gets, and who has it.
    held: Vec<(Print, Given, Print)>,
    /// Units whose rows are not taken because of that.
    held_back: HashSet<Print>,
}

#[derive(Debug)]
struct UnitSeen {
    first_row: u64,
    content: Print,
    /// The first row that says something else.
    other_row: Option<u64>,
    given: [Option<Print>; 2],
}

#[derive(Debug)]
struct NumberSeen {
    first_row: u64,
    unit: Print,
    /// The first row that gives it to another unit.
    other_row: Option<u64>,
}

/// A number that a row gives its unit, and which kind of number it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Given {
    kind: Number,
    print: Print,
}

/// A number that only one unit can have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Number {
    Sim,
    Line,
}

impl Number {
    pub(super) fn words(self) -> &'static str {
        match self {
            Self::Sim => "SIM",
            Self::Line => "phone number",
        }
    }
}

impl Survey {
    /// Takes note of a row whose doubts are settled. One that is refused for itself says nothing about others.
    pub fn add(&mut self, row: &ReadRow, known: &Known) {
        let Some(id) = good(row) else { return };
        let (unit, content, number) = (print_of(id), content(row), row.row.number);
        let all_given = given(row);
        let of_kind = |kind| {
            all_given
                .iter()
                .find(|given| given.kind == kind)
                .map(|given| given.print)
        };
        let seen = self.units.entry(unit).or_insert(UnitSeen {
            first_row: number,
            content,
            other_row: None,
            given: [of_kind(Number::Sim), of_kind(Number::Line)],
        });
        if seen.content != content && seen.other_row.is_none() {
            seen.other_row = Some(number);
        }
        for given in all_given {
            let seen = self.numbers.entry(given.print).or_insert(NumberSeen {
                first_row: number,
                unit,
                other_row: None,
            });
            if seen.unit != unit && seen.other_row.is_none() {
                seen.other_row = Some(number);
            }
            if let Some(holder) = known.holder(given.kind) {
                self.held.push((unit, given, print_of(holder)));
            }
        }
    }

    /// All rows were added: decides which units of the inventory give their numbers up in this very file.
    pub fn finish(&mut self) {
        let held = std::mem::take(&mut self.held);
        loop {
            let before = self.held_back.len();
            for (unit, given, holder) in &held {
                if !self.gives_up(holder, *given) {
                    self.held_back.insert(*unit);
                }
            }
            if self.held_back.len() == before {
                return;
            }
        }
    }

    /// Whether a unit that has a number of this row in the inventory gets another one in this file.
    pub(super) fn is_freed(&self, row: &ReadRow, kind: Number, holder: &UnitId) -> bool {
        let mut given = given(row).into_iter();
        given
            .find(|given| given.kind == kind)
            .is_some_and(|given| self.gives_up(&print_of(holder), given))
    }

    fn gives_up(&self, holder: &Print, number: Given) -> bool {
        let Some(seen) = self.units.get(holder) else {
            return false;
        };
        let alone = |print: &Print| {
            self.numbers
                .get(print)
                .is_none_or(|seen| seen.other_row.is_none())
        };
        let taken = seen.other_row.is_none()
            && seen.given.iter().flatten().all(alone)
            && !self.held_back.contains(holder);
        let [sim, line] = &seen.given;
        let other = match number.kind {
            Number::Sim => sim,
            Number::Line => line,
        };
        taken && other.is_some_and(|other| other != number.print)
    }

    /// What the other rows say against a row that was added.
    #[must_use]
    pub fn objection(&self, row: &ReadRow) -> Option<Refusal> {
        let id = good(row)?;
        let (unit, content, number) = (print_of(id), content(row), row.row.number);
        let Some(seen) = self.units.get(&unit) else {
            return Some(Refusal::FileChanged);
        };
        match seen.other_row {
            Some(other) if content == seen.content => {
                return Some(Refusal::Disagrees { row: other });
            }
            Some(_) => {
                return Some(Refusal::Disagrees {
                    row: seen.first_row,
                });
            }
            None if content != seen.content => return Some(Refusal::FileChanged),
            None if seen.first_row != number => {
                return Some(Refusal::Double {
                    row: seen.first_row,
                });
            }
            None => {}
        }
        given(row).into_iter().find_map(|given| {
            let seen = self.numbers.get(&given.print)?;
            let other = seen.other_row?;
            let row = if seen.unit == unit {
                other
            } else {
                seen.first_row
            };
            Some(Refusal::GivenTwice {
                what: given.kind.words(),
                row,
            })
        })
    }
}

fn good(row: &ReadRow) -> Option<&UnitId> {
    row.id
        .as_ref()
        .filter(|_| row.reasons.is_empty() && !row.is_doubtful())
}

fn given(row: &ReadRow) -> Vec<Given> {
    let sim = row.iccid().map(|iccid| Given {
        kind: Number::Sim,
        print: print(&[b"sim", iccid.as_str().as_bytes()]),
    });
    let line = row.mdn().map(|mdn| Given {
        kind: Number::Line,
        print: print(&[b"mdn", mdn.as_str().as_bytes()]),
    });
    sim.into_iter().chain(line).collect()
}

fn print_of(id: &UnitId) -> Print {
    print(&[id.kind().as_str().as_bytes(), id.as_str().as_bytes()])
}

/// What a row would enter; numbers that are written in two ways are the same.
fn content(row: &ReadRow) -> Print {
    let mut digest = Sha256::new();
    let mut edits: Vec<_> = row.edits.iter().collect();
    edits.sort_by_key(|(field, _, _)| *field);
    for (field, text, _) in edits {
        let normal = match field {
            crate::edit::Field::Iccid => row.iccid().map(|iccid| iccid.to_string()),
            crate::edit::Field::Mdn => row.mdn().map(|mdn| mdn.to_string()),
            crate::edit::Field::State => Some(text.to_lowercase()),
            _ => None,
        };
        let normal = normal.as_deref().unwrap_or(text);
        digest.update(field.key().as_bytes());
        digest.update([0]);
        digest.update(normal.len().to_be_bytes());
        digest.update(normal.as_bytes());
    }
    short(digest)
}

fn print(parts: &[&[u8]]) -> Print {
    let mut digest = Sha256::new();
    for part in parts {
        digest.update(part);
        digest.update([0]);
    }
    short(digest)
}

fn short(digest: Sha256) -> Print {
    let whole: [u8; 32] = digest.finalize().into();
    let mut print = Print::default();
    print
        .iter_mut()
        .zip(whole)
        .for_each(|(kept, byte)| *kept = byte);
    print
}
