//! `fleetdesk import` and `fleetdesk export`: lists of units in and out.

use super::args::{ChosenUnits, ExportArgs, Global, ImportArgs, Readers};
use super::exit::ExitStatus;
use super::output::Output;
use super::units::{make_searchable, unreadable};
use crate::inventory::{Inventory, Named};
use crate::sheets::{
    Choice, Import, ImportReport, Phase, SheetError, Source, SourceKind, WriteKind, list_text,
};
use crate::start::{Machine, StartError};
use fleet::pasted::why_none;
use fleet::query::Query;
use fleet::sheet::{EmptyCells, Mapping, MappingError, Reason, Row, Verdict};
use fleet::wording::counted;
use serde_json::json;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

/// How often progress is told.
const TELL_EVERY: Duration = Duration::from_secs(1);
/// Rows of a preview that are printed for people.
const PREVIEW_ROWS: usize = 20;

pub(super) fn import(
    global: &Global,
    args: &ImportArgs,
    output: Output,
) -> Result<ExitStatus, StartError> {
    let source = Source::open(&args.file, args.sheet.as_deref()).map_err(nothing_done)?;
    let mut mapping = Mapping::guess(source.headings());
    for given in &args.map {
        mapping
            .change(given)
            .map_err(|error| StartError::Usage(format!("--map: {error}")))?;
    }
    let usable = mapping.check();
    // Thousands of columns would push what is wrong off the screen.
    if usable != Err(MappingError::TooManyColumns) {
        tell_mapping(&source, &mapping, output);
    }
    usable.map_err(|error| nothing_done(error.into()))?;
    let machine = Machine::look(global)?;
    let inventory = if args.preview {
        machine.inventory_to_read()?
    } else {
        machine.inventory()?.0
    };
    let import = Import {
        source,
        mapping,
        empty: if args.clear_empty {
            EmptyCells::Clear
        } else {
            EmptyCells::Keep
        },
        office: machine.preferences.office.clone(),
        by: machine.actor(),
        rejects: args.rejects.clone(),
        preview: args.preview,
    };
    let report =
        stoppable(move |stop| run(&import, &inventory, stop, output))?.map_err(broken_off)?;
    tell_report(&report, args.preview, output);
    Ok(match (report.stopped, report.refused) {
        (true, _) => ExitStatus::Failed,
        (false, 0) => ExitStatus::Done,
        (false, _) => ExitStatus::NeedsPerson,
    })
}

fn run(
    import: &Import,
    inventory: &Inventory,
    stop: &AtomicBool,
    output: Output,
) -> Result<ImportReport, SheetError> {
    let mut told = Instant::now();
    import.run(
        inventory,
        stop,
        &mut |progress| {
            if told.elapsed() < TELL_EVERY {
                return;
            }
            told = Instant::now();
            let percent = (progress.share * 100.0).round();
            let (word, words) = match progress.phase {
                Phase::Looking => ("looking", "Looking through the list"),
                Phase::Entering => ("entering", "Entering"),
            };
            let report = &progress.report;
            if output.is_json() {
                output.json_line(&json!({
                    "type": "progress", "phase": word, "percent": percent, "rows": report.rows,
                    "new": report.new, "changed": report.changed, "refused": report.refused,
                }));
            } else {
                output.problem(&format!(
                    "{words}: {percent} %, {}",
                    counted(report.rows, "row", "rows")
                ));
            }
        },
        &mut |row, reasons| tell_refused(row, reasons, output),
    )
}

fn tell_mapping(source: &Source, mapping: &Mapping, output: Output) {
    let columns = mapping.headings().iter().zip(mapping.columns());
    if output.is_json() {
        let columns: Vec<_> = columns
            .map(|(heading, column)| json!({ "column": heading, "field": column.key(), "words": column.words() }))
            .collect();
        let kind = match source.kind() {
            SourceKind::Csv {
                separator,
                encoding,
            } => {
                json!({ "form": "csv", "separator": char::from(separator), "encoding": encoding })
            }
            SourceKind::Xlsx { sheet, others } => {
                json!({ "form": "xlsx", "sheet": sheet, "other_sheets": others })
            }
        };
        output.json_line(&json!({
            "type": "mapping", "file": kind, "headings": source.has_headings(), "headings_below": source.headings_below(),
            "columns": columns, "hidden_rows": source.hidden().rows, "hidden_columns": source.hidden().columns,
        }));
        return;
    }
    match source.kind() {
        SourceKind::Xlsx { sheet, others } => {
            let rest = match others.len() {
                0 => String::new(),
                _ => format!("; not read: {} (--sheet takes another)", others.join(", ")),
            };
            output.line(&format!("Sheet {sheet}{rest}"));
        }
        SourceKind::Csv { encoding, .. } if source.kind().is_guessed() => output.line(&format!(
            "Read as {encoding}, which is a guess: the file does not say its alphabet. Where names look wrong, save it as UTF-8."
        )),
        SourceKind::Csv { .. } => {}
    }
    if let Some(row) = source.headings_below() {
        output.line(&format!(
            "The headings stand in row {row}; the rows above it are not read."
        ));
    }
    if let Some(hidden) = source.hidden().words() {
        output.line(&format!("Note: {hidden}; they are read as well."));
    }
    if !source.has_headings() {
        output.line(
            "A number of a unit stands in the first row, so that the list has no headings: it is a row as the others are, and the columns are called by their letters ('--map A=imei').",
        );
    }
    for (heading, column) in columns {
        let heading = fleet::printable::printable(heading);
        output.line(&format!("  {heading:<28} {}", column.words()));
    }
}

fn tell_refused(row: &Row, reasons: &[Reason], output: Output) {
    if output.is_json() {
        let reasons: Vec<_> = reasons
            .iter()
            .map(|reason| {
                json!({ "column": reason.column, "code": reason.refusal.code(), "words": reason.refusal.words() })
            })
            .collect();
        output.json_line(&json!({ "type": "refused", "row": row.number, "reasons": reasons }));
    }
}

fn tell_report(report: &ImportReport, preview: bool, output: Output) {
    let rejects = report
        .rejects
        .as_ref()
        .map(|path| path.display().to_string());
    if output.is_json() {
        let kinds: Vec<_> = report
            .kinds
            .iter()
            .map(|(code, (kind, count))| json!({ "code": code, "kind": kind, "rows": count }))
            .collect();
        output.json_line(&json!({
            "type": "summary", "preview": preview, "rows": report.rows, "new": report.new, "changed": report.changed,
            "already_so": report.already_so, "empty": report.empty, "refused": report.refused, "kinds": kinds,
            "rejects": rejects, "stopped": report.stopped,
        }));
        return;
    }
    if preview {
        for seen in report.shown.iter().take(PREVIEW_ROWS) {
            output.line(&format!(
                "  row {:<7} {}",
                seen.row.number,
                words(&seen.verdict)
            ));
        }
    }
    let (new, changed) = if preview {
        ("would be new", "would change")
    } else {
        ("new", "changed")
    };
    output.line(&format!(
        "{}: {} {new}, {} {changed}, {} already so, {} empty, {} not taken",
        counted(report.rows, "row", "rows"),
        report.new,
        report.changed,
        report.already_so,
        report.empty,
        report.refused
    ));
    for (code, (kind, count)) in &report.kinds {
        output.line(&format!("  {count:>7}  {kind}  ({code})"));
    }
    if let Some(path) = rejects {
        output.line(&format!(
            "The rows that were not taken stand in {path}, each with its reason. Correct them there and import that file."
        ));
    }
    if report.stopped {
        output.line(
            "Stopped at a safe point. Import the list again to go on: what is in is already so.",
        );
    }
}

fn words(verdict: &Verdict) -> String {
    match verdict {
        Verdict::Empty => "empty".to_owned(),
        Verdict::New(unit) => format!("new: {}", unit.id),
        Verdict::AlreadySo(id) => format!("already so: {id}"),
        Verdict::Changes(unit, changes) => {
            let changes: Vec<String> = changes
                .iter()
                .map(|change| {
                    format!(
                        "{} '{}' becomes '{}'",
                        change.field.words(),
                        change.from,
                        change.to
                    )
                })
                .collect();
            format!("changes {}: {}", unit.id, changes.join(", "))
        }
        Verdict::Refused(reasons) => {
            let why: Vec<String> = reasons
                .iter()
                .map(|reason| format!("{reason} ({})", reason.refusal.code()))
                .collect();
            format!("not taken: {}", why.join(" "))
        }
    }
}

pub(super) fn export(
    global: &Global,
    args: &ExportArgs,
    output: Output,
) -> Result<ExitStatus, StartError> {
    let kind = kind_of(&args.file, args.readers)?;
    let machine = Machine::look(global)?;
    let inventory = machine.inventory_to_read()?;
    let (choice, missing) = choice(&inventory, &args.chosen, output)?;
    let path = args.file.clone();
    let exported = stoppable(move |stop| {
        let mut told = Instant::now();
        crate::sheets::export(&inventory, &choice, &path, kind, stop, &mut |units| {
            if told.elapsed() >= TELL_EVERY {
                told = Instant::now();
                output.problem(&counted(units, "unit", "units"));
            }
        })
    })?
    .map_err(nothing_done)?;
    let Some(exported) = exported else {
        output.say("Stopped. No file was written.");
        return Ok(ExitStatus::Failed);
    };
    let path = exported.path.display();
    if output.is_json() {
        output.json_line(&json!({
            "type": "summary", "units": exported.units, "missing": missing, "file": path.to_string(),
            "for": match args.readers { Readers::People => "people", Readers::Machines => "machines" },
        }));
    } else {
        output.line(&format!(
            "{} in {path}.",
            counted(exported.units, "unit stands", "units stand")
        ));
        if args.readers == Readers::Machines {
            output.line("This file is for programs. Do not open it in a spreadsheet: it would spoil the numbers and could run formulas.");
        }
    }
    Ok(if missing == 0 {
        ExitStatus::Done
    } else {
        ExitStatus::NeedsPerson
    })
}

fn kind_of(path: &Path, readers: Readers) -> Result<WriteKind, StartError> {
    let ending = path
        .extension()
        .map(|ending| ending.to_string_lossy().to_lowercase());
    match (ending.as_deref(), readers) {
        (Some("xlsx"), Readers::People) => Ok(WriteKind::Xlsx),
        (Some("csv"), Readers::People) => Ok(WriteKind::CsvForPeople { separator: b',' }),
        (Some("csv"), Readers::Machines) => Ok(WriteKind::CsvForMachines),
        (Some("xlsx"), Readers::Machines) => Err(StartError::Usage(
            "a list for machines is a .csv file".to_owned(),
        )),
        _ => Err(StartError::Usage(format!(
            "{} ends neither in .xlsx nor in .csv",
            path.display()
        ))),
    }
}

/// The chosen units, and how many numbers of a list name none or several.
pub(super) fn choice(
    inventory: &Inventory,
    chosen: &ChosenUnits,
    output: Output,
) -> Result<(Choice, usize), StartError> {
    if let Some(query) = &chosen.select {
        let query = Query::parse(query).map_err(|error| StartError::Usage(error.to_string()))?;
        make_searchable(inventory, output)?;
        let found = inventory.select_units(query).wait().map_err(unreadable)?;
        return Ok((Choice::List(found), 0));
    }
    let Some(path) = &chosen.list else {
        make_searchable(inventory, output)?;
        return Ok((Choice::All, 0));
    };
    let text = list_text(path).map_err(|error| StartError::Usage(error.to_string()))?;
    make_searchable(inventory, output)?;
    let (mut units, mut missing) = (Vec::new(), 0);
    for (number, line) in text.lines().enumerate() {
        let line = line.trim().trim_start_matches('\u{feff}');
        if line.is_empty() {
            continue;
        }
        match inventory.unit_named(line).wait().map_err(unreadable)? {
            Named::One(unit) if units.contains(&unit.id) => {}
            Named::One(unit) => units.push(unit.id),
            Named::Nothing => {
                missing += 1;
                let why = why_none(line).map_or_else(String::new, |why| format!(" ({why})"));
                output.problem(&format!(
                    "Line {}: no unit has the number {line}{why}.",
                    number + 1
                ));
            }
            Named::Several(count) => {
                missing += 1;
                output.problem(&format!("Line {}: {count} units fit {line}.", number + 1));
            }
        }
    }
    Ok((Choice::List(units), missing))
}

/// Runs `work` beside the terminal's Ctrl C, which asks it to stop at its next safe point.
pub(super) fn stoppable<T: Send + 'static>(
    work: impl FnOnce(&AtomicBool) -> T + Send + 'static,
) -> Result<T, StartError> {
    let failed = |what: String| {
        StartError::failed(
            what,
            "Nothing was done.",
            "Close other programs and try again.",
            "S-839",
        )
    };
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|error| failed(format!("The work cannot begin: {error}.")))?;
    let stop = Arc::new(AtomicBool::new(false));
    let asked = Arc::clone(&stop);
    let (done, mut finished) = tokio::sync::oneshot::channel();
    let thread = std::thread::Builder::new()
        .name("lists".to_owned())
        .spawn(move || {
            let _nobody_waits = done.send(work(&stop));
        })
        .map_err(|error| failed(format!("The work cannot begin: {error}.")))?;
    let ended = runtime.block_on(async move {
        loop {
            tokio::select! {
                ended = &mut finished => return ended.ok(),
                heard = tokio::signal::ctrl_c(), if !asked.load(Ordering::Relaxed) => {
                    if heard.is_ok() {
                        asked.store(true, Ordering::Relaxed);
                    }
                }
            }
        }
    });
    let _panicked_already_told = thread.join();
    ended.ok_or_else(|| failed("The work ended badly.".to_owned()))
}

fn nothing_done(error: SheetError) -> StartError {
    told(&error, "Nothing was changed.")
}

fn broken_off(error: SheetError) -> StartError {
    if matches!(error, SheetError::NoPlaceForRefused { .. }) {
        return nothing_done(error);
    }
    told(
        &error,
        "Rows that were entered before stay; no row is entered by half.",
    )
}

fn told(error: &SheetError, state: &str) -> StartError {
    let what = crate::cli::sentence(&error.to_string());
    StartError::failed(format!("{what}."), state, error.cure(), error.code())
}
