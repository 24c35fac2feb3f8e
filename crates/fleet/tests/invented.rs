//! A family that nobody has heard of takes one TOML file and no Rust: it is checked, recognised among the shipped ones, set, restarted and
//! read back, and comes back already set.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

#[allow(dead_code)]
mod families {
    pub mod bench;
    pub mod cable;
}

use families::bench::Bench;
use fleet::journal::Verdict;
use fleet::profile::ProfileRegistry;

const ACME: &str = include_str!("families/acme.toml");
const NORDLYS: &str = include_str!("families/nordlys.toml");
const GOTRACK: &str = include_str!("families/gotrack.toml");

#[test]
fn an_invented_family_is_verified_and_then_already_set() {
    let registry = ProfileRegistry::shipped().with_overlay("acme.toml", ACME);
    assert_eq!(registry.broken(), []);
    let mut bench = Bench::among(registry, ("acme", "mark-two"), &[], 7);
    let first = bench.provision();
    assert_eq!(first.ending.verdict, Verdict::Verified, "{first:#?}");
    assert_eq!(bench.not_as_wanted(), Vec::<String>::new());
    assert!(!first.journal.contains("s3cret-apn"), "{}", first.journal);
    let sha256 = ProfileRegistry::shipped().with_overlay("acme.toml", ACME);
    let sha256 = sha256.get("acme").unwrap().sha256().to_owned();
    assert!(
        first.journal.contains(&sha256),
        "the journal names the file that was used"
    );
    let second = bench.provision();
    assert_eq!(second.ending.verdict, Verdict::AlreadySet, "{second:#?}");
}

#[test]
fn its_faults_are_named_as_any_familys() {
    use fleet::simulator::SimulatorFault as Wrong;
    let expected = [
        (Wrong::Silent, "D-201"),
        (Wrong::NeverReturns, "V-320"),
        (Wrong::AckNotApplied, "V-310"),
        (Wrong::KeepsWrongValue, "V-310"),
        (Wrong::OtherUnit, "D-240"),
        (Wrong::PartialBatch, "V-311"),
    ];
    for (fault, code) in expected {
        let registry = ProfileRegistry::shipped().with_overlay("acme.toml", ACME);
        let told = Bench::among(registry, ("acme", "mark-two"), &[fault], 7).provision();
        let found = told.ending.fault.as_ref().map(fleet::Fault::code);
        assert_eq!(found, Some(code), "{fault}: {told:#?}");
    }
}

#[test]
fn families_of_other_shapes_need_no_rust_either() {
    for (text, family, variant) in [(NORDLYS, "nordlys", "nl7"), (GOTRACK, "gotrack", "s200")] {
        let registry = ProfileRegistry::shipped().with_overlay("own.toml", text);
        assert_eq!(registry.broken(), [], "{family}");
        let mut bench = Bench::among(registry, (family, variant), &[], 11);
        let first = bench.provision();
        assert_eq!(
            first.ending.verdict,
            Verdict::Verified,
            "{family}: {first:#?}"
        );
        assert_eq!(bench.not_as_wanted(), Vec::<String>::new(), "{family}");
        let second = bench.provision();
        assert_eq!(
            second.ending.verdict,
            Verdict::AlreadySet,
            "{family}: {second:#?}"
        );
    }
}

/// The notes know the older Suntech dialect under several prefixes, and its form over a cable under one. Whoever has a unit of another copies
/// the file and puts its prefix in: beside the shipped one it is recognised, set and proved.
#[test]
fn an_older_suntech_of_another_prefix_takes_a_copy_with_its_prefix() {
    let shipped = include_str!("../../../device_profiles/suntech.toml");
    for prefix in ["ST600", "SA200"] {
        let own = shipped
            .replace("id = \"suntech\"", "id = \"suntech-other\"")
            .replace("ST300", prefix);
        let registry = ProfileRegistry::shipped().with_overlay("own.toml", &own);
        assert_eq!(registry.broken(), [], "{prefix}");
        let mut bench = Bench::among(registry, ("suntech-other", "st300"), &[], 7);
        let first = bench.provision();
        assert_eq!(
            first.ending.verdict,
            Verdict::Verified,
            "{prefix}: {first:#?}"
        );
        assert_eq!(bench.not_as_wanted(), Vec::<String>::new(), "{prefix}");
    }
}
