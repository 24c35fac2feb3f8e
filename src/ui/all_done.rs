//! When the last lane that worked has come to its end: told once, so that whoever does something else comes back to the bench.

use super::words;
use crate::engine::{Lane, LaneState, Slot};
use std::collections::BTreeMap;

/// Watches the lanes.
#[derive(Default)]
pub struct AllDone {
    /// Some lane is at work.
    working: bool,
}

impl AllDone {
    /// Looks at the lanes as they are now. Answers what is told when the last one has just come to its end.
    pub fn look(&mut self, lanes: &BTreeMap<Slot, Lane>) -> Option<String> {
        let is_at_work = |state: &LaneState| state.is_working() && *state != LaneState::Looking;
        let before = self.working;
        self.working = lanes.values().any(|lane| is_at_work(&lane.state));
        (before && !self.working).then(|| told(lanes)).flatten()
    }
}

/// 'All lanes are done: 14 to pull, 1 needs you, 1 stopped'; nothing where all units were pulled meanwhile. Of two hubs one is filled while the
/// other works: lanes that wait for their start are named too, and are not done.
fn told(lanes: &BTreeMap<Slot, Lane>) -> Option<String> {
    let count = |fits: fn(&LaneState) -> bool| {
        lanes.values().filter(|lane| fits(&lane.state)).count() as u64
    };
    let pull = count(|state| {
        matches!(
            state,
            LaneState::AlreadySet
                | LaneState::Verified
                | LaneState::NotVerified
                | LaneState::Done
                | LaneState::DoneCarrierOwed
        )
    });
    let (needs, stopped) = (
        count(|state| *state == LaneState::NeedsYou),
        count(|state| *state == LaneState::Stopped),
    );
    let parts = [
        (pull, format!("{pull} to pull")),
        (needs, words::several(needs, "needs you", "need you")),
        (stopped, format!("{stopped} stopped")),
    ];
    let parts: Vec<String> = parts
        .into_iter()
        .filter(|(count, _)| *count > 0)
        .map(|(_, words)| words)
        .collect();
    let ready = count(|state| *state == LaneState::Ready);
    match (parts.is_empty(), ready) {
        (true, _) => None,
        (false, 0) => Some(format!("All lanes are done: {}", parts.join(", "))),
        (false, _) => Some(format!(
            "No lane works now: {}, {ready} ready",
            parts.join(", ")
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lanes(states: &[LaneState]) -> BTreeMap<Slot, Lane> {
        let lane = |(index, state): (usize, &LaneState)| {
            let slot = Slot(u32::try_from(index).unwrap() + 1);
            let lane = Lane {
                state: state.clone(),
                ..Lane::empty(slot, "")
            };
            (slot, lane)
        };
        states.iter().enumerate().map(lane).collect()
    }

    #[test]
    fn the_end_of_the_last_lane_is_told_once() {
        use LaneState as L;
        let setting = L::Setting { done: 1, of: 4 };
        let mut all_done = AllDone::default();
        let mut look = |states: &[LaneState]| all_done.look(&lanes(states));
        assert_eq!(look(&[L::Ready, L::Done]), None, "nothing worked");
        assert_eq!(look(&[setting.clone(), setting.clone()]), None);
        assert_eq!(look(&[setting, L::Done]), None, "one goes on");
        assert_eq!(
            look(&[L::Stopped, L::Done]).as_deref(),
            Some("All lanes are done: 1 to pull, 1 stopped")
        );
        assert_eq!(look(&[L::Stopped, L::Done]), None);
    }

    #[test]
    fn of_two_hubs_the_filled_one_is_not_done_when_the_other_is() {
        use LaneState as L;
        let setting = L::Setting { done: 1, of: 4 };
        let mut all_done = AllDone::default();
        let mut look = |first: [&L; 2], second: [&L; 2]| {
            let states: Vec<L> = first.into_iter().chain(second).cloned().collect();
            all_done.look(&lanes(&states))
        };
        let (empty, looking, ready, done) = (L::Empty, L::Looking, L::Ready, L::Done);
        assert_eq!(look([&setting, &setting], [&empty, &empty]), None);
        assert_eq!(look([&setting, &done], [&looking, &ready]), None);
        assert_eq!(
            look([&done, &done], [&ready, &ready]).as_deref(),
            Some("No lane works now: 2 to pull, 2 ready")
        );
        // The second one is started, the first one pulled and filled anew.
        assert_eq!(look([&done, &empty], [&setting, &setting]), None);
        assert_eq!(look([&looking, &empty], [&done, &setting]), None);
        assert_eq!(
            look([&empty, &empty], [&done, &done]).as_deref(),
            Some("All lanes are done: 2 to pull")
        );
    }
}
