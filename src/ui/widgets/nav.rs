//! One place in the rail at the left.

use super::{focus, speak};
use crate::ui::theme::style::RADIUS_CARD;
use crate::ui::theme::text::{self, Size, Weight};
use crate::ui::theme::{Icon, palette};
use egui::accesskit::Role;
use egui::{Align2, Rect, Response, Sense, Stroke, StrokeKind, Ui, pos2, vec2};

/// Height of a place.
pub const HEIGHT: f32 = 56.0;

/// A place in the rail.
#[derive(Debug, Clone, Copy)]
pub struct Place<'a> {
    /// Its name.
    pub name: &'a str,
    /// Its icon, and the one when it is chosen.
    pub icons: (Icon, Icon),
    /// Whether it is the screen that is shown.
    pub chosen: bool,
    /// How many things wait there.
    pub count: usize,
}

/// Adds a place.
pub fn show(ui: &mut Ui, place: &Place<'_>) -> Response {
    let palette = palette(ui);
    let (rect, response) =
        ui.allocate_exact_size(vec2(ui.available_width(), HEIGHT), Sense::click());
    let painter = ui.painter();
    let face = rect.shrink2(vec2(6.0, 0.0));
    if place.chosen {
        let mark = Rect::from_min_max(
            pos2(rect.left() - 1.0, rect.top() + 15.0),
            pos2(rect.left() + 3.0, rect.bottom() - 15.0),
        );
        painter.rect_filled(mark, 2.0, palette.ink);
        painter.rect(
            face,
            RADIUS_CARD,
            palette.surface,
            Stroke::new(1.0, palette.line),
            StrokeKind::Inside,
        );
    } else if response.hovered() {
        painter.rect_filled(face, f32::from(RADIUS_CARD), palette.sunken);
    }
    let (icon, ink, weight) = if place.chosen {
        (place.icons.1, palette.ink, Weight::Semibold)
    } else {
        (place.icons.0, palette.ink2, Weight::Medium)
    };
    let size = if rect.width() < 78.0 { 20.0 } else { 22.0 };
    let icon_at = pos2(rect.center().x, rect.top() + 19.0);
    icon.paint(painter, icon_at, size, ink);
    let format = text::format(Size::Caption, weight, ink);
    text::paint(
        painter,
        pos2(rect.center().x, rect.top() + 40.0),
        Align2::CENTER_CENTER,
        place.name,
        format,
    );
    if place.count > 0 {
        let words = if place.count > 99 {
            "99".to_owned()
        } else {
            place.count.to_string()
        };
        let format = text::format(Size::Caption, Weight::Semibold, palette.on_ink);
        let width = (text::width(painter, &words, format.clone()) + 8.0).max(16.0);
        let badge = Rect::from_center_size(icon_at + vec2(14.0, -7.0), vec2(width, 16.0));
        painter.rect_filled(badge, 8.0, palette.ink);
        text::paint(
            painter,
            badge.center(),
            Align2::CENTER_CENTER,
            &words,
            format,
        );
    }
    focus::ring(ui, &response, f32::from(RADIUS_CARD));
    speak::tell(&response, Role::Tab, place.name, |node| {
        node.set_selected(place.chosen);
        if place.count > 0 {
            node.set_description(format!("{} waiting", place.count));
        }
    });
    response
}
