//! From what a unit says to bytes with their times: line ends, noise, and the faults of the line.

use super::faults::SimulatorFault;
use super::pacing::Chunk;
use super::random::Random;
use super::replies::Said;
use crate::Moment;
use crate::profile::{Framing, encode};
use std::collections::BTreeSet;

/// How much earlier than its limit a slow unit answers, in hundredths of the limit.
const SLOW_PERCENT: u64 = 95;
/// How much later than its limit a too slow unit answers, milliseconds.
const TOO_LATE_MS: u64 = 300;
/// Bytes that are no text: not UTF-8, a terminal's clear screen, NUL.
const GARBAGE: &[u8] = b"\xff\xfe\xc3\x28\x1b[2J\x00\x07~\r\n";
/// Frames after which a line fault of one frame falls at the latest.
const LATEST_CORRUPTED: u64 = 24;

/// Bytes and when they begin to leave the unit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Delivery {
    pub at: Moment,
    pub chunks: Vec<Chunk>,
}

/// How a unit puts frames on its line.
#[derive(Debug, Clone)]
pub(super) struct Speech {
    end: Option<char>,
    counted: Option<String>,
    /// Faults that still have to happen.
    faults: BTreeSet<SimulatorFault>,
    frames_until_corrupted: u64,
}

impl Speech {
    pub(super) fn new(framing: &Framing, faults: &[SimulatorFault], random: &mut Random) -> Self {
        let end = match framing {
            Framing::Line {} | Framing::Counted { .. } => None,
            Framing::Terminator { end, .. } => Some(*end),
        };
        let counted = match framing {
            Framing::Counted { reply_start, .. } => Some(reply_start.clone()),
            Framing::Line {} | Framing::Terminator { .. } => None,
        };
        let frames_until_corrupted = random.between((0, LATEST_CORRUPTED));
        Self {
            end,
            counted,
            faults: faults.iter().copied().collect(),
            frames_until_corrupted,
        }
    }

    /// Whether the unit has the fault.
    pub(super) fn has(&self, fault: SimulatorFault) -> bool {
        self.faults.contains(&fault)
    }

    /// Whether the unit has the fault; it is gone afterwards.
    pub(super) fn happens_once(&mut self, fault: SimulatorFault) -> bool {
        self.faults.remove(&fault)
    }

    /// A frame with its end.
    pub(super) fn framed(&self, text: &str) -> Vec<u8> {
        let has_letter = text
            .split_once(',')
            .is_some_and(|(letter, _)| letter.len() == 1);
        if let Some(start) = self.counted.as_ref().filter(|_| has_letter) {
            return encode(start, text);
        }
        let mut bytes = text.as_bytes().to_vec();
        match self.end.map(u8::try_from) {
            Some(Ok(end)) if end.is_ascii_control() => bytes.push(end),
            Some(Ok(end)) if bytes.last() == Some(&end) => {}
            _ => bytes.extend_from_slice(b"\r\n"),
        }
        bytes
    }

    /// An answer as it leaves the unit, not before `earliest`. `report` is what the unit says unasked just now.
    pub(super) fn deliver(
        &mut self,
        said: &[Said],
        asked_at: Moment,
        earliest: Moment,
        report: Option<&[u8]>,
        random: &mut Random,
    ) -> Vec<Delivery> {
        let mut deliveries: Vec<Delivery> = Vec::new();
        let mut at = asked_at;
        for (index, frame) in said.iter().enumerate() {
            at = at.plus_ms(self.delay_ms(frame)).max(earliest);
            let mut chunks = self.disturbance(report, random);
            if index == 1 && frame.after_ms > 0 && random.between((0, 2)) == 0 {
                chunks.extend(report.map(Chunk::new));
            }
            let bytes = self.corrupted(self.framed(&frame.text), random);
            if index == 0 && self.has(SimulatorFault::DoubledAck) {
                chunks.push(Chunk::new(bytes.clone()));
            }
            let gap_ms = if said.len() > 100 && index % (said.len() / 4) == 7 {
                random.between((20, 120))
            } else {
                0
            };
            chunks.push(Chunk {
                gap_ms,
                ..Chunk::new(bytes)
            });
            match deliveries.last_mut() {
                Some(last) if last.at == at => last.chunks.append(&mut chunks),
                _ => deliveries.push(Delivery { at, chunks }),
            }
        }
        if self.has(SimulatorFault::GluedFrames) {
            self.glue(deliveries, report)
        } else {
            deliveries
        }
    }

    fn delay_ms(&self, frame: &Said) -> u64 {
        match frame.limit_ms {
            Some(limit_ms) if frame.after_ms > 0 && self.has(SimulatorFault::TooSlow) => {
                limit_ms + TOO_LATE_MS
            }
            Some(limit_ms) if frame.after_ms > 0 && self.has(SimulatorFault::Slow) => {
                (limit_ms * SLOW_PERCENT / 100).max(frame.after_ms)
            }
            _ => frame.after_ms,
        }
    }

    fn disturbance(&self, report: Option<&[u8]>, random: &mut Random) -> Vec<Chunk> {
        let mut chunks = Vec::new();
        if self.has(SimulatorFault::InsertedNoise) {
            let text = format!("noise {}\r\n", random.between((0, 999)));
            chunks.push(
                report
                    .filter(|_| random.between((0, 1)) == 0)
                    .map_or_else(|| Chunk::new(text), Chunk::new),
            );
        }
        if self.has(SimulatorFault::Garbage) {
            chunks.push(Chunk::new(GARBAGE));
        }
        chunks
    }

    /// What arrives of bytes that were sent at another speed.
    pub(super) fn at_line_speed(&self, bytes: Vec<u8>) -> Vec<u8> {
        if !self.has(SimulatorFault::WrongBaud) {
            return bytes;
        }
        let garbled = bytes.iter().map(|byte| byte.rotate_left(3) ^ 0xb6);
        garbled.collect()
    }

    /// One frame among the first is cut, loses a byte, has one too many or a wrong bit.
    fn corrupted(&mut self, mut bytes: Vec<u8>, random: &mut Random) -> Vec<u8> {
        if let Some(left) = self.frames_until_corrupted.checked_sub(1) {
            self.frames_until_corrupted = left;
            return bytes;
        }
        let text_length = bytes.len().saturating_sub(2).max(1);
        if self.happens_once(SimulatorFault::CutReplyOnce) {
            bytes.truncate(random.below(text_length));
        } else if self.happens_once(SimulatorFault::DroppedByteOnce) {
            bytes.remove(random.below(text_length).min(bytes.len().saturating_sub(1)));
        } else if self.happens_once(SimulatorFault::InsertedByteOnce) {
            let extra = b"0a;,#~ \x00\xff".get(random.below(9)).copied();
            bytes.insert(random.below(text_length), extra.unwrap_or(b'0'));
        } else if self.happens_once(SimulatorFault::FlippedBitOnce) {
            let bit = 1 << random.between((0, 6));
            if let Some(byte) = bytes.get_mut(random.below(text_length)) {
                *byte ^= bit;
            }
        }
        bytes
    }

    fn glue(&self, deliveries: Vec<Delivery>, report: Option<&[u8]>) -> Vec<Delivery> {
        let Some(at) = deliveries.last().map(|last| last.at) else {
            return deliveries;
        };
        let mut frames = deliveries.into_iter().flat_map(|delivery| delivery.chunks);
        let mut bytes = frames.next().map(|chunk| chunk.bytes).unwrap_or_default();
        bytes.extend_from_slice(report.unwrap_or_default());
        bytes.extend(frames.flat_map(|chunk| chunk.bytes));
        vec![Delivery {
            at,
            chunks: vec![Chunk {
                at_once: true,
                ..Chunk::new(bytes)
            }],
        }]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(text: &str, after_ms: u64) -> Said {
        Said {
            text: text.to_owned(),
            after_ms,
            limit_ms: Some(1000),
        }
    }

    fn delivered(faults: &[SimulatorFault], seed: u64) -> Vec<Delivery> {
        let mut random = Random::new(seed, 0);
        let mut speech = Speech::new(
            &Framing::Terminator {
                end: '$',
                also_end: None,
                also_end_means: None,
                starts: vec![],
            },
            faults,
            &mut random,
        );
        speech.deliver(
            &[said("+ACK:A$", 40), said("+RESP:B$", 100)],
            Moment(1000),
            Moment(0),
            Some(b"+RESP:GTFRI$"),
            &mut random,
        )
    }

    fn text(deliveries: &[Delivery]) -> String {
        let bytes: Vec<u8> = deliveries
            .iter()
            .flat_map(|each| each.chunks.iter().flat_map(|chunk| chunk.bytes.clone()))
            .collect();
        String::from_utf8_lossy(&bytes).into_owned()
    }

    #[test]
    fn replies_follow_each_other_and_keep_their_ends() {
        let deliveries = delivered(&[], 3);
        assert_eq!(
            deliveries.iter().map(|each| each.at).collect::<Vec<_>>(),
            [Moment(1040), Moment(1140)]
        );
        assert!(text(&deliveries).starts_with("+ACK:A$"));
        let seeds_with_report = (0..30)
            .filter(|seed| text(&delivered(&[], *seed)) == "+ACK:A$+RESP:GTFRI$+RESP:B$")
            .count();
        assert!((1..30).contains(&seeds_with_report));
    }

    #[test]
    fn slow_stays_below_and_too_slow_goes_above_the_limit() {
        assert_eq!(
            delivered(&[SimulatorFault::Slow], 1)
                .first()
                .map(|each| each.at),
            Some(Moment(1950))
        );
        assert_eq!(
            delivered(&[SimulatorFault::TooSlow], 1)
                .first()
                .map(|each| each.at),
            Some(Moment(2300))
        );
    }

    #[test]
    fn glued_frames_come_as_one() {
        let deliveries = delivered(&[SimulatorFault::GluedFrames], 1);
        assert_eq!(deliveries.len(), 1);
        assert!(text(&deliveries).contains("+ACK:A$+RESP:GTFRI$"));
    }

    #[test]
    fn a_fault_of_one_frame_happens_once() {
        for fault in [
            SimulatorFault::CutReplyOnce,
            SimulatorFault::DroppedByteOnce,
            SimulatorFault::InsertedByteOnce,
            SimulatorFault::FlippedBitOnce,
        ] {
            let mut random = Random::new(5, 5);
            let mut speech = Speech::new(&Framing::Line {}, &[fault], &mut random);
            let frames = vec![said("IMEI:352093081540152", 10); 60];
            let whole = speech.framed("IMEI:352093081540152");
            let deliveries = speech.deliver(&frames, Moment(0), Moment(0), None, &mut random);
            let wrong = deliveries
                .iter()
                .flat_map(|each| &each.chunks)
                .filter(|chunk| chunk.bytes != whole)
                .count();
            assert_eq!(wrong, 1, "{fault}");
        }
    }
}
