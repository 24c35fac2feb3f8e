//! What every screen is given to draw from, and where it leaves its wishes.

use super::desk::{Desk, EditBack};
use crate::engine::{Command, State};
use egui::Ui;
use fleet::UnitId;
use fleet::edit::Edit;
use fleet::unit::Unit;
use jiff::Timestamp;
use jiff::tz::TimeZone;

/// How much room the window has. Logical points, so that zoom counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Room {
    /// 1280 and more.
    Wide,
    /// 1000 to 1279.
    Middle,
    /// Less: small windows and large text.
    Narrow,
}

impl Room {
    /// The room of a window `width` points wide.
    #[must_use]
    pub fn of(width: f32) -> Self {
        if width >= 1280.0 {
            Self::Wide
        } else if width >= 1000.0 {
            Self::Middle
        } else {
            Self::Narrow
        }
    }
}

/// One frame's view of everything.
pub struct Draw<'a> {
    /// What the engine told.
    pub state: &'a State,
    /// What the window itself remembers.
    pub desk: &'a mut Desk,
    /// Wishes of this frame.
    pub commands: &'a mut Vec<Command>,
    /// The time.
    pub now: Timestamp,
    /// The zone that times are told in.
    pub zone: &'a TimeZone,
    /// How much room there is.
    pub room: Room,
}

impl Draw<'_> {
    /// Leaves a wish.
    pub fn wish(&mut self, command: Command) {
        self.commands.push(command);
    }

    /// Asks for edits of a unit. The former values are kept for Undo, as long as the message that tells of the change stands.
    pub fn edit(&mut self, unit: &Unit, edits: Vec<Edit>) {
        let mut after = unit.clone();
        edits.iter().for_each(|edit| edit.apply(&mut after));
        let fields = edits.iter().map(Edit::field);
        let set = fields.map(|field| (field, field.text(&after))).collect();
        let former = edits
            .iter()
            .map(|edit| Edit::new(edit.field(), &edit.field().text(unit)));
        // A value that was odd before cannot be typed again: what cannot be taken back whole is not offered.
        let former: Result<Vec<Edit>, _> = former.collect();
        let back = former.ok().map(|edits| EditBack {
            unit: unit.id.clone(),
            edits,
            set,
        });
        self.edit_with(unit.id.clone(), edits, back);
    }

    /// Asks for edits of a unit that `back` takes back.
    pub fn edit_with(&mut self, unit: UnitId, edits: Vec<Edit>, back: Option<EditBack>) {
        self.desk.edited.asked(unit.clone(), back);
        self.wish(Command::EditUnit(unit, edits));
    }

    /// Whether the window is too low for more than one hub at once.
    #[must_use]
    pub fn is_low(&self, ui: &Ui) -> bool {
        ui.ctx().content_rect().height() < 640.0
    }
}

#[cfg(test)]
mod tests {
    use super::Room;

    #[test]
    fn large_text_on_a_usual_screen_is_narrow() {
        assert_eq!(Room::of(1440.0), Room::Wide);
        assert_eq!(Room::of(1024.0), Room::Middle);
        assert_eq!(Room::of(1440.0 / 1.5), Room::Narrow);
    }
}
