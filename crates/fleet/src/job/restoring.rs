//! Putting the former settings back by itself, and proving that as well.

use super::machine::Job;
use super::phase::Phase;
use super::{Now, Operation, Progress};
use crate::fault::{Fault, UnitCondition};
use crate::journal::JobEvent;
use crate::plan::{PlaceWrite, Plan, grouped, unplanned};
use crate::profile::{Place, same_on_wire};
use crate::reading::Reading;
use crate::secret::{DOTS, Secret};
use std::collections::BTreeSet;

/// How often the before image is written back.
const MOST_RESTORES: u32 = 2;

impl Job {
    /// The new values cannot stand: the unit gets its former ones back.
    pub(super) fn put_back(&mut self, why: Fault, now: Now) {
        self.put_back_with(why, Vec::new(), now);
    }

    /// As [`Job::put_back`], with places that changed by themselves.
    pub(super) fn put_back_with(&mut self, why: Fault, others: Vec<PlaceWrite>, now: Now) {
        let targets = match self.former_values(&others) {
            Ok(targets) => targets,
            Err(reason) => return self.not_restored(reason, why, now),
        };
        let event = JobEvent::RestoreIntent {
            places: targets
                .iter()
                .map(|write| write.place.to_string())
                .collect(),
            why: Some(why),
        };
        self.note(event, now);
        self.restore(targets, now);
    }

    /// After a crash or a pulled cable in the middle of putting back: all of it once more, which does no harm.
    pub(super) fn restore_again(&mut self, now: Now) {
        let Some(restore) = self.history.bench.restore.clone() else {
            return;
        };
        let places = restore.places.iter().map(|name| super::image::parse(name));
        match self.before_at(places.collect()) {
            Ok(targets) => self.restore(targets, now),
            Err(reason) => self.not_restored(reason, self.why_restored(), now),
        }
    }

    fn restore(&mut self, targets: Vec<PlaceWrite>, now: Now) {
        self.show(Progress::PuttingBack);
        self.bench.restoring = targets;
        let groups = grouped(&self.bench.restoring);
        self.write(groups, now);
    }

    /// The places that the plan touches, with what stood there before. Fails when that is not known for one of them.
    fn former_values(&self, others: &[PlaceWrite]) -> Result<Vec<PlaceWrite>, String> {
        let Some(plan) = &self.bench.plan else {
            return Err("what was planned is not known any more".to_owned());
        };
        let changed = &self.history.bench.changes;
        let touched = plan.expected.iter().filter(|expected| {
            changed
                .iter()
                .any(|line| line.key == expected.key && line.label == expected.label)
        });
        let mut places: BTreeSet<Place> = touched.map(|expected| expected.place.clone()).collect();
        places.extend(others.iter().map(|write| write.place.clone()));
        self.before_at(places)
    }

    fn before_at(&self, places: BTreeSet<Place>) -> Result<Vec<PlaceWrite>, String> {
        let Some(image) = &self.bench.image else {
            return Err("its former settings are not at hand".to_owned());
        };
        let written = |place: &Place, before: &str| match self.variant() {
            Some(variant) => self.setup.profile.written_back(variant, place, before),
            None => before.to_owned(),
        };
        let mut targets = Vec::new();
        for place in places {
            match image.get(&place) {
                Some(before) if before != DOTS => targets.push(PlaceWrite {
                    before: None,
                    after: Secret::new(written(&place, before)),
                    place,
                }),
                Some(_) => return Err(format!("the former secret at {place} was not kept")),
                None => return Err(format!("what stood at {place} before could not be read")),
            }
        }
        Ok(targets)
    }

    /// Everything is as it was before the first write, also what nobody wrote: only then it is called put back.
    pub(super) fn check_restored(&mut self, reading: Reading, now: Now) {
        let mut missing: Vec<PlaceWrite> = Vec::new();
        for target in &self.bench.restoring {
            let back = reading.get(&target.place).is_some_and(|found| {
                found == target.after.reveal() || self.means_the_same(target, found)
            });
            if !back {
                missing.push(target.clone());
            }
        }
        if let (Some(identity), Some(image)) = (&self.bench.identity, &self.bench.image) {
            let nothing_planned = Plan::default();
            let profile = &self.setup.profile;
            let changed = unplanned(profile, identity, &nothing_planned, image, &reading);
            missing.extend(changed.repairs);
        }
        if missing.is_empty() {
            self.bench.proof = Some((reading, Vec::new()));
            return self.run(Operation::Identify, Phase::IdentifyingAfter);
        }
        self.bench.restore_rounds += 1;
        if self.bench.restore_rounds < MOST_RESTORES {
            self.intend_more(&missing, now);
            return self.restore(missing, now);
        }
        let reason = "the former settings did not stay either".to_owned();
        self.not_restored(reason, self.why_restored(), now);
    }

    /// Places that nobody wrote and that changed all the same are in the journal before they are written.
    fn intend_more(&mut self, targets: &[PlaceWrite], now: Now) {
        let Some(restore) = self.history.bench.restore.clone() else {
            return;
        };
        let names: BTreeSet<String> = restore
            .places
            .iter()
            .cloned()
            .chain(targets.iter().map(|target| target.place.to_string()))
            .collect();
        if names.len() > restore.places.len() {
            let event = JobEvent::RestoreIntent {
                places: names.into_iter().collect(),
                why: restore.why,
            };
            self.note(event, now);
        }
    }

    fn means_the_same(&self, target: &PlaceWrite, found: &str) -> bool {
        let Some(variant) = self.variant() else {
            return false;
        };
        self.setup.profile.settings_on(variant).any(|setting| {
            setting.places.contains(&target.place)
                && same_on_wire(&setting, found, target.after.reveal())
        })
    }

    pub(super) fn put_back_done(&mut self, now: Now) {
        let why = self.why_restored();
        self.note(JobEvent::Restored, now);
        self.fail_in(why, UnitCondition::PutBack, now);
    }

    pub(super) fn not_restored(&mut self, why: String, fault: Fault, now: Now) {
        self.note(JobEvent::NotRestored { why }, now);
        self.fail_in(fault, UnitCondition::PartlyWritten, now);
    }

    pub(super) fn why_restored(&self) -> Fault {
        let why = self
            .history
            .bench
            .restore
            .as_ref()
            .and_then(|restore| restore.why.clone());
        why.unwrap_or_else(|| Fault::DidNotStay {
            settings: Vec::new(),
        })
    }
}
