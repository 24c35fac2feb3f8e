//! What the window asks about a push before it begins: rehearse, put away, begin.

use super::{
    Carrying, PushOrder, Rehearsal, RehearsalView, begin_push, rehearse_push, rehearse_undo, view,
};
use crate::engine::context::Context;
use crate::engine::event::Event;
use crate::engine::pushing::Chosen;
use fleet::UnitId;
use fleet::push::{PushId, Rules, Via};
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
        context.rehearsed(found).await;
    });
}

/// Rehearses the undo of a push.
pub(in crate::engine) fn rehearse_back(
    context: &Rc<Context>,
    id: PushId,
    on_bench: BTreeSet<UnitId>,
) {
    let context = Rc::clone(context);
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
        context.rehearsed(found).await;
    });
}

/// Puts the rehearsal away.
pub(in crate::engine) fn drop_rehearsal(context: &Rc<Context>) {
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
                context.take_push(push).await;
                context.tell(Event::Rehearsed(None));
                view::tell_list(&context).await;
                super::show(&context, Some(id));
                let _ = context.reports.send(crate::engine::run::Report::OfferAll);
            }
            Err(error) => context.toast(format!("The push was not begun: {error}"), true),
        }
    });
}

impl Context {
    async fn rehearsed(&self, found: Result<Rehearsal, super::PushError>) {
        match found {
            Ok(rehearsal) => {
                let worked_out =
                    tokio::task::spawn_blocking(move || Arc::new(RehearsalView::of(rehearsal)));
                let Ok(rehearsal) = worked_out.await else {
                    return self.tell(Event::Rehearsed(None));
                };
                self.pushes.borrow_mut().rehearsal = Some(Arc::clone(&rehearsal));
                self.tell(Event::Rehearsed(Some(rehearsal)));
            }
            Err(error) => {
                self.tell(Event::Rehearsed(None));
                self.toast(format!("Nothing was rehearsed: {error}"), true);
            }
        }
    }
}
