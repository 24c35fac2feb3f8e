//! A unit that logs on the line it answers on: a log line may stand anywhere in an answer, also in the middle of a word.

use super::*;

const LOG: &str =
    "[2026.08.01 02:01:33]-[GPS.API] Lat: -23.550520, Lon: -46.633309, Alt: 851.5\r\n";
const LIST: &str = "<GET_PARAMS_START>\r\n2001:internet\r\n2003:topsecret\r\n2004:http://a:1\r\n10050:300\r\n<GET_PARAMS_END>:4\r\n";
const INFO: &str = "cfg_info:0:03.28.07\r\ncfg_info:1:12.00.00\r\ncfg_info:2:FMB1:2\r\ncfg_info:3:352094082042885\r\ncfg_info:5:1\r\ncfg_info:6:1\r\ncfg_info:8:1\r\ncfg_info:11:12\r\ncfg_info:12:1\r\ncfg_info:13:550\r\ncfg_info:14:MC60\r\n";

/// A unit whose answer to one request has a log line at byte `at`.
fn unit(request: &'static str, at: usize) -> impl FnMut(&str) -> Vec<(u64, String)> {
    move |said: &str| {
        let text = match said {
            ":cfg_info:?" => INFO,
            ".imei" => "IMEI:352094082042885\r\n",
            ":cfg_connect" => "<CFG_CONNECT>\r\n",
            ":cfg_getcfg" => LIST,
            _ => return Vec::new(),
        };
        let mut text = text.to_owned();
        if said == request && text.is_char_boundary(at) {
            text.insert_str(at, LOG);
        }
        vec![(30, text)]
    }
}

#[test]
fn a_list_with_a_log_line_at_any_byte_is_read_as_it_is() {
    for at in 0..=LIST.len() {
        let mut now = Moment(1000);
        let mut peer = Script::new('\r', unit(":cfg_getcfg", at));
        let mut dialogue = Dialogue::new(profile(FMB), Knowledge::default(), now);
        let read = reading(run(&mut dialogue, &mut peer, &mut now, Operation::ReadAll));
        for (name, value) in [
            ("2001", "internet"),
            ("2003", "topsecret"),
            ("2004", "http://a:1"),
            ("10050", "300"),
        ] {
            assert_eq!(read.get(&place(name)), Some(value), "log at {at}");
        }
        assert_eq!(read.places.len(), 4, "log at {at}");
        let asked = peer.requests.iter().filter(|each| *each == ":cfg_getcfg");
        assert_eq!(asked.count(), 1, "log at {at}: asked again");
        let record = dialogue.transcript().to_json_lines();
        assert!(!record.contains("topsecret"), "log at {at}: {record}");
    }
}

#[test]
fn a_unit_that_logs_into_its_identity_is_who_it_is() {
    for at in 0..=INFO.len() {
        let mut now = Moment(1000);
        let mut peer = Script::new('\r', unit(":cfg_info:?", at));
        let mut dialogue = Dialogue::new(profile(FMB), Knowledge::default(), now);
        let who = identified(run(&mut dialogue, &mut peer, &mut now, Operation::Identify));
        assert_eq!(who.imei.unwrap().as_str(), "352094082042885", "log at {at}");
        assert_eq!(who.variant, "fmb120", "log at {at}");
        assert_eq!(who.firmware.as_deref(), Some("03.28.07"), "log at {at}");
    }
}

/// A unit that logs a line like a parameter into each list before line `at`: `stray` says which, by the number of the list.
fn with_stray(at: usize, stray: fn(usize) -> String) -> impl FnMut(&str) -> Vec<(u64, String)> {
    let mut lists = 0;
    let mut answers = unit("", 0);
    move |said: &str| {
        if said != ":cfg_getcfg" {
            return answers(said);
        }
        lists += 1;
        let mut lines: Vec<String> = LIST.lines().map(ToOwned::to_owned).collect();
        lines.insert(at, stray(lists));
        vec![(30, format!("{}\r\n", lines.join("\r\n")))]
    }
}

fn read_with_stray(at: usize, stray: fn(usize) -> String) -> (Reading, usize) {
    let mut now = Moment(1000);
    let mut peer = Script::new('\r', with_stray(at, stray));
    let mut dialogue = Dialogue::new(profile(FMB), Knowledge::default(), now);
    let read = reading(run(&mut dialogue, &mut peer, &mut now, Operation::ReadAll));
    let asked = peer.requests.iter().filter(|each| *each == ":cfg_getcfg");
    (read, asked.count())
}

#[test]
fn a_line_of_the_log_that_reads_like_a_parameter_is_no_parameter() {
    for at in 0..=LIST.lines().count() {
        let (read, asked) = read_with_stray(at, |list| format!("12:{list}"));
        assert_eq!(
            read.get(&place("2001")),
            Some("internet"),
            "before line {at}"
        );
        assert_eq!(read.get(&place("10050")), Some("300"), "before line {at}");
        assert_eq!(read.places.len(), 4, "before line {at}");
        let inside = at > 0 && at < LIST.lines().count();
        assert_eq!(asked, if inside { 2 } else { 1 }, "before line {at}");
    }
}

#[test]
fn a_line_like_a_parameter_that_comes_alike_in_each_list_hinders_nothing() {
    for at in 1..LIST.lines().count() {
        let (read, asked) = read_with_stray(at, |_| "12:5".to_owned());
        assert_eq!(
            read.get(&place("2001")),
            Some("internet"),
            "before line {at}"
        );
        assert_eq!(
            read.get(&place("2003")),
            Some("topsecret"),
            "before line {at}"
        );
        assert_eq!(asked, 2, "before line {at}");
    }
}

/// Which of the two is the unit's cannot be told where both come each time; where one of them changes it can.
#[test]
fn a_parameter_with_two_values_is_not_guessed() {
    let (read, _) = read_with_stray(1, |_| "10050:5".to_owned());
    assert_eq!(read.get(&place("10050")), None);
    assert_eq!(read.get(&place("2001")), Some("internet"));
    let (read, _) = read_with_stray(1, |list| format!("10050:{list}"));
    assert_eq!(read.get(&place("10050")), Some("300"));
}

/// Fewer lines than the list counts are lost ones, also where as many of the log stand beside them in another list.
#[test]
fn a_list_that_lacks_lines_is_not_completed_from_the_log() {
    let mut now = Moment(1000);
    let mut peer = Script::new('\r', {
        let mut answers = unit("", 0);
        move |said: &str| match said {
            ":cfg_getcfg" => vec![(30, LIST.replace("2001:internet\r\n", ""))],
            _ => answers(said),
        }
    });
    let mut dialogue = Dialogue::new(profile(FMB), Knowledge::default(), now);
    let fault = failed(run(&mut dialogue, &mut peer, &mut now, Operation::ReadAll));
    assert!(matches!(fault, Fault::ReplyIncomplete { .. }), "{fault:?}");
}

#[test]
fn a_unit_that_still_starts_is_asked_again_whatever_its_log_writes_into_the_empty_list() {
    let mut lists = 0;
    let mut answers = unit("", 0);
    let mut now = Moment(1000);
    let mut peer = Script::new('\r', move |said: &str| {
        if said != ":cfg_getcfg" {
            return answers(said);
        }
        lists += 1;
        if lists > 3 {
            return vec![(30, LIST.to_owned())];
        }
        let empty = format!("<GET_PARAMS_START>\r\n12:{lists}\r\n<GET_PARAMS_END>:0\r\n");
        vec![(30, empty)]
    });
    let mut dialogue = Dialogue::new(profile(FMB), Knowledge::default(), now);
    let read = reading(run(&mut dialogue, &mut peer, &mut now, Operation::ReadAll));
    assert_eq!(read.get(&place("2001")), Some("internet"));
    assert_eq!(read.places.len(), 4);
}
