//! The connection doctor: goes the way to the fleet database step by step and tells for each step what was found and what to do.
//!
//! It changes nothing in the database. How the report is printed is the program's business.

mod encryption;
mod rights;
mod table;

use crate::access::Access;
use crate::connect::{reach, resolve};
use crate::fault::Fault;
use crate::install::SCHEMA_VERSION;
use crate::protocol::{CLIENT_VERSION, PageAfter, Position};
use crate::session::Session;
use crate::target::Place;
use fleet::printable::escaped;
use jiff::{SignedDuration, Timestamp};
use serde::Serialize;
use std::net::SocketAddr;

/// From this difference on, the clock is worth a word.
const CLOCK_OFF: SignedDuration = SignedDuration::from_secs(60);

/// What the doctor found.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Report {
    /// Where it went.
    pub database: String,
    /// Step by step; after a failed one the rest is not tried.
    pub steps: Vec<Step>,
}

/// One step.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Step {
    /// Which.
    pub step: StepName,
    /// How it went.
    pub verdict: Verdict,
    /// What was found, in plain words.
    pub words: String,
    /// What to do, when something is to be done.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cure: Option<String>,
    /// Code of the fault, when there is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub code: Option<&'static str>,
}

/// The steps, in their order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum StepName {
    /// The name is known.
    Name,
    /// The server can be reached.
    Network,
    /// The connection is encrypted, by the right server.
    Encryption,
    /// The login is let in.
    Login,
    /// The tables and functions are there and fit this program.
    Schema,
    /// The login may do what it needs, and no more.
    Rights,
    /// The clocks agree.
    Clock,
}

/// How a step went.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// As it should be.
    Good,
    /// It works, but somebody should look at it.
    Notice,
    /// It does not work.
    Failed,
}

impl Report {
    /// The gravest verdict.
    #[must_use]
    pub fn verdict(&self) -> Verdict {
        let verdicts = self.steps.iter().map(|step| step.verdict);
        verdicts.max().unwrap_or(Verdict::Failed)
    }

    fn add(
        &mut self,
        step: StepName,
        verdict: Verdict,
        words: impl AsRef<str>,
        cure: Option<&str>,
    ) {
        self.steps.push(Step {
            step,
            verdict,
            words: escaped(words.as_ref()),
            cure: cure.map(str::to_owned),
            code: None,
        });
    }

    fn good(&mut self, step: StepName, words: impl AsRef<str>) {
        self.add(step, Verdict::Good, words, None);
    }

    /// An older database: rounds go on with it, and somebody should bring it up to date.
    fn older(&mut self, found: i32) {
        let fault = Fault::SchemaOlder {
            found,
            needed: SCHEMA_VERSION,
        };
        self.failed(StepName::Schema, &fault);
        if let Some(step) = self.steps.last_mut() {
            step.verdict = Verdict::Notice;
        }
    }

    fn failed(&mut self, step: StepName, fault: &Fault) {
        let advice = fault.advice();
        self.steps.push(Step {
            step,
            verdict: Verdict::Failed,
            words: advice.what_happened,
            cure: Some(advice.what_to_do),
            code: Some(advice.code),
        });
    }
}

/// Goes the whole way once. `now` is this computer's clock, asked when the server's is.
pub async fn check(access: &Access, now: impl Fn() -> Timestamp) -> Report {
    let mut report = Report {
        database: access.target.to_string(),
        steps: Vec::new(),
    };
    // Whatever failed has been told in the report.
    if let Ok(session) = way_in(access, &mut report, &now).await {
        inside(&session, access, &mut report, &now).await;
    }
    report
}

/// A step that failed and was told.
struct Told;

async fn way_in(
    access: &Access,
    report: &mut Report,
    now: &impl Fn() -> Timestamp,
) -> Result<Session, Told> {
    match access.target.place() {
        Place::Socket(folder) => {
            report.good(
                StepName::Name,
                format!(
                    "the database is on this computer, socket in {}",
                    folder.display()
                ),
            );
        }
        Place::Host(host) => {
            let addresses = resolve(host, access.target.port())
                .await
                .map_err(|fault| tell(report, StepName::Name, &fault))?;
            report.good(StepName::Name, name_words(host, &addresses));
            let place = format!("{host}:{}", access.target.port());
            let stream = reach(&addresses, &place)
                .await
                .map_err(|fault| tell(report, StepName::Network, &fault))?;
            let peer = stream.peer_addr().map(|address| address.to_string());
            report.good(
                StepName::Network,
                format!("{} answers", peer.unwrap_or(place.clone())),
            );
            if !access.target.is_plain_text() {
                let seen = encryption::look(stream, host, &place, &access.roots)
                    .await
                    .map_err(|(fault, shown)| {
                        let told = tell(report, StepName::Encryption, &fault);
                        if let (Some(step), Some(shown)) = (report.steps.last_mut(), shown) {
                            step.words = escaped(&format!("{} {shown}", step.words));
                        }
                        told
                    })?;
                encryption::told(report, &seen, &access.roots, now());
            }
        }
    }
    if let Some(note) = access.target.plain_text_note() {
        report.good(StepName::Encryption, note);
    }
    let session = access
        .session()
        .await
        .map_err(|fault| tell(report, step_of(&fault), &fault))?;
    report.good(
        StepName::Login,
        format!(
            "{} is let in to {} ({})",
            access.target.user(),
            access.target.database(),
            access.login.words()
        ),
    );
    Ok(session)
}

fn tell(report: &mut Report, step: StepName, fault: &Fault) -> Told {
    report.failed(step, fault);
    Told
}

/// The step that a fault on the whole way belongs to.
fn step_of(fault: &Fault) -> StepName {
    match fault {
        Fault::CannotResolve { .. } => StepName::Name,
        Fault::Unreachable { .. } => StepName::Network,
        Fault::TlsRefused { .. }
        | Fault::UntrustedRoot { .. }
        | Fault::WrongName { .. }
        | Fault::CertificateExpired { .. }
        | Fault::CertificateNotYetValid { .. }
        | Fault::TlsFailed { .. } => StepName::Encryption,
        _ => StepName::Login,
    }
}

fn name_words(host: &str, addresses: &[SocketAddr]) -> String {
    let shown: Vec<String> = addresses
        .iter()
        .map(|address| address.ip().to_string())
        .collect();
    if shown.iter().any(|address| address == host) {
        return format!("{host} is an address");
    }
    format!("{host} is {}", shown.join(", "))
}

async fn inside(
    session: &Session,
    access: &Access,
    report: &mut Report,
    now: &impl Fn() -> Timestamp,
) {
    let start = Position::default();
    let mut is_older = false;
    match session.pull(&start, &PageAfter::first(&start), 1).await {
        Ok(page) if page.schema_version > SCHEMA_VERSION => report.add(
            StepName::Schema,
            if page.may_push().is_ok() { Verdict::Notice } else { Verdict::Failed },
            format!(
                "the fleet table is there, with a newer schema ({}) than this program knows ({SCHEMA_VERSION}); it takes changes from protocol {} on, this program has {CLIENT_VERSION}",
                page.schema_version, page.min_client
            ),
            Some("Update Fleetdesk on this computer."),
        ),
        Ok(page) if page.schema_version < SCHEMA_VERSION => {
            is_older = true;
            report.older(page.schema_version);
        }
        Ok(page) => table::told(
            report,
            table::look(session).await,
            &format!("the fleet table is there: schema {}, revision {}", page.schema_version, page.head),
        ),
        // Which right is missing is the next step's finding.
        Err(Fault::NoRight { .. }) => {}
        Err(fault) => {
            report.failed(StepName::Schema, &fault);
            return;
        }
    }
    match rights::look(session).await {
        Ok(found) => rights::told(report, &found, access.target.user(), is_older),
        Err(fault) => report.failed(StepName::Rights, &fault),
    }
    clock(session, report, now).await;
}

async fn clock(session: &Session, report: &mut Report, now: &impl Fn() -> Timestamp) {
    let asked = now();
    match session.server_time().await {
        Ok(server) => {
            // The server looked at its clock somewhere between question and answer.
            let middle = asked + asked.duration_until(now()) / 2;
            let ahead = server.duration_until(middle);
            let words = clock_words(ahead);
            if ahead.abs() < CLOCK_OFF {
                report.good(StepName::Clock, words);
            } else {
                report.add(
                    StepName::Clock,
                    Verdict::Notice,
                    words,
                    Some("Set this computer's clock, best by switching on automatic time. Nothing in the fleet depends on it, but tokens of RDS and times on this bench's timelines do."),
                );
            }
        }
        Err(fault) => report.failed(StepName::Clock, &fault),
    }
}

fn clock_words(ahead: SignedDuration) -> String {
    let seconds = ahead.as_secs().unsigned_abs();
    let side = if ahead.is_negative() {
        "behind"
    } else {
        "ahead of"
    };
    match seconds {
        0 => "this computer's clock agrees with the server's".to_owned(),
        1..=119 => format!("this computer's clock is {seconds} s {side} the server's"),
        120..=7199 => format!(
            "this computer's clock is {} min {side} the server's",
            (seconds + 30) / 60
        ),
        _ => format!(
            "this computer's clock is {} h {side} the server's",
            (seconds + 1800) / 3600
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clock_that_is_off_is_told_in_the_unit_that_fits() {
        for (seconds, words) in [
            (0, "this computer's clock agrees with the server's"),
            (-5, "this computer's clock is 5 s behind the server's"),
            (600, "this computer's clock is 10 min ahead of the server's"),
            (
                86_400,
                "this computer's clock is 24 h ahead of the server's",
            ),
        ] {
            assert_eq!(clock_words(SignedDuration::from_secs(seconds)), words);
        }
    }
}
