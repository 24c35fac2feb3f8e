//! The command line as it was typed: a search may begin with a minus, and what cannot be read is told in JSON where JSON was asked for.

use super::args::Arguments;
use super::exit::ExitStatus;
use super::output::Output;
use crate::start::StartError;
use clap::Parser as _;
use std::ffi::{OsStr, OsString};

/// Reads the command line of this process.
///
/// # Errors
/// The exit status, when help was asked for or the command is wrong; both were told.
pub fn typed() -> Result<Arguments, ExitStatus> {
    let given: Vec<OsString> = std::env::args_os().collect();
    let json = given
        .iter()
        .take_while(|each| *each != "--")
        .any(|each| each == "--json");
    Arguments::try_parse_from(with_filters_last(given)).map_err(|error| {
        if !error.use_stderr() {
            let _nobody_reads = error.print();
            return ExitStatus::Done;
        }
        if json {
            let words = error.to_string();
            Output::new(true).start_error(&StartError::Usage(reason(&words).to_owned()));
        } else {
            let _nobody_reads = error.print();
        }
        ExitStatus::Usage
    })
}

/// What is wrong, without the usage behind it.
fn reason(words: &str) -> &str {
    let first = words.split("\n\n").next().unwrap_or(words).trim();
    let bare = first.strip_prefix("error:").unwrap_or(first).trim();
    bare.trim_end_matches('.')
}

/// The words of `units` with the filters that leave units out (`-office:north`) behind a `--`: they would be taken for options.
fn with_filters_last(given: Vec<OsString>) -> Vec<OsString> {
    let end = given
        .iter()
        .position(|each| each == "--")
        .unwrap_or(given.len());
    let lists = given.iter().take(end).any(|each| each == "units");
    if !lists {
        return given;
    }
    let (mut all, mut filters) = (Vec::<OsString>::new(), Vec::<OsString>::new());
    let mut given = given.into_iter();
    for each in given.by_ref().take(end) {
        let behind_an_option = all.last().is_some_and(|last| last == "--select");
        if leaves_out(&each) && !behind_an_option {
            filters.push(each);
        } else {
            all.push(each);
        }
    }
    // A mark that was typed comes first among what is left.
    let rest = given.skip_while(|each| each == "--");
    filters.extend(rest);
    if !filters.is_empty() {
        all.push("--".into());
        all.extend(filters);
    }
    all
}

/// `-office:north`, `-seen<7d`: a minus, a field's name and a sign.
fn leaves_out(argument: &OsStr) -> bool {
    let Some(filter) = argument.to_str().and_then(|text| text.strip_prefix('-')) else {
        return false;
    };
    let is_of_a_name = |each: char| each.is_ascii_alphabetic() || each == '_';
    let rest = filter.trim_start_matches(is_of_a_name);
    filter.len() - rest.len() > 1 && rest.starts_with([':', '=', '<', '>'])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::Command;

    fn read(arguments: &[&str]) -> Arguments {
        let given = arguments.iter().map(OsString::from).collect();
        Arguments::try_parse_from(with_filters_last(given)).unwrap()
    }

    fn query(arguments: &[&str]) -> (Vec<String>, u32) {
        match read(arguments).command {
            Some(Command::Units(units)) => (units.query, units.limit),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_search_may_leave_units_out() {
        let cases: [(&[&str], &[&str]); 5] = [
            (&["fleetdesk", "units", "-office:north"], &["-office:north"]),
            (
                &["fleetdesk", "units", "couriers", "-seen<7d", "--limit", "3"],
                &["couriers", "-seen<7d"],
            ),
            (
                &[
                    "fleetdesk",
                    "--data-dir",
                    "x",
                    "units",
                    "-plan=none",
                    "--limit=3",
                    "--json",
                ],
                &["-plan=none"],
            ),
            (
                &["fleetdesk", "units", "-office:north", "--", "-state:quiet"],
                &["-office:north", "-state:quiet"],
            ),
            (&["fleetdesk", "units", "-v", "couriers"], &["couriers"]),
        ];
        for (arguments, words) in cases {
            assert_eq!(query(arguments).0, words, "{arguments:?}");
        }
        assert_eq!(
            query(&["fleetdesk", "units", "-seen<7d", "--limit", "3"]).1,
            3
        );
    }

    #[test]
    fn a_selection_may_leave_units_out() {
        let export = read(&["fleetdesk", "export", "o.csv", "--select", "-office:north"]);
        let Some(Command::Export(export)) = export.command else {
            panic!("no export");
        };
        assert_eq!(export.chosen.select.as_deref(), Some("-office:north"));
        let push = read(&[
            "fleetdesk",
            "push",
            "--template",
            "t",
            "--select",
            "-office:north",
            "--rehearse",
        ]);
        let Some(Command::Push(push)) = push.command else {
            panic!("no push");
        };
        assert_eq!(push.select.as_deref(), Some("-office:north"));
        assert!(push.rehearse);
    }

    #[test]
    fn what_is_wrong_is_told_without_the_usage_behind_it() {
        let words = "error: the following required arguments were not provided:\n  --template <TEMPLATE>\n\nUsage: x\n";
        assert_eq!(
            reason(words),
            "the following required arguments were not provided:\n  --template <TEMPLATE>"
        );
        let wrong = Arguments::try_parse_from(["fleetdesk", "units", "--silent", "x"]).unwrap_err();
        assert!(wrong.use_stderr());
        assert!(!reason(&wrong.to_string()).contains("Usage"));
    }
}
