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
