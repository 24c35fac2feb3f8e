//! The alphabet of text messages (3GPP TS 23.038, default alphabet): how many of the 160 places a text takes.

/// Characters of the default alphabet that are not ASCII letters and digits.
const OTHERS: &str = "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./:;<=>?¡ÄÖÑÜ§¿äöñüà";
/// Characters of its extension, which take two places.
const DOUBLE: &str = "^{}\\[~]|€";

/// How many places `text` takes; `None` when a character of it is in no alphabet of seven bits.
#[must_use]
pub fn septets(text: &str) -> Option<usize> {
    text.chars()
        .map(|each| {
            if each.is_ascii_alphanumeric() || OTHERS.contains(each) {
                Some(1)
            } else {
                DOUBLE.contains(each).then_some(2)
            }
        })
        .sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn some_characters_take_two_places_and_some_have_none() {
        assert_eq!(septets("  setparam 2001:wap"), Some(19));
        assert_eq!(septets("AT^PRG;1"), Some(9));
        assert_eq!(septets("a`b"), None);
        assert_eq!(septets("\u{202e}"), None);
        assert_eq!(septets("gl601###,@$"), Some(11));
    }
}
