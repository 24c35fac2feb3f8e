//! The timeline of a unit: everything that happened to it, with who and where; what stood in a field before can be brought back.

use super::draw::Draw;
use super::theme::text::{self, Size, Weight};
use super::unit_words::entry_icon;
use super::widgets::card::{HeadNote, card};
use super::widgets::{button, speak, timeline};
use super::words;
use crate::engine::{FormerValue, UnitPage};
use egui::accesskit::Role;
use egui::{Frame, Margin, Sense, Ui, vec2};
use fleet::unit::{Unit, UnitEvent};
use std::cell::Cell;

/// Entries that are drawn before a person asks for the rest: a page stays a page.
const SHOWN: usize = 120;

/// Draws it. What a person brings back is left in `brought`.
pub(super) fn show(
    ui: &mut Ui,
    draw: &Draw<'_>,
    page: &UnitPage,
    brought: &Cell<Option<FormerValue>>,
) {
    let events = &page.timeline;
    let note = words::several(events.len() as u64, "entry", "entries");
    card(ui, "Timeline", HeadNote::Words(note), |ui| {
        Frame::new()
            .inner_margin(Margin::symmetric(16, 8))
            .show(ui, |ui| {
                speak::region(ui, Role::List, "Timeline");
                let mut former_day = String::new();
                for event in events.iter().take(SHOWN) {
                    let day = words::day(event.at, draw.now, draw.zone);
                    if day != former_day {
                        timeline::day(ui, &day);
                        former_day = day;
                    }
                    one(ui, draw, event);
                    for former in former_of(page, event) {
                        bring_back(ui, former, brought);
                    }
                }
                if events.len() > SHOWN {
                    let more = events.len() - SHOWN;
                    let words =
                        format!("{} older", words::several(more as u64, "entry", "entries"));
                    faint(ui, &words);
                }
                if events.is_empty() {
                    let (_, _) =
                        ui.allocate_exact_size(vec2(ui.available_width(), 8.0), Sense::hover());
                    faint(ui, "Nothing happened to it here yet.");
                }
            });
    });
}

fn faint(ui: &mut Ui, words: &str) {
    let colour = super::theme::palette(ui).ink2;
    ui.label(text::rich(words, Size::Body, Weight::Regular, colour));
}

fn one(ui: &mut Ui, draw: &Draw<'_>, event: &UnitEvent) {
    let (icon, proved) = entry_icon(event.kind);
    let entry = timeline::Entry {
        time: words::clock(event.at, draw.zone),
        icon,
        proved,
        title: event.title.clone(),
        detail: event.detail.clone(),
        by: event.by.clone(),
    };
    timeline::entry(ui, &entry);
}

/// What stood in fields before the change that an entry tells of, where it is not what stands there now.
fn former_of<'a>(page: &'a UnitPage, event: &UnitEvent) -> Vec<&'a FormerValue> {
    page.former
        .iter()
        .filter(|former| former.at == event.at && is_another(&page.unit, former))
        .collect()
}

fn is_another(unit: &Unit, former: &FormerValue) -> bool {
    former.field.text(unit) != former.value
}

fn bring_back(ui: &mut Ui, former: &FormerValue, brought: &Cell<Option<FormerValue>>) {
    let field = former.field.words().to_lowercase();
    let words = match former.value.as_str() {
        "" => format!("Make the {field} empty again"),
        value => {
            let line: Vec<&str> = value.split_whitespace().collect();
            format!("Bring back the {field} {}", line.join(" "))
        }
    };
    let pressed = timeline::beside(ui, |ui| {
        let (colour, room) = (super::theme::palette(ui).ink, ui.available_width());
        button::link_of(ui, &words, colour, room).clicked()
    });
    if pressed {
        brought.set(Some(former.clone()));
    }
}
