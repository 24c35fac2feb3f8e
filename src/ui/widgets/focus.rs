//! The ring around what the keyboard is on.

use crate::ui::theme::palette;
use egui::{Response, Stroke, StrokeKind, Ui};

/// Draws the ring when `response` has the keyboard.
pub fn ring(ui: &Ui, response: &Response, radius: f32) {
    if response.has_focus() {
        let stroke = Stroke::new(2.0, palette(ui).work.line);
        ui.painter().rect_stroke(
            response.rect.expand(2.0),
            radius + 2.0,
            stroke,
            StrokeKind::Outside,
        );
    }
}
