//! Which units other benches have in hand, and the end of what this bench had in hand.
//!
//! A claim ends by itself when the facts of its registration reach the fleet table. Where they do not (another bench's record stands there
//! and a person must decide, or the job was put away) the bench says so here: what has ended in its journal holds nobody up.

use super::round::RoundError;
use crate::inventory::Inventory;
use fleet::UnitId;
use fleet::journal::JobId;
use fleet_db::{OpenClaim, Session};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// Under which name the inventory keeps what was heard last.
const NOTE: &str = "in_other_hands";

/// A unit or SIM that another bench has in hand.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct InHand {
    /// `iccid`, or the kind of the unit's identity.
    pub kind: String,
    /// Which.
    pub key: String,
    /// Who, as that bench calls itself.
    pub by: String,
    /// Since when, by the clock of the fleet database.
    pub since: Timestamp,
}

impl InHand {
    /// Whether it is this unit, or the SIM that is in it.
    #[must_use]
    pub fn is(&self, id: &UnitId, iccid: Option<&str>) -> bool {
        match self.kind.as_str() {
            "iccid" => iccid == Some(self.key.as_str()),
            kind => kind == id.kind().as_str() && self.key == id.as_str(),
        }
    }

    /// 'Being configured by Office b, Bench b since 28 Nov 10:42'.
    #[must_use]
    pub fn words(&self, zone: &jiff::tz::TimeZone) -> String {
        let since = self.since.to_zoned(zone.clone());
        format!(
            "Being configured by {} since {}",
            self.by,
            since.strftime("%-d %b %H:%M")
        )
    }
}

/// Who has this unit in hand, of what was heard.
#[must_use]
pub fn who_has<'a>(heard: &'a [InHand], id: &UnitId, iccid: Option<&str>) -> Option<&'a InHand> {
    heard.iter().find(|each| each.is(id, iccid))
}

/// What was heard last, also while nobody can be asked.
pub async fn heard_last(inventory: &Inventory) -> Vec<InHand> {
    let kept = inventory.note(NOTE).await.ok().flatten();
    kept.and_then(|text| serde_json::from_str(&text).ok())
        .unwrap_or_default()
}

/// Ends what ended here and keeps what others have in hand.
pub(super) async fn claims(
    inventory: &Inventory,
    session: &Session,
) -> Result<Vec<InHand>, RoundError> {
    let (mut ended, mut others) = (Vec::new(), Vec::new());
    for claim in session.open_claims().await? {
        match inventory.has_ended(JobId(claim.job_id)).await? {
            Some(true) => ended.push(claim.job_id),
            // This bench's own work.
            Some(false) => {}
            None => others.push(in_hand(claim)),
        }
    }
    if !ended.is_empty() {
        session.end_claims(&ended).await?;
    }
    if others != heard_last(inventory).await {
        let text = serde_json::to_string(&others).unwrap_or_default();
        inventory.set_note(NOTE, text).await?;
    }
    Ok(others)
}

fn in_hand(claim: OpenClaim) -> InHand {
    let actor = claim.actor.filter(|actor| !actor.is_empty());
    InHand {
        kind: claim.kind,
        key: claim.key,
        by: fleet::printable::printable(actor.as_deref().unwrap_or("another bench")).to_string(),
        since: claim.at,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn in_hand(kind: &str, key: &str) -> InHand {
        InHand {
            kind: kind.to_owned(),
            key: key.to_owned(),
            by: "Office b, Bench b".to_owned(),
            since: "2026-11-28T09:42:00Z".parse().unwrap(),
        }
    }

    #[test]
    fn a_unit_is_in_hand_by_its_own_number_or_by_its_sim() {
        let id: UnitId = UnitId::Imei("356938035643809".parse().unwrap());
        let heard = [
            in_hand("iccid", "8901260222193240000"),
            in_hand("imei", "356938035643809"),
        ];
        let sim = Some("8901260222193240000");
        assert_eq!(who_has(&heard, &id, sim), heard.first());
        assert_eq!(who_has(&heard, &id, None), heard.last());
        assert_eq!(who_has(&heard[..1], &id, None), None);
        assert_eq!(
            who_has(&[in_hand("hardware", "356938035643809")], &id, None),
            None,
            "the same digits of another kind are another unit"
        );
    }

    #[test]
    fn it_says_who_and_since_when() {
        assert_eq!(
            in_hand("imei", "1").words(&jiff::tz::TimeZone::UTC),
            "Being configured by Office b, Bench b since 28 Nov 09:42"
        );
    }
}
