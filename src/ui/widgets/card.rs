//! A titled panel: head, then rows. Facts and settings are told in such panels.

use super::pill::Pill;
use super::{place, speak};
use crate::ui::theme::icon_table as icons;
use crate::ui::theme::style::RADIUS_CARD;
use crate::ui::theme::text::{self, Size, Weight};
use crate::ui::theme::{Palette, palette};
use egui::accesskit::Role;
use egui::{Align2, CentralPanel, Frame, Margin, Rect, Sense, Stroke, Ui, pos2, vec2};

/// Height of a head.
pub const HEAD: f32 = 44.0;
/// Height of a row of facts.
pub const FACT: f32 = 32.0;

/// What stands at the right end of a head.
#[derive(Debug, Clone)]
pub enum HeadNote {
    /// Nothing.
    None,
    /// A caption.
    Words(String),
    /// A pill.
    Pill(Pill),
}

/// One panel alone in a window that has nothing else to show yet, in the upper middle.
pub fn alone<R>(ui: &mut Ui, width: f32, add: impl FnOnce(&mut Ui) -> R) -> R {
    let palette = palette(ui);
    let around = Frame::new().fill(palette.bg);
    let shown = CentralPanel::default().frame(around).show(ui, |ui| {
        let room = ui.max_rect().shrink(16.0);
        let width = width.min(room.width());
        let top = (room.height() * 0.22).clamp(0.0, 220.0);
        let rect = Rect::from_min_size(
            pos2(room.center().x - width / 2.0, room.top() + top),
            vec2(width, (room.height() - top).max(0.0)),
        );
        let panel = Frame::new()
            .fill(palette.surface)
            .stroke(Stroke::new(1.0, palette.line))
            .corner_radius(RADIUS_CARD)
            .inner_margin(Margin::symmetric(28, 24));
        let (shown, _) = place::at(ui, rect, place::down(), |ui| {
            panel.show(ui, |ui| {
                ui.spacing_mut().item_spacing.y = 10.0;
                ui.set_min_width(ui.available_width());
                add(ui)
            })
        });
        shown.inner
    });
    shown.inner
}

/// Adds a panel with a head.
pub fn card<R>(ui: &mut Ui, title: &str, note: HeadNote, add: impl FnOnce(&mut Ui) -> R) -> R {
    let palette = palette(ui);
    let frame = Frame::new()
        .fill(palette.surface)
        .stroke(Stroke::new(1.0, palette.line))
        .corner_radius(RADIUS_CARD);
    frame
        .show(ui, |ui| {
            speak::region(ui, Role::Group, title);
            ui.set_min_width(ui.available_width());
            ui.spacing_mut().item_spacing.y = 0.0;
            head(ui, palette, title, &note);
            add(ui)
        })
        .inner
}

fn head(ui: &mut Ui, palette: &Palette, title: &str, note: &HeadNote) {
    let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width(), HEAD), Sense::hover());
    let y = rect.center().y;
    let painter = ui.painter();
    let format = text::format(Size::Body, Weight::Semibold, palette.ink);
    text::paint(
        painter,
        pos2(rect.left() + 16.0, y),
        Align2::LEFT_CENTER,
        title,
        format,
    );
    match note {
        HeadNote::None => {}
        HeadNote::Words(words) => {
            let format = text::format(Size::Caption, Weight::Regular, palette.ink3);
            text::paint(
                painter,
                pos2(rect.right() - 16.0, y),
                Align2::RIGHT_CENTER,
                words,
                format,
            );
        }
        HeadNote::Pill(pill) => {
            let left = rect.right() - 16.0 - pill.width(painter);
            pill.paint(painter, palette, pos2(left, y));
        }
    }
    painter.hline(
        rect.x_range(),
        rect.bottom() - 0.5,
        Stroke::new(1.0, palette.line),
    );
    speak::tell(&response, Role::Heading, title, |_| {});
}

/// What a row of facts says.
#[derive(Debug, Clone, Default)]
pub struct Fact<'a> {
    /// Name of the fact.
    pub name: &'a str,
    /// Its value.
    pub value: &'a str,
    /// Whether the value is a long number, drawn in groups.
    pub number: bool,
    /// Whether nothing is known.
    pub faint: bool,
    /// Whether a wrong value could cut the unit off.
    pub guarded: bool,
    /// Whether a long value takes more lines. Otherwise it loses its middle, and shows it under the pointer.
    pub wraps: bool,
}

/// Adds a row: name at the left, value at `value_left`.
pub fn fact(ui: &mut Ui, fact: &Fact<'_>, value_left: f32) {
    let palette = palette(ui);
    let colour = if fact.faint {
        palette.ink3
    } else {
        palette.ink
    };
    let weight = if fact.faint {
        Weight::Regular
    } else {
        Weight::Medium
    };
    let of_value = text::format(Size::Body, weight, colour);
    let room = (ui.available_width() - value_left - 16.0).max(40.0);
    let block = fact.wraps.then(|| {
        let job = text::block_job(fact.value, of_value.clone(), room);
        ui.painter().layout_job(job)
    });
    let height = block.as_ref().map_or(FACT, |block| {
        (block.size().y + FACT - Size::Body.line()).max(FACT)
    });
    let size = vec2(ui.available_width(), height);
    let (rect, response) = ui.allocate_exact_size(size, Sense::hover());
    speak::tell(
        &response,
        Role::Row,
        &format!("{}: {}", fact.name, fact.value),
        |_| {},
    );
    let y = rect.top() + FACT / 2.0;
    let painter = ui.painter();
    let format = text::format(Size::Body, Weight::Regular, palette.ink3);
    let room_of_name = value_left - 20.0 - if fact.guarded { 18.0 } else { 0.0 };
    let name = text::cut_middle(painter, fact.name, &format, room_of_name);
    text::paint(
        painter,
        pos2(rect.left() + 16.0, y),
        Align2::LEFT_CENTER,
        &name,
        format,
    );
    let left = rect.left() + value_left;
    if fact.guarded {
        icons::SHIELD_WARNING_FILL.paint(painter, pos2(left - 19.0, y), 14.0, palette.ink2);
    }
    if fact.number {
        super::Number::new(fact.value).paint(painter, palette, pos2(left, y), Align2::LEFT_CENTER);
        return;
    }
    if let Some(block) = block {
        painter.galley(
            pos2(left, y - Size::Body.line() / 2.0),
            block,
            of_value.color,
        );
        return;
    }
    let value = text::cut_middle(painter, fact.value, &of_value, room);
    text::paint(
        painter,
        pos2(left, y),
        Align2::LEFT_CENTER,
        &value,
        of_value,
    );
    if value != fact.value {
        response.on_hover_text(fact.value);
    }
}

/// A line across a panel.
pub fn separator(ui: &mut Ui) {
    let palette = palette(ui);
    let (rect, _) = ui.allocate_exact_size(vec2(ui.available_width(), 1.0), Sense::hover());
    line(ui, palette, rect);
}

fn line(ui: &Ui, palette: &Palette, rect: Rect) {
    ui.painter().hline(
        rect.x_range(),
        rect.center().y,
        Stroke::new(1.0, palette.line),
    );
}
