//! Checks of where settings stand: every place exists on every model that has the setting, and no two settings share one.

use super::{Check, Problems, repeated};
use crate::profile::schema::{Place, ProfileForm, Setting, Variant};
use crate::profile::variant::replaced;
use crate::setting::SettingKind;

pub(super) const CHECKS: &[Check] = &[
    settings_stand_somewhere,
    places_can_be_reached,
    fields_exist_on_every_model,
    no_two_settings_share_a_place,
    settings_set_apart_leave_something,
    needs_can_be_met,
    fixed_texts_can_be_sent,
];

/// The settings that a model has, as they are there.
fn settings_on(form: &ProfileForm, variant: &Variant) -> Vec<Setting> {
    form.settings
        .iter()
        .filter(|setting| !variant.lacks.contains_key(&setting.key))
        .map(|setting| replaced(setting, variant))
        .collect()
}

/// Every list of places in the file, with its path: of settings and of what variants put in their stead.
fn place_lists(form: &ProfileForm) -> Vec<(String, &Vec<Place>)> {
    let own = form
        .settings
        .iter()
        .map(|setting| (format!("setting.{}.places", setting.key), &setting.places));
    let instead = form.variants.iter().flat_map(|variant| {
        variant.replace.iter().filter_map(|(key, other)| {
            let path = format!("variant.{}.replace.{key}.places", variant.id);
            other.places.as_ref().map(|places| (path, places))
        })
    });
    own.chain(instead).collect()
}

fn settings_stand_somewhere(form: &ProfileForm, problems: &mut Problems) {
    for (path, places) in place_lists(form) {
        let mapped = form
            .settings
            .iter()
            .any(|setting| setting.mapped && path == format!("setting.{}.places", setting.key));
        problems.expect(
            places.is_empty() == mapped,
            path.clone(),
            "needs at least one place; a mapped setting has none, because the template names it",
        );
        for place in repeated(places.iter()) {
            problems.add(path.clone(), format!("{place} stands twice"));
        }
    }
}

fn places_can_be_reached(form: &ProfileForm, problems: &mut Problems) {
    let needs = form.settings.iter().flat_map(|setting| {
        setting
            .needs
            .iter()
            .map(|need| (format!("setting.{}.needs.place", setting.key), &need.place))
    });
    let listed = place_lists(form);
    let places = listed
        .iter()
        .flat_map(|(path, places)| places.iter().map(|place| (path.clone(), place)));
    for (path, place) in places.chain(needs) {
        match place {
            Place::Parameter { parameter } => {
                problems.expect(
                    form.parameters.is_some() || form.single.is_some(),
                    path.clone(),
                    format!("{place} is a parameter, and the profile has no [parameters] and no [single]"),
                );
                let of_single =
                    |each: char| form.single.is_some() && matches!(each, ',' | '-' | '_' | '*');
                let good = !parameter.is_empty()
                    && parameter.len() <= 16
                    && parameter
                        .chars()
                        .all(|each| each.is_ascii_alphanumeric() || of_single(each));
                problems.expect(good, path, format!("'{parameter}' is no parameter number"));
            }
            Place::Field { .. } => problems.expect(
                form.positional.is_some(),
                path,
                format!("{place} is a field, and the profile has no [positional]"),
            ),
        }
    }
}

fn fields_exist_on_every_model(form: &ProfileForm, problems: &mut Problems) {
    for variant in &form.variants {
        for setting in settings_on(form, variant) {
            let needs = setting.needs.iter().map(|need| &need.place);
            for place in setting.places.iter().chain(needs) {
                let Place::Field { command, field } = place else {
                    continue;
                };
                problems.expect(
                    variant.field_index(command, field).is_some(),
                    format!("variant.{}.fields.{command}", variant.id),
                    format!(
                        "{} needs the field '{field}'; name it, replace the place, or say why the model lacks the setting",
                        setting.key
                    ),
                );
            }
        }
    }
}

fn no_two_settings_share_a_place(form: &ProfileForm, problems: &mut Problems) {
    for variant in &form.variants {
        let settings = settings_on(form, variant);
        for (index, one) in settings.iter().enumerate() {
            for other in settings.iter().skip(index + 1) {
                let apart = one.set_apart_from.as_ref() == Some(&other.key)
                    || other.set_apart_from.as_ref() == Some(&one.key);
                if apart || one.key == other.key {
                    continue;
                }
                for place in one
                    .places
                    .iter()
                    .filter(|place| other.places.contains(place))
                {
                    problems.add(
                        format!("setting.{}.places", other.key),
                        format!("{place} belongs to {} already (on {})", one.key, variant.id),
                    );
                }
            }
        }
    }
}

fn settings_set_apart_leave_something(form: &ProfileForm, problems: &mut Problems) {
    for setting in &form.settings {
        let Some(from) = &setting.set_apart_from else {
            continue;
        };
        let path = format!("setting.{}.set_apart_from", setting.key);
        let Some(base) = form.settings.iter().find(|each| each.key == *from) else {
            problems.add(path, format!("there is no setting '{from}'"));
            continue;
        };
        problems.expect(
            base.set_apart_from.is_none() && base.key != setting.key,
            path.clone(),
            format!("'{from}' is itself set apart"),
        );
        problems.expect(
            base.kind == setting.kind && base.scale == setting.scale,
            path.clone(),
            format!("'{from}' has another kind or scale"),
        );
        for variant in &form.variants {
            let lacks = |setting: &Setting| variant.lacks.contains_key(&setting.key);
            if lacks(setting) || lacks(base) {
                continue;
            }
            let (here, there) = (replaced(setting, variant), replaced(base, variant));
            let inside = here.places.iter().all(|place| there.places.contains(place));
            problems.expect(
                inside && here.places.len() < there.places.len(),
                path.clone(),
                format!(
                    "its places must be some of those of '{from}', and not all (on {})",
                    variant.id
                ),
            );
        }
    }
}

fn needs_can_be_met(form: &ProfileForm, problems: &mut Problems) {
    for variant in &form.variants {
        let settings = settings_on(form, variant);
        for setting in &settings {
            for need in &setting.needs {
                let path = format!("setting.{}.needs", setting.key);
                problems.expect(
                    !need.any.is_empty(),
                    path.clone(),
                    format!("{} needs at least one text", need.place),
                );
                if let Some(owner) = settings
                    .iter()
                    .find(|each| each.places.contains(&need.place))
                {
                    problems.add(
                        path,
                        format!(
                            "{} is ruled by {} (on {})",
                            need.place, owner.key, variant.id
                        ),
                    );
                }
            }
        }
    }
}

/// Texts that the profile itself writes must survive the unit's language.
fn fixed_texts_can_be_sent(form: &ProfileForm, problems: &mut Problems) {
    for setting in &form.settings {
        let words = if setting.kind == SettingKind::Choice {
            setting.choices.values().flatten().collect()
        } else {
            Vec::new()
        };
        for place in &setting.places {
            for text in &words {
                sendable(
                    form,
                    place,
                    text,
                    &format!("setting.{}.choices", setting.key),
                    problems,
                );
            }
        }
    }
    for setting in form
        .variants
        .iter()
        .flat_map(|variant| settings_on(form, variant))
    {
        for need in &setting.needs {
            for text in &need.any {
                let path = format!("setting.{}.needs.any", setting.key);
                sendable(form, &need.place, text, &path, problems);
            }
        }
    }
}

fn sendable(form: &ProfileForm, place: &Place, text: &str, path: &str, problems: &mut Problems) {
    let reserved = match place {
        Place::Parameter { .. } => {
            let single = form.single.as_ref().map(|each| &each.reserved);
            form.parameters
                .as_ref()
                .map(|each| &each.write.reserved)
                .or(single)
        }
        Place::Field { .. } => form.positional.as_ref().map(|each| &each.reserved),
    };
    let bad = text.chars().find(|each| {
        !matches!(each, ' '..='~') || reserved.is_some_and(|reserved| reserved.contains(*each))
    });
    if let Some(character) = bad {
        let found = character.escape_default();
        problems.add(
            path,
            format!("'{text}' cannot be sent: it contains {found}"),
        );
    }
}
