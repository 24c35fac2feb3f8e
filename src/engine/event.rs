//! What the engine tells whoever watches. One closed list; applied by [`State::apply`](super::State::apply).

use super::drafting::{TemplatePage, TemplateWish};
use super::found::{LookedUpList, MenuValues, SearchAnswer, UnitLine};
use super::heard::{Hearing, UnitHeard};
use super::incoming::IncomingList;
use super::labelling::LabelSheet;
use super::outgoing::OutgoingList;
use super::pushing::{PushMoved, PushSummary, PushView, RehearsalView};
use super::scans::ScanSeen;
use super::state::{
    Agreement, BenchFacts, BenchJob, DoneUnit, Lane, Slot, Status, TemplateFacts, ToDo, UnitPage,
};
use crate::inventory::{AllFound, ReviewEntry};
use fleet::job::Ending;
use fleet::profile::ProfileRegistry;
use fleet::{Advice, UnitId};
use std::sync::Arc;

/// A message of a few seconds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Toast {
    /// Text.
    pub text: String,
    /// Something went wrong.
    pub warning: bool,
    /// What takes back what it tells of.
    pub undo: Option<TemplateWish>,
    /// The unit whose edit it answers.
    pub unit: Option<UnitId>,
}

/// Something changed.
#[derive(Debug, Clone)]
pub enum Event {
    /// Facts about this bench.
    Bench(BenchFacts),
    /// A lane as it now stands.
    LaneChanged(Box<Lane>),
    /// Hubs and slots as they were matched.
    Slots(super::slots::SlotFacts),
    /// A lane that is no longer there.
    LaneRemoved(Slot),
    /// The job on the bench.
    Job(Option<BenchJob>),
    /// Line mode.
    LineMode(bool),
    /// All templates.
    Templates(Vec<TemplateFacts>),
    /// The unit families, once, at the start.
    Families(ProfileRegistry),
    /// A template's page, anew after each act on it.
    TemplateOpened(Box<TemplatePage>),
    /// A unit left the bench.
    UnitDone(DoneUnit),
    /// Units that left the bench today before the program was started, newest first.
    DoneToday(Vec<DoneUnit>),
    /// Answer to a search.
    Searched(SearchAnswer),
    /// All rows of a search, by its text.
    SearchedAll(String, AllFound),
    /// A page of them.
    SearchPage(String, usize, Vec<UnitLine>),
    /// How many units searches may not know of yet, while the search of that text is on the screen.
    SearchBehind(String, u64),
    /// What the menus of the search offer.
    Menus(MenuValues),
    /// A pasted list with what each line is.
    ListLookedUp(Box<LookedUpList>),
    /// A unit's page.
    UnitOpened(Box<UnitPage>),
    /// The inventory has no unit of that number.
    UnitAbsent(UnitId),
    /// What is owed or stuck.
    ToDo(Vec<ToDo>),
    /// The bottom line.
    Status(Status),
    /// How the agreement with the fleet database stands.
    Agreement(Agreement),
    /// What the fleet database tells of units in service.
    Hearing(Box<Hearing>),
    /// Reports of the unit that is shown.
    UnitHeard(Box<UnitHeard>),
    /// What the carrier account can do, and its plans.
    Account(Box<super::subscriptions::AccountFacts>),
    /// How the comparison with the carrier's account stands.
    Reconciled(Box<super::reconciling::Reconciled>),
    /// What people must be asked, oldest first.
    Reviews(Vec<ReviewEntry>),
    /// All pushes, newest first.
    Pushes(Vec<PushSummary>),
    /// Pushes of other benches that this one cannot help with.
    PushesLeftAlone(Vec<super::pushing::LeftAlone>),
    /// A support bundle, or none.
    Support(Option<Box<super::supporting::SupportBundle>>),
    /// The push on the screen, or none.
    PushShown(Option<Box<PushView>>),
    /// A push made a step.
    PushMoved(Box<PushMoved>),
    /// What a rehearsal found, or why there is none; nothing when it was put away.
    Rehearsed(Option<Arc<RehearsalView>>),
    /// The list that comes in, or none.
    Incoming(Option<Box<IncomingList>>),
    /// A file that is no list.
    IncomingRefused(Advice),
    /// The list that goes out, or none.
    Outgoing(Option<Box<OutgoingList>>),
    /// Labels in hand, or none.
    Labels(Option<Box<LabelSheet>>),
    /// The last scans, newest first.
    Scans(Vec<ScanSeen>),
    /// A message of a few seconds.
    Toast(Toast),
    /// An edit of this unit was asked for that changes nothing.
    EditedNothing(UnitId),
    /// A unit's job ended for this run, its registration included. For the command line's last word on a port.
    UnitEnded(Box<UnitEnded>),
    /// While ending: which units are waited for, in words.
    WaitedFor(String),
    /// The engine has ended; nothing more will come.
    Ended,
}

/// The end of a unit's way in this run.
#[derive(Debug, Clone)]
pub struct UnitEnded {
    /// Slot it was on.
    pub slot: Slot,
    /// Port it was first seen on, as given.
    pub port: String,
    /// Identity, when it answered.
    pub id: Option<UnitId>,
    /// Model.
    pub model: Option<String>,
    /// How it stands.
    pub ending: Ending,
    /// Four lines, when it is not green.
    pub advice: Option<Advice>,
    /// Whether the inventory holds its row.
    pub recorded: bool,
    /// Seconds from the first byte to this end.
    pub seconds: f64,
}
