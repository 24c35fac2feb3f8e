//! The machine itself: which unit may be begun now, when the pilot gives way to the rest, when the push stops by itself.

mod heard;
mod passing;
mod people;
mod stopping;

use super::former::Former;
use super::reconcile::failed_words;
use super::unit::{PushUnit, Standing, Way};
use super::{Counts, PushFacts, PushProgress, PushState, Wave};
use crate::fault::{Fault, UnitCondition};
use crate::ids::UnitId;
use jiff::Timestamp;
use std::collections::{BTreeMap, BTreeSet};

/// What a push can be told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Input {
    /// A unit can be reached by a way: it answered on a port, or its turn for a message came.
    Reached {
        /// Which.
        unit: UnitId,
        /// How.
        way: Way,
    },
    /// What other benches did that share this push.
    Heard {
        /// Units as they stand there, by their turns.
        units: Vec<PushUnit>,
        /// How the push stands, where that was heard.
        progress: Option<PushProgress>,
    },
    /// Units on cables that another bench had in hand when the push was cancelled, and of which nothing is heard any more.
    FellSilent {
        /// Which.
        units: Vec<UnitId>,
    },
    /// Something is known about a unit that was begun.
    Told {
        /// Which.
        unit: UnitId,
        /// What.
        outcome: Kept,
    },
    /// A person pauses it.
    Pause {
        /// Who.
        by: String,
    },
    /// A person has it go on.
    GoOn {
        /// Who.
        by: String,
    },
    /// A person ends it at a safe point.
    Cancel {
        /// Who.
        by: String,
    },
    /// A person has the failed units tried again, and no others.
    RetryFailed {
        /// Who.
        by: String,
    },
}

/// What became of a unit, for the push.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Kept {
    /// It is on its way; words for lists.
    OnItsWay(String),
    /// What the unit held before it was written, as it answered.
    Held(Box<Former>),
    /// It has it and nothing more is awaited now: only a later reading can prove it.
    SentForNow(String),
    /// The unit answered; more is awaited.
    Taken(String),
    /// The unit answered, and nothing more is awaited now: only a later reading can prove it.
    TakenForNow(String),
    /// Every value was read back.
    Verified(String),
    /// It held every value already.
    AlreadyRight {
        /// Whether that was read by text message; a unit that a message was to reach may have been plugged in meanwhile.
        by_message: bool,
    },
    /// Nothing was done or it was cut off; it waits to be reached again.
    PutOff(String),
    /// What the rehearsal foresaw is not so any more, and nothing is to be done; why.
    Cannot(String),
    /// Not done.
    Failed {
        /// Why.
        fault: Fault,
        /// What it holds.
        condition: UnitCondition,
    },
}

/// What a push wants done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Effect {
    /// Keep these, durably and together, before anything after it.
    Keep {
        /// The push as a whole.
        progress: PushProgress,
        /// Units that changed.
        units: Vec<UnitId>,
        /// What to write into its log, if anything: who and what.
        log: Option<(String, String)>,
    },
    /// Begin with the unit.
    Begin {
        /// Which.
        unit: UnitId,
        /// How.
        way: Way,
    },
    /// Stop these units at their next safe point.
    Recall(Vec<UnitId>),
}

/// Why a unit that was reached is not begun now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NotTaken {
    /// It is not in this push, or all is done for it.
    NothingToDo,
    /// The push does not run.
    NotRunning,
    /// The pilot is not proved yet.
    PilotFirst,
    /// It is being worked on.
    InHand,
    /// Not by this way.
    OtherWay,
    /// Another push of this bench has it.
    OtherPush,
}

/// One push with all its units.
#[derive(Debug, Clone)]
pub struct Push {
    facts: PushFacts,
    progress: PushProgress,
    units: Vec<PushUnit>,
    places: BTreeMap<UnitId, usize>,
    counts: Counts,
    /// Begun and without a last word in this run of the program.
    in_hand: BTreeSet<UnitId>,
    pilots: BTreeSet<usize>,
}

impl Push {
    /// A new push, not yet kept anywhere.
    #[must_use]
    pub fn new(facts: PushFacts, units: Vec<PushUnit>) -> Self {
        let open = units.iter().any(|unit| unit.standing.is_open());
        let progress = PushProgress {
            state: if open {
                PushState::Running
            } else {
                PushState::Ended
            },
            wave: if facts.rules.pilot == 0 {
                Wave::Rest
            } else {
                Wave::Pilot
            },
            counted_from: facts.begun,
            looks: 0,
            pilot_verified: None,
        };
        Self::recover(facts, progress, units)
    }

    /// A push as it was kept. Units that were in hand have to be told about before they are begun again.
    #[must_use]
    pub fn recover(facts: PushFacts, progress: PushProgress, units: Vec<PushUnit>) -> Self {
        let mut push = Self {
            places: units
                .iter()
                .enumerate()
                .map(|(place, unit)| (unit.id.clone(), place))
                .collect(),
            pilots: units
                .iter()
                .enumerate()
                .filter(|(_, unit)| unit.pilot)
                .map(|(place, _)| place)
                .collect(),
            counts: Counts {
                units: units.len(),
                ..Counts::default()
            },
            // Each of them has to be told about before it counts as left alone.
            in_hand: units
                .iter()
                .filter(|unit| unit.standing == Standing::Sent || unit.awaits_proof)
                .filter(|unit| unit.elsewhere.is_none() && unit.passed_over.is_none())
                .map(|unit| unit.id.clone())
                .collect(),
            facts,
            progress,
            units,
        };
        for unit in &push.units {
            *push.counts.slot(unit.standing) += 1;
        }
        push.count_failures();
        push
    }

    /// The same with nothing in hand: no program works on it now.
    #[must_use]
    pub fn at_rest(mut self) -> Self {
        self.in_hand.clear();
        self
    }

    /// What it is about.
    #[must_use]
    pub fn facts(&self) -> &PushFacts {
        &self.facts
    }

    /// How it stands.
    #[must_use]
    pub fn progress(&self) -> &PushProgress {
        &self.progress
    }

    /// Its units in their order.
    #[must_use]
    pub fn units(&self) -> &[PushUnit] {
        &self.units
    }

    /// One of them.
    #[must_use]
    pub fn unit(&self, id: &UnitId) -> Option<&PushUnit> {
        self.units.get(*self.places.get(id)?)
    }

    /// How many stand how.
    #[must_use]
    pub fn counts(&self) -> &Counts {
        &self.counts
    }

    /// Units that are being worked on in this run.
    #[must_use]
    pub fn in_hand(&self) -> &BTreeSet<UnitId> {
        &self.in_hand
    }

    /// Whether the unit could be begun by this way now, and if not, why.
    ///
    /// # Errors
    /// Why not.
    pub fn may_begin(&self, id: &UnitId, way: Way) -> Result<(), NotTaken> {
        let (place, unit) = self
            .places
            .get(id)
            .and_then(|place| Some((*place, self.units.get(*place)?)))
            .ok_or(NotTaken::NothingToDo)?;
        if unit.passed_over.is_some() {
            return Err(NotTaken::OtherPush);
        }
        // A reading by cable can prove what was only taken; that is done whenever the unit turns up.
        let sent_for_now =
            unit.standing == Standing::Sent && unit.way == Way::Sms && !self.in_hand.contains(id);
        if way == Way::Cable && (unit.standing == Standing::Taken || sent_for_now) {
            return Ok(());
        }
        if way == Way::Sms && unit.standing == Standing::Sent {
            return Err(NotTaken::InHand);
        }
        if !unit.standing.is_open() {
            return Err(NotTaken::NothingToDo);
        }
        if self.progress.state != PushState::Running {
            return Err(NotTaken::NotRunning);
        }
        let by_message = unit.way == Way::Sms;
        match (way, self.facts.via) {
            (Way::Sms, _) if !by_message => return Err(NotTaken::OtherWay),
            (Way::Cable, super::Via::Sms) => return Err(NotTaken::OtherWay),
            _ => {}
        }
        if self.in_hand.contains(id) && !(by_message && way == Way::Cable) {
            return Err(NotTaken::InHand);
        }
        let may = match self.progress.wave {
            Wave::Rest => true,
            Wave::Pilot => self.pilots.contains(&place) || self.pilots.len() < self.pilot_size(),
        };
        may.then_some(()).ok_or(NotTaken::PilotFirst)
    }

    /// Units whose turn it is to be sent a message, at most so many, in their order.
    #[must_use]
    pub fn next_by_message(&self, most: usize) -> Vec<UnitId> {
        if self.progress.state != PushState::Running || most == 0 {
            return Vec::new();
        }
        let room = match self.progress.wave {
            Wave::Rest => most,
            Wave::Pilot => self.pilot_size().saturating_sub(self.pilots.len()),
        };
        let waits = |unit: &&PushUnit| {
            unit.way == Way::Sms
                && unit.standing == Standing::Waiting
                && unit.passed_over.is_none()
                && !self.in_hand.contains(&unit.id)
        };
        let (mut found, mut new) = (Vec::new(), 0);
        for unit in self.units.iter().filter(waits) {
            if found.len() == most {
                break;
            }
            if !unit.pilot {
                if new == room {
                    continue;
                }
                new += 1;
            }
            found.push(unit.id.clone());
        }
        found
    }

    /// How many units the pilot has when it is whole.
    #[must_use]
    pub fn pilot_size(&self) -> usize {
        let wanted = usize::try_from(self.facts.rules.pilot).unwrap_or(usize::MAX);
        let able = self.counts.units - self.counts.cannot - self.counts.already_right;
        wanted.min(able)
    }

    /// Takes an input and says what has to be done, strictly in order.
    #[must_use]
    pub fn handle(&mut self, input: Input, now: Timestamp) -> Vec<Effect> {
        match input {
            Input::Reached { unit, way } => self.reached(&unit, way, now),
            Input::Heard { units, progress } => self.heard(units, progress, now),
            Input::FellSilent { units } => self.fell_silent(&units, now),
            Input::Told { unit, outcome } => self.told(&unit, outcome, now),
            Input::Pause { by } => self.pause(by),
            Input::GoOn { by } => self.go_on(by, now),
            Input::Cancel { by } => self.cancel(by, now),
            Input::RetryFailed { by } => self.retry_failed(by, now),
        }
    }

    fn reached(&mut self, id: &UnitId, way: Way, now: Timestamp) -> Vec<Effect> {
        if self.may_begin(id, way).is_err() {
            return Vec::new();
        }
        let Some(place) = self.places.get(id).copied() else {
            return Vec::new();
        };
        let pilot = self.progress.wave == Wave::Pilot
            && self
                .units
                .get(place)
                .is_some_and(|unit| unit.standing.is_open());
        if pilot {
            self.pilots.insert(place);
        }
        self.in_hand.insert(id.clone());
        let words = match way {
            Way::Cable => "on the bench, being set",
            Way::Sms => "being sent",
        };
        let standing = self.standing_at(place);
        if standing != Some(Standing::Taken) {
            self.set(place, Standing::Sent, words.to_owned(), now);
        }
        if let Some(unit) = self.units.get_mut(place) {
            unit.pilot |= pilot;
            unit.attempts += 1;
            unit.sent_at = Some(now);
            unit.elsewhere = None;
            unit.fault = None;
            unit.condition = None;
            // A unit that is plugged in is no longer one that a message must reach.
            if standing != Some(Standing::Taken) {
                unit.way = way;
            }
        }
        vec![
            self.keep(vec![id.clone()], None),
            Effect::Begin {
                unit: id.clone(),
                way,
            },
        ]
    }

    fn told(&mut self, id: &UnitId, outcome: Kept, now: Timestamp) -> Vec<Effect> {
        let Some(place) = self.places.get(id).copied() else {
            return Vec::new();
        };
        let before = self.standing_at(place);
        // What is proved stays proved: a late word by the other way takes nothing from it.
        if matches!(
            before,
            None | Some(Standing::Verified | Standing::Cannot | Standing::LeftOut)
        ) {
            return Vec::new();
        }
        if let Kept::Held(former) = outcome {
            return self.held(place, *former);
        }
        let last = !matches!(outcome, Kept::OnItsWay(_) | Kept::Taken(_));
        if last {
            self.in_hand.remove(id);
        }
        match outcome {
            Kept::Held(_) => {}
            // An answer that came is not taken back by a later look at the way.
            Kept::OnItsWay(_) | Kept::SentForNow(_) if before == Some(Standing::Taken) => {}
            Kept::OnItsWay(words) | Kept::SentForNow(words) => {
                self.set(place, Standing::Sent, words, now);
            }
            Kept::Taken(words) | Kept::TakenForNow(words) => {
                self.set(place, Standing::Taken, words, now);
            }
            Kept::Verified(words) => self.set(place, Standing::Verified, words, now),
            // What an earlier attempt brought there is this push's doing, and now it is read.
            Kept::AlreadyRight { by_message }
                if before == Some(Standing::Taken) || self.was_asked_before(place) =>
            {
                let words = format!("{}, every value is right", read_how(by_message));
                self.set(place, Standing::Verified, words, now);
            }
            Kept::AlreadyRight { by_message } => {
                let words = format!("already held every value, {}", read_how(by_message));
                self.set(place, Standing::AlreadyRight, words, now);
                self.unpilot(place);
            }
            // What a message brought is still taken when the cable could not be used to the end.
            Kept::PutOff(_) if before == Some(Standing::Taken) && self.is_by_message(place) => {}
            Kept::PutOff(_) if before == Some(Standing::Taken) && self.progress.state.is_over() => {
                let words =
                    "written, not proved when the push ended; a reading on a cable proves it";
                self.set(place, Standing::Taken, words.to_owned(), now);
            }
            Kept::PutOff(_) if self.is_cancelled() => {
                self.set(
                    place,
                    Standing::LeftOut,
                    "stopped at a safe point when the push was cancelled".to_owned(),
                    now,
                );
            }
            Kept::PutOff(words) => self.set(place, Standing::Waiting, words, now),
            Kept::Cannot(words) => {
                self.set(place, Standing::Cannot, words, now);
                self.unpilot(place);
            }
            Kept::Failed { fault, condition } => {
                let words = failed_words(&fault, condition);
                if let Some(unit) = self.units.get_mut(place) {
                    unit.fault = Some(fault);
                    unit.condition = Some(condition);
                }
                self.set(place, Standing::Failed, words, now);
            }
        }
        if let Some(unit) = self.units.get_mut(place) {
            unit.awaits_proof = !last && unit.standing == Standing::Taken;
        }
        let mut log = None;
        if last {
            log = self
                .stop_if_needed()
                .or_else(|| self.end_pilot_if_proved(now));
            if self.progress.state == PushState::Running && self.nothing_is_open() {
                self.progress.state = PushState::Ended;
                log = Some(("the push".to_owned(), "Ended".to_owned()));
            }
        }
        vec![self.keep(vec![id.clone()], log)]
    }

    fn is_cancelled(&self) -> bool {
        matches!(self.progress.state, PushState::Cancelled { .. })
    }

    fn is_by_message(&self, place: usize) -> bool {
        (self.units.get(place)).is_some_and(|unit| unit.way == Way::Sms)
    }

    /// Whether an earlier attempt found other values there and may have written them; a cable that was pulled before proves nothing like it.
    fn was_asked_before(&self, place: usize) -> bool {
        let unit = self.units.get(place);
        unit.is_some_and(|unit| {
            unit.attempts > 1 && (unit.held.is_some() || unit.taken_at.is_some())
        })
    }

    /// What was found first counts: a second attempt may find what the first one wrote.
    fn held(&mut self, place: usize, former: Former) -> Vec<Effect> {
        let Some(unit) = self.units.get_mut(place) else {
            return Vec::new();
        };
        match &mut unit.held {
            Some(first) => first.and_then(former),
            None => unit.held = Some(former),
        }
        let id = unit.id.clone();
        vec![self.keep(vec![id], None)]
    }

    fn nothing_is_open(&self) -> bool {
        let here = self.counts.waiting + self.counts.sent + self.in_hand.len();
        here == 0 && !self.units.iter().any(PushUnit::is_in_hand_elsewhere)
    }

    fn places_with(&self, fits: impl Fn(&PushUnit) -> bool) -> Vec<usize> {
        let all = self.units.iter().enumerate();
        all.filter(|(_, unit)| fits(unit))
            .map(|(place, _)| place)
            .collect()
    }

    fn ids(&self, places: &[usize]) -> Vec<UnitId> {
        let units = places.iter().filter_map(|place| self.units.get(*place));
        units.map(|unit| unit.id.clone()).collect()
    }

    fn standing_at(&self, place: usize) -> Option<Standing> {
        self.units.get(place).map(|unit| unit.standing)
    }

    fn set(&mut self, place: usize, standing: Standing, words: String, now: Timestamp) {
        let Some(unit) = self.units.get_mut(place) else {
            return;
        };
        let former = self.counts.slot(unit.standing);
        *former = former.saturating_sub(1);
        *self.counts.slot(standing) += 1;
        if unit.counts_after(&self.progress) {
            self.counts
                .failures_by_code
                .entry(unit.code().unwrap_or_default().to_owned())
                .and_modify(|count| *count = count.saturating_sub(1));
        }
        unit.standing = standing;
        unit.since = now;
        unit.words = words;
        unit.looks = (standing == Standing::Failed).then_some(self.progress.looks);
        if !standing.is_open() {
            unit.passed_over = None;
        }
        match standing {
            Standing::Taken => unit.taken_at = Some(now),
            Standing::Verified => unit.proved_at = Some(now),
            Standing::Failed => {
                let code = unit.code().unwrap_or_default().to_owned();
                *self.counts.failures_by_code.entry(code).or_default() += 1;
            }
            _ => {}
        }
    }

    fn keep(&self, units: Vec<UnitId>, log: Option<(String, String)>) -> Effect {
        Effect::Keep {
            progress: self.progress.clone(),
            units,
            log,
        }
    }
}

fn read_how(by_message: bool) -> &'static str {
    match by_message {
        true => "read by text message",
        false => "read on the cable",
    }
}
