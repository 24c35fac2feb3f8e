//! Patterns that work in both directions: the dialogue formats requests and understands replies, the simulator does the reverse.
//!
//! `{name}` stands for text up to the character that follows it in the pattern; `{name*}` for any text; `{name#}` for digits and
//! `{name%}` for hexadecimal digits, with a number behind for exactly so many (`{imei#15}`). `{{` and `}}` are braces.

use regex::Regex;
use serde::{Deserialize, Deserializer};
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::Arc;

/// What a pattern caught, by name.
pub type Captures = BTreeMap<String, String>;

/// A pattern of one frame. A text that is no pattern is kept with its error, so that a check can report every bad one at once.
#[derive(Debug, Clone)]
pub struct Pattern {
    text: String,
    compiled: Result<Arc<Compiled>, String>,
}

#[derive(Debug, Clone)]
struct Compiled {
    parts: Vec<Part>,
    regex: Regex,
    names: Vec<String>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Part {
    Literal(String),
    Hole { name: String, kind: Kind },
}

/// What a hole catches.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// Text up to the next character of the pattern.
    Short,
    /// Any text.
    Greedy,
    /// Digits; a number says how many.
    Digits(Option<u8>),
    /// Hexadecimal digits; a number says how many.
    Hex(Option<u8>),
}

impl Pattern {
    /// Reads a pattern; a broken one is kept and [`Pattern::problem`] says why.
    #[must_use]
    pub fn new(text: &str) -> Self {
        Self {
            text: text.to_owned(),
            compiled: compile(text).map(Arc::new),
        }
    }

    /// The pattern as written.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The punctuation mark with which every text of this form ends, where it does.
    pub(crate) fn last_mark(&self) -> Option<u8> {
        let compiled = self.compiled.as_ref().ok()?;
        let Some(Part::Literal(text)) = compiled.parts.last() else {
            return None;
        };
        text.bytes().last().filter(u8::is_ascii_punctuation)
    }

    /// Why it is no pattern.
    #[must_use]
    pub fn problem(&self) -> Option<&str> {
        self.compiled.as_ref().err().map(String::as_str)
    }

    /// Names of its holes in order of appearance, each once.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        let mut seen = Vec::new();
        for part in self.compiled.iter().flat_map(|compiled| &compiled.parts) {
            if let Part::Hole { name, .. } = part
                && !seen.contains(&name.as_str())
            {
                seen.push(name.as_str());
            }
        }
        seen.into_iter()
    }

    /// Whether it has a hole of that name.
    #[must_use]
    pub fn has(&self, name: &str) -> bool {
        self.names().any(|each| each == name)
    }

    /// Whether it is one hole and nothing else, which any line would fill.
    #[must_use]
    pub fn fits_any_line(&self) -> bool {
        let parts = self.compiled.iter().flat_map(|compiled| &compiled.parts);
        let mut parts = parts.map(|part| match part {
            Part::Hole { kind, .. } => matches!(kind, Kind::Short | Kind::Greedy),
            Part::Literal(_) => false,
        });
        parts.next() == Some(true) && parts.next().is_none()
    }

    /// The same pattern with a hole filled for good.
    #[must_use]
    pub fn given(&self, name: &str, text: &str) -> Self {
        let marked = ["", "*", "#", "%"];
        let literal = text.replace('{', "{{").replace('}', "}}");
        let filled = marked.iter().fold(self.text.clone(), |filled, mark| {
            filled.replace(&format!("{{{name}{mark}}}"), &literal)
        });
        Self::new(&filled)
    }

    /// What the holes caught when the whole `frame` fits. A name that stands twice must catch the same text twice.
    #[must_use]
    pub fn parse(&self, frame: &str) -> Option<Captures> {
        let compiled = self.compiled.as_ref().ok()?;
        // Most frames fit most patterns not even at their beginning.
        if let Some(Part::Literal(start)) = compiled.parts.first()
            && !frame.starts_with(start.as_str())
        {
            return None;
        }
        let found = compiled.regex.captures(frame)?;
        let mut captures = Captures::new();
        for (index, name) in compiled.names.iter().enumerate() {
            let text = found.get(index + 1)?.as_str();
            match captures.get(name) {
                Some(former) if former != text => return None,
                Some(_) => {}
                None => {
                    captures.insert(name.clone(), text.to_owned());
                }
            }
        }
        Some(captures)
    }

    /// The text with each hole filled by `fill`.
    ///
    /// # Errors
    /// The name of the first hole that `fill` cannot fill, or the pattern's own problem.
    pub fn format<'a>(
        &self,
        mut fill: impl FnMut(&str) -> Option<std::borrow::Cow<'a, str>>,
    ) -> Result<String, String> {
        let compiled = self.compiled.as_ref().map_err(Clone::clone)?;
        let mut text = String::new();
        for part in &compiled.parts {
            match part {
                Part::Literal(literal) => text.push_str(literal),
                Part::Hole { name, .. } => text.push_str(&fill(name).ok_or_else(|| name.clone())?),
            }
        }
        Ok(text)
    }
}

impl<'de> Deserialize<'de> for Pattern {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer).map(|text| Self::new(&text))
    }
}

fn compile(text: &str) -> Result<Compiled, String> {
    let parts = split(text)?;
    let mut expression = String::from("(?s:^");
    let mut names = Vec::new();
    for (index, part) in parts.iter().enumerate() {
        match part {
            Part::Literal(literal) => expression.push_str(&regex::escape(literal)),
            Part::Hole { name, kind } => {
                names.push(name.clone());
                let next = parts.get(index + 1);
                match (kind, next) {
                    (Kind::Digits(count) | Kind::Hex(count), _) => {
                        let class = if matches!(kind, Kind::Digits(_)) {
                            "0-9"
                        } else {
                            "0-9A-Fa-f"
                        };
                        let times =
                            count.map_or_else(|| "+".to_owned(), |count| format!("{{{count}}}"));
                        let _ = write!(expression, "([{class}]{times})");
                    }
                    (_, Some(Part::Hole { .. })) => {
                        return Err(format!(
                            "'{{{name}}}' must be followed by text, not by another hole"
                        ));
                    }
                    (Kind::Short, Some(Part::Literal(literal))) => {
                        let stop: String = literal.chars().take(1).collect();
                        let _ = write!(expression, "([^{}]*)", escape_in_class(&stop));
                    }
                    _ => expression.push_str("(.*)"),
                }
            }
        }
    }
    expression.push_str("$)");
    let regex = Regex::new(&expression).map_err(|error| error.to_string())?;
    Ok(Compiled {
        parts,
        regex,
        names,
    })
}

fn escape_in_class(stop: &str) -> String {
    format!("\\x{{{:x}}}", stop.chars().next().map_or(0, u32::from))
}

/// The name of a hole and what it catches. A mark that is none stays part of the name, which then is no name.
fn kind_of(inside: &str) -> (&str, Kind) {
    if let Some(name) = inside.strip_suffix('*') {
        return (name, Kind::Greedy);
    }
    for mark in ['#', '%'] {
        let Some((name, count)) = inside.split_once(mark) else {
            continue;
        };
        let kind = |count| {
            if mark == '#' {
                Kind::Digits(count)
            } else {
                Kind::Hex(count)
            }
        };
        return match count.parse() {
            Ok(count @ 1..=64) => (name, kind(Some(count))),
            Err(_) if count.is_empty() => (name, kind(None)),
            _ => (inside, Kind::Short),
        };
    }
    (inside, Kind::Short)
}

fn split(text: &str) -> Result<Vec<Part>, String> {
    let mut parts = Vec::new();
    let mut literal = String::new();
    let mut rest = text.chars().peekable();
    while let Some(character) = rest.next() {
        match character {
            '{' if rest.peek() == Some(&'{') => {
                rest.next();
                literal.push('{');
            }
            '}' if rest.peek() == Some(&'}') => {
                rest.next();
                literal.push('}');
            }
            '{' => {
                let inside: String = rest.by_ref().take_while(|&each| each != '}').collect();
                let (name, kind) = kind_of(&inside);
                let good = !name.is_empty()
                    && name.chars().all(|each| {
                        each.is_ascii_lowercase() || each.is_ascii_digit() || each == '_'
                    });
                if !good {
                    return Err(format!(
                        "'{{{inside}}}' is no name: use lower-case words, as in {{imei}} or {{fields*}}"
                    ));
                }
                if !literal.is_empty() {
                    parts.push(Part::Literal(std::mem::take(&mut literal)));
                }
                parts.push(Part::Hole {
                    name: name.to_owned(),
                    kind,
                });
            }
            '}' => return Err("a '}' without '{'; write '}}' for the character itself".to_owned()),
            other => literal.push(other),
        }
    }
    if !literal.is_empty() {
        parts.push(Part::Literal(literal));
    }
    Ok(parts)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pattern_understands_what_it_formats() {
        let pattern =
            Pattern::new("+RESP:GTALS,{protocol},{id},{name},{command},{fields*},{time},{count}$");
        let frame = "+RESP:GTALS,400300,868487003716602,GL500,SRI,3,,1,gl500.example.net,2107,,,,20161027164723,02A4$";
        let captures = pattern.parse(frame).unwrap();
        assert_eq!(captures["command"], "SRI");
        assert_eq!(captures["fields"], "3,,1,gl500.example.net,2107,,,");
        let again = pattern
            .format(|name| captures.get(name).map(|text| text.as_str().into()))
            .unwrap();
        assert_eq!(again, frame);
    }

    #[test]
    fn a_hole_stops_at_the_character_that_follows_it() {
        let pattern = Pattern::new("{parameter}:{value*}");
        let captures = pattern.parse("2004:http://a:1").unwrap();
        assert_eq!(
            (captures["parameter"].as_str(), captures["value"].as_str()),
            ("2004", "http://a:1")
        );
    }

    #[test]
    fn a_name_that_stands_twice_catches_the_same_text() {
        let pattern = Pattern::new("{a},{a}");
        assert!(pattern.parse("1,1").is_some());
        assert!(pattern.parse("1,2").is_none());
    }

    #[test]
    fn a_broken_pattern_says_why() {
        assert!(Pattern::new("{Imei}").problem().is_some());
        assert!(Pattern::new("{a}{b}").problem().is_some());
        assert!(Pattern::new("a}").problem().is_some());
        assert!(Pattern::new("{a#x}").problem().is_some());
        assert!(Pattern::new("{a#0}").problem().is_some());
        assert!(Pattern::new("{{x}}").parse("{x}").is_some());
    }

    #[test]
    fn a_hole_can_ask_for_digits_and_for_their_number() {
        let imei = Pattern::new("{imei#15}");
        assert!(imei.parse("867322031234567").is_some());
        assert!(imei.parse("+CREG: 1").is_none() && imei.parse("8673").is_none());
        let meid = Pattern::new("#MEID: {high%6},{low%8}");
        assert_eq!(
            meid.parse("#MEID: A10000,32B9F1C0").unwrap()["low"],
            "32B9F1C0"
        );
        assert!(meid.parse("#MEID: A1000049AB9082").is_none());
        let filled = imei.format(|_| Some("867322031234567".into())).unwrap();
        assert_eq!(filled, "867322031234567");
        assert!(Pattern::new("{a#}x").parse("12x").is_some());
    }
}
