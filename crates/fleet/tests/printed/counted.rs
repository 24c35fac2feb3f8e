//! Meitrack units, whose frames carry a length and a checksum. Made by hand from the printed frames, not from the profile.

use super::line::{Answers, Printed, line};

/// A frame with its length and checksum, computed here and not by the program.
fn counted(letter: char, body: &str) -> String {
    let length = body.len() + 1 + 5;
    let frame = format!("$${letter}{length},{body}*");
    let sum = frame.bytes().fold(0_u8, u8::wrapping_add);
    format!("{frame}{sum:02X}")
}

/// Printed frames of the radio channel: documented. A list of stored values only where newer firmware has one: community (1).
fn meitrack(shows: bool) -> Answers {
    let imei = "353358017784062";
    let mut interval = "6".to_owned();
    let mut minutes = "10".to_owned();
    Box::new(move |request| {
        let letter = request.strip_prefix("@@")?.chars().next()?;
        let (signed, sum) = request.rsplit_once('*')?;
        let right = format!("{signed}*").bytes().fold(0_u8, u8::wrapping_add);
        let (length, body) = request.get(3..)?.split_once(',')?;
        let is_right = sum == format!("{right:02X}") && length == (body.len() + 3).to_string();
        let body = body.rsplit_once('*')?.0;
        let command = body.strip_prefix(imei)?.strip_prefix(',')?;
        if !is_right {
            return None;
        }
        let answer = match command.split_once(',') {
            None if command == "E91" => "E91,FWV1.00,12345678".to_owned(),
            None if command == "DB4" && shows => format!(
                "DB4,TCP,IP1:178.131.31.231,PORT1:6180,IP2:,PORT2:,420,mcinet,2,{minutes},0,6,{interval},300,80,30,0,114"
            ),
            Some(("A12", value)) => {
                value.clone_into(&mut interval);
                "A12,OK".to_owned()
            }
            Some(("A11", value)) => {
                value.clone_into(&mut minutes);
                // Small letters in some replies: documented.
                "A11,ok".to_owned()
            }
            _ => return None,
        };
        line(counted(letter, &format!("{imei},{answer}")))
    })
}

fn meitrack_older() -> Answers {
    meitrack(false)
}

fn meitrack_newer() -> Answers {
    meitrack(true)
}

/// Reports under another name, and printed frames that fail their own check: documented.
const MEITRACK_REPORTS: &[&str] = &[
    "$$H28,353358017784062,A19,OK*F8",
    "$$V28,353358017784062,A12,OK*03",
    "$$W38,353358017784062,FWV1.00,12345678*1C",
];

pub const UNITS: &[Printed] = &[
    Printed {
        name: "a Meitrack unit that shows nothing",
        family: "meitrack",
        variant: "other",
        id: "353358017784062",
        label: Some("353358017784062"),
        password: None,
        ends: b"\n",
        line_end: "\r\n",
        unsolicited: MEITRACK_REPORTS,
        shown: &[],
        writes: &[("A12.interval", "6"), ("A11.minutes", "10")],
        shows_again: false,
        unit: meitrack_older,
    },
    Printed {
        name: "a Meitrack unit with a list of stored values",
        family: "meitrack",
        variant: "stored",
        id: "353358017784062",
        label: Some("353358017784062"),
        password: None,
        ends: b"\n",
        line_end: "\r\n",
        unsolicited: MEITRACK_REPORTS,
        shown: &[
            ("A21.host", "178.131.31.231"),
            ("A21.port", "6180"),
            ("A21.apn", "mcinet"),
            ("A11.minutes", "10"),
            ("A12.interval", "6"),
            ("A14.distance", "300"),
        ],
        writes: &[("A12.interval", "12"), ("A11.minutes", "30")],
        shows_again: true,
        unit: meitrack_newer,
    },
];
