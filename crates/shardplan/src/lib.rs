//! Plans the move of a single-node PostgreSQL schema to a distributed Citus cluster.
//!
//! The nouns, in the order in which one is made of the other:
//!
//! - A [`Catalog`] holds the facts about a schema: [`Table`]s, [`ForeignKey`]s, and what else later decisions need. It comes from
//!   SQL text ([`Catalog::from_ddl`], which never fails and tells what it [skipped](Parsed::skipped)), from a live server
//!   ([`connect`], [`Catalog::from_database`]), or from a file ([`Catalog::from_json`]). It is plain data: change it as you like.
//! - A [`SchemaGraph`] is a catalog in which every reference has been resolved, with the foreign keys as edges from the
//!   referencing to the referenced table. It has an [order](SchemaGraph::order) and [cycles](SchemaGraph::cycles).
//! - [`Rules`] are what the user says: the [`DistributionKey`], forced choices with their reasons, expected sizes.
//! - A [`Classification`] gives each table a [`Placement`] (distributed, reference, local) and its [`Reason`]; for a table that does
//!   not hold the key yet, the [`Path`] over foreign keys from which it gets it.
//! - A [`Plan`] says what becomes of each key ([`KeyVerdict`]) and foreign key ([`ForeignKeyVerdict`]), in which order tables are
//!   placed, and holds the [`Phase`]s: typed [`Step`]s, each with its locks, its reason and its [`Undo`]. It is plain data
//!   again, with a JSON form ([`Plan::to_json`]).
//! - A [`Simulation`] is what a cluster would answer to each step of the plan; [`Plan::new`] runs it, and a step that would be
//!   refused, or a promise that would not be kept, is a blocker.
//! - A [`Cost`] is a plan in numbers: for how long writes wait and foreign keys are unenforced, what is copied. A [`Comparison`]
//!   plans by every [`Strategy`] and chooses the best one within the limits of the rules.
//! - A [`Finding`] is something that a person must read. What Citus would refuse is a finding of severity
//!   [`Blocker`](Severity::Blocker), never an error; [`finding_rules`] lists the rules that findings come from.
//!
//! A lifetime named `'g` always means: borrowed from the graph. The crate prints nothing and, after the catalog, reads
//! nothing; the same input gives the same output, byte for byte. The crate `shardplan-sql` makes SQL of a plan.
//!
//! ```
//! use shardplan::{Catalog, Classification, Placement, Plan, Rules, SchemaGraph};
//!
//! let parsed = Catalog::from_ddl(
//!     "CREATE TABLE stores (store_id bigint PRIMARY KEY);
//!      CREATE TABLE orders (order_id bigint PRIMARY KEY, store_id bigint NOT NULL REFERENCES stores);
//!      CREATE TABLE line_items (id bigint PRIMARY KEY, order_id bigint NOT NULL REFERENCES orders);",
//! );
//! let graph = SchemaGraph::new(parsed.catalog)?;
//! let rules = Rules::new("stores.store_id".parse()?);
//! let classification = Classification::new(&graph, &rules)?;
//!
//! let line_items = classification.get(&"line_items".parse()?).expect("it is in the schema");
//! let Placement::Distributed { column, backfill: Some(path) } = &line_items.placement else {
//!     panic!("it does not hold the key, but reaches it");
//! };
//! assert_eq!(column, "store_id");
//! assert_eq!(path.hops[0].to, "orders".parse()?);
//!
//! let plan = Plan::new(&classification);
//! assert!(!plan.is_blocked());
//! let order: Vec<String> = plan.order.iter().map(|placing| placing.table.to_string()).collect();
//! assert_eq!(order, ["stores", "orders", "line_items"]);
//! # Ok::<(), shardplan::Error>(())
//! ```

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
    split_password, split_statements,
};
pub use citus::{Evidence, Profile};
pub use classify::{
    Acceptance, Classification, Classified, CopyRate, DistributionKey, ForcedClass, ForcedMethod, ForeignKeyRule, Hop,
    KeyRule, Limit, Path, Placement, Reason, RemovalRule, Rules, Strategy, TableRule,
};
pub use error::Error;
pub use finding::{Choice, ChoiceIn, Effect, Example, Finding, FindingRule, Probe, Severity, finding_rules};
pub use graph::{Cycle, Order, SchemaGraph};
pub use name::{MAX_NAME_BYTES, Name, QualifiedName, TableName};
pub use plan::{
    Alteration, At, Backfill, Candidate, Change, Cluster, Commented, Comparison, Condition, CopyColumn, CopyRows, Cost,
    Derivation, Disagreeing, Estimate, Failing, Figures, ForeignKeyFate, ForeignKeyVerdict, Gap, Gate, Holder,
    IndexBuild, KeepCopy, KeepKey, KeyFate, KeyKind, KeySource, KeyTrigger, KeyVerdict, LockMode, Loss, LostAction,
    Method, Outlook, PassKeyOn, Phase, PhaseKind, PlacedAs, Placing, Plan, PlannedTable, Refusal, Shadow, ShadowChange,
    ShadowPart, Simulation, Standing, Step, Suspended, Suspension, TableLock, TableObject, Transaction, Unassigned,
    Undecided, Undo, Unenforced, UnenforcedTime, UniqueKind, Unkept, WriteWait,
};
pub use postgres;
