//! One HTTP call: sent once, on its own connection, bounded in time and size, and honest about how far it came.
//!
//! It follows no redirect, repeats nothing, keeps no cookie and looks at no proxy that was not set. What status and body
//! mean is the adapter's business.

use crate::abridged::Abridged;
use crate::account::{AccountSettings, SetupError, TrustedRoots};
use crate::address::Address;
use crate::content::{self, Content};
use fleet::Secret;
use reqwest::header::{ACCEPT, CONTENT_TYPE, DATE, HeaderMap, RETRY_AFTER};
use reqwest::{Method, Response, StatusCode};
use std::error::Error as _;
use std::time::Instant;
use thiserror::Error;

/// Longest answer that is read to its end where what is long in it is left out, bytes.
const LONGEST_ABRIDGED: usize = 256 * 1024 * 1024;

/// Sends calls to one address.
pub(crate) struct Client {
    http: reqwest::Client,
    address: Address,
    body_cap_bytes: usize,
    /// Whether an answer that is longer may leave out what is long in it.
    abridges: bool,
    /// Word put to failed connections, so that people look in the right place.
    way: &'static str,
    /// User name and key of accounts that want them with each call.
    basic: Option<(String, Secret)>,
}

/// A whole answer.
#[derive(Debug, Clone)]
pub(crate) struct Reply {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) content: Content,
}

/// Why there is no whole answer. None of the texts carries an address with its query.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub(crate) enum SendError {
    /// The connection never stood, so not one byte of the request left.
    #[error("{why}")]
    NotSent { obstacle: Obstacle, why: String },
    /// The request may have arrived; no answer came.
    #[error("no answer came: {why}")]
    NoAnswer { why: String },
    /// An answer began and did not end.
    #[error("the answer (status {status}) was cut: {why}")]
    Cut { status: u16, why: String },
    /// The answer is longer than any that the contract knows.
    #[error("the answer (status {status}) is longer than {cap_bytes} bytes")]
    TooLong { status: u16, cap_bytes: usize },
}

/// What stood between this computer and the carrier.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Obstacle {
    Name,
    Connection,
    ConnectionTime,
    /// The proxy that was set is there and does not let us through, or is not there.
    Proxy,
    Tls,
}

impl Client {
    pub(crate) fn new(settings: &AccountSettings) -> Result<Self, SetupError> {
        let address = Address::check(settings)?;
        // Another part of the program may have installed a provider before; any will do.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let mut builder = reqwest::Client::builder()
            .user_agent(concat!("fleetdesk/", env!("CARGO_PKG_VERSION")))
            .redirect(reqwest::redirect::Policy::none())
            .retry(reqwest::retry::never())
            .referer(false)
            .no_proxy()
            .pool_max_idle_per_host(0)
            .connect_timeout(settings.limits.connect_timeout())
            .timeout(settings.limits.total_timeout());
        builder = match (&settings.trusted_roots, address.is_secure()) {
            (TrustedRoots::System, true) => builder.https_only(true),
            // Without TLS no roots are needed, and a computer without any must still reach the sandbox.
            (TrustedRoots::System, false) => builder.tls_certs_only([]),
            (TrustedRoots::Only(pem), secure) => builder.https_only(secure).tls_certs_only(
                reqwest::Certificate::from_pem_bundle(pem).map_err(|error| tls_error(&error))?,
            ),
        };
        // Plain HTTP is for this computer only, and a proxy would carry it away.
        if let Some(proxy) = settings.proxy.as_ref().filter(|_| address.is_secure()) {
            builder = builder.proxy(reqwest::Proxy::all(proxy).map_err(|_| SetupError::Proxy)?);
        }
        let way = if settings.proxy.is_some() && address.is_secure() {
            " through the proxy"
        } else {
            ""
        };
        let http = builder.build().map_err(|error| tls_error(&error))?;
        Ok(Self {
            http,
            address,
            body_cap_bytes: settings.limits.body_cap_bytes,
            abridges: false,
            way,
            basic: None,
        })
    }

    /// The same, leaving out long members of answers that are longer than they may be.
    pub(crate) fn abridging(self) -> Self {
        Self {
            abridges: true,
            ..self
        }
    }

    /// The same, telling user name and key with each call.
    pub(crate) fn with_basic(self, user: &str, key: &Secret) -> Self {
        Self {
            basic: Some((user.to_owned(), key.clone())),
            ..self
        }
    }

    /// Sends one call, once.
    pub(crate) async fn send(
        &self,
        method: Method,
        path: &str,
        query: &[(String, String)],
        body: Option<Vec<u8>>,
    ) -> Result<Reply, SendError> {
        let started = Instant::now();
        let mut request = self
            .http
            .request(method.clone(), self.address.of(path, query))
            .header(ACCEPT, "application/json");
        if let Some((user, key)) = &self.basic {
            // The header is marked as sensitive there, so that no log shows it.
            request = request.basic_auth(user, Some(key.reveal()));
        }
        if let Some(body) = body {
            request = request.header(CONTENT_TYPE, "application/json").body(body);
        }
        let outcome = match request.send().await {
            Ok(response) => self.read(response).await,
            Err(error) => Err(not_answered(error, self.way)),
        };
        let elapsed_ms = u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX);
        match &outcome {
            Ok(reply) => {
                tracing::debug!(%method, path, status = reply.status.as_u16(), elapsed_ms, "carrier answered");
            }
            Err(error) => tracing::debug!(%method, path, %error, elapsed_ms, "carrier call failed"),
        }
        outcome
    }

    async fn read(&self, mut response: Response) -> Result<Reply, SendError> {
        let status = response.status();
        let too_long = || SendError::TooLong {
            status: status.as_u16(),
            cap_bytes: self.body_cap_bytes,
        };
        let is_page = self.abridges && status == StatusCode::OK;
        let cap = if is_page {
            LONGEST_ABRIDGED
        } else {
            self.body_cap_bytes
        };
        let promised = response.content_length().unwrap_or_default();
        if promised > u64::try_from(cap).unwrap_or(u64::MAX) {
            return Err(too_long());
        }
        let expected = usize::try_from(promised).unwrap_or_default();
        let (mut body, mut abridged) =
            (Vec::with_capacity(expected.min(self.body_cap_bytes)), None);
        let mut came = 0_usize;
        loop {
            match response.chunk().await {
                Ok(Some(chunk)) => {
                    came = came.saturating_add(chunk.len());
                    if came > cap {
                        return Err(too_long());
                    }
                    if came <= self.body_cap_bytes {
                        body.extend_from_slice(&chunk);
                        continue;
                    }
                    let page = abridged.get_or_insert_with(|| {
                        let mut page = Abridged::default();
                        page.take(&std::mem::take(&mut body));
                        page
                    });
                    page.take(&chunk);
                    if page.len() > self.body_cap_bytes {
                        return Err(too_long());
                    }
                }
                Ok(None) => break,
                Err(error) => {
                    return Err(SendError::Cut {
                        status: status.as_u16(),
                        why: innermost(&error.without_url()),
                    });
                }
            }
        }
        let body = abridged.map_or(body, Abridged::finish);
        let headers = response.headers().clone();
        let kind = headers
            .get(CONTENT_TYPE)
            .and_then(|value| value.to_str().ok());
        let read = if is_page {
            content::read_page
        } else {
            content::read
        };
        let content = read(kind, &body);
        Ok(Reply {
            status,
            headers,
            content,
        })
    }
}

impl Reply {
    /// Seconds that the carrier asks to wait; a date is turned into seconds from now.
    pub(crate) fn retry_after_s(&self) -> Option<u64> {
        let text = self.headers.get(RETRY_AFTER)?.to_str().ok()?.trim();
        text.parse().ok().or_else(|| {
            let when = jiff::fmt::rfc2822::parse(text).ok()?.timestamp();
            u64::try_from(when.as_second() - jiff::Timestamp::now().as_second()).ok()
        })
    }

    /// Their clock minus ours, seconds, from the date of the answer.
    pub(crate) fn date_offset_s(&self) -> Option<i64> {
        let date = self.headers.get(DATE)?.to_str().ok()?;
        let theirs = jiff::fmt::rfc2822::parse(date).ok()?.timestamp();
        Some(theirs.as_second() - jiff::Timestamp::now().as_second())
    }

    /// Whether a network or a proxy on the way answers in the carrier's place, and wants somebody to sign in.
    pub(crate) fn wants_sign_in(&self) -> bool {
        matches!(self.status.as_u16(), 407 | 511)
    }

    /// A whole number in a header.
    pub(crate) fn header_number(&self, name: &str) -> Option<u64> {
        self.headers.get(name)?.to_str().ok()?.trim().parse().ok()
    }
}

/// Only what happened while connecting proves that nothing was sent; everything later is doubt.
fn not_answered(error: reqwest::Error, way: &str) -> SendError {
    let error = error.without_url();
    let detail = innermost(&error);
    if !error.is_connect() {
        let why = if error.is_timeout() {
            "the time for one call ran out".to_owned()
        } else {
            detail
        };
        return SendError::NoAnswer { why };
    }
    let (obstacle, why) = if error.is_dns() {
        (
            Obstacle::Name,
            format!("the carrier's name could not be looked up ({detail})"),
        )
    } else if mentions_tls(&error) {
        (
            Obstacle::Tls,
            format!("no secure connection could be made ({detail})"),
        )
    } else if !way.is_empty() {
        (
            Obstacle::Proxy,
            format!("no connection could be made{way} ({detail})"),
        )
    } else if error.is_timeout() {
        (
            Obstacle::ConnectionTime,
            format!("no connection could be made{way} in time"),
        )
    } else {
        (
            Obstacle::Connection,
            format!("no connection could be made{way} ({detail})"),
        )
    };
    SendError::NotSent { obstacle, why }
}

fn mentions_tls(error: &reqwest::Error) -> bool {
    let mut source = error.source();
    while let Some(inner) = source {
        if is_tls(inner) {
            return true;
        }
        source = inner.source();
    }
    false
}

/// Errors of the system's kind hide what they wrap from `source`, and may wrap one another.
fn is_tls(error: &(dyn std::error::Error + 'static)) -> bool {
    let wrapped = error
        .downcast_ref::<std::io::Error>()
        .and_then(std::io::Error::get_ref);
    error.is::<rustls::Error>() || wrapped.is_some_and(|inner| is_tls(inner))
}

/// The last cause in the chain, which names the fact; those around it only say where it passed.
fn innermost(error: &reqwest::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(inner) = source {
        text = inner.to_string();
        source = inner.source();
    }
    fleet::printable::printable(&text)
}

fn tls_error(error: &reqwest::Error) -> SetupError {
    SetupError::Tls(innermost(error))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn retry_after_s(text: &str) -> Option<u64> {
        let headers = HeaderMap::from_iter([(RETRY_AFTER, text.parse().unwrap())]);
        Reply {
            status: StatusCode::OK,
            headers,
            content: Content::Empty,
        }
        .retry_after_s()
    }

    #[test]
    fn a_wait_is_read_in_seconds_and_as_a_date() {
        assert_eq!(retry_after_s(" 17 "), Some(17));
        assert!(
            retry_after_s("Fri, 31 Dec 2100 23:59:59 GMT")
                .is_some_and(|seconds| seconds > 1_000_000)
        );
        for text in ["Fri, 31 Dec 1999 23:59:59 GMT", "-5", "soon", ""] {
            assert_eq!(retry_after_s(text), None, "{text}");
        }
    }
}
