//! A round against a stand-in.
