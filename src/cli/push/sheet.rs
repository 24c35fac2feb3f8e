//! The result sheet of a push: who, when, template version, each result.

use super::list;
use crate::cli::exit::ExitStatus;
use crate::cli::output::Output;
use crate::start::{Machine, StartError};
use fleet::push::Push;
use jiff::Timestamp;
use std::path::Path;

/// Heads of the sheet's columns.
const HEADS: [&str; 13] = [
    "unit", "id_kind", "model", "way", "result", "since", "in_words", "code", "sent", "taken",
    "verified", "attempts", "changes",
];

pub(super) fn write(
    machine: &Machine,
    id: &str,
    file: &Path,
    output: Output,
) -> Result<ExitStatus, StartError> {
    let inventory = machine.inventory_to_read()?;
    let push = list::push(&inventory, list::named(&inventory, id)?)?;
    let kind = file
        .extension()
        .and_then(|ending| ending.to_str())
        .map(str::to_lowercase);
    let written = match kind.as_deref() {
        Some("csv") => csv_of(&push).and_then(|bytes| std::fs::write(file, bytes)),
        _ => {
            return Err(StartError::Usage(format!(
                "{} does not end in .csv",
                file.display()
            )));
        }
    };
    written.map_err(|error| {
        StartError::failed(
            format!("{} cannot be written: {error}.", file.display()),
            "The push is as it was.",
            "Close the file if it is open elsewhere, or name another one.",
            "S-807",
        )
    })?;
    output.say(&format!(
        "{} units are in {}.",
        push.units().len(),
        file.display()
    ));
    Ok(ExitStatus::Done)
}

fn csv_of(push: &Push) -> std::io::Result<Vec<u8>> {
    let mut writer = csv::WriterBuilder::new()
        .terminator(csv::Terminator::CRLF)
        .flexible(true)
        .from_writer(Vec::new());
    for line in head(push) {
        writer.write_record(line)?;
    }
    writer.write_record(HEADS)?;
    for line in lines(push) {
        writer.write_record(line)?;
    }
    writer.into_inner().map_err(|error| error.into_error())
}

/// What stands above the table: the push as a whole.
pub(super) fn head(push: &Push) -> Vec<[String; 2]> {
    let facts = push.facts();
    let template = match &facts.template {
        Some((name, version)) => format!("{name} version {version}"),
        None => "each unit's own former values".to_owned(),
    };
    [
        ("push", facts.id.to_string()),
        ("title", facts.title.clone()),
        ("template", template),
        ("by", facts.by.clone()),
        ("agreed by", facts.agreed_by.clone().unwrap_or_default()),
        ("begun", time(Some(facts.begun))),
        ("chosen", facts.chosen.clone()),
        ("state", push.progress().state.word().to_owned()),
    ]
    .map(|(name, value)| [name.to_owned(), safe(value)])
    .to_vec()
}

/// The table: one line for each unit.
pub(super) fn lines(push: &Push) -> Vec<Vec<String>> {
    push.units()
        .iter()
        .map(|unit| {
            let changes: Vec<String> = unit
                .changes()
                .iter()
                .map(|change| {
                    let before = change
                        .before
                        .as_ref()
                        .map_or_else(|| "not read".to_owned(), ToString::to_string);
                    format!("{}: {before} to {}", change.label, change.after)
                })
                .collect();
            [
                unit.id.as_str().to_owned(),
                unit.id.kind().to_string(),
                unit.model.clone().unwrap_or_default(),
                unit.way.as_str().to_owned(),
                unit.standing.as_str().to_owned(),
                time(Some(unit.since)),
                unit.words.clone(),
                unit.code().unwrap_or_default().to_owned(),
                time(unit.sent_at),
                time(unit.taken_at),
                time(unit.proved_at),
                unit.attempts.to_string(),
                changes.join("; "),
            ]
            .map(safe)
            .to_vec()
        })
        .collect()
}

fn time(at: Option<Timestamp>) -> String {
    at.map_or_else(String::new, |at| {
        at.to_zoned(jiff::tz::TimeZone::system())
            .strftime("%Y-%m-%d %H:%M:%S %:z")
            .to_string()
    })
}

/// A text that no spreadsheet takes for a formula.
fn safe(text: String) -> String {
    if text.starts_with(['=', '+', '-', '@', '\t', '\r']) {
        format!("'{text}")
    } else {
        text
    }
}
