//! `fleetdesk profiles`: the unit families, and whether a profile file is good.

mod confirm;
mod show;

use super::args::{Global, ProfilesAction, ProfilesArgs, RecordArgs, TalkArgs};
use super::bench;
use super::exit::ExitStatus;
use super::output::Output;
use crate::engine::{UnitRead, read_unit_and_listen};
use crate::start::{Machine, StartError};
use fleet::fault::{UnitCondition, advice};
use fleet::profile::ProfileProblem;
use fleet::profile::ProfileRegistry;
use fleet::transcript::Transcript;
use fleet::{Fault, Profile};
use serde_json::json;
use std::path::Path;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};

pub(super) fn run(
    global: &Global,
    args: &ProfilesArgs,
    output: Output,
) -> Result<ExitStatus, StartError> {
    let machine = Machine::look(global)?;
    match &args.action {
        ProfilesAction::List => Ok(list(&machine, output)),
        ProfilesAction::Schema => {
            // One value for editors, also where lines of JSON are asked for.
            let schema = fleet::profile::json_schema();
            let text = if output.is_json() {
                schema.to_string()
            } else {
                serde_json::to_string_pretty(&schema).unwrap_or_default()
            };
            output.line(&text);
            Ok(ExitStatus::Done)
        }
        ProfilesAction::Confirm(args) => confirm::confirm(&machine, args, output),
        ProfilesAction::Simulate(args) => {
            let file = args.file.as_ref().map(|file| file.display().to_string());
            let family = file.or_else(|| args.profile.clone()).unwrap_or_default();
            super::simulate::run(global, &family, &args.units, output)
        }
        ProfilesAction::Show(args) => show::show(&machine, args, output),
        ProfilesAction::Check { file } if file.is_empty() => Ok(check_loaded(&machine, output)),
        ProfilesAction::Check { file } => Ok(check(file, output)),
        ProfilesAction::Try(args) => {
            let registry = registry_of(&args.file)?;
            let (read, transcript) = ask(&registry, &args.port, &args.talk)?;
            for line in transcript.to_lines() {
                if output.is_json() {
                    output.json_line(&json!({ "type": "talk", "line": line }));
                } else {
                    output.line(&line);
                }
            }
            Ok(told_of(&args.port, read, output))
        }
        ProfilesAction::Record(args) => record(&machine, args, output),
    }
}

/// Keeps the talk of the harmless part, or prints it as it would be kept.
fn record(machine: &Machine, args: &RecordArgs, output: Output) -> Result<ExitStatus, StartError> {
    let own = args
        .file
        .as_ref()
        .map(|file| registry_of(file))
        .transpose()?;
    let registry = own.as_ref().unwrap_or(&machine.registry);
    let (read, transcript) = ask(registry, &args.port, &args.talk)?;
    let text = transcript.to_json_lines();
    match &args.to {
        Some(to) => {
            std::fs::write(to, &text).map_err(|error| {
                StartError::failed(
                    format!("The talk cannot be written to {}: {error}.", to.display()),
                    "The unit was only asked; nothing was written to it.",
                    "Name a file in a folder where you may write.",
                    "U-022",
                )
            })?;
            let lines = transcript.to_lines();
            if output.is_json() {
                output.json_line(&json!({ "type": "summary", "lines": lines.len(), "file": to }));
            } else {
                for line in &lines {
                    output.line(line);
                }
            }
            output.problem(&format!("Kept in {}: {} lines.", to.display(), lines.len()));
        }
        None => text.lines().for_each(|line| output.line(line)),
    }
    Ok(told_of(&args.port, read, output))
}

/// The families that a file describes: one, or none with its first problem.
fn registry_of(file: &Path) -> Result<ProfileRegistry, StartError> {
    let name = file.display().to_string();
    let unusable = |what: String| {
        StartError::failed(
            what,
            "Nothing was sent.",
            "'fleetdesk profiles check FILE' reports every problem.",
            "P-430",
        )
    };
    let text = crate::profiles::read(file)
        .map_err(|why| unusable(format!("The profile {name} {why}.")))?;
    let registry = ProfileRegistry::default().with_overlay(&name, &text);
    match registry.broken().first() {
        None => Ok(registry),
        Some(broken) => {
            let first = broken.problems.first().map(ToString::to_string);
            Err(unusable(format!(
                "The profile {name} has {}; the first: {}.",
                how_many(&broken.problems),
                first.unwrap_or_default()
            )))
        }
    }
}

/// Asks a unit what may be asked of a stranger, and what it holds. Nothing else is sent.
fn ask(
    registry: &ProfileRegistry,
    port: &str,
    talk: &TalkArgs,
) -> Result<(Result<UnitRead, Fault>, Transcript), StartError> {
    let ports = bench::ports(&[port.to_owned()], talk);
    let secrets = bench::unit_secrets(talk)?;
    let label = bench::labels(talk)?.remove(port);
    let heard = Arc::new(Mutex::new(None));
    let keep = Arc::clone(&heard);
    let listen = move |transcript: Transcript| {
        if let Ok(mut kept) = keep.lock() {
            *kept = Some(transcript);
        }
    };
    let read = read_unit_and_listen(&ports, port, registry, &secrets, label, listen);
    let transcript = heard.lock().ok().and_then(|mut kept| kept.take());
    Ok((read, transcript.unwrap_or_default()))
}

/// Who answered, or the four lines.
fn told_of(port: &str, read: Result<UnitRead, Fault>, output: Output) -> ExitStatus {
    match read {
        Ok(read) => {
            let identity = &read.identity;
            output.problem(&format!(
                "Recognised as {} ({}), {} understood. Nothing was written to it.",
                identity.model,
                identity.variant,
                fleet::wording::counted(read.settings.len() as u64, "setting", "settings")
            ));
            for warning in &identity.warnings {
                output.problem(&format!("Note: {warning}"));
            }
            ExitStatus::Done
        }
        Err(fault) => {
            let place = format!("Port {port}");
            output.advice(&advice(&fault, UnitCondition::Untouched, &place));
            if fault.needs_person() {
                ExitStatus::NeedsPerson
            } else {
                ExitStatus::Failed
            }
        }
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

pub(super) fn how_many(problems: &[ProfileProblem]) -> String {
    let number = u64::try_from(problems.len()).unwrap_or(u64::MAX);
    fleet::wording::counted(number, "problem", "problems")
}

fn told(output: Output, name: &str, problems: &[ProfileProblem]) {
    if output.is_json() {
        let list: Vec<String> = problems.iter().map(ToString::to_string).collect();
        output.json_line(&json!({ "type": "check", "profile": name, "problems": list }));
    } else if problems.is_empty() {
        output.line(&format!("{name}: no problem"));
    } else {
        output.line(&format!("{name}: {}", how_many(problems)));
        for problem in problems {
            output.line(&format!("  {problem}"));
        }
    }
}
