//! Row security: the policies of a table come in, what Citus does to them goes out as findings. A policy that needs nothing but
//! the row goes to the shards as it is, and is no finding.

use super::draft::Draft;
use super::obstacles;
use crate::catalog::{Catalog, Policy, RowSecurity, Table};

pub(super) fn check(draft: &mut Draft<'_>, table: &Table) {
    let name = &table.name;
    let stays = |policy: &&Policy| !obstacles::is_policy_removed(draft, name, &policy.name);
    for policy in table.policies.iter().filter(stays).collect::<Vec<_>>() {
        if has_subquery(policy) {
            let message = format!("policy `{}` of `{name}` has a subquery", policy.name);
            draft.report("policy-subquery", name, Some(&policy.name), message);
        } else if lets_more_through(table, policy) {
            let message =
                format!("policy `{}` of `{name}` is restrictive: on the shards it would be permissive", policy.name);
            draft.report("policy-restrictive", name, Some(&policy.name), message);
        } else if let Some(reader) = reads_setting(draft.graph.catalog(), policy)
            && table.row_security != RowSecurity::Off
        {
            let message = format!("policy `{}` of `{name}` reads a session setting with `{reader}`", policy.name);
            draft.report("policy-setting", name, Some(&policy.name), message);
        }
    }
    if table.row_security != RowSecurity::Off && table.partition_of.is_none() {
        let message = format!("`{name}` has row security, and its policies may change later");
        draft.report("policy-later", name, None, message);
    }
    if table.row_security == RowSecurity::Forced {
        let message = format!("row security of `{name}` is forced on its owner");
        draft.report("forced-row-security", name, None, message);
    }
}

/// On a plain table, only rows that every restrictive policy lets through are seen.
pub(super) fn lets_more_through(table: &Table, policy: &Policy) -> bool {
    !policy.permissive && table.row_security != RowSecurity::Off
}

pub(super) fn has_subquery(policy: &Policy) -> bool {
    words_of(policy).any(|word| word.eq_ignore_ascii_case("select"))
}

/// The function by which a policy reads a setting: the server's, or one of the schema whose body calls that.
fn reads_setting<'t>(catalog: &'t Catalog, policy: &'t Policy) -> Option<&'t str> {
    let direct = words_of(policy).find(|word| is_setting(word));
    direct.or_else(|| {
        let mut readers = catalog.functions.iter().filter(|function| words(&function.body).any(is_setting));
        let called = |name: &str| words_of(policy).any(|word| word == name);
        readers.find(|function| called(function.name.name.as_str())).map(|function| function.name.name.as_str())
    })
}

fn is_setting(word: &str) -> bool {
    word.eq_ignore_ascii_case("current_setting")
}

fn words_of(policy: &Policy) -> impl Iterator<Item = &str> {
    policy.using.iter().chain(&policy.with_check).flat_map(|condition| words(condition))
}

/// The words of an SQL expression outside literals and quoted names.
pub(super) fn words(expression: &str) -> impl Iterator<Item = &str> {
    let unquoted = expression.split('\'').step_by(2).flat_map(|part| part.split('"').step_by(2));
    unquoted.flat_map(|part| part.split(|c: char| !c.is_alphanumeric() && c != '_'))
}

#[cfg(test)]
mod tests {
    use crate::{Catalog, Classification, Plan, Rules, SchemaGraph};

    /// The rules and objects of the findings about row security, for a table with this behind it.
    fn found(sql: &str) -> Vec<String> {
        let table = "CREATE TABLE stores (store_id bigint PRIMARY KEY, name text);";
        let graph = SchemaGraph::new(Catalog::from_ddl(&format!("{table}\n{sql}")).catalog).expect("valid");
        let rules = Rules::new("stores.store_id".parse().expect("valid"));
        let plan = Plan::new(&Classification::new(&graph, &rules).expect("valid"));
        let about = |rule: &str| rule != "policy-later" && (rule.starts_with("policy") || rule.contains("security"));
        plan.findings.iter().filter(|finding| about(&finding.rule)).map(|finding| finding.rule.to_string()).collect()
    }

    #[test]
    fn what_a_policy_needs_decides() {
        let on = "ALTER TABLE stores ENABLE ROW LEVEL SECURITY;";
        let with = |condition: &str| found(&format!("{on} CREATE POLICY p ON stores USING ({condition});"));
        assert!(with("name <> 'select current_setting'").is_empty());
        assert_eq!(with("store_id = current_setting('app.store')::bigint"), ["policy-setting"]);
        assert_eq!(with("store_id IN (SELECT 1)"), ["policy-subquery"]);
        let restrictive = "CREATE POLICY p ON stores AS RESTRICTIVE USING (store_id > 0);";
        assert_eq!(found(&format!("{on} {restrictive}")), ["policy-restrictive"]);
        assert!(found(restrictive).is_empty());
        let function =
            "CREATE FUNCTION own() RETURNS bigint LANGUAGE sql AS $$ SELECT current_setting('app.store')::bigint $$;";
        assert_eq!(
            found(&format!("{function} {on} CREATE POLICY p ON stores USING (store_id = own());")),
            ["policy-setting"]
        );
    }

    #[test]
    fn security_that_is_off_hides_nothing_and_a_forced_one_stops_the_copy() {
        let policy = "CREATE POLICY p ON stores USING (store_id = current_setting('app.store')::bigint);";
        assert!(found(policy).is_empty());
        let forced = "ALTER TABLE stores ENABLE ROW LEVEL SECURITY; ALTER TABLE stores FORCE ROW LEVEL SECURITY;";
        assert_eq!(found(forced), ["forced-row-security"]);
    }
}
