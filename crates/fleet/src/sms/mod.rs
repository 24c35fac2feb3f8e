//! The same writes as text messages, for units that are already in vehicles: which messages to send, and what an answer means.
//!
//! Pure: nothing is sent here. Who carries messages, waits for answers and keeps a record of both is the push's business; what shall
//! be written is a [`Plan`](crate::Plan)'s ([`Plan::for_messages`](crate::Plan::for_messages)). An answer that takes a write is an
//! acknowledgement and never proof: only asking again ([`Texting::questions`]) proves.

mod answer;
mod compose;
mod gsm7;
mod held;
#[cfg(test)]
mod tests;

pub use answer::{SmsAnswer, Understood};
pub use gsm7::septets;
pub use held::Held;

use crate::profile::{Captures, Place, Profile, Sms, Variant};
use crate::secret::Secret;
use sha2::{Digest, Sha256};

/// Why no message can be written.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SmsProblem {
    /// The family's notes give no form for messages.
    #[error("no text message that sets a unit of this family is known: only a cable does")]
    NoForm,
    /// The profile has no such model.
    #[error("this family has no model '{0}'")]
    UnknownModel(String),
    /// No message reaches that place.
    #[error("no text message that sets {0} is known: only a cable does")]
    NoFormFor(Place),
    /// A command is written whole, and what the unit holds in it is not known: ask for it first.
    #[error("{} is written as a whole, so what the unit holds in it has to be asked for first", .0.join(", "))]
    AskFirst(Vec<String>),
    /// A command is written whole, the unit cannot be asked, and these places are not given.
    #[error("these have to be given too, because they are written together and cannot be asked for: {}", .0.iter().map(ToString::to_string).collect::<Vec<_>>().join(", "))]
    Incomplete(Vec<Place>),
    /// The unit's password for messages has to be given.
    #[error("the unit's password for text messages is needed{}", .0.as_ref().map(|note| format!(" ({note})")).unwrap_or_default())]
    PasswordNeeded(Option<String>),
    /// A fact of the unit that stands in its messages is not known.
    #[error("the unit's {} has to be known", .0.replace('_', " "))]
    FactNeeded(String),
    /// A value has a character that the message or the unit's language cannot carry.
    #[error("the value for {0} has a character that cannot be sent to this unit")]
    Character(Place),
    /// What must stand in one message does not fit into one.
    #[error("the message for {what} would have {length} characters, and {most} fit into one")]
    TooLong {
        /// A command or a place.
        what: String,
        /// Its length, in the septets of a text message.
        length: usize,
        /// What fits.
        most: usize,
    },
}

/// What a unit asks for before it obeys a message. Neither is ever shown.
#[derive(Debug, Clone, Default)]
pub struct SmsAccess {
    /// Login of the unit, where the family has one.
    pub login: Option<Secret>,
    /// Password of the unit for messages.
    pub password: Option<Secret>,
}

/// What a message is for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SmsPurpose {
    /// Asks what the unit holds.
    Ask,
    /// Writes.
    Write,
    /// Restarts the unit, so that it applies what was written.
    Restart,
}

/// One message.
#[derive(Debug, Clone)]
pub struct SmsMessage {
    /// What it is for.
    pub purpose: SmsPurpose,
    /// Every place that it writes or asks for.
    pub places: Vec<Place>,
    /// The positional command that it writes or asks for.
    pub command: Option<String>,
    /// Whether the notes say that the unit answers it.
    pub is_answered: bool,
    text: Secret,
    shown: String,
    serial: String,
    sent: Vec<(Place, Secret)>,
}

impl SmsMessage {
    /// The text for the wire, with every secret in it. Reveal it only where it leaves for the carrier.
    #[must_use]
    pub fn text(&self) -> &Secret {
        &self.text
    }

    /// The same with dots for secrets: for screens, terminals, journals and logs.
    #[must_use]
    pub fn shown(&self) -> &str {
        &self.shown
    }

    /// SHA-256 of what people may see of it, in hexadecimal: the same message has the same one after a restart.
    #[must_use]
    pub fn shown_sha256(&self) -> String {
        crate::plan::hex(&Sha256::digest(self.shown.as_bytes()))
    }

    /// Characters on the air, where some count twice.
    #[must_use]
    pub fn length(&self) -> usize {
        septets(self.text.reveal()).unwrap_or(usize::MAX)
    }
}

/// The messages of one unit.
#[derive(Debug)]
pub struct Texting<'a> {
    profile: &'a Profile,
    variant: &'a Variant,
    sms: &'a Sms,
    facts: Captures,
    access: SmsAccess,
    serial: u16,
}

impl<'a> Texting<'a> {
    /// `facts` are what is known of the unit by the words of its profile (`imei`, `device_id`); `serial` starts the numbers that
    /// messages of some families carry, and should differ from push to push.
    ///
    /// # Errors
    /// When the family takes no messages or the profile lacks the model.
    pub fn new(
        profile: &'a Profile,
        variant: &str,
        facts: Captures,
        access: SmsAccess,
        serial: u16,
    ) -> Result<Self, SmsProblem> {
        let sms = profile.sms.as_ref().ok_or(SmsProblem::NoForm)?;
        let variant = profile
            .variant(variant)
            .ok_or_else(|| SmsProblem::UnknownModel(variant.to_owned()))?;
        Ok(Self {
            profile,
            variant,
            sms,
            facts,
            access,
            serial,
        })
    }

    /// What is only our conclusion about these messages, in words for people.
    #[must_use]
    pub fn unproven(&self) -> Option<&str> {
        self.sms.unproven.as_deref()
    }
}

impl Profile {
    /// Whether a message that writes the place is known.
    #[must_use]
    pub fn written_by_message(&self, place: &Place) -> bool {
        self.sms.as_ref().is_some_and(|sms| match place {
            Place::Field { .. } => sms.command.is_some(),
            Place::Parameter { .. } => sms.pairs.is_some() || sms.single.is_some(),
        })
    }

    /// Whether a message that asks for the place is known.
    #[must_use]
    pub fn shown_by_message(&self, place: &Place) -> bool {
        let ask = self.sms.as_ref().and_then(|sms| sms.ask.as_ref());
        match place {
            Place::Field { .. } => self.shows_commands_by_message(),
            Place::Parameter { .. } => {
                ask.is_some_and(|ask| ask.has("parameters") || ask.has("parameter"))
            }
        }
    }

    /// Whether messages show whole commands: one each, or all of them in one answer.
    pub(crate) fn shows_commands_by_message(&self) -> bool {
        let Some(sms) = self.sms.as_ref() else {
            return false;
        };
        let by_name = sms.ask.as_ref().is_some_and(|ask| ask.has("command"));
        by_name || sms.shown.iter().any(|each| each.has("sections"))
    }
}
