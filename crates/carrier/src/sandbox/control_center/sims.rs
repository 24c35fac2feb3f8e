//! The pretend account's SIMs, made only from ledger lines and an endless stock of unused ones.

use super::super::ledger::LedgerLine;
use super::super::messages::MessageLine;
use super::super::switches::Switches;
use crate::sprint::signature::body_digest;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Map, Value, json};
use std::collections::{BTreeMap, BTreeSet};

/// Rate plans of the pretend account; the first is that of unused SIMs.
pub(super) const RATE_PLANS: &[&str] = &["GPS 5MB", "GPS 1MB", "GPS 20MB"];
/// Its communication plans.
pub(super) const COMMUNICATION_PLANS: &[&str] = &["GPS Data SMS", "GPS Data only"];

/// One SIM.
#[derive(Debug, Clone, Default)]
pub(in super::super) struct Sim {
    pub(super) iccid: String,
    pub(super) status: String,
    pub(super) rate_plan: String,
    pub(super) communication_plan: String,
    pub(super) names: BTreeMap<String, String>,
    imei: String,
    added_at: Timestamp,
    activated_at: Option<Timestamp>,
    pub(super) updated_at: Timestamp,
    pub(super) audit: Vec<Value>,
    /// A status to come, when, and whether it comes at all.
    coming: Option<(Timestamp, String, bool)>,
    /// As it was before the last change, for reads that lag.
    before: Option<Box<Sim>>,
}

/// One message.
#[derive(Debug, Clone)]
pub(super) struct Sms {
    pub(super) id: u64,
    pub(super) line: MessageLine,
    pub(super) text: String,
    pub(super) sent_at: Timestamp,
    pub(super) due_at: Timestamp,
    /// What the unit sent back, and when.
    pub(super) answer: Option<(Timestamp, String)>,
}

/// All that the pretend Control Center holds.
#[derive(Debug, Default)]
pub(in super::super) struct Sims {
    sims: BTreeMap<String, Sim>,
    by_change: BTreeSet<(Timestamp, String)>,
    coming: BTreeSet<(Timestamp, String)>,
    pub(super) messages: Vec<Sms>,
}

impl Sims {
    pub(in super::super) fn apply(&mut self, line: &LedgerLine) {
        match line {
            LedgerLine::Registered {
                at,
                unit_id,
                due_at,
                fails,
                request,
                ..
            } => {
                self.edit(unit_id, request, *at, *due_at, *fails);
            }
            LedgerLine::Changed {
                at,
                unit_id,
                due_at,
                request,
                ..
            } => {
                self.edit(unit_id, request, *at, *due_at, false);
            }
            LedgerLine::PortalEdited { at, unit_id, set } => {
                self.edit(unit_id, &Value::Object(set.clone()), *at, *at, false)
            }
            LedgerLine::AccountSeeded { at, seed } => {
                for (iccid, set) in seed.sims() {
                    self.edit(&iccid, &set, *at, *at, false);
                }
            }
            LedgerLine::MessagesTaken {
                at,
                messages,
                due_at,
                request,
                ..
            } => {
                let text = request
                    .get("messageText")
                    .and_then(Value::as_str)
                    .unwrap_or_default();
                for line in messages {
                    self.messages.push(Sms {
                        id: message_id(self.messages.len()),
                        line: line.clone(),
                        text: text.to_owned(),
                        sent_at: *at,
                        due_at: *due_at,
                        answer: None,
                    });
                }
            }
            LedgerLine::UnitAnswered { at, message, text } => {
                let is_it = |sms: &&mut Sms| sms.id.to_string() == *message;
                if let Some(sms) = self.messages.iter_mut().find(is_it) {
                    sms.answer = Some((*at, text.clone()));
                }
            }
            _ => {}
        }
    }

    /// Sets names and plans at once, a status when it is due.
    fn edit(
        &mut self,
        iccid: &str,
        request: &Value,
        at: Timestamp,
        due_at: Timestamp,
        fails: bool,
    ) {
        self.settle(at);
        let mut sim = self.known_or_new(iccid, at);
        sim.before = Some(Box::new(Sim {
            before: None,
            ..sim.clone()
        }));
        for (name, value) in request.as_object().into_iter().flatten() {
            let Some(value) = value.as_str() else {
                continue;
            };
            let prior = match name.as_str() {
                "status" if due_at > at => {
                    sim.coming = Some((due_at, value.to_owned(), !fails));
                    self.coming.insert((due_at, sim.iccid.clone()));
                    continue;
                }
                "status" if fails => continue,
                "status" => sim.take_status(value, at),
                "ratePlan" => std::mem::replace(&mut sim.rate_plan, value.to_owned()),
                "communicationPlan" => {
                    std::mem::replace(&mut sim.communication_plan, value.to_owned())
                }
                "imei" => std::mem::replace(&mut sim.imei, value.to_owned()),
                "effectiveDate" => continue,
                _ => sim
                    .names
                    .insert(name.clone(), value.to_owned())
                    .unwrap_or_default(),
            };
            sim.note(name, &prior, value, at);
        }
        self.put(sim, at);
    }

    fn known_or_new(&self, iccid: &str, at: Timestamp) -> Sim {
        self.sims
            .get(iccid)
            .cloned()
            .unwrap_or_else(|| Sim::unused(iccid, at))
    }

    fn put(&mut self, mut sim: Sim, at: Timestamp) {
        self.by_change.remove(&(sim.updated_at, sim.iccid.clone()));
        sim.updated_at = at;
        self.by_change.insert((at, sim.iccid.clone()));
        self.sims.insert(sim.iccid.clone(), sim);
    }

    /// Lets come what is due.
    pub(in super::super) fn settle(&mut self, now: Timestamp) {
        while let Some((due_at, iccid)) = self
            .coming
            .first()
            .filter(|(due_at, _)| *due_at <= now)
            .cloned()
        {
            self.coming.pop_first();
            let Some(mut sim) = self.sims.get(&iccid).cloned() else {
                continue;
            };
            let Some((at, status, comes)) = sim.coming.take() else {
                continue;
            };
            if at != due_at {
                sim.coming = Some((at, status, comes));
            } else if comes {
                let prior = sim.take_status(&status, due_at);
                sim.note("status", &prior, &status, due_at);
            }
            self.put(sim, due_at);
        }
    }

    /// The SIM as it stands; one that was never touched is an unused one of the stock, unless it is somebody else's.
    pub(super) fn find(&self, iccid: &str, switches: &Switches, now: Timestamp) -> Option<Sim> {
        let valid = matches!(iccid.len(), 18..=20)
            && iccid.starts_with("89")
            && iccid.bytes().all(|byte| byte.is_ascii_digit());
        let absent =
            switches.owned_elsewhere.contains(iccid) || switches.not_in_inventory.contains(iccid);
        (valid && !absent).then(|| self.known_or_new(iccid, now))
    }

    /// The SIM as reads show it, which may lag behind.
    pub(super) fn shown(&self, iccid: &str, switches: &Switches, now: Timestamp) -> Option<Sim> {
        let sim = self.find(iccid, switches, now)?;
        let lag =
            SignedDuration::from_millis(i64::try_from(switches.lookup_lag_ms).unwrap_or(i64::MAX));
        match &sim.before {
            Some(before) if now.duration_since(sim.updated_at) < lag => Some((**before).clone()),
            _ => Some(sim),
        }
    }

    /// SIMs that were ever touched, oldest change first.
    pub(super) fn by_change(&self) -> impl Iterator<Item = &Sim> {
        self.by_change
            .iter()
            .filter_map(|(_, iccid)| self.sims.get(iccid))
    }
}

impl Sim {
    fn unused(iccid: &str, at: Timestamp) -> Self {
        Self {
            iccid: iccid.to_owned(),
            status: "TEST_READY".to_owned(),
            rate_plan: RATE_PLANS.first().copied().unwrap_or_default().to_owned(),
            communication_plan: COMMUNICATION_PLANS
                .first()
                .copied()
                .unwrap_or_default()
                .to_owned(),
            added_at: at,
            updated_at: at,
            ..Self::default()
        }
    }

    fn take_status(&mut self, status: &str, at: Timestamp) -> String {
        if status == "ACTIVATED" {
            self.activated_at = Some(at);
        }
        std::mem::replace(&mut self.status, status.to_owned())
    }

    fn note(&mut self, field: &str, prior: &str, value: &str, at: Timestamp) {
        self.audit.push(
            json!({"field": field, "priorValue": prior, "value": value, "effectiveDate": date(at),
            "status": "COMPLETED", "userName": "fleetapi", "delegatedUser": null}),
        );
    }

    /// The status that it has, or that is on its way.
    pub(super) fn coming_status(&self) -> &str {
        match &self.coming {
            Some((_, status, _)) => status,
            None => &self.status,
        }
    }

    pub(super) fn named(&self, name: &str) -> Option<&str> {
        self.names.get(name).map(String::as_str)
    }

    pub(super) fn msisdn(&self) -> String {
        let digest = body_digest(self.iccid.as_bytes());
        let number = digest
            .get(..8)
            .and_then(|text| u32::from_str_radix(text, 16).ok())
            .unwrap_or_default();
        format!("1913{:07}", 5_000_000 + number % 1_000_000)
    }

    pub(super) fn summary(&self) -> Value {
        json!({"iccid": self.iccid, "status": self.status, "ratePlan": self.rate_plan, "communicationPlan": self.communication_plan})
    }

    pub(super) fn details(&self) -> Value {
        json!({
            "iccid": self.iccid, "imsi": null, "msisdn": self.msisdn(), "imei": self.imei, "status": self.status,
            "ratePlan": self.rate_plan, "communicationPlan": self.communication_plan, "customer": null, "endConsumerId": null,
            "dateActivated": self.activated_at.map(date), "dateAdded": date(self.added_at), "dateUpdated": date(self.updated_at),
            "dateShipped": date(self.added_at), "accountId": "100020620", "fixedIPAddress": null, "fixedIpv6Address": null,
            "accountCustom1": self.named("accountCustom1").unwrap_or_default(), "simNotes": null,
            "deviceID": self.named("deviceID"), "modemID": self.named("modemID"), "globalSimType": "",
        })
    }

    /// Whether an edit would change nothing.
    pub(super) fn holds(&self, request: &Map<String, Value>) -> bool {
        request.iter().all(|(name, value)| {
            let value = value.as_str().unwrap_or_default();
            match name.as_str() {
                "status" => self.coming_status() == value,
                "ratePlan" => self.rate_plan == value,
                "communicationPlan" => self.communication_plan == value,
                "effectiveDate" => false,
                _ => self.named(name) == Some(value),
            }
        })
    }
}

/// A time as this contract's answers carry it.
pub(super) fn date(at: Timestamp) -> String {
    at.strftime("%Y-%m-%d %H:%M:%S%.3f+0000").to_string()
}

/// Every message has an even number; what the unit answers has the odd one behind it.
fn message_id(count: usize) -> u64 {
    250_000_000_010 + 2 * u64::try_from(count).unwrap_or_default()
}
