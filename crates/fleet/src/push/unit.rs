//! One unit of a push: what was foreseen for it and how far it has come.

use super::former::Former;
use crate::fault::{Fault, UnitCondition};
use crate::ids::UnitId;
use crate::plan::ShownChange;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// By which way a unit is reached.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Way {
    /// On a cable, now or when it is next plugged in.
    Cable,
    /// By text message through the carrier.
    Sms,
}

impl Way {
    /// The word in lists, JSON and the store.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Cable => "cable",
            Self::Sms => "sms",
        }
    }
}

/// How far a unit has come. *Sent*, *taken* and *verified* are three things; only reading back gives the third.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Standing {
    /// Not begun.
    Waiting,
    /// On its way to the unit, or being written.
    Sent,
    /// The unit answered that it took it. Not proved.
    Taken,
    /// Every value was read back.
    Verified,
    /// Not done.
    Failed,
    /// It held every value before anything was sent.
    AlreadyRight,
    /// Left out from the beginning, or when its turn came.
    Cannot,
    /// Not begun when the push was cancelled.
    LeftOut,
}

impl Standing {
    /// All of them, in the order of lists.
    pub const ALL: [Self; 8] = [
        Self::Verified,
        Self::Taken,
        Self::Sent,
        Self::Waiting,
        Self::Failed,
        Self::AlreadyRight,
        Self::Cannot,
        Self::LeftOut,
    ];

    /// The word in JSON and the store.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Sent => "sent",
            Self::Taken => "taken",
            Self::Verified => "verified",
            Self::Failed => "failed",
            Self::AlreadyRight => "already_right",
            Self::Cannot => "cannot",
            Self::LeftOut => "left_out",
        }
    }

    /// The word for people.
    #[must_use]
    pub fn words(self) -> &'static str {
        match self {
            Self::Waiting => "Waiting",
            Self::Sent => "Sent",
            Self::Taken => "Taken",
            Self::Verified => "Verified",
            Self::Failed => "Failed",
            Self::AlreadyRight => "Already set",
            Self::Cannot => "Cannot",
            Self::LeftOut => "Left out",
        }
    }

    /// Whether a push that runs still has something to do for the unit.
    #[must_use]
    pub fn is_open(self) -> bool {
        matches!(self, Self::Waiting | Self::Sent)
    }
}

/// What a rehearsal foresees for a unit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "forecast", rename_all = "snake_case")]
pub enum Forecast {
    /// These settings change.
    Change {
        /// Each with the value as last read and the new one.
        changes: Vec<ShownChange>,
    },
    /// It already holds every value, as last read.
    AlreadyRight,
    /// It is left out.
    Cannot {
        /// Why.
        why: String,
        /// What a person can do about it.
        cure: String,
    },
}

/// One unit of a push.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PushUnit {
    /// Which.
    pub id: UnitId,
    /// Its place in the push, from 0.
    pub turn: u32,
    /// Model, for lists.
    pub model: Option<String>,
    /// By which way.
    pub way: Way,
    /// What was foreseen.
    pub forecast: Forecast,
    /// How far it has come.
    pub standing: Standing,
    /// Since when.
    pub since: Timestamp,
    /// In words.
    pub words: String,
    /// Why not, where it failed.
    pub fault: Option<Fault>,
    /// What it holds, where it failed.
    pub condition: Option<UnitCondition>,
    /// When it was last begun.
    pub sent_at: Option<Timestamp>,
    /// When it answered.
    pub taken_at: Option<Timestamp>,
    /// When it was proved.
    pub proved_at: Option<Timestamp>,
    /// Whether it is taken and the run that has it in hand still looks for the proof.
    #[serde(default)]
    pub awaits_proof: bool,
    /// Whether it belongs to the pilot.
    pub pilot: bool,
    /// How often it was begun.
    pub attempts: u32,
    /// Its own former values, where this push puts them back.
    pub former: Option<Former>,
    /// What it held before this push wrote it, where it was asked by message.
    #[serde(default)]
    pub held: Option<Former>,
    /// Template and version that it had before.
    pub had_template: Option<(String, u32)>,
    /// The other bench that has it or did it, in words; `None` where this one did.
    #[serde(default)]
    pub elsewhere: Option<String>,
    /// Title of the push of this bench that has the unit, where this one passes over it here. Said to no other bench.
    #[serde(default)]
    pub passed_over: Option<String>,
    /// How often a person had looked at the push's failures when this one was told here; `None` where an older program kept it.
    #[serde(default)]
    pub looks: Option<u32>,
}

impl PushUnit {
    /// A unit of a new push, as its rehearsal says.
    #[must_use]
    pub fn new(
        id: UnitId,
        turn: u32,
        model: Option<String>,
        way: Way,
        forecast: Forecast,
        now: Timestamp,
    ) -> Self {
        let (standing, words) = match &forecast {
            Forecast::Change { .. } if way == Way::Cable => {
                (Standing::Waiting, "waits for the cable".to_owned())
            }
            Forecast::Change { .. } => (Standing::Waiting, "waits for its turn".to_owned()),
            Forecast::AlreadyRight => (
                Standing::AlreadyRight,
                "already holds every value, as last read".to_owned(),
            ),
            Forecast::Cannot { why, .. } => (Standing::Cannot, why.clone()),
        };
        Self {
            id,
            turn,
            model,
            way,
            forecast,
            standing,
            since: now,
            words,
            fault: None,
            condition: None,
            sent_at: None,
            taken_at: None,
            proved_at: None,
            awaits_proof: false,
            pilot: false,
            attempts: 0,
            former: None,
            held: None,
            had_template: None,
            elsewhere: None,
            passed_over: None,
            looks: None,
        }
    }

    /// Whether another bench works on it, as far as was heard.
    #[must_use]
    pub fn is_in_hand_elsewhere(&self) -> bool {
        self.elsewhere.is_some() && (self.standing == Standing::Sent || self.awaits_proof)
    }

    /// Code of its failure, or of why it is passed over here.
    #[must_use]
    pub fn code(&self) -> Option<&'static str> {
        match &self.fault {
            Some(fault) => Some(fault.code()),
            None => self.in_other_push().as_ref().map(Fault::code),
        }
    }

    fn in_other_push(&self) -> Option<Fault> {
        let push = self.passed_over.clone()?;
        Some(Fault::InOtherPush { push })
    }

    /// Its words, with the other bench that has it or did it.
    #[must_use]
    pub fn words_with_bench(&self) -> String {
        match (&self.elsewhere, &self.passed_over, self.in_other_push()) {
            (Some(who), ..) => format!("{}; {who}", self.words),
            (None, Some(title), Some(fault)) => {
                format!(
                    "{}: passed over here, it is in the push '{title}'",
                    fault.code()
                )
            }
            (None, ..) => self.words.clone(),
        }
    }

    /// The lines that change, as foreseen.
    #[must_use]
    pub fn changes(&self) -> &[ShownChange] {
        match &self.forecast {
            Forecast::Change { changes } => changes,
            _ => &[],
        }
    }

    /// Whether a guarded setting of it changes.
    #[must_use]
    pub fn is_guarded(&self) -> bool {
        self.changes().iter().any(|change| change.guarded)
    }
}
