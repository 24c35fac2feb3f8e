//! Who only looks: snapshots of the revisions while everybody writes, and a follower that pulls page by page.

use super::World;
use fleet_db::{PageAfter, Position};
use serde_json::{Map, Value};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;
use uuid::Uuid;

/// What a bench has of each unit: the revision and the row, or that it was deleted.
type Held = BTreeMap<Uuid, (i64, Option<Map<String, Value>>)>;

/// In every snapshot the revisions are 0 to the head without a gap, and no unit has a newer one.
pub async fn snapshots(world: Arc<World>) {
    let sql = world.database.sql("postgres").await;
    let question = "SELECT h.rev, (SELECT count(*) FROM fleet.sync_commits), (SELECT max(rev) FROM fleet.sync_commits), (SELECT coalesce(max(rev), 0) FROM fleet.unit_revs) FROM fleet.sync_head h";
    let mut before = 0;
    while !world.is_over() {
        let row = sql.query_one(question, &[]).await.unwrap();
        let (head, commits, newest, fed): (i64, i64, i64, i64) =
            (row.get(0), row.get(1), row.get(2), row.get(3));
        if commits != head + 1 || newest != head || fed > head || head < before {
            world.ledger.wrong(format!("I4: a snapshot has head {head}, {commits} commits up to {newest}, units up to {fed}, after {before}"));
        }
        before = head;
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
}

/// Pulls all the time with small pages; at the end what it has must be the table, and so must a pull from zero.
pub async fn follower(world: Arc<World>) {
    let session = world.database.bench("bench_1").await;
    let mut held: Held = BTreeMap::new();
    let mut position = Position::default();
    loop {
        let over = world.is_over();
        let next = pull(&session, &position, 5, &mut held).await;
        if next.cursor < position.cursor {
            world.ledger.wrong(format!(
                "I3: the follower went from {} to {}",
                position.cursor, next.cursor
            ));
        }
        position = next;
        if over {
            break;
        }
    }
    let mut anew = BTreeMap::new();
    pull(&session, &Position::default(), 50, &mut anew).await;
    let sql = world.database.sql("postgres").await;
    sql.batch_execute("SET TimeZone = 'UTC'").await.unwrap();
    let rows = sql
        .query("SELECT id, to_jsonb(u) FROM fleet.units u", &[])
        .await
        .unwrap();
    let table: BTreeMap<Uuid, Value> = rows.iter().map(|row| (row.get(0), row.get(1))).collect();
    for (name, held) in [("I1: the follower", held), ("I8: a pull from zero", anew)] {
        let units: BTreeMap<Uuid, Value> = held
            .into_iter()
            .filter_map(|(unit, (_, row))| Some((unit, Value::Object(row?))))
            .collect();
        for unit in table.keys().chain(units.keys()) {
            if units.get(unit) != table.get(unit) {
                world.ledger.wrong(format!(
                    "{name} has {:?} for {unit}, the table {:?}",
                    units.get(unit),
                    table.get(unit)
                ));
            }
        }
    }
}

async fn pull(
    session: &fleet_db::Session,
    position: &Position,
    limit: u32,
    held: &mut Held,
) -> Position {
    let mut after = PageAfter::first(position);
    let mut end = None;
    loop {
        let page = session.pull(position, &after, limit).await.unwrap();
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
            let known = held.get(&row.unit_id).map_or(0, |(rev, _)| *rev);
            if row.rev > known {
                held.insert(row.unit_id, (row.rev, row.unit.map(|unit| unit.to_map())));
            }
        }
        if last {
            return end;
        }
    }
}
