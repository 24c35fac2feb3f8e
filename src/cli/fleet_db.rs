//! `fleetdesk fleet-db install`, `check` and `login`: set the database up, look over the way to it, keep its password.

use super::args::Global;
use super::carrier::runtime;
use super::exit::ExitStatus;
use super::output::Output;
use crate::preferences::LoginChoice;
use crate::start::{Machine, StartError, database_keychain_name};
use fleet::Secret;
use fleet_db::doctor::{self, Report, Step, StepName, Verdict};
use fleet_db::{Access, Fault, Login, install};
use jiff::Timestamp;
use serde_json::{Value, json};

/// Sets the database up, or prints what would be run.
pub(super) fn install(
    global: &Global,
    print_sql: bool,
    output: Output,
) -> Result<ExitStatus, StartError> {
    if print_sql {
        let script = install::script();
        if output.is_json() {
            output.json_line(&json!({ "type": "script", "sql": script }));
            output.json_line(
                &json!({ "type": "summary", "schema": install::SCHEMA_VERSION, "installed": false }),
            );
        } else {
            output.line(&script);
        }
        return Ok(ExitStatus::Done);
    }
    let access = Machine::look(global)?.fleet_db(global)?;
    if let Some(note) = access.target.plain_text_note() {
        output.problem(note);
    }
    let installed = runtime()?.block_on(async {
        let session = match access.session().await {
            // An administrator's password is seldom in a bench's keychain.
            Err(Fault::NoCredential { .. }) => asked(&access)?.session().await?,
            other => other?,
        };
        install::install(&session).await
    });
    let warnings = installed.map_err(|fault| not_installed(&fault))?;
    for warning in &warnings {
        output.problem(&format!("Look at this: {warning}."));
    }
    if output.is_json() {
        output.json_line(
            &json!({ "type": "summary", "schema": install::SCHEMA_VERSION, "installed": true, "warnings": warnings }),
        );
    } else {
        output.line(&format!(
            "{} is set up for Fleetdesk (schema {}).",
            access.target,
            install::SCHEMA_VERSION
        ));
        output.line("Give each bench a login of its own, in psql:");
        output.line("    CREATE ROLE bench_2 LOGIN PASSWORD '...';");
        output.line("    SELECT fleet.admit('bench_2', 'fleet_app');");
        output.line(
            "People who edit the table with plain SQL get fleet_editor, reports fleet_reader.",
        );
    }
    Ok(ExitStatus::Done)
}

fn asked(access: &Access) -> Result<Access, Fault> {
    let typed = ask_password(&format!(
        "Password of {} for {} (not shown while you type):",
        access.target.user(),
        access.target.database()
    ));
    let password = typed.map_err(|why| Fault::NoCredential { why })?;
    Ok(Access {
        login: Login::Password(password),
        ..access.clone()
    })
}

fn not_installed(fault: &Fault) -> StartError {
    let advice = fault.advice();
    let cure = match fault {
        Fault::NoRight { .. } => {
            "Log in as somebody who may create roles and schemas (on RDS the main user), or hand the script of 'fleetdesk fleet-db install --print-sql' to the database's administrator."
        }
        Fault::ReadOnly { .. } => {
            "Install over the address of the server that takes changes, not over that of a copy for reading."
        }
        Fault::Refused { .. } => {
            "Look at what the server said; 'fleetdesk fleet-db install --print-sql' shows the script that it refused."
        }
        _ => &advice.what_to_do,
    };
    StartError::failed(
        advice.what_happened,
        "The database is as it was.",
        cure,
        advice.code,
    )
}

/// Looks over the way to the database.
pub(super) fn check(global: &Global, output: Output) -> Result<ExitStatus, StartError> {
    let access = Machine::look(global)?.fleet_db(global)?;
    let report = runtime()?.block_on(doctor::check(&access, Timestamp::now));
    for step in &report.steps {
        if output.is_json() {
            output.json_line(&object(step));
        } else {
            print(step, output);
        }
    }
    let verdict = report.verdict();
    if output.is_json() {
        output.json_line(&json!({
            "type": "summary",
            "database": report.database,
            "verdict": verdict,
            "usable": verdict != Verdict::Failed,
            "encrypted": !access.target.is_plain_text(),
        }));
    } else {
        output.line(closing(&report));
    }
    Ok(match verdict {
        Verdict::Good => ExitStatus::Done,
        Verdict::Notice => ExitStatus::NeedsPerson,
        Verdict::Failed => ExitStatus::Failed,
    })
}

fn object(step: &Step) -> Value {
    let mut object = json!({ "type": "step" });
    if let (Value::Object(object), Ok(Value::Object(facts))) =
        (&mut object, serde_json::to_value(step))
    {
        object.extend(facts);
    }
    object
}

fn print(step: &Step, output: Output) {
    let mark = match step.verdict {
        Verdict::Good => "good",
        Verdict::Notice => "look",
        Verdict::Failed => "FAILED",
    };
    let name = match step.step {
        StepName::Name => "Name",
        StepName::Network => "Network",
        StepName::Encryption => "Encryption",
        StepName::Login => "Login",
        StepName::Schema => "Tables",
        StepName::Rights => "Rights",
        StepName::Clock => "Clock",
    };
    output.line(&format!("{mark:<7} {name:<11} {}", step.words));
    if let Some(cure) = &step.cure {
        let code = step
            .code
            .map(|code| format!(" ({code})"))
            .unwrap_or_default();
        output.line(&format!("{:<19} {cure}{code}", ""));
    }
}

fn closing(report: &Report) -> &'static str {
    match report.verdict() {
        Verdict::Good => "The fleet database can be used.",
        Verdict::Notice => "The fleet database can be used; look at what is marked.",
        Verdict::Failed => {
            "The fleet database cannot be used now. Work at the bench goes on; changes are kept here and go out later."
        }
    }
}

/// Keeps the password of the database in the keychain, or in the sealed file where a person chose that.
pub(super) fn login(
    global: &Global,
    sealed_file: bool,
    output: Output,
) -> Result<ExitStatus, StartError> {
    let mut machine = Machine::look(global)?;
    let access = machine.fleet_db(global)?;
    let chosen = machine.preferences.fleet_db.as_mut();
    let sealed_file = sealed_file
        || chosen
            .as_ref()
            .is_some_and(|chosen| chosen.login == LoginChoice::SealedFile);
    if sealed_file {
        let chosen = chosen.ok_or_else(|| {
            StartError::failed(
                "The preferences name no fleet database whose password could be sealed.",
                "Nothing was kept.",
                "Name it in the preferences: [fleet_db] address = \"...\", then enter the password again.",
                "F-806",
            )
        })?;
        chosen.login = LoginChoice::SealedFile;
    }
    let password = ask_password(&format!(
        "Password for {} (not shown while you type):",
        access.target
    ))
    .map_err(StartError::Usage)?;
    let name = database_keychain_name(&access.target);
    if sealed_file {
        let note = machine.keep_sealed(&name, &password, "F-807")?;
        prefer(&machine)?;
        output.say("Kept in the sealed file of this bench; its passphrase is asked for at each start. 'fleetdesk fleet-db check' tells whether the password is right.");
        if let Some(note) = note {
            output.problem(&note);
        }
        return Ok(ExitStatus::Done);
    }
    crate::secrets::to_keychain(&name, &password).map_err(
        |error| {
            StartError::failed(
                format!("{}.", crate::cli::sentence(&error.to_string())),
                "Nothing was kept.",
                "Unlock the keychain and enter the password again; or keep it in a sealed file: 'fleetdesk fleet-db login --sealed-file'; or set  login = \"ask\"  under [fleet_db] to type it at each start.",
                "F-805",
            )
        },
    )?;
    output.say("Kept in the keychain of this computer. 'fleetdesk fleet-db check' tells whether it is right.");
    Ok(ExitStatus::Done)
}

/// Writes the preferences after a choice in them was changed.
pub(super) fn prefer(machine: &Machine) -> Result<(), StartError> {
    let file = machine.folders.preferences_file();
    machine.preferences.save(&file).map_err(|error| {
        StartError::failed(
            format!("{}.", crate::cli::sentence(&error.to_string())),
            "The secret is in the sealed file, but the preferences do not say so yet.",
            "Set  login = \"sealed_file\"  under [fleet_db], or  secret = \"sealed-file\"  under [carrier].",
            "I-712",
        )
    })
}

/// Asks for a password at the terminal.
///
/// # Errors
/// When there is no terminal, or nothing was typed.
pub fn ask_password(question: &str) -> Result<Secret, String> {
    Output::new(false).problem(question);
    let typed = rpassword::read_password()
        .map(Secret::new)
        .map_err(|error| format!("no password could be typed here: {error}"))?;
    if typed.is_empty() {
        return Err("nothing was typed".to_owned());
    }
    Ok(typed)
}
