//! What must hold when everything is quiet, whatever happened before.

use super::engine::World;
use super::scenario::profile;
use super::unit::{UnitModel, place};
use fleet::fault::{UnitCondition, advice};
use fleet::job::{Effect, Ending, Input, JobSetup, JobState, state_of};
use fleet::journal::{JobEvent, Verdict};
use fleet::registration::{LookUp, RegistrationOutcome};
use fleet::{Plan, Template};
use std::collections::BTreeSet;

/// Everything that is not as it must be.
pub fn check(world: &mut World, setup: &JobSetup, ending: Option<&Ending>) -> Vec<String> {
    let mut problems = std::mem::take(&mut world.problems);
    let mut must = |holds: bool, text: String| {
        if !holds {
            problems.push(text);
        }
    };
    let events: Vec<&JobEvent> = world.store.events.iter().map(|(event, _)| event).collect();
    let state = state_of(events.iter().copied());

    let mut references = BTreeSet::new();
    for accepted in &world.carrier.ledger {
        must(
            references.insert(accepted.reference),
            "P1: registered twice".into(),
        );
    }
    must(
        world.bench.units[1].writes == 0,
        "P2: another unit was written to".into(),
    );
    if let Some(template) = &setup.template {
        let verdict = events.iter().rev().find_map(|event| match event {
            JobEvent::Done { verdict } => Some(*verdict),
            _ => None,
        });
        if let Some(problem) = verdict.and_then(|verdict| flash_problem(world, template, verdict)) {
            must(false, format!("P3: {problem}"));
        }
    }
    let kept = events
        .iter()
        .any(|event| matches!(event, JobEvent::Verified { .. }));
    must(
        world.promised.is_empty() || kept,
        "P4: a proof was forgotten".into(),
    );
    must(
        world.store.chain_problem().is_none(),
        format!("P5: {:?}", world.store.chain_problem()),
    );
    must(
        world.store.state.unwrap_or(JobState::New) == state,
        "P5: the job table says something else".into(),
    );
    let quiet = state.is_final()
        || state == JobState::NeedsPerson
        || !setup.carrier_at_hand
        || state == JobState::New;
    must(quiet, format!("P6: it rests in {state:?}"));

    let operations: BTreeSet<_> = world.store.outbox.iter().collect();
    must(
        operations.len() == world.store.outbox.len(),
        "P8: one operation twice".into(),
    );
    let recorded = events
        .iter()
        .filter(|event| matches!(event, JobEvent::Recorded { .. }))
        .count();
    must(
        recorded == world.store.outbox.len(),
        "P8: records and operations differ".into(),
    );
    if state == JobState::Done {
        let rows = world.store.rows.len();
        must(rows > 0, "P8: done without a row".into());
    }
    if !world.carrier.ledger.is_empty() && setup.carrier_at_hand {
        let known = state == JobState::NeedsPerson
            || events.iter().any(|event| {
                matches!(
                    event,
                    JobEvent::Registered { .. } | JobEvent::RegistrationRefused { .. }
                )
            });
        must(
            known,
            "P9: the carrier has it and the journal does not say so".into(),
        );
    }
    for problem in doubts(&events) {
        must(false, format!("P10: {problem}"));
    }
    if let Some(ending) = ending {
        for problem in honesty(world, ending) {
            must(false, problem);
        }
        if let Some(fault) = &ending.fault {
            let told = advice(fault, ending.condition, "Slot 1");
            must(
                told.lines().iter().all(|line| !line.is_empty()),
                "P14: an empty line".into(),
            );
        }
    }
    let journal = serde_json::to_string(&events).unwrap_or_default();
    world.secrets(&journal);
    problems.append(&mut world.problems);
    problems.extend(again(world, setup, state));
    problems
}

/// After a power cycle the flash is what the plan says, and elsewhere what it was.
fn flash_problem(world: &World, template: &Template, verdict: Verdict) -> Option<String> {
    if !matches!(
        verdict,
        Verdict::Verified | Verdict::AlreadySet | Verdict::NotVerified
    ) {
        return None;
    }
    let unit = &world.bench.units[0];
    if verdict == Verdict::NotVerified && unit.flaws.ignores_restarts > 0 {
        // It was not seen to restart: that is why nothing is said of what it has kept.
        return None;
    }
    let reading = UnitModel::reading_of(&unit.flash, &[]);
    let plan = Plan::compute(profile(), &unit.identity, &reading, template).ok()?;
    for expected in &plan.expected {
        let held = unit.flash.get(&expected.place).map(String::as_str);
        let met = held == Some(expected.wire.reveal())
            || expected
                .or_else
                .iter()
                .any(|other| held == Some(other.as_str()));
        if !met {
            return Some(format!("{} holds {held:?}", expected.place));
        }
    }
    unit.original.iter().find_map(|(at, text)| {
        let ruled = plan.expected.iter().any(|expected| expected.place == *at);
        let kept = ruled || *at == place("99") || unit.flash.get(at) == Some(text);
        (!kept).then(|| format!("{at} was {text} and is {:?}", unit.flash.get(at)))
    })
}

/// What a person is told of the unit's state must be so.
fn honesty(world: &World, ending: &Ending) -> Vec<String> {
    let unit = &world.bench.units[0];
    let as_before = unit
        .original
        .iter()
        .all(|(at, text)| *at == place("99") || unit.flash.get(at) == Some(text));
    let untrue = match ending.condition {
        UnitCondition::Untouched => {
            unit.writes > 0 && ending.verdict != Verdict::AlreadySet && !as_before
        }
        UnitCondition::PutBack => !as_before,
        _ => false,
    };
    if untrue {
        vec![format!("P4: {:?} is not true", ending.condition)]
    } else {
        Vec::new()
    }
}

/// Every way out of an unknown outcome goes through look-ups, an answer to the same reference, or a person.
fn doubts(events: &[&JobEvent]) -> Vec<String> {
    let mut problems = Vec::new();
    let mut open = false;
    let mut not_found = 0;
    let mut found = false;
    for event in events {
        match event {
            JobEvent::RegistrationIntended { attempt, .. } => {
                if open && not_found < 2 {
                    problems.push(format!("attempt {attempt} was sent into a doubt"));
                }
                (open, not_found, found) = (true, 0, false);
            }
            JobEvent::RegistrationAnswered { answer } => {
                open = matches!(answer, RegistrationOutcome::Unknown { .. });
                found = !open;
            }
            JobEvent::LookedUp {
                answer: LookUp::NotFound,
            } => not_found += 1,
            JobEvent::LookedUp {
                answer: LookUp::Found { .. },
            } => found = true,
            JobEvent::PersonDecided { .. } => (open, found) = (false, true),
            JobEvent::Registered { .. } if !found => {
                problems.push("registered out of a doubt".to_owned());
            }
            JobEvent::RegistrationRefused { .. } if !found => {
                problems.push("refused out of a doubt".to_owned());
            }
            _ => {}
        }
    }
    problems
}

/// P7: what ended stays ended, however often it is taken up again.
fn again(world: &World, setup: &JobSetup, state: JobState) -> Vec<String> {
    let mut problems = Vec::new();
    if !state.is_final() {
        return problems;
    }
    for _ in 0..2 {
        let unit = world.bench.units[0].identity.clone();
        for input in [
            Input::StartWithoutUnit,
            Input::Start {
                identity: Box::new(unit.clone()),
                connection: 99,
            },
        ] {
            let effects = world.take_up(setup.clone()).handle(input, world.now());
            if !matches!(effects.as_slice(), [Effect::Ended(_)]) {
                problems.push(format!("P7: taken up again it wants {effects:?}"));
            }
        }
    }
    problems
}
