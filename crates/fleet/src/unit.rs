//! A unit's row in the inventory, and what happened to it.

use crate::ids::{Iccid, Mdn, UnitId};
use crate::registration::RegistrationState;
use crate::setting::{SettingKey, ShownValue};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// How far a unit has come, as lists and searches show it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum UnitState {
    /// Seen or entered, never configured here.
    Known,
    /// Configured, and every value was read back after a restart.
    Verified,
    /// Everything was accepted, but this family cannot show it; or it was proved, and somebody typed to the unit since.
    NotVerified,
    /// Something failed or disagrees.
    Stopped,
    /// A person must decide.
    NeedsPerson,
    /// Out of use; never deleted.
    Retired,
}

/// One unit as the inventory keeps it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Unit {
    /// Its identity.
    #[serde(flatten)]
    pub id: UnitId,
    /// Model name, as the profile words it.
    pub model: Option<String>,
    /// Firmware as the unit says it.
    pub firmware: Option<String>,
    /// Serial number on its housing or chip.
    pub serial_number: Option<String>,
    /// Profile that spoke with it.
    pub profile: Option<String>,
    /// SIM.
    pub iccid: Option<Iccid>,
    /// Phone number.
    pub mdn: Option<Mdn>,
    /// Template that it was last given, and its version.
    pub template: Option<String>,
    /// Version of that template.
    pub template_version: Option<u32>,
    /// Settings as last read from it.
    #[serde(deserialize_with = "crate::odd_settings::deserialize")]
    pub settings: BTreeMap<SettingKey, ShownValue>,
    /// How far it has come.
    pub state: UnitState,
    /// Where its registration stands.
    pub registration: Option<RegistrationState>,
    /// Plan at the carrier.
    pub plan_code: Option<String>,
    /// The carrier's number for it.
    pub carrier_id: Option<String>,
    /// Customer.
    pub customer: Option<String>,
    /// Vehicle or plate.
    pub vehicle: Option<String>,
    /// Office.
    pub office: Option<String>,
    /// Free note; `notes` in the fleet table and wherever a program reads it.
    #[serde(rename = "notes", alias = "note")]
    pub note: Option<String>,
    /// When it was last proved on a bench.
    pub provisioned_at: Option<Timestamp>,
    /// When this row last changed.
    pub updated_at: Timestamp,
}

impl Unit {
    /// A row with nothing known but the identity.
    #[must_use]
    pub fn new(id: UnitId, now: Timestamp) -> Self {
        Self {
            id,
            model: None,
            firmware: None,
            serial_number: None,
            profile: None,
            iccid: None,
            mdn: None,
            template: None,
            template_version: None,
            settings: BTreeMap::new(),
            state: UnitState::Known,
            registration: None,
            plan_code: None,
            carrier_id: None,
            customer: None,
            vehicle: None,
            office: None,
            note: None,
            provisioned_at: None,
            updated_at: now,
        }
    }
}

/// What people call a column of the fleet table.
#[must_use]
pub fn column_words(column: &str) -> &str {
    match column {
        "serial" => "known as",
        "imei" => "IMEI",
        "meid" => "MEID",
        "esn" => "ESN",
        "serial_number" => "serial number",
        "iccid" => "SIM (ICCID)",
        "imsi" => "IMSI",
        "mdn" => "phone number",
        "msid" => "MSID",
        "template_version" => "template version",
        "carrier_state" => "registration",
        "carrier_id" => "carrier's number",
        "plan_code" => "plan",
        "client_reference" => "carrier reference",
        "notes" => "note",
        "provisioned_at" => "last proved",
        other => other,
    }
}

/// Kind of an entry on a unit's timeline; decides icon and filter.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum UnitEventKind {
    /// Seen on the bench.
    Bench,
    /// Values written.
    Changed,
    /// Every value read back.
    Verified,
    /// Stopped or put back.
    Stopped,
    /// A person decided or must decide.
    Person,
    /// The carrier.
    Carrier,
    /// A row edited.
    Edit,
    /// A position report.
    Report,
    /// A label was printed.
    Label,
}

/// One entry on a unit's timeline.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct UnitEvent {
    /// When.
    pub at: Timestamp,
    /// Kind.
    pub kind: UnitEventKind,
    /// What happened, in a few words ('Verified').
    pub title: String,
    /// More, or empty ('7 changes read back after restart').
    pub detail: String,
    /// Who or where ('bench 2', 'carrier').
    pub by: String,
}
