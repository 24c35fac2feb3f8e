//! What waits: registrations and changes between program and carrier, in words for the list of things to do.

use super::context::Context;
use super::options::Account;
use super::state::{Lane, LaneState, State, ToDo};
use super::staying;
use crate::inventory::{
    ChangeStanding, Inventory, InventoryError, KeptChange, Stuck, StuckUnit, WaitingRegistration,
};
use fleet::registration::RegistrationState;
use jiff::Timestamp;

/// Units that stand still are listed up to so many of each kind; Find has them all ('state:stopped').
const MOST_STUCK: u32 = 500;

/// Everything that waits: what stands still first, then what is owed, registrations before changes.
pub(super) async fn entries(context: &Context, waiting: &[WaitingRegistration]) -> Vec<ToDo> {
    of_all(&context.inventory, context.account.as_ref(), waiting).await
}

/// Everything that waits at a bench, without a running engine.
///
/// # Errors
/// When the inventory cannot be read.
pub async fn to_do(
    inventory: &Inventory,
    account: Option<&Account>,
) -> Result<Vec<ToDo>, InventoryError> {
    let waiting = inventory.registrations_owed().await?;
    Ok(of_all(inventory, account, &waiting).await)
}

async fn of_all(
    inventory: &Inventory,
    account: Option<&Account>,
    waiting: &[WaitingRegistration],
) -> Vec<ToDo> {
    let now = Timestamp::now();
    let stuck = inventory.stuck_units(MOST_STUCK).await.unwrap_or_default();
    let stuck = stuck.into_iter().map(of_stuck);
    let registrations = waiting
        .iter()
        .map(|registration| of_registration(registration, account, now));
    let changes = inventory.open_changes().await.unwrap_or_default();
    let changes = changes.iter().map(|change| of_change(change, account, now));
    stuck.chain(registrations).chain(changes).collect()
}

impl State {
    /// Lanes on the bench that stand still and are not told of by unit: nobody answered there, or it ended before anything was kept.
    pub fn lanes_that_wait(&self) -> impl Iterator<Item = &Lane> {
        let stands = |lane: &&Lane| {
            let state = &lane.state;
            matches!(state, LaneState::Stopped | LaneState::NeedsYou) && !lane.set_aside
        };
        let is_told = |lane: &Lane| {
            let unit = lane.unit.as_ref();
            unit.is_some_and(|unit| self.to_do.iter().any(|entry| entry.id == unit.id))
        };
        let lanes = self.lanes.values().filter(stands);
        lanes.filter(move |lane| !is_told(lane))
    }
}

fn of_stuck(unit: StuckUnit) -> ToDo {
    let (title, detail) = unit.last;
    let said = match (title.as_str(), detail.as_str()) {
        ("", _) => "its timeline tells more".to_owned(),
        (title, "") => title.to_owned(),
        (title, detail) => format!("{title}: {detail}"),
    };
    let asks = unit.how == Stuck::AsksCarrier;
    let (what, detail) = match unit.how {
        Stuck::AsksCarrier => (
            "Needs you",
            "nothing tells whether the carrier registered it: look at the carrier's portal"
                .to_owned(),
        ),
        Stuck::Stopped => ("Stopped", said),
        Stuck::NeedsPerson => ("Needs you", said),
        Stuck::CutOff => (
            "Cut off",
            "in the middle of its way over the bench; plug it in again, then it goes on".to_owned(),
        ),
    };
    ToDo {
        id: unit.id,
        what: what.to_owned(),
        detail,
        since: unit.since,
        needs_person: true,
        asks,
    }
}

fn of_registration(
    registration: &WaitingRegistration,
    account: Option<&Account>,
    now: Timestamp,
) -> ToDo {
    let pending = registration.state == RegistrationState::Pending;
    ToDo {
        id: registration.intent.unit.clone(),
        what: if pending {
            "Waiting for the carrier".to_owned()
        } else {
            "Registration owed".to_owned()
        },
        detail: match (pending, account) {
            (true, account) => waited(registration.since, account, now),
            (false, None) => "No carrier account is set up on this bench".to_owned(),
            (false, Some(_)) => "Asked again by itself".to_owned(),
        },
        since: registration.since,
        needs_person: false,
        asks: false,
    }
}

fn of_change(change: &KeptChange, account: Option<&Account>, now: Timestamp) -> ToDo {
    let word = match change.word.as_str() {
        "activate" => "Activation",
        "plan" => "Change of plan",
        "suspend" => "Suspension",
        "restore" => "Return into service",
        _ => "End of the subscription",
    };
    ToDo {
        id: change.unit.clone(),
        what: "Waiting for the carrier".to_owned(),
        detail: match (change.standing, account) {
            (_, None) => format!("{word}: no carrier account is set up on this bench"),
            (ChangeStanding::Unknown, _) => {
                format!("{word}: what came of it is looked up by itself")
            }
            (_, account) => {
                let began = staying::began(change);
                if began > now {
                    return dated(change, word, began);
                }
                let so_long = waited(began, account, now);
                match now.as_second() - began.as_second() > staying::LONGEST_CHANGE_S {
                    true => format!("{word}, {so_long}: ask the carrier's people about it"),
                    false => format!("{word}, {so_long}"),
                }
            }
        },
        since: change.since,
        needs_person: false,
        asks: false,
    }
}

/// What the carrier took over for a day that has not come.
fn dated(change: &KeptChange, word: &str, day: Timestamp) -> ToDo {
    let day = day.to_zoned(jiff::tz::TimeZone::system());
    ToDo {
        id: change.unit.clone(),
        what: "Waits for its day".to_owned(),
        detail: format!("{word} on {}", day.strftime("%-d %b %Y")),
        since: change.since,
        needs_person: false,
        asks: false,
    }
}

/// How long, and how long it usually takes there.
fn waited(since: Timestamp, account: Option<&Account>, now: Timestamp) -> String {
    let minutes = (now.as_second() - since.as_second()).max(0) / 60;
    let so_long = match minutes {
        0 => "less than a minute".to_owned(),
        1..=119 => format!("{minutes} min"),
        _ => format!("{} h", minutes / 60),
    };
    match account {
        Some(account) => {
            let usual = account.carrier.capabilities().usual_activation_min;
            format!("{so_long}, usual is {usual}")
        }
        None => so_long,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use carrier::{AccountSettings, Carrier};
    use std::sync::Arc;

    #[test]
    fn a_wait_is_told_with_what_is_usual() {
        let now = Timestamp::now();
        let ago = |minutes: i64| now - jiff::SignedDuration::from_mins(minutes);
        let settings = AccountSettings::sandbox("http://127.0.0.1:1/rws/api/v1");
        let account = Account {
            carrier: Arc::new(Carrier::new(settings).unwrap()),
            kind: "control-center".to_owned(),
            account: "Sandbox".to_owned(),
            plan_code: String::new(),
            service_zip: String::new(),
            sandbox: true,
        };
        assert_eq!(waited(ago(40), Some(&account), now), "40 min, usual is 30");
        assert_eq!(waited(ago(180), None, now), "3 h");
        assert_eq!(
            waited(now + jiff::SignedDuration::from_hours(1), None, now),
            "less than a minute"
        );
    }
}
