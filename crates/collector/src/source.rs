//! Where reports come from: a carrier's feed, behind the few questions that a run has.

use carrier::{AccountSettings, CallFailure, Carrier, CarrierKind, ReportFeed, ReportPage};
use fleet::ids::{Imei, Meid};
use fleet_db::reports::NamedDevice;

/// Pages of units that are read to learn who devices are.
const MOST_UNIT_PAGES: usize = 20;

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

    /// Who the carrier's devices are, as far as it could be read.
    fn devices(&self) -> impl Future<Output = Result<Vec<NamedDevice>, CallFailure>>;
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
        self.feed.budget().map(|budget| budget.remaining)
    }

    async fn devices(&self) -> Result<Vec<NamedDevice>, CallFailure> {
        let (mut devices, mut next) = (Vec::new(), None);
        for _ in 0..MOST_UNIT_PAGES {
            let page = self.account.list(next.as_deref()).await?;
            for unit in page.units {
                let id = unit.device_id.as_deref().unwrap_or_default();
                let imei = Imei::parse(id).ok().map(|imei| imei.as_str().to_owned());
                let meid = Meid::parse(id).ok().map(|meid| meid.as_str().to_owned());
                devices.push(NamedDevice {
                    carrier_unit: unit.remote_id,
                    meid: meid.filter(|_| imei.is_none()),
                    imei,
                    mdn: unit.mdn.map(|mdn| mdn.as_str().to_owned()),
                });
            }
            next = page.next;
            if next.is_none() {
                break;
            }
        }
        Ok(devices)
    }
}
