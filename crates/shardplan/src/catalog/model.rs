//! The part of the model that is not one table's alone: columns, foreign keys, sequences, types, views, functions.

use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::name::{Name, QualifiedName, TableName};

/// A column.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Column {
    /// Its name.
    pub name: Name,
    /// Its type with modifier.
    pub data_type: DataType,
    /// Its collation as `pg_dump` prints it (`pg_catalog."C"`), when it is not the type's default.
    #[serde(default)]
    pub collation: Option<String>,
    /// Whether NULL is refused.
    #[serde(default)]
    pub not_null: bool,
    /// Its default as `pg_get_expr` prints it.
    #[serde(default)]
    pub default: Option<String>,
    /// Whether it is an identity column.
    #[serde(default)]
    pub identity: Option<Identity>,
    /// How it is generated.
    #[serde(default)]
    pub generated: Option<Generated>,
    /// The sequence that it owns (`serial`, identity, `OWNED BY`); the first by name if several.
    #[serde(default)]
    pub sequence: Option<QualifiedName>,
    /// Its comment.
    #[serde(default)]
    pub comment: Option<String>,
    /// What `ANALYZE` found, when read from a server.
    #[serde(default)]
    pub statistics: Option<ColumnStatistics>,
}

impl Column {
    /// A nullable column without default.
    pub fn new(name: impl Into<Name>, data_type: impl Into<DataType>) -> Self {
        Self {
            name: name.into(),
            data_type: data_type.into(),
            collation: None,
            not_null: false,
            default: None,
            identity: None,
            generated: None,
            sequence: None,
            comment: None,
            statistics: None,
        }
    }
}

/// A type with its modifier, as `format_type` prints it under an empty search path: `bigint`, `character varying(36)`,
/// `public.citext`, `timestamp with time zone[]`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(transparent)]
pub struct DataType(Arc<str>);

impl DataType {
    /// Takes the text as it is.
    pub fn new(text: impl Into<Arc<str>>) -> Self {
        Self(text.into())
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for DataType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl From<&str> for DataType {
    fn from(text: &str) -> Self {
        Self::new(text)
    }
}

impl From<String> for DataType {
    fn from(text: String) -> Self {
        Self::new(text)
    }
}

/// `GENERATED … AS IDENTITY`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Identity {
    /// `ALWAYS`.
    Always,
    /// `BY DEFAULT`.
    ByDefault,
}

/// `GENERATED ALWAYS AS (…)`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Generated {
    /// `STORED`, with its expression.
    Stored(String),
    /// `VIRTUAL` (PostgreSQL 18), with its expression.
    Virtual(String),
}

/// What `ANALYZE` found out about a column.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct ColumnStatistics {
    /// The share of rows that are NULL, from 0 to 1.
    pub null_fraction: f32,
    /// Distinct values as `pg_stats.n_distinct` has it: a count if positive, minus the share of rows if negative.
    pub distinct: f32,
    /// The most common values with their share of rows.
    #[serde(default)]
    pub common: Vec<CommonValue>,
}

/// One of the most common values of a column.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct CommonValue {
    /// The value in its text form.
    pub value: String,
    /// Its share of the rows, from 0 to 1.
    pub frequency: f32,
}

/// A foreign key: an edge from the referencing to the referenced table.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct ForeignKey {
    /// Its name, unique within the referencing table.
    pub name: Name,
    /// The referencing table.
    pub from: TableName,
    /// The referenced table.
    pub to: TableName,
    /// The column pairs in order.
    pub columns: Vec<ColumnPair>,
    /// How NULLs in a composite key are treated.
    #[serde(default)]
    pub match_kind: MatchKind,
    /// What happens when the referenced key changes.
    #[serde(default)]
    pub on_update: Action,
    /// What happens when the referenced row goes.
    #[serde(default)]
    pub on_delete: Action,
    /// The columns of `SET NULL (…)` or `SET DEFAULT (…)` (PostgreSQL 15); empty for all.
    #[serde(default)]
    pub set_columns: Vec<Name>,
    /// When it is checked.
    #[serde(default)]
    pub timing: Timing,
    /// False for `NOT VALID`.
    pub validated: bool,
    /// Its comment.
    #[serde(default)]
    pub comment: Option<String>,
}

/// One column of a foreign key and the column that it references.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct ColumnPair {
    /// The column of the referencing table.
    pub from: Name,
    /// The column of the referenced table.
    pub to: Name,
}

/// `MATCH …` of a foreign key.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum MatchKind {
    /// A row with a NULL in the key is not checked.
    #[default]
    Simple,
    /// All columns of the key are NULL, or none.
    Full,
    /// Not implemented by PostgreSQL.
    Partial,
}

/// What a foreign key does to referencing rows.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Action {
    /// Refuses, at the end of the statement or transaction.
    #[default]
    NoAction,
    /// Refuses at once.
    Restrict,
    /// Follows.
    Cascade,
    /// Sets the referencing columns to NULL.
    SetNull,
    /// Sets the referencing columns to their defaults.
    SetDefault,
}

impl fmt::Display for Action {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NoAction => "NO ACTION",
            Self::Restrict => "RESTRICT",
            Self::Cascade => "CASCADE",
            Self::SetNull => "SET NULL",
            Self::SetDefault => "SET DEFAULT",
        })
    }
}

/// When a constraint is checked.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Timing {
    /// `NOT DEFERRABLE`.
    #[default]
    Immediate,
    /// `DEFERRABLE INITIALLY IMMEDIATE`.
    Deferrable,
    /// `DEFERRABLE INITIALLY DEFERRED`.
    Deferred,
}

/// A sequence.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Sequence {
    /// Its name.
    pub name: QualifiedName,
    /// Its type: `smallint`, `integer` or `bigint`.
    pub data_type: DataType,
    /// Its increment.
    pub increment: i64,
    /// The table and column that own it.
    #[serde(default)]
    pub owned_by: Option<(TableName, Name)>,
    /// Whether it stands behind an identity column.
    #[serde(default)]
    pub identity: bool,
}

/// A user-defined type.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Type {
    /// Its name.
    pub name: QualifiedName,
    /// What kind of type it is.
    pub kind: TypeKind,
}

/// What kind of type.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum TypeKind {
    /// An enum with its labels in order.
    Enum(Vec<String>),
    /// A domain over this type.
    Domain(DataType),
    /// A composite type with its attributes in order.
    Composite(Vec<(Name, DataType)>),
    /// A range over this subtype.
    Range(DataType),
}

/// A view or materialized view.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct View {
    /// Its name.
    pub name: TableName,
    /// Whether it stores its rows.
    pub materialized: bool,
    /// The query, as `pg_get_viewdef` prints it, white space folded to single blanks, without a final semicolon.
    pub definition: String,
    /// The tables and views that it reads, sorted.
    pub reads: Vec<TableName>,
    /// The indexes of a materialized view.
    #[serde(default)]
    pub indexes: Vec<super::Index>,
    /// Its comment.
    #[serde(default)]
    pub comment: Option<String>,
}

/// A function or procedure.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Function {
    /// Its name.
    pub name: QualifiedName,
    /// The types of its input arguments, as `format_type` prints them, in order.
    pub arguments: Vec<DataType>,
    /// Its language.
    pub language: Name,
    /// Its body: the text between the quotes, or from `BEGIN ATOMIC` on with white space folded to single blanks.
    pub body: String,
    /// What it returns, as `pg_get_function_result` prints it (`trigger`, `SETOF public.orders`); `None` for a procedure.
    #[serde(default)]
    pub returns: Option<String>,
}

/// A publication.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Publication {
    /// Its name.
    pub name: Name,
    /// Whether it is `FOR ALL TABLES`.
    pub all_tables: bool,
    /// The tables that it names, sorted.
    #[serde(default)]
    pub tables: Vec<TableName>,
    /// The schemas whose tables it takes (PostgreSQL 15), sorted.
    #[serde(default)]
    pub schemas: Vec<Name>,
}

/// An installed extension.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Extension {
    /// Its name.
    pub name: Name,
    /// Its version, when known.
    #[serde(default)]
    pub version: Option<String>,
}
