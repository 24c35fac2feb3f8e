//! `fleetdesk sync`: one round with the fleet database, or one after the other.

use super::args::{Global, SyncArgs};
use super::exit::ExitStatus;
use super::output::{Output, message};
use crate::demo::until_terminated;
use crate::inventory::Inventory;
use crate::start::{Machine, StartError};
use crate::sync::{
    Connection, HeldRow, InHand, Pace, RoundError, Summary, clock_advice, heard_last, shared_pushes,
};
use fleet::Advice;
use fleet::wording::counted;
use serde_json::json;
use std::time::Instant;
use uuid::Uuid;

/// Most units that are listed in words; data has them all.
const MOST_LINES: usize = 20;

pub(super) fn run(
    global: &Global,
    args: &SyncArgs,
    output: Output,
) -> Result<ExitStatus, StartError> {
    let machine = Machine::look(global)?;
    let login = machine.fleet_db(global)?;
    let (inventory, opened) = machine.inventory()?;
    for note in crate::start::notes(&opened) {
        output.problem(&note);
    }
    if let Some(note) = login.target.plain_text_note() {
        output.problem(note);
    }
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|error| {
            StartError::failed(
                format!("The system gives no means to wait: {error}."),
                "Nothing was done.",
                "Close other programs and start again.",
                "U-041",
            )
        })?;
    let mut connection = Connection::new(login);
    let actor = machine.actor();
    Ok(runtime.block_on(async {
        if args.watch {
            watch(&mut connection, &inventory, &actor, output).await
        } else {
            once(&mut connection, &inventory, &actor, output).await
        }
    }))
}

/// Pushes that benches share. A database that is too old to keep them is no trouble of this round.
async fn pushes(connection: &mut Connection, inventory: &Inventory, actor: &str, output: Output) {
    let went = async {
        let device = inventory.sync_state().await?.device_id;
        let actor = actor.to_owned();
        let session = connection.session().await?;
        shared_pushes::round(inventory, session, &shared_pushes::Teller { device, actor }).await
    };
    match went.await {
        Ok(looked) => {
            match looked.came {
                0 => {}
                1 => output.say("A push of another bench came in: 'fleetdesk push list' shows it"),
                came => output.say(&format!(
                    "{came} pushes of other benches came in: 'fleetdesk push list' shows them"
                )),
            }
            for left in looked.left_alone {
                output.problem(&left.words());
            }
        }
        Err(error) => tracing::info!(%error, "shared pushes are not agreed now"),
    }
}

async fn once(
    connection: &mut Connection,
    inventory: &Inventory,
    actor: &str,
    output: Output,
) -> ExitStatus {
    let begun = Instant::now();
    match connection.round(inventory).await {
        Ok(summary) => {
            let in_hand = in_hand(connection, inventory).await;
            let clock = connection.clock_off_s();
            let status = told(&summary, begun, clock, inventory, output).await;
            pushes(connection, inventory, actor, output).await;
            in_hand_told(&in_hand, output);
            status
        }
        Err(error) => {
            fell_through(&error, output);
            ExitStatus::Failed
        }
    }
}

/// What other benches have in hand. A database that is too old to tell is no trouble of this round.
async fn in_hand(connection: &mut Connection, inventory: &Inventory) -> Vec<InHand> {
    match connection.claims(inventory).await {
        Ok(in_hand) => in_hand,
        Err(error) => {
            tracing::info!(%error, "which units others have in hand is not known");
            heard_last(inventory).await
        }
    }
}

fn in_hand_told(in_hand: &[InHand], output: Output) {
    for each in in_hand {
        if output.is_json() {
            output.json_line(&json!({
                "type": "in_hand", "kind": each.kind, "key": each.key, "by": each.by, "since": each.since
            }));
        }
    }
    for each in in_hand.iter().take(MOST_LINES) {
        let words = each.words(&jiff::tz::TimeZone::system());
        output.say(&format!("    {:<20} {words}", each.key));
    }
    if in_hand.len() > MOST_LINES {
        output.say(&format!(
            "    and {} others, which other benches have in hand",
            in_hand.len() - MOST_LINES
        ));
    }
}

/// Until the program is told to end.
async fn watch(
    connection: &mut Connection,
    inventory: &Inventory,
    actor: &str,
    output: Output,
) -> ExitStatus {
    let mut pace = Pace::default();
    let mut last = None;
    let rounds = async {
        loop {
            let begun = Instant::now();
            let pause = match connection.round(inventory).await {
                Ok(summary) => {
                    let idle = summary.pushed + summary.pulled == 0 && last == Some(None);
                    pushes(connection, inventory, actor, output).await;
                    let before = heard_last(inventory).await;
                    let in_hand = in_hand(connection, inventory).await;
                    if in_hand != before {
                        in_hand_told(&in_hand, output);
                    }
                    if !idle {
                        let clock = connection.clock_off_s();
                        told(&summary, begun, clock, inventory, output).await;
                    }
                    last = Some(None);
                    pace.after_success()
                }
                Err(error) => {
                    // The same trouble is said once, not every few seconds.
                    if last != Some(Some(error.to_string())) {
                        fell_through(&error, output);
                    }
                    last = Some(Some(error.to_string()));
                    pace.after_failure(Uuid::now_v7().as_bytes()[15])
                }
            };
            tokio::time::sleep(pause).await;
        }
    };
    tokio::select! {
        () = rounds => {}
        () = until_terminated() => {}
    }
    ExitStatus::Done
}

async fn told(
    summary: &Summary,
    begun: Instant,
    clock_off_s: Option<i64>,
    inventory: &Inventory,
    output: Output,
) -> ExitStatus {
    let state = inventory.sync_state().await.ok();
    let (waiting, need_you) = state.map_or((0, 0), |state| (state.waiting, state.need_you));
    let seconds = (begun.elapsed().as_secs_f64() * 1000.0).round() / 1000.0;
    if output.is_json() {
        output.json_line(&json!({
            "type": "summary", "pushed": summary.pushed, "pulled": summary.pulled, "conflicts": summary.conflicts,
            "rejected": summary.rejected, "head": summary.head, "seconds": seconds, "waiting": waiting, "need_you": need_you,
            "busy": summary.busy.len(), "held": summary.held.iter().map(held).collect::<Vec<_>>(), "began_anew": summary.began_anew,
            "went_back": summary.went_back.iter().map(|unit| json!({ "unit": unit.unit.as_str(), "before": unit.before })).collect::<Vec<_>>(),
            "blanked": summary.blanked, "was_copied": summary.was_copied, "clock_off_s": clock_off_s,
        }));
    } else {
        output.line(&format!(
            "{} sent, {} heard, {} met another's edit, {} refused; revision {} after {seconds} s",
            summary.pushed, summary.pulled, summary.conflicts, summary.rejected, summary.head
        ));
    }
    if let Some(again) = summary.began_anew {
        output.problem(&format!(
            "Note: the fleet database was restored or is another one. Everything was compared anew; {} out again.",
            counted(again, "change went", "changes went")
        ));
    }
    if !summary.went_back.is_empty() {
        output.problem(&format!(
            "Units that stood otherwise before the fleet database went back ({}); enter what is right once more:",
            summary.went_back.len()
        ));
        for unit in summary.went_back.iter().take(MOST_LINES) {
            output.problem(&format!(
                "    {:<20} before: {}",
                unit.unit.as_str(),
                unit.before
            ));
        }
        if summary.went_back.len() > MOST_LINES {
            output.problem("    and others; each unit's timeline tells it, too.");
        }
    }
    if summary.blanked > 0 {
        output.problem(&format!(
            "Note: facts about a person were removed here, as the fleet database asks; units: {}.",
            summary.blanked
        ));
    }
    if let Some(advice) = clock_off_s.and_then(clock_advice) {
        output.advice(&advice);
    }
    if let Some(fault) = &summary.newer_schema {
        output.advice(&fault.advice());
    }
    if summary.was_copied {
        output.problem("Note: a copy of this data folder is in use elsewhere. This bench took a new number; use each folder in one place only.");
    }
    if let Some(fault) = &summary.too_old {
        output.advice(&fault.advice());
        return ExitStatus::Owed;
    }
    if waiting > 0 {
        // Another bench has a row for a moment only, and is gone when it is asked who that was.
        let why = match (summary.held.is_empty(), summary.busy.is_empty()) {
            (false, _) => "somebody has these units open in SQL. What waits",
            (true, false) => "others were changing these units just now. What waits",
            (true, true) => "they came while the round went. What waits",
        };
        output.say(&format!(
            "{}: {why} goes out with a later round.",
            counted(waiting, "change waits", "changes wait")
        ));
        for row in &summary.held {
            output.say(&format!("    {}", held_words(row)));
        }
    }
    if need_you > 0 {
        output.say(&format!(
            "{need_you} need you: 'fleetdesk fleet-db conflicts' lists them."
        ));
        return ExitStatus::NeedsPerson;
    }
    if waiting > 0 {
        ExitStatus::Owed
    } else {
        ExitStatus::Done
    }
}

fn held(row: &HeldRow) -> serde_json::Value {
    json!({ "unit": row.unit.as_ref().map(|unit| unit.as_str()), "login": row.login, "since": row.since })
}

fn held_words(row: &HeldRow) -> String {
    let unit = row.unit.as_ref().map_or("a unit", |unit| unit.as_str());
    let since = row.since.to_zoned(jiff::tz::TimeZone::system());
    format!(
        "{unit} is being edited in SQL by {} since {}",
        fleet::printable::printable(&row.login),
        since.strftime("%d %b %H:%M")
    )
}

fn fell_through(error: &RoundError, output: Output) {
    let advice = advice(error);
    output.advice(&advice);
    if output.is_json() {
        output.json_line(
            &json!({ "type": "error", "fault": advice.code, "message": message(&advice) }),
        );
    }
}

/// Four lines, whichever side it was.
pub(super) fn advice(error: &RoundError) -> Advice {
    match error {
        RoundError::Database(fault) => fault.advice(),
        RoundError::Inventory(error) => Advice {
            what_happened: format!(
                "This bench could not keep what the fleet database told: {error}."
            ),
            unit_state: "Nothing is lost: the fleet database tells it again.".to_owned(),
            what_to_do: "Free space on the disk, or start Fleetdesk again.".to_owned(),
            code: "I-740",
        },
    }
}
