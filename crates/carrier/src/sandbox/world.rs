//! What the pretend carrier holds: units and their transactions, made only from ledger lines.
//!
//! Because state follows from the ledger alone, a sandbox that is started again on the same file is the same carrier.

use super::admission::to_the_second;
use super::air::Arrived;
use super::ledger::LedgerLine;
use super::messages::{self, Message};
use super::reports::Reports;
use super::seed::SeededUnit;
use super::validation::Registration;
use jiff::Timestamp;
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;
use uuid::Uuid;

/// State of a unit in the contract's words.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum State {
    Pending,
    Active,
    Suspended,
    Cancelled,
    Error,
}

/// One registered unit.
#[derive(Debug, Clone)]
pub(super) struct Unit {
    pub(super) unit_id: String,
    number: usize,
    pub(super) registration: Registration,
    pub(super) plan_code: String,
    pub(super) state: State,
    reason: Option<String>,
    pub(super) registered_at: Timestamp,
    changed_at: Timestamp,
    pub(super) updated_at: Timestamp,
    /// When the plan was last changed, for the limit of one change in a billing period.
    pub(super) plan_changed_at: Option<Timestamp>,
}

/// One accepted change.
#[derive(Debug, Clone)]
struct Transaction {
    transaction_id: String,
    operation: String,
    unit_id: String,
    submitted_at: Timestamp,
    due_at: Timestamp,
    fails: bool,
    ended: bool,
    request: Value,
}

/// What the carrier holds.
#[derive(Debug, Default)]
pub(super) struct World {
    units: Vec<Unit>,
    transactions: Vec<Transaction>,
    first_outcomes: BTreeMap<Uuid, (Value, Value)>,
    reports: Reports,
    messages: BTreeMap<String, Message>,
}

impl World {
    /// Takes a ledger line into the state. Lines that record no change are passed over.
    pub(super) fn apply(&mut self, line: &LedgerLine) {
        match line {
            LedgerLine::Registered {
                at,
                client_ref,
                unit_id,
                transaction_id,
                due_at,
                fails,
                request,
                ..
            } => {
                let Ok(registration) = serde_json::from_value::<Registration>(request.clone())
                else {
                    return;
                };
                let number = self.units.len() + 1;
                self.units.push(Unit {
                    unit_id: unit_id.clone(),
                    number,
                    plan_code: registration.plan_code.clone(),
                    registration,
                    state: State::Pending,
                    reason: None,
                    registered_at: *at,
                    changed_at: *at,
                    updated_at: *at,
                    plan_changed_at: None,
                });
                let change = (unit_id.as_str(), "REGISTER", transaction_id.as_str());
                self.begin(change, (*at, *due_at), *fails, *client_ref, request);
            }
            LedgerLine::Changed {
                at,
                client_ref,
                unit_id,
                operation,
                transaction_id,
                due_at,
                request,
            } => {
                self.settle(*at);
                if let Some(unit) = self.units.iter_mut().find(|unit| unit.unit_id == *unit_id) {
                    unit.updated_at = *at;
                }
                let change = (
                    unit_id.as_str(),
                    operation.as_str(),
                    transaction_id.as_str(),
                );
                self.begin(change, (*at, *due_at), false, *client_ref, request);
            }
            LedgerLine::MessagesTaken {
                at,
                client_ref,
                messages,
                due_at,
                request,
            } => {
                for line in messages.iter().filter(|line| line.error.is_none()) {
                    let text = request.get("msg").and_then(Value::as_str);
                    let message = Message {
                        line: line.clone(),
                        text: text.unwrap_or_default().to_owned(),
                        submitted_at: *at,
                        due_at: *due_at,
                    };
                    self.messages.insert(line.tranno.clone(), message);
                }
                let outcome = messages::taken(messages);
                self.first_outcomes
                    .insert(*client_ref, (request.clone(), outcome));
            }
            LedgerLine::PortalEdited { at, unit_id, set } => {
                self.settle(*at);
                if let Some(unit) = self.units.iter_mut().find(|unit| unit.unit_id == *unit_id) {
                    unit.edit(set, *at);
                }
            }
            LedgerLine::AccountSeeded { at, seed } => {
                for seeded in seed.each() {
                    self.seed(seeded, &seed.plan, *at);
                }
            }
            LedgerLine::ReportsSeeded { at, seed } => {
                self.reports.settle(*at);
                self.reports.plan(*at, seed);
            }
            _ => {}
        }
    }

    fn seed(&mut self, seeded: SeededUnit, plan: &str, at: Timestamp) {
        let number = self.units.len() + 1;
        self.units.push(Unit {
            unit_id: format!("U{number:06}"),
            number,
            plan_code: plan.to_owned(),
            registration: Registration {
                client_ref: seeded.client_reference,
                unit_name: seeded.name,
                serial_number: None,
                device_id_type: "IMEI".to_owned(),
                device_id: seeded.imei,
                iccid: Some(seeded.iccid),
                plan_code: plan.to_owned(),
                service_zip: "66251".to_owned(),
            },
            state: State::Active,
            reason: None,
            registered_at: at,
            changed_at: at,
            updated_at: at,
            plan_changed_at: None,
        });
    }

    /// Messages that units have, the oldest first.
    pub(super) fn arrived(&self, now: Timestamp) -> Vec<Arrived> {
        let mut there: Vec<&Message> = self
            .messages
            .values()
            .filter(|message| message.has_arrived(now))
            .collect();
        there.sort_by_key(|message| message.due_at);
        let arrived = there.into_iter().map(|message| {
            let has_it = |unit: &&Unit| unit.is_live() && unit.mdn() == message.line.mdn;
            let unit = self.units.iter().find(has_it);
            Arrived {
                number: message.line.tranno.clone(),
                device_id: unit.map(|unit| unit.registration.device_id.clone()),
                iccid: unit.and_then(|unit| unit.registration.iccid.clone()),
                text: message.text.clone(),
            }
        });
        arrived.collect()
    }

    /// A message that was taken over.
    pub(super) fn message(&self, tranno: &str) -> Option<&Message> {
        self.messages.get(tranno)
    }

    /// The report feed.
    pub(super) fn reports(&self) -> &Reports {
        &self.reports
    }

    fn begin(
        &mut self,
        (unit_id, operation, transaction_id): (&str, &str, &str),
        (submitted_at, due_at): (Timestamp, Timestamp),
        fails: bool,
        client_ref: Uuid,
        request: &Value,
    ) {
        self.transactions.push(Transaction {
            transaction_id: transaction_id.to_owned(),
            operation: operation.to_owned(),
            unit_id: unit_id.to_owned(),
            submitted_at,
            due_at,
            fails,
            ended: false,
            request: request.clone(),
        });
        let outcome = self.change_result("ACCEPTED", unit_id, Some(transaction_id));
        self.first_outcomes
            .insert(client_ref, (request.clone(), outcome));
    }

    /// Ends all transactions that are due.
    pub(super) fn settle(&mut self, now: Timestamp) {
        self.reports.settle(now);
        for transaction in self
            .transactions
            .iter_mut()
            .filter(|each| !each.ended && each.due_at <= now)
        {
            transaction.ended = true;
            if let Some(unit) = self
                .units
                .iter_mut()
                .find(|unit| unit.unit_id == transaction.unit_id)
            {
                transaction.end(unit);
            }
        }
    }

    /// The request and the answer that were first given under a reference.
    pub(super) fn first_outcome(&self, client_ref: Uuid) -> Option<&(Value, Value)> {
        self.first_outcomes.get(&client_ref)
    }

    pub(super) fn units(&self) -> &[Unit] {
        &self.units
    }

    pub(super) fn unit(&self, unit_id: &str) -> Option<&Unit> {
        let number: usize = unit_id.strip_prefix('U')?.parse().ok()?;
        self.units.get(number.checked_sub(1)?)
    }

    /// The change of a unit that still runs.
    pub(super) fn running(&self, unit_id: &str) -> Option<&str> {
        let mut running = self
            .transactions
            .iter()
            .filter(|each| !each.ended && each.unit_id == unit_id);
        running
            .next()
            .map(|transaction| transaction.transaction_id.as_str())
    }

    pub(super) fn next_unit_id(&self) -> String {
        format!("U{:06}", self.units.len() + 1)
    }

    pub(super) fn next_transaction_id(&self, at: Timestamp) -> String {
        format!(
            "T{}-{:06}",
            at.strftime("%Y%m%d"),
            self.transactions.len() + 1
        )
    }

    /// The body of an answer to a change.
    pub(super) fn change_result(
        &self,
        result: &str,
        unit_id: &str,
        transaction_id: Option<&str>,
    ) -> Value {
        let mut body =
            json!({"result": result, "unit": self.unit(unit_id).map(|unit| unit.to_json(None))});
        if let (Some(transaction), Some(members)) = (
            transaction_id.and_then(|id| self.transaction(id)),
            body.as_object_mut(),
        ) {
            members.insert("transaction".to_owned(), transaction);
        }
        body
    }

    /// A transaction as answers carry it.
    pub(super) fn transaction(&self, transaction_id: &str) -> Option<Value> {
        let transaction = self
            .transactions
            .iter()
            .find(|each| each.transaction_id == transaction_id)?;
        let status = match (transaction.ended, transaction.fails) {
            (false, _) => "PENDING",
            (true, false) => "COMPLETED",
            (true, true) => "FAILED",
        };
        let mut body = json!({
            "transactionId": transaction.transaction_id,
            "operation": transaction.operation,
            "unitId": transaction.unit_id,
            "status": status,
            "submittedAt": to_the_second(transaction.submitted_at),
            "completedAt": transaction.ended.then(|| to_the_second(transaction.due_at)),
        });
        if let (true, Some(members)) = (status == "FAILED", body.as_object_mut()) {
            let failure = super::answer::Answer::error(422, "PLAN_NOT_COMPATIBLE")
                .field("planCode")
                .body;
            members.insert("failure".to_owned(), Value::clone(&failure));
        }
        Some(body)
    }
}

impl Transaction {
    fn end(&self, unit: &mut Unit) {
        let text = |name: &str| {
            self.request
                .get(name)
                .and_then(Value::as_str)
                .map(str::to_owned)
        };
        unit.updated_at = self.due_at;
        match self.operation.as_str() {
            "CHANGE_PLAN" => {
                unit.plan_code = text("planCode").unwrap_or_else(|| unit.plan_code.clone());
                unit.plan_changed_at = Some(self.due_at);
                return;
            }
            "REGISTER" if self.fails => {
                (unit.state, unit.reason) = (State::Error, Some("PLAN_NOT_COMPATIBLE".to_owned()));
            }
            "SUSPEND" => (unit.state, unit.reason) = (State::Suspended, text("reason")),
            "DEACTIVATE" => (unit.state, unit.reason) = (State::Cancelled, text("reason")),
            _ => (unit.state, unit.reason) = (State::Active, None),
        }
        unit.changed_at = self.due_at;
    }
}

impl Unit {
    /// Sets what somebody changed in the portal.
    fn edit(&mut self, set: &Map<String, Value>, at: Timestamp) {
        for (name, value) in set {
            let text = value.as_str().unwrap_or_default();
            match name.as_str() {
                "status" => {
                    self.state = match text {
                        "ACTIVE" => State::Active,
                        "SUSPENDED" => State::Suspended,
                        "CANCELLED" => State::Cancelled,
                        "ERROR" => State::Error,
                        _ => self.state,
                    };
                    self.changed_at = at;
                }
                "planCode" => self.plan_code = text.to_owned(),
                "deviceId" => self.registration.device_id = text.to_owned(),
                "iccid" => self.registration.iccid = value.as_str().map(str::to_owned),
                _ => {}
            }
        }
        self.updated_at = at;
    }

    /// Whether it holds its device and SIM, so that they cannot be registered anew.
    pub(super) fn is_live(&self) -> bool {
        !matches!(self.state, State::Cancelled | State::Error)
    }

    pub(super) fn has_number(&self) -> bool {
        !matches!(self.state, State::Pending | State::Error)
    }

    pub(super) fn mdn(&self) -> String {
        format!("913{:07}", 5_550_100 + self.number)
    }

    pub(super) fn status(&self) -> &'static str {
        match self.state {
            State::Pending => "PENDING",
            State::Active => "ACTIVE",
            State::Suspended => "SUSPENDED",
            State::Cancelled => "CANCELLED",
            State::Error => "ERROR",
        }
    }

    /// The unit as answers carry it; with a lock code also the values that a unit must be told.
    pub(super) fn to_json(&self, lock_code: Option<&str>) -> Value {
        let letter = match self.state {
            State::Pending => "N",
            State::Active => "A",
            State::Suspended => "S",
            State::Cancelled => "C",
            State::Error => "E",
        };
        let mdn = self.has_number().then(|| self.mdn());
        let msid = mdn.as_ref().map(|mdn| format!("00000{mdn}"));
        let mut body = json!({
            "unitId": self.unit_id,
            "clientRef": self.registration.client_ref,
            "unitName": self.registration.unit_name,
            "serialNumber": self.registration.serial_number,
            "deviceIdType": self.registration.device_id_type,
            "deviceId": self.registration.device_id,
            "iccid": self.registration.iccid,
            "imsi": null,
            "mdn": mdn,
            "msid": msid,
            "planCode": self.plan_code,
            "status": self.status(),
            "switchStatusCode": letter,
            "statusReason": self.reason,
            "registeredAt": to_the_second(self.registered_at),
            "statusChangedAt": to_the_second(self.changed_at),
            "updatedAt": to_the_second(self.updated_at),
        });
        if let (Some(lock_code), State::Active, Some(members)) =
            (lock_code, self.state, body.as_object_mut())
        {
            let values = json!({
                "mdn": mdn,
                "msid": msid,
                "subsidyLock": lock_code,
                "nai": format!("{}@EXAMPLE.SPRINTPCS.COM", self.mdn()),
            });
            members.insert("programming".to_owned(), values);
        }
        body
    }
}
