//! What the fleet database tells of units in service, as screens draw it: plain data, told by [`super::hearing`].

pub use fleet_db::heard::{
    CollectorAge, HeardUnit, IntervalDiffers, SeenInterval, SeenReport, UnitReports,
};

use fleet::UnitId;
use fleet::first_report::{Awaited, COLLECTOR_LATE_S, Waiting};
use jiff::{SignedDuration, Timestamp};
use std::collections::BTreeMap;

/// Everything that was heard of units in service.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Hearing {
    /// When the fleet database last told something; `None` until it did.
    pub told_at: Option<Timestamp>,
    /// Since when it could not be asked, when it cannot be now.
    pub deaf_since: Option<Timestamp>,
    /// When the collector last ran; `None` when this fleet has none.
    pub collector: Option<CollectorAge>,
    /// Units whose first report is waited for, by identity.
    pub awaited: BTreeMap<UnitId, Awaited>,
    /// First reports that came while this program ran.
    pub first: BTreeMap<UnitId, SeenReport>,
    /// Units of the whole fleet that need a look.
    pub lists: HeardLists,
}

/// Units of the whole fleet that need a look. Long lists are cut; each says so by its length.
#[derive(Debug, Clone, Default, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct HeardLists {
    /// Left a bench and were never heard since.
    pub never_heard: Vec<HeardUnit>,
    /// Were heard, but not for [`QUIET_MIN`].
    pub quiet: Vec<HeardUnit>,
    /// Report more often or more seldom than was set.
    pub interval_differs: Vec<IntervalDiffers>,
}

/// Minutes of silence after which a unit has gone quiet; the longest parked interval that is usual is a day.
pub const QUIET_MIN: i64 = 2 * 24 * 60;
/// Rows of each list.
pub const LONGEST_LIST: u32 = 200;

/// A unit's reports, and when they were told.
#[derive(Debug, Clone, PartialEq)]
pub struct UnitHeard {
    /// The unit.
    pub id: UnitId,
    /// Its reports; `None` when the fleet database was never asked about it.
    pub reports: Option<UnitReports>,
    /// When that was told. Older than now where there is no line to the fleet database.
    pub told_at: Option<Timestamp>,
}

/// What there is to say about a unit between bench and first report.
#[derive(Debug, Clone, PartialEq)]
pub enum FirstWord {
    /// It is waited for, as long as usual or longer.
    Waiting(Waiting),
    /// It came.
    Came(SeenReport),
}

impl Hearing {
    /// What there is to say about a unit's first report, if anything.
    #[must_use]
    pub fn first_word(&self, id: &UnitId, now: Timestamp) -> Option<FirstWord> {
        if let Some(report) = self.first.get(id) {
            return Some(FirstWord::Came(report.clone()));
        }
        // Without a collector nobody will ever tell, so nothing is promised.
        self.collector.as_ref()?;
        let awaited = self.awaited.get(id)?;
        Some(FirstWord::Waiting(awaited.standing(now)))
    }

    /// The moment up to which everything that the carrier had is in the fleet database.
    #[must_use]
    pub fn reports_up_to(&self) -> Option<Timestamp> {
        let collector = self.collector.as_ref()?;
        match (
            collector.caught_up,
            collector.seconds_since_run,
            self.told_at,
        ) {
            (Some(true), Some(seconds), Some(told_at)) => {
                told_at.checked_sub(SignedDuration::from_secs(seconds)).ok()
            }
            _ => collector.newest_report_at,
        }
    }

    /// Whether the collector has not run for too long.
    #[must_use]
    pub fn collector_is_late(&self) -> bool {
        self.collector
            .as_ref()
            .and_then(|collector| collector.seconds_since_run)
            .is_some_and(|seconds| seconds > COLLECTOR_LATE_S)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hearing(caught_up: bool) -> Hearing {
        Hearing {
            told_at: Some("2026-11-22T10:46:00Z".parse().unwrap()),
            collector: Some(CollectorAge {
                seconds_since_run: Some(120),
                caught_up: Some(caught_up),
                newest_report_at: Some("2026-11-22T10:30:00Z".parse().unwrap()),
            }),
            ..Hearing::default()
        }
    }

    #[test]
    fn after_a_run_that_caught_up_the_run_tells_how_far_reports_reach() {
        let at = |text: &str| Some(text.parse::<Timestamp>().unwrap());
        assert_eq!(hearing(true).reports_up_to(), at("2026-11-22T10:44:00Z"));
        assert_eq!(hearing(false).reports_up_to(), at("2026-11-22T10:30:00Z"));
        assert_eq!(Hearing::default().reports_up_to(), None);
    }

    #[test]
    fn without_a_collector_no_first_report_is_promised() {
        let id = UnitId::from_unit_answer("490154203237518").unwrap().0;
        let awaited = Awaited {
            provisioned_at: Timestamp::UNIX_EPOCH,
            registration: None,
            usual_min: None,
            collector_silent_s: Some(1),
        };
        let mut hearing = hearing(true);
        hearing.awaited.insert(id.clone(), awaited);
        let now = Timestamp::UNIX_EPOCH;
        assert_eq!(
            hearing.first_word(&id, now),
            Some(FirstWord::Waiting(Waiting::AsUsual))
        );
        hearing.collector = None;
        assert_eq!(hearing.first_word(&id, now), None);
    }
}
