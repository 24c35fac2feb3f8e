//! What stands around every screen.

use super::{Desktop, sample};
use eframe::egui::accesskit::Role;
use eframe::egui::{Key, Modifiers};
use fleetdesk::engine::{BenchFacts, Command, Event, Status, Toast};
use fleetdesk::ui::desk::Screen;
use fleetdesk::ui::sound::Sound;

#[test]
fn each_screen_has_its_key_and_its_place_in_the_rail() {
    let mut desktop = Desktop::with(sample::office(false));
    for (key, name, screen) in [
        (Key::Num2, "Find", Screen::Find),
        (Key::Num4, "Templates", Screen::Templates),
        (Key::Num5, "To do", Screen::ToDo),
        (Key::Num6, "Review", Screen::Review),
        (Key::Num1, "Bench", Screen::Bench),
    ] {
        desktop.press(Modifiers::COMMAND, key);
        assert_eq!(desktop.desk().screen, screen);
        desktop.desk().screen = Screen::Unit;
        desktop.click(Role::Tab, name);
        assert_eq!(desktop.desk().screen, screen);
    }
    assert_eq!(desktop.description(Role::Tab, "To do"), "4 waiting");
}

#[test]
fn the_sandbox_says_so_on_every_screen() {
    let mut desktop = Desktop::with(sample::office(true));
    for screen in [Screen::Bench, Screen::Find, Screen::Templates, Screen::ToDo] {
        desktop.desk().screen = screen;
        desktop.settle();
        assert!(desktop.shows(Role::Status, "Sandbox: nothing leaves this PC"));
    }
    let real = Desktop::with(sample::office(false));
    assert!(!real.shows_words(Role::Status, "Sandbox"));
}

#[test]
fn the_bottom_line_says_what_waits_and_since_when() {
    let mut desktop = Desktop::with(sample::office(false));
    assert!(desktop.shows(Role::Status, "1 registration owed since today 10:43"));
    assert!(desktop.shows(Role::Status, "Carrier: 412 of 500 calls left today"));
    assert!(desktop.shows(Role::Status, "Last scan …2468 ticked on slot 6"));
    desktop.tell(Event::Status(Status {
        carrier_offline_since: Some(sample::now()),
        ..Status::default()
    }));
    assert!(desktop.shows(
        Role::Status,
        "Carrier not reached since today 10:44, all is kept here"
    ));
}

#[test]
fn a_message_goes_away_by_itself() {
    let mut desktop = Desktop::with(sample::office(false));
    desktop.tell(Event::Toast(Toast {
        text: "This label is not on the bench".into(),
        warning: true,
        undo: None,
        unit: None,
    }));
    assert!(desktop.shows(Role::Status, "This label is not on the bench"));
    desktop.harness.run_steps(30);
    assert!(!desktop.shows(Role::Status, "This label is not on the bench"));
}

#[test]
fn zoom_is_changed_by_keys_and_kept() {
    let mut desktop = Desktop::with(sample::office(false));
    desktop.press(Modifiers::COMMAND, Key::Plus);
    let kept = desktop.kept.borrow().last().map(|choices| choices.zoom);
    assert_eq!(kept, Some(1.1));
    desktop.press(Modifiers::COMMAND, Key::Num0);
    let kept = desktop.kept.borrow().last().map(|choices| choices.zoom);
    assert_eq!(kept, Some(1.0));
}

#[test]
fn f5_asks_again_now() {
    let mut desktop = Desktop::with(sample::office(false));
    desktop.key(Key::F5);
    assert!(matches!(desktop.wishes()[..], [Command::AgreeNow]));
}

#[test]
fn f6_goes_through_the_areas() {
    let mut desktop = Desktop::with(sample::office(false));
    let areas = desktop.desk().areas.clone();
    assert!(areas.len() >= 4, "{areas:?}");
    for id in areas.values() {
        desktop.key(Key::F6);
        let focused = desktop.harness.ctx.memory(|memory| memory.focused());
        assert_eq!(focused, Some(*id));
    }
}

#[test]
fn a_first_start_shows_the_way_and_a_pretend_office() {
    let mut desktop = Desktop::with(vec![Event::Bench(BenchFacts {
        name: "Bench 2".into(),
        ..BenchFacts::default()
    })]);
    assert!(desktop.shows(Role::Heading, "Bring in a template"));
    assert!(desktop.shows(Role::ListItem, "Step 1: This bench. Bench 2"));
    desktop.click(Role::Button, "Open the pretend office");
    assert_eq!(*desktop.offices.borrow(), 1);
    desktop.tell(sample::templates());
    assert!(desktop.shows(Role::Button, "Pick a job"));
}

#[test]
fn news_is_heard_once_and_not_at_all_when_sound_is_off() {
    let mut desktop = Desktop::with(vec![sample::bench(false), sample::job()]);
    let stopped = || Event::LaneChanged(Box::new(sample::stopped(2, "4821")));
    desktop.tell(stopped());
    desktop.tell(stopped());
    assert_eq!(desktop.played.take(), [Sound::Falling]);
    desktop.click(Role::Status, "Sound on");
    assert!(!desktop.kept.borrow().last().unwrap().sound);
    desktop.tell(Event::LaneChanged(Box::new(sample::ready(2, "4821"))));
    assert!(desktop.played.take().is_empty());
    assert!(desktop.shows(Role::Status, "Sound off"));
}
