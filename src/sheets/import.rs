//! The way of a list into the inventory: looked through once, then judged and written chunk by chunk.
//!
//! Good rows go in; the others come back in a file beside the list, with their reasons. Doing it again changes nothing, so it can be
//! stopped between any two chunks and begun again.

use super::error::SheetError;
use super::source::{Source, SourceKind};
use super::writing::{SheetWriter, WriteKind};
use crate::inventory::{ImportRules, Inventory};
use fleet::sheet::{EmptyCells, Mapping, ReadRow, Reason, Row, Survey, Verdict};
use jiff::Timestamp;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// Rows of one transaction.
const CHUNK: usize = 500;
/// Rows of each kind that a report keeps to be shown.
const SHOWN_ROWS: usize = 200;

/// An import that is ready to run.
#[derive(Debug, Clone)]
pub struct Import {
    /// The list.
    pub source: Source,
    /// What its columns hold.
    pub mapping: Mapping,
    /// What an empty cell means.
    pub empty: EmptyCells,
    /// Office of new units whose row names none.
    pub office: String,
    /// Who imports.
    pub by: String,
    /// Where refused rows go; beside the list when nothing is said.
    pub rejects: Option<PathBuf>,
    /// Only look: nothing is written, neither into the inventory nor to the disk.
    pub preview: bool,
}

/// What is being done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Phase {
    /// The whole list is looked through for rows that speak of each other.
    Looking,
    /// Rows are judged, and written unless it is a preview.
    Entering,
}

/// How far it is.
#[derive(Debug, Clone, PartialEq)]
pub struct Progress {
    /// What is being done.
    pub phase: Phase,
    /// Share of the list, from 0 to 1.
    pub share: f32,
    /// What was counted so far.
    pub report: ImportReport,
}

/// A row with what became of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SeenRow {
    /// The row.
    pub row: Row,
    /// What became of it.
    pub verdict: Verdict,
}

/// What an import came to.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct ImportReport {
    /// Rows that were judged.
    pub rows: u64,
    /// Units that were entered.
    pub new: u64,
    /// Units that were changed.
    pub changed: u64,
    /// Rows that said what the inventory holds already.
    pub already_so: u64,
    /// Rows with nothing in them.
    pub empty: u64,
    /// Rows that were not taken.
    pub refused: u64,
    /// How many of each kind of refusal, by code, with its name.
    pub kinds: BTreeMap<&'static str, (&'static str, u64)>,
    /// The first rows that were refused, and the first that were not.
    pub shown: Vec<SeenRow>,
    /// The file of refused rows.
    pub rejects: Option<PathBuf>,
    /// It was stopped before the end.
    pub stopped: bool,
}

impl Import {
    /// Runs it. Blocks; `tell` hears how far it is after each chunk, `refused` each row that is not taken.
    /// `stop` is looked at between chunks.
    ///
    /// # Errors
    /// When the file, the inventory or the disk would not. Chunks that were written before stay written.
    pub fn run(
        &self,
        inventory: &Inventory,
        stop: &AtomicBool,
        tell: &mut dyn FnMut(&Progress),
        refused: &mut dyn FnMut(&Row, &[Reason]),
    ) -> Result<ImportReport, SheetError> {
        self.mapping.check()?;
        if let Some(path) = self.rejects.as_deref()
            && is_same_file(path, self.source.path())
        {
            return Err(SheetError::NoPlaceForRefused {
                path: path.to_owned(),
                why: "it is the list itself".to_owned(),
            });
        }
        let mut report = ImportReport::default();
        if !made_searchable(inventory, stop)? {
            report.stopped = true;
            return Ok(report);
        }
        let Some(survey) = self.look_through(inventory, stop, tell)? else {
            report.stopped = true;
            return Ok(report);
        };
        let rules = Arc::new(ImportRules {
            mapping: self.mapping.clone(),
            survey,
            office: self.office.clone(),
            by: self.by.clone(),
            file: self.source.name(),
            at: Timestamp::now(),
        });
        let mut rejects = match Rejects::begin(self) {
            Ok(rejects) => rejects,
            // A list in a folder that nobody may write to can go in as long as no row of it would come back.
            Err(error)
                if self.rejects.is_none() && !self.any_refused(inventory, stop, &rules)? =>
            {
                tracing::info!(%error, "no row is refused, so that no place for one is needed");
                Rejects::without_place(self)
            }
            Err(error) => return Err(error),
        };
        let finished = self.chunks(stop, &mut |rows, share| {
            let kept: Vec<Row> = rows.iter().map(|row| row.row.clone()).collect();
            // The office's units may arrive meanwhile.
            made_searchable(inventory, &AtomicBool::new(false))?;
            let asked = if self.preview {
                inventory.judge_rows(rows, Arc::clone(&rules))
            } else {
                inventory.import_rows(rows, Arc::clone(&rules))
            };
            for (row, verdict) in kept.into_iter().zip(asked.wait()?) {
                if let Verdict::Refused(reasons) = &verdict {
                    refused(&row, reasons);
                    rejects.add(&row, reasons)?;
                }
                report.count(row, verdict);
            }
            tell(&Progress {
                phase: Phase::Entering,
                share,
                report: report.counts(),
            });
            Ok(())
        })?;
        report.stopped = !finished;
        report.rejects = rejects.finish()?;
        Ok(report)
    }

    /// Whether a row would not be taken, without writing any.
    fn any_refused(
        &self,
        inventory: &Inventory,
        stop: &AtomicBool,
        rules: &Arc<ImportRules>,
    ) -> Result<bool, SheetError> {
        let mut any = false;
        self.chunks(stop, &mut |rows, _| {
            let verdicts = inventory.judge_rows(rows, Arc::clone(rules)).wait()?;
            any |= verdicts
                .iter()
                .any(|verdict| matches!(verdict, Verdict::Refused(_)));
            Ok(())
        })?;
        Ok(any)
    }

    /// What the rows say of each other; nothing when it was stopped.
    fn look_through(
        &self,
        inventory: &Inventory,
        stop: &AtomicBool,
        tell: &mut dyn FnMut(&Progress),
    ) -> Result<Option<Survey>, SheetError> {
        let mut survey = Survey::default();
        let finished = self.chunks(stop, &mut |rows, share| {
            for (row, known) in inventory.look_up_rows(rows).wait()? {
                survey.add(&row, &known);
            }
            tell(&Progress {
                phase: Phase::Looking,
                share,
                report: ImportReport::default(),
            });
            Ok(())
        })?;
        survey.finish();
        Ok(finished.then_some(survey))
    }

    /// Goes through the list in chunks; false when it was stopped.
    fn chunks(
        &self,
        stop: &AtomicBool,
        each: &mut dyn FnMut(Vec<ReadRow>, f32) -> Result<(), SheetError>,
    ) -> Result<bool, SheetError> {
        let mut chunk = Vec::with_capacity(CHUNK);
        let mut failed = None;
        let mut stopped = false;
        let mut card_before = None;
        let separator = match self.source.kind() {
            SourceKind::Csv { separator, .. } => Some(char::from(separator)),
            SourceKind::Xlsx { .. } => None,
        };
        self.source.rows(&mut |row, share| {
            let mut read = self.mapping.read(row, self.empty);
            card_before = read.believe_in_sequence(card_before.as_ref());
            if let Some(separator) = separator {
                read.doubt_rows_inside(&self.mapping, separator);
            }
            chunk.push(read);
            if chunk.len() < CHUNK {
                return true;
            }
            if stop.load(Ordering::Relaxed) {
                stopped = true;
                return false;
            }
            failed = each(std::mem::take(&mut chunk), share).err();
            failed.is_none()
        })?;
        if let Some(error) = failed {
            return Err(error);
        }
        if stopped || stop.load(Ordering::Relaxed) {
            return Ok(false);
        }
        if !chunk.is_empty() {
            each(chunk, 1.0)?;
        }
        Ok(true)
    }
}

/// Waits until the index of numbers knows of every unit: a SIM or a phone number of one that it does not know would be given a second time.
/// `false` when it was stopped. Beside a program that has the file only that one can see to it.
fn made_searchable(inventory: &Inventory, stop: &AtomicBool) -> Result<bool, SheetError> {
    while !inventory.is_read_only() && inventory.searches_behind().wait()? > 0 {
        if stop.load(Ordering::Relaxed) {
            return Ok(false);
        }
        inventory.catch_up().wait()?;
    }
    Ok(true)
}

impl ImportReport {
    /// The counts alone.
    fn counts(&self) -> Self {
        Self {
            shown: Vec::new(),
            kinds: self.kinds.clone(),
            rejects: None,
            ..*self
        }
    }

    fn count(&mut self, row: Row, verdict: Verdict) {
        self.rows += 1;
        match &verdict {
            Verdict::Empty => self.empty += 1,
            Verdict::New(_) => self.new += 1,
            Verdict::Changes(..) => self.changed += 1,
            Verdict::AlreadySo(_) => self.already_so += 1,
            Verdict::Refused(reasons) => {
                self.refused += 1;
                if let Some(first) = reasons.first() {
                    let code = first.refusal.code();
                    let kind = self.kinds.entry(code).or_insert((first.refusal.kind(), 0));
                    kind.1 += 1;
                }
            }
        }
        let is_refused = |verdict: &Verdict| matches!(verdict, Verdict::Refused(_));
        let refused = is_refused(&verdict);
        let alike = self
            .shown
            .iter()
            .filter(|seen| is_refused(&seen.verdict) == refused);
        if verdict != Verdict::Empty && alike.count() < SHOWN_ROWS {
            self.shown.push(SeenRow { row, verdict });
        }
    }
}

/// The file of refused rows. It is begun before any row goes in, and gone again where none is refused.
struct Rejects<'a> {
    import: &'a Import,
    writer: Option<SheetWriter>,
    any: bool,
}

impl<'a> Rejects<'a> {
    fn begin(import: &'a Import) -> Result<Self, SheetError> {
        let mut rejects = Self::without_place(import);
        if import.preview {
            return Ok(rejects);
        }
        let path = import.rejects.clone();
        let path = path.unwrap_or_else(|| free_name(import.source.path()));
        let told = ["Row in the file", "Why not taken", "Code"].map(str::to_owned);
        let headings = import.source.headings().iter().cloned();
        let all: Vec<String> = headings.chain(told).collect();
        let kind = kind_of(&path, &import.source.kind());
        let begun = SheetWriter::create(&path, kind, &all);
        rejects.writer = Some(begun.map_err(no_place)?);
        Ok(rejects)
    }

    fn without_place(import: &'a Import) -> Self {
        Self {
            import,
            writer: None,
            any: false,
        }
    }

    fn add(&mut self, row: &Row, reasons: &[Reason]) -> Result<(), SheetError> {
        let Some(writer) = &mut self.writer else {
            return Ok(());
        };
        self.any = true;
        let headings = self.import.source.headings();
        // What stands beyond the headings is joined, so that the reasons keep their columns.
        let mut cells: Vec<String> = row.cells.iter().take(headings.len()).cloned().collect();
        cells.resize(headings.len(), String::new());
        let beyond: Vec<&str> = row
            .cells
            .iter()
            .skip(headings.len())
            .map(String::as_str)
            .collect();
        let mut why: Vec<String> = reasons.iter().map(ToString::to_string).collect();
        if beyond.iter().any(|cell| !cell.is_empty()) {
            why.push(format!("Cells without a heading: {}", beyond.join(" | ")));
        }
        let codes: Vec<&str> = reasons.iter().map(|reason| reason.refusal.code()).collect();
        cells.extend([row.number.to_string(), why.join(" "), codes.join(" ")]);
        writer.row(&cells)
    }

    /// Where no row was refused, what was begun is taken away again.
    fn finish(self) -> Result<Option<PathBuf>, SheetError> {
        let writer = self.writer.filter(|_| self.any);
        writer.map(SheetWriter::finish).transpose()
    }
}

/// Nothing went in yet, and the cure is another place.
fn no_place(error: SheetError) -> SheetError {
    match error {
        SheetError::Unwritable { path, why } => SheetError::NoPlaceForRefused { path, why },
        SheetError::NoFolder { path, .. } => SheetError::NoPlaceForRefused {
            path,
            why: "its folder is not there".to_owned(),
        },
        other => other,
    }
}

/// A name beside the list that nothing has yet: somebody may be correcting an earlier file of refused rows.
fn free_name(list: &Path) -> PathBuf {
    let stem = list.file_stem().unwrap_or_default().to_string_lossy();
    let ending = list
        .extension()
        .map_or("csv".into(), |ending| ending.to_string_lossy());
    let name = |number: u32| match number {
        1 => format!("{stem}.refused.{ending}"),
        _ => format!("{stem}.refused-{number}.{ending}"),
    };
    let free = (1..10_000).map(|number| list.with_file_name(name(number)));
    free.into_iter()
        .find(|path| !path.exists())
        .unwrap_or_else(|| list.with_file_name(name(10_000)))
}

fn kind_of(path: &Path, source: &SourceKind) -> WriteKind {
    let ending = path
        .extension()
        .map(|ending| ending.to_string_lossy().to_lowercase());
    match (ending.as_deref(), source) {
        (Some("xlsx" | "xlsm"), _) => WriteKind::Xlsx,
        (_, SourceKind::Csv { separator, .. }) => WriteKind::CsvForPeople {
            separator: *separator,
        },
        (_, SourceKind::Xlsx { .. }) => WriteKind::CsvForPeople { separator: b',' },
    }
}

fn is_same_file(first: &Path, second: &Path) -> bool {
    match (first.canonicalize(), second.canonicalize()) {
        (Ok(first), Ok(second)) => first == second,
        _ => false,
    }
}
