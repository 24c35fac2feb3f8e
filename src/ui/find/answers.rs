//! Quick answers for the phone: is it set, whose is it, which SIM, what does the carrier say.

use crate::engine::Command;
use crate::ui::desk::Screen;
use crate::ui::draw::Draw;
use crate::ui::keys::{Act, cap};
use crate::ui::theme::text::{self, Size, Weight};
use crate::ui::theme::{icon_table as icons, palette};
use crate::ui::unit_words::{phone, registration_pill, state_pill, template};
use crate::ui::widgets::number::paint_ending;
use crate::ui::widgets::{Button, Number, card, speak};
use crate::ui::words;
use egui::accesskit::Role;
use egui::{Align2, Frame, Margin, Panel, ScrollArea, Sense, Ui, pos2, vec2};
use fleet::unit::{Unit, UnitState};

/// Draws the answers for one unit.
pub fn show(ui: &mut Ui, draw: &mut Draw<'_>, unit: &Unit) {
    let palette = palette(ui);
    Panel::bottom("answers foot")
        .resizable(false)
        .show_separator_line(false)
        .frame(
            Frame::new()
                .fill(palette.surface)
                .inner_margin(Margin::symmetric(0, 4)),
        )
        .show(ui, |ui| buttons(ui, draw, unit));
    ScrollArea::vertical().auto_shrink(false).show(ui, |ui| {
        ui.spacing_mut().item_spacing.y = 0.0;
        head(ui, unit);
        answer(ui, "Is it set?", &set_words(unit), &set_when(draw, unit));
        answer(
            ui,
            "Whose is it?",
            unit.customer.as_deref().unwrap_or("No customer"),
            &place(unit),
        );
        sim(ui, unit);
        let registration = registration_pill(unit.registration).words;
        let plan = unit
            .plan_code
            .as_ref()
            .map(|plan| format!("plan {plan}"))
            .unwrap_or_default();
        answer(ui, "Carrier", &registration, &plan);
        if let Some(note) = &unit.note {
            answer(ui, "Note", note, "");
        }
        let changed = format!(
            "Last change {}",
            words::when(unit.updated_at, draw.now, draw.zone)
        );
        ui.add_space(10.0);
        ui.label(text::rich(
            changed,
            Size::Caption,
            Weight::Regular,
            palette.ink2,
        ));
    });
}

fn head(ui: &mut Ui, unit: &Unit) {
    let palette = palette(ui);
    let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width(), 72.0), Sense::hover());
    let painter = ui.painter();
    let id = unit.id.as_str();
    let at = pos2(rect.left(), rect.top() + 20.0);
    paint_ending(
        painter,
        at,
        Align2::LEFT_CENTER,
        id,
        Size::Figure,
        palette.ink,
        palette.ink2,
    );
    let pill = state_pill(unit.state);
    let left = rect.right() - pill.width(painter);
    pill.paint(painter, palette, pos2(left, at.y));
    let y = rect.top() + 50.0;
    let number = Number::new(id).paint(painter, palette, pos2(rect.left(), y), Align2::LEFT_CENTER);
    let format = text::format(Size::Caption, Weight::Regular, palette.ink3);
    let model = unit.model.as_deref().unwrap_or("model not known");
    let room = rect.right() - number.right() - 12.0;
    text::paint_within(
        painter,
        pos2(rect.right(), y),
        Align2::RIGHT_CENTER,
        model,
        format,
        room,
    );
    let spoken = format!(
        "Unit ending {}, {}, {model}",
        speak::spoken_ending(id),
        pill.words
    );
    speak::tell(&response, Role::Heading, &spoken, |_| {});
}

fn answer(ui: &mut Ui, question: &str, answer: &str, more: &str) {
    let palette = palette(ui);
    ui.add_space(10.0);
    ui.label(text::rich(
        question,
        Size::Caption,
        Weight::Regular,
        palette.ink3,
    ));
    ui.label(text::rich(
        answer,
        Size::Body,
        Weight::Semibold,
        palette.ink,
    ));
    if !more.is_empty() {
        ui.label(text::rich(
            more,
            Size::Caption,
            Weight::Regular,
            palette.ink2,
        ));
    }
    ui.add_space(10.0);
    card::separator(ui);
}

fn set_words(unit: &Unit) -> String {
    template(unit).unwrap_or_else(|| "Never set here".into())
}

fn set_when(draw: &Draw<'_>, unit: &Unit) -> String {
    let state = match unit.state {
        UnitState::Verified => "Verified",
        UnitState::NotVerified => "Written, not verified",
        UnitState::Stopped => "Stopped",
        UnitState::NeedsPerson => "Waits for a person",
        UnitState::Retired => "Retired",
        UnitState::Known => "Only seen",
    };
    match unit.provisioned_at {
        Some(at) => format!(
            "{state}, last proved {}",
            words::when(at, draw.now, draw.zone)
        ),
        None => state.to_owned(),
    }
}

fn place(unit: &Unit) -> String {
    let parts: Vec<&str> = [unit.vehicle.as_deref(), unit.office.as_deref()]
        .into_iter()
        .flatten()
        .collect();
    parts.join(", ")
}

fn sim(ui: &mut Ui, unit: &Unit) {
    let palette = palette(ui);
    ui.add_space(10.0);
    ui.label(text::rich(
        "SIM",
        Size::Caption,
        Weight::Regular,
        palette.ink3,
    ));
    match &unit.iccid {
        Some(iccid) => {
            Number::new(iccid.as_str()).show(ui);
        }
        None => {
            ui.label(text::rich(
                "Not read",
                Size::Body,
                Weight::Semibold,
                palette.ink,
            ));
        }
    }
    if let Some(mdn) = &unit.mdn {
        let words = format!("number {}", phone(mdn));
        ui.label(text::rich(
            words,
            Size::Caption,
            Weight::Regular,
            palette.ink2,
        ));
    }
    ui.add_space(10.0);
    card::separator(ui);
}

fn buttons(ui: &mut Ui, draw: &mut Draw<'_>, unit: &Unit) {
    ui.horizontal(|ui| {
        if Button::primary("Open")
            .key(cap(Act::Enter))
            .show(ui)
            .clicked()
        {
            draw.desk.unit = Some(unit.id.clone());
            draw.desk.screen = Screen::Unit;
            draw.wish(Command::OpenUnit(unit.id.clone()));
        }
        if Button::new("Copy")
            .icon(icons::COPY)
            .key(cap(Act::Copy))
            .show(ui)
            .clicked()
        {
            ui.copy_text(unit.id.as_str().to_owned());
        }
    });
}
