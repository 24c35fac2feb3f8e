//! When the pilot gives way to the rest, and when a push stops by itself.

use super::Push;
use crate::push::unit::{PushUnit, Standing};
use crate::push::{PushProgress, PushState, Wave};
use crate::wording;
use jiff::Timestamp;

impl PushUnit {
    /// Whether it is a failure that nobody has looked at yet.
    pub(super) fn counts_after(&self, progress: &PushProgress) -> bool {
        self.standing == Standing::Failed
            && match self.looks {
                Some(looks) => looks >= progress.looks,
                None => self.since > progress.counted_from,
            }
    }
}

impl Push {
    pub(super) fn count_failures(&mut self) {
        self.counts.failures_by_code.clear();
        for unit in self
            .units
            .iter()
            .filter(|unit| unit.counts_after(&self.progress))
        {
            let code = unit.code().unwrap_or_default().to_owned();
            *self.counts.failures_by_code.entry(code).or_default() += 1;
        }
    }

    /// A person saw what failed until now: it no longer counts.
    pub(super) fn look_at_failures(&mut self, now: Timestamp) {
        self.progress.counted_from = now;
        self.progress.looks = self.progress.looks.saturating_add(1);
        self.count_failures();
    }

    pub(super) fn stop_if_needed(&mut self) -> Option<(String, String)> {
        if self.progress.state != PushState::Running {
            return None;
        }
        let rules = self.facts.rules;
        let failures = self.counts.failures();
        let reaches = |count: usize, limit: u32| limit > 0 && count >= limit as usize;
        let by_code = self
            .counts
            .failures_by_code
            .iter()
            .find(|(_, count)| reaches(**count, rules.same_code));
        let why = if let Some((code, count)) = by_code {
            format!(
                "{} with the code {code}: probably the template, not the units",
                wording::counted(*count as u64, "failure", "failures")
            )
        } else if reaches(failures, rules.stop_after) {
            format!(
                "{}, the number that was set",
                wording::counted(failures as u64, "failure", "failures")
            )
        } else if self.pilot_is_over() && self.pilots_with(Standing::Verified) < self.pilots.len() {
            format!(
                "{} of {} of the pilot verified; look at the others first",
                self.pilots_with(Standing::Verified),
                wording::units(self.pilots.len())
            )
        } else {
            return None;
        };
        self.progress.state = PushState::Stopped { why: why.clone() };
        Some(("the push".to_owned(), format!("Stopped by itself: {why}")))
    }

    /// Whether every unit that the pilot will have has had its last word.
    pub(super) fn pilot_is_over(&self) -> bool {
        self.progress.wave == Wave::Pilot
            && !self.pilots.is_empty()
            && self.pilots.len() >= self.pilot_size()
            && self.pilots.iter().all(|place| {
                self.units.get(*place).is_some_and(|unit| {
                    unit.standing != Standing::Waiting
                        && !self.in_hand.contains(&unit.id)
                        && !unit.is_in_hand_elsewhere()
                })
            })
    }

    fn pilots_with(&self, standing: Standing) -> usize {
        let units = self
            .pilots
            .iter()
            .filter_map(|place| self.units.get(*place));
        units.filter(|unit| unit.standing == standing).count()
    }

    pub(super) fn end_pilot_if_proved(&mut self, now: Timestamp) -> Option<(String, String)> {
        let proved = self.pilots_with(Standing::Verified);
        if !self.pilot_is_over() || proved < self.pilots.len() {
            return None;
        }
        self.progress.wave = Wave::Rest;
        self.progress.pilot_verified = Some(now);
        Some((
            "the push".to_owned(),
            format!("Pilot: {proved} of {proved} verified; the rest began by itself"),
        ))
    }

    /// A unit that proves nothing about the template gives its place in the pilot to another one.
    pub(super) fn unpilot(&mut self, place: usize) {
        self.pilots.remove(&place);
        if let Some(unit) = self.units.get_mut(place) {
            unit.pilot = false;
        }
    }
}
