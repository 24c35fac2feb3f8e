//! What can go wrong between the program and the carrier.

use super::carrier::{Get, Post};
use super::scenario::{ACTIVE, Ends, ICCID, IMEI, MINUTE, PORT_ONLY, Scenario, straight};
use fleet::job::{ClaimOutcome, JobState};
use fleet::journal::Verdict;
use fleet::registration::{CarrierUnit, RegistrationState, SubscriptionState};

/// One setting only: the carrier is what it is about.
fn carrier(name: &'static str, posts: &[Post], gets: &[Get]) -> Scenario {
    Scenario {
        settings: PORT_ONLY,
        posts: posts.to_vec(),
        gets: gets.to_vec(),
        ..straight(name)
    }
}

pub fn carrier_scenarios() -> Vec<Scenario> {
    let person = |code| Ends {
        state: JobState::NeedsPerson,
        verdict: Verdict::NeedsPerson,
        registration: RegistrationState::Owed,
        code: Some(code),
        ..ACTIVE
    };
    let refused = Ends {
        state: JobState::Failed,
        registration: RegistrationState::Refused,
        code: Some("C-501"),
        ..ACTIVE
    };
    let ours = |reference: Option<u128>, plan: &str| CarrierUnit {
        remote_id: "U000099".to_owned(),
        client_reference: reference.map(uuid::Uuid::from_u128),
        device_id: Some(IMEI.to_owned()),
        iccid: Some(ICCID.to_owned()),
        mdn: None,
        plan_code: Some(plan.to_owned()),
        state: SubscriptionState::Active,
        raw_state: "ACTIVE".to_owned(),
        reason: None,
    };
    vec![
        carrier("not sent twice", &[Post::NotSent, Post::NotSent], &[]),
        carrier("lost on the way", &[Post::LostBefore], &[]),
        Scenario {
            lag_ms: 20 * MINUTE,
            ..carrier("answer lost, look-ups lag", &[Post::LostAfter], &[])
        },
        Scenario {
            lag_ms: 20 * MINUTE,
            ..carrier(
                "carried out late, look-ups lag",
                &[Post::LostLate(MINUTE)],
                &[],
            )
        },
        Scenario {
            lag_ms: 20 * MINUTE,
            ..carrier(
                "lost, then answer lost, look-ups lag",
                &[Post::LostBefore, Post::LostAfter],
                &[],
            )
        },
        Scenario {
            lag_ms: 20 * MINUTE,
            wall_jump_s: -86_400,
            ..carrier(
                "answer lost, look-ups lag, clock a day back",
                &[Post::LostAfter],
                &[],
            )
        },
        carrier(
            "look-ups fail",
            &[Post::LostAfter],
            &[Get::Offline, Get::Busy(90), Get::Offline],
        ),
        carrier(
            "asked to wait",
            &[Post::RetryAfter(30), Post::RetryAfter(3600)],
            &[],
        ),
        Scenario {
            ends: refused,
            ..carrier("refused", &[Post::Refused], &[])
        },
        Scenario {
            ends: Ends {
                state: JobState::NeedsPerson,
                registration: RegistrationState::Owed,
                code: Some("C-501"),
                ..ACTIVE
            },
            ..carrier(
                "wrong key",
                &[Post::BadKey, Post::BadKey, Post::BadKey, Post::BadKey],
                &[],
            )
        },
        Scenario {
            foreign: Some(ours(None, "OTHER")),
            ends: person("C-502"),
            ..carrier(
                "already active with another plan",
                &[Post::AlreadyActive],
                &[],
            )
        },
        Scenario {
            foreign: Some(ours(Some(5), "FLEET1")),
            ends: person("C-502"),
            ..carrier(
                "already active under another reference",
                &[Post::AlreadyActive],
                &[],
            )
        },
        Scenario {
            foreign: Some(ours(None, "FLEET1")),
            ..carrier(
                "already active with our values",
                &[Post::AlreadyActive],
                &[],
            )
        },
        Scenario {
            activation_ms: None,
            ends: Ends {
                registration: RegistrationState::Pending,
                ..person("C-504")
            },
            ..carrier("pending for ever", &[], &[])
        },
        Scenario {
            activation_fails: true,
            ends: refused,
            ..carrier(
                "activation fails",
                &[],
                &[Get::Ok, Get::Busy(20), Get::Offline],
            )
        },
        Scenario {
            lag_ms: 20 * MINUTE,
            ..carrier("handle forgotten, look-ups lag", &[], &[Get::Forgotten])
        },
        Scenario {
            answers_at_once: true,
            activation_ms: Some(20 * MINUTE),
            ..carrier("answered at once, active later", &[], &[])
        },
        Scenario {
            answers_at_once: true,
            activation_ms: Some(0),
            ..carrier("active at once", &[], &[])
        },
        Scenario {
            claims: vec![
                ClaimOutcome::Offline,
                ClaimOutcome::Offline,
                ClaimOutcome::NoDatabase,
            ],
            ..carrier("office database away", &[], &[])
        },
        Scenario {
            claims: vec![ClaimOutcome::HeldBy("bench 2".to_owned()); 9],
            ends: person("C-505"),
            ..carrier("held by another bench", &[], &[])
        },
    ]
}
