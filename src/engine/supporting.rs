//! The support bundle from the window: gathered and shown with what was taken out, then saved, beside the loop.

use super::context::Context;
use super::event::Event;
use super::outgoing::placed;
use crate::bundle::{Bundle, Gathering, Redaction};
use fleet::{Secret, UnitId};
use std::fmt;
use std::path::PathBuf;
use std::rc::Rc;
use std::sync::Arc;

/// What a bundle is made from beside the inventory.
#[derive(Clone)]
pub struct SupportFiles {
    /// The preferences file.
    pub preferences: PathBuf,
    /// The folder of log files.
    pub logs: PathBuf,
    /// Every secret that this computer can name; asked for when a bundle is gathered.
    pub secrets: Arc<dyn Fn() -> Vec<Secret> + Send + Sync>,
}

impl fmt::Debug for SupportFiles {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("SupportFiles")
    }
}

/// What people want of a support bundle.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SupportWish {
    /// Gather it and show what would be in it: about this unit, or about the bench alone.
    Look(Option<UnitId>),
    /// Save what was shown; a bare name lands among the person's documents.
    Save(PathBuf),
    /// Put it away.
    PutAway,
}

/// One file of a bundle, for the list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SupportPiece {
    /// Its name inside.
    pub name: String,
    /// What it is.
    pub words: String,
    /// How long it is.
    pub bytes: usize,
    /// How many secrets were taken out.
    pub taken_out: usize,
}

/// How far a bundle is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SupportStage {
    /// It is being gathered.
    Gathering,
    /// This would be in it.
    Shown(Vec<SupportPiece>),
    /// It is saved there.
    Saved(PathBuf),
    /// It could not be gathered or saved, in words.
    Failed(String),
}

/// A support bundle on the screen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SupportBundle {
    /// The unit that it tells of.
    pub unit: Option<UnitId>,
    /// How far it is.
    pub stage: SupportStage,
}

/// Does what is wished.
pub(super) fn wish(context: &Rc<Context>, wish: SupportWish) {
    let context = Rc::clone(context);
    tokio::task::spawn_local(async move {
        match wish {
            SupportWish::Look(unit) => look(&context, unit).await,
            SupportWish::Save(path) => save(&context, placed(path)).await,
            SupportWish::PutAway => {
                context.support_bundle.replace(None);
                context.tell(Event::Support(None));
            }
        }
    });
}

fn tell(context: &Context, unit: Option<UnitId>, stage: SupportStage) {
    let bundle = SupportBundle { unit, stage };
    context.tell(Event::Support(Some(Box::new(bundle))));
}

async fn look(context: &Rc<Context>, unit: Option<UnitId>) {
    tell(context, unit.clone(), SupportStage::Gathering);
    let Some(files) = context.support.clone() else {
        let why = "this program was started without a folder of its own".to_owned();
        return tell(context, unit, SupportStage::Failed(why));
    };
    let (inventory, registry) = (context.inventory.clone(), context.registry.clone());
    let typed = context.unit_secrets.borrow().clone();
    let about = unit.clone();
    let gathered = tokio::task::spawn_blocking(move || {
        let mut secrets = (files.secrets)();
        secrets.extend(typed.all());
        let redaction = Redaction::of(&secrets);
        let gathering = Gathering {
            inventory: &inventory,
            unit: about,
            registry: &registry,
            preferences: files.preferences,
            logs: files.logs,
            redaction: &redaction,
        };
        gathering.gather()
    });
    let stage = match gathered.await {
        Ok(Ok(bundle)) => {
            let pieces = pieces(&bundle);
            context
                .support_bundle
                .replace(Some((unit.clone(), Arc::new(bundle))));
            SupportStage::Shown(pieces)
        }
        Ok(Err(error)) => SupportStage::Failed(error.to_string()),
        Err(_) => SupportStage::Failed("a part of the program failed".to_owned()),
    };
    tell(context, unit, stage);
}

fn pieces(bundle: &Bundle) -> Vec<SupportPiece> {
    let pieces = bundle.pieces.iter().map(|piece| SupportPiece {
        name: piece.name.clone(),
        words: piece.words.to_owned(),
        bytes: piece.text.len(),
        taken_out: piece.taken_out,
    });
    pieces.collect()
}

async fn save(context: &Rc<Context>, path: PathBuf) {
    let Some((unit, bundle)) = context.support_bundle.borrow().clone() else {
        return;
    };
    let file = path.clone();
    let saved = tokio::task::spawn_blocking(move || bundle.save(&file)).await;
    let stage = match saved {
        Ok(Ok(())) => SupportStage::Saved(path),
        Ok(Err(error)) => SupportStage::Failed(format!(
            "{} cannot be written: {error}. No bundle was saved (S-860)",
            path.display()
        )),
        Err(_) => SupportStage::Failed("a part of the program failed".to_owned()),
    };
    tell(context, unit, stage);
}
