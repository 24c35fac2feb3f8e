//! Journeys of units through the whole program: plugged in, read, written, proved, registered, found again.

mod carrier;
mod changes;
mod check;
mod faults;
mod finding;
mod first;
#[cfg(feature = "gui")]
mod from_the_window;
mod identified;
mod integrator;
mod messages;
mod no_agreement;
mod odd_rows;
mod office;
mod one_claim;
mod other_programs;
mod own_profile;
mod reached_by_text;
mod reconcile;
mod removal;
mod sandbox;
mod sealed_file;
mod second_command;
mod secrecy;
mod sheets;
mod stopping;
mod subscriptions;
mod talk;
mod two_carriers;
mod two_offices;
mod whole_way;
