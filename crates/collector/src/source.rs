//! Where reports come from: a carrier's feed, behind the few questions that a run has.

use carrier::{
    AccountSettings, CallFailure, Carrier, CarrierKind, Identifier, ReportFeed, ReportPage,
};
use fleet::ids::{Imei, Meid};
use fleet::registration::{CarrierUnit, LookUp};
use fleet_db::reports::NamedDevice;
use std::collections::BTreeSet;

/// Up to so many devices are asked about one by one: that costs no more calls than a list of a few thousand units.
const ONE_BY_ONE: usize = 10;
/// Pages of units that are read at most; a fleet of 40,000.
const MOST_UNIT_PAGES: usize = 200;

/// A feed of reports.
pub trait ReportSource {
    /// Short name of the carrier, part of a device's key in the database.
    fn carrier(&self) -> &str;

    /// The page after a cursor; `None` is the oldest that is kept.
    fn page(
        &self,
        since: Option<&str>,
        limit: u32,
    ) -> impl Future<Output = Result<ReportPage, CallFailure>>;

    /// Calls that are left of the account's day, where the carrier told.
    fn calls_left(&self) -> Option<u32>;

    /// Asks who these devices are, as long as `may_ask` says so before each call, and adds to `found` what is told of them and of others.
    fn devices(
        &self,
        wanted: &[String],
        may_ask: &impl Fn() -> bool,
        found: &mut Vec<NamedDevice>,
    ) -> impl Future<Output = Result<(), CallFailure>>;
}

/// An account whose reports are read.
pub struct AccountSource {
    feed: ReportFeed,
    account: Carrier,
    name: &'static str,
}

impl AccountSource {
    /// Prepares an account. Nothing is sent.
    ///
    /// # Errors
    /// In words: when the account's settings break a rule, or this carrier has no feed of reports.
    pub fn new(settings: AccountSettings) -> Result<Self, String> {
        let name = match settings.carrier {
            CarrierKind::Sprint => "sprint",
            CarrierKind::ControlCenter => "control-center",
        };
        let account = Carrier::new(settings.clone()).map_err(|error| error.to_string())?;
        let feed = ReportFeed::new(settings).map_err(|error| error.to_string())?;
        Ok(Self {
            feed,
            account,
            name,
        })
    }

    /// The account itself, for a check.
    #[must_use]
    pub fn account(&self) -> &Carrier {
        &self.account
    }
}

impl ReportSource for AccountSource {
    fn carrier(&self) -> &str {
        self.name
    }

    async fn page(&self, since: Option<&str>, limit: u32) -> Result<ReportPage, CallFailure> {
        self.feed.list(since, limit, None).await
    }

    fn calls_left(&self) -> Option<u32> {
        // Each of the two knows what its own last answer told, and only the smaller number can still be true.
        let told = [self.feed.budget(), self.account.budget()];
        told.into_iter()
            .flatten()
            .map(|budget| budget.remaining)
            .min()
    }

    async fn devices(
        &self,
        wanted: &[String],
        may_ask: &impl Fn() -> bool,
        found: &mut Vec<NamedDevice>,
    ) -> Result<(), CallFailure> {
        if wanted.len() <= ONE_BY_ONE {
            for unit in wanted.iter().take_while(|_| may_ask()) {
                match self.account.find(&Identifier::RemoteId(unit.clone())).await {
                    LookUp::Found { unit } => found.push(named(unit)),
                    LookUp::NotFound => {}
                    LookUp::Failed { why, .. } => return Err(CallFailure::NoAnswer { why }),
                }
            }
            return Ok(());
        }
        let mut missing: BTreeSet<&str> = wanted.iter().map(String::as_str).collect();
        let mut next: Option<String> = None;
        for _ in 0..MOST_UNIT_PAGES {
            if !may_ask() {
                break;
            }
            let page = self.account.list(next.as_deref()).await?;
            for unit in page.units {
                missing.remove(unit.remote_id.as_str());
                found.push(named(unit));
            }
            next = page.next;
            if next.is_none() || missing.is_empty() {
                break;
            }
        }
        Ok(())
    }
}

fn named(unit: CarrierUnit) -> NamedDevice {
    let id = unit.device_id.as_deref().unwrap_or_default();
    let imei = Imei::parse(id).ok().map(|imei| imei.as_str().to_owned());
    let meid = Meid::parse(id).ok().map(|meid| meid.as_str().to_owned());
    NamedDevice {
        carrier_unit: unit.remote_id,
        meid: meid.filter(|_| imei.is_none()),
        imei,
        mdn: unit.mdn.map(|mdn| mdn.as_str().to_owned()),
    }
}
