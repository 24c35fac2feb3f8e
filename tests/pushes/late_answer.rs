//! An answer of a unit that the network brings twice, the second time after the unit was set and asked again: it shows what the unit held before.

use super::{SEED, TEMPLATE, row, simulated};
use crate::desk::{Desk, HeldSandbox};
use carrier::CarrierKind;
use carrier::sandbox::{AccountSeed, Arrived, SandboxConfig, SeededUnit, Switches};
use fleet::simulator::SimulatorFault;
use fleet::{Iccid, Moment};
use fleetdesk::inventory::{Inventory, Options};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

/// The true answer comes so much later than the old one.
const LATER: Duration = Duration::from_millis(1_500);

/// The network with one unit in a vehicle: what it answered to a question comes once more when that question is asked for the second time.
fn network(
    faults: Vec<SimulatorFault>,
    ended: Arc<AtomicBool>,
    told: &std::sync::mpsc::Sender<String>,
) {
    let mut unit = simulated(1, faults);
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
        let sandbox = HeldSandbox::serve(config).await.unwrap();
        let seed = AccountSeed {
            units: 1,
            first: 0,
            plan: "GPS 5MB".to_owned(),
        };
        sandbox.seed_account(&seed).unwrap();
        told.send(sandbox.base_url()).unwrap();
        let begun = Instant::now();
        let mut answered: BTreeMap<String, String> = BTreeMap::new();
        let mut on_their_way: Vec<(Instant, Arrived, String)> = Vec::new();
        while !ended.load(Ordering::Relaxed) {
            let now = Moment(u64::try_from(begun.elapsed().as_millis()).unwrap());
            for message in sandbox.take_arrived() {
                let Some(answer) = unit.text_message(&message.text, now) else {
                    continue;
                };
                while unit.take_outgoing(now).is_some() {}
                while unit.next_event().is_some() {}
                match answered.insert(message.text.clone(), answer.clone()) {
                    Some(old) if old != answer => {
                        sandbox.answer(&message, &old).unwrap();
                        on_their_way.push((Instant::now() + LATER, message, answer));
                    }
                    _ => drop(sandbox.answer(&message, &answer)),
                }
            }
            on_their_way.retain(|(at, message, answer)| {
                let waits = Instant::now() < *at;
                if !waits {
                    sandbox.answer(message, answer).unwrap();
                }
                waits
            });
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    });
}

fn pushed(faults: Vec<SimulatorFault>) -> (crate::desk::Finished, serde_json::Value) {
    let desk = Desk::new();
    let template = desk.write("push.toml", TEMPLATE);
    let (told, heard) = std::sync::mpsc::channel();
    let ended = Arc::new(AtomicBool::new(false));
    let until = Arc::clone(&ended);
    let of_network = faults.clone();
    let thread = std::thread::spawn(move || network(of_network, until, &told));
    let url = heard.recv().unwrap();
    let mut unit = row(&simulated(1, faults));
    unit.iccid = Some(Iccid::parse(&SeededUnit::at(0).iccid).unwrap());
    std::fs::create_dir_all(desk.path("bench")).unwrap();
    let (inventory, _) = Inventory::open(&desk.path("bench"), &Options::default()).unwrap();
    inventory.upsert_units(vec![unit]).wait().unwrap();
    drop(inventory);
    let push = [
        "push",
        "--template",
        &template,
        "--select",
        "*",
        "--via",
        "sms",
        "--yes",
        "--pilot",
        "0",
        "--wait",
        "10",
        "--sandbox",
        &url,
    ];
    let run = desk.run("bench", &push);
    ended.store(true, Ordering::Relaxed);
    thread.join().unwrap();
    let units = run.of_type("unit");
    let last = units.last().cloned().unwrap_or_default();
    (run, last)
}

#[test]
fn an_old_answer_that_comes_once_more_is_not_taken_for_what_the_unit_holds_now() {
    let (run, unit) = pushed(Vec::new());
    assert_eq!(unit["state"], "verified", "seed {SEED}: {run:#?}");
    assert_eq!(run.code, Some(0), "{run:#?}");
}

#[test]
fn a_unit_that_says_the_same_as_before_and_means_it_has_failed() {
    let (run, unit) = pushed(vec![SimulatorFault::AckNotApplied]);
    assert_eq!(unit["state"], "failed", "{run:#?}");
    assert_eq!(unit["code"], "T-310", "{run:#?}");
}
