//! What the window itself remembers: which screen, what is chosen, what is typed. Nothing of it is worth keeping.

use super::choices::Choices;
use super::templates::typing::TemplateForm;
use super::widgets::ToastCard;
use crate::engine::{Lane, Slot, State, TemplateWish};
use egui::Id;
use fleet::UnitId;
use fleet::label::LabelSize;
use std::collections::{BTreeMap, VecDeque};

/// Most decisions that the list remembers.
const REMEMBERED: usize = 20;

/// The screens.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Screen {
    /// Lanes.
    #[default]
    Bench,
    /// Search.
    Find,
    /// One unit; belongs to Find in the rail.
    Unit,
    /// A list comes in; belongs to Find in the rail.
    Import,
    /// One change over many units.
    Push,
    /// Templates.
    Templates,
    /// What is owed.
    ToDo,
    /// The carrier's account against the inventory; belongs to To do in the rail.
    Compare,
    /// What two people changed at once.
    Review,
}

impl Screen {
    /// Whether a scan on this screen opens the unit that it names.
    #[must_use]
    pub fn scan_opens(self) -> bool {
        !matches!(self, Self::Bench | Self::Push)
    }
}

/// What lies over the screens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Dialog {
    /// Pick a job.
    PickJob,
    /// May the guarded changes of this lane be written?
    Approve(Slot),
    /// May this lane's profile file be used?
    ConfirmProfile(Slot),
    /// Shall typing be switched on for this lane's unit?
    TypeToUnit(Slot),
    /// 'I can't find my unit'.
    Ladder,
    /// All keys.
    Keys,
    /// Choices for the window.
    Options,
    /// What would be in a support bundle.
    Support,
    /// Slots matched to places.
    Slots,
    /// What people enter about a unit.
    EditUnit,
    /// Swap, return or retire the unit that is shown.
    Life(LifeChoice),
    /// A step in the life of a unit's subscription.
    Subscription,
    /// Swap of a SIM or a unit at the carrier, step by step.
    CarrierSwap,
    /// Units are written into a file.
    Export,
    /// The result sheet of the push that is shown.
    PushSheet,
    /// Labels before they are printed.
    Labels,
    /// The window was closed while units are being worked on.
    Leave,
}

/// What shall become of a unit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LifeChoice {
    /// Another one takes its place.
    Swap,
    /// It came back.
    Return,
    /// It goes out of use.
    Retire,
    /// It is used again.
    TakeBack,
}

/// The areas that F6 goes through.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Area {
    /// The rail at the left.
    Rail,
    /// Job line or head.
    Head,
    /// Lanes, table.
    Main,
    /// What is typed beside a list: a draft.
    Form,
    /// The pane at the right.
    Pane,
    /// The bottom line.
    Status,
}

/// Which folds of the pane are open.
#[derive(Debug, Clone, Copy, Default)]
pub struct Folds {
    /// What was already right.
    pub right: bool,
    /// Carrier.
    pub carrier: bool,
    /// Talk with the unit.
    pub talk: bool,
    /// All changes, where there is little room.
    pub changes: bool,
}

/// The form 'Pick a job'.
#[derive(Debug, Clone)]
pub struct JobForm {
    /// Which of the released templates.
    pub chosen: usize,
    /// Customer.
    pub customer: String,
    /// How many, as typed.
    pub count: String,
    /// Whether verified units are registered.
    pub register: bool,
}

impl Default for JobForm {
    fn default() -> Self {
        Self {
            chosen: 0,
            customer: String::new(),
            count: String::new(),
            register: true,
        }
    }
}

/// The ladder's answers that only a person can give.
#[derive(Debug, Clone, Copy, Default)]
pub struct LadderAnswers {
    /// The light on the unit is on.
    pub light: bool,
    /// Another cable was tried.
    pub cable: bool,
    /// Another slot was tried.
    pub slot: bool,
}

/// A message and when it goes away.
#[derive(Debug, Clone)]
pub struct ToastOnShow {
    /// Counted from 1: two may say the same.
    pub number: u64,
    /// What it says.
    pub card: ToastCard,
    /// Seconds of the window's clock.
    pub until_s: f64,
    /// What takes back that which it tells of, while it is on show.
    pub back: Option<WayBack>,
}

/// What takes something back.
#[derive(Debug, Clone)]
pub enum WayBack {
    /// A unit's former values.
    Edit(EditBack),
    /// A draft that was dropped.
    Template(TemplateWish),
}

/// The edits that give a unit its former values back.
#[derive(Debug, Clone)]
pub struct EditBack {
    /// The unit.
    pub unit: UnitId,
    /// Its former values.
    pub edits: Vec<fleet::edit::Edit>,
    /// What was put in their place, as it reads.
    pub set: Vec<(fleet::edit::Field, String)>,
}

/// Edits that were asked for and not answered yet. Each unit's are answered in their order.
#[derive(Debug, Default)]
pub struct Edited(BTreeMap<UnitId, VecDeque<Option<EditBack>>>);

impl Edited {
    /// An edit of this unit is asked for; nothing where it cannot be taken back.
    pub fn asked(&mut self, unit: UnitId, back: Option<EditBack>) {
        self.0.entry(unit).or_default().push_back(back);
    }

    /// The oldest edit of this unit is answered; what takes it back.
    pub fn answered(&mut self, unit: &UnitId) -> Option<EditBack> {
        let waiting = self.0.get_mut(unit)?;
        let back = waiting.pop_front().flatten();
        if waiting.is_empty() {
            self.0.remove(unit);
        }
        back
    }

    /// The unit goes a step in its life: what was edited before that is no longer taken back.
    pub fn forget(&mut self, unit: &UnitId) {
        if let Some(waiting) = self.0.get_mut(unit) {
            waiting.iter_mut().for_each(|back| *back = None);
        }
    }
}

/// A question that was decided since the start, for Undo.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decided {
    /// The operation it was about.
    pub op: uuid::Uuid,
    /// The field.
    pub field: Option<String>,
    /// The unit's number.
    pub unit: String,
    /// What it was about.
    pub what: String,
    /// How it was decided.
    pub how: String,
}

/// A step of a subscription, as far as it is chosen and agreed to.
#[derive(Debug, Clone)]
pub struct SubscriptionForm {
    /// The unit.
    pub unit: UnitId,
    /// The step.
    pub step: crate::engine::SubscriptionStep,
    /// The chosen plan.
    pub plan: String,
    /// What was typed to agree.
    pub typed: String,
    /// The typed day.
    pub day: String,
}

/// What is swapped at the carrier.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CarrierSwap {
    /// The unit gets another SIM.
    Sim,
    /// The SIM gets another unit.
    Unit,
}

/// A swap at the carrier, as far as it is agreed to.
#[derive(Debug, Clone)]
pub struct SwapForm {
    /// The unit that loses its SIM, or that is taken out.
    pub unit: UnitId,
    /// What is swapped.
    pub what: CarrierSwap,
    /// The SIM that was in it.
    pub former_sim: Option<String>,
    /// What was typed to agree.
    pub typed: String,
    /// The end of the present subscription was asked for.
    pub asked: bool,
}

/// What is typed about a unit: field, as it was, as it is typed.
#[derive(Debug, Clone)]
pub struct UnitForm {
    /// The unit.
    pub unit: UnitId,
    /// The fields.
    pub fields: Vec<(fleet::edit::Field, String, String)>,
}

/// What the window remembers. It holds what is being typed, passwords too, so it cannot be printed.
#[derive(Default)]
pub struct Desk {
    /// Which screen.
    pub screen: Screen,
    /// Choices for the window.
    pub choices: Choices,
    /// The lane a person chose.
    pub chosen: Option<Slot>,
    /// Whether the pane lies over the lanes, where there is little room.
    pub pane_open: bool,
    /// Folds of the pane.
    pub folds: Folds,
    /// What lies over the screen.
    pub dialog: Option<Dialog>,
    /// The dialog that was open when the window was to be closed.
    pub under_leave: Option<Dialog>,
    /// It was just opened.
    pub dialog_is_new: bool,
    /// What was there when it was opened.
    pub before_dialog: super::dialogs::Before,
    /// Slots were being matched when the engine last told.
    pub matching: bool,
    /// What is typed into Find.
    pub typed: String,
    /// What was last asked of the engine.
    pub asked: String,
    /// Chosen row of Find.
    pub row: usize,
    /// Bring the chosen row into sight.
    pub row_moved: bool,
    /// Pages of the found rows that were asked for, of which search.
    pub pages_asked: (String, std::collections::BTreeSet<usize>),
    /// The pasted list is on show.
    pub list_open: bool,
    /// Only its problems are shown.
    pub list_problems: bool,
    /// Chosen line of the pasted list.
    pub list_row: usize,
    /// Kind that the timeline of a unit is cut to.
    pub timeline_kind: Option<fleet::unit::UnitEventKind>,
    /// The number of the unit that shall take another's place, as typed.
    pub swap_with: String,
    /// Give the search box the keyboard.
    pub focus_search: bool,
    /// All that stands in the search box is to be chosen once it has the keyboard.
    pub select_search: bool,
    /// The unit whose page is shown or on its way.
    pub unit: Option<UnitId>,
    /// The form 'Pick a job'.
    pub job: JobForm,
    /// What is typed and chosen for lists and labels.
    pub sheets: super::sheets::SheetForm,
    /// Scans and their large word.
    pub scans: super::scans::ScanDesk,
    /// Slots whose unit has its label already.
    pub labelled: std::collections::BTreeSet<Slot>,
    /// What is chosen and typed for a push.
    pub push: super::push::PushForm,
    /// Chosen template.
    pub template: usize,
    /// What is typed into a draft.
    pub template_form: TemplateForm,
    /// Path of a template file, as typed.
    pub template_path: String,
    /// A password as typed, and for which slot.
    pub password: (Option<Slot>, String),
    /// A profile's short name as typed, and for which slot.
    pub profile_name: (Option<Slot>, String),
    /// What is typed to units, and how their talk is drawn.
    pub talk: super::bench::talk::TalkDesk,
    /// An IMEI as typed, and for which slot.
    pub label: (Option<Slot>, String),
    /// Chosen question of Review.
    pub review: usize,
    /// The field for something else has just been opened: it takes the keyboard.
    pub review_opens: bool,
    /// Something else than yours or theirs, as typed.
    pub review_typed: Option<String>,
    /// The same of a question that was left with Escape: it stands there when it is typed to again.
    pub review_kept: Option<(uuid::Uuid, String)>,
    /// Questions that were decided since the start, newest first.
    pub decided: Vec<Decided>,
    /// What is typed about a unit.
    pub unit_form: Option<UnitForm>,
    /// The step of a subscription that is being agreed to.
    pub subscription_form: Option<SubscriptionForm>,
    /// The swap at the carrier that is under way.
    pub swap_form: Option<SwapForm>,
    /// The file that differences shall be written to, as typed.
    pub compare_path: String,
    /// Answers of the ladder.
    pub ladder: LadderAnswers,
    /// Messages on show.
    pub toasts: Vec<ToastOnShow>,
    /// Messages that were shown so far.
    pub shown_toasts: u64,
    /// Edits that the engine was asked for, until it tells what came of them.
    pub edited: Edited,
    /// What can have the keyboard.
    pub walk: super::walk::Walk,
    /// First thing in each area that can have the keyboard.
    pub areas: BTreeMap<Area, Id>,
    /// Slots that were just plugged, and when, for the blink.
    pub plugged: BTreeMap<Slot, f64>,
    /// The window asked the engine to end.
    pub leaving: bool,
    /// A person wants the pretend office.
    pub wants_pretend_office: bool,
    /// Sounds can be heard here.
    pub sound_works: bool,
    /// The choices changed and want to be kept.
    pub choices_changed: bool,
    /// Where the support bundle shall be saved, as typed.
    pub support_path: String,
}

impl Desk {
    /// The lane that the pane shows: the one a person chose, else the one that asks loudest.
    #[must_use]
    pub fn shown_lane(&self, state: &State) -> Option<Slot> {
        use crate::engine::LaneState as L;
        if let Some(chosen) = self.chosen {
            return Some(chosen);
        }
        let rank = |state: &L| match state {
            L::NeedsYou => 0,
            L::Stopped => 1,
            L::Setting { .. } | L::Checking { .. } | L::Restarting { .. } => 2,
            L::Ready => 3,
            L::Empty => 9,
            _ => 4,
        };
        state
            .lanes
            .values()
            .filter(|lane| lane.state != L::Empty)
            .min_by_key(|lane| (rank(&lane.state), lane.slot))
            .map(|lane| lane.slot)
    }

    /// A draft that was just begun is the one that is worked on.
    pub fn opened_template(&mut self, state: &State, (name, version): (String, u32)) {
        let opened = (name, version);
        // A page that was told anew is not the one that is awaited.
        let again = self.template_form.asked.as_ref() == Some(&opened);
        if again || !std::mem::take(&mut self.template_form.begun) {
            return;
        }
        let (name, version) = opened;
        let mut all = state.templates.iter();
        let index = all.position(|each| each.name == name && each.version == version);
        if let Some(index) = index {
            self.template = index;
            self.template_form.asked = Some((name, version));
        }
    }

    /// The label that a lane wants printed by itself: once for each unit that turned green on it, on a label printer.
    pub fn label_due(&mut self, lane: &Lane) -> Option<(UnitId, LabelSize)> {
        use crate::engine::LaneState as L;
        match lane.state {
            L::Empty | L::Ready => {
                self.labelled.remove(&lane.slot);
                return None;
            }
            L::AlreadySet | L::Done | L::DoneCarrierOwed => {}
            _ => return None,
        }
        let size = match self.choices.label_size.as_str() {
            "" => fleet::label::SIZES.first().copied(),
            key => LabelSize::of_key(key),
        };
        let size = size.filter(|size| size.sheet.is_none() && self.choices.print_labels)?;
        let unit = lane.unit.as_ref()?;
        (self.labelled.insert(lane.slot)).then(|| (unit.id.clone(), size))
    }

    /// Puts words on show until then, in seconds of the window's clock.
    pub fn say(&mut self, words: String, until_s: f64) {
        let card = ToastCard {
            words,
            warning: false,
        };
        self.put_on_show(card, until_s, None);
    }

    /// Puts a message on show until then; `back` takes back what it tells of.
    pub fn put_on_show(&mut self, card: ToastCard, until_s: f64, back: Option<WayBack>) {
        self.shown_toasts += 1;
        self.toasts.push(ToastOnShow {
            number: self.shown_toasts,
            card,
            until_s,
            back,
        });
    }

    /// A question was decided. Undo means that from now on, not what an older message tells of.
    pub fn was_decided(&mut self, decided: Decided) {
        for toast in &mut self.toasts {
            toast.back = None;
        }
        self.decided.insert(0, decided);
        self.decided.truncate(REMEMBERED);
    }

    /// Remembers the first thing of an area that can have the keyboard.
    pub fn area(&mut self, area: Area, id: Id) {
        self.areas.entry(area).or_insert(id);
    }

    /// Opens a dialog; one at a time. The one that asks whether the window is closed remembers which it stands in for.
    pub fn open(&mut self, dialog: Dialog) {
        if dialog == Dialog::Leave && self.dialog != Some(Dialog::Leave) {
            self.under_leave = self.dialog.take();
        }
        self.dialog = Some(dialog);
        self.dialog_is_new = true;
    }

    /// Closes the dialog; when work goes on, the one before it is open again.
    pub fn close_dialog(&mut self) {
        let before = self.under_leave.take();
        match before.filter(|_| self.dialog == Some(Dialog::Leave)) {
            Some(before) => self.open(before),
            None => self.dialog = None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use fleet::edit::Edit;

    fn back(unit: &UnitId, customer: &str) -> Option<EditBack> {
        let edit = Edit::new(fleet::edit::Field::Customer, customer).unwrap();
        Some(EditBack {
            set: Vec::new(),
            unit: unit.clone(),
            edits: vec![edit],
        })
    }

    #[test]
    fn edits_that_are_under_way_together_keep_each_its_own_way_back() {
        let one = UnitId::Hardware("A4821".into());
        let other = UnitId::Hardware("B4821".into());
        let mut edited = Edited::default();
        edited.asked(one.clone(), back(&one, "first"));
        edited.asked(other.clone(), back(&other, "other"));
        edited.asked(one.clone(), None);
        edited.asked(one.clone(), back(&one, "third"));
        let is = |found: Option<EditBack>, wanted: Option<EditBack>| {
            assert_eq!(
                found.map(|back| (back.unit, back.edits)),
                wanted.map(|back| (back.unit, back.edits))
            );
        };
        is(edited.answered(&other), back(&other, "other"));
        is(edited.answered(&one), back(&one, "first"));
        is(edited.answered(&one), None);
        edited.forget(&one);
        is(edited.answered(&one), None);
        is(edited.answered(&one), None);
    }

    #[test]
    fn the_dialog_that_was_open_when_the_window_was_to_be_closed_is_open_again() {
        let mut desk = Desk::default();
        desk.open(Dialog::Keys);
        desk.open(Dialog::Leave);
        desk.open(Dialog::Leave);
        desk.close_dialog();
        assert_eq!(desk.dialog, Some(Dialog::Keys));
        desk.close_dialog();
        assert_eq!(desk.dialog, None);
    }
}
