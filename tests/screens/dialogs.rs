//! What lies over the screens.

use super::{Desktop, sample};
use eframe::egui::Key;
use eframe::egui::accesskit::Role;
use fleet::journal::Decision;
use fleetdesk::engine::{Command, Event, Slot};
use fleetdesk::ui::desk::Dialog;

#[test]
fn guarded_changes_are_named_before_they_are_approved() {
    let mut desktop = Desktop::with(sample::office(false));
    desktop.desk().chosen = Some(Slot(4));
    desktop.key(Key::Enter);
    assert!(desktop.wishes().is_empty());
    assert!(desktop.shows(Role::Dialog, "Guarded changes"));
    assert!(desktop.shows(
        Role::Row,
        "Server address, guarded: 192.0.2.10 to gps.example.net, waits"
    ));
    desktop.key(Key::Enter);
    assert!(matches!(
        desktop.wishes()[..],
        [Command::Decide(Slot(4), Decision::Approve)]
    ));
    assert!(!desktop.shows(Role::Dialog, "Guarded changes"));
}

#[test]
fn closing_the_dialog_decides_nothing() {
    let mut desktop = Desktop::with(sample::office(false));
    desktop.desk().dialog = Some(Dialog::Approve(Slot(4)));
    desktop.settle();
    desktop.key(Key::Escape);
    assert!(!desktop.shows(Role::Dialog, "Guarded changes"));
    assert!(desktop.wishes().is_empty());
}

#[test]
fn one_word_for_all_units_that_wait_for_the_same() {
    let mut desktop = Desktop::with(sample::office(false));
    desktop.tell(Event::LaneChanged(Box::new(sample::needs_you(14, "1129"))));
    desktop.desk().dialog = Some(Dialog::Approve(Slot(4)));
    desktop.settle();
    desktop.click(Role::Button, "Also on 1 other unit");
    assert!(matches!(
        desktop.wishes()[..],
        [
            Command::Decide(Slot(4), Decision::Approve),
            Command::Decide(Slot(14), Decision::Approve)
        ]
    ));
}

#[test]
fn a_question_that_was_answered_elsewhere_closes_its_dialog() {
    let mut desktop = Desktop::with(sample::office(false));
    desktop.desk().dialog = Some(Dialog::Approve(Slot(4)));
    desktop.settle();
    desktop.tell(Event::LaneChanged(Box::new(sample::ready(4, "3390"))));
    assert!(!desktop.shows(Role::Dialog, "Guarded changes"));
}

#[test]
fn a_job_is_picked_from_released_templates() {
    let mut desktop = Desktop::with(vec![sample::bench(false), sample::templates()]);
    desktop.key(Key::J);
    desktop.click(Role::RadioButton, "Coach v2");
    desktop.focus(Role::TextInput, "Customer");
    desktop.types("Pattern Dairy");
    desktop.focus(Role::TextInput, "How many");
    desktop.types("many");
    assert!(desktop.is_off(Role::Button, "Take up this job"));
    desktop.desk().job.count = "40".into();
    desktop.settle();
    desktop.click(Role::Button, "Take up this job");
    match &desktop.wishes()[..] {
        [
            Command::PickJob {
                template,
                version,
                customer,
                count,
                register,
            },
        ] => {
            assert_eq!(
                (template.as_str(), *version, customer.as_str()),
                ("Coach", 2, "Pattern Dairy")
            );
            assert_eq!((*count, *register), (Some(40), true));
        }
        other => panic!("{other:?}"),
    }
    assert!(!desktop.shows(Role::Dialog, "Pick a job"));
}

#[test]
fn the_ladder_moves_on_with_each_answer() {
    let mut desktop = Desktop::with(sample::office(false));
    desktop.key(Key::F1);
    assert!(desktop.shows(Role::Dialog, "I can’t find my unit"));
    assert!(desktop.shows_words(Role::ListItem, "Step 1: Light on the unit, now"));
    desktop.click(Role::Button, "Yes, it is on");
    assert!(desktop.shows_words(Role::ListItem, "Step 1: Light on the unit, in order"));
    assert!(desktop.shows_words(Role::ListItem, "Step 2: Take another cable, now"));
    desktop.key(Key::Escape);
    assert!(!desktop.shows(Role::Dialog, "I can’t find my unit"));
}

#[test]
fn keys_under_a_dialog_do_not_reach_the_bench() {
    let mut desktop = Desktop::with(sample::office(false));
    desktop.desk().dialog = Some(Dialog::Keys);
    desktop.settle();
    for key in [Key::A, Key::L, Key::Enter, Key::ArrowDown] {
        desktop.key(key);
    }
    assert!(desktop.wishes().is_empty());
    assert!(desktop.shows(Role::ListItem, "Ctrl Enter: Start all ready lanes"));
    assert!(desktop.shows_words(
        Role::ListItem,
        "Ctrl Z: Take back what a message with Undo tells of"
    ));
}

#[test]
fn slots_are_matched_from_the_options_and_the_bench_then_stands_like_the_table() {
    use fleetdesk::engine::{SlotFacts, SlotWish};
    let mut desktop = Desktop::with(vec![sample::bench(false), sample::templates()]);
    desktop.desk().dialog = Some(Dialog::Options);
    desktop.settle();
    desktop.click(Role::Button, "Match slots to places…");
    desktop.click(Role::Button, "Begin with the first slot");
    assert!(matches!(
        desktop.wishes()[..],
        [Command::MatchSlots(SlotWish::Begin)]
    ));
    let facts = |hubs: Vec<u32>, matching| {
        Event::Slots(SlotFacts {
            hubs,
            matching,
            no_place: false,
        })
    };
    desktop.tell(facts(Vec::new(), true));
    assert!(desktop.is_off(Role::Button, "Keep it so"));
    desktop.tell(facts(vec![3], true));
    assert!(desktop.shows_words(Role::Label, "Slot 3 is matched"));
    desktop.key(Key::Escape);
    assert!(
        desktop.shows(Role::Dialog, "Match slots to places"),
        "it ends by a word"
    );
    desktop.click(Role::Button, "Next hub");
    desktop.tell(facts(vec![3, 2], true));
    desktop.click(Role::Button, "Keep it so");
    assert!(matches!(
        desktop.wishes()[..],
        [
            Command::MatchSlots(SlotWish::NextHub),
            Command::MatchSlots(SlotWish::Keep)
        ]
    ));
    desktop.tell(facts(vec![3, 2], false));
    desktop.tell(Event::LaneChanged(Box::new(sample::ready(5, "4821"))));
    assert!(!desktop.shows(Role::Dialog, "Match slots to places"));
    assert!(desktop.shows(Role::ListBox, "Hub 1, 3 slots"));
    assert!(desktop.shows(Role::ListBox, "Hub 2, 2 slots"));
    desktop.desk().chosen = Some(Slot(3));
    desktop.key(Key::ArrowDown);
    assert_eq!(desktop.desk().chosen, Some(Slot(5)), "a shorter row");
    desktop.key(Key::ArrowUp);
    assert_eq!(desktop.desk().chosen, Some(Slot(2)));
}

#[test]
fn nothing_is_matched_while_units_are_plugged() {
    let mut desktop = Desktop::with(sample::office(false));
    desktop.desk().dialog = Some(Dialog::Slots);
    desktop.settle();
    assert!(desktop.is_off(Role::Button, "Begin with the first slot"));
    assert!(
        desktop
            .description(Role::Button, "Begin with the first slot")
            .contains("pull all units first")
    );
}

#[test]
fn the_options_are_opened_changed_and_left_with_the_keyboard_alone() {
    let mut desktop = Desktop::with(sample::office(false));
    desktop.press(eframe::egui::Modifiers::COMMAND, Key::Comma);
    assert!(desktop.shows(Role::Dialog, "Options"));
    let before = desktop.desk().choices.clone();
    for (role, label) in [(Role::Button, "Dark"), (Role::Switch, "Less motion")] {
        desktop.focus(role, label);
        desktop.key(Key::Space);
    }
    let choices = desktop.desk().choices.clone();
    assert_eq!(choices.theme, fleetdesk::preferences::ThemeChoice::Dark);
    assert_ne!(choices.less_motion, before.less_motion);
    desktop.key(Key::Escape);
    assert!(!desktop.shows(Role::Dialog, "Options"));
}
