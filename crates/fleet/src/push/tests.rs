//! What a push does, told from outside: pilot, rest, stops, pauses, retries.

use super::*;
use crate::fault::{Fault, UnitCondition};
use crate::ids::UnitId;
use crate::plan::ShownChange;
use crate::setting::{SettingKey, ShownValue};
use proptest::prelude::*;

pub(super) fn at(second: i64) -> Timestamp {
    Timestamp::from_second(1_790_000_000 + second).unwrap()
}

pub(super) fn id(number: u32) -> UnitId {
    UnitId::Hardware(format!("U{number:04}"))
}

pub(super) fn change() -> Forecast {
    Forecast::Change {
        changes: vec![ShownChange {
            key: SettingKey::new("report.moving_interval_s").unwrap(),
            label: "Moving, every".to_owned(),
            before: Some(ShownValue::Integer(120)),
            after: ShownValue::Integer(30),
            guarded: false,
            readable: true,
        }],
    }
}

pub(super) fn facts(rules: Rules, via: Via) -> PushFacts {
    PushFacts {
        id: PushId(Uuid::from_u128(7)),
        title: "Van standard v5".to_owned(),
        template: Some(("Van standard".to_owned(), 5)),
        undoes: None,
        chosen: "by search".to_owned(),
        via,
        rules,
        agreed_by: None,
        by: "bench 2".to_owned(),
        begun: at(0),
    }
}

fn push_of(count: u32, rules: Rules, way: Way) -> Push {
    let units = (0..count).map(|n| PushUnit::new(id(n), n, None, way, change(), at(0)));
    Push::new(facts(rules, Via::Any), units.collect())
}

fn reach(push: &mut Push, number: u32, second: i64) -> bool {
    let way = Way::Cable;
    let effects = push.handle(
        Input::Reached {
            unit: id(number),
            way,
        },
        at(second),
    );
    effects
        .iter()
        .any(|effect| matches!(effect, Effect::Begin { .. }))
}

fn tell(push: &mut Push, number: u32, outcome: Kept, second: i64) {
    let effects = push.handle(
        Input::Told {
            unit: id(number),
            outcome,
        },
        at(second),
    );
    assert!(matches!(effects.first(), None | Some(Effect::Keep { .. })));
}

fn failed(fault: Fault) -> Kept {
    Kept::Failed {
        fault,
        condition: UnitCondition::PutBack,
    }
}

fn verified() -> Kept {
    Kept::Verified("1 value read back after the restart".to_owned())
}

#[test]
fn the_rest_begins_when_every_pilot_unit_is_verified_and_not_before() {
    let mut push = push_of(
        6,
        Rules {
            pilot: 2,
            ..Rules::default()
        },
        Way::Cable,
    );
    assert!(reach(&mut push, 3, 1) && reach(&mut push, 0, 1));
    assert_eq!(
        push.may_begin(&id(1), Way::Cable),
        Err(NotTaken::PilotFirst)
    );
    tell(&mut push, 3, verified(), 2);
    assert!(!reach(&mut push, 1, 3));
    tell(&mut push, 0, Kept::OnItsWay("written".into()), 3);
    assert!(!reach(&mut push, 1, 3));
    tell(&mut push, 0, verified(), 4);
    assert_eq!(push.progress().wave, Wave::Rest);
    assert_eq!(push.progress().pilot_verified, Some(at(4)));
    for number in [1, 2, 4, 5] {
        assert!(reach(&mut push, number, 5));
        tell(&mut push, number, verified(), 6);
    }
    assert_eq!(push.progress().state, PushState::Ended);
    assert_eq!(push.counts().verified, 6);
}

#[test]
fn a_unit_is_kept_as_sent_before_it_is_begun() {
    let mut push = push_of(1, Rules::default(), Way::Cable);
    let effects = push.handle(
        Input::Reached {
            unit: id(0),
            way: Way::Cable,
        },
        at(1),
    );
    assert!(
        matches!(effects.as_slice(), [Effect::Keep { units, .. }, Effect::Begin { .. }] if units == &[id(0)])
    );
    assert_eq!(push.unit(&id(0)).unwrap().standing, Standing::Sent);
    // Reached again while it is in hand: nothing is begun twice.
    assert_eq!(push.may_begin(&id(0), Way::Cable), Err(NotTaken::InHand));
}

#[test]
fn an_answer_is_not_a_proof_and_a_pilot_that_only_answered_stops_the_push() {
    let mut push = push_of(
        3,
        Rules {
            pilot: 1,
            ..Rules::default()
        },
        Way::Sms,
    );
    assert_eq!(push.next_by_message(10), [id(0)]);
    let _ = push.handle(
        Input::Reached {
            unit: id(0),
            way: Way::Sms,
        },
        at(1),
    );
    tell(&mut push, 0, Kept::Taken("unit answered OK".into()), 2);
    assert_eq!((push.counts().taken, push.counts().verified), (1, 0));
    assert_eq!(push.progress().state, PushState::Running);
    tell(
        &mut push,
        0,
        Kept::TakenForNow("waits for a reading".into()),
        3,
    );
    assert!(matches!(&push.progress().state, PushState::Stopped { why } if why.contains("0 of 1")));
    // The reading comes by cable, whatever the push itself does.
    assert!(reach(&mut push, 0, 4));
    tell(&mut push, 0, Kept::AlreadyRight { by_message: false }, 5);
    let unit = push.unit(&id(0)).unwrap();
    assert_eq!(unit.standing, Standing::Verified);
    assert!(unit.words.contains("on the cable"), "{}", unit.words);
    let _ = push.handle(Input::GoOn { by: "lead".into() }, at(6));
    assert_eq!(push.next_by_message(10), [id(1), id(2)]);
}

#[test]
fn it_stops_at_the_set_number_of_failures_and_counts_anew_after_a_person_looked() {
    let mut push = push_of(
        10,
        Rules {
            pilot: 0,
            stop_after: 2,
            same_code: 0,
        },
        Way::Cable,
    );
    for number in 0..4 {
        assert!(reach(&mut push, number, 1));
    }
    tell(&mut push, 0, failed(Fault::NotSaved), 2);
    tell(&mut push, 1, failed(Fault::DidNotComeBack), 3);
    assert!(matches!(push.progress().state, PushState::Stopped { .. }));
    assert_eq!(
        push.may_begin(&id(5), Way::Cable),
        Err(NotTaken::NotRunning)
    );
    // What was in hand comes to its end all the same.
    tell(&mut push, 2, verified(), 4);
    let _ = push.handle(Input::GoOn { by: "lead".into() }, at(5));
    assert_eq!(push.progress().state, PushState::Running);
    assert_eq!((push.counts().failed, push.counts().failures()), (2, 0));
    tell(&mut push, 3, failed(Fault::NotSaved), 6);
    assert_eq!(push.progress().state, PushState::Running);
    assert!(reach(&mut push, 5, 7));
}

#[test]
fn three_of_one_code_stop_it_before_the_number_is_reached() {
    let mut push = push_of(
        10,
        Rules {
            pilot: 0,
            stop_after: 9,
            same_code: 3,
        },
        Way::Cable,
    );
    for number in 0..3 {
        assert!(reach(&mut push, number, 1));
        tell(&mut push, number, failed(Fault::NotSaved), 2);
    }
    assert!(matches!(&push.progress().state, PushState::Stopped { why } if why.contains("V-330")));
}

#[test]
fn retrying_takes_the_failed_and_nobody_else() {
    let mut push = push_of(
        4,
        Rules {
            pilot: 0,
            ..Rules::default()
        },
        Way::Cable,
    );
    for number in 0..4 {
        assert!(reach(&mut push, number, 1));
    }
    tell(&mut push, 0, failed(Fault::NotSaved), 2);
    for number in 1..4 {
        tell(&mut push, number, verified(), 2);
    }
    assert_eq!(push.progress().state, PushState::Ended);
    let effects = push.handle(Input::RetryFailed { by: "lead".into() }, at(3));
    assert!(matches!(effects.as_slice(), [Effect::Keep { units, .. }] if units == &[id(0)]));
    assert_eq!(
        push.may_begin(&id(1), Way::Cable),
        Err(NotTaken::NothingToDo)
    );
    assert!(reach(&mut push, 0, 4));
    tell(&mut push, 0, verified(), 5);
    assert_eq!(
        (push.counts().verified, push.unit(&id(0)).unwrap().attempts),
        (4, 2)
    );
    assert_eq!(push.progress().state, PushState::Ended);
}

#[test]
fn a_pause_begins_nothing_and_a_cancel_leaves_the_rest_out_and_recalls_what_is_in_hand() {
    let mut push = push_of(
        4,
        Rules {
            pilot: 0,
            ..Rules::default()
        },
        Way::Cable,
    );
    assert!(reach(&mut push, 0, 1));
    let _ = push.handle(Input::Pause { by: "lead".into() }, at(2));
    assert_eq!(
        push.may_begin(&id(1), Way::Cable),
        Err(NotTaken::NotRunning)
    );
    let _ = push.handle(Input::GoOn { by: "lead".into() }, at(3));
    let effects = push.handle(Input::Cancel { by: "lead".into() }, at(4));
    assert!(effects.contains(&Effect::Recall(vec![id(0)])));
    tell(
        &mut push,
        0,
        Kept::PutOff("stopped at a safe point".into()),
        5,
    );
    assert_eq!((push.counts().left_out, push.counts().waiting), (4, 0));
}

#[test]
fn a_unit_cut_off_between_writing_and_proof_waits_again_and_neither_stops_nor_ends_the_push() {
    let of_one = |pilot| {
        let rules = Rules {
            pilot,
            ..Rules::default()
        };
        let mut push = push_of(2, rules, Way::Cable);
        assert!(reach(&mut push, 0, 1));
        tell(&mut push, 0, Kept::Taken("written".into()), 2);
        // The program is killed; the next one finds a journal without an end.
        Push::recover(
            push.facts().clone(),
            push.progress().clone(),
            push.units().to_vec(),
        )
    };
    for pilot in [0, 1] {
        let mut push = of_one(pilot);
        tell(&mut push, 0, Kept::PutOff("cut off".into()), 3);
        assert_eq!(push.progress().state, PushState::Running, "pilot {pilot}");
        assert_eq!((push.counts().waiting, push.counts().taken), (2, 0));
        assert!(reach(&mut push, 0, 4));
        // What it holds is this push's doing.
        tell(&mut push, 0, Kept::AlreadyRight { by_message: false }, 5);
        assert_eq!(push.unit(&id(0)).unwrap().standing, Standing::Verified);
    }
    let mut push = of_one(0);
    assert!(push.in_hand().contains(&id(0)), "it has to be told about");
    let _ = push.handle(Input::Cancel { by: "lead".into() }, at(3));
    tell(&mut push, 0, Kept::PutOff("stopped".into()), 4);
    let unit = push.unit(&id(0)).unwrap();
    assert_eq!(unit.standing, Standing::Taken);
    assert!(
        unit.words.contains("a reading on a cable"),
        "{}",
        unit.words
    );

    let mut push = of_one(0);
    tell(&mut push, 0, Kept::PutOff("cut off".into()), 3);
    let _ = push.handle(Input::Cancel { by: "lead".into() }, at(4));
    let unit = push.unit(&id(0)).unwrap();
    assert_eq!(unit.standing, Standing::LeftOut);
    assert!(unit.words.contains("cut off"), "{}", unit.words);
}

#[test]
fn a_unit_that_was_stopped_is_no_failure_whatever_it_holds() {
    for condition in [
        UnitCondition::Untouched,
        UnitCondition::PutBack,
        UnitCondition::WrittenUnproved,
        UnitCondition::NotKnown,
    ] {
        let outcome = outcome_of_job(&crate::job::Ending {
            verdict: crate::journal::Verdict::Stopped,
            registration: crate::registration::RegistrationState::Skipped,
            changes: 1,
            fault: Some(Fault::Cancelled),
            condition,
        });
        assert!(
            matches!(outcome, Kept::PutOff(_)),
            "{condition:?}: {outcome:?}"
        );
    }
}

#[test]
fn a_unit_that_is_left_out_when_its_turn_comes_is_no_failure_and_gives_its_place_away() {
    let rules = Rules {
        pilot: 1,
        ..Rules::default()
    };
    let mut push = push_of(2, rules, Way::Cable);
    tell(
        &mut push,
        0,
        Kept::Cannot("it was retired meanwhile".into()),
        1,
    );
    let counts = push.counts();
    assert_eq!(
        (counts.cannot, counts.waiting, counts.failures()),
        (1, 1, 0)
    );
    assert!(reach(&mut push, 1, 2));
    tell(&mut push, 1, verified(), 3);
    assert_eq!(push.progress().state, PushState::Ended);
}

#[test]
fn a_pulled_cable_is_no_failure_and_an_already_right_pilot_gives_its_place_away() {
    let mut push = push_of(
        3,
        Rules {
            pilot: 1,
            ..Rules::default()
        },
        Way::Cable,
    );
    assert!(reach(&mut push, 0, 1));
    tell(&mut push, 0, Kept::PutOff("pulled".into()), 2);
    assert_eq!((push.counts().waiting, push.counts().failed), (3, 0));
    assert!(reach(&mut push, 0, 3));
    tell(&mut push, 0, Kept::AlreadyRight { by_message: false }, 4);
    assert_eq!(push.progress().wave, Wave::Pilot);
    assert!(reach(&mut push, 1, 5));
    tell(&mut push, 1, verified(), 6);
    assert_eq!(push.progress().wave, Wave::Rest);
}

#[test]
fn data_a_month_is_held_against_the_plan_in_words() {
    let key = |text| SettingKey::new(text).unwrap();
    let before = [
        (key("report.moving_interval_s"), ShownValue::Integer(120)),
        (key("report.parked_interval_s"), ShownValue::Integer(3_600)),
    ]
    .into();
    let changed = [(key("report.moving_interval_s"), ShownValue::Integer(30))].into();
    let cost = data_cost(&before, &changed, Some(5.0), Assumptions::default()).unwrap();
    // 8 h at 120 s and 16 h at 1 h: 256 reports a day of 300 bytes, 30 days.
    assert!((cost.before_mb.unwrap() - 2.304).abs() < 0.001, "{cost:?}");
    assert!((cost.after_mb - 8.784).abs() < 0.001, "{cost:?}");
    assert!(cost.words().contains("more than the plan's 5 MB"));
    assert_eq!(
        data_cost(
            &before,
            &std::collections::BTreeMap::new(),
            None,
            Assumptions::default()
        ),
        None
    );
}

#[derive(Debug, Clone)]
enum Move {
    Reach(u32, Way),
    Tell(u32, u8),
    Person(u8),
}

fn moves() -> impl Strategy<Value = Vec<Move>> {
    let way = prop_oneof![Just(Way::Cable), Just(Way::Sms)];
    let one = prop_oneof![
        4 => (0..12u32, way).prop_map(|(unit, way)| Move::Reach(unit, way)),
        4 => (0..12u32, 0..7u8).prop_map(|(unit, what)| Move::Tell(unit, what)),
        1 => (0..4u8).prop_map(Move::Person),
    ];
    proptest::collection::vec(one, 0..120)
}

proptest! {
    #[test]
    fn whatever_happens_every_unit_is_accounted_for_once_and_a_recovered_push_is_the_same(moves in moves()) {
        let rules = Rules { pilot: 2, stop_after: 3, same_code: 2 };
        let units = (0..12).map(|n| {
            let way = if n % 2 == 0 { Way::Cable } else { Way::Sms };
            let forecast = match n { 10 => Forecast::AlreadyRight, 11 => Forecast::Cannot { why: "retired".into(), cure: String::new() }, _ => change() };
            PushUnit::new(id(n), n, None, way, forecast, at(0))
        });
        let mut push = Push::new(facts(rules, Via::Any), units.collect());
        let mut kept = push.clone();
        for (second, each) in moves.into_iter().enumerate() {
            let now = at(i64::try_from(second).unwrap() + 1);
            let input = match each {
                Move::Reach(unit, way) => Input::Reached { unit: id(unit), way },
                Move::Tell(unit, what) => {
                    // Only what was begun can be told about.
                    if !push.in_hand().contains(&id(unit)) { continue; }
                    let outcome = match what {
                        0 => verified(),
                        1 => Kept::AlreadyRight { by_message: false },
                        2 => Kept::PutOff("pulled".into()),
                        3 => failed(Fault::NotSaved),
                        4 => failed(Fault::MessageNotAnswered { minutes: 10 }),
                        5 => Kept::Taken("OK".into()),
                        _ => Kept::TakenForNow("OK".into()),
                    };
                    Input::Told { unit: id(unit), outcome }
                }
                Move::Person(0) => Input::Pause { by: "lead".into() },
                Move::Person(1) => Input::RetryFailed { by: "lead".into() },
                Move::Person(_) => Input::GoOn { by: "lead".into() },
            };
            for effect in push.handle(input, now) {
                match effect {
                    Effect::Keep { progress, units, .. } => {
                        let mut stored = kept.units().to_vec();
                        for unit in &units {
                            let new = push.unit(unit).unwrap().clone();
                            let place = stored.iter().position(|old| old.id == *unit).unwrap();
                            stored[place] = new;
                        }
                        kept = Push::recover(push.facts().clone(), progress, stored);
                    }
                    Effect::Begin { unit, .. } => prop_assert!(push.in_hand().contains(&unit)),
                    Effect::Recall(_) => {}
                }
            }
            let counts = push.counts();
            let sum: usize = Standing::ALL.iter().map(|standing| counts.of(*standing)).sum();
            prop_assert_eq!(sum, 12);
            prop_assert!(counts.cannot == 1);
            // What was kept step by step is what is known.
            prop_assert_eq!(kept.units(), push.units());
            prop_assert_eq!(kept.counts(), push.counts());
            let pilots = push.units().iter().filter(|unit| unit.pilot).count();
            prop_assert!(push.progress().wave == Wave::Rest || pilots <= 2);
        }
    }
}

#[test]
fn what_another_bench_did_counts_here_and_takes_nothing_from_what_is_known_better() {
    let rules = Rules {
        pilot: 2,
        stop_after: 2,
        same_code: 0,
    };
    let mut push = push_of(5, rules, Way::Cable);
    let other = |number: u32, standing: Standing| {
        let mut unit = PushUnit::new(id(number), number, None, Way::Cable, change(), at(0));
        unit.standing = standing;
        unit.pilot = number < 2;
        unit.attempts = 1;
        unit.since = at(2);
        unit.elsewhere = Some("Bench 3".to_owned());
        if standing == Standing::Failed {
            unit.fault = Some(Fault::DidNotComeBack);
            unit.condition = Some(UnitCondition::PutBack);
        }
        unit
    };
    let hear = |push: &mut Push, units: Vec<PushUnit>, second| {
        let heard = Input::Heard {
            units,
            progress: None,
        };
        let effects = push.handle(heard, at(second));
        assert!(matches!(effects.first(), Some(Effect::Keep { .. })));
    };
    assert!(reach(&mut push, 0, 1));
    // The other bench has the second pilot unit in hand: the pilot is full, and not over.
    hear(&mut push, vec![other(1, Standing::Sent)], 2);
    assert_eq!(
        push.may_begin(&id(2), Way::Cable),
        Err(NotTaken::PilotFirst)
    );
    // A late word about a unit that is in hand here changes nothing.
    hear(&mut push, vec![other(0, Standing::Waiting)], 3);
    assert_eq!(push.unit(&id(0)).unwrap().standing, Standing::Sent);
    tell(&mut push, 0, verified(), 4);
    assert_eq!(push.progress().wave, Wave::Pilot);
    hear(&mut push, vec![other(1, Standing::Verified)], 5);
    assert_eq!(push.progress().wave, Wave::Rest);
    // Failures there stop it here; nobody begins another one.
    hear(
        &mut push,
        vec![other(2, Standing::Failed), other(3, Standing::Failed)],
        6,
    );
    assert_eq!(push.progress().state.word(), "stopped");
    assert_eq!(push.counts().failed, 2);
    assert_eq!(
        push.may_begin(&id(4), Way::Cable),
        Err(NotTaken::NotRunning)
    );
    // What is proved stays proved.
    hear(&mut push, vec![other(0, Standing::Failed)], 7);
    assert_eq!(push.unit(&id(0)).unwrap().standing, Standing::Verified);
}

#[test]
fn a_unit_in_another_benchs_hands_is_not_awaited_here_after_a_new_start() {
    let mut push = push_of(
        2,
        Rules {
            pilot: 0,
            ..Rules::default()
        },
        Way::Cable,
    );
    assert!(reach(&mut push, 0, 1) && reach(&mut push, 1, 1));
    let mut units = push.units().to_vec();
    units[1].elsewhere = Some("Bench 3".to_owned());
    let push = Push::recover(push.facts().clone(), push.progress().clone(), units);
    assert_eq!(push.in_hand().len(), 1);
    assert!(push.in_hand().contains(&id(0)));
}
