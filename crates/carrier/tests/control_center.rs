//! Cisco IoT Control Center through the same door: a SIM is put into service once, looked up after doubt, changed and asked.

use crate::office::{Office, accepted, done, rejected, settings, sim, switches, unknown};
use carrier::sandbox::{LedgerLine, Switches};
use carrier::{
    CallFailure, Carrier, Change, ChangeRequest, CheckVerdict, Identifier, MessageRequest,
    MessageState, MessageTarget, SendOutcome, SentMessage,
};
use fleet::registration::{
    FollowUp, LookUp, RegistrationIntent, RegistrationOutcome, RejectionCause, SubscriptionState,
};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Map, Value, json};
use uuid::Uuid;

fn registrations(office: &Office, intent: &RegistrationIntent) -> usize {
    let wanted = intent.iccid.as_ref().map(ToString::to_string);
    let lines = office.sandbox.ledger();
    lines
        .iter()
        .filter(|line| matches!(line, LedgerLine::Registered { iccid, .. } if *iccid == wanted))
        .count()
}

fn portal(office: &Office, intent: &RegistrationIntent, set: Value) {
    let set: Map<String, Value> = set.as_object().unwrap().clone();
    office
        .sandbox
        .edit_in_portal(intent.iccid.as_ref().unwrap().as_str(), set)
        .unwrap();
}

#[tokio::test]
async fn a_sim_is_put_into_service_once_and_carries_our_values() {
    let office = Office::at_control_center(switches()).await;
    assert_eq!(
        office.carrier.look_up(&sim(1)).await,
        LookUp::NotFound,
        "an unused SIM is no registration"
    );
    let unit = done(office.register(&sim(1)).await);
    assert_eq!(unit.state, SubscriptionState::Active);
    assert_eq!(unit.client_reference, Some(sim(1).client_reference));
    assert_eq!(unit.plan_code.as_deref(), Some(sim(1).plan_code.as_str()));
    assert!(unit.mdn.is_some());
    assert_eq!(
        done(office.register(&sim(1)).await),
        unit,
        "what is so already is not asked for"
    );
    assert_eq!(
        office.carrier.look_up(&sim(1)).await,
        LookUp::Found { unit: unit.clone() }
    );
    let by_reference = Identifier::ClientReference(sim(1).client_reference);
    assert!(matches!(
        office.carrier.find(&by_reference).await,
        LookUp::Found { .. }
    ));
    assert_eq!(
        office
            .carrier
            .find(&Identifier::ClientReference(Uuid::from_u128(1)))
            .await,
        LookUp::NotFound
    );
    let puts = office
        .sandbox
        .traffic()
        .iter()
        .filter(|exchange| exchange.method == "PUT")
        .count();
    assert_eq!((puts, registrations(&office, &sim(1))), (1, 1));
    office.close().await;
}

#[tokio::test]
async fn a_slow_activation_is_pending_until_the_sim_shows_it() {
    let office = Office::at_control_center(Switches {
        activation_delay_ms: 1_500,
        ..switches()
    })
    .await;
    let (handle, unit) = accepted(office.register(&sim(1)).await);
    assert_eq!(unit.state, SubscriptionState::Pending);
    assert!(matches!(
        office.carrier.follow(&handle).await,
        FollowUp::Pending { .. }
    ));
    tokio::time::sleep(std::time::Duration::from_millis(1_600)).await;
    assert!(matches!(
        office.carrier.follow(&handle).await,
        FollowUp::Completed { at: Some(_) }
    ));
    assert!(
        matches!(office.carrier.look_up(&sim(1)).await, LookUp::Found { unit } if unit.state == SubscriptionState::Active)
    );
    assert_eq!(office.carrier.follow("nonsense").await, FollowUp::Forgotten);
    office.close().await;
}

#[tokio::test]
async fn lost_answers_are_unknown_and_the_look_up_tells_what_came_of_them() {
    let lost_after = Switches {
        lose_answer_after_commit_every: 1,
        ..switches()
    };
    let office = Office::at_control_center(lost_after).await;
    unknown(office.register(&sim(1)).await);
    assert!(matches!(
        office.carrier.look_up(&sim(1)).await,
        LookUp::Found { .. }
    ));
    office.sandbox.set_switches(Switches {
        lose_answer_before_commit_every: 1,
        ..switches()
    });
    unknown(office.register(&sim(2)).await);
    assert_eq!(office.carrier.look_up(&sim(2)).await, LookUp::NotFound);
    office.sandbox.set_switches(Switches {
        server_error_after_success_every: 1,
        ..switches()
    });
    unknown(office.register(&sim(3)).await);
    office.sandbox.set_switches(switches());
    for n in 1..=3 {
        done(office.register(&sim(n)).await);
        assert_eq!(registrations(&office, &sim(n)), 1);
    }
    office.close().await;
}

#[tokio::test]
async fn the_pair_is_looked_at_before_anything_is_billed() {
    let office = Office::at_control_center(switches()).await;
    portal(&office, &sim(1), json!({"imei": "490154203237518"}));
    let RegistrationOutcome::Conflict {
        existing: Some(existing),
        ..
    } = office.register(&sim(1)).await
    else {
        panic!("a SIM of another unit was taken")
    };
    assert_eq!(existing.device_id.as_deref(), Some("490154203237518"));
    assert_eq!(registrations(&office, &sim(1)), 0);
    // The network tells a software version in place of the check digit.
    let imeisv = format!("{}01", &sim(2).unit.as_str()[..14]);
    portal(&office, &sim(2), json!({"imei": imeisv}));
    assert_eq!(
        done(office.register(&sim(2)).await).device_id.as_deref(),
        Some(sim(2).unit.as_str())
    );
    office.close().await;
}

#[tokio::test]
async fn what_others_did_with_a_sim_is_respected() {
    let office = Office::at_control_center(Switches {
        owned_elsewhere: [sim(4).iccid.unwrap().to_string()].into(),
        ..switches()
    })
    .await;
    portal(&office, &sim(1), json!({"status": "ACTIVATED"}));
    done(office.register(&sim(1)).await);
    portal(
        &office,
        &sim(2),
        json!({"status": "ACTIVATED", "accountCustom1": Uuid::from_u128(9).to_string()}),
    );
    assert!(matches!(
        office.register(&sim(2)).await,
        RegistrationOutcome::Conflict {
            existing: Some(_),
            ..
        }
    ));
    assert!(matches!(
        office.carrier.look_up(&sim(2)).await,
        LookUp::Found { .. }
    ));
    portal(&office, &sim(3), json!({"accountCustom1": "Branch 7"}));
    let refused = rejected(office.register(&sim(3)).await);
    assert!(refused.message.contains("Branch 7"), "{}", refused.message);
    assert_eq!(
        rejected(office.register(&sim(4)).await).cause,
        RejectionCause::NotKnown
    );
    portal(&office, &sim(5), json!({"status": "RETIRED"}));
    assert_eq!(
        rejected(office.register(&sim(5)).await).cause,
        RejectionCause::NotKnown
    );
    let no_plan = RegistrationIntent {
        plan_code: "gps 1mb".to_owned(),
        ..sim(6)
    };
    assert_eq!(
        rejected(office.register(&no_plan).await).cause,
        RejectionCause::Value,
        "plans are names, matched exactly"
    );
    let no_sim = RegistrationIntent {
        iccid: None,
        ..sim(7)
    };
    assert_eq!(rejected(office.register(&no_sim).await).word, "NOT_SENT");
    office.close().await;
}

#[tokio::test]
async fn too_many_calls_are_known_by_their_code_under_any_status() {
    for status in [429, 400] {
        let office = Office::at_control_center(Switches {
            rate_limit_every: 1,
            rate_limit_status: status,
            rate_limit_retry_after_s: None,
            ..switches()
        })
        .await;
        let mut at_once = settings(&office.sandbox.base_url());
        at_once.limits.read_repeats = 0;
        let carrier = Carrier::new(at_once).unwrap();
        assert!(matches!(
            carrier.register(&sim(1)).await,
            RegistrationOutcome::RetryAfter {
                quota_spent: false,
                ..
            }
        ));
        assert_eq!(registrations(&office, &sim(1)), 0);
        if status == 429 {
            office.close().await;
        }
    }
}

#[tokio::test]
async fn calls_never_overlap_however_many_tasks_ask() {
    let office = Office::at_control_center(Switches {
        slow_answer_every: 1,
        slow_answer_ms: 15,
        ..switches()
    })
    .await;
    let carrier = std::sync::Arc::new(office.carrier);
    let tasks: Vec<_> = (1..=6)
        .map(|n| {
            let carrier = std::sync::Arc::clone(&carrier);
            tokio::spawn(async move { carrier.register(&sim(n)).await })
        })
        .collect();
    for task in tasks {
        done(task.await.unwrap());
    }
    let limited = office
        .sandbox
        .traffic()
        .iter()
        .filter(|exchange| exchange.status == 429)
        .count();
    assert_eq!(limited, 0);
}

#[tokio::test]
async fn status_and_plan_are_changed_and_each_change_is_seen() {
    let office = Office::at_control_center(switches()).await;
    let mut unit = done(office.register(&sim(1)).await);
    let request = |unit: &fleet::registration::CarrierUnit, change| ChangeRequest {
        client_reference: Uuid::from_u128(5),
        unit: unit.clone(),
        change,
        reason: None,
        starts_at: None,
    };
    for (change, state) in [
        (Change::Suspend, SubscriptionState::Suspended),
        (Change::Restore, SubscriptionState::Active),
        (
            Change::Plan {
                plan_code: "GPS 20MB".to_owned(),
            },
            SubscriptionState::Active,
        ),
        (Change::Deactivate, SubscriptionState::Suspended),
        (Change::Activate, SubscriptionState::Active),
    ] {
        unit = done(office.carrier.change(&request(&unit, change.clone())).await);
        assert!(change.is_reached(&unit), "{change:?}");
        assert_eq!(unit.state, state, "{change:?}");
        done(office.carrier.change(&request(&unit, change)).await);
    }
    let edits = office
        .sandbox
        .ledger()
        .iter()
        .filter(|line| matches!(line, LedgerLine::Changed { .. }))
        .count();
    assert_eq!(edits, 5, "what is so already is not asked for");
    let dated = ChangeRequest {
        starts_at: Some(Timestamp::now() + SignedDuration::from_hours(48)),
        ..request(&unit, Change::Deactivate)
    };
    accepted(office.carrier.change(&dated).await);
    let far = ChangeRequest {
        starts_at: Some(Timestamp::now() + SignedDuration::from_hours(200 * 24)),
        ..dated
    };
    assert_eq!(rejected(office.carrier.change(&far).await).word, "NOT_SENT");
    portal(&office, &sim(1), json!({"status": "PURGED"}));
    assert!(matches!(
        office
            .carrier
            .change(&request(&unit, Change::Restore))
            .await,
        RegistrationOutcome::Conflict { .. }
    ));
    office.close().await;
}

#[tokio::test]
async fn a_message_is_found_again_after_doubt_and_its_answer_is_read() {
    let office = Office::at_control_center(Switches {
        message_delay_ms: 1_500,
        message_reply: Some("OK \u{202e}!".to_owned()),
        ..switches()
    })
    .await;
    let target = MessageTarget {
        mdn: None,
        iccid: sim(1).iccid,
    };
    let request = MessageRequest {
        client_reference: Uuid::from_u128(3),
        to: vec![target.clone()],
        text: "!R3,70,7".to_owned(),
    };
    let since = Timestamp::now();
    assert_eq!(
        office.carrier.sent_before(&request, since).await.unwrap(),
        Vec::new()
    );
    office.sandbox.set_switches(Switches {
        lose_answer_after_commit_every: 1,
        ..office.sandbox.switches()
    });
    assert!(matches!(
        office.carrier.send_message(&request).await,
        SendOutcome::Unknown { .. }
    ));
    office.sandbox.set_switches(Switches {
        lose_answer_after_commit_every: 0,
        ..office.sandbox.switches()
    });
    let found = office.carrier.sent_before(&request, since).await.unwrap();
    let [SentMessage::Taken { handle }] = found.as_slice() else {
        panic!("the message was taken over and not found: {found:?}")
    };
    assert_eq!(
        office.carrier.message_status(handle).await.unwrap().state,
        MessageState::Underway
    );
    assert!(
        office
            .carrier
            .replies(&target, since)
            .await
            .unwrap()
            .is_empty()
    );
    tokio::time::sleep(std::time::Duration::from_millis(1_600)).await;
    let status = office.carrier.message_status(handle).await.unwrap();
    assert_eq!(
        (status.state, status.changed_at.is_some()),
        (MessageState::Delivered, true)
    );
    let replies = office.carrier.replies(&target, since).await.unwrap();
    assert_eq!(replies.len(), 1);
    assert!(
        replies[0].text.starts_with("OK ") && !replies[0].text.contains('\u{202e}'),
        "{:?}",
        replies[0].text
    );
    assert!(matches!(
        office.carrier.message_status("12").await,
        Err(CallFailure::NotFound { .. })
    ));
    office.close().await;
}

#[tokio::test]
async fn the_account_is_listed_page_by_page_and_its_plans_are_those_in_use() {
    let office = Office::at_control_center(switches()).await;
    office
        .sandbox
        .seed_account(&carrier::sandbox::AccountSeed {
            units: 120,
            first: 0,
            plan: "GPS 5MB".to_owned(),
        })
        .unwrap();
    let (mut seen, mut cursor, mut pages) = (std::collections::BTreeSet::new(), None, 0);
    loop {
        let page = office.carrier.list(cursor.as_deref()).await.unwrap();
        assert!(page.units.len() <= 50);
        seen.extend(page.units.into_iter().map(|unit| unit.remote_id));
        pages += 1;
        cursor = page.next;
        if cursor.is_none() {
            break;
        }
    }
    assert_eq!((seen.len(), pages), (120, 3));
    let plans = office.carrier.plans().await.unwrap();
    assert_eq!(
        plans
            .iter()
            .map(|plan| plan.plan_code.as_str())
            .collect::<Vec<_>>(),
        ["GPS 5MB"]
    );
    assert!(office.carrier.list(Some("not ours")).await.is_err());
    office.close().await;
}

#[tokio::test]
async fn a_check_tells_good_credentials_from_wrong_ones() {
    let office = Office::at_control_center(switches()).await;
    let report = office.carrier.check().await;
    assert_eq!(report.verdict, CheckVerdict::Ready);
    assert!(report.is_usable());
    office.sandbox.set_switches(Switches {
        key_expired: true,
        ..switches()
    });
    assert_eq!(office.carrier.check().await.verdict, CheckVerdict::KeyWrong);
    assert_eq!(
        rejected(office.register(&sim(1)).await).cause,
        RejectionCause::Credentials
    );
    office.sandbox.set_switches(Switches {
        html_instead_of_json_every: 1,
        ..switches()
    });
    assert!(matches!(
        office.carrier.check().await.verdict,
        CheckVerdict::NotTheCarrier { .. }
    ));
    office.close().await;
}

#[tokio::test]
async fn a_sim_may_stand_ready_on_the_bench_at_no_cost_and_be_activated_later() {
    let office = Office::at_control_center(switches()).await;
    let mut ready = settings(&office.sandbox.base_url());
    ready.test_ready_on_bench = true;
    let carrier = Carrier::new(ready).unwrap();
    let unit = done(carrier.register(&sim(1)).await);
    assert_eq!(unit.state, SubscriptionState::TestReady);
    assert_eq!(
        carrier.look_up(&sim(1)).await,
        LookUp::Found { unit: unit.clone() }
    );
    done(carrier.register(&sim(1)).await);
    assert_eq!(registrations(&office, &sim(1)), 1);
    let request = ChangeRequest {
        client_reference: Uuid::from_u128(8),
        unit,
        change: Change::Activate,
        reason: None,
        starts_at: None,
    };
    let unit = done(carrier.change(&request).await);
    assert_eq!(unit.state, SubscriptionState::Active);
    assert_eq!(registrations(&office, &sim(1)), 1);
    office.close().await;
}

#[tokio::test]
async fn a_sim_that_was_moved_on_purpose_is_registered_with_its_new_unit() {
    let office = Office::at_control_center(switches()).await;
    let first = done(office.register(&sim(1)).await);
    portal(&office, &sim(1), json!({"imei": sim(1).unit.as_str()}));
    let deactivate = ChangeRequest {
        client_reference: Uuid::from_u128(9),
        unit: first,
        change: Change::Deactivate,
        reason: None,
        starts_at: None,
    };
    done(office.carrier.change(&deactivate).await);
    let second = sim(2).unit;
    let moved = RegistrationIntent {
        client_reference: Uuid::from_u128(0xabc),
        unit: second.clone(),
        ..sim(1)
    };
    let unit = done(office.register(&moved).await);
    assert_eq!(
        unit.device_id, None,
        "the former unit says nothing about the new one"
    );
    assert!(
        matches!(office.carrier.look_up(&moved).await, LookUp::Found { unit } if unit.device_id.is_none())
    );
    // Once the network sees it again, what it sees counts.
    tokio::time::sleep(std::time::Duration::from_millis(5)).await;
    portal(&office, &sim(1), json!({"imei": "490154203237518"}));
    let LookUp::Found { unit } = office.carrier.look_up(&moved).await else {
        panic!("it was registered")
    };
    assert_eq!(unit.device_id.as_deref(), Some("490154203237518"));
    office.close().await;
}
