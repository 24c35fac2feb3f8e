//! Pushes of other benches that this one cannot help with: which, why, what to do, the code. Shown under To do and beside the pushes.

use crate::engine::LeftAlone;
use crate::ui::theme::palette;
use crate::ui::theme::text::{self, Size, Weight};
use crate::ui::widgets::card::{HeadNote, card};
use crate::ui::widgets::speak;
use crate::ui::words;
use egui::accesskit::Role;
use egui::{Frame, Margin, Ui};

/// Draws the card, where there is any.
pub fn show(ui: &mut Ui, left: &[LeftAlone]) {
    if left.is_empty() {
        return;
    }
    let note = words::several(left.len() as u64, "push", "pushes");
    card(ui, "Left alone here", HeadNote::Words(note), |ui| {
        for each in left {
            row(ui, each);
        }
    });
}

fn row(ui: &mut Ui, left: &LeftAlone) {
    let colours = palette(ui);
    let shown = Frame::new()
        .inner_margin(Margin::symmetric(16, 10))
        .show(ui, |ui| {
            ui.set_width(ui.available_width());
            ui.spacing_mut().item_spacing.y = 2.0;
            let title = format!("{}, begun by {}", left.title, left.by);
            let lines = [
                (title, Weight::Medium, colours.ink),
                (
                    format!("It is left alone: {}. No unit is touched here.", left.why),
                    Weight::Regular,
                    colours.ink,
                ),
                (
                    format!("{} ({})", left.cure, left.code),
                    Weight::Regular,
                    colours.ink2,
                ),
            ];
            for (words, weight, ink) in lines {
                ui.add(egui::Label::new(text::rich(words, Size::Body, weight, ink)).wrap());
            }
        });
    speak::note(
        ui,
        shown.response.rect,
        ("left alone", left.push),
        Role::ListItem,
        &left.words(),
    );
}
