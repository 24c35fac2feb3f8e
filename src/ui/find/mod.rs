//! Find: one box, results while typing, quick answers at the right. It never waits for the store.

mod answers;
mod filters;
mod foot;
mod list;
mod rows;

use super::desk::{Area, Desk, Screen};
use super::draw::{Draw, Room};
use super::keys::cap_of_paste;
use super::theme::text::{self, Size, Weight};
use super::theme::{icon_table as icons, palette};
use super::widgets::{Button, empty, field, speak};
use super::words;
use crate::engine::{Command, State};
use egui::accesskit::Role;
use egui::{CentralPanel, Frame, Margin, Panel, Ui, vec2};
use fleet::pasted;
use fleet::query::Query;
use fleet::unit::Unit;

/// Draws Find.
pub fn show(ui: &mut Ui, draw: &mut Draw<'_>) {
    let palette = palette(ui);
    let paper = Frame::new().fill(palette.surface);
    take_paste(ui, draw);
    if draw.desk.list_open {
        list::show(ui, draw);
        return;
    }
    let head = paper.inner_margin(Margin::symmetric(24, 20));
    Panel::top("find head")
        .resizable(false)
        .frame(head)
        .show(ui, |ui| {
            box_and_paste(ui, draw);
            ui.add_space(2.0);
            filters::show(ui, draw);
        });
    let typed = !draw.desk.typed.trim().is_empty();
    let answers = typed && draw.room != Room::Narrow && ui.available_width() >= 960.0;
    let unit = chosen(draw.state, draw.desk).cloned();
    if let (true, Some(unit)) = (answers, unit) {
        Panel::right("quick answers")
            .exact_size(340.0)
            .resizable(false)
            .frame(paper.inner_margin(Margin::symmetric(20, 16)))
            .show(ui, |ui| answers::show(ui, draw, &unit));
    }
    CentralPanel::default()
        .frame(paper)
        .show(ui, |ui| results(ui, draw));
}

/// A column of numbers that is pasted anywhere in Find is a list, and no search for all of them at once.
fn take_paste(ui: &Ui, draw: &mut Draw<'_>) {
    let pasted = ui.input_mut(|input| {
        let list = input
            .events
            .iter()
            .position(|event| matches!(event, egui::Event::Paste(text) if pasted::is_list(text)))?;
        match input.events.remove(list) {
            egui::Event::Paste(text) => Some(text),
            _ => None,
        }
    });
    if let Some(text) = pasted {
        draw.desk.list_open = true;
        draw.desk.list_row = 0;
        draw.desk.list_problems = false;
        draw.wish(Command::LookUpList(text));
    }
}

/// How many rows answer what is typed.
#[must_use]
pub fn rows(state: &State, desk: &Desk) -> usize {
    if desk.typed.trim().is_empty() {
        state.opened_lately.len()
    } else {
        state.search.rows()
    }
}

/// The unit in the chosen row.
#[must_use]
pub fn chosen<'a>(state: &'a State, desk: &Desk) -> Option<&'a Unit> {
    if desk.list_open {
        return None;
    }
    if desk.typed.trim().is_empty() {
        return state.opened_lately.get(desk.row);
    }
    state.search.line(desk.row).map(|line| &line.unit)
}

/// Shows the page of the chosen row.
pub fn open_chosen(draw: &mut Draw<'_>) {
    let id = if draw.desk.list_open {
        list::chosen_unit(draw)
    } else {
        chosen(draw.state, draw.desk).map(|unit| unit.id.clone())
    };
    if let Some(id) = id {
        open(draw, id);
    }
}

/// Moves the chosen row.
pub fn move_row(draw: &mut Draw<'_>, down: i32) {
    let moved = |row: usize, rows: usize| {
        let row = row.saturating_add_signed(down as isize);
        row.min(rows.saturating_sub(1))
    };
    if draw.desk.list_open {
        draw.desk.list_row = moved(draw.desk.list_row, list::lines(draw).len());
    } else {
        draw.desk.row = moved(draw.desk.row, rows(draw.state, draw.desk));
    }
    draw.desk.row_moved = true;
}

pub(super) fn open(draw: &mut Draw<'_>, id: fleet::UnitId) {
    draw.desk.unit = Some(id.clone());
    draw.desk.screen = Screen::Unit;
    draw.wish(Command::OpenUnit(id));
}

fn box_and_paste(ui: &mut Ui, draw: &mut Draw<'_>) {
    let width = ui.available_width();
    ui.horizontal(|ui| {
        let mut paste = Button::new("Paste a list")
            .icon(icons::CLIPBOARD_TEXT)
            .height(44.0);
        if draw.room != Room::Narrow {
            paste = paste.key(cap_of_paste());
        }
        let bring = Button::new("Bring a list in")
            .icon(icons::DOWNLOAD_SIMPLE)
            .height(44.0);
        let room = paste.natural_width(ui) + bring.natural_width(ui) + 16.0;
        ui.allocate_ui(vec2(width - room - 8.0, field::SEARCH_HEIGHT), |ui| {
            search_box(ui, draw);
        });
        ui.add_space(8.0);
        if paste.show(ui).clicked() {
            ui.ctx()
                .send_viewport_cmd(egui::ViewportCommand::RequestPaste);
        }
        if bring.show(ui).clicked() {
            super::sheets::bring_in(draw);
        }
    });
}

fn search_box(ui: &mut Ui, draw: &mut Draw<'_>) {
    let typed = draw.desk.typed.trim().to_owned();
    let answered = draw.state.search.query == typed;
    let units = words::several(draw.state.bench.units, "unit", "units");
    let mistake = Query::parse(&typed).err();
    let search = &draw.state.search;
    let count = match (typed.is_empty(), mistake.is_some(), answered) {
        (true, ..) => units,
        (false, true, _) => String::new(),
        (false, false, true) if search.complete => {
            format!("{} of {units}", words::count(search.total))
        }
        (false, false, true) if search.total == 0 => "looking…".into(),
        (false, false, true) => format!("{} or more of {units}", words::count(search.total)),
        (false, false, false) => "looking…".into(),
    };
    let hint = "Number, plate, customer, note";
    let response = field::search(ui, &mut draw.desk.typed, hint, &count);
    draw.desk.area(Area::Head, response.id);
    // Whoever gains the keyboard is given a cursor of its own first.
    if response.has_focus() && std::mem::take(&mut draw.desk.select_search) {
        field::select_search(ui.ctx(), &draw.desk.typed);
    }
    if std::mem::take(&mut draw.desk.focus_search) {
        response.request_focus();
    }
    if response.changed() {
        draw.desk.row = 0;
        draw.desk.row_moved = true;
    }
    let typed = draw.desk.typed.trim().to_owned();
    if typed != draw.desk.asked && Query::parse(&typed).is_ok() {
        draw.desk.asked.clone_from(&typed);
        draw.wish(Command::Search(typed));
    }
}

fn results(ui: &mut Ui, draw: &mut Draw<'_>) {
    let typed = draw.desk.typed.trim().to_owned();
    if typed.is_empty() {
        let words = "Four digits are enough. Plates, customers and notes work too.";
        let lately: Vec<Unit> = draw.state.opened_lately.clone();
        let opened = empty::show(
            ui,
            icons::MAGNIFYING_GLASS,
            "Type any part of a number",
            words,
            |ui| rows::opened_lately(ui, &lately),
        );
        if let Some(id) = opened {
            open(draw, id);
        }
        return;
    }
    if let Err(mistake) = Query::parse(&typed) {
        told_mistake(ui, &mistake);
        if !mistake.unfinished {
            return;
        }
    } else if draw.state.search.rows() == 0 {
        if draw.state.search.query == typed && draw.state.search.complete {
            let title = format!("No unit has {typed}");
            let behind = behind_words(draw.state.search.behind);
            let words = match draw.state.bench.units {
                _ if behind.is_some() => behind.unwrap_or_default(),
                0 => "The inventory has no unit yet.".to_owned(),
                units => format!(
                    "All {} were searched.",
                    words::several(units, "unit", "units")
                ),
            };
            let short = Query::parse(&typed).ok();
            let words = match short.and_then(|query| query.told_when_nothing_fits()) {
                Some(short) if draw.state.bench.units > 0 => format!("{words} {short}"),
                _ => words,
            };
            empty::show(ui, icons::BINOCULARS, &title, &words, |_| {});
        }
        return;
    }
    told_behind(ui, draw.state.search.behind);
    if let Some(id) = rows::show(ui, draw, &typed) {
        open(draw, id);
    }
}

/// That searches do not know of every unit yet.
fn behind_words(behind: u64) -> Option<String> {
    let units = words::several(behind, "unit", "units");
    (behind > 0)
        .then(|| format!("Searches are being made ready: about {units} may not be found yet."))
}

/// The same as a quiet line.
fn told_behind(ui: &mut Ui, behind: u64) {
    let Some(words) = behind_words(behind) else {
        return;
    };
    let palette = palette(ui);
    let frame = Frame::new().inner_margin(Margin::symmetric(24, 6));
    frame.show(ui, |ui| {
        ui.set_min_width(ui.available_width());
        let text = text::rich(&words, Size::Caption, Weight::Regular, palette.ink2);
        let label = ui.label(text);
        speak::tell(&label, Role::Status, &words, |_| {});
    });
}

/// What is wrong with the query, under the box where it is typed.
fn told_mistake(ui: &mut Ui, mistake: &fleet::query::QueryError) {
    let palette = palette(ui);
    let words = format!("{}.", fleet::wording::sentence(&mistake.what));
    let frame = Frame::new()
        .inner_margin(Margin::symmetric(24, 12))
        .fill(palette.person.tint);
    frame.show(ui, |ui| {
        ui.set_min_width(ui.available_width());
        ui.horizontal_wrapped(|ui| {
            let (rect, _) = ui.allocate_exact_size(vec2(18.0, 18.0), egui::Sense::hover());
            icons::WARNING_FILL.paint(ui.painter(), rect.center(), 16.0, palette.person.line);
            let label = ui.label(text::rich(
                &words,
                Size::Body,
                Weight::Regular,
                palette.person.text,
            ));
            speak::tell(&label, Role::Alert, &words, |_| {});
        });
    });
}
