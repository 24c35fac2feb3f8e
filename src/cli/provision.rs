//! `fleetdesk provision`: the bench without a window.

use super::args::{Global, ProvisionArgs};
use super::bench;
use super::exit::ExitStatus;
use super::output::{Output, message};
use crate::engine::{
    Approval, Engine, EngineOptions, Event, GivenJob, Lane, LaneState, Lanes, Question, Slot,
    UnitEnded,
};
use crate::start::{Machine, StartError};
use fleet::job::Ending;
use fleet::journal::{Decision, Verdict};
use fleet::profile::ProfileRegistry;
use fleet::registration::RegistrationState;
use fleet::wording::{counted, units};
use fleet::{Template, UnitId};
use serde_json::json;
use std::collections::{BTreeMap, BTreeSet};
use std::io::IsTerminal as _;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

pub(super) fn run(
    global: &Global,
    args: &ProvisionArgs,
    output: Output,
) -> Result<ExitStatus, StartError> {
    let machine = Machine::look(global)?;
    for broken in machine.registry.broken() {
        output.problem(&format!(
            "Note: the profile {} is broken and left out; 'fleetdesk profiles check' says why.",
            broken.source
        ));
    }
    let template = Arc::new(template(&args.template, &machine.registry)?);
    let unit_secrets = bench::unit_secrets(&args.talk)?;
    let labels = bench::labels(&args.talk)?;
    let given: std::collections::BTreeSet<&String> = args.port.iter().collect();
    if given.len() < args.port.len() {
        return Err(StartError::Usage("a port is named twice".into()));
    }
    let account = if args.no_register {
        None
    } else {
        machine.account(global)?
    };
    let fleet_db = machine.fleet_db_if_any(global)?;
    let (inventory, opened) = machine.inventory()?;
    for note in crate::start::notes(&opened) {
        output.problem(&note);
    }
    let approval = match (
        args.yes,
        std::io::stdin().is_terminal() && std::io::stderr().is_terminal(),
    ) {
        (true, _) => Approval::Given("--yes".into()),
        (false, true) => Approval::Ask,
        (false, false) => Approval::Nobody,
    };
    let options = EngineOptions {
        inventory,
        registry: machine.registry,
        ports: bench::ports(&args.port, &args.talk),
        lanes: Lanes::Given(args.port.clone()),
        account,
        fleet_db,
        bench: machine.preferences.bench,
        office: machine.preferences.office,
        unit_secrets,
        template_secrets: Arc::default(),
        labels,
        approval,
        follow_for: Some(Duration::from_secs(args.carrier_wait)),
        line_mode: false,
        pushes: crate::engine::PushScope::Nothing,
        message_wait: Duration::from_secs(600),
        support: None,
        job: Some(GivenJob {
            template,
            register: !args.no_register,
            new_code: args.new_code,
        }),
    };
    let totals = work(options, args.port.len(), output);
    Ok(totals.finish(output, None))
}

/// Reads and checks a template file before anything is touched.
pub(super) fn template(path: &Path, registry: &ProfileRegistry) -> Result<Template, StartError> {
    let unusable = |what: String| {
        StartError::failed(
            what,
            "Nothing was done; no unit was touched.",
            "Correct the template file and start again.",
            "P-420",
        )
    };
    let text = std::fs::read_to_string(path).map_err(|error| {
        unusable(format!(
            "The template {} cannot be read: {error}.",
            path.display()
        ))
    })?;
    let mut template = Template::from_toml(&text).map_err(|problems| {
        let list = problems
            .iter()
            .map(ToString::to_string)
            .collect::<Vec<_>>()
            .join("; ");
        unusable(format!(
            "The template {} has mistakes: {list}.",
            path.display()
        ))
    })?;
    let unknown = template.unknown_keys(|key| registry.known_setting(key).is_some());
    if !unknown.is_empty() {
        let list = unknown
            .iter()
            .map(ToString::to_string)
            .collect::<Vec<_>>()
            .join(", ");
        return Err(unusable(format!(
            "The template {} has settings that no unit family knows: {list}.",
            path.display()
        )));
    }
    template.retype(|key| registry.known_setting(key).map(|(kind, _)| kind));
    Ok(template)
}

/// Runs the engine until each of `expected` lanes had its last word; prints as it goes.
pub(super) fn work(options: EngineOptions, expected: usize, output: Output) -> Totals {
    let begun = Instant::now();
    let sandbox = options
        .account
        .as_ref()
        .is_some_and(|account| account.sandbox);
    if sandbox {
        output.say(
            "Sandbox: a pretend carrier. Nothing here is billed, and no real unit is registered.",
        );
    }
    let (engine, events) = Engine::start(options, Box::new(|| {}));
    super::stopping::at_ctrl_c(engine.stopper(), output);
    let mut totals = Totals::new(sandbox, begun);
    let mut shown: BTreeMap<Slot, LaneState> = BTreeMap::new();
    let mut told = BTreeSet::new();
    let mut asked: BTreeMap<Slot, Question> = BTreeMap::new();
    while totals.units < expected {
        let Ok(event) = events.recv() else { break };
        match event {
            Event::LaneChanged(lane) => {
                show_lane(&lane, &mut shown, &mut told, output);
                ask(&lane, &mut asked, &engine, output);
            }
            Event::UnitEnded(ended) if ended.slot != Slot(0) => totals.take(&ended, output),
            Event::WaitedFor(words) => output.problem(&words),
            Event::Ended => break,
            _ => {}
        }
    }
    engine.quit();
    while events.recv().is_ok() {}
    engine.join();
    if totals.units < expected {
        output.problem(
            "Not all units were brought to their end. The journal says where each stands; give the command again with them plugged in.",
        );
        totals.status = totals.status.and(ExitStatus::Owed);
    }
    totals
}

/// The state words as they change; repeated counts are left out where output is data.
fn show_lane(
    lane: &Lane,
    shown: &mut BTreeMap<Slot, LaneState>,
    told: &mut BTreeSet<(String, String)>,
    output: Output,
) {
    if shown.get(&lane.slot) == Some(&lane.state) {
        return;
    }
    shown.insert(lane.slot, lane.state.clone());
    if let Some(unit) = lane
        .unit
        .as_ref()
        .filter(|_| lane.state == LaneState::Ready)
    {
        // What holds for a model is said once, not again for each unit of a box.
        for warning in &unit.warnings {
            if told.insert((unit.model.clone(), warning.clone())) {
                output.problem(&format!("{} {}: {warning}", lane.port, unit.model));
            }
        }
    }
    let unit = lane.unit.as_ref().map_or_else(String::new, |unit| {
        format!("{} ...{}", unit.model, unit.id.last_four())
    });
    if output.is_json() {
        output.json_line(&json!({ "type": "progress", "port": lane.port, "state": lane.state.word(), "unit": lane.unit.as_ref().map(|unit| unit.id.as_str()) }));
    } else {
        output.line(&format!(
            "{:<24} {unit:<20} {}",
            lane.port,
            lane.state.word()
        ));
    }
}

/// Asks the person at the terminal, where there is one.
fn ask(lane: &Lane, asked: &mut BTreeMap<Slot, Question>, engine: &Engine, output: Output) {
    let Some(Question::Approve { guarded }) = &lane.question else {
        return;
    };
    let question = Question::Approve {
        guarded: guarded.clone(),
    };
    if asked.get(&lane.slot) == Some(&question) {
        return;
    }
    output.problem(&format!(
        "\n{}: this changes {}. After this only a cable helps.",
        lane.port,
        guarded.join(", ")
    ));
    for change in &lane.changes {
        let before = change
            .change
            .before
            .as_ref()
            .map_or_else(|| "not read".into(), ToString::to_string);
        output.problem(&format!(
            "  {:<24} {before} -> {}",
            change.change.label, change.change.after
        ));
    }
    output.problem("Write these settings? Type yes or no:");
    asked.insert(lane.slot, question);
    let mut line = String::new();
    let _ = std::io::stdin().read_line(&mut line);
    let decision = if line.trim().eq_ignore_ascii_case("yes") {
        Decision::Approve
    } else {
        Decision::Refuse
    };
    engine.decide(lane.slot, decision);
}

/// Counts for the last line.
pub(super) struct Totals {
    begun: Instant,
    sandbox: bool,
    units: usize,
    verdicts: BTreeMap<&'static str, usize>,
    /// Active at the carrier.
    pub registered: usize,
    owed: usize,
    recorded: usize,
    status: ExitStatus,
}

impl Totals {
    fn new(sandbox: bool, begun: Instant) -> Self {
        Self {
            begun,
            sandbox,
            units: 0,
            verdicts: BTreeMap::new(),
            registered: 0,
            owed: 0,
            recorded: 0,
            status: ExitStatus::Done,
        }
    }

    fn take(&mut self, ended: &UnitEnded, output: Output) {
        let Ending {
            verdict,
            registration,
            changes,
            fault,
            ..
        } = &ended.ending;
        self.units += 1;
        *self.verdicts.entry(verdict.as_str()).or_default() += 1;
        self.registered += usize::from(matches!(registration, RegistrationState::Active));
        self.owed += usize::from(matches!(registration, RegistrationState::Owed));
        self.recorded += usize::from(ended.recorded);
        self.status = self
            .status
            .and(ExitStatus::of_unit(*verdict, *registration));
        if output.is_json() {
            let imei = match &ended.id {
                Some(UnitId::Imei(imei)) => Some(imei.as_str()),
                _ => None,
            };
            output.json_line(&json!({
                "type": "unit",
                "port": ended.port,
                "id": ended.id.as_ref().map(UnitId::as_str),
                "id_kind": ended.id.as_ref().map(|id| id.kind().to_string()),
                "imei": imei,
                "model": ended.model,
                "verdict": verdict.as_str(),
                "registration": registration_word(*registration),
                "changes": changes,
                "seconds": (ended.seconds * 1000.0).round() / 1000.0,
                "fault": fault.as_ref().map(fleet::Fault::code),
                "message": ended.advice.as_ref().map(message),
            }));
        } else {
            let id = ended
                .id
                .as_ref()
                .map_or_else(String::new, ToString::to_string);
            let word = verdict_word(*verdict);
            output.line(&format!(
                "{:<24} {id:<20} {word}, {}, registration {}, {:.1} s",
                ended.port,
                counted(*changes as u64, "change", "changes"),
                registration_word(*registration),
                ended.seconds
            ));
            if let Some(advice) = &ended.advice {
                output.advice(advice);
            }
        }
    }

    /// The last line, and how the command ends.
    pub fn finish(
        self,
        output: Output,
        extra: Option<serde_json::Map<String, serde_json::Value>>,
    ) -> ExitStatus {
        let count = |word: &str| self.verdicts.get(word).copied().unwrap_or(0);
        let seconds = (self.begun.elapsed().as_secs_f64() * 1000.0).round() / 1000.0;
        if output.is_json() {
            let mut summary = json!({
                "type": "summary",
                "units": self.units,
                "verified": count("verified"),
                "already_set": count("already_set"),
                "not_verified": count("not_verified"),
                "stopped": count("stopped"),
                "needs_person": count("needs_person"),
                "registered": self.registered,
                "owed": self.owed,
                "recorded": self.recorded,
                "seconds": seconds,
                "sandbox": self.sandbox,
            });
            if let (Some(object), Some(extra)) = (summary.as_object_mut(), extra) {
                object.extend(extra);
            }
            output.json_line(&summary);
        } else {
            output.line(&format!(
                "\n{} in {seconds:.1} s: {} verified, {} already set, {} not verified, {} for a person, {} stopped; {} registered, {} owed, {} in the inventory",
                units(self.units),
                count("verified"),
                count("already_set"),
                count("not_verified"),
                count("needs_person"),
                count("stopped"),
                self.registered,
                self.owed,
                self.recorded,
            ));
        }
        self.status
    }
}

fn verdict_word(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Verified => "Verified",
        Verdict::AlreadySet => "Already set",
        Verdict::NotVerified => "Not verified",
        Verdict::Stopped => "Stopped",
        Verdict::NeedsPerson => "Needs you",
    }
}

pub(super) fn registration_word(registration: RegistrationState) -> &'static str {
    match registration {
        RegistrationState::Active => "active",
        RegistrationState::Pending => "pending",
        RegistrationState::Owed => "owed",
        RegistrationState::Skipped => "skipped",
        RegistrationState::Refused => "refused",
        RegistrationState::Suspended => "suspended",
        RegistrationState::Ended => "ended",
    }
}
