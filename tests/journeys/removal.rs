//! Facts about a person are removed at the office database: after their next round no bench holds a trace, in no file.

use crate::desk::{Desk, Fleet};
use serde_json::json;
use std::path::{Path, PathBuf};

const ONE: &str = "356938035643809";
const TWO: &str = "490154203237518";
const NAME: &str = "Erika Mustermann";

/// Files under a folder that hold the bytes somewhere.
fn holding(folder: &Path, text: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap().flatten() {
        let path = entry.path();
        if path.is_dir() {
            found.extend(holding(&path, text));
            continue;
        }
        let bytes = std::fs::read(&path).unwrap();
        // The index of fragments is written in small letters.
        for text in [text.to_owned(), text.to_lowercase()] {
            let hit = |window: &[u8]| window == text.as_bytes();
            if bytes.windows(text.len()).any(hit) {
                found.push(path.clone());
            }
        }
    }
    found
}

#[test]
fn what_is_removed_at_the_office_database_leaves_every_bench_with_its_next_round() {
    let (desk, fleet) = (Desk::new(), Fleet::new());
    let sync = |bench: &str| {
        let address = fleet.address(&format!("bench_{bench}"));
        let finished = desk.run(bench, &["sync", "--fleet-db", &address]);
        assert!(matches!(finished.code, Some(0 | 3)), "{finished:#?}");
        finished.one("summary")
    };
    let set = |bench: &str, unit: &str, fact: &str| {
        let finished = desk.run(bench, &["unit", "set", unit, fact]);
        assert_eq!(finished.code, Some(0), "{finished:#?}");
    };
    let customer = format!("customer={NAME}");
    for unit in [ONE, TWO] {
        desk.run("a", &["unit", "add", &format!("imei={unit}"), &customer]);
    }
    sync("a");
    sync("b");
    set("b", ONE, &format!("customer={NAME} Ltd"));
    set("b", ONE, "vehicle=KL-4821");
    sync("b");
    // A question is open at a, and an edit waits at b: both name the person.
    set("a", ONE, &format!("customer={NAME} junior"));
    assert_eq!(sync("a")["need_you"], 1);
    set("b", ONE, &format!("note=ask {NAME} first"));
    fleet.psql(
        "maria",
        &format!("DELETE FROM fleet.units WHERE serial = '{TWO}'"),
    );
    sync("a");
    for bench in ["a", "b"] {
        let backups = desk.path(bench).join("backups");
        std::fs::create_dir_all(&backups).unwrap();
        let file = desk.path(bench).join("inventory.sqlite");
        std::fs::copy(file, backups.join("inventory-2020-01-01.sqlite")).unwrap();
        assert!(!holding(&desk.path(bench), NAME).is_empty());
    }

    let purge = "SELECT fleet.purge(unit_id, ARRAY['customer', 'notes']) FROM fleet.unit_revs";
    fleet.admin(purge);
    let (at_a, at_b) = (sync("a"), sync("b"));
    assert_eq!(at_a["blanked"], 2, "{at_a}");
    assert_eq!(
        (&at_b["blanked"], &at_b["waiting"]),
        (&json!(2), &json!(0)),
        "{at_b}"
    );
    assert_eq!(at_a["need_you"], 0, "the question named the person: {at_a}");
    for bench in ["a", "b"] {
        assert_eq!(holding(&desk.path(bench), NAME), Vec::<PathBuf>::new());
        let shown = desk.run(bench, &["unit", "show", ONE]);
        let unit = shown.one("unit");
        assert_eq!(
            (&unit["customer"], &unit["vehicle"]),
            (&json!(null), &json!("KL-4821")),
            "{shown:#?}"
        );
        let told = shown.of_type("event");
        let removed = told
            .iter()
            .find(|event| event["title"] == "Facts about a person were removed");
        assert_eq!(removed.unwrap()["detail"], "customer, note", "{told:#?}");
        let copies: Vec<_> = std::fs::read_dir(desk.path(bench).join("backups"))
            .unwrap()
            .collect();
        assert_eq!(
            copies.len(),
            1,
            "one checked copy is in the place of all: {copies:?}"
        );
        assert_eq!(sync(bench)["blanked"], 0, "once is enough");
    }
    let traces = "SELECT (SELECT count(*) FROM fleet.units t WHERE t::text LIKE '%Erika%') + (SELECT count(*) FROM fleet.unit_history t WHERE t::text LIKE '%Erika%')
        + (SELECT count(*) FROM fleet.sync_ops t WHERE t::text LIKE '%Erika%') + (SELECT count(*) FROM fleet.purges t WHERE t::text LIKE '%Erika%')";
    assert_eq!(fleet.admin(traces), "0");
    assert_eq!(
        desk.run("a", &["units", "erika"]).one("summary")["total"],
        0
    );
}
