//! Step 2: what would change, what is already set, what cannot and why, what it costs; agreed to by count where it is guarded.

use super::choose::UNIT_ROW;
use super::parts::{self, Figure};
use crate::engine::{Command, RehearsalView};
use crate::ui::desk::Area;
use crate::ui::dialogs::main_act;
use crate::ui::draw::{Draw, Room};
use crate::ui::theme::text::{self, Size, Weight};
use crate::ui::theme::{icon_table as icons, palette};
use crate::ui::widgets::card::{HEAD, HeadNote, card};
use crate::ui::widgets::field::Field;
use crate::ui::widgets::{Button, Number, paging, speak, why};
use crate::ui::words;
use egui::accesskit::Role;
use egui::{Align2, CentralPanel, Frame, Margin, Panel, ScrollArea, Sense, Stroke, Ui, pos2, vec2};
use fleet::push::{Forecast, PushUnit, Standing, Way};

pub fn show(ui: &mut Ui, draw: &mut Draw<'_>, rehearsal: &RehearsalView) {
    let colours = palette(ui);
    let (changing, set, cannot) = (
        rehearsal.changing,
        rehearsal.already_right,
        rehearsal.cannot,
    );
    let guarded = match rehearsal.guarded {
        0 => String::new(),
        count => format!("{} with a guarded one", words::count(count as u64)),
    };
    let square = |standing| Some(parts::colour(colours, standing));
    let figures = [
        Figure {
            number: rehearsal.units(),
            words: if rehearsal.units() == 1 {
                "unit"
            } else {
                "units"
            },
            below: String::new(),
            colour: None,
        },
        Figure {
            number: changing,
            words: if changing == 1 { "changes" } else { "change" },
            below: guarded,
            colour: Some(colours.work.fill),
        },
        Figure {
            number: set,
            words: "already set",
            below: "nothing is sent to them".into(),
            colour: square(Standing::AlreadyRight),
        },
        Figure {
            number: cannot,
            words: "cannot",
            below: "reasons below, left out".into(),
            colour: square(Standing::Cannot),
        },
    ];
    let shares = [
        (changing, colours.work.fill),
        (set, colours.ink2),
        (cannot, colours.person.fill),
    ];
    Panel::top("push figures")
        .resizable(false)
        .frame(Frame::new().fill(colours.surface))
        .show(ui, |ui| parts::figures(ui, &figures, &shares));
    let ground = Frame::new().fill(colours.bg);
    CentralPanel::default().frame(ground).show(ui, |ui| {
        let above = |ui: &mut Ui, draw: &mut Draw<'_>| columns(ui, draw, rehearsal);
        let foot = |ui: &mut Ui, draw: &mut Draw<'_>| foot(ui, draw, rehearsal);
        parts::with_foot(ui, draw, above, foot);
    });
}

/// What changes and the units at the left; ways, cost and agreement at the right.
fn columns(ui: &mut Ui, draw: &mut Draw<'_>, rehearsal: &RehearsalView) {
    let colours = palette(ui);
    let pane = if draw.room == Room::Narrow {
        280.0
    } else {
        392.0
    };
    Panel::right("push pane")
        .exact_size(pane + 16.0)
        .resizable(false)
        .show_separator_line(false)
        .frame(Frame::new().fill(colours.bg).inner_margin(Margin {
            left: 0,
            right: 16,
            top: 16,
            bottom: 16,
        }))
        .show(ui, |ui| {
            ScrollArea::vertical().show(ui, |ui| {
                ui.spacing_mut().item_spacing.y = 16.0;
                if rehearsal.guarded > 0 {
                    agree(ui, draw, rehearsal);
                }
                reach(ui, rehearsal);
                cost(ui, rehearsal);
            });
        });
    CentralPanel::default()
        .frame(Frame::new().fill(colours.bg).inner_margin(Margin::same(16)))
        .show(ui, |ui| {
            let height = ui.available_height();
            ScrollArea::vertical()
                .id_salt("changes and units")
                .auto_shrink(false)
                .show(ui, |ui| {
                    ui.spacing_mut().item_spacing.y = 16.0;
                    let top = ui.cursor().top();
                    changes(ui, rehearsal);
                    let left = height - (ui.cursor().top() - top);
                    units(ui, rehearsal, left);
                    // Behind the list, which would take it for its own.
                    paging::turn(ui);
                });
        });
}

fn line(ui: &mut Ui, left: &str, right: &str) {
    let colours = palette(ui);
    let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width(), 32.0), Sense::hover());
    let painter = ui.painter();
    let format = text::format(Size::Body, Weight::Semibold, colours.ink);
    let shown = text::paint(
        painter,
        pos2(rect.right() - 16.0, rect.center().y),
        Align2::RIGHT_CENTER,
        right,
        format,
    );
    let format = text::format(Size::Body, Weight::Regular, colours.ink);
    text::paint_told(
        ui,
        &response,
        pos2(rect.left() + 16.0, rect.center().y),
        Align2::LEFT_CENTER,
        left,
        format,
        (shown.left() - rect.left() - 32.0).max(0.0),
    );
    speak::tell(
        &response,
        Role::ListItem,
        &format!("{left} {right}"),
        |_| {},
    );
}

fn changes(ui: &mut Ui, rehearsal: &RehearsalView) {
    const MOST: usize = 8;
    card(
        ui,
        "What changes",
        HeadNote::Words("on how many units".into()),
        |ui| {
            let all = &rehearsal.changes;
            for (change, count) in all.iter().take(MOST) {
                let before = words::value(&change.key, change.before.as_ref());
                let after = words::value(&change.key, Some(&change.after));
                // Before the values: long ones are cut at their end, and this must never be.
                let guarded = if change.guarded { ", guarded" } else { "" };
                line(
                    ui,
                    &format!(
                        "{}{guarded}   {before} to {after}",
                        words::setting(&change.key)
                    ),
                    &words::count(*count as u64),
                );
            }
            if all.len() > MOST {
                line(
                    ui,
                    &format!("{} more kinds of change", all.len() - MOST),
                    "",
                );
            }
            if all.is_empty() {
                line(ui, "Nothing", "0");
            }
        },
    );
}

fn reach(ui: &mut Ui, rehearsal: &RehearsalView) {
    card(ui, "How it reaches them", HeadNote::None, |ui| {
        line(
            ui,
            "on a cable, now or when next plugged in",
            &words::count(rehearsal.by_cable as u64),
        );
        line(
            ui,
            "in vehicles, by SMS through the carrier",
            &words::count(rehearsal.by_sms as u64),
        );
        let found = &rehearsal.rehearsal;
        super::listed::left_out(ui, &found.not_found, &found.doubles);
    });
}

fn cost(ui: &mut Ui, rehearsal: &RehearsalView) {
    let rehearsal = &rehearsal.rehearsal;
    if rehearsal.cost.is_none() {
        return;
    }
    let colours = palette(ui);
    card(
        ui,
        "What it costs",
        HeadNote::Words("estimate".into()),
        |ui| {
            Frame::new()
                .inner_margin(Margin::symmetric(16, 10))
                .show(ui, |ui| {
                    ui.label(text::rich(
                        format!("Data: {}.", rehearsal.cost_words().unwrap_or_default()),
                        Size::Body,
                        Weight::Regular,
                        colours.ink,
                    ));
                    ui.label(text::rich(
                        "For 8 h of driving a day and 300 bytes a report.",
                        Size::Caption,
                        Weight::Regular,
                        colours.ink3,
                    ));
                });
        },
    );
}

/// What a guarded change means, and the fields in which it is agreed to.
fn agree(ui: &mut Ui, draw: &mut Draw<'_>, rehearsal: &RehearsalView) {
    let colours = palette(ui);
    card(ui, "Confirm by name and count", HeadNote::None, |ui| {
        Frame::new().inner_margin(Margin::same(16)).show(ui, |ui| {
            ui.spacing_mut().item_spacing.y = 10.0;
            let what = rehearsal.guarded_labels.join(", ");
            ui.horizontal_wrapped(|ui| {
                ui.label(
                    egui::RichText::new(icons::SHIELD_WARNING_FILL.text())
                        .font(icons::SHIELD_WARNING_FILL.font(16.0))
                        .color(colours.ink2),
                );
                let count = rehearsal.guarded as u64;
                let units = words::several(count, "unit gets", "units get");
                ui.label(text::rich(
                    format!("{units} a new {what}. After this only a cable helps."),
                    Size::Body,
                    Weight::Regular,
                    colours.ink,
                ));
            });
            let wanted = rehearsal.changing.to_string();
            typed(ui, draw, rehearsal.rehearsal.name(), &wanted);
        });
    });
}

/// The main act: it begins the push, once it is agreed to where that is needed.
fn foot(ui: &mut Ui, draw: &mut Draw<'_>, rehearsal: &RehearsalView) {
    let changing = rehearsal.changing;
    let form = &draw.desk.push;
    let agreed = rehearsal.guarded == 0 || rehearsal.is_agreed(&form.name, &form.count);
    let opens = format!("Opens when the name and the number {changing} are typed.");
    let off = if changing == 0 {
        Some("No unit changes, so there is nothing to begin.")
    } else {
        (!agreed).then_some(opens.as_str())
    };
    let rules = rehearsal.rehearsal.facts.rules;
    let pilot = usize::try_from(rules.pilot)
        .unwrap_or(usize::MAX)
        .min(changing);
    let units = |count: usize| words::several(count as u64, "unit", "units");
    let words = match pilot {
        0 => format!("Send to {}", units(changing)),
        count => format!("Send the pilot: {}", units(count)),
    };
    if main_act(ui, Button::primary(&words), off) {
        draw.desk.push.forget_agreement();
        draw.wish(Command::BeginPush { agreed });
    }
    if Button::bare("Cancel").key("Esc").show(ui).clicked() {
        super::back(draw);
    }
    let stops = match rules.stop_after {
        0 => format!("Stops at {} failures with one code.", rules.same_code),
        most => format!(
            "Stops at {}, or {} with one code.",
            words::several(u64::from(most), "failure", "failures"),
            rules.same_code
        ),
    };
    let reason = off.map_or_else(|| stops.clone(), |off| format!("{off} {stops}"));
    why(ui, &reason);
}

/// The name of the template and how many units change, typed by hand: nobody does that by mistake.
fn typed(ui: &mut Ui, draw: &mut Draw<'_>, name: &str, count: &str) {
    let colours = palette(ui);
    let line = |ui: &mut Ui, words: &str| {
        ui.label(text::rich(words, Size::Body, Weight::Regular, colours.ink2));
    };
    let begins = |whole: &str, typed: &str| {
        whole
            .to_lowercase()
            .starts_with(&typed.trim().to_lowercase())
    };
    line(ui, &format!("Type the name, {name}:"));
    let wrong = !begins(name, &draw.desk.push.name);
    let field = Field {
        text: &mut draw.desk.push.name,
        name: "Name of what is pushed",
        hint: "",
        secret: false,
        wrong,
        width: ui.available_width(),
    };
    let response = field.show(ui);
    draw.desk.area(Area::Pane, response.id);
    line(ui, "Type how many units change:");
    ui.horizontal(|ui| {
        let wrong = !begins(count, &draw.desk.push.count);
        let field = Field {
            text: &mut draw.desk.push.count,
            name: "How many units change",
            hint: "",
            secret: false,
            wrong,
            width: 96.0,
        };
        field.show(ui);
        line(ui, &format!("of {count}"));
    });
}

/// So many units are seen at once, however low the window is.
const LEAST_ROWS: f32 = 4.0;

/// All units, those that cannot first, in the room that is left.
fn units(ui: &mut Ui, rehearsal: &RehearsalView, room: f32) {
    let title = format!(
        "All {}, unit by unit",
        words::count(rehearsal.units() as u64)
    );
    card(
        ui,
        &title,
        HeadNote::Words("those that cannot stand first".into()),
        |ui| {
            let room = room - HEAD;
            ScrollArea::vertical()
                .auto_shrink([false, true])
                .max_height(room.max(LEAST_ROWS * UNIT_ROW))
                .show_rows(ui, UNIT_ROW, rehearsal.units(), |ui, range| {
                    paging::turn(ui);
                    ui.spacing_mut().item_spacing.y = 0.0;
                    for unit in range.filter_map(|row| rehearsal.row(row)) {
                        row(ui, unit);
                    }
                });
        },
    );
}

fn row(ui: &mut Ui, unit: &PushUnit) {
    let colours = palette(ui);
    let (rect, response) =
        ui.allocate_exact_size(vec2(ui.available_width(), UNIT_ROW), Sense::hover());
    let painter = ui.painter();
    let y = rect.center().y;
    Number::new(unit.id.as_str()).paint(
        painter,
        colours,
        pos2(rect.left() + 16.0, y),
        Align2::LEFT_CENTER,
    );
    let format = text::format(Size::Body, Weight::Regular, colours.ink2);
    // Where there is little room, what happens to the unit is worth more than its model.
    let has_room = rect.width() >= 640.0;
    if has_room {
        text::paint_told(
            ui,
            &response,
            pos2(rect.left() + 190.0, y),
            Align2::LEFT_CENTER,
            unit.model.as_deref().unwrap_or(""),
            format.clone(),
            110.0,
        );
    }
    let (what, right) = match &unit.forecast {
        Forecast::Change { changes } => {
            let lines: Vec<String> = changes
                .iter()
                .map(|change| {
                    format!(
                        "{} to {}",
                        words::value(&change.key, change.before.as_ref()),
                        words::value(&change.key, Some(&change.after))
                    )
                })
                .collect();
            let way = if unit.way == Way::Sms {
                "by SMS"
            } else {
                "by cable"
            };
            (lines.join(", "), way.to_owned())
        }
        Forecast::AlreadyRight => ("already set".to_owned(), "nothing".to_owned()),
        Forecast::Cannot { why, cure } => (why.clone(), cure.clone()),
    };
    let right_room = (rect.width() * 0.3).max(80.0);
    let shown = text::paint_told(
        ui,
        &response,
        pos2(rect.right() - 16.0, y),
        Align2::RIGHT_CENTER,
        &right,
        format,
        right_room,
    );
    let left = rect.left() + if has_room { 312.0 } else { 190.0 };
    let format = text::format(Size::Body, Weight::Regular, colours.ink);
    text::paint_told(
        ui,
        &response,
        pos2(left, y),
        Align2::LEFT_CENTER,
        &what,
        format,
        (shown.left() - left - 16.0).max(0.0),
    );
    painter.hline(
        rect.x_range(),
        rect.bottom() - 0.5,
        Stroke::new(1.0, colours.line),
    );
    speak::tell(
        &response,
        Role::ListItem,
        &format!(
            "Unit ending {}, {what}, {right}",
            speak::spoken_ending(unit.id.as_str())
        ),
        |_| {},
    );
}
