//! Random catalogs, valid by construction: a shape of numbers and wanted names comes in, a catalog that PostgreSQL would take
//! goes out. Every number counts modulo what there is to choose from, so nothing is filtered and shrinking stays simple.

use std::collections::BTreeMap;
use std::fmt;

use proptest::prelude::*;
use proptest::sample::select;
use shardplan::{
    Action, Catalog, Column, ColumnPair, Direction, DistributionKey, ForeignKey, Index, IndexElement, IndexPart, Key,
    MatchKind, Name, PartitionOf, Statistics, Table, TableKind, TableName, Timing,
};

use super::ddl;
use super::names::{Namespace, wanted};

/// What a column can be; the first is most columns' type, so that foreign keys find columns to share.
const TYPES: &[&str] = &["bigint", "bigint", "bigint", "uuid", "integer", "text", "character varying(36)"];

#[derive(Debug, Clone)]
pub(crate) struct Shape {
    other_schema: String,
    tables: Vec<TableShape>,
    foreign_keys: Vec<ForeignKeyShape>,
}

#[derive(Debug, Clone)]
struct TableShape {
    name: String,
    in_other_schema: bool,
    columns: Vec<ColumnShape>,
    /// How many columns the primary key has.
    primary: usize,
    unique: Vec<KeyShape>,
    indexes: Vec<IndexShape>,
    partitions: usize,
    rows: Option<u64>,
    comment: Option<String>,
}

#[derive(Debug, Clone)]
struct ColumnShape {
    name: String,
    data_type: &'static str,
    not_null: bool,
}

#[derive(Debug, Clone)]
struct KeyShape {
    name: String,
    columns: Vec<usize>,
    timing: Timing,
}

#[derive(Debug, Clone)]
struct IndexShape {
    name: String,
    unique: bool,
    elements: Vec<(usize, bool, Direction)>,
    predicate: bool,
    include: bool,
}

#[derive(Debug, Clone)]
struct ForeignKeyShape {
    name: String,
    from: usize,
    to: usize,
    target: usize,
    /// For each column of the referenced key: which column of its type to take, or to add one.
    columns: Vec<usize>,
    turn: usize,
    validated: bool,
    actions: (Action, Action),
    timing: Timing,
    full: bool,
}

/// Whole numbers that are taken modulo what there is.
fn any_of() -> impl Strategy<Value = usize> {
    0..1000usize
}

fn timings() -> impl Strategy<Value = Timing> {
    prop_oneof![8 => Just(Timing::Immediate), 1 => Just(Timing::Deferrable), 1 => Just(Timing::Deferred)]
}

fn actions() -> impl Strategy<Value = Action> {
    use Action::{Cascade, NoAction, Restrict, SetDefault, SetNull};
    prop_oneof![8 => Just(NoAction), 2 => Just(Cascade), 1 => select(&[Restrict, SetNull, SetDefault][..])]
}

fn columns() -> impl Strategy<Value = Vec<ColumnShape>> {
    let column = (wanted(), select(TYPES), any::<bool>());
    let column = column.prop_map(|(name, data_type, not_null)| ColumnShape { name, data_type, not_null });
    prop::collection::vec(column, 1..5)
}

fn keys() -> impl Strategy<Value = Vec<KeyShape>> {
    let key = (wanted(), prop::collection::vec(any_of(), 1..3), timings());
    prop::collection::vec(key.prop_map(|(name, columns, timing)| KeyShape { name, columns, timing }), 0..3)
}

fn indexes() -> impl Strategy<Value = Vec<IndexShape>> {
    use Direction::{Asc, AscNullsFirst, Desc, DescNullsLast};
    let direction = prop_oneof![4 => Just(Asc), 1 => select(&[AscNullsFirst, Desc, DescNullsLast][..])];
    let element = (any_of(), prop::bool::weighted(0.2), direction);
    let rarely = || prop::bool::weighted(0.2);
    let index = (wanted(), any::<bool>(), prop::collection::vec(element, 1..3), rarely(), rarely());
    let index = index.prop_map(|(name, unique, elements, predicate, include)| IndexShape {
        name,
        unique,
        elements,
        predicate,
        include,
    });
    prop::collection::vec(index, 0..3)
}

fn table() -> impl Strategy<Value = TableShape> {
    let partitions = prop_oneof![4 => Just(0), 1 => 1..3usize];
    let rows = select(&[None, Some(10), Some(5_000_000)][..]);
    let marks = (partitions, rows, prop::option::weighted(0.2, wanted()));
    let rarely = prop::bool::weighted(0.3);
    (wanted(), rarely, columns(), 0..4usize, keys(), indexes(), marks).prop_map(
        |(name, in_other_schema, columns, primary, unique, indexes, (partitions, rows, comment))| TableShape {
            name,
            in_other_schema,
            columns,
            primary,
            unique,
            indexes,
            partitions,
            rows,
            comment,
        },
    )
}

fn foreign_key() -> impl Strategy<Value = ForeignKeyShape> {
    let ends = (any_of(), any_of(), any_of(), prop::collection::vec(any_of(), 4));
    let validated = prop::bool::weighted(0.9);
    let rest = (any_of(), validated, (actions(), actions()), timings(), prop::bool::weighted(0.1));
    (wanted(), ends, rest).prop_map(|(name, (from, to, target, columns), (turn, validated, actions, timing, full))| {
        ForeignKeyShape { name, from, to, target, columns, turn, validated, actions, timing, full }
    })
}

pub(crate) fn shapes() -> impl Strategy<Value = Shape> {
    let tables = prop::collection::vec(table(), 1..13);
    let foreign_keys = prop::collection::vec(foreign_key(), 0..20);
    (wanted(), tables, foreign_keys).prop_map(|(other_schema, tables, foreign_keys)| Shape {
        other_schema,
        tables,
        foreign_keys,
    })
}

/// A catalog, and a column of a primary key in it to distribute by. A test that fails prints it as SQL.
#[derive(Clone)]
pub(crate) struct Sample {
    pub(crate) catalog: Catalog,
    pub(crate) key: DistributionKey,
}

impl fmt::Debug for Sample {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "-- Key: {}\n{}", self.key, ddl::text(&self.catalog))
    }
}

pub(crate) fn samples() -> impl Strategy<Value = Sample> {
    (shapes(), any_of()).prop_map(|(shape, choice)| {
        let catalog = Builder::new(&shape).build(&shape);
        let columns = catalog.tables.iter().filter(|table| table.partition_of.is_none()).flat_map(|table| {
            let columns = table.primary_key.iter().flat_map(|key| &key.columns);
            columns.map(|column| DistributionKey { table: table.name.clone(), column: column.clone() })
        });
        let columns: Vec<_> = columns.collect();
        let key = columns[choice % columns.len()].clone();
        Sample { catalog, key }
    })
}

/// A catalog in the making.
struct Builder {
    other_schema: Name,
    relations: BTreeMap<Name, Namespace>,
    /// By table: the names of its columns and of its constraints.
    columns: Vec<Namespace>,
    constraints: Vec<Namespace>,
    tables: Vec<Table>,
    foreign_keys: Vec<ForeignKey>,
}

impl Builder {
    fn new(shape: &Shape) -> Self {
        let mut schemas = Namespace::default();
        schemas.take("public");
        // PostgreSQL keeps names that start like this to itself.
        let other_schema = schemas.take(&shape.other_schema);
        Self {
            other_schema,
            relations: BTreeMap::new(),
            columns: Vec::new(),
            constraints: Vec::new(),
            tables: Vec::new(),
            foreign_keys: Vec::new(),
        }
    }

    fn build(mut self, shape: &Shape) -> Catalog {
        for (at, table) in shape.tables.iter().enumerate() {
            self.add_table(table, at == 0);
        }
        for foreign_key in &shape.foreign_keys {
            self.add_foreign_key(foreign_key);
        }
        for (at, table) in shape.tables.iter().enumerate() {
            for number in 0..table.partitions {
                self.add_partition(at, number, table.partitions);
            }
        }
        let mut catalog = Catalog { tables: self.tables, foreign_keys: self.foreign_keys, ..Catalog::default() };
        catalog.sort();
        catalog
    }

    fn relation(&mut self, schema: &Name, wanted: &str) -> Name {
        self.relations.entry(schema.clone()).or_default().take(wanted)
    }

    /// A name for a constraint with an index: free among the relations, and among the constraints of its table.
    fn key_name(&mut self, schema: &Name, constraints: &mut Namespace, wanted: &str) -> Name {
        let mut name = self.relation(schema, wanted);
        while constraints.take(name.as_str()) != name {
            name = self.relation(schema, wanted);
        }
        name
    }

    fn add_table(&mut self, shape: &TableShape, needs_primary_key: bool) {
        let schema = if shape.in_other_schema { self.other_schema.clone() } else { Name::from("public") };
        let name = TableName::new(schema.clone(), self.relation(&schema, &shape.name));
        let (mut columns, mut constraints) = (Namespace::default(), Namespace::default());
        let mut table = Table::new(name);
        table.comment = shape.comment.clone();
        table.statistics = shape.rows.map(|rows| Statistics { rows: Some(rows), ..Statistics::default() });
        table.columns = (shape.columns.iter())
            .map(|column| Column {
                not_null: column.not_null,
                ..Column::new(columns.take(&column.name), column.data_type)
            })
            .collect();
        let partition_by = (shape.partitions > 0).then(|| table.columns[0].name.clone());
        table.kind = partition_by.as_ref().map_or(TableKind::Ordinary, partitioned);
        let in_key = shape.primary.max(usize::from(needs_primary_key)).min(table.columns.len());
        for column in &mut table.columns[..in_key] {
            column.not_null = true;
        }
        if in_key > 0 {
            let columns = table.columns[..in_key].iter().map(|column| column.name.clone()).collect();
            let name = self.key_name(&schema, &mut constraints, &format!("{}_pkey", shape.name));
            table.primary_key = Some(key(name, columns, Timing::Immediate));
        }
        for unique in &shape.unique {
            let columns = chosen(&table, &unique.columns, partition_by.as_ref());
            let name = self.key_name(&schema, &mut constraints, &unique.name);
            table.unique.push(key(name, columns, unique.timing));
        }
        for shape in &shape.indexes {
            let name = self.relation(&schema, &shape.name);
            let index = index(name, shape, &table, partition_by.as_ref());
            table.indexes.push(index);
        }
        self.tables.push(table);
        self.columns.push(columns);
        self.constraints.push(constraints);
    }

    /// Adds a foreign key onto a key of the referenced table, if that has one that a foreign key can be onto.
    fn add_foreign_key(&mut self, shape: &ForeignKeyShape) {
        let (from, to) = (shape.from % self.tables.len(), shape.to % self.tables.len());
        let keys = self.tables[to].keys().filter(|key| key.timing == Timing::Immediate);
        let keys: Vec<Vec<Name>> = keys.map(|key| key.columns.clone()).collect();
        let Some(referenced) = keys.get(shape.target % keys.len().max(1)) else { return };
        let mut columns: Vec<ColumnPair> = Vec::new();
        for (name, choice) in referenced.iter().zip(&shape.columns) {
            let column = self.tables[to].column(name).expect("keys are on columns").clone();
            let taken = columns.iter().map(|pair| pair.from.clone()).collect();
            columns.push(ColumnPair { from: self.referencing(from, &column, taken, *choice), to: column.name });
        }
        let length = columns.len();
        columns.rotate_left(shape.turn % length);
        let table = &self.tables[from];
        let set_columns = match shape.actions.0 {
            Action::SetNull | Action::SetDefault if shape.turn.is_multiple_of(2) => vec![columns[0].from.clone()],
            _ => Vec::new(),
        };
        self.foreign_keys.push(ForeignKey {
            name: self.constraints[from].take(&shape.name),
            from: table.name.clone(),
            to: self.tables[to].name.clone(),
            match_kind: if shape.full { MatchKind::Full } else { MatchKind::Simple },
            on_delete: shape.actions.0,
            on_update: shape.actions.1,
            set_columns,
            timing: shape.timing,
            // PostgreSQL refuses NOT VALID on a partitioned table.
            validated: shape.validated || table.kind != TableKind::Ordinary,
            comment: None,
            columns,
        });
    }

    /// A column of the referenced one's type that is not taken yet, or a new one.
    fn referencing(&mut self, from: usize, referenced: &Column, taken: Vec<Name>, choice: usize) -> Name {
        let table = &mut self.tables[from];
        let fits = |column: &&Column| column.data_type == referenced.data_type && !taken.contains(&column.name);
        let fitting: Vec<&Column> = table.columns.iter().filter(fits).collect();
        if let Some(column) = fitting.get(choice % (fitting.len() + 1)) {
            return column.name.clone();
        }
        let name = self.columns[from].take(referenced.name.as_str());
        let not_null = !choice.is_multiple_of(3);
        table.columns.push(Column { not_null, ..Column::new(name.clone(), referenced.data_type.clone()) });
        name
    }

    /// A partition has its parent's columns, and an index attached to each of its parent's.
    fn add_partition(&mut self, parent: usize, number: usize, of: usize) {
        let whole = self.tables[parent].clone();
        let schema = whole.name.schema.clone();
        let name = self.relation(&schema, &format!("{}_{number}", whole.name.name.as_str()));
        let bound = format!("FOR VALUES WITH (modulus {of}, remainder {number})");
        let mut constraints = Namespace::default();
        let mut attached = |key: &Key| Key {
            name: self.key_name(&schema, &mut constraints, key.name.as_str()),
            attached_to: Some(key.name.clone()),
            ..key.clone()
        };
        let primary_key = whole.primary_key.as_ref().map(&mut attached);
        let unique = whole.unique.iter().map(attached).collect();
        let indexes = whole.indexes.iter().map(|index| Index {
            name: self.relation(&schema, index.name.as_str()),
            attached_to: Some(index.name.clone()),
            ..index.clone()
        });
        let indexes = indexes.collect();
        self.tables.push(Table {
            kind: TableKind::Ordinary,
            partition_of: Some(PartitionOf { parent: whole.name.clone(), bound }),
            primary_key,
            unique,
            indexes,
            columns: whole.columns,
            ..Table::new(TableName::new(schema, name))
        });
    }
}

fn partitioned(column: &Name) -> TableKind {
    TableKind::Partitioned(format!("HASH ({column})"))
}

fn key(name: Name, columns: Vec<Name>, timing: Timing) -> Key {
    Key { name, columns, include: Vec::new(), nulls_not_distinct: false, timing, attached_to: None, comment: None }
}

/// These columns, each once, with the one by which the table is partitioned.
fn chosen(table: &Table, choices: &[usize], and: Option<&Name>) -> Vec<Name> {
    let mut columns: Vec<Name> = Vec::new();
    let wanted = choices.iter().map(|choice| &table.columns[choice % table.columns.len()].name);
    for name in wanted.chain(and) {
        if !columns.contains(name) {
            columns.push(name.clone());
        }
    }
    columns
}

fn index(name: Name, shape: &IndexShape, table: &Table, partition_by: Option<&Name>) -> Index {
    let element = |(choice, expression, direction): &(usize, bool, Direction)| {
        let column = &table.columns[choice % table.columns.len()];
        let part = match expression {
            true if column.data_type.as_str() == "text" => IndexPart::Expression(format!("lower({})", column.name)),
            true => IndexPart::Expression(format!("({} IS NULL)", column.name)),
            false => IndexPart::Column(column.name.clone()),
        };
        IndexElement { part, options: String::new(), direction: *direction }
    };
    let mut elements: Vec<IndexElement> = shape.elements.iter().map(element).collect();
    let has = |elements: &[IndexElement], column: &Name| {
        elements.iter().any(|element| element.part == IndexPart::Column(column.clone()))
    };
    if let Some(column) = partition_by.filter(|column| shape.unique && !has(&elements, column)) {
        let part = IndexPart::Column(column.clone());
        elements.push(IndexElement { part, options: String::new(), direction: Direction::Asc });
    }
    let last = table.columns.last().map(|column| &column.name);
    let include = last.filter(|column| shape.include && !has(&elements, column)).cloned().into_iter().collect();
    Index {
        name,
        unique: shape.unique,
        method: "btree".to_owned(),
        elements,
        include,
        predicate: shape.predicate.then(|| format!("({} IS NOT NULL)", table.columns[0].name)),
        nulls_not_distinct: false,
        valid: true,
        attached_to: None,
        comment: None,
    }
}
