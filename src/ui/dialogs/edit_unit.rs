//! What people enter about a unit, with the checks of typed numbers while typing.

use super::{body, foot_of};
use crate::ui::desk::UnitForm;
use crate::ui::draw::Draw;
use crate::ui::theme::palette;
use crate::ui::theme::text::{self, Size, Weight};
use crate::ui::widgets::field::Field as TextField;
use crate::ui::widgets::{Button, number, why};
use egui::Ui;
use fleet::edit::{Edit, EditError, Field};
use fleet::ids::IdentifierError;
use fleet::unit::Unit;

/// The form for a unit as it is.
pub fn form(unit: &Unit) -> UnitForm {
    let fields = Field::ALL
        .into_iter()
        .filter(|field| *field != Field::State);
    UnitForm {
        unit: unit.id.clone(),
        fields: fields
            .map(|field| (field, field.text(unit), field.text(unit)))
            .collect(),
    }
}

/// Place of the check digit, from 1, where it does not fit the digits before it.
fn wrong_digit(field: Field, typed: &str) -> Option<usize> {
    if field != Field::Iccid {
        return None;
    }
    match fleet::Iccid::parse(typed.trim()) {
        Err(IdentifierError::CheckDigit { position, .. }) => Some(position),
        // Some makers print numbers whose last digit fits nothing; typed, it is taken for a slip.
        Ok(iccid) => iccid.warning().map(|_| iccid.as_str().len()),
        Err(_) => None,
    }
}

/// Draws the form; returns whether it is done.
pub fn show(ui: &mut Ui, draw: &mut Draw<'_>) -> bool {
    let colours = palette(ui);
    let Some(form) = draw.desk.unit_form.as_mut() else {
        return true;
    };
    let mut wrong = None;
    body(ui, |ui| {
        for (field, _, typed) in &mut form.fields {
            let checked = Edit::new(*field, typed);
            ui.horizontal(|ui| {
                ui.allocate_ui(egui::vec2(110.0, 34.0), |ui| {
                    ui.set_min_width(110.0);
                    ui.label(text::rich(
                        field.words(),
                        Size::Body,
                        Weight::Regular,
                        colours.ink2,
                    ));
                });
                TextField {
                    text: typed,
                    name: field.words(),
                    hint: "",
                    secret: false,
                    wrong: checked.is_err(),
                    width: 360.0,
                }
                .show(ui);
            });
            if let Err(error) = checked {
                let words = match &error {
                    // The field stands before it.
                    EditError::Value { why, .. } => why.clone(),
                    other => other.to_string(),
                };
                why(ui, &fleet::wording::sentence(&words));
                if let Some(position) = wrong_digit(*field, typed) {
                    number::wrong_digit(ui, typed.trim(), position);
                }
                wrong.get_or_insert(*field);
            }
        }
    });
    let off = wrong.map(|field| format!("{} must be corrected first.", field.words()));
    let edits: Vec<Edit> = form
        .fields
        .iter()
        .filter(|(_, before, typed)| before != typed.trim())
        .filter_map(|(field, _, typed)| Edit::new(*field, typed).ok())
        .collect();
    let id = form.unit.clone();
    let (saved, ()) = foot_of(ui, Button::primary("Save"), off.as_deref(), |_| {});
    if saved {
        let page = draw.state.unit_page.as_ref();
        match page.filter(|page| page.unit.id == id) {
            _ if edits.is_empty() => {}
            Some(page) => draw.edit(&page.unit, edits),
            None => draw.edit_with(id, edits, None),
        }
        draw.desk.unit_form = None;
    }
    saved
}
