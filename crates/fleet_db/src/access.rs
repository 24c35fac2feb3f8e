//! Everything that it takes to log in: where, whom to trust, and what to show. Each connection gets a fresh credential.

use crate::aws::{AwsCredentials, CredentialSource, rds_token};
use crate::credential::Credential;
use crate::fault::Fault;
use crate::password_file::PasswordFile;
use crate::protocol::ClaimAnswer;
use crate::roots::Roots;
use crate::session::Session;
use crate::target::Target;
use fleet::Secret;
use jiff::Timestamp;
use std::fmt;
use std::sync::Arc;
use uuid::Uuid;

/// The way to one fleet database.
#[derive(Debug, Clone)]
pub struct Access {
    /// Where, and as whom.
    pub target: Target,
    /// Whom the server's certificate must come from.
    pub roots: Roots,
    /// What is shown at login.
    pub login: Login,
}

/// Where a password is kept: the system's keychain, a person. It may take its time; it is asked on a thread of its own.
pub type PasswordSource = Arc<dyn Fn() -> Result<Credential, Fault> + Send + Sync>;

/// How a bench proves who it is.
#[derive(Clone)]
pub enum Login {
    /// Nothing is shown: for a server on this computer that trusts it.
    Nothing,
    /// A password that is at hand.
    Password(Secret),
    /// A password that is kept elsewhere and fetched anew for each connection, because it may have been changed.
    Kept(PasswordSource),
    /// A token of RDS, signed anew for each connection.
    RdsToken {
        /// Region of the database.
        region: String,
        /// Who signs.
        source: CredentialSource,
    },
    /// A password in a file of S3, read anew for each connection.
    PasswordFile {
        /// Which file.
        file: PasswordFile,
        /// Who asks for it.
        source: CredentialSource,
    },
}

impl fmt::Debug for Login {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.words())
    }
}

impl Login {
    /// How, in a few words.
    #[must_use]
    pub fn words(&self) -> &'static str {
        match self {
            Self::Nothing => "no password",
            Self::Password(_) | Self::Kept(_) => "password",
            Self::RdsToken { .. } => "token of RDS",
            Self::PasswordFile { .. } => "password file in S3",
        }
    }
}

impl Access {
    /// What to show for one connection from now.
    ///
    /// # Errors
    /// When it cannot be had.
    pub async fn credential(&self) -> Result<Credential, Fault> {
        Ok(match &self.login {
            Login::Nothing => Credential::Nothing,
            Login::Password(password) => Credential::Password(password.clone()),
            Login::Kept(source) => {
                let source = PasswordSource::clone(source);
                let asked = tokio::task::spawn_blocking(move || source()).await;
                asked.map_err(|_| Fault::NoCredential {
                    why: "the keychain failed".into(),
                })??
            }
            Login::RdsToken { region, source } => {
                let credentials = ask(source).await?;
                let token = rds_token(&self.target, region, &credentials, Timestamp::now())?;
                Credential::Password(token)
            }
            Login::PasswordFile { file, source } => {
                let credentials = ask(source).await?;
                let password = file
                    .read(&self.target, &credentials, Timestamp::now())
                    .await?;
                Credential::Password(password)
            }
        })
    }

    /// Logs in.
    ///
    /// # Errors
    /// Which step failed, and why.
    pub async fn session(&self) -> Result<Session, Fault> {
        let credential = self.credential().await?;
        let session = Session::connect_trusting(&self.target, credential, &self.roots).await;
        match (session, &self.login) {
            // Nobody typed anything: other things than a password are behind it.
            (Err(Fault::LoginRefused { user, why }), Login::RdsToken { .. }) => {
                Err(Fault::LoginRefused {
                    user,
                    why: format!(
                        "{why}; a token of RDS is refused also when this computer's clock is wrong, or when the login is no member of rds_iam"
                    ),
                })
            }
            (session, _) => session,
        }
    }

    /// Claims a SIM or unit for a job, on a connection of its own: a long round must not keep a bench waiting.
    ///
    /// # Errors
    /// When the database did not answer; asking again is harmless.
    pub async fn claim(
        &self,
        kind: &str,
        key: &str,
        job: Uuid,
        device: Uuid,
        actor: &str,
    ) -> Result<ClaimAnswer, Fault> {
        let session = self.session().await?;
        session.claim(kind, key, job, device, actor).await
    }
}

async fn ask(source: &CredentialSource) -> Result<AwsCredentials, Fault> {
    let source = CredentialSource::clone(source);
    let asked = tokio::task::spawn_blocking(move || source()).await;
    asked
        .map_err(|_| Fault::NoCredential {
            why: "the AWS program failed".into(),
        })?
        .map_err(|why| Fault::NoCredential { why })
}
