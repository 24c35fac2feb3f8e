//! Registering with Control Center: look at the SIM, put it into service with our values, look again.

use super::judging::{self, Awaited};
use super::wire::{ACTIVATED, DEACTIVATED, Device, DeviceEdit, TEST_READY};
use super::{Account, LONGEST_NAME, path_of};
use crate::failure::CallFailure;
use fleet::registration::{
    RegistrationIntent, RegistrationOutcome, Rejection, RejectionCause, SubscriptionState,
};
use reqwest::Method;

impl Account {
    /// Asks once. What is so already is not asked for.
    pub(crate) async fn register(&self, intent: &RegistrationIntent) -> RegistrationOutcome {
        let Some(iccid) = &intent.iccid else {
            return refused_here(
                "iccid",
                "This carrier knows a unit by its SIM; this one has none.",
            );
        };
        let (name_length, plan) = (intent.unit_name.chars().count(), intent.plan_code.trim());
        if !(1..=LONGEST_NAME).contains(&name_length) {
            return refused_here("deviceID", "The unit's name must have 1 to 50 characters.");
        }
        if plan.is_empty() {
            return refused_here("ratePlan", "No rate plan is named for new units.");
        }
        let path = match path_of(iccid.as_str()) {
            Ok(path) => path,
            Err(_) => return refused_here("iccid", "A SIM number has 18 to 20 digits."),
        };
        let test_ready = self.settings().test_ready_on_bench;
        let before = match self.device(iccid.as_str()).await {
            Ok(device) => device,
            Err(failure) => return before_the_change(failure),
        };
        if let Some(outcome) = decided_before(&before, intent, test_ready) {
            return outcome;
        }
        let edit = DeviceEdit {
            // A SIM that stands ready goes into service by its first use, or by a later wish of a person.
            status: (!(test_ready && before.is(TEST_READY))).then_some(ACTIVATED),
            rate_plan: Some(plan),
            communication_plan: self.settings().communication_plan.as_deref(),
            device_id: Some(&intent.unit_name),
            modem_id: intent.serial_number.as_deref(),
            account_custom_1: Some(intent.client_reference.to_string()),
            ..DeviceEdit::default()
        };
        if let Err(outcome) = self.line.write(Method::PUT, &path, &edit).await {
            return *outcome;
        }
        let accepted = |unit| RegistrationOutcome::Accepted {
            handle: Awaited::status(iccid.as_str(), ACTIVATED).handle(),
            unit,
            retry_after_s: None,
        };
        // An answer confirms receipt only; the SIM shows the rest.
        match self.device(iccid.as_str()).await {
            Ok(device) => match self.held(&device, intent).await {
                Some(unit) if unit.state != SubscriptionState::Pending => {
                    RegistrationOutcome::Done { unit }
                }
                unit => accepted(unit),
            },
            Err(_) => accepted(None),
        }
    }
}

/// What the SIM says before anything is asked of it, where that settles the matter.
fn decided_before(
    device: &Device,
    intent: &RegistrationIntent,
    test_ready: bool,
) -> Option<RegistrationOutcome> {
    let unit = device.carrier_unit();
    let ours = judging::is_ours(device, intent);
    let contradicts = |message: &str| {
        Some(RegistrationOutcome::Conflict {
            rejection: Rejection {
                cause: RejectionCause::Other,
                word: unit.raw_state.clone(),
                message: message.to_owned(),
                field: None,
            },
            existing: Some(Box::new(unit.clone())),
        })
    };
    // A SIM that we took out of service may have been moved: its former unit is expected there.
    let was_moved = device.is(DEACTIVATED) && unit.client_reference.is_some();
    if judging::other_unit(device, intent) && !ours && !was_moved {
        return contradicts("The network saw this SIM in another unit. Nothing was changed.");
    }
    if unit.state == SubscriptionState::Cancelled {
        return Some(RegistrationOutcome::Rejected(Rejection {
            cause: RejectionCause::NotKnown,
            word: unit.raw_state,
            message: "The account has ended this SIM for good.".to_owned(),
            field: Some("iccid".to_owned()),
        }));
    }
    if let Some(mark) = device.foreign_mark() {
        let message = format!(
            "The account's custom field 1 of this SIM holds '{mark}', which a registration would overwrite."
        );
        return Some(RegistrationOutcome::Rejected(Rejection {
            cause: RejectionCause::Value,
            word: "NOT_SENT".to_owned(),
            message,
            field: Some("accountCustom1".to_owned()),
        }));
    }
    if ours
        && (unit.state == SubscriptionState::Active
            || (test_ready && unit.state == SubscriptionState::TestReady))
        && unit.plan_code.as_deref() == Some(intent.plan_code.trim())
    {
        return Some(RegistrationOutcome::Done { unit });
    }
    if !ours && unit.client_reference.is_some() && unit.state == SubscriptionState::Active {
        return contradicts("The account holds another registration of this SIM.");
    }
    None
}

/// The look before the change failed: not one byte of the change left.
pub(super) fn before_the_change(failure: CallFailure) -> RegistrationOutcome {
    match failure {
        CallFailure::NotFound { word } => RegistrationOutcome::Rejected(Rejection {
            cause: RejectionCause::NotKnown,
            word,
            message: "The account has no such SIM.".to_owned(),
            field: Some("iccid".to_owned()),
        }),
        CallFailure::Refused(rejection) => RegistrationOutcome::Rejected(rejection),
        CallFailure::RetryAfter {
            seconds,
            quota_spent,
        } => RegistrationOutcome::RetryAfter {
            seconds,
            quota_spent,
        },
        other => RegistrationOutcome::NotSent {
            why: other.to_string(),
        },
    }
}

fn refused_here(field: &str, message: &str) -> RegistrationOutcome {
    RegistrationOutcome::Rejected(Rejection {
        cause: RejectionCause::Value,
        word: "NOT_SENT".to_owned(),
        message: message.to_owned(),
        field: Some(field.to_owned()),
    })
}
