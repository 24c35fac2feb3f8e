//! What waits: registrations and changes between program and carrier, in words for the list of things to do.

use super::context::Context;
use super::options::Account;
use super::state::ToDo;
use super::staying;
use crate::inventory::{ChangeStanding, KeptChange, WaitingRegistration};
use fleet::registration::RegistrationState;
use jiff::Timestamp;

/// Everything that waits, registrations first.
pub(super) async fn entries(context: &Context, waiting: &[WaitingRegistration]) -> Vec<ToDo> {
    let account = context.account.as_ref();
    let now = Timestamp::now();
    let registrations = waiting
        .iter()
        .map(|registration| of_registration(registration, account, now));
    let changes = context.inventory.open_changes().await.unwrap_or_default();
    let changes = changes.iter().map(|change| of_change(change, account, now));
    registrations.chain(changes).collect()
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
