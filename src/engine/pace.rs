//! Keeps the pace of a carrier account in the inventory, so that the account's limits hold over restarts of the program.

use crate::inventory::Inventory;
use carrier::{PaceMemory, PaceState};
use std::sync::Arc;

struct Kept {
    inventory: Inventory,
    note: String,
}

/// The memory of one account's pace.
pub(super) fn memory(inventory: &Inventory, kind: &str, account: &str) -> Arc<dyn PaceMemory> {
    Arc::new(Kept {
        inventory: inventory.clone(),
        note: format!("carrier pace {kind} {account}"),
    })
}

impl PaceMemory for Kept {
    fn recall(&self) -> Option<PaceState> {
        let text = self.inventory.note(self.note.clone()).wait().ok()??;
        serde_json::from_str(&text).ok()
    }

    fn keep(&self, state: &PaceState) {
        // Nobody waits for the disk before a call, and an inventory open for looking keeps nothing.
        if !self.inventory.is_read_only()
            && let Ok(text) = serde_json::to_string(state)
        {
            drop(self.inventory.set_note(self.note.clone(), text));
        }
    }
}
