//! Operation 12 of the Sprint account API: a page of reports after a cursor.

use super::{Account, parameter};
use crate::failure::CallFailure;
use crate::loose::{flag, optional_flag, optional_text, optional_whole, text, whole};
use crate::reports::{Fix, Report, ReportPage, UnreadableReport};
use fleet::printable::printable;
use jiff::Timestamp;
use serde::{Deserialize, Deserializer};
use serde_json::Value;

/// Body of `report/list`; reports are read one by one, so that a spoiled one does not spoil its page.
#[derive(Debug, Deserialize)]
struct Page {
    reports: Vec<Value>,
    #[serde(rename = "nextcursor", deserialize_with = "text")]
    next_cursor: String,
    #[serde(rename = "hasmore", default, deserialize_with = "flag")]
    has_more: bool,
    #[serde(rename = "retentiondays", default, deserialize_with = "optional_whole")]
    retention_days: Option<i64>,
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
        let page: Page = self.line.ask("/report/list.json", &query).await?;
        let (mut reports, mut unreadable) = (Vec::new(), Vec::new());
        for value in page.reports {
            match WireReport::deserialize(&value) {
                Ok(report) => reports.push(report.into_report()),
                Err(error) => unreadable.push(UnreadableReport {
                    report_id: value.get("reportid").and_then(Value::as_str).map(printable),
                    why: printable(&error.to_string()),
                    raw: value.to_string(),
                }),
            }
        }
        Ok(ReportPage {
            reports,
            unreadable,
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
