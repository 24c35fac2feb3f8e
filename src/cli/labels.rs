//! `fleetdesk labels`: a PDF with the labels of many units.

use super::args::{Global, LabelsArgs};
use super::exit::ExitStatus;
use super::output::Output;
use crate::labels;
use crate::sheets::{MAKE_THE_FOLDER, each_page, missing_folder};
use crate::start::{Machine, StartError};
use fleet::label::{Label, LabelSize, SIZES};
use jiff::Zoned;
use serde_json::json;
use std::path::Path;
use std::sync::atomic::AtomicBool;

/// Labels of one PDF; more are a mistake in the choice.
const MOST_LABELS: usize = 5000;
/// Units that are named in a line.
const MOST_NAMED: usize = 20;

pub(super) fn run(
    global: &Global,
    args: &LabelsArgs,
    output: Output,
) -> Result<ExitStatus, StartError> {
    let size = LabelSize::of_key(&args.size).ok_or_else(|| {
        let keys: Vec<&str> = SIZES.iter().map(|size| size.key).collect();
        StartError::Usage(format!(
            "--size {}: these are: {}",
            args.size,
            keys.join(", ")
        ))
    })?;
    let is_pdf = (args.out.extension()).is_some_and(|ending| ending.eq_ignore_ascii_case("pdf"));
    if !is_pdf {
        return Err(StartError::Usage(format!(
            "{} does not end in .pdf, and labels are written as a PDF",
            args.out.display()
        )));
    }
    if args.skip > 0 && size.sheet.is_none() {
        return Err(StartError::Usage(format!(
            "--skip counts the used places of a sheet; {} has no sheet",
            size.words
        )));
    }
    let machine = Machine::look(global)?;
    let inventory = machine.inventory_to_read()?;
    let (choice, missing) = super::sheets::choice(&inventory, &args.chosen, output)?;
    let today = Zoned::now().date();
    let mut all: Vec<Label> = Vec::new();
    let mut too_many = false;
    each_page(&inventory, &choice, &AtomicBool::new(false), &mut |units| {
        let room = MOST_LABELS.saturating_sub(all.len());
        too_many |= units.len() > room;
        all.extend(units.iter().take(room).map(|unit| Label::of(unit, today)));
        Ok(())
    })
    .map_err(|error| {
        failed(
            format!("{error}."),
            "Close the other Fleetdesk and try again.",
        )
    })?;
    if too_many {
        return Err(StartError::Usage(format!(
            "these are more than {MOST_LABELS} labels; choose fewer units with --select or --list"
        )));
    }
    if all.is_empty() {
        return Err(StartError::Usage("no unit was chosen".to_owned()));
    }
    let unmade = |error: labels::LabelError| {
        failed(
            format!("The labels cannot be made: {error}."),
            "Leave that unit out and try again.",
        )
    };
    let lacking: Vec<&str> = labels::with_missing_letters(&all)
        .map_err(unmade)?
        .into_iter()
        .map(|label| label.code.as_str())
        .collect();
    if !lacking.is_empty() {
        let units: Vec<String> = lacking.iter().map(|id| (*id).to_owned()).collect();
        output.problem(&format!(
            "The font of labels has not all letters of the names of {}: a ? stands where one is missing. Code and number are whole.",
            fleet::wording::list(&units, MOST_NAMED)
        ));
    }
    let bytes = labels::pdf(&all, &size, args.skip).map_err(unmade)?;
    write(&args.out, &bytes).map_err(|error| match missing_folder(&args.out) {
        Some(folder) => failed(
            format!("The folder {} is not there.", folder.display()),
            MAKE_THE_FOLDER,
        ),
        None => failed(
            format!("{} cannot be written: {error}.", args.out.display()),
            "Free space on the disk, close the program that shows the file, or name another one.",
        ),
    })?;
    let printed = args.print && print(&bytes, output);
    if output.is_json() {
        output.json_line(&json!({
            "type": "summary", "labels": all.len(), "missing": missing, "size": size.key,
            "file": args.out.display().to_string(), "printed": printed, "letters_missing": lacking,
        }));
    } else {
        output.line(&format!(
            "{} {} in {}.",
            fleet::wording::counted(all.len() as u64, "label", "labels"),
            match all.len() {
                1 => format!("({}) stands", size.words),
                _ => format!("({}) stand", size.words),
            },
            args.out.display()
        ));
        if printed {
            output.line("They were handed to the printer.");
        }
    }
    Ok(match (missing + lacking.len(), args.print && !printed) {
        (_, true) => ExitStatus::Failed,
        (0, false) => ExitStatus::Done,
        (_, false) => ExitStatus::NeedsPerson,
    })
}

/// The whole file or none.
fn write(path: &Path, bytes: &[u8]) -> std::io::Result<()> {
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(".part");
    let part = path.with_file_name(name);
    std::fs::write(&part, bytes)?;
    std::fs::rename(&part, path)
}

/// Hands them to the system's printer. Where that will not, a person prints the file from a viewer.
fn print(bytes: &[u8], output: Output) -> bool {
    let Err(error) = labels::print(bytes) else {
        return true;
    };
    let what = crate::cli::sentence(&error.to_string());
    output.problem(&format!(
        "{what}. Open the PDF and print it from there, at 100 %."
    ));
    false
}

fn failed(what: String, cure: &str) -> StartError {
    StartError::failed(what, "No labels were made.", cure, "S-850")
}
