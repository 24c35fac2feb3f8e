//! A bench whose power is cut: the real program is killed at many points of a unit's way and started a second time.
//!
//! Whatever the point: the second start finishes the unit, the carrier has it at most once, the journal is whole, nothing is held.

mod at_the_carrier;
mod in_a_round;
mod on_the_bench;

use crate::desk::{Desk, Running};
use rusqlite::{Connection, OpenFlags};
use std::time::{Duration, Instant};

/// When a run is killed.
#[derive(Debug, Clone, Copy)]
pub struct Point {
    /// As soon as the journal holds an event of this kind,
    pub event: &'static str,
    /// and this much later, so that the next side effect is under way.
    pub later_ms: u64,
}

/// Kills `run` at the point. A run that ended by itself before cannot tell anything, so that is a failure.
pub fn killed_at(desk: &Desk, bench: &str, mut run: Running, point: Point) {
    let file = desk.path(bench).join("inventory.sqlite");
    let begun = Instant::now();
    while !stands_in(&file, point.event) {
        assert!(!run.has_ended(), "{point:?}: {:#?}", run.kill());
        assert!(
            begun.elapsed() < Duration::from_secs(120),
            "{point:?} never came"
        );
        std::thread::sleep(Duration::from_millis(2));
    }
    std::thread::sleep(Duration::from_millis(point.later_ms));
    assert!(!run.has_ended(), "{point:?}: {:#?}", run.kill());
    run.kill();
}

/// Whether the journal in the file holds such an event, seen from outside while the program writes it.
fn stands_in(file: &std::path::Path, event: &str) -> bool {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let asked = Connection::open_with_flags(file, flags).and_then(|connection| {
        connection.query_row(
            "SELECT count(*) FROM job_event WHERE kind = ?1",
            [event],
            |row| row.get::<_, i64>(0),
        )
    });
    // Before its first event the file is not there or has no tables.
    asked.is_ok_and(|count| count > 0)
}
