//! What comes back: units that are provisioned again, people who decide later, templates that changed meanwhile.

use super::carrier::{Get, Post};
use super::engine::{First, Mutant, ProcessEnd, World};
use super::invariants::check;
use super::scenario::{MINUTE, Scenario, setup, straight, world};
use fleet::fault::UnitCondition;
use fleet::job::{Ending, JobSetup, JobState};
use fleet::journal::{Decision, JobEvent, Verdict};
use fleet::registration::{RegistrationIntent, RegistrationState};

/// Runs one life that must come to an end by itself.
fn live(world: &mut World, setup: &JobSetup) -> Ending {
    match world.process(setup.clone(), None).0 {
        ProcessEnd::Ended(ending) => ending,
        ProcessEnd::Crashed => panic!("it was not told to"),
    }
}

fn decide(world: &mut World, setup: &JobSetup, decision: Decision) -> Ending {
    world.first = Some(First::Decided(decision));
    live(world, setup)
}

fn with_unit(world: &mut World, setup: &JobSetup) -> Ending {
    world.first = Some(First::WithUnit);
    live(world, setup)
}

fn nothing_wrong(world: &mut World, setup: &JobSetup, ending: &Ending) {
    assert_eq!(check(world, setup, Some(ending)), Vec::<String>::new());
}

fn references(world: &World) -> Vec<uuid::Uuid> {
    let intent_of = |event: &JobEvent| match event {
        JobEvent::RegistrationIntended { intent, .. } => Some(intent.client_reference),
        _ => None,
    };
    world
        .store
        .events
        .iter()
        .filter_map(|(event, _)| intent_of(event))
        .collect()
}

#[test]
fn a_unit_that_is_owed_a_registration_can_be_provisioned_again() {
    let owed = Scenario {
        carrier_at_hand: false,
        ..straight("owed")
    };
    let mut world = world(&owed, Mutant::None);
    let first = setup(&owed, &world);
    assert_eq!(
        live(&mut world, &first).registration,
        RegistrationState::Owed
    );
    let second = setup(&straight("again"), &world);
    let ending = with_unit(&mut world, &second);
    assert_eq!((ending.verdict, ending.changes), (Verdict::AlreadySet, 0));
    assert_eq!(ending.registration, RegistrationState::Active);
    assert_eq!(world.carrier.ledger.len(), 1);
    nothing_wrong(&mut world, &second, &ending);
}

#[test]
fn what_was_owed_without_an_account_is_registered_as_the_account_completes_it() {
    let owed = Scenario {
        carrier_at_hand: false,
        ..straight("owed")
    };
    let mut world = world(&owed, Mutant::None);
    let mut first = setup(&owed, &world);
    let whole = first.registration.clone();
    first.registration = whole.clone().map(|intent| RegistrationIntent {
        account: String::new(),
        plan_code: String::new(),
        client_reference: uuid::Uuid::nil(),
        ..intent
    });
    live(&mut world, &first);
    let second = JobSetup {
        registration: whole.clone(),
        carrier_at_hand: true,
        template: None,
        ..first
    };
    let ending = live(&mut world, &second);
    assert_eq!(ending.registration, RegistrationState::Active);
    assert_eq!(
        Some(world.carrier.ledger[0].reference),
        whole.map(|intent| intent.client_reference)
    );
}

#[test]
fn a_doubt_survives_another_pass_over_the_bench_with_a_newer_template() {
    let doubt = Scenario {
        posts: vec![Post::LostAfter],
        lag_ms: 20 * MINUTE,
        ..straight("doubt")
    };
    let mut world = world(&doubt, Mutant::None);
    let first = setup(&doubt, &world);
    let mut point = 0;
    // The life that dies right after the request left.
    while world.carrier.requests == 0 {
        world = super::scenario::world(&doubt, Mutant::None);
        world.process(first.clone(), Some(point));
        point += 1;
    }
    let newer = Scenario {
        settings: "\"server.port\" = 7000",
        ..straight("newer")
    };
    let second = setup(&newer, &world);
    let before = world.bench.units[0].flash.clone();
    world.bench.units[0].original = before;
    let ending = with_unit(&mut world, &second);
    assert_eq!((ending.verdict, ending.changes), (Verdict::Verified, 1));
    assert_eq!(ending.registration, RegistrationState::Active);
    assert_eq!(world.carrier.ledger.len(), 1, "looked up, not sent again");
    nothing_wrong(&mut world, &second, &ending);
}

#[test]
fn a_newer_template_in_the_middle_of_writing_is_written_whole() {
    let mut point = 0;
    loop {
        let old = straight("old values");
        let mut world = world(&old, Mutant::None);
        let first = setup(&old, &world);
        let (end, _) = world.process(first.clone(), Some(point));
        if end != ProcessEnd::Crashed {
            break;
        }
        point += 1;
        if world
            .store
            .state
            .is_none_or(|state| state > JobState::Saving)
        {
            continue;
        }
        let newer = old
            .settings
            .replace("6000", "7000")
            .replace("iot.example", "iot2.example");
        let newer = Scenario {
            settings: newer.leak(),
            ..straight("new values")
        };
        let second = setup(&newer, &world);
        let ending = with_unit(&mut world, &second);
        assert_eq!(ending.verdict, Verdict::Verified, "{point}: {ending:?}");
        nothing_wrong(&mut world, &second, &ending);
    }
    assert!(point > 20);
}

/// The carrier answers no look-up for three days, so that a person has to say.
fn nobody_knows() -> (World, JobSetup) {
    let scenario = Scenario {
        posts: vec![Post::LostBefore],
        gets: vec![Get::Busy(3600); 90],
        ..straight("nobody knows")
    };
    let mut world = world(&scenario, Mutant::None);
    let setup = setup(&scenario, &world);
    let ending = live(&mut world, &setup);
    assert_eq!(ending.fault.as_ref().map(fleet::Fault::code), Some("C-503"));
    assert_eq!(ending.verdict, Verdict::NeedsPerson);
    world.carrier.gets.clear();
    (world, setup)
}

#[test]
fn a_person_says_that_it_is_registered() {
    let (mut world, setup) = nobody_knows();
    assert_eq!(
        live(&mut world, &setup).verdict,
        Verdict::NeedsPerson,
        "time alone decides nothing"
    );
    let ending = decide(&mut world, &setup, Decision::IsRegistered);
    assert_eq!(
        (ending.verdict, ending.registration),
        (Verdict::Verified, RegistrationState::Active)
    );
    assert_eq!(world.carrier.requests, 1);
    nothing_wrong(&mut world, &setup, &ending);
}

#[test]
fn a_person_says_that_it_is_not_registered_and_the_same_reference_goes_again() {
    let (mut world, setup) = nobody_knows();
    let ending = decide(&mut world, &setup, Decision::IsNotRegistered);
    assert_eq!(ending.registration, RegistrationState::Active);
    let references = references(&world);
    assert_eq!(references.len(), 2);
    assert_eq!(references.first(), references.last());
    nothing_wrong(&mut world, &setup, &ending);
}

#[test]
fn a_person_gives_a_registration_up_and_the_unit_stays_proved() {
    let (mut world, setup) = nobody_knows();
    let ending = decide(&mut world, &setup, Decision::SetAside);
    assert_eq!(ending.condition, UnitCondition::Set);
    assert_eq!(world.store.state, Some(JobState::Failed));
    nothing_wrong(&mut world, &setup, &ending);
}

#[test]
fn an_activation_that_took_too_long_is_followed_further_when_a_person_says_so() {
    let slow = Scenario {
        activation_ms: Some(80 * 60 * MINUTE),
        ..straight("slow")
    };
    let mut world = world(&slow, Mutant::None);
    let setup = setup(&slow, &world);
    let ending = live(&mut world, &setup);
    assert_eq!(ending.fault.as_ref().map(fleet::Fault::code), Some("C-504"));
    assert_eq!(ending.registration, RegistrationState::Pending);
    let ending = decide(&mut world, &setup, Decision::GoOn);
    assert_eq!(ending.registration, RegistrationState::Active);
    nothing_wrong(&mut world, &setup, &ending);
}

#[test]
fn a_unit_that_waits_for_a_persons_word_is_written_when_it_comes() {
    let asking = Scenario {
        approved: false,
        approves: false,
        ..straight("asking")
    };
    let mut world = world(&asking, Mutant::None);
    let setup = setup(&asking, &world);
    assert_eq!(live(&mut world, &setup).condition, UnitCondition::Untouched);
    decide(&mut world, &setup, Decision::Approve);
    let ending = with_unit(&mut world, &setup);
    assert_eq!(
        (ending.verdict, ending.registration),
        (Verdict::Verified, RegistrationState::Active)
    );
    nothing_wrong(&mut world, &setup, &ending);
}

#[test]
fn a_run_that_leaves_while_the_carrier_works_says_pending_and_another_run_ends_it() {
    let scenario = straight("left");
    let mut world = world(&scenario, Mutant::None);
    let setup = setup(&scenario, &world);
    let mut point = 0;
    let pending = |world: &World| world.store.state == Some(JobState::RegPending);
    while !pending(&world) {
        world = super::scenario::world(&scenario, Mutant::None);
        world.process(setup.clone(), Some(point));
        point += 1;
    }
    let job = world.take_up(setup.clone());
    assert_eq!(job.standing().registration, RegistrationState::Pending);
    assert_eq!(job.standing().verdict, Verdict::Verified);
    let ending = live(&mut world, &setup);
    assert_eq!(ending.registration, RegistrationState::Active);
    nothing_wrong(&mut world, &setup, &ending);
}
