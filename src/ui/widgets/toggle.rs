//! A switch with its words, which say how it stands.

use super::{focus, speak};
use crate::ui::theme::palette;
use crate::ui::theme::text::{self, Size, Weight};
use egui::accesskit::{Role, Toggled};
use egui::{Align2, Rect, Response, Sense, Stroke, StrokeKind, Ui, Vec2, pos2, vec2};

const TRACK: Vec2 = vec2(32.0, 18.0);

/// Adds a switch; `words` is what stands beside it, `name` what it is called.
pub fn toggle(ui: &mut Ui, on: bool, name: &str, words: &str) -> Response {
    let palette = palette(ui);
    let format = text::format(Size::Body, Weight::Medium, palette.ink);
    let width = TRACK.x + 8.0 + text::width(ui.painter(), words, format.clone());
    let (rect, response) = ui.allocate_exact_size(vec2(width, 32.0), Sense::click());
    let track = Rect::from_center_size(pos2(rect.left() + TRACK.x / 2.0, rect.center().y), TRACK);
    let share = ui
        .ctx()
        .animate_bool_with_time(response.id, on, ui.style().animation_time);
    let painter = ui.painter();
    let (fill, outline, knob) = if on {
        (palette.ink, palette.ink, palette.on_ink)
    } else {
        (palette.surface, palette.edge, palette.edge)
    };
    painter.rect(
        track,
        TRACK.y / 2.0,
        fill,
        Stroke::new(1.0, outline),
        StrokeKind::Inside,
    );
    let knob_x = egui::lerp(track.left() + 9.0..=track.right() - 9.0, share);
    painter.circle_filled(pos2(knob_x, track.center().y), 6.0, knob);
    text::paint(
        painter,
        pos2(track.right() + 8.0, rect.center().y),
        Align2::LEFT_CENTER,
        words,
        format,
    );
    focus::ring(ui, &response, 6.0);
    speak::tell(&response, Role::Switch, name, |node| {
        node.set_toggled(if on { Toggled::True } else { Toggled::False });
        node.set_description(words);
    });
    response
}
