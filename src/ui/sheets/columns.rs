//! What the columns of a list hold: as it was guessed, beside what stands in them, to be changed by a person.

use crate::engine::{Command, IncomingColumn, IncomingList, ListStage, ListWish};
use crate::ui::draw::Draw;
use crate::ui::theme::text::{self, Size, Weight};
use crate::ui::theme::{Palette, palette};
use crate::ui::widgets::card::{HeadNote, card};
use crate::ui::widgets::{Button, choice, place, speak, toggle};
use egui::accesskit::Role;
use egui::{Align2, ComboBox, Frame, Margin, ScrollArea, Sense, Stroke, Ui, pos2, vec2};
use fleet::sheet::{Column, EmptyCells};

const COLUMN: f32 = 40.0;

/// What each column is taken for, beside what stands in it.
pub fn show(ui: &mut Ui, draw: &mut Draw<'_>, list: &IncomingList, height: f32) {
    let colours = palette(ui);
    let busy = matches!(list.stage, ListStage::Entering(_));
    let taken = list
        .columns
        .iter()
        .filter(|column| is_taken(column.taken_for))
        .count();
    let note = format!("{taken} of {} taken", list.columns.len());
    card(ui, "What the columns hold", HeadNote::Words(note), |ui| {
        if let ListStage::NotUsable(reason) = &list.stage {
            note_line(ui, colours, reason);
        }
        for other in &list.other_sheets {
            Frame::new()
                .inner_margin(Margin::symmetric(16, 4))
                .show(ui, |ui| {
                    let words = format!("Read the sheet {other} instead");
                    if Button::new(&words).height(26.0).show(ui).clicked() {
                        draw.wish(Command::List(ListWish::Sheet(other.clone())));
                    }
                });
        }
        let room = (height - 150.0).max(COLUMN * 3.0);
        ScrollArea::vertical()
            .id_salt("columns of the list")
            .auto_shrink([false, true])
            .max_height(room)
            .show_rows(ui, COLUMN, list.columns.len(), |ui, range| {
                ui.spacing_mut().item_spacing.y = 0.0;
                for place in range {
                    if let Some(column) = list.columns.get(place) {
                        one_column(ui, draw, place, column, busy);
                    }
                }
            });
        Frame::new()
            .inner_margin(Margin::symmetric(16, 8))
            .show(ui, |ui| {
                let clears = list.empty == EmptyCells::Clear;
                let words = if clears {
                    "An empty cell empties the field"
                } else {
                    "An empty cell says nothing"
                };
                if toggle::toggle(ui, clears, "Empty cells", words).clicked() && !busy {
                    let empty = if clears {
                        EmptyCells::Keep
                    } else {
                        EmptyCells::Clear
                    };
                    draw.wish(Command::List(ListWish::Empty(empty)));
                }
            });
    });
}

fn is_taken(column: Column) -> bool {
    !matches!(column, Column::Proved | Column::Reason | Column::Ignored)
}

fn one_column(ui: &mut Ui, draw: &mut Draw<'_>, place: usize, column: &IncomingColumn, busy: bool) {
    let colours = palette(ui);
    let (rect, _) = ui.allocate_exact_size(vec2(ui.available_width(), COLUMN), Sense::hover());
    let painter = ui.painter();
    let choice = 176.0_f32.min(rect.width() * 0.45);
    let room = rect.width() - choice - 40.0;
    let heading = match column.heading.as_str() {
        "" => format!("Column {}", place + 1),
        heading => heading.to_owned(),
    };
    let ink = if is_taken(column.taken_for) {
        colours.ink
    } else {
        colours.ink3
    };
    let format = text::format(Size::Body, Weight::Medium, ink);
    let at = pos2(rect.left() + 16.0, rect.top() + 13.0);
    text::paint_within(painter, at, Align2::LEFT_CENTER, &heading, format, room);
    let format = text::format(Size::Caption, Weight::Regular, colours.ink3);
    let examples = column.examples.join(", ");
    let at = pos2(rect.left() + 16.0, rect.top() + 29.0);
    text::paint_within(painter, at, Align2::LEFT_CENTER, &examples, format, room);
    painter.hline(
        rect.x_range(),
        rect.bottom() - 0.5,
        Stroke::new(1.0, colours.line),
    );
    let right = rect
        .shrink2(vec2(12.0, 0.0))
        .with_min_x(rect.right() - choice - 12.0);
    place::at(ui, right, place::from_left(), |ui| {
        let short = |column: Column| match column {
            Column::Proved | Column::Reason | Column::Ignored => "Not taken",
            Column::Unit => "Unit",
            other => other.words(),
        };
        let shown = text::rich(short(column.taken_for), Size::Body, Weight::Medium, ink);
        let list = ComboBox::from_id_salt(("column", place))
            .selected_text(shown)
            .width(choice - 8.0)
            .height(420.0);
        let (response, chosen) = choice::show(ui, list, |ui| {
            let mut all = Column::takeable().chain([Column::Ignored]);
            all.find(|each| choice::line(ui, *each == column.taken_for, each.words()))
        });
        if let Some(chosen) = chosen.filter(|_| !busy) {
            draw.wish(Command::List(ListWish::Take(place, chosen)));
        }
        let spoken = format!("{heading} holds: {}", column.taken_for.words());
        speak::tell(&response, Role::ComboBox, &spoken, |node| {
            node.set_description(examples.as_str());
        });
    });
}

fn note_line(ui: &mut Ui, colours: &Palette, words: &str) {
    let words = format!("{}.", fleet::wording::sentence(words));
    let frame = Frame::new()
        .inner_margin(Margin::symmetric(16, 10))
        .fill(colours.person.tint);
    frame.show(ui, |ui| {
        ui.set_min_width(ui.available_width());
        let label = ui.label(text::rich(
            &words,
            Size::Body,
            Weight::Regular,
            colours.person.text,
        ));
        speak::tell(&label, Role::Alert, &words, |_| {});
    });
}
