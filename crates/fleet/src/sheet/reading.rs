//! A row of text cells, read by a mapping: which unit, what would be entered, what is wrong.

use super::{Column, Mapping, Reason, Refusal, cell, swallowed};
use crate::edit::{Edit, Field};
use crate::ids::{Iccid, IdentifierError, Imei, Mdn, UnitId, UnitIdKind};
use crate::unit::{Unit, UnitState};

/// A row as it stands in a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// Its number, as a spreadsheet shows it; the headings are row 1.
    pub number: u64,
    /// Its cells.
    pub cells: Vec<String>,
}

/// What an empty cell means.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum EmptyCells {
    /// It says nothing; what is in the inventory stays.
    #[default]
    Keep,
    /// It empties the field.
    Clear,
}

/// A row, read by a mapping.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReadRow {
    /// The row as it stood in the file.
    pub row: Row,
    /// Which unit, where that could be read.
    pub id: Option<UnitId>,
    /// What would be entered, each field once.
    pub edits: Vec<(Field, String, Edit)>,
    /// What is wrong, whatever the inventory holds.
    pub reasons: Vec<Reason>,
    /// What is wrong unless the inventory holds exactly that.
    doubts: Vec<Doubt>,
}

/// A cell that is refused unless the inventory holds exactly that: a unit may tell a wrong check digit, and its row is exported so.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Doubt {
    about: About,
    reason: Reason,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum About {
    Identity(UnitId),
    Field(Field, String),
}

impl Mapping {
    /// Reads a row.
    #[must_use]
    pub fn read(&self, row: Row, empty: EmptyCells) -> ReadRow {
        let mut read = ReadRow {
            row,
            id: None,
            edits: Vec::new(),
            reasons: Vec::new(),
            doubts: Vec::new(),
        };
        if read.is_empty() {
            return read;
        }
        let extra = read.row.cells.iter().skip(self.columns().len());
        if extra.into_iter().any(|cell| !cell.trim().is_empty()) {
            read.refuse("", Refusal::TooManyCells);
        }
        self.identity_of(&mut read);
        for (place, column) in self.columns().iter().enumerate() {
            let Column::Field(field) = *column else {
                continue;
            };
            let is_number = matches!(field, Field::Iccid | Field::Mdn | Field::SerialNumber);
            let text = match is_number {
                true => cell::without_guard(read.cell(place)),
                false => read.cell(place).trim(),
            };
            let text = text.to_owned();
            if text.is_empty() && (empty == EmptyCells::Keep || field == Field::State) {
                continue;
            }
            let heading = self.heading(place).to_owned();
            let checked = match cell::damaged(&text) {
                Some(refusal) => Err(refusal),
                None => cell::edit(field, &text),
            };
            match checked {
                Ok(edit) => read.edits.push((field, text, edit)),
                Err(refusal) if may_be_known(&refusal) => read.doubts.push(Doubt {
                    about: About::Field(field, text),
                    reason: Reason {
                        column: heading,
                        refusal,
                    },
                }),
                Err(refusal) => read.refuse(&heading, refusal),
            }
        }
        read
    }

    /// Which unit the row is about.
    fn identity_of(&self, read: &mut ReadRow) {
        let mut found: Vec<UnitId> = Vec::new();
        let mut named = false;
        let told_kind = self.told_kind(read);
        for (place, column) in self.columns().iter().enumerate() {
            let text = cell::without_guard(read.cell(place)).to_owned();
            if !column.is_identity() || text.is_empty() {
                continue;
            }
            let kind = match column {
                Column::Identity(kind) => Some(*kind),
                _ => told_kind,
            };
            let checked = match (cell::damaged(&text), kind) {
                (Some(refusal), _) => Err(refusal),
                (None, Some(kind)) => cell::identity(kind, &text),
                (None, None) => cell::unit(&text),
            };
            named = true;
            match checked {
                Ok(id) if !found.iter().any(|other| is_same(other, &id)) => found.push(id),
                Ok(_) => {}
                // Beside its MEID the number that old networks make of it says nothing new.
                Err(Refusal::SharedNumber(_)) if self.has_meid(read) => {}
                Err(refusal) => {
                    let reason = Reason {
                        column: self.heading(place).to_owned(),
                        refusal,
                    };
                    match as_stored(kind, &text, &reason.refusal) {
                        Some(id) => read.doubts.push(Doubt {
                            about: About::Identity(id),
                            reason,
                        }),
                        None => read.reasons.push(reason),
                    }
                }
            }
        }
        if !named {
            read.refuse("", Refusal::NoIdentity);
        }
        if found.len() > 1 {
            read.refuse("", Refusal::TwoIdentities);
        }
        read.id = found.into_iter().next();
    }

    fn told_kind(&self, read: &ReadRow) -> Option<UnitIdKind> {
        let place = self
            .columns()
            .iter()
            .position(|column| *column == Column::IdKind)?;
        read.cell(place).trim().to_ascii_lowercase().parse().ok()
    }

    fn has_meid(&self, read: &ReadRow) -> bool {
        let meid = Column::Identity(UnitIdKind::Meid);
        let place = self.columns().iter().position(|column| *column == meid);
        place.is_some_and(|place| !read.cell(place).trim().is_empty())
    }
}

/// A unit with two numbers: the MEID of a unit that also has an IMEI is its first fourteen digits.
fn is_same(first: &UnitId, second: &UnitId) -> bool {
    let within = |imei: &Imei, other: &UnitId| other.as_str() == imei.body();
    match (first, second) {
        (UnitId::Imei(imei), other @ UnitId::Meid(_)) => within(imei, other),
        (first, second) => first == second,
    }
}

/// The identity as a unit may have told it, where only its check digit is wrong.
fn as_stored(kind: Option<UnitIdKind>, text: &str, refusal: &Refusal) -> Option<UnitId> {
    let wrong_digit = matches!(refusal, Refusal::CheckDigit { .. });
    let kind = kind.unwrap_or(UnitIdKind::Imei);
    wrong_digit
        .then(|| UnitId::from_stored(kind, text).ok())
        .flatten()
}

/// Whether the inventory may hold such a thing, told by a unit or proved on a bench.
fn may_be_known(refusal: &Refusal) -> bool {
    matches!(
        refusal,
        Refusal::CheckDigit { .. }
            | Refusal::Rounded(_)
            | Refusal::ProvedState(_)
            | Refusal::TooLong { .. }
            | Refusal::CannotBeShown
            | Refusal::LostCharacters
            | Refusal::SpreadsheetError(_)
            | Refusal::HoldsRows(_)
    )
}

impl ReadRow {
    /// Looks for rows of the list inside its cells: in a text with separators a lonely quotation mark draws them in. The row is not taken then,
    /// unless the inventory holds exactly that text.
    pub fn doubt_rows_inside(&mut self, mapping: &Mapping, separator: char) {
        for place in 0..self.row.cells.len() {
            let inside = swallowed::number_inside(self.cell(place), place, mapping, separator);
            let Some(number) = inside else { continue };
            let reason = swallowed::reason(mapping.heading(place), number);
            let entered = match mapping.columns().get(place) {
                Some(Column::Reason) => continue,
                Some(Column::Field(field)) => {
                    self.edits.iter().position(|(given, ..)| given == field)
                }
                _ => None,
            };
            match entered.map(|at| self.edits.remove(at)) {
                Some((field, text, _)) => self.doubts.push(Doubt {
                    about: About::Field(field, text.replace("\r\n", "\n")),
                    reason,
                }),
                // What no field holds cannot be compared.
                None => self.reasons.push(reason),
            }
        }
    }

    /// Believes an ICCID that only looks as one that a spreadsheet rounded: its check digit is right, and it follows upon the one of the row
    /// before, as cards of one delivery do. Answers its ICCID for the next row.
    pub fn believe_in_sequence(&mut self, before: Option<&Iccid>) -> Option<Iccid> {
        let rounded = self.doubts.iter().position(|doubt| {
            matches!(
                (&doubt.about, &doubt.reason.refusal),
                (About::Field(Field::Iccid, _), Refusal::Rounded(_))
            )
        });
        let believed = rounded.and_then(|at| {
            let About::Field(_, text) = &self.doubts.get(at)?.about else {
                return None;
            };
            let (iccid, edit) = (
                Iccid::parse(text).ok()?,
                Edit::new(Field::Iccid, text).ok()?,
            );
            follows(before?, &iccid).then(|| (at, text.clone(), edit))
        });
        if let Some((at, text, edit)) = believed {
            self.doubts.remove(at);
            self.edits.push((Field::Iccid, text, edit));
        }
        self.iccid()
    }

    /// The cell at a place; nothing where the row is shorter.
    #[must_use]
    pub fn cell(&self, place: usize) -> &str {
        self.row.cells.get(place).map_or("", String::as_str)
    }

    /// Whether nothing stands in it.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.row.cells.iter().all(|cell| cell.trim().is_empty())
    }

    /// The unit that the inventory must be asked for before the row can be judged.
    #[must_use]
    pub fn asks_for(&self) -> Option<&UnitId> {
        let doubted = self.doubts.iter().find_map(|doubt| match &doubt.about {
            About::Identity(id) => Some(id),
            About::Field(..) => None,
        });
        self.id.as_ref().or(doubted)
    }

    /// Whether the inventory decides about a cell of it.
    #[must_use]
    pub fn is_doubtful(&self) -> bool {
        !self.doubts.is_empty()
    }

    /// Decides the doubts: `known` is the row of [`Self::asks_for`] in the inventory.
    pub fn settle(&mut self, known: Option<&Unit>) {
        for doubt in std::mem::take(&mut self.doubts) {
            let holds = match (&doubt.about, known) {
                (_, None) => false,
                (About::Identity(id), Some(unit)) => unit.id == *id,
                (About::Field(Field::State, text), Some(unit)) => is_state(unit.state, text),
                (About::Field(field, text), Some(unit)) => field.text(unit).trim() == text,
            };
            match doubt.about {
                About::Identity(id) if holds && self.id.is_none() => self.id = Some(id),
                _ if holds => {}
                _ => self.reasons.push(doubt.reason),
            }
        }
    }

    /// The SIM that it gives the unit.
    #[must_use]
    pub fn iccid(&self) -> Option<Iccid> {
        self.number(Field::Iccid, Iccid::parse)
    }

    /// The phone number that it gives the unit.
    #[must_use]
    pub fn mdn(&self) -> Option<Mdn> {
        self.number(Field::Mdn, Mdn::parse)
    }

    fn number<T>(
        &self,
        field: Field,
        read: impl Fn(&str) -> Result<T, IdentifierError>,
    ) -> Option<T> {
        let (_, text, _) = self.edits.iter().find(|(given, _, _)| *given == field)?;
        read(text).ok()
    }

    pub(super) fn heading_of(&self, mapping: &Mapping, field: Field) -> String {
        let place = mapping
            .columns()
            .iter()
            .position(|column| *column == Column::Field(field));
        place
            .map(|place| mapping.heading(place).to_owned())
            .unwrap_or_default()
    }

    fn refuse(&mut self, column: &str, refusal: Refusal) {
        self.reasons.push(Reason {
            column: column.to_owned(),
            refusal,
        });
    }
}

/// Whether two cards were made one after the other: their numbers before the check digit differ by one.
fn follows(before: &Iccid, after: &Iccid) -> bool {
    let body = |iccid: &Iccid| -> Option<u128> {
        let (body, _check) = iccid
            .as_str()
            .split_at_checked(iccid.as_str().len().checked_sub(1)?)?;
        body.parse().ok()
    };
    let same_length = before.as_str().len() == after.as_str().len();
    let bodies = body(before).zip(body(after));
    same_length && bodies.is_some_and(|(before, after)| before.abs_diff(after) == 1)
}

/// Whether a text is the word of a state, as our exports write it.
fn is_state(state: UnitState, text: &str) -> bool {
    let written = text.trim().to_lowercase().replace([' ', '-'], "_");
    let word = super::export::state_key(state);
    written == word
        || written
            == super::export::state_words(state)
                .to_lowercase()
                .replace(' ', "_")
}
