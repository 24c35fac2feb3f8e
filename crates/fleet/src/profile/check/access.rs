//! Checks of how a unit says who it is and how it lets us in.

use super::exchanges::{captures, needs_holes};
use super::{Check, Problems};
use crate::profile::schema::{Access, ProfileForm, Silence};
use std::collections::BTreeSet;

pub(super) const CHECKS: &[Check] = &[
    an_identity_is_asked,
    what_identifies_is_captured,
    the_lock_can_be_seen,
    the_keyword_is_sent_once,
    the_service_code_is_sent_once,
    factory_passwords_are_texts,
    one_shot_exchanges_have_a_witness,
];

fn an_identity_is_asked(form: &ProfileForm, problems: &mut Problems) {
    let identify = &form.identify;
    problems.expect(
        !identify.ask.is_empty(),
        "identify.ask",
        "a unit must be asked who it is",
    );
    for name in identify
        .optional
        .iter()
        .filter(|name| !identify.ask.contains(name))
    {
        problems.add("identify.optional", format!("'{name}' is not among 'ask'"));
    }
    for name in identify
        .not_with_meid
        .iter()
        .filter(|name| !identify.optional.contains(name))
    {
        problems.add(
            "identify.not_with_meid",
            format!("'{name}' is not among 'optional'"),
        );
    }
    const NAMES: [&str; 5] = ["imei", "meid", "esn", "id", "device_id"];
    let names_it = |told: &BTreeSet<&str>| NAMES.iter().any(|word| told.contains(word));
    // A question that may stay unanswered is not enough; where makers have a question each, any of several may name the unit.
    let optional = identify
        .optional
        .iter()
        .filter_map(|name| form.exchange.get(name))
        .filter(|exchange| names_it(&captures(exchange)));
    problems.expect(
        names_it(&sure_facts(form)) || optional.count() > 1,
        "identify.ask",
        "no question that must be answered captures imei, meid, esn, id or device_id, and no two others do",
    );
}

/// Captures of the questions that must be answered.
fn sure_facts(form: &ProfileForm) -> BTreeSet<&str> {
    let identify = &form.identify;
    identify
        .ask
        .iter()
        .filter(|name| !identify.optional.contains(name))
        .filter_map(|name| form.exchange.get(name))
        .flat_map(captures)
        .collect()
}

fn what_identifies_is_captured(form: &ProfileForm, problems: &mut Problems) {
    let sure = sure_facts(form);
    let asked = form
        .identify
        .ask
        .iter()
        .filter_map(|name| form.exchange.get(name));
    let all: BTreeSet<&str> = asked.flat_map(captures).collect();
    for word in form
        .identify
        .required
        .iter()
        .filter(|word| !sure.contains(word.as_str()))
    {
        problems.add(
            "identify.required",
            format!("no question that must be answered captures '{word}'"),
        );
    }
    for variant in &form.variants {
        for word in variant
            .matches
            .keys()
            .filter(|word| !all.contains(word.as_str()))
        {
            problems.add(
                format!("variant.{}.match.{word}", variant.id),
                format!("no question of identify.ask captures '{word}'"),
            );
        }
    }
}

fn the_lock_can_be_seen(form: &ProfileForm, problems: &mut Problems) {
    if let Access::Keyword {
        state,
        login,
        locked_text,
        ..
    } = &form.access
    {
        problems.expect(
            !locked_text.is_empty(),
            "access.locked_text",
            "an empty text cannot be told from none",
        );
        for name in [state, login] {
            let Some(exchange) = form.exchange.get(name) else {
                continue;
            };
            let found = captures(exchange);
            for word in ["locked", "tries_left"]
                .iter()
                .filter(|word| !found.contains(*word))
            {
                problems.add(
                    format!("exchange.{name}.replies"),
                    format!("must capture {{{word}}}"),
                );
            }
        }
        return;
    }
    for (name, exchange) in &form.exchange {
        problems.expect(
            exchange.silence != Silence::Locked,
            format!("exchange.{name}.silence"),
            "'locked' needs access by keyword, where the lock's state can be asked",
        );
    }
}

fn the_keyword_is_sent_once(form: &ProfileForm, problems: &mut Problems) {
    let Access::Keyword { login, .. } = &form.access else {
        return;
    };
    let Some(exchange) = form.exchange.get(login) else {
        return;
    };
    needs_holes(
        &exchange.request,
        &["keyword"],
        &format!("exchange.{login}.request"),
        problems,
    );
    problems.expect(
        exchange.one_shot,
        format!("exchange.{login}.one_shot"),
        "wrong keywords are counted by the unit: this exchange must be one_shot",
    );
}

fn the_service_code_is_sent_once(form: &ProfileForm, problems: &mut Problems) {
    let Access::ServiceCode { exchange: name } = &form.access else {
        return;
    };
    let before = form
        .single
        .as_ref()
        .is_some_and(|single| single.before.contains(name));
    problems.expect(
        before,
        "access.exchange",
        "the code is sent before something is written: name the exchange in single.before too",
    );
    let Some(exchange) = form.exchange.get(name) else {
        return;
    };
    needs_holes(
        &exchange.request,
        &["code"],
        &format!("exchange.{name}.request"),
        problems,
    );
    problems.expect(
        exchange.one_shot && !form.identify.ask.contains(name),
        format!("exchange.{name}.one_shot"),
        "wrong codes are counted and can disable the unit: this exchange must be one_shot, and is never asked to identify",
    );
}

/// One for each model of the largest family: eighteen of Queclink's are known by name.
const MOST_FACTORY_PASSWORDS: usize = 18;

fn factory_passwords_are_texts(form: &ProfileForm, problems: &mut Problems) {
    let Access::PasswordInRequest { factory } = &form.access else {
        return;
    };
    problems.expect(
        factory.len() <= MOST_FACTORY_PASSWORDS,
        "access.factory",
        format!("more than {MOST_FACTORY_PASSWORDS} passwords would be guessing"),
    );
    let reserved = form
        .positional
        .as_ref()
        .map_or("", |each| each.reserved.as_str());
    for password in factory {
        let good = !password.is_empty()
            && password
                .chars()
                .all(|each| each.is_ascii_graphic() && !reserved.contains(each));
        problems.expect(
            good,
            "access.factory",
            format!("'{password}' cannot stand in a request"),
        );
    }
    for password in super::repeated(factory.iter()) {
        problems.add("access.factory", format!("'{password}' stands twice"));
    }
}

fn one_shot_exchanges_have_a_witness(form: &ProfileForm, problems: &mut Problems) {
    for (name, exchange) in form.exchange.iter().filter(|(_, each)| each.one_shot) {
        let logs_in = match &form.access {
            Access::Keyword { login, .. } => login == name,
            Access::ServiceCode { exchange } => exchange == name,
            Access::Open | Access::PasswordInRequest { .. } => false,
        };
        problems.expect(
            logs_in,
            format!("exchange.{name}.one_shot"),
            "form 1 has a witness for the keyword login (access.state) and for a service code that is sent once for each intent, so nothing else can be one_shot",
        );
        problems.expect(
            exchange.tries == 1,
            format!("exchange.{name}.tries"),
            "what must never be sent twice has 1 try",
        );
    }
}
