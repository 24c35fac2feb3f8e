//! The parts of a JSON list or object whose whole cannot be read: cut apart by brackets and quotation marks alone, so that one spoiled part does
//! not spoil the others. What a part means is read by others.

/// The items of a list. `None` where the text is no list, or its brackets and quotation marks do not match.
pub(crate) fn items(list: &[u8]) -> Option<Vec<&[u8]>> {
    parts(list, b'[', b']')
}

/// The members of an object, names in lower case. A part that is no member is left out.
pub(crate) fn members(object: &[u8]) -> Option<Vec<(String, &[u8])>> {
    Some(
        parts(object, b'{', b'}')?
            .into_iter()
            .filter_map(member)
            .collect(),
    )
}

fn member(part: &[u8]) -> Option<(String, &[u8])> {
    let inside = part.strip_prefix(b"\"")?;
    let end = end_of_string(inside)?;
    let (name, behind) = inside.split_at(end);
    let value = behind
        .strip_prefix(b"\"")?
        .trim_ascii()
        .strip_prefix(b":")?;
    Some((
        String::from_utf8_lossy(name).to_ascii_lowercase(),
        value.trim_ascii(),
    ))
}

/// Where the quotation mark is that ends a string which has begun.
fn end_of_string(text: &[u8]) -> Option<usize> {
    let mut escaped = false;
    text.iter().position(|&byte| {
        let ends = byte == b'"' && !escaped;
        escaped = byte == b'\\' && !escaped;
        ends
    })
}

fn parts(whole: &[u8], open: u8, close: u8) -> Option<Vec<&[u8]>> {
    let inside = whole
        .trim_ascii()
        .strip_prefix(&[open])?
        .strip_suffix(&[close])?;
    let mut all = Vec::new();
    let (mut depth, mut begin, mut at) = (0_usize, 0, 0);
    while let Some(&byte) = inside.get(at) {
        match byte {
            b'"' => at += 1 + end_of_string(inside.get(at + 1..)?)?,
            b'[' | b'{' => depth += 1,
            b']' | b'}' => depth = depth.checked_sub(1)?,
            b',' if depth == 0 => {
                all.push(inside.get(begin..at)?.trim_ascii());
                begin = at + 1;
            }
            _ => {}
        }
        at += 1;
    }
    let last = inside.get(begin..)?.trim_ascii();
    if !last.is_empty() || !all.is_empty() {
        all.push(last);
    }
    (depth == 0).then_some(all)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn parts_are_cut_outside_of_strings_and_of_inner_brackets_only() {
        assert_eq!(
            items(br#" [ {"a": "],}\"", "b": [1, 2]} , NaN, "x,y", [[]] ] "#).unwrap(),
            [
                &br#"{"a": "],}\"", "b": [1, 2]}"#[..],
                b"NaN",
                br#""x,y""#,
                b"[[]]"
            ]
        );
        let object = b"{\"Name\" : \"\xff\", \"n\":{\"x\":1e999},7}";
        assert_eq!(
            members(object).unwrap(),
            [
                ("name".to_owned(), &b"\"\xff\""[..]),
                ("n".to_owned(), b"{\"x\":1e999}")
            ]
        );
        assert_eq!(items(b"[]").unwrap(), [b""; 0]);
        assert_eq!(items(b"[1,]").unwrap(), [&b"1"[..], b""]);
    }

    #[test]
    fn what_does_not_close_is_not_cut() {
        for text in [
            "",
            "[",
            "[\"]",
            "[1}, {2]",
            "{\"a\": [}",
            "[[1]",
            "7",
            "[\"\\\"]",
        ] {
            assert_eq!(items(text.as_bytes()), None, "{text}");
        }
    }

    proptest! {
        #[test]
        fn any_bytes_are_cut_or_refused_without_a_fall(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            let mut list = vec![b'['];
            list.extend(&bytes);
            list.push(b']');
            if let Some(all) = items(&list) {
                prop_assert!(all.iter().map(|part| part.len()).sum::<usize>() <= bytes.len());
            }
            let _ = members(&bytes);
        }
    }
}
