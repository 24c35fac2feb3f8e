//! Pushes at work: which of them wants a unit that can be reached, what became of it, and what people are told.
//!
//! What a push may do is decided by `fleet::push`; every step is in the inventory before the effect that it belongs to. Choosing and
//! rehearsing is `making`'s, the way back `undoing`'s.

mod asking;
mod left_alone;
mod making;
mod rehearsed;
mod result_sheet;
mod sharing;
mod taking_up;
mod texting;
mod undoing;
mod view;

pub use crate::sync::{LeftAlone, left_alone as pushes_left_alone};
pub use asking::{PushAsked, PushWanted};
pub(super) use asking::{begin, begin_as_asked, drop_rehearsal, rehearse, rehearse_back};
pub use making::{
    Carrying, Chosen, Foreseen, PushError, PushOrder, Rehearsal, begin_push, rehearse_push,
};
pub use rehearsed::RehearsalView;
pub(super) use result_sheet::write as write_sheet;
pub use result_sheet::{ResultSheetError, write_result_sheet};
pub(super) use sharing::{Sharing, last_look, share};
pub(super) use taking_up::take_up;
pub use undoing::rehearse_undo;
pub use view::{PushMoved, PushSummary, PushView};

use super::context::Context;
use super::event::{Event, UnitEnded};
use super::run::Report;
use crate::inventory::{Inventory, PassedOver, PushStep};
use fleet::push::{
    Effect, Input, Kept, Push, PushFacts, PushId, PushState, Standing, Via, Way, outcome_of_job,
};
use fleet::unit::UnitState;
use fleet::wording::counted;
use fleet::{Template, UnitId};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;
use std::sync::Arc;

/// Which pushes a run of the program works on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PushScope {
    /// None: its lanes have a job of their own.
    Nothing,
    /// This one.
    Only(PushId),
    /// Every one that is open.
    All,
}

/// What a run of the program knows of pushes.
#[derive(Default)]
pub(super) struct Pushes {
    open: BTreeMap<PushId, OpenPush>,
    /// Units that a lane works on for a push.
    on_lanes: BTreeMap<UnitId, PushId>,
    /// Words of lanes that are on their way into the inventory: the program does not end before they stand there.
    telling: usize,
    /// Units with which a talk by message is under way.
    texting: BTreeSet<UnitId>,
    /// The carrier took no messages: until then none is begun.
    no_texts_until: Option<std::time::Instant>,
    /// The push that is on the screen.
    shown: Option<PushId>,
    /// What was rehearsed last and not begun yet.
    rehearsal: Option<Arc<RehearsalView>>,
    /// Counts rehearsals that were asked for or put away: one that is overtaken in the making tells nothing.
    rehearsals: u64,
}

struct OpenPush {
    push: Push,
    /// What its units get; `None` where each goes back to its own former values, or where the template cannot be had now.
    template: Option<Arc<Template>>,
}

/// A unit's turn in a push.
#[derive(Clone)]
pub(super) struct Turn {
    pub template: Arc<Template>,
    pub agreed_by: Option<String>,
}

impl Context {
    /// The turn of a unit that answered on a lane, in the oldest push that wants it now. The step is on the disk when it is given.
    pub async fn push_turn(self: &Rc<Self>, unit: &UnitId) -> Option<Turn> {
        let found = self
            .pushes
            .borrow()
            .open
            .iter()
            .find(|(_, open)| open.push.may_begin(unit, Way::Cable).is_ok())
            .map(|(id, _)| *id)?;
        let (template, agreed_by) = {
            let pushes = self.pushes.borrow();
            let open = pushes.open.get(&found)?;
            let former = open.push.unit(unit).and_then(|unit| unit.former.as_ref());
            let template = match former {
                Some(former) => Some(Arc::new(former.as_template())),
                None => open.template.clone(),
            };
            (template?, open.push.facts().agreed_by.clone())
        };
        if let Some(why) = self.no_longer(found, unit).await {
            let told = Input::Told {
                unit: unit.clone(),
                outcome: Kept::Cannot(why.to_owned()),
            };
            self.push_input(found, told).await;
            return None;
        }
        if !self.may_do(found, unit, Way::Cable).await {
            return None;
        }
        let reached = Input::Reached {
            unit: unit.clone(),
            way: Way::Cable,
        };
        let begins = self.push_input(found, reached).await;
        begins
            .iter()
            .any(|effect| matches!(effect, Effect::Begin { .. }))
            .then(|| {
                let mut pushes = self.pushes.borrow_mut();
                pushes.on_lanes.insert(unit.clone(), found);
                Turn {
                    template,
                    agreed_by,
                }
            })
    }

    /// Why a unit that waits for its turn shall not have it any more, in the words of a rehearsal.
    async fn no_longer(&self, id: PushId, unit: &UnitId) -> Option<&'static str> {
        let waits = {
            let pushes = self.pushes.borrow();
            let open = pushes.open.get(&id)?;
            open.push.unit(unit)?.standing.is_open()
        };
        let row = self.inventory.unit(unit.clone()).await.ok()??;
        (waits && row.state == UnitState::Retired).then_some("it was retired meanwhile")
    }

    /// Tells a push something, keeps the step, and answers what is to be done then; nothing where it could not be kept.
    pub async fn push_input(self: &Rc<Self>, id: PushId, input: Input) -> Vec<Effect> {
        self.push_heard(id, input, None).await
    }

    /// The same for what other benches did, up to their change `heard`.
    async fn push_heard(
        self: &Rc<Self>,
        id: PushId,
        input: Input,
        heard: Option<i64>,
    ) -> Vec<Effect> {
        let now = jiff::Timestamp::now();
        let (mut effects, steps, before) = {
            let mut pushes = self.pushes.borrow_mut();
            let Some(open) = pushes.open.get_mut(&id) else {
                return Vec::new();
            };
            let before = (
                open.push.progress().state.clone(),
                open.push.progress().wave,
            );
            let effects = open.push.handle(input, now);
            // Asked for here and now, so that the store gets the steps in the order in which they were decided.
            let steps: Vec<_> = effects
                .iter()
                .filter_map(|effect| step(&open.push, effect, now))
                .map(|step| PushStep { heard, ..step })
                .map(|step| self.inventory.keep_push_step(step))
                .collect();
            (effects, steps, before)
        };
        for kept in steps {
            match kept.await {
                Ok(passed_over) => self.passed_over(id, passed_over, &mut effects),
                Err(error) => {
                    tracing::error!(push = %id, %error, "a step of a push could not be kept");
                    self.toast(format!("The push cannot go on: {error}"), true);
                    self.as_on_disk(id).await;
                    return Vec::new();
                }
            }
        }
        view::tell(self, id, &effects);
        if heard.is_none() {
            self.tell_soon(id);
        }
        self.after(id, &effects, before);
        effects
    }

    /// What the store found about units that two pushes of this bench name counts here too.
    fn passed_over(self: &Rc<Self>, id: PushId, found: PassedOver, effects: &mut Vec<Effect>) {
        effects.retain(|effect| match effect {
            Effect::Begin { unit, .. } => found.here.iter().all(|(passed, _)| passed != unit),
            _ => true,
        });
        let mut pushes = self.pushes.borrow_mut();
        if let Some(open) = pushes.open.get_mut(&id) {
            for (unit, title) in found.here {
                open.push.pass_over(&unit, Some(title));
            }
        }
        let mut freed = Vec::new();
        for (other, unit) in found.freed {
            if let Some(open) = pushes.open.get_mut(&other) {
                open.push.pass_over(&unit, None);
                let progress = open.push.progress().clone();
                freed.push((other, progress, unit));
            }
        }
        drop(pushes);
        if freed.is_empty() {
            return;
        }
        for (other, progress, unit) in freed {
            let units = vec![unit];
            let log = None;
            view::tell(
                self,
                other,
                &[Effect::Keep {
                    progress,
                    units,
                    log,
                }],
            );
        }
        let _ = self.reports.send(Report::OfferAll);
        self.text_next();
    }

    /// A step that could not be kept did not happen: the push goes on from what the disk has.
    async fn as_on_disk(self: &Rc<Self>, id: PushId) {
        let Ok(Some(push)) = self.inventory.push(id).await else {
            return;
        };
        if let Some(open) = self.pushes.borrow_mut().open.get_mut(&id) {
            open.push = push;
        }
    }

    fn after(
        self: &Rc<Self>,
        id: PushId,
        effects: &[Effect],
        before: (PushState, fleet::push::Wave),
    ) {
        for effect in effects {
            if let Effect::Recall(units) = effect {
                let _ = self.reports.send(Report::Recall(units.clone()));
            }
        }
        let pushes = self.pushes.borrow();
        let Some(open) = pushes.open.get(&id) else {
            return;
        };
        let after = (
            open.push.progress().state.clone(),
            open.push.progress().wave,
        );
        // More units may be begun than before: those that already stand on the bench are asked again.
        if after != before && after.0 == PushState::Running {
            let _ = self.reports.send(Report::OfferAll);
        }
        let by_message = open.push.facts().via != Via::Cable;
        drop(pushes);
        if by_message {
            self.text_next();
        }
    }

    /// What a lane has to tell of its unit.
    pub fn push_told(self: &Rc<Self>, unit: &UnitId, outcome: Kept) {
        let push = self.pushes.borrow().on_lanes.get(unit).copied();
        if let Some(push) = push {
            let context = Rc::clone(self);
            let unit = unit.clone();
            self.pushes.borrow_mut().telling += 1;
            tokio::task::spawn_local(async move {
                context
                    .push_input(push, Input::Told { unit, outcome })
                    .await;
                context.pushes.borrow_mut().telling -= 1;
            });
        }
    }

    /// Whether a lane's word about a unit of a push is not kept yet.
    pub(in crate::engine) fn is_telling_pushes(&self) -> bool {
        self.pushes.borrow().telling > 0
    }

    /// Whether the unit on a lane is worked on for a push.
    pub fn is_pushed(&self, unit: &UnitId) -> bool {
        self.pushes.borrow().on_lanes.contains_key(unit)
    }

    /// A unit's job ended; where a push had begun it, the push is told.
    pub fn push_unit_ended(self: &Rc<Self>, ended: &UnitEnded) {
        let Some(id) = &ended.id else { return };
        self.push_told(id, outcome_of_job(&ended.ending));
        self.pushes.borrow_mut().on_lanes.remove(id);
    }

    /// What a person wants of a push.
    pub fn push_wish(self: &Rc<Self>, id: PushId, wish: PushWish) {
        let context = Rc::clone(self);
        tokio::task::spawn_local(async move {
            let by = context.bench.clone();
            let why = match context.carry_out(id, wish, by).await {
                Ok(true) => return,
                Ok(false) => {
                    "Nothing was changed: the push does not stand so that this can be done"
                        .to_owned()
                }
                Err(why) => why,
            };
            context.toast(why, true);
        });
    }

    /// The same, answered: whether anything changed, or why it could not be done.
    pub(in crate::engine) async fn carry_out(
        self: &Rc<Self>,
        id: PushId,
        wish: PushWish,
        by: String,
    ) -> Result<bool, String> {
        self.know_push(id).await?;
        if wish == PushWish::RetryFailed {
            self.free_to_retry(id).await?;
        }
        let input = wish.input(by);
        let would_change = {
            let pushes = self.pushes.borrow();
            let mut push = pushes.open.get(&id).map(|open| open.push.clone());
            let now = jiff::Timestamp::now();
            push.as_mut()
                .is_some_and(|push| !push.handle(input.clone(), now).is_empty())
        };
        if !would_change {
            return Ok(false);
        }
        if self.push_input(id, input).await.is_empty() {
            return Err("It could not be kept, so nothing was changed".to_owned());
        }
        Ok(true)
    }

    /// Whether this run of the program works on the push.
    pub(in crate::engine) fn works_on(&self, id: PushId) -> bool {
        match self.push_scope {
            PushScope::Nothing => false,
            PushScope::Only(ours) => ours == id,
            PushScope::All => true,
        }
    }

    /// Whether this run of the program works on whatever push is begun.
    pub(in crate::engine) fn takes_new_pushes(&self) -> bool {
        self.push_scope == PushScope::All
    }

    async fn free_to_retry(&self, id: PushId) -> Result<(), String> {
        let failed = {
            let pushes = self.pushes.borrow();
            pushes.open.get(&id).map(|open| failed_units(&open.push))
        };
        let held = self
            .inventory
            .pushes_that_hold(failed.unwrap_or_default())
            .await
            .map_err(|error| error.to_string())?;
        in_no_other(&held)
    }
}

/// What a person can want of a push.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PushWish {
    /// Begin no more units.
    Pause,
    /// Go on.
    GoOn,
    /// End it at a safe point.
    Cancel,
    /// Try the failed units again.
    RetryFailed,
}

impl PushWish {
    /// Whether units are begun because of it.
    pub(in crate::engine) fn begins_units(self) -> bool {
        matches!(self, Self::GoOn | Self::RetryFailed)
    }

    fn input(self, by: String) -> Input {
        match self {
            Self::Pause => Input::Pause { by },
            Self::GoOn => Input::GoOn { by },
            Self::Cancel => Input::Cancel { by },
            Self::RetryFailed => Input::RetryFailed { by },
        }
    }
}

/// Does what a person wants of a push that no running program has, and keeps it. Whether anything changed.
///
/// # Errors
/// Why not, in words.
pub fn keep_push_wish(
    inventory: &Inventory,
    id: PushId,
    wish: PushWish,
    by: &str,
) -> Result<bool, String> {
    let mut push = inventory
        .push(id)
        .wait()
        .map_err(|error| error.to_string())?
        .ok_or_else(|| "There is no such push".to_owned())?;
    if wish == PushWish::RetryFailed {
        let held = inventory
            .pushes_that_hold(failed_units(&push))
            .wait()
            .map_err(|error| error.to_string())?;
        in_no_other(&held)?;
    }
    let input = wish.input(by.to_owned());
    let now = jiff::Timestamp::now();
    let effects = push.handle(input, now);
    for step in effects.iter().filter_map(|effect| step(&push, effect, now)) {
        inventory
            .keep_push_step(step)
            .wait()
            .map_err(|error| error.to_string())?;
    }
    Ok(!effects.is_empty())
}

fn failed_units(push: &Push) -> Vec<UnitId> {
    let failed = push
        .units()
        .iter()
        .filter(|unit| unit.standing == Standing::Failed);
    failed.map(|unit| unit.id.clone()).collect()
}

/// Failed units that another push has begun meanwhile are that push's.
fn in_no_other(held: &BTreeMap<UnitId, PushFacts>) -> Result<(), String> {
    match held.values().next() {
        None => Ok(()),
        Some(other) => Err(format!(
            "{} in the push '{}' now; end that one first",
            counted(
                held.len() as u64,
                "of the failed units is",
                "of the failed units are"
            ),
            other.title
        )),
    }
}

fn step(push: &Push, effect: &Effect, now: jiff::Timestamp) -> Option<PushStep> {
    let Effect::Keep {
        progress,
        units,
        log,
    } = effect
    else {
        return None;
    };
    Some(PushStep {
        push: push.facts().id,
        progress: progress.clone(),
        units: units
            .iter()
            .filter_map(|id| push.unit(id).cloned())
            .collect(),
        log: log.clone(),
        now,
        heard: None,
    })
}

/// Shows a push, or none.
pub(super) fn show(context: &Rc<Context>, id: Option<PushId>) {
    context.pushes.borrow_mut().shown = id;
    let context = Rc::clone(context);
    tokio::task::spawn_local(async move {
        match id {
            None => context.tell(Event::PushShown(None)),
            Some(id) => view::show(&context, id).await,
        }
    });
}
