//! What screens draw from: plain data, owned by whoever watches, changed only by [`State::apply`].
//!
//! It holds no secret, no handle and no clock. How it comes about is the engine's business, how it looks the screen's.

use super::confirmed::ProfileFile;
use super::drafting::TemplatePage;
use super::event::Event;
use super::found::{LookedUpList, MenuValues, SearchAnswer};
use super::heard::{Hearing, UnitHeard};
use super::overheard::Talk;
pub use crate::inventory::FormerValue;
use crate::inventory::ReviewEntry;
use crate::sync::HeldRow;
use fleet::job::Progress;
use fleet::journal::Verdict;
use fleet::plan::ShownChange;
use fleet::profile::ProfileRegistry;
use fleet::registration::RegistrationState;
use fleet::setting::{SettingKey, ShownValue};
use fleet::unit::{Unit, UnitEvent};
use fleet::{Advice, UnitId};
use jiff::Timestamp;
use std::collections::BTreeMap;
use std::sync::Arc;

/// Place on the bench, from 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize)]
pub struct Slot(pub u32);

impl std::fmt::Display for Slot {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(formatter)
    }
}

/// Everything a screen can show.
#[derive(Debug, Clone, Default)]
pub struct State {
    /// This bench and what it is connected to.
    pub bench: BenchFacts,
    /// Lanes by slot.
    pub lanes: BTreeMap<Slot, Lane>,
    /// Hubs and slots as they were matched.
    pub slots: super::slots::SlotFacts,
    /// What is being done on the bench; nothing is written without one.
    pub job: Option<BenchJob>,
    /// Whether plugging alone starts a unit.
    pub line_mode: bool,
    /// Templates that can be picked.
    pub templates: Vec<TemplateFacts>,
    /// Unit families, for the limits of what is typed into a template.
    pub families: ProfileRegistry,
    /// The template that was opened last.
    pub template_page: Option<Arc<TemplatePage>>,
    /// Units finished since the program started, newest first.
    pub done_today: Vec<DoneUnit>,
    /// Answer to the last search.
    pub search: SearchAnswer,
    /// What the menus of the search offer.
    pub menus: MenuValues,
    /// The list that was pasted last.
    pub list: Option<Box<LookedUpList>>,
    /// The unit that was opened last.
    pub unit_page: Option<UnitPage>,
    /// The number that was opened last without a unit of it in the inventory.
    pub unit_absent: Option<UnitId>,
    /// Units opened lately, newest first, at most five.
    pub opened_lately: Vec<Unit>,
    /// What is owed or stuck.
    pub to_do: Vec<ToDo>,
    /// The bottom line.
    pub status: Status,
    /// How the agreement with the fleet database stands.
    pub agreement: Agreement,
    /// What the fleet database tells of units in service.
    pub hearing: Hearing,
    /// Reports of the unit that was opened last.
    pub unit_heard: Option<UnitHeard>,
    /// What the carrier account can do, when there is one.
    pub account: Option<super::subscriptions::AccountFacts>,
    /// How the comparison with the carrier's account stands.
    pub reconciled: super::reconciling::Reconciled,
    /// What people must be asked, oldest first.
    pub reviews: Vec<ReviewEntry>,
    /// All pushes, newest first.
    pub pushes: Vec<super::pushing::PushSummary>,
    /// Pushes of other benches that this one cannot help with.
    pub pushes_left_alone: Vec<super::pushing::LeftAlone>,
    /// A support bundle.
    pub support: Option<super::supporting::SupportBundle>,
    /// The push on the screen.
    pub push: Option<super::pushing::PushView>,
    /// What was rehearsed and not begun yet.
    pub rehearsal: Option<std::sync::Arc<super::pushing::RehearsalView>>,
    /// The list that comes in.
    pub incoming: Option<super::incoming::IncomingList>,
    /// Why the file that was opened last is no list.
    pub incoming_refused: Option<Advice>,
    /// The list that goes out.
    pub outgoing: Option<super::outgoing::OutgoingList>,
    /// Labels in hand.
    pub labels: Option<super::labelling::LabelSheet>,
    /// The last scans, newest first.
    pub scans: Vec<super::scans::ScanSeen>,
    /// Messages of a few seconds, newest last; the screen takes them.
    pub toasts: Vec<super::Toast>,
    /// Set when the engine has ended.
    pub ended: bool,
}

/// This bench.
#[derive(Debug, Clone, Default)]
pub struct BenchFacts {
    /// Its name ('Bench 2').
    pub name: String,
    /// Its office ('North office').
    pub office: String,
    /// Whether the carrier is the sandbox: everything wears its colour.
    pub sandbox: bool,
    /// Carrier account name, when one is configured.
    pub carrier: Option<String>,
    /// Units in the inventory.
    pub units: u64,
    /// Whether another program has the inventory and this one only reads.
    pub read_only: bool,
}

/// A job sheet: customer, template, count.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BenchJob {
    /// Customer, or empty.
    pub customer: String,
    /// Template name.
    pub template: String,
    /// Template version.
    pub template_version: u32,
    /// How many units it is for, when known.
    pub count: Option<u32>,
    /// How many are done.
    pub done: u32,
    /// Whether verified units are registered with the carrier.
    pub register: bool,
}

/// A template in lists.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TemplateFacts {
    /// Name.
    pub name: String,
    /// Version.
    pub version: u32,
    /// Whether clerks may use it.
    pub released: bool,
    /// When it came in or was begun.
    pub created_at: Option<Timestamp>,
    /// When it was released, and by whom.
    pub released_by: Option<(Timestamp, String)>,
    /// When a draft was last changed, and by whom.
    pub changed: Option<(Timestamp, String)>,
    /// Version that it was begun from.
    pub based_on: Option<u32>,
    /// What it sets; secrets as 'set'.
    pub settings: BTreeMap<SettingKey, ShownValue>,
}

/// One place on the bench where a unit is worked on.
#[derive(Debug, Clone, PartialEq)]
pub struct Lane {
    /// Where.
    pub slot: Slot,
    /// Port, for support and the command line; the bench does not show it.
    pub port: String,
    /// What it is doing.
    pub state: LaneState,
    /// The unit, once it answered.
    pub unit: Option<LaneUnit>,
    /// The plan, once known, in the order of writing, with how far each is.
    pub changes: Vec<LaneChange>,
    /// Name and version of the template that the plan is of; of a push it is another one than the job's.
    pub template: Option<(String, u32)>,
    /// Settings that were already right.
    pub already_right: Vec<(String, ShownValue)>,
    /// The four lines, when something is wrong.
    pub advice: Option<Advice>,
    /// What a person is asked, when something is.
    pub question: Option<Question>,
    /// Where the registration of the unit stands.
    pub registration: Option<RegistrationState>,
    /// A line for the carrier fold ('Accepted 10:43, activation runs').
    pub carrier_note: Option<String>,
    /// Talk with the unit, without secrets, last lines.
    pub talk: Talk,
    /// Whether its housing label was scanned.
    pub ticked: bool,
    /// A person set it aside.
    pub set_aside: bool,
    /// When the state last changed.
    pub since: Option<Timestamp>,
    /// Seconds the last job took, once it ended.
    pub seconds: Option<f64>,
}

impl Lane {
    /// An empty lane.
    #[must_use]
    pub fn empty(slot: Slot, port: impl Into<String>) -> Self {
        Self {
            slot,
            port: port.into(),
            state: LaneState::Empty,
            unit: None,
            changes: Vec::new(),
            template: None,
            already_right: Vec::new(),
            advice: None,
            question: None,
            registration: None,
            carrier_note: None,
            talk: Talk::default(),
            ticked: false,
            set_aside: false,
            since: None,
            seconds: None,
        }
    }
}

/// States of a lane: the words of users.md section 4.
#[derive(Debug, Clone, PartialEq)]
pub enum LaneState {
    /// Nothing plugged.
    Empty,
    /// Plugged, not yet answered.
    Looking,
    /// A known unit, ready to start.
    Ready,
    /// Reading everything it holds.
    Reading,
    /// Needs nothing.
    AlreadySet,
    /// Writing: settings done, of all.
    Setting {
        /// Done.
        done: usize,
        /// Of.
        of: usize,
    },
    /// Restarting, since then, usually so long.
    Restarting {
        /// Milliseconds.
        usual_ms: u64,
    },
    /// Reading back.
    Checking {
        /// Right so far.
        done: usize,
        /// Of.
        of: usize,
    },
    /// Old settings are being put back.
    PuttingBack,
    /// The cable is out in the middle of work; waiting for the same unit.
    WaitingForUnit,
    /// Proved; registration under way.
    Verified,
    /// Proved and registered, or nothing to register. Pull and label.
    Done,
    /// Proved; the carrier is told later.
    DoneCarrierOwed,
    /// Everything was accepted, but this family cannot show it.
    NotVerified,
    /// A person can cure it now.
    NeedsYou,
    /// Set it aside.
    Stopped,
}

impl LaneState {
    /// The state that `progress` of a job means for its lane.
    #[must_use]
    pub fn from_progress(progress: &Progress) -> Option<Self> {
        Some(match progress {
            Progress::Reading | Progress::Planned(_) => Self::Reading,
            Progress::Setting { done, of } => Self::Setting {
                done: *done,
                of: *of,
            },
            Progress::Saving => return None,
            Progress::Restarting { usual_ms } => Self::Restarting {
                usual_ms: *usual_ms,
            },
            Progress::Checking { done, of } => Self::Checking {
                done: *done,
                of: *of,
            },
            Progress::PuttingBack => Self::PuttingBack,
            Progress::WaitingForUnit => Self::WaitingForUnit,
            Progress::Proved(Verdict::AlreadySet) => Self::AlreadySet,
            Progress::Proved(Verdict::NotVerified) => Self::NotVerified,
            Progress::Proved(_) => Self::Verified,
            Progress::Registering | Progress::Activating => return None,
            Progress::Owed => Self::DoneCarrierOwed,
        })
    }

    /// The big word.
    #[must_use]
    pub fn word(&self) -> String {
        match self {
            Self::Empty => "Empty".into(),
            Self::Looking => "Looking...".into(),
            Self::Ready => "Ready".into(),
            Self::Reading => "Reading".into(),
            Self::AlreadySet => "Already set".into(),
            Self::Setting { done, of } => format!("Setting {done} of {of}"),
            Self::Restarting { .. } => "Restarting".into(),
            Self::Checking { .. } => "Checking".into(),
            Self::PuttingBack => "Putting back".into(),
            Self::WaitingForUnit => "Plug it in again".into(),
            Self::Verified => "Verified".into(),
            Self::Done => "Done".into(),
            Self::DoneCarrierOwed => "Done, carrier owed".into(),
            Self::NotVerified => "Not verified".into(),
            Self::NeedsYou => "Needs you".into(),
            Self::Stopped => "Stopped".into(),
        }
    }

    /// Whether the program has its hands on the unit: pulling now would interrupt it.
    #[must_use]
    pub fn is_working(&self) -> bool {
        matches!(
            self,
            Self::Looking
                | Self::Reading
                | Self::Setting { .. }
                | Self::Restarting { .. }
                | Self::Checking { .. }
                | Self::PuttingBack
                | Self::WaitingForUnit
        )
    }
}

/// A unit on a lane.
#[derive(Debug, Clone, PartialEq)]
pub struct LaneUnit {
    /// Identity.
    pub id: UnitId,
    /// Model for people.
    pub model: String,
    /// Firmware.
    pub firmware: Option<String>,
    /// SIM, as text.
    pub iccid: Option<String>,
    /// What is known of it from before ('New, never set here', 'Set 3 Oct, bench 1').
    pub greeting: String,
    /// When, why and by whom it was set aside, when it was and was not proved since.
    pub story: Option<String>,
    /// Things a person should know though they stop nothing.
    pub warnings: Vec<String>,
}

/// How far one change is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ChangeMark {
    /// Not yet written.
    Waiting,
    /// Being written.
    Writing,
    /// Written: an acknowledgement, no proof.
    Written,
    /// Read back and right.
    Proved,
    /// Read back and different.
    Differs,
    /// Cannot be read back on this family.
    Unprovable,
}

/// One line of the before/after list.
#[derive(Debug, Clone, PartialEq)]
pub struct LaneChange {
    /// The change.
    pub change: ShownChange,
    /// How far it is.
    pub mark: ChangeMark,
}

/// What a person is asked on a lane.
#[derive(Debug, Clone, PartialEq)]
pub enum Question {
    /// May the guarded changes be written? After this only a cable helps.
    Approve {
        /// Their labels.
        guarded: Vec<String>,
    },
    /// The unit's password or keyword.
    Password {
        /// Tries left, where the unit counts them.
        tries_left: Option<u32>,
    },
    /// The number on the housing.
    Label,
    /// May this profile file of the bench be used? It says where units report to.
    ConfirmProfile(Arc<ProfileFile>),
    /// Cut the power and put it back.
    PowerCycle,
    /// Is it registered at the carrier?
    IsItRegistered {
        /// What is known.
        evidence: String,
    },
}

/// A unit that left the bench.
#[derive(Debug, Clone, PartialEq)]
pub struct DoneUnit {
    /// Identity.
    pub id: UnitId,
    /// Model.
    pub model: String,
    /// How.
    pub verdict: Verdict,
    /// When.
    pub at: Timestamp,
    /// Seconds.
    pub seconds: f64,
}

/// A unit with its history.
#[derive(Debug, Clone)]
pub struct UnitPage {
    /// The row.
    pub unit: Unit,
    /// Newest first.
    pub timeline: Vec<UnitEvent>,
    /// What stood in its fields before, newest change first.
    pub former: Vec<FormerValue>,
    /// The unit in use that has its SIM now.
    pub sim_taken_by: Option<Unit>,
}

/// Something owed or stuck.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ToDo {
    /// Unit.
    pub id: UnitId,
    /// What ('Registration owed', 'Waiting for the carrier').
    pub what: String,
    /// Why, or how long.
    pub detail: String,
    /// Since when.
    pub since: Timestamp,
    /// Whether a person must act.
    pub needs_person: bool,
    /// Whether a person must say how its registration stands at the carrier.
    pub asks: bool,
}

/// The bottom line.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Status {
    /// Registrations owed or pending.
    pub registrations_waiting: u32,
    /// Since when the oldest waits.
    pub waiting_since: Option<Timestamp>,
    /// Whether the carrier could not be reached last time, and since when.
    pub carrier_offline_since: Option<Timestamp>,
    /// Calls left today, of.
    pub carrier_calls: Option<(u32, u32)>,
    /// Last scan and what came of it.
    pub last_scan: Option<(String, String)>,
    /// What is wrong with the program's own files, if anything.
    pub trouble: Option<String>,
}

/// How the agreement with the fleet database stands.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Agreement {
    /// Whether there is a fleet database at all.
    pub configured: bool,
    /// When everything was last agreed.
    pub agreed_at: Option<Timestamp>,
    /// Since when it could not be reached, when it cannot be now.
    pub offline_since: Option<Timestamp>,
    /// Changes that it does not know yet.
    pub waiting: u64,
    /// Since when the oldest of them waits.
    pub waiting_since: Option<Timestamp>,
    /// Units whose row somebody else is changing, so that changes of them wait.
    pub busy: u64,
    /// Who has one of them, as far as the fleet database can tell.
    pub held: Option<HeldRow>,
    /// It was told that the fleet database is newer than this program.
    pub newer_told: bool,
    /// Questions for a person.
    pub need_you: u64,
    /// Units and SIMs that other benches have in hand, as far as was heard.
    pub in_hand: Vec<crate::sync::InHand>,
    /// What is wrong, when it is more than a line that is down.
    pub trouble: Option<Advice>,
}

impl Agreement {
    /// Who else has this unit or its SIM in hand, as far as was heard.
    #[must_use]
    pub fn who_has(&self, id: &UnitId, iccid: Option<&str>) -> Option<&crate::sync::InHand> {
        crate::sync::who_has(&self.in_hand, id, iccid)
    }
}

impl State {
    /// Applies one event. The only way a state changes.
    pub fn apply(&mut self, event: Event) {
        match event {
            Event::Bench(bench) => self.bench = bench,
            Event::LaneChanged(lane) => {
                self.lanes.insert(lane.slot, *lane);
            }
            Event::Slots(slots) => self.slots = slots,
            Event::LaneRemoved(slot) => {
                self.lanes.remove(&slot);
            }
            Event::Job(job) => self.job = job,
            Event::LineMode(on) => self.line_mode = on,
            Event::Templates(templates) => self.templates = templates,
            Event::Families(families) => self.families = families,
            Event::TemplateOpened(page) => self.template_page = Some(Arc::new(*page)),
            Event::UnitDone(done) => {
                self.done_today.retain(|earlier| earlier.id != done.id);
                self.done_today.insert(0, done);
            }
            Event::DoneToday(done) => self.done_today = done,
            Event::Searched(answer) => self.search = answer,
            Event::SearchedAll(query, all) if query == self.search.query => {
                self.search.total = all.len() as u64;
                self.search.complete = true;
                self.search.all = Some(all);
            }
            Event::SearchPage(query, page, lines) if query == self.search.query => {
                self.search.keep_page(page, lines);
            }
            Event::SearchBehind(query, units) if query == self.search.query => {
                self.search.behind = units;
            }
            Event::SearchedAll(..) | Event::SearchPage(..) | Event::SearchBehind(..) => {}
            Event::Menus(menus) => self.menus = menus,
            Event::ListLookedUp(list) => self.list = Some(list),
            Event::UnitOpened(page) => {
                self.opened_lately.retain(|unit| unit.id != page.unit.id);
                self.opened_lately.insert(0, page.unit.clone());
                self.opened_lately.truncate(5);
                self.unit_absent.take_if(|absent| *absent == page.unit.id);
                self.unit_page = Some(*page);
            }
            Event::UnitAbsent(id) => self.unit_absent = Some(id),
            Event::ToDo(list) => self.to_do = list,
            Event::Status(status) => self.status = status,
            Event::Agreement(agreement) => self.agreement = agreement,
            Event::Hearing(hearing) => self.hearing = *hearing,
            Event::UnitHeard(heard) => self.unit_heard = Some(*heard),
            Event::Account(account) => self.account = Some(*account),
            Event::Reconciled(reconciled) => self.reconciled = *reconciled,
            Event::Reviews(reviews) => self.reviews = reviews,
            Event::Pushes(pushes) => self.pushes = pushes,
            Event::PushesLeftAlone(left) => self.pushes_left_alone = left,
            Event::Support(bundle) => self.support = bundle.map(|it| *it),
            Event::PushShown(push) => self.push = push.map(|push| *push),
            Event::PushMoved(step) => {
                step.take_into(&mut self.pushes);
                if let Some(push) = &mut self.push {
                    push.take(*step);
                }
            }
            Event::Rehearsed(rehearsal) => self.rehearsal = rehearsal,
            Event::Incoming(list) => {
                self.incoming = list.map(|list| *list);
                self.incoming_refused = None;
            }
            Event::IncomingRefused(advice) => self.incoming_refused = Some(advice),
            Event::Outgoing(list) => self.outgoing = list.map(|list| *list),
            Event::Labels(labels) => self.labels = labels.map(|labels| *labels),
            Event::Scans(scans) => self.scans = scans,
            Event::Toast(toast) => self.toasts.push(toast),
            // The window's own business.
            Event::EditedNothing(_) => {}
            Event::Ended => self.ended = true,
            Event::UnitEnded(_) | Event::WaitedFor(_) => {}
        }
    }
}
