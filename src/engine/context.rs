//! What every task of the engine shares: the doors, the clock, the way up.

use super::event::{Event, Toast};
use super::options::{Account, Approval, EngineOptions, Lanes};
use super::state::{Agreement, Slot};
use crate::inventory::Inventory;
use crate::secrets::{TemplateSecrets, UnitSecrets};
use fleet::job::Now;
use fleet::profile::ProfileRegistry;
use fleet::{Moment, Template, UnitId};
use jiff::Timestamp;
use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::sync::mpsc::Sender;
use std::time::{Duration, Instant};
use tokio::sync::mpsc::UnboundedSender;

/// Shared by reference among the tasks of one thread: cells, no locks.
pub(super) struct Context {
    pub inventory: Inventory,
    pub registry: ProfileRegistry,
    pub account: Option<Account>,
    pub fleet_db: Option<crate::sync::Login>,
    /// How the agreement with the fleet database stands.
    pub agreement: RefCell<Agreement>,
    /// Wakes the agreement after something was done here.
    pub agree_now: tokio::sync::Notify,
    /// Lanes with a unit on them.
    pub units_at_hand: RefCell<std::collections::BTreeSet<Slot>>,
    /// Slots whose lanes are in the middle of a job: none of them may be taken away.
    pub lanes_at_work: RefCell<std::collections::BTreeSet<Slot>>,
    /// Whether this run has asked once which units others have in hand.
    pub claims_were_heard: Cell<bool>,
    /// Wakes the listening for reports.
    pub hear_now: tokio::sync::Notify,
    /// Unit whose page is shown.
    pub shown_unit: RefCell<Option<fleet::UnitId>>,
    /// What people asked to be kept and is not yet: the program does not end before it is.
    pub keeping: RefCell<Vec<tokio::task::JoinHandle<()>>>,
    /// The version of a template that was opened last.
    pub shown_template: RefCell<Option<(String, u32)>>,
    /// Drafts that were dropped in this run, by name, until they are taken back.
    pub dropped_drafts: RefCell<BTreeMap<String, super::drafting::DroppedDraft>>,
    /// What was searched for last.
    pub searched: RefCell<String>,
    /// What a support bundle is made from.
    pub support: Option<super::supporting::SupportFiles>,
    /// The support bundle that is being looked at.
    pub support_bundle: RefCell<Option<(Option<fleet::UnitId>, Arc<crate::bundle::Bundle>)>>,
    pub bench: String,
    pub office: String,
    pub lanes: Lanes,
    pub labels: RefCell<BTreeMap<String, fleet::ids::Label>>,
    pub approval: Approval,
    /// Whether the command gave another service code than the last one.
    pub new_code: bool,
    pub follow_for: Option<Duration>,
    pub unit_secrets: RefCell<UnitSecrets>,
    pub template_secrets: Arc<TemplateSecrets>,
    pub picked: RefCell<Option<Picked>>,
    pub line_mode: Cell<bool>,
    /// How many units in a row ended with the same code.
    pub streak: RefCell<super::aside::Streak>,
    /// Set once: tasks stop at their next safe point.
    pub quitting: Cell<bool>,
    /// Registrations that tasks of this run are driving, so that none is driven twice.
    pub registering: RefCell<std::collections::BTreeSet<fleet::journal::JobId>>,
    /// Of those, the ones whose unit is on the bench again: their tasks end at their next pause, and the bench goes on with them.
    pub called_back: RefCell<std::collections::BTreeSet<fleet::journal::JobId>>,
    /// The search that is under way.
    pub searching: RefCell<Option<tokio::task::JoinHandle<()>>>,
    /// The pasted list that is looked up until searches know of every unit.
    pub looking_up: RefCell<Option<tokio::task::JoinHandle<()>>>,
    /// Units whose subscription a person of this run is changing.
    pub changing: RefCell<std::collections::BTreeSet<fleet::UnitId>>,
    /// The comparison with the carrier's account that is under way.
    pub reconciling: RefCell<Option<tokio::task::JoinHandle<()>>>,
    /// All rows of the last search that has more than the first.
    pub found: RefCell<Option<(String, crate::inventory::AllFound)>>,
    pub last_scan: RefCell<Option<(String, String)>>,
    pub scans: RefCell<super::scans::Scans>,
    /// The list that comes in.
    pub incoming: RefCell<super::incoming::Incoming>,
    /// Stops the list that goes out.
    pub outgoing: RefCell<Arc<std::sync::atomic::AtomicBool>>,
    /// Labels that are looked at.
    pub sheet_labels: RefCell<super::labelling::InHand>,
    pub offline_since: Cell<Option<Timestamp>>,
    /// Which pushes this run works on, and what it knows of them.
    pub push_scope: super::pushing::PushScope,
    pub pushes: RefCell<super::pushing::Pushes>,
    /// Pushes that other benches share.
    pub sharing: super::pushing::Sharing,
    /// How long a unit of a push may take to answer a text message.
    pub message_wait: Duration,
    pub reports: UnboundedSender<super::run::Report>,
    events: Sender<Event>,
    wake: Box<dyn Fn() + Send>,
    start: Instant,
}

/// The job on the bench.
#[derive(Clone)]
pub(super) struct Picked {
    pub template: Arc<Template>,
    pub customer: String,
    pub count: Option<u32>,
    /// Which ones are done: a unit counts once, however often it is worked on.
    pub done: BTreeSet<UnitId>,
    pub register: bool,
}

impl Context {
    pub fn new(
        options: EngineOptions,
        reports: UnboundedSender<super::run::Report>,
        events: Sender<Event>,
        wake: Box<dyn Fn() + Send>,
    ) -> Self {
        if let Some(account) = &options.account {
            super::pace::remember_pace(account, &options.inventory);
        }
        let new_code = options.job.as_ref().is_some_and(|job| job.new_code);
        let picked = options.job.map(|job| Picked {
            template: job.template,
            customer: String::new(),
            count: None,
            done: BTreeSet::new(),
            register: job.register,
        });
        Self {
            inventory: options.inventory,
            registry: options.registry,
            account: options.account,
            fleet_db: options.fleet_db,
            agreement: RefCell::default(),
            agree_now: tokio::sync::Notify::new(),
            units_at_hand: RefCell::default(),
            lanes_at_work: RefCell::default(),
            claims_were_heard: Cell::new(false),
            hear_now: tokio::sync::Notify::new(),
            shown_unit: RefCell::new(None),
            keeping: RefCell::default(),
            shown_template: RefCell::default(),
            dropped_drafts: RefCell::default(),
            searched: RefCell::default(),
            support: options.support,
            support_bundle: RefCell::default(),
            bench: options.bench,
            office: options.office,
            lanes: options.lanes,
            labels: RefCell::new(options.labels),
            approval: options.approval,
            new_code,
            follow_for: options.follow_for,
            unit_secrets: RefCell::new(options.unit_secrets),
            template_secrets: options.template_secrets,
            picked: RefCell::new(picked),
            line_mode: Cell::new(options.line_mode),
            streak: RefCell::default(),
            quitting: Cell::new(false),
            registering: RefCell::default(),
            called_back: RefCell::default(),
            searching: RefCell::default(),
            looking_up: RefCell::default(),
            changing: RefCell::default(),
            reconciling: RefCell::default(),
            found: RefCell::default(),
            last_scan: RefCell::new(None),
            scans: RefCell::default(),
            incoming: RefCell::default(),
            outgoing: RefCell::default(),
            sheet_labels: RefCell::default(),
            offline_since: Cell::new(None),
            push_scope: options.pushes,
            pushes: RefCell::default(),
            sharing: super::pushing::Sharing::default(),
            message_wait: options.message_wait,
            reports,
            events,
            wake,
            start: Instant::now(),
        }
    }

    /// The time for jobs and records.
    pub fn now(&self) -> Now {
        let moment = Moment(u64::try_from(self.start.elapsed().as_millis()).unwrap_or(u64::MAX));
        Now {
            moment,
            wall: Timestamp::now(),
        }
    }

    /// How long the carrier may need until a look-up shows what it accepted, milliseconds.
    pub fn settle_ms(&self) -> u64 {
        self.account
            .as_ref()
            .map_or(super::registering::SETTLE_MS, |account| {
                account.carrier.capabilities().settle_time_ms
            })
    }

    /// Who works here, as other offices read it: office and bench.
    pub fn actor(&self) -> String {
        let names = [self.office.as_str(), self.bench.as_str()];
        let names: Vec<&str> = names.into_iter().filter(|name| !name.is_empty()).collect();
        names.join(", ")
    }

    /// Tells whoever watches. When nobody does any more, work goes on all the same.
    pub fn tell(&self, event: Event) {
        let _ = self.events.send(event);
        (self.wake)();
    }

    pub fn toast(&self, text: impl Into<String>, warning: bool) {
        self.tell(Event::Toast(Toast {
            text: text.into(),
            warning,
            undo: None,
            unit: None,
        }));
    }

    /// Does what a person asked to be kept; the program does not end in the middle of it.
    pub fn keep(&self, work: impl Future<Output = ()> + 'static) {
        let mut keeping = self.keeping.borrow_mut();
        keeping.retain(|task| !task.is_finished());
        keeping.push(tokio::task::spawn_local(work));
    }

    /// Whether units start by themselves once they answer.
    pub fn starts_by_itself(&self) -> bool {
        matches!(self.lanes, Lanes::Given(_))
            || (self.line_mode.get() && self.picked.borrow().is_some())
    }

    /// How a place is called in messages: the slot in the window, the port on the command line.
    pub fn place(&self, slot: Slot, port: &str) -> String {
        match self.lanes {
            Lanes::Given(_) => format!("Port {port}"),
            Lanes::All => format!("Slot {slot}"),
        }
    }
}
