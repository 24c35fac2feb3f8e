//! Taking secrets out of texts: those that are known, in every form in which programs write them, and what looks like one.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE};
use fleet::Secret;
use zeroize::Zeroizing;

/// What stands in place of a secret.
const DOTS: &str = "•••";
/// Shorter secrets are taken out only where they stand alone: '0000' is part of many numbers.
const SHORTEST_INSIDE: usize = 4;
/// Shortest piece of Base64 that is looked for.
const SHORTEST_PIECE: usize = 6;
/// Words before what is never told, whatever it is: as `name=value`, `name = "value"` or `"name": "value"`.
const NAMES: [&str; 9] = [
    "password",
    "passwd",
    "pwd",
    "secret",
    "token",
    "x-amz-signature",
    "x-amz-security-token",
    "apikey",
    "api_key",
];
/// Headers whose whole line is never told.
const HEADERS: [&str; 3] = ["authorization: ", "set-cookie: ", "cookie: "];

/// What must not be in a text.
#[derive(Default)]
pub struct Redaction {
    needles: Vec<(Zeroizing<String>, bool)>,
}

impl Redaction {
    /// Takes these secrets out.
    #[must_use]
    pub fn of(secrets: &[Secret]) -> Self {
        let mut redaction = Self::default();
        for secret in secrets {
            redaction.add(secret.reveal());
        }
        // The longest first: a form of a secret may be part of another.
        redaction
            .needles
            .sort_by_key(|(needle, _)| std::cmp::Reverse(needle.len()));
        redaction
    }

    fn add(&mut self, secret: &str) {
        if secret.is_empty() {
            return;
        }
        let mut forms = vec![
            secret.to_owned(),
            percent(secret, false),
            percent(secret, true),
        ];
        let quoted = serde_json::json!(secret).to_string();
        forms.push(quoted.trim_matches('"').to_owned());
        let hex: String = secret.bytes().map(|byte| format!("{byte:02x}")).collect();
        forms.extend([hex.to_uppercase(), hex]);
        forms.extend((0..3).flat_map(|before| base64_pieces(secret, before)));
        for form in forms {
            let known = self.needles.iter().any(|(needle, _)| **needle == form);
            if !form.is_empty() && !known {
                let alone = form.chars().count() < SHORTEST_INSIDE;
                self.needles.push((Zeroizing::new(form), alone));
            }
        }
    }

    /// The text without secrets, and how many were taken out.
    #[must_use]
    pub fn clean(&self, text: &str) -> (String, usize) {
        let (mut text, mut count) = (text.to_owned(), 0);
        for (needle, alone) in &self.needles {
            let (cleaned, found) = without(&text, needle, *alone);
            (text, count) = (cleaned, count + found);
        }
        let named = NAMES.map(|name| (name, named_value as fn(&str) -> Option<&str>));
        let headers = HEADERS.map(|name| (name, rest_of_line as fn(&str) -> Option<&str>));
        for (name, value_in) in named.into_iter().chain(headers) {
            let (cleaned, found) = without_value(&text, name, value_in);
            (text, count) = (cleaned, count + found);
        }
        let (text, found) = without_login(&text);
        (text, count + found)
    }
}

fn without(text: &str, needle: &str, alone: bool) -> (String, usize) {
    let (mut cleaned, mut count, mut from) = (String::with_capacity(text.len()), 0, 0);
    for (at, found) in text.match_indices(needle) {
        let before = text.get(..at).and_then(|part| part.chars().next_back());
        let after = text
            .get(at + found.len()..)
            .and_then(|part| part.chars().next());
        let inside = [before, after]
            .into_iter()
            .flatten()
            .any(char::is_alphanumeric);
        if alone && inside {
            continue;
        }
        cleaned.push_str(text.get(from..at).unwrap_or_default());
        cleaned.push_str(DOTS);
        from = at + found.len();
        count += 1;
    }
    cleaned.push_str(text.get(from..).unwrap_or_default());
    (cleaned, count)
}

/// Takes out what follows `name`; `value_in` finds it in what stands behind the name. ASCII letters keep their place when made
/// small, so places are the same in both texts.
fn without_value(text: &str, name: &str, value_in: fn(&str) -> Option<&str>) -> (String, usize) {
    let small = text.to_ascii_lowercase();
    let (mut cleaned, mut count, mut from) = (String::with_capacity(text.len()), 0, 0);
    for (at, found) in small.match_indices(name) {
        let behind = at + found.len();
        let rest = text.get(behind..).unwrap_or_default();
        let Some(value) =
            value_in(rest).filter(|value| !value.is_empty() && !value.starts_with(DOTS))
        else {
            continue;
        };
        // The value is a part of the rest, so that its place is the difference of their beginnings.
        let begin = behind + (value.as_ptr() as usize - rest.as_ptr() as usize);
        if begin < from {
            continue;
        }
        cleaned.push_str(text.get(from..begin).unwrap_or_default());
        cleaned.push_str(DOTS);
        from = begin + value.len();
        count += 1;
    }
    cleaned.push_str(text.get(from..).unwrap_or_default());
    (cleaned, count)
}

/// The value behind a name: `=value`, ` = "value"`, `": "value"`.
fn named_value(rest: &str) -> Option<&str> {
    let (rest, quoted_name) = match rest.strip_prefix('"') {
        Some(rest) => (rest, true),
        None => (rest, false),
    };
    let rest = rest.trim_start_matches(' ');
    let rest = rest
        .strip_prefix('=')
        .or_else(|| rest.strip_prefix(':').filter(|_| quoted_name))?;
    let rest = rest.trim_start_matches(' ');
    match rest.strip_prefix('"') {
        Some(quoted) => quoted.split('"').next(),
        None => rest
            .split(['\n', '\r', '"', '\'', ' ', ',', '&', ';', '}'])
            .next(),
    }
}

fn rest_of_line(rest: &str) -> Option<&str> {
    rest.split(['\n', '\r', '"']).next()
}

/// `scheme://user:password@host` loses its password.
fn without_login(text: &str) -> (String, usize) {
    let (mut cleaned, mut count, mut from) = (String::with_capacity(text.len()), 0, 0);
    for (at, found) in text.match_indices("://") {
        let begin = at + found.len();
        let rest = text.get(begin..).unwrap_or_default();
        let end = rest
            .find(|each: char| each.is_whitespace() || matches!(each, '/' | '"' | '\''))
            .unwrap_or(rest.len());
        let authority = rest.get(..end).unwrap_or_default();
        let Some((login, _)) = authority.rsplit_once('@') else {
            continue;
        };
        let Some((user, password)) = login.split_once(':') else {
            continue;
        };
        if begin < from || password == DOTS || password.is_empty() {
            continue;
        }
        let place = begin + user.len() + 1;
        cleaned.push_str(text.get(from..place).unwrap_or_default());
        cleaned.push_str(DOTS);
        from = place + password.len();
        count += 1;
    }
    cleaned.push_str(text.get(from..).unwrap_or_default());
    (cleaned, count)
}

fn percent(text: &str, small: bool) -> String {
    text.bytes()
        .map(|byte| match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => {
                char::from(byte).to_string()
            }
            _ if small => format!("%{byte:02x}"),
            _ => format!("%{byte:02X}"),
        })
        .collect()
}

/// What surely stands in the Base64 of any text in which the secret begins `before` bytes behind a group of three.
fn base64_pieces(secret: &str, before: usize) -> Vec<String> {
    let bytes = [vec![0; before], secret.as_bytes().to_vec()].concat();
    let first = [0, 2, 3].get(before).copied().unwrap_or_default();
    // The letter that also holds bits of what follows is left out.
    let last = bytes.len() * 8 / 6;
    [STANDARD.encode(&bytes), URL_SAFE.encode(&bytes)]
        .iter()
        .filter_map(|text| text.get(first..last).map(str::to_owned))
        .filter(|piece| piece.len() >= SHORTEST_PIECE)
        .collect()
}
