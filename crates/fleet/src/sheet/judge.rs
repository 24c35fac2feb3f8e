//! The verdict on a row: what it would change in the inventory, or why it is not taken.

use super::survey::Number;
use super::{Mapping, ReadRow, Reason, Refusal, Survey};
use crate::edit::Field;
use crate::ids::UnitId;
use crate::unit::Unit;
use jiff::Timestamp;

/// What the inventory knows that bears on a row.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Known {
    /// The unit of [`ReadRow::asks_for`].
    pub unit: Option<Unit>,
    /// Another unit, in use, that has the SIM which the row gives.
    pub sim_holder: Option<UnitId>,
    /// Another unit, in use, that has the phone number which the row gives.
    pub line_holder: Option<UnitId>,
}

impl Known {
    pub(super) fn holder(&self, number: Number) -> Option<&UnitId> {
        match number {
            Number::Sim => self.sim_holder.as_ref(),
            Number::Line => self.line_holder.as_ref(),
        }
    }
}

/// A field that would change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// Which field.
    pub field: Field,
    /// What stands there.
    pub from: String,
    /// What would stand there.
    pub to: String,
}

/// What becomes of a row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// Nothing stands in it.
    Empty,
    /// A unit that the inventory does not have yet.
    New(Box<Unit>),
    /// The unit as it would be, and what differs.
    Changes(Box<Unit>, Vec<Change>),
    /// The inventory says so already.
    AlreadySo(UnitId),
    /// Not taken, and why.
    Refused(Vec<Reason>),
}

/// Judges a row. `office` is where new units are entered when the row names none.
#[must_use]
pub fn judge(
    mut row: ReadRow,
    mapping: &Mapping,
    survey: &Survey,
    known: &Known,
    office: &str,
    now: Timestamp,
) -> Verdict {
    if row.is_empty() {
        return Verdict::Empty;
    }
    row.settle(known.unit.as_ref());
    if let Some(refusal) = survey.objection(&row) {
        row.reasons.push(Reason {
            column: String::new(),
            refusal,
        });
    } else if row.reasons.is_empty() {
        for (field, number) in [(Field::Iccid, Number::Sim), (Field::Mdn, Number::Line)] {
            if let Some(holder) = known.holder(number)
                && !survey.is_freed(&row, number, holder)
            {
                let refusal = Refusal::Taken {
                    what: number.words(),
                    unit: holder.to_string(),
                };
                let column = row.heading_of(mapping, field);
                row.reasons.push(Reason { column, refusal });
            }
        }
    }
    let (Some(id), true) = (row.id, row.reasons.is_empty()) else {
        return Verdict::Refused(row.reasons);
    };
    let before = match &known.unit {
        Some(unit) => unit.clone(),
        None => {
            let mut unit = Unit::new(id.clone(), now);
            unit.office = Some(office.to_owned()).filter(|office| !office.is_empty());
            unit
        }
    };
    let mut after = before.clone();
    row.edits
        .iter()
        .for_each(|(_, _, edit)| edit.apply(&mut after));
    if known.unit.is_none() {
        return Verdict::New(Box::new(after));
    }
    let changes: Vec<Change> = Field::ALL
        .into_iter()
        .map(|field| Change {
            field,
            from: field.text(&before),
            to: field.text(&after),
        })
        .filter(|change| change.from != change.to)
        .collect();
    if changes.is_empty() {
        return Verdict::AlreadySo(id);
    }
    after.updated_at = now;
    Verdict::Changes(Box::new(after), changes)
}
