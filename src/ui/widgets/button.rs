//! Buttons: one primary in ink on a screen, the rest outlined or bare. A button that is off always says why.

use super::{focus, key_cap, speak};
use crate::ui::theme::icon_table as icons;
use crate::ui::theme::style::RADIUS_CONTROL;
use crate::ui::theme::text::{self, Size, Weight};
use crate::ui::theme::{Icon, Palette, palette};
use egui::accesskit::Role;
use egui::{Align2, Color32, Rect, Response, Sense, Stroke, StrokeKind, Ui, pos2, vec2};

/// How loud a button is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Ink; at most one on a screen.
    Primary,
    /// Outlined.
    Secondary,
    /// Words only.
    Bare,
}

/// A button to be shown.
#[derive(Debug, Clone)]
pub struct Button<'a> {
    text: &'a str,
    icon: Option<Icon>,
    key: Option<&'a str>,
    kind: Kind,
    height: f32,
    width: Option<f32>,
    off: Option<&'a str>,
}

impl<'a> Button<'a> {
    /// An outlined button, 32 high.
    #[must_use]
    pub fn new(text: &'a str) -> Self {
        Self {
            text,
            icon: None,
            key: None,
            kind: Kind::Secondary,
            height: 32.0,
            width: None,
            off: None,
        }
    }

    /// The primary button.
    #[must_use]
    pub fn primary(text: &'a str) -> Self {
        Self {
            kind: Kind::Primary,
            ..Self::new(text)
        }
    }

    /// Words only.
    #[must_use]
    pub fn bare(text: &'a str) -> Self {
        Self {
            kind: Kind::Bare,
            ..Self::new(text)
        }
    }

    /// With an icon before the words.
    #[must_use]
    pub fn icon(mut self, icon: Icon) -> Self {
        self.icon = Some(icon);
        self
    }

    /// With the key that does the same.
    #[must_use]
    pub fn key(mut self, key: &'a str) -> Self {
        self.key = Some(key);
        self
    }

    /// Another height than 32; 26 for small ones.
    #[must_use]
    pub fn height(mut self, height: f32) -> Self {
        self.height = height;
        self
    }

    /// A fixed width; the key then stands at the right end.
    #[must_use]
    pub fn width(mut self, width: f32) -> Self {
        self.width = Some(width);
        self
    }

    /// Off, and why. The reason is also told to screen readers; show it with [`why`] as well.
    #[must_use]
    pub fn off(mut self, why: Option<&'a str>) -> Self {
        self.off = why;
        self
    }

    fn size_of_text(&self) -> Size {
        if self.height < 30.0 {
            Size::Caption
        } else {
            Size::Body
        }
    }

    fn weight(&self) -> Weight {
        if self.kind == Kind::Primary {
            Weight::Semibold
        } else {
            Weight::Medium
        }
    }

    /// How wide it wants to be.
    #[must_use]
    pub fn natural_width(&self, ui: &Ui) -> f32 {
        let format = text::format(self.size_of_text(), self.weight(), Color32::PLACEHOLDER);
        let mut width = text::width(ui.painter(), self.text, format) + 2.0 * self.padding();
        if self.icon.is_some() {
            width += self.icon_size() + 8.0;
        }
        if let Some(key) = self.key {
            width += key_cap::width(ui.painter(), key) + 10.0;
        }
        width.ceil()
    }

    fn padding(&self) -> f32 {
        match self.kind {
            Kind::Primary if self.height > 36.0 => 16.0,
            _ if self.height < 30.0 => 9.0,
            _ => 12.0,
        }
    }

    fn icon_size(&self) -> f32 {
        if self.height < 30.0 { 14.0 } else { 16.0 }
    }

    /// Adds it.
    pub fn show(self, ui: &mut Ui) -> Response {
        let palette = palette(ui);
        let width = self.width.unwrap_or_else(|| self.natural_width(ui));
        let sense = if self.off.is_some() {
            Sense::hover()
        } else {
            Sense::click()
        };
        let (rect, response) = ui.allocate_exact_size(vec2(width, self.height), sense);
        if ui.is_rect_visible(rect) {
            self.paint(ui, palette, rect, &response);
        }
        focus::ring(ui, &response, f32::from(RADIUS_CONTROL));
        speak::tell(&response, Role::Button, self.text, |node| {
            if let Some(why) = self.off {
                node.set_disabled();
                node.set_description(why);
            } else if let Some(key) = self.key {
                node.set_keyboard_shortcut(key);
            }
        });
        response
    }

    fn paint(&self, ui: &Ui, palette: &Palette, rect: Rect, response: &Response) {
        let painter = ui.painter();
        let (fill, outline, ink) = self.colours(palette, response);
        painter.rect(
            rect,
            RADIUS_CONTROL,
            fill,
            Stroke::new(1.0, outline),
            StrokeKind::Inside,
        );
        let mut x = rect.left() + self.padding();
        let y = rect.center().y;
        if let Some(icon) = self.icon {
            let size = self.icon_size();
            let icon_ink = if self.kind == Kind::Primary || self.off.is_some() {
                ink
            } else {
                palette.ink2
            };
            icon.paint(painter, pos2(x + size / 2.0, y), size, icon_ink);
            x += size + 8.0;
        }
        let format = text::format(self.size_of_text(), self.weight(), ink);
        text::paint(painter, pos2(x, y), Align2::LEFT_CENTER, self.text, format);
        if let Some(key) = self.key {
            let cap = key_cap::width(painter, key);
            let inset = self.padding().min(14.0);
            let (cap_ink, cap_line) = match (self.kind, self.off) {
                (_, Some(_)) => (palette.ink3, palette.line),
                (Kind::Primary, None) => (palette.on_ink, palette.ink3),
                _ => (palette.ink2, palette.line),
            };
            key_cap::paint(
                painter,
                pos2(rect.right() - inset - cap, y),
                key,
                cap_ink,
                cap_line,
            );
        }
    }

    fn colours(&self, palette: &Palette, response: &Response) -> (Color32, Color32, Color32) {
        if self.off.is_some() {
            return (palette.bg, palette.line, palette.ink3);
        }
        let pressed = response.is_pointer_button_down_on();
        let hovered = response.hovered();
        match self.kind {
            Kind::Primary if hovered || pressed => (palette.ink2, palette.ink2, palette.on_ink),
            Kind::Primary => (palette.ink, palette.ink, palette.on_ink),
            Kind::Secondary if pressed => (palette.sunken, palette.ink, palette.ink),
            Kind::Secondary if hovered => (palette.sunken, palette.ink2, palette.ink),
            Kind::Secondary => (palette.surface, palette.edge, palette.ink),
            Kind::Bare if hovered || pressed => (palette.sunken, Color32::TRANSPARENT, palette.ink),
            Kind::Bare => (Color32::TRANSPARENT, Color32::TRANSPARENT, palette.ink2),
        }
    }
}

/// Why something is off: an 'i' and one line, beside or under the control.
pub fn why(ui: &mut Ui, reason: &str) {
    let palette = palette(ui);
    let format = text::format(Size::Caption, Weight::Regular, palette.ink2);
    let wrap = (ui.available_width() - 20.0).max(60.0);
    let galley = ui
        .painter()
        .layout_job(text::block_job(reason, format, wrap));
    let (rect, response) = ui.allocate_exact_size(galley.size() + vec2(20.0, 0.0), Sense::hover());
    icons::INFO.paint(ui.painter(), rect.min + vec2(7.0, 8.0), 14.0, palette.ink2);
    ui.painter()
        .galley(rect.min + vec2(20.0, 0.0), galley, palette.ink2);
    speak::tell(&response, Role::Label, reason, |_| {});
}

/// An underlined word that acts.
pub fn link(ui: &mut Ui, words: &str) -> Response {
    let colour = palette(ui).ink;
    link_of(ui, words, colour, f32::INFINITY)
}

/// The same in a colour, no wider than `most`: longer words lose their middle, and show it under the pointer.
pub fn link_of(ui: &mut Ui, words: &str, colour: Color32, most: f32) -> Response {
    let format = text::format(Size::Caption, Weight::Semibold, colour);
    let shown = text::cut_middle(ui.painter(), words, &format, most);
    let size = vec2(text::width(ui.painter(), &shown, format.clone()), 20.0);
    let (rect, response) = ui.allocate_exact_size(size, Sense::click());
    let drawn = text::paint(
        ui.painter(),
        rect.left_center(),
        Align2::LEFT_CENTER,
        &shown,
        format,
    );
    ui.painter().hline(
        drawn.x_range(),
        drawn.bottom() - 1.0,
        Stroke::new(1.0, colour),
    );
    focus::ring(ui, &response, 4.0);
    speak::tell(&response, Role::Button, words, |_| {});
    if shown == words {
        response
    } else {
        response.on_hover_text(words)
    }
}
