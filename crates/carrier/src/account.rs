//! What must be known of an account before anything can be asked: where it is, who asks, and how patiently.
//!
//! Where these values are kept (preferences, keychain) is the app's business.

use fleet::Secret;
use std::time::Duration;
use thiserror::Error;

/// Key of the sandbox's account. Public: it opens nothing but a sandbox.
pub const EXAMPLE_KEY: &str = "ABCD123XYZ";
/// Secret of the sandbox's account, as public as [`EXAMPLE_KEY`].
pub const EXAMPLE_SECRET: &str = "s3cr3t-example";

/// Which carrier's contract is spoken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CarrierKind {
    /// The Sprint account API.
    Sprint,
    /// Cisco IoT Control Center.
    ControlCenter,
}

impl CarrierKind {
    /// Every kind, in the order in which people choose.
    pub const ALL: [Self; 2] = [Self::Sprint, Self::ControlCenter];

    /// Short name, as preferences, commands and client references have it.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Sprint => "sprint",
            Self::ControlCenter => "control-center",
        }
    }

    /// Name for people.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Sprint => "Sprint account API",
            Self::ControlCenter => "Cisco IoT Control Center",
        }
    }

    /// The kind of a short name.
    #[must_use]
    pub fn of_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.word() == word)
    }

    /// Path of a sandbox's resources.
    #[must_use]
    pub fn base_path(self) -> &'static str {
        match self {
            Self::Sprint => "/accountServices/resources/v1",
            Self::ControlCenter => "/rws/api/v1",
        }
    }
}

/// Control Center allows five; one less keeps clear of how a second is counted there.
const CONTROL_CENTER_CALLS_PER_SECOND: u32 = 4;

/// Which certificate authorities a carrier's certificate may come from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TrustedRoots {
    /// Those that the operating system trusts.
    System,
    /// Only those in this PEM text; an empty text trusts nobody.
    Only(Vec<u8>),
}

/// One account. `Debug` shows the secret as dots.
#[derive(Debug, Clone)]
pub struct AccountSettings {
    /// Name in preferences and on screens.
    pub name: String,
    /// Whose contract.
    pub carrier: CarrierKind,
    /// Address up to the resources, for example `https://host/accountServices/resources/v1`.
    pub base_url: String,
    /// The account key: a name, not a secret.
    pub key: String,
    /// The shared secret that signs.
    pub secret: Secret,
    /// Hosts that may be asked, whole names or `.suffix`; empty means the host of `base_url` only.
    pub allowed_hosts: Vec<String>,
    /// Proxy address. The system's proxy settings are not looked at.
    pub proxy: Option<String>,
    /// Whom to trust.
    pub trusted_roots: TrustedRoots,
    /// Plans written down for new units, where the account cannot list them.
    pub plans: Vec<String>,
    /// Communication plan of new units, where the carrier has such a thing.
    pub communication_plan: Option<String>,
    /// Whether units are registered as test-ready, where the carrier has that: they cost nothing until they are used or activated.
    pub test_ready_on_bench: bool,
    /// Bounds of one call.
    pub limits: CallLimits,
}

/// Bounds of one call, and the pace of all.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CallLimits {
    /// Longest time until name, connection and TLS stand.
    pub connect_timeout_ms: u64,
    /// Longest time of the whole call.
    pub total_timeout_ms: u64,
    /// Longest answer that is read.
    pub body_cap_bytes: usize,
    /// Calls that the account may start in one second.
    pub calls_per_second: u32,
    /// Pause before the first repeat of a read that was answered 500 or 503; it doubles, with jitter. Writes are never repeated.
    pub read_pause_ms: u64,
    /// How many times such a read is repeated.
    pub read_repeats: usize,
}

impl Default for CallLimits {
    fn default() -> Self {
        Self {
            connect_timeout_ms: 10_000,
            total_timeout_ms: 60_000,
            body_cap_bytes: 1024 * 1024,
            calls_per_second: 5,
            read_pause_ms: 1_000,
            read_repeats: 4,
        }
    }
}

impl CallLimits {
    pub(crate) fn connect_timeout(&self) -> Duration {
        Duration::from_millis(self.connect_timeout_ms)
    }

    pub(crate) fn total_timeout(&self) -> Duration {
        Duration::from_millis(self.total_timeout_ms)
    }
}

impl AccountSettings {
    /// A Sprint account with ordinary bounds.
    #[must_use]
    pub fn sprint(name: &str, base_url: &str, key: &str, secret: Secret) -> Self {
        Self {
            name: name.to_owned(),
            carrier: CarrierKind::Sprint,
            base_url: base_url.to_owned(),
            key: key.to_owned(),
            secret,
            allowed_hosts: Vec::new(),
            proxy: None,
            trusted_roots: TrustedRoots::System,
            plans: Vec::new(),
            communication_plan: None,
            test_ready_on_bench: false,
            limits: CallLimits::default(),
        }
    }

    /// A Control Center account with ordinary bounds; `user` is a name, `key` that user's API key.
    #[must_use]
    pub fn control_center(name: &str, base_url: &str, user: &str, key: Secret) -> Self {
        let mut settings = Self::sprint(name, base_url, user, key);
        settings.carrier = CarrierKind::ControlCenter;
        settings.limits.calls_per_second = CONTROL_CENTER_CALLS_PER_SECOND;
        settings
    }

    /// The sandbox's own account at the base URL that a sandbox prints: its path tells which contract is spoken.
    #[must_use]
    pub fn sandbox(base_url: &str) -> Self {
        let secret = Secret::new(EXAMPLE_SECRET);
        let control_center = CarrierKind::ControlCenter;
        if base_url
            .trim_end_matches('/')
            .ends_with(control_center.base_path())
        {
            Self::control_center("Sandbox", base_url, EXAMPLE_KEY, secret)
        } else {
            Self::sprint("Sandbox", base_url, EXAMPLE_KEY, secret)
        }
    }

    /// Whether this is the sandbox's public account, so that screens wear the word *Sandbox*.
    #[must_use]
    pub fn is_sandbox(&self) -> bool {
        self.key == EXAMPLE_KEY
    }
}

/// Why an account cannot be used as it is set. Nothing was sent.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum SetupError {
    /// The base URL is no URL.
    #[error("the carrier's address is not a web address: {0}")]
    NotAnAddress(String),
    /// Plain HTTP to somewhere else than this computer.
    #[error(
        "the carrier's address must begin with https; plain http is for this computer only ({host})"
    )]
    NotSecure {
        /// The host that was meant.
        host: String,
    },
    /// A query, a fragment or a user name stands in the address.
    #[error("the carrier's address must not carry a user name, a query or a fragment")]
    NotPlain,
    /// The host is not on the list.
    #[error("{host} is not on the list of allowed carrier hosts")]
    HostNotAllowed {
        /// The host that was meant.
        host: String,
    },
    /// The proxy address is no URL.
    #[error("the proxy address cannot be used")]
    Proxy,
    /// Certificates or TLS could not be set up.
    #[error("secure connections cannot be set up on this computer: {0}")]
    Tls(String),
}
