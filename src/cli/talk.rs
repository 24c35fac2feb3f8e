//! `fleetdesk talk`: a port as on a terminal. It only listens, and shows every byte; commands leave only after an explicit switch.
//!
//! The port is opened for this program alone, so a unit that is being worked on cannot be talked to.

use super::args::TerminalArgs;
use super::exit::ExitStatus;
use super::output::Output;
use crate::link::{BytePort, PortSource, Ports};
use crate::start::StartError;
use fleet::fault::{UnitCondition, advice};
use fleet::printable::Visible;
use fleet::profile::{Framing, Line, Parity};
use serde_json::json;
use std::io::{BufRead as _, ErrorKind};
use std::sync::mpsc::{Receiver, TryRecvError, channel};
use std::time::{Duration, Instant};

/// Longest single wait for bytes, so that typed lines and the end are noticed in time.
const WAIT: Duration = Duration::from_millis(50);
/// A line that does not end is shown after this silence.
const UNFINISHED: Duration = Duration::from_millis(300);
const WARNING: &str = "Commands are switched on. What you type leaves for the unit as it stands, unchecked: it can change where the unit reports to,\nlock it or make it useless, and it is not recorded in the journal. Stop with Ctrl-C if you are not sure.";

pub(super) fn run(args: &TerminalArgs, output: Output) -> Result<ExitStatus, StartError> {
    let ports = Ports::new(vec![
        PortSource::Named(args.port.clone()),
        PortSource::System,
    ]);
    let line = Line {
        baud: args.baud,
        parity: Parity::None,
        raise_dtr_rts: !args.leave_lines,
        usb_ids: Vec::new(),
        framing: Framing::Line {},
        request_end: String::new(),
        wake: String::new(),
        pause_ms: 0,
        quiet_ms: 50,
        drain: false,
        echo: false,
    };
    let mut port = match ports.open(&args.port, &line) {
        Ok(port) => port,
        Err(fault) => {
            let place = format!("Port {}", args.port);
            output.advice(&advice(&fault, UnitCondition::Untouched, &place));
            return Ok(if fault.needs_person() {
                ExitStatus::NeedsPerson
            } else {
                ExitStatus::Failed
            });
        }
    };
    let typed = args.allow_commands.then(typed_lines);
    match &typed {
        Some(_) => output.problem(WARNING),
        None => output.problem(
            "Listening only: nothing is sent. '--allow-commands' lets you type commands. Stop with Ctrl-C.",
        ),
    }
    let until = args
        .seconds
        .map(|seconds| Instant::now() + Duration::from_secs(seconds));
    let mut shown = Shown::new(output);
    while until.is_none_or(|until| Instant::now() < until) {
        let mut buffer = [0; 1024];
        match port.read(&mut buffer, WAIT) {
            Ok(count) => shown.heard(buffer.get(..count).unwrap_or_default()),
            Err(error)
                if matches!(
                    error.kind(),
                    ErrorKind::TimedOut | ErrorKind::WouldBlock | ErrorKind::Interrupted
                ) =>
            {
                shown.quiet();
            }
            Err(_) => {
                shown.end();
                output.problem("The port is gone: the cable is out, or the unit restarts.");
                return Ok(ExitStatus::Done);
            }
        }
        if let Some(typed) = &typed {
            match typed.try_recv() {
                Ok(text) => {
                    shown.said(&text);
                    let bytes = [text.as_bytes(), args.end.bytes()].concat();
                    if !send(port.as_mut(), &bytes) {
                        output.problem(
                            "The port did not take the command: the unit may have got part of it.",
                        );
                        return Ok(ExitStatus::Failed);
                    }
                }
                Err(TryRecvError::Empty) => {}
                Err(TryRecvError::Disconnected) if until.is_none() => break,
                Err(TryRecvError::Disconnected) => {}
            }
        }
    }
    shown.end();
    Ok(ExitStatus::Done)
}

fn send(port: &mut dyn BytePort, bytes: &[u8]) -> bool {
    let mut rest = bytes;
    while !rest.is_empty() {
        match port.write(rest) {
            Ok(count @ 1..) => rest = rest.get(count..).unwrap_or_default(),
            _ => return false,
        }
    }
    true
}

/// Lines of standard input, from a thread of their own: waiting for a person must not stop the listening.
fn typed_lines() -> Receiver<String> {
    let (sender, typed) = channel();
    std::thread::spawn(move || {
        for line in std::io::stdin().lock().lines().map_while(Result::ok) {
            if sender.send(line).is_err() {
                break;
            }
        }
    });
    typed
}

/// What was heard, line by line.
struct Shown {
    output: Output,
    begun: Instant,
    visible: Visible,
    last: Instant,
}

impl Shown {
    fn new(output: Output) -> Self {
        Self {
            output,
            begun: Instant::now(),
            visible: Visible::default(),
            last: Instant::now(),
        }
    }

    fn heard(&mut self, bytes: &[u8]) {
        self.last = Instant::now();
        for line in self.visible.take(bytes) {
            self.line("unit", &line);
        }
    }

    fn quiet(&mut self) {
        if self.last.elapsed() >= UNFINISHED {
            self.end();
        }
    }

    fn end(&mut self) {
        if let Some(line) = self.visible.rest() {
            self.line("unit", &line);
        }
    }

    fn said(&mut self, text: &str) {
        let mut visible = Visible::default();
        for line in visible
            .take(text.as_bytes())
            .into_iter()
            .chain(visible.rest())
        {
            self.line("you", &line);
        }
    }

    fn line(&self, who: &str, text: &str) {
        let ms = self.begun.elapsed().as_millis();
        if self.output.is_json() {
            let ms = u64::try_from(ms).unwrap_or(u64::MAX);
            self.output
                .json_line(&json!({ "type": "talk", "at_ms": ms, "from": who, "text": text }));
        } else {
            let mark = if who == "unit" { '<' } else { '>' };
            self.output.line(&format!(
                "{:>9.3} {mark} {text}",
                self.begun.elapsed().as_secs_f64()
            ));
        }
    }
}
