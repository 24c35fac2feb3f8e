//! Texts to units over lost answers and restarts of the program, with either carrier: each is sent once, in doubt it is looked up.

use crate::desk::HeldSandbox;
use carrier::sandbox::{AccountSeed, LedgerLine, SandboxConfig, SeededUnit, Switches};
use carrier::{AccountSettings, Carrier, CarrierKind, MessageTarget};
use fleet::registration::RegistrationState;
use fleet::unit::Unit;
use fleet::{Iccid, Imei, Mdn, Secret, UnitId};
use fleetdesk::engine::{Account, MessageEnd, MessageWish, Messenger};
use fleetdesk::inventory::{Inventory, MessageStanding, Options};
use jiff::Timestamp;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;
use uuid::Uuid;

const LONG: Duration = Duration::from_secs(30);

pub(super) fn quiet() -> Switches {
    Switches {
        activation_delay_ms: 0,
        message_delay_ms: 50,
        ..Switches::default()
    }
}

async fn sandbox(kind: CarrierKind) -> HeldSandbox {
    let sandbox = HeldSandbox::serve(SandboxConfig {
        kind,
        switches: quiet(),
        ..SandboxConfig::default()
    })
    .await
    .unwrap();
    sandbox
        .seed_account(&AccountSeed {
            units: 12,
            first: 0,
            plan: "M2MGPS5".to_owned(),
        })
        .unwrap();
    sandbox
}

/// The program after a start: what it knows is in the folder.
pub(super) fn started(
    folder: &Path,
    sandbox: &HeldSandbox,
    kind: CarrierKind,
    settle: Duration,
) -> Messenger {
    let (inventory, _) = Inventory::open(folder, &Options::default()).unwrap();
    let mut settings = AccountSettings::sandbox(&sandbox.base_url());
    settings.limits.read_pause_ms = 5;
    settings.limits.calls_per_second = 1_000;
    let account = Account {
        account: settings.name.clone(),
        kind: kind.word().to_owned(),
        carrier: Arc::new(Carrier::new(settings).unwrap()),
        plan_code: String::new(),
        service_zip: "66251".to_owned(),
        sandbox: true,
    };
    Messenger {
        settle,
        ..Messenger::new(inventory, account, "Bench 1")
    }
}

async fn units(messenger: &Messenger, count: u32) -> Vec<Unit> {
    let mut units = Vec::new();
    for place in 0..count {
        let seeded = SeededUnit::at(place);
        let id = UnitId::Imei(Imei::parse(&seeded.imei).unwrap());
        let mut unit = Unit::new(id, Timestamp::now());
        unit.iccid = Some(Iccid::parse(&seeded.iccid).unwrap());
        unit.registration = Some(RegistrationState::Active);
        let identifier = carrier::Identifier::Iccid(seeded.iccid);
        if let fleet::registration::LookUp::Found { unit: held } =
            messenger.account.carrier.find(&identifier).await
        {
            unit.mdn = held.mdn;
        }
        units.push(unit);
    }
    messenger
        .inventory
        .upsert_units(units.clone())
        .await
        .unwrap();
    units
}

fn wishes(units: &[Unit], text: &str) -> Vec<MessageWish> {
    let wish = |(number, unit): (u128, &Unit)| {
        MessageWish::to(unit, Uuid::from_u128(number + 1), Secret::new(text))
    };
    (0..).zip(units).map(wish).collect()
}

/// Texts that the carrier took over, and in how many calls.
fn taken(sandbox: &HeldSandbox) -> (usize, usize) {
    let lines = sandbox.ledger();
    let calls: Vec<usize> = lines
        .iter()
        .filter_map(|line| match line {
            LedgerLine::MessagesTaken { messages, .. } => Some(messages.len()),
            _ => None,
        })
        .collect();
    (calls.iter().sum(), calls.len())
}

#[tokio::test]
async fn equal_texts_leave_together_and_each_is_followed_to_its_end() {
    for (kind, calls) in [(CarrierKind::Sprint, 2), (CarrierKind::ControlCenter, 12)] {
        let sandbox = sandbox(kind).await;
        let folder = tempfile::tempdir().unwrap();
        let messenger = started(folder.path(), &sandbox, kind, Duration::ZERO);
        let units = units(&messenger, 12).await;
        let unreached = if kind == CarrierKind::Sprint {
            units[5].mdn.as_ref().unwrap().to_string()
        } else {
            units[5].iccid.as_ref().unwrap().to_string()
        };
        sandbox.set_switches(Switches {
            messages_fail: [unreached].into(),
            ..quiet()
        });
        let wishes = wishes(&units, "KEYWORD-7391 on");
        let ends = messenger.carry(&wishes, LONG).await.unwrap();
        for (place, end) in ends.iter().enumerate() {
            let fails = matches!(end, MessageEnd::Failed { .. });
            assert_eq!(fails, place == 5, "{kind:?} {place}: {end:?}");
            assert!(end.is_final());
        }
        assert_eq!(taken(&sandbox), (12, calls), "{kind:?}");
        let again = messenger.carry(&wishes, LONG).await.unwrap();
        assert_eq!(
            (again, taken(&sandbox)),
            (ends, (12, calls)),
            "the same wish sends once"
        );
        let told = messenger
            .inventory
            .timeline(units[0].id.clone(), 10)
            .await
            .unwrap();
        let said: String = told
            .iter()
            .map(|entry| format!("{} {}\n", entry.title, entry.detail))
            .collect();
        assert!(
            said.contains("Message delivered") && said.contains("15 characters"),
            "{said}"
        );
        drop(messenger);
        // The words themselves stand nowhere.
        for file in std::fs::read_dir(folder.path()).unwrap().flatten() {
            let bytes = std::fs::read(file.path()).unwrap_or_default();
            let held = bytes.windows(12).any(|part| part == b"KEYWORD-7391");
            assert!(!held, "{}", file.path().display());
        }
    }
}

#[tokio::test]
async fn an_answer_lost_after_the_deed_leaves_one_text_over_a_restart() {
    for kind in CarrierKind::ALL {
        let sandbox = sandbox(kind).await;
        let folder = tempfile::tempdir().unwrap();
        let before = started(folder.path(), &sandbox, kind, Duration::from_secs(3_600));
        let units = units(&before, 1).await;
        // The same words were sent on purpose before: that text must not be taken for the one in doubt.
        let former = MessageWish::to(&units[0], Uuid::from_u128(77), Secret::new("reboot"));
        before.carry(&[former], LONG).await.unwrap();
        sandbox.set_switches(Switches {
            lose_answer_after_commit_every: 1,
            ..quiet()
        });
        let wishes = wishes(&units, "reboot");
        let ends = before.send(&wishes).await.unwrap();
        assert!(matches!(ends[..], [MessageEnd::InDoubt { .. }]), "{ends:?}");
        drop(before);
        sandbox.set_switches(quiet());

        let after = started(folder.path(), &sandbox, kind, Duration::from_secs(3_600));
        let ends = after.carry(&wishes, LONG).await.unwrap();
        assert_eq!(ends, [MessageEnd::Delivered], "{kind:?}");
        assert_eq!(taken(&sandbox).0, 2, "{kind:?}");
    }
}

#[tokio::test]
async fn an_answer_lost_before_the_deed_is_sent_again_only_after_a_look() {
    for kind in CarrierKind::ALL {
        let sandbox = sandbox(kind).await;
        let folder = tempfile::tempdir().unwrap();
        let messenger = started(folder.path(), &sandbox, kind, Duration::from_millis(1_500));
        let units = units(&messenger, 1).await;
        sandbox.set_switches(Switches {
            lose_answer_before_commit_every: 1,
            ..quiet()
        });
        let wishes = wishes(&units, "reboot");
        messenger.send(&wishes).await.unwrap();
        sandbox.set_switches(quiet());
        let kept = messenger
            .inventory
            .message(wishes[0].client_reference)
            .await
            .unwrap()
            .unwrap();
        assert_eq!(
            (kept.standing, kept.attempts),
            (MessageStanding::Unknown, 1)
        );
        if kind == CarrierKind::ControlCenter {
            let ends = messenger.send(&wishes).await.unwrap();
            assert!(
                matches!(ends[..], [MessageEnd::InDoubt { .. }]),
                "it may still show: {ends:?}"
            );
            assert_eq!(taken(&sandbox).0, 0);
        }
        let ends = messenger.carry(&wishes, LONG).await.unwrap();
        assert_eq!(
            (ends, taken(&sandbox).0),
            (vec![MessageEnd::Delivered], 1),
            "{kind:?}"
        );
    }
}

#[tokio::test]
async fn what_cannot_be_sent_says_why_and_a_spent_day_is_no_refusal() {
    let sandbox = sandbox(CarrierKind::Sprint).await;
    let folder = tempfile::tempdir().unwrap();
    let messenger = started(folder.path(), &sandbox, CarrierKind::Sprint, Duration::ZERO);
    let units = units(&messenger, 2).await;
    let mut all = wishes(&units, "reboot");
    all[1].target = MessageTarget {
        mdn: None,
        iccid: None,
    };
    let long = MessageWish::to(&units[0], Uuid::from_u128(50), Secret::new("x".repeat(161)));
    let ends = messenger.send(&[all[1].clone(), long]).await.unwrap();
    assert!(
        matches!(&ends[0], MessageEnd::Refused { why } if why.contains("phone number")),
        "{ends:?}"
    );
    assert!(
        matches!(&ends[1], MessageEnd::Refused { why } if why.contains("160")),
        "{ends:?}"
    );
    sandbox.set_switches(Switches {
        quota_per_day: 0,
        ..quiet()
    });
    let ends = messenger.send(&all[..1]).await.unwrap();
    assert!(
        matches!(
            ends[0],
            MessageEnd::NotYet {
                quota_spent: true,
                retry_after_s: 60..,
                ..
            }
        ),
        "{ends:?}"
    );
    assert_eq!(taken(&sandbox).0, 0);
    let unknown = MessageWish {
        target: MessageTarget {
            mdn: Some(Mdn::parse("9135550199").unwrap()),
            iccid: None,
        },
        ..all[0].clone()
    };
    assert_eq!(
        unknown.client_reference, all[0].client_reference,
        "a wish is known by its number"
    );
}
