//! A bench for dialogues with pretend time: the other side is a simulated unit, or a peer that says what a script says.

mod asleep;
mod code_once;
mod hostile;
mod keywords;
mod labelled;
mod lacking;
mod log_inside;
mod other_forms;
mod refusing;
mod scripted_families;
mod scripted_queclink;
mod scripted_teltonika;
mod splitting;
mod typed;
mod vehicle_number;
mod walk;

use super::{Dialogue, DialogueEvent, Knowledge, Recognition, RecognitionEvent};
use crate::job::{Operation, OperationOutcome};
use crate::plan::PlaceWrite;
use crate::profile::{Place, Profile, ProfileRegistry};
use crate::reading::{Identity, Reading};
use crate::secret::Secret;
use crate::simulator::{SimulatedUnit, SimulatedUnitOptions, SimulatorFault};
use crate::{Fault, Moment};
use std::collections::BTreeMap;
use std::sync::{Arc, LazyLock};

pub(super) const FMB: &str = "teltonika-fmb";
pub(super) const QUECLINK: &str = "queclink";

pub(super) fn profile(id: &str) -> Arc<Profile> {
    static SHIPPED: LazyLock<ProfileRegistry> = LazyLock::new(ProfileRegistry::shipped);
    Arc::clone(SHIPPED.get(id).unwrap())
}

pub(super) fn with_password(password: &str) -> Knowledge {
    Knowledge {
        password: Some(Secret::new(password)),
        ..Knowledge::default()
    }
}

pub(super) fn place(name: &str) -> Place {
    match name.split_once('.') {
        Some((command, field)) => Place::Field {
            command: command.to_owned(),
            field: field.to_owned(),
        },
        None => Place::Parameter {
            parameter: name.to_owned(),
        },
    }
}

pub(super) fn write(name: &str, value: &str) -> PlaceWrite {
    PlaceWrite {
        place: place(name),
        before: None,
        after: Secret::new(value),
    }
}

/// Something that talks: a dialogue, or the search for one.
pub(super) trait Talker {
    fn hear(&mut self, bytes: &[u8], now: Moment);
    fn due(&mut self, now: Moment);
    fn deadline(&self) -> Option<Moment>;
    fn outgoing(&mut self) -> Option<Vec<u8>>;
}

impl Talker for Dialogue {
    fn hear(&mut self, bytes: &[u8], now: Moment) {
        self.receive(bytes, now);
    }
    fn due(&mut self, now: Moment) {
        self.timeout(now);
    }
    fn deadline(&self) -> Option<Moment> {
        self.next_deadline()
    }
    fn outgoing(&mut self) -> Option<Vec<u8>> {
        self.take_outgoing()
    }
}

impl Talker for Recognition {
    fn hear(&mut self, bytes: &[u8], now: Moment) {
        self.receive(bytes, now);
    }
    fn due(&mut self, now: Moment) {
        self.timeout(now);
    }
    fn deadline(&self) -> Option<Moment> {
        self.next_deadline()
    }
    fn outgoing(&mut self) -> Option<Vec<u8>> {
        self.take_outgoing()
    }
}

/// The other end of the line.
pub(super) trait Peer {
    fn hear(&mut self, bytes: &[u8], now: Moment);
    fn deadline(&self) -> Option<Moment>;
    fn said(&mut self, now: Moment) -> Option<Vec<u8>>;
}

impl Peer for SimulatedUnit {
    fn hear(&mut self, bytes: &[u8], now: Moment) {
        self.receive(bytes, now);
    }
    fn deadline(&self) -> Option<Moment> {
        self.next_deadline()
    }
    fn said(&mut self, now: Moment) -> Option<Vec<u8>> {
        self.take_outgoing(now)
    }
}

/// A peer that answers each request as `answer` says: pieces of bytes, each after a time.
pub(super) struct Script<F> {
    answer: F,
    buffer: Vec<u8>,
    end: u8,
    queue: BTreeMap<(Moment, usize), Vec<u8>>,
    number: usize,
    pub(super) requests: Vec<String>,
}

impl<F: FnMut(&str) -> Vec<(u64, String)>> Script<F> {
    /// `end` ends a request.
    pub(super) fn new(end: char, answer: F) -> Self {
        Self {
            answer,
            buffer: Vec::new(),
            end: end as u8,
            queue: BTreeMap::new(),
            number: 0,
            requests: Vec::new(),
        }
    }

    /// Something it says unasked.
    pub(super) fn will_say(&mut self, at: Moment, text: &str) {
        self.number += 1;
        self.queue
            .insert((at, self.number), text.as_bytes().to_vec());
    }
}

impl<F: FnMut(&str) -> Vec<(u64, String)>> Peer for Script<F> {
    fn hear(&mut self, bytes: &[u8], now: Moment) {
        for &byte in bytes {
            self.buffer.push(byte);
            if byte != self.end {
                continue;
            }
            let request = String::from_utf8(std::mem::take(&mut self.buffer)).unwrap();
            let request = request.trim().to_owned();
            if request.is_empty() {
                continue;
            }
            for (after_ms, text) in (self.answer)(&request) {
                self.will_say(now.plus_ms(after_ms), &text);
            }
            self.requests.push(request);
        }
    }
    fn deadline(&self) -> Option<Moment> {
        self.queue.keys().next().map(|(at, _)| *at)
    }
    fn said(&mut self, now: Moment) -> Option<Vec<u8>> {
        let entry = self.queue.first_entry()?;
        (entry.key().0 <= now).then(|| entry.remove())
    }
}

/// Lets both sides talk until `until` says stop or an hour has passed.
pub(super) fn talk<T: Talker>(
    talker: &mut T,
    peer: &mut dyn Peer,
    now: &mut Moment,
    mut until: impl FnMut(&mut T) -> bool,
) {
    let end = now.plus_ms(3_600_000);
    loop {
        loop {
            let mut quiet = true;
            while let Some(bytes) = talker.outgoing() {
                peer.hear(&bytes, *now);
                quiet = false;
            }
            while let Some(bytes) = peer.said(*now) {
                talker.hear(&bytes, *now);
                quiet = false;
            }
            if talker.deadline().is_some_and(|deadline| deadline <= *now) {
                talker.due(*now);
                quiet = false;
            }
            if quiet {
                break;
            }
        }
        if until(talker) {
            return;
        }
        let next = [talker.deadline(), peer.deadline()]
            .into_iter()
            .flatten()
            .min();
        match next {
            Some(next) if next <= end => *now = next.max(now.plus_ms(1)),
            _ => return,
        }
    }
}

/// Runs one operation to its end and gives everything that was told.
pub(super) fn run_events(
    dialogue: &mut Dialogue,
    peer: &mut dyn Peer,
    now: &mut Moment,
    operation: Operation,
) -> Vec<DialogueEvent> {
    dialogue.begin(operation, *now);
    let mut events = Vec::new();
    talk(dialogue, peer, now, |dialogue| {
        while let Some(event) = dialogue.next_event() {
            events.push(event);
        }
        matches!(events.last(), Some(DialogueEvent::Finished(_)))
    });
    events
}

/// Runs one operation to its end.
pub(super) fn run(
    dialogue: &mut Dialogue,
    peer: &mut dyn Peer,
    now: &mut Moment,
    operation: Operation,
) -> OperationOutcome {
    match run_events(dialogue, peer, now, operation).pop() {
        Some(DialogueEvent::Finished(outcome)) => outcome,
        other => panic!(
            "not finished: {other:?}\n{}",
            dialogue.transcript().to_lines().join("\n")
        ),
    }
}

pub(super) fn identified(outcome: OperationOutcome) -> Identity {
    match outcome {
        OperationOutcome::Identified(identity) => *identity,
        other => panic!("not identified: {other:?}"),
    }
}

pub(super) fn reading(outcome: OperationOutcome) -> Reading {
    match outcome {
        OperationOutcome::Read(reading) => reading,
        other => panic!("not read: {other:?}"),
    }
}

pub(super) fn failed(outcome: OperationOutcome) -> Fault {
    match outcome {
        OperationOutcome::Failed(fault) => fault,
        other => panic!("not failed: {other:?}"),
    }
}

/// Looks for a unit until it is found or given up.
pub(super) fn recognise(
    recognition: &mut Recognition,
    peer: &mut dyn Peer,
    now: &mut Moment,
) -> RecognitionEvent {
    let mut event = None;
    talk(recognition, peer, now, |recognition| {
        event = recognition.next_event();
        event.is_some()
    });
    event.unwrap()
}

pub(super) fn simulated(
    profile_id: &str,
    model: &str,
    faults: &[SimulatorFault],
    seed: u64,
) -> SimulatedUnit {
    let options = SimulatedUnitOptions {
        model: Some(model.to_owned()),
        seed,
        faults: faults.to_vec(),
        ..SimulatedUnitOptions::default()
    };
    SimulatedUnit::new(profile(profile_id), options, Moment(1000)).unwrap()
}
