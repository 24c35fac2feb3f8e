//! Real serial ports, through `serialport`; pseudo-terminals open the same way.

use super::port::BytePort;
use fleet::Fault;
use fleet::profile::{Line, Parity};
use std::io;
use std::time::Duration;

/// Longest wait for the driver to take one chunk.
const WRITE_TIMEOUT: Duration = Duration::from_millis(2_000);

/// Opens `name` for this program alone, with the line settings of a profile.
///
/// # Errors
/// A port fault that tells apart: not there, busy, not permitted, no serial port.
pub fn open_serial(name: &str, line: &Line) -> Result<Box<dyn BytePort>, Fault> {
    before_opening(name)?;
    let parity = match line.parity {
        Parity::None => serialport::Parity::None,
        Parity::Even => serialport::Parity::Even,
        Parity::Odd => serialport::Parity::Odd,
    };
    let mut port = serialport::new(name, line.baud)
        .parity(parity)
        .timeout(WRITE_TIMEOUT)
        .open()
        .map_err(|error| fault_of(&error))?;
    if line.raise_dtr_rts {
        // Pseudo-terminals and some adapters have no such lines; that is no fault.
        let _ = port.write_data_terminal_ready(true);
        let _ = port.write_request_to_send(true);
    }
    Ok(Box::new(SerialPort { port }))
}

/// Looks before opening, because the system's own words for these cases differ from driver to driver.
fn before_opening(name: &str) -> Result<(), Fault> {
    #[cfg(unix)]
    {
        use std::os::unix::fs::FileTypeExt as _;
        match std::fs::metadata(name) {
            Ok(facts) if !facts.file_type().is_char_device() => return Err(Fault::NotASerialPort),
            Ok(_) => {}
            Err(error) if error.kind() == io::ErrorKind::PermissionDenied => {
                return Err(Fault::PortNotPermitted);
            }
            Err(_) => return Err(Fault::NoSuchPort),
        }
    }
    #[cfg(not(unix))]
    let _ = name;
    Ok(())
}

fn fault_of(error: &serialport::Error) -> Fault {
    let text = error.description.to_lowercase();
    match error.kind {
        serialport::ErrorKind::Io(io::ErrorKind::PermissionDenied) if cfg!(windows) => {
            Fault::PortBusy
        }
        serialport::ErrorKind::Io(io::ErrorKind::PermissionDenied) => Fault::PortNotPermitted,
        serialport::ErrorKind::Io(io::ErrorKind::NotFound) => Fault::NoSuchPort,
        serialport::ErrorKind::Io(io::ErrorKind::ResourceBusy) => Fault::PortBusy,
        _ if text.contains("exclusive lock")
            || text.contains("busy")
            || text.contains("access is denied") =>
        {
            Fault::PortBusy
        }
        _ if text.contains("permission") => Fault::PortNotPermitted,
        _ if text.contains("typewriter") || text.contains("inappropriate ioctl") => {
            Fault::NotASerialPort
        }
        serialport::ErrorKind::NoDevice => Fault::NoSuchPort,
        _ => Fault::PortFailed {
            detail: fleet::printable::printable(&error.description),
        },
    }
}

struct SerialPort {
    port: Box<dyn serialport::SerialPort>,
}

impl BytePort for SerialPort {
    fn read(&mut self, buffer: &mut [u8], timeout: Duration) -> io::Result<usize> {
        self.port.set_timeout(timeout).map_err(io::Error::from)?;
        match self.port.read(buffer) {
            // A read of nothing means that the other end of a pseudo-terminal is gone.
            Ok(0) => Err(io::ErrorKind::BrokenPipe.into()),
            other => other,
        }
    }

    fn write(&mut self, chunk: &[u8]) -> io::Result<usize> {
        self.port
            .set_timeout(WRITE_TIMEOUT)
            .map_err(io::Error::from)?;
        self.port.write(chunk)
    }

    fn waiting(&mut self) -> io::Result<usize> {
        self.port
            .bytes_to_read()
            .map(|count| count as usize)
            .map_err(io::Error::from)
    }

    fn unsent(&mut self) -> io::Result<usize> {
        self.port
            .bytes_to_write()
            .map(|count| count as usize)
            .map_err(io::Error::from)
    }
}
