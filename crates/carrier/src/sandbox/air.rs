//! What the pretend network brings to units and takes from them, for whoever plays the units: each message once, in its order.

use super::SandboxHandle;
use super::ledger::LedgerLine;
use jiff::Timestamp;
use std::collections::BTreeSet;

/// A message that reached a unit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Arrived {
    /// The carrier's number for it.
    pub number: String,
    /// The unit as the carrier knows it, where it knows units by their device.
    pub device_id: Option<String>,
    /// The same by its SIM.
    pub iccid: Option<String>,
    /// What it says.
    pub text: String,
}

impl Arrived {
    /// Whether it is for the unit that has one of these numbers.
    #[must_use]
    pub fn is_for(&self, device_ids: &[&str], iccid: Option<&str>) -> bool {
        let device = self.device_id.as_deref();
        let by_device = device.is_some_and(|device| device_ids.contains(&device));
        by_device || (iccid.is_some() && self.iccid.as_deref() == iccid)
    }
}

/// Which messages were handed out already.
#[derive(Debug, Default)]
pub(super) struct HandedOut(BTreeSet<String>);

impl HandedOut {
    /// Those that were not handed out before.
    pub(super) fn first_time(&mut self, mut arrived: Vec<Arrived>) -> Vec<Arrived> {
        arrived.retain(|each| self.0.insert(each.number.clone()));
        arrived
    }
}

impl SandboxHandle {
    /// Messages that reached their units since the last time.
    #[must_use]
    pub fn take_arrived(&self) -> Vec<Arrived> {
        self.desk.take_arrived(Timestamp::now())
    }

    /// What a unit sends back to a message. Only the contract that gives answers shows it.
    ///
    /// # Errors
    /// When the ledger cannot be written.
    pub fn answer(&self, message: &Arrived, text: &str) -> Result<(), String> {
        self.desk.enter(LedgerLine::UnitAnswered {
            at: Timestamp::now(),
            message: message.number.clone(),
            text: text.to_owned(),
        })
    }
}
