//! Find, a unit's page, templates and To do.

use super::{Desktop, lists, sample};
use eframe::egui::accesskit::Role;
use eframe::egui::{Key, Modifiers};
use fleet::journal::Decision;
use fleetdesk::engine::{Command, Event, SearchAnswer};
use fleetdesk::ui::desk::Screen;

fn searched_for(wishes: &[Command]) -> Vec<&str> {
    wishes
        .iter()
        .filter_map(|wish| match wish {
            Command::Search(text) => Some(text.as_str()),
            _ => None,
        })
        .collect()
}

#[test]
fn results_come_while_typing_and_enter_opens_the_first() {
    let mut desktop = Desktop::with(vec![sample::bench(false), sample::templates()]);
    desktop.press(Modifiers::COMMAND, Key::F);
    desktop.types("4821");
    let wishes = desktop.wishes();
    let asked = searched_for(&wishes);
    assert_eq!(asked.last(), Some(&"4821"));
    assert!(asked.iter().all(|text| "4821".starts_with(text)));
    desktop.tell(sample::searched());
    assert_eq!(
        desktop.description(Role::SearchInput, "Find"),
        "5 of 12,480 units"
    );
    assert!(desktop.shows(Role::RowGroup, "Number ends with 4821, 1"));
    assert!(desktop.shows(
        Role::Row,
        "Unit ending 4 8 2 1, FT-300, Verified, Example Couriers, SMP 1147"
    ));
    desktop.key(Key::Enter);
    let wishes = desktop.wishes();
    assert!(
        matches!(&wishes[..], [Command::OpenUnit(id)] if Some(id) == sample::unit_id("4821").as_ref()),
        "{wishes:?}"
    );
    assert_eq!(desktop.desk().screen, Screen::Unit);
}

#[test]
fn the_arrow_keys_go_through_the_results_while_the_box_keeps_the_keyboard() {
    let mut desktop = Desktop::with(sample::office(false));
    desktop.press(Modifiers::COMMAND, Key::F);
    desktop.types("4821");
    desktop.wishes();
    desktop.key(Key::ArrowDown);
    desktop.key(Key::ArrowDown);
    assert_eq!(desktop.desk().row, 2);
    desktop.key(Key::ArrowUp);
    desktop.types("9");
    assert_eq!(searched_for(&desktop.wishes()), ["48219"]);
}

#[test]
fn an_old_answer_is_not_shown_as_the_new_one() {
    let mut desktop = Desktop::with(sample::office(false));
    desktop.press(Modifiers::COMMAND, Key::F);
    desktop.types("48219");
    assert_eq!(desktop.description(Role::SearchInput, "Find"), "looking…");
    desktop.tell(Event::Searched(SearchAnswer {
        query: "48219".into(),
        complete: true,
        ..SearchAnswer::default()
    }));
    assert!(desktop.shows(Role::Heading, "No unit has 48219"));
    desktop.key(Key::Escape);
    assert!(desktop.shows(Role::Heading, "Type any part of a number"));
}

#[test]
fn so_short_a_part_that_it_is_not_looked_for_everywhere_is_told() {
    let mut desktop = Desktop::with(sample::office(false));
    desktop.press(Modifiers::COMMAND, Key::F);
    for (typed, is_told) in [("93", true), ("932", false)] {
        desktop.types(typed);
        desktop.tell(Event::Searched(SearchAnswer {
            query: typed.into(),
            complete: true,
            ..SearchAnswer::default()
        }));
        assert!(desktop.shows(Role::Heading, &format!("No unit has {typed}")));
        let told = desktop.shows_words(Role::Label, "type three or more");
        assert_eq!(told, is_told, "{typed}");
        desktop.key(Key::Escape);
    }
}

#[test]
fn searches_that_do_not_know_of_all_units_say_so_in_a_quiet_line() {
    const LINE: &str = "Searches are being made ready: about 12,000 units may not be found yet.";
    let mut desktop = Desktop::with(sample::office(false));
    desktop.press(Modifiers::COMMAND, Key::F);
    desktop.types("48219");
    desktop.tell(Event::Searched(SearchAnswer {
        query: "48219".into(),
        complete: true,
        behind: 12_000,
        ..SearchAnswer::default()
    }));
    assert!(desktop.shows(Role::Heading, "No unit has 48219"));
    assert!(desktop.shows(Role::Label, LINE), "nothing was found");
    desktop.key(Key::Escape);
    desktop.types("4821");
    let Event::Searched(answer) = sample::searched() else {
        panic!("no answer");
    };
    desktop.tell(Event::Searched(SearchAnswer {
        behind: 12_000,
        ..answer
    }));
    assert!(desktop.shows(Role::Status, LINE), "beside what was found");
    desktop.tell(Event::SearchBehind("of another".into(), 7));
    assert!(desktop.shows(Role::Status, LINE), "that was another search");
    desktop.tell(Event::SearchBehind("4821".into(), 0));
    assert!(!desktop.shows(Role::Status, LINE), "all are known");
}

#[test]
fn a_scan_outside_the_bench_opens_the_unit_and_types_nothing() {
    let mut desktop = Desktop::with(sample::office(false));
    desktop.press(Modifiers::COMMAND, Key::F);
    desktop.wishes();
    desktop.scans("356938035643809");
    let wishes = desktop.wishes();
    assert!(
        matches!(&wishes[..], [Command::OpenUnit(id), Command::Scan { ticks: false, .. }] if id.as_str() == "356938035643809"),
        "{wishes:?}"
    );
    assert!(desktop.desk().typed.is_empty());
}

#[test]
fn a_units_page_tells_what_differs_from_its_template() {
    let mut desktop = Desktop::with(sample::office(false));
    desktop.tell(sample::unit_opened().unwrap());
    desktop.desk().screen = Screen::Unit;
    desktop.settle();
    assert!(desktop.shows(
        Role::Heading,
        "Unit ending 4 8 2 1, FT-300, Verified, Active, 1 setting differs"
    ));
    assert!(desktop.shows(Role::Row, "Phone number: 206 555 0142"));
    assert!(desktop.shows(Role::Row, "APN password: kept as a secret"));
    assert!(desktop.shows(Role::Label, "Parked, every differs: template says 6 h"));
    assert!(desktop.shows_words(
        Role::ListItem,
        "Verified. 11 changes read back after restart"
    ));
    desktop.key(Key::Escape);
    assert_eq!(desktop.desk().screen, Screen::Find);
}

#[test]
fn a_template_is_brought_in_by_its_path() {
    let mut desktop = Desktop::with(sample::office(false));
    desktop.press(Modifiers::COMMAND, Key::Num4);
    assert!(desktop.is_off(Role::Button, "Import"));
    desktop.focus(Role::TextInput, "Path of a template file");
    desktop.types("van.toml");
    desktop.click(Role::Button, "Import");
    assert!(desktop.wishes().iter().any(
        |wish| matches!(wish, Command::ImportTemplate(path) if path.as_os_str() == "van.toml")
    ));
    desktop.click(Role::ListBoxOption, "Coach v2 released 9 Sep");
    assert!(desktop.shows(Role::Heading, "Coach v2"));
}

#[test]
fn what_waits_for_a_person_can_be_decided_from_the_list() {
    let mut desktop = Desktop::with(sample::office(false));
    desktop.press(Modifiers::COMMAND, Key::Num5);
    desktop.click(Role::Button, "It is registered");
    let wishes = desktop.wishes();
    let unit = sample::unit_id("3390").unwrap();
    assert!(
        matches!(&wishes[..], [Command::DecideRegistration(id, Decision::IsRegistered)] if *id == unit),
        "{wishes:?}"
    );
    desktop.tell(Event::ToDo(Vec::new()));
    assert!(!desktop.shows(Role::Button, "It is registered"));
    for lane in sample::lanes() {
        desktop.tell(Event::LaneRemoved(lane.slot));
    }
    assert!(desktop.shows(Role::Heading, "Nothing is owed"));
}

#[test]
fn a_field_that_is_none_is_told_under_the_box_and_not_searched_for() {
    let mut desktop = Desktop::with(sample::office(false));
    desktop.press(Modifiers::COMMAND, Key::F);
    desktop.types("ofice:north");
    let last = desktop.wishes();
    assert!(!searched_for(&last).contains(&"ofice:north"), "{last:?}");
    assert!(desktop.shows_words(Role::Alert, "'ofice' is no field; did you mean office:?"));
}

#[test]
fn a_list_is_shown_line_by_line_with_what_each_is() {
    use fleetdesk::engine::{ListVerdict, LookedUpList};
    let mut desktop = Desktop::with(sample::office(false));
    desktop.press(Modifiers::COMMAND, Key::F);
    desktop.desk().list_open = true;
    let lines = fleet::pasted::lines("356868000041418\n8.96E+19\n356868000041418\n");
    let id = sample::unit_id("4821").unwrap();
    let found = ListVerdict::Found {
        id,
        model: Some("FT-300".into()),
        customer: Some("Example Couriers".into()),
        vehicle: None,
        state: fleet::unit::UnitState::Verified,
    };
    let verdicts = [found, ListVerdict::CutOff, ListVerdict::Double { of: 1 }];
    let list = LookedUpList::new(lines.into_iter().zip(verdicts).collect(), 0);
    desktop.tell(Event::ListLookedUp(Box::new(list)));
    assert!(desktop.shows(Role::Status, "1 found"));
    assert!(desktop.shows_words(Role::Row, "Line 3, 356868000041418, Double, Same as line 1"));
    desktop.click(Role::Button, "Problems 2");
    assert!(!desktop.shows_words(Role::Row, "Line 1,"));
    desktop.key(Key::Escape);
    assert!(desktop.shows(Role::SearchInput, "Find"));
}

#[test]
fn what_can_be_done_with_a_pasted_list_stands_in_sight_in_small_windows_too() {
    for size in [[1440.0, 900.0], [900.0, 600.0], [720.0, 420.0]] {
        let mut desktop = Desktop::sized(sample::office(false), size);
        desktop.desk().screen = Screen::Find;
        desktop.desk().list_open = true;
        lists::events("pasted")
            .into_iter()
            .for_each(|event| desktop.tell(event));
        for act in [
            "Copy their numbers",
            "Export them",
            "Print their labels",
            "Push to them",
        ] {
            assert!(desktop.is_in_sight(Role::Button, act), "{act} at {size:?}");
        }
        desktop.click(Role::Button, "Export them");
        assert!(desktop.shows(Role::Dialog, "Export"), "{size:?}");
    }
}

#[test]
fn of_ten_thousand_rows_only_those_in_sight_are_asked_for() {
    use fleetdesk::inventory::{Inventory, Options};
    let folder = tempfile::tempdir().unwrap();
    let options = Options {
        daily_backup: false,
        ..Options::default()
    };
    let (inventory, _) = Inventory::open(folder.path(), &options).unwrap();
    let now = sample::now();
    let unit = |n: u32| {
        let id = fleet::UnitId::Hardware(format!("HW{n:06}"));
        fleet::unit::Unit::new(id, now)
    };
    inventory
        .seed((0..10_000).map(unit).collect())
        .wait()
        .unwrap();
    let query = fleet::query::Query::parse("state:known").unwrap();
    let all = inventory.search_all(query).wait().unwrap();
    assert_eq!(all.len(), 10_000);
    let mut desktop = Desktop::with(sample::office(false));
    desktop.press(Modifiers::COMMAND, Key::F);
    desktop.types("state:known");
    desktop.tell(Event::Searched(SearchAnswer {
        query: "state:known".into(),
        total: 10_000,
        ..SearchAnswer::default()
    }));
    desktop.tell(Event::SearchedAll("state:known".into(), all.clone()));
    assert_eq!(
        desktop.description(Role::SearchInput, "Find"),
        "10,000 of 12,480 units"
    );
    desktop.wishes();
    desktop.desk().row = 5_050;
    desktop.desk().row_moved = true;
    desktop.settle();
    desktop.settle();
    let asked: Vec<usize> = desktop
        .wishes()
        .iter()
        .filter_map(|wish| match wish {
            Command::ShowRows(page) => Some(*page),
            _ => None,
        })
        .collect();
    assert!(asked.contains(&50) && asked.len() <= 3, "{asked:?}");
    let lines = inventory.lines(&all, 5_000, 100).wait().unwrap();
    let shown = lines[50].unit.id.as_str().to_owned();
    desktop.tell(Event::SearchPage("state:known".into(), 50, lines));
    let ending: Vec<String> = shown.chars().skip(4).map(|each| each.to_string()).collect();
    assert!(desktop.shows_words(Role::Row, &format!("Unit ending {}", ending.join(" "))));
}

#[test]
fn a_former_value_is_brought_back_from_the_timeline() {
    let mut desktop = Desktop::with(sample::office(false));
    desktop.tell(sample::unit_opened().unwrap());
    desktop.desk().screen = Screen::Unit;
    desktop.settle();
    desktop.wishes();
    desktop.click(Role::Button, "Bring back the vehicle SMP 1074");
    let wishes = desktop.wishes();
    assert!(
        matches!(&wishes[..], [Command::EditUnit(_, edits)] if edits.len() == 1 && edits[0].field() == fleet::edit::Field::Vehicle),
        "{wishes:?}"
    );
}

#[test]
fn going_to_find_again_chooses_the_old_text_so_that_typing_takes_its_place() {
    let mut desktop = Desktop::with(sample::office(false));
    for go in [Screen::Find, Screen::Templates] {
        desktop.press(Modifiers::COMMAND, Key::F);
        desktop.types("4821");
        desktop.desk().screen = go;
        desktop.settle();
        desktop.press(Modifiers::COMMAND, Key::F);
        desktop.types("77");
        assert_eq!(desktop.desk().typed, "77", "from {go:?}");
    }
}

#[test]
fn a_long_former_customer_stays_inside_the_page() {
    for size in [[1440.0, 900.0], [1100.0, 700.0], [900.0, 700.0]] {
        let mut desktop = Desktop::sized(sample::office(false), size);
        let Some(Event::UnitOpened(mut page)) = sample::unit_opened() else {
            panic!("no page");
        };
        let long = "Borealis Heavy Haulage and Sons of Greater Springfield, No 17";
        page.former[0].field = fleet::edit::Field::Customer;
        page.former[0].value = long.into();
        page.timeline.truncate(1);
        page.unit.settings.clear();
        desktop.tell(Event::UnitOpened(page));
        desktop.desk().screen = Screen::Unit;
        desktop.settle();
        let right = desktop.right_of(Role::Button, "Bring back the customer Borealis Heavy");
        assert!(right < size[0] - 16.0, "{right} in {size:?}");
    }
}

#[test]
fn a_list_can_be_pasted_and_brought_in_from_a_small_window() {
    for width in [720.0, 900.0, 1100.0] {
        let mut desktop = Desktop::sized(sample::office(false), [width, 600.0]);
        desktop.desk().screen = Screen::Find;
        desktop.settle();
        for act in ["Paste a list", "Bring a list in"] {
            assert!(desktop.is_in_sight(Role::Button, act), "{act} at {width}");
        }
    }
}

#[test]
fn a_small_window_keeps_every_act_on_a_unit_in_reach() {
    let mut desktop = Desktop::sized(sample::office(false), [900.0, 600.0]);
    let Some(Event::UnitOpened(mut page)) = sample::unit_opened() else {
        panic!("no page");
    };
    page.unit.model = Some("FMB920 with the long harness and the second battery".into());
    desktop.tell(Event::UnitOpened(page));
    desktop.desk().screen = Screen::Unit;
    desktop.settle();
    desktop.click(Role::Button, "More");
    for act in ["Push to it", "Copy its number", "Retire it…"] {
        assert!(desktop.is_in_sight(Role::Button, act), "{act}");
    }
    desktop.click(Role::Button, "Push to it");
    assert_eq!(desktop.desk().screen, Screen::Push);
}
