//! Why a text is no identifier, and what is odd about one that is.

use crate::printable::printable;

/// Why a text is no identifier. Positions count from 1, after spaces and hyphens are gone.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum IdentifierError {
    /// It has another length.
    #[error("{what} has {expected}, this has {found}")]
    Length {
        /// Which number was meant, with its article.
        what: &'static str,
        /// The lengths that are right, in words.
        expected: &'static str,
        /// How many characters there are.
        found: usize,
    },
    /// A character that cannot stand there.
    #[error("'{}' at place {position} cannot stand in {what}", printable(&.character.to_string()))]
    Character {
        /// Which number was meant.
        what: &'static str,
        /// The character.
        character: char,
        /// Its place, from 1.
        position: usize,
    },
    /// The check digit does not fit the others: one of them is mistyped.
    #[error(
        "{what} cannot end with {found} at place {position}: with these digits it would be {expected}; compare each digit with the label"
    )]
    CheckDigit {
        /// Which number was meant.
        what: &'static str,
        /// Place of the check digit, from 1.
        position: usize,
        /// What stands there.
        found: char,
        /// What would have to stand there.
        expected: char,
    },
    /// The check digit is not there; a person is asked whether `full` is meant.
    #[error("the check digit is missing: is it {full}?")]
    CheckDigitMissing {
        /// The number with its computed check digit.
        full: String,
    },
    /// Sixteen digits: an IMEI with a software version instead of the check digit.
    #[error("this is an IMEI with a software version (16 digits); the IMEI is {imei}")]
    SoftwareVersion {
        /// The IMEI that it stands for.
        imei: String,
    },
    /// It does not begin as such a number must.
    #[error("{what} starts with {expected}")]
    Start {
        /// Which number was meant.
        what: &'static str,
        /// What it must start with, in words.
        expected: &'static str,
    },
    /// A part of the decimal form is greater than it can be.
    #[error("the {part} digits of {what} cannot be greater than {greatest}")]
    TooGreat {
        /// Which number was meant.
        what: &'static str,
        /// Which digits.
        part: &'static str,
        /// The limit.
        greatest: u32,
    },
    /// An ESN computed from a MEID: several units share each one.
    #[error("this is a pseudo-ESN, which several units share; give the MEID instead")]
    PseudoEsn,
}

/// Something odd that does not stop anything.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Warning {
    /// The unit itself tells a wrong check digit. Such modules exist.
    #[error("the unit's {what} ends with {found}, though its check digit would be {expected}")]
    CheckDigit {
        /// Which number.
        what: &'static str,
        /// What it ends with.
        found: char,
        /// What it would end with.
        expected: char,
    },
    /// The unit leaves the check digit out.
    #[error("the unit leaves out the check digit of its IMEI; it was worked out as {expected}")]
    CheckDigitWorkedOut {
        /// The digit.
        expected: char,
    },
    /// The unit tells its software version in place of the check digit.
    #[error(
        "the unit tells its IMEI with a software version; the check digit was worked out as {expected}"
    )]
    SoftwareVersion {
        /// The digit.
        expected: char,
    },
    /// The last digit of an ICCID does not fit; some are made so, others are mistyped.
    #[error(
        "the ICCID ends with {found}, though its check digit would be {expected}; scan it again to be sure"
    )]
    IccidCheckDigit {
        /// What it ends with.
        found: char,
        /// What it would end with.
        expected: char,
    },
    /// Ten digits that are no North American number.
    #[error("{mdn} does not have the form of a North American phone number")]
    NotNanp {
        /// The number.
        mdn: String,
    },
    /// A manufacturer code that ordinary ESNs do not have.
    #[error("the manufacturer code {manufacturer} of this ESN is not one of ordinary units")]
    EsnManufacturer {
        /// The code.
        manufacturer: u8,
    },
}
