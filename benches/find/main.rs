//! What a keystroke in Find costs with a million units: `cargo bench --bench find`.
//!
//! A made-up fleet is seeded, then each kind of keystroke is typed many times: the time from the query to the first rows, p50 and
//! p99, beside plain `LIKE` over the same rows and a bare FTS5 table of the same texts, in the same run.
//!
//! `FIND_UNITS` makes the fleet smaller, `FIND_TRIES` the number of keystrokes of a kind. `FIND_KEEP=DIR` keeps the inventory there, and
//! seeds nothing when it is there already: `fleetdesk --data-dir DIR` then opens a window with a million units.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::print_stdout
)]

mod fleet_of;
mod keystrokes;

use fleetdesk::inventory::{Inventory, Options};
use std::path::PathBuf;
use std::time::Instant;

fn number(name: &str, otherwise: usize) -> usize {
    std::env::var(name).map_or(otherwise, |text| text.parse().unwrap())
}

/// Memory of this process that is in use now, in MB.
fn memory_mb() -> f64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find(|line| line.starts_with("VmRSS"));
    let kib: f64 = line
        .and_then(|line| line.split_whitespace().nth(1))
        .and_then(|kib| kib.parse().ok())
        .unwrap_or_default();
    kib / 1024.0
}

fn main() {
    // `cargo test --benches` only wants to know that it builds.
    if std::env::args().any(|argument| argument == "--test") {
        return;
    }
    let units = number("FIND_UNITS", 1_000_000);
    let tries = number("FIND_TRIES", 300);
    let kept = std::env::var_os("FIND_KEEP").map(PathBuf::from);
    let temporary = tempfile::tempdir().unwrap();
    let folder = kept.unwrap_or_else(|| temporary.path().to_owned());
    let there = folder.join("inventory.sqlite").is_file();
    let options = Options {
        daily_backup: false,
        ..Options::default()
    };
    let (inventory, _) = Inventory::open(&folder, &options).unwrap();
    if !there {
        seed(&inventory, units);
    }
    drop(inventory);
    let begun = Instant::now();
    let (inventory, _) = Inventory::open(&folder, &options).unwrap();
    let opened = begun.elapsed();
    let size = std::fs::metadata(folder.join("inventory.sqlite"))
        .unwrap()
        .len();
    let counts = inventory.counts().wait().unwrap();
    println!(
        "{} units, file {:.0} MB, opened in {:.0} ms, memory {:.0} MB",
        counts.units,
        size as f64 / 1e6,
        opened.as_secs_f64() * 1e3,
        memory_mb()
    );
    keystrokes::measure(&inventory, &folder, counts.units as usize, tries);
    println!("memory after all searches: {:.0} MB", memory_mb());
}

fn seed(inventory: &Inventory, units: usize) {
    let begun = Instant::now();
    for from in (0..units).step_by(20_000) {
        let chunk = (from..(from + 20_000).min(units)).map(fleet_of::unit);
        inventory.seed(chunk.collect()).wait().unwrap();
    }
    println!(
        "seeded {units} units in {:.0} s (transactions of 20,000)",
        begun.elapsed().as_secs_f64()
    );
}
