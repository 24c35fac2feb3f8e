//! Swap of a SIM or a unit, step by step: the present subscription ends first, so that SIM and unit are free; then the bench
//! registers the new pair. What is done is read from the unit's own row, so closing the dialog loses nothing.

use super::{body, foot_of};
use crate::engine::{Command, SubscriptionStep};
use crate::ui::desk::{CarrierSwap, Screen, SwapForm};
use crate::ui::draw::Draw;
use crate::ui::theme::text::{self, Size, Weight};
use crate::ui::theme::{icon_table as icons, palette};
use crate::ui::widgets::field::Field;
use crate::ui::widgets::{Button, why};
use egui::{Sense, Ui, vec2};
use fleet::registration::RegistrationState;
use fleet::unit::Unit;

/// How far a swap is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Stage {
    /// A person must agree to the end of the present subscription.
    Agree,
    /// The carrier ends it.
    Ending,
    /// The new pair must be put on the bench.
    Bench,
    /// The new pair is registered.
    Done,
}

fn stage(form: &SwapForm, unit: &Unit, taken: Option<&Unit>, waits: bool) -> Stage {
    let new_sim = unit.iccid.as_ref().map(fleet::Iccid::as_str) != form.former_sim.as_deref();
    let in_its_place = taken.and_then(|taken| taken.registration);
    match unit.registration {
        _ if form.what == CarrierSwap::Unit && in_its_place == Some(RegistrationState::Active) => {
            Stage::Done
        }
        Some(RegistrationState::Active) if form.what == CarrierSwap::Sim && new_sim => Stage::Done,
        None
        | Some(
            RegistrationState::Ended
            | RegistrationState::Owed
            | RegistrationState::Skipped
            | RegistrationState::Refused,
        ) => Stage::Bench,
        // The bench is registering the new pair.
        Some(RegistrationState::Pending) if new_sim => Stage::Bench,
        _ if form.asked || waits => Stage::Ending,
        _ => Stage::Agree,
    }
}

/// Draws the dialog; returns whether it is done.
pub fn show(ui: &mut Ui, draw: &mut Draw<'_>) -> bool {
    let state = draw.state;
    let (Some(account), Some(page)) = (&state.account, &state.unit_page) else {
        return true;
    };
    let form = draw.desk.swap_form.as_mut();
    let Some(form) = form.filter(|form| form.unit == page.unit.id) else {
        return true;
    };
    let unit = &page.unit;
    let id = unit.id.as_str().to_owned();
    let waits = state.to_do.iter().find(|entry| entry.id == unit.id);
    let taken = page.sim_taken_by.as_ref();
    let now = stage(form, unit, taken, waits.is_some());
    body(ui, |ui| {
        line(ui, Stage::Agree, now, "1", "End the present subscription");
        if now == Stage::Agree {
            let cost = account.cost_of(SubscriptionStep::Deactivate, "", unit);
            note(ui, &cost);
            note(ui, "Type the unit’s whole number to agree");
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
        line(ui, Stage::Ending, now, "2", "The carrier ends it");
        if now == Stage::Ending {
            let waiting = "It is asked for. This goes on by itself, also when this is closed.";
            note(ui, waits.map_or(waiting, |entry| entry.detail.as_str()));
        }
        let (third, told) = match form.what {
            CarrierSwap::Sim => (
                "Put the new SIM into the unit, and the unit on the bench",
                "It says its new SIM itself, and is registered with it. Nothing is typed.",
            ),
            CarrierSwap::Unit => (
                "Put this SIM into the new unit, and that one on the bench",
                "It says its SIM itself, and is registered with it. 'Put another in its place' on this page hands customer and vehicle over.",
            ),
        };
        line(ui, Stage::Bench, now, "3", third);
        if now == Stage::Bench {
            note(ui, told);
            if state.job.as_ref().is_none_or(|job| !job.register) {
                why(ui, "Pick a job that registers units first.");
            }
        }
        if now == Stage::Done {
            match taken.filter(|_| form.what == CarrierSwap::Unit) {
                Some(taken) => note(
                    ui,
                    &format!(
                        "This SIM is registered with unit {} now.",
                        taken.id.as_str()
                    ),
                ),
                None => note(ui, "The new SIM is registered with this unit."),
            }
        }
    });
    let agreed = form.typed.trim() == id;
    match now {
        Stage::Agree => {
            let off = (!agreed).then_some("The number is not yet this unit’s whole number.");
            let (meant, ()) = foot_of(ui, Button::primary("End the subscription"), off, |_| {});
            if meant {
                form.asked = true;
                let change = SubscriptionStep::Deactivate.change("");
                let id = unit.id.clone();
                draw.wish(Command::ChangeSubscription(id, change, None));
            }
            false
        }
        Stage::Ending | Stage::Done => foot_of(ui, Button::new("Close"), None, |_| {}).0,
        Stage::Bench => {
            let (go, ()) = foot_of(ui, Button::primary("To the bench"), None, |_| {});
            if go {
                draw.desk.screen = Screen::Bench;
            }
            go
        }
    }
}

/// A step: done, now or later, by mark, weight and colour.
fn line(ui: &mut Ui, step: Stage, now: Stage, number: &str, words: &str) {
    let colours = palette(ui);
    ui.horizontal(|ui| {
        let (rect, _) = ui.allocate_exact_size(vec2(22.0, 22.0), Sense::hover());
        let painter = ui.painter();
        let (weight, ink) = match now.cmp(&step) {
            std::cmp::Ordering::Greater => {
                icons::CHECK_BOLD.paint(painter, rect.center(), 16.0, colours.proved.line);
                (Weight::Regular, colours.ink2)
            }
            std::cmp::Ordering::Equal => (Weight::Semibold, colours.ink),
            std::cmp::Ordering::Less => (Weight::Regular, colours.ink3),
        };
        if now <= step {
            let format = text::format(Size::Body, weight, ink);
            text::paint(
                painter,
                rect.center(),
                egui::Align2::CENTER_CENTER,
                number,
                format,
            );
        }
        ui.label(text::rich(words, Size::Body, weight, ink));
    });
}

fn note(ui: &mut Ui, words: &str) {
    let colours = palette(ui);
    ui.horizontal_wrapped(|ui| {
        ui.add_space(30.0);
        ui.label(text::rich(words, Size::Body, Weight::Regular, colours.ink));
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_step_follows_from_what_the_units_row_says() {
        let id = fleet::UnitId::from_unit_answer("490154203237518")
            .unwrap()
            .0;
        let sim = |text: &str| Some(fleet::Iccid::parse(text).unwrap());
        let mut unit = Unit::new(id.clone(), jiff::Timestamp::UNIX_EPOCH);
        unit.iccid = sim("89011200000000000017");
        unit.registration = Some(RegistrationState::Active);
        let mut form = SwapForm {
            unit: id,
            what: CarrierSwap::Sim,
            former_sim: Some("89011200000000000017".to_owned()),
            typed: String::new(),
            asked: false,
        };
        assert_eq!(stage(&form, &unit, None, false), Stage::Agree);
        form.asked = true;
        assert_eq!(stage(&form, &unit, None, false), Stage::Ending);
        unit.registration = Some(RegistrationState::Ended);
        assert_eq!(stage(&form, &unit, None, false), Stage::Bench);
        unit.registration = Some(RegistrationState::Pending);
        unit.iccid = sim("89012600000000000011");
        assert_eq!(
            stage(&form, &unit, None, true),
            Stage::Bench,
            "the new pair is being registered"
        );
        unit.registration = Some(RegistrationState::Active);
        assert_eq!(stage(&form, &unit, None, false), Stage::Done);

        // The other swap is done when the SIM is registered in another unit.
        form.what = CarrierSwap::Unit;
        unit.registration = Some(RegistrationState::Ended);
        let mut other = unit.clone();
        other.registration = Some(RegistrationState::Pending);
        assert_eq!(stage(&form, &unit, Some(&other), false), Stage::Bench);
        other.registration = Some(RegistrationState::Active);
        assert_eq!(stage(&form, &unit, Some(&other), false), Stage::Done);
    }
}
