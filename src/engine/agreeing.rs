//! Agreeing with the fleet database while the window is open: rounds in the background, claims, and what people are told of both.
//!
//! No lane ever waits for it. How a round goes is the room `sync`'s business.

use super::context::Context;
use super::event::{Event, Toast};
use super::lists;
use super::state::{Agreement, Slot};
use crate::inventory::ReviewDecision;
use crate::sync::{Connection, Pace, RoundError, Summary, clock_advice};
use fleet::edit::Edit;
use fleet::job::ClaimOutcome;
use fleet::journal::{JobEvent, JobId};
use fleet::wording::counted;
use fleet::{Advice, UnitId};
use jiff::Timestamp;
use std::rc::Rc;
use std::time::Duration;
use uuid::Uuid;

/// Edits that come together go out together.
const GATHER: Duration = Duration::from_millis(200);

/// Goes round until the engine ends. Without a fleet database it only tells so.
pub(super) async fn agree(context: Rc<Context>) {
    let Some(login) = context.fleet_db.clone() else {
        return tell(&context).await;
    };
    context.agreement.borrow_mut().configured = true;
    let heard = crate::sync::heard_last(&context.inventory).await;
    context.agreement.borrow_mut().in_hand = heard;
    tell(&context).await;
    let mut connection = Connection::new(login);
    let mut pace = Pace::default();
    while !context.quitting.get() {
        let went = connection.round(&context.inventory).await;
        hear_who_has_what(&context, &mut connection, &went).await;
        let pause = match &went {
            Ok(_) => pace.after_success(),
            Err(_) => pace.after_failure(Uuid::now_v7().as_bytes()[15]),
        };
        note(&context, went, connection.clock_off_s()).await;
        tokio::select! {
            () = tokio::time::sleep(pause) => {}
            () = context.agree_now.notified() => tokio::time::sleep(GATHER).await,
        }
    }
}

/// Which units other benches have in hand. Asked after each round while a unit is at hand here or something was in others' hands, and
/// whenever something was sent; an idle bench asks nothing more than its round.
async fn hear_who_has_what(
    context: &Rc<Context>,
    connection: &mut Connection,
    went: &Result<Summary, RoundError>,
) {
    let Ok(summary) = went else { return };
    let asks = summary.pushed > 0
        || !context.claims_were_heard.replace(true)
        || !context.units_at_hand.borrow().is_empty()
        || context.shown_unit.borrow().is_some()
        || !context.agreement.borrow().in_hand.is_empty();
    if !asks {
        return;
    }
    match connection.claims(&context.inventory).await {
        Ok(in_hand) => context.agreement.borrow_mut().in_hand = in_hand,
        Err(error) => tracing::info!(%error, "which units others have in hand is not known"),
    }
}

/// A unit that was just plugged in may be in another bench's hands: that is asked at once, and no lane waits for it.
pub(super) fn lane_has(context: &Context, slot: Slot, unit: bool) {
    let mut at_hand = context.units_at_hand.borrow_mut();
    if !unit {
        at_hand.remove(&slot);
    } else if at_hand.insert(slot) {
        context.agree_now.notify_one();
    }
}

async fn note(context: &Rc<Context>, went: Result<Summary, RoundError>, clock_off_s: Option<i64>) {
    let mut changed = false;
    {
        let mut agreement = context.agreement.borrow_mut();
        match went {
            Ok(summary) => {
                changed = summary.pulled > 0 || summary.pushed > 0;
                agreement.agreed_at = Some(Timestamp::now());
                agreement.offline_since = None;
                agreement.busy = u64::try_from(summary.busy.len()).unwrap_or(u64::MAX);
                agreement.held = summary.held.into_iter().next();
                agreement.trouble = summary
                    .too_old
                    .map(|fault| fault.advice())
                    .or_else(|| clock_off_s.and_then(clock_advice));
                if let Some(again) = summary.began_anew {
                    tracing::warn!(again, "the fleet database was restored or is another one");
                    context.toast("The office database was restored or is another one: everything was compared anew", true);
                }
                if !summary.went_back.is_empty() {
                    let count = summary.went_back.len();
                    context.toast(
                        format!(
                            "The office database went back: {} what was lost",
                            counted(count as u64, "timeline tells", "timelines tell")
                        ),
                        true,
                    );
                }
                if summary.blanked > 0 {
                    context.toast(
                        format!(
                            "Facts about a person were removed here, units: {}",
                            summary.blanked
                        ),
                        false,
                    );
                }
                if let Some(fault) = summary.newer_schema
                    && !std::mem::replace(&mut agreement.newer_told, true)
                {
                    context.toast(
                        format!("{fault}: it works, but update Fleetdesk on this computer"),
                        true,
                    );
                }
                if summary.was_copied {
                    context.toast("A copy of this bench's folder is in use elsewhere: use each in one place only", true);
                }
            }
            Err(error) => {
                tracing::info!(%error, "no agreement with the fleet database this time");
                // A disk that is full here is no line that is down.
                agreement.offline_since = match &error {
                    RoundError::Database(_) => agreement.offline_since.or(Some(Timestamp::now())),
                    RoundError::Inventory(_) => None,
                };
                agreement.held = None;
                agreement.trouble = match &error {
                    RoundError::Database(fault) if fault.is_retryable() => None,
                    RoundError::Database(fault) => Some(fault.advice()),
                    RoundError::Inventory(error) => Some(Advice {
                        what_happened: format!(
                            "What the office database told could not be kept: {error}."
                        ),
                        unit_state:
                            "Nothing is lost: it tells it again. Work at the bench goes on."
                                .to_owned(),
                        what_to_do: "Free space on the disk, or start Fleetdesk again.".to_owned(),
                        code: "I-740",
                    }),
                };
            }
        }
    }
    tell(context).await;
    if changed {
        lists::refresh(context);
        lists::shown_anew(context);
    }
}

/// Tells how the agreement stands, and what people must be asked.
pub(super) async fn tell(context: &Rc<Context>) {
    let state = context.inventory.sync_state().await;
    let reviews = context.inventory.reviews().await.unwrap_or_default();
    let told: Agreement = {
        let mut agreement = context.agreement.borrow_mut();
        if let Ok(state) = state {
            agreement.waiting = state.waiting;
            agreement.waiting_since = state.waiting_since;
            agreement.need_you = state.need_you;
            agreement.agreed_at = agreement.agreed_at.or(state.agreed_at);
        }
        agreement.clone()
    };
    context.tell(Event::Agreement(told));
    context.tell(Event::Reviews(reviews));
}

/// Something was done here: it goes out at once.
pub(super) fn soon(context: &Rc<Context>) {
    context.agree_now.notify_one();
    let context = Rc::clone(context);
    tokio::task::spawn_local(async move { tell(&context).await });
}

/// Keeps what a person entered on a unit's page.
pub(super) fn edit(context: &Rc<Context>, id: UnitId, edits: Vec<Edit>) {
    let asked = Rc::clone(context);
    context.keep(async move {
        let context = asked;
        let edited =
            context
                .inventory
                .edit_unit(id.clone(), edits, context.actor(), Timestamp::now());
        let answer = |text: String, warning| {
            context.tell(Event::Toast(Toast {
                text,
                warning,
                undo: None,
                unit: Some(id.clone()),
            }));
        };
        match edited.await {
            Ok((_, true)) => {
                answer(format!("Unit ...{} changed", id.last_four()), false);
                lists::open_unit(&context, id);
                super::templates::shown_anew(&context);
                soon(&context);
            }
            Ok((_, false)) => context.tell(Event::EditedNothing(id)),
            Err(error) => answer(format!("The change could not be kept: {error}"), true),
        }
    });
}

/// Does a step of a unit's life: returned, retired, back in use, swapped.
pub(super) fn change(context: &Rc<Context>, id: UnitId, step: fleet::life::LifeStep) {
    let asked = Rc::clone(context);
    context.keep(async move {
        let context = asked;
        let by = context.actor();
        let changed = context
            .inventory
            .change_life(id.clone(), step.clone(), by, Timestamp::now());
        match changed.await {
            Ok(unit) => {
                let words = format!(
                    "Unit ...{}: {}",
                    id.last_four(),
                    step.title().to_lowercase()
                );
                context.toast(words, false);
                if let Some(left) = step.carrier_step(&unit) {
                    context.toast(left, true);
                }
                lists::open_unit(&context, id);
                lists::refresh(&context);
                super::templates::shown_anew(&context);
                soon(&context);
            }
            Err(error) => context.toast(format!("Nothing was changed. {error}"), true),
        }
    });
}

/// Carries out what a person decided about a question, or takes it back.
pub(super) fn decide(
    context: &Rc<Context>,
    op: Uuid,
    field: Option<String>,
    decision: Option<ReviewDecision>,
) {
    let context = Rc::clone(context);
    tokio::task::spawn_local(async move {
        let (by, now) = (context.actor(), Timestamp::now());
        let kept = match decision {
            Some(decision) => {
                let kept = context
                    .inventory
                    .decide_review(op, field, decision, by, now);
                kept.await
            }
            None => context.inventory.undo_review(op, field, by, now).await,
        };
        if let Err(error) = kept {
            context.toast(format!("That could not be decided: {error}"), true);
        }
        soon(&context);
        lists::shown_anew(&context);
    });
}

/// Claims a job's SIM, or its unit where it has none, for its registration: of two benches that have one unit or one SIM, one
/// registers it and the other is told who does. The claim is the job's; once its registration has ended, the next job may have it.
pub(super) async fn claim(context: &Context, job: JobId) -> ClaimOutcome {
    let Some(login) = &context.fleet_db else {
        return ClaimOutcome::NoDatabase;
    };
    let wanted = context
        .inventory
        .events(job)
        .await
        .ok()
        .and_then(|checked| {
            checked
                .events
                .into_iter()
                .rev()
                .find_map(|stored| match stored.event {
                    JobEvent::Opened {
                        registration,
                        identity,
                        ..
                    } => Some((registration, identity)),
                    _ => None,
                })
        });
    let Some((registration, identity)) = wanted else {
        return ClaimOutcome::Offline;
    };
    let intent = match (registration, &context.account) {
        (Some(intent), Some(account)) => Some(context.complete(intent, account)),
        (intent, _) => intent,
    };
    let iccid = intent
        .as_ref()
        .and_then(|intent| intent.iccid.clone())
        .or(identity.iccid);
    let (kind, key) = match &iccid {
        Some(iccid) => ("iccid", iccid.as_str().to_owned()),
        None => (identity.id.kind().as_str(), identity.id.as_str().to_owned()),
    };
    let Ok(state) = context.inventory.sync_state().await else {
        return ClaimOutcome::Offline;
    };
    let actor = context.actor();
    // On a connection of its own: a long round must not keep a bench waiting.
    let asked = async {
        let session = login.session().await?;
        let claim = || session.claim(kind, &key, job.0, state.device_id, &actor);
        let answer = claim().await?;
        // An earlier job of this very bench: two of them are never open at once.
        if !answer.mine && is_ended_here(context, answer.job_id).await {
            return match session.end_claims(&[answer.job_id]).await {
                Ok(()) => claim().await,
                // A database that is older than this program: what was this bench's stays this bench's.
                Err(fault) => {
                    tracing::info!(%fault, "the claim of an ended job stands still");
                    Ok(fleet_db::ClaimAnswer {
                        mine: true,
                        ..answer
                    })
                }
            };
        }
        Ok(answer)
    };
    match asked.await {
        Ok(answer) if answer.mine => ClaimOutcome::Claimed,
        Ok(answer) => {
            let who = answer.actor.filter(|actor| !actor.is_empty());
            let since = answer.at.to_zoned(jiff::tz::TimeZone::system());
            ClaimOutcome::HeldBy(format!(
                "being configured by {} since {}",
                fleet::printable::printable(who.as_deref().unwrap_or("another bench")),
                since.strftime("%d %b %H:%M")
            ))
        }
        Err(fault) => {
            tracing::info!(%fault, "the claim waits for the office database");
            ClaimOutcome::Offline
        }
    }
}

async fn is_ended_here(context: &Context, job: Uuid) -> bool {
    let ended = context.inventory.has_ended(JobId(job)).await;
    ended.is_ok_and(|ended| ended == Some(true))
}
