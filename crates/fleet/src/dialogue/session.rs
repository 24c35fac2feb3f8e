//! Opens the session that some families need before anything is read or written, once on each connection.

use super::access::{Lock, LockCheck, has_keyword};
use super::answer::Answer;
use super::question::Question;
use super::script::{Script, Step, fault_of};
use super::talk::Talk;
use crate::job::OperationOutcome;
use crate::moment::Moment;
use crate::profile::Silence;

/// Runs `session.begin`.
#[derive(Debug, Default)]
pub(super) struct Begin {
    next: usize,
    lock: Option<LockCheck>,
}

impl Begin {
    fn ask(&self, talk: &mut Talk) -> Step {
        let Some(name) = talk.profile.session.begin.get(self.next) else {
            talk.session_begun = true;
            return Step::Done(OperationOutcome::Done);
        };
        match Question::named(&talk.profile, name) {
            Ok(question) => Step::ask(question),
            Err(fault) => Step::fail(fault),
        }
    }

    fn name(&self, talk: &Talk) -> String {
        let name = talk.profile.session.begin.get(self.next);
        name.cloned().unwrap_or_default()
    }

    fn judge(&mut self, answer: Answer, talk: &mut Talk) -> Step {
        let name = self.name(talk);
        let silence = talk
            .profile
            .exchange
            .get(&name)
            .map(|exchange| exchange.silence);
        match (answer, silence) {
            (Answer::Replied { .. }, _) | (Answer::Silent, Some(Silence::Ignored)) => {
                self.next += 1;
                self.ask(talk)
            }
            (Answer::Silent, Some(Silence::Locked)) if has_keyword(&talk.profile) => {
                let (lock, step) = LockCheck::begin(talk);
                self.lock = Some(lock);
                step
            }
            (answer, _) => Step::fail(fault_of(answer, &name)),
        }
    }
}

impl Script for Begin {
    fn next(&mut self, answer: Option<Answer>, talk: &mut Talk, _now: Moment) -> Step {
        let Some(answer) = answer else {
            return self.ask(talk);
        };
        let Some(mut lock) = self.lock.take() else {
            return self.judge(answer, talk);
        };
        match lock.next(answer, talk) {
            Lock::Step(step) => {
                self.lock = Some(lock);
                step
            }
            Lock::LoggedIn => self.ask(talk),
            Lock::NotLocked | Lock::NotTold => {
                let name = self.name(talk);
                Step::fail(fault_of(Answer::Silent, &name))
            }
        }
    }
}
