//! How everything looks: colours, type, fonts, icons and egui's style. Widgets and screens take all of it from here.

pub mod fonts;
pub mod icon;
#[rustfmt::skip]
pub mod icon_table;
pub mod palette;
pub mod style;
pub mod text;

pub use icon::Icon;
pub use palette::{Family, Palette};
pub use text::{Size, Weight};

use egui::{Context, Theme, Ui};

/// Gives `ctx` our fonts and the style of both themes. Call once, before the first frame.
pub fn install(ctx: &Context) {
    ctx.set_fonts(fonts::definitions());
    ctx.set_style_of(Theme::Light, style::style(&palette::LIGHT, false));
    ctx.set_style_of(Theme::Dark, style::style(&palette::DARK, true));
}

/// The colours of the theme that `ui` is drawn in.
#[must_use]
pub fn palette(ui: &Ui) -> &'static Palette {
    if ui.visuals().dark_mode {
        &palette::DARK
    } else {
        &palette::LIGHT
    }
}
