//! The whole way from SQL text to SQL text, stage by stage: snapshots over the fixtures, properties over random catalogs.
//!
//! A snapshot differs when a stage decides or says something else. Look at the difference, and when it is meant, run the tests
//! again with `INSTA_UPDATE=always`. A new fixture is a line in `fixtures.rs`.

mod actions;
mod changes;
mod choices;
mod fixtures;
mod properties;
#[path = "../random/mod.rs"]
mod random;
mod scale;
#[path = "../scenarios/mod.rs"]
mod scenarios;
mod schema;
mod show;
mod simulation;
mod snapshots;
mod split;
mod statements;
mod versions;
