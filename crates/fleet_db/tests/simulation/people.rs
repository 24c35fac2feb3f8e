//! People who edit the table with plain SQL beside the benches: transactions of all kinds, open ones, rolled back ones.

use super::benches::{NUMBERS, imei};
use super::{World, person_login};
use std::sync::Arc;
use std::time::Duration;

const SOME_UNIT: &str = "(SELECT id FROM fleet.units OFFSET floor(random() * (SELECT count(*) FROM fleet.units)) LIMIT 1)";

pub async fn person(world: Arc<World>, index: usize) {
    let mut chance = world.chance(1000 + index as u64);
    let sql = world.database.sql(&person_login(index)).await;
    for count in 0..world.plan.rounds * 2 {
        let value = format!("{}-{count}", person_login(index));
        let number = imei(chance.below(NUMBERS));
        let mut statements = Vec::new();
        for part in 0..=chance.below(3) {
            statements.push(match chance.below(10) {
                0 => format!("INSERT INTO fleet.units (imei, notes) VALUES ('{number}', '{value}-{part}') ON CONFLICT DO NOTHING"),
                1 => format!("DELETE FROM fleet.units WHERE id = {SOME_UNIT}"),
                2 => format!("UPDATE fleet.units SET notes = notes WHERE id = {SOME_UNIT}"),
                3 => format!("SAVEPOINT s; UPDATE fleet.units SET office = '{value}-{part}-lost' WHERE id = {SOME_UNIT}; ROLLBACK TO s"),
                4 => format!("SAVEPOINT s; UPDATE fleet.units SET office = '{value}-{part}' WHERE id = {SOME_UNIT}; SET CONSTRAINTS ALL IMMEDIATE; RELEASE s; SET CONSTRAINTS ALL DEFERRED"),
                5 => format!("SELECT pg_sleep({})", chance.below(60) as f64 / 1000.0),
                _ => format!("UPDATE fleet.units SET vehicle = '{value}-{part}', customer = '{value}-{part}-c' WHERE id = {SOME_UNIT}"),
            });
        }
        let begin =
            ["BEGIN", "BEGIN ISOLATION LEVEL REPEATABLE READ"][usize::from(chance.percent(20))];
        let end = ["COMMIT", "ROLLBACK"][usize::from(chance.percent(15))];
        let open = Duration::from_millis(if chance.percent(5) { 400 } else { 0 });
        let done = async {
            sql.batch_execute(&format!("{begin}; {}", statements.join("; ")))
                .await?;
            tokio::time::sleep(open).await;
            sql.batch_execute(end).await
        };
        if let Err(error) = done.await {
            let code = error.code().map_or("cut", |code| code.code()).to_owned();
            // Deadlocks and failed snapshots are ordinary: a person runs it again.
            if !["40P01", "40001"].contains(&code.as_str()) {
                world.ledger.wrong(format!("{value}: {code}: {error}"));
            }
            world.ledger.count("failed SQL transaction");
            let _ = sql.batch_execute("ROLLBACK").await;
        }
        tokio::time::sleep(Duration::from_millis(chance.below(15) as u64)).await;
    }
}
