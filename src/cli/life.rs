//! `fleetdesk unit return`, `retire` and `swap`: the same steps as on a unit's page.

use super::args::Global;
use super::exit::ExitStatus;
use super::output::Output;
use super::units::{named, object, row};
use crate::inventory::InventoryError;
use crate::start::{Machine, StartError};
use fleet::life::LifeStep;
use jiff::Timestamp;
use serde_json::json;

/// What shall become of a unit.
pub(super) enum Way {
    Return,
    Retire,
    TakeBack,
    /// The text names the unit that takes its place.
    Swap(String),
}

pub(super) fn go(
    global: &Global,
    id: &str,
    way: &Way,
    output: Output,
) -> Result<ExitStatus, StartError> {
    let machine = Machine::look(global)?;
    let (inventory, _) = machine.inventory()?;
    let unit = named(&inventory, id)?;
    let step = match way {
        Way::Return => LifeStep::Return,
        Way::Retire => LifeStep::Retire,
        Way::TakeBack => LifeStep::TakeBack,
        Way::Swap(with) => LifeStep::SwapWith(named(&inventory, with)?.id),
    };
    let changed = inventory
        .change_life(
            unit.id.clone(),
            step.clone(),
            machine.actor(),
            Timestamp::now(),
        )
        .wait();
    let after = match changed {
        Ok(after) => after,
        Err(InventoryError::Refused(why)) => {
            return Err(StartError::failed(
                format!("Unit {}: {why}", unit.id),
                "Nothing was changed.",
                format!("'fleetdesk unit show {}' shows how it stands.", unit.id),
                "I-733",
            ));
        }
        Err(error) => return Err(super::edit::not_kept(error)),
    };
    let left = step.carrier_step(&after);
    if output.is_json() {
        output.json_line(&object(&after, "unit"));
        output
            .json_line(&json!({ "type": "summary", "units": 1, "changed": 1, "left_to_do": left }));
    } else {
        output.line(&format!("{}: {}", step.title(), row(&after)));
    }
    if let Some(left) = left {
        output.say(&left);
    }
    Ok(ExitStatus::Done)
}
