//! Journeys of units through the whole program: plugged in, read, written, proved, registered, found again.

mod whole_way;
