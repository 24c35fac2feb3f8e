//! One item of the bottom line.

use super::{focus, speak};
use crate::ui::theme::text::{self, Size, Weight};
use crate::ui::theme::{Icon, palette};
use egui::accesskit::Role;
use egui::{Align2, Response, Sense, Ui, pos2, vec2};

/// Height of the bottom line.
pub const HEIGHT: f32 = 32.0;
const ICON_ROOM: f32 = 20.0;
const GAP: f32 = 5.0;

/// An item: icon, words, and a heavy part in their middle.
#[derive(Debug, Clone, Default)]
pub struct StatusItem {
    /// Icon before the words.
    pub icon: Option<Icon>,
    /// Words.
    pub words: String,
    /// A part in heavy ink after the words.
    pub strong: String,
    /// Words after the heavy part.
    pub rest: String,
    /// Share of something used, as a small bar.
    pub share: Option<f32>,
}

impl StatusItem {
    /// An item of icon and words.
    #[must_use]
    pub fn new(icon: Icon, words: impl Into<String>) -> Self {
        Self {
            icon: Some(icon),
            words: words.into(),
            ..Self::default()
        }
    }

    /// An item of words only.
    #[must_use]
    pub fn words(words: impl Into<String>) -> Self {
        Self {
            words: words.into(),
            ..Self::default()
        }
    }

    /// How wide it is.
    #[must_use]
    pub fn width(&self, ui: &Ui) -> f32 {
        let palette = palette(ui);
        let plain = text::format(Size::Caption, Weight::Regular, palette.ink2);
        let heavy = text::format(Size::Caption, Weight::Semibold, palette.ink);
        let part = |words: &str, gap: f32, format: &egui::TextFormat| {
            if words.is_empty() {
                0.0
            } else {
                text::width(ui.painter(), words, format.clone()) + gap
            }
        };
        let icon = if self.icon.is_some() { ICON_ROOM } else { 0.0 };
        let bar = if self.share.is_some() { 72.0 } else { 0.0 };
        icon + part(&self.words, 0.0, &plain)
            + part(&self.strong, GAP, &heavy)
            + part(&self.rest, GAP, &plain)
            + bar
    }

    /// Adds it.
    pub fn show(&self, ui: &mut Ui) -> Response {
        let palette = palette(ui);
        let plain = text::format(Size::Caption, Weight::Regular, palette.ink2);
        let heavy = text::format(Size::Caption, Weight::Semibold, palette.ink);
        let (rect, response) = ui.allocate_exact_size(vec2(self.width(ui), HEIGHT), Sense::click());
        let y = rect.center().y;
        let painter = ui.painter();
        let mut x = rect.left();
        if let Some(icon) = self.icon {
            icon.paint(painter, pos2(x + 7.0, y), 14.0, palette.ink2);
            x += ICON_ROOM;
        }
        let parts = [
            (&self.words, &plain, 0.0),
            (&self.strong, &heavy, GAP),
            (&self.rest, &plain, GAP),
        ];
        for (words, format, gap) in parts {
            if !words.is_empty() {
                let at = pos2(x + gap, y);
                x = text::paint(painter, at, Align2::LEFT_CENTER, words, format.clone()).right();
            }
        }
        if let Some(share) = self.share {
            let bar = egui::Rect::from_center_size(pos2(x + 40.0, y), vec2(64.0, 4.0));
            super::bar::paint(painter, palette, bar, &[(share, palette.ink3)]);
        }
        focus::ring(ui, &response, 4.0);
        speak::tell(&response, Role::Status, self.spoken().trim(), |_| {});
        response
    }

    fn spoken(&self) -> String {
        let parts = [&self.words, &self.strong, &self.rest];
        let parts: Vec<&str> = parts
            .into_iter()
            .map(String::as_str)
            .filter(|part| !part.is_empty())
            .collect();
        parts.join(" ")
    }
}
