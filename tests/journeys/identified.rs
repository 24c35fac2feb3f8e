//! How long it takes on real ports until it is known who is there, among all families: a unit that answers at once within three seconds.
//! And a port that another program has, for a while or for good.

use fleet::ids::Label;
use fleet::profile::ProfileRegistry;
use fleet::simulator::{SimulatedUnit, SimulatedUnitOptions};
use fleet::transcript::EntryKind;
use fleet::{Fault, Moment};
use fleetdesk::demo::{Folder, RunningUnit, Socket};
use fleetdesk::engine::{read_unit, read_unit_and_listen};
use fleetdesk::link::{PortSource, Ports, open_serial};
use fleetdesk::secrets::UnitSecrets;
use std::sync::{Arc, LazyLock, Mutex};
use std::time::{Duration, Instant};

static SHIPPED: LazyLock<ProfileRegistry> = LazyLock::new(ProfileRegistry::shipped);

/// A unit of a family on a port of its own.
struct Plugged {
    unit: RunningUnit,
    ports: Ports,
    label: Option<Label>,
    _folder: Folder,
}

fn plugged(family: &str) -> Plugged {
    let profile = Arc::clone(SHIPPED.get(family).unwrap());
    let unit = SimulatedUnit::new(profile, SimulatedUnitOptions::default(), Moment(0)).unwrap();
    let label = unit.imei().map(|imei| imei.parse().unwrap());
    let folder = Folder::make(None).unwrap();
    let socket = Socket::Folder(folder.path().to_owned());
    let unit = RunningUnit::start(unit, &socket, "unit", Instant::now()).unwrap();
    Plugged {
        unit,
        ports: Ports::new(vec![PortSource::Folder(folder.path().to_owned())]),
        label,
        _folder: folder,
    }
}

/// From the first byte on the port to the end of the identification, milliseconds; the model for the message.
fn identified(family: &str) -> (String, u64) {
    let plugged = plugged(family);
    let times = Arc::new(Mutex::new(Vec::new()));
    let keep = Arc::clone(&times);
    let listen = move |transcript: fleet::Transcript| {
        let mut entries = transcript.entries();
        let opened = entries.next().map(|entry| entry.at);
        let known = transcript
            .entries()
            .find(|entry| entry.kind == EntryKind::Begun && entry.text == "read")
            .map(|entry| entry.at);
        if let (Some(opened), Some(known)) = (opened, known) {
            keep.lock().unwrap().push(known.since_ms(opened));
        }
    };
    let read = read_unit_and_listen(
        &plugged.ports,
        &plugged.unit.port,
        &SHIPPED,
        &UnitSecrets::default(),
        plugged.label.clone(),
        listen,
    )
    .unwrap_or_else(|fault| panic!("{family}: {fault:?}"));
    assert_eq!(read.identity.profile, family);
    let took = times.lock().unwrap().last().copied();
    (read.identity.model, took.unwrap())
}

#[test]
fn every_family_is_known_within_three_seconds_on_a_real_port() {
    let families: Vec<String> = SHIPPED.all().map(|each| each.id.clone()).collect();
    let times: Vec<(String, u64)> = std::thread::scope(|scope| {
        let asked: Vec<_> = families
            .iter()
            .map(|family| scope.spawn(|| identified(family)))
            .collect();
        asked.into_iter().map(|each| each.join().unwrap()).collect()
    });
    // Other tests may have had the processor: who was late is asked once more, alone.
    let late: Vec<(String, u64)> = families
        .iter()
        .zip(&times)
        .filter(|(_, (_, ms))| *ms > 3_000)
        .map(|(family, _)| identified(family))
        .filter(|(_, ms)| *ms > 3_000)
        .collect();
    assert!(late.is_empty(), "{late:?} of {times:?}");
}

/// Another program has the port of a unit, with the unit's own line settings: for a while it is waited for, for good it is said.
#[test]
fn a_port_that_another_program_has_is_waited_for_a_little_and_then_named_in_every_family() {
    let told = |profile: &Arc<fleet::Profile>| {
        let plugged = plugged(&profile.id);
        let read = || {
            let (secrets, label) = (UnitSecrets::default(), plugged.label.clone());
            read_unit(
                &plugged.ports,
                &plugged.unit.port,
                &SHIPPED,
                &secrets,
                label,
            )
        };
        let other = open_serial(&plugged.unit.port, &profile.line).unwrap();
        assert_eq!(read().err(), Some(Fault::PortBusy), "{}", profile.id);
        let found = std::thread::scope(|scope| {
            scope.spawn(|| {
                std::thread::sleep(Duration::from_millis(300));
                drop(other);
            });
            read()
        });
        let found = found.unwrap_or_else(|fault| panic!("{}: {fault:?}", profile.id));
        assert_eq!(found.identity.profile, profile.id);
    };
    std::thread::scope(|scope| {
        for profile in SHIPPED.all() {
            scope.spawn(|| told(profile));
        }
    });
}
