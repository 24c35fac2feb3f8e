//! Canaries: neither secret nor signature nor key reaches an error, a report or a log line.

use crate::office::{Office, lte, settings, sim, switches};
use carrier::sandbox::{SandboxConfig, Switches};
use carrier::{AccountSettings, Carrier, CarrierKind};
use fleet::Secret;
use std::io::Write;
use std::sync::{Arc, Mutex};
use tracing_subscriber::fmt::MakeWriter;

const KEY: &str = "CANARYKEY77";
const SECRET: &str = "canary-secret-1f0a5e2b";

#[derive(Clone, Default)]
struct Lines(Arc<Mutex<Vec<u8>>>);

impl Write for Lines {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl<'a> MakeWriter<'a> for Lines {
    type Writer = Self;

    fn make_writer(&'a self) -> Self {
        self.clone()
    }
}

/// What libraries say through the `log` facade.
impl log::Log for Lines {
    fn enabled(&self, _: &log::Metadata<'_>) -> bool {
        true
    }

    fn log(&self, record: &log::Record<'_>) {
        let _ = writeln!(self.clone(), "{} {}", record.target(), record.args());
    }

    fn flush(&self) {}
}

/// All words of eight characters and more that could be a signature, a key or a secret.
fn assert_silent(text: &str) {
    assert!(!text.contains(KEY), "the key is in: {text}");
    assert!(!text.contains(SECRET), "the secret is in: {text}");
    assert!(!text.contains("sig="), "a signature is in: {text}");
    assert!(!text.contains("Basic "), "user name and key are in: {text}");
    assert!(
        !text.contains("Y2FuYXJ5"),
        "the secret is in, in base64: {text}"
    );
    let hex = regex::Regex::new(r"\b[0-9a-f]{32}\b").unwrap();
    assert!(!hex.is_match(text), "a signature is in: {text}");
}

/// Everything that calls under these faults give, in words.
async fn what_is_said(kind: CarrierKind, faults: &[Switches]) -> String {
    let config = SandboxConfig {
        kind,
        key: KEY.to_owned(),
        secret: Secret::new(SECRET),
        ..SandboxConfig::default()
    };
    let office = Office::with(config).await;
    let intent = match kind {
        CarrierKind::Sprint => lte,
        CarrierKind::ControlCenter => sim,
    };
    let base = settings(&office.sandbox.base_url());
    let account = AccountSettings {
        key: KEY.to_owned(),
        secret: Secret::new(SECRET),
        ..base
    };
    let nowhere = AccountSettings {
        base_url: format!("http://127.0.0.1:9{}", kind.base_path()),
        ..account.clone()
    };
    let stranger = AccountSettings {
        secret: Secret::new(format!("{SECRET}-x")),
        ..account.clone()
    };
    let secret_only = format!("{account:?}");
    assert!(!secret_only.contains(SECRET), "{secret_only}");

    let mut said = String::new();
    for settings in [account, nowhere, stranger] {
        for (n, fault) in (0..).zip(faults) {
            office.sandbox.set_switches(fault.clone());
            let carrier = Carrier::new(settings.clone()).unwrap();
            said += &format!("{:?}", carrier.register(&intent(n)).await);
            said += &format!("{:?}", carrier.look_up(&intent(n)).await);
            said += &format!("{:?}", carrier.follow("T1").await);
            said += &format!("{:?}", carrier.check().await);
            if let Err(failure) = carrier.list(None).await {
                said += &format!("{failure} {failure:?}");
            }
            if let Err(failure) = carrier.programming_values("U000001").await {
                said += &format!("{failure} {failure:?}");
            }
        }
    }
    said
}

#[tokio::test]
async fn no_error_and_no_log_line_carries_key_secret_or_signature() {
    let lines = Lines::default();
    let _ = log::set_logger(Box::leak(Box::new(lines.clone())));
    log::set_max_level(log::LevelFilter::Trace);
    let subscriber = tracing_subscriber::fmt()
        .with_max_level(tracing_subscriber::filter::LevelFilter::TRACE)
        .with_writer(lines.clone())
        .with_ansi(false)
        .finish();
    let _guard = tracing::subscriber::set_default(subscriber);

    let faults = [
        switches(),
        Switches {
            lose_answer_after_commit_every: 1,
            ..switches()
        },
        Switches {
            server_error_after_success_every: 1,
            ..switches()
        },
        Switches {
            cut_body_every: 1,
            ..switches()
        },
        Switches {
            huge_body_every: 1,
            ..switches()
        },
        Switches {
            html_instead_of_json_every: 1,
            ..switches()
        },
        Switches {
            redirect_every: 1,
            ..switches()
        },
        Switches {
            rate_limit_every: 1,
            ..switches()
        },
        Switches {
            clock_skew_s: 4_000,
            ..switches()
        },
        Switches {
            key_expired: true,
            ..switches()
        },
    ];
    let mut said = String::new();
    for kind in CarrierKind::ALL {
        said += &what_is_said(kind, &faults).await;
    }
    assert_silent(&said);
    let logged = String::from_utf8(lines.0.lock().unwrap().clone()).unwrap();
    for path in ["/unit/add.json", "/devices/8901"] {
        assert!(logged.contains(path), "the log was listened to");
    }
    assert_silent(&logged);
}
