//! What can go wrong between a bench and the fleet database: a closed list with codes, and the four lines for people.
//!
//! Whatever it is, work at the bench goes on: edits are kept there and go out later.

use crate::target::Target;
use fleet::Advice;
use fleet::printable::{escaped, printable};
use tokio_postgres::error::SqlState;

/// Why something with the fleet database did not work.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    // Address and credentials
    /// The address cannot be used.
    #[error("the database's address cannot be used: {why}")]
    BadAddress {
        /// Why.
        why: String,
    },
    /// No credential is to be had.
    #[error("no credential for the database: {why}")]
    NoCredential {
        /// Why, without the secret.
        why: String,
    },

    // On the way there
    /// The name is not known to this network.
    #[error("the name {host} is not known here")]
    CannotResolve {
        /// Which name.
        host: String,
        /// In the system's words.
        why: String,
    },
    /// Nobody answers at that place.
    #[error("nobody answers at {place}: {why}")]
    Unreachable {
        /// Host and port.
        place: String,
        /// In the system's words.
        why: String,
    },
    /// The server answers that it has no encryption. Nothing was sent to it.
    #[error("the server at {place} offers no encryption")]
    TlsRefused {
        /// Host and port.
        place: String,
    },
    /// The server's certificate comes from somebody who is not trusted here.
    #[error("the certificate of {host} comes from an issuer that is not trusted here")]
    UntrustedRoot {
        /// Name asked for.
        host: String,
    },
    /// The certificate is another server's.
    #[error("the certificate is not valid for the name {host}")]
    WrongName {
        /// Name asked for.
        host: String,
    },
    /// The certificate has expired, or the clock of this computer is wrong.
    #[error("the certificate of {host} has expired")]
    CertificateExpired {
        /// Name asked for.
        host: String,
    },
    /// The certificate is not valid yet, or the clock of this computer is wrong.
    #[error("the certificate of {host} is not valid yet")]
    CertificateNotYetValid {
        /// Name asked for.
        host: String,
    },
    /// Encryption failed otherwise.
    #[error("no encrypted connection with {host}: {why}")]
    TlsFailed {
        /// Name asked for.
        host: String,
        /// In the library's words.
        why: String,
    },
    /// What answers is no PostgreSQL.
    #[error("what answers at {place} is no PostgreSQL: {why}")]
    NotAServer {
        /// Host and port.
        place: String,
        /// What was odd.
        why: String,
    },

    // At the door
    /// User or password are not right.
    #[error("the database does not let {user} in: {why}")]
    LoginRefused {
        /// Who.
        user: String,
        /// In the server's words.
        why: String,
    },
    /// The server admits nobody under this login from this computer, whatever the password.
    #[error("the database does not let {user} in from this computer: {why}")]
    NotFromHere {
        /// Who.
        user: String,
        /// In the server's words.
        why: String,
    },
    /// The server has no such database.
    #[error("the server has no database {name}")]
    NoSuchDatabase {
        /// Which.
        name: String,
    },
    /// Too many connections; later it may work.
    #[error("the database takes no more connections now: {why}")]
    TooManyConnections {
        /// In the server's words.
        why: String,
    },

    // Inside
    /// The login may not do this.
    #[error("this login has not the right: {why}")]
    NoRight {
        /// In the server's words.
        why: String,
    },
    /// The fleet table is not there.
    #[error("the database is not set up for Fleetdesk: {why}")]
    SchemaMissing {
        /// In the server's words.
        why: String,
    },
    /// The database was made by a newer program.
    #[error("the database has schema {found}, this program knows {known}")]
    SchemaNewer {
        /// Number in the database.
        found: i32,
        /// Newest number that this program knows.
        known: i32,
    },
    /// The database has fewer steps than this program needs.
    #[error("the database has schema {found}, this program needs {needed}")]
    SchemaOlder {
        /// Number in the database.
        found: i32,
        /// Number needed.
        needed: i32,
    },
    /// The database takes edits from newer programs only.
    #[error(
        "the database takes edits from version {wanted} of the protocol on, this program has {ours}"
    )]
    ClientTooOld {
        /// Wanted.
        wanted: i32,
        /// Ours.
        ours: i32,
    },
    /// Two data folders send under one device number.
    #[error("another copy of this data folder has sent under the same device number")]
    DeviceCopied,
    /// A batch is over the limit; it was not sent.
    #[error("the batch is too large: {what}")]
    TooLarge {
        /// Which limit.
        what: String,
    },
    /// This server takes no writes (a copy for reading, or during a switch).
    #[error("this server takes no changes now: {why}")]
    ReadOnly {
        /// In the server's words.
        why: String,
    },
    /// The server's disk is full.
    #[error("the database has no room: {why}")]
    ServerFull {
        /// In the server's words.
        why: String,
    },
    /// Somebody's open transaction holds up everybody's changes.
    #[error("{login} has held up all changes for {open_s} s")]
    HeldUp {
        /// Whose transaction.
        login: String,
        /// For how long.
        open_s: i64,
    },
    /// The fleet table is not as it was installed.
    #[error("the fleet table was altered: {what}")]
    TableAltered {
        /// What is missing or switched off.
        what: String,
    },
    /// It may work when it is tried again: another transaction was in the way, the server restarts, the line was cut.
    #[error("cut or disturbed: {why}")]
    Disturbed {
        /// SQLSTATE, where the server gave one.
        sqlstate: Option<String>,
        /// In the server's or system's words.
        why: String,
    },
    /// The server refused for another reason.
    #[error("the database refused ({sqlstate}): {why}")]
    Refused {
        /// SQLSTATE.
        sqlstate: String,
        /// In the server's words.
        why: String,
    },
    /// The answer is not what this program expects.
    #[error("the database's answer cannot be understood: {why}")]
    NotUnderstood {
        /// What was odd.
        why: String,
    },
}

impl Fault {
    /// Short code that people can read out on the phone. Stable: a code never changes its meaning.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::BadAddress { .. } => "F-801",
            Self::NoCredential { .. } => "F-802",
            Self::CannotResolve { .. } => "F-810",
            Self::Unreachable { .. } => "F-811",
            Self::NotAServer { .. } => "F-812",
            Self::TlsRefused { .. } => "F-820",
            Self::UntrustedRoot { .. } => "F-821",
            Self::WrongName { .. } => "F-822",
            Self::CertificateExpired { .. } => "F-823",
            Self::CertificateNotYetValid { .. } => "F-824",
            Self::TlsFailed { .. } => "F-825",
            Self::LoginRefused { .. } => "F-830",
            Self::NoSuchDatabase { .. } => "F-831",
            Self::TooManyConnections { .. } => "F-832",
            Self::NotFromHere { .. } => "F-833",
            Self::NoRight { .. } => "F-840",
            Self::SchemaMissing { .. } => "F-841",
            Self::SchemaNewer { .. } => "F-842",
            Self::SchemaOlder { .. } => "F-843",
            Self::ClientTooOld { .. } => "F-844",
            Self::TableAltered { .. } => "F-845",
            Self::DeviceCopied => "F-850",
            Self::TooLarge { .. } => "F-851",
            Self::ReadOnly { .. } => "F-852",
            Self::ServerFull { .. } => "F-853",
            Self::HeldUp { .. } => "F-854",
            Self::Disturbed { .. } => "F-860",
            Self::Refused { .. } => "F-861",
            Self::NotUnderstood { .. } => "F-862",
        }
    }

    /// Whether the same may simply be tried again, with growing pauses: nothing has to be repaired by a person first.
    #[must_use]
    pub fn is_retryable(&self) -> bool {
        matches!(
            self,
            Self::CannotResolve { .. }
                | Self::Unreachable { .. }
                | Self::TooManyConnections { .. }
                | Self::ReadOnly { .. }
                | Self::Disturbed { .. }
        )
    }

    /// Whether the server gave up a statement because what it waited for did not come.
    #[must_use]
    pub fn waited_in_vain(&self) -> bool {
        matches!(self, Self::Disturbed { sqlstate: Some(state), .. } if state == "57014" || state == "55P03")
    }

    /// Whether the database was not reached at all: an ordinary offline day.
    #[must_use]
    pub fn is_offline(&self) -> bool {
        matches!(self, Self::CannotResolve { .. } | Self::Unreachable { .. })
    }

    /// What happened and what to do.
    fn words(&self) -> (String, &'static str) {
        match self {
            Self::BadAddress { why } => (
                format!("The fleet database's address cannot be used: {why}."),
                "Correct the address: postgres://USER@HOST:PORT/NAME, without a password.",
            ),
            Self::NoCredential { why } => (
                format!("There is nothing to log in to the fleet database with: {why}."),
                "Enter the password with 'fleetdesk fleet-db login', or correct how this bench logs in.",
            ),
            Self::CannotResolve { host, why } => (
                format!("The name {host} is not known in this network ({why})."),
                "Switch on the office's VPN; if it is on, check the name in the preferences.",
            ),
            Self::Unreachable { place, why } => (
                format!("Nobody answers at {place} ({why})."),
                "Check the network and whether the office's VPN is on; otherwise ask whether the database is running.",
            ),
            Self::NotAServer { place, why } => (
                format!("What answers at {place} is no PostgreSQL ({why})."),
                "Correct host and port in the address.",
            ),
            Self::TlsRefused { place } => (
                format!("The server at {place} offers no encryption. No password was sent."),
                "Ask the IT administrator: encryption must be on at the server, and something on the way may be blocking it.",
            ),
            Self::UntrustedRoot { host } => (
                format!(
                    "The certificate of {host} comes from an issuer that is not trusted here. No password was sent."
                ),
                "Ask the IT administrator for the server's root certificate, or update Fleetdesk; do not go on without.",
            ),
            Self::WrongName { host } => (
                format!(
                    "The server's certificate is not valid for the name {host}. No password was sent."
                ),
                "Use the server's own name in the address, as its certificate has it.",
            ),
            Self::CertificateExpired { host } => (
                format!(
                    "The certificate of {host} has expired, or this computer's clock is wrong. No password was sent."
                ),
                "Check date and time of this computer; if they are right, ask the IT administrator for a new certificate.",
            ),
            Self::CertificateNotYetValid { host } => (
                format!(
                    "The certificate of {host} is not valid yet, or this computer's clock is wrong. No password was sent."
                ),
                "Check date and time of this computer.",
            ),
            Self::TlsFailed { host, why } => (
                format!("No encrypted connection with {host}: {why}. No password was sent."),
                "Ask the IT administrator; something between here and the server may be changing the connection.",
            ),
            Self::LoginRefused { user, why } => (
                format!("The fleet database does not let {user} in ({why})."),
                "Enter the password again with 'fleetdesk fleet-db login', or ask whether this login still exists.",
            ),
            Self::NotFromHere { user, why } => (
                format!("The fleet database does not let {user} in from this computer ({why})."),
                "Check whether the office's VPN is on. If it is, show these lines to the administrator: pg_hba.conf at the server names which logins may come from where, and whether encrypted. Another password does not help.",
            ),
            Self::NoSuchDatabase { name } => (
                format!("The server has no database {name}."),
                "Correct the name at the end of the address.",
            ),
            Self::TooManyConnections { why } => (
                format!("The fleet database takes no more connections now ({why})."),
                "Nothing needs to be done; it is tried again. If it stays so, ask for a higher limit for this login.",
            ),
            Self::NoRight { why } => (
                format!("This login has not the right it needs ({why})."),
                "Ask the administrator to run  SELECT fleet.admit('LOGIN', 'fleet_app')  for it and, where that does not help, 'fleetdesk fleet-db install' again, which gives the groups all their rights; 'fleetdesk fleet-db check' tells what is missing.",
            ),
            Self::SchemaMissing { why } => (
                format!("The database is not set up for Fleetdesk ({why})."),
                "Ask the administrator to run 'fleetdesk fleet-db install' once, or correct the database's name.",
            ),
            Self::SchemaNewer { found, known } => (
                format!(
                    "The fleet database is newer (schema {found}) than this program (schema {known})."
                ),
                "Update Fleetdesk on this computer.",
            ),
            Self::SchemaOlder { found, needed } => (
                format!(
                    "The fleet database (schema {found}) is older than this program (schema {needed}). Units agree with it all the same; what is newer waits for the administrator."
                ),
                "Ask the administrator to run 'fleetdesk fleet-db install' with this version of Fleetdesk. At this bench nothing is to be done: work goes on, and changes go out.",
            ),
            Self::ClientTooOld { .. } => (
                "The fleet database takes changes only from a newer Fleetdesk.".to_owned(),
                "Update Fleetdesk on this computer; changes are kept and go out then.",
            ),
            Self::DeviceCopied => (
                "A copy of this data folder has sent changes under the same device number."
                    .to_owned(),
                "Use each data folder in one place only. This one takes a new number and sends again.",
            ),
            Self::TooLarge { what } => (
                format!("A change is too large to be sent: {what}."),
                "Shorten the longest text of the change.",
            ),
            Self::ReadOnly { why } => (
                format!("The fleet database takes no changes now ({why})."),
                "Nothing needs to be done; it is tried again. If it stays so, check that the address is not that of a copy for reading.",
            ),
            Self::ServerFull { why } => (
                format!("The fleet database has no room left ({why})."),
                "Tell the administrator: the server's disk is full.",
            ),
            Self::HeldUp { login, open_s } => (
                format!(
                    "{login} changed the fleet table in SQL and has kept that transaction open for {}. Nobody's changes go out before it ends.",
                    open_words(*open_s)
                ),
                "Ask whoever works under this login to COMMIT or ROLLBACK; a transaction that was prepared and forgotten is the administrator's to end. Changes then go out by themselves.",
            ),
            Self::TableAltered { what } => (
                format!(
                    "The fleet table is not as it was installed: {what}. Offices may miss changes."
                ),
                "Ask the administrator: triggers come back with  ALTER TABLE fleet.units ENABLE TRIGGER USER; what was dropped or renamed stands in 'fleetdesk fleet-db install --print-sql'. Offices see a row that was changed meanwhile once it is changed again.",
            ),
            Self::Disturbed { why, .. } => (
                format!("The talk with the fleet database was cut or disturbed ({why})."),
                "Nothing needs to be done; it is tried again by itself.",
            ),
            Self::Refused { sqlstate, why } => (
                format!("The fleet database refused ({sqlstate}: {why})."),
                "Run 'fleetdesk fleet-db check' and show its lines to the administrator.",
            ),
            Self::NotUnderstood { why } => (
                format!("The fleet database's answer cannot be understood: {why}."),
                "Run 'fleetdesk fleet-db check'; update Fleetdesk if a newer version exists.",
            ),
        }
    }

    /// The four lines for people. Texts of strangers are made harmless.
    #[must_use]
    pub fn advice(&self) -> Advice {
        let (what_happened, what_to_do) = self.words();
        Advice {
            what_happened: escaped(&what_happened),
            unit_state:
                "Nothing is lost: changes stay on this bench and go out later. Work goes on."
                    .to_owned(),
            what_to_do: what_to_do.to_owned(),
            code: self.code(),
        }
    }

    pub(crate) fn disturbed(why: impl Into<String>) -> Self {
        Self::Disturbed {
            sqlstate: None,
            why: why.into(),
        }
    }

    pub(crate) fn not_understood(why: impl Into<String>) -> Self {
        Self::NotUnderstood { why: why.into() }
    }

    /// What an error of a running session means.
    pub(crate) fn of_session(error: &tokio_postgres::Error) -> Self {
        let Some(told) = error.as_db_error() else {
            // No word of the server: the line was cut, or it said something unreadable.
            return if error.is_closed() || is_io(error) {
                Self::disturbed(chain(error))
            } else {
                Self::not_understood(chain(error))
            };
        };
        let why = printable(told.message());
        let state = told.code();
        if *state == SqlState::UNIQUE_VIOLATION
            && told.constraint() == Some("sync_ops_device_id_seq_key")
        {
            return Self::DeviceCopied;
        }
        match state.code() {
            "40001" | "40P01" | "55P03" | "57P01" | "57P02" | "57P03" | "57014" | "25P03"
            | "25P04" => Self::Disturbed {
                sqlstate: Some(state.code().to_owned()),
                why,
            },
            code if code.starts_with("08") => Self::Disturbed {
                sqlstate: Some(code.to_owned()),
                why,
            },
            "42501" => Self::NoRight { why },
            "3F000" | "42P01" | "42883" | "42703" => Self::SchemaMissing { why },
            "25006" => Self::ReadOnly { why },
            "53100" | "53200" => Self::ServerFull { why },
            "53300" | "53400" => Self::TooManyConnections { why },
            code => Self::Refused {
                sqlstate: code.to_owned(),
                why,
            },
        }
    }

    /// What an error at the door means.
    pub(crate) fn of_login(error: &tokio_postgres::Error, target: &Target, place: &str) -> Self {
        let Some(told) = error.as_db_error() else {
            let why = chain(error);
            return if error.is_closed() || is_io(error) {
                Self::disturbed(why)
            } else if why.starts_with("invalid config") {
                // The line found out by itself that there was none to show.
                Self::NoCredential {
                    why: format!(
                        "the server asks {} for a password, and none is kept here for it",
                        target.user()
                    ),
                }
            } else if why.starts_with("authentication error") {
                // SCRAM finds out by itself when the server cannot prove that it knows the password.
                Self::LoginRefused {
                    user: target.user().to_owned(),
                    why,
                }
            } else {
                Self::NotAServer {
                    place: place.to_owned(),
                    why: printable(&why),
                }
            };
        };
        let why = printable(told.message());
        match told.code().code() {
            // The file is called so in every language of the server.
            "28000" if why.contains("pg_hba.conf") => Self::NotFromHere {
                user: target.user().to_owned(),
                why,
            },
            "28P01" | "28000" => Self::LoginRefused {
                user: target.user().to_owned(),
                why,
            },
            "3D000" => Self::NoSuchDatabase {
                name: target.database().to_owned(),
            },
            "42501" => Self::NoRight { why },
            _ => Self::of_session(error),
        }
    }
}

fn open_words(seconds: i64) -> String {
    match seconds {
        ..=119 => format!("{seconds} s"),
        120..=7199 => format!("{} min", seconds / 60),
        _ => format!("{} h", seconds / 3600),
    }
}

fn is_io(error: &tokio_postgres::Error) -> bool {
    std::iter::successors(std::error::Error::source(error), |error| error.source())
        .any(|error| error.is::<std::io::Error>())
}

/// An error with what it was caused by, in one line.
pub(crate) fn chain(error: &dyn std::error::Error) -> String {
    let mut words = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        let more = error.to_string();
        if !words.contains(&more) {
            words = format!("{words}: {more}");
        }
        cause = error.source();
    }
    words
}
