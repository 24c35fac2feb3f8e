//! What Tableau and the desks read: one row for what a view names, times that say their zone.

use crate::world::{World, plan, switches};

#[tokio::test]
async fn a_view_has_one_row_for_what_it_names_and_says_the_zone_of_its_times() {
    let world = World::new(switches()).await;
    world
        .sql
        .batch_execute(
            "INSERT INTO fleet.units (imei, carrier_id, vehicle, state, provisioned_at, settings) VALUES
               ('490154203237518', 'U000001', 'Van 1', 'verified', now() - interval '2 hours', '{\"report.moving_interval_s\": 60}'),
               ('356868000041418', 'U000002', 'Van 2', 'verified', now() - interval '2 hours', '{\"report.moving_interval_s\": 600}'),
               ('354178036859789', 'U000099', 'Van 3', 'verified', now() - interval '2 hours', '{}')",
        )
        .await
        .unwrap();
    // No report late, so that pauses are what they seem.
    world.seed(2, 16, 60_000, -60_000 * 17, serde_json::Map::new());
    world.run(&plan()).await.unwrap();
    assert_eq!(
        world.number("SELECT count(*) FROM fleet.v_fleet_now").await,
        3
    );
    assert_eq!(
        world
            .number("SELECT count(*) FROM fleet.v_fleet_now WHERE minutes_silent BETWEEN 0 AND 5")
            .await,
        2
    );
    assert_eq!(
        world.number("SELECT count(*) FROM fleet.v_positions").await,
        world.stored().await
    );
    assert_eq!(world.number("SELECT count(*) FROM fleet.v_first_report WHERE first_report_utc >= provisioned_utc").await, 2);
    assert_eq!(
        world
            .text("SELECT vehicle FROM fleet.v_never_heard")
            .await
            .as_deref(),
        Some("Van 3")
    );
    let differing = "SELECT string_agg(vehicle || ' ' || moving_interval_seen_s, ',' ORDER BY vehicle) FROM fleet.v_interval_check WHERE differs";
    assert_eq!(world.text(differing).await.as_deref(), Some("Van 2 60"));
    assert_eq!(
        world
            .number("SELECT sum(reports)::bigint FROM fleet.v_daily")
            .await,
        world.stored().await
    );
    assert_eq!(world.number("SELECT count(*) FROM fleet.v_collector_age WHERE caught_up AND seconds_since_run BETWEEN 0 AND 60").await, 1);
    // Two devices of one unit, as after a new registration: still one row, by the one that was heard last.
    world.sql.batch_execute("UPDATE fleet.reporting_devices SET unit_id = (SELECT id FROM fleet.units WHERE vehicle = 'Van 1')").await.unwrap();
    assert_eq!(
        world.number("SELECT count(*) FROM fleet.v_fleet_now").await,
        3
    );
    assert_eq!(world.number("SELECT count(*) FROM (SELECT unit_id, day_utc FROM fleet.v_daily GROUP BY 1, 2 HAVING count(*) > 1) d").await, 0);
    let zoneless = "SELECT count(*) FROM information_schema.columns WHERE table_schema = 'fleet' AND table_name LIKE 'v\\_%'
        AND data_type = 'timestamp without time zone' AND column_name NOT LIKE '%\\_utc'";
    assert_eq!(world.number(zoneless).await, 0);
}

#[tokio::test]
async fn partitions_are_there_ahead_and_strays_are_moved_into_theirs() {
    let world = World::new(switches()).await;
    world.seed_past(1, 2);
    world.run(&plan()).await.unwrap();
    let ahead = "SELECT count(*) FROM generate_series(0, 7) n WHERE to_regclass('fleet.position_reports_' || to_char((now() AT TIME ZONE 'UTC')::date + n::int, 'YYYYMMDD')) IS NOT NULL";
    assert_eq!(world.number(ahead).await, 8);
    world
        .sql
        .batch_execute("INSERT INTO fleet.position_reports (device_id, reported_at, received_at, report_id) SELECT device_id, now() - interval '50 days', now(), 'stray' FROM fleet.position_reports LIMIT 1")
        .await
        .unwrap();
    assert_eq!(
        world
            .number("SELECT count(*) FROM fleet.position_reports_other")
            .await,
        1
    );
    let tally = world.run(&plan()).await.unwrap();
    assert_eq!(tally.stray, 0);
    assert_eq!(
        world
            .number("SELECT count(*) FROM fleet.position_reports WHERE report_id = 'stray'")
            .await,
        1
    );
    assert!(
        world
            .number("SELECT fleet.drop_report_days((now() - interval '40 days')::date)::bigint")
            .await
            >= 1
    );
    assert_eq!(
        world
            .number("SELECT count(*) FROM fleet.position_reports WHERE report_id = 'stray'")
            .await,
        0
    );
}

#[tokio::test]
async fn days_that_were_dropped_are_no_disagreement_of_the_latest_with_the_reports() {
    let world = World::new(switches()).await;
    world.seed_past(2, 3);
    world.run(&plan()).await.unwrap();
    let audit = "SELECT count(*) FROM fleet.v_latest_audit";
    world
        .sql
        .execute("SELECT fleet.drop_report_days(current_date + 1)", &[])
        .await
        .unwrap();
    assert_eq!(world.stored().await, 0);
    assert_eq!(world.number(audit).await, 0);
    let day = "SELECT fleet.make_report_day((SELECT min(reported_at AT TIME ZONE 'UTC')::date FROM fleet.unit_latest))";
    world.sql.execute(day, &[]).await.unwrap();
    assert!(world.number(audit).await > 0);
}
