//! Pick a job: which template, for whom, how many. Drafts cannot be picked.

use super::{body, foot_of};
use crate::engine::{Command, State, TemplateFacts};
use crate::ui::desk::{JobForm, Screen};
use crate::ui::draw::Draw;
use crate::ui::theme::text::{self, Size, Weight};
use crate::ui::theme::{Palette, icon_table as icons, palette};
use crate::ui::widgets::field::Field;
use crate::ui::widgets::{Button, focus, shape, speak, toggle, why};
use crate::ui::words;
use egui::accesskit::{Role, Toggled};
use egui::{Align2, ScrollArea, Sense, Ui, pos2, vec2};

/// Draws the dialog; returns whether it is done.
pub fn show(ui: &mut Ui, draw: &mut Draw<'_>) -> bool {
    let palette = palette(ui);
    let state = draw.state;
    let released = released(state);
    body(ui, |ui| {
        ui.label(text::rich(
            "Template",
            Size::Caption,
            Weight::Medium,
            palette.ink3,
        ));
        if released.is_empty() {
            ui.label(text::rich(
                "There is no released template yet.",
                Size::Body,
                Weight::Regular,
                palette.ink,
            ));
            if Button::new("Bring one in")
                .icon(icons::DOWNLOAD_SIMPLE)
                .show(ui)
                .clicked()
            {
                draw.desk.screen = Screen::Templates;
                draw.desk.dialog = None;
            }
        }
        ScrollArea::vertical().max_height(200.0).show(ui, |ui| {
            ui.spacing_mut().item_spacing.y = 0.0;
            for (index, template) in released.iter().enumerate() {
                if template_row(ui, palette, template, index == draw.desk.job.chosen) {
                    draw.desk.job.chosen = index;
                }
            }
        });
        ui.add_space(8.0);
        let half = (ui.available_width() - 16.0) / 2.0;
        ui.horizontal(|ui| {
            let form = &mut draw.desk.job;
            named(
                ui,
                palette,
                "Customer",
                "may stay empty",
                &mut form.customer,
                false,
                half,
            );
            ui.add_space(8.0);
            let wrong = count_of(form).is_err();
            named(
                ui,
                palette,
                "How many",
                "may stay empty",
                &mut form.count,
                wrong,
                half,
            );
        });
        ui.add_space(4.0);
        let on = draw.desk.job.register;
        let words = if on {
            "Verified units are registered"
        } else {
            "Verified units are not registered"
        };
        if toggle::toggle(ui, on, "Register verified units", words).clicked() {
            draw.desk.job.register = !on;
        }
        if on && draw.state.bench.carrier.is_none() {
            why(
                ui,
                "No carrier account on this PC: registrations are owed and told later.",
            );
        }
    });
    buttons(ui, draw)
}

fn buttons(ui: &mut Ui, draw: &mut Draw<'_>) -> bool {
    let off = if released(draw.state).is_empty() {
        Some("There is no released template yet.")
    } else if count_of(&draw.desk.job).is_err() {
        Some("How many: a whole number from 1 to 100,000, or nothing.")
    } else {
        None
    };
    let main = Button::primary("Take up this job").key("Enter");
    let has_job = draw.state.job.is_some();
    let (taken_up, put_away) = foot_of(ui, main, off, |ui| {
        has_job && Button::new("Put the job away").show(ui).clicked()
    });
    if put_away {
        draw.wish(Command::LeaveJob);
    }
    put_away || taken_up && take_up(draw)
}

/// Sends the form, if it is in order; returns whether it was.
pub fn take_up(draw: &mut Draw<'_>) -> bool {
    let form = draw.desk.job.clone();
    let (Some(template), Ok(count)) = (
        released(draw.state).get(form.chosen).copied(),
        count_of(&form),
    ) else {
        return false;
    };
    let command = Command::PickJob {
        template: template.name.clone(),
        version: template.version,
        customer: form.customer.trim().to_owned(),
        count,
        register: form.register,
    };
    draw.wish(command);
    draw.desk.screen = Screen::Bench;
    true
}

fn released(state: &State) -> Vec<&TemplateFacts> {
    state
        .templates
        .iter()
        .filter(|template| template.released)
        .collect()
}

/// How many, as typed: nothing, or a whole number that a bench can mean.
fn count_of(form: &JobForm) -> Result<Option<u32>, ()> {
    let typed = form.count.trim();
    if typed.is_empty() {
        return Ok(None);
    }
    match typed.parse() {
        Ok(count @ 1..=100_000) => Ok(Some(count)),
        _ => Err(()),
    }
}

fn named(
    ui: &mut Ui,
    palette: &Palette,
    name: &str,
    hint: &str,
    typed: &mut String,
    wrong: bool,
    width: f32,
) {
    ui.vertical(|ui| {
        ui.set_width(width);
        ui.spacing_mut().item_spacing.y = 4.0;
        ui.label(text::rich(
            name,
            Size::Caption,
            Weight::Medium,
            palette.ink3,
        ));
        let field = Field {
            text: typed,
            name,
            hint,
            secret: false,
            wrong,
            width,
        };
        field.show(ui);
    });
}

fn template_row(ui: &mut Ui, palette: &Palette, template: &TemplateFacts, chosen: bool) -> bool {
    let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width(), 36.0), Sense::click());
    let painter = ui.painter();
    if chosen {
        painter.rect_filled(rect, 6.0, palette.work.tint);
    } else if response.hovered() {
        painter.rect_filled(rect, 6.0, palette.bg);
    }
    let dot = pos2(rect.left() + 18.0, rect.center().y);
    if chosen {
        shape::outline(painter, dot, 8.0, 5.0, palette.ink);
    } else {
        shape::outline(painter, dot, 8.0, 1.0, palette.edge);
    }
    let title = format!("{} v{}", template.name, template.version);
    let format = text::format(
        Size::Body,
        if chosen {
            Weight::Semibold
        } else {
            Weight::Regular
        },
        palette.ink,
    );
    let note = words::several(template.settings.len() as u64, "setting", "settings");
    let caption = text::format(Size::Caption, Weight::Regular, palette.ink3);
    let note_rect = text::paint(
        painter,
        pos2(rect.right() - 12.0, dot.y),
        Align2::RIGHT_CENTER,
        &note,
        caption,
    );
    let shown = text::cut_middle(
        painter,
        &title,
        &format,
        note_rect.left() - rect.left() - 50.0,
    );
    text::paint(
        painter,
        pos2(rect.left() + 38.0, dot.y),
        Align2::LEFT_CENTER,
        &shown,
        format,
    );
    focus::ring(ui, &response, 6.0);
    speak::tell(&response, Role::RadioButton, &title, |node| {
        node.set_toggled(if chosen {
            Toggled::True
        } else {
            Toggled::False
        });
        node.set_description(note.as_str());
    });
    response.clicked()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_count_is_nothing_or_a_number_that_can_be_meant() {
        let count = |typed: &str| {
            count_of(&JobForm {
                count: typed.into(),
                ..JobForm::default()
            })
        };
        assert_eq!(count(" "), Ok(None));
        assert_eq!(count(" 80 "), Ok(Some(80)));
        for wrong in ["0", "-1", "1.5", "a lot", "100001"] {
            assert_eq!(count(wrong), Err(()), "{wrong}");
        }
    }
}
