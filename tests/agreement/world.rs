//! One day: offices and people at work, a snapshot, more work, a restore to the snapshot, more work, quiet rounds, the check.

use super::chance::Chance;
use super::check;
use super::line::{Variant, Witness};
use super::office::Office;
use super::people::{Person, connect};
use fleet::Moment;
use fleet::job::{Now, Record};
use fleet::journal::{JobEvent, JobId};
use fleet::unit::{Unit, UnitEvent, UnitEventKind};
use fleet_db::private_cluster::{PrivateCluster, SUPERUSER};
use fleetdesk::inventory::{Inventory, OpenJob};
use jiff::Timestamp;
use std::collections::BTreeMap;
use std::rc::Rc;
use std::time::{Duration, Instant};
use uuid::Uuid;

pub const DATABASE: &str = "fleet";
/// Rounds without faults until nothing is left to say.
const QUIET_ROUNDS: usize = 6;

/// How a day goes.
pub struct Plan {
    pub seed: u64,
    pub offices: u64,
    /// How long each of the phases lasts.
    pub phase: Duration,
    pub restore: bool,
    pub variant: Variant,
}

/// What came of it.
pub struct Told {
    pub complaints: Vec<String>,
    pub counts: String,
}

/// The facts of a finished job, as the engine keeps them.
pub async fn record(inventory: &Inventory, unit: Unit) {
    let job = JobId(Uuid::now_v7());
    let now = Now {
        moment: Moment(0),
        wall: Timestamp::now(),
    };
    let opened = inventory.open_job(OpenJob {
        job,
        unit: unit.id.clone(),
        iccid: None,
        hardware_serial: None,
        firmware: None,
        profile_id: "test".to_owned(),
        profile_sha256: "ab".repeat(32),
        state: "identified".to_owned(),
        events: vec![JobEvent::SaveIntent { round: 1 }],
        now,
    });
    if opened.await.is_err() {
        return;
    }
    let entry = UnitEvent {
        at: now.wall,
        kind: UnitEventKind::Verified,
        title: "Verified".to_owned(),
        detail: String::new(),
        by: "bench".to_owned(),
    };
    let operation = Uuid::new_v5(&job.0, b"record");
    let events = vec![JobEvent::Recorded { operation }];
    let record = Record {
        unit,
        entry,
        events,
    };
    let _ = inventory.record(job, record, "done", now).await;
}

pub fn run(plan: &Plan) -> Told {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    let tasks = tokio::task::LocalSet::new();
    tasks.block_on(&runtime, day(plan))
}

async fn day(plan: &Plan) -> Told {
    let cluster = Rc::new(PrivateCluster::start().unwrap());
    let logins: Vec<String> = (1..=plan.offices).map(|n| format!("bench_{n}")).collect();
    let logins: Vec<&str> = logins.iter().map(String::as_str).collect();
    cluster.prepare(DATABASE, &logins).await.unwrap();
    {
        let admin = cluster.administrator(DATABASE).await.unwrap();
        for person in ["maria", "jonas", "wei"] {
            cluster.admit(&admin, person, "fleet_editor").await.unwrap();
        }
    }
    let witness = Rc::new(Witness::default());
    let offices: Vec<Rc<Office>> = (1..=plan.offices)
        .map(|n| {
            let target = cluster.target(&format!("bench_{n}"), DATABASE);
            Rc::new(Office::new(
                n,
                plan.seed,
                target,
                Rc::clone(&witness),
                plan.variant,
            ))
        })
        .collect();
    let people: Vec<Rc<Person>> = ["maria", "jonas", "wei"]
        .iter()
        .enumerate()
        .map(|(n, name)| Rc::new(Person::new(name, Chance::new(plan.seed, 100 + n as u64))))
        .collect();
    let killed = Rc::new(std::cell::Cell::new(0));

    phase(plan, &cluster, &offices, &people, &killed).await;
    if plan.restore {
        copy(&cluster, "snapshot", DATABASE).await;
        let copied_at = head(&cluster).await;
        phase(plan, &cluster, &offices, &people, &killed).await;
        for office in &offices {
            let heard = office
                .inventory()
                .sync_state()
                .await
                .unwrap()
                .position
                .cursor;
            office.must_notice.set(heard > copied_at);
            office.compared.set(0);
        }
        forget_database(&cluster).await;
        copy(&cluster, DATABASE, "snapshot").await;
        witness.outcomes.borrow_mut().clear();
        // New writes take revisions that were given once already.
        let until = Instant::now() + Duration::from_millis(700);
        for person in &people {
            person.work(&cluster, until).await;
        }
        phase(plan, &cluster, &offices, &people, &killed).await;
    }
    for round in 0..QUIET_ROUNDS {
        for office in &offices {
            if !office.round(0).await && round + 1 == QUIET_ROUNDS {
                witness.complain(format!("{} cannot finish a quiet round", office.name()));
            }
        }
    }
    let restored = plan.restore;
    let mut complaints = witness.complaints.borrow().clone();
    complaints.extend(check::everything(&cluster, &offices, &witness, restored).await);
    complaints.extend(claims(&offices).await);
    let head = head(&cluster).await;
    let sum = |of: fn(&Office) -> u32| offices.iter().map(|office| of(office)).sum::<u32>();
    let counts = format!(
        "{} edits, {} rounds, {} crashes, {} lost answers, {} double sends, {} killed backends, {} SQL transactions, head {head}, compared anew {}",
        offices
            .iter()
            .map(|office| office.entered.borrow().len())
            .sum::<usize>(),
        sum(|office| office.rounds.get()),
        sum(|office| office.crashes.get()),
        witness.lost.get(),
        witness.doubled.get(),
        killed.get(),
        people.iter().map(|person| person.done.get()).sum::<u32>(),
        sum(|office| office.compared.get()),
    );
    Told { complaints, counts }
}

async fn phase(
    plan: &Plan,
    cluster: &Rc<PrivateCluster>,
    offices: &[Rc<Office>],
    people: &[Rc<Person>],
    killed: &Rc<std::cell::Cell<u32>>,
) {
    let until = Instant::now() + plan.phase;
    let mut tasks = Vec::new();
    for office in offices {
        let office = Rc::clone(office);
        tasks.push(tokio::task::spawn_local(
            async move { office.work(until).await },
        ));
    }
    for person in people {
        let (person, cluster) = (Rc::clone(person), Rc::clone(cluster));
        tasks.push(tokio::task::spawn_local(async move {
            person.work(&cluster, until).await
        }));
    }
    let (cluster, killed) = (Rc::clone(cluster), Rc::clone(killed));
    tasks.push(tokio::task::spawn_local(async move {
        let admin = connect(&cluster, SUPERUSER).await;
        while Instant::now() < until {
            tokio::time::sleep(Duration::from_millis(120)).await;
            let kill =
                "SELECT count(pg_terminate_backend(pid)) FROM (SELECT pid FROM pg_stat_activity
                WHERE usename LIKE 'bench%' ORDER BY random() LIMIT 1) AS one";
            let count: i64 = admin.query_one(kill, &[]).await.unwrap().get(0);
            killed.set(killed.get() + u32::try_from(count).unwrap());
        }
    }));
    for task in tasks {
        task.await.unwrap();
    }
}

async fn head(cluster: &PrivateCluster) -> i64 {
    let client = connect(cluster, SUPERUSER).await;
    let row = client.query_one("SELECT rev FROM fleet.sync_head", &[]);
    row.await.unwrap().get(0)
}

async fn forget_database(cluster: &PrivateCluster) {
    let admin = super::people::connect_to(cluster, SUPERUSER, "postgres").await;
    admin
        .batch_execute(&format!("DROP DATABASE {DATABASE} WITH (FORCE)"))
        .await
        .unwrap();
}

/// A copy of a whole database, as a restore gives one.
async fn copy(cluster: &PrivateCluster, new: &str, of: &str) {
    let admin = super::people::connect_to(cluster, SUPERUSER, "postgres").await;
    for _ in 0..50 {
        let clear = format!(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{of}'"
        );
        admin.batch_execute(&clear).await.unwrap();
        let copied = admin
            .batch_execute(&format!("CREATE DATABASE {new} TEMPLATE {of}"))
            .await;
        if copied.is_ok() {
            return;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    panic!("{of} could not be copied");
}

/// I12: each claim has one holder, and everybody is told the same one.
async fn claims(offices: &[Rc<Office>]) -> Vec<String> {
    let mut complaints = Vec::new();
    for key in 0..3 {
        let mut holders: BTreeMap<Uuid, u32> = BTreeMap::new();
        for office in offices.iter().chain(offices) {
            match office.claim(key).await {
                Some((holder, true)) => *holders.entry(holder).or_default() += 1,
                other => complaints.push(format!(
                    "I12: sim-{key}: {} was told {other:?}",
                    office.name()
                )),
            }
        }
        if holders.len() != 1 {
            complaints.push(format!("I12: sim-{key} has the holders {holders:?}"));
        }
    }
    complaints
}
