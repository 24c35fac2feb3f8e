//! What is to be pressed stands in sight, in small windows too, and what gets the keyboard is brought there.

use super::{Desktop, lists, sample, sample_pushes};
use eframe::egui::accesskit::Role;
use eframe::egui::{Key, Modifiers};
use fleetdesk::engine::{Event, UnitsMeant};
use fleetdesk::ui::desk::{Dialog, Screen};

const SIZES: [[f32; 2]; 3] = [[1440.0, 900.0], [1100.0, 700.0], [900.0, 600.0]];

fn push(page: &str, size: [f32; 2]) -> Desktop {
    let mut events = vec![sample::bench(false), sample::templates()];
    events.extend(sample_pushes::events(page));
    let mut desktop = Desktop::sized(events, size);
    desktop.press(Modifiers::COMMAND, Key::Num3);
    // What is off has no place that the test could ask for.
    desktop.desk().push.units = "office:north".into();
    let rehearsal = sample_pushes::rehearsal(page == "push-long");
    desktop.desk().push.name = rehearsal.rehearsal.name().to_owned();
    desktop.desk().push.count = rehearsal.changing.to_string();
    desktop.settle();
    desktop
}

#[test]
fn the_main_act_of_each_step_of_a_push_stands_in_sight() {
    let steps: [(&str, &[&str]); 7] = [
        ("push", &["Rehearse"]),
        ("push-left", &["Rehearse"]),
        ("push-rehearsal", &["Send the pilot: 5 units", "Cancel"]),
        ("push-long", &["Send the pilot: 5 units", "Cancel"]),
        (
            "push-running",
            &["Pause", "Cancel at a safe point", "Result sheet…"],
        ),
        ("push-stopped", &["Go on", "Result sheet…"]),
        ("push-ended", &["Undo all", "Result sheet…"]),
    ];
    for size in SIZES {
        for (page, acts) in steps {
            let desktop = push(page, size);
            for act in acts {
                assert!(
                    desktop.is_in_sight(Role::Button, act),
                    "{page} at {size:?}: {act}"
                );
            }
        }
    }
}

#[test]
fn what_gets_the_keyboard_on_a_push_is_scrolled_into_sight() {
    let mut desktop = push("push-long", [900.0, 600.0]);
    for field in ["Name of what is pushed", "How many units change"] {
        desktop.tabs_to(Role::TextInput, field);
        assert!(desktop.is_in_sight(Role::TextInput, field), "{field}");
    }
    let mut desktop = push("push-left", [900.0, 600.0]);
    for field in ["Units", "Failures at which it stops"] {
        desktop.tabs_to(Role::TextInput, field);
        assert!(desktop.is_in_sight(Role::TextInput, field), "{field}");
    }
}

#[test]
fn what_gets_the_keyboard_on_a_units_page_is_scrolled_into_sight() {
    let mut desktop = Desktop::sized(sample::office(false), [900.0, 600.0]);
    desktop.tell(sample::unit_opened().unwrap());
    desktop.desk().screen = Screen::Unit;
    desktop.settle();
    let last = "Bring back the vehicle SMP 1074";
    assert!(!desktop.is_in_sight(Role::Button, last));
    desktop.tabs_to(Role::Button, last);
    assert!(desktop.is_in_sight(Role::Button, last));
}

#[test]
fn buttons_of_dialogs_and_heads_stay_in_small_windows() {
    for size in [[900.0, 600.0], [720.0, 420.0]] {
        let mut events = sample::office(false);
        events.extend(lists::events("labels"));
        events.extend(super::account::facts("/accountServices/resources/v1"));
        let mut desktop = Desktop::sized(events, size);
        desktop.tell(sample::unit_opened().unwrap());
        desktop.press(Modifiers::COMMAND, Key::Num5);
        for act in ["Ask again now", "Compare with the carrier"] {
            assert!(desktop.is_in_sight(Role::Button, act), "{act} at {size:?}");
        }
        desktop.desk().screen = Screen::Find;
        desktop.desk().sheets.units = Some((UnitsMeant::All, "all".into()));
        desktop.desk().sheets.export_path = "units.xlsx".into();
        let dialogs: [(Dialog, &[&str]); 4] = [
            (Dialog::Labels, &["Print"]),
            (Dialog::Export, &["Write the file"]),
            (Dialog::PickJob, &["Take up this job", "Put the job away"]),
            (Dialog::Leave, &["Stop safely and close", "Go on working"]),
        ];
        for (dialog, acts) in dialogs {
            desktop.desk().open(dialog.clone());
            desktop.settle();
            for act in acts {
                assert!(
                    desktop.is_in_sight(Role::Button, act),
                    "{dialog:?} at {size:?}: {act}"
                );
            }
            desktop.desk().dialog = None;
            desktop.settle();
        }
        desktop.desk().screen = Screen::Unit;
        desktop.settle();
        desktop.key(Key::E);
        assert!(desktop.is_in_sight(Role::Button, "Save"), "{size:?}");
        desktop.tabs_to(Role::TextInput, "Note");
        assert!(desktop.is_in_sight(Role::TextInput, "Note"), "{size:?}");
        assert!(desktop.is_in_sight(Role::Button, "Save"), "{size:?}");
    }
}

#[test]
fn a_pasted_list_names_doubles_and_the_digit_that_does_not_fit() {
    let mut desktop = push("push-empty", [1440.0, 900.0]);
    desktop.desk().push.units =
        "356938035643809 354178036859781 490154203237518 356938035643809".into();
    desktop.settle();
    assert!(desktop.shows_words(Role::Status, "Digit 15 does not fit: 1"));
    assert!(desktop.shows_words(Role::Label, "354178036859781: "));
    assert!(desktop.shows_words(
        Role::Label,
        "1 number stands there more than once and counts once: 356938035643809."
    ));
    desktop.desk().push.units = "354178036859781".into();
    desktop.settle();
    assert!(desktop.shows_words(Role::Status, "Digit 15 does not fit: 1"));

    let mut rehearsal = sample_pushes::rehearsal(false);
    rehearsal.rehearsal.not_found = vec!["354178036859781".into(), "356938035643809".into()];
    rehearsal.rehearsal.doubles = vec!["490154203237518".into()];
    desktop.tell(Event::Rehearsed(Some(std::sync::Arc::new(rehearsal))));
    assert!(desktop.shows_words(Role::Status, "Digit 15 does not fit: 1"));
    assert!(desktop.shows_words(Role::Label, "not found: 356938035643809"));
    assert!(desktop.shows_words(Role::Label, "1 number stands there more than once"));
}
