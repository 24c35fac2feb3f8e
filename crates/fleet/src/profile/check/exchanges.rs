//! Checks of patterns and exchanges: every name exists, every hole can be filled, every time limit is one.

use super::{Check, Problems, is_word};
use crate::profile::pattern::Pattern;
use crate::profile::schema::{Access, Exchange, ProfileForm, Reply, Save};
use std::collections::BTreeSet;

pub(super) const CHECKS: &[Check] = &[
    patterns_are_patterns,
    exchanges_that_are_named_exist,
    the_time_limits_are_sensible,
    replies_have_a_pattern,
    tables_can_be_read,
    requests_can_be_filled,
];

/// Longest time limit of anything a unit is asked.
pub(super) const LONGEST_MS: u64 = 300_000;
pub(super) const MOST_TRIES: u32 = 10;

/// Every pattern of the file with its path, except a model's name.
fn patterns(form: &ProfileForm) -> Vec<(String, &Pattern)> {
    let mut found = Vec::new();
    let mut add = |path: String, pattern| found.push((path, pattern));
    for pattern in &form.unsolicited.ignore {
        add("unsolicited.ignore".to_owned(), pattern);
    }
    for (index, sign) in form.unsolicited.sign.iter().enumerate() {
        if let Some(pattern) = &sign.pattern {
            add(format!("unsolicited.sign.{}.pattern", index + 1), pattern);
        }
    }
    for (name, exchange) in &form.exchange {
        add(format!("exchange.{name}.request"), &exchange.request);
        for pattern in &exchange.refusals {
            add(format!("exchange.{name}.refusals"), pattern);
        }
        for (index, reply) in exchange.replies.iter().enumerate() {
            let path = format!("exchange.{name}.replies.{}", index + 1);
            match reply {
                Reply::Frame { any, .. } => {
                    for pattern in any {
                        add(format!("{path}.any"), pattern);
                    }
                }
                Reply::Table { line, .. } => add(format!("{path}.line"), line),
            }
        }
    }
    if let Some(parameters) = &form.parameters {
        let write = &parameters.write;
        if let Some(dump) = &parameters.dump {
            add("parameters.dump.request".to_owned(), &dump.request);
            add("parameters.dump.start".to_owned(), &dump.start);
            add("parameters.dump.line".to_owned(), &dump.line);
            add("parameters.dump.end".to_owned(), &dump.end);
        }
        add("parameters.write.request".to_owned(), &write.request);
        add("parameters.write.pair".to_owned(), &write.pair);
        for pattern in &write.replies {
            add("parameters.write.replies".to_owned(), pattern);
        }
    }
    let undefined = form.positional.iter().flat_map(|each| &each.undefined);
    for pattern in undefined.flat_map(|each| &each.says) {
        add("positional.undefined.says".to_owned(), pattern);
    }
    for pattern in &form.simulator.unsolicited {
        add("simulator.unsolicited".to_owned(), pattern);
    }
    found
}

fn patterns_are_patterns(form: &ProfileForm, problems: &mut Problems) {
    for (path, pattern) in patterns(form) {
        if let Some(problem) = pattern.problem() {
            problems.add(path, format!("'{}': {problem}", pattern.text()));
        }
    }
}

/// Every place of the file that names an exchange.
fn named_exchanges(form: &ProfileForm) -> Vec<(&'static str, &str)> {
    let mut named: Vec<(&'static str, &str)> = Vec::new();
    if let Access::Keyword {
        state, login, who, ..
    } = &form.access
    {
        named.extend([("access.state", state.as_str()), ("access.login", login)]);
        named.extend(who.iter().map(|each| ("access.who", each.as_str())));
    }
    named.extend(
        form.session
            .begin
            .iter()
            .map(|each| ("session.begin", each.as_str())),
    );
    named.extend(
        form.session
            .end
            .iter()
            .map(|each| ("session.end", each.as_str())),
    );
    named.extend(
        form.identify
            .ask
            .iter()
            .map(|each| ("identify.ask", each.as_str())),
    );
    if let Access::ServiceCode { exchange } = &form.access {
        named.push(("access.exchange", exchange));
    }
    if let Some(positional) = &form.positional {
        named.extend(
            positional
                .read
                .iter()
                .map(|each| ("positional.read", each.as_str())),
        );
        named.extend(
            positional
                .write
                .iter()
                .map(|each| ("positional.write", each.as_str())),
        );
    }
    if let Some(single) = &form.single {
        named.extend(
            single
                .read
                .iter()
                .map(|each| ("single.read", each.as_str())),
        );
        named.extend(
            single
                .write
                .iter()
                .map(|each| ("single.write", each.as_str())),
        );
        named.extend(
            single
                .before
                .iter()
                .map(|each| ("single.before", each.as_str())),
        );
        named.extend(
            single
                .after
                .iter()
                .map(|each| ("single.after", each.as_str())),
        );
    }
    named.extend(
        form.view
            .iter()
            .map(|view| ("view.exchange", view.exchange.as_str())),
    );
    if let Save::Exchange { exchange } = &form.save {
        named.push(("save.exchange", exchange));
    }
    if let Some(exchange) = form
        .restart
        .as_ref()
        .and_then(|each| each.exchange.as_ref())
    {
        named.push(("restart.exchange", exchange));
    }
    named
}

fn exchanges_that_are_named_exist(form: &ProfileForm, problems: &mut Problems) {
    for (path, name) in named_exchanges(form) {
        problems.expect(
            form.exchange.contains_key(name),
            path,
            format!("there is no exchange '{name}'"),
        );
    }
    for name in form.exchange.keys() {
        problems.expect(
            is_word(name),
            format!("exchange.{name}"),
            "use lower-case letters, digits and _",
        );
        problems.expect(
            named_exchanges(form).iter().any(|(_, used)| used == name),
            format!("exchange.{name}"),
            "nothing uses this exchange",
        );
    }
}

fn the_time_limits_are_sensible(form: &ProfileForm, problems: &mut Problems) {
    for (name, exchange) in &form.exchange {
        let path = |key: &str| format!("exchange.{name}.{key}");
        problems.expect(
            exchange.timeout_ms <= LONGEST_MS,
            path("timeout_ms"),
            format!("at most {LONGEST_MS}"),
        );
        problems.expect(
            exchange.timeout_ms > 0 || exchange.replies.is_empty(),
            path("timeout_ms"),
            "a reply needs time to come",
        );
        problems.expect(
            (1..=MOST_TRIES).contains(&exchange.tries),
            path("tries"),
            format!("1 to {MOST_TRIES}"),
        );
        for (key, pause) in [
            ("retry_pause_ms", exchange.retry_pause_ms),
            ("pause_after_ms", exchange.pause_after_ms),
        ] {
            problems.expect(
                pause <= LONGEST_MS,
                path(key),
                format!("at most {LONGEST_MS}"),
            );
        }
    }
}

fn replies_have_a_pattern(form: &ProfileForm, problems: &mut Problems) {
    for (name, exchange) in &form.exchange {
        for (index, reply) in exchange.replies.iter().enumerate() {
            let Reply::Frame {
                any,
                within_ms,
                optional,
            } = reply
            else {
                continue;
            };
            let path = format!("exchange.{name}.replies.{}", index + 1);
            problems.expect(
                !optional || (index > 0 && index + 1 == exchange.replies.len()),
                format!("{path}.optional"),
                "only the last of several replies can be left out",
            );
            problems.expect(
                !any.is_empty(),
                format!("{path}.any"),
                "needs at least one pattern",
            );
            problems.expect(
                within_ms.is_none_or(|limit| (1..=LONGEST_MS).contains(&limit)),
                format!("{path}.within_ms"),
                format!("1 to {LONGEST_MS}"),
            );
        }
    }
}

fn tables_can_be_read(form: &ProfileForm, problems: &mut Problems) {
    for (name, exchange) in &form.exchange {
        for (index, reply) in exchange.replies.iter().enumerate() {
            let Reply::Table {
                line,
                into,
                complete,
                quiet_ms,
            } = reply
            else {
                continue;
            };
            let path = format!("exchange.{name}.replies.{}", index + 1);
            needs_holes(line, &["index", "value"], &format!("{path}.line"), problems);
            problems.expect(
                !into.is_empty(),
                format!("{path}.into"),
                "gives no value a name",
            );
            for word in into.values().filter(|word| !is_word(word)) {
                problems.add(
                    format!("{path}.into"),
                    format!("'{word}': use lower-case letters, digits and _"),
                );
            }
            for each in complete.iter().filter(|each| !into.contains_key(*each)) {
                problems.add(
                    format!("{path}.complete"),
                    format!("line {each} has no name in 'into'"),
                );
            }
            problems.expect(
                (1..=LONGEST_MS).contains(quiet_ms),
                format!("{path}.quiet_ms"),
                format!("1 to {LONGEST_MS}"),
            );
        }
    }
}

pub(super) fn needs_holes(pattern: &Pattern, names: &[&str], path: &str, problems: &mut Problems) {
    if pattern.problem().is_some() {
        return;
    }
    for name in names.iter().filter(|name| !pattern.has(name)) {
        problems.add(path, format!("'{}' needs {{{name}}}", pattern.text()));
    }
}

/// What an exchange's replies can capture.
pub(super) fn captures(exchange: &Exchange) -> BTreeSet<&str> {
    let mut found = BTreeSet::new();
    for reply in &exchange.replies {
        match reply {
            Reply::Frame { any, .. } => found.extend(any.iter().flat_map(Pattern::names)),
            Reply::Table { into, .. } => found.extend(into.values().map(String::as_str)),
        }
    }
    found
}

/// What is known of every unit once it is identified.
fn facts(form: &ProfileForm) -> BTreeSet<&str> {
    form.identify
        .ask
        .iter()
        .filter_map(|name| form.exchange.get(name))
        .flat_map(captures)
        .collect()
}

fn requests_can_be_filled(form: &ProfileForm, problems: &mut Problems) {
    let facts = facts(form);
    let has_password = matches!(form.access, Access::PasswordInRequest { .. });
    for (name, exchange) in &form.exchange {
        let positional = form.positional.as_ref();
        let reads = positional.is_some_and(|each| each.read.as_ref() == Some(name));
        let writes = positional.is_some_and(|each| each.write.as_ref() == Some(name));
        let logs_in = matches!(&form.access, Access::Keyword { login, .. } if login == name);
        let asked = form.identify.ask.contains(name);
        let single = form.single.as_ref();
        let reads_one = single.is_some_and(|each| each.read.as_ref() == Some(name));
        let writes_one = single.is_some_and(|each| each.write.as_ref() == Some(name));
        let sends_code =
            matches!(&form.access, Access::ServiceCode { exchange } if exchange == name);
        for hole in exchange.request.names() {
            let filled = match hole {
                "serial" => true,
                "password" => has_password,
                "keyword" => logs_in,
                "command" => reads || writes,
                "fields" => writes,
                "parameter" => reads_one || writes_one,
                "value" => writes_one,
                "code" => sends_code,
                "label" => true,
                fact => !asked && facts.contains(fact),
            };
            problems.expect(
                filled,
                format!("exchange.{name}.request"),
                format!("nobody can fill {{{hole}}} here"),
            );
        }
    }
    if let Some(parameters) = &form.parameters {
        if let Some(dump) = &parameters.dump {
            no_other_holes(&dump.request, &[], "parameters.dump.request", problems);
        }
        let known: Vec<&str> = facts.iter().copied().chain(["pairs"]).collect();
        no_other_holes(
            &parameters.write.request,
            &known,
            "parameters.write.request",
            problems,
        );
        let pair = ["parameter", "value"];
        no_other_holes(
            &parameters.write.pair,
            &pair,
            "parameters.write.pair",
            problems,
        );
    }
}

fn no_other_holes(pattern: &Pattern, known: &[&str], path: &str, problems: &mut Problems) {
    for hole in pattern.names().filter(|hole| !known.contains(hole)) {
        problems.add(path, format!("nobody can fill {{{hole}}} here"));
    }
}
