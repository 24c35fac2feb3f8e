//! What stands in the way is told apart: no name, no network, no PostgreSQL, no such database, no tables, a cut line.

use super::pushing::creation;
use super::server::{Database, cluster};
use fleet_db::private_cluster::PrivateCluster;
use fleet_db::{Credential, Fault, Session, Target};
use tokio::io::AsyncWriteExt;
use tokio::net::TcpListener;
use uuid::Uuid;

async fn fault(target: &Target) -> Fault {
    match Session::connect(target, cluster().credential()).await {
        Ok(_) => panic!("{target} let us in"),
        Err(fault) => fault,
    }
}

#[tokio::test]
async fn a_name_that_nobody_knows_and_a_port_where_nobody_listens_are_offline() {
    let closed = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = closed.local_addr().unwrap().port();
    drop(closed);
    for (target, code) in [
        (Target::host("fleet.invalid", 5432, "u", "d"), "F-810"),
        (Target::host("127.0.0.1", port, "u", "d"), "F-811"),
        (Target::host("localhost", port, "u", "d"), "F-811"),
        (Target::socket("/nonexistent", port, "u", "d"), "F-811"),
    ] {
        let fault = fault(&target).await;
        assert_eq!(fault.code(), code, "{fault:?}");
        assert!(fault.is_offline() && fault.is_retryable());
    }
}

#[tokio::test]
async fn something_that_is_no_postgresql_is_not_taken_for_one() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let _ = stream.write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n").await;
        }
    });
    for host in ["127.0.0.1", "localhost"] {
        let fault = fault(&Target::host(host, port, "u", "d")).await;
        assert!(
            !matches!(fault, Fault::LoginRefused { .. }),
            "a stranger's noise is no refused password: {fault:?}"
        );
    }
}

#[tokio::test]
async fn a_server_that_skips_the_login_is_not_spoken_to() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let _ = stream.write_all(b"Z\0\0\0\x05I").await;
        }
    });
    let fault = fault(&Target::host("127.0.0.1", port, "u", "d")).await;
    assert_eq!(fault.code(), "F-812", "{fault:?}");
}

#[tokio::test]
async fn a_wrong_password_and_a_database_that_is_not_there_are_told_apart() {
    let database = Database::new().await;
    let there = cluster().loopback("bench_1", &database.name);
    let wrong = Credential::Password(fleet::Secret::new("wrong"));
    let refused = Session::connect(&there, wrong).await.unwrap_err();
    assert_eq!(refused.code(), "F-830", "{refused:?}");
    assert!(!refused.is_retryable());
    assert_eq!(
        fault(&there.with_user("nobody_we_know")).await.code(),
        "F-830"
    );
    assert_eq!(fault(&there.with_database("other")).await.code(), "F-831");
    assert!(
        Session::connect(&there, cluster().credential())
            .await
            .is_ok()
    );
}

#[tokio::test]
async fn a_computer_that_the_server_admits_nobody_from_is_not_told_to_try_another_password() {
    // Its file is changed, so this server is for this test alone.
    let cluster = PrivateCluster::start().unwrap();
    cluster.prepare("fleet", &["bench_1"]).await.unwrap();
    let admitted = cluster.folder().join("data/pg_hba.conf");
    for rule in ["host all bench_1 all reject\n", ""] {
        std::fs::write(&admitted, format!("{rule}local all all trust\n")).unwrap();
        let server = std::fs::read_to_string(cluster.folder().join("data/postmaster.pid")).unwrap();
        let told = std::process::Command::new("kill")
            .args(["-HUP", server.lines().next().unwrap()])
            .status();
        assert!(told.unwrap().success());
        let there = cluster.loopback("bench_1", "fleet");
        let mut said = Session::connect(&there, cluster.credential()).await;
        for _ in 0..50 {
            if said.is_err() {
                break;
            }
            tokio::time::sleep(std::time::Duration::from_millis(100)).await;
            said = Session::connect(&there, cluster.credential()).await;
        }
        let fault = said.unwrap_err();
        assert_eq!(fault.code(), "F-833", "{rule}: {fault:?}");
        let told = fault.advice();
        assert!(told.what_happened.contains("bench_1 in from this computer"));
        assert!(!told.what_to_do.contains("login'"), "{told}");
        assert!(told.what_to_do.contains("pg_hba.conf"), "{told}");
    }
}

#[tokio::test]
async fn a_database_without_the_tables_is_told_and_a_login_without_rights_too() {
    let database = Database::new().await;
    let empty = cluster().administrator("postgres").await.unwrap();
    let fault = empty.known_ops(&[]).await.unwrap_err();
    assert_eq!(fault.code(), "F-841", "{fault:?}");
    database
        .sql("postgres")
        .await
        .batch_execute("CREATE ROLE stranger LOGIN")
        .await
        .unwrap();
    let stranger = database.bench("stranger").await;
    let fault = stranger.known_ops(&[]).await.unwrap_err();
    assert_eq!(fault.code(), "F-840", "{fault:?}");
}

#[tokio::test]
async fn a_backend_that_is_killed_is_a_reason_to_try_again() {
    let database = Database::new().await;
    let session = database.bench("bench_1").await;
    let admin = database.sql("postgres").await;
    admin
        .execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'bench_1' AND datname = current_database()",
            &[],
        )
        .await
        .unwrap();
    let adding = [creation(1, Uuid::now_v7(), "356868000041418")];
    let fault = session.push(Uuid::now_v7(), &adding).await.unwrap_err();
    assert!(fault.is_retryable(), "{fault:?}");
    tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    assert!(session.is_closed());
    assert!(session.server_time().await.unwrap_err().is_retryable());
}

#[tokio::test]
async fn too_many_connections_is_a_reason_to_wait() {
    let database = Database::new().await;
    database.login("crowded", "fleet_app").await;
    let admin = database.sql("postgres").await;
    admin
        .batch_execute("ALTER ROLE crowded CONNECTION LIMIT 1")
        .await
        .unwrap();
    let first = database.bench("crowded").await;
    let fault = fault(&database.target("crowded")).await;
    assert_eq!(fault.code(), "F-832", "{fault:?}");
    assert!(fault.is_retryable());
    drop(first);
}
