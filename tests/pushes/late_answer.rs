//! An answer of a unit that the network brings twice, the second time late: after the unit was set and asked again, or in a later push. It shows
//! what the unit held before.

use super::{SEED, TEMPLATE, row, simulated};
use crate::desk::{Desk, Finished, HeldSandbox, LONGEST_RUN, Running, sandbox_account};
use carrier::CarrierKind;
use carrier::sandbox::{AccountSeed, Arrived, SandboxConfig, SeededUnit, Switches};
use fleet::profile::ProfileRegistry;
use fleet::push::{PushId, Standing};
use fleet::simulator::{SimulatedUnit, SimulatorFault};
use fleet::{Iccid, Moment};
use fleetdesk::engine::{Approval, Engine, EngineOptions, Lanes, PushScope};
use fleetdesk::inventory::{Inventory, Options};
use fleetdesk::link::Ports;
use fleetdesk::secrets::UnitSecrets;
use serde_json::Value;
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::Sender;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};
use uuid::Uuid;

/// The true answer comes so much later than the old one, which has been seen by then: the sandbox keeps one answer to a text.
const LATER: Duration = Duration::from_secs(6);

/// Which answers come once more.
enum Doubled {
    /// What the unit answered before, whenever it answers the same question otherwise.
    Last,
    /// These, by their question, when each is asked for so many more times.
    After(usize, BTreeMap<String, String>),
    /// The same, and what the unit answers then is lost.
    Instead(usize, BTreeMap<String, String>),
}

/// One unit in a vehicle, and what the network does with its answers.
struct Vehicle {
    unit: SimulatedUnit,
    doubled: Doubled,
    /// By question, the last answer.
    answered: BTreeMap<String, String>,
    /// By question, how often it was asked since the network does what it does.
    asked: BTreeMap<String, usize>,
}

impl Vehicle {
    /// The unit's answer, and the old one that comes before it.
    fn hears(&mut self, text: &str, now: Moment) -> Option<(String, Option<String>)> {
        let answer = self.unit.text_message(text, now)?;
        while self.unit.take_outgoing(now).is_some() {}
        while self.unit.next_event().is_some() {}
        let last = self.answered.insert(text.to_owned(), answer.clone());
        let times = self.asked.entry(text.to_owned()).or_default();
        *times += 1;
        let old = match &self.doubled {
            Doubled::Last => last.filter(|old| *old != answer),
            Doubled::After(when, old) => old.get(text).filter(|_| times == when).cloned(),
            Doubled::Instead(when, old) => {
                let old = old.get(text).filter(|_| times == when);
                return Some((old.cloned().unwrap_or(answer), None));
            }
        };
        Some((answer, old))
    }
}

/// An office whose only unit is in a vehicle.
struct World {
    desk: Desk,
    vehicle: Arc<Mutex<Vehicle>>,
    url: String,
    ended: Arc<AtomicBool>,
    thread: Option<std::thread::JoinHandle<()>>,
}

impl World {
    fn with(faults: Vec<SimulatorFault>, doubled: Doubled) -> Self {
        let desk = Desk::new();
        desk.write("push.toml", TEMPLATE);
        let mut unit = row(&simulated(1, Vec::new()));
        unit.iccid = Some(Iccid::parse(&SeededUnit::at(0).iccid).unwrap());
        std::fs::create_dir_all(desk.path("bench")).unwrap();
        let (inventory, _) = Inventory::open(&desk.path("bench"), &Options::default()).unwrap();
        inventory.upsert_units(vec![unit]).wait().unwrap();
        drop(inventory);
        let vehicle = Arc::new(Mutex::new(Vehicle {
            unit: simulated(1, faults),
            doubled,
            answered: BTreeMap::new(),
            asked: BTreeMap::new(),
        }));
        let (told, heard) = std::sync::mpsc::channel();
        let ended = Arc::new(AtomicBool::new(false));
        let (until, theirs) = (Arc::clone(&ended), Arc::clone(&vehicle));
        let thread = std::thread::spawn(move || network(&theirs, &until, &told));
        Self {
            desk,
            vehicle,
            url: heard.recv().unwrap(),
            ended,
            thread: Some(thread),
        }
    }

    fn start(&self, arguments: &[&str]) -> Running {
        let how = ["--yes", "--wait", "10", "--sandbox", &self.url];
        self.desk
            .start("bench", &[&["push"], arguments, &how].concat())
    }

    fn run(&self, arguments: &[&str]) -> (Finished, Value) {
        ended(self.start(arguments))
    }

    fn begin(&self) -> Running {
        let template = self.desk.named("push.toml");
        let what = ["--template", &template, "--select", "*"];
        self.start(&[&what[..], &["--via", "sms", "--pilot", "0"]].concat())
    }

    fn push(&self) -> (Finished, Value) {
        ended(self.begin())
    }

    /// Begins a push, ends the program hard once the unit heard a write, and answers the push.
    fn cut_off_once_written(&self) -> String {
        let mut run = self.begin();
        let begun = Instant::now();
        while self.heard("setparam").is_empty() {
            assert!(
                !run.has_ended() && begun.elapsed() < LONGEST_RUN,
                "no write"
            );
            std::thread::sleep(Duration::from_millis(5));
        }
        run.kill();
        let pushes = self.desk.run("bench", &["push", "list"]).of_type("push");
        let cut_off = pushes.iter().find(|each| each["state"] == "running");
        cut_off.unwrap()["id"].as_str().unwrap().to_owned()
    }

    /// What is told of the unit once a window that found the push has nothing more to do with it.
    fn led_on_in_the_window(&self, id: &str) -> Value {
        let bench = self.desk.path("bench");
        let (inventory, _) = Inventory::open(&bench, &Options::default()).unwrap();
        let options = EngineOptions {
            inventory: inventory.clone(),
            registry: ProfileRegistry::shipped(),
            ports: Ports::new(Vec::new()),
            lanes: Lanes::All,
            account: Some(sandbox_account(&self.url, "control-center")),
            fleet_db: None,
            bench: "Bench 1".to_owned(),
            office: String::new(),
            unit_secrets: UnitSecrets::default(),
            template_secrets: Arc::default(),
            labels: BTreeMap::new(),
            approval: Approval::Nobody,
            follow_for: None,
            line_mode: false,
            pushes: PushScope::All,
            message_wait: Duration::from_secs(60),
            support: None,
            job: None,
        };
        let (engine, _events) = Engine::start(options, Box::new(|| {}));
        let (begun, id): (_, Uuid) = (Instant::now(), id.parse().unwrap());
        let is_in_hand = || {
            let push = inventory.push(PushId(id)).wait().unwrap().unwrap();
            push.units()
                .iter()
                .any(|unit| unit.standing == Standing::Sent || unit.awaits_proof)
        };
        while is_in_hand() {
            assert!(begun.elapsed() < LONGEST_RUN, "it was never led to an end");
            std::thread::sleep(Duration::from_millis(50));
        }
        engine.quit();
        engine.join();
        drop(inventory);
        let shown = self.desk.run("bench", &["push", "show", &id.to_string()]);
        shown.of_type("unit").last().cloned().unwrap_or_default()
    }

    /// The unit is set and put back, and from then on its answers after it was set come once more.
    fn set_and_put_back(&self) -> BTreeMap<String, String> {
        let (done, unit) = self.push();
        assert_eq!(unit["state"], "verified", "seed {SEED}: {done:#?}");
        let answers = self.vehicle.lock().unwrap().answered.clone();
        let id = done.one("summary")["push"].as_str().unwrap().to_owned();
        let (undone, unit) = self.run(&["undo", &id]);
        assert_eq!(unit["state"], "verified", "{undone:#?}");
        answers
    }

    /// Each question was asked so often since the network does what it does.
    fn asked_each(&self, times: usize) -> bool {
        let asked = self.heard("getparam");
        !asked.is_empty() && asked.iter().all(|each| *each == times)
    }

    /// How often each text with this word came since then.
    fn heard(&self, word: &str) -> Vec<usize> {
        let vehicle = self.vehicle.lock().unwrap();
        let texts = vehicle.asked.iter();
        let heard = texts.filter(|(text, _)| text.contains(word));
        heard.map(|(_, times)| *times).collect()
    }

    fn doubles(&self, doubled: Doubled, unit: SimulatedUnit) {
        let mut vehicle = self.vehicle.lock().unwrap();
        vehicle.doubled = doubled;
        vehicle.asked.clear();
        vehicle.unit = unit;
    }
}

impl Drop for World {
    fn drop(&mut self) {
        self.ended.store(true, Ordering::Relaxed);
        let _ended = self.thread.take().map(std::thread::JoinHandle::join);
    }
}

/// The end of a run, and the last that it told of the unit.
fn ended(run: Running) -> (Finished, Value) {
    let run = run.finish(LONGEST_RUN);
    let last = run.of_type("unit").last().cloned().unwrap_or_default();
    (run, last)
}

fn network(vehicle: &Mutex<Vehicle>, ended: &AtomicBool, told: &Sender<String>) {
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
        let mut on_their_way: Vec<(Instant, Arrived, String)> = Vec::new();
        while !ended.load(Ordering::Relaxed) {
            let now = Moment(u64::try_from(begun.elapsed().as_millis()).unwrap());
            for message in sandbox.take_arrived() {
                let heard = vehicle.lock().unwrap().hears(&message.text, now);
                match heard {
                    None => {}
                    Some((answer, None)) => drop(sandbox.answer(&message, &answer)),
                    Some((answer, Some(old))) => {
                        sandbox.answer(&message, &old).unwrap();
                        on_their_way.push((Instant::now() + LATER, message, answer));
                    }
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

#[test]
fn an_old_answer_that_comes_once_more_is_not_taken_for_what_the_unit_holds_now() {
    let (run, unit) = World::with(Vec::new(), Doubled::Last).push();
    assert_eq!(unit["state"], "verified", "seed {SEED}: {run:#?}");
    assert_eq!(run.code, Some(0), "{run:#?}");
}

#[test]
fn a_unit_that_says_the_same_as_before_and_means_it_has_failed() {
    let (run, unit) = World::with(vec![SimulatorFault::AckNotApplied], Doubled::Last).push();
    assert_eq!(unit["state"], "failed", "{run:#?}");
    assert_eq!(unit["code"], "T-310", "{run:#?}");
}

#[test]
fn an_answer_of_an_earlier_push_that_comes_once_more_does_not_say_already_set() {
    let world = World::with(Vec::new(), Doubled::After(0, BTreeMap::new()));
    let old = world.set_and_put_back();
    let back = simulated(1, Vec::new());
    let before = back.flash().clone();
    world.doubles(Doubled::After(1, old), back);
    let (run, unit) = world.push();
    assert_eq!(unit["state"], "verified", "{run:#?}");
    assert!(world.asked_each(4), "the old answer was never seen");
    let vehicle = world.vehicle.lock().unwrap();
    assert_ne!(*vehicle.unit.flash(), before, "it was never written");
}

#[test]
fn an_answer_of_an_earlier_push_that_comes_once_more_proves_nothing_in_a_later_one() {
    let world = World::with(Vec::new(), Doubled::After(0, BTreeMap::new()));
    let old = world.set_and_put_back();
    let lying = simulated(1, vec![SimulatorFault::AckNotApplied]);
    world.doubles(Doubled::After(2, old), lying);
    let (run, unit) = world.push();
    assert_eq!(unit["state"], "failed", "{run:#?}");
    assert_eq!(unit["code"], "T-310", "{run:#?}");
    assert!(world.asked_each(3), "the old answer was never seen");
}

/// The program is cut off once a write has left, the push is cancelled, and the window leads on what is in hand.
#[test]
fn a_unit_whose_write_had_left_is_not_told_as_untouched_when_its_push_is_cancelled() {
    let world = World::with(Vec::new(), Doubled::Last);
    let id = world.cut_off_once_written();
    let cancelled = world.desk.run("bench", &["push", "cancel", &id]);
    assert_eq!(cancelled.code, Some(0), "{cancelled:#?}");
    let unit = world.led_on_in_the_window(&id);
    assert_eq!(unit["state"], "verified", "{unit:#}");
    let is_once = |times: &usize| *times == 1;
    assert!(world.heard("setparam").iter().all(is_once), "sent twice");
}

/// The first answer is an old one, the next shows what the unit holds; the program is cut off once the write that follows from it has left.
#[test]
fn a_talk_that_was_cut_off_does_not_go_back_to_the_old_answer_that_it_had_first() {
    let world = World::with(Vec::new(), Doubled::After(0, BTreeMap::new()));
    let old = world.set_and_put_back();
    let lying = simulated(1, vec![SimulatorFault::AckNotApplied]);
    world.doubles(Doubled::Instead(1, old), lying);
    let id = world.cut_off_once_written();
    assert!(world.asked_each(2), "the old answer was never seen");
    let (run, unit) = world.run(&["resume", &id]);
    assert_eq!(unit["state"], "failed", "{run:#?}");
    assert_eq!(unit["code"], "T-310", "{run:#?}");
    let is_once = |times: &usize| *times == 1;
    assert!(world.heard("setparam").iter().all(is_once), "sent twice");
}
