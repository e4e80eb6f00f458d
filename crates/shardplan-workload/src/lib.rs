//! What a distribution means for the statements of an application, and for the rows of its tenants: a catalog, a plan and the
//! evidence of a running database (statements, function bodies, column statistics) come in; which statements break, which key
//! suits them and how evenly the rows will lie on the shards goes out. Knows no steps and renders no migration.

mod audit;
mod command;
mod names;
mod parse;
mod placement;
mod rewrite;
mod shape;
mod skew;
mod statement;
mod suggest;
mod verdict;

pub use audit::{
    Audit, ByStrategy, Judged, Meanwhile, Place, TableChanges, Tally, Why, refused_by_strategy, refused_meanwhile,
};
pub use names::Names;
pub use parse::Unread;
pub use placement::{Placements, Spot};
pub use rewrite::Rewrite;
pub use shape::{Shape, shapes};
pub use skew::{
    Advice, Evidence, Isolation, KeyHash, Load, NodeLoad, ScanOptions, ShardLoad, Shards, Skew, Spread, TableLoad,
    Tenant, Unpredictable, scan,
};
pub use statement::{
    BadLine, BadLog, Bodies, NoStatistics, Reading, Source, Statement, merged, read_catalog, read_log, read_server,
    read_sql,
};
pub use suggest::{Outcome, Read, SchemaPerTenant, SingleShard, Standing, Suggestion, Suggestions};
pub use verdict::{Judgement, Missing, Reason, StatementRule, Target, Verdict, statement_rules};
