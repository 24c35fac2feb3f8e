//! One push on two benches that agree through a fleet database: each unit is done once, whoever reaches it, also when one bench is killed.

use super::{Network, row, simulated};
use crate::desk::{Desk, Finished, Fleet, Running};
use carrier::sandbox::SeededUnit;
use fleet::Iccid;
use fleetdesk::demo::{OnAir, RunningUnit, Socket};
use fleetdesk::inventory::{Inventory, Options};
use serde_json::Value;
use std::collections::BTreeMap;
use std::time::{Duration, Instant};

/// Units on the cables of bench a, on those of bench b, and in vehicles.
const ON_A: std::ops::RangeInclusive<u32> = 1..=2;
const ON_B: std::ops::RangeInclusive<u32> = 3..=5;
const IN_VEHICLES: std::ops::RangeInclusive<u32> = 6..=9;
const LONGEST: Duration = Duration::from_secs(240);

struct Benches {
    desk: Desk,
    fleet: Fleet,
    network: Network,
    begun: Instant,
    units: BTreeMap<u32, RunningUnit>,
    ids: BTreeMap<u32, String>,
}

impl Benches {
    fn open() -> Self {
        let desk = Desk::new();
        desk.write("push.toml", super::TEMPLATE);
        let count = IN_VEHICLES.count();
        let network = Network::begin(u32::try_from(count).unwrap());
        let mut benches = Self {
            fleet: Fleet::new(),
            network,
            begun: Instant::now(),
            units: BTreeMap::new(),
            ids: BTreeMap::new(),
            desk,
        };
        let mut rows = Vec::new();
        for number in *ON_A.start()..=*IN_VEHICLES.end() {
            let unit = simulated(number, Vec::new());
            benches.ids.insert(number, unit.identity().id().to_owned());
            let mut row = row(&unit);
            if IN_VEHICLES.contains(&number) {
                let sim = SeededUnit::at(number - IN_VEHICLES.start()).iccid;
                row.iccid = Some(Iccid::parse(&sim).unwrap());
                let vehicle = OnAir::in_a_vehicle(unit, Some(&sim));
                let vehicles = &benches.network.vehicles;
                vehicles.lock().unwrap().insert(number, vehicle);
            }
            rows.push(row);
        }
        for bench in ["a", "b"] {
            let folder = benches.desk.path(bench);
            std::fs::create_dir_all(&folder).unwrap();
            std::fs::create_dir_all(benches.desk.path(format!("ports-{bench}"))).unwrap();
            let names = format!("bench = \"Bench {bench}\"\noffice = \"Office {bench}\"\n");
            std::fs::write(folder.join("preferences.toml"), names).unwrap();
        }
        // The units are bench a's; the other bench hears of them through the fleet database.
        let (inventory, _) = Inventory::open(&benches.desk.path("a"), &Options::default()).unwrap();
        inventory.upsert_units(rows.clone()).wait().unwrap();
        drop(inventory);
        let (inventory, _) = Inventory::open(&benches.desk.path("b"), &Options::default()).unwrap();
        inventory.upsert_units(rows).wait().unwrap();
        drop(inventory);
        for number in ON_A {
            benches.plug(number, "a");
        }
        for number in ON_B {
            benches.plug(number, "b");
        }
        benches
    }

    fn plug(&mut self, number: u32, bench: &str) {
        drop(self.units.remove(&number));
        let unit = simulated(number, Vec::new());
        let socket = Socket::Folder(self.desk.path(format!("ports-{bench}")));
        let name = format!("unit-{number}");
        let running = RunningUnit::start(unit, &socket, &name, self.begun).unwrap();
        self.units.insert(number, running);
    }

    fn start(&self, bench: &str, arguments: &[&str]) -> Running {
        let address = self.fleet.address(&format!("bench_{bench}"));
        let mut all = vec!["push"];
        all.extend(arguments);
        all.extend(["--sandbox", &self.network.url, "--fleet-db", &address]);
        self.desk.start(bench, &all)
    }

    fn push(&self, bench: &str, arguments: &[&str]) -> Finished {
        self.start(bench, arguments).finish(LONGEST)
    }

    /// What a bench says of each unit.
    fn states(&self, bench: &str, id: &str) -> BTreeMap<u32, Value> {
        let shown = self.push(bench, &["show", id]);
        let mut states = BTreeMap::new();
        for unit in shown.of_type("unit") {
            let number = self.ids.iter().find(|(_, id)| unit["id"] == **id);
            states.insert(*number.unwrap().0, unit);
        }
        states
    }
}

#[test]
fn two_benches_do_one_push_and_no_unit_twice_though_one_of_them_is_killed() {
    let mut benches = Benches::open();
    let list: Vec<String> = benches.ids.values().cloned().collect();
    let list = benches.desk.write("list.txt", &list.join("\n"));
    let (ports_a, ports_b) = (benches.desk.named("ports-a"), benches.desk.named("ports-b"));
    let template = benches.desk.named("push.toml");
    let order = ["--template", &template, "--list", &list, "--via", "any"];
    let begin = ["--pilot", "0", "--yes", "--port-dir", &ports_a];
    let run = benches.start("a", &[&order[..], &begin[..]].concat());
    // Killed with a unit half written and texts under way.
    let point = crate::kill::Point {
        event: "write_intent",
        later_ms: 120,
    };
    crate::kill::killed_at(&benches.desk, "a", run, point);
    let id = benches.push("a", &["list"]).of_type("push")[0]["id"]
        .as_str()
        .unwrap()
        .to_owned();
    let by_a = |number: u32, states: &BTreeMap<u32, Value>| {
        states[&number]["elsewhere"] == "Office a, Bench a"
    };

    // The other bench hears of it and does what stands on its ports, and nothing else: the texts are the first one's.
    let wait = ["--port-dir", &ports_b, "--wait", "5"];
    let helped = benches.push("b", &[&["resume", &id][..], &wait[..]].concat());
    let states = benches.states("b", &id);
    for number in ON_B {
        assert_eq!(states[&number]["state"], "verified", "{helped:#?}");
        assert!(!by_a(number, &states), "{}", states[&number]);
    }
    for number in ON_A {
        assert_ne!(states[&number]["state"], "verified", "{}", states[&number]);
    }

    // A unit that the killed bench had in hand is carried over. As long as that bench may be at work, it is left to it.
    let begun = ON_A
        .into_iter()
        .find(|number| by_a(*number, &states))
        .unwrap();
    benches.plug(begun, "b");
    benches
        .fleet
        .admin("UPDATE fleet.push_units SET held_until = clock_timestamp() + interval '1 hour' WHERE held_until IS NOT NULL");
    let refused = benches.push("b", &[&["resume", &id][..], &wait[..]].concat());
    let states = benches.states("b", &id);
    assert_ne!(states[&begun]["state"], "verified", "{refused:#?}");
    assert!(by_a(begun, &states), "{}", states[&begun]);
    benches.fleet.admin(
        "UPDATE fleet.push_units SET held_until = clock_timestamp() WHERE held_until IS NOT NULL",
    );
    let taken_over = benches.push("b", &[&["resume", &id][..], &wait[..]].concat());
    let states = benches.states("b", &id);
    assert_eq!(states[&begun]["state"], "verified", "{taken_over:#?}");

    // The killed bench comes back: it hears what was done, does the rest, and sends no text a second time.
    let wait = ["--port-dir", &ports_a, "--wait", "5"];
    let back = benches.push("a", &[&["resume", &id][..], &wait[..]].concat());
    assert_eq!(back.one("summary")["state"], "ended", "{back:#?}");
    let (seen_a, seen_b) = (benches.states("a", &id), {
        benches.push("b", &[&["resume", &id][..], &["--wait", "1"]].concat());
        benches.states("b", &id)
    });
    for (number, unit) in &benches.ids {
        assert_eq!(
            seen_a[number]["state"], "verified",
            "{unit}: {}",
            seen_a[number]
        );
        assert_eq!(
            seen_b[number]["state"], "verified",
            "{unit}: {}",
            seen_b[number]
        );
        // Each knows who did it: one of the two, and not both.
        let (on_a, on_b) = (&seen_a[number]["elsewhere"], &seen_b[number]["elsewhere"]);
        assert!(on_a.is_null() != on_b.is_null(), "{unit}: {on_a} {on_b}");
    }
    for number in ON_B {
        assert_eq!(seen_a[&number]["elsewhere"], "Office b, Bench b");
    }
    assert_eq!(seen_a[&begun]["elsewhere"], "Office b, Bench b");
    let vehicles = IN_VEHICLES.count();
    assert_eq!(
        benches.network.texts(),
        vehicles * super::TEXTS_A_UNIT,
        "texts to vehicles"
    );

    // What the other bench wrote, the other bench has the former values of.
    let undo = benches.push("a", &["undo", &id, "--rehearse"]);
    let ours = seen_a.values().filter(|unit| unit["elsewhere"].is_null());
    assert_eq!(undo.one("summary")["change"], ours.count(), "{undo:#?}");
    let cannot = undo.of_type("unit").into_iter();
    let cannot: Vec<Value> = cannot.filter(|unit| unit["forecast"] == "cannot").collect();
    let words = "it was set by Office b, Bench b: undo the push on that bench";
    assert!(
        !cannot.is_empty() && cannot.iter().all(|unit| unit["why"] == words),
        "{cannot:#?}"
    );
}
