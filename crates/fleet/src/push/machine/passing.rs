//! Units that this bench passes over because another push of it has them, and units of which their bench says nothing any more.

use super::{Effect, Push};
use crate::fault::{Fault, UnitCondition};
use crate::ids::UnitId;
use crate::push::PushState;
use crate::push::unit::{Standing, Way};
use jiff::Timestamp;

impl Push {
    /// The store found that another push of this bench, `held_by`, has the unit, or has let go of it. Said by who keeps the steps, once that is on
    /// the disk.
    pub fn pass_over(&mut self, id: &UnitId, held_by: Option<String>) {
        let place = self.places.get(id).copied();
        let Some(unit) = place.and_then(|place| self.units.get_mut(place)) else {
            return;
        };
        if held_by.is_some() {
            self.in_hand.remove(id);
        }
        unit.passed_over = held_by;
    }

    /// Units that this bench passes over now.
    #[must_use]
    pub fn passed_over(&self) -> usize {
        let passed = self.units.iter().filter(|unit| unit.passed_over.is_some());
        passed.count()
    }

    /// They must not stay open for ever: what became of each is not known, and a person is told so.
    pub(super) fn fell_silent(&mut self, units: &[UnitId], now: Timestamp) -> Vec<Effect> {
        if !matches!(self.progress.state, PushState::Cancelled { .. }) {
            return Vec::new();
        }
        let mut changed = Vec::new();
        let places: Vec<usize> = units
            .iter()
            .filter_map(|id| self.places.get(id).copied())
            .collect();
        for place in places {
            let Some(unit) = self.units.get_mut(place) else {
                continue;
            };
            if unit.standing != Standing::Sent || unit.way != Way::Cable {
                continue;
            }
            // From now on this bench speaks for it.
            let Some(bench) = unit.elsewhere.take() else {
                continue;
            };
            let fault = Fault::BenchGone {
                bench: bench.clone(),
            };
            let words = format!(
                "{}: {bench} had it in hand at the cancel and says nothing more; what it holds is known once it is read",
                fault.code()
            );
            unit.fault = Some(fault);
            unit.condition = Some(UnitCondition::NotKnown);
            self.set(place, Standing::Failed, words, now);
            changed.push(place);
        }
        if changed.is_empty() {
            return Vec::new();
        }
        vec![self.keep(self.ids(&changed), None)]
    }
}
