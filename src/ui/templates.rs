//! Templates: what units shall hold. Here they are listed, shown and brought in from a file; drafts have their own issue.

use super::desk::Area;
use super::draw::{Draw, Room};
use super::theme::text::{self, Size, Weight};
use super::theme::{icon_table as icons, palette};
use super::widgets::card::{Fact, HeadNote, card, fact};
use super::widgets::field::Field;
use super::widgets::{Button, empty, focus, speak, why};
use super::words;
use crate::engine::{Command, TemplateFacts};
use egui::accesskit::Role;
use egui::{Align2, CentralPanel, Frame, Margin, Panel, ScrollArea, Sense, Ui, pos2, vec2};
use std::path::PathBuf;

/// Draws the templates.
pub fn show(ui: &mut Ui, draw: &mut Draw<'_>) {
    let palette = palette(ui);
    let paper = Frame::new().fill(palette.surface);
    Panel::top("templates head")
        .exact_size(64.0)
        .resizable(false)
        .frame(paper.inner_margin(Margin::symmetric(24, 0)))
        .show(ui, |ui| {
            ui.horizontal_centered(|ui| import(ui, draw, true));
        });
    if draw.state.templates.is_empty() {
        CentralPanel::default().frame(paper).show(ui, |ui| {
            let words = "A template says what units shall hold. Type the path of a template file above, then press Import.";
            empty::show(ui, icons::SLIDERS_HORIZONTAL, "No template yet", words, |_| {});
        });
        return;
    }
    let list_width = if draw.room == Room::Narrow {
        200.0
    } else {
        248.0
    };
    Panel::left("templates list")
        .exact_size(list_width)
        .resizable(false)
        .frame(paper)
        .show(ui, |ui| list(ui, draw));
    CentralPanel::default()
        .frame(Frame::new().fill(palette.bg).inner_margin(Margin::same(16)))
        .show(ui, |ui| {
            if let Some(template) = draw.state.templates.get(draw.desk.template) {
                ScrollArea::vertical().show(ui, |ui| details(ui, draw, template));
            }
        });
}

/// Path field and button; `titled` puts the screen's name before them.
pub fn import(ui: &mut Ui, draw: &mut Draw<'_>, titled: bool) {
    let palette = palette(ui);
    if titled && draw.room != Room::Narrow {
        ui.label(text::rich(
            "Templates",
            Size::Title,
            Weight::Semibold,
            palette.ink,
        ));
        ui.add_space(16.0);
    }
    let path = draw.desk.template_path.trim().to_owned();
    let off = path
        .is_empty()
        .then_some("Type the path of a template file.");
    let button = Button::new("Import").icon(icons::DOWNLOAD_SIMPLE).off(off);
    let room = ui.available_width() - button.natural_width(ui) - 16.0;
    let field = Field {
        text: &mut draw.desk.template_path,
        name: "Path of a template file",
        hint: "Path of a template file, such as van-standard.toml",
        secret: false,
        wrong: false,
        width: room.min(420.0),
    };
    let response = field.show(ui);
    draw.desk.area(Area::Head, response.id);
    let entered = response.lost_focus() && ui.input(|input| input.key_pressed(egui::Key::Enter));
    let pressed = button.show(ui).clicked();
    if off.is_none() && (pressed || entered) {
        draw.wish(Command::ImportTemplate(PathBuf::from(path)));
    }
    if let Some(reason) = off.filter(|_| draw.room == Room::Wide) {
        why(ui, reason);
    }
}

fn list(ui: &mut Ui, draw: &mut Draw<'_>) {
    let palette = palette(ui);
    ScrollArea::vertical().auto_shrink(false).show(ui, |ui| {
        speak::region(ui, Role::ListBox, "Templates");
        ui.spacing_mut().item_spacing.y = 0.0;
        ui.add_space(10.0);
        let mut former = "";
        for (index, template) in draw.state.templates.iter().enumerate() {
            if template.name != former {
                former = &template.name;
                let (rect, _) =
                    ui.allocate_exact_size(vec2(ui.available_width(), 32.0), Sense::hover());
                let format = text::format(Size::Body, Weight::Semibold, palette.ink);
                let name =
                    text::cut_middle(ui.painter(), &template.name, &format, rect.width() - 32.0);
                text::paint(
                    ui.painter(),
                    rect.left_center() + vec2(16.0, 0.0),
                    Align2::LEFT_CENTER,
                    &name,
                    format,
                );
            }
            let chosen = index == draw.desk.template;
            let (rect, response) =
                ui.allocate_exact_size(vec2(ui.available_width(), 32.0), Sense::click());
            if chosen {
                ui.painter().rect_filled(rect, 0.0, palette.work.tint);
                draw.desk.area(Area::Main, response.id);
            } else if response.hovered() {
                ui.painter().rect_filled(rect, 0.0, palette.bg);
            }
            let (icon, words) = version_words(template, draw);
            let y = rect.center().y;
            icon.paint(
                ui.painter(),
                pos2(rect.left() + 26.0, y),
                14.0,
                palette.ink2,
            );
            let weight = if chosen {
                Weight::Medium
            } else {
                Weight::Regular
            };
            let format = text::format(
                Size::Body,
                weight,
                if chosen { palette.ink } else { palette.ink2 },
            );
            text::paint_within(
                ui.painter(),
                pos2(rect.left() + 42.0, y),
                Align2::LEFT_CENTER,
                &words,
                format,
                rect.width() - 54.0,
            );
            focus::ring(ui, &response, 2.0);
            speak::tell(
                &response,
                Role::ListBoxOption,
                &format!("{} {words}", template.name),
                |node| {
                    node.set_selected(chosen);
                },
            );
            if response.clicked() {
                draw.desk.template = index;
            }
        }
    });
}

fn version_words(template: &TemplateFacts, draw: &Draw<'_>) -> (super::theme::Icon, String) {
    if !template.released {
        return (icons::PENCIL_SIMPLE, format!("v{} draft", template.version));
    }
    let day = template
        .created_at
        .map(|at| words::day(at, draw.now, draw.zone).to_lowercase());
    let day = match day.as_deref() {
        Some("today" | "yesterday") => format!(" {}", day.unwrap_or_default()),
        Some(_) => template
            .created_at
            .map(|at| format!(" {}", words::day(at, draw.now, draw.zone)))
            .unwrap_or_default(),
        None => String::new(),
    };
    (icons::LOCK, format!("v{} released{day}", template.version))
}

fn details(ui: &mut Ui, draw: &Draw<'_>, template: &TemplateFacts) {
    let palette = palette(ui);
    ui.set_max_width(720.0);
    let title = format!("{} v{}", template.name, template.version);
    let state = if template.released {
        "released, cannot be bent"
    } else {
        "draft, cannot be picked on the bench"
    };
    card(ui, &title, HeadNote::Words(state.into()), |ui| {
        let mut settings: Vec<_> = template.settings.iter().collect();
        settings.sort_by_key(|(key, _)| words::order(key));
        for (key, value) in settings {
            let (name, value) = (words::setting(key), words::value(key, Some(value)));
            let line = Fact {
                name: &name,
                value: &value,
                guarded: words::guarded(key),
                ..Fact::default()
            };
            fact(ui, &line, 200.0);
        }
        ui.add_space(6.0);
    });
    ui.add_space(4.0);
    let on_job = draw.state.job.as_ref().is_some_and(|job| {
        job.template == template.name && job.template_version == template.version
    });
    let words = if on_job {
        "This template is on the bench now."
    } else {
        "Guarded settings have a shield: after a wrong value only a cable helps."
    };
    ui.label(text::rich(
        words,
        Size::Caption,
        Weight::Regular,
        palette.ink2,
    ));
}
