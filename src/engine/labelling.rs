//! Labels for the screens: looked at first, then printed or kept as a PDF; each unit's timeline tells of it.

use super::context::Context;
use super::event::Event;
use super::outgoing::{UnitsMeant, choice, placed};
use crate::labels;
pub use crate::labels::Code;
use crate::sheets::{MAKE_THE_FOLDER, each_page, missing_folder, write_whole};
use fleet::label::{Label, LabelSize};
use fleet::unit::{UnitEvent, UnitEventKind};
use fleet::wording::sentence;
use fleet::{Advice, UnitId};
use jiff::{Timestamp, Zoned};
use std::path::{Path, PathBuf};
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

/// Labels of one PDF; more are a mistake in the choice.
pub const MOST_LABELS: usize = 5000;

/// What people want of labels.
#[derive(Debug, Clone, PartialEq)]
pub enum LabelWish {
    /// Show the labels of these units.
    Look(UnitsMeant),
    /// Print those that are shown; so many places of the first sheet are used up already.
    Print(LabelSize, usize),
    /// Keep them as a PDF.
    Keep(LabelSize, usize, PathBuf),
    /// Print this unit's label at once: its lane turned green.
    PrintOf(UnitId, LabelSize),
    /// Put them away.
    PutAway,
}

/// How far labels are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LabelStage {
    /// They can be looked at.
    Ready,
    /// They are being made.
    Working,
    /// The printing system has them.
    Printed,
    /// They stand in this file.
    Kept(PathBuf),
    /// They were not made.
    Failed(Advice),
}

/// Labels, as the screen draws them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LabelSheet {
    /// How many.
    pub count: usize,
    /// The first of them, with its code.
    pub first: Option<(Label, Code)>,
    /// Ends of the numbers of units whose names have letters that the font of labels lacks: a question mark stands for each.
    pub letters_missing: Vec<String>,
    /// How far they are.
    pub stage: LabelStage,
}

type Labels = Vec<(UnitId, Label)>;

/// The labels in hand, and whose names the font cannot write whole.
#[derive(Default)]
pub(super) struct InHand {
    labels: Option<Arc<Labels>>,
    lacking: Vec<String>,
}

/// Does what is wished.
pub(super) fn wish(context: &Rc<Context>, wish: LabelWish) {
    let context = Rc::clone(context);
    let in_hand = context.sheet_labels.borrow().labels.clone();
    match (wish, in_hand) {
        (LabelWish::PutAway, _) => {
            *context.sheet_labels.borrow_mut() = InHand::default();
            context.tell(Event::Labels(None));
        }
        (LabelWish::Look(units), _) => {
            tokio::task::spawn_local(async move { look(&context, units).await });
        }
        (LabelWish::PrintOf(id, size), _) => {
            tokio::task::spawn_local(async move { print_of(&context, id, size).await });
        }
        (LabelWish::Print(size, skip), Some(labels)) => {
            tokio::task::spawn_local(async move {
                tell(&context, &labels, LabelStage::Working);
                let stage = match make(&context, &labels, size, skip, None).await {
                    Ok(()) => LabelStage::Printed,
                    Err(advice) => LabelStage::Failed(advice),
                };
                tell(&context, &labels, stage);
            });
        }
        (LabelWish::Keep(size, skip, path), Some(labels)) => {
            tokio::task::spawn_local(async move {
                tell(&context, &labels, LabelStage::Working);
                let path = placed(path);
                let stage = match make(&context, &labels, size, skip, Some(path.clone())).await {
                    Ok(()) => LabelStage::Kept(path),
                    Err(advice) => LabelStage::Failed(advice),
                };
                tell(&context, &labels, stage);
            });
        }
        (LabelWish::Print(..) | LabelWish::Keep(..), None) => {}
    }
}

async fn look(context: &Rc<Context>, units: UnitsMeant) {
    match gathered(context, units).await {
        Ok(labels) => {
            let labels = Arc::new(labels);
            let looked_at = Arc::clone(&labels);
            let lacking = tokio::task::spawn_blocking(move || lacking(&looked_at)).await;
            *context.sheet_labels.borrow_mut() = InHand {
                labels: Some(Arc::clone(&labels)),
                lacking: lacking.unwrap_or_default(),
            };
            tell(context, &labels, LabelStage::Ready);
        }
        Err(advice) => {
            *context.sheet_labels.borrow_mut() = InHand::default();
            context.tell(Event::Labels(Some(Box::new(LabelSheet {
                count: 0,
                first: None,
                letters_missing: Vec::new(),
                stage: LabelStage::Failed(advice),
            }))));
        }
    }
}

/// The labels of the units that are meant.
async fn gathered(context: &Context, units: UnitsMeant) -> Result<Labels, Advice> {
    let inventory = context.inventory.clone();
    let choice = choice(&inventory, units)
        .await
        .map_err(|error| failed(&error.to_string(), "Try again."))?;
    let today = Zoned::now().date();
    let gathering = tokio::task::spawn_blocking(move || {
        let mut labels = Labels::new();
        // One more than there may be shows that there are too many, without reading them all.
        let enough = AtomicBool::new(false);
        let read = each_page(&inventory, &choice, &enough, &mut |page| {
            labels.extend(
                page.iter()
                    .map(|unit| (unit.id.clone(), Label::of(unit, today))),
            );
            if labels.len() > MOST_LABELS {
                enough.store(true, std::sync::atomic::Ordering::Relaxed);
            }
            Ok(())
        });
        read.map(|_| labels)
    });
    match gathering.await {
        Ok(Ok(labels)) if labels.is_empty() => Err(failed(
            "No unit was chosen",
            "Search for units or paste a list of numbers first.",
        )),
        Ok(Ok(labels)) if labels.len() > MOST_LABELS => Err(failed(
            &format!("These are more than {MOST_LABELS} labels"),
            "Choose fewer units.",
        )),
        Ok(Ok(labels)) => Ok(labels),
        Ok(Err(error)) => Err(failed(&error.to_string(), "Try again.")),
        Err(_) => Err(failed("The labels cannot be made", "Try again.")),
    }
}

/// A unit's label at once. It says what came of it in a line: eyes and hands are on the next unit.
async fn print_of(context: &Rc<Context>, id: UnitId, size: LabelSize) {
    let last_four = id.last_four().to_owned();
    let made = match gathered(context, UnitsMeant::These(vec![id])).await {
        Ok(labels) => {
            let whole = lacking(&labels).is_empty();
            let made = make(context, &labels, size, 0, None).await;
            made.map(|()| whole)
        }
        Err(advice) => Err(advice),
    };
    match made {
        Ok(true) => context.toast(
            format!("The label of ...{last_four} is at the printer"),
            false,
        ),
        Ok(false) => context.toast(
            format!(
                "The label of ...{last_four} is at the printer; a ? stands in it for each letter that its font lacks"
            ),
            true,
        ),
        Err(advice) => context.toast(
            format!("No label for ...{last_four}: {}", advice.what_happened),
            true,
        ),
    }
}

/// Makes the PDF, prints it or keeps it, and notes it on each unit's timeline.
async fn make(
    context: &Rc<Context>,
    labels: &Labels,
    size: LabelSize,
    skip: usize,
    keep: Option<PathBuf>,
) -> Result<(), Advice> {
    let all: Vec<Label> = labels.iter().map(|(_, label)| label.clone()).collect();
    let detail = match &keep {
        None => format!("to the printer, {}", size.words),
        Some(_) => format!("into a PDF, {}", size.words),
    };
    let making = tokio::task::spawn_blocking(move || {
        let bytes = labels::pdf(&all, &size, skip)
            .map_err(|error| failed(&error.to_string(), "Leave that unit out and try again."))?;
        match keep {
            None => labels::print(&bytes).map_err(|error| {
                failed(
                    &error.to_string(),
                    "Keep them as a PDF and print it from a viewer, at 100 %.",
                )
            }),
            Some(path) => write(&path, &bytes).map_err(|error| match missing_folder(&path) {
                Some(folder) => failed(
                    &format!("The folder {} is not there", folder.display()),
                    MAKE_THE_FOLDER,
                ),
                None => failed(
                    &format!("{} cannot be written: {error}", path.display()),
                    "Give another name, or free space on the disk.",
                ),
            }),
        }
    });
    making
        .await
        .unwrap_or_else(|_| Err(failed("The labels cannot be made", "Try again.")))?;
    let entry = UnitEvent {
        at: Timestamp::now(),
        kind: UnitEventKind::Label,
        title: "Label".to_owned(),
        detail,
        by: context.actor(),
    };
    let ids = labels.iter().map(|(id, _)| id.clone()).collect();
    // The label is made; a timeline that does not tell of it undoes nothing.
    if let Err(error) = context.inventory.add_entries(ids, entry).await {
        tracing::warn!(%error, "labels are not on the timelines of their units");
    }
    super::lists::shown_anew(context);
    Ok(())
}

/// Never over another: that may be somebody's work of an hour.
fn write(path: &Path, bytes: &[u8]) -> std::io::Result<()> {
    if path.exists() {
        return Err(std::io::Error::other("it is there already"));
    }
    write_whole(path, bytes)
}

/// Ends of the numbers of units whose names have letters that the font lacks.
fn lacking(labels: &Labels) -> Vec<String> {
    let all: Vec<Label> = labels.iter().map(|(_, label)| label.clone()).collect();
    // Without its font the PDF is not made, and says so.
    let lacking = labels::with_missing_letters(&all).unwrap_or_default();
    let ends = lacking.into_iter();
    ends.map(|label| format!("...{}", label.last_four))
        .collect()
}

fn tell(context: &Context, labels: &Labels, stage: LabelStage) {
    let first = labels.first().and_then(|(_, label)| {
        let code = labels::code(&label.code).ok()?;
        Some((label.clone(), code))
    });
    context.tell(Event::Labels(Some(Box::new(LabelSheet {
        count: labels.len(),
        first,
        letters_missing: context.sheet_labels.borrow().lacking.clone(),
        stage,
    }))));
}

fn failed(what: &str, cure: &str) -> Advice {
    Advice {
        what_happened: format!("{}.", sentence(what.trim_end_matches('.'))),
        unit_state: "No label was made.".to_owned(),
        what_to_do: cure.to_owned(),
        code: "S-850",
    }
}
