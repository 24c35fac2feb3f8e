//! A list of choices that opens under its button: used with the keyboard as with the pointer. Arrows go from line to line, Home and End
//! to the ends, a letter to the next line that begins with it; Enter takes, Escape leaves all as it was.

use super::focus;
use crate::ui::theme::style::RADIUS_CONTROL;
use egui::style::ScrollAnimation;
use egui::{ComboBox, Event, Id, Key, Modifiers, Response, Ui, WidgetText};

/// The lines of the open list, as they were drawn.
#[derive(Clone, Default)]
struct Lines {
    lines: Vec<(Id, String)>,
    /// The one that is chosen now.
    now: Option<Id>,
}

fn lines_id() -> Id {
    Id::unique("lines of the open list")
}

/// The line that a key led to: brought into sight when it is drawn next.
fn wanted_id() -> Id {
    Id::unique("wanted line of the open list")
}

/// Adds the button, and its lines while it is open; answers what was chosen. The keyboard is on the button again then.
pub fn show<T>(
    ui: &mut Ui,
    list: ComboBox,
    lines: impl FnOnce(&mut Ui) -> Option<T>,
) -> (Response, Option<T>) {
    let mut drawn = Lines::default();
    let shown = list.show_ui(ui, |ui| {
        ui.data_mut(|data| data.remove::<Lines>(lines_id()));
        let chosen = lines(ui);
        drawn = ui
            .data_mut(|data| data.remove_temp(lines_id()))
            .unwrap_or_default();
        chosen
    });
    let is_open = shown.inner.is_some();
    let was_open = focus::back_to(ui, &shown.response, is_open);
    let chosen = shown.inner.flatten();
    if chosen.is_some() {
        shown.response.request_focus();
    } else if is_open {
        walk(ui, &drawn, !was_open);
    }
    focus::ring(ui, &shown.response, RADIUS_CONTROL.into());
    (shown.response, chosen)
}

/// Gives the keyboard to the line that a key means; to the present choice in a list that has just opened.
fn walk(ui: &Ui, drawn: &Lines, opened: bool) {
    let focused = ui.memory(|memory| memory.focused());
    let here = drawn.lines.iter().position(|(id, _)| Some(*id) == focused);
    let first = drawn.lines.first().map(|(id, _)| *id);
    let last = drawn.lines.last().map(|(id, _)| *id);
    let wanted = ui.input_mut(|input| {
        if input.consume_key(Modifiers::NONE, Key::Home) {
            return first;
        }
        if input.consume_key(Modifiers::NONE, Key::End) {
            return last;
        }
        let typed = input.events.iter().find_map(|event| match event {
            Event::Text(text) if !text.trim().is_empty() => Some(text.to_lowercase()),
            _ => None,
        })?;
        let after = here.map_or(0, |here| here + 1);
        let (before, behind) = drawn.lines.split_at(after.min(drawn.lines.len()));
        let mut turn = behind.iter().chain(before);
        turn.find(|(_, words)| words.to_lowercase().starts_with(&typed))
            .map(|(id, _)| *id)
    });
    let wanted = wanted.or_else(|| opened.then(|| drawn.now.or(first)).flatten());
    if let Some(wanted) = wanted {
        ui.memory_mut(|memory| memory.request_focus(wanted));
        ui.data_mut(|data| data.insert_temp(wanted_id(), wanted));
        ui.ctx().request_repaint();
    }
}

/// Adds a line; whether it was chosen, which closes the list.
pub fn line(ui: &mut Ui, is_now: bool, words: impl Into<WidgetText>) -> bool {
    let words: WidgetText = words.into();
    let name = words.text().to_owned();
    let response = ui.selectable_label(is_now, words);
    let wanted = ui.data(|data| data.get_temp(wanted_id())) == Some(response.id);
    if wanted || response.gained_focus() {
        response.scroll_to_me_animation(None, ScrollAnimation::none());
    }
    ui.data_mut(|data| {
        if wanted {
            data.remove::<Id>(wanted_id());
        }
        let drawn: &mut Lines = data.get_temp_mut_or_default(lines_id());
        drawn.lines.push((response.id, name));
        if is_now {
            drawn.now = Some(response.id);
        }
    });
    if response.clicked() {
        ui.close();
    }
    response.clicked()
}
