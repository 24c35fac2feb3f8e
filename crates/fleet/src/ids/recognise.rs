//! What a scan or a typed line means: one number or several, glued or separated, with or without labels ('IMEI:').
//!
//! What is done with the numbers is the screen's business.

use super::clean::clean;
use super::{Esn, Iccid, IdentifierError, Imei, Mdn, Meid};

/// Longest text that is looked at, in characters; a scanner's burst is far shorter.
const LONGEST: usize = 4096;

/// Words that stand before numbers on labels and in lists.
const LABELS: [&str; 9] = [
    "IMEISV", "IMEI", "MEID", "ESN", "ICCID", "SIM", "MDN", "TEL", "S/N",
];

/// One thing found in a scanned or typed text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Recognised {
    /// An IMEI.
    Imei(Imei),
    /// A MEID.
    Meid(Meid),
    /// An ESN.
    Esn(Esn),
    /// A SIM.
    Iccid(Iccid),
    /// A phone number.
    Mdn(Mdn),
    /// It has the length of an identifier, yet is none: stop and show why.
    Wrong {
        /// What was given.
        text: String,
        /// Why not.
        error: IdentifierError,
    },
    /// Anything else: a serial number, a name.
    Other(String),
}

/// Says what stands in `text`, in order of appearance.
///
/// Numbers may be separated by anything that cannot stand in one, or glued. Spaces and hyphens inside a number are allowed
/// as long as the line reads as whole numbers without them; otherwise they count as separators.
#[must_use]
pub fn recognise(text: &str) -> Vec<Recognised> {
    let text: String = text.chars().take(LONGEST).collect();
    let mut found = Vec::new();
    let hard =
        |each: char| each.is_control() || matches!(each, ',' | ';' | '|' | ':' | '=' | '"' | '\'');
    for piece in text.split(hard).map(str::trim) {
        let piece = without_label(piece);
        if piece.is_empty() {
            continue;
        }
        if let Some(whole) = glued(&clean(piece)) {
            found.extend(whole);
        } else {
            let words = piece.split_whitespace().map(without_label);
            found.extend(words.filter(|word| !word.is_empty()).flat_map(|word| {
                let bare = clean(word);
                glued(&bare).unwrap_or_else(|| vec![alone(word, &bare)])
            }));
        }
    }
    found
}

/// `piece` without the label it begins with; empty when it is nothing but a label.
fn without_label(piece: &str) -> &str {
    for label in LABELS {
        if let Some((start, rest)) = piece.split_at_checked(label.len())
            && start.eq_ignore_ascii_case(label)
            && !rest.starts_with(|each: char| each.is_ascii_alphabetic())
        {
            return rest
                .trim_start_matches(|each: char| !each.is_ascii_alphanumeric() && each != '+');
        }
    }
    piece
}

/// A text that is not a row of good numbers: the wrong identifier that it seems to be, or something else.
fn alone(word: &str, bare: &str) -> Recognised {
    let digits = bare.bytes().all(|each| each.is_ascii_digit());
    let wrong = |error| Recognised::Wrong {
        text: word.to_owned(),
        error,
    };
    match (bare.len(), digits) {
        (14..=16, true) => match Imei::parse(bare) {
            Ok(imei) => Recognised::Imei(imei),
            Err(error) => wrong(error),
        },
        (8 | 11, true) => Esn::parse(bare).map_or_else(wrong, Recognised::Esn),
        (8, false) => match Esn::parse(bare) {
            Err(error @ IdentifierError::PseudoEsn) => wrong(error),
            _ => Recognised::Other(word.to_owned()),
        },
        (18 | 19, true) => Meid::parse(bare).map_or_else(wrong, Recognised::Meid),
        (20, true) => Iccid::parse(bare).map_or_else(wrong, Recognised::Iccid),
        (15, false) if bare.starts_with(|each: char| each.is_ascii_uppercase()) => {
            match Meid::parse(bare) {
                Err(error @ IdentifierError::CheckDigit { .. }) => wrong(error),
                _ => Recognised::Other(word.to_owned()),
            }
        }
        _ => Recognised::Other(word.to_owned()),
    }
}

/// `text` as a row of good numbers without rest, the likeliest one: fewest doubts first, then fewest numbers.
fn glued(text: &str) -> Option<Vec<Recognised>> {
    if !text.is_ascii() {
        return None;
    }
    if let Some(single) = single(text) {
        return Some(vec![single]);
    }
    // best[end] is the likeliest row for the first `end` characters, with its doubts.
    let mut best: Vec<Option<(usize, Vec<Recognised>)>> = vec![None; text.len() + 1];
    if let Some(start) = best.first_mut() {
        *start = Some((0, Vec::new()));
    }
    for start in 0..text.len() {
        let Some((doubts, row)) = best.get(start).cloned().flatten() else {
            continue;
        };
        for length in [14, 15, 19, 20] {
            let Some((piece_doubts, number)) =
                text.get(start..start + length).and_then(part_of_a_row)
            else {
                continue;
            };
            let filler = usize::from(
                length == 19 && text.get(start + length..start + length + 1) == Some("F"),
            );
            let doubts = doubts + piece_doubts;
            for end in [start + length, start + length + filler] {
                let Some(place) = best.get_mut(end) else {
                    continue;
                };
                let better = place.as_ref().is_none_or(|(former, numbers)| {
                    (doubts, row.len() + 1) < (*former, numbers.len())
                });
                if better {
                    let mut longer = row.clone();
                    longer.push(number.clone());
                    *place = Some((doubts, longer));
                }
            }
        }
    }
    best.pop().flatten().map(|(_, row)| row)
}

/// A text that is one good number by itself.
fn single(text: &str) -> Option<Recognised> {
    let digits = text.bytes().all(|each| each.is_ascii_digit());
    match text.len() {
        8 if !digits => Esn::parse(text).ok().map(Recognised::Esn),
        10 if digits => {
            let mdn = Mdn::parse(text).ok()?;
            mdn.warning().is_none().then_some(Recognised::Mdn(mdn))
        }
        12 => text.strip_prefix("+1").and_then(single),
        11 if digits => Esn::parse(text).ok().map(Recognised::Esn),
        14 => Meid::parse(text).ok().map(Recognised::Meid),
        15 => (Imei::parse(text).ok().map(Recognised::Imei))
            .or_else(|| Meid::parse(text).ok().map(Recognised::Meid)),
        18 => Meid::parse(text).ok().map(Recognised::Meid),
        19..=20 => (Iccid::parse(text).ok().map(Recognised::Iccid))
            .or_else(|| Meid::parse(text).ok().map(Recognised::Meid)),
        _ => None,
    }
}

/// A number that may stand glued to others, and how doubtful it is there.
fn part_of_a_row(text: &str) -> Option<(usize, Recognised)> {
    match text.len() {
        // A row of decimal digits could hide many things; only MEIDs with a letter are taken out of one.
        14 if text.starts_with(|each: char| each.is_ascii_uppercase()) => Meid::parse(text)
            .ok()
            .map(|meid| (1, Recognised::Meid(meid))),
        15 => Imei::parse(text)
            .ok()
            .map(|imei| (0, Recognised::Imei(imei))),
        19 | 20 if !text.ends_with('F') => Iccid::parse(text)
            .ok()
            .map(|iccid| (usize::from(!iccid.luhn_ok()), Recognised::Iccid(iccid))),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn imei(text: &str) -> Recognised {
        Recognised::Imei(Imei::parse(text).unwrap())
    }

    fn iccid(text: &str) -> Recognised {
        Recognised::Iccid(Iccid::parse(text).unwrap())
    }

    #[test]
    fn one_number_is_told_by_its_length() {
        let check =
            |text: &str, expected: Recognised| assert_eq!(recognise(text), [expected], "{text}");
        check("356868000041418", imei("356868000041418"));
        check(" 35-686800-004141-8\r\n", imei("356868000041418"));
        check("89011200000117291582", iccid("89011200000117291582"));
        check("8965880812100011146f", iccid("8965880812100011146"));
        check("5B0F4240", Recognised::Esn(Esn::parse("5B0F4240").unwrap()));
        check(
            "09101000000",
            Recognised::Esn(Esn::parse("5B0F4240").unwrap()),
        );
        let meid = || Recognised::Meid(Meid::parse("AF0123450ABCDE").unwrap());
        check("af0123450abcde", meid());
        check("AF0123450ABCDEC", meid());
        check("293608736500703710", meid());
        check("2936087365007037100", meid());
    }

    #[test]
    fn several_numbers_are_told_apart() {
        let (first, second) = ("354178036859789", "89011200000117291582");
        let short = "8965880812100011146";
        let both = [imei(first), iccid(second)];
        for text in [
            format!("{first}{second}"),
            format!("{first} {second}"),
            format!("{first}\t{second}\n"),
            format!("IMEI:{first};ICCID:{second}"),
            format!("IMEI {first} ICCID {second}"),
            format!("imei{first}, sim{second}"),
        ] {
            assert_eq!(recognise(&text), both, "{text}");
        }
        assert_eq!(
            recognise(&format!("{second}{first}")),
            [iccid(second), imei(first)]
        );
        assert_eq!(
            recognise(&format!("{short}{first}")),
            [iccid(short), imei(first)]
        );
        assert_eq!(
            recognise(&format!("{short}F{first}")),
            [iccid(short), imei(first)]
        );
        assert_eq!(
            recognise(&format!("{first}{short}F")),
            [imei(first), iccid(short)]
        );
        assert_eq!(
            recognise(&format!("{first}{first}{first}")),
            [imei(first), imei(first), imei(first)]
        );
        assert_eq!(
            recognise(&format!("{short}{second}")),
            [iccid(short), iccid(second)]
        );
    }

    #[test]
    fn a_mistyped_number_is_shown_with_its_error() {
        let found = recognise("354178036859781");
        let [Recognised::Wrong { text, error }] = found.as_slice() else {
            panic!("{found:?}");
        };
        assert_eq!(text, "354178036859781");
        assert!(matches!(
            error,
            IdentifierError::CheckDigit {
                position: 15,
                found: '1',
                expected: '9',
                ..
            }
        ));
        assert!(matches!(
            recognise("35417803685978").as_slice(),
            [Recognised::Wrong { error: IdentifierError::CheckDigitMissing { full }, .. }] if full == "354178036859789"
        ));
        assert!(matches!(
            recognise("800737E1").as_slice(),
            [Recognised::Wrong {
                error: IdentifierError::PseudoEsn,
                ..
            }]
        ));
    }

    #[test]
    fn anything_else_is_left_as_it_is() {
        assert_eq!(
            recognise("S/N: 1104520013"),
            [Recognised::Other("1104520013".to_owned())]
        );
        assert_eq!(recognise("Simon"), [Recognised::Other("Simon".to_owned())]);
        assert_eq!(recognise(" \r\n;"), []);
        assert_eq!(
            recognise("３５６８６８"),
            [Recognised::Other("３５６８６８".to_owned())]
        );
    }

    #[test]
    fn a_phone_number_is_ten_digits_of_north_american_form() {
        let mdn = Recognised::Mdn(Mdn::parse("2065550100").unwrap());
        assert_eq!(recognise("+1 206 555 0100"), std::slice::from_ref(&mdn));
        assert_eq!(recognise("206-555-0100"), [mdn]);
    }
}
