//! People with plain SQL: edits, deletes, rollbacks, savepoints, numbers entered twice, a transaction left open for seconds.

use super::chance::Chance;
use super::office::{UNITS, imei};
use super::world::DATABASE;
use fleet_db::private_cluster::PrivateCluster;
use std::cell::Cell;
use std::time::{Duration, Instant};
use tokio_postgres::{Client, Config, NoTls};

/// A plain connection over the server's socket.
pub async fn connect_to(cluster: &PrivateCluster, login: &str, database: &str) -> Client {
    let mut config = Config::new();
    config
        .host_path(cluster.folder().join("socket"))
        .port(cluster.port())
        .user(login)
        .dbname(database);
    let (client, line) = config.connect(NoTls).await.unwrap();
    tokio::spawn(async move {
        let _ = line.await;
    });
    client
}

pub async fn connect(cluster: &PrivateCluster, login: &str) -> Client {
    connect_to(cluster, login, DATABASE).await
}

pub struct Person {
    name: &'static str,
    chance: Chance,
    /// Transactions that were committed.
    pub done: Cell<u32>,
    made: Cell<u32>,
}

impl Person {
    pub fn new(name: &'static str, chance: Chance) -> Self {
        Self {
            name,
            chance,
            done: Cell::new(0),
            made: Cell::new(0),
        }
    }

    pub async fn work(&self, cluster: &PrivateCluster, until: Instant) {
        let client = connect(cluster, self.name).await;
        let mut held_open = false;
        while Instant::now() < until {
            if !held_open && self.name == "wei" {
                held_open = true;
                self.leave_open(&client).await;
            } else {
                let sql = self.transaction();
                if client.batch_execute(&sql).await.is_ok() {
                    self.done.set(self.done.get() + 1);
                } else {
                    let _ = client.batch_execute("ROLLBACK").await;
                }
            }
            tokio::time::sleep(Duration::from_millis(10 + self.chance.below(60))).await;
        }
    }

    /// I9: the others go on meanwhile; pushes of these rows are answered 'busy'.
    async fn leave_open(&self, client: &Client) {
        let serial = self.serial();
        let hold = format!(
            "BEGIN; UPDATE fleet.units SET office = 'held by {}' WHERE serial = '{serial}'",
            self.name
        );
        if client.batch_execute(&hold).await.is_ok() {
            tokio::time::sleep(Duration::from_secs(4)).await;
        }
        let _ = client.batch_execute("COMMIT").await;
    }

    fn serial(&self) -> String {
        imei(self.chance.below(UNITS)).to_string()
    }

    fn value(&self) -> String {
        self.made.set(self.made.get() + 1);
        format!("{} {}", self.name, self.made.get())
    }

    fn transaction(&self) -> String {
        let (one, two, value) = (self.serial(), self.serial(), self.value());
        let column = *self
            .chance
            .pick(&["customer", "vehicle", "notes", "office"]);
        let update = format!("UPDATE fleet.units SET {column} = '{value}' WHERE serial = '{one}'");
        match self.chance.below(20) {
            0..=8 => update,
            9 | 10 => format!(
                "BEGIN; {update}; UPDATE fleet.units SET {column} = '{value}' WHERE serial = '{two}'; COMMIT"
            ),
            11 => format!("BEGIN; {update}; ROLLBACK"),
            12 => format!(
                "BEGIN; SAVEPOINT a; {update}; SET CONSTRAINTS ALL IMMEDIATE; ROLLBACK TO a; UPDATE fleet.units SET office = '{value}' WHERE serial = '{two}'; COMMIT"
            ),
            13 => format!(
                "BEGIN; SAVEPOINT a; {update}; SET CONSTRAINTS ALL IMMEDIATE; RELEASE a; {update}; COMMIT"
            ),
            14 | 15 => format!("DELETE FROM fleet.units WHERE serial = '{one}'"),
            // Often there already: refused, and nothing of it stays.
            16 | 17 => {
                format!("INSERT INTO fleet.units (imei, customer) VALUES ('{one}', '{value}')")
            }
            18 => format!("UPDATE fleet.units SET {column} = {column} WHERE serial = '{one}'"),
            _ => format!(
                "BEGIN; DELETE FROM fleet.units WHERE serial = '{one}'; INSERT INTO fleet.units (imei, notes) VALUES ('{one}', '{value}'); COMMIT"
            ),
        }
    }
}
