//! A carrier whose clock is more than a day ahead of the database's and of this machine's: what it sends is kept, and reading goes on.

use crate::odd_feeds::{ago, page, report, told};
use crate::world::{World, plan, switches};
use collector::judge::judge;
use collector::run::{Ending, run};
use jiff::SignedDuration;

const AHEAD_S: i64 = 30 * 3_600;
const CURSOR: &str = "SELECT cursor FROM fleet.feeds WHERE feed = 'reports'";
const TIMES: &str = "SELECT string_agg(p.report_id || ' ' || (p.received_at <= now())::text, ',' ORDER BY p.report_id) FROM fleet.position_reports p";

#[tokio::test]
async fn nothing_is_lost_or_doubled_and_the_cursor_goes_on() {
    let world = World::new(switches()).await;
    let store = world.store().await;
    // The units' own clocks are right.
    let ahead = [
        report("R1", "U1", 300, 290 - AHEAD_S),
        report("R2", "U2", 200, 190 - AHEAD_S),
    ];
    let source = told(async |since: Option<&str>, _| {
        Ok(match since {
            None => page(vec![ahead[0].clone()], "c1", true),
            _ => page(vec![ahead[1].clone()], "c2", false),
        })
    });
    for new_reports in [2, 0] {
        let tally = run(&source, &store, &plan()).await.unwrap();
        assert_eq!(
            (tally.ending, tally.new_reports, tally.lag_s),
            (Ending::CaughtUp, new_reports, 0)
        );
        assert_eq!(world.text(CURSOR).await.as_deref(), Some("c2"));
        assert_eq!(world.text(TIMES).await.as_deref(), Some("R1 true,R2 true"));
    }
    let noted = "SELECT count(*) FROM fleet.rejected_reports WHERE reason LIKE '%impossible time; kept under the unit%'";
    assert_eq!(world.number(noted).await, 2);
    // Somebody sets the carrier's clock: what comes then has earlier times of receipt and stands behind the cursor all the same.
    let mended = told(async |since: Option<&str>, _| {
        Ok(match since {
            Some("c2") => page(vec![report("R3", "U1", 20, 10)], "c3", false),
            _ => page(ahead.to_vec(), "c2", true),
        })
    });
    let tally = run(&mended, &store, &plan()).await.unwrap();
    assert_eq!((tally.ending, tally.new_reports), (Ending::CaughtUp, 1));
    assert_eq!(world.text(CURSOR).await.as_deref(), Some("c3"));
    assert_eq!(world.stored().await, 3);
    assert_eq!(
        world
            .number("SELECT count(*) FROM fleet.v_latest_audit")
            .await,
        0
    );
}

#[tokio::test]
async fn a_report_whose_both_times_lie_ahead_is_set_aside_whole_until_its_time_has_come() {
    let world = World::new(switches()).await;
    let store = world.store().await;
    let mut both = report("R1", "U1", -AHEAD_S, -AHEAD_S);
    both.payload_base64 = Some("JEdQUk1D".to_owned());
    let sound = report("R2", "U2", 200, 190);
    let feed = page(vec![both, sound], "c1", false);
    let source = told(async |_, _| Ok(feed.clone()));
    let tally = run(&source, &store, &plan()).await.unwrap();
    assert_eq!((tally.new_reports, tally.rejected), (1, 1));
    assert_eq!(world.text(CURSOR).await.as_deref(), Some("c1"));
    let kept = "SELECT body->>'payloadBase64' FROM fleet.rejected_reports WHERE report_id = 'R1'";
    assert_eq!(world.text(kept).await.as_deref(), Some("JEdQUk1D"));
    // A second reading of that day, once it has begun, stores it: 'collector backfill'.
    let later = judge(&feed, ago(0) + SignedDuration::from_secs(AHEAD_S));
    assert_eq!(later.reports.len(), 2, "{later:?}");
}
