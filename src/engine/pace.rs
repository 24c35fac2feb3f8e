//! Keeps the pace of a carrier account in the inventory, so that the account's limits hold over restarts of the program.

use super::options::Account;
use crate::inventory::Inventory;
use carrier::{PaceMemory, PaceState};
use std::sync::Arc;

struct Kept {
    inventory: Inventory,
    note: String,
}

/// Lets an account's limits hold over restarts, by what this inventory remembers of them.
pub fn remember_pace(account: &Account, inventory: &Inventory) {
    account.carrier.remember_in(Arc::new(Kept {
        inventory: inventory.clone(),
        note: format!("carrier pace {} {}", account.kind, account.account),
    }));
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
