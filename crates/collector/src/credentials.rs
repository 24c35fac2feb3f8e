//! Where secrets come from: never from the code, an argument or the settings themselves, only from a place that the settings name.

use crate::aws::Aws;
use crate::trouble::Trouble;
use carrier::AccountSettings;
use fleet::Secret;
use fleet_db::aws::rds_token;
use fleet_db::{AwsCredentials, Credential, PasswordFile, Target};
use jiff::Timestamp;
use serde_json::Value;
use std::path::PathBuf;
use std::time::Duration;
use tokio::time::timeout;

/// Longest file that is read, bytes.
const LONGEST: u64 = 4 * 1024;
/// A place that does not answer is named within ten seconds.
const IN_TIME: Duration = Duration::from_secs(8);

/// A place where a secret lies.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Place {
    /// A token of RDS that is signed here (`iam`).
    Iam,
    /// A file in S3 that only the function's role can read (`s3://BUCKET/KEY`).
    S3 {
        /// Bucket.
        bucket: String,
        /// Name in it.
        key: String,
    },
    /// A secret of Secrets Manager (`secretsmanager:NAME-OR-ARN`).
    SecretsManager(String),
    /// A file on this machine (`file:PATH`), for `--once`.
    File(PathBuf),
    /// The public account of a sandbox, or a database that asks for none (`none`).
    Nothing,
}

impl Place {
    /// Reads a place as the settings write it.
    ///
    /// # Errors
    /// When it has no such form. The text is not repeated: somebody may have put the secret itself there.
    pub fn parse(text: &str) -> Result<Self, String> {
        let text = text.trim();
        if text == "iam" {
            return Ok(Self::Iam);
        }
        if text == "none" {
            return Ok(Self::Nothing);
        }
        if let Some(rest) = text.strip_prefix("s3://")
            && let Some((bucket, key)) = rest.split_once('/')
            && !bucket.is_empty()
            && !key.is_empty()
        {
            return Ok(Self::S3 {
                bucket: bucket.to_owned(),
                key: key.to_owned(),
            });
        }
        if let Some(id) = text
            .strip_prefix("secretsmanager:")
            .filter(|id| !id.is_empty())
        {
            return Ok(Self::SecretsManager(id.to_owned()));
        }
        if let Some(path) = text.strip_prefix("file:").filter(|path| !path.is_empty()) {
            return Ok(Self::File(PathBuf::from(path)));
        }
        Err("a place is  iam, s3://BUCKET/KEY, secretsmanager:NAME, file:PATH  or  none".to_owned())
    }

    async fn read(&self) -> Result<Secret, String> {
        let reading = async {
            match self {
                Self::S3 { bucket, key } => {
                    let keys = AwsCredentials::from_environment()?;
                    let file = password_file(bucket, key)?;
                    file.text(&keys, Timestamp::now())
                        .await
                        .map_err(|fault| fault.to_string())
                }
                Self::SecretsManager(id) => Aws::from_environment()?.secret(id).await,
                Self::File(path) => {
                    let size = std::fs::metadata(path)
                        .map_err(|error| error.to_string())?
                        .len();
                    if size > LONGEST {
                        return Err(format!("the file is longer than {LONGEST} bytes"));
                    }
                    std::fs::read_to_string(path)
                        .map(Secret::new)
                        .map_err(|error| error.to_string())
                }
                Self::Iam | Self::Nothing => Err("this place holds no file".to_owned()),
            }
        };
        timeout(IN_TIME, reading)
            .await
            .unwrap_or_else(|_| Err("no answer in time".to_owned()))
    }
}

fn password_file(bucket: &str, key: &str) -> Result<PasswordFile, String> {
    let aws = Aws::from_environment()?;
    Ok(PasswordFile {
        bucket: bucket.to_owned(),
        key: key.to_owned(),
        region: aws.region,
        endpoint: aws.endpoint,
    })
}

/// What the database is shown at login.
///
/// # Errors
/// [`Trouble::Password`] with the reason.
pub async fn for_database(place: &Place, target: &Target) -> Result<Credential, Trouble> {
    let password = match place {
        Place::Nothing => return Ok(Credential::Nothing),
        Place::Iam => {
            let signing = || {
                let aws = Aws::from_environment()?;
                let keys = AwsCredentials::from_environment()?;
                rds_token(target, &aws.region, &keys, Timestamp::now())
                    .map_err(|fault| fault.to_string())
            };
            signing()
        }
        Place::S3 { bucket, key } => {
            let reading = async {
                let keys = AwsCredentials::from_environment()?;
                let file = password_file(bucket, key)?;
                let text = file.text(&keys, Timestamp::now()).await;
                let text = text.map_err(|fault| fault.to_string())?;
                if !text.reveal().trim_start().starts_with('{') {
                    // As it was in 2016: the password and nothing else.
                    return password_in(&text);
                }
                file.password_in(&text, target)
                    .map_err(|fault| fault.to_string())
            };
            timeout(IN_TIME, reading)
                .await
                .unwrap_or_else(|_| Err("no answer in time".to_owned()))
        }
        place => place.read().await.and_then(|text| password_in(&text)),
    };
    password
        .map(Credential::Password)
        .map_err(Trouble::Password)
}

/// A password alone, or the member of that name of a JSON object.
fn password_in(text: &Secret) -> Result<Secret, String> {
    let password = match serde_json::from_str::<Value>(text.reveal()) {
        Ok(Value::Object(members)) => members
            .get("password")
            .and_then(Value::as_str)
            .map(Secret::new)
            .ok_or("the file has no member 'password'")?,
        // An object with a mistake in it is no password.
        Err(_) if is_meant_as_object(text.reveal()) => {
            return Err("the file begins as a JSON object and is none".to_owned());
        }
        // The whole file is the password, but for its last line end.
        _ => Secret::new(text.reveal().trim_end_matches(['\r', '\n'])),
    };
    if password.is_empty() {
        return Err("the file is empty".to_owned());
    }
    if password.reveal().chars().any(char::is_control) {
        return Err(
            "the file holds no password that can be one: there is a line end or another control character in it"
                .to_owned(),
        );
    }
    Ok(password)
}

fn is_meant_as_object(text: &str) -> bool {
    text.trim_start().starts_with('{') && text.contains("\"password\"")
}

/// The carrier's account at `url`.
///
/// # Errors
/// [`Trouble::CarrierAccount`] with the reason.
pub async fn for_carrier(place: &Place, url: &str) -> Result<AccountSettings, Trouble> {
    if *place == Place::Nothing {
        return Ok(AccountSettings::sandbox(url));
    }
    let text = place.read().await.map_err(Trouble::CarrierAccount)?;
    let account: Value = serde_json::from_str(text.reveal())
        .map_err(|_| Trouble::CarrierAccount("the file is no JSON".to_owned()))?;
    let member = |name: &str| {
        account
            .get(name)
            .and_then(Value::as_str)
            .filter(|value| !value.is_empty())
            .ok_or_else(|| Trouble::CarrierAccount(format!("the file has no member '{name}'")))
    };
    let (key, secret) = (member("key")?, Secret::new(member("secret")?));
    Ok(AccountSettings::sprint("collector", url, key, secret))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_stands_alone_or_in_an_object_and_a_spoiled_object_is_no_password() {
        let read = |text: &str| password_in(&Secret::new(text));
        for good in [
            "hunter2",
            "hunter2\r\n",
            r#"{"password": "hunter2", "username": "x"}"#,
        ] {
            assert_eq!(read(good).unwrap().reveal(), "hunter2");
        }
        assert_eq!(read("{curly").unwrap().reveal(), "{curly");
        for bad in [
            "",
            "\n",
            r#"{"password": "hunter2""#,
            r#"{"pw": "hunter2"}"#,
            "hunter2\nhunter3\n",
        ] {
            assert!(!read(bad).unwrap_err().contains("hunter"), "{bad}");
        }
    }

    #[test]
    fn places_are_understood_and_anything_else_is_not_repeated() {
        assert_eq!(Place::parse(" iam ").unwrap(), Place::Iam);
        let s3 = Place::parse("s3://bucket/database/password.json").unwrap();
        assert!(
            matches!(s3, Place::S3 { bucket, key } if bucket == "bucket" && key == "database/password.json")
        );
        assert!(
            matches!(Place::parse("secretsmanager:arn:aws:x").unwrap(), Place::SecretsManager(id) if id == "arn:aws:x")
        );
        assert!(matches!(Place::parse("file:/a b").unwrap(), Place::File(_)));
        for wrong in ["hunter2", "s3://bucket", "s3:///key", "file:", ""] {
            assert!(
                !Place::parse(wrong).unwrap_err().contains("hunter2"),
                "{wrong}"
            );
        }
    }
}
