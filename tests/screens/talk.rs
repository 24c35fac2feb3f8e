//! The talk of a lane: read-only until a person switches it on purpose, the end in sight, copied as it stands.

use super::{Desktop, sample};
use eframe::egui::Key;
use eframe::egui::accesskit::Role;
use fleet::registration::RegistrationState;
use fleet::transcript::EntryKind;
use fleetdesk::engine::{Command, Event, Lane, LaneState, Slot, TalkLine, TalkWish};
use fleetdesk::ui::desk::Dialog;

const SWITCH: &str = "Type to the unit";
const FIELD: &str = "Command for the unit";

fn told(lane: Lane) -> Event {
    Event::LaneChanged(Box::new(lane))
}

fn with_talk(lane: Lane) -> Desktop {
    let mut desktop = Desktop::with(vec![sample::bench(false), sample::job(), told(lane)]);
    desktop.desk().chosen = Some(Slot(1));
    desktop.desk().folds.talk = true;
    desktop.settle();
    desktop
}

fn line(text: &str) -> TalkLine {
    TalkLine {
        at_ms: 60_000,
        kind: EntryKind::Unsolicited,
        text: text.to_owned(),
    }
}

#[test]
fn a_talk_is_only_listened_to_until_a_person_switches_it_on_purpose() {
    let mut desktop = with_talk(sample::ready(1, "4821"));
    assert!(desktop.shows(Role::ListItem, "Sent: .info"));
    assert!(desktop.shows(Role::ListItem, "Note: no answer to 'write', asked again"));
    assert!(!desktop.shows(Role::TextInput, FIELD));
    assert_eq!(desktop.description(Role::Switch, SWITCH), "Listening only");

    desktop.click(Role::Switch, SWITCH);
    assert!(
        desktop.wishes().is_empty(),
        "a press alone switches nothing"
    );
    assert!(desktop.shows(Role::Dialog, "Type to this unit?"));
    desktop.click(Role::Button, "Only listen");
    assert!(desktop.wishes().is_empty());
    desktop.click(Role::Switch, SWITCH);
    desktop.click(Role::Button, "Switch typing on");
    assert!(matches!(
        desktop.wishes()[..],
        [Command::Talk(Slot(1), TalkWish::Typing(true))]
    ));
}

#[test]
fn the_questions_fit_every_window() {
    for size in [[1440.0, 900.0], [1024.0, 700.0], [720.0, 560.0]] {
        for (page, dialog, slot, button) in [
            (
                "confirm-profile",
                Dialog::ConfirmProfile(Slot(4)),
                Slot(4),
                "Leave the unit as it is",
            ),
            ("", Dialog::TypeToUnit(Slot(11)), Slot(11), "Only listen"),
        ] {
            let mut events = sample::office(false);
            events.extend(sample::asked_or_typed(page));
            let mut desktop = Desktop::sized(events, size);
            desktop.desk().chosen = Some(slot);
            desktop.desk().dialog = Some(dialog);
            desktop.settle();
            assert!(desktop.is_in_sight(Role::Button, button), "{page} {size:?}");
            desktop.click(Role::Button, button);
            assert_eq!(desktop.desk().dialog, None);
        }
    }
}

#[test]
fn what_is_typed_leaves_with_enter_once_and_the_line_is_ready_for_the_next() {
    let mut lane = sample::ready(1, "4821");
    lane.talk.typing = true;
    let mut desktop = with_talk(lane);
    assert!(desktop.is_off(Role::Button, "Start this lane"));
    desktop.focus(Role::TextInput, FIELD);
    desktop.types(".info");
    desktop.key(Key::Enter);
    let wishes = desktop.wishes();
    assert!(!format!("{wishes:?}").contains(".info"), "{wishes:?}");
    match &wishes[..] {
        [Command::Talk(Slot(1), TalkWish::Say(text))] => assert_eq!(text.reveal(), ".info"),
        other => panic!("{other:?}"),
    }
    desktop.key(Key::Enter);
    assert!(desktop.wishes().is_empty(), "an empty line goes nowhere");
    desktop.types("x");
    desktop.key(Key::Enter);
    assert_eq!(desktop.wishes().len(), 1, "the keyboard stayed in the line");
    desktop.click(Role::Switch, SWITCH);
    assert!(matches!(
        desktop.wishes()[..],
        [Command::Talk(Slot(1), TalkWish::Typing(false))]
    ));
}

#[test]
fn nobody_types_to_a_unit_at_work_or_to_nobody() {
    let mut at_work = sample::setting(1, "4821");
    at_work.registration = Some(RegistrationState::Skipped);
    let mut desktop = with_talk(at_work);
    assert!(desktop.is_off(Role::Switch, SWITCH));
    assert!(desktop.shows_words(Role::Label, "The unit is at work"));
    desktop.click(Role::Switch, SWITCH);
    assert!(!desktop.shows(Role::Dialog, "Type to this unit?"));
    let mut nobody = sample::stopped(1, "8245");
    nobody.unit = None;
    desktop.tell(told(nobody));
    assert!(desktop.is_off(Role::Switch, SWITCH));
    assert!(desktop.shows_words(Role::Label, "No known unit answers here"));
    // It begins to work while the question is on the screen.
    desktop.tell(told(sample::ready(1, "4821")));
    desktop.click(Role::Switch, SWITCH);
    assert!(desktop.shows(Role::Dialog, "Type to this unit?"));
    desktop.tell(told(sample::setting(1, "4821")));
    assert!(!desktop.shows(Role::Dialog, "Type to this unit?"));
    assert!(desktop.wishes().is_empty());
}

#[test]
fn the_end_stays_in_sight_and_all_of_it_is_copied() {
    let mut lane = sample::ready(1, "4821");
    lane.state = LaneState::Done;
    let mut desktop = with_talk(lane.clone());
    for round in 0..3 {
        let more = (0..400).map(|number| line(&format!("LOG {round} {number} {}", "x".repeat(90))));
        lane.talk.add(more);
        desktop.tell(told(lane.clone()));
        let last = lane.talk.lines().last().unwrap().text.clone();
        assert!(
            desktop.shows(Role::ListItem, &format!("Said unasked: {last}")),
            "round {round}"
        );
    }
    assert!(!desktop.shows(Role::ListItem, "Sent: .info"));
    assert!(lane.talk.earlier() > 0 && lane.talk.lines().len() == 1000);
    desktop.click(Role::Button, "Copy");
    let copied = desktop.copied();
    assert_eq!(copied.lines().count(), 1000);
    assert!(
        copied.contains("   60.000 <~ LOG 2 399 xxx"),
        "{}",
        &copied[..200]
    );
}

#[test]
fn a_talk_can_be_drawn_at_every_size() {
    for size in [[1440.0, 900.0], [1024.0, 700.0], [720.0, 560.0]] {
        let mut lane = sample::ready(1, "4821");
        lane.talk.typing = true;
        lane.talk
            .add([line(&r"\u{6771}\u{4eac}".repeat(400)), line("")]);
        let events = vec![sample::bench(true), sample::job(), told(lane)];
        let mut desktop = Desktop::sized(events, size);
        desktop.desk().chosen = Some(Slot(1));
        desktop.desk().pane_open = true;
        desktop.settle();
        assert!(desktop.shows(Role::TextInput, FIELD), "{size:?}");
    }
}
