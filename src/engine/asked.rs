//! What another program asks of pushes while this one has the inventory: done as if its own button had been pressed, and answered.
//!
//! How wishes and answers come and go is `inventory::wishes`'; what a push makes of them is `pushing`'s.

use super::context::Context;
use super::pushing::{Foreseen, PushAsked, PushWish, begin_as_asked, keep_push_wish};
use crate::inventory::Wishes;
use crate::link::Ports;
use fleet::push::PushId;
use serde::{Deserialize, Serialize};
use std::path::PathBuf;
use std::rc::Rc;
use std::time::Duration;
use uuid::Uuid;

/// How often it is looked for wishes.
const LOOK: Duration = Duration::from_millis(300);

/// What one program leaves for another.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Asked {
    /// Something about a push that was begun before.
    OfPush(AskedOfPush),
    /// That one is begun.
    ToBegin(Box<AskedToBegin>),
}

/// A push that a person agreed to in another program, to be begun.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AskedToBegin {
    /// What is pushed to whom.
    pub what: PushAsked,
    /// What the person saw of its rehearsal.
    pub foreseen: Foreseen,
    /// How the person agreed to guarded settings, where any change.
    pub agreed_by: Option<String>,
    /// Who wants it.
    pub by: String,
    /// Ports that were named with it.
    pub ports: Vec<String>,
    /// Folders of ports that were named with it.
    pub folders: Vec<PathBuf>,
}

/// A wish about a push that was begun before.
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
    /// A push was begun.
    Begun {
        /// Which.
        push: PushId,
        /// Whether that program works on it; otherwise it is only kept.
        at_work: bool,
    },
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
            // The one before it in the batch may have taken long.
            if !wishes.is_awaited(wish.number) {
                continue;
            }
            let answer = match serde_json::from_str(&wish.text) {
                Ok(Asked::OfPush(asked)) => obey(&context, &ports, asked).await,
                Ok(Asked::ToBegin(asked)) => {
                    // Rehearsing takes a while, and a pause must not wait for it.
                    let (context, ports) = (Rc::clone(&context), ports.clone());
                    let wishes = wishes.clone();
                    tokio::task::spawn_local(async move {
                        let is_awaited = || wishes.is_awaited(wish.number);
                        let answer = begin(&context, &ports, *asked, is_awaited).await;
                        leave_answer(&wishes, wish.number, &answer);
                    });
                    continue;
                }
                Err(_) => PushAnswer::refused(
                    "The Fleetdesk that has the inventory is of another version and does not understand this.",
                    "Close it, then give the command once more.",
                ),
            };
            leave_answer(&wishes, wish.number, &answer);
        }
    }
}

/// Here and now: the program may end because of what was done.
fn leave_answer(wishes: &Wishes, number: Uuid, answer: &PushAnswer) {
    let answered = serde_json::to_string(answer)
        .map_err(std::io::Error::from)
        .and_then(|text| wishes.answer(number, &text));
    if let Err(error) = answered {
        tracing::warn!(%error, "another program waits in vain for its answer");
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
        if let Some(refused) = not_here(context, ports, &asked.ports, &asked.folders).await {
            return refused;
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

async fn begin(
    context: &Rc<Context>,
    ports: &Ports,
    asked: AskedToBegin,
    is_awaited: impl Fn() -> bool,
) -> PushAnswer {
    let at_work = context.takes_new_pushes();
    // What is only kept is given its ports by whoever works on it.
    let (named, folders) = match at_work {
        true => (asked.ports.as_slice(), asked.folders.as_slice()),
        false => Default::default(),
    };
    if let Some(refused) = not_here(context, ports, named, folders).await {
        return refused;
    }
    let AskedToBegin {
        what,
        foreseen,
        agreed_by,
        by,
        ..
    } = asked;
    match begin_as_asked(context, what, foreseen, agreed_by, by, is_awaited).await {
        Ok(push) => PushAnswer::Begun { push, at_work },
        Err((why, cure)) => {
            PushAnswer::refused(format!("{}.", fleet::wording::sentence(&why)), cure)
        }
    }
}

/// Why no unit can be begun here as it is wanted.
async fn not_here(
    context: &Context,
    ports: &Ports,
    named: &[String],
    folders: &[PathBuf],
) -> Option<PushAnswer> {
    if context.quitting.get() {
        return Some(PushAnswer::refused(
            "The Fleetdesk that has the inventory is just ending.",
            "Give the command once more when it has ended.",
        ));
    }
    let unseen = not_seen(ports, named, folders).await?;
    Some(PushAnswer::refused(
        format!("The Fleetdesk that has the inventory does not look at {unseen}."),
        "Give the command without ports, and it goes on with those it has; or end it first.",
    ))
}

/// The first port or folder that was named and that this program has no eye on.
async fn not_seen(ports: &Ports, named: &[String], folders: &[PathBuf]) -> Option<String> {
    let (ports, named, folders) = (ports.clone(), named.to_vec(), folders.to_vec());
    let looked = tokio::task::spawn_blocking(move || {
        let folder = |folder: &PathBuf| {
            (!ports.include_folder(folder)).then(|| folder.display().to_string())
        };
        let port = |port: &String| (!ports.include(port)).then(|| port.clone());
        (folders.iter().find_map(folder)).or_else(|| named.iter().find_map(port))
    });
    looked.await.unwrap_or_default()
}
