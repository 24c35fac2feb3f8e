//! What keys do on each screen.

use super::bench::lane_id;
use super::bench::question::{Entered, enter};
use super::desk::{Dialog, Screen};
use super::draw::Draw;
use super::keys::Act;
use super::widgets::field::search_id;
use super::widgets::paging;
use super::{dialogs, find, frame, push, review, sheets, walk};
use crate::engine::{Command, LabelWish, Lane, LaneState, Slot, UnitsMeant};
use egui::Ui;
use fleet::journal::Decision;

/// Does what a key asks for.
pub fn perform(ui: &Ui, draw: &mut Draw<'_>, act: Act) {
    match act {
        Act::ZoomIn => zoom(draw, 1),
        Act::ZoomOut => zoom(draw, -1),
        Act::ZoomReset => {
            draw.desk.choices.zoom = 1.0;
            draw.desk.choices_changed = true;
        }
        Act::Close => ui.ctx().send_viewport_cmd(egui::ViewportCommand::Close),
        Act::Escape => escape(ui, draw),
        Act::Agree => draw.wish(Command::AgreeNow),
        Act::Page(pages) => paging::ask(ui.ctx(), pages),
        Act::Enter if draw.desk.dialog.is_some() => enter_in_dialog(draw),
        // One dialog may lead to another, where nothing that was typed is lost by it.
        Act::Ladder | Act::Keys | Act::Options | Act::Support if !dialogs::may_leave(draw) => {}
        Act::Ladder => draw.desk.open(Dialog::Ladder),
        Act::Keys => draw.desk.open(Dialog::Keys),
        Act::Options => draw.desk.open(Dialog::Options),
        Act::Support => dialogs::support::open(draw),
        // Pages stay where they are under a dialog.
        _ if draw.desk.dialog.is_some() => {}
        Act::Bench => frame::go(draw, Screen::Bench),
        Act::Find | Act::FindBox => {
            frame::go(draw, Screen::Find);
            draw.desk.select_search = true;
        }
        Act::Push => frame::go(draw, Screen::Push),
        Act::Templates => frame::go(draw, Screen::Templates),
        Act::ToDo => frame::go(draw, Screen::ToDo),
        Act::Review => frame::go(draw, Screen::Review),
        Act::NextArea => walk::to_area(ui, draw, 1),
        Act::FormerArea => walk::to_area(ui, draw, -1),
        Act::Undo if frame::undo(draw) => {}
        _ => on_screen(ui, draw, act),
    }
}

fn on_screen(ui: &Ui, draw: &mut Draw<'_>, act: Act) {
    match draw.desk.screen {
        Screen::Bench => on_bench(ui, draw, act),
        Screen::Find => in_find(ui, draw, act),
        Screen::Unit if act == Act::Copy => copy(ui, draw),
        Screen::Unit if act == Act::Edit => super::unit::edit(draw),
        Screen::Unit if act == Act::LineMode => super::unit::label(draw),
        Screen::Unit if act == Act::Print => super::unit::push(draw),
        Screen::Review => review::perform(draw, act),
        Screen::Push => push::perform(draw, act),
        Screen::Unit | Screen::Import | Screen::Templates | Screen::ToDo | Screen::Compare => {}
    }
}

fn zoom(draw: &mut Draw<'_>, steps: i32) {
    draw.desk.choices.zoom_by(steps);
    draw.desk.choices_changed = true;
}

fn shown_lane<'a>(draw: &Draw<'a>) -> Option<&'a Lane> {
    let slot = draw.desk.shown_lane(draw.state)?;
    draw.state.lanes.get(&slot)
}

fn on_bench(ui: &Ui, draw: &mut Draw<'_>, act: Act) {
    match act {
        Act::StartAll if draw.state.ready_lanes().next().is_some() && draw.state.job.is_some() => {
            draw.wish(Command::StartAll)
        }
        Act::LineMode => {
            let on = !draw.state.line_mode;
            draw.wish(Command::LineMode(on));
        }
        Act::PickJob => draw.desk.open(Dialog::PickJob),
        Act::Print => print_label(draw),
        Act::Fold => draw.desk.pane_open = !draw.desk.pane_open,
        Act::Move(across, down) => choose_lane(ui, draw, across, down),
        Act::SetAside => set_aside(draw),
        Act::Enter => start_or_answer(draw),
        Act::Copy => copy(ui, draw),
        _ => {}
    }
}

fn start_or_answer(draw: &mut Draw<'_>) {
    let Some(lane) = shown_lane(draw) else { return };
    // The pane stays with the unit that was acted on, so that a second press never lands on another.
    draw.desk.chosen = Some(lane.slot);
    match enter(lane) {
        // Looking again at a port where nobody answered writes nothing.
        Some(Entered::Command(Command::Start(_)))
            if draw.state.job.is_none() && lane.unit.is_some() =>
        {
            draw.desk.open(Dialog::PickJob)
        }
        Some(Entered::Command(command)) => draw.wish(command),
        Some(Entered::Dialog(dialog)) => draw.desk.open(dialog),
        None => {}
    }
}

/// The label of the shown lane's unit: at once on a label printer, after a look where labels stand on sheets.
fn print_label(draw: &mut Draw<'_>) {
    let Some(id) = shown_lane(draw)
        .and_then(|lane| lane.unit.as_ref())
        .map(|unit| unit.id.clone())
    else {
        return;
    };
    let size = sheets::labels::size(draw);
    if size.sheet.is_none() {
        draw.wish(Command::Label(LabelWish::PrintOf(id, size)));
    } else {
        let words = format!("unit …{}", id.last_four());
        sheets::label(draw, UnitsMeant::These(vec![id]), words);
    }
}

fn set_aside(draw: &mut Draw<'_>) {
    let lane = shown_lane(draw)
        .filter(|lane| matches!(lane.state, LaneState::Stopped | LaneState::NeedsYou))
        .filter(|lane| !lane.set_aside);
    if let Some(slot) = lane.map(|lane| lane.slot) {
        draw.desk.chosen = Some(slot);
        draw.wish(Command::Decide(slot, Decision::SetAside));
    }
}

/// The next lane in a direction, over the hubs, whether or not something is plugged there.
fn choose_lane(ui: &Ui, draw: &mut Draw<'_>, across: i32, down: i32) {
    let rows = super::bench::rows(draw.state);
    let now = draw.desk.shown_lane(draw.state).map_or(1, |slot| slot.0);
    let place = rows.iter().enumerate().find_map(|(row, slots)| {
        let column = slots.iter().position(|slot| *slot == now)?;
        Some((row, column))
    });
    let Some((row, column)) = place else { return };
    let wanted = if down == 0 {
        now.checked_add_signed(across)
            .filter(|wanted| rows.iter().flatten().any(|slot| slot == wanted))
    } else {
        let row = isize::try_from(down)
            .ok()
            .and_then(|down| row.checked_add_signed(down));
        // A shorter row ends earlier: its last slot is the nearest.
        row.and_then(|row| rows.get(row))
            .and_then(|slots| slots.get(column).or(slots.last()))
            .copied()
    };
    let Some(wanted) = wanted else { return };
    draw.desk.chosen = Some(Slot(wanted));
    ui.memory_mut(|memory| memory.request_focus(lane_id(wanted)));
}

fn in_find(ui: &Ui, draw: &mut Draw<'_>, act: Act) {
    match act {
        Act::Move(0, down) => {
            find::move_row(draw, down);
        }
        Act::Enter => find::open_chosen(draw),
        Act::Copy => copy(ui, draw),
        _ => {}
    }
}

fn copy(ui: &Ui, draw: &Draw<'_>) {
    let number = match draw.desk.screen {
        Screen::Bench => shown_lane(draw)
            .and_then(|lane| lane.unit.as_ref())
            .map(|unit| unit.id.as_str()),
        Screen::Find => find::chosen(draw.state, draw.desk).map(|unit| unit.id.as_str()),
        Screen::Unit => draw
            .state
            .unit_page
            .as_ref()
            .map(|page| page.unit.id.as_str()),
        Screen::Push
        | Screen::Import
        | Screen::Templates
        | Screen::ToDo
        | Screen::Compare
        | Screen::Review => None,
    };
    if let Some(number) = number {
        ui.copy_text(number.to_owned());
    }
}

fn escape(ui: &Ui, draw: &mut Draw<'_>) {
    // What lies on top goes first: an open list of choices, then the dialog.
    if egui::Popup::is_any_open(ui.ctx()) {
        return egui::Popup::close_all(ui.ctx());
    }
    if draw.desk.dialog.is_some() {
        return dialogs::leave(draw);
    }
    match draw.desk.screen {
        Screen::Bench if draw.desk.pane_open => draw.desk.pane_open = false,
        Screen::Bench => {
            let lane = shown_lane(draw)
                .filter(|lane| lane.state.is_working() && lane.state != LaneState::Looking);
            if let Some(slot) = lane.map(|lane| lane.slot) {
                draw.wish(Command::Stop(slot));
            }
        }
        Screen::Find if draw.desk.list_open => {
            draw.desk.list_open = false;
            draw.desk.focus_search = true;
        }
        Screen::Find => {
            draw.desk.typed.clear();
            draw.desk.row = 0;
            ui.memory_mut(|memory| memory.request_focus(search_id()));
        }
        Screen::Unit | Screen::Import => frame::go(draw, Screen::Find),
        Screen::Push => push::back(draw),
        Screen::Compare => super::compare::back(draw),
        Screen::Review => review::put_away(draw),
        Screen::Templates | Screen::ToDo => {}
    }
}

fn enter_in_dialog(draw: &mut Draw<'_>) {
    match draw.desk.dialog.clone() {
        Some(Dialog::PickJob) if dialogs::take_up(draw) => draw.desk.dialog = None,
        Some(Dialog::Approve(slot)) => {
            draw.wish(Command::Decide(slot, Decision::Approve));
            draw.desk.dialog = None;
        }
        _ => {}
    }
}
