//! The thin shell as a Lambda function: an event in, a run, an answer out.

use crate::log;
use crate::settings::Settings;
use crate::trouble::Trouble;
use crate::work::{check, collect, collect_day};
use jiff::Timestamp;
use jiff::civil::Date;
use lambda_runtime::{Diagnostic, Error, LambdaEvent};
use serde::Deserialize;
use serde_json::{Value, json};
use std::time::{Duration, Instant};

/// Time that the shell itself needs after a run.
const SHELL: Duration = Duration::from_secs(2);

/// What the schedule or a person sends. Unknown members are passed over: the schedule adds its own.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Event {
    check: bool,
    /// A past day to be read once more, `2026-11-22`.
    day: Option<Date>,
}

/// Serves events until Lambda ends the process.
///
/// # Errors
/// When the runtime's own interface cannot be reached.
pub async fn serve() -> Result<(), Error> {
    lambda_runtime::run(lambda_runtime::service_fn(handle)).await
}

impl From<Trouble> for Diagnostic {
    fn from(trouble: Trouble) -> Self {
        Self {
            error_type: trouble.code().to_owned(),
            error_message: trouble.to_string(),
        }
    }
}

async fn handle(event: LambdaEvent<Value>) -> Result<Value, Trouble> {
    let begun = Instant::now();
    let settings = Settings::read(|name| std::env::var(name).ok());
    let (asked, settings) = match (understood(&event.payload), settings) {
        (Ok(asked), Ok(settings)) => (asked, settings),
        (Err(trouble), _) | (_, Err(trouble)) => {
            log::write(&log::trouble(&trouble));
            return Err(trouble);
        }
    };
    if asked.check {
        let links = check(&settings).await;
        log::write(&json!({ "level": "info", "message": "check", "links": links }));
        return Ok(json!({ "links": links }));
    }
    let budget = budget(event.context.deadline, Timestamp::now(), settings.budget);
    let (feed, outcome) = match asked.day {
        Some(day) => (
            format!("day-{day}"),
            collect_day(&settings, day, budget).await,
        ),
        None => ("reports".to_owned(), collect(&settings, budget).await),
    };
    let took_ms = u64::try_from(begun.elapsed().as_millis()).unwrap_or(u64::MAX);
    log::write(&log::line(&feed, &outcome, Timestamp::now(), took_ms));
    Ok(json!(outcome?))
}

/// What is asked for. A person's mistake must not start something else than was meant.
fn understood(payload: &Value) -> Result<Event, Trouble> {
    if !payload.is_object() {
        return Ok(Event::default());
    }
    Event::deserialize(payload).map_err(|error| {
        Trouble::Settings(format!(
            "the event is not understood ({error}). It may hold \"check\": true, or a past day as \"day\": \"2026-11-22\"; nothing was done"
        ))
    })
}

/// The time that a run has. A deadline in the past is none: local runtimes send a constant.
fn budget(deadline_ms: u64, now: Timestamp, otherwise: Duration) -> Duration {
    let now_ms = u64::try_from(now.as_millisecond()).unwrap_or_default();
    match deadline_ms.checked_sub(now_ms) {
        Some(left) if left > 0 => Duration::from_millis(left).saturating_sub(SHELL),
        _ => otherwise,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_deadline_in_the_past_is_unknown_and_a_real_one_leaves_the_shell_its_time() {
        let now = Timestamp::from_second(1_800_000_000).unwrap();
        let usual = Duration::from_secs(200);
        assert_eq!(budget(600_000, now, usual), usual);
        assert_eq!(
            budget(1_800_000_060_000, now, usual),
            Duration::from_secs(58)
        );
        assert_eq!(budget(1_800_000_001_000, now, usual), Duration::ZERO);
    }

    #[test]
    fn what_the_schedule_adds_does_not_matter_and_a_mistake_starts_nothing_else() {
        let event = understood(&json!({"version": "0", "time": "x", "day": "2026-03-01"})).unwrap();
        assert!(!event.check && event.day.is_some());
        for whatever in [json!(null), json!("Scheduled"), json!({})] {
            let event = understood(&whatever).unwrap();
            assert!(!event.check && event.day.is_none());
        }
        for mistake in [
            json!({"day": "2026-02-30"}),
            json!({"day": "yesterday"}),
            json!({"check": "true"}),
        ] {
            let trouble = understood(&mistake).unwrap_err();
            assert!(
                trouble.to_string().contains("nothing was done"),
                "{trouble}"
            );
        }
    }
}
