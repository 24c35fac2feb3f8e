//! Checks of the head of a profile and of its serial line.

use super::{Check, Problems};
use crate::profile::schema::{Framing, ProfileForm, SignMeaning};

pub(super) const CHECKS: &[Check] = &[
    the_form_is_known,
    the_id_is_a_name,
    the_name_is_readable,
    the_baud_rate_is_possible,
    the_pauses_are_short,
    usb_ids_have_their_form,
    frames_can_be_told_apart,
    signs_say_what_they_look_for,
];

/// Longest pause on the line that a person would still take for work.
const LONGEST_PAUSE_MS: u64 = 10_000;

fn the_form_is_known(form: &ProfileForm, problems: &mut Problems) {
    problems.expect(
        form.schema == 1,
        "schema",
        format!("this program reads form 1, the file says {}", form.schema),
    );
}

fn the_id_is_a_name(form: &ProfileForm, problems: &mut Problems) {
    let word = |word: &str| {
        !word.is_empty()
            && word
                .chars()
                .all(|each| each.is_ascii_lowercase() || each.is_ascii_digit())
    };
    problems.expect(
        form.id.len() <= 40 && form.id.split('-').all(word),
        "id",
        "use lower-case words joined by -, such as teltonika-fmb",
    );
}

fn the_name_is_readable(form: &ProfileForm, problems: &mut Problems) {
    problems.expect(
        !form.name.trim().is_empty() && form.name.chars().count() <= 80,
        "name",
        "needs 1 to 80 characters for people",
    );
}

fn the_baud_rate_is_possible(form: &ProfileForm, problems: &mut Problems) {
    problems.expect(
        (300..=4_000_000).contains(&form.line.baud),
        "line.baud",
        "300 to 4000000",
    );
}

fn the_pauses_are_short(form: &ProfileForm, problems: &mut Problems) {
    for (key, pause) in [
        ("line.pause_ms", form.line.pause_ms),
        ("line.quiet_ms", form.line.quiet_ms),
    ] {
        problems.expect(
            pause <= LONGEST_PAUSE_MS,
            key,
            format!("at most {LONGEST_PAUSE_MS} milliseconds"),
        );
    }
}

fn usb_ids_have_their_form(form: &ProfileForm, problems: &mut Problems) {
    for id in &form.line.usb_ids {
        let half =
            |half: &str| half.len() == 4 && half.chars().all(|each| each.is_ascii_hexdigit());
        let good = id
            .split_once(':')
            .is_some_and(|(vendor, product)| half(vendor) && half(product));
        problems.expect(
            good,
            "line.usb_ids",
            format!(
                "'{id}' is not four hexadecimal digits, a colon and four more, as in 0483:5740"
            ),
        );
    }
}

fn frames_can_be_told_apart(form: &ProfileForm, problems: &mut Problems) {
    if let Framing::Counted {
        request_start,
        reply_start,
    } = &form.line.framing
    {
        for start in [request_start, reply_start] {
            let good = start.len() == 2 && start.chars().all(|each| each.is_ascii_punctuation());
            problems.expect(
                good,
                "line.framing",
                format!("'{start}' cannot start a frame: two punctuation characters are needed"),
            );
        }
        problems.expect(
            form.line.request_end.is_empty(),
            "line.request_end",
            "a counted frame carries its own end",
        );
    }
    let Framing::Terminator {
        end,
        also_end,
        also_end_means,
        starts,
    } = &form.line.framing
    else {
        return;
    };
    let is_end = |each: char| each == *end || Some(each) == *also_end;
    problems.expect(
        also_end_means.is_none() || also_end.is_some(),
        "line.framing.also_end_means",
        "says what 'also_end' means, which is not there",
    );
    problems.expect(
        !starts.is_empty(),
        "line.framing.starts",
        "needs at least one way a frame can start",
    );
    for start in starts {
        problems.expect(
            !start.is_empty() && !start.contains(is_end),
            "line.framing.starts",
            format!("'{start}' cannot start a frame: it is empty or contains the end"),
        );
    }
}

fn signs_say_what_they_look_for(form: &ProfileForm, problems: &mut Problems) {
    for (index, sign) in form.unsolicited.sign.iter().enumerate() {
        let path = format!("unsolicited.sign.{}", index + 1);
        problems.expect(
            sign.pattern.is_some() != sign.bytes.is_some(),
            path.clone(),
            "needs either pattern or bytes",
        );
        problems.expect(
            sign.bytes.as_ref().is_none_or(|bytes| !bytes.is_empty()),
            path.clone(),
            "bytes are empty and would be everywhere",
        );
        problems.expect(
            sign.not_followed_by.is_none() || sign.bytes.is_some(),
            path.clone(),
            "not_followed_by belongs to bytes",
        );
        problems.expect(
            sign.means != SignMeaning::Started || sign.pattern.is_some(),
            path,
            "a start is told by a whole frame: it needs pattern",
        );
    }
}
