//! The lanes, plugged into their hubs, four in a row: hubs as they were matched, and behind them eight slots a hub.

use super::first_report;
use super::look::{self, Asks};
use crate::engine::{Lane, Slot, State};
use crate::ui::desk::Area;
use crate::ui::draw::{Draw, Room};
use crate::ui::widgets::hub::{GAP, Hub};
use crate::ui::widgets::{CardSize, LaneCard, paging};
use egui::{Frame, Id, Margin, ScrollArea, Ui};

/// Slots of a hub that was not matched.
const HUB_SLOTS: u32 = 8;
/// Cards in a row.
const COLUMNS: u32 = 4;
/// Seconds that a new plug blinks: twice on, twice off.
const BLINK_S: f64 = 0.64;

/// Draws all hubs.
pub fn show(ui: &mut Ui, draw: &mut Draw<'_>) {
    let (size, margin, hub_gap, least, most) = match draw.room {
        Room::Wide => (CardSize::Big, 16, 16.0, 132.0, 172.0),
        Room::Middle => (CardSize::Medium, 12, 10.0, 112.0, 140.0),
        Room::Narrow => (CardSize::Narrow, 12, 8.0, 90.0, 110.0),
    };
    let hubs = hubs(draw, ui);
    let bar = hubs
        .first()
        .map_or(34.0, |hub| hub.height(size, 0.0) - 2.0 * GAP);
    let room =
        ui.available_height() - 2.0 * f32::from(margin) - hub_gap * (hubs.len() as f32 - 1.0);
    let rows: usize = hubs
        .iter()
        .map(|hub| hub.lanes.len().div_ceil(hub.columns))
        .sum();
    let rows = rows.max(1) as f32;
    let fitting = (room - bar * hubs.len() as f32 - rows * GAP) / rows;
    let card_height = fitting.clamp(least, most).floor();
    ScrollArea::vertical().auto_shrink(false).show(ui, |ui| {
        paging::turn(ui);
        Frame::new()
            .inner_margin(Margin::same(margin))
            .show(ui, |ui| {
                ui.spacing_mut().item_spacing.y = hub_gap;
                for hub in &hubs {
                    if let Some(slot) = hub.show(ui, size, card_height) {
                        draw.desk.chosen = Some(Slot(slot));
                        draw.desk.areas.insert(Area::Main, lane_id(slot));
                    }
                }
                super::done_today::show(ui, draw);
            });
    });
    let first = draw.desk.shown_lane(draw.state).map_or(1, |slot| slot.0);
    draw.desk.area(Area::Main, lane_id(first));
}

/// The id of a lane's card. By slot, never by port.
#[must_use]
pub fn lane_id(slot: u32) -> Id {
    Id::unique(("lane", slot))
}

/// First slot and number of slots of each hub that is drawn: those that were matched, then as many as there are lanes for.
fn spans(state: &State) -> Vec<(u32, u32)> {
    let highest = state.lanes.keys().next_back().map_or(1, |slot| slot.0);
    let mut spans = Vec::new();
    let mut first = 1;
    for size in &state.slots.hubs {
        spans.push((first, *size));
        first += size;
    }
    while spans.is_empty() || first <= highest {
        spans.push((first, HUB_SLOTS));
        first += HUB_SLOTS;
    }
    spans
}

/// The hub of a slot, from 1.
#[must_use]
pub fn hub_of(state: &State, slot: Slot) -> u32 {
    let spans = spans(state);
    let before = spans.iter().take_while(|(first, _)| *first <= slot.0);
    u32::try_from(before.count()).unwrap_or(1)
}

/// Slots as they stand, row by row over all hubs.
#[must_use]
pub fn rows(state: &State) -> Vec<Vec<u32>> {
    let mut rows = Vec::new();
    for (first, size) in spans(state) {
        let slots: Vec<u32> = (first..first + size).collect();
        rows.extend(slots.chunks(COLUMNS as usize).map(<[u32]>::to_vec));
    }
    rows
}

fn hubs(draw: &Draw<'_>, ui: &Ui) -> Vec<Hub> {
    let shown = draw.desk.shown_lane(draw.state);
    spans(draw.state)
        .into_iter()
        .enumerate()
        .map(|(hub, (first, size))| {
            let slots = first..first + size;
            let lanes: Vec<Option<&Lane>> = slots
                .clone()
                .map(|slot| draw.state.lanes.get(&Slot(slot)))
                .collect();
            let cards = slots
                .zip(&lanes)
                .map(|(slot, lane)| {
                    let mut card = lane.map_or_else(
                        || LaneCard::empty(slot),
                        |lane| first_report::card(lane, draw),
                    );
                    card.chosen = shown == Some(Slot(slot));
                    card.blink = blink(draw, ui, Slot(slot));
                    card
                })
                .collect();
            Hub {
                name: format!("Hub {}", hub + 1),
                place: String::new(),
                summary: summary(lanes.into_iter().flatten()),
                columns: COLUMNS as usize,
                lanes: cards,
            }
        })
        .collect()
}

/// How far a slot's card is tinted because a unit was just plugged there.
fn blink(draw: &Draw<'_>, ui: &Ui, slot: Slot) -> f32 {
    let Some(plugged_at) = draw.desk.plugged.get(&slot) else {
        return 0.0;
    };
    let age = ui.input(|input| input.time) - plugged_at;
    let on = age < BLINK_S && (age / 0.16).rem_euclid(2.0) < 1.0;
    if on && !draw.desk.choices.less_motion {
        1.0
    } else {
        0.0
    }
}

/// What a hub's lanes ask for: '2 ready, 4 to pull or cure'.
fn summary<'a>(lanes: impl Iterator<Item = &'a Lane>) -> String {
    let (mut ready, mut pull, mut cure, mut aside) = (0, 0, 0, 0);
    for lane in lanes {
        if lane.state == crate::engine::LaneState::Ready {
            ready += 1;
        }
        match look::asks(lane) {
            Asks::Nothing => {}
            Asks::Pull => pull += 1,
            Asks::Cure => cure += 1,
            Asks::SetAside => aside += 1,
        }
    }
    let hands: Vec<&str> = [(pull, "pull"), (cure, "cure"), (aside, "set aside")]
        .into_iter()
        .filter_map(|(count, word)| (count > 0).then_some(word))
        .collect();
    let mut parts = Vec::new();
    if ready > 0 {
        parts.push(format!("{ready} ready"));
    }
    if let Some((last, rest)) = hands.split_last() {
        let words = if rest.is_empty() {
            (*last).to_owned()
        } else {
            format!("{} or {last}", rest.join(", "))
        };
        parts.push(format!("{} to {words}", pull + cure + aside));
    }
    parts.join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::LaneState;

    fn lane(slot: u32, state: LaneState) -> Lane {
        Lane {
            state,
            ..Lane::empty(Slot(slot), "")
        }
    }

    #[test]
    fn a_hub_says_what_it_asks_of_hands() {
        let lanes = [
            lane(1, LaneState::Done),
            lane(2, LaneState::Ready),
            lane(3, LaneState::NeedsYou),
            lane(4, LaneState::Stopped),
            lane(5, LaneState::Looking),
        ];
        assert_eq!(
            summary(lanes.iter()),
            "1 ready, 3 to pull, cure or set aside"
        );
        assert_eq!(summary(lanes[..1].iter()), "1 to pull");
        let aside = Lane {
            set_aside: true,
            ..lane(4, LaneState::Stopped)
        };
        assert_eq!(summary([aside].iter()), "1 to pull");
        assert_eq!(summary(lanes[4..].iter()), "");
    }

    fn with(hubs: Vec<u32>, lanes: &[u32]) -> State {
        State {
            slots: crate::engine::SlotFacts {
                hubs,
                ..Default::default()
            },
            lanes: lanes
                .iter()
                .map(|slot| (Slot(*slot), lane(*slot, LaneState::Ready)))
                .collect(),
            ..State::default()
        }
    }

    #[test]
    fn nine_slots_are_two_hubs_until_hubs_are_matched() {
        assert_eq!(spans(&with(Vec::new(), &[])), [(1, 8)]);
        assert_eq!(spans(&with(Vec::new(), &[8])), [(1, 8)]);
        assert_eq!(spans(&with(Vec::new(), &[9])), [(1, 8), (9, 8)]);
        let matched = with(vec![7, 16], &[24]);
        assert_eq!(spans(&matched), [(1, 7), (8, 16), (24, 8)]);
        assert_eq!(hub_of(&matched, Slot(7)), 1);
        assert_eq!(hub_of(&matched, Slot(8)), 2);
        assert_eq!(hub_of(&matched, Slot(24)), 3);
    }

    #[test]
    fn rows_end_with_their_hub() {
        assert_eq!(
            rows(&with(vec![7, 2], &[])),
            [vec![1, 2, 3, 4], vec![5, 6, 7], vec![8, 9]]
        );
    }
}
