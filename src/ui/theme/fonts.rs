//! The embedded fonts: Inter with figures of one width, JetBrains Mono for transcripts, Phosphor for icons.

use egui::{FontData, FontDefinitions, FontFamily, FontTweak};
use std::sync::Arc;

/// Inter by alphabets, the usual one first.
const INTER: [(&str, &[u8]); 8] = [
    (
        "inter",
        include_bytes!("../../../assets/fonts/inter-latin.ttf"),
    ),
    (
        "inter-ext",
        include_bytes!("../../../assets/fonts/inter-latin-ext.ttf"),
    ),
    (
        "inter-cyrillic",
        include_bytes!("../../../assets/fonts/inter-cyrillic.ttf"),
    ),
    (
        "inter-cyrillic-ext",
        include_bytes!("../../../assets/fonts/inter-cyrillic-ext.ttf"),
    ),
    (
        "inter-greek",
        include_bytes!("../../../assets/fonts/inter-greek.ttf"),
    ),
    (
        "inter-greek-ext",
        include_bytes!("../../../assets/fonts/inter-greek-ext.ttf"),
    ),
    (
        "inter-vietnamese",
        include_bytes!("../../../assets/fonts/inter-vietnamese.ttf"),
    ),
    // The arrow between what was and what is; no published alphabet has it.
    (
        "inter-arrow",
        include_bytes!("../../../assets/fonts/inter-arrow.ttf"),
    ),
];
const JETBRAINS_MONO: &[u8] = include_bytes!("../../../assets/fonts/jetbrains-mono-latin.ttf");
const ICONS: &[u8] = include_bytes!("../../../assets/fonts/phosphor-regular.ttf");
const ICONS_BOLD: &[u8] = include_bytes!("../../../assets/fonts/phosphor-bold.ttf");
const ICONS_FILL: &[u8] = include_bytes!("../../../assets/fonts/phosphor-fill.ttf");

/// All fonts of the screens.
#[must_use]
pub fn definitions() -> FontDefinitions {
    let mut fonts = FontDefinitions::empty();
    let mut add = |name: &str, bytes: &'static [u8]| {
        let data = FontData::from_static(bytes).tweak(FontTweak::default());
        fonts.font_data.insert(name.to_owned(), Arc::new(data));
    };
    for (name, bytes) in INTER {
        add(name, bytes);
    }
    add("mono", JETBRAINS_MONO);
    add("icons", ICONS);
    add("icons-bold", ICONS_BOLD);
    add("icons-fill", ICONS_FILL);

    let mut family = |family: FontFamily, names: &[&str]| {
        let names = names.iter().map(|name| (*name).to_owned()).collect();
        fonts.families.insert(family, names);
    };
    let inter = INTER.map(|(name, _)| name);
    family(FontFamily::Proportional, &inter);
    family(FontFamily::Monospace, &[&["mono"], &inter[..]].concat());
    family(FontFamily::Name("icons".into()), &["icons"]);
    family(FontFamily::Name("icons-bold".into()), &["icons-bold"]);
    family(FontFamily::Name("icons-fill".into()), &["icons-fill"]);
    fonts
}

#[cfg(test)]
mod tests {
    use super::super::text::{self, Size, Weight, format};
    use egui::Color32;

    #[test]
    fn names_in_european_alphabets_have_all_their_letters() {
        let mut harness = egui_kittest::Harness::builder()
            .with_context_setup(|ctx| ctx.set_fonts(super::definitions()))
            .build_ui(|ui| {
                let font = format(Size::Body, Weight::Regular, Color32::BLACK).font_id;
                for name in ["Łódź Çelik", "Кириллица Ґ", "Ελληνικά", "Nguyễn Thế"]
                {
                    let has_all = ui.ctx().fonts_mut(|fonts| fonts.has_glyphs(&font, name));
                    assert!(has_all, "{name}");
                }
            });
        harness.run();
    }

    #[test]
    fn the_arrow_between_what_was_and_what_is_can_be_drawn() {
        let mut harness = egui_kittest::Harness::builder()
            .with_context_setup(|ctx| ctx.set_fonts(super::definitions()))
            .build_ui(|ui| {
                let weights = [Weight::Regular, Weight::Medium, Weight::Semibold];
                let mut formats = weights
                    .map(|each| format(Size::Body, each, Color32::BLACK))
                    .to_vec();
                formats.push(text::mono(Color32::BLACK));
                for font in formats.into_iter().map(|format| format.font_id) {
                    let drawn = ui.ctx().fonts_mut(|fonts| fonts.has_glyphs(&font, "a → b"));
                    assert!(drawn, "{font:?}");
                }
            });
        harness.run();
    }

    #[test]
    fn figures_have_one_width_at_every_weight() {
        let mut harness = egui_kittest::Harness::builder()
            .with_context_setup(|ctx| ctx.set_fonts(super::definitions()))
            .build_ui(|ui| {
                for weight in [
                    Weight::Regular,
                    Weight::Medium,
                    Weight::Semibold,
                    Weight::Heavy,
                ] {
                    let width = |digit: char| {
                        let format = format(Size::Figure, weight, Color32::BLACK);
                        let digits = digit.to_string().repeat(8);
                        text::width(ui.painter(), &digits, format)
                    };
                    for digit in '1'..='9' {
                        let difference = (width(digit) - width('0')).abs();
                        assert!(difference < 0.01, "{digit} at {weight:?}");
                    }
                }
            });
        harness.run();
    }
}
