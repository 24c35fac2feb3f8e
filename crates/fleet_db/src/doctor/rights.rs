//! Whether a login may do exactly what a bench needs: what is missing does not work, what is too much is a risk.

use super::{Report, StepName, Verdict};
use crate::fault::Fault;
use crate::session::{Session, get};

/// What a bench needs, as the questions below name it.
const NEEDED: &[&str] = &[
    "USAGE on schema fleet",
    "SELECT on fleet.units",
    "SELECT on fleet.purges",
    "SELECT on fleet.sync_head",
    "SELECT on fleet.sync_commits",
    "SELECT on fleet.unit_revs",
    "SELECT on fleet.unit_history",
    "SELECT on fleet.pushes",
    "SELECT on fleet.push_units",
    "SELECT on fleet.v_collector_age",
    "SELECT on fleet.v_first_report",
    "SELECT on fleet.v_first_report_usual",
    "SELECT on fleet.v_fleet_now",
    "SELECT on fleet.v_interval_check",
    "SELECT on fleet.v_never_heard",
    "SELECT on fleet.v_positions",
    "EXECUTE on fleet.sync_push",
    "EXECUTE on fleet.known_ops",
    "EXECUTE on fleet.claim",
    "EXECUTE on fleet.open_claims",
    "EXECUTE on fleet.end_claims",
    "EXECUTE on fleet.row_holder",
    "EXECUTE on fleet.share_push",
    "EXECUTE on fleet.claim_push_unit",
    "EXECUTE on fleet.tell_push",
    "EXECUTE on fleet.hold_push_units",
];

/// Everything that the login may do in this database beyond what everybody may, each in a few words.
const MAY: &str = "
WITH me AS (SELECT r.* FROM pg_catalog.pg_roles r WHERE r.rolname = current_user)
SELECT p || ' on schema ' || n.nspname AS what
  FROM pg_catalog.pg_namespace n, unnest(ARRAY['USAGE', 'CREATE']) p
 WHERE n.nspname IN ('fleet', 'public') AND NOT (n.nspname = 'public' AND p = 'USAGE') AND has_schema_privilege(n.oid, p)
UNION ALL
SELECT p || ' on fleet.' || c.relname
  FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace,
       unnest(ARRAY['SELECT', 'INSERT', 'UPDATE', 'DELETE', 'TRUNCATE', 'REFERENCES', 'TRIGGER']) p
 WHERE n.nspname = 'fleet' AND c.relkind IN ('r', 'p', 'v', 'm') AND has_table_privilege(c.oid, p)
UNION ALL
SELECT 'EXECUTE on fleet.' || f.proname
  FROM pg_catalog.pg_proc f JOIN pg_catalog.pg_namespace n ON n.oid = f.pronamespace
 WHERE n.nspname = 'fleet' AND has_function_privilege(f.oid, 'EXECUTE')
UNION ALL
SELECT p || ' in this database' FROM unnest(ARRAY['CREATE', 'TEMPORARY']) p WHERE has_database_privilege(current_database(), p)
UNION ALL
SELECT w FROM me, LATERAL (VALUES ('superuser', me.rolsuper), ('may create roles', me.rolcreaterole), ('may create databases', me.rolcreatedb),
       ('replication', me.rolreplication), ('past row security', me.rolbypassrls)) AS flags (w, has) WHERE has
UNION ALL
SELECT 'member of ' || g.rolname FROM pg_catalog.pg_roles g
 WHERE (g.rolname LIKE 'pg\\_%' OR g.rolname IN ('fleet_owner', 'fleet_editor', 'fleet_collector', 'rds_superuser')) AND g.rolname <> current_user
   AND pg_has_role(g.oid, 'MEMBER')
ORDER BY 1";

/// What is missing and what is too much.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Found {
    missing: Vec<String>,
    superfluous: Vec<String>,
}

pub(super) async fn look(session: &Session) -> Result<Found, Fault> {
    let statement = session.statement(MAY).await?;
    let rows = session.query(&statement, &[]).await?;
    let may = rows
        .iter()
        .map(|row| get(row, "what"))
        .collect::<Result<Vec<String>, _>>()?;
    Ok(compared(&may))
}

fn compared(may: &[String]) -> Found {
    let has = |needed: &str| may.iter().any(|may| may == needed);
    Found {
        missing: NEEDED
            .iter()
            .filter(|needed| !has(needed))
            .map(|needed| (*needed).to_owned())
            .collect(),
        superfluous: may
            .iter()
            .filter(|may| !NEEDED.contains(&may.as_str()))
            .cloned()
            .collect(),
    }
}

pub(super) fn told(report: &mut Report, found: &Found, login: &str) {
    if !found.missing.is_empty() {
        let fault = Fault::NoRight {
            why: format!("missing: {}", found.missing.join(", ")),
        };
        report.failed(StepName::Rights, &fault);
    } else if found.superfluous.is_empty() {
        report.good(
            StepName::Rights,
            format!("{login} may do what a bench needs, and no more"),
        );
    } else {
        let (first, rest) = found.superfluous.split_at(found.superfluous.len().min(6));
        let more = match rest.len() {
            0 => String::new(),
            count => format!(" and {count} more"),
        };
        report.add(
            StepName::Rights,
            Verdict::Notice,
            format!("{login} may do more than a bench needs: {}{more}", first.join(", ")),
            Some("Give this bench a login of its own that is a member of fleet_app only; an administrator's login is for installing."),
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_missing_and_what_is_too_much_are_both_told() {
        let mut may: Vec<String> = NEEDED.iter().map(|needed| (*needed).to_owned()).collect();
        assert_eq!(compared(&may), Found::default());
        may.retain(|may| may != "EXECUTE on fleet.claim");
        may.push("DELETE on fleet.units".into());
        assert_eq!(
            compared(&may),
            Found {
                missing: vec!["EXECUTE on fleet.claim".into()],
                superfluous: vec!["DELETE on fleet.units".into()],
            }
        );
    }
}
