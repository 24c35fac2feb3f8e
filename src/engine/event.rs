//! What the engine tells whoever watches. One closed list; applied by [`State::apply`](super::State::apply).

use super::heard::{Hearing, UnitHeard};
use super::state::{
    Agreement, BenchFacts, BenchJob, DoneUnit, Lane, SearchAnswer, Slot, Status, TemplateFacts,
    ToDo, Toast, UnitPage,
};
use crate::inventory::ReviewEntry;
use fleet::job::Ending;
use fleet::{Advice, UnitId};

/// Something changed.
#[derive(Debug, Clone)]
pub enum Event {
    /// Facts about this bench.
    Bench(BenchFacts),
    /// A lane as it now stands.
    LaneChanged(Box<Lane>),
    /// A lane that is no longer there.
    LaneRemoved(Slot),
    /// The job on the bench.
    Job(Option<BenchJob>),
    /// Line mode.
    LineMode(bool),
    /// All templates.
    Templates(Vec<TemplateFacts>),
    /// A unit left the bench.
    UnitDone(DoneUnit),
    /// Answer to a search.
    Searched(SearchAnswer),
    /// A unit's page.
    UnitOpened(Box<UnitPage>),
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
    /// What people must be asked, oldest first.
    Reviews(Vec<ReviewEntry>),
    /// A message of a few seconds.
    Toast(Toast),
    /// A unit's job ended for this run, its registration included. For the command line's last word on a port.
    UnitEnded(Box<UnitEnded>),
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
