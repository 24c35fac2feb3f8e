//! A computer without a keychain: the password in a file sealed under a passphrase, typed at a real terminal.

use crate::desk::{Desk, Fleet};
use std::io::Write as _;
use std::os::unix::fs::PermissionsExt as _;
use std::process::{Command, Stdio};
use std::time::Duration;

const PASSPHRASE: &str = "several easy words";
const PASSWORD: &str = "canary-database-8811";
const SECRET: &str = "canary-carrier-4127";

/// Runs the program at a terminal of its own, where somebody types these lines, each once it is asked for something.
pub(super) fn at_a_terminal(
    desk: &Desk,
    arguments: &[&str],
    lines: &[&str],
) -> (Option<i32>, String) {
    let program = crate::desk::copied_program().display().to_string();
    let all: Vec<String> = [program.as_str()]
        .iter()
        .chain(arguments)
        .chain(&["--data-dir", &desk.named("bench")])
        .map(|word| format!("'{word}'"))
        .collect();
    let said = desk.path("said");
    let _ = std::fs::remove_file(&said);
    let mut child = Command::new("script")
        .args(["-qefc", &all.join(" ")])
        .arg(&said)
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut typing = child.stdin.take().unwrap();
    let questions = || {
        let text = std::fs::read(&said).unwrap_or_default();
        String::from_utf8_lossy(&text)
            .matches("while you type")
            .count()
            + String::from_utf8_lossy(&text).matches("once more:").count()
    };
    for (index, line) in lines.iter().enumerate() {
        let begun = std::time::Instant::now();
        while questions() <= index && begun.elapsed() < Duration::from_secs(60) {
            std::thread::sleep(Duration::from_millis(20));
        }
        // The terminal stops showing what is typed just after the question.
        std::thread::sleep(Duration::from_millis(150));
        writeln!(typing, "{line}").unwrap();
    }
    let status = child.wait().unwrap();
    drop(typing);
    let text = std::fs::read(&said).unwrap_or_default();
    (status.code(), String::from_utf8_lossy(&text).into_owned())
}

#[test]
fn secrets_go_into_a_sealed_file_that_a_person_chose_and_come_out_under_its_passphrase() {
    let desk = Desk::new();
    let bench = desk.path("bench");
    std::fs::create_dir_all(&bench).unwrap();
    let sandbox = desk.sandbox("carrier", &serde_json::json!({}));
    std::fs::write(
        bench.join("preferences.toml"),
        format!(
            "[fleet_db]\naddress = \"postgres://bench_2@127.0.0.1:1/fleet?sslmode=verify-full\"\n
             [carrier]\nbase_url = \"{}\"\nkey = \"sandbox\"\nplan_code = \"M2MGPS5\"\nservice_zip = \"66251\"\n",
            sandbox.url
        ),
    )
    .unwrap();
    let sealed = bench.join("secrets.sealed");

    // Without a keychain the words name the way out; nothing is kept in plain text instead.
    let (code, said) = at_a_terminal(&desk, &["fleet-db", "login"], &[PASSWORD]);
    assert_eq!(code, Some(1), "{said}");
    assert!(
        said.contains("keychain") && said.contains("--sealed-file") && said.contains("F-805"),
        "{said}"
    );

    let login = ["fleet-db", "login", "--sealed-file"];
    let (code, said) = at_a_terminal(&desk, &login, &[PASSWORD, "short", "short"]);
    assert_eq!(code, Some(1), "{said}");
    assert!(said.contains("too short") && !sealed.exists(), "{said}");
    let (code, said) = at_a_terminal(
        &desk,
        &login,
        &[PASSWORD, PASSPHRASE, "another one altogether"],
    );
    assert!(
        code == Some(1) && said.contains("differ") && !sealed.exists(),
        "{said}"
    );
    let (code, said) = at_a_terminal(&desk, &login, &[PASSWORD, PASSPHRASE, PASSPHRASE]);
    assert_eq!(code, Some(0), "{said}");
    assert!(said.contains("Kept in the sealed file"), "{said}");
    let (code, said) = at_a_terminal(
        &desk,
        &["carrier", "login", "--sealed-file"],
        &[SECRET, PASSPHRASE],
    );
    assert_eq!(code, Some(0), "{said}");

    assert_eq!(
        std::fs::metadata(&sealed).unwrap().permissions().mode() & 0o777,
        0o600
    );
    let preferences = std::fs::read_to_string(bench.join("preferences.toml")).unwrap();
    assert!(
        preferences.contains("login = \"sealed_file\"")
            && preferences.contains("secret = \"sealed-file\""),
        "{preferences}"
    );

    // The password is found under the passphrase: what fails afterwards is only that nobody listens there.
    let check = ["fleet-db", "check"];
    let (code, said) = at_a_terminal(&desk, &["sync"], &[PASSPHRASE]);
    assert_eq!(code, Some(1), "{said}");
    assert!(said.contains("F-811") && !said.contains("F-802"), "{said}");
    let (_, said) = at_a_terminal(&desk, &["sync"], &["a wrong passphrase"]);
    assert!(
        said.contains("F-802") && said.contains("does not open"),
        "{said}"
    );
    // Where nobody can type, that is said and work goes on.
    let alone = desk.run("bench", &["sync"]);
    assert_eq!(alone.one("error")["fault"], "F-802", "{alone:#?}");
    assert_eq!(
        desk.run("bench", &["unit", "add", "imei=356938035643809"])
            .code,
        Some(0)
    );
    let (_, said) = at_a_terminal(&desk, &check, &[]);
    assert!(said.contains("F-811"), "{said}");
    let (code, said) = at_a_terminal(&desk, &["carrier", "check"], &[PASSPHRASE]);
    assert!(
        code.is_some() && !said.contains("C-515") && !said.contains("C-511"),
        "{said}"
    );

    for folder in [bench.clone(), bench.join("logs")] {
        for entry in std::fs::read_dir(folder)
            .unwrap()
            .flatten()
            .filter(|entry| entry.path().is_file())
        {
            let bytes = std::fs::read(entry.path()).unwrap();
            let text = String::from_utf8_lossy(&bytes);
            for canary in [PASSWORD, SECRET, PASSPHRASE] {
                assert!(
                    !text.contains(canary),
                    "{canary} stands in {}",
                    entry.path().display()
                );
            }
        }
    }
}

#[test]
fn a_server_on_this_computer_is_shown_the_sealed_password_and_a_wrong_one_is_told() {
    let (desk, fleet) = (Desk::new(), Fleet::new());
    fleet.admin(&format!("ALTER ROLE bench_a PASSWORD '{PASSWORD}'"));
    std::fs::create_dir_all(desk.path("bench")).unwrap();
    let preferences = format!("[fleet_db]\naddress = \"{}\"\n", fleet.over_tcp("bench_a"));
    std::fs::write(desk.path("bench/preferences.toml"), preferences).unwrap();
    let none = desk.run("bench", &["sync"]);
    assert_eq!(none.one("error")["fault"], "F-802", "{none:#?}");
    assert!(
        none.errors.contains("asks bench_a for a password"),
        "{none:#?}"
    );

    let login = ["fleet-db", "login", "--sealed-file"];
    let (code, said) = at_a_terminal(&desk, &login, &[PASSWORD, PASSPHRASE, PASSPHRASE]);
    assert_eq!(code, Some(0), "{said}");
    let (code, said) = at_a_terminal(&desk, &["sync"], &[PASSPHRASE]);
    assert_eq!(code, Some(0), "{said}");

    fleet.admin("ALTER ROLE bench_a PASSWORD 'something else'");
    let add = ["unit", "add", "imei=356938035643809"];
    assert_eq!(desk.run("bench", &add).code, Some(0), "work goes on");
    let (code, said) = at_a_terminal(&desk, &["sync"], &[PASSPHRASE]);
    assert_eq!(code, Some(1), "{said}");
    assert!(
        said.contains("F-830") && said.contains("does not let bench_a in"),
        "{said}"
    );
    let (code, said) = at_a_terminal(&desk, &["fleet-db", "check"], &[PASSPHRASE]);
    assert_eq!(code, Some(1), "{said}");
    assert!(
        said.contains("Enter the password again") && !said.contains(PASSWORD),
        "{said}"
    );
}
