//! Tests of drafts: what families say to a value, acts on a draft, differences, release, and what is taken from a unit.

use super::*;
use crate::profile::{Profile, ProfileRegistry, to_wire};
use crate::setting::ShownValue;
use crate::unit::Unit;
use jiff::Timestamp;
use proptest::prelude::*;

fn key(text: &str) -> SettingKey {
    SettingKey::new(text).unwrap()
}

static SHIPPED: std::sync::LazyLock<ProfileRegistry> =
    std::sync::LazyLock::new(ProfileRegistry::shipped);

fn shipped() -> Vec<std::sync::Arc<Profile>> {
    SHIPPED.all().cloned().collect()
}

fn profile(id: &str) -> std::sync::Arc<Profile> {
    SHIPPED.get(id).unwrap().clone()
}

fn with(settings: &[(&str, Value)]) -> Template {
    let mut template = Template::empty("Vans", 1);
    for (name, value) in settings {
        template.settings.insert(key(name), value.clone());
    }
    template
}

fn text(text: &str) -> Value {
    Value::Text(text.to_owned())
}

#[test]
fn a_value_that_one_family_cannot_hold_is_said_with_the_nearest_that_it_can() {
    let template = with(&[("report.moving_interval_s", Value::Integer(3))]);
    let meitrack = profile("meitrack");
    let teltonika = profile("teltonika-fmb");
    let found = all_objections([&*meitrack, &*teltonika], &template);
    assert_eq!(found.len(), 1, "{found:?}");
    assert_eq!(found[0].profile, "meitrack");
    assert_eq!(found[0].nearest, Some(Value::Integer(10)));
    assert!(found[0].why.contains("off or 10 s to"), "{}", found[0].why);
    // 14 s stands between two steps: the nearer of them.
    let template = with(&[("report.moving_interval_s", Value::Integer(14))]);
    let found = all_objections([&*meitrack], &template);
    assert_eq!(found[0].nearest, Some(Value::Integer(10)));
    assert!(
        found[0].words().contains("in steps of 10 s"),
        "{}",
        found[0].words()
    );
}

#[test]
fn a_family_that_lacks_a_setting_says_why_unless_a_unit_may_lack_it() {
    let template = with(&[("report.moving_interval_s", Value::Integer(30))]);
    let modem = profile("modem-3gpp");
    let found = all_objections([&*modem], &template);
    assert!(found[0].lacks && !found[0].why.is_empty(), "{found:?}");
    let optional = template
        .edited(TemplateEdit::Optional(
            key("report.moving_interval_s"),
            true,
        ))
        .unwrap();
    assert_eq!(all_objections([&*modem], &optional), []);
    let left_out = template
        .edited(TemplateEdit::LeaveOut {
            profile: "modem-3gpp".into(),
            key: key("report.moving_interval_s"),
            on: true,
        })
        .unwrap();
    assert_eq!(all_objections([&*modem], &left_out), []);
}

#[test]
fn a_family_that_asks_where_a_setting_stands_lists_its_places_and_then_its_limits() {
    let calamp = profile("calamp-lmu");
    let moving = key("report.moving_interval_s");
    let template = with(&[(moving.as_str(), Value::Integer(30))]);
    let stand = stands([&*calamp], &template, &moving);
    let Stand::AsksWhere(places) = &stand[0].stand else {
        panic!("{stand:?}");
    };
    let place = places[0].0.clone();
    assert!(all_objections([&*calamp], &template)[0].lacks);
    let mapped = template
        .edited(TemplateEdit::Map {
            profile: "calamp-lmu".into(),
            key: moving.clone(),
            place: Some(place),
        })
        .unwrap();
    assert_eq!(all_objections([&*calamp], &mapped), []);
    assert!(matches!(
        stands([&*calamp], &mapped, &moving)[0].stand,
        Stand::Takes(Limit::Number { .. })
    ));
}

#[test]
fn another_value_for_one_family_is_what_its_units_get() {
    let moving = key("report.moving_interval_s");
    let template = with(&[(moving.as_str(), Value::Integer(7))])
        .edited(TemplateEdit::Apart {
            profile: "meitrack".into(),
            key: moving.clone(),
            value: Some(Value::Integer(60)),
        })
        .unwrap();
    let (own, left_out) = template.on("meitrack");
    assert_eq!(own.settings[&moving], Value::Integer(60));
    assert!(left_out.is_empty());
    assert_eq!(
        template.on("queclink").0.settings[&moving],
        Value::Integer(7)
    );
    assert_eq!(all_objections([&*profile("meitrack")], &template), []);
    let again = Template::from_toml_redacted(&template.to_toml_redacted()).unwrap();
    assert_eq!(again, template);
    assert!(matches!(
        with(&[("apn.password", Value::Secret(Secret::new("x")))]).edited(TemplateEdit::Apart {
            profile: "meitrack".into(),
            key: key("apn.password"),
            value: Some(text("y")),
        }),
        Err(EditRefused::SecretApart(_))
    ));
}

#[test]
fn a_file_can_set_a_family_apart_but_not_its_secrets() {
    let file = |lines: &str| {
        format!(
            "name = \"a\"\nversion = 1\n[settings]\nreport.moving_interval_s = 30\napn.password = \"canary\"\n{lines}"
        )
    };
    let good = Template::from_toml(&file(
        "[family.meitrack]\nreport.moving_interval_s = 60\n[family.xirgo]\nleave_out = [\"report.moving_interval_s\"]\n",
    ))
    .unwrap();
    assert_eq!(good.apart.len(), 2);
    for (bad, expected) in [
        (
            "[family.meitrack]\napn.password = \"canary\"\n",
            "same for every family",
        ),
        (
            "[family.meitrack]\napn.name = \"x\"\n",
            "not among the settings",
        ),
        (
            "[family.meitrack]\nleave_out = [\"apn.name\"]\n",
            "not among the settings",
        ),
        ("[family.meitrack]\nleave_out = 3\n", "is a list"),
        ("[family]\nmeitrack = 3\n", "this is a table"),
    ] {
        let problems = Template::from_toml(&file(bad)).unwrap_err();
        let told = format!("{problems:?}");
        assert!(told.contains(expected), "{bad}: {told}");
        assert!(!told.contains("canary"), "{told}");
    }
}

#[test]
fn what_is_typed_becomes_a_value_with_its_unit() {
    let moving = key("report.moving_interval_s");
    let seconds =
        |typed_text: &str, bare| match typed(&moving, SettingKind::Integer, typed_text, bare) {
            Ok(Value::Integer(number)) => Some(number),
            _ => None,
        };
    for (typed_text, bare, expected) in [
        ("20", 1, Some(20)),
        ("6", 3_600, Some(21_600)),
        ("6 h", 1, Some(21_600)),
        ("90min", 1, Some(5_400)),
        (" 2 days ", 60, Some(172_800)),
        ("3,600", 1, Some(3_600)),
        ("off", 60, Some(0)),
        ("", 1, None),
        ("20x", 1, None),
        ("1.5 h", 1, None),
        ("-5", 1, None),
        ("99999999999999999 h", 1, None),
    ] {
        assert_eq!(seconds(typed_text, bare), expected, "{typed_text:?}");
    }
    assert_eq!(
        typed(&key("server.transport"), SettingKind::Choice, "TCP", 1),
        Ok(text("tcp"))
    );
    assert!(typed(&key("server.host"), SettingKind::Text, "a b", 1).is_err());
    assert!(typed(&key("server.port"), SettingKind::Integer, "5 min", 1).is_err());
    let secret = typed(&key("apn.password"), SettingKind::Secret, " canary ", 1).unwrap();
    assert_eq!(secret, Value::Secret(Secret::new(" canary ")));
}

#[test]
fn acts_on_a_draft_leave_no_traces_of_a_removed_setting() {
    let moving = key("report.moving_interval_s");
    let template = with(&[(moving.as_str(), Value::Integer(7))]);
    let full = [
        TemplateEdit::Optional(moving.clone(), true),
        TemplateEdit::Map {
            profile: "calamp-lmu".into(),
            key: moving.clone(),
            place: Some("265,0".into()),
        },
        TemplateEdit::LeaveOut {
            profile: "xirgo".into(),
            key: moving.clone(),
            on: true,
        },
        TemplateEdit::Set(key("apn.password"), Value::Secret(Secret::new("canary"))),
    ]
    .into_iter()
    .fold(template, |template, edit| template.edited(edit).unwrap());
    assert!(!full.to_toml_redacted().contains("canary"));
    let bare = full
        .edited(TemplateEdit::Remove(moving.clone()))
        .unwrap()
        .edited(TemplateEdit::Remove(key("apn.password")))
        .unwrap();
    assert_eq!(bare, Template::empty("Vans", 1));
    assert_eq!(
        bare.edited(TemplateEdit::Remove(moving.clone())),
        Err(EditRefused::NotThere(moving))
    );
    assert_eq!(
        Template::from_toml_redacted(&bare.to_toml_redacted()).unwrap(),
        bare,
        "an empty draft is kept"
    );
}

#[test]
fn differences_are_told_in_the_order_of_people_and_never_show_a_secret() {
    let old = with(&[
        ("server.host", text("a.example")),
        ("report.moving_interval_s", Value::Integer(30)),
        ("apn.password", Value::Secret(Secret::new("canary-1"))),
        ("apn.user", text("x")),
    ]);
    let mut new = with(&[
        ("server.host", text("a.example")),
        ("report.moving_interval_s", Value::Integer(20)),
        ("report.parked_interval_s", Value::Integer(21_600)),
        ("apn.password", Value::Secret(Secret::new("canary-2"))),
    ]);
    new.optional.insert(key("report.parked_interval_s"));
    let told: Vec<String> = difference(&old, &new)
        .iter()
        .map(Difference::words)
        .collect();
    assert_eq!(
        told,
        [
            "APN user: no longer set, was x",
            "APN password: another one",
            "Moving, every: 30 s, now 20 s",
            "Parked, every: new, 6 h",
            "Parked, every: a unit may now lack it",
        ]
    );
    assert_eq!(difference(&old, &old), []);
    let stored =
        |template: &Template| Template::from_toml_redacted(&template.to_toml_redacted()).unwrap();
    let told = difference(&stored(&old), &stored(&old));
    assert!(matches!(
        told[..],
        [Difference {
            what: Changed::SecretUnknown,
            ..
        }]
    ));
}

#[test]
fn what_other_models_of_a_family_cannot_hold_stands_against_no_release() {
    let queclink = profile("queclink");
    let all = shipped();
    let all: Vec<&Profile> = all.iter().map(|each| &**each).collect();
    let draft = with(&[("report.moving_interval_s", Value::Integer(60))]);
    let stops = |models: &[Option<&'static str>]| {
        let in_use = [InUse::new(&queclink, models.iter().copied())];
        release_stops(&draft, &in_use, all.clone())
    };
    assert_eq!(stops(&[Some("GV55")]), []);
    let [ReleaseStop::Objection(objection)] = &stops(&[Some("GV55"), Some("GL500")])[..] else {
        panic!("a GL500 does not take it");
    };
    assert_eq!(objection.models, ["GL500"]);
    assert!(!stops(&[None]).is_empty(), "it may be any of them");
    assert!(models_that_hold(&queclink, &draft).contains("GV55"));
    assert!(!models_that_hold(&queclink, &draft).contains("GL500"));
    // Nobody has it yet, and one model that can hold it is enough.
    let only = [&*queclink];
    assert_eq!(release_stops(&draft, &[], only), []);
}

#[test]
fn a_draft_is_released_only_when_the_units_that_have_it_could_take_it() {
    let (meitrack, teltonika) = (profile("meitrack"), profile("teltonika-fmb"));
    let all = shipped();
    let all: Vec<&Profile> = all.iter().map(|each| &**each).collect();
    let nobody: &[InUse<'_>] = &[];
    let of_teltonika = || InUse::new(&teltonika, [None]);
    let empty = Template::empty("Vans", 1);
    assert_eq!(
        release_stops(&empty, nobody, all.clone()),
        [ReleaseStop::Empty]
    );
    let draft = with(&[("report.moving_interval_s", Value::Integer(3))]);
    assert_eq!(release_stops(&draft, nobody, all.clone()), []);
    assert_eq!(release_stops(&draft, &[of_teltonika()], all.clone()), []);
    assert!(matches!(
        release_stops(
            &draft,
            &[of_teltonika(), InUse::new(&meitrack, [None])],
            all.clone()
        )[..],
        [ReleaseStop::Objection(_)]
    ));
    let odd = with(&[("no.such", Value::Integer(3))]);
    assert!(
        release_stops(&odd, nobody, all.clone()).contains(&ReleaseStop::UnknownKey(key("no.such")))
    );
    let mut locked = draft.clone();
    locked.missing_secrets.insert(key("apn.password"));
    let stops = release_stops(&locked, &[of_teltonika()], all.clone());
    assert_eq!(stops, [ReleaseStop::SecretMissing(key("apn.password"))]);
    let impossible = with(&[
        ("teltonika.gprs", text("on")),
        ("meitrack.distance_m", Value::Integer(1)),
    ]);
    assert!(matches!(
        release_stops(&impossible, nobody, all)[..],
        [ReleaseStop::FitsNobody(_)]
    ));
}

#[test]
fn what_belongs_to_one_unit_stays_out_of_the_template() {
    let (id, _) = crate::UnitId::from_unit_answer("490154203237518").unwrap();
    let mut unit = Unit::new(id, Timestamp::UNIX_EPOCH);
    unit.profile = Some("suntech".into());
    unit.settings = [
        ("server.host", ShownValue::Text("gps.example.net".into())),
        ("server.port", ShownValue::Integer(0)),
        (
            "apn.name",
            ShownValue::Text("u490154203237518.example".into()),
        ),
        ("apn.password", ShownValue::Secret { secret_set: true }),
        ("report.parked_interval_s", ShownValue::Integer(3_600)),
        ("suntech.sim_pin", ShownValue::Secret { secret_set: true }),
        ("no.such", ShownValue::Integer(1)),
    ]
    .into_iter()
    .map(|(name, value)| (key(name), value))
    .collect();
    let taken = Taken::from_unit(&unit, &profile("suntech"));
    let kept: Vec<&str> = taken.settings.keys().map(SettingKey::as_str).collect();
    assert_eq!(kept, ["report.parked_interval_s", "server.host"]);
    assert!(taken.guarded.contains(&key("server.host")));
    assert_eq!(taken.secrets, BTreeSet::from([key("apn.password")]));
    let out: Vec<&str> = taken.left_out.iter().map(|(key, _)| key.as_str()).collect();
    assert_eq!(out.len(), 4, "{:?}", taken.left_out);
    for name in ["server.port", "apn.name", "suntech.sim_pin", "no.such"] {
        assert!(out.contains(&name), "{name}");
    }
    let draft = taken.into_draft("From a unit", 1);
    assert_eq!(draft.missing_secrets.len(), 1);
    assert!(draft.has(&key("server.host")));
}

#[test]
fn limits_are_said_for_every_setting_of_every_family() {
    for profile in shipped() {
        for setting in &profile.settings {
            for stand in stands([&*profile], &Template::empty("a", 1), &setting.key) {
                let words = match &stand.stand {
                    Stand::Takes(limit) => limit.words(&setting.key),
                    Stand::AsksWhere(places) => places[0].1.clone(),
                    Stand::Lacks(why) => why.clone(),
                };
                assert!(!words.trim().is_empty() && !stand.whom().is_empty());
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(16))]
    #[test]
    fn nothing_speaks_against_exactly_the_values_that_can_be_written(number in -10_i64..700_000, word in "[ -~é]{0,70}") {
        let template = Template::empty("a", 1);
        for profile in shipped() {
            for setting in profile.settings.iter().filter(|setting| !setting.mapped) {
                for value in [Value::Integer(number), Value::Text(word.clone())] {
                    let found = objections([&*profile], &template, &setting.key, Some(&value));
                    let mut refused = 0;
                    for variant in &profile.variants {
                        let Ok(here) = crate::plan::reached(&profile, variant, &template, &setting.key) else {
                            refused += 1;
                            continue;
                        };
                        refused += usize::from(to_wire(&profile, &here, &value).is_err());
                        for nearest in found.iter().filter(|each| each.models.is_empty()).filter_map(|each| each.nearest.as_ref()) {
                            prop_assert!(to_wire(&profile, &here, nearest).is_ok(), "{} {nearest:?}", setting.key);
                        }
                    }
                    prop_assert_eq!(refused == 0, found.is_empty(), "{} on {}", &setting.key, &profile.id);
                }
            }
        }
    }
}
