//! The one loop: commands in, effects out, events up.
//!
//! It knows the doors of link, inventory and carrier, and carries out what jobs ask for. It decides nothing about units
//! (that is `fleet::job`) and draws nothing.

mod agreeing;
mod aside;
mod asked;
mod awaiting;
mod carrier_first;
mod changing;
mod command;
mod comparing;
mod confirmed;
mod context;
mod done_today;
mod drafting;
mod driving;
mod event;
mod following;
mod found;
mod greeting;
mod heard;
mod hearing;
mod incoming;
mod interrupted;
mod keeping;
mod labelling;
mod lane;
mod lists;
mod messaging;
mod options;
mod outgoing;
mod overheard;
mod pace;
mod pushing;
mod reading;
mod reconciling;
mod registering;
mod run;
mod scans;
mod searching;
mod slots;
mod state;
mod staying;
mod subscriptions;
mod supporting;
mod templates;
#[cfg(test)]
#[cfg(unix)]
mod tests;
mod to_do;
mod typed;

pub use crate::inventory::{ReviewDecision, ReviewEntry, ReviewKind, ReviewValue, TemplateUse};
pub use crate::secrets::TemplateSecrets;
pub use crate::sync::HeldRow;
pub use asked::{Asked, AskedOfPush, AskedToBegin, PushAnswer};
pub use changing::{ChangeEnd, ChangeError, Changer, Wanted, pair_difference};
pub use command::Command;
pub use comparing::{
    CompareError, CompareNews, Comparer, Comparison, Difference, Finding, FindingSheet, Hears,
    ListProgress,
};
pub use confirmed::{ProfileFile, keep_confirmation};
pub use done_today::{day_began, done_since};
pub use drafting::{DraftError, DraftStart, Drafts, DroppedDraft, TemplatePage, TemplateWish};
pub use event::{Event, Toast, UnitEnded};
pub use following::{Followed, follow_open};
pub use found::*;
pub use heard::*;
pub use hearing::{Heard, Hearer};
pub use incoming::{
    ImportReport, IncomingColumn, IncomingList, ListStage, ListWish, Phase, Progress, SeenRow,
};
pub use labelling::{Code, LabelSheet, LabelStage, LabelWish, MOST_LABELS};
pub use messaging::{MessageEnd, MessageWish, Messenger};
pub use options::{Account, Approval, EngineOptions, GivenJob, Lanes};
pub use outgoing::{ExportStage, ExportWish, OutgoingList, SheetFor, UnitsMeant};
pub use overheard::{Talk, TalkLine, TalkWish};
pub use pace::remember_pace;
pub use pushing::{
    Carrying, Chosen, Foreseen, LeftAlone, PushAsked, PushError, PushMoved, PushOrder, PushScope,
    PushSummary, PushView, PushWanted, PushWish, Rehearsal, RehearsalView, ResultSheetError,
    begin_push, keep_push_wish, pushes_left_alone, rehearse_push, rehearse_undo,
    write_result_sheet,
};
pub use reading::{UnitRead, read_unit, read_unit_and_listen};
pub use reconciling::{MOST_SHOWN, ReconcileStanding, ReconcileWish, Reconciled};
pub use scans::{LAST_SCANS, ScanSeen};
pub use slots::{SlotFacts, SlotPlan, SlotWish};
pub use state::*;
pub use subscriptions::{AccountFacts, Step as SubscriptionStep, cost_of};
pub use supporting::{SupportBundle, SupportFiles, SupportPiece, SupportStage, SupportWish};
pub use templates::{Fit, keep_template, template_fit};
pub use to_do::to_do;

use context::Context;
use fleet::journal::Decision;
use run::{Loop, Report};
use std::rc::Rc;
use std::sync::mpsc::{Receiver, channel};
use std::thread::JoinHandle;
use tokio::sync::mpsc::{UnboundedSender, unbounded_channel};

/// A handle to the engine's thread.
pub struct Engine {
    reports: UnboundedSender<Report>,
    thread: Option<JoinHandle<()>>,
}

impl Engine {
    /// Starts the engine on a thread of its own. `wake` is called after each event, from that thread.
    #[must_use]
    pub fn start(options: EngineOptions, wake: Box<dyn Fn() + Send>) -> (Self, Receiver<Event>) {
        // Both ways are unbounded: what a bench produces is bounded by its lanes, and the screen must never make a lane wait.
        let (reports, incoming) = unbounded_channel();
        let (events, outgoing) = channel();
        let ours = reports.clone();
        let thread = std::thread::Builder::new()
            .name("engine".into())
            .spawn(move || {
                let Ok(runtime) = tokio::runtime::Builder::new_current_thread()
                    .enable_all()
                    .build()
                else {
                    let _ = events.send(Event::Ended);
                    return;
                };
                let tasks = tokio::task::LocalSet::new();
                tasks.block_on(&runtime, async move {
                    let ports = options.ports.clone();
                    let context = Rc::new(Context::new(options, ours, events, wake));
                    Loop::new(context, ports).serve(incoming).await;
                });
            });
        (
            Self {
                reports,
                thread: thread.ok(),
            },
            outgoing,
        )
    }

    /// Asks for something. Nothing is answered here; events tell what came of it.
    pub fn send(&self, command: Command) {
        let _ = self.reports.send(Report::Command(command));
    }

    /// What a person decided on a lane.
    pub fn decide(&self, slot: Slot, decision: Decision) {
        self.send(Command::Decide(slot, decision));
    }

    /// Stops everything at safe points.
    pub fn quit(&self) {
        self.send(Command::Quit);
    }

    /// What [`Self::quit`] does, for another thread. Called again, it has units left that only restart: their journal goes on the next time.
    pub fn stopper(&self) -> impl FnMut() + Send + 'static {
        let reports = self.reports.clone();
        let mut command = Command::Quit;
        move || {
            let command = std::mem::replace(&mut command, Command::LeaveRestarts);
            let _ = reports.send(Report::Command(command));
        }
    }

    /// Waits until the engine has ended.
    pub fn join(mut self) {
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}
