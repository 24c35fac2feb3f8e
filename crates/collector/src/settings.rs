//! Settings from the environment: addresses and places, never a secret.

use crate::credentials::Place;
use crate::trouble::Trouble;
use fleet_db::{Roots, Target, TargetError};
use std::path::PathBuf;
use std::time::Duration;

/// All settings of a collector.
#[derive(Debug, Clone)]
pub struct Settings {
    /// The carrier's account API.
    pub carrier_url: String,
    /// Where key and secret of the account are.
    pub carrier_account: Place,
    /// The fleet database.
    pub database: Target,
    /// Where its password is.
    pub database_credential: Place,
    /// Certificates to trust in place of the shipped roots of RDS.
    pub database_roots: Option<PathBuf>,
    /// Reports in a page.
    pub page_size: u32,
    /// Pages in a run.
    pub most_pages: u32,
    /// Calls of the day that are left to the desks.
    pub calls_for_desks: u32,
    /// How long a run may take where nobody sets a deadline.
    pub budget: Duration,
}

impl Settings {
    /// Reads the settings through `variable`, which knows the environment.
    ///
    /// # Errors
    /// [`Trouble::Settings`] naming the first one that is missing or has another form.
    pub fn read(variable: impl Fn(&str) -> Option<String>) -> Result<Self, Trouble> {
        let get = |name: &str| variable(name).filter(|value| !value.trim().is_empty());
        let need =
            |name: &str| get(name).ok_or_else(|| Trouble::Settings(format!("{name} is not set")));
        let place = |name: &str| {
            Place::parse(&need(name)?).map_err(|why| Trouble::Settings(format!("{name}: {why}")))
        };
        let number = |name: &str, otherwise: u32, most: u32| match get(name) {
            None => Ok(otherwise),
            Some(text) => text
                .trim()
                .parse()
                .ok()
                .filter(|number| (1..=most).contains(number))
                .ok_or_else(|| Trouble::Settings(format!("{name} is a number from 1 to {most}"))),
        };
        let parts = [
            "COLLECTOR_DATABASE_USER",
            "COLLECTOR_DATABASE_HOST",
            "COLLECTOR_DATABASE_NAME",
        ];
        let database = match get("COLLECTOR_DATABASE") {
            Some(text) => Target::parse(&text),
            None if parts.iter().all(|name| get(name).is_none()) => {
                return Err(Trouble::Settings(
                    "COLLECTOR_DATABASE is not set".to_owned(),
                ));
            }
            None => {
                let port = number("COLLECTOR_DATABASE_PORT", 5_432, 65_535)?;
                Target::parse(&format!(
                    "postgres://{}@{}:{port}/{}",
                    need("COLLECTOR_DATABASE_USER")?,
                    need("COLLECTOR_DATABASE_HOST")?,
                    need("COLLECTOR_DATABASE_NAME")?,
                ))
            }
        };
        Ok(Self {
            carrier_url: need("COLLECTOR_CARRIER_URL")?,
            carrier_account: place("COLLECTOR_CARRIER_ACCOUNT")?,
            database: database.map_err(|error| {
                Trouble::Settings(match error {
                    // Here nobody types anything, and there is no keychain.
                    TargetError::Password => "a password stands in COLLECTOR_DATABASE. Leave it out and say where it is kept in \
                         COLLECTOR_DATABASE_CREDENTIAL. Change it, because it was seen"
                        .to_owned(),
                    other => format!("COLLECTOR_DATABASE: {other}"),
                })
            })?,
            database_credential: place("COLLECTOR_DATABASE_CREDENTIAL")?,
            database_roots: get("COLLECTOR_DATABASE_ROOTS").map(PathBuf::from),
            page_size: number("COLLECTOR_PAGE_SIZE", 1_000, 1_000)?,
            most_pages: number("COLLECTOR_MOST_PAGES", 20, 100_000)?,
            calls_for_desks: match get("COLLECTOR_CALLS_FOR_DESKS").as_deref() {
                Some("0") => 0,
                _ => number("COLLECTOR_CALLS_FOR_DESKS", 100, 1_000_000)?,
            },
            budget: Duration::from_secs(number("COLLECTOR_BUDGET_S", 200, 86_400)?.into()),
        })
    }

    /// Whom to trust as the database.
    ///
    /// # Errors
    /// When the named file cannot be used.
    pub fn roots(&self) -> Result<Roots, Trouble> {
        match &self.database_roots {
            Some(path) => Roots::from_file(path),
            None => Roots::rds(),
        }
        .map_err(|error| Trouble::Settings(error.to_string()))
    }
}
