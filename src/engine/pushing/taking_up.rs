//! Pushes that are open in the inventory: taken up at the start, with what the journal knows of units that were in hand then.

use super::{OpenPush, PushScope, view};
use crate::engine::context::Context;
use crate::engine::run::Report;
use crate::inventory::Inventory;
use fleet::UnitId;
use fleet::push::{Input, Kept, Push, PushId, Standing, Way};
use jiff::Timestamp;
use std::rc::Rc;

/// Takes up what this run of the program works on.
pub(in crate::engine) async fn take_up(context: &Rc<Context>) {
    let pushes = match context.push_scope {
        PushScope::Nothing => return,
        PushScope::Only(id) => context
            .inventory
            .push(id)
            .await
            .map(|push| push.into_iter().collect()),
        PushScope::All => context.inventory.open_pushes().await,
    };
    match pushes {
        Ok(pushes) => {
            for push in pushes {
                context.take_push(push).await;
            }
        }
        Err(error) => context.toast(format!("The pushes cannot be read: {error}"), true),
    }
    view::tell_list(context).await;
    let _ = context.reports.send(Report::OfferAll);
}

impl Context {
    /// A push that people ask about is known from then on.
    pub(super) async fn know_push(self: &Rc<Self>, id: PushId) -> Result<(), String> {
        if self.pushes.borrow().open.contains_key(&id) {
            return Ok(());
        }
        match self.inventory.push(id).await {
            Ok(Some(push)) => {
                self.take_push(push).await;
                Ok(())
            }
            Ok(None) => Err("This push is not in the inventory".to_owned()),
            Err(error) => Err(format!("The push cannot be read: {error}")),
        }
    }

    /// A push that was begun by this program just now.
    pub(in crate::engine) async fn take_push(self: &Rc<Self>, push: Push) {
        let id = push.facts().id;
        let template = match &push.facts().template {
            None => None,
            wanted => self.template(wanted.as_ref()).await,
        };
        if template.is_none()
            && let Some((name, version)) = &push.facts().template
        {
            self.toast(
                format!("{name} version {version} needs its secrets again: import the template once more, then the push goes on"),
                true,
            );
        }
        // In this order, so that no word of the journal meets a push that is not there.
        let cut_off: Vec<(UnitId, Timestamp)> = push
            .units()
            .iter()
            .filter(|unit| {
                unit.way == Way::Cable
                    && unit.elsewhere.is_none()
                    && matches!(unit.standing, Standing::Sent | Standing::Taken)
            })
            .filter_map(|unit| Some((unit.id.clone(), unit.sent_at?)))
            .collect();
        self.know_whether_shared(id).await;
        self.pushes
            .borrow_mut()
            .open
            .insert(id, OpenPush { push, template });
        for (unit, sent_at) in cut_off {
            let outcome = match of_journal(&self.inventory, &unit, sent_at).await {
                Some(outcome) => outcome,
                None => Kept::PutOff(
                    "cut off while it was being set; goes on when it is plugged in".to_owned(),
                ),
            };
            self.push_input(id, Input::Told { unit, outcome }).await;
        }
        self.text_on(id);
        self.text_next();
    }
}

/// What the journal says of a unit that a push had begun then; nothing while its job is open, or when none was begun.
async fn of_journal(inventory: &Inventory, unit: &UnitId, sent_at: Timestamp) -> Option<Kept> {
    let newest = inventory
        .jobs_of(unit.clone())
        .await
        .ok()?
        .into_iter()
        .next()?;
    let checked = inventory.events(newest.job).await.ok()?;
    let last = checked.events.last()?.wall;
    if last.as_millisecond() < sent_at.as_millisecond() {
        return None;
    }
    Kept::of_journal(checked.events.iter().map(|stored| &stored.event))
}
