//! Choices for the window: theme, size, motion, sound.

use super::body;
use crate::preferences::ThemeChoice;
use crate::ui::choices::Choices;
use crate::ui::desk::Dialog;
use crate::ui::draw::Draw;
use crate::ui::keys::{Act, cap};
use crate::ui::theme::palette;
use crate::ui::theme::text::{self, Size, Weight};
use crate::ui::widgets::{Button, toggle};
use egui::Ui;

/// Draws the choices.
pub fn show(ui: &mut Ui, draw: &mut Draw<'_>) -> bool {
    let palette = palette(ui);
    let before = draw.desk.choices.clone();
    let works = draw.desk.sound_works;
    let slots: u32 = draw.state.slots.hubs.iter().sum();
    let (mut match_slots, mut support) = (false, false);
    let choices = &mut draw.desk.choices;
    body(ui, |ui| {
        let caption = |ui: &mut Ui, words: &str| {
            ui.label(text::rich(
                words,
                Size::Caption,
                Weight::Medium,
                palette.ink3,
            ));
        };
        caption(ui, "Theme");
        ui.horizontal(|ui| themes(ui, choices));
        ui.add_space(8.0);
        caption(ui, "Size");
        ui.horizontal(|ui| {
            if Button::new("Smaller")
                .key(cap(Act::ZoomOut))
                .show(ui)
                .clicked()
            {
                choices.zoom_by(-1);
            }
            if Button::new("Bigger")
                .key(cap(Act::ZoomIn))
                .show(ui)
                .clicked()
            {
                choices.zoom_by(1);
            }
            let now = format!("{:.1}, from 0.8 to 2.0", choices.zoom);
            ui.label(text::rich(now, Size::Body, Weight::Regular, palette.ink2));
        });
        ui.add_space(8.0);
        caption(ui, "Motion");
        let words = if choices.less_motion {
            "Less motion is on: nothing glides, turns or blinks"
        } else {
            "Less motion is off: bars glide, a new plug blinks twice"
        };
        if toggle::toggle(ui, choices.less_motion, "Less motion", words).clicked() {
            choices.less_motion = !choices.less_motion;
        }
        ui.add_space(8.0);
        caption(ui, "Sound");
        let words = match (choices.sound, works) {
            (true, true) => "Sounds are played",
            (true, false) => "No program that plays sounds was found here",
            (false, _) => "Quiet: everything is also seen",
        };
        if toggle::toggle(ui, choices.sound, "Sound", words).clicked() {
            choices.sound = !choices.sound;
        }
        ui.add_space(8.0);
        caption(ui, "When all lanes are done and another window is in front");
        let words = if choices.notify {
            "The system tells it"
        } else {
            "Only this window is marked"
        };
        if toggle::toggle(ui, choices.notify, "Notification", words).clicked() {
            choices.notify = !choices.notify;
        }
        ui.add_space(8.0);
        caption(ui, "Slots");
        ui.horizontal(|ui| {
            match_slots = Button::new("Match slots to places…").show(ui).clicked();
            let now = match slots {
                0 => "They follow the order of plugging".to_owned(),
                _ => format!("{slots} slots are matched"),
            };
            ui.label(text::rich(now, Size::Body, Weight::Regular, palette.ink2));
        });
        ui.add_space(8.0);
        caption(ui, "Support");
        ui.horizontal(|ui| {
            support = Button::new("Support bundle…")
                .key(cap(Act::Support))
                .show(ui)
                .clicked();
            let words = "Shown first, without secrets";
            ui.label(text::rich(words, Size::Body, Weight::Regular, palette.ink2));
        });
    });
    if *choices != before {
        draw.desk.choices_changed = true;
    }
    if support {
        super::support::open(draw);
    }
    if match_slots {
        draw.desk.open(Dialog::Slots);
    }
    false
}

fn themes(ui: &mut Ui, choices: &mut Choices) {
    for (words, theme) in [
        ("As the system", ThemeChoice::System),
        ("Light", ThemeChoice::Light),
        ("Dark", ThemeChoice::Dark),
    ] {
        let chosen = choices.theme == theme;
        let button = if chosen {
            Button::primary(words)
        } else {
            Button::new(words)
        };
        if button.show(ui).clicked() {
            choices.theme = theme;
        }
    }
}
