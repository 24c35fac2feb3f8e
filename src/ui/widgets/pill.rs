//! Pills: a fact in one or two words. Coloured only where it is news.

use super::shape::Shape;
use super::speak;
use crate::ui::theme::text::{self, Size, Weight};
use crate::ui::theme::{Family, Palette, palette};
use egui::accesskit::Role;
use egui::{
    Align2, Color32, Painter, Pos2, Rect, Response, Sense, Stroke, StrokeKind, Ui, pos2, vec2,
};

/// Height of a pill.
pub const HEIGHT: f32 = 22.0;

/// What a pill looks like.
#[derive(Debug, Clone, Copy)]
pub enum Tone {
    /// A fact without news.
    Neutral,
    /// A fact without news, outlined.
    Outline,
    /// News of a family.
    News(fn(&Palette) -> Family),
}

/// A pill to be drawn.
#[derive(Debug, Clone)]
pub struct Pill {
    /// Words.
    pub words: String,
    /// Shape before them.
    pub shape: Option<Shape>,
    /// Look.
    pub tone: Tone,
}

impl Pill {
    /// A pill with a shape.
    #[must_use]
    pub fn new(words: impl Into<String>, shape: Option<Shape>, tone: Tone) -> Self {
        Self {
            words: words.into(),
            shape,
            tone,
        }
    }

    /// How wide it is.
    #[must_use]
    pub fn width(&self, painter: &Painter) -> f32 {
        let format = text::format(Size::Caption, Weight::Medium, Color32::PLACEHOLDER);
        let shape = if self.shape.is_some() { 20.0 } else { 0.0 };
        text::width(painter, &self.words, format) + 16.0 + shape
    }

    /// Draws it with its left middle at `pos`.
    pub fn paint(&self, painter: &Painter, palette: &Palette, pos: Pos2) -> Rect {
        let rect = Align2::LEFT_CENTER.anchor_size(pos, vec2(self.width(painter), HEIGHT));
        let (ground, outline, ink, mark) = match self.tone {
            Tone::Neutral => (
                palette.sunken,
                Color32::TRANSPARENT,
                palette.ink2,
                palette.ink2,
            ),
            Tone::Outline => (palette.surface, palette.edge, palette.ink2, palette.ink2),
            Tone::News(family) => {
                let family = family(palette);
                (family.tint, Color32::TRANSPARENT, family.text, family.line)
            }
        };
        painter.rect(
            rect,
            6.0,
            ground,
            Stroke::new(1.0, outline),
            StrokeKind::Inside,
        );
        let mut x = rect.left() + 8.0;
        if let Some(shape) = self.shape {
            shape.paint(
                painter,
                palette,
                pos2(x + 7.0, rect.center().y),
                14.0,
                mark,
                ground,
            );
            x += 20.0;
        }
        let format = text::format(Size::Caption, Weight::Medium, ink);
        text::paint(
            painter,
            pos2(x, rect.center().y),
            Align2::LEFT_CENTER,
            &self.words,
            format,
        );
        rect
    }

    /// Adds it as a widget.
    pub fn show(&self, ui: &mut Ui) -> Response {
        let size = vec2(self.width(ui.painter()), HEIGHT);
        let (rect, response) = ui.allocate_exact_size(size, Sense::hover());
        self.paint(ui.painter(), palette(ui), rect.left_center());
        speak::tell(&response, Role::Label, &self.words, |_| {});
        response
    }
}
