//! The certificates that a database server's chain must end in: those of Amazon RDS, shipped, or a file that the administrator names.
//!
//! The roots of the operating system are never asked. Which certificate a server shows is `tls`'s business.

use fleet::printable::printable;
use jiff::Timestamp;
use rustls::RootCertStore;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;
use std::path::Path;
use std::sync::Arc;
use x509_parser::prelude::{FromDer as _, GeneralName, X509Certificate};

/// Roots of Amazon RDS in all regions: see the folder's README.
const RDS: &[u8] = include_bytes!("../../../assets/rds/rds-roots.pem");
/// Largest file of roots.
const LARGEST_FILE: u64 = 4 << 20;

/// Trusted roots.
#[derive(Debug, Clone)]
pub struct Roots {
    store: Arc<RootCertStore>,
    list: Vec<Certificate>,
    origin: String,
}

/// One certificate, as far as people want to know.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Certificate {
    /// Its common name.
    pub name: String,
    /// Host names that it is for; empty for a root.
    pub hosts: Vec<String>,
    /// Its whole subject.
    pub subject: String,
    /// The whole subject of who issued it.
    pub issuer: String,
    /// Until when it is valid.
    pub valid_until: Timestamp,
}

impl Certificate {
    /// What it is for.
    pub(crate) fn names_in_words(&self) -> String {
        let names = if self.hosts.is_empty() {
            self.name.clone()
        } else {
            self.hosts.join(", ")
        };
        printable(&names)
    }
}

/// Why a file of roots cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the file of root certificates {origin} {why}")]
pub struct RootsError {
    /// Which file.
    pub origin: String,
    /// Why.
    pub why: String,
}

impl Roots {
    /// The roots of Amazon RDS that are shipped with the program.
    ///
    /// # Errors
    /// Never with what is shipped; a test opens it.
    pub fn rds() -> Result<Self, RootsError> {
        Self::from_pem(RDS, "shipped with Fleetdesk")
    }

    /// A file of PEM certificates that the administrator names; nothing else is then trusted.
    ///
    /// # Errors
    /// When it cannot be read or holds no certificate, or one that cannot be understood.
    pub fn from_file(path: &Path) -> Result<Self, RootsError> {
        let origin = path.display().to_string();
        let failed = |why: String| RootsError {
            origin: origin.clone(),
            why,
        };
        let facts =
            std::fs::metadata(path).map_err(|error| failed(format!("cannot be read: {error}")))?;
        if facts.len() > LARGEST_FILE {
            return Err(failed("is far too large for one".to_owned()));
        }
        let bytes =
            std::fs::read(path).map_err(|error| failed(format!("cannot be read: {error}")))?;
        Self::from_pem(&bytes, &origin)
    }

    /// PEM certificates from wherever they came.
    ///
    /// # Errors
    /// When there is none, or one cannot be understood.
    pub fn from_pem(pem: &[u8], origin: &str) -> Result<Self, RootsError> {
        let failed = |why: String| RootsError {
            origin: origin.to_owned(),
            why,
        };
        let (mut store, mut list) = (RootCertStore::empty(), Vec::new());
        for certificate in CertificateDer::pem_slice_iter(pem) {
            let certificate =
                certificate.map_err(|error| failed(format!("is no PEM file: {error}")))?;
            list.push(
                describe(&certificate).ok_or_else(|| {
                    failed("holds a certificate that cannot be understood".into())
                })?,
            );
            store.add(certificate).map_err(|error| {
                failed(format!("holds a certificate that cannot be used: {error}"))
            })?;
        }
        if list.is_empty() {
            return Err(failed("holds no certificate".to_owned()));
        }
        Ok(Self {
            store: Arc::new(store),
            list,
            origin: origin.to_owned(),
        })
    }

    /// What is in them.
    #[must_use]
    pub fn list(&self) -> &[Certificate] {
        &self.list
    }

    /// Where they came from: a file, or 'shipped with Fleetdesk'.
    #[must_use]
    pub fn origin(&self) -> &str {
        &self.origin
    }

    /// The one that expires first.
    #[must_use]
    pub fn first_to_expire(&self) -> Option<&Certificate> {
        self.list.iter().min_by_key(|root| root.valid_until)
    }

    pub(crate) fn store(&self) -> Arc<RootCertStore> {
        Arc::clone(&self.store)
    }
}

/// What a certificate says about itself; `None` when it cannot be understood.
pub(crate) fn describe(certificate: &[u8]) -> Option<Certificate> {
    let (_, parsed) = X509Certificate::from_der(certificate).ok()?;
    let subject = parsed.subject().to_string();
    let name = parsed
        .subject()
        .iter_common_name()
        .next()
        .and_then(|name| name.as_str().ok())
        .map_or_else(|| subject.clone(), str::to_owned);
    let hosts = match parsed.subject_alternative_name() {
        Ok(Some(names)) => (names.value.general_names.iter())
            .filter_map(|name| match name {
                GeneralName::DNSName(name) => Some((*name).to_owned()),
                _ => None,
            })
            .collect(),
        _ => Vec::new(),
    };
    Some(Certificate {
        name,
        hosts,
        subject,
        issuer: parsed.issuer().to_string(),
        valid_until: Timestamp::from_second(parsed.validity().not_after.timestamp()).ok()?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::{Span, Zoned};

    #[test]
    fn no_shipped_root_expires_within_two_years() {
        let roots = Roots::rds().unwrap();
        assert!(roots.list().len() > 80, "{}", roots.list().len());
        let in_two_years = Zoned::now()
            .checked_add(Span::new().years(2))
            .unwrap()
            .timestamp();
        let first = roots.first_to_expire().unwrap();
        assert!(first.valid_until > in_two_years, "{first:?}");
    }

    #[test]
    fn only_root_certificates_of_rds_are_shipped() {
        for root in Roots::rds().unwrap().list() {
            assert!(
                root.name.starts_with("Amazon RDS ")
                    && ["RSA2048 G1", "RSA4096 G1", "ECC384 G1"]
                        .iter()
                        .any(|kind| root.name.ends_with(&format!("Root CA {kind}"))),
                "{}",
                root.name
            );
        }
    }

    #[test]
    fn a_file_without_a_certificate_is_refused() {
        for bad in [
            &b""[..],
            b"hello",
            b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n",
        ] {
            assert!(Roots::from_pem(bad, "x").is_err());
        }
        assert!(Roots::from_file(Path::new("/nonexistent/roots.pem")).is_err());
    }
}
