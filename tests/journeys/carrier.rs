//! The way to the carrier, when it is not smooth: lost answers, refusals, slowness, no network. The ledger is the judge.

use crate::desk::{Desk, Finished, Sandbox, words};
use serde_json::{Value, json};

/// A carrier with a habit, and what a unit's registration may be called at the end of the run.
struct Habit {
    name: &'static str,
    switches: fn(device: &str) -> Value,
    /// Word, exit code, registrations in the ledger.
    ends: &'static [(&'static str, i32, usize)],
}

const HABITS: [Habit; 9] = [
    Habit {
        name: "loses every answer after all was done",
        switches: |_| json!({ "lose_answer_after_commit_every": 1 }),
        ends: &[("active", 0, 1)],
    },
    Habit {
        name: "says 500 after all was done",
        switches: |_| json!({ "server_error_after_success_every": 1 }),
        ends: &[("active", 0, 1)],
    },
    Habit {
        // Nothing proves that the request did not arrive: it waits for the settle time before it asks again.
        name: "loses every request before anything was done",
        switches: |_| json!({ "lose_answer_before_commit_every": 1 }),
        ends: &[("owed", 4, 0)],
    },
    Habit {
        name: "shows what it did only after a while, and lost the answer",
        switches: |_| json!({ "lose_answer_after_commit_every": 1, "lookup_lag_ms": 8_000 }),
        ends: &[("active", 0, 1)],
    },
    Habit {
        name: "asks to come later each second time",
        switches: |_| json!({ "rate_limit_every": 2, "rate_limit_retry_after_s": 1 }),
        ends: &[("active", 0, 1)],
    },
    Habit {
        name: "needs its time",
        switches: |_| json!({ "activation_delay_ms": 3_600_000 }),
        ends: &[("pending", 0, 1)],
    },
    Habit {
        name: "does not know the unit",
        switches: |device| json!({ "not_in_inventory": [device] }),
        ends: &[("refused", 1, 0)],
    },
    Habit {
        name: "holds the unit for another account",
        switches: |device| json!({ "owned_elsewhere": [device] }),
        ends: &[("refused", 1, 0), ("owed", 3, 0)],
    },
    Habit {
        name: "is a portal that wants to be signed in to",
        switches: |_| json!({ "html_instead_of_json_every": 1 }),
        ends: &[("owed", 4, 0)],
    },
];

#[test]
fn whatever_the_carrier_does_a_unit_is_registered_once_and_the_word_is_true() {
    let desk = Desk::new();
    std::thread::scope(|stories| {
        for (index, habit) in HABITS.iter().enumerate() {
            let desk = &desk;
            stories.spawn(move || with_a_habit(desk, index, habit));
        }
    });
}

fn with_a_habit(desk: &Desk, index: usize, habit: &Habit) {
    let seed = (100 + index).to_string();
    let unit = desk.plug(&seed, "queclink", &["--model", "gv55", "--seed", &seed]);
    let mut switches = json!({ "activation_delay_ms": 100 });
    for (key, value) in (habit.switches)(&unit.id(0)).as_object().unwrap() {
        switches[key] = value.clone();
    }
    let sandbox = desk.sandbox(&format!("carrier-{seed}"), &switches);
    let folder = unit.folder();
    let arguments = ["--sandbox", &sandbox.url, "--carrier-wait", "25"];
    let run = desk.provision(&unit.port(0), &folder, &arguments);
    let run = desk.run(&seed, &words(&run));
    let (verdict, registration, fault) = run.verdict();
    let story = format!("a carrier that {}: {run:#?}", habit.name);
    // What the carrier does takes nothing from the unit: it was proved before.
    let proved = verdict == "verified" || run.code == Some(3);
    assert!(
        proved && run.one("unit")["changes"].as_u64() > Some(0),
        "{story}"
    );
    let end = (
        registration.as_str(),
        run.code.unwrap(),
        sandbox.registrations().len(),
    );
    assert!(habit.ends.contains(&end), "{end:?}: {story}");
    let refused = matches!(run.code, Some(1 | 3));
    assert_eq!(fault.is_some(), refused, "{story}");
    let kept = desk.unit_row(&seed, &unit.id(0)).registration;
    assert_eq!(json!(kept), json!(registration), "{story}");
    desk.is_free(&seed);
}

#[test]
fn what_is_owed_without_a_network_is_registered_later_without_the_unit() {
    let desk = Desk::new();
    let sandbox = desk.sandbox("carrier", &json!({ "activation_delay_ms": 100 }));
    let ways: [(&str, &[&str], (&str, i32)); 3] = [
        ("offline", &["--sandbox", "http://127.0.0.1:1"], ("owed", 4)),
        ("without-account", &[], ("owed", 4)),
        ("not-wanted", &["--no-register"], ("skipped", 0)),
    ];
    std::thread::scope(|stories| {
        for (index, (bench, more, end)) in ways.into_iter().enumerate() {
            let (desk, sandbox) = (&desk, &sandbox);
            let profile = ["teltonika-fmb", "queclink"][index % 2];
            let seed = (31 + index).to_string(); // other units on each bench: they share the sandbox's ledger
            stories
                .spawn(move || owed_and_followed(desk, sandbox, profile, &seed, bench, more, end));
        }
    });
}

fn owed_and_followed(
    desk: &Desk,
    sandbox: &Sandbox,
    profile: &str,
    seed: &str,
    bench: &str,
    more: &[&str],
    end: (&str, i32),
) {
    let unit = desk.plug(&format!("{bench}-ports"), profile, &["--seed", seed]);
    let (id, folder) = (unit.id(0), unit.folder());
    let mut arguments = more.to_vec();
    arguments.extend(["--carrier-wait", "4"]);
    let run = desk.provision(&unit.port(0), &folder, &arguments);
    let run = desk.run(bench, &words(&run));
    let (verdict, registration, fault) = run.verdict();
    assert_eq!(
        (verdict.as_str(), fault),
        ("verified", None),
        "{bench}: {run:#?}"
    );
    assert_eq!(
        (registration.as_str(), run.code),
        (end.0, Some(end.1)),
        "{bench}: {run:#?}"
    );
    let owed = u64::from(end.0 == "owed");
    assert_eq!(run.one("summary")["owed"], json!(owed));

    // The unit goes away; what is owed does not need it.
    drop(unit);
    let follow = |seconds: &str| -> Finished {
        desk.run(
            bench,
            &[
                "carrier",
                "follow",
                "--sandbox",
                &sandbox.url,
                "--carrier-wait",
                seconds,
            ],
        )
    };
    let followed = follow("30");
    let of_this_unit = || {
        sandbox
            .registrations()
            .iter()
            .filter(|each| **each == id)
            .count() as u64
    };
    assert_eq!(followed.code, Some(0), "{bench}: {followed:#?}");
    assert_eq!(
        followed.of_type("unit").len() as u64,
        owed,
        "{bench}: {followed:#?}"
    );
    for line in followed.of_type("unit") {
        assert_eq!(line["registration"], "active", "{bench}: {followed:#?}");
    }
    assert_eq!(of_this_unit(), owed, "{bench}");
    assert_eq!(
        follow("2").of_type("unit"),
        Vec::<Value>::new(),
        "nothing is left"
    );
    assert_eq!(of_this_unit(), owed, "{bench}");
    let word = if owed == 1 { "active" } else { "skipped" };
    assert_eq!(json!(desk.unit_row(bench, &id).registration), json!(word));
}
