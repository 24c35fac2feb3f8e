//! What a screen reader and the tests are told about things that are drawn rather than built from egui's widgets.

use egui::accesskit::{Node, Role};
use egui::{AsIdSalt, Id, Rect, Response, Sense, Ui};

/// Tells `role` and `label` of a widget, and whatever `more` adds.
pub fn tell(response: &Response, role: Role, label: &str, more: impl FnOnce(&mut Node)) {
    response.ctx.accesskit_node_builder(response.id, |node| {
        node.set_role(role);
        // What a label says is its value; everything else has a name.
        if role == Role::Label {
            node.set_value(label);
        } else {
            node.set_label(label);
        }
        more(node);
    });
}

/// Tells of a drawn place that cannot be pressed.
pub fn note(ui: &Ui, rect: Rect, salt: impl AsIdSalt, role: Role, label: &str) -> Id {
    let id = ui.unique_id().with(salt);
    let response = ui.interact(rect, id, Sense::hover());
    tell(&response, role, label, |_| {});
    id
}

/// Tells role and label of everything in `ui`.
pub fn region(ui: &Ui, role: Role, label: &str) {
    ui.ctx().accesskit_node_builder(ui.unique_id(), |node| {
        node.set_role(role);
        node.set_label(label);
    });
}

/// The last four digits as they are read aloud: one by one.
#[must_use]
pub fn spoken_ending(number: &str) -> String {
    let digits: Vec<char> = number.chars().filter(char::is_ascii_alphanumeric).collect();
    let ending: Vec<String> = digits
        .iter()
        .skip(digits.len().saturating_sub(4))
        .map(char::to_string)
        .collect();
    ending.join(" ")
}

#[cfg(test)]
mod tests {
    use super::spoken_ending;

    #[test]
    fn an_ending_is_read_digit_by_digit() {
        assert_eq!(spoken_ending("004999012632468"), "2 4 6 8");
        assert_eq!(spoken_ending("12"), "1 2");
        assert_eq!(spoken_ending(""), "");
    }
}
