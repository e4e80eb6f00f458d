//! The foreign keys as the classification follows them, between whole tables: a graph comes in, links go out. A partition's
//! foreign key counts for its partitioned table when every partition has it. Knows nothing of the key.

use crate::catalog::{ColumnPair, ForeignKey, Table};
use crate::graph::{KeyIx, Lists, SchemaGraph, TableIx};
use crate::name::Name;

/// A foreign key from one table to another, neither of them a partition.
#[derive(Debug, Clone, Copy)]
pub(super) struct Link {
    pub(super) from: TableIx,
    pub(super) to: TableIx,
    pub(super) key: KeyIx,
    /// Whether a referencing column may be NULL.
    pub(super) nullable: bool,
    pub(super) validated: bool,
}

/// The place of a link in [`Links`]; the links of a table are ordered by the names of their foreign keys.
pub(super) type LinkIx = u32;

#[derive(Debug)]
pub(super) struct Links {
    all: Vec<Link>,
    outgoing: Lists,
    incoming: Lists,
    /// The foreign keys that some partitions have and others do not.
    pub(super) strays: Vec<KeyIx>,
}

impl Links {
    pub(super) fn new(graph: &SchemaGraph) -> Self {
        let (mut all, mut strays) = (Vec::new(), Vec::new());
        for table in graph.indices().filter(|table| graph.topmost(*table) == *table) {
            let first = all.len();
            all.extend(graph.outgoing(table).map(|key| link(graph, key)));
            if graph.partitions(table).next().is_some() {
                lift(graph, table, &mut all, &mut strays);
                all[first..].sort_by(|a, b| graph.key_at(a.key).name.cmp(&graph.key_at(b.key).name));
            }
        }
        let ends = |end: fn(&Link) -> TableIx| (0u32..).zip(&all).map(move |(at, link)| (end(link).0, at));
        Self {
            outgoing: Lists::new(graph.tables().len(), ends(|link| link.from)),
            incoming: Lists::new(graph.tables().len(), ends(|link| link.to)),
            all,
            strays,
        }
    }

    pub(super) fn get(&self, link: LinkIx) -> &Link {
        &self.all[link as usize]
    }

    /// The links from a table, by foreign key name.
    pub(super) fn out(&self, table: TableIx) -> &[LinkIx] {
        self.outgoing.get(table.0)
    }

    pub(super) fn out_links(&self, table: TableIx) -> impl Iterator<Item = &Link> {
        self.out(table).iter().map(|link| self.get(*link))
    }

    pub(super) fn in_links(&self, table: TableIx) -> impl Iterator<Item = &Link> {
        self.incoming.get(table.0).iter().map(|link| self.get(*link))
    }
}

impl Link {
    /// The referencing columns that stand for this referenced column.
    pub(super) fn paired<'g>(&self, graph: &'g SchemaGraph, to: &Name) -> impl Iterator<Item = &'g Name> {
        let pairs: &'g [ColumnPair] = &graph.key_at(self.key).columns;
        pairs.iter().filter(move |pair| pair.to == *to).map(|pair| &pair.from)
    }
}

fn link(graph: &SchemaGraph, key: KeyIx) -> Link {
    let (from, to) = graph.ends(key);
    let foreign = graph.key_at(key);
    let nullable = foreign.columns.iter().any(|pair| is_nullable(graph.table_at(from), &pair.from));
    let (from, to) = (graph.topmost(from), graph.topmost(to));
    Link { from, to, key, nullable, validated: foreign.validated }
}

/// Whether the column can hold a NULL.
pub(super) fn is_nullable(table: &Table, column: &Name) -> bool {
    let keyed = table.primary_key.as_ref().is_some_and(|key| key.columns.contains(column));
    !keyed && table.column(column).is_some_and(|column| !column.not_null)
}

/// Takes the foreign keys of a table's partitions as the table's own where every partition with rows has an equal one.
fn lift(graph: &SchemaGraph, table: TableIx, all: &mut Vec<Link>, strays: &mut Vec<KeyIx>) {
    let below = below(graph, table);
    let mut lifted: Vec<&ForeignKey> = Vec::new();
    let leaves: Vec<TableIx> = below.iter().copied().filter(|part| graph.partitions(*part).next().is_none()).collect();
    for key in leaves.first().into_iter().flat_map(|leaf| graph.outgoing(*leaf)) {
        let foreign = graph.key_at(key);
        let same = |leaf: &TableIx| graph.outgoing(*leaf).find(|other| is_equal(graph.key_at(*other), foreign));
        let twins: Option<Vec<KeyIx>> = leaves.iter().map(same).collect();
        if let Some(twins) = twins {
            let links = || twins.iter().map(|twin| link(graph, *twin));
            let nullable = links().any(|twin| twin.nullable);
            all.push(Link { nullable, validated: links().all(|twin| twin.validated), ..link(graph, key) });
            lifted.push(foreign);
        }
    }
    let stray = |key: &KeyIx| !lifted.iter().any(|foreign| is_equal(foreign, graph.key_at(*key)));
    strays.extend(below.iter().flat_map(|part| graph.outgoing(*part)).filter(stray));
}

fn is_equal(one: &ForeignKey, other: &ForeignKey) -> bool {
    one.to == other.to && one.columns == other.columns
}

/// All partitions of a table, at every level, by name.
pub(super) fn below(graph: &SchemaGraph, table: TableIx) -> Vec<TableIx> {
    let mut found: Vec<TableIx> = graph.partitions(table).collect();
    let mut next = 0;
    while let Some(part) = found.get(next).copied() {
        found.extend(graph.partitions(part));
        next += 1;
    }
    found.sort_unstable();
    found
}
