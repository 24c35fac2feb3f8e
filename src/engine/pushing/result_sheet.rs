//! The result sheet of a push: who, when, template version, each result.

use crate::engine::context::Context;
use crate::engine::outgoing::placed;
use crate::labels::Report;
use crate::sheets::{SheetError, SheetWriter, WriteKind, csv_lines, missing_folder, write_whole};
use fleet::push::{Push, PushId, Standing};
use fleet::wording::counted;
use jiff::Timestamp;
use std::path::{Path, PathBuf};
use std::rc::Rc;

/// Heads of the sheet's columns.
const HEADS: [&str; 13] = [
    "unit", "id_kind", "model", "way", "result", "since", "in_words", "code", "sent", "taken",
    "verified", "attempts", "changes",
];

/// Why a result sheet was not written. No file is left behind.
#[derive(Debug, thiserror::Error)]
pub enum ResultSheetError {
    /// Its ending says no kind.
    #[error("{0} does not end in .csv, .xlsx or .pdf")]
    Ending(PathBuf),
    /// Its folder is not there.
    #[error("the folder {0} is not there")]
    NoFolder(PathBuf),
    /// The file cannot be written.
    #[error("{0} cannot be written: {1}")]
    NotWritten(PathBuf, String),
}

/// Writes the result sheet of a push; the file's ending says which kind.
///
/// # Errors
/// Why it was not written.
pub fn write_result_sheet(push: &Push, file: &Path) -> Result<(), ResultSheetError> {
    let kind = file
        .extension()
        .and_then(|ending| ending.to_str())
        .map(str::to_lowercase);
    let written = match kind.as_deref() {
        Some("csv") => csv_of(push)
            .and_then(|bytes| write_whole(file, &bytes))
            .map_err(|error| error.to_string()),
        Some("xlsx") => xlsx_of(push, file).map_err(|error| error.to_string()),
        Some("pdf") => crate::labels::report(&page(push))
            .map_err(|error| error.to_string())
            .and_then(|bytes| write_whole(file, &bytes).map_err(|error| error.to_string())),
        _ => return Err(ResultSheetError::Ending(file.to_owned())),
    };
    written.map_err(|why| match missing_folder(file) {
        Some(folder) => ResultSheetError::NoFolder(folder.to_owned()),
        None => ResultSheetError::NotWritten(file.to_owned(), why),
    })
}

/// Writes the sheet of a push that is on the screen, and says where it is.
pub(in crate::engine) fn write(context: &Rc<Context>, id: PushId, file: PathBuf) {
    let context = Rc::clone(context);
    tokio::task::spawn_local(async move {
        let file = placed(file);
        if file.exists() {
            let words = format!(
                "{} is there already and was left as it is: give another name",
                file.display()
            );
            return context.toast(words, true);
        }
        let push = match context.inventory.push(id).await {
            Ok(Some(push)) => push,
            Ok(None) => return context.toast("This push is not in the inventory", true),
            Err(error) => return context.toast(format!("The push cannot be read: {error}"), true),
        };
        let units = push.units().len();
        let path = file.clone();
        let work = tokio::task::spawn_blocking(move || write_result_sheet(&push, &path));
        match work.await {
            Ok(Ok(())) => {
                context.toast(
                    format!(
                        "{} in {}",
                        counted(units as u64, "unit stands", "units stand"),
                        file.display()
                    ),
                    false,
                );
            }
            Ok(Err(error)) => context.toast(format!("No sheet: {error}"), true),
            Err(_) => {}
        }
    });
}

/// The table, and the push as a whole in the columns behind it: a sheet has one row of headings.
fn xlsx_of(push: &Push, file: &Path) -> Result<(), SheetError> {
    let head = head(push);
    let mut headings: Vec<String> = HEADS.map(str::to_owned).to_vec();
    headings.extend(head.iter().map(|[name, _]| name.clone()));
    let mut writer = SheetWriter::create(file, WriteKind::Xlsx, &headings)?;
    for mut line in lines(push) {
        line.extend(head.iter().map(|[_, value]| value.clone()));
        writer.row(&line)?;
    }
    writer.finish().map(drop)
}

/// What stands on paper: the push, how many units stand how, and each unit with its result.
fn page(push: &Push) -> Report {
    let counts = push.counts();
    let mut facts: Vec<(String, String)> = head(push)
        .into_iter()
        .filter(|[_, value]| !value.is_empty())
        .map(|[name, value]| (name, value))
        .collect();
    let standings = Standing::ALL.into_iter().filter_map(|standing| {
        let count = counts.of(standing);
        (count > 0).then(|| format!("{count} {}", standing.words().to_lowercase()))
    });
    facts.push(("units".to_owned(), standings.collect::<Vec<_>>().join(", ")));
    let rows = push.units().iter().map(|unit| {
        let at = time(Some(unit.since));
        vec![
            unit.id.as_str().to_owned(),
            unit.model.clone().unwrap_or_default(),
            unit.way.as_str().to_owned(),
            unit.standing.words().to_owned(),
            at.get(..16).unwrap_or_default().to_owned(),
            unit.words_with_bench(),
        ]
    });
    Report {
        title: format!("Result of the push '{}'", push.facts().title),
        facts,
        heads: ["Unit", "Model", "Way", "Result", "Since", "In words"]
            .map(str::to_owned)
            .to_vec(),
        shares: vec![0.19, 0.11, 0.07, 0.10, 0.15, 0.38],
        rows: rows.collect(),
    }
}

fn csv_of(push: &Push) -> std::io::Result<Vec<u8>> {
    let above = head(push).into_iter().map(|line| line.to_vec());
    let heads = HEADS.map(str::to_owned).to_vec();
    csv_lines(above.chain([heads]).chain(lines(push)))
}

/// What stands above the table: the push as a whole.
fn head(push: &Push) -> Vec<[String; 2]> {
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
    .map(|(name, value)| [name.to_owned(), value])
    .to_vec()
}

/// The table: one line for each unit.
fn lines(push: &Push) -> Vec<Vec<String>> {
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
                unit.words_with_bench(),
                unit.code().unwrap_or_default().to_owned(),
                time(unit.sent_at),
                time(unit.taken_at),
                time(unit.proved_at),
                unit.attempts.to_string(),
                changes.join("; "),
            ]
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
