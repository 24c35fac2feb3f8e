//! Carrier accounts.
