//! What two people changed at once: asked in plain words, decided by a press or a key, taken back.

use super::{Desktop, sample};
use eframe::egui::accesskit::Role;
use eframe::egui::{Key, Modifiers};
use fleet::fault::Advice;
use fleetdesk::engine::{Agreement, Command, Event, ReviewDecision, ReviewKind, ReviewValue};
use fleetdesk::ui::desk::Screen;
use jiff::{Timestamp, ToSpan as _};
use uuid::Uuid;

fn at(minutes: i64) -> Timestamp {
    sample::now().checked_sub(minutes.minutes()).unwrap()
}

fn desktop() -> Desktop {
    let mut events = sample::office(false);
    events.push(Event::Reviews(sample::reviews()));
    events.push(Event::Agreement(Agreement {
        configured: true,
        agreed_at: Some(at(2)),
        need_you: 3,
        ..Agreement::default()
    }));
    let mut desktop = Desktop::with(events);
    desktop.press(Modifiers::COMMAND, Key::Num6);
    desktop
}

#[test]
fn both_values_stand_side_by_side_with_who_and_when() {
    let mut desktop = desktop();
    assert_eq!(desktop.desk().screen, Screen::Review);
    for words in [
        "Which vehicle is right?",
        "SMP 1147",
        "SMP 1174",
        "South office, Bench 1, today 10:42",
        "North office, Bench 2, today 10:31",
    ] {
        assert!(desktop.shows_words(Role::Label, words), "{words}");
    }
    assert!(desktop.shows(Role::Heading, "3 need you"));
    assert_eq!(desktop.description(Role::Tab, "Review"), "3 waiting");
    assert!(desktop.shows(Role::Status, "3 need you"));
    assert!(desktop.shows(Role::Status, "All agreed today 10:42"));
}

#[test]
fn a_key_decides_and_another_takes_it_back() {
    let mut desktop = desktop();
    let field = Some("vehicle".to_owned());
    desktop.key(Key::T);
    let wishes = desktop.wishes();
    assert!(
        matches!(wishes.as_slice(), [Command::DecideReview(op, of, ReviewDecision::KeepTheirs)]
            if *op == Uuid::from_u128(1) && *of == field),
        "{wishes:?}"
    );
    desktop.tell(Event::Reviews(sample::reviews().split_off(1)));
    assert!(desktop.shows_words(Role::Label, "keep theirs"));
    desktop.press(Modifiers::COMMAND, Key::Z);
    let wishes = desktop.wishes();
    assert!(matches!(wishes.as_slice(), [Command::UndoReview(op, _)] if *op == Uuid::from_u128(1)));
    desktop.tell(Event::Reviews(sample::reviews()));
    desktop.key(Key::ArrowDown);
    desktop.click(Role::Button, "Use mine");
    let wishes = desktop.wishes();
    assert!(
        matches!(wishes.as_slice(), [Command::DecideReview(op, _, ReviewDecision::UseMine)] if *op == Uuid::from_u128(2)),
        "{wishes:?}"
    );
}

#[test]
fn neither_is_typed() {
    let mut desktop = desktop();
    desktop.key(Key::E);
    // It has the keyboard at once: a letter must not decide.
    desktop.key(Key::T);
    desktop.types("!");
    desktop.click(Role::Button, "Write this");
    let wishes = desktop.wishes();
    assert!(
        matches!(wishes.as_slice(), [Command::DecideReview(_, _, ReviewDecision::Edit(text))] if text.contains('!')),
        "{wishes:?}"
    );
}

#[test]
fn what_is_typed_instead_is_checked_while_it_is_typed() {
    let mut desktop = desktop();
    desktop.key(Key::E);
    desktop.focus(Role::TextInput, "The right value");
    desktop.types("\u{202e}");
    assert!(desktop.is_off(Role::Button, "Write this"));
    assert!(desktop.shows_words(Role::Label, "characters that cannot be shown"));
    desktop.key(Key::Enter);
    assert!(desktop.wishes().is_empty());
}

#[test]
fn a_deleted_unit_is_asked_about_in_its_own_words() {
    let mut desktop = desktop();
    desktop.key(Key::ArrowDown);
    desktop.key(Key::ArrowDown);
    assert!(desktop.shows_words(Role::Label, "Is this unit still there?"));
    desktop.click(Role::Button, "Add the unit again");
    assert!(matches!(
        desktop.wishes().as_slice(),
        [Command::DecideReview(_, None, ReviewDecision::UseMine)]
    ));
}

/// The screen with one question: a column that the fleet table refused.
fn refused(column: &str) -> Desktop {
    let mut desktop = desktop();
    let mut entry = sample::reviews().remove(0);
    entry.field = None;
    entry.kind = ReviewKind::Refused {
        field: Some(column.to_owned()),
    };
    entry.values = vec![ReviewValue {
        field: column.to_owned(),
        yours: Some("what was told".to_owned()),
        theirs: None,
    }];
    desktop.tell(Event::Reviews(vec![entry]));
    desktop
}

#[test]
fn a_refused_fact_that_nobody_enters_is_left_out_with_a_press() {
    let mut desktop = refused("firmware");
    assert!(desktop.shows_words(
        Role::Label,
        "Send the rest without it, or forget the change"
    ));
    desktop.click(Role::Button, "Send it without firmware");
    let wishes = desktop.wishes();
    assert!(
        matches!(wishes.as_slice(), [Command::DecideReview(_, None, ReviewDecision::Edit(text))] if text.is_empty()),
        "{wishes:?}"
    );
    assert!(desktop.shows_words(Role::Label, "sent without it"));
}

#[test]
fn where_it_is_not_known_what_was_refused_a_person_names_the_value() {
    let mut desktop = refused("customer");
    let mut entry = sample::reviews().remove(0);
    entry.field = None;
    entry.kind = ReviewKind::Refused { field: None };
    entry.values = ["imei", "customer"]
        .map(|field| ReviewValue {
            field: field.to_owned(),
            yours: Some("Acme".to_owned()),
            theirs: None,
        })
        .to_vec();
    entry.said = Some("give a customer".to_owned());
    desktop.tell(Event::Reviews(vec![entry]));
    assert!(desktop.shows_words(Role::Label, "The office database says: give a customer"));
    desktop.key(Key::E);
    desktop.focus(Role::TextInput, "The right value");
    desktop.types(" Ltd");
    desktop.click(Role::Button, "Write this");
    let wishes = desktop.wishes();
    assert!(
        matches!(wishes.as_slice(), [Command::DecideReview(_, None, ReviewDecision::Edit(text))] if text.starts_with("customer=")),
        "{wishes:?}"
    );
}

#[test]
fn a_refused_number_is_said_to_be_another_units() {
    let desktop = refused("imei");
    assert!(desktop.shows_words(Role::Label, "With another number it is another unit"));
    assert!(!desktop.shows(Role::Button, "Send it without IMEI"));
    assert!(!desktop.shows(Role::Button, "Neither: type another"));
}

#[test]
fn the_bottom_line_tells_how_the_offices_agree() {
    let mut desktop = Desktop::with(sample::office(false));
    let mut agreement = Agreement {
        configured: true,
        ..Agreement::default()
    };
    let says = |desktop: &mut Desktop, agreement: &Agreement, words: &str| {
        desktop.tell(Event::Agreement(agreement.clone()));
        assert!(desktop.shows(Role::Status, words), "{words}");
    };
    says(
        &mut desktop,
        &agreement,
        "Agreeing with the other offices for the first time",
    );
    agreement.agreed_at = Some(at(2));
    says(&mut desktop, &agreement, "All agreed today 10:42");
    agreement.waiting = 3;
    says(
        &mut desktop,
        &agreement,
        "3 changes wait, last agreed today 10:42",
    );
    agreement.offline_since = Some(at(94));
    says(
        &mut desktop,
        &agreement,
        "3 changes wait, working offline since today 09:10",
    );
    agreement.waiting = 0;
    agreement.trouble = Some(Advice {
        what_happened: "The fleet database does not let bench_2 in (password).".to_owned(),
        unit_state: "Nothing is lost.".to_owned(),
        what_to_do: "Enter the password again.".to_owned(),
        code: "F-830",
    });
    says(
        &mut desktop,
        &agreement,
        "The fleet database does not let bench_2 in (password)",
    );
    desktop.press(Modifiers::COMMAND, Key::Num6);
    assert!(desktop.shows_words(Role::Alert, "F-830"));
}

#[test]
fn a_small_window_tells_how_the_offices_agree_whatever_else_there_is_to_tell() {
    let mut desktop = Desktop::sized(sample::office(false), [1024.0, 640.0]);
    desktop.tell(Event::Agreement(Agreement {
        configured: true,
        agreed_at: Some(at(2)),
        waiting: 3,
        need_you: 2,
        trouble: Some(Advice {
            what_happened: format!(
                "This login has not the right it needs ({}).",
                "x".repeat(150)
            ),
            unit_state: "Nothing is lost.".to_owned(),
            what_to_do: "Ask the administrator.".to_owned(),
            code: "F-840",
        }),
        ..Agreement::default()
    }));
    for words in ["2 need you", "3 changes wait, last agreed today 10:42"] {
        assert!(desktop.is_in_sight(Role::Status, words), "{words}");
    }
}

#[test]
fn what_people_enter_is_checked_while_it_is_typed() {
    let mut events = sample::office(false);
    events.extend(sample::unit_opened());
    let mut desktop = Desktop::with(events);
    desktop.desk().screen = Screen::Unit;
    desktop.settle();
    desktop.click(Role::Button, "Edit");
    desktop.focus(Role::TextInput, "SIM (ICCID)");
    desktop.types("1");
    assert!(desktop.is_off(Role::Button, "Save"));
    desktop.press(Modifiers::COMMAND, Key::A);
    desktop.key(Key::Backspace);
    desktop.focus(Role::TextInput, "Customer");
    desktop.types(" Ltd");
    desktop.wishes();
    desktop.click(Role::Button, "Save");
    let wishes = desktop.wishes();
    let Some(Command::EditUnit(_, edits)) = wishes.first() else {
        panic!("{wishes:?}");
    };
    assert!(
        edits
            .iter()
            .any(|edit| edit.field() == fleet::edit::Field::Customer)
    );
}
