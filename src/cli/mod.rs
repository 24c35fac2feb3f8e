//! The command line: the same door as the window, in text and JSON.
//!
//! Messages for people go to standard error where standard output carries data. What a command does is the engine's business.

mod args;
mod bench;
mod carrier;
mod conflicts;
mod demo;
mod done_today;
mod edit;
mod exit;
mod fleet_db;
mod labels;
mod life;
mod listed;
mod output;
mod ports;
mod profiles;
mod provision;
mod push;
mod read;
mod reconcile;
mod reports;
mod sandbox;
mod sheets;
mod simulate;
mod stopping;
mod subscription;
mod support;
mod sync;
mod talk;
mod templates;
mod to_do;
mod typed;
mod units;

pub use args::{Arguments, Command, Global};
pub use exit::ExitStatus;
pub(crate) use fleet::wording::sentence;
pub use fleet_db::ask_password;
pub(crate) use output::Output;
pub use typed::typed;

use crate::start::StartError;
use args::{FleetDbAction, UnitAction};

/// Runs a command that needs no window.
#[must_use]
pub fn run(arguments: Arguments) -> ExitStatus {
    let output = Output::new(arguments.global.json);
    let global = &arguments.global;
    let ended = match arguments.command {
        None => Err(StartError::Usage(
            "this build has no window; name a command".into(),
        )),
        Some(Command::Demo(args)) => demo::run(global, &args, output),
        Some(Command::Ports(args)) => ports::run(&args, output),
        Some(Command::Talk(args)) => talk::run(&args, output),
        Some(Command::Read(args)) => read::run(global, &args, output),
        Some(Command::Provision(args)) => provision::run(global, &args, output),
        Some(Command::Push(args)) => push::run(global, &args, output),
        Some(Command::Units(args))
            if args.silent.is_some() || args.never_heard || args.interval_differs =>
        {
            reports::list(global, &args, output)
        }
        Some(Command::Units(args)) if args.to_do => to_do::list(global, output),
        Some(Command::Units(args)) if args.done_today => done_today::list(global, output),
        Some(Command::Units(args)) if args.list.is_some() => listed::list(global, &args, output),
        Some(Command::Units(args)) => units::list(global, &args, output),
        Some(Command::Unit(args)) => match &args.action {
            UnitAction::Show { id } => units::show(global, id, output),
            UnitAction::Add { fact } => edit::add(global, fact, output),
            UnitAction::Set { id, fact } => edit::set(global, id, fact, output),
            UnitAction::Return { id } => life::go(global, id, &life::Way::Return, output),
            UnitAction::Retire { id, undo: false } => {
                life::go(global, id, &life::Way::Retire, output)
            }
            UnitAction::Retire { id, undo: true } => {
                life::go(global, id, &life::Way::TakeBack, output)
            }
            UnitAction::Swap { id, with } => {
                life::go(global, id, &life::Way::Swap(with.clone()), output)
            }
        },
        Some(Command::Import(args)) => sheets::import(global, &args, output),
        Some(Command::Export(args)) => sheets::export(global, &args, output),
        Some(Command::Labels(args)) => labels::run(global, &args, output),
        Some(Command::SupportBundle(args)) => support::run(global, &args, output),
        Some(Command::Sync(args)) => sync::run(global, &args, output),
        Some(Command::FleetDb(args)) => match &args.action {
            FleetDbAction::Install { print_sql } => fleet_db::install(global, *print_sql, output),
            FleetDbAction::Check => fleet_db::check(global, output),
            FleetDbAction::Login { sealed_file } => fleet_db::login(global, *sealed_file, output),
            FleetDbAction::Conflicts => conflicts::list(global, output),
            FleetDbAction::Decide(args) => conflicts::decide(global, args, output),
        },
        Some(Command::Templates(args)) => templates::run(global, &args, output),
        Some(Command::Simulate(args)) => simulate::run(global, &args.profile, &args.units, output),
        Some(Command::Carrier(args)) => carrier::run(global, &args, output),
        Some(Command::Profiles(args)) => profiles::run(global, &args, output),
    };
    ended.unwrap_or_else(|error| told(&error, output))
}

/// Tells why the program cannot start, in four lines.
#[must_use]
pub fn tell(error: &StartError) -> ExitStatus {
    told(error, Output::new(false))
}

fn told(error: &StartError, output: Output) -> ExitStatus {
    output.start_error(error);
    match error {
        StartError::Usage(_) => ExitStatus::Usage,
        StartError::Failed { .. } => ExitStatus::Failed,
    }
}
