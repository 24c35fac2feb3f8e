//! Push: rehearsed, agreed to by name and count, led, tried again, undone and written down, by keyboard too.

use super::{Desktop, sample, sample_pushes};
use eframe::egui::accesskit::Role;
use eframe::egui::{Key, Modifiers};
use fleet::push::{PushState, Via};
use fleetdesk::engine::{Chosen, Command, Event, PushWish};
use fleetdesk::ui::desk::Screen;

fn desktop(page: &str) -> Desktop {
    let mut events = vec![sample::bench(false), sample::templates()];
    events.extend(sample_pushes::events(page));
    let mut desktop = Desktop::with(events);
    desktop.press(Modifiers::COMMAND, Key::Num3);
    assert_eq!(desktop.desk().screen, Screen::Push);
    desktop.wishes();
    desktop
}

#[test]
fn a_push_is_chosen_and_rehearsed_with_the_keyboard_alone() {
    let mut desktop = desktop("push-empty");
    assert!(desktop.is_off(Role::Button, "Rehearse"));
    desktop.focus(Role::TextInput, "Units");
    desktop.types("office:north");
    desktop.focus(Role::Button, "Cable only");
    desktop.key(Key::Enter);
    desktop.focus(Role::Button, "Rehearse");
    desktop.key(Key::Enter);
    let wishes = desktop.wishes();
    let [Command::RehearsePush(wanted)] = &wishes[..] else {
        panic!("{wishes:?}");
    };
    assert_eq!(wanted.template, ("Van standard".to_owned(), 5));
    assert_eq!(wanted.chosen, Chosen::Search("office:north".into()));
    assert_eq!(wanted.via, Via::Cable);

    assert!(desktop.is_off(Role::Button, "Rehearse"), "it is under way");
    desktop.tell(Event::Rehearsed(None));
    assert!(!desktop.is_off(Role::Button, "Rehearse"));
    desktop.click(Role::Button, "Those that differ from it");
    assert_eq!(
        desktop.desk().push.units,
        "template:\"Van standard\" drift:yes"
    );
}

#[test]
fn guarded_changes_are_agreed_to_by_name_and_count() {
    let mut desktop = desktop("push-rehearsal");
    assert!(desktop.shows_words(Role::ListItem, "in vehicles, by SMS"));
    let send = "Send the pilot: 5 units";
    assert!(desktop.is_off(Role::Button, send));
    let count = sample_pushes::rehearsal(false).changing.to_string();
    desktop.focus(Role::TextInput, "How many units change");
    desktop.types(&count);
    assert!(desktop.is_off(Role::Button, send), "the name is missing");
    desktop.focus(Role::TextInput, "Name of what is pushed");
    desktop.types("van  Standard");
    assert!(!desktop.is_off(Role::Button, send));
    desktop.focus(Role::Button, send);
    desktop.key(Key::Enter);
    let wishes = desktop.wishes();
    assert!(
        matches!(wishes[..], [Command::BeginPush { agreed: true }]),
        "{wishes:?}"
    );
}

#[test]
fn a_push_is_paused_gone_on_with_and_cancelled() {
    let mut desktop = desktop("push-running");
    let id = sample_pushes::view("push-running").facts.id;
    let wished = |desktop: &Desktop, wanted: PushWish| {
        let wishes = desktop.wishes();
        assert!(
            matches!(wishes[..], [Command::Push(push, wish)] if push == id && wish == wanted),
            "{wishes:?}"
        );
    };
    desktop.key(Key::Space);
    wished(&desktop, PushWish::Pause);
    assert!(desktop.is_off(Role::Button, "Undo all"), "it has not ended");
    let mut paused = sample_pushes::view("push-running");
    paused.progress.state = PushState::Paused {
        by: "Bench 2".into(),
    };
    desktop.tell(Event::PushShown(Some(Box::new(paused))));
    desktop.key(Key::Space);
    wished(&desktop, PushWish::GoOn);
    desktop.click(Role::Button, "Cancel at a safe point");
    wished(&desktop, PushWish::Cancel);
}

#[test]
fn only_the_failed_are_tried_again_all_is_undone_and_the_result_is_written_down() {
    let mut desktop = desktop("push-ended");
    let view = sample_pushes::view("push-ended");
    let retry = format!("Retry {} failed", view.counts.failed);
    desktop.focus(Role::Button, &retry);
    desktop.key(Key::Enter);
    assert!(matches!(
        desktop.wishes()[..],
        [Command::Push(_, PushWish::RetryFailed)]
    ));
    desktop.focus(Role::Button, "Undo all");
    desktop.key(Key::Enter);
    assert!(matches!(desktop.wishes()[..], [Command::RehearseUndo(id)] if id == view.facts.id));
    desktop.focus(Role::Button, "Result sheet…");
    desktop.key(Key::Enter);
    desktop.click(Role::Button, "PDF to print");
    desktop.click(Role::Button, "Write the sheet");
    let wishes = desktop.wishes();
    let [Command::PushSheet(id, path)] = &wishes[..] else {
        panic!("{wishes:?}");
    };
    assert_eq!(*id, view.facts.id);
    assert_eq!(path.to_str(), Some("Push Van standard v5 2026-11-22.pdf"));
    assert!(!desktop.shows(Role::Dialog, "Result sheet"));
    assert!(desktop.shows_words(Role::ListItem, "South office, Bench 1"));
}

#[test]
fn a_rehearsal_of_very_many_units_costs_a_frame_no_more_than_one_of_few() {
    let fastest = |count: u32| {
        let mut desktop = desktop("push-empty");
        let rehearsal = sample_pushes::rehearsal_of(count, false);
        desktop.tell(Event::Rehearsed(Some(std::sync::Arc::new(rehearsal))));
        let words = format!("All {count}").replace("300000", "300,000");
        assert!(desktop.shows_words(Role::Group, &words), "{words}");
        let frames = (0..5).map(|_| {
            let begun = std::time::Instant::now();
            desktop.settle();
            begun.elapsed()
        });
        frames.min().unwrap()
    };
    let (few, many) = (fastest(312), fastest(300_000));
    assert!(
        many < few * 2 + std::time::Duration::from_millis(10),
        "{few:?} with 312 units, {many:?} with 300,000"
    );
}
