//! Units that mark their answers: Teltonika and both Queclink dialects. Made by hand from the printed lines, not from profiles.

use super::line::{Answers, Printed, line, lines};
use std::collections::BTreeMap;

fn memory(held: &[(&str, &str)]) -> BTreeMap<String, String> {
    held.iter()
        .map(|(place, text)| ((*place).to_owned(), (*text).to_owned()))
        .collect()
}

/// What the public captures of the Configurator's language show of a unit: community (1 to 3).
const FMB120: [(&str, &str); 44] = [
    ("1000", "30"),
    ("2000", "1"),
    ("2001", "wap"),
    ("2002", "user"),
    ("2003", "pass"),
    ("2004", "old.example.net"),
    ("2005", "5027"),
    ("2006", "0"),
    ("2007", ""),
    ("2008", "0"),
    ("2009", "0"),
    ("2010", "0"),
    ("10000", "3600"),
    ("10004", "1"),
    ("10005", "120"),
    ("10050", "300"),
    ("10051", "100"),
    ("10052", "10"),
    ("10053", "10"),
    ("10054", "1"),
    ("10055", "120"),
    ("10100", "3600"),
    ("10104", "1"),
    ("10105", "120"),
    ("10150", "300"),
    ("10151", "100"),
    ("10152", "10"),
    ("10153", "10"),
    ("10154", "1"),
    ("10155", "120"),
    ("10200", "3600"),
    ("10204", "1"),
    ("10205", "120"),
    ("10250", "300"),
    ("10251", "100"),
    ("10252", "10"),
    ("10253", "10"),
    ("10254", "1"),
    ("10255", "120"),
    ("19501", "3600"),
    ("30000", "4.100000"),
    ("30001", ""),
    ("30002", "a,b"),
    ("30003", "0"),
];

/// Firmware that counts what it took, or only says OK; with all lines of its table, or some.
fn teltonika(says_ok: bool, short_table: bool, locked: bool) -> Answers {
    let mut ram = memory(&FMB120);
    let mut flash = ram.clone();
    let mut connected = false;
    let mut open = !locked;
    Box::new(move |request| {
        if request == ".imei" {
            return lines(&["IMEI:352094082042885"]);
        }
        if request == ":sec_status" {
            let locked = u8::from(!open);
            return line(format!(
                "<SECSTAT>1,{},{},{locked},5",
                u8::from(locked == 1),
                u8::from(open)
            ));
        }
        if request == ":sec_login:4711" {
            open = true;
            return lines(&["<SECSTAT>1,1,1,0,5"]);
        }
        if !open {
            return None;
        }
        match request {
            ":cfg_info:?" if short_table => lines(&[
                "cfg_info:0:04.00.00",
                "cfg_info:1:12.00.00",
                "cfg_info:2:FMB1:2",
                "cfg_info:3:352094082042885",
            ]),
            ":cfg_info:?" => lines(&[
                "cfg_info:0:04.00.00",
                "cfg_info:1:12.00.00",
                "cfg_info:2:FMB1:2",
                "cfg_info:3:352094082042885",
                "cfg_info:5:1",
                "cfg_info:6:1",
                "cfg_info:8:1",
                "cfg_info:11:12",
                "cfg_info:12:2",
                "cfg_info:13:550",
                "cfg_info:14:SIM868",
            ]),
            ":cfg_connect" => {
                connected = true;
                lines(&["<CFG_CONNECT>"])
            }
            ":cfg_getcfg" if connected => {
                let mut list = vec!["<GET_PARAMS_START>".to_owned()];
                list.extend(ram.iter().map(|(id, value)| format!("{id}:{value}")));
                list.push(format!("<GET_PARAMS_END>:{}", ram.len()));
                Some(list)
            }
            ":cfg_save" if connected => {
                flash.clone_from(&ram);
                lines(&["<SAVE_CFG_RESULT>:1"])
            }
            ".reset" => {
                ram.clone_from(&flash);
                connected = false;
                None
            }
            _ => {
                let pairs = request
                    .strip_prefix(":cfg_setparam:")
                    .filter(|_| connected)?;
                let mut taken = 0;
                for pair in pairs.split(';') {
                    let (id, value) = pair.split_once(':')?;
                    if ram.contains_key(id) {
                        ram.insert(id.to_owned(), value.to_owned());
                        taken += 1;
                    }
                }
                if says_ok {
                    lines(&["OK"])
                } else {
                    line(format!("<SETPARAM_RESULT>:{taken}"))
                }
            }
        }
    })
}

/// Log lines of a capture, in its own language: community (1).
const TELTONIKA_LOG: &[&str] = &[
    "[2026.08.01 02:01:15]-[MODEM.STATUS] SIM: detectado",
    "[2026.08.01 02:01:33]-[GPS.API] Lat: -23.550520, Lon: -46.633309, Alt: 851.5",
    "[2026.08.01 02:01:47]-[LiPo] ExtV: 12368mV",
    "[2026.08.01 02:01:30]-[NETWORK] Socket Opened",
    "[2026.08.01 02:01:31]-[REC.GEN] Record Content:",
    "Record Size: 62",
];

fn fmb120_counts() -> Answers {
    teltonika(false, false, false)
}

fn fmb120_says_ok() -> Answers {
    teltonika(true, true, false)
}

fn fmb120_locked() -> Answers {
    teltonika(false, false, true)
}

const TELTONIKA_SHOWN: &[(&str, &str)] = &[
    ("2001", "wap"),
    ("2003", "pass"),
    ("10255", "120"),
    ("30000", "4.100000"),
    ("30001", ""),
];
const TELTONIKA_WRITES: &[(&str, &str)] = &[
    ("2001", "apn"),
    ("2004", "host"),
    ("2005", "5027"),
    ("10050", "60"),
];

/// The serial number of a request for an `@Track` unit.
fn serial(request: &str) -> &str {
    let fields = request.trim_end_matches('$').rsplit(',');
    fields.into_iter().next().unwrap_or_default()
}

/// One model of the classic dialect: head of its frames, name, password, and what it stores.
struct Track {
    protocol: &'static str,
    id: &'static str,
    name: &'static str,
    password: &'static str,
    version: &'static str,
    iccid: &'static str,
    /// What the acknowledgement of a read calls it.
    read_word: &'static str,
    stored: &'static [(&'static str, &'static str)],
}

fn track(model: &'static Track) -> Answers {
    let mut stored = memory(model.stored);
    let Track {
        protocol,
        id,
        name,
        password,
        version,
        iccid,
        read_word,
        ..
    } = *model;
    let head = format!("{protocol},{id},{name}");
    let time = "20161006053520,0C19$";
    Box::new(move |request| {
        let command = request.strip_prefix("AT+GT")?;
        let number = serial(request).to_owned();
        let (word, rest) = command.split_once('=')?;
        let mut fields: Vec<&str> = rest.trim_end_matches('$').split(',').collect();
        if fields.first() != Some(&password) {
            return None;
        }
        let ack = |word: &str| format!("+ACK:GTRTO,{head},{word},{number},{time}");
        if word == "RTO" {
            return match (fields.get(1).copied(), fields.get(2).copied()) {
                (Some("8"), _) => Some(vec![
                    ack("VER"),
                    format!("+RESP:GTVER,{head},{version},20161007041531,10F8$"),
                ]),
                (Some("6"), _) => Some(vec![
                    ack("CID"),
                    format!("+RESP:GTCID,{head},{iccid},20100214093254,11F0$"),
                ]),
                (Some("2"), Some(command)) => {
                    let held = stored.get(command)?;
                    Some(vec![
                        ack(read_word),
                        format!("+RESP:GTALS,{head},{command},{held},20161027164723,02A4$"),
                    ])
                }
                (Some("3"), _) => Some(vec![ack("REBOOT")]),
                _ => None,
            };
        }
        let held = stored.get(word)?;
        fields.remove(0);
        fields.pop();
        // A short or long list is refused, and refusal is silence.
        if held.split(',').count() != fields.len() {
            return None;
        }
        stored.insert(word.to_owned(), fields.join(","));
        line(format!(
            "+ACK:GT{word},{head},{number},20100310172830,11F0$"
        ))
    })
}

/// Reports that come between: documented and captured.
const TRACK_REPORTS: &[&str] = &[
    "+ACK:GTHBD,1A0401,135790246811220,,20100214093254,11F0$",
    "+RESP:GTPDP,1A0800,860599000773978,GL300,20161006053520,0C19$",
    "+RESP:GTINF,1A0800,860599000773978,GL300,41,89701016426133851978,17,0,0,0,,4.1,0,0,,,20161006053520,0C19$",
    "+BUFF:GTFRI,1A0800,860599000773978,GL300,0,0,1,1,4.3,92,70.0,121.354335,31.222073,20130311015445,0460,0000,18d8,6141,00,20130312183936,11F0$",
];

static GL300: Track = Track {
    protocol: "1A0800",
    id: "860599000773978",
    name: "GL300",
    password: "gl300",
    version: "GL300,0A03,0103",
    iccid: "898600810906F8048812",
    read_word: "READ",
    stored: &[
        ("BSI", "cmnet,,,,,,"),
        (
            "SRI",
            "4,,,116.226.44.17,9001,116.226.44.16,9002,+8613812341234,0,1,,,,",
        ),
        (
            "FRI",
            "1,0,,,0000,0000,30,30,180,180,001F,1000,100,0,5,50,5,0,",
        ),
        ("NMD", "0,2,3,2,300,300,2,3,0,,,,"),
    ],
};

/// The printed commands of its UART: community (1), (3).
static GV55: Track = Track {
    protocol: "0F0106",
    id: "867422020000006",
    name: "",
    password: "gv55",
    version: "GV55,0107,0102",
    iccid: "89011200000000000017",
    read_word: "2",
    stored: &[
        ("BSI", "internet,,,,,,"),
        ("SRI", "3,,1,host.example,5005,,,,15,1,,,,30"),
        ("FRI", "1,0,,0,0000,0000,,60,1000,1000,,30,1800,,,,"),
    ],
};

/// A captured reply for its server: community (2).
static GL500: Track = Track {
    protocol: "400300",
    id: "868487003716602",
    name: "GL500",
    password: "gl500",
    version: "GL500,0201,0102",
    iccid: "89011200000000000017",
    read_word: "READ",
    stored: &[(
        "SRI",
        "3,,1,gl500.mysirui.com,2107,223.6.250.102,2107,,0,0,0,,,",
    )],
};

/// No name in its frames: a captured acknowledgement, community (1); the fields quote the vendor's document, community (2).
static GL320M: Track = Track {
    protocol: "C30303",
    id: "860201069202698",
    name: "",
    password: "gl320m",
    version: "GL320M,0A01,0109",
    iccid: "89011200000000000017",
    read_word: "READ",
    stored: &[
        ("BSI", "sensor,,,,,,0,0,0,,,,,"),
        ("SRI", "3,,1,a.example,5005,,,,0,0,0,0,0,"),
        (
            "FRI",
            "1,1,,,0000,0000,30,30,30,30,,1000,1000,0,5,50,5,0,00000000",
        ),
        ("NMD", "0,2,3,2,300,300,2,3,0,,,,"),
    ],
};

/// The MEID stands in the place of the IMEI, and there is no SIM: community (1).
static GL300VC: Track = Track {
    protocol: "280500",
    id: "A1000043D20139",
    name: "GL300VC",
    password: "gl300vc",
    version: "GL300VC,0205,0102",
    iccid: "",
    read_word: "READ",
    stored: &[],
};

/// The vendor's pages for the newer dialect: documented. The printed number's own check digit is wrong.
fn gl601() -> Answers {
    let mut apn = ",testapn,,,0,".to_owned();
    let head = "123456789012345,C031,10,0";
    Box::new(move |request| {
        let number = serial(request).to_owned();
        if !request.contains("gl601###,") {
            return None;
        }
        if request.starts_with("AT@APN?gl601###,,") {
            return line(format!(
                "+QRY:APN,{head},1,1,{apn},{number},20210407101530,1234$"
            ));
        }
        if let Some(rest) = request.strip_prefix("AT@APN=gl601###,") {
            let fields = rest.strip_suffix(&format!(",{number}$"))?;
            let texts: Vec<&str> = fields.split(',').collect();
            if texts.len() != 6 || texts.get(1).is_some_and(|apn| apn.len() > 39) {
                return line(format!("+NACK:APN,{head},,2,{number},20210407101530,1234$"));
            }
            // An empty field leaves what is there, but for the APN, where it clears: documented.
            let old: Vec<String> = apn.split(',').map(str::to_owned).collect();
            let merged = texts.iter().zip(old).enumerate();
            let merged: Vec<String> = merged
                .map(|(place, (new, old))| match (place, new.is_empty()) {
                    (1, _) | (_, false) => (*new).to_owned(),
                    _ => old,
                })
                .collect();
            apn = merged.join(",");
            return line(format!("+ACK:APN,{head},,{number},20210407101530,1234$"));
        }
        line(format!("+NACK:GTC,{head},,0,{number},20210407101530,1234$"))
    })
}

pub const UNITS: &[Printed] = &[
    Printed {
        name: "FMB120 that counts",
        family: "teltonika-fmb",
        variant: "fmb120",
        id: "352094082042885",
        label: None,
        password: None,
        ends: b"\r\n",
        line_end: "\r\n",
        unsolicited: TELTONIKA_LOG,
        shown: TELTONIKA_SHOWN,
        writes: TELTONIKA_WRITES,
        shows_again: true,
        unit: fmb120_counts,
    },
    Printed {
        name: "FMB120 that says OK and shows a short table",
        family: "teltonika-fmb",
        variant: "fmb120",
        id: "352094082042885",
        label: None,
        password: None,
        ends: b"\r\n",
        line_end: "\n",
        unsolicited: TELTONIKA_LOG,
        shown: TELTONIKA_SHOWN,
        writes: TELTONIKA_WRITES,
        shows_again: true,
        unit: fmb120_says_ok,
    },
    Printed {
        name: "FMB120 with a keyword",
        family: "teltonika-fmb",
        variant: "fmb120",
        id: "352094082042885",
        label: None,
        password: Some("4711"),
        ends: b"\r\n",
        line_end: "\r\n",
        unsolicited: TELTONIKA_LOG,
        shown: TELTONIKA_SHOWN,
        writes: &[],
        shows_again: true,
        unit: fmb120_locked,
    },
    Printed {
        name: "GL300",
        family: "queclink",
        variant: "gl300",
        id: "860599000773978",
        label: None,
        password: None,
        ends: b"$",
        line_end: "",
        unsolicited: TRACK_REPORTS,
        shown: &[
            ("BSI.apn", "cmnet"),
            ("SRI.main_host", "116.226.44.17"),
            ("SRI.backup_port", "9002"),
            ("SRI.sms_gateway", "+8613812341234"),
            ("FRI.send_interval", "30"),
            ("NMD.rest_send_interval", "300"),
        ],
        writes: &[("BSI.apn", "internet"), ("SRI.main_port", "9003")],
        shows_again: true,
        unit: || track(&GL300),
    },
    Printed {
        name: "GV55 with CR LF behind each frame",
        family: "queclink",
        variant: "gv55",
        id: "867422020000006",
        label: None,
        password: None,
        ends: b"$",
        line_end: "\r\n",
        unsolicited: TRACK_REPORTS,
        shown: &[
            ("BSI.apn", "internet"),
            ("FRI.send_interval", "60"),
            ("FRI.igf_interval", "1800"),
            ("SRI.heartbeat", "15"),
        ],
        writes: &[("FRI.send_interval", "30"), ("FRI.igf_interval", "600")],
        shows_again: true,
        unit: || track(&GV55),
    },
    Printed {
        name: "GL500",
        family: "queclink",
        variant: "gl500",
        id: "868487003716602",
        label: None,
        password: None,
        ends: b"$",
        line_end: "",
        unsolicited: TRACK_REPORTS,
        shown: &[
            ("SRI.main_host", "gl500.mysirui.com"),
            ("SRI.main_port", "2107"),
            ("SRI.backup_host", "223.6.250.102"),
        ],
        writes: &[("SRI.main_host", "track.example.net")],
        shows_again: true,
        unit: || track(&GL500),
    },
    Printed {
        name: "GL320M",
        family: "queclink",
        variant: "gl320m",
        id: "860201069202698",
        label: None,
        password: None,
        ends: b"$",
        line_end: "",
        unsolicited: TRACK_REPORTS,
        shown: &[
            ("BSI.apn", "sensor"),
            ("FRI.discard_no_fix", "1"),
            ("FRI.eri_mask", "00000000"),
        ],
        writes: &[("FRI.send_interval", "60"), ("BSI.gprs_apn", "iot.example")],
        shows_again: true,
        unit: || track(&GL320M),
    },
    Printed {
        name: "GL300VC",
        family: "queclink",
        variant: "gl300vc",
        id: "A1000043D20139",
        label: None,
        password: None,
        ends: b"$",
        line_end: "",
        unsolicited: TRACK_REPORTS,
        shown: &[],
        writes: &[],
        shows_again: true,
        unit: || track(&GL300VC),
    },
    Printed {
        name: "GL601",
        family: "queclink-pro",
        variant: "gl601",
        id: "123456789012345",
        label: None,
        password: None,
        ends: b"$",
        line_end: "",
        unsolicited: &["+ACK:HBD,123456789012345,C031,10,0,,20210407101530,1234$"],
        shown: &[("APN.apn", "testapn"), ("APN.authentication", "0")],
        writes: &[("APN.apn", "internet")],
        shows_again: true,
        unit: gl601,
    },
];
