//! Reading back: right, wrong and repaired, wrong for good, changed by itself.

use super::machine::Job;
use super::phase::Phase;
use super::{Now, Operation, Progress};
use crate::fault::Fault;
use crate::journal::JobEvent;
use crate::plan::{PlaceWrite, Plan, ShownChange, unplanned};
use crate::reading::{Identity, Reading};
use crate::setting::SettingKey;

/// How often what did not stay is written once more.
const MOST_REPAIRS: u32 = 2;

impl Job {
    pub(super) fn read_back(&mut self, reading: Reading, again: bool, now: Now) {
        if !reading.complete && !again {
            return self.run(Operation::ReadAll, Phase::ReadingBack { again: true });
        }
        if self.history.bench.restore.is_some() {
            self.check_restored(reading, now);
        } else {
            self.verify(reading, now);
        }
    }

    /// Green means proved: every place that the template rules, and nothing else changed.
    pub(super) fn verify(&mut self, reading: Reading, now: Now) {
        let (Some(plan), Some(identity)) = (self.bench.plan.clone(), self.bench.identity.clone())
        else {
            return;
        };
        let profile = self.setup.profile.clone();
        let proof = plan.check(&profile, &identity, &reading);
        let of = self.history.bench.changes.len();
        let done = of.saturating_sub(proof.wrong.len() + proof.unproved.len());
        self.show(Progress::Checking { done, of });
        let round = self.history.bench.round;
        if !proof.wrong.is_empty() {
            self.note(
                JobEvent::Mismatch {
                    round,
                    settings: proof.wrong.clone(),
                },
                now,
            );
            if round < MOST_REPAIRS {
                return self.repair(&proof.repairs, now);
            }
            return self.put_back(
                Fault::DidNotStay {
                    settings: proof.wrong,
                },
                now,
            );
        }
        if let Some(image) = &self.bench.image {
            let changed = unplanned(&profile, &identity, &plan, image, &reading);
            if !changed.settings.is_empty() {
                self.note(
                    JobEvent::Mismatch {
                        round,
                        settings: changed.settings.clone(),
                    },
                    now,
                );
                let fault = Fault::ChangedByItself {
                    settings: changed.settings,
                };
                return self.put_back_with(fault, changed.repairs, now);
            }
            self.bench.also_changed = changed.other;
        }
        if self.write_what_shows_late(&reading, now) {
            return;
        }
        let mut unproved = proof.unproved;
        if !self.was_restarted() {
            for line in &self.history.bench.changes {
                if !unproved.contains(&line.key) {
                    unproved.push(line.key.clone());
                }
            }
        }
        self.bench.proof = Some((reading, unproved));
        self.run(Operation::Identify, Phase::IdentifyingAfter);
    }

    /// The plan of a verified unit is empty. What the template wants and the unit shows only now is written in another round.
    fn write_what_shows_late(&mut self, reading: &Reading, now: Now) -> bool {
        let (Some(template), Some(identity), Some(plan)) =
            (self.template(), &self.bench.identity, &self.bench.plan)
        else {
            return false;
        };
        let Ok(mut fresh) = Plan::compute(&self.setup.profile, identity, reading, &template) else {
            return false;
        };
        let known = |write: &PlaceWrite| plan.expected.iter().any(|each| each.place == write.place);
        fresh
            .changes
            .retain(|change| !change.writes.iter().all(known));
        if fresh.is_empty() || self.history.bench.round >= MOST_REPAIRS {
            return false;
        }
        self.bench.plan = Some(fresh.clone());
        self.bench.round = self.history.bench.round + 1;
        self.note_plan_again(&fresh, now);
        self.ask_or_write(&fresh, now);
        true
    }

    /// The unit that was read is still the one that the job belongs to: what was read counts.
    pub(super) fn identified_after(&mut self, identity: &Identity, now: Now) {
        if !self.same_unit(identity, now) {
            return;
        }
        let Some((reading, unproved)) = self.bench.proof.take() else {
            return;
        };
        if self.history.bench.restore.is_some() {
            return self.put_back_done(now);
        }
        self.record_proof(&reading, unproved, now);
    }

    /// Why a unit that was accepted as a whole is not green.
    pub(super) fn note_about_proof(&self) -> Option<Fault> {
        if !self.history.bench.wrote || self.was_restarted() {
            return None;
        }
        let settings = self.never_shown();
        Some(if settings.is_empty() {
            Fault::PowerCycleNeeded
        } else {
            Fault::NeverShown { settings }
        })
    }

    /// Labels of what was written, where no power cut will ever bring a proof of any of it.
    fn never_shown(&self) -> Vec<String> {
        let Some(variant) = self.variant() else {
            return Vec::new();
        };
        let changes = &self.history.bench.changes;
        let is_hidden = |line: &ShownChange| {
            let setting = self.setup.profile.setting_on(variant, &line.key);
            setting.is_ok_and(|setting| !setting.readable)
        };
        if !changes.iter().all(is_hidden) {
            return Vec::new();
        }
        let mut labels: Vec<String> = Vec::new();
        for line in changes {
            if !labels.contains(&line.label) {
                labels.push(line.label.clone());
            }
        }
        labels
    }

    /// Labels of settings, for texts.
    pub(super) fn labels(&self, keys: &[SettingKey]) -> Vec<String> {
        let label = |key: &SettingKey| {
            let setting = self.setup.profile.setting(key);
            setting.map_or_else(|| key.to_string(), |setting| setting.label.clone())
        };
        keys.iter().map(label).collect()
    }
}
