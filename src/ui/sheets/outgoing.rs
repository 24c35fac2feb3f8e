//! Where units shall be written, for whom, how far it is.

use super::trouble;
use crate::engine::{Command, ExportStage, ExportWish, SheetFor};
use crate::ui::dialogs::{body, foot, foot_of};
use crate::ui::draw::Draw;
use crate::ui::theme::palette;
use crate::ui::theme::text::{self, Size, Weight};
use crate::ui::widgets::field::Field;
use crate::ui::widgets::{Button, why};
use crate::ui::words;
use egui::Ui;
use std::path::PathBuf;

/// Draws the dialog; returns whether it is done.
pub fn show(ui: &mut Ui, draw: &mut Draw<'_>) -> bool {
    let colours = palette(ui);
    let Some((units, of)) = draw.desk.sheets.units.clone() else {
        return true;
    };
    let plain = |ui: &mut Ui, words: &str| {
        ui.label(text::rich(words, Size::Body, Weight::Regular, colours.ink));
    };
    let stage = draw.state.outgoing.as_ref().map(|list| &list.stage);
    let writing = matches!(stage, Some(ExportStage::Writing(_)));
    let mut off = None;
    body(ui, |ui| {
        plain(ui, &fleet::wording::stopped(&format!("Export {of}")));
        ui.add_space(4.0);
        readers(ui, draw);
        ui.add_space(4.0);
        Field {
            text: &mut draw.desk.sheets.export_path,
            name: "File",
            hint: "Name or path of the file",
            secret: false,
            wrong: false,
            width: ui.available_width(),
        }
        .show(ui);
        why(
            ui,
            "A bare name lands among your documents. Nothing is written over.",
        );
        if draw.desk.sheets.export_path.trim().is_empty() {
            off = Some("Give the file a name first.");
        }
        if let Some(list) = &draw.state.outgoing {
            ui.add_space(4.0);
            match &list.stage {
                ExportStage::Writing(written) => plain(
                    ui,
                    &format!("{} written…", words::several(*written, "unit", "units")),
                ),
                ExportStage::Written(written) => plain(
                    ui,
                    &format!(
                        "{} stand in {}.",
                        words::several(*written, "unit", "units"),
                        list.file.display()
                    ),
                ),
                ExportStage::Stopped => plain(ui, "Stopped. No file was left behind."),
                ExportStage::Failed(advice) => trouble(ui, advice),
            }
        }
    });
    if writing {
        if foot(ui, |ui| Button::new("Stop").show(ui).clicked()) {
            draw.wish(Command::Export(ExportWish::Stop));
        }
        return false;
    }
    if matches!(stage, Some(ExportStage::Written(_))) {
        return foot_of(ui, Button::primary("Done"), None, |_| {}).0;
    }
    let (meant, ()) = foot_of(ui, Button::primary("Write the file"), off, |_| {});
    if meant {
        let path = PathBuf::from(draw.desk.sheets.export_path.trim());
        draw.wish(Command::Export(ExportWish::Write {
            units,
            path,
            readers: draw.desk.sheets.readers,
        }));
    }
    false
}

fn readers(ui: &mut Ui, draw: &mut Draw<'_>) {
    let form = &mut draw.desk.sheets;
    ui.horizontal_wrapped(|ui| {
        for (readers, words) in [
            (SheetFor::Excel, "Excel"),
            (SheetFor::Csv, "CSV for people"),
            (SheetFor::Machines, "CSV for programs"),
        ] {
            let button = if form.readers == readers {
                Button::primary(words)
            } else {
                Button::new(words)
            };
            if button.show(ui).clicked() && form.readers != readers {
                form.readers = readers;
                let path = PathBuf::from(form.export_path.trim());
                form.export_path = path
                    .with_extension(readers.ending())
                    .to_string_lossy()
                    .into_owned();
            }
        }
    });
    let told = match form.readers {
        SheetFor::Excel => "Every cell is text: no number loses its zeros or its last digits.",
        SheetFor::Csv => "Safe to open in a spreadsheet: texts that could be formulas are marked.",
        SheetFor::Machines => {
            "Names of the fleet table, times in UTC. Do not open it in a spreadsheet: it would spoil the numbers."
        }
    };
    why(ui, told);
}
