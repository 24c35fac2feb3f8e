//! The control file: what a sandbox shall do wrong from now on, what its account holds, and what somebody does in the carrier's
//! portal. It may be written anew while the sandbox runs; reading it twice does nothing twice, also after a restart on the same
//! ledger.

use super::SandboxHandle;
use super::ledger::LedgerLine;
use super::seed::AccountSeed;
use super::switches::Switches;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// A control file.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ControlFile {
    /// Switches that differ from those that the sandbox was started with; one that is taken out goes back.
    pub switches: Map<String, Value>,
    /// Rows of units that the account holds.
    pub units: Vec<AccountSeed>,
    /// Edits in the portal, in their order. Another line is another edit.
    pub portal: Vec<ControlEdit>,
}

/// An edit in the portal.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ControlEdit {
    /// The unit's number at the carrier, or the SIM where the carrier knows units by it.
    pub unit: String,
    /// What is set, in the contract's names.
    pub set: Map<String, Value>,
}

/// What reading a control file did.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Controlled {
    /// Rows of units that were put into the account.
    pub rows: usize,
    /// Edits in the portal.
    pub edits: usize,
}

impl ControlFile {
    /// Reads one.
    ///
    /// # Errors
    /// When it is no control file; the words say where.
    pub fn parse(text: &str) -> Result<Self, String> {
        serde_json::from_str(text).map_err(|error| error.to_string())
    }

    /// Does what it says and was not done yet. `base` are the switches that the sandbox was started with.
    ///
    /// # Errors
    /// When a switch is unknown, a row makes no sense or the ledger cannot be written. Nothing is done when a switch is unknown.
    pub fn apply(&self, sandbox: &SandboxHandle, base: &Switches) -> Result<Controlled, String> {
        let switches = base.changed_by(&Value::Object(self.switches.clone()))?;
        sandbox.set_switches(switches);
        let mut done = Controlled::default();
        let ledger = sandbox.ledger();
        for (at, seed) in self.units.iter().enumerate() {
            let wanted = self
                .units
                .iter()
                .take(at + 1)
                .filter(|each| *each == seed)
                .count();
            let there = ledger
                .iter()
                .filter(|line| matches!(line, LedgerLine::AccountSeeded { seed: there, .. } if there == seed))
                .count();
            if wanted > there {
                sandbox.seed_account(seed)?;
                done.rows += 1;
            }
        }
        for (at, edit) in self.portal.iter().enumerate() {
            let wanted = self
                .portal
                .iter()
                .take(at + 1)
                .filter(|each| *each == edit)
                .count();
            let is_this = |line: &&LedgerLine| matches!(line, LedgerLine::PortalEdited { unit_id, set, .. } if *unit_id == edit.unit && *set == edit.set);
            if wanted > ledger.iter().filter(is_this).count() {
                sandbox.edit_in_portal(&edit.unit, edit.set.clone())?;
                done.edits += 1;
            }
        }
        Ok(done)
    }
}

#[cfg(test)]
mod tests {
    use super::super::{SandboxConfig, serve};
    use super::*;

    #[tokio::test]
    async fn a_file_that_is_read_again_does_only_what_is_new_and_takes_its_switches_back() {
        let folder = tempfile::tempdir().unwrap();
        let ledger = folder.path().join("ledger.jsonl");
        let begin = || async {
            let ledger = Some(ledger.clone());
            serve(SandboxConfig {
                ledger,
                ..SandboxConfig::default()
            })
            .await
            .unwrap()
        };
        let sandbox = begin().await;
        let base = sandbox.switches();
        let text = r#"{"switches": {"clock_skew_s": 900}, "units": [{"units": 3, "plan": "M2MGPS5"}],
            "portal": [{"unit": "U000002", "set": {"status": "SUSPENDED"}}]}"#;
        let file = ControlFile::parse(text).unwrap();
        let done = file.apply(&sandbox, &base).unwrap();
        assert_eq!(done, Controlled { rows: 1, edits: 1 });
        assert_eq!(sandbox.switches().clock_skew_s, 900);
        assert_eq!(file.apply(&sandbox, &base).unwrap(), Controlled::default());
        sandbox.stop().await;

        let sandbox = begin().await;
        let mut file = ControlFile {
            switches: Map::new(),
            ..file
        };
        assert_eq!(
            file.apply(&sandbox, &base).unwrap(),
            Controlled::default(),
            "the ledger remembers"
        );
        assert_eq!(sandbox.switches().clock_skew_s, base.clock_skew_s);
        file.portal.push(file.portal[0].clone());
        assert_eq!(
            file.apply(&sandbox, &base).unwrap(),
            Controlled { rows: 0, edits: 1 }
        );
        sandbox.stop().await;
    }

    #[tokio::test]
    async fn a_mistake_is_named_and_changes_nothing() {
        let sandbox = serve(SandboxConfig::default()).await.unwrap();
        let base = sandbox.switches();
        assert!(
            ControlFile::parse(r#"{"swiches": {}}"#)
                .unwrap_err()
                .contains("swiches")
        );
        let file = ControlFile::parse(
            r#"{"switches": {"clock_skew": 1}, "units": [{"units": 1, "plan": "M2MGPS5"}]}"#,
        );
        assert!(
            file.unwrap()
                .apply(&sandbox, &base)
                .unwrap_err()
                .contains("clock_skew")
        );
        assert!(sandbox.ledger().is_empty());
    }
}
