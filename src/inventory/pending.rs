//! An answer that is still on its way: awaited by async callers, waited for by the others.

use super::error::InventoryError;
use std::future::Future;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::{Context, Poll, Wake, Waker};
use std::thread::Thread;
use tokio::sync::oneshot;

/// What a request will answer. For a write the answer comes only after its commit is on the disk.
///
/// Dropping it does not undo a write; a question that nobody waits for any more is skipped.
#[must_use = "the request is done either way, but only the answer says whether it worked"]
pub struct Pending<T, E = InventoryError>(oneshot::Receiver<Result<T, E>>);

impl<T, E: From<InventoryError>> Pending<T, E> {
    /// The two ends of an answer.
    pub(super) fn channel() -> (oneshot::Sender<Result<T, E>>, Self) {
        let (sender, receiver) = oneshot::channel();
        (sender, Self(receiver))
    }

    /// An answer that is there already: it failed.
    pub(super) fn failed(error: InventoryError) -> Self {
        let (reply, pending) = Self::channel();
        let _received_below = reply.send(Err(error.into()));
        pending
    }

    /// Blocks this thread until the answer is there. Not for the screen thread.
    ///
    /// # Errors
    /// What the request failed with.
    pub fn wait(self) -> Result<T, E> {
        let waker = Waker::from(Arc::new(ThreadWaker(std::thread::current())));
        let mut context = Context::from_waker(&waker);
        let mut future = pin!(self);
        loop {
            match future.as_mut().poll(&mut context) {
                Poll::Ready(answer) => return answer,
                Poll::Pending => std::thread::park(),
            }
        }
    }
}

impl<T, E: From<InventoryError>> Future for Pending<T, E> {
    type Output = Result<T, E>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        Pin::new(&mut self.0)
            .poll(context)
            .map(|answer| answer.unwrap_or_else(|_| Err(InventoryError::Closed.into())))
    }
}

/// Wakes a thread that waits for one answer.
struct ThreadWaker(Thread);

impl Wake for ThreadWaker {
    fn wake(self: Arc<Self>) {
        self.0.unpark();
    }
}
