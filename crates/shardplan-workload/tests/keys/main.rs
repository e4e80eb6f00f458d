//! Keys held to servers: hashes and shards to what PostgreSQL and Citus compute. All in one binary, so that its tests share one
//! server.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod citus;
mod hash;
mod scan;
mod suggest;
