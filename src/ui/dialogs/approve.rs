//! Guarded changes, named one by one, before they are written.

use super::{body, foot};
use crate::engine::{Command, Lane, LaneState, Question, Slot};
use crate::ui::bench::look;
use crate::ui::draw::Draw;
use crate::ui::theme::text::{self, Size, Weight};
use crate::ui::theme::{icon_table as icons, palette};
use crate::ui::widgets::{Button, change_rows, number, speak};
use crate::ui::words;
use egui::accesskit::Role;
use egui::{Align2, Sense, Ui, vec2};
use fleet::journal::Decision;
use fleet::setting::SettingKey;
use std::collections::BTreeSet;

/// Draws the dialog; returns whether it is done.
pub fn show(ui: &mut Ui, draw: &mut Draw<'_>, slot: Slot) -> bool {
    let state = draw.state;
    let Some(lane) = state.lanes.get(&slot) else {
        return true;
    };
    let Some(Question::Approve { guarded }) = &lane.question else {
        return true;
    };
    let palette = palette(ui);
    body(ui, |ui| {
        if let Some(unit) = &lane.unit {
            let (rect, response) =
                ui.allocate_exact_size(vec2(ui.available_width(), 36.0), Sense::hover());
            let at = rect.left_center();
            let id = unit.id.as_str();
            let ending = number::paint_ending(
                ui.painter(),
                at,
                Align2::LEFT_CENTER,
                id,
                Size::Figure,
                palette.ink,
                palette.ink2,
            );
            let format = text::format(Size::Body, Weight::Regular, palette.ink3);
            let words = format!("slot {slot}, {}", unit.model);
            text::paint(
                ui.painter(),
                ending.right_center() + vec2(12.0, 2.0),
                Align2::LEFT_CENTER,
                &words,
                format,
            );
            let spoken = format!("Unit ending {}, {words}", speak::spoken_ending(id));
            speak::tell(&response, Role::Label, &spoken, |_| {});
        }
        let sentence = format!(
            "{}. If a value is wrong, only a cable helps afterwards.",
            words::several(guarded.len() as u64, "change", "changes")
        );
        ui.label(text::rich(
            sentence,
            Size::Body,
            Weight::Regular,
            palette.ink,
        ));
        ui.spacing_mut().item_spacing.y = 0.0;
        ui.add_space(6.0);
        let rows: Vec<_> = lane
            .changes
            .iter()
            .filter(|line| line.change.guarded)
            .collect();
        for line in &rows {
            change_rows::row(ui, &look::row(line));
        }
        let listed = |name: &String| rows.iter().any(|line| line.change.label == *name);
        for name in guarded.iter().filter(|name| !listed(name)) {
            ui.label(text::rich(name, Size::Body, Weight::Medium, palette.ink));
        }
    });
    let others = same_question(draw, lane);
    foot(ui, |ui| {
        let write = Button::primary("Write them")
            .icon(icons::SHIELD_WARNING_FILL)
            .key("Enter");
        if write.show(ui).clicked() {
            draw.wish(Command::Decide(slot, Decision::Approve));
            return true;
        }
        if !others.is_empty() {
            let words = format!(
                "Also on {}",
                words::several(others.len() as u64, "other unit", "other units")
            );
            if Button::new(&words).show(ui).clicked() {
                for each in std::iter::once(slot).chain(others) {
                    draw.wish(Command::Decide(each, Decision::Approve));
                }
                return true;
            }
        }
        let leave = Button::new("Leave the unit as it is").show(ui);
        if leave.clicked() {
            draw.wish(Command::Decide(slot, Decision::Refuse));
        }
        leave.clicked()
    })
}

/// Other lanes whose guarded changes are all among the ones that are named here, with the same new values.
fn same_question(draw: &Draw<'_>, lane: &Lane) -> Vec<Slot> {
    let ours = guarded_values(lane);
    draw.state
        .lanes
        .values()
        .filter(|other| other.slot != lane.slot && other.state == LaneState::NeedsYou)
        .filter(|other| matches!(&other.question, Some(Question::Approve { .. })))
        .filter(|other| guarded_values(other).is_subset(&ours))
        .map(|other| other.slot)
        .collect()
}

fn guarded_values(lane: &Lane) -> BTreeSet<(&SettingKey, String)> {
    let guarded = lane.changes.iter().filter(|line| line.change.guarded);
    guarded
        .map(|line| (&line.change.key, line.change.after.to_string()))
        .collect()
}
