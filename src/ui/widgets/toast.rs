//! A message of a few seconds over the bottom line. It tells, it never asks.

use super::speak;
use crate::ui::theme::icon_table as icons;
use crate::ui::theme::style::RADIUS_CARD;
use crate::ui::theme::text::{self, Size, Weight};
use crate::ui::theme::{Palette, palette};
use egui::accesskit::{Live, Role};
use egui::{Align2, Painter, Rect, Sense, Ui, pos2, vec2};

/// Height of a toast.
pub const HEIGHT: f32 = 44.0;

/// A message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ToastCard {
    /// Words.
    pub words: String,
    /// Something is not as it should be.
    pub warning: bool,
}

impl ToastCard {
    /// Adds it; returns whether the pointer is over it.
    pub fn show(&self, ui: &mut Ui) -> bool {
        let palette = palette(ui);
        let format = text::format(Size::Body, Weight::Medium, palette.on_ink);
        let width = (text::width(ui.painter(), &self.words, format) + 62.0).min(560.0);
        let (rect, response) = ui.allocate_exact_size(vec2(width, HEIGHT), Sense::hover());
        self.paint(ui.painter(), palette, rect);
        speak::tell(&response, Role::Status, &self.words, |node| {
            node.set_live(if self.warning {
                Live::Assertive
            } else {
                Live::Polite
            });
        });
        response.hovered()
    }

    fn paint(&self, painter: &Painter, palette: &Palette, rect: Rect) {
        let shadow = egui::Shadow {
            offset: [0, 6],
            blur: 20,
            spread: 0,
            color: palette.shadow,
        };
        painter.add(shadow.as_shape(rect, RADIUS_CARD));
        painter.rect_filled(rect, RADIUS_CARD, palette.ink);
        let icon = if self.warning {
            icons::WARNING_FILL
        } else {
            icons::CHECK
        };
        icon.paint(
            painter,
            pos2(rect.left() + 26.0, rect.center().y),
            18.0,
            palette.on_ink,
        );
        let format = text::format(Size::Body, Weight::Medium, palette.on_ink);
        let at = pos2(rect.left() + 46.0, rect.center().y);
        text::paint_within(
            painter,
            at,
            Align2::LEFT_CENTER,
            &self.words,
            format,
            rect.width() - 60.0,
        );
    }
}
