//! Profiles of the bench's own folder: what they say is used on units only after a person confirmed the very file by its name.

use super::context::Context;
use super::lane::LaneTask;
use super::state::{LaneState, Question};
use crate::inventory::Inventory;
use fleet::profile::{ProfileSource, Redirect};
use fleet::{Fault, Profile};
use std::sync::Arc;

/// A profile file of the bench that nobody has confirmed yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProfileFile {
    /// Its short name, by which it is confirmed.
    pub id: String,
    /// Its name for people.
    pub name: String,
    /// Where it lies.
    pub file: String,
    /// Of its text; the confirmation holds for this text and no other.
    pub sha256: String,
    /// What it can redirect.
    pub redirects: Vec<Redirect>,
}

/// Under which name a confirmation stands in the inventory: it holds for this text of the file and no other.
fn confirmation_key(profile: &Profile) -> String {
    format!("profile_confirmed/{}", profile.sha256())
}

/// Keeps that a person confirmed this very file.
///
/// # Errors
/// When the inventory cannot keep it.
pub fn keep_confirmation(
    inventory: &Inventory,
    profile: &Profile,
    by: &str,
) -> Result<(), crate::inventory::InventoryError> {
    let by = if by.is_empty() { "this bench" } else { by };
    inventory.set_note(confirmation_key(profile), by).wait()
}

impl Context {
    /// Who confirmed the profile; `None` for one that is part of the program.
    pub(super) async fn profile_confirmed(
        &self,
        profile: &Profile,
    ) -> Result<Option<String>, Fault> {
        match self.registry.source(&profile.id) {
            None | Some(ProfileSource::Shipped) => return Ok(None),
            Some(ProfileSource::Folder(_)) => {}
        }
        let kept = self.inventory.note(confirmation_key(profile)).await;
        match kept {
            Ok(Some(by)) => Ok(Some(by)),
            Ok(None) => Err(Fault::ProfileNotConfirmed {
                profile: profile.id.clone(),
            }),
            Err(error) => Err(Fault::InventoryFailed {
                detail: error.to_string(),
            }),
        }
    }
}

impl LaneTask {
    /// What a person can be asked so that the work goes on, when it ended before it began.
    pub(super) fn question_of(&self, fault: &Fault) -> Option<Question> {
        let Fault::ProfileNotConfirmed { profile } = fault else {
            return None;
        };
        let profile = self.context.registry.get(profile)?;
        let source = self.context.registry.source(&profile.id)?;
        Some(Question::ConfirmProfile(Arc::new(ProfileFile {
            id: profile.id.clone(),
            name: fleet::printable::printable(&profile.name),
            file: fleet::printable::printable(&source.to_string()),
            sha256: profile.sha256().to_owned(),
            redirects: profile.redirects(),
        })))
    }

    /// A person confirms the file that was shown; the unit in hand is worked on then.
    pub(super) async fn confirm_profile(&mut self, typed: &str) {
        let Some(Question::ConfirmProfile(file)) = self.view.question.clone() else {
            return;
        };
        let profile = self.context.registry.get(&file.id).cloned();
        let Some(profile) = profile.filter(|profile| profile.sha256() == file.sha256) else {
            return;
        };
        if typed.trim() != profile.id {
            let words = "The name is not this profile's: nothing was confirmed";
            self.context.toast(words, true);
            return;
        }
        let by = self.context.actor();
        let kept = self
            .context
            .inventory
            .set_note(confirmation_key(&profile), by);
        if let Err(error) = kept.await {
            let words = format!("The confirmation cannot be kept: {error}");
            self.context.toast(words, true);
            return;
        }
        self.view.question = None;
        self.view.advice = None;
        self.set_state(LaneState::Ready);
        if !self.work_for_a_push().await && self.context.picked.borrow().is_some() {
            self.start().await;
        }
    }
}
