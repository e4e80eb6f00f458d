//! Reference and local tables, partitions, and tables of kinds that stay local.

use super::{Reason, outcome, reason, rules, stores, with_id};
use crate::catalog::{Persistence, Statistics, TableKind};
use crate::graph::sample::{Sample, graph, name, table};

fn holder(own: &str) -> Sample {
    with_id(own, &[("store_id", "bigint!"), ("kind", "bigint")]).fk("stores", &[("store_id", "store_id")])
}

fn to(sample: Sample, column: &str, other: &str) -> Sample {
    sample.fk(other, &[(column, "id")])
}

#[test]
fn referenced_tables_are_reference_tables_all_the_way() {
    let samples = vec![
        stores(),
        to(holder("orders"), "kind", "kinds"),
        to(with_id("kinds", &[("family", "bigint")]), "family", "families"),
        with_id("families", &[]),
        to(with_id("audit", &[("family", "bigint")]), "family", "families"),
        with_id("loose", &[]),
    ];
    let (placements, found) = outcome(samples.clone(), &rules("stores.store_id"));
    let expected = ["audit: local", "families: reference", "kinds: reference", "loose: local"];
    assert_eq!([&placements[0], &placements[1], &placements[2], &placements[3]], expected.each_ref());
    assert_eq!(found, Vec::<String>::new());
    let graph = graph(samples);
    let by = |table: &str, key: &str| Reason::ReferencedBy { table: name(table), foreign_key: key.into() };
    assert_eq!(reason(&graph, &rules("stores.store_id"), "kinds"), by("orders", "orders_kind_fkey"));
    assert_eq!(reason(&graph, &rules("stores.store_id"), "families"), by("kinds", "kinds_family_fkey"));
    assert_eq!(reason(&graph, &rules("stores.store_id"), "loose"), Reason::Unconnected);
}

#[test]
fn the_nearest_referencing_table_is_the_reason() {
    let graph = graph([
        stores(),
        to(holder("a"), "kind", "near"),
        to(with_id("near", &[("far", "bigint")]), "far", "far"),
        with_id("far", &[]),
        to(holder("z"), "kind", "far"),
    ]);
    let expected = Reason::ReferencedBy { table: name("z"), foreign_key: "z_kind_fkey".into() };
    assert_eq!(reason(&graph, &rules("stores.store_id"), "far"), expected);
}

#[test]
fn large_and_busy_reference_tables_are_findings() {
    let sized = |rows, writes| {
        let kinds = with_id("kinds", &[]).with(|table| {
            table.statistics = Some(Statistics { rows: Some(rows), bytes: None, writes: Some(writes) });
        });
        outcome(vec![stores(), to(holder("orders"), "kind", "kinds"), kinds], &rules("stores.store_id")).1
    };
    assert_eq!(sized(1_000_000, 10), ["large-reference kinds"]);
    assert_eq!(sized(999_999, 10_000), Vec::<String>::new());
    assert_eq!(sized(50_000, 10_001), ["busy-reference kinds"]);
    assert_eq!(sized(500_000, 10_001), Vec::<String>::new());
}

#[test]
fn partitions_go_where_their_table_goes() {
    let parent = with_id("events", &[("store_id", "bigint!")]).partitioned().fk("stores", &[("store_id", "store_id")]);
    let part = |own: &str, above: &str| with_id(own, &[("store_id", "bigint!")]).partition_of(above);
    let samples = vec![stores(), parent, part("events_1", "events").partitioned(), part("events_1_1", "events_1")];
    let (placements, _) = outcome(samples.clone(), &rules("stores.store_id"));
    assert_eq!(placements[..3], ["events: by store_id", "events_1: by store_id", "events_1_1: by store_id"]);
    let graph = graph(samples);
    assert_eq!(reason(&graph, &rules("stores.store_id"), "events_1_1"), Reason::PartitionOf(name("events")));
}

#[test]
fn a_foreign_key_of_all_partitions_counts_for_their_table() {
    let columns = [("store", "bigint!"), ("kind", "bigint!")];
    let parent = with_id("events", &columns).partitioned();
    let part = |own: &str| with_id(own, &columns).partition_of("events").fk("stores", &[("store", "store_id")]);
    let kinds = with_id("kinds", &[]);
    let samples = vec![stores(), kinds, parent, part("events_1"), to(part("events_2"), "kind", "kinds")];
    let (placements, found) = outcome(samples, &rules("stores.store_id"));
    assert_eq!(placements[..3], ["events: by store", "events_1: by store", "events_2: by store"]);
    assert_eq!(placements[3], "kinds: reference");
    assert_eq!(found, ["partition-key-differs events_2.events_2_kind_fkey"]);
}

#[test]
fn a_foreign_key_of_one_partition_does_not_lead_to_the_key() {
    let parent = with_id("events", &[("store", "bigint!")]).partitioned();
    let part = |own: &str| with_id(own, &[("store", "bigint!")]).partition_of("events");
    let samples = vec![stores(), parent, part("events_1").fk("stores", &[("store", "store_id")]), part("events_2")];
    let (placements, found) = outcome(samples, &rules("stores.store_id"));
    assert_eq!(placements[..3], ["events: local", "events_1: local", "events_2: local"]);
    assert_eq!(found, ["partition-key-differs events_1.events_1_store_fkey"]);
}

#[test]
fn a_foreign_key_to_a_partition_leads_to_its_table() {
    let parent = table("events", &[("id", "bigint!"), ("store_id", "bigint!")])
        .partitioned()
        .fk("stores", &[("store_id", "store_id")]);
    let part = with_id("events_1", &[("store_id", "bigint!")]).partition_of("events");
    let notes = to(with_id("notes", &[("event", "bigint!")]), "event", "events_1");
    let (placements, _) = outcome(vec![stores(), parent, part, notes], &rules("stores.store_id"));
    assert_eq!(placements[2], "notes: adds store_id over notes_event_fkey");
}

#[test]
fn foreign_temporary_and_extension_tables_stay_local_and_say_so() {
    let foreign = table("far", &[("store_id", "bigint")]).with(|table| table.kind = TableKind::Foreign);
    let temporary =
        table("scratch", &[("store_id", "bigint")]).with(|table| table.persistence = Persistence::Temporary);
    let owned = holder("owned").with(|table| table.extension = Some("some_extension".into()));
    let unrelated = table("spatial", &[("srid", "integer")]).with(|table| table.extension = Some("postgis".into()));
    let (placements, found) = outcome(vec![stores(), foreign, temporary, owned, unrelated], &rules("stores.store_id"));
    assert_eq!(placements, ["far: local", "owned: local", "scratch: local", "spatial: local", "stores: by store_id"]);
    assert_eq!(found, ["stays-local far", "stays-local owned", "stays-local scratch"]);
}

#[test]
fn an_extension_table_that_is_referenced_stays_local_and_passes_nothing_on() {
    let owned = to(with_id("owned", &[("next", "bigint")]), "next", "next")
        .with(|table| table.extension = Some("some_extension".into()));
    let samples = vec![stores(), to(holder("orders"), "kind", "owned"), owned, with_id("next", &[])];
    let (placements, found) = outcome(samples, &rules("stores.store_id"));
    assert_eq!(placements[0], "next: local");
    assert_eq!(found, ["stays-local owned"]);
}
