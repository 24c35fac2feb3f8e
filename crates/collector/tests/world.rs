//! A carrier's sandbox and a database of one's own, and what must hold after everything.

use carrier::sandbox::{ReportSeed, SandboxConfig, SandboxHandle, Switches, serve};
use carrier::{AccountSettings, CallFailure, ReportPage};
use collector::run::{Plan, Tally, run};
use collector::source::{AccountSource, ReportSource};
use collector::trouble::Trouble;
use fleet_db::private_cluster::PrivateCluster;
use fleet_db::reports::NamedDevice;
use fleet_db::{ReportStore, Session, Target};
use serde_json::{Map, Value};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;
use tokio_postgres::{Client, NoTls};

/// The server of this run. It ends with this process.
pub fn cluster() -> &'static PrivateCluster {
    static CLUSTER: OnceLock<PrivateCluster> = OnceLock::new();
    CLUSTER.get_or_init(|| PrivateCluster::start().expect("a private PostgreSQL"))
}

pub struct World {
    pub sandbox: SandboxHandle,
    pub database: String,
    pub sql: Client,
    furthest: std::cell::Cell<i64>,
}

pub fn switches() -> Switches {
    Switches {
        rate_limit_retry_after_s: Some(0),
        ..Switches::default()
    }
}

impl World {
    pub async fn new(switches: Switches) -> Self {
        static NEXT: AtomicU32 = AtomicU32::new(1);
        // Roles are the whole server's: one at a time.
        static ROLES: tokio::sync::Mutex<()> = tokio::sync::Mutex::const_new(());
        let database = format!("reports_{}", NEXT.fetch_add(1, Ordering::Relaxed));
        {
            let _alone = ROLES.lock().await;
            cluster().prepare(&database, &["bench_1"]).await.unwrap();
            let admin = cluster().administrator(&database).await.unwrap();
            for (login, role) in [
                ("collector", "fleet_collector"),
                ("tableau", "fleet_reader"),
            ] {
                cluster().admit(&admin, login, role).await.unwrap();
            }
        }
        let sandbox = serve(SandboxConfig {
            switches,
            ..SandboxConfig::default()
        })
        .await
        .unwrap();
        let sql = Self::client("postgres", &database).await;
        Self {
            sandbox,
            database,
            sql,
            furthest: std::cell::Cell::new(-1),
        }
    }

    async fn client(user: &str, database: &str) -> Client {
        let (client, connection) = tokio_postgres::Config::new()
            .host_path(cluster().folder().join("socket"))
            .port(cluster().port())
            .user(user)
            .dbname(database)
            .connect(NoTls)
            .await
            .unwrap();
        tokio::spawn(connection);
        client
    }

    pub async fn login(&self, user: &str) -> Client {
        Self::client(user, &self.database).await
    }

    pub fn target(&self) -> Target {
        cluster().target("collector", &self.database)
    }

    pub async fn store(&self) -> ReportStore {
        let session = Session::connect(&self.target(), cluster().credential())
            .await
            .unwrap();
        ReportStore::new(session)
    }

    pub fn account(&self) -> AccountSettings {
        let mut account = AccountSettings::sandbox(&self.sandbox.base_url());
        account.limits.calls_per_second = 10_000;
        account.limits.read_repeats = 0;
        account
    }

    pub fn source(&self) -> AccountSource {
        AccountSource::new(self.account()).unwrap()
    }

    pub fn seed(
        &self,
        units: u32,
        count: u32,
        every_ms: u64,
        begins_in_ms: i64,
        members: Map<String, Value>,
    ) {
        self.sandbox
            .seed_reports(&ReportSeed {
                units: (1..=units).map(|unit| format!("U{unit:06}")).collect(),
                count,
                every_ms,
                begins_in_ms,
                members,
            })
            .unwrap();
    }

    /// Reports of some units over the last hours, all there already.
    pub fn seed_past(&self, units: u32, count: u32) {
        self.seed(
            units,
            count,
            60_000,
            -60_000 * (i64::from(count) + 1),
            Map::new(),
        );
    }

    pub async fn run(&self, plan: &Plan) -> Result<Tally, Trouble> {
        let tally = run(&self.source(), &self.store().await, plan).await;
        self.holds().await;
        tally
    }

    /// Runs until everything is there, whatever goes wrong on the way.
    pub async fn run_to_the_end(&self, plan: &Plan) -> Vec<Result<Tally, Trouble>> {
        let mut all = Vec::new();
        for _ in 0..60 {
            all.push(self.run(plan).await);
            if let Some(Ok(tally)) = all.last()
                && tally.ending == collector::run::Ending::CaughtUp
            {
                return all;
            }
        }
        panic!("not caught up: {:?}", all.last());
    }

    pub async fn number(&self, sql: &str) -> i64 {
        self.sql.query_one(sql, &[]).await.unwrap().get(0)
    }

    pub async fn text(&self, sql: &str) -> Option<String> {
        self.sql.query_one(sql, &[]).await.unwrap().get(0)
    }

    /// What must hold after each run: every report once, the latest as the reports say, and a cursor that never went back.
    pub async fn holds(&self) {
        let twice = "SELECT count(*) - count(DISTINCT report_id) FROM fleet.position_reports";
        assert_eq!(self.number(twice).await, 0, "a report is stored twice");
        assert_eq!(
            self.number("SELECT count(*) FROM fleet.v_latest_audit")
                .await,
            0,
            "unit_latest is not what the reports say"
        );
        let reached = self
            .number("SELECT coalesce((SELECT substr(convert_from(decode(rpad(translate(cursor, '-_', '+/'), (length(cursor) + 3) / 4 * 4, '='), 'base64'), 'UTF8'), 5)::bigint FROM fleet.feeds WHERE feed = 'reports'), 0)")
            .await;
        assert!(
            reached >= self.furthest.get(),
            "the cursor went back from {} to {reached}",
            self.furthest.get()
        );
        self.furthest.set(reached);
    }

    pub async fn stored(&self) -> i64 {
        self.number("SELECT count(*) FROM fleet.position_reports")
            .await
    }
}

/// A plan with short pauses.
pub fn plan() -> Plan {
    Plan {
        page_size: 50,
        most_pages: 1_000,
        calls_for_desks: 0,
        reserve: Duration::from_millis(1),
        first_pause: Duration::from_millis(2),
        ..Plan::within(Duration::from_secs(60))
    }
}

/// The sandbox's feed with something that happens at a page: before it is asked for, or after it came.
pub struct Disturbed<B, A> {
    pub source: AccountSource,
    pub before: B,
    pub after: A,
    pub asked: std::cell::Cell<u32>,
}

impl<B, A> ReportSource for Disturbed<B, A>
where
    B: AsyncFn(u32),
    A: Fn(u32, ReportPage) -> Result<ReportPage, CallFailure>,
{
    fn carrier(&self) -> &str {
        self.source.carrier()
    }

    async fn page(&self, since: Option<&str>, limit: u32) -> Result<ReportPage, CallFailure> {
        let number = self.asked.get() + 1;
        self.asked.set(number);
        (self.before)(number).await;
        let page = self.source.page(since, limit).await?;
        (self.after)(number, page)
    }

    fn calls_left(&self) -> Option<u32> {
        self.source.calls_left()
    }

    async fn devices(
        &self,
        wanted: &[String],
        may_ask: &impl Fn() -> bool,
        found: &mut Vec<NamedDevice>,
    ) -> Result<(), CallFailure> {
        self.source.devices(wanted, may_ask, found).await
    }
}
