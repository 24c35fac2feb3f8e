//! Words of two benches about one push that cross each other: nothing that a bench did is lost, and nothing waits for ever.

use crate::desk::Fleet;
use fleet::fault::UnitCondition;
use fleet::push::{
    Effect, Forecast, Input, Kept, Push, PushFacts, PushId, PushUnit, Rules, Standing, Via, Way,
};
use fleet::{Fault, UnitId};
use fleet_db::{Credential, PushAnswer, Session, Target};
use fleetdesk::inventory::{Inventory, Options, PushStep};
use fleetdesk::sync::shared_pushes::{self, Teller};
use jiff::Timestamp;
use uuid::Uuid;

struct Bench {
    inventory: Inventory,
    session: Session,
    teller: Teller,
    _folder: tempfile::TempDir,
}

fn id(number: u32) -> UnitId {
    UnitId::Hardware(format!("U{number:04}"))
}

fn failed() -> Kept {
    Kept::Failed {
        fault: Fault::DidNotComeBack,
        condition: UnitCondition::PutBack,
    }
}

fn verified() -> Kept {
    Kept::Verified("1 value read back after the restart".to_owned())
}

impl Bench {
    async fn new(fleet: &Fleet, login: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let (inventory, _) = Inventory::open(folder.path(), &Options::default()).unwrap();
        let target = Target::parse(&fleet.address(login)).unwrap();
        let session = Session::connect(&target, Credential::Nothing)
            .await
            .unwrap();
        let device = inventory.sync_state().await.unwrap().device_id;
        let teller = Teller {
            device,
            actor: login.to_owned(),
        };
        Self {
            inventory,
            session,
            teller,
            _folder: folder,
        }
    }

    /// Begins a push over four units and tells of it.
    async fn begins(&self, rules: Rules) -> PushId {
        self.begins_over(rules, 0..4).await
    }

    async fn begins_over(&self, rules: Rules, numbers: std::ops::Range<u32>) -> PushId {
        let push = PushId(Uuid::now_v7());
        let facts = PushFacts {
            id: push,
            title: "Back to what they held".to_owned(),
            template: None,
            undoes: None,
            chosen: "by search".to_owned(),
            via: Via::Any,
            rules,
            agreed_by: None,
            by: self.teller.actor.clone(),
            begun: Timestamp::now(),
        };
        let forecast = || Forecast::Change {
            changes: Vec::new(),
        };
        let now = Timestamp::now();
        let units = numbers.enumerate().map(|(turn, n)| {
            let turn = u32::try_from(turn).unwrap();
            PushUnit::new(id(n), turn, None, Way::Cable, forecast(), now)
        });
        let whole = Push::new(facts, units.collect());
        assert_eq!(self.inventory.begin_push(&whole).await, Ok(None));
        self.inventory.share_push(push, false).await.unwrap();
        shared_pushes::share(&self.inventory, &self.session, &self.teller, &whole)
            .await
            .unwrap();
        push
    }

    async fn push(&self, push: PushId) -> Push {
        self.inventory.push(push).await.unwrap().unwrap()
    }

    /// Something happens here, and is kept before anybody is told.
    async fn does(&self, push: PushId, input: Input) {
        let mut whole = self.push(push).await;
        let now = Timestamp::now();
        for effect in whole.handle(input, now) {
            if let Effect::Keep {
                progress,
                units,
                log,
            } = effect
            {
                let units = units.iter().filter_map(|unit| whole.unit(unit).cloned());
                let step = PushStep {
                    push,
                    progress,
                    units: units.collect(),
                    log,
                    now,
                    heard: None,
                };
                self.inventory.keep_push_step(step).await.unwrap();
            }
        }
    }

    async fn claims(&self, push: PushId, turn: i32) -> PushAnswer {
        let (device, actor) = (self.teller.device, &self.teller.actor);
        self.session
            .claim_push_unit(push.0, turn, device, actor, "cable")
            .await
            .unwrap()
    }

    /// Asks for a unit and begins with it.
    async fn begins_with(&self, push: PushId, number: u32) {
        let turn = i32::try_from(number).unwrap();
        assert_eq!(self.claims(push, turn).await, PushAnswer::Mine);
        let (unit, way) = (id(number), Way::Cable);
        self.does(push, Input::Reached { unit, way }).await;
    }

    async fn ends_with(&self, push: PushId, number: u32, outcome: Kept) {
        let unit = id(number);
        self.does(push, Input::Told { unit, outcome }).await;
    }

    async fn round(&self) -> shared_pushes::Looked {
        shared_pushes::round(&self.inventory, &self.session, &self.teller)
            .await
            .unwrap()
    }

    /// The title of the push that has the unit, where this one passes over it.
    async fn passes_over(&self, push: PushId, number: u32) -> Option<String> {
        let unit = self.push(push).await.unit(&id(number)).cloned();
        unit.unwrap().passed_over
    }

    async fn standing(&self, push: PushId, number: u32) -> Standing {
        self.push(push).await.unit(&id(number)).unwrap().standing
    }
}

fn by(who: &str) -> String {
    who.to_owned()
}

#[tokio::test]
async fn what_a_bench_said_before_does_not_take_back_what_it_knows_since() {
    let fleet = Fleet::new_within().await;
    let (a, b) = (
        Bench::new(&fleet, "bench_a").await,
        Bench::new(&fleet, "bench_b").await,
    );
    let push = a.begins(Rules::default()).await;
    a.round().await;
    b.round().await;
    a.begins_with(push, 0).await;
    a.round().await;
    a.ends_with(push, 0, failed()).await;
    a.round().await;
    assert_eq!(a.standing(push, 0).await, Standing::Failed);
    b.round().await;
    assert_eq!(b.standing(push, 0).await, Standing::Failed);

    // Begun, and the power went before anybody was told: the words of the asking are no news.
    a.begins_with(push, 1).await;
    let before = a.push(push).await.unit(&id(1)).unwrap().clone();
    a.round().await;
    assert_eq!(a.push(push).await.unit(&id(1)), Some(&before));
}

#[tokio::test]
async fn what_hearing_brings_about_is_told_so_that_the_rest_may_begin() {
    let fleet = Fleet::new_within().await;
    let (a, b) = (
        Bench::new(&fleet, "bench_a").await,
        Bench::new(&fleet, "bench_b").await,
    );
    let rules = Rules {
        pilot: 2,
        ..Rules::default()
    };
    let push = a.begins(rules).await;
    a.round().await;
    b.round().await;
    for (bench, number) in [(&a, 0), (&b, 1)] {
        bench.begins_with(push, number).await;
    }
    assert_eq!(a.claims(push, 2).await, PushAnswer::PilotFirst);
    for (bench, number) in [(&a, 0), (&b, 1)] {
        bench.ends_with(push, number, verified()).await;
    }
    for bench in [&a, &b, &a, &b, &a] {
        bench.round().await;
    }
    assert_eq!(a.claims(push, 2).await, PushAnswer::Mine);
    assert_eq!(b.claims(push, 3).await, PushAnswer::Mine);
}

#[tokio::test]
async fn a_persons_second_word_counts_though_nothing_was_heard_between() {
    let fleet = Fleet::new_within().await;
    let (a, b) = (
        Bench::new(&fleet, "bench_a").await,
        Bench::new(&fleet, "bench_b").await,
    );
    let push = a.begins(Rules::default()).await;
    a.round().await;
    b.round().await;
    a.does(push, Input::Pause { by: by("a") }).await;
    a.round().await;
    a.does(push, Input::GoOn { by: by("a") }).await;
    a.round().await;
    assert_eq!(a.push(push).await.progress().state.word(), "running");
    b.round().await;
    assert_eq!(b.push(push).await.progress().state.word(), "running");

    // One cancels while the other pauses: nothing is begun any more, anywhere.
    b.does(push, Input::Pause { by: by("b") }).await;
    a.does(push, Input::Cancel { by: by("a") }).await;
    for bench in [&b, &a, &b, &a] {
        bench.round().await;
    }
    for bench in [&a, &b] {
        let whole = bench.push(push).await;
        assert_eq!(whole.progress().state.word(), "cancelled");
        assert_eq!(whole.counts().left_out, 4);
    }
}

#[tokio::test]
async fn what_failed_on_another_bench_is_tried_again_here_and_what_it_put_off_ends_with_the_push() {
    let fleet = Fleet::new_within().await;
    let (a, b) = (
        Bench::new(&fleet, "bench_a").await,
        Bench::new(&fleet, "bench_b").await,
    );
    let rules = Rules {
        stop_after: 1,
        pilot: 0,
        ..Rules::default()
    };
    let push = a.begins(rules).await;
    a.round().await;
    b.round().await;
    b.begins_with(push, 0).await;
    b.begins_with(push, 1).await;
    b.ends_with(push, 0, failed()).await;
    b.round().await;
    a.round().await;
    assert_eq!(a.push(push).await.progress().state.word(), "stopped");
    a.does(push, Input::RetryFailed { by: by("a") }).await;
    a.round().await;
    assert_eq!(a.claims(push, 0).await, PushAnswer::Mine);

    // The other bench puts one off while this one cancels.
    b.ends_with(push, 1, Kept::PutOff("the cable was pulled".to_owned()))
        .await;
    a.does(push, Input::Cancel { by: by("a") }).await;
    for bench in [&a, &b, &a, &b] {
        bench.round().await;
    }
    for bench in [&a, &b] {
        assert_eq!(bench.standing(push, 1).await, Standing::LeftOut);
        assert_eq!(bench.push(push).await.counts().waiting, 0);
    }
}

#[tokio::test]
async fn a_unit_that_another_push_of_the_bench_has_is_passed_over_until_that_one_lets_go_of_it() {
    let fleet = Fleet::new_within().await;
    let (a, b) = (
        Bench::new(&fleet, "bench_a").await,
        Bench::new(&fleet, "bench_b").await,
    );
    let own = b.begins_over(Rules::default(), 1..2).await;
    let push = a.begins(Rules::default()).await;
    let looked = b.round().await;
    assert_eq!((looked.came, looked.left_alone.len()), (1, 0));
    assert!(b.passes_over(push, 1).await.is_some());
    assert_eq!(b.passes_over(push, 0).await, None);
    assert_eq!(b.standing(push, 1).await, Standing::Waiting);

    // The other bench fails with it and waits for it once more: what is heard of that is kept, whatever stands here.
    a.begins_with(push, 1).await;
    a.round().await;
    b.round().await;
    assert_eq!(b.standing(push, 1).await, Standing::Sent);
    a.ends_with(push, 1, Kept::PutOff(by("the cable was pulled")))
        .await;
    a.round().await;
    b.round().await;
    assert_eq!(b.standing(push, 1).await, Standing::Waiting);
    assert!(b.passes_over(push, 1).await.is_some());

    // The other one knows of this bench's push, and passes over the unit in it.
    assert!(a.passes_over(own, 1).await.is_some());
    b.does(own, Input::Cancel { by: by("b") }).await;
    assert_eq!(
        b.passes_over(push, 1).await,
        None,
        "it is free for this one"
    );
    b.round().await;
    b.begins_with(push, 1).await;
    b.ends_with(push, 1, verified()).await;
    b.round().await;
    a.round().await;
    assert_eq!(a.standing(push, 1).await, Standing::Verified);
}

#[tokio::test]
async fn a_unit_of_a_bench_that_died_ends_with_the_push_and_its_own_later_word_counts() {
    let fleet = Fleet::new_within().await;
    let (a, b) = (
        Bench::new(&fleet, "bench_a").await,
        Bench::new(&fleet, "bench_b").await,
    );
    let push = a.begins(Rules::default()).await;
    a.round().await;
    b.round().await;
    a.begins_with(push, 0).await;
    assert_eq!(
        fleet.admin("SELECT login FROM fleet.push_units WHERE turn = 0"),
        "bench_a"
    );
    b.round().await;
    b.does(push, Input::Cancel { by: by("b") }).await;
    b.round().await;
    assert_eq!(
        fleet.admin("SELECT progress_login FROM fleet.pushes"),
        "bench_b"
    );
    assert_eq!(
        b.standing(push, 0).await,
        Standing::Sent,
        "it may be at work"
    );

    let long_ago = "UPDATE fleet.push_units SET held_until = clock_timestamp() - interval '1 s' WHERE held_until IS NOT NULL";
    fleet.admin(long_ago);
    b.round().await;
    let unit = b.push(push).await.unit(&id(0)).cloned().unwrap();
    assert_eq!(
        (unit.standing, unit.code()),
        (Standing::Failed, Some("J-603"))
    );
    let told = "SELECT standing || ' ' || login FROM fleet.push_units WHERE turn = 0";
    assert_eq!(fleet.admin(told), "failed bench_b");

    // It was not dead: what it proved stands against the other's guess.
    a.ends_with(push, 0, verified()).await;
    for bench in [&a, &a, &b] {
        bench.round().await;
    }
    assert_eq!(fleet.admin(told), "verified bench_a");
    assert_eq!(b.standing(push, 0).await, Standing::Verified);
}

#[tokio::test]
async fn a_push_that_cannot_be_taken_in_is_said_with_its_reason_until_it_can_be() {
    let fleet = Fleet::new_within().await;
    let (a, b) = (
        Bench::new(&fleet, "bench_a").await,
        Bench::new(&fleet, "bench_b").await,
    );
    let push = a.begins(Rules::default()).await;
    let about = fleet.admin("SELECT about FROM fleet.pushes");
    fleet.admin(
        "UPDATE fleet.pushes SET about = jsonb_set(about, '{facts,via}', '\"by satellite\"')",
    );
    let looked = b.round().await;
    assert_eq!(looked.came, 0);
    let left = shared_pushes_left(&b).await;
    assert_eq!(looked.left_alone, left);
    assert_eq!((left.len(), left[0].push), (1, push));
    assert_eq!(left[0].code, "P-458");
    let words = left[0].words();
    assert!(
        words.contains("Back to what they held of bench_a"),
        "{words}"
    );
    assert!(words.contains("no unit is touched"), "{words}");

    fleet.admin(&format!("UPDATE fleet.pushes SET about = '{about}'"));
    assert_eq!(b.round().await.came, 1);
    assert_eq!(shared_pushes_left(&b).await, []);
}

async fn shared_pushes_left(bench: &Bench) -> Vec<fleetdesk::sync::LeftAlone> {
    fleetdesk::sync::left_alone(&bench.inventory).await.unwrap()
}
