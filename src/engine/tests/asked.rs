//! What other programs ask of a window that is at work: a push that was rehearsed there is begun here, and only as it was seen there.

use super::finding::imei;
use super::{LONGEST, options, watch};
use crate::demo::Folder;
use crate::engine::context::Context;
use crate::engine::pushing::begin_as_asked;
use crate::engine::{
    Asked, AskedOfPush, AskedToBegin, Carrying, Chosen, Engine, Event, Foreseen, PushAnswer,
    PushAsked, PushOrder, PushScope, PushWish, State, keep_template, rehearse_push,
};
use crate::inventory::{Inventory, LeftWish};
use crate::secrets::{TemplateSecrets, UnitSecrets};
use fleet::profile::ProfileRegistry;
use fleet::push::{PushId, Rules, Via};
use fleet::simulator::{SimulatedUnit, SimulatedUnitOptions};
use fleet::unit::{Unit, UnitState};
use fleet::{Identity, Moment, Reading, Template, UnitId};
use jiff::Timestamp;
use std::collections::BTreeSet;
use std::rc::Rc;
use std::sync::Arc;
use std::time::{Duration, Instant};
use uuid::Uuid;

/// The row of a unit as a reading of it would have left it.
pub(in crate::engine) fn row(registry: &ProfileRegistry) -> Unit {
    let profile = registry.get("teltonika-fmb").unwrap();
    let options = SimulatedUnitOptions {
        model: Some("fmb920".into()),
        seed: 5,
        ..SimulatedUnitOptions::default()
    };
    let unit = SimulatedUnit::new(Arc::clone(profile), options, Moment(0)).unwrap();
    let (id, _) = UnitId::from_unit_answer(unit.identity().id()).unwrap();
    let identity = Identity {
        id: id.clone(),
        imei: None,
        meid: None,
        esn: None,
        iccid: None,
        iccid_text: None,
        profile: profile.id.clone(),
        variant: unit.variant().to_owned(),
        model: unit.model().to_owned(),
        firmware: None,
        hardware: None,
        serial_number: None,
        warnings: Vec::new(),
    };
    let reading = Reading {
        places: unit.flash().clone(),
        complete: true,
        secret_places: profile.secret_places(profile.variant(unit.variant()).unwrap()),
    };
    Unit {
        model: Some(identity.model.clone()),
        profile: Some(profile.id.clone()),
        settings: fleet::plan::settings_shown(profile, &identity, &reading),
        state: UnitState::Verified,
        ..Unit::new(id, Timestamp::now())
    }
}

fn answer(inventory: &Inventory, asked: &Asked) -> PushAnswer {
    answer_to(&left(inventory, asked))
}

fn left(inventory: &Inventory, asked: &Asked) -> LeftWish {
    let text = serde_json::to_string(asked).unwrap();
    inventory.wishes().leave(&text).unwrap()
}

fn answer_to(left: &LeftWish) -> PushAnswer {
    let begun = Instant::now();
    loop {
        if let Some(text) = left.answer() {
            return serde_json::from_str(&text).unwrap();
        }
        assert!(begun.elapsed() < LONGEST, "nobody answers");
        std::thread::sleep(Duration::from_millis(20));
    }
}

pub(in crate::engine) fn within<T>(work: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    tokio::task::LocalSet::new().block_on(&runtime, work)
}

/// What another program sees of pushing a template to every unit by the cable.
pub(in crate::engine) fn seen(
    inventory: &Inventory,
    registry: &ProfileRegistry,
    template: Template,
) -> Foreseen {
    let secrets = UnitSecrets::default();
    let carrier = Carrying {
        account: None,
        secrets: &secrets,
    };
    let order = PushOrder {
        template: Arc::new(template),
        chosen: Chosen::Search(String::new()),
        via: Via::Cable,
        rules: Rules::default(),
        by: "another terminal".into(),
    };
    let nobody = BTreeSet::new();
    within(rehearse_push(inventory, registry, carrier, &nobody, &order))
        .unwrap()
        .foreseen()
}

fn to_begin(what: PushAsked, foreseen: Foreseen) -> Asked {
    Asked::ToBegin(Box::new(AskedToBegin {
        what,
        foreseen,
        agreed_by: None,
        by: "another terminal".into(),
        ports: Vec::new(),
        folders: Vec::new(),
    }))
}

#[test]
fn a_push_that_was_rehearsed_in_a_terminal_is_begun_by_the_window_and_only_as_it_was_seen_there() {
    let (ports, bench) = (Folder::make(None).unwrap(), tempfile::tempdir().unwrap());
    let registry = ProfileRegistry::shipped();
    let mut options = options(&ports, bench.path(), registry.clone());
    options.pushes = PushScope::All;
    let inventory = options.inventory.clone();
    inventory.upsert_units(vec![row(&registry)]).wait().unwrap();
    let text = "name = \"Vans\"\nversion = 1\n[settings]\nreport.moving_interval_s = 47\n";
    let template = Template::from_toml(text).unwrap();
    let secrets = TemplateSecrets::default();
    keep_template(&inventory, &template, "me", &secrets).unwrap();
    let one = seen(&inventory, &registry, template);
    assert_eq!((one.changing, one.cannot), (1, 0));
    let two = Foreseen {
        changing: 2,
        ..one.clone()
    };
    let other_value = Template::from_toml(&text.replace("47", "48")).unwrap();
    let other_value = seen(&inventory, &registry, other_value);
    assert_eq!(other_value.changing, 1, "as many");
    let (engine, events) = Engine::start(options, Box::new(|| {}));
    let mut state = State::default();
    let vans = |version| PushAsked::Template {
        name: "Vans".into(),
        version,
        chosen: Chosen::Search(String::new()),
        via: Via::Cable,
        rules: Rules::default(),
    };
    let why = |asked: &Asked| match answer(&inventory, asked) {
        PushAnswer::Refused { what, .. } => what,
        other => panic!("{other:?}"),
    };
    let otherwise = why(&to_begin(vans(1), two));
    assert!(otherwise.contains("foresees something else"), "{otherwise}");
    let otherwise = why(&to_begin(vans(1), other_value));
    assert!(otherwise.contains("other values"), "{otherwise}");
    let gone = why(&to_begin(vans(7), one.clone()));
    assert!(gone.contains("not in the inventory"), "{gone}");
    let nothing = PushAsked::UndoOf(PushId(Uuid::nil()));
    let nothing = why(&to_begin(nothing, one.clone()));
    assert!(nothing.contains("no such push"), "{nothing}");
    assert!(inventory.pushes(10).wait().unwrap().is_empty());

    let begun = answer(&inventory, &to_begin(vans(1), one.clone()));
    let PushAnswer::Begun { push, at_work } = begun else {
        panic!("{begun:?}");
    };
    assert!(at_work, "a window works on every push");
    watch(&events, &mut state, "the push is listed", |state| {
        state.pushes.iter().any(|each| each.facts.id == push)
    });
    let kept = inventory.push(push).wait().unwrap().unwrap();
    assert_eq!(kept.facts().by, "another terminal");
    assert_eq!(kept.counts().waiting, 1);
    // It is in that push now.
    let again = why(&to_begin(vans(1), one));
    assert!(again.contains("1 cannot"), "{again}");
    engine.quit();
    while !matches!(events.recv(), Ok(Event::Ended) | Err(_)) {}
    engine.join();
}

#[test]
fn a_push_whose_terminal_was_ended_while_it_was_rehearsed_here_is_not_begun() {
    let (ports, bench) = (Folder::make(None).unwrap(), tempfile::tempdir().unwrap());
    let registry = ProfileRegistry::shipped();
    let options = options(&ports, bench.path(), registry.clone());
    let inventory = options.inventory.clone();
    inventory.upsert_units(vec![row(&registry)]).wait().unwrap();
    let text = "name = \"Vans\"\nversion = 1\n[settings]\nreport.moving_interval_s = 47\n";
    let template = Template::from_toml(text).unwrap();
    keep_template(&inventory, &template, "me", &TemplateSecrets::default()).unwrap();
    let foreseen = seen(&inventory, &registry, template);
    let (reports, _reports) = tokio::sync::mpsc::unbounded_channel();
    let (events, _events) = std::sync::mpsc::channel();
    let context = Rc::new(Context::new(options, reports, events, Box::new(|| {})));
    let begin = |is_awaited: bool| {
        let vans = PushAsked::Template {
            name: "Vans".into(),
            version: 1,
            chosen: Chosen::Search(String::new()),
            via: Via::Cable,
            rules: Rules::default(),
        };
        let (foreseen, by) = (foreseen.clone(), "another terminal".to_owned());
        within(begin_as_asked(
            &context,
            vans,
            foreseen,
            None,
            by,
            move || is_awaited,
        ))
    };
    let (why, _) = begin(false).unwrap_err();
    assert!(why.contains("Nobody waits"), "{why}");
    assert!(inventory.pushes(10).wait().unwrap().is_empty());
    // Nothing else was in its way.
    assert!(begin(true).is_ok());
}

#[test]
fn a_pause_does_not_wait_for_a_push_that_is_rehearsed_for_another_program() {
    let (ports, bench) = (Folder::make(None).unwrap(), tempfile::tempdir().unwrap());
    let registry = ProfileRegistry::shipped();
    let mut options = options(&ports, bench.path(), registry.clone());
    options.pushes = PushScope::All;
    let inventory = options.inventory.clone();
    let one = row(&registry);
    inventory.upsert_units(vec![one.clone()]).wait().unwrap();
    let text = "name = \"Vans\"\nversion = 1\n[settings]\nreport.moving_interval_s = 47\n";
    let template = Template::from_toml(text).unwrap();
    keep_template(&inventory, &template, "me", &TemplateSecrets::default()).unwrap();
    let foreseen = seen(&inventory, &registry, template);
    let (engine, events) = Engine::start(options, Box::new(|| {}));
    let vans = || PushAsked::Template {
        name: "Vans".into(),
        version: 1,
        chosen: Chosen::Search(String::new()),
        via: Via::Cable,
        rules: Rules::default(),
    };
    let begun = answer(&inventory, &to_begin(vans(), foreseen.clone()));
    let PushAnswer::Begun { push, .. } = begun else {
        panic!("{begun:?}");
    };
    // So many that their rehearsal takes a while.
    let many = (0..5_000).map(|number| Unit {
        id: UnitId::Imei(imei(number)),
        ..one.clone()
    });
    inventory.upsert_units(many.collect()).wait().unwrap();
    let other = left(&inventory, &to_begin(vans(), foreseen));
    let pause = Asked::OfPush(AskedOfPush {
        push,
        wish: PushWish::Pause,
        by: "another terminal".into(),
        ports: Vec::new(),
        folders: Vec::new(),
    });
    assert_eq!(answer(&inventory, &pause), PushAnswer::Done);
    assert_eq!(other.answer(), None, "it waited for the rehearsal");
    let refused = answer_to(&other);
    assert!(matches!(refused, PushAnswer::Refused { .. }), "{refused:?}");
    engine.quit();
    while !matches!(events.recv(), Ok(Event::Ended) | Err(_)) {}
    engine.join();
}
