//! A PostgreSQL server of one's own, for tests and the demo: own folder, free port, gone at the end.
//!
//! It listens on a Unix socket in its folder and on the loopback. A small shell stands between: when this program ends, however it
//! ends, the pipe to that shell closes, and the shell stops its server and removes the folder. PostgreSQL refuses to run as root;
//! started by root, it runs as `postgres` or `nobody`.

use crate::credential::Credential;
use crate::fault::Fault;
use crate::install;
use crate::session::Session;
use crate::target::Target;
use fleet::Secret;
use std::io;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};
use uuid::Uuid;

/// The server's administrator.
pub const SUPERUSER: &str = "postgres";
/// Longest time a start may take; a busy machine is slow.
const START: Duration = Duration::from_secs(60);
const STOP: Duration = Duration::from_secs(20);
/// Ports are taken by others between looking and taking.
const TRIES: usize = 5;

/// Why there is no server.
#[derive(Debug, thiserror::Error)]
pub enum ClusterError {
    /// PostgreSQL's server programs are not on this computer.
    #[error("PostgreSQL's server programs (initdb, postgres) are not on this computer")]
    NotInstalled,
    /// Root has no other user to run it as.
    #[error("PostgreSQL does not run as root, and there is no user postgres or nobody")]
    NoUser,
    /// The system refused something.
    #[error("the private PostgreSQL cannot be started: {0}")]
    System(#[from] io::Error),
    /// One of its programs failed.
    #[error("the private PostgreSQL cannot be started: {0}")]
    Failed(String),
}

/// How it shall be.
#[derive(Debug, Clone, Default)]
pub struct ClusterOptions {
    /// Whether it survives a power cut. Tests of correctness do not need it and are faster without.
    pub durable: bool,
    /// Lines of postgresql.conf.
    pub settings: Vec<(String, String)>,
    /// Certificate chain and key, both PEM, when it shall encrypt on the loopback.
    pub certificate: Option<(String, Secret)>,
}

/// A running server. Dropping it stops it and removes its folder.
#[derive(Debug)]
pub struct PrivateCluster {
    programs: PathBuf,
    folder: PathBuf,
    port: u16,
    password: Secret,
    shell: Child,
}

/// The folder that holds initdb and postgres: the one that `FLEET_DB_POSTGRES` names, or where Debian keeps them, the newest first, or PATH.
#[must_use]
pub fn server_programs() -> Option<PathBuf> {
    let complete = |folder: &PathBuf| {
        ["initdb", "postgres"].iter().all(|program| {
            folder
                .join(format!("{program}{}", std::env::consts::EXE_SUFFIX))
                .is_file()
        })
    };
    let path = std::env::var_os("PATH").unwrap_or_default();
    let mut debian: Vec<PathBuf> = std::fs::read_dir("/usr/lib/postgresql")
        .into_iter()
        .flatten()
        .flatten()
        .map(|entry| entry.path().join("bin"))
        .collect();
    debian.sort_by_key(|folder| {
        let version = folder.parent().and_then(Path::file_name);
        let version = version.and_then(|name| name.to_str()?.parse::<u32>().ok());
        std::cmp::Reverse(version)
    });
    // initdb looks for its shared files beside the real program, not beside a link to it.
    let named = std::env::var_os("FLEET_DB_POSTGRES").map(PathBuf::from);
    named
        .into_iter()
        .chain(debian)
        .chain(std::env::split_paths(&path))
        .find(complete)
}

impl PrivateCluster {
    /// Starts one.
    ///
    /// # Errors
    /// When PostgreSQL is not installed or cannot run here.
    pub fn start() -> Result<Self, ClusterError> {
        Self::start_with(&ClusterOptions::default())
    }

    /// Starts one as asked for.
    ///
    /// # Errors
    /// When PostgreSQL is not installed or cannot run here.
    pub fn start_with(options: &ClusterOptions) -> Result<Self, ClusterError> {
        let programs = server_programs().ok_or(ClusterError::NotInstalled)?;
        let user = system::user_to_run_as()?;
        let folder = tempfile::Builder::new().prefix("fleet-pg-").tempdir()?;
        system::give(folder.path(), user.as_ref())?;
        let password = Secret::new(Uuid::now_v7().simple().to_string());
        initialise(&programs, folder.path(), user.as_ref(), &password)?;
        if let Some((chain, key)) = &options.certificate {
            for (name, pem) in [("server.crt", chain.as_str()), ("server.key", key.reveal())] {
                let file = folder.path().join(name);
                std::fs::write(&file, pem)?;
                system::give(&file, user.as_ref())?;
                system::keep_private(&file)?;
            }
        }
        let mut last = String::new();
        for _ in 0..TRIES {
            let port = TcpListener::bind(("127.0.0.1", 0))?.local_addr()?.port();
            match run(&programs, folder.path(), user.as_ref(), port, options) {
                Ok(shell) => {
                    return Ok(Self {
                        programs,
                        folder: folder.keep(),
                        port,
                        password,
                        shell,
                    });
                }
                Err(ClusterError::Failed(why)) => last = why,
                Err(other) => return Err(other),
            }
        }
        Err(ClusterError::Failed(last))
    }

    /// Where a user finds one of its databases: over the Unix socket where there are such, else over the loopback.
    #[must_use]
    pub fn target(&self, user: &str, database: &str) -> Target {
        if cfg!(unix) {
            Target::socket(self.folder.join("socket"), self.port, user, database)
        } else {
            self.loopback(user, database)
        }
    }

    /// Where a user finds one of its databases over TCP; a password is then asked for.
    #[must_use]
    pub fn loopback(&self, user: &str, database: &str) -> Target {
        Target::host("127.0.0.1", self.port, user, database)
    }

    /// What every login of [`PrivateCluster::prepare`] and the administrator show.
    #[must_use]
    pub fn credential(&self) -> Credential {
        Credential::Password(self.password.clone())
    }

    /// Its port on the loopback.
    #[must_use]
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Its folder; the data are in `data`, the log in `log`.
    #[must_use]
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// The folder of PostgreSQL's programs (psql, pg_dump).
    #[must_use]
    pub fn programs(&self) -> &Path {
        &self.programs
    }

    /// Makes a database, sets it up for the fleet, and lets these benches in (role `fleet_app`).
    ///
    /// # Errors
    /// When the server refuses.
    pub async fn prepare(&self, database: &str, benches: &[&str]) -> Result<(), Fault> {
        self.administrator(SUPERUSER)
            .await?
            .run_script(&format!("CREATE DATABASE {}", quoted(database)))
            .await?;
        let session = self.administrator(database).await?;
        install::install(&session).await?;
        for bench in benches {
            self.admit(&session, bench, "fleet_app").await?;
        }
        Ok(())
    }

    /// A connection of the administrator.
    ///
    /// # Errors
    /// When the server does not answer.
    pub async fn administrator(&self, database: &str) -> Result<Session, Fault> {
        Session::connect(&self.target(SUPERUSER, database), self.credential()).await
    }

    /// Makes a login if it is not there, and a member of `role`.
    ///
    /// # Errors
    /// When the server refuses.
    pub async fn admit(&self, admin: &Session, login: &str, role: &str) -> Result<(), Fault> {
        let (name, text) = (quoted(login), literal(login));
        let password = literal(self.password.reveal());
        let role = literal(role);
        admin
            .run_script(&format!(
                "DO $$ BEGIN IF NOT EXISTS (SELECT 1 FROM pg_roles WHERE rolname = {text}) THEN \
                 CREATE ROLE {name} LOGIN PASSWORD {password}; END IF; END $$; \
                 SELECT fleet.admit({text}, {role}, 50);"
            ))
            .await
    }
}

/// A name as SQL writes it.
fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

/// A text as SQL writes it.
fn literal(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}

impl Drop for PrivateCluster {
    fn drop(&mut self) {
        drop(self.shell.stdin.take());
        system::end(&mut self.shell, &self.folder);
        let begun = Instant::now();
        while begun.elapsed() < STOP {
            if !matches!(self.shell.try_wait(), Ok(None)) {
                return;
            }
            std::thread::sleep(Duration::from_millis(10));
        }
        tracing::warn!(folder = %self.folder.display(), "the private PostgreSQL has not ended yet");
    }
}

fn initialise(
    programs: &Path,
    folder: &Path,
    user: Option<&system::User>,
    password: &Secret,
) -> Result<(), ClusterError> {
    let file = folder.join("password");
    std::fs::write(&file, password.reveal())?;
    system::give(&file, user)?;
    let mut command = Command::new(programs.join("initdb"));
    command
        .arg("--pgdata")
        .arg(folder.join("data"))
        .args(["--username", SUPERUSER, "--encoding", "UTF8"])
        .args(["--locale", "C", "--no-sync"])
        .args(["--auth-local", "trust", "--auth-host", "scram-sha-256"])
        .arg("--pwfile")
        .arg(&file)
        .stdin(Stdio::null());
    system::run_as(&mut command, folder, user);
    let output = command.output()?;
    std::fs::remove_file(&file)?;
    if !output.status.success() {
        let words = String::from_utf8_lossy(&output.stderr);
        return Err(ClusterError::Failed(format!("initdb: {}", words.trim())));
    }
    let socket = folder.join("socket");
    std::fs::create_dir(&socket)?;
    system::give(&socket, user)?;
    Ok(())
}

/// Starts the server and waits until it says that it is ready.
fn run(
    programs: &Path,
    folder: &Path,
    user: Option<&system::User>,
    port: u16,
    options: &ClusterOptions,
) -> Result<Child, ClusterError> {
    let mut arguments: Vec<String> = vec![
        "-D".into(),
        folder.join("data").display().to_string(),
        "-p".into(),
        port.to_string(),
    ];
    let mut set =
        |name: &str, value: &str| arguments.extend(["-c".into(), format!("{name}={value}")]);
    set("listen_addresses", "127.0.0.1");
    if cfg!(unix) {
        set(
            "unix_socket_directories",
            &folder.join("socket").display().to_string(),
        );
    }
    set("max_connections", "120");
    if options.certificate.is_some() {
        set("ssl", "on");
        set(
            "ssl_cert_file",
            &folder.join("server.crt").display().to_string(),
        );
        set(
            "ssl_key_file",
            &folder.join("server.key").display().to_string(),
        );
    }
    if !options.durable {
        for name in ["fsync", "synchronous_commit", "full_page_writes"] {
            set(name, "off");
        }
    }
    for (name, value) in &options.settings {
        set(name, value);
    }
    let log = std::fs::File::create(folder.join("log"))?;
    let mut command = system::guarded(&programs.join("postgres"), &arguments, folder);
    command
        .stdin(Stdio::piped())
        .stdout(log.try_clone()?)
        .stderr(log);
    system::run_as(&mut command, folder, user);
    let mut shell = command.spawn()?;
    let begun = Instant::now();
    loop {
        if is_ready(&folder.join("data")) {
            return Ok(shell);
        }
        if !matches!(shell.try_wait(), Ok(None)) || begun.elapsed() > START {
            drop(shell.stdin.take());
            let _ = shell.wait();
            let words = std::fs::read_to_string(folder.join("log")).unwrap_or_default();
            let last = words.lines().rev().take(5).collect::<Vec<_>>();
            return Err(ClusterError::Failed(last.join(" / ")));
        }
        std::thread::sleep(Duration::from_millis(10));
    }
}

/// The last line of postmaster.pid tells how far the server is.
fn is_ready(data: &Path) -> bool {
    std::fs::read_to_string(data.join("postmaster.pid")).is_ok_and(|text| {
        text.lines()
            .nth(7)
            .is_some_and(|line| line.trim() == "ready")
    })
}

#[cfg(unix)]
mod system {
    //! Users and the guarding shell, as Unix has them.

    use super::ClusterError;
    use std::io;
    use std::os::unix::process::CommandExt as _;
    use std::path::Path;
    use std::process::{Child, Command};

    pub(super) use nix::unistd::User;

    /// Ends the server when the pipe from the program closes, then removes the folder. A server that ended by itself leaves its log.
    const GUARD: &str = r#"
folder=$1; shift
exec 3<&0
"$@" </dev/null 3<&- &
server=$!
(read -r _ <&3; kill -INT "$server") &
reader=$!
exec 3<&-
wait "$server"
kill -TERM "$reader" 2>/dev/null
wait "$reader" && rm -rf -- "$folder"
"#;

    /// Whom to run the server as; nobody in particular when this is not root.
    pub(super) fn user_to_run_as() -> Result<Option<User>, ClusterError> {
        if !nix::unistd::geteuid().is_root() {
            return Ok(None);
        }
        ["postgres", "nobody"]
            .iter()
            .find_map(|name| User::from_name(name).ok().flatten())
            .map(Some)
            .ok_or(ClusterError::NoUser)
    }

    pub(super) fn give(path: &Path, user: Option<&User>) -> io::Result<()> {
        match user {
            Some(user) => {
                std::os::unix::fs::chown(path, Some(user.uid.as_raw()), Some(user.gid.as_raw()))
            }
            None => Ok(()),
        }
    }

    pub(super) fn keep_private(file: &Path) -> io::Result<()> {
        use std::os::unix::fs::PermissionsExt as _;
        std::fs::set_permissions(file, std::fs::Permissions::from_mode(0o600))
    }

    pub(super) fn run_as(command: &mut Command, folder: &Path, user: Option<&User>) {
        command.current_dir(folder);
        if let Some(user) = user {
            command.uid(user.uid.as_raw()).gid(user.gid.as_raw());
        }
    }

    pub(super) fn guarded(program: &Path, arguments: &[String], folder: &Path) -> Command {
        let mut command = Command::new("/bin/sh");
        command
            .args(["-c", GUARD, "guard"])
            .arg(folder)
            .arg(program)
            .args(arguments)
            .process_group(0); // a Ctrl C in the terminal is for the program, which then ends this in order
        command
    }

    /// The closed pipe has told the shell.
    pub(super) fn end(_: &mut Child, _: &Path) {}
}

#[cfg(not(unix))]
mod system {
    //! The same where there are no Unix users: the server runs as whoever runs the program.

    use super::ClusterError;
    use std::io;
    use std::path::Path;
    use std::process::{Child, Command};

    /// There is nobody to switch to.
    #[derive(Debug)]
    pub(super) enum User {}

    pub(super) fn user_to_run_as() -> Result<Option<User>, ClusterError> {
        Ok(None)
    }

    pub(super) fn give(_: &Path, _: Option<&User>) -> io::Result<()> {
        Ok(())
    }

    pub(super) fn keep_private(_: &Path) -> io::Result<()> {
        Ok(())
    }

    pub(super) fn run_as(command: &mut Command, folder: &Path, _: Option<&User>) {
        command.current_dir(folder);
    }

    pub(super) fn guarded(program: &Path, arguments: &[String], _: &Path) -> Command {
        let mut command = Command::new(program);
        command.args(arguments);
        command
    }

    /// Its children notice by themselves that it is gone.
    pub(super) fn end(server: &mut Child, folder: &Path) {
        let _ = server.kill();
        let _ = server.wait();
        let _ = std::fs::remove_dir_all(folder);
    }
}
