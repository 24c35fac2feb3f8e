//! Labels before they are printed: how they will look, in which size, and whereto.

use super::trouble;
use crate::engine::{Code, Command, LabelSheet, LabelStage, LabelWish, State};
use crate::ui::dialogs::{body, foot_of};
use crate::ui::draw::Draw;
use crate::ui::theme::palette;
use crate::ui::theme::text::{self, Size, Weight};
use crate::ui::widgets::field::{self, Field};
use crate::ui::widgets::{Button, choice, speak, toggle, why};
use crate::ui::words;
use egui::accesskit::Role;
use egui::{
    Align2, Color32, ComboBox, FontId, Painter, Rect, Sense, Stroke, StrokeKind, Ui, Vec2, pos2,
    vec2,
};
use fleet::label::{Label, LabelSize, SIZES, SMALLEST_NAME_MM, shortened};
use std::path::PathBuf;

/// The size that is chosen on this bench.
pub fn size(draw: &Draw<'_>) -> LabelSize {
    let first = SIZES.first().copied();
    LabelSize::of_key(&draw.desk.choices.label_size)
        .or(first)
        .unwrap_or(LabelSize {
            key: "62x29",
            words: "62 x 29 mm, label printer",
            width_mm: 62.0,
            height_mm: 29.0,
            sheet: None,
        })
}

/// Draws the dialog; returns whether it is done.
pub fn show(ui: &mut Ui, draw: &mut Draw<'_>) -> bool {
    let colours = palette(ui);
    let state = draw.state;
    let plain = |ui: &mut Ui, words: &str| {
        ui.label(text::rich(words, Size::Body, Weight::Regular, colours.ink));
    };
    let size = size(draw);
    let mut skip = 0;
    let mut off: Option<String> = None;
    let mut kept = false;
    body(ui, |ui| {
        match &state.labels {
            Some(sheet) => told(ui, draw, sheet, &size),
            None => plain(ui, "Reading the units…"),
        }
        sizes(ui, draw, &size);
        if size.sheet.is_some() {
            match skipped(ui, draw, &size) {
                Ok(places) => skip = places,
                Err(reason) => off = Some(reason),
            }
        }
        ui.add_space(4.0);
        let on = draw.desk.choices.print_labels;
        let words = if on {
            "A label is printed when a lane turns green"
        } else {
            "Labels are printed by hand only"
        };
        if toggle::toggle(ui, on, "Print when a lane turns green", words).clicked() {
            draw.desk.choices.print_labels = !on;
            draw.desk.choices_changed = true;
        }
        if on && size.sheet.is_some() {
            why(
                ui,
                "One label at a time needs a label printer: choose its size.",
            );
        }
        off = off.take().or_else(|| why_off(state));
        ui.add_space(4.0);
        kept = file(ui, draw, off.as_deref());
    });
    let (printed, ()) = foot_of(ui, Button::primary("Print"), off.as_deref(), |_| {});
    if printed {
        draw.wish(Command::Label(LabelWish::Print(size, skip)));
    } else if kept {
        let path = PathBuf::from(draw.desk.sheets.label_path.trim());
        draw.wish(Command::Label(LabelWish::Keep(size, skip, path)));
    }
    false
}

/// Why there is nothing to print.
fn why_off(state: &State) -> Option<String> {
    let why = match &state.labels {
        Some(sheet) if sheet.count == 0 => "There is no label to print.",
        Some(sheet) if sheet.stage == LabelStage::Working => "The labels are being made.",
        Some(_) => return None,
        None => "The units are being read.",
    };
    Some(why.to_owned())
}

/// The file that they are kept in instead; Enter in its field keeps them too. Answers whether that is meant.
fn file(ui: &mut Ui, draw: &mut Draw<'_>, off: Option<&str>) -> bool {
    let path = &mut draw.desk.sheets.label_path;
    let unnamed = path.trim().is_empty().then_some("Name the PDF first.");
    let off = off.or(unnamed);
    ui.horizontal_wrapped(|ui| {
        let field = Field {
            text: path,
            name: "File of the labels",
            hint: "Name of the PDF",
            secret: false,
            wrong: false,
            width: 320.0_f32.min(ui.available_width()),
        };
        let field = field.show(ui);
        let entered = field::is_entered(ui.ctx(), &field);
        if entered && off.is_some() {
            field.request_focus();
        }
        let pressed = Button::new("Keep as PDF").off(off).show(ui).clicked();
        if let Some(reason) = unnamed {
            why(ui, reason);
        }
        off.is_none() && (pressed || entered)
    })
    .inner
}

fn told(ui: &mut Ui, draw: &Draw<'_>, sheet: &LabelSheet, size: &LabelSize) {
    let colours = palette(ui);
    if sheet.count > 0 {
        let of = (draw.desk.sheets.units.as_ref()).map_or("", |(_, words)| words.as_str());
        let pages = sheet.count.div_ceil(size.on_a_page());
        let mut words = format!(
            "{} for {of}",
            words::several(sheet.count as u64, "label", "labels")
        );
        if size.sheet.is_some() {
            words = format!(
                "{words}, on {}",
                words::several(pages as u64, "sheet", "sheets")
            );
        }
        ui.label(text::rich(words, Size::Body, Weight::Semibold, colours.ink));
    }
    if let Some((label, code)) = &sheet.first {
        preview(ui, label, code, size);
    }
    if !sheet.letters_missing.is_empty() {
        let line = format!(
            "The font of labels lacks letters in the names of {}: a ? stands for each. Code and number are whole.",
            fleet::wording::list(&sheet.letters_missing, 3)
        );
        why(ui, &line);
    }
    let line = match &sheet.stage {
        LabelStage::Ready => return,
        LabelStage::Working => "Being made…".to_owned(),
        LabelStage::Printed => {
            "The printing system has them. Each unit's timeline tells of it.".to_owned()
        }
        LabelStage::Kept(path) => format!(
            "They stand in {}. Print that file at 100 %.",
            path.display()
        ),
        LabelStage::Failed(advice) => return trouble(ui, advice),
    };
    let shown = ui.label(text::rich(&line, Size::Body, Weight::Regular, colours.ink));
    speak::tell(&shown, Role::Status, &line, |_| {});
}

fn sizes(ui: &mut Ui, draw: &mut Draw<'_>, size: &LabelSize) {
    let colours = palette(ui);
    let shown = text::rich(size.words, Size::Body, Weight::Medium, colours.ink);
    let list = ComboBox::from_id_salt("label size")
        .selected_text(shown)
        .width(300.0)
        .height(320.0);
    let (response, chosen) = choice::show(ui, list, |ui| {
        let mut all = SIZES.iter();
        all.find(|each| choice::line(ui, each.key == size.key, each.words))
    });
    if let Some(chosen) = chosen {
        draw.desk.choices.label_size = chosen.key.to_owned();
        draw.desk.choices_changed = true;
    }
    let words = format!("Size: {}", size.words);
    speak::tell(&response, Role::ComboBox, &words, |_| {});
}

/// How many places of the first sheet are used up.
fn skipped(ui: &mut Ui, draw: &mut Draw<'_>, size: &LabelSize) -> Result<usize, String> {
    let colours = palette(ui);
    let places = size.on_a_page();
    let typed = draw.desk.sheets.skip.trim().to_owned();
    let read = match typed.as_str() {
        "" => Ok(0),
        typed => typed
            .parse::<usize>()
            .ok()
            .filter(|skip| *skip < places)
            .ok_or_else(|| format!("A sheet has {places} places; give 0 to {}.", places - 1)),
    };
    ui.horizontal(|ui| {
        let words = "Places of the first sheet that are used up";
        ui.label(text::rich(words, Size::Body, Weight::Regular, colours.ink2));
        Field {
            text: &mut draw.desk.sheets.skip,
            name: words,
            hint: "0",
            secret: false,
            wrong: read.is_err(),
            width: 64.0,
        }
        .show(ui);
    });
    if let Err(reason) = &read {
        why(ui, reason);
    }
    read
}

/// The first label as it will be printed: dark on white paper, in the light and in the dark.
fn preview(ui: &mut Ui, label: &Label, code: &Code, size: &LabelSize) {
    let room = vec2(ui.available_width(), 190.0);
    let (rect, response) = ui.allocate_exact_size(room, Sense::hover());
    let scale = (rect.width() - 32.0).min(360.0) / size.width_mm;
    let scale = scale.min((rect.height() - 16.0) / size.height_mm);
    let paper = Rect::from_center_size(
        rect.center(),
        vec2(size.width_mm * scale, size.height_mm * scale),
    );
    let painter = ui.painter();
    let edge = Stroke::new(1.0, palette(ui).edge);
    painter.rect(paper, 3.0, Color32::WHITE, edge, StrokeKind::Outside);
    let margin = 1.5 * scale;
    let side = (paper.height() - 2.0 * margin).min(paper.width() * 0.42);
    let quiet = 4;
    let module = side / (code.side + 2 * quiet) as f32;
    let corner = pos2(paper.left() + margin, paper.center().y - side / 2.0);
    for (index, dark) in code.dark.iter().enumerate() {
        if *dark {
            let (row, column) = (index / code.side, index % code.side);
            let at = vec2((column + quiet) as f32, (row + quiet) as f32) * module;
            painter.rect_filled(
                Rect::from_min_size(corner + at, vec2(module, module)),
                0.0,
                Color32::BLACK,
            );
        }
    }
    let left = corner.x + side + scale;
    let width = paper.right() - margin - left;
    let height = paper.height() - 2.0 * margin;
    let large = height * 0.34;
    let line = (height - large) / (1 + label.names.len()) as f32;
    let mut below = paper.top() + margin;
    let smallest = SMALLEST_NAME_MM * scale;
    let mut write = |words: &str, room: f32, may_be_cut: bool| {
        let line = Rect::from_min_size(pos2(left, below), vec2(width, room));
        let (shown, size) = fitted(painter, line.size(), words, may_be_cut.then_some(smallest));
        painter.text(
            line.left_center(),
            Align2::LEFT_CENTER,
            shown,
            FontId::proportional(size),
            Color32::BLACK,
        );
        below += room;
    };
    write(&label.last_four, large, false);
    write(&label.number, line, false);
    label.names.iter().for_each(|name| write(name, line, true));
    let spoken = format!("Label: {}, {}", label.number, label.names.join(", "));
    speak::tell(&response, Role::Image, &spoken, |_| {});
}

/// Text as large as fits, with its size in points of the screen. A number is never cut; a name loses its middle before it gets smaller than
/// `smallest`, as on paper.
fn fitted(painter: &Painter, room: Vec2, words: &str, smallest: Option<f32>) -> (String, f32) {
    let wanted = room.y * 0.82;
    let width = |words: &str, size: f32| {
        let font = FontId::proportional(size);
        let galley = painter.layout_no_wrap(words.to_owned(), font, Color32::BLACK);
        galley.size().x
    };
    let size = wanted * (room.x / width(words, wanted).max(1.0)).min(1.0);
    match smallest.map(|smallest| smallest.min(wanted)) {
        Some(smallest) if size < smallest => {
            let all = words.chars().count();
            let fits = |most: &usize| width(&shortened(words, *most), smallest) <= room.x;
            let most = (1..=all).rev().find(fits).unwrap_or(1);
            (shortened(words, most), smallest)
        }
        _ => (words.to_owned(), size),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_customer_is_as_large_in_the_picture_of_a_label_as_on_paper() {
        let mut harness = egui_kittest::Harness::builder()
            .with_context_setup(crate::ui::theme::install)
            .build_ui(|ui| {
                let name = "Borealis Heavy Haulage and Sons of Greater Springfield, No 17";
                let room = vec2(187.0, 19.0);
                let (shown, size) = fitted(ui.painter(), room, name, Some(12.9));
                assert!(size >= 12.9, "{size}");
                assert!(shown.starts_with("Bor") && shown.ends_with("17"), "{shown}");
                assert!(shown.contains('…'), "{shown}");
                let number = "IMEI 356 9380 3564 3809 000000";
                let (shown, size) = fitted(ui.painter(), room, number, None);
                assert_eq!(shown, number);
                assert!(size > 0.0);
            });
        harness.run();
    }
}
