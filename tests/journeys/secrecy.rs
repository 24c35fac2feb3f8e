//! Canaries: passwords that must go to the unit and nowhere else. Every byte that the program leaves behind is searched for them.

use crate::desk::{Desk, words};
use serde_json::json;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

const APN_PASSWORD: &str = "canary-apn-5519";
const DEVICE_PASSWORD: &str = "cnry42";
const KEYWORD: &str = "cnrykw88";
const WRONG_PASSWORD: &str = "cnrybad";

/// The shipped profile with other passwords in its simulated units: these stand for units that an office gave its own.
fn profile_with(desk: &Desk, family: &str, password: &str) -> String {
    let shipped =
        Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("device_profiles/{family}.toml"));
    let text = std::fs::read_to_string(shipped).unwrap();
    let (before, simulator) = text.split_once("[[simulator.unit]]").unwrap();
    let lines = simulator
        .lines()
        .filter(|line| !line.starts_with("password = "));
    let simulator = lines.collect::<Vec<_>>().join("\n");
    let unit = format!("[[simulator.unit]]\npassword = \"{password}\"");
    let simulator = simulator.replace("[[simulator.unit]]", &unit);
    desk.write(
        &format!("{family}.toml"),
        &format!("{before}{unit}{simulator}\n"),
    )
}

fn secrets(desk: &Desk, name: &str, text: &str) -> String {
    let path = desk.write(name, text);
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600)).unwrap();
    path
}

#[test]
fn no_password_is_in_anything_that_the_program_leaves_behind() {
    let desk = Desk::new();
    let profile = profile_with(&desk, "queclink", DEVICE_PASSWORD);
    let queclink = desk.plug("queclink", &profile, &["--model", "gv55", "--seed", "61"]);
    let other = desk.plug("other", &profile, &["--model", "gv55", "--seed", "62"]);
    let profile = profile_with(&desk, "teltonika-fmb", KEYWORD);
    let teltonika = desk.plug(
        "teltonika",
        &profile,
        &["--model", "fmb120", "--seed", "63"],
    );
    let sandbox = desk.sandbox("carrier", &json!({ "activation_delay_ms": 100 }));
    let right = secrets(
        &desk,
        "right.toml",
        &format!(
            "queclink = \"{DEVICE_PASSWORD}\"\n[units]\n\"{}\" = \"{KEYWORD}\"\n",
            teltonika.id(0)
        ),
    );
    let wrong = secrets(
        &desk,
        "wrong.toml",
        &format!("queclink = \"{WRONG_PASSWORD}\"\n"),
    );
    let mut said = Vec::new();

    // The secrets reach the units, in JSON and in words, with everything logged.
    let more = ["-vv", "--sandbox", &sandbox.url, "--secrets", &right];
    let arguments = desk.provision(&queclink.port(0), &queclink.folder(), &more);
    let run = desk.run("bench", &words(&arguments));
    assert_eq!(
        (run.verdict().0.as_str(), run.code),
        ("verified", Some(0)),
        "{run:#?}"
    );
    said.push(run);
    let mut arguments = desk.provision(&teltonika.port(0), &teltonika.folder(), &more);
    // A locked unit does not say who it is: its label does, and with it which keyword is its own.
    let label = format!("{}={}", teltonika.port(0), teltonika.id(0));
    arguments.extend(["--label".to_owned(), label]);
    arguments.extend(["--data-dir".to_owned(), desk.named("bench")]);
    let run = crate::desk::Running::start(&words(&arguments)).finish(crate::desk::LONGEST_RUN);
    let line = run.lines.iter().find(|line| line.contains("Verified"));
    assert!(line.is_some() && run.code == Some(0), "{run:#?}");
    said.push(run);

    // A wrong password is told without saying it.
    let more = ["-vv", "--no-register", "--secrets", &wrong];
    let arguments = desk.provision(&other.port(0), &other.folder(), &more);
    let run = desk.run("bench", &words(&arguments));
    assert_eq!(run.verdict().2.as_deref(), Some("D-220"), "{run:#?}");
    said.push(run);

    let (template, port) = (desk.named("template.toml"), teltonika.port_now(0));
    let id = queclink.id(0);
    let looks: [&[&str]; 5] = [
        &["read", "-vv", "--port", &port, "--secrets", &right],
        &["templates", "import", &template],
        &["templates", "list"],
        &["unit", "show", &id],
        &["units"],
    ];
    for look in looks {
        let run = desk.run("bench", look);
        assert_eq!(run.code, Some(0), "{look:?}: {run:#?}");
        said.push(run);
    }

    // The whole of the account and everything that is written for people, with everything logged.
    let out = desk.path("out");
    std::fs::create_dir_all(&out).unwrap();
    let file = |name: &str| out.join(name).display().to_string();
    let url = sandbox.url.as_str();
    let (sheet, list, book) = (
        file("differences.csv"),
        file("units.csv"),
        file("units.xlsx"),
    );
    let bundle = file("bundle.zip");
    let more: [&[&str]; 9] = [
        &["carrier", "check", "-vv", "--sandbox", url],
        &["carrier", "plans", "-vv", "--sandbox", url],
        &["carrier", "suspend", &id, "-vv", "--sandbox", url],
        &[
            "carrier",
            "reconcile",
            "-vv",
            "--whole",
            "--csv",
            &sheet,
            "--sandbox",
            url,
        ],
        &["carrier", "follow", "-vv", "--sandbox", url],
        &[
            "carrier",
            "message",
            &id,
            "where are you",
            "-vv",
            "--sandbox",
            url,
        ],
        &["export", &list, "--for", "machines"],
        &["export", &book],
        &["support-bundle", &id, "--out", &bundle, "--secrets", &right],
    ];
    for look in more {
        let run = desk.run("bench", look);
        assert_eq!(run.code, Some(0), "{look:?}: {run:#?}");
        said.push(run);
    }

    let mut left_behind: Vec<(String, Vec<u8>)> = said
        .iter()
        .map(|run| ("output".to_owned(), format!("{run:?}").into_bytes()))
        .collect();
    collect(&desk.path("bench"), &mut left_behind);
    collect(&desk.path("carrier"), &mut left_behind);
    collect(&out, &mut left_behind);
    for packed in [&book, &bundle] {
        let mut archive = zip::ZipArchive::new(std::fs::File::open(packed).unwrap()).unwrap();
        for index in 0..archive.len() {
            let mut entry = archive.by_index(index).unwrap();
            let mut bytes = Vec::new();
            std::io::Read::read_to_end(&mut entry, &mut bytes).unwrap();
            left_behind.push((format!("{packed}: entry {index}"), bytes));
        }
    }
    let tables = tables_of(&desk.path("bench/inventory.sqlite"));
    assert!(tables.len() > 25, "{tables:?}");
    // The search itself works, and the log holds the talk with the units.
    let log = left_behind.iter().find(|(name, _)| name.ends_with(".log"));
    let log = &log.unwrap().1;
    for seen in ["gps.example.net", "AT+GT", "cfg_setparam"] {
        assert!(contains(log, seen), "{seen} is not in the log");
    }
    let account = carrier::sandbox::EXAMPLE_SECRET;
    let canaries = [
        APN_PASSWORD,
        DEVICE_PASSWORD,
        KEYWORD,
        WRONG_PASSWORD,
        account,
        "sig=",
    ];
    for (name, bytes) in &left_behind {
        for canary in canaries {
            assert!(
                !contains(bytes, canary),
                "{canary} is in {name}: {}",
                around(bytes, canary)
            );
        }
    }
}

/// Names of all tables: the bytes of the whole file are searched, so a table of tomorrow is searched too.
fn tables_of(file: &Path) -> Vec<String> {
    let connection = rusqlite::Connection::open(file).unwrap();
    let mut statement = connection
        .prepare("SELECT name FROM sqlite_schema WHERE type = 'table'")
        .unwrap();
    let names = statement.query_map([], |row| row.get(0)).unwrap();
    names.map(Result::unwrap).collect()
}

fn collect(folder: &Path, found: &mut Vec<(String, Vec<u8>)>) {
    for entry in std::fs::read_dir(folder).unwrap().flatten() {
        let path = entry.path();
        if path.is_dir() {
            collect(&path, found);
        } else {
            found.push((path.display().to_string(), std::fs::read(&path).unwrap()));
        }
    }
}

fn contains(bytes: &[u8], text: &str) -> bool {
    bytes
        .windows(text.len())
        .any(|window| window == text.as_bytes())
}

/// What stands around the first place of a text.
fn around(bytes: &[u8], text: &str) -> String {
    let all = String::from_utf8_lossy(bytes);
    let place = all.find(text).unwrap_or_default();
    all.chars()
        .skip(all[..place].chars().count().saturating_sub(80))
        .take(200)
        .collect()
}
