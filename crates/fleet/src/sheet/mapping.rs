//! Which column of a list holds what: guessed from the headings, changed by a person.

use super::Column;
use crate::printable::printable;

/// Most columns that are looked at; no list of units has more.
pub(super) const MOST_COLUMNS: usize = 256;

/// What each column is taken for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mapping {
    headings: Vec<String>,
    columns: Vec<Column>,
}

/// Why a mapping will not do.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum MappingError {
    /// It has no `=`.
    #[error("'{0}' is not COLUMN=FIELD")]
    Form(String),
    /// There is no such column.
    #[error("no column is called '{name}'; these are: {}", .headings.join(", "))]
    NoColumn {
        /// What was given.
        name: String,
        /// What there is.
        headings: Vec<String>,
    },
    /// There is no such field.
    #[error("'{0}' is nothing that a column can hold; these are: {all}, none", all = keys())]
    NoField(String),
    /// Two columns are taken for one thing.
    #[error(
        "the columns '{first}' and '{second}' are both taken for {what}; take one of them for none"
    )]
    Twice {
        /// The first column.
        first: String,
        /// The second column.
        second: String,
        /// What both are taken for.
        what: &'static str,
    },
    /// No column names the unit.
    #[error(
        "no column holds what a unit is known by: name the one with IMEI, MEID, ESN or hardware number"
    )]
    NoIdentity,
    /// More columns than a list of units has.
    #[error("it has more than {MOST_COLUMNS} columns")]
    TooManyColumns,
}

fn keys() -> String {
    let keys: Vec<&str> = Column::takeable().map(Column::key).collect();
    keys.join(", ")
}

impl Mapping {
    /// What the headings say. Where two say the same, the first one counts.
    #[must_use]
    pub fn guess(headings: &[String]) -> Self {
        let mut columns: Vec<Column> = Vec::new();
        for heading in headings {
            let column = Column::of_heading(heading);
            let free = !is_unique(column) || !columns.contains(&column);
            columns.push(if free { column } else { Column::Ignored });
        }
        // Next to a column for IMEIs, 'Device' or 'Unit' is somebody's name for it.
        if columns
            .iter()
            .any(|column| matches!(column, Column::Identity(_)))
        {
            for column in &mut columns {
                if *column == Column::Unit {
                    *column = Column::Ignored;
                }
            }
        }
        Self {
            headings: headings.to_vec(),
            columns,
        }
    }

    /// Takes a column for something else: `COLUMN=FIELD`, where COLUMN is a heading, or a letter or number as spreadsheets count.
    ///
    /// # Errors
    /// When there is no such column or field.
    pub fn change(&mut self, given: &str) -> Result<(), MappingError> {
        let (name, key) = given
            .rsplit_once('=')
            .ok_or_else(|| MappingError::Form(printable(given)))?;
        let column = Column::of_key(key).ok_or_else(|| MappingError::NoField(printable(key)))?;
        let place = self.place_of(name).ok_or_else(|| MappingError::NoColumn {
            name: printable(name),
            headings: self.headings.iter().map(|each| printable(each)).collect(),
        })?;
        self.take(place, column);
        Ok(())
    }

    /// Takes the column at `place` for `column`; another one that was taken for it no longer is.
    pub fn take(&mut self, place: usize, column: Column) {
        if is_unique(column) {
            for other in &mut self.columns {
                if *other == column {
                    *other = Column::Ignored;
                }
            }
        }
        if let Some(taken) = self.columns.get_mut(place) {
            *taken = column;
        }
    }

    /// Whether rows can be read with it.
    ///
    /// # Errors
    /// When no column names the unit, or two are taken for one thing.
    pub fn check(&self) -> Result<(), MappingError> {
        if self.columns.len() > MOST_COLUMNS {
            return Err(MappingError::TooManyColumns);
        }
        for (place, column) in self.columns.iter().enumerate() {
            let before = self.columns.iter().take(place);
            if is_unique(*column)
                && let Some(first) = before.clone().position(|other| other == column)
            {
                return Err(MappingError::Twice {
                    first: printable(self.heading(first)),
                    second: printable(self.heading(place)),
                    what: column.words(),
                });
            }
        }
        if self.names_units() {
            Ok(())
        } else {
            Err(MappingError::NoIdentity)
        }
    }

    /// Whether a column holds what a unit is known by.
    #[must_use]
    pub fn names_units(&self) -> bool {
        self.columns.iter().any(|column| column.is_identity())
    }

    /// The headings.
    #[must_use]
    pub fn headings(&self) -> &[String] {
        &self.headings
    }

    /// What each column is taken for.
    #[must_use]
    pub fn columns(&self) -> &[Column] {
        &self.columns
    }

    /// The heading at a place, or its letter where it has none.
    #[must_use]
    pub fn heading(&self, place: usize) -> &str {
        self.headings.get(place).map_or("", String::as_str)
    }

    /// Whether it is one of our own files for machines, in which no cell carries a mark.
    #[must_use]
    pub fn is_for_machines(&self) -> bool {
        let starts: Vec<&str> = self.headings.iter().take(2).map(String::as_str).collect();
        starts == ["id_kind", "id"]
    }

    fn place_of(&self, name: &str) -> Option<usize> {
        let name = name.trim();
        let same = |heading: &String| heading.trim().eq_ignore_ascii_case(name);
        self.headings
            .iter()
            .position(same)
            .or_else(|| letter_or_number(name))
            .filter(|place| *place < self.columns.len())
    }
}

/// `A` is the first column, `AA` the twenty-seventh; `1` is the first, too.
fn letter_or_number(name: &str) -> Option<usize> {
    if let Ok(number) = name.parse::<usize>() {
        return number.checked_sub(1);
    }
    let letters = name.to_ascii_uppercase();
    if letters.is_empty()
        || letters.len() > 3
        || !letters.bytes().all(|each| each.is_ascii_uppercase())
    {
        return None;
    }
    let number = letters
        .bytes()
        .fold(0, |sum, each| sum * 26 + usize::from(each - b'A') + 1);
    number.checked_sub(1)
}

fn is_unique(column: Column) -> bool {
    !matches!(column, Column::Ignored | Column::Proved | Column::Reason)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::edit::Field;
    use crate::ids::UnitIdKind;

    fn mapping(headings: &[&str]) -> Mapping {
        let headings: Vec<String> = headings.iter().map(|each| (*each).to_owned()).collect();
        Mapping::guess(&headings)
    }

    #[test]
    fn the_first_of_two_equal_headings_counts() {
        let mapping = mapping(&["Device", "IMEI", "imei", "Customer"]);
        assert_eq!(
            mapping.columns(),
            [
                Column::Ignored,
                Column::Identity(UnitIdKind::Imei),
                Column::Ignored,
                Column::Field(Field::Customer)
            ]
        );
        assert_eq!(mapping.check(), Ok(()));
    }

    #[test]
    fn a_person_changes_it_by_heading_letter_or_number() {
        let mut mapping = mapping(&["Nummer", "Kunde", "IMEI"]);
        mapping.change("Nummer=imei").unwrap();
        mapping.change("b = customer").unwrap();
        mapping.change("3=note").unwrap();
        assert_eq!(
            mapping.columns(),
            [
                Column::Identity(UnitIdKind::Imei),
                Column::Field(Field::Customer),
                Column::Field(Field::Note)
            ]
        );
        assert_eq!(mapping.check(), Ok(()));
    }

    #[test]
    fn what_will_not_do_is_said_with_what_there_is() {
        let mut mapping = mapping(&["Nummer", "Kunde"]);
        assert_eq!(mapping.check(), Err(MappingError::NoIdentity));
        let wrong = mapping.change("Farbe=note").unwrap_err().to_string();
        assert!(wrong.contains("Nummer, Kunde"), "{wrong}");
        let wrong = mapping.change("Kunde=colour").unwrap_err().to_string();
        assert!(
            wrong.contains("customer") && wrong.contains("none"),
            "{wrong}"
        );
        assert!(matches!(
            mapping.change("Kunde"),
            Err(MappingError::Form(_))
        ));
        assert!(matches!(
            mapping.change("ZZ=note"),
            Err(MappingError::NoColumn { .. })
        ));
    }
}
