//! A whole account at once: a row of units whose numbers follow from their place, so that an inventory can be made to match.

use fleet::Imei;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use uuid::Uuid;

/// Most units of one seed.
const MOST_UNITS: u32 = 1_000_000;

/// Units that the pretend account holds in service from now on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct AccountSeed {
    /// How many.
    pub units: u32,
    /// Place of the first one.
    #[serde(default)]
    pub first: u32,
    /// Their plan.
    pub plan: String,
}

/// One unit of a seed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SeededUnit {
    /// Its number.
    pub imei: String,
    /// Its SIM.
    pub iccid: String,
    /// Reference that the account keeps with it.
    pub client_reference: Uuid,
    /// Its name.
    pub name: String,
}

impl SeededUnit {
    /// The unit at a place.
    #[must_use]
    pub fn at(place: u32) -> Self {
        // A software version stands behind the fourteen digits, so that the identifier makes the check digit itself.
        let imei = Imei::from_imeisv(&format!("3568690{place:07}00"))
            .map(|imei| imei.to_string())
            .unwrap_or_default();
        Self {
            imei,
            iccid: format!("8901260000{place:010}"),
            client_reference: Uuid::from_u128(
                0x5eed_0000_0000_4000_8000_0000_0000_0000 + u128::from(place),
            ),
            name: format!("Seeded {place}"),
        }
    }
}

impl AccountSeed {
    pub(super) fn check(&self) -> Result<(), String> {
        let last = u64::from(self.first) + u64::from(self.units);
        if self.units == 0 || last > u64::from(MOST_UNITS) {
            return Err(format!("1 to {MOST_UNITS} units can be seeded"));
        }
        Ok(())
    }

    pub(super) fn each(&self) -> impl Iterator<Item = SeededUnit> {
        (self.first..self.first.saturating_add(self.units)).map(SeededUnit::at)
    }

    /// As edits of SIMs.
    pub(super) fn sims(&self) -> impl Iterator<Item = (String, Value)> {
        let plan = self.plan.clone();
        self.each().map(move |unit| {
            let set = json!({"status": "ACTIVATED", "ratePlan": plan, "accountCustom1": unit.client_reference.to_string(),
                "deviceID": unit.name, "imei": unit.imei});
            (unit.iccid, set)
        })
    }
}
