//! Whole lists: each row gets its own verdict, and the order of rows decides nothing.

use super::*;
use crate::edit::Field;
use crate::ids::{Iccid, Imei, UnitId};
use crate::unit::{Unit, UnitState};
use jiff::Timestamp;
use jiff::tz::TimeZone;

const A: &str = "356938035643809";
const B: &str = "490154203237518";
const SIM: &str = "89011200000117291582";
const OTHER_SIM: &str = "89011200000403604860";

fn unit(imei: &str) -> Unit {
    Unit::new(
        UnitId::Imei(Imei::parse(imei).unwrap()),
        Timestamp::UNIX_EPOCH,
    )
}

fn mapping(headings: &[&str]) -> Mapping {
    let headings: Vec<String> = headings.iter().map(|each| (*each).to_owned()).collect();
    let mapping = Mapping::guess(&headings);
    mapping.check().unwrap();
    mapping
}

/// Judges a list as an import does: doubts settled, all rows surveyed, then each judged.
fn verdicts(headings: &[&str], rows: &[&[&str]], inventory: &[Unit]) -> Vec<Verdict> {
    verdicts_with(headings, rows, inventory, EmptyCells::Keep)
}

fn verdicts_with(
    headings: &[&str],
    rows: &[&[&str]],
    inventory: &[Unit],
    empty: EmptyCells,
) -> Vec<Verdict> {
    let mapping = mapping(headings);
    let known = |row: &ReadRow| {
        let id = row.asks_for().cloned();
        let others = || {
            inventory
                .iter()
                .filter(|unit| Some(&unit.id) != id.as_ref() && unit.state != UnitState::Retired)
        };
        Known {
            unit: inventory
                .iter()
                .find(|unit| Some(&unit.id) == id.as_ref())
                .cloned(),
            sim_holder: others()
                .find(|unit| row.iccid().is_some() && unit.iccid == row.iccid())
                .map(|unit| unit.id.clone()),
            line_holder: others()
                .find(|unit| row.mdn().is_some() && unit.mdn == row.mdn())
                .map(|unit| unit.id.clone()),
        }
    };
    let read: Vec<ReadRow> = rows
        .iter()
        .zip(2..)
        .map(|(cells, number)| {
            let cells = cells.iter().map(|each| (*each).to_owned()).collect();
            mapping.read(Row { number, cells }, empty)
        })
        .collect();
    let mut survey = Survey::default();
    for row in &read {
        let mut row = row.clone();
        let known = known(&row);
        row.settle(known.unit.as_ref());
        survey.add(&row, &known);
    }
    survey.finish();
    read.into_iter()
        .map(|row| {
            let known = known(&row);
            judge(
                row,
                &mapping,
                &survey,
                &known,
                "Seattle",
                Timestamp::UNIX_EPOCH,
            )
        })
        .collect()
}

fn codes(verdict: &Verdict) -> Vec<&'static str> {
    match verdict {
        Verdict::Refused(reasons) => reasons.iter().map(|reason| reason.refusal.code()).collect(),
        Verdict::Empty => vec!["empty"],
        Verdict::New(_) => vec!["new"],
        Verdict::Changes(..) => vec!["changes"],
        Verdict::AlreadySo(_) => vec!["same"],
    }
}

fn all_codes(verdicts: &[Verdict]) -> Vec<&'static str> {
    verdicts.iter().flat_map(codes).collect()
}

#[test]
fn a_row_is_new_or_changes_or_is_so_already() {
    let mut known = unit(A);
    known.customer = Some("Acme".to_owned());
    let headings = ["IMEI", "Customer", "Plate"];
    let rows: [&[&str]; 4] = [
        &[A, "Acme", ""],
        &[B, "Borealis", "KL-1"],
        &["", "  ", ""],
        &["260531793113837"],
    ];
    let verdicts = verdicts(&headings, &rows, &[known.clone()]);
    assert_eq!(all_codes(&verdicts), ["same", "new", "empty", "new"]);
    let Verdict::New(new) = &verdicts[1] else {
        panic!()
    };
    assert_eq!(
        (new.vehicle.as_deref(), new.office.as_deref()),
        (Some("KL-1"), Some("Seattle"))
    );

    let rows: [&[&str]; 1] = [&[A, "Borealis", ""]];
    let changed = &super::tests::verdicts(&headings, &rows, &[known])[0];
    let Verdict::Changes(after, changes) = changed else {
        panic!("{changed:?}")
    };
    assert_eq!(after.customer.as_deref(), Some("Borealis"));
    assert_eq!(
        changes.as_slice(),
        [Change {
            field: Field::Customer,
            from: "Acme".into(),
            to: "Borealis".into()
        }]
    );
}

#[test]
fn an_empty_cell_says_nothing_unless_it_is_to_empty_the_field() {
    let mut known = unit(A);
    known.customer = Some("Acme".to_owned());
    let rows: [&[&str]; 1] = [&[A, ""]];
    let known = [known];
    assert_eq!(
        all_codes(&verdicts(&["IMEI", "Customer"], &rows, &known)),
        ["same"]
    );
    let cleared = verdicts_with(&["IMEI", "Customer"], &rows, &known, EmptyCells::Clear);
    assert_eq!(all_codes(&cleared), ["changes"]);
}

#[test]
fn rows_of_one_unit_are_held_against_each_other() {
    let headings = ["IMEI", "Customer"];
    let same: [&[&str]; 3] = [&[A, "Acme"], &[B, "x"], &["35-693803-564380-9", "Acme"]];
    let told = verdicts(&headings, &same, &[]);
    assert_eq!(all_codes(&told), ["new", "new", "S-818"]);
    assert!(
        matches!(&told[2], Verdict::Refused(why) if why[0].refusal == Refusal::Double { row: 2 })
    );

    let apart: [&[&str]; 3] = [&[A, "Acme"], &[A, "Borealis"], &[B, "x"]];
    let told = verdicts(&headings, &apart, &[]);
    assert_eq!(all_codes(&told), ["S-819", "S-819", "new"]);
    assert!(
        matches!(&told[0], Verdict::Refused(why) if why[0].refusal == Refusal::Disagrees { row: 3 })
    );
    assert!(
        matches!(&told[1], Verdict::Refused(why) if why[0].refusal == Refusal::Disagrees { row: 2 })
    );
}

#[test]
fn a_row_that_is_refused_for_itself_says_nothing_about_others() {
    let rows: [&[&str]; 2] = [&[A, "8.96E+19"], &[A, SIM]];
    assert_eq!(
        all_codes(&verdicts(&["IMEI", "SIM"], &rows, &[])),
        ["S-801", "new"]
    );
}

#[test]
fn a_number_belongs_to_one_unit() {
    let headings = ["IMEI", "ICCID", "Phone"];
    let rows: [&[&str]; 2] = [&[A, SIM, ""], &[B, SIM, ""]];
    assert_eq!(
        all_codes(&verdicts(&headings, &rows, &[])),
        ["S-820", "S-820"]
    );
    let mut holder = unit(B);
    holder.iccid = Some(SIM.parse().unwrap());
    let rows: [&[&str]; 1] = [&[A, SIM, ""]];
    let told = verdicts(&headings, &rows, &[holder.clone()]);
    assert_eq!(all_codes(&told), ["S-821"]);
    let Verdict::Refused(why) = &told[0] else {
        panic!()
    };
    assert!(
        why[0]
            .to_string()
            .starts_with("ICCID: This SIM belongs to unit 490154203237518"),
        "{}",
        why[0]
    );
    holder.state = UnitState::Retired;
    assert_eq!(all_codes(&verdicts(&headings, &rows, &[holder])), ["new"]);
    let rows: [&[&str]; 2] = [&[A, "", "2065550100"], &[B, "", "+1 206 555 0100"]];
    assert_eq!(
        all_codes(&verdicts(&headings, &rows, &[])),
        ["S-820", "S-820"]
    );
}

#[test]
fn units_can_swap_their_sims_in_one_file_as_long_as_both_rows_are_taken() {
    let third = "89011200000000000017";
    let (mut a, mut b) = (unit(A), unit(B));
    a.iccid = Some(SIM.parse().unwrap());
    b.iccid = Some(OTHER_SIM.parse().unwrap());
    let inventory = [a, b];
    let headings = ["IMEI", "SIM"];
    let swap: [&[&str]; 2] = [&[A, OTHER_SIM], &[B, SIM]];
    assert_eq!(
        all_codes(&verdicts(&headings, &swap, &inventory)),
        ["changes", "changes"]
    );
    let moved: [&[&str]; 2] = [&[A, OTHER_SIM], &[B, third]];
    assert_eq!(
        all_codes(&verdicts(&headings, &moved, &inventory)),
        ["changes", "changes"]
    );
    let half: [&[&str]; 2] = [&[A, OTHER_SIM], &[B, "8.96E+19"]];
    assert_eq!(
        all_codes(&verdicts(&headings, &half, &inventory)),
        ["S-821", "S-801"]
    );
    let mut holder = unit("260531793113837");
    holder.iccid = Some(third.parse().unwrap());
    let held = [inventory[0].clone(), inventory[1].clone(), holder];
    assert_eq!(
        all_codes(&verdicts(&headings, &moved, &held)),
        ["S-821", "S-821"]
    );
}

#[test]
fn what_a_unit_told_with_a_wrong_digit_may_stand_in_a_list() {
    let odd = "354178036859781";
    let mut known = Unit::new(
        UnitId::from_unit_answer(odd).unwrap().0,
        Timestamp::UNIX_EPOCH,
    );
    known.iccid = Some("8988216716970004975".parse().unwrap());
    known.state = UnitState::Verified;
    let headings = ["IMEI", "SIM (ICCID)", "State", "Customer"];
    let rows: [&[&str]; 1] = [&[odd, "8988216716970004975", "Verified", "Acme"]];
    assert_eq!(
        all_codes(&verdicts(&headings, &rows, &[])),
        ["S-805", "S-805", "S-812"]
    );
    assert_eq!(
        all_codes(&verdicts(&headings, &rows, &[known.clone()])),
        ["changes"]
    );
    let rows: [&[&str]; 2] = [&[odd, "", "", "Acme"], &[odd, "", "", "Borealis"]];
    assert_eq!(
        all_codes(&verdicts(&headings, &rows, &[known])),
        ["S-819", "S-819"]
    );
}

#[test]
fn every_kind_of_bad_row_has_words_and_a_code_of_its_own() {
    let headings = ["IMEI", "MEID", "ESN", "ICCID", "State", "Note", "Customer"];
    let long = "x".repeat(201);
    let rows: [&[&str]; 16] = [
        &["3.56938E+14"],
        &[A, "", "", "89011200000117200000"],
        &["356938035643809.0"],
        &["10928000000000"],
        &["356938035643808"],
        &["35693803564380"],
        &["IMEI unknown"],
        &["", "", "80016B12"],
        &["", "", "", "", "", "who is this"],
        &[A, "A0000000002329"],
        &[A, "", "", "", "brokken"],
        &[A, "", "", "", "verified"],
        &[A, "", "", "", "", "", &long],
        &[A, "", "", "", "", "a\u{7}b"],
        &[A, "", "", "", "", "M\u{fffd}ller"],
        &[A, "", "", "", "", "", "", "one too many"],
    ];
    let told = verdicts(&headings, &rows, &[]);
    let expected = [
        "S-801", "S-802", "S-803", "S-804", "S-805", "S-806", "S-807", "S-808", "S-809", "S-810",
        "S-811", "S-812", "S-813", "S-814", "S-815", "S-817",
    ];
    assert_eq!(all_codes(&told), expected);
    let mut words: Vec<String> = told
        .iter()
        .flat_map(|verdict| match verdict {
            Verdict::Refused(reasons) => reasons.iter().map(|each| each.refusal.words()).collect(),
            _ => Vec::new(),
        })
        .collect();
    assert!(
        words
            .iter()
            .all(|each| each.ends_with(['.', '?']) && each.len() > 30),
        "{words:#?}"
    );
    words.sort();
    words.dedup();
    assert_eq!(words.len(), expected.len());
}

#[test]
fn a_meid_with_the_short_number_that_is_made_of_it_is_one_unit() {
    let headings = ["MEID", "ESN", "Customer"];
    let rows: [&[&str]; 1] = [&["A0000000002329", "8016B128", "Acme"]];
    assert_eq!(all_codes(&verdicts(&headings, &rows, &[])), ["new"]);
}

#[test]
fn what_is_exported_is_so_already() {
    let mut proved = unit(A);
    proved.state = UnitState::NeedsPerson;
    proved.iccid = Some(OTHER_SIM.parse().unwrap());
    proved.mdn = Some("2065550100".parse().unwrap());
    proved.customer = Some("=Acme; \"Söhne\"".to_owned());
    proved.note = Some("two\nlines, 'quoted'".to_owned());
    proved.template = Some("Fleet".to_owned());
    proved.template_version = Some(3);
    proved.provisioned_at = Some(Timestamp::UNIX_EPOCH);
    let mut hardware = unit(B);
    hardware.id = UnitId::Hardware("0001104520".to_owned());
    hardware.state = UnitState::Retired;
    let inventory = [proved, hardware];
    for whom in [For::People, For::Machines] {
        let columns = ExportColumn::all(whom);
        let headings: Vec<&str> = columns.iter().map(|column| column.heading(whom)).collect();
        let rows: Vec<Vec<String>> = inventory
            .iter()
            .map(|unit| {
                columns
                    .iter()
                    .map(|column| column.text(unit, whom, &TimeZone::UTC))
                    .collect()
            })
            .collect();
        let rows: Vec<Vec<&str>> = rows
            .iter()
            .map(|row| row.iter().map(String::as_str).collect())
            .collect();
        let rows: Vec<&[&str]> = rows.iter().map(Vec::as_slice).collect();
        assert_eq!(
            all_codes(&verdicts(&headings, &rows, &inventory)),
            ["same", "same"]
        );
        assert!(
            !Mapping::guess(&headings.iter().map(|h| (*h).to_owned()).collect::<Vec<_>>())
                .columns()
                .contains(&Column::Ignored),
            "{whom:?}: our own headings are all understood"
        );
    }
}

#[test]
fn a_row_with_others_inside_a_cell_is_not_taken_unless_the_inventory_holds_that_text() {
    let mapping = mapping(&["imei", "note"]);
    let text = "x\n356938030000021,y";
    let read = || {
        let cells = vec![A.to_owned(), text.to_owned()];
        let mut row = mapping.read(Row { number: 2, cells }, EmptyCells::Keep);
        row.doubt_rows_inside(&mapping, ',');
        row
    };
    let mut row = read();
    row.settle(Some(&unit(A)));
    let [reason] = row.reasons.as_slice() else {
        panic!("{:?}", row.reasons);
    };
    assert_eq!(
        (reason.refusal.code(), reason.column.as_str()),
        ("S-823", "note")
    );
    let mut there = unit(A);
    there.note = Some(text.to_owned());
    let mut row = read();
    row.settle(Some(&there));
    assert_eq!(row.reasons, []);
}

#[test]
fn a_card_whose_number_ends_in_zeros_is_believed_behind_the_one_before_it() {
    let mapping = mapping(&["imei", "iccid"]);
    let iccid = |body: &str| {
        (0..10)
            .filter_map(|digit| Iccid::parse(&format!("{body}{digit}")).ok())
            .find(|iccid| iccid.warning().is_none())
            .unwrap()
    };
    let zeros = (1..200)
        .map(|number| iccid(&format!("890112000{number:06}0000")))
        .find(|iccid| iccid.as_str().ends_with("00000"))
        .unwrap();
    let body: u128 = zeros.as_str().get(..19).unwrap().parse().unwrap();
    let believed = |before: Option<Iccid>| {
        let cells = vec![A.to_owned(), zeros.to_string()];
        let mut row = mapping.read(Row { number: 3, cells }, EmptyCells::Keep);
        let answered = row.believe_in_sequence(before.as_ref());
        row.settle(None);
        assert_eq!(answered.is_some(), row.reasons.is_empty());
        row.reasons.is_empty()
    };
    assert!(believed(Some(iccid(&(body - 1).to_string()))));
    assert!(believed(Some(iccid(&(body + 1).to_string()))));
    assert!(!believed(Some(iccid(&(body - 2).to_string()))));
    assert!(!believed(None));
}
