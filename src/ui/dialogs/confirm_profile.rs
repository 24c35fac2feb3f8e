//! A profile file of this bench, confirmed by its name: it says where units report to.

use super::{body, foot_of};
use crate::engine::{Command, Question, Slot};
use crate::ui::draw::Draw;
use crate::ui::theme::icon_table as icons;
use crate::ui::theme::palette;
use crate::ui::theme::text::{self, Size, Weight};
use crate::ui::widgets::field::Field;
use crate::ui::widgets::{Button, card};
use egui::{ScrollArea, Ui};

/// Draws the dialog; returns whether it is done.
pub fn show(ui: &mut Ui, draw: &mut Draw<'_>, slot: Slot) -> bool {
    let lane = draw.state.lanes.get(&slot);
    let Some(Question::ConfirmProfile(file)) = lane.and_then(|lane| lane.question.clone()) else {
        return true;
    };
    if draw.desk.profile_name.0 != Some(slot) {
        draw.desk.profile_name = (Some(slot), String::new());
    }
    let colours = palette(ui);
    body(ui, |ui| {
        let line = |ui: &mut Ui, words: &str, weight: Weight| {
            ui.label(text::rich(words, Size::Body, weight, colours.ink));
        };
        line(
            ui,
            "This changes where the unit reports to.",
            Weight::Semibold,
        );
        let words = format!(
            "{} is a file of this bench and no part of the program. It says where these stand in a unit, and Fleetdesk will write there:",
            file.name
        );
        line(ui, &words, Weight::Regular);
        ui.add_space(4.0);
        ScrollArea::vertical().max_height(220.0).show(ui, |ui| {
            ui.spacing_mut().item_spacing.y = 0.0;
            for redirect in &file.redirects {
                let fact = card::Fact {
                    name: &redirect.what,
                    value: &redirect.how,
                    wraps: true,
                    ..card::Fact::default()
                };
                card::fact(ui, &fact, 220.0);
            }
        });
        ui.add_space(4.0);
        for (name, value) in [("File", &file.file), ("SHA-256", &file.sha256)] {
            let words = format!("{name}  {value}");
            ui.label(text::rich(
                words,
                Size::Caption,
                Weight::Regular,
                colours.ink3,
            ));
        }
        ui.add_space(4.0);
        let words = format!(
            "Compare the file with the unit’s manual. Type its short name, {}, to confirm it.",
            file.id
        );
        line(ui, &words, Weight::Regular);
        Field {
            text: &mut draw.desk.profile_name.1,
            name: "Short name of the profile",
            hint: "",
            secret: false,
            wrong: false,
            width: 320.0,
        }
        .show(ui);
    });
    let typed = draw.desk.profile_name.1.trim().to_owned();
    let off = (typed != file.id).then_some("Type its short name first.");
    let main = Button::primary("Confirm this file").icon(icons::SHIELD_WARNING_FILL);
    let (confirmed, left) = foot_of(ui, main, off, |ui| {
        Button::new("Leave the unit as it is").show(ui).clicked()
    });
    if confirmed {
        draw.desk.profile_name = (None, String::new());
        draw.wish(Command::ConfirmProfile(slot, typed));
    }
    confirmed || left
}
