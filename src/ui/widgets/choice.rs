//! A list of choices that opens under its button: used with the keyboard as with the pointer.

use super::focus;
use crate::ui::theme::style::RADIUS_CONTROL;
use egui::{ComboBox, Response, Ui, WidgetText};

/// Adds the button, and its lines while it is open; answers what was chosen. The keyboard is on the button again then.
pub fn show<T>(
    ui: &mut Ui,
    list: ComboBox,
    lines: impl FnOnce(&mut Ui) -> Option<T>,
) -> (Response, Option<T>) {
    let shown = list.show_ui(ui, lines);
    let chosen = shown.inner.flatten();
    if chosen.is_some() {
        shown.response.request_focus();
    }
    focus::ring(ui, &shown.response, RADIUS_CONTROL.into());
    (shown.response, chosen)
}

/// Adds a line; whether it was chosen, which closes the list.
pub fn line(ui: &mut Ui, is_now: bool, words: impl Into<WidgetText>) -> bool {
    let words: WidgetText = words.into();
    let is_chosen = ui.selectable_label(is_now, words).clicked();
    if is_chosen {
        ui.close();
    }
    is_chosen
}
