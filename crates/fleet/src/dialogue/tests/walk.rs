//! Dialogues with simulated units of every shipped model, clean and with what can be wrong with them.

use super::*;
use crate::simulator::SimulatorFault as Wrong;

/// How many different units each fault is tried with.
const SEEDS: u64 = 4;

fn models() -> Vec<(String, String)> {
    ProfileRegistry::shipped()
        .all()
        .flat_map(|profile| {
            let units = profile.simulator.units.iter();
            units
                .map(|unit| (profile.id.clone(), unit.variant.clone()))
                .collect::<Vec<_>>()
        })
        .collect()
}

/// Every shipped family, with the number on the unit's housing.
fn families(unit: &SimulatedUnit) -> Vec<(Arc<Profile>, Knowledge)> {
    let knowledge = Knowledge {
        label: unit.imei().map(|imei| imei.parse().unwrap()),
        ..Knowledge::default()
    };
    let shipped = ProfileRegistry::shipped();
    let all = shipped.all();
    all.map(|profile| (Arc::clone(profile), knowledge.clone()))
        .collect()
}

/// Two families, for tests that are about one of them.
fn usual_families() -> Vec<(Arc<Profile>, Knowledge)> {
    [FMB, QUECLINK]
        .map(|id| (profile(id), Knowledge::default()))
        .to_vec()
}

#[test]
fn every_simulated_model_is_recognised_and_read() {
    for (family, model) in models() {
        let mut now = Moment(1000);
        let mut unit = simulated(&family, &model, &[], 7);
        let mut recognition = Recognition::new(families(&unit), now);
        let RecognitionEvent::Recognised(mut dialogue, identity) =
            recognise(&mut recognition, &mut unit, &mut now)
        else {
            panic!(
                "{family} {model}: {:?}",
                recognition.transcript().map(|each| each.to_lines())
            );
        };
        assert!(
            now.0 - 1000 <= 3000,
            "{family} {model}: recognised after {} ms",
            now.0 - 1000
        );
        assert_eq!(
            (identity.profile.as_str(), identity.variant.as_str()),
            (family.as_str(), model.as_str())
        );
        assert_eq!(identity.id.as_str(), unit.identity().id());
        let reading = reading(run(&mut dialogue, &mut unit, &mut now, Operation::ReadAll));
        assert!(reading.complete, "{family} {model}");
        let named =
            |place: &Place| !matches!(place, Place::Field { field, .. } if field.starts_with('_'));
        let profile = profile(&family);
        let shown = profile.readable_places(profile.variant(&model).unwrap());
        let hidden = |place: &Place| {
            profile
                .places_on(profile.variant(&model).unwrap())
                .contains(place)
                && !shown.contains(place)
        };
        let readable = profile.single.is_none()
            && profile
                .positional
                .as_ref()
                .is_none_or(|each| each.read.is_some());
        let told =
            |place: &Place| named(place) && !hidden(place) && (readable || shown.contains(place));
        for (place, text) in unit.ram().iter().filter(|(place, _)| told(place)) {
            assert_eq!(
                reading.get(place),
                Some(text.as_str()),
                "{family} {model} {place}"
            );
        }
    }
}

/// What a template could write on each simulated model used here.
fn writes(family: &str) -> Vec<PlaceWrite> {
    if family == FMB {
        vec![
            write("2001", "internet.example"),
            write("2003", "s3cret-apn"),
            write("2004", "track.example.net"),
            write("2005", "5027"),
            write("10050", "60"),
        ]
    } else {
        vec![
            write("BSI.apn", "internet.example"),
            write("BSI.apn_password", "s3cret-apn"),
            write("SRI.main_host", "track.example.net"),
            write("SRI.main_port", "5027"),
            write("FRI.send_interval", "60"),
        ]
    }
}

/// Recognise, read, write, save, read again; every written value must then stand in the unit's memory.
fn walk(family: &str, model: &str, faults: &[Wrong], seed: u64) -> Result<Dialogue, Fault> {
    let mut now = Moment(1000);
    let mut unit = simulated(family, model, faults, seed);
    let untouched = unit.flash().clone();
    let mut recognition = Recognition::new(usual_families(), now);
    let mut dialogue = match recognise(&mut recognition, &mut unit, &mut now) {
        RecognitionEvent::Recognised(dialogue, _) => *dialogue,
        RecognitionEvent::Failed(fault) => return Err(fault),
    };
    let mut go = |operation: Operation| match run(&mut dialogue, &mut unit, &mut now, operation) {
        OperationOutcome::Failed(fault) => Err(fault),
        outcome => Ok(outcome),
    };
    let before = reading(go(Operation::ReadAll)?);
    assert!(before.complete, "{family} {model} {faults:?}");
    let refused = match go(Operation::Write(writes(family)))? {
        OperationOutcome::Written { refused } => refused,
        other => panic!("{other:?}"),
    };
    if !refused.is_empty() {
        return Err(Fault::ValuesRefused {
            settings: refused.iter().map(Place::to_string).collect(),
        });
    }
    go(Operation::Save)?;
    go(Operation::Identify)?;
    let after = reading(go(Operation::ReadAll)?);
    let name = format!("{family} {model} {faults:?} seed {seed}");
    // A damaged byte in an answer without a checksum can be read wrongly once; it must never be written back.
    let undamaged = !faults.iter().any(|fault| DAMAGE.contains(fault));
    let mut expected = untouched;
    for write in writes(family) {
        if undamaged {
            assert_eq!(
                after.get(&write.place),
                Some(write.after.reveal()),
                "{name}"
            );
        }
        expected.insert(write.place, write.after.reveal().to_owned());
    }
    assert_eq!(unit.flash(), &expected, "{name}");
    Ok(dialogue)
}

/// What changes bytes on the line.
const DAMAGE: [Wrong; 2] = [Wrong::DroppedByteOnce, Wrong::FlippedBitOnce];

#[test]
fn every_simulated_model_is_written_and_read_again() {
    for (family, model) in models() {
        let family_profile = profile(&family);
        let variant = family_profile.variant(&model).unwrap();
        if writes(&family)
            .iter()
            .any(|write| !family_profile.places_on(variant).contains(&write.place))
        {
            continue;
        }
        let dialogue = walk(&family, &model, &[], 7)
            .unwrap_or_else(|fault| panic!("{family} {model}: {fault:?}"));
        let record = dialogue.transcript().to_json_lines();
        assert!(!record.contains("s3cret-apn"), "{family} {model}: {record}");
    }
}

#[test]
fn what_can_be_overcome_is_overcome() {
    let overcome = [
        Wrong::Slow,
        Wrong::CutReplyOnce,
        Wrong::InsertedNoise,
        Wrong::DoubledAck,
        Wrong::LateAckOnce,
        Wrong::AckLostApplied,
        Wrong::DumpShortOnce,
        Wrong::NotReadyTwice,
        Wrong::Garbage,
        Wrong::Echo,
        Wrong::SplitBytes,
        Wrong::GluedFrames,
        Wrong::OperatorsDisagree,
        Wrong::MissingSim,
    ];
    for (family, model) in [(FMB, "fmb920"), (QUECLINK, "gv55"), (QUECLINK, "gl300")] {
        for fault in overcome {
            for seed in 1..=SEEDS {
                if let Err(found) = walk(family, model, &[fault], seed) {
                    panic!("{family} {model} {} seed {seed}: {found:?}", fault.name());
                }
            }
        }
    }
}

#[test]
fn what_cannot_be_overcome_is_named() {
    let fault = |family, model, wrong| walk(family, model, &[wrong], 7).err();
    assert_eq!(fault(FMB, "fmb920", Wrong::Silent), Some(Fault::Silent));
    assert_eq!(fault(QUECLINK, "gv55", Wrong::Silent), Some(Fault::Silent));
    assert_eq!(
        fault(QUECLINK, "gv55", Wrong::ModemPort),
        Some(Fault::ModemPort)
    );
    assert_eq!(
        fault(FMB, "fmb920", Wrong::ModemPort),
        Some(Fault::ModemPort)
    );
    assert_eq!(
        fault(QUECLINK, "gv55", Wrong::BinaryMode),
        Some(Fault::BinaryMode)
    );
    assert!(matches!(
        fault(FMB, "fmb920", Wrong::WrongPassword),
        Some(Fault::Locked {
            tries_left: Some(_)
        })
    ));
    assert!(
        matches!(fault(FMB, "fmb920", Wrong::PartialBatch), Some(Fault::ValuesRefused { settings }) if settings.len() == 1)
    );
    assert_eq!(
        fault(QUECLINK, "gv55", Wrong::WrongPassword),
        Some(Fault::WrongPassword)
    );
    for (family, model) in [(FMB, "fmb920"), (QUECLINK, "gv55")] {
        let slow = fault(family, model, Wrong::TooSlow);
        assert!(
            matches!(
                slow,
                Some(Fault::NoAnswer { .. } | Fault::ReplyIncomplete { .. })
            ),
            "{slow:?}"
        );
        let endless = fault(family, model, Wrong::EndlessLine);
        assert!(
            matches!(endless, Some(Fault::TooMuch { .. })),
            "{endless:?}"
        );
    }
}

#[test]
fn a_damaged_byte_never_reaches_a_setting_that_nobody_changed() {
    for damage in DAMAGE {
        for seed in 1..=60 {
            // Whatever comes of it: `walk` compares the whole memory of the unit.
            let _ = walk(QUECLINK, "gv55", &[damage], seed);
        }
        for seed in 1..=10 {
            let _ = walk(FMB, "fmb920", &[damage], seed);
        }
    }
}
