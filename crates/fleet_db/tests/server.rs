//! One PostgreSQL for the whole run, one database for each test.

use fleet_db::private_cluster::PrivateCluster;
use fleet_db::{Session, Target};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};
use tokio_postgres::{Client, NoTls};

/// The server of this run. It ends with this process.
pub fn cluster() -> &'static PrivateCluster {
    static CLUSTER: OnceLock<PrivateCluster> = OnceLock::new();
    CLUSTER.get_or_init(|| PrivateCluster::start().expect("a private PostgreSQL"))
}

/// Roles are the whole server's: one at a time.
static ROLES: tokio::sync::Mutex<()> = tokio::sync::Mutex::const_new(());

/// A database of this test alone, with the benches `bench_1` and `bench_2`.
pub struct Database {
    pub name: String,
}

impl Database {
    pub async fn new() -> Self {
        static NEXT: AtomicU32 = AtomicU32::new(1);
        let name = format!("fleet_{}", NEXT.fetch_add(1, Ordering::Relaxed));
        let _alone = ROLES.lock().await;
        cluster()
            .prepare(&name, &["bench_1", "bench_2"])
            .await
            .expect("a database");
        Self { name }
    }

    pub fn target(&self, user: &str) -> Target {
        cluster().target(user, &self.name)
    }

    /// A login with one of the roles.
    pub async fn login(&self, login: &str, role: &str) {
        let _alone = ROLES.lock().await;
        let admin = cluster()
            .administrator(&self.name)
            .await
            .expect("an administrator");
        cluster().admit(&admin, login, role).await.expect("a login");
    }

    /// A bench's connection.
    pub async fn bench(&self, login: &str) -> Session {
        Session::connect(&self.target(login), cluster().credential())
            .await
            .expect("a session")
    }

    /// Plain SQL, as the administrator or anybody else.
    pub async fn sql(&self, user: &str) -> Client {
        let folder = cluster().folder().join("socket");
        let (client, connection) = tokio_postgres::Config::new()
            .host_path(folder)
            .port(cluster().port())
            .user(user)
            .dbname(&self.name)
            .connect(NoTls)
            .await
            .expect("a connection");
        tokio::spawn(connection);
        client
    }
}
