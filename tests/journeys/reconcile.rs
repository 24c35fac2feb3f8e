//! An account of a hundred thousand units against the inventory: exactly the seeded differences are named, in few calls and
//! little memory, and a comparison that was cut off goes on where it stopped.

use carrier::sandbox::{AccountSeed, SandboxConfig, SandboxHandle, SeededUnit, Switches, serve};
use carrier::{AccountSettings, Carrier, CarrierKind};
use fleet::registration::RegistrationState;
use fleet::unit::Unit;
use fleet::{Iccid, Imei, UnitId};
use fleetdesk::engine::{Account, CompareError, Comparer, Difference, Finding};
use fleetdesk::inventory::{Inventory, Options};
use jiff::Timestamp;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::sync::Arc;

/// Units that account and inventory agree about, before the differences are made.
const UNITS: u32 = 100_000;

fn unit(place: u32, plan: &str) -> Unit {
    let seeded = SeededUnit::at(place);
    let mut unit = Unit::new(
        UnitId::Imei(Imei::parse(&seeded.imei).unwrap()),
        Timestamp::now(),
    );
    unit.iccid = Some(Iccid::parse(&seeded.iccid).unwrap());
    unit.plan_code = Some(plan.to_owned());
    unit.registration = Some(RegistrationState::Active);
    unit
}

struct Stage {
    _folder: tempfile::TempDir,
    inventory: Inventory,
    account: Account,
    sandbox: SandboxHandle,
    kind: CarrierKind,
    plans: [&'static str; 2],
}

impl Stage {
    async fn set(kind: CarrierKind, units: u32) -> Self {
        let plans = match kind {
            CarrierKind::Sprint => ["M2MGPS5", "M2MLTE20"],
            CarrierKind::ControlCenter => ["GPS 5MB", "GPS 20MB"],
        };
        let switches = Switches {
            quota_per_day: 10_000_000,
            ..Switches::default()
        };
        let sandbox = serve(SandboxConfig {
            kind,
            switches,
            ..SandboxConfig::default()
        })
        .await
        .unwrap();
        sandbox
            .seed_account(&AccountSeed {
                units,
                first: 0,
                plan: plans[0].to_owned(),
            })
            .unwrap();
        let mut settings = AccountSettings::sandbox(&sandbox.base_url());
        settings.limits.calls_per_second = 100_000;
        let account = Account {
            account: settings.name.clone(),
            kind: kind.word().to_owned(),
            carrier: Arc::new(Carrier::new(settings).unwrap()),
            plan_code: plans[0].to_owned(),
            service_zip: "66251".to_owned(),
            sandbox: true,
        };
        let folder = tempfile::tempdir().unwrap();
        let (inventory, _) = Inventory::open(folder.path(), &Options::default()).unwrap();
        for begin in (0..units).step_by(10_000) {
            let rows = (begin..units.min(begin + 10_000))
                .map(|place| unit(place, plans[0]))
                .collect();
            inventory.upsert_units(rows).await.unwrap();
        }
        Self {
            _folder: folder,
            inventory,
            account,
            sandbox,
            kind,
            plans,
        }
    }

    /// Somebody changes a unit of the account in the portal.
    fn portal(&self, place: u32, sprint: Value, control_center: Value) {
        let (unit_id, set) = match self.kind {
            CarrierKind::Sprint => (format!("U{:06}", place + 1), sprint),
            CarrierKind::ControlCenter => (SeededUnit::at(place).iccid, control_center),
        };
        self.sandbox
            .edit_in_portal(&unit_id, set.as_object().unwrap().clone())
            .unwrap();
    }

    /// Differences of every kind; answers what the report must say, by unit number.
    async fn differ(&self, units: u32) -> BTreeMap<String, Difference> {
        let mut expected = BTreeMap::new();
        let imei = |place: u32| SeededUnit::at(place).imei;
        for place in [units / 10, units / 2] {
            self.portal(
                place,
                json!({"status": "SUSPENDED"}),
                json!({"status": "DEACTIVATED"}),
            );
            expected.insert(imei(place), Difference::StateDiffers);
        }
        for place in [units / 7, units - 1] {
            self.portal(
                place,
                json!({"planCode": self.plans[1]}),
                json!({"ratePlan": self.plans[1]}),
            );
            expected.insert(imei(place), Difference::PlanDiffers);
        }
        self.sandbox
            .seed_account(&AccountSeed {
                units: 3,
                first: units,
                plan: self.plans[0].to_owned(),
            })
            .unwrap();
        for place in units..units + 3 {
            let name = match self.kind {
                CarrierKind::Sprint => imei(place),
                CarrierKind::ControlCenter => SeededUnit::at(place).iccid,
            };
            expected.insert(name, Difference::BilledNotOurs);
        }
        let stranger = unit(units + 10, self.plans[0]);
        expected.insert(stranger.id.as_str().to_owned(), Difference::UnknownThere);
        // A stock SIM is on every account of the pretend Control Center, so this one is said to be somebody else's.
        let switches = Switches {
            owned_elsewhere: [SeededUnit::at(units + 10).iccid].into(),
            ..self.sandbox.switches()
        };
        self.sandbox.set_switches(switches);
        self.inventory.upsert_units(vec![stranger]).await.unwrap();
        if self.kind == CarrierKind::Sprint {
            self.portal(
                units / 3,
                json!({"iccid": "89012600009999999999"}),
                json!({}),
            );
            expected.insert(imei(units / 3), Difference::PairDiffers);
        }
        expected
    }

    async fn report(
        &self,
        most_calls: Option<u32>,
    ) -> (
        Result<fleetdesk::engine::Comparison, CompareError>,
        Vec<Finding>,
    ) {
        let comparer = Comparer {
            inventory: &self.inventory,
            account: &self.account,
            most_calls,
        };
        let mut findings = Vec::new();
        let result = comparer
            .compare(|finding| findings.push(finding.clone()))
            .await;
        (result, findings)
    }
}

fn named(findings: &[Finding]) -> BTreeMap<String, Difference> {
    findings
        .iter()
        .map(|finding| {
            assert!(!finding.remedy.is_empty(), "{finding:?}");
            (
                finding.unit.clone().or(finding.iccid.clone()).unwrap(),
                finding.difference,
            )
        })
        .collect()
}

#[tokio::test]
async fn of_a_hundred_thousand_units_exactly_the_seeded_differences_are_named() {
    let stage = Stage::set(CarrierKind::Sprint, UNITS).await;
    let expected = stage.differ(UNITS).await;
    let begun = std::time::Instant::now();
    let (result, findings) = stage.report(None).await;
    let result = result.unwrap();
    assert_eq!(named(&findings), expected);
    assert_eq!(
        (findings.len(), result.listed),
        (expected.len(), u64::from(UNITS) + 3)
    );
    assert!(result.calls <= UNITS / 200 + 3, "{} calls", result.calls);
    println!(
        "{UNITS} units compared in {:?} with {} calls",
        begun.elapsed(),
        result.calls
    );
}

#[tokio::test]
async fn with_the_other_carrier_the_same_differences_are_named_and_a_cut_comparison_goes_on() {
    let stage = Stage::set(CarrierKind::ControlCenter, 1_000).await;
    let expected = stage.differ(1_000).await;
    let (cut, nothing) = stage.report(Some(7)).await;
    assert!(matches!(cut, Err(CompareError::Unfinished { read: 350, .. })) && nothing.is_empty());
    let (result, findings) = stage.report(None).await;
    let result = result.unwrap();
    assert_eq!(named(&findings), expected);
    assert!(!result.pairs_compared, "this list does not tell pairs");
    assert_eq!(
        result.calls,
        1_003_u32.div_ceil(50) - 7 + 1,
        "the pages of the first run were not read again"
    );
}
