//! Swap, return, retire, back in use: what will change, what stays, what is left to do at the carrier, then one button.

use super::{body, foot_of};
use crate::engine::Command;
use crate::ui::desk::LifeChoice;
use crate::ui::draw::Draw;
use crate::ui::theme::palette;
use crate::ui::theme::text::{self, Size, Weight};
use crate::ui::widgets::field::Field as TextField;
use crate::ui::widgets::{Button, Number};
use egui::Ui;
use fleet::UnitId;
use fleet::life::LifeStep;
use fleet::unit::Unit;

/// Draws the dialog; returns whether it is done.
pub fn show(ui: &mut Ui, draw: &mut Draw<'_>, choice: LifeChoice) -> bool {
    let colours = palette(ui);
    let Some(page) = &draw.state.unit_page else {
        return true;
    };
    let unit = &page.unit;
    let mut off: Option<String> = None;
    let step = body(ui, |ui| {
        Number::new(unit.id.as_str()).show(ui);
        for line in lines(choice, unit) {
            ui.label(text::rich(line, Size::Body, Weight::Regular, colours.ink));
        }
        let step = match choice {
            LifeChoice::Return => Some(LifeStep::Return),
            LifeChoice::Retire => Some(LifeStep::Retire),
            LifeChoice::TakeBack => Some(LifeStep::TakeBack),
            LifeChoice::Swap => replacement(ui, draw, &mut off),
        };
        if let Some(impossible) = step.as_ref().and_then(|step| step.impossible(unit)) {
            off = Some(impossible.to_owned());
        }
        if let Some(left) = step.as_ref().and_then(|step| step.carrier_step(unit)) {
            ui.add_space(4.0);
            ui.label(text::rich(
                left,
                Size::Caption,
                Weight::Regular,
                colours.ink2,
            ));
        }
        step
    });
    let words = match choice {
        LifeChoice::Swap => "Swap",
        LifeChoice::Return => "It is back",
        LifeChoice::Retire => "Retire it",
        LifeChoice::TakeBack => "Use it again",
    };
    let id = unit.id.clone();
    let (done, ()) = foot_of(ui, Button::primary(words), off.as_deref(), |_| {});
    match step {
        Some(step) if done => {
            draw.desk.edited.forget(&id);
            draw.wish(Command::ChangeUnit(id, step));
            draw.desk.swap_with.clear();
            true
        }
        _ => false,
    }
}

fn lines(choice: LifeChoice, unit: &Unit) -> Vec<String> {
    let of: Vec<&str> = [unit.customer.as_deref(), unit.vehicle.as_deref()]
        .into_iter()
        .flatten()
        .collect();
    let of = match of.as_slice() {
        [] => "nobody".to_owned(),
        some => some.join(", "),
    };
    let lines: &[&str] = match choice {
        LifeChoice::Swap => &[
            "Customer, vehicle and office go over to the unit that takes its place.",
            "This unit keeps its history, its settings and its SIM, and is free for another customer.",
        ],
        LifeChoice::Return => &[
            "Customer and vehicle are emptied. They stay on the timeline and can be brought back.",
            "Settings, SIM and state stay as they are.",
        ],
        LifeChoice::Retire => &[
            "It is left out of lists of units in use and cannot be pushed to. Nothing is deleted.",
            "'Back in use' takes it out of retirement at any time.",
        ],
        LifeChoice::TakeBack => &["It counts as known again until it is proved on a bench."],
    };
    let mut all = vec![fleet::wording::stopped(&format!("It is now with {of}"))];
    all.extend(lines.iter().map(|line| (*line).to_owned()));
    all
}

/// The unit that takes its place, by its whole number, typed or scanned.
fn replacement(ui: &mut Ui, draw: &mut Draw<'_>, off: &mut Option<String>) -> Option<LifeStep> {
    let typed = draw.desk.swap_with.trim().to_owned();
    let read = fleet::Imei::parse(&typed).map(UnitId::Imei);
    let read = read.or_else(|error| match fleet::Meid::parse(&typed) {
        Ok(meid) => Ok(UnitId::Meid(meid)),
        Err(_) => Err(error),
    });
    TextField {
        text: &mut draw.desk.swap_with,
        name: "IMEI of the unit that takes its place",
        hint: "IMEI of the unit that takes its place",
        secret: false,
        wrong: !typed.is_empty() && read.is_err(),
        width: 380.0,
    }
    .show(ui);
    match read {
        Ok(id) => Some(LifeStep::SwapWith(id)),
        Err(_) if typed.is_empty() => {
            *off = Some("Scan or type the number of the other unit first.".to_owned());
            None
        }
        Err(error) => {
            *off = Some(fleet::wording::stopped(&error.to_string()));
            None
        }
    }
}
