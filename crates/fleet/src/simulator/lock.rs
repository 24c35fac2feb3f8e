//! Whether a simulated unit lets somebody in: its password or keyword, and the tries that are left.

use super::replies::Words;
use crate::Secret;
use crate::profile::{Access, Profile};

/// Tries that a locked unit gives.
const KEYWORD_TRIES: u32 = 5;

/// Whether and how a unit is locked.
#[derive(Debug, Clone)]
pub(super) struct Lock {
    /// Its password or keyword; empty when it has none.
    pub password: Secret,
    pub locked: bool,
    pub tries_left: u32,
    /// Too many wrong service codes: it never answers again.
    pub dead: bool,
}

impl Lock {
    /// The lock of a unit with that password.
    pub(super) fn new(profile: &Profile, password: Secret) -> Self {
        let counts = matches!(
            profile.access,
            Access::Keyword { .. } | Access::ServiceCode { .. }
        );
        let locked = counts && !password.is_empty();
        Self {
            password,
            locked,
            tries_left: KEYWORD_TRIES,
            dead: false,
        }
    }

    /// What a restart does: a keyword must be told again, lost tries stay lost.
    pub(super) fn restart(&mut self, profile: &Profile) {
        self.locked = Self::new(profile, self.password.clone()).locked;
    }

    /// What the lock adds to the words of a reply.
    pub(super) fn words(&self, access: &Access) -> Words {
        let Access::Keyword { locked_text, .. } = access else {
            return Words::new();
        };
        let open_text = if locked_text == "1" { "0" } else { "1" };
        let has_keyword = !self.password.is_empty();
        let yes = |holds: bool| if holds { "1" } else { "0" }.to_owned();
        Words::from([
            (
                "locked",
                if self.locked {
                    locked_text.clone()
                } else {
                    open_text.to_owned()
                },
            ),
            ("tries_left", self.tries_left.to_string()),
            ("valid", yes(true)),
            ("has_keyword", yes(has_keyword)),
            ("authenticated", yes(has_keyword && !self.locked)),
        ])
    }

    /// A keyword is told: the right one opens, a wrong one costs a try, without tries nothing opens.
    pub(super) fn try_keyword(&mut self, said: Option<&str>) {
        if self.locked && self.tries_left > 0 {
            if said == Some(self.password.reveal()) {
                self.locked = false;
                self.tries_left = KEYWORD_TRIES;
            } else {
                self.tries_left -= 1;
            }
        }
    }
}
