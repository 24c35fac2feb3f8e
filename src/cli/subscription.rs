//! `fleetdesk carrier plans, list, show, activate, plan, suspend, restore, deactivate, swap, message`: the life of a subscription.
//!
//! What a carrier can do comes from its capabilities, never from its name.

use super::args::{ChangeArgs, Global, SwapArgs, SwapWhat};
use super::carrier::{no_account, runtime};
use super::exit::ExitStatus;
use super::output::Output;
use super::units::named;
use crate::engine::{
    Account, ChangeEnd, ChangeError, Changer, MessageEnd, MessageWish, Messenger, Wanted,
    pair_difference,
};
use crate::inventory::{Inventory, InventoryError};
use crate::start::{Machine, StartError};
use carrier::Change;
use fleet::Secret;
use fleet::registration::CarrierUnit;
use fleet::unit::{Unit, UnitEvent, UnitEventKind};
use jiff::Timestamp;
use serde_json::json;
use std::io::{BufRead as _, IsTerminal as _};
use std::time::Duration;
use uuid::Uuid;

/// What commands about one account need.
struct Counter {
    account: Account,
    inventory: Inventory,
    bench: String,
}

impl Counter {
    fn open(global: &Global, output: Output) -> Result<Self, StartError> {
        let machine = Machine::look(global)?;
        let account = machine.account(global)?.ok_or_else(no_account)?;
        let (inventory, _) = machine.inventory()?;
        crate::engine::remember_pace(&account, &inventory);
        if account.sandbox {
            output.problem("Sandbox: nothing here is billed.");
        }
        Ok(Self {
            account,
            inventory,
            bench: machine.preferences.bench.clone(),
        })
    }

    fn changer(&self) -> Changer {
        Changer {
            inventory: self.inventory.clone(),
            account: self.account.clone(),
            by: self.bench.clone(),
        }
    }
}

pub(super) fn plans(global: &Global, output: Output) -> Result<ExitStatus, StartError> {
    let counter = Counter::open(global, output)?;
    let plans = runtime()?
        .block_on(counter.account.carrier.plans())
        .map_err(|failure| not_answered(&failure.to_string()))?;
    for plan in plans {
        if output.is_json() {
            output.json_line(&json!({ "type": "plan", "plan_code": plan.plan_code, "description": plan.description, "orderable": plan.orderable }));
        } else {
            let note = if plan.orderable {
                ""
            } else {
                " (not for new units)"
            };
            output.line(&format!(
                "{:<12} {}{note}",
                plan.plan_code, plan.description
            ));
        }
    }
    Ok(ExitStatus::Done)
}

pub(super) fn list(global: &Global, limit: u32, output: Output) -> Result<ExitStatus, StartError> {
    let counter = Counter::open(global, output)?;
    runtime()?.block_on(async {
        let (mut cursor, mut shown) = (None, 0);
        loop {
            let page = counter
                .account
                .carrier
                .list(cursor.as_deref())
                .await
                .map_err(|failure| not_answered(&failure.to_string()))?;
            for unit in page.units {
                if shown == limit {
                    return Ok(ExitStatus::Done);
                }
                shown += 1;
                tell_subscription(&unit, None, output);
            }
            cursor = page.next;
            if cursor.is_none() {
                return Ok(ExitStatus::Done);
            }
        }
    })
}

pub(super) fn show(global: &Global, id: &str, output: Output) -> Result<ExitStatus, StartError> {
    let counter = Counter::open(global, output)?;
    let unit = named(&counter.inventory, id)?;
    let held = runtime()?
        .block_on(counter.changer().subscription(&unit))
        .map_err(|error| not_asked(&error))?;
    let difference = pair_difference(&unit, &held);
    tell_subscription(&held, difference.as_deref(), output);
    Ok(if difference.is_some() {
        ExitStatus::NeedsPerson
    } else {
        ExitStatus::Done
    })
}

fn tell_subscription(held: &CarrierUnit, difference: Option<&str>, output: Output) {
    if output.is_json() {
        output.json_line(
            &json!({ "type": "subscription", "subscription": held, "pair_differs": difference }),
        );
        return;
    }
    let text = |value: Option<&str>| value.unwrap_or("-").to_owned();
    output.line(&format!(
        "{:<20} {:<16} {:<20} {:<12} {:<10} {}",
        held.remote_id,
        text(held.device_id.as_deref()),
        text(held.iccid.as_deref()),
        held.raw_state,
        text(held.plan_code.as_deref()),
        text(held.mdn.as_ref().map(fleet::Mdn::as_str)),
    ));
    if let Some(difference) = difference {
        output.problem(&format!("The pair differs: {difference}."));
    }
}

/// Changes one unit's subscription after its confirmation.
pub(super) fn change(
    global: &Global,
    args: &ChangeArgs,
    change: Change,
    output: Output,
) -> Result<ExitStatus, StartError> {
    let counter = Counter::open(global, output)?;
    let unit = named(&counter.inventory, &args.id)?;
    let capabilities = counter.account.carrier.capabilities();
    let starts_at = args.on.as_deref().map(day).transpose()?;
    if starts_at.is_some() && !capabilities.has_dated_changes {
        return Err(StartError::failed(
            "This carrier does every change at once.",
            "Nothing was changed.",
            "Leave --on out, and do it on that day.",
            "C-532",
        ));
    }
    if change.needs_confirmation() {
        confirm(
            &unit,
            &cost_of(&change, &unit, &counter.account),
            args.yes,
            output,
        )?;
    }
    let wanted = Wanted {
        change: change.clone(),
        reason: args.reason.clone(),
        starts_at,
    };
    let limit = Duration::from_secs(args.carrier_wait);
    let end = runtime()?
        .block_on(counter.changer().change(&unit, wanted, limit))
        .map_err(|error| not_asked(&error))?;
    Ok(tell_end(unit.id.as_str(), change.word(), &end, output))
}

/// Says how a change stands.
pub(super) fn tell_end(id: &str, word: &str, end: &ChangeEnd, output: Output) -> ExitStatus {
    let (standing, why, status) = match end {
        ChangeEnd::Done(held) => ("done", held.raw_state.clone(), ExitStatus::Done),
        ChangeEnd::Open { why } => ("open", why.clone(), ExitStatus::Owed),
        ChangeEnd::Refused { why } => ("refused", why.clone(), ExitStatus::Failed),
    };
    if output.is_json() {
        output.json_line(&json!({ "type": "change", "id": id, "change": word, "standing": standing, "detail": why }));
    } else {
        output.line(&format!("{id:<20} {word:<12} {standing:<8} {why}"));
        if matches!(end, ChangeEnd::Open { .. }) {
            output.problem("It is kept; 'fleetdesk carrier follow' goes on with it.");
        }
    }
    status
}

fn cost_of(change: &Change, unit: &Unit, account: &Account) -> String {
    let plan = unit.plan_code.as_deref().unwrap_or(&account.plan_code);
    crate::engine::cost_of(change, plan, &account.carrier.capabilities())
}

/// A person types the unit's number, or said yes in the command.
fn confirm(unit: &Unit, cost: &str, yes: bool, output: Output) -> Result<(), StartError> {
    let id = unit.id.as_str();
    output.problem(&format!("Unit {id}. {cost}"));
    if yes {
        return Ok(());
    }
    let refused = |why: &str| {
        StartError::failed(
            why,
            "Nothing was changed.",
            "Type the unit's whole number when asked, or give --yes.",
            "C-530",
        )
    };
    if !std::io::stdin().is_terminal() {
        return Err(refused(
            "Nobody can be asked here whether this shall be done.",
        ));
    }
    output.problem("Type the unit's number to agree:");
    let mut typed = String::new();
    std::io::stdin()
        .lock()
        .read_line(&mut typed)
        .map_err(|error| StartError::Usage(error.to_string()))?;
    if typed.trim() == id {
        Ok(())
    } else {
        Err(refused("What was typed is not this unit's number."))
    }
}

/// The first half of a swap, and what to do next.
pub(super) fn swap(
    global: &Global,
    args: &SwapArgs,
    output: Output,
) -> Result<ExitStatus, StartError> {
    let (title, next) = match args.what {
        SwapWhat::Sim => (
            "SIM swapped out",
            "Now put the new SIM into the unit and the unit on the bench: it tells its new SIM and is registered with it.",
        ),
        SwapWhat::Unit => (
            "Unit swapped out",
            "Now put this unit's SIM into the new unit, and that one on the bench: it is registered with this SIM.",
        ),
    };
    output.problem(
        "Step 1 of 2: the present subscription is ended, so that the SIM and the unit are free.",
    );
    let change_args = ChangeArgs {
        id: args.id.clone(),
        yes: args.yes,
        reason: Some(title.to_owned()),
        on: None,
        carrier_wait: args.carrier_wait,
    };
    let status = change(global, &change_args, Change::Deactivate, output)?;
    if status == ExitStatus::Done {
        output.problem(&format!("Step 2 of 2: {next}"));
    }
    Ok(status)
}

/// Sends one text and follows it.
pub(super) fn message(
    global: &Global,
    id: &str,
    text: &str,
    wait_s: u64,
    output: Output,
) -> Result<ExitStatus, StartError> {
    let counter = Counter::open(global, output)?;
    let unit = named(&counter.inventory, id)?;
    let wish = MessageWish::to(&unit, Uuid::now_v7(), Secret::new(text));
    let messenger = Messenger::new(
        counter.inventory.clone(),
        counter.account.clone(),
        counter.bench.clone(),
    );
    let since = Timestamp::now();
    let (end, replies) = runtime()?
        .block_on(async {
            let limit = Duration::from_secs(wait_s);
            let ends = messenger.carry(std::slice::from_ref(&wish), limit).await;
            let end = ends.map(|ends| ends.into_iter().next());
            let answers = messenger.answers(&wish.target, since).await;
            end.map(|end| (end, answers.unwrap_or_default()))
        })
        .map_err(not_kept)?;
    let (word, status) = match end {
        Some(MessageEnd::Delivered) => ("delivered", ExitStatus::Done),
        Some(MessageEnd::Failed { .. }) => ("failed", ExitStatus::Failed),
        Some(MessageEnd::Underway) => ("underway", ExitStatus::Owed),
        Some(MessageEnd::Refused { why } | MessageEnd::NotYet { why, .. }) => {
            return Err(not_sent(&why));
        }
        Some(MessageEnd::InDoubt { why }) => return Err(in_doubt(&why)),
        None => return Err(in_doubt("it is not kept")),
    };
    for reply in &replies {
        let entry = UnitEvent {
            at: Timestamp::now(),
            kind: UnitEventKind::Carrier,
            title: "The unit answered".to_owned(),
            detail: reply.text.clone(),
            by: counter.bench.clone(),
        };
        let kept = counter.inventory.add_entry(unit.id.clone(), entry);
        kept.wait().map_err(not_kept)?;
    }
    let answers: Vec<&str> = replies.iter().map(|reply| reply.text.as_str()).collect();
    if output.is_json() {
        output.json_line(&json!({ "type": "message", "id": unit.id.as_str(), "state": word, "replies": answers }));
    } else {
        output.line(&format!("{:<20} message {word}", unit.id.as_str()));
        answers
            .iter()
            .for_each(|answer| output.line(&format!("  {answer}")));
    }
    Ok(status)
}

fn in_doubt(why: &str) -> StartError {
    StartError::failed(
        format!("Whether the message was sent is not known: {why}."),
        "It may arrive; it was not sent a second time.",
        "Wait for the unit's answer before sending it again.",
        "C-541",
    )
}

fn day(text: &str) -> Result<Timestamp, StartError> {
    let date: jiff::civil::Date = text
        .parse()
        .map_err(|_| StartError::Usage(format!("{text} is no day; write it like 2026-12-01")))?;
    date.to_zoned(jiff::tz::TimeZone::system())
        .map(|zoned| zoned.timestamp())
        .map_err(|error| StartError::Usage(error.to_string()))
}

fn not_answered(why: &str) -> StartError {
    StartError::failed(
        format!("The carrier gave no answer: {why}."),
        "Nothing was changed.",
        "'fleetdesk carrier check' tells what is in the way.",
        "C-533",
    )
}

fn not_sent(why: &str) -> StartError {
    StartError::failed(
        format!("The message was not sent: {}.", why.trim_end_matches('.')),
        "Nothing was sent to the unit.",
        "Correct what is named, or try again later.",
        "C-540",
    )
}

fn not_kept(error: InventoryError) -> StartError {
    StartError::failed(
        format!("The inventory cannot be written: {error}."),
        "Nothing more was done.",
        "Free space on the disk, then look at the unit's history before trying again.",
        "I-723",
    )
}

pub(super) fn not_asked(error: &ChangeError) -> StartError {
    match error {
        ChangeError::NotThere => StartError::failed(
            "The account holds no subscription for this unit.",
            "Nothing was changed.",
            "Put the unit on the bench to register it, or 'fleetdesk carrier reconcile' to see where it is.",
            "C-534",
        ),
        ChangeError::NotAsked(why) => not_answered(why),
        ChangeError::PairDiffers(difference) => StartError::failed(
            format!("Carrier and inventory do not agree: {difference}."),
            "Nothing was asked of the carrier, and nothing is billed.",
            "Put the unit on the bench: it says itself which SIM is in it. Then correct whichever side is wrong.",
            "C-535",
        ),
        ChangeError::Busy => StartError::failed(
            "Another change of this unit is not finished.",
            "That one is kept and goes on.",
            "'fleetdesk carrier follow' brings it to its end.",
            "C-536",
        ),
        ChangeError::Inventory(error) => not_kept(error.clone()),
        ChangeError::Unreadable(why) => StartError::failed(
            format!("A kept change cannot be understood: {why}."),
            "Nothing was asked of the carrier.",
            "Look at the unit in the carrier's portal, and tell the support.",
            "C-537",
        ),
    }
}
