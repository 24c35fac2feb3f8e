//! The connection doctor over a local server: what it says of a good bench, of an administrator, of what is missing.

use super::server::Database;
use fleet_db::doctor::{Report, Step, StepName, Verdict, check};
use fleet_db::{Access, Login, Roots};
use jiff::{Span, Timestamp};

fn access(database: &Database, user: &str) -> Access {
    Access {
        target: database.target(user),
        roots: Roots::rds().unwrap(),
        login: Login::Nothing,
    }
}

fn step(report: &Report, name: StepName) -> &Step {
    let found = report.steps.iter().find(|step| step.step == name);
    found.unwrap_or_else(|| panic!("{name:?} is missing: {report:#?}"))
}

#[tokio::test]
async fn a_bench_with_its_own_login_is_found_good_in_every_step() {
    let database = Database::new().await;
    let report = check(&access(&database, "bench_1"), Timestamp::now).await;
    assert_eq!(report.verdict(), Verdict::Good, "{report:#?}");
    let names: Vec<_> = report.steps.iter().map(|step| step.step).collect();
    use StepName::{Clock, Encryption, Login, Name, Rights, Schema};
    assert_eq!(names, [Name, Encryption, Login, Schema, Rights, Clock]);
    assert!(step(&report, Encryption).words.contains("not encrypted"));
}

#[tokio::test]
async fn an_administrators_login_may_do_too_much_and_an_editors_too_little() {
    let database = Database::new().await;
    let admin = check(&access(&database, "postgres"), Timestamp::now).await;
    assert_eq!(step(&admin, StepName::Rights).verdict, Verdict::Notice);
    assert!(
        step(&admin, StepName::Rights)
            .words
            .contains("CREATE in this database")
    );
    database.login("editor_2", "fleet_editor").await;
    let editor = check(&access(&database, "editor_2"), Timestamp::now).await;
    let rights = step(&editor, StepName::Rights);
    assert_eq!(
        (rights.verdict, rights.code),
        (Verdict::Failed, Some("F-840"))
    );
    assert!(
        rights.words.contains("EXECUTE on fleet.sync_push"),
        "{}",
        rights.words
    );
    assert!(rights.cure.as_ref().unwrap().contains("fleet.admit"));
}

#[tokio::test]
async fn a_newer_schema_a_revoked_right_and_a_missing_schema_are_each_named() {
    let database = Database::new().await;
    let sql = database.sql("postgres").await;
    sql.batch_execute("UPDATE fleet.sync_head SET schema_version = 99, min_client = 7")
        .await
        .unwrap();
    let report = check(&access(&database, "bench_1"), Timestamp::now).await;
    let schema = step(&report, StepName::Schema);
    assert_eq!(schema.verdict, Verdict::Failed);
    assert!(schema.words.contains("99") && schema.cure.as_ref().unwrap().contains("Update"));
    sql.batch_execute("UPDATE fleet.sync_head SET schema_version = 1, min_client = 1; REVOKE EXECUTE ON FUNCTION fleet.claim FROM fleet_app")
        .await
        .unwrap();
    let report = check(&access(&database, "bench_1"), Timestamp::now).await;
    let rights = step(&report, StepName::Rights);
    assert_eq!(rights.verdict, Verdict::Failed);
    assert!(
        rights.words.contains("missing: EXECUTE on fleet.claim"),
        "{}",
        rights.words
    );
    sql.batch_execute("DROP SCHEMA fleet CASCADE")
        .await
        .unwrap();
    let report = check(&access(&database, "bench_1"), Timestamp::now).await;
    assert_eq!(step(&report, StepName::Schema).code, Some("F-841"));
}

#[tokio::test]
async fn an_older_database_is_used_and_the_administrator_is_named_who_brings_it_up_to_date() {
    let database = Database::new().await;
    let sql = database.sql("postgres").await;
    sql.batch_execute("UPDATE fleet.sync_head SET schema_version = 4; DROP FUNCTION fleet.tell_push; DROP TABLE fleet.push_units, fleet.pushes CASCADE")
        .await
        .unwrap();
    let report = check(&access(&database, "bench_1"), Timestamp::now).await;
    assert_eq!(report.verdict(), Verdict::Notice, "{report:#?}");
    let schema = step(&report, StepName::Schema);
    assert_eq!(
        (schema.verdict, schema.code),
        (Verdict::Notice, Some("F-843"))
    );
    let cure = schema.cure.as_deref().unwrap();
    for words in [
        "administrator",
        "'fleetdesk fleet-db install'",
        "work goes on",
    ] {
        assert!(cure.contains(words), "{cure}");
    }
    let rights = step(&report, StepName::Rights);
    assert!(
        rights.words.contains("not there yet") && rights.words.contains("fleet.tell_push"),
        "{}",
        rights.words
    );
    // What units need may not be missing, however old the database is.
    sql.batch_execute("DROP FUNCTION fleet.known_ops")
        .await
        .unwrap();
    let report = check(&access(&database, "bench_1"), Timestamp::now).await;
    assert_eq!(step(&report, StepName::Rights).verdict, Verdict::Failed);
}

#[tokio::test]
async fn a_clock_that_is_off_by_a_day_is_told_and_does_not_stop_anything() {
    let database = Database::new().await;
    let tomorrow = || Timestamp::now() + Span::new().hours(24);
    let report = check(&access(&database, "bench_1"), tomorrow).await;
    let clock = step(&report, StepName::Clock);
    assert_eq!(clock.verdict, Verdict::Notice);
    assert!(
        clock.words.contains("24 h ahead") || clock.words.contains("23 h ahead"),
        "{}",
        clock.words
    );
    assert_eq!(report.verdict(), Verdict::Notice);
}

#[tokio::test]
async fn a_table_that_somebody_altered_or_may_not_be_written_is_not_found_good() {
    let database = Database::new().await;
    let sql = database.sql("postgres").await;
    for (breaks, told, mends) in [
        (
            "ALTER TABLE fleet.units DISABLE TRIGGER stamp_u",
            "the trigger stamp_u is switched off",
            "ALTER TABLE fleet.units ENABLE TRIGGER USER",
        ),
        (
            "ALTER TRIGGER log_id ON fleet.units RENAME TO noted",
            "the trigger log_id is missing",
            "ALTER TRIGGER noted ON fleet.units RENAME TO log_id",
        ),
        (
            "ALTER TABLE fleet.units RENAME COLUMN msid TO msid_old",
            "the column msid is missing",
            "ALTER TABLE fleet.units RENAME COLUMN msid_old TO msid",
        ),
    ] {
        sql.batch_execute(breaks).await.unwrap();
        let report = check(&access(&database, "bench_1"), Timestamp::now).await;
        let schema = step(&report, StepName::Schema);
        assert_eq!(
            (schema.verdict, schema.code),
            (Verdict::Failed, Some("F-845")),
            "{breaks}"
        );
        assert!(schema.words.contains(told), "{}", schema.words);
        sql.batch_execute(mends).await.unwrap();
    }
    let mended = check(&access(&database, "bench_1"), Timestamp::now).await;
    assert_eq!(mended.verdict(), Verdict::Good, "{mended:#?}");
    let read_only = format!(
        "ALTER DATABASE {} SET default_transaction_read_only = on",
        database.name
    );
    sql.batch_execute(&read_only).await.unwrap();
    let report = check(&access(&database, "bench_1"), Timestamp::now).await;
    assert_eq!(step(&report, StepName::Schema).code, Some("F-852"));
}

#[tokio::test]
async fn a_moment_that_no_calendar_has_takes_no_list_away_from_anybody() {
    let database = Database::new().await;
    let sql = database.sql("postgres").await;
    sql.batch_execute(
        "INSERT INTO fleet.units (serial, state, provisioned_at) VALUES ('T1', 'verified', 'infinity'), ('T2', 'verified', '-infinity'),
           ('T3', 'verified', '294276-12-31'), ('T4', 'verified', '4713-01-01 BC'), ('T5', 'verified', '2026-01-01')",
    )
    .await
    .unwrap();
    // The analyst's view in whole, and what a desk asks.
    sql.batch_execute("SELECT * FROM fleet.v_never_heard; SELECT * FROM fleet.v_fleet_now; SELECT * FROM fleet.v_first_report")
        .await
        .unwrap();
    let bench = database.bench("bench_1").await;
    let never = bench.never_heard(10).await.unwrap();
    let serials: Vec<&str> = never.iter().map(|unit| unit.serial.as_str()).collect();
    assert_eq!(serials, ["T5"]);
    assert_eq!(bench.silent_units(60, 10).await.unwrap().len(), 5);
    assert!(bench.reports_of("T1").await.unwrap().is_some());
}
