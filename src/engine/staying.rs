//! Stays with changes that the carrier has not finished: asked for again with growing pauses, for three days and over restarts of
//! the program, while nobody waits for it. What waits is told anew each minute, because waiting times grow by themselves.

use super::changing::Changer;
use super::context::Context;
use super::lists;
use super::options::Account;
use crate::inventory::KeptChange;
use carrier::ChangeRequest;
use jiff::Timestamp;
use std::collections::BTreeMap;
use std::rc::Rc;
use std::time::Duration;
use uuid::Uuid;

/// How often it is looked whether somebody must be asked.
const TICK: Duration = Duration::from_secs(10);
/// How often what waits is told anew.
const TELL_S: i64 = 60;
const MINUTE_S: i64 = 60;
const HOUR_S: i64 = 60 * MINUTE_S;
/// After so long no carrier works on a change any more.
pub(super) const LONGEST_CHANGE_S: i64 = 72 * HOUR_S;

/// Pause before the next question about a change of that age.
fn pause_s(age_s: i64) -> i64 {
    match age_s {
        // A day that has not come.
        ..0 => HOUR_S,
        0..MINUTE_S => 10,
        MINUTE_S..900 => MINUTE_S,
        900..7_200 => 15 * MINUTE_S,
        7_200..LONGEST_CHANGE_S => HOUR_S,
        // A person knows by now; it may still end.
        _ => 6 * HOUR_S,
    }
}

/// Since when a change could have been done: a dated one begins on its day.
pub(super) fn began(change: &KeptChange) -> Timestamp {
    let request = serde_json::from_str::<ChangeRequest>(&change.request).ok();
    let starts_at = request.and_then(|request| request.starts_at);
    starts_at.map_or(change.since, |starts_at| starts_at.max(change.since))
}

/// Follows until the program ends.
pub(super) async fn stay(context: Rc<Context>) {
    let Some(account) = context.account.clone() else {
        return;
    };
    let mut asked: BTreeMap<Uuid, Timestamp> = BTreeMap::new();
    let mut told = Timestamp::now();
    while !context.quitting.get() {
        let now = Timestamp::now();
        let open = context.inventory.open_changes().await.unwrap_or_default();
        asked.retain(|reference, _| open.iter().any(|each| each.client_reference == *reference));
        let is_due = |change: &&KeptChange| {
            let age_s = now.as_second() - began(change).as_second();
            let last = asked.get(&change.client_reference);
            last.is_none_or(|last| now.as_second() - last.as_second() >= pause_s(age_s))
        };
        let due: Vec<Uuid> = open
            .iter()
            .filter(is_due)
            .map(|change| change.client_reference)
            .collect();
        for reference in due {
            asked.insert(reference, now);
            ask(&context, &account, reference).await;
        }
        let waits = !open.is_empty() || !context.registering.borrow().is_empty();
        if waits && now.as_second() - told.as_second() >= TELL_S {
            told = now;
            lists::refresh(&context);
        }
        tokio::time::sleep(TICK).await;
    }
}

/// One question about one change.
async fn ask(context: &Rc<Context>, account: &Account, reference: Uuid) {
    let changer = Changer {
        inventory: context.inventory.clone(),
        account: account.clone(),
        by: context.bench.clone(),
    };
    let wanted = |change: &KeptChange| {
        // Those that a person of this run waits for are followed by that wait.
        change.client_reference == reference && !context.changing.borrow().contains(&change.unit)
    };
    let followed = carrier::yielding(changer.follow_those(&wanted, Duration::ZERO)).await;
    match followed {
        Ok(ends) if ends.is_empty() => {}
        Ok(ends) => {
            let is_over = |end: &super::ChangeEnd| !matches!(end, super::ChangeEnd::Open { .. });
            if ends.iter().any(|(_, _, end)| is_over(end)) {
                super::subscriptions::told_anew(context);
            }
        }
        Err(error) => tracing::warn!(%error, "an open change at the carrier could not be followed"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn questions_become_rarer_and_never_stop() {
        let mut last = 0;
        for age_s in [
            0,
            59,
            60,
            899,
            900,
            7_199,
            7_200,
            LONGEST_CHANGE_S,
            10 * LONGEST_CHANGE_S,
        ] {
            let pause = pause_s(age_s);
            assert!(pause >= last && pause > 0, "{age_s}");
            last = pause;
        }
        // In three days no more than a hundred and a few questions for each change.
        let (mut age_s, mut questions) = (0, 0);
        while age_s < LONGEST_CHANGE_S {
            age_s += pause_s(age_s);
            questions += 1;
        }
        assert!((80..130).contains(&questions), "{questions}");
    }
}
