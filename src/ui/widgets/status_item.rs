//! One item of the bottom line.

use super::{focus, speak};
use crate::ui::theme::text::{self, Size, Weight};
use crate::ui::theme::{Icon, palette};
use egui::accesskit::Role;
use egui::{Align2, Response, Sense, Ui, pos2, vec2};

/// Height of the bottom line.
pub const HEIGHT: f32 = 32.0;

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

    /// Adds it.
    pub fn show(&self, ui: &mut Ui) -> Response {
        let palette = palette(ui);
        let plain = text::format(Size::Caption, Weight::Regular, palette.ink2);
        let heavy = text::format(Size::Caption, Weight::Semibold, palette.ink);
        let painter = ui.painter();
        let widths = [
            text::width(painter, &self.words, plain.clone()),
            if self.strong.is_empty() {
                0.0
            } else {
                text::width(painter, &self.strong, heavy.clone()) + 5.0
            },
            if self.rest.is_empty() {
                0.0
            } else {
                text::width(painter, &self.rest, plain.clone()) + 5.0
            },
        ];
        let icon_room = if self.icon.is_some() { 20.0 } else { 0.0 };
        let bar_room = if self.share.is_some() { 72.0 } else { 0.0 };
        let width = icon_room + widths.iter().sum::<f32>() + bar_room;
        let (rect, response) = ui.allocate_exact_size(vec2(width, HEIGHT), Sense::click());
        let y = rect.center().y;
        let painter = ui.painter();
        if let Some(icon) = self.icon {
            icon.paint(painter, pos2(rect.left() + 7.0, y), 14.0, palette.ink2);
        }
        let mut x = rect.left() + icon_room;
        x = text::paint(
            painter,
            pos2(x, y),
            Align2::LEFT_CENTER,
            &self.words,
            plain.clone(),
        )
        .right();
        if !self.strong.is_empty() {
            x = text::paint(
                painter,
                pos2(x + 5.0, y),
                Align2::LEFT_CENTER,
                &self.strong,
                heavy,
            )
            .right();
        }
        if !self.rest.is_empty() {
            x = text::paint(
                painter,
                pos2(x + 5.0, y),
                Align2::LEFT_CENTER,
                &self.rest,
                plain,
            )
            .right();
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
