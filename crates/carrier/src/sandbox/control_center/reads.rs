//! Answers questions to the pretend Control Center.

use super::super::answer::Answer;
use super::super::ledger::LedgerLine;
use super::super::switches::Switches;
use super::sims::{Sim, Sims, date};
use super::{Resource, error};
use crate::sprint::signature::Parameter;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

const LARGEST_PAGE: usize = 50;
const YEAR: SignedDuration = SignedDuration::from_hours(365 * 24);

/// One question, with all that answers it.
pub(in super::super) struct Question<'a> {
    pub(in super::super) sims: &'a Sims,
    pub(in super::super) query: &'a [Parameter],
    pub(in super::super) switches: &'a Switches,
    pub(in super::super) now: Timestamp,
}

impl Question<'_> {
    /// The answer, and the ledger line of a look-up.
    pub(in super::super) fn answer(&self, resource: Resource<'_>) -> (Answer, Option<LedgerLine>) {
        let answer = match resource {
            Resource::Echo(text) => Answer::new(200, json!({"context": text})),
            Resource::Devices => self.devices().unwrap_or_else(|refusal| refusal),
            Resource::Device(iccid) => return self.device(iccid),
            Resource::Session(iccid) => self.of_sim(iccid, |sim| {
                json!({"iccid": sim.iccid, "ipAddress": null, "ipv6Address": null, "dateSessionStarted": date(sim.updated_at),
                    "dateSessionEnded": date(sim.updated_at), "apn": "gps.example"})
            }),
            Resource::Audit(iccid) => match self.page() {
                Ok((size, number)) => self.of_sim(iccid, |sim| {
                    let page: Vec<&Value> = sim.audit.iter().skip(size * (number - 1)).take(size).collect();
                    json!({"pageNumber": number, "deviceAuditTrails": page, "lastPage": sim.audit.len() <= size * number})
                }),
                Err(refusal) => refusal,
            },
            // Nothing here moves, and the network's positions are no unit's reports.
            Resource::Locations(iccid) => self.of_sim(iccid, |_| json!({"pageNumber": 1, "locationHistory": [], "lastPage": true})),
            Resource::Messages => self.messages().unwrap_or_else(|refusal| refusal),
            Resource::Message(id) => self.sims.message(id, self.switches, self.now),
            Resource::DeviceMessages(_) => error(404, "Resource not found", None),
        };
        (answer, None)
    }

    fn parameter(&self, name: &str) -> Option<&str> {
        self.query
            .iter()
            .find(|(each, _)| each == name)
            .map(|(_, value)| value.as_str())
    }

    fn of_sim(&self, iccid: &str, show: impl FnOnce(&Sim) -> Value) -> Answer {
        match self.sims.shown(iccid, self.switches, self.now) {
            Some(sim) => Answer::new(200, show(&sim)),
            None => error(404, "Resource not found", None),
        }
    }

    fn device(&self, iccid: &str) -> (Answer, Option<LedgerLine>) {
        let answer = self.of_sim(iccid, Sim::details);
        let line = LedgerLine::LookedUp {
            at: self.now,
            by: "iccid".to_owned(),
            value: iccid.to_owned(),
            found: answer.status == 200,
        };
        (answer, Some(line))
    }

    fn devices(&self) -> Result<Answer, Answer> {
        let since = self
            .parameter("modifiedSince")
            .ok_or_else(|| error(400, "ModifiedSince is required", Some("10000003")))?;
        let since = moment(since)?;
        if since > self.now + SignedDuration::from_mins(1) {
            return Err(error(
                400,
                "ModifiedSince cannot be a future date",
                Some("10002119"),
            ));
        }
        if self.now.duration_since(since) > YEAR {
            return Err(error(
                400,
                "ModifiedSince cannot be more than one year old",
                Some("10000045"),
            ));
        }
        let till = self
            .parameter("modifiedTill")
            .map(moment)
            .transpose()?
            .unwrap_or(Timestamp::MAX);
        let (size, number) = self.page()?;
        let (status, custom) = (self.parameter("status"), self.parameter("accountCustom1"));
        let mut wanted = self
            .sims
            .by_change()
            .filter(|sim| (since..=till).contains(&sim.updated_at))
            .filter(|sim| status.is_none_or(|status| sim.status == status))
            .filter(|sim| custom.is_none_or(|custom| sim.named("accountCustom1") == Some(custom)))
            .skip(size * (number - 1));
        let devices: Vec<Value> = wanted.by_ref().take(size).map(Sim::summary).collect();
        let last_page = wanted.next().is_none();
        Ok(Answer::new(
            200,
            json!({"pageNumber": number, "devices": devices, "lastPage": last_page}),
        ))
    }

    fn messages(&self) -> Result<Answer, Answer> {
        let from = self
            .parameter("fromDate")
            .ok_or_else(|| error(400, "FromDate is required", Some("10000003")))?;
        let window = (
            moment(from)?,
            self.parameter("toDate")
                .map(moment)
                .transpose()?
                .unwrap_or(Timestamp::MAX),
        );
        let (size, number) = self.page()?;
        let numbers = self.sims.message_numbers(
            self.parameter("iccid"),
            self.parameter("msgType"),
            window,
            self.switches,
            self.now,
        );
        let page: Vec<&u64> = numbers
            .iter()
            .skip(size * (number - 1))
            .take(size)
            .collect();
        Ok(Answer::new(
            200,
            json!({"pageNumber": number, "smsMsgIds": page, "lastPage": numbers.len() <= size * number}),
        ))
    }

    fn page(&self) -> Result<(usize, usize), Answer> {
        let number = |name: &str, usual: usize| match self.parameter(name).map(str::parse::<usize>)
        {
            None => Ok(usual),
            Some(Ok(value)) if value >= 1 => Ok(value),
            Some(_) => Err(error(400, &format!("{name} is wrong"), Some("10000003"))),
        };
        let size = number("pageSize", LARGEST_PAGE)?;
        if size > LARGEST_PAGE {
            return Err(error(400, "pageSize is at most 50", Some("10000003")));
        }
        Ok((size, number("pageNumber", 1)?))
    }
}

fn moment(text: &str) -> Result<Timestamp, Answer> {
    text.parse()
        .map_err(|_| error(400, "A date is wrong", Some("10000003")))
}
