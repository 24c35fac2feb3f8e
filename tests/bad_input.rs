//! Bad input is met: each case ends with four lines for a person, a code and an exit code, and nothing is half done.

mod files;
mod full_disk;
mod ports;
mod two_at_once;

use crate::desk::{Desk, Finished};
use serde_json::Value;

/// Holds an end before anything was begun against what it should be: the same four lines for people and in the data.
fn refused(run: &Finished, exit: i32, code: &str, words: &str) {
    assert_eq!(run.code, Some(exit), "{run:#?}");
    let lines: Vec<&str> = run.errors.lines().filter(|line| !line.is_empty()).collect();
    let four = lines.windows(4).find(|four| four[3] == code);
    let four = four.unwrap_or_else(|| panic!("no four lines that end with {code}: {run:#?}"));
    assert!(four[0].contains(words), "{words:?}: {run:#?}");
    let error = run.one("error");
    assert_eq!(error["fault"], code, "{run:#?}");
    assert_eq!(error["message"], serde_json::json!(four), "{run:#?}");
    assert!(!run.errors.contains("panicked"), "{run:#?}");
}

/// The last word on a unit, or on a port where there is none: verdict, code, and a message whose fourth line is that code.
fn ended(run: &Finished, exit: i32, verdict: &str, code: &str) -> Vec<String> {
    let unit = run.one("unit");
    assert_eq!(
        (run.code, &unit["verdict"]),
        (Some(exit), &Value::from(verdict)),
        "{run:#?}"
    );
    assert_eq!(unit["fault"], code, "{run:#?}");
    let message = unit["message"].as_array().unwrap();
    let message: Vec<String> = message
        .iter()
        .map(|line| line.as_str().unwrap().to_owned())
        .collect();
    assert_eq!((message.len(), message[3].as_str()), (4, code), "{run:#?}");
    assert_eq!(run.one("summary")[verdict], 1, "{run:#?}");
    assert!(!run.errors.contains("panicked"), "{run:#?}");
    message
}

impl Desk {
    /// That a bench knows of no unit and no job: nothing was begun.
    fn is_untouched(&self, bench: &str) {
        let listed = self.run(bench, &["units"]);
        assert_eq!(listed.one("summary")["total"], 0, "{listed:#?}");
        let file = self.path(bench).join("inventory.sqlite");
        let connection = rusqlite::Connection::open(file).unwrap();
        let jobs: i64 = connection
            .query_row("SELECT count(*) FROM job", [], |row| row.get(0))
            .unwrap();
        assert_eq!(jobs, 0);
    }
}
