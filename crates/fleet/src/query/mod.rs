//! The small language in which people say which units they mean: on the screen, in `units QUERY` and in `push --select QUERY`.
//!
//! Words are looked for anywhere in a unit's numbers, plate, customer and note, and all must fit. A word with a field's name before
//! it (`office:north`, `state:quiet`, `template:"van standard"`, `seen<7d`) asks that field alone. Here stands what a text asks for and
//! what is wrong with one; where units are looked up is the inventory's business.
//!
//! | Written | Asks for units |
//! |---|---|
//! | `4821` | with 4821 anywhere in a number, plate, customer or note |
//! | `"van two"` | with these words side by side as they stand |
//! | `office:north` | whose office has a word that begins so; `office=North` is exactly that office |
//! | `office:north,south` | of either |
//! | `office:none` | without one |
//! | `-office:north` | that are not |
//! | `state:quiet` | in that state (`states` lists them) |
//! | `version<5`, `version:5` | whose template version is so |
//! | `seen<7d`, `seen>30d` | last heard less than 7 days ago; longer ago than 30 days, or never |
//! | `set:never` | never proved on a bench |
//! | `drift:yes` | that differ from the newest released version of their template |
//! | `*` | all |

mod error;
mod field;
mod fits;
mod folded;
mod parse;
#[cfg(test)]
mod tests;

pub use error::QueryError;
pub use field::{AgeOf, Field, StateWord, TextField};
pub use fits::{
    Facts, QUIET_AFTER_MS, SHORTEST_FRAGMENT, joined_texts, template_text, value, word_fits,
};
pub use folded::{
    bare, folded, numbers, searched, texts, tokens, typed_number, typed_number_of,
    without_country_code,
};

use std::fmt;

/// What a text asks for. Without words and filters it asks for everything.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Query {
    /// Fragments that must all fit, as typed.
    pub words: Vec<String>,
    /// Conditions on fields that must all hold.
    pub filters: Vec<Filter>,
}

impl Query {
    /// Reads what a person typed.
    ///
    /// # Errors
    /// The first thing that cannot be understood, with its place and what could be written instead.
    pub fn parse(text: &str) -> Result<Self, QueryError> {
        parse::parse(text)
    }

    /// What a person should know where nothing fits: so short a part is not looked for everywhere.
    #[must_use]
    pub fn told_when_nothing_fits(&self) -> Option<&'static str> {
        let is_short = |word: &String| word.chars().count() < SHORTEST_FRAGMENT;
        self.words.iter().any(is_short).then_some(
            "One or two characters are looked for at both ends of numbers and where words begin: type three or more.",
        )
    }

    /// Whether it leaves nothing out.
    #[must_use]
    pub fn asks_for_all(&self) -> bool {
        self.words.is_empty() && self.filters.is_empty()
    }
}

/// One condition on a field.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Filter {
    /// Whether units that fit are left out instead.
    pub not: bool,
    /// What must hold.
    pub test: Test,
}

/// What must hold of a field.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Test {
    /// A text field fits one of these.
    Text(TextField, Vec<TextTest>),
    /// The unit is in one of these states.
    State(Vec<StateWord>),
    /// The version of its template.
    Version(Compare, u32),
    /// How long ago something was.
    Age(AgeOf, Compare, Age),
    /// It never was.
    Never(AgeOf),
    /// Whether it differs from the newest released version of its template.
    Drift(bool),
}

/// How a text field must be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TextTest {
    /// A word of it begins so; of a number, any part.
    Has(String),
    /// It is exactly this, large and small letters alike.
    Is(String),
    /// It is empty.
    Empty,
}

/// Which side of a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Compare {
    /// Exactly that.
    Is,
    /// Less.
    Less,
    /// More.
    More,
}

/// A length of time, as it was written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Age {
    /// How many.
    pub number: u32,
    /// Of what.
    pub unit: AgeUnit,
}

/// What an age is counted in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AgeUnit {
    /// `m`
    Minutes,
    /// `h`
    Hours,
    /// `d`
    Days,
    /// `w`
    Weeks,
}

impl Age {
    /// In milliseconds.
    #[must_use]
    pub fn milliseconds(self) -> i64 {
        let minutes = match self.unit {
            AgeUnit::Minutes => 1,
            AgeUnit::Hours => 60,
            AgeUnit::Days => 24 * 60,
            AgeUnit::Weeks => 7 * 24 * 60,
        };
        i64::from(self.number) * minutes * 60_000
    }
}

impl fmt::Display for Age {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let unit = match self.unit {
            AgeUnit::Minutes => 'm',
            AgeUnit::Hours => 'h',
            AgeUnit::Days => 'd',
            AgeUnit::Weeks => 'w',
        };
        write!(formatter, "{}{unit}", self.number)
    }
}

/// The query as it would be typed; reading it again gives the same.
impl fmt::Display for Query {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let words = self.words.iter().map(|word| quoted(word, true));
        let all: Vec<String> = words
            .chain(self.filters.iter().map(ToString::to_string))
            .collect();
        formatter.write_str(&all.join(" "))
    }
}

impl fmt::Display for Filter {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.not {
            formatter.write_str("-")?;
        }
        match &self.test {
            Test::Text(field, tests) => {
                let exact = tests.iter().any(|test| matches!(test, TextTest::Is(_)));
                let sign = if exact { '=' } else { ':' };
                let values: Vec<String> = tests
                    .iter()
                    .map(|test| match test {
                        TextTest::Has(text) | TextTest::Is(text) => quoted(text, false),
                        TextTest::Empty => "none".to_owned(),
                    })
                    .collect();
                write!(formatter, "{}{sign}{}", field.name(), values.join(","))
            }
            Test::State(states) => {
                let states: Vec<&str> = states.iter().map(|state| state.name()).collect();
                write!(formatter, "state:{}", states.join(","))
            }
            Test::Version(compare, version) => {
                write!(formatter, "version{}{version}", compare.sign())
            }
            Test::Age(of, compare, age) => {
                write!(formatter, "{}{}{age}", of.name(), compare.sign())
            }
            Test::Never(of) => write!(formatter, "{}:never", of.name()),
            Test::Drift(yes) => formatter.write_str(if *yes { "drift:yes" } else { "drift:no" }),
        }
    }
}

impl Compare {
    fn sign(self) -> char {
        match self {
            Self::Is => ':',
            Self::Less => '<',
            Self::More => '>',
        }
    }
}

/// A value as it must be written so that it is read as one. A quote inside is doubled.
fn quoted(text: &str, word: bool) -> String {
    let odd = |each: char| each.is_whitespace() || matches!(each, '"' | ',');
    let other_meaning = text.eq_ignore_ascii_case("none") || text == "*";
    let filter = word && parse::could_be_a_filter(text);
    let plain = !text.is_empty() && !text.contains(odd) && !other_meaning && !filter;
    if plain {
        text.to_owned()
    } else {
        format!("\"{}\"", text.replace('"', "\"\""))
    }
}
