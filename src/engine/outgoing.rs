//! Units written into a file for people or for programs, beside the loop, as far as a person lets it go.

use super::context::Context;
use super::event::Event;
use super::incoming::told;
use crate::inventory::{Inventory, InventoryError};
use crate::sheets::{self, Choice, SheetError, WriteKind};
use fleet::query::Query;
use fleet::{Advice, UnitId};
use std::path::{Path, PathBuf};
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};
use tokio::sync::mpsc::unbounded_channel;

const TELL_EVERY: Duration = Duration::from_millis(100);

/// Which units are meant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum UnitsMeant {
    /// The whole inventory.
    All,
    /// What a search finds.
    Found(String),
    /// These, in this order.
    These(Vec<UnitId>),
}

/// For whom a file is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum SheetFor {
    /// A workbook of text cells.
    #[default]
    Excel,
    /// Text that is safe to open in a spreadsheet.
    Csv,
    /// Plain text for programs.
    Machines,
}

impl SheetFor {
    /// How such a file ends.
    #[must_use]
    pub fn ending(self) -> &'static str {
        match self {
            Self::Excel => "xlsx",
            Self::Csv | Self::Machines => "csv",
        }
    }

    fn kind(self) -> WriteKind {
        match self {
            Self::Excel => WriteKind::Xlsx,
            Self::Csv => WriteKind::CsvForPeople { separator: b',' },
            Self::Machines => WriteKind::CsvForMachines,
        }
    }
}

/// What people want of a list that goes out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ExportWish {
    /// Write it.
    Write {
        /// Which units.
        units: UnitsMeant,
        /// Where; a bare name lands among the person's documents.
        path: PathBuf,
        /// For whom.
        readers: SheetFor,
    },
    /// Stop; no file is left.
    Stop,
    /// Put what came of it away.
    PutAway,
}

/// How far a list that goes out is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ExportStage {
    /// So many units are written.
    Writing(u64),
    /// All are.
    Written(u64),
    /// A person stopped it.
    Stopped,
    /// It broke off; no file is left.
    Failed(Advice),
}

/// A list that goes out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OutgoingList {
    /// The file.
    pub file: PathBuf,
    /// How far it is.
    pub stage: ExportStage,
}

/// Where a typed path leads: a bare name lands among the person's documents.
pub(super) fn placed(path: PathBuf) -> PathBuf {
    if let Ok(below_home) = path.strip_prefix("~")
        && let Some(home) = crate::folders::home()
    {
        return home.join(below_home);
    }
    if path.is_absolute() {
        return path;
    }
    match crate::folders::documents() {
        Some(folder) => folder.join(path),
        None => path,
    }
}

/// The units that are meant, for the rooms that go through them page by page.
pub(super) async fn choice(
    inventory: &Inventory,
    units: UnitsMeant,
) -> Result<Choice, InventoryError> {
    Ok(match units {
        UnitsMeant::All => {
            inventory.caught_up().await?;
            Choice::All
        }
        UnitsMeant::These(ids) => Choice::List(ids),
        UnitsMeant::Found(text) => match Query::parse(&text) {
            Ok(query) => {
                inventory.caught_up().await?;
                Choice::List(inventory.select_units(query).await?)
            }
            // The screen told what is wrong with it; nothing is found by it.
            Err(_) => Choice::List(Vec::new()),
        },
    })
}

/// Does what is wished.
pub(super) fn wish(context: &Rc<Context>, wish: ExportWish) {
    match wish {
        ExportWish::Write {
            units,
            path,
            readers,
        } => write(context, units, placed(path), readers),
        ExportWish::Stop => stop(context),
        ExportWish::PutAway => context.tell(Event::Outgoing(None)),
    }
}

/// Whatever is being written stops; no file is left.
pub(super) fn stop(context: &Context) {
    context.outgoing.borrow().store(true, Ordering::Relaxed);
}

fn write(context: &Rc<Context>, units: UnitsMeant, file: PathBuf, readers: SheetFor) {
    let stop = Arc::new(AtomicBool::new(false));
    context.outgoing.replace(Arc::clone(&stop));
    let context = Rc::clone(context);
    tokio::task::spawn_local(async move {
        let tell = |stage: ExportStage| {
            context.tell(Event::Outgoing(Some(Box::new(OutgoingList {
                file: file.clone(),
                stage,
            }))));
        };
        tell(ExportStage::Writing(0));
        if let Some(stage) = refused(&file) {
            return tell(stage);
        }
        let inventory = context.inventory.clone();
        let choice = match choice(&inventory, units).await {
            Ok(choice) => choice,
            Err(error) => return tell(failed(&error.into())),
        };
        let (written, mut told_written) = unbounded_channel();
        let path = file.clone();
        let work = tokio::task::spawn_blocking(move || {
            let mut last = Instant::now();
            let kind = readers.kind();
            sheets::export(&inventory, &choice, &path, kind, &stop, &mut |units| {
                if last.elapsed() >= TELL_EVERY {
                    last = Instant::now();
                    let _ = written.send(units);
                }
            })
        });
        while let Some(units) = told_written.recv().await {
            tell(ExportStage::Writing(units));
        }
        match work.await {
            Ok(Ok(Some(exported))) => tell(ExportStage::Written(exported.units)),
            Ok(Ok(None)) => tell(ExportStage::Stopped),
            Ok(Err(error)) => tell(failed(&error)),
            Err(_) => {}
        }
    });
}

/// Nothing is written over: the file may be somebody's work of an hour.
fn refused(file: &Path) -> Option<ExportStage> {
    file.exists().then(|| {
        ExportStage::Failed(Advice {
            what_happened: format!("{} is there already.", file.display()),
            unit_state: "It was left as it is, and nothing was written.".to_owned(),
            what_to_do: "Give another name.".to_owned(),
            code: "S-836",
        })
    })
}

fn failed(error: &SheetError) -> ExportStage {
    ExportStage::Failed(told(error, "No file was left behind."))
}
