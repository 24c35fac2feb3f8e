//! `fleetdesk push`: one change over many units, without a window.

mod beside;
mod choosing;
mod list;
mod running;
mod sharing;
mod sheet;

use super::args::{Global, PushAction, PushArgs, PushRunArgs, ViaArg};
use super::exit::ExitStatus;
use super::output::Output;
use crate::engine::{
    Carrying, PushAsked, PushError, PushOrder, PushWish, Rehearsal, TemplateSecrets, begin_push,
    keep_template, rehearse_push, rehearse_undo,
};
use crate::inventory::Inventory;
use crate::start::{Machine, StartError};
use beside::Asked;
use fleet::push::{PushId, Rules, Via};
use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;

pub(super) fn run(
    global: &Global,
    args: &PushArgs,
    output: Output,
) -> Result<ExitStatus, StartError> {
    let machine = Machine::look(global)?;
    match &args.action {
        None => begin(global, machine, args, output),
        Some(PushAction::List) => list::all(&machine, output),
        Some(PushAction::Show { id }) => list::show(&machine, id, output),
        Some(PushAction::Sheet { id, file }) => sheet::write(&machine, id, file, output),
        Some(PushAction::Pause { id }) => wish(global, &machine, id, PushWish::Pause, output),
        Some(PushAction::Cancel { id }) => wish(global, &machine, id, PushWish::Cancel, output),
        Some(PushAction::Resume { id, template, run }) => {
            let wish = PushWish::GoOn;
            go_on(global, machine, id, template.as_deref(), wish, run, output)
        }
        Some(PushAction::Retry { id, template, run }) => {
            let wish = PushWish::RetryFailed;
            go_on(global, machine, id, template.as_deref(), wish, run, output)
        }
        Some(PushAction::Undo { id, rehearse, run }) => {
            undo(global, machine, id, *rehearse, run, output)
        }
    }
}

fn begin(
    global: &Global,
    machine: Machine,
    args: &PushArgs,
    output: Output,
) -> Result<ExitStatus, StartError> {
    let Some(wanted) = args.template.as_deref() else {
        return Err(StartError::Usage("--template is missing".into()));
    };
    let chosen = choosing::chosen(args.select.as_deref(), args.list.as_deref())?;
    let account = machine.account(global)?;
    let inventory = machine.inventory_to_read()?;
    let template_secrets = Arc::new(TemplateSecrets::default());
    let wanted = choosing::template(&inventory, &machine.registry, wanted, &template_secrets)?;
    let order = PushOrder {
        template: Arc::clone(&wanted.template),
        chosen,
        via: match args.via {
            ViaArg::Cable => Via::Cable,
            ViaArg::Sms => Via::Sms,
            ViaArg::Any => Via::Any,
        },
        rules: Rules {
            pilot: args.pilot,
            stop_after: args.stop_after,
            ..Rules::default()
        },
        by: machine.preferences.bench.clone(),
    };
    let secrets = super::bench::unit_secrets(&args.run.talk)?;
    let carrier = Carrying {
        account: account.as_ref(),
        secrets: &secrets,
    };
    let rehearsal = runtime()?
        .block_on(rehearse_push(
            &inventory,
            &machine.registry,
            carrier,
            &BTreeSet::new(),
            &order,
        ))
        .map_err(not_rehearsed)?;
    let not_found = rehearsal.not_found.len();
    let all_found = |ended: ExitStatus| match not_found {
        0 => ended,
        _ => ended.and(ExitStatus::NeedsPerson),
    };
    let agreed_by = match agreed_to(&rehearsal, args.rehearse, &args.run, output) {
        Agreed::To { by } => by,
        Agreed::Ended(status) => return Ok(all_found(status)),
    };
    let PushOrder {
        template,
        chosen,
        via,
        rules,
        ..
    } = order;
    let what = PushAsked::Template {
        name: template.name.clone(),
        version: template.version,
        chosen,
        via,
        rules,
    };
    let run = &args.run;
    beside::no_template_secrets(&inventory, &wanted)?;
    let asked = beside::inventory_or_begun(
        &machine,
        inventory,
        what,
        &rehearsal,
        agreed_by.as_deref(),
        run,
        output,
    )?;
    let inventory = match asked {
        Asked::Free(inventory) => inventory,
        Asked::Answered(status) => return Ok(all_found(status)),
    };
    wanted.keep(&inventory, &machine.actor(), &template_secrets)?;
    let id = begun(&inventory, rehearsal, agreed_by)?;
    running::work(
        global,
        machine,
        inventory,
        id,
        template_secrets,
        run,
        output,
    )
    .map(all_found)
}

fn undo(
    global: &Global,
    machine: Machine,
    id: &str,
    only_rehearse: bool,
    run: &PushRunArgs,
    output: Output,
) -> Result<ExitStatus, StartError> {
    let account = machine.account(global)?;
    let inventory = machine.inventory_to_read()?;
    // Beside another program that one hears and tells.
    if !inventory.is_read_only() {
        sharing::agree(global, &machine, &inventory, output)?;
    }
    let id = list::named(&inventory, id)?;
    let secrets = super::bench::unit_secrets(&run.talk)?;
    let carrier = Carrying {
        account: account.as_ref(),
        secrets: &secrets,
    };
    let rehearsal = runtime()?
        .block_on(rehearse_undo(
            &inventory,
            &machine.registry,
            carrier,
            &BTreeSet::new(),
            id,
            &machine.preferences.bench,
        ))
        .map_err(not_rehearsed)?;
    let agreed_by = match agreed_to(&rehearsal, only_rehearse, run, output) {
        Agreed::To { by } => by,
        Agreed::Ended(status) => return Ok(status),
    };
    let asked = beside::inventory_or_begun(
        &machine,
        inventory,
        PushAsked::UndoOf(id),
        &rehearsal,
        agreed_by.as_deref(),
        run,
        output,
    )?;
    let inventory = match asked {
        Asked::Free(inventory) => inventory,
        Asked::Answered(status) => return Ok(status),
    };
    let id = begun(&inventory, rehearsal, agreed_by)?;
    running::work(global, machine, inventory, id, Arc::default(), run, output)
}

enum Agreed {
    /// A push shall be begun; how a person agreed to guarded settings, where any change.
    To {
        by: Option<String>,
    },
    Ended(ExitStatus),
}

/// Tells a rehearsal, and asks what has to be asked.
fn agreed_to(
    rehearsal: &Rehearsal,
    only_rehearse: bool,
    run: &PushRunArgs,
    output: Output,
) -> Agreed {
    choosing::tell(rehearsal, only_rehearse, output);
    if only_rehearse {
        return Agreed::Ended(ExitStatus::Done);
    }
    if rehearsal.changing() == 0 {
        output.say("No unit changes, so no push was begun.");
        return Agreed::Ended(match rehearsal.cannot() {
            0 => ExitStatus::Done,
            _ => ExitStatus::NeedsPerson,
        });
    }
    match choosing::agreed(rehearsal, run.yes, output) {
        choosing::Agreed::NotNeeded => Agreed::To { by: None },
        choosing::Agreed::By(by) => Agreed::To { by: Some(by) },
        choosing::Agreed::No => Agreed::Ended(ExitStatus::NeedsPerson),
    }
}

/// Keeps a push, which goes on by itself from then on.
fn begun(
    inventory: &Inventory,
    rehearsal: Rehearsal,
    agreed_by: Option<String>,
) -> Result<PushId, StartError> {
    let push = runtime()?
        .block_on(begin_push(inventory, rehearsal, agreed_by))
        .map_err(not_rehearsed)?;
    Ok(push.facts().id)
}

fn go_on(
    global: &Global,
    machine: Machine,
    id: &str,
    template: Option<&Path>,
    wish: PushWish,
    run: &PushRunArgs,
    output: Output,
) -> Result<ExitStatus, StartError> {
    let work = Some((run, template));
    let asked = beside::inventory_or_asked(&machine, id, wish, work, output)?;
    let inventory = match asked {
        Asked::Free(inventory) => inventory,
        Asked::Answered(status) => return Ok(status),
    };
    sharing::agree(global, &machine, &inventory, output)?;
    let id = list::named(&inventory, id)?;
    let template_secrets = Arc::new(TemplateSecrets::default());
    if let Some(file) = template {
        let template = super::provision::template(file, &machine.registry)?;
        keep_template(&inventory, &template, &machine.actor(), &template_secrets)
            .map_err(|error| not_rehearsed(PushError::Inventory(error)))?;
    }
    running::wish(&inventory, id, wish, &machine.preferences.bench)?;
    running::work(
        global,
        machine,
        inventory,
        id,
        template_secrets,
        run,
        output,
    )
}

fn wish(
    global: &Global,
    machine: &Machine,
    id: &str,
    wish: PushWish,
    output: Output,
) -> Result<ExitStatus, StartError> {
    let inventory = match beside::inventory_or_asked(machine, id, wish, None, output)? {
        Asked::Free(inventory) => inventory,
        Asked::Answered(status) => return Ok(status),
    };
    sharing::agree(global, machine, &inventory, output)?;
    let id = list::named(&inventory, id)?;
    running::wish(&inventory, id, wish, &machine.preferences.bench)?;
    sharing::agree(global, machine, &inventory, output)?;
    list::told(&inventory, id, output)
}

fn not_rehearsed(error: PushError) -> StartError {
    StartError::failed(
        format!("{}.", crate::cli::sentence(&error.to_string())),
        "Nothing was sent; no unit was touched.",
        error.cure(),
        PushError::CODE,
    )
}

fn runtime() -> Result<tokio::runtime::Runtime, StartError> {
    super::carrier::runtime()
}

/// The first characters of a push's number, as people type it.
fn short(id: PushId) -> String {
    // The last part: the first ones of a version 7 UUID are the time and the same for pushes of one minute.
    let text = id.to_string();
    text.rsplit('-').next().unwrap_or_default().to_owned()
}
