//! Changes of a subscription: asked once, safe to ask again, and what they came to can be seen.

use crate::office::{Office, accepted, done, lte, rejected, switches, unknown};
use carrier::sandbox::{LedgerLine, Switches};
use carrier::{Change, ChangeRequest, Identifier};
use fleet::registration::{
    CarrierUnit, FollowUp, LookUp, RegistrationOutcome, RejectionCause, SubscriptionState,
};
use uuid::Uuid;

fn request(unit: &CarrierUnit, number: u128, change: Change) -> ChangeRequest {
    ChangeRequest {
        client_reference: Uuid::from_u128(0xc0de_0000 + number),
        unit: unit.clone(),
        change,
        reason: None,
        starts_at: None,
    }
}

async fn registered(office: &Office, n: u32) -> CarrierUnit {
    let (_, unit) = accepted(office.register(&lte(n)).await);
    read(office, &unit).await
}

async fn read(office: &Office, unit: &CarrierUnit) -> CarrierUnit {
    match office
        .carrier
        .find(&Identifier::RemoteId(unit.remote_id.clone()))
        .await
    {
        LookUp::Found { unit } => unit,
        other => panic!("{other:?}"),
    }
}

fn changes(office: &Office) -> usize {
    let lines = office.sandbox.ledger();
    lines
        .iter()
        .filter(|line| matches!(line, LedgerLine::Changed { .. }))
        .count()
}

#[tokio::test]
async fn the_life_of_a_subscription_is_changed_and_each_step_is_seen() {
    let office = Office::open(switches()).await;
    let mut unit = registered(&office, 1).await;
    let steps = [
        (Change::Suspend, SubscriptionState::Suspended),
        (Change::Restore, SubscriptionState::Active),
        (
            Change::Plan {
                plan_code: "M2MLTE20".to_owned(),
            },
            SubscriptionState::Active,
        ),
        (Change::Deactivate, SubscriptionState::Cancelled),
    ];
    for (number, (change, state)) in steps.into_iter().enumerate() {
        let request = request(&unit, number as u128, change.clone());
        let (handle, _) = accepted(office.carrier.change(&request).await);
        assert!(matches!(
            office.carrier.follow(&handle).await,
            FollowUp::Completed { .. }
        ));
        unit = read(&office, &unit).await;
        assert!(change.is_reached(&unit), "{change:?}");
        assert_eq!(unit.state, state);
        accepted(office.carrier.change(&request).await);
    }
    assert_eq!(unit.plan_code.as_deref(), Some("M2MLTE20"));
    assert_eq!(
        changes(&office),
        4,
        "a repeat under the same reference changes nothing"
    );
    office.close().await;
}

#[tokio::test]
async fn what_is_so_already_is_done_and_what_cannot_be_is_told() {
    let office = Office::open(switches()).await;
    let unit = registered(&office, 1).await;
    done(
        office
            .carrier
            .change(&request(&unit, 1, Change::Restore))
            .await,
    );
    let no_plan = Change::Plan {
        plan_code: "NOSUCH".to_owned(),
    };
    let refused = rejected(office.carrier.change(&request(&unit, 2, no_plan)).await);
    assert_eq!(
        (refused.cause, refused.field.as_deref()),
        (RejectionCause::Value, Some("planCode"))
    );
    let mut stranger = unit.clone();
    stranger.remote_id = "U424242".to_owned();
    assert_eq!(
        rejected(
            office
                .carrier
                .change(&request(&stranger, 3, Change::Suspend))
                .await
        )
        .cause,
        RejectionCause::NotKnown
    );
    assert_eq!(
        rejected(
            office
                .carrier
                .change(&request(&unit, 4, Change::Activate))
                .await
        )
        .word,
        "NOT_SENT"
    );
    accepted(
        office
            .carrier
            .change(&request(&unit, 5, Change::Deactivate))
            .await,
    );
    let RegistrationOutcome::Conflict {
        rejection,
        existing: Some(existing),
    } = office
        .carrier
        .change(&request(&unit, 6, Change::Restore))
        .await
    else {
        panic!("a cancelled unit was restored")
    };
    assert_eq!(
        (rejection.word.as_str(), existing.state),
        ("INVALID_STATE", SubscriptionState::Cancelled)
    );
    assert_eq!(changes(&office), 1);
    office.close().await;
}

#[tokio::test]
async fn a_change_whose_answer_is_lost_is_unknown_and_its_repeat_is_the_same_change() {
    let office = Office::open(switches()).await;
    let unit = registered(&office, 1).await;
    for (number, faults) in [
        Switches {
            lose_answer_after_commit_every: 1,
            ..switches()
        },
        Switches {
            server_error_after_success_every: 1,
            ..switches()
        },
    ]
    .into_iter()
    .enumerate()
    {
        let change = if number == 0 {
            Change::Suspend
        } else {
            Change::Restore
        };
        let request = request(&unit, number as u128, change.clone());
        office.sandbox.set_switches(faults);
        unknown(office.carrier.change(&request).await);
        office.sandbox.set_switches(switches());
        assert!(change.is_reached(&read(&office, &unit).await));
        accepted(office.carrier.change(&request).await);
        assert_eq!(changes(&office), number + 1);
    }
    office.close().await;
}

#[tokio::test]
async fn while_another_change_runs_nothing_is_claimed() {
    let office = Office::open(switches()).await;
    let unit = registered(&office, 1).await;
    office.sandbox.set_switches(Switches {
        activation_delay_ms: 60_000,
        ..switches()
    });
    accepted(
        office
            .carrier
            .change(&request(&unit, 1, Change::Suspend))
            .await,
    );
    assert!(matches!(
        office
            .carrier
            .change(&request(&unit, 2, Change::Deactivate))
            .await,
        RegistrationOutcome::RetryAfter {
            quota_spent: false,
            ..
        }
    ));
    office.close().await;
}

#[tokio::test]
async fn a_suspended_unit_is_not_yet_an_ended_one() {
    let office = Office::open(switches()).await;
    let unit = registered(&office, 1).await;
    accepted(
        office
            .carrier
            .change(&request(&unit, 1, Change::Suspend))
            .await,
    );
    let suspended = read(&office, &unit).await;
    assert!(!Change::Deactivate.is_reached(&suspended));
    accepted(
        office
            .carrier
            .change(&request(&suspended, 2, Change::Deactivate))
            .await,
    );
    assert!(Change::Deactivate.is_reached(&read(&office, &unit).await));
    office.close().await;
}
