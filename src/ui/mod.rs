//! The window: screens drawn from `engine::State`, wishes sent as `engine::Command`s.
//!
//! Nothing here opens a port or a connection, and nothing here waits. What a unit's state means is decided by the
//! engine; how it looks is decided here.

mod acts;
mod all_done;
pub mod announce;
pub mod app;
mod away;
pub mod bench;
mod carrier_card;
pub mod choices;
mod compare;
mod connect;
pub mod desk;
mod dialogs;
pub mod draw;
mod find;
mod first_start;
mod frame;
pub mod keys;
mod opening;
mod push;
mod review;
pub mod scanner;
mod scans;
mod sheets;
pub mod sound;
mod templates;
pub mod theme;
mod to_do;
mod unheard;
mod unit;
mod unit_reports;
mod unit_timeline;
mod unit_words;
mod unlock;
mod walk;
pub mod widgets;
pub mod words;

pub use app::{Doors, Window};
pub use choices::Choices;
pub use connect::{First, run};
pub use opening::{News, Opening, SoFar};
pub use unlock::{Opener, Unlock, Unlocked};
