//! The advice table: for each fault what happened and what to do, in plain words.
//!
//! It shows labels of settings, never their values: those stand in the before-and-after list, where secrets are dots.
//! Facts that come from units, carriers and files are made printable here, whatever was done to them before.

use super::{Fault, Mismatch};
use crate::printable::printable;

const TRY_ONCE_MORE: &str = "Try once more. If it happens again, press A to set it aside.";
const TRY_ANOTHER_CABLE: &str =
    "Try once more, then with another cable. If it happens again, press A to set it aside.";

/// What happened (to be put after the place) and what to do.
pub(super) fn words(fault: &Fault) -> (String, &'static str) {
    match fault {
        Fault::NoSuchPort => (
            "there is no port of this name.".to_owned(),
            "Plug the unit in and wait until its light is on, then pick a port from the list.",
        ),
        Fault::PortBusy => (
            "another program is using this port.".to_owned(),
            "Close the other program, for instance the maker's own tool or a second Fleetdesk, then try again.",
        ),
        Fault::PortNotPermitted => (
            "you are not allowed to use this port.".to_owned(),
            "Ask your IT administrator to let you use serial ports (on Linux: the group dialout), then sign in again.",
        ),
        Fault::NotASerialPort => (
            "this is not a serial port.".to_owned(),
            "Pick a port from the list of ports.",
        ),
        Fault::PortVanished => (
            "the unit was unplugged, or its port went away, and it did not come back in time."
                .to_owned(),
            "Plug the same unit in again, in any slot. The work goes on where it stopped.",
        ),
        Fault::PortFailed { detail } => (
            format!("the port failed ({}).", fact(detail)),
            "Pull the cable, wait five seconds and plug it in again. If it happens again, use another cable, then another slot.",
        ),

        Fault::Silent => (
            "nothing answers here.".to_owned(),
            "Check that the light on the unit is on. Then try another cable, then another slot.",
        ),
        Fault::NotAKnownUnit { heard } => (
            format!(
                "what answers here is not a unit we know. It said '{}'.",
                fact(heard)
            ),
            "If it is one of ours, ask the office lead for its device profile. If not, unplug it.",
        ),
        Fault::ModemPort => (
            "the unit's modem answers here, not the unit itself.".to_owned(),
            "Use the other port that appeared when this unit was plugged in.",
        ),
        Fault::LogPort => (
            "only a unit's log comes here, and nothing answers.".to_owned(),
            "Use the other port that appeared when this unit was plugged in. If there is no other one, its cable is set to show the log only.",
        ),
        Fault::BinaryMode => (
            "the unit talks in a binary form that this program cannot change.".to_owned(),
            "Press A to set it aside. It must be switched to text with the maker's own tool first.",
        ),
        Fault::NoAnswer { exchange } => (
            format!("the unit did not answer the question '{}'.", fact(exchange)),
            TRY_ANOTHER_CABLE,
        ),
        Fault::RefusedByUnit { exchange, reply } => (
            format!(
                "the unit refused '{}'. It said '{}'.",
                fact(exchange),
                fact(reply)
            ),
            TRY_ONCE_MORE,
        ),
        Fault::WrongPassword => (
            "the unit does not take the password that we have.".to_owned(),
            "Ask the office lead which password this unit was given, enter it, then try again.",
        ),
        Fault::Locked { tries_left } => (
            format!("the unit is locked by a keyword{}.", tries(*tries_left)),
            match tries_left {
                Some(0) => {
                    "Press A to set it aside. Only the maker's own tool or the maker can open it now."
                }
                _ => {
                    "Ask the office lead for its keyword and enter it once. Never guess: each wrong keyword uses up a try."
                }
            },
        ),
        Fault::CodeRefused { tries_left } => (
            format!(
                "the unit refused the code or keyword that was given{}.",
                tries(*tries_left)
            ),
            match tries_left {
                Some(0) => {
                    "Press A to set it aside. Only the maker's own tool or the maker can open it now."
                }
                _ => {
                    "Do not try another one by guessing. Ask the office lead for the right one and enter it once; on the command line, add --new-code."
                }
            },
        ),
        Fault::ReplyIncomplete { exchange, detail } => (
            format!(
                "the unit's answer to '{}' came only in part ({}).",
                fact(exchange),
                fact(detail)
            ),
            TRY_ANOTHER_CABLE,
        ),
        Fault::TooMuch { detail } => (
            format!("the unit sends more than it should ({}).", fact(detail)),
            TRY_ANOTHER_CABLE,
        ),
        Fault::OtherUnit { expected, found } => (
            format!(
                "another unit answers here: {} instead of {}.",
                fact(found),
                fact(expected)
            ),
            "Plug the first unit in again to finish it. Start the other one by itself afterwards.",
        ),
        Fault::BadIdentity { said } => (
            format!(
                "the unit tells a number that cannot be right: '{}'.",
                fact(said)
            ),
            "Compare it with the label. Try once more; if it stays so, press A to set it aside.",
        ),
        Fault::LabelNeeded => (
            "this unit answers only when it is called by its number.".to_owned(),
            "Scan the label on its housing. On the command line, add --label PORT=NUMBER.",
        ),

        Fault::SettingNotAvailable {
            keys,
            model,
            why,
            cure,
        } => (cure.happened(&list(keys), &or(model, "this model"), &or(why, "not available")), cure.line()),
        Fault::ValueOutOfRange { key, limits } => (
            format!(
                "the template's value for {} does not fit this unit ({}).",
                fact(key),
                or(limits, "out of range")
            ),
            "Ask the office lead to correct the template.",
        ),
        Fault::FormerNotWritable { key, model, why } => (
            format!(
                "the former value of {} cannot be written to {} again ({}).",
                fact(key),
                or(model, "this model"),
                or(why, "out of range")
            ),
            "Set the unit with a template that has a value for it instead.",
        ),
        Fault::UnknownModel { said } => (
            format!(
                "the unit is of a model or firmware that we do not know: '{}'.",
                fact(said)
            ),
            "Press A to set it aside and tell the office lead. Its device profile must be extended first.",
        ),
        Fault::ApprovalNeeded { settings } => (
            format!(
                "{} would change. A wrong value can be cured by cable only.",
                the_settings(settings)
            ),
            "Compare the new values with the job sheet, then agree. On the command line, add --yes.",
        ),
        Fault::ProfileNotConfirmed { profile } => (
            format!(
                "the device profile '{}' is a file of this bench that nobody has confirmed. It changes where the unit reports to.",
                fact(profile)
            ),
            "The office lead compares the file with the unit's manual and confirms it by its name: fleetdesk profiles confirm NAME.",
        ),
        Fault::ApprovalRefused => (
            "the changes were not agreed to.".to_owned(),
            "Pick the right template and start again, or pull the unit.",
        ),

        Fault::DidNotStay { settings } => (
            format!(
                "{} did not stay after the restart.",
                the_settings(&labels(settings))
            ),
            TRY_ONCE_MORE,
        ),
        Fault::ValuesRefused { settings } => (
            format!("the unit refused {}.", the_settings(settings)),
            "Compare these values with what the model allows. If they are right, press A to set it aside.",
        ),
        Fault::ChangedByItself { settings } => (
            format!(
                "{} changed though nobody asked for it.",
                the_settings(&labels(settings))
            ),
            "Look at the values before and after. Try once more; if it happens again, press A to set it aside.",
        ),
        Fault::DidNotComeBack => (
            "the unit did not come back after its restart.".to_owned(),
            "Pull it, wait ten seconds and plug it in again. If it stays away, press A to set it aside.",
        ),
        Fault::RestartLoop => (
            "the unit restarts again and again.".to_owned(),
            "Pull it, try another cable and slot. If it goes on, press A to set it aside.",
        ),
        Fault::PowerCycleNeeded => (
            "this unit does not restart by a command.".to_owned(),
            "Cut its power, wait ten seconds and put it back. Only then can its settings be proved.",
        ),
        Fault::NeverShown { settings } => (
            format!(
                "the unit took {}, and such units never show what they hold.",
                the_settings(settings)
            ),
            "Cut its power for fifteen seconds, so that all of it holds. It can only be proved by the unit's first report.",
        ),
        Fault::NotSaved => (
            "the unit did not confirm that it saved its settings.".to_owned(),
            TRY_ONCE_MORE,
        ),
        Fault::OneShotUnknown { exchange } => (
            format!(
                "it is not known whether the unit took the code that was sent ('{}'), and it must not be sent twice.",
                fact(exchange)
            ),
            "Do not guess: a unit can lock itself after a few. When the office lead is sure of the code, enter it once; on the command line, add --new-code.",
        ),

        Fault::CarrierRefused { word, message } => (
            format!(
                "the carrier refused to register the unit: {} ({}).",
                or(message, "no reason given"),
                or(word, "no code")
            ),
            "Check the SIM, the plan and the account, then register it again. The unit itself need not be set again.",
        ),
        Fault::CarrierConflict { detail } => (
            format!(
                "the carrier has other facts about this unit or SIM: {}.",
                or(detail, "they differ")
            ),
            "Scan unit and SIM again. If both are right, ask the carrier which record is the true one.",
        ),
        Fault::CarrierUnknown { detail } => (
            format!(
                "it cannot be told whether the carrier registered the unit ({}).",
                or(detail, "no clear answer")
            ),
            "Look the unit up in the carrier's portal, then press 'It is registered' or 'It is not registered'.",
        ),
        Fault::CarrierTooSlow { hours } => (
            format!("the carrier has not finished the registration after {hours} hours."),
            "Call the carrier with the number of the unit. Do not register it a second time.",
        ),
        Fault::ClaimedElsewhere { holder } => (
            format!(
                "this unit or its SIM is being worked on elsewhere: {}.",
                or(holder, "another bench")
            ),
            "Ask that bench to finish or to give it up, then start again.",
        ),
        Fault::ValuesAwaited => (
            "the carrier has not given this unit its number yet, and without it nothing can be written.".to_owned(),
            "Leave it plugged in, or plug it in again later: the work goes on by itself once the carrier is done.",
        ),

        Fault::MessageRefused { message } => (
            format!("the carrier did not take the message ({}).", fact(message)),
            "Check the unit's SIM and number at the carrier, then retry, or use a cable.",
        ),
        Fault::MessageNotAnswered { minutes } => (
            format!(
                "the unit did not answer the message within {minutes} min; nothing is known to have changed."
            ),
            "Retry when the unit has network and power, or plug it in.",
        ),
        Fault::MessageInDoubt { detail } => (
            format!(
                "whether the message was sent cannot be told ({}); it was not sent a second time.",
                fact(detail)
            ),
            "Wait for the unit's answer, or plug it in; then retry.",
        ),
        Fault::MessageAnsweredNo { reply } => (
            format!(
                "the unit answered the message and did not take the values. It said '{}'.",
                fact(reply)
            ),
            "Check the unit's messaging password, then retry, or use a cable.",
        ),
        Fault::MessageShowsOther { settings } => (
            format!(
                "the unit answered by message that {} is not as it was sent.",
                the_settings(&labels(settings))
            ),
            "Plug the unit in and read it.",
        ),

        Fault::JobOpen => (
            "work on this unit or its SIM is already under way.".to_owned(),
            "Finish or cancel that work first. It stands under To do.",
        ),
        Fault::InventoryFailed { detail } => (
            format!(
                "the inventory on this computer cannot be written ({}).",
                fact(detail)
            ),
            "Make room on the disk or ask your IT administrator. No unit is changed until it can be written again.",
        ),
        Fault::Cancelled => (
            "the work was stopped by a person.".to_owned(),
            "Start it again when you are ready.",
        ),
        Fault::BenchGone { bench } => (
            format!(
                "{} had this unit in hand when the push was cancelled, and has said nothing of it since.",
                or(bench, "another bench")
            ),
            "Plug it in: it is read again, and shows what it holds. Retry failed sets it once more.",
        ),
        Fault::InOtherPush { push } => (
            format!(
                "this unit is in the push '{}' of this bench, so this push passes over it here.",
                fact(push)
            ),
            "It is done by that push. Cancel that one first if this push shall have it.",
        ),
        Fault::Internal { detail } => (
            format!(
                "a part of this program failed ({}). Other slots go on.",
                fact(detail)
            ),
            "Save the support bundle and send it to support, then try again.",
        ),
    }
}

/// A text from outside, harmless and without a full stop of its own, so that it fits into a sentence.
fn fact(text: &str) -> String {
    let text = printable(text.trim());
    let text = text.trim_end_matches(['.', '!', ' ']);
    if text.is_empty() {
        "nothing".to_owned()
    } else {
        text.to_owned()
    }
}

fn or(text: &str, otherwise: &str) -> String {
    if text.trim().is_empty() {
        otherwise.to_owned()
    } else {
        fact(text)
    }
}

fn tries(left: Option<u32>) -> String {
    match left {
        None => String::new(),
        Some(0) => ", no tries left".to_owned(),
        Some(1) => ", 1 try left".to_owned(),
        Some(left) => format!(", {left} tries left"),
    }
}

fn labels(settings: &[Mismatch]) -> Vec<String> {
    settings
        .iter()
        .map(|mismatch| mismatch.what.clone())
        .collect()
}

/// 'the server address', 'the server address and the APN', 'the server address, the APN and 3 more'.
fn the_settings(labels: &[String]) -> String {
    let labels: Vec<String> = labels
        .iter()
        .map(|label| format!("the {}", inside_a_sentence(&fact(label))))
        .collect();
    if labels.is_empty() {
        "a setting".to_owned()
    } else {
        list(&labels)
    }
}

fn list(items: &[String]) -> String {
    let facts: Vec<String> = items.iter().map(|item| fact(item)).collect();
    match facts.as_slice() {
        [] => "nothing".to_owned(),
        [one] => one.clone(),
        [one, two] => format!("{one} and {two}"),
        [one, two, three] => format!("{one}, {two} and {three}"),
        [one, two, rest @ ..] => format!("{one}, {two} and {} more", rest.len()),
    }
}

/// A label with a small first letter, unless it begins with an abbreviation ('APN').
fn inside_a_sentence(label: &str) -> String {
    let mut rest = label.chars();
    match (rest.next(), rest.clone().next()) {
        (Some(first), Some(second)) if second.is_lowercase() => {
            first.to_lowercase().chain(rest).collect()
        }
        _ => label.to_owned(),
    }
}
