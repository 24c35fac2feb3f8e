//! Waiting for the carrier: how long, how often, since when.

use super::Now;
use super::phase::{AfterClosing, Asking};
use crate::Moment;
use jiff::Timestamp;

/// Pause between the two look-ups that show that nothing arrived.
pub(super) const CONFIRM_MS: u64 = 60_000;
/// How long an accepted registration may take: the carrier's own queue forgets it after 72 hours.
pub(super) const LONGEST_ACTIVATION_HOURS: u64 = 72;

const MINUTE_S: u64 = 60;
const HOUR_S: u64 = 60 * MINUTE_S;

/// What this run knows about its waiting.
#[derive(Debug, Default)]
pub(super) struct CarrierWaits {
    pub after_closing: Option<AfterClosing>,
    pub asking: Asking,
    /// First moment of this run.
    began: Option<Moment>,
    /// When the last attempt was intended, when that was in this run.
    pub intended: Option<Moment>,
    /// When following began, when that was in this run.
    pub accepted: Option<Moment>,
    /// How often the present question was asked.
    pub asked: u32,
    /// When the present question was first asked.
    since: Option<Moment>,
    /// When a look-up after the settle time first found nothing.
    pub not_found_at: Option<Moment>,
}

impl CarrierWaits {
    pub fn begin(&mut self, now: Now) {
        self.began.get_or_insert(now.moment);
    }

    /// A new question: pauses start short again.
    pub fn new_question(&mut self, now: Now) {
        self.asked = 0;
        self.since = Some(now.moment);
        self.not_found_at = None;
    }

    /// The pause before the present question is asked once more, milliseconds.
    pub fn next_pause_ms(&mut self, now: Now) -> u64 {
        let waited_s = now.moment.since_ms(*self.since.get_or_insert(now.moment)) / 1000;
        let pause_s = pause_s(self.asked, waited_s);
        self.asked = self.asked.saturating_add(1);
        pause_s * 1000
    }

    /// Milliseconds since `in_this_run`, or by the wall clock since `recorded`. A clock that went back counts from this run's start.
    pub fn age_ms(
        &self,
        in_this_run: Option<Moment>,
        recorded: Option<Timestamp>,
        now: Now,
    ) -> u64 {
        if let Some(moment) = in_this_run {
            return now.moment.since_ms(moment);
        }
        let by_wall = recorded
            .map(|at| now.wall.as_millisecond() - at.as_millisecond())
            .and_then(|age| u64::try_from(age).ok());
        by_wall.unwrap_or_else(|| now.moment.since_ms(self.began.unwrap_or(now.moment)))
    }
}

/// 5, 10, 20, 40, 60 s, then each minute to 15 minutes, each 15 minutes to 2 hours, each hour after that.
fn pause_s(asked: u32, waited_s: u64) -> u64 {
    match asked {
        0 => 5,
        1 => 10,
        2 => 20,
        3 => 40,
        _ if waited_s < 15 * MINUTE_S => MINUTE_S,
        _ if waited_s < 2 * HOUR_S => 15 * MINUTE_S,
        _ => HOUR_S,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_grow_from_seconds_to_hours() {
        let mut waited_s = 0;
        let mut pauses = Vec::new();
        for asked in 0.. {
            let pause = pause_s(asked, waited_s);
            waited_s += pause;
            pauses.push(pause);
            if waited_s > 72 * HOUR_S {
                break;
            }
        }
        assert_eq!(pauses.get(..6), Some(&[5, 10, 20, 40, 60, 60][..]));
        assert_eq!(
            pauses
                .iter()
                .filter(|pause| **pause == 15 * MINUTE_S)
                .count(),
            7
        );
        assert_eq!(pauses.last(), Some(&HOUR_S));
        assert!(pauses.len() < 110);
    }

    #[test]
    fn a_wall_clock_that_went_back_starts_the_time_anew() {
        let mut waits = CarrierWaits::default();
        let at = |second: i64, moment: u64| Now {
            moment: Moment(moment),
            wall: Timestamp::from_second(second).unwrap(),
        };
        waits.begin(at(1000, 0));
        let recorded = Some(Timestamp::from_second(5000).unwrap());
        assert_eq!(waits.age_ms(None, recorded, at(1007, 7000)), 7000);
        assert_eq!(waits.age_ms(None, recorded, at(5009, 9000)), 9000);
        assert_eq!(
            waits.age_ms(Some(Moment(4000)), recorded, at(1, 9000)),
            5000
        );
    }
}
