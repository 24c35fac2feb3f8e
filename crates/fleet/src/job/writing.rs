//! From a plan to a unit that has saved it and comes back: groups with intent and result, save, restart.

use super::codes::MOST_CODES;
use super::machine::Job;
use super::phase::Phase;
use super::{Effect, Now, Operation, Progress};
use crate::fault::Fault;
use crate::journal::JobEvent;
use crate::plan::{PlaceWrite, grouped};
use crate::profile::{Access, Place, Save};
use crate::reading::{Identity, Reading};

/// How often a unit is asked to restart before it is taken for one that does not obey.
const MOST_RESTART_REQUESTS: u32 = 2;

impl Job {
    /// Writes `groups`, then saves and restarts, also when there are none left to write: what was written before may not be saved.
    pub(super) fn write(&mut self, groups: Vec<Vec<PlaceWrite>>, now: Now) {
        self.bench.round = self.bench.round.max(self.history.bench.round);
        self.bench.queue = groups.into();
        self.next_group(now);
    }

    fn next_group(&mut self, now: Now) {
        let Some(group) = self.bench.queue.pop_front() else {
            return self.before_save(now);
        };
        if let Access::ServiceCode { exchange } = &self.setup.profile.access
            && self.history.bench.code_left
        {
            let fault = self.why_no_code(exchange.clone());
            return self.park(fault, now);
        }
        if self.history.bench.restore.is_none() {
            let event = JobEvent::WriteIntent {
                group: self.history.bench.next_group,
                round: self.bench.round,
                places: group.iter().map(|write| write.place.to_string()).collect(),
            };
            self.note(event, now);
            self.show_setting();
        }
        self.bench.current.clone_from(&group);
        self.run(Operation::Write(group), Phase::Writing);
    }

    /// A code left with an intent, of this job or an earlier one: it does not leave a second time, unless a person gives another one.
    fn why_no_code(&self, exchange: String) -> Fault {
        if self.history.bench.codes_left >= MOST_CODES {
            Fault::CodeRefused {
                tries_left: Some(0),
            }
        } else if self.history.bench.code_refused {
            Fault::CodeRefused { tries_left: None }
        } else {
            Fault::OneShotUnknown { exchange }
        }
    }

    fn show_setting(&mut self) {
        let Some(plan) = &self.bench.plan else { return };
        let of = self.history.bench.changes.len();
        let left = plan.changes.iter().filter(|change| {
            change
                .writes
                .iter()
                .any(|write| !self.bench.written.contains(&write.place))
        });
        let done = of.saturating_sub(left.count());
        self.show(Progress::Setting { done, of });
    }

    /// An acknowledgement proves nothing, and neither does a refusal: some units say no and take the value.
    pub(super) fn written(&mut self, refused: &[Place], now: Now) {
        let places = self.bench.current.iter().map(|write| write.place.clone());
        self.bench.written.extend(places);
        if self.history.bench.restore.is_some() {
            return self.next_group(now);
        }
        let event = JobEvent::WriteResult {
            group: self.history.bench.next_group.saturating_sub(1),
            round: self.history.bench.round,
            refused: refused.iter().map(ToString::to_string).collect(),
        };
        self.note(event, now);
        if refused.is_empty() {
            return self.next_group(now);
        }
        self.bench
            .current
            .retain(|write| refused.contains(&write.place));
        self.run(Operation::ReadAll, Phase::CheckingRefusal);
    }

    /// Refused places that hold their values all the same were not refused. The others end the writing.
    pub(super) fn refusal_checked(&mut self, reading: &Reading, now: Now) {
        let (Some(plan), Some(identity)) = (&self.bench.plan, &self.bench.identity) else {
            return;
        };
        let proof = plan.check(&self.setup.profile, identity, reading);
        let mut labels: Vec<String> = Vec::new();
        for write in &self.bench.current {
            let expected = plan.expected.iter().find(|each| each.place == write.place);
            let holds = expected.is_some_and(|expected| {
                let wrong = proof
                    .repairs
                    .iter()
                    .any(|repair| repair.place == write.place);
                expected.provable && reading.get(&write.place).is_some() && !wrong
            });
            let label = expected.map_or_else(|| write.place.to_string(), |each| each.label.clone());
            if !holds && !labels.contains(&label) {
                labels.push(label);
            }
        }
        let said = std::mem::take(&mut self.bench.said).join(", ");
        if labels.is_empty() {
            self.next_group(now);
        } else {
            if let Some(last) = labels.last_mut().filter(|_| !said.is_empty()) {
                *last = format!("{last} and said '{said}'");
            }
            self.put_back(Fault::ValuesRefused { settings: labels }, now);
        }
    }

    /// Write again only what was wrong.
    pub(super) fn repair(&mut self, repairs: &[PlaceWrite], now: Now) {
        self.bench.round = self.history.bench.round + 1;
        for write in repairs {
            self.bench.written.remove(&write.place);
        }
        self.write(grouped(repairs), now);
    }

    fn before_save(&mut self, now: Now) {
        self.note(
            JobEvent::SaveIntent {
                round: self.history.bench.round,
            },
            now,
        );
        if self.history.bench.restore.is_none() {
            self.show(Progress::Saving);
        }
        self.run(Operation::Identify, Phase::IdentifyingBeforeSave);
    }

    pub(super) fn identified_before_save(&mut self, identity: &Identity, now: Now) {
        if !self.same_unit(identity, now) {
            return;
        }
        match self.setup.profile.save {
            Save::Exchange { .. } => self.run(Operation::Save, Phase::Saving),
            Save::Nothing => self.saved(now),
        }
    }

    pub(super) fn saved(&mut self, _now: Now) {
        self.bench.restarts_asked = 0;
        self.restart_or_read();
    }

    fn restart_or_read(&mut self) {
        match &self.setup.profile.restart {
            Some(restart) if restart.exchange.is_some() => {
                let usual_ms = restart.usual_ms;
                if self.history.bench.restore.is_none() {
                    self.show(Progress::Restarting { usual_ms });
                }
                self.bench.restarts_asked += 1;
                self.run(Operation::Restart, Phase::Restarting);
            }
            // Only a person can restart it. What is read now may still be volatile, so the verdict will be 'not verified'.
            _ => self.read_all_back(),
        }
    }

    /// A port that goes away is a cable that was pulled, unless its family's do so or the unit said that it restarts: a unit with power of
    /// its own would go on, and show what it never saved.
    pub(super) fn restart_sent(&mut self, acknowledged: bool) {
        let (Some(identity), Some(restart)) = (&self.bench.identity, &self.setup.profile.restart)
        else {
            return;
        };
        self.phase = Phase::AwaitingRestart;
        self.out.push(Effect::AwaitUnit {
            identity: Box::new(identity.clone()),
            longest_ms: restart.longest_ms,
            usual_ms: restart.usual_ms,
            restarting: true,
            port_tells: acknowledged || restart.port_vanishes,
        });
    }

    pub(super) fn restarted(&mut self, now: Now) {
        let event = JobEvent::Restarted {
            round: self.history.bench.round,
            connection: self.bench.connection,
        };
        self.note(event, now);
        self.bench.restart_unseen = false;
        self.read_all_back();
    }

    /// The request may have been lost: it is made once more. A unit that still was not seen to restart is read all the same, but
    /// what it shows may stand in its volatile memory only, so it is not proved.
    pub(super) fn not_restarted(&mut self, identity: Identity, connection: u64, now: Now) {
        if self.phase != Phase::AwaitingRestart {
            return self.unit_back(identity, connection, now);
        }
        self.bench.connected = true;
        self.bench.connection = connection;
        if !self.same_unit(&identity, now) {
            return;
        }
        if self.bench.restarts_asked < MOST_RESTART_REQUESTS {
            return self.restart_or_read();
        }
        self.bench.restart_unseen = true;
        self.read_all_back();
    }

    fn read_all_back(&mut self) {
        if self.history.bench.restore.is_none() {
            let of = self.history.bench.changes.len();
            self.show(Progress::Checking { done: 0, of });
        }
        self.run(Operation::ReadAll, Phase::ReadingBack { again: false });
    }

    /// Whether a restart stands between writing and reading back.
    pub(super) fn was_restarted(&self) -> bool {
        let restart = self.setup.profile.restart.as_ref();
        restart.is_some_and(|restart| restart.exchange.is_some()) && !self.bench.restart_unseen
    }
}
