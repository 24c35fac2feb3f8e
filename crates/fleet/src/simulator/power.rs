//! Power, cable and port of a simulated unit, and what its flash does while nobody looks.

use super::faults::SimulatorFault as Fault;
use super::identity::SimulatedIdentity;
use super::unit::{Action, SimulatedUnit, SimulatorEvent};
use crate::Moment;
use std::sync::Arc;

/// How long a unit in a restart loop stays, milliseconds.
const LOOP_STAYS_MS: (u64, u64) = (400, 900);

impl SimulatedUnit {
    /// Power is cut and comes back at once: a restart that nobody asked for.
    pub fn cut_power(&mut self, now: Moment) {
        self.timeout(now);
        self.power_off(now);
    }

    /// The cable comes out. The unit itself stays powered.
    pub fn unplug(&mut self, now: Moment) {
        self.timeout(now);
        self.cable = false;
        self.line.clear();
        self.agenda
            .retain(|_, action| !matches!(action, Action::Say { .. }));
        self.show_port();
    }

    /// The cable is put back.
    pub fn plug(&mut self, now: Moment) {
        self.timeout(now);
        self.cable = true;
        self.last_reply_at = now;
        self.show_port();
    }

    /// Whether its port is there.
    #[must_use]
    pub fn port_is_there(&self) -> bool {
        self.cable
            && (self.powered
                || !self
                    .profile
                    .restart
                    .as_ref()
                    .is_some_and(|restart| restart.port_vanishes))
    }

    pub(super) fn power_off(&mut self, at: Moment) {
        self.line.clear();
        self.hearing.clear();
        self.endless = false;
        self.agenda
            .retain(|_, action| matches!(action, Action::Report | Action::PlugIn));
        self.powered = false;
        self.memory.restart();
        self.lock.restart(&Arc::clone(&self.profile));
        self.show_port();
        if !self.speech.has(Fault::NeverReturns) {
            let restart_ms = self
                .random
                .between(self.profile.simulator.restart_ms)
                .max(1);
            self.account(at, at.plus_ms(restart_ms));
            self.plan(at.plus_ms(restart_ms), Action::PowerOn);
        }
    }

    pub(super) fn power_on(&mut self, at: Moment) {
        self.powered = true;
        self.last_reply_at = at;
        self.starting_until = at.plus_ms(self.profile.simulator.restart_ms.0 / 10);
        self.flash_faults();
        if self.speech.happens_once(Fault::OtherUnit)
            && let Ok(other) = SimulatedIdentity::new(
                &self.profile.id,
                &self.model,
                self.seed,
                self.number.wrapping_add(500_000),
            )
        {
            self.voice.take_identity(&other);
            self.identity = other;
        }
        if self.speech.has(Fault::RestartLoop) {
            let stays_ms = self.random.between(LOOP_STAYS_MS);
            self.plan(at.plus_ms(stays_ms), Action::PowerOff);
        }
        self.tell(SimulatorEvent::Restarted);
        self.show_port();
    }

    /// What faulty flash does at a start.
    pub(super) fn flash_faults(&mut self) {
        let wrong_once = self.speech.has(Fault::KeepsWrongValueOnce) && !self.kept_wrong_once;
        if (wrong_once || self.speech.has(Fault::KeepsWrongValue))
            && let Some(place) = self.memory.written_place()
        {
            self.kept_wrong_once = true;
            let text = self.memory.other(&place);
            self.memory.set(&place, &text);
        }
        if self.speech.has(Fault::ChangesByItself)
            && let Some(place) = self.memory.unwritten_place()
        {
            let text = self.memory.other(&place);
            self.memory.set(&place, &text);
        }
    }

    pub(super) fn show_port(&mut self) {
        let there = self.port_is_there();
        if there != self.port_was_there {
            self.port_was_there = there;
            if !there {
                self.line.clear();
            }
            self.tell(if there {
                SimulatorEvent::PortBack
            } else {
                SimulatorEvent::PortVanished
            });
        }
    }
}
