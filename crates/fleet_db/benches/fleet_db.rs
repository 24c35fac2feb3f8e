//! What the fleet database costs a bench, as ratios to what PostgreSQL itself needs for the same rows.
//!
//! Prints, in one run against a durable private server: the first pull of 200,000 units against `psql \copy` of the same rows out, the push of
//! 10,000 edits against a plain UNNEST upsert of them, and the idle round. What the bench's own store then does with the rows is not in it.
//! `cargo bench -p fleet_db` (`FLEET_DB_UNITS=20000` for a smaller fleet)

// A bench is a program for people: it prints, and a failure may end it.
#![allow(
    clippy::print_stdout,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic
)]

use fleet_db::private_cluster::{ClusterOptions, PrivateCluster, SUPERUSER};
use fleet_db::{FieldChange, Operation, OperationKind, Outcome, PageAfter, Position, Session};
use serde_json::json;
use std::process::Command;
use std::time::{Duration, Instant};
use tokio_postgres::{Client, NoTls};
use uuid::Uuid;

const DATABASE: &str = "fleet";
const PAGE: u32 = 2000;
const EDITS: usize = 10_000;
const BATCH: usize = 500;
const IDLE_ROUNDS: usize = 2000;
/// Each measurement is made so often, taking turns; the best of each counts.
const TURNS: usize = 3;

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let units = std::env::var("FLEET_DB_UNITS").map_or(200_000, |text| text.parse().unwrap());
    let cluster = PrivateCluster::start_with(&ClusterOptions {
        durable: true,
        ..ClusterOptions::default()
    })
    .expect("PostgreSQL's server programs");
    cluster.prepare(DATABASE, &["bench_1"]).await.unwrap();
    let (sql, connection) = tokio_postgres::Config::new()
        .host_path(cluster.folder().join("socket"))
        .port(cluster.port())
        .user(SUPERUSER)
        .dbname(DATABASE)
        .connect(NoTls)
        .await
        .unwrap();
    tokio::spawn(connection);
    fill(&sql, units).await;
    let target = cluster.target("bench_1", DATABASE);
    let session = Session::connect(&target, cluster.credential())
        .await
        .unwrap();

    let (mut pulls, mut copies) = (Vec::new(), Vec::new());
    for _ in 0..TURNS {
        pulls.push(first_pull(&session, units).await);
        copies.push(copy_out(&cluster));
    }
    told(
        &format!("first pull of {units} units"),
        &pulls,
        "\\copy out",
        &copies,
    );

    let ids: Vec<Uuid> = sql
        .query(
            "SELECT id FROM fleet.units ORDER BY serial LIMIT $1",
            &[&(EDITS as i64)],
        )
        .await
        .unwrap()
        .iter()
        .map(|row| row.get(0))
        .collect();
    let (mut pushes, mut upserts) = (Vec::new(), Vec::new());
    for turn in 0..TURNS {
        pushes.push(push(&session, &ids, turn).await);
        upserts.push(upsert(&sql, &ids, turn).await);
    }
    told(
        &format!("push of {} edits", ids.len()),
        &pushes,
        "UNNEST upsert",
        &upserts,
    );

    let start = Position::default();
    let page = session
        .pull(&start, &PageAfter::first(&start), 1)
        .await
        .unwrap();
    let newest = Position {
        cursor: page.head,
        tag: Some(page.head_tag),
    };
    let mut rounds = Vec::new();
    for _ in 0..IDLE_ROUNDS {
        let begun = Instant::now();
        session
            .pull(&newest, &PageAfter::first(&newest), PAGE)
            .await
            .unwrap();
        rounds.push(begun.elapsed());
    }
    rounds.sort();
    println!(
        "idle round, one query: p50 {:.2} ms, p99 {:.2} ms",
        milliseconds(rounds[IDLE_ROUNDS / 2]),
        milliseconds(rounds[IDLE_ROUNDS * 99 / 100])
    );
}

fn told(what: &str, ours: &[Duration], other: &str, theirs: &[Duration]) {
    let best = |times: &[Duration]| times.iter().min().copied().unwrap();
    let (ours, theirs) = (best(ours), best(theirs));
    println!(
        "{what}: {:.0} ms, {other}: {:.0} ms, ratio {:.1}",
        milliseconds(ours),
        milliseconds(theirs),
        ours.as_secs_f64() / theirs.as_secs_f64()
    );
}

fn milliseconds(time: Duration) -> f64 {
    time.as_secs_f64() * 1000.0
}

async fn fill(sql: &Client, units: usize) {
    let chunk = 10_000;
    for first in (1..=units).step_by(chunk) {
        let last = units.min(first + chunk - 1);
        sql.batch_execute(&format!(
            "INSERT INTO fleet.units (imei, iccid, model, firmware, profile, vehicle, customer, office, settings, state)
             SELECT '3500000' || lpad(g::text, 8, '0'), '890126' || lpad(g::text, 13, '0'), 'FMB920', '03.27.07', 'teltonika', 'AB ' || g,
                    'Customer ' || g % 100, 'Springfield', '{{\"apn.name\":\"fleet.example\",\"server.host\":\"gps.example.net\",\"server.port\":5027}}', 'verified'
               FROM generate_series({first}, {last}) g"
        ))
        .await
        .unwrap();
    }
    sql.batch_execute("VACUUM ANALYZE").await.unwrap();
}

async fn first_pull(session: &Session, units: usize) -> Duration {
    let begun = Instant::now();
    let start = Position::default();
    let (mut after, mut pulled) = (PageAfter::first(&start), 0);
    loop {
        let page = session.pull(&start, &after, PAGE).await.unwrap();
        pulled += page.rows.len();
        match page.rows.last() {
            Some(row) if page.rows.len() == PAGE as usize => {
                after = PageAfter {
                    rev: row.rev,
                    unit_id: row.unit_id,
                };
            }
            _ => break,
        }
    }
    assert_eq!(pulled, units);
    begun.elapsed()
}

fn copy_out(cluster: &PrivateCluster) -> Duration {
    let file = tempfile::NamedTempFile::new().unwrap();
    let begun = Instant::now();
    let output = Command::new(cluster.programs().join("psql"))
        .args(["-X", "-q", "-U", SUPERUSER, "-d", DATABASE, "-h"])
        .arg(cluster.folder().join("socket"))
        .args(["-p", &cluster.port().to_string()])
        .args([
            "-c",
            &format!("\\copy fleet.units to '{}'", file.path().display()),
        ])
        .output()
        .unwrap();
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    begun.elapsed()
}

/// What a unit's note is after a turn; before the first one it is empty.
fn note(turn: usize, by: &str) -> serde_json::Value {
    json!(format!("{by} {turn}"))
}

async fn push(session: &Session, ids: &[Uuid], turn: usize) -> Duration {
    let base = turn
        .checked_sub(1)
        .map_or(json!(null), |before| note(before, "upsert"));
    let device = Uuid::now_v7();
    let operations: Vec<Operation> = (1..)
        .zip(ids)
        .map(|(seq, unit_id)| Operation {
            op_id: Uuid::now_v7(),
            seq,
            unit_id: *unit_id,
            kind: OperationKind::Set,
            actor: "bench".into(),
            atomic: false,
            fields: [(
                "notes".to_owned(),
                FieldChange {
                    base: base.clone(),
                    new: note(turn, "push"),
                },
            )]
            .into(),
        })
        .collect();
    let begun = Instant::now();
    for batch in operations.chunks(BATCH) {
        let answers = session.push(device, batch).await.unwrap();
        assert!(
            answers
                .iter()
                .all(|answer| answer.outcome == Outcome::Applied)
        );
    }
    begun.elapsed()
}

/// The same table with its triggers: what plain SQL costs there.
async fn upsert(sql: &Client, ids: &[Uuid], turn: usize) -> Duration {
    let text = format!("upsert {turn}");
    let begun = Instant::now();
    for batch in ids.chunks(BATCH) {
        let (serials, notes): (Vec<String>, Vec<&str>) = batch
            .iter()
            .map(|id| (id.to_string(), text.as_str()))
            .unzip();
        sql.execute(
            "INSERT INTO fleet.units (id, serial, notes) SELECT * FROM unnest($1::uuid[], $2::text[], $3::text[])
             ON CONFLICT (id) DO UPDATE SET notes = excluded.notes",
            &[&batch, &serials, &notes],
        )
        .await
        .unwrap();
    }
    begun.elapsed()
}
