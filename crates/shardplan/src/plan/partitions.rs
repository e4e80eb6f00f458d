//! Partitioned tables: their indexes cannot be built concurrently, only those of their partitions; and not each of them can be a
//! local table of the cluster.

use super::change::{Change, IndexBuild};
use super::draft::Draft;
use crate::catalog::{Index, Table};
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

/// What keeps Citus from taking a partitioned table into its metadata with its rows where they are: it renames a check of the
/// table for its shard and not those of the partitions, and attaches them by commands between `$$`. Measured on Citus 13.2.2; to
/// distribute it at once stumbles over neither.
pub(super) fn against_metadata(draft: &Draft<'_>, ix: TableIx) -> Option<String> {
    let parts: Vec<&Table> = draft.graph.partitions(ix).map(|part| draft.table(part)).collect();
    let table = draft.table(ix);
    let is_partitioned = draft.is_partitioned(ix) && !parts.is_empty();
    let mut checks = table.checks.iter().map(|check| &check.name).chain(draft.checked.get(&ix));
    if let Some(check) = checks.next().filter(|_| is_partitioned) {
        return Some(format!("`{}` is partitioned and has the check `{check}`", table.name));
    }
    let mut names = std::iter::once(table).chain(parts).flat_map(names);
    let name = names.find(|name| name.as_str().contains("$$")).filter(|_| is_partitioned)?;
    Some(format!("`{}` is partitioned, and there is `$$` in the name `{name}`", table.name))
}

/// Its own, and those that names of its indexes are made of.
fn names(table: &Table) -> impl Iterator<Item = &Name> {
    let keys = table.keys().map(|key| &key.name);
    let indexes = table.indexes.iter().map(|index| &index.name);
    let columns = table.columns.iter().map(|column| &column.name);
    [&table.name.schema, &table.name.name].into_iter().chain(keys).chain(indexes).chain(columns)
}
