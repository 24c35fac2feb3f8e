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
