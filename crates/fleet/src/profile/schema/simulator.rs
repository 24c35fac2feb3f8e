//! The part of a profile that says how a simulated unit of the family behaves.

use crate::profile::pattern::Pattern;
use schemars::JsonSchema;
use serde::Deserialize;
use std::collections::BTreeMap;

/// How a simulated unit behaves; none of it is proof about real units.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Simulator {
    /// Least and greatest time before a reply, milliseconds.
    #[serde(default = "default_reply_ms")]
    pub reply_ms: (u64, u64),
    /// Least and greatest time before a second reply of an exchange, milliseconds.
    #[serde(default = "default_reply_ms")]
    pub second_reply_ms: (u64, u64),
    /// How long a restart takes, milliseconds.
    #[serde(default = "default_restart_ms")]
    pub restart_ms: (u64, u64),
    /// Bytes a second on the line. USB units ignore the baud rate.
    #[serde(default = "default_bytes_per_s")]
    pub bytes_per_s: u32,
    /// Milliseconds between unsolicited lines.
    #[serde(default)]
    pub unsolicited_every_ms: (u64, u64),
    /// Unsolicited lines; captures such as `{imei}` and `{time}` are filled in.
    #[serde(default)]
    pub unsolicited: Vec<Pattern>,
    /// Parameters besides those of settings, so that a dump has its real size.
    #[serde(default)]
    pub filler_parameters: u32,
    /// First number of those.
    #[serde(default)]
    pub filler_from: u32,
    /// Models that are simulated.
    #[serde(rename = "unit")]
    pub units: Vec<SimulatedModel>,
}

fn default_reply_ms() -> (u64, u64) {
    (20, 90)
}

fn default_restart_ms() -> (u64, u64) {
    (3000, 3500)
}

/// 115200 baud.
fn default_bytes_per_s() -> u32 {
    11_520
}

/// One model that can be simulated.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SimulatedModel {
    /// The variant it must be recognised as.
    pub variant: String,
    /// First digits of its identity: eight of an IMEI, or of a MEID.
    pub identity_prefix: String,
    /// Whether the identity is a MEID.
    #[serde(default)]
    pub meid: bool,
    /// It also has a number of its maker's: so many of the last digits of its IMEI, without the check digit.
    pub device_id_digits: Option<usize>,
    /// It never tells its IMEI, only that number.
    #[serde(default)]
    pub hides_imei: bool,
    /// Only simulated when its variant is asked for by name: models that cannot do what most can.
    #[serde(default)]
    pub only_if_named: bool,
    /// First digits of its ICCID; none: no SIM.
    pub iccid_prefix: Option<String>,
    /// Facts for patterns (`hardware`, `firmware`, `protocol`, `name`).
    #[serde(default)]
    pub facts: BTreeMap<String, String>,
    /// Password or keyword it starts with.
    pub password: Option<String>,
    /// Password it asks for in text messages, where that is another one than over the cable.
    pub sms_password: Option<String>,
    /// Wire texts it starts with, by place (`2001`, `SRI.main_host`).
    #[serde(default)]
    pub initial: BTreeMap<String, String>,
}
