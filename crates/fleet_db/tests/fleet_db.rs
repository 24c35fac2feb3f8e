//! The fleet database against a real PostgreSQL of its own.

#[path = "fleet_db/pushing.rs"]
mod pushing;
#[path = "fleet_db/server.rs"]
mod server;
