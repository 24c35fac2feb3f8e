//! What screens and the command line ask of the loop, command by command. The substance stands in the rooms that each arm names.

use super::{LaneInput, Loop};
use crate::engine::command::Command;
use crate::engine::context::Picked;
use crate::engine::event::Event;
use crate::engine::state::Slot;
use crate::engine::templates::NamedTemplate;
use crate::engine::{
    agreeing, changing, incoming, labelling, lists, outgoing, pushing, reconciling, registering,
    scans, searching, subscriptions, supporting, templates,
};
use fleet::ids::Label;
use fleet::journal::Decision;
use fleet::{Secret, UnitId};
use std::collections::BTreeSet;
use std::rc::Rc;

impl Loop {
    pub(super) fn obey(&mut self, command: Command) {
        match command {
            Command::PickJob {
                template,
                version,
                customer,
                count,
                register,
            } => self.pick(
                template,
                version,
                customer,
                count,
                register,
                BTreeSet::new(),
            ),
            Command::TakeVersion(version) => self.take_version(version),
            Command::LeaveJob => {
                *self.context.picked.borrow_mut() = None;
                lists::tell_job(&self.context);
            }
            Command::Start(slot) => self.to_lane(slot, LaneInput::Start),
            Command::StartAll => {
                for slot in self.lanes.keys() {
                    self.to_lane(*slot, LaneInput::Start);
                }
            }
            Command::Stop(slot) => self.to_lane(slot, LaneInput::Stop),
            Command::Decide(slot, decision) => self.to_lane(slot, LaneInput::Decide(decision)),
            Command::DecideRegistration(id, decision) => self.decide_registration(id, decision),
            Command::GivePassword(slot, secret) => self.password(slot, &secret),
            Command::GiveLabel(slot, text) => self.label(slot, &text),
            Command::ConfirmProfile(slot, name) => {
                self.to_lane(slot, LaneInput::ConfirmProfile(name));
            }
            Command::Talk(slot, wish) => self.to_lane(slot, LaneInput::Typing(wish)),
            Command::Scan { text, ticks } => scans::read(&self.context, text, ticks),
            Command::UndoScan(number) => self.undo_scan(number),
            Command::List(wish) => incoming::wish(&self.context, wish),
            Command::Export(wish) => outgoing::wish(&self.context, wish),
            Command::Label(wish) => labelling::wish(&self.context, wish),
            Command::LineMode(on) => {
                self.context.line_mode.set(on);
                self.context.tell(Event::LineMode(on));
            }
            Command::MatchSlots(wish) => self.match_slots(wish),
            Command::Search(query) => searching::search(&self.context, query),
            Command::ShowRows(page) => searching::page(&self.context, page),
            Command::LookUpList(text) => searching::look_up(&self.context, &text),
            Command::ChangeUnit(id, step) => agreeing::change(&self.context, id, step),
            Command::OpenUnit(id) => lists::open_unit(&self.context, id),
            Command::EditUnit(id, edits) => agreeing::edit(&self.context, id, edits),
            Command::DecideReview(op, field, decision) => {
                agreeing::decide(&self.context, op, field, Some(decision));
            }
            Command::UndoReview(op, field) => agreeing::decide(&self.context, op, field, None),
            Command::ChangeSubscription(id, change, on) => {
                subscriptions::change(&self.context, id, change, on);
            }
            Command::LookUpSubscription(id) => subscriptions::look_up(&self.context, id),
            Command::Reconcile(wish) => reconciling::wish(&self.context, wish),
            Command::ImportTemplate(path) => templates::import_template(&self.context, path),
            Command::Template(wish) => templates::template_wish(&self.context, wish),
            Command::Support(wish) => supporting::wish(&self.context, wish),
            Command::ShowPush(id) => pushing::show(&self.context, id),
            Command::Push(id, wish) => self.context.push_wish(id, wish),
            Command::RehearsePush(wanted) => {
                pushing::rehearse(&self.context, *wanted, self.units_here())
            }
            Command::PushSheet(id, file) => pushing::write_sheet(&self.context, id, file),
            Command::RehearseUndo(id) => {
                pushing::rehearse_back(&self.context, id, self.units_here())
            }
            Command::DropRehearsal => pushing::drop_rehearsal(&self.context),
            Command::BeginPush { agreed } => pushing::begin(&self.context, agreed),
            Command::AgreeNow => {
                agreeing::soon(&self.context);
                let context = Rc::clone(&self.context);
                tokio::task::spawn_local(
                    async move { drop(registering::take_up_open(&context).await) },
                );
                changing::take_up_open(&self.context);
                lists::refresh(&self.context);
            }
            Command::Quit | Command::LeaveRestarts => {}
        }
    }

    /// Units that stand on the bench now.
    fn units_here(&self) -> BTreeSet<UnitId> {
        let lanes = self.lanes.values();
        lanes.filter_map(|lane| lane.unit.clone()).collect()
    }

    fn pick(
        &mut self,
        template: String,
        version: u32,
        customer: String,
        count: Option<u32>,
        register: bool,
        done: BTreeSet<UnitId>,
    ) {
        let context = Rc::clone(&self.context);
        tokio::task::spawn_local(async move {
            let named = context.named_template(&template, version).await;
            if let Some(words) = named.refusal(&template, version) {
                return context.toast(words, true);
            }
            if let NamedTemplate::Ready(template) = named {
                *context.picked.borrow_mut() = Some(Picked {
                    template,
                    customer,
                    count,
                    done,
                    register,
                });
                lists::tell_job(&context);
            }
        });
    }

    /// The same job with another version of its template; what was done stays done.
    fn take_version(&mut self, version: u32) {
        let picked = self.context.picked.borrow().clone();
        if let Some(picked) = picked {
            let name = picked.template.name.clone();
            self.pick(
                name,
                version,
                picked.customer,
                picked.count,
                picked.register,
                picked.done,
            );
        }
    }

    /// What a person gave for the unit in a slot: it counts for that port's family until the unit is known, and is tried once.
    fn password(&mut self, slot: Slot, secret: &Secret) {
        let Some(port) = self.lanes.get(&slot).map(|lane| lane.port.clone()) else {
            return;
        };
        self.to_lane(slot, LaneInput::CodeGiven);
        self.typed.give(&port, secret.clone());
        self.greet(&port, false);
    }

    fn label(&mut self, slot: Slot, text: &str) {
        let Some(port) = self.lanes.get(&slot).map(|lane| lane.port.clone()) else {
            return;
        };
        match text.parse::<Label>() {
            Ok(label) => {
                self.context.labels.borrow_mut().insert(port.clone(), label);
                self.greet(&port, false);
            }
            Err(error) => self.context.toast(error.to_string(), true),
        }
    }

    /// A scan ticks the lanes of the units that it names, unless it only looks them up.
    pub(super) fn scan_read(&mut self, read: scans::ScanRead) {
        let mut ticked = Vec::new();
        for (slot, lane) in &self.lanes {
            // A unit that was pulled is not on the bench any more; one that restarts is.
            let is_here =
                self.connections.contains_key(&lane.connection) || lane.expects.borrow().is_some();
            let named =
                (lane.unit.as_ref()).is_some_and(|unit| is_here && read.units.contains(unit));
            if read.ticks && named && lane.inbox.send(LaneInput::Ticked(true)).is_ok() {
                ticked.push(*slot);
            }
        }
        scans::came_of(&self.context, read, ticked);
    }

    fn undo_scan(&mut self, number: u64) {
        for slot in scans::undo(&self.context, number) {
            self.to_lane(slot, LaneInput::Ticked(false));
        }
    }

    fn decide_registration(&mut self, id: UnitId, decision: Decision) {
        let context = Rc::clone(&self.context);
        tokio::task::spawn_local(async move { registering::decide(&context, &id, decision).await });
    }
}
