//! Teltonika dialogs as the protocol notes print them: `cfg_info`, the dump with its count, the batch with its number, the keyword.

use super::*;
use crate::ids::Imei;

const IMEI: &str = "352094082042885";
const NOISE: &str = "[2026.08.01 02:01:33]-[GPS.API] Lat: -23.550520, Lon: -46.633309, Alt: 851.5\r\n[2026.08.01 02:01:06]-[READ_ASCII] IMEI: 352093081540152\r\n";

fn info() -> String {
    let lines = [
        "0:03.28.07",
        "1:12.00.00",
        "2:FMB1:2",
        "3:352094082042885",
        "5:1",
        "6:1",
        "8:1",
        "11:12",
        "12:1",
        "13:550",
        "14:MC60",
    ];
    lines
        .iter()
        .map(|line| format!("cfg_info:{line}\r\n"))
        .collect()
}

/// A unit with four parameters.
fn fmb120(request: &str) -> Vec<(u64, String)> {
    let text = match request {
        ":cfg_info:?" => info(),
        ".imei" => format!("IMEI:{IMEI}\r\n[2026.08.01 02:01:06]-[MODEM] ICCID: 89011200000000000017\r\n"),
        ":cfg_connect" => "<CFG_CONNECT>\r\n".to_owned(),
        ":cfg_getcfg" => "<GET_PARAMS_START>\r\n2001:internet\r\n2003:topsecret\r\n2004:http://a:1\r\n10050:300\r\n<GET_PARAMS_END>:4\r\n".to_owned(),
        ":cfg_save" => "<SAVE_CFG_RESULT>:1\r\n".to_owned(),
        _ => match request.strip_prefix(":cfg_setparam:") {
            Some(pairs) => format!("<SETPARAM_RESULT>:{}\r\n", pairs.split(';').count()),
            None => return Vec::new(),
        },
    };
    vec![(30, text)]
}

fn dialogue(knowledge: Knowledge) -> Dialogue {
    Dialogue::new(profile(FMB), knowledge, Moment(1000))
}

fn count(requests: &[String], start: &str) -> usize {
    requests
        .iter()
        .filter(|request| request.starts_with(start))
        .count()
}

#[test]
fn the_printed_table_identifies_a_unit_between_log_lines() {
    let mut now = Moment(1000);
    let mut unit = Script::new('\r', |request: &str| {
        fmb120(request)
            .into_iter()
            .map(|(after, text)| (after, format!("{NOISE}{text}{NOISE}")))
            .collect()
    });
    let mut dialogue = dialogue(Knowledge::default());
    let identity = identified(run(&mut dialogue, &mut unit, &mut now, Operation::Identify));
    assert_eq!(identity.imei.unwrap().as_str(), IMEI);
    assert_eq!(identity.variant, "fmb120");
    assert_eq!(identity.iccid.unwrap().as_str(), "89011200000000000017");
    assert_eq!(identity.firmware.as_deref(), Some("03.28.07"));
    assert!(now.since_ms(Moment(1000)) < 2000);
}

#[test]
fn a_table_that_always_ends_early_is_believed_the_second_time_and_remembered() {
    let mut now = Moment(1000);
    let short = info().replace("cfg_info:14:MC60\r\n", "");
    let mut unit = Script::new('\r', move |request: &str| match request {
        ":cfg_info:?" => vec![(30, short.clone())],
        request => fmb120(request),
    });
    let mut dialogue = dialogue(Knowledge::default());
    identified(run(&mut dialogue, &mut unit, &mut now, Operation::Identify));
    assert_eq!(count(&unit.requests, ":cfg_info"), 2);
    identified(run(&mut dialogue, &mut unit, &mut now, Operation::Identify));
    assert_eq!(count(&unit.requests, ":cfg_info"), 3);
}

#[test]
fn a_list_is_read_with_log_lines_in_it_and_secrets_stay_out_of_the_record() {
    let mut now = Moment(1000);
    let mut unit = Script::new('\r', |request: &str| {
        let noisy = |text: String| text.replace("\r\n", &format!("\r\n{NOISE}"));
        fmb120(request)
            .into_iter()
            .map(|(after, text)| (after, noisy(text)))
            .collect()
    });
    let mut dialogue = dialogue(Knowledge::default());
    let reading = reading(run(&mut dialogue, &mut unit, &mut now, Operation::ReadAll));
    assert!(reading.complete);
    assert_eq!(reading.get(&place("2004")), Some("http://a:1"));
    assert_eq!(reading.get(&place("2003")), Some("topsecret"));
    assert!(reading.secret_places.contains(&place("2003")));
    let record = dialogue.transcript().to_json_lines();
    assert!(!record.contains("topsecret"), "{record}");
    assert!(record.contains("http://a:1"));
}

#[test]
fn a_list_that_is_short_is_asked_again_and_then_given_up() {
    for broken in [1, 9] {
        let mut now = Moment(1000);
        let mut left = broken;
        let mut unit = Script::new('\r', move |request: &str| {
            let mut answers = fmb120(request);
            if request == ":cfg_getcfg" && left > 0 {
                left -= 1;
                answers = vec![(
                    30,
                    "<GET_PARAMS_START>\r\n2001:internet\r\n10050:300\r\n<GET_PARAMS_END>:4\r\n"
                        .to_owned(),
                )];
            }
            answers
        });
        let mut dialogue = dialogue(Knowledge::default());
        match run(&mut dialogue, &mut unit, &mut now, Operation::ReadAll) {
            OperationOutcome::Read(reading) => {
                assert_eq!(broken, 1);
                assert_eq!(reading.places.len(), 4);
            }
            outcome => {
                assert_eq!(broken, 9);
                assert!(matches!(failed(outcome), Fault::ReplyIncomplete { .. }));
                assert_eq!(count(&unit.requests, ":cfg_getcfg"), 4);
            }
        }
    }
}

#[test]
fn the_session_is_opened_once() {
    let mut now = Moment(1000);
    let mut unit = Script::new('\r', fmb120);
    let mut dialogue = dialogue(Knowledge::default());
    reading(run(&mut dialogue, &mut unit, &mut now, Operation::ReadAll));
    run(
        &mut dialogue,
        &mut unit,
        &mut now,
        Operation::Write(vec![write("2001", "x")]),
    );
    reading(run(&mut dialogue, &mut unit, &mut now, Operation::ReadAll));
    assert_eq!(count(&unit.requests, ":cfg_connect"), 1);
    assert_eq!(
        run(&mut dialogue, &mut unit, &mut now, Operation::End),
        OperationOutcome::Done
    );
    assert_eq!(
        unit.requests.last().map(String::as_str),
        Some(":cfg_disconnect")
    );
}

#[test]
fn the_identity_is_asked_again_before_a_write_and_before_saving() {
    let mut now = Moment(1000);
    let mut unit = Script::new('\r', fmb120);
    let mut dialogue = dialogue(Knowledge::default());
    reading(run(&mut dialogue, &mut unit, &mut now, Operation::ReadAll));
    unit.requests.clear();
    run(
        &mut dialogue,
        &mut unit,
        &mut now,
        Operation::Write(vec![write("2001", "x"), write("10050", "60")]),
    );
    assert_eq!(unit.requests, [".imei", ":cfg_setparam:2001:x;10050:60"]);
    unit.requests.clear();
    assert_eq!(
        run(&mut dialogue, &mut unit, &mut now, Operation::Save),
        OperationOutcome::Done
    );
    assert_eq!(unit.requests, [".imei", ":cfg_save"]);
}

#[test]
fn another_unit_gets_neither_a_write_nor_a_save() {
    for operation in [Operation::Write(vec![write("2001", "x")]), Operation::Save] {
        let mut now = Moment(1000);
        let mut unit = Script::new('\r', fmb120);
        let mut dialogue = dialogue(Knowledge::default());
        reading(run(&mut dialogue, &mut unit, &mut now, Operation::ReadAll));
        let other = "356868000041418";
        let mut swapped = Script::new('\r', move |request: &str| {
            fmb120(request)
                .into_iter()
                .map(|(after, text)| (after, text.replace(IMEI, other)))
                .collect()
        });
        let fault = failed(run(&mut dialogue, &mut swapped, &mut now, operation));
        assert_eq!(
            fault,
            Fault::OtherUnit {
                expected: IMEI.to_owned(),
                found: other.to_owned()
            }
        );
        assert_eq!(
            count(&swapped.requests, ":cfg_setparam") + count(&swapped.requests, ":cfg_save"),
            0
        );
    }
}

#[test]
fn a_batch_that_is_partly_refused_is_sent_singly_to_find_which() {
    let mut now = Moment(1000);
    let mut unit = Script::new('\r', |request: &str| {
        match request.strip_prefix(":cfg_setparam:") {
            Some(pairs) => {
                let taken = pairs
                    .split(';')
                    .filter(|pair| !pair.starts_with("2005:"))
                    .count();
                vec![(20, format!("<SETPARAM_RESULT>:{taken}\r\n"))]
            }
            None => fmb120(request),
        }
    });
    let mut dialogue = dialogue(Knowledge::default());
    let writes = vec![
        write("2001", "x"),
        write("2005", "70000"),
        write("10050", "60"),
    ];
    let outcome = run(&mut dialogue, &mut unit, &mut now, Operation::Write(writes));
    assert_eq!(
        outcome,
        OperationOutcome::Written {
            refused: vec![place("2005")]
        }
    );
    assert_eq!(count(&unit.requests, ":cfg_setparam"), 4);
}

#[test]
fn an_answer_without_a_number_means_all() {
    let mut now = Moment(1000);
    let mut unit = Script::new('\r', |request: &str| {
        if request.starts_with(":cfg_setparam") {
            vec![(20, "OK\r\n".to_owned())]
        } else {
            fmb120(request)
        }
    });
    let mut dialogue = dialogue(Knowledge::default());
    let writes = vec![write("2001", "x"), write("10050", "60")];
    let outcome = run(&mut dialogue, &mut unit, &mut now, Operation::Write(writes));
    assert_eq!(
        outcome,
        OperationOutcome::Written {
            refused: Vec::new()
        }
    );
}

#[test]
fn batches_keep_to_the_longest_line() {
    let mut now = Moment(1000);
    let mut unit = Script::new('\r', fmb120);
    let mut dialogue = dialogue(Knowledge::default());
    let writes: Vec<PlaceWrite> = (3000..3040)
        .map(|number| write(&number.to_string(), &"v".repeat(50)))
        .collect();
    let outcome = run(&mut dialogue, &mut unit, &mut now, Operation::Write(writes));
    assert_eq!(
        outcome,
        OperationOutcome::Written {
            refused: Vec::new()
        }
    );
    let lines: Vec<&String> = unit
        .requests
        .iter()
        .filter(|request| request.starts_with(":cfg_setparam"))
        .collect();
    assert!(lines.len() > 1);
    assert!(lines.iter().all(|line| line.len() < 1000));
    let pairs: usize = lines.iter().map(|line| line.split(';').count()).sum();
    assert_eq!(pairs, 40);
}

#[test]
fn a_secret_value_is_written_and_kept_out_of_the_record() {
    let mut now = Moment(1000);
    let mut unit = Script::new('\r', |request: &str| {
        // It repeats the request first, as some do.
        let mut answers = vec![(5, format!("{request}\r\n"))];
        answers.extend(fmb120(request));
        answers
    });
    let mut dialogue = dialogue(Knowledge::default());
    let writes = vec![write("2003", "pw"), write("2001", "x")];
    run(&mut dialogue, &mut unit, &mut now, Operation::Write(writes));
    assert!(
        unit.requests
            .iter()
            .any(|request| request.contains("2003:pw;2001:x"))
    );
    let record = dialogue.transcript().to_json_lines();
    assert!(!record.contains("2003:pw"), "{record}");
    assert!(record.contains(";2001:x"));
}

#[test]
fn a_save_that_is_refused_or_unanswered_is_not_saved() {
    for answer in ["<SAVE_CFG_RESULT>:0\r\n", ""] {
        let mut now = Moment(1000);
        let mut unit = Script::new('\r', move |request: &str| {
            if request == ":cfg_save" {
                vec![(20, answer.to_owned())]
            } else {
                fmb120(request)
            }
        });
        let mut dialogue = dialogue(Knowledge::default());
        let fault = failed(run(&mut dialogue, &mut unit, &mut now, Operation::Save));
        assert_eq!(fault, Fault::NotSaved);
    }
}

/// A unit locked by `keyword`, and how often a code was tried.
fn locked(keyword: &'static str) -> impl FnMut(&str) -> Vec<(u64, String)> {
    let mut open = false;
    let mut left = 5;
    move |request: &str| {
        if let Some(code) = request.strip_prefix(":sec_login:") {
            open = code == keyword;
            left -= u32::from(!open);
        }
        let state = format!(
            "<SECSTAT>1,1,{},{},{left}\r\n",
            u8::from(open),
            u8::from(!open)
        );
        match request {
            ":sec_status" => vec![(20, state)],
            login if login.starts_with(":sec_login") => vec![(20, state)],
            request if open => fmb120(request),
            _ => Vec::new(),
        }
    }
}

#[test]
fn a_locked_unit_without_a_code_is_named_and_nothing_is_tried() {
    let mut now = Moment(1000);
    let mut unit = Script::new('\r', locked("right"));
    let mut dialogue = dialogue(Knowledge::default());
    let fault = failed(run(&mut dialogue, &mut unit, &mut now, Operation::Identify));
    assert_eq!(
        fault,
        Fault::Locked {
            tries_left: Some(5)
        }
    );
    assert_eq!(count(&unit.requests, ":sec_login"), 0);
}

#[test]
fn the_right_code_is_sent_once_and_opens_the_unit() {
    let mut now = Moment(1000);
    let mut unit = Script::new('\r', locked("right"));
    let mut dialogue = dialogue(with_password("right"));
    let identity = identified(run(&mut dialogue, &mut unit, &mut now, Operation::Identify));
    assert_eq!(identity.id.as_str(), IMEI);
    assert_eq!(count(&unit.requests, ":sec_login"), 1);
    assert!(!dialogue.transcript().to_json_lines().contains("right"));
}

#[test]
fn a_wrong_code_is_never_sent_a_second_time() {
    let mut now = Moment(1000);
    let mut unit = Script::new('\r', locked("right"));
    let mut dialogue = dialogue(with_password("wrong"));
    for _ in 0..3 {
        let fault = failed(run(&mut dialogue, &mut unit, &mut now, Operation::Identify));
        assert_eq!(
            fault,
            Fault::CodeRefused {
                tries_left: Some(4)
            }
        );
    }
    assert_eq!(count(&unit.requests, ":sec_login"), 1);
}

#[test]
fn a_login_that_is_not_answered_is_not_repeated_either() {
    let mut now = Moment(1000);
    let mut answer = locked("right");
    let mut unit = Script::new('\r', move |request: &str| {
        let answers = answer(request);
        if request.starts_with(":sec_login") {
            Vec::new()
        } else {
            answers
        }
    });
    let mut dialogue = dialogue(with_password("wrong"));
    let fault = failed(run(&mut dialogue, &mut unit, &mut now, Operation::Identify));
    assert_eq!(
        fault,
        Fault::CodeRefused {
            tries_left: Some(4)
        }
    );
    assert_eq!(count(&unit.requests, ":sec_login"), 1);
}

#[test]
fn an_unknown_model_is_named_by_what_it_said() {
    let mut now = Moment(1000);
    let mut unit = Script::new('\r', |request: &str| {
        fmb120(request)
            .into_iter()
            .map(|(after, text)| (after, text.replace("FMB1:2", "TAT1:9")))
            .collect()
    });
    let mut dialogue = dialogue(Knowledge::default());
    let fault = failed(run(&mut dialogue, &mut unit, &mut now, Operation::Identify));
    assert!(matches!(fault, Fault::UnknownModel { said } if said.contains("TAT1:9")));
}

#[test]
fn a_unit_that_is_starting_is_asked_again() {
    let mut now = Moment(1000);
    let mut asked = 0;
    let mut unit = Script::new('\r', move |request: &str| {
        asked += 1;
        if asked < 8 {
            vec![(20, "Command not found\r\n".to_owned())]
        } else {
            fmb120(request)
        }
    });
    let mut dialogue = dialogue(Knowledge::default());
    let identity = identified(run(&mut dialogue, &mut unit, &mut now, Operation::Identify));
    assert_eq!(identity.id.as_str(), IMEI);
}

#[test]
fn a_label_that_another_unit_does_not_carry_is_noticed() {
    let mut now = Moment(1000);
    let mut unit = Script::new('\r', fmb120);
    let label = Some(Imei::parse("356868000041418").unwrap().into());
    let mut dialogue = dialogue(Knowledge {
        label,
        ..Knowledge::default()
    });
    let fault = failed(run(&mut dialogue, &mut unit, &mut now, Operation::Identify));
    assert_eq!(
        fault,
        Fault::OtherUnit {
            expected: "356868000041418".to_owned(),
            found: IMEI.to_owned()
        }
    );
}

#[test]
fn the_restart_only_leaves() {
    let mut now = Moment(1000);
    let mut unit = Script::new('\r', fmb120);
    let mut dialogue = dialogue(Knowledge::default());
    identified(run(&mut dialogue, &mut unit, &mut now, Operation::Identify));
    assert_eq!(
        run(&mut dialogue, &mut unit, &mut now, Operation::Restart),
        OperationOutcome::Sent
    );
    talk(&mut dialogue, &mut unit, &mut now, |_| true);
    assert_eq!(unit.requests.last().map(String::as_str), Some(".reset"));
}

#[test]
fn a_unit_whose_port_stays_while_it_restarts_is_given_a_new_session() {
    let mut now = Moment(1000);
    let mut open = false;
    let mut unit = Script::new('\r', move |request: &str| {
        match request {
            ":cfg_connect" => open = true,
            ".reset" => open = false,
            ":cfg_getcfg" if !open => {
                let nothing = "<GET_PARAMS_START>\r\n<GET_PARAMS_END>:0\r\n";
                return vec![(30, nothing.to_owned())];
            }
            _ => {}
        }
        fmb120(request)
    });
    let mut dialogue = dialogue(Knowledge::default());
    let before = reading(run(&mut dialogue, &mut unit, &mut now, Operation::ReadAll));
    run(&mut dialogue, &mut unit, &mut now, Operation::Restart);
    let after = reading(run(&mut dialogue, &mut unit, &mut now, Operation::ReadAll));
    assert_eq!(after, before);
    assert_eq!(count(&unit.requests, ":cfg_connect"), 2);
    assert_eq!(count(&unit.requests, ":cfg_getcfg"), 2);
}

#[test]
fn a_stranger_hears_only_the_families_identify_questions() {
    let mut now = Moment(1000);
    let mut stranger = Script::new('\r', |_: &str| vec![(5, "login incorrect\r\n".to_owned())]);
    let families = vec![
        (profile(QUECLINK), with_password("mine99")),
        (profile(FMB), with_password("code77")),
    ];
    let mut recognition = Recognition::new(families, now);
    let RecognitionEvent::Failed(fault) = recognise(&mut recognition, &mut stranger, &mut now)
    else {
        panic!("recognised a stranger");
    };
    assert_eq!(
        fault,
        Fault::NotAKnownUnit {
            heard: "login incorrect".to_owned()
        }
    );
    assert!(now.since_ms(Moment(1000)) <= 10_000);
    for request in &stranger.requests {
        for part in request.split('$').filter(|part| !part.trim().is_empty()) {
            let identify = [":cfg_info:?", ":sec_status", "AT+GTRTO=mine99,8,"];
            assert!(
                identify.iter().any(|start| part.trim().starts_with(start)),
                "{part}"
            );
        }
    }
    // The family whose question carries a person's password is asked last.
    assert!(stranger.requests[0].contains(":cfg_info:?"));
    assert!(
        !recognition
            .transcript()
            .unwrap()
            .to_json_lines()
            .contains("mine99")
    );
}

#[test]
fn a_silent_port_is_given_up_within_ten_seconds() {
    let mut now = Moment(1000);
    let mut nobody = Script::new('\r', |_: &str| Vec::new());
    let families = vec![
        (profile(FMB), Knowledge::default()),
        (profile(QUECLINK), Knowledge::default()),
    ];
    let mut recognition = Recognition::new(families, now);
    let RecognitionEvent::Failed(fault) = recognise(&mut recognition, &mut nobody, &mut now) else {
        panic!("recognised nobody");
    };
    assert_eq!(fault, Fault::Silent);
    assert!(now.since_ms(Moment(1000)) <= 10_000);
}

#[test]
fn a_unit_that_says_it_is_starting_is_not_left_for_another_family() {
    let began = Moment(1000);
    let mut now = began;
    let mut asked = 0;
    let mut unit = Script::new('\r', move |request: &str| {
        asked += 1;
        if asked <= 12 {
            vec![(20, "Command not found\r\n".to_owned())]
        } else {
            fmb120(request)
        }
    });
    let families = vec![
        (profile(FMB), Knowledge::default()),
        (profile(QUECLINK), Knowledge::default()),
    ];
    let mut recognition = Recognition::new(families, now);
    let RecognitionEvent::Recognised(_, identity) =
        recognise(&mut recognition, &mut unit, &mut now)
    else {
        panic!("a starting unit was given up");
    };
    assert_eq!(identity.id.as_str(), IMEI);
    assert_eq!(count(&unit.requests, "AT+"), 0, "{:?}", unit.requests);
}
