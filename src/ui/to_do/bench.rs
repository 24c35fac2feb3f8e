//! Lanes on the bench that stand still, among the things to do: the way back to each.

use crate::engine::{Lane, LaneState, Slot};
use crate::ui::desk::{Area, Screen};
use crate::ui::draw::Draw;
use crate::ui::theme::text::{self, Size, Weight};
use crate::ui::theme::{icon_table as icons, palette};
use crate::ui::widgets::card::{HeadNote, card};
use crate::ui::widgets::{Pill, Shape, Tone, focus, speak};
use crate::ui::words;
use egui::accesskit::Role;
use egui::{Align2, Sense, Stroke, Ui, pos2, vec2};

/// Draws them, or nothing when none stands still.
pub fn show(ui: &mut Ui, draw: &mut Draw<'_>) {
    let lanes: Vec<&Lane> = draw.state.lanes_that_wait().collect();
    if lanes.is_empty() {
        return;
    }
    let note = words::several(lanes.len() as u64, "lane", "lanes");
    card(ui, "On the bench", HeadNote::Words(note), |ui| {
        for lane in lanes {
            if row(ui, draw, lane) {
                go_to(draw, lane.slot);
            }
        }
    });
}

fn go_to(draw: &mut Draw<'_>, slot: Slot) {
    draw.desk.screen = Screen::Bench;
    draw.desk.chosen = Some(slot);
    draw.desk.pane_open = true;
}

fn row(ui: &mut Ui, draw: &mut Draw<'_>, lane: &Lane) -> bool {
    let palette = palette(ui);
    let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width(), 42.0), Sense::click());
    let painter = ui.painter();
    if response.hovered() {
        painter.rect_filled(rect.shrink2(vec2(1.0, 0.0)), 0.0, palette.bg);
    }
    let y = rect.center().y;
    let slot = format!("Slot {}", lane.slot.0);
    let left = Align2::LEFT_CENTER;
    let format = text::format(Size::Body, Weight::Semibold, palette.ink);
    text::paint(painter, pos2(rect.left() + 16.0, y), left, &slot, format);
    let word = lane.state.word();
    let (shape, tone) = match lane.state {
        LaneState::Stopped => (Shape::Octagon, Tone::News(|p| p.stop)),
        _ => (Shape::Icon(icons::WARNING_FILL), Tone::News(|p| p.person)),
    };
    let pill = Pill::new(word.clone(), Some(shape), tone);
    let shown = pill.paint(painter, palette, pos2(rect.left() + 220.0, y));
    let said = lane.advice.as_ref();
    let said = said.map_or("", |advice| advice.what_happened.as_str());
    // The slot stands at the left already.
    let said = said
        .strip_prefix(&slot)
        .and_then(|rest| rest.strip_prefix(": "))
        .unwrap_or(said);
    let said = fleet::wording::sentence(said);
    let format = text::format(Size::Body, Weight::Regular, palette.ink);
    let at = pos2(shown.right() + 16.0, y);
    let room = (rect.right() - 16.0 - at.x).max(0.0);
    text::paint_within(painter, at, left, &said, format, room);
    let above = rect.top() - 0.5;
    painter.hline(rect.x_range(), above, Stroke::new(1.0, palette.line));
    focus::ring(ui, &response, 2.0);
    draw.desk.area(Area::Main, response.id);
    let spoken = format!("{slot}, {word}, {said}");
    speak::tell(&response, Role::ListItem, &spoken, |_| {});
    response.clicked()
}
