//! Checks of what exchanges are used for: what strangers hear changes nothing, what asks nothing waits for a report only, and what a unit says
//! is not taken for two things.

use super::{Check, Problems};
use crate::profile::schema::{Access, ProfileForm, Reply, Save};

pub(super) const CHECKS: &[Check] = &[
    strangers_hear_nothing_that_changes_them,
    only_questions_for_reports_are_empty,
    only_reading_and_writing_have_places,
    a_refusal_is_no_reply,
    what_is_ignored_is_told_from_answers,
    only_optional_questions_have_words_for_a_no,
];

/// What is said to a unit of which nothing is known, or before and after anything else, with the key that names it.
fn said_to_all(form: &ProfileForm) -> Vec<(&'static str, &str)> {
    let mut said: Vec<(&'static str, &str)> = Vec::new();
    said.extend(
        form.identify
            .ask
            .iter()
            .map(|name| ("identify.ask", name.as_str())),
    );
    said.extend(
        form.session
            .begin
            .iter()
            .map(|name| ("session.begin", name.as_str())),
    );
    said.extend(
        form.session
            .end
            .iter()
            .map(|name| ("session.end", name.as_str())),
    );
    if let Access::Keyword { state, who, .. } = &form.access {
        said.push(("access.state", state));
        said.extend(who.iter().map(|name| ("access.who", name.as_str())));
    }
    said
}

/// What changes a unit, with what it does.
fn changes(form: &ProfileForm) -> Vec<(&str, &'static str)> {
    let mut found: Vec<(&str, &'static str)> = Vec::new();
    if let Save::Exchange { exchange } = &form.save {
        found.push((exchange, "saves"));
    }
    let restart = form.restart.iter().flat_map(|each| &each.exchange);
    found.extend(restart.map(|name| (name.as_str(), "restarts the unit")));
    let positional = form.positional.iter().flat_map(|each| &each.write);
    found.extend(positional.map(|name| (name.as_str(), "writes")));
    if let Some(single) = &form.single {
        found.extend(single.write.iter().map(|name| (name.as_str(), "writes")));
        let around = single.before.iter().chain(&single.after);
        found.extend(around.map(|name| (name.as_str(), "belongs to writing")));
    }
    found
}

fn strangers_hear_nothing_that_changes_them(form: &ProfileForm, problems: &mut Problems) {
    let changes = changes(form);
    for (path, name) in said_to_all(form) {
        if let Some((_, what)) = changes.iter().find(|(each, _)| *each == name) {
            problems.add(
                path,
                format!("'{name}' {what}: what is said here must not change anything"),
            );
        }
    }
}

fn only_questions_for_reports_are_empty(form: &ProfileForm, problems: &mut Problems) {
    for (name, exchange) in &form.exchange {
        let waits_for_report = form.identify.ask.contains(name);
        problems.expect(
            !exchange.request.text().is_empty() || waits_for_report,
            format!("exchange.{name}.request"),
            "asks nothing: only a question of identify.ask may wait for what comes by itself",
        );
    }
}

/// A place stands in a request only where something is read or written.
fn only_reading_and_writing_have_places(form: &ProfileForm, problems: &mut Problems) {
    let mut plain = said_to_all(form);
    if let Save::Exchange { exchange } = &form.save {
        plain.push(("save.exchange", exchange));
    }
    let restart = form.restart.iter().flat_map(|each| &each.exchange);
    plain.extend(restart.map(|name| ("restart.exchange", name.as_str())));
    let views = form.view.iter();
    plain.extend(views.map(|view| ("view.exchange", view.exchange.as_str())));
    if let Some(single) = &form.single {
        let before = single.before.iter();
        plain.extend(before.map(|name| ("single.before", name.as_str())));
        let after = single.after.iter();
        plain.extend(after.map(|name| ("single.after", name.as_str())));
    }
    for (path, name) in plain {
        let Some(exchange) = form.exchange.get(name) else {
            continue;
        };
        let places = ["command", "fields", "parameter", "value"];
        for hole in places.iter().filter(|hole| exchange.request.has(hole)) {
            problems.add(path, format!("'{name}': nobody can fill {{{hole}}} here"));
        }
    }
}

fn a_refusal_is_no_reply(form: &ProfileForm, problems: &mut Problems) {
    for (name, exchange) in &form.exchange {
        for reply in &exchange.replies {
            let Reply::Frame { any, .. } = reply else {
                continue;
            };
            for no in &exchange.refusals {
                problems.expect(
                    any.iter().all(|yes| yes.text() != no.text()),
                    format!("exchange.{name}.refusals"),
                    format!("'{}' is also a reply: it cannot say no as well", no.text()),
                );
            }
        }
    }
}

fn what_is_ignored_is_told_from_answers(form: &ProfileForm, problems: &mut Problems) {
    for pattern in &form.unsolicited.ignore {
        problems.expect(
            !pattern.fits_any_line(),
            "unsolicited.ignore",
            format!("'{}' fits every line, answers too", pattern.text()),
        );
    }
}

/// Elsewhere a 'no' ends what was begun and has words of its own.
fn only_optional_questions_have_words_for_a_no(form: &ProfileForm, problems: &mut Problems) {
    for (name, exchange) in &form.exchange {
        let is_optional = form.identify.optional.contains(name);
        for (key, is_there) in [
            ("refused_means", exchange.refused_means.is_some()),
            ("only_without", exchange.only_without.is_some()),
        ] {
            problems.expect(
                is_optional || !is_there,
                format!("exchange.{name}.{key}"),
                "has a meaning on a question of identify.optional only",
            );
        }
    }
}
