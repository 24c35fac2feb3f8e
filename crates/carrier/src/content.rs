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
    match serde_json::from_slice(body)
        .or_else(|_| serde_json::from_slice(&without_raw_breaks(body)))
    {
        Ok(Lowered(value)) => Content::Json(value),
        // The parser's text names line and column, never the content.
        Err(error) => Content::Other(format!("the answer is not JSON ({error})")),
    }
}

/// Replaces raw control characters inside strings, which some services send, by spaces.
fn without_raw_breaks(body: &[u8]) -> Vec<u8> {
    let (mut in_string, mut escaped) = (false, false);
    body.iter()
        .map(|&byte| {
            let inside = in_string;
            match byte {
                _ if escaped => escaped = false,
                b'\\' if inside => escaped = true,
                b'"' => in_string = !in_string,
                _ => {}
            }
            if inside && byte < 0x20 { b' ' } else { byte }
        })
        .collect()
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
            all.insert(name, member);
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
