//! What must hold after every run, held against the tables and against everything that was seen.

use super::World;
use super::ledger::Sent;
use crate::server::Database;
use fleet_db::{Answer, FieldChange, OperationKind, Outcome};
use serde_json::{Map, Value};
use std::collections::{BTreeMap, BTreeSet, HashMap};
use uuid::Uuid;

/// One row of the history.
struct Entry {
    n: i32,
    change: Map<String, Value>,
    op_id: Option<Uuid>,
    actor: Option<String>,
    login: String,
    rev: Option<i64>,
}

/// Adds what is wrong to `found`; gives what the run was, in a few words.
pub async fn check(world: &World, found: &mut Vec<String>) -> String {
    let (sent, answers) = (world.ledger.sent(), world.ledger.answers());
    let sql = world.database.sql("postgres").await;
    sql.batch_execute("SET TimeZone = 'UTC'").await.unwrap();
    let mut history: BTreeMap<Uuid, Vec<Entry>> = BTreeMap::new();
    let rows = sql
        .query(
            "SELECT h.unit_id, h.n, h.change, h.op_id, h.actor, h.login::text, (SELECT c.rev FROM fleet.sync_commits c WHERE (c.xid, c.xact_at) = (h.xid, h.xact_at) ORDER BY c.rev DESC LIMIT 1)
               FROM fleet.unit_history h ORDER BY h.unit_id, h.n",
            &[],
        )
        .await
        .unwrap();
    for row in &rows {
        let Value::Object(change) = row.get(2) else {
            panic!("a change is an object");
        };
        history.entry(row.get(0)).or_default().push(Entry {
            n: row.get(1),
            change,
            op_id: row.get(3),
            actor: row.get(4),
            login: row.get(5),
            rev: row.get(6),
        });
    }
    one_outcome(&sql, &sent, &answers, found).await;
    revisions(&sql, &history, found).await;
    replay(&sql, &history, found).await;
    actors(&history, &sent, found);
    values(&history, &sent, &answers, found);
    rights(&world.database, found).await;
    claims(world, found);
    let head: i64 = sql
        .query_one("SELECT rev FROM fleet.sync_head", &[])
        .await
        .unwrap()
        .get(0);
    let mut outcomes: BTreeMap<String, u32> = BTreeMap::new();
    for answer in answers.values().filter_map(|answers| answers.first()) {
        *outcomes.entry(format!("{:?}", answer.outcome)).or_default() += 1;
    }
    format!(
        "{} operations {outcomes:?}, {} changes, head {head}, {:?}",
        sent.len(),
        rows.len(),
        world.ledger.faults.lock().unwrap()
    )
}

/// I2: each operation has exactly one outcome, the same in every answer and in the receipt.
async fn one_outcome(
    sql: &tokio_postgres::Client,
    sent: &BTreeMap<Uuid, Sent>,
    answers: &BTreeMap<Uuid, Vec<Answer>>,
    found: &mut Vec<String>,
) {
    let rows = sql
        .query(
            "SELECT op_id, outcome, detail, device_id FROM fleet.sync_ops",
            &[],
        )
        .await
        .unwrap();
    let receipts: HashMap<Uuid, (Option<String>, Option<Value>, Uuid)> = rows
        .iter()
        .map(|row| (row.get(0), (row.get(1), row.get(2), row.get(3))))
        .collect();
    for (op_id, sent) in sent {
        let told = answers.get(op_id).map(Vec::as_slice).unwrap_or_default();
        let Some((outcome, detail, device)) = receipts.get(op_id) else {
            found.push(format!("I2: {op_id} has no receipt"));
            continue;
        };
        if told.is_empty() {
            found.push(format!("I2: {op_id} was never answered"));
        }
        for answer in told {
            let word = serde_json::to_value(answer.outcome).unwrap();
            if word.as_str() != outcome.as_deref() || answer.detail != *detail {
                found.push(format!(
                    "I2: {op_id} was answered {answer:?}, its receipt says {outcome:?} {detail:?}"
                ));
            }
        }
        if *device != sent.device {
            found.push(format!("I2: {op_id} is another device's"));
        }
    }
    for op_id in receipts.keys().filter(|op_id| !sent.contains_key(op_id)) {
        found.push(format!("I2: nobody sent {op_id}"));
    }
}

/// I4: revisions without a gap; each unit's is that of its newest change.
async fn revisions(
    sql: &tokio_postgres::Client,
    history: &BTreeMap<Uuid, Vec<Entry>>,
    found: &mut Vec<String>,
) {
    let row = sql
        .query_one("SELECT h.rev, (SELECT count(*) FROM fleet.sync_commits), (SELECT min(rev) FROM fleet.sync_commits), (SELECT max(rev) FROM fleet.sync_commits) FROM fleet.sync_head h", &[])
        .await
        .unwrap();
    let (head, count, first, last): (i64, i64, i64, i64) =
        (row.get(0), row.get(1), row.get(2), row.get(3));
    if (count, first, last) != (head + 1, 0, head) {
        found.push(format!(
            "I4: head {head}, {count} commits from {first} to {last}"
        ));
    }
    let rows = sql
        .query("SELECT unit_id, rev FROM fleet.unit_revs", &[])
        .await
        .unwrap();
    let fed: BTreeMap<Uuid, i64> = rows.iter().map(|row| (row.get(0), row.get(1))).collect();
    for (unit, entries) in history {
        if entries.iter().any(|entry| entry.rev.is_none()) {
            found.push(format!("I6: a change of {unit} has no revision"));
        }
        let newest = entries.iter().filter_map(|entry| entry.rev).max();
        if fed.get(unit).copied() != newest {
            found.push(format!(
                "I4: {unit} is fed with {:?}, its newest change has {newest:?}",
                fed.get(unit)
            ));
        }
    }
}

/// I6: replaying each unit's history, each old value matching, gives the table.
async fn replay(
    sql: &tokio_postgres::Client,
    history: &BTreeMap<Uuid, Vec<Entry>>,
    found: &mut Vec<String>,
) {
    let rows = sql
        .query("SELECT id, to_jsonb(u) FROM fleet.units u", &[])
        .await
        .unwrap();
    let mut table: BTreeMap<Uuid, Value> =
        rows.iter().map(|row| (row.get(0), row.get(1))).collect();
    for (unit, entries) in history {
        let mut row: Option<Map<String, Value>> = None;
        for (index, entry) in entries.iter().enumerate() {
            let mut fits = entry.n == i32::try_from(index).unwrap() + 1;
            if let Some(Value::Object(inserted)) = entry.change.get("insert") {
                fits &= row.is_none();
                row = Some(inserted.clone());
            } else if let Some(deleted) = entry.change.get("delete") {
                fits &= row.take().map(Value::Object).as_ref() == Some(deleted);
            } else if let Some(row) = &mut row {
                for (field, change) in &entry.change {
                    fits &=
                        row.insert(field.clone(), change[1].clone()).as_ref() == Some(&change[0]);
                }
            } else {
                fits = false;
            }
            if !fits {
                found.push(format!(
                    "I6: change {} of {unit} does not follow from the one before: {:?}",
                    entry.n, entry.change
                ));
                break;
            }
        }
        if row.map(Value::Object) != table.remove(unit) {
            found.push(format!("I6: the history of {unit} does not end in its row"));
        }
    }
    for unit in table.keys() {
        found.push(format!("I6: {unit} has no history"));
    }
}

/// I6: who is named did it.
fn actors(
    history: &BTreeMap<Uuid, Vec<Entry>>,
    sent: &BTreeMap<Uuid, Sent>,
    found: &mut Vec<String>,
) {
    for (unit, entries) in history {
        for entry in entries {
            let right = match entry.op_id {
                Some(op_id) => sent.get(&op_id).is_some_and(|sent| {
                    sent.operation.unit_id == *unit
                        && entry.login == sent.login
                        && entry.actor.as_ref() == Some(&sent.operation.actor)
                }),
                None => entry.login.starts_with("sim_person_") && entry.actor.is_none(),
            };
            if !right {
                found.push(format!(
                    "I6: change {} of {unit} names {:?} by {}",
                    entry.n, entry.actor, entry.login
                ));
            }
        }
    }
}

/// I7: what was applied stands in the history exactly once, over the values that its editor saw; what was not, nowhere.
fn values(
    history: &BTreeMap<Uuid, Vec<Entry>>,
    sent: &BTreeMap<Uuid, Sent>,
    answers: &BTreeMap<Uuid, Vec<Answer>>,
    found: &mut Vec<String>,
) {
    let mut done: BTreeMap<Uuid, Vec<&Entry>> = BTreeMap::new();
    let mut written: BTreeMap<String, u32> = BTreeMap::new();
    for entry in history.values().flatten() {
        if let Some(op_id) = entry.op_id {
            done.entry(op_id).or_default().push(entry);
        }
        let news: Vec<&Value> = match entry.change.get("insert") {
            Some(row) => vec![&row["notes"]],
            None if entry.change.contains_key("delete") => Vec::new(),
            None => entry.change.values().map(|change| &change[1]).collect(),
        };
        for value in news.into_iter().filter_map(Value::as_str) {
            *written.entry(value.to_owned()).or_default() += 1;
        }
    }
    for (value, times) in written.iter().filter(|(_, times)| **times > 1) {
        found.push(format!("I7: '{value}' was written {times} times"));
    }
    for (op_id, sent) in sent {
        let Some(answer) = answers.get(op_id).and_then(|answers| answers.first()) else {
            continue;
        };
        let entries = done.get(op_id).map(Vec::as_slice).unwrap_or_default();
        let fields = &sent.operation.fields;
        let expected = usize::from(matches!(
            answer.outcome,
            Outcome::Applied | Outcome::Partial
        ));
        let mut right = entries.len() == expected;
        if let (true, [entry]) = (right, entries) {
            let clashing: BTreeSet<&String> =
                answer.clashing().into_iter().flat_map(Map::keys).collect();
            right = match sent.operation.kind {
                OperationKind::Create => {
                    (fields.iter()).all(|(name, change)| entry.change["insert"][name] == change.new)
                }
                OperationKind::Delete => (fields.iter())
                    .all(|(name, change)| entry.change["delete"][name] == change.base),
                OperationKind::Set => {
                    let due = |name: &String| !clashing.contains(name);
                    let as_seen = |(name, change): (&String, &FieldChange)| {
                        entry.change.get(name)
                            == Some(&serde_json::json!([change.base, change.new]))
                    };
                    fields.iter().filter(|(name, _)| due(name)).all(as_seen)
                        && entry.change.len() == fields.keys().filter(|name| due(name)).count()
                        && (answer.outcome == Outcome::Partial) != clashing.is_empty()
                        && (clashing.is_empty() || !sent.operation.atomic)
                }
            };
        }
        if !right {
            let changes: Vec<_> = entries.iter().map(|entry| &entry.change).collect();
            found.push(format!(
                "I7: {:?} was answered {answer:?} and left {changes:?}",
                sent.operation
            ));
        }
    }
}

/// I11: after all that, no role can do more than is its business. (Every statement is tried in `rights`.)
async fn rights(database: &Database, found: &mut Vec<String>) {
    for (login, statement) in [
        ("sim_bench_0", "UPDATE fleet.units SET notes = NULL"),
        ("sim_bench_0", "DELETE FROM fleet.sync_ops"),
        (
            "sim_bench_0",
            "UPDATE fleet.claims SET job_id = gen_random_uuid()",
        ),
        (
            "sim_person_0",
            "UPDATE fleet.unit_history SET login = 'postgres'",
        ),
        (
            "sim_person_0",
            "SELECT * FROM fleet.sync_push(gen_random_uuid(), '[]')",
        ),
        ("sim_person_0", "TRUNCATE fleet.units"),
    ] {
        let tried = database.sql(login).await.batch_execute(statement).await;
        let code = tried
            .err()
            .and_then(|error| error.code().map(|code| code.code().to_owned()));
        if code.as_deref() != Some("42501") {
            found.push(format!("I11: {login} may {statement}: {code:?}"));
        }
    }
}

/// I12: each claim has one holder, and everybody is told the same one.
fn claims(world: &World, found: &mut Vec<String>) {
    for (key, told) in world.ledger.claims() {
        let holders: BTreeSet<Uuid> = told.iter().map(|(_, answer)| answer.job_id).collect();
        let right = told
            .iter()
            .all(|(job, answer)| answer.mine == (*job == answer.job_id));
        if holders.len() != 1 || !right {
            found.push(format!("I12: {key} is held by {holders:?}"));
        }
    }
}
