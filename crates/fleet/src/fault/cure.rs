//! What would cure that a template asks for what a unit does not have: the third line of that fault.

use serde::{Deserialize, Serialize};

/// What somebody has to do. Entries that were written before it was told have the first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Cure {
    /// Another template, or one that may do without these settings.
    #[default]
    DoWithout,
    /// Another template: doing without leaves nothing of this one.
    OtherTemplate,
    /// Values for these settings in the template as well.
    GiveThem,
    /// The template without these settings: they come from elsewhere.
    LeaveThemOut,
    /// A template with other values: the former ones have no place any more.
    NewValues,
}

impl Cure {
    /// Where a unit lacks settings: `all` that a template asks for, or some of them.
    pub(crate) fn where_lacking(all: bool) -> Self {
        if all {
            Self::OtherTemplate
        } else {
            Self::DoWithout
        }
    }

    /// What happened.
    pub(super) fn happened(self, keys: &str, model: &str, why: &str) -> String {
        match self {
            Self::GiveThem => {
                format!(
                    "the template leaves out {keys}, without which it cannot be set on {model} ({why})."
                )
            }
            Self::LeaveThemOut => {
                format!("the template gives {keys}, which are not its to give on {model} ({why}).")
            }
            Self::DoWithout | Self::OtherTemplate | Self::NewValues => {
                format!("the template asks for {keys}, which {model} does not have ({why}).")
            }
        }
    }

    /// The line for people.
    pub(super) fn line(self) -> &'static str {
        match self {
            Self::DoWithout => {
                "Pick the template for this model, or ask the office lead to mark the setting as optional."
            }
            Self::OtherTemplate => {
                "Pick another template. If there is none for this model, ask the office lead to write one; until then leave the unit as it is."
            }
            Self::GiveThem => {
                "Ask the office lead to give these settings in the template too, an empty text where there is none."
            }
            Self::LeaveThemOut => "Ask the office lead to take these settings out of the template.",
            Self::NewValues => {
                "Set the unit with a template that has the values that it shall hold."
            }
        }
    }
}
