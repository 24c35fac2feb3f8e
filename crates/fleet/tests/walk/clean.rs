//! Units without faults.

use super::desk::{Desk, every_model, is_caution};
use super::job::{Ended, walk, wanted};
use fleet::dialogue::Knowledge;
use fleet::fault::Fault;
use fleet::job::{Operation, OperationOutcome};
use fleet::profile::{Access, same_on_wire};
use fleet::simulator::{SimulatedUnitOptions, SimulatorEvent};
use fleet::{Identity, Moment, Secret};

/// Walks a unit, and holds that flash is the plan on planned places and as before elsewhere.
pub fn walk_and_check_flash(desk: &mut Desk) -> Ended {
    let before = desk.unit.flash().clone();
    let variant = desk.unit.variant().to_owned();
    let wanted = wanted(desk, &variant);
    let ended = walk(desk);
    if let Ended::Verified { identity, .. } = &ended {
        assert_eq!(
            identity.id.to_string(),
            desk.unit.identity().id(),
            "an untrue identity"
        );
        if let Some(iccid) = &identity.iccid {
            assert_eq!(
                Some(iccid.to_string().as_str()),
                desk.unit.iccid(),
                "an untrue ICCID"
            );
        }
        desk.unit.cut_power(desk.now);
        let flash = desk.unit.flash();
        for (place, text) in flash {
            let right = match wanted.get(place) {
                Some((setting, wanted)) => same_on_wire(setting, text, wanted),
                None => *text == before[place],
            };
            assert!(
                right,
                "an untrue green: {place} of {} holds {text:?}",
                identity.model
            );
        }
    }
    ended
}

#[test]
fn every_simulated_model_is_written_saved_restarted_and_read_back() {
    for (profile, model) in every_model() {
        for seed in 0..3 {
            let mut desk = Desk::new(&profile, &model.variant, seed, &[]);
            let (imei, meid, iccid) = (
                desk.unit.imei().map(str::to_owned),
                desk.unit.meid().map(str::to_owned),
                desk.unit.iccid().map(str::to_owned),
            );
            let ended = walk_and_check_flash(&mut desk);
            let Ended::Verified {
                rounds: 1,
                identity,
            } = ended
            else {
                panic!(
                    "{} {}, seed {seed}: {ended:?}\n{}",
                    profile.id,
                    model.variant,
                    desk.transcript()
                );
            };
            assert_eq!(identity.variant, model.variant);
            assert_eq!(identity.imei.map(|imei| imei.to_string()), imei);
            assert_eq!(identity.meid.map(|meid| meid.to_string()), meid);
            assert_eq!(
                identity.iccid.map(|iccid| iccid.to_string()),
                iccid,
                "{} seed {seed}",
                model.variant
            );
            let of_unit = identity.warnings.iter().filter(|each| !is_caution(each));
            assert_eq!(of_unit.count(), 0, "{:?}", identity.warnings);
            assert!(desk.warnings.is_empty(), "{:?}", desk.warnings);
        }
    }
}

#[test]
fn the_same_seed_walks_the_same_way() {
    for (profile, model) in every_model() {
        let walked = || {
            let mut desk = Desk::new(&profile, &model.variant, 11, &[]);
            walk(&mut desk);
            (
                desk.now,
                desk.sent,
                desk.events,
                desk.unit.wire_and_reply_ms(),
            )
        };
        assert_eq!(walked(), walked());
    }
}

#[test]
fn a_written_unit_holds_nothing_that_differs() {
    for (profile, model) in every_model() {
        let mut desk = Desk::new(&profile, &model.variant, 5, &[]);
        walk(&mut desk);
        let wrote = desk
            .events
            .iter()
            .filter(|event| matches!(event, SimulatorEvent::Wrote { .. }))
            .count();
        let wanted = wanted(&desk, &model.variant);
        assert!(wrote > 0 || wanted.is_empty());
        assert!(wanted.iter().all(|(place, (setting, text))| same_on_wire(
            setting,
            &desk.unit.flash()[place],
            text
        )));
    }
}

#[test]
fn bytes_one_by_one_or_at_once_give_the_same_walk() {
    for (profile, model) in every_model() {
        let walked = |byte_by_byte| {
            let mut desk = Desk::new(&profile, &model.variant, 4, &[]);
            desk.byte_by_byte = byte_by_byte;
            let ended = walk(&mut desk);
            (ended, desk.now, desk.sent, desk.warnings)
        };
        assert_eq!(walked(true), walked(false), "{}", model.variant);
    }
}

#[test]
fn no_secret_stands_in_a_transcript() {
    for (profile, model) in every_model() {
        let mut desk = Desk::new(&profile, &model.variant, 2, &[]);
        let password = desk.unit.password();
        assert!(matches!(walk(&mut desk), Ended::Verified { .. }));
        let transcript = desk.transcript();
        assert!(!transcript.is_empty());
        assert!(!transcript.contains("hidden-walk-words"), "{transcript}");
        if matches!(profile.access, Access::PasswordInRequest { .. }) {
            assert!(
                !transcript.contains(&format!("={},", password.reveal())),
                "{transcript}"
            );
        }
    }
}

fn identified(desk: &mut Desk) -> Result<Identity, Fault> {
    desk.recognise().expect("the port stays")
}

#[test]
fn a_keyword_that_a_person_gave_opens_a_locked_unit_and_is_sent_once_on_each_connection() {
    for (profile, model) in every_model() {
        let Access::Keyword { .. } = profile.access else {
            continue;
        };
        let options = SimulatedUnitOptions {
            model: Some(model.variant.clone()),
            password: Some(Secret::new("open12")),
            ..Default::default()
        };
        let mut desk = Desk::with(&profile, options.clone());
        assert!(matches!(
            identified(&mut desk),
            Err(Fault::Locked {
                tries_left: Some(5)
            })
        ));

        let mut desk = Desk::with(&profile, options.clone());
        desk.knowledge = Knowledge {
            password: Some(Secret::new("wrong")),
            ..Default::default()
        };
        assert!(matches!(
            identified(&mut desk),
            Err(Fault::CodeRefused {
                tries_left: Some(4)
            })
        ));

        let mut desk = Desk::with(&profile, options);
        desk.knowledge = Knowledge {
            password: Some(Secret::new("open12")),
            ..Default::default()
        };
        let ended = walk_and_check_flash(&mut desk);
        assert!(
            matches!(ended, Ended::Verified { rounds: 1, .. }),
            "{ended:?}"
        );
    }
}

#[test]
fn a_password_of_their_own_is_asked_for_and_then_used() {
    for (profile, model) in every_model() {
        let Access::PasswordInRequest { .. } = profile.access else {
            continue;
        };
        let options = SimulatedUnitOptions {
            model: Some(model.variant.clone()),
            password: Some(Secret::new("own123")),
            ..Default::default()
        };
        let mut desk = Desk::with(&profile, options.clone());
        let fault = identified(&mut desk).unwrap_err();
        assert!(
            matches!(fault, Fault::WrongPassword | Fault::Silent),
            "{fault:?}"
        );

        let mut desk = Desk::with(&profile, options);
        desk.knowledge = Knowledge {
            password: Some(Secret::new("own123")),
            ..Default::default()
        };
        let ended = walk_and_check_flash(&mut desk);
        assert!(
            matches!(ended, Ended::Verified { rounds: 1, .. }),
            "{ended:?}"
        );
    }
}

#[test]
fn nothing_is_written_by_recognising_and_reading() {
    for (profile, model) in every_model() {
        let mut desk = Desk::new(&profile, &model.variant, 9, &[]);
        let before = desk.unit.ram().clone();
        identified(&mut desk).unwrap();
        let outcome = desk.run(Operation::ReadAll).unwrap();
        assert!(
            matches!(outcome, OperationOutcome::Read(_)) || model.initial.is_empty(),
            "{outcome:?}"
        );
        assert!(
            !desk
                .events
                .iter()
                .any(|event| matches!(event, SimulatorEvent::Wrote { .. } | SimulatorEvent::Saved))
        );
        assert_eq!(&before, desk.unit.ram());
        assert!(desk.now > Moment(5000));
    }
}
