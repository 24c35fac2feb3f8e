//! The installing script: once, twice, over an older and a newer database, by hand.

use super::server::{Database, cluster};
use fleet_db::{columns, install};
use std::collections::BTreeSet;

#[tokio::test]
async fn installing_again_changes_nothing() {
    let database = Database::new().await;
    let sql = database.sql("postgres").await;
    sql.batch_execute("INSERT INTO fleet.units (imei) VALUES ('356868000041418')")
        .await
        .unwrap();
    let dump = "SELECT (SELECT array_agg(m.*::text ORDER BY version) FROM fleet.migrations m)::text,
                       (SELECT array_agg(p.oid::text || p.proacl::text ORDER BY p.oid) FROM pg_proc p WHERE p.pronamespace = 'fleet'::regnamespace)::text,
                       (SELECT array_agg(u.*::text) FROM fleet.units u)::text, (SELECT h.*::text FROM fleet.sync_head h)";
    let state =
        |row: tokio_postgres::Row| -> [String; 4] { std::array::from_fn(|column| row.get(column)) };
    let before = state(sql.query_one(dump, &[]).await.unwrap());
    let admin = cluster().administrator(&database.name).await.unwrap();
    install::install(&admin).await.unwrap();
    assert_eq!(state(sql.query_one(dump, &[]).await.unwrap()), before);
}

#[tokio::test]
async fn psql_runs_the_printed_script_to_the_same_end() {
    let database = Database::new().await;
    let by_hand = format!("{}_by_hand", database.name);
    let sql = database.sql("postgres").await;
    sql.batch_execute(&format!("CREATE DATABASE {by_hand}"))
        .await
        .unwrap();
    let script = cluster().folder().join(format!("{by_hand}.sql"));
    std::fs::write(&script, install::script()).unwrap();
    let psql = |database: &str, arguments: &[&str]| {
        let output = std::process::Command::new(cluster().programs().join("psql"))
            .args(["-X", "-q", "-v", "ON_ERROR_STOP=1", "-h"])
            .arg(cluster().folder().join("socket"))
            .args([
                "-p",
                &cluster().port().to_string(),
                "-U",
                "postgres",
                "-d",
                database,
            ])
            .args(arguments)
            .output()
            .unwrap();
        assert!(
            output.status.success(),
            "{}",
            String::from_utf8_lossy(&output.stderr)
        );
        String::from_utf8(output.stdout).unwrap()
    };
    psql(&by_hand, &["-f", script.to_str().unwrap()]);
    let facts = "SELECT string_agg(x, E'\\n' ORDER BY x) FROM (
        SELECT c.relname || ' ' || coalesce(c.relacl::text, '') FROM pg_class c WHERE c.relnamespace = 'fleet'::regnamespace
        UNION ALL SELECT a.attrelid::regclass || '.' || a.attname || ' ' || a.atttypid::regtype FROM pg_attribute a
                    JOIN pg_class c ON c.oid = a.attrelid WHERE c.relnamespace = 'fleet'::regnamespace
        UNION ALL SELECT p.proname || md5(p.prosrc) || coalesce(p.proacl::text, '') || coalesce(p.proconfig::text, '') FROM pg_proc p WHERE p.pronamespace = 'fleet'::regnamespace
        UNION ALL SELECT m.version || m.sha256 FROM fleet.migrations m) AS f (x)";
    assert_eq!(
        psql(&by_hand, &["-Atc", facts]),
        psql(&database.name, &["-Atc", facts])
    );
}

#[tokio::test]
async fn a_newer_database_and_a_changed_step_are_left_alone() {
    let database = Database::new().await;
    let sql = database.sql("postgres").await;
    let admin = || async { cluster().administrator(&database.name).await.unwrap() };
    sql.batch_execute(
        "INSERT INTO fleet.migrations (version, name, sha256) VALUES (999, 'later', '')",
    )
    .await
    .unwrap();
    let fault = install::install(&admin().await).await.unwrap_err();
    let newer = fleet_db::Fault::SchemaNewer {
        found: 999,
        known: install::SCHEMA_VERSION,
    };
    assert_eq!(fault, newer);
    sql.batch_execute("DELETE FROM fleet.migrations WHERE version = 999; UPDATE fleet.migrations SET sha256 = 'other' WHERE version = 1").await.unwrap();
    let fault = install::install(&admin().await).await.unwrap_err();
    assert!(fault.to_string().contains("another text"), "{fault}");
}

#[tokio::test]
async fn who_may_not_create_roles_installs_nothing() {
    let database = Database::new().await;
    let sql = database.sql("postgres").await;
    let name = &database.name;
    for statement in [
        format!("CREATE ROLE plain_{name} LOGIN"),
        format!("CREATE DATABASE {name}_plain OWNER plain_{name}"),
    ] {
        sql.batch_execute(&statement).await.unwrap();
    }
    let plain = database
        .target(&format!("plain_{}", database.name))
        .with_database(&format!("{}_plain", database.name));
    let session = fleet_db::Session::connect(&plain, fleet_db::Credential::Nothing)
        .await
        .unwrap();
    let fault = install::install(&session).await.unwrap_err();
    assert_eq!(fault.code(), "F-840", "{fault:?}");
}

#[tokio::test]
async fn a_schema_of_that_name_that_is_somebody_elses_is_left_alone_and_named() {
    let database = Database::new().await;
    let name = format!("{}_foreign", database.name);
    let sql = database.sql("postgres").await;
    sql.batch_execute(&format!("CREATE DATABASE {name}"))
        .await
        .unwrap();
    let admin = cluster().administrator(&name).await.unwrap();
    let other = Database { name };
    let sql = other.sql("postgres").await;
    sql.batch_execute("CREATE SCHEMA fleet CREATE TABLE cars (n int)")
        .await
        .unwrap();
    let fault = install::install(&admin).await.unwrap_err();
    assert_eq!(fault.code(), "F-861", "{fault:?}");
    assert!(
        fault
            .to_string()
            .contains("fleet is here already and belongs to postgres"),
        "{fault}"
    );
}

/// RDS has no superuser for its customers: the installer owns the database and may create roles, no more.
#[tokio::test]
async fn an_owner_who_may_create_roles_installs_everything() {
    let database = Database::new().await;
    let own = format!("{}_own", database.name);
    let sql = database.sql("postgres").await;
    // Its roles must not be there yet for this to tell anything, so it gets a server of its own.
    drop(sql);
    let cluster = fleet_db::private_cluster::PrivateCluster::start().unwrap();
    let folder = cluster.folder().join("socket");
    let (client, connection) = tokio_postgres::Config::new()
        .host_path(folder)
        .port(cluster.port())
        .user("postgres")
        .connect(tokio_postgres::NoTls)
        .await
        .unwrap();
    tokio::spawn(connection);
    client
        .batch_execute("CREATE ROLE installer LOGIN CREATEROLE; GRANT pg_read_all_stats TO installer WITH ADMIN OPTION")
        .await
        .unwrap();
    client
        .batch_execute(&format!("CREATE DATABASE {own} OWNER installer"))
        .await
        .unwrap();
    let target = cluster.target("installer", &own);
    let session = fleet_db::Session::connect(&target, cluster.credential())
        .await
        .unwrap();
    for _ in 0..2 {
        let mut warnings = install::install(&session).await.unwrap();
        // Before PostgreSQL 15 this schema was the superuser's, who is not asked here.
        warnings.retain(|warning| !warning.contains("schema public"));
        assert_eq!(warnings, Vec::<String>::new());
    }
    cluster
        .admit(&session, "bench_9", "fleet_app")
        .await
        .unwrap();
    let bench = fleet_db::Session::connect(&cluster.target("bench_9", &own), cluster.credential())
        .await
        .unwrap();
    assert!(bench.known_ops(&[]).await.unwrap().is_empty());

    // In another's database some rights are not the installer's to give and take: what that leaves open is told.
    let statements = "CREATE DATABASE anothers; REVOKE CONNECT ON DATABASE anothers FROM PUBLIC; GRANT CREATE, CONNECT ON DATABASE anothers TO installer";
    for statement in statements.split("; ") {
        client.batch_execute(statement).await.unwrap();
    }
    let session = fleet_db::Session::connect(
        &cluster.target("installer", "anothers"),
        cluster.credential(),
    )
    .await
    .unwrap();
    let warnings = install::install(&session).await.unwrap();
    let told = |what: &str| warnings.iter().any(|warning| warning.contains(what));
    assert!(
        told("PUBLIC keeps its right to temporary tables")
            && told("GRANT CONNECT ON DATABASE anothers TO fleet_app"),
        "{warnings:?}"
    );
}

#[tokio::test]
async fn the_list_of_columns_is_the_table() {
    let database = Database::new().await;
    let sql = database.sql("postgres").await;
    let rows = sql
        .query(
            "SELECT a.attname::text, a.atttypid::regtype::text FROM pg_attribute a WHERE a.attrelid = 'fleet.units'::regclass AND a.attnum > 0 AND NOT a.attisdropped",
            &[],
        )
        .await
        .unwrap();
    let in_table: BTreeSet<(String, String)> =
        rows.iter().map(|row| (row.get(0), row.get(1))).collect();
    let mut listed: BTreeSet<(String, String)> = columns::UNIT_COLUMNS
        .iter()
        .map(|column| {
            let kind = match column.kind {
                columns::ColumnKind::Text => "text",
                columns::ColumnKind::Integer => "integer",
                columns::ColumnKind::Object => "jsonb",
                columns::ColumnKind::Time => "timestamp with time zone",
            };
            (column.name.to_owned(), kind.to_owned())
        })
        .collect();
    listed.insert(("id".into(), "uuid".into()));
    assert_eq!(in_table, listed);
}
