//! What a pull brings: the very values that PostgreSQL has, in its own words.

use super::server::Database;
use fleet_db::{PageAfter, Position};
use serde_json::Value;

/// Rows that the table cannot hold would fail the insert: 'BC', both infinities and the ends of the range are allowed there.
const MOMENTS: &str = "INSERT INTO fleet.units (serial, provisioned_at)
    SELECT 's' || n, m FROM unnest(ARRAY['2026-11-22 21:48:06.123+00', '2026-01-02 03:04:05+00', '1999-12-31 23:59:59.999999+00', '2000-01-01 00:00:00+00',
        '2000-02-29 12:00:00.1+00', '1900-03-01 00:00:00.000001+00', 'infinity', '-infinity', '0044-03-15 12:00:00+00 BC', '0001-12-31 23:00:00+00 BC',
        '0001-01-01 00:00:00+00', '4713-01-01 00:00:00+00 BC', '9999-12-31 23:59:59+00', '10000-01-01 00:00:00+00', '294276-12-31 23:59:59.999999+00']::timestamptz[])
        WITH ORDINALITY AS e(m, n)
    UNION ALL SELECT 'r' || n, to_timestamp(n * 7919.131) FROM generate_series(-300000, 300000, 997) AS n
    UNION ALL SELECT 'nothing', NULL";

#[tokio::test]
async fn every_moment_that_a_pull_brings_is_written_as_the_database_writes_it() {
    let database = Database::new().await;
    let session = database.bench("bench_1").await;
    let sql = database.sql("postgres").await;
    sql.batch_execute(MOMENTS).await.unwrap();
    let start = Position::default();
    let first = PageAfter::first(&start);
    let page = session.pull(&start, &first, 10_000).await.unwrap();
    sql.batch_execute("SET timezone = 'UTC'").await.unwrap();
    let rows = sql
        .query("SELECT id, to_jsonb(provisioned_at) FROM fleet.units", &[])
        .await
        .unwrap();
    assert_eq!(page.rows.len(), rows.len());
    assert!(rows.len() > 600);
    for row in rows {
        let id: uuid::Uuid = row.get(0);
        let there: Option<Value> = row.get(1);
        let pulled = page.rows.iter().find(|unit| unit.unit_id == id).unwrap();
        let pulled = pulled.unit.as_ref().unwrap().to_map();
        assert_eq!(pulled["provisioned_at"], there.unwrap_or_default());
        assert_eq!(pulled["id"], id.to_string().as_str());
    }
}

#[tokio::test]
async fn pages_come_in_the_order_of_revisions_and_a_table_without_changes_tells_its_head() {
    let database = Database::new().await;
    let session = database.bench("bench_1").await;
    let sql = database.sql("postgres").await;
    let start = Position::default();
    let first = PageAfter::first(&start);
    let empty = session.pull(&start, &first, 10).await.unwrap();
    assert_eq!((empty.head, empty.rows.len()), (0, 0));
    for n in 0..40 {
        let insert = format!(
            "INSERT INTO fleet.units (serial) SELECT 'u{n}-' || m FROM generate_series(1, 3) m"
        );
        sql.batch_execute(&insert).await.unwrap();
    }
    sql.batch_execute("DELETE FROM fleet.units WHERE serial = 'u7-2'")
        .await
        .unwrap();
    let (mut after, mut told) = (first, Vec::new());
    loop {
        let page = session.pull(&start, &after, 7).await.unwrap();
        assert_eq!(page.head, 41);
        let Some(last) = page.rows.last() else { break };
        after = PageAfter {
            rev: last.rev,
            unit_id: last.unit_id,
        };
        told.extend(
            page.rows
                .iter()
                .map(|row| (row.rev, row.unit_id, row.unit.is_some())),
        );
    }
    assert_eq!(told.len(), 120);
    assert!(told.is_sorted());
    assert_eq!(told.iter().filter(|(.., there)| !there).count(), 1);
    assert_eq!(told.last().unwrap().0, 41);
}
