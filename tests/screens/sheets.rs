//! Lists in and out, labels, scans: what is pressed becomes a wish, what is told is drawn.

use super::{Desktop, lists, sample};
use eframe::egui::accesskit::Role;
use eframe::egui::{Key, Modifiers};
use fleet::sheet::EmptyCells;
use fleet::unit::Unit;
use fleetdesk::engine::{
    Command, Event, ExportWish, LabelWish, LaneState, ListWish, SearchAnswer, SheetFor, UnitsMeant,
};
use fleetdesk::ui::desk::{Dialog, Screen};
use fleetdesk::ui::sound::Sound;

fn told(page: &str) -> Desktop {
    let mut events = sample::office(false);
    events.extend(lists::events(page));
    let mut desktop = Desktop::with(events);
    desktop.desk().screen = Screen::Import;
    desktop.settle();
    desktop.wishes();
    desktop
}

#[test]
fn a_list_is_named_looked_at_and_entered_by_keyboard() {
    let mut desktop = Desktop::with(sample::office(false));
    desktop.desk().screen = Screen::Find;
    desktop.settle();
    desktop.click(Role::Button, "Bring a list in");
    assert!(desktop.is_off(Role::Button, "Open"));
    // The one field has the keyboard without being asked.
    desktop.settle();
    desktop.types("units.csv");
    desktop.key(Key::Enter);
    let wishes = desktop.wishes();
    assert!(
        wishes.iter().any(|wish| matches!(wish, Command::List(ListWish::Open(path)) if path.ends_with("units.csv"))),
        "{wishes:?}"
    );
    for event in lists::events("import") {
        desktop.tell(event);
    }
    assert!(desktop.shows(Role::Status, "398 would be new"));
    assert!(desktop.shows(Role::Status, "4 not taken"));
    desktop.click(Role::Button, "Enter 401 rows");
    assert!(matches!(
        desktop.wishes()[..],
        [Command::List(ListWish::Enter)]
    ));
    desktop.key(Key::Escape);
    assert_eq!(desktop.desk().screen, Screen::Find);
}

#[test]
fn refused_rows_say_why_and_where_they_are_kept() {
    let mut desktop = told("import-done");
    desktop.click(Role::Button, "Not taken 4");
    assert!(desktop.shows_words(Role::Row, "Row 117, Not taken"));
    assert!(desktop.shows_words(Role::Row, "(S-801)"));
    assert!(desktop.shows_words(Role::Label, "Example Couriers.refused.xlsx"));
    desktop.click(Role::Switch, "Empty cells");
    assert!(matches!(
        desktop.wishes()[..],
        [Command::List(ListWish::Empty(EmptyCells::Clear))]
    ));
}

#[test]
fn an_unclear_column_stops_it_and_a_file_that_is_no_list_is_told_in_four_lines() {
    let desktop = told("import-columns");
    assert!(desktop.shows_words(Role::Alert, "No column holds what a unit is known by"));
    assert!(!desktop.shows_words(Role::Button, "Enter"));
    let desktop = told("import-refused");
    assert!(desktop.shows_words(Role::Alert, "S-832") || desktop.shows_words(Role::Group, "S-832"));
}

#[test]
fn what_is_being_entered_can_be_stopped() {
    let mut desktop = told("import-working");
    assert!(desktop.shows(Role::ProgressIndicator, "42 %, 42,000 rows, 211 not taken"));
    desktop.click(Role::Button, "Stop");
    assert!(matches!(
        desktop.wishes()[..],
        [Command::List(ListWish::Stop)]
    ));
}

#[test]
fn what_was_found_is_exported_labelled_and_pushed_to() {
    let mut desktop = Desktop::with(sample::office(false));
    desktop.press(Modifiers::COMMAND, Key::F);
    desktop.types("office:north");
    let line = fleetdesk::engine::UnitLine {
        unit: Unit::new(sample::unit_id("4821").unwrap(), sample::now()),
        seen_at: None,
        reported_at: None,
        drifts: false,
    };
    desktop.tell(Event::Searched(SearchAnswer {
        query: "office:north".into(),
        first: vec![(fleetdesk::engine::Group::Fields, line)],
        total: 1,
        complete: true,
        ..SearchAnswer::default()
    }));
    desktop.wishes();
    desktop.click(Role::Button, "Export");
    desktop.click(Role::Button, "CSV for programs");
    desktop.click(Role::Button, "Write the file");
    let found = UnitsMeant::Found("office:north".into());
    let wishes = desktop.wishes();
    let written = wishes.iter().find_map(|wish| match wish {
        Command::Export(ExportWish::Write {
            units,
            path,
            readers,
        }) => Some((units, path, readers)),
        _ => None,
    });
    let (units, path, readers) = written.unwrap_or_else(|| panic!("{wishes:?}"));
    assert_eq!((units, *readers), (&found, SheetFor::Machines));
    assert_eq!(path.extension().unwrap(), "csv");
    desktop.key(Key::Escape);

    desktop.click(Role::Button, "Labels");
    assert!(
        matches!(&desktop.wishes()[..], [Command::Label(LabelWish::Look(units))] if *units == found)
    );
    assert!(desktop.is_off(Role::Button, "Print"));
    for event in lists::events("labels") {
        desktop.tell(event);
    }
    assert!(desktop.shows_words(Role::Image, "Label: IMEI"));
    assert!(desktop.shows_words(
        Role::Label,
        "lacks letters in the names of ...2468 and ...0553"
    ));
    desktop.click(Role::Button, "Print");
    assert!(
        matches!(&desktop.wishes()[..], [Command::Label(LabelWish::Print(size, 0))] if size.key == "62x29")
    );
    desktop.key(Key::Escape);

    desktop.click(Role::Button, "Push to these");
    assert_eq!(desktop.desk().screen, Screen::Push);
    assert_eq!(desktop.desk().push.units, "office:north");
}

#[test]
fn found_lines_of_a_pasted_list_are_acted_on_in_their_order() {
    let mut desktop = Desktop::with(sample::office(false));
    desktop.desk().screen = Screen::Find;
    desktop.desk().list_open = true;
    for event in lists::events("pasted") {
        desktop.tell(event);
    }
    desktop.wishes();
    desktop.click(Role::Button, "Print their labels");
    let one = vec![sample::unit_id("4821").unwrap()];
    assert!(
        matches!(&desktop.wishes()[..], [Command::Label(LabelWish::Look(UnitsMeant::These(ids)))] if *ids == one)
    );
    desktop.key(Key::Escape);
    desktop.click(Role::Button, "Push to them");
    assert_eq!(desktop.desk().push.units, one[0].as_str());
}

#[test]
fn a_label_is_printed_once_when_its_lane_turns_green() {
    let mut lane = sample::lanes()
        .into_iter()
        .find(|lane| lane.unit.is_some())
        .unwrap();
    lane.state = LaneState::Verified;
    let mut events = sample::office(false);
    events.push(Event::LaneChanged(Box::new(lane.clone())));
    let mut desktop = Desktop::with(events);
    desktop.desk().choices.print_labels = true;
    desktop.desk().labelled.clear();
    desktop.wishes();
    lane.state = LaneState::Done;
    let unit = lane.unit.as_ref().unwrap().id.clone();
    for _ in 0..2 {
        desktop.tell(Event::LaneChanged(Box::new(lane.clone())));
    }
    let printed = |desktop: &Desktop| {
        let wishes = desktop.wishes();
        let prints = wishes.into_iter().filter(
            |wish| matches!(wish, Command::Label(LabelWish::PrintOf(id, _)) if *id == unit),
        );
        prints.count()
    };
    assert_eq!(printed(&desktop), 1, "told twice, printed once");
    for state in [LaneState::Empty, LaneState::Done] {
        lane.state = state;
        desktop.tell(Event::LaneChanged(Box::new(lane.clone())));
    }
    assert_eq!(printed(&desktop), 1, "the next unit of that lane");
}

#[test]
fn each_scan_answers_with_a_large_word_a_sound_and_a_way_back() {
    let mut desktop = Desktop::with(sample::office(false));
    desktop.wishes();
    desktop.played.take();
    desktop.scans("004999012632468");
    assert!(
        matches!(&desktop.wishes()[..], [Command::Scan { .. }]),
        "on the bench it opens nothing"
    );
    for event in lists::events("scans") {
        desktop.tell(event);
    }
    assert!(desktop.shows_words(Role::Status, "Scan: Not known, no unit has"));
    assert_eq!(desktop.played.take(), [Sound::Low]);
    assert!(desktop.shows_words(Role::ListItem, "…2468 slot 6"));
    assert!(desktop.shows_words(Role::ListItem, "…1147 taken back"));
    let undo = desktop.count(Role::Button, "Undo");
    assert_eq!(
        undo, 2,
        "slots 6 and 2; the third was taken back, the others ticked nothing"
    );
}

#[test]
fn a_sim_that_is_scanned_while_a_unit_is_edited_stands_in_its_field_and_looks_for_no_unit() {
    let mut desktop = Desktop::with(sample::office(false));
    desktop.tell(sample::unit_opened().unwrap());
    desktop.desk().screen = Screen::Unit;
    desktop.key(Key::E);
    desktop.wishes();
    desktop.played.take();
    desktop.scans("89011200000117200005");
    assert!(desktop.wishes().is_empty(), "nobody looks for it");
    let form = desktop.desk().unit_form.as_ref().unwrap();
    let sim = form
        .fields
        .iter()
        .find(|(field, ..)| *field == fleet::edit::Field::Iccid);
    assert_eq!(sim.unwrap().2, "89011200000117200005");
    assert_eq!(desktop.played.take(), [Sound::Tick]);
    assert!(desktop.shows(Role::Status, "Scan: …0005, stands in SIM (ICCID)"));
}

#[test]
fn a_good_label_that_is_not_on_the_bench_is_answered_as_such_and_with_the_low_note() {
    let mut desktop = Desktop::with(sample::office(false));
    desktop.played.take();
    desktop.scans("004999012632468");
    let seen = fleetdesk::engine::ScanSeen {
        number: 1,
        at: sample::now(),
        short: "2468".into(),
        word: "…2468".into(),
        detail: "Example Couriers".into(),
        good: true,
        known: true,
        unit: sample::unit_id("2468"),
        ticked: Vec::new(),
        undone: false,
    };
    desktop.tell(Event::Scans(vec![seen.clone()]));
    assert!(desktop.shows(
        Role::Status,
        "Scan: Not on the bench, …2468: Example Couriers"
    ));
    assert_eq!(desktop.played.take(), [Sound::Low]);
    // Elsewhere the same scan opens the unit, and all is well.
    desktop.press(eframe::egui::Modifiers::COMMAND, eframe::egui::Key::F);
    desktop.scans("004999012632468");
    let second = fleetdesk::engine::ScanSeen { number: 2, ..seen };
    desktop.tell(Event::Scans(vec![second]));
    assert_eq!(desktop.played.take(), [Sound::Tick]);
}

#[test]
fn a_scan_while_a_unit_is_swapped_names_the_other_unit() {
    let mut desktop = Desktop::with(sample::office(false));
    desktop.tell(sample::unit_opened().unwrap());
    desktop.desk().screen = Screen::Unit;
    desktop.desk().dialog = Some(Dialog::Life(fleetdesk::ui::desk::LifeChoice::Swap));
    desktop.settle();
    desktop.wishes();
    desktop.scans("356938035643809");
    assert_eq!(desktop.desk().swap_with, "356938035643809");
    assert_eq!(
        desktop.desk().dialog,
        Some(Dialog::Life(fleetdesk::ui::desk::LifeChoice::Swap))
    );
}

#[test]
fn a_digit_that_does_not_fit_is_shown_while_typing() {
    let mut desktop = Desktop::with(sample::office(false));
    desktop.tell(sample::unit_opened().unwrap());
    desktop.desk().screen = Screen::Unit;
    desktop.desk().unit_form = lists::edited();
    desktop.desk().dialog = Some(Dialog::EditUnit);
    desktop.settle();
    assert!(desktop.shows_words(Role::Status, "Digit 20 does not fit: 3"));
    assert!(desktop.is_off(Role::Button, "Save"));
}

#[test]
fn a_small_window_keeps_lists_in_reach() {
    for page in [
        "import",
        "import-columns",
        "import-done",
        "import-working",
        "import-refused",
    ] {
        let mut events = sample::office(false);
        events.extend(lists::events(page));
        let mut desktop = Desktop::sized(events, [720.0, 560.0]);
        desktop.desk().screen = Screen::Import;
        desktop.settle();
        assert!(desktop.shows(Role::Button, "Back to Find"), "{page}");
    }
}

#[test]
fn a_scanned_number_that_no_unit_has_says_so_and_shows_the_ways_on() {
    let mut desktop = Desktop::with(sample::office(false));
    desktop.press(eframe::egui::Modifiers::COMMAND, eframe::egui::Key::F);
    desktop.played.take();
    desktop.scans("356938035643809");
    let id = fleet::UnitId::Imei(fleet::Imei::parse("356938035643809").unwrap());
    assert!(
        desktop.shows(Role::Heading, "Looking for this unit"),
        "while it is looked for"
    );
    desktop.tell(Event::UnitAbsent(id.clone()));
    desktop.tell(Event::Scans(vec![fleetdesk::engine::ScanSeen {
        number: 1,
        at: sample::now(),
        short: "3809".into(),
        word: "…3809".into(),
        detail: "not in the inventory yet".into(),
        good: true,
        known: false,
        unit: Some(id),
        ticked: Vec::new(),
        undone: false,
    }]));
    assert!(desktop.shows(Role::Heading, "No unit has this number here"));
    assert!(desktop.shows(
        Role::Status,
        "Scan: Not known, …3809 is not in the inventory"
    ));
    assert_eq!(desktop.played.take(), [Sound::Low]);
    for way in ["Plug it in on the bench", "Import a list", "Undo"] {
        assert!(desktop.shows(Role::Button, way), "{way}");
    }
    desktop.tabs_to(Role::Button, "Search for 3809");
    desktop.key(eframe::egui::Key::Enter);
    assert_eq!(desktop.desk().screen, Screen::Find);
    assert_eq!(desktop.desk().typed, "3809");
}
