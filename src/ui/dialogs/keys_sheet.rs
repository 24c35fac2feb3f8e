//! All keys, from the one table.

use super::body;
use crate::ui::keys::TABLE;
use crate::ui::theme::palette;
use crate::ui::theme::text::{self, Size, Weight};
use crate::ui::widgets::{key_cap, speak};
use egui::accesskit::Role;
use egui::{Align2, Sense, Ui, vec2};

/// Draws the sheet.
pub fn show(ui: &mut Ui) -> bool {
    let palette = palette(ui);
    body(ui, |ui| {
        ui.spacing_mut().item_spacing.y = 0.0;
        for binding in TABLE.iter().filter(|binding| !binding.words.is_empty()) {
            let (rect, response) =
                ui.allocate_exact_size(vec2(ui.available_width(), 28.0), Sense::hover());
            key_cap::paint(
                ui.painter(),
                rect.left_center(),
                binding.cap,
                palette.ink2,
                palette.line,
            );
            let format = text::format(Size::Body, Weight::Regular, palette.ink);
            text::paint(
                ui.painter(),
                rect.left_center() + vec2(110.0, 0.0),
                Align2::LEFT_CENTER,
                binding.words,
                format,
            );
            speak::tell(
                &response,
                Role::ListItem,
                &format!("{}: {}", binding.cap, binding.words),
                |_| {},
            );
        }
        ui.add_space(8.0);
        let words = "Letters act only outside text fields. A scanner may be used anywhere: it presses nothing.";
        ui.label(text::rich(
            words,
            Size::Caption,
            Weight::Regular,
            palette.ink2,
        ));
    });
    false
}
