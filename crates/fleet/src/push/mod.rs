//! A push: one change over many units, as a state machine. Inputs come in, effects go out, nothing is done here.
//!
//! What would change on a unit is said by `rehearsal`; how one unit is written and proved over a cable is the job's business
//! (`fleet::job`); who keeps the push and who talks to units and carriers is the shell's. The shell finishes each
//! [`Effect::Keep`] durably before it begins the next effect.

mod by_message;
mod cost;
mod former;
mod machine;
mod reconcile;
mod rehearsal;
#[cfg(test)]
mod tests;
#[cfg(test)]
mod tests_shared;
mod unit;

pub use by_message::{Acknowledged, Asking, ByMessage, refused};
pub use cost::{Assumptions, DataCost, data_cost, included_mb};
pub use former::{Former, NoFormer, former_of};
pub use machine::{Effect, Input, Kept, NotTaken, Push};
pub use reconcile::outcome_of_job;
pub use rehearsal::{Aim, Circumstances, Rehearsed, rehearse};
pub use unit::{Forecast, PushUnit, Standing, Way};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use uuid::Uuid;

/// Number of a push: a version 7 UUID, so that pushes sort by time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct PushId(pub Uuid);

impl std::fmt::Display for PushId {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(formatter)
    }
}

/// By which ways units may be reached.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Via {
    /// On a cable only, now or when a unit is next plugged in.
    Cable,
    /// By text message only.
    Sms,
    /// By text message where that is possible, on a cable otherwise or when a unit happens to be plugged in first.
    Any,
}

/// How far a push may go before it stops by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rules {
    /// How many units go first; 0 for no pilot.
    pub pilot: u32,
    /// It stops at so many failures; 0 for never.
    pub stop_after: u32,
    /// It stops when so many failures have one code; 0 for never.
    pub same_code: u32,
}

impl Default for Rules {
    fn default() -> Self {
        Self {
            pilot: 5,
            stop_after: 5,
            same_code: 3,
        }
    }
}

/// What a push is about, unchanged from its birth on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PushFacts {
    /// Its number.
    pub id: PushId,
    /// What it is called in lists ('Van standard v5').
    pub title: String,
    /// Template and version; `None` where units go back to their own former values.
    pub template: Option<(String, u32)>,
    /// The push that this one undoes.
    pub undoes: Option<PushId>,
    /// How the units were chosen, in words.
    pub chosen: String,
    /// By which ways.
    pub via: Via,
    /// When it stops by itself.
    pub rules: Rules,
    /// Who agreed that guarded settings are changed.
    pub agreed_by: Option<String>,
    /// Who began it.
    pub by: String,
    /// When it was begun.
    pub begun: Timestamp,
}

/// Which part of its units a push works on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Wave {
    /// The first few, until all of them are verified.
    Pilot,
    /// Everybody else.
    Rest,
}

/// How a push stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum PushState {
    /// It takes units as they can be reached.
    Running,
    /// A person paused it.
    Paused {
        /// Who.
        by: String,
    },
    /// It stopped by itself.
    Stopped {
        /// Why, in words.
        why: String,
    },
    /// A person ended it; what was not begun is left out.
    Cancelled {
        /// Who.
        by: String,
    },
    /// No unit waits any more.
    Ended,
}

impl PushState {
    /// One word for lists and JSON.
    #[must_use]
    pub fn word(&self) -> &'static str {
        match self {
            Self::Running => "running",
            Self::Paused { .. } => "paused",
            Self::Stopped { .. } => "stopped",
            Self::Cancelled { .. } => "cancelled",
            Self::Ended => "ended",
        }
    }

    /// Whether nothing more will be begun unless a person has failed units tried again.
    #[must_use]
    pub fn is_over(&self) -> bool {
        matches!(self, Self::Cancelled { .. } | Self::Ended)
    }
}

/// What changes in a push as a whole; kept together with the units of the same step.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PushProgress {
    /// How it stands.
    pub state: PushState,
    /// Which part of its units it works on.
    pub wave: Wave,
    /// When a person last looked at the failures and had it go on.
    pub counted_from: Timestamp,
    /// How often a person did. Failures from before no longer count towards stopping, in the order in which they were told here: the clocks
    /// of two benches say nothing about that.
    #[serde(default)]
    pub looks: u32,
    /// When all pilot units were verified.
    pub pilot_verified: Option<Timestamp>,
}

/// How many units stand how.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Counts {
    /// All of the push.
    pub units: usize,
    /// Not begun.
    pub waiting: usize,
    /// Sent to the unit; it has not answered.
    pub sent: usize,
    /// The unit answered; nothing is proved.
    pub taken: usize,
    /// Every value was read back.
    pub verified: usize,
    /// Not done, with a reason and a code.
    pub failed: usize,
    /// Held every value before anything was sent.
    pub already_right: usize,
    /// Left out from the beginning, with a reason.
    pub cannot: usize,
    /// Not begun when the push was cancelled.
    pub left_out: usize,
    /// Failures that count towards stopping, by code.
    #[serde(skip)]
    pub failures_by_code: BTreeMap<String, usize>,
}

impl Counts {
    /// Failures that count towards stopping.
    #[must_use]
    pub fn failures(&self) -> usize {
        self.failures_by_code.values().sum()
    }

    /// The count of one standing.
    #[must_use]
    pub fn of(&self, standing: Standing) -> usize {
        match standing {
            Standing::Waiting => self.waiting,
            Standing::Sent => self.sent,
            Standing::Taken => self.taken,
            Standing::Verified => self.verified,
            Standing::Failed => self.failed,
            Standing::AlreadyRight => self.already_right,
            Standing::Cannot => self.cannot,
            Standing::LeftOut => self.left_out,
        }
    }

    fn slot(&mut self, standing: Standing) -> &mut usize {
        match standing {
            Standing::Waiting => &mut self.waiting,
            Standing::Sent => &mut self.sent,
            Standing::Taken => &mut self.taken,
            Standing::Verified => &mut self.verified,
            Standing::Failed => &mut self.failed,
            Standing::AlreadyRight => &mut self.already_right,
            Standing::Cannot => &mut self.cannot,
            Standing::LeftOut => &mut self.left_out,
        }
    }
}
