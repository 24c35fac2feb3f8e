//! A seeded, single-threaded world: the real job against a unit, a carrier and a store, stopped at every step and started again.
//!
//! Time is pretend, the carrier's ledger stands outside the program's reach, and the store keeps only what was committed.
//! Each scenario runs once undisturbed to count its steps, then once for each step with a crash there, then for pairs of steps.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::print_stdout
)]

mod world {
    pub mod bench_scenarios;
    pub mod carrier;
    pub mod carrier_scenarios;
    pub mod engine;
    pub mod invariants;
    mod returns;
    pub mod scenario;
    pub mod store;
    pub mod unit;
}

use world::engine::Mutant;
use world::scenario::{Scenario, Told, all, run, straight};
use world::unit::{At, Flaws};

/// A crash before or after each step of the first start; `check` sees every outcome.
fn crash_everywhere(scenario: &Scenario, mutant: Mutant, mut check: impl FnMut(&[usize], Told)) {
    let clean = run(scenario, &[], mutant);
    let points = clean.points_of_first_start;
    check(&[], clean);
    for point in 0..points {
        check(&[point], run(scenario, &[point], mutant));
    }
}

#[test]
fn undisturbed_each_scenario_ends_as_it_should() {
    for scenario in all() {
        let told = run(&scenario, &[], Mutant::None);
        assert_eq!(
            told.ending, scenario.ends,
            "{}\n{:#?}",
            scenario.name, told.events
        );
        assert_eq!(told.problems, Vec::<String>::new(), "{}", scenario.name);
    }
}

#[test]
fn a_crash_at_any_step_loses_nothing_and_does_nothing_twice() {
    let mut runs = 0;
    for scenario in all() {
        crash_everywhere(&scenario, Mutant::None, |crashes, told| {
            runs += 1;
            assert_eq!(
                told.problems,
                Vec::<String>::new(),
                "{} {crashes:?}\n{:#?}",
                scenario.name,
                told.events
            );
        });
    }
    println!("{runs} runs");
    assert!(runs > 1000, "{runs}");
}

#[test]
fn a_second_crash_during_recovery_is_only_one_more_crash() {
    let seed = std::env::var("WORLD_SEED")
        .ok()
        .and_then(|text| text.parse().ok())
        .unwrap_or(7);
    let mut random = world::scenario::Random::new(seed);
    println!("seed {seed}");
    for scenario in all() {
        let points = run(&scenario, &[], Mutant::None).points_of_first_start;
        for _ in 0..40 {
            let crashes = [
                random.below(points),
                random.below(points),
                random.below(points),
            ];
            let told = run(&scenario, &crashes, Mutant::None);
            assert_eq!(
                told.problems,
                Vec::<String>::new(),
                "seed {seed}: {} {crashes:?}\n{:#?}",
                scenario.name,
                told.events
            );
        }
    }
}

#[test]
fn a_fault_at_any_operation_ends_in_a_known_state() {
    let faults = [
        At::Unplug {
            done: false,
            away_ms: 5_000,
        },
        At::Unplug {
            done: true,
            away_ms: 5_000,
        },
        At::Unplug {
            done: true,
            away_ms: 900_000,
        },
        At::PowerLoss,
        At::SwapUnnoticed,
        At::SwapNoticed,
        At::NoAnswer { done: false },
        At::NoAnswer { done: true },
        At::CutReading,
    ];
    for ignored in [0, 1, 3] {
        for operation in 1..=26 {
            for fault in faults {
                let flaws = Flaws {
                    saves_ignored: ignored,
                    ..Flaws::default()
                };
                let faults = vec![(operation, fault)];
                let scenario = Scenario {
                    flaws,
                    faults,
                    ..straight("a fault somewhere")
                };
                let told = run(&scenario, &[], Mutant::None);
                assert_eq!(
                    told.problems,
                    Vec::<String>::new(),
                    "{ignored} saves ignored, {fault:?} at {operation}\n{:#?}",
                    told.events
                );
            }
        }
    }
}

#[test]
fn a_stop_at_any_effect_reaches_a_safe_point_and_the_rest_is_done_later() {
    for effect in 1..90 {
        for base in [
            straight("stopped"),
            Scenario {
                approved: false,
                ..straight("stopped, asking")
            },
        ] {
            let scenario = Scenario {
                stop_at_effect: Some(effect),
                ..base
            };
            let told = run(&scenario, &[], Mutant::None);
            assert_eq!(
                told.problems,
                Vec::<String>::new(),
                "at {effect}\n{:#?}",
                told.events
            );
        }
    }
}

#[test]
fn a_full_disk_at_any_append_stops_everything_until_there_is_room() {
    for append in 1..20 {
        let full_at_append = Some(append);
        let scenario = Scenario {
            full_at_append,
            ..straight("disk full")
        };
        let told = run(&scenario, &[], Mutant::None);
        assert_eq!(
            told.problems,
            Vec::<String>::new(),
            "at {append}\n{:#?}",
            told.events
        );
        assert_eq!(told.ending, scenario.ends, "at {append}");
    }
}

/// A mutant must be caught by the invariant that is meant for it, or the invariants are worth nothing.
fn must_be_caught(mutant: Mutant, by: &str) {
    let mut runs = 0;
    for scenario in all() {
        let mut crashes = Vec::new();
        let mut points = 1;
        while crashes.last().is_none_or(|point| *point < points) {
            runs += 1;
            let told = run(&scenario, &crashes, mutant);
            if let Some(problem) = told.problems.iter().find(|problem| problem.starts_with(by)) {
                println!(
                    "after {runs} runs: {} {crashes:?}: {problem}",
                    scenario.name
                );
                return;
            }
            points = told.points_of_first_start;
            crashes = vec![crashes.last().map_or(0, |point| point + 1)];
        }
    }
    panic!("{mutant:?} was not caught by {by} in {runs} runs");
}

#[test]
fn the_mutant_that_acts_before_it_writes_down_is_caught() {
    must_be_caught(Mutant::ResultBeforeEffect, "P9");
}

#[test]
fn the_mutant_that_sends_again_instead_of_looking_up_is_caught() {
    must_be_caught(Mutant::ResendInDoubt, "P1");
}

#[test]
fn the_mutant_that_trusts_acknowledgements_is_caught() {
    must_be_caught(Mutant::TrustAck, "P3");
}

#[test]
fn the_mutant_that_does_not_read_the_identity_again_is_caught() {
    must_be_caught(Mutant::IdentityNotReRead, "P2");
}
