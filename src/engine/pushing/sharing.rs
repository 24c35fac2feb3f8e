//! Pushes that other benches share: who may begin with a unit, and a look now and then at what the others did.
//!
//! A unit on a cable is here and nowhere else, so it goes on where the fleet database cannot be asked. A text message waits for the
//! database's word: another bench may have sent one.

use super::left_alone::LeftAlones;
use super::{PushScope, view};
use crate::engine::context::Context;
use crate::engine::run::Report;
use crate::sync::shared_pushes::{self, TakenIn, Teller};
use crate::sync::{LeftAlone, Login, RoundError};
use fleet::UnitId;
use fleet::printable::printable;
use fleet::push::{Input, Push, PushId, PushProgress, Way};
use fleet::wording::counted;
use fleet_db::{Fault, PushAnswer, Session};
use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;
use std::time::{Duration, Instant};

/// A lane waits no longer for the word of the fleet database.
const CLAIM_WAIT: Duration = Duration::from_secs(3);
/// Between two looks while a shared push is open.
const LOOK: Duration = Duration::from_secs(4);
/// Between two looks otherwise, and after trouble.
const REST: Duration = Duration::from_secs(30);
/// Steps that come together are told together.
const GATHER: Duration = Duration::from_millis(150);
/// The last look before the program ends.
const LAST_LOOK: Duration = Duration::from_secs(4);

/// The fleet database as pushes use it: a session of their own, asked one thing at a time.
#[derive(Default)]
pub(in crate::engine) struct Sharing {
    session: tokio::sync::Mutex<Option<Session>>,
    /// Pushes whose units are asked for before they are begun.
    shared: RefCell<BTreeSet<PushId>>,
    /// Wakes the look.
    now: tokio::sync::Notify,
    /// A unit that stands here was not had: it is offered again after the next look.
    refused: Cell<bool>,
    /// The database keeps no pushes: it is older than this program.
    too_old: Cell<bool>,
    /// Units that were heard of while they were in hand here: they are asked for again.
    again: RefCell<BTreeMap<PushId, BTreeSet<u32>>>,
    /// Pushes of others that this bench cannot help with.
    pub(super) left_alone: RefCell<LeftAlones>,
    pub(super) left_told: RefCell<Vec<LeftAlone>>,
    /// It did not answer: until then no lane waits for it.
    down_until: Cell<Option<Instant>>,
}

/// Looks until the engine ends.
pub(in crate::engine) async fn share(context: Rc<Context>) {
    if context.fleet_db.is_none() || context.push_scope == PushScope::Nothing {
        return;
    }
    context.remember_left_alone().await;
    while !context.quitting.get() && !context.sharing.too_old.get() {
        let pause = match context.look_at_shared().await {
            Ok(()) if context.sharing.shared.borrow().is_empty() => REST,
            Ok(()) => LOOK,
            Err(error) => {
                context.note_trouble(&error);
                REST.min(LOOK * 3)
            }
        };
        if context.sharing.refused.take() {
            let _ = context.reports.send(Report::OfferAll);
        }
        context.text_next();
        tokio::select! {
            () = tokio::time::sleep(pause) => {}
            () = context.sharing.now.notified() => tokio::time::sleep(GATHER).await,
        }
    }
}

/// What was done last is told before the program ends; what could not be told is told by the next one.
pub(in crate::engine) async fn last_look(context: &Rc<Context>) {
    let any = !context.sharing.shared.borrow().is_empty();
    if !any || context.sharing.too_old.get() {
        return;
    }
    match tokio::time::timeout(LAST_LOOK, context.look_at_shared()).await {
        Ok(Ok(())) => {}
        Ok(Err(error)) => context.note_trouble(&error),
        Err(_) => tracing::info!("the last steps of pushes are told next time"),
    }
}

async fn connected<'a>(held: &'a mut Option<Session>, login: &Login) -> Result<&'a Session, Fault> {
    if held.as_ref().is_none_or(Session::is_closed) {
        *held = Some(login.session().await?);
    }
    held.as_ref().ok_or_else(|| Fault::NotUnderstood {
        why: "no session".to_owned(),
    })
}

impl Sharing {
    fn is_down(&self) -> bool {
        self.down_until
            .get()
            .is_some_and(|until| Instant::now() < until)
    }

    fn asked_again(&self, id: PushId) -> Vec<u32> {
        let turns = self.again.borrow_mut().remove(&id);
        turns.unwrap_or_default().into_iter().collect()
    }

    fn went_down(&self) {
        self.down_until.set(Some(Instant::now() + LOOK * 3));
    }
}

impl Context {
    /// A push is shared from its beginning wherever there is a fleet database.
    pub(super) async fn know_whether_shared(&self, id: PushId) {
        if self.fleet_db.is_none() {
            return;
        }
        let shared = self.inventory.shared_pushes().await.unwrap_or_default();
        if shared.contains_key(&id) {
            self.sharing.shared.borrow_mut().insert(id);
        }
        self.sharing.now.notify_one();
    }

    /// A step was kept: the others hear of it.
    pub(super) fn tell_soon(&self, id: PushId) {
        if self.sharing.shared.borrow().contains(&id) {
            self.sharing.now.notify_one();
        }
    }

    /// Whether this bench may begin with the unit now.
    pub(super) async fn may_do(&self, id: PushId, unit: &UnitId, way: Way) -> bool {
        let Some(login) = &self.fleet_db else {
            return true;
        };
        if !self.sharing.shared.borrow().contains(&id) {
            return true;
        }
        if self.sharing.is_down() {
            return way == Way::Cable;
        }
        let turn = {
            let pushes = self.pushes.borrow();
            let open = pushes.open.get(&id);
            open.and_then(|open| open.push.unit(unit))
                .and_then(|unit| i32::try_from(unit.turn).ok())
        };
        let Some(turn) = turn else { return false };
        let asked = async {
            let teller = self.teller().await?;
            let mut held = self.sharing.session.lock().await;
            let session = connected(&mut held, login).await?;
            let answer = session
                .claim_push_unit(id.0, turn, teller.device, &teller.actor, way.as_str())
                .await?;
            Ok::<_, RoundError>(answer)
        };
        let answer = match tokio::time::timeout(CLAIM_WAIT, asked).await {
            Ok(Ok(answer)) => answer,
            Ok(Err(error)) => {
                self.note_trouble(&error);
                return way == Way::Cable;
            }
            Err(_) => {
                self.sharing.went_down();
                return way == Way::Cable;
            }
        };
        match answer {
            PushAnswer::Mine => true,
            // A database that was restored has lost the push; it is told anew.
            PushAnswer::Unknown => {
                self.sharing.now.notify_one();
                way == Way::Cable
            }
            PushAnswer::Held(who) => {
                if way == Way::Cable {
                    let who = printable(who.as_deref().unwrap_or("another bench"));
                    self.toast(
                        format!(
                            "Unit …{}: {who} has it in hand for this push; it is asked again",
                            unit.last_four()
                        ),
                        false,
                    );
                }
                self.not_had()
            }
            PushAnswer::Done(_) | PushAnswer::PilotFirst | PushAnswer::NotRunning => self.not_had(),
        }
    }

    fn not_had(&self) -> bool {
        self.sharing.refused.set(true);
        false
    }

    async fn teller(&self) -> Result<Teller, RoundError> {
        let state = self.inventory.sync_state().await?;
        Ok(Teller {
            device: state.device_id,
            actor: self.actor(),
        })
    }

    fn note_trouble(&self, error: &RoundError) {
        // A table, a function or a column that is not there: the schema is older. Then each bench does its own pushes.
        let missing = ["42883", "42P01", "42703"];
        if let RoundError::Database(Fault::Refused { sqlstate, .. }) = error
            && missing.contains(&sqlstate.as_str())
        {
            self.sharing.too_old.set(true);
            self.sharing.shared.borrow_mut().clear();
        }
        self.sharing.went_down();
        tracing::info!(%error, "shared pushes are not agreed now");
    }

    fn open_push(&self, id: PushId) -> Option<Push> {
        let pushes = self.pushes.borrow();
        pushes.open.get(&id).map(|open| open.push.clone())
    }

    async fn look_at_shared(self: &Rc<Self>) -> Result<(), RoundError> {
        let Some(login) = &self.fleet_db else {
            return Ok(());
        };
        let teller = self.teller().await?;
        let mut held = self.sharing.session.lock().await;
        let session = connected(&mut held, login).await?;
        let heard = self.inventory.shared_pushes().await?;
        let known: Vec<PushId> = self.pushes.borrow().open.keys().copied().collect();
        let ids: Vec<uuid::Uuid> = known.iter().map(|id| id.0).collect();
        let listed = session.shared_pushes(&ids).await?;
        for id in known {
            let there = listed.iter().any(|there| there.push == id.0);
            let over = self
                .open_push(id)
                .is_none_or(|push| push.progress().state.is_over());
            if !there && !over {
                self.inventory.share_push(id, false).await?;
                if let Some(push) = self.open_push(id) {
                    shared_pushes::share(&self.inventory, session, &teller, &push).await?;
                    self.sharing.shared.borrow_mut().insert(id);
                    // Heard in the next look.
                    self.sharing.now.notify_one();
                }
            }
        }
        let mut came = false;
        for there in &listed {
            let id = PushId(there.push);
            let Some(mut heard) = heard.get(&id).copied() else {
                if self.push_scope == PushScope::All && self.open_push(id).is_none() {
                    came |= self.take_in(session, &teller, there).await?;
                }
                continue;
            };
            heard = shared_pushes::heard_of(&self.inventory, there, heard).await?;
            let mut again = self.sharing.asked_again(id);
            let goes_on = serde_json::from_value::<PushProgress>(there.progress.clone())
                .is_ok_and(|progress| !progress.state.is_over());
            if goes_on && self.push_scope == PushScope::All && self.open_push(id).is_none() {
                // It had ended here, and another bench took it up again.
                if let Err(why) = self.know_push(id).await {
                    tracing::warn!(push = %id, %why, "a push that goes on elsewhere is left alone");
                }
            }
            for _ in 0..2 {
                let untold = self.inventory.untold(id).await?;
                let Some(push) = self.open_push(id) else {
                    break;
                };
                let news = shared_pushes::hear(
                    &self.inventory,
                    session,
                    &teller,
                    there,
                    (&push, heard),
                    &untold,
                    &again,
                )
                .await?;
                if news.is_empty() {
                    if news.up_to != heard {
                        self.inventory.note_heard(id, news.up_to).await?;
                    }
                } else {
                    self.take_news(id, news).await;
                }
                heard = there.changed;
                let untold = self.inventory.untold(id).await?;
                let Some(push) = self.open_push(id) else {
                    break;
                };
                let inventory = &self.inventory;
                again =
                    shared_pushes::tell(inventory, session, &teller, &push, untold, heard).await?;
                if again.is_empty() {
                    break;
                }
            }
            if let Some(push) = self.open_push(id) {
                let turns = shared_pushes::in_hand(&push);
                if !turns.is_empty() {
                    session.hold_push_units(id.0, teller.device, &turns).await?;
                }
                let units = shared_pushes::fell_silent(session, &push, &teller).await?;
                if !units.is_empty() {
                    self.push_input(id, Input::FellSilent { units }).await;
                }
            }
        }
        drop(held);
        self.left_alone_since(&listed).await;
        if came {
            view::tell_list(self).await;
            let _ = self.reports.send(Report::OfferAll);
        }
        Ok(())
    }

    async fn take_in(
        self: &Rc<Self>,
        session: &Session,
        teller: &Teller,
        there: &fleet_db::SharedPush,
    ) -> Result<bool, RoundError> {
        let id = PushId(there.push);
        let waits = self.sharing.left_alone.borrow().waits(id);
        if waits || self.inventory.push(id).await?.is_some() {
            return Ok(false);
        }
        let push = match shared_pushes::take_in(&self.inventory, session, teller, there).await? {
            TakenIn::Here(push) => *push,
            TakenIn::LeftAlone(left) => {
                self.leave_alone(left);
                return Ok(false);
            }
        };
        let passed_over = match push.passed_over() as u64 {
            0 => String::new(),
            count => format!(
                ". {} passed over here: a push of this bench has {}",
                counted(count, "unit is", "units are"),
                if count == 1 { "it" } else { "them" }
            ),
        };
        let words = format!(
            "{} is pushed by {} to {}: this bench helps with those that are plugged in here{passed_over}",
            push.facts().title,
            push.facts().by,
            counted(push.units().len() as u64, "unit", "units")
        );
        self.sharing.left_alone.borrow_mut().forget(id);
        self.sharing.shared.borrow_mut().insert(id);
        self.take_push(push).await;
        self.toast(words, false);
        Ok(true)
    }

    async fn take_news(self: &Rc<Self>, id: PushId, news: shared_pushes::News) {
        let (heard, listed) = (news.units.clone(), news.listed);
        let input = Input::Heard {
            units: news.units,
            progress: news.progress,
        };
        self.push_heard(id, input, Some(news.up_to)).await;
        let Some(push) = self.open_push(id) else {
            return;
        };
        let not_taken = shared_pushes::NotTaken::of(&push, &heard);
        if !not_taken.in_hand_here.is_empty() {
            let mut again = self.sharing.again.borrow_mut();
            again.entry(id).or_default().extend(not_taken.in_hand_here);
        }
        // Hearing may end the pilot or the push: the database keeps nobody back for what is over.
        let came_to_more = listed.is_some_and(|listed| listed != *push.progress());
        let better = not_taken.known_better;
        if (!better.is_empty() || came_to_more)
            && let Err(error) = self.inventory.tell_again(id, better, came_to_more).await
        {
            tracing::error!(%error, "what others know less of could not be marked");
        }
    }
}
