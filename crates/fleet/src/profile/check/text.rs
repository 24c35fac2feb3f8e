//! A profile file as text: its size, its depth, characters that deceive the eye, and its strict form.

use super::{Problems, ProfileProblem, form};
use crate::profile::schema::ProfileForm;
use std::fmt::Write as _;
use toml::{Table, Value};

const LARGEST_BYTES: usize = 1 << 20;
const DEEPEST: usize = 16;
const MOST_KEYS: usize = 2000;

/// Keys whose text is bytes on the line, where control characters are meant.
const BYTES_ON_THE_LINE: [&str; 4] = [
    "line.request_end",
    "line.wake",
    "line.framing.end",
    "line.framing.also_end",
];

/// The form of `text`, and what is wrong with it so far; or why it has none. What nothing knows is left out, so that the rest is looked at too.
pub(super) fn read(text: &str) -> Result<(ProfileForm, Problems), Vec<ProfileProblem>> {
    let mut problems = Problems::default();
    check_size(text, &mut problems);
    if !problems.0.is_empty() {
        return Err(problems.0);
    }
    check_visible(text, &mut problems);
    let table = match toml::from_str::<Table>(text) {
        Ok(table) => table,
        Err(error) => {
            problems.0.push(form_problem(text, &error));
            return Err(problems.0);
        }
    };
    check_tree(&table, &mut problems);
    if !problems.0.is_empty() {
        return Err(problems.0);
    }
    let error = match toml::from_str(text) {
        Ok(form) => return Ok((form, problems)),
        Err(error) => error,
    };
    let mut file = serde_json::to_value(&table).unwrap_or_default();
    form::look(&mut file, &mut problems);
    problems.settle();
    for problem in &mut problems.0 {
        if let Some(line) = only_line_of(text, &problem.path) {
            let _ = write!(problem.problem, " (line {line})");
        }
    }
    if problems.0.is_empty() {
        problems.0.push(form_problem(text, &error));
    }
    match serde_json::from_value(file) {
        Ok(form) => Ok((form, problems)),
        Err(_) => Err(problems.0),
    }
}

/// The line on which the last key of a path stands, where there is no other one like it.
fn only_line_of(text: &str, path: &str) -> Option<usize> {
    let key = path.rsplit('.').next()?;
    let is_it = |line: &str| {
        let rest = line.trim_start().strip_prefix(key);
        rest.is_some_and(|rest| rest.trim_start().starts_with('='))
    };
    let mut lines = text.lines().enumerate().filter(|(_, line)| is_it(line));
    let (index, _) = lines.next()?;
    lines.next().is_none().then_some(index + 1)
}

fn check_size(text: &str, problems: &mut Problems) {
    problems.expect(
        text.len() <= LARGEST_BYTES,
        "file",
        format!("a profile has at most {LARGEST_BYTES} bytes"),
    );
    // Counted before anything is parsed: no parser shall recurse on a hostile file.
    let depth = text.lines().map(deepest).max().unwrap_or(0);
    problems.expect(
        depth <= DEEPEST,
        "file",
        format!("tables stand at most {DEEPEST} deep"),
    );
}

/// The most brackets that are open at once on this line, or dots in one key. Quotes are not understood, so a text full of brackets
/// counts too; commas end a key, so prose does not.
fn deepest(line: &str) -> usize {
    if line.trim_start().starts_with('#') {
        return 0;
    }
    let (mut open, mut dots, mut deepest) = (0_usize, 0_usize, 0);
    for each in line.bytes() {
        match each {
            b'[' | b'{' => open += 1,
            b']' | b'}' => open = open.saturating_sub(1),
            b'.' => dots += 1,
            b'=' | b',' => dots = 0,
            _ => {}
        }
        deepest = deepest.max(open).max(dots);
    }
    deepest
}

/// Text that reads otherwise than it is: direction marks, invisible characters.
fn deceives(character: char) -> bool {
    matches!(character, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}' | '\u{ad}')
}

fn check_visible(text: &str, problems: &mut Problems) {
    for (index, line) in text.lines().enumerate() {
        if let Some(character) = line.chars().find(|each| deceives(*each)) {
            let found = character.escape_unicode();
            problems.add(
                format!("line {}", index + 1),
                format!("the invisible character {found} makes the line read otherwise than it is"),
            );
        }
    }
}

fn check_tree(table: &Table, problems: &mut Problems) {
    let mut keys = 0;
    walk("", table, 1, &mut keys, problems);
    problems.expect(
        keys <= MOST_KEYS,
        "file",
        format!("a profile has at most {MOST_KEYS} keys, this has {keys}"),
    );
}

fn walk(path: &str, table: &Table, depth: usize, keys: &mut usize, problems: &mut Problems) {
    for (key, value) in table {
        *keys += 1;
        let path = if path.is_empty() {
            key.clone()
        } else {
            format!("{path}.{key}")
        };
        check_text(&path, key, problems);
        walk_value(&path, value, depth, keys, problems);
    }
}

fn walk_value(path: &str, value: &Value, depth: usize, keys: &mut usize, problems: &mut Problems) {
    if depth > DEEPEST {
        problems.add(path, format!("tables stand at most {DEEPEST} deep"));
        return;
    }
    match value {
        Value::String(text) if !BYTES_ON_THE_LINE.contains(&path) => {
            check_text(path, text, problems);
        }
        Value::Array(values) => {
            for value in values {
                walk_value(path, value, depth + 1, keys, problems);
            }
        }
        Value::Table(table) => walk(path, table, depth + 1, keys, problems),
        _ => {}
    }
}

fn check_text(path: &str, text: &str, problems: &mut Problems) {
    if let Some(character) = text
        .chars()
        .find(|each| each.is_control() || deceives(*each))
    {
        let found = character.escape_unicode();
        problems.add(path, format!("the character {found} cannot stand here"));
    }
}

/// Where the parser stopped: the line, and the table around it.
fn form_problem(text: &str, error: &toml::de::Error) -> ProfileProblem {
    let offset = error.span().map_or(0, |span| span.start);
    let before = text.get(..offset).unwrap_or(text);
    let line = before.matches('\n').count() + 1;
    let here = text.lines().take(line);
    let table = here
        .filter_map(|each| {
            each.trim_start()
                .strip_prefix('[')?
                .trim_start_matches('[')
                .split_once(']')
        })
        .map(|(name, _)| name.trim())
        .last();
    ProfileProblem {
        path: match table {
            Some(table) => format!("line {line}, in [{table}]"),
            None => format!("line {line}"),
        },
        problem: error.message().replace('\n', " "),
    }
}
