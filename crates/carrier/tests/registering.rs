//! Registering, following, finding: the ordinary way and the refusals.

use crate::office::{
    Office, accepted, cdma, done, lte, rejected, switches, under_another_reference, unknown,
};
use carrier::sandbox::Switches;
use fleet::UnitId;
use fleet::registration::{
    FollowUp, LookUp, RegistrationIntent, RegistrationOutcome, RejectionCause, SubscriptionState,
};
use uuid::Uuid;

#[tokio::test]
async fn a_registration_is_accepted_followed_and_found() {
    let office = Office::open(switches()).await;
    let intent = lte(17);
    let (handle, unit) = accepted(office.register(&intent).await);
    assert_eq!(unit.state, SubscriptionState::Pending);
    assert_eq!(unit.client_reference, Some(intent.client_reference));
    assert!(matches!(
        office.carrier.follow(&handle).await,
        FollowUp::Completed { at: Some(_) }
    ));
    let LookUp::Found { unit } = office.carrier.look_up(&intent).await else {
        panic!("not found")
    };
    assert_eq!(unit.state, SubscriptionState::Active);
    assert_eq!(
        unit.iccid.as_deref(),
        intent.iccid.as_ref().map(fleet::Iccid::as_str)
    );
    assert!(unit.mdn.is_some());
    assert_eq!(office.registrations_of(&intent), 1);
    office.close().await;
}

#[tokio::test]
async fn pending_says_when_to_ask_again() {
    let office = Office::open(Switches {
        activation_delay_ms: 3_600_000,
        ..Switches::default()
    })
    .await;
    let outcome = office.register(&cdma()).await;
    // An hour is more than is believed.
    assert!(
        matches!(
            outcome,
            RegistrationOutcome::Accepted {
                retry_after_s: Some(900),
                ..
            }
        ),
        "{outcome:?}"
    );
    let (handle, _) = accepted(outcome);
    assert_eq!(
        office.carrier.follow(&handle).await,
        FollowUp::Pending {
            retry_after_s: Some(900)
        }
    );
    assert_eq!(office.carrier.follow("T-never").await, FollowUp::Forgotten);
    office.close().await;
}

#[tokio::test]
async fn asking_twice_under_one_reference_gives_the_first_outcome_again() {
    let office = Office::open(switches()).await;
    let first = accepted(office.register(&lte(1)).await);
    let second = accepted(office.register(&lte(1)).await);
    assert_eq!(first, second);
    assert_eq!(office.registrations_of(&lte(1)), 1);
    office.close().await;
}

#[tokio::test]
async fn already_registered_with_our_values_is_done() {
    let office = Office::open(switches()).await;
    accepted(office.register(&lte(1)).await);
    let unit = done(office.register(&under_another_reference(&lte(1))).await);
    assert_eq!(
        unit.client_reference,
        Some(lte(1).client_reference),
        "it stays under the first reference"
    );
    assert_eq!(office.registrations_of(&lte(1)), 1);
    office.close().await;
}

#[tokio::test]
async fn the_same_device_with_another_sim_is_a_conflict_that_shows_what_is_there() {
    let office = Office::open(switches()).await;
    accepted(office.register(&lte(1)).await);
    let other_sim = RegistrationIntent {
        iccid: lte(2).iccid,
        ..under_another_reference(&lte(1))
    };
    let RegistrationOutcome::Conflict {
        rejection,
        existing: Some(existing),
    } = office.register(&other_sim).await
    else {
        panic!("no conflict");
    };
    assert_eq!(
        (rejection.word.as_str(), rejection.field.as_deref()),
        ("DEVICE_CONFLICT", Some("iccid"))
    );
    assert_eq!(
        existing.iccid.as_deref(),
        lte(1).iccid.as_ref().map(fleet::Iccid::as_str)
    );
    office.close().await;
}

#[tokio::test]
async fn a_reference_used_for_something_else_is_a_conflict() {
    let office = Office::open(switches()).await;
    accepted(office.register(&lte(1)).await);
    let renamed = RegistrationIntent {
        unit_name: "Van 9".to_owned(),
        ..lte(1)
    };
    let outcome = office.register(&renamed).await;
    assert!(
        matches!(&outcome, RegistrationOutcome::Conflict { rejection, existing: Some(_) } if rejection.word == "CLIENT_REF_REUSED"),
        "{outcome:?}"
    );
    office.close().await;
}

#[tokio::test]
async fn a_running_change_of_somebody_else_is_doubt_and_never_ours() {
    let office = Office::open(Switches {
        activation_delay_ms: 3_600_000,
        ..Switches::default()
    })
    .await;
    accepted(office.register(&lte(1)).await);
    let other_sim = RegistrationIntent {
        iccid: lte(2).iccid,
        ..under_another_reference(&lte(1))
    };
    assert!(unknown(office.register(&other_sim).await).contains("T20"));
    office.close().await;
}

#[tokio::test]
async fn a_failed_activation_is_followed_to_its_end_and_may_be_registered_anew() {
    let device = cdma().unit.as_str().to_owned();
    let office = Office::open(Switches {
        activation_fails: [device].into(),
        ..switches()
    })
    .await;
    let (handle, _) = accepted(office.register(&cdma()).await);
    let followed = office.carrier.follow(&handle).await;
    assert!(
        matches!(&followed, FollowUp::Failed(rejection) if rejection.word == "PLAN_NOT_COMPATIBLE"),
        "{followed:?}"
    );
    let found = office.carrier.look_up(&cdma()).await;
    assert!(
        matches!(&found, LookUp::Found { unit } if unit.state == SubscriptionState::Error),
        "{found:?}"
    );
    // Another reference finds nothing that stands in its way.
    let anew = under_another_reference(&cdma());
    assert_eq!(office.carrier.look_up(&anew).await, LookUp::NotFound);
    office.sandbox.set_switches(switches());
    accepted(office.register(&anew).await);
    office.close().await;
}

#[tokio::test]
async fn each_refusal_has_its_cause_and_field() {
    let owned = lte(3).unit.as_str().to_owned();
    let strange = lte(4).unit.as_str().to_owned();
    let office = Office::open(Switches {
        owned_elsewhere: [owned].into(),
        not_in_inventory: [strange].into(),
        ..switches()
    })
    .await;
    accepted(office.register(&lte(1)).await);
    let cases = [
        (
            lte(3),
            RejectionCause::OwnedElsewhere,
            "DEVICE_OWNED_ELSEWHERE",
            "deviceId",
        ),
        (
            lte(4),
            RejectionCause::NotKnown,
            "DEVICE_NOT_IN_INVENTORY",
            "deviceId",
        ),
        (
            RegistrationIntent {
                plan_code: "NOSUCH".to_owned(),
                ..lte(5)
            },
            RejectionCause::Value,
            "UNKNOWN_PLAN",
            "planCode",
        ),
        (
            RegistrationIntent {
                plan_code: "M2MGPS1".to_owned(),
                ..lte(5)
            },
            RejectionCause::Value,
            "UNKNOWN_PLAN",
            "planCode",
        ),
        (
            RegistrationIntent {
                plan_code: "M2MLTE20".to_owned(),
                ..cdma()
            },
            RejectionCause::Value,
            "PLAN_NOT_COMPATIBLE",
            "planCode",
        ),
        (
            RegistrationIntent {
                service_zip: "00001".to_owned(),
                ..lte(5)
            },
            RejectionCause::Value,
            "NO_COVERAGE",
            "serviceZip",
        ),
        (
            RegistrationIntent {
                iccid: lte(1).iccid,
                ..lte(5)
            },
            RejectionCause::NotKnown,
            "SIM_NOT_AVAILABLE",
            "iccid",
        ),
    ];
    for (intent, cause, word, field) in cases {
        let rejection = rejected(office.register(&intent).await);
        assert_eq!(
            (
                rejection.cause,
                rejection.word.as_str(),
                rejection.field.as_deref()
            ),
            (cause, word, Some(field))
        );
        assert!(!rejection.message.is_empty());
        assert_eq!(office.registrations_of(&intent), 0, "{word}");
    }
    // A corrected value may come under the same reference: the refused request was not processed.
    accepted(office.register(&lte(5)).await);
    office.close().await;
}

#[tokio::test]
async fn what_cannot_be_accepted_is_not_sent_at_all() {
    let office = Office::open(switches()).await;
    let cases = [
        (
            "deviceId",
            RegistrationIntent {
                unit: UnitId::Hardware("0042".to_owned()),
                ..lte(1)
            },
        ),
        (
            "unitName",
            RegistrationIntent {
                unit_name: String::new(),
                ..lte(1)
            },
        ),
        (
            "unitName",
            RegistrationIntent {
                unit_name: "é".repeat(51),
                ..lte(1)
            },
        ),
        (
            "serialNumber",
            RegistrationIntent {
                serial_number: Some("9".repeat(41)),
                ..lte(1)
            },
        ),
        (
            "planCode",
            RegistrationIntent {
                plan_code: "m2m".to_owned(),
                ..lte(1)
            },
        ),
        (
            "serviceZip",
            RegistrationIntent {
                service_zip: "6625".to_owned(),
                ..lte(1)
            },
        ),
    ];
    for (field, intent) in cases {
        assert_eq!(
            rejected(office.register(&intent).await).field.as_deref(),
            Some(field)
        );
    }
    assert!(office.sandbox.traffic().is_empty());
    // Fifty characters that are more than fifty bytes are right.
    accepted(
        office
            .register(&RegistrationIntent {
                unit_name: "é".repeat(50),
                ..lte(1)
            })
            .await,
    );
    office.close().await;
}

#[tokio::test]
async fn a_cancelled_unit_is_registered_anew_under_a_new_reference() {
    let office = Office::open(switches()).await;
    let (_, unit) = accepted(office.register(&lte(1)).await);
    crate::ledger::deactivate(&office, &unit.remote_id, lte(1).unit.as_str()).await;
    let again = RegistrationIntent {
        client_reference: Uuid::from_u128(9),
        generation: 1,
        ..lte(1)
    };
    assert_eq!(office.carrier.look_up(&again).await, LookUp::NotFound);
    let (_, second) = accepted(office.register(&again).await);
    assert_ne!(unit.remote_id, second.remote_id);
    office.close().await;
}
