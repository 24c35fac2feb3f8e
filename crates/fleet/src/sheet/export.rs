//! Which columns an export has, and how a unit is written in them. Everything is text: no number of ours is a quantity.

use crate::edit::Field;
use crate::ids::UnitIdKind;
use crate::unit::{Unit, UnitState};
use jiff::Timestamp;
use jiff::tz::TimeZone;

/// For whom a list is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum For {
    /// Headings and words as on the screen; times of this office.
    People,
    /// Names of the fleet table; times in UTC, states as the fleet table has them, no marks.
    Machines,
}

/// A column of an export.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ExportColumn {
    /// Kind of the number a unit is known by.
    IdKind,
    /// The number a unit is known by.
    Id,
    /// That number, where it is of this kind.
    Identity(UnitIdKind),
    /// Something that people enter.
    Field(Field),
    /// How far it has come.
    State,
    /// Firmware.
    Firmware,
    /// Profile that spoke with it.
    Profile,
    /// Template.
    Template,
    /// Version of the template.
    TemplateVersion,
    /// Where its registration stands.
    Registration,
    /// The carrier's number for it.
    CarrierId,
    /// When it was last proved on a bench.
    ProvisionedAt,
    /// When the row last changed.
    UpdatedAt,
}

impl ExportColumn {
    /// The columns of an export, in their order.
    #[must_use]
    pub fn all(whom: For) -> Vec<Self> {
        let identity: &[Self] = match whom {
            For::People => &[
                Self::Identity(UnitIdKind::Imei),
                Self::Identity(UnitIdKind::Meid),
                Self::Identity(UnitIdKind::Esn),
                Self::Identity(UnitIdKind::Hardware),
            ],
            For::Machines => &[Self::IdKind, Self::Id],
        };
        let entered = Field::ALL
            .into_iter()
            .filter(|field| *field != Field::State);
        let told = [
            Self::State,
            Self::Firmware,
            Self::Profile,
            Self::Template,
            Self::TemplateVersion,
            Self::Registration,
            Self::CarrierId,
            Self::ProvisionedAt,
            Self::UpdatedAt,
        ];
        (identity.iter().copied())
            .chain(entered.map(Self::Field))
            .chain(told)
            .collect()
    }

    /// Its heading.
    #[must_use]
    pub fn heading(self, whom: For) -> &'static str {
        let (people, machines) = match self {
            Self::IdKind => ("Kind of number", "id_kind"),
            Self::Id => ("Unit", "id"),
            Self::Identity(UnitIdKind::Imei) => ("IMEI", "imei"),
            Self::Identity(UnitIdKind::Meid) => ("MEID", "meid"),
            Self::Identity(UnitIdKind::Esn) => ("ESN", "esn"),
            Self::Identity(UnitIdKind::Hardware) => ("Hardware number", "hardware"),
            Self::Field(field) => (field.words(), field.key()),
            Self::State => ("State", "state"),
            Self::Firmware => ("Firmware", "firmware"),
            Self::Profile => ("Family", "profile"),
            Self::Template => ("Template", "template"),
            Self::TemplateVersion => ("Template version", "template_version"),
            Self::Registration => ("Registration", "carrier_state"),
            Self::CarrierId => ("Carrier's number", "carrier_id"),
            Self::ProvisionedAt => ("Last proved", "provisioned_at"),
            Self::UpdatedAt => ("Last changed", "updated_at"),
        };
        match whom {
            For::People => people,
            For::Machines => machines,
        }
    }

    /// What stands in it for a unit.
    #[must_use]
    pub fn text(self, unit: &Unit, whom: For, zone: &TimeZone) -> String {
        let given = |text: &Option<String>| text.clone().unwrap_or_default();
        match self {
            Self::IdKind => unit.id.kind().as_str().to_owned(),
            Self::Id => unit.id.to_string(),
            Self::Identity(kind) if unit.id.kind() == kind => unit.id.to_string(),
            Self::Identity(_) => String::new(),
            Self::Field(field) => field.text(unit),
            Self::State => match whom {
                For::People => state_words(unit.state).to_owned(),
                For::Machines => state_key(unit.state).to_owned(),
            },
            Self::Firmware => given(&unit.firmware),
            Self::Profile => given(&unit.profile),
            Self::Template => given(&unit.template),
            Self::TemplateVersion => unit
                .template_version
                .map(|v| v.to_string())
                .unwrap_or_default(),
            Self::Registration => unit
                .registration
                .map(|state| {
                    serde_json::json!(state)
                        .as_str()
                        .unwrap_or_default()
                        .to_owned()
                })
                .unwrap_or_default(),
            Self::CarrierId => given(&unit.carrier_id),
            Self::ProvisionedAt => unit
                .provisioned_at
                .map(|at| time(at, whom, zone))
                .unwrap_or_default(),
            Self::UpdatedAt => time(unit.updated_at, whom, zone),
        }
    }
}

fn time(at: Timestamp, whom: For, zone: &TimeZone) -> String {
    match whom {
        For::People => at
            .to_zoned(zone.clone())
            .strftime("%Y-%m-%d %H:%M")
            .to_string(),
        For::Machines => at.to_string(),
    }
}

pub(super) fn state_key(state: UnitState) -> &'static str {
    match state {
        UnitState::Known => "known",
        UnitState::Verified => "verified",
        UnitState::NotVerified => "not_verified",
        UnitState::Stopped => "stopped",
        UnitState::NeedsPerson => "needs_person",
        UnitState::Retired => "retired",
    }
}

pub(super) fn state_words(state: UnitState) -> &'static str {
    match state {
        UnitState::Known => "Known",
        UnitState::Verified => "Verified",
        UnitState::NotVerified => "Not verified",
        UnitState::Stopped => "Stopped",
        UnitState::NeedsPerson => "Needs you",
        UnitState::Retired => "Retired",
    }
}
