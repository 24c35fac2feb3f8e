//! A bench for dialogues with pretend time: the other side is a simulated unit, or a peer that says what a script says.

mod hostile;
mod scripted_families;
