//! Changes of a SIM: status and rate plan, at once or on a day to come.

use super::judging::Awaited;
use super::registering::before_the_change;
use super::wire::{ACTIVATED, DEACTIVATED, DeviceEdit};
use super::{Account, dates, path_of};
use crate::change::{Change, ChangeOutcome, ChangeRequest};
use fleet::registration::{RegistrationOutcome, Rejection, RejectionCause};
use jiff::{SignedDuration, Timestamp};
use reqwest::Method;

/// Furthest day of a dated change.
const LATEST_START: SignedDuration = SignedDuration::from_hours(180 * 24);

impl Account {
    /// Asks once, after a look at the SIM: the portal may have changed it behind our back.
    pub(crate) async fn change(&self, request: &ChangeRequest) -> ChangeOutcome {
        let iccid = request.unit.remote_id.as_str();
        if let Some(at) = request.starts_at
            && !(SignedDuration::ZERO..=LATEST_START).contains(&at.duration_since(Timestamp::now()))
        {
            return refused_here("The day must lie within the next 180 days.");
        }
        let Ok(path) = path_of(iccid) else {
            return refused_here("A SIM number has 18 to 20 digits.");
        };
        let (awaited, mut edit) = match &request.change {
            Change::Activate | Change::Restore => with_status(iccid, ACTIVATED),
            Change::Suspend | Change::Deactivate => with_status(iccid, DEACTIVATED),
            Change::Plan { plan_code } => (
                Awaited::rate_plan(iccid, plan_code),
                DeviceEdit {
                    rate_plan: Some(plan_code),
                    ..DeviceEdit::default()
                },
            ),
        };
        edit.effective_date = request.starts_at.map(dates::asked);
        let before = match self.device(iccid).await {
            Ok(device) => device,
            Err(failure) => return before_the_change(failure),
        };
        if awaited.is_reached(&before) {
            return RegistrationOutcome::Done {
                unit: before.carrier_unit(),
            };
        }
        let ended = fleet::registration::SubscriptionState::Cancelled;
        if before.carrier_unit().state == ended {
            let unit = before.carrier_unit();
            return RegistrationOutcome::Conflict {
                rejection: Rejection {
                    cause: RejectionCause::Other,
                    word: unit.raw_state.clone(),
                    message: "The account has ended this SIM for good.".to_owned(),
                    field: None,
                },
                existing: Some(Box::new(unit)),
            };
        }
        if let Err(outcome) = self.line.write(Method::PUT, &path, &edit).await {
            return *outcome;
        }
        let after = self.device(iccid).await.ok();
        match after {
            Some(device) if awaited.is_reached(&device) => RegistrationOutcome::Done {
                unit: device.carrier_unit(),
            },
            device => RegistrationOutcome::Accepted {
                handle: awaited.handle(),
                unit: device.map(|device| device.carrier_unit()),
                retry_after_s: None,
            },
        }
    }
}

fn with_status<'a>(iccid: &str, status: &'a str) -> (Awaited, DeviceEdit<'a>) {
    let edit = DeviceEdit {
        status: Some(status),
        ..DeviceEdit::default()
    };
    (Awaited::status(iccid, status), edit)
}

fn refused_here(message: &str) -> ChangeOutcome {
    RegistrationOutcome::Rejected(Rejection {
        cause: RejectionCause::Value,
        word: "NOT_SENT".to_owned(),
        message: message.to_owned(),
        field: None,
    })
}
