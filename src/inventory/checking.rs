//! How far the check of an inventory is that was not closed as it should be, for whoever waits for it.

use rusqlite::Connection;
use std::fmt;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// Steps of SQLite between two words; in the first part each page is one.
const STEPS: i32 = 256;

/// How far a check is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CheckedSoFar {
    /// Size of the file in bytes.
    pub bytes: u64,
    /// First every page is looked at: how many of a hundred. `None` in the second part, in which every row is, however many there are.
    pub pages_percent: Option<u8>,
    /// Since the check began.
    pub elapsed: Duration,
}

/// Who is told how far a check is. Called on the thread that checks, so it must not wait.
#[derive(Clone)]
pub struct CheckTold(Arc<dyn Fn(CheckedSoFar) + Send + Sync>);

impl CheckTold {
    /// Tells this one.
    pub fn new(tell: impl Fn(CheckedSoFar) + Send + Sync + 'static) -> Self {
        Self(Arc::new(tell))
    }

    /// From now on checks on this connection tell how far they are, the first time at once.
    pub(super) fn watch(&self, connection: &Connection) -> Result<(), rusqlite::Error> {
        let size = |name| {
            let size = connection.pragma_query_value(None, name, |row| row.get::<_, i64>(0));
            size.map(i64::unsigned_abs)
        };
        let pages = size("page_count")?;
        let bytes = pages.saturating_mul(size("page_size")?);
        let (told, begun, mut steps) = (self.clone(), Instant::now(), 0_u64);
        let tell = move |steps: u64| {
            (told.0)(CheckedSoFar {
                bytes,
                pages_percent: percent(steps, pages),
                elapsed: begun.elapsed(),
            });
        };
        tell(0);
        let handler = move || {
            steps = steps.saturating_add(u64::from(STEPS.unsigned_abs()));
            tell(steps);
            false
        };
        connection.progress_handler(STEPS, Some(handler))
    }
}

impl fmt::Debug for CheckTold {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("CheckTold")
    }
}

fn percent(steps: u64, pages: u64) -> Option<u8> {
    let percent = steps.saturating_mul(100).checked_div(pages)?;
    u8::try_from(percent).ok().filter(|percent| *percent < 100)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_come_first_and_rows_have_no_share() {
        assert_eq!(percent(0, 0), None);
        assert_eq!(percent(0, 10), Some(0));
        assert_eq!(percent(256, 1_000), Some(25));
        assert_eq!(percent(1_000, 1_000), None);
        assert_eq!(percent(u64::MAX, 1), None);
    }
}
