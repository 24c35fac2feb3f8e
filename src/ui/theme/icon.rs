//! An icon is a glyph of one of the three Phosphor fonts. Which ones there are: [`super::icon_table`].

use egui::{Align2, Color32, FontFamily, FontId, Painter, Pos2, Rect};

/// Which cut of an icon.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum IconWeight {
    /// Thin lines, the usual one.
    Regular,
    /// Thick lines.
    Bold,
    /// Filled.
    Fill,
}

/// One icon.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Icon {
    glyph: char,
    weight: IconWeight,
}

/// The window's own icon; the system's default when the picture cannot be read.
#[must_use]
pub fn window_icon() -> egui::IconData {
    eframe::icon_data::from_png_bytes(include_bytes!("../../../assets/icon/fleetdesk-256.png"))
        .unwrap_or_default()
}

impl Icon {
    /// The icon at `glyph` of the font of `weight`.
    #[must_use]
    pub const fn new(glyph: char, weight: IconWeight) -> Self {
        Self { glyph, weight }
    }

    /// The font at `size` points.
    #[must_use]
    pub fn font(self, size: f32) -> FontId {
        FontId::new(size, FontFamily::Name(self.family_name().into()))
    }

    /// The glyph as text.
    #[must_use]
    pub fn text(self) -> String {
        self.glyph.to_string()
    }

    /// Draws it, `size` points high, around `centre`.
    pub fn paint(self, painter: &Painter, centre: Pos2, size: f32, colour: Color32) -> Rect {
        let galley = painter.layout_no_wrap(self.text(), self.font(size), colour);
        let rect = Align2::CENTER_CENTER.anchor_size(centre, galley.size());
        painter.galley(rect.min, galley, colour);
        Rect::from_center_size(centre, egui::Vec2::splat(size))
    }

    fn family_name(self) -> &'static str {
        match self.weight {
            IconWeight::Regular => "icons",
            IconWeight::Bold => "icons-bold",
            IconWeight::Fill => "icons-fill",
        }
    }
}
