//! Pages on their way into the database, in their order.
//!
//! The next one leaves before the answer to the one before it is there, so that the database need not wait for the line. It is safe to be early:
//! each page that moves the cursor is a transaction of its own that begins where the one before it moved it to, and is refused where that was not
//! stored.

use fleet_db::ReportStore;
use fleet_db::reports::{JudgedPage, Lease, StoreFault};
use futures_util::StreamExt as _;
use futures_util::future::LocalBoxFuture;
use futures_util::stream::FuturesOrdered;
use std::pin::pin;

/// A page, and how many of its reports were new.
pub(crate) type Written = (JudgedPage, Result<u64, StoreFault>);

/// Pages that are being written.
pub(crate) struct Writes<'run> {
    store: &'run ReportStore,
    lease: Lease,
    open: FuturesOrdered<LocalBoxFuture<'run, Written>>,
    done: Vec<Written>,
}

impl<'run> Writes<'run> {
    /// Nothing is under way yet.
    pub(crate) fn new(store: &'run ReportStore, lease: &Lease) -> Self {
        Self {
            store,
            lease: lease.clone(),
            open: FuturesOrdered::new(),
            done: Vec::new(),
        }
    }

    /// A page that began at `cursor` and leads to `next`. It leaves as soon as something is waited for.
    pub(crate) fn add(&mut self, cursor: Option<&str>, next: Option<&str>, page: JudgedPage) {
        let (store, lease) = (self.store, self.lease.clone());
        let (cursor, next) = (cursor.map(str::to_owned), next.map(str::to_owned));
        self.open.push_back(Box::pin(async move {
            let (start, from) = (cursor.as_deref(), cursor.as_deref());
            let fresh = store
                .store_page(&lease, start, from, next.as_deref(), &page)
                .await;
            (page, fresh)
        }));
    }

    /// Does something else beside it, and comes back when that is done and at most so many pages are still being written.
    pub(crate) async fn beside<T>(&mut self, work: impl Future<Output = T>, most_open: usize) -> T {
        let mut work = pin!(work);
        let mut ready = None;
        loop {
            if self.open.len() <= most_open
                && let Some(ready) = ready
            {
                return ready;
            }
            tokio::select! {
                biased;
                Some(written) = self.open.next() => self.done.push(written),
                done = &mut work, if ready.is_none() => ready = Some(done),
                else => {}
            }
        }
    }

    /// What was written since it was asked last, in order.
    pub(crate) fn take_done(&mut self) -> Vec<Written> {
        std::mem::take(&mut self.done)
    }
}
