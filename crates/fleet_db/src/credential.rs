//! What a bench shows to the database when it logs in.

use fleet::Secret;

/// What is shown at login. It prints as dots.
#[derive(Debug, Clone)]
pub enum Credential {
    /// Nothing: a server of one's own on this computer that trusts it.
    Nothing,
    /// A password, or a short-lived token in its place.
    Password(Secret),
}
