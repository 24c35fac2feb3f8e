//! Where the fleet database is: `postgres://USER@HOST:PORT/NAME`, never with a password.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};
use serde::{Deserialize, Serialize};
use std::borrow::Cow;
use std::fmt;
use std::net::IpAddr;
use std::path::PathBuf;
use std::str::FromStr;
use url::Url;

const DEFAULT_PORT: u16 = 5432;
/// Longest name of a user, database or host.
const LONGEST_NAME: usize = 255;
pub(crate) const KEEP: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'_')
    .remove(b'.')
    .remove(b'~');

/// Which database, and as whom.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Target {
    user: String,
    place: Place,
    port: u16,
    database: String,
    verify: bool,
}

/// Where the server listens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Place {
    /// A host by name or address.
    Host(String),
    /// The folder of a Unix socket on this computer.
    Socket(PathBuf),
}

/// Why an address cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TargetError {
    /// It is no such address.
    #[error("'{0}' is no address of a fleet database: write  postgres://USER@HOST:PORT/NAME")]
    Form(String),
    /// A password stands in it. It is not repeated here.
    #[error(
        "a password stands in the database's address. Leave it out: it is typed once and kept in the keychain. Change it, because it was seen"
    )]
    Password,
    /// The user is missing.
    #[error("the database's address names no user: write  postgres://USER@HOST:PORT/NAME")]
    NoUser,
    /// The database's name is missing.
    #[error("the address names no database: write  postgres://USER@HOST:PORT/NAME")]
    NoDatabase,
    /// The host is missing.
    #[error("the database's address names no host: write  postgres://USER@HOST:PORT/NAME")]
    NoHost,
    /// Something else stands in it.
    #[error("'{0}' has no meaning in the database's address")]
    Unknown(String),
    /// Someone wants to go without checking.
    #[error("sslmode={0} is not possible: the server's certificate and name are always checked")]
    Unchecked(String),
}

impl Target {
    /// Reads an address.
    ///
    /// `?sslmode=verify-full` asks for TLS also on this computer itself. A folder, percent-encoded as host (`%2Frun%2Fpostgresql`) or as
    /// `?host=/run/postgresql`, names a Unix socket; then nothing need stand where the host stands, and the port may come as `port=5433`.
    ///
    /// # Errors
    /// When it has another form, or a password in it.
    pub fn parse(text: &str) -> Result<Self, TargetError> {
        let text = text.trim();
        let (with_host, hostless) = with_host(text);
        let url = Url::parse(&with_host).map_err(|_| form(text))?;
        if !matches!(url.scheme(), "postgres" | "postgresql") {
            return Err(form(text));
        }
        if url.password().is_some() {
            return Err(TargetError::Password);
        }
        let (mut place, mut port, mut verify) = (None, url.port(), false);
        for (key, value) in url.query_pairs() {
            match (&*key, &*value) {
                ("password" | "passfile", _) => return Err(TargetError::Password),
                ("host", folder) if folder.starts_with('/') => {
                    place = Some(Place::Socket(PathBuf::from(folder)));
                }
                ("port", number) => {
                    port = Some(number.parse().map_err(|_| form(text))?);
                }
                ("sslmode", "verify-full") => verify = true,
                ("sslmode", other) => return Err(TargetError::Unchecked(other.to_owned())),
                (other, _) => return Err(TargetError::Unknown(other.to_owned())),
            }
        }
        if url.fragment().is_some() {
            return Err(form(text));
        }
        let user = decoded(url.username()).ok_or_else(|| form(text))?;
        let database = decoded(url.path().trim_start_matches('/')).ok_or_else(|| form(text))?;
        let host = decoded(url.host_str().unwrap_or_default()).ok_or_else(|| form(text))?;
        let place = match place {
            Some(socket) => socket,
            None if host.starts_with('/') => Place::Socket(PathBuf::from(host)),
            None if hostless || host.is_empty() => return Err(TargetError::NoHost),
            None => Place::Host(host.trim_matches(['[', ']']).to_lowercase()),
        };
        if user.is_empty() {
            return Err(TargetError::NoUser);
        }
        if database.is_empty() {
            return Err(TargetError::NoDatabase);
        }
        Ok(Self {
            user,
            place,
            port: port.unwrap_or(DEFAULT_PORT),
            database,
            verify,
        })
    }

    /// A server on this computer, by the folder of its Unix socket.
    #[must_use]
    pub fn socket(folder: impl Into<PathBuf>, port: u16, user: &str, database: &str) -> Self {
        Self {
            user: user.to_owned(),
            place: Place::Socket(folder.into()),
            port,
            database: database.to_owned(),
            verify: false,
        }
    }

    /// A server by its host.
    #[must_use]
    pub fn host(host: &str, port: u16, user: &str, database: &str) -> Self {
        Self {
            user: user.to_owned(),
            place: Place::Host(host.to_lowercase()),
            port,
            database: database.to_owned(),
            verify: false,
        }
    }

    /// Who logs in.
    #[must_use]
    pub fn user(&self) -> &str {
        &self.user
    }

    /// The same database as somebody else.
    #[must_use]
    pub fn with_user(&self, user: &str) -> Self {
        Self {
            user: user.to_owned(),
            ..self.clone()
        }
    }

    /// Another database of the same server.
    #[must_use]
    pub fn with_database(&self, database: &str) -> Self {
        Self {
            database: database.to_owned(),
            ..self.clone()
        }
    }

    /// Name of the database.
    #[must_use]
    pub fn database(&self) -> &str {
        &self.database
    }

    /// Where the server listens.
    #[must_use]
    pub fn place(&self) -> &Place {
        &self.place
    }

    /// Its port.
    #[must_use]
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Whether what is said to this server goes in plain text: only within this computer (a loopback address or a Unix socket).
    #[must_use]
    pub fn is_plain_text(&self) -> bool {
        match &self.place {
            Place::Socket(_) => true,
            Place::Host(host) => {
                !self.verify
                    && host
                        .parse::<IpAddr>()
                        .is_ok_and(|address| address.is_loopback())
            }
        }
    }

    /// One line for people when the connection goes in plain text; `None` when it is encrypted.
    #[must_use]
    pub fn plain_text_note(&self) -> Option<&'static str> {
        self.is_plain_text()
            .then_some("This connection is not encrypted: it stays within this computer.")
    }
}

/// The address with a host where none stands, as libpq takes it for a Unix socket and no URL may be; and whether that was so.
fn with_host(text: &str) -> (Cow<'_, str>, bool) {
    let Some(begin) = text.find("://").map(|at| at + "://".len()) else {
        return (Cow::Borrowed(text), false);
    };
    let (scheme, rest) = text.split_at(begin);
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let Some(user) = authority.rfind('@').map(|at| at + 1) else {
        return (Cow::Borrowed(text), false);
    };
    let (user, after) = rest.split_at(user);
    if authority.len() > user.len() && !after.starts_with(':') {
        return (Cow::Borrowed(text), false);
    }
    (Cow::Owned(format!("{scheme}{user}localhost{after}")), true)
}

fn form(text: &str) -> TargetError {
    // What stands before the last @ may hold a password, whatever else is wrong.
    let shown = text.rsplit('@').next().unwrap_or_default();
    TargetError::Form(fleet::printable::printable(shown).to_string())
}

fn decoded(text: &str) -> Option<String> {
    let text = percent_decode_str(text).decode_utf8().ok()?;
    let fits = text.len() <= LONGEST_NAME && !text.chars().any(char::is_control);
    fits.then(|| text.into_owned())
}

impl FromStr for Target {
    type Err = TargetError;
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::parse(text)
    }
}

impl TryFrom<String> for Target {
    type Error = TargetError;
    fn try_from(text: String) -> Result<Self, Self::Error> {
        Self::parse(&text)
    }
}

impl From<Target> for String {
    fn from(target: Target) -> Self {
        target.to_string()
    }
}

impl fmt::Display for Target {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let encoded = |text: &str| utf8_percent_encode(text, KEEP).to_string();
        let host = match &self.place {
            Place::Host(host) if host.contains(':') => format!("[{host}]"),
            Place::Host(host) => encoded(host),
            Place::Socket(folder) => encoded(&folder.to_string_lossy()),
        };
        write!(
            formatter,
            "postgres://{}@{host}:{}/{}{}",
            encoded(&self.user),
            self.port,
            encoded(&self.database),
            if self.verify {
                "?sslmode=verify-full"
            } else {
                ""
            }
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_read_and_written_again_the_same() {
        for text in [
            "postgres://bench_2@fleet.example.net:5432/fleet",
            "postgres://bench%202@10.1.2.3:6000/fleet",
            "postgres://app@[::1]:5432/fleet",
            "postgres://app@%2Frun%2Fpostgresql:5433/fleet",
            "postgres://app@127.0.0.1:5432/fleet?sslmode=verify-full",
        ] {
            let target = Target::parse(text).unwrap();
            assert_eq!(target.to_string(), text);
            assert_eq!(Target::parse(&target.to_string()).unwrap(), target);
        }
        let target = Target::parse(" postgresql://u@Host.Example/db ").unwrap();
        assert_eq!(target.to_string(), "postgres://u@host.example:5432/db");
        assert_eq!(
            Target::parse("postgres://u@x/db?host=/tmp/s").unwrap(),
            Target::socket("/tmp/s", 5432, "u", "db")
        );
    }

    #[test]
    fn a_socket_is_named_as_libpq_names_it_without_a_host() {
        let socket = |port| Target::socket("/tmp/s", port, "u", "db");
        for (text, port) in [
            ("postgres://u@/db?host=/tmp/s", 5432),
            ("postgresql://u@/db?host=%2Ftmp%2Fs", 5432),
            ("postgres://u@/db?host=/tmp/s&port=6001", 6001),
            ("postgres://u@:6002/db?host=/tmp/s", 6002),
        ] {
            assert_eq!(Target::parse(text).unwrap(), socket(port), "{text}");
        }
        assert_eq!(
            Target::parse("postgres://u@/db"),
            Err(TargetError::NoHost),
            "a name that was put in for reading is no host"
        );
        assert_eq!(
            Target::parse("postgres://u@?host=/tmp/s"),
            Err(TargetError::NoDatabase)
        );
        let error = Target::parse("postgres://u:hunter2@/db?host=/tmp/s").unwrap_err();
        assert_eq!(error, TargetError::Password);
        assert!(Target::parse("postgres://u@/db?host=/tmp/s&port=x").is_err());
    }

    #[test]
    fn only_this_computer_itself_is_spoken_to_in_plain_text() {
        let plain = |text: &str| Target::parse(text).unwrap().is_plain_text();
        assert!(plain("postgres://u@127.0.0.1/d") && plain("postgres://u@[::1]/d"));
        assert!(plain("postgres://u@%2Ftmp/d"));
        for encrypted in [
            "postgres://u@localhost/d",
            "postgres://u@10.0.0.1/d",
            "postgres://u@127.0.0.1.example.net/d",
            "postgres://u@127.0.0.1/d?sslmode=verify-full",
            "postgres://u@[::ffff:10.0.0.1]/d",
        ] {
            assert!(!plain(encrypted), "{encrypted}");
        }
    }

    #[test]
    fn a_password_is_refused_and_not_repeated() {
        for text in [
            "postgres://u:hunter2@h/d",
            "postgres://u@h/d?password=hunter2",
            "postgres://u:hunter2@h:port/d",
            "mysql://u:hunter2@h/d",
            "u:hunter2@h",
        ] {
            let error = Target::parse(text).unwrap_err();
            assert!(!format!("{error} {error:?}").contains("hunter2"), "{text}");
        }
        assert_eq!(
            Target::parse("postgres://u:hunter2@h/d"),
            Err(TargetError::Password)
        );
    }

    #[test]
    fn going_without_checks_is_not_possible() {
        for mode in ["disable", "prefer", "require", "verify-ca"] {
            assert_eq!(
                Target::parse(&format!("postgres://u@h/d?sslmode={mode}")),
                Err(TargetError::Unchecked(mode.to_owned()))
            );
        }
        assert_eq!(Target::parse("postgres://h/d"), Err(TargetError::NoUser));
        assert_eq!(
            Target::parse("postgres://u@h"),
            Err(TargetError::NoDatabase)
        );
        assert!(Target::parse("postgres://u@h/d?options=-c").is_err());
    }
}
