//! A port as the rest of the room sees it: bytes in, bytes out, with a time limit on each wait.

use std::io;
use std::time::Duration;

/// Something that carries bytes to and from a unit.
///
/// All methods fail with `BrokenPipe` or `NotConnected` kinds once the other side is gone.
pub trait BytePort: Send {
    /// Waits up to `timeout` for bytes; `TimedOut` when none came.
    ///
    /// # Errors
    /// `TimedOut`, or what the system says when the port is gone.
    fn read(&mut self, buffer: &mut [u8], timeout: Duration) -> io::Result<usize>;

    /// Writes at most a small chunk and says how much of it left.
    ///
    /// # Errors
    /// What the system says when the port is gone or does not take bytes in time.
    fn write(&mut self, chunk: &[u8]) -> io::Result<usize>;

    /// How many bytes could be read at once; also the cheapest way to notice that the port is gone.
    ///
    /// # Errors
    /// What the system says when the port is gone.
    fn waiting(&mut self) -> io::Result<usize>;

    /// How many bytes were written and have not left the system for the unit yet.
    ///
    /// # Errors
    /// What the system says when the port is gone or does not tell.
    fn unsent(&mut self) -> io::Result<usize> {
        Ok(0)
    }
}

/// A port in a list.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct PortFacts {
    /// Name to open it by (`COM7`, `/dev/ttyACM0`).
    pub name: String,
    /// What it really is behind links, so that a name that now means another port is noticed.
    pub target: String,
    /// Built into the computer rather than plugged in: most have nothing behind them, so their silence is not worth a word.
    pub built_in: bool,
    /// USB vendor and product id (`0E8D:0023`), where it is USB.
    pub usb_id: Option<String>,
    /// USB product text.
    pub product: Option<String>,
    /// USB serial number. Never an identity: cheap adapters share one.
    pub usb_serial: Option<String>,
    /// Where it is plugged, from hub to hub, where the system tells it.
    pub usb_place: Option<String>,
}

impl PortFacts {
    /// A port of which only the name is known.
    #[must_use]
    pub fn named(name: impl Into<String>) -> Self {
        let name = name.into();
        let target = std::fs::canonicalize(&name)
            .map_or_else(|_| name.clone(), |path| path.display().to_string());
        Self {
            name,
            target,
            built_in: false,
            usb_id: None,
            product: None,
            usb_serial: None,
            usb_place: None,
        }
    }
}
