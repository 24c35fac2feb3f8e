//! A push that several benches share: what was heard counts in the order in which it was told here, a unit of another push is passed over, and
//! a bench that fell silent keeps nothing open.

use super::tests::{at, change, facts, id};
use super::*;
use crate::fault::{Fault, UnitCondition};

fn push_of(count: u32, stop_after: u32) -> Push {
    let rules = Rules {
        pilot: 0,
        stop_after,
        same_code: 0,
    };
    let units = (0..count).map(|n| PushUnit::new(id(n), n, None, Way::Cable, change(), at(0)));
    Push::new(facts(rules, Via::Any), units.collect())
}

/// A unit as another bench has it, by that bench's clock.
fn there(number: u32, standing: Standing, second: i64) -> PushUnit {
    let mut unit = PushUnit::new(id(number), number, None, Way::Cable, change(), at(0));
    unit.standing = standing;
    unit.attempts = 1;
    unit.since = at(second);
    unit.elsewhere = Some("Bench 3".to_owned());
    if standing == Standing::Failed {
        unit.fault = Some(Fault::DidNotComeBack);
        unit.condition = Some(UnitCondition::PutBack);
        unit.looks = Some(0);
    }
    unit
}

fn hear(push: &mut Push, units: Vec<PushUnit>, progress: Option<PushProgress>, second: i64) {
    let heard = Input::Heard { units, progress };
    assert!(!push.handle(heard, at(second)).is_empty());
}

fn by_lead(push: &mut Push, wish: fn(String) -> Input, second: i64) {
    assert!(!push.handle(wish("lead".to_owned()), at(second)).is_empty());
}

#[test]
fn a_failure_that_is_heard_after_a_person_looked_counts_though_its_benchs_clock_is_slow() {
    let mut push = push_of(6, 2);
    hear(
        &mut push,
        vec![
            there(0, Standing::Failed, 10),
            there(1, Standing::Failed, 11),
        ],
        None,
        12,
    );
    assert_eq!(push.progress().state.word(), "stopped");
    by_lead(&mut push, |by| Input::GoOn { by }, 20);
    assert_eq!(push.counts().failures(), 0);
    // That bench had not heard of it, and its clock is minutes behind.
    hear(&mut push, vec![there(2, Standing::Failed, -300)], None, 21);
    assert_eq!(push.counts().failures(), 1);
    hear(&mut push, vec![there(3, Standing::Failed, -200)], None, 22);
    assert_eq!(push.progress().state.word(), "stopped");
    // Said once more, it is the same one.
    by_lead(&mut push, |by| Input::GoOn { by }, 30);
    hear(&mut push, vec![there(3, Standing::Failed, -200)], None, 31);
    assert_eq!(push.counts().failures(), 0);
    // The count is the same after a new start.
    let again = Push::recover(
        push.facts().clone(),
        push.progress().clone(),
        push.units().to_vec(),
    );
    assert_eq!(again.counts(), push.counts());
}

#[test]
fn a_failure_that_a_person_looked_at_no_longer_counts_though_its_benchs_clock_is_fast() {
    let mut push = push_of(6, 2);
    hear(
        &mut push,
        vec![
            there(0, Standing::Failed, 9_000),
            there(1, Standing::Failed, 9_001),
        ],
        None,
        12,
    );
    by_lead(&mut push, |by| Input::GoOn { by }, 20);
    assert_eq!(push.progress().state.word(), "running");
    hear(&mut push, vec![there(2, Standing::Verified, 30)], None, 31);
    assert_eq!(push.progress().state.word(), "running");
    assert_eq!(push.counts().failures(), 0);
}

#[test]
fn a_bench_that_hears_failures_together_with_the_word_to_go_on_does_not_count_them_anew() {
    let mut there_push = push_of(6, 2);
    let failed = vec![
        there(0, Standing::Failed, 10),
        there(1, Standing::Failed, 11),
    ];
    hear(&mut there_push, failed.clone(), None, 12);
    by_lead(&mut there_push, |by| Input::GoOn { by }, 13);
    let mut push = push_of(6, 2);
    hear(&mut push, failed, Some(there_push.progress().clone()), 14);
    assert_eq!(push.progress().state.word(), "running");
    assert_eq!(push.counts().failures(), 0);
    hear(&mut push, vec![there(2, Standing::Failed, 15)], None, 16);
    assert_eq!(push.counts().failures(), 1);
}

#[test]
fn a_unit_that_another_push_of_this_bench_has_is_passed_over_and_said_with_a_code() {
    let mut push = push_of(3, 0);
    push.pass_over(&id(1), Some("Coach v2".to_owned()));
    assert_eq!(push.may_begin(&id(1), Way::Cable), Err(NotTaken::OtherPush));
    let reached = Input::Reached {
        unit: id(1),
        way: Way::Cable,
    };
    assert!(push.handle(reached, at(1)).is_empty());
    let unit = push.unit(&id(1)).unwrap();
    assert_eq!(unit.code(), Some("J-604"));
    let words = unit.words_with_bench();
    assert!(
        words.contains("J-604") && words.contains("'Coach v2'"),
        "{words}"
    );
    // What the other bench does to it counts; that it waits once more frees it of nothing here.
    hear(&mut push, vec![there(1, Standing::Failed, 2)], None, 3);
    assert_eq!(push.passed_over(), 0, "it is not open");
    push.pass_over(&id(2), Some("Coach v2".to_owned()));
    hear(&mut push, vec![there(2, Standing::Waiting, 4)], None, 5);
    assert_eq!(push.passed_over(), 1);
    push.pass_over(&id(2), None);
    assert_eq!(push.may_begin(&id(2), Way::Cable), Ok(()));
}

#[test]
fn a_unit_of_a_bench_that_fell_silent_ends_with_the_push_and_can_be_tried_again() {
    let mut push = push_of(2, 0);
    hear(&mut push, vec![there(0, Standing::Sent, 1)], None, 2);
    let silent = || Input::FellSilent { units: vec![id(0)] };
    assert!(push.handle(silent(), at(3)).is_empty(), "it may go on");
    by_lead(&mut push, |by| Input::Cancel { by }, 4);
    assert_eq!(push.counts().sent, 1);
    assert!(!push.handle(silent(), at(5)).is_empty());
    let unit = push.unit(&id(0)).unwrap();
    assert_eq!(unit.standing, Standing::Failed);
    assert_eq!(unit.code(), Some("J-603"));
    assert_eq!(unit.condition, Some(UnitCondition::NotKnown));
    assert!(unit.words.contains("Bench 3"), "{}", unit.words);
    assert_eq!((push.counts().sent, push.counts().failed), (0, 1));
    // The bench comes back and proves it after all.
    hear(&mut push, vec![there(0, Standing::Verified, 6)], None, 7);
    assert_eq!(push.unit(&id(0)).unwrap().standing, Standing::Verified);
}

#[test]
fn a_unit_that_restarts_on_another_bench_neither_ends_the_pilot_nor_the_push_here() {
    let rules = Rules {
        pilot: 2,
        ..Rules::default()
    };
    let units = (0..2).map(|n| PushUnit::new(id(n), n, None, Way::Cable, change(), at(0)));
    let mut push = Push::new(facts(rules, Via::Any), units.collect());
    let piloted = |number, standing, second| PushUnit {
        pilot: true,
        ..there(number, standing, second)
    };
    let restarts = PushUnit {
        awaits_proof: true,
        ..piloted(0, Standing::Taken, 1)
    };
    hear(
        &mut push,
        vec![restarts, piloted(1, Standing::Verified, 2)],
        None,
        3,
    );
    assert_eq!(push.progress().state.word(), "running");
    let proved = piloted(0, Standing::Verified, 4);
    hear(&mut push, vec![proved], None, 5);
    assert_eq!(push.progress().state.word(), "ended");
    assert!(push.progress().pilot_verified.is_some());
}
