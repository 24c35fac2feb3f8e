//! The log file: what support reads. No secret reaches it, because secrets print as dots and addresses are logged without query.

use crate::folders::Folders;
use tracing_subscriber::EnvFilter;

/// Days of log files that are kept.
const KEPT_DAYS: usize = 14;

/// Starts logging to a file for each day. When that cannot be, the program works without a log.
pub fn start(folders: &Folders, verbosity: u8) {
    let level = match verbosity {
        0 => "info",
        1 => "debug",
        _ => "trace",
    };
    let filter = EnvFilter::new(format!(
        "warn,fleetdesk={level},carrier={level},fleet={level}"
    ));
    let Ok(file) = tracing_appender::rolling::Builder::new()
        .rotation(tracing_appender::rolling::Rotation::DAILY)
        .filename_prefix("fleetdesk")
        .filename_suffix("log")
        .max_log_files(KEPT_DAYS)
        .build(folders.logs())
    else {
        return;
    };
    // A second start in one process (tests) keeps the first log.
    let _ = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::sync::Mutex::new(file))
        .with_ansi(false)
        // A full disk is told by what could not be kept; people are not shown the log's own trouble.
        .log_internal_errors(false)
        .try_init();
}
