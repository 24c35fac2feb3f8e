//! The part of a profile that says how values are read and written: dumps and batches, positional commands, single parameters.

use super::{Silence, default_tries};
use crate::profile::pattern::Pattern;
use schemars::JsonSchema;
use serde::Deserialize;
use std::collections::{BTreeMap, BTreeSet};

/// Numbered parameters that are read in one dump and written in batches.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Parameters {
    /// The dump. Without it, views show what the unit holds.
    pub dump: Option<Dump>,
    /// The batch write.
    pub write: BatchWrite,
}

/// One request that brings every parameter.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Dump {
    /// What is sent.
    pub request: Pattern,
    /// First line.
    pub start: Pattern,
    /// Each line: captures `parameter` and `value`.
    pub line: Pattern,
    /// Last line: captures `count`, which must equal the number of lines.
    pub end: Pattern,
    /// A `count` that means 'not ready'.
    pub not_ready_count: Option<u64>,
    /// Pause before asking again when not ready, milliseconds.
    #[serde(default)]
    pub not_ready_pause_ms: u64,
    /// Longest silence inside the dump, milliseconds.
    pub idle_ms: u64,
    /// Time limit for all of it, milliseconds.
    pub timeout_ms: u64,
    /// How often it is asked.
    #[serde(default = "default_tries")]
    pub tries: u32,
}

/// Several parameters in one line.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct BatchWrite {
    /// What is sent; `{pairs*}` is the list.
    pub request: Pattern,
    /// One pair: `{parameter}:{value*}`.
    pub pair: Pattern,
    /// Between pairs.
    pub separator: String,
    /// Longest line in bytes, with its end.
    pub max_bytes: usize,
    /// Characters that a value cannot carry.
    pub reserved: String,
    /// The answer: captures `accepted`, the number of pairs taken; a pattern without it means all.
    pub replies: Vec<Pattern>,
    /// Time limit, milliseconds.
    pub timeout_ms: u64,
    /// What no answer at all means here.
    #[serde(default)]
    pub silence: Silence,
    /// How often a batch is sent before it counts as unanswered. Writing a value twice does no harm.
    #[serde(default = "default_tries")]
    pub tries: u32,
}

/// Commands that carry several settings by position.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Positional {
    /// Between fields.
    pub separator: String,
    /// Exchange that reads one command: its request has `{command}`, its last reply captures `fields`. Without it the unit cannot
    /// show a command: every field must then be given whenever it is written, and nothing is proved.
    pub read: Option<String>,
    /// Exchange that writes one command: its request has `{command}` and `{fields*}`. Without it nothing is written over a cable.
    pub write: Option<String>,
    /// Characters that a value cannot carry.
    pub reserved: String,
    /// One answer shows several commands, each after its name: the names that begin a section. `read` then captures `sections`.
    #[serde(default)]
    pub sections: Vec<String>,
    /// One question shows every command, each in a frame of its own that names it.
    #[serde(default)]
    pub together: bool,
    /// Fields stand between these characters when written, and may when read (`"`).
    pub quote: Option<char>,
    /// The unit shows more fields than are written; what follows the model's list is no part of the command.
    #[serde(default)]
    pub more_fields: bool,
    /// How a unit says that it holds nothing of a command, where it can say so.
    pub undefined: Option<Undefined>,
}

/// A command of which the unit holds nothing yet.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Undefined {
    /// What it says instead of the fields. Heard twice, it is believed.
    pub says: Vec<Pattern>,
    /// Command to the fields that then count as held; only these commands can be undefined.
    pub fields: BTreeMap<String, Vec<String>>,
}

/// Parameters that are read and written one at a time.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Single {
    /// Exchange that reads one: its request has `{parameter}`, its replies capture `value`. Without it nothing can be shown.
    pub read: Option<String>,
    /// Exchange that writes one: its request has `{parameter}` and `{value*}`. Without it nothing can be set.
    pub write: Option<String>,
    /// Characters that a value cannot carry.
    pub reserved: String,
    /// Parameters whose values are written between quotation marks (`2319,0`).
    #[serde(default)]
    pub quoted: BTreeSet<String>,
    /// Exchanges before the first write of a group (a programming mode, the service code).
    #[serde(default)]
    pub before: Vec<String>,
    /// Exchanges after its last (the end of the mode).
    #[serde(default)]
    pub after: Vec<String>,
}

/// An answer that shows settings beside the commands that write them.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct View {
    /// The exchange.
    pub exchange: String,
    /// Capture to place (`A21.host`, `2001`).
    #[serde(default)]
    pub into: BTreeMap<String, String>,
    /// Capture that is a list of pairs in the form of `parameters.write`: each of them stands at its parameter, however many come.
    pub pairs: Option<String>,
}
