//! A clock of this computer that is not the server's.

use fleet::Advice;

/// A clock that is off by more is told, in seconds.
const CLOCK_OFF_S: i64 = 300;

/// What people are told of a clock that is so many seconds ahead. It does no harm to the agreement itself, but people read times, and
/// logins by token need it.
#[must_use]
pub fn clock_advice(seconds: i64) -> Option<Advice> {
    if seconds.abs() < CLOCK_OFF_S {
        return None;
    }
    let by = match seconds.abs() {
        much if much >= 36 * 3_600 => format!("{} days", (much + 43_200) / 86_400),
        some if some >= 5_400 => format!("{} hours", (some + 1_800) / 3_600),
        little => format!("{} minutes", (little + 30) / 60),
    };
    let way = if seconds > 0 { "ahead of" } else { "behind" };
    Some(Advice {
        what_happened: format!("The clock of this computer is about {by} {way} the office database's."),
        unit_state: "Nothing is lost or mixed up by it: no clock decides anything. Times shown here are wrong.".to_owned(),
        what_to_do: "Set date and time of this computer, then go on.".to_owned(),
        code: "F-870",
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clock_that_is_a_day_off_is_told_and_a_minute_is_not() {
        assert_eq!(clock_advice(60), None);
        let told = clock_advice(-86_400).map(|advice| advice.what_happened);
        assert_eq!(
            told.as_deref(),
            Some("The clock of this computer is about 24 hours behind the office database's.")
        );
    }
}
