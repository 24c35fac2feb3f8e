//! Ports inside this process, for systems without pseudo-terminals: the same bytes, no device file.

use super::port::BytePort;
use std::collections::{BTreeMap, VecDeque};
use std::io;
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::time::Duration;

#[derive(Default)]
struct Pipe {
    state: Mutex<PipeState>,
    arrived: Condvar,
}

#[derive(Default)]
struct PipeState {
    bytes: VecDeque<u8>,
    closed: bool,
}

impl Pipe {
    fn push(&self, bytes: &[u8]) -> io::Result<usize> {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        if state.closed {
            return Err(io::ErrorKind::BrokenPipe.into());
        }
        state.bytes.extend(bytes);
        self.arrived.notify_all();
        Ok(bytes.len())
    }

    fn pull(&self, buffer: &mut [u8], timeout: Duration) -> io::Result<usize> {
        let state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let (mut state, _) = self
            .arrived
            .wait_timeout_while(state, timeout, |state| {
                state.bytes.is_empty() && !state.closed
            })
            .unwrap_or_else(PoisonError::into_inner);
        let count = state.bytes.len().min(buffer.len());
        if count == 0 {
            let kind = if state.closed {
                io::ErrorKind::BrokenPipe
            } else {
                io::ErrorKind::TimedOut
            };
            return Err(kind.into());
        }
        for (place, byte) in buffer.iter_mut().zip(state.bytes.drain(..count)) {
            *place = byte;
        }
        Ok(count)
    }

    fn waiting(&self) -> io::Result<usize> {
        let state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        if state.closed && state.bytes.is_empty() {
            Err(io::ErrorKind::BrokenPipe.into())
        } else {
            Ok(state.bytes.len())
        }
    }

    fn untaken(&self) -> io::Result<usize> {
        let state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        if state.closed {
            Err(io::ErrorKind::BrokenPipe.into())
        } else {
            Ok(state.bytes.len())
        }
    }

    fn close(&self) {
        self.state
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .closed = true;
        self.arrived.notify_all();
    }
}

/// One end of a pair of ports in memory. Dropping it is pulling the cable.
pub struct MemoryEnd {
    incoming: Arc<Pipe>,
    outgoing: Arc<Pipe>,
}

/// Two ends joined crosswise.
#[must_use]
pub fn memory_pair() -> (MemoryEnd, MemoryEnd) {
    let (there, back) = (Arc::new(Pipe::default()), Arc::new(Pipe::default()));
    (
        MemoryEnd {
            incoming: Arc::clone(&there),
            outgoing: Arc::clone(&back),
        },
        MemoryEnd {
            incoming: back,
            outgoing: there,
        },
    )
}

impl Drop for MemoryEnd {
    fn drop(&mut self) {
        self.incoming.close();
        self.outgoing.close();
    }
}

impl BytePort for MemoryEnd {
    fn read(&mut self, buffer: &mut [u8], timeout: Duration) -> io::Result<usize> {
        self.incoming.pull(buffer, timeout)
    }

    fn write(&mut self, chunk: &[u8]) -> io::Result<usize> {
        self.outgoing.push(chunk)
    }

    fn waiting(&mut self) -> io::Result<usize> {
        self.incoming.waiting()
    }

    fn unsent(&mut self) -> io::Result<usize> {
        self.outgoing.untaken()
    }
}

/// Names ports in memory, as a folder names device files. An end can be taken once: that is opening it exclusively.
#[derive(Clone, Default)]
pub struct MemoryHub {
    ports: Arc<Mutex<BTreeMap<String, Option<MemoryEnd>>>>,
    places: Arc<Mutex<BTreeMap<String, String>>>,
}

impl MemoryHub {
    /// Makes a port appear and hands out its other end.
    #[must_use]
    pub fn plug(&self, name: &str) -> MemoryEnd {
        let (ours, theirs) = memory_pair();
        self.lock().insert(name.to_owned(), Some(theirs));
        ours
    }

    /// As [`Self::plug`], at a place of a hub.
    #[must_use]
    pub fn plug_at(&self, name: &str, place: &str) -> MemoryEnd {
        let mut places = self.places.lock().unwrap_or_else(PoisonError::into_inner);
        places.insert(name.to_owned(), place.to_owned());
        drop(places);
        self.plug(name)
    }

    /// Where a port is plugged, when it was told.
    #[must_use]
    pub fn place(&self, name: &str) -> Option<String> {
        let places = self.places.lock().unwrap_or_else(PoisonError::into_inner);
        places.get(name).cloned()
    }

    /// Makes a port disappear.
    pub fn unplug(&self, name: &str) {
        self.lock().remove(name);
    }

    /// Names of the ports that are there.
    #[must_use]
    pub fn names(&self) -> Vec<String> {
        self.lock().keys().cloned().collect()
    }

    /// Takes the end of a port; `None` when it is not there, `Some(None)` when it is taken.
    #[must_use]
    pub fn take(&self, name: &str) -> Option<Option<MemoryEnd>> {
        self.lock().get_mut(name).map(Option::take)
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, BTreeMap<String, Option<MemoryEnd>>> {
        self.ports.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_cross_and_a_dropped_end_is_a_pulled_cable() {
        let hub = MemoryHub::default();
        let mut unit = hub.plug("a");
        let mut desk = hub.take("a").unwrap().unwrap();
        assert!(hub.take("a").unwrap().is_none());
        desk.write(b"hello").unwrap();
        let mut buffer = [0; 16];
        assert_eq!(unit.read(&mut buffer, Duration::ZERO).unwrap(), 5);
        assert_eq!(
            unit.read(&mut buffer, Duration::ZERO).unwrap_err().kind(),
            io::ErrorKind::TimedOut
        );
        drop(unit);
        assert_eq!(
            desk.waiting().unwrap_err().kind(),
            io::ErrorKind::BrokenPipe
        );
    }
}
