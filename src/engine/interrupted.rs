//! Jobs that earlier runs left open: found, taken up again, or put away.

use super::context::Context;
use super::options::Account;
use crate::inventory::InventoryError;
use fleet::fault::UnitCondition;
use fleet::job::{CodesGiven, JobState, condition_of, state_of};
use fleet::journal::{JobEvent, JobId};
use fleet::profile::Access;
use fleet::registration::RegistrationIntent;
use fleet::{Fault, Profile, UnitId};

/// A job that has not ended.
pub(super) struct OpenJob {
    pub job: JobId,
    pub unit: UnitId,
    pub profile: String,
    pub profile_sha256: String,
    /// Name and version of the template it was last begun with.
    pub template: Option<(String, u32)>,
    /// What it wanted registered.
    pub registration: Option<RegistrationIntent>,
    pub events: Vec<(JobEvent, jiff::Timestamp)>,
    pub state: JobState,
    /// What the unit holds, as far as the journal tells.
    pub condition: UnitCondition,
}

impl OpenJob {
    /// Whether the unit is proved and the rest is between program and carrier.
    pub fn past_proof(&self) -> bool {
        self.state.goes_on_without_unit()
    }

    /// Whether it stands still only because another bench had the unit or its SIM: that bench may be done by now.
    pub fn waits_for_another_bench(&self) -> bool {
        let last = self.events.iter().rev().find_map(|(event, _)| match event {
            JobEvent::NeedsPerson { fault, .. } => Some(fault.clone()),
            _ => None,
        });
        self.state == JobState::NeedsPerson && matches!(last, Some(Fault::ClaimedElsewhere { .. }))
    }

    /// Whether a request to register may have left.
    pub fn carrier_was_asked(&self) -> bool {
        self.events
            .iter()
            .any(|(event, _)| matches!(event, JobEvent::RegistrationIntended { .. }))
    }
}

impl Context {
    /// Every job that has not ended and whose journal is whole. One with a broken journal is told and left for a person.
    pub async fn open_jobs(&self) -> Result<Vec<OpenJob>, Fault> {
        let rows = self
            .inventory
            .open_jobs()
            .await
            .map_err(|error| Fault::InventoryFailed {
                detail: error.to_string(),
            })?;
        let mut jobs = Vec::new();
        for row in rows {
            if let Err(bad) = &row.chain {
                tracing::error!(job = %row.row.job, unit = %row.row.unit, %bad, "the journal of a job is not what was written");
                self.toast(
                    format!(
                        "The journal of unit ...{} was changed from outside: {bad}",
                        row.row.unit.last_four()
                    ),
                    true,
                );
                continue;
            }
            let events: Vec<_> = row
                .events
                .into_iter()
                .map(|stored| (stored.event, stored.wall))
                .collect();
            let state = state_of(events.iter().map(|(event, _)| event));
            if state.as_str() != row.row.state {
                tracing::warn!(job = %row.row.job, kept = %row.row.state, folded = state.as_str(), "the journal's own state counts");
            }
            let (template, registration) = events
                .iter()
                .rev()
                .find_map(|(event, _)| match event {
                    JobEvent::Opened {
                        template,
                        template_version,
                        registration,
                        ..
                    } => Some((
                        Some((template.clone(), *template_version)),
                        registration.clone(),
                    )),
                    _ => None,
                })
                .unwrap_or_default();
            jobs.push(OpenJob {
                job: row.row.job,
                unit: row.row.unit,
                profile: row.row.profile_id,
                profile_sha256: row.row.profile_sha256,
                template,
                registration,
                state,
                condition: condition_of(events.iter().map(|(event, _)| event)),
                events,
            });
        }
        Ok(jobs)
    }

    /// The open job of a unit.
    pub async fn open_job_of(&self, id: &UnitId) -> Result<Option<OpenJob>, Fault> {
        Ok(self
            .open_jobs()
            .await?
            .into_iter()
            .find(|job| job.unit == *id))
    }

    /// Service codes that jobs of this unit gave it, all but `this_job`; nothing is looked up for families without any.
    pub async fn codes_given(
        &self,
        id: &UnitId,
        profile: &Profile,
        this_job: Option<JobId>,
    ) -> Result<CodesGiven, Fault> {
        if !matches!(profile.access, Access::ServiceCode { .. }) {
            return Ok(CodesGiven::default());
        }
        let failed = |error: InventoryError| Fault::InventoryFailed {
            detail: error.to_string(),
        };
        let jobs = self.inventory.jobs_of(id.clone()).await.map_err(failed)?;
        let mut earlier = Vec::new();
        for row in jobs.iter().rev().filter(|row| Some(row.job) != this_job) {
            earlier.push(self.inventory.events(row.job).await.map_err(failed)?.events);
        }
        Ok(CodesGiven::by(
            earlier
                .iter()
                .map(|job| job.iter().map(|stored| &stored.event)),
        ))
    }

    /// Whether a job of this unit was cut off while the unit was being worked on.
    pub async fn was_interrupted(&self, id: &UnitId) -> bool {
        self.open_job_of(id)
            .await
            .ok()
            .flatten()
            .is_some_and(|job| !job.past_proof() && job.state != JobState::NeedsPerson)
    }

    /// Ends a job that will not be gone on with; what it did stays in the journal.
    pub async fn put_away(&self, open: &OpenJob, why: &str) -> Result<(), Fault> {
        let event = JobEvent::Cancelled {
            by: format!("{}: {why}", self.bench),
            condition: open.condition,
        };
        self.inventory
            .append(
                open.job,
                vec![event],
                JobState::Cancelled.as_str(),
                self.now(),
            )
            .await
            .map(|_| ())
            .map_err(|error| Fault::InventoryFailed {
                detail: error.to_string(),
            })
    }

    /// An intent that was made without an account gets the one that is now there; one that was sent keeps its reference.
    pub fn complete(
        &self,
        mut intent: RegistrationIntent,
        account: &Account,
    ) -> RegistrationIntent {
        if intent.account.is_empty() {
            intent.account.clone_from(&account.account);
            intent.plan_code.clone_from(&account.plan_code);
            intent.service_zip.clone_from(&account.service_zip);
            intent.client_reference = RegistrationIntent::client_reference(
                &account.kind,
                &account.account,
                &intent.unit,
                intent.iccid.as_ref(),
                intent.generation,
            );
        }
        intent
    }
}
