//! One request from arrival to answer: faults of the way, admission, quota, the operation, faults of the answer.

use super::admission::{self, Quota};
use super::answer::{Answer, Fate};
use super::changes::{self, Decision};
use super::ledger::{Ledger, LedgerLine};
use super::messages;
use super::reads::{Question, poll_after_s};
use super::reports::ReportSeed;
use super::switches::{Count, Switches};
use super::traffic::{Exchange, Traffic};
use super::validation::{self, bad};
use super::world::World;
use crate::sprint::signature::Parameter;
use fleet::Secret;
use jiff::Timestamp;
use serde_json::Value;
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
}

/// The pretend carrier behind its door.
pub(super) struct Desk {
    key: String,
    secret: Secret,
    seed: u64,
    inner: Mutex<Inner>,
}

struct Inner {
    world: World,
    ledger: Ledger,
    quota: Quota,
    switches: Switches,
    traffic: Traffic,
    requests: Count,
    reads: Count,
    writes: Count,
}

impl Desk {
    pub(super) fn new(
        key: String,
        secret: Secret,
        seed: u64,
        switches: Switches,
        ledger: Ledger,
    ) -> Self {
        let mut world = World::default();
        ledger.lines().iter().for_each(|line| world.apply(line));
        let inner = Inner {
            world,
            ledger,
            quota: Quota::new(Instant::now()),
            switches,
            traffic: Traffic::default(),
            requests: Count::default(),
            reads: Count::default(),
            writes: Count::default(),
        };
        Self {
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

    /// Reports that shall appear from now on.
    pub(super) fn seed_reports(&self, seed: &ReportSeed) -> Result<(), String> {
        seed.check()?;
        let mut inner = self.inner();
        let line = LedgerLine::ReportsSeeded {
            at: Timestamp::now(),
            seed: seed.clone(),
        };
        inner
            .ledger
            .append(line.clone())
            .map_err(|error| error.to_string())?;
        inner.world.apply(&line);
        Ok(())
    }

    pub(super) fn ledger(&self) -> Vec<LedgerLine> {
        self.inner().ledger.lines().to_vec()
    }

    pub(super) fn traffic(&self) -> Vec<Exchange> {
        self.inner().traffic.exchanges()
    }

    /// Answers one request; the answer is to be held back for the time beside it.
    pub(super) fn answer(&self, request: &Request) -> (Answer, Duration) {
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
            .within(&mut inner, request, Timestamp::now())
            .unwrap_or_else(|refusal| refusal);
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
        now: Timestamp,
    ) -> Result<Answer, Answer> {
        let switches = inner.switches.clone();
        let writes = request.method == "POST";
        let body = writes.then_some(request.body.as_slice());
        admission::admit(
            &request.query,
            body,
            (&self.key, &self.secret),
            &switches,
            now,
        )?;
        if inner.requests.hits(switches.rate_limit_every, self.seed) {
            let refusal = Answer::error(429, "RATE_LIMITED");
            return Err(match switches.rate_limit_retry_after_s {
                Some(seconds) => refusal.with("retry-after", seconds),
                None => refusal,
            });
        }
        let costs = request.path != "/transaction/status.json";
        if let Err(refusal) = inner.quota.take(&switches, costs, Instant::now()) {
            return Err(inner.quota.label(refusal, &switches));
        }
        inner.world.settle(now);
        let answer = if writes {
            self.write(inner, request, now)
        } else {
            self.read(inner, request, now)
        };
        Ok(inner.quota.label(answer, &switches))
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
        let question = Question {
            world: &inner.world,
            query: &request.query,
            switches: &inner.switches,
            seed: self.seed,
            now,
        };
        let (answer, line) = match (request.method.as_str(), request.path.as_str()) {
            ("GET", "/account/info.json") => (question.account(), None),
            ("GET", "/unit/status.json") => question.unit(),
            ("GET", "/unit/list.json") => (question.list(), None),
            ("GET", "/sms/status.json") => (question.message(), None),
            ("GET", "/report/list.json") => (question.reports(repeats_report), None),
            ("GET", "/transaction/status.json") => (question.transaction(), None),
            _ => (Answer::error(501, "NOT_IN_SANDBOX"), None),
        };
        match line.map_or(Ok(()), |line| inner.ledger.append(line)) {
            Ok(()) => answer,
            Err(error) => out_of_order(&error),
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
                self.carry_out(inner, line, client_ref, Some(answer), now)
            }
            (Decision::Commit { line, client_ref }, _) => {
                self.carry_out(inner, line, client_ref, None, now)
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

    /// Enters the line and answers, unless a fault strikes before or after. `replay` is the answer where nothing new is done.
    fn carry_out(
        &self,
        inner: &mut Inner,
        line: LedgerLine,
        client_ref: Uuid,
        replay: Option<Answer>,
        now: Timestamp,
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
        inner.world.apply(&line);
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
        replay.unwrap_or_else(|| {
            let body = inner
                .world
                .first_outcome(client_ref)
                .map(|(_, answer)| answer.clone())
                .unwrap_or_default();
            Answer::new(202, body).with("retry-after", poll_after_s(&switches))
        })
    }
}

/// The ledger could not be written: nothing was done, and the sandbox says so instead of pretending.
fn out_of_order(error: &io::Error) -> Answer {
    tracing::error!(%error, "the sandbox cannot write its ledger");
    Answer::error(500, "UNEXPECTED_ERROR")
}
