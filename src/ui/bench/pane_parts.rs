//! The pieces of the pane that only draw: head, state, talk, and the strip of small windows.

use super::look;
use crate::engine::Lane;
use crate::ui::draw::Room;
use crate::ui::theme::text::{self, Size, Weight};
use crate::ui::theme::{icon_table as icons, palette};
use crate::ui::widgets::lane_card::{Ground, Voice};
use crate::ui::widgets::{Button, Number, Pill, Shape, Tone, place, speak};
use egui::accesskit::Role;
use egui::{Align, Align2, Layout, Rect, Sense, Ui, UiBuilder, pos2, vec2};
use jiff::Timestamp;

/// Slot, model, firmware, number.
pub fn head(ui: &mut Ui, lane: &Lane, hub: u32, room: Room) {
    let palette = palette(ui);
    let height = if lane.unit.is_some() { 96.0 } else { 64.0 };
    let (rect, _) = ui.allocate_exact_size(vec2(ui.available_width(), height), Sense::hover());
    let painter = ui.painter();
    let top = if room == Room::Wide { 14.0 } else { 10.0 };
    let badge = Rect::from_min_size(rect.min + vec2(0.0, top), vec2(36.0, 36.0));
    painter.rect_filled(badge, 6.0, palette.sunken);
    let format = text::format(Size::Lead, Weight::Semibold, palette.ink);
    text::paint(
        painter,
        badge.center(),
        Align2::CENTER_CENTER,
        &lane.slot.to_string(),
        format,
    );
    let mut right = rect.right();
    if lane.ticked {
        let pill = Pill::new(
            "label ticked",
            Some(Shape::Icon(icons::BARCODE)),
            Tone::Outline,
        );
        right -= pill.width(painter);
        pill.paint(painter, palette, pos2(right, badge.center().y));
        right -= 8.0;
    }
    let left = badge.right() + 8.0;
    let (model, second) = match &lane.unit {
        Some(unit) => {
            let firmware = unit
                .firmware
                .as_ref()
                .map(|firmware| format!(", firmware {firmware}"))
                .unwrap_or_default();
            (unit.model.clone(), format!("Hub {hub}{firmware}"))
        }
        None => (lane.state.word(), format!("Hub {hub}")),
    };
    let format = text::format(Size::Lead, Weight::Semibold, palette.ink);
    let model = text::cut_middle(painter, &model, &format, right - left);
    let title = text::paint(
        painter,
        pos2(left, badge.top() + 8.0),
        Align2::LEFT_CENTER,
        &model,
        format,
    );
    let format = text::format(Size::Caption, Weight::Regular, palette.ink3);
    let second = text::cut_middle(painter, &second, &format, right - left);
    text::paint(
        painter,
        pos2(left, badge.bottom() - 8.0),
        Align2::LEFT_CENTER,
        &second,
        format,
    );
    speak::note(
        ui,
        title,
        "pane",
        Role::Heading,
        &format!("Slot {}, {model}", lane.slot),
    );
    let Some(unit) = &lane.unit else { return };
    let y = badge.bottom() + 23.0;
    let kind = unit.id.kind().as_str().to_uppercase();
    let format = text::format(Size::Caption, Weight::Regular, palette.ink3);
    text::paint(
        ui.painter(),
        pos2(rect.left(), y),
        Align2::LEFT_CENTER,
        &kind,
        format,
    );
    let number = Rect::from_min_max(
        pos2(rect.left() + 40.0, y - 12.0),
        pos2(rect.right(), y + 12.0),
    );
    let builder = UiBuilder::new()
        .max_rect(number)
        .layout(Layout::right_to_left(Align::Center));
    ui.new_child(builder)
        .scope(|ui| Number::new(unit.id.as_str()).size(Size::Lead).show(ui));
}

/// Shape and word of the state.
pub fn state_head(ui: &mut Ui, lane: &Lane, now: Timestamp, second: &str) {
    let palette = palette(ui);
    let (ground, voice, shape) = look::look(lane, now);
    let (word_ink, shape_ink) = match (ground, voice) {
        (Ground::Fill(family) | Ground::Sign(family), _) => {
            (family(palette).text, family(palette).line)
        }
        (_, Voice::Family(family)) => (palette.ink, family(palette).line),
        (_, Voice::Ink(family) | Voice::QuietWord(family)) => (palette.ink, family(palette).line),
        (_, Voice::Quiet | Voice::Faint) => (palette.ink2, palette.ink2),
    };
    // A likely cause is a sentence: it takes the lines that it needs.
    let format = text::format(Size::Caption, Weight::Regular, palette.ink2);
    let job = text::block_job(second, format, ui.available_width() - 40.0);
    let below = ui.painter().layout_job(job);
    let height = if second.is_empty() {
        30.0
    } else {
        26.0 + below.size().y.max(18.0)
    };
    let (rect, response) =
        ui.allocate_exact_size(vec2(ui.available_width(), height), Sense::hover());
    let painter = ui.painter();
    let middle = if second.is_empty() { 15.0 } else { 22.0 };
    let centre = pos2(rect.left() + 14.0, rect.top() + middle);
    shape.paint(painter, palette, centre, 28.0, shape_ink, palette.surface);
    let left = rect.left() + 40.0;
    let word = lane.state.word();
    let word_y = if second.is_empty() {
        rect.center().y
    } else {
        rect.top() + 13.0
    };
    let format = text::format(Size::Title, Weight::Semibold, word_ink);
    text::paint_within(
        painter,
        pos2(left, word_y),
        Align2::LEFT_CENTER,
        &word,
        format,
        rect.right() - left,
    );
    if !second.is_empty() {
        let one_line = 35.0 - below.rows.first().map_or(16.0, |row| row.height()) / 2.0;
        painter.galley(pos2(left, rect.top() + one_line), below, palette.ink2);
    }
    speak::tell(&response, Role::Status, word.as_str(), |node| {
        node.set_description(second)
    });
}

/// One line for a lane; returns whether it was opened or folded.
pub fn strip(ui: &mut Ui, lane: Option<&Lane>, now: Timestamp, open: bool) -> bool {
    let palette = palette(ui);
    let rect = ui.max_rect().shrink2(vec2(12.0, 0.0));
    let y = rect.center().y;
    let Some(lane) = lane else {
        let format = text::format(Size::Body, Weight::Regular, palette.ink2);
        text::paint(
            ui.painter(),
            pos2(rect.left(), y),
            Align2::LEFT_CENTER,
            "No unit on the bench",
            format,
        );
        return false;
    };
    let ((pressed, right), _) = place::at(ui, rect, place::from_right(), |ui| {
        let words = if open { "Fold" } else { "Open" };
        let button = Button::new(words).key("Space").show(ui);
        (button.clicked(), button.rect.left())
    });
    let painter = ui.painter();
    let badge = Rect::from_center_size(pos2(rect.left() + 12.0, y), vec2(24.0, 24.0));
    painter.rect_filled(badge, 6.0, palette.sunken);
    let format = text::format(Size::Body, Weight::Semibold, palette.ink2);
    text::paint(
        painter,
        badge.center(),
        Align2::CENTER_CENTER,
        &lane.slot.to_string(),
        format,
    );
    let mut x = badge.right() + 10.0;
    if let Some(unit) = &lane.unit {
        let format = text::format(Size::Body, Weight::Semibold, palette.ink);
        x = text::paint_within(
            painter,
            pos2(x, y),
            Align2::LEFT_CENTER,
            &unit.model,
            format,
            120.0,
        )
        .right()
            + 10.0;
        x = Number::new(unit.id.as_str())
            .paint(painter, palette, pos2(x, y), Align2::LEFT_CENTER)
            .right();
    }
    let format = text::format(Size::Body, Weight::Semibold, palette.ink);
    let word = lane.state.word();
    let width = text::width(painter, &word, format.clone());
    let left = right - 12.0 - width;
    if left > x + 40.0 {
        text::paint(painter, pos2(left, y), Align2::LEFT_CENTER, &word, format);
        let card = look::card(lane, now);
        let colour = card.cable(palette).unwrap_or(palette.edge);
        card.shape.paint(
            painter,
            palette,
            pos2(left - 18.0, y),
            18.0,
            colour,
            palette.surface,
        );
    }
    pressed
}
