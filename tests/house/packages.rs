//! What each package and room may know of the outside: the heart has no port, disk, network, clock or thread, and each outside
//! library stands behind one room.

use super::nothing_is_wrong;
use super::source::{SourceFile, files, leads_from, paths, root};

/// Outside libraries with the places where code may name them. Tests may name all.
const BEHIND: &[(&str, &[&str])] = &[
    ("egui", &["src/ui/"]),
    ("eframe", &["src/ui/", "src/window.rs"]),
    ("egui_extras", &["src/ui/"]),
    ("egui_kittest", &["src/ui/"]),
    ("notify_rust", &["src/ui/away.rs"]),
    ("serialport", &["src/link/"]),
    ("rusqlite", &["src/inventory/"]),
    ("rusqlite_migration", &["src/inventory/"]),
    ("keyring", &["src/secrets/keychain.rs"]),
    ("argon2", &["src/secrets/sealed.rs"]),
    ("chacha20poly1305", &["src/secrets/sealed.rs"]),
    ("directories", &["src/folders.rs"]),
    ("rpassword", &["src/cli/"]),
    ("csv", &["src/cli/", "src/sheets/"]),
    ("calamine", &["src/sheets/"]),
    ("rust_xlsxwriter", &["src/sheets/"]),
    ("chardetng", &["src/sheets/"]),
    ("encoding_rs", &["src/sheets/"]),
    ("krilla", &["src/labels/"]),
    ("qrcode", &["src/labels/"]),
    ("ttf_parser", &["src/labels/"]),
    (
        "clap",
        &["crates/collector/src/main.rs", "src/cli/", "src/main.rs"],
    ),
    (
        "nix",
        &[
            "crates/fleet_db/src/private_cluster.rs",
            "src/demo/pty.rs",
            "src/inventory/lock.rs",
            "src/inventory/place.rs",
            "src/link/",
            "src/secrets/dumps.rs",
        ],
    ),
    (
        "carrier",
        &[
            "crates/carrier/",
            "crates/collector/",
            "src/engine/",
            "src/demo/",
            "src/cli/",
            "src/start/",
        ],
    ),
    (
        "reqwest",
        &[
            "crates/carrier/",
            "crates/collector/src/aws.rs",
            "crates/fleet_db/src/password_file.rs",
        ],
    ),
    (
        "rustls",
        &[
            "crates/carrier/",
            "crates/collector/src/aws.rs",
            "crates/fleet_db/",
        ],
    ),
    (
        "fleet_db",
        &[
            "crates/collector/",
            "crates/fleet_db/",
            "src/cli/",
            "src/demo/",
            "src/engine/",
            "src/inventory/sync/",
            "src/sync/",
            "src/start.rs",
            "src/start/",
            "src/preferences.rs",
        ],
    ),
    ("tokio_postgres", &["crates/fleet_db/"]),
    (
        "aws_sigv4",
        &["crates/collector/src/aws.rs", "crates/fleet_db/"],
    ),
    ("lambda_runtime", &["crates/collector/src/lambda.rs"]),
    ("axum", &["crates/carrier/src/sandbox"]),
    ("base64", &["crates/carrier/", "src/bundle/"]),
    ("hyper", &["crates/carrier/src/sandbox"]),
    (
        "tokio",
        &[
            "crates/carrier/",
            "crates/collector/",
            "crates/fleet_db/",
            "src/cli/",
            "src/demo/",
            "src/engine/",
            "src/sync/",
            "src/inventory/",
            "src/link/",
        ],
    ),
    ("regex", &["crates/fleet/", "crates/carrier/"]),
];

/// What the heart may not name.
const NOT_IN_THE_HEART: &[&str] = &[
    "std::fs",
    "std::io",
    "std::thread",
    "std::process",
    "std::env",
    "std::os",
    "std::net",
    "std::sync::mpsc",
    "std::time::Instant",
    "std::time::SystemTime",
    "tokio",
    "tracing",
    "getrandom",
    "rand",
];
/// Parsing an address is no network.
const IN_THE_HEART_AFTER_ALL: &[&str] = &[
    "std::net::IpAddr",
    "std::net::Ipv4Addr",
    "std::net::Ipv6Addr",
];
/// Calls that ask a clock or chance, on any type.
const ASKS_CLOCK_OR_CHANCE: &[&str] = &["now", "now_v7", "new_v4", "now_v1"];

fn is_test(path: &str) -> bool {
    path.split('/')
        .any(|part| part == "tests" || part == "benches" || part == "tests.rs")
}

fn libraries_out_of_place(file: &SourceFile) -> Vec<String> {
    if is_test(&file.path) {
        return Vec::new();
    }
    let mut complaints = Vec::new();
    for named in paths(&file.text) {
        for (library, places) in BEHIND {
            let allowed = places.iter().any(|place| file.path.starts_with(place))
                || named.inside.iter().any(|module| module == "tests");
            if leads_from(&named.path, library) && !allowed {
                complaints.push(format!(
                    "{}:{}: `{library}` may be named in {} only",
                    file.path,
                    named.line,
                    places.join(", ")
                ));
            }
        }
    }
    complaints
}

fn impure(file: &SourceFile) -> Vec<String> {
    let wrong = |path: &str| {
        let named = NOT_IN_THE_HEART
            .iter()
            .any(|outside| leads_from(path, outside));
        let excused = IN_THE_HEART_AFTER_ALL
            .iter()
            .any(|excused| leads_from(path, excused));
        let asks = path.contains("::")
            && path
                .rsplit("::")
                .next()
                .is_some_and(|last| ASKS_CLOCK_OR_CHANCE.contains(&last));
        (named && !excused) || asks
    };
    let complain = |named: super::source::NamedPath| {
        wrong(&named.path).then(|| {
            format!(
                "{}:{}: `{}` in the heart",
                file.path, named.line, named.path
            )
        })
    };
    paths(&file.text).into_iter().filter_map(complain).collect()
}

/// Dependencies of a package as its Cargo.toml names them, with those that bring a version of their own.
fn dependencies(cargo_toml: &str) -> Vec<(String, bool)> {
    let table: toml::Table = cargo_toml.parse().unwrap();
    let mut found = Vec::new();
    let mut take = |list: Option<&toml::Value>| {
        for (name, given) in list.and_then(toml::Value::as_table).into_iter().flatten() {
            found.push((
                name.clone(),
                given.is_str() || given.get("version").is_some(),
            ));
        }
    };
    for kind in ["dependencies", "dev-dependencies", "build-dependencies"] {
        take(table.get(kind));
        for (_, target) in table
            .get("target")
            .and_then(toml::Value::as_table)
            .into_iter()
            .flatten()
        {
            take(target.get(kind));
        }
    }
    found
}

#[test]
fn each_outside_library_stands_behind_its_room() {
    nothing_is_wrong(
        &files(&["src", "crates"], &[".rs"])
            .iter()
            .flat_map(libraries_out_of_place)
            .collect::<Vec<_>>(),
    );
}

#[test]
fn the_heart_has_no_port_disk_network_clock_or_thread() {
    let heart = files(&["crates/fleet/src"], &[".rs"]);
    assert!(heart.len() > 20, "the heart was not found");
    nothing_is_wrong(&heart.iter().flat_map(impure).collect::<Vec<_>>());
}

#[test]
fn the_packages_depend_on_what_they_may() {
    let of = |package: &str| {
        dependencies(&std::fs::read_to_string(root().join(package).join("Cargo.toml")).unwrap())
    };
    let never = |package: &str, names: &[&str]| {
        let found: Vec<_> = of(package)
            .into_iter()
            .filter(|(name, _)| names.contains(&name.as_str()))
            .map(|(name, _)| name)
            .collect();
        assert!(found.is_empty(), "{package} depends on {found:?}");
    };
    never(
        "crates/fleet",
        &[
            "tokio",
            "reqwest",
            "rusqlite",
            "egui",
            "serialport",
            "tracing",
            "rand",
            "getrandom",
            "nix",
            "carrier",
        ],
    );
    never(
        "crates/carrier",
        &[
            "rusqlite",
            "tokio-postgres",
            "egui",
            "eframe",
            "serialport",
            "fleetdesk",
        ],
    );
    never(
        "crates/fleet_db",
        &[
            "rusqlite",
            "egui",
            "eframe",
            "serialport",
            "carrier",
            "fleetdesk",
        ],
    );
    for package in [".", "crates/fleet", "crates/carrier", "crates/fleet_db"] {
        let own: Vec<_> = of(package)
            .into_iter()
            .filter(|(_, versioned)| *versioned)
            .map(|(name, _)| name)
            .collect();
        assert!(
            own.is_empty(),
            "{package}: versions stand in [workspace.dependencies] only, not at {own:?}"
        );
    }
}

#[test]
fn a_library_out_of_place_and_an_impure_heart_are_seen() {
    let planted = |path: &str, text: &str| SourceFile {
        path: path.into(),
        text: text.into(),
    };
    let out_of_place = |path: &str, text: &str| libraries_out_of_place(&planted(path, text)).len();
    assert_eq!(
        out_of_place(
            "src/engine/state.rs",
            "fn colour() -> egui::Color32 { todo() }"
        ),
        1
    );
    assert_eq!(
        out_of_place(
            "src/cli/ports.rs",
            "use {serialport::available_ports, rusqlite as db};"
        ),
        2
    );
    assert_eq!(out_of_place("src/ui/bench.rs", "use carrier::Carrier;"), 1);
    assert_eq!(
        out_of_place("src/link/serial.rs", "use serialport::SerialPort;"),
        0
    );
    let found = |text: &str| impure(&planted("crates/fleet/src/job.rs", text)).len();
    assert_eq!(
        found("use std::{fs, net::{IpAddr, TcpStream}, time::{Duration, Instant}};"),
        3
    );
    assert_eq!(found("fn f() { jiff::Timestamp::now(); }"), 1);
    assert_eq!(
        found(
            "fn f(now: Moment) { std::time::Duration::ZERO; let Ok(x) = std::net::IpAddr::from_str(a); }"
        ),
        0
    );
    let listed = dependencies(
        "[dependencies]\na = \"1\"\nb.workspace = true\n[target.'cfg(unix)'.dependencies]\nc = { version = \"2\" }\n",
    );
    assert_eq!(
        listed,
        [("a".into(), true), ("b".into(), false), ("c".into(), true)]
    );
}
