//! What lies over the screens. A dialog is only used where a line of text cannot say it.

mod approve;
mod confirm_profile;
pub mod edit_unit;
mod keys_sheet;
mod ladder;
mod leave;
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
use super::widgets::{Button, card, field, place, speak};
use egui::accesskit::Role;
use egui::{Align2, Frame, Id, Margin, Modal, Sense, Stroke, Ui, pos2, vec2};

pub use pick_job::take_up;

/// Draws the open dialog, if there is one.
pub fn show(ui: &mut Ui, draw: &mut Draw<'_>) {
    let Some(dialog) = draw.desk.dialog.clone() else {
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
    let room = ui.ctx().content_rect().size() - vec2(32.0, 32.0);
    let modal = Modal::new(Id::unique("dialog"))
        .frame(frame)
        .backdrop_color(colours.veil);
    if std::mem::take(&mut draw.desk.dialog_is_new) {
        field::give_keyboard_to_next(ui.ctx());
    }
    let response = modal.show(ui.ctx(), |ui| {
        ui.set_width(width.min(room.x));
        ui.set_max_height(room.y);
        ui.spacing_mut().item_spacing.y = 0.0;
        speak::region(ui, Role::Dialog, title);
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
        closed || done
    });
    field::keep_keyboard(ui.ctx());
    if response.inner || response.backdrop_response.clicked() {
        draw.desk.dialog = None;
    }
}

fn head(ui: &mut Ui, title: &str) -> bool {
    let palette = palette(ui);
    let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width(), 62.0), Sense::hover());
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

/// The room inside a dialog.
pub(super) fn body<R>(ui: &mut Ui, add: impl FnOnce(&mut Ui) -> R) -> R {
    Frame::new()
        .inner_margin(Margin::symmetric(24, 20))
        .show(ui, |ui| {
            ui.spacing_mut().item_spacing.y = 8.0;
            ui.set_min_width(ui.available_width());
            add(ui)
        })
        .inner
}

/// The row of buttons at the foot of a dialog, the primary at the right end.
pub(super) fn foot<R>(ui: &mut Ui, add: impl FnOnce(&mut Ui) -> R) -> R {
    card::separator(ui);
    let (rect, _) = ui.allocate_exact_size(vec2(ui.available_width(), 64.0), Sense::hover());
    place::at(ui, rect.shrink2(vec2(24.0, 0.0)), place::from_right(), add).0
}
