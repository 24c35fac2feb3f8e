//! A server that was put back to an older state, or another one in its place, is noticed at the next pull.

use super::pushing::{creation, operation};
use super::server::Database;
use fleet_db::{OperationKind, Outcome, PageAfter, Position, Session};
use serde_json::{Value, json};
use uuid::Uuid;

async fn pulled(session: &Session, position: &Position) -> (Position, bool, usize) {
    let page = session
        .pull(position, &PageAfter::first(position), 1000)
        .await
        .unwrap();
    let next = Position {
        cursor: page.head,
        tag: Some(page.head_tag),
    };
    (next, page.same_history, page.rows.len())
}

#[tokio::test]
async fn a_restored_server_has_another_history_even_when_its_revisions_come_again() {
    let database = Database::new().await;
    let admin = database.sql("postgres").await;
    let (device, unit) = (Uuid::now_v7(), Uuid::now_v7());
    let set = |seq, base: Value, new: &str| {
        operation(
            seq,
            unit,
            OperationKind::Set,
            &[("notes", base, json!(new))],
        )
    };
    let session = database.bench("bench_1").await;
    session
        .push(device, &[creation(1, unit, "356868000041418")])
        .await
        .unwrap();
    let (early, ..) = pulled(&session, &Position::default()).await;
    drop(session);
    // A copy of this moment, as a point-in-time restore gives back.
    let copy = format!("{}_restored", database.name);
    tokio::time::sleep(std::time::Duration::from_millis(100)).await;
    admin
        .batch_execute(&format!(
            "CREATE DATABASE {copy} TEMPLATE {}",
            database.name
        ))
        .await
        .unwrap_or_else(|_| panic!("the administrator's own connection is in the way"));
    let session = database.bench("bench_1").await;
    let lost = set(2, Value::Null, "lost with the restore");
    session
        .push(device, std::slice::from_ref(&lost))
        .await
        .unwrap();
    let (late, same, rows) = pulled(&session, &early).await;
    assert!(same && rows == 1 && late.cursor == 2);

    let restored = Session::connect(
        &database.target("bench_1").with_database(&copy),
        fleet_db::Credential::Nothing,
    )
    .await
    .unwrap();
    assert!(
        pulled(&restored, &early).await.1,
        "what was before the copy is common history"
    );
    assert!(
        !pulled(&restored, &late).await.1,
        "its revision is not there any more"
    );
    restored
        .push(Uuid::now_v7(), &[set(1, Value::Null, "by somebody else")])
        .await
        .unwrap();
    let (again, same, _) = pulled(&restored, &late).await;
    assert_eq!(
        again.cursor, late.cursor,
        "the revision is used a second time"
    );
    assert!(!same, "but it is another one");
    // What it forgot is told, sent again, and still guarded by what its editor saw.
    let decided = [lost.op_id];
    assert!(restored.known_ops(&decided).await.unwrap().is_empty());
    let answers = restored.push(device, &[lost]).await.unwrap();
    assert_eq!(answers[0].outcome, Outcome::Conflict);
    assert_eq!(restored.known_ops(&decided).await.unwrap().len(), 1);
    let start = Position::default();
    assert!(
        pulled(&restored, &start).await.1,
        "who knows nothing is on no other history"
    );
}

#[tokio::test]
async fn another_database_is_not_taken_for_the_same_one() {
    let (one, two) = (Database::new().await, Database::new().await);
    let mut positions = Vec::new();
    for database in [&one, &two] {
        let session = database.bench("bench_1").await;
        session
            .push(
                Uuid::now_v7(),
                &[creation(1, Uuid::now_v7(), "356868000041418")],
            )
            .await
            .unwrap();
        positions.push(pulled(&session, &Position::default()).await.0);
    }
    assert_eq!(positions[0].cursor, positions[1].cursor);
    let session = two.bench("bench_1").await;
    assert!(!pulled(&session, &positions[0]).await.1);
    assert!(pulled(&session, &positions[1]).await.1);
}
