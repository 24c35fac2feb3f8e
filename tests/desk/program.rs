//! Child processes: the built program, its JSON lines as they come, its end.

use serde_json::Value;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::sync::{Mutex, OnceLock};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

/// The program under test. A build that runs beside the tests may put another one in its place, so this run keeps its own.
pub fn copied_program() -> &'static Path {
    static PROGRAM: OnceLock<PathBuf> = OnceLock::new();
    PROGRAM.get_or_init(|| {
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR"));
        let stem = "fleetdesk-under-test-";
        for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
            let name = entry.file_name().to_string_lossy().into_owned();
            let Some(process) = name.strip_prefix(stem) else {
                continue;
            };
            if !Path::new("/proc").join(process).exists() {
                let _ = std::fs::remove_file(entry.path());
            }
        }
        let built = env!("CARGO_BIN_EXE_fleetdesk");
        let ours = folder.join(format!("{stem}{}", std::process::id()));
        let _ = std::fs::remove_file(&ours);
        // A second name for the same file costs nothing; a build makes a new file and leaves this one as it is.
        if std::fs::hard_link(built, &ours).is_err() {
            std::fs::copy(built, &ours).unwrap();
        }
        ours
    })
}

/// A command that runs. Dropping it kills it.
pub struct Running {
    child: Child,
    stdin: Option<ChildStdin>,
    /// Behind a lock so that several threads may look at what holds it.
    incoming: Mutex<Receiver<String>>,
    lines: Vec<String>,
    errors: Option<JoinHandle<String>>,
}

/// How a command ended.
#[derive(Debug)]
pub struct Finished {
    /// Exit code; `None` when it was killed.
    pub code: Option<i32>,
    /// Standard output, line by line.
    pub lines: Vec<String>,
    /// Standard error.
    pub errors: String,
}

impl Running {
    /// Starts the program with these arguments, its standard input held open.
    pub fn start(arguments: &[&str]) -> Self {
        Self::spawn(Command::new(copied_program()).args(arguments))
    }

    /// Starts any prepared command in the same way.
    pub fn spawn(command: &mut Command) -> Self {
        let mut child = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let stdout = child.stdout.take().unwrap();
        let mut stderr = child.stderr.take().unwrap();
        let (sender, incoming) = channel();
        std::thread::spawn(move || {
            for line in BufReader::new(stdout).lines().map_while(Result::ok) {
                if sender.send(line).is_err() {
                    break;
                }
            }
        });
        let errors = std::thread::spawn(move || {
            let mut bytes = Vec::new();
            let _ = stderr.read_to_end(&mut bytes);
            String::from_utf8_lossy(&bytes).into_owned()
        });
        Self {
            stdin: child.stdin.take(),
            child,
            incoming: Mutex::new(incoming),
            lines: Vec::new(),
            errors: Some(errors),
        }
    }

    /// The next JSON line, or `None` at the end of the output.
    pub fn next_line(&mut self, limit: Duration) -> Option<Value> {
        match self.incoming.get_mut().unwrap().recv_timeout(limit) {
            Ok(line) => {
                let value = serde_json::from_str(&line)
                    .unwrap_or_else(|error| panic!("not a JSON line ({error}): {line}"));
                self.lines.push(line);
                Some(value)
            }
            Err(RecvTimeoutError::Disconnected) => None,
            Err(RecvTimeoutError::Timeout) => panic!("nothing was printed for {limit:?}"),
        }
    }

    /// Types a line into it.
    pub fn type_line(&mut self, text: &str) {
        let stdin = self.stdin.as_mut().unwrap();
        writeln!(stdin, "{text}").unwrap();
        stdin.flush().unwrap();
    }

    /// The most memory that it ever held, while it runs.
    pub fn peak_memory_kb(&self) -> Option<u64> {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id())).ok()?;
        let line = status.lines().find(|line| line.starts_with("VmHWM:"))?;
        line.split_ascii_whitespace().nth(1)?.parse().ok()
    }

    /// Whether it has ended by itself.
    pub fn has_ended(&mut self) -> bool {
        self.child.try_wait().unwrap().is_some()
    }

    /// Ctrl C.
    pub fn interrupt(&self) {
        let pid = i32::try_from(self.child.id()).unwrap();
        nix::sys::signal::kill(
            nix::unistd::Pid::from_raw(pid),
            nix::sys::signal::Signal::SIGINT,
        )
        .unwrap();
    }

    /// Ends it as a power cut would: SIGKILL, nothing is tidied up.
    pub fn kill(mut self) -> Finished {
        let _ = self.child.kill();
        self.collect()
    }

    /// Waits for its end.
    pub fn finish(mut self, limit: Duration) -> Finished {
        let begun = Instant::now();
        while self.child.try_wait().unwrap().is_none() {
            self.lines
                .extend(self.incoming.get_mut().unwrap().try_iter());
            if begun.elapsed() > limit {
                let _ = self.child.kill();
                let finished = self.collect();
                panic!("it did not end within {limit:?}: {finished:#?}");
            }
            std::thread::sleep(Duration::from_millis(10));
        }
        self.collect()
    }

    fn collect(&mut self) -> Finished {
        drop(self.stdin.take());
        let code = self.child.wait().unwrap().code();
        let errors = self.errors.take().map(|thread| thread.join().unwrap());
        // The reading thread ends with the pipe, and the channel with the thread.
        self.lines.extend(self.incoming.get_mut().unwrap().iter());
        Finished {
            code,
            lines: std::mem::take(&mut self.lines),
            errors: errors.unwrap_or_default(),
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Finished {
    /// Every JSON line of one type.
    pub fn of_type(&self, kind: &str) -> Vec<Value> {
        let parsed = |line: &String| -> Value {
            serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}"))
        };
        let all = self.lines.iter().map(parsed);
        all.filter(|value| value["type"] == kind).collect()
    }

    /// The one line of a type that comes once.
    pub fn one(&self, kind: &str) -> Value {
        let all = self.of_type(kind);
        assert_eq!(all.len(), 1, "lines of type {kind}: {self:#?}");
        all[0].clone()
    }

    /// Verdict, registration and fault of the only unit.
    pub fn verdict(&self) -> (String, String, Option<String>) {
        let unit = self.one("unit");
        let text = |key: &str| unit[key].as_str().map(str::to_owned);
        (
            text("verdict").unwrap_or_default(),
            text("registration").unwrap_or_default(),
            text("fault"),
        )
    }
}
