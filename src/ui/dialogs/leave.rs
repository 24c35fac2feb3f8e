//! The window was closed while units are being worked on.

use super::{body, foot_of};
use crate::engine::Command;
use crate::ui::draw::Draw;
use crate::ui::theme::palette;
use crate::ui::theme::text::{self, Size, Weight};
use crate::ui::widgets::Button;
use crate::ui::{templates, words};
use egui::Ui;

/// Draws the dialog; returns whether the window stays.
pub fn show(ui: &mut Ui, draw: &mut Draw<'_>) -> bool {
    let palette = palette(ui);
    let working = draw
        .state
        .lanes
        .values()
        .filter(|lane| lane.state.is_working())
        .count() as u64;
    let leaving = draw.desk.leaving;
    body(ui, |ui| {
        let sentence = if leaving {
            "Stopping at the next safe point. The window closes by itself.".to_owned()
        } else {
            let units = words::several(working, "unit is", "units are");
            format!(
                "{units} being worked on. Each is stopped at a safe point first; it goes on when it is plugged in again."
            )
        };
        ui.label(text::rich(
            sentence,
            Size::Body,
            Weight::Regular,
            palette.ink,
        ));
    });
    let off = leaving.then_some("It is stopping already.");
    let main = Button::primary("Stop safely and close");
    let (stops, stays) = foot_of(ui, main, off, |ui| {
        !leaving && Button::new("Go on working").show(ui).clicked()
    });
    if stops {
        draw.desk.leaving = true;
        templates::keep_all(draw);
        draw.wish(Command::Quit);
    }
    stays
}
