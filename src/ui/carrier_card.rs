//! The carrier's part of a unit's page: what is known of its subscription, and the steps that its carrier offers.

use super::desk::{CarrierSwap, Dialog, SubscriptionForm, SwapForm};
use super::draw::Draw;
use super::theme::palette;
use super::theme::text::{self, Size, Weight};
use super::unit_words::{phone, registration_pill};
use super::widgets::Button;
use super::widgets::card::{Fact, HeadNote, card, fact};
use crate::engine::{Command, SubscriptionStep};
use egui::{Frame, Margin, Ui};
use fleet::registration::RegistrationState;
use fleet::unit::Unit;

/// Draws the card.
pub fn show(ui: &mut Ui, draw: &mut Draw<'_>, unit: &Unit) {
    let pill = registration_pill(unit.registration);
    card(ui, "Carrier", HeadNote::Pill(pill), |ui| {
        let iccid = unit.iccid.as_ref().map(fleet::Iccid::as_str);
        let mdn = unit.mdn.as_ref().map(phone);
        let rows = [
            ("ICCID", iccid, "not read", true),
            ("Phone number", mdn.as_deref(), "none yet", false),
            ("Plan", unit.plan_code.as_deref(), "none yet", false),
            (
                "Carrier’s number",
                unit.carrier_id.as_deref(),
                "none yet",
                false,
            ),
        ];
        for (name, value, none, number) in rows {
            let shown = Fact {
                name,
                value: value.unwrap_or(none),
                number: number && value.is_some(),
                faint: value.is_none(),
                ..Fact::default()
            };
            fact(ui, &shown, 148.0);
        }
        let waits = draw.state.to_do.iter().find(|entry| entry.id == unit.id);
        if let Some(waits) = waits {
            let shown = Fact {
                name: "Waits",
                value: &waits.detail,
                wraps: true,
                ..Fact::default()
            };
            fact(ui, &shown, 148.0);
        }
        Frame::new()
            .inner_margin(Margin::symmetric(16, 10))
            .show(ui, |ui| steps(ui, draw, unit));
    });
}

fn steps(ui: &mut Ui, draw: &mut Draw<'_>, unit: &Unit) {
    let state = draw.state;
    let plain = |ui: &mut Ui, words: &str| {
        let colour = palette(ui).ink2;
        ui.label(text::rich(words, Size::Caption, Weight::Regular, colour));
    };
    let Some(account) = &state.account else {
        plain(ui, "No carrier account is set up on this bench.");
        return;
    };
    if state.bench.read_only {
        plain(ui, "Another window has the inventory: this one only reads.");
        return;
    }
    ui.horizontal_wrapped(|ui| {
        ui.spacing_mut().item_spacing = egui::vec2(8.0, 8.0);
        if Button::new("Ask the carrier").show(ui).clicked() {
            draw.wish(Command::LookUpSubscription(unit.id.clone()));
        }
        match account.steps(unit.registration) {
            Ok(steps) => {
                for step in steps {
                    if Button::new(step.words()).show(ui).clicked() {
                        open(draw, unit, step);
                    }
                }
            }
            Err(why) => plain(ui, why),
        }
        // What is under way is shown too: its next step is the bench.
        let held = matches!(
            unit.registration,
            Some(RegistrationState::Active | RegistrationState::Suspended)
        );
        let under_way = draw
            .desk
            .swap_form
            .as_ref()
            .map(|form| form.unit == unit.id);
        if held || under_way == Some(true) {
            for (words, what) in [
                ("Swap its SIM", CarrierSwap::Sim),
                ("Give its SIM to another unit", CarrierSwap::Unit),
            ] {
                if Button::new(words).show(ui).clicked() {
                    swap(draw, unit, what);
                }
            }
        }
    });
}

fn swap(draw: &mut Draw<'_>, unit: &Unit, what: CarrierSwap) {
    let form = draw.desk.swap_form.take();
    let same = form.filter(|form| form.unit == unit.id && form.what == what && form.asked);
    draw.desk.swap_form = same.or_else(|| {
        Some(SwapForm {
            unit: unit.id.clone(),
            what,
            former_sim: unit.iccid.as_ref().map(fleet::Iccid::to_string),
            typed: String::new(),
            asked: false,
        })
    });
    draw.desk.open(Dialog::CarrierSwap);
}

fn open(draw: &mut Draw<'_>, unit: &Unit, step: SubscriptionStep) {
    draw.desk.subscription_form = Some(SubscriptionForm {
        unit: unit.id.clone(),
        step,
        plan: String::new(),
        typed: String::new(),
        day: String::new(),
    });
    draw.desk.open(Dialog::Subscription);
}
