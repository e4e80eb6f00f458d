use crate::{
    Catalog, Change, Classification, ForeignKeyVerdict, LockMode, PhaseKind, Plan, Rules, SchemaGraph, Step, Strategy,
    Suspended, TableLock, Undo,
};

fn plan(sql: &str, strategy: Strategy) -> Plan {
    plan_with(sql, strategy, "")
}

fn plan_with(sql: &str, strategy: Strategy, overrides: &str) -> Plan {
    let graph = SchemaGraph::new(Catalog::from_ddl(sql).catalog).unwrap();
    let rules = Rules { strategy: Some(strategy), ..Rules::new("stores.store_id".parse().unwrap()) };
    let rules = rules.with_overrides(overrides).unwrap();
    Plan::new(&Classification::new(&graph, &rules).unwrap())
}

fn step(plan: &Plan) -> &Step {
    let [step] = &plan.phase(PhaseKind::Distribute).steps[..] else { panic!("all in one step") };
    step
}

fn locks(plan: &Plan) -> &[TableLock] {
    let mut changes = step(plan).changes.iter().skip_while(|change| **change == Change::OneConnection);
    let Some(Change::LockTables { locks }) = changes.next() else { panic!("locks come before anything else") };
    locks
}

/// The tables in the order in which they are locked, with the mode.
fn locked(plan: &Plan) -> Vec<(&str, LockMode)> {
    let locks = locks(plan);
    locks.iter().map(|TableLock { table, mode }| (table.name.as_str(), *mode)).collect()
}

fn names(sql: &str) -> Vec<String> {
    locked(&plan(sql, Strategy::Atomic)).into_iter().map(|(table, _)| table.to_owned()).collect()
}

/// A chain with a reference table; `b_lines` and `a_notes` stand side by side.
const CHAIN: &str = "
    CREATE TABLE countries (code text PRIMARY KEY);
    CREATE TABLE stores (store_id bigint PRIMARY KEY, country text REFERENCES countries);
    CREATE TABLE orders (store_id bigint REFERENCES stores, id bigint, PRIMARY KEY (store_id, id));
    CREATE TABLE b_lines (store_id bigint, id bigint, order_id bigint, PRIMARY KEY (store_id, id),
        CONSTRAINT old FOREIGN KEY (store_id, order_id) REFERENCES orders);
    CREATE TABLE a_notes (store_id bigint, id bigint, order_id bigint, PRIMARY KEY (store_id, id),
        FOREIGN KEY (store_id, order_id) REFERENCES orders);
    CREATE TABLE logs (store_id bigint, at bigint, PRIMARY KEY (store_id, at));
    COMMENT ON CONSTRAINT old ON b_lines IS 'kept';";

#[test]
fn a_referencing_table_is_locked_before_the_referenced_one() {
    assert_eq!(names(CHAIN), ["a_notes", "b_lines", "logs", "orders", "stores", "countries"]);
}

#[test]
fn a_table_of_a_foreign_key_is_locked_against_readers_at_once() {
    let plan = plan(CHAIN, Strategy::Atomic);
    for (table, mode) in locked(&plan) {
        let expected = if table == "logs" { LockMode::Exclusive } else { LockMode::AccessExclusive };
        assert_eq!(mode, expected, "{table}");
    }
    assert_eq!(locks(&plan), step(&plan).locks, "no later change takes a stronger lock, or one on another table");
}

#[test]
fn a_cycle_is_locked_between_its_neighbours() {
    let sql = "CREATE TABLE stores (store_id bigint PRIMARY KEY);
        CREATE TABLE a (store_id bigint REFERENCES stores, id bigint, b bigint, PRIMARY KEY (store_id, id));
        CREATE TABLE b (store_id bigint REFERENCES stores, id bigint, a bigint, PRIMARY KEY (store_id, id),
            FOREIGN KEY (store_id, a) REFERENCES a);
        ALTER TABLE a ADD FOREIGN KEY (store_id, b) REFERENCES b;
        CREATE TABLE z (store_id bigint, b bigint, PRIMARY KEY (store_id, b), FOREIGN KEY (store_id, b) REFERENCES b);";
    let found = names(sql);
    assert_eq!((found[0].as_str(), found[3].as_str()), ("z", "stores"));
    let mut within = found[1..3].to_vec();
    within.sort();
    assert_eq!(within, ["a", "b"]);
}

#[test]
fn a_self_reference_orders_nothing() {
    let sql = "CREATE TABLE stores (store_id bigint PRIMARY KEY);
        CREATE TABLE tree (store_id bigint REFERENCES stores, id bigint, parent bigint, PRIMARY KEY (store_id, id),
            FOREIGN KEY (store_id, parent) REFERENCES tree);";
    assert_eq!(names(sql), ["tree", "stores"]);
}

#[test]
fn foreign_keys_go_before_the_first_table_and_come_back_after_the_last() {
    let sql =
        format!("{CHAIN} ALTER TABLE logs ADD CONSTRAINT loose FOREIGN KEY (store_id) REFERENCES stores NOT VALID;");
    let plan = plan(&sql, Strategy::Atomic);
    let kinds = step(&plan).changes.iter().map(|change| match change {
        Change::OneConnection => 'o',
        Change::LockTables { .. } => 'l',
        Change::DropForeignKey { .. } => 'd',
        Change::CreateReferenceTable { .. } => 'r',
        Change::Distribute { .. } => 'p',
        Change::AddForeignKey { .. } => 'a',
        Change::Comment { .. } => 'c',
        other => panic!("{other:?}"),
    });
    assert_eq!(kinds.collect::<String>(), "oldddddrpppppaaaaac");
    for change in &step(&plan).changes {
        if let Change::AddForeignKey { foreign_key } = change {
            assert_eq!(foreign_key.validated, foreign_key.name != "loose", "{}", foreign_key.name);
        }
    }
    assert!(plan.phase(PhaseKind::ForeignKeys).steps.is_empty());
    let Undo::Changes(groups) = &step(&plan).undo else { panic!("it can be taken back") };
    assert_eq!(groups.len(), 6);
}

/// What is away, by strategy.
fn suspended(sql: &str, strategy: Strategy) -> Vec<(String, Suspended)> {
    let plan = plan_with(sql, strategy, "[tables]\nstores.rows = 1\norders.rows = 1\nb_lines.rows = 1000000");
    let away =
        |verdict: &ForeignKeyVerdict| Some((verdict.foreign_key.name.to_string(), verdict.suspension.as_ref()?.why));
    plan.foreign_keys.iter().filter_map(away).collect()
}

#[test]
fn what_is_away_depends_on_the_strategy() {
    let sql = "CREATE TABLE countries (code text PRIMARY KEY);
        CREATE TABLE ports (id bigint PRIMARY KEY, country text REFERENCES countries);
        CREATE TABLE stores (store_id bigint PRIMARY KEY, country text REFERENCES countries);
        CREATE TABLE orders (store_id bigint CONSTRAINT o REFERENCES stores, id bigint, PRIMARY KEY (store_id, id));
        CREATE TABLE b_lines (store_id bigint, id bigint, order_id bigint, PRIMARY KEY (store_id, id),
            CONSTRAINT b FOREIGN KEY (store_id, order_id) REFERENCES orders);";
    let local = ("ports_country_fkey".to_owned(), Suspended::LocalToReference);
    let concurrent = |name: &str| (name.to_owned(), Suspended::Concurrent);
    assert_eq!(suspended(sql, Strategy::Atomic), std::slice::from_ref(&local));
    assert_eq!(suspended(sql, Strategy::Combined), [concurrent("b"), local.clone()]);
    let online = [concurrent("b"), concurrent("o"), local, concurrent("stores_country_fkey")];
    assert_eq!(suspended(sql, Strategy::Online), online);
}

#[test]
fn who_waits_is_told_with_what_is_known() {
    let told = |overrides: &str| {
        let plan = plan_with(CHAIN, Strategy::Atomic, overrides);
        assert!(!plan.findings.iter().any(|finding| ["size-unknown", "delete-unchecked"].contains(&&*finding.rule)));
        let found = plan.findings.into_iter().find(|finding| finding.rule == "atomic-waits");
        found.map(|finding| finding.message).unwrap_or_default()
    };
    assert!(told("").ends_with("nobody knows how many rows, nobody knows how many bytes"), "{}", told(""));
    let some = "12 rows in 2 of them, unknown in the others, at least 864 bytes";
    assert!(told("[tables]\norders.rows = 5\nlogs.rows = 7").ends_with(some));
}

#[test]
fn an_identity_column_cannot_be_taken_back() {
    let sql = "CREATE TABLE stores (store_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY);";
    let kept = "[tables.stores]\nkeep_identity = true\nreason = \"a test\"";
    let plan = plan_with(sql, Strategy::Atomic, kept);
    let Undo::Impossible(why) = &step(&plan).undo else { panic!("Citus refuses it") };
    assert_eq!(why, "Citus cannot undistribute `stores`, which has an identity column");
}

#[test]
fn citus_keeps_to_one_connection_where_it_must() {
    let one = |sql: &str| step(&plan(sql, Strategy::Atomic)).changes[0] == Change::OneConnection;
    let stores = "CREATE TABLE stores (store_id bigint PRIMARY KEY);";
    let with = |name: &str| format!("{stores} CREATE TABLE {name} (store_id bigint REFERENCES stores, id bigint);");
    assert!(!one(stores), "several connections are faster");
    assert!(one(CHAIN), "it has a reference table");
    assert!(!one(&with(&"t".repeat(51))));
    assert!(one(&with(&"t".repeat(52))), "the names of its shards may be cut");
    let index = "i".repeat(60);
    assert!(!one(&format!("{} CREATE INDEX {index} ON t (id);", with("t"))));
    let partitioned = "CREATE TABLE t (store_id bigint REFERENCES stores, id bigint) PARTITION BY HASH (id);";
    assert!(one(&format!("{stores} {partitioned} CREATE INDEX {index} ON t (id);")));
}
