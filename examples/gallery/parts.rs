//! Every part with invented data, side by side: the page to look at after a change of theme or widgets.

use eframe::egui::{self, Rect, Ui, UiBuilder, pos2, vec2};
use fleetdesk::ui::theme::text::{self, Size, Weight};
use fleetdesk::ui::theme::{Palette, icon_table as icons, palette};
use fleetdesk::ui::widgets::change_rows::{self, ChangeRow, Mark};
use fleetdesk::ui::widgets::field::Field;
use fleetdesk::ui::widgets::lane_card::{Ground, Voice};
use fleetdesk::ui::widgets::stage_rail::{self, StageMark};
use fleetdesk::ui::widgets::*;

/// What the page's fields hold.
#[derive(Default)]
pub struct Typed {
    port: String,
    digits: String,
}

/// Draws the page.
pub fn show(ui: &mut Ui, typed: &mut Typed) {
    let palette = palette(ui);
    let area = ui.max_rect();
    ui.painter().rect_filled(area, 0.0, palette.bg);
    let left = Rect::from_min_max(
        area.min + vec2(24.0, 20.0),
        pos2(area.left() + 884.0, area.bottom()),
    );
    ui.scope_builder(UiBuilder::new().max_rect(left), |ui| lanes(ui, palette));
    let right = Rect::from_min_max(
        pos2(area.left() + 908.0, area.top() + 20.0),
        pos2(area.left() + 1416.0, area.bottom()),
    );
    ui.scope_builder(UiBuilder::new().max_rect(right), |ui| {
        ui.spacing_mut().item_spacing.y = 14.0;
        type_sizes(ui, palette);
        colours(ui, palette);
        controls(ui, typed);
        FailureCard {
            happened: "Slot 9: the server address did not stay after the restart.".into(),
            condition: "The unit has its old settings back.".into(),
            advice: "Try once more. If it happens again, press A to set it aside.".into(),
            code: "V-310".into(),
            curable: false,
        }
        .show(ui);
    });
}

fn states() -> Vec<LaneCard> {
    let card =
        |slot, number: &str, word: &str, second: &str, ground, voice, shape, progress| LaneCard {
            model: if number.is_empty() {
                String::new()
            } else {
                "FT-300".into()
            },
            number: number.into(),
            word: word.into(),
            second: second.into(),
            ground,
            voice,
            shape,
            progress,
            ..LaneCard::empty(slot)
        };
    let paper = Ground::Paper;
    let green = Ground::Fill(|p| p.proved);
    let work = Voice::Family(|p| p.work);
    let icon = Shape::Icon;
    vec![
        LaneCard::empty(1),
        card(
            2,
            "",
            "Looking...",
            "Plugged just now",
            paper,
            Voice::QuietWord(|p| p.work),
            Shape::Spinner,
            None,
        ),
        card(
            3,
            "004999011134821",
            "Ready",
            "New, never set here",
            paper,
            Voice::Ink(|p| p.work),
            Shape::DoubleRing,
            None,
        ),
        card(
            4,
            "004999011134410",
            "Already set",
            "Pull. Nothing to do",
            green,
            work,
            icon(icons::EQUALS_BOLD),
            None,
        ),
        card(
            5,
            "004999012632468",
            "Setting 4 of 11",
            "Leave plugged in",
            paper,
            work,
            icon(icons::LOCK_FILL),
            Some(0.31),
        ),
        card(
            6,
            "004999012635817",
            "Restarting",
            "Normal, about 20 s",
            paper,
            work,
            Shape::Ring(0.5),
            Some(0.45),
        ),
        card(
            7,
            "004999012636034",
            "Checking",
            "What it kept: 7 of 11",
            paper,
            work,
            icon(icons::EYE),
            Some(0.67),
        ),
        card(
            8,
            "004999012639152",
            "Verified",
            "Waiting for first report",
            paper,
            Voice::Family(|p| p.proved),
            icon(icons::SEAL_CHECK),
            None,
        ),
        card(
            9,
            "004999012630374",
            "Done",
            "Pull and label",
            green,
            work,
            icon(icons::CHECK_FAT_FILL),
            None,
        ),
        card(
            10,
            "004999012637706",
            "Done, carrier owed",
            "Pull. Told when online",
            green,
            work,
            Shape::CheckOwed,
            None,
        ),
        card(
            11,
            "004999012633390",
            "Needs you",
            "SIM missing",
            Ground::Fill(|p| p.person),
            work,
            icon(icons::WARNING_FILL),
            None,
        ),
        LaneCard {
            code: Some("V-310".into()),
            ..card(
                12,
                "004999012608245",
                "Stopped",
                "Put back as it was",
                Ground::Sign(|p| p.stop),
                work,
                Shape::Octagon,
                None,
            )
        },
        card(
            13,
            "004999012635817",
            "Not verified",
            "Cannot be read back here",
            paper,
            Voice::Quiet,
            icon(icons::SEAL_QUESTION),
            None,
        ),
        card(
            14,
            "004999012639152",
            "Verified",
            "Taking longer than usual",
            paper,
            Voice::Quiet,
            Shape::SealSlow,
            None,
        ),
    ]
}

fn lanes(ui: &mut Ui, palette: &Palette) {
    ui.horizontal(|ui| {
        ui.label(text::rich(
            "Fourteen lane states",
            Size::Lead,
            Weight::Semibold,
            palette.ink,
        ));
        let words = "A filled card asks for your hands. A paper card asks for nothing.";
        ui.label(text::rich(words, Size::Body, Weight::Regular, palette.ink2));
    });
    let (columns, width, height) = (5.0, 164.0, 150.0);
    let origin = ui.cursor().min;
    for (index, mut card) in states().into_iter().enumerate() {
        card.ticked = index == 2;
        let place = vec2(
            (index as f32 % columns) * (width + 10.0),
            (index as f32 / columns).floor() * (height + 10.0),
        );
        card.show(
            ui,
            Rect::from_min_size(origin + place, vec2(width, height)),
            CardSize::Big,
            14,
        );
    }
    ui.add_space(3.0 * (height + 10.0) + 6.0);
    ui.columns(2, |columns| {
        if let [one, other] = columns {
            widgets::card(one, "Stage rail", |ui| {
                let (past, ahead) = (StageMark::Past, StageMark::Ahead);
                stage_rail::show(ui, [past, past, StageMark::Now, ahead, ahead, ahead]);
                ui.push_id(1, |ui| {
                    stage_rail::show(ui, [past, past, past, past, StageMark::Proved, ahead])
                });
                ui.push_id(2, |ui| {
                    stage_rail::show(ui, [past, past, past, past, StageMark::Stopped, ahead])
                });
            });
            widgets::card(other, "Before and after", |ui| {
                ui.spacing_mut().item_spacing.y = 0.0;
                for row in rows() {
                    change_rows::row(ui, &row);
                }
            });
        }
    });
    ui.horizontal(|ui| {
        let toast = |words: &str, warning| ToastCard {
            words: words.into(),
            warning,
        };
        toast("Slot 6 ticked: …2468", false).show(ui, 1, Some("Ctrl Z"));
        toast("This label is not on the bench", true).show(ui, 2, None);
        let (rect, _) = ui.allocate_exact_size(vec2(240.0, 6.0), egui::Sense::hover());
        bar::paint(
            ui.painter(),
            palette,
            rect,
            &[(0.46, palette.proved.line), (0.17, palette.work.line)],
        );
    });
}

fn rows() -> [ChangeRow; 6] {
    let row = |mark, name: &str, guarded, before: &str, after: &str| ChangeRow {
        mark,
        name: name.into(),
        guarded,
        before: before.into(),
        after: after.into(),
    };
    [
        row(Mark::Proved, "Transport", false, "UDP", "TCP"),
        row(Mark::Written, "Server port", true, "5000", "5027"),
        row(Mark::Writing, "APN", true, "internet", "fleet.example"),
        row(Mark::Waiting, "Sleep after", false, "off", "5 min"),
        row(
            Mark::Differs,
            "Server address",
            true,
            "gps.example.net",
            "192.0.2.10",
        ),
        row(
            Mark::Unprovable,
            "Device password",
            false,
            "not read",
            "••••••",
        ),
    ]
}

fn type_sizes(ui: &mut Ui, palette: &Palette) {
    widgets::card(ui, "Type, Inter, figures of one width", |ui| {
        Number::new("004999011134821").size(Size::Figure).show(ui);
        ui.horizontal(|ui| {
            ui.label(text::rich(
                "Setting 4 of 11",
                Size::Title,
                Weight::Semibold,
                palette.ink,
            ));
            ui.label(text::rich(
                "Ready, known",
                Size::Lead,
                Weight::Semibold,
                palette.ink,
            ));
            ui.label(text::rich(
                "Body, tables",
                Size::Body,
                Weight::Regular,
                palette.ink,
            ));
            ui.label(text::rich(
                "Captions, keys",
                Size::Caption,
                Weight::Regular,
                palette.ink2,
            ));
        });
        ui.horizontal(|ui| {
            Number::new("004999014821069").find("4821").show(ui);
            Number::new("8999010000194404821")
                .find("4821")
                .quiet()
                .show(ui);
        });
    });
}

fn colours(ui: &mut Ui, palette: &Palette) {
    widgets::card(ui, "State colours: fill, line, tint, text", |ui| {
        ui.spacing_mut().item_spacing.y = 5.0;
        let families = [
            ("work", palette.work),
            ("proved", palette.proved),
            ("person", palette.person),
            ("stop", palette.stop),
            ("pretend", palette.pretend),
        ];
        for (name, family) in families {
            ui.horizontal(|ui| {
                for colour in [family.fill, family.line, family.tint] {
                    let (rect, _) = ui.allocate_exact_size(vec2(56.0, 18.0), egui::Sense::hover());
                    ui.painter().rect_filled(rect, 4.0, colour);
                }
                ui.label(text::rich(name, Size::Body, Weight::Semibold, family.text));
            });
        }
    });
}

fn controls(ui: &mut Ui, typed: &mut Typed) {
    widgets::card(ui, "Controls", |ui| {
        ui.horizontal(|ui| {
            Button::primary("Start 2 ready lanes")
                .key("Ctrl Enter")
                .height(32.0)
                .show(ui);
            Button::new("Stop safely").key("Esc").show(ui);
            Button::bare("Close").show(ui);
        });
        ui.horizontal(|ui| {
            let reason = "Label: when this unit is Verified.";
            Button::new("Print label")
                .icon(icons::PRINTER)
                .off(Some(reason))
                .show(ui);
            why(ui, reason);
        });
        ui.horizontal(|ui| {
            let field = |text, name, wrong| Field {
                text,
                name,
                hint: name,
                secret: false,
                wrong,
                width: 168.0,
            };
            field(&mut typed.port, "Port", false).show(ui);
            field(&mut typed.digits, "Digits", true).show(ui);
        });
        ui.horizontal(|ui| {
            toggle::toggle(ui, false, "Off", "Line mode off");
            toggle::toggle(ui, true, "On", "Line mode on");
        });
        ui.horizontal_wrapped(|ui| {
            let pill = |words: &str, shape, tone| Pill::new(words, Some(shape), tone);
            pill(
                "Verified",
                Shape::Icon(icons::SEAL_CHECK_FILL),
                Tone::News(|p| p.proved),
            )
            .show(ui);
            pill(
                "Not verified",
                Shape::Icon(icons::SEAL_QUESTION),
                Tone::Outline,
            )
            .show(ui);
            pill("Stopped", Shape::Octagon, Tone::News(|p| p.stop)).show(ui);
            pill(
                "Needs you",
                Shape::Icon(icons::WARNING_FILL),
                Tone::News(|p| p.person),
            )
            .show(ui);
            pill(
                "Setting",
                Shape::Icon(icons::LOCK_FILL),
                Tone::News(|p| p.work),
            )
            .show(ui);
            pill("Waiting", Shape::Icon(icons::CLOCK), Tone::Neutral).show(ui);
            pill(
                "Sandbox",
                Shape::Icon(icons::FLASK_FILL),
                Tone::News(|p| p.pretend),
            )
            .show(ui);
        });
    });
}

/// A panel with room inside.
mod widgets {
    use eframe::egui::{Frame, Margin, Ui};
    use fleetdesk::ui::widgets::card::{HeadNote, card as panel};

    pub fn card(ui: &mut Ui, title: &str, add: impl FnOnce(&mut Ui)) {
        panel(ui, title, HeadNote::None, |ui| {
            Frame::new()
                .inner_margin(Margin::symmetric(16, 10))
                .show(ui, |ui| {
                    ui.spacing_mut().item_spacing.y = 8.0;
                    add(ui);
                });
        });
    }
}
