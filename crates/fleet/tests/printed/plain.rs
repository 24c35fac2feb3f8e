//! Units that answer in plain lines and do not say what they answer: CalAmp, Suntech, bare modems, CDMA units, AirLink. Made by hand from the
//! printed lines, not from profiles.

use super::line::{Answers, Printed, line, lines};
use std::collections::BTreeMap;

/// What an LMU holds; forms of its identity questions are in no public text, so likely ones are tried.
fn lmu(esn: &'static [&'static str], numbers: &'static [&'static str], quoted: bool) -> Answers {
    let held = [
        ("2306,0", "isp.example"),
        ("2306,1", "isp.example"),
        ("2314,0", ""),
        ("2314,1", ""),
        ("2315,0", ""),
        ("2315,1", ""),
        ("2319,0", "LMU.MyCompany.com"),
        ("2319,1", "LMU.MyCompany.com"),
        ("768,0", "192.0.2.7"),
        ("769,0", "20500"),
        ("769,1", "20500"),
        ("1280,0", "17"),
        ("2313,0", "120"),
        ("2320,0", "maint.example.net"),
        ("2322,0", "86400"),
        ("262,0", "120"),
        ("265,0", "60"),
    ];
    let mut held: BTreeMap<String, String> = held
        .iter()
        .map(|(id, value)| ((*id).to_owned(), (*value).to_owned()))
        .collect();
    Box::new(move |request| {
        if let Some(parameter) = request.strip_prefix("AT$APP PARAM? ") {
            let Some(value) = held.get(parameter) else {
                return lines(&["ERROR"]);
            };
            let text = parameter.starts_with("23") && parameter.len() == 6;
            let value = if quoted
                && text
                && !parameter.starts_with("2313")
                && !parameter.starts_with("2322")
            {
                format!("\"{value}\"")
            } else {
                value.clone()
            };
            return Some(vec![format!("{parameter},{value}"), "OK".to_owned()]);
        }
        if let Some(rest) = request.strip_prefix("AT$APP PARAM ") {
            let mut parts = rest.splitn(3, ',');
            let id = format!("{},{}", parts.next()?, parts.next()?);
            let value = parts.next()?.trim_matches('"').to_owned();
            let Some(former) = held.get(&id) else {
                return lines(&["ERROR"]);
            };
            let value = match value.split_once(',') {
                // Value and mask: only these bits change.
                Some((value, mask)) => {
                    let (value, mask): (u32, u32) = (value.parse().ok()?, mask.parse().ok()?);
                    let former: u32 = former.parse().ok()?;
                    ((former & !mask) | (value & mask)).to_string()
                }
                None => value,
            };
            held.insert(id, value);
            return lines(&["OK"]);
        }
        match request {
            "AT$APP ESN?" => lines(esn),
            "ATI0" => lines(&["LMU,8.1f", "OK"]),
            "ATI1" => lines(numbers),
            // Its OK may be lost.
            "ATRESET" => None,
            _ => lines(&["ERROR"]),
        }
    })
}

const LMU_BLOCK: &[&str] = &[
    "APP:1001 10a",
    "COM:0",
    "GPS:No Time Sync",
    "INP:11100111 13.7V",
    "MID:4141000100 ESN",
    "INB:207.7.101.227:20500 LMD",
];

const LMU_SHOWN: &[(&str, &str)] = &[
    ("2306,0", "isp.example"),
    ("2306,1", "isp.example"),
    ("2319,0", "LMU.MyCompany.com"),
    ("769,0", "20500"),
    ("2313,0", "120"),
    ("1280,0", "17"),
];

const LMU_WRITES: &[(&str, &str)] = &[
    ("2306,0", "internet"),
    ("2306,1", "internet"),
    ("2313,0", "300"),
];

/// The legacy dialect over a cable: the prefix AT^, an empty number and the echo, community (1); groups documented.
fn st340(preset: &'static str, echo: bool) -> Answers {
    let head = "ST300CMD;Res;100850000;010";
    let mut stored = preset.to_owned();
    Box::new(move |request| {
        let answer = match request {
            "AT^ST300CMD;;02;ReqVer" => format!("{head};ReqVer;ST340"),
            "AT^ST300CMD;;02;Preset" => format!("{head};{stored}"),
            "AT^ST300CMD;;02;Reboot" => format!("{head};Reboot"),
            _ => {
                let (group, fields) = request.strip_prefix("AT^ST300")?.split_once(";;02;")?;
                let begin = stored.find(&format!(";{group};"))? + group.len() + 2;
                let rest = stored.get(begin..)?;
                let next = ["RPT", "EVT", "GSM", "SVC", "DEV"]
                    .iter()
                    .filter_map(|name| rest.find(&format!(";{name};")))
                    .min()
                    .unwrap_or(rest.len());
                // The marker before the stored group is kept where there is one.
                let marker = if group == "RPT" && rest.starts_with("60;180") {
                    "60;"
                } else {
                    ""
                };
                stored.replace_range(begin..begin + next, &format!("{marker}{fields}"));
                format!("ST300{group};Res;100850000;010;{fields}")
            }
        };
        if echo {
            return Some(vec![request.to_owned(), answer]);
        }
        line(answer)
    })
}

const PRINTED_PRESET: &str = "Preset;NTW;0;internet;;;111.111.111.111;8600;;;;1234;RPT;60;180;120;60;3;0;0;;;;EVT;0;1;GSM;0;SVC;1;DEV;0;0;0;0";
const CAPTURED_PRESET: &str = "PresetA;NTW;0;eseye.com;user;pass;rastreamento.inviocar.com;6011;;;;;RPT;1800;80;80;3;1200;0;0;0;0;EVT;0";

/// The universal dialect: community (1).
fn st4300() -> Answers {
    let mut held: BTreeMap<&str, String> = [
        ("00", "0"),
        ("01", "internet"),
        ("02", ""),
        ("03", ""),
        ("04", ""),
        ("05", "old.example.net"),
        ("06", "9601"),
        ("07", "0"),
        ("08", ""),
        ("09", "0"),
        ("10", "0"),
    ]
    .into_iter()
    .map(|(index, value)| (index, value.to_owned()))
    .collect();
    Box::new(move |request| {
        let answer = match request {
            "AT^$PSTVer;1416" => "$PST;Ver;ST4300;1.0.15".to_owned(),
            "AT^CMD;;03;04" | "AT^CMD;4309999001;03;04" => "RES;4309999001;03;04;1.0.15".to_owned(),
            "AT^CMD;4309999001;03;03" => "RES;4309999001;03;03".to_owned(),
            "AT^CMD;4309999001;03;05" => {
                let group: Vec<String> = held
                    .iter()
                    .map(|(index, value)| format!("{index}#{value}"))
                    .collect();
                format!(
                    "RES;4309999001;03;05;10;{};60#1E,16;00#1;01#60,17;00#0,17;00#1",
                    group.join(";")
                )
            }
            _ => {
                let pairs = request.strip_prefix("AT^PRG;4309999001;10;")?;
                for pair in pairs.split(';') {
                    let (index, value) = pair.split_once('#')?;
                    let (_, stored) = held.iter_mut().find(|(each, _)| **each == index)?;
                    value.clone_into(stored);
                }
                "RPR;4309999001;OK;10".to_owned()
            }
        };
        Some(vec![request.to_owned(), answer])
    })
}

/// A bare modem; `numbers` are the answers to its identity questions.
fn modem(
    numbers: &'static [(&'static str, &'static [&'static str])],
    contexts: &'static [&'static str],
    echo: &'static str,
) -> Answers {
    let mut apn: Option<String> = None;
    Box::new(move |request| {
        let mut said = match echo {
            "" => Vec::new(),
            end => vec![format!("{request}{end}"), String::new()],
        };
        if let Some(rest) = request.strip_prefix("AT+CGDCONT=1,\"IP\",\"") {
            apn = Some(rest.trim_end_matches('"').to_owned());
            said.push("OK".to_owned());
            return Some(said);
        }
        if request == "AT+CGDCONT?" {
            for context in contexts {
                let changed = apn.as_ref().filter(|_| context.starts_with("+CGDCONT: 1,"));
                said.push(match changed {
                    Some(apn) => context.replacen("\"catm\"", &format!("\"{apn}\""), 1),
                    None => (*context).to_owned(),
                });
            }
            said.extend([String::new(), "OK".to_owned()]);
            return Some(said);
        }
        let known = numbers.iter().find(|(question, _)| *question == request);
        match known {
            Some((_, answer)) => said.extend(answer.iter().map(|line| (*line).to_owned())),
            None if request == "AT" || request == "AT+CFUN=1,1" => said.push("OK".to_owned()),
            None => said.push("ERROR".to_owned()),
        }
        Some(said)
    })
}

/// Quectel: the answer with one more question of its own, columns behind the APN as in its manual.
fn quectel() -> Answers {
    modem(
        &[
            ("AT+CGSN", &["", "867322031234560", "", "OK"]),
            ("AT+CGMM", &["", "BC26", "", "OK"]),
            ("AT+CGMR", &["", "BC26NAR01A07", "", "OK"]),
            ("AT+CCID", &["", "+CME ERROR: 4"]),
            ("AT+QCCID", &["", "+QCCID: 8986011200000000001F", "", "OK"]),
        ],
        &[
            "+CGDCONT: 1,\"IP\",\"catm\",\"\",0,0,0,0",
            "+CGDCONT: 3,\"IPV4V6\",\"n.ispsn\",\"0.0.0.0\",0,0",
        ],
        "",
    )
}

/// SIMCom, with its echo as some modules show it.
fn simcom() -> Answers {
    modem(
        &[
            ("AT+CGSN", &["867322031234560", "", "OK"]),
            ("AT+CGMM", &["SIMCOM_SIM7600E", "", "OK"]),
            ("AT+CGMR", &["+CGMR: LE20B04SIM7600E", "", "OK"]),
            ("AT+CICCID", &["+ICCID: 89011200000000000017", "", "OK"]),
        ],
        &["+CGDCONT: 1,\"IP\",\"catm\",\"0.0.0.0\",0,0,,,,"],
        "\r",
    )
}

/// Telit: plain echo, another word for the SIM's number.
fn telit() -> Answers {
    modem(
        &[
            ("AT+CGSN", &["", "867322031234560", "", "OK"]),
            ("AT+CGMM", &["", "ME910C1-WW", "", "OK"]),
            ("AT+CGMR", &["", "30.00.003", "", "OK"]),
            ("AT#CCID", &["", "#CCID: 89011200000000000017", "", "OK"]),
        ],
        &["+CGDCONT: 1,\"IP\",\"catm\",\"\",0,0"],
        "\r",
    )
}

/// u-blox: a software version stands behind the fourteen digits, and the SIM's number is quoted.
fn ublox() -> Answers {
    modem(
        &[
            ("AT+CGSN", &["", "8673220312345601", "", "OK"]),
            ("AT+CGMM", &["", "SARA-R410M-02B", "", "OK"]),
            ("AT+CGMR", &["", "L0.0.00.00.05.08", "", "OK"]),
            (
                "AT+CCID",
                &["", "+CCID: \"89011200000000000017\"", "", "OK"],
            ),
        ],
        &["+CGDCONT: 1,\"IP\",\"catm\",\"\",0,0,0,0"],
        "\r",
    )
}

/// A module that names what it answers.
fn named_number() -> Answers {
    modem(
        &[
            ("AT+CGSN", &["", "+CGSN:867322031234560", "", "OK"]),
            ("AT+CGMM", &["", "Quectel_BC26", "", "OK"]),
        ],
        &["+CGDCONT: 1,\"IP\",\"catm\",\"\",0,0,0,0"],
        "",
    )
}

const MODEM_LINES: &[&str] = &[
    "+CREG: 1",
    "+CGREG: 0",
    "+CPIN: READY",
    "RDY",
    "SMS Ready",
    "Call Ready",
];
const MODEM_SHOWN: &[(&str, &str)] = &[("1.apn", "catm"), ("1.type", "IP")];
const MODEM_WRITES: &[(&str, &str)] = &[("1.apn", "internet")];

/// A CDMA unit: answers to its identity questions.
fn cdma(numbers: &'static [(&'static str, &'static [&'static str])]) -> Answers {
    Box::new(move |request| {
        let known = numbers.iter().find(|(question, _)| *question == request);
        match known {
            Some((_, answer)) => lines(answer),
            None => lines(&["ERROR"]),
        }
    })
}

/// The sessions over the air say what they do between other answers: documented.
const OVER_THE_AIR: &[&str] = &["#904", "#905", "#906", "#907"];

fn airlink(echo: bool, ok: &'static str) -> Answers {
    let mut held: BTreeMap<String, String> = [
        ("PPTIME", "60"),
        ("PPDIST", "0"),
        ("NETAPN", "broadband"),
        ("PPIP", "192.0.2.9"),
        ("PPPORT", "22335"),
    ]
    .into_iter()
    .map(|(name, value)| (name.to_owned(), value.to_owned()))
    .collect();
    Box::new(move |request| {
        let mut said = if echo {
            vec![request.to_owned(), String::new()]
        } else {
            Vec::new()
        };
        if request == "AT+GSN" {
            said.extend(["352094082042885".to_owned(), ok.to_owned()]);
            return Some(said);
        }
        let register = request.strip_prefix("AT*");
        let Some(register) = register else {
            said.push(if ok == "0" { "4" } else { "ERROR" }.to_owned());
            return Some(said);
        };
        if let Some(value) = register.strip_suffix('?').and_then(|name| held.get(name)) {
            said.extend([value.clone(), ok.to_owned()]);
            return Some(said);
        }
        if let Some((name, value)) = register.split_once('=') {
            held.insert(name.to_owned(), value.to_owned());
            said.push(ok.to_owned());
            return Some(said);
        }
        said.push(if ok == "0" { "4" } else { "ERROR" }.to_owned());
        Some(said)
    })
}

/// A unit of plain lines; everything that is alike in them.
pub const fn plain(
    name: &'static str,
    family: &'static str,
    (variant, id): (&'static str, &'static str),
    unit: fn() -> Answers,
) -> Printed {
    Printed {
        name,
        family,
        variant,
        id,
        label: None,
        password: None,
        ends: b"\r\n",
        line_end: "\r\n",
        unsolicited: &[],
        shown: &[],
        writes: &[],
        shows_again: true,
        unit,
    }
}

const fn calamp(name: &'static str, id: &'static str, unit: fn() -> Answers) -> Printed {
    Printed {
        unsolicited: LMU_BLOCK,
        shown: LMU_SHOWN,
        writes: LMU_WRITES,
        ..plain(name, "calamp-lmu", ("lmu", id), unit)
    }
}

const fn bare(name: &'static str, unit: fn() -> Answers) -> Printed {
    Printed {
        unsolicited: MODEM_LINES,
        shown: MODEM_SHOWN,
        writes: MODEM_WRITES,
        ..plain(name, "modem-3gpp", ("modem", "867322031234560"), unit)
    }
}

const fn suntech(name: &'static str, unit: fn() -> Answers) -> Printed {
    Printed {
        unsolicited: &["ST300STT;100850000;010;20090724;07:12:16;00129;+37.126.885815;"],
        ..plain(name, "suntech", ("st300", "100850000"), unit)
    }
}

pub const UNITS: &[Printed] = &[
    calamp("an LMU with a bare number", "352094082042885", || {
        lmu(
            &["4141000100", "OK"],
            &["IMEI: 352094082042885", "ICCID: 89011200000000000017", "OK"],
            false,
        )
    }),
    calamp(
        "an LMU that names its numbers and quotes texts",
        "352094082042885",
        || {
            lmu(
                &["ESN: 4141000100", "OK"],
                &[
                    "ESN:     4141000100",
                    "IMEI:    352094082042885",
                    "ICC-ID:  89011200000000000017",
                    "OK",
                ],
                true,
            )
        },
    ),
    calamp(
        "an LMU that tells its number in ATI1 only",
        "352094082042885",
        || {
            lmu(
                &["ERROR"],
                &["ESN:4141000100", "IMEI:352094082042885", "OK"],
                false,
            )
        },
    ),
    Printed {
        shown: &[
            ("NTW.apn", "internet"),
            ("NTW.host", "111.111.111.111"),
            ("NTW.port", "8600"),
            ("NTW.pin", "1234"),
            ("RPT.parked", "180"),
            ("RPT.driving", "120"),
            ("RPT.emergency", "60"),
        ],
        writes: &[("RPT.driving", "90"), ("NTW.host", "track.example.net")],
        ..suntech("an ST340 with its printed preset and echo", || {
            st340(PRINTED_PRESET, true)
        })
    },
    Printed {
        shown: &[
            ("NTW.apn", "eseye.com"),
            ("NTW.host", "rastreamento.inviocar.com"),
            ("RPT.parked", "1800"),
            ("RPT.driving", "80"),
            ("RPT.distance", "1200"),
        ],
        writes: &[("RPT.parked", "3600")],
        ..suntech("an ST340 with a captured preset, without echo", || {
            st340(CAPTURED_PRESET, false)
        })
    },
    Printed {
        unsolicited: &["STT;4309999001;3FFFFF;95;1.0.15;1;20260815;03:10:12;0000"],
        shown: &[
            ("01", "internet"),
            ("05", "old.example.net"),
            ("06", "9601"),
        ],
        writes: &[("01", "iot.example"), ("05", "track.example.net")],
        ..plain(
            "an ST4300",
            "suntech-universal",
            ("universal", "4309999001"),
            st4300,
        )
    },
    bare("a Quectel modem", quectel),
    bare("a SIMCom modem", simcom),
    bare("a Telit modem", telit),
    bare("a u-blox modem", ublox),
    bare("a modem that names its number", named_number),
    Printed {
        unsolicited: OVER_THE_AIR,
        ..plain(
            "a Telit CC864",
            "sprint-cdma",
            ("meid", "A1000032B9F1C0"),
            || {
                cdma(&[
                    ("AT+GSN", &["80A1B2C3", "OK"]),
                    ("AT#MEID?", &["#MEID: A10000,32B9F1C0", "OK"]),
                ])
            },
        )
    },
    Printed {
        unsolicited: OVER_THE_AIR,
        ..plain(
            "a Huawei MC509",
            "sprint-cdma",
            ("meid", "A0C72311111111"),
            || {
                cdma(&[
                    ("AT+GSN", &["80A1B2C3", "OK"]),
                    ("AT^MEID", &["^MEID:A0C72311111111", "OK"]),
                ])
            },
        )
    },
    plain(
        "an AirLink that echoes",
        "airlink",
        ("airlink", "352094082042885"),
        || airlink(true, "OK"),
    ),
    Printed {
        shown: &[("PPTIME", "60"), ("NETAPN", "broadband")],
        writes: &[("PPTIME", "120")],
        ..plain(
            "an AirLink with numbers for words",
            "airlink",
            ("airlink", "352094082042885"),
            || airlink(false, "0"),
        )
    },
];

/// It says no to the question that most modems know.
pub const DE910: Printed = Printed {
    unsolicited: OVER_THE_AIR,
    ..plain(
        "a Telit DE910 that knows only its own question",
        "sprint-cdma",
        ("meid", "A1000049AB9082"),
        || cdma(&[("AT#MEID?", &["#MEID: A1000049AB9082", "OK"])]),
    )
};
