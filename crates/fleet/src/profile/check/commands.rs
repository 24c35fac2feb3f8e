//! Checks of the ways to read, write and restart: dumps, batches, positional commands.

use super::exchanges::{LONGEST_MS, MOST_TRIES, needs_holes};
use super::{Check, Problems};
use crate::profile::schema::{Framing, ProfileForm, Reply};

pub(super) const CHECKS: &[Check] = &[
    the_dump_can_be_counted,
    batches_can_be_written,
    positional_commands_can_be_read_and_written,
    the_restart_has_its_time,
];

fn the_dump_can_be_counted(form: &ProfileForm, problems: &mut Problems) {
    let Some(parameters) = &form.parameters else {
        return;
    };
    let dump = &parameters.dump;
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
    if let Some(exchange) = form.exchange.get(&positional.read) {
        let path = format!("exchange.{}", positional.read);
        needs_holes(
            &exchange.request,
            &["command"],
            &format!("{path}.request"),
            problems,
        );
        match exchange.replies.last() {
            Some(Reply::Frame { any, .. }) => {
                for pattern in any {
                    needs_holes(pattern, &["fields"], &format!("{path}.replies"), problems);
                }
            }
            _ => problems.add(
                format!("{path}.replies"),
                "the last reply must be a frame that captures {fields}",
            ),
        }
    }
    if let Some(exchange) = form.exchange.get(&positional.write) {
        let path = format!("exchange.{}.request", positional.write);
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
