//! Operation 12 of the Sprint account API: a page of reports after a cursor.

use super::odd_reports::Came;
use super::outcome::Ways;
use super::{Account, parameter};
use crate::content::{self, Json};
use crate::failure::CallFailure;
use crate::loose::{flag, optional_flag, optional_text, optional_whole, text, whole};
use crate::pieces;
use crate::reports::{Fix, Report, ReportPage, UnreadableReport};
use fleet::printable::printable;
use jiff::Timestamp;
use serde::de::IgnoredAny;
use serde::{Deserialize, Deserializer};
use serde_json::{Map, Value};

/// Body of `report/list`; reports are read one by one, so that a spoiled one does not spoil its page.
#[derive(Debug, Deserialize)]
struct Page<R> {
    reports: R,
    #[serde(rename = "nextcursor", deserialize_with = "text")]
    next_cursor: String,
    #[serde(rename = "hasmore", default, deserialize_with = "flag")]
    has_more: bool,
    #[serde(rename = "retentiondays", default, deserialize_with = "days")]
    retention_days: Option<u32>,
    /// A page that tells an error, too, is none.
    #[serde(default)]
    error: Option<IgnoredAny>,
}

/// The reports of a page, and those that could not be read.
#[derive(Debug, Default)]
struct Reports {
    read: Vec<Report>,
    unreadable: Vec<UnreadableReport>,
}

impl<'de> Deserialize<'de> for Reports {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let mut reports = Self::default();
        for value in Vec::<Value>::deserialize(deserializer)? {
            reports.take(&value.into());
        }
        Ok(reports)
    }
}

impl Reports {
    fn take(&mut self, came: &Came) {
        let why = match came.read() {
            Ok((report, lost)) => {
                self.read.push(report.into_report());
                lost
            }
            Err(error) => Some(error.to_string()),
        };
        self.unreadable.extend(why.map(|why| UnreadableReport {
            report_id: came.report_id().map(printable),
            why: printable(&why),
            raw: came.raw(),
        }));
    }
}

/// A page that is no JSON as a whole, read report by report. `None` where its reports or the way on cannot be read, or it tells an error.
fn broken(text: &[u8]) -> Option<Page<Reports>> {
    let mut rest = Map::new();
    let mut reports = None;
    for (name, part) in pieces::members(text)? {
        match (name.as_str(), content::piece(part)) {
            ("reports", _) => reports = Some(pieces::items(part)?),
            ("error", None) => return None,
            (_, Some(value)) if !(value.is_null() && rest.contains_key(&name)) => {
                rest.insert(name, value);
            }
            _ => {}
        }
    }
    if rest.get("error").is_some_and(|word| !word.is_null()) {
        return None;
    }
    rest.insert("reports".to_owned(), Value::Array(Vec::new()));
    let mut page = Page::<Reports>::deserialize(Value::Object(rest)).ok()?;
    for piece in reports? {
        page.reports.take(&Came::of_piece(piece));
    }
    Some(page)
}

/// The usual page, where nothing is wrong with any report: read without a tree of all of it.
fn usual(json: &Json) -> Option<Page<Reports>> {
    let page: Page<Vec<WireReport>> = json.strictly()?;
    let reports = Reports {
        read: page
            .reports
            .into_iter()
            .map(WireReport::into_report)
            .collect(),
        unreadable: Vec::new(),
    };
    page.error.is_none().then_some(Page {
        reports,
        next_cursor: page.next_cursor,
        has_more: page.has_more,
        retention_days: page.retention_days,
        error: None,
    })
}

#[derive(Debug, Deserialize)]
pub(super) struct WireReport {
    #[serde(rename = "reportid", deserialize_with = "text")]
    report_id: String,
    #[serde(rename = "unitid", deserialize_with = "text")]
    unit_id: String,
    #[serde(default, deserialize_with = "optional_text")]
    mdn: Option<String>,
    #[serde(rename = "receivedat")]
    received_at: Timestamp,
    #[serde(rename = "eventtime")]
    event_time: Timestamp,
    #[serde(rename = "eventcode", deserialize_with = "needed_whole")]
    pub(super) event_code: Option<i64>,
    #[serde(default, deserialize_with = "optional_whole")]
    sequence: Option<i64>,
    fix: WireFix,
    #[serde(default, deserialize_with = "optional_flag")]
    ignition: Option<bool>,
    #[serde(rename = "mainvoltage", default, deserialize_with = "number")]
    main_voltage: Option<f64>,
    #[serde(rename = "odometerkm", default, deserialize_with = "number")]
    odometer_km: Option<f64>,
    #[serde(rename = "payloadbase64", default)]
    payload_base64: Option<String>,
}

#[derive(Debug, Deserialize)]
struct WireFix {
    #[serde(default, deserialize_with = "flag")]
    valid: bool,
    #[serde(default, deserialize_with = "number")]
    latitude: Option<f64>,
    #[serde(default, deserialize_with = "number")]
    longitude: Option<f64>,
    #[serde(rename = "altitudem", default, deserialize_with = "number")]
    altitude_m: Option<f64>,
    #[serde(rename = "speedkph", default, deserialize_with = "number")]
    speed_kph: Option<f64>,
    #[serde(rename = "headingdeg", default, deserialize_with = "number")]
    heading_deg: Option<f64>,
    #[serde(default, deserialize_with = "optional_whole")]
    satellites: Option<i64>,
    #[serde(default, deserialize_with = "number")]
    hdop: Option<f64>,
    #[serde(rename = "accuracym", default, deserialize_with = "number")]
    accuracy_m: Option<f64>,
}

impl Account {
    /// Operation 12.
    pub(crate) async fn list_reports(
        &self,
        since: Option<&str>,
        limit: u32,
        unit_id: Option<&str>,
    ) -> Result<ReportPage, CallFailure> {
        let mut query = vec![parameter("limit", &limit.to_string())];
        query.extend(since.map(|cursor| parameter("since", cursor)));
        query.extend(unit_id.map(|unit_id| parameter("unitId", unit_id)));
        let page = self.line.ask_as("/report/list.json", &query, WAYS).await?;
        Ok(ReportPage {
            reports: page.reports.read,
            unreadable: page.reports.unreadable,
            next_cursor: page.next_cursor,
            has_more: page.has_more,
            retention_days: page.retention_days,
        })
    }
}

const WAYS: Ways<Page<Reports>> = Ways {
    usual,
    broken,
    can_be_shorter: true,
};

impl WireReport {
    fn into_report(self) -> Report {
        Report {
            report_id: self.report_id,
            unit_id: self.unit_id,
            mdn: self.mdn,
            received_at: self.received_at,
            event_time: self.event_time,
            event_code: self.event_code,
            sequence: self.sequence,
            fix: self.fix.into_fix(),
            ignition: self.ignition,
            main_voltage: self.main_voltage,
            odometer_km: self.odometer_km,
            payload_base64: self.payload_base64,
        }
    }
}

impl WireFix {
    fn into_fix(self) -> Fix {
        let within = |value: Option<f64>, most: f64| value.filter(|value| value.abs() <= most);
        let latitude = within(self.latitude, 90.0);
        let longitude = within(self.longitude, 180.0);
        let on_the_globe = latitude.is_some() && longitude.is_some();
        Fix {
            valid: self.valid && on_the_globe,
            latitude: latitude.filter(|_| on_the_globe),
            longitude: longitude.filter(|_| on_the_globe),
            altitude_m: self.altitude_m,
            speed_kph: self.speed_kph,
            heading_deg: self.heading_deg,
            satellites: self.satellites,
            hdop: self.hdop,
            accuracy_m: self.accuracy_m,
            off_the_globe: self.latitude.zip(self.longitude).filter(|_| !on_the_globe),
        }
    }
}

fn needed_whole<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<i64>, D::Error> {
    whole(deserializer).map(Some)
}

/// A number of days; nothing is decided by it, so that one which cannot be read is none.
fn days<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<u32>, D::Error> {
    let days = optional_whole(Value::deserialize(deserializer)?).unwrap_or_default();
    Ok(days.and_then(|days| u32::try_from(days).ok()))
}

/// A number, or a text that is one.
fn number<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<f64>, D::Error> {
    let refused = || serde::de::Error::custom("a number was expected");
    match Value::deserialize(deserializer)? {
        Value::Null => Ok(None),
        Value::Number(number) => number.as_f64().map(Some).ok_or_else(refused),
        Value::String(text) => text
            .trim()
            .parse::<f64>()
            .ok()
            .filter(|number| number.is_finite())
            .map(Some)
            .ok_or_else(refused),
        _ => Err(refused()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::content::{self, Content};

    const REPORT: &str = r#"{"reportId": "RP1", "unitId": 89011200000000000017, "mdn": null, "receivedAt": "2026-11-28T10:00:03Z",
        "EVENTTIME": "2026-11-28T10:00:00Z", "eventCode": "2", "sequence": 7, "Fix": {"valid": "yes", "latitude": "39.1", "longitude": -94.58,
        "altitudeM": 251, "speedKph": null, "hdop": 0.9, "color": "red"}, "ignition": true, "mainVoltage": 12.4, "extra": [1, {"A": 2}]}"#;

    fn json(text: &str) -> Json {
        match content::read(Some("application/json"), text.as_bytes()) {
            Content::Json(json) => json,
            other => panic!("not read: {other:?}"),
        }
    }

    fn page(reports: &str, more: &str) -> Json {
        json(&format!(
            r#"{{"reports": [{reports}], "nextCursor": "abc", "hasMore": true, "retentionDays": 30{more}}}"#
        ))
    }

    #[test]
    fn the_usual_way_reads_what_the_careful_way_reads() {
        let body = page(REPORT, r#", "Note": {"error": "none"}, "error": null"#);
        let fast = usual(&body).unwrap();
        let careful = Page::<Reports>::deserialize(body.into_tree().unwrap()).unwrap();
        assert_eq!(fast.reports.read, careful.reports.read);
        let report = fast.reports.read.first().unwrap();
        assert_eq!(report.unit_id, "89011200000000000017");
        assert_eq!((report.fix.valid, report.fix.latitude), (true, Some(39.1)));
        assert!(fast.has_more && careful.has_more);
        assert_eq!(fast.next_cursor, careful.next_cursor);
        assert!(careful.reports.unreadable.is_empty());
    }

    /// A page as it came, which is no JSON as a whole.
    fn in_pieces(reports: &[u8]) -> Page<Reports> {
        let mut text = br#"{"reports": ["#.to_vec();
        text.extend(reports);
        text.extend(br#"], "nextCursor": "abc", "HasMore": true, "retentionDays": NaN}"#);
        let whole = match content::read(Some("application/json"), &text) {
            Content::Broken(whole) => whole,
            Content::Json(json) => json.into_tree().unwrap_err(),
            other => panic!("not broken: {other:?}"),
        };
        broken(&whole.text).unwrap()
    }

    #[test]
    fn what_is_no_json_costs_what_it_stands_in_and_no_other_report() {
        let deep = format!(r#""extra": {}{}"#, "[".repeat(200), "]".repeat(200));
        for (here, spoiled, lost) in [
            (
                r#""altitudeM": 251"#,
                r#""altitudeM": 1e999"#,
                "fix.altitudeM",
            ),
            (r#""hdop": 0.9"#, r#""hdop": NaN"#, "fix.hdop"),
            (r#""mdn": null"#, r#""mdn": "\ud800""#, "mdn"),
            (r#""sequence": 7"#, r#""sequence": -Infinity"#, "sequence"),
            (
                r#""extra": [1, {"A": 2}]"#,
                &deep,
                "a member beyond the contract",
            ),
        ] {
            let one = REPORT.replace(here, spoiled);
            assert_ne!(one, REPORT);
            let page = in_pieces(format!("{REPORT}, {one}").as_bytes());
            assert_eq!((page.next_cursor.as_str(), page.has_more), ("abc", true));
            assert_eq!(page.reports.read.len(), 2, "{lost}");
            let note = &page.reports.unreadable[0];
            assert_eq!(
                (note.report_id.as_deref(), note.why.clone()),
                (
                    Some("RP1"),
                    format!("{lost} cannot be read; it is kept without it")
                )
            );
            serde_json::from_str::<Value>(&note.raw).unwrap();
        }
        let mut bytes = REPORT
            .replace("null, \"receivedAt", "\"91?\", \"receivedAt")
            .into_bytes();
        let at = bytes.iter().position(|byte| *byte == b'?').unwrap();
        bytes[at] = 0xff;
        let page = in_pieces(&bytes);
        assert_eq!(
            (page.reports.read.len(), page.reports.unreadable.len()),
            (1, 1)
        );
        assert_eq!(page.reports.read[0].mdn, None);
        // Nothing says which unit this was.
        for given_up in [r#"{"reportId": "RP2", "unitId": "\ud800"}"#, "NaN", ""] {
            let page = in_pieces(format!("{REPORT}, {given_up}").as_bytes());
            assert_eq!(
                (page.reports.read.len(), page.reports.unreadable.len()),
                (1, 1)
            );
        }
    }

    #[test]
    fn a_page_in_pieces_without_its_way_on_is_none() {
        for text in [
            &br#"{"reports": [1e999], "hasMore": false}"#[..],
            br#"{"reports": [1e999], "nextCursor": "a\ud800", "hasMore": false}"#,
            br#"{"reports": [1e999], "nextCursor": "a", "hasMore": false, "error": "X"}"#,
            br#"{"reports": 1e999, "nextCursor": "a", "hasMore": false}"#,
            br#"{"nextCursor": "a", "x": 1e999}"#,
            br#"{"reports": [{"a": 1], "nextCursor": "a"}"#,
        ] {
            assert!(broken(text).is_none(), "{}", String::from_utf8_lossy(text));
        }
    }

    #[test]
    fn a_lesser_member_that_does_not_fit_costs_itself_only() {
        for (here, spoiled, lost) in [
            (r#""eventCode": "2""#, r#""eventCode": 2.5"#, "eventCode"),
            (r#""sequence": 7"#, r#""sequence": "x""#, "sequence"),
            (
                r#""latitude": "39.1""#,
                r#""latitude": "NaN""#,
                "fix.latitude",
            ),
            (r#""ignition": true"#, r#""ignition": []"#, "ignition"),
        ] {
            let body = page(&REPORT.replace(here, spoiled), "");
            assert!(usual(&body).is_none());
            let reports = Page::<Reports>::deserialize(body.into_tree().unwrap())
                .unwrap()
                .reports;
            assert_eq!(
                (reports.read.len(), reports.unreadable.len()),
                (1, 1),
                "{lost}"
            );
            assert!(reports.unreadable[0].why.starts_with(lost), "{reports:?}");
            assert!(
                reports.read[0].odometer_km.is_none() && reports.read[0].main_voltage == Some(12.4)
            );
        }
        for time in ["9999-12-31T23:59:59Z", "yesterday"] {
            let body = page(&REPORT.replace("2026-11-28T10:00:00Z", time), "");
            let reports = Page::<Reports>::deserialize(body.into_tree().unwrap())
                .unwrap()
                .reports;
            assert_eq!(reports.read[0].event_time, reports.read[0].received_at);
            assert!(
                reports.unreadable[0]
                    .why
                    .contains("under the time when the carrier got it")
            );
        }
        let body = page(
            r#"{"reportId": "A", "unitId": "U", "receivedAt": "2026-11-28T10:00:03Z"}"#,
            "",
        );
        let reports = Page::<Reports>::deserialize(body.into_tree().unwrap())
            .unwrap()
            .reports;
        assert_eq!(
            (reports.read[0].event_code, reports.read[0].fix),
            (None, Fix::default())
        );
        assert_eq!(
            reports.unreadable[0].why,
            "fix, eventTime, eventCode cannot be read; it is kept without them, under the time when the carrier got it"
        );
    }

    #[test]
    fn what_is_unusual_takes_the_careful_way() {
        let spoiled = REPORT.replace("2026-11-28T10:00:03Z", "yesterday");
        for body in [
            page(&format!("{REPORT}, {spoiled}"), ""),
            page(REPORT, r#", "error": "UNEXPECTED_ERROR""#),
            page(REPORT, r#", "NextCursor": null"#),
            page("7", ""),
            json("[]"),
        ] {
            assert!(usual(&body).is_none(), "{body:?}");
        }
        let mixed = page(&format!("{REPORT}, {spoiled}"), "")
            .into_tree()
            .unwrap();
        let reports = Page::<Reports>::deserialize(mixed).unwrap().reports;
        assert_eq!((reports.read.len(), reports.unreadable.len()), (1, 1));
    }
}
