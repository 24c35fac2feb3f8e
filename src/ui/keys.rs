//! The one table of keys: what each does, where, and what its cap and the help sheet say.

use egui::{Key, KeyboardShortcut, Modifiers};

/// What a key does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Act {
    /// Show the bench.
    Bench,
    /// Show Find.
    Find,
    /// Show the pushes.
    Push,
    /// Show the templates.
    Templates,
    /// Show what is owed.
    ToDo,
    /// Show what two people changed at once.
    Review,
    /// Keep what others wrote.
    KeepTheirs,
    /// Write what was written here.
    UseMine,
    /// Type something else; edit a unit.
    Edit,
    /// Take the last decision back.
    Undo,
    /// Find, with the box chosen.
    FindBox,
    /// 'I can't find my unit'.
    Ladder,
    /// All keys.
    Keys,
    /// Choices for the window.
    Options,
    /// The support bundle.
    Support,
    /// Next area.
    NextArea,
    /// Former area.
    FormerArea,
    /// Another lane or row.
    Move(i32, i32),
    /// So many pages down.
    Page(i32),
    /// Start all ready lanes.
    StartAll,
    /// Start the lane, try once more, open the unit.
    Enter,
    /// Open or fold the pane.
    Fold,
    /// Stop the lane safely, close, clear.
    Escape,
    /// Set aside.
    SetAside,
    /// Line mode; label of a unit.
    LineMode,
    /// Print the label of a lane; push to a unit.
    Print,
    /// Pick a job.
    PickJob,
    /// Copy the number.
    Copy,
    /// Agree now.
    Agree,
    /// Bigger.
    ZoomIn,
    /// Smaller.
    ZoomOut,
    /// Zoom 1.
    ZoomReset,
    /// Close the window, safely.
    Close,
}

/// When a key counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum When {
    /// Always.
    Always,
    /// Not while typing in a field.
    NotTyping,
    /// Not while the keyboard is on a button, which it would press.
    NotOnButton,
}

/// One line of the table.
#[derive(Debug, Clone, Copy)]
pub struct Binding {
    /// The key.
    pub shortcut: KeyboardShortcut,
    /// What it does.
    pub act: Act,
    /// When.
    pub when: When,
    /// Its cap.
    pub cap: &'static str,
    /// What the help sheet says; empty for a second key of the same act.
    pub words: &'static str,
}

const fn bind(
    modifiers: Modifiers,
    key: Key,
    act: Act,
    when: When,
    cap: &'static str,
    words: &'static str,
) -> Binding {
    Binding {
        shortcut: KeyboardShortcut::new(modifiers, key),
        act,
        when,
        cap,
        words,
    }
}

const NONE: Modifiers = Modifiers::NONE;
const CTRL: Modifiers = Modifiers::COMMAND;

/// All keys. A chord stands before the plain key, because plain keys also match with Shift.
pub const TABLE: &[Binding] = &[
    bind(CTRL, Key::Num1, Act::Bench, When::Always, "Ctrl 1", "Bench"),
    bind(CTRL, Key::Num2, Act::Find, When::Always, "Ctrl 2", "Find"),
    bind(CTRL, Key::Num3, Act::Push, When::Always, "Ctrl 3", "Push"),
    bind(
        CTRL,
        Key::Num4,
        Act::Templates,
        When::Always,
        "Ctrl 4",
        "Templates",
    ),
    bind(CTRL, Key::Num5, Act::ToDo, When::Always, "Ctrl 5", "To do"),
    bind(
        CTRL,
        Key::Num6,
        Act::Review,
        When::Always,
        "Ctrl 6",
        "Review",
    ),
    bind(
        CTRL,
        Key::Z,
        Act::Undo,
        When::NotTyping,
        "Ctrl Z",
        "Take back what a message with Undo tells of, or a decision",
    ),
    bind(
        NONE,
        Key::T,
        Act::KeepTheirs,
        When::NotTyping,
        "T",
        "Review: keep theirs",
    ),
    bind(
        NONE,
        Key::M,
        Act::UseMine,
        When::NotTyping,
        "M",
        "Review: use mine",
    ),
    bind(
        NONE,
        Key::E,
        Act::Edit,
        When::NotTyping,
        "E",
        "Review: type another; Unit: edit",
    ),
    bind(
        CTRL,
        Key::F,
        Act::FindBox,
        When::Always,
        "Ctrl F",
        "Find, with the box chosen",
    ),
    bind(
        CTRL,
        Key::Enter,
        Act::StartAll,
        When::Always,
        "Ctrl Enter",
        "Start all ready lanes",
    ),
    bind(
        NONE,
        Key::F1,
        Act::Ladder,
        When::Always,
        "F1",
        "I can’t find my unit",
    ),
    bind(
        Modifiers::SHIFT,
        Key::F6,
        Act::FormerArea,
        When::Always,
        "Shift F6",
        "Former area",
    ),
    bind(
        NONE,
        Key::F6,
        Act::NextArea,
        When::Always,
        "F6",
        "Next area",
    ),
    bind(
        NONE,
        Key::F5,
        Act::Agree,
        When::Always,
        "F5",
        "Ask the carrier and the lists again now",
    ),
    bind(
        NONE,
        Key::ArrowLeft,
        Act::Move(-1, 0),
        When::NotTyping,
        "",
        "",
    ),
    bind(
        NONE,
        Key::ArrowRight,
        Act::Move(1, 0),
        When::NotTyping,
        "",
        "",
    ),
    bind(
        NONE,
        Key::ArrowUp,
        Act::Move(0, -1),
        When::Always,
        "Arrows",
        "Choose a lane or a row",
    ),
    bind(NONE, Key::ArrowDown, Act::Move(0, 1), When::Always, "", ""),
    bind(
        NONE,
        Key::PageDown,
        Act::Page(1),
        When::Always,
        "Page keys",
        "Scroll by a page",
    ),
    bind(NONE, Key::PageUp, Act::Page(-1), When::Always, "", ""),
    bind(
        NONE,
        Key::Enter,
        Act::Enter,
        When::NotOnButton,
        "Enter",
        "Start the lane, try once more, open the unit",
    ),
    bind(
        NONE,
        Key::Space,
        Act::Fold,
        When::NotOnButton,
        "Space",
        "Open or fold the pane",
    ),
    bind(
        NONE,
        Key::Escape,
        Act::Escape,
        When::Always,
        "Esc",
        "Stop the lane safely, close, clear",
    ),
    bind(
        NONE,
        Key::A,
        Act::SetAside,
        When::NotTyping,
        "A",
        "Set aside",
    ),
    bind(
        NONE,
        Key::L,
        Act::LineMode,
        When::NotTyping,
        "L",
        "Line mode; Unit: label",
    ),
    bind(
        NONE,
        Key::P,
        Act::Print,
        When::NotTyping,
        "P",
        "Print the label; Unit: push to it",
    ),
    bind(
        NONE,
        Key::J,
        Act::PickJob,
        When::NotTyping,
        "J",
        "Pick a job",
    ),
    bind(
        NONE,
        Key::Questionmark,
        Act::Keys,
        When::NotTyping,
        "?",
        "This sheet",
    ),
    bind(
        CTRL,
        Key::Comma,
        Act::Options,
        When::Always,
        "Ctrl ,",
        "Options",
    ),
    bind(
        CTRL,
        Key::B,
        Act::Support,
        When::Always,
        "Ctrl B",
        "Support bundle of the lane, the unit or the bench",
    ),
    bind(
        CTRL,
        Key::C,
        Act::Copy,
        When::NotTyping,
        "Ctrl C",
        "Copy the number",
    ),
    bind(
        CTRL,
        Key::Plus,
        Act::ZoomIn,
        When::Always,
        "Ctrl +",
        "Bigger, up to 2.0",
    ),
    bind(CTRL, Key::Equals, Act::ZoomIn, When::Always, "Ctrl =", ""),
    bind(
        CTRL,
        Key::Minus,
        Act::ZoomOut,
        When::Always,
        "Ctrl -",
        "Smaller, down to 0.8",
    ),
    bind(
        CTRL,
        Key::Num0,
        Act::ZoomReset,
        When::Always,
        "Ctrl 0",
        "Usual size",
    ),
    bind(
        CTRL,
        Key::Q,
        Act::Close,
        When::Always,
        "Ctrl Q",
        "Close the window, after units are at a safe point",
    ),
];

/// The cap of an act's first key.
#[must_use]
pub fn cap(act: Act) -> &'static str {
    TABLE
        .iter()
        .find(|binding| binding.act == act)
        .map_or("", |binding| binding.cap)
}

/// The cap of pasting: the window system's own key, which the table does not bind.
#[must_use]
pub fn cap_of_paste() -> &'static str {
    "Ctrl V"
}

/// What the keyboard is on, as far as keys care.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Keyboard {
    /// A text field.
    pub typing: bool,
    /// Something that Enter or Space would press.
    pub on_button: bool,
    /// A text field whose Enter belongs to the screen: the search box.
    pub enter_passes: bool,
    /// A text field with nothing chosen in it, so that copying means the number.
    pub copy_passes: bool,
    /// A list of choices that is open: arrows, letters and Enter are its own.
    pub choosing: bool,
}

impl Act {
    /// Whether it counts whatever lies over the screen: it leaves what is typed and shown as it is, or ends what lies on top.
    #[must_use]
    pub const fn is_free(self) -> bool {
        matches!(
            self,
            Self::Escape | Self::Close | Self::ZoomIn | Self::ZoomOut | Self::ZoomReset
        )
    }

    /// Whether holding the key down repeats the act.
    const fn repeats(self) -> bool {
        matches!(
            self,
            Self::Move(..) | Self::Page(_) | Self::ZoomIn | Self::ZoomOut | Self::ZoomReset
        )
    }
}

/// A key that did something does it once, however long it is held down, and writes nothing into a field that it opened.
#[derive(Debug, Default)]
pub struct Held(Option<Key>);

impl Held {
    fn took(&mut self, binding: &Binding, events: &mut Vec<egui::Event>) {
        let key = binding.shortcut.logical_key;
        let writes = match key {
            Key::Space => " ",
            key => key.symbol_or_name(),
        };
        let its_letter = |event: &egui::Event| matches!(event, egui::Event::Text(text) if text.eq_ignore_ascii_case(writes));
        // A chord writes nothing.
        if binding.shortcut.modifiers.is_none()
            && let Some(at) = events.iter().position(its_letter)
        {
            events.remove(at);
        }
        if !binding.act.repeats() {
            self.0 = Some(key);
        }
    }

    /// Takes out what the held key repeats, with the letters that it would write. Enter never repeats, nor does Space unless somebody is
    /// `typing`: held on a button, they would press the main act of the dialog that it opens.
    pub fn sift(&mut self, events: Vec<egui::Event>, typing: bool) -> Vec<egui::Event> {
        use egui::Event;
        let mut writes = false;
        let passes = |event: &Event| {
            let after_repeated = std::mem::take(&mut writes);
            match event {
                Event::Key {
                    key,
                    pressed,
                    repeat,
                    ..
                } if Some(*key) == self.0 => {
                    if *pressed && *repeat {
                        writes = true;
                        return false;
                    }
                    self.0 = None;
                    true
                }
                Event::Key {
                    key,
                    pressed: true,
                    repeat: true,
                    ..
                } if *key == Key::Enter || (*key == Key::Space && !typing) => {
                    writes = *key == Key::Space;
                    false
                }
                Event::Text(_) => !after_repeated,
                _ => true,
            }
        };
        let mut events = events;
        events.retain(passes);
        events
    }
}

impl Keyboard {
    fn counts(self, binding: &Binding) -> bool {
        match (binding.when, binding.act) {
            (_, act) if self.choosing => act.is_free(),
            (When::Always, _) => true,
            (_, Act::Copy) => !self.typing || self.copy_passes,
            (When::NotTyping, _) => !self.typing,
            (When::NotOnButton, Act::Enter) if self.typing => self.enter_passes,
            (When::NotOnButton, _) => !self.typing && !self.on_button,
        }
    }
}

/// Takes the acts of this frame out of the input. `held` are told of the keys that did something.
pub fn take(ctx: &egui::Context, keyboard: Keyboard, held: &mut Held) -> Vec<Act> {
    let mut acts = Vec::new();
    ctx.input_mut(|input| {
        for binding in TABLE {
            if keyboard.counts(binding) && input.consume_shortcut(&binding.shortcut) {
                acts.push(binding.act);
                held.took(binding, &mut input.events);
            }
        }
        // The system's copy key arrives as an event of its own.
        let is_copy = |event: &egui::Event| matches!(event, egui::Event::Copy);
        if (!keyboard.typing || keyboard.copy_passes) && input.events.iter().any(is_copy) {
            input.events.retain(|event| !is_copy(event));
            acts.push(Act::Copy);
        }
    });
    acts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_key_stands_twice() {
        for (index, one) in TABLE.iter().enumerate() {
            for other in TABLE.iter().skip(index + 1) {
                assert_ne!(one.shortcut, other.shortcut, "{}", one.cap);
            }
        }
    }

    #[test]
    fn caps_come_from_the_table() {
        assert_eq!(cap(Act::StartAll), "Ctrl Enter");
        assert_eq!(cap(Act::Ladder), "F1");
    }

    #[test]
    fn letters_and_enter_belong_to_the_field_that_has_the_keyboard() {
        let bound = |act: Act| TABLE.iter().find(|binding| binding.act == act).unwrap();
        let field = Keyboard {
            typing: true,
            ..Keyboard::default()
        };
        for act in [Act::LineMode, Act::Enter, Act::Fold, Act::Copy] {
            assert!(!field.counts(bound(act)), "{act:?}");
        }
        assert!(field.counts(bound(Act::Ladder)));
        let search = Keyboard {
            enter_passes: true,
            copy_passes: true,
            ..field
        };
        assert!(search.counts(bound(Act::Enter)) && search.counts(bound(Act::Copy)));
        let button = Keyboard {
            on_button: true,
            ..Keyboard::default()
        };
        assert!(!button.counts(bound(Act::Enter)) && button.counts(bound(Act::LineMode)));
    }
}
