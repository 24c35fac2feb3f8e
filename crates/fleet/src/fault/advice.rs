//! What a person is told about a fault: what happened, what state the unit is in, what to do, and a short code.
//!
//! The words themselves stand in `words`: one table for screen, command line, log and history. Layout is the screen's business.

use super::words::words;
use super::{Fault, UnitCondition};
use crate::printable::printable;
use std::fmt;

/// Four lines for a person, the same on screen, command line, log and history.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Advice {
    /// What happened, beginning with the place.
    pub what_happened: String,
    /// What the unit holds now.
    pub unit_state: String,
    /// What to do.
    pub what_to_do: String,
    /// Short code for the phone.
    pub code: &'static str,
}

impl Advice {
    /// The four lines in their order.
    #[must_use]
    pub fn lines(&self) -> [String; 4] {
        [
            self.what_happened.clone(),
            self.unit_state.clone(),
            self.what_to_do.clone(),
            self.code.to_owned(),
        ]
    }
}

impl fmt::Display for Advice {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.lines().join("\n"))
    }
}

/// The four lines for `fault` at `place` ('Slot 9', or a port as given), for a unit in `condition`.
#[must_use]
pub fn advice(fault: &Fault, condition: UnitCondition, place: &str) -> Advice {
    let (what_happened, what_to_do) = words(fault);
    Advice {
        what_happened: format!("{}: {what_happened}", printable(place)),
        unit_state: unit_state(fault, condition).to_owned(),
        what_to_do: what_to_do.to_owned(),
        code: fault.code(),
    }
}

fn unit_state(fault: &Fault, condition: UnitCondition) -> &'static str {
    match (fault, condition) {
        (Fault::NoSuchPort | Fault::NotASerialPort, UnitCondition::Untouched) => {
            "No unit was touched."
        }
        (_, UnitCondition::Untouched) => "Nothing was written to the unit.",
        (_, UnitCondition::PutBack) => "The unit has its old settings back.",
        (_, UnitCondition::PartlyWritten) => {
            "The unit holds some old and some new settings. Do not install it like this."
        }
        (_, UnitCondition::Set) => "The unit has all its new settings; each was read back.",
        (_, UnitCondition::WrittenUnproved) => {
            "The new settings were written, but could not be read back."
        }
        (_, UnitCondition::NotKnown) => {
            "What the unit holds now is not known until it is plugged in and read again."
        }
    }
}
