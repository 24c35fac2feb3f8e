//! No secret is in a bundle, in whichever form it was written.

use super::*;
use crate::inventory::Options;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use fleet::unit::Unit;
use fleet::{Imei, Secret};
use jiff::Timestamp;

const CANARY: &str = "canary/Pä55+wörd\"7";

#[test]
fn a_known_secret_is_taken_out_in_every_form() {
    let redaction = Redaction::of(&[Secret::new(CANARY.to_owned())]);
    let hex: String = CANARY.bytes().map(|byte| format!("{byte:02x}")).collect();
    let mut forms = vec![
        CANARY.to_owned(),
        "canary%2FP%C3%A455%2Bw%C3%B6rd%227".to_owned(),
        "canary%2fP%c3%a455%2bw%c3%b6rd%227".to_owned(),
        serde_json::json!(CANARY).to_string(),
        hex.clone(),
        hex.to_uppercase(),
    ];
    forms
        .extend(["", "u:", "us:", "use:"].map(|user| STANDARD.encode(format!("{user}{CANARY}@x"))));
    for form in forms {
        let (cleaned, count) = redaction.clean(&format!("before {form} after"));
        assert!(count >= 1, "{form}");
        assert!(
            !cleaned.contains("canary") && !cleaned.contains("55%2B"),
            "{cleaned}"
        );
        assert!(
            cleaned.starts_with("before ") && cleaned.ends_with(" after"),
            "{cleaned}"
        );
    }
    assert_eq!(
        redaction.clean("nothing here"),
        ("nothing here".to_owned(), 0)
    );
}

#[test]
fn what_looks_like_a_secret_is_taken_out_unknown() {
    let redaction = Redaction::of(&[Secret::new("77".to_owned())]);
    let (cleaned, count) = redaction.clean(
        "GET https://x/y?X-Amz-Signature=abc123&b=1\nAuthorization: Bearer abc def\npostgres://u:hunter2@h/d password = \"qq1\" {\"token\":\"qq2\"} pin 77, IMEI 356938077564380",
    );
    for gone in ["abc", "hunter2", "pin 77", "qq1", "qq2"] {
        assert!(!cleaned.contains(gone), "{cleaned}");
    }
    assert!(
        cleaned.contains("&b=1") && cleaned.contains("postgres://u:") && cleaned.contains("@h/d"),
        "{cleaned}"
    );
    assert!(
        cleaned.contains("356938077564380"),
        "a short secret inside a number stays: {cleaned}"
    );
    assert_eq!(count, 6);
}

#[test]
fn a_bundle_tells_of_one_unit_and_holds_no_canary() {
    let folder = tempfile::tempdir().unwrap();
    let (inventory, _) =
        Inventory::open(&folder.path().join("bench"), &Options::default()).unwrap();
    let id = UnitId::Imei(Imei::parse("356938035643809").unwrap());
    let mut unit = Unit::new(id.clone(), Timestamp::now());
    unit.note = Some(format!("the customer said {CANARY}"));
    inventory.add_unit(unit, "bench 2").wait().unwrap();
    let logs = folder.path().join("logs");
    std::fs::create_dir(&logs).unwrap();
    for day in 1..=5 {
        let text = format!("day {day} {}\n", STANDARD.encode(CANARY));
        std::fs::write(logs.join(format!("fleetdesk.2026-11-0{day}.log")), text).unwrap();
    }
    let registry = ProfileRegistry::shipped();
    let redaction = Redaction::of(&[Secret::new(CANARY.to_owned())]);
    let bundle = Gathering {
        inventory: &inventory,
        unit: Some(id),
        registry: &registry,
        preferences: folder.path().join("preferences.toml"),
        logs,
        redaction: &redaction,
    }
    .gather()
    .unwrap();
    let names: Vec<&str> = bundle
        .pieces
        .iter()
        .map(|piece| piece.name.as_str())
        .collect();
    assert_eq!(
        names,
        [
            "versions.txt",
            "preferences.toml",
            "logs/fleetdesk.2026-11-03.log",
            "logs/fleetdesk.2026-11-04.log",
            "logs/fleetdesk.2026-11-05.log",
            "timeline.json",
            "unit.json"
        ]
    );
    assert!(bundle.pieces[0].text.contains("teltonika"));
    let path = folder.path().join("bundle.zip");
    bundle.save(&path).unwrap();
    let mut archive = zip::ZipArchive::new(File::open(&path).unwrap()).unwrap();
    assert_eq!(archive.len(), 7);
    for index in 0..archive.len() {
        let mut text = String::new();
        archive
            .by_index(index)
            .unwrap()
            .read_to_string(&mut text)
            .unwrap();
        assert!(
            !text.contains("canary") && !text.contains(&STANDARD.encode(CANARY)),
            "{text}"
        );
    }
    let taken_out: usize = bundle.pieces.iter().map(|piece| piece.taken_out).sum();
    assert!(taken_out >= 5, "{taken_out}");
}
