//! Bodies of the Sprint account API as they stand on the wire, and their way into the heart's words.
//!
//! Answers are read leniently (numbers as text, unknown members ignored, names already in lower case), requests are
//! written exactly and checked before anything is sent.

use crate::loose::{flag, optional_secret, optional_text, text};
use fleet::Mdn;
use fleet::printable::printable;
use fleet::registration::{
    CarrierUnit, ProgrammingValues, RegistrationIntent, Rejection, RejectionCause,
    SubscriptionState,
};
use fleet::{Secret, UnitIdKind};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use uuid::Uuid;

/// Body of `unit/add`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct RegisterRequest<'a> {
    client_ref: Uuid,
    unit_name: &'a str,
    serial_number: Option<&'a str>,
    device_id_type: &'static str,
    device_id: &'a str,
    iccid: Option<&'a str>,
    plan_code: &'a str,
    service_zip: &'a str,
}

impl<'a> RegisterRequest<'a> {
    /// Checks an intent against the contract's bounds, so that nothing is sent that cannot be accepted.
    pub(super) fn from_intent(intent: &'a RegistrationIntent) -> Result<Self, Rejection> {
        let device_id_type = match intent.unit.kind() {
            UnitIdKind::Imei => "IMEI",
            UnitIdKind::Meid => "MEID",
            UnitIdKind::Esn => "ESN",
            UnitIdKind::Hardware => {
                return Err(refused_here(
                    "deviceId",
                    "The carrier needs an IMEI, MEID or ESN; this unit tells none.",
                ));
            }
        };
        let name_length = intent.unit_name.chars().count();
        let serial = intent.serial_number.as_deref();
        let plan_ok = (1..=9).contains(&intent.plan_code.len())
            && intent
                .plan_code
                .bytes()
                .all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit());
        let zip_ok = intent.service_zip.len() == 5
            && intent.service_zip.bytes().all(|byte| byte.is_ascii_digit());
        if !(1..=50).contains(&name_length) {
            return Err(refused_here(
                "unitName",
                "The unit's name must have 1 to 50 characters.",
            ));
        }
        if serial.is_some_and(|serial| serial.chars().count() > 40) {
            return Err(refused_here(
                "serialNumber",
                "The serial number may have at most 40 characters.",
            ));
        }
        if !plan_ok {
            return Err(refused_here(
                "planCode",
                "A plan code is 1 to 9 capitals and digits.",
            ));
        }
        if !zip_ok {
            return Err(refused_here(
                "serviceZip",
                "The place of use must be five digits.",
            ));
        }
        Ok(Self {
            client_ref: intent.client_reference,
            unit_name: &intent.unit_name,
            serial_number: serial,
            device_id_type,
            device_id: intent.unit.as_str(),
            iccid: intent.iccid.as_ref().map(fleet::Iccid::as_str),
            plan_code: &intent.plan_code,
            service_zip: &intent.service_zip,
        })
    }
}

fn refused_here(field: &str, message: &str) -> Rejection {
    Rejection {
        cause: RejectionCause::Value,
        word: "NOT_SENT".to_owned(),
        message: message.to_owned(),
        field: Some(field.to_owned()),
    }
}

/// Body of `account/info`.
#[derive(Debug, Deserialize)]
pub(super) struct AccountInfo {
    #[serde(rename = "accountid", deserialize_with = "text")]
    pub(super) account_id: String,
    #[serde(rename = "accountname", deserialize_with = "text")]
    pub(super) account_name: String,
    #[serde(default, deserialize_with = "optional_text")]
    pub(super) status: Option<String>,
    #[serde(rename = "servertime", default, deserialize_with = "optional_text")]
    pub(super) server_time: Option<String>,
    #[serde(default)]
    pub(super) limits: Limits,
    #[serde(default)]
    pub(super) plans: Vec<Plan>,
}

/// Part of [`AccountInfo`].
#[derive(Debug, Default, Deserialize)]
pub(super) struct Limits {
    #[serde(rename = "maxunits", default, deserialize_with = "optional_text")]
    pub(super) max_units: Option<String>,
}

/// Part of [`AccountInfo`].
#[derive(Debug, Deserialize)]
pub(super) struct Plan {
    #[serde(rename = "plancode", deserialize_with = "text")]
    pub(super) plan_code: String,
    #[serde(default, deserialize_with = "optional_text")]
    pub(super) description: Option<String>,
    #[serde(default, deserialize_with = "flag")]
    pub(super) orderable: bool,
}

/// A unit.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct Unit {
    #[serde(rename = "unitid", deserialize_with = "text")]
    unit_id: String,
    #[serde(rename = "clientref", default, deserialize_with = "optional_text")]
    client_ref: Option<String>,
    #[serde(rename = "deviceid", default, deserialize_with = "optional_text")]
    device_id: Option<String>,
    #[serde(default, deserialize_with = "optional_text")]
    iccid: Option<String>,
    #[serde(default, deserialize_with = "optional_text")]
    mdn: Option<String>,
    #[serde(rename = "plancode", default, deserialize_with = "optional_text")]
    plan_code: Option<String>,
    #[serde(deserialize_with = "text")]
    status: String,
    #[serde(rename = "statusreason", default, deserialize_with = "optional_text")]
    status_reason: Option<String>,
    #[serde(default)]
    pub(super) programming: Option<Programming>,
}

/// What a CDMA unit must be told.
#[derive(Clone, Deserialize)]
pub(super) struct Programming {
    #[serde(default, deserialize_with = "optional_text")]
    mdn: Option<String>,
    #[serde(default, deserialize_with = "optional_text")]
    msid: Option<String>,
    #[serde(rename = "subsidylock", default, deserialize_with = "optional_secret")]
    subsidy_lock: Option<Secret>,
}

impl Programming {
    /// The values, once all are there. They come into a unit's commands: a text
    /// that is more than letters and digits is no value.
    pub(super) fn values(self) -> Option<ProgrammingValues> {
        let digits = |text: &str, length: std::ops::RangeInclusive<usize>| {
            length.contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit())
        };
        let mdn = Mdn::parse(&self.mdn?).ok()?;
        let msid = self.msid.map(|text| text.trim().to_owned())?;
        let lock_code = self.subsidy_lock?;
        let code = lock_code.reveal().trim();
        let lock_fits =
            (4..=32).contains(&code.len()) && code.bytes().all(|byte| byte.is_ascii_alphanumeric());
        (digits(&msid, 10..=15) && lock_fits).then(|| ProgrammingValues {
            mdn: mdn.as_str().to_owned(),
            msid,
            lock_code: Secret::new(lock_code.reveal().trim()),
        })
    }
}

impl std::fmt::Debug for Programming {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("Programming(..)")
    }
}

/// Body of `unit/list`.
#[derive(Debug, Deserialize)]
pub(super) struct Page {
    pub(super) units: Vec<Unit>,
    #[serde(rename = "nextpagetoken", default, deserialize_with = "optional_text")]
    pub(super) next_page_token: Option<String>,
}

/// Body of an answer to a change.
#[derive(Debug, Deserialize)]
pub(super) struct ChangeResult {
    #[serde(deserialize_with = "text")]
    pub(super) result: String,
    pub(super) unit: Unit,
    #[serde(default)]
    pub(super) transaction: Option<Transaction>,
}

/// A change that was started.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct Transaction {
    #[serde(rename = "transactionid", deserialize_with = "text")]
    pub(super) transaction_id: String,
    #[serde(deserialize_with = "text")]
    pub(super) status: String,
    #[serde(rename = "completedat", default, deserialize_with = "optional_text")]
    pub(super) completed_at: Option<String>,
    #[serde(default)]
    pub(super) failure: Option<ErrorBody>,
}

/// Body of a refusal, and of the historic refusals under status 200.
#[derive(Debug, Clone, Default, Deserialize)]
pub(super) struct ErrorBody {
    #[serde(deserialize_with = "text")]
    pub(super) error: String,
    #[serde(default, deserialize_with = "optional_text")]
    pub(super) message: Option<String>,
    #[serde(default, deserialize_with = "optional_text")]
    pub(super) field: Option<String>,
    #[serde(rename = "existingunitid", default, deserialize_with = "optional_text")]
    pub(super) existing_unit_id: Option<String>,
    #[serde(rename = "transactionid", default, deserialize_with = "optional_text")]
    pub(super) transaction_id: Option<String>,
    #[serde(rename = "servertime", default, deserialize_with = "optional_text")]
    pub(super) server_time: Option<String>,
    #[serde(rename = "oldestcursor", default, deserialize_with = "optional_text")]
    pub(super) oldest_cursor: Option<String>,
}

impl ErrorBody {
    /// The error of a body, if it is one.
    pub(super) fn of(body: &Value) -> Option<Self> {
        body.get("error").filter(|word| !word.is_null())?;
        Self::deserialize(body).ok().or_else(|| {
            Some(Self {
                error: "UNREADABLE_ERROR".to_owned(),
                ..Self::default()
            })
        })
    }

    /// The error word, compared in capitals because its case varies, and harmless for screens.
    pub(super) fn word(&self) -> String {
        printable(&self.error.trim().to_ascii_uppercase())
    }

    pub(super) fn rejection(&self, cause: RejectionCause) -> Rejection {
        Rejection {
            cause,
            word: self.word(),
            message: printable(self.message.as_deref().unwrap_or_default()),
            field: self.field.as_deref().map(printable),
        }
    }
}

impl Unit {
    /// In the heart's words.
    pub(super) fn into_carrier_unit(self) -> CarrierUnit {
        CarrierUnit {
            client_reference: self
                .client_ref
                .as_deref()
                .and_then(|text| Uuid::parse_str(text.trim()).ok()),
            device_id: self.device_id.and_then(|text| bare(&text)),
            iccid: self.iccid.and_then(|text| bare(&text)),
            mdn: self.mdn.as_deref().and_then(|text| Mdn::parse(text).ok()),
            plan_code: self.plan_code.and_then(|text| bare(&text)),
            state: state(&self.status),
            raw_state: printable(&self.status),
            reason: self.status_reason.as_deref().map(printable),
            remote_id: printable(&self.unit_id),
        }
    }
}

/// Identifiers are compared in capitals and without the blanks around them; an empty one is none.
fn bare(text: &str) -> Option<String> {
    Some(printable(&text.trim().to_ascii_uppercase())).filter(|text| !text.is_empty())
}

fn state(word: &str) -> SubscriptionState {
    match word.trim().to_ascii_uppercase().as_str() {
        "PENDING" => SubscriptionState::Pending,
        "ACTIVE" => SubscriptionState::Active,
        "SUSPENDED" => SubscriptionState::Suspended,
        "RESERVED" | "HOTLINED" => SubscriptionState::Held,
        "CANCELLED" => SubscriptionState::Cancelled,
        "ERROR" => SubscriptionState::Error,
        _ => SubscriptionState::Other(printable(word)),
    }
}
