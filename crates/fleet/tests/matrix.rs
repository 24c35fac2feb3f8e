//! No question that is asked of a stranger can harm a unit of another family: each family's questions against every other family's language.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic
)]

use fleet::dialogue::{Knowledge, Recognition};
use fleet::profile::{Access, Framing, Pattern, ProfileRegistry, Save};
use fleet::simulator::{SimulatedUnit, SimulatedUnitOptions, SimulatorEvent};
use fleet::{Moment, Profile};
use std::sync::Arc;

fn all() -> Vec<Arc<Profile>> {
    ProfileRegistry::shipped().all().cloned().collect()
}

/// Everything that a family sends to find out who is there: every question of `identify.ask` and the question whether it is locked.
fn questions(profile: &Profile) -> Vec<String> {
    let mut names: Vec<&String> = profile.identify.ask.iter().collect();
    if let Access::Keyword { state, .. } = &profile.access {
        names.push(state);
    }
    let fill = |name: &str| {
        Some(match name {
            "serial" => "1000".into(),
            "password" => match &profile.access {
                Access::PasswordInRequest { factory } => factory[0].clone().into(),
                _ => "".into(),
            },
            "label" | "imei" | "id" => "356868000041418".into(),
            _ => "4141000100".into(),
        })
    };
    let mut all: Vec<String> = names
        .iter()
        .map(|name| profile.exchange[*name].request.format(fill).unwrap())
        .collect();
    all.push(profile.line.wake.clone());
    all
}

/// Requests that change something, or that count a try: writes, save, restart, log-in, service code and what stands around them.
fn changing(profile: &Profile) -> Vec<(String, Pattern)> {
    let mut names: Vec<String> = Vec::new();
    names.extend(
        profile
            .positional
            .iter()
            .filter_map(|each| each.write.clone()),
    );
    if let Some(single) = &profile.single {
        names.extend(single.write.clone());
        names.extend(single.before.clone());
        names.extend(single.after.clone());
    }
    if let Save::Exchange { exchange } = &profile.save {
        names.push(exchange.clone());
    }
    names.extend(
        profile
            .restart
            .iter()
            .filter_map(|each| each.exchange.clone()),
    );
    match &profile.access {
        Access::Keyword { login, .. } => names.push(login.clone()),
        Access::ServiceCode { exchange } => names.push(exchange.clone()),
        Access::Open | Access::PasswordInRequest { .. } => {}
    }
    let mut all: Vec<(String, Pattern)> = names
        .into_iter()
        .map(|name| (name.clone(), profile.exchange[&name].request.clone()))
        .collect();
    if let Some(parameters) = &profile.parameters {
        all.push(("batch".to_owned(), parameters.write.request.clone()));
    }
    all
}

#[test]
fn no_familys_question_is_a_write_in_any_familys_language() {
    let families = all();
    let mut pairs = 0;
    for asking in &families {
        for question in questions(asking) {
            for asked in families.iter().filter(|asked| asked.id != asking.id) {
                // Without its length and checksum a text is nothing to a family of counted frames; the other test sends the bytes.
                if matches!(&asked.line.framing, Framing::Counted { request_start, .. } if !question.starts_with(request_start))
                {
                    continue;
                }
                for (name, pattern) in changing(asked) {
                    pairs += 1;
                    assert!(
                        pattern.parse(&question).is_none(),
                        "{}: {question:?} is '{name}' of {}",
                        asking.id,
                        asked.id
                    );
                }
            }
        }
    }
    assert!(pairs > 500, "{pairs}");
}

/// All questions of all families, as they follow each other on an unknown port, and glued in every order of two.
#[test]
fn a_unit_that_hears_every_familys_questions_is_as_before() {
    let families = all();
    let mut heard: Vec<Vec<u8>> = Vec::new();
    for asking in &families {
        for question in questions(asking) {
            let mut bytes = question.into_bytes();
            bytes.extend_from_slice(asking.line.request_end.as_bytes());
            heard.push(bytes);
        }
    }
    for asked in &families {
        for model in &asked.simulator.units {
            let options = SimulatedUnitOptions {
                model: Some(model.variant.clone()),
                seed: 3,
                ..SimulatedUnitOptions::default()
            };
            let mut now = Moment(1000);
            let mut unit = SimulatedUnit::new(Arc::clone(asked), options, now).unwrap();
            let (ram, flash) = (unit.ram().clone(), unit.flash().clone());
            for one in &heard {
                for other in &heard {
                    unit.receive(one, now);
                    unit.receive(other, now);
                    now = now.plus_ms(40);
                    while unit.take_outgoing(now).is_some() {}
                }
            }
            now = now.plus_ms(5000);
            unit.timeout(now);
            let name = format!("{} {}", asked.id, model.variant);
            assert_eq!((unit.ram(), unit.flash()), (&ram, &flash), "{name}");
            while let Some(event) = unit.next_event() {
                assert!(
                    !matches!(
                        event,
                        SimulatorEvent::Wrote { .. }
                            | SimulatorEvent::Saved
                            | SimulatorEvent::Restarted
                    ),
                    "{name}: {event:?}"
                );
            }
        }
    }
}

/// A port on which nobody answers is given up within ten seconds, whatever is asked.
#[test]
fn a_silent_port_is_given_up_within_ten_seconds() {
    let families: Vec<_> = all()
        .into_iter()
        .map(|profile| (profile, Knowledge::default()))
        .collect();
    let began = Moment(1000);
    let mut now = began;
    let mut recognition = Recognition::new(families, now);
    let mut sent = Vec::new();
    let event = loop {
        while let Some(bytes) = recognition.take_outgoing() {
            sent.push(String::from_utf8_lossy(&bytes).into_owned());
        }
        if let Some(event) = recognition.next_event() {
            break event;
        }
        now = recognition.next_deadline().unwrap().max(now.plus_ms(1));
        recognition.timeout(now);
    };
    assert!(now.since_ms(began) <= 10_000, "{} ms", now.since_ms(began));
    assert!(
        matches!(
            event,
            fleet::dialogue::RecognitionEvent::Failed(fleet::Fault::Silent)
        ),
        "{event:?}"
    );
    // Without a label the family that needs one was not asked; every other one was, at least once.
    for profile in all() {
        let first = &profile.exchange[&profile.identify.ask[0]].request;
        let counted = matches!(profile.line.framing, Framing::Counted { .. });
        if counted || first.text().is_empty() {
            continue;
        }
        let asked = sent
            .iter()
            .any(|text| first.parse(text.trim_end_matches(['\r', '\n'])).is_some());
        assert!(asked, "{} was not asked: {sent:?}", profile.id);
    }
}
