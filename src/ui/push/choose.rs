//! Step 1: which template, which units, by which ways, and the pushes that there are.

use super::parts;
use crate::engine::{Chosen, Command, PushSummary, PushWanted, TemplateFacts};
use crate::ui::desk::Area;
use crate::ui::dialogs::main_act;
use crate::ui::draw::Draw;
use crate::ui::theme::text::{self, Size, Weight};
use crate::ui::theme::{icon_table as icons, palette};
use crate::ui::widgets::card::{HEAD, HeadNote, card};
use crate::ui::widgets::field::{self, Field};
use crate::ui::widgets::{Button, Pill, Tone, empty, focus, paging, speak, why};
use crate::ui::words;
use egui::accesskit::Role;
use egui::{Align2, CentralPanel, Frame, Margin, ScrollArea, Sense, Stroke, Ui, pos2, vec2};
use fleet::push::{PushState, Rules, Standing, Via};

const ROW: f32 = 42.0;
/// So many pushes are seen at once, however low the window is.
const LEAST_ROWS: f32 = 4.0;
/// Three rows of templates are seen at once.
const TEMPLATES_HEIGHT: f32 = 112.0;

pub fn show(ui: &mut Ui, draw: &mut Draw<'_>) {
    let colours = palette(ui);
    let ground = Frame::new().fill(colours.bg);
    CentralPanel::default().frame(ground).show(ui, |ui| {
        parts::with_foot(ui, draw, above, foot);
    });
}

fn above(ui: &mut Ui, draw: &mut Draw<'_>) {
    let height = ui.available_height();
    ScrollArea::vertical()
        .id_salt("new push")
        .auto_shrink(false)
        .show(ui, |ui| {
            Frame::new().inner_margin(Margin::same(16)).show(ui, |ui| {
                ui.spacing_mut().item_spacing.y = 16.0;
                let top = ui.cursor().top();
                new_push(ui, draw);
                super::left_alone::show(ui, &draw.state.pushes_left_alone);
                let left = height - 32.0 - (ui.cursor().top() - top);
                list(ui, draw, left);
                // Behind the list, which would take it for its own.
                paging::turn(ui);
            });
        });
}

fn new_push(ui: &mut Ui, draw: &mut Draw<'_>) {
    let note = HeadNote::Words("rehearsed first; nothing is sent by this".into());
    card(ui, "New push", note, |ui| {
        Frame::new().inner_margin(Margin::same(16)).show(ui, |ui| {
            ui.spacing_mut().item_spacing.y = 10.0;
            form(ui, draw);
        });
    });
}

fn released<'a>(draw: &Draw<'a>) -> Vec<&'a TemplateFacts> {
    let templates = draw.state.templates.iter();
    templates.filter(|template| template.released).collect()
}

fn form(ui: &mut Ui, draw: &mut Draw<'_>) {
    let colours = palette(ui);
    let released = released(draw);
    let label = |ui: &mut Ui, words: &str| {
        let (rect, _) = ui.allocate_exact_size(vec2(88.0, 32.0), Sense::hover());
        let format = text::format(Size::Body, Weight::Regular, colours.ink2);
        let place = rect.left_center();
        text::paint(ui.painter(), place, Align2::LEFT_CENTER, words, format);
    };
    ui.horizontal_top(|ui| {
        label(ui, "Template");
        ScrollArea::vertical()
            .id_salt("templates of a push")
            .max_height(TEMPLATES_HEIGHT)
            .show(ui, |ui| {
                ui.horizontal_wrapped(|ui| {
                    for (index, template) in released.iter().enumerate() {
                        let chosen = index == draw.desk.push.template;
                        let words = format!("{} v{}", template.name, template.version);
                        let mut button = Button::new(&words);
                        if chosen {
                            button = button.icon(icons::CHECK);
                        }
                        if button.show(ui).clicked() {
                            draw.desk.push.template = index;
                        }
                    }
                });
            });
        if released.is_empty() {
            ui.label(text::rich(
                "None released yet: bring one in under Templates",
                Size::Body,
                Weight::Regular,
                colours.ink,
            ));
        }
    });
    ui.horizontal(|ui| {
        label(ui, "Units");
        let width = (ui.available_width() - 8.0).min(560.0);
        let field = Field {
            text: &mut draw.desk.push.units,
            name: "Units",
            hint: "A search such as a customer, or pasted numbers",
            secret: false,
            wrong: false,
            width,
        };
        let response = field.show(ui);
        draw.desk.area(Area::Main, response.id);
    });
    let push = &mut draw.desk.push;
    super::listed::show(ui, &mut push.listed, &push.units);
    if let Some(template) = released.get(draw.desk.push.template) {
        ui.horizontal_wrapped(|ui| {
            label(ui, "");
            let search = |rest: &str| format!("template:\"{}\"{rest}", template.name);
            for (words, rest) in [
                ("Those that differ from it", " drift:yes"),
                ("All that have it", ""),
            ] {
                if Button::new(words).show(ui).clicked() {
                    draw.desk.push.units = search(rest);
                }
            }
            why(ui, "What is scanned here is added.");
        });
    }
    ui.horizontal_wrapped(|ui| {
        label(ui, "Reached by");
        for (via, words) in [
            (Via::Any, "Whichever is possible"),
            (Via::Cable, "Cable only"),
            (Via::Sms, "SMS only"),
        ] {
            let mut button = Button::new(words);
            if draw.desk.push.via == via {
                button = button.icon(icons::CHECK);
            }
            if button.show(ui).clicked() {
                draw.desk.push.via = via;
            }
        }
    });
    ui.horizontal_wrapped(|ui| {
        label(ui, "Pilot");
        Field {
            text: &mut draw.desk.push.pilot,
            name: "Units of the pilot",
            hint: "",
            secret: false,
            wrong: false,
            width: 64.0,
        }
        .show(ui);
        ui.label(text::rich(
            "units first. Stop at",
            Size::Body,
            Weight::Regular,
            colours.ink2,
        ));
        Field {
            text: &mut draw.desk.push.stop_after,
            name: "Failures at which it stops",
            hint: "",
            secret: false,
            wrong: false,
            width: 64.0,
        }
        .show(ui);
        ui.label(text::rich(
            "failures, or at 3 with one code.",
            Size::Body,
            Weight::Regular,
            colours.ink2,
        ));
    });
}

/// The one act of this step, and why it cannot be done yet.
fn foot(ui: &mut Ui, draw: &mut Draw<'_>) {
    let released = released(draw);
    let pilot = draw.desk.push.pilot.trim().parse::<u32>();
    let stop_after = draw.desk.push.stop_after.trim().parse::<u32>();
    let template = released.get(draw.desk.push.template);
    let off = if draw.desk.push.asked {
        Some("Looking at each unit…")
    } else if template.is_none() {
        Some("Choose a released template.")
    } else if draw.desk.push.units.trim().is_empty() {
        Some("Say which units: a search or numbers.")
    } else if pilot.is_err() || stop_after.is_err() {
        Some("The pilot and the failures are whole numbers; 0 means none.")
    } else {
        None
    };
    if std::mem::take(&mut draw.desk.push.focus_rehearse) {
        field::give_keyboard_to_next(ui.ctx());
    }
    let meant = main_act(ui, Button::primary("Rehearse"), off);
    field::keep_keyboard(ui.ctx());
    if let Some(reason) = off {
        why(ui, reason);
    }
    if let (true, Some(template), Ok(pilot), Ok(stop_after)) = (meant, template, pilot, stop_after)
    {
        draw.desk.push.forget_agreement();
        draw.desk.push.asked = true;
        let wanted = PushWanted {
            template: (template.name.clone(), template.version),
            chosen: chosen(&draw.desk.push.units),
            via: draw.desk.push.via,
            rules: Rules {
                pilot,
                stop_after,
                ..Rules::default()
            },
        };
        draw.wish(Command::RehearsePush(Box::new(wanted)));
    }
}

/// The numbers of a typed list; none where it is a search.
pub fn numbers(typed: &str) -> Vec<&str> {
    let words: Vec<&str> = typed
        .split([' ', ',', ';', '\n', '\t', '\r'])
        .filter(|word| !word.is_empty())
        .collect();
    let long = |word: &&str| {
        word.len() >= 8
            && word.chars().all(|each| each.is_ascii_alphanumeric())
            && word.chars().any(|each| each.is_ascii_digit())
    };
    if words.iter().all(long) {
        words
    } else {
        Vec::new()
    }
}

/// Several long numbers are a list; anything else is a search.
pub fn chosen(typed: &str) -> Chosen {
    let numbers = numbers(typed);
    if numbers.len() > 1 {
        Chosen::Numbers(numbers.into_iter().map(str::to_owned).collect())
    } else {
        Chosen::Search(typed.trim().to_owned())
    }
}

/// The pushes that there are, in the room that the form leaves; never in less than a few rows.
fn list(ui: &mut Ui, draw: &mut Draw<'_>, room: f32) {
    let pushes = &draw.state.pushes;
    if pushes.is_empty() {
        let words = "Choose a template and units above. The rehearsal says what would change on each before anything is sent.";
        empty::show(ui, icons::PAPER_PLANE_TILT, "No push yet", words, |_| {});
        return;
    }
    let note = words::several(pushes.len() as u64, "push", "pushes");
    card(ui, "Pushes", HeadNote::Words(note), |ui| {
        ScrollArea::vertical()
            .auto_shrink([false, true])
            .max_height((room - HEAD).max(LEAST_ROWS * ROW))
            .show_rows(ui, ROW, pushes.len(), |ui, range| {
                if room > HEAD + LEAST_ROWS * ROW {
                    paging::turn(ui);
                }
                ui.spacing_mut().item_spacing.y = 0.0;
                for push in pushes.get(range).unwrap_or_default() {
                    row(ui, draw, push);
                }
            });
    });
}

fn row(ui: &mut Ui, draw: &mut Draw<'_>, push: &PushSummary) {
    let colours = palette(ui);
    let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width(), ROW), Sense::click());
    let painter = ui.painter();
    if response.hovered() {
        painter.rect_filled(rect.shrink2(vec2(1.0, 0.0)), 0.0, colours.bg);
    }
    let y = rect.center().y;
    let format = text::format(Size::Body, Weight::Medium, colours.ink);
    text::paint_told(
        ui,
        &response,
        pos2(rect.left() + 16.0, y),
        Align2::LEFT_CENTER,
        &push.facts.title,
        format,
        240.0,
    );
    let tone = match push.progress.state {
        PushState::Stopped { .. } => Tone::News(|p| p.stop),
        PushState::Running => Tone::News(|p| p.work),
        _ => Tone::Neutral,
    };
    let pill = Pill::new(push.progress.state.word(), None, tone).paint(
        painter,
        colours,
        pos2(rect.left() + 272.0, y),
    );
    let counts: Vec<String> = super::SHOWN
        .iter()
        .filter_map(|(standing, words)| {
            push.counts
                .get(standing)
                .map(|count| format!("{count} {words}"))
        })
        .collect();
    let counts = counts.join(", ");
    let since = words::when(push.facts.begun, draw.now, draw.zone);
    let caption = text::format(Size::Caption, Weight::Regular, colours.ink3);
    let since_rect = text::paint(
        painter,
        pos2(rect.right() - 16.0, y),
        Align2::RIGHT_CENTER,
        &since,
        caption,
    );
    let left = pill.right().max(rect.left() + 356.0) + 16.0;
    let format = text::format(Size::Body, Weight::Regular, colours.ink2);
    text::paint_told(
        ui,
        &response,
        pos2(left, y),
        Align2::LEFT_CENTER,
        &counts,
        format,
        (since_rect.left() - left - 16.0).max(0.0),
    );
    painter.hline(
        rect.x_range(),
        rect.bottom() - 0.5,
        Stroke::new(1.0, colours.line),
    );
    focus::ring(ui, &response, 2.0);
    speak::tell(
        &response,
        Role::ListItem,
        &format!(
            "{}, {}, {counts}, {since}",
            push.facts.title,
            push.progress.state.word()
        ),
        |_| {},
    );
    if response.clicked() {
        draw.wish(Command::ShowPush(Some(push.facts.id)));
    }
}

/// A row for a push's unit is as high as any other row of a table.
pub const UNIT_ROW: f32 = 36.0;

/// Whether a standing is worth a figure when it is zero.
pub fn always(standing: Standing) -> bool {
    !matches!(
        standing,
        Standing::AlreadyRight | Standing::Cannot | Standing::LeftOut
    )
}

/// A square of the colour that stands for it.
pub fn square(ui: &Ui, standing: Standing) -> Option<egui::Color32> {
    Some(parts::colour(palette(ui), standing))
}
