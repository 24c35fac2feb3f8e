//! What can be wrong, told apart so that people look at the right place first.

use carrier::CallFailure;
use carrier::check::CheckVerdict;
use fleet_db::Fault;
use thiserror::Error;

/// The broken link.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[expect(missing_docs, reason = "each says in its message what it is")]
pub enum Trouble {
    #[error("the settings cannot be used: {0}")]
    Settings(String),
    #[error("cannot read the password (role?): {0}")]
    Password(String),
    #[error("cannot read the carrier's account (role?): {0}")]
    CarrierAccount(String),
    #[error("cannot reach the carrier (NAT?): {0}")]
    CarrierUnreachable(String),
    #[error("the carrier refuses the account: {0}")]
    CarrierRefuses(String),
    #[error("the carrier is in trouble: {0}")]
    CarrierTrouble(String),
    #[error("cannot reach the database (security group?): {0}")]
    DatabaseUnreachable(String),
    #[error("the database refuses the login: {0}")]
    DatabaseRefuses(String),
    #[error(
        "the database is not ready for reports: {0}. 'fleetdesk fleet-db install' of this version comes before its collector, and the login must be admitted; until then reports wait at the carrier"
    )]
    DatabaseNotReady(String),
    #[error("the database is in trouble: {0}")]
    DatabaseTrouble(String),
    #[error("the database asks for a newer collector than this one; nothing was stored")]
    CollectorTooOld,
    #[error("another run reads this feed")]
    LeaseLost,
}

impl Trouble {
    /// A short word for logs and metrics; it does not change.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Settings(_) => "settings",
            Self::Password(_) => "password",
            Self::CarrierAccount(_) => "carrier_account",
            Self::CarrierUnreachable(_) => "carrier_unreachable",
            Self::CarrierRefuses(_) => "carrier_refuses",
            Self::CarrierTrouble(_) => "carrier_trouble",
            Self::DatabaseUnreachable(_) => "database_unreachable",
            Self::DatabaseRefuses(_) => "database_refuses",
            Self::DatabaseNotReady(_) => "database_not_ready",
            Self::DatabaseTrouble(_) => "database_trouble",
            Self::CollectorTooOld => "collector_too_old",
            Self::LeaseLost => "lease_lost",
        }
    }

    /// What a failed call to the carrier means.
    #[must_use]
    pub fn of_call(failure: CallFailure) -> Self {
        let why = failure.to_string();
        match failure {
            CallFailure::Offline { .. }
            | CallFailure::ProxyInTheWay { .. }
            | CallFailure::NotTrusted { .. }
            | CallFailure::NotTheCarrier { .. } => Self::CarrierUnreachable(why),
            CallFailure::Refused(_) => Self::CarrierRefuses(why),
            _ => Self::CarrierTrouble(why),
        }
    }

    /// What a check of the account found.
    #[must_use]
    pub fn of_check(verdict: &CheckVerdict) -> Self {
        match verdict {
            CheckVerdict::NoNetwork { why }
            | CheckVerdict::ProxyInTheWay { why }
            | CheckVerdict::NotTheCarrier { why }
            | CheckVerdict::NotTrusted { why } => Self::CarrierUnreachable(why.clone()),
            CheckVerdict::KeyWrong => Self::CarrierRefuses("the key is not known".to_owned()),
            CheckVerdict::SecretWrong => {
                Self::CarrierRefuses("the secret does not fit the key".to_owned())
            }
            CheckVerdict::KeyExpired => Self::CarrierRefuses("the key has expired".to_owned()),
            CheckVerdict::NoRight { message } => Self::CarrierRefuses(message.clone()),
            CheckVerdict::ClockWrong { offset_s } => Self::CarrierTrouble(format!(
                "the clocks differ by {} s",
                offset_s.map_or_else(|| "?".to_owned(), |offset| offset.to_string())
            )),
            CheckVerdict::QuotaSpent { reset_s } => {
                Self::CarrierTrouble(format!("the day's calls are spent for {reset_s} s"))
            }
            CheckVerdict::Trouble { why } => Self::CarrierTrouble(why.clone()),
            CheckVerdict::Ready => Self::CarrierTrouble("the account was not told".to_owned()),
        }
    }

    /// What a fault of the database means.
    #[must_use]
    pub fn of_database(fault: Fault) -> Self {
        let why = fault.to_string();
        match fault {
            Fault::CannotResolve { .. }
            | Fault::Unreachable { .. }
            | Fault::NotAServer { .. }
            | Fault::TlsRefused { .. }
            | Fault::UntrustedRoot { .. }
            | Fault::WrongName { .. }
            | Fault::CertificateExpired { .. }
            | Fault::CertificateNotYetValid { .. }
            | Fault::TlsFailed { .. } => Self::DatabaseUnreachable(why),
            Fault::LoginRefused { .. }
            | Fault::NotFromHere { .. }
            | Fault::NoSuchDatabase { .. }
            | Fault::NoCredential { .. } => Self::DatabaseRefuses(why),
            Fault::NoRight { .. }
            | Fault::SchemaMissing { .. }
            | Fault::SchemaOlder { .. }
            | Fault::SchemaNewer { .. } => Self::DatabaseNotReady(why),
            Fault::BadAddress { .. } => Self::Settings(why),
            _ => Self::DatabaseTrouble(why),
        }
    }
}
