//! The input model: facts about a schema, from DDL text, a live server or a JSON file. Everything else is derived from it.
//!
//! Plain public data, owned, with a versioned JSON form. It must not know graphs, tenants or plans. Expressions and types are
//! kept as the text that `pg_dump` prints (schema-qualified), so that the doors agree.

mod database;
mod ddl;
mod fingerprint;
mod index;
mod json;
mod model;
mod naming;
mod own;
mod relation;
mod sort;

pub use database::{connect, split_password};
pub(crate) use ddl::mentions;
pub use ddl::{Parsed, Skipped, split_statements};
pub use index::{Direction, Exclusion, ExclusionElement, Index, IndexElement, IndexPart, Key};
pub use model::{
    Action, Column, ColumnPair, ColumnStatistics, CommonValue, DataType, Extension, ForeignKey, Function, Generated,
    Identity, MatchKind, Publication, Sequence, Timing, Type, TypeKind, View,
};
pub(crate) use naming::object_name;
pub(crate) use own::{NEW, OLD, is_own_table};
pub use relation::{
    Check, PartitionOf, Persistence, Policy, PolicyCommand, ReplicaIdentity, RowSecurity, Rule, Statistics, Table,
    TableKind, Trigger,
};

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// Everything about a schema that later decisions need.
///
/// Every list is sorted by name once a door has built it ([`Catalog::from_ddl`], [`Catalog::from_database`],
/// [`Catalog::from_json`]); [`Catalog::sort`] restores that after a change by hand.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Catalog {
    /// Tables of every kind, partitions included.
    pub tables: Vec<Table>,
    /// Foreign keys, one entry per constraint; those that a partition inherits from its parent are left out.
    pub foreign_keys: Vec<ForeignKey>,
    /// Sequences, those behind `serial` and identity columns included.
    pub sequences: Vec<Sequence>,
    /// Enums, domains, composite and range types.
    pub types: Vec<Type>,
    /// Views and materialized views.
    pub views: Vec<View>,
    /// Functions and procedures that no extension owns.
    pub functions: Vec<Function>,
    /// Publications for logical replication.
    pub publications: Vec<Publication>,
    /// Installed extensions.
    pub extensions: Vec<Extension>,
    /// Server settings that matter to a plan, by name: `server_version_num`, `wal_level`, `citus.*`. Empty when not read
    /// from a server.
    #[serde(default)]
    pub settings: BTreeMap<String, String>,
    /// What the text that it was read from says of the schema and was not taken in; a plan has a finding about it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub skipped: Vec<Skipped>,
}

impl Catalog {
    /// The catalog without what only a running server knows (statistics, settings, owners, extension versions, the tables of
    /// extensions): what two catalogs of the same schema have in common, wherever they came from.
    #[must_use]
    pub fn structure(mut self) -> Self {
        self.settings.clear();
        self.skipped.clear();
        self.tables.retain(|table| table.extension.is_none());
        for table in &mut self.tables {
            table.statistics = None;
            table.owner = None;
            for column in &mut table.columns {
                column.statistics = None;
            }
        }
        for extension in &mut self.extensions {
            extension.version = None;
        }
        self
    }
}
