//! Reports in which something does not fit: as much of each as can be read. That a unit was heard is the news, so a report is given up only
//! where its number, its unit or the time of receipt cannot be read. How a sound one stands on the wire is told beside this.

use super::reports::WireReport;
use crate::content;
use crate::pieces;
use serde::Deserialize as _;
use serde_json::{Map, Value, json};

/// Longest part of a report that is no JSON which is kept to be looked at, characters.
const LONGEST_TEXT: usize = 8 * 1024;
/// Members that a report can be kept without, as the wire's names in lower case and as the contract's.
const LESSER: &[(&str, &str)] = &[
    ("mdn", "mdn"),
    ("eventtime", "eventTime"),
    ("eventcode", "eventCode"),
    ("sequence", "sequence"),
    ("ignition", "ignition"),
    ("mainvoltage", "mainVoltage"),
    ("odometerkm", "odometerKm"),
    ("payloadbase64", "payloadBase64"),
];
/// The same inside `fix`.
const OF_FIX: &[(&str, &str)] = &[
    ("valid", "fix.valid"),
    ("latitude", "fix.latitude"),
    ("longitude", "fix.longitude"),
    ("altitudem", "fix.altitudeM"),
    ("speedkph", "fix.speedKph"),
    ("headingdeg", "fix.headingDeg"),
    ("satellites", "fix.satellites"),
    ("hdop", "fix.hdop"),
    ("accuracym", "fix.accuracyM"),
];
const FIX: &str = "fix";
const EVENT_TIME: &str = "eventTime";
const EVENT_CODE: &str = "eventCode";
const OTHER: &str = "a member beyond the contract";

/// A report as it came, and what of it was lost already because it is no JSON.
pub(super) struct Came {
    value: Value,
    lost: Vec<&'static str>,
    text: Option<String>,
}

impl From<Value> for Came {
    fn from(value: Value) -> Self {
        Self {
            value,
            lost: Vec::new(),
            text: None,
        }
    }
}

impl Came {
    /// Reads a report out of a page that is no JSON as a whole.
    pub(super) fn of_piece(piece: &[u8]) -> Self {
        if let Some(value) = content::piece(piece) {
            return value.into();
        }
        let mut lost = Vec::new();
        let value = mended(piece, &mut lost).unwrap_or_default();
        let text = String::from_utf8_lossy(piece);
        Self {
            value,
            lost,
            text: Some(text.chars().take(LONGEST_TEXT).collect()),
        }
    }

    /// Its number, where that can be read.
    pub(super) fn report_id(&self) -> Option<&str> {
        self.value.get("reportid").and_then(Value::as_str)
    }

    /// What came, as JSON.
    pub(super) fn raw(&self) -> String {
        match &self.text {
            Some(text) => json!({ "text": text }).to_string(),
            None => self.value.to_string(),
        }
    }

    /// What of it can be read, and in words what could not.
    ///
    /// # Errors
    /// Why nothing of it can be kept.
    pub(super) fn read(&self) -> Result<(WireReport, Option<String>), serde_json::Error> {
        let whole = WireReport::deserialize(&self.value);
        match (whole, self.lost.is_empty()) {
            (Ok(report), true) => return Ok((report, None)),
            (Err(error), _) if !self.value.is_object() => return Err(error),
            _ => {}
        }
        let mut lost = self.lost.clone();
        let sound = sound(&self.value, &mut lost);
        let mut report = WireReport::deserialize(&sound)?;
        if lost.contains(&EVENT_CODE) {
            report.event_code = None;
        }
        Ok((report, Some(told(&lost))))
    }
}

fn told(lost: &[&str]) -> String {
    let names = lost.join(", ");
    let kept = match lost {
        [EVENT_TIME] => "it is kept under the time when the carrier got it",
        _ if lost.contains(&EVENT_TIME) => {
            "it is kept without them, under the time when the carrier got it"
        }
        [_] => "it is kept without it",
        _ => "it is kept without them",
    };
    format!("{names} cannot be read; {kept}")
}

/// The report with what fits of it, and something that says nothing in place of what must be there.
fn sound(value: &Value, lost: &mut Vec<&'static str>) -> Value {
    let mut note = |name| {
        if !lost.contains(&name) {
            lost.push(name);
        }
    };
    let mut all: Map<String, Value> = ["reportid", "unitid", "receivedat"]
        .into_iter()
        .filter_map(|name| Some((name.to_owned(), value.get(name)?.clone())))
        .collect();
    let received_at = value.get("receivedat").cloned().unwrap_or_default();
    all.insert("eventtime".to_owned(), received_at);
    all.insert("eventcode".to_owned(), json!(0));
    let mut fix = Map::new();
    match value.get(FIX).and_then(Value::as_object) {
        None => note(FIX),
        Some(told) => {
            for &(name, word) in OF_FIX {
                match told
                    .get(name)
                    .map(|member| fits(json!({name: member}), None))
                {
                    Some(Some((name, member))) => drop(fix.insert(name, member)),
                    Some(None) => note(word),
                    None => {}
                }
            }
        }
    }
    for &(name, word) in LESSER {
        match value
            .get(name)
            .map(|member| fits(json!({}), Some((name, member))))
        {
            Some(Some((name, member))) => drop(all.insert(name, member)),
            Some(None) => note(word),
            None if matches!(word, EVENT_TIME | EVENT_CODE) => note(word),
            None => {}
        }
    }
    all.insert(FIX.to_owned(), Value::Object(fix));
    Value::Object(all)
}

/// The member, of the report or else of the fix, where a report that has nothing else can be read with it.
fn fits(fix: Value, member: Option<(&str, &Value)>) -> Option<(String, Value)> {
    let mut probe = json!({
        "reportid": "R", "unitid": "U", "receivedat": "2026-01-01T00:00:00Z", "eventtime": "2026-01-01T00:00:00Z", "eventcode": 0, "fix": fix,
    });
    if let (Some((name, member)), Some(probe)) = (member, probe.as_object_mut()) {
        probe.insert(name.to_owned(), member.clone());
    }
    WireReport::deserialize(&probe).ok()?;
    match member {
        Some((name, member)) => Some((name.to_owned(), member.clone())),
        None => probe
            .get(FIX)?
            .as_object()?
            .iter()
            .next()
            .map(|(name, member)| (name.clone(), member.clone())),
    }
}

/// The members of a report that can be read, each for itself; those of the fix as well.
fn mended(piece: &[u8], lost: &mut Vec<&'static str>) -> Option<Value> {
    let named = |names: &[(&str, &'static str)], name: &str| {
        let known = names.iter().find(|(wire, _)| *wire == name);
        known.map_or(OTHER, |(_, word)| *word)
    };
    let mut all = Map::new();
    for (name, part) in pieces::members(piece)? {
        if let Some(value) = content::piece(part) {
            all.insert(name, value);
        } else if let Some(inner) = pieces::members(part).filter(|_| name == FIX) {
            let mut fix = Map::new();
            for (name, part) in inner {
                match content::piece(part) {
                    Some(value) => drop(fix.insert(name, value)),
                    None => lost.push(named(OF_FIX, &name)),
                }
            }
            all.insert(name, Value::Object(fix));
        } else if name != FIX {
            lost.push(named(LESSER, &name));
        }
    }
    lost.dedup();
    Some(Value::Object(all))
}
