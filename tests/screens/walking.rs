//! Where the keyboard is: it begins with the page, it is never lost, and lists of choices are walked like lists.

use super::{Desktop, lists, sample};
use eframe::egui::accesskit::Role;
use eframe::egui::{Key, Modifiers};
use fleet::life::LifeStep;
use fleetdesk::engine::{Command, Event, LabelWish, Slot};
use fleetdesk::ui::desk::{Dialog, Screen};

const STATE: &str = "State: Any state";

fn in_find() -> Desktop {
    let mut desktop = Desktop::with(sample::office(false));
    desktop.press(Modifiers::COMMAND, Key::F);
    desktop.types("4821");
    desktop.tabs_to(Role::ComboBox, STATE);
    desktop
}

#[test]
fn a_list_of_choices_is_walked_with_arrows_ends_and_letters() {
    let mut desktop = in_find();
    desktop.key(Key::Enter);
    assert!(
        desktop.has_keyboard(Role::Button, "Any state"),
        "it begins with what is chosen"
    );
    desktop.key(Key::ArrowDown);
    assert!(desktop.has_keyboard(Role::Button, "reporting"));
    desktop.key(Key::End);
    assert!(desktop.has_keyboard(Role::Button, "retired"));
    desktop.key(Key::ArrowUp);
    assert!(desktop.has_keyboard(Role::Button, "owed"));
    desktop.key(Key::Home);
    assert!(desktop.has_keyboard(Role::Button, "Any state"));
    desktop.types("s");
    assert!(desktop.has_keyboard(Role::Button, "stopped"));
    desktop.types("s");
    assert!(desktop.has_keyboard(Role::Button, "suspended"));
    desktop.key(Key::Enter);
    assert_eq!(desktop.desk().typed, "4821 state:suspended");
    assert!(!desktop.shows(Role::Button, "retired"), "it stays open");
}

#[test]
fn escape_leaves_a_list_of_choices_as_it_was_and_its_button_has_the_keyboard() {
    let mut desktop = in_find();
    desktop.key(Key::Enter);
    desktop.key(Key::End);
    desktop.key(Key::Escape);
    assert!(!desktop.shows(Role::Button, "retired"), "it closes");
    assert_eq!(desktop.desk().typed, "4821");
    assert!(desktop.has_keyboard(Role::ComboBox, STATE));
    assert_eq!(desktop.desk().screen, Screen::Find);
}

#[test]
fn escape_closes_the_menu_of_a_unit_and_its_button_has_the_keyboard() {
    let mut desktop = Desktop::with(sample::office(false));
    desktop.tell(sample::unit_opened().unwrap());
    desktop.desk().screen = Screen::Unit;
    desktop.settle();
    let menu = "Swap, return, retire";
    desktop.tabs_to(Role::Button, menu);
    desktop.key(Key::Enter);
    assert!(desktop.shows(Role::Button, "Retire it…"));
    desktop.key(Key::ArrowDown);
    assert!(desktop.has_keyboard(Role::Button, "Put another unit in its place…"));
    desktop.key(Key::Escape);
    assert!(!desktop.shows(Role::Button, "Retire it…"));
    assert!(desktop.has_keyboard(Role::Button, menu));
    assert_eq!(desktop.desk().screen, Screen::Unit);
}

#[test]
fn a_dialog_from_the_menu_of_a_unit_has_the_keyboard_and_gives_it_back() {
    let mut desktop = Desktop::with(sample::office(false));
    desktop.tell(sample::unit_opened().unwrap());
    desktop.desk().screen = Screen::Unit;
    desktop.settle();
    let menu = "Swap, return, retire";
    let opens = |desktop: &mut Desktop, line: &str, downs: usize| {
        desktop.tabs_to(Role::Button, menu);
        desktop.key(Key::Enter);
        (0..downs).for_each(|_| desktop.key(Key::ArrowDown));
        assert!(desktop.has_keyboard(Role::Button, line));
        desktop.key(Key::Enter);
        desktop.settle();
    };
    opens(&mut desktop, "Put another unit in its place…", 1);
    desktop.types("35");
    assert_eq!(desktop.desk().swap_with, "35");
    (0..2).for_each(|_| desktop.key(Key::Backspace));
    desktop.key(Key::Escape);
    assert!(desktop.has_keyboard(Role::Button, menu));
    desktop.wishes();
    opens(&mut desktop, "Retire it…", 3);
    desktop.key(Key::Enter);
    let wishes = desktop.wishes();
    assert!(
        matches!(wishes[..], [Command::ChangeUnit(_, LifeStep::Retire)]),
        "{wishes:?}"
    );
}

#[test]
fn shift_tab_does_not_begin_with_the_first_thing_of_a_page() {
    let mut desktop = Desktop::with(sample::office(false));
    desktop.press(Modifiers::COMMAND, Key::Num5);
    desktop.press(Modifiers::SHIFT, Key::Tab);
    assert!(!desktop.has_keyboard(Role::Button, "Ask again now"));
}

#[test]
fn a_chord_that_is_held_down_counts_once() {
    let mut desktop = Desktop::with(sample::office(false));
    desktop.wishes();
    desktop.holds_with(Modifiers::COMMAND, Key::Enter);
    assert_eq!(desktop.wishes().len(), 1);
}

#[test]
fn an_enter_that_is_held_on_a_button_does_nothing_in_the_dialog_that_it_opens() {
    let guarded = sample::needs_you(1, "3390");
    let mut desktop = Desktop::with(vec![
        sample::bench(false),
        sample::job(),
        Event::LaneChanged(Box::new(guarded)),
    ]);
    let look = desktop.button_that_begins("Look at");
    desktop.tabs_to(Role::Button, &look);
    desktop.wishes();
    desktop.holds_with(Modifiers::NONE, Key::Enter);
    assert_eq!(desktop.desk().dialog, Some(Dialog::Approve(Slot(1))));
    assert!(desktop.wishes().is_empty());
    desktop.key(Key::Enter);
    assert_eq!(desktop.wishes().len(), 1, "pressed anew, it is approved");
}

#[test]
fn the_first_tab_of_a_page_is_its_first_thing() {
    let mut desktop = Desktop::with(sample::office(false));
    let pages = [
        (Key::Num5, Role::Button, "Ask again now"),
        (Key::Num3, Role::Button, "Van standard v5"),
        (Key::Num5, Role::Button, "Ask again now"),
    ];
    for (page, role, first) in pages {
        desktop.press(Modifiers::COMMAND, page);
        desktop.key(Key::Tab);
        assert!(desktop.has_keyboard(role, first), "{first}");
    }
    // A scan that opens a unit leaves the page too.
    desktop.scans("004999014821069");
    desktop.tell(sample::unit_opened().unwrap());
    assert_eq!(desktop.desk().screen, Screen::Unit);
    desktop.key(Key::Tab);
    assert!(
        !desktop.has_keyboard(Role::Status, "Sound on"),
        "the bottom line"
    );
    desktop.key(Key::F6);
    desktop.press(Modifiers::SHIFT, Key::F6);
}

#[test]
fn f6_goes_to_the_page_of_a_unit_and_of_templates_and_on() {
    for screen in [Screen::Unit, Screen::Templates] {
        let mut desktop = Desktop::with(sample::office(false));
        desktop.tell(sample::unit_opened().unwrap());
        desktop.desk().screen = screen;
        desktop.settle();
        let rail = |desktop: &Desktop| desktop.has_keyboard(Role::Tab, "Bench");
        let mut stops = 0;
        desktop.key(Key::F6);
        assert!(rail(&desktop), "{screen:?} begins with the rail");
        loop {
            desktop.key(Key::F6);
            stops += 1;
            if rail(&desktop) || stops > 9 {
                break;
            }
        }
        // Rail, head, the page's part or parts with something to press, bottom line.
        assert_eq!(stops, 4, "{screen:?}");
        // From wherever the keyboard is in an area, to the next one and back.
        let (role, inside) = match screen {
            Screen::Unit => (Role::Button, "Swap, return, retire"),
            _ => (Role::Button, "Release"),
        };
        if !desktop.shows(role, inside) {
            continue;
        }
        desktop.tabs_to(role, inside);
        desktop.key(Key::F6);
        assert!(!rail(&desktop), "{screen:?}: the next area");
        desktop.press(Modifiers::SHIFT, Key::F6);
        assert!(!rail(&desktop), "{screen:?}: the former area");
    }
}

#[test]
fn a_scan_takes_the_keyboard_from_nothing() {
    let mut desktop = Desktop::with(vec![sample::bench(false), sample::templates()]);
    desktop.press(Modifiers::COMMAND, Key::Num3);
    for (role, label) in [
        (Role::Button, "Cable only"),
        (Role::TextInput, "Units of the pilot"),
    ] {
        desktop.tabs_to(role, label);
        desktop.scans("356938035643809");
        assert!(desktop.has_keyboard(role, label), "{label}");
    }
}

#[test]
fn a_key_that_opens_a_dialog_writes_nothing_into_its_field_however_long_it_is_held() {
    let mut desktop = Desktop::with(vec![sample::bench(false), sample::templates()]);
    desktop.holds(Key::J);
    assert_eq!(desktop.desk().dialog, Some(Dialog::PickJob));
    assert_eq!(desktop.desk().job.customer, "");
    desktop.types("j");
    assert_eq!(
        desktop.desk().job.customer,
        "j",
        "pressed anew, it is typed"
    );
}

#[test]
fn a_dialog_that_closes_gives_the_keyboard_back() {
    let mut desktop = Desktop::with(sample::office(false));
    desktop.press(Modifiers::COMMAND, Key::Num5);
    desktop.tabs_to(Role::Button, "Ask again now");
    desktop.press(Modifiers::COMMAND, Key::Comma);
    assert!(desktop.shows(Role::Dialog, "Options"));
    desktop.key(Key::Escape);
    assert!(desktop.has_keyboard(Role::Button, "Ask again now"));
}

#[test]
fn a_size_of_labels_is_chosen_inside_a_dialog_which_stays() {
    let mut desktop = Desktop::with(sample::office(false));
    for event in lists::events("labels") {
        desktop.tell(event);
    }
    desktop.desk().screen = Screen::Find;
    desktop.desk().sheets.units = Some((fleetdesk::engine::UnitsMeant::All, "all".into()));
    desktop.desk().open(Dialog::Labels);
    desktop.settle();
    let first = fleet::label::SIZES[0].words;
    let shown = format!("Size: {first}");
    desktop.tabs_to(Role::ComboBox, &shown);
    desktop.key(Key::Enter);
    desktop.key(Key::ArrowDown);
    desktop.key(Key::Escape);
    assert_eq!(desktop.desk().dialog, Some(Dialog::Labels));
    assert!(desktop.has_keyboard(Role::ComboBox, &shown));
    desktop.key(Key::Enter);
    desktop.key(Key::ArrowDown);
    desktop.key(Key::Enter);
    let key = fleet::label::SIZES[1].key;
    assert_eq!(desktop.desk().choices.label_size, key);
    let printed = |wish: &fleetdesk::engine::Command| {
        matches!(
            wish,
            fleetdesk::engine::Command::Label(LabelWish::Print(..))
        )
    };
    assert!(!desktop.wishes().iter().any(printed));
}
