//! Cables that are pulled at the worst moment, on units with power of their own: what only stands in their volatile memory is not proved.

use super::rig::Rig;
use super::{Folder, options, watch_for};
use crate::engine::{Approval, Engine, EngineOptions, GivenJob, State};
use crate::link::{PortSource, Ports};
use fleet::Template;
use fleet::journal::Verdict;
use fleet::profile::ProfileRegistry;
use fleet::simulator::SimulatorFault;
use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

/// Some rounds of writing and restarting on a busy machine.
const LONGEST: Duration = Duration::from_secs(240);

const TEMPLATE: &str = r#"
name = "Vans"
version = 1
optional = [
  "apn.name", "server.host", "server.port", "server.transport", "report.moving_interval_s", "report.parked_interval_s",
  "report.heartbeat_interval_s",
]
[settings]
"apn.name" = "internet.example"
"server.host" = "track.example.net"
"server.port" = 5055
"server.transport" = "tcp"
"report.moving_interval_s" = 90
"report.parked_interval_s" = 1800
"report.heartbeat_interval_s" = 1200
"#;

/// Works on the units of the rig until each of them is done, and gives their verdicts by number.
fn worked_on(rig: &Rig, units: usize, meanwhile: impl FnOnce()) -> Vec<(String, Verdict)> {
    let (ports, bench) = (Folder::make(None).unwrap(), tempfile::tempdir().unwrap());
    let options = EngineOptions {
        ports: Ports::new(vec![PortSource::Memory(rig.hub.clone())]),
        approval: Approval::Given("Ann".into()),
        line_mode: true,
        job: Some(GivenJob {
            template: Arc::new(Template::from_toml(TEMPLATE).unwrap()),
            register: false,
            new_code: false,
        }),
        ..options(&ports, bench.path(), ProfileRegistry::shipped())
    };
    let (engine, events) = Engine::start(options, Box::new(|| {}));
    let mut state = State::default();
    watch_for(LONGEST, &events, &mut state, "all are at work", |state| {
        let at_work = |lane: &&crate::engine::Lane| lane.unit.is_some();
        state.lanes.values().filter(at_work).count() >= units
    });
    meanwhile();
    watch_for(LONGEST, &events, &mut state, "all are done", |state| {
        let done: BTreeSet<_> = state.done_today.iter().map(|done| &done.id).collect();
        done.len() >= units
    });
    engine.quit();
    engine.join();
    let done = state.done_today.iter();
    done.map(|done| (done.id.to_string(), done.verdict))
        .collect()
}

/// What a Queclink unit is asked to restart with, when all of it is there.
fn is_restart_of_queclink(text: &str) -> bool {
    text.contains("GTRTO=gl300,3") && text.ends_with('$')
}

/// The cable is pulled in the restart request of a unit that kept nothing: what it shows afterwards still stands in its memory.
fn pulled_in_the_restart_request(model: (&str, &str), is_now: fn(&str) -> bool) {
    let told = |faults: &[SimulatorFault], expected: Verdict| {
        let rig = Rig::new();
        rig.plug(model, faults, 1);
        rig.units()[0].pull_when = Some(is_now);
        let verdicts = worked_on(&rig, 1, || {});
        let units = rig.units();
        assert!(units[0].pull_when.is_none(), "{model:?} was never pulled");
        assert!(units[0].starts > 0, "{model:?} never restarted");
        assert_eq!(verdicts[0].1, expected, "{model:?} {faults:?}");
    };
    std::thread::scope(|scope| {
        scope.spawn(|| told(&[SimulatorFault::SaveIgnored], Verdict::Stopped));
        scope.spawn(|| told(&[], Verdict::Verified));
    });
}

#[test]
fn a_restart_request_of_which_half_left_restarted_nothing() {
    pulled_in_the_restart_request(("teltonika-fmb", "fmb920"), |text| text.contains(".re"));
}

/// All of it left, and the adapter that was pulled still had it.
#[test]
fn a_port_that_stays_and_is_lost_after_the_restart_request_shows_no_restart() {
    pulled_in_the_restart_request(("queclink", "gl300"), is_restart_of_queclink);
}

/// Its adapter is fed by the unit, say: nothing shows whether it restarted, and asking again and again would not either.
#[test]
fn a_unit_that_drops_its_port_at_each_restart_though_its_family_keeps_it_is_asked_twice_and_not_proved()
 {
    let rig = Rig::new();
    rig.plug(("queclink", "gl300"), &[], 1);
    rig.units()[0].drops_when = Some(is_restart_of_queclink);
    let verdicts = worked_on(&rig, 1, || {});
    assert_eq!(verdicts[0].1, Verdict::NotVerified, "{verdicts:?}");
    assert_eq!(rig.units()[0].starts, 2);
}

/// Eight units on a hub that loses its power: they and their ports are gone at once, and come back under other names.
#[test]
fn a_hub_that_loses_its_power_costs_no_unit_of_any_family_its_job() {
    let rig = Rig::new();
    // What the last one holds cannot be proved, and that is said of it.
    let models = [
        ("teltonika-fmb", "fmb920"),
        ("queclink", "gv55"),
        ("queclink", "gl300"),
        ("calamp-lmu", "lmu"),
        ("suntech", "st300"),
        ("suntech-universal", "universal"),
        ("modem-3gpp", "modem"),
        ("queclink-pro", "gl601"),
    ];
    for (number, model) in (1..).zip(models) {
        rig.plug(model, &[], number);
    }
    let expected: Vec<(String, Verdict)> = rig
        .units()
        .iter()
        .zip(models)
        .map(|(wired, model)| {
            let verdict = match model.0 {
                "queclink-pro" => Verdict::NotVerified,
                _ => Verdict::Verified,
            };
            (wired.unit.identity().id().to_owned(), verdict)
        })
        .collect();
    let found = worked_on(&rig, models.len(), || {
        rig.lose_power();
        std::thread::sleep(Duration::from_millis(1_500));
        rig.plug_elsewhere();
    });
    for (id, verdict) in expected {
        let told = found.iter().filter(|(each, _)| *each == id);
        let told: Vec<_> = told.map(|(_, told)| *told).collect();
        assert!(told.contains(&verdict), "{id}: {found:?}");
        // One that was finished before the loss is looked at again where it comes back.
        let again = (verdict == Verdict::Verified).then_some(Verdict::AlreadySet);
        let is_right = |told: &Verdict| *told == verdict || Some(*told) == again;
        assert!(told.iter().all(is_right), "{id}: {found:?}");
    }
}
