//! Journeys of units through the whole program: plugged in, read, written, proved, registered, found again.

mod carrier;
mod changes;
mod faults;
mod finding;
mod first;
mod messages;
mod no_agreement;
mod office;
mod one_claim;
mod other_programs;
mod own_profile;
mod reconcile;
mod removal;
mod sealed_file;
mod secrecy;
mod subscriptions;
mod talk;
mod two_carriers;
mod two_offices;
mod whole_way;
