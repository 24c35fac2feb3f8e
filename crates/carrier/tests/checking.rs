//! `carrier check`: each trouble has its own verdict.

use crate::office::{Office, settings, switches};
use carrier::sandbox::Switches;
use carrier::{AccountSettings, Carrier, CheckVerdict, TrustedRoots};
use fleet::Secret;
use tokio::net::TcpListener;

async fn verdict(switches: Switches) -> CheckVerdict {
    let office = Office::open(switches).await;
    let verdict = office.carrier.check().await.verdict;
    office.close().await;
    verdict
}

#[tokio::test]
async fn a_good_account_tells_its_name_plans_and_budget() {
    let office = Office::open(Switches::contract()).await;
    let report = office.carrier.check().await;
    assert_eq!(report.verdict, CheckVerdict::Ready);
    assert!(report.is_usable());
    assert_eq!(report.account_name.as_deref(), Some("Example Fleet"));
    assert_eq!(
        report.budget.map(|budget| (budget.limit, budget.remaining)),
        Some((500, 499))
    );
    let orderable: Vec<&str> = report
        .plans
        .iter()
        .filter(|plan| plan.orderable)
        .map(|plan| plan.plan_code.as_str())
        .collect();
    assert_eq!(orderable, ["M2MGPS5", "M2MLTE20"]);
    assert_eq!(office.carrier.plans().await.unwrap(), report.plans);
    assert!(office.carrier.is_sandbox());
    office.close().await;
}

#[tokio::test]
async fn each_trouble_has_its_verdict() {
    let expired = Switches {
        key_expired: true,
        ..switches()
    };
    assert_eq!(verdict(expired).await, CheckVerdict::KeyExpired);
    let suspended = Switches {
        account_suspended: true,
        ..switches()
    };
    assert!(matches!(
        verdict(suspended).await,
        CheckVerdict::NoRight { .. }
    ));
    let spent = Switches {
        quota_per_day: 0,
        ..switches()
    };
    assert!(matches!(
        verdict(spent).await,
        CheckVerdict::QuotaSpent { reset_s: 80_000.. }
    ));
    let portal = Switches {
        html_instead_of_json_every: 1,
        ..switches()
    };
    assert!(matches!(
        verdict(portal).await,
        CheckVerdict::NotTheCarrier { .. }
    ));
    let redirect = Switches {
        redirect_every: 1,
        ..switches()
    };
    assert!(matches!(
        verdict(redirect).await,
        CheckVerdict::NotTheCarrier { .. }
    ));
    let down = Switches {
        unavailable_reads_every: 1,
        ..switches()
    };
    assert!(matches!(verdict(down).await, CheckVerdict::Trouble { .. }));
}

#[tokio::test]
async fn a_wrong_clock_is_told_with_its_offset_and_the_account_works_all_the_same() {
    for skew_s in [-3_600, 86_400] {
        let office = Office::open(Switches {
            clock_skew_s: skew_s,
            ..switches()
        })
        .await;
        let report = office.carrier.check().await;
        let CheckVerdict::ClockWrong {
            offset_s: Some(offset_s),
        } = report.verdict
        else {
            panic!("{report:?}")
        };
        assert!((offset_s - skew_s).abs() < 60, "{offset_s}");
        assert!(report.is_usable());
        office.close().await;
    }
}

#[tokio::test]
async fn key_and_secret_are_told_apart() {
    let office = Office::open(switches()).await;
    let base = settings(&office.sandbox.base_url());
    let wrong_key = AccountSettings {
        key: "OTHER".to_owned(),
        ..base.clone()
    };
    let wrong_secret = AccountSettings {
        secret: Secret::new("other"),
        ..base
    };
    assert_eq!(
        Carrier::new(wrong_key).unwrap().check().await.verdict,
        CheckVerdict::KeyWrong
    );
    assert_eq!(
        Carrier::new(wrong_secret).unwrap().check().await.verdict,
        CheckVerdict::SecretWrong
    );
    office.close().await;
}

#[tokio::test]
async fn nobody_there_is_no_network() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    drop(listener);
    let report = Carrier::new(settings(&format!("http://{address}/v1")))
        .unwrap()
        .check()
        .await;
    assert!(
        matches!(report.verdict, CheckVerdict::NoNetwork { .. }),
        "{report:?}"
    );
    assert!(!report.is_usable());
}

#[tokio::test]
async fn somebody_who_speaks_no_tls_is_not_trusted() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    crate::bad_answers::answer_each(listener, b"HTTP/1.1 200 OK\r\n\r\n".to_vec());
    let base = settings(&format!("https://{address}/v1"));
    let carrier = Carrier::new(AccountSettings {
        trusted_roots: TrustedRoots::Only(Vec::new()),
        ..base
    })
    .unwrap();
    let report = carrier.check().await;
    assert!(
        matches!(report.verdict, CheckVerdict::NotTrusted { .. }),
        "{report:?}"
    );
}
