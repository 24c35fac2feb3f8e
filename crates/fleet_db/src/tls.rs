//! TLS to the server: chain and name are always verified, against the given roots only.

use crate::fault::{Fault, chain};
use crate::roots::Roots;
use rustls::{CertificateError, ClientConfig, Error as TlsError};
use std::sync::Arc;
use tokio_postgres_rustls::MakeRustlsConnect;

/// What makes encrypted connections, trusting `roots` and nobody else.
pub(crate) fn connector(roots: &Roots) -> Result<MakeRustlsConnect, Fault> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|error| Fault::not_understood(error.to_string()))?
        .with_root_certificates(roots.store())
        .with_no_client_auth();
    Ok(MakeRustlsConnect::new(config))
}

/// What a failed start of encryption means; `None` when encryption was not what failed.
pub(crate) fn fault(error: &tokio_postgres::Error, host: &str, place: &str) -> Option<Fault> {
    let host = host.to_owned();
    let mut cause: Option<&(dyn std::error::Error + 'static)> = Some(error);
    while let Some(error) = cause {
        let inside = error
            .downcast_ref::<std::io::Error>()
            .and_then(|error| error.get_ref())
            .and_then(|error| error.downcast_ref::<TlsError>());
        if let Some(error) = inside.or_else(|| error.downcast_ref::<TlsError>()) {
            return Some(of_tls(error, host));
        }
        cause = error.source();
    }
    let words = chain(error);
    if words.contains("server does not support TLS") {
        return Some(Fault::TlsRefused {
            place: place.to_owned(),
        });
    }
    words
        .starts_with("error performing TLS handshake")
        .then_some(Fault::TlsFailed { host, why: words })
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
