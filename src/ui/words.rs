//! Times, durations, counts and values as people say them.
//!
//! Which words a state or a fault has is decided by the engine and the heart; here is only how numbers are said.

use fleet::setting::{SettingKey, ShownValue};
use fleet::wording;
use jiff::Timestamp;
use jiff::tz::TimeZone;

/// A count with commas: '12,480'.
#[must_use]
pub fn count(number: u64) -> String {
    wording::with_commas(number)
}

/// '1 unit', '3 units'.
#[must_use]
pub fn several(number: u64, one: &str, many: &str) -> String {
    wording::counted(number, one, many)
}

/// '10:42'.
#[must_use]
pub fn clock(at: Timestamp, zone: &TimeZone) -> String {
    at.to_zoned(zone.clone()).strftime("%H:%M").to_string()
}

/// 'Today', 'Yesterday', '3 Oct' or '3 Oct 2025'.
#[must_use]
pub fn day(at: Timestamp, now: Timestamp, zone: &TimeZone) -> String {
    let (at, now) = (at.to_zoned(zone.clone()), now.to_zoned(zone.clone()));
    if at.date() == now.date() {
        "Today".into()
    } else if now
        .date()
        .yesterday()
        .is_ok_and(|before| before == at.date())
    {
        "Yesterday".into()
    } else if at.year() == now.year() {
        at.strftime("%-d %b").to_string()
    } else {
        at.strftime("%-d %b %Y").to_string()
    }
}

/// 'today 10:42', 'yesterday 10:42', '3 Oct 10:42'.
#[must_use]
pub fn when(at: Timestamp, now: Timestamp, zone: &TimeZone) -> String {
    let day = day(at, now, zone);
    let day = match day.as_str() {
        "Today" => "today",
        "Yesterday" => "yesterday",
        other => other,
    };
    format!("{day} {}", clock(at, zone))
}

/// Whole seconds from `then` to `now`; zero when the clock went back.
#[must_use]
pub fn seconds_since(then: Timestamp, now: Timestamp) -> u64 {
    u64::try_from(now.as_second() - then.as_second()).unwrap_or(0)
}

/// A length of time: '40 s', '5 min', '6 h', '3 days'.
#[must_use]
pub fn duration(seconds: u64) -> String {
    wording::duration(seconds)
}

/// A length of time that is over, roughly: '14 s', '2 min', '3 h', '5 days'.
#[must_use]
pub fn roughly(seconds: u64) -> String {
    match seconds {
        0..90 => format!("{seconds} s"),
        90..5_400 => format!("{} min", (seconds + 30) / 60),
        5_400..129_600 => format!("{} h", (seconds + 1_800) / 3_600),
        _ => format!("{} days", (seconds + 43_200) / 86_400),
    }
}

/// A value of `key` with its unit, as it stands in lists.
#[must_use]
pub fn value(key: &SettingKey, value: Option<&ShownValue>) -> String {
    value.map_or_else(|| "not read".into(), |value| wording::value(key, value))
}

/// Name of a setting where no profile is at hand to give one.
#[must_use]
pub fn setting(key: &SettingKey) -> String {
    wording::setting(key)
}

/// Whether a wrong value of `key` could cut a unit off.
#[must_use]
pub fn guarded(key: &SettingKey) -> bool {
    key.as_str().starts_with("server.") || key.as_str().starts_with("apn.")
}

/// The order in which people think of settings: where it reports to, how it gets there, how often, the rest.
#[must_use]
pub fn order(key: &SettingKey) -> (usize, String) {
    let (place, text) = wording::order(key);
    (place, text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    #[test]
    fn big_counts_have_commas() {
        assert_eq!(count(0), "0");
        assert_eq!(count(999), "999");
        assert_eq!(count(12_480), "12,480");
        assert_eq!(count(1_000_000), "1,000,000");
    }

    #[test]
    fn durations_are_said_in_their_largest_whole_unit() {
        for (seconds, words) in [
            (0, "0 s"),
            (30, "30 s"),
            (120, "120 s"),
            (300, "5 min"),
            (3_600, "1 h"),
            (5_400, "90 min"),
            (86_400, "24 h"),
            (259_200, "3 days"),
            (3_601, "3,601 s"),
        ] {
            assert_eq!(duration(seconds), words);
        }
    }

    #[test]
    fn days_are_near_words_first() {
        let now = at("2026-11-22T18:00:00Z");
        let utc = TimeZone::UTC;
        assert_eq!(when(at("2026-11-22T10:42:00Z"), now, &utc), "today 10:42");
        assert_eq!(
            when(at("2026-11-21T10:42:00Z"), now, &utc),
            "yesterday 10:42"
        );
        assert_eq!(when(at("2026-10-03T10:42:00Z"), now, &utc), "3 Oct 10:42");
        assert_eq!(day(at("2025-10-03T10:42:00Z"), now, &utc), "3 Oct 2025");
    }

    #[test]
    fn a_clock_that_went_back_gives_no_time() {
        assert_eq!(
            seconds_since(at("2026-11-22T18:00:05Z"), at("2026-11-22T18:00:00Z")),
            0
        );
    }

    #[test]
    fn values_carry_their_unit_and_secrets_only_dots() {
        let key = |text: &str| SettingKey::new(text).unwrap();
        let parked = key("report.parked_interval_s");
        assert_eq!(value(&parked, Some(&ShownValue::Integer(21_600))), "6 h");
        assert_eq!(value(&parked, Some(&ShownValue::Integer(0))), "off");
        assert_eq!(
            value(
                &key("server.transport"),
                Some(&ShownValue::Text("tcp".into()))
            ),
            "TCP"
        );
        assert_eq!(
            value(
                &key("apn.password"),
                Some(&ShownValue::Secret { secret_set: true })
            ),
            "••••••"
        );
        assert_eq!(
            value(&key("apn.user"), Some(&ShownValue::Text(String::new()))),
            "empty"
        );
        assert_eq!(value(&parked, None), "not read");
        assert_eq!(setting(&key("sleep.after_s")), "Sleep after");
        assert_eq!(
            setting(&key("family.backup_server_host")),
            "Backup server host"
        );
    }
}
