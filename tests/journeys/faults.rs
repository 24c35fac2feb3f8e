//! Every fault that a simulated unit can be given, through the command line: the verdict is one of those expected, the code says
//! why, and whatever is said of the unit is what the unit itself says afterwards.

use crate::desk::{Desk, Finished, Units, words};
use fleet::simulator::SimulatorFault as Wrong;
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// Units of this kind in one run of the simulator would share their fault: each fault has a simulator of its own.
struct Plugged {
    fault: Wrong,
    units: Units,
}

#[test]
fn no_fault_of_a_teltonika_unit_gives_an_untrue_green() {
    every_fault("teltonika-fmb", "fmb120");
}

#[test]
fn no_fault_of_a_queclink_unit_gives_an_untrue_green() {
    every_fault("queclink", "gv55");
}

fn every_fault(profile: &str, model: &str) {
    let desk = Desk::new();
    let plug = |name: &str, seed: usize, more: &[&str]| {
        let seed = seed.to_string();
        let mut all = vec!["--model", model, "--seed", &seed];
        all.extend(more);
        desk.plug(name, profile, &all)
    };
    // What a unit of this model holds before anybody wrote to it.
    let good = plug("good", 1, &[]);
    let former = settings(&read(&desk, &good)).expect("a good unit can be read");
    let plugged: Vec<Plugged> = Wrong::all()
        .iter()
        .enumerate()
        .map(|(index, fault)| Plugged {
            fault: *fault,
            units: plug(fault.name(), index + 2, &["--fault", fault.name()]),
        })
        .collect();
    let sandbox = desk.sandbox("carrier", &json!({ "activation_delay_ms": 200 }));

    let mut all = desk.provision("", "", &["--sandbox", &sandbox.url]);
    all.truncate(all.len() - 6);
    all.extend(["--sandbox".to_owned(), sandbox.url.clone()]);
    for each in &plugged {
        all.extend(["--port".to_owned(), each.units.port(0)]);
        all.extend(["--port-dir".to_owned(), each.units.folder()]);
    }
    let run = desk.run("bench", &words(&all));
    assert_eq!(run.code, Some(1), "some are stopped: {run:#?}");
    assert_eq!(run.one("summary")["units"], json!(plugged.len()));

    let lines: BTreeMap<String, Value> = run
        .of_type("unit")
        .into_iter()
        .map(|line| (line["port"].as_str().unwrap().to_owned(), line))
        .collect();
    let mut wrong = Vec::new();
    let afterwards = read_all(&desk, &plugged);
    for (each, after) in plugged.iter().zip(afterwards) {
        let line = &lines[&each.units.port(0)];
        let registered = sandbox.registrations();
        let times = registered
            .iter()
            .filter(|id| **id == each.units.id(0))
            .count();
        for complaint in complaints(each.fault, profile, line, after.as_ref(), &former, times) {
            wrong.push(format!("{profile} {}: {complaint}\n    {line}", each.fault));
        }
    }
    assert!(wrong.is_empty(), "{}\n{}", wrong.join("\n"), run.errors);
}

/// What is not as it should be, in words.
fn complaints(
    fault: Wrong,
    profile: &str,
    line: &Value,
    after: Option<&Value>,
    former: &Value,
    times_registered: usize,
) -> Vec<String> {
    let mut wrong = Vec::new();
    let said = (line["verdict"].as_str().unwrap(), line["fault"].as_str());
    if !expected(fault, profile).contains(&said) {
        wrong.push(format!("unexpected {said:?}; {}", fault.meaning()));
    }
    let green = said.0 == "verified";
    let registration = line["registration"].as_str().unwrap();
    if registration != if green { "active" } else { "skipped" } {
        wrong.push(format!("its registration is called {registration}"));
    }
    if times_registered != usize::from(green) {
        wrong.push(format!("it is {times_registered} times in the ledger"));
    }
    let message: Vec<&str> = line["message"]
        .as_array()
        .map(|lines| lines.iter().filter_map(Value::as_str).collect())
        .unwrap_or_default();
    if green != message.is_empty() || (!green && (message.len() != 4 || said.1 != Some(message[3])))
    {
        wrong.push("its message is not four lines with the code".to_owned());
    }
    // A unit that went on being wrong may not be readable at all; then nothing can be held against what was said.
    match (green, message.get(1), after) {
        (true, _, Some(after)) => wrong.extend(differences(&template_shown(), after)),
        (true, _, None) => wrong.push("it is green and cannot be read".to_owned()),
        (false, Some(state), Some(after))
            if (state.contains("old settings back")
                || state.starts_with("Nothing was written"))
                && !matches!(fault, Wrong::OperatorsDisagree | Wrong::OtherFirmware) =>
        {
            wrong.extend(differences(former, after));
        }
        _ => {}
    }
    wrong
}

/// Verdict and code that a fault may end in. Where the family has no such thing, the unit is simply good.
fn expected(fault: Wrong, profile: &str) -> &'static [(&'static str, Option<&'static str>)] {
    const GREEN: (&str, Option<&str>) = ("verified", None);
    let queclink = profile == "queclink";
    match fault {
        Wrong::WrongPassword if queclink => &[("needs_person", Some("D-220"))],
        Wrong::WrongPassword => &[("needs_person", Some("D-221"))],
        Wrong::Silent => &[("stopped", Some("D-201"))],
        Wrong::ModemPort => &[("needs_person", Some("D-203"))],
        Wrong::BinaryMode if queclink => &[("stopped", Some("D-204"))],
        // Bytes that mean nothing to this family: it has no binary mode to name.
        Wrong::BinaryMode => &[("stopped", Some("D-202"))],
        Wrong::NeverReturns => &[("stopped", Some("V-320"))],
        // A late answer that comes in pieces around the end of its time came in part.
        Wrong::TooSlow => &[("stopped", Some("D-210")), ("stopped", Some("D-230"))],
        Wrong::WrongBaud => &[("stopped", Some("D-201")), ("stopped", Some("D-202"))],
        Wrong::RestartsOnce if queclink => &[GREEN, ("stopped", Some("V-311"))],
        Wrong::NakAppliedOnce => &[GREEN, ("stopped", Some("V-311"))],
        Wrong::OtherFirmware => &[
            ("stopped", Some("P-401")),
            ("stopped", Some("V-311")),
            ("stopped", Some("V-310")),
        ],
        Wrong::DroppedByteOnce | Wrong::FlippedBitOnce | Wrong::InsertedByteOnce => &[
            GREEN,
            ("stopped", Some("D-210")),
            ("stopped", Some("D-230")),
            ("stopped", Some("V-312")),
        ],
        Wrong::AckNotApplied
        | Wrong::ClampedValue
        | Wrong::KeepsWrongValue
        | Wrong::SaveIgnored
        | Wrong::HalfSaved => &[("stopped", Some("V-310"))],
        // One that is never met between two starts for as long as a reading takes shows silence, or the begin of an answer, and nothing that
        // tells a start from a unit that hangs: then its question is named.
        Wrong::RestartLoop => &[
            ("stopped", Some("V-320")),
            ("stopped", Some("V-321")),
            ("stopped", Some("D-210")),
            ("stopped", Some("D-230")),
        ],
        Wrong::OtherUnit if queclink => &[("needs_person", Some("D-240"))],
        // Its port went away with it: another unit on another port is nobody's business here.
        Wrong::OtherUnit => &[("stopped", Some("V-320"))],
        Wrong::ChangesByItself => &[("stopped", Some("V-312"))],
        Wrong::PartialBatch => &[("stopped", Some("V-311"))],
        // What ends first tells: the longest line, or the time for an answer of which a part came or none.
        Wrong::EndlessLine => &[
            ("stopped", Some("D-231")),
            ("stopped", Some("D-210")),
            ("stopped", Some("D-230")),
        ],
        Wrong::CablePulledOnce
        | Wrong::Slow
        | Wrong::CutReplyOnce
        | Wrong::InsertedNoise
        | Wrong::DoubledAck
        | Wrong::LateAckOnce
        | Wrong::AckLostApplied
        | Wrong::KeepsWrongValueOnce
        | Wrong::DumpShortOnce
        | Wrong::NotReadyTwice
        | Wrong::Garbage
        | Wrong::RestartsOnce
        | Wrong::Echo
        | Wrong::SplitBytes
        | Wrong::GluedFrames
        | Wrong::OperatorsDisagree
        | Wrong::MissingSim => &[GREEN],
    }
}

/// The template as a reading shows it.
fn template_shown() -> Value {
    json!({
        "apn.name": "fleet.example", "apn.user": "example", "server.host": "gps.example.net", "server.port": 5027,
        "server.transport": "tcp", "report.moving_interval_s": 30, "report.parked_interval_s": 3600,
    })
}

/// Every setting of `wanted` that is something else in `found`.
fn differences(wanted: &Value, found: &Value) -> Vec<String> {
    let wanted = wanted.as_object().unwrap();
    wanted
        .iter()
        .filter(|(key, value)| found.get(*key) != Some(value))
        .map(|(key, value)| format!("{key} should be {value} and is {:?}", found.get(key)))
        .collect()
}

/// Reads each unit where it is now; those that answer strangely are given up after a while.
fn read_all(desk: &Desk, plugged: &[Plugged]) -> Vec<Option<Value>> {
    std::thread::scope(|readers| {
        let reading: Vec<_> = plugged
            .iter()
            .map(|each| readers.spawn(|| settings(&read(desk, &each.units))))
            .collect();
        reading
            .into_iter()
            .map(|reader| reader.join().unwrap())
            .collect()
    })
}

fn read(desk: &Desk, units: &Units) -> Option<Finished> {
    let port = units.port_if_there(0)?;
    Some(desk.run("reader", &["read", "--port", &port]))
}

fn settings(read: &Option<Finished>) -> Option<Value> {
    let read = read.as_ref().filter(|read| read.code == Some(0))?;
    Some(read.one("unit")["settings"].clone())
}
