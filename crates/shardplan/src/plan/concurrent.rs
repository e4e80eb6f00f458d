//! The concurrent function: a table that should be distributed by it comes in, whether it is, and what it would refuse, lose or
//! misplace, go out. What `remake` puts back does not count.

use super::change::Method;
use super::draft::Draft;
use super::partitions;
use crate::catalog::{Column, Generated, Key, Persistence, ReplicaIdentity, Table, Timing, View, mentions};
use crate::graph::TableIx;
use crate::name::TableName;

/// How a table that should be distributed concurrently is distributed: blocking, when the concurrent function would refuse
/// it or lose something of it that the plan cannot put back.
pub(super) fn concurrent_or_blocking(draft: &mut Draft<'_>, ix: TableIx, forced: bool) -> Method {
    let table = draft.table(ix);
    let found = against(draft, ix);
    let about = |what: &str| format!("create_distributed_table_concurrently on `{}`: {what}", table.name);
    if forced {
        found.iter().for_each(|(rule, what)| draft.report(rule, &table.name, None, about(what)));
        return Method::Concurrent;
    }
    let Some((_, first)) = found.first() else { return Method::Concurrent };
    draft.report("blocking-instead", &table.name, None, about(first));
    Method::Blocking
}

/// All that stands against it, each with its rule, the worst first.
fn against(draft: &Draft<'_>, ix: TableIx) -> Vec<(&'static str, String)> {
    let table = draft.table(ix);
    let mut found: Vec<_> = without_partitions(draft, ix).into_iter().collect();
    let with = |rule| move |what| (rule, what);
    found.extend(partitions::against_metadata(draft, ix).map(with("concurrent-partitioned")));
    found.extend(misplaced_by(draft, ix).map(with("concurrent-misplaces")));
    found.extend(dropped(draft, table).map(with("concurrent-drops")));
    found.extend(unlogged(table).map(with("concurrent-unlogged")));
    found.extend(unidentified(draft, ix).map(with("concurrent-unidentified")));
    found.extend(of_type(table).map(with("concurrent-loses")));
    found.extend(refreshed(draft, &table.name).into_iter().map(with("concurrent-refreshes")));
    found
}

/// The concurrent function publishes the partitions, and fails when there is none.
fn without_partitions(draft: &Draft<'_>, ix: TableIx) -> Option<(&'static str, String)> {
    let is_empty = draft.is_partitioned(ix) && draft.graph.partitions(ix).next().is_none();
    is_empty.then(|| ("concurrent-without-partitions", "it fails on a partitioned table without partitions".to_owned()))
}

/// A stored generated column before the distribution column makes the concurrent function take another column for it: rows
/// land on shards where nobody looks for them. The order of each partition counts for its own rows.
fn misplaced_by(draft: &Draft<'_>, ix: TableIx) -> Option<String> {
    let key = draft.column(ix)?;
    let parts = std::iter::once(ix).chain(draft.graph.partitions(ix));
    parts.map(|part| draft.table(part)).find_map(|table| {
        // A column that the plan replaces comes back as the last one.
        let is_last = draft.unified(ix).is_some();
        let before = table.columns.iter().take_while(|column| is_last || column.name != *key);
        let stored = |column: &&Column| matches!(column.generated, Some(Generated::Stored(_)));
        let column = before.into_iter().find(stored)?;
        Some(format!(
            "rows of `{}` land on wrong shards, because the generated column `{}` stands before `{key}`",
            table.name, column.name
        ))
    })
}

fn unlogged(table: &Table) -> Option<String> {
    (table.persistence == Persistence::Unlogged).then(|| "it refuses unlogged tables half-way".to_owned())
}

/// Logical replication must be able to name the row that an UPDATE or DELETE is about.
fn unidentified(draft: &Draft<'_>, ix: TableIx) -> Option<String> {
    let parts = std::iter::once(ix).filter(|ix| !draft.is_partitioned(*ix)).chain(draft.graph.partitions(ix));
    let table = parts.map(|part| draft.table(part)).find(|table| !is_identified(table))?;
    let why = match (&table.replica_identity, &table.primary_key) {
        (ReplicaIdentity::Nothing, _) => "with REPLICA IDENTITY NOTHING",
        (_, Some(_)) => "with a deferrable primary key, which identifies no row,",
        (_, None) => "without a primary key",
    };
    let of = if table.name == draft.table(ix).name { String::new() } else { format!(" of `{}`", table.name) };
    Some(format!("{why} every UPDATE and DELETE{of} fails while it runs"))
}

fn is_identified(table: &Table) -> bool {
    let immediate = |key: &Key| key.timing == Timing::Immediate;
    match table.replica_identity {
        ReplicaIdentity::Default => table.primary_key.as_ref().is_some_and(immediate),
        ReplicaIdentity::Nothing => false,
        ReplicaIdentity::Full | ReplicaIdentity::Index(_) => true,
    }
}

fn of_type(table: &Table) -> Option<String> {
    table.of_type.as_ref().map(|of| format!("the table loses its type (OF {of})"))
}

/// Materialized views over the table, also through other views, come back empty: they are filled again at once.
fn refreshed(draft: &Draft<'_>, table: &TableName) -> Vec<String> {
    let views = draft.readers(table).into_iter().filter(|view| view.materialized);
    let wait = |view: &View| {
        format!("readers and writers of the table wait while the materialized view `{}` is filled again", view.name)
    };
    views.map(wait).collect()
}

/// What goes with the old copy of the table.
fn dropped(draft: &Draft<'_>, table: &Table) -> Option<String> {
    if let Some(user) = draft.row_type_user(&table.name) {
        return Some(format!("{user}, which uses the table's row type, would be dropped"));
    }
    let functions = &draft.graph.catalog().functions;
    let mut atomic = functions.iter().filter(|function| function.body.starts_with("BEGIN ATOMIC"));
    let function = atomic.find(|function| mentions(&function.body, &table.name.name))?;
    Some(format!("function `{}`, written as BEGIN ATOMIC over the table, would be dropped", function.name))
}

#[cfg(test)]
mod tests {
    use crate::{Catalog, Classification, Plan, Rules, SchemaGraph};

    #[test]
    fn a_column_that_is_replaced_comes_after_every_generated_one() {
        let blocking = |kind: &str| {
            let sql = format!(
                "CREATE TABLE stores (store_id bigint PRIMARY KEY);
                 CREATE TABLE t (id bigint, store_id {kind} REFERENCES stores, twice bigint GENERATED ALWAYS AS (id * 2) STORED,
                 PRIMARY KEY (store_id, id));"
            );
            let graph = SchemaGraph::new(Catalog::from_ddl(&sql).catalog).expect("valid");
            let rules = Rules::new("stores.store_id".parse().expect("valid"));
            let plan = Plan::new(&Classification::new(&graph, &rules).expect("valid"));
            plan.findings.iter().any(|finding| finding.rule == "blocking-instead")
        };
        assert!(!blocking("bigint"));
        assert!(blocking("int"));
    }

    /// The rules that stand against the concurrent function, forced on the table `t` with this behind it.
    fn against(sql: &str) -> Vec<String> {
        let sql = format!("CREATE TABLE stores (store_id bigint PRIMARY KEY); {sql}");
        let graph = SchemaGraph::new(Catalog::from_ddl(&sql).catalog).expect("valid");
        let rules = Rules::new("stores.store_id".parse().expect("valid"));
        let rules = rules.with_overrides("[tables.t]\nmethod = \"concurrent\"").expect("valid");
        let plan = Plan::new(&Classification::new(&graph, &rules).expect("valid"));
        let found = plan.findings.iter().filter(|finding| finding.rule.starts_with("concurrent-"));
        found.map(|finding| finding.rule.to_string()).collect()
    }

    #[test]
    fn what_identifies_a_row_decides() {
        let table = |key: &str| format!("CREATE TABLE t (id bigint, store_id bigint NOT NULL REFERENCES stores{key});");
        assert!(against(&table(", PRIMARY KEY (store_id, id)")).is_empty());
        assert_eq!(against(&table("")), ["concurrent-unidentified"]);
        assert_eq!(against(&table(", PRIMARY KEY (store_id, id) DEFERRABLE")), ["concurrent-unidentified"]);
        assert!(against(&(table("") + "ALTER TABLE t REPLICA IDENTITY FULL;")).is_empty());
        let nothing = "ALTER TABLE t REPLICA IDENTITY NOTHING;";
        assert_eq!(against(&(table(", PRIMARY KEY (store_id, id)") + nothing)), ["concurrent-unidentified"]);
    }

    #[test]
    fn an_atomic_function_goes_with_the_old_copy() {
        let table =
            "CREATE TABLE t (id bigint, store_id bigint NOT NULL REFERENCES stores, PRIMARY KEY (store_id, id));";
        let function = |body: &str| format!("{table} CREATE FUNCTION f() RETURNS bigint LANGUAGE sql {body};");
        assert_eq!(against(&function("BEGIN ATOMIC SELECT count(*) FROM t; END")), ["concurrent-drops"]);
        assert!(against(&function("AS $$ SELECT count(*) FROM t $$")).is_empty());
    }

    #[test]
    fn a_check_or_dollars_keep_partitions_from_being_attached() {
        let table = |rest: &str| {
            format!(
                "CREATE TABLE t (id bigint, store_id bigint NOT NULL REFERENCES stores, PRIMARY KEY (store_id, id){rest}) PARTITION BY HASH (id);"
            )
        };
        let part = |name: &str| format!("CREATE TABLE {name} PARTITION OF t FOR VALUES WITH (MODULUS 1, REMAINDER 0);");
        assert!(against(&(table("") + &part("t_1"))).is_empty());
        assert_eq!(against(&(table(", CHECK (id > 0)") + &part("t_1"))), ["concurrent-partitioned"]);
        assert_eq!(against(&(table("") + &part("\"t$$\""))), ["concurrent-partitioned"]);
        assert_eq!(against(&table(", CHECK (id > 0)")), ["concurrent-without-partitions"]);
    }
}
