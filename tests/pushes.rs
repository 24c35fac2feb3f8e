//! A push over units on cables, units in vehicles and units that are not here, with seeded failures: what was rehearsed is what
//! happens, it stops by itself, goes on after SIGKILL, tries only the failed again, and its undo brings every unit's flash back.
//!
//! The whole run of 300 units takes minutes and is asked for by hand:
//! `PUSH_CABLE=100 PUSH_SMS=100 PUSH_LATER=100 PUSH_FAILURES=10 cargo test --workspace --test tests pushes -- --nocapture`

mod by_cable;
mod crossing;
mod few_calls;
mod late_answer;
mod two_benches;

use crate::desk::{Desk, Finished, HeldSandbox};
use carrier::CarrierKind;
use carrier::sandbox::{AccountSeed, LedgerLine, SandboxConfig, SeededUnit, Switches};
use fleet::profile::{Place, ProfileRegistry};
use fleet::simulator::{SimulatedUnit, SimulatedUnitOptions, SimulatorFault};
use fleet::unit::{Unit, UnitState};
use fleet::{Iccid, Identity, Moment, Reading, UnitId};
use fleetdesk::demo::{OnAir, RunningUnit, Socket, carry_texts};
use fleetdesk::inventory::{Inventory, Options};
use jiff::Timestamp;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, OnceLock};
use std::time::{Duration, Instant};

const SEED: u64 = 41;
const LONGEST: Duration = Duration::from_secs(900);

const TEMPLATE: &str = r#"name = "Van standard"
version = 5
[settings]
server.port = 5029
report.moving_interval_s = 45
"#;

/// Two questions for seven places, one text that writes them, the two questions again.
const TEXTS_A_UNIT: usize = 5;
/// The two questions once more: a unit that shows its old values word for word may have been heard late.
const TEXTS_OF_DOUBT: usize = 2;

fn number_from(name: &str, otherwise: u32) -> u32 {
    let given = std::env::var(name).ok();
    given
        .and_then(|text| text.parse().ok())
        .unwrap_or(otherwise)
}

/// Read once: hundreds of units are made of them.
fn registry() -> &'static ProfileRegistry {
    static REGISTRY: OnceLock<ProfileRegistry> = OnceLock::new();
    REGISTRY.get_or_init(ProfileRegistry::shipped)
}

fn simulated(number: u32, faults: Vec<SimulatorFault>) -> SimulatedUnit {
    let registry = registry();
    let profile = Arc::clone(registry.get("teltonika-fmb").unwrap());
    let options = SimulatedUnitOptions {
        // Units that were in service before. One fresh from its maker holds port 0, which no unit takes when it is written: such a unit
        // cannot be put back, and an undo of it ends as refused.
        model: Some("fmb920".to_owned()),
        seed: SEED,
        number,
        faults,
        password: None,
    };
    SimulatedUnit::new(profile, options, Moment(0)).unwrap()
}

/// The row of a unit as a reading of it would have left it.
fn row(unit: &SimulatedUnit) -> Unit {
    let registry = registry();
    let profile = registry.get("teltonika-fmb").unwrap();
    let (id, _) = UnitId::from_unit_answer(unit.identity().id()).unwrap();
    let identity = Identity {
        id: id.clone(),
        imei: None,
        meid: None,
        esn: None,
        iccid: None,
        iccid_text: None,
        profile: profile.id.clone(),
        variant: unit.variant().to_owned(),
        model: unit.model().to_owned(),
        firmware: None,
        hardware: None,
        serial_number: None,
        warnings: Vec::new(),
    };
    let reading = Reading {
        places: unit.flash().clone(),
        complete: true,
        secret_places: profile.secret_places(profile.variant(unit.variant()).unwrap()),
    };
    let now = Timestamp::now();
    Unit {
        model: Some(identity.model.clone()),
        profile: Some(profile.id.clone()),
        settings: fleet::plan::settings_shown(profile, &identity, &reading),
        state: UnitState::Verified,
        ..Unit::new(id, now)
    }
}

/// The carrier and its network: texts reach the units in vehicles, and what those answer comes back.
struct Network {
    url: String,
    sandbox: Arc<HeldSandbox>,
    vehicles: Arc<Mutex<BTreeMap<u32, OnAir>>>,
    ended: Arc<AtomicBool>,
    thread: Option<std::thread::JoinHandle<()>>,
}

impl Network {
    fn begin(units: u32) -> Self {
        let vehicles: Arc<Mutex<BTreeMap<u32, OnAir>>> = Arc::default();
        let ended = Arc::new(AtomicBool::new(false));
        let (theirs, until) = (Arc::clone(&vehicles), Arc::clone(&ended));
        let (told, sandbox) = std::sync::mpsc::channel();
        let thread = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build()
                .unwrap();
            runtime.block_on(async move {
                let config = SandboxConfig {
                    kind: CarrierKind::ControlCenter,
                    switches: Switches {
                        message_delay_ms: 20,
                        ..Switches::default()
                    },
                    ..SandboxConfig::default()
                };
                let sandbox = Arc::new(HeldSandbox::serve(config).await.unwrap());
                let seed = AccountSeed {
                    units: units.max(1),
                    first: 0,
                    plan: "GPS 5MB".to_owned(),
                };
                sandbox.seed_account(&seed).unwrap();
                told.send(Arc::clone(&sandbox)).unwrap();
                while !until.load(Ordering::Relaxed) {
                    let reached: Vec<OnAir> = theirs.lock().unwrap().values().cloned().collect();
                    carry_texts(&sandbox, &reached);
                    tokio::time::sleep(Duration::from_millis(20)).await;
                }
            });
        });
        let sandbox = sandbox.recv().unwrap();
        Self {
            url: sandbox.base_url(),
            sandbox,
            vehicles,
            ended,
            thread: Some(thread),
        }
    }

    /// How many texts the carrier took over.
    fn texts(&self) -> usize {
        let lines = self.sandbox.ledger();
        let taken = lines.iter().map(|line| match line {
            LedgerLine::MessagesTaken { messages, .. } => messages.len(),
            _ => 0,
        });
        taken.sum()
    }
}

impl Drop for Network {
    fn drop(&mut self) {
        self.ended.store(true, Ordering::Relaxed);
        let _ended = self.thread.take().map(std::thread::JoinHandle::join);
    }
}

struct Office {
    desk: Desk,
    network: Network,
    cable: u32,
    socket: Socket,
    begun: Instant,
    units: BTreeMap<u32, RunningUnit>,
    before: BTreeMap<u32, BTreeMap<Place, String>>,
    ids: BTreeMap<u32, String>,
}

impl Office {
    /// Units `1..=cable` are plugged in, the `sms` next ones are in vehicles, `later` more are in the inventory only; those in `faulty`
    /// acknowledge and do nothing.
    fn open(cable: u32, sms: u32, later: u32, faulty: &BTreeSet<u32>) -> Self {
        let desk = Desk::new();
        desk.write("push.toml", TEMPLATE);
        let ports = desk.path("ports");
        std::fs::create_dir_all(&ports).unwrap();
        let mut office = Self {
            network: Network::begin(sms),
            cable,
            socket: Socket::Folder(ports),
            desk,
            begun: Instant::now(),
            units: BTreeMap::new(),
            before: BTreeMap::new(),
            ids: BTreeMap::new(),
        };
        let mut rows = Vec::new();
        for number in 1..=cable + sms + later {
            let unit = simulated(number, Vec::new());
            office.ids.insert(number, unit.identity().id().to_owned());
            let mut row = row(&unit);
            if number > cable && number <= cable + sms {
                row.iccid = Some(Iccid::parse(&office.sim(number)).unwrap());
            }
            rows.push(row);
            if number <= cable + sms {
                office.before.insert(number, unit.flash().clone());
            }
        }
        let (inventory, _) = Inventory::open(&office.desk.path("bench"), &Options::default())
            .or_else(|_| {
                std::fs::create_dir_all(office.desk.path("bench")).unwrap();
                Inventory::open(&office.desk.path("bench"), &Options::default())
            })
            .unwrap();
        inventory.upsert_units(rows).wait().unwrap();
        drop(inventory);
        for number in 1..=cable + sms {
            let faults = match faulty.contains(&number) {
                true => vec![SimulatorFault::AckNotApplied],
                false => Vec::new(),
            };
            office.plug(number, faults);
        }
        office
    }

    fn sim(&self, number: u32) -> String {
        SeededUnit::at(number - self.cable - 1).iccid
    }

    fn plug(&mut self, number: u32, faults: Vec<SimulatorFault>) {
        drop(self.units.remove(&number));
        let unit = simulated(number, faults);
        if number > self.cable {
            let vehicle = OnAir::in_a_vehicle(unit, Some(&self.sim(number)));
            self.network
                .vehicles
                .lock()
                .unwrap()
                .insert(number, vehicle);
            return;
        }
        let name = format!("unit-{number}");
        let running = RunningUnit::start(unit, &self.socket, &name, self.begun).unwrap();
        self.units.insert(number, running);
    }

    fn push(&self, arguments: &[&str]) -> Finished {
        self.start(arguments).finish(LONGEST)
    }

    fn start(&self, arguments: &[&str]) -> crate::desk::Running {
        let mut all = vec!["push"];
        all.extend(arguments);
        all.extend(["--sandbox", &self.network.url]);
        self.desk.start("bench", &all)
    }

    fn flash(&self, number: u32) -> BTreeMap<Place, String> {
        if number > self.cable {
            let vehicles = self.network.vehicles.lock().unwrap();
            return vehicles[&number].look(|unit| unit.flash().clone());
        }
        self.units[&number].look(|unit| unit.flash().clone())
    }

    fn states(&self, id: &str) -> BTreeMap<String, Value> {
        let shown = self.push(&["show", id]);
        let units = shown.of_type("unit").into_iter();
        units
            .map(|unit| (unit["id"].as_str().unwrap().to_owned(), unit))
            .collect()
    }
}

#[test]
fn a_push_with_failures_and_a_power_cut_accounts_for_each_unit_and_can_be_undone() {
    let (cable, later) = (number_from("PUSH_CABLE", 6), number_from("PUSH_LATER", 3));
    let sms = number_from("PUSH_SMS", 4);
    let failures = number_from("PUSH_FAILURES", 3);
    let reached = cable + sms;
    // Every so many-th, so that cables and vehicles, the pilot and the rest may meet one.
    let faulty: BTreeSet<u32> = (1..=failures).map(|n| n * reached / failures).collect();
    let mut office = Office::open(cable, sms, later, &faulty);
    let ports = office.desk.named("ports");
    let template = office.desk.named("push.toml");
    let list: Vec<String> = office.ids.values().cloned().collect();
    let list = office.desk.write("list.txt", &list.join("\n"));

    let order = ["--template", &template, "--list", &list, "--via", "any"];
    let rehearsed = office.push(&[&order[..], &["--rehearse"]].concat());
    assert_eq!(rehearsed.code, Some(0), "{rehearsed:#?}");
    let foreseen = rehearsed.one("summary");
    assert_eq!(foreseen["change"], reached + later, "{foreseen}");
    assert_eq!(foreseen["guarded"], reached + later);
    assert_eq!(foreseen["by_sms"], sms, "{foreseen}");
    assert_eq!(office.network.texts(), 0, "a rehearsal sent something");
    let changes: BTreeMap<String, Value> = rehearsed
        .of_type("unit")
        .into_iter()
        .map(|unit| {
            (
                unit["id"].as_str().unwrap().to_owned(),
                unit["changes"].clone(),
            )
        })
        .collect();
    assert!(
        office.push(&["list"]).of_type("push").is_empty(),
        "nothing was kept"
    );

    // Without agreement to the guarded port nothing begins.
    let refused = office.push(&[&order[..], &["--port-dir", &ports]].concat());
    assert_eq!(refused.code, Some(3), "{refused:#?}");

    let wait = ["--port-dir", &ports, "--wait", "6"];
    let begin = ["--pilot", "2", "--stop-after", "2", "--yes"];
    let run = office.start(&[&order[..], &begin[..], &wait[..]].concat());
    let point = crate::kill::Point {
        event: "write_intent",
        later_ms: 120,
    };
    crate::kill::killed_at(&office.desk, "bench", run, point);
    let id = office.push(&["list"]).of_type("push")[0]["id"]
        .as_str()
        .unwrap()
        .to_owned();

    let mut stops = 0;
    let left = loop {
        let resumed = office.push(&[&["resume", &id][..], &wait[..]].concat());
        let summary = resumed.one("summary");
        if summary["state"] != "stopped" {
            break summary;
        }
        stops += 1;
        assert!(stops <= failures, "{resumed:#?}");
    };
    assert!(stops > 0, "it never stopped by itself: {left}");
    assert_eq!(left["state"], "running", "{left}");
    assert_eq!(left["failed"], failures, "{left}");
    assert_eq!(left["verified"], reached - failures, "{left}");
    assert_eq!(left["waiting"], later, "{left}");
    let states = office.states(&id);
    for (number, unit) in &office.ids {
        let expected = match number {
            number if faulty.contains(number) => "failed",
            number if *number <= reached => "verified",
            _ => "waiting",
        };
        assert_eq!(states[unit]["state"], expected, "{}", states[unit]);
        let way = match *number > cable && *number <= reached {
            true => "sms",
            false => "cable",
        };
        assert_eq!(states[unit]["way"], way, "{}", states[unit]);
        assert_eq!(states[unit]["changes"], changes[unit], "not as rehearsed");
    }
    // The lists that matter: what stands still, what is not over, what was done today.
    let to_do = office.desk.run("bench", &["units", "--to-do"]);
    let on_cable = |number: &&u32| **number <= cable;
    let stopped: BTreeSet<&str> = faulty
        .iter()
        .filter(on_cable)
        .map(|number| office.ids[number].as_str())
        .collect();
    let told = to_do.of_type("to_do");
    let told: BTreeSet<&str> = told
        .iter()
        .map(|unit| unit["id"].as_str().unwrap())
        .collect();
    assert_eq!(told, stopped, "{to_do:#?}");
    let push = to_do.one("push");
    assert_eq!(push["open"], later, "{push}");
    assert_eq!(push["failed"], failures, "{push}");
    let done = office.desk.run("bench", &["units", "--done-today"]);
    let done_on_cable = usize::try_from(cable).unwrap() - stopped.len();
    assert_eq!(done.one("summary")["done"], done_on_cable, "{done:#?}");

    // None is sent twice in spite of the power cut.
    let doubted = faulty.len() - stopped.len();
    let expected = usize::try_from(sms).unwrap() * TEXTS_A_UNIT + doubted * TEXTS_OF_DOUBT;
    assert_eq!(office.network.texts(), expected, "texts to vehicles");

    // Only the failed are tried again, now that their trouble is cured.
    assert_eq!(office.push(&["pause", &id]).code, Some(0));
    for number in &faulty {
        office.plug(*number, Vec::new());
    }
    let retried = office.push(&[&["retry", &id][..], &wait[..]].concat());
    assert_eq!(retried.one("summary")["verified"], reached, "{retried:#?}");
    let again = office.states(&id);
    for (number, unit) in &office.ids {
        let tried = |states: &BTreeMap<String, Value>| states[unit]["attempts"].as_u64().unwrap();
        let more = u64::from(faulty.contains(number));
        assert_eq!(tried(&again), tried(&states) + more, "{}", again[unit]);
    }
    let cancelled = office.push(&["cancel", &id]).one("summary");
    assert_eq!(cancelled["left_out"], later, "{cancelled}");

    // Each unit's flash holds the new values, and after the undo what it held before.
    for number in 1..=reached {
        let differing = office.before[&number] != office.flash(number);
        assert!(differing, "unit {number} was not changed");
    }
    let undone = office.push(&[&["undo", &id, "--yes"][..], &wait[..]].concat());
    assert_eq!(undone.code, Some(0), "{undone:#?}");
    assert_eq!(undone.one("summary")["verified"], reached, "{undone:#?}");
    for number in 1..=reached {
        assert_eq!(
            office.before[&number],
            office.flash(number),
            "unit {number}"
        );
    }
    for (name, begins) in [("result.xlsx", &b"PK"[..]), ("result.pdf", &b"%PDF"[..])] {
        let sheet = office.desk.named(name);
        assert_eq!(office.push(&["sheet", &id, &sheet]).code, Some(0), "{name}");
        assert!(std::fs::read(sheet).unwrap().starts_with(begins), "{name}");
    }
    let sheet = office.desk.named("result.csv");
    let told = office.push(&["sheet", &id, &sheet]);
    assert_eq!(told.one("summary")["file"], sheet.as_str(), "{told:#?}");
    let sheet = std::fs::read_to_string(sheet).unwrap();
    for unit in office.ids.values() {
        assert!(sheet.contains(unit.as_str()), "{sheet}");
    }
}
