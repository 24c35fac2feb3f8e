//! How settings, values and lengths of time are said to people, alike on screens, on the command line and in files.
//!
//! What a value is and what it may be is `setting`'s and `template`'s business.

use crate::secret::DOTS;
use crate::setting::{SettingKey, ShownValue};

/// A length of time in its largest whole unit: '40 s', '5 min', '6 h', '3 days'.
#[must_use]
pub fn duration(seconds: u64) -> String {
    match seconds {
        0..300 if !seconds.is_multiple_of(300) || seconds == 0 => format!("{seconds} s"),
        _ if seconds >= 172_800 && seconds.is_multiple_of(86_400) => {
            format!("{} days", seconds / 86_400)
        }
        _ if seconds.is_multiple_of(3_600) => format!("{} h", seconds / 3_600),
        _ if seconds.is_multiple_of(60) => format!("{} min", seconds / 60),
        _ => format!("{} s", with_commas(seconds)),
    }
}

/// The words with a capital first letter.
#[must_use]
pub fn sentence(words: &str) -> String {
    let mut letters = words.chars();
    letters.next().map_or_else(String::new, |first| {
        first.to_uppercase().chain(letters).collect()
    })
}

/// The words with a full stop, which a name such as 'Acme Ltd.' has already.
#[must_use]
pub fn stopped(words: &str) -> String {
    match words.trim_end() {
        ended if ended.ends_with(['.', '!', '?', '…']) => ended.to_owned(),
        open => format!("{open}."),
    }
}

/// A count with commas: '12,480'.
#[must_use]
pub fn with_commas(number: u64) -> String {
    let digits = number.to_string();
    let mut words = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            words.push(',');
        }
        words.push(digit);
    }
    words
}

/// A count with its noun: '1 unit', '12,480 units'.
#[must_use]
pub fn counted(number: u64, one: &str, many: &str) -> String {
    if number == 1 {
        format!("1 {one}")
    } else {
        format!("{} {many}", with_commas(number))
    }
}

/// '1 unit', '12,480 units'.
#[must_use]
pub fn units(number: usize) -> String {
    counted(number as u64, "unit", "units")
}

/// Whether the key counts in seconds.
#[must_use]
pub fn is_seconds(key: &SettingKey) -> bool {
    key.as_str().ends_with("_s")
}

/// A number of `key` with its unit; nought seconds are 'off'.
#[must_use]
pub fn number(key: &SettingKey, number: i64) -> String {
    if !is_seconds(key) {
        return number.to_string();
    }
    match u64::try_from(number) {
        Ok(0) => "off".to_owned(),
        Ok(seconds) => duration(seconds),
        Err(_) => format!("{number} s"),
    }
}

/// A value of `key` with its unit, as it stands in lists.
#[must_use]
pub fn value(key: &SettingKey, value: &ShownValue) -> String {
    match value {
        ShownValue::Integer(each) => number(key, *each),
        ShownValue::Text(text) if text.is_empty() => "empty".to_owned(),
        ShownValue::Text(text) if key.as_str() == "server.transport" => text.to_uppercase(),
        ShownValue::Text(text) => text.clone(),
        ShownValue::Secret { secret_set: true } => DOTS.to_owned(),
        ShownValue::Secret { secret_set: false } => "empty".to_owned(),
    }
}

/// Name of a setting where no profile is at hand to give one.
#[must_use]
pub fn setting(key: &SettingKey) -> String {
    match key.as_str() {
        "server.host" => "Server address".into(),
        "server.port" => "Server port".into(),
        "server.transport" => "Transport".into(),
        "apn.name" => "APN".into(),
        "apn.user" => "APN user".into(),
        "apn.password" => "APN password".into(),
        "report.moving_interval_s" => "Moving, every".into(),
        "report.parked_interval_s" => "Parked, every".into(),
        "report.heartbeat_interval_s" => "Heartbeat, every".into(),
        other => {
            // A family's own settings begin with its name, which says nothing more once there are words enough without it.
            let own = other.split_once('.').map_or(other, |(_, rest)| rest);
            let bare = own.strip_suffix("_s").unwrap_or(own);
            let words = if bare.contains(['_', '.']) {
                bare
            } else {
                other.strip_suffix("_s").unwrap_or(other)
            };
            let words = words.replace(['_', '.'], " ");
            let mut letters = words.chars();
            letters
                .next()
                .map(|first| first.to_uppercase().collect::<String>())
                .unwrap_or_default()
                + letters.as_str()
        }
    }
}

/// The order in which people think of settings: where it reports to, how it gets there, how often, the rest.
#[must_use]
pub fn order(key: &SettingKey) -> (usize, &str) {
    const ORDER: [&str; 9] = [
        "server.host",
        "server.port",
        "server.transport",
        "apn.name",
        "apn.user",
        "apn.password",
        "report.moving_interval_s",
        "report.parked_interval_s",
        "report.heartbeat_interval_s",
    ];
    let place = ORDER
        .iter()
        .position(|known| *known == key.as_str())
        .unwrap_or(ORDER.len());
    (place, key.as_str())
}

/// 'a', 'a and b', 'a, b and c'; after `most` only how many more there are.
#[must_use]
pub fn list(words: &[String], most: usize) -> String {
    let (shown, rest) = words.split_at(words.len().min(most.max(1)));
    match (shown, rest.len()) {
        ([], _) => String::new(),
        ([one], 0) => one.clone(),
        ([first @ .., last], 0) => format!("{} and {last}", first.join(", ")),
        (shown, more) => format!("{} and {more} more", shown.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_are_said_as_people_say_them() {
        let words = |words: &[&str]| words.iter().map(ToString::to_string).collect::<Vec<_>>();
        assert_eq!(list(&words(&[]), 3), "");
        assert_eq!(list(&words(&["a"]), 3), "a");
        assert_eq!(list(&words(&["a", "b"]), 3), "a and b");
        assert_eq!(list(&words(&["a", "b", "c"]), 3), "a, b and c");
        assert_eq!(list(&words(&["a", "b", "c", "d"]), 2), "a, b and 2 more");
    }

    #[test]
    fn one_of_a_thing_is_not_many() {
        assert_eq!(units(0), "0 units");
        assert_eq!(units(1), "1 unit");
        assert_eq!(units(12_480), "12,480 units");
        assert_eq!(counted(1, "value", "values"), "1 value");
    }

    #[test]
    fn a_number_carries_the_unit_of_its_key() {
        let key = |text: &str| SettingKey::new(text).unwrap();
        assert_eq!(number(&key("server.port"), 5027), "5027");
        assert_eq!(number(&key("report.parked_interval_s"), 21_600), "6 h");
        assert_eq!(number(&key("report.parked_interval_s"), 0), "off");
        assert_eq!(number(&key("report.parked_interval_s"), -3), "-3 s");
    }
}
