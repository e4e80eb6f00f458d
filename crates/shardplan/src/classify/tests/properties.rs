//! What holds for every schema, against an oracle that is slow, clear and written on its own.

use std::collections::BTreeSet;

use proptest::prelude::*;

use super::{placements, rules, short};
use crate::catalog::Catalog;
use crate::classify::{Classification, Placement, Rules};
use crate::graph::SchemaGraph;
use crate::graph::sample::{Sample, catalog, table};

/// One foreign key: from a table, with one of its columns, to a table, to its column `k`.
type Edge = (usize, usize, usize, bool);

/// Tables `t0` (the root), `t1`, …, each with the key-like column `k` and two others that may reference any table's `k`.
fn made(count: usize, edges: &[Edge]) -> Catalog {
    let columns = [("k", "bigint"), ("x", "bigint!"), ("y", "bigint")];
    let mut samples: Vec<Sample> = (0..count).map(|at| table(&format!("t{at}"), &columns).pk(&["k"])).collect();
    for (number, (from, column, to, valid)) in edges.iter().enumerate() {
        let pairs = [(columns[*column].0, "k")];
        let sample = samples[*from].clone().fk_named(&format!("f{number}"), &format!("t{to}"), &pairs);
        samples[*from] = if *valid { sample } else { sample.not_valid() };
    }
    catalog(samples)
}

fn schemas() -> impl Strategy<Value = (usize, Vec<Edge>)> {
    let edge = |count| (0..count, 0..3usize, 0..count, any::<bool>());
    (1..9usize).prop_flat_map(move |count| (Just(count), prop::collection::vec(edge(count), 0..18)))
}

fn wide() -> Rules {
    Rules { max_hops: 12, ..rules("t0.k") }
}

/// The classes by sets: a holder has a foreign key to the distribution column of a holder; what reaches a holder is
/// distributed; what these reference and does not reach one is a reference table.
fn oracle(count: usize, edges: &[Edge]) -> Vec<&'static str> {
    // Only `k` is ever referenced, so a table that holds the key in `x` or `y` makes no further holder.
    let by_k = |holders: &BTreeSet<usize>, from: usize| {
        edges.iter().any(|(f, column, to, _)| *f == from && *column == 0 && to != &from && holders.contains(to))
    };
    let mut keyed = BTreeSet::from([0]);
    while let Some(more) = (0..count).find(|table| !keyed.contains(table) && by_k(&keyed, *table)) {
        keyed.insert(more);
    }
    let holds = |table: usize| {
        keyed.contains(&table) || edges.iter().any(|(from, _, to, _)| *from == table && keyed.contains(to))
    };
    let reach = |start: &dyn Fn(usize) -> bool, step: &dyn Fn(&Edge) -> (usize, usize)| {
        let mut set: BTreeSet<usize> = (0..count).filter(|table| start(*table)).collect();
        loop {
            let more: BTreeSet<usize> =
                edges.iter().map(step).filter(|(from, _)| set.contains(from)).map(|(_, to)| to).collect();
            let before = set.len();
            set.extend(more);
            if set.len() == before {
                return set;
            }
        }
    };
    let distributed = reach(&holds, &|(from, _, to, _)| (*to, *from));
    let needed = reach(&|table| distributed.contains(&table), &|(from, _, to, _)| (*from, *to));
    let class = |table: usize| match (holds(table), distributed.contains(&table), needed.contains(&table)) {
        (true, ..) => "ready",
        (false, true, _) => "backfill",
        (false, false, true) => "reference",
        (false, false, false) => "local",
    };
    (0..count).map(class).collect()
}

fn class(placement: &Placement) -> &'static str {
    match placement {
        Placement::Distributed { backfill: None, .. } => "ready",
        Placement::Distributed { backfill: Some(_), .. } => "backfill",
        Placement::Reference => "reference",
        Placement::Local => "local",
    }
}

/// All simple paths to the first holder as lists of foreign key names, found by trying everything.
fn all_paths(classification: &Classification<'_>, start: &str) -> BTreeSet<Vec<String>> {
    let holds = |table: &str| {
        let found = classification.tables().iter().find(|one| one.table.name.to_string() == table);
        found.is_some_and(|one| class(&one.placement) == "ready")
    };
    let mut found = BTreeSet::new();
    let mut open = vec![(start.to_owned(), vec![start.to_owned()], Vec::new())];
    while let Some((at, seen, keys)) = open.pop() {
        for key in classification.graph().foreign_keys().iter().filter(|key| key.from.to_string() == at) {
            let to = key.to.to_string();
            let longer = [keys.clone(), vec![key.name.to_string()]].concat();
            if holds(&to) {
                found.insert(longer);
            } else if !seen.contains(&to) {
                open.push((to.clone(), [seen.clone(), vec![to]].concat(), longer));
            }
        }
    }
    found
}

proptest! {
    #[test]
    fn classes_are_what_the_oracle_says((count, edges) in schemas()) {
        let graph = SchemaGraph::new(made(count, &edges)).unwrap();
        let rules = wide();
        let classification = Classification::new(&graph, &rules).unwrap();
        let classes: Vec<_> = classification.tables().iter().map(|one| class(&one.placement)).collect();
        prop_assert_eq!(classes, oracle(count, &edges));
    }

    #[test]
    fn paths_are_all_there_is_and_in_order((count, edges) in schemas()) {
        let graph = SchemaGraph::new(made(count, &edges)).unwrap();
        let rules = Rules { max_paths: 10_000, ..wide() };
        let classification = Classification::new(&graph, &rules).unwrap();
        for one in classification.tables() {
            let Placement::Distributed { backfill: Some(chosen), .. } = &one.placement else { continue };
            let paths: Vec<_> = std::iter::once(chosen).chain(&one.other_paths).collect();
            let names = |path: &crate::Path| path.hops.iter().map(|hop| hop.foreign_key.to_string()).collect::<Vec<_>>();
            let listed: BTreeSet<_> = paths.iter().map(|path| names(path)).collect();
            prop_assert_eq!(listed.len(), paths.len());
            prop_assert_eq!(listed, all_paths(&classification, &one.table.name.to_string()));
            let rank = |path: &crate::Path| (
                path.hops.len(),
                path.hops.iter().filter(|hop| hop.nullable || !hop.validated).count(),
                path.hops.iter().map(|hop| 2 * u8::from(hop.nullable) + u8::from(!hop.validated))
                    .map(|wrong| wrong.saturating_sub(1)).sum::<u8>(),
                names(path),
            );
            prop_assert!(paths.is_sorted_by_key(|path| rank(path)), "{:?}", paths);
            prop_assert!(paths.iter().all(|path| path.hops.windows(2).all(|pair| pair[0].to == pair[1].from)));
        }
    }

    #[test]
    fn the_rest_of_a_path_is_the_path_of_the_table_that_it_leads_over((count, edges) in schemas()) {
        let graph = SchemaGraph::new(made(count, &edges)).unwrap();
        let rules = wide();
        let classification = Classification::new(&graph, &rules).unwrap();
        let backfill = |one: &crate::TableName| match &classification.get(one).unwrap().placement {
            Placement::Distributed { backfill: Some(path), .. } => path.hops.clone(),
            _ => Vec::new(),
        };
        for one in classification.tables() {
            if let [first, rest @ ..] = &backfill(&one.table.name)[..] {
                prop_assert_eq!(rest, &backfill(&first.to)[..]);
            }
        }
    }

    #[test]
    fn the_order_of_the_input_does_not_matter((count, edges) in schemas(), turn in any::<prop::sample::Index>()) {
        let catalog = made(count, &edges);
        let mut turned = catalog.clone();
        turned.tables.rotate_left(turn.index(count));
        turned.foreign_keys.reverse();
        let (one, other) = (SchemaGraph::new(catalog).unwrap(), SchemaGraph::new(turned).unwrap());
        let rules = wide();
        let (one, other) = (Classification::new(&one, &rules).unwrap(), Classification::new(&other, &rules).unwrap());
        prop_assert_eq!(one.tables(), other.tables());
        prop_assert_eq!(one.findings(), other.findings());
    }

    #[test]
    fn an_unrelated_table_changes_nothing_for_the_others((count, edges) in schemas(), name in "[a-z][0-9]?") {
        let catalog = made(count, &edges);
        let mut more = catalog.clone();
        more.tables.push(table(&format!("{name}_unrelated"), &[("id", "bigint")]).table);
        let (one, other) = (SchemaGraph::new(catalog).unwrap(), SchemaGraph::new(more).unwrap());
        let rules = wide();
        let (one, other) = (Classification::new(&one, &rules).unwrap(), Classification::new(&other, &rules).unwrap());
        prop_assert_eq!(one.findings(), other.findings());
        let others: Vec<_> = other.tables().iter().filter(|one| one.table.name.name.as_str().starts_with('t')
            && !one.table.name.name.as_str().ends_with("_unrelated")).collect();
        prop_assert_eq!(one.tables().iter().collect::<Vec<_>>(), others);
        let left = placements(&other).into_iter().find(|line| line.contains("_unrelated"));
        prop_assert_eq!(left, Some(format!("{name}_unrelated: {}", short(&Placement::Local))));
    }
}
