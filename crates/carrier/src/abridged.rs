//! A page that is longer than an answer may be, read while it comes: of a member of a report that is too long only its length is kept, so that
//! one long report does not stop the feed. Nothing is held beyond what stays.
//!
//! It follows brackets and quotation marks alone; what the rest means is read by others.

/// Longest member that stays, bytes.
const LONGEST: usize = 64 * 1024;
/// Lists and objects inside which members are looked at one by one: the page, its list of reports, a report.
const OF_A_REPORT: usize = 3;

/// The page as far as it has come.
#[derive(Debug, Default)]
pub(crate) struct Abridged {
    kept: Vec<u8>,
    open: Vec<u8>,
    string: InString,
    /// A colon came: what follows is a member's value.
    named: bool,
    member: Option<Member>,
}

/// Where in a string the text is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
enum InString {
    #[default]
    Out,
    In,
    Escaped,
}

impl InString {
    fn after(self, byte: u8) -> Self {
        match (self, byte) {
            (Self::Out, b'"') | (Self::Escaped, _) => Self::In,
            (Self::In, b'\\') => Self::Escaped,
            (Self::In, b'"') | (Self::Out, _) => Self::Out,
            (Self::In, _) => Self::In,
        }
    }
}

/// A value that is kept or left out as a whole.
#[derive(Debug, Default)]
struct Member {
    held: Vec<u8>,
    length: usize,
    depth: usize,
    string: InString,
    /// Neither list, object nor string: it ends where something else begins.
    bare: bool,
}

impl Member {
    /// Takes a byte of it; whether it was the last one.
    fn take(&mut self, byte: u8) -> bool {
        let was = self.string;
        self.string = was.after(byte);
        if self.length == 0 {
            self.bare = !matches!(byte, b'"' | b'[' | b'{');
        }
        self.length += 1;
        if self.held.len() < LONGEST {
            self.held.push(byte);
        }
        if was == InString::Out {
            match byte {
                b'[' | b'{' => self.depth += 1,
                b']' | b'}' => self.depth = self.depth.saturating_sub(1),
                _ => {}
            }
        }
        let closed = match byte {
            b'"' => was == InString::In,
            b']' | b'}' => was == InString::Out,
            _ => false,
        };
        closed && self.depth == 0
    }

    fn ends_before(&self, byte: u8) -> bool {
        self.bare && (matches!(byte, b',' | b']' | b'}') || byte.is_ascii_whitespace())
    }
}

impl Abridged {
    /// Takes what came next.
    pub(crate) fn take(&mut self, bytes: &[u8]) {
        for &byte in bytes {
            self.step(byte);
        }
    }

    /// Bytes that are kept so far.
    pub(crate) fn len(&self) -> usize {
        self.kept.len()
    }

    /// The page without what was too long: `{"leftOut": 9437184}` stands in its place.
    pub(crate) fn finish(mut self) -> Vec<u8> {
        self.close();
        self.kept
    }

    fn step(&mut self, byte: u8) {
        if let Some(member) = &mut self.member {
            if !member.ends_before(byte) {
                if member.take(byte) {
                    self.close();
                }
                return;
            }
            self.close();
        }
        if self.string == InString::Out && self.begins_member(byte) {
            self.named = false;
            let mut member = Member::default();
            member.take(byte);
            self.member = Some(member);
            return;
        }
        let was = self.string;
        self.string = was.after(byte);
        if was == InString::Out {
            match byte {
                b'{' | b'[' => {
                    self.open.push(byte);
                    self.named = false;
                }
                b'}' | b']' => drop(self.open.pop()),
                b':' => self.named = true,
                _ => {}
            }
        }
        self.kept.push(byte);
    }

    /// Whether a value begins here that is kept or left out as a whole. The page's lists are gone into, and the objects in them.
    fn begins_member(&self, byte: u8) -> bool {
        if byte.is_ascii_whitespace() || matches!(byte, b',' | b':' | b']' | b'}') {
            return false;
        }
        match (self.open.last(), self.open.len()) {
            (Some(b'{'), 1) => self.named && byte != b'[',
            (Some(b'{'), OF_A_REPORT) => self.named,
            (Some(b'['), 2) => byte != b'{',
            _ => false,
        }
    }

    fn close(&mut self) {
        let Some(member) = self.member.take() else {
            return;
        };
        if member.length > LONGEST {
            let left_out = format!("{{\"leftOut\": {}}}", member.length);
            self.kept.extend(left_out.into_bytes());
        } else {
            self.kept.extend(member.held);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::{Value, json};

    fn abridged(text: &[u8], cut: usize) -> Vec<u8> {
        let mut page = Abridged::default();
        for part in text.chunks(cut.max(1)) {
            page.take(part);
        }
        page.finish()
    }

    fn page() -> Value {
        json!({
            "reports": [
                { "reportId": "R1", "fix": { "valid": true, "list": [1, [2, "]"]] }, "n": -1.5e3, "t": "a \"quoted\" \\ {text", "none": null },
                7, "text", [1], {}
            ],
            "nextCursor": "c1", "hasMore": true, "more": { "a": [{}] }, "empty": []
        })
    }

    proptest! {
        #[test]
        fn a_page_of_short_members_stays_as_it_is_however_it_is_cut(cut in 1_usize..400, pretty in any::<bool>()) {
            let text = match pretty {
                true => serde_json::to_vec_pretty(&page()).unwrap(),
                false => page().to_string().into_bytes(),
            };
            prop_assert_eq!(abridged(&text, cut), text);
        }

        #[test]
        fn whatever_comes_is_taken(bytes in proptest::collection::vec(any::<u8>(), 0..300), cut in 1_usize..9) {
            prop_assert_eq!(abridged(&bytes, cut), bytes);
        }
    }

    #[test]
    fn what_is_too_long_leaves_its_length_and_the_rest_stays() {
        let long = "9".repeat(LONGEST + 1);
        let quoted = LONGEST + 3;
        for (place, value, length) in [
            ("/reports/0/t", json!(long), quoted),
            ("/reports/0/fix", json!([[long], { "a": 1 }]), quoted + 12),
            ("/reports/2", json!(long), quoted),
            ("/more", json!({ "a": long }), quoted + 6),
            ("/nextCursor", json!(long), quoted),
        ] {
            let mut whole = page();
            *whole.pointer_mut(place).unwrap() = value;
            let mut expected = whole.clone();
            *expected.pointer_mut(place).unwrap() = json!({ "leftOut": length });
            let kept = abridged(whole.to_string().as_bytes(), 1_000);
            let kept: Value = serde_json::from_slice(&kept).unwrap();
            assert_eq!(kept, expected, "{place}");
        }
        let number = format!(r#"{{"reports": [{{"n": {long}, "m": 1}}]}}"#);
        assert_eq!(
            String::from_utf8(abridged(number.as_bytes(), 77)).unwrap(),
            format!(
                r#"{{"reports": [{{"n": {{"leftOut": {}}}, "m": 1}}]}}"#,
                long.len()
            )
        );
    }

    #[test]
    fn what_was_cut_off_inside_a_long_member_is_no_page() {
        let text = format!(r#"{{"reports": [{{"p": "{}"#, "x".repeat(LONGEST * 2));
        assert!(serde_json::from_slice::<Value>(&abridged(text.as_bytes(), 9_999)).is_err());
    }
}
