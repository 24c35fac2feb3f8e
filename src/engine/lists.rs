//! What screens list: search results, a unit's page, what is owed, templates, the bottom line.
//!
//! Each question runs beside the loop; the store answers from its own thread.

use super::context::Context;
use super::event::{Event, UnitEnded};
use super::state::{BenchFacts, BenchJob, DoneUnit, State, Status, UnitPage};
use super::templates::tell_templates;
use fleet::UnitId;
use fleet::journal::Verdict;
use std::rc::Rc;

/// Timeline entries of a page.
const TIMELINE_ENTRIES: u32 = 500;

/// Tells screens the job on the bench.
pub(super) fn tell_job(context: &Context) {
    let job = context.picked.borrow().as_ref().map(|picked| BenchJob {
        customer: picked.customer.clone(),
        template: picked.template.name.clone(),
        template_version: picked.template.version,
        count: picked.count,
        done: u32::try_from(picked.done.len()).unwrap_or(u32::MAX),
        register: picked.register,
    });
    context.tell(Event::Job(job));
}

impl State {
    /// The newest released version of the job's template, where it is newer than the one that the job sets.
    #[must_use]
    pub fn newer_version(&self) -> Option<u32> {
        let job = self.job.as_ref()?;
        let same = self
            .templates
            .iter()
            .filter(|each| each.released && each.name == job.template);
        let newest = same.map(|each| each.version).max()?;
        (newest > job.template_version).then_some(newest)
    }
}

/// The last word on a unit in this run: for the command line, for 'done today' and for the count of the job.
pub(super) fn unit_ended(context: &Rc<Context>, ended: UnitEnded) {
    let good = matches!(
        ended.ending.verdict,
        Verdict::Verified | Verdict::AlreadySet | Verdict::NotVerified
    );
    if good
        && let Some(id) = ended.id.as_ref().filter(|id| !context.is_pushed(id))
        && let Some(picked) = context.picked.borrow_mut().as_mut()
    {
        picked.done.insert(id.clone());
    }
    super::aside::watch_for_template(context, &ended);
    tell_job(context);
    context.push_unit_ended(&ended);
    super::templates::shown_anew(context);
    if let Some(id) = ended.id.clone()
        && context.shown_unit.borrow().as_ref() == Some(&id)
    {
        open_unit(context, id);
    }
    if let (Some(id), Some(model)) = (&ended.id, &ended.model) {
        context.tell(Event::UnitDone(DoneUnit {
            id: id.clone(),
            model: model.clone(),
            verdict: ended.ending.verdict,
            at: jiff::Timestamp::now(),
            seconds: ended.seconds,
        }));
    }
    context.tell(Event::UnitEnded(Box::new(ended)));
}

/// Opens a unit's page.
pub(super) fn open_unit(context: &Rc<Context>, id: UnitId) {
    let context = Rc::clone(context);
    tokio::task::spawn_local(async move {
        let unit = context.inventory.unit(id.clone()).await;
        let timeline = context
            .inventory
            .timeline(id.clone(), TIMELINE_ENTRIES)
            .await;
        let former = context
            .inventory
            .former_values(id.clone())
            .await
            .unwrap_or_default();
        match (unit, timeline) {
            (Ok(Some(unit)), Ok(timeline)) => {
                context.shown_unit.replace(Some(unit.id.clone()));
                let id = unit.id.clone();
                let taken = context.inventory.sim_taken_by(&unit).await;
                context.tell(Event::UnitOpened(Box::new(UnitPage {
                    unit,
                    timeline,
                    former,
                    sim_taken_by: taken.unwrap_or_default(),
                })));
                super::hearing::opened(&context, id);
            }
            (Ok(None), _) => {
                // It may come to be there while its page is on the screen.
                context.shown_unit.replace(Some(id.clone()));
                context.tell(Event::UnitAbsent(id));
            }
            (Err(error), _) | (_, Err(error)) => {
                context.toast(format!("The unit cannot be opened: {error}"), true)
            }
        }
    });
}

/// What is on the screen may have changed: the open pages and the search are told anew.
pub(super) fn shown_anew(context: &Rc<Context>) {
    super::templates::shown_anew(context);
    if let Some(id) = context.shown_unit.borrow().clone() {
        open_unit(context, id);
    }
    let query = context.searched.borrow().clone();
    if !query.is_empty() {
        super::searching::search(context, query);
    }
}

/// Reads templates, owed registrations and counts anew and tells them.
pub(super) fn refresh(context: &Rc<Context>) {
    let context = Rc::clone(context);
    tokio::task::spawn_local(async move {
        tell_templates(&context).await;
        let waiting = context
            .inventory
            .registrations_owed()
            .await
            .unwrap_or_default();
        let counts = context.inventory.counts().await.ok();
        if let Ok(menus) = context.inventory.menu_values().await {
            context.tell(Event::Menus(menus));
        }
        let entries = super::to_do::entries(&context, &waiting).await;
        context.tell(Event::ToDo(entries));
        let budget = context
            .account
            .as_ref()
            .and_then(|account| account.carrier.budget());
        context.tell(Event::Status(Status {
            registrations_waiting: u32::try_from(waiting.len()).unwrap_or(u32::MAX),
            waiting_since: waiting.iter().map(|registration| registration.since).min(),
            carrier_offline_since: context.offline_since.get(),
            carrier_calls: budget.map(|budget| (budget.remaining, budget.limit)),
            last_scan: context.last_scan.borrow().clone(),
            trouble: None,
        }));
        context.tell(Event::Bench(BenchFacts {
            name: context.bench.clone(),
            office: context.office.clone(),
            sandbox: context
                .account
                .as_ref()
                .is_some_and(|account| account.sandbox),
            carrier: context
                .account
                .as_ref()
                .map(|account| account.account.clone()),
            units: counts.map_or(0, |counts| counts.units),
            read_only: context.inventory.is_read_only(),
        }));
    });
}
