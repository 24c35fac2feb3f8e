//! Units that answer exactly as the printed dialogs of their families: whole, split at any byte, with unsolicited lines between, with late and
//! doubled answers, found among all families on an unknown port, set and read again.
//!
//! The units here are made by hand from public documents and captures, so that a profile is held against them and not against itself.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic
)]

mod printed {
    pub mod counted;
    pub mod framed;
    pub mod line;
    pub mod odd;
    pub mod plain;
}

use printed::line::{Manner, Printed};
use printed::{counted, framed, odd, plain};

fn check(family: &str) {
    let of_family = |unit: &&Printed| unit.family == family;
    let units: Vec<&Printed> = framed::UNITS
        .iter()
        .chain(counted::UNITS)
        .chain(plain::UNITS)
        .chain(odd::UNITS)
        .filter(of_family)
        .collect();
    assert!(!units.is_empty(), "{family}");
    units.into_iter().for_each(Printed::check);
}

#[test]
fn teltonika_units_are_understood() {
    check("teltonika-fmb");
}

#[test]
fn queclink_units_of_the_classic_dialect_are_understood() {
    check("queclink");
}

#[test]
fn queclink_units_of_the_newer_dialect_are_understood() {
    check("queclink-pro");
}

#[test]
fn meitrack_units_are_understood() {
    check("meitrack");
}

#[test]
fn calamp_units_are_understood() {
    check("calamp-lmu");
}

#[test]
fn suntech_units_of_the_older_dialect_are_understood() {
    check("suntech");
}

#[test]
fn suntech_units_of_the_universal_dialect_are_understood() {
    check("suntech-universal");
}

#[test]
fn bare_modems_are_understood() {
    check("modem-3gpp");
}

#[test]
fn cdma_units_are_understood() {
    check("sprint-cdma");
}

#[test]
fn airlink_units_are_understood() {
    check("airlink");
}

/// Where a unit says no to one question that names it, the next one is asked at once.
#[test]
fn a_cdma_unit_that_knows_only_its_makers_question_is_understood() {
    let (whole, took_ms, _) = plain::DE910.told(Manner::Whole, true);
    assert_eq!(whole.identity.id.as_str(), plain::DE910.id);
    assert!(took_ms <= 3_000, "{took_ms} ms");
    for manner in [
        Manner::OneByOne,
        Manner::UnsolicitedBetween,
        Manner::Doubled,
    ] {
        let (other, _, _) = plain::DE910.told(manner, true);
        assert_eq!(other, whole, "{manner:?}");
    }
}

/// A log that nobody answers on is no stranger: the words send a person to the unit's other port.
#[test]
fn a_port_that_only_logs_is_named() {
    assert_eq!(odd::a_port_that_only_logs(), fleet::Fault::LogPort);
}
