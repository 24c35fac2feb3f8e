//! How fast reports are collected, beside the way of 2016 and beside `\copy`, in one run on one machine: `cargo bench -p collector`.
//!
//! 100,000 reports in pages of 500 from a sandbox of the carrier into a PostgreSQL that survives a power cut. The way of 2016 is written out
//! here as a plain reference: one GET after the other, one INSERT and one commit for each report. Figures of one run compare with each
//! other only.

// A measurement that cannot be made is a loud failure.
#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stdout
)]

use carrier::sandbox::{ReportSeed, SandboxConfig, serve};
use carrier::{AccountSettings, ReportFeed};
use collector::judge::judge;
use collector::run::{Ending, Plan, run};
use collector::source::AccountSource;
use fleet_db::private_cluster::{ClusterOptions, PrivateCluster};
use fleet_db::reports::{Begun, Lease};
use fleet_db::{ReportStore, Session, Target};
use serde_json::Map;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::unix::{OwnedReadHalf, OwnedWriteHalf};
use tokio_postgres::{Client, NoTls};
use uuid::Uuid;

const REPORTS: u32 = 100_000;
const UNITS: u32 = 1_000;
const PAGE: u32 = 500;
/// The way of 2016 is slow: a part of the reports tells its rate.
const OF_2016: usize = 10_000;
/// So often all is measured.
const ROUNDS: usize = 5;
/// There and back between a function and a database that answers only when two zones have written, milliseconds.
const FAR_MS: u64 = 2;

fn main() {
    let cluster = PrivateCluster::start_with(&ClusterOptions {
        durable: true,
        ..ClusterOptions::default()
    })
    .unwrap();
    let carrier = pretend_carrier();
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    runtime.block_on(measure(&cluster, &carrier));
}

/// The sandbox has a thread of its own, as it has a machine of its own in life. It stays until the program ends.
fn pretend_carrier() -> String {
    let (tell, told) = std::sync::mpsc::channel();
    std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .unwrap();
        runtime.block_on(async {
            let sandbox = serve(SandboxConfig::default()).await.unwrap();
            let seed = ReportSeed {
                units: (1..=UNITS).map(|unit| format!("U{unit:06}")).collect(),
                count: REPORTS / UNITS,
                every_ms: 60_000,
                begins_in_ms: -60_000 * i64::from(REPORTS / UNITS + 1),
                members: Map::new(),
            };
            sandbox.seed_reports(&seed).unwrap();
            tell.send(sandbox.base_url()).unwrap();
            sandbox.wait().await;
        });
    });
    told.recv().unwrap()
}

fn account(url: &str) -> AccountSettings {
    let mut account = AccountSettings::sandbox(url);
    account.limits.calls_per_second = 1_000_000;
    account
}

async fn measure(cluster: &PrivateCluster, carrier: &str) {
    println!(
        "{REPORTS} reports of {UNITS} units in pages of {PAGE}, fsync on; middle of {ROUNDS} rounds in turn\n"
    );
    let warm = ReportFeed::new(account(carrier)).unwrap();
    warm.list(None, PAGE, None).await.unwrap();

    // In turn and each into a new database, so that a moment when the machine is busy does not fall on one of them alone.
    let mut rates: [Vec<f64>; 4] = Default::default();
    for round in 0..ROUNDS {
        let (fast, copied) = (format!("fast_{round}"), format!("copied_{round}"));
        prepare(cluster, &fast).await;
        prepare(cluster, &copied).await;
        let [fetch, collected, old, copy] = &mut rates;
        fetch.push(fetch_only(carrier).await);
        collected.push(collect(cluster, carrier, &fast).await);
        old.push(way_of_2016(&client(cluster, &fast).await, carrier, OF_2016).await);
        copy.push(copy_of(cluster, &fast, &copied));
    }
    let show = |what: &str, rate: f64| println!("  {what:<58}{rate:>12.0} reports/s");
    let named = [
        "the sandbox's pages alone, fetched one after the other",
        "the collector: fetched, judged, stored, latest kept",
        "the way of 2016: a GET, then an INSERT and a commit a row",
        "psql \\copy of the same rows into the same table",
    ];
    let [_, collected, old, copied] = [0, 1, 2, 3].map(|way: usize| {
        rates[way].sort_by(f64::total_cmp);
        let of_way = &rates[way];
        let middle = of_way[ROUNDS / 2];
        let (slowest, fastest) = (of_way[0], of_way[ROUNDS - 1]);
        println!(
            "  {:<58}{middle:>12.0} reports/s ({slowest:.0} to {fastest:.0})",
            named[way]
        );
        middle
    });
    println!(
        "\n  {:.1} times the way of 2016 (aim: 20); {:.2} of \\copy (aim: 0.5)\n",
        collected / old,
        collected / copied
    );

    let (collected_far, old_far) = far_from_the_database(cluster, carrier).await;
    println!(
        "  The same with {FAR_MS} ms on the line to the database and back, as from a function to an RDS that commits in two zones:"
    );
    show("the collector", collected_far);
    show("the way of 2016", old_far);
    println!(
        "\n  {:.1} times the way of 2016 (aim: 20)\n",
        collected_far / old_far
    );

    for shards in [1, 2, 4] {
        let rate = shards_side_by_side(cluster, carrier, shards).await;
        show(
            &format!("stored by {shards} shard(s) side by side, pages at hand"),
            rate,
        );
    }
    println!();
    the_process(cluster, carrier).await;
}

async fn prepare(cluster: &PrivateCluster, database: &str) {
    cluster.prepare(database, &[]).await.unwrap();
    let admin = cluster.administrator(database).await.unwrap();
    cluster
        .admit(&admin, "collector", "fleet_collector")
        .await
        .unwrap();
    // The days of these reports are there, as they are in life.
    let sql = client(cluster, database).await;
    sql.batch_execute(
        "SELECT fleet.make_report_day(current_date + n) FROM generate_series(-2, 1) n",
    )
    .await
    .unwrap();
}

async fn client(cluster: &PrivateCluster, database: &str) -> Client {
    client_at(&cluster.folder().join("socket"), cluster, database).await
}

async fn client_at(socket: &Path, cluster: &PrivateCluster, database: &str) -> Client {
    let (client, connection) = tokio_postgres::Config::new()
        .host_path(socket)
        .port(cluster.port())
        .user("postgres")
        .dbname(database)
        .connect(NoTls)
        .await
        .unwrap();
    tokio::spawn(connection);
    client
}

async fn store(cluster: &PrivateCluster, database: &str) -> ReportStore {
    store_at(&cluster.target("collector", database), cluster).await
}

async fn store_at(target: &Target, cluster: &PrivateCluster) -> ReportStore {
    let session = Session::connect(target, cluster.credential()).await;
    ReportStore::new(session.unwrap())
}

#[expect(clippy::cast_precision_loss, reason = "a rate")]
fn rate(reports: usize, took: Duration) -> f64 {
    reports as f64 / took.as_secs_f64()
}

/// What the pretend carrier hands out at most on this machine, when nothing is stored.
async fn fetch_only(carrier: &str) -> f64 {
    let feed = ReportFeed::new(account(carrier)).unwrap();
    let (mut cursor, mut fetched) = (None, 0);
    let begun = Instant::now();
    loop {
        let page = feed.list(cursor.as_deref(), PAGE, None).await.unwrap();
        fetched += page.reports.len();
        if !page.has_more {
            return rate(fetched, begun.elapsed());
        }
        cursor = Some(page.next_cursor);
    }
}

async fn collect(cluster: &PrivateCluster, carrier: &str, database: &str) -> f64 {
    let source = AccountSource::new(account(carrier)).unwrap();
    let plan = Plan {
        page_size: PAGE,
        most_pages: 1_000,
        calls_for_desks: 0,
        ..Plan::within(Duration::from_secs(600))
    };
    let begun = Instant::now();
    let store = store(cluster, database).await;
    let tally = run(&source, &store, &plan).await.unwrap();
    let took = begun.elapsed();
    assert_eq!(
        (tally.ending, tally.new_reports),
        (Ending::CaughtUp, u64::from(REPORTS))
    );
    let sql = client(cluster, database).await;
    let row = sql.query_one("SELECT count(*), (SELECT count(*) FROM fleet.v_latest_audit) FROM fleet.position_reports", &[]).await.unwrap();
    assert_eq!(
        (row.get::<_, i64>(0), row.get::<_, i64>(1)),
        (i64::from(REPORTS), 0)
    );
    rate(REPORTS as usize, took)
}

async fn way_of_2016(sql: &Client, carrier: &str, reports: usize) -> f64 {
    let table = "CREATE TABLE reports_2016 (report_id text PRIMARY KEY, unit text, reported_at timestamptz, received_at timestamptz, \
                 lat float8, lon float8, speed float8, odometer float8)";
    sql.batch_execute(table).await.unwrap();
    let insert = "INSERT INTO reports_2016 VALUES ($1, $2, $3, $4, $5, $6, $7, $8)";
    let insert = sql.prepare(insert).await.unwrap();
    let feed = ReportFeed::new(account(carrier)).unwrap();
    let (mut cursor, mut stored) = (None, 0);
    let begun = Instant::now();
    while stored < reports {
        let page = feed.list(cursor.as_deref(), PAGE, None).await.unwrap();
        for report in &page.reports {
            let fix = &report.fix;
            sql.execute(
                &insert,
                &[
                    &report.report_id,
                    &report.unit_id,
                    &report.event_time,
                    &report.received_at,
                    &fix.latitude,
                    &fix.longitude,
                    &fix.speed_kph,
                    &report.odometer_km,
                ],
            )
            .await
            .unwrap();
            stored += 1;
        }
        cursor = Some(page.next_cursor);
    }
    rate(stored, begun.elapsed())
}

/// The collector and the way of 2016, both over one slow line to the database.
async fn far_from_the_database(cluster: &PrivateCluster, carrier: &str) -> (f64, f64) {
    prepare(cluster, "far").await;
    let slow = cluster.folder().join("far");
    std::fs::create_dir(&slow).unwrap();
    let name = format!(".s.PGSQL.{}", cluster.port());
    let far = tokio::net::UnixListener::bind(slow.join(&name)).unwrap();
    let near = cluster.folder().join("socket").join(&name);
    tokio::spawn(async move {
        while let Ok((outside, _)) = far.accept().await {
            let inside = tokio::net::UnixStream::connect(&near).await.unwrap();
            let (from_outside, to_outside) = outside.into_split();
            let (from_inside, to_inside) = inside.into_split();
            tokio::spawn(slowly(from_outside, to_inside));
            tokio::spawn(slowly(from_inside, to_outside));
        }
    });
    let source = AccountSource::new(account(carrier)).unwrap();
    let plan = Plan {
        page_size: PAGE,
        most_pages: REPORTS / PAGE / 4,
        calls_for_desks: 0,
        ..Plan::within(Duration::from_secs(600))
    };
    let target = Target::socket(slow.clone(), cluster.port(), "collector", "far");
    let store = store_at(&target, cluster).await;
    let begun = Instant::now();
    let tally = run(&source, &store, &plan).await.unwrap();
    let collected = rate(tally.new_reports as usize, begun.elapsed());
    let sql = client_at(&slow, cluster, "far").await;
    (collected, way_of_2016(&sql, carrier, OF_2016 / 5).await)
}

/// Half of the way to a far place: each piece arrives later, none waits for another.
async fn slowly(mut from: OwnedReadHalf, mut to: OwnedWriteHalf) {
    let (pieces, mut arriving) = tokio::sync::mpsc::unbounded_channel::<(_, Vec<u8>)>();
    tokio::spawn(async move {
        while let Some((due, piece)) = arriving.recv().await {
            tokio::time::sleep_until(due).await;
            if to.write_all(&piece).await.is_err() {
                return;
            }
        }
    });
    let half = Duration::from_micros(FAR_MS * 500);
    let mut piece = vec![0; 256 * 1024];
    while let Ok(length @ 1..) = from.read(&mut piece).await {
        let due = tokio::time::Instant::now() + half;
        if pieces.send((due, piece[..length].to_vec())).is_err() {
            return;
        }
    }
}

fn copy_of(cluster: &PrivateCluster, from: &str, to: &str) -> f64 {
    let file = cluster.folder().join("rows.csv");
    let psql = |database: &str, command: String| {
        let begun = Instant::now();
        let done = Command::new("psql")
            .args([
                "-q",
                "-v",
                "ON_ERROR_STOP=1",
                "-U",
                "postgres",
                "-d",
                database,
                "-h",
            ])
            .arg(cluster.folder().join("socket"))
            .args(["-p", &cluster.port().to_string(), "-c", &command])
            .status()
            .expect("psql");
        assert!(done.success());
        begun.elapsed()
    };
    // In the order in which they came, as they would be copied.
    psql(
        from,
        format!(
            "\\copy (SELECT * FROM fleet.position_reports ORDER BY report_id) TO '{}' CSV",
            file.display()
        ),
    );
    let took = psql(
        to,
        format!(
            "\\copy fleet.position_reports FROM '{}' CSV",
            file.display()
        ),
    );
    rate(REPORTS as usize, took)
}

/// Pages that are at hand already, each shard with its own devices, feed and connection: what one PostgreSQL takes in.
async fn shards_side_by_side(cluster: &PrivateCluster, carrier: &str, shards: usize) -> f64 {
    let database = format!("shards_{shards}");
    prepare(cluster, &database).await;
    let feed = ReportFeed::new(account(carrier)).unwrap();
    let (mut pages, mut cursor) = (Vec::new(), None);
    for _ in 0..40 {
        let page = feed.list(cursor.as_deref(), 1_000, None).await.unwrap();
        cursor = Some(page.next_cursor.clone());
        pages.push(judge(&page, jiff::Timestamp::now()));
    }
    let mut work = Vec::new();
    for shard in 0..shards {
        let store = store(cluster, &database).await;
        let lease = Lease {
            feed: format!("shard-{shard}"),
            owner: Uuid::new_v4(),
            seconds: 600,
        };
        // Of each page the devices of this shard; told apart by the last digits of their numbers.
        let mut own = pages.clone();
        for page in &mut own {
            page.reports.retain(|report| {
                report.carrier_unit[1..].parse::<usize>().unwrap() % shards == shard
            });
        }
        work.push(async move {
            let Begun::Mine(_) = store.begin(&lease, "sprint").await.unwrap() else {
                panic!("no lease")
            };
            let mut from = None;
            for (number, page) in own.iter().enumerate() {
                let next = number.to_string();
                store
                    .store_page(&lease, from.as_deref(), from.as_deref(), Some(&next), page)
                    .await
                    .unwrap();
                from = Some(next);
            }
        });
    }
    let begun = Instant::now();
    let local = tokio::task::LocalSet::new();
    local
        .run_until(async {
            let all: Vec<_> = work.into_iter().map(tokio::task::spawn_local).collect();
            for one in all {
                one.await.unwrap();
            }
        })
        .await;
    rate(40_000, begun.elapsed())
}

/// The program itself: from its start until it asks for the first page, and the most memory that it ever had.
async fn the_process(cluster: &PrivateCluster, carrier: &str) {
    prepare(cluster, "process").await;
    let target = cluster.target("collector", "process").to_string();
    let start = |url: &str, pages: &str| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_collector"));
        command
            .arg("--once")
            .env_clear()
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        command.envs([
            ("COLLECTOR_CARRIER_URL", url),
            ("COLLECTOR_CARRIER_ACCOUNT", "none"),
            ("COLLECTOR_DATABASE", &target),
            ("COLLECTOR_DATABASE_CREDENTIAL", "none"),
            ("COLLECTOR_CALLS_FOR_DESKS", "0"),
            ("COLLECTOR_MOST_PAGES", pages),
        ]);
        command.spawn().unwrap()
    };
    let mut waits = Vec::new();
    for _ in 0..7 {
        let listener = tokio::net::TcpListener::bind(("127.0.0.1", 0))
            .await
            .unwrap();
        let begun = Instant::now();
        let mut child = start(
            &format!("http://{}/v1", listener.local_addr().unwrap()),
            "1",
        );
        listener.accept().await.unwrap();
        waits.push(begun.elapsed());
        child.kill().unwrap();
        child.wait().unwrap();
        client(cluster, "process")
            .await
            .batch_execute("UPDATE fleet.feeds SET lease_until = now()")
            .await
            .unwrap();
    }
    waits.sort();
    println!(
        "  start to first page asked for, of 7: {:.1} ms to {:.1} ms, middle {:.1} ms (aim: below 50)",
        ms(waits[0]),
        ms(waits[6]),
        ms(waits[3])
    );
    let mut child = start(carrier, "20");
    let status = format!("/proc/{}/status", child.id());
    let mut most_kb = 0;
    while child.try_wait().unwrap().is_none() {
        if let Ok(text) = std::fs::read_to_string(&status)
            && let Some(line) = text.lines().find(|line| line.starts_with("VmHWM"))
        {
            most_kb = line
                .split_whitespace()
                .nth(1)
                .and_then(|word| word.parse::<u64>().ok())
                .unwrap_or(most_kb)
                .max(most_kb);
        }
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
    println!(
        "  most memory of a run of 20 pages of 1,000: {} MB (aim: below 64)",
        most_kb / 1_024
    );
    let size = std::fs::metadata(env!("CARGO_BIN_EXE_collector"))
        .unwrap()
        .len();
    println!(
        "  size of the program on this machine: {:.1} MB, before zip (aim: zip below 5)",
        size as f64 / 1e6
    );
}

fn ms(time: Duration) -> f64 {
    time.as_secs_f64() * 1_000.0
}
