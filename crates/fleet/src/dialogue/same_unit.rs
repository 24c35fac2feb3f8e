//! The short question whether it is still the same unit, and which question that is.

use super::answer::Answer;
use super::question::{Expect, Question};
use super::script::{Script, Step, fault_of};
use super::talk::{IDENTITY_NAMES, Talk};
use crate::fault::Fault;
use crate::job::OperationOutcome;
use crate::moment::Moment;
use crate::plan::PlaceWrite;
use crate::profile::{Pattern, Place, Reply};

/// Asks only as much as is needed to know that still the same unit answers.
#[derive(Debug, Default)]
pub(super) struct SameUnit {
    asked: bool,
}

impl Script for SameUnit {
    fn next(&mut self, answer: Option<Answer>, talk: &mut Talk, _now: Moment) -> Step {
        let question = cheapest(talk);
        match (answer, question) {
            (None, Some(question)) if !self.asked => {
                self.asked = true;
                Step::ask(question)
            }
            (Some(Answer::Replied { .. }), _) => Step::Done(OperationOutcome::Done),
            (Some(answer), question) => {
                let name = question.map(|question| question.name).unwrap_or_default();
                Step::fail(fault_of(answer, &name))
            }
            (None, _) => Step::fail(Fault::Internal {
                detail: format!(
                    "the profile {} has no question for the identity",
                    talk.profile.id
                ),
            }),
        }
    }
}

/// The question with the fewest replies that names the unit, cut after the reply that does. Only questions that this unit
/// must answer are taken, and optional ones that it was heard to answer.
pub(super) fn cheapest(talk: &Talk) -> Option<Question> {
    let profile = &talk.profile;
    profile
        .identify
        .ask
        .iter()
        .filter(|name| !profile.identify.optional.contains(name) || talk.answering.contains(*name))
        .filter_map(|name| Some((name, profile.exchange.get(name)?)))
        .filter_map(|(name, exchange)| {
            let (cost, replies) = up_to_identity(&exchange.replies)?;
            Some((cost, name, exchange, replies))
        })
        .min_by_key(|(cost, ..)| *cost)
        .map(|(_, name, exchange, replies)| {
            let mut question = Question::from_exchange(name, exchange);
            question.expect = Expect::Replies(replies);
            question.is_short = true;
            question.tries = question.tries.max(3);
            question
        })
}

/// The replies up to the one that names the unit, and what they cost.
pub(super) fn up_to_identity(replies: &[Reply]) -> Option<(usize, Vec<Reply>)> {
    let mut cost = 0;
    for (index, reply) in replies.iter().enumerate() {
        let before = replies.get(..index).unwrap_or_default();
        match reply {
            Reply::Frame { any, .. } => {
                cost += 1;
                if any.iter().all(names_unit) {
                    // The word that ends the answer belongs to it: left behind, it would answer the next question.
                    let behind = replies.get(index + 1..).unwrap_or_default();
                    let ends: Vec<Reply> = behind
                        .iter()
                        .take_while(|each| says_nothing(each))
                        .cloned()
                        .collect();
                    return Some((cost, [before, std::slice::from_ref(reply), &ends].concat()));
                }
            }
            Reply::Table {
                line,
                into,
                quiet_ms,
                ..
            } => {
                cost += 4;
                let index = into
                    .iter()
                    .find(|(_, word)| IDENTITY_NAMES.contains(&word.as_str()));
                if let Some((index, _)) = index {
                    let short = Reply::Table {
                        line: line.clone(),
                        into: into.clone(),
                        complete: vec![index.clone()],
                        quiet_ms: *quiet_ms,
                    };
                    return Some((cost, [before, &[short]].concat()));
                }
            }
        }
    }
    None
}

/// Whether a reply only ends an answer, as `OK` does.
fn says_nothing(reply: &Reply) -> bool {
    matches!(reply, Reply::Frame { any, .. } if any.iter().all(|pattern| pattern.names().next().is_none()))
}

/// Some modems tell their MEID in two parts.
fn names_unit(pattern: &Pattern) -> bool {
    let in_parts = pattern.has("meid_high") && pattern.has("meid_low");
    in_parts || IDENTITY_NAMES.iter().any(|name| pattern.has(name))
}

/// Whether these writes name the unit by themselves, because each command is read before it is written.
pub(super) fn reads_identity(talk: &Talk, writes: &[PlaceWrite]) -> bool {
    let all_fields = writes
        .iter()
        .all(|write| matches!(write.place, Place::Field { .. }));
    let names_unit = talk
        .profile
        .positional
        .as_ref()
        .and_then(|positional| talk.profile.exchange.get(positional.read.as_ref()?))
        .is_some_and(|exchange| up_to_identity(&exchange.replies).is_some());
    all_fields && names_unit
}
