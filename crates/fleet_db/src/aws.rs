//! What Amazon asks for: signed requests, and a token of RDS in place of a password.
//!
//! Both are signed on this computer with credentials that live for a short time; nothing here keeps any. The moment is an argument.

use crate::fault::Fault;
use crate::target::{Place, Target};
use aws_credential_types::Credentials;
use aws_sigv4::http_request::{
    PayloadChecksumKind, PercentEncodingMode, SignableBody, SignableRequest, SignatureLocation,
    SigningInstructions, SigningSettings, UriPathNormalizationMode, sign,
};
use aws_sigv4::sign::v4;
use fleet::Secret;
use jiff::Timestamp;
use serde::Deserialize;
use std::sync::Arc;
use std::time::{Duration, SystemTime};
use url::Url;

/// How long a token of RDS may be used to connect, as RDS has it. An open connection lives on.
const TOKEN_VALID: Duration = Duration::from_secs(900);

/// Credentials of AWS, best short-lived ones of a role.
#[derive(Debug, Clone)]
pub struct AwsCredentials {
    /// Which key (no secret).
    pub access_key_id: String,
    /// Its secret.
    pub secret_access_key: Secret,
    /// Session token of short-lived credentials.
    pub session_token: Option<Secret>,
}

/// Where they come from, asked anew for each signature because they expire. It may take its time; it is asked on a thread of its own.
pub type CredentialSource = Arc<dyn Fn() -> Result<AwsCredentials, String> + Send + Sync>;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct ProcessOutput {
    version: u32,
    access_key_id: String,
    secret_access_key: Secret,
    session_token: Option<Secret>,
}

impl AwsCredentials {
    /// Reads what `aws configure export-credentials --format process` prints (the form of AWS's `credential_process`, version 1).
    ///
    /// # Errors
    /// When it is something else. No part of it is in the error.
    pub fn from_process_output(json: &str) -> Result<Self, String> {
        let output: ProcessOutput = serde_json::from_str(json)
            .map_err(|_| "what the AWS program printed are no credentials".to_owned())?;
        if output.version != 1 {
            return Err("the AWS program printed credentials of an unknown version".to_owned());
        }
        Ok(Self {
            access_key_id: output.access_key_id,
            secret_access_key: output.secret_access_key,
            session_token: output.session_token,
        })
    }

    /// Those of the environment, as AWS gives them to a function of Lambda.
    ///
    /// # Errors
    /// When one is missing.
    pub fn from_environment() -> Result<Self, String> {
        let get =
            |name: &str| std::env::var(name).map_err(|_| format!("the environment has no {name}"));
        Ok(Self {
            access_key_id: get("AWS_ACCESS_KEY_ID")?,
            secret_access_key: Secret::new(get("AWS_SECRET_ACCESS_KEY")?),
            session_token: get("AWS_SESSION_TOKEN").ok().map(Secret::new),
        })
    }

    fn for_signing(&self) -> Credentials {
        let token = self
            .session_token
            .as_ref()
            .map(|token| token.reveal().to_owned());
        Credentials::new(
            self.access_key_id.clone(),
            self.secret_access_key.reveal(),
            token,
            None,
            "fleetdesk",
        )
    }
}

/// A token that RDS takes in place of a password, for this very host, port and user.
///
/// The host must be the database's own name: for a name that only points to it RDS refuses the token. A wrong clock makes it worthless.
///
/// # Errors
/// When the target is no host, or the request cannot be signed.
pub fn rds_token(
    target: &Target,
    region: &str,
    credentials: &AwsCredentials,
    now: Timestamp,
) -> Result<Secret, Fault> {
    let host = match target.place() {
        Place::Host(host) if !target.is_plain_text() => host,
        _ => {
            return Err(Fault::NoCredential {
                why: "a token of RDS is for an encrypted connection with a database of RDS".into(),
            });
        }
    };
    let mut url = Url::parse(&format!("https://{host}:{}/", target.port())).map_err(|error| {
        Fault::BadAddress {
            why: error.to_string(),
        }
    })?;
    url.query_pairs_mut()
        .append_pair("Action", "connect")
        .append_pair("DBUser", target.user());
    // The form encoding writes a blank as '+', which AWS takes for a plus.
    let query = url.query().unwrap_or_default().replace('+', "%20");
    url.set_query(Some(&query));
    let mut settings = SigningSettings::default();
    settings.signature_location = SignatureLocation::QueryParams;
    settings.expires_in = Some(TOKEN_VALID);
    let instructions = signed(url.as_str(), "rds-db", region, credentials, settings, now)?;
    for (name, value) in instructions.params() {
        let value = percent_encoding::utf8_percent_encode(value, crate::target::KEEP);
        let query = format!("{}&{name}={value}", url.query().unwrap_or_default());
        url.set_query(Some(&query));
    }
    let token = format!(
        "{host}:{}/?{}",
        target.port(),
        url.query().unwrap_or_default()
    );
    Ok(Secret::new(token))
}

/// Headers that make a GET of an S3 object a signed one.
pub(crate) fn s3_headers(
    url: &Url,
    region: &str,
    credentials: &AwsCredentials,
    now: Timestamp,
) -> Result<Vec<(String, String)>, Fault> {
    let mut settings = SigningSettings::default();
    settings.payload_checksum_kind = PayloadChecksumKind::XAmzSha256;
    settings.percent_encoding_mode = PercentEncodingMode::Single;
    settings.uri_path_normalization_mode = UriPathNormalizationMode::Disabled;
    let instructions = signed(url.as_str(), "s3", region, credentials, settings, now)?;
    Ok(instructions
        .headers()
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .collect())
}

fn signed(
    url: &str,
    service: &str,
    region: &str,
    credentials: &AwsCredentials,
    settings: SigningSettings,
    now: Timestamp,
) -> Result<SigningInstructions, Fault> {
    let cannot = |why: String| Fault::NoCredential {
        why: format!("the request to AWS cannot be signed: {why}"),
    };
    let identity = credentials.for_signing().into();
    let parameters = v4::SigningParams::builder()
        .identity(&identity)
        .region(region)
        .name(service)
        .time(SystemTime::from(now))
        .settings(settings)
        .build()
        .map_err(|error| cannot(error.to_string()))?
        .into();
    let request = SignableRequest::new("GET", url, std::iter::empty(), SignableBody::Bytes(&[]))
        .map_err(|error| cannot(error.to_string()))?;
    let output = sign(request, &parameters).map_err(|error| cannot(error.to_string()))?;
    Ok(output.into_parts().0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    const HOST: &str = "fleet.abc123def456.eu-west-1.rds.amazonaws.com";
    /// What botocore 1.43.11 (`generate_db_auth_token`) made at 2026-11-22T22:13:38Z, without and with a session token.
    const PLAIN: &str = "fleet.abc123def456.eu-west-1.rds.amazonaws.com:5432/?Action=connect&DBUser=bench_2%2Bx&X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=AKIDEXAMPLE%2F20261122%2Feu-west-1%2Frds-db%2Faws4_request&X-Amz-Date=20261122T221338Z&X-Amz-Expires=900&X-Amz-SignedHeaders=host&X-Amz-Signature=78ec2b917b9a48d9a2b338741d76f6f566dd36908e0f21fbcd9a22afd83a5d90";
    const OF_A_ROLE: &str = "fleet.abc123def456.eu-west-1.rds.amazonaws.com:5432/?Action=connect&DBUser=bench_2%2Bx&X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=AKIDEXAMPLE%2F20261122%2Feu-west-1%2Frds-db%2Faws4_request&X-Amz-Date=20261122T221338Z&X-Amz-Expires=900&X-Amz-SignedHeaders=host&X-Amz-Security-Token=IQoJb3JpZ2luX2VjEXAMPLE%2F%2Ftoken%3D%3D&X-Amz-Signature=5edb1a936ebc21df94f8a19ae2ce68d66073b14c5de654fb1ca47205e64ce9d2";

    fn credentials(token: Option<&str>) -> AwsCredentials {
        AwsCredentials {
            access_key_id: "AKIDEXAMPLE".into(),
            secret_access_key: Secret::new("wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"),
            session_token: token.map(Secret::new),
        }
    }

    fn parts(token: &str) -> (&str, BTreeSet<&str>) {
        let (place, query) = token.split_once("/?").unwrap();
        (place, query.split('&').collect())
    }

    #[test]
    fn a_token_is_the_one_that_botocore_makes_for_the_same_moment() {
        let target = Target::host(HOST, 5432, "bench_2+x", "fleet");
        let now: Timestamp = "2026-11-22T22:13:38Z".parse().unwrap();
        for (session, expected) in [
            (None, PLAIN),
            (Some("IQoJb3JpZ2luX2VjEXAMPLE//token=="), OF_A_ROLE),
        ] {
            let token = rds_token(&target, "eu-west-1", &credentials(session), now).unwrap();
            assert_eq!(parts(token.reveal()), parts(expected));
            assert!(!format!("{token:?}").contains("Signature"));
        }
    }

    #[test]
    fn another_moment_user_or_port_gives_another_signature() {
        let now: Timestamp = "2026-11-22T22:13:38Z".parse().unwrap();
        let later: Timestamp = "2026-11-22T22:23:38Z".parse().unwrap();
        let token = |port, user: &str, now| {
            let target = Target::host(HOST, port, user, "fleet");
            rds_token(&target, "eu-west-1", &credentials(None), now).unwrap()
        };
        let all: BTreeSet<String> = [
            token(5432, "a", now),
            token(5432, "a", later),
            token(5433, "a", now),
            token(5432, "b", now),
        ]
        .iter()
        .map(|token| token.reveal().rsplit('=').next().unwrap().to_owned())
        .collect();
        assert_eq!(all.len(), 4);
    }

    #[test]
    fn no_token_is_made_for_an_unencrypted_connection() {
        let now = Timestamp::UNIX_EPOCH;
        for target in [
            Target::socket("/tmp", 5432, "u", "d"),
            Target::host("127.0.0.1", 5432, "u", "d"),
        ] {
            assert!(rds_token(&target, "eu-west-1", &credentials(None), now).is_err());
        }
    }

    #[test]
    fn credentials_of_the_aws_program_are_read_and_never_repeated() {
        let good = r#"{"Version":1,"AccessKeyId":"AKID","SecretAccessKey":"hunter2","SessionToken":"tok","Expiration":"2026-11-22T23:00:00+00:00"}"#;
        let read = AwsCredentials::from_process_output(good).unwrap();
        assert_eq!(read.access_key_id, "AKID");
        assert!(!format!("{read:?}").contains("hunter2"));
        for bad in [
            r#"{"Version":2,"AccessKeyId":"AKID","SecretAccessKey":"hunter2"}"#,
            r#"{"Version":1,"SecretAccessKey":"hunter2"}"#,
            "hunter2",
        ] {
            let error = AwsCredentials::from_process_output(bad).unwrap_err();
            assert!(!error.contains("hunter2"), "{error}");
        }
    }
}
