//! Who may do what with reports, asked of a real PostgreSQL.

use crate::world::{World, plan, switches};
use tokio_postgres::error::SqlState;

#[tokio::test]
async fn the_collector_calls_its_functions_and_nothing_else() {
    let world = World::new(switches()).await;
    world.seed_past(1, 2);
    world.run(&plan()).await.unwrap();
    let collector = world.login("collector").await;
    for refused in [
        "SELECT * FROM fleet.position_reports",
        "SELECT * FROM fleet.units",
        "SELECT * FROM fleet.v_fleet_now",
        "INSERT INTO fleet.unit_latest (device_id, reported_at, report_id, received_at) VALUES (1, now(), 'x', now())",
        "UPDATE fleet.feeds SET cursor = NULL",
        "DELETE FROM fleet.rejected_reports",
        "TRUNCATE fleet.position_reports",
        "DROP TABLE fleet.position_reports_other",
        "SELECT fleet.sync_push(gen_random_uuid(), '[]')",
        "SELECT fleet.make_report_day(current_date + 30)",
        "SELECT fleet.drop_report_days(current_date)",
        "SELECT fleet.link_devices()",
        "CREATE TABLE fleet.mine (x int)",
        "CREATE TABLE mine (x int)",
        "SET ROLE fleet_owner",
    ] {
        let error = collector.batch_execute(refused).await.expect_err(refused);
        assert_eq!(
            error.code(),
            Some(&SqlState::INSUFFICIENT_PRIVILEGE),
            "{refused}"
        );
    }
}

#[tokio::test]
async fn tableau_reads_the_views_and_nothing_else() {
    let world = World::new(switches()).await;
    world.seed_past(3, 20);
    world.run(&plan()).await.unwrap();
    let tableau = world.login("tableau").await;
    for view in [
        "v_fleet_now",
        "v_positions",
        "v_daily",
        "v_first_report",
        "v_never_heard",
        "v_interval_check",
        "v_collector_age",
    ] {
        tableau
            .query(&format!("SELECT * FROM fleet.{view}"), &[])
            .await
            .expect(view);
    }
    for refused in [
        "SELECT * FROM fleet.position_reports",
        "SELECT * FROM fleet.feeds",
        "SELECT * FROM fleet.reporting_devices",
        "UPDATE fleet.v_collector_age SET feed = 'x'",
        "SELECT fleet.report_end('reports', gen_random_uuid(), true, true)",
    ] {
        let error = tableau.batch_execute(refused).await.expect_err(refused);
        assert_eq!(
            error.code(),
            Some(&SqlState::INSUFFICIENT_PRIVILEGE),
            "{refused}"
        );
    }
}

#[tokio::test]
async fn a_check_names_the_function_that_the_collector_may_not_call() {
    let world = World::new(switches()).await;
    let store = world.store().await;
    assert!(store.is_ready().await.unwrap());
    let taken = "REVOKE EXECUTE ON FUNCTION fleet.report_told(text, bigint[]) FROM fleet_collector";
    world.sql.batch_execute(taken).await.unwrap();
    let told = store.is_ready().await.unwrap_err().to_string();
    assert!(told.contains("may not call report_told of"), "{told}");
}
