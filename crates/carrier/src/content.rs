//! From an answer's bytes to JSON, tolerant where carriers are known to be careless, and never mistaking a web page for data.
//!
//! Member names come out in lower case, because carriers write `Message` and `message` for the same thing.

use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Value};
use std::fmt;

/// What an answer holds.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Content {
    /// JSON with every member name in lower case.
    Json(Value),
    /// A web page: a portal, a proxy or the wrong address.
    WebPage,
    /// Nothing at all.
    Empty,
    /// Something else; the text says what.
    Other(String),
}

/// Reads a body by its content type and its first character.
pub(crate) fn read(content_type: Option<&str>, body: &[u8]) -> Content {
    // Some services begin their answers with a byte order mark.
    let body = body.strip_prefix(b"\xef\xbb\xbf").unwrap_or(body);
    let kind = content_type
        .and_then(|text| text.split(';').next())
        .map(|text| text.trim().to_ascii_lowercase())
        .unwrap_or_default();
    let first = body.iter().find(|byte| !byte.is_ascii_whitespace());
    if matches!(kind.as_str(), "text/html" | "application/xhtml+xml") || first == Some(&b'<') {
        return Content::WebPage;
    }
    if first.is_none() {
        return Content::Empty;
    }
    let readable = matches!(
        kind.as_str(),
        "" | "application/json" | "text/json" | "text/plain"
    ) || kind.ends_with("+json");
    if !readable {
        return Content::Other(format!(
            "the answer is {}, not JSON",
            fleet::printable::printable(&kind)
        ));
    }
    match serde_json::from_slice(&carefully(body)) {
        Ok(Lowered(value)) => Content::Json(value),
        // The parser's text names line and column, never the content.
        Err(error) => Content::Other(format!("the answer is not JSON ({error})")),
    }
}

/// Numbers of more digits than this lose some of them when they are read as numbers: they are read as texts.
const LONGEST_NUMBER: usize = 15;

/// The same text with raw control characters inside strings, which some services send, as spaces, and with long whole numbers, as
/// SIMs and units have them, as strings.
fn carefully(body: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(body.len() + 16);
    let (mut in_string, mut escaped) = (false, false);
    let mut rest = body;
    while let Some((&byte, behind)) = rest.split_first() {
        if !in_string && byte.is_ascii_digit() {
            let length = rest.iter().take_while(|&&each| is_of_number(each)).count();
            let (number, behind) = rest.split_at(length);
            // What has a sign, a fraction or an exponent before or behind its digits is no name of anything.
            let alone = out.last().is_none_or(|before| !is_of_number(*before));
            let bare = number.iter().all(u8::is_ascii_digit) && alone;
            if bare && length > LONGEST_NUMBER {
                out.push(b'"');
                out.extend_from_slice(number);
                out.push(b'"');
            } else {
                out.extend_from_slice(number);
            }
            rest = behind;
            continue;
        }
        let inside = in_string;
        match byte {
            _ if escaped => escaped = false,
            b'\\' if inside => escaped = true,
            b'"' => in_string = !in_string,
            _ => {}
        }
        out.push(if inside && byte < 0x20 { b' ' } else { byte });
        rest = behind;
    }
    out
}

fn is_of_number(byte: u8) -> bool {
    byte.is_ascii_digit() || matches!(byte, b'.' | b'e' | b'E' | b'+' | b'-')
}

/// JSON whose member names are brought to lower case while it is read: pages of reports are long.
struct Lowered(Value);

impl<'de> Deserialize<'de> for Lowered {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(LowerCase).map(Self)
    }
}

struct LowerCase;

impl<'de> Visitor<'de> for LowerCase {
    type Value = Value;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("JSON")
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Bool(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(Value::from(value))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(Value::from(value))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Value, E> {
        Ok(Value::from(value))
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(Value::String(value.to_owned()))
    }

    fn visit_string<E>(self, value: String) -> Result<Value, E> {
        Ok(Value::String(value))
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Value, A::Error> {
        let mut all = Vec::new();
        while let Some(Lowered(item)) = items.next_element()? {
            all.push(item);
        }
        Ok(Value::Array(all))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Value, A::Error> {
        let mut all = Map::new();
        while let Some((mut name, Lowered(member))) = members.next_entry::<String, _>()? {
            name.make_ascii_lowercase();
            // Where both spellings are there, an empty one says nothing.
            if !(member.is_null() && all.contains_key(&name)) {
                all.insert(name, member);
            }
        }
        Ok(Value::Object(all))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn raw_line_breaks_inside_strings_survive() {
        let body = b"{\"Message\": \"one\r\ntwo\", \"a\\\"b\": \"x\"}\n";
        assert_eq!(
            read(Some("application/json"), body),
            Content::Json(json!({"message": "one  two", "a\"b": "x"}))
        );
    }

    #[test]
    fn member_names_lose_their_case_at_every_depth() {
        let body = br#"{"Unit": [{"UnitId": "U1"}]}"#;
        assert_eq!(
            read(None, body),
            Content::Json(json!({"unit": [{"unitid": "U1"}]}))
        );
    }

    #[test]
    fn numbers_that_are_names_keep_every_digit_and_others_stay_numbers() {
        let body = br#"{"iccid": 89011200000000000017, "id": "1 89011200000000000017", "n": 12, "f": 1.2345678901234567890,
            "e": 1e300, "neg": -12345678901234567, "list": [89012600000000000011]}"#;
        let Content::Json(value) = read(None, body) else {
            panic!("not read")
        };
        assert_eq!(value["iccid"], "89011200000000000017");
        assert_eq!(value["list"][0], "89012600000000000011");
        assert_eq!(value["id"], "1 89011200000000000017");
        assert!(value["n"].is_u64() && value["f"].is_f64() && value["e"].is_f64());
        assert_eq!(value["neg"], json!(-12_345_678_901_234_567_i64));
    }

    #[test]
    fn a_mark_before_the_text_and_an_empty_other_spelling_hide_nothing() {
        let body = b"\xef\xbb\xbf{\"Error\": \"INVALID_KEY\", \"error\": null}";
        assert_eq!(
            read(Some("application/json"), body),
            Content::Json(json!({"error": "INVALID_KEY"}))
        );
    }

    #[test]
    fn a_web_page_is_named_whatever_it_calls_itself() {
        assert_eq!(
            read(Some("text/html; charset=utf-8"), b"{}"),
            Content::WebPage
        );
        assert_eq!(
            read(Some("application/json"), b"\n <html>"),
            Content::WebPage
        );
    }

    #[test]
    fn what_is_no_json_is_said() {
        assert_eq!(read(Some("application/json"), b"  "), Content::Empty);
        for (kind, body) in [
            ("image/png", &b"{}"[..]),
            ("application/json", b"{\"a\":"),
            ("", b"hello"),
        ] {
            assert!(
                matches!(read(Some(kind), body), Content::Other(_)),
                "{kind}"
            );
        }
    }

    #[test]
    fn deep_nesting_is_refused_and_not_followed() {
        let body = "[".repeat(100_000);
        assert!(matches!(
            read(Some("application/json"), body.as_bytes()),
            Content::Other(_)
        ));
    }
}
