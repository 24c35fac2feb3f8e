//! A bench in pretend time: one simulated unit on one port, recognised, talked with and worked on as the desktop program does it.

use super::cable::Cable;
use fleet::dialogue::{Recognition, RecognitionEvent};
use fleet::job::{Effect, Ending, Input, Job, JobSetup, Now, Operation, OperationOutcome};
use fleet::journal::{Decision, JobEvent, JobId};
use fleet::profile::{Place, ProfileRegistry};
use fleet::simulator::{SimulatedUnit, SimulatedUnitOptions, SimulatorEvent, SimulatorFault};
use fleet::{
    Dialogue, DialogueEvent, Fault, Identity, Knowledge, Moment, Plan, Profile, Reading, Template,
};
use jiff::Timestamp;
use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, LazyLock};
use uuid::Uuid;

const TEMPLATE: &str = r#"
name = "Vans"
version = 3
optional = [
  "apn.name", "apn.user", "apn.password", "server.host", "server.port", "server.transport",
  "report.moving_interval_s", "report.parked_interval_s", "report.heartbeat_interval_s",
]
[settings]
"apn.name" = "internet.example"
"apn.user" = "van"
"apn.password" = "s3cret-apn"
"server.host" = "track.example.net"
"server.port" = 5055
"server.transport" = "tcp"
"report.moving_interval_s" = 90
"report.parked_interval_s" = 1800
"report.heartbeat_interval_s" = 1200
[map.calamp-lmu]
"report.moving_interval_s" = "262,0"
"report.parked_interval_s" = "265,1"
"#;

/// A unit that is looked for so long, milliseconds.
const LOOKING_MS: u64 = 20_000;

pub struct Bench {
    families: ProfileRegistry,
    profile: Arc<Profile>,
    unit: SimulatedUnit,
    now: Moment,
    dialogue: Option<Dialogue>,
    knowledge: Knowledge,
    connection: u64,
    template: Arc<Template>,
    original: BTreeMap<Place, String>,
    identity: Option<Identity>,
    /// Counts starts of the unit.
    starts: u32,
    pub cable: Cable,
}

/// Read once: each reading compiles every pattern of every family.
static SHIPPED: LazyLock<ProfileRegistry> = LazyLock::new(ProfileRegistry::shipped);

/// What came of one unit's way over the bench.
#[derive(Debug)]
pub struct Told {
    pub ending: Ending,
    pub journal: String,
}

/// Either side of a conversation.
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

impl Bench {
    pub fn new(model: (&str, &str), faults: &[SimulatorFault], seed: u64) -> Self {
        Self::among(SHIPPED.clone(), model, faults, seed)
    }

    /// A bench that knows these families.
    pub fn among(
        families: ProfileRegistry,
        (family, model): (&str, &str),
        faults: &[SimulatorFault],
        seed: u64,
    ) -> Self {
        let profile = Arc::clone(families.get(family).unwrap());
        let options = SimulatedUnitOptions {
            model: Some(model.to_owned()),
            seed,
            faults: faults.to_vec(),
            ..SimulatedUnitOptions::default()
        };
        let unit = SimulatedUnit::new(Arc::clone(&profile), options, Moment(0)).unwrap();
        // A number with a mask is shown without it, and written and put back with it.
        let own = match family {
            "calamp-lmu" => "\"calamp.fixed_address_bit\" = 4\n[map",
            _ => "[map",
        };
        let mut template = Template::from_toml(&TEMPLATE.replacen("[map", own, 1)).unwrap();
        template.retype(|key| profile.setting(key).map(|setting| setting.kind));
        Self {
            families,
            original: unit.flash().clone(),
            profile,
            unit,
            now: Moment(0),
            dialogue: None,
            knowledge: Knowledge::default(),
            connection: 0,
            template: Arc::new(template),
            identity: None,
            starts: 0,
            cable: Cable::default(),
        }
    }

    /// The cable is pulled after so many bytes and put into another unit of the model. Gives what that one holds.
    pub fn swap_after(&mut self, bytes: usize, model: &str) -> BTreeMap<Place, String> {
        let options = SimulatedUnitOptions {
            model: Some(model.to_owned()),
            seed: 8,
            number: 2,
            ..SimulatedUnitOptions::default()
        };
        let mut other = SimulatedUnit::new(Arc::clone(&self.profile), options, Moment(0)).unwrap();
        other.unplug(Moment(0));
        let held = other.flash().clone();
        self.cable.other = Some(other);
        self.cable.pull_after = Some(bytes);
        held
    }

    /// Whether the other unit is in the place of the first, and what the unit in the place holds.
    pub fn swapped(&self) -> (bool, &BTreeMap<Place, String>) {
        let pulled = self.cable.other.is_some() && self.cable.pull_after.is_none();
        (pulled, self.unit.flash())
    }

    /// Whether the job is that of the unit that is in the place now.
    pub fn is_of_unit_here(&self) -> bool {
        let identity = self.identity.as_ref();
        identity.is_some_and(|identity| identity.id.to_string() == self.unit.identity().id())
    }

    /// Works on the unit until the job ends.
    pub fn provision(&mut self) -> Told {
        self.dialogue = None;
        let identity = match self.recognise(LOOKING_MS) {
            Ok(identity) => identity,
            Err(fault) => return Told::untouched(fault),
        };
        self.identity = Some(identity.clone());
        let mut job = Job::new(JobSetup {
            job: JobId(Uuid::from_u128(1)),
            profile: Arc::clone(&self.profile),
            template: Some(Arc::clone(&self.template)),
            approved_by: None,
            profile_confirmed_by: None,
            registration: None,
            carrier_at_hand: false,
            settle_ms: 0,
            codes: fleet::job::CodesGiven::default(),
        });
        let mut events: Vec<JobEvent> = Vec::new();
        let start = Input::Start {
            identity: Box::new(identity),
            connection: self.connection,
        };
        let mut effects = VecDeque::from(job.handle(start, self.clock()));
        while let Some(effect) = effects.pop_front() {
            let input = match effect {
                Effect::Append(more) => {
                    events.extend(more);
                    None
                }
                Effect::Record(record) => {
                    events.extend(record.events);
                    None
                }
                Effect::Run(operation) => Some(Input::Operation(self.run(operation))),
                Effect::AwaitUnit {
                    longest_ms,
                    restarting,
                    port_tells,
                    ..
                } => Some(self.await_unit(longest_ms, restarting, port_tells)),
                Effect::AskApproval(_) => Some(Input::Decided {
                    by: "Ann".to_owned(),
                    decision: Decision::Approve,
                }),
                Effect::Ended(ending) => {
                    let journal = serde_json::to_string(&events).unwrap();
                    return Told { ending, journal };
                }
                Effect::Show(_) | Effect::KeepBlob { .. } | Effect::UnitReleased => None,
                other => panic!("no carrier is here for {other:?}"),
            };
            if let Some(input) = input {
                effects.extend(job.handle(input, self.clock()));
            }
        }
        panic!("nothing was asked for: {:?}", job.standing());
    }

    fn clock(&self) -> Now {
        let ms = 1_760_000_000_000_i64 + i64::try_from(self.now.0).unwrap();
        Now {
            moment: self.now,
            wall: Timestamp::from_millisecond(ms).unwrap(),
        }
    }

    /// Lets both sides talk until `over` says so, the port is gone or `end` has come. Says whether the port stayed.
    fn talk<T: Talker>(
        &mut self,
        talker: &mut T,
        end: Moment,
        mut over: impl FnMut(&mut T) -> bool,
    ) -> bool {
        loop {
            loop {
                let mut quiet = true;
                while let Some(bytes) = talker.outgoing() {
                    self.cable
                        .carry(&bytes, &mut self.unit, &self.profile, self.now);
                    quiet = false;
                }
                while let Some(bytes) = self.unit.take_outgoing(self.now) {
                    self.cable.say(bytes, self.now);
                    quiet = false;
                }
                while let Some(bytes) = self.cable.take(self.now) {
                    talker.hear(&bytes, self.now);
                    quiet = false;
                }
                if talker
                    .deadline()
                    .is_some_and(|deadline| deadline <= self.now)
                {
                    talker.due(self.now);
                    quiet = false;
                }
                if quiet {
                    break;
                }
            }
            if over(talker) {
                return true;
            }
            self.watch();
            if !self.unit.port_is_there() {
                return false;
            }
            let next = [
                talker.deadline(),
                self.unit.next_deadline(),
                self.cable.next_deadline(),
            ];
            match next.into_iter().flatten().min() {
                Some(next) if next <= end => self.now = next.max(self.now.plus_ms(1)),
                _ => {
                    self.now = end;
                    return true;
                }
            }
        }
    }

    fn watch(&mut self) {
        self.cable.put_back(&mut self.unit, self.now);
        self.unit.timeout(self.now);
        while let Some(event) = self.unit.next_event() {
            if event == SimulatorEvent::Restarted {
                self.starts += 1;
            }
        }
    }

    fn run(&mut self, operation: Operation) -> OperationOutcome {
        let Some(mut dialogue) = self.dialogue.take() else {
            return OperationOutcome::ConnectionLost;
        };
        dialogue.begin(operation, self.now);
        let mut outcome = None;
        let stayed = self.talk(&mut dialogue, self.now.plus_ms(3_600_000), |dialogue| {
            while let Some(event) = dialogue.next_event() {
                if let DialogueEvent::Finished(finished) = event {
                    outcome = Some(finished);
                }
            }
            outcome.is_some()
        });
        self.knowledge = dialogue.knowledge();
        if stayed {
            self.dialogue = Some(dialogue);
        }
        outcome.unwrap_or(OperationOutcome::ConnectionLost)
    }

    /// Lets time pass until `there` or `end`.
    fn pass_until(&mut self, end: Moment, there: impl Fn(&Self) -> bool) -> bool {
        self.watch();
        while !there(self) {
            let next = [self.unit.next_deadline(), self.cable.next_deadline()];
            match next.into_iter().flatten().min() {
                Some(next) if next <= end => self.now = next.max(self.now.plus_ms(1)),
                _ => {
                    self.now = end;
                    return false;
                }
            }
            let _ = self.unit.take_outgoing(self.now);
            self.watch();
        }
        true
    }

    fn recognise(&mut self, longest_ms: u64) -> Result<Identity, Fault> {
        let end = self.now.plus_ms(longest_ms);
        loop {
            if !self.pass_until(end, |bench| bench.unit.port_is_there()) {
                return Err(Fault::PortVanished);
            }
            let known = |profile: &Arc<Profile>| {
                let same = profile.id == self.profile.id;
                let mut knowledge = Knowledge {
                    label: self.unit.imei().map(|imei| imei.parse().unwrap()),
                    ..Knowledge::default()
                };
                if same {
                    // Who answers is for the job to judge.
                    knowledge.password = self.knowledge.password.clone();
                }
                (Arc::clone(profile), knowledge)
            };
            let families = self.families.all().map(known).collect();
            let mut recognition = Recognition::new(families, self.now);
            let mut found = None;
            self.talk(&mut recognition, end.plus_ms(LOOKING_MS), |recognition| {
                found = recognition.next_event();
                found.is_some()
            });
            match found {
                Some(RecognitionEvent::Recognised(dialogue, identity)) => {
                    self.connection += 1;
                    self.dialogue = Some(*dialogue);
                    return Ok(*identity);
                }
                Some(RecognitionEvent::Failed(fault)) if self.now >= end => return Err(fault),
                _ if self.now >= end => return Err(Fault::Silent),
                _ => self.now = self.now.plus_ms(200),
            }
        }
    }

    fn await_unit(&mut self, longest_ms: u64, restarting: bool, port_tells: bool) -> Input {
        let end = self.now.plus_ms(longest_ms);
        let before = self.starts;
        let seen = |bench: &Self| bench.starts > before || !bench.unit.port_is_there();
        if restarting && !self.pass_until(end, seen) {
            return Input::UnitAbsent;
        }
        let restart = self.profile.restart.as_ref();
        let stays = restart.is_some_and(|restart| !restart.port_vanishes);
        if restarting && stays && self.unit.port_is_there() {
            return self.ask_until(end);
        }
        let shown = !restarting || port_tells || self.starts > before;
        match self.found_until(end) {
            Input::UnitBack {
                identity,
                connection,
            } if !shown => Input::NotRestarted {
                identity,
                connection,
            },
            input => input,
        }
    }

    fn found_until(&mut self, end: Moment) -> Input {
        self.dialogue = None;
        let left_ms = end.since_ms(self.now);
        match self.recognise(left_ms) {
            Ok(identity) => Input::UnitBack {
                identity: Box::new(identity),
                connection: self.connection,
            },
            Err(_) => Input::UnitAbsent,
        }
    }

    /// Asks on the same connection who is there.
    fn ask_until(&mut self, end: Moment) -> Input {
        while self.now < end {
            match self.run(Operation::Identify) {
                OperationOutcome::Identified(identity) => {
                    let connection = self.connection;
                    return Input::UnitBack {
                        identity,
                        connection,
                    };
                }
                other @ OperationOutcome::Failed(Fault::OtherUnit { .. }) => {
                    return Input::Operation(other);
                }
                OperationOutcome::ConnectionLost => return self.found_until(end),
                _ => {}
            }
        }
        Input::UnitAbsent
    }

    /// Places that the template rules on this model, with their texts.
    pub fn wanted_places(&self) -> Vec<(Place, String)> {
        let Some(identity) = &self.identity else {
            return Vec::new();
        };
        let reading = Reading {
            complete: true,
            places: self.original.clone(),
            ..Reading::default()
        };
        let plan = match Plan::compute(&self.profile, identity, &reading, &self.template) {
            Ok(plan) => plan,
            // Nothing of the template can be set on it.
            Err(Fault::SettingNotAvailable { .. }) => return Vec::new(),
            Err(fault) => panic!("{fault:?}"),
        };
        let expected = plan.expected.iter();
        expected
            .map(|each| (each.place.clone(), each.wire.reveal().to_owned()))
            .collect()
    }

    /// What the unit's flash holds that the template does not want.
    pub fn not_as_wanted(&self) -> Vec<String> {
        let Some(identity) = &self.identity else {
            return Vec::new();
        };
        let places = self.unit.flash().clone();
        let reading = Reading {
            complete: true,
            places,
            ..Reading::default()
        };
        let plan = Plan::compute(&self.profile, identity, &reading, &self.template).unwrap();
        plan.changes
            .iter()
            .map(|change| change.label.clone())
            .collect()
    }

    /// What the template rules and the unit's flash does not hold, whether the unit shows it or not.
    pub fn not_as_held(&self) -> Vec<String> {
        let wanted = self.wanted_places();
        let flash = self.unit.flash();
        let variant = self
            .identity
            .as_ref()
            .map_or("", |identity| &identity.variant);
        let variant = self.profile.variant(variant).unwrap();
        let same = |place: &Place, text: &str| {
            let held = flash.get(place).map_or("", String::as_str);
            held == text
                || self.profile.settings_on(variant).any(|setting| {
                    setting.places.contains(place)
                        && fleet::profile::same_on_wire(&setting, held, text)
                })
        };
        let wrong = wanted.iter().filter(|(place, text)| !same(place, text));
        wrong
            .map(|(place, text)| format!("{place} should be {text}"))
            .collect()
    }

    /// Settings that do not stand as they stood before anything was done.
    pub fn not_as_before(&self) -> Vec<String> {
        let known = self.original.iter();
        known
            .filter(|(place, text)| self.unit.flash().get(*place) != Some(*text))
            .map(|(place, text)| format!("{place}: {text} now {:?}", self.unit.flash().get(place)))
            .collect()
    }
}

impl Told {
    /// Nothing was begun.
    fn untouched(fault: Fault) -> Self {
        let verdict = if fault.needs_person() {
            fleet::journal::Verdict::NeedsPerson
        } else {
            fleet::journal::Verdict::Stopped
        };
        let ending = Ending {
            verdict,
            registration: fleet::registration::RegistrationState::Skipped,
            changes: 0,
            fault: Some(fault),
            condition: fleet::fault::UnitCondition::Untouched,
        };
        Self {
            ending,
            journal: String::new(),
        }
    }
}
