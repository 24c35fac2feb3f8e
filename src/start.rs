//! What stands between the command typed and the engine running: folders, preferences, profiles, inventory, carrier.

mod carrier_account;
mod fleet_db;
mod sealed;

pub use carrier_account::{keychain_name, sandbox_plan};
pub use fleet_db::database_keychain_name;

use crate::cli::{Global, Output};
use crate::folders::Folders;
use crate::inventory::{CheckTold, Inventory, OpenError, Opened, Options};
use crate::preferences::Preferences;
use crate::secrets;
use fleet::Secret;
use fleet::profile::ProfileRegistry;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

/// A check that takes longer is told of at a terminal.
const PATIENCE: Duration = Duration::from_millis(700);

/// Why the program cannot start what was asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum StartError {
    /// The command was wrong; nothing was done.
    Usage(String),
    /// Something on this computer is in the way.
    Failed {
        /// What happened.
        what: String,
        /// What state things are in.
        state: String,
        /// What to do.
        cure: String,
        /// Short code.
        code: &'static str,
    },
}

impl StartError {
    /// Something on this computer is in the way.
    #[must_use]
    pub fn failed(
        what: impl Into<String>,
        state: impl Into<String>,
        cure: impl Into<String>,
        code: &'static str,
    ) -> Self {
        Self::Failed {
            what: what.into(),
            state: state.into(),
            cure: cure.into(),
            code,
        }
    }
}

/// Every secret of these preferences that the system's keychain has, for taking it out of a support bundle. Without a keychain what looks like a
/// secret is taken out all the same.
#[must_use]
pub fn secrets_in_keychain(preferences: &Preferences) -> Vec<Secret> {
    let carrier = preferences.carrier.as_ref();
    let database = preferences.fleet_db.as_ref();
    let names = [
        carrier.map(|carrier| keychain_name(&carrier.key)),
        database.map(|database| database_keychain_name(&database.address)),
    ];
    let found = names.into_iter().flatten();
    found
        .filter_map(|name| secrets::from_keychain(&name).ok().flatten())
        .collect()
}

/// What the program found on the machine.
pub struct Machine {
    /// Folders.
    pub folders: Folders,
    /// A person's choices.
    pub preferences: Preferences,
    /// Unit families.
    pub registry: ProfileRegistry,
}

impl Machine {
    /// Looks around. Opens no inventory and asks no network.
    ///
    /// # Errors
    /// When folders cannot be made or preferences not be understood.
    pub fn look(global: &Global) -> Result<Self, StartError> {
        let folders = Folders::find(global.data_dir.as_deref()).map_err(|error| {
            StartError::failed(
                format!("The data folder cannot be used: {error}."),
                "Nothing was done.",
                "Free space on the disk, correct the folder's permissions, or name another folder with --data-dir.",
                "I-710",
            )
        })?;
        crate::logging::start(&folders, global.verbose);
        let preferences = Preferences::load(&folders.preferences_file()).map_err(|error| {
            StartError::failed(
                format!("{error}."),
                "Nothing was done; the file is as it was.",
                "Correct the named line, or move the file away to start with defaults.",
                "I-711",
            )
        })?;
        let registry = crate::profiles::load(&folders.device_profiles());
        Ok(Self {
            folders,
            preferences,
            registry,
        })
    }

    /// Opens the inventory for this program alone.
    ///
    /// # Errors
    /// When another program has it, or its file cannot be used.
    pub fn inventory(&self) -> Result<(Inventory, Opened), StartError> {
        Inventory::open(self.folders.data(), &self.inventory_options())
            .map_err(|error| not_opened(&error))
    }

    /// The same for whoever does not wait: it may be called on another thread, and tells how far the check after an unclean end is.
    pub fn opener(
        &self,
        told: CheckTold,
    ) -> impl FnOnce() -> Result<(Inventory, Opened), StartError> + Send + 'static {
        let folder = self.folders.data().to_owned();
        let options = Options {
            check_told: Some(told),
            ..self.inventory_options()
        };
        move || Inventory::open(&folder, &options).map_err(|error| not_opened(&error))
    }

    /// The same, or nothing while another program has it.
    ///
    /// # Errors
    /// When its file cannot be used.
    pub fn inventory_unless_held(&self) -> Result<Option<Inventory>, StartError> {
        match Inventory::open(self.folders.data(), &self.inventory_options()) {
            Ok((inventory, _)) => Ok(Some(inventory)),
            Err(OpenError::InUse) => Ok(None),
            Err(error) => Err(not_opened(&error)),
        }
    }

    fn inventory_options(&self) -> Options {
        Options {
            actor: self.actor(),
            check_told: Some(on_terminal()),
            ..Options::default()
        }
    }

    /// Who works here, as other offices read it: office and bench.
    #[must_use]
    pub fn actor(&self) -> String {
        let names = [&self.preferences.office, &self.preferences.bench];
        let names: Vec<&str> = names
            .into_iter()
            .map(String::as_str)
            .filter(|name| !name.is_empty())
            .collect();
        names.join(", ")
    }

    /// Opens the inventory for looking, also while another program has it.
    ///
    /// # Errors
    /// When its file cannot be used.
    pub fn inventory_to_read(&self) -> Result<Inventory, StartError> {
        match Inventory::open(self.folders.data(), &self.inventory_options()) {
            Ok((inventory, _)) => Ok(inventory),
            Err(OpenError::InUse) => {
                Inventory::open_read_only(self.folders.data()).map_err(|error| not_opened(&error))
            }
            Err(error) => Err(not_opened(&error)),
        }
    }
}

/// Whoever waits at a terminal is told once why, if it takes long.
fn on_terminal() -> CheckTold {
    let said = AtomicBool::new(false);
    CheckTold::new(move |so_far| {
        if so_far.elapsed >= PATIENCE && !said.swap(true, Ordering::Relaxed) {
            Output::new(false).problem(&format!(
                "The last run was cut off, so the inventory ({} MB) is checked first. This can take some seconds.",
                so_far.bytes.div_ceil(1_000_000)
            ));
        }
    })
}

fn not_opened(error: &OpenError) -> StartError {
    let what = format!("The inventory cannot be opened: {error}.");
    match error {
        OpenError::InUse => StartError::failed(
            what,
            "Nothing was done; the other program goes on undisturbed.",
            "Close the other Fleetdesk, or name another folder with --data-dir.",
            "I-720",
        ),
        _ => StartError::failed(
            what,
            "Nothing was done.",
            "Free space on the disk or correct the folder, then start again.",
            "I-721",
        ),
    }
}

/// What a person should know of how the inventory was found.
#[must_use]
pub fn notes(opened: &Opened) -> Vec<String> {
    let mut notes = Vec::new();
    if opened.after_unclean_end {
        notes.push(
            "Note: the last run was cut off. The inventory was checked and is whole.".to_owned(),
        );
    }
    if let Some(recovered) = &opened.recovered {
        let now = match &recovered.backup {
            Some(backup) => format!("the checked copy {} stands in its place", backup.display()),
            None => "there was no good copy, so the inventory begins empty".to_owned(),
        };
        let lost = match recovered.lost_jobs.len() {
            0 => String::new(),
            count => format!(" {count} jobs are newer than the copy: look at those units again."),
        };
        notes.push(format!(
            "Note: the inventory file was damaged and was set aside; {now}.{lost}"
        ));
    }
    notes
}
