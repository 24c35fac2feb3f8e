//! A pasted list: every line with its verdict, in the order in which it was pasted, and what can be done with the found ones.

use super::open;
use crate::engine::{ListVerdict, LookedUpList, UnitsMeant};
use crate::ui::desk::Area;
use crate::ui::draw::{Draw, Room};
use crate::ui::keys::{Act, cap};
use crate::ui::theme::text::{self, Size, Weight};
use crate::ui::theme::{Icon, Palette, icon_table as icons, palette};
use crate::ui::widgets::{
    Button, Number, Pill, Shape, Tone, empty, focus, paging, place, speak, why,
};
use crate::ui::{sheets, words};
use egui::accesskit::Role;
use egui::{
    Align2, CentralPanel, Frame, Margin, Panel, Rect, ScrollArea, Sense, Stroke, Ui, pos2, vec2,
};
use fleet::UnitId;
use fleet::pasted::PastedLine;

const ROW: f32 = 36.0;

type Line = (PastedLine, ListVerdict);

/// Draws the list.
pub(super) fn show(ui: &mut Ui, draw: &mut Draw<'_>) {
    let palette = palette(ui);
    let paper = Frame::new().fill(palette.surface);
    Panel::top("list head")
        .exact_size(64.0)
        .resizable(false)
        .frame(paper.inner_margin(Margin::symmetric(24, 0)))
        .show(ui, |ui| head(ui, draw));
    if draw.state.list.is_none() {
        CentralPanel::default().frame(paper).show(ui, |ui| {
            empty::show(
                ui,
                icons::CLIPBOARD_TEXT,
                "Looking the list up",
                "It stays on this PC.",
                |_| {},
            );
        });
        return;
    }
    if draw.room == Room::Narrow {
        Panel::bottom("list acts below")
            .exact_size(44.0)
            .resizable(false)
            .show_separator_line(false)
            .frame(paper.inner_margin(Margin::symmetric(16, 0)))
            .show(ui, |ui| acts_below(ui, draw));
    } else {
        Panel::right("list acts")
            .exact_size(324.0)
            .resizable(false)
            .frame(paper.inner_margin(Margin::symmetric(20, 20)))
            .show(ui, |ui| acts(ui, draw));
    }
    CentralPanel::default()
        .frame(paper.inner_margin(Margin::symmetric(16, 12)))
        .show(ui, |ui| {
            let behind = draw.state.list.as_deref().map_or(0, |list| list.behind);
            super::told_behind(ui, behind);
            table(ui, draw);
        });
}

/// The lines that are shown: all, or those that are a problem.
pub(super) fn lines<'a>(draw: &Draw<'a>) -> Vec<&'a Line> {
    let Some(list) = &draw.state.list else {
        return Vec::new();
    };
    list.lines
        .iter()
        .filter(|(_, verdict)| !draw.desk.list_problems || is_problem(verdict))
        .collect()
}

fn is_problem(verdict: &ListVerdict) -> bool {
    !matches!(verdict, ListVerdict::Found { .. })
}

/// The unit of the chosen line.
pub(super) fn chosen_unit(draw: &Draw<'_>) -> Option<UnitId> {
    match lines(draw).get(draw.desk.list_row) {
        Some((_, ListVerdict::Found { id, .. })) => Some(id.clone()),
        _ => None,
    }
}

fn problems(list: &LookedUpList) -> usize {
    list.lines.len() - list.found
}

fn head(ui: &mut Ui, draw: &mut Draw<'_>) {
    let palette = palette(ui);
    let rect = ui.max_rect();
    let format = text::format(Size::Title, Weight::Semibold, palette.ink);
    let title = text::paint(
        ui.painter(),
        rect.left_center(),
        Align2::LEFT_CENTER,
        "Pasted list",
        format,
    );
    speak::note(ui, title, "list title", Role::Heading, "Pasted list");
    let list = draw.state.list.as_deref();
    if let Some(list) = list {
        let mut words = format!(
            "{}, in the order you pasted them",
            words::several(list.lines.len() as u64, "line", "lines")
        );
        if list.left_out > 0 {
            words = format!(
                "{words}; {} more are too many at once",
                words::count(list.left_out as u64)
            );
        }
        let format = text::format(Size::Caption, Weight::Regular, palette.ink2);
        let at = pos2(title.right() + 16.0, rect.center().y);
        text::paint(ui.painter(), at, Align2::LEFT_CENTER, &words, format);
    }
    place::at(ui, rect, place::from_right(), |ui| {
        let back = Button::new("Back to Find").key(cap(Act::Escape)).show(ui);
        draw.desk.area(Area::Head, back.id);
        if back.clicked() {
            close(draw);
        }
        if let Some(list) = list
            && problems(list) > 0
        {
            let words = format!(
                "Copy the {}",
                words::several(problems(list) as u64, "problem", "problems")
            );
            if Button::new(&words).icon(icons::COPY).show(ui).clicked() {
                let lines: Vec<String> = list
                    .lines
                    .iter()
                    .filter(|(_, verdict)| is_problem(verdict))
                    .map(|(line, verdict)| {
                        format!("{}\t{}\t{}", line.line, line.text, told(verdict).1)
                    })
                    .collect();
                ui.copy_text(lines.join("\n"));
            }
        }
    });
}

/// Back to the search.
pub(super) fn close(draw: &mut Draw<'_>) {
    draw.desk.list_open = false;
    draw.desk.focus_search = true;
}

/// The found units, in the order in which they were pasted, each once.
fn found(list: &LookedUpList) -> impl Iterator<Item = &UnitId> {
    list.lines.iter().filter_map(|(_, verdict)| match verdict {
        ListVerdict::Found { id, .. } => Some(id),
        _ => None,
    })
}

fn nothing_found(list: &LookedUpList) -> Option<&'static str> {
    (list.found == 0).then_some("No line names a unit.")
}

/// What can be done with the found units.
const ACTS: [(&str, Icon); 4] = [
    ("Copy their numbers", icons::COPY),
    ("Export them", icons::FILE_TEXT),
    ("Print their labels", icons::TAG),
    ("Push to them", icons::ARROW_RIGHT),
];

fn perform(ui: &Ui, draw: &mut Draw<'_>, list: &LookedUpList, name: &str) {
    let ids: Vec<UnitId> = found(list).cloned().collect();
    let joined = |between: &str| {
        let ids: Vec<&str> = ids.iter().map(UnitId::as_str).collect();
        ids.join(between)
    };
    let words = format!(
        "the {} of the pasted list",
        words::several(ids.len() as u64, "unit", "units")
    );
    match name {
        "Copy their numbers" => ui.copy_text(joined("\n")),
        "Export them" => sheets::export(draw, UnitsMeant::These(ids), words),
        "Print their labels" => sheets::label(draw, UnitsMeant::These(ids), words),
        _ => sheets::push_to(draw, joined(" ")),
    }
}

/// The same in a small window, in a row under the list.
fn acts_below(ui: &mut Ui, draw: &mut Draw<'_>) {
    let Some(list) = draw.state.list.as_deref() else {
        return;
    };
    let none = nothing_found(list);
    place::at(ui, ui.max_rect(), place::from_right(), |ui| {
        for (name, icon) in ACTS.into_iter().rev() {
            let button = Button::new(name).icon(icon).height(28.0).off(none);
            if button.show(ui).clicked() && none.is_none() {
                perform(ui, draw, list, name);
            }
        }
    });
}

fn acts(ui: &mut Ui, draw: &mut Draw<'_>) {
    let palette = palette(ui);
    let Some(list) = draw.state.list.as_deref() else {
        return;
    };
    ui.spacing_mut().item_spacing.y = 8.0;
    let title = format!("Do with the {} found", words::count(list.found as u64));
    ui.label(text::rich(
        &title,
        Size::Lead,
        Weight::Semibold,
        palette.ink,
    ));
    ui.add_space(4.0);
    let none = nothing_found(list);
    let width = ui.available_width();
    for (name, icon) in ACTS {
        let button = Button::new(name).icon(icon).width(width).off(none);
        if button.show(ui).clicked() && none.is_none() {
            perform(ui, draw, list, name);
        }
    }
    if let Some(none) = none {
        why(ui, none);
    }
    ui.add_space(12.0);
    let chosen = lines(draw).get(draw.desk.list_row).copied();
    if let Some((line, verdict)) = chosen {
        ui.label(text::rich(
            format!("Line {}", line.line),
            Size::Lead,
            Weight::Semibold,
            palette.ink,
        ));
        Number::new(&line.text).show(ui);
        ui.label(text::rich(
            told(verdict).1,
            Size::Body,
            Weight::Regular,
            palette.ink2,
        ));
        if let ListVerdict::NotFound { near } | ListVerdict::WrongDigit { near, .. } = verdict
            && !near.is_empty()
        {
            ui.label(text::rich(
                "These differ from it by a single digit:",
                Size::Caption,
                Weight::Regular,
                palette.ink2,
            ));
            for id in near {
                Number::new(id.as_str()).show(ui);
                if Button::new("Open this one").height(26.0).show(ui).clicked() {
                    open(draw, id.clone());
                }
            }
        }
        if let ListVerdict::Found { id, .. } = verdict
            && Button::new("Open").key(cap(Act::Enter)).show(ui).clicked()
        {
            open(draw, id.clone());
        }
    }
    if problems(list) > 0 {
        ui.add_space(8.0);
        why(ui, "Lines with a problem are left out, and stay listed.");
    }
}

fn table(ui: &mut Ui, draw: &mut Draw<'_>) {
    let palette = palette(ui);
    counts(ui, draw);
    let shown = lines(draw);
    let rows = shown.len();
    let mut opened = None;
    let mut chosen = None;
    ui.spacing_mut().item_spacing.y = 0.0;
    table_head(ui, palette);
    let mut area = ScrollArea::vertical().auto_shrink(false);
    if std::mem::take(&mut draw.desk.row_moved) {
        area = area.vertical_scroll_offset((draw.desk.list_row as f32 - 6.0).max(0.0) * ROW);
    }
    area.show_rows(ui, ROW, rows, |ui, range| {
        paging::turn(ui);
        speak::region(ui, Role::Table, "Lines of the list");
        for row in range {
            let Some((line, verdict)) = shown.get(row) else {
                continue;
            };
            let is_chosen = row == draw.desk.list_row;
            let response = one(ui, palette, line, verdict, is_chosen);
            if is_chosen {
                draw.desk.area(Area::Main, response.id);
            }
            if response.double_clicked() {
                opened = match verdict {
                    ListVerdict::Found { id, .. } => Some(id.clone()),
                    _ => None,
                };
            } else if response.clicked() {
                chosen = Some(row);
            }
        }
    });
    if let Some(row) = chosen {
        draw.desk.list_row = row;
    }
    if let Some(id) = opened {
        open(draw, id);
    }
}

/// The counts, and which lines are shown.
fn counts(ui: &mut Ui, draw: &mut Draw<'_>) {
    let palette = palette(ui);
    let Some(list) = draw.state.list.as_deref() else {
        return;
    };
    ui.horizontal(|ui| {
        ui.add_space(8.0);
        let parts = [
            (list.found, "found"),
            (list.not_found, "not found"),
            (list.double, "double"),
            (list.unreadable, "cannot be read"),
        ];
        let several = (list.several > 0).then_some((list.several, "fit several units"));
        for (count, words) in parts.into_iter().chain(several) {
            let number = words::count(count as u64);
            let label = ui.label(text::rich(
                &number,
                Size::Figure,
                Weight::Semibold,
                palette.ink,
            ));
            speak::tell(&label, Role::Status, &format!("{number} {words}"), |_| {});
            ui.label(text::rich(words, Size::Body, Weight::Regular, palette.ink2));
            ui.add_space(16.0);
        }
        ui.with_layout(place::from_right(), |ui| {
            let problems = format!("Problems {}", words::count(problems(list) as u64));
            let all = format!("All {}", words::count(list.lines.len() as u64));
            for (words, only) in [(&problems, true), (&all, false)] {
                let on = draw.desk.list_problems == only;
                let button = if on {
                    Button::primary(words)
                } else {
                    Button::new(words)
                };
                if button.height(28.0).show(ui).clicked() {
                    draw.desk.list_problems = only;
                    draw.desk.list_row = 0;
                }
            }
        });
    });
    ui.add_space(8.0);
}

const AS_PASTED: f32 = 52.0;
const VERDICT: f32 = 280.0;
const MODEL: f32 = 420.0;
const CUSTOMER: f32 = 510.0;

fn table_head(ui: &mut Ui, palette: &Palette) {
    let (rect, _) = ui.allocate_exact_size(vec2(ui.available_width(), 32.0), Sense::hover());
    let format = text::format(Size::Caption, Weight::Medium, palette.ink3);
    let heads = [
        (0.0, "Line"),
        (AS_PASTED, "As pasted"),
        (VERDICT, "Verdict"),
        (MODEL, "Model"),
        (CUSTOMER, "Customer, plate"),
    ];
    for (left, words) in heads {
        let at = pos2(rect.left() + 8.0 + left, rect.center().y);
        text::paint(ui.painter(), at, Align2::LEFT_CENTER, words, format.clone());
    }
    ui.painter().hline(
        rect.x_range(),
        rect.bottom(),
        Stroke::new(1.0, palette.line),
    );
}

fn one(
    ui: &mut Ui,
    palette: &Palette,
    line: &PastedLine,
    verdict: &ListVerdict,
    chosen: bool,
) -> egui::Response {
    let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width(), ROW), Sense::click());
    let painter = ui.painter();
    if chosen {
        painter.rect_filled(rect, 0.0, palette.work.tint);
    } else if response.hovered() {
        painter.rect_filled(rect, 0.0, palette.bg);
    }
    painter.hline(
        rect.x_range(),
        rect.bottom(),
        Stroke::new(1.0, palette.line),
    );
    let at = |left: f32| pos2(rect.left() + 8.0 + left, rect.center().y);
    let faint = text::format(Size::Body, Weight::Regular, palette.ink3);
    let body = text::format(Size::Body, Weight::Regular, palette.ink);
    text::paint(
        painter,
        at(0.0),
        Align2::LEFT_CENTER,
        &line.line.to_string(),
        faint,
    );
    if line.text.bytes().all(|each| each.is_ascii_digit()) {
        Number::new(&line.text).paint(painter, palette, at(AS_PASTED), Align2::LEFT_CENTER);
    } else {
        text::paint_within(
            painter,
            at(AS_PASTED),
            Align2::LEFT_CENTER,
            &line.text,
            body.clone(),
            VERDICT - AS_PASTED - 16.0,
        );
    }
    let (pill, words) = told(verdict);
    pill.paint(painter, palette, at(VERDICT));
    let room = |left: f32, right: f32| {
        Rect::from_min_max(at(left), pos2(right, rect.bottom()))
            .width()
            .max(0.0)
    };
    match verdict {
        ListVerdict::Found {
            model,
            customer,
            vehicle,
            ..
        } => {
            let model = model.as_deref().unwrap_or("");
            text::paint_within(
                painter,
                at(MODEL),
                Align2::LEFT_CENTER,
                model,
                body.clone(),
                CUSTOMER - MODEL - 12.0,
            );
            let of: Vec<&str> = [customer.as_deref(), vehicle.as_deref()]
                .into_iter()
                .flatten()
                .collect();
            text::paint_within(
                painter,
                at(CUSTOMER),
                Align2::LEFT_CENTER,
                &of.join(", "),
                body,
                room(CUSTOMER, rect.right()),
            );
        }
        _ => {
            let format = text::format(Size::Body, Weight::Regular, palette.ink2);
            text::paint_within(
                painter,
                at(MODEL),
                Align2::LEFT_CENTER,
                &words,
                format,
                room(MODEL, rect.right()),
            );
        }
    }
    focus::ring(ui, &response, 2.0);
    let spoken = format!("Line {}, {}, {}, {words}", line.line, line.text, pill.words);
    speak::tell(&response, Role::Row, &spoken, |node| {
        node.set_selected(chosen)
    });
    response
}

/// The verdict as a pill, and what there is to say about it.
fn told(verdict: &ListVerdict) -> (Pill, String) {
    let icon = |icon| Some(Shape::Icon(icon));
    let problem = || Tone::News(|p: &Palette| p.person);
    match verdict {
        ListVerdict::Found {
            customer, vehicle, ..
        } => {
            let of: Vec<&str> = [customer.as_deref(), vehicle.as_deref()]
                .into_iter()
                .flatten()
                .collect();
            (
                Pill::new("Found", icon(icons::CHECK), Tone::Neutral),
                of.join(", "),
            )
        }
        ListVerdict::Double { of } => (
            Pill::new("Double", icon(icons::COPY), Tone::Outline),
            format!("Same as line {of}, counted once"),
        ),
        ListVerdict::NotFound { near } => (
            Pill::new("Not found", icon(icons::MAGNIFYING_GLASS), problem()),
            match near.len() {
                0 => "No unit has this number".to_owned(),
                _ => "No unit has this number; one differs by a single digit".to_owned(),
            },
        ),
        ListVerdict::Several(count) => (
            Pill::new("Several", icon(icons::WARNING_FILL), problem()),
            format!(
                "{} end with it; give more of the number",
                words::several(*count, "unit", "units")
            ),
        ),
        ListVerdict::WrongDigit { error, .. } => (
            Pill::new("Wrong digit", icon(icons::WARNING_FILL), problem()),
            error.to_string(),
        ),
        ListVerdict::CutOff => (
            Pill::new("Not a number", icon(icons::WARNING_FILL), problem()),
            "A spreadsheet cut this number off. Export the column as text".to_owned(),
        ),
        ListVerdict::NoNumber => (
            Pill::new("Not a number", icon(icons::WARNING_FILL), problem()),
            "No number stands in this line".to_owned(),
        ),
    }
}
