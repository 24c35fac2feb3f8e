//! Units that a person set aside or typed to: kept, and told when such a unit is plugged again; and the same code again and again,
//! which is the template's fault rather than the units'.

use super::context::Context;
use super::event::{Event, UnitEnded};
use super::state::LaneUnit;
use fleet::job::Ending;
use fleet::journal::Verdict;
use fleet::unit::{Unit, UnitEvent, UnitEventKind};
use fleet::{Advice, UnitId};
use jiff::Timestamp;
use jiff::tz::TimeZone;

/// Title of the entry on the unit's timeline.
const SET_ASIDE: &str = "Set aside";
/// The same of a unit that somebody typed to.
pub(super) const TYPED_BY_HAND: &str = "Typed to by hand";
/// Title of the entry of a unit that was set without proof.
const NOT_VERIFIED: &str = "Not verified";
/// How far back a unit's story is looked for.
const ENTRIES: u32 = 40;
/// As many times the same code in a row stop line mode.
const IN_A_ROW: u32 = 3;

/// Keeps on the unit's timeline that it was set aside, with the code.
pub(super) async fn keep(context: &Context, unit: &LaneUnit, advice: Option<&Advice>) {
    let detail = match advice {
        Some(advice) => format!("{}: {}", advice.code, advice.what_happened),
        None => "by a person, without a fault".to_owned(),
    };
    let entry = UnitEvent {
        at: Timestamp::now(),
        kind: UnitEventKind::Stopped,
        title: SET_ASIDE.to_owned(),
        detail,
        by: context.actor(),
    };
    let known = context.inventory.unit(unit.id.clone()).await;
    let kept = match known {
        Ok(Some(_)) => context.inventory.add_entry(unit.id.clone(), entry).await,
        Ok(None) => {
            let mut row = Unit::new(unit.id.clone(), Timestamp::now());
            row.model = Some(unit.model.clone());
            row.firmware.clone_from(&unit.firmware);
            context.inventory.upsert_unit(row, vec![entry]).await
        }
        Err(error) => Err(error),
    };
    if let Err(error) = kept {
        context.toast(
            format!(
                "That unit ...{} was set aside could not be kept: {error}",
                unit.id.last_four()
            ),
            true,
        );
    }
}

/// Why a unit waits for a person.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Story {
    /// In a few words.
    pub greeting: &'static str,
    /// When, why, by whom.
    pub words: String,
}

/// The story of a unit that was set aside or typed to and not proved since.
pub(super) async fn story(context: &Context, id: &UnitId) -> Option<Story> {
    let timeline = context.inventory.timeline(id.clone(), ENTRIES).await.ok()?;
    told(&timeline, &TimeZone::system())
}

fn told(timeline: &[UnitEvent], zone: &TimeZone) -> Option<Story> {
    let is_aside =
        |entry: &UnitEvent| entry.kind == UnitEventKind::Stopped && entry.title == SET_ASIDE;
    let is_typed =
        |entry: &UnitEvent| entry.kind == UnitEventKind::Changed && entry.title == TYPED_BY_HAND;
    // Proof ends either; being set anew is enough after typing, where a family cannot show more. Of both, being set aside says more.
    let since_proof: Vec<&UnitEvent> = timeline
        .iter()
        .take_while(|entry| entry.kind != UnitEventKind::Verified)
        .collect();
    let aside = since_proof.iter().find(|entry| is_aside(entry));
    let typed = since_proof
        .iter()
        .take_while(|entry| entry.title != NOT_VERIFIED)
        .find(|entry| is_typed(entry));
    let last = aside.or(typed)?;
    let at = last.at.to_zoned(zone.clone());
    let by = match last.by.as_str() {
        "" => String::new(),
        by => format!(" ({by})"),
    };
    Some(Story {
        greeting: if is_aside(last) {
            "Was set aside"
        } else {
            TYPED_BY_HAND
        },
        words: format!(
            "{} {}: {}{by}",
            last.title,
            at.strftime("%-d %b %H:%M"),
            last.detail
        ),
    })
}

/// The last code and how many units in a row ended with it.
#[derive(Debug, Default)]
pub(super) struct Streak {
    code: &'static str,
    units: u32,
}

impl Streak {
    /// Takes in how a unit ended; answers the code when it has just come so often in a row that the template is to blame.
    fn take(&mut self, ending: &Ending) -> Option<&'static str> {
        let code = match &ending.fault {
            Some(fault) => fault.code(),
            None if ending.verdict == Verdict::Stopped => return None,
            None => {
                *self = Self::default();
                return None;
            }
        };
        if self.code == code {
            self.units += 1;
        } else {
            *self = Self { code, units: 1 };
        }
        (self.units == IN_A_ROW).then_some(code)
    }
}

/// Stops line mode when one unit after the other ends with the same code.
pub(super) fn watch_for_template(context: &Context, ended: &UnitEnded) {
    let Some(code) = context.streak.borrow_mut().take(&ended.ending) else {
        return;
    };
    if context.line_mode.replace(false) {
        context.tell(Event::LineMode(false));
        context.toast(
            format!("Three units in a row ended with {code}, so line mode is off. Probably the template, not the units"),
            true,
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use fleet::Fault;
    use fleet::fault::UnitCondition;
    use fleet::registration::RegistrationState;

    fn entry(kind: UnitEventKind, title: &str, second: i64) -> UnitEvent {
        UnitEvent {
            at: Timestamp::from_second(second).unwrap(),
            kind,
            title: title.into(),
            detail: "V-310: the server address did not stay".into(),
            by: "North office, bench 1".into(),
        }
    }

    #[test]
    fn a_unit_that_was_set_aside_tells_so_until_it_is_proved() {
        let aside = entry(UnitEventKind::Stopped, SET_ASIDE, 60);
        let stopped = entry(UnitEventKind::Stopped, "Stopped", 50);
        let proved = entry(UnitEventKind::Verified, "Verified", 90);
        let story = told(&[aside.clone(), stopped.clone()], &TimeZone::UTC).unwrap();
        assert_eq!(story.greeting, "Was set aside");
        assert_eq!(
            story.words,
            "Set aside 1 Jan 00:01: V-310: the server address did not stay (North office, bench 1)"
        );
        let typed = entry(UnitEventKind::Changed, TYPED_BY_HAND, 70);
        let story = told(&[typed.clone(), stopped.clone()], &TimeZone::UTC).unwrap();
        assert_eq!(story.greeting, TYPED_BY_HAND);
        assert!(story.words.starts_with("Typed to by hand 1 Jan 00:01: "));
        let both = told(&[typed.clone(), aside.clone()], &TimeZone::UTC).unwrap();
        assert_eq!(both.greeting, "Was set aside");
        assert_eq!(told(&[proved, typed, aside], &TimeZone::UTC), None);
        assert_eq!(told(&[stopped], &TimeZone::UTC), None);
    }

    #[test]
    fn the_same_code_three_times_in_a_row_is_the_templates() {
        let ending = |fault: Option<Fault>| Ending {
            verdict: if fault.is_some() {
                Verdict::Stopped
            } else {
                Verdict::Verified
            },
            registration: RegistrationState::Skipped,
            changes: 0,
            fault,
            condition: UnitCondition::Untouched,
        };
        let busy = || ending(Some(Fault::PortBusy));
        let label = || ending(Some(Fault::LabelNeeded));
        let mut streak = Streak::default();
        assert_eq!(streak.take(&busy()), None);
        assert_eq!(streak.take(&busy()), None);
        assert_eq!(streak.take(&label()), None);
        assert_eq!(streak.take(&busy()), None);
        assert_eq!(streak.take(&busy()), None);
        assert_eq!(streak.take(&ending(None)), None);
        assert_eq!(streak.take(&busy()), None);
        assert_eq!(streak.take(&busy()), None);
        assert_eq!(streak.take(&busy()), Some(Fault::PortBusy.code()));
        assert_eq!(streak.take(&busy()), None, "it is said once");
    }
}
