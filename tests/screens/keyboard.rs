//! The work of this window with the keyboard alone, from one thing to the next: no pointer, and nothing is chosen from outside.

use super::{Desktop, sample, sample_pushes};
use eframe::egui::accesskit::Role;
use eframe::egui::{Key, Modifiers};
use fleet::UnitId;
use fleet::edit::Field;
use fleetdesk::engine::{Chosen, Command, Event, LaneState, PushWish, ScanSeen};
use fleetdesk::ui::desk::{Dialog, Screen};
use std::sync::Arc;

#[test]
fn a_push_is_chosen_rehearsed_confirmed_begun_and_paused() {
    let mut desktop = Desktop::with(vec![sample::bench(false), sample::templates()]);
    desktop.press(Modifiers::COMMAND, Key::Num3);
    assert_eq!(desktop.desk().screen, Screen::Push);
    desktop.tabs_to(Role::TextInput, "Units");
    desktop.types("office:north");
    desktop.tabs_to(Role::Button, "Rehearse");
    desktop.wishes();
    desktop.key(Key::Enter);
    let wishes = desktop.wishes();
    let [Command::RehearsePush(wanted)] = &wishes[..] else {
        panic!("{wishes:?}");
    };
    assert_eq!(wanted.chosen, Chosen::Search("office:north".into()));

    let rehearsal = sample_pushes::rehearsal(false);
    let changing = rehearsal.changing.to_string();
    desktop.tell(Event::Rehearsed(Some(Arc::new(rehearsal))));
    desktop.tabs_to(Role::TextInput, "Name of what is pushed");
    desktop.types("Van standard");
    desktop.tabs_to(Role::TextInput, "How many units change");
    desktop.types(&changing);
    desktop.tabs_to(Role::Button, "Send the pilot: 5 units");
    desktop.key(Key::Enter);
    let wishes = desktop.wishes();
    assert!(
        matches!(wishes[..], [Command::BeginPush { agreed: true }]),
        "{wishes:?}"
    );

    desktop.tell(Event::Rehearsed(None));
    let view = sample_pushes::view("push-running");
    let id = view.facts.id;
    desktop.tell(Event::PushShown(Some(Box::new(view))));
    desktop.tabs_to(Role::Button, "Pause");
    desktop.key(Key::Enter);
    let wishes = desktop.wishes();
    assert!(
        matches!(wishes[..], [Command::Push(push, PushWish::Pause)] if push == id),
        "{wishes:?}"
    );
    desktop.tabs_to(Role::Button, "Cancel at a safe point");
    desktop.key(Key::Enter);
    assert!(matches!(
        desktop.wishes()[..],
        [Command::Push(_, PushWish::Cancel)]
    ));
    desktop.key(Key::Escape);
    assert!(matches!(desktop.wishes()[..], [Command::ShowPush(None)]));
}

#[test]
fn a_unit_is_found_opened_and_edited() {
    let mut desktop = Desktop::with(sample::office(false));
    desktop.press(Modifiers::COMMAND, Key::F);
    desktop.types("4821");
    desktop.tell(sample::searched());
    desktop.wishes();
    desktop.key(Key::Enter);
    assert!(matches!(desktop.wishes()[..], [Command::OpenUnit(_)]));
    desktop.tell(sample::unit_opened().unwrap());
    desktop.key(Key::E);
    assert_eq!(desktop.desk().dialog, Some(Dialog::EditUnit));
    // Whoever goes on typing types into the first field.
    desktop.types("Acme");
    desktop.tabs_to(Role::TextInput, "Note");
    desktop.types("!");
    desktop.tabs_to(Role::Button, "Save");
    desktop.key(Key::Enter);
    let wishes = desktop.wishes();
    let [Command::EditUnit(_, edits)] = &wishes[..] else {
        panic!("{wishes:?}");
    };
    let edited: Vec<Field> = edits.iter().map(|edit| edit.field()).collect();
    assert_eq!(edited, [Field::Customer, Field::Note]);
    assert_eq!(desktop.desk().dialog, None);
}

#[test]
fn a_list_of_choices_is_opened_left_and_chosen_from() {
    let mut desktop = Desktop::with(sample::office(false));
    desktop.press(Modifiers::COMMAND, Key::F);
    desktop.types("4821");
    desktop.tabs_to(Role::ComboBox, "State: Any state");
    desktop.key(Key::Enter);
    assert!(desktop.shows_words(Role::Button, "retired"), "it opens");
    desktop.key(Key::Escape);
    assert!(!desktop.shows_words(Role::Button, "retired"), "it closes");
    assert_eq!(desktop.desk().typed, "4821", "what was typed is left");
    desktop.tabs_to(Role::ComboBox, "State: Any state");
    desktop.key(Key::Enter);
    desktop.tabs_to(Role::Button, "retired");
    desktop.key(Key::Enter);
    assert_eq!(desktop.desk().typed, "4821 state:retired");
    assert!(
        !desktop.shows_words(Role::Button, "retired"),
        "it stays open"
    );
}

#[test]
fn a_page_that_is_longer_than_the_window_is_turned_with_the_page_keys() {
    const PAGES: usize = 8;
    let mut desktop = Desktop::sized(sample::office(false), [900.0, 600.0]);
    desktop.tell(sample::unit_opened().unwrap());
    desktop.desk().screen = Screen::Unit;
    desktop.settle();
    let seen =
        |desktop: &Desktop| desktop.is_in_sight(Role::Button, "Bring back the vehicle SMP 1074");
    let turn = |desktop: &mut Desktop, key: Key| {
        (0..PAGES).any(|_| {
            desktop.key(key);
            seen(desktop)
        })
    };
    assert!(!seen(&desktop), "it stands below");
    // Under a dialog nothing moves.
    desktop.key(Key::Questionmark);
    turn(&mut desktop, Key::PageDown);
    desktop.key(Key::Escape);
    assert!(!seen(&desktop), "it moved under the dialog");
    assert!(turn(&mut desktop, Key::PageDown), "it is never seen");
    for _ in 0..PAGES {
        desktop.key(Key::PageUp);
    }
    assert!(!seen(&desktop), "it does not go back");
}

#[test]
fn a_scan_into_a_push_that_is_taken_back_leaves_its_units_too() {
    let mut desktop = Desktop::with(vec![sample::bench(false), sample::templates()]);
    desktop.press(Modifiers::COMMAND, Key::Num3);
    let scan = |number: u64, text: &str, undone: bool| ScanSeen {
        number,
        at: sample::now(),
        short: text.chars().skip(11).collect(),
        word: "…".to_owned() + text,
        detail: String::new(),
        good: true,
        known: true,
        unit: UnitId::from_unit_answer(text).ok().map(|(id, _)| id),
        ticked: Vec::new(),
        undone,
    };
    let (kept, wrong) = ("356938035643809", "004999012632468");
    desktop.scans(kept);
    desktop.scans(wrong);
    assert_eq!(desktop.desk().push.units, format!("{kept} {wrong}"));
    desktop.tell(Event::Scans(vec![
        scan(2, wrong, false),
        scan(1, kept, true),
    ]));
    desktop.wishes();
    desktop.focus(Role::Button, "Undo");
    desktop.key(Key::Enter);
    let wishes = desktop.wishes();
    assert!(
        matches!(wishes[..], [Command::UndoScan(2)]),
        "it ticked nothing, and its unit is taken out: {wishes:?}"
    );
    assert_eq!(desktop.desk().push.units, kept);
    assert_eq!(desktop.desk().screen, Screen::Push);

    // A rehearsal that is under way has the unit in it.
    desktop.desk().push.asked = true;
    desktop.tell(Event::Scans(vec![
        scan(2, wrong, true),
        scan(1, kept, false),
    ]));
    desktop.wishes();
    desktop.focus(Role::Button, "Undo");
    desktop.key(Key::Enter);
    let wishes = desktop.wishes();
    assert!(
        matches!(wishes[..], [Command::UndoScan(1), Command::DropRehearsal]),
        "{wishes:?}"
    );
}

#[test]
fn units_are_scanned_into_a_push_wherever_the_keyboard_is() {
    let mut desktop = Desktop::with(vec![sample::bench(false), sample::templates()]);
    desktop.press(Modifiers::COMMAND, Key::Num3);
    for number in ["356938035643809", "490154203237518"] {
        desktop.tabs_to(Role::Button, "Cable only");
        desktop.scans(number);
    }
    assert_eq!(desktop.desk().push.units, "356938035643809 490154203237518");
    desktop.tabs_to(Role::Button, "Rehearse");
    desktop.wishes();
    desktop.key(Key::Enter);
    let wishes = desktop.wishes();
    let [Command::RehearsePush(wanted)] = &wishes[..] else {
        panic!("{wishes:?}");
    };
    assert!(matches!(&wanted.chosen, Chosen::Numbers(numbers) if numbers.len() == 2));
}

#[test]
fn the_system_tells_whoever_looks_elsewhere_when_the_last_lane_is_done() {
    let lane = |state: LaneState| {
        let mut lane = sample::lanes().remove(0);
        lane.state = state;
        Event::LaneChanged(Box::new(lane))
    };
    let setting = || lane(LaneState::Setting { done: 1, of: 4 });
    let mut desktop = Desktop::with(vec![sample::bench(false), setting()]);
    desktop.tell(lane(LaneState::Done));
    assert!(desktop.notified().is_empty(), "somebody looks at it");
    desktop.tell(setting());
    desktop.looks_away(true);
    desktop.tell(lane(LaneState::Done));
    assert_eq!(desktop.notified(), ["All lanes are done: 1 to pull"]);
    assert!(desktop.shows_words(Role::Status, "All lanes are done: 1 to pull"));
    let longest = |desktop: &mut Desktop| {
        let toasts = desktop.desk().toasts.iter();
        toasts.map(|toast| toast.until_s).fold(0.0, f64::max)
    };
    assert!(longest(&mut desktop) > 300.0, "it waits for somebody");

    desktop.looks_away(false);
    assert!(longest(&mut desktop) < 60.0, "it was seen");
    desktop.desk().choices.notify = false;
    desktop.tell(setting());
    desktop.looks_away(true);
    desktop.tell(lane(LaneState::Done));
    assert!(desktop.notified().is_empty(), "it was switched off");
}

#[test]
fn the_support_bundle_of_a_unit_is_looked_at_and_saved() {
    use fleetdesk::engine::{SupportBundle, SupportPiece, SupportStage, SupportWish};
    let mut desktop = Desktop::with(sample::office(false));
    desktop.press(Modifiers::COMMAND, Key::F);
    desktop.types("4821");
    desktop.tell(sample::searched());
    desktop.key(Key::Enter);
    desktop.wishes();
    desktop.press(Modifiers::COMMAND, Key::B);
    let unit = sample::unit_id("4821");
    let wishes = desktop.wishes();
    assert!(
        matches!(&wishes[..], [Command::Support(SupportWish::Look(about))] if *about == unit),
        "{wishes:?}"
    );
    let piece = SupportPiece {
        name: "preferences.toml".into(),
        words: "choices of this bench".into(),
        bytes: 1_500,
        taken_out: 1,
    };
    let shown = |stage| {
        let unit = unit.clone();
        Event::Support(Some(Box::new(SupportBundle { unit, stage })))
    };
    desktop.tell(shown(SupportStage::Shown(vec![piece])));
    assert!(desktop.shows_words(
        Role::Label,
        "1 file would be in it; 1 secret was taken out."
    ));
    assert!(desktop.shows_words(Role::ListItem, "preferences.toml, 2 kB, 1 taken out"));
    desktop.tabs_to(Role::Button, "Save the bundle");
    desktop.key(Key::Enter);
    let wishes = desktop.wishes();
    let [Command::Support(SupportWish::Save(path))] = &wishes[..] else {
        panic!("{wishes:?}");
    };
    assert_eq!(path.to_str(), Some("fleetdesk-support-4821-2026-11-22.zip"));
    desktop.tell(shown(SupportStage::Saved(path.clone())));
    assert!(desktop.shows_words(Role::Label, "Saved: fleetdesk-support-4821"));
}
