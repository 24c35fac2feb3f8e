//! Which alphabet a text file is written in, and reading it as UTF-8: marked or not, UTF-16, or what old Windows programs write.

use chardetng::EncodingDetector;
use encoding_rs::{CoderResult, Decoder, DecoderResult, Encoding, UTF_8, UTF_16BE, UTF_16LE};
use std::io::{self, Read};

/// Bytes that are looked at for the pattern of UTF-16 without a mark.
const LOOKED_AT: usize = 4096;
const PIECE: usize = 64 << 10;

/// Pieces that are looked at to tell one old alphabet from another.
const MOST_PIECES: usize = 64;

/// Finds the alphabet of a whole file: its mark, the zeros of UTF-16, whole UTF-8, else the one of old programs in which its letters come
/// as they do in a language.
pub(super) fn detect(mut file: impl Read) -> io::Result<&'static Encoding> {
    let mut piece = vec![0; PIECE];
    let mut decoder = UTF_8.new_decoder_without_bom_handling();
    let mut scratch = vec![0; PIECE * 3 + 16];
    let mut first = true;
    loop {
        let length = fill(&mut file, &mut piece)?;
        let bytes = piece.get(..length).unwrap_or_default();
        if first {
            if let Some((encoding, _)) = Encoding::for_bom(bytes) {
                return Ok(encoding);
            }
            if let Some(encoding) = utf16(bytes) {
                return Ok(encoding);
            }
        }
        first = false;
        let last = length < PIECE;
        let (result, _, _) = decoder.decode_to_utf8_without_replacement(bytes, &mut scratch, last);
        if matches!(result, DecoderResult::Malformed(..)) {
            return old_alphabet(file, piece, length);
        }
        if last {
            return Ok(UTF_8);
        }
    }
}

/// Guesses from the first piece that is no UTF-8 and what follows it; what came before was plain ASCII but for a few letters.
fn old_alphabet(
    mut file: impl Read,
    mut piece: Vec<u8>,
    mut length: usize,
) -> io::Result<&'static Encoding> {
    let mut detector = EncodingDetector::new();
    for _ in 0..MOST_PIECES {
        let last = length < PIECE;
        detector.feed(piece.get(..length).unwrap_or_default(), last);
        if last {
            break;
        }
        length = fill(&mut file, &mut piece)?;
    }
    Ok(detector.guess(None, false))
}

/// UTF-16 without a mark: every other byte of digits, separators and line ends is zero, whatever alphabet the names have, and no byte of
/// other text is.
fn utf16(bytes: &[u8]) -> Option<&'static Encoding> {
    let looked = bytes.get(..LOOKED_AT.min(bytes.len()))?;
    let zeros = |odd: usize| {
        looked
            .iter()
            .skip(odd)
            .step_by(2)
            .filter(|byte| **byte == 0)
            .count()
    };
    let least = looked.len() / 16 + 1;
    match (zeros(0), zeros(1)) {
        (0, low) if low > least => Some(UTF_16LE),
        (high, 0) if high > least => Some(UTF_16BE),
        _ => None,
    }
}

fn fill(file: &mut impl Read, into: &mut [u8]) -> io::Result<usize> {
    let mut filled = 0;
    while let Some(rest) = into.get_mut(filled..).filter(|rest| !rest.is_empty()) {
        match file.read(rest)? {
            0 => break,
            more => filled += more,
        }
    }
    Ok(filled)
}

/// A file as UTF-8, without its mark.
pub(super) struct Decoded<R> {
    file: R,
    decoder: Decoder,
    raw: Vec<u8>,
    raw_from: usize,
    raw_to: usize,
    ended: bool,
    text: Vec<u8>,
    text_from: usize,
    text_to: usize,
    finished: bool,
}

impl<R: Read> Decoded<R> {
    pub fn new(file: R, encoding: &'static Encoding) -> Self {
        Self {
            file,
            decoder: encoding.new_decoder_with_bom_removal(),
            raw: vec![0; PIECE],
            raw_from: 0,
            raw_to: 0,
            ended: false,
            text: vec![0; PIECE],
            text_from: 0,
            text_to: 0,
            finished: false,
        }
    }

    fn decode(&mut self) -> io::Result<()> {
        while self.text_from == self.text_to && !self.finished {
            if self.raw_from == self.raw_to && !self.ended {
                self.raw_from = 0;
                self.raw_to = fill(&mut self.file, &mut self.raw)?;
                self.ended = self.raw_to < self.raw.len();
            }
            let bytes = self.raw.get(self.raw_from..self.raw_to).unwrap_or_default();
            let (result, read, written, _) =
                self.decoder
                    .decode_to_utf8(bytes, &mut self.text, self.ended);
            self.raw_from += read;
            (self.text_from, self.text_to) = (0, written);
            self.finished = self.ended && result == CoderResult::InputEmpty;
        }
        Ok(())
    }
}

impl<R: Read> Read for Decoded<R> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        self.decode()?;
        let mut ready = self
            .text
            .get(self.text_from..self.text_to)
            .unwrap_or_default();
        let given = ready.read(into)?;
        self.text_from += given;
        Ok(given)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(bytes: &[u8]) -> (&'static str, String) {
        let encoding = detect(bytes).unwrap();
        let mut text = String::new();
        Decoded::new(bytes, encoding)
            .read_to_string(&mut text)
            .unwrap();
        (encoding.name(), text)
    }

    #[test]
    fn each_alphabet_gives_the_same_text() {
        let text = "IMEI;Kunde\r\n356938035643809;Müller €\r\n";
        let utf16 = |big: bool| -> Vec<u8> {
            text.encode_utf16()
                .flat_map(|unit| {
                    if big {
                        unit.to_be_bytes()
                    } else {
                        unit.to_le_bytes()
                    }
                })
                .collect()
        };
        let marked = |mark: &[u8], rest: Vec<u8>| [mark.to_vec(), rest].concat();
        let old = encoding_rs::WINDOWS_1252.encode(text).0.into_owned();
        for (bytes, name) in [
            (text.as_bytes().to_vec(), "UTF-8"),
            (
                marked(&[0xef, 0xbb, 0xbf], text.as_bytes().to_vec()),
                "UTF-8",
            ),
            (marked(&[0xff, 0xfe], utf16(false)), "UTF-16LE"),
            (marked(&[0xfe, 0xff], utf16(true)), "UTF-16BE"),
            (utf16(false), "UTF-16LE"),
            (utf16(true), "UTF-16BE"),
            (old, "windows-1252"),
        ] {
            assert_eq!(read(&bytes), (name, text.to_owned()));
        }
        assert_eq!(read(b"").1, "");
    }

    #[test]
    fn names_in_other_alphabets_of_old_programs_are_read_as_they_were_written() {
        let list = |names: &[&str]| {
            let rows = names.iter().zip(10..);
            let rows = rows.map(|(name, number)| format!("3569380356438{number},{name}\n"));
            format!("imei,customer\n{}", rows.collect::<String>())
        };
        let russian = list(&["Москва такси", "Быстрая доставка", "Стройтранс"]);
        let polish = list(&[
            "Łódź Żabka",
            "Przewozy Świętokrzyskie",
            "Gdańsk Spółdzielnia",
        ]);
        let japanese = list(&["東京タクシー", "大阪運輸株式会社", "横浜バス"]);
        for (text, encoding) in [
            (&russian, encoding_rs::WINDOWS_1251),
            (&polish, encoding_rs::WINDOWS_1250),
            (&japanese, encoding_rs::SHIFT_JIS),
        ] {
            let bytes = encoding.encode(text).0.into_owned();
            assert_eq!(read(&bytes), (encoding.name(), text.clone()));
        }
        let wide: Vec<u8> = russian.encode_utf16().flat_map(u16::to_le_bytes).collect();
        assert_eq!(read(&wide), ("UTF-16LE", russian));
    }

    #[test]
    fn a_letter_across_two_pieces_is_one_letter() {
        let text = format!("{}é€ü{}", "x".repeat(PIECE - 1), "y".repeat(PIECE));
        assert_eq!(read(text.as_bytes()), ("UTF-8", text.clone()));
        let old = encoding_rs::WINDOWS_1252.encode(&text).0.into_owned();
        assert_eq!(read(&old), ("windows-1252", text));
    }
}
