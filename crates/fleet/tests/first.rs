//! Units that are registered before they are set: the real job and the shipped CDMA profile against a modem, a carrier and a journal,
//! stopped before and after every effect and started again. The service code leaves once at most, whatever happens.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::print_stdout
)]

#[path = "first/codes.rs"]
mod codes;

use fleet::job::{
    ClaimOutcome, CodesGiven, Effect, Ending, Input, Job, JobSetup, JobState, Now, Operation,
    OperationOutcome, state_of,
};
use fleet::journal::{Decision, JobEvent, JobId, Verdict};
use fleet::profile::ProfileRegistry;
use fleet::reading::{Identity, Reading};
use fleet::registration::{
    CarrierUnit, FollowUp, LookUp, ProgrammingValues, RegistrationIntent, RegistrationOutcome,
    RegistrationState, SubscriptionState, ValuesOutcome,
};
use fleet::{Fault, Moment, Profile, Secret, Template, UnitId};
use jiff::Timestamp;
use std::collections::BTreeMap;
use std::sync::{Arc, LazyLock};

const MEID: &str = "A1000043D20139";
const CODE: &str = "480213";
const MDN: &str = "9135550142";
const MSID: &str = "9135550999";

static PROFILE: LazyLock<Arc<Profile>> =
    LazyLock::new(|| Arc::clone(ProfileRegistry::shipped().get("sprint-cdma").unwrap()));

/// The modem: what it holds, and how often it was told a code.
#[derive(Default)]
struct Modem {
    held: BTreeMap<String, String>,
    codes: Vec<String>,
    wrong_code: bool,
}

#[derive(Default)]
struct Carrier {
    registered: u32,
    asked_at_ms: Option<u64>,
    /// How long activation takes.
    activation_ms: u64,
    refuses: bool,
    gives_no_values: bool,
}

struct World {
    now_ms: u64,
    modem: Modem,
    carrier: Carrier,
    journal: Vec<JobEvent>,
    rows: Vec<fleet::unit::Unit>,
    approves: bool,
    person_gave: Option<String>,
    problems: Vec<String>,
    pulled_while_activating: bool,
    /// A person says that another code was given.
    another_code: bool,
    /// What earlier jobs of the unit gave it.
    codes: CodesGiven,
}

impl World {
    fn new() -> Self {
        Self {
            now_ms: 1000,
            modem: Modem::default(),
            carrier: Carrier {
                activation_ms: 90_000,
                ..Carrier::default()
            },
            journal: Vec::new(),
            rows: Vec::new(),
            approves: true,
            person_gave: None,
            problems: Vec::new(),
            pulled_while_activating: false,
            another_code: false,
            codes: CodesGiven::default(),
        }
    }

    fn now(&self) -> Now {
        let wall = Timestamp::from_millisecond(1_760_000_000_000 + self.now_ms as i64).unwrap();
        Now {
            moment: Moment(self.now_ms),
            wall,
        }
    }

    fn carrier_unit(&self) -> CarrierUnit {
        let age = self.now_ms - self.carrier.asked_at_ms.unwrap_or(self.now_ms);
        let active = age >= self.carrier.activation_ms;
        let (state, raw) = if active {
            (SubscriptionState::Active, "ACTIVE")
        } else {
            (SubscriptionState::Pending, "PENDING")
        };
        CarrierUnit {
            remote_id: "U000007".to_owned(),
            client_reference: Some(intent().client_reference),
            device_id: Some(MEID.to_owned()),
            iccid: None,
            mdn: active.then(|| fleet::Mdn::parse(MDN).unwrap()),
            plan_code: Some("FLEET1".to_owned()),
            state,
            raw_state: raw.to_owned(),
            reason: None,
        }
    }

    fn commit(&mut self, events: &[JobEvent]) {
        self.journal.extend(events.iter().cloned());
    }

    fn operate(&mut self, operation: &Operation, learned: &mut Option<String>) -> OperationOutcome {
        self.now_ms += 100;
        match operation {
            Operation::Identify => OperationOutcome::Identified(Box::new(identity())),
            Operation::ReadAll => OperationOutcome::Read(Reading {
                complete: true,
                ..Reading::default()
            }),
            Operation::LearnCode(code) => {
                learned.get_or_insert(code.reveal().to_owned());
                OperationOutcome::Done
            }
            Operation::Write(writes) => {
                let registered = |event: &JobEvent| matches!(event, JobEvent::Registered { .. });
                if !self.journal.iter().any(registered) {
                    self.problems
                        .push("written before it was registered".into());
                }
                let Some(code) = learned.clone() else {
                    return OperationOutcome::Failed(Fault::Locked { tries_left: None });
                };
                self.modem.codes.push(code);
                if self.modem.wrong_code {
                    return OperationOutcome::Failed(Fault::CodeRefused { tries_left: None });
                }
                for write in writes {
                    let text = write.after.reveal().to_owned();
                    self.modem.held.insert(write.place.to_string(), text);
                }
                OperationOutcome::Written { refused: vec![] }
            }
            Operation::Save | Operation::Restart | Operation::End => OperationOutcome::Done,
        }
    }

    /// What an effect gives; `None` where nothing is awaited.
    fn carry_out(&mut self, effect: Effect, learned: &mut Option<String>) -> Option<Input> {
        let said = format!("{effect:?}");
        if said.contains(CODE) {
            self.problems.push(format!("the code stands in {said}"));
        }
        match effect {
            Effect::Append(events) => self.commit(&events),
            Effect::Record(record) => {
                self.commit(&record.events);
                self.rows.push(record.unit);
            }
            Effect::Run(operation) => {
                return Some(Input::Operation(self.operate(&operation, learned)));
            }
            Effect::AwaitUnit { .. } => {
                return Some(Input::UnitBack {
                    identity: Box::new(identity()),
                    connection: 2,
                });
            }
            Effect::AskApproval(_) => {
                let decision = if self.approves {
                    Decision::Approve
                } else {
                    Decision::Refuse
                };
                return Some(Input::Decided {
                    by: "Ann".to_owned(),
                    decision,
                });
            }
            Effect::Claim => return Some(Input::Claim(ClaimOutcome::NoDatabase)),
            Effect::Register(_) => {
                self.now_ms += 300;
                self.carrier.registered += 1;
                if self.carrier.refuses {
                    let rejection = fleet::registration::Rejection {
                        word: "DEVICE_BLOCKED".to_owned(),
                        message: "no".to_owned(),
                        field: None,
                        cause: fleet::registration::RejectionCause::Other,
                    };
                    return Some(Input::Registration(RegistrationOutcome::Rejected(
                        rejection,
                    )));
                }
                self.carrier.asked_at_ms.get_or_insert(self.now_ms);
                return Some(Input::Registration(RegistrationOutcome::Accepted {
                    handle: "T1".to_owned(),
                    unit: Some(self.carrier_unit()),
                    retry_after_s: Some(5),
                }));
            }
            Effect::LookUp(_) => {
                self.now_ms += 200;
                let answer = match self.carrier.asked_at_ms {
                    Some(_) => LookUp::Found {
                        unit: self.carrier_unit(),
                    },
                    None => LookUp::NotFound,
                };
                return Some(Input::LookUp(answer));
            }
            Effect::Follow { .. } => {
                self.now_ms += 200;
                let answer = match self.carrier_unit().state {
                    SubscriptionState::Active => FollowUp::Completed { at: None },
                    _ => FollowUp::Pending {
                        retry_after_s: Some(5),
                    },
                };
                return Some(Input::FollowUp(answer));
            }
            Effect::AskValues { .. } => {
                self.now_ms += 200;
                let outcome = if self.carrier.gives_no_values {
                    ValuesOutcome::NotYet
                } else {
                    ValuesOutcome::Given(Box::new(ProgrammingValues {
                        mdn: MDN.to_owned(),
                        msid: format!("00000{MSID}"),
                        lock_code: Secret::new(CODE),
                    }))
                };
                return Some(Input::Values(outcome));
            }
            Effect::WakeAfter { delay_ms } => {
                self.now_ms += delay_ms;
                return Some(Input::Wake);
            }
            Effect::KeepBlob { .. } | Effect::Show(_) | Effect::UnitReleased | Effect::Ended(_) => {
            }
        }
        None
    }

    /// One life of the program. Dies at effect `crash_at`, after it was carried out when `after`.
    fn life(&mut self, crash: Option<(usize, bool)>, with_unit: bool) -> (Option<Ending>, usize) {
        let setup = JobSetup {
            codes: self.codes,
            ..setup()
        };
        let mut job = if self.journal.is_empty() {
            Job::new(setup)
        } else {
            Job::recover(setup, &self.journal)
        };
        let mut learned = self.person_gave.clone();
        if self.another_code && job.waits_for_a_code() {
            let decided = Input::Decided {
                by: "Ann".to_owned(),
                decision: Decision::GoOn,
            };
            for effect in job.handle(decided, self.now()) {
                self.carry_out(effect, &mut learned);
            }
        }
        let mut input = if with_unit {
            Input::Start {
                identity: Box::new(identity()),
                connection: 1,
            }
        } else {
            Input::StartWithoutUnit
        };
        let mut point = 0;
        for _ in 0..400 {
            let effects = job.handle(input, self.now());
            let mut next = None;
            for effect in effects {
                let waits = matches!(effect, Effect::WakeAfter { .. });
                if crash == Some((point, false)) {
                    return (None, point);
                }
                next = self.carry_out(effect, &mut learned).or(next);
                if crash == Some((point, true)) {
                    return (None, point);
                }
                point += 1;
                if waits && self.pulled_while_activating {
                    let by = "Ann".to_owned();
                    next = Some(Input::StopRequested { by });
                }
            }
            let folded = state_of(&self.journal);
            assert_eq!(folded, job.state(), "the fold of the journal is the state");
            match next {
                Some(next) => input = next,
                None => return (job.ending().cloned(), point),
            }
        }
        panic!("it does not come to an end: {:#?}", self.journal);
    }

    fn check(&self) {
        assert_eq!(self.problems, Vec::<String>::new(), "{:#?}", self.journal);
        assert!(
            self.modem.codes.len() <= 1 || self.another_code,
            "the code left {:?} times",
            self.modem.codes.len()
        );
        let journal = serde_json::to_string(&self.journal).unwrap();
        assert!(!journal.contains(CODE), "{journal}");
    }
}

fn identity() -> Identity {
    Identity {
        id: UnitId::Meid(fleet::Meid::parse(MEID).unwrap()),
        imei: None,
        meid: Some(fleet::Meid::parse(MEID).unwrap()),
        esn: None,
        iccid: None,
        iccid_text: None,
        profile: "sprint-cdma".to_owned(),
        variant: "meid".to_owned(),
        model: "CDMA unit".to_owned(),
        firmware: None,
        hardware: None,
        serial_number: None,
        warnings: vec![],
    }
}

fn intent() -> RegistrationIntent {
    let id = identity().id;
    RegistrationIntent {
        client_reference: RegistrationIntent::client_reference("sprint", "office", &id, None, 0),
        account: "office".to_owned(),
        unit: id,
        iccid: None,
        unit_name: "...0139".to_owned(),
        serial_number: None,
        plan_code: "FLEET1".to_owned(),
        service_zip: "98101".to_owned(),
        generation: 0,
    }
}

fn setup() -> JobSetup {
    let template = "name = \"Vans\"\nversion = 1\noptional = [\"apn.name\"]\n[settings]\n\"apn.name\" = \"iot.example\"\n";
    JobSetup {
        job: JobId(uuid::Uuid::from_u128(7)),
        profile: PROFILE.clone(),
        template: Some(Arc::new(Template::from_toml(template).unwrap())),
        approved_by: None,
        profile_confirmed_by: None,
        registration: Some(intent()),
        carrier_at_hand: true,
        settle_ms: 60_000,
        codes: CodesGiven::default(),
    }
}

fn is_set(world: &World) -> bool {
    world.modem.held.get("KWDIR").map(String::as_str) == Some(MDN)
        && world.modem.held.get("KWMSID").map(String::as_str) == Some(MSID)
}

#[test]
fn it_is_registered_then_told_its_number_and_said_to_be_not_verified() {
    let mut world = World::new();
    let (ending, _) = world.life(None, true);
    let ending = ending.unwrap();
    world.check();
    assert!(is_set(&world), "{:?}", world.modem.held);
    assert_eq!(world.modem.codes, [CODE]);
    assert_eq!(ending.verdict, Verdict::NotVerified, "{:#?}", world.journal);
    assert_eq!(ending.registration, RegistrationState::Active);
    assert_eq!(state_of(&world.journal), JobState::Done);
    let kinds: Vec<usize> = [
        "Registered",
        "ValuesGiven",
        "WriteIntent",
        "Verified",
        "Done",
    ]
    .iter()
    .map(|kind| {
        let starts = |event: &JobEvent| format!("{event:?}").starts_with(kind);
        world
            .journal
            .iter()
            .position(starts)
            .unwrap_or_else(|| panic!("no {kind}"))
    })
    .collect();
    assert!(kinds.is_sorted(), "{kinds:?} {:#?}", world.journal);
    assert_eq!(
        world
            .rows
            .last()
            .unwrap()
            .mdn
            .as_ref()
            .map(ToString::to_string)
            .as_deref(),
        Some(MDN)
    );
}

#[test]
fn a_crash_before_or_after_any_effect_registers_once_and_tells_the_code_once() {
    let mut clean = World::new();
    let (_, points) = clean.life(None, true);
    assert!(points > 15, "{points}");
    let mut set = 0;
    for point in 0..points {
        for after in [false, true] {
            let mut world = World::new();
            let (ended, _) = world.life(Some((point, after)), true);
            assert!(ended.is_none());
            world.now_ms += 2000;
            let without = state_of(&world.journal).goes_on_without_unit() && point % 2 == 0;
            let mut last = None;
            if without {
                last = world.life(None, false).0;
            }
            if !state_of(&world.journal).is_final() {
                last = world.life(None, true).0.or(last);
            }
            world.check();
            let told = format!("crash at {point} {after}: {last:?}\n{:#?}", world.journal);
            assert_eq!(world.carrier.registered, 1, "{told}");
            match state_of(&world.journal) {
                JobState::Done => {
                    assert!(is_set(&world), "{told}");
                    set += 1;
                }
                // The code may have left and nobody knows whether it was taken.
                JobState::NeedsPerson => {
                    let fault = last.and_then(|ending| ending.fault);
                    assert_eq!(fault.as_ref().map(Fault::code), Some("V-340"), "{told}");
                }
                other => panic!("{other:?} {told}"),
            }
        }
    }
    assert!(
        set > points,
        "only {set} of {} were set in the end",
        points * 2
    );
}

#[test]
fn a_unit_that_is_pulled_while_activation_runs_is_followed_without_it_and_set_when_it_is_back() {
    let mut world = World::new();
    world.pulled_while_activating = true;
    let (ending, _) = world.life(None, true);
    let ending = ending.unwrap();
    assert_eq!(ending.fault.as_ref().map(Fault::code), Some("C-506"));
    assert_eq!(ending.verdict, Verdict::NeedsPerson);
    assert_eq!(ending.registration, RegistrationState::Pending);
    assert_eq!(state_of(&world.journal), JobState::RegPending);
    world.pulled_while_activating = false;
    let (ending, _) = world.life(None, false);
    assert_eq!(
        ending.unwrap().fault.as_ref().map(Fault::code),
        Some("C-506")
    );
    assert_eq!(state_of(&world.journal), JobState::Identified);
    let (ending, _) = world.life(None, true);
    assert_eq!(ending.unwrap().verdict, Verdict::NotVerified);
    assert!(is_set(&world) && world.carrier.registered == 1);
    world.check();
}

#[test]
fn without_a_word_nothing_is_written_and_a_refused_registration_writes_nothing() {
    let mut world = World::new();
    world.approves = false;
    let (ending, _) = world.life(None, true);
    assert_eq!(
        ending.unwrap().fault.as_ref().map(Fault::code),
        Some("P-410")
    );
    assert!(world.modem.held.is_empty() && world.modem.codes.is_empty());
    world.approves = true;
    let (ending, _) = world.life(None, true);
    assert_eq!(ending.unwrap().verdict, Verdict::NotVerified);
    world.check();

    let mut world = World::new();
    world.carrier.refuses = true;
    let (ending, _) = world.life(None, true);
    let ending = ending.unwrap();
    assert_eq!(ending.fault.as_ref().map(Fault::code), Some("C-501"));
    assert!(world.modem.codes.is_empty());
    world.check();
}

#[test]
fn a_template_that_cannot_be_put_on_the_unit_is_refused_before_anything_is_paid_for() {
    for (text, words) in [
        ("\"apn.name\" = \"iot.example\"", "no APN"),
        ("\"cdma.mdn\" = \"9135550142\"", "LeaveThemOut"),
    ] {
        let mut world = World::new();
        let text = format!("name = \"Vans\"\nversion = 1\n[settings]\n{text}\n");
        let mut setup = setup();
        setup.template = Some(Arc::new(Template::from_toml(&text).unwrap()));
        let mut job = Job::new(setup);
        let mut input = Input::Start {
            identity: Box::new(identity()),
            connection: 1,
        };
        loop {
            let effects = job.handle(input, world.now());
            let mut next = None;
            for effect in effects {
                next = world.carry_out(effect, &mut None).or(next);
            }
            match next {
                Some(next) => input = next,
                None => break,
            }
        }
        let fault = job.ending().unwrap().fault.clone().unwrap();
        assert_eq!(fault.code(), "P-401");
        assert!(format!("{fault:?}").contains(words), "{fault:?}");
        assert_eq!(world.carrier.registered, 0);
    }
}
