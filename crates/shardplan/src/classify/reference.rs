//! Which tables must be everywhere: the distributed tables come in, the foreign key that makes each of the others a reference
//! table goes out. Knows nothing of paths.

use super::forced::Choice;
use super::links::below;
use super::scene::Scene;
use crate::graph::{KeyIx, TableIx};

/// For each table that is no source: the foreign key by which a source references it, directly or through other tables that
/// are so referenced. The nearest, then the first by referencing table and name. Tables that stay local are named when
/// something references them, but pass nothing on.
pub(super) fn referenced(scene: &Scene<'_>, is_source: &[bool]) -> Vec<Option<KeyIx>> {
    let mut found = vec![None; is_source.len()];
    let mut layer: Vec<TableIx> = scene.graph.indices().filter(|table| is_source[table.at()]).collect();
    while !layer.is_empty() {
        let mut next = Vec::new();
        for key in layer.iter().flat_map(|table| keys_of(scene, *table)) {
            let to = scene.graph.topmost(scene.graph.ends(key).1);
            let choice = scene.choice(to);
            if is_source[to.at()] || found[to.at()].is_some() || choice == Choice::Local {
                continue;
            }
            found[to.at()] = Some(key);
            if !matches!(choice, Choice::Stays(_)) {
                next.push(to);
            }
        }
        next.sort_unstable();
        layer = next;
    }
    found
}

/// The foreign keys of a table and of its partitions.
fn keys_of(scene: &Scene<'_>, table: TableIx) -> impl Iterator<Item = KeyIx> {
    let parts = below(scene.graph, table);
    std::iter::once(table).chain(parts).flat_map(|table| scene.graph.outgoing(table))
}
