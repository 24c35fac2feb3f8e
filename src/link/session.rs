//! A session: one open port, one thread, one conversation at a time.
//!
//! The thread carries bytes and time into `fleet::dialogue` and its bytes out again. What is asked, and when, comes through
//! [`Session::recognise`] and [`Session::run`]; that the cable was pulled is told through [`Notice::Lost`] the moment it is seen.

use super::port::BytePort;
use fleet::dialogue::{Dialogue, DialogueEvent, Knowledge, Recognition, RecognitionEvent};
use fleet::job::{Operation, OperationOutcome};
use fleet::transcript::{Entry, Transcript};
use fleet::{Fault, Identity, Moment, Profile, Secret};
use std::io::ErrorKind;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};
use tokio::sync::oneshot;

/// Longest single wait for bytes, so that a pulled cable and a stop are noticed in time.
const LONGEST_WAIT: Duration = Duration::from_millis(50);
/// How often an idle port is looked at.
const IDLE_LOOK: Duration = Duration::from_millis(40);
/// How often is told what is said: often enough to be read as on a terminal.
const OVERHEARD: Duration = Duration::from_millis(400);
/// How long what was written may take to leave the system.
const LONGEST_LEAVING: Duration = Duration::from_secs(2);
/// Drivers may block on a large write whatever the time limit: small chunks keep the wait bounded.
const CHUNK: usize = 128;

/// What a session tells unasked. Called from its thread: hand it on at once.
#[derive(Debug)]
pub enum Notice {
    /// The port is gone. Nothing more will come.
    Lost,
    /// How far an operation is.
    Progress(DialogueEvent),
    /// What was said on this connection, at the end of an operation.
    Talk(Box<Transcript>),
    /// What was said since the last notice of either kind.
    Overheard(Vec<Entry>),
}

enum Ask {
    Recognise {
        families: Vec<(Arc<Profile>, Knowledge)>,
        glance: bool,
        reply: oneshot::Sender<Result<Identity, Fault>>,
    },
    Run {
        operation: Operation,
        reply: oneshot::Sender<OperationOutcome>,
    },
    Say {
        text: Secret,
        reply: oneshot::Sender<bool>,
    },
}

/// A handle to the thread of one open port. Dropping it ends the thread, which then closes the port.
pub struct Session {
    asks: Sender<Ask>,
    thread: JoinHandle<()>,
}

impl Session {
    /// Starts the thread of a port.
    ///
    /// # Errors
    /// `Fault::Internal` when the system gives no thread.
    pub fn start(
        port: Box<dyn BytePort>,
        name: &str,
        notice: impl Fn(Notice) + Send + 'static,
    ) -> Result<Self, Fault> {
        let (asks, incoming) = channel();
        let thread = Thread {
            port,
            notice: Box::new(notice),
            dialogue: None,
            start: Instant::now(),
            restarting: false,
            sent: false,
            told: 0,
            told_at: Instant::now(),
        };
        let thread = std::thread::Builder::new()
            .name(format!("session {name}"))
            .spawn(move || thread.serve(&incoming))
            .map_err(|error| Fault::Internal {
                detail: error.to_string(),
            })?;
        Ok(Self { asks, thread })
    }

    /// Ends the thread and waits until the port is given back. Not for the engine's thread.
    pub fn close(self) {
        let Self { asks, thread } = self;
        drop(asks);
        let _ = thread.join();
    }

    /// Finds out which family answers, and who.
    ///
    /// # Errors
    /// Why nobody known answered; `PortVanished` when the port went away meanwhile.
    pub async fn recognise(
        &self,
        families: Vec<(Arc<Profile>, Knowledge)>,
    ) -> Result<Identity, Fault> {
        self.find_out(families, false).await
    }

    /// The same in a short look: only a unit that answers at once is found.
    ///
    /// # Errors
    /// As [`Session::recognise`].
    pub async fn glance(
        &self,
        families: Vec<(Arc<Profile>, Knowledge)>,
    ) -> Result<Identity, Fault> {
        self.find_out(families, true).await
    }

    async fn find_out(
        &self,
        families: Vec<(Arc<Profile>, Knowledge)>,
        glance: bool,
    ) -> Result<Identity, Fault> {
        let (reply, answer) = oneshot::channel();
        let ask = Ask::Recognise {
            families,
            glance,
            reply,
        };
        if self.asks.send(ask).is_err() {
            return Err(Fault::PortVanished);
        }
        answer.await.unwrap_or(Err(Fault::PortVanished))
    }

    /// Begins one operation with the recognised unit. The answer does not borrow the session, so that it can be kept while
    /// other things are heard; operations queue.
    pub fn run(&self, operation: Operation) -> impl Future<Output = OperationOutcome> + 'static {
        let (reply, answer) = oneshot::channel();
        let sent = self.asks.send(Ask::Run { operation, reply }).is_ok();
        async move {
            if sent {
                answer.await.unwrap_or(OperationOutcome::ConnectionLost)
            } else {
                OperationOutcome::ConnectionLost
            }
        }
    }

    /// Sends what a person typed to the recognised unit, as it stands. Whether it left.
    pub async fn say(&self, text: Secret) -> bool {
        let (reply, answer) = oneshot::channel();
        self.asks.send(Ask::Say { text, reply }).is_ok() && answer.await.unwrap_or(false)
    }
}

struct Thread {
    port: Box<dyn BytePort>,
    notice: Box<dyn Fn(Notice) + Send>,
    dialogue: Option<Box<Dialogue>>,
    start: Instant,
    /// Whether the operation under way is a restart, of which it matters whether all of it left.
    restarting: bool,
    /// Whether the request has left whole.
    sent: bool,
    /// How many entries of the talk were told, and when last.
    told: u64,
    told_at: Instant,
}

/// The port is gone.
struct Gone;

impl Thread {
    fn serve(mut self, asks: &Receiver<Ask>) {
        loop {
            match asks.recv_timeout(IDLE_LOOK) {
                Ok(Ask::Recognise {
                    families,
                    glance,
                    reply,
                }) => {
                    let recognition = if glance {
                        Recognition::glance(families, self.now())
                    } else {
                        Recognition::new(families, self.now())
                    };
                    let answer = self.recognise(recognition);
                    let gone = answer.is_err();
                    let _ = reply.send(answer.unwrap_or(Err(Fault::PortVanished)));
                    if gone {
                        break;
                    }
                }
                Ok(Ask::Run { operation, reply }) => {
                    let answer = self.run(operation);
                    let gone = answer.is_err();
                    let _ = reply.send(answer.unwrap_or(OperationOutcome::ConnectionLost));
                    if gone {
                        break;
                    }
                }
                Ok(Ask::Say { text, reply }) => {
                    let said = self.say(&text);
                    let gone = said.is_err();
                    let _ = reply.send(said.unwrap_or(false));
                    if gone {
                        break;
                    }
                }
                Err(RecvTimeoutError::Timeout) => {
                    if self.look().is_err() {
                        break;
                    }
                }
                // The handle was dropped: the port is given back, which is no loss.
                Err(RecvTimeoutError::Disconnected) => return,
            }
        }
        (self.notice)(Notice::Lost);
    }

    fn now(&self) -> Moment {
        Moment(u64::try_from(self.start.elapsed().as_millis()).unwrap_or(u64::MAX))
    }

    /// Between operations: takes in what the unit sends unasked, and notices a pulled cable.
    fn look(&mut self) -> Result<(), Gone> {
        self.tell_overheard(OVERHEARD);
        if self.port.waiting().map_err(|_| Gone)? == 0 {
            return Ok(());
        }
        let mut buffer = [0; 4096];
        let count = self
            .port
            .read(&mut buffer, Duration::ZERO)
            .or_else(none_yet)?;
        let now = self.now();
        if let Some(dialogue) = &mut self.dialogue {
            dialogue.receive(buffer.get(..count).unwrap_or_default(), now);
            while let Some(event) = dialogue.next_event() {
                (self.notice)(Notice::Progress(event));
            }
        }
        Ok(())
    }

    fn say(&mut self, text: &Secret) -> Result<bool, Gone> {
        let now = self.now();
        let Some(dialogue) = &mut self.dialogue else {
            return Ok(false);
        };
        let said = dialogue.say(text, now);
        let outgoing = std::iter::from_fn(|| dialogue.take_outgoing()).collect::<Vec<_>>();
        self.write(&outgoing)?;
        self.tell_overheard(Duration::ZERO);
        Ok(said)
    }

    fn recognise(&mut self, mut recognition: Recognition) -> Result<Result<Identity, Fault>, Gone> {
        self.dialogue = None;
        loop {
            if let Some(event) = recognition.next_event() {
                match event {
                    RecognitionEvent::Recognised(dialogue, identity) => {
                        self.dialogue = Some(dialogue);
                        self.tell_talk();
                        return Ok(Ok(*identity));
                    }
                    RecognitionEvent::Failed(fault) => {
                        if let Some(transcript) = recognition.transcript() {
                            (self.notice)(Notice::Talk(Box::new(transcript.clone())));
                        }
                        return Ok(Err(fault));
                    }
                }
            }
            let outgoing = std::iter::from_fn(|| recognition.take_outgoing()).collect::<Vec<_>>();
            self.write(&outgoing)?;
            let (bytes, now) = self.wait(recognition.next_deadline())?;
            if !bytes.is_empty() {
                recognition.receive(&bytes, now);
            }
            if recognition
                .next_deadline()
                .is_some_and(|deadline| deadline <= now)
            {
                recognition.timeout(now);
            }
        }
    }

    fn run(&mut self, operation: Operation) -> Result<OperationOutcome, Gone> {
        let Some(mut dialogue) = self.dialogue.take() else {
            return Ok(OperationOutcome::Failed(Fault::Internal {
                detail: "no unit was recognised on this port".into(),
            }));
        };
        self.restarting = operation == Operation::Restart;
        self.sent = false;
        let restart = dialogue.profile().restart.clone();
        let outcome = match self.converse(&mut dialogue, operation) {
            // The request to restart has left and the port is gone: that is how a unit on USB obeys. The next wait notices the loss, and the
            // job knows of which families it shows a restart.
            Err(Gone) if self.restarting && self.sent => Ok(OperationOutcome::Sent),
            // The system still has it: the unit was not asked.
            Ok(OperationOutcome::Sent) if !self.sent => {
                let exchange = restart.and_then(|restart| restart.exchange);
                let exchange = exchange.unwrap_or_default();
                Ok(OperationOutcome::Failed(Fault::NoAnswer { exchange }))
            }
            other => other,
        };
        self.restarting = false;
        self.dialogue = Some(dialogue);
        self.tell_talk();
        outcome
    }

    fn converse(
        &mut self,
        dialogue: &mut Dialogue,
        operation: Operation,
    ) -> Result<OperationOutcome, Gone> {
        dialogue.begin(operation, self.now());
        loop {
            while let Some(event) = dialogue.next_event() {
                match event {
                    DialogueEvent::Finished(outcome) => return Ok(outcome),
                    progress => (self.notice)(Notice::Progress(progress)),
                }
            }
            let outgoing = std::iter::from_fn(|| dialogue.take_outgoing()).collect::<Vec<_>>();
            self.write(&outgoing)?;
            let (bytes, now) = self.wait(dialogue.next_deadline())?;
            if !bytes.is_empty() {
                dialogue.receive(&bytes, now);
            }
            self.tell_news(dialogue.transcript(), OVERHEARD);
            if dialogue
                .next_deadline()
                .is_some_and(|deadline| deadline <= now)
            {
                dialogue.timeout(now);
            }
        }
    }

    fn write(&mut self, outgoing: &[Vec<u8>]) -> Result<(), Gone> {
        // What wakes the unit may leave before the request, and is not it.
        if self.restarting && !outgoing.is_empty() {
            self.sent = false;
        }
        for chunk in outgoing.iter().flat_map(|bytes| bytes.chunks(CHUNK)) {
            let mut rest = chunk;
            while !rest.is_empty() {
                match self.port.write(rest) {
                    Ok(0) => return Err(Gone),
                    Ok(count) => rest = rest.get(count..).unwrap_or_default(),
                    Err(error) if error.kind() == ErrorKind::Interrupted => {}
                    // A unit that takes no bytes is silent; its own time limits say so in better words.
                    Err(error) if error.kind() == ErrorKind::TimedOut => return Ok(()),
                    Err(_) => return Err(Gone),
                }
            }
        }
        if self.restarting && !outgoing.is_empty() {
            self.sent = self.has_left()?;
        }
        Ok(())
    }

    /// Waits until the system has nothing of what was written any more. A port that goes away before that took the rest with it.
    fn has_left(&mut self) -> Result<bool, Gone> {
        let begun = Instant::now();
        while begun.elapsed() < LONGEST_LEAVING {
            match self.port.unsent() {
                Ok(0) => return Ok(true),
                Ok(_) => std::thread::sleep(Duration::from_millis(1)),
                // It may only be that this driver does not tell.
                Err(_) => return self.port.waiting().map(|_| true).map_err(|_| Gone),
            }
        }
        Ok(false)
    }

    fn wait(&mut self, deadline: Option<Moment>) -> Result<(Vec<u8>, Moment), Gone> {
        let until = deadline.map_or(LONGEST_WAIT, |deadline| {
            Duration::from_millis(deadline.since_ms(self.now())).min(LONGEST_WAIT)
        });
        let mut buffer = [0; 4096];
        let count = self.port.read(&mut buffer, until).or_else(none_yet)?;
        Ok((buffer.get(..count).unwrap_or_default().to_vec(), self.now()))
    }

    fn tell_overheard(&mut self, pause: Duration) {
        if let Some(dialogue) = self.dialogue.take() {
            self.tell_news(dialogue.transcript(), pause);
            self.dialogue = Some(dialogue);
        }
    }

    /// Tells what was said since the last time, when that is longer ago than `pause`.
    fn tell_news(&mut self, transcript: &Transcript, pause: Duration) {
        if transcript.total() == self.told || self.told_at.elapsed() < pause {
            return;
        }
        let entries = transcript.since(self.told).cloned().collect();
        self.told = transcript.total();
        self.told_at = Instant::now();
        (self.notice)(Notice::Overheard(entries));
    }

    fn tell_talk(&mut self) {
        if let Some(dialogue) = &self.dialogue {
            self.told = dialogue.transcript().total();
            self.told_at = Instant::now();
            (self.notice)(Notice::Talk(Box::new(dialogue.transcript().clone())));
        }
    }
}

fn none_yet(error: std::io::Error) -> Result<usize, Gone> {
    match error.kind() {
        ErrorKind::TimedOut | ErrorKind::WouldBlock | ErrorKind::Interrupted => Ok(0),
        _ => Err(Gone),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::link::memory_pair;

    #[test]
    fn what_wakes_a_unit_is_not_the_request_that_never_left() {
        let (ours, mut theirs) = memory_pair();
        let mut thread = Thread {
            port: Box::new(ours),
            notice: Box::new(|_| {}),
            dialogue: None,
            start: Instant::now(),
            restarting: true,
            sent: false,
            told: 0,
            told_at: Instant::now(),
        };
        let unit = std::thread::spawn(move || {
            let mut buffer = [0; 16];
            theirs.read(&mut buffer, LONGEST_LEAVING).unwrap();
            theirs
        });
        assert!(thread.write(&[b"\r".to_vec()]).is_ok());
        assert!(thread.sent);
        drop(unit.join().unwrap());
        assert!(thread.write(&[b"AT*RESET\r".to_vec()]).is_err());
        assert!(!thread.sent);
    }
}
