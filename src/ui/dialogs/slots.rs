//! Slots matched to the places of the hubs, once: plug one unit into each from left to right.

use super::{body, foot_of};
use crate::engine::{Command, SlotWish};
use crate::ui::draw::Draw;
use crate::ui::theme::palette;
use crate::ui::theme::text::{self, Size, Weight};
use crate::ui::widgets::{Button, why};
use crate::ui::words;
use egui::Ui;

/// Draws the dialog; returns whether it is done.
pub fn show(ui: &mut Ui, draw: &mut Draw<'_>) -> bool {
    let colours = palette(ui);
    let facts = draw.state.slots.clone();
    let line = |ui: &mut Ui, text: &str, weight: Weight| {
        ui.label(text::rich(text, Size::Body, weight, colours.ink));
    };
    let matched: u32 = facts.hubs.iter().sum();
    body(ui, |ui| {
        if facts.matching {
            let hub = facts.hubs.len().max(1);
            let title = match matched {
                0 => "Plug one unit into the leftmost slot of the first hub.".to_owned(),
                _ => format!(
                    "Slot {matched} is matched. Plug one unit into the next slot to its right."
                ),
            };
            line(ui, &title, Weight::Semibold);
            line(ui, &hubs_in_words(&facts.hubs), Weight::Regular);
            line(
                ui,
                &format!(
                    "All slots of hub {hub} done? Press Next hub, or keep it so. The same unit may be used for each slot."
                ),
                Weight::Regular,
            );
        } else {
            let now = if matched == 0 {
                "Slots follow the order of plugging: the first unit that is plugged is slot 1."
                    .to_owned()
            } else {
                format!("Matched: {}.", hubs_in_words(&facts.hubs))
            };
            line(ui, &now, Weight::Semibold);
            line(
                ui,
                "Match them once, and the picture stands like the hubs on your table: a unit in the third slot is shown third, today and tomorrow. Pull all units first.",
                Weight::Regular,
            );
        }
        if facts.no_place {
            why(
                ui,
                "This computer does not say where that unit is plugged, so its slot cannot be matched. It is shown after all others.",
            );
        }
    });
    let mut wish = None;
    if facts.matching {
        let off = (matched == 0).then_some("No slot is matched yet.");
        let (kept, ()) = foot_of(ui, Button::primary("Keep it so"), off, |ui| {
            if Button::new("Next hub").off(off).show(ui).clicked() {
                wish = Some(SlotWish::NextHub);
            }
            if Button::new("Leave all as it was").show(ui).clicked() {
                wish = Some(SlotWish::Leave);
            }
        });
        if kept {
            wish = Some(SlotWish::Keep);
        }
    } else {
        let lanes = draw.state.lanes.values();
        let plugged = lanes
            .filter(|lane| lane.state != crate::engine::LaneState::Empty)
            .count() as u64;
        let off = words::several(plugged, "unit is plugged", "units are plugged");
        let off = (plugged > 0).then(|| format!("{off}: pull all units first."));
        let main = Button::primary("Begin with the first slot");
        let (begun, ()) = foot_of(ui, main, off.as_deref(), |ui| {
            let forget = Button::new("Forget the matching").off(off.as_deref());
            if matched > 0 && forget.show(ui).clicked() {
                wish = Some(SlotWish::Forget);
            }
        });
        if begun {
            wish = Some(SlotWish::Begin);
        }
    }
    if let Some(wish) = wish {
        draw.wish(Command::MatchSlots(wish));
    }
    false
}

/// 'Hub 1 with 7 slots, hub 2 with 4 slots'.
fn hubs_in_words(hubs: &[u32]) -> String {
    let each = hubs.iter().enumerate().map(|(index, size)| {
        let slots = words::several(u64::from(*size), "slot", "slots");
        format!("hub {} with {slots}", index + 1)
    });
    let mut words = each.collect::<Vec<_>>().join(", ");
    if let Some(first) = words.get_mut(..1) {
        first.make_ascii_uppercase();
    }
    if words.is_empty() {
        "No slot yet.".to_owned()
    } else {
        words
    }
}

#[cfg(test)]
mod tests {
    use super::hubs_in_words;

    #[test]
    fn hubs_are_told_with_their_slots() {
        assert_eq!(
            hubs_in_words(&[7, 1]),
            "Hub 1 with 7 slots, hub 2 with 1 slot"
        );
        assert_eq!(hubs_in_words(&[]), "No slot yet.");
    }
}
