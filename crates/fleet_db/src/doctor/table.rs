//! Whether the fleet table is still as it was installed and takes changes. Whoever may alter it may also switch its triggers off for a bulk load, and
//! forget it: everything then looks well, and the offices hear of nothing.

use super::{Report, StepName};
use crate::columns::UNIT_COLUMNS;
use crate::fault::Fault;
use crate::session::{Session, get};

/// The triggers of `fleet.units`; without any of them changes get lost or what is refused is taken.
const TRIGGERS: &[&str] = &[
    "claim_is_done_i",
    "claim_is_done_u",
    "fill_serial",
    "log_id",
    "log_u",
    "no_new_id",
    "no_truncate",
    "stamp_id",
    "stamp_u",
];

/// Columns, triggers that fire, triggers that do not, and why nothing can be written.
const IS: &str = "
SELECT 'column' AS kind, a.attname::text AS name FROM pg_catalog.pg_attribute a JOIN pg_catalog.pg_class c ON c.oid = a.attrelid
  JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname = 'fleet' AND c.relname = 'units' AND a.attnum > 0 AND NOT a.attisdropped
UNION ALL
SELECT CASE WHEN t.tgenabled IN ('O', 'A') THEN 'trigger' ELSE 'off' END, t.tgname::text FROM pg_catalog.pg_trigger t JOIN pg_catalog.pg_class c ON c.oid = t.tgrelid
  JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname = 'fleet' AND c.relname = 'units' AND NOT t.tgisinternal
UNION ALL
SELECT 'read_only', CASE WHEN pg_is_in_recovery() THEN 'it is a copy for reading' ELSE 'read only is set for this login or database' END
 WHERE current_setting('transaction_read_only')::boolean";

pub(super) async fn look(session: &Session) -> Result<(), Fault> {
    let statement = session.statement(IS).await?;
    let rows = session.query(&statement, &[]).await?;
    let found = rows
        .iter()
        .map(|row| Ok((get(row, "kind")?, get(row, "name")?)))
        .collect::<Result<Vec<(String, String)>, Fault>>()?;
    compared(&found)
}

fn compared(found: &[(String, String)]) -> Result<(), Fault> {
    let is = |kind: &str, name: &str| found.iter().any(|(k, n)| k == kind && n == name);
    let mut wrong = Vec::new();
    for column in UNIT_COLUMNS {
        if !is("column", column.name) {
            wrong.push(format!("the column {} is missing", column.name));
        }
    }
    for trigger in TRIGGERS {
        if is("off", trigger) {
            wrong.push(format!("the trigger {trigger} is switched off"));
        } else if !is("trigger", trigger) {
            wrong.push(format!("the trigger {trigger} is missing"));
        }
    }
    if !wrong.is_empty() {
        return Err(Fault::TableAltered {
            what: wrong.join(", "),
        });
    }
    match found.iter().find(|(kind, _)| kind == "read_only") {
        Some((_, why)) => Err(Fault::ReadOnly { why: why.clone() }),
        None => Ok(()),
    }
}

pub(super) fn told(report: &mut Report, found: Result<(), Fault>, good: &str) {
    match found {
        Ok(()) => report.good(StepName::Schema, good),
        Err(fault) => report.failed(StepName::Schema, &fault),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_trigger_of_the_table_is_looked_for() {
        let steps = [
            include_str!("../../sql/0001_units.sql"),
            include_str!("../../sql/0003_claims_and_purges.sql"),
        ];
        let mut named: Vec<&str> = steps
            .iter()
            .flat_map(|step| step.lines())
            .filter_map(|line| {
                let rest = line
                    .split("TRIGGER ")
                    .nth(1)
                    .filter(|_| line.starts_with("CREATE "))?;
                rest.split(' ').next()
            })
            .collect();
        named.sort_unstable();
        assert_eq!(named, TRIGGERS);
    }
}
