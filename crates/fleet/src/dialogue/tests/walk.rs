//! Dialogues with simulated units of every shipped model, clean and with what can be wrong with them.

use super::*;
use crate::simulator::SimulatorFault as Wrong;

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

fn families() -> Vec<(Arc<Profile>, Knowledge)> {
    [FMB, QUECLINK]
        .map(|id| (profile(id), Knowledge::default()))
        .to_vec()
}

#[test]
fn every_simulated_model_is_recognised_and_read() {
    for (family, model) in models() {
        let mut now = Moment(1000);
        let mut unit = simulated(&family, &model, &[]);
        let mut recognition = Recognition::new(families(), now);
        let RecognitionEvent::Recognised(mut dialogue, identity) =
            recognise(&mut recognition, &mut unit, &mut now)
        else {
            panic!("{family} {model}");
        };
        assert_eq!(identity.variant, model);
        assert_eq!(identity.id.as_str(), unit.identity().id());
        let first = now.since_ms(Moment(1000));
        let reading = reading(run(&mut dialogue, &mut unit, &mut now, Operation::ReadAll));
        eprintln!(
            "{family} {model}: known after {first} ms, read after {} ms, {} places",
            now.0,
            reading.places.len()
        );
        assert!(reading.complete, "{family} {model}");
        let named =
            |place: &Place| !matches!(place, Place::Field { field, .. } if field.starts_with('_'));
        for (place, text) in unit.ram().iter().filter(|(place, _)| named(place)) {
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
fn walk(family: &str, model: &str, faults: &[Wrong]) -> Result<(Dialogue, SimulatedUnit), Fault> {
    let mut now = Moment(1000);
    let mut unit = simulated(family, model, faults);
    let mut recognition = Recognition::new(families(), now);
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
    for write in writes(family) {
        assert_eq!(
            after.get(&write.place),
            Some(write.after.reveal()),
            "{family} {model} {faults:?}"
        );
        assert_eq!(
            unit.flash().get(&write.place).map(String::as_str),
            Some(write.after.reveal())
        );
    }
    Ok((dialogue, unit))
}

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
        let (dialogue, _) = walk(&family, &model, &[])
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
        Wrong::DroppedByteOnce,
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
            if let Err(found) = walk(family, model, &[fault]) {
                panic!("{family} {model} {}: {found:?}", fault.name());
            }
        }
    }
}

#[test]
fn what_cannot_be_overcome_is_named() {
    let fault = |family, model, wrong| walk(family, model, &[wrong]).err();
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
    for (family, model) in [(FMB, "fmb920"), (QUECLINK, "gv55")] {
        for wrong in [Wrong::TooSlow, Wrong::EndlessLine, Wrong::FlippedBitOnce] {
            eprintln!("{family} {wrong:?} {:?}", fault(family, model, wrong));
        }
    }
    eprintln!("{:?}", fault(QUECLINK, "gv55", Wrong::WrongPassword));
    eprintln!("{:?}", fault(FMB, "fmb920", Wrong::BinaryMode));
    eprintln!("{:?}", fault(QUECLINK, "gv55", Wrong::PartialBatch));
}
