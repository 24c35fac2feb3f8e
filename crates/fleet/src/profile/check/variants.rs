//! Checks of models: that each can be told from the others, and that its field lists can be used.

use super::{Check, Problems, is_word, repeated};
use crate::profile::schema::ProfileForm;
use crate::setting::SettingKey;
use regex::Regex;

pub(super) const CHECKS: &[Check] = &[
    there_is_a_variant,
    variant_ids_differ,
    variants_can_be_recognised,
    models_have_names,
    field_lists_can_be_used,
    other_forms_hold_the_same_fields,
    what_is_lacking_is_known,
    what_is_replaced_is_there,
];

fn there_is_a_variant(form: &ProfileForm, problems: &mut Problems) {
    problems.expect(
        !form.variants.is_empty(),
        "variant",
        "needs at least one model",
    );
}

fn variant_ids_differ(form: &ProfileForm, problems: &mut Problems) {
    for id in repeated(form.variants.iter().map(|variant| variant.id.as_str())) {
        problems.add(format!("variant.{id}"), "two variants have this id");
    }
    for variant in &form.variants {
        let good = variant
            .id
            .starts_with(|each: char| each.is_ascii_lowercase())
            && variant
                .id
                .chars()
                .all(|each| each.is_ascii_lowercase() || each.is_ascii_digit() || each == '-');
        problems.expect(
            good,
            format!("variant.{}.id", variant.id),
            "use lower-case letters, digits and -",
        );
    }
}

fn variants_can_be_recognised(form: &ProfileForm, problems: &mut Problems) {
    for variant in &form.variants {
        problems.expect(
            !variant.matches.is_empty(),
            format!("variant.{}.match", variant.id),
            "a variant without a condition would fit every stranger",
        );
        for (word, expression) in &variant.matches {
            let path = format!("variant.{}.match.{word}", variant.id);
            match Regex::new(&format!("^(?:{expression})$")) {
                Err(error) => {
                    let last = error.to_string();
                    let reason = last.lines().last().unwrap_or_default().to_owned();
                    problems.add(
                        path,
                        format!("'{expression}' is no regular expression: {reason}"),
                    );
                }
                Ok(regex) => problems.expect(
                    !regex.is_match(""),
                    path,
                    "fits an empty text, so it says nothing about the unit",
                ),
            }
        }
    }
}

fn models_have_names(form: &ProfileForm, problems: &mut Problems) {
    for variant in &form.variants {
        let pattern = crate::profile::Pattern::new(&variant.model);
        let path = format!("variant.{}.model", variant.id);
        problems.expect(
            !variant.model.trim().is_empty() && variant.model.chars().count() <= 60,
            path.clone(),
            "needs 1 to 60 characters for people",
        );
        if let Some(problem) = pattern.problem() {
            problems.add(path, problem);
        }
        problems.expect(
            variant
                .unproven
                .as_ref()
                .is_none_or(|why| !why.trim().is_empty()),
            format!("variant.{}.unproven", variant.id),
            "needs words for people",
        );
    }
    problems.expect(
        form.unproven
            .as_ref()
            .is_none_or(|why| !why.trim().is_empty()),
        "unproven",
        "needs words for people",
    );
}

fn field_lists_can_be_used(form: &ProfileForm, problems: &mut Problems) {
    for variant in &form.variants {
        for (command, fields) in &variant.fields {
            let path = format!("variant.{}.fields.{command}", variant.id);
            problems.expect(
                form.positional.is_some(),
                path.clone(),
                "field lists need [positional], which says how a command is read and written",
            );
            let good =
                !command.is_empty() && command.chars().all(|each| each.is_ascii_alphanumeric());
            problems.expect(
                good,
                path.clone(),
                "a command is a word of letters and digits",
            );
            problems.expect(
                !fields.is_empty() && fields.len() <= 100,
                path.clone(),
                "a command has 1 to 100 fields",
            );
            let named = || fields.iter().filter(|field| *field != "_");
            for field in repeated(named()) {
                problems.add(path.clone(), format!("the field '{field}' stands twice"));
            }
            for field in named().filter(|field| !is_word(field)) {
                problems.add(
                    path.clone(),
                    format!("'{field}': use lower-case letters, digits and _"),
                );
            }
        }
    }
}

/// What is written comes from what was shown, so every form must hold every field.
fn other_forms_hold_the_same_fields(form: &ProfileForm, problems: &mut Problems) {
    for variant in &form.variants {
        for (command, forms) in &variant.shown_as {
            let path = format!("variant.{}.shown_as.{command}", variant.id);
            let Some(fields) = variant.fields.get(command) else {
                problems.add(path, "the model has no such command in fields");
                continue;
            };
            for names in forms {
                let missing = fields
                    .iter()
                    .find(|field| *field == "_" || !names.contains(field));
                problems.expect(
                    missing.is_none() && names.len() != fields.len(),
                    path.clone(),
                    "needs another number of fields, and every field that is written, each with a name",
                );
                for field in repeated(names.iter().filter(|field| *field != "_")) {
                    problems.add(path.clone(), format!("the field '{field}' stands twice"));
                }
            }
        }
    }
}

fn what_is_lacking_is_known(form: &ProfileForm, problems: &mut Problems) {
    let has = |key: &SettingKey| form.settings.iter().any(|setting| setting.key == *key);
    for (key, why) in &form.lacks {
        problems.expect(
            !has(key),
            format!("lacks.{key}"),
            "the family is said to lack this setting, and to have it",
        );
        reason_is_given(&format!("lacks.{key}"), why, problems);
    }
    for variant in &form.variants {
        for (key, why) in &variant.lacks {
            let path = format!("variant.{}.lacks.{key}", variant.id);
            problems.expect(
                has(key),
                path.clone(),
                "there is no such setting in this profile",
            );
            reason_is_given(&path, why, problems);
        }
    }
}

fn reason_is_given(path: &str, why: &str, problems: &mut Problems) {
    problems.expect(
        !why.trim().is_empty(),
        path,
        "needs the reason, for the person who wanted to set it",
    );
}

fn what_is_replaced_is_there(form: &ProfileForm, problems: &mut Problems) {
    for variant in &form.variants {
        for key in variant.replace.keys() {
            let path = format!("variant.{}.replace.{key}", variant.id);
            problems.expect(
                form.settings.iter().any(|setting| setting.key == *key),
                path.clone(),
                "there is no such setting in this profile",
            );
            problems.expect(
                !variant.lacks.contains_key(key),
                path,
                "the model is said to lack this setting",
            );
        }
    }
}
