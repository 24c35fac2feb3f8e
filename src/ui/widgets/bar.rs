//! Bars: one or more parts of a whole, with small gaps, so that a part can be seen without colour too.

use super::speak;
use crate::ui::theme::style::RADIUS_BAR;
use crate::ui::theme::{Palette, palette};
use egui::accesskit::Role;
use egui::{Color32, Painter, Rect, Ui, pos2};

/// Gap between two parts.
const GAP: f32 = 2.0;
/// A part that is not zero is never narrower.
const LEAST: f32 = 6.0;

/// Draws `parts` (share of the whole and colour) into `rect`; the rest is the colour of lines.
pub fn paint(painter: &Painter, palette: &Palette, rect: Rect, parts: &[(f32, Color32)]) {
    let mut left = rect.left();
    for (share, colour) in parts.iter().filter(|(share, _)| *share > 0.0) {
        let width = (rect.width() * share.min(1.0)).max(LEAST);
        let right = (left + width).min(rect.right());
        let part = Rect::from_min_max(pos2(left, rect.top()), pos2(right, rect.bottom()));
        painter.rect_filled(part, RADIUS_BAR, *colour);
        left = (right + GAP).min(rect.right());
    }
    if rect.right() - left > 1.0 {
        let rest = Rect::from_min_max(pos2(left, rect.top()), rect.max);
        painter.rect_filled(rest, RADIUS_BAR, palette.line);
    }
}

/// A share that glides to its value, unless motion is off.
#[must_use]
pub fn glide(ui: &Ui, id: egui::Id, share: f32) -> f32 {
    let time = ui.style().animation_time;
    ui.ctx().animate_value_with_time(id, share, time)
}

/// Tells of a bar: the words and its value from 0 to 1.
pub fn tell(ui: &Ui, rect: Rect, salt: &str, words: &str, share: f32) {
    let id = speak::note(ui, rect, salt, Role::ProgressIndicator, words);
    ui.ctx().accesskit_node_builder(id, |node| {
        node.set_value(words);
        node.set_numeric_value(f64::from(share));
        node.set_min_numeric_value(0.0);
        node.set_max_numeric_value(1.0);
    });
}

/// A bar of one part as a widget of the given size.
pub fn show(ui: &mut Ui, size: egui::Vec2, share: f32, colour: Color32, words: &str) {
    let (rect, _) = ui.allocate_exact_size(size, egui::Sense::hover());
    paint(ui.painter(), palette(ui), rect, &[(share, colour)]);
    tell(ui, rect, words, words, share);
}
