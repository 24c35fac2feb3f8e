//! Lost connections, absent units and failed exchanges: wait, identify, and go on by the rule of the state.

use super::machine::Job;
use super::phase::Phase;
use super::{Effect, Now, Operation, Progress};
use crate::fault::{Fault, UnitCondition};
use crate::reading::Identity;

/// How long a pulled cable is waited for in one run.
const LONGEST_CABLE_OUT_MS: u64 = 120_000;
/// Failed exchanges in a row, while values stand half written, after which the old ones are put back.
const MOST_SETBACKS: u32 = 2;
/// Lost connections in one run.
const MOST_LOSSES: u32 = 10;
/// Returns in one run, each followed by another loss, that make a restart loop.
const LOOPING_RETURNS: u32 = 2;

impl Job {
    /// The connection is gone. A unit that `is_there_again` on another one is led to the next safe point also when a person wants it stopped.
    pub(super) fn lost(&mut self, is_there_again: bool, now: Now) {
        self.bench.connected = false;
        self.bench.losses += 1;
        if self.bench.losses > MOST_LOSSES {
            return self.hopeless(Fault::RestartLoop, now);
        }
        let Some(identity) = self.bench.identity.clone() else {
            return;
        };
        if self.stop.is_some() && !is_there_again {
            return self.unit_absent(now);
        }
        self.show(Progress::WaitingForUnit);
        self.phase = Phase::AwaitingUnit;
        self.out.push(Effect::AwaitUnit {
            identity: Box::new(identity),
            longest_ms: LONGEST_CABLE_OUT_MS,
            usual_ms: 0,
            restarting: false,
            port_tells: false,
        });
    }

    pub(super) fn unit_back(&mut self, identity: Identity, connection: u64, now: Now) {
        let phase = self.phase;
        if !matches!(phase, Phase::AwaitingUnit | Phase::AwaitingRestart) {
            return;
        }
        self.bench.connected = true;
        self.bench.connection = connection;
        self.bench.returns += 1;
        if !self.same_unit(&identity, now) {
            return;
        }
        if phase == Phase::AwaitingRestart {
            self.restarted(now);
        } else {
            self.go_on_with_unit(now);
        }
    }

    /// Everything is read again; what follows is decided by the state that the journal tells.
    fn go_on_with_unit(&mut self, now: Now) {
        if self.history.opened.is_none() {
            return self.run(Operation::Identify, Phase::IdentifyingAtStart);
        }
        if self.must_be_registered_first() {
            return self.register(now);
        }
        self.learn_code_and_read();
    }

    pub(super) fn unit_absent(&mut self, now: Now) {
        self.bench.connected = false;
        match self.phase {
            Phase::AwaitingRestart => self.park(Fault::DidNotComeBack, now),
            _ if self.stop.is_some() && !self.history.bench.wrote => self.cancel(now),
            _ => self.park(Fault::PortVanished, now),
        }
    }

    /// The program ends: that the unit did not come back cannot be said of it.
    pub(super) fn nobody_looks(&mut self, now: Now) {
        if self.phase != Phase::AwaitingRestart {
            return self.unit_absent(now);
        }
        self.bench.connected = false;
        self.park(Fault::Cancelled, now);
    }

    /// Its port is there and it does not answer: it hangs, or it starts again and again.
    pub(super) fn unit_silent(&mut self, now: Now) {
        let asked = self.bench.restarts_asked > 0 || self.history.bench.wrote;
        if self.stop.is_some() || !asked {
            return self.unit_absent(now);
        }
        self.bench.connected = false;
        if self.bench.returns >= LOOPING_RETURNS {
            return self.hopeless(Fault::RestartLoop, now);
        }
        self.park(Fault::DidNotComeBack, now);
    }

    /// An exchange failed for good. Before the first write that stops the unit as it is. After it, the work is tried again from
    /// what the unit then shows, and at last the old settings are put back.
    pub(super) fn operation_failed(&mut self, fault: Fault, now: Now) {
        if matches!(fault, Fault::OtherUnit { .. } | Fault::PortVanished) {
            self.bench.connected = false;
            return self.park(fault, now);
        }
        if fault.needs_person() {
            return self.park(fault, now);
        }
        if matches!(fault, Fault::InventoryFailed { .. }) {
            let ending = self.ending_with(Some(fault));
            return self.end(ending);
        }
        if !self.history.bench.wrote {
            return self.fail(fault, now);
        }
        self.bench.setbacks += 1;
        if self.bench.setbacks <= MOST_SETBACKS {
            return self.run(Operation::ReadAll, Phase::Reading { again: false });
        }
        if self.history.bench.restore.is_some() {
            self.hopeless(self.why_restored(), now);
        } else {
            self.put_back(fault, now);
        }
    }

    /// Nothing more can be done for the unit here.
    fn hopeless(&mut self, fault: Fault, now: Now) {
        if !self.history.bench.wrote {
            return self.fail(fault, now);
        }
        let why = "the unit does not answer long enough".to_owned();
        self.not_restored(why, fault, now);
    }

    /// What the unit holds when the job is put aside now.
    pub(super) fn condition_now(&self) -> UnitCondition {
        let known = self.history.bench.proved.is_some() || !self.history.bench.wrote;
        if known || self.bench.connected {
            self.condition()
        } else {
            UnitCondition::NotKnown
        }
    }
}
