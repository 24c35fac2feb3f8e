//! An account against the inventory: exactly the seeded differences are named, in few calls and little memory, over days where
//! the day's calls are fewer than the pages, and a comparison that was cut off goes on where it stopped.
//!
//! What a hundred thousand units cost at the contract's own limits, with time, calls and peak memory (about three minutes):
//! `cargo test --test tests journeys::reconcile::at_the_contracts_limits -- --ignored --nocapture`

use crate::desk::{Finished, HeldSandbox, Running};
use carrier::sandbox::{AccountSeed, SandboxConfig, SeededUnit, Switches};
use carrier::{AccountSettings, Carrier, CarrierKind};
use fleet::registration::RegistrationState;
use fleet::unit::Unit;
use fleet::{Iccid, Imei, UnitId};
use fleetdesk::engine::{
    Account, CompareError, CompareNews, Comparer, Comparison, Difference, Finding, ListProgress,
};
use fleetdesk::inventory::{Inventory, Options};
use jiff::Timestamp;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

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
    folder: tempfile::TempDir,
    inventory: Inventory,
    account: Account,
    sandbox: HeldSandbox,
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
        let sandbox = HeldSandbox::serve(SandboxConfig {
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
            folder,
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

    /// As if everything on the account were older than what the next list of changes reaches back to.
    async fn listed_long_ago(&self) {
        tokio::time::sleep(Duration::from_millis(1_100)).await;
        let database = rusqlite::Connection::open(self.folder.path().join("inventory.sqlite"));
        let reaches_back_ms = 3_600_000 + Timestamp::now().as_millisecond();
        let changed = database.unwrap().execute(
            "UPDATE carrier_listing SET known_ms = ?1",
            [reaches_back_ms],
        );
        assert_eq!(changed.unwrap(), 1);
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

    fn comparer(&self) -> Comparer<'_> {
        Comparer::new(&self.inventory, &self.account)
    }

    fn switch(&self, change: impl FnOnce(&mut Switches)) {
        let mut switches = self.sandbox.switches();
        change(&mut switches);
        self.sandbox.set_switches(switches);
    }

    /// Pages of the account's list that were asked for lately.
    fn pages_asked(&self) -> usize {
        let is_page = |path: &str| path.ends_with("/list.json") || path == "/devices";
        let traffic = self.sandbox.traffic();
        traffic.iter().filter(|call| is_page(&call.path)).count()
    }
}

/// What a comparison told.
struct Told {
    result: Result<Comparison, CompareError>,
    findings: Vec<Finding>,
    progress: Vec<ListProgress>,
}

async fn compare(comparer: &Comparer<'_>) -> Told {
    let (mut findings, mut progress) = (Vec::new(), Vec::new());
    let result = comparer
        .compare(&mut |news| match news {
            CompareNews::Read(read) => progress.push(read.clone()),
            CompareNews::Found(finding) => findings.push(finding.clone()),
        })
        .await;
    Told {
        result,
        findings,
        progress,
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
async fn of_many_units_exactly_the_seeded_differences_are_named_and_next_time_only_changes_are_read()
 {
    const UNITS: u32 = 5_000;
    let stage = Stage::set(CarrierKind::Sprint, UNITS).await;
    let mut expected = stage.differ(UNITS).await;
    let told = compare(&stage.comparer()).await;
    let result = told.result.unwrap();
    assert_eq!(named(&told.findings), expected);
    assert_eq!(
        (told.findings.len(), result.listed),
        (expected.len(), u64::from(UNITS) + 3)
    );
    assert_eq!(
        result.calls,
        (UNITS + 3).div_ceil(200) + 1,
        "each page once and one look-up"
    );
    assert_eq!(result.only_changed_since, None);

    // Long after everything was listed, somebody works in the portal.
    stage.listed_long_ago().await;
    stage.portal(7, json!({"status": "SUSPENDED"}), json!({}));
    expected.insert(SeededUnit::at(7).imei, Difference::StateDiffers);
    let before = stage.pages_asked();
    let told = compare(&stage.comparer()).await;
    let result = told.result.unwrap();
    assert_eq!(
        named(&told.findings),
        expected,
        "what is known stays, what changed is seen"
    );
    assert!(result.only_changed_since.is_some());
    assert_eq!(stage.pages_asked() - before, 1, "one page of changes");
    assert_eq!(result.calls, 1, "and nobody is looked up twice in a day");

    let whole = Comparer {
        whole: true,
        ..stage.comparer()
    };
    let told = compare(&whole).await;
    assert_eq!(named(&told.findings), expected);
    assert_eq!(told.result.unwrap().only_changed_since, None);
}

#[tokio::test]
async fn an_account_with_more_pages_than_calls_in_a_day_is_read_over_days_and_its_place_is_kept() {
    const UNITS: u32 = 5_000;
    let stage = Stage::set(CarrierKind::Sprint, UNITS).await;
    let expected = stage.differ(UNITS).await;
    // 26 pages; a day is four seconds and has eleven calls, one of them the bench's; a place is kept for less than a day.
    stage.switch(|switches| {
        (switches.quota_per_day, switches.day_ms) = (11, 4_000);
        switches.page_token_kept_ms = 3_000;
    });
    let comparer = Comparer {
        waits: true,
        place_kept: Some(Duration::from_millis(1_800)),
        ..stage.comparer()
    };
    let begun = Instant::now();
    let told = compare(&comparer).await;
    let result = told.result.unwrap();
    assert_eq!(named(&told.findings), expected);
    assert_eq!(result.listed, u64::from(UNITS) + 3);
    let waited = told.progress.iter().any(|read| read.waits_until.is_some());
    assert!(
        waited,
        "eleven calls a day are not enough for {:?}",
        begun.elapsed()
    );
    let refused = stage.sandbox.traffic();
    let refused = refused.iter().filter(|call| call.status == 429).count();
    assert_eq!(
        refused, 0,
        "nothing was asked for that the day did not have"
    );
    assert_eq!(stage.pages_asked(), 26, "no page was read twice");
    assert!(result.calls <= 26 + 1 + 3, "{} calls", result.calls);
    let expects = told.progress.first().and_then(|read| read.pages_expected);
    assert_eq!(expects, Some(26), "'page 12 of about 26'");
}

#[tokio::test]
async fn who_does_not_wait_is_told_where_it_stands_and_when_it_goes_on() {
    let stage = Stage::set(CarrierKind::Sprint, 3_000).await;
    let expected = stage.differ(3_000).await;
    stage.switch(|switches| (switches.quota_per_day, switches.day_ms) = (10, 600_000));
    let told = compare(&stage.comparer()).await;
    let Err(CompareError::Unfinished {
        progress,
        place_until,
        calls_again_at,
        ..
    }) = told.result
    else {
        panic!("there are ten calls for sixteen pages");
    };
    assert!(
        told.findings.is_empty(),
        "half a list says nothing of units that are not on it"
    );
    assert_eq!((progress.pages, progress.pages_expected), (9, Some(16)));
    assert!(calls_again_at.is_some_and(|at| at < place_until.unwrap()));
    // The next day comes while the carrier still keeps the place.
    stage.switch(|switches| switches.day_ms = 1);
    let told = Comparer {
        most_calls: Some(100),
        ..stage.comparer()
    };
    let told = compare(&told).await;
    assert_eq!(named(&told.findings), expected);
    assert_eq!(
        stage.pages_asked(),
        16,
        "the pages of the first day were not read again"
    );
}

#[tokio::test]
async fn a_place_that_the_carrier_forgot_begins_the_list_anew_and_loses_nothing() {
    let stage = Stage::set(CarrierKind::Sprint, 1_000).await;
    let expected = stage.differ(1_000).await;
    let cut = Comparer {
        most_calls: Some(3),
        ..stage.comparer()
    };
    assert!(compare(&cut).await.result.is_err());
    stage.switch(|switches| switches.page_token_kept_ms = 0);
    tokio::time::sleep(Duration::from_millis(20)).await;
    stage.portal(999, json!({"status": "SUSPENDED"}), json!({}));
    let going_on = stage.comparer();
    let refused = compare(&going_on);
    // As soon as the list is begun anew the carrier keeps places again.
    let heals = async {
        tokio::time::sleep(Duration::from_millis(150)).await;
        stage.switch(|switches| switches.page_token_kept_ms = 3_600_000);
    };
    let (told, ()) = tokio::join!(refused, heals);
    let told = match told.result {
        Ok(_) => told,
        Err(_) => compare(&going_on).await,
    };
    let mut expected = expected;
    expected.insert(SeededUnit::at(999).imei, Difference::StateDiffers);
    let mut found = named(&told.findings);
    // The unit at the end differs in plan and state.
    let both: Vec<Difference> = told
        .findings
        .iter()
        .filter(|finding| finding.unit.as_deref() == Some(&SeededUnit::at(999).imei))
        .map(|finding| finding.difference)
        .collect();
    assert_eq!(both, [Difference::StateDiffers, Difference::PlanDiffers]);
    found.insert(SeededUnit::at(999).imei, Difference::StateDiffers);
    assert_eq!(found, expected);
}

#[tokio::test]
async fn with_the_other_carrier_the_same_differences_are_named_and_a_cut_comparison_goes_on() {
    let stage = Stage::set(CarrierKind::ControlCenter, 1_000).await;
    let expected = stage.differ(1_000).await;
    let cut = Comparer {
        most_calls: Some(7),
        ..stage.comparer()
    };
    let told = compare(&cut).await;
    let Err(CompareError::Unfinished { progress, .. }) = told.result else {
        panic!("seven calls are not enough");
    };
    assert!(progress.read == 350 && told.findings.is_empty());
    let told = compare(&stage.comparer()).await;
    let result = told.result.unwrap();
    assert_eq!(named(&told.findings), expected);
    assert!(!result.pairs_compared, "this list does not tell pairs");
    assert_eq!(
        result.calls,
        1_003_u32.div_ceil(50) - 7 + 1,
        "the pages of the first run were not read again"
    );
}

/// The program itself, with 500 calls a day and five a second; a day lasts two minutes.
#[tokio::test(flavor = "multi_thread")]
#[ignore = "about three minutes; the command stands at the top of this file"]
async fn at_the_contracts_limits() {
    const UNITS: u32 = 100_000;
    let stage = Stage::set(CarrierKind::Sprint, UNITS).await;
    let expected = stage.differ(UNITS).await;
    stage.switch(|switches| {
        (switches.quota_per_day, switches.calls_per_second) = (500, 5);
        switches.day_ms = 120_000;
    });
    let Stage {
        folder,
        inventory,
        sandbox,
        ..
    } = stage;
    let data = folder.path().display().to_string();
    drop(inventory);
    let url = sandbox.base_url();
    let begun = Instant::now();
    let (finished, peak_kb) =
        tokio::task::spawn_blocking(move || reconcile_by_program(&data, &url))
            .await
            .unwrap();
    assert_eq!(finished.code, Some(3), "{:?}", finished.errors);
    let found: BTreeMap<String, String> = finished
        .of_type("difference")
        .iter()
        .map(|line| {
            let text = |name: &str| line[name].as_str().unwrap_or_default().to_owned();
            (text("unit"), text("difference"))
        })
        .collect();
    let word = |difference: &Difference| json!(difference).as_str().unwrap().to_owned();
    let expected: BTreeMap<String, String> = expected
        .iter()
        .map(|(unit, difference)| (unit.clone(), word(difference)))
        .collect();
    assert_eq!(found, expected);
    let summary = &finished.one("summary")["reconcile"];
    println!(
        "{UNITS} units: {} calls, peak memory {} MB, {:.0} s (days of 120 s), {} differences",
        summary["calls"],
        peak_kb / 1_024,
        begun.elapsed().as_secs_f64(),
        found.len()
    );
    assert!(peak_kb < 200 * 1_024, "{peak_kb} kB");
}

/// Runs the program to its end and watches how much memory it holds at most.
fn reconcile_by_program(data: &str, url: &str) -> (Finished, u64) {
    let arguments = [
        "carrier",
        "reconcile",
        "--wait",
        "--json",
        "--data-dir",
        data,
        "--sandbox",
        url,
    ];
    let mut running = Running::start(&arguments);
    let mut peak_kb = 0;
    let begun = Instant::now();
    while !running.has_ended() {
        peak_kb = peak_kb.max(running.peak_memory_kb().unwrap_or_default());
        assert!(begun.elapsed() < Duration::from_secs(600));
        std::thread::sleep(Duration::from_millis(100));
    }
    (running.finish(Duration::from_secs(10)), peak_kb)
}
