//! Where the result sheet of a push shall be written, and as what.

use crate::engine::Command;
use crate::ui::dialogs::{body, foot_of};
use crate::ui::draw::Draw;
use crate::ui::theme::palette;
use crate::ui::theme::text::{self, Size, Weight};
use crate::ui::widgets::field::Field;
use crate::ui::widgets::{Button, why};
use crate::ui::words;
use egui::Ui;
use std::path::PathBuf;

/// Kinds of file with their endings.
const KINDS: [(&str, &str); 3] = [("Excel", "xlsx"), ("CSV", "csv"), ("PDF to print", "pdf")];

/// The name that is offered.
pub fn offered_name(title: &str, begun: jiff::Timestamp, zone: &jiff::tz::TimeZone) -> String {
    let name: String = title
        .chars()
        .map(|each| match each {
            each if each.is_alphanumeric() || each == '-' => each,
            _ => ' ',
        })
        .collect();
    let name = name.split_whitespace().collect::<Vec<_>>().join(" ");
    let day = begun.to_zoned(zone.clone()).strftime("%Y-%m-%d");
    format!("Push {name} {day}.xlsx")
}

/// Draws the dialog; returns whether it is done.
pub fn show(ui: &mut Ui, draw: &mut Draw<'_>) -> bool {
    let colours = palette(ui);
    let Some((id, title, units)) = draw
        .state
        .push
        .as_ref()
        .map(|push| (push.facts.id, push.facts.title.clone(), push.units.len()))
    else {
        return true;
    };
    let path = PathBuf::from(draw.desk.push.sheet_path.trim());
    let ending = path.extension().and_then(|ending| ending.to_str());
    let kind = KINDS
        .iter()
        .find(|(_, kind)| ending.is_some_and(|ending| ending.eq_ignore_ascii_case(kind)));
    let off = match kind {
        None => Some("The name ends in .xlsx, .csv or .pdf."),
        Some(_) => None,
    };
    body(ui, |ui| {
        let units = words::several(units as u64, "unit", "units");
        ui.label(text::rich(
            format!(
                "{title}: who and when, template and version, and the result of each of its {units}."
            ),
            Size::Body,
            Weight::Regular,
            colours.ink,
        ));
        ui.add_space(4.0);
        ui.horizontal_wrapped(|ui| {
            for (words, kind) in KINDS {
                let chosen = ending.is_some_and(|ending| ending.eq_ignore_ascii_case(kind));
                let button = if chosen {
                    Button::primary(words)
                } else {
                    Button::new(words)
                };
                if button.show(ui).clicked() && !chosen {
                    draw.desk.push.sheet_path =
                        path.with_extension(kind).to_string_lossy().into_owned();
                }
            }
        });
        ui.add_space(4.0);
        Field {
            text: &mut draw.desk.push.sheet_path,
            name: "File",
            hint: "Name or path of the file",
            secret: false,
            wrong: off.is_some(),
            width: ui.available_width(),
        }
        .show(ui);
        why(
            ui,
            "A bare name lands among your documents. Nothing is written over.",
        );
    });
    let (meant, ()) = foot_of(ui, Button::primary("Write the sheet"), off, |_| {});
    if meant {
        let path = PathBuf::from(draw.desk.push.sheet_path.trim());
        draw.wish(Command::PushSheet(id, path));
    }
    meant
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_offered_name_is_one_that_every_system_takes() {
        let begun = "2026-11-28T09:00:00Z".parse().unwrap();
        assert_eq!(
            offered_name("Undo of A/B: \"x\" v5", begun, &jiff::tz::TimeZone::UTC),
            "Push Undo of A B x v5 2026-11-28.xlsx"
        );
    }
}
