//! The line to the account: every call signed and paced, the clock corrected, the day's budget remembered.
//!
//! What a call asks and what its answer means stand beside this, in the operations and their outcomes.

use super::outcome::{self, Ways};
use super::parameter;
use super::signature::{self, Parameter};
use super::wire::ErrorBody;
use crate::account::{AccountSettings, SetupError};
use crate::client::{Client, Reply, SendError};
use crate::content::Content;
use crate::failure::CallFailure;
use crate::limiter::{Limiter, Rule};
use backon::{ExponentialBuilder, Retryable};
use jiff::Timestamp;
use reqwest::{Method, StatusCode};
use serde::de::DeserializeOwned;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

/// Longest pause that a read waits for a carrier in trouble; a longer wish is the caller's to keep.
const LONGEST_READ_PAUSE: Duration = Duration::from_secs(10);

/// Reading how a change stands costs nothing of the day.
const FREE_OF_COST: &str = "/transaction/status.json";

/// The line to one account.
pub(super) struct Line {
    pub(super) settings: AccountSettings,
    pub(super) limiter: Limiter,
    client: Client,
    /// Carrier's clock minus ours, seconds; known once the carrier complained of our clock.
    clock_offset_s: AtomicI64,
}

impl Line {
    pub(super) fn new(settings: AccountSettings) -> Result<Self, SetupError> {
        let rule = Rule {
            per_second: settings.limits.calls_per_second,
            one_at_a_time: false,
        };
        Ok(Self {
            client: Client::new(&settings)?,
            limiter: Limiter::new(rule),
            clock_offset_s: AtomicI64::new(0),
            settings,
        })
    }

    /// The same, leaving out what is long in answers that are longer than they may be.
    pub(super) fn abridging(self) -> Self {
        Self {
            client: self.client.abridging(),
            ..self
        }
    }

    /// By how much timestamps are corrected.
    pub(super) fn clock_offset_s(&self) -> i64 {
        self.clock_offset_s.load(Ordering::Relaxed)
    }

    /// A question that costs a call of the day. Asked again while the carrier is in trouble, for reading changes nothing.
    pub(super) async fn ask<T: DeserializeOwned>(
        &self,
        path: &str,
        query: &[Parameter],
    ) -> Result<T, CallFailure> {
        self.ask_as(path, query, Ways::default()).await
    }

    /// The same with other ways of reading the answer.
    pub(super) async fn ask_as<T: DeserializeOwned>(
        &self,
        path: &str,
        query: &[Parameter],
        ways: Ways<T>,
    ) -> Result<T, CallFailure> {
        if let Some(seconds) = self.limiter.spent_for_s() {
            return Err(CallFailure::RetryAfter {
                seconds,
                quota_spent: true,
            });
        }
        let pauses = ExponentialBuilder::default()
            .with_min_delay(Duration::from_millis(self.settings.limits.read_pause_ms))
            .with_factor(2.0)
            .with_max_times(self.settings.limits.read_repeats)
            .with_jitter();
        let answer = (|| async {
            outcome::of_read_as(self.exchange(Method::GET, path, query, None).await, ways)
        })
        .retry(pauses)
        .when(|failure| {
            matches!(
                failure,
                CallFailure::Trouble {
                    status: 500 | 502..=504,
                    ..
                }
            )
        })
        .adjust(|failure, pause| {
            let pause = pause?;
            let wished = failure
                .retry_after_s()
                .map_or(pause, |seconds| Duration::from_secs(seconds).max(pause));
            (wished == pause || wished <= LONGEST_READ_PAUSE).then_some(wished)
        })
        .await;
        if let Err(CallFailure::RetryAfter {
            seconds,
            quota_spent: true,
        }) = &answer
        {
            self.limiter.note_spent(*seconds);
        }
        answer
    }

    /// One signed call. A complaint about our clock is answered once, with the carrier's own time: nothing was processed.
    pub(super) async fn exchange(
        &self,
        method: Method,
        path: &str,
        query: &[Parameter],
        body: Option<Vec<u8>>,
    ) -> Result<Reply, SendError> {
        let first = self
            .send_signed(method.clone(), path, query, body.clone())
            .await?;
        let Some(offset_s) = stale_offset_s(&first) else {
            return Ok(first);
        };
        tracing::warn!(
            offset_s,
            "this computer's clock is outside the carrier's window; its time is used"
        );
        self.clock_offset_s.store(offset_s, Ordering::Relaxed);
        self.send_signed(method, path, query, body).await
    }

    async fn send_signed(
        &self,
        method: Method,
        path: &str,
        query: &[Parameter],
        body: Option<Vec<u8>>,
    ) -> Result<Reply, SendError> {
        let _turn = self.limiter.turn(path != FREE_OF_COST).await;
        let offset = jiff::SignedDuration::from_secs(self.clock_offset_s());
        let now = Timestamp::now();
        let mut parameters = query.to_vec();
        parameters.push(parameter("key", &self.settings.key));
        parameters.push(parameter(
            "timestamp",
            &signature::timestamp(now.checked_add(offset).unwrap_or(now)),
        ));
        if let Some(body) = &body {
            parameters.push(parameter("bodyMd5", &signature::body_digest(body)));
        }
        parameters.push(parameter(
            "sig",
            &signature::sign(&parameters, &self.settings.secret),
        ));
        let reply = self.client.send(method, path, &parameters, body).await?;
        self.limiter.note(&reply);
        Ok(reply)
    }
}

/// The offset to use when the answer complains of our clock and tells the carrier's.
fn stale_offset_s(reply: &Reply) -> Option<i64> {
    let Content::Json(body) = &reply.content else {
        return None;
    };
    // A complaint is short. To look into a page of reports for one would cost more than to read the page.
    if body.is_long() {
        return None;
    }
    let error = ErrorBody::of(body).filter(|error| error.word() == "STALE_TIMESTAMP")?;
    let refused = matches!(reply.status, StatusCode::UNAUTHORIZED | StatusCode::OK);
    let told = error.server_time.as_deref().and_then(offset_from_now_s);
    told.or_else(|| reply.date_offset_s()).filter(|_| refused)
}

/// Their clock minus ours, seconds.
pub(super) fn offset_from_now_s(server_time: &str) -> Option<i64> {
    let theirs: Timestamp = server_time.trim().parse().ok()?;
    Some(theirs.as_second() - Timestamp::now().as_second())
}
