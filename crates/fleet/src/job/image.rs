//! The reading that is kept for the journal: as a blob with dots for secrets, and back from it after a restart of the program.

use crate::plan::hex;
use crate::profile::{Place, Profile, Variant};
use crate::reading::Reading;
use crate::secret::DOTS;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::collections::{BTreeMap, BTreeSet};

#[derive(Serialize, Deserialize)]
struct Blob {
    complete: bool,
    places: BTreeMap<String, String>,
}

/// The bytes that are kept, and their SHA-256 in hexadecimal.
pub(super) fn to_blob(reading: &Reading) -> (String, Vec<u8>) {
    let blob = Blob {
        complete: reading.complete,
        places: reading.redacted(),
    };
    let bytes = serde_json::to_vec(&blob).unwrap_or_default();
    (hex(&Sha256::digest(&bytes)), bytes)
}

/// The reading in `bytes`, when they are the ones that `sha256` names. Secrets are dots.
pub(super) fn from_blob(
    profile: &Profile,
    variant: &Variant,
    sha256: &str,
    bytes: &[u8],
) -> Option<Reading> {
    if hex(&Sha256::digest(bytes)) != sha256 {
        return None;
    }
    let blob: Blob = serde_json::from_slice(bytes).ok()?;
    let known: BTreeMap<String, Place> = profile
        .places_on(variant)
        .into_iter()
        .map(|place| (place.to_string(), place))
        .collect();
    let places: BTreeMap<Place, String> = blob
        .places
        .into_iter()
        .map(|(name, text)| {
            (
                known.get(&name).cloned().unwrap_or_else(|| parse(&name)),
                text,
            )
        })
        .collect();
    let secret_places: BTreeSet<Place> = places
        .iter()
        .filter(|(_, text)| *text == DOTS)
        .map(|(place, _)| place.clone())
        .collect();
    Some(Reading {
        places,
        complete: blob.complete,
        secret_places,
    })
}

/// A place from its printed form.
pub(super) fn parse(name: &str) -> Place {
    Place::named(name)
}
