//! What was typed into a dialog is not lost by the way: whoever leaves it with something typed is asked once.

use super::row;
use crate::engine::{LabelStage, SupportStage};
use crate::ui::desk::{Dialog, LifeChoice};
use crate::ui::draw::Draw;
use crate::ui::theme::palette;
use crate::ui::theme::style::RADIUS_CARD;
use crate::ui::theme::text::{self, Size, Weight};
use crate::ui::widgets::{Button, field, focus, speak};
use egui::accesskit::{Live, Role};
use egui::{CornerRadius, Frame, Id, Ui};
use std::path::Path;

/// What was there when the open dialog was opened.
#[derive(Default)]
pub struct Before {
    /// What had the keyboard.
    focus: Option<Id>,
    /// What stood in its fields.
    typed: String,
    /// Whoever wants to leave it is asked.
    asks: bool,
    /// The question has just come up.
    asks_newly: bool,
}

/// A dialog was opened; `first` where none was open before.
pub(super) fn opened(ui: &Ui, draw: &mut Draw<'_>, dialog: &Dialog, first: bool) {
    let typed = typed(draw, dialog);
    let before = &mut draw.desk.before_dialog;
    let focused = ui.memory(|memory| memory.focused());
    *before = Before {
        focus: if first { focused } else { before.focus },
        typed,
        ..Before::default()
    };
    // What lies under it must not be pressed by Enter or Space.
    crate::ui::walk::forget_keyboard(ui);
    field::give_keyboard_to_next(ui.ctx());
}

/// No dialog is open any more: what had the keyboard before has it again.
pub(super) fn closed(ui: &Ui, draw: &mut Draw<'_>) {
    let before = std::mem::take(&mut draw.desk.before_dialog);
    if let Some(id) = focus::take_owed(ui.ctx()).or(before.focus) {
        ui.memory_mut(|memory| memory.request_focus(id));
    }
}

/// The open dialog is left, with what was typed where that is kept for the next time; else after a question.
pub fn leave(draw: &mut Draw<'_>) {
    if std::mem::take(&mut draw.desk.before_dialog.asks) {
        // Another Escape puts the question away, and what is typed stays.
        draw.desk.before_dialog.asks_newly = true;
    } else if may_leave(draw) {
        draw.desk.close_dialog();
    }
}

/// Whether nothing would be lost if the dialog were left, or none is open. Where something would, the question comes up.
pub fn may_leave(draw: &mut Draw<'_>) -> bool {
    let Some(dialog) = draw.desk.dialog.clone() else {
        return true;
    };
    if draw.desk.dialog_is_new || !loses(draw, &dialog) {
        return true;
    }
    let before = &mut draw.desk.before_dialog;
    before.asks = true;
    before.asks_newly = true;
    false
}

fn loses(draw: &Draw<'_>, dialog: &Dialog) -> bool {
    let state = draw.state;
    let is_open = match dialog {
        Dialog::Export => state.outgoing.is_none(),
        Dialog::Labels => {
            let stage = state.labels.as_ref().map(|labels| &labels.stage);
            matches!(stage, None | Some(LabelStage::Ready))
        }
        Dialog::Support => {
            let stage = state.support.as_ref().map(|bundle| &bundle.stage);
            matches!(stage, Some(SupportStage::Shown(_)))
        }
        _ => true,
    };
    is_open && typed(draw, dialog) != draw.desk.before_dialog.typed
}

/// Everything that is typed into a dialog and not kept for the next time.
fn typed(draw: &Draw<'_>, dialog: &Dialog) -> String {
    let desk = &draw.desk;
    // The ending is chosen with a button.
    let name = |path: &str| {
        let path = Path::new(path.trim()).with_extension("");
        path.to_string_lossy().into_owned()
    };
    match dialog {
        Dialog::EditUnit => desk.unit_form.as_ref().map_or_else(String::new, |form| {
            let typed = form.fields.iter().map(|(_, _, typed)| typed.trim());
            typed.collect::<Vec<_>>().join("\n")
        }),
        Dialog::Life(LifeChoice::Swap) => desk.swap_with.trim().to_owned(),
        Dialog::Subscription => desk
            .subscription_form
            .as_ref()
            .map_or_else(String::new, |form| {
                format!("{}\n{}", form.typed.trim(), form.day.trim())
            }),
        Dialog::CarrierSwap => desk
            .swap_form
            .as_ref()
            .filter(|form| !form.asked)
            .map_or_else(String::new, |form| form.typed.trim().to_owned()),
        Dialog::Export => name(&desk.sheets.export_path),
        Dialog::PushSheet => name(&desk.push.sheet_path),
        Dialog::Labels => name(&desk.sheets.label_path),
        Dialog::Support => name(&desk.support_path),
        // What is typed there stands there again the next time, or nothing is typed.
        Dialog::PickJob
        | Dialog::Approve(_)
        | Dialog::ConfirmProfile(_)
        | Dialog::TypeToUnit(_)
        | Dialog::Ladder
        | Dialog::Keys
        | Dialog::Options
        | Dialog::Slots
        | Dialog::Life(_)
        | Dialog::Leave => String::new(),
    }
}

/// Whoever goes on typing has the keyboard in the first field.
pub(super) fn went_on(ui: &Ui, draw: &mut Draw<'_>) {
    let before = &mut draw.desk.before_dialog;
    if !before.asks && std::mem::take(&mut before.asks_newly) {
        field::give_keyboard_to_next(ui.ctx());
    }
}

/// Draws the question, where it is asked; answers whether the dialog goes.
pub(super) fn question(ui: &mut Ui, draw: &mut Draw<'_>) -> bool {
    const WORDS: &str = "Discard what you typed?";
    if !draw.desk.before_dialog.asks {
        return false;
    }
    let newly = std::mem::take(&mut draw.desk.before_dialog.asks_newly);
    let colours = palette(ui);
    let below = CornerRadius {
        sw: RADIUS_CARD,
        se: RADIUS_CARD,
        ..CornerRadius::ZERO
    };
    let (go_on, discard) = Frame::new()
        .fill(colours.person.tint)
        .corner_radius(below)
        .show(ui, |ui| {
            row(ui, |ui| {
                let go_on = Button::new("Go on typing").show(ui);
                if newly {
                    go_on.request_focus();
                }
                let discard = Button::new("Discard").show(ui).clicked();
                let ink = colours.person.text;
                let words = ui.label(text::rich(WORDS, Size::Body, Weight::Semibold, ink));
                speak::tell(&words, Role::Alert, WORDS, |node| {
                    node.set_live(Live::Assertive);
                });
                (go_on.clicked(), discard)
            })
        })
        .inner;
    if go_on {
        leave(draw);
        ui.ctx().request_repaint();
    }
    discard
}
