//! One step in the life of a subscription: what it means and costs, and a person's word for it.

use super::{body, foot_of};
use crate::engine::{Command, SubscriptionStep};
use crate::ui::draw::Draw;
use crate::ui::theme::palette;
use crate::ui::theme::text::{self, Size, Weight};
use crate::ui::widgets::field::Field;
use crate::ui::widgets::{Button, toggle, why};
use egui::{ScrollArea, Ui};
use jiff::Timestamp;
use jiff::tz::TimeZone;

/// Draws the dialog; returns whether it is done.
pub fn show(ui: &mut Ui, draw: &mut Draw<'_>) -> bool {
    let state = draw.state;
    let zone = draw.zone;
    let (Some(account), Some(page)) = (&state.account, &state.unit_page) else {
        return true;
    };
    let Some(form) = draw
        .desk
        .subscription_form
        .as_mut()
        .filter(|form| form.unit == page.unit.id)
    else {
        return true;
    };
    let colours = palette(ui);
    let id = form.unit.as_str().to_owned();
    let mut day = Ok(None);
    body(ui, |ui| {
        let line = |ui: &mut Ui, words: &str, weight: Weight| {
            ui.label(text::rich(words, Size::Body, weight, colours.ink));
        };
        line(
            ui,
            &format!("{} unit {id}", form.step.words()),
            Weight::Semibold,
        );
        if form.step == SubscriptionStep::Plan {
            if account.plans.is_empty() {
                why(ui, "The carrier has not told its plans yet.");
            }
            ScrollArea::vertical().max_height(180.0).show(ui, |ui| {
                for plan in account.plans.iter().filter(|plan| plan.orderable) {
                    let chosen = form.plan == plan.plan_code;
                    if toggle::toggle(ui, chosen, &plan.plan_code, &plan.description).clicked() {
                        form.plan.clone_from(&plan.plan_code);
                    }
                }
            });
        }
        let costs = form.step != SubscriptionStep::Plan || !form.plan.is_empty();
        if costs {
            let cost = account.cost_of(form.step, &form.plan, &page.unit);
            line(ui, &cost, Weight::Regular);
        }
        if account.capabilities.has_dated_changes {
            line(ui, "On which day; empty is now", Weight::Regular);
            day = day_of(&form.day, zone);
            Field {
                text: &mut form.day,
                name: "Day",
                hint: "2026-12-31",
                secret: false,
                wrong: day.is_err(),
                width: 200.0,
            }
            .show(ui);
        }
        if form.step.needs_confirmation() {
            line(ui, "Type the unit’s whole number to agree", Weight::Regular);
            Field {
                text: &mut form.typed,
                name: "Unit’s number",
                hint: "",
                secret: false,
                wrong: false,
                width: 320.0,
            }
            .show(ui);
        }
    });
    let agreed = !form.step.needs_confirmation() || form.typed.trim() == id;
    let off = if form.step == SubscriptionStep::Plan && form.plan.is_empty() {
        Some("Choose a plan first.")
    } else if day.is_err() {
        Some("The day is written like 2026-12-31, today or later.")
    } else if !agreed {
        Some("The number is not yet this unit’s whole number.")
    } else {
        None
    };
    let (unit, step, plan) = (form.unit.clone(), form.step, form.plan.clone());
    let words = step.words();
    let (meant, ()) = foot_of(ui, Button::primary(words), off, |_| {});
    if !meant {
        return false;
    }
    let change = step.change(&plan);
    draw.wish(Command::ChangeSubscription(
        unit,
        change,
        day.unwrap_or(None),
    ));
    draw.desk.subscription_form = None;
    true
}

/// The beginning of a typed day here; an empty text is none.
fn day_of(typed: &str, zone: &TimeZone) -> Result<Option<Timestamp>, ()> {
    if typed.trim().is_empty() {
        return Ok(None);
    }
    let date: jiff::civil::Date = typed.trim().parse().map_err(|_| ())?;
    let begins = date.to_zoned(zone.clone()).map_err(|_| ())?;
    Ok(Some(begins.timestamp()))
}
