//! The small cap that shows which key does the same.

use crate::ui::theme::text::{self, Size, Weight};
use egui::{Align2, Color32, Painter, Pos2, Rect, Stroke, StrokeKind, vec2};

/// Height of a cap.
pub const HEIGHT: f32 = 20.0;
const PADDING: f32 = 6.0;

/// How wide the cap of `key` is.
#[must_use]
pub fn width(painter: &Painter, key: &str) -> f32 {
    let format = text::format(Size::Caption, Weight::Medium, Color32::PLACEHOLDER);
    (text::width(painter, key, format) + 2.0 * PADDING).max(HEIGHT)
}

/// Draws the cap of `key` with its left middle at `pos`.
pub fn paint(painter: &Painter, pos: Pos2, key: &str, ink: Color32, line: Color32) -> Rect {
    let size = vec2(width(painter, key), HEIGHT);
    let rect = Align2::LEFT_CENTER.anchor_size(pos, size);
    painter.rect_stroke(rect, 4.0, Stroke::new(1.0, line), StrokeKind::Inside);
    let format = text::format(Size::Caption, Weight::Medium, ink);
    text::paint(painter, rect.center(), Align2::CENTER_CENTER, key, format);
    rect
}

/// A cap as a widget.
pub fn show(ui: &mut egui::Ui, key: &str) {
    let palette = crate::ui::theme::palette(ui);
    let size = vec2(width(ui.painter(), key), HEIGHT);
    let (rect, _) = ui.allocate_exact_size(size, egui::Sense::hover());
    paint(
        ui.painter(),
        rect.left_center(),
        key,
        palette.ink2,
        palette.line,
    );
}
