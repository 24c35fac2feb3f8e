//! A unit between the bench and its first report: how long that usually takes, and what is likely in the way when it takes longer.
//!
//! Pure: what is known comes in, words for people come out, the same on the lane, on the unit's page, in lists and in the terminal.

use crate::registration::RegistrationState;
use jiff::Timestamp;

/// Minutes until a first report where this fleet has no experience with the model yet: a unit in the open needs up to 12 for a first fix
/// without any almanac, the carrier's network a few, and the collector fetches every five.
pub const USUAL_MIN: i64 = 30;
/// Without a run of the collector for that long, silence may be the collector's.
pub const COLLECTOR_LATE_S: i64 = 1_800;

/// A unit that was proved on a bench and has not been heard since.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Awaited {
    /// When it was proved.
    pub provisioned_at: Timestamp,
    /// Where its registration stands, where it has one.
    pub registration: Option<RegistrationState>,
    /// Minutes that this fleet's units of the same model usually took; `None` where there is no experience.
    pub usual_min: Option<i64>,
    /// Seconds since a run of the collector last brought what there was; `None` when none ever did.
    pub collector_silent_s: Option<i64>,
}

/// How the waiting stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Waiting {
    /// As long as usual, or shorter.
    AsUsual,
    /// Longer, and what is likely in the way.
    Longer(LikelyCause),
}

/// What is likely in the way, the one that can be seen from here first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LikelyCause {
    /// No collector ever brought a report.
    NoCollector,
    /// The collector has not run lately, or could not fetch anything.
    CollectorLate,
    /// The carrier does not let it into the network yet, or no longer.
    NotActive,
    /// The carrier refused it.
    Refused,
    /// Nothing that can be seen from here.
    NoNetwork,
}

impl LikelyCause {
    /// What is told.
    #[must_use]
    pub fn words(self) -> &'static str {
        match self {
            Self::NoCollector => "no collector has ever brought a report into this fleet database",
            Self::CollectorLate => "the collector itself has not fetched reports lately",
            Self::NotActive => "it is not active at the carrier",
            Self::Refused => "the carrier refused its registration",
            Self::NoNetwork => {
                "no network or no sky where it is, or no power; then the APN and the server's address"
            }
        }
    }

    /// The same in the few words that a lane has room for.
    #[must_use]
    pub fn short(self) -> &'static str {
        match self {
            Self::NoCollector => "no collector yet",
            Self::CollectorLate => "collector is late",
            Self::NotActive => "not active yet",
            Self::Refused => "carrier refused it",
            Self::NoNetwork => "sky, network, power?",
        }
    }
}

impl Awaited {
    /// Minutes that are usual for it.
    #[must_use]
    pub fn usual(&self) -> i64 {
        self.usual_min.unwrap_or(USUAL_MIN).max(1)
    }

    /// Whole minutes that it was waited for.
    #[must_use]
    pub fn waited_min(&self, now: Timestamp) -> i64 {
        (now.as_second() - self.provisioned_at.as_second()).max(0) / 60
    }

    /// How the waiting stands at `now`.
    #[must_use]
    pub fn standing(&self, now: Timestamp) -> Waiting {
        if self.waited_min(now) < self.usual() {
            return Waiting::AsUsual;
        }
        Waiting::Longer(match (self.collector_silent_s, self.registration) {
            (None, _) => LikelyCause::NoCollector,
            (Some(silent), _) if silent > COLLECTOR_LATE_S => LikelyCause::CollectorLate,
            (_, Some(RegistrationState::Refused)) => LikelyCause::Refused,
            // Registered elsewhere or by hand: nothing is known against it.
            (_, None | Some(RegistrationState::Active | RegistrationState::Skipped)) => {
                LikelyCause::NoNetwork
            }
            (_, Some(_)) => LikelyCause::NotActive,
        })
    }

    /// What is told of it, in a sentence.
    #[must_use]
    pub fn words(&self, now: Timestamp) -> String {
        match self.standing(now) {
            Waiting::AsUsual => "Waiting for first report".to_owned(),
            Waiting::Longer(cause) => {
                format!("Taking longer than usual; likely: {}", cause.words())
            }
        }
    }
}

/// A place as people read it, to `digits` places: '47.61 N 122.33 W'.
#[must_use]
pub fn place(latitude: f64, longitude: f64, digits: usize) -> String {
    let ns = if latitude < 0.0 { 'S' } else { 'N' };
    let ew = if longitude < 0.0 { 'W' } else { 'E' };
    format!(
        "{:.digits$} {ns} {:.digits$} {ew}",
        latitude.abs(),
        longitude.abs()
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::SignedDuration;

    fn awaited(registration: Option<RegistrationState>, silent: Option<i64>) -> Awaited {
        Awaited {
            provisioned_at: Timestamp::UNIX_EPOCH,
            registration,
            usual_min: Some(10),
            collector_silent_s: silent,
        }
    }

    fn after(minutes: i64) -> Timestamp {
        Timestamp::UNIX_EPOCH + SignedDuration::from_mins(minutes)
    }

    #[test]
    fn within_the_usual_time_nothing_is_suspected() {
        let unit = awaited(Some(RegistrationState::Owed), None);
        assert_eq!(unit.standing(after(9)), Waiting::AsUsual);
        assert_ne!(unit.standing(after(10)), Waiting::AsUsual);
        let unknown = Awaited {
            usual_min: None,
            ..unit
        };
        assert_eq!(unknown.standing(after(USUAL_MIN - 1)), Waiting::AsUsual);
        assert_ne!(unknown.standing(after(USUAL_MIN)), Waiting::AsUsual);
    }

    #[test]
    fn the_cause_that_can_be_seen_from_here_comes_first() {
        use LikelyCause::{CollectorLate, NoCollector, NoNetwork, NotActive, Refused};
        use RegistrationState as R;
        for (registration, silent, cause) in [
            (Some(R::Active), None, NoCollector),
            (Some(R::Pending), Some(COLLECTOR_LATE_S + 1), CollectorLate),
            (Some(R::Pending), Some(60), NotActive),
            (Some(R::Suspended), Some(60), NotActive),
            (Some(R::Refused), Some(60), Refused),
            (Some(R::Active), Some(60), NoNetwork),
            (None, Some(60), NoNetwork),
        ] {
            let standing = awaited(registration, silent).standing(after(11));
            assert_eq!(standing, Waiting::Longer(cause), "{registration:?}");
        }
    }

    #[test]
    fn a_clock_that_is_behind_makes_no_negative_wait() {
        let unit = awaited(None, Some(1));
        let before = Timestamp::UNIX_EPOCH - SignedDuration::from_hours(1);
        assert_eq!(unit.waited_min(before), 0);
        assert_eq!(unit.words(before), "Waiting for first report");
    }

    #[test]
    fn places_are_told_by_hemisphere() {
        assert_eq!(place(47.614, -122.331, 2), "47.61 N 122.33 W");
        assert_eq!(place(-33.9, 18.4, 1), "33.9 S 18.4 E");
    }
}
