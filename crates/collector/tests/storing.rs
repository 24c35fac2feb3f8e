//! Stored exactly once, whatever goes wrong between the carrier and the database.

use crate::world::{Disturbed, World, plan, switches};
use carrier::ReportPage;
use carrier::sandbox::Switches;
use collector::run::{Ending, Plan, run};
use collector::trouble::Trouble;
use serde_json::{Map, Value, json};
use std::cell::Cell;
use std::time::Duration;

fn members(value: Value) -> Map<String, Value> {
    value.as_object().unwrap().clone()
}

#[tokio::test]
async fn everything_is_stored_once_and_a_second_run_brings_nothing_new() {
    let world = World::new(switches()).await;
    world.seed_past(7, 60);
    let first = world.run(&plan()).await.unwrap();
    assert_eq!(
        (first.ending, first.reports, first.new_reports),
        (Ending::CaughtUp, 420, 420)
    );
    assert_eq!((first.lag_s, first.stray, first.rejected), (0, 0, 0));
    assert_eq!(world.stored().await, 420);
    let again = world.run(&plan()).await.unwrap();
    assert_eq!(
        (again.ending, again.pages, again.new_reports),
        (Ending::CaughtUp, 1, 0)
    );
    world.seed(7, 3, 0, 0, Map::new());
    let more = world.run(&plan()).await.unwrap();
    assert_eq!(more.new_reports, 21);
    assert_eq!(world.stored().await, 441);
    assert_eq!(
        world.number("SELECT count(*) FROM fleet.unit_latest").await,
        7
    );
}

#[tokio::test]
async fn a_carrier_that_loses_answers_refuses_and_fails_only_makes_it_slower() {
    let faults = [
        Switches {
            lose_answer_of_reads_every: 3,
            ..switches()
        },
        Switches {
            rate_limit_every: 3,
            ..switches()
        },
        Switches {
            server_error_reads_every: 3,
            unavailable_reads_every: 4,
            ..switches()
        },
        Switches {
            cut_body_every: 4,
            ..switches()
        },
        Switches {
            repeat_last_report_every: 2,
            lose_answer_of_reads_every: 5,
            rate_limit_every: 7,
            ..switches()
        },
    ];
    for fault in faults {
        let world = World::new(fault.clone()).await;
        world.seed_past(5, 80);
        world.run_to_the_end(&plan()).await;
        assert_eq!(world.stored().await, 400, "{fault:?}");
    }
}

#[tokio::test]
async fn a_carrier_that_always_fails_is_named_and_what_was_stored_stays() {
    let world = World::new(switches()).await;
    world.seed_past(5, 40);
    let short = Plan {
        most_pages: 2,
        ..plan()
    };
    assert_eq!(world.run(&short).await.unwrap().ending, Ending::Paused);
    world.sandbox.set_switches(Switches {
        server_error_reads_every: 1,
        ..switches()
    });
    assert!(matches!(
        world.run(&plan()).await,
        Err(Trouble::CarrierTrouble(_))
    ));
    assert_eq!(world.stored().await, 100);
    world.sandbox.set_switches(Switches {
        key_expired: true,
        ..switches()
    });
    assert!(matches!(
        world.run(&plan()).await,
        Err(Trouble::CarrierRefuses(_))
    ));
    world.sandbox.set_switches(switches());
    world.run_to_the_end(&plan()).await;
    assert_eq!(world.stored().await, 200);
}

#[tokio::test]
async fn a_run_that_dies_between_fetch_and_commit_repeats_one_page_at_most() {
    let world = World::new(switches()).await;
    world.seed_past(5, 60);
    let plan = Plan {
        lease_s: 1,
        ..plan()
    };
    for dies_at in [1, 2, 4] {
        let source = Disturbed {
            source: world.source(),
            before: async |number| {
                if number == dies_at {
                    std::future::pending::<()>().await;
                }
            },
            after: |_, page| Ok(page),
            asked: Cell::new(0),
        };
        let store = world.store().await;
        let dying = run(&source, &store, &plan);
        assert!(
            tokio::time::timeout(Duration::from_millis(700), dying)
                .await
                .is_err()
        );
        drop(store);
        world.holds().await;
        // Its lease is still there, so a run that comes at once ends without doing anything.
        assert_eq!(world.run(&plan).await.unwrap().ending, Ending::OtherRun);
        tokio::time::sleep(Duration::from_millis(1_100)).await;
    }
    world.run_to_the_end(&plan).await;
    assert_eq!(world.stored().await, 300);
}

#[tokio::test]
async fn a_database_connection_that_is_killed_in_the_middle_loses_and_doubles_nothing() {
    let world = World::new(switches()).await;
    world.seed_past(5, 120);
    for _ in 0..3 {
        let source = Disturbed {
            source: world.source(),
            before: async |number| {
                if number == 3 {
                    let kill = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'collector' AND datname = current_database()";
                    world.sql.execute(kill, &[]).await.unwrap();
                }
            },
            after: |_, page| Ok(page),
            asked: Cell::new(0),
        };
        let outcome = run(&source, &world.store().await, &plan()).await;
        assert!(
            matches!(outcome, Err(Trouble::DatabaseTrouble(_))),
            "{outcome:?}"
        );
        world.holds().await;
        world
            .sql
            .execute("UPDATE fleet.feeds SET lease_until = now()", &[])
            .await
            .unwrap();
    }
    world.run_to_the_end(&plan()).await;
    assert_eq!(world.stored().await, 600);
}

#[tokio::test]
async fn of_two_runs_at_once_one_works_and_the_other_ends_in_peace() {
    let world = World::new(switches()).await;
    world.seed_past(5, 100);
    let (one, other) = (world.source(), world.source());
    let (one_store, other_store) = (world.store().await, world.store().await);
    let plan = plan();
    let (a, b) = tokio::join!(
        run(&one, &one_store, &plan),
        run(&other, &other_store, &plan)
    );
    let mut endings = [a.unwrap().ending, b.unwrap().ending];
    endings.sort_by_key(|ending| format!("{ending:?}"));
    assert_eq!(endings, [Ending::CaughtUp, Ending::OtherRun]);
    world.holds().await;
    assert_eq!(world.stored().await, 500);
}

#[tokio::test]
async fn a_run_that_was_overtaken_stores_nothing_more() {
    let world = World::new(switches()).await;
    world.seed_past(5, 40);
    // A lease that is over at once: whoever comes takes the feed.
    let hasty = Plan {
        lease_s: 0,
        ..plan()
    };
    let source = Disturbed {
        source: world.source(),
        before: async |number| {
            if number == 2 {
                let overtaking = run(&world.source(), &world.store().await, &hasty).await;
                assert_eq!(overtaking.unwrap().ending, Ending::CaughtUp);
            }
        },
        after: |_, page| Ok(page),
        asked: Cell::new(0),
    };
    let overtaken = run(&source, &world.store().await, &hasty).await.unwrap();
    assert_eq!(overtaken.ending, Ending::OtherRun);
    world.holds().await;
    assert_eq!(world.stored().await, 200);
}

#[tokio::test]
async fn a_wrong_clock_on_either_side_changes_nothing() {
    for skew_s in [7 * 3_600, -7 * 3_600, 600] {
        let world = World::new(Switches {
            clock_skew_s: skew_s,
            ..switches()
        })
        .await;
        world.seed_past(4, 50);
        let tallies = world.run_to_the_end(&plan()).await;
        assert_eq!(world.stored().await, 200, "{skew_s}");
        assert_eq!(tallies.last().unwrap().as_ref().unwrap().rejected, 0);
    }
}

#[tokio::test]
async fn a_page_that_holds_reports_twice_is_stored_once() {
    let world = World::new(switches()).await;
    world.seed_past(3, 70);
    let source = Disturbed {
        source: world.source(),
        before: async |_| {},
        after: |_, page: ReportPage| {
            let doubled = page
                .reports
                .iter()
                .chain(page.reports.iter().rev())
                .cloned()
                .collect();
            Ok(ReportPage {
                reports: doubled,
                ..page
            })
        },
        asked: Cell::new(0),
    };
    let tally = run(&source, &world.store().await, &plan()).await.unwrap();
    assert_eq!((tally.reports, tally.new_reports), (420, 210));
    world.holds().await;
    assert_eq!(world.stored().await, 210);
}

#[tokio::test]
async fn late_reports_never_push_the_latest_back_and_future_ones_never_block_it() {
    let world = World::new(switches()).await;
    world.seed(2, 1, 0, -5_000, Map::new());
    world.run(&plan()).await.unwrap();
    let newest = "SELECT max(report_id) FROM fleet.unit_latest";
    let before = world.text(newest).await;
    world.seed(
        2,
        1,
        0,
        -4_000,
        members(json!({ "eventTime": "2026-01-05T06:07:08Z" })),
    );
    let late = world.run(&plan()).await.unwrap();
    assert_eq!(
        (late.new_reports, world.text(newest).await),
        (2, before.clone()),
        "a late report became the latest"
    );
    world.seed(
        2,
        1,
        0,
        -3_000,
        members(json!({ "eventTime": "2099-12-31T23:59:59Z" })),
    );
    let future = world.run(&plan()).await.unwrap();
    assert_eq!((future.new_reports, future.rejected), (2, 2));
    tokio::time::sleep(Duration::from_millis(1_100)).await;
    world.seed(2, 1, 0, 0, members(json!({ "eventTime": null })));
    world.seed(2, 1, 0, 0, Map::new());
    world.run(&plan()).await.unwrap();
    assert_eq!(world.number("SELECT count(*) FROM fleet.position_reports WHERE reported_at > now() + interval '1 hour'").await, 0);
    assert_eq!(world.number("SELECT count(*) FROM fleet.rejected_reports WHERE reason LIKE 'the unit''s clock is ahead%'").await, 2);
    assert_eq!(
        world
            .number("SELECT count(*) FROM fleet.rejected_reports WHERE reason LIKE 'does not fit%'")
            .await,
        2,
        "a report without a time is noted"
    );
    assert_eq!(
        world
            .number("SELECT count(*) FROM fleet.position_reports_other")
            .await,
        0
    );
}

#[tokio::test]
async fn a_place_off_the_globe_is_noted_and_the_unit_was_heard() {
    let world = World::new(switches()).await;
    let off = json!({ "fix": { "valid": true, "latitude": 123.0, "longitude": 5.0 } });
    world.seed(2, 2, 1_000, -5_000, members(off));
    let tally = world.run(&plan()).await.unwrap();
    assert_eq!((tally.new_reports, tally.rejected), (4, 4));
    world.run(&plan()).await.unwrap();
    assert_eq!(world.number("SELECT count(*) FROM fleet.rejected_reports WHERE (body->>'latitude')::float8 = 123").await, 4);
    assert_eq!(
        world
            .number("SELECT count(*) FROM fleet.position_reports WHERE latitude IS NULL")
            .await,
        4
    );
    assert_eq!(
        world
            .number("SELECT count(*) FROM fleet.unit_latest WHERE position_at IS NULL")
            .await,
        2
    );
}

#[tokio::test]
async fn reports_of_unknown_units_are_kept_and_found_when_the_unit_is_known() {
    let world = World::new(switches()).await;
    world.seed_past(2, 10);
    world.run(&plan()).await.unwrap();
    assert_eq!(
        world
            .number("SELECT count(*) FROM fleet.reporting_devices WHERE unit_id IS NULL")
            .await,
        2
    );
    let add = "INSERT INTO fleet.units (imei, carrier_id) VALUES ('490154203237518', 'U000001')";
    world.sql.execute(add, &[]).await.unwrap();
    world.run(&plan()).await.unwrap();
    assert_eq!(world.number("SELECT count(*) FROM fleet.reporting_devices d JOIN fleet.units u ON u.id = d.unit_id").await, 1);
    world
        .sql
        .execute("DELETE FROM fleet.units", &[])
        .await
        .unwrap();
    world.run(&plan()).await.unwrap();
    assert_eq!(
        world
            .number("SELECT count(*) FROM fleet.reporting_devices WHERE unit_id IS NULL")
            .await,
        2
    );
    assert_eq!(world.stored().await, 20);
}

#[tokio::test]
async fn a_newer_schema_is_written_to_until_it_asks_for_a_newer_collector() {
    let world = World::new(switches()).await;
    world.seed_past(2, 30);
    world
        .run(&Plan {
            most_pages: 1,
            ..plan()
        })
        .await
        .unwrap();
    world
        .sql
        .batch_execute(
            "ALTER TABLE fleet.position_reports ADD COLUMN mood text; ALTER TABLE fleet.unit_latest ADD COLUMN mood text;
             INSERT INTO fleet.migrations (version, name, sha256) VALUES (99, 'later', 'x'); UPDATE fleet.report_rules SET min_collector = 99",
        )
        .await
        .unwrap();
    assert_eq!(world.run(&plan()).await, Err(Trouble::CollectorTooOld));
    assert_eq!(world.stored().await, 50);
    world
        .sql
        .execute("UPDATE fleet.report_rules SET min_collector = 1", &[])
        .await
        .unwrap();
    world.run_to_the_end(&plan()).await;
    assert_eq!(world.stored().await, 60);
}

#[tokio::test]
async fn what_the_carrier_threw_away_is_written_down_and_never_passed_over() {
    let world = World::new(switches()).await;
    world.seed(2, 96, 3_600_000, -96 * 3_600_000, Map::new());
    world
        .run(&Plan {
            most_pages: 1,
            page_size: 10,
            ..plan()
        })
        .await
        .unwrap();
    world.sandbox.set_switches(Switches {
        report_retention_days: 1,
        ..switches()
    });
    let tally = world.run(&plan()).await.unwrap();
    assert_eq!((tally.gaps, tally.ending), (1, Ending::CaughtUp));
    assert_eq!(world.number("SELECT count(*) FROM fleet.feed_gaps WHERE lost_from IS NOT NULL AND continued_from IS NOT NULL").await, 1);
    assert!(world.stored().await < 192);
}

#[tokio::test]
async fn the_calls_that_belong_to_the_desks_are_left_to_them() {
    let world = World::new(Switches {
        quota_per_day: 10,
        ..switches()
    })
    .await;
    world.seed_past(4, 100);
    let sharing = Plan {
        page_size: 20,
        calls_for_desks: 6,
        ..plan()
    };
    let tally = world.run(&sharing).await.unwrap();
    assert_eq!(
        (tally.ending, tally.calls_left),
        (Ending::CallsSpent, Some(6))
    );
    assert!(tally.lag_s > 0, "reports wait at the carrier");
    let spent = world
        .run(&Plan {
            calls_for_desks: 0,
            page_size: 20,
            ..plan()
        })
        .await
        .unwrap();
    assert_eq!(
        spent.ending,
        Ending::CallsSpent,
        "the quota's end is no failure"
    );
}

#[tokio::test]
async fn a_run_ends_before_its_time_is_up_and_the_next_one_goes_on() {
    let world = World::new(Switches {
        slow_answer_every: 1,
        slow_answer_ms: 120,
        ..switches()
    })
    .await;
    world.seed_past(4, 100);
    let begun = std::time::Instant::now();
    let hurried = Plan {
        reserve: Duration::from_millis(400),
        page_size: 20,
        ..Plan {
            deadline: begun + Duration::from_millis(1_500),
            ..plan()
        }
    };
    let tally = world.run(&hurried).await.unwrap();
    assert_eq!(tally.ending, Ending::Paused);
    assert!(
        begun.elapsed() < Duration::from_millis(1_800) && tally.pages > 1,
        "{tally:?}"
    );
    world.sandbox.set_switches(switches());
    world.run_to_the_end(&plan()).await;
    assert_eq!(world.stored().await, 400);
}

#[tokio::test]
async fn a_report_that_the_carrier_showed_late_is_found_by_looking_back() {
    let world = World::new(switches()).await;
    world.seed_past(2, 30);
    let hiding = Disturbed {
        source: world.source(),
        before: async |_| {},
        after: |_, page: ReportPage| {
            let seen = page
                .reports
                .iter()
                .filter(|report| report.report_id != "RP00000000000055")
                .cloned()
                .collect();
            Ok(ReportPage {
                reports: seen,
                ..page
            })
        },
        asked: Cell::new(0),
    };
    let plan = Plan {
        page_size: 25,
        ..plan()
    };
    let tally = run(&hiding, &world.store().await, &plan).await.unwrap();
    assert_eq!((tally.ending, world.stored().await), (Ending::CaughtUp, 59));
    world.holds().await;
    // 25 and 25 and 9 that were seen: the last page began behind the fiftieth.
    let late = world.run(&plan).await.unwrap();
    assert_eq!(
        (late.pages, late.new_reports),
        (1, 1),
        "found, with one call"
    );
    world.seed(2, 1, 0, 0, Map::new());
    let more = world.run(&plan).await.unwrap();
    assert_eq!((more.pages, more.new_reports), (1, 2), "still one call");
}

#[tokio::test]
async fn a_past_day_is_read_again_beside_the_feed() {
    let world = World::new(switches()).await;
    world.seed_past(2, 90);
    world.run_to_the_end(&plan()).await;
    let lost = world
        .sql
        .execute(
            "DELETE FROM fleet.position_reports WHERE received_at < now() - interval '30 minutes'",
            &[],
        )
        .await
        .unwrap();
    assert!(lost > 50);
    let cursor = world
        .text("SELECT cursor FROM fleet.feeds WHERE feed = 'reports'")
        .await;
    let store = world.store().await;
    let now = jiff::Timestamp::now();
    let window = Plan {
        feed: "day-x".to_owned(),
        ..plan()
    };
    store
        .open_window(
            "day-x",
            "sprint",
            now - jiff::SignedDuration::from_hours(3),
            now,
        )
        .await
        .unwrap();
    let tally = run(&world.source(), &store, &window).await.unwrap();
    assert_eq!(
        (tally.ending, tally.new_reports),
        (Ending::WindowDone, lost)
    );
    assert_eq!(
        run(&world.source(), &store, &window).await.unwrap().pages,
        0,
        "a day is read once"
    );
    assert_eq!(
        world
            .text("SELECT cursor FROM fleet.feeds WHERE feed = 'reports'")
            .await,
        cursor
    );
    world.holds().await;
    assert_eq!(world.stored().await, 180);
}
