//! What a distribution means for the statements of an application, and for the rows of its tenants: a catalog, a plan and the
//! evidence of a running database (statements, function bodies, column statistics) come in; which statements break, which key
//! suits them and how evenly the rows will lie on the shards goes out. Knows no steps and renders no migration.

mod skew;
mod suggest;

pub use skew::{
    Advice, Evidence, Isolation, KeyHash, Load, NodeLoad, ScanOptions, ShardLoad, Shards, Skew, Spread, TableLoad,
    Tenant, Unpredictable, scan,
};
pub use suggest::{Outcome, SchemaPerTenant, Standing, Suggestion, Suggestions};
