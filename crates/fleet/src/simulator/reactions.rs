//! From a request that was heard to frames on the agenda: strangers' answers, echo, lost and late acknowledgements, the pulled cable.

use super::faults::SimulatorFault as Fault;
use super::pacing::Chunk;
use super::replies::{Said, Words};
use super::requests::Request;
use super::speech::Delivery;
use super::unit::{Action, BUFFER_BYTES, SimulatedUnit};
use crate::Moment;
use crate::profile::{Captures, SignMeaning};
use std::sync::Arc;

/// How long a pulled cable stays out, milliseconds.
const CABLE_OUT_MS: u64 = 1500;
/// From the last byte of the answer to a restart request until the unit is gone, milliseconds.
const RESTART_AFTER_MS: u64 = 20;

impl SimulatedUnit {
    pub(super) fn request(&mut self, text: &str, now: Moment, heard_at: Moment) {
        let unheard = self.speech.has(Fault::Silent) || self.speech.has(Fault::WrongBaud);
        if unheard || self.endless || self.bytes_owed() > BUFFER_BYTES {
            return;
        }
        if self.speech.has(Fault::ModemPort) || self.speech.has(Fault::BinaryMode) {
            let bytes = if self.speech.has(Fault::ModemPort) {
                self.modem_word()
            } else {
                self.binary_word()
            };
            let at = heard_at.plus_ms(self.random.between(self.profile.simulator.reply_ms));
            self.plan(
                at,
                Action::Say {
                    chunks: vec![Chunk::new(bytes)],
                    asked_at: now,
                },
            );
            return;
        }
        if self.speech.has(Fault::Echo) {
            let echo = self.speech.framed(text);
            self.line.push(heard_at, Chunk::new(echo));
        }
        if heard_at < self.starting_until {
            if let Some(text) = self.starting_word(now) {
                let after_ms = self.random.between(self.profile.simulator.reply_ms);
                self.say(
                    &[Said {
                        text,
                        after_ms,
                        limit_ms: None,
                    }],
                    now,
                    heard_at,
                );
            }
            return;
        }
        if let Some(request) = self.book.understand(text) {
            self.understood(&request, text, now, heard_at);
        }
    }

    fn understood(&mut self, request: &Request, text: &str, now: Moment, heard_at: Moment) {
        if request.meaning.writes() && self.speech.happens_once(Fault::CablePulledOnce) {
            let carried = 1 + self.random.below(text.len().saturating_sub(1));
            self.hearing
                .keep(text.as_bytes().get(..carried).unwrap_or_default());
            self.unplug(now);
            self.plan(now.plus_ms(CABLE_OUT_MS), Action::PlugIn);
            return;
        }
        if request.meaning.writes() && self.speech.happens_once(Fault::RestartsOnce) {
            self.plan(now.plus_ms(1), Action::PowerOff);
            return;
        }
        let mut answer = self.answer(request, heard_at);
        if request.meaning.writes()
            && !answer.said.is_empty()
            && self.speech.happens_once(Fault::NakAppliedOnce)
        {
            let profile = Arc::clone(&self.profile);
            answer.said = self.refusal(&profile, request, heard_at);
        }
        if request.meaning.writes() && !answer.said.is_empty() {
            if self.speech.happens_once(Fault::AckLostApplied) {
                answer.said.clear();
            } else if self.speech.happens_once(Fault::LateAckOnce)
                && let Some(first) = answer.said.first_mut()
            {
                first.after_ms = first.limit_ms.unwrap_or(0) + 150;
                for delivery in
                    self.speech
                        .deliver(&answer.said, heard_at, heard_at, None, &mut self.random)
                {
                    self.plan_delivery(delivery, now);
                }
                return;
            }
        }
        self.say(&answer.said, now, heard_at);
        if answer.restart {
            let bytes = answer.said.iter().map(|said| said.text.len() + 2).sum();
            let at = self
                .last_reply_at
                .max(heard_at)
                .plus_ms(self.line.span_ms(bytes) + RESTART_AFTER_MS);
            self.plan(at, Action::PowerOff);
        }
    }

    fn say(&mut self, said: &[Said], asked_at: Moment, heard_at: Moment) {
        let report = self.report(heard_at).map(|text| self.speech.framed(&text));
        // Answers keep their order; a slow unit keeps to its time limits first.
        let earliest = if self.speech.has(Fault::Slow) {
            heard_at
        } else {
            self.last_reply_at
        };
        let deliveries = self.speech.deliver(
            said,
            heard_at,
            earliest,
            report.as_deref(),
            &mut self.random,
        );
        for delivery in deliveries {
            self.last_reply_at = self.last_reply_at.max(delivery.at);
            self.plan_delivery(delivery, asked_at);
        }
    }

    fn plan_delivery(&mut self, delivery: Delivery, asked_at: Moment) {
        self.plan(
            delivery.at,
            Action::Say {
                chunks: delivery.chunks,
                asked_at,
            },
        );
    }

    /// What a unit that is still starting says, if its family says something.
    pub(super) fn starting_word(&mut self, now: Moment) -> Option<String> {
        let profile = Arc::clone(&self.profile);
        let sign = profile
            .unsolicited
            .sign
            .iter()
            .find(|sign| sign.means == SignMeaning::Starting)?;
        self.voice
            .say(sign.pattern.as_ref()?, &Captures::new(), &Words::new(), now)
    }

    fn modem_word(&self) -> Vec<u8> {
        let sign = self
            .profile
            .unsolicited
            .sign
            .iter()
            .find(|sign| sign.means == SignMeaning::ModemPort);
        let word = sign.and_then(|sign| match &sign.pattern {
            Some(pattern) => pattern.format(|_| Some("".into())).ok(),
            None => sign.bytes.clone(),
        });
        format!("\r\n{}\r\n", word.unwrap_or_else(|| "ERROR".to_owned())).into_bytes()
    }

    fn binary_word(&mut self) -> Vec<u8> {
        let sign = self
            .profile
            .unsolicited
            .sign
            .iter()
            .find(|sign| sign.means == SignMeaning::BinaryMode);
        let mut bytes = sign
            .and_then(|sign| sign.bytes.clone())
            .unwrap_or_default()
            .into_bytes();
        bytes.extend_from_slice(&[0x07, 0x00, 0xff, 0x1a, 0x80]);
        bytes.extend_from_slice(&self.random.next().to_be_bytes());
        bytes.extend_from_slice(b"\r\n");
        bytes
    }
}
