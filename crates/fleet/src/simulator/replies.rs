//! What a simulated unit says: the profile's reply patterns, filled with its facts, what the request carried, a clock and a counter.

use super::identity::SimulatedIdentity;
use super::random::Random;
use crate::Moment;
use crate::profile::{Captures, Exchange, Pattern, Reply, Simulator};
use std::collections::BTreeMap;

/// Where a simulated unit's clock stands at moment zero: 22 Nov 2026, 17:35.
const CLOCK_START_S: i64 = 1_795_368_900;

/// One frame of an answer, before the line carries it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Said {
    pub text: String,
    /// Pause after the frame before it, or after the request, milliseconds.
    pub after_ms: u64,
    /// Time limit of whoever waits for it, milliseconds; `None` where nothing depends on it.
    pub limit_ms: Option<u64>,
}

/// What fills a pattern besides the unit's facts.
pub(super) type Words = BTreeMap<&'static str, String>;

/// Facts, clock and counter.
#[derive(Debug, Clone)]
pub(super) struct Voice {
    pub facts: BTreeMap<String, String>,
    count: u16,
}

impl Voice {
    pub(super) fn new(
        facts: &BTreeMap<String, String>,
        identity: &SimulatedIdentity,
        random: &mut Random,
    ) -> Self {
        let mut voice = Self {
            facts: facts.clone(),
            count: u16::try_from(random.between((0, 0x7fff))).unwrap_or(0),
        };
        voice.take_identity(identity);
        voice
    }

    /// From now on another unit speaks.
    pub(super) fn take_identity(&mut self, identity: &SimulatedIdentity) {
        let numbers = [
            ("imei", &identity.imei),
            ("meid", &identity.meid),
            ("iccid", &identity.iccid),
            ("device_id", &identity.device_id),
        ];
        for (name, number) in numbers {
            match number {
                Some(number) => self.facts.insert(name.to_owned(), number.clone()),
                None => self.facts.remove(name),
            };
        }
        self.facts.insert("id".to_owned(), identity.id().to_owned());
    }

    /// Whether a request that names an identity means this unit.
    pub(super) fn is_meant(&self, captures: &Captures) -> bool {
        let names = [
            ("id", "id"),
            ("imei", "imei"),
            ("label", "imei"),
            ("meid", "meid"),
            ("iccid", "iccid"),
            ("device_id", "device_id"),
        ];
        names.iter().all(|(name, fact)| {
            let Some(said) = captures.get(*name) else {
                return true;
            };
            // One that never tells its IMEI is called by its maker's number, or by none.
            let hidden = *name == "label" && !self.facts.contains_key("imei");
            let fact = if hidden { "device_id" } else { fact };
            self.facts.get(fact) == Some(said) || (hidden && said.is_empty())
        })
    }

    fn word(&self, name: &str, captures: &Captures, words: &Words, now: Moment) -> Option<String> {
        match name {
            _ if words.contains_key(name) => words.get(name).cloned(),
            "time" => Some(clock(now)),
            "count" => Some(format!("{:04X}", self.count)),
            _ => self.facts.get(name).or_else(|| captures.get(name)).cloned(),
        }
    }

    /// The pattern filled, or nothing when the unit lacks a word of it.
    pub(super) fn say(
        &mut self,
        pattern: &Pattern,
        captures: &Captures,
        words: &Words,
        now: Moment,
    ) -> Option<String> {
        let text = pattern
            .format(|name| self.word(name, captures, words, now).map(Into::into))
            .ok()?;
        self.count = self.count.wrapping_add(u16::from(pattern.has("count")));
        Some(text)
    }

    /// The pattern filled, with nothing in place of what the unit lacks.
    pub(super) fn say_anyway(
        &mut self,
        pattern: &Pattern,
        captures: &Captures,
        words: &Words,
        now: Moment,
    ) -> String {
        let text = pattern
            .format(|name| {
                Some(
                    self.word(name, captures, words, now)
                        .unwrap_or_default()
                        .into(),
                )
            })
            .unwrap_or_default();
        self.count = self.count.wrapping_add(u16::from(pattern.has("count")));
        text
    }

    /// The replies of an exchange. An exchange that may stay unanswered ends at the first reply for which the unit lacks a word.
    pub(super) fn answer(
        &mut self,
        asked: &Asked<'_>,
        words: &Words,
        now: Moment,
        random: &mut Random,
    ) -> Vec<Said> {
        let mut answer = Vec::new();
        for (index, reply) in asked.exchange.replies.iter().enumerate() {
            let (after_ms, limit_ms) = match (index, reply) {
                (0, _) => (
                    random.between(asked.simulator.reply_ms),
                    Some(asked.exchange.timeout_ms),
                ),
                (
                    _,
                    Reply::Frame {
                        within_ms: Some(within_ms),
                        ..
                    },
                ) => (
                    random.between(asked.simulator.second_reply_ms),
                    Some(*within_ms),
                ),
                _ => (
                    random.between(asked.simulator.second_reply_ms),
                    Some(asked.exchange.timeout_ms),
                ),
            };
            match reply {
                Reply::Frame { any, .. } => {
                    let text = any
                        .iter()
                        .find_map(|pattern| self.say(pattern, asked.captures, words, now));
                    let text = match (text, any.first()) {
                        (Some(text), _) => text,
                        (None, Some(pattern)) if !asked.optional => {
                            self.say_anyway(pattern, asked.captures, words, now)
                        }
                        _ => return answer,
                    };
                    answer.push(Said {
                        text,
                        after_ms,
                        limit_ms,
                    });
                }
                Reply::Table {
                    line,
                    into,
                    complete,
                    quiet_ms,
                } => {
                    let mut rows: Vec<(&String, &String)> = into.iter().collect();
                    rows.sort_by_key(|(index, _)| {
                        (index.parse::<u64>().unwrap_or(u64::MAX), (*index).clone())
                    });
                    for (row, (index, word)) in rows.into_iter().enumerate() {
                        let value = match self.facts.get(word) {
                            Some(value) => value.clone(),
                            None if complete.contains(index) => String::new(),
                            None => continue,
                        };
                        let words = Words::from([("index", index.clone()), ("value", value)]);
                        let text = self.say_anyway(line, asked.captures, &words, now);
                        let (after_ms, limit_ms) = if row == 0 {
                            (after_ms, limit_ms)
                        } else {
                            (0, Some(*quiet_ms))
                        };
                        answer.push(Said {
                            text,
                            after_ms,
                            limit_ms,
                        });
                    }
                }
            }
        }
        answer
    }
}

/// A request as far as its replies are concerned.
pub(super) struct Asked<'a> {
    pub exchange: &'a Exchange,
    pub captures: &'a Captures,
    pub simulator: &'a Simulator,
    /// Whether the profile expects that some units do not answer.
    pub optional: bool,
}

fn clock(now: Moment) -> String {
    let seconds = CLOCK_START_S.saturating_add(i64::try_from(now.0 / 1000).unwrap_or(i64::MAX / 2));
    jiff::Timestamp::from_second(seconds)
        .map(|time| time.strftime("%Y%m%d%H%M%S").to_string())
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn voice() -> Voice {
        let identity = SimulatedIdentity {
            imei: Some("860599000773978".into()),
            meid: None,
            iccid: None,
            device_id: None,
        };
        Voice::new(
            &BTreeMap::from([("protocol".to_owned(), "1A0800".to_owned())]),
            &identity,
            &mut Random::new(1, 1),
        )
    }

    #[test]
    fn the_clock_reads_as_the_families_write_it() {
        assert_eq!(clock(Moment(0)), "20261122173500");
        assert_eq!(clock(Moment(61_999)), "20261122173601");
        assert_eq!(clock(Moment(u64::MAX)).len(), 0);
    }

    #[test]
    fn the_counter_counts_frames_that_show_it() {
        let mut voice = voice();
        let pattern = Pattern::new("+ACK:GTBSI,{protocol},{id},,{serial},{time},{count}$");
        let captures = Captures::from([("serial".to_owned(), "0002".to_owned())]);
        let first = pattern
            .parse(
                &voice
                    .say(&pattern, &captures, &Words::new(), Moment(0))
                    .unwrap(),
            )
            .unwrap();
        let second = pattern
            .parse(
                &voice
                    .say(&pattern, &captures, &Words::new(), Moment(0))
                    .unwrap(),
            )
            .unwrap();
        assert_eq!(
            (first["id"].as_str(), first["serial"].as_str()),
            ("860599000773978", "0002")
        );
        let count = |captures: &Captures| u32::from_str_radix(&captures["count"], 16).unwrap();
        assert_eq!(count(&second), count(&first) + 1);
    }

    #[test]
    fn a_word_that_the_unit_lacks_leaves_nothing_said() {
        let pattern = Pattern::new("ICCID: {iccid}");
        assert_eq!(
            voice().say(&pattern, &Captures::new(), &Words::new(), Moment(0)),
            None
        );
        assert_eq!(
            voice().say_anyway(&pattern, &Captures::new(), &Words::new(), Moment(0)),
            "ICCID: "
        );
    }

    #[test]
    fn another_units_number_is_not_meant() {
        assert!(voice().is_meant(&Captures::from([("serial".to_owned(), "1".to_owned())])));
        assert!(!voice().is_meant(&Captures::from([("imei".to_owned(), "1".to_owned())])));
    }
}
