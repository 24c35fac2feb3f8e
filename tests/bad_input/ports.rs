//! Ports that are not there, are something else, or answer strangely.

use super::ended;
use crate::desk::{Desk, words};
use nix::pty::openpty;
use nix::sys::termios::{SetArg, cfmakeraw, tcgetattr, tcsetattr};
use std::fs::File;
use std::io::{Read as _, Write as _};
use std::os::fd::OwnedFd;

/// Something on a pseudo-terminal that is no unit.
struct Thing {
    name: String,
    _slave: OwnedFd,
}

impl Thing {
    /// Plugs it in; `answer` makes its reply to what it hears, again and again when there is nothing to hear.
    fn plug(answer: impl Fn(&[u8]) -> Vec<u8> + Send + 'static) -> Self {
        let pair = openpty(None, None).unwrap();
        let mut settings = tcgetattr(&pair.slave).unwrap();
        cfmakeraw(&mut settings);
        tcsetattr(&pair.slave, SetArg::TCSANOW, &settings).unwrap();
        let name = nix::unistd::ttyname(&pair.slave).unwrap();
        let mut master = File::from(pair.master);
        // Ends when the slave is closed everywhere: reading then fails.
        std::thread::spawn(move || {
            let mut heard = [0; 1024];
            while let Ok(count) = master.read(&mut heard) {
                let reply = answer(&heard[..count]);
                if count == 0 || master.write_all(&reply).is_err() {
                    break;
                }
            }
        });
        Self {
            name: name.display().to_string(),
            _slave: pair.slave,
        }
    }
}

#[test]
fn a_port_that_is_no_unit_is_named_for_what_it_is() {
    let desk = Desk::new();
    let silent = Thing::plug(|_| Vec::new());
    let modem = Thing::plug(|_| b"\r\nERROR\r\n".to_vec());
    let babbler = Thing::plug(|heard| {
        let noise = |(index, byte): (usize, &u8)| byte.wrapping_mul(37) ^ (index as u8) ^ 0x9c;
        heard.iter().enumerate().map(noise).collect()
    });
    let stranger = Thing::plug(|_| b"Coffee is ready.\r\n".to_vec());
    let file = desk.write("notes.txt", "no port\n");
    let (nowhere, folder) = (desk.named("no-such-port"), desk.named(""));
    let cases: [(&str, &str, i32, &str, &str); 9] = [
        ("missing", &nowhere, 1, "stopped", "L-101"),
        ("null", "/dev/null", 1, "stopped", "L-104"),
        ("file", &file, 1, "stopped", "L-104"),
        ("folder", &folder, 1, "stopped", "L-104"),
        ("ptmx", "/dev/zero", 1, "stopped", "L-104"),
        ("silent", &silent.name, 1, "stopped", "D-201"),
        ("modem", &modem.name, 3, "needs_person", "D-203"),
        ("babbler", &babbler.name, 1, "stopped", "D-202"),
        ("stranger", &stranger.name, 1, "stopped", "D-202"),
    ];
    std::thread::scope(|stories| {
        for (bench, port, exit, verdict, code) in cases {
            let desk = &desk;
            stories.spawn(move || {
                let run = desk.provision(port, &desk.named(""), &["--no-register"]);
                let run = desk.run(bench, &words(&run));
                let message = ended(&run, exit, verdict, code);
                assert!(
                    message[0].starts_with(&format!("Port {port}")),
                    "{message:?}"
                );
                assert!(
                    message[1].contains("No unit was touched")
                        || message[1].contains("Nothing was written"),
                    "{message:?}"
                );
                let unit = run.one("unit");
                assert!(
                    unit["id"].is_null() && unit["registration"] == "skipped",
                    "{unit}"
                );
                desk.is_untouched(bench);

                let read = desk.run(bench, &["read", "--port", port]);
                super::refused(&read, exit, code, port);
            });
        }
    });
}

#[test]
fn the_lines_for_people_are_the_same_four_without_json() {
    let desk = Desk::new();
    let mut arguments = desk.provision("/dev/null", &desk.named(""), &["--no-register"]);
    arguments.extend(["--data-dir".to_owned(), desk.named("bench")]);
    let run = crate::desk::Running::start(&words(&arguments)).finish(crate::desk::LONGEST_RUN);
    assert_eq!(run.code, Some(1), "{run:#?}");
    let lines: Vec<&str> = run.errors.lines().filter(|line| !line.is_empty()).collect();
    assert_eq!((lines.len(), lines[3]), (4, "L-104"), "{run:#?}");
}

#[test]
fn a_unit_with_another_number_than_its_label_is_left_alone() {
    let desk = Desk::new();
    let units = desk.plug(
        "ports",
        "queclink",
        &["--model", "gv55", "--units", "2", "--seed", "91"],
    );
    let (port, other) = (units.port(0), units.id(1));
    let label = format!("{port}={other}");
    let more = ["--no-register", "--label", &label];
    let run = desk.provision(&port, &units.folder(), &more);
    let message = ended(&desk.run("bench", &words(&run)), 3, "needs_person", "D-240");
    assert!(message[0].contains(&other), "{message:?}");
    desk.is_untouched("bench");

    for label in ["nonsense", "port=12", &format!("{port}=12345678901234x")] {
        let run = desk.provision(&port, &units.folder(), &["--label", label]);
        super::refused(&desk.run("bench", &words(&run)), 2, "U-001", "--label");
    }
}

#[test]
fn guarded_changes_wait_for_a_person_and_the_unit_stays_as_it_was() {
    let desk = Desk::new();
    let unit = desk.plug("ports", "queclink", &["--model", "gv55", "--seed", "92"]);
    let settings = |bench: &str| {
        let read = desk.run(bench, &["read", "--port", &unit.port(0)]);
        read.one("unit")["settings"].clone()
    };
    let before = settings("reader");
    let mut arguments = desk.provision(&unit.port(0), &unit.folder(), &["--no-register"]);
    arguments.retain(|argument| argument != "--yes");
    let run = desk.run("bench", &words(&arguments));
    let message = ended(&run, 3, "needs_person", "P-410");
    assert!(
        message[1].contains("Nothing was written") && message[2].contains("--yes"),
        "{message:?}"
    );
    assert_eq!(settings("reader"), before);
    let jobs = desk.jobs("bench", &unit.id(0));
    assert!(
        jobs.iter().all(|job| job.count("write_intent") == 0),
        "{jobs:#?}"
    );

    // Agreed to, the same unit goes on.
    let run = desk.provision(&unit.port_now(0), &unit.folder(), &["--no-register"]);
    let run = desk.run("bench", &words(&run));
    assert_eq!(
        (run.verdict().0.as_str(), run.code),
        ("verified", Some(0)),
        "{run:#?}"
    );
}

/// Damaged or copied units: two that tell one number are worked on one after the other, and the second is told why it has to wait.
#[test]
fn two_units_that_tell_one_number_are_never_worked_on_at_once() {
    let desk = Desk::new();
    let same = ["--model", "gv55", "--seed", "93"];
    let one = desk.plug("one", "queclink", &same);
    let two = desk.plug("two", "queclink", &same);
    assert_eq!(one.id(0), two.id(0));
    let mut run = desk.provision(&one.port(0), &one.folder(), &["--no-register"]);
    run.extend([
        "--port".to_owned(),
        two.port(0),
        "--port-dir".to_owned(),
        two.folder(),
    ]);
    let run = desk.run("bench", &words(&run));
    let mut ends: Vec<(String, Option<String>)> = run
        .of_type("unit")
        .iter()
        .map(|unit| {
            let text = |key: &str| unit[key].as_str().map(str::to_owned);
            (text("verdict").unwrap(), text("fault"))
        })
        .collect();
    ends.sort();
    assert_eq!(ends.len(), 2, "{run:#?}");
    assert_eq!(ends[0].1.as_deref(), Some("J-601"), "{run:#?}");
    assert_eq!(ends[1], ("verified".to_owned(), None), "{run:#?}");
}
