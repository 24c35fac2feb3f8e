//! `fleetdesk profiles confirm`: a person takes responsibility for a profile file that says where units report to.

use super::super::args::ConfirmArgs;
use super::super::exit::ExitStatus;
use super::super::output::Output;
use crate::engine::keep_confirmation;
use crate::start::{Machine, StartError};
use fleet::Profile;
use fleet::printable::printable;
use fleet::profile::ProfileSource;
use serde_json::json;
use std::io::BufRead as _;

pub(super) fn confirm(
    machine: &Machine,
    args: &ConfirmArgs,
    output: Output,
) -> Result<ExitStatus, StartError> {
    let profile = machine.registry.get(&args.id);
    let source = machine.registry.source(&args.id);
    let (Some(profile), Some(source)) = (profile, source) else {
        return Err(StartError::Usage(format!(
            "there is no profile '{}' in the folder; 'fleetdesk profiles check' tells about broken files",
            args.id
        )));
    };
    if *source == ProfileSource::Shipped {
        output.say("This profile is part of the program and needs no confirmation.");
        return Ok(ExitStatus::Done);
    }
    let what = redirecting(profile);
    output.say(&format!(
        "This changes where the unit reports to.\n\n  Profile  {} ({})\n  File     {source}\n  SHA-256  {}\n\nIt says where these stand in a unit, and Fleetdesk will write there:",
        printable(&profile.name),
        profile.id,
        profile.sha256()
    ));
    for line in &what {
        output.say(&format!("  {line}"));
    }
    let typed = match &args.name {
        Some(name) => name.clone(),
        None => {
            output.say("\nCompare the file with the unit's manual. Type the profile's short name to confirm it:");
            let mut line = String::new();
            let _ = std::io::stdin().lock().read_line(&mut line);
            line.trim().to_owned()
        }
    };
    if typed != profile.id {
        output.problem("The name is not this profile's.\nNothing was confirmed, and no unit is set with this file.\nType the short name exactly as it stands above.\nP-413");
        return Ok(ExitStatus::NeedsPerson);
    }
    let (inventory, _) = machine.inventory()?;
    keep_confirmation(&inventory, profile, &machine.actor()).map_err(|error| {
        StartError::failed(
            format!("The confirmation cannot be kept: {error}."),
            "Nothing was confirmed.",
            "Free some space or close the other program that uses the inventory, then try again.",
            "I-701",
        )
    })?;
    output.say("Confirmed. It holds for this text of the file; a changed file asks again.");
    if output.is_json() {
        output.json_line(&json!({ "type": "summary", "profile": profile.id, "sha256": profile.sha256(), "redirects": what, "confirmed": true }));
    }
    Ok(ExitStatus::Done)
}

/// What the profile can redirect, line by line.
fn redirecting(profile: &Profile) -> Vec<String> {
    let redirects = profile.redirects().into_iter();
    let lines = redirects.map(|each| format!("{:<34} {}", each.what, each.how));
    lines.collect()
}
