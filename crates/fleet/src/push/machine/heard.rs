//! What other benches that share a push did: it counts here as if it had been done here.

use super::{Effect, Push};
use crate::push::unit::{PushUnit, Standing};
use crate::push::{PushProgress, PushState};
use jiff::Timestamp;

impl Push {
    pub(super) fn heard(
        &mut self,
        units: Vec<PushUnit>,
        progress: Option<PushProgress>,
        now: Timestamp,
    ) -> Vec<Effect> {
        let mut recalled = Vec::new();
        let looks = self.progress.looks;
        if let Some(progress) = progress {
            let cancels = matches!(progress.state, PushState::Cancelled { .. });
            if cancels && !matches!(self.progress.state, PushState::Cancelled { .. }) {
                recalled = self.in_hand.iter().cloned().collect();
            }
            self.progress = PushProgress {
                looks: progress.looks.max(looks),
                ..progress
            };
        }
        let mut changed = Vec::new();
        for unit in units {
            if let Some(place) = self.place_of_heard(&unit) {
                changed.push(place);
                self.put(place, unit, looks);
            }
        }
        if matches!(self.progress.state, PushState::Cancelled { .. }) {
            // What a bench had put off when another one cancelled.
            changed.extend(self.leave_out_waiting(now));
        }
        self.count_failures();
        let mut log = self
            .stop_if_needed()
            .or_else(|| self.end_pilot_if_proved(now));
        if self.progress.state == PushState::Running && self.nothing_is_open() {
            self.progress.state = PushState::Ended;
            log = Some(("the push".to_owned(), "Ended".to_owned()));
        }
        let mut effects = vec![self.keep(self.ids(&changed), log)];
        if !recalled.is_empty() {
            effects.push(Effect::Recall(recalled));
        }
        effects
    }

    /// Where a heard unit belongs; nowhere where this bench knows better: it has the unit in hand, or proved it.
    fn place_of_heard(&self, heard: &PushUnit) -> Option<usize> {
        let place = *self.places.get(&heard.id)?;
        let known = self.units.get(place)?;
        let better = self.in_hand.contains(&heard.id) || known.standing == Standing::Verified;
        (!better && known.turn == heard.turn && known != heard).then_some(place)
    }

    /// `looks`: how often a person had looked at the failures as far as was known here before.
    fn put(&mut self, place: usize, mut unit: PushUnit, looks: u32) {
        let Some(known) = self.units.get_mut(place) else {
            return;
        };
        unit.passed_over = match unit.standing.is_open() {
            true => known.passed_over.take(),
            false => None,
        };
        if unit.standing == Standing::Failed {
            let same = known.standing == Standing::Failed
                && (known.attempts, known.since) == (unit.attempts, unit.since);
            // One that is heard only now was not among those that a person looked at before, whatever the other bench's clock says.
            let said = unit.looks.unwrap_or(0).max(looks);
            unit.looks = match same {
                true => known.looks,
                false => Some(said.min(self.progress.looks)),
            };
        }
        let former = self.counts.slot(known.standing);
        *former = former.saturating_sub(1);
        *self.counts.slot(unit.standing) += 1;
        if unit.pilot {
            self.pilots.insert(place);
        } else {
            self.pilots.remove(&place);
        }
        *known = unit;
    }
}
