//! A message of a few seconds over the bottom line. It tells, it never asks; what it tells of can be taken back where it says so.

use super::{button, place, speak};
use crate::ui::theme::icon_table as icons;
use crate::ui::theme::style::RADIUS_CARD;
use crate::ui::theme::text::{self, Size, Weight};
use crate::ui::theme::{Palette, palette};
use egui::accesskit::{Live, Role};
use egui::{Galley, Painter, Rect, Sense, Ui, pos2, vec2};
use std::sync::Arc;

/// Height of a toast of one line.
const HEIGHT: f32 = 44.0;
/// Widest toast; longer words take more lines, none is cut.
const WIDEST: f32 = 560.0;
/// What stands beside the words: the icon at the left, room at both ends.
const BESIDE: f32 = 62.0;
/// Above and below the words.
const AROUND: f32 = 12.0;

/// Room for the way back.
const UNDO: f32 = 56.0;

/// What came of showing one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Toasted {
    /// The pointer or the keyboard is on it: it stays.
    pub held: bool,
    /// Its way back was pressed.
    pub undone: bool,
}

/// A message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ToastCard {
    /// Words.
    pub words: String,
    /// Something is not as it should be.
    pub warning: bool,
}

impl ToastCard {
    /// Adds it, with a way back where there is one.
    pub fn show(&self, ui: &mut Ui, can_undo: bool) -> Toasted {
        let palette = palette(ui);
        let format = text::format(Size::Body, Weight::Medium, palette.on_ink);
        let job = text::block_job(&self.words, format, WIDEST - BESIDE);
        let galley = ui.painter().layout_job(job);
        let undo = if can_undo { UNDO } else { 0.0 };
        let size = galley.size() + vec2(BESIDE + undo, 2.0 * AROUND);
        let (rect, response) = ui.allocate_exact_size(size.max(vec2(0.0, HEIGHT)), Sense::hover());
        self.paint(ui.painter(), palette, rect, galley);
        speak::tell(&response, Role::Status, &self.words, |node| {
            node.set_live(if self.warning {
                Live::Assertive
            } else {
                Live::Polite
            });
        });
        let mut toasted = Toasted {
            held: response.contains_pointer(),
            undone: false,
        };
        if can_undo {
            let at = rect.with_min_x(rect.right() - UNDO);
            let (undo, _) = place::at(ui, at, place::from_left(), |ui| {
                button::link_of(ui, "Undo", palette.on_ink, f32::INFINITY)
            });
            toasted.held |= undo.has_focus();
            toasted.undone = undo.clicked();
        }
        toasted
    }

    fn paint(&self, painter: &Painter, palette: &Palette, rect: Rect, words: Arc<Galley>) {
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
        let top = rect.center().y - words.size().y / 2.0;
        painter.galley(pos2(rect.left() + 46.0, top), words, palette.on_ink);
    }
}
