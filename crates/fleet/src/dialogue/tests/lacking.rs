//! Units that hold less than their family: a modem without any context, a parameter to which nothing is said, a unit that falls silent.

use super::*;

fn line_unit(
    answers: impl Fn(&str) -> Option<Vec<&'static str>>,
) -> Script<impl FnMut(&str) -> Vec<(u64, String)>> {
    Script::new('\r', move |request: &str| {
        let lines = answers(request).unwrap_or_default();
        let said: String = lines.iter().map(|line| format!("{line}\r\n")).collect();
        if said.is_empty() {
            Vec::new()
        } else {
            vec![(20, said)]
        }
    })
}

fn modem(request: &str, contexts: Vec<&'static str>) -> Option<Vec<&'static str>> {
    Some(match request {
        "AT+CGSN" => vec!["", "867322031234560", "", "OK"],
        "AT+CGMM" => vec!["", "BC26", "", "OK"],
        "AT+CGDCONT?" => contexts,
        "AT+CMEE=1" | "AT+CGDCONT=1,\"IP\",\"internet\"" => vec!["OK"],
        _ => vec!["ERROR"],
    })
}

#[test]
fn a_modem_in_which_no_context_was_ever_defined_gets_its_first_one() {
    // None at all, and only the carrier's own: neither is ours.
    for contexts in [
        vec!["", "OK"],
        vec!["+CGDCONT: 3,\"IP\",\"n.ispsn\",\"0.0.0.0\",0,0", "", "OK"],
    ] {
        let mut now = Moment(1000);
        let mut peer = line_unit(move |request| modem(request, contexts.clone()));
        let mut dialogue = Dialogue::new(profile("modem-3gpp"), Knowledge::default(), now);
        identified(run(&mut dialogue, &mut peer, &mut now, Operation::Identify));
        let reading = reading(run(&mut dialogue, &mut peer, &mut now, Operation::ReadAll));
        assert!(reading.complete);
        assert_eq!(reading.get(&place("1.apn")), Some(""));
        let asked = |peer: &Script<_>| {
            let is_it = |request: &&String| *request == "AT+CGDCONT?";
            peer.requests.iter().filter(is_it).count()
        };
        assert_eq!(asked(&peer), 2, "a bare OK counts when it comes twice");
        let written = run(
            &mut dialogue,
            &mut peer,
            &mut now,
            Operation::Write(vec![write("1.apn", "internet")]),
        );
        assert_eq!(written, OperationOutcome::Written { refused: vec![] });
        let last = peer.requests.last().unwrap();
        assert_eq!(last, "AT+CGDCONT=1,\"IP\",\"internet\"");
    }
}

#[test]
fn an_ok_that_comes_late_is_not_taken_for_an_empty_list() {
    let mut now = Moment(1000);
    let first = std::cell::Cell::new(true);
    let mut peer = line_unit(move |request| {
        if request == "AT+CGDCONT?" && first.replace(false) {
            return Some(vec!["OK"]);
        }
        modem(request, vec!["+CGDCONT: 1,\"IP\",\"catm\",\"\",0,0", "OK"])
    });
    let mut dialogue = Dialogue::new(profile("modem-3gpp"), Knowledge::default(), now);
    identified(run(&mut dialogue, &mut peer, &mut now, Operation::Identify));
    let reading = reading(run(&mut dialogue, &mut peer, &mut now, Operation::ReadAll));
    assert_eq!(reading.get(&place("1.apn")), Some("catm"));
}

fn lmu(request: &str) -> Option<Vec<&'static str>> {
    Some(match request {
        "AT$APP PARAM? 2306,0" => vec!["2306,0,isp.example", "OK"],
        "AT$APP PARAM? 2306,1" => vec!["2306,1,isp.example", "OK"],
        "AT$APP PARAM? 265,7" => return None,
        "AT$APP ESN?" => vec!["4141000100", "OK"],
        _ => vec!["ERROR"],
    })
}

#[test]
fn a_parameter_to_which_a_unit_says_nothing_is_one_that_it_does_not_show() {
    let mut now = Moment(1000);
    let mut peer = line_unit(lmu);
    let mut dialogue = Dialogue::new(profile("calamp-lmu"), Knowledge::default(), now);
    identified(run(&mut dialogue, &mut peer, &mut now, Operation::Identify));
    let reading = reading(run(&mut dialogue, &mut peer, &mut now, Operation::ReadAll));
    assert_eq!(reading.get(&place("2306,1")), Some("isp.example"));
    assert_eq!(reading.get(&place("265,7")), None);
}

#[test]
fn a_unit_that_falls_silent_in_the_middle_has_not_been_read() {
    let mut now = Moment(1000);
    let silent = std::cell::Cell::new(false);
    let mut peer = line_unit(move |request| {
        silent.set(silent.get() || request == "AT$APP PARAM? 265,7");
        if silent.get() { None } else { lmu(request) }
    });
    let mut dialogue = Dialogue::new(profile("calamp-lmu"), Knowledge::default(), now);
    identified(run(&mut dialogue, &mut peer, &mut now, Operation::Identify));
    let outcome = run(&mut dialogue, &mut peer, &mut now, Operation::ReadAll);
    assert!(matches!(failed(outcome), Fault::NoAnswer { .. }));
}
