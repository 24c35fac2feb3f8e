//! What a window with a carrier account offers: the comparison, the steps of a subscription, swaps.

use super::{Desktop, account, sample};
use eframe::egui::Key;
use eframe::egui::accesskit::Role;
use fleet::registration::RegistrationState;
use fleetdesk::engine::{Command, Event, ReconcileStanding, ReconcileWish, Reconciled};
use fleetdesk::ui::desk::Screen;
use std::path::Path;

const SPRINT: &str = "/accountServices/resources/v1";

fn desktop(more: Vec<Event>) -> Desktop {
    let mut events = sample::office(true);
    events.extend(account::facts(SPRINT));
    events.extend(sample::unit_opened());
    events.extend(more);
    Desktop::with(events)
}

fn wish(desktop: &Desktop) -> Option<ReconcileWish> {
    desktop
        .wishes()
        .into_iter()
        .find_map(|command| match command {
            Command::Reconcile(wish) => Some(wish),
            _ => None,
        })
}

#[test]
fn the_account_is_compared_from_the_list_of_things_to_do() {
    let mut desktop = desktop(Vec::new());
    desktop.desk().screen = Screen::ToDo;
    desktop.settle();
    desktop.click(Role::Button, "Compare with the carrier");
    assert_eq!(wish(&desktop), Some(ReconcileWish::Show));
    desktop.click(Role::Button, "Compare now");
    assert_eq!(wish(&desktop), Some(ReconcileWish::Begin { whole: false }));
    desktop.tell(account::reading(false));
    assert!(desktop.shows_words(Role::ProgressIndicator, "Page 312 of about 501"));
    desktop.click(Role::Button, "Stop");
    assert_eq!(wish(&desktop), Some(ReconcileWish::Stop));
    desktop.tell(account::unfinished());
    desktop.click(Role::Button, "Go on");
    assert_eq!(wish(&desktop), Some(ReconcileWish::Begin { whole: false }));
    desktop.key(Key::Escape);
    assert_eq!(desktop.desk().screen, Screen::ToDo);
}

#[test]
fn a_list_that_waits_for_the_next_day_says_when_it_goes_on() {
    let mut desktop = desktop(vec![account::reading(true)]);
    desktop.desk().screen = Screen::Compare;
    desktop.settle();
    assert!(desktop.shows(Role::Heading, "Waiting for the next day’s calls"));
    assert!(desktop.shows_words(Role::Label, "while this window is open"));
}

#[test]
fn each_difference_stands_there_with_its_remedy_and_opens_its_unit() {
    let mut desktop = desktop(vec![account::compared()]);
    desktop.desk().screen = Screen::Compare;
    desktop.settle();
    for words in [
        "Billed, but not in the inventory",
        "Ours, but unknown there",
        "The plan differs",
        "Unit and SIM differ",
    ] {
        assert!(desktop.shows_words(Role::ListItem, words), "{words}");
    }
    assert!(desktop.shows_words(Role::ListItem, "put the unit on the bench"));
    assert!(desktop.is_off(Role::Button, "Save as a sheet"));
    desktop.desk().compare_path = "report.csv".to_owned();
    desktop.settle();
    desktop.click(Role::Button, "Save as a sheet");
    let saved = wish(&desktop);
    assert_eq!(
        saved,
        Some(ReconcileWish::Save(Path::new("report.csv").into()))
    );
    desktop.tell(Event::Reconciled(Box::new(Reconciled {
        standing: ReconcileStanding::Failed {
            why: "the inventory cannot be read".into(),
        },
        ..Reconciled::default()
    })));
    assert!(desktop.shows_words(Role::Label, "The inventory cannot be read"));
}

#[test]
fn a_swap_goes_step_by_step_and_its_end_is_agreed_to_by_number() {
    let mut desktop = desktop(Vec::new());
    desktop.desk().screen = Screen::Unit;
    desktop.settle();
    desktop.click(Role::Button, "Swap its SIM");
    assert!(desktop.is_off(Role::Button, "End the subscription"));
    let Some(Event::UnitOpened(mut page)) = sample::unit_opened() else {
        panic!("the sample has a unit");
    };
    let form = desktop.desk().swap_form.as_mut().unwrap();
    form.typed = page.unit.id.as_str().to_owned();
    desktop.settle();
    desktop.wishes();
    desktop.click(Role::Button, "End the subscription");
    assert!(matches!(
        &desktop.wishes()[..],
        [Command::ChangeSubscription(id, carrier::Change::Deactivate, None)] if *id == page.unit.id
    ));
    desktop.tell(account::waiting("Waiting for the carrier", "2 min, usual is 30").unwrap());
    assert!(desktop.shows_words(Role::Label, "2 min, usual is 30"));
    desktop.tell(Event::ToDo(Vec::new()));
    page.unit.registration = Some(RegistrationState::Ended);
    desktop.tell(Event::UnitOpened(page));
    desktop.click(Role::Button, "To the bench");
    assert_eq!(desktop.desk().screen, Screen::Bench);
}
