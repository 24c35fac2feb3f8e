//! A scenario: what the world is like, how it should end; and one run of it.

use super::bench_scenarios::{connection_scenarios, unit_scenarios};
use super::carrier::{CarrierModel, Get, Post};
use super::carrier_scenarios::carrier_scenarios;
use super::engine::{Mutant, ProcessEnd, World};
use super::invariants::check;
use super::store::{JOB, Store};
use super::unit::{At, Bench, Flaws, UnitModel};
use fleet::fault::UnitCondition;
use fleet::job::{ClaimOutcome, Ending, JobSetup, JobState};
use fleet::journal::{JobEvent, Verdict};
use fleet::registration::{CarrierUnit, RegistrationIntent, RegistrationState};
use fleet::{Fault, Profile, Template};
use std::sync::{Arc, LazyLock};

pub const NEW_SECRET: &str = "hunter2secret";
pub const PIN: &str = "80513";
pub const IMEI: &str = "356868000041418";
pub const ICCID: &str = "89011200000000000017";
pub const MINUTE: u64 = 60_000;

static PROFILE: LazyLock<Arc<Profile>> =
    LazyLock::new(|| Arc::new(Profile::from_toml(include_str!("../bench_tester.toml")).unwrap()));

pub fn profile() -> &'static Profile {
    &PROFILE
}

const WHOLE: &str = r#"
"apn.name" = "iot.example"
"apn.password" = "hunter2secret"
"server.host" = "new.example.net"
"server.port" = 6000
"report.moving_interval_s" = 60
"report.heartbeat_interval_s" = 1200
"#;
pub const PORT_ONLY: &str = "\"server.port\" = 6000";
pub const SAME: &str = "\"server.port\" = 5027\n\"apn.name\" = \"internet\"";

/// How a job stands when everything is quiet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ends {
    pub state: JobState,
    pub verdict: Verdict,
    pub registration: RegistrationState,
    pub code: Option<&'static str>,
    pub condition: UnitCondition,
}

pub struct Scenario {
    pub name: &'static str,
    pub settings: &'static str,
    pub optional: &'static str,
    pub flaws: Flaws,
    pub faults: Vec<(u32, At)>,
    pub posts: Vec<Post>,
    pub gets: Vec<Get>,
    pub lag_ms: u64,
    pub activation_ms: Option<u64>,
    pub activation_fails: bool,
    pub answers_at_once: bool,
    pub foreign: Option<CarrierUnit>,
    pub claims: Vec<ClaimOutcome>,
    pub approved: bool,
    pub approves: bool,
    pub registers: bool,
    pub carrier_at_hand: bool,
    pub crash_cuts_power: bool,
    pub wall_jump_s: i64,
    pub stop_at_effect: Option<usize>,
    pub full_at_append: Option<u32>,
    pub ends: Ends,
}

pub const ACTIVE: Ends = Ends {
    state: JobState::Done,
    verdict: Verdict::Verified,
    registration: RegistrationState::Active,
    code: None,
    condition: UnitCondition::Set,
};

/// Stopped at the unit: nothing is owed for one that is not proved.
pub fn stopped(code: &'static str, condition: UnitCondition) -> Ends {
    Ends {
        state: JobState::Failed,
        verdict: Verdict::Stopped,
        registration: RegistrationState::Skipped,
        code: Some(code),
        condition,
    }
}

/// The whole template, an honest unit, an honest carrier.
pub fn straight(name: &'static str) -> Scenario {
    Scenario {
        name,
        settings: WHOLE,
        optional: "",
        flaws: Flaws::default(),
        faults: Vec::new(),
        posts: Vec::new(),
        gets: Vec::new(),
        lag_ms: 0,
        activation_ms: Some(30_000),
        activation_fails: false,
        answers_at_once: false,
        foreign: None,
        claims: Vec::new(),
        approved: true,
        approves: true,
        registers: true,
        carrier_at_hand: true,
        crash_cuts_power: false,
        wall_jump_s: 0,
        stop_at_effect: None,
        full_at_append: None,
        ends: ACTIVE,
    }
}

/// Every scenario.
pub fn all() -> Vec<Scenario> {
    let mut all = unit_scenarios();
    all.extend(connection_scenarios());
    all.extend(carrier_scenarios());
    all
}

/// What came of a run.
pub struct Told {
    pub ending: Ends,
    pub problems: Vec<String>,
    pub events: Vec<JobEvent>,
    pub points_of_first_start: usize,
}

fn intent(unit: &UnitModel) -> RegistrationIntent {
    let id = unit.identity.id.clone();
    let iccid = unit.identity.iccid.clone();
    RegistrationIntent {
        client_reference: RegistrationIntent::client_reference(
            "model",
            "office",
            &id,
            iccid.as_ref(),
            1,
        ),
        account: "office".to_owned(),
        unit: id,
        iccid,
        unit_name: "...1418".to_owned(),
        serial_number: None,
        plan_code: "FLEET1".to_owned(),
        service_zip: "98101".to_owned(),
        generation: 1,
    }
}

pub fn world(scenario: &Scenario, mutant: Mutant) -> World {
    World {
        now_ms: 1000,
        wall_offset_s: 0,
        bench: Bench {
            units: [
                UnitModel::new(IMEI, ICCID, scenario.flaws.clone()),
                UnitModel::new("490154203237518", "89012600000000000011", Flaws::default()),
            ],
            port: Some(0),
            back_at: None,
            connection: 1,
            operations: 0,
            faults: scenario.faults.iter().copied().collect(),
        },
        carrier: CarrierModel {
            posts: scenario.posts.iter().copied().collect(),
            gets: scenario.gets.iter().copied().collect(),
            lag_ms: scenario.lag_ms,
            activation_ms: scenario.activation_ms,
            activation_fails: scenario.activation_fails,
            foreign: scenario.foreign.clone(),
            answers_at_once: scenario.answers_at_once,
            ..CarrierModel::default()
        },
        store: Store::default(),
        claims: scenario.claims.clone(),
        approves: scenario.approves,
        stop_at_effect: scenario.stop_at_effect,
        full_at_append: scenario.full_at_append,
        appends: 0,
        first: None,
        mutant,
        problems: Vec::new(),
        promised: Vec::new(),
        handled: 0,
    }
}

pub fn setup(scenario: &Scenario, world: &World) -> JobSetup {
    let (optional, settings) = (scenario.optional, scenario.settings);
    let text = format!(
        "name = \"Vans\"
version = 3
optional = [{optional}]
[settings]
{settings}"
    );
    let mut template = Template::from_toml(&text).unwrap();
    template.retype(|key| profile().setting(key).map(|setting| setting.kind));
    JobSetup {
        job: JOB,
        profile: PROFILE.clone(),
        template: Some(Arc::new(template)),
        approved_by: scenario.approved.then(|| "Ann".to_owned()),
        profile_confirmed_by: None,
        registration: scenario.registers.then(|| intent(&world.bench.units[0])),
        carrier_at_hand: scenario.carrier_at_hand,
        settle_ms: 30 * MINUTE,
        codes: fleet::job::CodesGiven::default(),
    }
}

/// Runs `scenario`; life n of the program dies at step `crashes[n]`. A person plugs the right unit in where one is missed.
pub fn run(scenario: &Scenario, crashes: &[usize], mutant: Mutant) -> Told {
    let mut world = world(scenario, mutant);
    let setup = setup(scenario, &world);
    let mut points_of_first_start = 0;
    let mut ended: Option<Ending> = None;
    for life in 0..12 {
        if world.store.events.is_empty() && world.bench.port == Some(1) {
            world.bench.plug_right_unit();
        }
        let (end, points) = world.process(setup.clone(), crashes.get(life).copied());
        if life == 0 {
            points_of_first_start = points;
        }
        let ending = match end {
            ProcessEnd::Crashed => {
                if scenario.crash_cuts_power {
                    world.bench.units[0].restart();
                }
                world.wall_offset_s += scenario.wall_jump_s;
                world.bench.connection += 1;
                world.now_ms += 3000;
                continue;
            }
            ProcessEnd::Ended(ending) => ending,
        };
        let state = world.store.state.unwrap_or(JobState::New);
        let missed = matches!(
            ending.fault,
            Some(Fault::PortVanished | Fault::OtherUnit { .. } | Fault::DidNotComeBack)
        );
        let left = (scenario.stop_at_effect.is_some() || scenario.full_at_append.is_some())
            && !state.is_final();
        if scenario.stop_at_effect.is_some() && scenario.faults.is_empty() {
            let unit = &world.bench.units[0];
            if unit.ram != unit.flash {
                world
                    .problems
                    .push("P6: stopped between writing and saving".into());
            }
        }
        ended = Some(ending);
        if !state.is_final() && (missed || (left && life < 2)) {
            world.bench.plug_right_unit();
            continue;
        }
        break;
    }
    let problems = check(&mut world, &setup, ended.as_ref());
    let ending = ended.map_or(ACTIVE, |ending| Ends {
        state: world.store.state.unwrap_or(JobState::New),
        verdict: ending.verdict,
        registration: ending.registration,
        code: ending.fault.as_ref().map(Fault::code),
        condition: ending.condition,
    });
    let events = world
        .store
        .events
        .into_iter()
        .map(|(event, _)| event)
        .collect();
    Told {
        ending,
        problems,
        events,
        points_of_first_start,
    }
}

/// Numbers that look random and are the same for the same seed.
pub struct Random(u64);

impl Random {
    pub fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1)
    }

    pub fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % limit.max(1) as u64).unwrap_or(0)
    }
}
