//! Keywords that were given for single units: the one of the unit that answers is sent, once, and nobody else's.

use super::*;
use crate::ids::Imei;

const IMEI: &str = "352094082042885";
const OTHER: &str = "356868000041418";

/// What a locked unit answers before it is opened.
#[derive(Clone, Copy)]
enum Tells {
    Nothing,
    /// `.imei` only.
    Number,
    /// Everything about itself; only its settings are closed.
    All,
}

fn locked(tells: Tells, keyword: &'static str) -> impl FnMut(&str) -> Vec<(u64, String)> {
    let mut open = false;
    let mut left = 5;
    move |request: &str| {
        if let Some(code) = request.strip_prefix(":sec_login:") {
            open = code == keyword;
            left -= u32::from(!open);
        }
        let info: String = [
            "0:03.28.07",
            "1:12.00.00",
            "2:FMB1:2",
            "3:352094082042885",
            "5:1",
            "6:1",
            if open { "8:1" } else { "8:0" },
            "11:12",
            "12:1",
            "13:550",
            "14:MC60",
        ]
        .iter()
        .map(|line| format!("cfg_info:{line}\r\n"))
        .collect();
        let text = match (request, tells) {
            (":sec_status", _) => {
                format!(
                    "<SECSTAT>1,1,{},{},{left}\r\n",
                    u8::from(open),
                    u8::from(!open)
                )
            }
            (login, _) if login.starts_with(":sec_login") => {
                format!(
                    "<SECSTAT>1,1,{},{},{left}\r\n",
                    u8::from(open),
                    u8::from(!open)
                )
            }
            (".imei", Tells::Number | Tells::All) => format!("IMEI:{IMEI}\r\n"),
            (":cfg_info:?", Tells::All) => info,
            (".imei", _) if open => format!("IMEI:{IMEI}\r\n"),
            (":cfg_info:?", _) if open => info,
            (":cfg_connect", _) if open => "<CFG_CONNECT>\r\n".to_owned(),
            (":cfg_getcfg", _) if open => {
                "<GET_PARAMS_START>\r\n2001:internet\r\n<GET_PARAMS_END>:1\r\n".to_owned()
            }
            _ => return Vec::new(),
        };
        vec![(30, text)]
    }
}

fn knowing(keywords: &[(&str, &str)], family: Option<&str>) -> Knowledge {
    let keywords = keywords
        .iter()
        .map(|(id, keyword)| ((*id).to_owned(), Secret::new(*keyword)));
    Knowledge {
        password: family.map(Secret::new),
        keywords: Arc::new(keywords.collect()),
        ..Knowledge::default()
    }
}

fn logins(requests: &[String]) -> Vec<&str> {
    requests
        .iter()
        .filter_map(|request| request.strip_prefix(":sec_login:"))
        .collect()
}

#[test]
fn the_keyword_of_the_unit_that_answers_is_found_by_its_number() {
    for tells in [Tells::Number, Tells::All] {
        for family in [None, Some("of the family")] {
            let mut now = Moment(1000);
            let mut unit = Script::new('\r', locked(tells, "its own"));
            let known = knowing(&[(IMEI, "its own"), (OTHER, "another's")], family);
            let mut dialogue = Dialogue::new(profile(FMB), known, now);
            identified(run(&mut dialogue, &mut unit, &mut now, Operation::Identify));
            let read = run(&mut dialogue, &mut unit, &mut now, Operation::ReadAll);
            assert!(matches!(read, OperationOutcome::Read(_)), "{read:?}");
            assert_eq!(logins(&unit.requests), ["its own"]);
            let said = dialogue.transcript().to_json_lines();
            assert!(!said.contains("its own") && !said.contains("another's"));
        }
    }
}

#[test]
fn a_keyword_of_another_unit_is_never_sent() {
    for tells in [Tells::Nothing, Tells::Number] {
        let mut now = Moment(1000);
        let mut unit = Script::new('\r', locked(tells, "its own"));
        let known = knowing(&[(OTHER, "another's")], None);
        let mut dialogue = Dialogue::new(profile(FMB), known, now);
        let fault = failed(run(&mut dialogue, &mut unit, &mut now, Operation::Identify));
        let tries_left = Some(5);
        assert_eq!(fault, Fault::Locked { tries_left });
        assert!(logins(&unit.requests).is_empty());
    }
}

#[test]
fn the_label_tells_whose_keyword_it_is_where_the_unit_does_not() {
    let mut now = Moment(1000);
    let mut unit = Script::new('\r', locked(Tells::Nothing, "its own"));
    let mut known = knowing(&[(IMEI, "its own"), (OTHER, "another's")], None);
    known.label = Some(Imei::parse(IMEI).unwrap().into());
    let mut dialogue = Dialogue::new(profile(FMB), known, now);
    identified(run(&mut dialogue, &mut unit, &mut now, Operation::Identify));
    assert_eq!(logins(&unit.requests), ["its own"]);
}
