//! Enter in a field does what its form is for, Escape loses nothing that was typed, and pages stay under a dialog.

use super::{Desktop, account, lists, sample, sample_pushes};
use eframe::egui::accesskit::Role;
use eframe::egui::{Key, Modifiers};
use fleet::UnitId;
use fleetdesk::engine::{
    Command, Event, ExportWish, LabelWish, SubscriptionStep, SupportBundle, SupportStage,
    SupportWish, Toast, UnitsMeant,
};
use fleetdesk::ui::desk::{Dialog, LifeChoice, Screen, SubscriptionForm};
use std::sync::Arc;

const ASKED: &str = "Discard what you typed?";

fn on_unit() -> Desktop {
    let mut desktop = Desktop::with(sample::office(false));
    desktop.tell(sample::unit_opened().unwrap());
    desktop.desk().screen = Screen::Unit;
    desktop.settle();
    desktop.wishes();
    desktop
}

fn open(desktop: &mut Desktop, dialog: Dialog) {
    desktop.desk().open(dialog);
    desktop.settle();
}

#[test]
fn enter_saves_a_unit_that_is_edited_and_says_why_where_it_cannot() {
    let mut desktop = on_unit();
    desktop.key(Key::E);
    desktop.types("Acme ");
    desktop.key(Key::Enter);
    let wishes = desktop.wishes();
    assert!(
        matches!(&wishes[..], [Command::EditUnit(_, edits)] if edits.len() == 1),
        "{wishes:?}"
    );
    assert_eq!(desktop.desk().dialog, None);

    // A wrong digit: nothing is saved, the reason stands there, and the field keeps the keyboard.
    desktop.desk().unit_form = lists::edited();
    open(&mut desktop, Dialog::EditUnit);
    desktop.types("x");
    desktop.key(Key::Enter);
    assert!(desktop.wishes().is_empty());
    assert_eq!(desktop.desk().dialog, Some(Dialog::EditUnit));
    assert!(desktop.shows_words(Role::Label, "must be corrected first"));
    assert!(desktop.has_keyboard(Role::TextInput, "Customer"));
}

#[test]
fn enter_writes_the_result_sheet_the_export_the_labels_and_the_support_bundle() {
    let mut events = vec![sample::bench(false), sample::templates()];
    events.extend(sample_pushes::events("push-ended"));
    let mut desktop = Desktop::with(events);
    desktop.press(Modifiers::COMMAND, Key::Num3);
    desktop.desk().push.sheet_path = "sheet.pdf".into();
    open(&mut desktop, Dialog::PushSheet);
    desktop.wishes();
    desktop.key(Key::Enter);
    let wishes = desktop.wishes();
    assert!(
        matches!(&wishes[..], [Command::PushSheet(..)]),
        "{wishes:?}"
    );

    desktop.desk().sheets.units = Some((UnitsMeant::All, "all".into()));
    desktop.desk().sheets.export_path = "units.xlsx".into();
    open(&mut desktop, Dialog::Export);
    desktop.key(Key::Enter);
    let wishes = desktop.wishes();
    assert!(
        matches!(&wishes[..], [Command::Export(ExportWish::Write { .. })]),
        "{wishes:?}"
    );
    desktop.key(Key::Escape);

    for event in lists::events("labels") {
        desktop.tell(event);
    }
    desktop.desk().sheets.label_path = "labels.pdf".into();
    open(&mut desktop, Dialog::Labels);
    desktop.tabs_to(Role::TextInput, "File of the labels");
    desktop.wishes();
    desktop.key(Key::Enter);
    let wishes = desktop.wishes();
    assert!(
        matches!(&wishes[..], [Command::Label(LabelWish::Keep(..))]),
        "{wishes:?}"
    );
    desktop.key(Key::Escape);

    desktop.desk().support_path = "bundle.zip".into();
    open(&mut desktop, Dialog::Support);
    desktop.tell(Event::Support(Some(Box::new(SupportBundle {
        unit: None,
        stage: SupportStage::Shown(Vec::new()),
    }))));
    desktop.tabs_to(Role::TextInput, "File");
    desktop.wishes();
    desktop.key(Key::Enter);
    let wishes = desktop.wishes();
    assert!(
        matches!(&wishes[..], [Command::Support(SupportWish::Save(_))]),
        "{wishes:?}"
    );
}

#[test]
fn enter_swaps_a_unit_once_the_other_number_is_right() {
    let mut desktop = on_unit();
    open(&mut desktop, Dialog::Life(LifeChoice::Swap));
    desktop.types("35693803564380");
    desktop.key(Key::Enter);
    assert!(desktop.wishes().is_empty(), "a digit is missing");
    let field = "IMEI of the unit that takes its place";
    assert!(desktop.has_keyboard(Role::TextInput, field));
    desktop.types("9");
    desktop.key(Key::Enter);
    let wishes = desktop.wishes();
    assert!(
        matches!(&wishes[..], [Command::ChangeUnit(..)]),
        "{wishes:?}"
    );
    assert_eq!(desktop.desk().dialog, None);
}

#[test]
fn enter_ends_a_subscription_only_with_the_whole_number() {
    let mut desktop = on_unit();
    desktop.tell(account::facts("/accountServices/resources/v1").unwrap());
    let Some(Event::UnitOpened(page)) = sample::unit_opened() else {
        panic!("no unit");
    };
    let id = page.unit.id.clone();
    desktop.desk().subscription_form = Some(SubscriptionForm {
        unit: id.clone(),
        step: SubscriptionStep::Deactivate,
        plan: String::new(),
        typed: String::new(),
        day: String::new(),
    });
    open(&mut desktop, Dialog::Subscription);
    desktop.tabs_to(Role::TextInput, "Unit’s number");
    desktop.types("4821");
    desktop.key(Key::Enter);
    assert!(desktop.wishes().is_empty(), "only the end of the number");
    assert!(desktop.shows_words(Role::Label, "not yet this unit’s whole number"));
    desktop.press(Modifiers::COMMAND, Key::A);
    desktop.types(id.as_str());
    desktop.key(Key::Enter);
    let wishes = desktop.wishes();
    assert!(
        matches!(&wishes[..], [Command::ChangeSubscription(..)]),
        "{wishes:?}"
    );
}

#[test]
fn enter_rehearses_a_push_and_begins_it_only_by_name_and_count() {
    let mut desktop = Desktop::with(vec![sample::bench(false), sample::templates()]);
    desktop.press(Modifiers::COMMAND, Key::Num3);
    desktop.tabs_to(Role::TextInput, "Units");
    desktop.types("office:north");
    desktop.wishes();
    desktop.key(Key::Enter);
    let wishes = desktop.wishes();
    assert!(
        matches!(&wishes[..], [Command::RehearsePush(_)]),
        "{wishes:?}"
    );
    let rehearsal = sample_pushes::rehearsal(false);
    let changing = rehearsal.changing.to_string();
    desktop.tell(Event::Rehearsed(Some(Arc::new(rehearsal))));
    desktop.tabs_to(Role::TextInput, "Name of what is pushed");
    desktop.types("Van standard");
    desktop.key(Key::Enter);
    assert!(desktop.wishes().is_empty(), "the count is missing");
    assert!(desktop.has_keyboard(Role::TextInput, "Name of what is pushed"));
    desktop.tabs_to(Role::TextInput, "How many units change");
    desktop.types(&changing);
    desktop.key(Key::Enter);
    let wishes = desktop.wishes();
    assert!(
        matches!(&wishes[..], [Command::BeginPush { agreed: true }]),
        "{wishes:?}"
    );
}

#[test]
fn escape_asks_once_before_it_discards_what_was_typed() {
    let mut desktop = on_unit();
    desktop.key(Key::E);
    desktop.key(Key::Escape);
    assert_eq!(desktop.desk().dialog, None, "nothing was typed");

    desktop.key(Key::E);
    desktop.types("Acme ");
    desktop.key(Key::Escape);
    assert!(desktop.shows(Role::Alert, ASKED));
    assert!(desktop.has_keyboard(Role::Button, "Go on typing"));
    desktop.key(Key::Enter);
    assert!(!desktop.shows(Role::Alert, ASKED));
    assert!(desktop.has_keyboard(Role::TextInput, "Customer"));
    let typed = &desktop.desk().unit_form.as_ref().unwrap().fields[0].2;
    assert!(typed.contains("Acme "), "{typed}");

    // Another Escape puts the question away; what is typed stays.
    desktop.key(Key::Escape);
    desktop.key(Key::Escape);
    assert!(!desktop.shows(Role::Alert, ASKED));
    assert!(desktop.shows(Role::Dialog, "Edit this unit"));
    desktop.click(Role::Button, "Close");
    assert!(desktop.shows(Role::Alert, ASKED), "the button asks too");
    desktop.tabs_to(Role::Button, "Discard");
    desktop.key(Key::Enter);
    assert_eq!(desktop.desk().dialog, None);
    assert!(desktop.wishes().is_empty());
}

#[test]
fn a_chosen_ending_is_nothing_typed() {
    let mut desktop = Desktop::with(sample::office(false));
    desktop.desk().screen = Screen::Find;
    desktop.desk().sheets.units = Some((UnitsMeant::All, "all".into()));
    desktop.desk().sheets.export_path = "units.xlsx".into();
    open(&mut desktop, Dialog::Export);
    desktop.click(Role::Button, "CSV for people");
    desktop.key(Key::Escape);
    assert_eq!(desktop.desk().dialog, None);
}

#[test]
fn what_was_typed_for_a_job_stands_there_the_next_time() {
    let mut desktop = Desktop::with(vec![sample::bench(false), sample::templates()]);
    desktop.key(Key::J);
    desktop.types("Acme");
    desktop.key(Key::Escape);
    assert_eq!(desktop.desk().dialog, None);
    desktop.key(Key::J);
    assert_eq!(desktop.desk().job.customer, "Acme");
}

#[test]
fn pages_and_other_dialogs_stay_away_while_a_dialog_is_open() {
    let mut desktop = on_unit();
    desktop.key(Key::E);
    desktop.types("Acme ");
    for key in [
        Key::Num1,
        Key::Num2,
        Key::Num3,
        Key::Num4,
        Key::Num5,
        Key::Num6,
        Key::F,
    ] {
        desktop.press(Modifiers::COMMAND, key);
        assert_eq!(desktop.desk().screen, Screen::Unit, "{key:?}");
    }
    desktop.press(Modifiers::COMMAND, Key::Comma);
    assert_eq!(desktop.desk().dialog, Some(Dialog::EditUnit));
    assert!(desktop.shows(Role::Alert, ASKED), "it would be lost");
}

#[test]
fn the_last_edit_is_taken_back_with_ctrl_z_while_its_message_stands() {
    let mut desktop = on_unit();
    let Some(Event::UnitOpened(page)) = sample::unit_opened() else {
        panic!("no unit");
    };
    let before = page.unit.customer.clone();
    desktop.key(Key::E);
    desktop.types("Acme ");
    desktop.tabs_to(Role::Button, "Save");
    desktop.key(Key::Enter);
    desktop.wishes();
    let toast = |words: &str, unit: Option<&UnitId>| {
        Event::Toast(Toast {
            text: words.into(),
            warning: false,
            undo: None,
            unit: unit.cloned(),
        })
    };
    desktop.tell(toast("Another office was heard of ...4821", None));
    assert!(!desktop.shows(Role::Button, "Undo"), "it is not about it");
    let other = UnitId::Hardware("X4821".into());
    desktop.tell(toast("Unit ...4821 changed", Some(&other)));
    assert!(
        !desktop.shows(Role::Button, "Undo"),
        "it is of another unit"
    );
    desktop.tell(toast("Unit ...4821 changed", Some(&page.unit.id)));
    assert!(desktop.shows(Role::Button, "Undo"));
    desktop.press(Modifiers::COMMAND, Key::Z);
    let wishes = desktop.wishes();
    let [Command::EditUnit(id, edits)] = &wishes[..] else {
        panic!("{wishes:?}");
    };
    assert_eq!(*id, page.unit.id);
    let mut unit = page.unit.clone();
    unit.customer = Some("Acme".into());
    for edit in edits {
        edit.apply(&mut unit);
    }
    assert_eq!(unit.customer, before);
    desktop.press(Modifiers::COMMAND, Key::Z);
    assert!(desktop.wishes().is_empty(), "once");
}

#[test]
fn the_undo_of_an_edit_does_not_write_over_what_another_office_set_meanwhile() {
    let mut desktop = on_unit();
    let Some(Event::UnitOpened(mut page)) = sample::unit_opened() else {
        panic!("no unit");
    };
    desktop.key(Key::E);
    desktop.types("Acme ");
    desktop.tabs_to(Role::Button, "Save");
    desktop.key(Key::Enter);
    desktop.wishes();
    desktop.tell(Event::Toast(Toast {
        text: "Unit ...4821 changed".into(),
        warning: false,
        undo: None,
        unit: Some(page.unit.id.clone()),
    }));
    page.unit.customer = Some("Kilo".into());
    desktop.tell(Event::UnitOpened(page));
    desktop.press(Modifiers::COMMAND, Key::Z);
    let wishes = desktop.wishes();
    let wrote = |wish: &Command| matches!(wish, Command::EditUnit(..));
    assert!(!wishes.iter().any(wrote), "{wishes:?}");
}

#[test]
fn a_window_that_is_to_be_closed_asks_for_what_is_typed_and_goes_back_to_the_dialog() {
    let mut desktop = on_unit();
    desktop.key(Key::E);
    desktop.types("Acme ");
    desktop.wishes();
    desktop.wants_to_close();
    assert!(desktop.wishes().is_empty());
    assert_eq!(desktop.desk().dialog, Some(Dialog::EditUnit));
    assert!(desktop.shows(Role::Alert, ASKED));
    desktop.click(Role::Button, "Discard");
    desktop.press(Modifiers::COMMAND, Key::Comma);
    desktop.wants_to_close();
    assert_eq!(desktop.desk().dialog, Some(Dialog::Leave));
    desktop.click(Role::Button, "Go on working");
    assert_eq!(desktop.desk().dialog, Some(Dialog::Options));
}

#[test]
fn a_value_that_was_typed_in_review_stands_there_again_after_escape() {
    let mut desktop = Desktop::with(sample::office(false));
    desktop.tell(Event::Reviews(sample::reviews()));
    desktop.desk().screen = Screen::Review;
    desktop.settle();
    desktop.key(Key::E);
    desktop.tabs_to(Role::TextInput, "The right value");
    desktop.types("XY");
    let typed = desktop.desk().review_typed.clone();
    desktop.key(Key::Escape);
    assert_eq!(desktop.desk().review_typed, None);
    assert!(desktop.wishes().is_empty());
    desktop.key(Key::E);
    assert_eq!(desktop.desk().review_typed, typed);
}
