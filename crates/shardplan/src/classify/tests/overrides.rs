//! The override file, and what becomes of what it says.

use super::{Classification, Reason, found, outcome, placements, refused, rules, stores, with_id};
use crate::catalog::Action;
use crate::classify::{ForcedClass, ForcedMethod, Rules, Strategy};
use crate::error::Error;
use crate::graph::sample::{Sample, graph, name, table, tailspin};

fn read(toml: &str) -> Rules {
    rules("stores.store_id").with_overrides(toml).expect("the file can be read")
}

fn unread(toml: &str) -> String {
    rules("stores.store_id").with_overrides(toml).expect_err("the file cannot be read").to_string()
}

#[test]
fn the_whole_format_is_read() {
    let rules = read(
        r#"
        max_paths = 3
        max_hops = 4
        large_reference_rows = 5
        concurrent_rows = 6

        [tables."public.orders"]
        class = "distributed"
        column = "x"
        path = ["fk1", "fk2"]
        rows = 1999680
        method = "concurrent"
        reason = "because"

        [tables.'sales."Order"']
        rows = 7

        [foreign_keys."public.orders"."Orders_fkey"]
        drop = true
        on_delete = "no action"
        on_update = "SET_NULL"
        reason = "because"

        [keys.users.users_email_key]
        drop = true
        reason = "because"
        "#,
    );
    assert_eq!((rules.max_paths, rules.max_hops, rules.large_reference_rows, rules.concurrent_rows), (3, 4, 5, 6));
    let orders = &rules.tables[&name("orders")];
    assert_eq!((orders.class, orders.method), (Some(ForcedClass::Distributed), Some(ForcedMethod::Concurrent)));
    assert_eq!((orders.path.len(), orders.rows), (2, Some(1_999_680)));
    assert_eq!(rules.tables[&name("sales.\"Order\"")].rows, Some(7));
    let key = &rules.foreign_keys[&(name("orders"), "Orders_fkey".into())];
    assert_eq!((key.drop, key.on_delete, key.on_update), (true, Some(Action::NoAction), Some(Action::SetNull)));
    assert!(rules.keys[&(name("users"), "users_email_key".into())].drop);
}

#[test]
fn later_overrides_replace_earlier_ones() {
    let rules = read("[tables.orders]\nrows = 1\n[tables.products]\nrows = 2");
    let rules = rules.with_overrides("[tables.orders]\nrows = 3").unwrap();
    assert_eq!((rules.tables[&name("orders")].rows, rules.tables[&name("products")].rows), (Some(3), Some(2)));
    assert_eq!((rules.max_paths, rules.max_hops), (16, 8));
}

#[test]
fn what_is_wrong_in_the_file_has_a_place() {
    let error = unread("[tables.orders]\nclas = \"local\"");
    assert!(error.contains("line 2, column 1") && error.contains("unknown field `clas`"), "{error}");
    let error = unread("[tables.orders]\nclass = \"far away\"");
    assert!(error.contains("line 2") && error.contains("unknown variant `far away`"), "{error}");
    let error = unread("[foreign_keys.orders.k]\non_delete = \"vanish\"\nreason = \"r\"");
    assert!(
        error.contains("line 2") && error.contains("unknown action `vanish`, expected one of `no action`"),
        "{error}"
    );
    let error = unread("[keys.users.k]\ndrop = true");
    assert!(error.contains("missing field `reason`"), "{error}");
    assert!(matches!(rules("a.b").with_overrides("= 1"), Err(Error::OverrideSyntax { .. })));
    let name = unread("[tables.\"a.b.c\"]");
    assert!(name.starts_with("line 1, `tables.a.b.c`: override for table `a.b.c`: `a.b.c` is not a name"), "{name}");
    let twice = unread("[tables.orders]\nrows = 1\n[tables.\"public.orders\"]\nrows = 2");
    assert!(twice.contains("`: override for table `orders`: it stands twice under `tables`"), "{twice}");
    let near = tailspin_refused("\n[keys.orders.order_pkey]\ndrop = true\nreason = \"r\"");
    assert!(near.starts_with("line 2, `keys.orders.order_pkey`: "), "{near}");
    assert!(near.ends_with("exclusion constraint `order_pkey`; did you mean `orders_pkey`?"), "{near}");
}

fn tailspin_with(toml: &str) -> (Vec<String>, Vec<String>) {
    outcome(tailspin(), &read(toml))
}

fn tailspin_refused(toml: &str) -> String {
    refused(tailspin(), &read(toml))
}

#[test]
fn a_class_is_forced() {
    let (placements, _) = tailspin_with("[tables.products]\nclass = \"reference\"\nreason = \"shared catalogue\"");
    assert_eq!(placements[2], "products: reference");
    let graph = graph(tailspin());
    let rules = read("[tables.line_items]\nclass = \"local\"\nreason = \"archive\"");
    let classification = Classification::new(&graph, &rules).unwrap();
    let line_items = classification.get(&name("line_items")).unwrap();
    assert_eq!(placements_of(&classification)[0], "line_items: local");
    assert_eq!(line_items.reason, Reason::Forced { why: "archive".into() });
}

fn placements_of(classification: &Classification<'_>) -> Vec<String> {
    placements(classification)
}

#[test]
fn what_a_forced_local_table_references_is_no_reference_table() {
    let samples = |class: &str| {
        let kinds = with_id("kinds", &[("family", "bigint")]).fk("families", &[("family", "id")]);
        let rules = read(&format!("[tables.kinds]\nclass = \"{class}\"\nreason = \"r\""));
        outcome(vec![stores(), kinds, with_id("families", &[])], &rules).0
    };
    assert_eq!(samples("local")[..2], ["families: local", "kinds: local"]);
    assert_eq!(samples("reference")[..2], ["families: reference", "kinds: reference"]);
}

#[test]
fn a_column_is_forced() {
    let orders = || {
        with_id("orders", &[("buyer", "bigint!"), ("seller", "bigint!"), ("code", "text!")])
            .fk("stores", &[("buyer", "store_id")])
            .fk("stores", &[("seller", "store_id")])
    };
    let by = |column: &str| {
        let rules = read(&format!("[tables.orders]\ncolumn = \"{column}\"\nreason = \"r\""));
        outcome(vec![stores(), orders()], &rules)
    };
    assert_eq!(by("seller").0[0], "orders: by seller");
    assert_eq!(by("seller").1, Vec::<String>::new());
    assert_eq!(by("code").1, ["key-type-differs orders.code"]);
}

#[test]
fn a_column_that_does_not_exist_is_the_name_of_the_one_to_add() {
    let (placements, _) = tailspin_with("[tables.line_items]\ncolumn = \"shop\"\nreason = \"our word\"");
    assert_eq!(placements[0], "line_items: adds shop over line_items_order_id_fkey");
    let error = tailspin_refused("[tables.orders]\ncolumn = \"shop\"\nreason = \"our word\"");
    assert!(error.contains("it has no column `shop`; it holds the distribution key in `store_id`"), "{error}");
}

#[test]
fn a_path_is_forced() {
    let toml = "[tables.line_items]\npath = [\"line_items_product_id_fkey\"]\nreason = \"r\"";
    let graph = graph(tailspin());
    let rules = read(toml);
    let classification = Classification::new(&graph, &rules).unwrap();
    assert_eq!(placements(&classification)[0], "line_items: adds store_id over line_items_product_id_fkey");
    let others = &classification.get(&name("line_items")).unwrap().other_paths;
    assert_eq!(others.len(), 1);
    assert_eq!(others[0].hops[0].foreign_key, "line_items_order_id_fkey");
    assert!(found(&classification).contains(&"paths-may-disagree line_items.line_items_order_id_fkey".into()));
}

/// Notes on tasks, which belong to a project or, perhaps, to a user; both hold the key.
fn tasks() -> Vec<Sample> {
    let holder = |own: &str| with_id(own, &[("store_id", "bigint!")]).fk("stores", &[("store_id", "store_id")]);
    let tasks = with_id("tasks", &[("project", "bigint!"), ("assignee", "bigint")])
        .fk_named("project", "projects", &[("project", "id")])
        .fk_named("assignee", "users", &[("assignee", "id")]);
    let notes = with_id("notes", &[("task", "bigint!")]).fk_named("task", "tasks", &[("task", "id")]);
    vec![stores(), holder("users"), holder("projects"), tasks, notes]
}

#[test]
fn the_paths_over_a_table_follow_its_forced_path() {
    let graph = graph(tasks());
    let rules = read("[tables.tasks]\npath = [\"assignee\"]\nreason = \"r\"");
    let classification = Classification::new(&graph, &rules).unwrap();
    assert_eq!(placements(&classification)[0], "notes: adds store_id over task assignee");
    let others = &classification.get(&name("notes")).unwrap().other_paths;
    let keys: Vec<_> = others.iter().map(|path| path.hops[1].foreign_key.as_str()).collect();
    assert_eq!(keys, ["project"]);
}

#[test]
fn a_forced_path_stands_also_over_a_table_that_goes_another_way() {
    let rules = read("[tables.notes]\npath = [\"task\", \"assignee\"]\nreason = \"r\"");
    let (placements, _) = outcome(tasks(), &rules);
    assert_eq!(placements[0], "notes: adds store_id over task assignee");
    assert!(placements.contains(&"tasks: adds store_id over project".to_owned()), "{placements:?}");
}

#[test]
fn a_forced_path_back_over_its_followers_leads_nowhere_in_circles() {
    let mut tables = tasks();
    tables[3] = tables[3].clone().fk_named("first", "notes", &[("id", "id")]);
    tables[4] = tables[4].clone().fk_named("author", "users", &[("id", "id")]);
    // Longer than the way of the notes, and as long.
    let outcome =
        |path: &str| outcome(tables.clone(), &read(&format!("[tables.tasks]\npath = [{path}]\nreason = \"r\"")));
    assert_eq!(outcome("\"first\", \"author\"").0[0], "notes: adds store_id over author");
    assert_eq!(outcome("\"first\", \"task\", \"project\"").0[0], "notes: adds store_id over author");
}

#[test]
fn a_holder_with_a_forced_path_is_backfilled() {
    let orders = with_id("orders", &[("seller", "bigint!"), ("buyer", "bigint!")])
        .fk("stores", &[("seller", "store_id")])
        .fk_named("k", "users", &[("buyer", "id")]);
    let users = with_id("users", &[("store_id", "bigint!")]).fk("stores", &[("store_id", "store_id")]);
    let rules = read("[tables.orders]\npath = [\"k\"]\nreason = \"r\"");
    assert_eq!(outcome(vec![stores(), orders, users], &rules).0[0], "orders: adds store_id over k");
}

#[test]
fn a_path_must_begin_at_its_table_and_end_at_a_holder() {
    let path = |path: &str| tailspin_refused(&format!("[tables.line_items]\npath = [{path}]\nreason = \"r\""));
    let error = path("\"nothing\"");
    assert!(error.ends_with("its path goes on at `line_items`, which has no foreign key `nothing`"), "{error}");
    let samples =
        [tailspin(), vec![with_id("notes", &[("item", "bigint")]).fk("line_items", &[("item", "line_item_id")])]];
    let rules = read("[tables.notes]\npath = [\"notes_item_fkey\"]\nreason = \"r\"");
    let error = refused(samples.concat(), &rules);
    assert!(error.ends_with("its path ends at `line_items`, which does not hold the distribution key"), "{error}");
    let error = tailspin_refused("[tables.line_items]\npath = [\"x\"]\ncolumn = \"order_id\"\nreason = \"r\"");
    assert!(error.contains("it has a column `order_id` already"), "{error}");
}

#[test]
fn overrides_must_name_something_and_give_a_reason() {
    let starts = |toml: &str, start: &str| {
        let error = tailspin_refused(toml);
        let (place, error) = error.split_once(": ").unwrap();
        let key = toml.split(['[', ']']).nth(1).unwrap();
        assert_eq!(place, format!("line 1, `{key}`"));
        assert!(error.starts_with(&format!("override for {start}")), "{error}");
    };
    starts("[tables.order_s]\nrows = 1", "table `order_s`: no table `order_s` in the catalog; did you mean `orders`?");
    starts("[tables.orders]\nclass = \"local\"", "table `orders`: it needs a `reason`");
    starts("[tables.orders]\nclass = \"local\"\nreason = \" \"", "table `orders`: it needs a `reason`");
    starts("[tables.stores]\nclass = \"local\"\nreason = \"r\"", "table `stores`: it is the root");
    starts("[tables.orders]\nclass = \"local\"\ncolumn = \"x\"\nreason = \"r\"", "table `orders`: `column` and `path`");
    starts(
        "[foreign_keys.orders.nothing]\ndrop = true\nreason = \"r\"",
        "table `orders`: it has no foreign key `nothing`",
    );
    starts("[foreign_keys.order_s.k]\ndrop = true\nreason = \"r\"", "table `order_s`: no table");
    let key = "foreign key `orders_store_id_fkey` of table `orders`: it needs a `reason`";
    starts("[foreign_keys.orders.orders_store_id_fkey]\ndrop = true\nreason = \"\"", key);
    starts("[keys.orders.nothing]\ndrop = true\nreason = \"r\"", "table `orders`: it has no primary key");
    starts("[keys.orders.orders_pkey]\nreason = \"\"", "key `orders_pkey` of table `orders`: it needs a `reason`");
    starts(
        "[keys.orders.orders_pkey]\ndrop = true\nreason = \"r\"",
        "table `orders`: primary key `orders_pkey` cannot be given up",
    );
    let key = "table `orders`: foreign key `orders_store_id_fkey` cannot both be dropped and get another action";
    starts("[foreign_keys.orders.orders_store_id_fkey]\ndrop = true\non_delete = \"cascade\"\nreason = \"r\"", key);
}

#[test]
fn a_method_for_one_table_contradicts_a_strategy_for_all() {
    let method = "[tables.orders]\nmethod = \"blocking\"";
    for strategy in ["atomic", "online"] {
        let error = refused(tailspin(), &read(&format!("strategy = \"{strategy}\"\n{method}")));
        let expected = format!(
            "line 2, `tables.orders`: override for table `orders`: its `method` contradicts the strategy `{strategy}`"
        );
        assert!(error.starts_with(&expected), "{error}");
    }
    assert_eq!(read(&format!("strategy = \"combined\"\n{method}")).strategy, Some(Strategy::Combined));
    assert_eq!(read("").strategy, None);
}

#[test]
fn an_unknown_strategy_is_refused_with_the_known_ones() {
    let error = unread("strategy = \"copy\"");
    assert!(
        error.contains("unknown variant `copy`, expected one of `combined`, `atomic`, `online`, `shadow`"),
        "{error}"
    );
}

#[test]
fn what_changes_nothing_needs_no_reason() {
    let graph = graph(tailspin());
    let rules = read(
        "[tables.orders]\nrows = 5\nmethod = \"blocking\"\n[tables.stores]\ncolumn = \"store_id\"\nreason = \"r\"",
    );
    let classification = Classification::new(&graph, &rules).unwrap();
    assert_eq!(classification.expected_rows(&name("orders")), Some(5));
    assert_eq!(classification.expected_rows(&name("stores")), None);
    assert!(matches!(classification.get(&name("orders")).unwrap().reason, Reason::HoldsKey { .. }));
}

#[test]
fn a_table_that_reaches_nothing_cannot_be_distributed_without_a_column() {
    let samples = || [tailspin(), vec![with_id("logs", &[("shop", "bigint!")])]].concat();
    let error = refused(samples(), &read("[tables.logs]\nclass = \"distributed\"\nreason = \"r\""));
    assert!(
        error.contains("no foreign keys lead from it to the distribution key; name an existing `column`"),
        "{error}"
    );
    let error = refused(samples(), &read("[tables.logs]\ncolumn = \"nothing\"\nreason = \"r\""));
    assert!(error.contains("it has no column `nothing`, and no foreign keys lead"), "{error}");
    let (placements, _) = outcome(samples(), &read("[tables.logs]\ncolumn = \"shop\"\nreason = \"r\""));
    assert_eq!(placements[1], "logs: by shop");
}

#[test]
fn partitions_and_foreign_tables_cannot_be_forced() {
    let samples = |change: fn(Sample) -> Sample| {
        let events = table("events", &[("id", "bigint")]).partitioned();
        vec![stores(), events, change(table("events_1", &[("id", "bigint")]))]
    };
    let rules = read("[tables.events_1]\nclass = \"reference\"\nreason = \"r\"");
    let error = refused(samples(|part| part.partition_of("events")), &rules);
    assert!(error.contains("goes where its partitioned table `events` goes"), "{error}");
    let foreign = |part: Sample| part.with(|table| table.kind = crate::catalog::TableKind::Foreign);
    let error = refused(samples(foreign), &rules);
    assert!(error.contains("it is a foreign table, which always stays local"), "{error}");
}
