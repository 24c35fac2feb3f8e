//! Lists that people bring in from a file: opened, looked through row by row before anything is written, then entered chunk by chunk.
//!
//! What a row means is decided in `fleet::sheet`, the way of a list in the room `sheets`; here each step runs beside the loop, can be stopped
//! between any two chunks, and is told to the screen.

use super::context::Context;
use super::event::Event;
pub use crate::sheets::{ImportReport, Phase, Progress, SeenRow};

use crate::sheets::{Import, SheetError, Source, SourceKind};
use fleet::Advice;
use fleet::sheet::{Column, EmptyCells, Mapping};
use fleet::wording::sentence;
use std::path::PathBuf;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};
use tokio::sync::mpsc::unbounded_channel;

/// How often the screen hears how far it is.
const TELL_EVERY: Duration = Duration::from_millis(100);
/// Cells of each column that are shown as examples.
const EXAMPLES: usize = 3;

/// What people want of a list that comes in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ListWish {
    /// Open a file and look through it.
    Open(PathBuf),
    /// Read another sheet of the workbook.
    Sheet(String),
    /// Take the column at this place for something else, and look again.
    Take(usize, Column),
    /// What an empty cell means.
    Empty(EmptyCells),
    /// Enter the rows that can be taken.
    Enter,
    /// Stop at the next safe point.
    Stop,
    /// Put the list away; what is being entered stops at its next safe point.
    PutAway,
}

/// A column of the list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IncomingColumn {
    /// Its heading.
    pub heading: String,
    /// What it is taken for.
    pub taken_for: Column,
    /// What stands in its first rows.
    pub examples: Vec<String>,
}

/// How far a list is.
#[derive(Debug, Clone, PartialEq)]
pub enum ListStage {
    /// The columns cannot be used so; why.
    NotUsable(String),
    /// It is looked through; nothing is written.
    Looking(Progress),
    /// What would become of it.
    Looked(Arc<ImportReport>),
    /// Rows go in.
    Entering(Progress),
    /// What became of it.
    Entered(Arc<ImportReport>),
    /// It broke off.
    Failed(Advice),
}

/// A list that comes in, as the screen draws it.
#[derive(Debug, Clone, PartialEq)]
pub struct IncomingList {
    /// The file.
    pub file: PathBuf,
    /// Its form, in words.
    pub form: String,
    /// Other sheets of the workbook.
    pub other_sheets: Vec<String>,
    /// Its columns.
    pub columns: Vec<IncomingColumn>,
    /// What an empty cell means.
    pub empty: EmptyCells,
    /// How far it is.
    pub stage: ListStage,
}

/// The list in hand, as the engine keeps it.
#[derive(Default)]
pub(super) struct Incoming {
    list: Option<Open>,
    /// Which run its answers belong to: a newer one makes older answers stale.
    run: u64,
    stop: Arc<AtomicBool>,
}

#[derive(Clone)]
struct Open {
    source: Source,
    mapping: Mapping,
    examples: Vec<Vec<String>>,
    empty: EmptyCells,
}

impl Incoming {
    /// Whatever is under way stops at its next safe point, and its answers count no more.
    pub fn stop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        self.run += 1;
    }

    fn begin(&mut self) -> (u64, Arc<AtomicBool>) {
        self.stop();
        self.stop = Arc::default();
        (self.run, Arc::clone(&self.stop))
    }
}

/// Does what is wished.
pub(super) fn wish(context: &Rc<Context>, wish: ListWish) {
    let mut incoming = context.incoming.borrow_mut();
    match wish {
        ListWish::Open(path) => {
            let (run, _) = incoming.begin();
            drop(incoming);
            open(context, run, super::outgoing::placed(path), None);
        }
        ListWish::Sheet(name) => {
            let Some(path) = (incoming.list.as_ref()).map(|list| list.source.path().to_owned())
            else {
                return;
            };
            let (run, _) = incoming.begin();
            drop(incoming);
            open(context, run, path, Some(name));
        }
        ListWish::Take(place, column) => {
            if let Some(list) = &mut incoming.list {
                list.mapping.take(place, column);
            }
            drop(incoming);
            look(context);
        }
        ListWish::Empty(empty) => {
            if let Some(list) = &mut incoming.list {
                list.empty = empty;
            }
            drop(incoming);
            look(context);
        }
        ListWish::Enter => {
            drop(incoming);
            go_through(context, false);
        }
        ListWish::Stop => incoming.stop.store(true, Ordering::Relaxed),
        ListWish::PutAway => {
            incoming.stop();
            incoming.list = None;
            drop(incoming);
            context.tell(Event::Incoming(None));
        }
    }
}

fn open(context: &Rc<Context>, run: u64, path: PathBuf, sheet: Option<String>) {
    let context = Rc::clone(context);
    tokio::task::spawn_local(async move {
        let read = tokio::task::spawn_blocking(move || {
            let source = Source::open(&path, sheet.as_deref())?;
            let examples = examples(&source)?;
            Ok::<_, SheetError>((source, examples))
        });
        let Ok(read) = read.await else { return };
        if context.incoming.borrow().run != run {
            return;
        }
        match read {
            Ok((source, examples)) => {
                let mapping = Mapping::guess(source.headings());
                context.incoming.borrow_mut().list = Some(Open {
                    source,
                    mapping,
                    examples,
                    empty: EmptyCells::Keep,
                });
                look(&context);
            }
            Err(error) => {
                let advice = told(&error, "Nothing was changed.");
                context.tell(Event::IncomingRefused(advice));
            }
        }
    });
}

/// The first filled cells of each column.
fn examples(source: &Source) -> Result<Vec<Vec<String>>, SheetError> {
    let mut examples = vec![Vec::new(); source.headings().len()];
    let mut rows = 0;
    source.rows(&mut |row, _| {
        for (cell, of_column) in row.cells.into_iter().zip(&mut examples) {
            let cell: String = cell.trim().chars().take(40).collect();
            if !cell.is_empty() && of_column.len() < EXAMPLES {
                of_column.push(fleet::printable::printable(&cell));
            }
        }
        rows += 1;
        rows < 20
    })?;
    Ok(examples)
}

/// Looks the list through where its columns can be used.
fn look(context: &Rc<Context>) {
    let refused = {
        let incoming = context.incoming.borrow();
        let Some(list) = &incoming.list else { return };
        list.mapping.check().err()
    };
    match refused {
        Some(error) => {
            context.incoming.borrow_mut().stop();
            tell(context, ListStage::NotUsable(error.to_string()));
        }
        None => go_through(context, true),
    }
}

/// Goes through the whole list: only looking, or entering.
fn go_through(context: &Rc<Context>, preview: bool) {
    let Some(list) = context.incoming.borrow().list.clone() else {
        return;
    };
    let (run, stop) = context.incoming.borrow_mut().begin();
    let stage = move |progress: Progress| match preview {
        true => ListStage::Looking(progress),
        false => ListStage::Entering(progress),
    };
    tell(
        context,
        stage(Progress {
            phase: Phase::Looking,
            share: 0.0,
            report: ImportReport::default(),
        }),
    );
    let import = Import {
        source: list.source,
        mapping: list.mapping,
        empty: list.empty,
        office: context.office.clone(),
        by: context.actor(),
        rejects: None,
        preview,
    };
    let inventory = context.inventory.clone();
    let (progress, mut told_progress) = unbounded_channel();
    let work = tokio::task::spawn_blocking(move || {
        let mut last: Option<Instant> = None;
        import.run(
            &inventory,
            &stop,
            &mut |now| {
                if last.is_none_or(|last| last.elapsed() >= TELL_EVERY) {
                    last = Some(Instant::now());
                    // Nobody listens only when the program ends.
                    let _ = progress.send(now.clone());
                }
            },
            &mut |_, _| {},
        )
    });
    let context = Rc::clone(context);
    tokio::task::spawn_local(async move {
        let is_current = |context: &Context| context.incoming.borrow().run == run;
        while let Some(progress) = told_progress.recv().await {
            if is_current(&context) {
                tell(&context, stage(progress));
            }
        }
        let ended = work.await;
        if !preview {
            super::lists::shown_anew(&context);
            super::lists::refresh(&context);
            super::agreeing::soon(&context);
        }
        if !is_current(&context) {
            return;
        }
        let stage = match (ended, preview) {
            (Ok(Ok(report)), true) => ListStage::Looked(Arc::new(report)),
            (Ok(Ok(report)), false) => ListStage::Entered(Arc::new(report)),
            (Ok(Err(error)), true) => ListStage::Failed(told(&error, "Nothing was changed.")),
            (Ok(Err(error @ SheetError::NoPlaceForRefused { .. })), false) => {
                ListStage::Failed(told(&error, "Nothing was changed."))
            }
            (Ok(Err(error)), false) => ListStage::Failed(told(
                &error,
                "Rows that were entered before stay; no row is entered by half.",
            )),
            (Err(_), _) => return,
        };
        tell(&context, stage);
    });
}

fn tell(context: &Context, stage: ListStage) {
    let incoming = context.incoming.borrow();
    let Some(list) = &incoming.list else { return };
    let guessed = match list.source.kind().is_guessed() {
        true => " (a guess; save it as UTF-8 where names look wrong)",
        false => "",
    };
    let (mut form, other_sheets) = match list.source.kind() {
        SourceKind::Csv {
            separator,
            encoding,
        } => {
            let separator = match separator {
                b'\t' => "tabs".to_owned(),
                b',' => "commas".to_owned(),
                b';' => "semicolons".to_owned(),
                other => format!("'{}'", char::from(other)),
            };
            (
                format!("CSV with {separator}, {encoding}{guessed}"),
                Vec::new(),
            )
        }
        SourceKind::Xlsx { sheet, others } => (format!("Excel, sheet {sheet}"), others),
    };
    if let Some(row) = list.source.headings_below() {
        form = format!("{form}, headings in row {row}; the rows above are not read");
    }
    if let Some(hidden) = list.source.hidden().words() {
        form = format!("{form}; {hidden}");
    }
    let columns = list.mapping.headings().iter().zip(list.mapping.columns());
    let columns = columns
        .enumerate()
        .map(|(place, (heading, column))| IncomingColumn {
            heading: fleet::printable::printable(heading),
            taken_for: *column,
            examples: list.examples.get(place).cloned().unwrap_or_default(),
        })
        .collect();
    let told = IncomingList {
        file: list.source.path().to_owned(),
        form,
        other_sheets,
        columns,
        empty: list.empty,
        stage,
    };
    drop(incoming);
    context.tell(Event::Incoming(Some(Box::new(told))));
}

/// The four lines of a file's trouble.
pub(super) fn told(error: &SheetError, state: &str) -> Advice {
    Advice {
        what_happened: format!("{}.", sentence(&error.to_string())),
        unit_state: state.to_owned(),
        what_to_do: error.cure().to_owned(),
        code: error.code(),
    }
}
