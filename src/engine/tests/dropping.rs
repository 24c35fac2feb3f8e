//! A draft that is dropped can be taken back, and what the page of a template says of units is told anew.

use super::asked::within;
use super::{Folder, LONGEST, options, watch};
use crate::engine::context::Context;
use crate::engine::lists::{open_unit, shown_anew};
use crate::engine::{Command, DraftStart, Engine, Event, State, TemplateWish};
use fleet::profile::ProfileRegistry;
use fleet::template::TemplateEdit;
use fleet::unit::Unit;
use fleet::{Imei, Secret, SettingKey, UnitId, Value};
use jiff::Timestamp;
use std::rc::Rc;
use std::sync::mpsc::Receiver;
use std::time::{Duration, Instant};

const IMEI: &str = "356938035643809";

fn key(text: &str) -> SettingKey {
    SettingKey::new(text).unwrap()
}

fn id() -> UnitId {
    UnitId::Imei(Imei::parse(IMEI).unwrap())
}

/// Begins the draft of the vans.
fn begin(engine: &Engine, events: &Receiver<Event>, state: &mut State) {
    let begin = TemplateWish::Begin(DraftStart::Empty("Vans".into()));
    engine.send(Command::Template(begin));
    watch(events, state, "the draft is begun", |state| {
        state.template_page.is_some()
    });
}

#[test]
fn a_dropped_draft_comes_back_with_what_it_held_secrets_included() {
    let (ports, bench) = (Folder::make(None).unwrap(), tempfile::tempdir().unwrap());
    let options = options(&ports, bench.path(), ProfileRegistry::shipped());
    let (engine, events) = Engine::start(options, Box::new(|| {}));
    let mut state = State::default();
    let wish = |wish| engine.send(Command::Template(wish));
    begin(&engine, &events, &mut state);
    let edits = vec![
        TemplateEdit::Set(key("server.port"), Value::Integer(5_027)),
        TemplateEdit::Set(key("apn.password"), Value::Secret(Secret::new("canary"))),
    ];
    wish(TemplateWish::Edit("Vans".into(), edits));
    let holds = |state: &State| {
        let page = state.template_page.as_ref();
        page.is_some_and(|page| page.contents.has(&key("server.port")))
    };
    watch(&events, &mut state, "the draft holds it", holds);
    wish(TemplateWish::Drop("Vans".into()));
    watch(&events, &mut state, "the draft is dropped", |state| {
        state.toasts.iter().any(|toast| toast.undo.is_some()) && state.templates.is_empty()
    });
    let undo = state.toasts.iter().find_map(|toast| toast.undo.clone());
    state.template_page = None;
    wish(undo.unwrap());
    watch(&events, &mut state, "the draft is back", holds);
    let page = state.template_page.clone().unwrap();
    assert!(page.contents.is_secret(&key("apn.password")));
    assert!(
        page.secrets_missing.is_empty(),
        "its secret is at hand again"
    );
    assert_eq!(state.templates.len(), 1);
    assert!(!format!("{page:?}").contains("canary"));
    engine.quit();
    engine.join();
}

#[test]
fn two_dropped_drafts_come_back_each_by_its_own_undo() {
    let (ports, bench) = (Folder::make(None).unwrap(), tempfile::tempdir().unwrap());
    let options = options(&ports, bench.path(), ProfileRegistry::shipped());
    let (engine, events) = Engine::start(options, Box::new(|| {}));
    let mut state = State::default();
    let wish = |wish| engine.send(Command::Template(wish));
    for name in ["Vans", "Trucks"] {
        wish(TemplateWish::Begin(DraftStart::Empty(name.into())));
    }
    let drafts = |many: usize| move |state: &State| state.templates.len() == many;
    watch(&events, &mut state, "both are begun", drafts(2));
    for name in ["Vans", "Trucks"] {
        wish(TemplateWish::Drop(name.into()));
    }
    watch(&events, &mut state, "both are dropped", drafts(0));
    for name in ["Vans", "Trucks"] {
        wish(TemplateWish::TakeBack(name.into()));
    }
    watch(&events, &mut state, "both are back", drafts(2));
    engine.quit();
    engine.join();
}

#[test]
fn what_was_typed_into_a_draft_just_before_the_program_ends_is_kept() {
    let (ports, bench) = (Folder::make(None).unwrap(), tempfile::tempdir().unwrap());
    let options = options(&ports, bench.path(), ProfileRegistry::shipped());
    let inventory = options.inventory.clone();
    let (engine, events) = Engine::start(options, Box::new(|| {}));
    let mut state = State::default();
    let wish = |wish| engine.send(Command::Template(wish));
    begin(&engine, &events, &mut state);
    let typed = TemplateEdit::Set(key("server.port"), Value::Integer(5_027));
    wish(TemplateWish::Edit("Vans".into(), vec![typed]));
    engine.quit();
    engine.join();
    let drafts = inventory.templates().wait().unwrap();
    let draft = drafts.iter().find(|draft| draft.name == "Vans").unwrap();
    assert!(draft.contents().unwrap().has(&key("server.port")));
    let after = events.try_iter().any(|event| {
        matches!(&event, Event::TemplateOpened(page) if page.contents.has(&key("server.port")))
    });
    assert!(after, "it was done to its end");
}

#[test]
fn the_page_of_a_template_hears_of_a_unit_that_comes_to_have_it() {
    let (ports, bench) = (Folder::make(None).unwrap(), tempfile::tempdir().unwrap());
    let options = options(&ports, bench.path(), ProfileRegistry::shipped());
    let inventory = options.inventory.clone();
    let (engine, events) = Engine::start(options, Box::new(|| {}));
    let mut state = State::default();
    begin(&engine, &events, &mut state);
    let unit = Unit {
        template: Some("Vans".into()),
        template_version: Some(1),
        ..Unit::new(id(), Timestamp::now())
    };
    inventory.upsert_units(vec![unit]).wait().unwrap();
    // Any change by a person tells what is on the screen anew.
    let edit = fleet::edit::Edit::new(fleet::edit::Field::Note, "seen").unwrap();
    engine.send(Command::EditUnit(id(), vec![edit]));
    watch(&events, &mut state, "the page counts it", |state| {
        let page = state.template_page.as_ref();
        page.is_some_and(|page| page.used.iter().map(|used| used.units).sum::<u64>() == 1)
    });
    engine.quit();
    engine.join();
}

#[test]
fn a_number_that_no_unit_has_is_told_as_such_and_opens_once_a_unit_has_it() {
    let (ports, bench) = (Folder::make(None).unwrap(), tempfile::tempdir().unwrap());
    let options = options(&ports, bench.path(), ProfileRegistry::shipped());
    let inventory = options.inventory.clone();
    let (reports, _reports) = tokio::sync::mpsc::unbounded_channel();
    let (events, told) = std::sync::mpsc::channel();
    let context = Rc::new(Context::new(options, reports, events, Box::new(|| {})));
    let mut state = State::default();
    within(async {
        open_unit(&context, id());
        let absent = |state: &State| state.unit_absent.as_ref() == Some(&id());
        seen(&told, &mut state, absent).await;
        let unit = Unit::new(id(), Timestamp::now());
        inventory.upsert_units(vec![unit]).await.unwrap();
        shown_anew(&context);
        let opened = |state: &State| {
            let page = state.unit_page.as_ref();
            state.unit_absent.is_none() && page.is_some_and(|page| page.unit.id == id())
        };
        seen(&told, &mut state, opened).await;
    });
}

async fn seen(told: &Receiver<Event>, state: &mut State, wanted: impl Fn(&State) -> bool) {
    let begun = Instant::now();
    while !wanted(state) {
        assert!(begun.elapsed() < LONGEST, "never seen");
        tokio::time::sleep(Duration::from_millis(2)).await;
        told.try_iter().for_each(|event| state.apply(event));
    }
}
