//! A pretend office for the tests: a sandbox, an account at it, units to register.

use crate::contract::Contract;
use carrier::sandbox::{LedgerLine, SandboxConfig, SandboxHandle, Switches, serve};
use carrier::{AccountSettings, Carrier, CarrierKind};
use fleet::registration::{CarrierUnit, RegistrationIntent, RegistrationOutcome, Rejection};
use fleet::{Iccid, Imei, Meid, UnitId};
use uuid::Uuid;

pub const RATE_PLAN: &str = "GPS 1MB";
pub const PLAN: &str = "M2MGPS5";

pub struct Office {
    kind: CarrierKind,
    pub sandbox: SandboxHandle,
    pub carrier: Carrier,
}

impl Office {
    pub async fn open(switches: Switches) -> Self {
        Self::with(SandboxConfig {
            switches,
            ..SandboxConfig::default()
        })
        .await
    }

    /// A pretend office whose account is at Control Center.
    pub async fn at_control_center(switches: Switches) -> Self {
        Self::with(SandboxConfig {
            kind: CarrierKind::ControlCenter,
            switches,
            ..SandboxConfig::default()
        })
        .await
    }

    pub async fn with(config: SandboxConfig) -> Self {
        let kind = config.kind;
        let sandbox = serve(config).await.unwrap();
        let carrier = Carrier::new(settings(&sandbox.base_url())).unwrap();
        Self {
            kind,
            sandbox,
            carrier,
        }
    }

    pub async fn register(&self, intent: &RegistrationIntent) -> RegistrationOutcome {
        self.carrier.register(intent).await
    }

    /// How often the ledger says that this device was registered.
    pub fn registrations_of(&self, intent: &RegistrationIntent) -> usize {
        let device = intent.unit.as_str();
        let lines = self.sandbox.ledger();
        lines.iter().filter(|line| matches!(line, LedgerLine::Registered { device_id, .. } if device_id == device)).count()
    }

    /// Holds all that was said against the contract; every test of well-behaved answers ends here.
    pub async fn close(self) {
        let contract = Contract::load(self.kind);
        let traffic = self.sandbox.traffic();
        for exchange in &traffic {
            contract.check(exchange);
        }
        self.sandbox.stop().await;
    }
}

/// The sandbox's account with pauses that tests can afford.
pub fn settings(base_url: &str) -> AccountSettings {
    let mut settings = AccountSettings::sandbox(base_url);
    settings.limits.read_pause_ms = 1;
    settings.limits.calls_per_second = 1_000;
    settings
}

pub fn switches() -> Switches {
    Switches {
        activation_delay_ms: 0,
        ..Switches::default()
    }
}

/// Number `n` of a row of LTE units with SIMs.
pub fn lte(n: u32) -> RegistrationIntent {
    // With a software version behind the fourteen digits, so that the identifier makes the check digit itself.
    let unit = UnitId::Imei(Imei::from_imeisv(&format!("356868000{n:05}00")).unwrap());
    let iccid = Iccid::parse(&format!("8901120000000000{n:04}")).unwrap();
    intent(unit, Some(iccid))
}

/// The same unit with a plan that Control Center has.
pub fn sim(n: u32) -> RegistrationIntent {
    let intent = lte(n);
    let iccid = Iccid::parse(&format!("8901260000000000{n:04}")).unwrap();
    RegistrationIntent {
        client_reference: RegistrationIntent::client_reference(
            "control-center",
            "Sandbox",
            &intent.unit,
            Some(&iccid),
            0,
        ),
        iccid: Some(iccid),
        plan_code: RATE_PLAN.to_owned(),
        service_zip: String::new(),
        ..intent
    }
}

pub fn cdma() -> RegistrationIntent {
    intent(UnitId::Meid(Meid::parse("AF0123450ABCDE").unwrap()), None)
}

fn intent(unit: UnitId, iccid: Option<Iccid>) -> RegistrationIntent {
    RegistrationIntent {
        client_reference: RegistrationIntent::client_reference(
            "sprint",
            "Sandbox",
            &unit,
            iccid.as_ref(),
            0,
        ),
        account: "Sandbox".to_owned(),
        unit_name: format!("Truck {}", unit.last_four()),
        unit,
        iccid,
        serial_number: Some("GPS-000017".to_owned()),
        plan_code: PLAN.to_owned(),
        service_zip: "66251".to_owned(),
        generation: 0,
    }
}

/// The same wish under another reference, as a bench with another account name would have.
pub fn under_another_reference(intent: &RegistrationIntent) -> RegistrationIntent {
    RegistrationIntent {
        client_reference: Uuid::from_u128(7),
        ..intent.clone()
    }
}

pub fn accepted(outcome: RegistrationOutcome) -> (String, CarrierUnit) {
    match outcome {
        RegistrationOutcome::Accepted {
            handle,
            unit: Some(unit),
            ..
        } => (handle, unit),
        other => panic!("accepted was expected, not {other:?}"),
    }
}

pub fn done(outcome: RegistrationOutcome) -> CarrierUnit {
    match outcome {
        RegistrationOutcome::Done { unit } => unit,
        other => panic!("done was expected, not {other:?}"),
    }
}

pub fn rejected(outcome: RegistrationOutcome) -> Rejection {
    match outcome {
        RegistrationOutcome::Rejected(rejection) => rejection,
        other => panic!("a rejection was expected, not {other:?}"),
    }
}

pub fn unknown(outcome: RegistrationOutcome) -> String {
    match outcome {
        RegistrationOutcome::Unknown { why } => why,
        other => panic!("unknown was expected, not {other:?}"),
    }
}
