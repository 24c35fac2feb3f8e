//! `fleetdesk unit add` and `unit set`: the same edits as on the screen, with the same checks.

use super::args::Global;
use super::exit::ExitStatus;
use super::output::Output;
use super::units::{named, object, row, unreadable};
use crate::inventory::InventoryError;
use crate::start::{Machine, StartError};
use fleet::edit::{self, EditError};
use fleet::unit::Unit;
use jiff::Timestamp;
use serde_json::json;

pub(super) fn add(
    global: &Global,
    facts: &[String],
    output: Output,
) -> Result<ExitStatus, StartError> {
    let (id, edits) = edit::new_unit(facts).map_err(wrong)?;
    let machine = Machine::look(global)?;
    let (inventory, _) = machine.inventory()?;
    let mut unit = Unit::new(id, Timestamp::now());
    if !machine.preferences.office.is_empty() {
        unit.office = Some(machine.preferences.office.clone());
    }
    edits.iter().for_each(|edit| edit.apply(&mut unit));
    let known = unit.id.clone();
    let unit = match inventory.add_unit(unit, machine.actor()).wait() {
        Ok(unit) => unit,
        Err(InventoryError::Exists(_)) => {
            return Err(StartError::failed(
                format!("A unit with the number {known} is in the inventory already."),
                "Nothing was changed.",
                format!("Change it with 'fleetdesk unit set {known} KEY=VALUE'."),
                "I-732",
            ));
        }
        Err(error) => return Err(not_kept(error)),
    };
    told(&unit, true, output);
    Ok(ExitStatus::Done)
}

pub(super) fn set(
    global: &Global,
    id: &str,
    facts: &[String],
    output: Output,
) -> Result<ExitStatus, StartError> {
    let edits = edit::edits(facts).map_err(wrong)?;
    let machine = Machine::look(global)?;
    let (inventory, _) = machine.inventory()?;
    let unit = named(&inventory, id)?;
    let (unit, changed) = inventory
        .edit_unit(unit.id, edits, machine.actor(), Timestamp::now())
        .wait()
        .map_err(not_kept)?;
    told(&unit, changed, output);
    Ok(ExitStatus::Done)
}

fn told(unit: &Unit, changed: bool, output: Output) {
    if output.is_json() {
        output.json_line(&object(unit, "unit"));
        output.json_line(&json!({ "type": "summary", "units": 1, "changed": u8::from(changed) }));
    } else {
        output.line(&row(unit));
        if !changed {
            output.line("Nothing was different.");
        }
    }
}

/// Why a change was not kept.
pub(super) fn not_kept(error: InventoryError) -> StartError {
    match error {
        InventoryError::Taken { what, unit } => {
            let key = if what == "SIM" { "iccid" } else { "mdn" };
            StartError::failed(
                format!("This {what} belongs to unit {unit}, which is in use."),
                "Nothing was changed.",
                format!(
                    "Compare the number with the card. If it is right, take it out there first: 'fleetdesk unit set {unit} {key}='."
                ),
                "I-735",
            )
        }
        other => unreadable(other),
    }
}

fn wrong(error: EditError) -> StartError {
    StartError::Usage(error.to_string())
}
