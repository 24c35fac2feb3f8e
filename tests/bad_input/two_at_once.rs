//! Two programs that want the same thing: one port, one data folder.

use super::{ended, refused};
use crate::desk::{Desk, Running, words};
use std::time::Duration;

/// Reads on until the unit is being written or further.
fn until_at_work(run: &mut Running) {
    loop {
        let line = run.next_line(Duration::from_secs(60)).expect("it goes on");
        if line["state"]
            .as_str()
            .is_some_and(|state| state.starts_with("Setting"))
        {
            return;
        }
    }
}

#[test]
fn a_second_program_is_told_and_the_first_goes_on_undisturbed() {
    let desk = Desk::new();
    let units = desk.plug(
        "ports",
        "queclink",
        &["--model", "gv55", "--units", "2", "--seed", "81"],
    );
    let provision =
        |index: usize| desk.provision(&units.port(index), "/nowhere", &["--no-register"]);
    let mut first = desk.start("bench", &words(&provision(0)));
    until_at_work(&mut first);

    // The same port from another bench, asked for in both ways.
    let same_port = desk.run("other", &words(&provision(0)));
    let message = ended(&same_port, 3, "needs_person", "L-102");
    assert!(message[1].contains("Nothing was written"), "{message:?}");
    desk.is_untouched("other");
    let read = desk.run("other", &["read", "--port", &units.port(0)]);
    refused(&read, 3, "L-102", &units.port(0));

    // Another port with the same data folder: writing is refused, looking is not.
    let same_folder = desk.run("bench", &words(&provision(1)));
    refused(&same_folder, 1, "I-720", "another");
    let listed = desk.run("bench", &["units"]);
    assert_eq!(listed.code, Some(0), "{listed:#?}");
    assert!(!first.has_ended(), "the first is still at work");

    let first = first.finish(crate::desk::LONGEST_RUN);
    assert_eq!(
        (first.verdict().0.as_str(), first.code),
        ("verified", Some(0)),
        "{first:#?}"
    );
    desk.is_free("bench");
    let second = desk.run("bench", &words(&provision(1)));
    assert_eq!(
        (second.verdict().0.as_str(), second.code),
        ("verified", Some(0)),
        "{second:#?}"
    );
}
