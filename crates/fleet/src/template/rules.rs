//! What values the shared keys take. A profile's own keys are typed as the file types them.

use crate::printable::{is_printable, printable};
use crate::setting::{SettingKey, SettingKind};
use std::net::IpAddr;

/// Longest text that any unit could want, in characters; profiles set tighter limits.
const LONGEST_TEXT: usize = 512;

/// Last words of a profile's own keys whose text is kept secret even before the profile has said so.
const SECRET_WORDS: [&str; 5] = ["password", "keyword", "pin", "puk", "secret"];

/// The kind of a shared key.
pub(super) fn shared_kind(key: &SettingKey) -> Option<SettingKind> {
    Some(match key.as_str() {
        "apn.name" | "apn.user" | "server.host" => SettingKind::Text,
        "apn.password" => SettingKind::Secret,
        "report.moving_interval_s"
        | "report.parked_interval_s"
        | "report.heartbeat_interval_s"
        | "server.port" => SettingKind::Integer,
        "server.transport" => SettingKind::Choice,
        _ => return None,
    })
}

/// Whether a profile's own key sounds like a secret.
pub(super) fn sounds_secret(key: &SettingKey) -> bool {
    let last = key.as_str().rsplit(['.', '_']).next();
    last.is_some_and(|word| SECRET_WORDS.contains(&word))
}

/// Why `number` cannot stand at `key`.
pub(super) fn number_problem(key: &SettingKey, number: i64) -> Option<String> {
    let (range, limits) = match key.as_str() {
        "server.port" => (1..=65_535, "a port is a whole number from 1 to 65535"),
        _ if shared_kind(key).is_some() => (
            0..=i64::MAX,
            "an interval is a whole number of seconds, 0 or more",
        ),
        _ => return None,
    };
    (!range.contains(&number)).then(|| format!("{limits}, not {number}"))
}

/// Why `text` cannot stand at `key`.
pub(super) fn text_problem(key: &SettingKey, text: &str) -> Option<String> {
    if !is_printable(text) {
        return Some("control and invisible characters cannot stand in a value".to_owned());
    }
    if text.chars().count() > LONGEST_TEXT {
        return Some(format!("a value has at most {LONGEST_TEXT} characters"));
    }
    match key.as_str() {
        "server.host" if !is_host(text) => Some(format!(
            "'{}' is neither a host name nor an IP address",
            printable(text)
        )),
        "server.transport" if !matches!(text, "tcp" | "udp") => Some(format!(
            "the transport is \"tcp\" or \"udp\", not '{}'",
            printable(text)
        )),
        _ => None,
    }
}

/// Whether `text` has the form of a host name or an IP address. A number where a name should be is an address or nothing.
fn is_host(text: &str) -> bool {
    let label = |label: &str| {
        (1..=63).contains(&label.len())
            && label
                .bytes()
                .all(|each| each.is_ascii_alphanumeric() || each == b'-')
            && !label.starts_with('-')
            && !label.ends_with('-')
    };
    let numeric_end = |text: &str| {
        text.rsplit('.')
            .next()
            .is_some_and(|last| last.bytes().all(|each| each.is_ascii_digit()))
    };
    if text.parse::<IpAddr>().is_ok() {
        return true;
    }
    text.len() <= 253 && text.split('.').all(label) && !numeric_end(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hosts_are_names_or_addresses() {
        for good in [
            "fleet.example.net",
            "localhost",
            "192.0.2.7",
            "2001:db8::1",
            "a-1.example",
            "1a.example",
        ] {
            assert!(is_host(good), "{good}");
        }
        for bad in [
            "",
            ".",
            "a..b",
            "-a.example",
            "a-.example",
            "192.0.2",
            "192.0.2.256",
            "host name",
            "a.example.",
            "a_b.example",
            "http://a.example",
            "a.example:80",
            "раураl.example",
            "1234",
        ] {
            assert!(!is_host(bad), "{bad}");
        }
    }

    #[test]
    fn own_keys_that_sound_secret_are_kept_secret() {
        for (text, secret) in [
            ("lock.keyword", true),
            ("sms.login_password", true),
            ("sim.pin", true),
            ("io.pinout", false),
            ("sms.login", false),
        ] {
            assert_eq!(
                sounds_secret(&SettingKey::new(text).unwrap()),
                secret,
                "{text}"
            );
        }
    }
}
