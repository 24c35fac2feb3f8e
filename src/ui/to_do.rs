//! To do: what is owed to the carrier, and what waits for a person. Owed things go out by themselves.

mod bench;
mod pushes;

use super::desk::{Area, Screen};
use super::draw::Draw;
use super::keys::{Act, cap};
use super::theme::text::{self, Size, Weight};
use super::theme::{icon_table as icons, palette};
use super::unheard;
use super::widgets::card::{HeadNote, card};
use super::widgets::{Button, Number, Pill, Shape, Tone, empty, focus, paging, speak};
use super::words;
use crate::engine::{Command, ToDo};
use egui::accesskit::Role;
use egui::{Align2, CentralPanel, Frame, Margin, Panel, ScrollArea, Sense, Stroke, Ui, pos2, vec2};
use fleet::UnitId;
use fleet::journal::Decision;

/// Draws the list.
pub fn show(ui: &mut Ui, draw: &mut Draw<'_>) {
    let palette = palette(ui);
    let paper = Frame::new().fill(palette.surface);
    Panel::top("to do head")
        .min_size(64.0)
        .resizable(false)
        .frame(paper.inner_margin(Margin::symmetric(24, 16)))
        .show(ui, |ui| {
            ui.horizontal_wrapped(|ui| {
                ui.label(text::rich(
                    "To do",
                    Size::Title,
                    Weight::Semibold,
                    palette.ink,
                ));
                ui.add_space(16.0);
                let ask = Button::new("Ask again now")
                    .icon(icons::ARROWS_CLOCKWISE)
                    .key(cap(Act::Agree))
                    .show(ui);
                draw.desk.area(Area::Head, ask.id);
                if ask.clicked() {
                    draw.wish(Command::AgreeNow);
                }
                if draw.state.account.is_some()
                    && Button::new("Compare with the carrier")
                        .icon(icons::CELL_TOWER)
                        .show(ui)
                        .clicked()
                {
                    super::compare::open(draw);
                }
                ui.label(text::rich(
                    "Owed things also go out by themselves.",
                    Size::Caption,
                    Weight::Regular,
                    palette.ink2,
                ));
            });
        });
    let pushes = pushes::open(&draw.state.pushes);
    let nothing = draw.state.to_do.is_empty()
        && draw.state.lanes_that_wait().next().is_none()
        && pushes.is_empty()
        && draw.state.pushes_left_alone.is_empty();
    if nothing && unheard::is_empty(&draw.state.hearing) {
        CentralPanel::default().frame(paper).show(ui, |ui| {
            let words = format!(
                "Nothing waits for the carrier or for you, {}.",
                words::clock(draw.now, draw.zone)
            );
            empty::show(ui, icons::LIST_CHECKS, "Nothing is owed", &words, |_| {});
        });
        return;
    }
    CentralPanel::default()
        .frame(Frame::new().fill(palette.bg))
        .show(ui, |ui| {
            ScrollArea::vertical().auto_shrink(false).show(ui, |ui| {
                paging::turn(ui);
                Frame::new().inner_margin(Margin::same(16)).show(ui, |ui| {
                    ui.spacing_mut().item_spacing.y = 16.0;
                    let (mine, owed): (Vec<&ToDo>, Vec<&ToDo>) = draw
                        .state
                        .to_do
                        .iter()
                        .partition(|entry| entry.needs_person);
                    bench::show(ui, draw);
                    group(ui, draw, "Needs a person", &mine);
                    super::push::left_alone::show(ui, &draw.state.pushes_left_alone);
                    pushes::show(ui, draw, &pushes);
                    group(ui, draw, "Owed, done by itself", &owed);
                    unheard::show(ui, draw);
                });
            });
        });
}

fn group(ui: &mut Ui, draw: &mut Draw<'_>, title: &str, entries: &[&ToDo]) {
    if entries.is_empty() {
        return;
    }
    let note = words::several(entries.len() as u64, "unit", "units");
    card(ui, title, HeadNote::Words(note), |ui| {
        for entry in entries {
            row(ui, draw, entry);
        }
    });
}

fn row(ui: &mut Ui, draw: &mut Draw<'_>, entry: &ToDo) {
    let palette = palette(ui);
    let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width(), 42.0), Sense::click());
    let painter = ui.painter();
    if !ui.is_rect_visible(rect) && !response.has_focus() {
        return;
    }
    if response.hovered() {
        painter.rect_filled(rect.shrink2(vec2(1.0, 0.0)), 0.0, palette.bg);
    }
    let y = rect.center().y;
    let id = entry.id.as_str();
    Number::new(id).paint(
        painter,
        palette,
        pos2(rect.left() + 16.0, y),
        Align2::LEFT_CENTER,
    );
    let (shape, tone) = if entry.needs_person {
        (icons::WARNING_FILL, Tone::News(|p| p.person))
    } else {
        (icons::CLOCK, Tone::Neutral)
    };
    let pill = Pill::new(entry.what.clone(), Some(Shape::Icon(shape)), tone);
    let shown = pill.paint(painter, palette, pos2(rect.left() + 220.0, y));
    let since = format!("since {}", words::when(entry.since, draw.now, draw.zone));
    let format = text::format(Size::Caption, Weight::Regular, palette.ink3);
    let since_rect = text::paint(
        painter,
        pos2(rect.right() - 16.0, y),
        Align2::RIGHT_CENTER,
        &since,
        format,
    );
    let format = text::format(Size::Body, Weight::Regular, palette.ink);
    let left = shown.right() + 16.0;
    let detail_room = (since_rect.left() - left - 16.0).max(0.0);
    text::paint_told(
        ui,
        &response,
        pos2(left, y),
        Align2::LEFT_CENTER,
        &entry.detail,
        format,
        detail_room,
    );
    // Above, not below: the last row ends with the rounded edge of the card.
    painter.hline(
        rect.x_range(),
        rect.top() - 0.5,
        Stroke::new(1.0, palette.line),
    );
    focus::ring(ui, &response, 2.0);
    draw.desk.area(Area::Main, response.id);
    let spoken = format!(
        "Unit ending {}, {}, {}, {since}",
        speak::spoken_ending(id),
        entry.what,
        entry.detail
    );
    speak::tell(&response, Role::ListItem, &spoken, |_| {});
    if response.clicked() {
        open(draw, entry.id.clone());
    }
    if entry.asks {
        decisions(ui, draw, entry);
    }
}

fn decisions(ui: &mut Ui, draw: &mut Draw<'_>, entry: &ToDo) {
    Frame::new()
        .inner_margin(Margin::symmetric(16, 8))
        .show(ui, |ui| {
            ui.push_id(entry.id.as_str(), |ui| {
                ui.horizontal_wrapped(|ui| {
                    for (words, decision) in [
                        ("It is registered", Decision::IsRegistered),
                        ("It is not registered", Decision::IsNotRegistered),
                        ("Leave it", Decision::SetAside),
                    ] {
                        if Button::new(words).show(ui).clicked() {
                            draw.wish(Command::DecideRegistration(entry.id.clone(), decision));
                        }
                    }
                });
            });
        });
}

fn open(draw: &mut Draw<'_>, id: UnitId) {
    draw.desk.unit = Some(id.clone());
    draw.desk.screen = Screen::Unit;
    draw.wish(Command::OpenUnit(id));
}
