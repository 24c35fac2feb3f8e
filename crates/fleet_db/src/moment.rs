//! A `timestamptz` as the wire has it, written as PostgreSQL writes it in JSON: an edit is compared with exactly that text. Asking the server
//! for the text costs it more than any other column of a unit.

use std::error::Error;
use std::fmt;
use tokio_postgres::types::{FromSql, Type};

const MICROSECONDS_A_DAY: i64 = 86_400_000_000;
/// Days from the first of March of the year 0 to the first of January of 2000, from which the wire counts.
const DAYS_BEFORE: i64 = 730_425;
const DAYS_IN_400_YEARS: i64 = 146_097;

/// Microseconds since 2000 in UTC; the ends of the range stand for the infinities.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Moment(i64);

impl<'row> FromSql<'row> for Moment {
    fn from_sql(_: &Type, raw: &'row [u8]) -> Result<Self, Box<dyn Error + Sync + Send>> {
        Ok(Self(i64::from_be_bytes(raw.try_into()?)))
    }

    fn accepts(kind: &Type) -> bool {
        *kind == Type::TIMESTAMPTZ
    }
}

impl fmt::Display for Moment {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            i64::MAX => return formatter.write_str("infinity"),
            i64::MIN => return formatter.write_str("-infinity"),
            _ => {}
        }
        let (year, month, day) = date(self.0.div_euclid(MICROSECONDS_A_DAY));
        let of_day = self.0.rem_euclid(MICROSECONDS_A_DAY);
        let (second, mut fraction) = (of_day / 1_000_000, of_day % 1_000_000);
        // There is no year 0: the one before the first is the first before Christ.
        let shown = if year > 0 { year } else { 1 - year };
        write!(
            formatter,
            "{shown:04}-{month:02}-{day:02}T{:02}:{:02}:{:02}",
            second / 3600,
            second / 60 % 60,
            second % 60
        )?;
        if fraction > 0 {
            let mut digits = 6;
            while fraction % 10 == 0 {
                fraction /= 10;
                digits -= 1;
            }
            write!(formatter, ".{fraction:0digits$}")?;
        }
        formatter.write_str(if year > 0 { "+00:00" } else { "+00:00 BC" })
    }
}

/// Year, month and day so many days after the first of January of 2000. Counted from March, leap days come last, and the lengths of the
/// months before them follow one line.
fn date(days: i64) -> (i64, i64, i64) {
    let days = days + DAYS_BEFORE;
    let of_era = days.rem_euclid(DAYS_IN_400_YEARS);
    let year_of_era = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let from_march = (5 * of_year + 2) / 153;
    let day = of_year - (153 * from_march + 2) / 5 + 1;
    let month = if from_march < 10 {
        from_march + 3
    } else {
        from_march - 9
    };
    let year = year_of_era + 400 * days.div_euclid(DAYS_IN_400_YEARS) + i64::from(month <= 2);
    (year, month, day)
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::tz::TimeZone;

    #[test]
    fn every_day_of_three_thousand_years_is_the_calendars() {
        let start = jiff::civil::date(2000, 1, 1);
        for days in (-730_000..400_000).step_by(7).chain(-400..400) {
            let there = start + jiff::Span::new().days(days);
            let meant = (
                i64::from(there.year()),
                i64::from(there.month()),
                i64::from(there.day()),
            );
            assert_eq!(date(days), meant);
        }
    }

    #[test]
    fn moments_are_written_without_zeros_at_the_end_of_the_fraction() {
        let written = |text: &str| {
            let at: jiff::Timestamp = text.parse().unwrap();
            let since: jiff::Timestamp = "2000-01-01T00:00:00Z".parse().unwrap();
            Moment(at.as_microsecond() - since.as_microsecond()).to_string()
        };
        assert_eq!(written("2026-01-02T03:04:05Z"), "2026-01-02T03:04:05+00:00");
        assert_eq!(
            written("2026-01-02T03:04:05.12Z"),
            "2026-01-02T03:04:05.12+00:00"
        );
        assert_eq!(
            written("1969-12-31T23:59:59.000001Z"),
            "1969-12-31T23:59:59.000001+00:00"
        );
        let now = jiff::Timestamp::now().to_zoned(TimeZone::UTC);
        assert!(
            written(&now.timestamp().to_string())
                .starts_with(&now.strftime("%Y-%m-%dT%H:%M:").to_string())
        );
        assert_eq!(Moment(i64::MAX).to_string(), "infinity");
        assert_eq!(Moment(i64::MIN).to_string(), "-infinity");
    }
}
