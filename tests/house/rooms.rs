//! Who may enter which room of the desktop program: nothing reaches sideways.

use super::nothing_is_wrong;
use super::source::{SourceFile, files, paths};

/// Each room with the rooms that it may import. A new room of `src/` is entered here, and in `ARCHITECTURE.md`.
const ROOMS: &[(&str, &[&str])] = &[
    ("link", &[]),
    ("inventory", &[]),
    ("folders", &[]),
    ("preferences", &[]),
    ("profiles", &[]),
    ("secrets", &[]),
    ("logging", &["folders"]),
    ("sync", &["inventory"]),
    ("sheets", &["inventory"]),
    ("labels", &[]),
    ("bundle", &["inventory"]),
    (
        "engine",
        &[
            "bundle",
            "folders",
            "link",
            "inventory",
            "secrets",
            "sheets",
            "labels",
            "sync",
        ],
    ),
    ("ui", &["engine", "preferences"]),
    (
        "start",
        &[
            "cli",
            "engine",
            "folders",
            "inventory",
            "logging",
            "preferences",
            "profiles",
            "secrets",
            "sync",
        ],
    ),
    (
        "window",
        &[
            "cli",
            "demo",
            "engine",
            "inventory",
            "link",
            "preferences",
            "secrets",
            "start",
            "ui",
        ],
    ),
    ("demo", &["engine", "link", "inventory", "secrets", "sync"]),
    (
        "cli",
        &[
            "engine",
            "link",
            "inventory",
            "demo",
            "preferences",
            "start",
            "sync",
            "profiles",
            "secrets",
            "sheets",
            "labels",
            "bundle",
        ],
    ),
];

/// The room of a file of `src/`, and its module path in the program.
fn module_of(path: &str) -> Option<Vec<String>> {
    let inside = path.strip_prefix("src/")?.strip_suffix(".rs")?;
    let mut parts: Vec<String> = inside.split('/').map(str::to_owned).collect();
    if parts.last().is_some_and(|last| last == "mod") {
        parts.pop();
    }
    // lib.rs only declares the rooms; main.rs is another crate, which may name them all.
    (!matches!(parts[0].as_str(), "lib" | "main")).then_some(parts)
}

/// Where a path leads, as parts from the program's root; nothing for paths into other crates or further down.
fn from_root(path: &str, module: &[String], inside: &[String]) -> Option<Vec<String>> {
    let mut here: Vec<String> = module.iter().chain(inside).cloned().collect();
    let parts: Vec<&str> = path.split("::").collect();
    let rest = match parts[0] {
        "crate" => {
            here.clear();
            &parts[1..]
        }
        "super" => {
            let climbs = parts.iter().take_while(|part| **part == "super").count();
            here.truncate(here.len().saturating_sub(climbs));
            &parts[climbs..]
        }
        _ => return None,
    };
    here.extend(rest.iter().map(|part| (*part).to_owned()));
    Some(here)
}

fn complaints(file: &SourceFile) -> Vec<String> {
    let Some(module) = module_of(&file.path) else {
        return Vec::new();
    };
    let room = module[0].as_str();
    let Some((_, may_enter)) = ROOMS.iter().find(|(name, _)| *name == room) else {
        return vec![format!(
            "{}: the room `{room}` has no rule; enter it in tests/house/rooms.rs and in ARCHITECTURE.md",
            file.path
        )];
    };
    let sees = |named: &super::source::NamedPath| {
        let target = from_root(&named.path, &module, &named.inside)?;
        let entered = target.first().map_or("*", String::as_str);
        // Tests may plug simulated units in, whichever room they stand in.
        let pretend =
            entered == "demo" && (named.inside.iter().chain(&module)).any(|part| part == "tests");
        let allowed = entered == room || may_enter.contains(&entered) || pretend;
        (!allowed).then(|| {
            format!(
                "{}:{}: the room `{room}` may not enter `{entered}` (`{}`)",
                file.path, named.line, named.path
            )
        })
    };
    paths(&file.text).iter().filter_map(sees).collect()
}

#[test]
fn nothing_reaches_sideways() {
    let all = files(&["src"], &[".rs"]);
    assert!(all.len() > 20, "the source was not found");
    nothing_is_wrong(&all.iter().flat_map(complaints).collect::<Vec<_>>());
}

#[test]
fn reaching_sideways_is_seen() {
    let planted = |path: &str, text: &str| {
        complaints(&SourceFile {
            path: path.into(),
            text: text.into(),
        })
        .len()
    };
    assert_eq!(
        planted("src/link/serial.rs", "use crate::engine::Command;"),
        1
    );
    assert_eq!(
        planted("src/ui/bench.rs", "use crate::{engine::State, inventory};"),
        1
    );
    assert_eq!(
        planted("src/ui/mod.rs", "fn f() { super::link::open_serial(); }"),
        1
    );
    assert_eq!(
        planted(
            "src/ui/screens/bench.rs",
            "mod tests { use super::super::super::super::inventory::Inventory; }"
        ),
        1
    );
    assert_eq!(planted("src/engine/run.rs", "use crate::*;"), 1);
    assert_eq!(
        planted("src/attic/mod.rs", "fn f() {}"),
        1,
        "a room without a rule"
    );
    assert_eq!(
        planted(
            "src/engine/run.rs",
            "use crate::link::Ports; use super::lane::Lane; mod tests { use super::*; }"
        ),
        0
    );
    assert_eq!(
        planted(
            "src/ui/theme/text.rs",
            "use super::super::widgets::Pill; // crate::inventory"
        ),
        0
    );
    let pretend = "mod tests { use crate::demo::RunningUnit; use crate::ui::App; }";
    assert_eq!(planted("src/engine/run.rs", pretend), 1, "only the screens");
    assert_eq!(planted("src/engine/run.rs", "use crate::demo::Office;"), 1);
}
