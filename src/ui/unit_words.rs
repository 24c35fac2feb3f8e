//! How a unit's row is told in pills and lines, the same on every screen.

use super::theme::icon_table as icons;
use super::widgets::{Pill, Shape, Tone};
use fleet::registration::RegistrationState;
use fleet::unit::{Unit, UnitEventKind, UnitState};

/// How far a unit has come.
#[must_use]
pub fn state_pill(state: UnitState) -> Pill {
    let icon = Shape::Icon;
    match state {
        UnitState::Known => Pill::new("Known", Some(icon(icons::PLUGS)), Tone::Neutral),
        UnitState::Verified => Pill::new(
            "Verified",
            Some(icon(icons::SEAL_CHECK)),
            Tone::News(|p| p.proved),
        ),
        UnitState::NotVerified => Pill::new(
            "Not verified",
            Some(icon(icons::SEAL_QUESTION)),
            Tone::Outline,
        ),
        UnitState::Stopped => Pill::new("Stopped", Some(Shape::Octagon), Tone::News(|p| p.stop)),
        UnitState::NeedsPerson => Pill::new(
            "Needs you",
            Some(icon(icons::WARNING_FILL)),
            Tone::News(|p| p.person),
        ),
        UnitState::Retired => Pill::new("Retired", Some(icon(icons::PROHIBIT)), Tone::Neutral),
    }
}

/// Where a registration stands. An answer of the carrier is no proof, so it is never green.
#[must_use]
pub fn registration_pill(registration: Option<RegistrationState>) -> Pill {
    let icon = Shape::Icon;
    match registration {
        Some(RegistrationState::Active) => {
            Pill::new("Active", Some(icon(icons::CELL_TOWER)), Tone::Outline)
        }
        Some(RegistrationState::Pending) => {
            Pill::new("Activating", Some(icon(icons::CLOCK)), Tone::Neutral)
        }
        Some(RegistrationState::Owed) => Pill::new("Owed", Some(icon(icons::CLOCK)), Tone::Neutral),
        Some(RegistrationState::Refused) => Pill::new(
            "Refused",
            Some(icon(icons::WARNING_FILL)),
            Tone::News(|p| p.person),
        ),
        Some(RegistrationState::Suspended) => {
            Pill::new("Suspended", Some(icon(icons::PAUSE)), Tone::Neutral)
        }
        Some(RegistrationState::Ended) => {
            Pill::new("Ended", Some(icon(icons::PROHIBIT)), Tone::Neutral)
        }
        Some(RegistrationState::Skipped) => {
            Pill::new("Not wanted", Some(icon(icons::PAUSE)), Tone::Neutral)
        }
        None => Pill::new("Not registered", Some(icon(icons::PAUSE)), Tone::Neutral),
    }
}

/// Name and version of its template, or that there is none.
#[must_use]
pub fn template(unit: &Unit) -> Option<String> {
    let name = unit.template.as_ref()?;
    Some(match unit.template_version {
        Some(version) => format!("{name} v{version}"),
        None => name.clone(),
    })
}

/// Icon of an entry on a timeline, and whether it is the one that was read back.
#[must_use]
pub fn entry_icon(kind: UnitEventKind) -> (super::theme::Icon, bool) {
    match kind {
        UnitEventKind::Bench => (icons::PLUGS, false),
        UnitEventKind::Changed => (icons::SLIDERS_HORIZONTAL, false),
        UnitEventKind::Verified => (icons::SEAL_CHECK_FILL, true),
        UnitEventKind::Stopped => (icons::PROHIBIT, false),
        UnitEventKind::Person => (icons::USER, false),
        UnitEventKind::Carrier => (icons::CELL_TOWER, false),
        UnitEventKind::Edit => (icons::PENCIL_SIMPLE, false),
        UnitEventKind::Report => (icons::BROADCAST, false),
        UnitEventKind::Label => (icons::TAG, false),
    }
}

/// A phone number as it is read out: '206 555 0142'.
#[must_use]
pub fn phone(mdn: &fleet::Mdn) -> String {
    let digits = mdn.as_str();
    match (digits.get(..3), digits.get(3..6), digits.get(6..10)) {
        (Some(area), Some(exchange), Some(line)) if digits.len() == 10 => {
            format!("{area} {exchange} {line}")
        }
        _ => digits.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn phone_numbers_are_read_out_in_three_parts() {
        let mdn = fleet::Mdn::parse("2065550142").unwrap();
        assert_eq!(phone(&mdn), "206 555 0142");
    }
}
