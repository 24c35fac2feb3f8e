//! TLS to the server: chain and name are always verified, against the given roots only.

use crate::fault::{Fault, chain};
use crate::roots::Roots;
use rustls::crypto::CryptoProvider;
use rustls::{CertificateError, ClientConfig, Error as TlsError};
use std::sync::Arc;
use tokio_postgres_rustls::MakeRustlsConnect;

pub(crate) fn provider() -> Arc<CryptoProvider> {
    Arc::new(rustls::crypto::ring::default_provider())
}

/// What makes encrypted connections, trusting `roots` and nobody else.
pub(crate) fn connector(roots: &Roots) -> Result<MakeRustlsConnect, Fault> {
    let config = ClientConfig::builder_with_provider(provider())
        .with_safe_default_protocol_versions()
        .map_err(|error| Fault::not_understood(error.to_string()))?
        .with_root_certificates(roots.store())
        .with_no_client_auth();
    Ok(MakeRustlsConnect::new(config))
}

/// What a failed start of encryption means; `None` when encryption was not what failed.
pub(crate) fn fault(error: &tokio_postgres::Error, host: &str, place: &str) -> Option<Fault> {
    if let Some(found) = inside(error) {
        return Some(of_tls(found, host.to_owned()));
    }
    let words = chain(error);
    if words.contains("server does not support TLS") {
        return Some(Fault::TlsRefused {
            place: place.to_owned(),
        });
    }
    words
        .starts_with("error performing TLS handshake")
        .then_some(Fault::TlsFailed {
            host: host.to_owned(),
            why: words,
        })
}

/// What a handshake that broke off means.
pub(crate) fn fault_of_handshake(error: &std::io::Error, host: &str) -> Fault {
    let host = host.to_owned();
    match inside(error) {
        Some(found) => of_tls(found, host),
        None => Fault::TlsFailed {
            host,
            why: chain(error),
        },
    }
}

/// The TLS library's own error, somewhere among the causes.
fn inside<'error>(error: &'error (dyn std::error::Error + 'static)) -> Option<&'error TlsError> {
    let mut cause = Some(error);
    while let Some(error) = cause {
        let wrapped = error
            .downcast_ref::<std::io::Error>()
            .and_then(std::io::Error::get_ref)
            .and_then(|error| error.downcast_ref::<TlsError>());
        if let Some(found) = wrapped.or_else(|| error.downcast_ref::<TlsError>()) {
            return Some(found);
        }
        cause = error.source();
    }
    None
}

fn of_tls(error: &TlsError, host: String) -> Fault {
    match error {
        TlsError::InvalidCertificate(why) => match why {
            CertificateError::UnknownIssuer | CertificateError::BadSignature => {
                Fault::UntrustedRoot { host }
            }
            CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => {
                Fault::WrongName { host }
            }
            CertificateError::Expired | CertificateError::ExpiredContext { .. } => {
                Fault::CertificateExpired { host }
            }
            CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => {
                Fault::CertificateNotYetValid { host }
            }
            _ => Fault::TlsFailed {
                host,
                why: error.to_string(),
            },
        },
        _ => Fault::TlsFailed {
            host,
            why: error.to_string(),
        },
    }
}
