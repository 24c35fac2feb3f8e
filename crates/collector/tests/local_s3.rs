//! An S3 on this computer that checks signatures as Amazon does: who signed, when, and over exactly this request.

use aws_sigv4::sign::v4::{calculate_signature, generate_signing_key};
use axum::Router;
use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use sha2::{Digest as _, Sha256};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

pub const KEY_ID: &str = "AKIDEXAMPLE";
pub const SECRET: &str = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY";
pub const SESSION: &str = "SESSION/TOKEN+EXAMPLE==";
pub const REGION: &str = "eu-west-1";

type Files = Arc<BTreeMap<String, String>>;

/// Serves files by `BUCKET/KEY`; gives the address.
pub async fn serve(files: BTreeMap<String, String>) -> String {
    let listener = tokio::net::TcpListener::bind(("127.0.0.1", 0))
        .await
        .unwrap();
    let address = listener.local_addr().unwrap();
    let app = Router::new().fallback(answer).with_state(Arc::new(files));
    tokio::spawn(async move { axum::serve(listener, app).await });
    format!("http://{address}")
}

async fn answer(State(files): State<Files>, request: Request) -> Response {
    if let Err(why) = check(&request) {
        let body = format!("<Error><Code>{why}</Code></Error>");
        return (StatusCode::FORBIDDEN, body).into_response();
    }
    match files.get(request.uri().path().trim_start_matches('/')) {
        Some(text) => text.clone().into_response(),
        None => (
            StatusCode::NOT_FOUND,
            "<Error><Code>NoSuchKey</Code></Error>",
        )
            .into_response(),
    }
}

fn sha256_hex(bytes: &[u8]) -> String {
    Sha256::digest(bytes)
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect()
}

fn check(request: &Request) -> Result<(), &'static str> {
    let header = |name: &str| {
        let value = request
            .headers()
            .get(name)
            .and_then(|value| value.to_str().ok());
        value.map(str::to_owned).ok_or("AccessDenied")
    };
    let authorization = header("authorization")?;
    let part = |name: &str| {
        let (_, rest) = authorization
            .split_once(&format!("{name}="))
            .ok_or("AuthorizationHeaderMalformed")?;
        Ok::<_, &'static str>(rest.split([',', ' ']).next().unwrap_or_default().to_owned())
    };
    let (credential, signed, signature) = (
        part("Credential")?,
        part("SignedHeaders")?,
        part("Signature")?,
    );
    let at = header("x-amz-date")?;
    let scope = format!("{}/{REGION}/s3/aws4_request", &at[..8]);
    if credential != format!("{KEY_ID}/{scope}") {
        return Err("InvalidAccessKeyId");
    }
    if header("x-amz-security-token")? != SESSION {
        return Err("InvalidToken");
    }
    let empty = sha256_hex(b"");
    if header("x-amz-content-sha256")? != empty {
        return Err("XAmzContentSHA256Mismatch");
    }
    for needed in [
        "host",
        "x-amz-content-sha256",
        "x-amz-date",
        "x-amz-security-token",
    ] {
        if !signed.split(';').any(|name| name == needed) {
            return Err("AccessDenied");
        }
    }
    let mut headers = String::new();
    for name in signed.split(';') {
        headers.push_str(&format!("{name}:{}\n", header(name)?.trim()));
    }
    let query = request.uri().query().unwrap_or_default();
    let canonical = format!(
        "{}\n{}\n{query}\n{headers}\n{signed}\n{empty}",
        request.method(),
        request.uri().path()
    );
    let text = format!(
        "AWS4-HMAC-SHA256\n{at}\n{scope}\n{}",
        sha256_hex(canonical.as_bytes())
    );
    let stamp = jiff::fmt::strtime::parse("%Y%m%dT%H%M%S%z", at.replace('Z', "+0000"))
        .unwrap()
        .to_timestamp()
        .unwrap();
    let stamp = SystemTime::from(stamp);
    let apart = stamp.elapsed().unwrap_or_else(|early| early.duration());
    if apart > Duration::from_secs(900) {
        return Err("RequestTimeTooSkewed");
    }
    let key = generate_signing_key(SECRET, stamp, REGION, "s3");
    if calculate_signature(key, text.as_bytes()) != signature {
        return Err("SignatureDoesNotMatch");
    }
    Ok(())
}
