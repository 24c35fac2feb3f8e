//! Puts things into a place that was measured before, without moving what comes after.

use egui::{Align, Layout, Rect, Ui, UiBuilder};

/// Adds into `rect` with `layout`; returns also the room that was used.
pub fn at<R>(ui: &mut Ui, rect: Rect, layout: Layout, add: impl FnOnce(&mut Ui) -> R) -> (R, Rect) {
    let mut child = ui.new_child(UiBuilder::new().max_rect(rect).layout(layout));
    let inner = add(&mut child);
    (inner, child.min_rect())
}

/// From the right end, on the middle line.
#[must_use]
pub fn from_right() -> Layout {
    Layout::right_to_left(Align::Center)
}

/// From the left end, on the middle line.
#[must_use]
pub fn from_left() -> Layout {
    Layout::left_to_right(Align::Center)
}

/// From above, along the left edge.
#[must_use]
pub fn down() -> Layout {
    Layout::top_down(Align::Min)
}
