//! Finding units, looking a list up and the steps of a unit's life, from the command line.

use crate::desk::Desk;
use serde_json::json;

const ONE: &str = "356868000041418";
const TWO: &str = "354178036859789";

fn office() -> Desk {
    let desk = Desk::new();
    let facts = [
        (
            ONE,
            "customer=Example Couriers",
            "vehicle=SMP 1147",
            "office=North",
        ),
        (
            TWO,
            "customer=Sample Coaches",
            "note=spare for 1147",
            "office=South",
        ),
    ];
    for (imei, one, two, three) in facts {
        let id = format!("imei={imei}");
        assert_eq!(
            desk.run("a", &["unit", "add", &id, one, two, three]).code,
            Some(0)
        );
    }
    desk
}

fn ids(desk: &Desk, query: &[&str]) -> Vec<String> {
    let mut arguments = vec!["units"];
    arguments.extend(query);
    let ran = desk.run("a", &arguments);
    assert_eq!(ran.code, Some(0), "{ran:#?}");
    ran.of_type("unit")
        .iter()
        .map(|unit| unit["id"].as_str().unwrap().to_owned())
        .collect()
}

#[test]
fn units_are_asked_for_by_words_and_fields_and_a_mistake_is_told() {
    let desk = office();
    assert_eq!(
        ids(&desk, &["1147"]),
        [TWO, ONE],
        "the note of the newer unit, the plate of the older"
    );
    assert_eq!(ids(&desk, &["office:south"]), [TWO]);
    assert_eq!(ids(&desk, &["state:known", "customer:cou"]), [ONE]);
    assert!(ids(&desk, &["--drift"]).is_empty());
    let wrong = desk.run("a", &["units", "ofice:north"]);
    assert_eq!(wrong.code, Some(2), "{wrong:#?}");
    assert!(wrong.errors.contains("did you mean office:?"), "{wrong:#?}");
}

#[test]
fn a_list_is_looked_up_line_by_line() {
    let desk = office();
    let file = desk.path("list.txt");
    std::fs::write(
        &file,
        format!("IMEI\n{TWO}\n{ONE}\n{TWO}\n354178036859781\n8.96E+19\n490154203237518\n"),
    )
    .unwrap();
    let ran = desk.run("a", &["units", "--list", file.to_str().unwrap()]);
    assert_eq!(ran.code, Some(0), "{ran:#?}");
    let lines = ran.of_type("line");
    let verdicts: Vec<&str> = lines
        .iter()
        .map(|line| line["verdict"].as_str().unwrap())
        .collect();
    assert_eq!(
        verdicts,
        [
            "found",
            "found",
            "double",
            "wrong_digit",
            "not_a_number",
            "not_found"
        ]
    );
    assert_eq!(
        (&lines[0]["id"], &lines[2]["of"], &lines[3]["near"]),
        (&json!(TWO), &json!(2), &json!([TWO]))
    );
    let summary = ran.one("summary");
    assert_eq!(
        (
            &summary["found"],
            &summary["unreadable"],
            &summary["several"]
        ),
        (&json!(2), &json!(2), &json!(0))
    );
}

#[test]
fn a_search_may_begin_with_a_minus_and_what_it_says_stays_harmless() {
    let desk = office();
    assert_eq!(ids(&desk, &["-office:north"]), [TWO]);
    let out = desk.path("out.csv");
    let ran = desk.run(
        "a",
        &["export", out.to_str().unwrap(), "--select", "-office:north"],
    );
    assert_eq!(ran.one("summary")["units"], json!(1), "{ran:#?}");

    let list = desk.path("list.txt");
    std::fs::write(&list, "\u{1b}[31mX\n\u{202e}356938030000047\n8.96E+19\n").unwrap();
    let ran = desk.run(
        "a",
        &[
            "export",
            out.to_str().unwrap(),
            "--list",
            list.to_str().unwrap(),
        ],
    );
    assert_eq!(ran.code, Some(3), "{ran:#?}");
    assert!(!ran.errors.contains(['\u{1b}', '\u{202e}']), "{ran:#?}");
    assert!(ran.errors.contains(r"\u{1b}[31mX"), "{ran:#?}");
    assert!(ran.errors.contains("a spreadsheet cut it off"), "{ran:#?}");
    let named = desk.run("a", &["unit", "show", "\u{1b}]52;c;AAAA\u{7}"]);
    assert!(
        !named.errors.contains('\u{1b}') && named.errors.contains("I-730"),
        "{named:#?}"
    );
}

#[test]
fn a_phone_number_is_found_with_its_country_code() {
    let desk = office();
    let set = desk.run("a", &["unit", "set", TWO, "mdn=+1 (913) 555-0003"]);
    assert_eq!(set.code, Some(0), "{set:#?}");
    for query in [
        &["+19135550003"][..],
        &["1-913-555-0003"],
        &["+1", "913", "555", "0003"],
        &["phone:\"+1 913 555 0003\""],
    ] {
        assert_eq!(ids(&desk, query), [TWO], "{query:?}");
    }
    let shown = desk.run("a", &["unit", "show", "+1 913 555 0003"]);
    assert_eq!(shown.one("unit")["mdn"], json!("9135550003"), "{shown:#?}");
}

#[test]
fn every_end_is_told_in_json_where_it_was_asked_for() {
    let desk = office();
    for wrong in [
        &["push"][..],
        &["units", "--silent", "x"],
        &["unit", "show", "1"],
    ] {
        let ran = desk.run("a", wrong);
        assert_ne!(ran.code, Some(0), "{ran:#?}");
        assert!(ran.one("error")["fault"].is_string(), "{ran:#?}");
        let last: serde_json::Value = serde_json::from_str(ran.lines.last().unwrap()).unwrap();
        assert_eq!(last["type"], json!("summary"), "{ran:#?}");
    }
}

#[test]
fn a_unit_is_swapped_returned_retired_and_never_deleted() {
    let desk = office();
    let swapped = desk.run("a", &["unit", "swap", ONE, "--with", TWO]);
    assert_eq!(swapped.code, Some(0), "{swapped:#?}");
    let new = desk.run("a", &["unit", "show", TWO]);
    assert_eq!(new.one("unit")["vehicle"], json!("SMP 1147"));
    assert!(
        new.of_type("event")
            .iter()
            .any(|event| event["title"] == json!("Swapped in"))
    );
    assert_eq!(
        desk.run("a", &["unit", "show", ONE]).one("unit")["customer"],
        json!(null)
    );

    assert_eq!(desk.run("a", &["unit", "return", TWO]).code, Some(0));
    let again = desk.run("a", &["unit", "return", TWO]);
    assert_eq!(again.code, Some(1), "{again:#?}");
    assert!(again.errors.contains("I-733"), "{again:#?}");

    assert_eq!(desk.run("a", &["unit", "retire", ONE]).code, Some(0));
    assert_eq!(ids(&desk, &["state:retired"]), [ONE]);
    assert_eq!(
        desk.run("a", &["unit", "retire", "--undo", ONE]).code,
        Some(0)
    );
    assert_eq!(ids(&desk, &["state:in-use"]).len(), 2);
    let titles: Vec<String> = desk
        .run("a", &["unit", "show", ONE])
        .of_type("event")
        .iter()
        .map(|event| event["title"].as_str().unwrap().to_owned())
        .collect();
    assert_eq!(titles, ["Back in use", "Retired", "Swapped out", "Entered"]);
}
