//! The fleet database of a story: a private PostgreSQL with the schema, benches' logins, and people with psql.

use fleet_db::private_cluster::{PrivateCluster, SUPERUSER};
use std::process::{Command, Output};

/// The database's name.
const DATABASE: &str = "fleet";

/// A server of the story's own. Ends with it.
pub struct Fleet {
    cluster: PrivateCluster,
}

impl Fleet {
    /// A fresh fleet table; the benches `bench_a` and `bench_b` may agree with it, `maria` and `jonas` may edit it with SQL.
    pub fn new() -> Self {
        let cluster = PrivateCluster::start().unwrap();
        let waits = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .unwrap();
        waits.block_on(async {
            cluster
                .prepare(DATABASE, &["bench_a", "bench_b"])
                .await
                .unwrap();
            let admin = cluster.administrator(DATABASE).await.unwrap();
            for person in ["maria", "jonas"] {
                cluster.admit(&admin, person, "fleet_editor").await.unwrap();
            }
        });
        Self { cluster }
    }

    /// The address for a bench.
    pub fn address(&self, login: &str) -> String {
        self.cluster.target(login, DATABASE).to_string()
    }

    /// What psql says to `sql` of a person.
    pub fn try_psql(&self, person: &str, sql: &str) -> Output {
        Command::new(self.cluster.programs().join("psql"))
            .args([
                "-X",
                "-q",
                "-A",
                "-t",
                "-v",
                "ON_ERROR_STOP=1",
                "-U",
                person,
                "-d",
                DATABASE,
            ])
            .arg("-h")
            .arg(self.cluster.folder().join("socket"))
            .args(["-p", &self.cluster.port().to_string(), "-c", sql])
            .output()
            .unwrap()
    }

    /// Runs a person's `sql` and gives what it answers.
    pub fn psql(&self, person: &str, sql: &str) -> String {
        let output = self.try_psql(person, sql);
        assert!(
            output.status.success(),
            "{sql}: {}",
            String::from_utf8_lossy(&output.stderr)
        );
        String::from_utf8(output.stdout).unwrap().trim().to_owned()
    }

    /// The same as the administrator.
    pub fn admin(&self, sql: &str) -> String {
        self.psql(SUPERUSER, sql)
    }
}
