//! A bench as the server sees it: pulls, edits what it saw, pushes, loses answers, is cut, sends twice.

use super::chance::Chance;
use super::{World, bench_login};
use crate::pushing::operation;
use crate::server::cluster;
use fleet_db::{Answer, Fault, Operation, OperationKind, PageAfter, Position, Session};
use serde_json::{Map, Value, json};
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use std::time::Duration;
use uuid::Uuid;

const FIELDS: [&str; 5] = ["vehicle", "customer", "notes", "office", "model"];
/// Numbers that benches and people add units under; few, so that they meet.
pub const NUMBERS: usize = 50;
const CLAIM_KEYS: usize = 40;
/// Tries of one batch before the run is called stuck.
const TRIES: u32 = 400;

pub fn imei(index: usize) -> String {
    format!("35686800{index:07}")
}

pub struct Bench {
    world: Arc<World>,
    login: String,
    device: Uuid,
    chance: Chance,
    session: Option<Session>,
    seen: HashMap<Uuid, Map<String, Value>>,
    position: Position,
    next_seq: i64,
}

pub async fn bench(world: Arc<World>, index: usize) {
    let mut chance = world.chance(1 + index as u64);
    let mut bench = Bench {
        login: bench_login(index),
        device: chance.uuid(),
        chance,
        session: None,
        seen: HashMap::new(),
        position: Position::default(),
        next_seq: 1,
        world,
    };
    for _ in 0..bench.world.plan.rounds {
        if bench.chance.percent(75) {
            bench.pull().await;
        }
        if bench.chance.percent(20) {
            bench.claim().await;
        }
        let batch = bench.batch();
        for operation in &batch {
            bench
                .world
                .ledger
                .send(operation, &bench.login, bench.device);
        }
        bench.push(batch).await;
    }
}

impl Bench {
    async fn session(&mut self) -> Option<&Session> {
        if self.session.as_ref().is_none_or(Session::is_closed) {
            let target = self.world.database.target(&self.login);
            self.session = Session::connect(&target, cluster().credential()).await.ok();
        }
        self.session.as_ref()
    }

    /// A pull, sometimes cut between two pages: what was read so far counts, the position does not.
    async fn pull(&mut self) {
        let (position, limit) = (
            self.position,
            3 + u32::try_from(self.chance.below(20)).unwrap(),
        );
        let mut after = PageAfter::first(&position);
        let mut end = None;
        loop {
            let Some(session) = self.session().await else {
                return;
            };
            let Ok(page) = session.pull(&position, &after, limit).await else {
                return;
            };
            if !page.same_history {
                self.world
                    .ledger
                    .wrong(format!("{}: another history", self.login));
            }
            let end = *end.get_or_insert(Position {
                cursor: page.head,
                tag: Some(page.head_tag),
            });
            let last = page.rows.len() < limit as usize;
            for row in page.rows {
                after = PageAfter {
                    rev: row.rev,
                    unit_id: row.unit_id,
                };
                match row.unit {
                    Some(unit) => self.seen.insert(row.unit_id, unit.to_map()),
                    None => self.seen.remove(&row.unit_id),
                };
            }
            if last {
                if end.cursor < position.cursor {
                    self.world
                        .ledger
                        .wrong(format!("I3: {} went back", self.login));
                }
                self.position = end;
                return;
            }
            if self.chance.percent(10) {
                self.world.ledger.count("crash between pages");
                return;
            }
        }
    }

    async fn claim(&mut self) {
        let key = self.chance.below(CLAIM_KEYS).to_string();
        let (job, device, login) = (self.chance.uuid(), self.device, self.login.clone());
        let times = 1 + self.chance.below(2);
        for _ in 0..times {
            let Some(session) = self.session().await else {
                return;
            };
            if let Ok(answer) = session
                .claim("registration", &key, job, device, &login)
                .await
            {
                self.world.ledger.claimed(&key, job, answer);
            }
        }
    }

    fn batch(&mut self) -> Vec<Operation> {
        let count = 1 + self.chance.below(8);
        (0..count).map(|_| self.edit()).collect()
    }

    fn edit(&mut self) -> Operation {
        let seq = self.next_seq;
        self.next_seq += 1;
        let mut units: Vec<Uuid> = self.seen.keys().copied().collect();
        units.sort();
        let fresh = format!("{}-{seq}", self.login);
        let mut made = if units.is_empty() || self.chance.percent(25) {
            let number = json!(imei(self.chance.below(NUMBERS)));
            let unit = self.chance.uuid();
            let note = ("notes", Value::Null, json!(fresh));
            operation(
                seq,
                unit,
                OperationKind::Create,
                &[("imei", Value::Null, number), note],
            )
        } else {
            let unit = *self.chance.pick(&units);
            let seen = &self.seen[&unit];
            let mut fields = BTreeMap::new();
            for _ in 0..=self.chance.below(3) {
                let name = *self.chance.pick(&FIELDS);
                fields.insert(name, seen[name].clone());
            }
            let deletes = self.chance.percent(8);
            let kind = if deletes {
                OperationKind::Delete
            } else {
                OperationKind::Set
            };
            let fields: Vec<_> = fields
                .into_iter()
                .map(|(name, base)| (name, base, json!(format!("{fresh}-{name}"))))
                .collect();
            // What this bench edits is what it shows from now on, sent or not.
            if !deletes && self.chance.percent(50) {
                let shown = self.seen.get_mut(&unit).unwrap();
                shown.extend(
                    fields
                        .iter()
                        .map(|(name, _, new)| ((*name).to_owned(), new.clone())),
                );
            }
            operation(seq, unit, kind, &fields)
        };
        made.atomic = self.chance.percent(30);
        made.actor.clone_from(&self.login);
        made.op_id = self.chance.uuid();
        made
    }

    /// Sends until everything is decided, with trouble on the way.
    async fn push(&mut self, mut batch: Vec<Operation>) {
        for attempt in 0..TRIES {
            let trouble = self.chance.below(100);
            match trouble {
                0..8 => self.push_twice_at_once(&batch).await,
                8..16 => self.push_and_be_killed(&batch).await,
                _ => {}
            }
            match self.push_once(&batch).await {
                Ok(_) if trouble >= 90 && attempt < 3 => self.world.ledger.count("lost answer"),
                Ok(answers) => {
                    let decided: Vec<Uuid> = answers
                        .iter()
                        .filter(|answer| answer.outcome.is_decided())
                        .map(|answer| answer.op_id)
                        .collect();
                    batch.retain(|operation| !decided.contains(&operation.op_id));
                    if batch.is_empty() {
                        return;
                    }
                    self.world.ledger.count("busy");
                }
                Err(fault) if fault.is_retryable() => self.world.ledger.count("cut"),
                Err(fault) => {
                    self.world.ledger.wrong(format!("{}: {fault}", self.login));
                    return;
                }
            }
            let pause_ms = 2 + self.chance.below(20 + attempt.min(60) as usize);
            tokio::time::sleep(Duration::from_millis(pause_ms as u64)).await;
        }
        self.world.ledger.wrong(format!(
            "{}: {} operations stay undecided",
            self.login,
            batch.len()
        ));
    }

    async fn push_once(&mut self, batch: &[Operation]) -> Result<Vec<Answer>, Fault> {
        let device = self.device;
        let world = Arc::clone(&self.world);
        let Some(session) = self.session().await else {
            return Err(Fault::Disturbed {
                sqlstate: None,
                why: "no session".into(),
            });
        };
        let answers = session.push(device, batch).await?;
        world.ledger.answered(&answers);
        Ok(answers)
    }

    async fn push_twice_at_once(&mut self, batch: &[Operation]) {
        self.world.ledger.count("double send");
        let target = self.world.database.target(&self.login);
        let Ok(other) = Session::connect(&target, cluster().credential()).await else {
            return;
        };
        let device = self.device;
        let world = Arc::clone(&self.world);
        let (first, second) = tokio::join!(self.push_once(batch), other.push(device, batch));
        drop(first);
        if let Ok(answers) = second {
            world.ledger.answered(&answers);
        }
    }

    /// The backend dies while it works, or just before, or just after.
    async fn push_and_be_killed(&mut self, batch: &[Operation]) {
        self.world.ledger.count("killed backend");
        let world = Arc::clone(&self.world);
        let login = self.login.clone();
        let pause = Duration::from_micros(self.chance.below(6000) as u64);
        let kill = async move {
            let admin = world.database.sql("postgres").await;
            tokio::time::sleep(pause).await;
            let _ = admin
                .execute(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = $1 AND datname = current_database()",
                    &[&login],
                )
                .await;
        };
        let (_, pushed) = tokio::join!(kill, self.push_once(batch));
        drop(pushed);
    }
}
