//! What this bench did since the day began, read from its journal: also after the program was started anew.

use super::context::Context;
use super::event::Event;
use super::state::DoneUnit;
use crate::inventory::{Inventory, InventoryError, JobRow};
use fleet::journal::{JobEvent, Verdict};
use jiff::Timestamp;
use jiff::tz::TimeZone;
use std::rc::Rc;

/// The moment at which the day of `now` began there.
#[must_use]
pub fn day_began(now: Timestamp, zone: &TimeZone) -> Timestamp {
    now.to_zoned(zone.clone())
        .start_of_day()
        .map_or(now, |day| day.timestamp())
}

/// Units that this bench came to an end with since then, newest first.
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
        let Some((verdict, at)) = end_of(events.map(|stored| (&stored.event, stored.wall))) else {
            continue;
        };
        let model = inventory.unit(job.unit.clone()).await?;
        let model = model.and_then(|unit| unit.model).unwrap_or_default();
        found.push(done(job, model, verdict, at));
    }
    found.sort_by_key(|done| std::cmp::Reverse(done.at));
    Ok(found)
}

fn done(job: JobRow, model: String, verdict: Verdict, at: Timestamp) -> DoneUnit {
    let milliseconds = at.as_millisecond() - job.opened_at.as_millisecond();
    DoneUnit {
        id: job.unit,
        model,
        verdict,
        at,
        seconds: milliseconds.max(0) as f64 / 1_000.0,
    }
}

/// The last word on the bench, and when; `None` while a job is under way. What the carrier says later takes nothing from it.
fn end_of<'e>(
    events: impl Iterator<Item = (&'e JobEvent, Timestamp)>,
) -> Option<(Verdict, Timestamp)> {
    let (mut changes, mut end, mut proved) = (0, None, false);
    for (event, at) in events {
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
    end
}

/// Tells what was done today before this start.
pub(super) async fn tell(context: &Rc<Context>) {
    let since = day_began(Timestamp::now(), &TimeZone::system());
    match done_since(&context.inventory, since).await {
        Ok(done) => context.tell(Event::DoneToday(done)),
        Err(error) => tracing::warn!(%error, "what was done today cannot be read"),
    }
}
