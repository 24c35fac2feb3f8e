//! Where requests may go: one base address, https unless it is this computer, its host on a list.

use crate::account::{AccountSettings, SetupError};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use reqwest::Url;

/// Everything but the characters that never need encoding; a space becomes `%20`, never `+`.
const ENCODED: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~');

/// A base address that passed every rule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Address {
    base: String,
    secure: bool,
}

impl Address {
    pub(crate) fn check(settings: &AccountSettings) -> Result<Self, SetupError> {
        let text = settings.base_url.trim().trim_end_matches('/');
        let url = Url::parse(text).map_err(|error| SetupError::NotAnAddress(error.to_string()))?;
        let host = url
            .host_str()
            .ok_or_else(|| SetupError::NotAnAddress("no host".to_owned()))?
            .to_ascii_lowercase();
        let plain = url.username().is_empty()
            && url.password().is_none()
            && url.query().is_none()
            && url.fragment().is_none();
        if !plain {
            return Err(SetupError::NotPlain);
        }
        let secure = match url.scheme() {
            "https" => true,
            "http" if is_loopback(&host) => false,
            "http" => return Err(SetupError::NotSecure { host }),
            other => return Err(SetupError::NotAnAddress(format!("unknown scheme {other}"))),
        };
        if !is_allowed(&host, &settings.allowed_hosts) {
            return Err(SetupError::HostNotAllowed { host });
        }
        Ok(Self {
            base: text.to_owned(),
            secure,
        })
    }

    /// Whether TLS is spoken.
    pub(crate) fn is_secure(&self) -> bool {
        self.secure
    }

    /// The address of a resource with its query, encoded as the contract wants it.
    pub(crate) fn of(&self, path: &str, query: &[(String, String)]) -> String {
        let query: Vec<String> = query
            .iter()
            .map(|(name, value)| format!("{}={}", encode(name), encode(value)))
            .collect();
        let separator = if query.is_empty() { "" } else { "?" };
        format!("{}{path}{separator}{}", self.base, query.join("&"))
    }
}

fn encode(text: &str) -> impl std::fmt::Display + '_ {
    utf8_percent_encode(text, ENCODED)
}

fn is_loopback(host: &str) -> bool {
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    bare == "localhost"
        || bare
            .parse::<std::net::IpAddr>()
            .is_ok_and(|address| address.is_loopback())
}

fn is_allowed(host: &str, allowed: &[String]) -> bool {
    allowed.is_empty()
        || allowed.iter().any(|entry| {
            let entry = entry.trim().to_ascii_lowercase();
            if entry.starts_with('.') {
                host.ends_with(&entry)
            } else {
                host == entry
            }
        })
}

#[cfg(test)]
mod tests {
    use super::*;
    use fleet::Secret;

    fn check(base_url: &str, allowed: &[&str]) -> Result<Address, SetupError> {
        let mut settings = AccountSettings::sprint("a", base_url, "k", Secret::new("s"));
        settings.allowed_hosts = allowed.iter().map(|&entry| entry.to_owned()).collect();
        Address::check(&settings)
    }

    #[test]
    fn plain_http_is_for_this_computer_only() {
        assert!(check("http://127.0.0.1:80/v1", &[]).is_ok());
        assert!(check("http://[::1]:8080/v1", &[]).is_ok());
        assert!(check("http://localhost/v1/", &[]).is_ok());
        for address in [
            "http://carrier.example/v1",
            "http://127.0.0.1.example/",
            "http://169.254.169.254/",
        ] {
            assert!(
                matches!(check(address, &[]), Err(SetupError::NotSecure { .. })),
                "{address}"
            );
        }
        assert!(check("https://carrier.example/v1", &[]).is_ok_and(|address| address.is_secure()));
    }

    #[test]
    fn a_host_off_the_list_is_refused() {
        assert!(check("https://api.carrier.example/v1", &[".carrier.example"]).is_ok());
        assert!(check("https://API.carrier.example/v1", &["api.carrier.example"]).is_ok());
        for address in [
            "https://evilcarrier.example/v1",
            "https://carrier.example.evil/v1",
        ] {
            assert!(check(address, &[".carrier.example"]).is_err(), "{address}");
        }
    }

    #[test]
    fn user_names_queries_and_odd_schemes_are_refused() {
        assert_eq!(
            check("https://user@carrier.example/v1", &[]),
            Err(SetupError::NotPlain)
        );
        assert_eq!(
            check("https://carrier.example/v1?key=1", &[]),
            Err(SetupError::NotPlain)
        );
        assert!(check("ftp://carrier.example/", &[]).is_err());
        assert!(check("not an address", &[]).is_err());
    }

    #[test]
    fn values_are_percent_encoded_and_a_space_is_never_a_plus() {
        let address = check("https://carrier.example/v1/", &[]).unwrap();
        let query = [
            ("name".to_owned(), "Café + 1".to_owned()),
            ("t".to_owned(), "15:04".to_owned()),
        ];
        assert_eq!(
            address.of("/unit/status.json", &query),
            "https://carrier.example/v1/unit/status.json?name=Caf%C3%A9%20%2B%201&t=15%3A04"
        );
    }
}
