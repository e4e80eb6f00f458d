//! The functions for actions that foreign keys lose: which there are, and what is said where there is none.

use shardplan::{Catalog, Classification, Plan, Rules, SchemaGraph, Strategy};

/// The functions for a schema under `tenants.tenant_id`, without what comes before the first.
fn functions(sql: &str) -> String {
    let schema = format!("CREATE TABLE tenants (tenant_id int PRIMARY KEY);\n{sql}");
    let graph = SchemaGraph::new(Catalog::from_ddl(&schema).catalog).unwrap();
    let rules = Rules { strategy: Some(Strategy::Combined), ..Rules::new("tenants.tenant_id".parse().unwrap()) };
    let plan = Plan::new(&Classification::new(&graph, &rules).unwrap());
    assert!(!plan.is_blocked(), "{:?}", plan.blockers().collect::<Vec<_>>());
    let script = shardplan_sql::render(&plan).into_iter().find(|script| script.path == "actions.sql");
    let text = script.map(|script| script.text).unwrap_or_default();
    text.split_once("CREATE SCHEMA IF NOT EXISTS shardplan_actions;\n")
        .map(|(_, functions)| functions.to_owned())
        .unwrap_or_default()
}

#[test]
fn a_plan_that_takes_no_action_away_has_no_script() {
    assert_eq!(
        functions("CREATE TABLE a (id int PRIMARY KEY, tenant_id int NOT NULL REFERENCES tenants ON DELETE CASCADE);"),
        ""
    );
}

#[test]
fn a_delete_that_cascades_to_itself_is_not_promised() {
    let text = functions(
        "CREATE TABLE a (id int PRIMARY KEY, tenant_id int NOT NULL REFERENCES tenants,
             parent_id int REFERENCES a ON DELETE CASCADE);
         CREATE TABLE b (id int PRIMARY KEY, tenant_id int NOT NULL REFERENCES tenants, a_id int REFERENCES a ON DELETE SET NULL);",
    );
    assert!(text.contains("-- No function to delete from a: foreign keys cascade in a circle"), "{text}");
    assert!(!text.contains("CREATE"), "{text}");
}

#[test]
fn a_table_that_references_itself_lets_go_of_the_row() {
    let text = functions(
        "CREATE TABLE a (id int PRIMARY KEY, tenant_id int NOT NULL REFERENCES tenants, boss_id int REFERENCES a ON DELETE SET NULL
             ON UPDATE CASCADE);",
    );
    assert!(
        text.contains("UPDATE public.a AS t SET boss_id = NULL WHERE t.tenant_id = $1 AND t.boss_id = $2;"),
        "{text}"
    );
    assert!(text.contains("-- No function to change a key of a: a_boss_id_fkey of a: ON UPDATE CASCADE"), "{text}");
}

#[test]
fn only_the_columns_of_the_action_are_set() {
    let text = functions(
        "CREATE TABLE a (tenant_id int NOT NULL REFERENCES tenants, id int, PRIMARY KEY (tenant_id, id));
         CREATE TABLE b (id int PRIMARY KEY, tenant_id int NOT NULL, a_id int,
             FOREIGN KEY (tenant_id, a_id) REFERENCES a ON DELETE SET NULL (a_id));",
    );
    assert!(text.contains("UPDATE public.b AS t SET a_id = NULL WHERE t.tenant_id = $1 AND t.a_id = $2;"), "{text}");
}

#[test]
fn tables_of_one_name_and_hostile_columns_have_functions_of_their_own() {
    let long = "ü".repeat(31);
    let text = functions(&format!(
        "CREATE SCHEMA s;
         CREATE TABLE \"{long}\" (\"a$shardplan$\" int PRIMARY KEY, tenant_id int NOT NULL REFERENCES tenants);
         CREATE TABLE s.\"{long}\" (id int PRIMARY KEY, tenant_id int NOT NULL REFERENCES tenants);
         CREATE TABLE c (id int PRIMARY KEY, tenant_id int NOT NULL REFERENCES tenants,
             x int REFERENCES \"{long}\" ON DELETE SET NULL, \"Y\n--\" int REFERENCES s.\"{long}\" ON DELETE SET NULL);",
    ));
    // 63 bytes at most: seven of the verb, two for each letter, and two that tell the second from the first.
    assert!(text.contains(&format!("shardplan_actions.\"delete_{}\"(", "ü".repeat(28))), "{text}");
    assert!(text.contains(&format!("shardplan_actions.\"delete_{}_1\"(", "ü".repeat(27))), "{text}");
    assert!(text.contains("AS $shardplan0$") || text.contains("AS $shardplan1$"), "{text}");
}
