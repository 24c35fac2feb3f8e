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
