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
        let waits = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .unwrap();
        waits.block_on(Self::new_within())
    }

    /// The same within a test that waits for more.
    pub async fn new_within() -> Self {
        let cluster = PrivateCluster::start().unwrap();
        cluster
            .prepare(DATABASE, &["bench_a", "bench_b"])
            .await
            .unwrap();
        let admin = cluster.administrator(DATABASE).await.unwrap();
        for person in ["maria", "jonas"] {
            cluster.admit(&admin, person, "fleet_editor").await.unwrap();
        }
        Self { cluster }
    }

    /// The address for a bench.
    pub fn address(&self, login: &str) -> String {
        self.cluster.target(login, DATABASE).to_string()
    }

    /// The address for a bench over the loopback, where the server asks for a password.
    pub fn over_tcp(&self, login: &str) -> String {
        format!(
            "postgres://{login}@127.0.0.1:{}/{DATABASE}",
            self.cluster.port()
        )
    }

    /// Keeps a copy of the database as it is now, as a backup would.
    pub fn keep_as(&self, name: &str) {
        self.elsewhere(&format!("CREATE DATABASE {name} TEMPLATE {DATABASE}"));
    }

    /// Puts a kept copy in the place of the database.
    pub fn put_back(&self, name: &str) {
        self.elsewhere(&format!("DROP DATABASE {DATABASE} WITH (FORCE)"));
        self.elsewhere(&format!("ALTER DATABASE {name} RENAME TO {DATABASE}"));
    }

    /// As the administrator, beside the database. A session that has just ended may still be in the way for a moment.
    fn elsewhere(&self, sql: &str) {
        for wait_ms in [0, 200, 500, 1_000, 2_000] {
            std::thread::sleep(std::time::Duration::from_millis(wait_ms));
            let output = self.psql_in("postgres", SUPERUSER, sql);
            if output.status.success() {
                return;
            }
            eprintln!("{sql}: {}", String::from_utf8_lossy(&output.stderr));
        }
        panic!("{sql}");
    }

    /// The server's folder.
    pub fn folder(&self) -> &std::path::Path {
        self.cluster.folder()
    }

    /// What psql says to `sql` of a person.
    pub fn try_psql(&self, person: &str, sql: &str) -> Output {
        self.psql_in(DATABASE, person, sql)
    }

    fn psql_in(&self, database: &str, person: &str, sql: &str) -> Output {
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
                database,
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
