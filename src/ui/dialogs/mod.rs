//! What lies over the screens. A dialog is only used where a line of text cannot say it.

mod approve;
mod confirm_profile;
pub mod edit_unit;
mod keys_sheet;
mod ladder;
mod leave;
mod leaving;
mod life;
mod options;
mod pick_job;
mod slots;
mod subscription;
pub mod support;
mod swap;
mod type_to_unit;

use super::desk::{Dialog, LifeChoice};
use super::draw::Draw;
use super::keys::{Act, cap};
use super::sheets;
use super::theme::palette;
use super::theme::style::RADIUS_CARD;
use super::theme::text::{self, Size, Weight};
use super::widgets::{Button, card, field, paging, place, speak, why};
use egui::accesskit::Role;
use egui::{
    Align, Align2, Frame, Id, Layout, Margin, Modal, ScrollArea, Sense, Stroke, Ui, pos2, vec2,
};

pub use leaving::{Before, leave, may_leave};
pub use pick_job::take_up;

/// What stays free around a dialog in a small window.
const MARGIN: f32 = 32.0;
/// Height of the head.
const HEAD: f32 = 62.0;
/// Least height of what is between head and foot, however low the window is.
const LEAST_BODY: f32 = 80.0;

/// Draws the open dialog, if there is one.
pub fn show(ui: &mut Ui, draw: &mut Draw<'_>) {
    let was_open = is_open(ui, draw.desk.dialog.is_some());
    let Some(dialog) = draw.desk.dialog.clone() else {
        if was_open {
            leaving::closed(ui, draw);
        }
        return;
    };
    let (title, width): (&str, f32) = match &dialog {
        Dialog::PickJob => ("Pick a job", 560.0),
        Dialog::Approve(_) => ("Guarded changes", 560.0),
        Dialog::ConfirmProfile(_) => ("A profile file of this bench", 600.0),
        Dialog::TypeToUnit(_) => ("Type to this unit?", 520.0),
        Dialog::Ladder => ("I can’t find my unit", 880.0),
        Dialog::Keys => ("Keys", 560.0),
        Dialog::Options => ("Options", 520.0),
        Dialog::Support => ("Support bundle", 600.0),
        Dialog::Slots => ("Match slots to places", 560.0),
        Dialog::EditUnit => ("Edit this unit", 560.0),
        Dialog::Life(LifeChoice::Swap) => ("Put another unit in its place", 520.0),
        Dialog::Life(LifeChoice::Return) => ("It came back", 520.0),
        Dialog::Life(LifeChoice::Retire) => ("Retire this unit", 520.0),
        Dialog::Life(LifeChoice::TakeBack) => ("Back in use", 520.0),
        Dialog::Subscription => ("Change at the carrier", 560.0),
        Dialog::CarrierSwap => ("Swap at the carrier", 600.0),
        Dialog::Export => ("Export", 560.0),
        Dialog::PushSheet => ("Result sheet", 560.0),
        Dialog::Labels => ("Labels", 560.0),
        Dialog::Leave => ("Close the window?", 480.0),
    };
    let colours = palette(ui);
    let frame = Frame::new()
        .fill(colours.surface)
        .stroke(Stroke::new(1.0, colours.line))
        .corner_radius(RADIUS_CARD)
        .shadow(ui.visuals().window_shadow);
    let room = ui.ctx().content_rect().size() - vec2(MARGIN, MARGIN);
    let modal = Modal::new(Id::unique("dialog"))
        .frame(frame)
        .backdrop_color(colours.veil);
    if std::mem::take(&mut draw.desk.dialog_is_new) || !was_open {
        leaving::opened(ui, draw, &dialog, !was_open);
        ui.data_mut(|data| data.remove::<f32>(around_id()));
    }
    leaving::went_on(ui, draw);
    let response = modal.show(ui.ctx(), |ui| {
        ui.set_width(width.min(room.x));
        ui.set_max_height(room.y);
        ui.spacing_mut().item_spacing.y = 0.0;
        speak::region(ui, Role::Dialog, title);
        let top = ui.cursor().top();
        let closed = head(ui, title);
        let done = match &dialog {
            Dialog::PickJob => pick_job::show(ui, draw),
            Dialog::Approve(slot) => approve::show(ui, draw, *slot),
            Dialog::ConfirmProfile(slot) => confirm_profile::show(ui, draw, *slot),
            Dialog::TypeToUnit(slot) => type_to_unit::show(ui, draw, *slot),
            Dialog::Ladder => ladder::show(ui, draw),
            Dialog::Keys => keys_sheet::show(ui),
            Dialog::Options => options::show(ui, draw),
            Dialog::Support => support::show(ui, draw),
            Dialog::Slots => slots::show(ui, draw),
            Dialog::EditUnit => edit_unit::show(ui, draw),
            Dialog::Life(choice) => life::show(ui, draw, *choice),
            Dialog::Subscription => subscription::show(ui, draw),
            Dialog::CarrierSwap => swap::show(ui, draw),
            Dialog::Export => sheets::outgoing::show(ui, draw),
            Dialog::PushSheet => super::push::sheet::show(ui, draw),
            Dialog::Labels => sheets::labels::show(ui, draw),
            Dialog::Leave => leave::show(ui, draw),
        };
        let discarded = leaving::question(ui, draw);
        let height = ui.cursor().top() - top;
        ui.data_mut(|data| {
            let body = data.get_temp(body_id()).unwrap_or(0.0);
            data.insert_temp(around_id(), height - body);
        });
        (closed, done || discarded)
    });
    field::keep_keyboard(ui.ctx());
    let (closed, done) = response.inner;
    // One that a dialog has opened in its own place goes on.
    if draw.desk.dialog_is_new {
        return;
    }
    if done {
        draw.desk.close_dialog();
    } else if closed || response.backdrop_response.clicked() {
        leave(draw);
    }
}

/// Whether a dialog was open in the last frame; keeps whether one is open now.
fn is_open(ui: &Ui, now: bool) -> bool {
    let kept = Id::unique("a dialog is open");
    let was = ui.data(|data| data.get_temp(kept)).unwrap_or(false);
    if was != now {
        ui.data_mut(|data| data.insert_temp(kept, now));
    }
    was
}

/// Height of the body in the last frame.
fn body_id() -> Id {
    Id::unique("height of the dialog's body")
}

/// Height of what stands above and below the body.
fn around_id() -> Id {
    Id::unique("height around the dialog's body")
}

fn head(ui: &mut Ui, title: &str) -> bool {
    let palette = palette(ui);
    let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width(), HEAD), Sense::hover());
    let format = text::format(Size::Title, Weight::Semibold, palette.ink);
    text::paint(
        ui.painter(),
        pos2(rect.left() + 24.0, rect.center().y),
        Align2::LEFT_CENTER,
        title,
        format,
    );
    speak::tell(&response, Role::Heading, title, |_| {});
    let right = rect.shrink2(vec2(16.0, 0.0));
    let (closed, _) = place::at(ui, right, place::from_right(), |ui| {
        Button::bare("Close")
            .key(cap(Act::Escape))
            .show(ui)
            .clicked()
    });
    card::separator(ui);
    closed
}

/// The room inside a dialog. Where the window is too low for all of it, it scrolls between head and foot.
pub(super) fn body<R>(ui: &mut Ui, add: impl FnOnce(&mut Ui) -> R) -> R {
    let around = ui.data(|data| data.get_temp(around_id()));
    let around = around.unwrap_or(HEAD + 66.0);
    let room = ui.ctx().content_rect().height() - MARGIN - around;
    let shown = ScrollArea::vertical()
        .id_salt("body of a dialog")
        .max_height(room.max(LEAST_BODY))
        .auto_shrink([false, true])
        .show(ui, |ui| {
            let inner = Frame::new()
                .inner_margin(Margin::symmetric(24, 20))
                .show(ui, |ui| {
                    ui.spacing_mut().item_spacing.y = 8.0;
                    ui.set_min_width(ui.available_width());
                    add(ui)
                })
                .inner;
            // Behind the lists inside of it, which would take it for theirs.
            paging::turn(ui);
            inner
        });
    let height = shown.inner_rect.height();
    ui.data_mut(|data| data.insert_temp(body_id(), height));
    shown.inner
}

/// A row of buttons, the first at the right end; what finds no room there stands below.
fn row<R>(ui: &mut Ui, add: impl FnOnce(&mut Ui) -> R) -> R {
    Frame::new()
        .inner_margin(Margin::symmetric(24, 16))
        .show(ui, |ui| {
            ui.spacing_mut().item_spacing = vec2(8.0, 8.0);
            let size = vec2(ui.available_width(), 32.0);
            let layout = Layout::right_to_left(Align::Center).with_main_wrap(true);
            ui.allocate_ui_with_layout(size, layout, add).inner
        })
        .inner
}

/// The row of buttons at the foot of a dialog, the primary at the right end.
pub(super) fn foot<R>(ui: &mut Ui, add: impl FnOnce(&mut Ui) -> R) -> R {
    card::separator(ui);
    row(ui, add)
}

/// The foot of a dialog with one plain main act, which Enter in each of its fields does too. Where it is `off`, the reason stands beside it
/// and the field keeps the keyboard. `others` are the other buttons. Answers whether the main act is meant, and what became of the others.
pub(super) fn foot_of<R>(
    ui: &mut Ui,
    main: Button<'_>,
    off: Option<&str>,
    others: impl FnOnce(&mut Ui) -> R,
) -> (bool, R) {
    foot(ui, |ui| {
        let meant = main_act(ui, main, off);
        let others = others(ui);
        if let Some(reason) = off {
            why(ui, reason);
        }
        (meant, others)
    })
}

/// The button of a main act: pressed, or meant by Enter in a field that was drawn before it.
pub(super) fn main_act(ui: &mut Ui, main: Button<'_>, off: Option<&str>) -> bool {
    let entered = field::take_entered(ui.ctx());
    let pressed = main.off(off).show(ui);
    if off.is_none() && field::keyboard_is_left(ui.ctx()) {
        pressed.request_focus();
    }
    match (entered, off) {
        (Some(field), Some(_)) => ui.memory_mut(|memory| memory.request_focus(field)),
        (Some(_), None) => return true,
        (None, _) => {}
    }
    pressed.clicked() && off.is_none()
}
