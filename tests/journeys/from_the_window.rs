//! Twenty units over an account that loses answers, from the window: its own screens over the real engine, real ports, a real
//! pretend carrier. Keys begin it, the screen tells its end, the carrier's ledger judges.

use crate::desk::{Desk, Sandbox, TEMPLATE, Units, sandbox_account};
use crate::screens::Desktop;
use carrier::sandbox::LedgerLine;
use eframe::egui::{Key, Modifiers};
use fleet::Template;
use fleet::profile::ProfileRegistry;
use fleet::registration::RegistrationState;
use fleetdesk::engine::{
    Approval, Engine, EngineOptions, LaneState, Lanes, PushScope, keep_template,
};
use fleetdesk::inventory::{Inventory, Options};
use fleetdesk::link::{PortSource, Ports};
use fleetdesk::secrets::UnitSecrets;
use fleetdesk::ui::desk::{Dialog, Screen};
use serde_json::json;
use std::collections::BTreeMap;
use std::rc::Rc;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// Longest wait for anything that must be seen.
const LONGEST: Duration = Duration::from_secs(240);
const EACH: usize = 10;

#[test]
fn twenty_units_are_registered_exactly_once_each_from_the_window_with_either_carrier() {
    std::thread::scope(|stories| {
        for kind in ["sprint", "control-center"] {
            stories.spawn(move || twenty_units(kind));
        }
    });
}

fn twenty_units(kind: &str) {
    let desk = Desk::new();
    let habits = json!({
        "lose_answer_after_commit_every": 5, "lose_answer_of_reads_every": 5, "server_error_after_success_every": 7,
        "activation_delay_ms": 300,
    });
    let sandbox = Sandbox::serve_kind(&desk.path(kind), kind, &habits);
    let bench = desk.path("bench");
    std::fs::create_dir_all(&bench).unwrap();
    let (inventory, _) = Inventory::open(&bench, &Options::default()).unwrap();
    // Without a secret: this computer may have no keychain, and the story is not about one.
    let lines = TEMPLATE.lines();
    let lines = lines.filter(|line| !line.starts_with("apn.password"));
    let template = Template::from_toml(&lines.collect::<Vec<_>>().join("\n")).unwrap();
    keep_template(
        &inventory,
        &template,
        "office lead",
        &fleetdesk::secrets::TemplateSecrets::default(),
    )
    .unwrap();
    let ports = ["teltonika-fmb", "queclink"].map(|family| desk.path(family));
    let options = EngineOptions {
        inventory: inventory.clone(),
        registry: ProfileRegistry::shipped(),
        ports: Ports::new(ports.iter().cloned().map(PortSource::Folder).collect()),
        lanes: Lanes::All,
        account: Some(sandbox_account(&sandbox.url, kind)),
        fleet_db: None,
        bench: "Bench 1".to_owned(),
        office: String::new(),
        unit_secrets: UnitSecrets::default(),
        template_secrets: Arc::default(),
        labels: BTreeMap::new(),
        approval: Approval::Given("office lead".to_owned()),
        follow_for: None,
        line_mode: false,
        pushes: PushScope::Nothing,
        message_wait: LONGEST,
        support: None,
        job: None,
    };
    let (engine, events) = Engine::start(options, Box::new(|| {}));
    let engine = Rc::new(engine);
    let sends = Rc::clone(&engine);
    let mut window = Desktop::connected(events, Box::new(move |command| sends.send(command)));
    let count = EACH.to_string();
    let plugged: Vec<Units> = ports
        .iter()
        .zip(["teltonika-fmb", "queclink"])
        .map(|(folder, family)| Units::plug(folder, family, &["--units", &count, "--seed", "78"]))
        .collect();
    let seen = |window: &mut Desktop, what: &str, fits: &dyn Fn(&[LaneState]) -> bool| {
        let begun = Instant::now();
        loop {
            window.settle();
            let lanes = window.lanes();
            if fits(&lanes) {
                return;
            }
            assert!(
                begun.elapsed() < LONGEST,
                "{kind}: never seen: {what}: {lanes:?} {:?}",
                window.advice()
            );
            std::thread::sleep(Duration::from_millis(50));
        }
    };
    let ready = |lanes: &[LaneState]| {
        lanes
            .iter()
            .filter(|lane| **lane == LaneState::Ready)
            .count()
            == 2 * EACH
    };
    seen(&mut window, "twenty ready lanes", &ready);

    window.desk().screen = Screen::Bench;
    window.desk().open(Dialog::PickJob);
    window.settle();
    window.key(Key::Enter);
    let begun = Instant::now();
    while !window.has_job() {
        assert!(
            begun.elapsed() < LONGEST,
            "{kind}: the job is never taken up"
        );
        std::thread::sleep(Duration::from_millis(50));
        window.settle();
    }
    window.press(Modifiers::COMMAND, Key::Enter);
    let done = |lanes: &[LaneState]| {
        let over = |lane: &&LaneState| matches!(lane, LaneState::Done | LaneState::AlreadySet);
        lanes.iter().filter(over).count() == 2 * EACH
    };
    seen(&mut window, "twenty units that are done", &done);

    for units in &plugged {
        for index in 0..EACH {
            let id = fleet::UnitId::from_unit_answer(&units.id(index)).unwrap().0;
            let row = inventory.unit(id).wait().unwrap().unwrap();
            assert_eq!(
                row.registration,
                Some(RegistrationState::Active),
                "{kind}: {row:?}"
            );
        }
    }
    drop(window);
    engine.quit();
    Rc::try_unwrap(engine).ok().unwrap().join();
    let mut by_sim: BTreeMap<String, usize> = BTreeMap::new();
    let ledger = sandbox.ledger();
    for line in &ledger {
        if let LedgerLine::Registered {
            iccid, device_id, ..
        } = line
        {
            *by_sim
                .entry(iccid.clone().unwrap_or_else(|| device_id.clone()))
                .or_default() += 1;
        }
    }
    assert_eq!(by_sim.len(), 2 * EACH, "{kind}: {by_sim:?}");
    assert!(
        by_sim.values().all(|count| *count == 1),
        "{kind}: {by_sim:?}"
    );
    let lost = ledger.iter().filter(|line| {
        matches!(
            line,
            LedgerLine::AnswerLost {
                after_commit: true,
                ..
            }
        )
    });
    assert!(lost.count() >= 4, "{kind}: the account was lossy");
}
