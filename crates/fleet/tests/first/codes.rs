//! Service codes that a unit refuses: how often one leaves, in one job and over several.

use super::{World, is_set};
use fleet::Fault;
use fleet::job::CodesGiven;
use fleet::journal::{JobEvent, Verdict};

#[test]
fn what_a_person_gave_comes_before_the_carriers_code_and_a_refused_one_is_never_repeated() {
    let mut world = World::new();
    world.person_gave = Some("000111".to_owned());
    world.modem.wrong_code = true;
    let (ending, _) = world.life(None, true);
    let ending = ending.unwrap();
    assert_eq!(ending.fault.as_ref().map(Fault::code), Some("D-222"));
    // The code stands before the values: none of them left.
    assert_eq!(ending.condition, fleet::fault::UnitCondition::Untouched);
    assert_eq!(world.modem.codes, ["000111"]);
    // Another start does not try again, with this code or with another.
    world.person_gave = None;
    let (ending, _) = world.life(None, true);
    let code = ending.unwrap().fault.map(|fault| fault.code().to_owned());
    assert_eq!(code.as_deref(), Some("D-222"));
    assert_eq!(world.modem.codes, ["000111"]);
    world.check();
}

#[test]
fn after_a_refused_code_another_one_leaves_once_when_a_person_says_so() {
    let mut world = World::new();
    world.person_gave = Some("000111".to_owned());
    world.modem.wrong_code = true;
    world.life(None, true);
    world.person_gave = Some("000222".to_owned());
    world.modem.wrong_code = false;
    world.another_code = true;
    let (ending, _) = world.life(None, true);
    assert_eq!(ending.unwrap().verdict, Verdict::NotVerified);
    assert_eq!(world.modem.codes, ["000111", "000222"]);
    assert!(is_set(&world));
    let decided = |event: &&JobEvent| matches!(event, JobEvent::PersonDecided { .. });
    assert_eq!(world.journal.iter().filter(decided).count(), 1);
    world.check();
}

#[test]
fn whatever_people_say_a_unit_that_powers_down_after_five_codes_is_told_three() {
    let mut world = World::new();
    world.modem.wrong_code = true;
    world.another_code = true;
    for code in ["1", "2", "3", "4", "5", "6", "7"] {
        world.person_gave = Some(code.to_owned());
        let (ending, _) = world.life(None, true);
        let fault = ending.unwrap().fault;
        assert_eq!(fault.as_ref().map(Fault::code), Some("D-222"), "{code}");
    }
    assert_eq!(world.modem.codes, ["1", "2", "3"]);
    world.check();
}

#[test]
fn what_one_job_was_refused_holds_the_next_ones_back_whatever_they_are_for() {
    let mut journals: Vec<Vec<JobEvent>> = Vec::new();
    let mut told = Vec::new();
    let mut job = |another: bool, wrong_code: bool| {
        let mut world = World::new();
        world.person_gave = Some(format!("{}", journals.len()));
        world.modem.wrong_code = wrong_code;
        world.codes = CodesGiven::by(&journals);
        if another {
            world.codes = world.codes.and_another_at_hand();
        }
        let (ending, _) = world.life(None, true);
        world.check();
        told.extend(world.modem.codes.clone());
        journals.push(world.journal);
        let fault = ending.unwrap().fault;
        fault.map(|fault| fault.code().to_owned())
    };
    let refused = Some("D-222".to_owned());
    assert_eq!(job(false, true), refused);
    assert_eq!(
        job(false, true),
        refused,
        "a new job, and nobody said a word"
    );
    for _ in 0..5 {
        assert_eq!(job(true, true), refused);
    }
    assert_eq!(told, ["0", "2", "3"], "a unit powers down after five");

    // One that takes a code begins to count anew.
    let (mut journals, mut told) = (Vec::new(), 0);
    for wrong_code in [true, false, true, false] {
        let mut world = World::new();
        world.modem.wrong_code = wrong_code;
        world.codes = CodesGiven::by(&journals).and_another_at_hand();
        world.life(None, true);
        told += world.modem.codes.len();
        journals.push(world.journal);
    }
    assert_eq!(told, 4);
}
