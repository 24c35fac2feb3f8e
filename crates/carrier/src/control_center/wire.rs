//! Bodies of Control Center as they stand on the wire, and their way into the heart's words.

use super::dates;
use crate::loose::{optional_flag, optional_text, optional_whole, text};
use fleet::printable::printable;
use fleet::registration::{CarrierUnit, SubscriptionState};
use fleet::{Imei, Mdn};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use uuid::Uuid;

pub(super) const ACTIVATED: &str = "ACTIVATED";
pub(super) const TEST_READY: &str = "TEST_READY";
pub(super) const DEACTIVATED: &str = "DEACTIVATED";

/// Body of `echo`.
#[derive(Debug, Deserialize)]
pub(super) struct Echo {
    #[serde(default, deserialize_with = "optional_text")]
    pub(super) context: Option<String>,
}

/// Details of one SIM, or its line in a list, which has the first four members only.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct Device {
    #[serde(deserialize_with = "text")]
    pub(super) iccid: String,
    #[serde(deserialize_with = "text")]
    pub(super) status: String,
    #[serde(rename = "rateplan", default, deserialize_with = "optional_text")]
    pub(super) rate_plan: Option<String>,
    #[serde(default, deserialize_with = "optional_text")]
    msisdn: Option<String>,
    #[serde(default, deserialize_with = "optional_text")]
    imei: Option<String>,
    #[serde(rename = "accountcustom1", default, deserialize_with = "optional_text")]
    account_custom_1: Option<String>,
    #[serde(rename = "dateupdated", default, deserialize_with = "optional_text")]
    date_updated: Option<String>,
    #[serde(rename = "dateactivated", default, deserialize_with = "optional_text")]
    date_activated: Option<String>,
}

/// The current or latest data session of a SIM.
#[derive(Debug, Deserialize)]
pub(super) struct Session {
    #[serde(
        rename = "datesessionstarted",
        default,
        deserialize_with = "optional_text"
    )]
    started: Option<String>,
}

impl Session {
    pub(super) fn started_at(&self) -> Option<Timestamp> {
        dates::answered(self.started.as_deref()?)
    }
}

/// Body of a list.
#[derive(Debug, Deserialize)]
pub(super) struct DevicePage {
    pub(super) devices: Vec<Device>,
    #[serde(rename = "lastpage", default, deserialize_with = "optional_flag")]
    pub(super) last_page: Option<bool>,
    #[serde(rename = "pagenumber", default, deserialize_with = "optional_whole")]
    pub(super) page_number: Option<i64>,
}

/// Body of a change; members that are left out stay as they are.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub(super) struct DeviceEdit<'a> {
    #[serde(rename = "effectiveDate", skip_serializing_if = "Option::is_none")]
    pub(super) effective_date: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) status: Option<&'a str>,
    #[serde(rename = "ratePlan", skip_serializing_if = "Option::is_none")]
    pub(super) rate_plan: Option<&'a str>,
    #[serde(rename = "communicationPlan", skip_serializing_if = "Option::is_none")]
    pub(super) communication_plan: Option<&'a str>,
    #[serde(rename = "deviceID", skip_serializing_if = "Option::is_none")]
    pub(super) device_id: Option<&'a str>,
    #[serde(rename = "modemID", skip_serializing_if = "Option::is_none")]
    pub(super) modem_id: Option<&'a str>,
    #[serde(rename = "accountCustom1", skip_serializing_if = "Option::is_none")]
    pub(super) account_custom_1: Option<String>,
}

/// Body of a refusal.
#[derive(Debug, Clone, Default, Deserialize)]
pub(super) struct ErrorBody {
    #[serde(rename = "errormessage", default, deserialize_with = "optional_text")]
    pub(super) message: Option<String>,
    #[serde(rename = "errorcode", default, deserialize_with = "optional_text")]
    pub(super) code: Option<String>,
}

impl ErrorBody {
    /// The error of a body, if it is one.
    pub(super) fn of(body: &Value) -> Option<Self> {
        let is_one = ["errormessage", "errorcode"]
            .iter()
            .any(|name| body.get(*name).is_some_and(|value| !value.is_null()));
        is_one.then(|| Self::deserialize(body).unwrap_or_default())
    }

    /// Its code, or the status where there is none.
    pub(super) fn word(&self, status: u16) -> String {
        match self
            .code
            .as_deref()
            .map(str::trim)
            .filter(|code| !code.is_empty())
        {
            Some(code) => printable(code),
            None => format!("status {status}"),
        }
    }

    pub(super) fn text(&self) -> String {
        printable(self.message.as_deref().unwrap_or_default())
    }
}

impl Device {
    /// In the heart's words.
    pub(super) fn carrier_unit(&self) -> CarrierUnit {
        CarrierUnit {
            remote_id: printable(&self.iccid),
            client_reference: self.reference(),
            device_id: self.imei().map(|imei| imei.to_string()),
            iccid: Some(printable(self.iccid.trim())),
            mdn: self.msisdn.as_deref().and_then(mdn),
            plan_code: bare(self.rate_plan.as_deref()),
            state: self.state(),
            raw_state: printable(&self.status),
            reason: None,
        }
    }

    pub(super) fn is(&self, status: &str) -> bool {
        self.status.trim().eq_ignore_ascii_case(status)
    }

    /// Our reference, where one of ours stands in the custom field.
    pub(super) fn reference(&self) -> Option<Uuid> {
        Uuid::parse_str(self.account_custom_1.as_deref()?.trim()).ok()
    }

    /// What else stands in the custom field that we use.
    pub(super) fn foreign_mark(&self) -> Option<String> {
        bare(self.account_custom_1.as_deref()).filter(|_| self.reference().is_none())
    }

    /// The unit that the network last saw the SIM in; often told with a software version in place of the check digit.
    pub(super) fn imei(&self) -> Option<Imei> {
        let text = bare(self.imei.as_deref())?;
        match text.len() {
            16 => Imei::from_imeisv(&text).ok(),
            _ => Imei::from_unit(&text).ok().map(|(imei, _)| imei),
        }
    }

    pub(super) fn activated_at(&self) -> Option<Timestamp> {
        dates::answered(self.date_activated.as_deref()?)
    }

    pub(super) fn updated_at(&self) -> Option<Timestamp> {
        dates::answered(self.date_updated.as_deref()?)
    }

    fn state(&self) -> SubscriptionState {
        match self.status.trim().to_ascii_uppercase().as_str() {
            ACTIVATED => SubscriptionState::Active,
            // It can be put into service again, so it is not the end.
            DEACTIVATED => SubscriptionState::Suspended,
            TEST_READY => SubscriptionState::TestReady,
            "ACTIVATION_READY" | "INVENTORY" => SubscriptionState::Held,
            "RETIRED" | "PURGED" | "REPLACED" => SubscriptionState::Cancelled,
            _ => SubscriptionState::Other(printable(&self.status)),
        }
    }
}

/// Text without the blanks around it; an empty one is none.
fn bare(text: Option<&str>) -> Option<String> {
    let text = text?.trim();
    (!text.is_empty()).then(|| printable(text))
}

/// A number as the network writes it, with or without its country.
fn mdn(text: &str) -> Option<Mdn> {
    Mdn::parse(text).ok().or_else(|| {
        let national = text
            .trim()
            .strip_prefix('1')
            .filter(|rest| rest.len() == 10)?;
        Mdn::parse(national).ok()
    })
}
