//! One request from arrival to answer: faults of the way, admission, quota, the operation, faults of the answer.

use super::admission::{self, Quota};
use super::air::{Arrived, HandedOut};
use super::answer::{Answer, Fate};
use super::changes::{self, Decision};
use super::control_center::{self, Resource, Sims};
use super::ledger::{Ledger, LedgerLine};
use super::messages;
use super::reads::{Question, poll_after_s};
use super::switches::{Count, Switches};
use super::traffic::{Exchange, Traffic};
use super::validation::{self, bad};
use super::world::World;
use crate::account::CarrierKind;
use crate::sprint::signature::Parameter;
use fleet::Secret;
use jiff::Timestamp;
use serde_json::{Value, json};
use std::io;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};
use uuid::Uuid;

/// A request that arrived, decoded.
pub(super) struct Request {
    pub(super) method: String,
    /// Below the base path.
    pub(super) path: String,
    pub(super) query: Vec<Parameter>,
    pub(super) body: Vec<u8>,
    /// The header of that name.
    pub(super) authorization: Option<String>,
}

/// The pretend carrier behind its door.
pub(super) struct Desk {
    kind: CarrierKind,
    key: String,
    secret: Secret,
    seed: u64,
    inner: Mutex<Inner>,
}

struct Inner {
    world: World,
    sims: Sims,
    ledger: Ledger,
    quota: Quota,
    switches: Switches,
    traffic: Traffic,
    handed_out: HandedOut,
    requests: Count,
    reads: Count,
    writes: Count,
}

impl Inner {
    fn apply(&mut self, kind: CarrierKind, line: &LedgerLine) {
        match kind {
            CarrierKind::Sprint => self.world.apply(line),
            CarrierKind::ControlCenter => self.sims.apply(line),
        }
    }
}

impl Desk {
    pub(super) fn new(
        kind: CarrierKind,
        key: String,
        secret: Secret,
        seed: u64,
        switches: Switches,
        ledger: Ledger,
    ) -> Self {
        let mut inner = Inner {
            world: World::default(),
            sims: Sims::default(),
            ledger,
            quota: Quota::new(Instant::now()),
            switches,
            traffic: Traffic::default(),
            handed_out: HandedOut::default(),
            requests: Count::default(),
            reads: Count::default(),
            writes: Count::default(),
        };
        let lines = inner.ledger.lines().to_vec();
        lines.iter().for_each(|line| inner.apply(kind, line));
        Self {
            kind,
            key,
            secret,
            seed,
            inner: Mutex::new(inner),
        }
    }

    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn switches(&self) -> Switches {
        self.inner().switches.clone()
    }

    pub(super) fn set_switches(&self, switches: Switches) {
        self.inner().switches = switches;
    }

    /// Lays the members of a JSON object over the switches.
    pub(super) fn change_switches(&self, change: &Value) -> Result<Switches, String> {
        let mut inner = self.inner();
        inner.switches = inner.switches.changed_by(change)?;
        Ok(inner.switches.clone())
    }

    /// Enters something that happens beside the contract: seeds, and edits in the portal.
    pub(super) fn enter(&self, line: LedgerLine) -> Result<(), String> {
        let mut inner = self.inner();
        inner
            .ledger
            .append(line.clone())
            .map_err(|error| error.to_string())?;
        inner.apply(self.kind, &line);
        Ok(())
    }

    /// Messages that reached their units and were not handed out before.
    pub(super) fn take_arrived(&self, now: Timestamp) -> Vec<Arrived> {
        let mut inner = self.inner();
        let arrived = match self.kind {
            CarrierKind::Sprint => inner.world.arrived(now),
            CarrierKind::ControlCenter => inner.sims.arrived(now),
        };
        inner.handed_out.first_time(arrived)
    }

    pub(super) fn ledger(&self) -> Vec<LedgerLine> {
        self.inner().ledger.lines().to_vec()
    }

    pub(super) fn traffic(&self) -> Vec<Exchange> {
        self.inner().traffic.exchanges()
    }

    /// Answers one request; the answer is to be held back for the time beside it.
    /// `overlaps` says whether another call had not ended when this one came.
    pub(super) fn answer(&self, request: &Request, overlaps: bool) -> (Answer, Duration) {
        let mut inner = self.inner();
        inner.requests.next();
        let (count, switches) = (inner.requests, inner.switches.clone());
        let hits = |every| count.hits(every, self.seed);
        if hits(switches.redirect_every) {
            let answer = Answer::new(302, Value::Null).with("location", &switches.redirect_to);
            return (answer, Duration::ZERO);
        }
        if hits(switches.html_instead_of_json_every) {
            return (
                Answer {
                    fate: Fate::WebPage,
                    ..Answer::new(200, Value::Null)
                },
                Duration::ZERO,
            );
        }
        let mut answer = self
            .within(&mut inner, request, overlaps, Timestamp::now())
            .unwrap_or_else(|refusal| refusal);
        if self.kind == CarrierKind::ControlCenter {
            answer = control_center::in_own_words(answer, &switches);
        }
        if answer.word().is_some() {
            let number = format!("R-{:04x}", 0x8000 + count.value);
            answer = answer.member("requestId", Value::String(number));
        }
        if answer.fate == Fate::Sent && hits(switches.cut_body_every) {
            answer.fate = Fate::Cut;
        }
        if answer.fate == Fate::Sent && hits(switches.huge_body_every) {
            answer.fate = Fate::Huge;
        }
        if answer.fate == Fate::Sent {
            inner.traffic.note(request, &answer);
        }
        let slow = hits(switches.slow_answer_every);
        (
            answer,
            Duration::from_millis(if slow { switches.slow_answer_ms } else { 0 }),
        )
    }

    /// Past the faults of the way.
    fn within(
        &self,
        inner: &mut Inner,
        request: &Request,
        overlaps: bool,
        now: Timestamp,
    ) -> Result<Answer, Answer> {
        let switches = inner.switches.clone();
        let writes = request.method != "GET";
        let body = writes.then_some(request.body.as_slice());
        let account = (self.key.as_str(), &self.secret);
        match self.kind {
            CarrierKind::Sprint => {
                admission::admit(&request.query, body, account, &switches, now)?;
            }
            CarrierKind::ControlCenter => {
                let authorization = request.authorization.as_deref();
                control_center::admit(authorization, account, &switches)?;
                if overlaps {
                    return Err(Answer::error(429, "RATE_LIMITED"));
                }
            }
        }
        if inner.requests.hits(switches.rate_limit_every, self.seed) {
            let refusal = Answer::error(429, "RATE_LIMITED");
            return Err(match switches.rate_limit_retry_after_s {
                Some(seconds) => refusal.with("retry-after", seconds),
                None => refusal,
            });
        }
        let costs = request.path != "/transaction/status.json";
        let label = |inner: &Inner, answer| match self.kind {
            CarrierKind::Sprint => inner.quota.label(answer, &switches),
            CarrierKind::ControlCenter => answer,
        };
        if let Err(refusal) = inner.quota.take(&switches, costs, Instant::now()) {
            return Err(label(inner, refusal));
        }
        inner.world.settle(now);
        inner.sims.settle(now);
        let answer = match (self.kind, writes) {
            (CarrierKind::Sprint, true) => self.write(inner, request, now),
            (CarrierKind::ControlCenter, true) => self.edit(inner, request, now),
            (_, false) => self.read(inner, request, now),
        };
        Ok(label(inner, answer))
    }

    fn read(&self, inner: &mut Inner, request: &Request, now: Timestamp) -> Answer {
        inner.reads.next();
        if inner
            .reads
            .hits(inner.switches.unavailable_reads_every, self.seed)
        {
            return Answer::error(503, "SERVICE_TEMPORARILY_UNAVAILABLE");
        }
        let hits = |every| inner.reads.hits(every, self.seed);
        if hits(inner.switches.server_error_reads_every) {
            return Answer::error(500, "UNEXPECTED_ERROR");
        }
        if hits(inner.switches.lose_answer_of_reads_every) {
            return Answer::lost();
        }
        let repeats_report = hits(inner.switches.repeat_last_report_every);
        let (answer, line) = if self.kind == CarrierKind::ControlCenter {
            self.read_sims(inner, request, now)
        } else {
            self.read_units(inner, request, repeats_report, now)
        };
        match line.map_or(Ok(()), |line| inner.ledger.append(line)) {
            Ok(()) => answer,
            Err(error) => out_of_order(&error),
        }
    }

    fn read_sims(
        &self,
        inner: &Inner,
        request: &Request,
        now: Timestamp,
    ) -> (Answer, Option<LedgerLine>) {
        let question = control_center::Question {
            sims: &inner.sims,
            query: &request.query,
            switches: &inner.switches,
            now,
        };
        match Resource::of(&request.path) {
            Some(resource) => question.answer(resource),
            None => (Answer::error(404, "NOT_IN_SANDBOX"), None),
        }
    }

    fn read_units(
        &self,
        inner: &Inner,
        request: &Request,
        repeats_report: bool,
        now: Timestamp,
    ) -> (Answer, Option<LedgerLine>) {
        let question = Question {
            world: &inner.world,
            query: &request.query,
            switches: &inner.switches,
            seed: self.seed,
            now,
        };
        match (request.method.as_str(), request.path.as_str()) {
            ("GET", "/account/info.json") => (question.account(), None),
            ("GET", "/unit/status.json") => question.unit(),
            ("GET", "/unit/list.json") => (question.list(), None),
            ("GET", "/sms/status.json") => (question.message(), None),
            ("GET", "/report/list.json") => (question.reports(repeats_report), None),
            ("GET", "/transaction/status.json") => (question.transaction(), None),
            _ => (Answer::error(501, "NOT_IN_SANDBOX"), None),
        }
    }

    /// A write to the pretend Control Center.
    fn edit(&self, inner: &mut Inner, request: &Request, now: Timestamp) -> Answer {
        let body = serde_json::from_slice::<Value>(&request.body).unwrap_or_default();
        let switches = inner.switches.clone();
        let decision = match (request.method.as_str(), Resource::of(&request.path)) {
            ("PUT", Some(Resource::Device(iccid))) => {
                control_center::decide_edit(&inner.sims, iccid, &body, &switches, now)
            }
            ("POST", Some(Resource::DeviceMessages(iccid))) => {
                control_center::decide_message(&inner.sims, iccid, &body, &switches, now)
            }
            _ => return Answer::error(404, "NOT_IN_SANDBOX"),
        };
        match decision {
            Decision::Refuse(refusal) => self.refuse(inner, None, refusal, now),
            Decision::Replay { answer, unit_id } => {
                let client_ref = Uuid::nil();
                let line = LedgerLine::Replayed {
                    at: now,
                    client_ref,
                    unit_id,
                };
                self.carry_out(inner, line, client_ref, now, |_| answer)
            }
            Decision::Commit { line, client_ref } => {
                let (is_message, waits) = match &line {
                    LedgerLine::MessagesTaken { .. } => (true, false),
                    LedgerLine::Registered { due_at, .. } | LedgerLine::Changed { due_at, .. } => {
                        (false, *due_at > now)
                    }
                    _ => (false, false),
                };
                self.carry_out(inner, line, client_ref, now, |inner| match is_message {
                    true => inner.sims.last_message(),
                    false => Answer::new(
                        if waits { 202 } else { 200 },
                        json!({"iccid": body_iccid(&request.path)}),
                    ),
                })
            }
        }
    }

    fn write(&self, inner: &mut Inner, request: &Request, now: Timestamp) -> Answer {
        let operation = match request.path.as_str() {
            "/unit/add.json" => "REGISTER",
            "/unit/changePlan.json" => "CHANGE_PLAN",
            "/unit/suspend.json" => "SUSPEND",
            "/unit/restore.json" => "RESTORE",
            "/unit/deactivate.json" => "DEACTIVATE",
            "/sms/send.json" => "MESSAGE",
            _ => return Answer::error(501, "NOT_IN_SANDBOX"),
        };
        let Ok(body) = serde_json::from_slice::<Value>(&request.body) else {
            return self.refuse(inner, None, bad("body"), now);
        };
        let client_ref = body
            .get("clientRef")
            .and_then(Value::as_str)
            .and_then(|text| Uuid::parse_str(text).ok());
        let decision = if operation == "REGISTER" {
            match validation::form(&body) {
                Ok(form) => changes::register(&inner.world, &form, &body, &inner.switches, now),
                Err(refusal) => Decision::Refuse(refusal),
            }
        } else if operation == "MESSAGE" {
            messages::send(&inner.world, &body, &inner.switches, now)
        } else {
            changes::change(&inner.world, operation, &body, &inner.switches, now)
        };
        match (decision, client_ref) {
            (Decision::Refuse(refusal), client_ref) => self.refuse(inner, client_ref, refusal, now),
            (Decision::Replay { answer, unit_id }, Some(client_ref)) => {
                let line = LedgerLine::Replayed {
                    at: now,
                    client_ref,
                    unit_id,
                };
                self.carry_out(inner, line, client_ref, now, |_| answer)
            }
            (Decision::Commit { line, client_ref }, _) => {
                let retry_after_s = poll_after_s(&inner.switches);
                self.carry_out(inner, line, client_ref, now, |inner| {
                    let first = inner.world.first_outcome(client_ref);
                    let body = first.map(|(_, answer)| answer.clone()).unwrap_or_default();
                    Answer::new(202, body).with("retry-after", retry_after_s)
                })
            }
            (Decision::Replay { .. }, None) => bad("clientRef"),
        }
    }

    fn refuse(
        &self,
        inner: &mut Inner,
        client_ref: Option<Uuid>,
        refusal: Answer,
        now: Timestamp,
    ) -> Answer {
        let error = refusal.word().unwrap_or_default().to_owned();
        match inner.ledger.append(LedgerLine::Refused {
            at: now,
            client_ref,
            status: refusal.status,
            error,
        }) {
            Ok(()) => refusal,
            Err(error) => out_of_order(&error),
        }
    }

    /// Enters the line and answers, unless a fault strikes before or after.
    fn carry_out(
        &self,
        inner: &mut Inner,
        line: LedgerLine,
        client_ref: Uuid,
        now: Timestamp,
        answer: impl FnOnce(&Inner) -> Answer,
    ) -> Answer {
        inner.writes.next();
        let (count, switches) = (inner.writes, inner.switches.clone());
        let hits = |every| count.hits(every, self.seed);
        let lost = |after_commit| LedgerLine::AnswerLost {
            at: now,
            client_ref,
            after_commit,
        };
        let (lost_before, error_before) = (
            hits(switches.lose_answer_before_commit_every),
            hits(switches.server_error_before_commit_every),
        );
        if lost_before || error_before {
            return match inner.ledger.append(lost(false)) {
                Ok(()) if lost_before => Answer::lost(),
                Ok(()) => Answer::error(500, "UNEXPECTED_ERROR"),
                Err(error) => out_of_order(&error),
            };
        }
        if let Err(error) = inner.ledger.append(line.clone()) {
            return out_of_order(&error);
        }
        inner.apply(self.kind, &line);
        let (lost_after, error_after) = (
            hits(switches.lose_answer_after_commit_every),
            hits(switches.server_error_after_success_every),
        );
        if lost_after || error_after {
            // The work is done either way; a ledger that cannot note the loss must not change the answer.
            let _ = inner.ledger.append(lost(true));
            return if lost_after {
                Answer::lost()
            } else {
                Answer::error(500, "UNEXPECTED_ERROR")
            };
        }
        answer(inner)
    }
}

/// The SIM that a path names.
fn body_iccid(path: &str) -> &str {
    match Resource::of(path) {
        Some(Resource::Device(iccid)) => iccid,
        _ => "",
    }
}

/// The ledger could not be written: nothing was done, and the sandbox says so instead of pretending.
fn out_of_order(error: &io::Error) -> Answer {
    tracing::error!(%error, "the sandbox cannot write its ledger");
    Answer::error(500, "UNEXPECTED_ERROR")
}
