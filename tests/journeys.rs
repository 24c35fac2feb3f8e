//! Journeys of units through the whole program: plugged in, read, written, proved, registered, found again.

mod carrier;
mod faults;
mod office;
mod secrecy;
mod whole_way;
