//! What can happen on a bench and at a carrier, as a list; and one run of one of them.

use super::carrier::{CarrierModel, Get, Post};
use super::engine::{Mutant, ProcessEnd, World};
use super::invariants::check;
use super::store::{JOB, Store};
use super::unit::{At, Bench, Flaws, UnitModel};
use fleet::fault::UnitCondition;
use fleet::job::{ClaimOutcome, Ending, JobSetup, JobState};
use fleet::journal::{JobEvent, Verdict};
use fleet::registration::{CarrierUnit, RegistrationIntent, RegistrationState, SubscriptionState};
use fleet::{Fault, Profile, Template};
use std::sync::{Arc, LazyLock};

pub const NEW_SECRET: &str = "hunter2secret";
pub const PIN: &str = "80513";
const IMEI: &str = "356868000041418";
const ICCID: &str = "89011200000000000017";
const MINUTE: u64 = 60_000;

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
const PORT_ONLY: &str = "\"server.port\" = 6000";
const SAME: &str = "\"server.port\" = 5027\n\"apn.name\" = \"internet\"";

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
    pub ends: Ends,
}

const ACTIVE: Ends = Ends {
    state: JobState::Done,
    verdict: Verdict::Verified,
    registration: RegistrationState::Active,
    code: None,
    condition: UnitCondition::Set,
};

/// Stopped at the unit, with a registration that never began.
fn stopped(code: &'static str, condition: UnitCondition) -> Ends {
    Ends {
        state: JobState::Failed,
        verdict: Verdict::Stopped,
        registration: RegistrationState::Owed,
        code: Some(code),
        condition,
    }
}

/// The whole template, an honest unit, an honest carrier.
pub fn straight(name: &'static str) -> Scenario {
    Scenario {
        name,
        settings: WHOLE,
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
        ends: ACTIVE,
    }
}

fn flawed(name: &'static str, flaws: Flaws, ends: Ends) -> Scenario {
    Scenario {
        flaws,
        ends,
        ..straight(name)
    }
}

/// One setting only: the carrier is what it is about.
fn carrier(name: &'static str, posts: &[Post], gets: &[Get]) -> Scenario {
    Scenario {
        settings: PORT_ONLY,
        posts: posts.to_vec(),
        gets: gets.to_vec(),
        ..straight(name)
    }
}

pub fn all() -> Vec<Scenario> {
    let mut all = unit_scenarios();
    all.extend(connection_scenarios());
    all.extend(carrier_scenarios());
    all
}

fn unit_scenarios() -> Vec<Scenario> {
    let flaws = Flaws::default;
    let skipped = RegistrationState::Skipped;
    let wrong = |times| Flaws {
        keeps_wrong: Some(("10050", "301", times)),
        ..Flaws::default()
    };
    let not_verified = Ends {
        verdict: Verdict::NotVerified,
        condition: UnitCondition::WrittenUnproved,
        ..ACTIVE
    };
    vec![
        straight("straight"),
        Scenario {
            crash_cuts_power: true,
            ..straight("power cut with the program")
        },
        Scenario {
            wall_jump_s: -86_400,
            ..straight("clock a day back")
        },
        Scenario {
            settings: SAME,
            ends: Ends {
                verdict: Verdict::AlreadySet,
                condition: UnitCondition::Untouched,
                ..ACTIVE
            },
            ..straight("already set")
        },
        Scenario {
            registers: false,
            ends: Ends {
                registration: skipped,
                ..ACTIVE
            },
            ..straight("no registration")
        },
        Scenario {
            carrier_at_hand: false,
            ends: Ends {
                state: JobState::RegClaim,
                registration: RegistrationState::Owed,
                ..ACTIVE
            },
            ..straight("no carrier at hand")
        },
        Scenario {
            approved: false,
            ..straight("a person approves")
        },
        Scenario {
            approved: false,
            approves: false,
            ends: Ends {
                state: JobState::NeedsPerson,
                verdict: Verdict::NeedsPerson,
                ..stopped("P-410", UnitCondition::Untouched)
            },
            ..straight("nobody approves")
        },
        Scenario {
            settings: "\"no.such\" = 1\n\"server.port\" = 6000",
            ends: stopped("P-401", UnitCondition::Untouched),
            ..straight("a setting that the unit lacks")
        },
        flawed("a wrong value once", wrong(1), ACTIVE),
        flawed(
            "a wrong value until it is put back",
            wrong(3),
            stopped("V-310", UnitCondition::PutBack),
        ),
        flawed(
            "a wrong value for ever",
            wrong(99),
            stopped("V-310", UnitCondition::PartlyWritten),
        ),
        flawed(
            "save ignored once",
            Flaws {
                saves_ignored: 1,
                ..flaws()
            },
            ACTIVE,
        ),
        flawed(
            "save ignored for ever",
            Flaws {
                saves_ignored: 99,
                ..flaws()
            },
            stopped("V-310", UnitCondition::PutBack),
        ),
        flawed(
            "half saved once",
            Flaws {
                saves_half: 1,
                ..flaws()
            },
            ACTIVE,
        ),
        flawed(
            "a value refused",
            Flaws {
                refuses: vec![("NET.host", false)],
                ..flaws()
            },
            stopped("V-311", UnitCondition::PutBack),
        ),
        flawed(
            "refused and taken",
            Flaws {
                refuses: vec![("NET.host", true)],
                ..flaws()
            },
            ACTIVE,
        ),
        flawed(
            "acknowledged and not taken",
            Flaws {
                forgets: vec!["2001", "10055"],
                ..flaws()
            },
            ACTIVE,
        ),
        flawed(
            "another value changes by itself",
            Flaws {
                changes_itself: Some(("NET.link", "4")),
                ..flaws()
            },
            ACTIVE,
        ),
        Scenario {
            settings: PORT_ONLY,
            flaws: Flaws {
                changes_itself: Some(("2001", "wap")),
                ..flaws()
            },
            ends: stopped("V-312", UnitCondition::PartlyWritten),
            ..straight("a value outside the plan changes by itself")
        },
        Scenario {
            settings: "\"tester.pin\" = \"80513\"\n\"server.port\" = 6000",
            ends: not_verified,
            ..straight("a value that cannot be read")
        },
        flawed(
            "a value left out of the dump",
            Flaws {
                hides: vec!["2001"],
                ..flaws()
            },
            not_verified,
        ),
    ]
}

fn connection_scenarios() -> Vec<Scenario> {
    let with = |name, faults: &[(u32, At)]| Scenario {
        faults: faults.to_vec(),
        ..straight(name)
    };
    // Operations of a straight run: 1 identify, 2 read, 3 write, 4 identify, 5 save, 6 restart, 7 read, 8 identify, 9 end.
    vec![
        with(
            "unplugged before a write",
            &[(
                3,
                At::Unplug {
                    done: false,
                    away_ms: 5000,
                },
            )],
        ),
        with(
            "unplugged after a write",
            &[(
                3,
                At::Unplug {
                    done: true,
                    away_ms: 5000,
                },
            )],
        ),
        with(
            "unplugged for long",
            &[(
                3,
                At::Unplug {
                    done: true,
                    away_ms: 10 * MINUTE,
                },
            )],
        ),
        with("power lost before the save", &[(5, At::PowerLoss)]),
        with(
            "power lost again and again",
            &[(3, At::PowerLoss), (6, At::PowerLoss), (9, At::PowerLoss)],
        ),
        with("another unit before the write", &[(3, At::SwapUnnoticed)]),
        with("another unit before the save", &[(4, At::SwapUnnoticed)]),
        with("another unit after a lost write", &[(3, At::SwapNoticed)]),
        with("another unit is read back", &[(7, At::SwapUnnoticed)]),
        with(
            "no answer to the save",
            &[
                (5, At::NoAnswer { done: false }),
                (8, At::NoAnswer { done: true }),
            ],
        ),
        with(
            "a reading that is cut",
            &[(2, At::CutReading), (8, At::CutReading)],
        ),
        flawed(
            "stays away after the restart",
            Flaws {
                stays_away: 1,
                ..Flaws::default()
            },
            ACTIVE,
        ),
        Scenario {
            faults: vec![
                (13, At::PowerLoss),
                (
                    16,
                    At::Unplug {
                        done: true,
                        away_ms: 5000,
                    },
                ),
            ],
            ..flawed(
                "unplugged while being put back",
                Flaws {
                    saves_ignored: 3,
                    ..Flaws::default()
                },
                stopped("V-310", UnitCondition::PutBack),
            )
        },
    ]
}

fn carrier_scenarios() -> Vec<Scenario> {
    let person = |code| Ends {
        state: JobState::NeedsPerson,
        verdict: Verdict::NeedsPerson,
        registration: RegistrationState::Owed,
        code: Some(code),
        ..ACTIVE
    };
    let refused = Ends {
        state: JobState::Failed,
        registration: RegistrationState::Refused,
        code: Some("C-501"),
        ..ACTIVE
    };
    let ours = |reference: Option<u128>, plan: &str| CarrierUnit {
        remote_id: "U000099".to_owned(),
        client_reference: reference.map(uuid::Uuid::from_u128),
        device_id: Some(IMEI.to_owned()),
        iccid: Some(ICCID.to_owned()),
        mdn: None,
        plan_code: Some(plan.to_owned()),
        state: SubscriptionState::Active,
        raw_state: "ACTIVE".to_owned(),
        reason: None,
    };
    vec![
        carrier("not sent twice", &[Post::NotSent, Post::NotSent], &[]),
        carrier("lost on the way", &[Post::LostBefore], &[]),
        Scenario {
            lag_ms: 20 * MINUTE,
            ..carrier("answer lost, look-ups lag", &[Post::LostAfter], &[])
        },
        Scenario {
            lag_ms: 20 * MINUTE,
            ..carrier(
                "carried out late, look-ups lag",
                &[Post::LostLate(MINUTE)],
                &[],
            )
        },
        Scenario {
            lag_ms: 20 * MINUTE,
            ..carrier(
                "lost, then answer lost, look-ups lag",
                &[Post::LostBefore, Post::LostAfter],
                &[],
            )
        },
        Scenario {
            lag_ms: 20 * MINUTE,
            wall_jump_s: -86_400,
            ..carrier(
                "answer lost, look-ups lag, clock a day back",
                &[Post::LostAfter],
                &[],
            )
        },
        carrier(
            "look-ups fail",
            &[Post::LostAfter],
            &[Get::Offline, Get::Busy(90), Get::Offline],
        ),
        carrier(
            "asked to wait",
            &[Post::RetryAfter(30), Post::RetryAfter(3600)],
            &[],
        ),
        Scenario {
            ends: refused,
            ..carrier("refused", &[Post::Refused], &[])
        },
        Scenario {
            ends: Ends {
                state: JobState::NeedsPerson,
                registration: RegistrationState::Owed,
                code: Some("C-501"),
                ..ACTIVE
            },
            ..carrier(
                "wrong key",
                &[Post::BadKey, Post::BadKey, Post::BadKey, Post::BadKey],
                &[],
            )
        },
        Scenario {
            foreign: Some(ours(None, "OTHER")),
            ends: person("C-502"),
            ..carrier(
                "already active with another plan",
                &[Post::AlreadyActive],
                &[],
            )
        },
        Scenario {
            foreign: Some(ours(Some(5), "FLEET1")),
            ends: person("C-502"),
            ..carrier(
                "already active under another reference",
                &[Post::AlreadyActive],
                &[],
            )
        },
        Scenario {
            foreign: Some(ours(None, "FLEET1")),
            ..carrier(
                "already active with our values",
                &[Post::AlreadyActive],
                &[],
            )
        },
        Scenario {
            activation_ms: None,
            ends: Ends {
                registration: RegistrationState::Pending,
                ..person("C-504")
            },
            ..carrier("pending for ever", &[], &[])
        },
        Scenario {
            activation_fails: true,
            ends: refused,
            ..carrier(
                "activation fails",
                &[],
                &[Get::Ok, Get::Busy(20), Get::Offline],
            )
        },
        Scenario {
            lag_ms: 20 * MINUTE,
            ..carrier("handle forgotten, look-ups lag", &[], &[Get::Forgotten])
        },
        Scenario {
            answers_at_once: true,
            activation_ms: Some(20 * MINUTE),
            ..carrier("answered at once, active later", &[], &[])
        },
        Scenario {
            answers_at_once: true,
            activation_ms: Some(0),
            ..carrier("active at once", &[], &[])
        },
        Scenario {
            claims: vec![
                ClaimOutcome::Offline,
                ClaimOutcome::Offline,
                ClaimOutcome::NoDatabase,
            ],
            ..carrier("office database away", &[], &[])
        },
        Scenario {
            claims: vec![ClaimOutcome::HeldBy("bench 2".to_owned()); 9],
            ends: person("C-505"),
            ..carrier("held by another bench", &[], &[])
        },
    ]
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

fn world(scenario: &Scenario, mutant: Mutant) -> World {
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
        mutant,
        problems: Vec::new(),
        promised: Vec::new(),
        handled: 0,
    }
}

fn setup(scenario: &Scenario, world: &World) -> JobSetup {
    let text = format!(
        "name = \"Vans\"\nversion = 3\n[settings]\n{}",
        scenario.settings
    );
    let mut template = Template::from_toml(&text).unwrap();
    template.retype(|key| profile().setting(key).map(|setting| setting.kind));
    JobSetup {
        job: JOB,
        profile: PROFILE.clone(),
        template: Some(Arc::new(template)),
        approved_by: scenario.approved.then(|| "Ann".to_owned()),
        registration: scenario.registers.then(|| intent(&world.bench.units[0])),
        carrier_at_hand: scenario.carrier_at_hand,
        settle_ms: 30 * MINUTE,
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
        let left = scenario.stop_at_effect.is_some() && !state.is_final();
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
