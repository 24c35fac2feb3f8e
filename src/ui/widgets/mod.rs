//! The parts that screens are made of. Each draws from plain data and knows nothing of the engine.

pub mod bar;
pub mod button;
pub mod card;
pub mod change_rows;
pub mod choice;
pub mod empty;
pub mod failure_card;
pub mod field;
pub mod focus;
pub mod fold;
pub mod hours;
pub mod hub;
pub mod key_cap;
pub mod lane_card;
pub mod nav;
pub mod number;
pub mod paging;
pub mod pill;
pub mod place;
pub mod shape;
pub mod speak;
pub mod stage_rail;
pub mod status_item;
pub mod timeline;
pub mod toast;
pub mod toggle;
pub mod track;

pub use button::{Button, why};
pub use failure_card::FailureCard;
pub use hub::Hub;
pub use lane_card::{CardSize, LaneCard};
pub use number::Number;
pub use pill::{Pill, Tone};
pub use shape::Shape;
pub use status_item::StatusItem;
pub use toast::ToastCard;
