//! From bytes to frames, one byte at a time, so that it does not matter how the bytes were cut into reads.
//!
//! Memory is bounded whatever comes. What a frame means is left to `exchange`.

use crate::printable::escaped;
use crate::profile::{Counted, Decoder, Framing, Profile, SignMeaning};
use std::collections::VecDeque;

/// Longest frame in bytes. A longer one is dropped up to its end.
pub(super) const LONGEST_FRAME: usize = 4096;

/// What the bytes amount to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Heard {
    /// A whole frame, printable, with its terminator where the framing has one.
    Frame(String),
    /// Text outside of any frame.
    Stray(String),
    /// A frame longer than the limit, dropped.
    Overlong,
    /// Bytes that name a fault.
    Sign {
        /// What they mean.
        means: SignMeaning,
        /// Only to be believed while identifying.
        only_identifying: bool,
    },
}

#[derive(Debug)]
struct ByteSign {
    bytes: Vec<u8>,
    not_followed_by: Option<u8>,
    means: SignMeaning,
    only_identifying: bool,
}

/// Collects bytes into frames.
#[derive(Debug)]
pub(super) struct Framer {
    /// The character that ends a frame; none: lines.
    end: Option<char>,
    also_end: Option<char>,
    /// Whether a frame ever ended with `end`, and whether one did with `also_end`.
    ended: bool,
    ended_otherwise: bool,
    starts: Vec<String>,
    /// Frames with length and checksum.
    counted: Option<Decoder>,
    buffer: Vec<u8>,
    /// Inside a line that was too long: dropped until it ends.
    skipping: bool,
    signs: Vec<ByteSign>,
    recent: VecDeque<u8>,
    longest_sign: usize,
}

impl Framer {
    pub(super) fn new(profile: &Profile) -> Self {
        let signs: Vec<ByteSign> = profile
            .unsolicited
            .sign
            .iter()
            .filter_map(|sign| {
                let bytes = sign.bytes.as_ref().filter(|bytes| !bytes.is_empty())?;
                Some(ByteSign {
                    bytes: bytes.as_bytes().to_vec(),
                    not_followed_by: sign
                        .not_followed_by
                        .and_then(|each| u8::try_from(each).ok()),
                    means: sign.means,
                    only_identifying: sign.only_identifying,
                })
            })
            .collect();
        let longest_sign = signs.iter().map(|sign| sign.bytes.len()).max().unwrap_or(0);
        let (end, also_end, starts, counted) = match &profile.line.framing {
            Framing::Line {} => (None, None, Vec::new(), None),
            Framing::Terminator {
                end,
                also_end,
                starts,
                ..
            } => (Some(*end), *also_end, starts.clone(), None),
            Framing::Counted { reply_start, .. } => {
                (None, None, Vec::new(), Some(Decoder::new(reply_start)))
            }
        };
        Self {
            end,
            also_end,
            ended: false,
            ended_otherwise: false,
            starts,
            counted,
            buffer: Vec::new(),
            skipping: false,
            signs,
            recent: VecDeque::new(),
            longest_sign,
        }
    }

    /// Takes one byte and appends what it completes to `heard`.
    pub(super) fn push(&mut self, byte: u8, heard: &mut Vec<Heard>) {
        self.look_for_signs(byte, heard);
        if let Some(counted) = &mut self.counted {
            let mut found = Vec::new();
            counted.push(byte, &mut found);
            heard.extend(found.into_iter().map(|each| match each {
                Counted::Frame(frame) => Heard::Frame(escaped(&frame)),
                Counted::Stray(bytes) => Heard::Stray(text(bytes.trim_ascii())),
            }));
            return;
        }
        match self.end {
            None => self.push_line(byte, heard),
            Some(end) => self.push_terminated(byte, end, heard),
        }
    }

    /// Whether all frames ended with the other end of the family. One that was cut off may do so by what came into the line after it.
    pub(super) fn always_ended_otherwise(&self) -> bool {
        self.ended_otherwise && !self.ended
    }

    /// What stands in the buffer without an end yet, printable.
    pub(super) fn pending(&self) -> String {
        text(
            self.counted
                .as_ref()
                .map_or(self.buffer.as_slice(), Decoder::pending),
        )
    }

    fn push_line(&mut self, byte: u8, heard: &mut Vec<Heard>) {
        if byte == b'\r' || byte == b'\n' {
            if !self.skipping && !self.buffer.is_empty() {
                heard.push(Heard::Frame(text(&self.buffer)));
            }
            self.skipping = false;
            self.buffer.clear();
        } else if !self.skipping {
            self.buffer.push(byte);
            if self.buffer.len() > LONGEST_FRAME {
                self.skipping = true;
                self.buffer.clear();
                heard.push(Heard::Overlong);
            }
        }
    }

    fn push_terminated(&mut self, byte: u8, end: char, heard: &mut Vec<Heard>) {
        let is = |mark: char| u8::try_from(mark).is_ok_and(|mark| mark == byte);
        let is_end = is(end) || self.also_end.is_some_and(is);
        if !is_end && self.buffer.is_empty() && matches!(byte, b'\r' | b'\n' | b' ') {
            return;
        }
        if !is_end
            && matches!(byte, b'\r' | b'\n')
            && last_start(&self.buffer, &self.starts).is_none()
        {
            self.stray(self.buffer.len(), heard);
            return;
        }
        if !is_end {
            self.buffer.push(byte);
            if self.buffer.len() > LONGEST_FRAME {
                // The start of a frame may stand at the very end.
                let keep = self.starts.iter().map(String::len).max().unwrap_or(0);
                self.buffer.drain(..self.buffer.len().saturating_sub(keep));
                heard.push(Heard::Overlong);
            }
            return;
        }
        match last_start(&self.buffer, &self.starts) {
            Some(start) => {
                self.stray(start, heard);
                self.ended |= is(end);
                self.ended_otherwise |= !is(end);
                let mut frame = text(&self.buffer);
                if !end.is_control() {
                    frame.push(end);
                }
                heard.push(Heard::Frame(frame));
                self.buffer.clear();
            }
            None => {
                if byte.is_ascii_graphic() {
                    self.buffer.push(byte);
                }
                self.stray(self.buffer.len(), heard);
            }
        }
    }

    /// Gives out the first `length` bytes as text outside of frames.
    fn stray(&mut self, length: usize, heard: &mut Vec<Heard>) {
        let stray: Vec<u8> = self.buffer.drain(..length).collect();
        let stray = text(stray.trim_ascii());
        if !stray.is_empty() {
            heard.push(Heard::Stray(stray));
        }
    }

    fn look_for_signs(&mut self, byte: u8, heard: &mut Vec<Heard>) {
        if self.longest_sign == 0 {
            return;
        }
        for sign in &self.signs {
            let hit = match sign.not_followed_by {
                Some(follower) => byte != follower && ends_with(&self.recent, &sign.bytes, None),
                None => ends_with(&self.recent, &sign.bytes, Some(byte)),
            };
            if hit {
                heard.push(Heard::Sign {
                    means: sign.means,
                    only_identifying: sign.only_identifying,
                });
            }
        }
        self.recent.push_back(byte);
        if self.recent.len() > self.longest_sign {
            self.recent.pop_front();
        }
    }
}

/// Whether `recent`, with `next` after it, ends with `bytes`.
fn ends_with(recent: &VecDeque<u8>, bytes: &[u8], next: Option<u8>) -> bool {
    let mut wanted = bytes.iter().rev();
    if let Some(next) = next
        && wanted.next() != Some(&next)
    {
        return false;
    }
    let mut have = recent.iter().rev();
    wanted.all(|byte| have.next() == Some(byte))
}

/// Where the last start of a frame stands: what was cut off before it cannot be completed any more.
fn last_start(buffer: &[u8], starts: &[String]) -> Option<usize> {
    starts
        .iter()
        .filter(|start| !start.is_empty() && start.len() <= buffer.len())
        .filter_map(|start| {
            let mut windows = buffer.windows(start.len());
            let is_start = |window: &[u8]| window == start.as_bytes();
            // A single character may stand inside a frame as well.
            if start.len() == 1 {
                windows.position(is_start)
            } else {
                windows.rposition(is_start)
            }
        })
        .max()
}

/// Bytes from a stranger as text that harms nobody.
fn text(bytes: &[u8]) -> String {
    escaped(&String::from_utf8_lossy(bytes))
}
