//! Setting the fleet database up and looking over the way to it, by command, as an administrator does it.

use crate::desk::{Desk, Finished, Fleet};
use serde_json::Value;

/// Steps of a check with their verdicts.
fn steps(run: &Finished) -> Vec<(String, String)> {
    let lines = run
        .lines
        .iter()
        .map(|line| serde_json::from_str::<Value>(line).unwrap());
    lines
        .filter(|line| line["type"] == "step")
        .map(|line| {
            let word = |key: &str| line[key].as_str().unwrap().to_owned();
            (word("step"), word("verdict"))
        })
        .collect()
}

fn failed_at(run: &Finished, step: &str, code: &str) {
    assert_eq!(run.code, Some(1), "{run:#?}");
    let last = steps(run).pop().unwrap();
    assert_eq!(last, (step.to_owned(), "failed".to_owned()), "{run:#?}");
    assert!(
        run.lines.iter().any(|line| line.contains(code)),
        "{code}: {run:#?}"
    );
    assert_eq!(run.one("summary")["usable"], false, "{run:#?}");
}

#[test]
fn the_script_is_printed_without_any_database() {
    let desk = Desk::new();
    let printed = desk.run("bench", &["fleet-db", "install", "--print-sql"]);
    assert_eq!(printed.code, Some(0), "{printed:#?}");
    let sql = printed.one("script")["sql"].as_str().unwrap().to_owned();
    assert!(sql.starts_with("BEGIN;") && sql.trim_end().ends_with("COMMIT;"));
    assert_eq!(sql, fleet_db::install::script());
    assert_eq!(printed.one("summary")["installed"], false);
}

#[test]
fn an_administrator_installs_once_or_twice_and_a_bench_then_finds_everything_good() {
    let (desk, fleet) = (Desk::new(), Fleet::new());
    fleet.admin("CREATE DATABASE office");
    let at = |login: &str| fleet.address(login).replace("/fleet", "/office");
    let check = |login: &str| desk.run("bench", &["fleet-db", "check", "--fleet-db", &at(login)]);

    failed_at(&check("bench_a"), "schema", "F-841");
    let refused = desk.run(
        "bench",
        &["fleet-db", "install", "--fleet-db", &at("bench_a")],
    );
    assert_eq!(
        (refused.code, &refused.one("error")["fault"]),
        (Some(1), &Value::from("F-840")),
        "{refused:#?}"
    );
    for _ in 0..2 {
        let installed = desk.run(
            "bench",
            &["fleet-db", "install", "--fleet-db", &at("postgres")],
        );
        assert_eq!(installed.code, Some(0), "{installed:#?}");
        assert_eq!(installed.one("summary")["installed"], true);
        assert!(installed.errors.contains("not encrypted"), "{installed:#?}");
    }
    let good = check("bench_a");
    assert_eq!(good.code, Some(0), "{good:#?}");
    assert!(
        steps(&good).iter().all(|(_, verdict)| verdict == "good"),
        "{good:#?}"
    );
    let summary = good.one("summary");
    assert_eq!(
        (&summary["usable"], &summary["encrypted"]),
        (&Value::from(true), &Value::from(false))
    );

    let admin = check("postgres");
    assert_eq!(
        admin.code,
        Some(3),
        "an administrator's login is for installing: {admin:#?}"
    );
    failed_at(&check("nobody_we_know"), "login", "F-830");
}

#[test]
fn a_revoked_right_and_a_newer_schema_are_named() {
    let (desk, fleet) = (Desk::new(), Fleet::new());
    let bench = fleet.address("bench_a");
    let check = || desk.run("bench", &["fleet-db", "check", "--fleet-db", &bench]);
    fleet.admin("REVOKE EXECUTE ON FUNCTION fleet.sync_push FROM fleet_app");
    let run = check();
    assert_eq!(run.code, Some(1), "{run:#?}");
    assert!(
        run.lines
            .iter()
            .any(|line| line.contains("missing: EXECUTE on fleet.sync_push")
                && line.contains("fleet.admit")),
        "{run:#?}"
    );
    fleet.admin("GRANT EXECUTE ON FUNCTION fleet.sync_push TO fleet_app");
    fleet.admin("UPDATE fleet.sync_head SET schema_version = 99");
    let run = check();
    assert_eq!(run.code, Some(3), "{run:#?}");
    assert!(
        run.lines
            .iter()
            .any(|line| line.contains("newer schema (99)") && line.contains("Update Fleetdesk")),
        "{run:#?}"
    );
}

#[test]
fn an_address_that_cannot_be_used_is_told_and_a_password_in_it_is_not_repeated() {
    let desk = Desk::new();
    let check = |address: &str| desk.run("bench", &["fleet-db", "check", "--fleet-db", address]);
    let run = check("postgres://bench_a:hunter2@fleet.example.net/fleet");
    assert_eq!(
        (run.code, &run.one("error")["fault"]),
        (Some(1), &Value::from("F-801")),
        "{run:#?}"
    );
    assert!(!format!("{run:?}").contains("hunter2"), "{run:#?}");
    failed_at(
        &check("postgres://bench_a@fleet.invalid/fleet"),
        "name",
        "F-810",
    );
    failed_at(
        &check("postgres://bench_a@127.0.0.1:1/fleet"),
        "network",
        "F-811",
    );
    let run = desk.run("bench", &["fleet-db", "check"]);
    assert_eq!(
        (run.code, &run.one("error")["fault"]),
        (Some(1), &Value::from("F-800")),
        "{run:#?}"
    );
}

#[test]
fn the_preferences_name_the_database_the_roots_and_the_way_to_log_in() {
    let desk = Desk::new();
    std::fs::create_dir(desk.path("bench")).unwrap();
    let prefer = |text: &str| {
        std::fs::write(
            desk.path("bench/preferences.toml"),
            format!("[fleet_db]\n{text}"),
        )
        .unwrap();
        desk.run("bench", &["fleet-db", "check"])
    };
    let address = "address = \"postgres://bench_2@127.0.0.1:1/fleet?sslmode=verify-full\"\n";
    failed_at(&prefer(address), "network", "F-811");
    for (more, code) in [
        ("roots = \"/nonexistent/roots.pem\"\n", "F-803"),
        ("login = \"rds_token\"\n", "F-804"),
        ("login = \"password_file\"\n", "F-804"),
        ("login = \"prefer\"\n", "I-711"),
        ("password = \"hunter2\"\n", "I-711"),
    ] {
        let run = prefer(&format!("{address}{more}"));
        assert_eq!(
            (run.code, &run.one("error")["fault"]),
            (Some(1), &Value::from(code)),
            "{more}: {run:#?}"
        );
    }
}
