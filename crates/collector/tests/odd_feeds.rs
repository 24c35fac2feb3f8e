//! Feeds that no sandbox would give: in a circle, empty, too long, silent, with cursors that cannot be kept, heard by two devices.

use crate::world::{World, plan, switches};
use carrier::reports::Fix;
use carrier::{CallFailure, Report, ReportPage};
use collector::run::{Ending, Plan, run};
use collector::source::ReportSource;
use collector::trouble::Trouble;
use fleet_db::reports::NamedDevice;
use jiff::{SignedDuration, Timestamp};
use std::cell::RefCell;
use std::time::{Duration, Instant};

/// A carrier that answers as told.
pub struct Told<F> {
    answer: F,
    asked: RefCell<Vec<(Option<String>, u32)>>,
    devices: Vec<NamedDevice>,
}

pub fn told<F: AsyncFn(Option<&str>, u32) -> Result<ReportPage, CallFailure>>(
    answer: F,
) -> Told<F> {
    Told {
        answer,
        asked: RefCell::default(),
        devices: Vec::new(),
    }
}

impl<F: AsyncFn(Option<&str>, u32) -> Result<ReportPage, CallFailure>> ReportSource for Told<F> {
    fn carrier(&self) -> &'static str {
        "sprint"
    }

    async fn page(&self, since: Option<&str>, limit: u32) -> Result<ReportPage, CallFailure> {
        self.asked
            .borrow_mut()
            .push((since.map(str::to_owned), limit));
        (self.answer)(since, limit).await
    }

    fn calls_left(&self) -> Option<u32> {
        None
    }

    async fn devices(
        &self,
        _wanted: &[String],
        _may_ask: &impl Fn() -> bool,
        found: &mut Vec<NamedDevice>,
    ) -> Result<(), CallFailure> {
        found.extend(self.devices.iter().cloned());
        Ok(())
    }
}

pub fn ago(seconds: i64) -> Timestamp {
    Timestamp::now() - SignedDuration::from_secs(seconds)
}

pub fn report(id: &str, unit: &str, event_ago_s: i64, received_ago_s: i64) -> Report {
    Report {
        report_id: id.to_owned(),
        unit_id: unit.to_owned(),
        mdn: None,
        received_at: ago(received_ago_s),
        event_time: ago(event_ago_s),
        event_code: Some(2),
        sequence: None,
        fix: Fix::default(),
        ignition: None,
        main_voltage: None,
        odometer_km: None,
        payload_base64: None,
    }
}

pub fn page(reports: Vec<Report>, next: &str, has_more: bool) -> ReportPage {
    ReportPage {
        reports,
        unreadable: Vec::new(),
        next_cursor: next.to_owned(),
        has_more,
        retention_days: Some(30),
    }
}

type Feed<'feed> = &'feed dyn Fn(Option<&str>) -> ReportPage;

const CURSOR: &str = "SELECT cursor FROM fleet.feeds WHERE feed = 'reports'";

#[tokio::test]
async fn a_feed_that_leads_nowhere_is_said_after_few_calls_and_what_it_told_is_kept() {
    let [one, other] = [report("A", "U1", 70, 60), report("B", "U1", 60, 50)];
    let same = |_: Option<&str>| page(vec![one.clone()], "c1", true);
    let circle = |since: Option<&str>| match since {
        Some("A") => page(vec![other.clone()], "B", true),
        _ => page(vec![one.clone()], "A", true),
    };
    let empty = |since: Option<&str>| page(Vec::new(), &format!("{}x", since.unwrap_or("e")), true);
    let feeds: [(Feed<'_>, i64, usize); 3] = [(&same, 1, 2), (&circle, 2, 3), (&empty, 0, 3)];
    for (feed, stored, most_calls) in feeds {
        let world = World::new(switches()).await;
        for _ in 0..3 {
            let source = told(async |since, _| Ok(feed(since)));
            let outcome = run(&source, &world.store().await, &plan()).await;
            assert!(
                matches!(outcome, Err(Trouble::CarrierTrouble(ref why)) if why.contains("says that more waits")),
                "{outcome:?}"
            );
            let calls = source.asked.borrow().len();
            assert!(calls <= most_calls, "{calls} calls");
        }
        assert_eq!(world.stored().await, stored);
    }
}

#[tokio::test]
async fn a_cursor_that_cannot_be_kept_is_the_carriers_trouble_and_the_page_is_stored() {
    let world = World::new(switches()).await;
    let long = "c".repeat(257);
    for (at, cursor) in [(0, "a\0b"), (1, ""), (2, long.as_str())] {
        let source = told(async |_, _| {
            Ok(page(
                vec![report(&format!("R{at}"), "U1", 60, 50)],
                cursor,
                false,
            ))
        });
        let outcome = run(&source, &world.store().await, &plan()).await;
        assert!(
            matches!(outcome, Err(Trouble::CarrierTrouble(ref why)) if why.contains("nextCursor")),
            "{outcome:?}"
        );
        assert_eq!(world.stored().await, at + 1);
        assert_eq!(world.text(CURSOR).await, None);
    }
    let longest = "c".repeat(256);
    let source = told(async |_, _| Ok(page(Vec::new(), &longest, false)));
    run(&source, &world.store().await, &plan()).await.unwrap();
    assert_eq!(world.text(CURSOR).await, Some(longest));
}

#[tokio::test]
async fn the_cursor_does_not_go_back_when_the_last_page_is_empty_when_read_again() {
    let world = World::new(switches()).await;
    let filling = told(async |since: Option<&str>, _| {
        Ok(match since {
            None => page(vec![report("R1", "U1", 60, 50)], "c1", true),
            _ => page(vec![report("R2", "U1", 50, 40)], "c2", false),
        })
    });
    run(&filling, &world.store().await, &plan()).await.unwrap();
    for calls in [2, 1] {
        let empty =
            told(async |since: Option<&str>, _| Ok(page(Vec::new(), since.unwrap_or("c0"), false)));
        let tally = run(&empty, &world.store().await, &plan()).await.unwrap();
        assert_eq!(tally.ending, Ending::CaughtUp);
        assert_eq!(world.text(CURSOR).await.as_deref(), Some("c2"));
        assert_eq!(empty.asked.borrow().len(), calls);
    }
}

#[tokio::test]
async fn a_page_that_is_too_long_is_asked_for_in_halves_and_a_report_that_is_says_so() {
    let world = World::new(switches()).await;
    let reports: Vec<_> = (0..40)
        .map(|n| report(&format!("R{n:02}"), "U1", 600 - n, 500 - n))
        .collect();
    // The thirtieth is longer than twelve others together.
    let source = told(async |since: Option<&str>, limit| {
        let from: usize = since.unwrap_or("0").parse().unwrap();
        let to = (from + limit as usize).min(reports.len());
        match (from..to).contains(&30) && limit > 3 {
            true => Err(CallFailure::TooLong { cap_bytes: 8 << 20 }),
            false => Ok(page(reports[from..to].to_vec(), &to.to_string(), to < 40)),
        }
    });
    let tally = run(
        &source,
        &world.store().await,
        &Plan {
            page_size: 16,
            ..plan()
        },
    )
    .await
    .unwrap();
    assert_eq!((tally.ending, tally.new_reports), (Ending::CaughtUp, 40));
    let sizes: Vec<_> = source
        .asked
        .borrow()
        .iter()
        .map(|(_, limit)| *limit)
        .collect();
    assert_eq!(sizes[..6], [16, 16, 8, 16, 8, 4], "{sizes:?}");
    assert_eq!(sizes.iter().max(), Some(&16));
    let alone = told(async |_, _| Err(CallFailure::TooLong { cap_bytes: 8 << 20 }));
    let world = World::new(switches()).await;
    let outcome = run(&alone, &world.store().await, &plan()).await;
    assert!(
        matches!(outcome, Err(Trouble::CarrierTrouble(ref why)) if why.contains("one report alone") && why.contains("at the beginning of the feed")),
        "{outcome:?}"
    );
    assert_eq!(
        world
            .number("SELECT count(*) FROM fleet.feeds WHERE lease_owner IS NOT NULL")
            .await,
        0
    );
}

#[tokio::test]
async fn a_run_ends_in_its_time_when_the_carrier_says_nothing() {
    let world = World::new(switches()).await;
    let source = told(async |_, _| {
        tokio::time::sleep(Duration::from_secs(60)).await;
        Err(CallFailure::CursorExpired {
            oldest_cursor: None,
        })
    });
    let begun = Instant::now();
    let brief = Plan {
        deadline: begun + Duration::from_millis(1_500),
        reserve: Duration::from_millis(300),
        ..plan()
    };
    let outcome = run(&source, &world.store().await, &brief).await;
    assert!(
        matches!(outcome, Err(Trouble::CarrierTrouble(_))),
        "{outcome:?}"
    );
    assert!(
        begun.elapsed() < Duration::from_secs(10),
        "{:?}",
        begun.elapsed()
    );
}

#[tokio::test]
async fn a_long_reader_does_not_keep_a_page_of_new_days_from_being_stored() {
    let world = World::new(switches()).await;
    let reader = world.login("postgres").await;
    reader
        .batch_execute("BEGIN; SELECT count(*) FROM fleet.position_reports")
        .await
        .unwrap();
    let days: Vec<_> = (10..30)
        .map(|day| report(&format!("D{day}"), "U1", day * 86_400 + 90, 30))
        .collect();
    let source = told(async |_, _| Ok(page(days.clone(), "c1", false)));
    let begun = Instant::now();
    let tally = run(&source, &world.store().await, &plan()).await.unwrap();
    // Once for the page and once at the end.
    assert!(
        begun.elapsed() < Duration::from_secs(8),
        "{:?}",
        begun.elapsed()
    );
    assert_eq!((tally.new_reports, tally.stray), (20, 20));
    reader.batch_execute("COMMIT").await.unwrap();
    let tally = run(&source, &world.store().await, &plan()).await.unwrap();
    assert_eq!((tally.new_reports, tally.stray), (0, 0));
    assert_eq!(world.stored().await, 20);
}

#[tokio::test]
async fn a_unit_is_shown_by_what_it_told_last_and_was_heard_when_it_sent_old_reports() {
    let world = World::new(switches()).await;
    let add = "INSERT INTO fleet.units (imei, vehicle) VALUES ('356938030000005', 'Van 1'), ('356938030000021', 'Van 2')";
    world.sql.execute(add, &[]).await.unwrap();
    let received = ago(30);
    let at_once = |mut one: Report| {
        one.received_at = received;
        one
    };
    let named = |unit: &str, imei: &str| NamedDevice {
        carrier_unit: unit.to_owned(),
        imei: Some(imei.to_owned()),
        meid: None,
        mdn: None,
    };
    let source = Told {
        devices: vec![
            named("UA", "356938030000005"),
            named("UB", "356938030000005"),
            named("UL", "356938030000021"),
        ],
        ..told(async |since: Option<&str>, _| {
            Ok(match since {
                None => page(
                    vec![
                        at_once(report("V1", "UA", 300, 30)),
                        at_once(report("V2", "UB", 200, 30)),
                        report("L1", "UL", 7_200, 7_190),
                    ],
                    "c1",
                    false,
                ),
                _ => page(vec![report("L2", "UL", 9_000, 5)], "c2", false),
            })
        })
    };
    let store = world.store().await;
    run(&source, &store, &plan()).await.unwrap();
    let seconds = "SELECT extract(epoch FROM (now() AT TIME ZONE 'UTC') - last_report_utc)::bigint FROM fleet.v_fleet_now WHERE vehicle = ";
    let van_1 = world.number(&format!("{seconds}'Van 1'")).await;
    assert!((200..260).contains(&van_1), "{van_1}");
    run(&source, &store, &plan()).await.unwrap();
    assert_eq!(
        world
            .number("SELECT minutes_silent FROM fleet.v_fleet_now WHERE vehicle = 'Van 2'")
            .await,
        0
    );
    let van_2 = world.number(&format!("{seconds}'Van 2'")).await;
    assert!((7_200..7_300).contains(&van_2), "{van_2}");
    assert_eq!(
        world
            .number("SELECT count(*) FROM fleet.v_latest_audit")
            .await,
        0
    );
}

#[tokio::test]
async fn a_run_that_fetches_nothing_does_not_make_the_collector_look_alive() {
    let world = World::new(switches()).await;
    let store = world.store().await;
    let age =
        "SELECT format('%s %s', seconds_since_run > 7000, caught_up) FROM fleet.v_collector_age";
    let offline = || CallFailure::Offline {
        why: "no route".to_owned(),
    };
    let unreachable = told(async |_, _| Err(offline()));
    let spent = told(async |_, _| {
        Err(CallFailure::RetryAfter {
            seconds: 3_600,
            quota_spent: true,
        })
    });
    run(&unreachable, &store, &plan()).await.unwrap_err();
    let never = "SELECT count(*) FROM fleet.v_collector_age WHERE seconds_since_run IS NULL AND last_begun_utc IS NOT NULL";
    assert_eq!(world.number(never).await, 1);
    let good = told(async |_, _| Ok(page(vec![report("A", "U1", 70, 60)], "c1", false)));
    run(&good, &store, &plan()).await.unwrap();
    assert_eq!(world.text(age).await.as_deref(), Some("f t"));
    let long_ago = "UPDATE fleet.feeds SET finished_at = now() - interval '2 hours'";
    world.sql.execute(long_ago, &[]).await.unwrap();
    run(&unreachable, &store, &plan()).await.unwrap_err();
    assert_eq!(world.text(age).await.as_deref(), Some("t t"));
    run(&spent, &store, &plan()).await.unwrap();
    assert_eq!(world.text(age).await.as_deref(), Some("t t"));
    // The lease was given back each time.
    assert_eq!(
        world
            .number("SELECT count(*) FROM fleet.feeds WHERE lease_owner IS NULL")
            .await,
        1
    );
    run(&good, &store, &plan()).await.unwrap();
    assert_eq!(world.text(age).await.as_deref(), Some("f t"));
}

#[tokio::test]
async fn a_run_that_has_no_time_at_all_blames_nobody() {
    let world = World::new(switches()).await;
    let source = told(async |_, _| Ok(page(vec![report("A", "U1", 70, 60)], "c1", false)));
    let no_time = Plan {
        deadline: Instant::now(),
        ..plan()
    };
    let tally = run(&source, &world.store().await, &no_time).await.unwrap();
    assert_eq!((tally.ending, tally.pages), (Ending::Paused, 0));
    assert!(source.asked.borrow().is_empty());
    run(&source, &world.store().await, &plan()).await.unwrap();
    assert_eq!(world.stored().await, 1);
}

#[tokio::test]
async fn a_number_that_a_later_page_tells_with_another_time_is_stored_once_and_noted() {
    let world = World::new(switches()).await;
    let first = report("A", "U1", 70, 60);
    let again = Report {
        event_time: first.event_time + SignedDuration::from_secs(10),
        ..first.clone()
    };
    let source = told(async |since: Option<&str>, _| {
        Ok(match since {
            None => page(vec![first.clone(), report("B", "U1", 65, 55)], "c1", true),
            _ => page(vec![again.clone(), report("C", "U1", 60, 50)], "c2", false),
        })
    });
    let tally = run(&source, &world.store().await, &plan()).await.unwrap();
    assert_eq!((tally.new_reports, tally.rejected), (3, 1));
    assert_eq!(world.stored().await, 3);
    let noted = "SELECT count(*) FROM fleet.rejected_reports WHERE report_id = 'A'";
    assert_eq!(world.number(noted).await, 1);
}

#[tokio::test]
async fn a_carrier_that_tells_a_report_with_another_time_in_each_run_is_believed_the_first_time() {
    let world = World::new(switches()).await;
    let store = world.store().await;
    for seconds in [0, 7, 3_600] {
        let shifted = |id: &str, ago_s: i64| report(id, "U1", ago_s + seconds, ago_s);
        let source =
            told(async |_, _| Ok(page(vec![shifted("A", 70), shifted("B", 60)], "c1", false)));
        run(&source, &store, &plan()).await.unwrap();
        assert_eq!(world.stored().await, 2, "{seconds}");
    }
    // No more than twenty pages are remembered.
    for number in 0..25_i64 {
        let told_page = "SELECT fleet.report_told('reports', ARRAY[$1::bigint, 0])";
        world.sql.query(told_page, &[&number]).await.unwrap();
    }
    let memory = store.memory("reports").await.unwrap();
    assert_eq!((memory.len(), memory[0]), (40, 5));
}

#[tokio::test]
async fn a_day_that_was_read_is_read_again_when_it_is_asked_for_again() {
    let world = World::new(switches()).await;
    let store = world.store().await;
    let window = Plan {
        feed: "day-x".to_owned(),
        ..plan()
    };
    let all = [report("R0", "U1", 90, 60), report("R1", "U1", 80, 50)];
    for count in 1..=2 {
        let source = told(async |_, _| Ok(page(all[..count].to_vec(), "c9", false)));
        store
            .open_window("day-x", "sprint", ago(3_600), ago(0))
            .await
            .unwrap();
        let tally = run(&source, &store, &window).await.unwrap();
        assert_eq!((tally.ending, tally.new_reports), (Ending::WindowDone, 1));
    }
    assert_eq!(world.stored().await, 2);
}
