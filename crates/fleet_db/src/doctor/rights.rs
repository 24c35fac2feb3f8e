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

/// What is there at all, in the same words: an older database has less.
const THERE: &str = "
SELECT 'SELECT on fleet.' || c.relname AS what FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname = 'fleet'
UNION ALL
SELECT 'EXECUTE on fleet.' || f.proname FROM pg_catalog.pg_proc f JOIN pg_catalog.pg_namespace n ON n.oid = f.pronamespace WHERE n.nspname = 'fleet'";
/// Without these no units are agreed.
const ROUNDS_NEED: &[&str] = &[
    "USAGE on schema fleet",
    "SELECT on fleet.units",
    "SELECT on fleet.sync_head",
    "SELECT on fleet.sync_commits",
    "SELECT on fleet.unit_revs",
    "SELECT on fleet.unit_history",
    "EXECUTE on fleet.sync_push",
    "EXECUTE on fleet.known_ops",
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
    /// Of what is missing: what no login may do, because it is not there.
    not_there: Vec<String>,
    superfluous: Vec<String>,
}

pub(super) async fn look(session: &Session) -> Result<Found, Fault> {
    let may = told_words(session, MAY).await?;
    let there = told_words(session, THERE).await?;
    Ok(compared(&may, &there))
}

async fn told_words(session: &Session, question: &str) -> Result<Vec<String>, Fault> {
    let statement = session.statement(question).await?;
    let rows = session.query(&statement, &[]).await?;
    rows.iter().map(|row| get(row, "what")).collect()
}

fn compared(may: &[String], there: &[String]) -> Found {
    let has = |needed: &str| may.iter().any(|may| may == needed);
    let missing: Vec<String> = NEEDED
        .iter()
        .filter(|needed| !has(needed))
        .map(|needed| (*needed).to_owned())
        .collect();
    let is_there = |what: &String| there.contains(what) || what.starts_with("USAGE");
    Found {
        not_there: missing
            .iter()
            .filter(|what| !is_there(what))
            .cloned()
            .collect(),
        missing,
        superfluous: may
            .iter()
            .filter(|may| !NEEDED.contains(&may.as_str()))
            .cloned()
            .collect(),
    }
}

/// `is_older`: the database has fewer steps than this program, which was told already.
pub(super) fn told(report: &mut Report, found: &Found, login: &str, is_older: bool) {
    let waits = |what: &String| {
        is_older && found.not_there.contains(what) && !ROUNDS_NEED.contains(&what.as_str())
    };
    if !found.missing.is_empty() && found.missing.iter().all(waits) {
        report.add(
            StepName::Rights,
            Verdict::Notice,
            format!(
                "{login} may do what there is; not there yet: {}",
                found.missing.join(", ")
            ),
            Some("It comes with 'fleetdesk fleet-db install', which the administrator runs with this version of Fleetdesk; units agree without it."),
        );
    } else if !found.missing.is_empty() {
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
    fn what_rounds_need_is_needed() {
        for what in ROUNDS_NEED {
            assert!(NEEDED.contains(what), "{what}");
        }
    }

    #[test]
    fn what_is_missing_and_what_is_too_much_are_both_told() {
        let mut may: Vec<String> = NEEDED.iter().map(|needed| (*needed).to_owned()).collect();
        let there = may.clone();
        assert_eq!(compared(&may, &there), Found::default());
        may.retain(|may| may != "EXECUTE on fleet.claim" && may != "EXECUTE on fleet.tell_push");
        may.push("DELETE on fleet.units".into());
        let older: Vec<String> = (there.iter())
            .filter(|what| *what != "EXECUTE on fleet.tell_push")
            .cloned()
            .collect();
        assert_eq!(
            compared(&may, &older),
            Found {
                missing: vec![
                    "EXECUTE on fleet.claim".into(),
                    "EXECUTE on fleet.tell_push".into()
                ],
                not_there: vec!["EXECUTE on fleet.tell_push".into()],
                superfluous: vec!["DELETE on fleet.units".into()],
            }
        );
    }
}
