//! The program `collector`: a Lambda function where Lambda started it, else one run or a check, as told.

use clap::{Parser, Subcommand};
use collector::settings::Settings;
use collector::trouble::Trouble;
use collector::work::{check, collect, collect_day};
use collector::{lambda, log};
use jiff::Timestamp;
use jiff::civil::Date;
use serde_json::json;
use std::process::ExitCode;
use std::time::Instant;

/// Fetches the carrier's reports into the fleet database. Settings come from the environment (infra/README.md).
#[derive(Parser)]
#[command(version, arg_required_else_help = true)]
struct Arguments {
    /// Fetch what the carrier has, once.
    #[arg(long)]
    once: bool,
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Subcommand)]
enum Command {
    /// Look whether carrier, database and password can be reached; names the broken link within ten seconds.
    Check,
    /// Read a past day (UTC) once more, as far back as the carrier keeps reports; asked for again it is read again.
    Backfill {
        /// Which day, for example 2026-11-22.
        day: Date,
    },
}

fn main() -> ExitCode {
    let runtime = match tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
    {
        Ok(runtime) => runtime,
        Err(error) => return failed(&Trouble::Settings(error.to_string())),
    };
    if std::env::var_os("AWS_LAMBDA_RUNTIME_API").is_some() {
        return match runtime.block_on(lambda::serve()) {
            Ok(()) => ExitCode::SUCCESS,
            Err(error) => failed(&Trouble::Settings(error.to_string())),
        };
    }
    let arguments = Arguments::parse();
    let settings = match Settings::read(|name| std::env::var(name).ok()) {
        Ok(settings) => settings,
        Err(trouble) => return failed(&trouble),
    };
    let begun = Instant::now();
    let (feed, outcome) = match arguments.command {
        Some(Command::Check) => return checked(&runtime, &settings),
        Some(Command::Backfill { day }) => (
            format!("day-{day}"),
            runtime.block_on(collect_day(&settings, day, settings.budget)),
        ),
        None => (
            "reports".to_owned(),
            runtime.block_on(collect(&settings, settings.budget)),
        ),
    };
    let took_ms = u64::try_from(begun.elapsed().as_millis()).unwrap_or(u64::MAX);
    log::write(&log::line(&feed, &outcome, Timestamp::now(), took_ms));
    match outcome {
        Ok(_) => ExitCode::SUCCESS,
        Err(_) => ExitCode::FAILURE,
    }
}

fn checked(runtime: &tokio::runtime::Runtime, settings: &Settings) -> ExitCode {
    let links = runtime.block_on(check(settings));
    let all_hold = links.iter().all(|link| link.holds);
    for link in &links {
        log::write(&json!(link));
    }
    if all_hold {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}

fn failed(trouble: &Trouble) -> ExitCode {
    log::write(&log::trouble(trouble));
    ExitCode::FAILURE
}
