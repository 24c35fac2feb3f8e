//! The account's SIMs, page by page, and the SIM that carries a reference of ours.
//!
//! The service lists what was changed within a window of at most a year, oldest change first, by page number. A SIM that is
//! changed while its pages are read moves, so that one may be missed: whoever needs certainty asks for that SIM by itself.

use super::wire::DevicePage;
use super::{Account, PAGE_SIZE, dates};
use crate::carrier::UnitPage;
use crate::failure::CallFailure;
use jiff::{SignedDuration, Timestamp};
use uuid::Uuid;

/// How far back the service lets us look; a day less than its year, for clocks that differ.
const WINDOW: SignedDuration = SignedDuration::from_hours(364 * 24);

/// Which page of which window.
struct Cursor {
    since: String,
    page: u32,
}

impl Cursor {
    fn first() -> Self {
        let since = Timestamp::now()
            .checked_sub(WINDOW)
            .unwrap_or(Timestamp::UNIX_EPOCH);
        Self {
            since: dates::asked(since),
            page: 1,
        }
    }

    fn parse(text: &str) -> Option<Self> {
        let (page, since) = text.split_once('@')?;
        Some(Self {
            since: since.to_owned(),
            page: page.parse().ok()?,
        })
    }

    fn next(&self) -> String {
        format!("{}@{}", self.page + 1, self.since)
    }
}

impl Account {
    pub(crate) async fn list(&self, cursor: Option<&str>) -> Result<UnitPage, CallFailure> {
        let cursor = match cursor {
            None => Cursor::first(),
            Some(text) => Cursor::parse(text).ok_or_else(|| CallFailure::Malformed {
                why: "the cursor is not one of ours".to_owned(),
            })?,
        };
        let page = self.page(&cursor, None).await?;
        let more = !page.last_page && !page.devices.is_empty();
        Ok(UnitPage {
            units: page
                .devices
                .iter()
                .map(super::wire::Device::carrier_unit)
                .collect(),
            next: more.then(|| cursor.next()),
        })
    }

    /// The SIM whose custom field carries a reference.
    pub(super) async fn iccid_of(&self, reference: Uuid) -> Result<Option<String>, CallFailure> {
        let page = self.page(&Cursor::first(), Some(reference)).await?;
        Ok(page.devices.into_iter().next().map(|device| device.iccid))
    }

    async fn page(
        &self,
        cursor: &Cursor,
        reference: Option<Uuid>,
    ) -> Result<DevicePage, CallFailure> {
        let text = |name: &str, value: String| (name.to_owned(), value);
        let mut query = vec![
            text("modifiedSince", cursor.since.clone()),
            text("pageSize", PAGE_SIZE.to_string()),
            text("pageNumber", cursor.page.to_string()),
        ];
        query.extend(reference.map(|reference| text("accountCustom1", reference.to_string())));
        self.line.ask("/devices", &query).await
    }
}
