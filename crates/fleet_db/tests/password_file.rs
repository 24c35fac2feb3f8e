//! The password file of S3 over real HTTP: signed requests, and every way in which the answer can be wrong.

use fleet::Secret;
use fleet_db::{AwsCredentials, PasswordFile, Target};
use jiff::Timestamp;
use std::sync::{Arc, Mutex};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

const GOOD: &str = "{\"password\":\"hunter2\"}\n";

/// Answers every request with these bytes; gives its address and what was asked.
async fn bucket(answer: Vec<u8>) -> (String, Arc<Mutex<String>>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    let asked = Arc::new(Mutex::new(String::new()));
    let log = Arc::clone(&asked);
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let mut request = vec![0; 16 * 1024];
            let length = stream.read(&mut request).await.unwrap_or(0);
            log.lock()
                .unwrap()
                .push_str(&String::from_utf8_lossy(&request[..length]));
            let _ = stream.write_all(&answer).await;
            let _ = stream.shutdown().await;
        }
    });
    (address, asked)
}

fn reply(status: &str, headers: &str, body: &str) -> Vec<u8> {
    let length = body.len();
    format!("HTTP/1.1 {status}\r\ncontent-length: {length}\r\n{headers}\r\n{body}").into_bytes()
}

async fn read(endpoint: &str) -> Result<Secret, String> {
    let file = PasswordFile {
        bucket: "office-fleet".into(),
        key: "database/password.json".into(),
        region: "eu-west-1".into(),
        endpoint: Some(endpoint.to_owned()),
    };
    let credentials = AwsCredentials {
        access_key_id: "AKIDEXAMPLE".into(),
        secret_access_key: Secret::new("canary-secret-key"),
        session_token: Some(Secret::new("canary-session")),
    };
    let target = Target::parse("postgres://bench_2@fleet.example.net:5432/fleet").unwrap();
    let now: Timestamp = "2026-11-22T10:42:00Z".parse().unwrap();
    file.read(&target, &credentials, now)
        .await
        .map_err(|fault| format!("{fault:?} {}", fault.advice()))
}

#[tokio::test]
async fn the_password_is_read_by_a_signed_request() {
    let (address, asked) = bucket(reply("200 OK", "", GOOD)).await;
    assert_eq!(read(&address).await.unwrap().reveal(), "hunter2");
    let asked = asked.lock().unwrap().to_lowercase();
    assert!(
        asked.starts_with("get /office-fleet/database/password.json http/1.1"),
        "{asked}"
    );
    let signed = "authorization: aws4-hmac-sha256 credential=akidexample/20261122/eu-west-1/s3/aws4_request, signedheaders=host;x-amz-content-sha256;x-amz-date;x-amz-security-token, signature=";
    assert!(asked.contains(signed), "{asked}");
    assert!(
        asked.contains("x-amz-security-token: canary-session"),
        "{asked}"
    );
    assert!(!asked.contains("canary-secret-key"));
}

#[tokio::test]
async fn every_other_answer_is_told_and_followed_nowhere() {
    let (evil, heard) = bucket(reply("200 OK", "", GOOD)).await;
    let large = format!("{{\"password\":\"{}\"}}", "hunter2".repeat(800_000));
    let swapped = "{\"password\":\"hunter2\",\"host\":\"evil.example.org\"}";
    let cases: Vec<(&str, Vec<u8>, &str)> = vec![
        (
            "403",
            reply(
                "403 Forbidden",
                "",
                "<Error><Code>AccessDenied</Code></Error>",
            ),
            "may not be read",
        ),
        ("404", reply("404 Not Found", "", ""), "is not there"),
        (
            "a redirect",
            reply(
                "307 Temporary Redirect",
                &format!("location: {evil}/\r\n"),
                "",
            ),
            "another region",
        ),
        ("5 MB", reply("200 OK", "", &large), "larger than 4096"),
        (
            "garbage",
            reply("200 OK", "", "hunter2"),
            "is not what it should be",
        ),
        (
            "another host",
            reply("200 OK", "", swapped),
            "for another host",
        ),
        (
            "500",
            reply("500 Internal Server Error", "", ""),
            "status 500",
        ),
        (
            "cut",
            b"HTTP/1.1 200 OK\r\ncontent-length: 22\r\n\r\n{\"pass".to_vec(),
            "was cut",
        ),
        ("no HTTP", b"hunter2".to_vec(), "cannot be reached"),
    ];
    for (case, answer, words) in cases {
        let (address, _) = bucket(answer).await;
        let told = read(&address).await.expect_err(case);
        assert!(told.contains(words), "{case}: {told}");
        assert!(
            !told.contains("hunter2") && !told.contains("canary"),
            "{case}: {told}"
        );
    }
    assert!(
        heard.lock().unwrap().is_empty(),
        "the redirect was followed"
    );
}
