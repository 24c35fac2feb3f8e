//! What this bench did since the day began, read from its journal: also after the program was started anew.

use super::context::Context;
use super::event::Event;
use super::state::DoneUnit;
use crate::inventory::{Inventory, InventoryError, JobRow};
use fleet::journal::{JobEvent, Verdict};
use jiff::Timestamp;
use jiff::tz::TimeZone;
use std::collections::BTreeSet;
use std::rc::Rc;

/// The moment at which the day of `now` began there.
#[must_use]
pub fn day_began(now: Timestamp, zone: &TimeZone) -> Timestamp {
    now.to_zoned(zone.clone())
        .start_of_day()
        .map_or(now, |day| day.timestamp())
}

/// Units that this bench came to an end with since then, newest first; each once, as its last job left it.
///
/// # Errors
/// When the inventory cannot be read.
pub async fn done_since(
    inventory: &Inventory,
    since: Timestamp,
) -> Result<Vec<DoneUnit>, InventoryError> {
    let mut found = Vec::new();
    for job in inventory.jobs_since(since).await? {
        let checked = inventory.events(job.job).await?;
        let events = checked.events.iter();
        let Some(end) = end_of(events.map(|stored| (&stored.event, stored.wall))) else {
            continue;
        };
        let model = inventory.unit(job.unit.clone()).await?;
        let model = model.and_then(|unit| unit.model).unwrap_or_default();
        found.push(done(job, model, end));
    }
    found.sort_by_key(|done| std::cmp::Reverse(done.at));
    let mut seen = BTreeSet::new();
    found.retain(|done| seen.insert(done.id.clone()));
    Ok(found)
}

/// The last word on a unit.
struct End {
    verdict: Verdict,
    at: Timestamp,
    /// So long a person's word was waited for; milliseconds.
    waited_ms: i64,
}

fn done(job: JobRow, model: String, end: End) -> DoneUnit {
    let End {
        verdict,
        at,
        waited_ms,
    } = end;
    let milliseconds = at.as_millisecond() - job.opened_at.as_millisecond() - waited_ms;
    DoneUnit {
        id: job.unit,
        model,
        verdict,
        at,
        seconds: milliseconds.max(0) as f64 / 1_000.0,
    }
}

/// The last word on the bench, and when; `None` while a job is under way. What the carrier says later takes nothing from it.
fn end_of<'e>(events: impl Iterator<Item = (&'e JobEvent, Timestamp)>) -> Option<End> {
    let (mut changes, mut end, mut proved) = (0, None, false);
    let (mut before, mut waited_ms) = (None::<Timestamp>, 0);
    for (event, at) in events {
        if matches!(event, JobEvent::Approved { .. }) && !proved {
            waited_ms += before.map_or(0, |before| at.as_millisecond() - before.as_millisecond());
        }
        before = Some(at);
        match event {
            JobEvent::Planned { changes: lines, .. } => changes = lines.len(),
            JobEvent::Verified { unproved, .. } => {
                let verdict = match (changes, unproved.is_empty()) {
                    (0, true) => Verdict::AlreadySet,
                    (_, true) => Verdict::Verified,
                    (_, false) => Verdict::NotVerified,
                };
                (end, proved) = (Some((verdict, at)), true);
            }
            JobEvent::Failed { .. } if !proved => end = Some((Verdict::Stopped, at)),
            JobEvent::NeedsPerson { .. } if !proved => end = Some((Verdict::NeedsPerson, at)),
            // Work goes on after a person's word.
            JobEvent::WriteIntent { .. } => end = end.filter(|_| proved),
            _ => {}
        }
    }
    end.map(|(verdict, at)| End {
        verdict,
        at,
        waited_ms,
    })
}

/// Tells what was done today before this start.
pub(super) async fn tell(context: &Rc<Context>) {
    let since = day_began(Timestamp::now(), &TimeZone::system());
    match done_since(&context.inventory, since).await {
        Ok(done) => context.tell(Event::DoneToday(done)),
        Err(error) => tracing::warn!(%error, "what was done today cannot be read"),
    }
}
