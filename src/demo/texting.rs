//! Text messages between the pretend carrier and the pretend units: a unit gets what the carrier brings to it, and what it says back
//! goes to the carrier.
//!
//! What a unit makes of a message is `fleet::simulator`'s business. Nothing here knows what the program sent or why.

use carrier::sandbox::SandboxHandle;
use fleet::Moment;
use fleet::simulator::SimulatedUnit;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

/// A simulated unit as the carrier's network meets it, plugged into a bench or not.
#[derive(Clone)]
pub struct OnAir {
    unit: Arc<Mutex<SimulatedUnit>>,
    start: Instant,
    /// The SIM in it, whether the unit tells its number or not.
    sim: Option<String>,
    /// Nobody else lets its time pass.
    alone: bool,
}

impl OnAir {
    /// One that is in no port: a unit in a vehicle, with this SIM in it.
    #[must_use]
    pub fn in_a_vehicle(unit: SimulatedUnit, sim: Option<&str>) -> Self {
        Self {
            sim: sim.or(unit.iccid()).map(str::to_owned),
            unit: Arc::new(Mutex::new(unit)),
            start: Instant::now(),
            alone: true,
        }
    }

    /// One that also stands in a port.
    pub(super) fn plugged(unit: Arc<Mutex<SimulatedUnit>>, start: Instant) -> Self {
        let sim = {
            let unit = unit.lock().unwrap_or_else(PoisonError::into_inner);
            unit.iccid().map(str::to_owned)
        };
        Self {
            unit,
            start,
            sim,
            alone: false,
        }
    }

    /// Looks at the unit from outside, as somebody with a soldering iron could.
    pub fn look<T>(&self, look: impl FnOnce(&SimulatedUnit) -> T) -> T {
        look(&self.unit.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn is_meant(&self, message: &carrier::sandbox::Arrived) -> bool {
        self.look(|unit| {
            let numbers: Vec<&str> = [unit.imei(), unit.meid()].into_iter().flatten().collect();
            message.is_for(&numbers, self.sim.as_deref())
        })
    }

    /// Hands a message to the unit; `None` is silence.
    fn tell(&self, text: &str) -> Option<String> {
        let now = Moment(u64::try_from(self.start.elapsed().as_millis()).unwrap_or(u64::MAX));
        let mut unit = self.unit.lock().unwrap_or_else(PoisonError::into_inner);
        let answer = unit.text_message(text, now);
        if self.alone {
            while unit.take_outgoing(now).is_some() {}
            while unit.next_event().is_some() {}
        }
        answer
    }
}

/// Brings every message that has arrived since the last time to its unit, and what the unit says back to the carrier.
pub fn carry_texts(sandbox: &SandboxHandle, units: &[OnAir]) {
    for message in sandbox.take_arrived() {
        let Some(unit) = units.iter().find(|unit| unit.is_meant(&message)) else {
            continue;
        };
        let Some(answer) = unit.tell(&message.text) else {
            continue;
        };
        if let Err(error) = sandbox.answer(&message, &answer) {
            tracing::warn!(error, "what a pretend unit says is lost");
        }
    }
}
