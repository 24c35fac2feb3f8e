//! Units that keep to the notes in a less usual way: no word behind an answer, numbers for words, other numbers than expected, short lists,
//! a log beside the port that sets them. Made by hand, not from profiles.

use super::line::{Answers, Printed, line, lines, shipped};
use super::plain::plain;
use fleet::dialogue::{Recognition, RecognitionEvent};
use fleet::{Fault, Knowledge, Moment};
use std::collections::BTreeMap;
use std::sync::Arc;

/// AirLink registers. `ok` and `no` stand behind an answer or for it; none with Q=1: documented.
fn airlink(time: &str, ok: Option<&'static str>, no: Option<&'static str>) -> Answers {
    let registers = [
        ("PPTIME", time),
        ("PPDIST", time),
        ("PPIP", "192.0.2.9"),
        ("NETAPN", "broadband"),
        ("PPPORT", "22335"),
    ];
    let mut held: BTreeMap<&str, String> = registers
        .into_iter()
        .map(|(name, value)| (name, value.to_owned()))
        .collect();
    let word = |word: Option<&str>| word.map(|word| vec![word.to_owned()]);
    Box::new(move |request| {
        let answer =
            |text: &str| Some([vec![text.to_owned()], word(ok).unwrap_or_default()].concat());
        if request == "AT+GSN" {
            return answer("352094082042885");
        }
        let Some(register) = request.strip_prefix("AT*") else {
            return word(no);
        };
        if let Some(name) = register.strip_suffix('?') {
            return match held.get(name) {
                Some(value) => answer(value),
                None => word(no),
            };
        }
        let (name, value) = register.split_once('=')?;
        match held.get_mut(name) {
            Some(former) => {
                value.clone_into(former);
                word(ok)
            }
            None => word(no),
        }
    })
}

/// The universal dialect with the numbers that are given, in their order: which ones a firmware shows is not published.
fn universal(mut held: Vec<(&'static str, String)>, behind: &'static str) -> Answers {
    Box::new(move |request| {
        line(match request {
            "AT^CMD;;03;04" => "RES;4309999001;03;04;1.0.15".to_owned(),
            "AT^CMD;4309999001;03;03" => "RES;4309999001;03;03".to_owned(),
            "AT^CMD;4309999001;03;05" => {
                let pairs: Vec<String> = held
                    .iter()
                    .map(|(index, value)| format!("{index}#{value}"))
                    .collect();
                format!("RES;4309999001;03;05;10;{}{behind}", pairs.join(";"))
            }
            _ => {
                for pair in request.strip_prefix("AT^PRG;4309999001;10;")?.split(';') {
                    let (index, value) = pair.split_once('#')?;
                    value.clone_into(&mut held.iter_mut().find(|(each, _)| *each == index)?.1);
                }
                "RPR;4309999001;OK;10".to_owned()
            }
        })
    })
}

fn of(pairs: &[(&'static str, &str)]) -> Vec<(&'static str, String)> {
    let owned = |(index, value): &(&'static str, &str)| (*index, (*value).to_owned());
    pairs.iter().map(owned).collect()
}

/// BC26 answers the plain question with the maker's own number: documented.
fn bc26() -> Answers {
    let mut apn = "catm".to_owned();
    Box::new(move |request| {
        if let Some(rest) = request.strip_prefix("AT+CGDCONT=1,\"IP\",\"") {
            rest.trim_end_matches('"').clone_into(&mut apn);
            return lines(&["OK"]);
        }
        match request {
            "AT+CGSN" => lines(&["", "MPA18C26R000123", "", "OK"]),
            "AT+CGSN=1" => lines(&["", "+CGSN: 867322031234560", "", "OK"]),
            "AT+CGMM" => lines(&["", "BC26", "", "OK"]),
            "AT+CGMR" => lines(&["", "BC26NAR01A07", "", "OK"]),
            "AT+CGDCONT?" => Some(vec![
                format!("+CGDCONT: 1,\"IP\",\"{apn}\",\"\",0,0,,,,"),
                "OK".to_owned(),
            ]),
            "AT" | "AT+CMEE=1" | "AT+CFUN=1,1" => lines(&["OK"]),
            _ => lines(&["+CME ERROR: 4"]),
        }
    })
}

fn decimal_meid() -> Answers {
    Box::new(|request| match request {
        // A1000043D20139 in its decimal form.
        "AT+GSN" => lines(&["270113184313762873", "OK"]),
        _ => lines(&["ERROR"]),
    })
}

const UNIVERSAL_NOISE: &[&str] = &["STT;4309999001;3FFFFF;95;1.0.15;1;20260815;03:10:12;0000"];

const fn air(name: &'static str, unit: fn() -> Answers) -> Printed {
    Printed {
        writes: &[("PPTIME", "120"), ("PPIP", "192.0.2.44")],
        ..plain(name, "airlink", ("airlink", "352094082042885"), unit)
    }
}

const fn st(name: &'static str, unit: fn() -> Answers) -> Printed {
    Printed {
        unsolicited: UNIVERSAL_NOISE,
        ..plain(name, "suntech-universal", ("universal", "4309999001"), unit)
    }
}

pub const UNITS: &[Printed] = &[
    Printed {
        shown: &[("PPTIME", "60"), ("PPDIST", "60"), ("PPIP", "192.0.2.9")],
        ..air("an AirLink that says no word behind its answers", || {
            airlink("60", None, None)
        })
    },
    Printed {
        shown: &[("PPTIME", "4"), ("PPDIST", "4"), ("PPIP", "192.0.2.9")],
        ..air(
            "an AirLink with numbers for words and a value that is one of them",
            || airlink("4", Some("0"), Some("4")),
        )
    },
    Printed {
        shown: &[("PPTIME", "0"), ("PPDIST", "0"), ("PPIP", "192.0.2.9")],
        ..air(
            "an AirLink whose value is the number that ends an answer",
            || airlink("0", Some("0"), Some("4")),
        )
    },
    Printed {
        shown: &[
            ("01", "internet"),
            ("05", "old.example.net"),
            ("06", "9601"),
        ],
        writes: &[("01", "iot.example"), ("06", "9602")],
        ..st(
            "an ST4300 that shows few numbers and nothing behind them",
            || {
                universal(
                    of(&[
                        ("01", "internet"),
                        ("02", ""),
                        ("03", ""),
                        ("05", "old.example.net"),
                        ("06", "9601"),
                    ]),
                    "",
                )
            },
        )
    },
    Printed {
        shown: &[
            ("00", "1"),
            ("05", "old.example.net"),
            ("09", "9601"),
            ("60", "1E"),
        ],
        writes: &[("05", "track.example.net"), ("09", "9602")],
        ..st(
            "an ST8300 that shows more numbers and many sections",
            || {
                universal(
                    of(&[
                        ("00", "1"),
                        ("01", "internet"),
                        ("02", "user"),
                        ("03", "pass"),
                        ("04", ""),
                        ("05", "old.example.net"),
                        ("06", "9601"),
                        ("07", "0"),
                        ("08", "backup.example.net"),
                        ("09", "9601"),
                        ("10", "0"),
                        ("14", "1"),
                        ("15", "agps.example.net"),
                        ("52", "0"),
                        ("60", "1E"),
                        ("71", "0"),
                    ]),
                    ",16;00#1;01#60,17;00#0,17;00#1,17;00#2",
                )
            },
        )
    },
    Printed {
        unsolicited: &["+CREG: 1", "RDY"],
        shown: &[("1.apn", "catm")],
        writes: &[("1.apn", "internet")],
        ..plain(
            "a BC26 whose plain number is no IMEI",
            "modem-3gpp",
            ("modem", "867322031234560"),
            bc26,
        )
    },
    plain(
        "a CDMA unit that tells its MEID in decimal digits",
        "sprint-cdma",
        ("meid", "A1000043D20139"),
        decimal_meid,
    ),
];

/// Of the two ports of such a unit one shows its log only: community (1).
pub fn a_port_that_only_logs() -> Fault {
    let log = [
        "[2026.08.01 02:01:15]-[MODEM.STATUS] SIM: detectado",
        "[2026.08.01 02:01:33]-[GPS.API] Lat: -23.550520, Lon: -46.633309, Alt: 851.5",
        "[2026.08.01 02:01:47]-[LiPo] ExtV: 12368mV",
        "[2026.08.01 02:01:06]-[READ_ASCII] IMEI: 352093081540152",
    ];
    let families = shipped().all();
    let families = families.map(|each| (Arc::clone(each), Knowledge::default()));
    let mut now = Moment(1000);
    let mut recognition = Recognition::new(families.collect(), now);
    for round in 0.. {
        while recognition.take_outgoing().is_some() {}
        match recognition.next_event() {
            Some(RecognitionEvent::Failed(fault)) => return fault,
            Some(RecognitionEvent::Recognised(_, identity)) => panic!("{identity:?}"),
            None => {}
        }
        assert!(now.since_ms(Moment(1000)) <= 11_000);
        if round % 20 == 0 {
            let text = format!("{}\r\n", log[round / 20 % log.len()]);
            recognition.receive(text.as_bytes(), now);
        }
        now = now.plus_ms(10);
        recognition.timeout(now);
    }
    Fault::Silent
}
