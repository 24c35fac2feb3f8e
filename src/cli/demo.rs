//! `fleetdesk demo --headless`: the pretend office in the terminal.

use super::args::{DemoArgs, Global};
use super::exit::ExitStatus;
use super::output::Output;
use crate::demo::{Office, OfficePlan, Offices};
use crate::engine::Lanes;
use crate::inventory::{Inventory, Options};
use crate::start::StartError;

pub(super) fn run(
    global: &Global,
    args: &DemoArgs,
    output: Output,
) -> Result<ExitStatus, StartError> {
    let failed = |what: String| {
        StartError::failed(
            what,
            "Nothing was changed on this computer.",
            "Free space on the disk and start again.",
            "U-040",
        )
    };
    let office = Office::open(OfficePlan {
        units: args.units,
        seed: args.seed,
    })
    .map_err(|error| failed(format!("{error}.")))?;
    let folder = global
        .data_dir
        .clone()
        .unwrap_or_else(|| office.folder().join("bench"));
    std::fs::create_dir_all(&folder)
        .map_err(|error| failed(format!("{}: {error}.", folder.display())))?;
    let (inventory, _) = Inventory::open(&folder, &Options::default())
        .map_err(|error| failed(format!("{error}.")))?;
    output.say(&format!(
        "A pretend office with {} units; its inventory is in {}",
        args.units,
        folder.display()
    ));
    let offices = match Offices::open(office.folder()) {
        Ok(offices) => {
            output.say("A private PostgreSQL is the fleet database of two offices.");
            Some(offices)
        }
        Err(error) => {
            output.say(&format!(
                "No fleet database in this demo, it stays offline: {error}."
            ));
            None
        }
    };
    let ports = office.port_names();
    let expected = ports.len();
    let fleet_db = offices.as_ref().map(Offices::first);
    let totals = super::provision::work(
        office.options(inventory.clone(), Lanes::Given(ports), fleet_db),
        expected,
        output,
    );
    let mut synced = 0;
    if let Some(offices) = &offices {
        match offices.agree(&inventory) {
            Ok(alike) => {
                synced = alike;
                output.say(&format!(
                    "{synced} units stand in both offices alike, with a note that the second one wrote."
                ));
            }
            Err(error) => output.problem(&format!("The two offices could not agree: {error}.")),
        }
    }
    let extra = serde_json::Map::from_iter([("synced".to_owned(), synced.into())]);
    // A demo is either all done or not: 0 or 1.
    Ok(match totals.finish(output, Some(extra)) {
        ExitStatus::Done => ExitStatus::Done,
        _ => ExitStatus::Failed,
    })
}
