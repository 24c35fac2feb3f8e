//! One lane: what stands in a slot, what is shown of it, and when its unit is worked on.
//!
//! Carrying out a job's effects is [`super::driving`]'s business; which port belongs to which lane is the loop's.

use super::aside;
use super::context::Context;
use super::event::{Event, UnitEnded};
use super::lists;
use super::options::{Approval, Lanes};
use super::overheard::{TalkNews, TalkWish};
use super::pushing::Turn;
use super::run::Report;
use super::state::{ChangeMark, Lane, LaneChange, LaneState, LaneUnit, Question, Slot};
use crate::link::Session;
use fleet::fault::{UnitCondition, advice};
use fleet::job::{Ending, Progress};
use fleet::journal::{Decision, Verdict};
use fleet::push::Kept;
use fleet::registration::RegistrationState;
use fleet::{Fault, Identity, UnitId};
use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::time::{Duration, Instant};
use tokio::sync::mpsc::UnboundedReceiver;

/// A unit that answered on a port.
pub(super) struct UnitHere {
    pub session: Session,
    pub identity: Identity,
    pub connection: u64,
    /// Something was written to it on this connection.
    pub wrote: bool,
}

/// What reaches a lane.
pub(super) enum LaneInput {
    /// Something was plugged in; nobody has answered yet.
    Looking,
    /// A known unit answered.
    UnitHere(Box<UnitHere>),
    /// Nobody known answered.
    NobodyKnown(Fault),
    /// The connection of that number is gone.
    Lost(u64),
    /// News of the talk on the connection.
    Talk(u64, TalkNews),
    /// What a person wants of the talk.
    Typing(TalkWish),
    /// Silence where an answer was due, on the connection.
    NoAnswerYet(u64),
    /// Places that the unit has answered for, of those in the group under way.
    Written { written: usize, of: usize },
    /// The unit on the connection says that it is starting, or has just started.
    Starting(u64),
    /// Nobody known answered on a port while this lane waits for its unit.
    NobodyYet,
    /// A person wants it started.
    Start,
    /// A person gave another code for the unit that stands here.
    CodeGiven,
    /// A push may want the unit that stands here.
    Offer,
    /// A person wants it stopped at a safe point.
    Stop,
    /// A person decided.
    Decide(Decision),
    /// The label of its unit was scanned, or that scan was taken back.
    Ticked(bool),
    /// A person confirms the profile file by this name.
    ConfirmProfile(String),
    /// How the registration of a released unit stands.
    Registered {
        id: UnitId,
        registration: RegistrationState,
        note: String,
        fault: Option<Fault>,
        last: bool,
    },
}

/// The lane's task.
pub(super) struct LaneTask {
    pub context: Rc<Context>,
    pub inbox: UnboundedReceiver<LaneInput>,
    pub view: Lane,
    pub here: Option<Box<UnitHere>>,
    /// Whose return this lane waits for; the loop reads it to route units that come back under another port.
    pub expects: Rc<RefCell<Option<UnitId>>>,
    /// Whether that is only because its port is opened anew in the middle of a write.
    pub opens_anew: Rc<Cell<bool>>,
    /// When the work on the unit in hand began, moved on by what was only waiting.
    pub begun: Option<Instant>,
    /// So long it took to recognise the unit that stands here, until that is counted.
    pub recognising: Duration,
    pub stop_wanted: bool,
    /// A unit that answered while another conversation of this lane was still ending.
    pub arrived: Option<Box<UnitHere>>,
    /// The command line works on each port once.
    pub finished: bool,
    /// The push whose turn the unit in hand has.
    pub turn: Option<Turn>,
    /// Something was typed to the unit in hand since typing was switched on.
    pub typed: bool,
    /// The unit for which a person gave another code, until it is begun with.
    pub code_given: Option<UnitId>,
}

impl LaneTask {
    pub fn new(
        context: Rc<Context>,
        slot: Slot,
        port: String,
        inbox: UnboundedReceiver<LaneInput>,
        expects: Rc<RefCell<Option<UnitId>>>,
        opens_anew: Rc<Cell<bool>>,
    ) -> Self {
        Self {
            context,
            inbox,
            view: Lane::empty(slot, port),
            here: None,
            expects,
            opens_anew,
            begun: None,
            recognising: Duration::ZERO,
            stop_wanted: false,
            arrived: None,
            finished: false,
            turn: None,
            typed: false,
            code_given: None,
        }
    }

    /// Serves the slot until the engine lets go of it.
    pub async fn run(mut self) {
        while let Some(input) = self.inbox.recv().await {
            match input {
                LaneInput::Looking => self.looking(),
                LaneInput::UnitHere(here) => self.welcome(here).await,
                LaneInput::NobodyKnown(fault) => self.nobody_known(&fault),
                LaneInput::Start => self.start().await,
                LaneInput::Decide(Decision::SetAside) => self.set_aside().await,
                LaneInput::ConfirmProfile(name) => self.confirm_profile(&name).await,
                LaneInput::Typing(wish) => self.talk_wish(wish).await,
                LaneInput::Offer => {
                    self.work_for_a_push().await;
                }
                LaneInput::Lost(connection) => self.lost(connection),
                other => self.between_jobs(other),
            }
        }
    }

    fn between_jobs(&mut self, input: LaneInput) {
        match input {
            LaneInput::Talk(connection, news) => self.talk(connection, news),
            LaneInput::Registered {
                id,
                registration,
                note,
                fault,
                last,
            } => self.registered(&id, registration, note, fault.as_ref(), last),
            LaneInput::Ticked(on) => self.ticked(on),
            LaneInput::CodeGiven => {
                self.code_given = self.view.unit.as_ref().map(|unit| unit.id.clone());
            }
            _ => {}
        }
    }

    /// A person sets the unit aside: red on the screen, and kept for the day it is plugged again.
    async fn set_aside(&mut self) {
        // What a unit asks before it says who it is, it still asks.
        if self.view.unit.is_some() {
            self.view.question = None;
        }
        self.view.set_aside = true;
        self.set_state(LaneState::Stopped);
        if let Some(unit) = self.view.unit.clone() {
            aside::keep(&self.context, &unit, self.view.advice.as_ref()).await;
        }
    }

    /// Its unit's label was scanned, or that scan was taken back.
    pub fn ticked(&mut self, on: bool) {
        if self.view.unit.is_some() && self.view.ticked != on {
            self.view.ticked = on;
            self.show();
        }
    }

    pub(super) fn looking(&mut self) {
        let slot = self.view.slot;
        self.view = Lane::empty(slot, self.view.port.clone());
        self.typed = false;
        // In the window each unit that is plugged counts anew.
        self.finished &= matches!(self.context.lanes, Lanes::Given(_));
        self.begun = Some(Instant::now());
        self.set_state(LaneState::Looking);
    }

    /// Greets a unit that answered: its story first, then ready, or at work at once.
    pub(super) async fn welcome(&mut self, here: Box<UnitHere>) {
        let begun = self.begun.get_or_insert_with(Instant::now);
        self.recognising = begun.elapsed();
        let identity = here.identity.clone();
        self.here = Some(here);
        let known = self
            .context
            .inventory
            .unit(identity.id.clone())
            .await
            .ok()
            .flatten();
        let greeting = match known
            .as_ref()
            .and_then(|unit| Some((unit.provisioned_at?, unit.template.clone()?)))
        {
            Some((at, template)) => format!(
                "Set {} with {template}",
                at.to_zoned(jiff::tz::TimeZone::system())
                    .strftime("%-d %b %H:%M")
            ),
            None if known.is_some() => "Known, never set here".to_owned(),
            None => "New, never set here".to_owned(),
        };
        let story = aside::story(&self.context, &identity.id).await;
        self.view.unit = Some(LaneUnit {
            id: identity.id.clone(),
            model: identity.model.clone(),
            firmware: identity.firmware.clone(),
            iccid: identity
                .iccid
                .as_ref()
                .map(ToString::to_string)
                .or_else(|| identity.iccid_text.clone()),
            greeting: story
                .as_ref()
                .map_or(greeting, |story| story.greeting.to_owned()),
            warnings: story
                .iter()
                .map(|story| &story.words)
                .chain(&identity.warnings)
                .cloned()
                .collect(),
            story: story.as_ref().map(|story| story.words.clone()),
        });
        self.view.advice = None;
        self.view.question = None;
        self.set_state(LaneState::Ready);
        if self.work_for_a_push().await {
            return;
        }
        let interrupted = self.context.was_interrupted(&identity.id).await;
        // A unit that was set aside or typed to is looked at by a person before it is worked on again; a command names it on purpose.
        let by_itself = self.context.starts_by_itself()
            && (story.is_none() || matches!(self.context.lanes, Lanes::Given(_)));
        if (by_itself && !self.finished) || interrupted {
            self.start().await;
        }
    }

    /// Works on the unit in hand when a push wants it now. Whether one did.
    pub(super) async fn work_for_a_push(&mut self) -> bool {
        if self.is_typed_to(false) || self.context.quitting.get() {
            return false;
        }
        let Some(unit) = self.here.as_ref().map(|here| here.identity.id.clone()) else {
            return false;
        };
        let Some(turn) = self.context.push_turn(&unit).await else {
            return false;
        };
        self.turn = Some(turn);
        self.stop_wanted = false;
        self.view.advice = None;
        self.view.question = None;
        self.view.changes.clear();
        self.begins();
        self.work().await;
        self.turn = None;
        true
    }

    pub(super) fn nobody_known(&mut self, fault: &Fault) {
        self.show_fault(fault, UnitCondition::Untouched);
        self.view.question = match fault {
            Fault::Locked { tries_left } | Fault::CodeRefused { tries_left } => {
                Some(Question::Password {
                    tries_left: *tries_left,
                })
            }
            Fault::WrongPassword => Some(Question::Password { tries_left: None }),
            Fault::LabelNeeded => Some(Question::Label),
            _ => None,
        };
        let verdict = if fault.needs_person() {
            Verdict::NeedsPerson
        } else {
            Verdict::Stopped
        };
        self.end(
            &Ending {
                verdict,
                registration: RegistrationState::Skipped,
                changes: 0,
                fault: Some(fault.clone()),
                condition: UnitCondition::Untouched,
            },
            false,
        );
    }

    pub(super) async fn start(&mut self) {
        if self.here.is_none() {
            return self.look_again();
        }
        if self.is_typed_to(true) || self.context.quitting.get() {
            return;
        }
        if self.context.picked.borrow().is_none() {
            self.context.toast(
                "Pick a job first: until then units are only looked at",
                true,
            );
            return;
        }
        self.stop_wanted = false;
        self.view.advice = None;
        self.view.question = None;
        self.view.changes.clear();
        self.begins();
        self.work().await;
    }

    /// The time of a unit is that of its work: how long it stood there before does not count, how long it took to recognise it does once.
    fn begins(&mut self) {
        self.view.set_aside = false;
        let recognising = std::mem::take(&mut self.recognising);
        let now = Instant::now();
        self.begun = now.checked_sub(recognising).or(Some(now));
    }

    /// How long the work that ends now took, in seconds.
    pub(super) fn seconds_of_work(&mut self) -> f64 {
        let begun = self.begun.take();
        begun.map_or(0.0, |begun| begun.elapsed().as_secs_f64())
    }

    /// Nobody known answered: the port is asked once more. Where something is asked of a person that answer comes first, so that no wrong
    /// password is said twice.
    fn look_again(&self) {
        let ended = matches!(self.view.state, LaneState::Stopped | LaneState::NeedsYou);
        if ended && self.view.question.is_none() && !self.context.quitting.get() {
            let _ = self.context.reports.send(Report::LookAgain {
                slot: self.view.slot,
                port: self.view.port.clone(),
            });
        }
    }

    fn lost(&mut self, connection: u64) {
        if self
            .here
            .as_ref()
            .is_some_and(|here| here.connection == connection)
        {
            self.here = None;
            let slot = self.view.slot;
            self.view = Lane::empty(slot, self.view.port.clone());
            self.typed = false;
            self.begun = None;
            self.set_state(LaneState::Empty);
        }
    }

    /// A fault card: four lines, amber when a person can cure it now, red otherwise.
    pub fn show_fault(&mut self, fault: &Fault, condition: UnitCondition) {
        self.view.advice = Some(advice(
            fault,
            condition,
            &self.context.place(self.view.slot, &self.view.port),
        ));
        self.set_state(if fault.needs_person() {
            LaneState::NeedsYou
        } else {
            LaneState::Stopped
        });
    }

    pub fn set_state(&mut self, state: LaneState) {
        self.view.state = state;
        self.view.since = Some(jiff::Timestamp::now());
        self.show();
    }

    pub fn show(&self) {
        self.context
            .tell(Event::LaneChanged(Box::new(self.view.clone())));
        super::agreeing::lane_has(&self.context, self.view.slot, self.view.unit.is_some());
        let at_work = self.view.state.is_working() && self.view.state != LaneState::Looking;
        let mut all = self.context.lanes_at_work.borrow_mut();
        if at_work {
            all.insert(self.view.slot);
        } else {
            all.remove(&self.view.slot);
        }
    }

    /// Follows a job's progress on the card.
    pub fn progress(&mut self, progress: &Progress) {
        match progress {
            Progress::Planned(changes) => {
                self.view.changes = changes
                    .iter()
                    .map(|change| LaneChange {
                        change: change.clone(),
                        mark: ChangeMark::Waiting,
                    })
                    .collect();
            }
            Progress::Setting { done, .. } => self.mark(|index| {
                if index < *done {
                    ChangeMark::Written
                } else if index == *done {
                    ChangeMark::Writing
                } else {
                    ChangeMark::Waiting
                }
            }),
            Progress::Restarting { .. } => {
                self.tell_push_taken();
                self.mark(|_| ChangeMark::Written);
            }
            Progress::Proved(Verdict::Verified) => self.mark(|_| ChangeMark::Proved),
            Progress::Proved(Verdict::NotVerified) => self.mark(|_| ChangeMark::Unprovable),
            Progress::Registering => self.view.carrier_note = Some("Asking the carrier".into()),
            Progress::Activating => {
                self.view.carrier_note = Some("Accepted, activation runs".into())
            }
            _ => {}
        }
        match LaneState::from_progress(progress) {
            Some(state) => self.set_state(state),
            None => self.show(),
        }
    }

    /// The unit answered for every write: taken, and not proved.
    fn tell_push_taken(&self) {
        if let (Some(_), Some(unit)) = (&self.turn, &self.view.unit) {
            let words = "written, checking what it kept".to_owned();
            self.context.push_told(&unit.id, Kept::Taken(words));
        }
    }

    /// The unit has answered for `written` of `of` places of the group under way: settings follow in the order of writing.
    pub fn written(&mut self, written: usize, of: usize) {
        if let LaneState::Setting { done, of: settings } = self.view.state
            && of > 0
        {
            let so_far = (settings * written / of).clamp(done, settings);
            self.progress(&Progress::Setting {
                done: so_far,
                of: settings,
            });
        }
    }

    fn mark(&mut self, mark: impl Fn(usize) -> ChangeMark) {
        for (index, change) in self.view.changes.iter_mut().enumerate() {
            let wanted = mark(index);
            change.mark = match wanted {
                ChangeMark::Proved if !change.change.readable => ChangeMark::Unprovable,
                other => other,
            };
        }
    }

    /// The last word on the unit in hand, for screens and for the command line.
    pub fn end(&mut self, ending: &Ending, recorded: bool) {
        let seconds = self.seconds_of_work();
        self.view.seconds = Some(seconds);
        self.view.registration = Some(ending.registration);
        if let Some(fault) = &ending.fault {
            if let Fault::CodeRefused { tries_left } = fault {
                self.view.question.get_or_insert(Question::Password {
                    tries_left: *tries_left,
                });
            } else if matches!(fault, Fault::OneShotUnknown { .. }) {
                self.view
                    .question
                    .get_or_insert(Question::Password { tries_left: None });
            }
            self.show_fault(fault, ending.condition);
        } else {
            self.set_state(match (ending.verdict, ending.registration) {
                (Verdict::AlreadySet, RegistrationState::Skipped | RegistrationState::Active) => {
                    LaneState::AlreadySet
                }
                (Verdict::NotVerified, _) => LaneState::NotVerified,
                (_, RegistrationState::Owed | RegistrationState::Pending) => {
                    LaneState::DoneCarrierOwed
                }
                _ => LaneState::Done,
            });
        }
        self.finished = true;
        let unit = self.view.unit.clone();
        lists::unit_ended(
            &self.context,
            UnitEnded {
                slot: self.view.slot,
                port: self.view.port.clone(),
                id: unit.as_ref().map(|unit| unit.id.clone()),
                model: unit.map(|unit| unit.model),
                ending: ending.clone(),
                advice: self.view.advice.clone(),
                recorded,
                seconds,
            },
        );
    }

    fn registered(
        &mut self,
        id: &UnitId,
        registration: RegistrationState,
        note: String,
        fault: Option<&Fault>,
        last: bool,
    ) {
        if self.view.unit.as_ref().is_none_or(|unit| unit.id != *id) {
            return;
        }
        self.view.registration = Some(registration);
        self.view.carrier_note = Some(note);
        if let Some(fault) = fault {
            self.show_fault(fault, UnitCondition::Set);
        } else if last
            && matches!(
                self.view.state,
                LaneState::Verified | LaneState::DoneCarrierOwed
            )
        {
            self.set_state(match registration {
                RegistrationState::Owed | RegistrationState::Pending => LaneState::DoneCarrierOwed,
                _ => LaneState::Done,
            });
        } else {
            self.show();
        }
    }

    /// Whether guarded changes are agreed to beforehand, and by whom.
    pub fn approved_by(&self) -> Option<String> {
        let agreed = self.turn.as_ref().and_then(|turn| turn.agreed_by.clone());
        match &self.context.approval {
            _ if agreed.is_some() => agreed,
            Approval::Given(by) => Some(by.clone()),
            _ => None,
        }
    }
}
