//! A row of the fleet table of which every column holds what a unit can have: the one list of its columns for both ways to a unit, the one that
//! builds it and the one that lends its texts to the file.

use super::wire;
use fleet::registration::RegistrationState;
use fleet::setting::ShownValue;
use fleet::unit::{Unit, UnitState};
use fleet::{Iccid, Mdn, SettingKey, UnitId};
use jiff::Timestamp;
use serde::Deserialize;
use std::borrow::Cow;
use std::collections::BTreeMap;

/// A row of the fleet table of which every column holds what a unit can have, lent from where it stands.
#[derive(Deserialize)]
pub(super) struct Plain<'row> {
    #[serde(borrow)]
    pub serial: Option<Text<'row>>,
    pub imei: Option<Text<'row>>,
    pub meid: Option<Text<'row>>,
    pub esn: Option<Text<'row>>,
    pub model: Option<Text<'row>>,
    pub firmware: Option<Text<'row>>,
    pub serial_number: Option<Text<'row>>,
    pub profile: Option<Text<'row>>,
    pub iccid: Option<Iccid>,
    pub mdn: Option<Mdn>,
    pub template: Option<Text<'row>>,
    pub template_version: Option<u32>,
    pub settings: Option<BTreeMap<SettingKey, ShownValue>>,
    pub state: Option<UnitState>,
    pub carrier_state: Option<RegistrationState>,
    pub plan_code: Option<Text<'row>>,
    pub carrier_id: Option<Text<'row>>,
    pub customer: Option<Text<'row>>,
    pub vehicle: Option<Text<'row>>,
    pub office: Option<Text<'row>>,
    pub notes: Option<Text<'row>>,
    pub provisioned_at: Option<Timestamp>,
}

/// Serde lends a text only where it is asked for by itself, not inside of an option.
#[derive(Deserialize)]
pub(super) struct Text<'row>(#[serde(borrow)] Cow<'row, str>);

pub(super) fn text<'a>(of: &'a Option<Text<'_>>) -> Option<&'a str> {
    of.as_ref().map(|text| text.0.as_ref())
}

impl Plain<'_> {
    /// The identity that the row has.
    pub fn identity(&self) -> Option<UnitId> {
        let numbers = [&self.imei, &self.meid, &self.esn].map(text);
        wire::identity_of(numbers, text(&self.serial))
    }

    /// The unit that the row shows.
    pub fn into_unit(self, updated_at: Timestamp) -> Option<Unit> {
        let owned = |text: Option<Text<'_>>| text.map(|text| text.0.into_owned());
        let mut unit = Unit::new(self.identity()?, updated_at);
        unit.model = owned(self.model);
        unit.firmware = owned(self.firmware);
        unit.serial_number = owned(self.serial_number);
        unit.profile = owned(self.profile);
        unit.iccid = self.iccid;
        unit.mdn = self.mdn;
        unit.template = owned(self.template);
        unit.template_version = self.template_version;
        unit.settings = self.settings.unwrap_or_default();
        unit.state = self.state.unwrap_or(unit.state);
        unit.registration = self.carrier_state;
        unit.plan_code = owned(self.plan_code);
        unit.carrier_id = owned(self.carrier_id);
        unit.customer = owned(self.customer);
        unit.vehicle = owned(self.vehicle);
        unit.office = owned(self.office);
        unit.note = owned(self.notes);
        unit.provisioned_at = self.provisioned_at;
        Some(unit)
    }
}
