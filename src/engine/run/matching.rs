//! Which slot a port becomes: matched to a place of a hub, or the next free one.

use super::{Loop, agreeing};
use crate::engine::event::Event;
use crate::engine::slots::{SlotFacts, SlotPlan, SlotWish};
use crate::engine::state::Slot;
use crate::link::{PortFacts, is_usb_place_taken};
use fleet::wording::counted;
use std::collections::BTreeMap;

/// Under which name the inventory keeps the plan.
const NOTE: &str = "slots of the hubs";

/// What the loop knows of places.
#[derive(Default)]
pub(super) struct Matching {
    plan: SlotPlan,
    /// The plan that is being made now.
    draft: Option<SlotPlan>,
    /// Where each port is that is there now.
    places: BTreeMap<String, String>,
    no_place: bool,
}

impl Loop {
    /// Takes up what was matched once. Nothing is plugged yet.
    pub(super) async fn remember_slots(&mut self) {
        let kept = self.context.inventory.note(NOTE).await.ok().flatten();
        if let Some(plan) = kept.and_then(|text| serde_json::from_str(&text).ok()) {
            self.matching.plan = plan;
        }
        self.tell_slots();
    }

    /// A port appeared: where it is counts from now on, and while slots are matched it is the next one.
    pub(super) fn placed(&mut self, port: &PortFacts) {
        let matching = &mut self.matching;
        let Some(place) = &port.usb_place else {
            if matching.draft.is_some() && !port.built_in {
                matching.no_place = true;
                self.tell_slots();
            }
            return;
        };
        matching.places.insert(port.name.clone(), place.clone());
        let changed = match &mut matching.draft {
            Some(draft) => draft.add(place),
            None => {
                let moved = matching.plan.follow(place, is_usb_place_taken);
                if moved {
                    self.keep_plan();
                }
                moved
            }
        };
        if changed {
            self.tell_slots();
        }
    }

    /// A port is gone.
    pub(super) fn unplaced(&mut self, port: &str) {
        self.matching.places.remove(port);
    }

    /// The slot of a port that has no lane yet. One that was matched is used again by whatever is plugged there, whatever its name.
    pub(super) fn slot_for(&mut self, port: &str) -> Slot {
        let matching = &self.matching;
        let plan = matching.draft.as_ref().unwrap_or(&matching.plan);
        let matched = matching
            .places
            .get(port)
            .and_then(|place| plan.slot_of(place));
        if let Some(slot) = matched {
            // A unit with two ports has one place, and a lane that waits for its unit stays that unit's.
            let free = self.lanes.get(&slot).is_none_or(|lane| {
                lane.expects.borrow().is_none() && !matching.places.contains_key(&lane.port)
            });
            if free {
                return slot;
            }
        }
        let slot = self.next_slot.max(plan.matched() + 1);
        self.next_slot = slot + 1;
        Slot(slot)
    }

    pub(super) fn match_slots(&mut self, wish: SlotWish) {
        match wish {
            SlotWish::Begin => {
                if self.units_are_in_the_way() {
                    return;
                }
                self.clear_lanes(false);
                self.matching.no_place = false;
                self.matching.draft = Some(SlotPlan::default());
                // Units are only looked at while slots are matched.
                self.context.line_mode.set(false);
                self.context.tell(Event::LineMode(false));
            }
            SlotWish::NextHub => {
                if let Some(draft) = &mut self.matching.draft {
                    draft.next_hub();
                }
            }
            SlotWish::Keep => {
                if let Some(draft) = self.matching.draft.take() {
                    self.matching.plan = draft;
                    self.keep_plan();
                }
            }
            SlotWish::Leave => {
                if self.matching.draft.is_none() || self.lanes_are_at_work() {
                    return;
                }
                self.matching.draft = None;
                self.clear_lanes(true);
            }
            SlotWish::Forget => {
                if self.units_are_in_the_way() {
                    return;
                }
                self.matching.plan = SlotPlan::default();
                self.keep_plan();
                self.clear_lanes(true);
            }
        }
        self.tell_slots();
    }

    fn units_are_in_the_way(&self) -> bool {
        let any = !self.context.units_at_hand.borrow().is_empty();
        if any {
            let words = "Pull all units first: slots are matched from an empty bench";
            self.context.toast(words, true);
        }
        any
    }

    /// A push may have begun with a unit while slots are matched: its lane is not taken away in the middle.
    fn lanes_are_at_work(&self) -> bool {
        let working = self.context.lanes_at_work.borrow().len() as u64;
        if working > 0 {
            let lanes = counted(working, "lane is at work", "lanes are at work");
            let words = format!("{lanes}: leave the matching when that is done");
            self.context.toast(words, true);
        }
        working > 0
    }

    /// All lanes are begun anew; with `look_again` also what stays plugged.
    fn clear_lanes(&mut self, look_again: bool) {
        for (slot, lane) in std::mem::take(&mut self.lanes) {
            agreeing::lane_has(&self.context, slot, false);
            self.context.lanes_at_work.borrow_mut().remove(&slot);
            self.context.tell(Event::LaneRemoved(slot));
            if look_again {
                self.watch.forget(&lane.port);
            }
        }
        self.next_slot = 1;
    }

    fn keep_plan(&self) {
        let Ok(text) = serde_json::to_string(&self.matching.plan) else {
            return;
        };
        let (kept, context) = (
            self.context.inventory.set_note(NOTE, text),
            std::rc::Rc::clone(&self.context),
        );
        tokio::task::spawn_local(async move {
            if let Err(error) = kept.await {
                context.toast(
                    format!("What was matched counts until the program ends; it could not be kept: {error}"),
                    true,
                );
            }
        });
    }

    fn tell_slots(&self) {
        let matching = &self.matching;
        self.context.tell(Event::Slots(SlotFacts {
            hubs: matching.draft.as_ref().unwrap_or(&matching.plan).sizes(),
            matching: matching.draft.is_some(),
            no_place: matching.no_place,
        }));
    }
}
