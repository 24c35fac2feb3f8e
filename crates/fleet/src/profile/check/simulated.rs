//! Checks of the simulated unit: that it is one of the models, and can say what a real one would.

use super::{Check, Problems};
use crate::profile::pattern::{Captures, Pattern};
use crate::profile::schema::{Access, ProfileForm, Reply, SimulatedModel};
use std::collections::BTreeSet;

pub(super) const CHECKS: &[Check] = &[
    times_are_ranges,
    the_line_has_a_speed,
    fillers_stay_in_bounds,
    there_is_a_simulated_unit,
    simulated_units_are_recognised,
    simulated_numbers_have_their_form,
    simulated_passwords_are_given,
    initial_values_have_a_place,
    simulated_replies_can_be_filled,
];

const LONGEST_MS: u64 = 120_000;

/// What a simulated unit can fill in besides its facts: identity, clock and counters, and what its lock is like.
const ALWAYS_KNOWN: [&str; 24] = [
    "label",
    "device_id",
    "sections",
    "code",
    "id",
    "imei",
    "meid",
    "iccid",
    "time",
    "count",
    "serial",
    "command",
    "fields",
    "parameter",
    "value",
    "accepted",
    "index",
    "locked",
    "tries_left",
    "valid",
    "has_keyword",
    "authenticated",
    "date",
    "text",
];

fn times_are_ranges(form: &ProfileForm, problems: &mut Problems) {
    let simulator = &form.simulator;
    for (key, (least, greatest)) in [
        ("reply_ms", simulator.reply_ms),
        ("second_reply_ms", simulator.second_reply_ms),
        ("restart_ms", simulator.restart_ms),
        ("unsolicited_every_ms", simulator.unsolicited_every_ms),
    ] {
        problems.expect(
            least <= greatest && greatest <= LONGEST_MS,
            format!("simulator.{key}"),
            format!("least first, then greatest, at most {LONGEST_MS}"),
        );
    }
    problems.expect(
        simulator.unsolicited.is_empty() || simulator.unsolicited_every_ms.0 > 0,
        "simulator.unsolicited_every_ms",
        "more than 0, or the line would be full",
    );
}

fn the_line_has_a_speed(form: &ProfileForm, problems: &mut Problems) {
    problems.expect(
        (10..=100_000_000).contains(&form.simulator.bytes_per_s),
        "simulator.bytes_per_s",
        "10 to 100000000",
    );
}

fn fillers_stay_in_bounds(form: &ProfileForm, problems: &mut Problems) {
    let simulator = &form.simulator;
    problems.expect(
        simulator.filler_parameters <= 20_000,
        "simulator.filler_parameters",
        "at most 20000",
    );
    problems.expect(
        simulator.filler_parameters == 0 || form.parameters.is_some(),
        "simulator.filler_parameters",
        "the profile has no [parameters]",
    );
}

fn there_is_a_simulated_unit(form: &ProfileForm, problems: &mut Problems) {
    problems.expect(
        form.simulator.units.iter().any(|unit| !unit.only_if_named),
        "simulator.unit",
        "needs at least one that is not only_if_named: every profile is tried against its own unit",
    );
}

/// Path of a simulated unit: its place in the file, and its variant.
fn each_unit(form: &ProfileForm) -> impl Iterator<Item = (String, &SimulatedModel)> {
    form.simulator
        .units
        .iter()
        .enumerate()
        .map(|(index, unit)| (format!("simulator.unit.{}", index + 1), unit))
}

fn simulated_units_are_recognised(form: &ProfileForm, problems: &mut Problems) {
    for (path, unit) in each_unit(form) {
        if !form
            .variants
            .iter()
            .any(|variant| variant.id == unit.variant)
        {
            let problem = format!("there is no variant '{}'", unit.variant);
            problems.add(format!("{path}.variant"), problem);
            continue;
        }
        let facts: Captures = unit.facts.clone();
        let found = form.variants.iter().find(|variant| variant.fits(&facts));
        match found {
            Some(variant) if variant.id == unit.variant => {}
            Some(variant) => problems.add(
                format!("{path}.facts"),
                format!(
                    "are recognised as '{}', not as '{}'",
                    variant.id, unit.variant
                ),
            ),
            None => problems.add(
                format!("{path}.facts"),
                format!("are not recognised as '{}'", unit.variant),
            ),
        }
    }
}

fn simulated_numbers_have_their_form(form: &ProfileForm, problems: &mut Problems) {
    for (path, unit) in each_unit(form) {
        let prefix = &unit.identity_prefix;
        let good = if unit.meid {
            prefix.len() == 8
                && prefix.starts_with(|each: char| matches!(each, 'A'..='F'))
                && prefix
                    .chars()
                    .all(|each| matches!(each, '0'..='9' | 'A'..='F'))
        } else {
            prefix.len() == 8 && prefix.chars().all(|each| each.is_ascii_digit())
        };
        problems.expect(
            good,
            format!("{path}.identity_prefix"),
            "eight digits of an IMEI, or eight hexadecimal ones of a MEID that begin with A to F",
        );
        let iccid = unit.iccid_prefix.as_ref().is_none_or(|prefix| {
            prefix.starts_with("89")
                && (4..=14).contains(&prefix.len())
                && prefix.chars().all(|each| each.is_ascii_digit())
        });
        problems.expect(
            iccid,
            format!("{path}.iccid_prefix"),
            "4 to 14 digits that begin with 89",
        );
    }
}

fn simulated_passwords_are_given(form: &ProfileForm, problems: &mut Problems) {
    let Access::PasswordInRequest { .. } = form.access else {
        return;
    };
    for (path, unit) in each_unit(form) {
        problems.expect(
            unit.password.is_some(),
            format!("{path}.password"),
            "units of this family have a password in each request",
        );
    }
}

fn initial_values_have_a_place(form: &ProfileForm, problems: &mut Problems) {
    for (path, unit) in each_unit(form) {
        let Some(variant) = form
            .variants
            .iter()
            .find(|variant| variant.id == unit.variant)
        else {
            continue;
        };
        for place in unit.initial.keys() {
            let there = match place.split_once('.') {
                Some((command, field)) => variant.field_index(command, field).is_some(),
                None => form.parameters.is_some() || form.single.is_some(),
            };
            problems.expect(
                there,
                format!("{path}.initial.{place}"),
                format!("'{}' has no such place", unit.variant),
            );
        }
    }
}

/// The simulated unit says the first pattern of each reply that it can fill, so there must be one.
fn simulated_replies_can_be_filled(form: &ProfileForm, problems: &mut Problems) {
    for (path, unit) in each_unit(form) {
        let known: BTreeSet<&str> = unit
            .facts
            .keys()
            .map(String::as_str)
            .chain(ALWAYS_KNOWN)
            .chain(form.view.iter().flat_map(super::super::schema::View::words))
            .collect();
        let mut missing = BTreeSet::new();
        let variant = form
            .variants
            .iter()
            .find(|variant| variant.id == unit.variant);
        let unanswered = |name: &String| {
            let viewed = form.view.iter().any(|view| view.exchange == *name);
            viewed && variant.is_none_or(|variant| !variant.views.contains(name))
        };
        for (_, exchange) in form.exchange.iter().filter(|(name, _)| !unanswered(name)) {
            for reply in &exchange.replies {
                match reply {
                    Reply::Frame { any, .. } => {
                        let sayable =
                            |each: &Pattern| each.names().all(|name| known.contains(name));
                        if !any.iter().any(sayable) {
                            missing.extend(any.iter().flat_map(Pattern::names));
                        }
                    }
                    Reply::Table { into, .. } => missing.extend(into.values().map(String::as_str)),
                }
            }
        }
        missing.extend(form.simulator.unsolicited.iter().flat_map(Pattern::names));
        for word in missing.difference(&known) {
            problems.add(
                format!("{path}.facts"),
                format!("'{word}' stands in what the unit says, and nothing fills it"),
            );
        }
    }
}
