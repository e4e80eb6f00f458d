//! The scripts that belong to no phase: a plan comes in, what watches a cluster and what spreads the tenants on it go out.

use shardplan::{DataType, Plan, TableName};

use crate::quote::{literal, name_literal, visible_literal};
use crate::script::Script;

/// What is going on, at any time.
pub(crate) const MONITOR: &str = "monitor.sql";

/// Shards to new workers, and large tenants to shards of their own.
pub(crate) const REBALANCE: &str = "rebalance.sql";

/// Looks only.
pub(crate) fn monitor() -> Script {
    Script { path: MONITOR.to_owned(), text: include_str!("after/monitor.sql").to_owned() }
}

/// Shows what it would do, and does it when it is asked to.
pub(crate) fn rebalance(plan: &Plan) -> Script {
    let text = include_str!("after/rebalance.sql");
    let root = name_literal(&plan.key.table).to_string();
    let text = text.replace("{column}", &literal(plan.key.column.as_str()).to_string()).replace("{root}", &root);
    Script { path: REBALANCE.to_owned(), text: format!("\\set ON_ERROR_STOP on\n{text}") }
}

/// What gives a tenant a shard of its own on a cluster, in this table and in all that lie with it. The value is in its text form.
#[must_use]
pub fn isolate_tenant(table: &TableName, data_type: &DataType, value: &str) -> String {
    let (table, value) = (name_literal(table), visible_literal(value));
    format!("SELECT isolate_tenant_to_new_shard({table}, {value}::{data_type}, 'CASCADE');")
}

#[cfg(test)]
mod tests {
    use super::isolate_tenant;

    /// A terminal that swallows a character must not make it another tenant.
    #[test]
    fn a_tenant_with_control_characters_is_named_in_escapes() {
        let sql = |value: &str| isolate_tenant(&"s".parse().expect("a name"), &"text".into(), value);
        assert_eq!(sql("it's"), "SELECT isolate_tenant_to_new_shard('public.s', 'it''s'::text, 'CASCADE');");
        let told = sql("\u{1b}[31mR'E\\D\n");
        assert!(told.contains(r"E'\u001B[31mR''E\\D\u000A'::text"), "{told}");
    }
}
