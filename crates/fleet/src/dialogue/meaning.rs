//! What one frame means for the question under way: a reply, an echo, a refusal, somebody else's, or nothing.
//!
//! Only looks; `exchange` acts on it.

use super::exchange::Asking;
use super::question::Expect;
use super::talk::{IDENTITY_NAMES, Talk, Whose};
use crate::profile::{Captures, Pattern, Reply, SignMeaning};
use std::collections::BTreeMap;

/// What a frame means.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Meaning {
    /// Not what was asked for.
    Nothing,
    /// Our own request.
    Echo,
    /// An answer to an earlier request.
    Late,
    /// It names a fault.
    Sign(SignMeaning),
    /// The unit said no.
    Refusal,
    /// A reply, by its place among the awaited ones.
    Reply {
        /// Place.
        index: usize,
        /// What it says.
        captures: Captures,
    },
    /// A line of a table reply.
    Row {
        /// Place of the reply.
        index: usize,
        /// Index in the table.
        name: String,
        /// Value.
        value: String,
    },
    /// A list of parameters begins.
    ListStart,
    /// One parameter.
    ListLine {
        /// Number.
        parameter: String,
        /// Value.
        value: String,
    },
    /// The list ends.
    ListEnd {
        /// Its count, when it is a number.
        count: Option<u64>,
    },
    /// The frame comes from another unit.
    Other(String),
    /// The frame names no unit that can be: damaged.
    Damaged(String),
}

impl Meaning {
    /// Whether the frame is part of an answer to us.
    pub(super) fn is_answer(&self) -> bool {
        match self {
            Self::Nothing | Self::Echo | Self::Late | Self::Sign(_) | Self::Damaged(_) => false,
            Self::Refusal
            | Self::Reply { .. }
            | Self::Row { .. }
            | Self::ListStart
            | Self::ListLine { .. }
            | Self::ListEnd { .. }
            | Self::Other(_) => true,
        }
    }
}

/// What `frame` means for the question under way.
pub(super) fn meaning_of(frame: &str, asking: &Asking, talk: &Talk, identifying: bool) -> Meaning {
    if is_echo(frame, talk) {
        return Meaning::Echo;
    }
    for sign in &talk.profile.unsolicited.sign {
        let fits = sign
            .pattern
            .as_ref()
            .is_some_and(|pattern| pattern.parse(frame).is_some());
        if fits && sign.means != SignMeaning::Started && (identifying || !sign.only_identifying) {
            return Meaning::Sign(sign.means);
        }
    }
    if !asking.is_listening() {
        return Meaning::Nothing;
    }
    match &asking.question.expect {
        Expect::Dump(dump) => {
            if dump.start.parse(frame).is_some() {
                return Meaning::ListStart;
            }
            if let Some(captures) = dump.end.parse(frame) {
                let count = captures
                    .get("count")
                    .and_then(|count| count.trim().parse().ok());
                return Meaning::ListEnd { count };
            }
            list_line(&dump.line, frame)
        }
        Expect::Replies(replies) => {
            for pattern in &asking.question.refusals {
                if is_result_code(pattern.text())
                    && (may_be_value(frame, replies, asking) || has_told_value(asking))
                {
                    continue;
                }
                if let Some(captures) = pattern.parse(frame) {
                    return match judged(&captures, asking, talk) {
                        Judged::Ours => Meaning::Refusal,
                        Judged::Not(meaning) => meaning,
                    };
                }
            }
            let mut nothing_held = asking.question.nothing_held.iter();
            if asking.replies.awaited() == 0
                && nothing_held.any(|pattern| pattern.parse(frame).is_some())
            {
                return Meaning::Refusal;
            }
            let mut best = Meaning::Nothing;
            for (index, reply) in replies.iter().enumerate().skip(asking.replies.awaited()) {
                match reply_meaning(index, reply, frame, asking, talk) {
                    Meaning::Nothing => {}
                    meaning if meaning.is_answer() => return meaning,
                    meaning => best = meaning,
                }
            }
            best
        }
    }
}

/// Whether a refusal is a bare number, which a value may be too.
pub(super) fn is_result_code(word: &str) -> bool {
    !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_digit())
}

/// Whether a number may be the value that was asked for: then the word that must follow tells.
fn may_be_value(frame: &str, replies: &[Reply], asking: &Asking) -> bool {
    let awaited = asking.replies.awaited();
    let is_value = |pattern: &Pattern| {
        pattern.names().next().is_some()
            && pattern
                .parse(frame)
                .is_some_and(|captures| captures.values().any(|text| text == frame))
    };
    match replies.get(awaited) {
        Some(Reply::Frame { any, .. }) => awaited + 1 < replies.len() && any.iter().any(is_value),
        Some(Reply::Table { .. }) | None => false,
    }
}

/// Whether the value came already: nothing is refused after that, and a number is the value once more.
fn has_told_value(asking: &Asking) -> bool {
    asking.replies.awaited() > 0 && !asking.replies.captures().is_empty()
}

/// Also the late echo of an earlier request, or of several in one line: it must never be taken for a value.
pub(super) fn is_echo(frame: &str, talk: &Talk) -> bool {
    let mut rest = frame.trim();
    while !rest.is_empty() {
        let sent = talk.line.recent.iter().map(|sent| sent.reveal().trim());
        let begins = sent.filter(|sent| !sent.is_empty() && rest.starts_with(sent));
        let Some(longest) = begins.map(str::len).max() else {
            return false;
        };
        rest = rest.get(longest..).unwrap_or_default().trim_start();
    }
    !frame.trim().is_empty()
}

/// Whether it is a piece of what was asked one after the other, as a family that knows other frames cuts it.
pub(super) fn is_piece_of_requests(text: &str, talk: &Talk) -> bool {
    let sent = talk.line.recent.iter().map(|sent| sent.reveal().trim());
    sent.collect::<String>().contains(text.trim())
}

/// A parameter is a number; anything else before a colon is the unit's log.
fn list_line(pattern: &Pattern, frame: &str) -> Meaning {
    let Some(mut captures) = pattern.parse(frame) else {
        return Meaning::Nothing;
    };
    match (captures.remove("parameter"), captures.remove("value")) {
        (Some(parameter), Some(value)) if is_number(&parameter) => {
            Meaning::ListLine { parameter, value }
        }
        _ => Meaning::Nothing,
    }
}

fn is_number(text: &str) -> bool {
    (1..=10).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit())
}

fn reply_meaning(
    index: usize,
    reply: &Reply,
    frame: &str,
    asking: &Asking,
    talk: &Talk,
) -> Meaning {
    match reply {
        Reply::Frame { any, .. } => {
            // A frame can fit several forms (with and without a VIN): the one that is ours counts, not the one that stands first.
            let mut otherwise = None;
            let forms = any.iter().filter(|pattern| {
                !pattern.fits_any_line() || (is_plain(frame, talk) && !is_last_word(frame, asking))
            });
            for mut captures in forms.filter_map(|pattern| pattern.parse(frame)) {
                join_meid(&mut captures);
                match judged(&captures, asking, talk) {
                    Judged::Ours => return Meaning::Reply { index, captures },
                    Judged::Not(meaning) => otherwise = otherwise.or(Some(meaning)),
                }
            }
            otherwise.unwrap_or(Meaning::Nothing)
        }
        Reply::Table { line, into, .. } => {
            let Some(mut captures) = line.parse(frame) else {
                return Meaning::Nothing;
            };
            let (Some(name), Some(value)) = (captures.remove("index"), captures.remove("value"))
            else {
                return Meaning::Nothing;
            };
            let value = value.trim().to_owned();
            let name = known_index(into, name.trim());
            if !into.contains_key(&name) && is_unasked(frame, talk) {
                return Meaning::Nothing;
            }
            if let Some(word) = into.get(&name) {
                captures.insert(word.clone(), value.clone());
            }
            match judged(&captures, asking, talk) {
                Judged::Ours => Meaning::Row { index, name, value },
                Judged::Not(meaning) => meaning,
            }
        }
    }
}

/// The index as the profile writes it, whatever its letters' case on the wire. Of several words (`Modem IMEI`) the last one counts.
fn known_index(into: &BTreeMap<String, String>, name: &str) -> String {
    let last = name.split_whitespace().next_back().unwrap_or_default();
    let known = |wanted: &str| into.keys().find(|each| each.eq_ignore_ascii_case(wanted));
    known(name)
        .or_else(|| known(last))
        .map_or(name, String::as_str)
        .to_owned()
}

/// Whether a line may be a bare value: nothing that such units say unasked, and no bytes that are no text.
fn is_plain(frame: &str, talk: &Talk) -> bool {
    !frame.contains('\u{fffd}') && !frame.contains("\\u{") && !is_unasked(frame, talk)
}

/// Whether it is a word that ends an answer (`OK`), late from another one, and no value. A number may be either.
fn is_last_word(frame: &str, asking: &Asking) -> bool {
    let Expect::Replies(replies) = &asking.question.expect else {
        return false;
    };
    let is_it = |pattern: &Pattern| {
        pattern.names().next().is_none()
            && !is_result_code(pattern.text())
            && pattern.parse(frame).is_some()
    };
    replies.iter().any(|reply| match reply {
        Reply::Frame { any, .. } => any.iter().any(is_it),
        Reply::Table { .. } => false,
    })
}

/// Whether it is a line that such units are known to send unasked.
fn is_unasked(frame: &str, talk: &Talk) -> bool {
    let mut known = talk.profile.unsolicited.ignore.iter();
    known.any(|pattern| pattern.parse(frame).is_some())
}

/// Some modems tell their MEID in two parts.
fn join_meid(captures: &mut Captures) {
    if let (Some(high), Some(low)) = (captures.remove("meid_high"), captures.remove("meid_low")) {
        captures.insert("meid".to_owned(), format!("{high}{low}"));
    }
}

enum Judged {
    Ours,
    Not(Meaning),
}

/// Correlation: serial number, command and identity must be ours.
fn judged(captures: &Captures, asking: &Asking, talk: &Talk) -> Judged {
    if let Some(serial) = captures.get("serial")
        && asking.question.request.has("serial")
        && !serial_is_ours(serial, asking, talk)
    {
        return Judged::Not(Meaning::Late);
    }
    if let (Some(pairs), Some(accepted)) = (asking.question.pairs, captures.get("accepted"))
        && accepted
            .trim()
            .parse::<usize>()
            .is_ok_and(|accepted| accepted > pairs)
    {
        return Judged::Not(Meaning::Late);
    }
    let other_subject = asking.question.given.iter().any(|(name, given)| {
        captures
            .get(*name)
            .is_some_and(|text| text != given.text.reveal())
    });
    if other_subject {
        return Judged::Not(Meaning::Nothing);
    }
    match talk.known.whose(captures) {
        Whose::Other(found) => return Judged::Not(Meaning::Other(found)),
        Whose::Damaged(text) => return Judged::Not(Meaning::Damaged(text)),
        Whose::Ours => {}
    }
    // Two replies to one request that name two units: one of them is damaged.
    for name in IDENTITY_NAMES {
        if let (Some(said), Some(before)) =
            (captures.get(name), asking.replies.captures().get(name))
            && said != before
        {
            return Judged::Not(Meaning::Damaged(said.clone()));
        }
    }
    Judged::Ours
}

/// Ours is the last request's. Who the unit is may be told late, in answer to any of them; and while passwords are tried,
/// each of them may be the one that is answered.
fn serial_is_ours(serial: &str, asking: &Asking, talk: &Talk) -> bool {
    let trying = asking.passwords.are_tried();
    let identifying = talk.profile.identify.ask.contains(&asking.question.name);
    match (trying, asking.passwords.right()) {
        (false, _) if !identifying => asking.sent.last().is_some_and(|sent| sent.serial == serial),
        (false, _) | (true, None) => asking.sent.iter().any(|sent| sent.serial == serial),
        (true, Some(password)) => asking
            .sent
            .iter()
            .any(|sent| sent.serial == serial && sent.password == Some(password)),
    }
}
