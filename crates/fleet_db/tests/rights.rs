//! Every role against every statement that is not its business: each is refused with 42501, and what is its business works.

use super::pushing::creation;
use super::server::{Database, cluster};
use fleet_db::Outcome;
use std::collections::BTreeMap;
use tokio_postgres::Client;
use uuid::Uuid;

const ROLES: [&str; 4] = [
    "fleet_app",
    "fleet_editor",
    "fleet_reader",
    "fleet_collector",
];
const A_UNIT: &str = "'00000000-0000-0000-0000-000000000001'::uuid";

/// What each role may do with each table; a table that is not here fails the test. The collector may do nothing with any.
const TABLES: &[(&str, &str, &str, &str)] = &[
    ("units", "SELECT", "SELECT INSERT UPDATE DELETE", "SELECT"),
    ("unit_history", "SELECT", "SELECT", ""),
    ("unit_revs", "SELECT", "", ""),
    ("sync_head", "SELECT", "", ""),
    ("sync_commits", "SELECT", "", ""),
    ("purges", "SELECT", "", ""),
    ("pushes", "SELECT", "", ""),
    ("push_units", "SELECT", "", ""),
    ("sync_ops", "", "", ""),
    ("claims", "", "", ""),
    ("migrations", "", "", ""),
    ("reporting_devices", "", "", ""),
    ("report_rules", "", "", ""),
    ("position_reports", "", "", ""),
    ("position_reports_other", "", "", ""),
    ("unit_latest", "", "", ""),
    ("rejected_reports", "", "", ""),
    ("feeds", "", "", ""),
    ("feed_gaps", "", "", ""),
    ("told_reports", "", "", ""),
    ("v_fleet_now", "SELECT", "SELECT", "SELECT"),
    ("v_positions", "SELECT", "SELECT", "SELECT"),
    ("v_daily", "", "SELECT", "SELECT"),
    ("v_first_report", "SELECT", "SELECT", "SELECT"),
    ("v_first_report_usual", "SELECT", "SELECT", "SELECT"),
    ("v_never_heard", "SELECT", "SELECT", "SELECT"),
    ("v_interval_check", "SELECT", "SELECT", "SELECT"),
    ("v_collector_age", "SELECT", "SELECT", "SELECT"),
    ("v_latest_audit", "", "", ""),
];

/// Functions with a call that would do something, and who may make it.
const FUNCTIONS: &[(&str, &str, &[&str])] = &[
    (
        "sync_push",
        "SELECT fleet.sync_push(gen_random_uuid(), '[]')",
        &["fleet_app"],
    ),
    ("known_ops", "SELECT fleet.known_ops('{}')", &["fleet_app"]),
    (
        "claim",
        "SELECT fleet.claim('k', gen_random_uuid()::text, gen_random_uuid(), gen_random_uuid(), '')",
        &["fleet_app"],
    ),
    ("open_claims", "SELECT fleet.open_claims()", &["fleet_app"]),
    (
        "end_claims",
        "SELECT fleet.end_claims('{}')",
        &["fleet_app"],
    ),
    (
        "row_holder",
        "SELECT fleet.row_holder(gen_random_uuid())",
        &["fleet_app"],
    ),
    (
        "share_push",
        r#"SELECT fleet.share_push(gen_random_uuid(), gen_random_uuid(), '', '{}', '{"state":{"state":"running"}}', 0, '[]')"#,
        &["fleet_app"],
    ),
    (
        "claim_push_unit",
        "SELECT fleet.claim_push_unit(gen_random_uuid(), 0, gen_random_uuid(), '', 'cable', 60)",
        &["fleet_app"],
    ),
    (
        "tell_push",
        "SELECT fleet.tell_push(gen_random_uuid(), gen_random_uuid(), '', 0, NULL, '[]', 60)",
        &["fleet_app"],
    ),
    (
        "hold_push_units",
        "SELECT fleet.hold_push_units(gen_random_uuid(), gen_random_uuid(), '{}', 60)",
        &["fleet_app"],
    ),
    ("purge", "SELECT fleet.purge(gen_random_uuid(), '{}')", &[]),
    ("release_claim", "SELECT fleet.release_claim('8901')", &[]),
    ("claim_is_done", "SELECT fleet.claim_is_done()", &[]),
    (
        "admit",
        "SELECT fleet.admit(current_user, 'fleet_editor')",
        &[],
    ),
    ("stamp", "SELECT fleet.stamp()", &[]),
    ("log_change", "SELECT fleet.log_change()", &[]),
    ("refuse", "SELECT fleet.refuse()", &[]),
    ("fill_serial", "SELECT fleet.fill_serial()", &[]),
    (
        "report_ready",
        "SELECT fleet.report_ready(1)",
        &["fleet_collector"],
    ),
    (
        "report_begin",
        "SELECT fleet.report_begin('f', 'c', gen_random_uuid(), 60, 1)",
        &["fleet_collector"],
    ),
    (
        "report_told",
        "SELECT fleet.report_told('f', '{1,2}')",
        &["fleet_collector"],
    ),
    (
        "report_memory",
        "SELECT fleet.report_memory('f')",
        &["fleet_collector"],
    ),
    (
        "report_end",
        "SELECT fleet.report_end('f', gen_random_uuid(), true, false)",
        &["fleet_collector"],
    ),
    (
        "unnamed_devices",
        "SELECT fleet.unnamed_devices('c', 1)",
        &["fleet_collector"],
    ),
    (
        "devices_told",
        "SELECT fleet.devices_told('c', '{}', '{}', '{}', '{}', '{}')",
        &["fleet_collector"],
    ),
    (
        "devices_to_name",
        "SELECT fleet.devices_to_name('c')",
        &["fleet_collector"],
    ),
    (
        "name_devices",
        "SELECT fleet.name_devices('c', '{}', '{}', '{}', '{}')",
        &["fleet_collector"],
    ),
    (
        "report_window",
        "SELECT fleet.report_window('w', 'c', now(), now())",
        &["fleet_collector"],
    ),
    (
        "make_report_day",
        "SELECT fleet.make_report_day(current_date + 400)",
        &[],
    ),
    ("link_devices", "SELECT fleet.link_devices()", &[]),
    (
        "drop_report_days",
        "SELECT fleet.drop_report_days('2000-01-01')",
        &[],
    ),
    (
        "report_gap",
        "SELECT fleet.report_begin('f', 'c', '00000000-0000-0000-0000-000000000007', 60, 1); SELECT fleet.report_gap('f', '00000000-0000-0000-0000-000000000007', NULL, 'x')",
        &["fleet_collector"],
    ),
    (
        "report_page",
        "SELECT fleet.report_begin('f', 'c', '00000000-0000-0000-0000-000000000007', 60, 1); SELECT fleet.report_page('f', '00000000-0000-0000-0000-000000000007', 60, NULL, NULL, 'x', NULL, '{}', '{}', '{}', '{}', '{}', '{}', '{}', '{}', '{}', '{}', '{}', '{}', '{}', '{}', '{}', '{}', '{}', '{}', '{}', '{}', '{}', '{}', '{}', '{}')",
        &["fleet_collector"],
    ),
];

/// What nobody may, whichever role.
const NEVER: &[&str] = &[
    "TRUNCATE fleet.units",
    "TRUNCATE fleet.unit_history",
    "ALTER TABLE fleet.units DISABLE TRIGGER ALL",
    "ALTER TABLE fleet.units DISABLE TRIGGER stamp_u",
    "ALTER TABLE fleet.units ADD COLUMN colour text",
    "ALTER TABLE fleet.units DROP CONSTRAINT units_imei_check",
    "ALTER TABLE fleet.units OWNER TO CURRENT_USER",
    "DROP TRIGGER stamp_id ON fleet.units",
    "CREATE TRIGGER mine AFTER INSERT ON fleet.units FOR EACH ROW EXECUTE FUNCTION fleet.refuse()",
    "DROP TABLE fleet.sync_ops",
    "DROP SCHEMA fleet CASCADE",
    "CREATE INDEX ON fleet.units (notes)",
    "LOCK TABLE fleet.sync_head IN EXCLUSIVE MODE",
    "SELECT 1 FROM fleet.sync_head FOR UPDATE",
    "SET session_replication_role = replica",
    "SET SESSION AUTHORIZATION postgres",
    "COPY fleet.units TO '/tmp/fleet-units-copied'",
    "COPY fleet.units FROM '/etc/passwd'",
    "COPY fleet.units TO PROGRAM 'cat'",
    "SELECT pg_read_file('/etc/passwd')",
    "SELECT pg_ls_dir('/')",
    "SELECT lo_import('/etc/passwd')",
    "SELECT pg_reload_conf()",
    "CREATE FUNCTION fleet.mine() RETURNS int LANGUAGE sql AS 'SELECT 1'",
    "CREATE FUNCTION public.mine() RETURNS int LANGUAGE sql AS 'SELECT 1'",
    "CREATE TABLE fleet.mine (x int)",
    "CREATE TABLE public.mine (x int)",
    "CREATE TEMPORARY TABLE units (x int)",
    "CREATE FUNCTION pg_temp.to_jsonb(anyelement) RETURNS jsonb LANGUAGE sql AS 'SELECT NULL::jsonb'",
    "CREATE FUNCTION pg_catalog.mine() RETURNS int LANGUAGE sql AS 'SELECT 1'",
    "CREATE SCHEMA mine",
    "CREATE EXTENSION pg_stat_statements",
    "CREATE ROLE mine",
    "CREATE DATABASE mine",
    "ALTER ROLE CURRENT_USER SUPERUSER",
    "ALTER ROLE CURRENT_USER CONNECTION LIMIT 99",
    "ALTER ROLE postgres PASSWORD 'mine'",
    "GRANT fleet_owner TO CURRENT_USER",
    "GRANT INSERT ON fleet.sync_ops TO CURRENT_USER",
    "SET ROLE fleet_owner",
    "SET ROLE postgres",
    "ALTER FUNCTION fleet.sync_push(uuid, jsonb) RESET search_path",
    "CREATE OR REPLACE FUNCTION fleet.known_ops(p uuid[]) RETURNS SETOF uuid LANGUAGE sql AS 'SELECT NULL::uuid'",
    "ALTER SYSTEM SET listen_addresses = '*'",
    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'postgres' AND pid <> pg_backend_pid()",
];

/// Runs a statement in a transaction that is always rolled back; the SQLSTATE, or nothing when it worked.
async fn outcome(client: &Client, statement: &str) -> Option<String> {
    // These two cannot stand in a transaction; they must be refused before that matters.
    let alone = ["CREATE DATABASE", "ALTER SYSTEM"]
        .iter()
        .any(|start| statement.starts_with(start));
    if !alone {
        client.batch_execute("BEGIN").await.unwrap();
    }
    let done = client.batch_execute(statement).await;
    if !alone {
        client.batch_execute("ROLLBACK").await.unwrap();
    }
    done.err().map(|error| {
        error
            .code()
            .map_or(error.to_string(), |state| state.code().to_owned())
    })
}

async fn logins(database: &Database) -> BTreeMap<&'static str, Client> {
    let mut logins = BTreeMap::new();
    for role in ROLES {
        let login = format!("{role}_of_{}", database.name);
        database.login(&login, role).await;
        logins.insert(role, database.sql(&login).await);
    }
    logins
}

#[tokio::test]
async fn no_role_can_do_more_with_a_table_than_is_its_business() {
    let database = Database::new().await;
    let logins = logins(&database).await;
    let admin = database.sql("postgres").await;
    let there = "SELECT relname::text FROM pg_class WHERE relnamespace = 'fleet'::regnamespace AND relkind IN ('r', 'p', 'v', 'm', 'S', 'f')";
    for row in admin.query(there, &[]).await.unwrap() {
        let table: String = row.get(0);
        let rule = TABLES.iter().find(|(name, ..)| *name == table);
        let (_, app, editor, reader) =
            rule.unwrap_or_else(|| panic!("who may do what with {table}?"));
        let column: String = admin
            .query_one("SELECT attname::text FROM pg_attribute WHERE attrelid = ('fleet.' || $1)::regclass AND attnum = 2", &[&table])
            .await
            .unwrap()
            .get(0);
        for (role, may) in ROLES.iter().zip([app, editor, reader, &""]) {
            for (right, statement) in [
                ("SELECT", format!("SELECT 1 FROM fleet.{table}")),
                (
                    "INSERT",
                    format!("INSERT INTO fleet.{table} SELECT * FROM fleet.{table} WHERE false"),
                ),
                (
                    "UPDATE",
                    format!("UPDATE fleet.{table} SET {column} = NULL WHERE false"),
                ),
                ("DELETE", format!("DELETE FROM fleet.{table} WHERE false")),
                ("TRUNCATE", format!("TRUNCATE fleet.{table}")),
                ("COPY", format!("COPY fleet.{table} TO '/tmp/fleet-copied'")),
                (
                    "TRIGGER",
                    format!(
                        "CREATE TRIGGER mine BEFORE INSERT ON fleet.{table} EXECUTE FUNCTION pg_catalog.suppress_redundant_updates_trigger()"
                    ),
                ),
            ] {
                if right == "TRUNCATE" && table.starts_with("v_") {
                    continue;
                }
                let told = outcome(&logins[role], &statement).await;
                let allowed = may.split(' ').any(|may| may == right);
                // Into a view that gathers from several tables nobody can write, whoever he is.
                let no_way =
                    table.starts_with("v_") && matches!(told.as_deref(), Some("55000" | "0A000"));
                let expected = (!allowed && !no_way).then(|| "42501".to_owned());
                assert_eq!(told.filter(|_| !no_way), expected, "{role}: {statement}");
            }
        }
    }
}

#[tokio::test]
async fn no_role_can_call_what_is_not_its_business() {
    let database = Database::new().await;
    let logins = logins(&database).await;
    let admin = database.sql("postgres").await;
    let there = "SELECT proname::text FROM pg_proc WHERE pronamespace = 'fleet'::regnamespace";
    for row in admin.query(there, &[]).await.unwrap() {
        let function: String = row.get(0);
        let rule = FUNCTIONS.iter().find(|(name, ..)| *name == function);
        let (_, call, who) = rule.unwrap_or_else(|| panic!("who may call {function}?"));
        for role in ROLES {
            let expected = (!who.contains(&role)).then(|| "42501".to_owned());
            assert_eq!(
                outcome(&logins[role], call).await,
                expected,
                "{role}: {call}"
            );
        }
    }
}

#[tokio::test]
async fn what_nobody_may_is_refused_to_every_role_and_to_a_stranger() {
    let database = Database::new().await;
    let mut logins = logins(&database).await;
    let admin = database.sql("postgres").await;
    let stranger = format!("stranger_of_{}", database.name);
    admin
        .batch_execute(&format!("CREATE ROLE {stranger} LOGIN"))
        .await
        .unwrap();
    logins.insert("stranger", database.sql(&stranger).await);
    for (role, client) in &logins {
        for statement in NEVER {
            let told = outcome(client, statement).await;
            assert_eq!(told.as_deref(), Some("42501"), "{role}: {statement}");
        }
        for other in ROLES.iter().filter(|other| *other != role) {
            let told = outcome(client, &format!("SET ROLE {other}")).await;
            assert_eq!(told.as_deref(), Some("42501"), "{role} as {other}");
        }
    }
}

#[tokio::test]
async fn an_editor_edits_units_and_cannot_empty_the_table_or_exchange_an_id() {
    let database = Database::new().await;
    let logins = logins(&database).await;
    let editor = &logins["fleet_editor"];
    let insert = format!("INSERT INTO fleet.units (id, imei) VALUES ({A_UNIT}, '356868000041418')");
    editor.batch_execute(&insert).await.unwrap();
    editor
        .batch_execute("UPDATE fleet.units SET notes = 'by hand'")
        .await
        .unwrap();
    let told = outcome(editor, "UPDATE fleet.units SET id = gen_random_uuid()").await;
    assert_eq!(told.as_deref(), Some("P0001"));
    let admin = database.sql("postgres").await;
    let told = outcome(&admin, "TRUNCATE fleet.units").await;
    assert_eq!(
        told.as_deref(),
        Some("P0001"),
        "not even the owner empties it by mistake"
    );
    editor
        .batch_execute("DELETE FROM fleet.units")
        .await
        .unwrap();
    let history: i64 = editor
        .query_one(
            "SELECT count(*) FROM fleet.unit_history WHERE login = session_user",
            &[],
        )
        .await
        .unwrap()
        .get(0);
    assert_eq!(history, 3);
}

/// Also where somebody was given the right to temporary objects, they stand in nobody's way.
#[tokio::test]
async fn names_in_the_temporary_schema_do_not_reach_into_the_functions() {
    let database = Database::new().await;
    let admin = database.sql("postgres").await;
    database.login("shadowing", "fleet_app").await;
    admin
        .batch_execute(&format!(
            "GRANT TEMPORARY ON DATABASE {} TO shadowing",
            database.name
        ))
        .await
        .unwrap();
    let sql = database.sql("shadowing").await;
    sql.batch_execute(
        "CREATE TEMPORARY TABLE units (id uuid, imei text); CREATE TEMPORARY TABLE sync_ops (op_id uuid); CREATE DOMAIN pg_temp.uuid AS text;
         CREATE FUNCTION pg_temp.jsonb_each(jsonb) RETURNS TABLE (k text, x jsonb) LANGUAGE sql AS 'SELECT NULL::text, NULL::jsonb';
         CREATE FUNCTION pg_temp.gen_random_uuid() RETURNS pg_catalog.uuid LANGUAGE sql AS $$ SELECT '00000000-0000-0000-0000-000000000000'::pg_catalog.uuid $$;
         SET search_path = pg_temp, fleet, public;",
    )
    .await
    .unwrap();
    let adding = creation(1, Uuid::now_v7(), "356868000041418");
    let batch = serde_json::to_string(&[&adding]).unwrap();
    let row = sql
        .query_one(
            "SELECT (fleet.sync_push($1::pg_catalog.uuid, $2::text::jsonb)).outcome",
            &[&Uuid::now_v7(), &batch],
        )
        .await
        .unwrap();
    assert_eq!(row.get::<_, String>(0), "applied");
    let there: i64 = admin
        .query_one("SELECT count(*) FROM fleet.units u JOIN fleet.sync_commits c ON c.rev = 1 WHERE u.imei = '356868000041418' AND c.tag <> '00000000-0000-0000-0000-000000000000'", &[])
        .await
        .unwrap()
        .get(0);
    assert_eq!(there, 1);
    let session = database.bench("bench_1").await;
    let again = session.push(Uuid::now_v7(), &[adding]).await.unwrap();
    assert_eq!(again[0].outcome, Outcome::Applied);
}

#[tokio::test]
async fn a_login_that_was_let_in_has_its_limits() {
    let database = Database::new().await;
    database.login("limited", "fleet_app").await;
    let sql = database.sql("limited").await;
    for (setting, value) in [
        ("statement_timeout", "30s"),
        ("idle_in_transaction_session_timeout", "1min"),
    ] {
        let row = sql
            .query_one("SELECT current_setting($1)", &[&setting])
            .await
            .unwrap();
        assert_eq!(row.get::<_, String>(0), value, "{setting}");
    }
    let admin = database.sql("postgres").await;
    let refused = admin
        .batch_execute("SELECT fleet.admit('limited', 'fleet_owner')")
        .await;
    assert!(refused.is_err());
}

/// Taking CONNECT from PUBLIC is an ordinary rule of a house.
#[tokio::test]
async fn who_is_admitted_gets_in_where_not_everybody_may_connect() {
    let database = Database::new().await;
    let sql = database.sql("postgres").await;
    let name = &database.name;
    sql.batch_execute(&format!("REVOKE ALL ON DATABASE {name} FROM PUBLIC"))
        .await
        .unwrap();
    for role in ROLES {
        let login = format!("{role}_in_{name}");
        database.login(&login, role).await;
        let told = outcome(&database.sql(&login).await, "SELECT 1").await;
        assert_eq!(told, None, "{login}");
    }
    sql.batch_execute(&format!("REVOKE ALL ON DATABASE {name} FROM fleet_app"))
        .await
        .unwrap();
    let bench = database.target("bench_1");
    let connect = || fleet_db::Session::connect(&bench, cluster().credential());
    let fault = connect().await.unwrap_err();
    assert_eq!(fault.code(), "F-840", "{fault:?}");
    // The cure that is told.
    let admin = cluster().administrator(name).await.unwrap();
    fleet_db::install::install(&admin).await.unwrap();
    assert!(connect().await.is_ok());
}

#[tokio::test]
async fn the_cure_that_is_told_gives_a_group_back_a_right_that_was_taken_from_it() {
    let database = Database::new().await;
    let bench = database.bench("bench_1").await;
    let sql = database.sql("postgres").await;
    sql.batch_execute("REVOKE EXECUTE ON FUNCTION fleet.sync_push(uuid, jsonb) FROM fleet_app")
        .await
        .unwrap();
    let (device, unit) = (Uuid::now_v7(), Uuid::now_v7());
    let adding = [creation(1, unit, "356868000041418")];
    let fault = bench.push(device, &adding).await.unwrap_err();
    assert_eq!(fault.code(), "F-840");
    let told = fault.advice().what_to_do;
    assert!(
        told.contains("'fleetdesk fleet-db install' again"),
        "{told}"
    );
    let admin = cluster().administrator(&database.name).await.unwrap();
    fleet_db::install::install(&admin).await.unwrap();
    let answers = bench.push(device, &adding).await.unwrap();
    assert_eq!(answers[0].outcome, Outcome::Applied);
}
