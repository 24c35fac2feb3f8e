//! Decides writes: what is answered from what is there, what is refused, and what is entered into the ledger.
//!
//! Nothing is changed here. A refused reference stays free, so that corrected values may come under the same one.

use super::answer::Answer;
use super::ledger::LedgerLine;
use super::switches::Switches;
use super::validation::{self, PLANS, Registration, bad, object, optional_text, text};
use super::world::{State, Unit, World};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use uuid::Uuid;

/// Time between two changes of a plan.
const BILLING_PERIOD: SignedDuration = SignedDuration::from_hours(30 * 24);

/// What follows from a write.
pub(super) enum Decision {
    /// Answered with what was there; nothing is done.
    Replay { answer: Answer, unit_id: String },
    /// Refused; nothing is done.
    Refuse(Answer),
    /// To be entered, then answered.
    Commit { line: LedgerLine, client_ref: Uuid },
}

/// Decides a registration whose form is right.
pub(super) fn register(
    world: &World,
    registration: &Registration,
    request: &Value,
    switches: &Switches,
    now: Timestamp,
) -> Decision {
    let client_ref = registration.client_ref;
    if let Some(decision) = seen_before(world, client_ref, request) {
        return decision;
    }
    if let Err(refusal) = validation::meaning(registration, switches) {
        return Decision::Refuse(refusal);
    }
    let live = || world.units().iter().filter(|unit| unit.is_live());
    if let Some(unit) = live().find(|unit| unit.registration.device_id == registration.device_id) {
        return registered_device(world, unit, registration);
    }
    let sim_taken = registration.iccid.is_some()
        && live().any(|unit| unit.registration.iccid == registration.iccid);
    if sim_taken {
        return Decision::Refuse(Answer::error(422, "SIM_NOT_AVAILABLE").field("iccid"));
    }
    let line = LedgerLine::Registered {
        at: now,
        client_ref,
        device_id: registration.device_id.clone(),
        iccid: registration.iccid.clone(),
        unit_id: world.next_unit_id(),
        transaction_id: world.next_transaction_id(now),
        due_at: due_at(now, switches),
        fails: switches.activation_fails.contains(&registration.device_id),
        request: request.clone(),
    };
    Decision::Commit { line, client_ref }
}

/// A reference that was used before: its first outcome again, or a refusal when the request differs.
pub(super) fn seen_before(world: &World, client_ref: Uuid, request: &Value) -> Option<Decision> {
    let (first_request, first_answer) = world.first_outcome(client_ref)?;
    if first_request != request {
        return Some(Decision::Refuse(
            Answer::error(409, "CLIENT_REF_REUSED").field("clientRef"),
        ));
    }
    let unit_id = first_answer
        .pointer("/unit/unitId")
        .and_then(Value::as_str)
        .unwrap_or_default()
        .to_owned();
    Some(Decision::Replay {
        answer: Answer::new(202, first_answer.clone()),
        unit_id,
    })
}

/// The natural key: a device that is registered already.
fn registered_device(world: &World, unit: &Unit, registration: &Registration) -> Decision {
    let same_sim = unit.registration.iccid == registration.iccid;
    if same_sim && unit.plan_code == registration.plan_code {
        let body = world.change_result("ALREADY_REGISTERED", &unit.unit_id, None);
        return Decision::Replay {
            answer: Answer::new(200, body),
            unit_id: unit.unit_id.clone(),
        };
    }
    if let Some(busy) = busy(world, &unit.unit_id) {
        return busy;
    }
    let field = if same_sim { "planCode" } else { "iccid" };
    let refusal = Answer::error(409, "DEVICE_CONFLICT").field(field);
    Decision::Refuse(refusal.member("existingUnitId", json!(unit.unit_id)))
}

fn busy(world: &World, unit_id: &str) -> Option<Decision> {
    let running = world.running(unit_id)?;
    let refusal = Answer::error(409, "TRANSACTION_IN_PROGRESS");
    Some(Decision::Refuse(
        refusal.member("transactionId", json!(running)),
    ))
}

fn due_at(now: Timestamp, switches: &Switches) -> Timestamp {
    let delay_ms = i64::try_from(switches.activation_delay_ms).unwrap_or(i64::MAX);
    now.checked_add(SignedDuration::from_millis(delay_ms))
        .unwrap_or(Timestamp::MAX)
}

/// Decides a change of a registered unit; `operation` is the contract's word for it.
pub(super) fn change(
    world: &World,
    operation: &str,
    request: &Value,
    switches: &Switches,
    now: Timestamp,
) -> Decision {
    decide_change(world, operation, request, switches, now).unwrap_or_else(Decision::Refuse)
}

fn decide_change(
    world: &World,
    operation: &str,
    request: &Value,
    switches: &Switches,
    now: Timestamp,
) -> Result<Decision, Answer> {
    let members = object(
        request,
        match operation {
            "CHANGE_PLAN" => &["clientRef", "unitId", "planCode"],
            "DEACTIVATE" => &["clientRef", "unitId", "confirmDeviceId", "reason"],
            _ => &["clientRef", "unitId", "reason"],
        },
    )?;
    let client_ref = validation::client_ref(members)?;
    let unit_id = text(members, "unitId", 1, 40)?;
    let plan_code = (operation == "CHANGE_PLAN")
        .then(|| validation::plan_code(members))
        .transpose()?;
    optional_text(members, "reason", 100)?;
    if let Some(decision) = seen_before(world, client_ref, request) {
        return Ok(decision);
    }
    let unit = world
        .unit(&unit_id)
        .ok_or_else(|| Answer::error(404, "DEVICE_NOT_FOUND"))?;
    if operation == "DEACTIVATE"
        && text(members, "confirmDeviceId", 1, 40)? != unit.registration.device_id
    {
        return Err(Answer::error(422, "CONFIRMATION_MISMATCH").field("confirmDeviceId"));
    }
    if let Some(decision) = busy(world, &unit_id) {
        return Ok(decision);
    }
    let allowed = match (operation, unit.state, plan_code) {
        ("CHANGE_PLAN", _, Some(plan_code)) => {
            return plan_change(world, unit, &plan_code, now).map(|same| {
                if same {
                    no_change(world, unit)
                } else {
                    commit(world, unit, operation, request, client_ref, switches, now)
                }
            });
        }
        ("SUSPEND", State::Suspended, _)
        | ("RESTORE", State::Active, _)
        | ("DEACTIVATE", State::Cancelled, _) => {
            return Ok(no_change(world, unit));
        }
        ("SUSPEND", state, _) => state == State::Active,
        ("RESTORE", state, _) => state == State::Suspended,
        ("DEACTIVATE", ..) => true,
        _ => return Err(bad("operation")),
    };
    if !allowed {
        return Err(
            Answer::error(409, "INVALID_STATE").member("existingUnitId", json!(unit.unit_id))
        );
    }
    Ok(commit(
        world, unit, operation, request, client_ref, switches, now,
    ))
}

/// Whether the unit has the plan already; refused when it may not take it.
fn plan_change(
    world: &World,
    unit: &Unit,
    plan_code: &str,
    now: Timestamp,
) -> Result<bool, Answer> {
    let Some(plan) = PLANS
        .iter()
        .find(|plan| plan.code == plan_code && plan.orderable)
    else {
        return Err(Answer::error(422, "UNKNOWN_PLAN").field("planCode"));
    };
    if plan.lte_only && unit.registration.device_id_type != "IMEI" {
        return Err(Answer::error(422, "PLAN_NOT_COMPATIBLE").field("planCode"));
    }
    if unit.plan_code == plan_code {
        return Ok(true);
    }
    if unit.state != State::Active {
        return Err(
            Answer::error(409, "INVALID_STATE").member("existingUnitId", json!(unit.unit_id))
        );
    }
    debug_assert!(
        world.running(&unit.unit_id).is_none(),
        "busy units were refused before"
    );
    if unit
        .plan_changed_at
        .is_some_and(|at| now.duration_since(at) < BILLING_PERIOD)
    {
        return Err(Answer::error(409, "PLAN_CHANGE_LIMIT").field("planCode"));
    }
    Ok(false)
}

fn no_change(world: &World, unit: &Unit) -> Decision {
    let answer = Answer::new(200, world.change_result("NO_CHANGE", &unit.unit_id, None));
    Decision::Replay {
        answer,
        unit_id: unit.unit_id.clone(),
    }
}

fn commit(
    world: &World,
    unit: &Unit,
    operation: &str,
    request: &Value,
    client_ref: Uuid,
    switches: &Switches,
    now: Timestamp,
) -> Decision {
    let line = LedgerLine::Changed {
        at: now,
        client_ref,
        unit_id: unit.unit_id.clone(),
        operation: operation.to_owned(),
        transaction_id: world.next_transaction_id(now),
        due_at: due_at(now, switches),
        request: request.clone(),
    };
    Decision::Commit { line, client_ref }
}
