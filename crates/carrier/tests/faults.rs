//! Every fault switch of the sandbox and the outcome that must follow. Unknown is never dressed up as anything else.

use crate::office::{Office, accepted, lte, settings, switches, unknown};
use carrier::sandbox::{LedgerLine, Switches};
use carrier::{AccountSettings, CallFailure, Carrier};
use fleet::Secret;
use fleet::registration::{FollowUp, LookUp, RegistrationOutcome, RejectionCause};

fn offline(found: &LookUp) -> Option<bool> {
    match found {
        LookUp::Failed { offline, .. } => Some(*offline),
        _ => None,
    }
}

#[tokio::test]
async fn an_answer_lost_before_anything_was_done_is_unknown_and_nothing_is_found() {
    let office = Office::open(Switches {
        lose_answer_before_commit_every: 2,
        ..switches()
    })
    .await;
    accepted(office.register(&lte(1)).await);
    unknown(office.register(&lte(2)).await);
    assert_eq!(office.carrier.look_up(&lte(2)).await, LookUp::NotFound);
    accepted(office.register(&lte(2)).await);
    assert_eq!(office.registrations_of(&lte(2)), 1);
    office.close().await;
}

#[tokio::test]
async fn an_answer_lost_after_all_was_done_is_unknown_and_ours_is_found() {
    let office = Office::open(Switches {
        lose_answer_after_commit_every: 1,
        ..switches()
    })
    .await;
    unknown(office.register(&lte(1)).await);
    let found = office.carrier.look_up(&lte(1)).await;
    let LookUp::Found { unit } = found else {
        panic!("{found:?}")
    };
    assert_eq!(unit.client_reference, Some(lte(1).client_reference));
    assert_eq!(office.registrations_of(&lte(1)), 1);
    let lost = LedgerLine::AnswerLost {
        at: jiff::Timestamp::UNIX_EPOCH,
        client_ref: lte(1).client_reference,
        after_commit: true,
    };
    assert!(
        office
            .sandbox
            .ledger()
            .iter()
            .any(|line| std::mem::discriminant(line) == std::mem::discriminant(&lost))
    );
    office.close().await;
}

#[tokio::test]
async fn a_server_error_is_unknown_before_and_after_the_work() {
    let office = Office::open(Switches {
        server_error_after_success_every: 1,
        ..switches()
    })
    .await;
    assert!(unknown(office.register(&lte(1)).await).contains("500"));
    assert!(matches!(
        office.carrier.look_up(&lte(1)).await,
        LookUp::Found { .. }
    ));
    office.sandbox.set_switches(Switches {
        server_error_before_commit_every: 1,
        ..switches()
    });
    assert!(unknown(office.register(&lte(2)).await).contains("500"));
    assert_eq!(office.carrier.look_up(&lte(2)).await, LookUp::NotFound);
    office.close().await;
}

#[tokio::test]
async fn a_timeout_after_the_work_is_unknown_and_ours_is_found() {
    let office = Office::open(Switches {
        slow_answer_every: 1,
        slow_answer_ms: 60_000,
        ..switches()
    })
    .await;
    let mut impatient = settings(&office.sandbox.base_url());
    impatient.limits.total_timeout_ms = 300;
    let impatient = Carrier::new(impatient).unwrap();
    assert!(unknown(impatient.register(&lte(1)).await).contains("time"));
    assert_eq!(offline(&impatient.look_up(&lte(1)).await), Some(false));
    office.sandbox.set_switches(switches());
    assert!(matches!(
        office.carrier.look_up(&lte(1)).await,
        LookUp::Found { .. }
    ));
    assert_eq!(office.registrations_of(&lte(1)), 1);
    office.close().await;
}

#[tokio::test]
async fn a_rate_limit_says_when_to_come_back_and_nothing_was_done() {
    let office = Office::open(Switches {
        rate_limit_every: 1,
        rate_limit_retry_after_s: Some(7),
        ..switches()
    })
    .await;
    let wait = |seconds| RegistrationOutcome::RetryAfter {
        seconds,
        quota_spent: false,
    };
    assert_eq!(office.register(&lte(1)).await, wait(7));
    assert!(matches!(
        office.carrier.look_up(&lte(1)).await,
        LookUp::Failed {
            retry_after_s: Some(7),
            offline: false,
            ..
        }
    ));
    assert!(matches!(
        office.carrier.follow("T1").await,
        FollowUp::Unanswered {
            retry_after_s: Some(7),
            ..
        }
    ));
    office.sandbox.set_switches(Switches {
        rate_limit_every: 1,
        rate_limit_retry_after_s: None,
        ..switches()
    });
    assert_eq!(office.register(&lte(1)).await, wait(5));
    assert_eq!(office.registrations_of(&lte(1)), 0);
    office.close().await;
}

#[tokio::test]
async fn a_spent_day_is_remembered_and_not_asked_again_but_polls_go_on() {
    let office = Office::open(Switches {
        quota_per_day: 1,
        ..switches()
    })
    .await;
    let (handle, _) = accepted(office.register(&lte(1)).await);
    let budget = office.carrier.budget().unwrap();
    assert_eq!((budget.limit, budget.remaining), (1, 0));
    assert!(budget.reset_s > 80_000);
    for _ in 0..3 {
        let outcome = office.register(&lte(2)).await;
        assert!(
            matches!(
                outcome,
                RegistrationOutcome::RetryAfter {
                    seconds: 80_000..,
                    quota_spent: true
                }
            ),
            "{outcome:?}"
        );
        assert!(matches!(
            office.carrier.look_up(&lte(2)).await,
            LookUp::Failed {
                retry_after_s: Some(80_000..),
                ..
            }
        ));
    }
    assert!(matches!(
        office.carrier.follow(&handle).await,
        FollowUp::Completed { .. }
    ));
    let sent = office
        .sandbox
        .traffic()
        .iter()
        .filter(|exchange| exchange.path == "/unit/add.json")
        .count();
    assert_eq!(
        sent, 2,
        "the second refusal and all after it came from memory"
    );
    office.close().await;
}

#[tokio::test]
async fn a_read_is_repeated_while_the_carrier_is_in_trouble_and_a_write_never_is() {
    let office = Office::open(Switches {
        unavailable_reads_every: 2,
        ..switches()
    })
    .await;
    accepted(office.register(&lte(1)).await);
    assert!(matches!(
        office.carrier.look_up(&lte(1)).await,
        LookUp::Found { .. }
    ));
    assert!(
        matches!(office.carrier.look_up(&lte(1)).await, LookUp::Found { .. }),
        "the second was answered 503 first"
    );
    let before = office.sandbox.traffic().len();
    office.sandbox.set_switches(Switches {
        unavailable_reads_every: 1,
        ..switches()
    });
    assert_eq!(offline(&office.carrier.look_up(&lte(1)).await), Some(false));
    assert_eq!(
        office.sandbox.traffic().len() - before,
        5,
        "once and four times again"
    );
    office.sandbox.set_switches(Switches {
        server_error_before_commit_every: 1,
        ..switches()
    });
    let before = office.sandbox.traffic().len();
    unknown(office.register(&lte(2)).await);
    assert_eq!(office.sandbox.traffic().len() - before, 1);
    office.close().await;
}

#[tokio::test]
async fn a_wrong_clock_is_corrected_once_by_the_carriers_own_time() {
    let office = Office::open(Switches {
        clock_skew_s: 86_400,
        ..switches()
    })
    .await;
    accepted(office.register(&lte(1)).await);
    accepted(office.register(&lte(2)).await);
    let stale = office
        .sandbox
        .traffic()
        .iter()
        .filter(|exchange| exchange.status == 401)
        .count();
    assert_eq!(stale, 1, "the offset is kept");
    assert_eq!(office.registrations_of(&lte(1)), 1);
    office.close().await;
}

#[tokio::test]
async fn credentials_and_account_are_told_apart() {
    let office = Office::open(switches()).await;
    let with = |key: &str, secret: &str| {
        let base = settings(&office.sandbox.base_url());
        Carrier::new(AccountSettings {
            key: key.to_owned(),
            secret: Secret::new(secret),
            ..base
        })
        .unwrap()
    };
    let cases = [
        (
            with("OTHER", carrier::sandbox::EXAMPLE_SECRET),
            "INVALID_KEY",
        ),
        (
            with(carrier::sandbox::EXAMPLE_KEY, "other"),
            "INVALID_SIGNATURE",
        ),
    ];
    for (carrier, word) in cases {
        let outcome = carrier.register(&lte(1)).await;
        let RegistrationOutcome::Rejected(rejection) = outcome else {
            panic!("{outcome:?}")
        };
        assert_eq!(
            (rejection.cause, rejection.word.as_str()),
            (RejectionCause::Credentials, word)
        );
    }
    office.sandbox.set_switches(Switches {
        account_suspended: true,
        ..switches()
    });
    let outcome = office.register(&lte(1)).await;
    assert!(
        matches!(&outcome, RegistrationOutcome::Rejected(rejection) if rejection.cause == RejectionCause::Account),
        "{outcome:?}"
    );
    office.close().await;
}

#[tokio::test]
async fn a_lookup_that_lags_does_not_find_what_is_there() {
    let office = Office::open(Switches {
        lookup_lag_ms: 3_600_000,
        lose_answer_after_commit_every: 1,
        ..switches()
    })
    .await;
    unknown(office.register(&lte(1)).await);
    assert_eq!(office.carrier.look_up(&lte(1)).await, LookUp::NotFound);
    assert_eq!(office.registrations_of(&lte(1)), 1);
    office.sandbox.set_switches(switches());
    assert!(matches!(
        office.carrier.look_up(&lte(1)).await,
        LookUp::Found { .. }
    ));
    office.close().await;
}

#[tokio::test]
async fn a_cut_a_huge_and_a_foreign_answer_are_unknown_for_a_write_and_no_answer_for_a_read() {
    let office = Office::open(switches()).await;
    let faults = [
        (
            "cut",
            Switches {
                cut_body_every: 1,
                ..switches()
            },
        ),
        (
            "longer",
            Switches {
                huge_body_every: 1,
                ..switches()
            },
        ),
        (
            "web page",
            Switches {
                html_instead_of_json_every: 1,
                ..switches()
            },
        ),
        (
            "302",
            Switches {
                redirect_every: 1,
                ..switches()
            },
        ),
    ];
    for (n, (mark, fault)) in (1..).zip(faults) {
        office.sandbox.set_switches(fault);
        let why = unknown(office.register(&lte(n)).await);
        assert!(why.contains(mark), "{mark}: {why}");
        let LookUp::Failed {
            why,
            offline: false,
            ..
        } = office.carrier.look_up(&lte(n)).await
        else {
            panic!("{mark}")
        };
        assert!(why.contains(mark), "{mark}: {why}");
        assert!(
            matches!(
                office.carrier.follow("T1").await,
                FollowUp::Unanswered { .. }
            ),
            "{mark}"
        );
        let listed = office.carrier.list(None).await;
        assert!(
            matches!(
                listed,
                Err(CallFailure::NoAnswer { .. } | CallFailure::NotTheCarrier { .. })
            ),
            "{listed:?}"
        );
    }
    office.close().await;
}

#[tokio::test]
async fn no_request_follows_a_redirect() {
    let target = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let redirect_to = format!("http://{}/unit/add.json", target.local_addr().unwrap());
    let office = Office::open(Switches {
        redirect_every: 1,
        redirect_to,
        ..switches()
    })
    .await;
    unknown(office.register(&lte(1)).await);
    assert!(office.carrier.plans().await.is_err());
    // Whoever followed would stand in the listener's queue by now: the answers above came after the redirects.
    let visit = futures_now(target.accept());
    assert!(visit.is_none(), "somebody followed the redirect");
}

/// What a future gives when it is asked once.
fn futures_now<T>(future: impl Future<Output = T>) -> Option<T> {
    let mut future = std::pin::pin!(future);
    let mut context = std::task::Context::from_waker(std::task::Waker::noop());
    match future.as_mut().poll(&mut context) {
        std::task::Poll::Ready(value) => Some(value),
        std::task::Poll::Pending => None,
    }
}
