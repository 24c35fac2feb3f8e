//! Forms that the notes allow and that the printed examples do not show: other ends of frames, other models, labels of several words, answers
//! that come twice or without their last word.

use super::asleep::look;
use super::scripted_queclink::serial;
use super::*;

/// A Queclink unit of any model with its maker's password, whose frames end with `end`.
fn queclink(
    protocol: &'static str,
    id: &'static str,
    model: &'static str,
    end: char,
) -> Script<impl FnMut(&str) -> Vec<(u64, String)>> {
    let password = format!("={},8,", model.to_lowercase());
    let stored = format!("={},2,BSI,", model.to_lowercase());
    Script::new('$', move |request: &str| {
        let serial = serial(request);
        let head = format!("{protocol},{id},{model}");
        let tail = format!("20161006053520,0C19{end}");
        let (word, answer) = if request.contains(&password) {
            (
                "VER",
                format!("+RESP:GTVER,{head},{model},0A03,0103,{tail}"),
            )
        } else if request.contains(&stored) {
            ("READ", format!("+RESP:GTALS,{head},BSI,cmnet,,,,,,,{tail}"))
        } else {
            return Vec::new();
        };
        vec![
            (80, format!("+ACK:GTRTO,{head},{word},{serial},{tail}")),
            (300, answer),
        ]
    })
}

#[test]
fn frames_that_end_with_nul_are_frames() {
    let mut now = Moment(1000);
    let mut unit = queclink("1A0800", "860599000773978", "GL300", '\0');
    let (mut dialogue, identity) = look(&mut unit, &mut now).unwrap();
    assert_eq!(identity.model, "GL300");
    let reading = reading(run(&mut dialogue, &mut unit, &mut now, Operation::ReadAll));
    assert_eq!(reading.get(&place("BSI.apn")), Some("cmnet"));
}

#[test]
fn a_no_to_the_factory_password_is_a_wrong_password_and_no_stranger() {
    let mut now = Moment(1000);
    let mut unit = Script::new('$', |request: &str| {
        let serial = serial(request);
        let is_it = request.starts_with("AT@APN?");
        let no = format!("+NACK:APN,123456789012345,C031,10,0,,2,{serial},20210407101530,1234$");
        is_it.then_some((80, no)).into_iter().collect()
    });
    let fault = look(&mut unit, &mut now).err();
    assert_eq!(fault, Some(Fault::WrongPassword));
}

/// All of a report but its last word.
const REPORT: &str = "+RESP:GTFRI,020102,135790246811220,,0,0,1,1,4.3,92,70.0,121.354335,31.222073,\
    20090214013254,0460,0000,18d8,6141,00,20090214093254,";

/// What is said of a unit that does nothing but report each second.
fn reports_and_answers_nothing(report: impl Fn(u64) -> String) -> Option<Fault> {
    let mut now = Moment(1000);
    let mut unit = Script::new('$', |_: &str| Vec::new());
    for second in 0..12 {
        unit.will_say(Moment(1200 + second * 1000), &report(second));
    }
    look(&mut unit, &mut now).err()
}

/// GL100 and GT300 end their frames with NUL and number their questions otherwise: that the password is wrong would be untrue.
#[test]
fn a_unit_of_the_first_generation_is_named_and_not_told_to_have_a_wrong_password() {
    let fault = reports_and_answers_nothing(|_| format!("{REPORT}11F0\0"));
    let is_named = matches!(&fault, Some(Fault::UnknownModel { said }) if said.contains("GL100"));
    assert!(is_named, "{fault:?}");
}

#[test]
fn a_report_that_was_cut_off_before_a_nul_makes_no_unit_one_of_the_first_generation() {
    let fault = reports_and_answers_nothing(|second| match second {
        0 => format!("{REPORT}11F0$"),
        _ => format!("{REPORT}11\0"),
    });
    assert_eq!(fault, Some(Fault::WrongPassword));
}

/// A Raven with a report time of four seconds: with V=0 that is also the number of ERROR.
fn raven(said: impl Fn(&str) -> String) -> Script<impl FnMut(&str) -> Vec<(u64, String)>> {
    Script::new('\r', move |request: &str| {
        let text = match request {
            "AT+GSN" => said("354533000000010"),
            "AT*PPTIME?" => said("4"),
            "AT*PPDIST?" => said("7"),
            "AT*NETAPN?" => said("broadband"),
            "AT*PPIP?" => said("192.0.2.9"),
            "AT*PPPORT?" => said("22335"),
            _ => return Vec::new(),
        };
        vec![(20, text)]
    })
}

#[test]
fn a_value_that_comes_twice_and_reads_like_error_is_the_value() {
    let mut now = Moment(1000);
    let twice = |value: &str| format!("\r\n{value}\r\n\r\n{value}\r\n\r\nOK\r\n\r\nOK\r\n");
    let mut unit = raven(twice);
    let mut dialogue = Dialogue::new(profile("airlink"), Knowledge::default(), now);
    identified(run(&mut dialogue, &mut unit, &mut now, Operation::Identify));
    let reading = reading(run(&mut dialogue, &mut unit, &mut now, Operation::ReadAll));
    assert_eq!(reading.get(&place("PPTIME")), Some("4"));
}

#[test]
fn where_results_are_switched_off_a_number_is_no_result() {
    let mut now = Moment(1000);
    let changed = std::cell::Cell::new(0);
    // Known by another time; somebody sets it to four seconds afterwards.
    let mut unit = raven(move |value| {
        changed.set(changed.get() + 1);
        let value = if changed.get() <= 2 && value == "4" {
            "60"
        } else {
            value
        };
        format!("\r\n{value}\r\n")
    });
    let mut dialogue = Dialogue::new(profile("airlink"), Knowledge::default(), now);
    identified(run(&mut dialogue, &mut unit, &mut now, Operation::Identify));
    let reading = reading(run(&mut dialogue, &mut unit, &mut now, Operation::ReadAll));
    assert_eq!(reading.get(&place("PPTIME")), Some("4"));
}

/// An LMU with this answer to `AT$APP ESN?` and this one to `ATI1`.
fn lmu(esn: &'static str, numbers: &'static str) -> Script<impl FnMut(&str) -> Vec<(u64, String)>> {
    Script::new('\r', move |request: &str| {
        let text = match request {
            "AT$APP PARAM? 2306,0" => "2306,0,isp.example\r\nOK\r\n",
            "AT$APP ESN?" => esn,
            "ATI1" => numbers,
            "AT$APP PARAM 2319,0,\"LMU.MyCompany.com\"" | "AT$APP PARAM 2306,0,internet" => {
                "OK\r\n"
            }
            _ => "ERROR\r\n",
        };
        vec![(20, text.to_owned())]
    })
}

#[test]
fn numbers_of_an_lmu_are_found_under_labels_of_several_words() {
    let mut now = Moment(1000);
    let numbers = "LMU ESN: 4141000100\r\nModem IMEI: 352094082042885\r\nSIM ICC-ID: 89011200000000000017\r\nOK\r\n";
    for esn in ["ERROR\r\n", "LMU ESN 4141000100\r\nOK\r\n"] {
        let mut unit = lmu(esn, numbers);
        let mut dialogue = Dialogue::new(profile("calamp-lmu"), Knowledge::default(), now);
        let identity = identified(run(&mut dialogue, &mut unit, &mut now, Operation::Identify));
        assert_eq!(identity.id.as_str(), "352094082042885");
        assert_eq!(identity.serial_number.as_deref(), Some("4141000100"));
        assert_eq!(identity.iccid.unwrap().to_string(), "89011200000000000017");
    }
}

#[test]
fn the_address_of_an_lmu_is_written_between_quotation_marks_as_printed() {
    let mut now = Moment(1000);
    let mut unit = lmu("4141000100\r\nOK\r\n", "ERROR\r\n");
    let mut dialogue = Dialogue::new(profile("calamp-lmu"), Knowledge::default(), now);
    identified(run(&mut dialogue, &mut unit, &mut now, Operation::Identify));
    let writes = vec![
        write("2319,0", "LMU.MyCompany.com"),
        write("2306,0", "internet"),
    ];
    let outcome = run(&mut dialogue, &mut unit, &mut now, Operation::Write(writes));
    assert_eq!(outcome, OperationOutcome::Written { refused: vec![] });
}

#[test]
fn a_xirgo_unit_is_known_by_any_report_and_by_a_number_of_its_makers() {
    for (number, event) in [("357816040000018", "4003"), ("1234567890", "6053")] {
        let mut now = Moment(1000);
        let mut unit = Script::new('#', |_: &str| Vec::new());
        for report in 0..20 {
            unit.will_say(
                Moment(1100 + report * 500),
                &format!("$${number},{event},2026/11/22,10:07:02,47.61037,-122.20067##"),
            );
        }
        let (dialogue, identity) = look(&mut unit, &mut now).unwrap();
        assert_eq!(dialogue.profile().id, "xirgo");
        assert_eq!(identity.id.as_str(), number);
    }
}

/// The question that names the family and the register are one line: what was written is what it tells afterwards.
#[test]
fn a_simulated_airlink_tells_the_report_time_that_was_written() {
    let mut now = Moment(1000);
    let mut unit = simulated("airlink", "airlink", &[], 7);
    let mut dialogue = Dialogue::new(profile("airlink"), Knowledge::default(), now);
    identified(run(&mut dialogue, &mut unit, &mut now, Operation::Identify));
    let writes = Operation::Write(vec![write("PPTIME", "300")]);
    let written = run(&mut dialogue, &mut unit, &mut now, writes);
    assert_eq!(written, OperationOutcome::Written { refused: vec![] });
    let reading = reading(run(&mut dialogue, &mut unit, &mut now, Operation::ReadAll));
    assert_eq!(reading.get(&place("PPTIME")), Some("300"));
}

#[test]
fn a_unit_with_the_rarest_factory_password_is_known_hardly_later_than_one_with_the_first() {
    let took_ms = |protocol: &'static str, model: &'static str| {
        let begun = Moment(1000);
        let mut now = begun;
        let mut unit = queclink(protocol, "860599000773978", model, '$');
        let (_, identity) = look(&mut unit, &mut now).unwrap();
        assert_eq!(identity.profile, "queclink", "{model}");
        now.0 - begun.0
    };
    let first_ms = took_ms("1A0800", "GL300");
    for model in ["GMT100", "GL310M", "GV500VC", "GL300M"] {
        let took_ms = took_ms("8020040900", model);
        assert!(
            took_ms < first_ms + 1_200,
            "{model}: {first_ms} ms and {took_ms} ms"
        );
    }
}

/// Labels and numbers in one line, as the verb's free text may be: the layout is in no public document.
#[test]
fn numbers_of_an_lmu_are_found_in_one_line() {
    for numbers in [
        "LMU ESN:4141000100,IMEI:352094082042885,ICCID:89011200000000000017\r\nOK\r\n",
        "LMU-2630 ESN: 4141000100 Modem IMEI: 352094082042885 SIM ICC-ID: 89011200000000000017\r\nOK\r\n",
        "ESN:4141000100; IMEI:352094082042885; CCID:89011200000000000017; VER:1.2\r\n\r\nOK\r\n",
    ] {
        let mut now = Moment(1000);
        let mut unit = lmu("ERROR\r\n", numbers);
        let mut dialogue = Dialogue::new(profile("calamp-lmu"), Knowledge::default(), now);
        let identity = identified(run(&mut dialogue, &mut unit, &mut now, Operation::Identify));
        assert_eq!(identity.id.as_str(), "352094082042885", "{numbers}");
        assert_eq!(identity.serial_number.as_deref(), Some("4141000100"));
        assert_eq!(identity.iccid.unwrap().to_string(), "89011200000000000017");
    }
}

/// A modem without a SIM that says so by its number, or by the bare word where numbers are switched off.
#[test]
fn a_modem_without_a_sim_is_said_to_have_none() {
    for no in ["+CME ERROR: 10", "ERROR"] {
        let mut now = Moment(1000);
        let mut unit = Script::new('\r', move |request: &str| {
            let said = match request {
                "AT+CGSN" => "\r\n867322031234560\r\n\r\nOK\r\n".to_owned(),
                _ => format!("\r\n{no}\r\n"),
            };
            vec![(20, said)]
        });
        let families = ProfileRegistry::shipped();
        let families = families
            .all()
            .map(|each| (Arc::clone(each), Knowledge::default()));
        let mut recognition = Recognition::new(families.collect(), now);
        let RecognitionEvent::Recognised(dialogue, identity) =
            recognise(&mut recognition, &mut unit, &mut now)
        else {
            panic!("not recognised");
        };
        let warnings = identity.warnings.join("\n");
        let talk = dialogue.transcript().to_lines().join("\n");
        assert!(
            warnings.contains("no SIM that it can use"),
            "{warnings}\n{talk}"
        );
        assert!(warnings.contains(no), "{warnings}");
    }
}

/// A cable whose ends touch, or a modem that only echoes: our own words are nobody's answer.
#[test]
fn a_port_that_only_repeats_what_is_asked_is_a_port_where_nothing_answers() {
    struct Loop(std::collections::VecDeque<Vec<u8>>);
    impl Peer for Loop {
        fn hear(&mut self, bytes: &[u8], _now: Moment) {
            self.0.push_back(bytes.to_vec());
        }
        fn deadline(&self) -> Option<Moment> {
            None
        }
        fn said(&mut self, _now: Moment) -> Option<Vec<u8>> {
            self.0.pop_front()
        }
    }
    for label in [None, Some("353358017784062")] {
        let mut now = Moment(1000);
        let knowledge = Knowledge {
            label: label.map(|label| label.parse().unwrap()),
            ..Knowledge::default()
        };
        let families = ProfileRegistry::shipped();
        let families = families
            .all()
            .map(|each| (Arc::clone(each), knowledge.clone()));
        let mut recognition = Recognition::new(families.collect(), now);
        let mut looped = Loop(std::collections::VecDeque::new());
        match recognise(&mut recognition, &mut looped, &mut now) {
            RecognitionEvent::Failed(fault) => assert_eq!(fault, Fault::Silent),
            other => panic!("{other:?}"),
        }
    }
}

/// A unit of newer firmware whose list of stored values comes late, and one that takes as long for every answer.
#[test]
fn a_meitrack_list_that_comes_late_is_read_all_the_same() {
    const IMEI: &str = "353358017784062";
    for (version_ms, list_ms) in [(50, 900), (1100, 1100), (1300, 1500)] {
        let mut now = Moment(1000);
        let mut unit = Script::new('\n', move |request: &str| {
            let letter = request.chars().nth(2).unwrap_or('A');
            let (ms, answer) = if request.contains(",E91") {
                (version_ms, "E91,FWV1.00,12345678")
            } else if request.contains(",DB4") {
                (
                    list_ms,
                    "DB4,TCP,IP1:178.131.31.231,PORT1:6180,IP2:,PORT2:,420,mcinet,2,10,0,6,6,300,80,30,0,114",
                )
            } else {
                return Vec::new();
            };
            let frame = crate::profile::encode("$$", &format!("{letter},{IMEI},{answer}"));
            vec![(ms, String::from_utf8(frame).unwrap())]
        });
        let knowledge = Knowledge {
            label: Some(IMEI.parse().unwrap()),
            ..Knowledge::default()
        };
        let mut dialogue = Dialogue::new(profile("meitrack"), knowledge, now);
        let who = identified(run(&mut dialogue, &mut unit, &mut now, Operation::Identify));
        assert_eq!(who.variant, "stored", "{version_ms} {list_ms}");
        let read = reading(run(&mut dialogue, &mut unit, &mut now, Operation::ReadAll));
        assert_eq!(
            read.get(&place("A21.apn")),
            Some("mcinet"),
            "{version_ms} {list_ms}"
        );
    }
}
