//! Pushes of other benches that this bench cannot help with: why not and what to do, said where people look.

use crate::inventory::{Inventory, InventoryError};
use fleet::printable::printable;
use fleet::push::PushId;
use fleet_db::SharedPush;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// A push of another bench that this one cannot help with.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LeftAlone {
    /// Its number.
    pub push: PushId,
    /// What it is called, as far as that is understood.
    pub title: String,
    /// Who began it.
    pub by: String,
    /// Why not.
    pub why: String,
    /// What to do about it.
    pub cure: String,
    /// Short code.
    pub code: String,
}

impl LeftAlone {
    pub(super) fn of(shared: &SharedPush, why: &str, cure: &str, code: &str) -> Self {
        let title = shared
            .about
            .get("facts")
            .and_then(|facts| facts.get("title"));
        Self {
            push: PushId(shared.push),
            title: printable(title.and_then(Value::as_str).unwrap_or("A push")),
            by: printable(shared.actor.as_deref().unwrap_or("another bench")),
            why: why.to_owned(),
            cure: cure.to_owned(),
            code: code.to_owned(),
        }
    }

    pub(super) fn newer(shared: &SharedPush) -> Self {
        let why = "its bench has a newer program, and this one does not understand it";
        Self::of(shared, why, "Bring this program up to date.", "P-458")
    }

    /// The three in a line.
    #[must_use]
    pub fn words(&self) -> String {
        format!(
            "{} of {} is left alone here, no unit is touched: {}. {} ({})",
            self.title, self.by, self.why, self.cure, self.code
        )
    }
}

/// Under which name the inventory keeps the pushes that are left alone.
const LEFT_ALONE: &str = "shared pushes left alone";

/// Keeps which pushes of others are left alone, for the lists of who looks without a connection.
///
/// # Errors
/// When the inventory cannot be written.
pub async fn keep_left_alone(
    inventory: &Inventory,
    left: &[LeftAlone],
) -> Result<(), InventoryError> {
    let text = serde_json::to_string(left)?;
    if inventory
        .note(LEFT_ALONE)
        .await?
        .is_some_and(|kept| kept == text)
    {
        return Ok(());
    }
    inventory.set_note(LEFT_ALONE, text).await
}

/// The pushes of others that were left alone when this bench last looked.
///
/// # Errors
/// When the inventory cannot be read.
pub async fn left_alone(inventory: &Inventory) -> Result<Vec<LeftAlone>, InventoryError> {
    let kept = inventory.note(LEFT_ALONE).await?.unwrap_or_default();
    Ok(serde_json::from_str(&kept).unwrap_or_default())
}
