//! `fleetdesk support-bundle`: one file for the support person, without secrets; what is inside is shown first.

use super::args::{Global, SupportArgs};
use super::exit::ExitStatus;
use super::output::Output;
use super::units::{named, unreadable};
use crate::bundle::{Gathering, Redaction};
use crate::secrets::UnitSecrets;
use crate::sheets::{MAKE_THE_FOLDER, missing_folder};
use crate::start::{Machine, StartError, secrets_in_keychain};
use fleet::Secret;
use fleet::wording::counted;
use jiff::Zoned;
use serde_json::json;

pub(super) fn run(
    global: &Global,
    args: &SupportArgs,
    output: Output,
) -> Result<ExitStatus, StartError> {
    let machine = Machine::look(global)?;
    let inventory = machine.inventory_to_read()?;
    let unit = match &args.unit {
        Some(text) => Some(named(&inventory, text)?.id),
        None => None,
    };
    let redaction = Redaction::of(&known_secrets(&machine, args)?);
    let bundle = Gathering {
        inventory: &inventory,
        unit,
        registry: &machine.registry,
        preferences: machine.folders.preferences_file(),
        logs: machine.folders.logs(),
        redaction: &redaction,
    }
    .gather()
    .map_err(unreadable)?;
    let day = Zoned::now().date();
    let path = args
        .out
        .clone()
        .unwrap_or_else(|| format!("fleetdesk-support-{day}.zip").into());
    for piece in &bundle.pieces {
        let (bytes, taken_out) = (piece.text.len(), piece.taken_out);
        if output.is_json() {
            output.json_line(&json!({
                "type": "piece", "name": piece.name, "what": piece.words, "bytes": bytes, "taken_out": taken_out,
            }));
        } else {
            output.line(&format!(
                "  {:<44} {:<28} {bytes:>9} bytes, {taken_out} taken out",
                piece.name, piece.words
            ));
        }
    }
    let taken_out: usize = bundle.pieces.iter().map(|piece| piece.taken_out).sum();
    if !args.preview {
        bundle.save(&path).map_err(|error| {
            let (what, cure) = match missing_folder(&path) {
                Some(folder) => (
                    format!("The folder {} is not there.", folder.display()),
                    MAKE_THE_FOLDER,
                ),
                None => (
                    format!("{} cannot be written: {error}.", path.display()),
                    "Free space on the disk or name another file with --out.",
                ),
            };
            StartError::failed(what, "No bundle was saved.", cure, "S-860")
        })?;
    }
    let file = (!args.preview).then(|| path.display().to_string());
    if output.is_json() {
        output.json_line(&json!({ "type": "summary", "pieces": bundle.pieces.len(), "taken_out": taken_out, "file": file }));
    } else {
        let pieces = bundle.pieces.len();
        match file {
            Some(file) => output.line(&format!(
                "{} in {file}; {} taken out. Numbers, customers and notes of the unit are in it: send it to support only.",
                counted(pieces as u64, "file stands", "files stand"),
                counted(taken_out as u64, "secret was", "secrets were")
            )),
            None => output.line(&format!(
                "{} would be in it; {} taken out. Nothing was saved.",
                counted(pieces as u64, "file", "files"),
                counted(taken_out as u64, "secret was", "secrets were")
            )),
        }
    }
    Ok(ExitStatus::Done)
}

/// Every secret that this computer can name. Without a keychain what looks like a secret is taken out all the same.
fn known_secrets(machine: &Machine, args: &SupportArgs) -> Result<Vec<Secret>, StartError> {
    let mut known = secrets_in_keychain(&machine.preferences);
    if let Some(path) = &args.secrets {
        let given = UnitSecrets::from_file(path).map_err(|error| {
            StartError::failed(
                format!("{}.", crate::cli::sentence(&error.to_string())),
                "No bundle was saved.",
                "Correct the file and start again.",
                "U-010",
            )
        })?;
        known.extend(given.all());
    }
    Ok(known)
}
