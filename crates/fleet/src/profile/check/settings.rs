//! Checks of what settings are: keys, kinds, limits, words. Where they stand is the business of `places`.

use super::{Check, Problems, is_word, repeated};
use crate::profile::schema::{ProfileForm, Setting};
use crate::profile::variant::replaced;
use crate::setting::SettingKind;

pub(super) const CHECKS: &[Check] = &[
    values_of_a_registration_are_told_apart,
    setting_keys_differ,
    shared_keys_mean_the_same_everywhere,
    settings_have_labels,
    limits_belong_to_the_kind,
    numbers_have_a_possible_range,
    texts_have_a_length,
    choices_can_be_told_apart,
    what_can_cut_a_unit_off_is_guarded,
    shared_numbers_have_their_range,
    own_keys_begin_with_the_family,
    what_is_lacking_is_a_setting,
];

/// Keys that every family shares, with their kind.
const SHARED: [(&str, SettingKind); 9] = [
    ("apn.name", SettingKind::Text),
    ("apn.user", SettingKind::Text),
    ("apn.password", SettingKind::Secret),
    ("report.moving_interval_s", SettingKind::Integer),
    ("report.parked_interval_s", SettingKind::Integer),
    ("report.heartbeat_interval_s", SettingKind::Integer),
    ("server.host", SettingKind::Text),
    ("server.port", SettingKind::Integer),
    ("server.transport", SettingKind::Choice),
];

/// Words of `server.transport`.
const TRANSPORTS: [&str; 2] = ["tcp", "udp"];

fn path(setting: &Setting, key: &str) -> String {
    format!("setting.{}.{key}", setting.key)
}

/// Each setting as the file says it, and once more for each model that changes it.
fn everywhere(form: &ProfileForm) -> Vec<(String, Setting)> {
    let mut all = Vec::new();
    for setting in &form.settings {
        all.push((format!("setting.{}", setting.key), setting.clone()));
        for variant in &form.variants {
            if variant.replace.contains_key(&setting.key) {
                all.push((
                    format!("variant.{}.replace.{}", variant.id, setting.key),
                    replaced(setting, variant),
                ));
            }
        }
    }
    all
}

fn setting_keys_differ(form: &ProfileForm, problems: &mut Problems) {
    for key in repeated(form.settings.iter().map(|setting| &setting.key)) {
        problems.add(format!("setting.{key}"), "two settings have this key");
    }
}

fn shared_keys_mean_the_same_everywhere(form: &ProfileForm, problems: &mut Problems) {
    for setting in &form.settings {
        let key = setting.key.as_str();
        let first_word = key.split('.').next().unwrap_or_default();
        let reserved = SHARED
            .iter()
            .any(|(shared, _)| shared.split('.').next() == Some(first_word));
        match SHARED.iter().find(|(shared, _)| *shared == key) {
            Some((_, kind)) => problems.expect(
                setting.kind == *kind,
                path(setting, "kind"),
                format!("all families share this key as {}", name(*kind)),
            ),
            None => problems.expect(
                !reserved,
                path(setting, "key"),
                format!(
                    "'{first_word}.' is kept for keys that all families share; begin with the family's name"
                ),
            ),
        }
        if key == "server.transport" {
            for word in setting
                .choices
                .keys()
                .filter(|word| !TRANSPORTS.contains(&word.as_str()))
            {
                problems.add(
                    path(setting, "choices"),
                    format!("'{word}': all families share the words tcp and udp"),
                );
            }
        }
    }
}

fn name(kind: SettingKind) -> &'static str {
    match kind {
        SettingKind::Text => "text",
        SettingKind::Integer => "integer",
        SettingKind::Choice => "choice",
        SettingKind::Secret => "secret",
    }
}

fn settings_have_labels(form: &ProfileForm, problems: &mut Problems) {
    for setting in &form.settings {
        problems.expect(
            !setting.label.trim().is_empty() && setting.label.chars().count() <= 60,
            path(setting, "label"),
            "needs 1 to 60 characters for people",
        );
        for need in &setting.needs {
            problems.expect(
                !need.label.trim().is_empty(),
                path(setting, "needs.label"),
                "needs words for people",
            );
        }
    }
}

fn limits_belong_to_the_kind(form: &ProfileForm, problems: &mut Problems) {
    for (at, setting) in everywhere(form) {
        let number = setting.kind == SettingKind::Integer;
        let text = matches!(setting.kind, SettingKind::Text | SettingKind::Secret);
        let choice = setting.kind == SettingKind::Choice;
        for (given, fits, key) in [
            (setting.min.is_some(), number, "min"),
            (setting.max.is_some(), number, "max"),
            (!setting.also.is_empty(), number, "also"),
            (setting.scale != 1, number, "scale"),
            (setting.max_length.is_some(), text, "max_length"),
            (setting.min_length != 0, text, "min_length"),
            (!setting.choices.is_empty(), choice, "choices"),
        ] {
            problems.expect(
                !given || fits,
                format!("{at}.{key}"),
                format!("has no meaning for {}", name(setting.kind)),
            );
        }
    }
}

fn numbers_have_a_possible_range(form: &ProfileForm, problems: &mut Problems) {
    for (at, setting) in everywhere(form) {
        if setting.kind != SettingKind::Integer {
            continue;
        }
        problems.expect(
            (1..=1_000_000).contains(&setting.scale),
            format!("{at}.scale"),
            "1 to 1000000",
        );
        if let (Some(min), Some(max)) = (setting.min, setting.max) {
            problems.expect(
                min <= max,
                format!("{at}.min"),
                format!("{min} is more than max, {max}"),
            );
        }
        let numbers = [("min", setting.min), ("max", setting.max)];
        let also = setting.also.iter().map(|also| ("also", Some(*also)));
        for (key, number) in numbers.into_iter().chain(also) {
            let Some(number) = number else { continue };
            problems.expect(
                number.checked_rem(setting.scale).unwrap_or(0) == 0,
                format!("{at}.{key}"),
                format!("{number} is no multiple of the scale, {}", setting.scale),
            );
            problems.expect(
                number.unsigned_abs() <= 1 << 53,
                format!("{at}.{key}"),
                format!("{number} is more than any unit can hold"),
            );
        }
    }
}

fn texts_have_a_length(form: &ProfileForm, problems: &mut Problems) {
    for (at, setting) in everywhere(form) {
        if !matches!(setting.kind, SettingKind::Text | SettingKind::Secret) {
            continue;
        }
        match setting.max_length {
            None => problems.add(
                format!("{at}.max_length"),
                "say how long the text may be: units cut silently",
            ),
            Some(longest) => problems.expect(
                (setting.min_length.max(1)..=1000).contains(&longest),
                format!("{at}.max_length"),
                "from min_length to 1000",
            ),
        }
    }
}

fn choices_can_be_told_apart(form: &ProfileForm, problems: &mut Problems) {
    for setting in &form.settings {
        if setting.kind != SettingKind::Choice {
            continue;
        }
        let at = path(setting, "choices");
        problems.expect(
            !setting.choices.is_empty(),
            at.clone(),
            "a choice needs words",
        );
        for (word, texts) in &setting.choices {
            problems.expect(
                is_word(word),
                at.clone(),
                format!("'{word}': use lower-case letters, digits and _"),
            );
            problems.expect(
                !texts.is_empty(),
                at.clone(),
                format!("'{word}' has no text to write"),
            );
        }
        for text in repeated(setting.choices.values().flatten()) {
            problems.add(at.clone(), format!("'{text}' stands for two words"));
        }
    }
}

fn what_can_cut_a_unit_off_is_guarded(form: &ProfileForm, problems: &mut Problems) {
    for setting in &form.settings {
        let key = setting.key.as_str();
        let redirects = key.starts_with("apn.") || key.starts_with("server.");
        problems.expect(
            setting.guarded || !(redirects || setting.kind == SettingKind::Secret),
            path(setting, "guarded"),
            "a wrong value here cuts the unit off or redirects it: it must be guarded",
        );
    }
}

/// What a registration brings is text, guarded, stands once, and needs a unit that is registered first.
fn values_of_a_registration_are_told_apart(form: &ProfileForm, problems: &mut Problems) {
    let given: Vec<_> = form
        .settings
        .iter()
        .filter_map(|setting| Some((setting, setting.from_registration?)))
        .collect();
    for (index, (setting, value)) in given.iter().enumerate() {
        let path = format!("setting.{}.from_registration", setting.key);
        problems.expect(
            setting.kind == SettingKind::Text && setting.guarded,
            path.clone(),
            "such a setting is guarded text: a wrong number cuts the unit off",
        );
        problems.expect(
            form.register_first,
            path.clone(),
            "the value exists only after registration, so the family needs register_first = true",
        );
        let twice = given.iter().take(index).any(|(_, other)| other == value);
        problems.expect(!twice, path, "another setting takes the same value");
    }
}

/// What no template may ask for, no family can offer.
fn shared_numbers_have_their_range(form: &ProfileForm, problems: &mut Problems) {
    for (at, setting) in everywhere(form) {
        let (least, most) = match setting.key.as_str() {
            "server.port" => (1, 65_535),
            key if key.starts_with("report.") => (0, i64::MAX),
            _ => continue,
        };
        let limits = [("min", setting.min), ("max", setting.max)];
        let also = setting.also.iter().map(|also| ("also", Some(*also)));
        for (key, number) in limits.into_iter().chain(also) {
            problems.expect(
                number.is_none_or(|number| (least..=most).contains(&number)),
                format!("{at}.{key}"),
                match setting.key.as_str() {
                    "server.port" => "a port is 1 to 65535",
                    _ => "no interval is less than 0",
                },
            );
        }
    }
}

/// Two families must not mean different things by one key.
fn own_keys_begin_with_the_family(form: &ProfileForm, problems: &mut Problems) {
    for setting in &form.settings {
        let key = setting.key.as_str();
        let first_word = key.split('.').next().unwrap_or_default();
        let shared = SHARED
            .iter()
            .any(|(shared, _)| shared.split('.').next() == Some(first_word));
        problems.expect(
            shared || form.id.split('-').any(|word| word == first_word),
            path(setting, "key"),
            format!(
                "'{first_word}.' is not this family's: begin with a word of its id, {}",
                form.id
            ),
        );
    }
}

/// A misspelt key would lack nothing.
fn what_is_lacking_is_a_setting(form: &ProfileForm, problems: &mut Problems) {
    let own = |key: &str| {
        form.settings
            .iter()
            .any(|setting| setting.key.as_str() == key)
    };
    let shared = |key: &str| SHARED.iter().any(|(each, _)| *each == key);
    for key in form.lacks.keys() {
        problems.expect(
            own(key.as_str()) || shared(key.as_str()),
            format!("lacks.{key}"),
            "no setting has this key",
        );
    }
}
