//! The loop itself: which port belongs to which lane, what screens ask for, when it all ends.

use super::agreeing;
use super::asked;
use super::command::Command;
use super::context::Context;
use super::event::Event;
use super::greeting::greet;
use super::hearing;
use super::lane::{LaneInput, LaneTask, UnitHere};
use super::lists;
use super::options::Lanes;
use super::overheard::TalkNews;
use super::pushing;
use super::reading::families;
use super::registering;
use super::scans;
use super::state::{BenchFacts, Slot};
use super::typed::Typed;
use crate::link::{Notice, PortChange, Ports, Watch};
use fleet::dialogue::{DialogueEvent, DialogueProgress};
use fleet::transcript::{EntryKind, Transcript};
use fleet::{Fault, UnitId};
use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::task::JoinHandle;

mod ending;
mod matching;
mod obeying;

/// Whatever reaches the loop.
pub(super) enum Report {
    Command(Command),
    Port(PortChange),
    Session(u64, Notice),
    /// A lane closed the connection of that number and wants its port looked at again.
    GivenBack(u64),
    /// A person wants to know once more who is on a port where nobody known answered.
    LookAgain {
        slot: Slot,
        port: String,
    },
    /// Somebody answered on a port, or nobody known did.
    Greeted {
        port: String,
        connection: u64,
        answer: Result<Box<UnitHere>, Fault>,
    },
    ToLane(Slot, LaneInput),
    ListsChanged,
    /// Units that stand on the bench are asked again whether a push wants them.
    OfferAll,
    /// These units shall stop at their next safe point.
    Recall(Vec<UnitId>),
    /// A scan was read.
    ScanRead(Box<scans::ScanRead>),
}

struct LaneDoor {
    inbox: UnboundedSender<LaneInput>,
    task: JoinHandle<()>,
    expects: Rc<RefCell<Option<UnitId>>>,
    opens_anew: Rc<Cell<bool>>,
    port: String,
    connection: u64,
    /// Who answered there last.
    unit: Option<UnitId>,
}

impl LaneDoor {
    /// Whether its unit is waited for and may be left: not while it is written and its port is only opened anew.
    fn restarts(&self) -> bool {
        self.expects.borrow().is_some() && !self.opens_anew.get()
    }
}

/// The loop's own memory.
pub(super) struct Loop {
    context: Rc<Context>,
    ports: Ports,
    watch: Watch,
    typed: Typed,
    lanes: BTreeMap<Slot, LaneDoor>,
    next_slot: u32,
    next_connection: u64,
    /// Which port each open connection is on.
    connections: BTreeMap<u64, String>,
    /// Ports that are there, as far as they were told.
    present: BTreeSet<String>,
    matching: matching::Matching,
}

impl Loop {
    pub fn new(context: Rc<Context>, ports: Ports) -> Self {
        let reports = context.reports.clone();
        let watch = Watch::start(ports.clone(), move |change| {
            let _ = reports.send(Report::Port(change));
        });
        Self {
            context,
            ports,
            watch,
            typed: Typed::default(),
            lanes: BTreeMap::new(),
            next_slot: 1,
            next_connection: 1,
            connections: BTreeMap::new(),
            present: BTreeSet::new(),
            matching: matching::Matching::default(),
        }
    }

    pub async fn serve(mut self, mut reports: UnboundedReceiver<Report>) {
        self.begin().await;
        while let Some(report) = reports.recv().await {
            match report {
                Report::Command(Command::Quit) => break,
                Report::Command(command) => self.obey(command),
                Report::Port(PortChange::Appeared(port)) => {
                    self.present.insert(port.name.clone());
                    self.placed(&port);
                    self.appeared(&port.name, port.built_in);
                }
                Report::Port(PortChange::Vanished(port)) => {
                    tracing::debug!(port = %port.name, "a port is gone");
                    self.present.remove(&port.name);
                    self.unplaced(&port.name);
                }
                Report::GivenBack(connection) => self.given_back(connection),
                Report::LookAgain { slot, port } => self.look_again(slot, &port),
                Report::Session(connection, notice) => self.notice(connection, notice),
                Report::Greeted {
                    port,
                    connection,
                    answer,
                } => self.greeted(&port, connection, answer),
                Report::ToLane(slot, input) => self.to_lane(slot, input),
                Report::ScanRead(read) => self.scan_read(*read),
                Report::ListsChanged => lists::refresh(&self.context),
                Report::OfferAll => {
                    for slot in self.lanes.keys() {
                        self.to_lane(*slot, LaneInput::Offer);
                    }
                }
                Report::Recall(units) => {
                    for lane in self.lanes.values() {
                        if lane.unit.as_ref().is_some_and(|unit| units.contains(unit)) {
                            let _ = lane.inbox.send(LaneInput::Stop);
                        }
                    }
                }
            }
        }
        self.end(reports).await;
    }

    async fn begin(&mut self) {
        let context = Rc::clone(&self.context);
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
            units: 0,
            read_only: false,
        }));
        if let Lanes::Given(given) = &context.lanes {
            for port in given {
                self.open_lane(port);
                if !self.ports.list().iter().any(|found| found.name == *port) {
                    // Opening says in its own words why the port cannot be used.
                    self.greet(port, false);
                }
            }
        }
        context.tell(Event::Families(context.registry.clone()));
        context.tell(Event::LineMode(context.line_mode.get()));
        lists::tell_job(&context);
        self.remember_slots().await;
        lists::refresh(&context);
        super::done_today::tell(&context).await;
        // On the command line rounds are a command of their own.
        if matches!(context.lanes, Lanes::All) {
            tokio::task::spawn_local(agreeing::agree(Rc::clone(&context)));
            tokio::task::spawn_local(hearing::hear(Rc::clone(&context)));
        }
        pushing::take_up(&context).await;
        tokio::task::spawn_local(pushing::share(Rc::clone(&context)));
        tokio::task::spawn_local(asked::listen(Rc::clone(&context), self.ports.clone()));
        drop(registering::take_up_open(&context).await);
        super::changing::take_up_open(&context);
        if matches!(context.lanes, Lanes::All) {
            super::subscriptions::learn(&context);
            super::reconciling::take_up(&context);
            tokio::task::spawn_local(super::staying::stay(Rc::clone(&context)));
        }
    }

    /// The port of a connection that a lane closed is looked at again.
    fn given_back(&mut self, connection: u64) {
        if let Some(port) = self.connections.remove(&connection) {
            self.watch.forget(&port);
        }
    }

    fn open_lane(&mut self, port: &str) -> Slot {
        if let Some((slot, _)) = self.lanes.iter().find(|(_, lane)| lane.port == port) {
            return *slot;
        }
        let slot = self.slot_for(port);
        if let Some(lane) = self.lanes.get_mut(&slot) {
            port.clone_into(&mut lane.port);
            return slot;
        }
        let (inbox, incoming) = unbounded_channel();
        let expects = Rc::new(RefCell::new(None));
        let opens_anew = Rc::new(Cell::new(false));
        let task = LaneTask::new(
            Rc::clone(&self.context),
            slot,
            port.to_owned(),
            incoming,
            Rc::clone(&expects),
            Rc::clone(&opens_anew),
        );
        let task = tokio::task::spawn_local(task.run());
        self.lanes.insert(
            slot,
            LaneDoor {
                inbox,
                task,
                expects,
                opens_anew,
                port: port.to_owned(),
                connection: 0,
                unit: None,
            },
        );
        slot
    }

    fn is_given(&self, port: &str) -> bool {
        match &self.context.lanes {
            Lanes::Given(given) => given.iter().any(|each| each == port),
            Lanes::All => true,
        }
    }

    fn appeared(&mut self, port: &str, quietly: bool) {
        let awaited = self
            .lanes
            .values()
            .any(|lane| lane.expects.borrow().is_some());
        // On the command line a port that was not named is only looked at while a unit is expected back.
        if self.is_given(port) || awaited {
            self.greet(port, quietly);
        }
    }

    /// Asks a port once more, unless it is being asked or a unit has answered there.
    fn look_again(&mut self, slot: Slot, port: &str) {
        if self.connections.values().any(|open| open == port) {
            return;
        }
        if self.present.contains(port) {
            self.greet(port, false);
        } else {
            let place = self.context.place(slot, port);
            let words = format!("{place}: nothing is plugged in there now. Plug the unit in again");
            self.context.toast(words, true);
        }
    }

    /// Opens a port and finds out who is there; `quietly` where nothing shall be shown until somebody answers.
    fn greet(&mut self, port: &str, quietly: bool) {
        let connection = self.next_connection;
        self.next_connection += 1;
        let expected = self
            .lanes
            .values()
            .any(|lane| lane.expects.borrow().is_some());
        let known_lane = self
            .lanes
            .iter()
            .find(|(_, lane)| lane.port == port)
            .map(|(slot, _)| *slot);
        if let Some(slot) = known_lane.filter(|slot| {
            self.lanes
                .get(slot)
                .is_some_and(|lane| lane.expects.borrow().is_none())
        }) {
            self.look(slot, connection);
        } else if known_lane.is_none()
            && matches!(self.context.lanes, Lanes::All)
            && !expected
            && !quietly
        {
            let slot = self.open_lane(port);
            self.look(slot, connection);
        }
        let context = Rc::clone(&self.context);
        let label = context.labels.borrow().get(port).cloned();
        let mut families = families(
            &context.registry,
            &context.unit_secrets.borrow(),
            label.as_ref(),
            self.only_one_awaited(),
        );
        self.typed.say_to(port, &mut families);
        if families.is_empty() {
            return;
        }
        let single = context
            .unit_secrets
            .borrow()
            .for_single_units(&context.registry);
        let reports = context.reports.clone();
        self.connections.insert(connection, port.to_owned());
        let (ports, name) = (self.ports.clone(), port.to_owned());
        tokio::task::spawn_local(async move {
            let notices = reports.clone();
            let tell = move |notice| {
                let _ = notices.send(Report::Session(connection, notice));
            };
            let answer = greet(&ports, &name, families, &single, tell).await;
            let answer = answer.map(|(session, identity)| {
                Box::new(UnitHere {
                    session,
                    identity,
                    connection,
                    wrote: false,
                })
            });
            let _ = reports.send(Report::Greeted {
                port: name,
                connection,
                answer,
            });
        });
    }

    /// Whose return is awaited, when it is one unit's: of several it cannot be told whose keyword would be right.
    fn only_one_awaited(&self) -> Option<UnitId> {
        let mut awaited = self
            .lanes
            .values()
            .filter_map(|lane| lane.expects.borrow().clone());
        awaited.next().filter(|_| awaited.next().is_none())
    }

    fn look(&mut self, slot: Slot, connection: u64) {
        if let Some(lane) = self.lanes.get_mut(&slot) {
            lane.connection = connection;
        }
        self.to_lane(slot, LaneInput::Looking);
    }

    fn greeted(&mut self, port: &str, connection: u64, answer: Result<Box<UnitHere>, Fault>) {
        let unit = answer.as_ref().ok().map(|here| &here.identity.id);
        self.typed
            .answered(port, unit, &mut self.context.unit_secrets.borrow_mut());
        match answer {
            Ok(here) => {
                tracing::debug!(port, connection, unit = %here.identity.id, "a unit answers");
                let awaiting = self
                    .lanes
                    .iter()
                    .find(|(_, lane)| here.is(lane.expects.borrow().as_ref()))
                    .map(|(slot, _)| *slot);
                let own = self
                    .lanes
                    .iter()
                    .find(|(_, lane)| lane.port == port)
                    .map(|(slot, _)| *slot);
                let slot = match (awaiting, own) {
                    (Some(slot), _) => slot,
                    (None, Some(slot)) => slot,
                    (None, None) if self.is_given(port) => self.open_lane(port),
                    // A unit that nobody asked for, on a port that nobody named: it is left alone.
                    (None, None) => return,
                };
                if let Some(lane) = self.lanes.get_mut(&slot) {
                    lane.connection = connection;
                    lane.unit = Some(here.identity.id.clone());
                }
                if let (Some(awaiting), Some(own)) = (awaiting, own)
                    && awaiting != own
                    && matches!(self.context.lanes, Lanes::All)
                {
                    // The unit came back under another port: that port is now this lane's, and no lane of its own.
                    if let Some(lane) = self.lanes.get_mut(&awaiting) {
                        port.clone_into(&mut lane.port);
                    }
                    self.lanes.remove(&own);
                    agreeing::lane_has(&self.context, own, false);
                    self.context.lanes_at_work.borrow_mut().remove(&own);
                    self.context.tell(Event::LaneRemoved(own));
                }
                self.to_lane(slot, LaneInput::UnitHere(here));
            }
            Err(fault) => {
                tracing::debug!(port, connection, fault = fault.code(), "no unit answers");
                self.connections.remove(&connection);
                let lane = self
                    .lanes
                    .iter()
                    .find(|(_, lane)| lane.port == port && lane.expects.borrow().is_none())
                    .map(|(slot, _)| *slot);
                if let Some(slot) = lane {
                    self.to_lane(slot, LaneInput::NobodyKnown(fault));
                } else if matches!(fault, Fault::CodeRefused { .. }) {
                    // Asking again would say the same keyword again and use up a try of a unit that is not ours.
                    tracing::warn!(port, "a locked unit refused the keyword; it is left alone");
                } else if self
                    .lanes
                    .values()
                    .any(|lane| lane.expects.borrow().is_some())
                {
                    // A unit that is expected back may have opened its port before it was ready to speak: ask again.
                    tracing::debug!(%port, ?fault, "nobody known on a port while a unit is expected back");
                    self.watch.forget(port);
                    let expecting = |lane: &&LaneDoor| lane.expects.borrow().is_some();
                    for lane in self.lanes.values().filter(expecting) {
                        // A busy port was not asked: our own session may still be closing it.
                        if fault != Fault::PortBusy {
                            let _ = lane.inbox.send(LaneInput::NobodyYet);
                        }
                    }
                }
            }
        }
    }

    fn notice(&mut self, connection: u64, notice: Notice) {
        match notice {
            Notice::Lost => {
                tracing::debug!(connection, "a connection is lost");
                if let Some(port) = self.connections.remove(&connection) {
                    self.watch.forget(&port);
                }
                self.to_connection(connection, LaneInput::Lost(connection));
            }
            Notice::Talk(transcript) => {
                log_last_operation(connection, &transcript);
                let news = TalkNews::whole(&transcript);
                self.to_connection(connection, LaneInput::Talk(connection, news));
            }
            Notice::Overheard(entries) => {
                let news = TalkNews::more(&entries);
                self.to_connection(connection, LaneInput::Talk(connection, news));
            }
            Notice::Progress(DialogueEvent::NoAnswerYet) => {
                self.to_connection(connection, LaneInput::NoAnswerYet(connection));
            }
            Notice::Progress(DialogueEvent::Progress(DialogueProgress::Places { written, of })) => {
                self.to_connection(connection, LaneInput::Written { written, of });
            }
            Notice::Progress(DialogueEvent::Starting) => {
                self.to_connection(connection, LaneInput::Starting(connection));
            }
            Notice::Progress(_) => {}
        }
    }

    fn to_connection(&self, connection: u64, input: LaneInput) {
        if let Some(lane) = self
            .lanes
            .values()
            .find(|lane| lane.connection == connection)
        {
            let _ = lane.inbox.send(input);
        }
    }

    fn to_lane(&self, slot: Slot, input: LaneInput) {
        if let Some(lane) = self.lanes.get(&slot) {
            let _ = lane.inbox.send(input);
        }
    }
}

/// What support asks for: the talk of each operation, without secrets, once.
fn log_last_operation(connection: u64, transcript: &Transcript) {
    if !tracing::enabled!(tracing::Level::DEBUG) {
        return;
    }
    let entries: Vec<_> = transcript.entries().collect();
    let begun = entries
        .iter()
        .rposition(|entry| entry.kind == EntryKind::Begun)
        .unwrap_or_default();
    for entry in entries.iter().skip(begun) {
        tracing::debug!(connection, at_ms = entry.at.0, kind = ?entry.kind, "{}", entry.text);
    }
}
