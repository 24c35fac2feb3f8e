//! The three things that are asked of AWS: a small file in S3, a secret, and a token for the database. Signed by `aws-sigv4`.
//!
//! Lambda puts key, secret and session token of the function's role into the environment and changes them; they are read at each signing
//! and kept nowhere. No answer follows a redirect, and none is longer than a few kilobytes.

use aws_credential_types::Credentials;
use aws_sigv4::http_request::{
    PayloadChecksumKind, PercentEncodingMode, SignableBody, SignableRequest, SignatureLocation,
    SigningSettings, UriPathNormalizationMode, sign,
};
use aws_sigv4::sign::v4;
use fleet::Secret;
use std::net::IpAddr;
use std::time::{Duration, SystemTime};

/// Longest secret that is read, bytes.
const LONGEST: usize = 4 * 1024;
const CONNECT: Duration = Duration::from_secs(4);
const TOTAL: Duration = Duration::from_secs(8);
/// How long a token opens the database's door; the connection lives on after it.
const TOKEN: Duration = Duration::from_secs(900);

/// Whom AWS sees, and where it is.
#[derive(Clone)]
pub struct Aws {
    region: String,
    endpoint: Option<String>,
    keys: fn() -> Result<Credentials, String>,
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
        Ok(Self {
            region,
            endpoint,
            keys: keys_from_environment,
        })
    }

    /// Reads a small file in S3.
    ///
    /// # Errors
    /// In words, without anything of what was read.
    pub async fn s3_file(&self, bucket: &str, key: &str) -> Result<Secret, String> {
        let url = match &self.endpoint {
            Some(endpoint) => format!("{}/{bucket}/{key}", endpoint.trim_end_matches('/')),
            None => format!("https://{bucket}.s3.{}.amazonaws.com/{key}", self.region),
        };
        let mut settings = SigningSettings::default();
        settings.percent_encoding_mode = PercentEncodingMode::Single;
        settings.uri_path_normalization_mode = UriPathNormalizationMode::Disabled;
        settings.payload_checksum_kind = PayloadChecksumKind::XAmzSha256;
        self.ask("GET", &url, "s3", settings, Vec::new(), String::new())
            .await
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
        let headers = vec![
            ("content-type", "application/x-amz-json-1.1"),
            ("x-amz-target", "secretsmanager.GetSecretValue"),
        ];
        let body = serde_json::json!({ "SecretId": id }).to_string();
        let answer = self
            .ask(
                "POST",
                &url,
                "secretsmanager",
                SigningSettings::default(),
                headers,
                body,
            )
            .await?;
        let answer: serde_json::Value =
            serde_json::from_str(answer.reveal()).map_err(|_| "the answer is no JSON")?;
        answer
            .get("SecretString")
            .and_then(serde_json::Value::as_str)
            .map(Secret::new)
            .ok_or_else(|| "the secret holds no text".to_owned())
    }

    /// A token that logs one user into one RDS database. Signed here; nothing is asked of anybody.
    ///
    /// # Errors
    /// When there are no credentials to sign with.
    pub fn database_token(&self, host: &str, port: u16, user: &str) -> Result<Secret, String> {
        self.database_token_at(host, port, user, SystemTime::now())
    }

    fn database_token_at(
        &self,
        host: &str,
        port: u16,
        user: &str,
        at: SystemTime,
    ) -> Result<Secret, String> {
        let url = format!("https://{host}:{port}/?Action=connect&DBUser={user}");
        let mut settings = SigningSettings::default();
        settings.signature_location = SignatureLocation::QueryParams;
        settings.expires_in = Some(TOKEN);
        let signed = self.sign(
            "GET",
            &url,
            "rds-db",
            settings,
            &[],
            &SignableBody::empty(),
            at,
        )?;
        let mut token = format!("{host}:{port}/?Action=connect&DBUser={user}");
        for (name, value) in signed.params() {
            token.push('&');
            token.push_str(name);
            token.push('=');
            token.push_str(&percent_encoded(value));
        }
        Ok(Secret::new(token))
    }

    #[expect(clippy::too_many_arguments, reason = "the parts of a request")]
    fn sign(
        &self,
        method: &str,
        url: &str,
        service: &str,
        settings: SigningSettings,
        headers: &[(&'static str, &'static str)],
        body: &SignableBody<'_>,
        at: SystemTime,
    ) -> Result<aws_sigv4::http_request::SigningInstructions, String> {
        let identity = (self.keys)()?.into();
        let parameters = v4::SigningParams::builder()
            .identity(&identity)
            .region(&self.region)
            .name(service)
            .time(at)
            .settings(settings)
            .build()
            .map_err(|error| error.to_string())?
            .into();
        let request = SignableRequest::new(method, url, headers.iter().copied(), body.clone())
            .map_err(|_| "the address cannot be signed")?;
        let (instructions, _) = sign(request, &parameters)
            .map_err(|_| "the request cannot be signed")?
            .into_parts();
        Ok(instructions)
    }

    async fn ask(
        &self,
        method: &'static str,
        url: &str,
        service: &str,
        settings: SigningSettings,
        headers: Vec<(&'static str, &'static str)>,
        body: String,
    ) -> Result<Secret, String> {
        let signed = self.sign(
            method,
            url,
            service,
            settings,
            &headers,
            &SignableBody::Bytes(body.as_bytes()),
            SystemTime::now(),
        )?;
        let client = client(self.endpoint.is_some())?;
        let mut request = if method == "POST" {
            client.post(url).body(body)
        } else {
            client.get(url)
        };
        for (name, value) in headers {
            request = request.header(name, value);
        }
        for (name, value) in signed.headers() {
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
    between("<Code>", "</Code>")
        .or_else(|| between("\"__type\":\"", "\""))
        .unwrap_or_default()
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

fn keys_from_environment() -> Result<Credentials, String> {
    let key = variable("AWS_ACCESS_KEY_ID").ok_or("AWS_ACCESS_KEY_ID is not set")?;
    let secret = variable("AWS_SECRET_ACCESS_KEY").ok_or("AWS_SECRET_ACCESS_KEY is not set")?;
    let token = variable("AWS_SESSION_TOKEN");
    Ok(Credentials::new(key, secret, token, None, "environment"))
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

/// As signatures want it: everything but letters, digits and `-_.~`.
fn percent_encoded(text: &str) -> String {
    let mut encoded = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte) {
            encoded.push(char::from(byte));
        } else {
            encoded.push_str(&format!("%{byte:02X}"));
        }
    }
    encoded
}

#[cfg(test)]
#[path = "aws_tests.rs"]
mod tests;
