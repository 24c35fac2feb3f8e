//! A database password in a file of S3, as some offices have had it for years: one small JSON object, read strictly.
//!
//! `{"password": "..."}`, and if it names `host`, `port`, `database` or `user`, they must be those of the target: a file that somebody
//! exchanged cannot send a bench to another server. It is kept in memory only.

use crate::aws::{AwsCredentials, s3_headers};
use crate::fault::Fault;
use crate::target::{Place, Target};
use fleet::Secret;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use std::net::IpAddr;
use std::time::Duration;
use url::Url;

/// Largest such file.
const LARGEST: usize = 4096;
const LONGEST_PASSWORD: usize = 512;
const ANSWER: Duration = Duration::from_secs(15);

/// Which file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PasswordFile {
    /// Bucket.
    pub bucket: String,
    /// Key in the bucket.
    pub key: String,
    /// Region of the bucket.
    pub region: String,
    /// Another endpoint than Amazon's, on this computer only: for trials.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub endpoint: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Content {
    password: Secret,
    host: Option<String>,
    port: Option<u16>,
    database: Option<String>,
    user: Option<String>,
}

impl PasswordFile {
    /// Fetches the file and takes the password for `target` out of it.
    ///
    /// # Errors
    /// [`Fault::NoCredential`] with the reason; nothing of the file is in it.
    pub async fn read(
        &self,
        target: &Target,
        credentials: &AwsCredentials,
        now: Timestamp,
    ) -> Result<Secret, Fault> {
        let bytes = self
            .fetch(credentials, now)
            .await
            .map_err(|why| Fault::NoCredential {
                why: format!("the password file s3://{}/{} {why}", self.bucket, self.key),
            })?;
        password(&bytes, target).map_err(|why| Fault::NoCredential {
            why: format!("the password file s3://{}/{} {why}", self.bucket, self.key),
        })
    }

    /// The whole file, for another secret that is kept the same way.
    ///
    /// # Errors
    /// [`Fault::NoCredential`] with the reason; nothing of the file is in it.
    pub async fn text(
        &self,
        credentials: &AwsCredentials,
        now: Timestamp,
    ) -> Result<Secret, Fault> {
        let bytes = self.fetch(credentials, now).await;
        bytes
            .and_then(|bytes| String::from_utf8(bytes).map_err(|_| "is no text".to_owned()))
            .map(Secret::new)
            .map_err(|why| Fault::NoCredential {
                why: format!("the file s3://{}/{} {why}", self.bucket, self.key),
            })
    }

    /// The password for `target` in the text of such a file.
    ///
    /// # Errors
    /// [`Fault::NoCredential`] with the reason; nothing of the file is in it.
    pub fn password_in(&self, text: &Secret, target: &Target) -> Result<Secret, Fault> {
        password(text.reveal().as_bytes(), target).map_err(|why| Fault::NoCredential {
            why: format!("the password file s3://{}/{} {why}", self.bucket, self.key),
        })
    }

    fn url(&self) -> Result<Url, String> {
        let named = |text: &str| {
            (3..=63).contains(&text.len())
                && text
                    .bytes()
                    .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-')
        };
        if !named(&self.bucket) || !named(&self.region) || self.key.is_empty() {
            return Err("is not named rightly: bucket, key and region are needed".to_owned());
        }
        let mut url = match &self.endpoint {
            None => Url::parse(&format!(
                "https://{}.s3.{}.amazonaws.com/",
                self.bucket, self.region
            )),
            Some(endpoint) => {
                let url = Url::parse(endpoint).map_err(|error| error.to_string())?;
                let host = url.host_str().unwrap_or_default().trim_matches(['[', ']']);
                let here = host == "localhost"
                    || host
                        .parse::<IpAddr>()
                        .is_ok_and(|address| address.is_loopback());
                if !here {
                    return Err(
                        "cannot be asked for at another endpoint than Amazon's or this computer's"
                            .into(),
                    );
                }
                url.join(&format!("{}/", self.bucket))
            }
        }
        .map_err(|error| error.to_string())?;
        url.path_segments_mut()
            .map_err(|()| "has no address".to_owned())?
            .pop_if_empty()
            .extend(self.key.split('/'));
        Ok(url)
    }

    async fn fetch(&self, credentials: &AwsCredentials, now: Timestamp) -> Result<Vec<u8>, String> {
        let url = self.url()?;
        let headers =
            s3_headers(&url, &self.region, credentials, now).map_err(|fault| fault.to_string())?;
        let _ = rustls::crypto::ring::default_provider().install_default();
        let mut builder = reqwest::Client::builder()
            .redirect(reqwest::redirect::Policy::none())
            .retry(reqwest::retry::never())
            .referer(false)
            .no_proxy()
            .timeout(ANSWER);
        if self.endpoint.is_some() {
            builder = builder.tls_certs_only([]);
        } else {
            builder = builder.https_only(true);
        }
        let http = builder
            .build()
            .map_err(|error| format!("cannot be asked for: {}", crate::fault::chain(&error)))?;
        let mut request = http.get(url);
        for (name, value) in headers {
            request = request.header(name, value);
        }
        let mut response = request.send().await.map_err(|error| {
            format!(
                "cannot be reached: {}",
                crate::fault::chain(&error.without_url())
            )
        })?;
        match response.status().as_u16() {
            200 => {}
            403 => {
                return Err(
                    "may not be read by this AWS role, or this computer's clock is wrong".into(),
                );
            }
            404 => return Err("is not there".into()),
            status if (300..400).contains(&status) => {
                return Err("is in another region than the one named".into());
            }
            status => return Err(format!("cannot be read now (status {status})")),
        }
        let mut bytes = Vec::new();
        while let Some(chunk) = response
            .chunk()
            .await
            .map_err(|error| format!("was cut: {}", crate::fault::chain(&error.without_url())))?
        {
            if bytes.len().saturating_add(chunk.len()) > LARGEST {
                return Err(format!("is larger than {LARGEST} bytes"));
            }
            bytes.extend_from_slice(&chunk);
        }
        Ok(bytes)
    }
}

/// The password out of the file's bytes.
fn password(bytes: &[u8], target: &Target) -> Result<Secret, String> {
    if bytes.len() > LARGEST {
        return Err(format!("is larger than {LARGEST} bytes"));
    }
    let content: Content = serde_json::from_slice(bytes)
        .map_err(|_| r#"is not what it should be: {"password": "..."}"#.to_owned())?;
    let other = |what: &str| {
        Err(format!(
            "is for another {what} than the one in the preferences"
        ))
    };
    let host = match target.place() {
        Place::Host(host) => Some(host.as_str()),
        Place::Socket(_) => None,
    };
    if content
        .host
        .as_deref()
        .is_some_and(|named| Some(named.to_lowercase().as_str()) != host)
    {
        return other("host");
    }
    if content.port.is_some_and(|port| port != target.port()) {
        return other("port");
    }
    if content
        .database
        .is_some_and(|name| name != target.database())
    {
        return other("database");
    }
    if content.user.is_some_and(|name| name != target.user()) {
        return other("user");
    }
    // A password that was put in by an editor often ends with a line end; inside it none can be.
    let text = content.password.reveal().trim_end_matches(['\r', '\n']);
    if text.is_empty() || text.len() > LONGEST_PASSWORD || text.chars().any(char::is_control) {
        return Err("holds no password that can be one".to_owned());
    }
    Ok(Secret::new(text))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn target() -> Target {
        Target::parse("postgres://bench_2@fleet.example.net:5432/fleet").unwrap()
    }

    #[test]
    fn a_password_is_taken_out_of_a_file_for_this_very_database() {
        for good in [
            r#"{"password": "hunter2\n"}"#,
            r#"{"password":"hunter2","host":"Fleet.example.net","port":5432,"database":"fleet","user":"bench_2"}"#,
        ] {
            assert_eq!(
                password(good.as_bytes(), &target()).unwrap().reveal(),
                "hunter2"
            );
        }
    }

    #[test]
    fn everything_else_is_refused_and_never_repeated() {
        let long = format!(r#"{{"password":"hunter2{}"}}"#, "x".repeat(5_000_000));
        for bad in [
            "",
            "hunter2",
            "\"hunter2\"",
            r#"["hunter2"]"#,
            r#"{"password":5}"#,
            r#"{"password":""}"#,
            r#"{"password":"hunter2","host":"evil.example.org"}"#,
            r#"{"password":"hunter2","port":5433}"#,
            r#"{"password":"hunter2","database":"other"}"#,
            r#"{"password":"hunter2","user":"postgres"}"#,
            r#"{"password":"hunter2","passwords":"hunter2"}"#,
            r#"{"password":"hunter2","password":"hunter3"}"#,
            r#"{"password":"hun\nter2"}"#,
            r#"{"password":"hunter2"} {"password":"hunter2"}"#,
            &long,
        ] {
            let error = password(bad.as_bytes(), &target()).unwrap_err();
            assert!(!error.contains("hunter"), "{error}");
        }
        assert!(password(&[0xff, 0xfe], &target()).is_err());
    }

    #[test]
    fn the_file_is_asked_for_at_amazon_or_on_this_computer_only() {
        let file = |bucket: &str, endpoint: Option<&str>| PasswordFile {
            bucket: bucket.into(),
            key: "database/password.json".into(),
            region: "eu-west-1".into(),
            endpoint: endpoint.map(str::to_owned),
        };
        assert_eq!(
            file("office-fleet", None).url().unwrap().as_str(),
            "https://office-fleet.s3.eu-west-1.amazonaws.com/database/password.json"
        );
        for here in [
            "http://127.0.0.1:5000",
            "http://localhost:5000",
            "http://[::1]:5000",
        ] {
            assert_eq!(
                file("office-fleet", Some(here)).url().unwrap().as_str(),
                format!("{here}/office-fleet/database/password.json")
            );
        }
        for (bucket, endpoint) in [
            ("evil.example.org/x", None),
            ("ok-bucket@evil", None),
            ("office-fleet", Some("http://10.0.0.1:5000")),
            ("office-fleet", Some("https://s3.evil.example")),
            ("office-fleet", Some("http://localhost.evil.example:5000")),
            ("office-fleet", Some("http://localhost@evil.example:5000")),
        ] {
            assert!(
                file(bucket, endpoint).url().is_err(),
                "{bucket} {endpoint:?}"
            );
        }
    }
}
