//! What a person is asked on a lane, and what can be pressed when it stopped.

use crate::engine::{Command, Lane, LaneState, Question, Slot};
use crate::ui::desk::{Area, Dialog};
use crate::ui::draw::Draw;
use crate::ui::keys::{Act, cap};
use crate::ui::theme::text::{self, Size, Weight};
use crate::ui::theme::{icon_table as icons, palette};
use crate::ui::widgets::field::Field;
use crate::ui::widgets::{Button, why};
use crate::ui::words;
use egui::{Response, Ui};
use fleet::Secret;
use fleet::ids::Label;
use fleet::journal::Decision;

/// Draws the question of a lane and the ways out.
pub fn show(ui: &mut Ui, draw: &mut Draw<'_>, lane: &Lane) {
    let first = match &lane.question {
        Some(Question::Approve { guarded }) => approve(ui, draw, lane.slot, guarded),
        Some(Question::Password { tries_left }) => password(ui, draw, lane.slot, *tries_left),
        Some(Question::Label) => label(ui, draw, lane.slot),
        Some(Question::ConfirmProfile(_)) => confirm(ui, draw, lane.slot),
        Some(Question::PowerCycle) => {
            let done = wide(
                ui,
                Button::primary("The power was cut and is back").key(cap(Act::Enter)),
            );
            if done.clicked() {
                draw.wish(Command::Decide(lane.slot, Decision::GoOn));
            }
            done
        }
        Some(Question::IsItRegistered { evidence }) => registered(ui, draw, lane.slot, evidence),
        None => {
            let again = wide(
                ui,
                Button::primary("Try once more")
                    .icon(icons::ARROW_CLOCKWISE)
                    .key(cap(Act::Enter))
                    .height(40.0),
            );
            if again.clicked() {
                draw.wish(Command::Start(lane.slot));
            }
            again
        }
    };
    draw.desk.area(Area::Pane, first.id);
    if lane.set_aside {
        why(
            ui,
            "It is set aside. Take it from the bench, or go on with it here.",
        );
        return;
    }
    let aside = wide(
        ui,
        Button::new("Set aside")
            .icon(icons::ARCHIVE)
            .key(cap(Act::SetAside)),
    );
    if aside.clicked() {
        draw.wish(Command::Decide(lane.slot, Decision::SetAside));
    }
}

/// What Enter does on a lane: starts it, tries once more, or answers its question where one press can.
#[must_use]
pub fn enter(lane: &Lane) -> Option<Entered> {
    match (&lane.state, &lane.question) {
        (LaneState::Ready, _) | (LaneState::Stopped | LaneState::NeedsYou, None) => {
            Some(Entered::Command(Command::Start(lane.slot)))
        }
        (LaneState::NeedsYou, Some(Question::Approve { .. })) => {
            Some(Entered::Dialog(Dialog::Approve(lane.slot)))
        }
        (LaneState::NeedsYou, Some(Question::ConfirmProfile(_))) => {
            Some(Entered::Dialog(Dialog::ConfirmProfile(lane.slot)))
        }
        (LaneState::NeedsYou, Some(Question::PowerCycle)) => {
            Some(Entered::Command(Command::Decide(lane.slot, Decision::GoOn)))
        }
        _ => None,
    }
}

/// What came of Enter.
#[derive(Debug)]
pub enum Entered {
    /// A wish.
    Command(Command),
    /// A dialog.
    Dialog(Dialog),
}

fn wide(ui: &mut Ui, button: Button<'_>) -> Response {
    let width = ui.available_width();
    button.width(width).show(ui)
}

fn approve(ui: &mut Ui, draw: &mut Draw<'_>, slot: Slot, guarded: &[String]) -> Response {
    let words = format!(
        "Look at {}",
        words::several(guarded.len() as u64, "guarded change", "guarded changes")
    );
    let look = wide(
        ui,
        Button::primary(&words)
            .icon(icons::SHIELD_WARNING_FILL)
            .key(cap(Act::Enter))
            .height(40.0),
    );
    if look.clicked() {
        draw.desk.open(Dialog::Approve(slot));
    }
    look
}

fn confirm(ui: &mut Ui, draw: &mut Draw<'_>, slot: Slot) -> Response {
    let look = wide(
        ui,
        Button::primary("Look at its profile file")
            .icon(icons::SHIELD_WARNING_FILL)
            .key(cap(Act::Enter))
            .height(40.0),
    );
    if look.clicked() {
        draw.desk.open(Dialog::ConfirmProfile(slot));
    }
    look
}

fn password(ui: &mut Ui, draw: &mut Draw<'_>, slot: Slot, tries_left: Option<u32>) -> Response {
    if draw.desk.password.0 != Some(slot) {
        draw.desk.password = (Some(slot), String::new());
    }
    let field = Field {
        text: &mut draw.desk.password.1,
        name: "Password of this unit",
        hint: "Password of this unit",
        secret: true,
        wrong: false,
        width: ui.available_width(),
    };
    let response = field.show(ui);
    let entered = response.lost_focus() && ui.input(|input| input.key_pressed(egui::Key::Enter));
    let tries = match tries_left {
        Some(0) => Some("The unit takes no further try. Set it aside.".to_owned()),
        Some(1) => Some("The unit takes one more try, then it locks.".to_owned()),
        Some(left) => Some(format!("The unit takes {left} more tries, then it locks.")),
        None => None,
    };
    if let Some(tries) = &tries {
        why(ui, tries);
    }
    let off = match (draw.desk.password.1.is_empty(), tries_left) {
        (_, Some(0)) => Some("The unit takes no further try."),
        (true, _) => Some("Type the password first. It is never guessed."),
        (false, _) => None,
    };
    let give = wide(
        ui,
        Button::primary("Give it to the unit")
            .icon(icons::KEY)
            .off(off),
    );
    if let (Some(reason), None) = (off, &tries) {
        why(ui, reason);
    }
    if off.is_none() && (give.clicked() || entered) {
        let typed = std::mem::take(&mut draw.desk.password.1);
        draw.wish(Command::GivePassword(slot, Secret::new(typed)));
    }
    response
}

fn label(ui: &mut Ui, draw: &mut Draw<'_>, slot: Slot) -> Response {
    let palette = palette(ui);
    if draw.desk.label.0 != Some(slot) {
        draw.desk.label = (Some(slot), String::new());
    }
    ui.label(text::rich(
        "Scan the label on the housing, or type the number on it.",
        Size::Body,
        Weight::Regular,
        palette.ink,
    ));
    let typed = draw.desk.label.1.clone();
    let checked: Result<Label, _> = typed.parse();
    let wrong = typed.chars().filter(char::is_ascii_digit).count() >= 15 && checked.is_err();
    let field = Field {
        text: &mut draw.desk.label.1,
        name: "Number on the housing",
        hint: "IMEI, or the maker's number",
        secret: false,
        wrong,
        width: ui.available_width(),
    };
    let response = field.show(ui);
    let reason = match &checked {
        Err(error) if !typed.is_empty() => Some(error.to_string()),
        Err(_) => Some("Scan or type the number first.".to_owned()),
        Ok(_) => None,
    };
    let give = wide(
        ui,
        Button::primary("This is the unit").off(reason.as_deref()),
    );
    if let Some(reason) = &reason {
        why(ui, reason);
    }
    let entered = response.lost_focus() && ui.input(|input| input.key_pressed(egui::Key::Enter));
    if let Ok(label) = checked
        && (give.clicked() || entered)
    {
        draw.desk.label.1.clear();
        draw.wish(Command::GiveLabel(slot, label.to_string()));
    }
    response
}

fn registered(ui: &mut Ui, draw: &mut Draw<'_>, slot: Slot, evidence: &str) -> Response {
    let palette = palette(ui);
    ui.label(text::rich(
        evidence,
        Size::Body,
        Weight::Regular,
        palette.ink,
    ));
    let yes = wide(ui, Button::new("It is registered"));
    if yes.clicked() {
        draw.wish(Command::Decide(slot, Decision::IsRegistered));
    }
    let no = wide(ui, Button::new("It is not registered"));
    if no.clicked() {
        draw.wish(Command::Decide(slot, Decision::IsNotRegistered));
    }
    yes
}
