//! Journeys of units through the whole program: plugged in, read, written, proved, registered, found again.

mod carrier;
mod changes;
mod faults;
mod finding;
mod no_agreement;
mod office;
mod reconcile;
mod secrecy;
mod subscriptions;
mod two_carriers;
mod two_offices;
mod whole_way;
