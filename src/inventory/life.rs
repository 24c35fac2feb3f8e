//! Steps of a unit's life, each whole or not at all, and what stood in its fields before.

use super::sync::{Doing, former_values, write};
use super::{Inventory, InventoryError, Pending, importing, units};
use fleet::UnitId;
use fleet::edit::{self, Edit, Field};
use fleet::life::LifeStep;
use fleet::unit::{Unit, UnitEvent, UnitEventKind, UnitState};
use jiff::Timestamp;
use rusqlite::Connection;

/// What stood in a field before a change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FormerValue {
    /// When it was changed.
    pub at: Timestamp,
    /// The field.
    pub field: Field,
    /// What stood there, as a person would type it; empty when nothing did.
    pub value: String,
}

impl Inventory {
    /// The unit in use, other than this one, that has its SIM now.
    pub fn sim_taken_by(&self, unit: &Unit) -> Pending<Option<Unit>> {
        let (iccid, id) = (unit.iccid.clone(), unit.id.clone());
        self.read(move |connection| {
            let Some(iccid) = iccid else { return Ok(None) };
            match importing::sim_holder(connection, &iccid, &id)? {
                Some(holder) => units::unit(connection, &holder),
                None => Ok(None),
            }
        })
    }

    /// Does a step with a unit. Answers its row as it is then.
    pub fn change_life(
        &self,
        id: UnitId,
        step: LifeStep,
        by: impl Into<String>,
        at: Timestamp,
    ) -> Pending<Unit> {
        let by = by.into();
        self.write_units(move |connection| change(connection, &id, &step, &by, at))
    }

    /// Somebody typed to the unit: from now on it does not count as proved. `row` is kept where there is none.
    pub fn typed_to(&self, row: Unit, entry: UnitEvent) -> Pending<()> {
        self.write_units(move |connection| {
            let mut unit = units::unit(connection, &row.id)?.unwrap_or(row);
            if unit.state == UnitState::Verified {
                unit.state = UnitState::NotVerified;
            }
            unit.updated_at = entry.at;
            units::write_with_entries(connection, &unit, std::slice::from_ref(&entry))
        })
    }

    /// What stood in the fields of a unit that people enter, newest change first.
    pub fn former_values(&self, id: UnitId) -> Pending<Vec<FormerValue>> {
        self.read(move |connection| former_values(connection, &id))
    }
}

fn change(
    connection: &Connection,
    id: &UnitId,
    step: &LifeStep,
    by: &str,
    at: Timestamp,
) -> Result<Unit, InventoryError> {
    let before = there(connection, id)?;
    if let Some(why) = step.impossible(&before) {
        return Err(InventoryError::Refused(why.to_owned()));
    }
    let refused = |error: edit::EditError| InventoryError::Refused(error.to_string());
    if let LifeStep::SwapWith(other) = step {
        let new = there(connection, other)?;
        let edits = LifeStep::given_over(&before).map_err(refused)?;
        let detail = format!("In place of ...{}", id.last_four());
        edited(connection, &new, &edits, ("Swapped in", &detail), by, at)?;
    }
    let edits = step.edits().map_err(refused)?;
    let detail = match step {
        LifeStep::SwapWith(other) => format!("...{} took its place", other.last_four()),
        _ => String::new(),
    };
    edited(connection, &before, &edits, (step.title(), &detail), by, at)
}

fn there(connection: &Connection, id: &UnitId) -> Result<Unit, InventoryError> {
    units::unit(connection, id)?.ok_or_else(|| InventoryError::NotFound(format!("unit {id}")))
}

fn edited(
    connection: &Connection,
    before: &Unit,
    edits: &[Edit],
    (title, detail): (&str, &str),
    by: &str,
    at: Timestamp,
) -> Result<Unit, InventoryError> {
    let mut after = before.clone();
    edits.iter().for_each(|edit| edit.apply(&mut after));
    importing::check_given(connection, Some(before), &after)?;
    after.updated_at = at;
    let mut entry = edit::entry(Some(before), &after, by, at);
    title.clone_into(&mut entry.title);
    entry.kind = UnitEventKind::Edit;
    if !detail.is_empty() {
        let changes = std::mem::take(&mut entry.detail);
        entry.detail = [detail, &changes]
            .into_iter()
            .filter(|part| !part.is_empty())
            .collect::<Vec<_>>()
            .join(". ");
    }
    let doing = Doing {
        actor: by,
        at,
        atomic: false,
        op_id: None,
    };
    write(connection, &after, &doing)?;
    let row = units::row_of(connection, &after.id)?
        .ok_or_else(|| InventoryError::NotFound(format!("unit {}", after.id)))?;
    units::add_entry(connection, row, &entry)?;
    Ok(after)
}
