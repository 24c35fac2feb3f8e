//! The bench: lanes, keys, pane, scanner.

use super::{Desktop, sample};
use eframe::egui::accesskit::Role;
use eframe::egui::{Key, Modifiers};
use egui_kittest::kittest::Queryable as _;
use fleet::journal::Decision;
use fleet::profile::Redirect;
use fleetdesk::engine::{
    Command, Event, Lane, LaneState, ProfileFile, Question, Slot, TemplateFacts,
};
use fleetdesk::ui::desk::{Dialog, Screen};
use std::sync::Arc;

fn told(lane: Lane) -> Event {
    Event::LaneChanged(Box::new(lane))
}

#[test]
fn every_lane_is_told_with_its_slot_unit_and_state() {
    let desktop = Desktop::with(sample::office(false));
    assert!(desktop.shows(Role::ListBox, "Hub 1, 8 slots"));
    assert!(desktop.shows(Role::ListBox, "Hub 2, 8 slots"));
    for words in [
        "Slot 6, FT-300, ending 2 4 6 8, Setting 4 of 11, leave plugged in, label ticked",
        "Slot 1, FT-300, ending 0 3 7 4, Done, pull and label",
        "Slot 9, FT-300, ending 8 2 4 5, Stopped, the unit has its old settings back., V-310",
        "Slot 14, Empty, plug a unit here",
    ] {
        assert!(desktop.shows(Role::ListBoxOption, words), "{words}");
    }
}

#[test]
fn ctrl_enter_starts_all_ready_lanes() {
    let mut desktop = Desktop::with(sample::office(false));
    desktop.press(Modifiers::COMMAND, Key::Enter);
    assert!(matches!(desktop.wishes()[..], [Command::StartAll]));
    desktop.click(Role::Button, "Start 2 ready lanes");
    assert!(matches!(desktop.wishes()[..], [Command::StartAll]));
}

#[test]
fn nothing_starts_without_a_job() {
    let mut desktop = Desktop::with(vec![
        sample::bench(false),
        sample::templates(),
        told(sample::ready(1, "4821")),
    ]);
    desktop.press(Modifiers::COMMAND, Key::Enter);
    assert!(desktop.wishes().is_empty());
    assert!(desktop.is_off(Role::Button, "Start this lane"));
    assert_eq!(
        desktop.description(Role::Button, "Start this lane"),
        "Pick a job first."
    );
    desktop.key(Key::Enter);
    assert!(desktop.wishes().is_empty());
    assert!(desktop.shows(Role::Dialog, "Pick a job"));
}

#[test]
fn the_start_button_says_why_it_is_off() {
    let desktop = Desktop::with(vec![
        sample::bench(false),
        sample::job(),
        sample::templates(),
    ]);
    assert!(desktop.is_off(Role::Button, "Start ready lanes"));
    assert_eq!(
        desktop.description(Role::Button, "Start ready lanes"),
        "No lane is ready."
    );
}

#[test]
fn arrows_choose_a_lane_and_enter_starts_it() {
    let mut desktop = Desktop::with(sample::office(false));
    desktop.desk().chosen = Some(Slot(10));
    desktop.key(Key::ArrowRight);
    assert_eq!(desktop.desk().chosen, Some(Slot(11)));
    desktop.key(Key::Enter);
    assert!(matches!(desktop.wishes()[..], [Command::Start(Slot(11))]));
    desktop.key(Key::ArrowDown);
    assert_eq!(desktop.desk().chosen, Some(Slot(15)));
    desktop.key(Key::Escape);
    assert!(matches!(desktop.wishes()[..], [Command::Stop(Slot(15))]));
}

#[test]
fn a_stopped_lane_shows_four_lines_and_two_ways_out() {
    let mut desktop = Desktop::with(sample::office(false));
    desktop.desk().chosen = Some(Slot(9));
    desktop.settle();
    assert!(desktop.shows_words(Role::Alert, "V-310"));
    desktop.click(Role::Button, "Try once more");
    assert!(matches!(desktop.wishes()[..], [Command::Start(Slot(9))]));
    desktop.key(Key::A);
    assert!(matches!(
        desktop.wishes()[..],
        [Command::Decide(Slot(9), Decision::SetAside)]
    ));
}

#[test]
fn before_and_after_are_rows_with_how_far_each_is() {
    let mut desktop = Desktop::with(sample::office(false));
    desktop.desk().chosen = Some(Slot(6));
    desktop.settle();
    for words in [
        "Server port, guarded: 5000 to 5027, written",
        "APN, guarded: internet to fleet.example, being written",
        "APN password, guarded: not read to ••••••, waits",
        "Parked, every: 1 h to 6 h, waits",
    ] {
        assert!(desktop.shows(Role::Row, words), "{words}");
    }
}

#[test]
fn line_mode_is_switched_by_its_key_and_by_its_switch() {
    let mut desktop = Desktop::with(sample::office(false));
    desktop.key(Key::L);
    assert!(matches!(desktop.wishes()[..], [Command::LineMode(true)]));
    desktop.tell(Event::LineMode(true));
    assert_eq!(
        desktop.description(Role::Switch, "Line mode"),
        "Line mode on"
    );
    desktop.click(Role::Switch, "Line mode");
    assert!(matches!(desktop.wishes()[..], [Command::LineMode(false)]));
}

#[test]
fn a_scan_is_taken_whole_and_presses_nothing() {
    let mut desktop = Desktop::with(sample::office(false));
    desktop.focus(Role::Button, "I can’t find my unit");
    desktop.scans("356938035643809");
    match &desktop.wishes()[..] {
        [Command::Scan { text, ticks: true }] => assert_eq!(text, "356938035643809"),
        other => panic!("{other:?}"),
    }
    assert!(!desktop.shows(Role::Dialog, "I can’t find my unit"));
}

#[test]
fn a_label_that_is_scanned_where_it_is_asked_for_answers_the_question() {
    let mut lane = sample::needs_you(1, "3390");
    lane.question = Some(Question::Label);
    let mut desktop = Desktop::with(vec![sample::bench(false), sample::job(), told(lane)]);
    desktop.desk().chosen = Some(Slot(1));
    desktop.settle();
    desktop.wishes();
    desktop.scans("356938035643809");
    let wishes = desktop.wishes();
    assert!(
        matches!(&wishes[..], [Command::GiveLabel(Slot(1), text)] if text == "356938035643809"),
        "{wishes:?}"
    );
}

#[test]
fn what_may_not_be_the_label_of_the_lane_that_asks_only_ticks() {
    let asks = |slot: u32, last: &str| {
        let mut lane = sample::needs_you(slot, last);
        lane.question = Some(Question::Label);
        lane.unit = None;
        told(lane)
    };
    let wishes = |events: Vec<Event>, scan: &str, chosen: Option<Slot>| {
        let mut desktop = Desktop::with(events);
        desktop.desk().chosen = chosen;
        desktop.settle();
        desktop.wishes();
        desktop.scans(scan);
        desktop.wishes()
    };
    let gives = |wishes: &[Command]| {
        let gives = |wish: &Command| matches!(wish, Command::GiveLabel(..));
        wishes.iter().any(gives)
    };
    let one = || vec![sample::bench(false), sample::job(), asks(1, "3390")];
    let imei = "356938035643809";
    assert!(gives(&wishes(one(), imei, None)));
    assert!(gives(&wishes(one(), "AB123456", None)), "a maker's number");
    // A SIM and a phone number.
    for scan in ["89148000000123456787", "7145551234"] {
        assert!(!gives(&wishes(one(), scan, None)), "{scan}");
    }
    // The label of the unit on another lane.
    let mut other = sample::needs_you(2, "4444");
    other.question = None;
    let of_other = other.unit.as_ref().map(|unit| unit.id.to_string()).unwrap();
    let mut events = one();
    events.push(told(other));
    let wishes_of_other = wishes(events, &of_other, Some(Slot(1)));
    assert!(
        matches!(&wishes_of_other[..], [Command::Scan { .. }]),
        "{wishes_of_other:?}"
    );
    // Two lanes ask: the one that a person chose is meant, and without a choice none.
    let two = || {
        let mut events = one();
        events.push(asks(2, "4444"));
        events
    };
    assert!(!gives(&wishes(two(), imei, None)));
    assert!(gives(&wishes(two(), imei, Some(Slot(2)))));
}

#[test]
fn a_newer_version_of_the_jobs_template_is_told_and_taken_by_one_press() {
    let mut desktop = Desktop::with(sample::office(false));
    assert!(!desktop.shows_words(Role::Button, "Take v"));
    let Event::Job(Some(job)) = sample::job() else {
        panic!("no job");
    };
    let (name, newer) = (job.template.clone(), job.template_version + 1);
    let facts = |version, released| TemplateFacts {
        name: name.clone(),
        version,
        released,
        ..TemplateFacts::default()
    };
    desktop.tell(Event::Templates(vec![facts(newer, false)]));
    assert!(!desktop.shows_words(Role::Button, "Take v"), "a draft");
    desktop.tell(Event::Templates(vec![facts(newer, true), facts(1, true)]));
    let words = format!(
        "{name} v{newer} is released. This job sets v{}.",
        job.template_version
    );
    assert!(desktop.shows(Role::Status, &words));
    desktop.wishes();
    desktop.tabs_to(Role::Button, &format!("Take v{newer}"));
    desktop.key(Key::Enter);
    let wishes = desktop.wishes();
    assert!(
        matches!(wishes[..], [Command::TakeVersion(version)] if version == newer),
        "{wishes:?}"
    );
}

#[test]
fn what_was_written_to_a_unit_is_headed_by_its_own_template_and_not_by_the_jobs() {
    let mut desktop = Desktop::with(sample::office(false));
    desktop.desk().chosen = Some(Slot(6));
    let mut lane = sample::lanes()
        .into_iter()
        .find(|lane| lane.slot == Slot(6))
        .unwrap();
    lane.template = Some(("Van standard".to_owned(), 6));
    desktop.tell(told(lane));
    assert!(desktop.shows_words(Role::Heading, "on the unit to template v6"));
}

#[test]
fn a_lane_that_was_set_aside_does_not_offer_it_again() {
    let mut lane = sample::needs_you(1, "3390");
    lane.question = None;
    let mut desktop = Desktop::with(vec![
        sample::bench(false),
        sample::job(),
        told(lane.clone()),
    ]);
    assert!(desktop.shows(Role::Button, "Set aside"));
    lane.set_aside = true;
    lane.state = LaneState::Stopped;
    desktop.tell(told(lane));
    assert!(desktop.shows_words(Role::ListBoxOption, "pull. It is set aside"));
    assert!(!desktop.shows(Role::Button, "Set aside"));
    assert!(desktop.shows(Role::Button, "Try once more"));
    desktop.wishes();
    desktop.key(Key::A);
    assert!(desktop.wishes().is_empty());
}

#[test]
fn a_lane_that_stands_still_is_among_the_things_to_do() {
    let mut lane = sample::needs_you(3, "3390");
    lane.unit = None;
    lane.question = None;
    let mut desktop = Desktop::with(vec![
        sample::bench(false),
        sample::job(),
        told(lane.clone()),
    ]);
    desktop.desk().screen = Screen::ToDo;
    desktop.settle();
    assert!(!desktop.shows(Role::Heading, "Nothing is owed"));
    let said = &lane.advice.as_ref().unwrap().what_happened;
    let said = said.strip_prefix("Slot 3: ").unwrap();
    let words = format!("Slot 3, Needs you, {}", fleet::wording::sentence(said));
    desktop.tabs_to(Role::ListItem, &words);
    desktop.key(Key::Enter);
    assert_eq!(
        (desktop.desk().screen, desktop.desk().chosen),
        (Screen::Bench, Some(Slot(3)))
    );
    lane.set_aside = true;
    desktop.tell(told(lane));
    desktop.desk().screen = Screen::ToDo;
    desktop.settle();
    assert!(!desktop.shows_words(Role::ListItem, "Slot 3"));
}

#[test]
fn a_password_is_given_as_a_secret_and_leaves_the_field() {
    let mut lane = sample::needs_you(1, "3390");
    lane.question = Some(Question::Password {
        tries_left: Some(2),
    });
    let mut desktop = Desktop::with(vec![sample::bench(false), sample::job(), told(lane)]);
    assert!(desktop.is_off(Role::Button, "Give it to the unit"));
    desktop.focus(Role::PasswordInput, "Password of this unit");
    desktop.types("tulip");
    desktop.click(Role::Button, "Give it to the unit");
    let wishes = desktop.wishes();
    assert!(!format!("{wishes:?}").contains("tulip"));
    match &wishes[..] {
        [Command::GivePassword(Slot(1), secret)] => assert_eq!(secret.reveal(), "tulip"),
        other => panic!("{other:?}"),
    }
    assert!(desktop.desk().password.1.is_empty());
}

#[test]
fn the_field_that_confirms_a_profile_file_is_in_sight_in_a_small_window() {
    let mut desktop = Desktop::sized(sample::office(false), [900.0, 600.0]);
    desktop.tell(sample::asked_or_typed("confirm-profile").unwrap());
    desktop.desk().open(Dialog::ConfirmProfile(Slot(4)));
    desktop.settle();
    let place = |role, label| desktop.harness.get_by_role_and_label(role, label).rect();
    let field = place(Role::TextInput, "Short name of the profile");
    // What is off has no place that the test could ask for.
    let foot = place(Role::Button, "Leave the unit as it is");
    assert!(
        field.bottom() < foot.top() && field.height() > 28.0,
        "{field} {foot}"
    );
}

#[test]
fn a_profile_file_is_confirmed_by_its_name_after_a_look_at_what_it_redirects() {
    let mut lane = sample::needs_you(1, "3390");
    lane.question = Some(Question::ConfirmProfile(Arc::new(ProfileFile {
        id: "acme".into(),
        name: "Acme Mark".into(),
        file: "acme.toml".into(),
        sha256: "ab".repeat(32),
        redirects: vec![Redirect {
            what: "server.host".into(),
            how: "at 2004".into(),
        }],
    })));
    let mut desktop = Desktop::with(vec![sample::bench(false), sample::job(), told(lane)]);
    desktop.click(Role::Button, "Look at its profile file");
    assert!(desktop.shows(Role::Dialog, "A profile file of this bench"));
    assert!(desktop.shows(Role::Row, "server.host: at 2004"));
    assert!(desktop.is_off(Role::Button, "Confirm this file"));
    desktop.focus(Role::TextInput, "Short name of the profile");
    desktop.types("acm");
    assert!(desktop.is_off(Role::Button, "Confirm this file"));
    desktop.types("e");
    desktop.click(Role::Button, "Confirm this file");
    assert!(
        matches!(&desktop.wishes()[..], [Command::ConfirmProfile(Slot(1), name)] if name == "acme")
    );
    assert!(!desktop.shows(Role::Dialog, "A profile file of this bench"));
}

#[test]
fn a_typed_label_must_be_an_imei_or_a_makers_number() {
    let mut lane = sample::needs_you(1, "3390");
    lane.question = Some(Question::Label);
    let mut desktop = Desktop::with(vec![sample::bench(false), sample::job(), told(lane)]);
    desktop.focus(Role::TextInput, "Number on the housing");
    desktop.types("356938035643808");
    assert!(desktop.is_off(Role::Button, "This is the unit"));
    desktop.desk().label.1 = "356938035643809".into();
    desktop.settle();
    desktop.click(Role::Button, "This is the unit");
    assert!(
        matches!(&desktop.wishes()[..], [Command::GiveLabel(Slot(1), imei)] if imei == "356938035643809")
    );
}

#[test]
fn the_pane_goes_to_who_asks_and_stays_with_who_was_chosen() {
    let mut desktop = Desktop::with(sample::office(false));
    assert!(desktop.shows(Role::Heading, "Slot 4, TR-55"));
    desktop.desk().chosen = Some(Slot(12));
    desktop.settle();
    assert!(desktop.shows(Role::Heading, "Slot 12, TR-55"));
    desktop.tell(told(Lane::empty(Slot(12), "")));
    assert!(desktop.shows(Role::Heading, "Slot 4, TR-55"));
}

#[test]
fn news_of_the_bench_is_announced() {
    let mut desktop = Desktop::with(vec![
        sample::bench(false),
        sample::job(),
        told(sample::ready(2, "4821")),
    ]);
    desktop.tell(told(sample::stopped(2, "4821")));
    desktop.harness.run_steps(8);
    assert!(desktop.shows(Role::Log, "Slot 2 stopped"));
}

#[test]
fn a_small_window_folds_the_pane_into_a_line() {
    let mut desktop = Desktop::sized(sample::office(false), [960.0, 600.0]);
    assert!(!desktop.shows(Role::Heading, "Slot 4, TR-55"));
    desktop.key(Key::Space);
    assert!(desktop.shows(Role::Heading, "Slot 4, TR-55"));
    desktop.key(Key::Escape);
    assert!(!desktop.shows(Role::Heading, "Slot 4, TR-55"));
    assert!(desktop.wishes().is_empty());
}

#[test]
fn every_state_of_a_lane_can_be_drawn_at_every_size() {
    let states = [
        LaneState::Empty,
        LaneState::Looking,
        LaneState::Ready,
        LaneState::Reading,
        LaneState::AlreadySet,
        LaneState::Setting { done: 0, of: 0 },
        LaneState::Restarting { usual_ms: 0 },
        LaneState::Checking { done: 3, of: 2 },
        LaneState::PuttingBack,
        LaneState::WaitingForUnit,
        LaneState::Verified,
        LaneState::Done,
        LaneState::DoneCarrierOwed,
        LaneState::NotVerified,
        LaneState::NeedsYou,
        LaneState::Stopped,
    ];
    for size in [[1440.0, 900.0], [1024.0, 700.0], [720.0, 560.0]] {
        let mut desktop = Desktop::sized(vec![sample::bench(true), sample::job()], size);
        for (slot, state) in (1..).zip(&states) {
            let mut lane = sample::ready(slot, "4821");
            lane.state = state.clone();
            desktop.tell(told(lane));
            desktop.desk().chosen = Some(Slot(slot));
            desktop.desk().pane_open = slot % 2 == 0;
            desktop.settle();
        }
    }
}

#[test]
fn a_unit_that_was_done_today_is_opened_from_its_row() {
    let mut desktop = Desktop::with(vec![sample::bench(false), sample::job()]);
    for done in sample::done_today() {
        desktop.tell(done);
    }
    desktop.click(
        Role::ListItem,
        "FT-300, ending 8 2 4 5, Stopped, 10:41, 48 s",
    );
    let wishes = desktop.wishes();
    assert!(
        matches!(&wishes[..], [Command::OpenUnit(id)] if Some(id) == sample::unit_id("8245").as_ref()),
        "{wishes:?}"
    );
}

#[test]
fn a_unit_that_another_bench_has_in_hand_says_so_with_since_when() {
    let mut desktop = Desktop::with(sample::office(false));
    let id = sample::unit_id("4821").unwrap();
    let in_hand = fleetdesk::sync::InHand {
        kind: id.kind().as_str().to_owned(),
        key: id.as_str().to_owned(),
        by: "South office, Bench 1".to_owned(),
        since: sample::now(),
    };
    let agreement = |in_hand| {
        Event::Agreement(fleetdesk::engine::Agreement {
            configured: true,
            in_hand,
            ..Default::default()
        })
    };
    desktop.tell(told(sample::ready(13, "4821")));
    desktop.tell(agreement(vec![in_hand]));
    let words = "eing configured by South office, Bench 1 since 22 Nov";
    assert!(desktop.shows_words(Role::ListBoxOption, words));
    desktop.desk().chosen = Some(Slot(13));
    desktop.settle();
    assert!(desktop.shows_words(
        Role::Label,
        "Set it here only when that bench has let go of it."
    ));
    if let Some(event) = sample::unit_opened() {
        desktop.tell(event);
    }
    desktop.desk().screen = fleetdesk::ui::desk::Screen::Unit;
    desktop.settle();
    assert!(desktop.shows_words(Role::Heading, words));
    desktop.tell(agreement(Vec::new()));
    assert!(!desktop.shows_words(Role::Heading, words));
}
