//! The fleet's PostgreSQL: one table that all offices share, its migrations, the connection to it, and push, pull and claims.
//!
//! This crate carries questions to the database and says truthfully what is known afterwards. What a bench has seen, sent and
//! been told is kept by the program's own inventory; what to do about a clash is a person's decision. Nothing here writes to
//! a local disk or keeps a secret.
//!
//! # The fleet table
//!
//! `fleet.units` has one row for each unit. People may edit it with plain SQL; triggers make every change visible to all.
//! [`columns::UNIT_COLUMNS`] is the one list of its columns. Where a column is called otherwise than the field of [`fleet::unit::Unit`]:
//!
//! | Column | Fact of a local unit |
//! |---|---|
//! | `id` | the row's own number, given by the bench that created it; never changes |
//! | `imei`, `meid`, `esn` | the identity, where it is of that kind |
//! | `serial` | what the unit is known by, unique in the fleet: given, or else its IMEI, MEID or ESN. For a unit that is known by a number of its maker's only, that number |
//! | `carrier_state` | `registration` |
//! | `notes` | `note` |
//!
//! Numbers of units and SIMs are text, `template_version` is a number, `settings` an object, `provisioned_at` a time.
//! `serial`, `imei`, `meid` and a true `esn` are unique; a SIM may stand at two units, because it moves between them.
//!
//! # A round
//!
//! ```no_run
//! # async fn round(operations: Vec<fleet_db::Operation>) -> Result<(), fleet_db::Fault> {
//! use fleet_db::{Credential, PageAfter, Position, Session, Target};
//! # let device = uuid::Uuid::nil();
//! let target = Target::parse("postgres://bench_2@fleet.example.net:5432/fleet")
//!     .map_err(|error| fleet_db::Fault::BadAddress { why: error.to_string() })?;
//! let session = Session::connect(&target, Credential::Password(fleet::Secret::new("typed once"))).await?;
//! let answers = session.push(device, &operations).await?; // whole, or none of them counts
//! let position = Position::default();
//! let page = session.pull(&position, &PageAfter::first(&position), 1000).await?;
//! # Ok(()) }
//! ```

pub mod access;
pub mod aws;
pub mod columns;
pub mod credential;
pub mod doctor;
pub mod fault;
pub mod heard;
pub mod install;
pub mod password_file;
pub mod protocol;
pub mod reports;
pub mod roots;
pub mod session;
pub mod sharing;
pub mod target;

mod connect;
mod moment;
mod pulling;
mod tls;
mod unit_row;

#[cfg(feature = "private_cluster")]
pub mod private_cluster;

pub use access::{Access, Login};
pub use aws::AwsCredentials;
pub use credential::Credential;
pub use fault::Fault;
pub use password_file::PasswordFile;
pub use protocol::{
    Answer, CLIENT_VERSION, ClaimAnswer, FieldChange, HistoryEntry, OpenClaim, Operation,
    OperationKind, Outcome, Page, PageAfter, Position, PulledUnit, Purge, RowHolder, UnitRow,
};
pub use reports::ReportStore;
pub use roots::Roots;
pub use session::Session;
pub use sharing::{NewPush, PushAnswer, SharedPush, SharedUnit, TellPush};
pub use target::{Target, TargetError};
