//! Files and options that cannot be used: templates, profiles, secrets, preferences, folders, addresses.

use super::{ended, refused};
use crate::desk::{Desk, TEMPLATE, words};
use std::os::unix::fs::PermissionsExt as _;

#[test]
fn a_template_with_mistakes_is_refused_before_anything_is_touched() {
    let desk = Desk::new();
    let unit = desk.plug("ports", "queclink", &["--model", "gv55", "--seed", "71"]);
    let cases: [(&str, Option<String>, &str); 7] = [
        ("missing.toml", None, "cannot be read"),
        (
            "broken.toml",
            Some(TEMPLATE.replace("[settings]", "[settings")),
            "has mistakes",
        ),
        (
            "unknown.toml",
            Some(format!("{TEMPLATE}apn.colour = \"red\"\n")),
            "apn.colour",
        ),
        (
            "word.toml",
            Some(format!("colour = \"red\"\n{TEMPLATE}")),
            "colour",
        ),
        (
            "nameless.toml",
            Some(TEMPLATE.replace("name = \"Van", "title = \"Van")),
            "name",
        ),
        (
            "version.toml",
            Some(TEMPLATE.replace("version = 5", "version = \"five\"")),
            "version",
        ),
        (
            "kind.toml",
            Some(TEMPLATE.replace("server.port = 5027", "server.port = \"many\"")),
            "server.port",
        ),
    ];
    for (file, text, words_in_it) in cases {
        if let Some(text) = text {
            desk.write(file, &text);
        }
        let mut arguments = desk.provision(&unit.port(0), &unit.folder(), &["--no-register"]);
        let place = arguments
            .iter()
            .position(|each| each == "--template")
            .unwrap();
        arguments[place + 1] = desk.named(file);
        let run = desk.run("bench", &words(&arguments));
        refused(&run, 1, "P-420", words_in_it);
        assert!(run.errors.contains(file), "{run:#?}");
    }
    desk.is_untouched("bench");
}

#[test]
fn a_template_that_no_family_can_hold_is_not_brought_in_and_others_tell_which_families_can() {
    let desk = Desk::new();
    let file = |name: &str, seconds: &str| {
        let text = format!(
            "name = \"{name}\"\nversion = 1\n[settings]\nreport.moving_interval_s = {seconds}\n"
        );
        desk.write(&format!("{name}.toml"), &text)
    };
    let nobodys = file("Nobody", "400000000");
    let run = desk.run("bench", &["templates", "import", &nobodys]);
    refused(&run, 1, "P-425", "No unit family can hold all of it");
    let listed = desk.run("bench", &["templates", "list"]);
    assert!(listed.of_type("template").is_empty(), "{listed:#?}");

    let some = file("Some", "1");
    let run = desk.run("bench", &["templates", "import", &some]);
    assert_eq!(run.code, Some(0), "{run:#?}");
    let families = run.one("template")["families"].clone();
    assert!(!families.as_array().unwrap().is_empty(), "{run:#?}");
    assert!(
        run.errors.contains("Families that can hold all of it"),
        "{run:#?}"
    );

    // A unit has that template, and its model cannot take the next version; what other models of its family lack is no matter.
    let unit = desk.plug("ports", "queclink", &["--model", "gv55", "--seed", "73"]);
    let first = file("Vans", "45");
    let (port, folder) = (unit.port(0), unit.folder());
    let arguments = [
        "provision",
        "--template",
        &first,
        "--port",
        &port,
        "--port-dir",
        &folder,
        "--no-register",
        "--yes",
    ];
    assert_eq!(desk.run("bench", &arguments).code, Some(0));
    let run = desk.run("bench", &["templates", "import", &first]);
    assert_eq!(run.code, Some(0), "{run:#?}");
    assert!(run.of_type("objection").is_empty(), "{run:#?}");
    let moving = |value: &str| format!("report.moving_interval_s={value}");
    let draft = |value: &str| {
        let arguments = ["templates", "draft", "Vans", "--set", &moving(value)];
        desk.run("bench", &arguments)
    };
    let release = || desk.run("bench", &["templates", "release", "Vans", "--by", "Anna"]);
    assert_eq!(draft("1").code, Some(0));
    refused(&release(), 1, "P-422", "GV55");
    assert_eq!(draft("60").code, Some(0));
    let released = release();
    assert_eq!(released.code, Some(0), "{released:#?}");
    let text = "name = \"Vans\"\nversion = 3\n[settings]\nreport.moving_interval_s = 1\n";
    let third = desk.write("third.toml", text);
    let run = desk.run("bench", &["templates", "import", &third]);
    assert_eq!(run.code, Some(0), "{run:#?}");
    let objection = run.one("objection");
    assert_eq!(objection["models"], serde_json::json!(["GV55"]), "{run:#?}");
    assert!(run.errors.contains("cannot take all of it"), "{run:#?}");
}

#[test]
fn a_file_for_a_folder_that_is_not_there_is_told_as_that_and_not_as_a_full_disk() {
    let desk = Desk::new();
    let added = desk.run("bench", &["unit", "add", "imei=356938035643809"]);
    assert_eq!(added.code, Some(0), "{added:#?}");
    let in_nowhere = |name: &str| desk.named(&format!("nowhere/{name}"));
    let (csv, xlsx) = (in_nowhere("units.csv"), in_nowhere("units.xlsx"));
    let (pdf, zip) = (in_nowhere("labels.pdf"), in_nowhere("support.zip"));
    let cases: [(&[&str], &str); 4] = [
        (&["export", &csv], "S-844"),
        (&["export", &xlsx], "S-844"),
        (&["labels", "--select", "*", "--out", &pdf], "S-850"),
        (&["support-bundle", "--out", &zip], "S-860"),
    ];
    for (arguments, code) in cases {
        let run = desk.run("bench", arguments);
        refused(&run, 1, code, "nowhere is not there");
        assert!(run.errors.contains("Make the folder first"), "{run:#?}");
        assert!(!run.errors.contains("Free space"), "{run:#?}");
    }
}

#[test]
fn a_value_out_of_range_stops_the_unit_before_it_is_written() {
    let desk = Desk::new();
    std::thread::scope(|stories| {
        for (profile, model) in [("queclink", "gv55"), ("teltonika-fmb", "fmb120")] {
            let desk = &desk;
            stories.spawn(move || {
                let unit = desk.plug(
                    &format!("{profile}-ports"),
                    profile,
                    &["--model", model, "--seed", "72"],
                );
                let text =
                    TEMPLATE.replace("moving_interval_s = 30", "moving_interval_s = 4000000");
                let template = desk.write(&format!("{profile}-range.toml"), &text);
                let mut arguments =
                    desk.provision(&unit.port(0), &unit.folder(), &["--no-register"]);
                let place = arguments
                    .iter()
                    .position(|each| each == "--template")
                    .unwrap();
                arguments[place + 1] = template;
                let message = ended(
                    &desk.run(profile, &words(&arguments)),
                    1,
                    "stopped",
                    "P-402",
                );
                assert!(
                    message[0].contains("report.moving_interval_s"),
                    "{message:?}"
                );
                assert!(message[1].contains("Nothing was written"), "{message:?}");
                let jobs = desk.jobs(profile, &unit.id(0));
                assert!(
                    jobs.iter().all(|job| job.count("write_intent") == 0),
                    "{jobs:#?}"
                );
            });
        }
    });
}

#[test]
fn a_broken_profile_is_reported_with_every_problem_and_left_out() {
    let desk = Desk::new();
    let shipped = concat!(env!("CARGO_MANIFEST_DIR"), "/device_profiles/queclink.toml");
    let shipped = std::fs::read_to_string(shipped).unwrap();
    let typo = desk.write("typo.toml", &shipped.replace("[simulator]", "[simulater]"));
    let torn = desk.write("torn.toml", &shipped[..shipped.len() / 2]);
    let none = desk.named("none.toml");
    for (file, words_in_it) in [(&typo, "simulater"), (&torn, ""), (&none, "file")] {
        let run = desk.run("bench", &["profiles", "check", file]);
        assert_eq!(run.code, Some(1), "{run:#?}");
        let check = run.one("check");
        let problems = check["problems"].as_array().unwrap();
        assert!(
            !problems.is_empty() && check.to_string().contains(words_in_it),
            "{run:#?}"
        );
    }
    let run = desk.run("bench", &["simulate", "--profile", &typo]);
    refused(&run, 1, "P-430", "typo.toml");

    // In the bench's own folder it is left out, which is said; the shipped one of the same name works on.
    std::fs::create_dir_all(desk.path("bench/device_profiles")).unwrap();
    std::fs::copy(&typo, desk.path("bench/device_profiles/queclink.toml")).unwrap();
    assert_eq!(desk.run("bench", &["profiles", "check"]).code, Some(1));
    let unit = desk.plug("ports", "queclink", &["--model", "gv55", "--seed", "73"]);
    let run = desk.provision(&unit.port(0), &unit.folder(), &["--no-register"]);
    let run = desk.run("bench", &words(&run));
    assert!(run.errors.contains("broken and left out"), "{run:#?}");
    assert_eq!(
        (run.verdict().0.as_str(), run.code),
        ("verified", Some(0)),
        "{run:#?}"
    );
}

#[test]
fn secrets_that_others_can_read_are_refused() {
    let desk = Desk::new();
    let cases = [
        ("open.toml", "queclink = \"hunter2\"\n", 0o644, "chmod 600"),
        ("group.toml", "queclink = \"hunter2\"\n", 0o640, "chmod 600"),
        ("broken.toml", "queclink = \"hunter2\n", 0o600, "line 1"),
        (
            "table.toml",
            "[cars]\nqueclink = \"hunter2\"\n",
            0o600,
            "[cars]",
        ),
    ];
    for (name, text, mode, words_in_it) in cases {
        let path = desk.write(name, text);
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(mode)).unwrap();
        let more = ["--no-register", "--secrets", &path];
        let run = desk.provision("/dev/null", &desk.named(""), &more);
        let run = desk.run("bench", &words(&run));
        refused(&run, 1, "U-010", words_in_it);
        assert!(!format!("{run:?}").contains("hunter2"), "{run:#?}");
    }
    let missing = desk.named("missing.toml");
    let run = desk.run(
        "bench",
        &["read", "--port", "/dev/null", "--secrets", &missing],
    );
    refused(&run, 1, "U-010", "cannot be read");
}

#[test]
fn what_cannot_be_used_is_said_before_anything_is_done() {
    let desk = Desk::new();
    let file = desk.write("a-file", "");
    std::fs::create_dir(desk.path("odd")).unwrap();
    std::fs::write(desk.path("odd/preferences.toml"), "bench = \n").unwrap();
    let template = desk.named("template.toml");
    let twice = [
        "provision",
        "--template",
        &template,
        "--port",
        "/dev/null",
        "--port",
        "/dev/null",
    ];
    let cases: [(&str, &[&str], i32, &str, &str); 8] = [
        ("bench", &twice, 2, "U-001", "twice"),
        (
            "bench",
            &["simulate", "--profile", "queclink", "--fault", "gremlin"],
            2,
            "U-001",
            "gremlin",
        ),
        (
            "bench",
            &["simulate", "--profile", "nokia"],
            2,
            "U-001",
            "nokia",
        ),
        (
            "bench",
            &["simulate", "--profile", "queclink", "--model", "gx9"],
            2,
            "U-001",
            "gx9",
        ),
        (
            "bench",
            &["carrier", "check"],
            1,
            "C-512",
            "No carrier account",
        ),
        (
            "bench",
            &["carrier", "check", "--sandbox", "not an address"],
            2,
            "U-001",
            "address",
        ),
        ("bench", &["unit", "show", "999"], 1, "I-730", "999"),
        ("odd", &["units"], 1, "I-711", "preferences.toml"),
    ];
    for (bench, arguments, exit, code, words_in_it) in cases {
        refused(&desk.run(bench, arguments), exit, code, words_in_it);
    }
    refused(&desk.run("a-file", &["units"]), 1, "I-710", &file);
    for wrong in [
        vec!["provision"],
        vec!["fly"],
        vec!["provision", "--template", &template],
    ] {
        let run = desk.run("bench", &wrong);
        assert!(run.code == Some(2) && !run.errors.is_empty(), "{run:#?}");
    }
}

#[test]
fn an_inventory_that_is_none_or_newer_is_not_written_to() {
    let desk = Desk::new();
    assert_eq!(desk.run("newer", &["units"]).code, Some(0));
    let file = desk.path("newer/inventory.sqlite");
    let connection = rusqlite::Connection::open(&file).unwrap();
    connection
        .pragma_update(None, "user_version", 9_999)
        .unwrap();
    drop(connection);
    refused(&desk.run("newer", &["units"]), 1, "I-721", "newer");

    // A database of some other program under our file's name stays as it is.
    std::fs::create_dir(desk.path("foreign")).unwrap();
    let file = desk.path("foreign/inventory.sqlite");
    let connection = rusqlite::Connection::open(&file).unwrap();
    connection
        .execute_batch("PRAGMA application_id = 7; CREATE TABLE recipes (name TEXT);")
        .unwrap();
    drop(connection);
    let before = std::fs::read(&file).unwrap();
    refused(&desk.run("foreign", &["units"]), 1, "I-721", "inventory");
    assert_eq!(std::fs::read(&file).unwrap(), before);
}
