//! The line from the unit to the host: bytes leave it no faster than it can carry them.

use crate::Moment;
use std::collections::VecDeque;

/// Bytes that wait, or are on their way.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Chunk {
    /// The bytes.
    pub bytes: Vec<u8>,
    /// Silence before them, milliseconds.
    pub gap_ms: u64,
    /// Arrives only when all of it was carried.
    pub at_once: bool,
}

impl Chunk {
    /// Bytes without a gap.
    pub(super) fn new(bytes: impl Into<Vec<u8>>) -> Self {
        Self {
            bytes: bytes.into(),
            gap_ms: 0,
            at_once: false,
        }
    }
}

/// The line and what is on it.
#[derive(Debug, Clone)]
pub(super) struct Pacing {
    bytes_per_s: u64,
    waiting: VecDeque<Chunk>,
    /// Bytes of the first chunk that were taken.
    taken: usize,
    /// When the first chunk's gap begins, microseconds.
    start_us: u64,
    held: usize,
    most: usize,
}

impl Pacing {
    /// A free line of that speed that keeps at most `most` bytes waiting.
    pub(super) fn new(bytes_per_s: u32, most: usize) -> Self {
        Self {
            bytes_per_s: u64::from(bytes_per_s).max(1),
            waiting: VecDeque::new(),
            taken: 0,
            start_us: 0,
            held: 0,
            most,
        }
    }

    /// How long so many bytes take, microseconds.
    fn span_us(&self, bytes: usize) -> u64 {
        (bytes as u64)
            .saturating_mul(1_000_000)
            .div_ceil(self.bytes_per_s)
    }

    /// How long so many bytes take, milliseconds.
    pub(super) fn span_ms(&self, bytes: usize) -> u64 {
        self.span_us(bytes).div_ceil(1000)
    }

    /// Puts bytes at the end. What does not fit into the unit's own buffer is lost.
    pub(super) fn push(&mut self, now: Moment, chunk: Chunk) {
        let Some(held) = self
            .held
            .checked_add(chunk.bytes.len())
            .filter(|held| *held <= self.most)
        else {
            return;
        };
        if chunk.bytes.is_empty() {
            return;
        }
        if self.waiting.is_empty() {
            self.start_us = self.start_us.max(now.0.saturating_mul(1000));
        }
        self.held = held;
        self.waiting.push_back(chunk);
    }

    /// Puts bytes before everything that has not begun to leave.
    pub(super) fn push_between(&mut self, now: Moment, chunk: Chunk) {
        if self.waiting.is_empty() {
            self.push(now, chunk);
        } else if self.held + chunk.bytes.len() <= self.most {
            self.held += chunk.bytes.len();
            self.waiting.insert(1, chunk);
        }
    }

    /// Loses everything that was not taken.
    pub(super) fn clear(&mut self) {
        self.waiting.clear();
        self.taken = 0;
        self.held = 0;
    }

    /// Bytes that wait.
    pub(super) fn held(&self) -> usize {
        self.held
    }

    /// When everything that waits now will have been carried.
    pub(super) fn free_at(&self) -> Moment {
        let waiting = self.waiting.iter().fold(0_u64, |sum, chunk| {
            sum + chunk.gap_ms.saturating_mul(1000) + self.span_us(chunk.bytes.len())
        });
        Moment((self.start_us + waiting).div_ceil(1000))
    }

    /// When the first waiting chunk will have been carried.
    pub(super) fn next_deadline(&self) -> Option<Moment> {
        let chunk = self.waiting.front()?;
        let end_us =
            self.start_us + chunk.gap_ms.saturating_mul(1000) + self.span_us(chunk.bytes.len());
        Some(Moment(end_us.div_ceil(1000)))
    }

    /// What the line has carried by now, at most `most` bytes.
    pub(super) fn take(&mut self, now: Moment, most: usize) -> Option<Vec<u8>> {
        let now_us = now.0.saturating_mul(1000);
        let mut carried = Vec::new();
        while let Some(chunk) = self.waiting.front() {
            let begin_us = self.start_us + chunk.gap_ms.saturating_mul(1000);
            let end_us = begin_us + self.span_us(chunk.bytes.len());
            let by_now = if end_us <= now_us {
                chunk.bytes.len()
            } else if chunk.at_once {
                0
            } else {
                let fit = now_us
                    .saturating_sub(begin_us)
                    .saturating_mul(self.bytes_per_s)
                    / 1_000_000;
                usize::try_from(fit)
                    .unwrap_or(usize::MAX)
                    .min(chunk.bytes.len())
            };
            let until = by_now.min(self.taken.saturating_add(most - carried.len()));
            if let Some(bytes) = chunk.bytes.get(self.taken..until) {
                carried.extend_from_slice(bytes);
                self.taken = until;
            }
            if self.taken < chunk.bytes.len() {
                break;
            }
            self.held -= chunk.bytes.len();
            self.start_us = end_us;
            self.taken = 0;
            self.waiting.pop_front();
            if carried.len() >= most {
                break;
            }
        }
        (!carried.is_empty()).then_some(carried)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_the_line_could_carry_is_there() {
        let mut line = Pacing::new(1000, 4096);
        line.push(Moment(100), Chunk::new("0123456789"));
        assert_eq!(line.take(Moment(100), 4096), None);
        assert_eq!(line.take(Moment(104), 4096).as_deref(), Some(&b"0123"[..]));
        assert_eq!(line.next_deadline(), Some(Moment(110)));
        assert_eq!(
            line.take(Moment(200), 4096).as_deref(),
            Some(&b"456789"[..])
        );
        assert!(line.held() == 0 && line.next_deadline().is_none());
    }

    #[test]
    fn a_glued_chunk_arrives_whole_and_a_gap_is_kept() {
        let mut line = Pacing::new(1000, 4096);
        line.push(
            Moment(0),
            Chunk {
                bytes: b"abcd".to_vec(),
                gap_ms: 20,
                at_once: true,
            },
        );
        assert_eq!(line.take(Moment(23), 4096), None);
        assert_eq!(line.take(Moment(24), 4096).as_deref(), Some(&b"abcd"[..]));
    }

    #[test]
    fn a_report_can_stand_between_lines_that_wait() {
        let mut line = Pacing::new(1000, 4096);
        line.push(Moment(0), Chunk::new("aa"));
        line.push(Moment(0), Chunk::new("cc"));
        line.push_between(Moment(1), Chunk::new("bb"));
        assert_eq!(line.free_at(), Moment(6));
        assert_eq!(line.take(Moment(6), 4096).as_deref(), Some(&b"aabbcc"[..]));
    }

    #[test]
    fn more_than_the_buffer_holds_is_lost() {
        let mut line = Pacing::new(1000, 4);
        line.push(Moment(0), Chunk::new("abc"));
        line.push(Moment(0), Chunk::new("de"));
        assert_eq!(line.take(Moment(100), 4096).as_deref(), Some(&b"abc"[..]));
    }
}
