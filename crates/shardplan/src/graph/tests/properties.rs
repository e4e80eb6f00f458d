//! What holds for every graph. Tables are made by index, so that cycles, self-references and parallel keys come for free.

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;

use super::super::SchemaGraph;
use super::super::sample::{Sample, catalog, table};
use crate::catalog::Catalog;

/// A catalog of tables `t0`, `t1`, … with these edges.
fn made(count: usize, edges: &[(usize, usize)]) -> Catalog {
    let mut samples: Vec<Sample> = (0..count).map(|at| table(&format!("t{at}"), &[("id", "bigint")])).collect();
    for (number, (from, to)) in edges.iter().enumerate() {
        let sample = samples[*from].clone();
        samples[*from] = sample.fk_named(&format!("k{number}"), &format!("t{to}"), &[("id", "id")]);
    }
    catalog(samples)
}

fn edges() -> impl Strategy<Value = (usize, Vec<(usize, usize)>)> {
    (1..12usize).prop_flat_map(|count| (Just(count), prop::collection::vec((0..count, 0..count), 0..30)))
}

/// From each table, all that can be reached over at least one edge: the slow and clear way.
fn closure(graph: &SchemaGraph) -> BTreeSet<(String, String)> {
    let mut pairs: BTreeSet<(String, String)> =
        graph.foreign_keys().iter().map(|key| (key.from.to_string(), key.to.to_string())).collect();
    loop {
        let longer: Vec<_> = pairs
            .iter()
            .flat_map(|(a, b)| pairs.iter().filter(move |(c, _)| b == c).map(move |(_, d)| (a.clone(), d.clone())))
            .collect();
        let before = pairs.len();
        pairs.extend(longer);
        if pairs.len() == before {
            return pairs;
        }
    }
}

proptest! {
    #[test]
    fn the_order_has_every_table_once_and_breaks_only_what_it_says((count, edges) in edges()) {
        let graph = SchemaGraph::new(made(count, &edges)).unwrap();
        let order = graph.order();
        let place: BTreeMap<_, _> = order.tables.iter().enumerate().map(|(at, table)| (&table.name, at)).collect();
        prop_assert_eq!(place.len(), count);
        prop_assert_eq!(order.tables.len(), count);
        let reach = closure(&graph);
        for key in graph.foreign_keys() {
            let backwards = place[&key.to] > place[&key.from];
            prop_assert_eq!(order.broken.contains(&key), backwards, "{:?}", key);
            let circular = reach.contains(&(key.to.to_string(), key.from.to_string()));
            prop_assert!(circular || !backwards, "{:?} is in no cycle", key);
        }
    }

    #[test]
    fn no_broken_key_could_be_kept((count, edges) in edges()) {
        let graph = SchemaGraph::new(made(count, &edges)).unwrap();
        let broken: Vec<_> = graph.order().broken.into_iter().map(|key| key.name.clone()).collect();
        let mut kept = graph.catalog().clone();
        kept.foreign_keys.retain(|key| !broken.contains(&key.name) && key.from != key.to);
        let kept = SchemaGraph::new(kept).unwrap();
        prop_assert!(kept.cycles().is_empty());
        let reach = closure(&kept);
        for key in graph.foreign_keys().iter().filter(|key| broken.contains(&key.name)) {
            prop_assert!(reach.contains(&(key.to.to_string(), key.from.to_string())), "{:?}", key);
        }
    }

    #[test]
    fn cycles_are_what_reaches_itself((count, edges) in edges()) {
        let graph = SchemaGraph::new(made(count, &edges)).unwrap();
        let reach = closure(&graph);
        let of = |name: &str| graph.cycles().iter().position(|cycle| {
            cycle.tables.iter().any(|table| table.name.to_string() == name)
        });
        for a in graph.tables().iter().map(|table| table.name.to_string()) {
            prop_assert_eq!(of(&a).is_some(), reach.contains(&(a.clone(), a.clone())));
            for b in graph.tables().iter().map(|table| table.name.to_string()).filter(|b| *b != a) {
                let mutual = reach.contains(&(a.clone(), b.clone())) && reach.contains(&(b.clone(), a.clone()));
                prop_assert_eq!(mutual, of(&a).is_some() && of(&a) == of(&b));
            }
        }
    }

    #[test]
    fn the_order_of_the_input_does_not_matter((count, edges) in edges(), shuffled in any::<prop::sample::Index>()) {
        let catalog = made(count, &edges);
        let mut turned = catalog.clone();
        turned.tables.rotate_left(shuffled.index(count));
        turned.foreign_keys.reverse();
        let (one, other) = (SchemaGraph::new(catalog).unwrap(), SchemaGraph::new(turned).unwrap());
        prop_assert_eq!(one.catalog(), other.catalog());
        prop_assert_eq!(one.order(), other.order());
        prop_assert_eq!(one.cycles(), other.cycles());
        prop_assert_eq!(one.components(), other.components());
    }

    #[test]
    fn another_table_in_front_changes_nothing((count, edges) in edges(), referenced in any::<prop::sample::Index>()) {
        let graph = SchemaGraph::new(made(count, &edges)).unwrap();
        let mut more = graph.catalog().clone();
        let to = format!("t{}", referenced.index(count));
        let extra = table("a", &[("id", "bigint")]).fk_named("extra", &to, &[("id", "id")]);
        more.tables.push(extra.table);
        more.foreign_keys.extend(extra.keys);
        let more = SchemaGraph::new(more).unwrap();
        prop_assert_eq!(graph.order().broken, more.order().broken);
        prop_assert_eq!(graph.cycles(), more.cycles());
    }
}
