//! The connection to the fleet database: made when it is needed, kept while it works, made anew when it was cut.

use super::claims::{InHand, claims};
use super::round::{RoundError, Summary, round};
use crate::inventory::Inventory;
use fleet_db::{Fault, Session};
use jiff::Timestamp;

/// Which fleet database, and how to log in there.
pub use fleet_db::Access as Login;

/// A login with the session that it has, if any.
pub struct Connection {
    login: Login,
    session: Option<Session>,
    clock_off_s: Option<i64>,
}

impl Connection {
    /// Not connected yet.
    #[must_use]
    pub fn new(login: Login) -> Self {
        Self {
            login,
            session: None,
            clock_off_s: None,
        }
    }

    /// How to log in.
    #[must_use]
    pub fn login(&self) -> &Login {
        &self.login
    }

    /// Goes one round, on the session that is there or on a new one.
    ///
    /// # Errors
    /// When the fleet database or the inventory did not do its part; the next round goes on from there.
    pub async fn round(&mut self, inventory: &Inventory) -> Result<Summary, RoundError> {
        let session = match self.session.take().filter(|session| !session.is_closed()) {
            Some(session) => session,
            None => self.log_in().await?,
        };
        let went = round(inventory, &session).await;
        // A session that failed may be kept only where the server itself said no.
        if went.is_ok() && !session.is_closed() {
            self.session = Some(session);
        }
        went
    }

    /// Ends the claims of jobs that have ended here, and hears which units other benches have in hand. A question beside the rounds,
    /// so that one without news stays one query.
    ///
    /// # Errors
    /// When the fleet database or the inventory did not do its part, or the database is too old to tell; nothing is lost then.
    pub async fn claims(&mut self, inventory: &Inventory) -> Result<Vec<InHand>, RoundError> {
        let session = self.session().await?;
        claims(inventory, session).await
    }

    async fn log_in(&mut self) -> Result<Session, Fault> {
        let session = self.login.session().await?;
        let there = session.server_time().await?;
        self.clock_off_s = Some(Timestamp::now().as_second() - there.as_second());
        Ok(session)
    }

    /// How many seconds this computer's clock was ahead of the server's at the last login.
    #[must_use]
    pub fn clock_off_s(&self) -> Option<i64> {
        self.clock_off_s
    }

    /// The session that is there or a new one, for a question beside the rounds.
    ///
    /// # Errors
    /// Which step of logging in failed, and why.
    pub async fn session(&mut self) -> Result<&Session, Fault> {
        if self.session.as_ref().is_none_or(Session::is_closed) {
            self.session = Some(self.log_in().await?);
        }
        self.session.as_ref().ok_or_else(|| Fault::NotUnderstood {
            why: "no session".to_owned(),
        })
    }
}
