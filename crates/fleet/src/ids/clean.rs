//! Cleaning of typed, scanned and read numbers, the same for all of them.

use super::IdentifierError;

/// `text` without spaces and hyphens, in upper case.
pub(super) fn clean(text: &str) -> String {
    text.chars()
        .filter(|each| !each.is_whitespace() && *each != '-')
        .map(|each| each.to_ascii_uppercase())
        .collect()
}

/// The first character of `text` that is no decimal digit, as an error about `what`.
pub(super) fn only_digits(what: &'static str, text: &str) -> Result<(), IdentifierError> {
    only(what, text, |each| each.is_ascii_digit())
}

/// The first character of `text` that is no hexadecimal digit, as an error about `what`.
pub(super) fn only_hex(what: &'static str, text: &str) -> Result<(), IdentifierError> {
    only(what, text, |each| each.is_ascii_hexdigit())
}

fn only(
    what: &'static str,
    text: &str,
    good: impl Fn(char) -> bool,
) -> Result<(), IdentifierError> {
    match text.chars().enumerate().find(|(_, each)| !good(*each)) {
        None => Ok(()),
        Some((index, character)) => Err(IdentifierError::Character {
            what,
            character,
            position: index + 1,
        }),
    }
}

/// Implements what all identifiers share: the bare text, printing, and reading from files through `$read`.
macro_rules! identifier_text {
    ($name:ident, $read:expr) => {
        impl $name {
            /// The bare number.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str(&self.0)
            }
        }

        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(&self.0)
            }
        }

        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = <String as serde::Deserialize>::deserialize(deserializer)?;
                $read(&text).map_err(serde::de::Error::custom)
            }
        }

        impl std::str::FromStr for $name {
            type Err = $crate::ids::IdentifierError;
            fn from_str(text: &str) -> Result<Self, Self::Err> {
                Self::parse(text)
            }
        }
    };
}

pub(super) use identifier_text;
