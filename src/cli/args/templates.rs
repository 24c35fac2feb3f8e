//! What can be typed about templates.

use clap::{Args, Subcommand};
use std::path::PathBuf;

/// Of `templates`.
#[derive(Debug, Clone, Args)]
pub struct TemplatesArgs {
    /// What to do
    #[command(subcommand)]
    pub action: TemplatesAction,
}

/// What can be done with templates.
#[derive(Debug, Clone, Subcommand)]
pub enum TemplatesAction {
    /// List the templates of the inventory
    List,
    /// Check a template file and bring it into the inventory
    Import {
        /// The file
        file: PathBuf,
    },
}
