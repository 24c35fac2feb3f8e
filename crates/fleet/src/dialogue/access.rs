//! Letting us in where a keyword locks the unit: ask the state, log in exactly once, never guess.
//!
//! Passwords that stand in each request are no business of this module: `question` fills them in.

use super::answer::Answer;
use super::question::Question;
use super::script::Step;
use super::talk::Talk;
use crate::fault::Fault;
use crate::profile::{Access, Captures, Profile};

/// What came of looking at the lock.
#[derive(Debug)]
pub(super) enum Lock {
    /// One more question.
    Step(Step),
    /// A code was sent and not refused: ask again what was not answered.
    LoggedIn,
    /// It is not locked.
    NotLocked,
    /// It does not tell.
    NotTold,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stage {
    State,
    /// Who is it? The keyword depends on that.
    Who {
        tries_left: Option<u32>,
    },
    Login,
}

/// Looks at the lock and opens it where a person gave the code.
#[derive(Debug)]
pub(super) struct LockCheck {
    stage: Stage,
}

/// Whether the family can be locked by a keyword.
pub(super) fn has_keyword(profile: &Profile) -> bool {
    matches!(profile.access, Access::Keyword { .. })
}

/// Whether these captures say 'locked'.
pub(super) fn says_locked(profile: &Profile, captures: &Captures) -> bool {
    match &profile.access {
        Access::Keyword { locked_text, .. } => captures.get("locked") == Some(locked_text),
        Access::PasswordInRequest { .. } | Access::ServiceCode { .. } | Access::Open => false,
    }
}

impl LockCheck {
    /// Begins with the question for the state.
    pub(super) fn begin(talk: &Talk) -> (Self, Step) {
        let step = match &talk.profile.access {
            Access::Keyword { state, .. } => asked(talk, state),
            Access::PasswordInRequest { .. } | Access::ServiceCode { .. } | Access::Open => {
                Step::fail(Fault::Internal {
                    detail: "this family has no keyword".to_owned(),
                })
            }
        };
        (
            Self {
                stage: Stage::State,
            },
            step,
        )
    }

    /// What the answer means, and what comes next.
    pub(super) fn next(&mut self, answer: Answer, talk: &mut Talk) -> Lock {
        if let Stage::Who { tries_left } = self.stage {
            if let Answer::Replied { captures, .. } | Answer::Incomplete { captures, .. } = answer {
                talk.known.facts.extend(captures);
            }
            return self.log_in(tries_left, talk);
        }
        let captures = match answer {
            Answer::Replied { captures, .. } => Some(captures),
            Answer::Fault(fault) => return Lock::Step(Step::fail(fault)),
            Answer::Listed(_)
            | Answer::NotReady
            | Answer::Refused(_)
            | Answer::Silent
            | Answer::Incomplete { .. } => None,
        };
        let locked = captures
            .as_ref()
            .map(|captures| says_locked(&talk.profile, captures));
        let tries_left = captures
            .as_ref()
            .and_then(|captures| captures.get("tries_left")?.trim().parse().ok());
        match (self.stage, locked) {
            (Stage::State, None) => Lock::NotTold,
            (Stage::State, Some(false)) => Lock::NotLocked,
            (_, Some(true)) if talk.keyword_sent => {
                Lock::Step(Step::fail(Fault::CodeRefused { tries_left }))
            }
            (Stage::State, Some(true)) => match self.ask_who(tries_left, talk) {
                Some(step) => Lock::Step(step),
                None => self.log_in(tries_left, talk),
            },
            (Stage::Login | Stage::Who { .. }, _) => Lock::LoggedIn,
        }
    }

    /// Keywords were given for single units, and it is not known yet which one this is.
    fn ask_who(&mut self, tries_left: Option<u32>, talk: &Talk) -> Option<Step> {
        let Access::Keyword { who, .. } = &talk.profile.access else {
            return None;
        };
        let who = who.as_ref()?;
        if talk.known.keywords.is_empty() || talk.known.has_said_who() {
            return None;
        }
        let mut question = Question::named(&talk.profile, who).ok()?;
        question.is_optional = true;
        self.stage = Stage::Who { tries_left };
        Some(Step::ask(question))
    }

    fn log_in(&mut self, tries_left: Option<u32>, talk: &mut Talk) -> Lock {
        let Access::Keyword { login, .. } = &talk.profile.access else {
            return Lock::NotLocked;
        };
        talk.known.settle_keyword();
        if talk.known.keyword.is_none() {
            return Lock::Step(Step::fail(Fault::Locked { tries_left }));
        }
        // Set before the question is formed: whatever happens to it, the code does not leave a second time.
        talk.keyword_sent = true;
        self.stage = Stage::Login;
        match Question::named(&talk.profile, login) {
            Ok(mut question) => {
                question.tries = 1;
                question.one_shot = true;
                Lock::Step(Step::ask(question))
            }
            Err(fault) => Lock::Step(Step::fail(fault)),
        }
    }
}

fn asked(talk: &Talk, exchange: &str) -> Step {
    match Question::named(&talk.profile, exchange) {
        Ok(mut question) => {
            question.once_while_looking = true;
            Step::ask(question)
        }
        Err(fault) => Step::fail(fault),
    }
}
