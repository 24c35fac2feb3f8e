//! Push: one change over many units in five steps. Choose, rehearse, pilot, the rest, result.

mod choose;
pub mod left_alone;
mod listed;
mod parts;
mod rehearse;
mod running;
pub mod sheet;

use super::draw::Draw;
use super::keys::Act;
use super::theme::palette;
use crate::engine::{Command, PushWish};
use egui::{Frame, Margin, Panel, Ui};
use fleet::UnitId;
use fleet::push::{PushState, Standing, Via, Wave};

/// What is typed and chosen on this screen.
pub struct PushForm {
    /// The search that chooses units, or a pasted list of numbers.
    pub units: String,
    /// What of that list is doubled or wrong.
    pub listed: listed::Listed,
    /// Chosen template, by its place in the list.
    pub template: usize,
    /// By which ways.
    pub via: Via,
    /// Size of the pilot, as typed.
    pub pilot: String,
    /// Failures at which it stops, as typed.
    pub stop_after: String,
    /// Name of the template, as typed to agree.
    pub name: String,
    /// How many units change, as typed to agree.
    pub count: String,
    /// Where the result sheet shall be written, as typed.
    pub sheet_path: String,
    /// A rehearsal is under way.
    pub asked: bool,
    /// Units were brought here: what is to be done next takes the keyboard.
    pub focus_rehearse: bool,
}

impl PushForm {
    /// A scanned unit is taken out of those that were typed or scanned.
    pub fn take_out(&mut self, unit: &UnitId) {
        let left = self.units.split_whitespace();
        let left: Vec<&str> = left.filter(|each| *each != unit.as_str()).collect();
        self.units = left.join(" ");
    }

    /// What was typed to agree is put away.
    pub fn forget_agreement(&mut self) {
        self.name.clear();
        self.count.clear();
    }
}

impl Default for PushForm {
    fn default() -> Self {
        Self {
            units: String::new(),
            listed: listed::Listed::default(),
            template: 0,
            via: Via::Any,
            pilot: "5".to_owned(),
            stop_after: "5".to_owned(),
            name: String::new(),
            count: String::new(),
            sheet_path: String::new(),
            asked: false,
            focus_rehearse: false,
        }
    }
}

/// The five steps.
const STEPS: [&str; 5] = ["Choose", "Rehearse", "Pilot", "The rest", "Result"];

/// Draws the screen.
pub fn show(ui: &mut Ui, draw: &mut Draw<'_>) {
    let state = draw.state;
    let (title, under, step) = if let Some(rehearsal) = &state.rehearsal {
        let under = format!(
            "{}, chosen {}, nothing sent yet",
            super::words::several(rehearsal.units() as u64, "unit", "units"),
            rehearsal.rehearsal.facts.chosen
        );
        (rehearsal.rehearsal.facts.title.clone(), under, 1)
    } else if let Some(push) = &state.push {
        let begun = super::words::when(push.facts.begun, draw.now, draw.zone);
        let under = format!(
            "{}, begun {begun} by {}, goes on if this PC is closed",
            super::words::several(push.counts.units as u64, "unit", "units"),
            push.facts.by
        );
        let step = match (&push.progress.state, push.progress.wave) {
            (PushState::Ended | PushState::Cancelled { .. }, _) => 4,
            (_, Wave::Pilot) => 2,
            (_, Wave::Rest) => 3,
        };
        (push.facts.title.clone(), under, step)
    } else {
        (
            "Push".to_owned(),
            "One change over many units".to_owned(),
            0,
        )
    };
    let colours = palette(ui);
    Panel::top("push head")
        .exact_size(64.0)
        .resizable(false)
        .frame(
            Frame::new()
                .fill(colours.surface)
                .inner_margin(Margin::symmetric(24, 0)),
        )
        .show(ui, |ui| parts::head(ui, draw, &title, &under, &STEPS, step));
    if let Some(rehearsal) = state.rehearsal.clone() {
        rehearse::show(ui, draw, &rehearsal);
    } else if let Some(push) = &state.push {
        running::show(ui, draw, push);
    } else {
        choose::show(ui, draw);
    }
}

/// What keys do here.
pub fn perform(draw: &mut Draw<'_>, act: Act) {
    let Some(push) = &draw.state.push else { return };
    if act == Act::Fold && draw.state.rehearsal.is_none() {
        let wish = match push.progress.state {
            PushState::Running => PushWish::Pause,
            PushState::Paused { .. } | PushState::Stopped { .. } => PushWish::GoOn,
            _ => return,
        };
        draw.wish(Command::Push(push.facts.id, wish));
    }
}

/// Escape goes one step back; nothing that was begun is ended by it.
pub fn back(draw: &mut Draw<'_>) {
    if draw.state.rehearsal.is_some() {
        draw.desk.push.forget_agreement();
        draw.wish(Command::DropRehearsal);
    } else if draw.state.push.is_some() {
        draw.wish(Command::ShowPush(None));
    }
}

/// Standings of a bar in their order, with the words under the figures.
const SHOWN: [(Standing, &str); 8] = [
    (Standing::Verified, "verified"),
    (Standing::Taken, "taken"),
    (Standing::Sent, "sent"),
    (Standing::Waiting, "waiting"),
    (Standing::Failed, "failed"),
    (Standing::AlreadyRight, "already set"),
    (Standing::Cannot, "cannot"),
    (Standing::LeftOut, "left out"),
];
