//! What the inventory is told: the unit's row, a line of its timeline and the events that make them true, in one transaction.

use super::image::to_blob;
use super::machine::Job;
use super::phase::AfterClosing;
use super::{Effect, Now, Progress, Record};
use crate::fault::{Fault, Mismatch, UnitCondition};
use crate::journal::{JobEvent, Verdict};
use crate::plan::settings_shown;
use crate::reading::Reading;
use crate::registration::{CarrierUnit, RegistrationState};
use crate::setting::SettingKey;
use crate::unit::{Unit, UnitEvent, UnitEventKind, UnitState};
use uuid::Uuid;

impl Job {
    /// The unit is proved (or was accepted as a whole): its row says so before anybody else is told.
    pub(super) fn record_proof(&mut self, reading: &Reading, unproved: Vec<SettingKey>, now: Now) {
        let Some(identity) = self.bench.identity.clone() else {
            return;
        };
        let (image_sha256, bytes) = to_blob(reading);
        self.out.push(Effect::KeepBlob {
            sha256: image_sha256.clone(),
            bytes,
        });
        let settings = settings_shown(&self.setup.profile, &identity, reading);
        let event = JobEvent::Verified {
            image_sha256,
            settings,
            unproved: unproved.clone(),
        };
        self.history.apply(&event, Some(now.wall));
        let Some(proved) = self.history.bench.proved.clone() else {
            return;
        };
        let (kind, state, title, detail) = match proved.verdict {
            Verdict::AlreadySet => (
                UnitEventKind::Verified,
                UnitState::Verified,
                "Already set",
                "Every value was read and is right".to_owned(),
            ),
            Verdict::NotVerified => (
                UnitEventKind::Changed,
                UnitState::NotVerified,
                "Not verified",
                format!(
                    "Written, cannot be shown again: {}",
                    self.labels(&unproved).join(", ")
                ),
            ),
            _ => (
                UnitEventKind::Verified,
                UnitState::Verified,
                "Verified",
                format!(
                    "{} read back after the restart{}",
                    crate::wording::counted(proved.changes as u64, "change", "changes"),
                    self.also_changed()
                ),
            ),
        };
        let mut unit = self.row(state, now);
        if let Some(carrier) = &self.history.registration.registered {
            unit.mdn.clone_from(&carrier.mdn);
            unit.carrier_id = Some(carrier.remote_id.clone()).filter(|id| !id.is_empty());
            unit.plan_code = self.intent().map(|intent| intent.plan_code.clone());
        }
        unit.settings = proved.settings;
        unit.provisioned_at = Some(now.wall);
        if let Some(opened) = &self.history.opened {
            unit.template = Some(opened.template.clone());
            unit.template_version = Some(opened.template_version);
        }
        self.record(
            unit,
            entry(now, kind, title, detail, BENCH),
            vec![event],
            now,
        );
        self.show(Progress::Proved(proved.verdict));
        self.close(AfterClosing::Register, now);
    }

    fn also_changed(&self) -> String {
        const MOST_NAMES: usize = 10;
        let places = &self.bench.also_changed;
        let names: Vec<&str> = places.iter().take(MOST_NAMES).map(String::as_str).collect();
        match places.len() {
            0 => String::new(),
            count if count > MOST_NAMES => format!(
                "; {count} parameters without a setting differ as well, among them {}",
                names.join(", ")
            ),
            _ => format!(
                "; without a setting, and different as well: {}",
                names.join(", ")
            ),
        }
    }

    /// The unit as it was read, where it still holds that: for a job that a person stopped, which records nothing else.
    #[must_use]
    pub fn as_read(&self, now: Now) -> Option<Unit> {
        let (identity, image) = (self.bench.identity.as_ref()?, self.bench.image.as_ref()?);
        let holds_it = matches!(
            self.condition(),
            UnitCondition::Untouched | UnitCondition::PutBack
        );
        holds_it.then(|| Unit {
            settings: settings_shown(&self.setup.profile, identity, image),
            registration: None,
            ..self.row(UnitState::Known, now)
        })
    }

    /// The unit stops here, for now or for good.
    pub(super) fn record_stop(
        &mut self,
        event: JobEvent,
        fault: &Fault,
        kind: UnitEventKind,
        state: UnitState,
        now: Now,
    ) {
        self.history.apply(&event, Some(now.wall));
        let mut unit = self.row(state, now);
        if let (Some(identity), Some(image)) = (&self.bench.identity, &self.bench.image)
            && matches!(
                self.condition(),
                UnitCondition::Untouched | UnitCondition::PutBack
            )
        {
            unit.settings = settings_shown(&self.setup.profile, identity, image);
        }
        let title = if kind == UnitEventKind::Person {
            "Needs a person"
        } else {
            "Stopped"
        };
        let advice = crate::fault::advice(fault, self.condition(), BENCH);
        let detail = format!("{} {}", advice.lines().join(" "), mismatches(fault));
        let detail = detail.trim().to_owned();
        self.record(
            unit,
            entry(now, kind, title, detail, BENCH),
            vec![event],
            now,
        );
    }

    /// The carrier's word about a proved unit.
    pub(super) fn record_registration(
        &mut self,
        carrier: Option<&CarrierUnit>,
        title: &str,
        detail: String,
        events: Vec<JobEvent>,
        now: Now,
    ) {
        for event in &events {
            self.history.apply(event, Some(now.wall));
        }
        let proved = self.history.bench.proved.clone();
        let state = match proved.as_ref().map(|proved| proved.verdict) {
            Some(Verdict::NotVerified) => UnitState::NotVerified,
            Some(_) => UnitState::Verified,
            None => UnitState::Known,
        };
        let mut unit = self.row(state, now);
        if let Some(proved) = proved {
            unit.settings = proved.settings;
        }
        if let Some(opened) = &self.history.opened {
            unit.template = Some(opened.template.clone());
            unit.template_version = Some(opened.template_version);
        }
        if let Some(carrier) = carrier {
            unit.mdn.clone_from(&carrier.mdn);
            unit.carrier_id = Some(carrier.remote_id.clone()).filter(|id| !id.is_empty());
        }
        if self.registration_state() != RegistrationState::Refused {
            unit.plan_code = self.intent().map(|intent| intent.plan_code.clone());
        }
        let entry = entry(now, UnitEventKind::Carrier, title, detail, "carrier");
        self.record(unit, entry, events, now);
    }

    /// `events` are already in the fold; they and the record's own event are stored together with the row.
    fn record(&mut self, unit: Unit, entry: UnitEvent, mut events: Vec<JobEvent>, now: Now) {
        let recorded = JobEvent::Recorded {
            operation: self.next_operation(),
        };
        self.history.apply(&recorded, Some(now.wall));
        // Before the last word, so that a journal that ends with `done` has everything.
        let last = events
            .iter()
            .position(|event| matches!(event, JobEvent::Done { .. } | JobEvent::Failed { .. }));
        events.insert(last.unwrap_or(events.len()), recorded);
        self.out.push(Effect::Record(Box::new(Record {
            unit,
            entry,
            events,
        })));
    }

    /// The same journal gives the same number, so an operation cannot double.
    fn next_operation(&self) -> Uuid {
        let name = match self.history.recorded {
            0 => "record".to_owned(),
            more => format!("record/{more}"),
        };
        Uuid::new_v5(&self.setup.job.0, name.as_bytes())
    }

    fn row(&self, state: UnitState, now: Now) -> Unit {
        let opened = self.history.opened.as_ref().map(|opened| &opened.identity);
        let identity = self.bench.identity.as_ref().or(opened);
        let id = identity.map_or_else(
            || crate::ids::UnitId::Hardware(String::new()),
            |identity| identity.id.clone(),
        );
        let mut unit = Unit::new(id, now.wall);
        if let Some(identity) = identity {
            unit.model = Some(identity.model.clone());
            unit.firmware.clone_from(&identity.firmware);
            unit.serial_number.clone_from(&identity.serial_number);
            unit.profile = Some(identity.profile.clone());
            unit.iccid.clone_from(&identity.iccid);
        }
        unit.state = state;
        unit.registration = match self.registration_state() {
            RegistrationState::Skipped if self.intent().is_some() => None,
            other => Some(other),
        };
        unit
    }
}

const BENCH: &str = "bench";

fn entry(now: Now, kind: UnitEventKind, title: &str, detail: String, by: &str) -> UnitEvent {
    UnitEvent {
        at: now.wall,
        kind,
        title: title.to_owned(),
        detail,
        by: by.to_owned(),
    }
}

/// Which settings, for the faults that name some.
fn mismatches(fault: &Fault) -> String {
    let (Fault::DidNotStay { settings } | Fault::ChangedByItself { settings }) = fault else {
        return String::new();
    };
    let line = |each: &Mismatch| {
        let found = each.found.as_deref().unwrap_or("nothing");
        format!("{}: expected {}, found {found}", each.what, each.expected)
    };
    settings.iter().map(line).collect::<Vec<_>>().join("; ")
}
