//! The heart of Fleetdesk: what decides, without ports, networks, disks, clocks or threads.
//!
//! Shells (the desktop app, the carrier crate, the tests) carry bytes, rows and pixels to and from here.
//! This crate never opens anything, never sleeps and never asks what time it is: the moment is an argument.

pub mod dialogue;
pub mod drift;
pub mod edit;
pub mod fault;
pub mod first_report;
pub mod ids;
pub mod job;
pub mod journal;
pub mod label;
pub mod life;
pub mod moment;
pub mod odd_settings;
pub mod pasted;
pub mod plan;
pub mod printable;
pub mod profile;
pub mod push;
pub mod query;
pub mod reading;
pub mod registration;
pub mod secret;
pub mod setting;
pub mod sheet;
pub mod simulator;
pub mod sms;
pub mod template;
pub mod transcript;
pub mod unit;
pub mod whole_words;
pub mod wording;

pub use dialogue::{Dialogue, DialogueEvent, Knowledge};
pub use fault::{Advice, Fault};
pub use ids::{Esn, Iccid, Imei, Mdn, Meid, UnitId, UnitIdKind};
pub use moment::Moment;
pub use plan::{Change, Plan};
pub use profile::Profile;
pub use reading::{Identity, Reading};
pub use secret::Secret;
pub use setting::{SettingKey, Value};
pub use template::Template;
pub use transcript::Transcript;
