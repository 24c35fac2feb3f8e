//! Twenty units over an account that loses answers and speaks of errors after success, with either carrier.

use crate::desk::{Desk, Sandbox, Units, words};
use carrier::sandbox::LedgerLine;
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// Rounds of `carrier follow` within which all that is open must end.
const MOST_ROUNDS: usize = 20;

#[test]
fn twenty_units_over_a_lossy_account_are_registered_exactly_once_each_with_either_carrier() {
    for kind in ["sprint", "control-center"] {
        twenty_units(kind);
    }
}

fn twenty_units(kind: &str) {
    let desk = Desk::new();
    let habits = json!({
        "lose_answer_after_commit_every": 5, "lose_answer_of_reads_every": 5, "server_error_after_success_every": 7,
        "activation_delay_ms": 300,
    });
    let sandbox = Sandbox::serve_kind(&desk.path(kind), kind, &habits);
    let families = ["teltonika-fmb", "queclink"];
    let units = families.map(|family| {
        let folder = format!("{kind}-{family}");
        desk.plug(&folder, family, &["--units", "10", "--seed", "77"])
    });
    std::thread::scope(|benches| {
        for (units, family) in units.iter().zip(families) {
            let (desk, url) = (&desk, sandbox.url.as_str());
            benches.spawn(move || provision(desk, family, units, url));
        }
    });
    let mut known: BTreeMap<String, Value> = BTreeMap::new();
    for family in families {
        for _ in 0..MOST_ROUNDS {
            let round = [
                "carrier",
                "follow",
                "--sandbox",
                &sandbox.url,
                "--carrier-wait",
                "90",
            ];
            let round = desk.run(family, &round);
            if round.of_type("unit").is_empty() {
                break;
            }
        }
        let all = desk.run(family, &["units"]);
        for row in all.of_type("unit") {
            known.insert(row["id"].as_str().unwrap().to_owned(), row.clone());
        }
    }
    assert_eq!(known.len(), 20);
    for (id, row) in &known {
        assert_eq!(row["registration"], "active", "{kind} {id}: {row}");
    }
    let mut by_sim: BTreeMap<String, usize> = BTreeMap::new();
    for line in sandbox.ledger() {
        if let LedgerLine::Registered {
            iccid, device_id, ..
        } = line
        {
            *by_sim.entry(iccid.unwrap_or(device_id)).or_default() += 1;
        }
    }
    assert_eq!(by_sim.len(), 20, "{kind}: {by_sim:?}");
    assert!(
        by_sim.values().all(|count| *count == 1),
        "{kind}: {by_sim:?}"
    );
    let lost = |after| {
        sandbox.ledger().iter().filter(|line| matches!(line, LedgerLine::AnswerLost { after_commit, .. } if *after_commit == after)).count()
    };
    assert!(lost(true) >= 4, "the account was lossy");
}

fn provision(desk: &Desk, family: &str, units: &Units, url: &str) {
    let folder = units.folder();
    let mut all = desk.provision(
        &units.port(0),
        &folder,
        &["--sandbox", url, "--carrier-wait", "60"],
    );
    for index in 1..10 {
        all.extend(["--port".to_owned(), units.port(index)]);
    }
    let run = desk.run(family, &words(&all));
    for line in run.of_type("unit") {
        assert_eq!(line["verdict"], "verified", "{family}: {line}");
    }
}
