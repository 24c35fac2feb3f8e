//! Checks a registration's body as the contract words them: its form (400), then its meaning (422).

use super::answer::Answer;
use super::switches::Switches;
use fleet::{Esn, Imei, Meid};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use uuid::Uuid;

/// A plan of the pretend account.
pub(super) struct Plan {
    pub(super) code: &'static str,
    pub(super) description: &'static str,
    pub(super) orderable: bool,
    /// Whether only LTE units (known by IMEI) may take it.
    pub(super) lte_only: bool,
}

/// The pretend account's plans.
pub(super) const PLANS: &[Plan] = &[
    Plan {
        code: "M2MGPS5",
        description: "GPS unit 5 MB pooled",
        orderable: true,
        lte_only: false,
    },
    Plan {
        code: "M2MGPS1",
        description: "GPS unit 1 MB legacy",
        orderable: false,
        lte_only: false,
    },
    Plan {
        code: "M2MLTE20",
        description: "LTE unit 20 MB pooled",
        orderable: true,
        lte_only: true,
    },
];

/// A registration whose form is right.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Registration {
    pub(super) client_ref: Uuid,
    pub(super) unit_name: String,
    pub(super) serial_number: Option<String>,
    pub(super) device_id_type: String,
    pub(super) device_id: String,
    pub(super) iccid: Option<String>,
    pub(super) plan_code: String,
    pub(super) service_zip: String,
}

const MEMBERS: &[&str] = &[
    "clientRef",
    "unitName",
    "serialNumber",
    "deviceIdType",
    "deviceId",
    "iccid",
    "planCode",
    "serviceZip",
];

/// Reads a body's form; a refusal names the first field at fault.
pub(super) fn form(body: &Value) -> Result<Registration, Answer> {
    let members = object(body, MEMBERS)?;
    let registration = Registration {
        client_ref: client_ref(members)?,
        unit_name: text(members, "unitName", 1, 50)?,
        serial_number: optional_text(members, "serialNumber", 40)?,
        device_id_type: text(members, "deviceIdType", 1, 4)?,
        device_id: text(members, "deviceId", 8, 15)?,
        iccid: optional_text(members, "iccid", 40)?,
        plan_code: plan_code(members)?,
        service_zip: text(members, "serviceZip", 5, 5)?,
    };
    let id = registration.device_id.as_bytes();
    let capital_hex = id
        .iter()
        .all(|byte| byte.is_ascii_digit() || (b'A'..=b'F').contains(byte));
    let digits = id.iter().all(u8::is_ascii_digit);
    let id_form = (matches!(id.len(), 8 | 14) && capital_hex) || (id.len() == 15 && digits);
    if !matches!(
        registration.device_id_type.as_str(),
        "MEID" | "ESN" | "IMEI"
    ) {
        return Err(bad("deviceIdType"));
    }
    if !id_form {
        return Err(bad("deviceId"));
    }
    if !registration
        .service_zip
        .bytes()
        .all(|byte| byte.is_ascii_digit())
    {
        return Err(bad("serviceZip"));
    }
    Ok(registration)
}

/// Checks what the values mean to this carrier.
pub(super) fn meaning(registration: &Registration, switches: &Switches) -> Result<(), Answer> {
    let id = registration.device_id.as_str();
    let valid = match registration.device_id_type.as_str() {
        "IMEI" => id.len() == 15 && Imei::parse(id).is_ok(),
        "MEID" => id.len() == 14 && Meid::parse(id).is_ok(),
        _ => id.len() == 8 && Esn::parse(id).is_ok(),
    };
    if !valid {
        return Err(Answer::error(422, "INVALID_DEVICE_ID").field("deviceId"));
    }
    if let Some(iccid) = &registration.iccid {
        let digits = iccid.bytes().all(|byte| byte.is_ascii_digit());
        if !(digits && matches!(iccid.len(), 19 | 20) && iccid.starts_with("89")) {
            return Err(Answer::error(422, "INVALID_ICCID").field("iccid"));
        }
    }
    let Some(plan) = PLANS
        .iter()
        .find(|plan| plan.code == registration.plan_code && plan.orderable)
    else {
        return Err(Answer::error(422, "UNKNOWN_PLAN").field("planCode"));
    };
    if plan.lte_only && registration.device_id_type != "IMEI" {
        return Err(Answer::error(422, "PLAN_NOT_COMPATIBLE").field("planCode"));
    }
    if switches.owned_elsewhere.contains(id) {
        return Err(Answer::error(409, "DEVICE_OWNED_ELSEWHERE").field("deviceId"));
    }
    if registration
        .iccid
        .as_ref()
        .is_some_and(|iccid| switches.owned_elsewhere.contains(iccid))
    {
        return Err(Answer::error(409, "DEVICE_OWNED_ELSEWHERE").field("iccid"));
    }
    if switches.not_in_inventory.contains(id) {
        return Err(Answer::error(422, "DEVICE_NOT_IN_INVENTORY").field("deviceId"));
    }
    // No postal code begins with 000: a place without a service area, for tests.
    if registration.service_zip.starts_with("000") {
        return Err(Answer::error(422, "NO_COVERAGE").field("serviceZip"));
    }
    Ok(())
}

/// The members of a body that has no others than `known`.
pub(super) fn object<'a>(
    body: &'a Value,
    known: &[&str],
) -> Result<&'a Map<String, Value>, Answer> {
    let members = body.as_object().ok_or_else(|| bad("body"))?;
    match members.keys().find(|name| !known.contains(&name.as_str())) {
        Some(unknown) => Err(bad(unknown)),
        None => Ok(members),
    }
}

pub(super) fn client_ref(members: &Map<String, Value>) -> Result<Uuid, Answer> {
    Uuid::parse_str(&text(members, "clientRef", 36, 36)?).map_err(|_| bad("clientRef"))
}

pub(super) fn plan_code(members: &Map<String, Value>) -> Result<String, Answer> {
    let code = text(members, "planCode", 1, 9)?;
    let form = code
        .bytes()
        .all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit());
    if form { Ok(code) } else { Err(bad("planCode")) }
}

pub(super) fn text(
    members: &Map<String, Value>,
    name: &str,
    least: usize,
    most: usize,
) -> Result<String, Answer> {
    let text = members
        .get(name)
        .and_then(Value::as_str)
        .ok_or_else(|| bad(name))?;
    if (least..=most).contains(&text.chars().count()) {
        Ok(text.to_owned())
    } else {
        Err(bad(name))
    }
}

pub(super) fn optional_text(
    members: &Map<String, Value>,
    name: &str,
    most: usize,
) -> Result<Option<String>, Answer> {
    match members.get(name) {
        None | Some(Value::Null) => Ok(None),
        Some(_) => text(members, name, 0, most).map(Some),
    }
}

pub(super) fn bad(field: &str) -> Answer {
    Answer::error(400, "INVALID_PARAMETER").field(field)
}
