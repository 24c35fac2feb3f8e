//! The two date forms of the service: one in questions, another in answers.

use jiff::Timestamp;

/// How questions and changes carry a moment: `2016-04-18T17:31:34+00:00`.
pub(crate) fn asked(at: Timestamp) -> String {
    at.strftime("%Y-%m-%dT%H:%M:%S+00:00").to_string()
}

/// Reads a moment of an answer: `2016-06-29 00:21:33.339+0000`.
pub(crate) fn answered(text: &str) -> Option<Timestamp> {
    jiff::fmt::strtime::parse("%Y-%m-%d %H:%M:%S%.f%z", text.trim())
        .ok()?
        .to_timestamp()
        .ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_two_forms_of_a_date_are_as_published() {
        let at = answered("2016-06-29 00:21:33.339+0000").unwrap();
        assert_eq!(at, "2016-06-29T00:21:33.339Z".parse().unwrap());
        assert_eq!(asked(at), "2016-06-29T00:21:33+00:00");
        let west = answered("2016-06-28 19:21:33.339-0500").unwrap();
        assert_eq!(west, at);
        assert_eq!(
            answered("2016-06-29 00:21:33+0000").unwrap().as_second(),
            at.as_second()
        );
        for text in [
            "",
            "2016-06-29T00:21:33Z",
            "yesterday",
            "2016-13-29 00:21:33.339+0000",
        ] {
            assert_eq!(answered(text), None, "{text}");
        }
    }
}
