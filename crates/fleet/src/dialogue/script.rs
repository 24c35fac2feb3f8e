//! What every operation is made of: ask, look at the answer, ask the next thing or finish.
//!
//! A script never touches bytes or time; the dialogue runs its questions.

use super::answer::Answer;
use super::question::Question;
use super::talk::Talk;
use crate::fault::Fault;
use crate::job::OperationOutcome;
use crate::moment::Moment;
use crate::profile::Silence;
use crate::secret::Secret;
use std::fmt;

/// What a script wants next.
#[derive(Debug)]
pub(super) enum Step {
    /// Ask this.
    Ask(Box<Question>),
    /// It is finished.
    Done(OperationOutcome),
}

impl Step {
    pub(super) fn ask(question: Question) -> Self {
        Self::Ask(Box::new(question))
    }

    pub(super) fn fail(fault: Fault) -> Self {
        Self::Done(OperationOutcome::Failed(fault))
    }
}

/// A part of an operation. `answer` is what came of the question it asked last; `None` begins it.
pub(super) trait Script: fmt::Debug + Send {
    /// What comes next.
    fn next(&mut self, answer: Option<Answer>, talk: &mut Talk, now: Moment) -> Step;
}

/// What an answer that is none means, where nothing special is said.
pub(super) fn fault_of(answer: Answer, exchange: &str) -> Fault {
    let exchange = exchange.to_owned();
    match answer {
        Answer::Silent => Fault::NoAnswer { exchange },
        Answer::Refused(reply) => Fault::RefusedByUnit { exchange, reply },
        Answer::Incomplete { detail, .. } => Fault::ReplyIncomplete { exchange, detail },
        Answer::NotReady => Fault::ReplyIncomplete {
            exchange,
            detail: "the unit says that it is not ready".to_owned(),
        },
        Answer::Fault(fault) => fault,
        Answer::Replied { .. } | Answer::Listed(_) => Fault::Internal {
            detail: format!("the answer to '{exchange}' is of another kind"),
        },
    }
}

/// Runs exchanges by name, one after another.
#[derive(Debug)]
pub(super) struct Sequence {
    names: Vec<String>,
    next: usize,
    /// Whether their answers do not matter (a polite farewell).
    lenient: bool,
    /// What an unanswered exchange means instead of its own fault.
    unanswered: Option<Fault>,
    /// Whether it is told when the last one was not acknowledged.
    tells_sent: bool,
    acknowledged: bool,
}

impl Sequence {
    pub(super) fn new(names: Vec<String>) -> Self {
        Self {
            names,
            next: 0,
            lenient: false,
            unanswered: None,
            tells_sent: false,
            acknowledged: false,
        }
    }

    /// One whose answers do not matter.
    pub(super) fn lenient(mut self) -> Self {
        self.lenient = true;
        self
    }

    /// One whose missing or refusing answer means `fault`.
    pub(super) fn or_else(mut self, fault: Fault) -> Self {
        self.unanswered = Some(fault);
        self
    }

    /// One of which it matters whether it arrived.
    pub(super) fn telling_sent(mut self) -> Self {
        self.tells_sent = true;
        self
    }

    fn outcome(&self) -> OperationOutcome {
        if self.tells_sent && !self.acknowledged {
            OperationOutcome::Sent
        } else {
            OperationOutcome::Done
        }
    }

    fn judge(&self, answer: Answer, talk: &Talk) -> Option<Fault> {
        let name = self.names.get(self.next)?;
        let exchange = talk.profile.exchange.get(name)?;
        let unknown = matches!(answer, Answer::Silent | Answer::Incomplete { .. });
        match answer {
            Answer::Replied { .. } => None,
            Answer::Fault(fault) => Some(fault),
            _ if self.lenient => None,
            _ if unknown && exchange.silence == Silence::Ignored => None,
            _ if unknown && exchange.one_shot => Some(Fault::OneShotUnknown {
                exchange: name.clone(),
            }),
            answer => Some(
                self.unanswered
                    .clone()
                    .unwrap_or_else(|| fault_of(answer, name)),
            ),
        }
    }
}

impl Script for Sequence {
    fn next(&mut self, answer: Option<Answer>, talk: &mut Talk, _now: Moment) -> Step {
        if let Some(answer) = answer {
            let name = self.names.get(self.next);
            let exchange = name.and_then(|name| talk.profile.exchange.get(name));
            // What awaits nothing is 'replied' to by nobody.
            self.acknowledged = matches!(answer, Answer::Replied { .. })
                && exchange.is_some_and(|exchange| !exchange.replies.is_empty());
            if let Some(fault) = self.judge(answer, talk) {
                return Step::fail(fault);
            }
            self.next += 1;
        }
        let Some(name) = self.names.get(self.next) else {
            return Step::Done(self.outcome());
        };
        match Question::named(&talk.profile, name) {
            Ok(question) => Step::ask(question),
            Err(fault) => Step::fail(fault),
        }
    }
}

/// A family that only restarts when its power is cut.
#[derive(Debug)]
pub(super) struct PowerCycle;

impl Script for PowerCycle {
    fn next(&mut self, _answer: Option<Answer>, _talk: &mut Talk, _now: Moment) -> Step {
        Step::fail(Fault::PowerCycleNeeded)
    }
}

/// Takes a service code from the carrier, unless a person gave one for this unit.
#[derive(Debug)]
pub(super) struct LearnCode(pub(super) Secret);

impl Script for LearnCode {
    fn next(&mut self, _answer: Option<Answer>, talk: &mut Talk, _now: Moment) -> Step {
        talk.line.redactor.learn(&self.0);
        talk.known.settle_keyword();
        if talk.known.keyword.is_none() {
            talk.known.keyword = Some(self.0.clone());
        }
        Step::Done(OperationOutcome::Done)
    }
}
