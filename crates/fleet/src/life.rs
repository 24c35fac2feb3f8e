//! A unit's way in and out of service: returned, retired, back in use, swapped. Nothing is ever deleted.
//!
//! What the carrier must be told is said with it; telling it is another step, which costs money and is agreed to on its own.

use crate::edit::{Edit, EditError, Field};
use crate::ids::UnitId;
use crate::registration::RegistrationState;
use crate::unit::{Unit, UnitState};

/// A step of a unit's life.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LifeStep {
    /// It came back from its customer: customer and vehicle are emptied, their history stays.
    Return,
    /// It goes out of use.
    Retire,
    /// It is used again.
    TakeBack,
    /// Another unit takes its place: customer, vehicle and office go over to it.
    SwapWith(UnitId),
}

impl LifeStep {
    /// What the timeline calls it.
    #[must_use]
    pub fn title(&self) -> &'static str {
        match self {
            Self::Return => "Returned",
            Self::Retire => "Retired",
            Self::TakeBack => "Back in use",
            Self::SwapWith(_) => "Swapped out",
        }
    }

    /// Why it cannot be done with this unit, if it cannot.
    #[must_use]
    pub fn impossible(&self, unit: &Unit) -> Option<&'static str> {
        let retired = unit.state == UnitState::Retired;
        match self {
            Self::Return if unit.customer.is_none() && unit.vehicle.is_none() => {
                Some("It is with no customer and in no vehicle.")
            }
            Self::Retire if retired => Some("It is retired already."),
            Self::TakeBack if !retired => Some("It is in use already."),
            Self::SwapWith(_) if unit.customer.is_none() && unit.vehicle.is_none() => {
                Some("It has no customer and no vehicle that another unit could take over.")
            }
            Self::SwapWith(other) if *other == unit.id => Some("A unit cannot take its own place."),
            _ => None,
        }
    }

    /// What changes on the unit's own row.
    ///
    /// # Errors
    /// Never for what is in the program; the checks are those of a typed value.
    pub fn edits(&self) -> Result<Vec<Edit>, EditError> {
        let empty = |field| Edit::new(field, "");
        match self {
            Self::Return | Self::SwapWith(_) => {
                Ok(vec![empty(Field::Customer)?, empty(Field::Vehicle)?])
            }
            Self::Retire => Ok(vec![Edit::new(Field::State, "retired")?]),
            Self::TakeBack => Ok(vec![Edit::new(Field::State, "known")?]),
        }
    }

    /// What the unit that takes the place is given.
    ///
    /// # Errors
    /// When a value of the old row is none that could be typed.
    pub fn given_over(old: &Unit) -> Result<Vec<Edit>, EditError> {
        let given = [Field::Customer, Field::Vehicle, Field::Office];
        given
            .into_iter()
            .filter(|field| !field.text(old).is_empty())
            .map(|field| Edit::new(field, &field.text(old)))
            .collect()
    }

    /// What is left to do at the carrier afterwards.
    #[must_use]
    pub fn carrier_step(&self, unit: &Unit) -> Option<String> {
        let runs = matches!(
            unit.registration,
            Some(
                RegistrationState::Active
                    | RegistrationState::Pending
                    | RegistrationState::Suspended
            )
        );
        let id = unit.id.as_str();
        match self {
            _ if !runs => None,
            Self::Return => Some(format!(
                "Its subscription goes on and is billed. 'fleetdesk carrier suspend {id}' pauses it."
            )),
            Self::Retire => Some(format!(
                "Its subscription goes on and is billed until 'fleetdesk carrier deactivate {id}'."
            )),
            Self::SwapWith(_) => Some(format!(
                "The subscription stays with the old unit until 'fleetdesk carrier swap unit {id}'."
            )),
            Self::TakeBack => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::Timestamp;

    fn unit(name: &str) -> Unit {
        let mut unit = Unit::new(UnitId::Hardware(name.into()), Timestamp::UNIX_EPOCH);
        unit.customer = Some("Example Couriers".into());
        unit.vehicle = Some("SMP 1147".into());
        unit
    }

    fn after(step: &LifeStep, unit: &Unit) -> Unit {
        let mut unit = unit.clone();
        step.edits()
            .unwrap()
            .iter()
            .for_each(|edit| edit.apply(&mut unit));
        unit
    }

    #[test]
    fn a_returned_unit_is_with_nobody_and_keeps_its_state() {
        let mut old = unit("a");
        old.state = UnitState::Verified;
        let back = after(&LifeStep::Return, &old);
        assert_eq!((back.customer.clone(), back.vehicle.clone()), (None, None));
        assert_eq!(back.state, UnitState::Verified);
        assert!(LifeStep::Return.impossible(&back).is_some());
    }

    #[test]
    fn retiring_can_be_taken_back_and_deletes_nothing() {
        let old = unit("a");
        let retired = after(&LifeStep::Retire, &old);
        assert_eq!(retired.state, UnitState::Retired);
        assert_eq!(retired.customer, old.customer);
        assert!(LifeStep::Retire.impossible(&retired).is_some());
        assert_eq!(after(&LifeStep::TakeBack, &retired).state, UnitState::Known);
    }

    #[test]
    fn the_new_unit_takes_over_what_the_old_one_leaves() {
        let (old, mut new) = (
            unit("a"),
            Unit::new(UnitId::Hardware("b".into()), Timestamp::UNIX_EPOCH),
        );
        for edit in LifeStep::given_over(&old).unwrap() {
            edit.apply(&mut new);
        }
        assert_eq!((&new.customer, &new.vehicle), (&old.customer, &old.vehicle));
        let step = LifeStep::SwapWith(new.id.clone());
        assert_eq!(after(&step, &old).customer, None);
        assert!(
            LifeStep::SwapWith(old.id.clone())
                .impossible(&old)
                .is_some()
        );
    }

    #[test]
    fn a_running_subscription_is_not_forgotten() {
        let mut old = unit("a");
        assert_eq!(LifeStep::Retire.carrier_step(&old), None);
        old.registration = Some(RegistrationState::Active);
        let words = LifeStep::Retire.carrier_step(&old).unwrap_or_default();
        assert!(words.contains("carrier deactivate a"), "{words}");
    }
}
