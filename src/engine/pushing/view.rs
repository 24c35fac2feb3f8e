//! What screens and the command line see of pushes: the list, and one of them with its units.

use super::Context;
use crate::engine::event::Event;
use crate::inventory::{PushLogLine, PushRow};
use fleet::push::{Counts, Effect, PushFacts, PushId, PushProgress, PushUnit, Standing};
use std::rc::Rc;

/// Pushes of the list.
const MOST_IN_LIST: u32 = 200;

/// A push in the list.
pub type PushSummary = PushRow;

/// One push as screens show it.
#[derive(Debug, Clone)]
pub struct PushView {
    /// What it is about.
    pub facts: PushFacts,
    /// How it stands.
    pub progress: PushProgress,
    /// How many units stand how.
    pub counts: Counts,
    /// Units that are being worked on now.
    pub in_hand: usize,
    /// How many units the pilot has.
    pub pilot_size: usize,
    /// Its units by turn.
    pub units: Vec<PushUnit>,
    /// What was done with it.
    pub log: Vec<PushLogLine>,
}

/// A step of a push, for those who follow it.
#[derive(Debug, Clone)]
pub struct PushMoved {
    /// Which.
    pub id: PushId,
    /// How it stands.
    pub progress: PushProgress,
    /// How many units stand how.
    pub counts: Counts,
    /// Units that are being worked on now.
    pub in_hand: usize,
    /// Units that changed.
    pub units: Vec<PushUnit>,
    /// New line of its log.
    pub log: Option<PushLogLine>,
}

/// Tells a step.
pub(super) fn tell(context: &Rc<Context>, id: PushId, effects: &[Effect]) {
    let mut moved = Vec::new();
    {
        let pushes = context.pushes.borrow();
        let Some(open) = pushes.open.get(&id) else {
            return;
        };
        for effect in effects {
            if let Effect::Keep {
                progress,
                units,
                log,
            } = effect
            {
                moved.push(PushMoved {
                    id,
                    progress: progress.clone(),
                    counts: open.push.counts().clone(),
                    in_hand: open.push.in_hand().len(),
                    units: units
                        .iter()
                        .filter_map(|unit| open.push.unit(unit).cloned())
                        .collect(),
                    log: log.clone().map(|(by, what)| PushLogLine {
                        at: jiff::Timestamp::now(),
                        by,
                        what,
                    }),
                });
            }
        }
    }
    for step in moved {
        context.tell(Event::PushMoved(Box::new(step)));
    }
}

/// Tells the list.
pub(super) async fn tell_list(context: &Rc<Context>) {
    if let Ok(rows) = context.inventory.pushes(MOST_IN_LIST).await {
        context.tell(Event::Pushes(rows));
    }
}

/// Tells one push whole.
pub(super) async fn show(context: &Rc<Context>, id: PushId) {
    if let Err(why) = context.know_push(id).await {
        return context.toast(why, true);
    }
    let log = context.inventory.push_log(id).await.unwrap_or_default();
    let view = {
        let pushes = context.pushes.borrow();
        let Some(open) = pushes.open.get(&id) else {
            return;
        };
        PushView {
            facts: open.push.facts().clone(),
            progress: open.push.progress().clone(),
            counts: open.push.counts().clone(),
            in_hand: open.push.in_hand().len(),
            pilot_size: open.push.pilot_size(),
            units: open.push.units().to_vec(),
            log,
        }
    };
    context.tell(Event::PushShown(Some(Box::new(view))));
}

impl PushMoved {
    /// Takes the step into the list.
    pub fn take_into(&self, list: &mut [PushSummary]) {
        if let Some(row) = list.iter_mut().find(|row| row.facts.id == self.id) {
            row.progress = self.progress.clone();
            row.counts = Standing::ALL
                .into_iter()
                .map(|standing| (standing, self.counts.of(standing) as u64))
                .filter(|(_, count)| *count > 0)
                .collect();
        }
    }
}

impl PushView {
    /// Takes a step in.
    pub fn take(&mut self, step: PushMoved) {
        if step.id != self.facts.id {
            return;
        }
        self.progress = step.progress;
        self.counts = step.counts;
        self.in_hand = step.in_hand;
        for unit in step.units {
            let place = usize::try_from(unit.turn).unwrap_or(usize::MAX);
            if let Some(known) = self.units.get_mut(place) {
                *known = unit;
            }
        }
        self.log.extend(step.log);
    }
}
