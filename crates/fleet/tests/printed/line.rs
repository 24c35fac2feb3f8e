//! A line between the heart and a hand-made unit, with pretend time, and the ways in which a unit's bytes can come.

use fleet::dialogue::{Recognition, RecognitionEvent};
use fleet::job::{Operation, OperationOutcome};
use fleet::plan::PlaceWrite;
use fleet::profile::{Place, Profile, ProfileRegistry};
use fleet::{Dialogue, DialogueEvent, Identity, Knowledge, Moment, Reading, Secret};
use std::collections::BTreeMap;
use std::sync::{Arc, LazyLock};

/// Longest time until it is known who answers among all families, milliseconds.
const LONGEST_MS: u64 = 10_000;

/// What a hand-made unit says to a request, line by line; `None` is silence.
pub type Answers = Box<dyn FnMut(&str) -> Option<Vec<String>>>;

/// How the unit's bytes come.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Manner {
    Whole,
    /// Split once, after so many bytes of each answer.
    SplitAfter(usize),
    OneByOne,
    UnsolicitedBetween,
    /// Each answer twice.
    Doubled,
    /// Each answer so many milliseconds late.
    Late(u64),
    /// The first answer to each different request comes after its time, later ones at once.
    LateOnce(u64),
}

/// A unit of the notes, and what is asked of it.
pub struct Printed {
    pub name: &'static str,
    pub family: &'static str,
    pub variant: &'static str,
    /// What it is known by in the end.
    pub id: &'static str,
    pub label: Option<&'static str>,
    pub password: Option<&'static str>,
    /// Characters that end a request for it.
    pub ends: &'static [u8],
    /// What stands behind each of its lines.
    pub line_end: &'static str,
    /// Lines that it sends unasked.
    pub unsolicited: &'static [&'static str],
    /// What it shows before anything is written.
    pub shown: &'static [(&'static str, &'static str)],
    pub writes: &'static [(&'static str, &'static str)],
    /// Whether it shows what was written.
    pub shows_again: bool,
    pub unit: fn() -> Answers,
}

/// What came of it.
#[derive(Debug, PartialEq)]
pub struct Told {
    pub identity: Identity,
    pub reading: Reading,
    pub written: OperationOutcome,
    pub after: Option<Reading>,
}

struct Peer<'a> {
    printed: &'a Printed,
    manner: Manner,
    answers: Answers,
    buffer: Vec<u8>,
    queue: BTreeMap<(Moment, usize), Vec<u8>>,
    number: usize,
    heard: BTreeMap<String, usize>,
    requests: Vec<String>,
}

impl Peer<'_> {
    fn say(&mut self, at: Moment, text: &str) {
        self.number += 1;
        self.queue
            .insert((at, self.number), text.as_bytes().to_vec());
    }

    fn hear(&mut self, bytes: &[u8], now: Moment) {
        for &byte in bytes {
            self.buffer.push(byte);
            if !self.printed.ends.contains(&byte) {
                continue;
            }
            let request = String::from_utf8(std::mem::take(&mut self.buffer)).unwrap();
            let request = request.trim().to_owned();
            if request.is_empty() {
                continue;
            }
            if let Some(lines) = (self.answers)(&request) {
                self.answer(&request, &lines, now);
            }
            self.requests.push(request);
        }
    }

    fn answer(&mut self, request: &str, lines: &[String], now: Moment) {
        let end = self.printed.line_end;
        let lines: Vec<String> = lines.iter().map(|line| format!("{line}{end}")).collect();
        let whole = lines.concat();
        let times = self.heard.entry(request.to_owned()).or_default();
        *times += 1;
        let first = *times == 1;
        let at = now.plus_ms(20);
        match self.manner {
            Manner::Whole => self.say(at, &whole),
            Manner::SplitAfter(split) if split < whole.len() => {
                let (one, other) = whole.split_at(split);
                self.say(at, one);
                self.say(at.plus_ms(7), other);
            }
            Manner::SplitAfter(_) => self.say(at, &whole),
            Manner::OneByOne => {
                for each in whole.chars() {
                    self.say(at, &each.to_string());
                }
            }
            Manner::UnsolicitedBetween => {
                let noise: Vec<String> = self
                    .printed
                    .unsolicited
                    .iter()
                    .map(|line| format!("{line}{end}"))
                    .collect();
                self.say(at, &noise.concat());
                for line in &lines {
                    self.say(at.plus_ms(1), line);
                    self.say(at.plus_ms(1), &noise.concat());
                }
            }
            Manner::Doubled => {
                self.say(at, &whole);
                self.say(at.plus_ms(25), &whole);
            }
            Manner::Late(late_ms) => self.say(at.plus_ms(late_ms), &whole),
            Manner::LateOnce(late_ms) if first => self.say(at.plus_ms(late_ms), &whole),
            Manner::LateOnce(_) => self.say(at, &whole),
        }
    }

    fn said(&mut self, now: Moment) -> Option<Vec<u8>> {
        let entry = self.queue.first_entry()?;
        (entry.key().0 <= now).then(|| entry.remove())
    }
}

trait Talker {
    fn outgoing(&mut self) -> Option<Vec<u8>>;
    fn hear(&mut self, bytes: &[u8], now: Moment);
    fn due(&mut self, now: Moment);
    fn deadline(&self) -> Option<Moment>;
}

macro_rules! talker {
    ($kind:ty) => {
        impl Talker for $kind {
            fn outgoing(&mut self) -> Option<Vec<u8>> {
                self.take_outgoing()
            }
            fn hear(&mut self, bytes: &[u8], now: Moment) {
                self.receive(bytes, now);
            }
            fn due(&mut self, now: Moment) {
                self.timeout(now);
            }
            fn deadline(&self) -> Option<Moment> {
                self.next_deadline()
            }
        }
    };
}

talker!(Dialogue);
talker!(Recognition);

fn talk<T: Talker>(
    talker: &mut T,
    peer: &mut Peer<'_>,
    now: &mut Moment,
    mut over: impl FnMut(&mut T) -> bool,
) {
    let end = now.plus_ms(600_000);
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
        if over(talker) {
            return;
        }
        let next = [
            talker.deadline(),
            peer.queue.keys().next().map(|(at, _)| *at),
        ];
        match next.into_iter().flatten().min() {
            Some(next) if next <= end => *now = next.max(now.plus_ms(1)),
            _ => return,
        }
    }
}

fn run(
    dialogue: &mut Dialogue,
    peer: &mut Peer<'_>,
    now: &mut Moment,
    operation: Operation,
) -> OperationOutcome {
    dialogue.begin(operation, *now);
    let mut outcome = None;
    talk(dialogue, peer, now, |dialogue| {
        while let Some(event) = dialogue.next_event() {
            if let DialogueEvent::Finished(finished) = event {
                outcome = Some(finished);
            }
        }
        outcome.is_some()
    });
    outcome.unwrap()
}

/// Every shipped family.
pub fn shipped() -> &'static ProfileRegistry {
    static SHIPPED: LazyLock<ProfileRegistry> = LazyLock::new(ProfileRegistry::shipped);
    &SHIPPED
}

impl Printed {
    fn knowledge(&self) -> Knowledge {
        Knowledge {
            label: self.label.map(|label| label.parse().unwrap()),
            ..Knowledge::default()
        }
    }

    fn peer(&self, manner: Manner) -> Peer<'_> {
        Peer {
            printed: self,
            manner,
            answers: (self.unit)(),
            buffer: Vec::new(),
            queue: BTreeMap::new(),
            number: 0,
            heard: BTreeMap::new(),
            requests: Vec::new(),
        }
    }

    /// Finds the unit among all families, or talks to it at once in its own language.
    fn found(
        &self,
        peer: &mut Peer<'_>,
        now: &mut Moment,
        among_all: bool,
    ) -> (Dialogue, Identity) {
        let own = |profile: &Arc<Profile>| Knowledge {
            password: self
                .password
                .filter(|_| profile.id == self.family)
                .map(Secret::new),
            ..self.knowledge()
        };
        if among_all {
            let families = shipped().all().map(|each| (Arc::clone(each), own(each)));
            let mut recognition = Recognition::new(families.collect(), *now);
            let mut event = None;
            talk(&mut recognition, peer, now, |recognition| {
                event = recognition.next_event();
                event.is_some()
            });
            match event {
                Some(RecognitionEvent::Recognised(dialogue, identity)) => (*dialogue, *identity),
                other => panic!(
                    "{} {:?}: {other:?}\n{:#?}",
                    self.name, peer.manner, peer.requests
                ),
            }
        } else {
            let profile = Arc::clone(shipped().get(self.family).unwrap());
            let knowledge = own(&profile);
            let mut dialogue = Dialogue::new(profile, knowledge, *now);
            match run(&mut dialogue, peer, now, Operation::Identify) {
                OperationOutcome::Identified(identity) => (dialogue, *identity),
                other => panic!(
                    "{} {:?}: {other:?}\n{}",
                    self.name,
                    peer.manner,
                    dialogue.transcript().to_lines().join("\n")
                ),
            }
        }
    }

    /// Identifies, reads, writes, saves and restarts it, and reads again.
    pub fn told(&self, manner: Manner, among_all: bool) -> (Told, u64, Vec<String>) {
        let mut now = Moment(1000);
        let mut peer = self.peer(manner);
        let (mut dialogue, identity) = self.found(&mut peer, &mut now, among_all);
        let took_ms = now.since_ms(Moment(1000));
        assert!(
            !among_all || took_ms <= LONGEST_MS,
            "{} {manner:?}: {took_ms} ms\n{}",
            self.name,
            dialogue.transcript().to_lines().join("\n")
        );
        // One that is so slow tells the rest when it is asked again, as every job does.
        let lines = dialogue.transcript().to_lines();
        let identity = if lines
            .iter()
            .any(|line| line.contains("asked the next time"))
        {
            match run(&mut dialogue, &mut peer, &mut now, Operation::Identify) {
                OperationOutcome::Identified(identity) => *identity,
                other => panic!("{} {manner:?}: {other:?}", self.name),
            }
        } else {
            identity
        };
        let read = |dialogue: &mut Dialogue, peer: &mut Peer<'_>, now: &mut Moment| match run(
            dialogue,
            peer,
            now,
            Operation::ReadAll,
        ) {
            OperationOutcome::Read(reading) => reading,
            other => panic!(
                "{} {manner:?}: {other:?}\n{}",
                self.name,
                dialogue.transcript().to_lines().join("\n")
            ),
        };
        let reading = read(&mut dialogue, &mut peer, &mut now);
        let writes: Vec<PlaceWrite> = self
            .writes
            .iter()
            .map(|(place, text)| PlaceWrite {
                place: Place::named(place),
                before: None,
                after: Secret::new(*text),
            })
            .collect();
        let nothing = OperationOutcome::Written { refused: vec![] };
        if writes.is_empty() {
            let told = Told {
                identity,
                reading,
                written: nothing,
                after: None,
            };
            return (told, took_ms, peer.requests);
        }
        let written = run(
            &mut dialogue,
            &mut peer,
            &mut now,
            Operation::Write(writes.clone()),
        );
        assert_eq!(
            written,
            nothing,
            "{} {manner:?}\n{}",
            self.name,
            dialogue.transcript().to_lines().join("\n")
        );
        let saved = run(&mut dialogue, &mut peer, &mut now, Operation::Save);
        assert_eq!(saved, OperationOutcome::Done, "{} {manner:?}", self.name);
        let profile = shipped().get(self.family).unwrap();
        let restart = profile.restart.as_ref();
        if restart.is_some_and(|restart| restart.exchange.is_some()) {
            let restarted = run(&mut dialogue, &mut peer, &mut now, Operation::Restart);
            assert!(
                matches!(restarted, OperationOutcome::Done | OperationOutcome::Sent),
                "{} {manner:?}: {restarted:?}",
                self.name
            );
            now = now.plus_ms(3000);
            peer.queue.clear();
            (dialogue, _) = self.found(&mut peer, &mut now, among_all);
        }
        let after = read(&mut dialogue, &mut peer, &mut now);
        let told = Told {
            identity,
            reading,
            written,
            after: Some(after),
        };
        (told, took_ms, peer.requests)
    }

    /// In every manner the same comes of it, and it is what the notes say.
    pub fn check(&self) {
        let (whole, took_ms, _) = self.told(Manner::Whole, true);
        assert_eq!(whole.identity.profile, self.family, "{}", self.name);
        assert_eq!(whole.identity.variant, self.variant, "{}", self.name);
        assert_eq!(whole.identity.id.as_str(), self.id, "{}", self.name);
        // One that is locked says nothing until it is asked whether it is.
        let at_once = self.password.is_none();
        assert!(!at_once || took_ms <= 3_000, "{}: {took_ms} ms", self.name);
        for (place, text) in self.shown {
            let shown = whole.reading.get(&Place::named(place));
            assert_eq!(shown, Some(*text), "{} {place}", self.name);
        }
        for (place, text) in self.writes.iter().filter(|_| self.shows_again) {
            let after = whole.after.as_ref();
            let after = after.and_then(|after| after.get(&Place::named(place)));
            // A masked parameter shows its value alone.
            let text = text.split_once(',').map_or(*text, |(value, _)| value);
            assert_eq!(after, Some(text), "{} {place} afterwards", self.name);
        }
        for (manner, among_all) in [
            (Manner::OneByOne, true),
            (Manner::UnsolicitedBetween, true),
            (Manner::Doubled, true),
            (Manner::Late(250), true),
            (Manner::Late(700), true),
            (Manner::Late(900), true),
            (Manner::LateOnce(700), true),
            (Manner::LateOnce(900), true),
        ] {
            let (other, _, _) = self.told(manner, among_all);
            assert_eq!(other, whole, "{} {manner:?}", self.name);
        }
        for split in (1..40).chain((40..140).step_by(7)) {
            let manner = Manner::SplitAfter(split);
            let (other, _, _) = self.told(manner, false);
            assert_eq!(other, whole, "{} {manner:?}", self.name);
        }
    }
}

/// Lines as a unit answers them.
pub fn lines(lines: &[&str]) -> Option<Vec<String>> {
    Some(lines.iter().map(|line| (*line).to_owned()).collect())
}

/// A text as a unit answers it.
pub fn line(text: String) -> Option<Vec<String>> {
    Some(vec![text])
}
