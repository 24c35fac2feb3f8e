//! Frames with a length and a checksum: `@@<letter><length>,<text>*<checksum>` and CR LF, as Meitrack units speak (documented).
//!
//! The length counts bytes from the comma to the final LF. The checksum is the low byte of the sum of all bytes from the start to the
//! `*`, as two upper-case hexadecimal digits. Both directions are here; what a text means is left to patterns.

/// Longest text in bytes; the documented frames are about 160.
const LONGEST: usize = 4096;
/// `*`, two digits, CR LF.
const TAIL: usize = 5;
/// Digits of a length.
const LENGTH_DIGITS: usize = 4;

/// What the bytes amount to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Counted {
    /// A whole frame whose length and checksum are right: letter, comma, text.
    Frame(String),
    /// A frame whose length or checksum is wrong, or bytes that are none.
    Stray(Vec<u8>),
}

/// The frame for a text that begins with its letter and a comma (`V,353358017784062,A12,6`). A text without is sent with the letter A.
pub(crate) fn encode(start: &str, text: &str) -> Vec<u8> {
    let (letter, rest) = match text.split_once(',') {
        Some((letter, rest)) if letter.len() == 1 => (letter, rest),
        _ => ("A", text),
    };
    let length = 1 + rest.len() + TAIL;
    let mut frame = format!("{start}{letter}{length},{rest}*").into_bytes();
    let sum = checksum(&frame);
    frame.extend_from_slice(format!("{sum:02X}\r\n").as_bytes());
    frame
}

fn checksum(bytes: &[u8]) -> u8 {
    bytes.iter().fold(0_u8, |sum, byte| sum.wrapping_add(*byte))
}

/// Collects bytes into frames, one at a time; memory is bounded.
#[derive(Debug, Clone)]
pub(crate) struct Decoder {
    start: Vec<u8>,
    buffer: Vec<u8>,
}

impl Decoder {
    /// One for frames that begin with `start`.
    pub(crate) fn new(start: &str) -> Self {
        Self {
            start: start.as_bytes().to_vec(),
            buffer: Vec::new(),
        }
    }

    /// What stands there without being a frame yet.
    pub(crate) fn pending(&self) -> &[u8] {
        &self.buffer
    }

    /// Forgets what stands there.
    pub(crate) fn clear(&mut self) {
        self.buffer.clear();
    }

    /// Takes one byte and appends what it completes.
    pub(crate) fn push(&mut self, byte: u8, found: &mut Vec<Counted>) {
        self.buffer.push(byte);
        while self.step(found) {}
    }

    /// Takes one frame or stray text off the front, if that can be decided yet.
    fn step(&mut self, found: &mut Vec<Counted>) -> bool {
        let Some(at) = find(&self.buffer, &self.start) else {
            return self.stray_line(found);
        };
        if at > 0 {
            self.stray(at, found);
            return true;
        }
        match whole_length(&self.buffer, self.start.len()) {
            Whole::NotYet => false,
            Whole::Never => {
                // The start itself was a chance: the search goes on behind it.
                self.stray(self.start.len(), found);
                true
            }
            Whole::Bytes(length) if self.buffer.len() < length => self.cut_short(found),
            Whole::Bytes(length) => {
                let frame: Vec<u8> = self.buffer.drain(..length).collect();
                match text_of(&frame, self.start.len()) {
                    Some(text) => found.push(Counted::Frame(text)),
                    None => self.resume_inside(frame, found),
                }
                true
            }
        }
    }

    /// A frame that lost bytes would swallow the next one: an end of line that comes too early gives it up.
    fn cut_short(&mut self, found: &mut Vec<Counted>) -> bool {
        if !self.buffer.ends_with(b"\r\n") {
            return false;
        }
        let behind = self.buffer.get(self.start.len()..).unwrap_or_default();
        if let Some(at) = find(behind, &self.start) {
            let length = at + self.start.len();
            self.stray(length, found);
            return true;
        }
        self.stray(self.buffer.len(), found);
        true
    }

    /// A frame that is wrong may contain the start of a right one.
    fn resume_inside(&mut self, mut frame: Vec<u8>, found: &mut Vec<Counted>) {
        let behind = frame.get(self.start.len()..).unwrap_or_default();
        if let Some(at) = find(behind, &self.start) {
            let rest = frame.split_off(at + self.start.len());
            self.buffer.splice(0..0, rest);
        }
        found.push(Counted::Stray(frame));
    }

    /// Text without a start is given out by lines, and at the latest when it is longer than any frame.
    fn stray_line(&mut self, found: &mut Vec<Counted>) -> bool {
        let ends = matches!(self.buffer.last(), Some(b'\r' | b'\n'));
        if ends || self.buffer.len() > LONGEST {
            self.stray(self.buffer.len(), found);
        }
        false
    }

    fn stray(&mut self, length: usize, found: &mut Vec<Counted>) {
        let bytes: Vec<u8> = self.buffer.drain(..length.min(self.buffer.len())).collect();
        if !bytes.trim_ascii().is_empty() {
            found.push(Counted::Stray(bytes));
        }
    }
}

enum Whole {
    NotYet,
    Never,
    Bytes(usize),
}

/// How long the frame at the front says it is, in bytes.
fn whole_length(buffer: &[u8], start: usize) -> Whole {
    let Some(letter) = buffer.get(start) else {
        return Whole::NotYet;
    };
    if !(b'A'..=b'z').contains(letter) {
        return Whole::Never;
    }
    let digits = buffer.get(start + 1..).unwrap_or_default();
    let count = digits
        .iter()
        .take_while(|byte| byte.is_ascii_digit())
        .count();
    match digits.get(count) {
        None if count <= LENGTH_DIGITS => Whole::NotYet,
        Some(b',') if (1..=LENGTH_DIGITS).contains(&count) => {
            let length = digits
                .get(..count)
                .and_then(|digits| std::str::from_utf8(digits).ok());
            match length.and_then(|digits| digits.parse::<usize>().ok()) {
                Some(length) if length > TAIL && length <= LONGEST => {
                    Whole::Bytes(start + 1 + count + length)
                }
                _ => Whole::Never,
            }
        }
        _ => Whole::Never,
    }
}

/// Letter, comma and text of a frame whose checksum and end are right.
fn text_of(frame: &[u8], start: usize) -> Option<String> {
    let body = frame.strip_suffix(b"\r\n")?;
    let (signed, digits) = body.split_at_checked(body.len().checked_sub(2)?)?;
    let inside = signed.strip_suffix(b"*")?;
    if !digits.eq_ignore_ascii_case(format!("{:02X}", checksum(signed)).as_bytes()) {
        return None;
    }
    let inside = String::from_utf8_lossy(inside.get(start..)?).into_owned();
    let (head, text) = inside.split_once(',')?;
    Some(format!("{},{text}", head.chars().next()?))
}

fn find(buffer: &[u8], start: &[u8]) -> Option<usize> {
    buffer
        .windows(start.len().max(1))
        .position(|window| window == start)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn decoded(start: &str, bytes: &[u8]) -> Vec<String> {
        let mut decoder = Decoder::new(start);
        let mut found = Vec::new();
        for byte in bytes {
            decoder.push(*byte, &mut found);
        }
        let frames = found.into_iter().filter_map(|each| match each {
            Counted::Frame(text) => Some(text),
            Counted::Stray(_) => None,
        });
        frames.collect()
    }

    /// Printed frames whose length and checksum hold: documented, recomputed.
    const RIGHT: [&str; 30] = [
        "@@W25,353358017784062,E91*7D",
        "$$X57,864507032323403,E91,T333_Y10H1412V046_T,46281520253*86",
        "@@Q25,353358017784062,A10*6A",
        "@@H48,353358017784062,A21,1,67.203.13.26,8800,,,*C9",
        "$$H28,353358017784062,A21,OK*F4",
        "@@K38,353358017784062,A22,75.127.67.90*FD",
        "$$K28,353358017784062,A22,OK*F8",
        "@@S43,353358017784062,A23,67.203.13.26,8800*F0",
        "$$S28,353358017784062,A23,OK*01",
        "@@V27,353358017784062,A12,6*D5",
        "$$V28,353358017784062,A12,OK*02",
        "@@E27,353358017784062,A15,6*C7",
        "$$E28,353358017784062,A15,OK*F4",
        "@@F27,353358017784062,A16,0*C3",
        "$$F28,353358017784062,A16,OK*F6",
        "@@S28,353358017784062,A11,10*FD",
        "$$S28,353358017784062,A11,OK*FE",
        "@@X29,353358017784062,A13,120*37",
        "$$X28,353358017784062,A13,OK*05",
        "@@D30,353358017784062,A14,1000*4A",
        "$$D28,353358017784062,A14,OK*F2",
        "$$T85,353358017784062,A70,13811111111,13822222222,13833333333,13844444444,13855555555*21",
        "@@j25,353358017784062,F01*88",
        "@@Z25,353358017784062,F02*79",
        "$$j28,353358017784062,F01,OK*19",
        "$$Z28,353358017784062,F02,OK*0A",
        "@@[25,353358017784062,F11*7A",
        "$$[28,353358017784062,F11,OK*0B",
        "$$W42,353358017784062,E91,FWV1.00,12345678*F2",
        // Printed without the field E91 that it answers: as a frame it holds, as an answer it is refused by the pattern.
        "$$W38,353358017784062,FWV1.00,12345678*1C",
    ];

    /// Printed in the vendor's documents, and wrong: recomputed.
    const WRONG: [&str; 3] = [
        "@@T25,353358017784062,A70*93",
        "$$H28,353358017784062,A19,OK*F8",
        "@@c29,353358017784062,C50,22,24*A8",
    ];

    #[test]
    fn a_checksum_in_small_letters_is_the_same_number() {
        assert_eq!(
            decoded("$$", b"$$H28,353358017784062,A21,OK*f4\r\n"),
            ["H,353358017784062,A21,OK"]
        );
    }

    #[test]
    fn printed_frames_that_hold_are_understood_and_written_the_same() {
        for frame in RIGHT {
            let start = &frame[..2];
            let texts = decoded(start, format!("{frame}\r\n").as_bytes());
            let [text] = texts.as_slice() else {
                panic!("{frame}: {texts:?}");
            };
            assert_eq!(
                encode(start, text),
                format!("{frame}\r\n").as_bytes(),
                "{frame}"
            );
        }
    }

    #[test]
    fn printed_frames_that_fail_their_own_check_are_refused() {
        for frame in WRONG {
            let start = &frame[..2];
            let good = "$$V28,353358017784062,A12,OK*02\r\n";
            let both = format!("{frame}\r\n{good}");
            let texts = decoded("$$", both.as_bytes());
            assert_eq!(texts, ["V,353358017784062,A12,OK"], "{frame}");
            assert!(
                decoded(start, format!("{frame}\r\n").as_bytes()).is_empty(),
                "{frame}"
            );
        }
        assert_eq!(
            encode("@@", "T,353358017784062,A70"),
            b"@@T25,353358017784062,A70*73\r\n"
        );
        assert_eq!(
            encode("$$", "H,353358017784062,A19,OK"),
            b"$$H28,353358017784062,A19,OK*FB\r\n"
        );
    }

    #[test]
    fn frames_are_found_among_noise_glued_and_after_a_cut_one() {
        let bytes = b"\x00log\r\n$$V28,353358$$V28,353358017784062,A12,OK*02\r\n$$D28,353358017784062,A14,OK*F2\r\nxx$$";
        assert_eq!(
            decoded("$$", bytes),
            ["V,353358017784062,A12,OK", "D,353358017784062,A14,OK"]
        );
        assert!(decoded("$$", b"$$V28,353358017784062,A12,OK*03\r\n").is_empty());
        assert!(decoded("$$", b"$$V99999,x*00\r\n").is_empty());
    }

    #[test]
    fn noise_does_not_pile_up() {
        for noise in [&b"x"[..], b"$", b"$$", b"$$A4000,", b"\xff\x00"] {
            let mut decoder = Decoder::new("$$");
            for byte in noise.repeat(40_000) {
                let mut found = Vec::new();
                decoder.push(byte, &mut found);
                assert!(decoder.pending().len() <= LONGEST + 16);
            }
        }
    }

    proptest! {
        #[test]
        fn what_is_encoded_is_decoded(letter in "[A-Za-z]", text in "[ -)+-~]{1,80}") {
            let whole = format!("{letter},{text}");
            prop_assert_eq!(decoded("$$", &encode("$$", &whole)), [whole]);
        }

        #[test]
        fn no_bytes_upset_the_decoder(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
            let _ = decoded("$$", &bytes);
        }
    }
}
