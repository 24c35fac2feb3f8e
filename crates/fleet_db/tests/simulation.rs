//! Twelve benches and three people with SQL on the same units at once, with lost answers, killed backends and double sends; afterwards
//! the invariants are checked against everything that was seen. A protocol that is broken on purpose must be caught.
//!
//! A short set of seeds runs with the other tests. A long one:
//! `FLEET_DB_SEEDS=1..100 FLEET_DB_ROUNDS=120 cargo test -p fleet_db --test fleet_db simulation::seeds -- --nocapture`

mod benches;
mod broken;
mod chance;
mod invariants;
mod ledger;
mod people;
mod watching;

use super::server::Database;
use broken::Variant;
use chance::Chance;
use ledger::Ledger;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;

pub const BENCHES: usize = 12;
pub const PEOPLE: usize = 3;

/// One run.
#[derive(Debug, Clone, Copy)]
pub struct Plan {
    seed: u64,
    /// Batches of each bench.
    rounds: u32,
    variant: Variant,
}

/// What every actor has at hand.
pub struct World {
    pub database: Database,
    pub ledger: Ledger,
    /// Set when benches and people have finished.
    pub over: AtomicBool,
    pub plan: Plan,
}

impl World {
    pub fn chance(&self, actor: u64) -> Chance {
        Chance::new(self.plan.seed.wrapping_mul(1_000_003) ^ actor)
    }

    pub fn is_over(&self) -> bool {
        self.over.load(Ordering::SeqCst)
    }
}

fn bench_login(index: usize) -> String {
    format!("sim_bench_{index}")
}

fn person_login(index: usize) -> String {
    format!("sim_person_{index}")
}

/// Plays one run and gives everything that was not as it must be.
async fn violations(plan: Plan) -> Vec<String> {
    let database = Database::new().await;
    for index in 0..BENCHES {
        database.login(&bench_login(index), "fleet_app").await;
    }
    for index in 0..PEOPLE {
        database.login(&person_login(index), "fleet_editor").await;
    }
    broken::apply(plan.variant, &database).await;
    let world = Arc::new(World {
        database,
        ledger: Ledger::default(),
        over: AtomicBool::new(false),
        plan,
    });
    let begun = Instant::now();
    let watchers = [
        tokio::spawn(watching::snapshots(Arc::clone(&world))),
        tokio::spawn(watching::follower(Arc::clone(&world))),
    ];
    let mut actors = Vec::new();
    for index in 0..BENCHES {
        actors.push(tokio::spawn(benches::bench(Arc::clone(&world), index)));
    }
    for index in 0..PEOPLE {
        actors.push(tokio::spawn(people::person(Arc::clone(&world), index)));
    }
    for actor in actors {
        actor.await.expect("an actor played to its end");
    }
    world.over.store(true, Ordering::SeqCst);
    for watcher in watchers {
        watcher.await.expect("a watcher played to its end");
    }
    let mut found = world.ledger.violations();
    let counted = invariants::check(&world, &mut found).await;
    println!(
        "seed {} {:?}: {counted}; {} violations in {:.1} s",
        plan.seed,
        plan.variant,
        found.len(),
        begun.elapsed().as_secs_f64()
    );
    found
}

/// Seeds to play, `1..100` or `7`; a short set when nobody says.
fn seeds() -> Vec<u64> {
    let Ok(text) = std::env::var("FLEET_DB_SEEDS") else {
        return vec![1, 2, 3];
    };
    match text.split_once("..") {
        Some((first, last)) => (first.parse().unwrap()..=last.parse().unwrap()).collect(),
        None => vec![text.parse().unwrap()],
    }
}

fn rounds(usual: u32) -> u32 {
    std::env::var("FLEET_DB_ROUNDS").map_or(usual, |text| text.parse().unwrap())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn seeds_of_trouble_lose_nothing_and_double_nothing() {
    for seed in seeds() {
        let plan = Plan {
            seed,
            rounds: rounds(15),
            variant: Variant::Whole,
        };
        let found = violations(plan).await;
        assert!(
            found.is_empty(),
            "seed {seed}: {} violations, the first: {:#?}",
            found.len(),
            &found[..found.len().min(10)]
        );
    }
}

async fn must_be_caught(variant: Variant) {
    for seed in 1..=8 {
        let plan = Plan {
            seed,
            rounds: 10,
            variant,
        };
        let found = violations(plan).await;
        let offence = found.iter().find(|what| {
            let of = |invariant: &&str| what.starts_with(*invariant);
            variant.offends().iter().any(of)
        });
        if let Some(first) = offence {
            println!("{variant:?} was caught with seed {seed}: {first}");
            return;
        }
    }
    panic!("{variant:?} was not caught");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_sequence_in_place_of_the_head_row_is_caught() {
    must_be_caught(Variant::SequenceForHead).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_push_that_looks_at_no_receipt_is_caught() {
    must_be_caught(Variant::NoReceipt).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_push_that_overwrites_is_caught() {
    must_be_caught(Variant::LastPushWins).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_deletion_without_a_stamp_is_caught() {
    must_be_caught(Variant::NoStampOnDelete).await;
}
