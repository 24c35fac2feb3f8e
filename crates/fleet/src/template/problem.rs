//! What is wrong with a template file, and where.

use std::fmt;

/// One problem of a template file. Its text holds no value of a secret.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub struct TemplateProblem {
    /// Key path (`settings.server.port`); empty when it is about the whole file or its form.
    pub path: String,
    /// Line of the file, from 1.
    pub line: Option<usize>,
    /// What is wrong and what would be right, for people.
    pub what: String,
}

impl fmt::Display for TemplateProblem {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(line) = self.line {
            write!(formatter, "line {line}: ")?;
        }
        if !self.path.is_empty() {
            write!(formatter, "{}: ", self.path)?;
        }
        formatter.write_str(&self.what)
    }
}
