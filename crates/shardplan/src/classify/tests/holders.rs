//! Which tables hold the key, and in which column.

use super::{Classification, Reason, found, outcome, placements, reason, rules, stores, with_id};
use crate::catalog::Identity;
use crate::finding::{Probe, Severity};
use crate::graph::sample::{Sample, graph, name, table, tailspin, wide_world_importers};

fn referencing(own: &str, columns: &[(&str, &str)], keys: &[&str]) -> Sample {
    keys.iter().fold(with_id(own, columns), |sample, key| sample.fk("stores", &[(key, "store_id")]))
}

#[test]
fn tailspin_has_three_ready_tables_and_one_that_needs_a_backfill() {
    let (placements, found) = outcome(tailspin(), &rules("stores.store_id"));
    assert_eq!(
        placements,
        [
            "line_items: adds store_id over line_items_order_id_fkey",
            "orders: by store_id",
            "products: by store_id",
            "stores: by store_id",
        ]
    );
    assert_eq!(
        found,
        [
            "doubtful-path line_items.line_items_order_id_fkey",
            "paths-may-disagree line_items.line_items_product_id_fkey",
            "nullable-key orders.store_id",
            "nullable-key products.store_id",
        ]
    );
}

#[test]
fn wide_world_importers_has_a_reference_table() {
    let (placements, found) = outcome(wide_world_importers(), &rules("devices.device_id"));
    assert_eq!(placements, ["device_types: reference", "devices: by device_id", "events: by device_id"]);
    assert_eq!(found, Vec::<String>::new());
}

#[test]
fn the_reason_names_the_foreign_key_to_the_root_before_another() {
    let graph = graph([
        stores(),
        with_id("a", &[("store_id", "bigint!")])
            .with(|table| table.unique.push(crate::graph::sample::key("a_key", &["store_id", "id"])))
            .fk("stores", &[("store_id", "store_id")]),
        with_id("b", &[("store_id", "bigint!"), ("a_id", "bigint")])
            .fk_named("b_1", "a", &[("store_id", "store_id"), ("a_id", "id")])
            .fk_named("b_2", "stores", &[("store_id", "store_id")])
            .fk_named("b_3", "stores", &[("store_id", "store_id")]),
        with_id("c", &[("store_id", "bigint!"), ("a_id", "bigint")]).fk_named(
            "c_1",
            "a",
            &[("store_id", "store_id"), ("a_id", "id")],
        ),
    ]);
    let rules = rules("stores.store_id");
    let holds = |key: &str, to: &str| Reason::HoldsKey { foreign_key: key.into(), references: name(to) };
    assert_eq!(reason(&graph, &rules, "stores"), Reason::Root);
    assert_eq!(reason(&graph, &rules, "b"), holds("b_2", "stores"));
    assert_eq!(reason(&graph, &rules, "c"), holds("c_1", "a"));
    let classification = Classification::new(&graph, &rules).unwrap();
    assert_eq!(found(&classification), Vec::<String>::new());
}

#[test]
fn another_type_or_collation_is_a_finding_but_a_length_is_not() {
    let samples = vec![stores(), referencing("t", &[("store_id", "integer!")], &["store_id"])];
    let graph = graph(samples);
    let rules = rules("stores.store_id");
    let classification = Classification::new(&graph, &rules).unwrap();
    assert_eq!(placements(&classification), ["stores: by store_id", "t: by store_id"]);
    let finding = &classification.findings()[0];
    assert_eq!((finding.rule.as_ref(), finding.severity), ("key-type-unified", Severity::Warning));
    assert_eq!(
        finding.message,
        "`store_id` of `t` is integer, but the distribution key `stores.store_id` is bigint: Citus colocates only equal types; a new column of that type takes its place"
    );

    let texts = |kind: &str, collation: Option<&str>| {
        let own = with_id("t", &[("k", kind)]).with(|table| {
            table.columns[1].not_null = true;
            table.columns[1].collation = collation.map(str::to_owned);
        });
        let root = table("r", &[("k", "character varying(36)")]).pk(&["k"]);
        outcome(vec![root, own.fk("r", &[("k", "k")])], &super::rules("r.k")).1
    };
    assert_eq!(texts("character varying(40)", None), Vec::<String>::new());
    assert_eq!(texts("text", None), ["key-type-differs t.k"]);
    assert_eq!(texts("character varying(36)", Some("pg_catalog.\"C\"")), ["key-type-differs t.k"]);
}

#[test]
fn several_columns_ask_for_a_choice() {
    let choose = |columns: &[(&str, &str)], keys: &[&str]| {
        let (placements, found) = outcome(vec![stores(), referencing("t", columns, keys)], &rules("stores.store_id"));
        assert!(found.iter().any(|line| line.starts_with("several-key-columns t")), "{found:?}");
        placements[1].clone()
    };
    let nullable = [("buyer_id", "bigint"), ("seller_id", "bigint")];
    assert_eq!(choose(&nullable, &["seller_id", "buyer_id"]), "t: by buyer_id");
    let certain = [("buyer_id", "bigint"), ("seller_id", "bigint!")];
    assert_eq!(choose(&certain, &["seller_id", "buyer_id"]), "t: by seller_id");
    let named = [("buyer_id", "bigint!"), ("store_id", "bigint")];
    assert_eq!(choose(&named, &["buyer_id", "store_id"]), "t: by store_id");
    // The name alone is weaker than a foreign key, but worth asking about.
    assert_eq!(choose(&[("buyer_id", "bigint!"), ("store_id", "bigint")], &["buyer_id"]), "t: by buyer_id");
}

#[test]
fn an_indirect_column_of_the_keys_name_wins_over_a_direct_one() {
    let (placements, found) = outcome(
        vec![
            stores(),
            referencing("z", &[("store_id", "bigint!")], &["store_id"]),
            referencing("t", &[("owner", "bigint!"), ("store_id", "bigint!"), ("z", "bigint!")], &["owner"])
                .fk("z", &[("store_id", "store_id"), ("z", "id")]),
        ],
        &rules("stores.store_id"),
    );
    assert_eq!(placements, ["stores: by store_id", "t: by store_id", "z: by store_id"]);
    assert_eq!(found, ["several-key-columns t.store_id"]);
}

#[test]
fn a_column_paired_with_one_that_is_not_the_distribution_column_is_no_key() {
    let (placements, _) = outcome(
        vec![
            stores(),
            referencing("orders", &[("buyer", "bigint!"), ("seller", "bigint!")], &["buyer", "seller"]),
            with_id("t", &[("order_id", "bigint!"), ("seller", "bigint!")]).fk_named(
                "t_fk",
                "orders",
                &[("order_id", "id"), ("seller", "seller")],
            ),
        ],
        &rules("stores.store_id"),
    );
    assert_eq!(placements, ["orders: by buyer", "stores: by store_id", "t: adds store_id over t_fk"]);
}

#[test]
fn a_column_of_the_same_name_is_an_assumption_that_can_be_counted() {
    let graph = graph([
        stores(),
        with_id("logs", &[("store_id", "bigint!")]),
        with_id("log_lines", &[("log_id", "bigint!")]).fk("logs", &[("log_id", "id")]),
        with_id("other", &[("store_id", "text!")]),
    ]);
    let rules = rules("stores.store_id");
    let classification = Classification::new(&graph, &rules).unwrap();
    assert_eq!(
        placements(&classification),
        [
            "log_lines: adds store_id over log_lines_log_id_fkey",
            "logs: by store_id",
            "other: local",
            "stores: by store_id",
        ]
    );
    assert_eq!(found(&classification), ["assumed-key logs.store_id", "same-name-other-type other.store_id"]);
    let probe = Probe::NotInRoot {
        table: name("logs"),
        column: "store_id".into(),
        root: name("stores"),
        root_column: "store_id".into(),
    };
    assert_eq!(classification.findings()[0].query, Some(probe));
    assert_eq!(reason(&graph, &rules, "logs"), Reason::SameColumn);
}

#[test]
fn what_follows_from_an_assumed_key_is_not_assumed_again() {
    let logs = with_id("logs", &[("store_id", "bigint!")]);
    let lines = with_id("lines", &[("store_id", "bigint!"), ("log", "bigint!")]);
    let graph = graph([stores(), logs, lines.fk("logs", &[("store_id", "store_id"), ("log", "id")])]);
    let holds = Reason::HoldsKey { foreign_key: "lines_store_id_fkey".into(), references: name("logs") };
    assert_eq!(reason(&graph, &rules("stores.store_id"), "lines"), holds);
}

#[test]
fn a_column_of_the_same_name_that_is_something_else_is_not_assumed() {
    let own_key = table("own_key", &[("store_id", "bigint")]).pk(&["store_id"]);
    let counted =
        with_id("counted", &[("store_id", "bigint!")]).with(|table| table.columns[1].identity = Some(Identity::Always));
    let other = table("other_stores", &[("store_id", "bigint")]).pk(&["store_id"]);
    let elsewhere = with_id("elsewhere", &[("store_id", "bigint!")]).fk("other_stores", &[("store_id", "store_id")]);
    let (placements, found) = outcome(vec![stores(), own_key, counted, other, elsewhere], &rules("stores.store_id"));
    assert!(placements.iter().all(|line| line.ends_with(": local") || line.starts_with("stores")), "{placements:?}");
    assert_eq!(
        found,
        [
            "same-name-not-assumed counted.store_id",
            "same-name-not-assumed elsewhere.store_id",
            "same-name-not-assumed other_stores.store_id",
            "same-name-not-assumed own_key.store_id",
        ]
    );
}

#[test]
fn a_root_keyed_by_id_is_known_elsewhere_by_its_own_name_in_any_spelling() {
    let (placements, found) = outcome(
        vec![
            table("tenant", &[("id", "uuid")]).pk(&["id"]),
            with_id("devices", &[("tenant_id", "uuid!")]),
            with_id("events", &[("tenantId", "uuid!")]),
            with_id("texts", &[("tenant_id", "text!")]),
            with_id("tenants", &[("tenant", "uuid!")]),
        ],
        &rules("tenant.id"),
    );
    assert_eq!(
        placements,
        ["devices: by tenant_id", "events: by \"tenantId\"", "tenant: by id", "tenants: local", "texts: local"]
    );
    assert_eq!(
        found,
        ["assumed-key devices.tenant_id", "assumed-key events.\"tenantId\"", "same-name-other-type texts.tenant_id"]
    );
}

#[test]
fn a_root_keyed_by_id_makes_no_table_with_an_id_a_holder() {
    let (placements, found) = outcome(
        vec![
            table("organization", &[("id", "uuid")]).pk(&["id"]),
            table("app", &[("id", "uuid"), ("org", "uuid!")]).pk(&["id"]).fk("organization", &[("org", "id")]),
            table("page", &[("id", "uuid"), ("app", "uuid!")]).pk(&["id"]).fk("app", &[("app", "id")]),
            table("loose", &[("id", "uuid!")]),
        ],
        &rules("organization.id"),
    );
    assert_eq!(
        placements,
        ["app: by org", "loose: local", "organization: by id", "page: adds org over page_app_fkey",]
    );
    assert_eq!(found, Vec::<String>::new());
}

#[test]
fn the_root_may_be_in_a_cycle_and_reference_itself() {
    let (placements, found) = outcome(
        vec![
            table("teams", &[("id", "bigint"), ("parent", "bigint"), ("owner", "bigint")])
                .pk(&["id"])
                .fk("teams", &[("parent", "id")])
                .fk("users", &[("owner", "id")]),
            with_id("users", &[("team", "bigint!")]).fk("teams", &[("team", "id")]),
        ],
        &rules("teams.id"),
    );
    assert_eq!(placements, ["teams: by id", "users: by team"]);
    assert_eq!(found, ["paths-may-disagree teams.teams_owner_fkey"]);
}

#[test]
fn a_foreign_key_between_holders_without_the_key_may_disagree() {
    let graph = graph([
        stores(),
        referencing("customers", &[("store_id", "bigint!"), ("referrer", "bigint")], &["store_id"])
            .fk("customers", &[("referrer", "id")]),
        referencing("orders", &[("store_id", "bigint!"), ("customer", "bigint!")], &["store_id"])
            .fk("customers", &[("customer", "id")]),
    ]);
    let rules = rules("stores.store_id");
    let classification = Classification::new(&graph, &rules).unwrap();
    assert_eq!(
        found(&classification),
        ["paths-may-disagree customers.customers_referrer_fkey", "paths-may-disagree orders.orders_customer_fkey",]
    );
    let Some(Probe::PathsDisagree { chosen: None, column, other, .. }) = &classification.findings()[1].query else {
        panic!("{:?}", classification.findings()[1]);
    };
    assert_eq!(column.as_ref().map(|column| column.as_str()), Some("store_id"));
    assert_eq!((other.hops.len(), other.end().to_string()), (1, "customers".into()));
}
