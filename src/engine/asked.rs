//! What another program asks of pushes while this one has the inventory: done as if its own button had been pressed, and answered.
//!
//! How wishes and answers come and go is `inventory::wishes`'; what a push makes of them is `pushing`'s.

use super::context::Context;
use super::pushing::{PushWish, keep_push_wish};
use crate::link::Ports;
use fleet::push::PushId;
use serde::{Deserialize, Serialize};
use std::path::PathBuf;
use std::rc::Rc;
use std::time::Duration;

/// How often it is looked for wishes.
const LOOK: Duration = Duration::from_millis(300);

/// A wish about a push, as one program leaves it for another.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AskedOfPush {
    /// Which push.
    pub push: PushId,
    /// What is wanted of it.
    pub wish: PushWish,
    /// Who wants it.
    pub by: String,
    /// Ports that were named with it.
    pub ports: Vec<String>,
    /// Folders of ports that were named with it.
    pub folders: Vec<PathBuf>,
}

/// What came of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "came", rename_all = "snake_case")]
pub enum PushAnswer {
    /// It is done and kept.
    Done,
    /// The push does not stand so that it can be done; nothing was changed.
    NotNow,
    /// Not done; nothing was changed.
    Refused {
        /// Why.
        what: String,
        /// What to do.
        cure: String,
    },
}

impl PushAnswer {
    fn refused(what: impl Into<String>, cure: impl Into<String>) -> Self {
        Self::Refused {
            what: what.into(),
            cure: cure.into(),
        }
    }
}

/// Obeys other programs for as long as this one runs.
pub(super) async fn listen(context: Rc<Context>, ports: Ports) {
    loop {
        tokio::time::sleep(LOOK).await;
        let wishes = context.inventory.wishes();
        let looked_in = wishes.clone();
        let Ok(taken) = tokio::task::spawn_blocking(move || looked_in.take()).await else {
            return;
        };
        for wish in taken {
            let answer = match serde_json::from_str(&wish.text) {
                Ok(asked) => obey(&context, &ports, asked).await,
                Err(_) => PushAnswer::refused(
                    "The Fleetdesk that has the inventory is of another version and does not understand this.",
                    "Close it, then give the command once more.",
                ),
            };
            // Here and now: the program may end because of what was done.
            let answered = serde_json::to_string(&answer)
                .map_err(std::io::Error::from)
                .and_then(|text| wishes.answer(wish.number, &text));
            if let Err(error) = answered {
                tracing::warn!(%error, "another program waits in vain for its answer");
            }
        }
    }
}

async fn obey(context: &Rc<Context>, ports: &Ports, asked: AskedOfPush) -> PushAnswer {
    let id = asked.push;
    if asked.wish.begins_units() {
        if !context.works_on(id) {
            return PushAnswer::refused(
                "The Fleetdesk that has the inventory is at work on something else, not on this push.",
                "Give the command once more when that one has ended.",
            );
        }
        if context.quitting.get() {
            return PushAnswer::refused(
                "The Fleetdesk that has the inventory is just ending.",
                "Give the command once more when it has ended.",
            );
        }
        if let Some(unseen) = not_seen(ports, &asked).await {
            return PushAnswer::refused(
                format!("The Fleetdesk that works on this push does not look at {unseen}."),
                "Give the command without ports, and it goes on with those it has; or end it first.",
            );
        }
    }
    let AskedOfPush { wish, by, .. } = asked;
    let done = match context.works_on(id) {
        true => context.carry_out(id, wish, by).await,
        false => {
            let inventory = context.inventory.clone();
            let kept =
                tokio::task::spawn_blocking(move || keep_push_wish(&inventory, id, wish, &by));
            kept.await.unwrap_or_else(|error| Err(error.to_string()))
        }
    };
    match done {
        Ok(true) => PushAnswer::Done,
        Ok(false) => PushAnswer::NotNow,
        Err(why) => PushAnswer::refused(
            format!("{}.", fleet::wording::sentence(&why)),
            "'fleetdesk push show ID' tells how it stands.",
        ),
    }
}

/// The first port or folder that was named and that this program has no eye on.
async fn not_seen(ports: &Ports, asked: &AskedOfPush) -> Option<String> {
    let (ports, asked) = (ports.clone(), asked.clone());
    let looked = tokio::task::spawn_blocking(move || {
        let folder = |folder: &PathBuf| {
            (!ports.include_folder(folder)).then(|| folder.display().to_string())
        };
        let port = |port: &String| (!ports.include(port)).then(|| port.clone());
        (asked.folders.iter().find_map(folder)).or_else(|| asked.ports.iter().find_map(port))
    });
    looked.await.unwrap_or_default()
}
