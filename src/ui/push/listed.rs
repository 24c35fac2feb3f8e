//! What a list of numbers names twice or cannot mean: told while it is typed, and again in the rehearsal. A mistyped number has the digit
//! marked that does not fit.

use crate::ui::theme::palette;
use crate::ui::theme::text::{self, Size, Weight};
use crate::ui::widgets::{number, why};
use crate::ui::words;
use egui::{Frame, Margin, Ui};
use fleet::ids::IdentifierError;
use fleet::pasted::{Meant, PastedLine};
use std::collections::BTreeMap;

/// So many are named one by one.
const NAMED: usize = 5;

/// What stands in a typed list. Looked through when something is typed, not for each frame.
#[derive(Debug, Clone, Default)]
pub struct Listed {
    /// What it was read from.
    typed: String,
    /// Numbers that stand in it more than once, in the order in which they are repeated.
    pub doubles: Vec<String>,
    /// Numbers that cannot be right.
    pub wrong: Vec<String>,
}

/// Looks through what is typed where units are chosen.
fn look(typed: &str) -> Listed {
    let mut listed = Listed {
        typed: typed.to_owned(),
        ..Listed::default()
    };
    let mut seen: BTreeMap<&str, u32> = BTreeMap::new();
    for word in super::choose::numbers(typed) {
        let times = seen.entry(word).or_default();
        *times += 1;
        match *times {
            1 if fleet::pasted::why_none(word).is_some() => listed.wrong.push(word.to_owned()),
            2 => listed.doubles.push(word.to_owned()),
            _ => {}
        }
    }
    listed
}

/// Draws it below the field that it is typed into.
pub fn show(ui: &mut Ui, listed: &mut Listed, typed: &str) {
    if listed.typed != typed {
        *listed = look(typed);
    }
    if listed.wrong.is_empty() && listed.doubles.is_empty() {
        return;
    }
    Frame::new()
        .inner_margin(Margin {
            left: 96,
            ..Margin::ZERO
        })
        .show(ui, |ui| {
            ui.spacing_mut().item_spacing.y = 4.0;
            for number in listed.wrong.iter().take(NAMED) {
                wrong(ui, number);
            }
            more(ui, listed.wrong.len(), "cannot be right either");
            doubles(ui, &listed.doubles);
        });
}

/// Draws what the rehearsal left out of a list.
pub fn left_out(ui: &mut Ui, not_found: &[String], doubles_of: &[String]) {
    if not_found.is_empty() && doubles_of.is_empty() {
        return;
    }
    Frame::new()
        .inner_margin(Margin::symmetric(16, 8))
        .show(ui, |ui| {
            ui.set_min_width(ui.available_width());
            ui.spacing_mut().item_spacing.y = 4.0;
            for number in not_found.iter().take(NAMED) {
                if fleet::pasted::why_none(number).is_some() {
                    wrong(ui, number);
                } else {
                    plain(ui, &format!("not found: {number}"));
                }
            }
            more(ui, not_found.len(), "not found");
            doubles(ui, doubles_of);
        });
}

fn plain(ui: &mut Ui, words: &str) {
    let ink = palette(ui).ink;
    ui.label(text::rich(words, Size::Body, Weight::Regular, ink));
}

fn more(ui: &mut Ui, count: usize, what: &str) {
    if count > NAMED {
        plain(ui, &format!("{} more {what}", count - NAMED));
    }
}

/// A number that fits no unit, why, and the digit that is wrong where that is known.
fn wrong(ui: &mut Ui, number: &str) {
    let Some(reason) = fleet::pasted::why_none(number) else {
        return;
    };
    why(ui, &format!("{number}: {reason}."));
    let lines = fleet::pasted::lines(number);
    if let Some(PastedLine {
        meant:
            Meant::Wrong {
                number,
                error: IdentifierError::CheckDigit { position, .. },
            },
        ..
    }) = lines.first()
    {
        number::wrong_digit(ui, number, *position);
    }
}

/// How many stand there more than once, and which.
fn doubles(ui: &mut Ui, doubles: &[String]) {
    if doubles.is_empty() {
        return;
    }
    let count = words::several(doubles.len() as u64, "number stands", "numbers stand");
    let which = fleet::wording::list(doubles, NAMED);
    why(
        ui,
        &format!("{count} there more than once and counts once: {which}."),
    );
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn doubles_and_mistyped_numbers_of_a_list_are_found() {
        let listed = look("354178036859789 354178036859781 354178036859789\n356868000041418");
        assert_eq!(listed.doubles, ["354178036859789"]);
        assert_eq!(listed.wrong, ["354178036859781"]);
        for search in ["office:north state:quiet", "Example Couriers"] {
            let listed = look(search);
            assert!(listed.doubles.is_empty() && listed.wrong.is_empty());
        }
    }

    #[test]
    fn one_mistyped_number_alone_is_told_too() {
        assert_eq!(look("354178036859781").wrong, ["354178036859781"]);
    }
}
