//! How much time the program itself costs, beside the wire, the units' replies and their restarts.
//!
//! Prints, for each shipped family that can prove the demo's template, in one run: wall time of one unit and of eight side by side with their ratio, and the own
//! overhead over what the simulated units spent on line, replies and restarts. Then, for one family, 64 units beside one, and what a frame of the
//! window costs with 64 lanes at work. `cargo bench --bench provision`; `PROVISION_ONLY=64` leaves the families out.

// A bench is a program for people: it prints, and a failure may end it.
#![allow(
    clippy::print_stdout,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic
)]

use fleet::profile::ProfileRegistry;
use fleet::simulator::{SimulatedUnit, SimulatedUnitOptions};
use fleet::{Moment, Profile, Template};
use fleetdesk::demo::{Folder, RunningUnit, Socket};
use fleetdesk::engine::{Approval, Engine, EngineOptions, Event, GivenJob, Lanes};
use fleetdesk::inventory::{Inventory, Options};
use fleetdesk::link::{PortSource, Ports};
use fleetdesk::secrets::UnitSecrets;
use fleetdesk::ui::choices::Choices;
use fleetdesk::ui::{Doors, Window};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Instant;

#[allow(dead_code, unused_imports)]
#[path = "../examples/gallery/sample.rs"]
mod sample;

const TEMPLATE: &str = include_str!("../src/demo/template.toml");

struct Run {
    wall_ms: f64,
    /// Of the unit that took longest by itself.
    simulated_ms: f64,
    verified: usize,
}

/// Lanes of a full bench.
const MANY: u32 = 64;
/// The family of the full bench.
const FAMILY_OF_MANY: &str = "teltonika-fmb";

fn main() {
    if std::env::var("PROVISION_ONLY").is_ok_and(|only| only == "64") {
        return full_bench();
    }
    println!(
        "{:<16} {:>6} {:>10} {:>14} {:>10}",
        "family", "units", "wall ms", "simulated ms", "overhead"
    );
    for profile in ProfileRegistry::shipped().all() {
        let one = run(profile, 1);
        if one.verified == 0 {
            println!(
                "{:<16} not measured: it cannot prove what this template wants\n",
                profile.id
            );
            continue;
        }
        let eight = run(profile, 8);
        for (units, run) in [(1, &one), (8, &eight)] {
            let overhead = (run.wall_ms / run.simulated_ms - 1.0) * 100.0;
            println!(
                "{:<16} {units:>6} {:>10.0} {:>14.0} {overhead:>9.1}%   {} verified",
                profile.id, run.wall_ms, run.simulated_ms, run.verified
            );
        }
        println!(
            "{:<16} eight units take {:.2} times as long as one (aim: at most 1.25)\n",
            profile.id,
            eight.wall_ms / one.wall_ms
        );
    }
    full_bench();
}

/// As many units as a bench can have, beside one; and the window that shows them.
fn full_bench() {
    let registry = ProfileRegistry::shipped();
    let profile = registry.get(FAMILY_OF_MANY).expect("the family is shipped");
    let (one, many) = (run(profile, 1), run(profile, MANY));
    println!(
        "{FAMILY_OF_MANY}: one unit {:.0} ms, {MANY} side by side {:.0} ms ({} verified), {:.2} times as long (aim: at most 1.3)",
        one.wall_ms,
        many.wall_ms,
        many.verified,
        many.wall_ms / one.wall_ms
    );
    for size in [[1440.0, 900.0], [720.0, 560.0]] {
        let mut frames = frames(size);
        frames.sort_by(f64::total_cmp);
        let at = |share: f64| frames[((frames.len() - 1) as f64 * share) as usize];
        println!(
            "window of {} x {} with {MANY} lanes at work: a frame takes {:.2} ms in the middle, {:.2} ms p99, {:.2} ms at most (aim: under 16), drawing and layout, without the graphics card",
            size[0],
            size[1],
            at(0.5),
            at(0.99),
            at(1.0)
        );
    }
}

/// Milliseconds of each of 600 frames in which one lane after the other moves on.
fn frames(size: [f32; 2]) -> Vec<f64> {
    let (told, events) = std::sync::mpsc::channel();
    let lane = |slot: u32, step: u32| {
        let mut lane = sample::setting(slot, "4821");
        if (slot + step).is_multiple_of(7) {
            lane = sample::needs_you(slot, "3390");
        } else if (slot + step).is_multiple_of(3) {
            lane = sample::ready(slot, "1129");
        }
        Event::LaneChanged(Box::new(lane))
    };
    let first = sample::office(false)
        .into_iter()
        .chain((1..=MANY).map(|slot| lane(slot, 0)));
    for event in first {
        told.send(event).expect("the window listens");
    }
    let mut doors = Some(Doors {
        events,
        send: Box::new(|_| {}),
        keep: Box::new(|_| {}),
        play: Box::new(|_| {}),
        sound_works: Box::new(|| true),
        notify: Box::new(|_| {}),
        pretend_office: None,
    });
    let mut harness = egui_kittest::Harness::builder()
        .with_size(size)
        .with_context_setup(fleetdesk::ui::theme::install)
        .build_ui_state(
            move |ui, window: &mut Option<Window>| {
                let window = window.get_or_insert_with(|| {
                    Window::new(
                        ui.ctx(),
                        Choices::default(),
                        doors.take().expect("one window"),
                    )
                });
                window.take_events(ui.ctx());
                window.draw(ui);
            },
            None,
        );
    harness.run_steps(30);
    (0..600)
        .map(|step| {
            let event = lane(1 + step % MANY, step);
            told.send(event).expect("the window listens");
            let begun = Instant::now();
            harness.run_steps(1);
            begun.elapsed().as_secs_f64() * 1000.0
        })
        .collect()
}

/// Provisions `count` units of the family's first model, so that one and eight do the same work.
fn run(profile: &Arc<Profile>, count: u32) -> Run {
    let folder = Folder::make(None).expect("a folder for ports");
    let bench = tempfile::tempdir().expect("a folder for the inventory");
    let socket = Socket::Folder(folder.path().to_owned());
    let model = profile
        .simulator
        .units
        .first()
        .map(|model| model.variant.clone());
    let start = Instant::now();
    let units: Vec<RunningUnit> = (1..=count)
        .map(|number| {
            let options = SimulatedUnitOptions {
                model: model.clone(),
                seed: 11,
                number,
                faults: Vec::new(),
                password: None,
            };
            let unit = SimulatedUnit::new(Arc::clone(profile), options, Moment(0))
                .expect("a simulated unit");
            RunningUnit::start(unit, &socket, &format!("unit-{number}"), start).expect("a port")
        })
        .collect();
    let (inventory, _) = Inventory::open(bench.path(), &Options::default()).expect("an inventory");
    let template = Template::from_toml(TEMPLATE).expect("the demo's template");
    let options = EngineOptions {
        inventory,
        registry: ProfileRegistry::shipped(),
        ports: Ports::new(vec![PortSource::Folder(folder.path().to_owned())]),
        lanes: Lanes::Given(units.iter().map(|unit| unit.port.clone()).collect()),
        account: None,
        fleet_db: None,
        bench: "Bench".into(),
        office: String::new(),
        unit_secrets: UnitSecrets::default(),
        template_secrets: Arc::default(),
        labels: BTreeMap::new(),
        approval: Approval::Given("the bench".into()),
        follow_for: None,
        line_mode: false,
        pushes: fleetdesk::engine::PushScope::Nothing,
        message_wait: std::time::Duration::from_secs(600),
        support: None,
        job: Some(GivenJob {
            template: Arc::new(template),
            register: false,
            new_code: false,
        }),
    };
    let begun = Instant::now();
    let (engine, events) = Engine::start(options, Box::new(|| {}));
    let (mut ended, mut verified) = (0, 0);
    while ended < count {
        if let Event::UnitEnded(unit) = events.recv().expect("the engine tells each end") {
            ended += 1;
            verified += usize::from(unit.ending.verdict == fleet::journal::Verdict::Verified);
        }
    }
    let wall_ms = begun.elapsed().as_secs_f64() * 1000.0;
    let simulated = units
        .iter()
        .map(|unit| unit.look(SimulatedUnit::wire_and_reply_ms))
        .max()
        .unwrap_or_default();
    engine.quit();
    engine.join();
    Run {
        wall_ms,
        simulated_ms: simulated as f64,
        verified,
    }
}
