//! Plans the move of a single-node PostgreSQL schema to a distributed Citus cluster.

mod catalog;
mod citus;
mod classify;
mod document;
mod error;
mod finding;
mod graph;
mod keyword;
mod name;
mod plan;

pub use catalog::{
    Action, Catalog, Check, Column, ColumnPair, ColumnStatistics, CommonValue, DataType, Direction, Exclusion,
    ExclusionElement, Extension, ForeignKey, Function, Generated, Identity, Index, IndexElement, IndexPart, Key,
    MatchKind, Parsed, PartitionOf, Persistence, Policy, PolicyCommand, Publication, ReplicaIdentity, RowSecurity,
    Rule, Sequence, Skipped, Statistics, Table, TableKind, Timing, Trigger, Type, TypeKind, View, connect,
};
pub use classify::{
    Classification, Classified, DistributionKey, ForcedClass, ForcedMethod, ForeignKeyRule, Hop, KeyRule, Path,
    Placement, Reason, Rules, TableRule,
};
pub use error::Error;
pub use finding::{Finding, FindingRule, Probe, Severity, finding_rules};
pub use graph::{Cycle, Order, SchemaGraph};
pub use name::{MAX_NAME_BYTES, Name, QualifiedName, TableName};
pub use plan::{
    Backfill, Change, Commented, ForeignKeyFate, ForeignKeyVerdict, Gate, IndexBuild, KeyFate, KeyKind, KeyVerdict,
    LockMode, Loss, LostAction, Method, Phase, PhaseKind, PlacedAs, Placing, Plan, PlannedTable, Step, Suspended,
    Suspension, TableLock, Transaction, Undo, UniqueKind,
};
pub use postgres;
