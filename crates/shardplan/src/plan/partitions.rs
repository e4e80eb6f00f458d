//! Partitioned tables: their indexes cannot be built concurrently, only those of their partitions.

use super::change::{Change, IndexBuild};
use super::draft::Draft;
use crate::catalog::Index;
use crate::graph::TableIx;
use crate::name::Name;

/// The changes that give a table an index without blocking its writers; each runs by itself.
///
/// For a partitioned table: the index on the parent alone, which is invalid, then each partition's, then their attachment,
/// the last of which makes the parent's valid.
pub(super) fn build_index(draft: &mut Draft<'_>, ix: TableIx, index: &Index) -> Vec<Change> {
    let table = draft.table(ix);
    if !draft.is_partitioned(ix) {
        let build = IndexBuild::Concurrently;
        return vec![Change::create_index(&table.name, index.clone(), build)];
    }
    let parts = part_indexes(draft, ix, index);
    let mut changes = vec![Change::create_index(&table.name, index.clone(), IndexBuild::OnlyParent)];
    changes.extend(parts.iter().map(|(part, index)| {
        Change::create_index(
            &draft.table(*part).name,
            Index { attached_to: None, ..index.clone() },
            IndexBuild::Concurrently,
        )
    }));
    changes.extend(parts.iter().map(|(part, part_index)| Change::AttachIndex {
        parent: table.name.clone(),
        parent_index: index.name.clone(),
        table: draft.table(*part).name.clone(),
        index: part_index.name.clone(),
    }));
    changes
}

/// The same index on each partition, under a free name.
pub(super) fn part_indexes(draft: &mut Draft<'_>, ix: TableIx, index: &Index) -> Vec<(TableIx, Index)> {
    let parts: Vec<TableIx> = draft.graph.partitions(ix).collect();
    parts
        .into_iter()
        .map(|part| {
            let name = draft.names.index(&draft.table(part).name, &index.elements);
            (part, Index { name, attached_to: Some(index.name.clone()), ..index.clone() })
        })
        .collect()
}

/// The key of a partition that belongs to this key of its partitioned table.
pub(super) fn attached_key<'c>(draft: &Draft<'c>, part: TableIx, parent_key: &Name) -> Option<&'c Name> {
    draft.table(part).keys().find(|key| key.attached_to.as_ref() == Some(parent_key)).map(|key| &key.name)
}
