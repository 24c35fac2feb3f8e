//! The one place that makes pseudo-terminals: the unit's end of a serial port that any program can open.

use crate::link::BytePort;
use nix::errno::Errno;
use nix::fcntl::{FcntlArg, FdFlag, OFlag, fcntl};
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::pty::openpty;
use nix::sys::termios::{SetArg, cfmakeraw, tcgetattr, tcsetattr};
use std::fs::File;
use std::io::{self, Read as _, Write as _};
use std::os::fd::{AsFd as _, OwnedFd};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// The unit's end. Dropping it is pulling the cable: the other side reads an end, and the link is gone.
pub struct PtyEnd {
    master: File,
    /// Held open so that the line keeps its raw mode and the master is never at end of file between two clients.
    _slave: OwnedFd,
    link: PathBuf,
}

impl PtyEnd {
    /// Makes a pseudo-terminal in raw mode and a link to it at `link`.
    ///
    /// # Errors
    /// When the system gives no pseudo-terminal or the link cannot be made.
    pub fn make(link: &Path) -> io::Result<Self> {
        let pair = openpty(None, None)?;
        let mut settings = tcgetattr(&pair.slave)?;
        cfmakeraw(&mut settings);
        tcsetattr(&pair.slave, SetArg::TCSANOW, &settings)?;
        let flags = OFlag::from_bits_truncate(fcntl(&pair.master, FcntlArg::F_GETFL)?);
        fcntl(&pair.master, FcntlArg::F_SETFL(flags | OFlag::O_NONBLOCK))?;
        // A program that is started later (the demo's PostgreSQL) must not hold the line: the cable could never be pulled.
        for end in [&pair.master, &pair.slave] {
            fcntl(end, FcntlArg::F_SETFD(FdFlag::FD_CLOEXEC))?;
        }
        let device = nix::unistd::ttyname(&pair.slave)?;
        std::os::unix::fs::symlink(device, link)?;
        Ok(Self {
            master: File::from(pair.master),
            _slave: pair.slave,
            link: link.to_owned(),
        })
    }
}

impl Drop for PtyEnd {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.link);
    }
}

impl BytePort for PtyEnd {
    fn read(&mut self, buffer: &mut [u8], timeout: Duration) -> io::Result<usize> {
        let milliseconds =
            PollTimeout::from(u16::try_from(timeout.as_millis()).unwrap_or(u16::MAX));
        let mut waits = [PollFd::new(self.master.as_fd(), PollFlags::POLLIN)];
        match poll(&mut waits, milliseconds) {
            Ok(0) => Err(io::ErrorKind::TimedOut.into()),
            Ok(_) => self.master.read(buffer),
            Err(Errno::EINTR) => Err(io::ErrorKind::Interrupted.into()),
            Err(error) => Err(error.into()),
        }
    }

    fn write(&mut self, chunk: &[u8]) -> io::Result<usize> {
        self.master.write(chunk)
    }

    fn waiting(&mut self) -> io::Result<usize> {
        Ok(0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::process::Command;

    #[test]
    fn a_pulled_cable_is_noticed_though_another_program_was_started_meanwhile() {
        let folder = tempfile::tempdir().unwrap();
        let link = folder.path().join("unit");
        let end = PtyEnd::make(&link).unwrap();
        let host = File::options().read(true).write(true).open(&link).unwrap();
        let mut other_program = Command::new("sleep").arg("30").spawn().unwrap();
        drop(end);
        let mut waits = [PollFd::new(host.as_fd(), PollFlags::POLLIN)];
        let told = poll(&mut waits, PollTimeout::from(3_000_u16)).unwrap();
        other_program.kill().unwrap();
        other_program.wait().unwrap();
        assert_eq!(
            told, 1,
            "the line is held open by a program that has nothing to do with it"
        );
    }
}
