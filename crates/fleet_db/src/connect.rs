//! From an address to a logged-in connection, each step with its own fault.

use crate::credential::Credential;
use crate::fault::Fault;
use crate::roots::Roots;
use crate::target::{Place, Target};
use crate::tls;
use fleet::printable::printable;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::net::TcpStream;
use tokio::task::JoinHandle;
use tokio::time::timeout;
use tokio_postgres::config::SslMode;
use tokio_postgres::error::Severity;
use tokio_postgres::tls::MakeTlsConnect;
use tokio_postgres::{AsyncMessage, Client, Config, NoTls};

/// How long one address may take to answer.
const REACH: Duration = Duration::from_secs(8);
/// How long encryption and login may take.
const LOG_IN: Duration = Duration::from_secs(15);
/// Settings of every session of a bench. Times come back in UTC, so that one moment has one text. Compiling a page's question took
/// the server a quarter of a second each time, answering it five milliseconds.
const SESSION_SETTINGS: &str = "-c TimeZone=UTC -c jit=off -c search_path=pg_catalog,pg_temp -c statement_timeout=30s \
     -c idle_in_transaction_session_timeout=60s";

/// Warnings that are kept of one connection.
const MOST_WARNINGS: usize = 20;

/// What the server warned of and nobody has asked for yet.
pub(crate) type Warnings = Arc<Mutex<Vec<String>>>;

/// A connection with the task that carries its bytes.
pub(crate) struct Connected {
    pub(crate) client: Client,
    pub(crate) carrier: JoinHandle<()>,
    pub(crate) warnings: Warnings,
}

/// Addresses of the target's host.
pub(crate) async fn resolve(host: &str, port: u16) -> Result<Vec<SocketAddr>, Fault> {
    let cannot = |why: String| Fault::CannotResolve {
        host: host.to_owned(),
        why,
    };
    let found = timeout(REACH, tokio::net::lookup_host((host, port)))
        .await
        .map_err(|_| cannot("no answer from the name service".to_owned()))?
        .map_err(|error| cannot(error.to_string()))?;
    let found: Vec<_> = found.collect();
    if found.is_empty() {
        return Err(cannot("it has no address".to_owned()));
    }
    Ok(found)
}

/// The first address that answers.
pub(crate) async fn reach(addresses: &[SocketAddr], place: &str) -> Result<TcpStream, Fault> {
    let mut last = "there is no address".to_owned();
    for address in addresses {
        match timeout(REACH, TcpStream::connect(address)).await {
            Ok(Ok(stream)) => {
                let _ = stream.set_nodelay(true);
                return Ok(stream);
            }
            Ok(Err(error)) => last = error.to_string(),
            Err(_) => last = format!("no answer within {} s", REACH.as_secs()),
        }
    }
    Err(Fault::Unreachable {
        place: place.to_owned(),
        why: last,
    })
}

/// The whole way. The password leaves only after the server has proved its name, or stays within this computer.
pub(crate) async fn connect(
    target: &Target,
    credential: &Credential,
    roots: &Roots,
) -> Result<Connected, Fault> {
    let place = match target.place() {
        Place::Socket(folder) => {
            return local(target, credential, folder).await;
        }
        Place::Host(host) => host,
    };
    let shown = format!("{place}:{}", target.port());
    let addresses = resolve(place, target.port()).await?;
    let stream = reach(&addresses, &shown).await?;
    if target.is_plain_text() {
        let config = config(target, credential, SslMode::Disable);
        let connecting = config.connect_raw(stream, NoTls);
        return logged_in(timeout(LOG_IN, connecting).await, target, place, &shown);
    }
    let config = config(target, credential, SslMode::Require);
    let mut connector = tls::connector(roots)?;
    let connector =
        MakeTlsConnect::<TcpStream>::make_tls_connect(&mut connector, place).map_err(|error| {
            Fault::BadAddress {
                why: format!("{place} is no name that a certificate can have ({error})"),
            }
        })?;
    let connecting = config.connect_raw(stream, connector);
    logged_in(timeout(LOG_IN, connecting).await, target, place, &shown)
}

#[cfg(unix)]
async fn local(
    target: &Target,
    credential: &Credential,
    folder: &std::path::Path,
) -> Result<Connected, Fault> {
    let path = folder.join(format!(".s.PGSQL.{}", target.port()));
    let shown = path.display().to_string();
    let stream = tokio::net::UnixStream::connect(&path)
        .await
        .map_err(|error| Fault::Unreachable {
            place: shown.clone(),
            why: error.to_string(),
        })?;
    let config = config(target, credential, SslMode::Disable);
    let connecting = config.connect_raw(stream, NoTls);
    logged_in(timeout(LOG_IN, connecting).await, target, &shown, &shown)
}

#[cfg(not(unix))]
async fn local(_: &Target, _: &Credential, folder: &std::path::Path) -> Result<Connected, Fault> {
    Err(Fault::BadAddress {
        why: format!(
            "{} is a Unix socket, which this system does not have",
            folder.display()
        ),
    })
}

fn config(target: &Target, credential: &Credential, mode: SslMode) -> Config {
    let mut config = Config::new();
    config
        .user(target.user())
        .dbname(target.database())
        .application_name("fleetdesk")
        .options(SESSION_SETTINGS)
        .ssl_mode(mode);
    if let Credential::Password(password) = credential {
        config.password(password.reveal());
    }
    config
}

type Outcome<S, T> = Result<
    Result<(Client, tokio_postgres::Connection<S, T>), tokio_postgres::Error>,
    tokio::time::error::Elapsed,
>;

fn logged_in<S, T>(
    outcome: Outcome<S, T>,
    target: &Target,
    host: &str,
    place: &str,
) -> Result<Connected, Fault>
where
    S: tokio::io::AsyncRead + tokio::io::AsyncWrite + Unpin + Send + 'static,
    T: tokio_postgres::tls::TlsStream + Unpin + Send + 'static,
{
    match outcome {
        // A line that died on the way looks like this, too.
        Err(_) => Err(Fault::Unreachable {
            place: place.to_owned(),
            why: format!(
                "it was reached, then said nothing for {} s",
                LOG_IN.as_secs()
            ),
        }),
        Ok(Err(error)) => Err(tls::fault(&error, host, place)
            .unwrap_or_else(|| Fault::of_login(&error, target, place))),
        Ok(Ok((client, connection))) => {
            let warnings = Warnings::default();
            let carrier = tokio::spawn(carry(connection, Arc::clone(&warnings)));
            Ok(Connected {
                client,
                carrier,
                warnings,
            })
        }
    }
}

/// Carries the bytes of a connection to its end.
async fn carry<S, T>(mut connection: tokio_postgres::Connection<S, T>, warnings: Warnings)
where
    S: tokio::io::AsyncRead + tokio::io::AsyncWrite + Unpin,
    T: tokio_postgres::tls::TlsStream + Unpin,
{
    while let Some(came) = std::future::poll_fn(|context| connection.poll_message(context)).await {
        match came {
            Ok(AsyncMessage::Notice(told)) if told.parsed_severity() == Some(Severity::Warning) => {
                if let Ok(mut warnings) = warnings.lock()
                    && warnings.len() < MOST_WARNINGS
                {
                    warnings.push(printable(told.message()));
                }
            }
            Ok(_) => {}
            Err(error) => {
                tracing::info!(error = %crate::fault::chain(&error), "connection with the fleet database ended");
                return;
            }
        }
    }
}
