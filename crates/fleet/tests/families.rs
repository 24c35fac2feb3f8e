//! The real job through the real dialogue with a simulated unit of every shipped model, clean and with each fault, in pretend time.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod families {
    pub mod bench;
    pub mod cable;
}

use families::bench::{Bench, Told};
use families::cable::Acknowledgements;
use fleet::fault::UnitCondition;
use fleet::journal::Verdict;
use fleet::profile::ProfileRegistry;
use fleet::simulator::SimulatorFault as Wrong;

/// Models that show what they hold and restart when asked: what is right with them can be proved.
const MODELS: [(&str, &str); 7] = [
    ("teltonika-fmb", "fmb920"),
    ("queclink", "gv55"),
    ("queclink", "gl300"),
    ("calamp-lmu", "lmu"),
    ("suntech", "st300"),
    ("suntech-universal", "universal"),
    ("modem-3gpp", "modem"),
];

/// Models that cannot be proved: the notes say that they show nothing, or that only a person can restart them.
const UNPROVED: [(&str, &str); 5] = [
    ("meitrack", "t333"),
    ("meitrack", "stored"),
    ("queclink-pro", "gl601"),
    ("airlink", "airlink"),
    ("xirgo", "xt"),
];

fn told(model: (&str, &str), faults: &[Wrong], seed: u64) -> (Bench, Told) {
    let mut bench = Bench::new(model, faults, seed);
    let told = bench.provision();
    (bench, told)
}

/// What the unit holds must be what people are told.
fn assert_honest(bench: &Bench, told: &Told, name: &str) {
    if matches!(told.ending.verdict, Verdict::Verified | Verdict::AlreadySet) {
        assert_eq!(
            bench.not_as_wanted(),
            Vec::<String>::new(),
            "{name}: an untrue green"
        );
    }
    if told.ending.condition == UnitCondition::PutBack {
        assert_eq!(
            bench.not_as_before(),
            Vec::<String>::new(),
            "{name}: not put back"
        );
    }
    if told.ending.condition == UnitCondition::Untouched
        && told.ending.verdict != Verdict::AlreadySet
    {
        assert_eq!(
            bench.not_as_before(),
            Vec::<String>::new(),
            "{name}: not untouched"
        );
    }
    assert!(
        !told.journal.contains("s3cret-apn"),
        "{name}: a secret in the journal"
    );
}

#[test]
fn every_simulated_model_is_verified_and_then_already_set() {
    for profile in ProfileRegistry::shipped().all() {
        for unit in &profile.simulator.units {
            let name = format!("{} {}", profile.id, unit.variant);
            let unproved = [("sprint-cdma", "meid")];
            if UNPROVED
                .iter()
                .chain(&unproved)
                .any(|each| *each == (profile.id.as_str(), unit.variant.as_str()))
            {
                continue;
            }
            let (mut bench, first) = told((&profile.id, &unit.variant), &[], 7);
            if bench.wanted_places().is_empty() {
                assert_nothing_applies(&first, &name);
                continue;
            }
            assert_eq!(
                first.ending.verdict,
                Verdict::Verified,
                "{name}: {first:#?}"
            );
            assert_eq!(first.ending.fault, None, "{name}");
            assert_honest(&bench, &first, &name);
            let second = bench.provision();
            assert_eq!(
                second.ending.verdict,
                Verdict::AlreadySet,
                "{name}: {second:#?}"
            );
            assert_eq!(second.ending.changes, 0, "{name}");
        }
    }
}

/// A unit on which nothing of the template can be set is not green: it is left alone, in words.
fn assert_nothing_applies(told: &Told, name: &str) {
    assert_eq!(told.ending.verdict, Verdict::Stopped, "{name}: {told:#?}");
    assert_eq!(told.ending.condition, UnitCondition::Untouched, "{name}");
    let code = told.ending.fault.as_ref().map(fleet::Fault::code);
    assert_eq!(code, Some("P-401"), "{name}: {told:#?}");
    // Every setting of that template may be done without already.
    let fault = told.ending.fault.as_ref().unwrap();
    let advice = fleet::fault::advice(fault, told.ending.condition, "Slot 1");
    assert!(
        !advice.what_to_do.contains("optional"),
        "{name}: {advice:?}"
    );
}

/// Written, and in words not proved.
#[test]
fn what_cannot_be_proved_is_not_verified_and_says_so() {
    for model in UNPROVED {
        let name = format!("{model:?}");
        let (mut bench, first) = told(model, &[], 7);
        assert_honest(&bench, &first, &name);
        if bench.wanted_places().is_empty() {
            assert_nothing_applies(&first, &name);
            continue;
        }
        assert_eq!(
            first.ending.verdict,
            Verdict::NotVerified,
            "{name}: {first:#?}"
        );
        assert_eq!(
            first.ending.condition,
            UnitCondition::WrittenUnproved,
            "{name}"
        );
        // A power cut brings the proof only where something can be shown after it.
        let code = first.ending.fault.as_ref().map(fleet::Fault::code);
        let shows = !matches!(model, ("meitrack", "t333") | ("sprint-cdma", _));
        assert_eq!(code, Some(if shows { "V-322" } else { "V-323" }), "{name}");
        assert_eq!(
            bench.not_as_held(),
            Vec::<String>::new(),
            "{name}: written is not what was wanted"
        );
        let second = bench.provision();
        assert!(
            matches!(
                second.ending.verdict,
                Verdict::AlreadySet | Verdict::NotVerified
            ),
            "{name}: {second:#?}"
        );
        assert_eq!(
            bench.not_as_held(),
            Vec::<String>::new(),
            "{name}: the second time"
        );
    }
}

#[test]
fn what_can_be_overcome_ends_verified() {
    let overcome = [
        Wrong::CablePulledOnce,
        Wrong::Slow,
        Wrong::CutReplyOnce,
        Wrong::InsertedNoise,
        Wrong::DoubledAck,
        Wrong::LateAckOnce,
        Wrong::AckLostApplied,
        Wrong::KeepsWrongValueOnce,
        Wrong::DumpShortOnce,
        Wrong::NotReadyTwice,
        Wrong::Garbage,
        Wrong::Echo,
        Wrong::SplitBytes,
        Wrong::GluedFrames,
        Wrong::OperatorsDisagree,
        Wrong::MissingSim,
    ];
    for model in MODELS {
        for fault in overcome {
            let name = format!("{model:?} {}", fault.name());
            let (bench, told) = told(model, &[fault], 7);
            assert_eq!(told.ending.verdict, Verdict::Verified, "{name}: {told:#?}");
            assert_honest(&bench, &told, &name);
        }
    }
}

#[test]
fn what_cannot_be_overcome_is_named_and_the_unit_is_as_people_are_told() {
    let named: [(Wrong, &[&str]); 17] = [
        (Wrong::WrongPassword, &["D-220", "D-221", "D-222"]),
        (Wrong::Silent, &["D-201"]),
        (Wrong::ModemPort, &["D-203"]),
        (Wrong::BinaryMode, &["D-201", "D-202", "D-204"]),
        (Wrong::NeverReturns, &["V-320"]),
        (Wrong::TooSlow, &["D-201", "D-210", "D-202", "D-230"]),
        (Wrong::AckNotApplied, &["V-310"]),
        (Wrong::ClampedValue, &["V-310"]),
        (Wrong::KeepsWrongValue, &["V-310"]),
        (Wrong::SaveIgnored, &["V-310"]),
        (Wrong::HalfSaved, &["V-310"]),
        (Wrong::RestartLoop, &["V-320", "V-321", "D-210", "L-110"]),
        (Wrong::OtherUnit, &["D-240"]),
        (Wrong::ChangesByItself, &["V-312"]),
        (Wrong::PartialBatch, &["V-311"]),
        (Wrong::EndlessLine, &["D-201", "D-210", "D-231"]),
        (Wrong::WrongBaud, &["D-201", "D-202"]),
    ];
    let mut others = Vec::new();
    for model in MODELS {
        for (fault, codes) in named {
            if cannot_show(model.0, fault) {
                continue;
            }
            let name = format!("{model:?} {}", fault.name());
            let (bench, told) = told(model, &[fault], 7);
            assert_honest(&bench, &told, &name);
            let code = told.ending.fault.as_ref().map(fleet::Fault::code);
            let named = code.is_some_and(|code| codes.contains(&code));
            let stopped = matches!(told.ending.verdict, Verdict::Stopped | Verdict::NeedsPerson);
            if !named || !stopped {
                others.push(format!("{name}: {:?}", told.ending));
            }
        }
    }
    assert_eq!(others, Vec::<String>::new());
}

/// Faults that cannot fall on a family: it has no password, no number to clamp, nothing that nobody writes, no binary mode, or it is
/// read between two of its restarts, which is true all the same.
fn cannot_show(family: &str, fault: Wrong) -> bool {
    let open = !matches!(family, "teltonika-fmb" | "queclink");
    match fault {
        Wrong::WrongPassword => open,
        Wrong::ClampedValue => family == "modem-3gpp",
        Wrong::RestartLoop => matches!(family, "modem-3gpp" | "suntech" | "suntech-universal"),
        // The first place that nobody writes is a mask's, or has no setting.
        Wrong::ChangesByItself => matches!(family, "calamp-lmu" | "suntech-universal"),
        // Its answers carry no number: a late one answers the next try, and is true.
        Wrong::TooSlow => family == "suntech",
        _ => false,
    }
}

#[test]
fn a_damaged_byte_never_makes_an_untrue_green() {
    for model in MODELS {
        for fault in [
            Wrong::DroppedByteOnce,
            Wrong::InsertedByteOnce,
            Wrong::FlippedBitOnce,
            Wrong::NakAppliedOnce,
        ] {
            for seed in 1..=3 {
                let name = format!("{model:?} {} seed {seed}", fault.name());
                let (bench, told) = told(model, &[fault], seed);
                if matches!(told.ending.verdict, Verdict::Verified | Verdict::AlreadySet) {
                    assert_eq!(
                        bench.not_as_wanted(),
                        Vec::<String>::new(),
                        "{name}: {told:#?}"
                    );
                }
            }
        }
    }
}

/// Where silence is the family's 'no', a unit that restarts instead of answering has said no: it is put back, in those words.
#[test]
fn a_unit_that_restarts_in_the_middle_of_a_write_is_gone_on_with_or_put_back() {
    for model in MODELS {
        let name = format!("{model:?}");
        let (bench, told) = told(model, &[Wrong::RestartsOnce], 7);
        assert_honest(&bench, &told, &name);
        let code = told.ending.fault.as_ref().map(fleet::Fault::code);
        match told.ending.verdict {
            Verdict::Verified => assert_eq!(code, None, "{name}"),
            _ => assert_eq!(
                (code, told.ending.condition),
                (Some("V-311"), UnitCondition::PutBack),
                "{name}: {told:#?}"
            ),
        }
    }
}

/// A command with one field more, or a parameter that is not there: stopped with the reason, or, where the template calls the setting
/// optional, left out by name. Nothing is written into a form that is not known.
#[test]
fn other_firmware_than_described_is_left_alone_and_named() {
    for model in MODELS {
        let name = format!("{model:?}");
        let (bench, told) = told(model, &[Wrong::OtherFirmware], 7);
        match told.ending.fault.as_ref().map(fleet::Fault::code) {
            Some(code) => {
                assert!(["P-401", "V-310", "V-311"].contains(&code), "{told:#?}");
                assert_honest(&bench, &told, &name);
            }
            None => {
                let left_out = told.journal.contains("\"skipped\":[{");
                assert!(left_out || bench.not_as_wanted().is_empty(), "{told:#?}");
            }
        }
    }
}

/// Each fault on the families that cannot be proved: never green, and the words of what was seen. Where the fault falls on what such a unit
/// never shows, it is not verified (V-322, V-323), in words.
#[test]
fn faults_of_units_that_cannot_be_proved_are_named_too() {
    let mut others = Vec::new();
    for model in UNPROVED {
        for fault in Wrong::all() {
            let name = format!("{model:?} {}", fault.name());
            let (bench, told) = told(model, &[*fault], 7);
            assert_honest(&bench, &told, &name);
            let code = told.ending.fault.as_ref().map(fleet::Fault::code);
            let green = matches!(told.ending.verdict, Verdict::Verified | Verdict::AlreadySet);
            let nothing_to_write = model.0 == "xirgo" && code == Some("P-401");
            let unproved = |code| if code == "V-323" { "V-322" } else { code };
            let named = code.is_some_and(|code| unproved_codes(*fault).contains(&unproved(code)));
            if !(nothing_to_write || (named && !green)) {
                others.push(format!("{name}: {:?}", told.ending));
            }
        }
    }
    assert_eq!(others, Vec::<String>::new());
}

/// What may be said of a fault on such a unit.
fn unproved_codes(fault: Wrong) -> &'static [&'static str] {
    match fault {
        Wrong::WrongPassword => &["D-201", "D-220", "V-322"],
        Wrong::Silent => &["D-201"],
        Wrong::ModemPort => &["D-202", "D-203"],
        Wrong::BinaryMode => &["D-201", "D-202", "D-204"],
        Wrong::WrongBaud => &["D-201", "D-202"],
        Wrong::TooSlow => &["D-201", "D-202", "D-210", "D-230", "V-311", "V-322"],
        Wrong::AckNotApplied | Wrong::ClampedValue => &["V-310", "V-311", "V-322"],
        Wrong::PartialBatch | Wrong::RestartsOnce => &["V-311", "V-322"],
        Wrong::OtherFirmware => &["P-401", "V-311", "V-322"],
        Wrong::NakAppliedOnce => &["V-311", "V-322"],
        Wrong::EndlessLine => &["D-201", "D-210", "D-231", "V-322"],
        Wrong::DroppedByteOnce | Wrong::InsertedByteOnce | Wrong::FlippedBitOnce => {
            &["V-322", "D-210", "D-230", "D-241", "V-311"]
        }
        // A line that is no answer cannot be told from a bare value: it is not believed.
        Wrong::InsertedNoise | Wrong::Garbage => &["V-322", "D-230"],
        _ => &["V-322"],
    }
}

/// An acknowledgement is no proof, and its lack no refusal: what the unit holds tells. Each write is asked for twice, so two lost ones, and
/// ones that come after their time, are what a unit says to one write.
#[test]
fn lost_and_late_acknowledgements_refuse_nothing_that_the_unit_holds() {
    let mut others = Vec::new();
    for model in MODELS {
        for acknowledgements in [
            Acknowledgements::Lost(2),
            Acknowledgements::Lost(4),
            Acknowledgements::Late(700),
            Acknowledgements::Late(3_500),
        ] {
            let mut bench = Bench::new(model, &[], 7);
            bench.cable.acknowledgements = acknowledgements;
            let told = bench.provision();
            let name = format!("{model:?} {acknowledgements:?}");
            assert_honest(&bench, &told, &name);
            if told.ending.verdict != Verdict::Verified {
                others.push(format!("{name}: {:?}", told.ending));
            }
        }
    }
    assert_eq!(others, Vec::<String>::new());
}

/// Where silence is the only 'no' of a family, all acknowledgements may be lost.
#[test]
fn a_unit_that_never_acknowledges_is_proved_by_what_it_shows() {
    for model in MODELS {
        if !matches!(model.0, "queclink" | "suntech" | "suntech-universal") {
            continue;
        }
        let mut bench = Bench::new(model, &[], 7);
        bench.cable.acknowledgements = Acknowledgements::Lost(usize::MAX);
        let told = bench.provision();
        assert_honest(&bench, &told, model.0);
        assert_eq!(
            told.ending.verdict,
            Verdict::Verified,
            "{model:?}: {told:#?}"
        );
    }
}

/// The cable is pulled after bytes all over the way: the unit is finished when it is back, or what it holds is said.
#[test]
fn a_cable_that_is_pulled_at_any_byte_is_gone_on_with_in_every_family() {
    for model in MODELS.iter().chain(&UNPROVED).copied() {
        let mut whole = Bench::new(model, &[], 7);
        let clean = whole.provision().ending.verdict;
        let bytes = whole.cable.sent;
        // Some places in each command of every family; every byte of two families is in `walk/every_byte.rs`.
        for after in (0..bytes).step_by((bytes / 16).max(1)) {
            let mut bench = Bench::new(model, &[], 7);
            bench.cable.pull_after = Some(after);
            let told = bench.provision();
            let name = format!("{model:?} pulled after {after} of {bytes} bytes");
            assert_honest(&bench, &told, &name);
            assert_eq!(told.ending.verdict, clean, "{name}: {told:#?}");
        }
    }
}

/// The same port, another unit in it: nothing of the first one's job reaches the second.
#[test]
fn another_unit_in_the_same_port_gets_nothing_of_the_firsts_job() {
    for model in MODELS.iter().chain(&UNPROVED).copied() {
        let mut whole = Bench::new(model, &[], 7);
        whole.provision();
        let bytes = whole.cable.sent;
        if whole.wanted_places().is_empty() {
            continue;
        }
        for tenth in 0..10 {
            let after = bytes * tenth / 10;
            let mut bench = Bench::new(model, &[], 7);
            let held = bench.swap_after(after, model.1);
            let told = bench.provision();
            let name = format!("{model:?} swapped after {after} of {bytes} bytes");
            let (is_swapped, holds) = bench.swapped();
            if is_swapped && !bench.is_of_unit_here() {
                assert_eq!(*holds, held, "{name}: written to\n{told:#?}");
                assert!(
                    matches!(told.ending.verdict, Verdict::NeedsPerson | Verdict::Stopped),
                    "{name}: {told:#?}"
                );
            }
        }
    }
}
