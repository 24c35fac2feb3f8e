//! Templates: a released one is looked at, a draft is worked on with each family's limits beside what is typed.

use super::{Desktop, sample};
use eframe::egui::accesskit::Role;
use eframe::egui::{Key, Modifiers};
use fleet::profile::ProfileRegistry;
use fleet::template::{ReleaseStop, TemplateEdit, all_objections};
use fleet::{SettingKey, Template, Value};
use fleetdesk::engine::{
    Command, DraftStart, Event, TemplateFacts, TemplatePage, TemplateUse, TemplateWish, Toast,
};
use fleetdesk::ui::desk::Screen;
use std::sync::Arc;

fn key(text: &str) -> SettingKey {
    SettingKey::new(text).unwrap()
}

fn facts(version: u32, released: bool) -> TemplateFacts {
    TemplateFacts {
        name: "Van standard".into(),
        version,
        released,
        based_on: (!released).then_some(version - 1),
        ..TemplateFacts::default()
    }
}

fn page(moving_s: i64) -> TemplatePage {
    let contents = Template::empty("Van standard", 6)
        .edited(TemplateEdit::Set(
            key("report.moving_interval_s"),
            Value::Integer(moving_s),
        ))
        .unwrap();
    let registry = ProfileRegistry::shipped();
    let meitrack = registry.get("meitrack").unwrap();
    let stops = all_objections([&**meitrack], &contents);
    TemplatePage {
        name: "Van standard".into(),
        version: 6,
        contents: Arc::new(contents),
        stops: stops.into_iter().map(ReleaseStop::Objection).collect(),
        families: vec!["meitrack".into()],
        used: vec![TemplateUse {
            version: Some(5),
            profile: Some("meitrack".into()),
            units: 1_204,
        }],
        ..TemplatePage::default()
    }
}

fn desktop(moving_s: i64) -> Desktop {
    let mut desktop = Desktop::with(vec![
        sample::bench(false),
        Event::Families(ProfileRegistry::shipped()),
        Event::Templates(vec![facts(6, false), facts(5, true)]),
        Event::TemplateOpened(Box::new(page(moving_s))),
    ]);
    desktop.desk().screen = Screen::Templates;
    desktop.settle();
    desktop
}

fn template_wishes(desktop: &Desktop) -> Vec<TemplateWish> {
    let wishes = desktop.wishes().into_iter();
    wishes
        .filter_map(|wish| match wish {
            Command::Template(wish) => Some(wish),
            _ => None,
        })
        .collect()
}

#[test]
fn a_draft_says_which_family_cannot_hold_what_is_typed_and_offers_the_nearest() {
    let mut desktop = desktop(7);
    assert!(desktop.shows_words(Role::Alert, "nearest 10 s"));
    assert!(desktop.shows(Role::Group, "Cannot be released yet"));
    assert!(desktop.is_off(Role::Button, "Release v6"));
    template_wishes(&desktop);
    desktop.click(Role::Button, "Set 10 s for meitrack");
    let wishes = template_wishes(&desktop);
    assert!(
        matches!(&wishes[..], [TemplateWish::Edit(name, edits)]
            if name == "Van standard" && matches!(&edits[..], [TemplateEdit::Apart { profile, value: Some(Value::Integer(10)), .. }] if profile == "meitrack")),
        "{wishes:?}"
    );
}

#[test]
fn a_draft_in_order_is_released_by_a_person_with_a_name() {
    let mut desktop = desktop(30);
    assert!(
        desktop.is_off(Role::Button, "Release v6"),
        "nobody has said who releases it"
    );
    desktop.focus(Role::TextInput, "Who releases it");
    desktop.types("Lead");
    template_wishes(&desktop);
    desktop.click(Role::Button, "Release v6");
    let wishes = template_wishes(&desktop);
    assert!(
        matches!(&wishes[..], [TemplateWish::Release(name, who)] if name == "Van standard" && who == "Lead"),
        "{wishes:?}"
    );
}

#[test]
fn a_new_draft_begins_from_a_released_version_and_only_one_at_a_time() {
    let mut desktop = Desktop::with(vec![
        sample::bench(false),
        Event::Families(ProfileRegistry::shipped()),
        Event::Templates(vec![facts(5, true)]),
    ]);
    desktop.desk().screen = Screen::Templates;
    desktop.settle();
    template_wishes(&desktop);
    desktop.click(Role::Button, "New draft from v5");
    let wishes = template_wishes(&desktop);
    assert!(
        matches!(&wishes[..], [TemplateWish::Begin(DraftStart::Version(name, 5))] if name == "Van standard"),
        "{wishes:?}"
    );
}

#[test]
fn what_models_that_no_unit_is_lack_is_not_held_against_a_value() {
    let shown = |models: Vec<(Option<String>, Option<String>)>| {
        let page = TemplatePage {
            families: vec!["queclink".into()],
            models,
            stops: Vec::new(),
            ..page(60)
        };
        let mut desktop = desktop(60);
        desktop.tell(Event::TemplateOpened(Box::new(page)));
        desktop.shows_words(Role::Alert, "cannot have it")
    };
    assert!(shown(Vec::new()), "they may be any models");
    let gv55 = (Some("queclink".to_owned()), Some("GV55".to_owned()));
    assert!(!shown(vec![gv55]), "no unit is a GL500");
}

/// Keeps what the window wants kept, as the engine does: the page comes back with it.
fn kept(desktop: &mut Desktop) -> Option<i64> {
    let mut last = None;
    for wish in template_wishes(desktop) {
        let TemplateWish::Edit(_, edits) = wish else {
            continue;
        };
        for edit in edits {
            if let TemplateEdit::Set(_, Value::Integer(seconds)) = edit {
                desktop.tell(Event::TemplateOpened(Box::new(page(seconds))));
                last = Some(seconds);
            }
        }
    }
    last
}

fn field() -> String {
    fleet::wording::setting(&key("report.moving_interval_s"))
}

fn typed_anew(desktop: &mut Desktop, text: &str) {
    desktop.press(Modifiers::COMMAND, Key::A);
    desktop.types(text);
}

#[test]
fn what_is_typed_stays_as_typed_with_its_unit_until_the_field_is_left() {
    let mut desktop = desktop(30);
    desktop.focus(Role::TextInput, &field());
    typed_anew(&mut desktop, "300");
    desktop.settle();
    assert_eq!(
        kept(&mut desktop),
        Some(300),
        "a draft is kept while one types"
    );
    assert_eq!(desktop.value(Role::TextInput, &field()), "300");
    desktop.types("5");
    desktop.settle();
    assert_eq!(kept(&mut desktop), Some(3_005));
    typed_anew(&mut desktop, "90000");
    desktop.settle();
    assert_eq!(kept(&mut desktop), Some(90_000));
    typed_anew(&mut desktop, "20");
    desktop.settle();
    assert_eq!(
        kept(&mut desktop),
        Some(20),
        "seconds were never changed into hours"
    );
    typed_anew(&mut desktop, "300");
    desktop.key(Key::Tab);
    assert_eq!(kept(&mut desktop), Some(300));
    assert_eq!(
        desktop.value(Role::TextInput, &field()),
        "5",
        "minutes, once it was left"
    );
    desktop.focus(Role::TextInput, &field());
    typed_anew(&mut desktop, "6");
    desktop.key(Key::Enter);
    assert_eq!(
        kept(&mut desktop),
        Some(360),
        "what is typed counts in the unit that is shown"
    );
}

#[test]
fn what_was_just_typed_is_kept_when_another_screen_is_shown() {
    let mut desktop = desktop(30);
    desktop.focus(Role::TextInput, &field());
    typed_anew(&mut desktop, "45");
    template_wishes(&desktop);
    desktop.harness.event(eframe::egui::Event::Text("0".into()));
    desktop.press(Modifiers::COMMAND, Key::F);
    assert_eq!(kept(&mut desktop), Some(450));
}

#[test]
fn what_was_just_typed_is_kept_before_the_window_closes() {
    let mut desktop = desktop(30);
    desktop.focus(Role::TextInput, &field());
    typed_anew(&mut desktop, "45");
    template_wishes(&desktop);
    desktop.harness.event(eframe::egui::Event::Text("0".into()));
    desktop.harness.run_steps(3);
    desktop.wants_to_close();
    let wishes = desktop.wishes();
    let at = |is: fn(&Command) -> bool| wishes.iter().position(is);
    let kept = at(|wish| matches!(wish, Command::Template(TemplateWish::Edit(..))));
    let quit = at(|wish| matches!(wish, Command::Quit));
    assert!(kept.is_some() && kept < quit, "{wishes:?}");
}

#[test]
fn f6_reaches_the_settings_of_a_draft_beside_its_list() {
    let mut desktop = desktop(30);
    desktop.press(Modifiers::NONE, Key::Escape);
    let before_form = (0..9).find(|_| {
        desktop.key(Key::F6);
        desktop.has_keyboard(Role::TextInput, &field())
    });
    assert!(before_form.is_some());
}

#[test]
fn a_dropped_draft_is_taken_back_from_its_message_and_with_ctrl_z() {
    for by_key in [false, true] {
        let mut desktop = desktop(30);
        template_wishes(&desktop);
        desktop.click(Role::Button, "Drop the draft");
        assert_eq!(
            template_wishes(&desktop),
            [TemplateWish::Drop("Van standard".into())]
        );
        let back = TemplateWish::TakeBack("Van standard".into());
        desktop.tell(Event::Toast(Toast {
            text: "The draft of Van standard is dropped".into(),
            warning: false,
            undo: Some(back.clone()),
            unit: None,
        }));
        desktop.tell(Event::Templates(vec![facts(5, true)]));
        template_wishes(&desktop);
        if by_key {
            desktop.press(Modifiers::COMMAND, Key::Z);
        } else {
            desktop.click(Role::Button, "Undo");
        }
        let wishes = template_wishes(&desktop);
        assert!(wishes.contains(&back), "{wishes:?}");
        assert!(!desktop.shows(Role::Button, "Undo"), "once");
        desktop.tell(Event::Templates(vec![facts(6, false), facts(5, true)]));
        desktop.tell(Event::TemplateOpened(Box::new(page(30))));
        assert!(desktop.shows(Role::Heading, "Van standard, draft of v6"));
    }
}

#[test]
fn why_a_draft_cannot_be_released_is_said_in_a_small_window_too() {
    for size in [[1440.0, 900.0], [1100.0, 700.0], [900.0, 600.0]] {
        let mut desktop = Desktop::sized(
            vec![
                sample::bench(false),
                Event::Families(ProfileRegistry::shipped()),
                Event::Templates(vec![facts(6, false), facts(5, true)]),
                Event::TemplateOpened(Box::new(page(30))),
            ],
            size,
        );
        desktop.desk().screen = Screen::Templates;
        desktop.settle();
        assert!(
            desktop.shows_words(Role::Label, "Release: say who releases it."),
            "{size:?}"
        );
    }
}
