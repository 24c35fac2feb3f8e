//! Who a simulated unit is: numbers with right check digits, the same for the same seed, different for each unit.

use super::random::Random;
use crate::profile::SimulatedModel;

/// The numbers of a simulated unit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SimulatedIdentity {
    /// IMEI, unless it is a CDMA unit.
    pub imei: Option<String>,
    /// MEID of a CDMA unit, 14 hexadecimal digits.
    pub meid: Option<String>,
    /// Its SIM, if it has one.
    pub iccid: Option<String>,
    /// A number of its maker's.
    pub device_id: Option<String>,
}

impl SimulatedIdentity {
    /// The identity of unit `number` of a model.
    pub(super) fn new(
        profile_id: &str,
        model: &SimulatedModel,
        seed: u64,
        number: u32,
    ) -> Result<Self, String> {
        let prefix = model.identity_prefix.trim();
        let start = Random::new(mixed(seed, prefix), 0).next();
        let (imei, meid) = if model.meid {
            if prefix.len() != 8 || !prefix.chars().all(|each| each.is_ascii_hexdigit()) {
                return Err(format!(
                    "'{prefix}' cannot begin a MEID: eight hexadecimal digits are needed"
                ));
            }
            let serial = (start % 0x100_0000 + u64::from(number)) % 0x100_0000;
            (None, Some(format!("{}{serial:06X}", prefix.to_uppercase())))
        } else {
            if prefix.len() != 8 || !prefix.chars().all(|each| each.is_ascii_digit()) {
                return Err(format!(
                    "'{prefix}' cannot begin an IMEI: eight digits are needed"
                ));
            }
            let serial = (start % 1_000_000 + u64::from(number)) % 1_000_000;
            (
                Some(with_check_digit(&format!("{prefix}{serial:06}"))),
                None,
            )
        };
        let iccid = model
            .iccid_prefix
            .as_deref()
            .map(|prefix| iccid(prefix.trim(), profile_id, seed, number))
            .transpose()?;
        let device_id = model.device_id_digits.and_then(|digits| {
            let bare = imei.as_ref()?.get(..14)?.to_owned();
            bare.get(bare.len().checked_sub(digits)?..)
                .map(str::to_owned)
        });
        let imei = imei.filter(|_| !model.hides_imei);
        Ok(Self {
            imei,
            meid,
            iccid,
            device_id,
        })
    }

    /// What stands where a unit tells its identity: IMEI or MEID.
    #[must_use]
    pub fn id(&self) -> &str {
        self.imei
            .as_deref()
            .or(self.meid.as_deref())
            .or(self.device_id.as_deref())
            .unwrap_or_default()
    }
}

const ICCID_DIGITS: usize = 20;

fn iccid(prefix: &str, profile_id: &str, seed: u64, number: u32) -> Result<String, String> {
    let free = (ICCID_DIGITS - 1)
        .checked_sub(prefix.len())
        .filter(|free| *free >= 6);
    let (true, Some(free)) = (prefix.chars().all(|each| each.is_ascii_digit()), free) else {
        return Err(format!(
            "'{prefix}' cannot begin an ICCID: at most 13 digits are needed"
        ));
    };
    let span = 10_u64.saturating_pow(u32::try_from(free).unwrap_or(u32::MAX));
    let account =
        (Random::new(mixed(seed, profile_id), 1).next() % span + u64::from(number)) % span;
    Ok(with_check_digit(&format!("{prefix}{account:0free$}")))
}

fn mixed(seed: u64, text: &str) -> u64 {
    text.bytes().fold(seed, |mixed, byte| {
        Random::new(mixed ^ u64::from(byte), 0).next()
    })
}

fn with_check_digit(digits: &str) -> String {
    let sum: u32 = digits
        .chars()
        .rev()
        .filter_map(|each| each.to_digit(10))
        .enumerate()
        .map(|(index, digit)| {
            if index % 2 == 0 {
                digit * 2 / 10 + digit * 2 % 10
            } else {
                digit
            }
        })
        .sum();
    format!("{digits}{}", (10 - sum % 10) % 10)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ids::{Iccid, Imei, Meid};
    use std::collections::{BTreeMap, BTreeSet};

    fn model(prefix: &str, meid: bool) -> SimulatedModel {
        SimulatedModel {
            only_if_named: false,
            device_id_digits: None,
            hides_imei: false,
            variant: "v".into(),
            identity_prefix: prefix.into(),
            meid,
            iccid_prefix: Some("8901260".into()),
            facts: BTreeMap::new(),
            password: None,
            sms_password: None,
            initial: BTreeMap::new(),
        }
    }

    #[test]
    fn check_digits_are_those_of_the_published_examples() {
        assert_eq!(with_check_digit("26053179311383"), "260531793113837");
        assert_eq!(with_check_digit("49015420323751"), "490154203237518");
    }

    #[test]
    fn a_thousand_units_have_a_thousand_valid_identities() {
        let mut seen = BTreeSet::new();
        for number in 0..1000 {
            let gsm =
                SimulatedIdentity::new("family", &model("35209308", false), 7, number).unwrap();
            let cdma = SimulatedIdentity::new("family", &model("A1000043", true), 7, number + 1000)
                .unwrap();
            gsm.imei.as_ref().unwrap().parse::<Imei>().unwrap();
            cdma.meid.as_ref().unwrap().parse::<Meid>().unwrap();
            for iccid in [gsm.iccid.as_ref().unwrap(), cdma.iccid.as_ref().unwrap()] {
                assert_eq!(iccid.len(), 20);
                iccid.parse::<Iccid>().unwrap();
                assert!(seen.insert(iccid.clone()));
            }
            assert!(seen.insert(gsm.id().to_owned()) && seen.insert(cdma.id().to_owned()));
        }
    }

    #[test]
    fn a_wrong_prefix_is_refused() {
        assert!(SimulatedIdentity::new("family", &model("3520", false), 1, 1).is_err());
        assert!(SimulatedIdentity::new("family", &model("A100004G", true), 1, 1).is_err());
    }
}
