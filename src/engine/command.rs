//! What screens and the command line can ask of the engine. One closed list.

use super::drafting::TemplateWish;
use super::incoming::ListWish;
use super::labelling::LabelWish;
use super::outgoing::ExportWish;
use super::overheard::TalkWish;
use super::pushing::{PushWanted, PushWish};
use super::reconciling::ReconcileWish;
use super::state::Slot;
use crate::inventory::ReviewDecision;
use fleet::edit::Edit;
use fleet::journal::Decision;
use fleet::life::LifeStep;
use fleet::push::PushId;
use fleet::{Secret, UnitId};
use std::path::PathBuf;
use uuid::Uuid;

/// A wish. Commands never answer; what comes of them arrives as events.
#[derive(Debug, Clone)]
pub enum Command {
    /// Take up a job: which template, for whom, how many. Units are only looked at until then.
    PickJob {
        /// Template name.
        template: String,
        /// Template version.
        version: u32,
        /// Customer, or empty.
        customer: String,
        /// How many units.
        count: Option<u32>,
        /// Whether verified units are registered.
        register: bool,
    },
    /// Put the job away.
    LeaveJob,
    /// Start one ready lane, or try a stopped one once more.
    Start(Slot),
    /// Start every ready lane.
    StartAll,
    /// Stop a lane at its next safe point.
    Stop(Slot),
    /// What a person decided on a lane.
    Decide(Slot, Decision),
    /// What a person decided about a registration of a unit that is no longer on the bench.
    DecideRegistration(UnitId, Decision),
    /// The unit's password or keyword, given by a person.
    GivePassword(Slot, Secret),
    /// The number on the housing.
    GiveLabel(Slot, String),
    /// A person confirms the profile file that the lane's unit is set with, by its short name.
    ConfirmProfile(Slot, String),
    /// What a person wants of the talk with the unit of a lane.
    Talk(Slot, TalkWish),
    /// The job goes on with this version of its template.
    TakeVersion(u32),
    /// A scan, wherever the focus was.
    Scan {
        /// What was scanned.
        text: String,
        /// Whether it ticks the lanes of the units that it names; one that only looks a unit up does not.
        ticks: bool,
    },
    /// Take the scan of that number back.
    UndoScan(u64),
    /// What people want of a list that comes in.
    List(ListWish),
    /// What people want of a list that goes out.
    Export(ExportWish),
    /// What people want of labels.
    Label(LabelWish),
    /// Plugging alone starts a unit.
    LineMode(bool),
    /// Search the inventory; the newest search wins.
    Search(String),
    /// Tell a page of what the last search found.
    ShowRows(usize),
    /// Look a pasted list of numbers up.
    LookUpList(String),
    /// Take a unit back, retire it, or put another in its place.
    ChangeUnit(UnitId, LifeStep),
    /// Show a unit's page.
    OpenUnit(UnitId),
    /// Change what people enter on a unit's row.
    EditUnit(UnitId, Vec<Edit>),
    /// What a person decided about a question of the review list: operation, field, decision.
    DecideReview(Uuid, Option<String>, ReviewDecision),
    /// Take such a decision back.
    UndoReview(Uuid, Option<String>),
    /// Change a unit's subscription as a person agreed, at once or on a day.
    ChangeSubscription(UnitId, carrier::Change, Option<jiff::Timestamp>),
    /// Look a unit's subscription up at the carrier and say what it holds.
    LookUpSubscription(UnitId),
    /// What a person wants of the comparison with the carrier's account.
    Reconcile(ReconcileWish),
    /// Bring a template file into the inventory, released.
    ImportTemplate(PathBuf),
    /// What people want of templates: show, begin a draft, work on it, release it.
    Template(TemplateWish),
    /// What a person wants of a support bundle.
    Support(super::supporting::SupportWish),
    /// Show a push with its units, or none.
    ShowPush(Option<PushId>),
    /// What a person wants of a push.
    Push(PushId, PushWish),
    /// Write the result sheet of a push; the file's ending says which kind.
    PushSheet(PushId, PathBuf),
    /// Rehearse a push: template name and version, which units, by which ways, when it stops. Nothing is sent.
    RehearsePush(Box<PushWanted>),
    /// Rehearse the undo of a push.
    RehearseUndo(PushId),
    /// Put the rehearsal away.
    DropRehearsal,
    /// Begin what was rehearsed; who agreed to guarded settings by their count.
    BeginPush {
        /// Whether guarded settings were agreed to.
        agreed: bool,
    },
    /// Ask carrier and lists again now.
    AgreeNow,
    /// Match slots to the places of the hubs.
    MatchSlots(super::slots::SlotWish),
    /// Stop everything at safe points and end.
    Quit,
    /// While ending: units whose restart is only awaited are left to the next run.
    LeaveRestarts,
}
