//! The dialogs of the later families as the protocol notes print them: whole, split at every byte, with unsolicited lines between, with
//! doubled and with late answers.

use super::*;

/// How the unit's bytes come.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Manner {
    Whole,
    /// Split once, after so many bytes of each answer.
    SplitAfter(usize),
    OneByOne,
    UnsolicitedBetween,
    Doubled,
    /// Each answer so many milliseconds late.
    Late(u64),
}

/// A unit of the notes: requests it knows, with its answers line by line.
struct Printed {
    family: &'static str,
    label: Option<&'static str>,
    end: char,
    unsolicited: &'static str,
    answers: fn(&str) -> Option<String>,
}

fn run_printed(
    printed: &Printed,
    manner: Manner,
    writes: &[PlaceWrite],
) -> (Identity, Reading, OperationOutcome) {
    let mut now = Moment(1000);
    let answers = printed.answers;
    let unsolicited = printed.unsolicited;
    let mut peer = Script::new(printed.end, move |request: &str| {
        let Some(answer) = answers(request) else {
            return Vec::new();
        };
        let pieces = |text: &str, at: u64| -> Vec<(u64, String)> {
            match manner {
                Manner::SplitAfter(split) if split < text.len() => {
                    let (one, other) = text.split_at(split);
                    vec![(at, one.to_owned()), (at + 7, other.to_owned())]
                }
                Manner::OneByOne => text.chars().map(|each| (at, each.to_string())).collect(),
                _ => vec![(at, text.to_owned())],
            }
        };
        match manner {
            Manner::UnsolicitedBetween => {
                let lines = answer.split_inclusive("\r\n");
                let mut said = vec![(20, unsolicited.to_owned())];
                for line in lines {
                    said.push((21, line.to_owned()));
                    said.push((21, unsolicited.to_owned()));
                }
                said
            }
            Manner::Doubled => [pieces(&answer, 20), pieces(&answer, 45)].concat(),
            Manner::Late(late_ms) => pieces(&answer, 20 + late_ms),
            _ => pieces(&answer, 20),
        }
    });
    let knowledge = Knowledge {
        label: printed.label.map(|label| label.parse().unwrap()),
        ..Knowledge::default()
    };
    let mut dialogue = Dialogue::new(profile(printed.family), knowledge, now);
    let identity = identified(run(&mut dialogue, &mut peer, &mut now, Operation::Identify));
    let reading = reading(run(&mut dialogue, &mut peer, &mut now, Operation::ReadAll));
    let written = run(
        &mut dialogue,
        &mut peer,
        &mut now,
        Operation::Write(writes.to_vec()),
    );
    (identity, reading, written)
}

/// In every manner the same comes of it.
fn told_the_same(printed: &Printed, writes: &[PlaceWrite]) -> (Identity, Reading) {
    let whole = run_printed(printed, Manner::Whole, writes);
    assert_eq!(
        whole.2,
        OperationOutcome::Written {
            refused: Vec::new()
        },
        "{}",
        printed.family
    );
    let mut manners = vec![
        Manner::OneByOne,
        Manner::UnsolicitedBetween,
        Manner::Doubled,
        Manner::Late(300),
    ];
    manners.extend((1..120).map(Manner::SplitAfter));
    for manner in manners {
        let other = run_printed(printed, manner, writes);
        assert_eq!(other.0, whole.0, "{} {manner:?}", printed.family);
        assert_eq!(other.1, whole.1, "{} {manner:?}", printed.family);
        assert_eq!(other.2, whole.2, "{} {manner:?}", printed.family);
    }
    (whole.0, whole.1)
}

fn lines(lines: &[&str]) -> Option<String> {
    Some(lines.iter().map(|line| format!("{line}\r\n")).collect())
}

fn calamp(request: &str) -> Option<String> {
    if let Some(parameter) = request.strip_prefix("AT$APP PARAM? ") {
        let value = match parameter {
            "2306,0" | "2306,1" => "isp.example",
            "2319,0" | "2319,1" => "LMU.MyCompany.com",
            "769,0" | "769,1" => "20500",
            "2313,0" => "120",
            "2322,0" => "86400",
            "1280,0" => "21",
            // A parameter that this unit does not have.
            "768,0" => return lines(&["ERROR"]),
            "2314,0" | "2314,1" | "2315,0" | "2315,1" | "2320,0" => "",
            _ => "60",
        };
        return lines(&[&format!("{parameter},{value}"), "OK"]);
    }
    match request {
        "AT$APP ESN?" => lines(&["4141000100", "OK"]),
        "ATI1" => lines(&["IMEI: 352094082042885", "ICCID: 89011200000000000017", "OK"]),
        "AT$APP PARAM 2306,0,internet"
        | "AT$APP PARAM 2306,1,internet"
        | "AT$APP PARAM 1280,0,4,4" => lines(&["OK"]),
        _ => lines(&["ERROR"]),
    }
}

#[test]
fn a_calamp_unit_is_understood_as_printed() {
    let printed = Printed {
        family: "calamp-lmu",
        label: None,
        end: '\r',
        unsolicited: "INP:11100111 13.7V\r\nMID:4141000100 ESN\r\n",
        answers: calamp,
    };
    let writes = [
        write("2306,0", "internet"),
        write("2306,1", "internet"),
        write("1280,0", "4,4"),
    ];
    let (identity, reading) = told_the_same(&printed, &writes);
    assert_eq!(identity.id.as_str(), "352094082042885");
    assert_eq!(identity.serial_number.as_deref(), Some("4141000100"));
    assert_eq!(identity.iccid.unwrap().to_string(), "89011200000000000017");
    assert_eq!(reading.get(&place("2319,1")), Some("LMU.MyCompany.com"));
    assert_eq!(reading.get(&place("768,0")), None);
    assert!(reading.complete);
}

#[test]
fn a_sleeping_console_is_woken_and_asked_again() {
    let mut now = Moment(1000);
    let mut heard = 0;
    let mut peer = Script::new('\r', move |request: &str| {
        heard += 1;
        let answer = if heard == 1 { None } else { calamp(request) };
        answer.map(|text| (20, text)).into_iter().collect()
    });
    let mut dialogue = Dialogue::new(profile("calamp-lmu"), Knowledge::default(), now);
    let identity = identified(run(&mut dialogue, &mut peer, &mut now, Operation::Identify));
    assert_eq!(identity.id.as_str(), "352094082042885");
}

const NTW: &str = "NTW;0;internet;;;111.111.111.111;8600;;;;1234";

fn suntech(request: &str) -> Option<String> {
    let head = "ST300CMD;Res;100850000;010";
    // The echo comes first: community (1).
    let answer = match request {
        "AT^ST300CMD;;02;ReqVer" => format!("{head};ReqVer;ST340"),
        "AT^ST300CMD;;02;Preset" => {
            format!("{head};Preset;{NTW};RPT;60;180;120;60;3;0;0;;;;EVT;0;GSM;0;SVC;0;DEV;0;0;0;0")
        }
        "AT^ST300RPT;;02;180;90;60;3;0;0;;;" => {
            "ST300RPT;Res;100850000;010;180;90;60;3;0;0;0;0;0".to_owned()
        }
        _ => return None,
    };
    lines(&[request, &answer])
}

#[test]
fn a_suntech_unit_is_understood_as_printed_with_its_echo() {
    let printed = Printed {
        family: "suntech",
        label: None,
        end: '\r',
        unsolicited: "ST300STT;100850000;010;20090724;07:12:16;00129\r\n",
        answers: suntech,
    };
    let (identity, reading) = told_the_same(&printed, &[write("RPT.driving", "90")]);
    assert_eq!(
        (identity.id.as_str(), identity.id.kind().as_str()),
        ("100850000", "hardware")
    );
    assert_eq!(identity.imei, None);
    assert_eq!(reading.get(&place("RPT.parked")), Some("180"));
    assert_eq!(reading.get(&place("RPT.driving")), Some("120"));
    assert_eq!(reading.get(&place("NTW.host")), Some("111.111.111.111"));
}

#[test]
fn both_lengths_of_a_suntech_preset_are_read() {
    let captured = "ST300CMD;Res;511848119;315;PresetA;NTW;0;eseye.com;user;pass;rastreamento.inviocar.com;6011;;;;;RPT;1800;80;80;3;1200;0;0;0;0;EVT;1";
    let mut now = Moment(1000);
    let mut peer = Script::new('\r', move |request: &str| {
        let text = if request.ends_with("ReqVer") {
            "ST300CMD;Res;511848119;315;ReqVer;ST340"
        } else {
            captured
        };
        vec![(20, format!("{text}\r\n"))]
    });
    let mut dialogue = Dialogue::new(profile("suntech"), Knowledge::default(), now);
    identified(run(&mut dialogue, &mut peer, &mut now, Operation::Identify));
    let reading = reading(run(&mut dialogue, &mut peer, &mut now, Operation::ReadAll));
    assert_eq!(reading.get(&place("RPT.parked")), Some("1800"));
    assert_eq!(reading.get(&place("RPT.retries")), Some("3"));
    assert_eq!(reading.get(&place("NTW.apn")), Some("eseye.com"));
    let record = dialogue.transcript().to_json_lines();
    assert!(!record.contains(";pass;"), "{record}");
}

fn meitrack(request: &str) -> Option<String> {
    let body = request.split_once(',')?.1;
    let letter = request.strip_prefix("@@")?.chars().next()?;
    let (text, sum) = body.rsplit_once('*')?;
    assert_eq!(sum.len(), 2);
    let answer = match text {
        "353358017784062,E91" => "353358017784062,E91,FWV1.00,12345678",
        "353358017784062,A12,6" => "353358017784062,A12,OK",
        "353358017784062,A11,10" => "353358017784062,A11,ok",
        _ => return None,
    };
    String::from_utf8(crate::profile::encode("$$", &format!("{letter},{answer}"))).ok()
}

#[test]
fn a_meitrack_unit_is_understood_by_length_and_checksum() {
    let printed = Printed {
        family: "meitrack",
        label: Some("353358017784062"),
        end: '\n',
        unsolicited: "$$H28,353358017784062,A19,OK*F8\r\n$$V28,353358017784062,A12,OK*03\r\n",
        answers: meitrack,
    };
    let (identity, reading) = told_the_same(
        &printed,
        &[write("A12.interval", "6"), write("A11.minutes", "10")],
    );
    assert_eq!(
        (identity.id.as_str(), identity.variant.as_str()),
        ("353358017784062", "other")
    );
    assert_eq!(identity.serial_number.as_deref(), Some("12345678"));
    assert!(reading.places.is_empty());
}

#[test]
fn a_meitrack_unit_needs_its_label() {
    let mut now = Moment(1000);
    let mut peer = Script::new('\n', |_: &str| Vec::new());
    let mut dialogue = Dialogue::new(profile("meitrack"), Knowledge::default(), now);
    assert_eq!(
        failed(run(&mut dialogue, &mut peer, &mut now, Operation::Identify)),
        Fault::LabelNeeded
    );
    assert!(peer.requests.is_empty());
}

#[test]
fn a_meitrack_command_is_not_written_in_part() {
    let mut now = Moment(1000);
    let mut peer = Script::new('\n', |request: &str| {
        meitrack(request)
            .map(|text| (20, text))
            .into_iter()
            .collect()
    });
    let knowledge = Knowledge {
        label: Some("353358017784062".parse().unwrap()),
        ..Knowledge::default()
    };
    let mut dialogue = Dialogue::new(profile("meitrack"), knowledge, now);
    let outcome = run(
        &mut dialogue,
        &mut peer,
        &mut now,
        Operation::Write(vec![write("A21.host", "a.example")]),
    );
    assert_eq!(
        outcome,
        OperationOutcome::Written {
            refused: vec![place("A21.host")]
        }
    );
    assert!(
        peer.requests.iter().all(|request| !request.contains("A21")),
        "{:?}",
        peer.requests
    );
}

fn modem(request: &str) -> Option<String> {
    match request {
        "AT+CGSN" => lines(&["AT+CGSN", "", "867322031234560", "", "OK"]),
        "AT+CGMM" => lines(&["", "BC26", "", "OK"]),
        "AT+CGMR" => lines(&["", "BC26NAR01A07", "", "OK"]),
        "AT+CCID" => lines(&["", "+CME ERROR: 4"]),
        "AT+QCCID" => lines(&["", "+QCCID: 8901120000000000001F", "", "OK"]),
        "AT#CCID" => lines(&["ERROR"]),
        "AT+CGDCONT?" => lines(&[
            "",
            "+CGDCONT: 1,\"IP\",\"catm\",\"\",0,0,0,0",
            "+CGDCONT: 3,\"IPV4V6\",\"n.ispsn\",\"0.0.0.0\",0,0",
            "",
            "OK",
        ]),
        "AT+CGDCONT=1,\"IP\",\"internet\"" => lines(&["", "OK"]),
        _ => lines(&["", "ERROR"]),
    }
}

#[test]
fn a_bare_modem_is_understood_and_said_to_be_one() {
    let printed = Printed {
        family: "modem-3gpp",
        label: None,
        end: '\r',
        unsolicited: "+CREG: 1\r\nRDY\r\n",
        answers: modem,
    };
    let (identity, reading) = told_the_same(&printed, &[write("1.apn", "internet")]);
    assert_eq!(
        (identity.id.as_str(), identity.model.as_str()),
        ("867322031234560", "Modem BC26")
    );
    assert!(
        identity
            .warnings
            .iter()
            .any(|warning| warning.contains("modem port of the unit"))
    );
    assert_eq!(reading.get(&place("1.apn")), Some("catm"));
    assert_eq!(reading.get(&place("1.type")), Some("IP"));
    assert_eq!(
        reading.places.len(),
        2,
        "the carrier's own context is not ours: {reading:?}"
    );
}

#[test]
fn a_modem_error_is_said_with_its_meaning() {
    let mut now = Moment(1000);
    let mut peer = Script::new('\r', |request: &str| {
        let answer = if request == "AT+CGSN" {
            modem(request)
        } else {
            lines(&["+CME ERROR: 10"])
        };
        answer.map(|text| (20, text)).into_iter().collect()
    });
    let mut dialogue = Dialogue::new(profile("modem-3gpp"), Knowledge::default(), now);
    run(&mut dialogue, &mut peer, &mut now, Operation::ReadAll);
    let Fault::RefusedByUnit { reply, .. } =
        failed(run(&mut dialogue, &mut peer, &mut now, Operation::Restart))
    else {
        panic!("not refused");
    };
    assert_eq!(reply, "+CME ERROR: 10 (no SIM in it)");
}

fn cdma(request: &str) -> Option<String> {
    match request {
        "AT+GSN" => lines(&["8016B128", "OK"]),
        "AT#MEID?" => lines(&["#MEID: AF0123,450ABCDE", "OK"]),
        "AT^MEID" => lines(&["ERROR"]),
        "AT$KWMODE=1" | "AT$KWMODE=2" | "AT$KWSPC=123456" | "AT$KWDIR=2065550123" => lines(&["OK"]),
        _ => lines(&["ERROR"]),
    }
}

fn with_code(
    code: Option<&str>,
    answer: fn(&str) -> Option<String>,
) -> (OperationOutcome, Vec<String>, Dialogue) {
    let mut now = Moment(1000);
    let mut peer = Script::new('\r', move |request: &str| {
        answer(request)
            .map(|text| (20, format!("#905 PRL session\r\n{text}")))
            .into_iter()
            .collect()
    });
    let knowledge = Knowledge {
        password: code.map(Secret::new),
        ..Knowledge::default()
    };
    let mut dialogue = Dialogue::new(profile("sprint-cdma"), knowledge, now);
    let identity = identified(run(&mut dialogue, &mut peer, &mut now, Operation::Identify));
    assert_eq!(identity.id.as_str(), "AF0123450ABCDE");
    let outcome = run(
        &mut dialogue,
        &mut peer,
        &mut now,
        Operation::Write(vec![write("KWDIR", "2065550123")]),
    );
    // Whatever came of it, the code does not leave a second time, on this connection or with what the next one knows.
    let again = run(
        &mut dialogue,
        &mut peer,
        &mut now,
        Operation::Write(vec![write("KWDIR", "2065550123")]),
    );
    assert!(matches!(again, OperationOutcome::Failed(_)), "{again:?}");
    let sent = peer
        .requests
        .iter()
        .filter(|request| request.starts_with("AT$KWSPC"))
        .count();
    assert_eq!(sent, usize::from(code.is_some()), "{:?}", peer.requests);
    assert_eq!(dialogue.knowledge().password, None);
    (outcome, peer.requests, dialogue)
}

#[test]
fn the_service_code_is_sent_once_and_never_guessed() {
    let (outcome, requests, dialogue) = with_code(Some("123456"), cdma);
    assert_eq!(
        outcome,
        OperationOutcome::Written {
            refused: Vec::new()
        }
    );
    let wrote: Vec<&str> = requests
        .iter()
        .map(String::as_str)
        .filter(|each| each.starts_with("AT$"))
        .take(4)
        .collect();
    assert_eq!(
        wrote,
        [
            "AT$KWMODE=1",
            "AT$KWSPC=123456",
            "AT$KWDIR=2065550123",
            "AT$KWMODE=2"
        ]
    );
    assert!(!dialogue.transcript().to_json_lines().contains("123456"));

    let (outcome, requests, _) = with_code(Some("654321"), cdma);
    assert_eq!(failed(outcome), Fault::CodeRefused { tries_left: None });
    assert!(!requests.iter().any(|request| request.contains("KWDIR")));
    // It is not left in its programming mode.
    assert_eq!(requests.last().map(String::as_str), Some("AT$KWMODE=2"));

    let (outcome, requests, _) = with_code(None, cdma);
    assert_eq!(failed(outcome), Fault::Locked { tries_left: None });
    assert!(
        !requests
            .iter()
            .any(|request| request.contains("KWDIR") || request.contains("KWSPC"))
    );

    let silent = |request: &str| {
        if request.starts_with("AT$KWSPC") {
            None
        } else {
            cdma(request)
        }
    };
    let (outcome, _, _) = with_code(Some("123456"), silent);
    assert!(matches!(failed(outcome), Fault::OneShotUnknown { .. }));
}

fn pro(request: &str) -> Option<String> {
    let serial = super::scripted_queclink::serial(request);
    let head = "123456789012347,C031,10,0";
    let time = "20210407101530,1234$";
    match request {
        _ if request.starts_with("AT@CFG?gl601###,") => Some(format!(
            "+QRY:CFG,{head},1,1,,MyDevice,,,,,,,{serial},{time}\r\n"
        )),
        _ if request.starts_with("AT@APN?gl601###,") => Some(format!(
            "+QRY:APN,{head},1,1,,testapn,,,0,,{serial},{time}\r\n"
        )),
        _ if request.starts_with("AT@APN=gl601###,,internet,,,0,,") => {
            Some(format!("+ACK:APN,{head},,{serial},{time}\r\n"))
        }
        _ if request.starts_with("AT@APN=") => {
            Some(format!("+NACK:APN,{head},,3,{serial},{time}\r\n"))
        }
        _ => None,
    }
}

#[test]
fn the_newer_queclink_dialect_is_understood_as_printed() {
    let printed = Printed {
        family: "queclink-pro",
        label: None,
        end: '$',
        unsolicited: "+ACK:HBD,123456789012347,C031,10,0,,20210407101530,1234$\r\n",
        answers: pro,
    };
    let (identity, reading) = told_the_same(&printed, &[write("APN.apn", "internet")]);
    assert_eq!(
        (identity.variant.as_str(), identity.id.as_str()),
        ("gl601", "123456789012347")
    );
    assert_eq!(reading.get(&place("APN.apn")), Some("testapn"));
    let refused = run_printed(&printed, Manner::Whole, &[write("APN.apn", "other")]).2;
    assert_eq!(
        refused,
        OperationOutcome::Written {
            refused: vec![place("APN.apn")]
        }
    );
}

fn airlink(request: &str) -> Option<String> {
    match request {
        "AT*PPTIME?" => lines(&["AT*PPTIME?", "", "60", "", "OK"]),
        "AT+GSN" => lines(&["AT+GSN", "352094082042885", "OK"]),
        "AT*PPTIME=120" => lines(&["AT*PPTIME=120", "", "OK"]),
        _ if request.ends_with('?') => lines(&[request, "1", "OK"]),
        _ => lines(&["ERROR"]),
    }
}

#[test]
fn an_airlink_register_is_read_and_written() {
    let printed = Printed {
        family: "airlink",
        label: None,
        end: '\r',
        unsolicited: "\r\n",
        answers: airlink,
    };
    let (identity, reading) = told_the_same(&printed, &[write("PPTIME", "120")]);
    assert_eq!(identity.id.as_str(), "352094082042885");
    assert_eq!(reading.get(&place("PPTIME")), Some("60"));
}
