//! What becomes of each table, key and foreign key.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::change::Method;
use crate::catalog::{Action, ColumnPair, ForeignKey};
use crate::classify::{Path, Placement, Reason};
use crate::name::{Name, TableName};

/// What becomes of a table, and why.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct PlannedTable {
    /// The table.
    pub name: TableName,
    /// Where it goes.
    pub placement: Placement,
    /// Why.
    pub reason: Reason,
    /// The other paths to the key, shortest first.
    pub other_paths: Vec<Path>,
    /// How many rows to expect, when known.
    pub rows: Option<u64>,
}

/// What becomes of a primary key, a unique constraint or a unique index.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct KeyVerdict {
    /// The table.
    pub table: TableName,
    /// The constraint or index.
    pub name: Name,
    /// What it is.
    pub kind: UniqueKind,
    /// What it is on, in order: columns, or expressions as SQL.
    pub before: Vec<String>,
    /// What becomes of it.
    pub fate: KeyFate,
}

/// What promises uniqueness.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum UniqueKind {
    /// A primary key.
    PrimaryKey,
    /// A unique constraint.
    Constraint,
    /// A unique index.
    Index,
    /// An exclusion constraint.
    Exclusion,
}

/// What becomes of a promise of uniqueness.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum KeyFate {
    /// It stays as it is.
    Kept,
    /// The distribution column comes to its front.
    Widened {
        /// What it is on afterwards.
        after: Vec<String>,
        /// What it no longer promises.
        loses: Loss,
    },
    /// Citus cannot keep it; the blocking finding says what can be done.
    Impossible,
    /// The user gives it up.
    GivenUp,
}

/// What a widened key no longer promises.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Loss {
    /// Nothing that matters: its values come from a sequence or a UUID function, so they stay unique unless somebody
    /// writes them by hand.
    Generated,
    /// Nothing by itself: its columns hold a whole foreign key, so it stays as unique as the key that this references.
    AsReferenced,
    /// A value that only one row of the whole table could have may now stand once for each value of the distribution
    /// column.
    AcrossKeys,
}

impl KeyFate {
    /// What is no longer promised, in words, of a key whose columns are shown like this.
    #[must_use]
    pub fn lost(&self, before: impl fmt::Display) -> String {
        let words = match self {
            Self::Kept => "nothing",
            Self::Widened { loses: Loss::Generated, .. } => "nothing, as long as the values are generated",
            Self::Widened { loses: Loss::AsReferenced, .. } => {
                "nothing by itself: it stays as unique as the key that its foreign key references"
            }
            Self::Widened { loses: Loss::AcrossKeys, .. } => {
                return format!("that {before} is unique in the whole table");
            }
            Self::Impossible => "see the blocker",
            Self::GivenUp => "all of it",
        };
        words.to_owned()
    }
}

/// What becomes of a foreign key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct ForeignKeyVerdict {
    /// The foreign key as it is; for one that the plan adds, as it will be.
    pub foreign_key: ForeignKey,
    /// What becomes of it.
    pub fate: ForeignKeyFate,
    /// When it is away during the distribution, and why.
    pub suspension: Option<Suspension>,
}

impl ForeignKeyVerdict {
    /// The foreign key as it is after the preparation; `None` when it is gone.
    pub fn after(&self) -> Option<&ForeignKey> {
        match &self.fate {
            ForeignKeyFate::Kept | ForeignKeyFate::Added => Some(&self.foreign_key),
            ForeignKeyFate::Replaced { by, .. } => Some(by),
            ForeignKeyFate::Impossible { .. } | ForeignKeyFate::GivenUp => None,
        }
    }
}

/// What becomes of a foreign key before the distribution.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum ForeignKeyFate {
    /// It stays as it is.
    Kept,
    /// Another one takes its place: with the distribution column in front on both sides, or with other actions.
    Replaced {
        /// What takes its place.
        by: Box<ForeignKey>,
        /// The name that it has while the old one is still there, when it takes over the old one's name.
        interim: Option<Name>,
        /// The column pair that was added, if one was.
        added: Option<ColumnPair>,
        /// The actions that Citus refuses and that were replaced by `NO ACTION` or by the user's choice.
        lost_actions: Vec<LostAction>,
        /// A CHECK that says what `MATCH FULL` said over several columns.
        all_or_none: Option<Name>,
    },
    /// The plan adds it: from the filled distribution column to the root.
    Added,
    /// Citus cannot keep it.
    Impossible {
        /// The id of the rule that stands against it.
        rule: String,
    },
    /// The user gives it up.
    GivenUp,
}

/// An action of a foreign key that does not survive.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum LostAction {
    /// `ON DELETE` this.
    OnDelete(Action),
    /// `ON UPDATE` this.
    OnUpdate(Action),
}

impl fmt::Display for LostAction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::OnDelete(action) => write!(f, "ON DELETE {action}"),
            Self::OnUpdate(action) => write!(f, "ON UPDATE {action}"),
        }
    }
}

/// When a foreign key is away during the distribution.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Suspension {
    /// It goes just before this table is distributed.
    pub before: TableName,
    /// It comes back, not validated, just after this table is distributed.
    pub after: TableName,
    /// Why it must go.
    pub why: Suspended,
}

/// Why a foreign key must be away.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Suspended {
    /// `create_distributed_table_concurrently` refuses a table with a foreign key to or from it.
    Concurrent,
    /// It closes a cycle: one of the two tables must come first.
    Cycle,
    /// The partitions of its table are attached on the workers, where Citus refuses the query by which PostgreSQL looks
    /// whether it holds for them: the key is compared as another type.
    Attached,
    /// A local table references a reference table: it comes back when everything is distributed, so that Citus enforces
    /// it from both sides.
    LocalToReference,
}

impl fmt::Display for Suspended {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Concurrent => "the concurrent function refuses it",
            Self::Cycle => "it closes a cycle",
            Self::Attached => "Citus refuses it on partitions",
            Self::LocalToReference => "so that Citus enforces it from both sides",
        })
    }
}

/// One table of the distribution, in order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Placing {
    /// The table.
    pub table: TableName,
    /// What it becomes.
    pub as_what: PlacedAs,
}

impl Placing {
    /// Whether the table is distributed while the application writes.
    #[must_use]
    pub(crate) fn is_concurrent(&self) -> bool {
        matches!(self.as_what, PlacedAs::Distributed { method: Method::Concurrent, .. })
    }
}

/// What a table becomes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum PlacedAs {
    /// A reference table.
    Reference,
    /// A distributed table.
    Distributed {
        /// Its distribution column.
        column: Name,
        /// How it is distributed.
        method: Method,
    },
}
