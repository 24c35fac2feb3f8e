//! The pretend office's fleet database: a private PostgreSQL with the schema, and a second office that agrees with the first.

use super::collecting::Collecting;
use crate::engine::{Hearer, SeenReport};
use crate::inventory::{Inventory, Options};
use crate::sync::{Connection, Login as Access};
use fleet::UnitId;
use fleet::edit::{Edit, Field};
use fleet_db::private_cluster::{ClusterError, PrivateCluster};
use fleet_db::{Login, Roots};
use jiff::Timestamp;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// The database's name.
const DATABASE: &str = "fleet";
/// The collector's login.
const COLLECTOR: &str = "collector";
/// Longest time that the last first reports are waited for.
const FIRST_REPORTS: Duration = Duration::from_secs(20);
/// Who works in the second office.
const SECOND: &str = "Second office, Bench 1";

/// Why there is no second office.
#[derive(Debug, thiserror::Error)]
pub enum OfficesError {
    /// No server of PostgreSQL on this computer.
    #[error("PostgreSQL's server programs are not on this computer")]
    NotInstalled,
    /// Something failed.
    #[error("{0}")]
    Failed(String),
}

impl From<ClusterError> for OfficesError {
    fn from(error: ClusterError) -> Self {
        match error {
            ClusterError::NotInstalled => Self::NotInstalled,
            other => Self::Failed(other.to_string()),
        }
    }
}

fn failed(error: &dyn std::fmt::Display) -> OfficesError {
    OfficesError::Failed(error.to_string())
}

/// The database and the second office. Dropping it stops the server and removes its folder.
pub struct Offices {
    cluster: PrivateCluster,
    roots: Roots,
    folder: PathBuf,
    runtime: tokio::runtime::Runtime,
}

impl Offices {
    /// Starts the server and installs the schema. The second office keeps its inventory in `folder`.
    ///
    /// # Errors
    /// When PostgreSQL's server programs are not on this computer, or the server cannot be started.
    pub fn open(folder: &Path) -> Result<Self, OfficesError> {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .map_err(|error| failed(&error))?;
        let cluster = PrivateCluster::start()?;
        runtime
            .block_on(cluster.prepare(DATABASE, &["first_office", "second_office"]))
            .map_err(|error| failed(&error))?;
        runtime
            .block_on(async {
                let admin = cluster.administrator(DATABASE).await?;
                cluster.admit(&admin, COLLECTOR, "fleet_collector").await
            })
            .map_err(|error| failed(&error))?;
        let folder = folder.join("second-office");
        std::fs::create_dir_all(&folder).map_err(|error| failed(&error))?;
        Ok(Self {
            cluster,
            roots: Roots::rds().map_err(|error| failed(&error))?,
            folder,
            runtime,
        })
    }

    fn access(&self, login: &str) -> Access {
        Access {
            target: self.cluster.target(login, DATABASE),
            roots: self.roots.clone(),
            login: Login::Nothing,
        }
    }

    /// How the first office logs in.
    #[must_use]
    pub fn first(&self) -> Access {
        self.access("first_office")
    }

    /// Lets the collector fetch from the carrier at `url` until the answer is dropped.
    ///
    /// # Errors
    /// When the system gives no thread.
    pub fn collect(&self, url: &str) -> Result<Collecting, OfficesError> {
        Collecting::start(url.to_owned(), self.access(COLLECTOR)).map_err(|error| failed(&error))
    }

    /// Hears first reports through the fleet database, as the first office, until `wanted` units were heard or too much time has passed.
    /// Each is kept in the inventory.
    ///
    /// # Errors
    /// When fleet database or inventory do not answer.
    pub fn hear(
        &self,
        first: &Inventory,
        wanted: usize,
    ) -> Result<Vec<(UnitId, SeenReport)>, OfficesError> {
        let begun = Instant::now();
        self.runtime.block_on(async {
            let mut hearer = Hearer::new(self.first());
            let mut heard = Vec::new();
            loop {
                let look = hearer.look(first).await.map_err(|error| failed(&error))?;
                heard.extend(look.fresh);
                if heard.len() >= wanted || begun.elapsed() > FIRST_REPORTS {
                    return Ok(heard);
                }
                tokio::time::sleep(Duration::from_millis(300)).await;
            }
        })
    }

    /// One round of the first office, one of the second, a note written there, and back again. Answers how many units both
    /// offices then show alike, that note included.
    ///
    /// # Errors
    /// When a round cannot be finished.
    pub fn agree(&self, first: &Inventory) -> Result<u64, OfficesError> {
        self.runtime.block_on(self.go_round(first))
    }

    async fn go_round(&self, first: &Inventory) -> Result<u64, OfficesError> {
        let page = first.units_page(u32::MAX, 0).await;
        let units: BTreeSet<UnitId> = page
            .map_err(|error| failed(&error))?
            .rows
            .into_iter()
            .map(|unit| unit.id)
            .collect();
        let options = Options {
            daily_backup: false,
            actor: SECOND.to_owned(),
            ..Options::default()
        };
        let (second, _) =
            Inventory::open(&self.folder, &options).map_err(|error| failed(&error))?;
        let mut ours = Connection::new(self.first());
        let mut theirs = Connection::new(self.access("second_office"));
        ours.round(first).await.map_err(|error| failed(&error))?;
        theirs
            .round(&second)
            .await
            .map_err(|error| failed(&error))?;
        for id in &units {
            let note = Edit::new(Field::Note, "seen by the second office");
            let edits = note.into_iter().collect();
            // A unit that did not arrive is not counted below.
            let _ = second
                .edit_unit(id.clone(), edits, SECOND, Timestamp::now())
                .await;
        }
        theirs
            .round(&second)
            .await
            .map_err(|error| failed(&error))?;
        ours.round(first).await.map_err(|error| failed(&error))?;
        let mut alike = 0;
        for id in &units {
            let here = first
                .unit(id.clone())
                .await
                .map_err(|error| failed(&error))?;
            let there = second
                .unit(id.clone())
                .await
                .map_err(|error| failed(&error))?;
            if let (Some(mut here), Some(there)) = (here, there) {
                here.updated_at = there.updated_at;
                alike += u64::from(here == there && here.note.is_some());
            }
        }
        Ok(alike)
    }
}
