//! Pushes that benches share: a unit is one bench's at a time, the pilot is counted over all, and no word is taken from who knows less.

use super::server::Database;
use fleet_db::{NewPush, PushAnswer, Session, TellPush};
use serde_json::{Value, json};
use uuid::Uuid;

struct Bench {
    session: Session,
    device: Uuid,
    name: &'static str,
}

impl Bench {
    async fn new(database: &Database, login: &str, name: &'static str) -> Self {
        Self {
            session: database.bench(login).await,
            device: Uuid::now_v7(),
            name,
        }
    }

    async fn claim(&self, push: Uuid, turn: i32, way: &str) -> PushAnswer {
        let asked = self
            .session
            .claim_push_unit(push, turn, self.device, self.name, way);
        asked.await.unwrap()
    }

    async fn tell(&self, push: Uuid, told: TellPush) -> Vec<(i32, bool)> {
        let asked = self.session.tell_push(push, self.device, self.name, &told);
        asked.await.unwrap()
    }
}

fn unit(turn: i32, standing: &str, way: &str) -> Value {
    json!({ "turn": turn, "standing": standing, "way": way, "pilot": false, "attempts": 0, "words": "as told" })
}

fn progress(state: &str, wave: &str) -> Value {
    json!({ "state": { "state": state }, "wave": wave })
}

async fn begun(bench: &Bench, pilot: i32, units: Vec<Value>) -> Uuid {
    let push = Uuid::now_v7();
    let new = NewPush {
        about: json!({ "facts": {} }),
        progress: progress("running", if pilot == 0 { "rest" } else { "pilot" }),
        pilot,
        units,
    };
    let share = || {
        bench
            .session
            .share_push(push, bench.device, bench.name, &new)
    };
    assert!(share().await.unwrap());
    assert!(!share().await.unwrap(), "told twice it is one push");
    push
}

fn held(who: &str) -> PushAnswer {
    PushAnswer::Held(Some(who.to_owned()))
}

#[tokio::test]
async fn a_unit_of_a_push_is_one_benchs_until_its_last_word_or_until_that_bench_is_gone() {
    let database = Database::new().await;
    let one = Bench::new(&database, "bench_1", "Bench 1").await;
    let two = Bench::new(&database, "bench_2", "Bench 2").await;
    let units = vec![
        unit(0, "waiting", "cable"),
        unit(1, "waiting", "sms"),
        unit(2, "waiting", "cable"),
    ];
    let push = begun(&one, 0, units).await;
    let of_two = two.session.shared_pushes(&[]).await.unwrap();
    assert_eq!(of_two[0].push, push);
    assert_eq!(of_two[0].actor.as_deref(), Some("Bench 1"));

    for turn in [0, 1] {
        let way = ["cable", "sms"][usize::try_from(turn).unwrap()];
        assert_eq!(one.claim(push, turn, way).await, PushAnswer::Mine);
        assert_eq!(
            one.claim(push, turn, way).await,
            PushAnswer::Mine,
            "asked again"
        );
        assert_eq!(two.claim(push, turn, way).await, held("Bench 1"));
    }
    assert_eq!(two.claim(push, 2, "cable").await, PushAnswer::Mine);
    assert_eq!(two.claim(push, 7, "cable").await, PushAnswer::Unknown);

    // What is done is done, and everybody hears who did it.
    let told = TellPush {
        units: vec![unit(2, "verified", "cable")],
        ..TellPush::default()
    };
    assert_eq!(two.tell(push, told).await, [(2, true)]);
    let done = PushAnswer::Done(Some("Bench 2".to_owned()));
    assert_eq!(one.claim(push, 2, "cable").await, done);
    let heard = one
        .session
        .push_units(push, 0, i64::MAX, &[])
        .await
        .unwrap();
    let third = heard.iter().find(|unit| unit.turn == 2).unwrap();
    assert_eq!(
        (third.standing.as_str(), third.device),
        ("verified", Some(two.device))
    );

    // A bench that says nothing more loses a unit that stands on another one's cable, and no text message.
    let admin = database.sql("postgres").await;
    admin
        .batch_execute("UPDATE fleet.push_units SET held_until = clock_timestamp() - interval '1 s' WHERE held_until IS NOT NULL")
        .await
        .unwrap();
    assert_eq!(two.claim(push, 0, "cable").await, PushAnswer::Mine);
    assert_eq!(one.claim(push, 0, "cable").await, held("Bench 2"));
    assert_eq!(two.claim(push, 1, "sms").await, held("Bench 1"));
    assert_eq!(
        one.claim(push, 1, "sms").await,
        PushAnswer::Mine,
        "its own goes on"
    );
    let late = TellPush {
        heard: 1_000,
        units: vec![unit(0, "failed", "cable")],
        ..TellPush::default()
    };
    assert_eq!(
        one.tell(push, late).await,
        [(0, false)],
        "it is another's now"
    );
}

#[tokio::test]
async fn the_pilot_is_counted_over_all_benches_and_a_pause_holds_for_all() {
    let database = Database::new().await;
    let one = Bench::new(&database, "bench_1", "Bench 1").await;
    let two = Bench::new(&database, "bench_2", "Bench 2").await;
    let units = (0..4).map(|turn| unit(turn, "waiting", "cable")).collect();
    let push = begun(&one, 2, units).await;
    assert_eq!(one.claim(push, 0, "cable").await, PushAnswer::Mine);
    assert_eq!(two.claim(push, 1, "cable").await, PushAnswer::Mine);
    assert_eq!(one.claim(push, 2, "cable").await, PushAnswer::PilotFirst);
    assert_eq!(two.claim(push, 3, "cable").await, PushAnswer::PilotFirst);

    let state = |heard, state: &str| TellPush {
        heard,
        progress: Some(progress(state, "rest")),
        ..TellPush::default()
    };
    let newest = two.session.shared_pushes(&[]).await.unwrap()[0].changed;
    assert_eq!(two.tell(push, state(newest, "running")).await, [(-1, true)]);
    assert_eq!(one.claim(push, 2, "cable").await, PushAnswer::Mine);
    // Who did not hear of the rest cannot take it back; who did may pause.
    assert_eq!(one.tell(push, state(0, "paused")).await, [(-1, false)]);
    let newest = one.session.shared_pushes(&[]).await.unwrap()[0].changed;
    assert_eq!(one.tell(push, state(newest, "paused")).await, [(-1, true)]);
    assert_eq!(two.claim(push, 3, "cable").await, PushAnswer::NotRunning);
    let newest = one.session.shared_pushes(&[]).await.unwrap()[0].changed;
    one.tell(push, state(newest, "cancelled")).await;
    assert!(two.session.shared_pushes(&[]).await.unwrap().is_empty());
    assert_eq!(two.session.shared_pushes(&[push]).await.unwrap().len(), 1);
}

#[tokio::test]
async fn a_bench_goes_on_with_its_own_word_and_a_cancel_is_never_lost() {
    let database = Database::new().await;
    let one = Bench::new(&database, "bench_1", "Bench 1").await;
    let two = Bench::new(&database, "bench_2", "Bench 2").await;
    let push = begun(&one, 0, vec![unit(0, "waiting", "cable")]).await;
    let word = |state: &str| TellPush {
        progress: Some(progress(state, "rest")),
        ..TellPush::default()
    };
    assert_eq!(one.tell(push, word("paused")).await, [(-1, true)]);
    assert_eq!(
        one.tell(push, word("running")).await,
        [(-1, true)],
        "its own word it knows"
    );
    assert_eq!(
        two.tell(push, word("paused")).await,
        [(-1, false)],
        "who did not hear it does not know better"
    );
    assert_eq!(two.tell(push, word("cancelled")).await, [(-1, true)]);
    assert_eq!(one.tell(push, word("running")).await, [(-1, false)]);
    let listed = one.session.shared_pushes(&[push]).await.unwrap();
    assert_eq!(listed[0].progress["state"]["state"], "cancelled");
}
