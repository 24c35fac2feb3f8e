//! What people decide about a push: pause, go on, end it, try the failed units again.

use super::{Effect, Push};
use crate::ids::UnitId;
use crate::push::unit::{Standing, Way};
use crate::push::{PushState, Wave};
use jiff::Timestamp;

impl Push {
    pub(super) fn pause(&mut self, by: String) -> Vec<Effect> {
        if self.progress.state != PushState::Running {
            return Vec::new();
        }
        self.progress.state = PushState::Paused { by: by.clone() };
        vec![self.keep(Vec::new(), Some((by, "Paused".to_owned())))]
    }

    pub(super) fn go_on(&mut self, by: String, now: Timestamp) -> Vec<Effect> {
        let stopped = match &self.progress.state {
            PushState::Paused { .. } => false,
            PushState::Stopped { .. } => true,
            _ => return Vec::new(),
        };
        let mut changed = Vec::new();
        if stopped {
            self.look_at_failures(now);
            if self.pilot_is_over() {
                // A person looked at the pilot and has the rest go on all the same.
                self.progress.wave = Wave::Rest;
            } else {
                changed = self.places_with(|unit| unit.pilot && unit.standing == Standing::Failed);
                for place in &changed {
                    self.unpilot(*place);
                }
            }
        }
        let open = self.counts.waiting > 0 || self.counts.sent > 0 || !self.in_hand.is_empty();
        self.progress.state = if open {
            PushState::Running
        } else {
            PushState::Ended
        };
        vec![self.keep(self.ids(&changed), Some((by, "Went on".to_owned())))]
    }

    pub(super) fn cancel(&mut self, by: String, now: Timestamp) -> Vec<Effect> {
        if self.progress.state.is_over() {
            return Vec::new();
        }
        self.progress.state = PushState::Cancelled { by: by.clone() };
        let waiting = self.leave_out_waiting(now);
        let ids = self.ids(&waiting);
        let recalled: Vec<UnitId> = self.in_hand.iter().cloned().collect();
        let mut effects = vec![self.keep(ids, Some((by, "Cancelled".to_owned())))];
        if !recalled.is_empty() {
            effects.push(Effect::Recall(recalled));
        }
        effects
    }

    /// Nothing is begun any more that waits.
    pub(super) fn leave_out_waiting(&mut self, now: Timestamp) -> Vec<usize> {
        let waiting = self.places_with(|unit| unit.standing == Standing::Waiting);
        for place in &waiting {
            let begun = (self.units.get(*place)).is_some_and(|unit| unit.attempts > 0);
            let words = match begun {
                true => "cut off before the push was cancelled; what it holds is told by a reading",
                false => "not begun when the push was cancelled",
            };
            self.set(*place, Standing::LeftOut, words.to_owned(), now);
        }
        waiting
    }

    pub(super) fn retry_failed(&mut self, by: String, now: Timestamp) -> Vec<Effect> {
        let failed = self.places_with(|unit| unit.standing == Standing::Failed);
        if failed.is_empty() || self.progress.state == PushState::Running {
            return Vec::new();
        }
        for place in &failed {
            let words = match self.units.get(*place).map(|unit| unit.way) {
                Some(Way::Sms) => "waits for its turn, once more",
                _ => "waits for the cable, once more",
            };
            self.set(*place, Standing::Waiting, words.to_owned(), now);
        }
        self.look_at_failures(now);
        self.progress.state = PushState::Running;
        let count = failed.len();
        let ids = self.ids(&failed);
        vec![self.keep(
            ids,
            Some((
                by,
                if count == 1 {
                    "1 failed unit is tried again".to_owned()
                } else {
                    format!("{count} failed units are tried again")
                },
            )),
        )]
    }
}
