//! The window by role and label, without a display: what is told is drawn, and what is pressed becomes a wish.

#[path = "../../examples/gallery/account.rs"]
mod account;
mod bench;
mod carrier_account;
mod dialogs;
mod entering;
mod find;
mod frame;
mod in_sight;
mod keyboard;
#[path = "../../examples/gallery/lists.rs"]
mod lists;
mod opening;
mod pushes;
mod review;
#[path = "../../examples/gallery/sample.rs"]
mod sample;
#[path = "../../examples/gallery/pushes.rs"]
mod sample_pushes;
mod sheets;
mod talk;
mod templates;
mod unlock;
mod walking;

use eframe::egui::accesskit::Role;
use eframe::egui::{self, Key, Modifiers};
use egui_kittest::Harness;
use egui_kittest::kittest::{NodeT as _, Queryable as _};
use fleetdesk::engine::{Command, Event, LaneState};
use fleetdesk::ui::choices::Choices;
use fleetdesk::ui::desk::Desk;
use fleetdesk::ui::sound::Sound;
use fleetdesk::ui::{Doors, Window, theme};
use jiff::tz::TimeZone;
use std::cell::RefCell;
use std::rc::Rc;
use std::sync::mpsc::{Receiver, Sender, channel};

/// A window in a test, and what came out of its doors.
pub struct Desktop {
    harness: Harness<'static, Option<Window>>,
    told: Sender<Event>,
    wished: Rc<RefCell<Vec<Command>>>,
    kept: Rc<RefCell<Vec<Choices>>>,
    offices: Rc<RefCell<u32>>,
    played: Rc<RefCell<Vec<Sound>>>,
    copied: String,
    notified: Rc<RefCell<Vec<String>>>,
}

impl Desktop {
    /// A window of the usual size that was told `events`.
    pub fn with(events: Vec<Event>) -> Self {
        Self::sized(events, [1440.0, 900.0])
    }

    /// A window of another size.
    pub fn sized(events: Vec<Event>, size: [f32; 2]) -> Self {
        let (told, received) = channel();
        for event in events {
            told.send(event).unwrap();
        }
        Self::build(told, received, size, Box::new(|_| {}))
    }

    /// A window over an engine: what the engine tells is drawn, and what is pressed goes to it.
    pub fn connected(events: Receiver<Event>, send: Box<dyn Fn(Command)>) -> Self {
        let (told, _) = channel();
        Self::build(told, events, [1440.0, 900.0], send)
    }

    fn build(
        told: Sender<Event>,
        received: Receiver<Event>,
        size: [f32; 2],
        send: Box<dyn Fn(Command)>,
    ) -> Self {
        let wished: Rc<RefCell<Vec<Command>>> = Rc::default();
        let kept: Rc<RefCell<Vec<Choices>>> = Rc::default();
        let offices: Rc<RefCell<u32>> = Rc::default();
        let played: Rc<RefCell<Vec<Sound>>> = Rc::default();
        let plays = Rc::clone(&played);
        let notified: Rc<RefCell<Vec<String>>> = Rc::default();
        let notifies = Rc::clone(&notified);
        let (wishes, keeps, opens) = (Rc::clone(&wished), Rc::clone(&kept), Rc::clone(&offices));
        let mut doors = Some(Doors {
            events: received,
            send: Box::new(move |command| {
                wishes.borrow_mut().push(command.clone());
                send(command);
            }),
            keep: Box::new(move |choices| keeps.borrow_mut().push(choices.clone())),
            play: Box::new(move |sound| plays.borrow_mut().push(sound)),
            sound_works: Box::new(|| true),
            notify: Box::new(move |words| notifies.borrow_mut().push(words.to_owned())),
            pretend_office: Some(Box::new(move || *opens.borrow_mut() += 1)),
        });
        let harness = Harness::builder()
            .with_size(size)
            .with_context_setup(theme::install)
            .build_ui_state(
                move |ui, window: &mut Option<Window>| {
                    let window = window.get_or_insert_with(|| {
                        let choices = Choices {
                            less_motion: true,
                            ..Choices::default()
                        };
                        Window::new(ui.ctx(), choices, doors.take().unwrap())
                            .with_clock(sample::now, TimeZone::UTC)
                    });
                    window.take_events(ui.ctx());
                    window.draw(ui);
                },
                None,
            );
        let mut desktop = Self {
            harness,
            told,
            wished,
            kept,
            offices,
            played,
            copied: String::new(),
            notified,
        };
        desktop.settle();
        desktop
    }

    /// Tells more.
    pub fn tell(&mut self, event: Event) {
        self.told.send(event).unwrap();
        self.settle();
    }

    /// Lets a few frames pass. Working lanes ask for frames without end, so this is counted.
    pub fn settle(&mut self) {
        for _ in 0..3 {
            self.harness.run_steps(1);
            for command in &self.harness.output().platform_output.commands {
                if let egui::OutputCommand::CopyText(text) = command {
                    self.copied.clone_from(text);
                }
            }
        }
        self.harness.check_accessibility();
    }

    /// What the window remembers.
    pub fn desk(&mut self) -> &mut Desk {
        self.harness.state_mut().as_mut().unwrap().desk_mut()
    }

    /// States of all lanes, as the window was told.
    pub fn lanes(&mut self) -> Vec<LaneState> {
        let window = self.harness.state_mut().as_mut().unwrap();
        let lanes = window.state().lanes.values();
        lanes.map(|lane| lane.state.clone()).collect()
    }

    /// What is said of lanes that are not green, as the window was told.
    pub fn advice(&mut self) -> Vec<String> {
        let window = self.harness.state_mut().as_mut().unwrap();
        let lanes = window.state().lanes.values();
        lanes
            .filter_map(|lane| lane.advice.as_ref().map(|advice| format!("{advice:?}")))
            .collect()
    }

    /// Whether a job is on the bench, as the window was told.
    pub fn has_job(&mut self) -> bool {
        let window = self.harness.state_mut().as_mut().unwrap();
        window.state().job.is_some()
    }

    /// Presses a key.
    pub fn press(&mut self, modifiers: Modifiers, key: Key) {
        self.harness.key_press_modifiers(modifiers, key);
        self.settle();
    }

    /// Presses a key alone.
    pub fn key(&mut self, key: Key) {
        self.press(Modifiers::NONE, key);
    }

    /// Holds a letter key down for so long that the system repeats it, and lets it go: each press with its text.
    pub fn holds(&mut self, key: Key) {
        for _ in 0..4 {
            let event = egui::Event::Key {
                key,
                physical_key: None,
                pressed: true,
                repeat: false,
                modifiers: Modifiers::NONE,
            };
            let letter = egui::Event::Text(key.name().to_lowercase());
            self.harness.input_mut().events.extend([event, letter]);
            self.harness.run_steps(1);
            self.settle();
        }
        let let_go = egui::Event::Key {
            key,
            physical_key: None,
            pressed: false,
            repeat: false,
            modifiers: Modifiers::NONE,
        };
        self.harness.input_mut().events.push(let_go);
        self.settle();
    }

    /// Holds a key down with others for so long that the system repeats it, and lets it go.
    pub fn holds_with(&mut self, modifiers: Modifiers, key: Key) {
        for pressed in [true, true, true, true, false] {
            let event = egui::Event::Key {
                key,
                physical_key: None,
                pressed,
                repeat: false,
                modifiers,
            };
            self.harness.input_mut().events.push(event);
            self.settle();
        }
    }

    /// The window is to be closed, by its cross or by Ctrl Q.
    pub fn wants_to_close(&mut self) {
        let viewport = self
            .harness
            .input_mut()
            .viewports
            .entry(egui::ViewportId::ROOT);
        viewport
            .or_default()
            .events
            .push(egui::ViewportEvent::Close);
        self.harness.run_steps(1);
        let viewport = self
            .harness
            .input_mut()
            .viewports
            .entry(egui::ViewportId::ROOT);
        viewport.or_default().events.clear();
        self.settle();
    }

    /// Whether what has this role and label has the keyboard.
    pub fn has_keyboard(&self, role: Role, label: &str) -> bool {
        self.harness
            .query_all_by_role_and_label(role, label)
            .any(|node| node.is_focused())
    }

    /// Types into whatever has the keyboard, as fingers do: each letter a key and a text.
    pub fn types(&mut self, text: &str) {
        for letter in text.chars() {
            self.harness.event(egui::Event::Text(letter.to_string()));
            self.harness.run_steps(2);
        }
        self.settle();
    }

    /// Scans: everything in one frame, with its Enter.
    pub fn scans(&mut self, text: &str) {
        let enter = |pressed| egui::Event::Key {
            key: Key::Enter,
            physical_key: None,
            pressed,
            repeat: false,
            modifiers: Modifiers::NONE,
        };
        let letters = text
            .chars()
            .map(|letter| egui::Event::Text(letter.to_string()));
        self.harness
            .input_mut()
            .events
            .extend(letters.chain([enter(true), enter(false)]));
        self.settle();
    }

    /// Clicks what has this role and label.
    pub fn click(&mut self, role: Role, label: &str) {
        self.harness.get_by_role_and_label(role, label).click();
        self.settle();
    }

    /// Gives the keyboard to what has this role and label.
    pub fn focus(&mut self, role: Role, label: &str) {
        self.harness.get_by_role_and_label(role, label).focus();
        self.settle();
    }

    /// Goes with the keyboard alone, from one thing to the next, until what has this role and label has the keyboard.
    pub fn tabs_to(&mut self, role: Role, label: &str) {
        const MOST: usize = 120;
        for _ in 0..MOST {
            let node = self.harness.query_by_role_and_label(role, label);
            if node.is_some_and(|node| node.is_focused()) {
                return;
            }
            self.key(Key::Tab);
        }
        panic!("the keyboard never reaches {role:?} '{label}'");
    }

    /// Another window has the keyboard, or this one again.
    pub fn looks_away(&mut self, away: bool) {
        self.harness.input_mut().focused = !away;
        self.settle();
    }

    /// What the system was asked to tell since the last time.
    pub fn notified(&self) -> Vec<String> {
        self.notified.take()
    }

    /// Whether something has this role and label.
    pub fn shows(&self, role: Role, label: &str) -> bool {
        self.harness
            .query_all_by_role_and_label(role, label)
            .next()
            .is_some()
    }

    /// Whether something has this role and a label with these words in it.
    pub fn shows_words(&self, role: Role, words: &str) -> bool {
        self.harness
            .query_all_by_role(role)
            .any(|node| label_of(&node).contains(words))
    }

    /// The whole label of the button whose label begins so.
    pub fn button_that_begins(&self, label: &str) -> String {
        let buttons = self.harness.query_all_by_role(Role::Button);
        let mut labels = buttons.map(|node| label_of(&node));
        labels.find(|each| each.starts_with(label)).unwrap()
    }

    /// How many things have this role and label.
    pub fn count(&self, role: Role, label: &str) -> usize {
        self.harness
            .query_all_by_role_and_label(role, label)
            .count()
    }

    /// The description of what has this role and label.
    pub fn description(&self, role: Role, label: &str) -> String {
        let node = self.harness.get_by_role_and_label(role, label);
        node.accesskit_node()
            .data()
            .description()
            .unwrap_or_default()
            .to_owned()
    }

    /// What stands in what has this role and label.
    pub fn value(&self, role: Role, label: &str) -> String {
        let node = self.harness.get_by_role_and_label(role, label);
        node.accesskit_node().value().unwrap_or_default()
    }

    /// Whether what has this role and label is off.
    pub fn is_off(&self, role: Role, label: &str) -> bool {
        let node = self.harness.get_by_role_and_label(role, label);
        node.accesskit_node().is_disabled()
    }

    /// Whether what has this role and label stands whole inside the window.
    pub fn is_in_sight(&self, role: Role, label: &str) -> bool {
        let window = self.harness.ctx.content_rect();
        let node = self.harness.get_by_role_and_label(role, label);
        // What was scrolled away has no place.
        let has_place = node.accesskit_node().bounding_box().is_some();
        has_place && window.contains_rect(node.rect())
    }

    /// The right end of what has this role and a label that begins so, in points from the window's left.
    pub fn right_of(&self, role: Role, label: &str) -> f32 {
        let mut all = self.harness.query_all_by_role(role);
        let found = all.find(|node| label_of(node).starts_with(label));
        found.map_or(f32::NAN, |node| node.rect().right())
    }

    /// What was copied in the last frames.
    pub fn copied(&self) -> String {
        self.copied.clone()
    }

    /// What was wished since the last time.
    pub fn wishes(&self) -> Vec<Command> {
        self.wished.take()
    }
}

fn label_of(node: &egui_kittest::Node<'_>) -> String {
    let node = node.accesskit_node();
    node.label().or_else(|| node.value()).unwrap_or_default()
}
