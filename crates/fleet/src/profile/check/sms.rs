//! Checks of the form of text messages.

use super::exchanges::needs_holes;
use super::{Check, Problems};
use crate::profile::schema::{Place, ProfileForm, Sms};
use crate::profile::variant::replaced;

pub(super) const CHECKS: &[Check] = &[
    messages_are_patterns,
    messages_can_carry_what_they_are_for,
    fixed_fields_are_fields_without_a_setting,
];

fn sms(form: &ProfileForm, look: impl FnOnce(&Sms)) {
    if let Some(sms) = &form.sms {
        look(sms);
    }
}

fn messages_are_patterns(form: &ProfileForm, problems: &mut Problems) {
    sms(form, |sms| {
        for (key, pattern) in sms.patterns() {
            let path = format!("sms.{key}");
            if let Some(problem) = pattern.problem() {
                problems.add(path.clone(), problem);
            }
            let visible = pattern.text().chars().all(|each| matches!(each, ' '..='~'));
            problems.expect(
                visible,
                path,
                "a text message carries visible characters only",
            );
        }
        problems.expect(
            (20..=160).contains(&sms.max_length),
            "sms.max_length",
            "20 to 160",
        );
        problems.expect(
            (1..=100).contains(&sms.ask_at_most),
            "sms.ask_at_most",
            "1 to 100",
        );
    });
}

fn messages_can_carry_what_they_are_for(form: &ProfileForm, problems: &mut Problems) {
    sms(form, |sms| {
        problems.expect(
            sms.command.is_some() || sms.pairs.is_some() || sms.single.is_some(),
            "sms",
            "needs command, pairs or single: the form of a write",
        );
        if let Some(command) = &sms.command {
            needs_holes(command, &["command", "fields"], "sms.command", problems);
            problems.expect(
                form.positional.is_some(),
                "sms.command",
                "commands are described in [positional]",
            );
        }
        if let Some(pairs) = &sms.pairs {
            needs_holes(pairs, &["pairs"], "sms.pairs", problems);
            problems.expect(
                form.parameters.is_some(),
                "sms.pairs",
                "pairs are described in [parameters.write]",
            );
        }
        if let Some(single) = &sms.single {
            needs_holes(single, &["parameter", "value"], "sms.single", problems);
        }
        let of_sections = |hole: &str| {
            let sections = form
                .positional
                .as_ref()
                .map(|each| !each.sections.is_empty());
            sections == Some(true) && hole == "sections"
        };
        for pattern in &sms.shown {
            let good = pattern.has("fields")
                || pattern.names().any(of_sections)
                || (pattern.has("parameter") && pattern.has("value"));
            problems.expect(
                good,
                "sms.shown",
                format!(
                    "'{}' needs {{fields}}, or {{parameter}} and {{value}}",
                    pattern.text()
                ),
            );
        }
        problems.expect(
            sms.shown.is_empty() == sms.ask.is_none(),
            "sms.ask",
            "a question and the answers to it belong together",
        );
        let factory = sms.factory_password.iter().flat_map(|each| each.names());
        for name in factory.filter(|name| *name != "variant") {
            problems.add(
                "sms.factory_password",
                format!("nothing fills '{{{name}}}'"),
            );
        }
    });
}

fn fixed_fields_are_fields_without_a_setting(form: &ProfileForm, problems: &mut Problems) {
    sms(form, |sms| {
        for name in sms.fixed.keys() {
            let path = format!("sms.fixed.{name}");
            let place = Place::named(name);
            let known = match &place {
                Place::Field { command, field } => form
                    .variants
                    .iter()
                    .any(|each| each.field_index(command, field).is_some()),
                Place::Parameter { .. } => false,
            };
            problems.expect(known, path.clone(), "no model has this field");
            let ruled = form
                .variants
                .iter()
                .flat_map(|variant| {
                    form.settings
                        .iter()
                        .map(move |each| replaced(each, variant))
                })
                .find(|setting| setting.places.contains(&place));
            if let Some(setting) = ruled {
                problems.add(path, format!("is ruled by {}", setting.key));
            }
        }
    });
}
