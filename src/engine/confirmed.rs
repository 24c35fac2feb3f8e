//! Profiles of the bench's own folder: what they say is used on units only after a person confirmed the very file by its name.

use super::context::Context;
use crate::inventory::Inventory;
use fleet::profile::ProfileSource;
use fleet::{Fault, Profile};

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
