//! First reports, and what is kept of them for days offline.

use super::*;
use fleet::registration::RegistrationState;
use fleet::unit::UnitState;

fn proved(n: u32, at_s: i64) -> Unit {
    let mut unit = Unit::new(unit_id(n), at(at_s).wall);
    unit.state = UnitState::Verified;
    unit.registration = Some(RegistrationState::Active);
    unit.provisioned_at = Some(at(at_s).wall);
    unit
}

fn report_entry() -> UnitEvent {
    UnitEvent {
        kind: UnitEventKind::Report,
        ..entry("First report")
    }
}

#[test]
fn a_proved_unit_is_awaited_until_its_first_report_and_again_after_the_next_proof() {
    let bench = bench();
    let inventory = &bench.inventory;
    for unit in [proved(1, 60), proved(2, 61)] {
        inventory.upsert_unit(unit, Vec::new()).wait().unwrap();
    }
    let mut known = proved(3, 62);
    known.state = UnitState::Known;
    inventory.upsert_unit(known, Vec::new()).wait().unwrap();
    let awaited = || -> Vec<UnitId> {
        let units = inventory.awaited_reports(at(0).wall, 10).wait().unwrap();
        units.into_iter().map(|unit| unit.id).collect()
    };
    assert_eq!(awaited(), [unit_id(2), unit_id(1)], "newest first");
    let note = |seconds: i64| {
        let heard = inventory.note_first_report(
            unit_id(1),
            at(seconds).wall,
            "{}".into(),
            report_entry(),
            at(100).wall,
        );
        heard.wait().unwrap()
    };
    assert!(!note(59), "of another proof than the last one");
    assert!(note(60));
    assert!(!note(60), "told a second time");
    assert_eq!(awaited(), [unit_id(2)]);
    let titles = |id: UnitId| -> Vec<String> {
        let entries = inventory.timeline(id, 10).wait().unwrap();
        entries.into_iter().map(|entry| entry.title).collect()
    };
    assert_eq!(titles(unit_id(1)), ["First report"], "once");
    inventory
        .upsert_unit(proved(1, 200), Vec::new())
        .wait()
        .unwrap();
    assert_eq!(awaited(), [unit_id(1), unit_id(2)]);
    let kept = inventory.kept_reports(unit_id(1)).wait().unwrap().unwrap();
    assert_eq!(
        kept.first, None,
        "the former first report is not this proof's"
    );
    assert!(note(200));
    assert_eq!(titles(unit_id(1)).len(), 2);
    let long_ago = inventory.awaited_reports(at(300).wall, 10).wait();
    assert_eq!(long_ago, Ok(Vec::new()), "not older than asked for");
}

#[test]
fn last_reports_are_kept_beside_the_first_one_and_outlive_the_program() {
    let bench = bench();
    bench
        .inventory
        .upsert_unit(proved(1, 60), Vec::new())
        .wait()
        .unwrap();
    let keep = |bench: &Bench, text: &str, seconds: i64| {
        let kept = bench
            .inventory
            .keep_reports(unit_id(1), text.to_owned(), at(seconds).wall);
        kept.wait().unwrap();
    };
    keep(&bench, "[1]", 70);
    let first = bench.inventory.note_first_report(
        unit_id(1),
        at(60).wall,
        "{}".into(),
        report_entry(),
        at(71).wall,
    );
    assert_eq!(first.wait(), Ok(true));
    keep(&bench, "[1,2]", 72);
    let bench = bench.again();
    let kept = bench.inventory.kept_reports(unit_id(1)).wait().unwrap();
    let expected = KeptReports {
        first: Some("{}".into()),
        reports: Some("[1,2]".into()),
        told_at: at(72).wall,
    };
    assert_eq!(kept, Some(expected));
    let stranger = bench
        .inventory
        .keep_reports(unit_id(9), "[]".into(), at(1).wall);
    assert_eq!(
        stranger.wait(),
        Ok(()),
        "of a unit that is not here nothing is kept"
    );
    assert_eq!(bench.inventory.kept_reports(unit_id(9)).wait(), Ok(None));
}
