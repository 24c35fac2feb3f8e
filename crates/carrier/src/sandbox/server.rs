//! The sandbox's HTTP side. It takes connections by itself, because a lost answer means closing one without a byte.

use super::answer::{Answer, Fate};
use super::desk::{Desk, Request};
use super::door;
use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::State;
use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use futures_util::stream::{self, StreamExt};
use hyper::service::Service;
use hyper_util::rt::TokioIo;
use hyper_util::service::TowerToHyperService;
use percent_encoding::percent_decode_str;
use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use thiserror::Error;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::oneshot;
use tokio::task::JoinSet;

/// Longest request body that is read.
const REQUEST_CAP_BYTES: usize = 64 * 1024;
const HUGE_CHUNK: &[u8] = &[b' '; 64 * 1024];
const HUGE_CHUNKS: usize = 64;

/// Marks a response that must not be sent.
#[derive(Clone)]
struct NoAnswer;

/// What hyper is told instead: it closes the connection.
#[derive(Debug, Error)]
#[error("the answer is lost on purpose")]
struct AnswerLost;

#[derive(Clone)]
struct Counter {
    desk: Arc<Desk>,
    base_path: Arc<str>,
    /// Calls that came and have not ended.
    under_way: Arc<AtomicUsize>,
}

/// One call under way.
struct UnderWay(Arc<AtomicUsize>);

impl Drop for UnderWay {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::SeqCst);
    }
}

/// Serves until `stop` is sent or dropped. Connections that are still open then are closed.
pub(super) async fn serve(
    listener: TcpListener,
    desk: Arc<Desk>,
    base_path: &str,
    mut stop: oneshot::Receiver<()>,
) {
    let router = door::routes(Arc::clone(&desk)).fallback_service(
        Router::new().fallback(contract).with_state(Counter {
            desk,
            base_path: base_path.into(),
            under_way: Arc::default(),
        }),
    );
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            _ = &mut stop => break,
            accepted = listener.accept() => match accepted {
                Ok((stream, _)) => { connections.spawn(connection(stream, router.clone())); }
                // Out of file handles or a connection gone at once: the next one may do.
                Err(_) => tokio::time::sleep(std::time::Duration::from_millis(10)).await,
            },
            Some(_) = connections.join_next() => {}
        }
    }
}

async fn connection(stream: TcpStream, router: Router) {
    let router = TowerToHyperService::new(router);
    let service = hyper::service::service_fn(move |request| {
        let router = router.clone();
        async move {
            let Ok(response) = router.call(request).await;
            if response.extensions().get::<NoAnswer>().is_some() {
                Err(AnswerLost)
            } else {
                Ok(response)
            }
        }
    });
    // An error here is a caller who went away, or an answer lost on purpose.
    let _ = hyper::server::conn::http1::Builder::new()
        .keep_alive(false)
        .serve_connection(TokioIo::new(stream), service)
        .await;
}

async fn contract(State(door): State<Counter>, request: axum::extract::Request) -> Response {
    let Some(path) = request
        .uri()
        .path()
        .strip_prefix(&*door.base_path)
        .map(str::to_owned)
    else {
        return (
            StatusCode::NOT_FOUND,
            [(header::CONTENT_TYPE, "text/html")],
            "<html>Not found</html>",
        )
            .into_response();
    };
    let overlaps = door.under_way.fetch_add(1, Ordering::SeqCst) > 0;
    let _under_way = UnderWay(Arc::clone(&door.under_way));
    let method = request.method().as_str().to_owned();
    let query = decode(request.uri().query().unwrap_or_default());
    let authorization = request
        .headers()
        .get(header::AUTHORIZATION)
        .and_then(|value| value.to_str().ok())
        .map(str::to_owned);
    let Ok(body) = to_bytes(request.into_body(), REQUEST_CAP_BYTES).await else {
        return StatusCode::PAYLOAD_TOO_LARGE.into_response();
    };
    let request = Request {
        method,
        path,
        query,
        body: body.to_vec(),
        authorization,
    };
    let (answer, hold) = door.desk.answer(&request, overlaps);
    tokio::time::sleep(hold).await;
    into_response(answer)
}

/// Names and values of a query. A plus is a plus: the contract writes a space as `%20`.
fn decode(query: &str) -> Vec<(String, String)> {
    let text = |part: &str| percent_decode_str(part).decode_utf8_lossy().into_owned();
    query
        .split('&')
        .filter(|pair| !pair.is_empty())
        .map(|pair| pair.split_once('=').unwrap_or((pair, "")))
        .map(|(name, value)| (text(name), text(value)))
        .collect()
}

fn into_response(answer: Answer) -> Response {
    let text = answer.text();
    let length = text.len();
    let (kind, body) = match answer.fate {
        Fate::Lost => {
            let mut response = Response::new(Body::empty());
            response.extensions_mut().insert(NoAnswer);
            return response;
        }
        Fate::Sent => ("application/json", Body::from(text)),
        Fate::WebPage => (
            "text/html",
            Body::from("<!doctype html><title>Sign in to the guest network</title>"),
        ),
        Fate::Cut => {
            let half = text
                .into_bytes()
                .into_iter()
                .take(length / 2)
                .collect::<Vec<u8>>();
            // The pause lets the first half leave before the connection breaks.
            let first = stream::once(async { Ok(half) });
            let broken = stream::once(async {
                tokio::task::yield_now().await;
                Err(io::Error::from(io::ErrorKind::ConnectionReset))
            });
            ("application/json", Body::from_stream(first.chain(broken)))
        }
        Fate::Huge => {
            let chunks = (0..HUGE_CHUNKS).map(|_| Ok::<_, io::Error>(HUGE_CHUNK));
            ("application/json", Body::from_stream(stream::iter(chunks)))
        }
    };
    let mut response = Response::new(body);
    *response.status_mut() =
        StatusCode::from_u16(answer.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
    if answer.fate == Fate::Cut {
        headers.insert(header::CONTENT_LENGTH, HeaderValue::from(length));
    }
    for (name, value) in answer.headers {
        if let Ok(value) = HeaderValue::from_str(&value) {
            headers.insert(HeaderName::from_static(name), value);
        }
    }
    response
}
