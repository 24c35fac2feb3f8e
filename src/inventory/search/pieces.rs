//! Numbers as the index of pieces knows them: every three and every five characters that follow each other. What a fragment asks of that
//! index, and what must be compared with the number itself afterwards, is decided here; nothing is read or written.

use fleet::query::SHORTEST_FRAGMENT;

/// Characters of a short piece: the shortest fragment that is looked for inside of numbers.
const SHORT: usize = SHORTEST_FRAGMENT;
/// Characters of a long piece: so few units of a million share one that nothing needs to be narrowed further.
const LONG: usize = 5;

/// All pieces of `text` in a line, behind those of other texts.
pub(super) fn add_pieces(line: &mut String, text: &str) {
    let places: Vec<usize> = places(text);
    for length in [SHORT, LONG] {
        for (begin, end) in places.iter().zip(places.iter().skip(length)) {
            line.push_str(text.get(*begin..*end).unwrap_or_default());
            line.push(' ');
        }
    }
}

/// What is asked of the index for numbers that contain `fragment`: `None` where it is too short for any piece. The flag says that
/// what is found must be compared with the number: several pieces may stand apart in it.
pub(super) fn containing(fragment: &str) -> Option<(String, bool)> {
    let places = places(fragment);
    let length = places.len() - 1;
    let piece = if length < LONG { SHORT } else { LONG };
    let last = length.checked_sub(piece)?;
    // As few pieces as cover the fragment: each is one more list to go through.
    let begins = (0..last).step_by(piece).chain([last]);
    let pieces: Vec<String> = begins
        .filter_map(|begin| fragment.get(*places.get(begin)?..*places.get(begin + piece)?))
        .map(|piece| format!("\"{}\"", piece.replace('"', "\"\"")))
        .collect();
    Some((pieces.join(" AND "), length > piece))
}

/// Where each character begins, and the end.
fn places(text: &str) -> Vec<usize> {
    text.char_indices()
        .map(|(place, _)| place)
        .chain([text.len()])
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pieces(text: &str) -> Vec<String> {
        let mut line = String::new();
        add_pieces(&mut line, text);
        line.split_whitespace().map(str::to_owned).collect()
    }

    #[test]
    fn a_number_has_every_piece_of_three_and_of_five() {
        assert_eq!(
            pieces("480077"),
            ["480", "800", "007", "077", "48007", "80077"]
        );
        assert_eq!(pieces("4ÄB"), ["4ÄB"]);
        assert!(pieces("48").is_empty() && pieces("").is_empty());
    }

    #[test]
    fn a_fragment_asks_for_few_pieces_and_for_a_look_where_they_may_stand_apart() {
        let asked = |fragment: &str| containing(fragment).unwrap();
        assert_eq!(asked("480"), ("\"480\"".to_owned(), false));
        assert_eq!(asked("4800"), ("\"480\" AND \"800\"".to_owned(), true));
        assert_eq!(asked("48007"), ("\"48007\"".to_owned(), false));
        assert_eq!(
            asked("480077"),
            ("\"48007\" AND \"80077\"".to_owned(), true)
        );
        assert_eq!(
            asked("48007712345678"),
            ("\"48007\" AND \"71234\" AND \"45678\"".to_owned(), true)
        );
        assert_eq!(containing("48"), None);
        assert_eq!(containing(""), None);
    }

    #[test]
    fn every_piece_that_a_fragment_asks_for_is_one_of_the_number() {
        let number = "8901260123456789012X";
        for begin in 0..number.len() {
            for end in begin + SHORT..=number.len() {
                let (asked, _) = containing(&number[begin..end]).unwrap();
                for piece in asked.split(" AND ") {
                    let piece = piece.trim_matches('"').to_owned();
                    assert!(pieces(number).contains(&piece), "{begin}..{end}: {piece}");
                }
            }
        }
    }
}
