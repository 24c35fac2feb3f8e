//! The pretend office of the demo, in the terminal.

use crate::desk::Desk;
use serde_json::{Value, json};

#[test]
fn the_demo_shows_eight_units_and_its_summary_adds_up() {
    let desk = Desk::new();
    let demo = ["demo", "--headless", "--units", "8", "--seed", "7"];
    let run = desk.run("bench", &demo);
    let units = run.of_type("unit");
    let summary = run.one("summary");
    assert_eq!((units.len(), &summary["units"]), (8, &json!(8)), "{run:#?}");
    let last: Value = serde_json::from_str(run.lines.last().unwrap()).unwrap();
    assert_eq!(last, summary, "the last line");
    assert!(summary["seconds"].as_f64().unwrap() < 60.0, "{summary}");

    let mut sum = 0;
    for verdict in [
        "verified",
        "already_set",
        "not_verified",
        "stopped",
        "needs_person",
    ] {
        let counted = units
            .iter()
            .filter(|unit| unit["verdict"] == verdict)
            .count();
        assert_eq!(summary[verdict], json!(counted), "{verdict}: {run:#?}");
        sum += counted;
    }
    assert_eq!(sum, 8, "{run:#?}");
    for (word, registration) in [("registered", "active"), ("owed", "owed")] {
        let counted = units
            .iter()
            .filter(|unit| unit["registration"] == registration)
            .count();
        assert_eq!(summary[word], json!(counted), "{word}: {run:#?}");
    }
    // One has another password than it should; cable and wrong value cure themselves.
    assert_eq!(summary["needs_person"], 1, "{run:#?}");
    assert_eq!(
        (&summary["verified"], run.code),
        (&json!(7), Some(1)),
        "{run:#?}"
    );
    for unit in &units {
        let green = unit["verdict"] == "verified";
        assert_eq!(green, unit["fault"].is_null(), "{unit}");
        assert_eq!(green, unit["message"].is_null(), "{unit}");
        assert_eq!(green, unit["registration"] == "active", "{unit}");
    }

    // What was said is what the inventory holds.
    let listed = desk.run("bench", &["units"]);
    for unit in units.iter().filter(|unit| unit["verdict"] == "verified") {
        let rows = listed.of_type("unit");
        let row = rows.iter().find(|row| row["id"] == unit["id"]);
        assert_eq!(
            row.map(|row| &row["state"]),
            Some(&json!("verified")),
            "{unit}"
        );
    }
}
