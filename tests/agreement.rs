//! Twelve offices, three people with SQL and one PostgreSQL, with everything that can go wrong on the way: what is promised of
//! agreeing holds afterwards, for each seed.
//!
//! The offices are the real inventory and the real round. A short set runs with all tests; a long one by
//! `AGREEMENT_SEEDS=20 AGREEMENT_SECONDS=60 cargo test --test tests agreement::a_day -- --nocapture`.

// The seed of a run is what its failure is found again by.
#![allow(clippy::print_stdout)]

mod chance;
mod check;
mod line;
mod office;
mod people;
mod world;

use line::Variant;
use std::time::Duration;
use world::{Plan, run};

fn number(name: &str, otherwise: u64) -> u64 {
    std::env::var(name).map_or(otherwise, |text| text.parse().unwrap())
}

#[test]
fn a_day_of_twelve_offices_and_three_sql_users_loses_and_doubles_nothing() {
    let first = number("AGREEMENT_FIRST", 1);
    for seed in first..first + number("AGREEMENT_SEEDS", 2) {
        let plan = Plan {
            seed,
            offices: 12,
            phase: Duration::from_secs(number("AGREEMENT_SECONDS", 6)),
            restore: true,
            variant: Variant::Right,
        };
        let told = run(&plan);
        println!("seed {seed}: {}", told.counts);
        assert!(
            told.complaints.is_empty(),
            "seed {seed}: {:#?}",
            told.complaints
        );
    }
}

/// A checker that never complains proves nothing.
fn is_caught(variant: Variant) {
    let caught = (1..=15).any(|seed| {
        let plan = Plan {
            seed,
            offices: 6,
            phase: Duration::from_secs(4),
            restore: variant == Variant::BlindToRestores,
            variant,
        };
        let told = run(&plan);
        println!("{variant:?}, seed {seed}: {:?}", told.complaints.first());
        !told.complaints.is_empty()
    });
    assert!(caught, "{variant:?} was never noticed");
}

#[test]
fn an_office_that_believes_answers_of_a_broken_line_is_caught() {
    is_caught(Variant::BelievesEarlyAnswers);
}

#[test]
fn an_office_that_numbers_a_repeated_push_anew_is_caught() {
    is_caught(Variant::NumbersAnew);
}

#[test]
fn an_office_that_takes_the_head_of_a_later_moment_as_its_place_is_caught() {
    is_caught(Variant::LaterHead);
}

#[test]
fn an_office_that_takes_a_restored_database_for_the_one_it_knew_is_caught() {
    is_caught(Variant::BlindToRestores);
}
