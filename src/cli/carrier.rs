//! `fleetdesk carrier`: check the account, go on with what is open, keep its secret, serve the sandbox.

use super::args::{CarrierAction, CarrierArgs, Global};
use super::exit::ExitStatus;
use super::output::Output;
use super::sentence;
use super::{reconcile, sandbox, subscription};
use crate::engine::{Changer, follow_open};
use crate::preferences::SecretSource;
use crate::start::{Machine, StartError, keychain_name};
use carrier::{Change, CheckReport, CheckVerdict};
use serde_json::json;
use std::time::Duration;

pub(super) fn run(
    global: &Global,
    args: &CarrierArgs,
    output: Output,
) -> Result<ExitStatus, StartError> {
    match &args.action {
        CarrierAction::Check => check(global, output),
        CarrierAction::Follow { carrier_wait } => {
            follow(global, Duration::from_secs(*carrier_wait), output)
        }
        CarrierAction::Plans => subscription::plans(global, output),
        CarrierAction::List { limit } => subscription::list(global, *limit, output),
        CarrierAction::Show { id } => subscription::show(global, id, output),
        CarrierAction::Activate(args) => {
            subscription::change(global, args, Change::Activate, output)
        }
        CarrierAction::Plan { plan, change } => {
            let plan_code = plan.clone();
            subscription::change(global, change, Change::Plan { plan_code }, output)
        }
        CarrierAction::Suspend(args) => subscription::change(global, args, Change::Suspend, output),
        CarrierAction::Restore(args) => subscription::change(global, args, Change::Restore, output),
        CarrierAction::Deactivate(args) => {
            subscription::change(global, args, Change::Deactivate, output)
        }
        CarrierAction::Swap(args) => subscription::swap(global, args, output),
        CarrierAction::Message { id, text, wait } => {
            subscription::message(global, id, text, *wait, output)
        }
        CarrierAction::Reconcile(args) => reconcile::run(global, args, output),
        CarrierAction::Login { sealed_file } => login(global, *sealed_file, output),
        CarrierAction::Sandbox(args) => sandbox::run(args, output),
    }
}

pub(super) fn no_account() -> StartError {
    StartError::failed(
        "No carrier account is set up on this bench.",
        "Nothing was done. Units can be configured; their registration is then owed.",
        "Add a [carrier] table to the preferences file, then run 'fleetdesk carrier login'; or name a sandbox with --sandbox.",
        "C-512",
    )
}

fn check(global: &Global, output: Output) -> Result<ExitStatus, StartError> {
    let machine = Machine::look(global)?;
    let account = machine.account(global)?.ok_or_else(no_account)?;
    let runtime = runtime()?;
    let report = runtime.block_on(account.carrier.check());
    if output.is_json() {
        output.json_line(&json!({ "type": "carrier", "usable": report.is_usable(), "sandbox": account.sandbox, "report": report }));
    } else {
        for line in words(&report) {
            output.line(&line);
        }
    }
    Ok(if report.is_usable() {
        ExitStatus::Done
    } else {
        ExitStatus::Failed
    })
}

fn follow(global: &Global, limit: Duration, output: Output) -> Result<ExitStatus, StartError> {
    let machine = Machine::look(global)?;
    let account = machine.account(global)?.ok_or_else(no_account)?;
    let fleet_db = machine.fleet_db_if_any(global)?;
    let (inventory, _) = machine.inventory()?;
    let changer = Changer {
        inventory: inventory.clone(),
        account: account.clone(),
        by: machine.preferences.bench.clone(),
    };
    let followed = follow_open(
        inventory,
        machine.registry,
        account,
        fleet_db,
        &machine.preferences.bench,
        limit,
    );
    let changed = runtime()?
        .block_on(changer.follow_open(limit))
        .map_err(|error| subscription::not_asked(&error))?;
    let mut status = ExitStatus::Done;
    for (unit, word, end) in &changed {
        status = status.and(subscription::tell_end(unit.as_str(), word, end, output));
    }
    for unit in &followed {
        let word = super::provision::registration_word(unit.registration);
        status = status.and(ExitStatus::of_unit(
            fleet::journal::Verdict::Verified,
            unit.registration,
        ));
        if output.is_json() {
            output.json_line(&json!({ "type": "unit", "id": unit.id.as_str(), "registration": word, "fault": unit.fault.as_ref().map(fleet::Fault::code) }));
        } else {
            output.line(&format!("{:<20} {word}", unit.id.as_str()));
        }
    }
    if output.is_json() {
        output.json_line(&json!({ "type": "summary", "units": followed.len() }));
    } else if followed.is_empty() && changed.is_empty() {
        output.line("Nothing is open with the carrier.");
    }
    Ok(status)
}

fn login(global: &Global, sealed_file: bool, output: Output) -> Result<ExitStatus, StartError> {
    let mut machine = Machine::look(global)?;
    let chosen = machine.preferences.carrier.clone().ok_or_else(no_account)?;
    let typed = super::fleet_db::ask_password(&format!(
        "Secret of the carrier account {} (not shown while you type):",
        chosen.key
    ))
    .map_err(StartError::Usage)?;
    let name = keychain_name(&chosen.key);
    if sealed_file || chosen.secret == SecretSource::SealedFile {
        let note = machine.keep_sealed(&name, &typed, "C-516")?;
        if let Some(carrier) = machine.preferences.carrier.as_mut() {
            carrier.secret = SecretSource::SealedFile;
        }
        super::fleet_db::prefer(&machine)?;
        output.say(
            "Kept in the sealed file of this bench; its passphrase is asked for at each start.",
        );
        if let Some(note) = note {
            output.problem(&note);
        }
        return Ok(ExitStatus::Done);
    }
    crate::secrets::to_keychain(&name, &typed).map_err(|error| {
        StartError::failed(
            format!("{}.", sentence(&error.to_string())),
            "Nothing was kept.",
            "Unlock the keychain and enter the secret again; or keep it in a sealed file: 'fleetdesk carrier login --sealed-file'.",
            "C-513",
        )
    })?;
    output.say("Kept in the keychain of this computer.");
    Ok(ExitStatus::Done)
}

pub(super) fn runtime() -> Result<tokio::runtime::Runtime, StartError> {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|error| {
            StartError::failed(
                format!("The network cannot be used: {error}."),
                "Nothing was done.",
                "Start the computer again.",
                "U-030",
            )
        })
}

/// How far this computer's clock is from the carrier's, whose time minus ours is `offset_s`.
fn distance(offset_s: i64) -> String {
    let side = if offset_s > 0 { "behind" } else { "ahead of" };
    match offset_s.unsigned_abs() {
        seconds @ ..=119 => format!("{seconds} s {side}"),
        seconds @ 120..=7_199 => format!("{} min {side}", (seconds + 30) / 60),
        seconds => format!("{} h {side}", (seconds + 1_800) / 3_600),
    }
}

/// What a check found, in words, with what to do.
fn words(report: &CheckReport) -> Vec<String> {
    let (what, cure) = match &report.verdict {
        CheckVerdict::Ready => ("The account can be used.".to_owned(), ""),
        CheckVerdict::NoNetwork { why } => (
            format!("The carrier cannot be reached: {why}."),
            "Check the network cable or Wi-Fi, and whether the office's VPN is on.",
        ),
        CheckVerdict::ProxyInTheWay { why } => (
            format!("The proxy is in the way: {why}."),
            "Correct the proxy in the preferences file, or ask the IT administrator to let the carrier's address through.",
        ),
        CheckVerdict::NotTheCarrier { why } => (
            format!("Something else than the carrier answers: {why}."),
            "Sign in to the network's portal, or correct the carrier's address or proxy.",
        ),
        CheckVerdict::NotTrusted { why } => (
            format!("The carrier's certificate is not trusted: {why}."),
            "Ask the IT administrator; do not go on with an untrusted connection.",
        ),
        CheckVerdict::ClockWrong {
            offset_s: Some(offset),
        } => (
            format!(
                "This computer's clock is {} the carrier's.",
                distance(*offset)
            ),
            "Set the clock, best by switching on automatic time.",
        ),
        CheckVerdict::ClockWrong { offset_s: None } => (
            "This computer's clock is outside the carrier's window.".to_owned(),
            "Set the clock, best by switching on automatic time.",
        ),
        CheckVerdict::KeyWrong => (
            "The carrier does not know the account key.".to_owned(),
            "Correct the key in the preferences file.",
        ),
        CheckVerdict::SecretWrong => (
            "The account's secret does not fit its key.".to_owned(),
            "Enter it again with 'fleetdesk carrier login'.",
        ),
        CheckVerdict::KeyExpired => (
            "The account key has expired.".to_owned(),
            "Ask the carrier for a new key.",
        ),
        CheckVerdict::NoRight { message } => (
            format!("The account may not be used: {message}."),
            "Ask the carrier why.",
        ),
        CheckVerdict::QuotaSpent { reset_s } => (
            format!(
                "The day's calls are spent; they start again in {}.",
                fleet::wording::counted(reset_s / 60, "minute", "minutes")
            ),
            "Nothing is lost: what is owed goes out then.",
        ),
        CheckVerdict::Trouble { why } => (
            format!("The carrier answers, but not usefully: {why}."),
            "Try again later.",
        ),
    };
    let mut lines = vec![what];
    if !cure.is_empty() {
        lines.push(cure.to_owned());
    }
    if let Some(name) = &report.account_name {
        lines.push(format!("Account: {name}"));
    }
    lines.extend(report.plans.iter().map(|plan| {
        format!(
            "Plan {:<10} {}{}",
            plan.plan_code,
            plan.description,
            if plan.orderable {
                ""
            } else {
                " (not for new units)"
            }
        )
    }));
    if let Some(budget) = &report.budget {
        lines.push(format!(
            "Calls left today: {} of {}",
            budget.remaining, budget.limit
        ));
    }
    lines
}
