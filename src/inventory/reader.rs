//! The one thread that answers questions, on a connection of its own: a search never waits behind a commit.

use super::error::InventoryError;
use super::pending::Pending;
use rusqlite::Connection;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{self, Receiver, Sender};
use std::thread::JoinHandle;

type Question = Box<dyn FnOnce(&Connection) + Send>;

/// The thread's handle; dropping it answers what was asked and ends it.
pub(super) struct Reader {
    questions: Option<Sender<Question>>,
    thread: Option<JoinHandle<()>>,
    suspect: Arc<AtomicBool>,
}

impl Reader {
    /// Starts the thread on a connection that cannot write.
    ///
    /// It sets `suspect` when it meets damage, so that the next start looks closely.
    pub(super) fn start(
        connection: Connection,
        suspect: Arc<AtomicBool>,
    ) -> Result<Self, InventoryError> {
        let (questions, waiting) = mpsc::channel();
        let thread = std::thread::Builder::new()
            .name("inventory-reader".to_owned())
            .spawn(move || answer_until_closed(&connection, &waiting))
            .map_err(|error| InventoryError::Other(error.to_string()))?;
        Ok(Self {
            questions: Some(questions),
            thread: Some(thread),
            suspect,
        })
    }

    /// Queues a question. Everything it reads is of one moment. It is skipped when nobody waits for it any more.
    pub(super) fn ask<T, W>(&self, work: W) -> Pending<T>
    where
        W: FnOnce(&Connection) -> Result<T, InventoryError> + Send + 'static,
        T: Send + 'static,
    {
        self.ask_stoppable(move |connection, _| work(connection))
    }

    /// As [`Self::ask`]; the question is told whether anybody still waits for it, and may end early when nobody does.
    pub(super) fn ask_stoppable<T, W>(&self, work: W) -> Pending<T>
    where
        W: FnOnce(&Connection, &dyn Fn() -> bool) -> Result<T, InventoryError> + Send + 'static,
        T: Send + 'static,
    {
        let (reply, pending) = Pending::channel();
        let suspect = Arc::clone(&self.suspect);
        let question: Question = Box::new(move |connection| {
            if reply.is_closed() {
                return;
            }
            let answer = in_one_moment(connection, |connection| {
                work(connection, &|| reply.is_closed())
            });
            if matches!(answer, Err(InventoryError::Corrupt)) {
                suspect.store(true, Ordering::Relaxed);
            }
            let _nobody_waits = reply.send(answer);
        });
        if let Some(questions) = &self.questions {
            let _thread_is_gone = questions.send(question);
        }
        pending
    }
}

impl Drop for Reader {
    fn drop(&mut self) {
        drop(self.questions.take());
        if let Some(thread) = self.thread.take()
            && thread.join().is_err()
        {
            tracing::error!("the inventory's reader ended badly");
        }
    }
}

fn answer_until_closed(connection: &Connection, waiting: &Receiver<Question>) {
    while let Ok(question) = waiting.recv() {
        question(connection);
    }
}

fn in_one_moment<T>(
    connection: &Connection,
    work: impl FnOnce(&Connection) -> Result<T, InventoryError>,
) -> Result<T, InventoryError> {
    let transaction = connection.unchecked_transaction()?;
    let answer = work(&transaction);
    transaction.finish()?;
    answer
}
