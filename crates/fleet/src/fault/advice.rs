//! What a person is told about a fault: what happened, what state the unit is in, what to do, and a short code.

use super::{Fault, UnitCondition};
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
        write!(
            formatter,
            "{}\n{}\n{}\n{}",
            self.what_happened, self.unit_state, self.what_to_do, self.code
        )
    }
}

/// The four lines for `fault` at `place` ('Slot 9', or a port as given), for a unit in `condition`.
#[must_use]
pub fn advice(fault: &Fault, condition: UnitCondition, place: &str) -> Advice {
    let place = crate::printable::printable(place);
    Advice {
        what_happened: format!("{place}: the work on this unit was stopped."),
        unit_state: unit_state(condition).to_owned(),
        what_to_do: "Try once more. If it happens again, set it aside.".to_owned(),
        code: fault.code(),
    }
}

fn unit_state(condition: UnitCondition) -> &'static str {
    match condition {
        UnitCondition::Untouched => "Nothing was written to the unit.",
        UnitCondition::PutBack => "The unit has its old settings back.",
        UnitCondition::PartlyWritten => "Some settings were written; the others are as before.",
        UnitCondition::Set => "The unit has all its new settings, read back and right.",
        UnitCondition::WrittenUnproved => {
            "All settings were written, but they could not be read back."
        }
        UnitCondition::NotKnown => {
            "What the unit holds now is not known until it is plugged in again."
        }
    }
}
