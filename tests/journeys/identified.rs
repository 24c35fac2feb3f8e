//! How long it takes on real ports until it is known who is there, among all families: a unit that answers at once within three seconds.

use fleet::Moment;
use fleet::profile::ProfileRegistry;
use fleet::simulator::{SimulatedUnit, SimulatedUnitOptions};
use fleet::transcript::EntryKind;
use fleetdesk::demo::{Folder, RunningUnit, Socket};
use fleetdesk::engine::read_unit_and_listen;
use fleetdesk::link::{PortSource, Ports};
use fleetdesk::secrets::UnitSecrets;
use std::sync::{Arc, Mutex};
use std::time::Instant;

/// From the first byte on the port to the end of the identification, milliseconds; the model for the message.
fn identified(family: &str) -> (String, u64) {
    let registry = ProfileRegistry::shipped();
    let profile = Arc::clone(registry.get(family).unwrap());
    let unit = SimulatedUnit::new(profile, SimulatedUnitOptions::default(), Moment(0)).unwrap();
    let label = unit.imei().map(|imei| imei.parse().unwrap());
    let folder = Folder::make(None).unwrap();
    let socket = Socket::Folder(folder.path().to_owned());
    let unit = RunningUnit::start(unit, &socket, "unit", Instant::now()).unwrap();
    let ports = Ports::new(vec![PortSource::Folder(folder.path().to_owned())]);
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
        &ports,
        &unit.port,
        &registry,
        &UnitSecrets::default(),
        label,
        listen,
    )
    .unwrap_or_else(|fault| panic!("{family}: {fault:?}"));
    assert_eq!(read.identity.profile, family);
    let took = times.lock().unwrap().last().copied();
    (read.identity.model, took.unwrap())
}

#[test]
fn every_family_is_known_within_three_seconds_on_a_real_port() {
    let registry = ProfileRegistry::shipped();
    let families: Vec<String> = registry.all().map(|each| each.id.clone()).collect();
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
