//! Lists in and out by the real program: bad rows of twelve kinds come back with their reasons, again changes nothing, and what goes out can
//! come in again.
//!
//! The long list: `IMPORT_ROWS=100000 IMPORT_BAD=500 cargo test --release --test tests journeys::sheets -- --nocapture`.

use crate::desk::Desk;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::time::Instant;

/// Codes in the order in which bad rows take turns.
const KINDS: [&str; 12] = [
    "S-801", "S-802", "S-803", "S-804", "S-805", "S-806", "S-807", "S-809", "S-811", "S-812",
    "S-813", "S-816",
];

fn from_environment(name: &str, usual: usize) -> usize {
    match std::env::var(name) {
        Ok(text) => text.parse().unwrap(),
        Err(_) => usual,
    }
}

/// The digit that makes `digits` and itself a good number.
fn check_digit(digits: &str) -> u32 {
    let doubled = digits.bytes().rev().enumerate().map(|(place, digit)| {
        let digit = u32::from(digit - b'0');
        match place % 2 {
            0 if digit > 4 => 2 * digit - 9,
            0 => 2 * digit,
            _ => digit,
        }
    });
    (10 - doubled.sum::<u32>() % 10) % 10
}

fn imei(number: usize) -> String {
    let body = format!("35{number:012}");
    format!("{body}{}", check_digit(&body))
}

/// One row that is refused for this reason alone.
fn bad(code: &str, number: usize) -> [String; 5] {
    let mut row = good(number);
    match code {
        "S-801" => row[1] = "8.96E+19".to_owned(),
        "S-802" => row[1] = "89011200000117200000".to_owned(),
        "S-803" => row[0] = format!("{}.0", row[0]),
        "S-804" => {
            let body = format!("00499{:09}", number % 1_000_000_000);
            let whole = format!("{body}{}", check_digit(&body));
            row[0] = whole.trim_start_matches('0').to_owned();
        }
        "S-805" => {
            let body = &row[0][..14];
            row[0] = format!("{body}{}", (check_digit(body) + 5) % 10);
        }
        "S-806" => {
            // Were it a good number itself, it would be one that lost a zero.
            let bodies = (0..).map(|step| format!("35{:012}", number + step * 1_000_000));
            let is_no_number = |body: &String| {
                let (start, last) = body.split_at(13);
                check_digit(start) != last.parse::<u32>().unwrap()
            };
            row[0] = { bodies }.find(is_no_number).unwrap();
        }
        "S-807" => row[2] = "12ab".to_owned(),
        "S-809" => row[0].clear(),
        "S-811" => row[4] = "broken".to_owned(),
        "S-812" => row[4] = "verified".to_owned(),
        "S-813" => row[3] = "x".repeat(201),
        "S-816" => row[3] = "#N/A".to_owned(),
        other => panic!("{other}"),
    }
    row
}

fn good(number: usize) -> [String; 5] {
    [
        imei(number),
        String::new(),
        String::new(),
        format!("Customer {}", number % 97),
        String::new(),
    ]
}

/// A list with `bad` bad rows spread over it, and which rows of the file they are, by their code.
fn list(rows: usize, bad_rows: usize) -> (String, BTreeMap<u64, &'static str>) {
    let mut text = "IMEI,SIM,Phone,Customer,State\n".to_owned();
    let mut expected = BTreeMap::new();
    let every = rows / bad_rows;
    for number in 0..rows {
        let is_bad = number % every == every - 1 && expected.len() < bad_rows;
        let cells = if is_bad {
            let code = KINDS[expected.len() % KINDS.len()];
            expected.insert(number as u64 + 2, code);
            bad(code, number)
        } else {
            good(number)
        };
        writeln!(text, "{}", cells.join(",")).unwrap();
    }
    assert_eq!(expected.len(), bad_rows);
    (text, expected)
}

#[test]
fn bad_rows_of_twelve_kinds_come_back_and_a_second_time_changes_nothing() {
    let (rows, bad_rows) = (
        from_environment("IMPORT_ROWS", 1_200),
        from_environment("IMPORT_BAD", 60),
    );
    let good_rows = rows - bad_rows;
    let desk = Desk::new();
    let (text, expected) = list(rows, bad_rows);
    let file = desk.path("units.csv");
    std::fs::write(&file, text).unwrap();
    let file = file.to_str().unwrap();

    let looked = desk.run("a", &["import", file, "--preview"]);
    assert_eq!(looked.code, Some(3), "{looked:#?}");
    assert_eq!(looked.one("summary")["new"], json!(good_rows));
    assert!(
        !desk.path("units.refused.csv").exists(),
        "a preview writes nothing"
    );

    let mut took = Vec::new();
    for (time, new, already_so) in [("first", good_rows, 0), ("again", 0, good_rows)] {
        let begun = Instant::now();
        let rejects = desk.path(format!("{time}.csv"));
        let ran = desk.run(
            "a",
            &["import", file, "--rejects", rejects.to_str().unwrap()],
        );
        took.push(begun.elapsed());
        assert_eq!(ran.code, Some(3), "{time}: {}", ran.errors);
        let summary = ran.one("summary");
        assert_eq!(
            (
                &summary["new"],
                &summary["changed"],
                &summary["already_so"],
                &summary["refused"]
            ),
            (&json!(new), &json!(0), &json!(already_so), &json!(bad_rows)),
            "{time}"
        );
        let told: BTreeMap<u64, String> = ran
            .of_type("refused")
            .iter()
            .map(|row| {
                let reasons = row["reasons"].as_array().unwrap();
                assert_eq!(reasons.len(), 1, "{row}");
                let code = reasons[0]["code"].as_str().unwrap();
                (row["row"].as_u64().unwrap(), code.to_owned())
            })
            .collect();
        let wanted: BTreeMap<u64, String> = expected
            .iter()
            .map(|(row, code)| (*row, (*code).to_owned()))
            .collect();
        assert_eq!(told, wanted, "exactly the bad rows, each for its reason");
        let back = std::fs::read_to_string(&rejects).unwrap();
        assert_eq!(back.lines().count(), bad_rows + 1);
        for (line, (row, code)) in back.lines().skip(1).zip(&expected) {
            assert!(
                line.contains(&format!("\"{row}\"")) && line.contains(code),
                "{line}"
            );
        }
    }

    let out = desk.path("out.csv");
    let begun = Instant::now();
    let ran = desk.run("a", &["export", out.to_str().unwrap(), "--for", "machines"]);
    let exported = begun.elapsed();
    assert_eq!(ran.code, Some(0), "{}", ran.errors);
    assert_eq!(ran.one("summary")["units"], json!(good_rows));
    let begun = Instant::now();
    let ran = desk.run("a", &["import", out.to_str().unwrap()]);
    assert_eq!(ran.code, Some(0), "{}", ran.errors);
    let summary: Value = ran.one("summary");
    assert_eq!(
        (&summary["already_so"], &summary["changed"]),
        (&json!(good_rows), &json!(0)),
        "what went out comes in and changes nothing"
    );
    println!(
        "{rows} rows, {bad_rows} of them bad: entered in {:.1?}, again in {:.1?}; {good_rows} units exported in {exported:.1?}, that file brought in again in {:.1?}",
        took[0],
        took[1],
        begun.elapsed()
    );
}

#[test]
fn a_list_for_people_is_a_workbook_and_an_unclear_column_is_named() {
    let desk = Desk::new();
    let list = desk.path("kunden.csv");
    std::fs::write(&list, format!("Nummer;Kunde\n{};=1+1\n", imei(7))).unwrap();
    let list = list.to_str().unwrap();
    let unclear = desk.run("a", &["import", list]);
    assert_eq!(unclear.code, Some(1), "{unclear:#?}");
    assert!(unclear.errors.contains("S-835"), "{unclear:#?}");
    let named = [
        "import",
        list,
        "--map",
        "Nummer=imei",
        "--map",
        "Kunde=customer",
    ];
    let ran = desk.run("a", &named);
    assert_eq!(ran.code, Some(0), "{ran:#?}");
    assert_eq!(ran.one("summary")["new"], json!(1));
    let (book, text) = (desk.path("out.xlsx"), desk.path("out.csv"));
    for file in [&book, &text] {
        let ran = desk.run(
            "a",
            &["export", file.to_str().unwrap(), "--select", "customer:1"],
        );
        assert_eq!(ran.code, Some(0), "{ran:#?}");
        assert_eq!(ran.one("summary")["units"], json!(1));
    }
    assert!(std::fs::read(&book).unwrap().starts_with(b"PK"));
    let text = std::fs::read_to_string(&text).unwrap();
    assert!(!text.contains("\"=1+1\""), "no cell is a formula: {text}");
    let labels = desk.path("labels.pdf");
    let ran = desk.run(
        "a",
        &[
            "labels",
            "--out",
            labels.to_str().unwrap(),
            "--size",
            "62x29",
        ],
    );
    assert_eq!(ran.code, Some(0), "{ran:#?}");
    assert_eq!(ran.one("summary")["labels"], json!(1));
    assert!(std::fs::read(&labels).unwrap().starts_with(b"%PDF"));
}

#[test]
fn labels_that_would_not_be_what_they_seem_are_told_before() {
    let desk = Desk::new();
    let id = format!("imei={}", imei(7));
    let added = desk.run("a", &["unit", "add", &id, "customer=東京物流"]);
    assert_eq!(added.code, Some(0), "{added:#?}");
    let text = desk.named("labels.txt");
    let wrong = desk.run("a", &["labels", "--out", &text]);
    assert_eq!(wrong.code, Some(2), "{wrong:#?}");
    assert!(!desk.path("labels.txt").exists());
    let file = desk.named("labels.pdf");
    let skipped = desk.run("a", &["labels", "--out", &file, "--skip", "2"]);
    assert_eq!(skipped.code, Some(2), "{skipped:#?}");
    let ran = desk.run("a", &["labels", "--out", &file]);
    assert_eq!(ran.code, Some(3), "{ran:#?}");
    assert_eq!(ran.one("summary")["letters_missing"], json!([imei(7)]));
    assert!(ran.errors.contains(&imei(7)), "{ran:#?}");
}

#[test]
fn a_list_that_would_lose_rows_is_refused_and_one_without_headings_loses_none() {
    let desk = Desk::new();
    let open = desk.write(
        "q.csv",
        &format!(
            "imei,customer\n{},\"Bob\n{},C\n{},D\n",
            imei(1),
            imei(2),
            imei(3)
        ),
    );
    let refused = desk.run("a", &["import", &open]);
    assert_eq!(refused.code, Some(1), "{refused:#?}");
    assert_eq!(
        refused.one("error")["fault"],
        json!("S-840"),
        "{refused:#?}"
    );
    let bare = desk.write("n.csv", &format!("{},A\n{},B\n", imei(1), imei(2)));
    let unclear = desk.run("a", &["import", &bare]);
    assert_eq!(
        unclear.one("error")["fault"],
        json!("S-835"),
        "{unclear:#?}"
    );
    let ran = desk.run(
        "a",
        &["import", &bare, "--map", "A=imei", "--map", "B=customer"],
    );
    assert_eq!(ran.code, Some(0), "{ran:#?}");
    assert_eq!(ran.one("summary")["new"], json!(2));
    let wide: Vec<u8> = imei(2).encode_utf16().flat_map(u16::to_le_bytes).collect();
    let list = desk.path("wide.txt");
    std::fs::write(&list, [vec![0xff, 0xfe], wide].concat()).unwrap();
    let looked = desk.run("a", &["units", "--list", list.to_str().unwrap()]);
    assert_eq!(looked.one("summary")["found"], json!(1), "{looked:#?}");
}
