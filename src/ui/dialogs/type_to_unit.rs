//! Typing to a unit is switched on on purpose, after a look at what it can do.

use super::{body, foot};
use crate::engine::{Command, Slot, TalkWish};
use crate::ui::bench::talk::why_not;
use crate::ui::draw::Draw;
use crate::ui::theme::palette;
use crate::ui::theme::text::{self, Size, Weight};
use crate::ui::widgets::{Button, Number};
use egui::Ui;

/// Draws the dialog; returns whether it is done.
pub fn show(ui: &mut Ui, draw: &mut Draw<'_>, slot: Slot) -> bool {
    let Some(lane) = draw.state.lanes.get(&slot) else {
        return true;
    };
    // It began to work, or was pulled, while the question stood there.
    let Some(unit) = lane
        .unit
        .as_ref()
        .filter(|_| why_not(lane).is_none() && !lane.talk.typing)
    else {
        return true;
    };
    let ink = palette(ui).ink;
    body(ui, |ui| {
        let line = |ui: &mut Ui, words: &str, weight: Weight| {
            ui.label(text::rich(words, Size::Body, weight, ink));
        };
        let words = format!("{} in slot {slot}", unit.model);
        line(ui, &words, Weight::Semibold);
        Number::new(unit.id.as_str()).show(ui);
        ui.add_space(4.0);
        let words = "What is typed leaves as it stands, unchecked. It can change where the unit reports to, lock it, or make it useless.";
        line(ui, words, Weight::Regular);
        let words = "Once something was typed, nothing on this unit counts as proved until it is set again. That it was typed to stands on its timeline.";
        line(ui, words, Weight::Regular);
    });
    foot(ui, |ui| {
        let on = Button::new("Switch typing on").show(ui).clicked();
        if on {
            draw.desk.folds.talk = true;
            draw.wish(Command::Talk(slot, TalkWish::Typing(true)));
        }
        on || Button::primary("Only listen").show(ui).clicked()
    })
}
