//! The account's SIMs, page by page, and the SIM that carries a reference of ours.
//!
//! The service lists what was changed within a window of at most a year, oldest change first, by page number. A SIM that is
//! changed while its pages are read moves, so that one may be missed: whoever needs certainty asks for that SIM by itself.

use super::wire::{Device, DevicePage};
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
    fn first(since: Option<Timestamp>) -> Self {
        let now = Timestamp::now();
        let furthest = now.checked_sub(WINDOW).unwrap_or(Timestamp::UNIX_EPOCH);
        // Neither a future day nor one beyond the window is taken.
        let since = since.unwrap_or(furthest).clamp(furthest, now);
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
    pub(crate) async fn list(
        &self,
        since: Option<Timestamp>,
        cursor: Option<&str>,
    ) -> Result<UnitPage, CallFailure> {
        let cursor = match cursor {
            None => Cursor::first(since),
            Some(text) => Cursor::parse(text).ok_or_else(|| CallFailure::Malformed {
                why: "the cursor is not one of ours".to_owned(),
            })?,
        };
        let page = self.page(&cursor, None).await?;
        // Without a word about the last page, a page that is not full is the last one; a page of another number than asked for is
        // the last one again.
        let full = page.devices.len() >= usize::try_from(PAGE_SIZE).unwrap_or(usize::MAX);
        let this_one = page
            .page_number
            .is_none_or(|at| at == i64::from(cursor.page));
        let more =
            page.last_page.map_or(full, |last| !last) && !page.devices.is_empty() && this_one;
        let devices = if this_one { page.devices } else { Vec::new() };
        Ok(UnitPage {
            units: devices.iter().map(Device::carrier_unit).collect(),
            next: more.then(|| cursor.next()),
        })
    }

    /// The SIM whose custom field carries a reference. Where the service lists others too, it did not look for the reference:
    /// then nothing is known.
    pub(super) async fn with_reference(
        &self,
        reference: Uuid,
    ) -> Result<Option<Device>, CallFailure> {
        let page = self.page(&Cursor::first(None), Some(reference)).await?;
        let Some(listed) = page.devices.first() else {
            return Ok(None);
        };
        let device = self.device(&listed.iccid).await?;
        if device.reference() == Some(reference) {
            return Ok(Some(device));
        }
        Err(CallFailure::Malformed {
            why: "the carrier did not search for our reference".to_owned(),
        })
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
