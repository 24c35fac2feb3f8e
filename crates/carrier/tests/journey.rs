//! Whole journeys over an account that loses answers: with look-ups after doubt, each unit is registered exactly once.
//!
//! The rules that a job follows stand in the heart; here a few lines of them are enough to show that carrier and sandbox
//! give it what it needs.

use crate::office::{Office, lte, settings, sim, switches};
use carrier::sandbox::{LedgerLine, SandboxConfig, Switches, read_ledger};
use carrier::{Carrier, CarrierKind};
use fleet::registration::{CarrierUnit, LookUp, RegistrationIntent, RegistrationOutcome};
use proptest::prelude::*;
use std::collections::BTreeMap;

const MOST_STEPS: usize = 60;

/// Registers with look-ups after doubt; gives the unit as the carrier holds it.
async fn register_surely(carrier: &Carrier, intent: &RegistrationIntent) -> CarrierUnit {
    for _ in 0..MOST_STEPS {
        match carrier.register(intent).await {
            RegistrationOutcome::Done { unit }
            | RegistrationOutcome::Accepted {
                unit: Some(unit), ..
            } => return unit,
            RegistrationOutcome::RetryAfter { .. } | RegistrationOutcome::NotSent { .. } => {}
            RegistrationOutcome::Unknown { .. } => match look_up_surely(carrier, intent).await {
                Some(unit) => return unit,
                None => continue,
            },
            other => panic!("{other:?}"),
        }
    }
    panic!("no end in {MOST_STEPS} steps");
}

async fn look_up_surely(carrier: &Carrier, intent: &RegistrationIntent) -> Option<CarrierUnit> {
    for _ in 0..MOST_STEPS {
        match carrier.look_up(intent).await {
            LookUp::Found { unit } => return Some(unit),
            LookUp::NotFound => return None,
            LookUp::Failed { .. } => {}
        }
    }
    panic!("no answer in {MOST_STEPS} look-ups");
}

fn registrations_by_sim(lines: &[LedgerLine]) -> BTreeMap<&str, usize> {
    let mut counts = BTreeMap::new();
    for line in lines {
        if let LedgerLine::Registered {
            iccid: Some(sim), ..
        } = line
        {
            *counts.entry(sim.as_str()).or_default() += 1;
        }
    }
    counts
}

#[tokio::test]
async fn twenty_units_over_an_account_that_loses_answers_are_registered_exactly_once_each() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("ledger.jsonl");
    let faults = Switches {
        lose_answer_after_commit_every: 5,
        server_error_after_success_every: 7,
        ..switches()
    };
    let office = Office::with(SandboxConfig {
        ledger: Some(path.clone()),
        switches: faults,
        ..SandboxConfig::default()
    })
    .await;
    for n in 0..20 {
        let unit = register_surely(&office.carrier, &lte(n)).await;
        assert_eq!(unit.client_reference, Some(lte(n).client_reference));
    }
    office.close().await;
    let lines = read_ledger(&path).unwrap();
    let counts = registrations_by_sim(&lines);
    assert_eq!(counts.len(), 20);
    assert!(counts.values().all(|&count| count == 1), "{counts:?}");
    let lost = lines
        .iter()
        .filter(|line| {
            matches!(
                line,
                LedgerLine::AnswerLost {
                    after_commit: true,
                    ..
                }
            )
        })
        .count();
    assert!(lost >= 5, "the faults did strike: {lost}");
}

fn faults() -> impl Strategy<Value = Switches> {
    // From each second on: an account that always fails gives no end.
    let every = || prop_oneof![Just(0_u32), 2_u32..6];
    (
        (every(), every(), every(), every()),
        (every(), every(), every(), every()),
    )
        .prop_map(|(writes, others)| Switches {
            lose_answer_before_commit_every: writes.0,
            lose_answer_after_commit_every: writes.1,
            server_error_before_commit_every: writes.2,
            server_error_after_success_every: writes.3,
            rate_limit_every: others.0,
            unavailable_reads_every: others.1,
            cut_body_every: others.2,
            html_instead_of_json_every: others.3,
            ..switches()
        })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]

    #[test]
    fn whatever_fails_in_whatever_order_nothing_is_registered_twice(
        phases in prop::collection::vec((faults(), 0_u32..3), 1..5),
        seed in 0_u64..7,
        control_center in any::<bool>(),
    ) {
        let (kind, intent): (_, fn(u32) -> RegistrationIntent) = match control_center {
            true => (CarrierKind::ControlCenter, sim),
            false => (CarrierKind::Sprint, lte),
        };
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let office = Office::with(SandboxConfig { seed, kind, ..SandboxConfig::default() }).await;
            for (faults, n) in phases {
                office.sandbox.set_switches(faults);
                // Asked in doubt and out of doubt: every phase asks for the unit again.
                office.register(&intent(n)).await;
                // A program that was killed knows nothing of before and asks with a fresh client.
                let afresh = Carrier::new(settings(&office.sandbox.base_url())).unwrap();
                afresh.register(&intent(n)).await;
            }
            office.sandbox.set_switches(switches());
            for n in 0..3 {
                register_surely(&office.carrier, &intent(n)).await;
            }
            let lines = office.sandbox.ledger();
            let counts = registrations_by_sim(&lines);
            prop_assert_eq!(counts.len(), 3);
            prop_assert!(counts.values().all(|&count| count == 1), "{:?}", counts);
            // Faults that the contract does not know (a read answered 503) are not held against it.
            if !control_center {
                office.close().await;
            }
            Ok(())
        })?;
    }
}
