//! What agreeing costs beside the plainest way to move the same rows: `cargo bench --bench sync`.
//!
//! A private PostgreSQL, one bench. Printed in one run: the first pull of 200,000 units beside `psql \copy` of the same rows out;
//! a push of 10,000 edits beside one plain upsert of them; idle rounds. `SYNC_UNITS` and `SYNC_EDITS` make it smaller.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::print_stdout
)]

use fleet::edit::{Edit, Field};
use fleet_db::private_cluster::{ClusterOptions, PrivateCluster, SUPERUSER};
use fleet_db::{Credential, PageAfter, Position, Session};
use fleetdesk::inventory::{Inventory, Options};
use fleetdesk::sync::round;
use jiff::Timestamp;
use std::process::Command;
use std::time::{Duration, Instant};

const DATABASE: &str = "fleet";
/// Rows of a page of a first pull.
const PAGE: u32 = 16_000;
const IDLE_ROUNDS: usize = 1_000;

fn number(name: &str, otherwise: u32) -> u32 {
    std::env::var(name).map_or(otherwise, |text| text.parse().unwrap())
}

fn psql(cluster: &PrivateCluster, sql: &str) -> Duration {
    let begun = Instant::now();
    let output = Command::new(cluster.programs().join("psql"))
        .args([
            "-X",
            "-q",
            "-v",
            "ON_ERROR_STOP=1",
            "-U",
            SUPERUSER,
            "-d",
            DATABASE,
            "-h",
        ])
        .arg(cluster.folder().join("socket"))
        .args(["-p", &cluster.port().to_string(), "-c", sql])
        .output()
        .unwrap();
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    begun.elapsed()
}

/// Units as a grown office has them.
fn fill(cluster: &PrivateCluster, units: u32) {
    for chunk in (0..units).step_by(20_000) {
        let last = (chunk + 20_000).min(units) - 1;
        psql(
            cluster,
            &format!(
                "INSERT INTO fleet.units (imei, model, firmware, profile, iccid, mdn, template, template_version, settings, state,
                        carrier_state, plan_code, customer, vehicle, office, notes, provisioned_at)
                 SELECT lpad((356000000000000 + n)::text, 15), 'FMB920', '03.27.07', 'teltonika-fmb', '8901260' || lpad(n::text, 12, '0'), '206' || lpad(n::text, 7, '0'),
                        'Van standard', 5, '{{\"apn.name\": \"fleet.example\", \"server.host\": \"gps.example.net\", \"server.port\": 5027}}',
                        'verified', 'active', 'M2M5', 'Customer ' || n % 400, 'KL-' || n, 'North office', 'shelf ' || n % 90, now()
                   FROM generate_series({chunk}, {last}) AS n"
            ),
        );
    }
}

fn main() {
    // Test runners ask every target for its list.
    if std::env::args().any(|argument| argument == "--list") {
        return;
    }
    let (units, edits) = (number("SYNC_UNITS", 200_000), number("SYNC_EDITS", 10_000));
    let durable = ClusterOptions {
        durable: true,
        ..ClusterOptions::default()
    };
    let cluster = PrivateCluster::start_with(&durable).unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    runtime
        .block_on(cluster.prepare(DATABASE, &["bench_1"]))
        .unwrap();
    fill(&cluster, units);
    psql(&cluster, "VACUUM ANALYZE fleet.units");
    psql(&cluster, "VACUUM ANALYZE fleet.unit_revs");

    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("units.csv");
    let copy = format!("\\copy fleet.units TO '{}'", file.display());
    let copied = (0..3).map(|_| psql(&cluster, &copy)).min().unwrap();

    let target = cluster.target("bench_1", DATABASE);
    let heard = runtime.block_on(async {
        let session = Session::connect(&target, Credential::Nothing)
            .await
            .unwrap();
        let mut best = Duration::MAX;
        for _ in 0..2 {
            let (begun, start) = (Instant::now(), Position::default());
            let (mut after, mut rows) = (PageAfter::first(&start), 0);
            loop {
                let page = session.pull(&start, &after, PAGE).await.unwrap();
                rows += page.rows.len();
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
            assert_eq!(rows, units as usize);
            best = best.min(begun.elapsed());
        }
        best
    });
    println!(
        "psql \\copy of {units} units: {:.2} s; the same heard into memory: {:.2} s, ratio {:.1}",
        copied.as_secs_f64(),
        heard.as_secs_f64(),
        heard.as_secs_f64() / copied.as_secs_f64()
    );
    let options = Options {
        daily_backup: false,
        ..Options::default()
    };
    let bench = folder.path().join("bench");
    std::fs::create_dir_all(&bench).unwrap();
    let (inventory, _) = Inventory::open(&bench, &options).unwrap();
    runtime.block_on(async {
        let session = Session::connect(&target, Credential::Nothing).await.unwrap();
        let begun = Instant::now();
        let pulled = round(&inventory, &session).await.unwrap();
        let took = begun.elapsed();
        assert_eq!(pulled.pulled, u64::from(units));
        println!(
            "first pull of {units} units, kept: {:.2} s, ratio {:.1} (aim: 4); shown by lists: {:.2} s, ratio {:.1}; found by every search: {:.2} s, ratio {:.1}",
            pulled.kept_after.as_secs_f64(),
            pulled.kept_after.as_secs_f64() / copied.as_secs_f64(),
            pulled.shown_after.as_secs_f64(),
            pulled.shown_after.as_secs_f64() / copied.as_secs_f64(),
            took.as_secs_f64(),
            took.as_secs_f64() / copied.as_secs_f64()
        );

        let page = inventory.units_page(edits, 0).await.unwrap();
        for (n, unit) in page.rows.iter().enumerate() {
            let edit = Edit::new(Field::Note, &format!("counted {n}")).unwrap();
            let edited = inventory.edit_unit(unit.id.clone(), vec![edit], "bench", Timestamp::now());
            if n % 64 == 63 {
                edited.await.unwrap();
            } else {
                drop(edited);
            }
        }
        let begun = Instant::now();
        let pushed = round(&inventory, &session).await.unwrap();
        let took = begun.elapsed();
        assert_eq!(pushed.pushed, u64::from(edits));
        println!("push of {edits} edits and hearing them back: {:.2} s", took.as_secs_f64());
        let upsert = "INSERT INTO fleet.units (serial, notes) SELECT * FROM unnest(
                (SELECT array_agg(serial) FROM (SELECT serial FROM fleet.units ORDER BY serial LIMIT {n}) s),
                (SELECT array_agg('plain ' || serial) FROM (SELECT serial FROM fleet.units ORDER BY serial LIMIT {n}) s))
             ON CONFLICT (serial) DO UPDATE SET notes = excluded.notes"
            .replace("{n}", &edits.to_string());
        let plain = psql(&cluster, &upsert);
        println!(
            "one plain upsert of as many by UNNEST: {:.2} s; ratio {:.1} (aim: 6)",
            plain.as_secs_f64(),
            took.as_secs_f64() / plain.as_secs_f64()
        );

        round(&inventory, &session).await.unwrap();
        let mut idle: Vec<Duration> = Vec::with_capacity(IDLE_ROUNDS);
        for _ in 0..IDLE_ROUNDS {
            let begun = Instant::now();
            round(&inventory, &session).await.unwrap();
            idle.push(begun.elapsed());
        }
        idle.sort();
        println!(
            "idle round, one query: p50 {:.2} ms, p99 {:.2} ms",
            idle[IDLE_ROUNDS / 2].as_secs_f64() * 1e3,
            idle[IDLE_ROUNDS * 99 / 100].as_secs_f64() * 1e3
        );
    });
}
