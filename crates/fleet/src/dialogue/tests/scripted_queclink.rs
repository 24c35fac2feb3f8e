//! Queclink dialogs as the protocol notes print them: GL300's version, GL500's stored server, reports in between, late and doubled
//! acknowledgements, another unit on the line.

use super::*;
use std::cell::Cell;
use std::rc::Rc;

const ID: &str = "860599000773978";
const SRI: &str = "3,,1,gl500.mysirui.com,2107,223.6.250.102,2107,,0,0,0,,,";

/// The serial number of a request.
pub(super) fn serial(request: &str) -> String {
    let bare = request.trim_end_matches('$');
    bare.rsplit(',').next().unwrap().to_owned()
}

fn ack(word: &str, request: &str) -> String {
    let serial = serial(request);
    format!("+ACK:GTRTO,1A0800,{ID},GL300,{word},{serial},20161006053520,0C19$")
}

/// A GL300 with the password of its maker.
fn gl300(request: &str) -> Vec<(u64, String)> {
    let resp = |report: &str, rest: &str| {
        format!("+RESP:{report},1A0800,{ID},GL300,{rest},20161007041531,10F8$")
    };
    if !request.starts_with("AT+GT") || !request.contains("=gl300,") {
        return Vec::new();
    }
    if request.contains("gl300,8,") {
        return vec![
            (80, ack("VER", request)),
            (900, resp("GTVER", "GL300,0A03,0103")),
        ];
    }
    if request.contains("gl300,6,") {
        return vec![
            (80, ack("CID", request)),
            (300, resp("GTCID", "898600810906F8048812")),
        ];
    }
    if request.contains("gl300,2,SRI,") {
        return vec![
            (80, ack("READ", request)),
            (300, resp("GTALS", &format!("SRI,{SRI}"))),
        ];
    }
    if request.starts_with("AT+GTSRI=") {
        let serial = serial(request);
        return vec![(
            90,
            format!("+ACK:GTSRI,1A0800,{ID},GL300,{serial},20161006053520,0C19$"),
        )];
    }
    Vec::new()
}

fn dialogue(knowledge: Knowledge) -> Dialogue {
    Dialogue::new(profile(QUECLINK), knowledge, Moment(1000))
}

#[test]
fn the_printed_version_dialog_identifies_a_gl300() {
    let mut now = Moment(1000);
    let mut unit = Script::new('$', gl300);
    let mut dialogue = dialogue(Knowledge::default());
    let identity = identified(run(&mut dialogue, &mut unit, &mut now, Operation::Identify));
    assert_eq!(identity.id.as_str(), ID);
    assert_eq!(identity.model, "GL300");
    assert_eq!(identity.firmware.as_deref(), Some("0A03"));
    // The printed ICCID has a letter in it: kept as said, and no reason to stop.
    assert_eq!(identity.iccid, None);
    assert_eq!(identity.iccid_text.as_deref(), Some("898600810906F8048812"));
    assert_eq!(identity.warnings.len(), 1);
    assert_eq!(dialogue.knowledge().password, Some(Secret::new("gl300")));
    assert_eq!(dialogue.knowledge().expected, Some(identity));
}

#[test]
fn a_report_that_names_the_model_brings_its_factory_password_first() {
    let mut now = Moment(1000);
    let mut unit = Script::new('$', |_: &str| Vec::new());
    unit.will_say(
        Moment(1010),
        "+RESP:GTPNA,C30303,860201069202698,gl320m,20190208124909,0BD5$",
    );
    let mut dialogue = dialogue(Knowledge::default());
    dialogue.begin(Operation::Identify, now);
    let mut first = None;
    talk(&mut dialogue, &mut unit, &mut now, |dialogue| {
        matches!(dialogue.next_event(), Some(DialogueEvent::Finished(_)))
    });
    for request in &unit.requests {
        if request.contains("AT+GTRTO") && first.is_none() {
            first = Some(request.clone());
        }
    }
    assert!(first.unwrap().contains("=gl320m,"));
}

#[test]
fn an_acknowledgement_that_comes_late_still_tells_which_password_was_right() {
    let mut now = Moment(1000);
    // The answer needs longer than the time between two passwords.
    let mut unit = Script::new('$', |request: &str| {
        gl300(request)
            .into_iter()
            .map(|(after, text)| (after + 700, text))
            .collect()
    });
    let mut dialogue = dialogue(Knowledge::default());
    identified(run(&mut dialogue, &mut unit, &mut now, Operation::Identify));
    assert_eq!(dialogue.knowledge().password, Some(Secret::new("gl300")));
}

#[test]
fn a_persons_password_is_the_only_one_that_is_sent() {
    let mut now = Moment(1000);
    let mut unit = Script::new('$', gl300);
    unit.will_say(
        Moment(1500),
        "+RESP:GTINF,1A0800,860599000773978,GL300,41,89701016426133851978,17,0,,,,$",
    );
    let mut dialogue = dialogue(with_password("mine99"));
    let fault = failed(run(&mut dialogue, &mut unit, &mut now, Operation::Identify));
    assert_eq!(fault, Fault::WrongPassword);
    let asked = unit
        .requests
        .iter()
        .filter(|request| request.contains("AT+GT"))
        .count();
    assert!(asked > 0);
    assert!(
        unit.requests
            .iter()
            .all(|request| !request.contains("AT+GT") || request.contains("=mine99,"))
    );
    assert!(!dialogue.transcript().to_json_lines().contains("mine99"));
    assert!(!format!("{dialogue:?}").contains("mine99"));
}

#[test]
fn silence_without_a_sign_of_the_family_is_only_silence() {
    let mut now = Moment(1000);
    let mut nobody = Script::new('$', |_: &str| Vec::new());
    let mut dialogue = dialogue(Knowledge::default());
    let fault = failed(run(
        &mut dialogue,
        &mut nobody,
        &mut now,
        Operation::Identify,
    ));
    assert_eq!(fault, Fault::Silent);
}

#[test]
fn reports_between_acknowledgement_and_answer_change_nothing() {
    let mut now = Moment(1000);
    let noise = "+RESP:GTFRI,1A0800,860599000773978,GL300,0,0,1,1,4.3,92,70.0,121.354335,31.222073,20161007041531,0460,0000,18d8,6141,00,20161007041532,10F9$\r\n+ACK:GTHBD,1A0800,860599000773978,GL300,20161007041531,10FA$";
    let mut unit = Script::new('$', move |request: &str| {
        gl300(request)
            .into_iter()
            .flat_map(|(after, text)| [(after - 10, noise.to_owned()), (after, text)])
            .collect()
    });
    let mut dialogue = dialogue(Knowledge::default());
    let identity = identified(run(&mut dialogue, &mut unit, &mut now, Operation::Identify));
    assert_eq!(identity.id.as_str(), ID);
}

#[test]
fn the_printed_gl500_server_fields_are_read_by_name() {
    let mut now = Moment(1000);
    let head = "400300,868487003716602,GL500";
    let mut unit = Script::new('$', move |request: &str| {
        let serial = serial(request);
        let ack = |word: &str| format!("+ACK:GTRTO,{head},{word},{serial},20161027164723,02A3$");
        let answer = |text: &str| vec![(10, ack("READ")), (200, text.to_owned())];
        if !request.contains("=gl500,") {
            return Vec::new();
        }
        if request.contains("gl500,8,") {
            return vec![
                (10, ack("VER")),
                (
                    50,
                    format!("+RESP:GTVER,{head},GL500,0105,0102,20161027164723,02A4$"),
                ),
            ];
        }
        if request.contains("gl500,2,SRI,") {
            return answer(
                "+RESP:GTALS,400300,868487003716602,GL500,SRI,3,,1,gl500.mysirui.com,2107,223.6.250.102,2107,,0,0,0,,,,20161027164723,02A4$",
            );
        }
        Vec::new()
    });
    let mut dialogue = dialogue(Knowledge::default());
    identified(run(&mut dialogue, &mut unit, &mut now, Operation::Identify));
    let events = run_events(&mut dialogue, &mut unit, &mut now, Operation::ReadAll);
    let Some(DialogueEvent::Finished(OperationOutcome::Read(reading))) = events.last().cloned()
    else {
        panic!("{events:?}");
    };
    let variant = dialogue.profile().variant("gl500").unwrap();
    if variant.fields.get("SRI").map(Vec::len) == Some(14) {
        assert_eq!(
            reading.get(&place("SRI.main_host")),
            Some("gl500.mysirui.com")
        );
        assert_eq!(reading.get(&place("SRI.main_port")), Some("2107"));
    } else {
        let warned = |event: &DialogueEvent| matches!(event, DialogueEvent::Warning(text) if text.contains("SRI"));
        assert!(events.iter().any(warned));
        assert_eq!(reading.get(&place("SRI.main_host")), None);
    }
    // The commands that this peer does not answer were not read.
    assert_eq!(reading.complete, variant.fields.len() == 1);
}

#[test]
fn only_the_named_fields_change_and_the_rest_is_written_as_it_was_read() {
    let mut now = Moment(1000);
    let mut unit = Script::new('$', gl300);
    let mut dialogue = dialogue(Knowledge::default());
    let writes = vec![
        write("SRI.main_host", "track.example.net"),
        write("SRI.main_port", "5027"),
    ];
    let outcome = run(&mut dialogue, &mut unit, &mut now, Operation::Write(writes));
    let known = profile(QUECLINK)
        .variant("gl300")
        .unwrap()
        .fields
        .get("SRI")
        .map(Vec::len);
    assert_eq!(
        known,
        Some(14),
        "the printed command of the notes has 14 fields"
    );
    assert_eq!(
        outcome,
        OperationOutcome::Written {
            refused: Vec::new()
        }
    );
    let sent = unit
        .requests
        .iter()
        .find(|request| request.starts_with("AT+GTSRI="))
        .unwrap();
    let wanted = "AT+GTSRI=gl300,3,,1,track.example.net,5027,223.6.250.102,2107,,0,0,0,,,,";
    assert!(sent.starts_with(wanted), "{sent}");
    // Read twice alike before the first byte of the write.
    let order: Vec<bool> = unit
        .requests
        .iter()
        .map(|request| request.starts_with("AT+GTSRI="))
        .collect();
    let reads = unit
        .requests
        .iter()
        .filter(|request| request.contains(",2,SRI,"))
        .count();
    assert_eq!((reads, order.iter().filter(|each| **each).count()), (2, 1));
}

#[test]
fn a_command_of_unknown_form_is_not_written() {
    let mut now = Moment(1000);
    let mut unit = Script::new('$', |request: &str| {
        let cut = |text: String| text.replace(SRI, "3,,1,gl500.mysirui.com,2107");
        gl300(request)
            .into_iter()
            .map(|(after, text)| (after, cut(text)))
            .collect()
    });
    let mut dialogue = dialogue(Knowledge::default());
    let writes = vec![write("SRI.main_host", "track.example.net")];
    let outcome = run(&mut dialogue, &mut unit, &mut now, Operation::Write(writes));
    assert_eq!(
        outcome,
        OperationOutcome::Written {
            refused: vec![place("SRI.main_host")]
        }
    );
    assert!(
        !unit
            .requests
            .iter()
            .any(|request| request.starts_with("AT+GTSRI="))
    );
}

#[test]
fn what_the_line_cannot_carry_is_refused_before_anything_is_sent() {
    let mut now = Moment(1000);
    let mut unit = Script::new('$', gl300);
    let mut dialogue = dialogue(Knowledge::default());
    let writes = vec![write("SRI.main_host", "a,b"), write("SRI.main_port", "1$")];
    let outcome = run(
        &mut dialogue,
        &mut unit,
        &mut now,
        Operation::Write(writes.clone()),
    );
    let refused = writes.into_iter().map(|write| write.place).collect();
    assert_eq!(outcome, OperationOutcome::Written { refused });
    assert!(
        !unit
            .requests
            .iter()
            .any(|request| request.starts_with("AT+GTSRI=") || request.contains(",2,SRI,"))
    );
}

#[test]
fn silence_to_a_write_is_the_units_no() {
    let mut now = Moment(1000);
    let mut unit = Script::new('$', |request: &str| {
        if request.starts_with("AT+GTSRI=") {
            Vec::new()
        } else {
            gl300(request)
        }
    });
    let mut dialogue = dialogue(Knowledge::default());
    let outcome = run(
        &mut dialogue,
        &mut unit,
        &mut now,
        Operation::Write(vec![write("SRI.main_port", "1")]),
    );
    assert_eq!(
        outcome,
        OperationOutcome::Written {
            refused: vec![place("SRI.main_port")]
        }
    );
}

#[test]
fn an_acknowledgement_of_an_earlier_try_is_not_taken_for_this_one() {
    let mut now = Moment(1000);
    let mut first = None;
    let mut unit = Script::new('$', move |request: &str| {
        if !request.starts_with("AT+GTSRI=") {
            return gl300(request);
        }
        // The first write is acknowledged long after its time, the second one never.
        if first.replace(()).is_some() {
            return Vec::new();
        }
        gl300(request)
            .into_iter()
            .map(|(after, text)| (after + 2700, text))
            .collect()
    });
    let mut dialogue = dialogue(Knowledge::default());
    let outcome = run(
        &mut dialogue,
        &mut unit,
        &mut now,
        Operation::Write(vec![write("SRI.main_port", "1")]),
    );
    assert_eq!(
        outcome,
        OperationOutcome::Written {
            refused: vec![place("SRI.main_port")]
        }
    );
}

#[test]
fn another_unit_on_the_line_stops_before_anything_is_written() {
    let mut now = Moment(1000);
    let mut unit = Script::new('$', gl300);
    let mut dialogue = dialogue(Knowledge::default());
    identified(run(&mut dialogue, &mut unit, &mut now, Operation::Identify));
    let other = "356868000041418";
    let mut swapped = Script::new('$', move |request: &str| {
        gl300(request)
            .into_iter()
            .map(|(after, text)| (after, text.replace(ID, other)))
            .collect()
    });
    let writes = vec![write("SRI.main_port", "1")];
    let fault = failed(run(
        &mut dialogue,
        &mut swapped,
        &mut now,
        Operation::Write(writes),
    ));
    assert_eq!(
        fault,
        Fault::OtherUnit {
            expected: ID.to_owned(),
            found: other.to_owned()
        }
    );
    assert!(
        !swapped
            .requests
            .iter()
            .any(|request| request.starts_with("AT+GTSRI="))
    );
    let fault = failed(run(
        &mut dialogue,
        &mut swapped,
        &mut now,
        Operation::Identify,
    ));
    assert_eq!(
        fault,
        Fault::OtherUnit {
            expected: ID.to_owned(),
            found: other.to_owned()
        }
    );
}

#[test]
fn a_known_unit_that_is_expected_elsewhere_is_named() {
    let mut now = Moment(1000);
    let mut unit = Script::new('$', gl300);
    let mut first = dialogue(Knowledge::default());
    let mut expected = identified(run(&mut first, &mut unit, &mut now, Operation::Identify));
    let other = crate::Imei::parse("356868000041418").unwrap();
    expected.id = crate::UnitId::Imei(other.clone());
    expected.imei = Some(other);
    let mut dialogue = dialogue(Knowledge {
        expected: Some(expected),
        ..Knowledge::default()
    });
    let fault = failed(run(&mut dialogue, &mut unit, &mut now, Operation::Identify));
    assert_eq!(
        fault,
        Fault::OtherUnit {
            expected: "356868000041418".to_owned(),
            found: ID.to_owned()
        }
    );
}

#[test]
fn a_wrong_check_digit_is_heard_twice_and_then_a_warning() {
    let mut now = Moment(1000);
    let wrong = "860599000773979";
    let mut unit = Script::new('$', move |request: &str| {
        gl300(request)
            .into_iter()
            .map(|(after, text)| (after, text.replace(ID, wrong)))
            .collect()
    });
    let mut dialogue = dialogue(Knowledge::default());
    let identity = identified(run(&mut dialogue, &mut unit, &mut now, Operation::Identify));
    assert_eq!(identity.id.as_str(), wrong);
    assert!(
        identity
            .warnings
            .iter()
            .any(|warning| warning.contains("check digit"))
    );
    let asked = unit
        .requests
        .iter()
        .filter(|request| request.contains("gl300,8,"))
        .count();
    assert_eq!(asked, 2);
}

#[test]
fn a_number_of_no_known_form_is_not_an_identity() {
    let mut now = Moment(1000);
    let mut unit = Script::new('$', |request: &str| {
        gl300(request)
            .into_iter()
            .map(|(after, text)| (after, text.replace(ID, "NONE")))
            .collect()
    });
    let mut dialogue = dialogue(Knowledge::default());
    let fault = failed(run(&mut dialogue, &mut unit, &mut now, Operation::Identify));
    assert_eq!(
        fault,
        Fault::BadIdentity {
            said: "NONE".to_owned()
        }
    );
}

#[test]
fn a_unit_that_says_it_has_just_started_is_asked_again_at_once() {
    let mut now = Moment(1000);
    let mut started = false;
    let mut unit = Script::new('$', move |request: &str| {
        let mut said = gl300(request);
        if request.contains("gl300,8,") && !started {
            // It restarts between its acknowledgement and its answer.
            started = true;
            said.truncate(1);
            let power_on = format!("+RESP:GTPNA,1A0800,{ID},GL300,20190208124909,0BD5$");
            said.push((1000, power_on));
        }
        said
    });
    let mut dialogue = dialogue(with_password("gl300"));
    let events = run_events(&mut dialogue, &mut unit, &mut now, Operation::Identify);
    assert!(matches!(events[0], DialogueEvent::Starting), "{events:?}");
    assert!(matches!(
        events.last(),
        Some(DialogueEvent::Finished(OperationOutcome::Identified(_)))
    ));
    assert!(now < Moment(6000), "{now:?}");
}

#[test]
fn a_unit_that_restarts_is_met_soon_after_it_is_back() {
    // It answers quickly, or slower than it is asked again.
    for late_ms in [0, 190, 200, 1000] {
        let mut now = Moment(1000);
        let lost = Rc::new(Cell::new(0));
        let left = Rc::clone(&lost);
        let mut unit = Script::new('$', move |request: &str| {
            if left.get() > 0 {
                left.set(left.get() - u32::from(request.contains("gl300,8,")));
                return Vec::new();
            }
            gl300(request)
                .into_iter()
                .map(|(after, text)| (after + late_ms, text))
                .collect()
        });
        let mut dialogue = dialogue(with_password("gl300"));
        identified(run(&mut dialogue, &mut unit, &mut now, Operation::Identify));
        run(&mut dialogue, &mut unit, &mut now, Operation::Restart);
        let begun = now;
        lost.set(5);
        let events = run_events(&mut dialogue, &mut unit, &mut now, Operation::Identify);
        assert!(
            matches!(
                events.last(),
                Some(DialogueEvent::Finished(OperationOutcome::Identified(_)))
            ),
            "{late_ms}: {events:?}"
        );
        let silences = events
            .iter()
            .filter(|event| matches!(event, DialogueEvent::NoAnswerYet))
            .count();
        assert!(silences > 0, "{late_ms}: {events:?}");
        // Five questions got no answer: the first had its whole time, the others a quarter of a second each.
        let took_ms = now.since_ms(begun);
        let most_ms = 1_300 + 5 * 350 + 1_000 + 400 + 2 * late_ms + 1_000;
        assert!(took_ms < most_ms, "{late_ms}: {took_ms} of {most_ms}");
    }
}
