//! Triggers that somebody else put on the fleet table: what they do to a pushed change is told as it is.

use super::pushing::{creation, operation};
use super::server::Database;
use fleet_db::protocol::{OperationKind, Outcome};
use serde_json::{Value, json};
use uuid::Uuid;

const TRIGGER: &str = "CREATE FUNCTION public.stranger() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
      IF TG_OP = 'DELETE' THEN RETURN NULL; END IF;
      IF NEW.vehicle = 'falls' THEN RETURN NULL; ELSIF NEW.vehicle = 'raises' THEN RAISE EXCEPTION 'not in this house'; END IF;
      NEW.vehicle := upper(NEW.vehicle); RETURN NEW; END $$;
    CREATE TRIGGER stranger BEFORE INSERT OR UPDATE OR DELETE ON fleet.units FOR EACH ROW EXECUTE FUNCTION public.stranger();";

#[tokio::test]
async fn what_a_strangers_trigger_lets_fall_is_not_told_as_applied() {
    let database = Database::new().await;
    let session = database.bench("bench_1").await;
    let (device, unit) = (Uuid::now_v7(), Uuid::now_v7());
    session
        .push(device, &[creation(1, unit, "356868000041418")])
        .await
        .unwrap();
    let sql = database.sql("postgres").await;
    sql.batch_execute(TRIGGER).await.unwrap();
    let set = |seq, base: Value, new: &str| {
        let change = [("vehicle", base, json!(new))];
        operation(seq, unit, OperationKind::Set, &change)
    };
    let mut new = creation(2, Uuid::now_v7(), "356868000041426");
    let vehicle = fleet_db::protocol::FieldChange {
        base: Value::Null,
        new: json!("falls"),
    };
    new.fields.insert("vehicle".to_owned(), vehicle);
    let batch = [
        new,
        set(3, Value::Null, "falls"),
        set(4, Value::Null, "raises"),
        operation(5, unit, OperationKind::Delete, &[]),
        set(6, Value::Null, "kept"),
    ];
    let outcomes = async || -> Vec<Outcome> {
        let answers = session.push(device, &batch).await.unwrap();
        answers.iter().map(|answer| answer.outcome).collect()
    };
    use Outcome::{Applied, Rejected};
    let told = [Rejected, Rejected, Rejected, Rejected, Applied];
    assert_eq!(outcomes().await, told);
    // The receipts say the same.
    assert_eq!(outcomes().await, told);
    let stands = sql
        .query_one("SELECT string_agg(vehicle, ',') FROM fleet.units", &[])
        .await
        .unwrap();
    assert_eq!(stands.get::<_, String>(0), "KEPT");
}

#[tokio::test]
async fn a_column_that_somebody_added_is_not_told_as_written_by_a_bench() {
    let database = Database::new().await;
    let sql = database.sql("postgres").await;
    sql.batch_execute("ALTER TABLE fleet.units ADD COLUMN colour text DEFAULT 'red'")
        .await
        .unwrap();
    let session = database.bench("bench_1").await;
    let (device, unit) = (Uuid::now_v7(), Uuid::now_v7());
    let mut new = creation(1, unit, "356868000041418");
    let colour = fleet_db::protocol::FieldChange {
        base: Value::Null,
        new: json!("green"),
    };
    // A unit that is added again comes with all that its deleted row had; what is somebody else's begins anew.
    new.fields.insert("colour".to_owned(), colour);
    let set = |seq, column, base: Value| {
        operation(
            seq,
            unit,
            OperationKind::Set,
            &[(column, base, json!("blue"))],
        )
    };
    let batch = [
        new,
        set(2, "colour", json!("red")),
        set(3, "vehicle", Value::Null),
    ];
    let answers = session.push(device, &batch).await.unwrap();
    let outcomes: Vec<Outcome> = answers.iter().map(|answer| answer.outcome).collect();
    use Outcome::{Applied, Rejected};
    assert_eq!(outcomes, [Applied, Rejected, Applied]);
    let stands = "SELECT colour || ' ' || vehicle FROM fleet.units";
    let stands = sql.query_one(stands, &[]).await.unwrap();
    assert_eq!(stands.get::<_, String>(0), "red blue");
}
