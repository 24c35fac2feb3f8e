//! Pushes of other benches that this one cannot help with: told once, kept for the lists, and tried again with growing pauses.

use crate::engine::context::Context;
use crate::engine::event::Event;
use crate::sync::LeftAlone;
use fleet::push::PushId;
use fleet_db::SharedPush;
use std::collections::BTreeMap;
use std::time::{Duration, Instant};

/// Before the second try; doubled for each one after it.
const FIRST_PAUSE: Duration = Duration::from_secs(30);
/// Longest pause between two tries.
const LONGEST_PAUSE: Duration = Duration::from_secs(30 * 60);

/// What is left alone, and when each is tried again.
#[derive(Debug, Default)]
pub(super) struct LeftAlones(BTreeMap<PushId, Waiting>);

#[derive(Debug)]
struct Waiting {
    left: LeftAlone,
    pause: Duration,
    until: Instant,
}

impl LeftAlones {
    /// Whether it is not time yet to try this one again.
    pub fn waits(&self, push: PushId) -> bool {
        let waiting = self.0.get(&push);
        waiting.is_some_and(|waiting| Instant::now() < waiting.until)
    }

    /// It could be taken in.
    pub fn forget(&mut self, push: PushId) {
        self.0.remove(&push);
    }

    /// Could not be taken in once more. Whether that has to be said: it is new, or for another reason than before.
    fn add(&mut self, left: LeftAlone, now: Instant) -> bool {
        let before = self.0.get(&left.push);
        let pause = before.map_or(FIRST_PAUSE, |before| (before.pause * 2).min(LONGEST_PAUSE));
        let said = before.is_some_and(|before| before.left == left);
        let waiting = Waiting {
            pause,
            until: now + pause,
            left,
        };
        self.0.insert(waiting.left.push, waiting);
        !said
    }

    fn all(&self) -> Vec<LeftAlone> {
        let all = self.0.values();
        all.map(|waiting| waiting.left.clone()).collect()
    }
}

impl Context {
    /// What was said when the program ran last stands in the lists, and is not said again.
    pub(super) async fn remember_left_alone(&self) {
        let kept = crate::sync::left_alone(&self.inventory).await;
        let kept = kept.unwrap_or_default();
        let now = Instant::now();
        for left in kept.iter().cloned() {
            let mut all = self.sharing.left_alone.borrow_mut();
            all.add(left, now);
            // Looked at once at the start: the program may be newer now.
            all.0.values_mut().for_each(|waiting| waiting.until = now);
        }
        if !kept.is_empty() {
            self.sharing.left_told.replace(kept.clone());
            self.tell(Event::PushesLeftAlone(kept));
        }
    }

    /// Says once that a push of another bench cannot be helped with.
    pub(super) fn leave_alone(&self, left: LeftAlone) {
        let words = left.words();
        if self
            .sharing
            .left_alone
            .borrow_mut()
            .add(left, Instant::now())
        {
            tracing::warn!(%words, "a shared push is left alone");
            self.toast(words, true);
        }
    }

    /// Forgets those that are over elsewhere, and tells the lists what is left.
    pub(super) async fn left_alone_since(&self, listed: &[SharedPush]) {
        let open = |push: PushId| listed.iter().any(|there| there.push == push.0);
        let all = {
            let mut left = self.sharing.left_alone.borrow_mut();
            left.0.retain(|push, _| open(*push));
            left.all()
        };
        if *self.sharing.left_told.borrow() == all {
            return;
        }
        if let Err(error) = crate::sync::keep_left_alone(&self.inventory, &all).await {
            tracing::error!(%error, "which pushes are left alone could not be kept");
        }
        self.sharing.left_told.replace(all.clone());
        self.tell(Event::PushesLeftAlone(all));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cannot_be_taken_in_is_said_once_and_tried_again_with_growing_pauses() {
        let left = |why: &str| LeftAlone {
            push: PushId(uuid::Uuid::nil()),
            title: "Van v4".into(),
            by: "Bench 3".into(),
            why: why.into(),
            cure: "Bring this program up to date.".into(),
            code: "P-458".into(),
        };
        let (mut all, now) = (LeftAlones::default(), Instant::now());
        assert!(all.add(left("newer"), now), "it is new");
        assert!(all.waits(PushId(uuid::Uuid::nil())));
        for _ in 0..9 {
            assert!(!all.add(left("newer"), now), "it was said");
        }
        let pause = |all: &LeftAlones| all.0.values().next().map(|waiting| waiting.pause);
        assert_eq!(pause(&all), Some(LONGEST_PAUSE));
        assert!(all.add(left("another template"), now), "another reason");
        all.forget(PushId(uuid::Uuid::nil()));
        assert!(!all.waits(PushId(uuid::Uuid::nil())) && all.all().is_empty());
    }
}
