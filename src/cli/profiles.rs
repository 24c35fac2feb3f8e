//! `fleetdesk profiles`: the unit families, and whether a profile file is good.

use super::args::{Global, ProfilesAction, ProfilesArgs};
use super::exit::ExitStatus;
use super::output::Output;
use crate::start::{Machine, StartError};
use fleet::Profile;
use fleet::profile::ProfileProblem;
use serde_json::json;
use std::path::PathBuf;

pub(super) fn run(
    global: &Global,
    args: &ProfilesArgs,
    output: Output,
) -> Result<ExitStatus, StartError> {
    let machine = Machine::look(global)?;
    match &args.action {
        ProfilesAction::List => Ok(list(&machine, output)),
        ProfilesAction::Check { file } if file.is_empty() => Ok(check_loaded(&machine, output)),
        ProfilesAction::Check { file } => Ok(check(file, output)),
    }
}

fn list(machine: &Machine, output: Output) -> ExitStatus {
    let mut count = 0;
    for profile in machine.registry.all() {
        count += 1;
        let models: Vec<&str> = profile
            .variants
            .iter()
            .map(|variant| variant.model.as_str())
            .collect();
        let source = machine
            .registry
            .source(&profile.id)
            .map(ToString::to_string)
            .unwrap_or_default();
        if output.is_json() {
            output.json_line(&json!({ "type": "profile", "id": profile.id, "name": profile.name, "models": models, "source": source, "sha256": profile.sha256() }));
        } else {
            output.line(&format!(
                "{:<18} {} ({source})\n{:18} {}",
                profile.id,
                profile.name,
                "",
                models.join(", ")
            ));
        }
    }
    if output.is_json() {
        output.json_line(&json!({ "type": "summary", "profiles": count, "broken": machine.registry.broken().len() }));
    }
    ExitStatus::Done
}

fn check_loaded(machine: &Machine, output: Output) -> ExitStatus {
    for profile in machine.registry.all() {
        told(output, &profile.id, &[]);
    }
    for broken in machine.registry.broken() {
        told(output, &broken.source.to_string(), &broken.problems);
    }
    if machine.registry.broken().is_empty() {
        ExitStatus::Done
    } else {
        ExitStatus::Failed
    }
}

fn check(files: &[PathBuf], output: Output) -> ExitStatus {
    let mut status = ExitStatus::Done;
    for file in files {
        let problems = match crate::profiles::read(file) {
            Ok(text) => Profile::from_toml(&text).err().unwrap_or_default(),
            Err(why) => vec![ProfileProblem {
                path: "file".into(),
                problem: why,
            }],
        };
        if !problems.is_empty() {
            status = ExitStatus::Failed;
        }
        told(output, &file.display().to_string(), &problems);
    }
    status
}

fn told(output: Output, name: &str, problems: &[ProfileProblem]) {
    if output.is_json() {
        let list: Vec<String> = problems.iter().map(ToString::to_string).collect();
        output.json_line(&json!({ "type": "check", "profile": name, "problems": list }));
    } else if problems.is_empty() {
        output.line(&format!("{name}: no problem"));
    } else {
        output.line(&format!("{name}: {} problems", problems.len()));
        for problem in problems {
            output.line(&format!("  {problem}"));
        }
    }
}
