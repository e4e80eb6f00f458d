//! What names a changed row: a live table and what the preparation would make of it come in, the key that both have goes out.

use super::super::draft::Draft;
use crate::catalog::{Index, IndexPart, Key, ReplicaIdentity, Table, Timing};
use crate::name::Name;

/// A key that every row has, that no two rows share after any statement, and whose values a variable can hold.
pub(super) struct RowKey {
    /// Its name, before and after.
    pub(super) name: Name,
    /// Its columns in the live table.
    pub(super) columns: Vec<Name>,
    /// Its columns in the new one, in which merged rows meet.
    pub(super) new_columns: Vec<Name>,
}

impl RowKey {
    /// The primary key if it is such a key, else the index of the replica identity, else the first of the constraints, else of
    /// the indexes.
    pub(super) fn of(draft: &Draft<'_>, live: &Table, target: &Table) -> Option<Self> {
        let primary = (live.primary_key.as_ref()).zip(target.primary_key.as_ref());
        let primary = primary.filter(|keys| [keys.0, keys.1].into_iter().all(is_immediate));
        let primary = primary.map(|(old, new)| (&new.name, old.columns.clone(), new.columns.clone()));
        let others = unique(live).filter_map(|(name, columns)| {
            let (_, new_columns) = unique(target).find(|(new, _)| *new == name)?;
            Some((name, columns, new_columns))
        });
        let mut others: Vec<_> = others.collect();
        others.sort_by_key(|(name, ..)| live.replica_identity != ReplicaIdentity::Index(Name::clone(name)));
        let mut keys = primary.into_iter().chain(others);
        let (name, columns, new_columns) = keys.find(|(_, columns, _)| can_name(draft, live, columns))?;
        Some(Self { name: name.clone(), columns, new_columns })
    }
}

/// The unique constraints, and the unique indexes that are about columns and about all rows.
fn unique(table: &Table) -> impl Iterator<Item = (&Name, Vec<Name>)> {
    let constraints = table.unique.iter().filter(|key| is_immediate(key)).map(|key| (&key.name, key.columns.clone()));
    let indexes = table.indexes.iter().filter(|index| index.unique && index.valid && index.predicate.is_none());
    constraints.chain(indexes.filter_map(|index| Some((&index.name, columns(index)?))))
}

/// The columns of an index; `None` if it compares anything else, or in another way than `=` does.
fn columns(index: &Index) -> Option<Vec<Name>> {
    let column = |part: &IndexPart| match part {
        IndexPart::Column(name) => Some(name.clone()),
        IndexPart::Expression(_) => None,
    };
    index.elements.iter().map(|element| column(&element.part).filter(|_| element.options.is_empty())).collect()
}

fn is_immediate(key: &Key) -> bool {
    key.timing == Timing::Immediate
}

fn can_name(draft: &Draft<'_>, table: &Table, columns: &[Name]) -> bool {
    let mut columns = columns.iter().filter_map(|name| table.column(name));
    columns.all(|column| column.not_null && !draft.is_composite(&column.data_type))
}
