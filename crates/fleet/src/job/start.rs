//! From a unit that answers to a plan: who is it, what does it hold, what has to change, may it.

use super::history::BenchStage;
use super::image::to_blob;
use super::machine::Job;
use super::phase::{AfterClosing, Phase};
use super::{Effect, Now, Operation, Progress};
use crate::fault::Fault;
use crate::journal::JobEvent;
use crate::plan::{Plan, ShownChange};
use crate::reading::{Identity, Reading};
use std::collections::BTreeMap;

impl Job {
    pub(super) fn start(&mut self, identity: Identity, connection: u64, now: Now) {
        if self.ended_before() || self.phase != Phase::Fresh {
            return;
        }
        self.bench.connected = true;
        self.bench.connection = connection;
        if let Some(opened) = &self.history.opened
            && !opened.identity.is_same_unit(&identity)
        {
            let fault = other_unit(&opened.identity, &identity);
            self.bench.connected = false;
            return self.park(fault, now);
        }
        self.bench.identity = Some(identity);
        // One that was told its number is not told again by the same job: its code does not leave a second time.
        let opened = self.history.opened.as_ref();
        let told = opened.is_some_and(|opened| opened.registers_first);
        if (self.setup.template.is_none() || told) && self.history.bench.proved.is_some() {
            return self.close(AfterClosing::Register, now);
        }
        self.run(Operation::Identify, Phase::IdentifyingAtStart);
    }

    /// The same unit said its name twice: only now the job is one.
    pub(super) fn identified_at_start(&mut self, identity: Identity, now: Now) {
        if !self.same_unit(&identity, now) {
            return;
        }
        if self.stop.is_some() && !self.history.bench.wrote {
            return self.cancel(now);
        }
        let Some(identity) = self.bench.identity.clone() else {
            return;
        };
        let Some(template) = self.setup.template.clone() else {
            let detail = "there is no template for this unit any more".to_owned();
            return self.fail(Fault::Internal { detail }, now);
        };
        let event = JobEvent::Opened {
            identity: Box::new(identity.clone()),
            profile_sha256: self.setup.profile.sha256().to_owned(),
            profile_confirmed_by: self.setup.profile_confirmed_by.clone(),
            template: template.name.clone(),
            template_version: template.version,
            connection: self.bench.connection,
            registration: self.setup.registration.clone(),
            registers_first: self.wants_to_register_first(),
        };
        self.note(event, now);
        if self.registers_first() {
            return self.begin_registering(&identity, &template, now);
        }
        self.show(Progress::Reading);
        self.run(Operation::ReadAll, Phase::Reading { again: false });
    }

    /// Whether it is the job's unit. Another one parks the job and nothing is written to it.
    pub(super) fn same_unit(&mut self, found: &Identity, now: Now) -> bool {
        let Some(expected) = &mut self.bench.identity else {
            self.bench.identity = Some(found.clone());
            return true;
        };
        if !expected.is_same_unit(found) {
            let fault = other_unit(expected, found);
            // Not even a polite end is said to a unit that is not ours.
            self.bench.connected = false;
            self.park(fault, now);
            return false;
        }
        // What a unit does not tell every time (an ICCID from its log) is kept from the time when it did.
        let mut merged = found.clone();
        merged.id.clone_from(&expected.id);
        merged.imei = merged.imei.or(expected.imei.take());
        merged.meid = merged.meid.or(expected.meid.take());
        merged.iccid = merged.iccid.or(expected.iccid.take());
        merged.iccid_text = merged.iccid_text.or(expected.iccid_text.take());
        *expected = merged;
        true
    }

    pub(super) fn read(&mut self, reading: Reading, again: bool, now: Now) {
        if self.stop.is_some() && !self.history.bench.wrote {
            // What was read is worth keeping all the same.
            self.bench.image = Some(reading).filter(|reading| reading.complete);
            return self.cancel(now);
        }
        if !reading.complete && !again {
            return self.run(Operation::ReadAll, Phase::Reading { again: true });
        }
        let (Some(template), Some(identity)) = (self.template(), self.bench.identity.clone())
        else {
            return;
        };
        let computed = Plan::compute(&self.setup.profile, &identity, &reading, &template);
        if !again && self.left_something_out(&computed) {
            return self.run(Operation::ReadAll, Phase::Reading { again: true });
        }
        if self.history.bench.restore.is_some() {
            self.bench.plan = computed.ok();
            return self.restore_again(now);
        }
        let mut plan = match computed {
            Ok(plan) => plan,
            Err(fault) if self.history.bench.wrote => return self.put_back(fault, now),
            Err(fault) => {
                self.bench.image = Some(reading);
                return self.fail(fault, now);
            }
        };
        if let Some(image) = &self.bench.image {
            for expected in &mut plan.expected {
                expected.was_shown |= image.get(&expected.place).is_some();
            }
        }
        self.bench.plan = Some(plan.clone());
        if self.history.bench.wrote {
            if self.history.bench.stage == BenchStage::Verifying {
                return self.verify(reading, now);
            }
            self.note_plan_again(&plan, now);
        } else {
            self.note_image_and_plan(reading.clone(), &plan, now);
        }
        if plan.is_empty() && !self.history.bench.wrote {
            self.bench.proof = Some((reading, Vec::new()));
            return self.run(Operation::Identify, Phase::IdentifyingAfter);
        }
        self.ask_or_write(&plan, now);
    }

    /// Whether the reading lacks a setting that the model has: one damaged answer must not make it a setting that the unit lacks.
    fn left_something_out(&self, computed: &Result<Plan, Fault>) -> bool {
        let Some(variant) = self.variant() else {
            return false;
        };
        match computed {
            Ok(plan) => {
                let here = |key| self.setup.profile.setting_on(variant, key).is_ok();
                plan.skipped.iter().any(|skipped| here(&skipped.key))
            }
            Err(fault) => matches!(fault, Fault::SettingNotAvailable { .. }),
        }
    }

    fn note_image_and_plan(&mut self, reading: Reading, plan: &Plan, now: Now) {
        let (sha256, bytes) = to_blob(&reading);
        let complete = reading.complete
            && plan.changes.iter().all(|change| {
                change.writes.iter().all(|write| {
                    let secret = reading.secret_places.contains(&write.place);
                    write
                        .before
                        .as_ref()
                        .is_some_and(|before| !secret || before.is_empty())
                })
            });
        self.bench.image = Some(reading);
        let plan_sha256 = plan.sha256();
        let bench = &self.history.bench;
        let same = bench.stage == BenchStage::Planned
            && bench.image_sha256.as_ref() == Some(&sha256)
            && bench.plan_sha256.as_ref() == Some(&plan_sha256);
        if !same {
            self.out.push(Effect::KeepBlob {
                sha256: sha256.clone(),
                bytes,
            });
            self.note(JobEvent::BeforeImage { sha256, complete }, now);
            self.note(planned(plan, plan.shown(), plan_sha256), now);
        }
        self.show(Progress::Planned(plan.shown()));
    }

    /// After a crash or a pulled cable in the middle of writing: what is left must be part of what was planned; else the journal
    /// says anew what will change.
    pub(super) fn note_plan_again(&mut self, plan: &Plan, now: Now) {
        let known = &self.history.bench.changes;
        let same_line = |one: &ShownChange, other: &ShownChange| {
            one.key == other.key && one.label == other.label
        };
        let left = plan.shown();
        let foreseen = left.iter().all(|line| {
            known
                .iter()
                .any(|other| same_line(line, other) && line.after == other.after)
        });
        if foreseen {
            return;
        }
        let mut changes = known.clone();
        for line in left {
            match changes.iter_mut().find(|other| same_line(&line, other)) {
                Some(other) => other.after = line.after,
                None => changes.push(line),
            }
        }
        let plan_sha256 = plan.sha256();
        self.note(planned(plan, changes, plan_sha256), now);
    }

    pub(super) fn ask_or_write(&mut self, plan: &Plan, now: Now) {
        if plan.guarded().next().is_some() && !self.history.bench.approved {
            match self.setup.approved_by.clone() {
                Some(by) => self.note(JobEvent::Approved { by }, now),
                None => {
                    self.phase = Phase::Approving;
                    self.out.push(Effect::AskApproval(plan.clone()));
                    return;
                }
            }
        }
        self.write(plan.groups(), now);
    }

    pub(super) fn approved(&mut self, by: String, now: Now) {
        self.note(JobEvent::Approved { by }, now);
        let Some(plan) = self.bench.plan.clone() else {
            return;
        };
        self.write(plan.groups(), now);
    }

    pub(super) fn not_approved(&mut self, now: Now) {
        let guarded = self.bench.plan.iter().flat_map(Plan::guarded);
        let settings = guarded.map(|change| change.label.clone()).collect();
        self.park(Fault::ApprovalNeeded { settings }, now);
    }
}

fn planned(plan: &Plan, changes: Vec<ShownChange>, plan_sha256: String) -> JobEvent {
    let already_right: BTreeMap<_, _> = plan
        .already_right
        .iter()
        .map(|(key, value)| (key.clone(), value.into()))
        .collect();
    JobEvent::Planned {
        plan_sha256,
        changes,
        already_right,
        not_readable: plan.not_readable.clone(),
        skipped: plan.skipped.clone(),
    }
}

fn other_unit(expected: &Identity, found: &Identity) -> Fault {
    Fault::OtherUnit {
        expected: expected.id.to_string(),
        found: found.id.to_string(),
    }
}
