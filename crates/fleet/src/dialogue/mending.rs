//! Log lines that a unit prints into the middle of its own answer: the log is cut out and the two halves are put together.
//!
//! Only what the profile knows as the unit's log is cut out, and a list still ends with its count, so a wrong guess is not believed.

use super::exchange::Asking;
use super::meaning::meaning_of;
use super::talk::Talk;
use crate::profile::Framing;

/// A longer half is no half of a line that units print.
const LONGEST_HALF: usize = 4096;

/// How long the first half waits for the other, milliseconds: longer than the pauses inside an answer. Alone it was whole.
pub(super) const HALF_WAITS_MS: u64 = 450;

/// The lines that `frame` stands for, now that it is known. `cut` keeps the first half of a line until the other comes.
pub(super) fn mended(
    frame: &str,
    cut: &mut Option<String>,
    asking: Option<&Asking>,
    talk: &Talk,
    identifying: bool,
) -> Vec<String> {
    let by_line = matches!(talk.profile.line.framing, Framing::Line {});
    let Some(asking) = asking.filter(|asking| by_line && asking.is_listening()) else {
        *cut = None;
        return vec![frame.to_owned()];
    };
    let is_answer = |text: &str| meaning_of(text, asking, talk, identifying).is_answer();
    let mut lines = Vec::new();
    let mut frame = frame.to_owned();
    if let Some(half) = cut.take() {
        if log_at(talk, &frame) == Some(0) {
            // Another line of the log: the half still waits.
            *cut = Some(half);
            return vec![frame];
        }
        if is_answer(&half) && is_answer(&frame) {
            lines.push(half);
        } else {
            frame.insert_str(0, &half);
        }
    }
    match log_at(talk, &frame) {
        Some(at) if at > 0 && at <= LONGEST_HALF => {
            let (half, log) = frame.split_at(at);
            lines.push(log.to_owned());
            *cut = Some(half.to_owned());
        }
        _ => lines.push(frame),
    }
    lines
}

/// Where a known line of the log begins in `frame` and goes on to its end.
fn log_at(talk: &Talk, frame: &str) -> Option<usize> {
    let logs = &talk.profile.unsolicited.ignore;
    logs.iter()
        .filter_map(|pattern| {
            let start = pattern.text().split('{').next()?;
            if start.is_empty() {
                return None;
            }
            frame.match_indices(start).map(|(at, _)| at).find(|at| {
                frame
                    .get(*at..)
                    .is_some_and(|rest| pattern.parse(rest).is_some())
            })
        })
        .min()
}
