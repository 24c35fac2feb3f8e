//! Operations 5 to 8 of the Sprint account API: plan, suspend, restore, deactivate.

use super::outcome::{self, Answer};
use super::{Account, Operation};
use crate::change::{Change, ChangeOutcome, ChangeRequest};
use fleet::registration::{RegistrationOutcome, Rejection, RejectionCause};
use serde::Serialize;
use uuid::Uuid;

/// Body of `unit/changePlan`, `unit/suspend`, `unit/restore` and `unit/deactivate`; each has the members that it needs.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct ChangeBody<'a> {
    client_ref: Uuid,
    unit_id: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    plan_code: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    confirm_device_id: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<&'a str>,
}

impl Account {
    /// Asks for a change, once.
    pub(crate) async fn change(&self, request: &ChangeRequest) -> ChangeOutcome {
        let (path, body) = match body_of(request) {
            Ok(prepared) => prepared,
            Err(rejection) => return RegistrationOutcome::Rejected(rejection),
        };
        let answer = match self.write(path, &body).await {
            Operation::Sent(answer) => outcome::of_change(answer, request),
            Operation::Held(outcome) => return outcome,
        };
        match answer {
            Answer::Settled(outcome) => {
                self.note_quota(&outcome);
                outcome
            }
            Answer::Contradicts { rejection, .. } => RegistrationOutcome::Conflict {
                rejection,
                existing: self
                    .read_unit(&crate::Identifier::RemoteId(request.unit.remote_id.clone()))
                    .await
                    .ok()
                    .map(Box::new),
            },
            // Ours under the same reference would have been answered as a replay: this is somebody else's change.
            Answer::Busy { .. } => RegistrationOutcome::RetryAfter {
                seconds: outcome::BUSY_WAIT_S,
                quota_spent: false,
            },
        }
    }
}

fn body_of(request: &ChangeRequest) -> Result<(&'static str, ChangeBody<'_>), Rejection> {
    if request.starts_at.is_some() {
        return Err(refused_here(
            "startsAt",
            "This carrier has no dated changes.",
        ));
    }
    let reason = request.reason.as_deref();
    if reason.is_some_and(|reason| reason.chars().count() > 100) {
        return Err(refused_here(
            "reason",
            "A reason may have at most 100 characters.",
        ));
    }
    let mut body = ChangeBody {
        client_ref: request.client_reference,
        unit_id: &request.unit.remote_id,
        plan_code: None,
        confirm_device_id: None,
        reason,
    };
    let path = match &request.change {
        Change::Activate => {
            return Err(refused_here(
                "status",
                "This carrier activates a unit when it is registered.",
            ));
        }
        Change::Plan { plan_code } => {
            body.plan_code = Some(plan_code);
            body.reason = None;
            "/unit/changePlan.json"
        }
        Change::Suspend => "/unit/suspend.json",
        Change::Restore => "/unit/restore.json",
        Change::Deactivate => {
            let device = request.unit.device_id.as_deref();
            body.confirm_device_id = Some(device.ok_or_else(|| {
                refused_here(
                    "confirmDeviceId",
                    "The carrier did not tell this unit's device number.",
                )
            })?);
            "/unit/deactivate.json"
        }
    };
    Ok((path, body))
}

fn refused_here(field: &str, message: &str) -> Rejection {
    Rejection {
        cause: RejectionCause::Value,
        word: "NOT_SENT".to_owned(),
        message: message.to_owned(),
        field: Some(field.to_owned()),
    }
}
