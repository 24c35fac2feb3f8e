//! How files are cut, named, opened and worded.

use super::nothing_is_wrong;
use super::source::{SourceFile, files, split};

const MOST_LINES: usize = 600;
const MOST_LINES_OF_THE_MAP: usize = 200;
/// Names that say nothing about what is inside.
const EMPTY_NAMES: &[&str] = &[
    "utils", "util", "common", "helpers", "helper", "manager", "types", "misc",
];
/// Places of the machine that wrote it, which are nowhere else. In two parts, so that this file does not offend.
const FOREIGN_PATHS: &[&str] = &[
    concat!("/wo", "rk/"),
    concat!("/ro", "ot/"),
    concat!("/tmp/ba", "sh_jobs"),
];
/// Lints that keep the program from ending in the middle; nothing outside tests switches them off.
const KEPT_LINTS: &[&str] = &[
    "unwrap_used",
    "expect_used",
    "indexing_slicing",
    "clippy::panic",
    "unsafe_code",
];

fn rust_files() -> Vec<SourceFile> {
    files(
        &["src", "crates", "tests", "benches"].map(|place| {
            if super::source::root().join(place).exists() {
                place
            } else {
                "src"
            }
        }),
        &[".rs"],
    )
}

fn badly_cut(file: &SourceFile) -> Vec<String> {
    let mut complaints = Vec::new();
    let lines = file.text.lines().count();
    if lines > MOST_LINES {
        complaints.push(format!(
            "{}: {lines} lines; cut it before {MOST_LINES}",
            file.path
        ));
    }
    if !file.text.starts_with("//! ") {
        complaints.push(format!(
            "{}: begins without `//!` saying what it is for",
            file.path
        ));
    }
    for part in file.path.trim_end_matches(".rs").split('/') {
        if EMPTY_NAMES.contains(&part) {
            complaints.push(format!("{}: `{part}` is no name for an idea", file.path));
        }
    }
    complaints
}

/// Modules without a file of their own can have empty names too, and lints can be silenced only where the code is seen.
fn badly_coded(file: &SourceFile) -> Vec<String> {
    let code = split(&file.text).code;
    let mut complaints = Vec::new();
    let words: Vec<&str> = code
        .split(|letter: char| !(letter.is_alphanumeric() || letter == '_'))
        .filter(|word| !word.is_empty())
        .collect();
    for pair in words.windows(2) {
        if pair[0] == "mod" && EMPTY_NAMES.contains(&pair[1]) {
            complaints.push(format!(
                "{}: `mod {}` is no name for an idea",
                file.path, pair[1]
            ));
        }
    }
    if !file
        .path
        .split('/')
        .any(|part| matches!(part, "tests" | "tests.rs" | "benches"))
    {
        for silenced in ["[allow(", "[expect("]
            .iter()
            .flat_map(|word| code.split(*word).skip(1))
        {
            let inner = silenced.split(']').next().unwrap_or_default();
            complaints.extend(
                KEPT_LINTS
                    .iter()
                    .filter(|lint| inner.contains(**lint))
                    .map(|lint| format!("{}: switches `{lint}` off", file.path)),
            );
        }
    }
    complaints
}

fn foreign(file: &SourceFile) -> Vec<String> {
    let seen = |(number, line): (usize, &str)| {
        let place = FOREIGN_PATHS.iter().find(|place| line.contains(**place))?;
        Some(format!(
            "{}:{}: `{place}` is a place of one machine",
            file.path,
            number + 1
        ))
    };
    file.text.lines().enumerate().filter_map(seen).collect()
}

/// What people read says what was proved, not that something was a success.
fn badly_worded(file: &SourceFile) -> Vec<String> {
    let seen = |(line, words): &(usize, String)| {
        words
            .to_lowercase()
            .contains("success")
            .then(|| format!("{}:{line}: {words}", file.path))
    };
    split(&file.text).strings.iter().filter_map(seen).collect()
}

#[test]
fn files_are_short_opened_by_their_purpose_and_named_after_one_idea() {
    let all = rust_files();
    assert!(all.len() > 60, "the source was not found");
    nothing_is_wrong(
        &all.iter()
            .flat_map(|file| [badly_cut(file), badly_coded(file)].concat())
            .collect::<Vec<_>>(),
    );
}

#[test]
fn no_place_of_one_machine_is_named() {
    let all = files(
        &[""],
        &[".rs", ".toml", ".md", ".sql", ".json", ".yaml", "/run"],
    );
    assert!(
        all.iter().any(|file| file.path == "tests/run")
            && all.iter().any(|file| file.path == "Cargo.toml")
    );
    nothing_is_wrong(&all.iter().flat_map(foreign).collect::<Vec<_>>());
}

#[test]
fn what_people_read_does_not_speak_of_success() {
    let mut spoken = files(&["src", "crates/fleet/src/fault"], &[".rs"]);
    spoken.retain(|file| !file.path.contains("/tests"));
    nothing_is_wrong(&spoken.iter().flat_map(badly_worded).collect::<Vec<_>>());
}

#[test]
fn the_map_is_short_and_names_every_room_and_package() {
    let map = std::fs::read_to_string(super::source::root().join("ARCHITECTURE.md")).unwrap();
    assert!(
        map.lines().count() <= MOST_LINES_OF_THE_MAP,
        "{} lines",
        map.lines().count()
    );
    let folders = ["src", "crates"]
        .map(|place| std::fs::read_dir(super::source::root().join(place)).unwrap());
    let missing: Vec<_> = folders
        .into_iter()
        .flatten()
        .map(|entry| {
            entry
                .unwrap()
                .path()
                .file_stem()
                .unwrap()
                .to_str()
                .unwrap()
                .to_owned()
        })
        .filter(|name| {
            !map.contains(&format!("`{name}`"))
                && !map.contains(&format!("`{name}.rs`"))
                && !map.contains(&format!("`crates/{name}`"))
        })
        .collect();
    assert!(
        missing.is_empty(),
        "ARCHITECTURE.md does not name {missing:?}"
    );
}

#[test]
fn planted_offences_are_seen() {
    let planted = |path: &str, text: &str| SourceFile {
        path: path.into(),
        text: text.into(),
    };
    assert_eq!(
        badly_cut(&planted("src/link/utils.rs", "fn f() {}")).len(),
        2
    );
    assert_eq!(
        badly_cut(&planted(
            "src/link/port.rs",
            &format!("//! Long.\n{}", "\n".repeat(MOST_LINES))
        ))
        .len(),
        1
    );
    assert_eq!(
        badly_cut(&planted("src/link/port.rs", "//! Ports.\nfn f() {}\n")).len(),
        0
    );
    assert_eq!(
        badly_coded(&planted(
            "src/link/port.rs",
            "mod common {}\n#[allow(clippy::unwrap_used)] fn f() {}"
        ))
        .len(),
        2
    );
    assert_eq!(
        badly_coded(&planted(
            "src/link/port.rs",
            "// mod common {}\n#[allow(clippy::too_many_lines)] fn f() {}"
        ))
        .len(),
        0
    );
    assert_eq!(
        foreign(&planted(
            "README.md",
            &format!("one\ncd {}main", concat!("/wo", "rk/"))
        ))
        .len(),
        1
    );
    assert_eq!(
        badly_worded(&planted(
            "src/cli/mod.rs",
            "// success\nfn f() { say(\"Success!\") }"
        ))
        .len(),
        1
    );
}
