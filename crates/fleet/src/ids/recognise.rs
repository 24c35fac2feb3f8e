//! What a scan or a typed line means: one number or several, glued or separated.

use super::{Esn, Iccid, IdentifierError, Imei, Mdn, Meid};

/// One thing found in a scanned or typed text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Recognised {
    /// An IMEI.
    Imei(Imei),
    /// A MEID.
    Meid(Meid),
    /// An ESN.
    Esn(Esn),
    /// A SIM.
    Iccid(Iccid),
    /// A phone number.
    Mdn(Mdn),
    /// It has the length of an identifier, yet is none: stop and show why.
    Wrong {
        /// What was given.
        text: String,
        /// Why not.
        error: IdentifierError,
    },
    /// Anything else: a serial number, a name.
    Other(String),
}

/// Says what stands in `text`, in order of appearance.
#[must_use]
pub fn recognise(text: &str) -> Vec<Recognised> {
    text.split(|each: char| each.is_whitespace() || matches!(each, ',' | ';' | '|'))
        .filter(|piece| !piece.is_empty())
        .map(|piece| match Imei::parse(piece) {
            Ok(imei) => Recognised::Imei(imei),
            Err(_) => Iccid::parse(piece)
                .map_or_else(|_| Recognised::Other(piece.to_owned()), Recognised::Iccid),
        })
        .collect()
}
