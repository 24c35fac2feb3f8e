//! `fleetdesk demo --headless`: the pretend office in the terminal.

use super::args::{DemoArgs, Global};
use super::exit::ExitStatus;
use super::output::Output;
use crate::demo::{Office, OfficePlan, Offices};
use crate::engine::Lanes;
use crate::inventory::{Inventory, Options};
use crate::start::StartError;
use fleet::wording::{counted, units};
use serde_json::json;

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
        "A pretend office with {}; its inventory is in {}",
        units(args.units as usize),
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
    let collecting = offices
        .as_ref()
        .and_then(|offices| offices.collect(office.carrier_url()).ok());
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
                    "{} in both offices alike, with a note that the second one wrote.",
                    counted(synced, "unit stands", "units stand")
                ));
            }
            Err(error) => output.problem(&format!("The two offices could not agree: {error}.")),
        }
    }
    let first_reports = match (&offices, &collecting) {
        (Some(offices), Some(_)) => first_reports(offices, &inventory, totals.registered, output),
        _ => 0,
    };
    let extra = serde_json::Map::from_iter([
        ("synced".to_owned(), synced.into()),
        ("first_reports".to_owned(), first_reports.into()),
    ]);
    // A demo is either all done or not: 0 or 1.
    Ok(match totals.finish(output, Some(extra)) {
        ExitStatus::Done => ExitStatus::Done,
        _ => ExitStatus::Failed,
    })
}

/// Waits until the units that the carrier has activated were heard, and tells each.
fn first_reports(
    offices: &Offices,
    inventory: &Inventory,
    registered: usize,
    output: Output,
) -> usize {
    output.say("Units that are set and active report to the carrier; the collector fetches that into the fleet database.");
    let heard = match offices.hear(inventory, registered) {
        Ok(heard) => heard,
        Err(error) => {
            output.problem(&format!("The units in service were not heard: {error}."));
            return 0;
        }
    };
    for (id, report) in &heard {
        let place = match (report.latitude, report.longitude) {
            (Some(north), Some(east)) => fleet::first_report::place(north, east, 2),
            _ => "without a position".to_owned(),
        };
        if output.is_json() {
            output.json_line(&json!({
                "type": "first_report",
                "id": id.as_str(),
                "reported_at": report.reported_at,
                "received_at": report.received_at,
                "latitude": report.latitude,
                "longitude": report.longitude,
            }));
        } else {
            let at = report.reported_at.to_zoned(jiff::tz::TimeZone::system());
            output.line(&format!(
                "...{:<21} First report {}, {place}",
                id.last_four(),
                at.strftime("%H:%M")
            ));
        }
    }
    heard.len()
}
