//! Ports: watch them come and go, open one, run one dialogue on it in a thread of its own.
//!
//! What is said on a port is decided by `fleet::dialogue`; who may talk when is decided by the engine.

mod memory;
mod port;
mod serial;
mod session;
mod sources;
mod usb_place;
mod watch;

pub use memory::{MemoryEnd, MemoryHub, memory_pair};
pub use port::{BytePort, PortFacts};
pub use serial::open_serial;
pub use session::{Notice, Session};
pub use sources::{PortSource, Ports};
pub use usb_place::is_usb_place_taken;
pub use watch::{PortChange, Watch};
