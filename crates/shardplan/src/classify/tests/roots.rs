//! What can be the root, and what is said when something cannot.

use super::{refused, rules, with_id};
use crate::catalog::{Generated, Persistence, TableKind, Type, TypeKind};
use crate::classify::Classification;
use crate::graph::SchemaGraph;
use crate::graph::sample::{catalog, name, table, tailspin};

#[test]
fn an_unknown_table_is_refused_with_similar_names() {
    let samples = [tailspin(), vec![table("sales.stores", &[]), table("Stroes", &[])]].concat();
    assert_eq!(
        refused(samples.clone(), &rules("public.store.store_id")),
        "no table `store` in the catalog; did you mean `stores` or `sales.stores`?"
    );
    assert_eq!(
        refused(samples, &rules("\"STORES\".store_id")),
        "no table `\"STORES\"` in the catalog; did you mean `stores` or `sales.stores` or `stroes`?"
    );
    assert_eq!(refused(tailspin(), &rules("customers.id")), "no table `customers` in the catalog");
}

#[test]
fn an_unknown_column_is_refused_with_the_columns_that_there_are() {
    let error = refused(tailspin(), &rules("stores.id"));
    assert_eq!(error, "table `stores` has no column `id`; it has `store_id`, `name`");
}

#[test]
fn a_type_without_a_hash_is_refused() {
    for kind in
        ["json", "xml", "point", "money", "bit(3)", "bit varying(8)", "tsvector", "public.ltree", "numeric(3,-2)"]
    {
        let error = refused(vec![table("t", &[("k", kind)])], &rules("t.k"));
        assert!(error.starts_with("`t` cannot be the root of the distribution: its column `k` is"), "{kind}: {error}");
    }
    for kind in ["bigint", "uuid", "text", "jsonb", "numeric(10,2)", "character varying(36)", "inet", "date"] {
        let graph = SchemaGraph::new(catalog([table("t", &[("k", kind)])])).unwrap();
        assert!(Classification::new(&graph, &rules("t.k")).is_ok(), "{kind}");
    }
}

#[test]
fn a_domain_is_refused_for_the_type_below_it() {
    let mut made = catalog([table("t", &[("k", "public.label")])]);
    made.types.push(Type { name: name("label"), kind: TypeKind::Domain("json".into()) });
    let graph = SchemaGraph::new(made).unwrap();
    assert!(Classification::new(&graph, &rules("t.k")).is_err());
}

#[test]
fn a_generated_column_is_refused() {
    let generated =
        |columns: &mut crate::catalog::Table| columns.columns[1].generated = Some(Generated::Stored("(id)".into()));
    let error = refused(vec![with_id("t", &[("k", "bigint")]).with(generated)], &rules("t.k"));
    assert!(error.contains("is generated"), "{error}");
}

#[test]
fn partitions_foreign_and_temporary_tables_are_no_roots() {
    let part = vec![table("t", &[("k", "bigint")]).partitioned(), table("t_1", &[("k", "bigint")]).partition_of("t")];
    assert!(refused(part, &rules("t_1.k")).contains("it is a partition of `t`; name that table"));
    let foreign = table("t", &[("k", "bigint")]).with(|table| table.kind = TableKind::Foreign);
    assert!(refused(vec![foreign], &rules("t.k")).contains("it is a foreign table"));
    let temporary = table("t", &[("k", "bigint")]).with(|table| table.persistence = Persistence::Temporary);
    assert!(refused(vec![temporary], &rules("t.k")).contains("it is a temporary table"));
}
