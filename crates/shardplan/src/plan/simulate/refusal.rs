//! What a cluster prints when it refuses a change: objects come in, the text goes out. Knows no schema.
//!
//! The texts are those that Citus 13.2.2 with PostgreSQL 15.20 printed.

use std::fmt;

use crate::catalog::{DataType, ForeignKey};
use crate::name::{Name, TableName};

/// Why a cluster refuses a change. `Display` is the first line that it prints.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Refusal {
    /// The table is in the cluster already.
    AlreadyPlaced(TableName),
    /// A partition is placed with its partitioned table only; the concurrent function hangs instead of refusing it.
    Partition {
        /// The partition.
        table: TableName,
        /// Its partitioned table.
        parent: TableName,
    },
    /// A partition that is partitioned itself.
    PartitionsOfPartitions,
    /// A partitioned table cannot be a reference table.
    PartitionedReference,
    /// The concurrent function needs a partition.
    NoPartitions,
    /// A partitioned table with a check cannot be a local table of the cluster. The shard's number is left out.
    CheckOfPartitioned(Name),
    /// Nor one with `$$` in its names.
    DollarsInPartitioned,
    /// The table inherits or is inherited from.
    Inheritance(TableName),
    /// A foreign table.
    Foreign,
    /// A temporary table.
    Temporary,
    /// The concurrent function cannot publish an unlogged table. Its shard's number is left out.
    Unlogged(TableName),
    /// The table has a trigger.
    Trigger(TableName),
    /// A policy with a subquery.
    PolicySubquery,
    /// The distribution column is not there.
    NoColumn {
        /// The table.
        table: TableName,
        /// The column.
        column: Name,
    },
    /// A column has the row type of a table that is not in the cluster.
    RowsOfPlain {
        /// The table.
        table: TableName,
        /// The table whose rows the column holds.
        of: TableName,
    },
    /// The distribution column is generated.
    GeneratedColumn(TableName),
    /// The type of the distribution column has no default operator class for hashing.
    NotHashable(DataType),
    /// The table to be colocated with is not distributed.
    NotDistributed(TableName),
    /// Types of the distribution columns differ.
    OtherType {
        /// The table to be colocated with.
        with: TableName,
        /// The table.
        table: TableName,
    },
    /// Collations of the distribution columns differ.
    OtherCollation {
        /// The table to be colocated with.
        with: TableName,
        /// The table.
        table: TableName,
    },
    /// A key, unique index or exclusion constraint without the distribution column.
    KeyWithoutColumn(TableName),
    /// A foreign key to a table that is not in the cluster.
    ReferencesPlain(TableName),
    /// The concurrent function: a foreign key to a table that is not in the cluster.
    ConcurrentReferencesPlain(Box<ForeignKey>),
    /// The concurrent function: a foreign key from another table.
    ConcurrentIsReferenced {
        /// The foreign key.
        key: Box<ForeignKey>,
        /// What the referencing table is: regular, citus local, reference.
        referencing: &'static str,
    },
    /// The concurrent function: a foreign key to a table of the cluster.
    ConcurrentReferences(TableName),
    /// A foreign key to a distributed table of another colocation group, or to a local table of the cluster.
    NotColocated,
    /// A foreign key from a reference or local table of the cluster to a distributed one.
    ToDistributed,
    /// The distribution columns are not paired.
    NotAligned,
    /// ON DELETE SET NULL or SET DEFAULT with the distribution column.
    OnDeleteWithColumn,
    /// An ON UPDATE action with the distribution column.
    OnUpdateWithColumn,
    /// Citus does not plan the query by which PostgreSQL looks at the rows of a foreign key: the distribution column is compared
    /// as another type.
    CheckNotPlanned,
    /// SET DEFAULT on a column whose default comes from a sequence.
    DefaultFromSequence,
    /// A foreign key from a reference to a local table with an action.
    ActionToLocal,
    /// A NOT VALID foreign key of a partitioned table: PostgreSQL.
    NotValidOnPartitioned {
        /// The partitioned table.
        table: TableName,
        /// The referenced table.
        to: TableName,
    },
    /// The foreign key references columns that no key says to be unique: PostgreSQL.
    NoUniqueKey(TableName),
    /// There is no such constraint: PostgreSQL.
    NoConstraint {
        /// The table.
        table: TableName,
        /// The constraint.
        name: Name,
    },
    /// The table is not in the cluster.
    NothingToTruncate,
    /// A plain table references the table whose local rows are to go.
    TruncateReferenced,
    /// Truncating would reach a plain table over others: nothing refuses it, and the rows are nowhere else.
    TruncateReaches(TableName),
    /// A table with an identity column cannot be changed so.
    Identity,
    /// The table has a foreign key or is referenced by one.
    HasForeignKey(TableName),
    /// The concurrent function in a transaction block.
    InTransaction,
    /// The concurrent function puts rows on wrong shards: nothing refuses it.
    Misplaces(TableName),
    /// A restrictive policy is permissive on the shards, and lets through what it should hide: nothing refuses it.
    RestrictivePolicy(TableName),
    /// A rewrite rule crashes the server later: nothing refuses it.
    RewriteRule(TableName),
    /// There is no such table: PostgreSQL.
    NoTable(TableName),
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(text) = self.fixed() {
            return f.write_str(text);
        }
        // Citus prints most names without their schema.
        let bare = |table: &TableName| table.name.as_str().to_owned();
        let text = match self {
            Self::AlreadyPlaced(table) => format!("table \"{}\" is already distributed", bare(table)),
            Self::Partition { table, parent } => {
                format!("cannot distribute relation \"{}\" which is partition of \"{}\"", bare(table), bare(parent))
            }
            Self::Inheritance(table) => format!("{} is not a regular, foreign or partitioned table", bare(table)),
            Self::CheckOfPartitioned(name) => format!("child table is missing constraint \"{}", name.as_str()),
            Self::Unlogged(table) => format!("cannot add relation \"{}_", bare(table)),
            Self::Trigger(table) => format!("cannot distribute relation \"{}\" because it has triggers", bare(table)),
            Self::NoColumn { table, column } => {
                format!("column \"{}\" of relation \"{}\" does not exist", column.as_str(), bare(table))
            }
            Self::RowsOfPlain { table, of } => {
                format!("\"table {table}\" has dependency to \"table {of}\" that is not in Citus' metadata")
            }
            Self::GeneratedColumn(table) => format!("cannot distribute relation: {}", bare(table)),
            Self::NotHashable(kind) => {
                format!("data type {kind} has no default operator class for specified partition method")
            }
            Self::NotDistributed(table) => format!("relation {} is not distributed", bare(table)),
            Self::OtherType { with, table } => format!("cannot colocate tables {} and {}", bare(with), bare(table)),
            Self::OtherCollation { with, table } => {
                format!("cannot colocate tables {} and {}", bare(table), bare(with))
            }
            Self::KeyWithoutColumn(table) => format!("cannot create constraint on \"{}\"", bare(table)),
            Self::ReferencesPlain(table) => {
                format!("referenced table \"{}\" must be a distributed table or a reference table", bare(table))
            }
            Self::ConcurrentReferencesPlain(key) | Self::ConcurrentIsReferenced { key, .. } => {
                format!("relation {} is referenced by a foreign key from {}", bare(&key.to), bare(&key.from))
            }
            Self::ConcurrentReferences(table) => {
                format!("relation {table} is involved in a foreign key relationship with another table")
            }
            Self::NotValidOnPartitioned { table, to } => format!(
                "cannot add NOT VALID foreign key on partitioned table \"{}\" referencing relation \"{}\"",
                bare(table),
                bare(to)
            ),
            Self::NoUniqueKey(table) => {
                format!("there is no unique constraint matching given keys for referenced table \"{}\"", bare(table))
            }
            Self::NoConstraint { table, name } => {
                format!("constraint \"{}\" of relation \"{}\" does not exist", name.as_str(), bare(table))
            }
            Self::TruncateReaches(table) => format!("the truncation would empty the local table {table}"),
            Self::HasForeignKey(table) => format!("cannot complete operation because table {} ", bare(table)),
            Self::Misplaces(table) => format!("rows of {table} would land on wrong shards"),
            Self::RestrictivePolicy(table) => format!("a restrictive policy of {table} would be permissive"),
            Self::RewriteRule(table) => format!("a rule of {table} can crash the server"),
            Self::NoTable(table) => format!("relation \"{}\" does not exist", bare(table)),
            _ => return Ok(()),
        };
        f.write_str(&text)
    }
}

impl Refusal {
    /// The texts that name no object.
    fn fixed(&self) -> Option<&'static str> {
        Some(match self {
            Self::PartitionsOfPartitions => "distributing multi-level partitioned tables is not supported",
            Self::PartitionedReference => {
                "distributing partitioned tables in only supported for hash-distributed tables"
            }
            Self::DollarsInPartitioned => "syntax error at or near",
            Self::NoPartitions => "Could not find publication matching a split",
            Self::Foreign => "foreign tables cannot be distributed",
            Self::Temporary => "cannot distribute a temporary table",
            Self::PolicySubquery => "cannot create policy",
            Self::NotColocated => {
                "cannot create foreign key constraint since relations are not colocated or not referencing a reference table"
            }
            Self::ToDistributed => {
                "cannot create foreign key constraint since foreign keys from reference tables and local tables to distributed tables are not supported"
            }
            Self::NotAligned | Self::OnDeleteWithColumn | Self::OnUpdateWithColumn => {
                "cannot create foreign key constraint"
            }
            Self::DefaultFromSequence => {
                "cannot create foreign key constraint since Citus does not support ON DELETE / UPDATE SET DEFAULT actions on the columns that default to sequences"
            }
            Self::ActionToLocal => {
                "cannot define foreign key constraint, foreign keys from reference tables to local tables can only be defined with NO ACTION or RESTRICT behaviors"
            }
            Self::CheckNotPlanned => {
                "complex joins are only supported when all distributed tables are co-located and joined on their distribution columns"
            }
            Self::NothingToTruncate => "supplied parameter is not a distributed relation",
            Self::TruncateReferenced => {
                "cannot truncate a table referenced in a foreign key constraint by a local table"
            }
            Self::Identity => "cannot complete operation on a table with identity column",
            Self::InTransaction => "create_distributed_table_concurrently cannot run inside a transaction block",
            _ => return None,
        })
    }

    /// The second line that it prints, where that is what tells two refusals apart.
    #[must_use]
    pub fn detail(&self) -> Option<&'static str> {
        Some(match self {
            Self::NotAligned => {
                "Foreign keys are supported in two cases, either in between two colocated tables including partition column in the same ordinal in the both tables or from distributed to reference tables"
            }
            Self::OnDeleteWithColumn => {
                "SET NULL or SET DEFAULT is not supported in ON DELETE operation when distribution key is included in the foreign key constraint"
            }
            Self::OnUpdateWithColumn => {
                "SET NULL, SET DEFAULT or CASCADE is not supported in ON UPDATE operation when distribution key included in the foreign constraint."
            }
            Self::PolicySubquery => "Subqueries are not supported in policies on distributed tables",
            Self::GeneratedColumn(_) => "Distribution column must not use GENERATED ALWAYS AS (...) STORED.",
            Self::KeyWithoutColumn(_) => {
                "Distributed relations cannot have UNIQUE, EXCLUDE, or PRIMARY KEY constraints that do not include the partition column (with an equality operator if EXCLUDE)."
            }
            Self::ConcurrentReferencesPlain(_) => {
                "foreign keys from a distributed table to a regular table are not supported."
            }
            _ => return None,
        })
    }

    /// Whether Citus says nothing and does the damage: the simulation refuses in its place.
    #[must_use]
    pub fn is_silent(&self) -> bool {
        matches!(
            self,
            Self::TruncateReaches(_) | Self::Misplaces(_) | Self::RestrictivePolicy(_) | Self::RewriteRule(_)
        )
    }
}
