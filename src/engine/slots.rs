//! Which slot each place of the hubs on the table is: matched once by hand, kept for good. Pure; the loop asks it.
//!
//! A hub is what a person matched as one, from left to right. The system's own tree is not taken for it: many hubs with seven ports and
//! more are several small ones inside. Where a hub is moved to another port of the computer, the way from there to its slots is the same,
//! and by that it is known again.

use super::state::{Lane, LaneState, Slot, State};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// Hubs and their places, each from left to right.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SlotPlan {
    hubs: Vec<Vec<String>>,
}

impl SlotPlan {
    /// The slot of a place.
    #[must_use]
    pub fn slot_of(&self, place: &str) -> Option<Slot> {
        let index = self.hubs.iter().flatten().position(|each| each == place)?;
        u32::try_from(index + 1).ok().map(Slot)
    }

    /// How many slots each hub has, in order. A hub that was begun and has no slot yet is none.
    #[must_use]
    pub fn sizes(&self) -> Vec<u32> {
        let sizes = self.hubs.iter().map(Vec::len);
        sizes
            .filter(|size| *size > 0)
            .map(|size| u32::try_from(size).unwrap_or(u32::MAX))
            .collect()
    }

    /// How many slots are matched.
    #[must_use]
    pub fn matched(&self) -> u32 {
        self.sizes().iter().sum()
    }

    /// The place of the unit that was just plugged is the next slot; `false` when it is matched already.
    pub fn add(&mut self, place: &str) -> bool {
        if self.slot_of(place).is_some() {
            return false;
        }
        if self.hubs.is_empty() {
            self.hubs.push(Vec::new());
        }
        if let Some(hub) = self.hubs.last_mut() {
            hub.push(place.to_owned());
        }
        true
    }

    /// The next slots are another hub's.
    pub fn next_hub(&mut self) {
        if self.hubs.last().is_some_and(|hub| !hub.is_empty()) {
            self.hubs.push(Vec::new());
        }
    }

    /// A hub that was moved to another port of the computer: its places move with it when `place` fits exactly one hub by its way from
    /// the hub on, and no hub stands where that one was (`is_there`). Hubs that were plugged into it move along where one stands behind it
    /// again. Answers whether one moved.
    pub fn follow(&mut self, place: &str, is_there: impl Fn(&str) -> bool) -> bool {
        if self.slot_of(place).is_some() {
            return false;
        }
        let hubs = self.hubs.iter().enumerate();
        let gone: Vec<(usize, &str)> = hubs
            .filter_map(|(index, hub)| Some((index, root_of(hub)?)))
            .filter(|(_, root)| !is_there(root))
            .collect();
        // Which of a hub's places is this one? The rest of the way must be the same, whole steps of it.
        let new_root = |(index, root): &(usize, &str)| {
            self.hubs.get(*index)?.iter().find_map(|each| {
                let way = each.strip_prefix(root)?;
                let new_root = place.strip_suffix(way)?;
                (!way.is_empty() && !new_root.is_empty()).then_some(new_root)
            })
        };
        let fitting: Vec<(usize, &str, &str)> = (gone.iter())
            .filter_map(|hub| Some((hub.0, hub.1, new_root(hub)?)))
            .collect();
        let stands_behind = |root: &str, old: &str, new: &str| {
            let way = root.strip_prefix(old);
            let way = way.filter(|way| way.is_empty() || way.starts_with('.'));
            way.is_some_and(|way| is_there(&format!("{new}{way}")))
        };
        // Of several the outermost, when the others stand behind it as they did.
        let mut moved = fitting.iter().filter(|(index, old, new)| {
            let mut others = fitting.iter().filter(|(other, ..)| other != index);
            others.all(|(_, root, _)| stands_behind(root, old, new))
        });
        let (Some((index, old, new)), None) = (moved.next(), moved.next()) else {
            return false;
        };
        let along: Vec<usize> = (gone.iter())
            .filter(|(other, root)| other == index || stands_behind(root, old, new))
            .map(|(other, _)| *other)
            .collect();
        let mut hubs = self.hubs.clone();
        for (index, hub) in hubs.iter_mut().enumerate() {
            if !along.contains(&index) {
                continue;
            }
            for place in hub.iter_mut() {
                *place = format!("{new}{}", place.get(old.len()..).unwrap_or_default());
            }
        }
        // Never two slots at one place.
        let places: BTreeSet<&String> = hubs.iter().flatten().collect();
        if places.len() != hubs.iter().flatten().count() {
            return false;
        }
        self.hubs = hubs;
        true
    }
}

/// The way that all places of a hub begin with, up to its last whole step.
fn root_of(hub: &[String]) -> Option<&str> {
    let first = hub.first()?;
    let mut root = first.get(..first.rfind('.')?)?;
    loop {
        let under_root = |each: &String| {
            each.strip_prefix(root)
                .is_some_and(|rest| rest.starts_with('.'))
        };
        if hub.iter().all(under_root) {
            return Some(root);
        }
        root = root.get(..root.rfind('.')?)?;
    }
}

/// How far the matching is, for the screen.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SlotFacts {
    /// How many slots each hub has, as it stands on the table.
    pub hubs: Vec<u32>,
    /// Whether slots are being matched now.
    pub matching: bool,
    /// A unit was plugged whose place the system does not tell.
    pub no_place: bool,
}

/// What a person wants of the matching.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SlotWish {
    /// Begin anew: the next unit that is plugged is slot 1.
    Begin,
    /// The next units are another hub's.
    NextHub,
    /// Keep what was matched.
    Keep,
    /// Leave all as it was.
    Leave,
    /// Forget what was matched: slots follow the order of plugging.
    Forget,
}

impl State {
    /// Lanes that Enter or Ctrl Enter would start.
    pub fn ready_lanes(&self) -> impl Iterator<Item = &Lane> {
        self.lanes
            .values()
            .filter(|lane| lane.state == LaneState::Ready)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plan(hubs: &[&[&str]]) -> SlotPlan {
        let mut plan = SlotPlan::default();
        for hub in hubs {
            plan.next_hub();
            for place in *hub {
                assert!(plan.add(place));
            }
        }
        plan
    }

    /// Hubs that stand at these places.
    fn at(hubs: &'static [&'static str]) -> impl Fn(&str) -> bool {
        move |place| hubs.contains(&place)
    }

    #[test]
    fn slots_are_counted_from_left_to_right_and_from_hub_to_hub() {
        // A hub with seven ports is two small ones inside, and its ports are not numbered from the left.
        let mut plan = plan(&[
            &["1-2.3", "1-2.1", "1-2.4.2", "1-2.4.1"],
            &["1-3.1", "1-3.2"],
        ]);
        assert_eq!(plan.slot_of("1-2.3"), Some(Slot(1)));
        assert_eq!(plan.slot_of("1-2.4.1"), Some(Slot(4)));
        assert_eq!(plan.slot_of("1-3.2"), Some(Slot(6)));
        assert_eq!(plan.slot_of("1-9"), None);
        assert_eq!((plan.sizes(), plan.matched()), (vec![4, 2], 6));
        assert!(!plan.add("1-2.3"), "a place is one slot");
        plan.next_hub();
        assert_eq!(plan.sizes(), [4, 2], "an empty hub is none");
        let kept = serde_json::to_string(&plan).unwrap();
        assert_eq!(serde_json::from_str::<SlotPlan>(&kept).unwrap(), plan);
    }

    #[test]
    fn a_hub_that_was_moved_to_another_port_of_the_computer_is_known_again() {
        let mut plan = plan(&[&["1-2.3", "1-2.4.2", "1-2.4.1"], &["1-3.1", "1-3.2"]]);
        assert!(plan.follow("2-1.4.2", at(&["1-3"])));
        assert_eq!(plan.slot_of("2-1.3"), Some(Slot(1)));
        assert_eq!(plan.slot_of("2-1.4.1"), Some(Slot(3)));
        assert_eq!(plan.slot_of("1-2.3"), None);
        assert_eq!(plan.slot_of("1-3.2"), Some(Slot(5)), "the other stays");
        assert!(!plan.follow("2-1.4.2", at(&[])), "it is there already");
    }

    #[test]
    fn a_hub_is_not_guessed() {
        let equal = [&["1-2.1", "1-2.2"] as &[&str], &["1-3.1", "1-3.2"]];
        assert!(
            !plan(&equal).follow("2-1.1", at(&[])),
            "either could have moved"
        );
        assert!(
            plan(&equal).follow("2-1.1", at(&["1-3"])),
            "the other still stands where it was"
        );
        assert!(!plan(&equal).follow("2-1.7", at(&["1-3"])), "no such port");
        let single = [&["1-2"] as &[&str]];
        assert!(!plan(&single).follow("1-3", at(&[])), "no hub at all");
    }

    /// The second hub is plugged into the first one.
    fn behind_each_other() -> SlotPlan {
        plan(&[&["1-2.1", "1-2.2"], &["1-2.7.1", "1-2.7.2"]])
    }

    #[test]
    fn a_hub_behind_another_one_is_a_hub_of_its_own_and_may_be_moved_alone() {
        let mut plan = behind_each_other();
        assert_eq!(plan.slot_of("1-2.7.1"), Some(Slot(3)));
        assert_eq!(plan.sizes(), [2, 2]);
        assert!(plan.follow("1-3.2", at(&["1-2", "1-3"])));
        assert_eq!(plan.slot_of("1-3.2"), Some(Slot(4)));
        assert_eq!(plan.slot_of("1-2.2"), Some(Slot(2)), "the outer one stays");
    }

    #[test]
    fn hubs_behind_each_other_move_together() {
        let mut plan = behind_each_other();
        let there = || at(&["2-1", "2-1.7"]);
        // Either of them could stand there.
        assert!(!plan.follow("2-1.7.1", there()));
        assert!(plan.follow("2-1.2", there()));
        assert_eq!(plan.slot_of("2-1.2"), Some(Slot(2)));
        assert_eq!(plan.slot_of("2-1.7.1"), Some(Slot(3)));
        assert!(
            !behind_each_other().follow("2-1.2", at(&["2-1"])),
            "nothing stands behind it: it may be the second one alone"
        );
    }

    #[test]
    fn one_hub_that_was_matched_as_two_moves_as_one() {
        let mut plan = plan(&[&["1-2.1", "1-2.2"], &["1-2.3", "1-2.4"]]);
        assert!(plan.follow("2-1.3", at(&["2-1"])));
        assert_eq!(plan.slot_of("2-1.1"), Some(Slot(1)));
        assert_eq!(plan.slot_of("2-1.4"), Some(Slot(4)));
    }
}
