//! Changes of a subscription over lost answers and restarts of the program: kept first, looked up after doubt, done once.

use crate::desk::HeldSandbox;
use carrier::sandbox::{AccountSeed, LedgerLine, SandboxConfig, SeededUnit, Switches};
use carrier::{AccountSettings, Carrier, CarrierKind, Change};
use fleet::registration::RegistrationState;
use fleet::unit::Unit;
use fleet::{Iccid, Imei, UnitId};
use fleetdesk::engine::{Account, ChangeEnd, ChangeError, Changer, Wanted, remember_pace};
use fleetdesk::inventory::{ChangeStanding, Inventory, Options};
use jiff::Timestamp;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

const LONG: Duration = Duration::from_secs(60);

fn account(sandbox: &HeldSandbox, kind: CarrierKind) -> Account {
    let mut settings = AccountSettings::sandbox(&sandbox.base_url());
    settings.limits.read_pause_ms = 5;
    Account {
        account: settings.name.clone(),
        kind: kind.word().to_owned(),
        carrier: Arc::new(Carrier::new(settings).unwrap()),
        plan_code: String::new(),
        service_zip: "66251".to_owned(),
        sandbox: true,
    }
}

/// The program as it stands after a start: nothing is known but what is in the folder.
fn started(folder: &Path, sandbox: &HeldSandbox, kind: CarrierKind) -> Changer {
    let (inventory, _) = Inventory::open(folder, &Options::default()).unwrap();
    let account = account(sandbox, kind);
    remember_pace(&account, &inventory);
    Changer {
        inventory,
        account,
        by: "Bench 1".to_owned(),
    }
}

fn wanted(change: Change) -> Wanted {
    Wanted {
        change,
        reason: None,
        starts_at: None,
    }
}

async fn sandbox(kind: CarrierKind, switches: Switches) -> HeldSandbox {
    let sandbox = HeldSandbox::serve(SandboxConfig {
        kind,
        switches,
        ..SandboxConfig::default()
    })
    .await
    .unwrap();
    let plan = match kind {
        CarrierKind::Sprint => "M2MGPS5",
        CarrierKind::ControlCenter => "GPS 5MB",
    };
    sandbox
        .seed_account(&AccountSeed {
            units: 1,
            first: 0,
            plan: plan.to_owned(),
        })
        .unwrap();
    sandbox
}

fn seeded_unit() -> Unit {
    let seeded = SeededUnit::at(0);
    let mut unit = Unit::new(
        UnitId::Imei(Imei::parse(&seeded.imei).unwrap()),
        Timestamp::now(),
    );
    unit.iccid = Some(Iccid::parse(&seeded.iccid).unwrap());
    unit.registration = Some(RegistrationState::Active);
    unit
}

fn changed(sandbox: &HeldSandbox) -> usize {
    let lines = sandbox.ledger();
    lines
        .iter()
        .filter(|line| matches!(line, LedgerLine::Changed { .. }))
        .count()
}

#[tokio::test]
async fn a_change_whose_answer_was_lost_is_taken_up_after_a_restart_and_done_once() {
    for kind in CarrierKind::ALL {
        let lossy = Switches {
            lose_answer_after_commit_every: 1,
            activation_delay_ms: 0,
            ..Switches::default()
        };
        let sandbox = sandbox(kind, lossy.clone()).await;
        let folder = tempfile::tempdir().unwrap();
        let before = started(folder.path(), &sandbox, kind);
        before
            .inventory
            .upsert_unit(seeded_unit(), Vec::new())
            .await
            .unwrap();
        let end = before
            .change(&seeded_unit(), wanted(Change::Suspend), Duration::ZERO)
            .await
            .unwrap();
        assert!(matches!(end, ChangeEnd::Open { .. }), "{end:?}");
        let open = before.inventory.open_changes().await.unwrap();
        assert_eq!((open.len(), open[0].standing), (1, ChangeStanding::Unknown));
        let other_plan = Change::Plan {
            plan_code: "another".to_owned(),
        };
        let second = before
            .change(&seeded_unit(), wanted(other_plan), LONG)
            .await;
        assert!(matches!(second, Err(ChangeError::Busy)), "{second:?}");
        drop(before);

        let after = started(folder.path(), &sandbox, kind);
        let ends = after.follow_open(LONG).await.unwrap();
        assert!(
            matches!(ends.as_slice(), [(_, word, ChangeEnd::Done(_))] if word == "suspend"),
            "{ends:?}"
        );
        assert_eq!(
            changed(&sandbox),
            1,
            "{}: looked up, not asked again",
            kind.name()
        );
        assert!(after.inventory.open_changes().await.unwrap().is_empty());
        let row = after
            .inventory
            .unit(seeded_unit().id)
            .await
            .unwrap()
            .unwrap();
        assert_eq!(row.registration, Some(RegistrationState::Suspended));
    }
}

#[tokio::test]
async fn a_change_that_never_left_or_was_lost_before_is_asked_again_by_itself() {
    for kind in CarrierKind::ALL {
        let lossy = Switches {
            lose_answer_before_commit_every: 1,
            activation_delay_ms: 0,
            ..Switches::default()
        };
        let sandbox = sandbox(kind, lossy).await;
        let folder = tempfile::tempdir().unwrap();
        let before = started(folder.path(), &sandbox, kind);
        before
            .inventory
            .upsert_unit(seeded_unit(), Vec::new())
            .await
            .unwrap();
        before
            .change(&seeded_unit(), wanted(Change::Suspend), Duration::ZERO)
            .await
            .unwrap();
        assert_eq!(changed(&sandbox), 0);
        drop(before);
        sandbox.set_switches(Switches {
            activation_delay_ms: 0,
            ..Switches::default()
        });
        let after = started(folder.path(), &sandbox, kind);
        let ends = after.follow_open(LONG).await.unwrap();
        assert!(
            matches!(ends.as_slice(), [(_, _, ChangeEnd::Done(_))]),
            "{ends:?}"
        );
        assert_eq!(changed(&sandbox), 1);
    }
}

#[tokio::test]
async fn a_refusal_is_the_last_word_and_the_row_stays_as_it_was() {
    let sandbox = sandbox(CarrierKind::Sprint, Switches::default()).await;
    let folder = tempfile::tempdir().unwrap();
    let changer = started(folder.path(), &sandbox, CarrierKind::Sprint);
    changer
        .inventory
        .upsert_unit(seeded_unit(), Vec::new())
        .await
        .unwrap();
    let no_plan = Change::Plan {
        plan_code: "NOSUCH".to_owned(),
    };
    let end = changer
        .change(&seeded_unit(), wanted(no_plan), LONG)
        .await
        .unwrap();
    assert!(
        matches!(&end, ChangeEnd::Refused { why } if why.contains("UNKNOWN_PLAN")),
        "{end:?}"
    );
    assert!(changer.inventory.open_changes().await.unwrap().is_empty());
    let row = changer
        .inventory
        .unit(seeded_unit().id)
        .await
        .unwrap()
        .unwrap();
    assert_eq!(
        (row.registration, row.plan_code),
        (Some(RegistrationState::Active), None)
    );
    let told = changer
        .inventory
        .timeline(seeded_unit().id, 10)
        .await
        .unwrap();
    assert!(
        told.iter()
            .any(|entry| entry.title.starts_with("Not done by the carrier")),
        "{told:?}"
    );
}

#[tokio::test]
async fn the_days_calls_are_remembered_over_a_restart() {
    let contract = Switches {
        activation_delay_ms: 0,
        ..Switches::contract()
    };
    let sandbox = sandbox(CarrierKind::Sprint, contract).await;
    let folder = tempfile::tempdir().unwrap();
    let before = started(folder.path(), &sandbox, CarrierKind::Sprint);
    before.account.carrier.plans().await.unwrap();
    before.account.carrier.plans().await.unwrap();
    // The next call is counted before it leaves; what the memory holds is what the last answer said, less that one.
    before
        .inventory
        .set_note("a later note", "is written after those")
        .await
        .unwrap();
    drop(before);
    let after = started(folder.path(), &sandbox, CarrierKind::Sprint);
    let budget = after
        .account
        .carrier
        .budget()
        .map(|budget| (budget.limit, budget.remaining));
    assert_eq!(budget, Some((500, 498)));
}
