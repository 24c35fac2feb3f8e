//! What the window asks about a push before it begins: rehearse, put away, begin. And what another program asks that rehearsed one itself and
//! cannot begin it, because this one has the inventory.

use super::making::Foreseen;
use super::{
    Carrying, PushError, PushOrder, Rehearsal, RehearsalView, begin_push, rehearse_push,
    rehearse_undo, view,
};
use crate::engine::context::Context;
use crate::engine::event::Event;
use crate::engine::pushing::Chosen;
use crate::engine::run::Report;
use crate::engine::templates::NamedTemplate;
use fleet::UnitId;
use fleet::push::{Push, PushId, Rules, Via};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use std::rc::Rc;
use std::sync::Arc;

/// What a person chose on the screen.
#[derive(Debug, Clone)]
pub struct PushWanted {
    /// Template name and version.
    pub template: (String, u32),
    /// Which units.
    pub chosen: Chosen,
    /// By which ways.
    pub via: Via,
    /// When it stops by itself.
    pub rules: Rules,
}

/// Rehearses what was chosen.
pub(in crate::engine) fn rehearse(
    context: &Rc<Context>,
    wanted: PushWanted,
    on_bench: BTreeSet<UnitId>,
) {
    let context = Rc::clone(context);
    let number = context.next_rehearsal();
    tokio::task::spawn_local(async move {
        let Some(template) = context.template(Some(&wanted.template)).await else {
            let (name, version) = wanted.template;
            context.tell(Event::Rehearsed(None));
            return context.toast(
                format!("{name} version {version} cannot be used now: it is not in the inventory, or its secrets have to be given again"),
                true,
            );
        };
        let order = PushOrder {
            template,
            chosen: wanted.chosen,
            via: wanted.via,
            rules: wanted.rules,
            by: context.bench.clone(),
        };
        let secrets = context.unit_secrets.borrow().clone();
        let carrier = Carrying {
            account: context.account.as_ref(),
            secrets: &secrets,
        };
        let found = rehearse_push(
            &context.inventory,
            &context.registry,
            carrier,
            &on_bench,
            &order,
        )
        .await;
        context.rehearsed(number, found).await;
    });
}

/// Rehearses the undo of a push.
pub(in crate::engine) fn rehearse_back(
    context: &Rc<Context>,
    id: PushId,
    on_bench: BTreeSet<UnitId>,
) {
    let context = Rc::clone(context);
    let number = context.next_rehearsal();
    tokio::task::spawn_local(async move {
        let secrets = context.unit_secrets.borrow().clone();
        let carrier = Carrying {
            account: context.account.as_ref(),
            secrets: &secrets,
        };
        let found = rehearse_undo(
            &context.inventory,
            &context.registry,
            carrier,
            &on_bench,
            id,
            &context.bench,
        )
        .await;
        context.rehearsed(number, found).await;
    });
}

/// Puts the rehearsal away.
pub(in crate::engine) fn drop_rehearsal(context: &Rc<Context>) {
    context.next_rehearsal();
    context.pushes.borrow_mut().rehearsal = None;
    context.tell(Event::Rehearsed(None));
}

/// Begins what was rehearsed last.
pub(in crate::engine) fn begin(context: &Rc<Context>, agreed: bool) {
    let Some(rehearsal) = context.pushes.borrow_mut().rehearsal.take() else {
        return context.toast("Nothing is rehearsed", true);
    };
    if rehearsal.guarded > 0 && !agreed {
        context.pushes.borrow_mut().rehearsal = Some(rehearsal);
        return context.toast("Type how many units change first", true);
    }
    let agreed_by = (rehearsal.guarded > 0).then(|| context.bench.clone());
    let context = Rc::clone(context);
    tokio::task::spawn_local(async move {
        match begin_push(&context.inventory, rehearsal.rehearsal.clone(), agreed_by).await {
            Ok(push) => {
                let id = push.facts().id;
                context.tell(Event::Rehearsed(None));
                set_to_work(&context, push).await;
                super::show(&context, Some(id));
            }
            Err(error) => context.toast(error.told_on_screen(), true),
        }
    });
}

async fn set_to_work(context: &Rc<Context>, push: Push) {
    context.take_push(push).await;
    view::tell_list(context).await;
    let _ = context.reports.send(Report::OfferAll);
}

/// A push that another program rehearsed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PushAsked {
    /// A template for chosen units.
    Template {
        /// Its name.
        name: String,
        /// Its version.
        version: u32,
        /// Which units.
        chosen: Chosen,
        /// By which ways.
        via: Via,
        /// When it stops by itself.
        rules: Rules,
    },
    /// Each unit of a push back to its own former values.
    UndoOf(PushId),
}

/// Begins what another program rehearsed and a person agreed to there, where it is rehearsed here to the same end and that one still waits for
/// it. A program that is at work on something else only keeps it. The push, or why not and what to do.
pub(in crate::engine) async fn begin_as_asked(
    context: &Rc<Context>,
    asked: PushAsked,
    foreseen: Foreseen,
    agreed_by: Option<String>,
    by: String,
    is_awaited: impl Fn() -> bool,
) -> Result<PushId, (String, &'static str)> {
    let rehearsal = rehearsed_as_asked(context, asked, by).await?;
    let compared = tokio::task::spawn_blocking(move || (rehearsal.foreseen(), rehearsal)).await;
    let (here, rehearsal) = compared.map_err(|error| {
        (
            format!("it could not be rehearsed: {error}"),
            "Give the command once more.",
        )
    })?;
    if here != foreseen {
        tracing::info!(
            ?here,
            ?foreseen,
            "a push that was asked for is foreseen otherwise"
        );
        let counts_are_equal = here
            == Foreseen {
                units_sha256: here.units_sha256.clone(),
                ..foreseen
            };
        if counts_are_equal {
            return Err((
                "The Fleetdesk that has the inventory foresees other units or other values, though as many".to_owned(),
                "Give the command once more and look at its rehearsal, or begin it in that program.",
            ));
        }
        return Err((
            format!(
                "The Fleetdesk that has the inventory foresees something else: {} change, {} already set, {} cannot, {} by text message",
                here.changing, here.already_right, here.cannot, here.by_message
            ),
            "Begin it in that program, where the units, the carrier account and the passwords are those that it works with.",
        ));
    }
    let told = |error: PushError| (error.to_string(), error.cure());
    if here.guarded > 0 && agreed_by.is_none() {
        return Err((
            "Guarded settings change, and nobody agreed to that".to_owned(),
            "Give the command once more and agree.",
        ));
    }
    // Whoever asked may have been ended while it was rehearsed.
    if !is_awaited() {
        return Err((
            "Nobody waits for the push any more".to_owned(),
            "Give the command once more.",
        ));
    }
    let push = begin_push(&context.inventory, rehearsal, agreed_by)
        .await
        .map_err(told)?;
    let id = push.facts().id;
    if context.takes_new_pushes() {
        context.toast(
            format!(
                "The push '{}' was begun from another window or terminal",
                push.facts().title
            ),
            false,
        );
        set_to_work(context, push).await;
    }
    Ok(id)
}

/// As the other program did it: without the units that stand on the bench, which have their turn by the cable whatever is foreseen.
async fn rehearsed_as_asked(
    context: &Rc<Context>,
    asked: PushAsked,
    by: String,
) -> Result<Rehearsal, (String, &'static str)> {
    let on_bench = BTreeSet::new();
    let secrets = context.unit_secrets.borrow().clone();
    let carrier = Carrying {
        account: context.account.as_ref(),
        secrets: &secrets,
    };
    let (inventory, registry) = (&context.inventory, &context.registry);
    let found = match asked {
        PushAsked::UndoOf(id) => {
            rehearse_undo(inventory, registry, carrier, &on_bench, id, &by).await
        }
        PushAsked::Template {
            name,
            version,
            chosen,
            via,
            rules,
        } => {
            let named = context.named_template(&name, version).await;
            if let Some(why) = named.refusal(&name, version) {
                let why = match named {
                    NamedTemplate::Gone => {
                        format!("{name} version {version} is not in the inventory")
                    }
                    _ => why,
                };
                let cure = "Bring the template in there first (Import, under Templates), or end that program.";
                return Err((why, cure));
            }
            let NamedTemplate::Ready(template) = named else {
                return Err((
                    format!("{name} version {version} cannot be used now"),
                    "Give the command once more.",
                ));
            };
            let order = PushOrder {
                template,
                chosen,
                via,
                rules,
                by,
            };
            rehearse_push(inventory, registry, carrier, &on_bench, &order).await
        }
    };
    found.map_err(|error| (error.to_string(), error.cure()))
}

impl Context {
    /// The number of the rehearsal that is meant from now on.
    fn next_rehearsal(&self) -> u64 {
        let mut pushes = self.pushes.borrow_mut();
        pushes.rehearsals += 1;
        pushes.rehearsals
    }

    async fn rehearsed(&self, number: u64, found: Result<Rehearsal, PushError>) {
        let is_overtaken = || self.pushes.borrow().rehearsals != number;
        match found {
            _ if is_overtaken() => {}
            Ok(rehearsal) => {
                let worked_out =
                    tokio::task::spawn_blocking(move || Arc::new(RehearsalView::of(rehearsal)));
                let Ok(rehearsal) = worked_out.await else {
                    return self.tell(Event::Rehearsed(None));
                };
                if is_overtaken() {
                    return;
                }
                self.pushes.borrow_mut().rehearsal = Some(Arc::clone(&rehearsal));
                self.tell(Event::Rehearsed(Some(rehearsal)));
            }
            Err(error) => {
                self.tell(Event::Rehearsed(None));
                self.toast(error.told_on_screen(), true);
            }
        }
    }
}
