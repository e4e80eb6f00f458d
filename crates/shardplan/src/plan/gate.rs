//! What must hold before a phase starts: conditions as data. Knows no step.

use serde::{Deserialize, Serialize};

use crate::catalog::DataType;
use crate::classify::{DistributionKey, Path};
use crate::name::{Name, TableName};

/// What must hold before a phase starts (or, in the verify phase, at the end).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Gate {
    /// The table is there with these columns of these types: the schema is still the one that was planned for.
    TableIs {
        /// The table.
        table: TableName,
        /// Columns that the plan builds on.
        columns: Vec<(Name, DataType)>,
    },
    /// The column is there with one of these types.
    ColumnIs {
        /// The table.
        table: TableName,
        /// The column.
        column: Name,
        /// The types that it may have by now.
        data_types: Vec<DataType>,
    },
    /// Nothing hangs on the column that another one could not take over: no view, policy, function or statistics object, no
    /// privileges and no settings of its own; or it has been replaced.
    ColumnCanBeReplaced {
        /// The table.
        table: TableName,
        /// The column.
        column: Name,
        /// The type that it has once it has been replaced.
        data_type: DataType,
    },
    /// The column that the plan adds is not there; or it is as an earlier run has left it: like the root's key, with no other
    /// key in any row than the path gives. Whoever added it then, a new one would become the same.
    ColumnCanBeAdded {
        /// The table.
        table: TableName,
        /// The column.
        column: Name,
        /// What it is like.
        key: DistributionKey,
        /// Where its values come from.
        path: Path,
    },
    /// The foreign key is there: as it was, or what the plan puts in its place.
    HasForeignKey {
        /// The referencing table.
        table: TableName,
        /// The names that it may have by now.
        names: Vec<Name>,
    },
    /// The collation of the column tells any two different texts apart.
    KeyIsDeterministic {
        /// The table.
        table: TableName,
        /// The column.
        column: Name,
    },
    /// The table has no foreign key and is referenced by none that the plan does not know.
    NoOtherForeignKeys {
        /// The table.
        table: TableName,
        /// Those that the plan knows or adds, with the referencing table.
        known: Vec<(TableName, Name)>,
    },
    /// The primary key, unique or exclusion constraint or unique index is there: as it was, or what the plan puts in its
    /// place, which has its name.
    HasKey {
        /// The table.
        table: TableName,
        /// The constraint or index.
        name: Name,
    },
    /// Nothing promises uniqueness in the table that the plan does not know.
    NoOtherKeys {
        /// The table.
        table: TableName,
        /// The constraints and indexes that the plan knows or makes.
        known: Vec<Name>,
    },
    /// The partitioned table has no partition that the plan does not know: it would have no index for the new key.
    NoOtherPartitions {
        /// The table.
        table: TableName,
        /// Its partitions.
        known: Vec<TableName>,
    },
    /// No view depends on the constraint, as one does that groups by a primary key alone: its swap would be refused.
    NoViewNeedsKey {
        /// The table.
        table: TableName,
        /// The constraint.
        name: Name,
    },
    /// No row has NULL in the column.
    NoNulls {
        /// The table.
        table: TableName,
        /// The column.
        column: Name,
    },
    /// No row of the table is tied, over the foreign key, to a row of another tenant (unless the foreign key is there and
    /// validated already).
    NoDisagreement {
        /// The referencing table.
        table: TableName,
        /// The foreign key that will contain the distribution column, as it is called while it is added.
        foreign_key: Name,
        /// The tables, no partitioned ones, whose rows [`super::Undecided`] lists.
        parts: Vec<TableName>,
    },
    /// For a day (or as long as the person says who runs the script) the application has written every row with its key.
    WrittenWithKey {
        /// The table.
        table: TableName,
        /// The distribution column.
        column: Name,
        /// The tables whose triggers count: itself, or its partitions.
        parts: Vec<TableName>,
    },
    /// The unique index is there and valid, or has become the key already.
    IndexIsValid {
        /// The table.
        table: TableName,
        /// The index.
        index: Name,
        /// The name that it has once it has taken over.
        becomes: Name,
        /// How many positions it has: by that it is told from the old key of the same name.
        positions: usize,
    },
    /// The domain has no default and no constraint, so that a column of it is added NULL and without a look at the rows.
    DomainIsPlain {
        /// The domain.
        data_type: DataType,
    },
    /// No policy hides rows of the table from the role that runs the scripts.
    SeesAllRows {
        /// The table.
        table: TableName,
    },
    /// No publication has a list of the table's columns without this one, which is to be part of the key.
    PublishesKey {
        /// The table.
        table: TableName,
        /// The column.
        column: Name,
    },
    /// The table has no trigger of its own: Citus would refuse it.
    NoTriggers {
        /// The table.
        table: TableName,
    },
    /// The column is NOT NULL, so that no row can come without the key any more.
    IsNotNull {
        /// The table.
        table: TableName,
        /// The column.
        column: Name,
    },
    /// The Citus extension is there, not older than 11.1, with the coordinator in its metadata and at least one worker.
    CitusIsReady {
        /// Whether `create_distributed_table_concurrently` will be called: `wal_level` must be `logical` then.
        concurrent: bool,
    },
    /// Either all of these tables are in Citus's metadata or none is: what places them all at once cannot go on with a part.
    PlacedTogether {
        /// The tables.
        tables: Vec<TableName>,
    },
    /// The table is in no metadata of Citus: nothing has taken its place yet.
    IsPlain {
        /// The table.
        table: TableName,
    },
    /// All rows of the table have been copied to its shadow once.
    IsCopied {
        /// The table.
        table: TableName,
    },
    /// Everything is built on the shadow of the table.
    IsBuilt {
        /// The table.
        table: TableName,
    },
    /// Citus knows the table as distributed by the column.
    IsDistributed {
        /// The table.
        table: TableName,
        /// The distribution column.
        column: Name,
    },
    /// Citus knows the table as a reference table.
    IsReference {
        /// The table.
        table: TableName,
    },
    /// All these tables are in one colocation group.
    AreColocated {
        /// The tables.
        tables: Vec<TableName>,
    },
    /// The foreign key is there and validated.
    IsEnforced {
        /// The referencing table.
        table: TableName,
        /// The foreign key.
        foreign_key: Name,
        /// Whether it must be validated: one that was NOT VALID before stays so.
        validated: bool,
    },
}
