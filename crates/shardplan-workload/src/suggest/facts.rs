//! A schema as the search for a key sees it: a graph comes in; tables without their partitions, links between them, what identifies
//! a row and how much each table counts go out. Knows no candidates.

use std::collections::{BTreeSet, HashMap};

use shardplan::{
    Catalog, Column, DataType, ForeignKey, IndexPart, Name, Persistence, SchemaGraph, Table, TableKind, TableName,
    TypeKind,
};

/// How many foreign keys are followed: as many as a plan follows.
pub(super) const MOST_HOPS: usize = 8;

/// Types whose values are compared with one another, by one name for all.
const FAMILIES: &[(&str, &[&str])] = &[
    ("integer", &["smallint", "integer", "bigint"]),
    ("text", &["text", "character varying", "character", "name"]),
    ("uuid", &["uuid"]),
];

/// A foreign key between two tables.
pub(super) struct Link<'g> {
    pub(super) from: usize,
    pub(super) to: usize,
    pub(super) key: &'g ForeignKey,
    /// Whether a row may have no value for it.
    pub(super) nullable: bool,
}

/// What is known of a schema. Tables are numbered in the order of their names.
pub(super) struct Facts<'g> {
    pub(super) catalog: &'g Catalog,
    pub(super) tables: Vec<&'g Table>,
    pub(super) links: Vec<Link<'g>>,
    /// The links to a table, by their places in `links`.
    pub(super) incoming: Vec<Vec<usize>>,
    /// The columns that identify a row of the table alone.
    unique: Vec<BTreeSet<&'g Name>>,
    /// The columns with which a key or index of several columns begins.
    leading: Vec<BTreeSet<&'g Name>>,
    /// Those with which a key or a unique index of several columns begins.
    dividing: Vec<BTreeSet<&'g Name>>,
    /// How many rows a table is expected to have in relation to others, from the foreign keys alone.
    pub(super) weights: Vec<f64>,
}

impl<'g> Facts<'g> {
    pub(super) fn new(graph: &'g SchemaGraph) -> Self {
        let tables: Vec<&Table> = graph.tables().iter().filter(|table| counts(table)).collect();
        let places = places(graph, &tables);
        let links: Vec<Link<'_>> = graph.foreign_keys().iter().filter_map(|key| link(key, &places, &tables)).collect();
        let mut incoming = vec![Vec::new(); tables.len()];
        for (at, link) in links.iter().enumerate() {
            incoming[link.to].push(at);
        }
        let weights = depths(tables.len(), &links).into_iter().map(|depth| 1.0 + depth as f64).collect();
        Self {
            catalog: graph.catalog(),
            unique: tables.iter().map(|table| unique(table)).collect(),
            leading: tables.iter().map(|table| leading(table)).collect(),
            dividing: tables.iter().map(|table| dividing(table)).collect(),
            tables,
            links,
            incoming,
            weights,
        }
    }

    /// Whether the column identifies a row of its table alone.
    pub(super) fn is_unique(&self, table: usize, column: &Name) -> bool {
        self.unique[table].contains(column)
    }

    /// Whether a key or index of several columns begins with the column: rows are told apart, or looked up, within its values.
    pub(super) fn leads(&self, table: usize, column: &Name) -> bool {
        self.leading[table].contains(column)
    }

    /// Whether a key of several columns begins with the column: rows are told apart within its values. That is not so of what only
    /// says how a row is, such as its state, however often it is looked up by.
    pub(super) fn divides(&self, table: usize, column: &Name) -> bool {
        self.dividing[table].contains(column)
    }

    pub(super) fn column(&self, table: usize, column: &Name) -> Option<&'g Column> {
        self.tables[table].column(column)
    }

    /// The family of a type that the identity of a tenant can have; `None` for all other types.
    pub(super) fn family(&self, data_type: &DataType) -> Option<&'static str> {
        let mut below = data_type;
        for _ in 0..=self.catalog.types.len() {
            let found = self.catalog.types.iter().find(|one| one.name.qualified().to_string() == below.as_str());
            match found.map(|one| &one.kind) {
                Some(TypeKind::Domain(base)) => below = base,
                _ => break,
            }
        }
        let bare = below.as_str().split('(').next().unwrap_or_default();
        FAMILIES.iter().find(|(_, members)| members.contains(&bare)).map(|(family, _)| *family)
    }
}

/// Whether a table can take part: no partition (its rows count for the partitioned table) and of a kind that is distributed.
fn counts(table: &Table) -> bool {
    table.partition_of.is_none()
        && table.kind != TableKind::Foreign
        && table.persistence != Persistence::Temporary
        && table.extension.is_none()
}

/// The number of each table, and for a partition that of its partitioned table.
fn places<'g>(graph: &'g SchemaGraph, tables: &[&'g Table]) -> HashMap<&'g TableName, usize> {
    let mut places: HashMap<&TableName, usize> =
        tables.iter().enumerate().map(|(at, table)| (&table.name, at)).collect();
    for table in graph.tables().iter().filter(|table| table.partition_of.is_some()) {
        let mut top = table;
        while let Some(above) = top.partition_of.as_ref().and_then(|part| graph.table(&part.parent)) {
            top = above;
        }
        if let Some(at) = places.get(&top.name).copied() {
            places.insert(&table.name, at);
        }
    }
    places
}

fn link<'g>(key: &'g ForeignKey, places: &HashMap<&'g TableName, usize>, tables: &[&'g Table]) -> Option<Link<'g>> {
    let (from, to) = (*places.get(&key.from)?, *places.get(&key.to)?);
    let missing = |name: &Name| tables[from].column(name).is_none_or(|column| !column.not_null);
    Some(Link { from, to, key, nullable: key.columns.iter().any(|pair| missing(&pair.from)) })
}

fn unique(table: &Table) -> BTreeSet<&Name> {
    let keys = table.keys().map(|key| key.columns.as_slice());
    let keys = keys.filter_map(|columns| if let [column] = columns { Some(column) } else { None });
    let whole = table.indexes.iter().filter(|index| index.unique && index.predicate.is_none());
    let indexes = whole.filter_map(|index| match index.elements.as_slice() {
        [only] => column(&only.part),
        _ => None,
    });
    keys.chain(indexes).collect()
}

fn leading(table: &Table) -> BTreeSet<&Name> {
    let keys = table.keys().filter(|key| key.columns.len() > 1).map(|key| &key.columns[0]);
    let indexes = table.indexes.iter().filter(|index| index.elements.len() > 1);
    keys.chain(indexes.filter_map(|index| column(&index.elements[0].part))).collect()
}

fn dividing(table: &Table) -> BTreeSet<&Name> {
    let keys = table.keys().filter(|key| key.columns.len() > 1).map(|key| &key.columns[0]);
    let indexes = table.indexes.iter().filter(|index| index.unique && index.elements.len() > 1);
    keys.chain(indexes.filter_map(|index| column(&index.elements[0].part))).collect()
}

fn column(part: &IndexPart) -> Option<&Name> {
    match part {
        IndexPart::Column(name) => Some(name),
        IndexPart::Expression(_) => None,
    }
}

/// How many foreign keys lead up from each table to the farthest that it reaches.
fn depths(tables: usize, links: &[Link<'_>]) -> Vec<usize> {
    let mut above = vec![Vec::new(); tables];
    for link in links.iter().filter(|link| link.from != link.to) {
        above[link.from].push(link.to);
    }
    (0..tables).map(|table| depth(table, &above)).collect()
}

fn depth(table: usize, above: &[Vec<usize>]) -> usize {
    let mut met = BTreeSet::from([table]);
    let mut level = vec![table];
    for hops in 0..MOST_HOPS {
        let next: Vec<usize> = level.iter().flat_map(|at| &above[*at]).copied().filter(|to| met.insert(*to)).collect();
        if next.is_empty() {
            return hops;
        }
        level = next;
    }
    MOST_HOPS
}
