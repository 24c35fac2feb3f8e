//! From the command line to the window: what is opened before the first frame, and when the terminal is used instead.

use crate::cli::{Arguments, Command, ExitStatus, Global};
use crate::demo::{Office, OfficePlan, Offices};
use crate::engine::{Account, Approval, Engine, EngineOptions, Lanes, SupportFiles};
use crate::inventory::{CheckTold, Inventory, Options};
use crate::link::{PortSource, Ports};
use crate::preferences::Preferences;
use crate::secrets::UnitSecrets;
use crate::start::{Machine, StartError, notes, secrets_in_keychain};
use crate::ui::{First, News, Opening, SoFar};
use fleet::Secret;
use std::collections::BTreeMap;
use std::sync::mpsc::{Sender, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

/// An inventory that is opened as fast as usual is waited for; a slower one is told of in the window.
const USUAL_OPENING: Duration = Duration::from_millis(250);
/// Between two words of how far a check is.
const BETWEEN_WORDS: Duration = Duration::from_millis(100);

/// Opens the window when the command asks for it and there is a display; `None` when the terminal serves.
#[must_use]
pub fn open_if_wanted(arguments: &Arguments) -> Option<ExitStatus> {
    let opened = match &arguments.command {
        None => bench(arguments),
        Some(Command::Demo(args)) if !args.headless && !arguments.global.json && has_display() => {
            demo(arguments, args.units, args.seed)
        }
        Some(_) => return None,
    };
    Some(opened.unwrap_or_else(|error| crate::cli::tell(&error)))
}

/// Whether a window could be shown. On Windows and macOS there always is a display for a person who is signed in.
fn has_display() -> bool {
    !cfg!(target_os = "linux")
        || ["DISPLAY", "WAYLAND_DISPLAY"]
            .iter()
            .any(|name| std::env::var_os(name).is_some_and(|value| !value.is_empty()))
}

fn no_window(detail: &str) -> StartError {
    StartError::failed(
        format!("The window cannot be opened: {detail}."),
        "Nothing was done.",
        "Use a desktop session, or a command: 'fleetdesk --help' lists them; 'fleetdesk demo --headless' shows the demo in a terminal.",
        "U-050",
    )
}

fn bench(arguments: &Arguments) -> Result<ExitStatus, StartError> {
    if !has_display() {
        return Err(no_window("there is no display"));
    }
    let machine = Machine::look(&arguments.global)?;
    let asks = machine.has_locked_secrets(&arguments.global);
    let account = if asks && machine.has_locked_account(&arguments.global) {
        None
    } else {
        machine.account(&arguments.global)?
    };
    let fleet_db = machine.fleet_db_if_any(&arguments.global)?;
    let registry = machine.registry.clone();
    let (bench, office) = (
        machine.preferences.bench.clone(),
        machine.preferences.office.clone(),
    );
    let support = SupportFiles {
        preferences: machine.folders.preferences_file(),
        logs: machine.folders.logs(),
        secrets: secrets_of(&machine.preferences),
    };
    let options = move |inventory| EngineOptions {
        inventory,
        registry,
        ports: Ports::new(vec![PortSource::System]),
        lanes: Lanes::All,
        account,
        fleet_db,
        bench,
        office,
        unit_secrets: UnitSecrets::default(),
        template_secrets: Arc::default(),
        labels: BTreeMap::new(),
        approval: Approval::Ask,
        follow_for: None,
        line_mode: false,
        pushes: crate::engine::PushScope::All,
        message_wait: std::time::Duration::from_secs(600),
        support: Some(support),
        job: None,
    };
    let (news, hears) = channel();
    let failed: Arc<Mutex<Option<StartError>>> = Arc::default();
    open_beside(&machine, options, news, Arc::clone(&failed))?;
    let mut opening = Opening::new(hears);
    let first = match opening.wait(USUAL_OPENING) {
        Some((options, notes)) => First::Opened(options, notes),
        None if opening.has_failed() => return Err(why(&failed)),
        None => First::Opening(opening),
    };
    let keep = machine.folders.preferences_file();
    let preferences = machine.preferences.clone();
    let locked = asks.then(|| Locked::new(machine, arguments.global.clone()));
    let shown = run(first, preferences, Some(keep), locked);
    match failed.lock().unwrap_or_else(PoisonError::into_inner).take() {
        Some(error) => Err(error),
        None => shown,
    }
}

/// Opens the inventory on a thread of its own: after an unclean end it is checked first, and the window shall not wait for that.
fn open_beside(
    machine: &Machine,
    options: impl FnOnce(Inventory) -> EngineOptions + Send + 'static,
    news: Sender<News<EngineOptions>>,
    failed: Arc<Mutex<Option<StartError>>>,
) -> Result<(), StartError> {
    let telling = news.clone();
    let last: Mutex<Option<(Instant, bool)>> = Mutex::new(None);
    let told = CheckTold::new(move |so_far| {
        // A window that is not looked at hears nothing, so that what is told must not pile up.
        let in_pages = so_far.pages_percent.is_some();
        let mut last = last.lock().unwrap_or_else(PoisonError::into_inner);
        if last.is_some_and(|(told, pages)| pages == in_pages && told.elapsed() < BETWEEN_WORDS) {
            return;
        }
        *last = Some((Instant::now(), in_pages));
        // Nobody hears it only when the window was closed meanwhile.
        let _ = telling.send(News::Checked(SoFar {
            bytes: so_far.bytes,
            pages_percent: so_far.pages_percent,
            elapsed: so_far.elapsed,
        }));
    });
    let open = machine.opener(told);
    let opens = move || {
        let said = match open() {
            Ok((inventory, opened)) => News::Opened(options(inventory), notes(&opened)),
            Err(error) => {
                let lines = match error.clone() {
                    StartError::Usage(what) => [what, String::new(), String::new(), String::new()],
                    StartError::Failed {
                        what,
                        state,
                        cure,
                        code,
                    } => [what, state, cure, code.to_owned()],
                };
                *failed.lock().unwrap_or_else(PoisonError::into_inner) = Some(error);
                News::Failed(lines)
            }
        };
        let _ = news.send(said);
    };
    let thread = std::thread::Builder::new()
        .name("opening".into())
        .spawn(opens);
    thread.map(drop).map_err(|error| {
        StartError::failed(
            format!("The system gives no means to open the inventory ({error})."),
            "Nothing was done.",
            "Close other programs and start again.",
            "I-721",
        )
    })
}

fn why(failed: &Mutex<Option<StartError>>) -> StartError {
    let error = failed.lock().unwrap_or_else(PoisonError::into_inner).take();
    error.unwrap_or_else(|| StartError::Usage("the inventory was not opened".to_owned()))
}

fn secrets_of(preferences: &Preferences) -> Arc<dyn Fn() -> Vec<Secret> + Send + Sync> {
    let preferences = preferences.clone();
    Arc::new(move || secrets_in_keychain(&preferences))
}

fn demo(arguments: &Arguments, units: u32, seed: u64) -> Result<ExitStatus, StartError> {
    let failed = |what: String| {
        StartError::failed(
            what,
            "Nothing was changed on this computer.",
            "Free space on the disk and start again.",
            "U-040",
        )
    };
    let office =
        Office::open(OfficePlan { units, seed }).map_err(|error| failed(format!("{error}.")))?;
    let folder = arguments
        .global
        .data_dir
        .clone()
        .unwrap_or_else(|| office.folder().join("bench"));
    std::fs::create_dir_all(&folder)
        .map_err(|error| failed(format!("{}: {error}.", folder.display())))?;
    let (inventory, _) = Inventory::open(&folder, &Options::default())
        .map_err(|error| failed(format!("{error}.")))?;
    // Without PostgreSQL on this computer the demo stays offline, and the bottom line says so.
    let offices = Offices::open(office.folder()).ok();
    let fleet_db = offices.as_ref().map(Offices::first);
    let _collecting = offices
        .as_ref()
        .and_then(|offices| offices.collect(office.carrier_url()).ok());
    let options = office.options(inventory, Lanes::All, fleet_db);
    run(
        First::Opened(options, Vec::new()),
        Preferences::default(),
        None,
        None,
    )
}

/// The sealed file of a bench: the window asks for its passphrase.
struct Locked {
    open: crate::ui::Opener,
    /// The carrier account, once its secret could be read.
    account: Arc<Mutex<Option<Account>>>,
}

impl Locked {
    fn new(machine: Machine, global: Global) -> Self {
        machine.passphrase_is_asked_in_the_window();
        let account: Arc<Mutex<Option<Account>>> = Arc::default();
        let kept = Arc::clone(&account);
        let open = move |passphrase| {
            machine.open_sealed(passphrase)?;
            if machine.has_locked_account(&global) {
                let found = machine.account(&global).map_err(|error| match error {
                    StartError::Usage(why) => why,
                    StartError::Failed { what, cure, .. } => format!("{what} {cure}"),
                })?;
                *kept.lock().unwrap_or_else(PoisonError::into_inner) = found;
            }
            Ok(())
        };
        Self {
            open: Arc::new(open),
            account,
        }
    }
}

fn run(
    first: First<EngineOptions>,
    preferences: Preferences,
    keep: Option<std::path::PathBuf>,
    locked: Option<Locked>,
) -> Result<ExitStatus, StartError> {
    let (open, account) = match locked {
        Some(Locked { open, account }) => (Some(open), account),
        None => (None, Arc::default()),
    };
    let start = move |mut options: EngineOptions, wake| {
        let mut found = account.lock().unwrap_or_else(PoisonError::into_inner);
        options.account = found.take().or(options.account.take());
        Engine::start(options, wake)
    };
    crate::ui::run(first, start, preferences, keep, open).map_err(|error| no_window(&error))?;
    Ok(ExitStatus::Done)
}
