//! The part of the model that keeps rows apart or finds them: keys, indexes, exclusion constraints.

use serde::{Deserialize, Serialize};

use super::model::Timing;
use crate::name::Name;

/// A primary key or a unique constraint.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Key {
    /// Its name.
    pub name: Name,
    /// Its columns in order.
    pub columns: Vec<Name>,
    /// Columns that only ride along (`INCLUDE`).
    #[serde(default)]
    pub include: Vec<Name>,
    /// Whether two NULLs count as equal (PostgreSQL 15).
    #[serde(default)]
    pub nulls_not_distinct: bool,
    /// When it is checked.
    #[serde(default)]
    pub timing: Timing,
    /// On a partition: the index of the partitioned table that its index is attached to.
    #[serde(default)]
    pub attached_to: Option<Name>,
    /// Its comment.
    #[serde(default)]
    pub comment: Option<String>,
}

/// An index that no constraint owns.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Index {
    /// Its name; it lives in the schema of its table.
    pub name: Name,
    /// Whether it refuses duplicates.
    pub unique: bool,
    /// Its access method: `btree`, `gin`, …
    pub method: String,
    /// What it indexes, in order.
    pub elements: Vec<IndexElement>,
    /// Columns that only ride along (`INCLUDE`).
    #[serde(default)]
    pub include: Vec<Name>,
    /// The condition of a partial index, without `WHERE`, as `pg_get_expr` prints it.
    #[serde(default)]
    pub predicate: Option<String>,
    /// Whether two NULLs count as equal (PostgreSQL 15).
    #[serde(default)]
    pub nulls_not_distinct: bool,
    /// False for what a failed `CREATE INDEX CONCURRENTLY` leaves behind. A dump does not tell: it is true there.
    pub valid: bool,
    /// On a partition: the index of the partitioned table that it is attached to.
    #[serde(default)]
    pub attached_to: Option<Name>,
    /// Its comment.
    #[serde(default)]
    pub comment: Option<String>,
}

/// One position of an index.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct IndexElement {
    /// A column or an expression.
    pub part: IndexPart,
    /// What follows it as `pg_get_indexdef` prints it, without order: a collation or operator class that is not the
    /// default (`COLLATE "C" text_pattern_ops`). Empty for the default.
    #[serde(default)]
    pub options: String,
    /// Its order.
    #[serde(default)]
    pub direction: Direction,
}

/// What stands at a position of an index.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum IndexPart {
    /// A column.
    Column(Name),
    /// An expression as `pg_get_indexdef` prints it, with the parentheses that it needs: `lower(email)`, `((a + b))`.
    Expression(String),
}

/// The order of an index position.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Direction {
    /// Ascending, NULLs last: PostgreSQL's default.
    #[default]
    Asc,
    /// Ascending, NULLs first.
    AscNullsFirst,
    /// Descending, NULLs first: PostgreSQL's default for `DESC`.
    Desc,
    /// Descending, NULLs last.
    DescNullsLast,
}

/// An exclusion constraint.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Exclusion {
    /// Its name.
    pub name: Name,
    /// Its access method, mostly `gist`.
    pub method: String,
    /// What is compared, in order.
    pub elements: Vec<ExclusionElement>,
    /// The condition of a partial constraint, without `WHERE`.
    #[serde(default)]
    pub predicate: Option<String>,
    /// When it is checked.
    #[serde(default)]
    pub timing: Timing,
    /// Its comment.
    #[serde(default)]
    pub comment: Option<String>,
}

/// One comparison of an exclusion constraint.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct ExclusionElement {
    /// What is compared.
    pub element: IndexElement,
    /// The operator after `WITH`, as `pg_get_constraintdef` prints it: `=`, `&&`.
    pub operator: String,
}
