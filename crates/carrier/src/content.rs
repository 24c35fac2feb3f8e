//! From an answer's bytes to JSON, tolerant where carriers are known to be careless, and never mistaking a web page for data.
//!
//! Member names come out in lower case, because carriers write `Message` and `message` for the same thing.

use serde::de::{
    Deserialize, DeserializeOwned, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor,
};
use serde_json::{Map, Value};
use std::fmt;
use std::ops::Deref;
use std::sync::OnceLock;

/// What an answer holds.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Content {
    /// JSON with every member name in lower case.
    Json(Json),
    /// A web page: a portal, a proxy or the wrong address.
    WebPage,
    /// Nothing at all.
    Empty,
    /// What calls itself JSON and is none as a whole.
    Broken(Broken),
    /// Something else; the text says what.
    Other(String),
}

/// A body that cannot be read as a whole.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Broken {
    /// What does not fit.
    pub(crate) why: String,
    /// The body as it came.
    pub(crate) text: Vec<u8>,
}

/// JSON, found to be well formed where it is no page. What of it is wanted is read from its text; a tree of all of it is made only when somebody looks
/// into it, because pages of reports are long.
#[derive(Clone)]
pub(crate) struct Json {
    text: Vec<u8>,
    tree: OnceLock<Value>,
}

impl Json {
    /// Reads one form and no other: `None` where anything in it differs, a member written twice too.
    pub(crate) fn strictly<T: DeserializeOwned>(&self) -> Option<T> {
        serde_json::from_slice(&self.text).ok()
    }

    /// Whether it is longer than any refusal.
    pub(crate) fn is_long(&self) -> bool {
        self.text.len() > LONGEST_REFUSAL_BYTES
    }

    /// The tree of all of it, given away. Nothing promises that there is one: a number may be out of all bounds, a text be none, a page be cut.
    pub(crate) fn into_tree(self) -> Result<Value, Broken> {
        let Self { text, tree } = self;
        match tree.into_inner() {
            Some(tree) if !tree.is_null() => Ok(tree),
            _ => match serde_json::from_slice::<Lowered>(&text) {
                Ok(whole) => Ok(whole.0),
                Err(error) => Err(Broken {
                    why: format!("the answer is not JSON ({error})"),
                    text,
                }),
            },
        }
    }
}

impl Deref for Json {
    type Target = Value;

    fn deref(&self) -> &Value {
        self.tree.get_or_init(|| {
            serde_json::from_slice::<Lowered>(&self.text).map_or(Value::Null, |whole| whole.0)
        })
    }
}

impl PartialEq for Json {
    fn eq(&self, other: &Self) -> bool {
        self.deref() == other.deref()
    }
}

impl fmt::Debug for Json {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.deref().fmt(formatter)
    }
}

/// Reads a body by its content type and its first character.
pub(crate) fn read(content_type: Option<&str>, body: &[u8]) -> Content {
    match read_page(content_type, body) {
        Content::Json(json) => match serde_json::from_slice::<IgnoredAny>(&json.text) {
            Ok(_) => Content::Json(json),
            // The parser's text names line and column, never the content.
            Err(error) => Content::Broken(Broken {
                why: format!("the answer is not JSON ({error})"),
                text: json.text,
            }),
        },
        other => other,
    }
}

/// The same for a page of reports, which is long: whoever reads it learns whether it is JSON, and need not go through it twice.
pub(crate) fn read_page(content_type: Option<&str>, body: &[u8]) -> Content {
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
    let Some(text) = carefully(body) else {
        return Content::Broken(Broken {
            why: "the answer is not JSON (nested too deep)".to_owned(),
            text: body.to_vec(),
        });
    };
    Content::Json(Json {
        text,
        tree: OnceLock::new(),
    })
}

/// A part of a body that is broken as a whole, read as the whole would have been; `None` where this part is broken, too.
pub(crate) fn piece(part: &[u8]) -> Option<Value> {
    let text = carefully(part)?;
    serde_json::from_slice::<Lowered>(&text)
        .ok()
        .map(|piece| piece.0)
}

/// A refusal names an error and a field or two.
const LONGEST_REFUSAL_BYTES: usize = 64 * 1024;
/// Numbers of more digits than this lose some of them when they are read as numbers: they are read as texts.
const LONGEST_NUMBER: usize = 15;
/// Lists and objects inside each other; the parser follows no more.
const DEEPEST: usize = 120;

/// The same text with raw control characters inside strings, which some services send, as spaces, with long whole numbers, as SIMs and
/// units have them, as strings, and with member names in lower case. `None` where it is nested too deep.
fn carefully(body: &[u8]) -> Option<Vec<u8>> {
    let mut out = Vec::with_capacity(body.len() + 16);
    let (mut depth, mut string_at) = (0_usize, 0);
    let mut rest = body;
    while let Some((&byte, behind)) = rest.split_first() {
        if byte == b'"' {
            string_at = out.len();
            rest = string(rest, &mut out);
            continue;
        }
        if byte.is_ascii_digit() {
            let length = rest.iter().take_while(|&&each| is_of_number(each)).count();
            let (number, behind) = rest.split_at(length);
            // What has a sign, a fraction or an exponent before or behind its digits is no name of anything.
            let alone = out.last().is_none_or(|before| !is_of_number(*before));
            let bare = length > LONGEST_NUMBER && alone && number.iter().all(u8::is_ascii_digit);
            if bare {
                out.push(b'"');
            }
            out.extend_from_slice(number);
            if bare {
                out.push(b'"');
            }
            rest = behind;
            continue;
        }
        match byte {
            b'[' | b'{' => depth += 1,
            b']' | b'}' => depth = depth.saturating_sub(1),
            // The string before a colon was a name.
            b':' => {
                if let Some(name) = out.get_mut(string_at..) {
                    name.make_ascii_lowercase();
                }
            }
            _ => {}
        }
        if depth > DEEPEST {
            return None;
        }
        out.push(byte);
        rest = behind;
    }
    Some(out)
}

/// Copies the string at the beginning of `rest` and gives what comes behind it.
fn string<'a>(rest: &'a [u8], out: &mut Vec<u8>) -> &'a [u8] {
    let (mut length, mut is_plain) = (1, true);
    while let Some(&byte) = rest.get(length) {
        // What an escape stands before ends nothing.
        length += if byte == b'\\' { 2 } else { 1 };
        is_plain &= byte >= 0x20 && byte != b'\\';
        if byte == b'"' {
            break;
        }
    }
    let (string, behind) = rest.split_at(length.min(rest.len()));
    let begin = out.len();
    out.extend_from_slice(string);
    if !is_plain {
        for byte in out.iter_mut().skip(begin).filter(|byte| **byte < 0x20) {
            *byte = b' ';
        }
    }
    behind
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

    /// The tree of what must be JSON.
    fn tree(content: Content) -> Value {
        let Content::Json(json) = content else {
            panic!("not read: {content:?}")
        };
        json.into_tree().unwrap()
    }

    #[test]
    fn raw_line_breaks_inside_strings_survive() {
        let body = b"{\"Message\": \"one\r\ntwo\", \"a\\\"b\": \"x\"}\n";
        assert_eq!(
            tree(read(Some("application/json"), body)),
            json!({"message": "one  two", "a\"b": "x"})
        );
    }

    #[test]
    fn member_names_lose_their_case_at_every_depth() {
        let body = br#"{"Unit": [{"UnitId": "U1"}]}"#;
        assert_eq!(tree(read(None, body)), json!({"unit": [{"unitid": "U1"}]}));
    }

    #[test]
    fn numbers_that_are_names_keep_every_digit_and_others_stay_numbers() {
        let body = br#"{"iccid": 89011200000000000017, "id": "1 89011200000000000017", "n": 12, "f": 1.2345678901234567890,
            "e": 1e300, "neg": -12345678901234567, "list": [89012600000000000011]}"#;
        let value = tree(read(None, body));
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
            tree(read(Some("application/json"), body)),
            json!({"error": "INVALID_KEY"})
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
        assert!(matches!(read(Some("image/png"), b"{}"), Content::Other(_)));
        for (kind, body) in [("application/json", &b"{\"a\":"[..]), ("", b"hello")] {
            assert!(
                matches!(read(Some(kind), body), Content::Broken(_)),
                "{kind}"
            );
        }
    }

    #[test]
    fn both_ways_of_reading_find_the_same() {
        let body = br#"{"A\"B": [{"Id": 89011200000000000017, "Text": "Day: {\"X\": 1}
 \\", "N": -1.5e3}], "C" : null}"#;
        let Content::Json(json) = read(None, body) else {
            panic!("not read")
        };
        assert_eq!(json.strictly::<Value>(), json.clone().into_tree().ok());
        assert_eq!(json["a\"b"][0]["text"], "Day: {\"X\": 1}  \\");
        assert_eq!(json["a\"b"][0]["id"], "89011200000000000017");
    }

    #[test]
    fn a_page_is_not_gone_through_before_it_is_read_and_a_cut_one_is_told_then() {
        let whole = br#"{"Reports": [{"a": 1}], "NextCursor": "x"}"#;
        assert_eq!(tree(read_page(None, whole)), tree(read(None, whole)));
        let cut = &whole[..20];
        let Content::Json(page) = read_page(None, cut) else {
            panic!("looked through")
        };
        assert_eq!(page.get("error"), None);
        let Content::Broken(told) = read(None, cut) else {
            panic!("not looked through")
        };
        assert_eq!(page.into_tree().unwrap_err(), told);
    }

    #[test]
    fn deep_nesting_is_refused_and_not_followed() {
        for body in ["[".repeat(100_000), "[".repeat(200) + &"]".repeat(200)] {
            assert!(matches!(
                read(Some("application/json"), body.as_bytes()),
                Content::Broken(_)
            ));
        }
    }
}
