//! The part of a profile that says how a unit tells who it is.

use schemars::JsonSchema;
use serde::Deserialize;

/// How a unit tells who it is.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Identify {
    /// Exchanges to run in this order. Their captures are the facts: `imei`, `meid`, `id` (IMEI or MEID by its form), `iccid`,
    /// `firmware`, `hardware`, `model`, `serial_number`, and any other word that variants are chosen by.
    pub ask: Vec<String>,
    /// Exchanges among `ask` whose silence does not matter (an ICCID on a unit without SIM).
    #[serde(default)]
    pub optional: Vec<String>,
    /// Captures that must be there for the answer to count as a known unit, besides an identity.
    #[serde(default)]
    pub required: Vec<String>,
    /// Exchanges among `optional` that a unit with a MEID is not asked: it has no SIM.
    #[serde(default)]
    pub not_with_meid: Vec<String>,
    /// Which number of the housing `{label}` is.
    #[serde(default)]
    pub label: LabelHolds,
}

/// What `{label}` in a question is filled with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum LabelHolds {
    /// The IMEI: the unit answers to nothing else, so nothing is asked before it is known.
    #[default]
    Imei,
    /// A number of the maker's. Where none was given the place stays empty, because many units answer all the same.
    DeviceId,
}
