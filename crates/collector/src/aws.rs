//! Where AWS is, and a secret of Secrets Manager. Tokens of RDS and files in S3 are the fleet database's own to ask for.
//!
//! Lambda puts key, secret and session token of the function's role into the environment and changes them; they are read at each signing
//! and kept nowhere. No answer follows a redirect, and none is longer than a few kilobytes.

use aws_credential_types::Credentials;
use aws_sigv4::http_request::{SignableBody, SignableRequest, SigningSettings, sign};
use aws_sigv4::sign::v4;
use fleet::Secret;
use fleet_db::AwsCredentials;
use std::net::IpAddr;
use std::time::{Duration, SystemTime};

/// Longest secret that is read, bytes.
const LONGEST: usize = 4 * 1024;
const CONNECT: Duration = Duration::from_secs(4);
const TOTAL: Duration = Duration::from_secs(8);
const HEADERS: &[(&str, &str)] = &[
    ("content-type", "application/x-amz-json-1.1"),
    ("x-amz-target", "secretsmanager.GetSecretValue"),
];

/// Where AWS is.
#[derive(Debug, Clone)]
pub struct Aws {
    /// Region.
    pub region: String,
    /// In place of Amazon's own addresses: this computer, for tests.
    pub endpoint: Option<String>,
}

impl Aws {
    /// From the environment, as Lambda and the AWS CLI set it.
    ///
    /// # Errors
    /// When no region is set, or `AWS_ENDPOINT_URL` names another machine: a password must not be sent for to just anywhere.
    pub fn from_environment() -> Result<Self, String> {
        let region = ["AWS_REGION", "AWS_DEFAULT_REGION"]
            .iter()
            .find_map(|name| variable(name))
            .ok_or("AWS_REGION is not set")?;
        let endpoint = variable("AWS_ENDPOINT_URL");
        if let Some(endpoint) = &endpoint
            && !is_loopback(endpoint)
        {
            return Err("AWS_ENDPOINT_URL may only name this computer itself".to_owned());
        }
        Ok(Self { region, endpoint })
    }

    /// Reads a secret of Secrets Manager, by name or ARN.
    ///
    /// # Errors
    /// In words, without anything of what was read.
    pub async fn secret(&self, id: &str) -> Result<Secret, String> {
        let url = match &self.endpoint {
            Some(endpoint) => format!("{}/", endpoint.trim_end_matches('/')),
            None => format!("https://secretsmanager.{}.amazonaws.com/", self.region),
        };
        let body = serde_json::json!({ "SecretId": id }).to_string();
        let answer = self.ask(&url, body).await?;
        let answer: serde_json::Value =
            serde_json::from_str(answer.reveal()).map_err(|_| "the answer is no JSON")?;
        answer
            .get("SecretString")
            .and_then(serde_json::Value::as_str)
            .map(Secret::new)
            .ok_or_else(|| "the secret holds no text".to_owned())
    }

    async fn ask(&self, url: &str, body: String) -> Result<Secret, String> {
        let keys = AwsCredentials::from_environment()?;
        let token = keys
            .session_token
            .as_ref()
            .map(|token| token.reveal().to_owned());
        let identity = Credentials::new(
            keys.access_key_id,
            keys.secret_access_key.reveal(),
            token,
            None,
            "environment",
        )
        .into();
        let parameters = v4::SigningParams::builder()
            .identity(&identity)
            .region(&self.region)
            .name("secretsmanager")
            .time(SystemTime::now())
            .settings(SigningSettings::default())
            .build()
            .map_err(|error| error.to_string())?
            .into();
        let signable = SignableRequest::new(
            "POST",
            url,
            HEADERS.iter().copied(),
            SignableBody::Bytes(body.as_bytes()),
        )
        .map_err(|_| "the request cannot be signed")?;
        let (signed, _) = sign(signable, &parameters)
            .map_err(|_| "the request cannot be signed")?
            .into_parts();
        let mut request = client(self.endpoint.is_some())?.post(url).body(body);
        for (name, value) in HEADERS.iter().copied().chain(signed.headers()) {
            request = request.header(name, value);
        }
        let mut answer = request.send().await.map_err(|error| said(&error))?;
        let status = answer.status();
        let mut text = Vec::new();
        while let Some(chunk) = answer.chunk().await.map_err(|error| said(&error))? {
            text.extend_from_slice(&chunk);
            if text.len() > LONGEST {
                return Err(format!("what came is longer than {LONGEST} bytes"));
            }
        }
        if !status.is_success() {
            return Err(format!("AWS answers {}{}", status.as_u16(), reason(&text)));
        }
        String::from_utf8(text)
            .map(Secret::new)
            .map_err(|_| "what came is no text".to_owned())
    }
}

/// AWS's own word for a refusal (`AccessDenied`, `NoSuchKey`), which holds no secret.
fn reason(answer: &[u8]) -> String {
    let text = String::from_utf8_lossy(answer);
    let between = |before: &str, after: &str| {
        let (_, rest) = text.split_once(before)?;
        let (word, _) = rest.split_once(after)?;
        let word: String = word
            .chars()
            .filter(char::is_ascii_alphanumeric)
            .take(60)
            .collect();
        (!word.is_empty()).then(|| format!(" ({word})"))
    };
    between("\"__type\":\"", "\"").unwrap_or_default()
}

fn client(local: bool) -> Result<reqwest::Client, String> {
    // Another part of the program may have installed a provider before; any will do.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let builder = reqwest::Client::builder()
        .redirect(reqwest::redirect::Policy::none())
        .retry(reqwest::retry::never())
        .referer(false)
        .no_proxy()
        .connect_timeout(CONNECT)
        .timeout(TOTAL);
    // Without TLS no roots are needed.
    let builder = if local {
        builder.tls_certs_only([])
    } else {
        builder.https_only(true)
    };
    builder.build().map_err(|error| said(&error))
}

/// An error of HTTP with its causes, without the address.
fn said(error: &reqwest::Error) -> String {
    let mut words = if error.is_timeout() {
        "no answer in time".to_owned()
    } else {
        String::new()
    };
    let mut cause = std::error::Error::source(error);
    while let Some(error) = cause {
        if !words.is_empty() {
            words.push_str(": ");
        }
        words.push_str(&error.to_string());
        cause = error.source();
    }
    if words.is_empty() {
        "no whole answer".to_owned()
    } else {
        words
    }
}

fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}

fn is_loopback(url: &str) -> bool {
    reqwest::Url::parse(url).is_ok_and(|url| {
        let host = url.host_str().unwrap_or_default().trim_matches(['[', ']']);
        host == "localhost"
            || host
                .parse::<IpAddr>()
                .is_ok_and(|address| address.is_loopback())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_this_computer_may_stand_in_for_aws() {
        for (url, stands_in) in [
            ("http://127.0.0.1:4566", true),
            ("http://[::1]:1", true),
            ("https://s3.example.net", false),
            ("http://127.0.0.1.example.net", false),
            ("http://127.0.0.1@example.net", false),
        ] {
            assert_eq!(is_loopback(url), stands_in, "{url}");
        }
    }

    #[test]
    fn a_refusal_tells_the_word_of_aws_and_nothing_else() {
        let refusal = br#"{"__type":"ResourceNotFoundException","Message":"m"}"#;
        assert_eq!(reason(refusal), " (ResourceNotFoundException)");
        assert_eq!(reason(b"hunter2"), "");
    }
}
