//! Push, pull and claims, one bench at a time.

use super::server::Database;
use fleet_db::*;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use uuid::Uuid;

pub fn operation(
    seq: i64,
    unit_id: Uuid,
    kind: OperationKind,
    fields: &[(&str, Value, Value)],
) -> Operation {
    let fields: BTreeMap<_, _> = fields
        .iter()
        .map(|(name, base, new)| {
            let change = FieldChange {
                base: base.clone(),
                new: new.clone(),
            };
            ((*name).to_owned(), change)
        })
        .collect();
    Operation {
        op_id: Uuid::now_v7(),
        seq,
        unit_id,
        kind,
        actor: "Bench 1".into(),
        atomic: false,
        fields,
    }
}

pub fn creation(seq: i64, unit_id: Uuid, imei: &str) -> Operation {
    let imei = json!(imei);
    operation(
        seq,
        unit_id,
        OperationKind::Create,
        &[("imei", Value::Null, imei)],
    )
}

async fn everything(session: &Session) -> (Position, Vec<PulledUnit>) {
    let start = Position::default();
    let page = session
        .pull(&start, &PageAfter::first(&start), 100_000)
        .await
        .unwrap();
    let position = Position {
        cursor: page.head,
        tag: Some(page.head_tag),
    };
    (position, page.rows)
}

#[tokio::test]
async fn a_pushed_unit_is_pulled_by_another_bench_with_defaults_and_serial() {
    let database = Database::new().await;
    let (one, two) = (
        database.bench("bench_1").await,
        database.bench("bench_2").await,
    );
    let unit = Uuid::now_v7();
    let mut adding = creation(1, unit, "356868000041418");
    adding.fields.insert(
        "provisioned_at".into(),
        FieldChange {
            base: Value::Null,
            new: json!("2026-11-22T10:42:00.5+01:00"),
        },
    );
    let answers = one.push(Uuid::now_v7(), &[adding]).await.unwrap();
    assert_eq!(answers[0].outcome, Outcome::Applied, "{answers:?}");
    let (position, rows) = everything(&two).await;
    assert_eq!(position.cursor, 1);
    let row = rows[0].unit.as_ref().unwrap().to_map();
    assert_eq!(row["serial"], json!("356868000041418"));
    assert_eq!(
        (&row["state"], &row["settings"]),
        (&json!("known"), &json!({}))
    );
    assert_eq!(row["provisioned_at"], json!("2026-11-22T09:42:00.5+00:00"));
    let mut named: Vec<&str> = columns::UNIT_COLUMNS
        .iter()
        .map(|column| column.name)
        .collect();
    named.insert(0, "id");
    assert_eq!(
        row.keys().map(String::as_str).collect::<Vec<_>>().len(),
        named.len()
    );
    for name in named {
        assert!(row.contains_key(name), "{name}");
    }
    let idle = two
        .pull(&position, &PageAfter::first(&position), 10)
        .await
        .unwrap();
    assert!(idle.rows.is_empty() && idle.same_history && idle.head == 1);
    assert!(idle.may_push().is_ok());
}

#[tokio::test]
async fn different_fields_merge_and_the_same_field_is_kept_for_review() {
    let database = Database::new().await;
    let (one, two) = (
        database.bench("bench_1").await,
        database.bench("bench_2").await,
    );
    let (device, other, unit) = (Uuid::now_v7(), Uuid::now_v7(), Uuid::now_v7());
    let null = Value::Null;
    one.push(device, &[creation(1, unit, "356868000041418")])
        .await
        .unwrap();
    let vehicle = |seq, text: &str| {
        operation(
            seq,
            unit,
            OperationKind::Set,
            &[("vehicle", Value::Null, json!(text))],
        )
    };
    let first = one.push(device, &[vehicle(2, "AB 1")]).await.unwrap();
    let both = operation(
        1,
        unit,
        OperationKind::Set,
        &[
            ("vehicle", null.clone(), json!("CD 2")),
            ("notes", null.clone(), json!("roof")),
        ],
    );
    let second = two.push(other, std::slice::from_ref(&both)).await.unwrap();
    assert_eq!(first[0].outcome, Outcome::Applied);
    assert_eq!(second[0].outcome, Outcome::Partial);
    assert_eq!(second[0].clashing().unwrap()["vehicle"], json!("AB 1"));
    assert_eq!(
        two.push(other, &[both]).await.unwrap(),
        second,
        "sent twice, answered alike"
    );
    let same = two.push(other, &[vehicle(2, "AB 1")]).await.unwrap();
    assert_eq!(
        same[0].outcome,
        Outcome::Applied,
        "the same value is no clash"
    );
    let clash = two.push(other, &[vehicle(3, "EF 3")]).await.unwrap();
    assert_eq!(clash[0].outcome, Outcome::Conflict);
    let (_, rows) = everything(&one).await;
    let row = rows[0].unit.as_ref().unwrap().to_map();
    assert_eq!(
        (&row["vehicle"], &row["notes"]),
        (&json!("AB 1"), &json!("roof"))
    );
    let history = one.history(unit).await.unwrap();
    assert_eq!(history.len(), 3);
    assert_eq!(history[2].change, json!({"notes": [null, "roof"]}));
    assert_eq!(
        (history[2].login.as_str(), history[2].actor.as_deref()),
        ("bench_2", Some("Bench 1"))
    );
}

#[tokio::test]
async fn one_moment_written_in_two_ways_is_one_value() {
    let database = Database::new().await;
    let session = database.bench("bench_1").await;
    let (device, unit) = (Uuid::now_v7(), Uuid::now_v7());
    session
        .push(device, &[creation(1, unit, "356868000041418")])
        .await
        .unwrap();
    let set = |seq, base: Value, new: Value| {
        operation(
            seq,
            unit,
            OperationKind::Set,
            &[("provisioned_at", base, new)],
        )
    };
    for (seq, base, new) in [
        (2, Value::Null, json!("2026-11-22T10:00:00Z")),
        (
            3,
            json!("2026-11-22T11:00:00+01:00"),
            json!("2026-11-22T12:00:00.123456789Z"),
        ),
        (4, json!("2026-11-22T12:00:00.123457Z"), Value::Null),
    ] {
        let answers = session.push(device, &[set(seq, base, new)]).await.unwrap();
        assert_eq!(answers[0].outcome, Outcome::Applied, "{seq}: {answers:?}");
    }
}

#[tokio::test]
async fn what_breaks_a_rule_is_rejected_with_its_name_and_the_rest_of_the_batch_goes_on() {
    let database = Database::new().await;
    let session = database.bench("bench_1").await;
    let (device, unit) = (Uuid::now_v7(), Uuid::now_v7());
    let null = Value::Null;
    let set = |seq, name: &str, new: Value| {
        operation(seq, unit, OperationKind::Set, &[(name, null.clone(), new)])
    };
    let batch = [
        creation(1, unit, "356868000041418"),
        creation(2, Uuid::now_v7(), "356868000041418"),
        set(3, "colour", json!("red")),
        set(4, "iccid", json!("12")),
        operation(
            5,
            unit,
            OperationKind::Create,
            &[("imei", null.clone(), json!("356868000041426"))],
        ),
        operation(
            6,
            Uuid::now_v7(),
            OperationKind::Create,
            &[("notes", null.clone(), json!("no number"))],
        ),
        set(7, "template_version", json!("seven")),
        operation(8, Uuid::now_v7(), OperationKind::Set, &[]),
        set(9, "id", json!(Uuid::now_v7())),
        set(10, "notes", json!("fine")),
    ];
    let answers = session.push(device, &batch).await.unwrap();
    let told = |index: usize, key: &str| {
        answers[index]
            .detail
            .as_ref()
            .map(|detail| detail[key].clone())
    };
    let outcomes: Vec<_> = answers.iter().map(|answer| answer.outcome).collect();
    use Outcome::{Applied, Gone, Rejected};
    assert_eq!(
        outcomes,
        [
            Applied, Rejected, Rejected, Rejected, Rejected, Rejected, Rejected, Gone, Rejected,
            Applied
        ]
    );
    assert_eq!(told(1, "constraint"), Some(json!("units_serial_key")));
    assert_eq!(told(1, "unit_id"), Some(json!(unit)));
    assert_eq!(told(2, "sqlstate"), Some(json!("42703")));
    assert_eq!(told(3, "constraint"), Some(json!("units_iccid_check")));
    assert_eq!(told(4, "constraint"), Some(json!("units_pkey")));
    assert_eq!(told(5, "column"), Some(json!("serial")));
}

#[tokio::test]
async fn a_claim_has_one_holder_and_everybody_is_told_the_same_one() {
    let database = Database::new().await;
    let (one, two) = (
        database.bench("bench_1").await,
        database.bench("bench_2").await,
    );
    let (mine, theirs, device) = (Uuid::now_v7(), Uuid::now_v7(), Uuid::now_v7());
    let first = one
        .claim("registration", "8901", mine, device, "Bench 1")
        .await
        .unwrap();
    let second = two
        .claim("registration", "8901", theirs, device, "Bench 2")
        .await
        .unwrap();
    let again = one
        .claim("registration", "8901", mine, device, "Bench 1")
        .await
        .unwrap();
    assert!(first.mine && !second.mine && again == first);
    assert_eq!(
        (second.job_id, second.actor.as_deref()),
        (mine, Some("Bench 1"))
    );
}

#[tokio::test]
async fn a_claim_passes_on_only_when_its_registration_has_ended_or_it_was_given_up() {
    let database = Database::new().await;
    let (one, two) = (
        database.bench("bench_1").await,
        database.bench("bench_2").await,
    );
    let sql = database.sql("postgres").await;
    let device = Uuid::now_v7();
    let iccid = "8901260222193240000";
    let claim = |bench: bool, job: Uuid| {
        let session = if bench { &one } else { &two };
        async move {
            let who = if bench { "Bench 1" } else { "Bench 2" };
            let answer = session.claim("iccid", iccid, job, device, who).await;
            answer.unwrap()
        }
    };
    let (first, second, third) = (Uuid::now_v7(), Uuid::now_v7(), Uuid::now_v7());
    assert!(claim(true, first).await.mine);
    sql.batch_execute(&format!(
        "INSERT INTO fleet.units (imei, iccid, carrier_state, provisioned_at) VALUES ('356868000041418', '{iccid}', 'owed', now())"
    ))
    .await
    .unwrap();
    assert!(!claim(false, second).await.mine, "it is under way");
    sql.batch_execute("UPDATE fleet.units SET carrier_state = 'pending'; UPDATE fleet.units SET customer = 'Acme'")
        .await
        .unwrap();
    assert!(!claim(false, second).await.mine, "it is under way still");
    sql.batch_execute("UPDATE fleet.units SET carrier_state = 'active'")
        .await
        .unwrap();
    assert!(claim(true, first).await.mine, "its own job may ask again");
    let passed = claim(false, second).await;
    assert_eq!((passed.mine, passed.job_id), (true, second));
    assert_eq!(
        claim(true, third).await.actor.as_deref(),
        Some("Bench 2"),
        "the new holder is told to everybody"
    );
    // The unit is proved anew and stays active: the job's record says so with its time.
    sql.batch_execute("UPDATE fleet.units SET customer = 'Beta'")
        .await
        .unwrap();
    assert!(!claim(true, third).await.mine, "an edit ends no job");
    sql.batch_execute("UPDATE fleet.units SET provisioned_at = now() + interval '1 hour'")
        .await
        .unwrap();
    assert!(claim(true, third).await.mine);
    // A bench that is gone for good.
    assert!(!claim(false, second).await.mine);
    let released: i32 = sql
        .query_one("SELECT fleet.release_claim($1)", &[&iccid])
        .await
        .unwrap()
        .get(0);
    assert_eq!(released, 1);
    assert!(claim(false, second).await.mine);
}

#[tokio::test]
async fn a_bench_ends_the_claims_of_its_ended_jobs_and_everybody_hears_what_is_in_hand() {
    let database = Database::new().await;
    let (one, two) = (
        database.bench("bench_1").await,
        database.bench("bench_2").await,
    );
    let (first, second, device) = (Uuid::now_v7(), Uuid::now_v7(), Uuid::now_v7());
    for (key, job) in [("8901", first), ("8902", second)] {
        let claimed = one.claim("iccid", key, job, device, "Bench 1").await;
        assert!(claimed.unwrap().mine);
    }
    let open = async || {
        let mut keys: Vec<_> = two.open_claims().await.unwrap();
        keys.sort_by(|one, other| one.key.cmp(&other.key));
        keys.into_iter()
            .map(|claim| (claim.key, claim.job_id, claim.actor))
            .collect::<Vec<_>>()
    };
    let by = Some("Bench 1".to_owned());
    assert_eq!(
        open().await,
        [
            ("8901".to_owned(), first, by.clone()),
            ("8902".to_owned(), second, by.clone())
        ]
    );
    for _ in 0..2 {
        one.end_claims(&[first, Uuid::now_v7()]).await.unwrap();
    }
    assert_eq!(open().await, [("8902".to_owned(), second, by)]);
    let other = Uuid::now_v7();
    let passed = two.claim("iccid", "8901", other, device, "Bench 2").await;
    assert!(passed.unwrap().mine);
    let held = two.claim("iccid", "8902", other, device, "Bench 2").await;
    assert!(!held.unwrap().mine, "its job goes on");
}

#[tokio::test]
async fn an_open_sql_transaction_makes_its_unit_busy_and_is_told_by_its_login() {
    let database = Database::new().await;
    let session = database.bench("bench_1").await;
    database.login("editor_1", "fleet_editor").await;
    let (device, unit) = (Uuid::now_v7(), Uuid::now_v7());
    session
        .push(device, &[creation(1, unit, "356868000041418")])
        .await
        .unwrap();
    let sql = database.sql("editor_1").await;
    sql.batch_execute("BEGIN; UPDATE fleet.units SET notes = 'by hand'")
        .await
        .unwrap();
    let set = |seq| {
        operation(
            seq,
            unit,
            OperationKind::Set,
            &[("vehicle", Value::Null, json!("AB 1"))],
        )
    };
    let batch = [set(2), set(3)];
    let answers = session.push(device, &batch).await.unwrap();
    assert!(answers.iter().all(|answer| answer.outcome == Outcome::Busy));
    let holder = session.row_holder(Some(unit)).await.unwrap().unwrap();
    assert_eq!(holder.login, "editor_1");
    assert!(
        session
            .known_ops(&[batch[0].op_id])
            .await
            .unwrap()
            .is_empty()
    );
    sql.batch_execute("COMMIT").await.unwrap();
    assert_eq!(session.row_holder(Some(unit)).await.unwrap(), None);
    assert_eq!(session.row_holder(None).await.unwrap(), None);
    sql.batch_execute(
        "BEGIN; SAVEPOINT a; UPDATE fleet.units SET notes = 'by hand again'; SET CONSTRAINTS ALL IMMEDIATE",
    )
    .await
    .unwrap();
    let holds_up_all = session.row_holder(None).await.unwrap().unwrap();
    assert_eq!(holds_up_all.login, "editor_1");
    // A commit that waits for it is given up by the server, so that the line stays and can be asked.
    let admin = database.sql("postgres").await;
    let short = format!(
        "ALTER ROLE bench_1 IN DATABASE {} SET lock_timeout = '300ms'",
        database.name
    );
    admin.batch_execute(&short).await.unwrap();
    let waits = database.bench("bench_1").await;
    let other = [creation(1, Uuid::now_v7(), "356868000041426")];
    let in_vain = waits.push(Uuid::now_v7(), &other).await.unwrap_err();
    assert!(in_vain.waited_in_vain(), "{in_vain:?}");
    assert!(waits.row_holder(None).await.unwrap().is_some());
    sql.batch_execute("ROLLBACK").await.unwrap();
    assert_eq!(session.row_holder(None).await.unwrap(), None);
    let answers = session.push(device, &batch).await.unwrap();
    assert!(
        answers
            .iter()
            .all(|answer| answer.outcome == Outcome::Applied)
    );
    assert_eq!(session.known_ops(&[batch[0].op_id]).await.unwrap().len(), 1);
    let (_, rows) = everything(&session).await;
    assert_eq!(
        rows[0].unit.as_ref().unwrap().to_map()["notes"],
        json!("by hand")
    );
}

#[tokio::test]
async fn an_answer_counts_only_when_the_commit_has_not_failed() {
    let database = Database::new().await;
    let session = database.bench("bench_1").await;
    let admin = database.sql("postgres").await;
    admin
        .batch_execute(
            "CREATE FUNCTION fleet.fail() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'late' USING ERRCODE = '40001'; END $$;
             CREATE CONSTRAINT TRIGGER zz_fail AFTER INSERT ON fleet.units DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION fleet.fail();",
        )
        .await
        .unwrap();
    let (device, adding) = (
        Uuid::now_v7(),
        creation(1, Uuid::now_v7(), "356868000041418"),
    );
    let failed = session
        .push(device, std::slice::from_ref(&adding))
        .await
        .unwrap_err();
    assert!(
        matches!(&failed, Fault::Disturbed { sqlstate: Some(state), .. } if state == "40001"),
        "{failed:?}"
    );
    assert!(failed.is_retryable());
    assert!(session.known_ops(&[adding.op_id]).await.unwrap().is_empty());
    admin
        .batch_execute("DROP TRIGGER zz_fail ON fleet.units")
        .await
        .unwrap();
    let answers = session.push(device, &[adding]).await.unwrap();
    assert_eq!(answers[0].outcome, Outcome::Applied);
}

#[tokio::test]
async fn two_copies_of_one_device_are_noticed() {
    let database = Database::new().await;
    let session = database.bench("bench_1").await;
    let device = Uuid::now_v7();
    session
        .push(device, &[creation(1, Uuid::now_v7(), "356868000041418")])
        .await
        .unwrap();
    let copy = session
        .push(device, &[creation(1, Uuid::now_v7(), "356868000041426")])
        .await;
    assert_eq!(copy.unwrap_err(), Fault::DeviceCopied);
}

#[tokio::test]
async fn too_much_at_once_is_not_sent() {
    let database = Database::new().await;
    let session = database.bench("bench_1").await;
    let many: Vec<_> = (0..501)
        .map(|seq| operation(seq, Uuid::now_v7(), OperationKind::Set, &[]))
        .collect();
    let long = operation(
        1,
        Uuid::now_v7(),
        OperationKind::Set,
        &[("notes", Value::Null, json!("x".repeat(1 << 20)))],
    );
    for batch in [many, vec![long]] {
        let refused = session.push(Uuid::now_v7(), &batch).await.unwrap_err();
        assert!(matches!(refused, Fault::TooLarge { .. }), "{refused:?}");
    }
}

#[tokio::test]
async fn a_column_that_is_added_while_a_bench_is_connected_comes_with_the_next_connection() {
    let database = Database::new().await;
    let session = database.bench("bench_1").await;
    let adding = [creation(1, Uuid::now_v7(), "356868000041418")];
    session.push(Uuid::now_v7(), &adding).await.unwrap();
    everything(&session).await;
    let sql = database.sql("postgres").await;
    sql.batch_execute(
        "ALTER TABLE fleet.units ADD COLUMN warranty date, ADD COLUMN price numeric DEFAULT 12.50, ADD COLUMN on_loan boolean, ADD COLUMN parts text[]; UPDATE fleet.units SET warranty = '2027-01-31', parts = '{a,b}', provisioned_at = 'infinity'",
    )
    .await
    .unwrap();
    let start = Position::default();
    let told = session.pull(&start, &PageAfter::first(&start), 10).await;
    assert!(told.unwrap_err().is_retryable() && session.is_closed());
    let (_, rows) = everything(&database.bench("bench_1").await).await;
    let unit = rows[0].unit.as_ref().unwrap().to_map();
    assert_eq!(unit["warranty"], json!("2027-01-31"));
    assert_eq!(
        (&unit["price"], &unit["parts"]),
        (&json!(12.50), &json!(["a", "b"]))
    );
    assert_eq!(
        (&unit["on_loan"], &unit["provisioned_at"]),
        (&Value::Null, &json!("infinity"))
    );
}

/// Section 8 of the design: whoever works on one unit in psql keeps nobody from the others.
#[tokio::test]
async fn an_open_sql_transaction_keeps_nobody_from_other_units() {
    let database = Database::new().await;
    database.login("editor_3", "fleet_editor").await;
    let session = database.bench("bench_1").await;
    let (device, held, free) = (Uuid::now_v7(), Uuid::now_v7(), Uuid::now_v7());
    let adding = [
        creation(1, held, "356868000041418"),
        creation(2, free, "356868000041426"),
    ];
    session.push(device, &adding).await.unwrap();
    let sql = database.sql("editor_3").await;
    sql.execute("BEGIN", &[]).await.unwrap();
    sql.execute(
        "UPDATE fleet.units SET notes = 'open' WHERE id = $1",
        &[&held],
    )
    .await
    .unwrap();
    let begun = std::time::Instant::now();
    for seq in 3..23 {
        let base = if seq == 3 {
            Value::Null
        } else {
            json!(format!("{}", seq - 1))
        };
        let set = operation(
            seq,
            free,
            OperationKind::Set,
            &[("notes", base, json!(seq.to_string()))],
        );
        let answers = session.push(device, &[set]).await.unwrap();
        assert_eq!(answers[0].outcome, Outcome::Applied);
    }
    assert!(begun.elapsed() < std::time::Duration::from_secs(10));
    assert_eq!(everything(&session).await.0.cursor, 21);
}
