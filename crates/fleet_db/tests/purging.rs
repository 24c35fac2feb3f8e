//! Blanking what is known of a person leaves no trace in any table, and the history still leads to the row.

use super::pushing::{creation, operation};
use super::server::{Database, cluster};
use fleet_db::{OperationKind, Outcome};
use serde_json::{Value, json};
use uuid::Uuid;

const CANARY: &str = "Erika Mustermann";

#[tokio::test]
async fn a_purge_leaves_no_trace_of_a_person_in_tables_or_in_a_dump() {
    let database = Database::new().await;
    let session = database.bench("bench_1").await;
    let (device, unit, kept) = (Uuid::now_v7(), Uuid::now_v7(), Uuid::now_v7());
    let canary = json!(CANARY);
    let set = |seq, base: Value, new: Value| {
        operation(seq, unit, OperationKind::Set, &[("customer", base, new)])
    };
    let mut adding = creation(1, unit, "356868000041418");
    adding
        .fields
        .extend(set(0, Value::Null, canary.clone()).fields);
    let answers = session
        .push(
            device,
            &[
                adding,
                set(2, canary.clone(), json!("somebody else")),
                set(3, json!("somebody else"), canary.clone()),
                set(4, json!("never seen"), json!(format!("{CANARY} junior"))),
                creation(5, kept, "356868000041426"),
                operation(
                    6,
                    kept,
                    OperationKind::Set,
                    &[("notes", Value::Null, json!("kept"))],
                ),
            ],
        )
        .await
        .unwrap();
    assert_eq!(answers[3].outcome, Outcome::Conflict);
    let traces = || {
        let output = std::process::Command::new(cluster().programs().join("pg_dump"))
            .arg("-h")
            .arg(cluster().folder().join("socket"))
            .args([
                "-p",
                &cluster().port().to_string(),
                "-U",
                "postgres",
                &database.name,
            ])
            .output()
            .unwrap();
        assert!(
            output.status.success(),
            "{}",
            String::from_utf8_lossy(&output.stderr)
        );
        String::from_utf8(output.stdout)
            .unwrap()
            .matches(CANARY)
            .count()
    };
    assert!(
        traces() > 5,
        "the canary is not where it should be: {}",
        traces()
    );
    let sql = database.sql("postgres").await;
    sql.execute("SELECT fleet.purge($1, ARRAY['customer'])", &[&unit])
        .await
        .unwrap();
    assert_eq!(traces(), 0);
    let history = session.history(unit).await.unwrap();
    assert_eq!(history.len(), 4);
    assert_eq!(history[0].change["insert"]["customer"], Value::Null);
    assert!(history[1..].iter().all(|entry| entry.change == json!({})));
    assert_eq!(
        session.history(kept).await.unwrap()[1].change,
        json!({"notes": [null, "kept"]})
    );
}

/// What an office that keeps the fleet table hears.
async fn heard(session: &fleet_db::Session, cursor: i64) -> (i64, i64, Vec<Uuid>) {
    use fleet_db::{PageAfter, Position};
    let position = Position { cursor, tag: None };
    let page = session
        .pull(&position, &PageAfter::first(&position), 100)
        .await
        .unwrap();
    let units = page.rows.iter().map(|row| row.unit_id).collect();
    (page.head, page.purged, units)
}

#[tokio::test]
async fn every_office_hears_of_a_purge_once_also_of_a_row_that_was_blank_or_deleted() {
    let database = Database::new().await;
    let session = database.bench("bench_1").await;
    let sql = database.sql("postgres").await;
    let (blank, deleted) = (Uuid::now_v7(), Uuid::now_v7());
    for (unit, imei) in [(blank, "356868000041418"), (deleted, "356868000041426")] {
        sql.execute(
            "INSERT INTO fleet.units (id, imei, customer) VALUES ($1, $2, 'Erika Mustermann')",
            &[&unit, &imei],
        )
        .await
        .unwrap();
    }
    sql.batch_execute("UPDATE fleet.units SET customer = NULL")
        .await
        .unwrap();
    sql.execute("DELETE FROM fleet.units WHERE id = $1", &[&deleted])
        .await
        .unwrap();
    let (before, none, _) = heard(&session, 0).await;
    assert_eq!((before, none), (4, 0));
    sql.batch_execute(&format!(
        "BEGIN; SELECT fleet.purge('{blank}', ARRAY['customer']); SELECT fleet.purge('{blank}', ARRAY['notes']);
         SELECT fleet.purge('{deleted}', ARRAY['customer']); SELECT fleet.purge('{}', ARRAY['customer']); COMMIT",
        Uuid::now_v7()
    ))
    .await
    .unwrap();
    let (head, purged, mut units) = heard(&session, before).await;
    units.sort();
    let mut both = vec![blank, deleted];
    both.sort();
    assert_eq!((head, purged, units), (before + 1, before + 1, both));
    let told = session.purges(0).await.unwrap();
    let of = |unit: Uuid| told.iter().find(|purge| purge.unit_id == unit).unwrap();
    assert_eq!(of(blank).fields, ["customer", "notes"]);
    assert_eq!((told.len(), of(deleted).rev), (2, before + 1));
    assert_eq!(session.purges(before + 1).await.unwrap(), []);
    let revisions: bool = sql
        .query_one(
            "SELECT count(*) = max(rev) + 1 FROM fleet.sync_commits",
            &[],
        )
        .await
        .unwrap()
        .get(0);
    assert!(revisions, "revisions have no gap");
}

#[tokio::test]
async fn an_office_that_was_away_brings_nothing_back() {
    let database = Database::new().await;
    let session = database.bench("bench_1").await;
    let sql = database.sql("postgres").await;
    let (device, unit) = (Uuid::now_v7(), Uuid::now_v7());
    let mut adding = creation(1, unit, "356868000041418");
    adding.fields.extend(
        operation(
            0,
            unit,
            OperationKind::Set,
            &[("customer", Value::Null, json!(CANARY))],
        )
        .fields,
    );
    session.push(device, &[adding]).await.unwrap();
    sql.execute("SELECT fleet.purge($1, ARRAY['customer'])", &[&unit])
        .await
        .unwrap();
    let late = operation(
        2,
        unit,
        OperationKind::Set,
        &[
            ("customer", json!(CANARY), json!(format!("{CANARY} junior"))),
            ("vehicle", Value::Null, json!("KL-1")),
        ],
    );
    let answers = session
        .push(device, std::slice::from_ref(&late))
        .await
        .unwrap();
    assert_eq!(answers[0].outcome, Outcome::Partial);
    let again = session.push(device, &[late]).await.unwrap();
    assert_eq!(again, answers, "the receipt still answers");
    let left: i64 = sql
        .query_one(
            "SELECT count(*) FROM fleet.sync_ops o WHERE o.op::text || coalesce(o.detail::text, '') LIKE '%Erika%'",
            &[],
        )
        .await
        .unwrap()
        .get(0);
    assert_eq!(left, 0);
}

#[tokio::test]
async fn a_purge_reaches_a_deleted_unit_and_refuses_other_fields() {
    let database = Database::new().await;
    let sql = database.sql("postgres").await;
    let unit = Uuid::now_v7();
    sql.execute("INSERT INTO fleet.units (id, imei, notes) VALUES ($1, '356868000041418', 'Erika Mustermann')", &[&unit]).await.unwrap();
    sql.execute("DELETE FROM fleet.units", &[]).await.unwrap();
    sql.execute("SELECT fleet.purge($1, ARRAY['notes'])", &[&unit])
        .await
        .unwrap();
    let left: i64 = sql
        .query_one(
            "SELECT count(*) FROM fleet.unit_history WHERE change::text LIKE '%Erika%'",
            &[],
        )
        .await
        .unwrap()
        .get(0);
    assert_eq!(left, 0);
    for field in ["imei", "id", "state", "nothing; DROP TABLE fleet.units"] {
        let refused = sql
            .execute("SELECT fleet.purge($1, ARRAY[$2::text])", &[&unit, &field])
            .await;
        assert!(refused.is_err(), "{field}");
    }
}
