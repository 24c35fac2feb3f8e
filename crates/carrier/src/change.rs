//! A change of a subscription that the carrier already holds: what is wanted, and how to see that it is so.
//!
//! What is known after asking is a [`RegistrationOutcome`], as for registering: one type, and `Unknown` is never hidden.

use fleet::registration::{CarrierUnit, RegistrationOutcome, SubscriptionState};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// What is known after asking for a change.
pub type ChangeOutcome = RegistrationOutcome;

/// What shall change.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "change", rename_all = "snake_case")]
pub enum Change {
    /// From the bench into service, where the carrier tells the two apart.
    Activate,
    /// Another plan of the account's own list.
    Plan {
        /// Its code or name, exactly as the account lists it.
        plan_code: String,
    },
    /// Out of service for a while.
    Suspend,
    /// Into service again.
    Restore,
    /// The end of the subscription; at some carriers the number is lost.
    Deactivate,
}

/// One wish to change a subscription. Kept by the caller before the first byte is sent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChangeRequest {
    /// Stable over attempts and crashes.
    pub client_reference: Uuid,
    /// The subscription, as the carrier described it when the change was decided.
    pub unit: CarrierUnit,
    /// What shall change.
    pub change: Change,
    /// Why, for the carrier's records; at most 100 characters.
    pub reason: Option<String>,
    /// When it shall take effect, where the carrier has dated changes; `None` is at once.
    pub starts_at: Option<Timestamp>,
}

impl Change {
    /// One word for lists and journals.
    #[must_use]
    pub fn word(&self) -> &'static str {
        match self {
            Self::Activate => "activate",
            Self::Plan { .. } => "plan",
            Self::Suspend => "suspend",
            Self::Restore => "restore",
            Self::Deactivate => "deactivate",
        }
    }

    /// Whether it can cost money or cannot be taken back: a person then confirms it by name.
    #[must_use]
    pub fn needs_confirmation(&self) -> bool {
        !matches!(self, Self::Suspend)
    }

    /// Whether a subscription is as this change wants it.
    #[must_use]
    pub fn is_reached(&self, unit: &CarrierUnit) -> bool {
        match self {
            Self::Activate | Self::Restore => unit.state == SubscriptionState::Active,
            Self::Plan { plan_code } => unit.plan_code.as_ref() == Some(plan_code),
            Self::Suspend => unit.state == SubscriptionState::Suspended,
            // Where there is no final state, the carrier's own word tells 'ended' from 'suspended'.
            Self::Deactivate => {
                unit.state == SubscriptionState::Cancelled
                    || unit.raw_state.eq_ignore_ascii_case("DEACTIVATED")
            }
        }
    }
}
