//! What a SIM's details say about a wish of ours: whether it holds it, contradicts it, or knows nothing of it.

use super::wire::{ACTIVATED, Device};
use fleet::UnitId;
use fleet::registration::{CarrierUnit, RegistrationIntent, SubscriptionState};

/// The registration that the SIM holds, seen from an intent; `None` when it holds none that matters.
///
/// `test_ready` says that standing ready is all that was asked for. A SIM becomes active by itself after a little use, and may lie deactivated with an older reference: neither is a registration.
pub(super) fn held(
    device: &Device,
    intent: &RegistrationIntent,
    test_ready: bool,
) -> Option<CarrierUnit> {
    let mut unit = device.carrier_unit();
    if !matches!(intent.unit, UnitId::Imei(_)) {
        // The network knows units by IMEI only: another kind of number cannot be compared.
        unit.device_id = None;
    }
    if is_ours(device, intent) {
        let stands_ready = test_ready && unit.state == SubscriptionState::TestReady;
        let not_yet = matches!(
            unit.state,
            SubscriptionState::TestReady | SubscriptionState::Held
        );
        if not_yet && !stands_ready {
            unit.state = SubscriptionState::Pending;
        }
        return Some(unit);
    }
    (device.reference().is_some() && device.is(ACTIVATED)).then_some(unit)
}

/// Whether the SIM carries this very intent's reference.
pub(super) fn is_ours(device: &Device, intent: &RegistrationIntent) -> bool {
    device.reference() == Some(intent.client_reference)
}

/// Whether the network saw the SIM in another unit than the intent's.
pub(super) fn other_unit(device: &Device, intent: &RegistrationIntent) -> bool {
    match (&intent.unit, device.imei()) {
        (UnitId::Imei(ours), Some(theirs)) => *ours != theirs,
        _ => false,
    }
}

/// What was asked of a SIM and is waited for; stands in for the transaction that the service does not have.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Awaited {
    pub(super) iccid: String,
    member: Member,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Member {
    Status(String),
    RatePlan(String),
}

impl Awaited {
    pub(super) fn status(iccid: &str, status: &str) -> Self {
        Self {
            iccid: iccid.to_owned(),
            member: Member::Status(status.to_owned()),
        }
    }

    pub(super) fn rate_plan(iccid: &str, plan: &str) -> Self {
        Self {
            iccid: iccid.to_owned(),
            member: Member::RatePlan(plan.to_owned()),
        }
    }

    pub(super) fn handle(&self) -> String {
        let (name, value) = match &self.member {
            Member::Status(status) => ("status", status),
            Member::RatePlan(plan) => ("ratePlan", plan),
        };
        format!("{}?{name}={value}", self.iccid)
    }

    pub(super) fn parse(handle: &str) -> Option<Self> {
        let (iccid, rest) = handle.split_once('?')?;
        let (name, value) = rest.split_once('=')?;
        match name {
            "status" => Some(Self::status(iccid, value)),
            "ratePlan" => Some(Self::rate_plan(iccid, value)),
            _ => None,
        }
    }

    pub(super) fn is_reached(&self, device: &Device) -> bool {
        match &self.member {
            Member::Status(status) => device.is(status),
            Member::RatePlan(plan) => device.rate_plan.as_deref() == Some(plan),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_handle_is_read_as_it_was_written() {
        for awaited in [
            Awaited::status("89012600000000000011", ACTIVATED),
            Awaited::rate_plan("89012600000000000011", "GPS 5MB = ?"),
        ] {
            assert_eq!(Awaited::parse(&awaited.handle()), Some(awaited));
        }
        for text in ["", "T20260302-000231", "8901?colour=red"] {
            assert_eq!(Awaited::parse(text), None);
        }
    }
}
