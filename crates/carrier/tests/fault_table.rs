//! The carrier's faults by their numbers in the fault plan (30 to 49), each with its outcome, for both contracts.

use crate::office::{Office, lte, settings, sim, switches};
use carrier::sandbox::{LedgerLine, SandboxConfig, Switches};
use carrier::{AccountSettings, Carrier, CarrierKind};
use fleet::registration::{LookUp, RegistrationIntent, RegistrationOutcome};
use serde_json::json;

/// A fault that the sandbox can do, and what follows: the outcome of asking and of the look-up with each contract, and how many
/// registrations the ledger shows.
struct Row {
    fault: u32,
    switches: fn(&RegistrationIntent) -> Switches,
    /// Sprint, Control Center.
    asked: [&'static str; 2],
    looked_up: [&'static str; 2],
    registered: [usize; 2],
}

const TABLE: &[Row] = &[
    // 33: a timeout before the work; the other contract is not different.
    Row {
        fault: 33,
        switches: |_| Switches {
            lose_answer_before_commit_every: 1,
            ..switches()
        },
        asked: ["unknown", "unknown"],
        looked_up: ["not found", "not found"],
        registered: [0, 0],
    },
    Row {
        fault: 34,
        switches: |_| Switches {
            lose_answer_after_commit_every: 1,
            ..switches()
        },
        asked: ["unknown", "unknown"],
        looked_up: ["found", "found"],
        registered: [1, 1],
    },
    // 35, 46, 45, 48: where the look before the change fails, nothing of the change has left.
    Row {
        fault: 35,
        switches: |_| Switches {
            cut_body_every: 1,
            ..switches()
        },
        asked: ["unknown", "not sent"],
        looked_up: ["failed", "failed"],
        registered: [1, 0],
    },
    Row {
        fault: 36,
        switches: |_| Switches {
            rate_limit_every: 1,
            rate_limit_retry_after_s: Some(60),
            ..switches()
        },
        asked: ["retry after", "retry after"],
        looked_up: ["failed", "failed"],
        registered: [0, 0],
    },
    Row {
        fault: 36,
        switches: |_| Switches {
            rate_limit_every: 1,
            rate_limit_retry_after_s: None,
            ..switches()
        },
        asked: ["retry after", "retry after"],
        looked_up: ["failed", "failed"],
        registered: [0, 0],
    },
    Row {
        fault: 37,
        switches: |_| Switches {
            server_error_after_success_every: 1,
            ..switches()
        },
        asked: ["unknown", "unknown"],
        looked_up: ["found", "found"],
        registered: [1, 1],
    },
    Row {
        fault: 38,
        switches: |_| Switches {
            server_error_before_commit_every: 1,
            ..switches()
        },
        asked: ["unknown", "unknown"],
        looked_up: ["not found", "not found"],
        registered: [0, 0],
    },
    Row {
        fault: 41,
        switches: |intent| Switches {
            owned_elsewhere: [
                intent.unit.as_str().to_owned(),
                intent.iccid.as_ref().unwrap().to_string(),
            ]
            .into(),
            ..switches()
        },
        asked: ["rejected", "rejected"],
        looked_up: ["not found", "not found"],
        registered: [0, 0],
    },
    Row {
        fault: 42,
        switches: |_| Switches {
            activation_delay_ms: 86_400_000,
            ..switches()
        },
        asked: ["accepted", "accepted"],
        looked_up: ["found", "found"],
        registered: [1, 1],
    },
    Row {
        fault: 43,
        switches: |_| Switches {
            lookup_lag_ms: 86_400_000,
            lose_answer_after_commit_every: 1,
            ..switches()
        },
        asked: ["unknown", "unknown"],
        looked_up: ["not found", "not found"],
        registered: [1, 1],
    },
    Row {
        fault: 45,
        switches: |_| Switches {
            redirect_every: 1,
            ..switches()
        },
        asked: ["unknown", "not sent"],
        looked_up: ["failed", "failed"],
        registered: [0, 0],
    },
    Row {
        fault: 46,
        switches: |_| Switches {
            html_instead_of_json_every: 1,
            ..switches()
        },
        asked: ["unknown", "not sent"],
        looked_up: ["failed", "failed"],
        registered: [0, 0],
    },
    Row {
        fault: 47,
        switches: |_| Switches {
            key_expired: true,
            ..switches()
        },
        asked: ["rejected", "rejected"],
        looked_up: ["failed", "failed"],
        registered: [0, 0],
    },
    Row {
        fault: 48,
        switches: |_| Switches {
            huge_body_every: 1,
            ..switches()
        },
        asked: ["unknown", "not sent"],
        looked_up: ["failed", "failed"],
        registered: [1, 0],
    },
];

fn word(outcome: &RegistrationOutcome) -> &'static str {
    match outcome {
        RegistrationOutcome::Done { .. } => "done",
        RegistrationOutcome::Accepted { .. } => "accepted",
        RegistrationOutcome::Rejected(_) => "rejected",
        RegistrationOutcome::Conflict { .. } => "conflict",
        RegistrationOutcome::RetryAfter { .. } => "retry after",
        RegistrationOutcome::Unknown { .. } => "unknown",
        RegistrationOutcome::NotSent { .. } => "not sent",
    }
}

fn look_up_word(look_up: &LookUp) -> &'static str {
    match look_up {
        LookUp::Found { .. } => "found",
        LookUp::NotFound => "not found",
        LookUp::Failed { .. } => "failed",
    }
}

fn kinds() -> [(usize, CarrierKind, RegistrationIntent); 2] {
    [
        (0, CarrierKind::Sprint, lte(1)),
        (1, CarrierKind::ControlCenter, sim(1)),
    ]
}

async fn office(kind: CarrierKind, switches: Switches) -> (Office, Carrier) {
    let office = Office::with(SandboxConfig {
        kind,
        switches,
        ..SandboxConfig::default()
    })
    .await;
    let mut impatient = settings(&office.sandbox.base_url());
    impatient.limits.read_repeats = 0;
    (office, Carrier::new(impatient).unwrap())
}

fn registered(office: &Office) -> usize {
    let lines = office.sandbox.ledger();
    lines
        .iter()
        .filter(|line| matches!(line, LedgerLine::Registered { .. }))
        .count()
}

#[tokio::test]
async fn each_fault_of_the_plan_has_its_outcome_with_either_contract() {
    for row in TABLE {
        for (column, kind, intent) in kinds() {
            let (office, carrier) = office(kind, (row.switches)(&intent)).await;
            let asked = carrier.register(&intent).await;
            let story = format!("fault {} at {}: {asked:?}", row.fault, kind.name());
            assert_eq!(word(&asked), row.asked[column], "{story}");
            assert_eq!(registered(&office), row.registered[column], "{story}");
            let found = carrier.look_up(&intent).await;
            assert_eq!(
                look_up_word(&found),
                row.looked_up[column],
                "{story}: {found:?}"
            );
            // 49 and the end of every story: asked again when all is well, it is registered once.
            office.sandbox.set_switches(switches());
            let again = carrier.register(&intent).await;
            carrier.register(&intent).await;
            if row.fault != 42 || kind == CarrierKind::Sprint {
                assert!(
                    matches!(word(&again), "done" | "accepted"),
                    "{story}: {again:?}"
                );
            }
            assert_eq!(registered(&office), 1, "{story}");
        }
    }
}

#[tokio::test]
async fn where_no_byte_left_the_outcome_says_so() {
    for (_, kind, intent) in kinds() {
        let (office, _) = office(kind, switches()).await;
        let base = settings(&office.sandbox.base_url());
        let elsewhere = |url: &str| AccountSettings {
            base_url: format!("{url}{}", kind.base_path()),
            ..base.clone()
        };
        let secure = office.sandbox.base_url().replace("http://", "https://");
        let secure = secure.trim_end_matches(kind.base_path());
        // 30 no such name, 31 refused, 32 no TLS where TLS was expected.
        for address in ["https://no-such-host.invalid", "http://127.0.0.1:1", secure] {
            let carrier = Carrier::new(AccountSettings {
                trusted_roots: carrier::TrustedRoots::Only(Vec::new()),
                ..elsewhere(address)
            })
            .unwrap();
            let asked = carrier.register(&intent).await;
            assert_eq!(word(&asked), "not sent", "{address}: {asked:?}");
        }
        assert_eq!(registered(&office), 0);
    }
}

#[tokio::test]
async fn a_look_up_that_shows_another_unit_is_never_ours() {
    let other = "490154203237518";
    for (_, kind, intent) in kinds() {
        let (office, carrier) = office(kind, switches()).await;
        carrier.register(&intent).await;
        // 44: somebody changes the pair behind our back.
        let (unit, set) = match kind {
            CarrierKind::Sprint => ("U000001".to_owned(), json!({ "deviceId": other })),
            CarrierKind::ControlCenter => (
                intent.iccid.as_ref().unwrap().to_string(),
                json!({ "imei": other }),
            ),
        };
        office
            .sandbox
            .edit_in_portal(&unit, set.as_object().unwrap().clone())
            .unwrap();
        let LookUp::Found { unit } = carrier.look_up(&intent).await else {
            panic!("{} forgot it", kind.name())
        };
        assert_eq!(
            unit.device_id.as_deref(),
            Some(other),
            "the job compares it and asks a person"
        );
    }
}
