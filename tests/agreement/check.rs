//! What must hold after a day, by number as in the protocol's own list.

use super::line::Witness;
use super::office::Office;
use super::people::connect;
use super::world::DATABASE;
use fleet_db::private_cluster::{PrivateCluster, SUPERUSER};
use fleetdesk::inventory::{Inventory, Options};
use rusqlite::Connection;
use serde_json::{Map, Value};
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;
use tokio_postgres::Client;
use uuid::Uuid;

type Rows = BTreeMap<Uuid, Map<String, Value>>;

/// An operation as an office keeps it.
struct Op {
    op_id: Uuid,
    unit_id: Uuid,
    outcome: Option<String>,
    body: Value,
}

/// A receipt as the server keeps it.
struct Receipt {
    outcome: Option<String>,
    actor: String,
}

pub async fn everything(
    cluster: &PrivateCluster,
    offices: &[Rc<Office>],
    witness: &Witness,
    restored: bool,
) -> Vec<String> {
    let client = connect(cluster, SUPERUSER).await;
    client.batch_execute("SET timezone = 'UTC'").await.unwrap();
    let table = table(&client).await;
    let mut complaints = feed(&client).await;
    let receipts = receipts(&client).await;
    for office in offices {
        let state = office.inventory().sync_state().await.unwrap();
        let head: i64 = client
            .query_one("SELECT rev FROM fleet.sync_head", &[])
            .await
            .unwrap()
            .get(0);
        let name = office.name();
        if state.position.cursor != head {
            complaints.push(format!(
                "I3: {name} stands at {} and the head is {head}",
                state.position.cursor
            ));
        }
        if state.waiting > 0 || state.overlaid > 0 {
            complaints.push(format!(
                "I5: {name}: {} undecided, {} overlaid",
                state.waiting, state.overlaid
            ));
        }
        if restored && office.must_notice.get() && office.compared.get() == 0 {
            complaints.push(format!("I10: {name} never noticed the restore"));
        }
        let shown = shown(office).await;
        office.close();
        let file = Connection::open(office.folder.path().join("inventory.sqlite")).unwrap();
        complaints.extend(differences(&format!("I1: {name}"), &base(&file), &table));
        complaints.extend(shown_differs(&name, &shown, &table));
        let ops = ops(&file);
        complaints.extend(decided_once(&name, &ops, &receipts, witness));
        complaints.extend(entered_is_kept(office, &file));
        complaints.extend(in_history(&client, &ops).await);
    }
    complaints.extend(replay(&client, &table, &receipts).await);
    complaints.extend(from_zero(cluster, &table).await);
    complaints.extend(no_right(cluster).await);
    complaints
}

async fn table(client: &Client) -> Rows {
    let rows = client
        .query("SELECT id, to_jsonb(u) FROM fleet.units u", &[])
        .await
        .unwrap();
    rows.iter()
        .map(|row| (row.get(0), object(row.get(1))))
        .collect()
}

fn object(value: Value) -> Map<String, Value> {
    value.as_object().cloned().unwrap()
}

fn base(file: &Connection) -> Rows {
    let mut statement = file
        .prepare("SELECT unit_id, row FROM base WHERE row IS NOT NULL AND stale = 0")
        .unwrap();
    let rows = statement.query_map([], |row| {
        Ok((row.get::<_, [u8; 16]>(0)?, row.get::<_, String>(1)?))
    });
    rows.unwrap()
        .map(Result::unwrap)
        .map(|(id, row)| {
            (
                Uuid::from_bytes(id),
                object(serde_json::from_str(&row).unwrap()),
            )
        })
        .collect()
}

fn differences(what: &str, here: &Rows, there: &Rows) -> Vec<String> {
    let all: BTreeSet<&Uuid> = here.keys().chain(there.keys()).collect();
    all.into_iter()
        .filter(|id| here.get(id) != there.get(id))
        .map(|id| {
            format!(
                "{what}: unit {id} is {:?} and in the table {:?}",
                here.get(id),
                there.get(id)
            )
        })
        .take(2)
        .collect()
}

/// What staff see: customer by number, but for what an open question keeps on the screen.
async fn shown(office: &Office) -> BTreeMap<String, [Option<String>; 3]> {
    let page = office.inventory().units_page(10_000, 0).await.unwrap();
    page.rows
        .into_iter()
        .map(|unit| {
            (
                unit.id.as_str().to_owned(),
                [unit.customer, unit.vehicle, unit.note],
            )
        })
        .collect()
}

fn shown_differs(
    name: &str,
    shown: &BTreeMap<String, [Option<String>; 3]>,
    table: &Rows,
) -> Vec<String> {
    let mut complaints = Vec::new();
    for row in table.values() {
        let text = |column: &str| row[column].as_str().map(str::to_owned);
        let there = [text("customer"), text("vehicle"), text("notes")];
        let serial = text("serial").unwrap();
        if shown.get(&serial) != Some(&there) {
            complaints.push(format!(
                "I1: {name} shows {serial} as {:?}, the table has {there:?}",
                shown.get(&serial)
            ));
        }
    }
    complaints.truncate(2);
    complaints
}

fn ops(file: &Connection) -> Vec<Op> {
    let mut statement = file
        .prepare("SELECT op_id, unit_id, outcome, body FROM op ORDER BY seq")
        .unwrap();
    let rows = statement.query_map([], |row| {
        Ok(Op {
            op_id: Uuid::from_bytes(row.get(0)?),
            unit_id: Uuid::from_bytes(row.get(1)?),
            outcome: row.get(2)?,
            body: serde_json::from_str(&row.get::<_, String>(3)?).unwrap(),
        })
    });
    rows.unwrap().map(Result::unwrap).collect()
}

async fn receipts(client: &Client) -> BTreeMap<Uuid, Receipt> {
    let rows = client
        .query(
            "SELECT op_id, outcome, coalesce(actor, '') FROM fleet.sync_ops",
            &[],
        )
        .await
        .unwrap();
    rows.iter()
        .map(|row| {
            (
                row.get(0),
                Receipt {
                    outcome: row.get(1),
                    actor: row.get(2),
                },
            )
        })
        .collect()
}

/// I2: one outcome, the same in every answer, in the receipt and in the office.
fn decided_once(
    name: &str,
    ops: &[Op],
    receipts: &BTreeMap<Uuid, Receipt>,
    witness: &Witness,
) -> Vec<String> {
    let mut complaints = Vec::new();
    for op in ops {
        let receipt = receipts
            .get(&op.op_id)
            .and_then(|receipt| receipt.outcome.clone());
        if op.outcome != receipt {
            complaints.push(format!(
                "I2: {name}: {} is {:?} here and {receipt:?} there",
                op.op_id, op.outcome
            ));
        }
        let answered = witness
            .outcomes
            .borrow()
            .get(&op.op_id)
            .map(|said| said.to_lowercase());
        if answered.is_some() && answered != op.outcome {
            complaints.push(format!(
                "I2: {name}: {} was answered {answered:?} and is {:?}",
                op.op_id, op.outcome
            ));
        }
    }
    complaints.truncate(3);
    complaints
}

/// I4: revisions without a gap, none above the head.
async fn feed(client: &Client) -> Vec<String> {
    let row = client
        .query_one(
            "SELECT (SELECT count(*) FROM fleet.sync_commits), (SELECT max(rev) FROM fleet.sync_commits), (SELECT rev FROM fleet.sync_head),
                    (SELECT coalesce(max(rev), 0) FROM fleet.unit_revs)",
            &[],
        )
        .await
        .unwrap();
    let (count, max, head, newest): (i64, i64, i64, i64) =
        (row.get(0), row.get(1), row.get(2), row.get(3));
    if count != head + 1 || max != head || newest > head {
        return vec![format!(
            "I4: {count} revisions up to {max}, head {head}, newest unit {newest}"
        )];
    }
    Vec::new()
}

/// I6: the history of each unit, replayed with each old value matching, gives the table; each entry has a revision and the right
/// actor.
async fn replay(client: &Client, table: &Rows, receipts: &BTreeMap<Uuid, Receipt>) -> Vec<String> {
    let mut complaints = Vec::new();
    let sql = "SELECT h.unit_id, h.n, h.change, h.op_id, coalesce(h.actor, ''),
                      EXISTS (SELECT 1 FROM fleet.sync_commits c WHERE c.xid = h.xid AND c.xact_at = h.xact_at)
                 FROM fleet.unit_history h ORDER BY h.unit_id, h.n";
    let mut replayed = Rows::new();
    for row in client.query(sql, &[]).await.unwrap() {
        let (unit, n): (Uuid, i32) = (row.get(0), row.get(1));
        let change = object(row.get(2));
        if !row.get::<_, bool>(5) {
            complaints.push(format!("I6: entry {n} of {unit} has no revision"));
        }
        let op: Option<Uuid> = row.get(3);
        let actor: String = row.get(4);
        let right = op.map_or(Some(""), |op| {
            receipts.get(&op).map(|receipt| receipt.actor.as_str())
        });
        if right != Some(actor.as_str()) {
            complaints.push(format!(
                "I6: entry {n} of {unit} is by '{actor}', its receipt by {right:?}"
            ));
        }
        if let Some(new) = change.get("insert") {
            replayed.insert(unit, object(new.clone()));
        } else if let Some(old) = change.get("delete") {
            if replayed.remove(&unit).map(Value::Object).as_ref() != Some(old) {
                complaints.push(format!(
                    "I6: {unit} was deleted as something else than it was"
                ));
            }
        } else {
            let Some(now) = replayed.get_mut(&unit) else {
                complaints.push(format!("I6: {unit} changed while it was not there"));
                continue;
            };
            for (column, pair) in change {
                if now.insert(column.clone(), pair[1].clone()).as_ref() != Some(&pair[0]) {
                    complaints.push(format!(
                        "I6: entry {n} of {unit}: {column} was not {}",
                        pair[0]
                    ));
                }
            }
        }
    }
    complaints.truncate(5);
    complaints.extend(differences("I6: replayed", &replayed, table));
    complaints
}

/// I7: what an operation wrote is in the history at most once, once if it was applied, never if it was not, over the value its
/// editor saw.
async fn in_history(client: &Client, ops: &[Op]) -> Vec<String> {
    let mut complaints = Vec::new();
    let sql = "SELECT op_id, unit_id, change FROM fleet.unit_history WHERE op_id = ANY ($1)";
    let numbers: Vec<Uuid> = ops.iter().map(|op| op.op_id).collect();
    let mut told: BTreeMap<Uuid, Vec<(Uuid, Value)>> = BTreeMap::new();
    for row in client.query(sql, &[&numbers]).await.unwrap() {
        told.entry(row.get(0))
            .or_default()
            .push((row.get(1), row.get(2)));
    }
    for op in ops {
        let entries = told.remove(&op.op_id).unwrap_or_default();
        let outcome = op.outcome.as_deref().unwrap_or("nothing");
        let fits = match outcome {
            // What stood there already is no change.
            "applied" | "partial" => entries.len() <= 1,
            _ => entries.is_empty(),
        };
        if !fits {
            complaints.push(format!(
                "I7: {} was {outcome} and is {} times in the history",
                op.op_id,
                entries.len()
            ));
        }
        for (unit, change) in entries {
            if unit != op.unit_id {
                complaints.push(format!("I7: {} changed another unit", op.op_id));
            }
            if op.body["kind"] != "set" {
                continue;
            }
            for (column, pair) in object(change) {
                let meant = &op.body["fields"][&column];
                let moment = column == "provisioned_at";
                if (pair[0] != meant["base"] || pair[1] != meant["new"]) && !moment {
                    complaints.push(format!(
                        "I7: {} made {column} {pair} and meant {meant}",
                        op.op_id
                    ));
                }
            }
        }
    }
    complaints.truncate(3);
    complaints
}

/// Nothing that staff entered is lost: each value stands in an operation, or a later value of the same field took its place
/// before it was sent.
fn entered_is_kept(office: &Office, file: &Connection) -> Vec<String> {
    let bodies: String = ops(file).iter().map(|op| op.body.to_string()).collect();
    let entered = office.entered.borrow();
    let mut complaints = Vec::new();
    for (n, (unit, column, value)) in entered.iter().enumerate() {
        let replaced = entered
            .iter()
            .skip(n + 1)
            .any(|(other, of, _)| other == unit && of == column);
        if !replaced && !bodies.contains(&format!("\"{value}\"")) {
            complaints.push(format!(
                "{}: {column} '{value}' of {unit} is lost",
                office.name()
            ));
        }
    }
    complaints.truncate(3);
    complaints
}

/// I8: an office that hears everything from the beginning has the same.
async fn from_zero(cluster: &PrivateCluster, table: &Rows) -> Vec<String> {
    let folder = tempfile::tempdir().unwrap();
    let options = Options {
        daily_backup: false,
        ..Options::default()
    };
    let (inventory, _) = Inventory::open(folder.path(), &options).unwrap();
    let target = cluster.target("bench_1", DATABASE);
    let session = fleet_db::Session::connect(&target, fleet_db::Credential::Nothing)
        .await
        .unwrap();
    if let Err(error) = fleetdesk::sync::round(&inventory, &session).await {
        return vec![format!("I8: {error}")];
    }
    drop(inventory);
    let file = Connection::open(folder.path().join("inventory.sqlite")).unwrap();
    differences("I8", &base(&file), table)
}

/// I11: a bench's login has no way past the functions.
async fn no_right(cluster: &PrivateCluster) -> Vec<String> {
    let client = connect(cluster, "bench_1").await;
    let mut complaints = Vec::new();
    for sql in [
        "UPDATE fleet.units SET customer = 'x'",
        "DELETE FROM fleet.unit_history",
        "INSERT INTO fleet.sync_ops (op_id, device_id, seq, unit_id, op) SELECT gen_random_uuid(), gen_random_uuid(), 1, gen_random_uuid(), '{}'",
        "UPDATE fleet.sync_head SET rev = 0",
    ] {
        let refused = client.batch_execute(sql).await.err();
        let state = refused
            .as_ref()
            .and_then(|error| error.code())
            .map(|code| code.code().to_owned());
        if state.as_deref() != Some("42501") {
            complaints.push(format!("I11: {sql}: {state:?}"));
        }
    }
    complaints
}
