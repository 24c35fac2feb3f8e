//! The way back: a push whose units get their own former values, out of the journals of the jobs that changed them.

use super::making::{Carrying, PushError, Rehearsal, Surroundings};
use crate::inventory::Inventory;
use fleet::UnitId;
use fleet::fault::UnitCondition;
use fleet::job::JobState;
use fleet::journal::JobEvent;
use fleet::profile::ProfileRegistry;
use fleet::push::{
    Forecast, Former, NoFormer, Push, PushFacts, PushId, PushUnit, Standing, Way, former_of,
};
use jiff::Timestamp;
use std::collections::BTreeSet;
use uuid::Uuid;

/// Rehearses the undo of a push: every unit that it changed goes back to what it held before.
///
/// # Errors
/// When there is nothing to undo, or the inventory cannot be read.
pub async fn rehearse_undo(
    inventory: &Inventory,
    registry: &ProfileRegistry,
    carrier: Carrying<'_>,
    on_bench: &BTreeSet<UnitId>,
    id: PushId,
    by: &str,
) -> Result<Rehearsal, PushError> {
    let push = inventory.push(id).await?.ok_or(PushError::NoSuchPush)?;
    if !push.progress().state.is_over() {
        return Err(PushError::StillOpen);
    }
    let (mut aims, mut without) = (Vec::new(), Vec::new());
    for changed in push.units().iter().filter(|unit| was_changed(unit)) {
        if let Some(who) = &changed.elsewhere {
            without.push((changed.clone(), NoFormer::Elsewhere(who.clone())));
            continue;
        }
        let Some(unit) = inventory.unit(changed.id.clone()).await? else {
            continue;
        };
        match former(inventory, &push, changed).await? {
            Ok(former) => aims.push((unit, Some(former))),
            Err(NoFormer::NothingWritten) => {}
            Err(why) => without.push((changed.clone(), why)),
        }
    }
    if aims.is_empty() && without.is_empty() {
        return Err(PushError::NothingToUndo);
    }
    let now = Timestamp::now();
    let facts = PushFacts {
        id: PushId(Uuid::now_v7()),
        title: format!("Undo of {}", push.facts().title),
        template: None,
        undoes: Some(id),
        chosen: "the units that it changed".to_owned(),
        via: push.facts().via,
        rules: push.facts().rules,
        agreed_by: None,
        by: by.to_owned(),
        begun: now,
    };
    let surroundings = Surroundings {
        inventory,
        registry,
        carrier,
        on_bench,
    };
    let mut rehearsal = surroundings.rehearse(facts, aims, None).await?;
    for (changed, why) in without {
        let turn = u32::try_from(rehearsal.units.len()).unwrap_or(u32::MAX);
        let forecast = Forecast::Cannot {
            why: why.to_string(),
            cure: match why {
                NoFormer::Elsewhere(_) => "Give the undo there",
                _ => "Set it by hand, or with a template",
            }
            .to_owned(),
        };
        rehearsal.units.push(PushUnit::new(
            changed.id,
            turn,
            changed.model,
            changed.way,
            forecast,
            now,
        ));
    }
    Ok(rehearsal)
}

/// Whether the push left anything on the unit, or may have.
fn was_changed(unit: &PushUnit) -> bool {
    match unit.standing {
        Standing::Verified | Standing::Taken | Standing::Sent => true,
        Standing::Failed => !matches!(
            unit.condition,
            Some(UnitCondition::Untouched | UnitCondition::PutBack)
        ),
        // A cable that was pulled in the middle leaves a unit waiting and half written.
        Standing::Waiting | Standing::LeftOut | Standing::Cannot => unit.attempts > 0,
        // What an attempt that was cut off wrote is found there by the next one.
        Standing::AlreadyRight => unit.attempts > 1,
    }
}

async fn former(
    inventory: &Inventory,
    push: &Push,
    unit: &PushUnit,
) -> Result<Result<Former, NoFormer>, PushError> {
    if unit.way == Way::Sms {
        return Ok(match unit.held.clone() {
            Some(held) => held.whole(),
            None => Former::of_changes(unit.changes(), unit.had_template.clone()),
        });
    }
    let begun = push.facts().begun.as_millisecond();
    let mut jobs = inventory.jobs_of(unit.id.clone()).await?;
    jobs.retain(|job| job.opened_at.as_millisecond() >= begun);
    jobs.reverse();
    // A message may have come first, and the cable after it.
    let mut found: Option<Former> = unit.held.clone();
    for job in jobs {
        let checked = inventory.events(job.job).await?;
        let events = || checked.events.iter().map(|stored| &stored.event);
        let ours = events().any(|event| is_of(event, push, unit));
        let put_back = job.state == JobState::Failed.as_str()
            && events().any(|event| matches!(event, JobEvent::Restored));
        if !ours || put_back {
            continue;
        }
        let sha256 = events().find_map(|event| match event {
            JobEvent::BeforeImage { sha256, .. } => Some(sha256.clone()),
            _ => None,
        });
        let image = match sha256 {
            Some(sha256) => inventory.blob(sha256).await?,
            None => None,
        };
        match former_of(events(), unit.had_template.clone(), |_| image) {
            Ok(former) => match &mut found {
                Some(first) => first.and_then(former),
                None => found = Some(former),
            },
            Err(NoFormer::NothingWritten) => {}
            Err(why) => return Ok(Err(why)),
        }
    }
    Ok(found
        .ok_or(NoFormer::NothingWritten)
        .and_then(Former::whole))
}

fn is_of(event: &JobEvent, push: &Push, unit: &PushUnit) -> bool {
    let JobEvent::Opened {
        template,
        template_version,
        ..
    } = event
    else {
        return false;
    };
    let wanted = match (&push.facts().template, &unit.former) {
        (Some(wanted), _) => Some(wanted.clone()),
        (None, Some(former)) => {
            let template = former.as_template();
            Some((template.name, template.version))
        }
        (None, None) => None,
    };
    wanted.is_some_and(|(name, version)| *template == name && *template_version == version)
}
