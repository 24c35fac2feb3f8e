//! A message of a few seconds over the bottom line. It tells, it never asks; what it tells of can be taken back where it says so.

use super::{focus, key_cap, speak};
use crate::ui::theme::icon_table as icons;
use crate::ui::theme::style::RADIUS_CARD;
use crate::ui::theme::text::{self, Size, Weight};
use crate::ui::theme::{Palette, palette};
use egui::accesskit::{Live, Role};
use egui::{Align2, Galley, Id, Painter, Rect, Sense, Stroke, Ui, pos2, vec2};
use std::sync::Arc;

/// Height of a toast of one line.
const HEIGHT: f32 = 44.0;
/// Widest toast; longer words take more lines, none is cut.
const WIDEST: f32 = 560.0;
/// What stands beside the words: the icon at the left, room at both ends.
const BESIDE: f32 = 62.0;
/// The word that takes it back.
const UNDO: &str = "Undo";
/// Above and below the words.
const AROUND: f32 = 12.0;

/// A message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ToastCard {
    /// Words.
    pub words: String,
    /// Something is not as it should be.
    pub warning: bool,
}

/// What came of a message that was shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Shown {
    /// The pointer or the keyboard is on it: it stays.
    pub held: bool,
    /// Undo was pressed.
    pub undone: bool,
}

impl ToastCard {
    /// Adds it. `number` is its own, as others may say the same; `undo` is the key that takes back what it tells of, where that can be done.
    pub fn show(&self, ui: &mut Ui, number: u64, undo: Option<&str>) -> Shown {
        let palette = palette(ui);
        let format = text::format(Size::Body, Weight::Medium, palette.on_ink);
        let undo_format = text::format(Size::Body, Weight::Semibold, palette.on_ink);
        let word = text::width(ui.painter(), UNDO, undo_format.clone());
        let for_undo = undo.map_or(0.0, |key| {
            16.0 + word + 8.0 + key_cap::width(ui.painter(), key)
        });
        let widest = WIDEST.min(ui.ctx().content_rect().width() - 32.0);
        let job = text::block_job(&self.words, format, widest - BESIDE - for_undo);
        let galley = ui.painter().layout_job(job);
        let size = galley.size() + vec2(BESIDE + for_undo, 2.0 * AROUND);
        let (rect, response) = ui.allocate_exact_size(size.max(vec2(0.0, HEIGHT)), Sense::hover());
        let words_right = rect.left() + 46.0 + galley.size().x;
        self.paint(ui.painter(), palette, rect, galley);
        speak::tell(&response, Role::Status, &self.words, |node| {
            node.set_live(if self.warning {
                Live::Assertive
            } else {
                Live::Polite
            });
        });
        let mut has_keyboard = false;
        let undone = undo.is_some_and(|key| {
            let at = pos2(words_right + 16.0, rect.center().y);
            let place = Rect::from_min_size(at - vec2(6.0, 14.0), vec2(word + 12.0, 28.0));
            let response = ui.interact(place, Id::unique(("undo", number)), Sense::click());
            let drawn = text::paint(ui.painter(), at, Align2::LEFT_CENTER, UNDO, undo_format);
            let line = Stroke::new(1.0, palette.on_ink);
            ui.painter()
                .hline(drawn.x_range(), drawn.bottom() - 1.0, line);
            let cap = pos2(drawn.right() + 8.0, at.y);
            key_cap::paint(ui.painter(), cap, key, palette.on_ink, palette.ink3);
            focus::ring(ui, &response, 4.0);
            has_keyboard = response.has_focus();
            speak::tell(&response, Role::Button, UNDO, |node| {
                node.set_keyboard_shortcut(key);
            });
            response.clicked()
        });
        Shown {
            held: response.contains_pointer() || has_keyboard,
            undone,
        }
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
