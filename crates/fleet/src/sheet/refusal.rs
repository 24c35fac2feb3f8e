//! Why a row is not taken: a closed list, each with a code and words that say what to do.

use crate::ids::IdentifierError;
use crate::printable::printable;

/// Stands for the value of a formula that was never calculated: programs that only write workbooks leave it out.
pub const NOT_CALCULATED: &str = "#NOT-CALCULATED";

/// Why a row is not taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Refusal {
    /// A spreadsheet shortened the number: `8.96E+19`.
    Scientific(String),
    /// All digits behind the fifteenth are zeros, as spreadsheets leave them.
    Rounded(String),
    /// The number got a decimal point.
    DecimalPoint(String),
    /// With its zeros at the front it is a good number.
    LostZeros {
        /// What stands there.
        found: String,
        /// What it would be.
        full: String,
    },
    /// A digit is wrong.
    CheckDigit {
        /// What stands there.
        found: String,
        /// Which digit, in words.
        why: String,
    },
    /// The check digit is not there.
    CheckDigitMissing {
        /// What stands there.
        found: String,
        /// What it would be.
        full: String,
    },
    /// It is no such number.
    NoNumber {
        /// What stands there.
        found: String,
        /// Why not.
        why: String,
    },
    /// An ESN that several units share.
    SharedNumber(String),
    /// Nothing says which unit it is.
    NoIdentity,
    /// Two cells name two different units.
    TwoIdentities,
    /// A state that there is not.
    UnknownState(String),
    /// A state that only a bench proves.
    ProvedState(String),
    /// A text is too long.
    TooLong {
        /// How many characters it may have.
        most: usize,
        /// How many it has.
        found: usize,
    },
    /// Characters that cannot be shown.
    CannotBeShown,
    /// Characters that were lost when the file was written.
    LostCharacters,
    /// A spreadsheet's own error: `#N/A`.
    SpreadsheetError(String),
    /// More cells than headings.
    TooManyCells,
    /// The same unit stands in an earlier row that says the same.
    Double {
        /// That row.
        row: u64,
    },
    /// Another row says something else of the same unit.
    Disagrees {
        /// That row.
        row: u64,
    },
    /// Another row gives this number to another unit.
    GivenTwice {
        /// What the number is.
        what: &'static str,
        /// That row.
        row: u64,
    },
    /// In the inventory the number belongs to another unit.
    Taken {
        /// What the number is.
        what: &'static str,
        /// That unit.
        unit: String,
    },
    /// A line inside a cell looks as a row of the list does, with this number.
    HoldsRows(String),
    /// It was not there when the file was looked through.
    FileChanged,
}

impl Refusal {
    /// Short code. A code never changes its meaning.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Scientific(_) => "S-801",
            Self::Rounded(_) => "S-802",
            Self::DecimalPoint(_) => "S-803",
            Self::LostZeros { .. } => "S-804",
            Self::CheckDigit { .. } => "S-805",
            Self::CheckDigitMissing { .. } => "S-806",
            Self::NoNumber { .. } => "S-807",
            Self::SharedNumber(_) => "S-808",
            Self::NoIdentity => "S-809",
            Self::TwoIdentities => "S-810",
            Self::UnknownState(_) => "S-811",
            Self::ProvedState(_) => "S-812",
            Self::TooLong { .. } => "S-813",
            Self::CannotBeShown => "S-814",
            Self::LostCharacters => "S-815",
            Self::SpreadsheetError(_) => "S-816",
            Self::TooManyCells => "S-817",
            Self::Double { .. } => "S-818",
            Self::Disagrees { .. } => "S-819",
            Self::GivenTwice { .. } => "S-820",
            Self::Taken { .. } => "S-821",
            Self::FileChanged => "S-822",
            Self::HoldsRows(_) => "S-823",
        }
    }

    /// What kind of trouble it is, for a table of counts.
    #[must_use]
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Scientific(_) => "number shortened by a spreadsheet (8.96E+19)",
            Self::Rounded(_) => "number rounded by a spreadsheet",
            Self::DecimalPoint(_) => "number with a decimal point",
            Self::LostZeros { .. } => "zeros at the front are lost",
            Self::CheckDigit { .. } => "wrong check digit",
            Self::CheckDigitMissing { .. } => "check digit missing",
            Self::NoNumber { .. } => "no such number",
            Self::SharedNumber(_) => "number that several units share",
            Self::NoIdentity => "nothing says which unit it is",
            Self::TwoIdentities => "two different units in one row",
            Self::UnknownState(_) => "unknown state",
            Self::ProvedState(_) => "state that only a bench proves",
            Self::TooLong { .. } => "text too long",
            Self::CannotBeShown => "characters that cannot be shown",
            Self::LostCharacters => "characters were lost",
            Self::SpreadsheetError(_) => "error of a spreadsheet (#N/A)",
            Self::TooManyCells => "more cells than headings",
            Self::Double { .. } => "unit stands there twice, saying the same",
            Self::Disagrees { .. } => "rows of one unit disagree",
            Self::GivenTwice { .. } => "number given to two units",
            Self::Taken { .. } => "number belongs to another unit",
            Self::FileChanged => "file changed meanwhile",
            Self::HoldsRows(_) => "other rows inside a cell",
        }
    }

    /// What happened and what to do, in a sentence or two.
    #[must_use]
    pub fn words(&self) -> String {
        match self {
            Self::Scientific(found) => format!(
                "{} is a number that a spreadsheet shortened; its last digits are lost. Take it from the source again, with the column set to Text.",
                printable(found)
            ),
            Self::Rounded(found) => format!(
                "{found} ends in zeros, as a spreadsheet leaves them behind fifteen digits. Take it from the source again, with the column set to Text. If the card really says so, empty this cell and import the row, then enter the number on the page of the unit."
            ),
            Self::DecimalPoint(found) => format!(
                "{} has a decimal point: the column was taken for a quantity. Set it to Text and take the number from the source again.",
                printable(found)
            ),
            Self::LostZeros { found, full } => format!(
                "{found} has lost its zeros at the front: is it {full}? Set the column to Text and write the whole number."
            ),
            Self::CheckDigit { found, why } => format!("{found}: {why}."),
            Self::CheckDigitMissing { found, full } => {
                format!("{found} has no check digit: is it {full}? Compare it with the label.")
            }
            Self::NoNumber { found, why } => format!("{}: {why}.", printable(found)),
            Self::SharedNumber(found) => format!(
                "{found} is a pseudo-ESN, which several units share. Give the MEID instead."
            ),
            Self::NoIdentity => {
                "Nothing says which unit it is. Give its IMEI, MEID, ESN or hardware number.".to_owned()
            }
            Self::TwoIdentities => {
                "The row names two different units. Keep the number that this row is about.".to_owned()
            }
            Self::UnknownState(found) => format!(
                "There is no state '{}'. Write known or retired, or leave it empty.",
                printable(found)
            ),
            Self::ProvedState(found) => format!(
                "'{}' is proved on a bench and cannot be entered. Write known or retired, or leave it empty.",
                printable(found)
            ),
            Self::TooLong { most, found } => format!(
                "The text has {found} characters, {most} are possible. Shorten it; if it holds other rows, a quotation mark is missing."
            ),
            Self::CannotBeShown => {
                "The text has control characters or others that cannot be seen. Write it anew.".to_owned()
            }
            Self::LostCharacters => {
                "The text has the mark for characters that were lost when the file was written. Write them anew.".to_owned()
            }
            Self::SpreadsheetError(found) if found == NOT_CALCULATED => {
                "A formula stands there whose value was never calculated. Open the file in the spreadsheet program, save it there and take it again, or write the value."
                    .to_owned()
            }
            Self::SpreadsheetError(found) => format!(
                "'{}' is an error of the spreadsheet, no value. Correct the formula, or write the value.",
                printable(found)
            ),
            Self::TooManyCells => {
                "The row has more cells than there are headings. Put texts with separators in them into quotation marks.".to_owned()
            }
            Self::Double { row } => {
                format!("Row {row} says the same of this unit; that row counts. This one can go.")
            }
            Self::Disagrees { row } => format!(
                "Row {row} says something else of this unit, so neither is taken. Keep the one that is right."
            ),
            Self::GivenTwice { what, row } => format!(
                "Row {row} gives this {what} to another unit, so neither is taken. Keep the one that is right."
            ),
            Self::Taken { what, unit } => format!(
                "This {what} belongs to unit {} in the inventory. Take it out there first, or correct it here.",
                printable(unit)
            ),
            Self::HoldsRows(number) => format!(
                "A line inside this cell looks as a row of the list, with {}: a quotation mark is missing or one too many, and that row was not read. Correct the marks.",
                printable(number)
            ),
            Self::FileChanged => {
                "The file was changed while it was read. Import it again.".to_owned()
            }
        }
    }

    /// From what is wrong with a number.
    #[must_use]
    pub fn of_number(found: &str, error: &IdentifierError) -> Self {
        let found = printable(found.trim());
        match error {
            IdentifierError::CheckDigit { .. } => Self::CheckDigit {
                found,
                why: error.to_string(),
            },
            IdentifierError::CheckDigitMissing { full } => Self::CheckDigitMissing {
                found,
                full: full.clone(),
            },
            IdentifierError::PseudoEsn => Self::SharedNumber(found),
            _ => Self::NoNumber {
                found,
                why: error.to_string(),
            },
        }
    }
}

/// A refusal, and in which column.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reason {
    /// Its heading; empty when the whole row is meant.
    pub column: String,
    /// Why.
    pub refusal: Refusal,
}

impl std::fmt::Display for Reason {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let words = self.refusal.words();
        match self.column.as_str() {
            "" => formatter.write_str(&words),
            column => write!(formatter, "{}: {words}", printable(column)),
        }
    }
}
