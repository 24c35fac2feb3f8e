//! Tests of the advice table: every fault has its four lines, and the important ones read as they should.

use super::*;
use crate::printable::is_printable;
use proptest::prelude::*;
use std::collections::BTreeSet;

fn mismatch(what: &str) -> Mismatch {
    Mismatch {
        what: what.to_owned(),
        expected: "fleet.example.net".to_owned(),
        found: Some("192.0.2.10".to_owned()),
    }
}

/// One of each, with `text` in place of every fact from outside.
fn every_fault(text: &str) -> Vec<Fault> {
    let text = || text.to_owned();
    let texts = || vec![text()];
    vec![
        Fault::NoSuchPort,
        Fault::PortBusy,
        Fault::PortNotPermitted,
        Fault::NotASerialPort,
        Fault::PortVanished,
        Fault::PortFailed { detail: text() },
        Fault::Silent,
        Fault::NotAKnownUnit { heard: text() },
        Fault::ModemPort,
        Fault::LogPort,
        Fault::BinaryMode,
        Fault::NoAnswer { exchange: text() },
        Fault::RefusedByUnit {
            exchange: text(),
            reply: text(),
        },
        Fault::WrongPassword,
        Fault::Locked {
            tries_left: Some(3),
        },
        Fault::CodeRefused { tries_left: None },
        Fault::ReplyIncomplete {
            exchange: text(),
            detail: text(),
        },
        Fault::TooMuch { detail: text() },
        Fault::OtherUnit {
            expected: text(),
            found: text(),
        },
        Fault::BadIdentity { said: text() },
        Fault::LabelNeeded,
        Fault::SettingNotAvailable {
            keys: texts(),
            model: text(),
            why: text(),
            cure: Cure::DoWithout,
        },
        Fault::ValueOutOfRange {
            key: text(),
            limits: text(),
        },
        Fault::UnknownModel { said: text() },
        Fault::FormerNotWritable {
            key: text(),
            model: text(),
            why: text(),
        },
        Fault::ApprovalNeeded { settings: texts() },
        Fault::ApprovalRefused,
        Fault::ProfileNotConfirmed { profile: text() },
        Fault::DidNotStay {
            settings: vec![mismatch(&text())],
        },
        Fault::ValuesRefused { settings: texts() },
        Fault::ChangedByItself {
            settings: vec![mismatch(&text())],
        },
        Fault::DidNotComeBack,
        Fault::RestartLoop,
        Fault::PowerCycleNeeded,
        Fault::NeverShown { settings: texts() },
        Fault::NotSaved,
        Fault::OneShotUnknown { exchange: text() },
        Fault::CarrierRefused {
            word: text(),
            message: text(),
        },
        Fault::CarrierConflict { detail: text() },
        Fault::CarrierUnknown { detail: text() },
        Fault::CarrierTooSlow { hours: 24 },
        Fault::ClaimedElsewhere { holder: text() },
        Fault::ValuesAwaited,
        Fault::MessageRefused { message: text() },
        Fault::MessageNotAnswered { minutes: 10 },
        Fault::MessageInDoubt { detail: text() },
        Fault::MessageAnsweredNo { reply: text() },
        Fault::MessageShowsOther {
            settings: Vec::new(),
        },
        Fault::JobOpen,
        Fault::BenchGone { bench: text() },
        Fault::InOtherPush { push: text() },
        Fault::InventoryFailed { detail: text() },
        Fault::Cancelled,
        Fault::Internal { detail: text() },
    ]
}

const CONDITIONS: [UnitCondition; 6] = [
    UnitCondition::Untouched,
    UnitCondition::PutBack,
    UnitCondition::PartlyWritten,
    UnitCondition::Set,
    UnitCondition::WrittenUnproved,
    UnitCondition::NotKnown,
];

/// Holds for the four lines of any fault.
fn check_lines(lines: &[String; 4]) {
    let [what, state, todo, code] = lines;
    for sentence in [what, state, todo] {
        assert!(
            sentence.ends_with('.') && !sentence.ends_with(".."),
            "{sentence}"
        );
        assert!(is_printable(sentence), "{sentence:?}");
    }
    assert!(code.len() == 5 && code.is_ascii());
}

#[test]
fn every_fault_has_four_lines_in_every_condition() {
    for fault in every_fault("GTSRI") {
        for condition in CONDITIONS {
            let advice = advice(&fault, condition, "Slot 9");
            check_lines(&advice.lines());
            let text = advice.to_string();
            assert_eq!(text.lines().count(), 4, "{text}");
            assert!(text.starts_with("Slot 9: "), "{text}");
            assert!(!text.to_lowercase().contains("success"), "{text}");
            assert!(
                !text.contains("192.0.2.10") && !text.contains("fleet.example.net"),
                "{text}"
            );
        }
    }
}

#[test]
fn every_code_is_its_own() {
    let faults = every_fault("x");
    let codes: BTreeSet<&str> = faults.iter().map(Fault::code).collect();
    assert_eq!(codes.len(), faults.len());
    // As many as the file says: a new fault must be added to `every_fault` as well.
    let in_source = include_str!("mod.rs")
        .lines()
        .filter(|line| line.contains(" => \"") && line.trim_end().ends_with("\","))
        .count();
    assert_eq!(faults.len(), in_source);
}

#[test]
fn every_fault_has_a_reason_of_at_most_three_words() {
    for fault in every_fault("x") {
        let reason = fault.three_words();
        assert!(
            (1..=3).contains(&reason.split(' ').count()) && reason.chars().count() <= 24,
            "{reason}"
        );
    }
}

#[test]
fn every_fault_survives_the_journal() {
    for fault in every_fault("said \"x\"") {
        let text = serde_json::to_string(&fault).unwrap();
        assert_eq!(
            serde_json::from_str::<Fault>(&text).unwrap(),
            fault,
            "{text}"
        );
    }
}

#[test]
fn the_important_ones_read_like_this() {
    let check = |fault: &Fault, condition, expected: &str| {
        assert_eq!(advice(fault, condition, "Slot 9").to_string(), expected);
    };
    check(
        &Fault::DidNotStay {
            settings: vec![mismatch("Server address")],
        },
        UnitCondition::PutBack,
        "Slot 9: the server address did not stay after the restart.\n\
         The unit has its old settings back.\n\
         Try once more. If it happens again, press A to set it aside.\n\
         V-310",
    );
    check(
        &Fault::DidNotStay {
            settings: ["APN", "Server address", "Moving interval", "Port"]
                .map(mismatch)
                .to_vec(),
        },
        UnitCondition::PartlyWritten,
        "Slot 9: the APN, the server address and 2 more did not stay after the restart.\n\
         The unit holds some old and some new settings. Do not install it like this.\n\
         Try once more. If it happens again, press A to set it aside.\n\
         V-310",
    );
    check(
        &Fault::Locked {
            tries_left: Some(4),
        },
        UnitCondition::Untouched,
        "Slot 9: the unit is locked by a keyword, 4 tries left.\n\
         Nothing was written to the unit.\n\
         Ask the office lead for its keyword and enter it once. Never guess: each wrong keyword uses up a try.\n\
         D-221",
    );
    check(
        &Fault::Locked {
            tries_left: Some(0),
        },
        UnitCondition::Untouched,
        "Slot 9: the unit is locked by a keyword, no tries left.\n\
         Nothing was written to the unit.\n\
         Press A to set it aside. Only the maker's own tool or the maker can open it now.\n\
         D-221",
    );
    check(
        &Fault::PortVanished,
        UnitCondition::NotKnown,
        "Slot 9: the unit was unplugged, or its port went away, and it did not come back in time.\n\
         What the unit holds now is not known until it is plugged in and read again.\n\
         Plug the same unit in again, in any slot. The work goes on where it stopped.\n\
         L-110",
    );
    check(
        &Fault::WrongPassword,
        UnitCondition::Untouched,
        "Slot 9: the unit does not take the password that we have.\n\
         Nothing was written to the unit.\n\
         Ask the office lead which password this unit was given, enter it, then try again.\n\
         D-220",
    );
    check(
        &Fault::ApprovalNeeded {
            settings: vec!["Server address".to_owned(), "APN password".to_owned()],
        },
        UnitCondition::Untouched,
        "Slot 9: the server address and the APN password would change. A wrong value can be cured by cable only.\n\
         Nothing was written to the unit.\n\
         Compare the new values with the job sheet, then agree. On the command line, add --yes.\n\
         P-410",
    );
    check(
        &Fault::SettingNotAvailable {
            keys: vec!["report.heartbeat_interval_s".to_owned()],
            model: "GL300".to_owned(),
            why: "its place is not documented for this firmware".to_owned(),
            cure: Cure::DoWithout,
        },
        UnitCondition::Untouched,
        "Slot 9: the template asks for report.heartbeat_interval_s, which GL300 does not have (its place is not documented for this firmware).\n\
         Nothing was written to the unit.\n\
         Pick the template for this model, or ask the office lead to mark the setting as optional.\n\
         P-401",
    );
    // Where doing without leaves nothing, that is not advised.
    check(
        &Fault::SettingNotAvailable {
            keys: vec!["apn.name".to_owned()],
            model: "XT-2060".to_owned(),
            why: "nothing of this template can be set on it".to_owned(),
            cure: Cure::OtherTemplate,
        },
        UnitCondition::Untouched,
        "Slot 9: the template asks for apn.name, which XT-2060 does not have (nothing of this template can be set on it).\n\
         Nothing was written to the unit.\n\
         Pick another template. If there is none for this model, ask the office lead to write one; until then leave the unit as it is.\n\
         P-401",
    );
    // What was kept before the cure was told still reads.
    let kept = r#"{"fault":"setting_not_available","keys":[],"model":"","why":""}"#;
    let read: Fault = serde_json::from_str(kept).unwrap();
    assert!(matches!(
        read,
        Fault::SettingNotAvailable {
            cure: Cure::DoWithout,
            ..
        }
    ));
    check(
        &Fault::CarrierUnknown {
            detail: "no answer within 30 s".to_owned(),
        },
        UnitCondition::Set,
        "Slot 9: it cannot be told whether the carrier registered the unit (no answer within 30 s).\n\
         The unit has all its new settings; each was read back.\n\
         Look the unit up in the carrier's portal, then press 'It is registered' or 'It is not registered'.\n\
         C-503",
    );
    check(
        &Fault::NotAKnownUnit {
            heard: "\u{1b}[2JOK\r\nall verified.".to_owned(),
        },
        UnitCondition::Untouched,
        "Slot 9: what answers here is not a unit we know. It said '\\u{1b}[2JOK\\u{d}\\u{a}all verified'.\n\
         Nothing was written to the unit.\n\
         If it is one of ours, ask the office lead for its device profile. If not, unplug it.\n\
         D-202",
    );
}

proptest! {
    #[test]
    fn hostile_facts_do_no_harm(characters in prop::collection::vec(any::<char>(), 0..200), place in "\\PC{0,20}|[\\x00-\\x1f]{0,20}") {
        for fault in every_fault(&characters.into_iter().collect::<String>()) {
            let advice = advice(&fault, UnitCondition::NotKnown, &place);
            check_lines(&advice.lines());
            prop_assert_eq!(advice.to_string().lines().count(), 4);
            prop_assert!(advice.what_happened.chars().count() < 700);
        }
    }
}
