//! One question under way: pause, wake, drain, send, wait, ask again, until there is an answer or the tries are used up.
//!
//! What a single frame means for the question is decided in `meaning`; what to ask next is left to the operations.

mod signs;
mod silence;

use super::DialogueEvent;
use super::answer::Answer;
use super::meaning::Meaning;
use super::passwords::Passwords;
use super::question::{Expect, Question};
use super::replies::Replies;
use super::talk::Talk;
use crate::fault::Fault;
use crate::moment::Moment;
use crate::profile::{Captures, Framing, SignMeaning, encode};
use crate::secret::Secret;
use crate::transcript::EntryKind;
use silence::{MOST_REMINDERS, REMINDER_MS};

/// More bytes than any answer has.
const MOST_BYTES: usize = 4 * 1024 * 1024;
/// Time between two factory passwords: an answer still tells by its serial number which one was right.
const PASSWORD_STAGGER_MS: u64 = 50;
/// Factory passwords that are tried at first while it is not known who is there: other families wait meanwhile.
const MOST_PASSWORDS: usize = 18;
/// A line that never falls quiet is drained this long.
const LONGEST_DRAIN_MS: u64 = 500;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Phase {
    /// Not to be sent before.
    Pause { until: Moment },
    /// Waiting for quiet.
    Drain { since: Moment },
    /// Waiting for replies.
    Await { until: Moment },
}

/// A request that left.
#[derive(Debug)]
pub(super) struct Sent {
    pub(super) serial: String,
    pub(super) text: Secret,
    pub(super) shown: String,
    pub(super) password: Option<usize>,
}

/// One question under way.
#[derive(Debug)]
pub(super) struct Asking {
    pub(super) question: Question,
    phase: Phase,
    tries_left: u32,
    /// How often the question may still be repeated within this try.
    reminders_left: u32,
    is_reminder: bool,
    pub(super) sent: Vec<Sent>,
    pub(super) replies: Replies,
    pub(super) passwords: Passwords,
    bytes: usize,
    overlong: bool,
    /// Tries in which a sign was seen.
    signs: Vec<(SignMeaning, u32)>,
    sign_seen: Option<SignMeaning>,
    starting_since: Option<Moment>,
    /// Another number than our unit's, seen in a frame that may be damaged.
    other: Option<String>,
}

impl Asking {
    /// Begins to ask. A question that awaits nothing is answered at once.
    pub(super) fn begin(
        question: Question,
        talk: &mut Talk,
        now: Moment,
    ) -> (Self, Option<Answer>) {
        let tries_left = if question.passwords.len() > 1 {
            question.tries.min(2)
        } else {
            question.tries
        };
        let mut asking = Self {
            replies: Replies::new(&question.expect),
            passwords: Passwords::new(
                question.passwords.clone(),
                talk.looking.map_or(usize::MAX, |_| MOST_PASSWORDS),
            ),
            phase: Phase::Pause { until: now },
            question,
            tries_left,
            reminders_left: 0,
            is_reminder: false,
            sent: Vec::new(),
            bytes: 0,
            overlong: false,
            signs: Vec::new(),
            sign_seen: None,
            starting_since: None,
            other: None,
        };
        talk.line.drain_due |= talk.profile.line.drain;
        let pause = talk
            .line
            .last_sent
            .map_or(now, |sent| sent.plus_ms(talk.profile.line.pause_ms));
        asking.phase = Phase::Pause {
            until: pause.max(talk.line.not_before),
        };
        let answer = asking.go_on(talk, now);
        (asking, answer)
    }

    /// When something is due without any byte.
    pub(super) fn deadline(&self, talk: &Talk) -> Moment {
        match self.phase {
            Phase::Pause { until } | Phase::Await { until } => until,
            Phase::Drain { since } => {
                let quiet = talk.profile.line.quiet_ms;
                let quiet_at = since.max(talk.line.last_heard).plus_ms(quiet);
                quiet_at.min(since.plus_ms(LONGEST_DRAIN_MS.max(quiet)))
            }
        }
    }

    /// Whether it has asked all that it can ask in one go: no factory password is left.
    pub(super) fn has_asked(&self) -> bool {
        !self.sent.is_empty() && !self.passwords.has_more()
    }

    /// Waits longer for what was asked last, because there is reason to believe that it is understood.
    pub(super) fn wait_longer(&mut self, longest_ms: u64, talk: &Talk) {
        if let (Phase::Await { until }, Some(sent)) = (&mut self.phase, talk.line.last_sent) {
            *until = sent
                .plus_ms(self.question.timeout_ms.min(longest_ms))
                .max(*until);
        }
    }

    /// Whether replies are taken now. Late answers to former passwords, and to a question only repeated, count in any phase.
    pub(super) fn is_listening(&self) -> bool {
        let trying = self.passwords.are_tried() || self.is_reminder;
        matches!(self.phase, Phase::Await { .. }) || (trying && !self.sent.is_empty())
    }

    /// Does what is due at `now`.
    pub(super) fn timeout(&mut self, talk: &mut Talk, now: Moment) -> Option<Answer> {
        if let Phase::Await { until } = self.phase
            && now >= until
            && let Some(answer) = self.expire(talk, now)
        {
            return Some(answer);
        }
        self.go_on(talk, now)
    }

    /// Counts a byte; too many end the question.
    pub(super) fn count(&mut self, bytes: usize) -> Option<Answer> {
        self.bytes += bytes;
        (self.bytes > MOST_BYTES).then(|| {
            Answer::Fault(Fault::TooMuch {
                detail: format!(
                    "more than {} MiB came in answer to one question",
                    MOST_BYTES >> 20
                ),
            })
        })
    }

    /// A frame was too long to be kept.
    pub(super) fn overlong(&mut self) {
        self.overlong = true;
    }

    /// Acts on what a frame means.
    pub(super) fn apply(
        &mut self,
        meaning: Meaning,
        talk: &mut Talk,
        now: Moment,
    ) -> Option<Answer> {
        match meaning {
            Meaning::Nothing | Meaning::Echo | Meaning::Late => None,
            Meaning::Sign(sign) => self.sign(sign, true, talk, now),
            Meaning::Refusal => None,
            Meaning::Other(found) => Some(Answer::Fault(Fault::OtherUnit {
                expected: talk.known.reference_text(),
                found,
            })),
            Meaning::Damaged(text) => self.foreign(text, talk),
            // While it is not known who is there, a bare OK says nothing: it may answer another family's question.
            Meaning::Reply { index, captures }
                if talk.looking.is_some()
                    && captures.is_empty()
                    && index != self.replies.awaited() =>
            {
                None
            }
            Meaning::Reply { index, captures } => {
                talk.met(now);
                talk.understood();
                if self.question.request.has("label") {
                    talk.known.answered();
                }
                self.measure(index, talk, now);
                self.is_reminder = false;
                talk.line.leaves_out_ends &= !captures.is_empty();
                self.settle(&captures);
                if !self
                    .replies
                    .take_reply(index, captures, !talk.line.may_be_late)
                {
                    return None;
                }
                if self.replies.is_complete() {
                    return Some(self.replied(talk, now));
                }
                let wait = self
                    .replies
                    .next_wait_ms()
                    .unwrap_or(self.question.timeout_ms);
                self.phase = Phase::Await {
                    until: now.plus_ms(wait),
                };
                None
            }
            Meaning::Row { index, name, value } => {
                talk.understood();
                let known = talk
                    .known_tables
                    .get(&self.question.name)
                    .filter(|_| !self.question.is_short);
                let quiet_ms = self.replies.take_row(index, name, value, known)?;
                if self.replies.is_complete() {
                    return Some(self.replied(talk, now));
                }
                self.phase = Phase::Await {
                    until: now.plus_ms(quiet_ms),
                };
                None
            }
            Meaning::ListStart => {
                talk.understood();
                self.replies.list_started();
                self.list_goes_on(now);
                None
            }
            Meaning::ListLine { parameter, value } => {
                self.replies.take_line(parameter, value);
                self.list_goes_on(now);
                None
            }
            Meaning::ListEnd { count } => self.list_ended(count, talk, now),
        }
    }

    /// The unit said no.
    pub(super) fn refused(&mut self, reply: &str, talk: &mut Talk, now: Moment) -> Answer {
        talk.understood();
        self.finish(talk, now);
        let said = talk.line.redactor.text(reply);
        Answer::Refused(match talk.profile.meaning.get(reply.trim()) {
            Some(words) => format!("{said} ({words})"),
            None => said,
        })
    }

    /// A frame names a unit that it should not. Damage does not hit twice alike: the same number again is another unit.
    fn foreign(&mut self, number: String, talk: &Talk) -> Option<Answer> {
        let settled = talk.known.reference().is_some() || talk.known.label.is_some();
        if settled && self.other.as_ref() == Some(&number) {
            return Some(Answer::Fault(Fault::OtherUnit {
                expected: talk.known.reference_text(),
                found: number,
            }));
        }
        self.other = Some(number);
        None
    }

    /// Does everything that is due now and needs no answer.
    fn go_on(&mut self, talk: &mut Talk, now: Moment) -> Option<Answer> {
        if let Phase::Pause { until } = self.phase {
            if now < until {
                return None;
            }
            if std::mem::take(&mut talk.line.wake_due) && !talk.profile.line.wake.is_empty() {
                let wake = talk.profile.line.wake.clone();
                talk.line
                    .transcript
                    .add(now, EntryKind::Sent, wake.escape_default().to_string());
                talk.line.outgoing.push_back(wake.into_bytes());
            }
            if !std::mem::take(&mut talk.line.drain_due) {
                return self.send(talk, now);
            }
            self.phase = Phase::Drain { since: now };
        }
        if matches!(self.phase, Phase::Drain { .. }) && now >= self.deadline(talk) {
            return self.send(talk, now);
        }
        None
    }

    fn send(&mut self, talk: &mut Talk, now: Moment) -> Option<Answer> {
        let password = self.passwords.next(&talk.hints);
        let counted = match &talk.profile.line.framing {
            Framing::Counted { request_start, .. } => Some(request_start.clone()),
            Framing::Line {} | Framing::Terminator { .. } => None,
        };
        let serial = if counted.is_some() {
            talk.line.next_letter()
        } else {
            talk.line.next_serial()
        };
        let secret = password.and_then(|index| self.passwords.get(index));
        talk.known.called(self.sent.len());
        let (text, shown) = match self.question.format(&talk.known, &serial, secret) {
            Ok(texts) => texts,
            Err(fault) => return Some(Answer::Fault(fault)),
        };
        if self.question.one_shot && !talk.one_shots.insert(self.question.name.clone()) {
            let exchange = self.question.name.clone();
            return Some(Answer::Fault(Fault::OneShotUnknown { exchange }));
        }
        let mut bytes = match counted {
            Some(start) => encode(&start, text.reveal()),
            None => text.reveal().as_bytes().to_vec(),
        };
        if !bytes.is_empty() {
            bytes.extend_from_slice(talk.profile.line.request_end.as_bytes());
        }
        let wire_ms = wire_time_ms(bytes.len(), talk.profile.line.baud);
        let shown = talk.line.redactor.text(&shown);
        if !bytes.is_empty() {
            talk.line
                .transcript
                .add(now, EntryKind::Sent, shown.clone());
            talk.line.outgoing.push_back(bytes);
        }
        talk.line.last_sent = Some(now);
        talk.line.remember(&text);
        self.sent.push(Sent {
            serial,
            text,
            shown,
            password,
        });
        let is_reminder = std::mem::take(&mut self.is_reminder);
        if !self.passwords.has_more() && !is_reminder {
            self.tries_left = self.tries_left.saturating_sub(1);
            if let Some(looking) = &mut talk.looking {
                looking.questions_left = looking.questions_left.saturating_sub(1);
            }
        }
        if let Some(looking) = &mut talk.looking
            && std::mem::take(&mut looking.residue)
            && !self.question.one_shot
        {
            // What was just sent may have been joined to another family's question: it is sent again.
            if self.passwords.retry(password) {
                looking.questions_left = looking.questions_left.max(1);
            } else {
                self.tries_left += 1;
                looking.questions_left += 1;
            }
        }
        self.sign_seen = None;
        if self.replies.is_complete() {
            return Some(self.replied(talk, now));
        }
        let mut wait = self
            .replies
            .next_wait_ms()
            .unwrap_or(self.question.timeout_ms);
        if let Some(looking) = talk.looking {
            wait = wait.min(looking.longest_wait_ms);
        }
        wait = self.at_its_pace(wait, talk);
        if self.passwords.has_more() {
            wait = PASSWORD_STAGGER_MS;
        }
        if talk.line.restarting && talk.line.silent && self.may_be_repeated(talk) {
            if !is_reminder {
                self.reminders_left = MOST_REMINDERS;
            }
            // After the very last one the answer has its whole time.
            if self.reminders_left > 0 || self.tries_left > 0 {
                wait = wait.min(REMINDER_MS);
            }
        }
        self.replies.sent(now);
        self.phase = Phase::Await {
            until: now.plus_ms(wire_ms).plus_ms(wait),
        };
        None
    }

    /// A reply tells by its serial number which password worked. One without a number may answer any of them.
    fn settle(&mut self, captures: &Captures) {
        if !self.passwords.are_tried() {
            return;
        }
        let mut sent = self.sent.iter().rev();
        let answered = if self.question.request.has("serial") {
            let serial = captures.get("serial");
            sent.find(|sent| serial == Some(&sent.serial))
        } else {
            sent.next()
        };
        let right = answered.and_then(|sent| sent.password);
        self.passwords.settle(right);
    }

    fn is_last_try(&self, talk: &Talk) -> bool {
        self.tries_left == 0 || (self.question.once_while_looking && talk.looking.is_some())
    }

    /// The time for replies is over.
    fn expire(&mut self, talk: &mut Talk, now: Moment) -> Option<Answer> {
        if self.passwords.has_more() {
            // Not this password: the next one is due now.
            self.phase = Phase::Pause { until: now };
            return None;
        }
        if self.reminders_left > 0 && self.replies.missing().is_none() {
            self.reminders_left -= 1;
            self.is_reminder = true;
            self.again(0, talk, now);
            return None;
        }
        self.reminders_left = 0;
        if let Some(table) = self.replies.table_ended(self.is_last_try(talk)) {
            if table.same_twice && !self.question.is_short {
                talk.known_tables
                    .insert(self.question.name.clone(), table.indices);
            }
            if self.replies.is_complete() {
                return Some(self.replied(talk, now));
            }
            let wait = self
                .replies
                .next_wait_ms()
                .unwrap_or(self.question.timeout_ms);
            self.phase = Phase::Await {
                until: now.plus_ms(wait),
            };
            return None;
        }
        if let Some(answer) = self.without_its_end(talk, now) {
            return Some(answer);
        }
        talk.line.may_be_late = true;
        talk.line.wake_due = true;
        talk.line.drain_due = true;
        let sent = talk.line.last_sent;
        talk.line.silent =
            self.is_who(talk) && sent.is_some_and(|sent| talk.line.last_heard <= sent);
        let enough = self.question.is_optional && self.replies.missing().is_some();
        if self.is_last_try(talk) || enough {
            talk.line
                .note(now, &format!("{}: no answer", self.question.name));
            return Some(self.unanswered(talk));
        }
        talk.line.note(
            now,
            &format!("{}: no answer yet, asked again", self.question.name),
        );
        talk.events.push_back(DialogueEvent::NoAnswerYet);
        self.passwords.begin_again();
        self.again(self.question.retry_pause_ms, talk, now);
        None
    }

    fn again(&mut self, pause_ms: u64, talk: &mut Talk, now: Moment) {
        talk.line.may_be_late = true;
        talk.line.wake_due = true;
        talk.line.drain_due = true;
        self.replies.restart();
        self.phase = Phase::Pause {
            until: now.plus_ms(pause_ms),
        };
    }

    fn list_goes_on(&mut self, now: Moment) {
        if let Some(until) = self.replies.list_deadline(now) {
            self.phase = Phase::Await { until };
        }
    }

    fn list_ended(&mut self, count: Option<u64>, talk: &mut Talk, now: Moment) -> Option<Answer> {
        let Expect::Dump(dump) = &self.question.expect else {
            return None;
        };
        // A line of its log may stand in the list of a unit that still starts.
        let not_ready = count.is_some()
            && count == dump.not_ready_count
            && (count == Some(0) || self.replies.lines() == 0);
        if not_ready {
            talk.understood();
            if self.tries_left == 0 {
                return Some(Answer::NotReady);
            }
            let pause = dump.not_ready_pause_ms;
            talk.line
                .note(now, "the unit is not ready to list its parameters");
            self.again(pause, talk, now);
            return None;
        }
        match self.replies.list_ended(count)? {
            Ok(list) => {
                self.finish(talk, now);
                Some(Answer::Listed(list))
            }
            Err(problem) => {
                talk.line.note(now, &problem);
                self.expire(talk, now)
            }
        }
    }

    pub(super) fn replied(&mut self, talk: &mut Talk, now: Moment) -> Answer {
        self.finish(talk, now);
        Answer::Replied {
            captures: self.replies.take_captures(),
            password: self
                .passwords
                .right()
                .and_then(|index| self.passwords.get(index).cloned()),
        }
    }

    fn finish(&self, talk: &mut Talk, now: Moment) {
        let pause = now.plus_ms(self.question.pause_after_ms);
        talk.line.not_before = talk.line.not_before.max(pause);
    }
}

/// How long the bytes need on the wire: ten bits each.
fn wire_time_ms(bytes: usize, baud: u32) -> u64 {
    let bits = u64::try_from(bytes)
        .unwrap_or(u64::MAX)
        .saturating_mul(10_000);
    bits.checked_div(u64::from(baud)).unwrap_or(0)
}
