//! Catalogs written down in code, for the tests of the graph and of the classification.

use crate::catalog::{
    Action, Catalog, Column, ColumnPair, ForeignKey, Key, MatchKind, PartitionOf, Table, TableKind, Timing,
};
use crate::graph::SchemaGraph;
use crate::name::{Name, TableName};

/// A table with its foreign keys.
#[derive(Debug, Clone)]
pub(crate) struct Sample {
    pub(crate) table: Table,
    pub(crate) keys: Vec<ForeignKey>,
}

pub(crate) fn name(text: &str) -> TableName {
    text.parse().expect("the tests write names that can be read")
}

/// A table; a column type ending in `!` is NOT NULL.
pub(crate) fn table(text: &str, columns: &[(&str, &str)]) -> Sample {
    let mut table = Table::new(name(text));
    table.columns = columns.iter().map(|(column, kind)| sample_column(column, kind)).collect();
    Sample { table, keys: Vec::new() }
}

fn sample_column(column: &str, kind: &str) -> Column {
    let mut made = Column::new(column, kind.trim_end_matches('!'));
    made.not_null = kind.ends_with('!');
    made
}

pub(crate) fn key(text: &str, columns: &[&str]) -> Key {
    Key {
        name: Name::from(text),
        columns: columns.iter().map(|column| Name::from(*column)).collect(),
        include: Vec::new(),
        nulls_not_distinct: false,
        timing: Timing::Immediate,
        attached_to: None,
        comment: None,
    }
}

impl Sample {
    /// The primary key, whose columns become NOT NULL.
    pub(crate) fn pk(mut self, columns: &[&str]) -> Self {
        self.table.primary_key = Some(key(&format!("{}_pkey", self.table.name.name.as_str()), columns));
        for column in &mut self.table.columns {
            column.not_null |= columns.contains(&column.name.as_str());
        }
        self
    }

    /// A foreign key named `<table>_<first column>_fkey`, of pairs of columns.
    pub(crate) fn fk(self, to: &str, pairs: &[(&str, &str)]) -> Self {
        let first = pairs.first().map_or("", |(from, _)| from);
        let key = format!("{}_{first}_fkey", self.table.name.name.as_str());
        self.fk_named(&key, to, pairs)
    }

    pub(crate) fn fk_named(mut self, key: &str, to: &str, pairs: &[(&str, &str)]) -> Self {
        self.keys.push(ForeignKey {
            name: Name::from(key),
            from: self.table.name.clone(),
            to: name(to),
            columns: pairs.iter().map(|(from, to)| ColumnPair { from: (*from).into(), to: (*to).into() }).collect(),
            match_kind: MatchKind::Simple,
            on_update: Action::NoAction,
            on_delete: Action::NoAction,
            set_columns: Vec::new(),
            timing: Timing::Immediate,
            validated: true,
            comment: None,
        });
        self
    }

    /// Makes the last foreign key `NOT VALID`.
    pub(crate) fn not_valid(mut self) -> Self {
        self.keys.last_mut().expect("a foreign key came before").validated = false;
        self
    }

    pub(crate) fn partitioned(mut self) -> Self {
        self.table.kind = TableKind::Partitioned("RANGE (at)".into());
        self
    }

    pub(crate) fn partition_of(mut self, parent: &str) -> Self {
        self.table.partition_of = Some(PartitionOf { parent: name(parent), bound: "DEFAULT".into() });
        self
    }

    /// Changes what the other helpers leave alone.
    pub(crate) fn with(mut self, change: impl FnOnce(&mut Table)) -> Self {
        change(&mut self.table);
        self
    }
}

pub(crate) fn catalog(samples: impl IntoIterator<Item = Sample>) -> Catalog {
    let mut catalog = Catalog::default();
    for sample in samples {
        catalog.tables.push(sample.table);
        catalog.foreign_keys.extend(sample.keys);
    }
    catalog
}

pub(crate) fn graph(samples: impl IntoIterator<Item = Sample>) -> SchemaGraph {
    SchemaGraph::new(catalog(samples)).expect("the sample holds together")
}

/// The first document's schema: `line_items` lacks the key and reaches it over `orders` and `products`.
pub(crate) fn tailspin() -> Vec<Sample> {
    vec![
        table("stores", &[("store_id", "bigint"), ("name", "text")]).pk(&["store_id"]),
        table("products", &[("product_id", "bigint"), ("store_id", "bigint")])
            .pk(&["product_id"])
            .fk("stores", &[("store_id", "store_id")]),
        table("orders", &[("order_id", "bigint"), ("store_id", "bigint")])
            .pk(&["order_id"])
            .fk("stores", &[("store_id", "store_id")]),
        table("line_items", &[("line_item_id", "bigint"), ("product_id", "bigint"), ("order_id", "bigint")])
            .pk(&["line_item_id"])
            .fk("products", &[("product_id", "product_id")])
            .fk("orders", &[("order_id", "order_id")]),
    ]
}

/// The second document's schema: `device_types` is referenced by the root.
pub(crate) fn wide_world_importers() -> Vec<Sample> {
    vec![
        table("device_types", &[("device_type_id", "integer"), ("name", "text")]).pk(&["device_type_id"]),
        table("devices", &[("device_id", "bigint"), ("device_type_id", "integer"), ("name", "text")])
            .pk(&["device_id"])
            .fk("device_types", &[("device_type_id", "device_type_id")]),
        table("events", &[("event_id", "bigint"), ("device_id", "bigint!"), ("payload", "jsonb")])
            .pk(&["event_id"])
            .fk("devices", &[("device_id", "device_id")]),
    ]
}
