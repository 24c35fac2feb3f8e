//! `fleetdesk simulate`: simulated units on pseudo-terminals, for trying and for tests.

use super::args::{Global, SimulatedArgs};
use super::exit::ExitStatus;
use super::output::Output;
use super::profiles::how_many;
use crate::start::{Machine, StartError};
use fleet::Profile;
use fleet::simulator::SimulatorFault;
use std::path::Path;
use std::sync::Arc;

pub(super) fn run(
    global: &Global,
    family: &str,
    args: &SimulatedArgs,
    output: Output,
) -> Result<ExitStatus, StartError> {
    if args.fault.iter().any(|name| name == "list") {
        for fault in SimulatorFault::all() {
            output.line(&format!("{:<28} {}", fault.to_string(), fault.meaning()));
        }
        return Ok(ExitStatus::Done);
    }
    let faults = args
        .fault
        .iter()
        .map(|name| {
            name.parse().map_err(|_| {
                StartError::Usage(format!(
                    "there is no fault '{name}'; '--fault list' names them"
                ))
            })
        })
        .collect::<Result<Vec<SimulatorFault>, _>>()?;
    let profile = profile(global, family)?;
    serve(args, profile, faults, output)
}

/// A family by its id, or a profile file.
fn profile(global: &Global, name: &str) -> Result<Arc<Profile>, StartError> {
    let path = Path::new(name);
    if path
        .extension()
        .is_some_and(|extension| extension == "toml")
    {
        let unusable = |what: String| {
            StartError::failed(
                what,
                "Nothing was done.",
                "'fleetdesk profiles check FILE' reports every problem.",
                "P-430",
            )
        };
        let text = crate::profiles::read(path)
            .map_err(|why| unusable(format!("The profile {name} {why}.")))?;
        return Profile::from_toml(&text).map(Arc::new).map_err(|problems| {
            let first = problems
                .first()
                .map(ToString::to_string)
                .unwrap_or_default();
            unusable(format!(
                "The profile {name} has {}; the first: {first}.",
                how_many(&problems)
            ))
        });
    }
    let machine = Machine::look(global)?;
    machine.registry.get(name).cloned().ok_or_else(|| {
        let known = machine
            .registry
            .all()
            .map(|profile| profile.id.clone())
            .collect::<Vec<_>>()
            .join(", ");
        StartError::Usage(format!("there is no family '{name}'; known are {known}"))
    })
}

#[cfg(unix)]
fn serve(
    args: &SimulatedArgs,
    profile: Arc<Profile>,
    faults: Vec<SimulatorFault>,
    output: Output,
) -> Result<ExitStatus, StartError> {
    use crate::demo::{Folder, RunningUnit, Socket};
    use fleet::simulator::{SimulatedUnit, SimulatedUnitOptions};
    use std::time::Instant;

    let unusable = |what: String| {
        StartError::failed(
            what,
            "Nothing was done.",
            "Free space or pseudo-terminals, or name another folder with --port-dir.",
            "U-020",
        )
    };
    let folder = Folder::make(args.port_dir.as_deref())
        .map_err(|error| unusable(format!("No folder for the ports can be made: {error}.")))?;
    let socket = Socket::Folder(folder.path().to_owned());
    let start = Instant::now();
    let mut running = Vec::new();
    for number in 1..=args.units {
        let options = SimulatedUnitOptions {
            model: args.model.clone(),
            seed: args.seed,
            number,
            faults: faults.clone(),
            password: None,
        };
        let unit = SimulatedUnit::new(Arc::clone(&profile), options, fleet::Moment(0))
            .map_err(StartError::Usage)?;
        let name = format!("unit-{number}");
        let unit = RunningUnit::start(unit, &socket, &name, start)
            .map_err(|error| unusable(format!("Unit {number} gets no port: {error}.")))?;
        let identity = unit.look(|unit| unit.identity().clone());
        let id = identity.id();
        let kind = match (&identity.imei, &identity.meid) {
            (Some(_), _) => "imei",
            (None, Some(_)) => "meid",
            (None, None) => "hardware",
        };
        if output.is_json() {
            output.json_line(&serde_json::json!({
                "type": "unit", "port": unit.port, "profile": profile.id, "id": id, "id_kind": kind, "imei": identity.imei,
                "iccid": identity.iccid, "port_dir": folder.path(),
            }));
        } else {
            let iccid = identity.iccid.as_deref().unwrap_or("none");
            output.line(&format!("{:<48} {}  ICCID {iccid}", unit.port, id));
        }
        running.push(unit);
    }
    if !output.is_json() {
        output.problem(&format!(
            "Units that restart come back in the same folder: give it with  --port-dir {}",
            folder.path().display()
        ));
        output.problem("Close standard input (Ctrl D) or press Ctrl C to end.");
    }
    crate::demo::wait_for_end();
    Ok(ExitStatus::Done)
}

#[cfg(not(unix))]
fn serve(
    _args: &SimulatedArgs,
    _profile: Arc<Profile>,
    _faults: Vec<SimulatorFault>,
    _output: Output,
) -> Result<ExitStatus, StartError> {
    Err(StartError::failed(
        "This system has no pseudo-terminals, so no other program could open a simulated unit.",
        "Nothing was done.",
        "'fleetdesk demo' shows simulated units inside the program.",
        "U-021",
    ))
}
