//! The day's budget of calls, as screens show it.

/// Calls of the current day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
pub struct Budget {
    /// Allowed in a day.
    pub limit: u32,
    /// Left.
    pub remaining: u32,
    /// Seconds until the count starts again.
    pub reset_s: u64,
}
