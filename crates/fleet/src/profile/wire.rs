//! Values on the wire: how a value of a template is written to a unit, and what a unit's text means.
//!
//! One direction refuses ([`to_wire`]), the other only understands or does not ([`from_wire`]).

use super::schema::{Place, Profile, Setting, Variant};
use crate::secret::Secret;
use crate::setting::{SettingKind, Value};
use std::fmt::Write as _;

/// Why a value cannot be written to this unit. The texts name limits, never the value of a secret.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum WireError {
    /// Text where a number is needed, or the reverse.
    #[error("{0}")]
    Kind(&'static str),
    /// Outside the range.
    #[error("allowed: {0}")]
    Range(String),
    /// The wire cannot say it exactly.
    #[error("only multiples of {step} can be set")]
    Step {
        /// What it must be a multiple of.
        step: i64,
    },
    /// Too long or too short.
    #[error("{0}")]
    Length(String),
    /// Not one of the words.
    #[error("one of: {0}")]
    Choice(String),
    /// A character that the unit's language cannot carry.
    #[error("the character {0} cannot be sent to this unit")]
    Character(String),
}

/// The text that is written for `value`. `setting` is the setting as it is on the model ([`Profile::setting_on`]).
///
/// # Errors
/// When the unit could not hold or its language could not carry the value.
pub fn to_wire(profile: &Profile, setting: &Setting, value: &Value) -> Result<String, WireError> {
    let text = match setting.kind {
        SettingKind::Integer => integer_to_wire(setting, value)?,
        SettingKind::Choice => choice_to_wire(setting, value)?,
        SettingKind::Text | SettingKind::Secret => {
            let text = text_of(value)?;
            check_length(setting, text)?;
            text.to_owned()
        }
    };
    check_characters(profile, setting, &text)?;
    Ok(text)
}

/// Whether a text that the unit held can be written to it again, as an undo does. The limits are those of templates, and what the
/// profile says that the unit takes beside them.
///
/// # Errors
/// Why it cannot.
pub fn takes_again(profile: &Profile, setting: &Setting, text: &str) -> Result<(), WireError> {
    if setting.unit_takes.iter().any(|each| each == text) {
        return check_characters(profile, setting, text);
    }
    let value = from_wire(setting, text).ok_or(match setting.kind {
        SettingKind::Choice => WireError::Choice(words_of(setting)),
        _ => WireError::Kind("a number is needed"),
    })?;
    to_wire(profile, setting, &value).map(drop)
}

/// What the unit's `text` means, or `None` when it means nothing for this setting.
#[must_use]
pub fn from_wire(setting: &Setting, text: &str) -> Option<Value> {
    match setting.kind {
        SettingKind::Text => Some(Value::Text(text.to_owned())),
        SettingKind::Secret => Some(Value::Secret(Secret::new(text))),
        SettingKind::Choice => word_of(setting, text).map(|word| Value::Text(word.to_owned())),
        SettingKind::Integer if setting.mask.is_some() => {
            masked(setting, text).map(|bits| Value::Integer(i64::from(bits)))
        }
        SettingKind::Integer => Decimal::parse(text)?
            .times(setting.scale)
            .map(Value::Integer),
    }
}

/// The bits that the setting rules, from what is written (`value,mask`) or shown (`value`).
fn masked(setting: &Setting, text: &str) -> Option<u32> {
    let value = text.split(',').next()?.trim().parse::<u32>().ok()?;
    Some(value & setting.mask?)
}

/// Whether two wire texts are the same value for this setting: numbers by value (`4.1` and `4.100000`), words by what they mean,
/// text letter by letter.
#[must_use]
pub fn same_on_wire(setting: &Setting, one: &str, other: &str) -> bool {
    if one == other {
        return true;
    }
    match setting.kind {
        SettingKind::Text | SettingKind::Secret => false,
        SettingKind::Integer if setting.mask.is_some() => {
            let bits = masked(setting, one);
            bits.is_some() && bits == masked(setting, other)
        }
        SettingKind::Integer => match (Decimal::parse(one), Decimal::parse(other)) {
            (Some(one), Some(other)) => one == other,
            _ => false,
        },
        SettingKind::Choice => match (word_of(setting, one), word_of(setting, other)) {
            (Some(one), Some(other)) => one == other,
            _ => false,
        },
    }
}

impl Profile {
    /// The text that is written to put back what a unit showed: a number that is shown without its mask is written with it.
    pub(crate) fn written_back(&self, variant: &Variant, place: &Place, shown: &str) -> String {
        let masked_here = |setting: &Setting| {
            let mask = setting.mask.filter(|_| setting.places.contains(place))?;
            Some(format!("{},{mask}", masked(setting, shown)?))
        };
        self.settings_on(variant)
            .find_map(|setting| masked_here(&setting))
            .unwrap_or_else(|| shown.to_owned())
    }
}

fn text_of(value: &Value) -> Result<&str, WireError> {
    match value {
        Value::Text(text) => Ok(text),
        Value::Secret(secret) => Ok(secret.reveal()),
        Value::Integer(_) => Err(WireError::Kind("this setting takes text, in quotes")),
    }
}

fn integer_to_wire(setting: &Setting, value: &Value) -> Result<String, WireError> {
    let Value::Integer(number) = value else {
        return Err(WireError::Kind("this setting takes a whole number"));
    };
    let inside = setting.min.is_none_or(|min| *number >= min)
        && setting.max.is_none_or(|max| *number <= max);
    if !inside && !setting.also.contains(number) {
        return Err(WireError::Range(limits(setting)));
    }
    let step = setting.scale.max(1);
    if number.checked_rem(step) != Some(0) {
        return Err(WireError::Step { step });
    }
    let number = number / step;
    match setting.mask {
        Some(mask) if number & !i64::from(mask) != 0 => {
            Err(WireError::Range(format!("only the bits of {mask}")))
        }
        Some(mask) => Ok(format!("{number},{mask}")),
        None => Ok(number.to_string()),
    }
}

/// The allowed numbers in words ('0 or 5 to 86400').
fn limits(setting: &Setting) -> String {
    let range = match (setting.min, setting.max) {
        (Some(min), Some(max)) => format!("{min} to {max}"),
        (Some(min), None) => format!("{min} or more"),
        (None, Some(max)) => format!("{max} or less"),
        (None, None) => "any whole number".to_owned(),
    };
    let mut text = String::new();
    for also in &setting.also {
        let _ = write!(text, "{also} or ");
    }
    text + &range
}

fn choice_to_wire(setting: &Setting, value: &Value) -> Result<String, WireError> {
    let known = || WireError::Choice(words_of(setting));
    let Value::Text(word) = value else {
        return Err(known());
    };
    setting
        .choices
        .get(word)
        .and_then(|texts| texts.first())
        .cloned()
        .ok_or_else(known)
}

fn words_of(setting: &Setting) -> String {
    let words: Vec<&str> = setting.choices.keys().map(String::as_str).collect();
    words.join(", ")
}

/// The word for a text on the wire. A unit that writes all its numbers with decimals does so with the numbers of choices too.
fn word_of<'a>(setting: &'a Setting, text: &str) -> Option<&'a str> {
    let number = Decimal::parse(text);
    let exact = |each: &String| each == text;
    let by_value = |each: &String| number.is_some() && Decimal::parse(each) == number;
    let word = |same: &dyn Fn(&String) -> bool| {
        let mut choices = setting.choices.iter();
        choices.find(|(_, texts)| texts.iter().any(same))
    };
    word(&exact)
        .or_else(|| word(&by_value))
        .map(|(word, _)| word.as_str())
}

fn check_length(setting: &Setting, text: &str) -> Result<(), WireError> {
    let length = text.chars().count();
    if let Some(longest) = setting.max_length
        && length > longest
    {
        return Err(WireError::Length(format!(
            "at most {longest} characters, this has {length}"
        )));
    }
    if length < setting.min_length {
        return Err(WireError::Length(format!(
            "at least {} characters, this has {length}",
            setting.min_length
        )));
    }
    Ok(())
}

/// Units speak plain ASCII: what is not printable there would be counted, shown or stored differently by each of them.
fn check_characters(profile: &Profile, setting: &Setting, text: &str) -> Result<(), WireError> {
    // The comma between a number and its mask is the profile's, not the value's.
    let checked: String = match setting.mask {
        Some(_) => text.replace(',', ""),
        None => text.to_owned(),
    };
    let bad = checked.chars().find(|character| {
        !matches!(character, ' '..='~')
            || setting
                .places
                .iter()
                .any(|place| profile.reserved_at(place).contains(*character))
    });
    match bad {
        Some(character) if character.is_ascii_graphic() => {
            Err(WireError::Character(format!("'{character}'")))
        }
        Some(character) => Err(WireError::Character(character.escape_unicode().to_string())),
        None => Ok(()),
    }
}

/// A number as units write it, without rounding: `units / 10^places`, no zeros at the end.
#[derive(Debug, PartialEq, Eq)]
struct Decimal {
    units: i128,
    places: u32,
}

impl Decimal {
    fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        let (negative, digits) = match text.strip_prefix('-') {
            Some(rest) => (true, rest),
            None => (false, text.strip_prefix('+').unwrap_or(text)),
        };
        let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
        let fraction = fraction.trim_end_matches('0');
        let all = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
        if whole.is_empty() || !all(whole) || !all(fraction) || whole.len() + fraction.len() > 30 {
            return None;
        }
        let units: i128 = format!("{whole}{fraction}").parse().ok()?;
        let places = u32::try_from(fraction.len()).ok()?;
        Some(Self {
            units: if negative { -units } else { units },
            places,
        })
    }

    /// The number times `scale`, when that is a whole number.
    fn times(&self, scale: i64) -> Option<i64> {
        let product = self.units.checked_mul(i128::from(scale))?;
        let divisor = 10_i128.checked_pow(self.places)?;
        (product % divisor == 0).then(|| i64::try_from(product / divisor).ok())?
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::profile::tests::{key, tiny};
    use proptest::prelude::*;

    fn write(key_text: &str, value: Value) -> Result<String, WireError> {
        let profile = tiny();
        let setting = profile
            .setting_on(profile.variant("one").unwrap(), &key(key_text))
            .unwrap();
        to_wire(&profile, &setting, &value)
    }

    fn setting(key_text: &str) -> Setting {
        let profile = tiny();
        profile.setting(&key(key_text)).unwrap().clone()
    }

    #[test]
    fn a_number_is_scaled_and_its_limits_are_named() {
        let heartbeat = "report.heartbeat_interval_s";
        assert_eq!(write(heartbeat, Value::Integer(600)).unwrap(), "10");
        assert_eq!(write(heartbeat, Value::Integer(0)).unwrap(), "0");
        assert_eq!(
            write(heartbeat, Value::Integer(90_000)),
            Err(WireError::Range("0 or 300 to 21600".to_owned()))
        );
        assert_eq!(
            write(heartbeat, Value::Integer(601)),
            Err(WireError::Step { step: 60 })
        );
        assert!(matches!(
            write(heartbeat, Value::Text("600".to_owned())),
            Err(WireError::Kind(_))
        ));
    }

    #[test]
    fn what_the_line_cannot_carry_is_refused() {
        for text in ["a;b", "a\rb", "a\u{1b}[2J", "caf\u{e9}", "a\u{202e}b"] {
            let refused = write("apn.name", Value::Text(text.to_owned()));
            assert!(matches!(refused, Err(WireError::Character(_))), "{text:?}");
        }
        let long = write("apn.name", Value::Text("x".repeat(33)));
        assert!(matches!(long, Err(WireError::Length(_))));
        assert_eq!(write("apn.name", Value::Text(String::new())).unwrap(), "");
    }

    #[test]
    fn words_stand_for_several_wire_texts_and_the_first_is_written() {
        let transport = setting("server.transport");
        assert_eq!(
            write("server.transport", Value::Text("udp".to_owned())).unwrap(),
            "1"
        );
        assert_eq!(
            from_wire(&transport, "4"),
            Some(Value::Text("udp".to_owned()))
        );
        assert!(same_on_wire(&transport, "1", "4"));
        assert!(!same_on_wire(&transport, "0", "1"));
        assert_eq!(from_wire(&transport, "9"), None);
        assert_eq!(from_wire(&transport, "4x"), None);
        assert!(same_on_wire(&transport, "0", "0.000000"));
        assert!(!same_on_wire(&transport, "0", "1.000000"));
        let wrong = write("server.transport", Value::Text("sctp".to_owned()));
        assert_eq!(wrong, Err(WireError::Choice("tcp, udp".to_owned())));
    }

    #[test]
    fn numbers_are_compared_by_value_and_text_letter_by_letter() {
        let number = setting("report.heartbeat_interval_s");
        assert!(same_on_wire(&number, "4.1", "4.100000"));
        assert!(same_on_wire(&number, "0010", "10"));
        assert!(!same_on_wire(&number, "10", "1O"));
        assert_eq!(from_wire(&number, "10.000"), Some(Value::Integer(600)));
        assert_eq!(from_wire(&number, "0.5"), Some(Value::Integer(30)));
        assert_eq!(from_wire(&number, "0.001"), None);
        assert_eq!(from_wire(&number, ""), None);
        let text = setting("apn.name");
        assert!(!same_on_wire(&text, "APN", "apn"));
        assert!(!same_on_wire(&text, "1.0", "1.00"));
    }

    #[test]
    fn a_secret_is_written_and_read_without_being_shown() {
        let secret = Value::Secret(Secret::new("h;dden"));
        let refused = write("apn.password", secret).unwrap_err();
        assert!(!format!("{refused} {refused:?}").contains("h;dden"));
        let read = from_wire(&setting("apn.password"), "hidden").unwrap();
        assert!(!format!("{read} {read:?}").contains("hidden"));
    }

    proptest! {
        #[test]
        fn what_is_written_means_the_same_when_read(minutes in 5_i64..=360) {
            let number = setting("report.heartbeat_interval_s");
            let text = write("report.heartbeat_interval_s", Value::Integer(minutes * 60)).unwrap();
            prop_assert_eq!(from_wire(&number, &text), Some(Value::Integer(minutes * 60)));
            let padded = format!("{text}.000");
            prop_assert!(same_on_wire(&number, &text, &padded));
        }

        #[test]
        fn no_text_makes_reading_panic(text in ".*") {
            for each in ["report.heartbeat_interval_s", "server.transport", "apn.name"] {
                let setting = setting(each);
                let _ = from_wire(&setting, &text);
                prop_assert!(same_on_wire(&setting, &text, &text));
            }
        }
    }
}
