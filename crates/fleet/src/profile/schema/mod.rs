//! The form of a profile file. `device_profiles/README.md` explains every key with an example.

mod commands;
mod identify;
mod simulator;
mod sms;

use super::pattern::Pattern;
use crate::setting::{SettingKey, SettingKind};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fmt;

pub use commands::{BatchWrite, Dump, Parameters, Positional, Single, View};
pub use identify::{Identify, LabelHolds};
pub use simulator::{SimulatedModel, Simulator};
pub use sms::Sms;

/// A unit family, as its file says it. Only a [`Profile`] has been checked.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ProfileForm {
    /// Version of this form: 1.
    pub schema: u32,
    /// Short name for commands and journals (`teltonika-fmb`).
    pub id: String,
    /// Name for people.
    pub name: String,
    /// The serial line and how bytes become frames.
    pub line: Line,
    /// Lines that units send unasked, and signs that name a fault.
    #[serde(default)]
    pub unsolicited: Unsolicited,
    /// How units are let in.
    #[serde(default)]
    pub access: Access,
    /// Exchanges that open and close a session around reading and writing.
    #[serde(default)]
    pub session: SessionExchanges,
    /// How a unit tells who it is.
    pub identify: Identify,
    /// Every request and its replies, by name.
    pub exchange: BTreeMap<String, Exchange>,
    /// Numbered parameters: one dump, batch writes.
    pub parameters: Option<Parameters>,
    /// Positional commands: fields by place in a comma list.
    pub positional: Option<Positional>,
    /// Parameters that are read and written one at a time.
    pub single: Option<Single>,
    /// Answers that show settings beside the commands that write them.
    #[serde(default)]
    pub view: Vec<View>,
    /// What refusals mean, for people: the unit's text to words (`+CME ERROR: 10` = no SIM).
    #[serde(default)]
    pub meaning: BTreeMap<String, String>,
    /// Not yet proven on real hardware, in words, where that holds for the whole family.
    pub unproven: Option<String>,
    /// What a person should know whenever such a unit is found.
    pub notice: Option<String>,
    /// How the same writes look as text messages.
    pub sms: Option<Sms>,
    /// How values are made to survive.
    #[serde(default)]
    pub save: Save,
    /// How the unit is restarted and comes back.
    pub restart: Option<Restart>,
    /// Whether a unit must be registered before it can be configured.
    #[serde(default)]
    pub register_first: bool,
    /// Models and firmware layouts.
    #[serde(rename = "variant")]
    pub variants: Vec<Variant>,
    /// Settings that the whole family lacks, with the reason for people.
    #[serde(default)]
    pub lacks: BTreeMap<SettingKey, String>,
    /// Settings and where they stand.
    #[serde(rename = "setting", default)]
    pub settings: Vec<Setting>,
    /// How a simulated unit of this family behaves.
    pub simulator: Simulator,
}

/// Serial line and framing.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Line {
    /// Bits a second.
    pub baud: u32,
    /// `none`, `even` or `odd`.
    #[serde(default)]
    pub parity: Parity,
    /// Raise DTR and RTS after opening.
    #[serde(default)]
    pub raise_dtr_rts: bool,
    /// USB vendor and product ids that such units were seen with (`0E8D:0023`): a hint for the order of questions, never proof.
    #[serde(default)]
    pub usb_ids: Vec<String>,
    /// How received bytes become frames.
    pub framing: Framing,
    /// Bytes put after each request (`\r`); empty where the request carries its own end.
    #[serde(default)]
    pub request_end: String,
    /// Bytes sent first after opening, so that half a command in the unit's buffer cannot join ours.
    #[serde(default)]
    pub wake: String,
    /// Pause between two requests, milliseconds.
    #[serde(default)]
    pub pause_ms: u64,
    /// Silence that counts as quiet when draining, milliseconds.
    #[serde(default = "default_quiet_ms")]
    pub quiet_ms: u64,
    /// Wait for quiet before each question: answers do not name what they answer, so a second one must not meet the next question.
    #[serde(default)]
    pub drain: bool,
    /// Whether the unit may repeat our request before answering.
    #[serde(default)]
    pub echo: bool,
}

fn default_quiet_ms() -> u64 {
    50
}

/// Parity of the line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Parity {
    /// No parity bit.
    #[default]
    None,
    /// Even.
    Even,
    /// Odd.
    Odd,
}

/// How received bytes become frames.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(tag = "by", rename_all = "snake_case", deny_unknown_fields)]
pub enum Framing {
    /// Frames end at CR or LF; empty lines are dropped.
    Line {},
    /// Frames end with a character that stays part of the frame; CR, LF and spaces before a frame are dropped.
    /// A frame starts at one of `starts`; whatever stands before one of them is unsolicited text.
    Terminator {
        /// The end (`$`, or NUL). A control character is left out of the frame.
        end: char,
        /// Another character that ends a frame just as well; the frame is then as if it had ended with `end`.
        #[serde(default)]
        also_end: Option<char>,
        /// Which units end frames so, where what they answer is not known: said of one that reports and answers to no password.
        #[serde(default)]
        also_end_means: Option<String>,
        /// How a frame can start (`+ACK:`, `+RESP:`).
        starts: Vec<String>,
    },
    /// `@@<letter><length>,<text>*<checksum>` and CR LF: the length counts from the comma to the end, the checksum is the low byte of
    /// the sum up to the `*`. Patterns see the letter as `{serial}` and the text after it.
    Counted {
        /// How a request starts (`@@`).
        request_start: String,
        /// How a reply starts (`$$`).
        reply_start: String,
    },
}

/// What a unit sends unasked.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Unsolicited {
    /// Patterns of frames that are kept in the transcript and otherwise ignored. A frame that fits nothing is ignored too;
    /// these say which ones are known, and the simulator sends them.
    #[serde(default)]
    pub ignore: Vec<Pattern>,
    /// Frames that name a fault wherever they are seen.
    #[serde(default)]
    pub sign: Vec<Sign>,
    /// Whether such units have a port that only shows these lines and never answers (a log beside the port that sets them).
    #[serde(default)]
    pub log_port: bool,
}

/// A frame or run of bytes that names a fault.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Sign {
    /// The frame as text, or
    pub pattern: Option<Pattern>,
    /// bytes anywhere in the stream: `+ACK` must be followed by something else than `:` to be binary, so
    pub bytes: Option<String>,
    /// this character must not follow `bytes` for the sign to hold.
    pub not_followed_by: Option<char>,
    /// What it means.
    pub means: SignMeaning,
    /// Only while identifying.
    #[serde(default)]
    pub only_identifying: bool,
}

/// What a sign means.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum SignMeaning {
    /// The unit's modem, not its tracker.
    ModemPort,
    /// A binary mode.
    BinaryMode,
    /// The unit is still starting: wait and ask again.
    Starting,
    /// The unit has just started: what was asked before is lost, and a restart is proved.
    Started,
}

/// How units are let in.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(tag = "by", rename_all = "snake_case", deny_unknown_fields)]
pub enum Access {
    /// Nothing is asked.
    #[default]
    Open,
    /// A password stands in each request as `{password}`; a wrong one is met with silence and costs nothing.
    PasswordInRequest {
        /// Documented factory passwords, tried where a person gave none.
        factory: Vec<String>,
    },
    /// A keyword opens the session; tries are counted, so only what a person gave is ever sent, once.
    Keyword {
        /// Exchange that tells whether a keyword is set and how many tries are left: captures `locked` (`1` = locked) and `tries_left`.
        state: String,
        /// Exchange that sends `{keyword}`.
        login: String,
        /// Text of `locked` that means locked.
        locked_text: String,
        /// Exchange that a locked unit may answer with its identity, so that the keyword given for this very unit is found.
        #[serde(default)]
        who: Option<String>,
    },
    /// A service programming code opens the writing of some values. Wrong ones are counted and end in a unit that powers down, so only
    /// what a person gave is sent, once, and only when something is written.
    ServiceCode {
        /// Exchange that sends `{code}`; it stands in `single.before`.
        exchange: String,
    },
}

/// Exchanges around reading and writing.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SessionExchanges {
    /// Run once after identification, before the first reading or writing on a connection.
    #[serde(default)]
    pub begin: Vec<String>,
    /// Run before the port is given back.
    #[serde(default)]
    pub end: Vec<String>,
}

/// One request and its replies.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Exchange {
    /// What is sent. `{serial}` is a fresh correlation number, `{password}` and `{keyword}` are secrets.
    pub request: Pattern,
    /// What must come back, in this order. Empty: nothing is awaited.
    #[serde(default)]
    pub replies: Vec<Reply>,
    /// Time limit for the first reply, milliseconds, from the last byte of the request.
    pub timeout_ms: u64,
    /// How often the question is asked before it counts as unanswered.
    #[serde(default = "default_tries")]
    pub tries: u32,
    /// Pause before another try, milliseconds.
    #[serde(default)]
    pub retry_pause_ms: u64,
    /// Pause after it, milliseconds, before the next request.
    #[serde(default)]
    pub pause_after_ms: u64,
    /// What no answer at all means here.
    #[serde(default)]
    pub silence: Silence,
    /// Replies that say no.
    #[serde(default)]
    pub refusals: Vec<Pattern>,
    /// What a 'no' to this question of `identify.optional` means for people; the unit's own words stand behind it.
    #[serde(default)]
    pub refused_means: Option<String>,
    /// A question of `identify.optional` is asked only while nothing was told under this word.
    #[serde(default)]
    pub only_without: Option<String>,
    /// Must never be sent twice by the program.
    #[serde(default)]
    pub one_shot: bool,
}

fn default_tries() -> u32 {
    3
}

/// What silence means.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Silence {
    /// Nothing heard.
    #[default]
    NoAnswer,
    /// This is how the unit refuses (wrong password, wrong field count, value out of range).
    Refused,
    /// The unit is probably locked: ask `access.state`.
    Locked,
    /// It does not matter.
    Ignored,
}

/// A reply to wait for.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum Reply {
    /// One frame. Captures named like what is already known (`{serial}`, `{id}`) must be equal to it.
    Frame {
        /// Any one of these.
        any: Vec<Pattern>,
        /// Time limit after the reply before it, milliseconds.
        within_ms: Option<u64>,
        /// Some units leave it out: what came before it counts without it.
        #[serde(default)]
        optional: bool,
    },
    /// Several lines `name:value` without an end mark.
    Table {
        /// Captures `index` and `value`.
        line: Pattern,
        /// Index to the word under which its value becomes a capture.
        into: BTreeMap<String, String>,
        /// The table is complete when these indices were seen.
        #[serde(default)]
        complete: Vec<String>,
        /// Otherwise it ends with this silence, milliseconds.
        quiet_ms: u64,
    },
}

/// How values are made to survive a restart.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(tag = "by", rename_all = "snake_case", deny_unknown_fields)]
pub enum Save {
    /// Stored as soon as acknowledged.
    #[default]
    Nothing,
    /// An exchange saves.
    Exchange {
        /// Its name.
        exchange: String,
    },
}

/// How a unit restarts.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Restart {
    /// The exchange. Without it a person must cut the power.
    pub exchange: Option<String>,
    /// Whether the port goes away meanwhile (USB) or stays (UART).
    pub port_vanishes: bool,
    /// How long it usually takes, milliseconds, for the screen.
    pub usual_ms: u64,
    /// How long it may take, milliseconds.
    pub longest_ms: u64,
}

/// A model or firmware layout.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Variant {
    /// Short name (`gl300`).
    pub id: String,
    /// Model for people; `{hardware}` and other captures may stand in it.
    pub model: String,
    /// Which units it is: capture to regular expression; all must fit, each the whole text. The first variant that fits is taken.
    #[serde(rename = "match")]
    pub matches: BTreeMap<String, String>,
    /// Names of the fields of each positional command, in order, without the password. A name may stand once; `_` has no meaning and is kept.
    #[serde(default)]
    pub fields: BTreeMap<String, Vec<String>>,
    /// Other forms in which the unit shows a command: lists of the same names, with `_` for what is not written.
    #[serde(default)]
    pub shown_as: BTreeMap<String, Vec<Vec<String>>>,
    /// Views that this model answers, by exchange.
    #[serde(default)]
    pub views: Vec<String>,
    /// Settings that this model lacks, with the reason for people.
    #[serde(default)]
    pub lacks: BTreeMap<SettingKey, String>,
    /// What stands in place of a setting's own limits or places here.
    #[serde(default)]
    pub replace: BTreeMap<SettingKey, SettingReplacement>,
    /// Not yet proven on real hardware, in words, where it is only inferred.
    pub unproven: Option<String>,
}

/// What a variant changes of a setting.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SettingReplacement {
    /// Least value.
    pub min: Option<i64>,
    /// Greatest value.
    pub max: Option<i64>,
    /// Longest text.
    pub max_length: Option<usize>,
    /// Places.
    pub places: Option<Vec<Place>>,
    /// What else must hold, where other places need other things.
    pub needs: Option<Vec<Need>>,
    /// Whether the unit shows it again, where that differs.
    pub readable: Option<bool>,
}

/// Where a value stands in a unit.
#[derive(
    Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(untagged, deny_unknown_fields)]
pub enum Place {
    /// A numbered parameter.
    Parameter {
        /// Its number, as text (`2001`).
        parameter: String,
    },
    /// A field of a positional command.
    Field {
        /// Command (`SRI`).
        command: String,
        /// Name of the field in the variant's list (`main_host`).
        field: String,
    },
}

impl Place {
    /// The place that a name means: `2001` or `2306,0` a parameter, `SRI.main_host` a field.
    #[must_use]
    pub fn named(name: &str) -> Self {
        match name.split_once('.') {
            Some((command, field)) => Self::Field {
                command: command.to_owned(),
                field: field.to_owned(),
            },
            None => Self::Parameter {
                parameter: name.to_owned(),
            },
        }
    }
}

impl fmt::Display for Place {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Parameter { parameter } => formatter.write_str(parameter),
            Self::Field { command, field } => write!(formatter, "{command}.{field}"),
        }
    }
}

/// A setting of this family.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Setting {
    /// Key, shared by all families or the profile's own.
    pub key: SettingKey,
    /// Name for people.
    pub label: String,
    /// Kind of value.
    pub kind: SettingKind,
    /// Every place it stands in: all are written, all are read, and they must agree.
    #[serde(default)]
    pub places: Vec<Place>,
    /// What the wire counts in: 60 = the wire has minutes where the key has seconds.
    #[serde(default = "default_scale")]
    pub scale: i64,
    /// Least value, in the key's unit.
    pub min: Option<i64>,
    /// Greatest value, in the key's unit.
    pub max: Option<i64>,
    /// Allowed beside the range (0 = off).
    #[serde(default)]
    pub also: Vec<i64>,
    /// Longest text in characters.
    pub max_length: Option<usize>,
    /// Shortest text in characters.
    #[serde(default)]
    pub min_length: usize,
    /// Word to wire texts: the first is written, each counts as that word when read.
    #[serde(default)]
    pub choices: BTreeMap<String, Vec<String>>,
    /// Texts of the wire that the unit takes beside these limits: no template may ask for them, and an undo may put them back (the port 0 of
    /// a fresh unit).
    #[serde(default)]
    pub unit_takes: Vec<String>,
    /// A wrong value could cut the unit off.
    #[serde(default)]
    pub guarded: bool,
    /// Whether the unit shows it again.
    #[serde(default = "default_true")]
    pub readable: bool,
    /// Bits of the number that the setting rules: written as `value,mask`, and only these bits count when read.
    pub mask: Option<u32>,
    /// Where it stands is said by the template, as a place of another setting of this profile (a timer of the office's own script).
    #[serde(default)]
    pub mapped: bool,
    /// Its value is one that the carrier gives when the unit is registered; templates leave it out.
    pub from_registration: Option<RegistrationValue>,
    /// Nobody has seen it work: it is only our conclusion, and people are told so.
    #[serde(default)]
    pub inferred: bool,
    /// Changes by itself and is not proof of anything.
    #[serde(default)]
    pub volatile: bool,
    /// When this setting is in a template too, it alone rules its places (a send period set apart).
    pub set_apart_from: Option<SettingKey>,
    /// Places that must hold one of these texts for the setting to have effect; the first is written otherwise.
    #[serde(default)]
    pub needs: Vec<Need>,
}

/// A value that a registration brings.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum RegistrationValue {
    /// The phone number.
    Mdn,
    /// The mobile station id.
    Msid,
}

fn default_scale() -> i64 {
    1
}

fn default_true() -> bool {
    true
}

/// Something else that must hold for a setting to have effect.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Need {
    /// Where.
    pub place: Place,
    /// Texts that do; the first is written when none stands there.
    pub any: Vec<String>,
    /// Name for people ('Report by time').
    pub label: String,
}

/// A checked profile.
#[derive(Debug, Clone)]
pub struct Profile {
    pub(super) form: ProfileForm,
    pub(super) sha256: String,
}

impl std::ops::Deref for Profile {
    type Target = ProfileForm;
    fn deref(&self) -> &ProfileForm {
        &self.form
    }
}

impl Profile {
    /// SHA-256 of the file it came from, in hexadecimal; stands in every job.
    #[must_use]
    pub fn sha256(&self) -> &str {
        &self.sha256
    }
}
