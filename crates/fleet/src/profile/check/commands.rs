//! Checks of the ways to read, write and restart: dumps, batches, positional commands.

use super::exchanges::{LONGEST_MS, MOST_TRIES, needs_holes};
use super::{Check, Problems};
use crate::profile::schema::{Framing, Place, ProfileForm, Reply};
use crate::profile::variant::replaced;

pub(super) const CHECKS: &[Check] = &[
    the_dump_can_be_counted,
    batches_can_be_written,
    positional_commands_can_be_read_and_written,
    single_parameters_can_be_read_and_written,
    views_show_places,
    what_cannot_be_shown_is_said_to_be_so,
    the_restart_has_its_time,
];

fn the_dump_can_be_counted(form: &ProfileForm, problems: &mut Problems) {
    let Some(dump) = form.parameters.as_ref().and_then(|each| each.dump.as_ref()) else {
        return;
    };
    needs_holes(
        &dump.line,
        &["parameter", "value"],
        "parameters.dump.line",
        problems,
    );
    needs_holes(&dump.end, &["count"], "parameters.dump.end", problems);
    problems.expect(
        (1..=LONGEST_MS).contains(&dump.idle_ms),
        "parameters.dump.idle_ms",
        format!("1 to {LONGEST_MS}"),
    );
    problems.expect(
        (dump.idle_ms..=LONGEST_MS).contains(&dump.timeout_ms),
        "parameters.dump.timeout_ms",
        format!("from idle_ms to {LONGEST_MS}"),
    );
    problems.expect(
        dump.not_ready_pause_ms <= LONGEST_MS,
        "parameters.dump.not_ready_pause_ms",
        format!("at most {LONGEST_MS}"),
    );
    problems.expect(
        (1..=MOST_TRIES).contains(&dump.tries),
        "parameters.dump.tries",
        format!("1 to {MOST_TRIES}"),
    );
}

fn batches_can_be_written(form: &ProfileForm, problems: &mut Problems) {
    let Some(parameters) = &form.parameters else {
        return;
    };
    let write = &parameters.write;
    needs_holes(
        &write.request,
        &["pairs"],
        "parameters.write.request",
        problems,
    );
    needs_holes(
        &write.pair,
        &["parameter", "value"],
        "parameters.write.pair",
        problems,
    );
    problems.expect(
        !write.replies.is_empty(),
        "parameters.write.replies",
        "an answer is needed: nothing is written into silence",
    );
    problems.expect(
        (64..=65_536).contains(&write.max_bytes),
        "parameters.write.max_bytes",
        "64 to 65536",
    );
    problems.expect(
        (1..=LONGEST_MS).contains(&write.timeout_ms),
        "parameters.write.timeout_ms",
        format!("1 to {LONGEST_MS}"),
    );
    problems.expect(
        (1..=MOST_TRIES).contains(&write.tries),
        "parameters.write.tries",
        format!("1 to {MOST_TRIES}"),
    );
    separator_is_reserved(
        &write.separator,
        &write.reserved,
        "parameters.write",
        problems,
    );
}

fn separator_is_reserved(separator: &str, reserved: &str, path: &str, problems: &mut Problems) {
    problems.expect(
        !separator.is_empty() && separator.chars().all(|each| reserved.contains(each)),
        format!("{path}.reserved"),
        format!("must contain the separator '{separator}', or a value could look like two"),
    );
}

fn positional_commands_can_be_read_and_written(form: &ProfileForm, problems: &mut Problems) {
    let Some(positional) = &form.positional else {
        return;
    };
    let read = positional.read.as_ref();
    if let Some((name, exchange)) = read.and_then(|name| Some((name, form.exchange.get(name)?))) {
        let path = format!("exchange.{name}");
        let hole = if positional.sections.is_empty() {
            let named = |reply: &Reply| matches!(reply, Reply::Frame { any, .. } if any.iter().all(|each| each.has("command")));
            problems.expect(
                exchange.request.has("command")
                    || (positional.together && exchange.replies.iter().any(named)),
                format!("{path}.request"),
                "needs {command}",
            );
            "fields"
        } else {
            "sections"
        };
        let shows = |reply: &Reply| matches!(reply, Reply::Frame { any, .. } if !any.is_empty() && any.iter().all(|each| each.has(hole)));
        problems.expect(
            exchange.replies.iter().any(shows),
            format!("{path}.replies"),
            format!("one reply must be a frame that captures {{{hole}}}"),
        );
    }
    for name in form
        .variants
        .iter()
        .flat_map(|variant| variant.fields.keys())
    {
        problems.expect(
            positional.sections.is_empty() || positional.sections.contains(name),
            "positional.sections",
            format!("does not name {name}, which models have"),
        );
    }
    if let Some(undefined) = &positional.undefined {
        let path = "positional.undefined";
        problems.expect(
            positional.read.is_some() && !undefined.says.is_empty(),
            format!("{path}.says"),
            "needs a word of the unit, and an exchange that reads",
        );
        for (command, fields) in &undefined.fields {
            let mut lists = form
                .variants
                .iter()
                .filter_map(|each| each.fields.get(command));
            problems.expect(
                lists.any(|names| names.len() == fields.len()),
                format!("{path}.fields.{command}"),
                format!(
                    "no model has a command {command} of {} fields",
                    fields.len()
                ),
            );
        }
    }
    if let Some(quote) = positional.quote {
        problems.expect(
            positional.reserved.contains(quote),
            "positional.reserved",
            format!("must contain the quotation mark {quote}"),
        );
    }
    let write = positional.write.as_ref();
    if let Some((name, exchange)) = write.and_then(|name| Some((name, form.exchange.get(name)?))) {
        let path = format!("exchange.{name}.request");
        needs_holes(&exchange.request, &["command", "fields"], &path, problems);
    }
    separator_is_reserved(
        &positional.separator,
        &positional.reserved,
        "positional",
        problems,
    );
    if let Framing::Terminator { end, .. } = &form.line.framing {
        problems.expect(
            positional.reserved.contains(*end),
            "positional.reserved",
            format!("must contain the end of a frame '{end}'"),
        );
    }
}

fn single_parameters_can_be_read_and_written(form: &ProfileForm, problems: &mut Problems) {
    let Some(single) = &form.single else {
        return;
    };
    problems.expect(
        form.parameters.is_none(),
        "single",
        "a profile has either [parameters] or [single]",
    );
    problems.expect(
        single.read.is_some() || single.write.is_some(),
        "single",
        "needs read, write or both",
    );
    for parameter in &single.quoted {
        let is_it = |place: &Place| place.to_string() == *parameter;
        problems.expect(
            form.settings
                .iter()
                .any(|setting| setting.places.iter().any(is_it)),
            "single.quoted",
            format!("no setting stands at {parameter}"),
        );
        problems.expect(
            single.reserved.contains('"'),
            "single.reserved",
            "must contain the quotation mark that stands around values",
        );
    }
    if let Some(exchange) = single
        .read
        .as_ref()
        .and_then(|name| form.exchange.get(name))
    {
        let path = "single.read";
        needs_holes(&exchange.request, &["parameter"], path, problems);
        let shows = |reply: &Reply| matches!(reply, Reply::Frame { any, .. } if any.iter().any(|each| each.has("value")));
        problems.expect(
            exchange.replies.iter().any(shows),
            path,
            "no reply captures {value}",
        );
    }
    if let Some(exchange) = single
        .write
        .as_ref()
        .and_then(|name| form.exchange.get(name))
    {
        needs_holes(
            &exchange.request,
            &["parameter", "value"],
            "single.write",
            problems,
        );
        problems.expect(
            !exchange.replies.is_empty(),
            "single.write",
            "an answer is needed: nothing is written into silence",
        );
    }
}

fn views_show_places(form: &ProfileForm, problems: &mut Problems) {
    for (index, view) in form.view.iter().enumerate() {
        let path = format!("view.{}.into", index + 1);
        problems.expect(view.words().next().is_some(), path.clone(), "shows nothing");
        problems.expect(
            view.pairs.is_none() || form.parameters.is_some(),
            format!("view.{}.pairs", index + 1),
            "needs parameters.write, whose form the pairs have",
        );
        let Some(exchange) = form.exchange.get(&view.exchange) else {
            continue;
        };
        let captured = super::exchanges::captures(exchange);
        for word in view.words().filter(|word| !captured.contains(word)) {
            problems.add(
                path.clone(),
                format!("the exchange does not capture '{word}'"),
            );
        }
    }
    for variant in &form.variants {
        for name in &variant.views {
            problems.expect(
                form.view.iter().any(|view| view.exchange == *name),
                format!("variant.{}.views", variant.id),
                format!("there is no view of the exchange '{name}'"),
            );
        }
    }
}

/// A setting that no question of the model can show must not be promised as one that can be proved.
fn what_cannot_be_shown_is_said_to_be_so(form: &ProfileForm, problems: &mut Problems) {
    let positional = form.positional.as_ref();
    let shows_commands = positional.is_none_or(|each| each.read.is_some());
    let shows_singles = form.single.as_ref().is_none_or(|each| each.read.is_some());
    let dumps = form
        .parameters
        .as_ref()
        .is_none_or(|each| each.dump.is_some());
    for variant in &form.variants {
        let views = form
            .view
            .iter()
            .filter(|view| variant.views.contains(&view.exchange));
        let lists = views.clone().any(|view| view.pairs.is_some());
        let viewed: Vec<Place> = views
            .flat_map(|view| view.into.values().map(|name| Place::named(name)))
            .collect();
        for setting in &form.settings {
            if variant.lacks.contains_key(&setting.key) {
                continue;
            }
            let setting = replaced(setting, variant);
            let hidden = setting.places.iter().find(|place| {
                let shown = match place {
                    Place::Parameter { .. } => shows_singles && (dumps || lists),
                    Place::Field { .. } => shows_commands,
                };
                !shown && !viewed.contains(place)
            });
            if let Some(place) = hidden {
                problems.expect(
                    !setting.readable,
                    format!("setting.{}.readable", setting.key),
                    format!(
                        "nothing shows {place} on {}: it must be false there",
                        variant.id
                    ),
                );
            }
        }
    }
}

fn the_restart_has_its_time(form: &ProfileForm, problems: &mut Problems) {
    let Some(restart) = &form.restart else {
        return;
    };
    problems.expect(
        restart.usual_ms > 0 && restart.usual_ms <= restart.longest_ms,
        "restart.usual_ms",
        "more than 0 and at most longest_ms",
    );
    problems.expect(
        restart.longest_ms <= LONGEST_MS,
        "restart.longest_ms",
        format!("at most {LONGEST_MS}"),
    );
}
