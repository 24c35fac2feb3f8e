//! Find: one box, results while typing, quick answers at the right. It never waits for the store.

mod answers;
mod rows;

use super::desk::{Area, Desk, Screen};
use super::draw::{Draw, Room};
use super::theme::text::{self, Size, Weight};
use super::theme::{icon_table as icons, palette};
use super::widgets::{empty, field};
use super::words;
use crate::engine::{Command, State};
use egui::{CentralPanel, Frame, Margin, Panel, Ui};
use fleet::unit::Unit;

/// Draws Find.
pub fn show(ui: &mut Ui, draw: &mut Draw<'_>) {
    let palette = palette(ui);
    let paper = Frame::new().fill(palette.surface);
    let head = paper.inner_margin(Margin::symmetric(24, 20));
    Panel::top("find head")
        .resizable(false)
        .frame(head)
        .show(ui, |ui| search_box(ui, draw));
    let found = current(draw.state, draw.desk);
    let typed = !draw.desk.typed.trim().is_empty();
    let answers = typed && draw.room != Room::Narrow && ui.available_width() >= 960.0;
    let unit = found.get(draw.desk.row).copied().cloned();
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

/// The rows that answer what is typed, or none while the answer is on its way.
#[must_use]
pub fn current<'a>(state: &'a State, desk: &Desk) -> Vec<&'a Unit> {
    if desk.typed.trim().is_empty() {
        return state.opened_lately.iter().collect();
    }
    rows::grouped(&state.search)
        .into_iter()
        .flat_map(|(_, units)| units)
        .collect()
}

/// Shows the page of the chosen row.
pub fn open_chosen(draw: &mut Draw<'_>) {
    let chosen = current(draw.state, draw.desk)
        .get(draw.desk.row)
        .map(|unit| unit.id.clone());
    if let Some(id) = chosen {
        open(draw, id);
    }
}

fn open(draw: &mut Draw<'_>, id: fleet::UnitId) {
    draw.desk.unit = Some(id.clone());
    draw.desk.screen = Screen::Unit;
    draw.wish(Command::OpenUnit(id));
}

fn search_box(ui: &mut Ui, draw: &mut Draw<'_>) {
    let palette = palette(ui);
    let answered = draw.state.search.query == draw.desk.typed.trim();
    let units = words::several(draw.state.bench.units, "unit", "units");
    let count = match (draw.desk.typed.trim().is_empty(), answered) {
        (true, _) => units,
        (false, true) => format!("{} of {units}", words::count(draw.state.search.total)),
        (false, false) => "looking…".into(),
    };
    let hint = "Number, plate, customer, note";
    let response = field::search(ui, &mut draw.desk.typed, hint, &count);
    draw.desk.area(Area::Head, response.id);
    if std::mem::take(&mut draw.desk.focus_search) {
        response.request_focus();
    }
    if response.changed() {
        draw.desk.row = 0;
    }
    let typed = draw.desk.typed.trim().to_owned();
    if typed != draw.desk.asked {
        draw.desk.asked.clone_from(&typed);
        draw.wish(Command::Search(typed.clone()));
    }
    let caption = if typed.is_empty() || !answered {
        "Works offline.".to_owned()
    } else {
        format!(
            "Works offline. This search took {} ms.",
            draw.state.search.took_ms.ceil().max(1.0)
        )
    };
    ui.label(text::rich(
        caption,
        Size::Caption,
        Weight::Regular,
        palette.ink3,
    ));
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
    if draw.state.search.rows.is_empty() {
        if draw.state.search.query == typed {
            let title = format!("No unit has {typed}");
            let words = match draw.state.bench.units {
                0 => "The inventory has no unit yet.".to_owned(),
                units => format!(
                    "All {} were searched.",
                    words::several(units, "unit", "units")
                ),
            };
            empty::show(ui, icons::BINOCULARS, &title, &words, |_| {});
        }
        return;
    }
    if let Some(id) = rows::show(ui, draw, &typed) {
        open(draw, id);
    }
}
