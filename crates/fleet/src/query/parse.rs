//! Reading a query, character by character, so that every mistake has a place.

use super::error::QueryError;
use super::field::{AgeOf, Field, StateWord, TextField};
use super::{Age, AgeUnit, Compare, Filter, Query, Test, TextTest};
use std::ops::Range;

/// More words than a person types; longer lists are looked up as lists.
const MOST_WORDS: usize = 20;
/// Longer than any number or name.
const LONGEST: usize = 10_000;

pub(super) fn parse(text: &str) -> Result<Query, QueryError> {
    let text: Vec<char> = text.chars().collect();
    if text.len() > LONGEST {
        return Err(QueryError::new(
            "the search is longer than 10,000 characters; a list of numbers is looked up as a list",
            LONGEST..text.len(),
        ));
    }
    let mut reader = Reader {
        text: &text,
        at: 0,
        query: Query::default(),
    };
    reader.read()?;
    Ok(reader.query)
}

/// Whether a word would be read as a condition on a field.
pub(super) fn could_be_a_filter(word: &str) -> bool {
    let word = word.strip_prefix('-').unwrap_or(word);
    let name = word
        .find(|each: char| !is_of_a_name(each))
        .unwrap_or(word.len());
    name > 0 && word.get(name..).is_some_and(|rest| rest.starts_with(SIGNS))
}

const SIGNS: [char; 4] = [':', '=', '<', '>'];

fn is_of_a_name(each: char) -> bool {
    each.is_ascii_alphabetic() || each == '_'
}

fn is_space(each: char) -> bool {
    each.is_whitespace() || each.is_control()
}

struct Reader<'a> {
    text: &'a [char],
    at: usize,
    query: Query,
}

/// A value and where it stands.
struct Written {
    text: String,
    quoted: bool,
    place: Range<usize>,
}

impl Reader<'_> {
    fn peek(&self) -> Option<char> {
        self.text.get(self.at).copied()
    }

    fn read(&mut self) -> Result<(), QueryError> {
        loop {
            self.skip_spaces();
            let Some(next) = self.peek() else {
                return Ok(());
            };
            let begun = self.at;
            if next != '"'
                && let Some((not, name, sign)) = self.head()
            {
                let place = begun..self.at;
                let filter = self.filter(not, &name, sign, place)?;
                self.query.filters.push(filter);
                continue;
            }
            let word = self.value(false);
            let all = word.text == "*" && !word.quoted;
            if !word.text.trim().is_empty() && !all {
                if self.query.words.len() == MOST_WORDS {
                    return Err(QueryError::new(
                        format!(
                            "more than {MOST_WORDS} words; a list of numbers is looked up as a list"
                        ),
                        word.place,
                    ));
                }
                self.query.words.push(word.text);
            }
        }
    }

    fn skip_spaces(&mut self) {
        while self.peek().is_some_and(is_space) {
            self.at += 1;
        }
    }

    /// `-name:` and the like; nothing is taken when none stands here.
    fn head(&mut self) -> Option<(bool, String, char)> {
        let not = self.peek() == Some('-');
        let begun = self.at + usize::from(not);
        let mut end = begun;
        while self.text.get(end).copied().is_some_and(is_of_a_name) {
            end += 1;
        }
        let sign = self.text.get(end).copied()?;
        if end == begun || !SIGNS.contains(&sign) {
            return None;
        }
        let name = self.text.get(begun..end)?.iter().collect();
        self.at = end + 1;
        // '<=' is written by people who count exactly; days ago are not counted so.
        if matches!(sign, '<' | '>') && self.peek() == Some('=') {
            self.at += 1;
        }
        Some((not, name, sign))
    }

    /// A word, or the text between quotes; where the closing quote is missing, all the rest.
    fn value(&mut self, in_a_list: bool) -> Written {
        let begun = self.at;
        let mut text = String::new();
        let quoted = self.peek() == Some('"');
        if quoted {
            self.at += 1;
            while let Some(next) = self.peek() {
                self.at += 1;
                if next == '"' {
                    if self.peek() != Some('"') {
                        break;
                    }
                    self.at += 1;
                }
                text.push(if next.is_control() { ' ' } else { next });
            }
        } else {
            while let Some(next) = self.peek() {
                if is_space(next) || (in_a_list && next == ',') {
                    break;
                }
                text.push(next);
                self.at += 1;
            }
        }
        Written {
            text,
            quoted,
            place: begun..self.at,
        }
    }

    fn values(&mut self) -> Vec<Written> {
        // Labels are read off with a space: 'IMEI: 3568...'.
        self.skip_spaces();
        let mut values = Vec::new();
        loop {
            let value = self.value(true);
            if !value.text.trim().is_empty() {
                values.push(value);
            }
            if self.peek() != Some(',') {
                return values;
            }
            self.at += 1;
        }
    }

    fn filter(
        &mut self,
        not: bool,
        name: &str,
        sign: char,
        place: Range<usize>,
    ) -> Result<Filter, QueryError> {
        let Some(field) = Field::of_name(name) else {
            return Err(QueryError::unknown_field(name, sign, place));
        };
        let values = self.values();
        let whole = place.start..self.at;
        let test = match (field, values.as_slice()) {
            (field, []) => Err(QueryError::unfinished(missing(field, name), whole)),
            (Field::Text(field), values) => text_test(field, sign, values, whole),
            (Field::State, values) if matches!(sign, ':' | '=') => values
                .iter()
                .map(|value| {
                    StateWord::of_word(&value.text)
                        .ok_or_else(|| QueryError::unknown_state(&value.text, value.place.clone()))
                })
                .collect::<Result<Vec<_>, _>>()
                .map(Test::State),
            (Field::State, _) => Err(QueryError::new(
                "a state is neither more nor less than another; write state:quiet",
                whole,
            )),
            (_, [_, second, ..]) => Err(QueryError::new(
                format!("{name} takes one value"),
                second.place.clone(),
            )),
            (Field::Version, [value]) => version_test(sign, value),
            (Field::Age(of), [value]) => age_test(of, sign, value, whole),
            (Field::Drift, [value]) => drift_test(sign, value),
        }?;
        Ok(Filter { not, test })
    }
}

fn missing(field: Field, name: &str) -> String {
    let example = match field {
        Field::Text(TextField::Office) => "office:north",
        Field::Text(TextField::Template) => "template:\"van standard\"",
        Field::Text(field) if field.is_number() => "the number, or a part of it",
        Field::Text(_) => "the beginning of a word, or none",
        Field::State => "state:quiet",
        Field::Version => "version<5",
        Field::Age(_) => "seen<7d",
        Field::Drift => "drift:yes",
    };
    format!("what {name} shall be is missing: {example}")
}

fn text_test(
    field: TextField,
    sign: char,
    values: &[Written],
    whole: Range<usize>,
) -> Result<Test, QueryError> {
    if !matches!(sign, ':' | '=') {
        return Err(QueryError::new(
            format!(
                "{} is neither more nor less than another; write {}:...",
                field.name(),
                field.name()
            ),
            whole,
        ));
    }
    let tests = values.iter().map(|value| {
        if !value.quoted && value.text.eq_ignore_ascii_case("none") {
            TextTest::Empty
        } else if sign == '=' {
            TextTest::Is(value.text.trim().to_owned())
        } else {
            TextTest::Has(value.text.trim().to_owned())
        }
    });
    Ok(Test::Text(field, tests.collect()))
}

fn compare(sign: char) -> Compare {
    match sign {
        '<' => Compare::Less,
        '>' => Compare::More,
        _ => Compare::Is,
    }
}

fn version_test(sign: char, value: &Written) -> Result<Test, QueryError> {
    let number = value.text.trim_start_matches(['v', 'V']);
    number
        .parse()
        .map(|version| Test::Version(compare(sign), version))
        .map_err(|_| {
            QueryError::new(
                "a version is a whole number: version:5, version<5",
                value.place.clone(),
            )
        })
}

fn age_test(
    of: AgeOf,
    sign: char,
    value: &Written,
    whole: Range<usize>,
) -> Result<Test, QueryError> {
    let name = of.name();
    if matches!(sign, ':' | '=') {
        return match value.text.to_lowercase().as_str() {
            "never" | "none" => Ok(Test::Never(of)),
            _ => Err(QueryError::new(
                format!(
                    "write {name}<7d for less than 7 days ago, {name}>7d for longer ago, or {name}:never"
                ),
                whole,
            )),
        };
    }
    let wrong = |unfinished: bool| QueryError {
        unfinished,
        ..QueryError::new(
            "an age is a number with m, h, d or w behind it: 90m, 36h, 7d, 2w",
            value.place.clone(),
        )
    };
    let Some(last) = value.text.chars().last() else {
        return Err(wrong(true));
    };
    if value.text.bytes().all(|each| each.is_ascii_digit()) {
        return Err(wrong(true));
    }
    let unit = match last.to_ascii_lowercase() {
        'm' => AgeUnit::Minutes,
        'h' => AgeUnit::Hours,
        'd' => AgeUnit::Days,
        'w' => AgeUnit::Weeks,
        _ => return Err(wrong(false)),
    };
    let digits = value
        .text
        .get(..value.text.len() - last.len_utf8())
        .unwrap_or_default();
    match digits.parse::<u32>() {
        Ok(number) if (1..=100_000).contains(&number) => {
            Ok(Test::Age(of, compare(sign), Age { number, unit }))
        }
        _ => Err(wrong(false)),
    }
}

fn drift_test(sign: char, value: &Written) -> Result<Test, QueryError> {
    match (sign, value.text.to_lowercase().as_str()) {
        (':' | '=', "yes" | "y" | "true") => Ok(Test::Drift(true)),
        (':' | '=', "no" | "n" | "false") => Ok(Test::Drift(false)),
        _ => Err(QueryError::new(
            "write drift:yes or drift:no",
            value.place.clone(),
        )),
    }
}
