//! A desk without a desk: carries bytes between a dialogue and a simulated unit and jumps from deadline to deadline.

use fleet::dialogue::{Dialogue, DialogueEvent, Knowledge, Recognition, RecognitionEvent};
use fleet::job::{Operation, OperationOutcome};
use fleet::profile::{ProfileRegistry, SimulatedModel};
use fleet::simulator::{SimulatedUnit, SimulatedUnitOptions, SimulatorEvent, SimulatorFault};
use fleet::{Fault, Identity, Moment, Profile};
use std::sync::{Arc, OnceLock};

/// Longer than any walk takes in pretend time, milliseconds.
const LONGEST_MS: u64 = 3_600_000;

/// One unit on the desk.
pub struct Desk {
    pub unit: SimulatedUnit,
    pub profile: Arc<Profile>,
    pub now: Moment,
    pub knowledge: Knowledge,
    label: Option<fleet::ids::Label>,
    pub dialogue: Option<Box<Dialogue>>,
    /// Warnings that the dialogues told.
    pub warnings: Vec<String>,
    /// Everything that happened to the unit.
    pub events: Vec<SimulatorEvent>,
    /// Bytes that the host sent so far.
    pub sent: usize,
    /// The cable is pulled when so many bytes were sent, and put back a little later.
    pub pull_after: Option<usize>,
    /// Hands bytes over one by one.
    pub byte_by_byte: bool,
    /// What was said when nobody was recognised.
    strangers: String,
    plug_at: Option<Moment>,
    gone: bool,
    begun: Moment,
}

/// What is said of a whole family or model, not of this unit.
pub fn is_caution(warning: &str) -> bool {
    let notices = registry()
        .all()
        .filter_map(|profile| profile.notice.clone());
    warning.starts_with("not yet proven on real hardware: ")
        || notices.into_iter().any(|each| each == warning)
}

/// The connection was lost.
#[derive(Debug, PartialEq, Eq)]
pub struct Lost;

/// What a dialogue and a recognition have in common.
trait Talker {
    fn receive(&mut self, bytes: &[u8], now: Moment);
    fn timeout(&mut self, now: Moment);
    fn next_deadline(&self) -> Option<Moment>;
    fn take_outgoing(&mut self) -> Option<Vec<u8>>;
}

macro_rules! talker {
    ($kind:ty) => {
        impl Talker for $kind {
            fn receive(&mut self, bytes: &[u8], now: Moment) {
                Self::receive(self, bytes, now);
            }
            fn timeout(&mut self, now: Moment) {
                Self::timeout(self, now);
            }
            fn next_deadline(&self) -> Option<Moment> {
                Self::next_deadline(self)
            }
            fn take_outgoing(&mut self) -> Option<Vec<u8>> {
                Self::take_outgoing(self)
            }
        }
    };
}

talker!(Dialogue);
talker!(Recognition);

/// The shipped profiles, read once.
fn registry() -> &'static ProfileRegistry {
    static REGISTRY: OnceLock<ProfileRegistry> = OnceLock::new();
    REGISTRY.get_or_init(ProfileRegistry::shipped)
}

/// Every shipped model that can be proved: it shows what it holds, and restarts when asked. What the real job makes of the others is
/// seen in `tests/families.rs`.
pub fn every_model() -> Vec<(Arc<Profile>, SimulatedModel)> {
    let mut all = all_models();
    all.retain(|(profile, model)| {
        let variant = profile.variant(&model.variant).unwrap();
        let restarts = profile
            .restart
            .as_ref()
            .is_some_and(|restart| restart.exchange.is_some());
        restarts && profile.settings_on(variant).all(|setting| setting.readable)
    });
    assert!(all.len() >= 10);
    all
}

/// Every shipped profile with every model that it simulates.
fn all_models() -> Vec<(Arc<Profile>, SimulatedModel)> {
    let models = |profile: &Arc<Profile>| {
        let profile = Arc::clone(profile);
        profile
            .simulator
            .units
            .clone()
            .into_iter()
            .map(move |model| (Arc::clone(&profile), model))
    };
    registry().all().flat_map(models).collect()
}

impl Desk {
    pub fn new(profile: &Arc<Profile>, model: &str, seed: u64, faults: &[SimulatorFault]) -> Self {
        let options = SimulatedUnitOptions {
            model: Some(model.to_owned()),
            seed,
            number: 1,
            faults: faults.to_vec(),
            password: None,
        };
        Self::with(profile, options)
    }

    pub fn with(profile: &Arc<Profile>, options: SimulatedUnitOptions) -> Self {
        let now = Moment(5000);
        let unit = SimulatedUnit::new(Arc::clone(profile), options, now).unwrap();
        // The number on the housing, for families that answer to nothing else.
        let label = unit.imei().map(|imei| imei.parse().unwrap());
        Self {
            label,
            unit,
            profile: Arc::clone(profile),
            now,
            knowledge: Knowledge::default(),
            dialogue: None,
            warnings: Vec::new(),
            events: Vec::new(),
            sent: 0,
            pull_after: None,
            byte_by_byte: false,
            strangers: String::new(),
            plug_at: None,
            gone: false,
            begun: now,
        }
    }

    /// Finds out who is there, among all shipped families.
    pub fn recognise(&mut self) -> Result<Result<Identity, Fault>, Lost> {
        self.dialogue = None;
        let families = registry().all().map(|profile| {
            let mut knowledge = if profile.id == self.profile.id {
                self.knowledge.clone()
            } else {
                Knowledge::default()
            };
            knowledge.label = self.label.clone();
            (Arc::clone(profile), knowledge)
        });
        let mut recognition = Recognition::new(families.collect(), self.now);
        loop {
            if let Some(event) = recognition.next_event() {
                match event {
                    RecognitionEvent::Recognised(dialogue, identity) => {
                        self.knowledge = dialogue.knowledge();
                        self.dialogue = Some(dialogue);
                        return Ok(Ok(*identity));
                    }
                    RecognitionEvent::Failed(fault) => {
                        self.strangers = recognition
                            .transcript()
                            .map(|transcript| transcript.to_lines().join("\n"))
                            .unwrap_or_default();
                        return Ok(Err(fault));
                    }
                }
            }
            self.step(&mut recognition)?;
        }
    }

    /// Runs one operation with the recognised unit.
    pub fn run(&mut self, operation: Operation) -> Result<OperationOutcome, Lost> {
        let mut dialogue = self.dialogue.take().unwrap();
        dialogue.begin(operation, self.now);
        loop {
            while let Some(event) = dialogue.next_event() {
                match event {
                    DialogueEvent::Finished(outcome) => {
                        self.knowledge = dialogue.knowledge();
                        self.dialogue = Some(dialogue);
                        return Ok(outcome);
                    }
                    DialogueEvent::Warning(text) if is_caution(&text) => {}
                    DialogueEvent::Warning(text) => self.warnings.push(text),
                    DialogueEvent::Progress(_)
                    | DialogueEvent::NoAnswerYet
                    | DialogueEvent::Starting => {}
                }
            }
            if let Err(lost) = self.step(&mut *dialogue) {
                self.knowledge = dialogue.knowledge();
                return Err(lost);
            }
        }
    }

    /// Waits until the port is there, at most so long.
    pub fn wait_for_port(&mut self, longest_ms: u64) -> bool {
        let end = self.now.plus_ms(longest_ms);
        loop {
            self.look();
            if self.unit.port_is_there() {
                self.gone = false;
                return true;
            }
            let deadlines = [self.unit.next_deadline(), self.plug_at];
            match deadlines
                .into_iter()
                .flatten()
                .min()
                .filter(|deadline| *deadline <= end)
            {
                Some(deadline) => self.pass_to(deadline),
                None => return false,
            }
        }
    }

    /// Lets time pass while nobody listens.
    pub fn pass(&mut self, milliseconds: u64) {
        let end = self.now.plus_ms(milliseconds);
        while let Some(deadline) = self.unit.next_deadline().filter(|deadline| *deadline < end) {
            self.pass_to(deadline);
            while self.unit.take_outgoing(self.now).is_some() {}
        }
        self.pass_to(end);
        self.look();
    }

    /// What stands in the transcript of the present connection.
    pub fn transcript(&self) -> String {
        self.dialogue.as_ref().map_or_else(
            || self.strangers.clone(),
            |dialogue| dialogue.transcript().to_lines().join("\n"),
        )
    }

    fn pass_to(&mut self, moment: Moment) {
        self.now = self.now.max(moment);
        self.unit.timeout(self.now);
        assert!(
            self.now.since_ms(self.begun) < LONGEST_MS,
            "this never ends"
        );
        if self.plug_at.is_some_and(|at| at <= self.now) {
            self.plug_at = None;
            self.unit.plug(self.now);
        }
    }

    /// Takes note of what happened to the unit.
    fn look(&mut self) {
        self.unit.timeout(self.now);
        while let Some(event) = self.unit.next_event() {
            self.gone |= event == SimulatorEvent::PortVanished;
            self.events.push(event);
        }
    }

    fn send(&mut self, bytes: &[u8]) {
        let pulled_at = self
            .pull_after
            .and_then(|after| after.checked_sub(self.sent))
            .filter(|left| *left < bytes.len());
        let carried = &bytes[..pulled_at.unwrap_or(bytes.len())];
        self.sent += carried.len();
        self.unit.receive(carried, self.now);
        if pulled_at.is_some() {
            self.pull_after = None;
            self.unit.unplug(self.now);
            self.plug_at = Some(self.now.plus_ms(1500));
        }
    }

    fn step(&mut self, talker: &mut impl Talker) -> Result<(), Lost> {
        while let Some(bytes) = talker.take_outgoing() {
            self.send(&bytes);
        }
        self.look();
        if self.gone {
            return Err(Lost);
        }
        let mut came = false;
        while let Some(bytes) = self.unit.take_outgoing(self.now) {
            came = true;
            if self.byte_by_byte {
                bytes
                    .chunks(1)
                    .for_each(|byte| talker.receive(byte, self.now));
            } else {
                talker.receive(&bytes, self.now);
            }
        }
        if came {
            return Ok(());
        }
        let deadline = talker.next_deadline();
        if deadline.is_some_and(|deadline| deadline <= self.now) {
            talker.timeout(self.now);
            return Ok(());
        }
        let next = [deadline, self.unit.next_deadline()]
            .into_iter()
            .flatten()
            .min();
        self.pass_to(next.unwrap());
        self.look();
        Ok(())
    }
}
