//! Killed in the middle of a round with the fleet database, the program or the server's backend: nothing is lost or done twice.

use crate::desk::{Desk, Fleet, LONGEST_RUN};
use fleet::UnitId;
use fleet::edit::{Edit, Field};
use fleetdesk::inventory::{Inventory, Options};
use jiff::Timestamp;
use std::time::Duration;

/// Units of the office.
const UNITS: usize = 400;
/// Units that are edited before each round.
const EDITED: usize = 60;
/// How long after its start a round is cut, in milliseconds; a whole one takes about half a second.
const CUTS_MS: [u64; 14] = [
    10, 40, 70, 100, 130, 160, 190, 220, 250, 290, 330, 380, 440, 520,
];

/// Edits as the window keeps them. The program is not running.
fn edit(desk: &Desk, bench: &str, round: usize) {
    let options = Options {
        daily_backup: false,
        ..Options::default()
    };
    let (inventory, _) = Inventory::open(&desk.path(bench), &options).unwrap();
    let page = inventory.units_page(1_000, 0).wait().unwrap();
    let mut ids: Vec<UnitId> = page.rows.into_iter().map(|unit| unit.id).collect();
    ids.sort();
    let edited: Vec<_> = (0..EDITED)
        .map(|n| {
            let edit = Edit::new(Field::Note, &format!("round {round} unit {n}")).unwrap();
            let id = ids[(round * 7 + n) % ids.len()].clone();
            inventory.edit_unit(id, vec![edit], "Office a", Timestamp::now())
        })
        .collect();
    for each in edited {
        each.wait().unwrap();
    }
}

#[test]
fn a_round_that_is_killed_anywhere_loses_and_doubles_nothing() {
    let (desk, fleet) = (Desk::new(), Fleet::new());
    let add = format!(
        "INSERT INTO fleet.units (serial, customer) SELECT 'HW-' || n, 'Acme' FROM generate_series(1, {UNITS}) AS n"
    );
    fleet.psql("maria", &add);
    let address = fleet.address("bench_a");
    let sync = ["sync", "--fleet-db", address.as_str()];
    assert_eq!(desk.run("a", &sync).one("summary")["pulled"], UNITS);
    for (round, cut_ms) in CUTS_MS.into_iter().enumerate() {
        edit(&desk, "a", round);
        let sql = format!(
            "UPDATE fleet.units SET vehicle = 'sql {round}' WHERE serial IN ('HW-{}', 'HW-{}')",
            round + 1,
            round + 90
        );
        fleet.psql("jonas", &sql);
        let running = desk.start("a", &sync);
        std::thread::sleep(Duration::from_millis(cut_ms));
        if round % 3 == 2 {
            fleet.admin(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'bench_a'",
            );
            let ended = running.finish(LONGEST_RUN);
            assert!(matches!(ended.code, Some(0 | 1)), "{ended:#?}");
        } else {
            running.kill();
        }
    }
    let last = desk.run("a", &sync);
    assert_eq!(last.code, Some(0), "{last:#?}");
    assert_eq!(last.one("summary")["waiting"], 0);
    let twice = "SELECT count(*) FROM (SELECT unit_id, change->'notes'->>1 FROM fleet.unit_history WHERE change ? 'notes' GROUP BY 1, 2 HAVING count(*) > 1) t";
    assert_eq!(fleet.admin(twice), "0", "an edit was done twice");
    let undecided = "SELECT count(*) FROM fleet.sync_ops WHERE outcome IS DISTINCT FROM 'applied'";
    assert_eq!(
        fleet.admin(undecided),
        "0",
        "one person's edits cannot clash"
    );

    let other = fleet.address("bench_b");
    desk.run("b", &["sync", "--fleet-db", &other]);
    let here = desk.run("a", &["units"]);
    let there = desk.run("b", &["units"]);
    let facts = |finished: &crate::desk::Finished| {
        let mut facts: Vec<String> = finished
            .of_type("unit")
            .iter()
            .map(|unit| {
                format!(
                    "{} {} {} {}",
                    unit["id"], unit["customer"], unit["vehicle"], unit["notes"]
                )
            })
            .collect();
        facts.sort();
        facts
    };
    assert_eq!(facts(&here).len(), UNITS);
    assert_eq!(facts(&here), facts(&there), "both offices show the same");
    let newest = CUTS_MS.len() - 1;
    let kept = facts(&here)
        .iter()
        .filter(|unit| unit.contains(&format!("round {newest} unit")))
        .count();
    assert_eq!(kept, EDITED, "the last edits are all there");
}
