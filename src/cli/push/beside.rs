//! `push`, `push undo` and `push pause|resume|cancel|retry` while another Fleetdesk has the inventory: that one is asked, does it, and answers.
//! What is begun was rehearsed and agreed to here; the other program begins it only where it foresees the same.

use super::{choosing, list, running, short};
use crate::cli::args::PushRunArgs;
use crate::cli::exit::ExitStatus;
use crate::cli::output::Output;
use crate::engine::{
    Asked as Wished, AskedOfPush, AskedToBegin, PushAnswer, PushAsked, PushWish, Rehearsal,
};
use crate::inventory::{Inventory, LeftWish};
use crate::start::{Machine, StartError};
use fleet::push::PushState;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// How long a program may take until it has seen the wish.
const TAKEN_WITHIN: Duration = Duration::from_secs(6);
/// How long it may take to carry it out.
const DONE_WITHIN: Duration = Duration::from_secs(30);
/// How long it may take to rehearse a push itself and to begin it.
const BEGUN_WITHIN: Duration = Duration::from_secs(120);
const LOOK: Duration = Duration::from_millis(50);

/// What came of asking.
pub(super) enum Asked {
    /// The other program answered, and it was told.
    Answered(ExitStatus),
    /// The other program has ended meanwhile: the inventory is free.
    Free(Inventory),
}

/// The inventory, or the end of a command that another program carried out.
pub(super) fn inventory_or_asked(
    machine: &Machine,
    id: &str,
    wish: PushWish,
    work: Option<(&PushRunArgs, Option<&Path>)>,
    output: Output,
) -> Result<Asked, StartError> {
    match machine.inventory_unless_held()? {
        Some(inventory) => Ok(Asked::Free(inventory)),
        None => ask(machine, id, wish, work, output),
    }
}

fn ask(
    machine: &Machine,
    id: &str,
    wish: PushWish,
    work: Option<(&PushRunArgs, Option<&Path>)>,
    output: Output,
) -> Result<Asked, StartError> {
    let inventory = machine.inventory_to_read()?;
    if !inventory.is_read_only() {
        // The other program ended just now.
        return Ok(Asked::Free(inventory));
    }
    let id = list::named(&inventory, id)?;
    let asked = AskedOfPush {
        push: id,
        wish,
        by: machine.preferences.bench.clone(),
        ports: work.map_or_else(Vec::new, |(run, _)| run.port.clone()),
        folders: work.map_or_else(Vec::new, |(run, _)| whole(&run.talk.port_dir)),
    };
    if let Some((run, template)) = work {
        if template.is_some() {
            return Err(not_handed("a template file"));
        }
        nothing_private(run)?;
    }
    let answer = match answered(machine, &inventory, &Wished::OfPush(asked), DONE_WITHIN)? {
        Waited::Answer(answer) => answer,
        Waited::Free(inventory) => return Ok(Asked::Free(inventory)),
    };
    let push = list::push(&inventory, id)?;
    match answer {
        PushAnswer::Refused { what, cure } => {
            return Err(refused(what, cure));
        }
        // What goes on already needs no word.
        PushAnswer::NotNow
            if wish == PushWish::GoOn && push.progress().state == PushState::Running => {}
        PushAnswer::NotNow => return Err(running::not_now(wish)),
        PushAnswer::Begun { .. } => return Err(no_answer_understood()),
        PushAnswer::Done => {
            output.say("The Fleetdesk that has the inventory was asked and has done it.");
        }
    }
    list::tell_end(&push, output);
    Ok(Asked::Answered(match work {
        None => ExitStatus::Done,
        Some(_) => running::status(&push),
    }))
}

/// The inventory to begin a rehearsed push in, or the end of a command whose push another program began. `inventory` is what it was rehearsed
/// with.
pub(super) fn inventory_or_begun(
    machine: &Machine,
    inventory: Inventory,
    what: PushAsked,
    rehearsal: &Rehearsal,
    agreed_by: Option<&str>,
    run: &PushRunArgs,
    output: Output,
) -> Result<Asked, StartError> {
    if !inventory.is_read_only() {
        return Ok(Asked::Free(inventory));
    }
    nothing_private(run)?;
    let asked = Wished::ToBegin(Box::new(AskedToBegin {
        what,
        foreseen: rehearsal.foreseen(),
        agreed_by: agreed_by.map(str::to_owned),
        by: machine.preferences.bench.clone(),
        ports: run.port.clone(),
        folders: whole(&run.talk.port_dir),
    }));
    let answer = match answered(machine, &inventory, &asked, BEGUN_WITHIN)? {
        Waited::Answer(answer) => answer,
        Waited::Free(inventory) => return Ok(Asked::Free(inventory)),
    };
    let (id, at_work) = match answer {
        PushAnswer::Begun { push, at_work } => (push, at_work),
        PushAnswer::Refused { what, cure } => return Err(refused(what, cure)),
        PushAnswer::Done | PushAnswer::NotNow => return Err(no_answer_understood()),
    };
    let push = list::push(&inventory, id)?;
    output.say(&match at_work {
        true => "The Fleetdesk that has the inventory was asked and has begun it.".to_owned(),
        false => format!(
            "The Fleetdesk that has the inventory is at work on something else. The push is kept: 'fleetdesk push resume {}' begins with it when that one has ended.",
            short(id)
        ),
    });
    list::tell_end(&push, output);
    Ok(Asked::Answered(running::status(&push)))
}

/// Templates are handed over by name and version, and the other program would take the secrets that it has for that version.
pub(super) fn no_template_secrets(
    inventory: &Inventory,
    wanted: &choosing::Wanted,
) -> Result<(), StartError> {
    if !inventory.is_read_only() || !wanted.has_own_secrets() {
        return Ok(());
    }
    Err(StartError::failed(
        "Another Fleetdesk has the inventory, and it cannot be handed the secrets of a template file.",
        "Nothing was changed.",
        "Name the template by its name and version, and that program sends the secrets that it has; or end it first.",
        "P-462",
    ))
}

/// Secrets and labels are never written beside the inventory.
fn nothing_private(run: &PushRunArgs) -> Result<(), StartError> {
    match run.talk.secrets.is_some() || !run.talk.label.is_empty() {
        true => Err(not_handed("secrets or labels")),
        false => Ok(()),
    }
}

fn not_handed(what: &str) -> StartError {
    StartError::failed(
        format!("Another Fleetdesk has the inventory, and it cannot be handed {what}."),
        "Nothing was changed.",
        "Give the command without, and that program goes on with what it has; or end it first.",
        "P-462",
    )
}

fn refused(what: String, cure: String) -> StartError {
    StartError::failed(what, "Nothing was changed.", cure, "P-462")
}

/// Folders as another program can find them, wherever it was started.
fn whole(folders: &[PathBuf]) -> Vec<PathBuf> {
    let whole = |folder: &PathBuf| std::path::absolute(folder).unwrap_or_else(|_| folder.clone());
    folders.iter().map(whole).collect()
}

enum Waited {
    Answer(PushAnswer),
    Free(Inventory),
}

/// Asks, and waits until it is answered or the inventory is free.
fn answered(
    machine: &Machine,
    inventory: &Inventory,
    asked: &Wished,
    within: Duration,
) -> Result<Waited, StartError> {
    let left = serde_json::to_string(asked)
        .map_err(std::io::Error::from)
        .and_then(|text| inventory.wishes().leave(&text))
        .map_err(|error| {
            StartError::failed(
                format!("Another Fleetdesk has the inventory, and it cannot be asked: {error}."),
                "Nothing was changed.",
                "Free space on the disk or correct the data folder's permissions, or close the other Fleetdesk.",
                "P-461",
            )
        })?;
    waited_for(machine, &left, within)
}

fn waited_for(machine: &Machine, left: &LeftWish, within: Duration) -> Result<Waited, StartError> {
    let begun = Instant::now();
    let mut looks = 0_u32;
    loop {
        // Now and then: the other program may have ended without having seen it. Who has done it answered before it ended.
        looks += 1;
        let free = match looks.is_multiple_of(8) {
            true => machine.inventory_unless_held()?,
            false => None,
        };
        if let Some(text) = left.answer() {
            return serde_json::from_str(&text)
                .map(Waited::Answer)
                .map_err(|_| no_answer_understood());
        }
        if let Some(inventory) = free {
            let _ = left.withdraw();
            return Ok(Waited::Free(inventory));
        }
        let waited = begun.elapsed();
        if waited > TAKEN_WITHIN && left.withdraw() {
            return Err(StartError::failed(
                "The program that has the inventory does not answer: it is busy with something else.",
                "Nothing was changed; what was asked for is withdrawn.",
                "Give the command once more when that program is ready or has ended, or close it.",
                "P-461",
            ));
        }
        if waited > within {
            return Err(no_answer_understood());
        }
        std::thread::sleep(LOOK);
    }
}

/// It was taken; what became of it only the push itself tells.
fn no_answer_understood() -> StartError {
    StartError::failed(
        "The program that has the inventory took this and has not answered.",
        "Whether it was done is not known.",
        "'fleetdesk push list' and 'fleetdesk push show ID' tell how it stands.",
        "P-463",
    )
}
