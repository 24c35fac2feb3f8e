//! The ring around what the keyboard is on, and the order in which things can have it: for the areas of F6, for the first thing of
//! a page, and so that what gets the keyboard is scrolled into sight.

use crate::ui::theme::palette;
use egui::style::ScrollAnimation;
use egui::{Context, Id, Popup, Response, Stroke, StrokeKind, Ui};

fn order_id() -> Id {
    Id::unique("what can have the keyboard, in its order")
}

/// Draws the ring when `response` has the keyboard.
pub fn ring(ui: &Ui, response: &Response, radius: f32) {
    note(ui, response);
    if response.has_focus() {
        let stroke = Stroke::new(2.0, palette(ui).work.line);
        ui.painter().rect_stroke(
            response.rect.expand(2.0),
            radius + 2.0,
            stroke,
            StrokeKind::Outside,
        );
    }
}

/// For what draws its own ring: it has its place in the order, and is scrolled into sight when it gets the keyboard.
pub fn note(ui: &Ui, response: &Response) {
    if !response.sense.is_focusable() {
        return;
    }
    ui.data_mut(|data| {
        let order: &mut Vec<Id> = data.get_temp_mut_or_default(order_id());
        order.push(response.id);
    });
    if response.gained_focus() {
        response.scroll_to_me_animation(None, ScrollAnimation::none());
    }
}

/// How many things that can have the keyboard were drawn so far.
#[must_use]
pub fn drawn(ctx: &Context) -> usize {
    ctx.data_mut(|data| {
        let order: &mut Vec<Id> = data.get_temp_mut_or_default(order_id());
        order.len()
    })
}

/// All things that can have the keyboard, as they were drawn; the next frame begins anew.
#[must_use]
pub fn take_order(ctx: &Context) -> Vec<Id> {
    ctx.data_mut(|data| data.remove_temp(order_id()).unwrap_or_default())
}

/// A list that was open under `button` and is shut now gives the keyboard back to it, unless something else has it meanwhile. Under a
/// dialog, which was opened from the list, it is owed: see [`take_owed`]. Answers whether it was open before.
pub fn back_to(ui: &Ui, button: &Response, is_open: bool) -> bool {
    let kept = button.id.with("its list is open");
    let was_open = ui.data(|data| data.get_temp(kept)).unwrap_or(false);
    if was_open != is_open {
        ui.data_mut(|data| data.insert_temp(kept, is_open));
    }
    if was_open && !is_open {
        if !ui.memory(|memory| memory.allows_interaction(button.layer_id)) {
            ui.data_mut(|data| data.insert_temp(owed_id(), Some(button.id)));
            return was_open;
        }
        let list = Popup::default_response_id(button);
        let focused = ui.memory(|memory| memory.focused());
        let elsewhere = focused
            .and_then(|id| ui.ctx().read_response(id))
            .is_some_and(|other| other.layer_id.id != list);
        if !elsewhere {
            button.request_focus();
        }
    }
    was_open
}

fn owed_id() -> Id {
    Id::unique("the button that a dialog owes the keyboard")
}

/// The button whose list led to the dialog that is closed now: it has the keyboard next.
#[must_use]
pub fn take_owed(ctx: &Context) -> Option<Id> {
    ctx.data_mut(|data| data.remove_temp::<Option<Id>>(owed_id()))
        .flatten()
}
