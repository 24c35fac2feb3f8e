//! Operation 12 of the Sprint account API: a page of reports after a cursor.

use super::{Account, parameter};
use crate::content::Json;
use crate::failure::CallFailure;
use crate::loose::{flag, optional_flag, optional_text, optional_whole, text, whole};
use crate::reports::{Fix, Report, ReportPage, UnreadableReport};
use fleet::printable::printable;
use jiff::Timestamp;
use serde::de::IgnoredAny;
use serde::{Deserialize, Deserializer};
use serde_json::Value;

/// Body of `report/list`; reports are read one by one, so that a spoiled one does not spoil its page.
#[derive(Debug, Deserialize)]
struct Page<R> {
    reports: R,
    #[serde(rename = "nextcursor", deserialize_with = "text")]
    next_cursor: String,
    #[serde(rename = "hasmore", default, deserialize_with = "flag")]
    has_more: bool,
    #[serde(rename = "retentiondays", default, deserialize_with = "optional_whole")]
    retention_days: Option<i64>,
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
            match WireReport::deserialize(&value) {
                Ok(report) => reports.read.push(report.into_report()),
                Err(error) => reports.unreadable.push(UnreadableReport {
                    report_id: value.get("reportid").and_then(Value::as_str).map(printable),
                    why: printable(&error.to_string()),
                    raw: value.to_string(),
                }),
            }
        }
        Ok(reports)
    }
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
struct WireReport {
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
    #[serde(rename = "eventcode", deserialize_with = "whole")]
    event_code: i64,
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
        let page = self.line.ask_as("/report/list.json", &query, usual).await?;
        Ok(ReportPage {
            reports: page.reports.read,
            unreadable: page.reports.unreadable,
            next_cursor: page.next_cursor,
            has_more: page.has_more,
            retention_days: page
                .retention_days
                .and_then(|days| u32::try_from(days).ok()),
        })
    }
}

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
        let careful = Page::<Reports>::deserialize(body.into_tree()).unwrap();
        assert_eq!(fast.reports.read, careful.reports.read);
        let report = fast.reports.read.first().unwrap();
        assert_eq!(report.unit_id, "89011200000000000017");
        assert_eq!((report.fix.valid, report.fix.latitude), (true, Some(39.1)));
        assert!(fast.has_more && careful.has_more);
        assert_eq!(fast.next_cursor, careful.next_cursor);
        assert!(careful.reports.unreadable.is_empty());
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
        let mixed = page(&format!("{REPORT}, {spoiled}"), "").into_tree();
        let reports = Page::<Reports>::deserialize(mixed).unwrap().reports;
        assert_eq!((reports.read.len(), reports.unreadable.len()), (1, 1));
    }
}
