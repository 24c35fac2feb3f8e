//! Units that answer only to the number on their housing, and units that tell their number in two parts.

use super::*;
use crate::UnitId;

const NUMBER: &str = "0848028047";

/// A unit of the universal dialect that ignores every command without its own number.
fn strict(request: &str) -> Vec<(u64, String)> {
    let answer = match request {
        "AT^$PSTVer;1416" => "$PST;Ver;ST8310UM;1.0.13".to_owned(),
        "AT^CMD;0848028047;03;04" => format!("RES;{NUMBER};03;04;1.0.13"),
        "AT^CMD;0848028047;03;05" => {
            format!("RES;{NUMBER};03;05;10;00#0;01#internet;05#1.2.3.4;06#8600,17;00#0")
        }
        _ => return Vec::new(),
    };
    vec![(30, format!("{answer}\r\n"))]
}

fn families(label: Option<&str>) -> Vec<(Arc<Profile>, Knowledge)> {
    let label = label.map(|label| label.parse().unwrap());
    let registry = ProfileRegistry::shipped();
    let knowledge = Knowledge {
        label,
        ..Knowledge::default()
    };
    let all = registry.in_order_for(None).into_iter();
    all.map(|profile| (profile, knowledge.clone())).collect()
}

#[test]
fn a_unit_that_is_silent_without_its_number_answers_when_a_person_gives_what_stands_on_it() {
    let mut now = Moment(1000);
    let mut recognition = Recognition::new(families(Some(NUMBER)), now);
    let mut unit = Script::new('\r', strict);
    let RecognitionEvent::Recognised(mut dialogue, identity) =
        recognise(&mut recognition, &mut unit, &mut now)
    else {
        panic!("not recognised")
    };
    assert!(now < Moment(4000), "{now:?}");
    assert_eq!(identity.id, UnitId::Hardware(NUMBER.to_owned()));
    let again = identified(run(&mut dialogue, &mut unit, &mut now, Operation::Identify));
    assert_eq!(again.id, identity.id);
    let held = reading(run(&mut dialogue, &mut unit, &mut now, Operation::ReadAll));
    assert_eq!(held.get(&place("01")), Some("internet"));
}

#[test]
fn the_number_of_another_unit_finds_nobody() {
    let mut now = Moment(1000);
    let mut recognition = Recognition::new(families(Some("0848028048")), now);
    let found = recognise(&mut recognition, &mut Script::new('\r', strict), &mut now);
    assert!(matches!(found, RecognitionEvent::Failed(_)), "{found:?}");
}

/// The same unit, which reports now and then.
fn reporting(now: Moment) -> Script<impl FnMut(&str) -> Vec<(u64, String)>> {
    let mut unit = Script::new('\r', strict);
    for seconds in 0..30 {
        let report = format!("STT;{NUMBER};3FFFFF;95;1.0.15;1;20260815;03:10:12;0000\r\n");
        unit.will_say(now.plus_ms(900 + seconds * 1000), &report);
    }
    unit
}

#[test]
fn a_unit_that_answers_only_to_its_number_is_called_by_the_number_in_its_reports() {
    let mut now = Moment(1000);
    let mut recognition = Recognition::new(families(None), now);
    let mut unit = reporting(now);
    let RecognitionEvent::Recognised(mut dialogue, identity) =
        recognise(&mut recognition, &mut unit, &mut now)
    else {
        panic!("not recognised: {:#?}", unit.requests)
    };
    assert_eq!(identity.id, UnitId::Hardware(NUMBER.to_owned()));
    assert!(now < Moment(6000), "{now:?}");
    let again = identified(run(&mut dialogue, &mut unit, &mut now, Operation::Identify));
    assert_eq!(again.id, identity.id);
    let held = reading(run(&mut dialogue, &mut unit, &mut now, Operation::ReadAll));
    assert_eq!(held.get(&place("01")), Some("internet"));
    // After its restart it may be silent for a while: it is called by what it answered to.
    let mut unit = Script::new('\r', strict);
    let mut next = Dialogue::new(profile("suntech-universal"), dialogue.knowledge(), now);
    let back = identified(run(&mut next, &mut unit, &mut now, Operation::Identify));
    assert_eq!(back.id, identity.id);
}

/// It answers the question that carries no number, so it is there; the words say what to do.
#[test]
fn a_unit_that_is_silent_without_its_number_and_never_reports_asks_for_its_label() {
    let mut now = Moment(1000);
    let mut recognition = Recognition::new(families(None), now);
    let mut unit = Script::new('\r', strict);
    match recognise(&mut recognition, &mut unit, &mut now) {
        RecognitionEvent::Failed(fault) => assert_eq!(fault, Fault::LabelNeeded),
        other => panic!("{other:?}"),
    }
    assert!(now < Moment(12_000), "{now:?}");
    let mut dialogue = Dialogue::new(profile("suntech-universal"), Knowledge::default(), now);
    let fault = failed(run(&mut dialogue, &mut unit, &mut now, Operation::Identify));
    assert_eq!(fault, Fault::LabelNeeded);
}

/// A unit of the older dialect that ignores the empty number, too: called by its reports, or by its label.
#[test]
fn an_older_unit_that_answers_only_to_its_number_is_called_by_it() {
    let older = |request: &str| {
        let said = match request {
            "AT^ST300CMD;100850000;02;ReqVer" => "ST300CMD;Res;100850000;010;ReqVer;ST340",
            "AT^ST300CMD;100850000;02;Preset" => {
                "ST300CMD;Res;100850000;010;Preset;NTW;0;internet;;;1.2.3.4;8600;;;;;RPT;180;120;60;3;0;0;0;0;0;DEV;0"
            }
            "AT^ST300RPT;100850000;02;180;90;60;3;0;0;0;0;0" => {
                "ST300RPT;Res;100850000;010;180;90;60;3;0;0;0;0;0"
            }
            _ => return Vec::new(),
        };
        vec![(30, format!("{said}\r\n"))]
    };
    for label in [None, Some("100850000")] {
        let mut now = Moment(1000);
        let mut unit = Script::new('\r', older);
        for seconds in 0..30 {
            let report = "ST300STT;100850000;010;20260724;07:12:16;00129;+37.1;-122.2;0\r\n";
            if label.is_none() {
                unit.will_say(now.plus_ms(900 + seconds * 1000), report);
            }
        }
        let mut recognition = Recognition::new(families(label), now);
        let RecognitionEvent::Recognised(mut dialogue, identity) =
            recognise(&mut recognition, &mut unit, &mut now)
        else {
            panic!("not recognised: {:#?}", unit.requests)
        };
        assert_eq!(identity.id, UnitId::Hardware("100850000".to_owned()));
        let held = reading(run(&mut dialogue, &mut unit, &mut now, Operation::ReadAll));
        assert_eq!(held.get(&place("RPT.driving")), Some("120"));
        let writes = vec![write("RPT.driving", "90")];
        let written = run(&mut dialogue, &mut unit, &mut now, Operation::Write(writes));
        let nothing = OperationOutcome::Written { refused: vec![] };
        assert_eq!(written, nothing, "{:#?}", unit.requests);
    }
}

/// Telit's question alone, in two parts, as the CC864 answers it: documented.
#[test]
fn a_unit_that_tells_its_meid_in_two_parts_to_one_question_only_is_the_same_unit_each_time() {
    let mut now = Moment(1000);
    let mut unit = Script::new('\r', |request: &str| {
        let said = match request {
            "AT#MEID?" => "\r\n#MEID: A10000,32B9F1C0\r\n\r\nOK\r\n",
            "AT$KWMODE=1" | "AT$KWMODE=2" | "AT$KWSPC=123456" | "AT$KWDIR=9135550101" => {
                "\r\nOK\r\n"
            }
            _ => "\r\nERROR\r\n",
        };
        vec![(30, said.to_owned())]
    });
    let knowledge = with_password("123456");
    let mut dialogue = Dialogue::new(profile("sprint-cdma"), knowledge, now);
    for _ in 0..2 {
        let identity = identified(run(&mut dialogue, &mut unit, &mut now, Operation::Identify));
        assert_eq!(identity.id.as_str(), "A1000032B9F1C0");
    }
    let writes = vec![write("KWDIR", "9135550101")];
    let written = run(&mut dialogue, &mut unit, &mut now, Operation::Write(writes));
    assert_eq!(
        written,
        OperationOutcome::Written {
            refused: Vec::new()
        }
    );
}
